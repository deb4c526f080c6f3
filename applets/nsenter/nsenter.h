/*
 * nsenter.h - what the parts of nsenter share: the options, and what is known of the target.
 */
#ifndef NSK_NSENTER_H
#define NSK_NSENTER_H

#include <stdbool.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

#include "cgroup.h"
#include "confine.h"
#include "container.h"
#include "environ.h"
#include "fds.h"
#include "key.h"
#include "state.h"

/* What an option with an optional value has when it is given none: that of the target. */
#define ENTER_TARGETS "target"

/* The options of util-linux's nsenter. */
struct enter_options {
	int64_t target;
	signed char all;
	char *mount, *uts, *ipc, *net, *pid, *cgroup, *user, *time; /* ENTER_TARGETS or a file */
	char *setuid, *setgid;					    /* digits, or "follow" */
	char *root, *wd; /* ENTER_TARGETS or a directory of the caller's */
	char *wdns;
	signed char preserve_credentials, environment, no_fork;
	char *state_dir;
};

struct enter_conf {
	struct enter_options opt;
	struct identity_conf identity;
	struct environ_conf environ;
	struct confine_conf confine;
	struct fds_conf fds;
	struct caps_conf caps;
	struct rlimit_conf rlimit;
};

/* The value of the option for a kind of namespace, NULL when it was not given. */
const char *nsenter_asked(const struct enter_options *, const struct namespace *);

/* Namespaces asked for, by option. */
bool nsenter_asks_any(const struct enter_options *);

/*
 * Whom the options mean: a container by its NAME (the first operand), or a process, or files.
 * Opened here, outside; nothing is joined yet.
 */
struct target {
	const char *name;    /* the container's, NULL: a process */
	bool confined;	     /* a container entered as a whole: its cgroup, identity, confinement */
	int pidfd;	     /* -1: only files */
	pid_t pid;	     /* the number that /proc knows it by */
	unsigned flags;	     /* of its namespaces that are to be joined: those that are not ours */
	int files[8];	     /* nsfs fds of FILE options, in namespace_table's order; -1 */
	unsigned file_flags; /* of those */
	int root, wd;	     /* O_PATH, -1: stay */
	uid_t uid;	     /* the target's, as its user namespace counts */
	gid_t gid;
	char **environment; /* NULL: the caller's */
	struct cgroup_join cgroup;
	int cgroupns; /* a confined one's cgroup namespace, joined from inside the cgroup; -1 */
};

/* Each dies with 125: no such container, not running, paused, gone, not permitted. */
void target_by_name(struct target *, const struct enter_conf *, struct state *);
void target_by_options(struct target *, const struct enter_conf *);

/* The record of a container that runs: opened, checked; dies with 125. */
void target_open_record(struct state *, const struct enter_conf *, const char *name);

/* Enters the namespaces (all but the cgroup's, which the child joins once it is in its cgroup), root
 * and directory; the process is then the container's, but for pid and cgroup.  Dies with 125. */
void join_namespaces(struct target *, const struct enter_conf *);

/* What is executed: file is argv[0], but for a login shell. */
struct command {
	const char *file;
	char **argv;
};

/* The last of it, in the process that will be COMMAND: cgroups, ids, confinement, exec. */
_Noreturn void child_exec(struct target *, const struct enter_conf *, const struct command *,
			  int lifeline, const sigset_t *mask);

/* Forwards signals to the child, stops and goes on with it; its status. */
int watch_child(pid_t pid, int pidfd);

#endif
