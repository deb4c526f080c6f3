/*
 * nsinit.h - the inside of a container: the configuration, one run, and its phases in order.
 */
#ifndef NSINIT_H
#define NSINIT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "applet.h"
#include "caps.h"
#include "confine.h"
#include "environ.h"
#include "fds.h"
#include "identity.h"
#include "key.h"
#include "node.h"
#include "rlimit.h"
#include "start.h"

/* Configuration: one struct a section. */

struct root_conf {
	char *path; /* NULL: the root stays as it is */
	signed char readonly;
	int propagation, how, kept; /* PROPAGATION_*, SWITCH_*, VOLATILE_*; -1 unset */
};
enum { PROPAGATION_PRIVATE, PROPAGATION_SLAVE, PROPAGATION_SHARED };
enum { SWITCH_AUTO, SWITCH_PIVOT, SWITCH_MOVE, SWITCH_CHROOT };
enum { VOLATILE_NO, VOLATILE_YES, VOLATILE_OVERLAY };

struct mounts_conf {
	struct list items;  /* struct item, in file order */
	int proc, sys, dev; /* API_*, DEV_*; -1 unset: none */
	int cgroup;	    /* CGROUPFS_*; -1 unset: none */
	signed char devpts, mqueue, restrict_sys;
	uint64_t shm_size;		 /* SIZE_UNSET: no /dev/shm */
	struct list mask, readonly_path; /* char *: inside */
};
enum { API_RW, API_RO, API_BIND, API_NO };
enum { DEV_PRIVATE, DEV_HOST, DEV_NO };
enum { CGROUPFS_RO, CGROUPFS_RW, CGROUPFS_NO };

/* One bind or tmpfs line. */
struct item {
	const struct key *key;	   /* first: KEY_ORDERED */
	char *source;		   /* of the host; NULL: tmpfs */
	char *target;		   /* inside */
	char *options;		   /* as written, NULL when none */
	uint64_t set, clear;	   /* MOUNT_ATTR_* */
	unsigned long propagation; /* MS_PRIVATE, MS_SLAVE, MS_SHARED */
	bool single, try;	   /* without the mounts below the source; may be missing */
	char *data;		   /* tmpfs: "size=..,mode=.." */
};

struct uts_conf {
	char *hostname, *domainname;
};

struct exec_conf {
	char **command;
	int tty; /* TTY_*; -1 unset: no */
	signed char new_session;
};
enum { TTY_AUTO, TTY_YES, TTY_NO };

struct init_conf {
	int reap; /* REAP_*; -1 unset: auto */
	signed char subreaper;
	int stop_signal;      /* -1: TERM stays TERM */
	int64_t stop_timeout; /* ns; -1: none */
};
enum { REAP_AUTO, REAP_YES, REAP_NO };

struct nsinit_conf {
	struct root_conf root;
	struct mounts_conf mounts;
	struct devices_conf devices;
	struct uts_conf uts;
	struct exec_conf exec;
	struct identity_conf identity;
	struct environ_conf environment;
	struct fds_conf fds;
	struct confine_conf confine;
	struct init_conf init;
	struct caps_conf caps;
	struct list sysctl; /* struct keyval */
	struct rlimit_conf rlimit;
};

extern const struct applet nsinit_applet;
extern const struct type type_item;
extern const struct key root_keys[], mounts_keys[], uts_keys[], exec_keys[], init_keys[],
	sysctl_keys[];

/* What sources_open opened outside, taken one by one in the same order. */
struct sources {
	const int *fds;
	int n, next;
};

/* One run.  Every fd is close-on-exec, and those of the host are gone before COMMAND's user acts. */
struct inside {
	const struct nsinit_conf *conf;
	const struct start *start; /* never NULL: a stand-in when nsinit runs alone */
	struct sources sources;
	bool given;		 /* the monitor has opened them */
	int proc;		 /* root directory of a procfs, checked; -1: none to be had */
	int made_proc, made_sys; /* new ones, detached; -1 */
	int own_proc;		 /* of the procfs that this run mounted; -1 */
	int root;		 /* the root directory of COMMAND */
	int dev;		 /* the private /dev; -1 */
	int devpts;		 /* root of the new devpts; -1 */
	int null;		 /* a detached or attached null device to clone for masks; -1 */
	bool groups_denied;	 /* confine.h */
	bool boot;		 /* we are the machine's first process */
};

/* check.c: consistency that the configuration alone shows, and against what is private; die. */
void check_conf(const void *conf, char **operands);
void check_start(const void *conf, const struct start *);
void check_private(const struct nsinit_conf *, const struct start *);
bool check_needs_mounts(const struct nsinit_conf *);
/* Fills the start with what this process finds: which of its namespaces are not the machine's first. */
void check_stand_in(struct start *, int proc);

/* sources.c */
int sources_open(const void *conf, const struct start *, bool late, int *fds, int max);
int sources_take(struct inside *); /* the next; -1: it was absent, and may be */
/*
 * From the monitor: what it has opened, given is false when that is nothing; and that the window is over,
 * with the late ones where it opens them.  Nothing without a monitor.
 */
void sources_receive(struct inside *);
void sources_wait_go(struct inside *);
/* Everything outside stands: COMMAND may run. */
void sources_wait_run(const struct inside *);

/* root.c */
void root_enter(struct inside *);
void root_finish(struct inside *); /* read-only, propagation; reads back */

/* mounts.c */
/* A new proc or sysfs before the pivot (see there); -1 when none is asked. */
int mounts_make_api(struct inside *, int how, const char *fstype, const char *path);
void mounts_system(struct inside *);   /* proc, sys */
void mounts_user(struct inside *);     /* binds, tmpfs */
void mounts_dns(struct inside *);      /* the files that nsnet wrote: the late sources */
void mounts_restrict(struct inside *); /* masks, read-only paths */

/* cgroupfs.c: /sys/fs/cgroup, in the cgroup namespace */
void cgroupfs_setup(struct inside *);

/* devices.c */
void devices_setup(struct inside *); /* /dev and below */
void devices_finish(struct inside *);
int devices_tmpfs(const struct nsinit_conf *, const struct start *); /* with nodes; -1: EPERM */
/* Calls each for every node of conf, defaults first, those with the same path left out. */
void devices_each(const struct nsinit_conf *, void (*)(const struct node *, void *), void *arg);

/* kernel.c */
void kernel_names(const struct inside *); /* hostname, domainname */
void kernel_sysctls(const struct inside *);

/* console.c */
bool console_setup(struct inside *,
		   uid_t uid); /* a pty on 0-2 and /dev/console; true when there is one */
void console_session(const struct exec_conf *, bool pty); /* in COMMAND's process */

/* posture.c */
void posture_check(const struct inside *);

/* reap.c */
bool reap_stays(const struct init_conf *);
/* COMMAND's process: runs command(arg), which executes or ends, and gives its pid afterwards */
pid_t reap_spawn(int (*command)(void *), void *arg);
/* in it, in the caller's session: a group of its own in front, so that ^C reaches COMMAND once */
void reap_foreground(const struct exec_conf *);
_Noreturn void reap_loop(const struct inside *, pid_t command);

/* boot.c: the machine's first process */
bool boot_is_init(int proc);
char **boot_argv(char **argv);
_Noreturn void boot_end(int status);

#endif
