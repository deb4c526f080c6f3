/*
 * nscgroup.h - what the files of this applet share: the configuration, the hierarchies of the machine,
 * the groups of one container in them.
 *
 * A function that gives a phrase gives NULL when all is well, else what is wrong in fresh memory, with
 * errno as the decisive call left it and a hint (msg_hint) where there is a usual cause.  Only the
 * caller knows what must be undone before one may die of it.
 */
#ifndef NSK_NSCGROUP_H
#define NSK_NSCGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup.h"
#include "key.h"
#include "node.h"

struct start;

/* ---- the configuration (values.c has the types) ---- */

struct cpu_max {
	int64_t quota;	/* microseconds of each period; CPU_MAX_NONE: no limit */
	int64_t period; /* microseconds; 0: the whole value is unset */
};
enum { CPU_MAX_NONE = -1, CPU_PERIOD = 100000 };

struct cgroup_conf {
	char *path;   /* relative: below parent; absolute: from the top of what is mounted */
	char *parent; /* "self" (the caller's own group), or absolute */
	int enable;
	signed char delegate, kill_on_exit, freeze;
	/* bytes: SIZE_NO_LIMIT, SIZE_UNSET */
	uint64_t memory_max, memory_swap_max, memory_low, memory_reservation, memory_min,
		memory_high;
	uint64_t pids_max, net_classid;
	struct cpu_max cpu_max;
	int64_t cpu_weight, io_weight; /* 1..10000, as v2 has it */
	int64_t cpu_shares;
	int64_t cpu_burst, cpu_rt_runtime, cpu_rt_period; /* microseconds */
	int64_t swappiness;
	signed char cpu_idle, oom_kill_disable, oom_group;
	int cpuset_partition; /* place in LIMIT_PARTITIONS */
	char *cpuset_cpus, *cpuset_mems;
	struct list io_max, io_latency, rdma; /* of char **: the device, then WORD=N */
	struct list hugetlb, misc, net_prio;  /* of char *: NAME:N */
	struct list set;		      /* of char *: FILE=VALUE */
	struct devices_conf devices;
	struct list device_rules; /* struct device_rule */
	bool account;		  /* no key: controllers that only count are wanted, too */
};
enum { ENABLE_AUTO, ENABLE_YES, ENABLE_NO };

struct nscgroup_conf {
	struct cgroup_conf cgroup;
	signed char json;
	int64_t watch, timeout; /* ns; -1 unset */
	char *until, *report;
	struct list psi; /* of char * */
};

extern const struct type type_group;   /* [char *] a group's path, %n; NULL */
extern const struct type type_count;   /* [uint64_t] digits or max; SIZE_UNSET */
extern const struct type type_class;   /* [uint64_t] MAJOR:MINOR or 32 bits; SIZE_UNSET */
extern const struct type type_cpu_max; /* [struct cpu_max] QUOTA [PERIOD], N% or max; period 0 */
extern const struct type type_cpus;    /* [char *] 0-3,8 as the kernel would print it; NULL */
extern const struct type type_named;   /* [char *] NAME:SIZE, no max where the row has one; NULL */
extern const struct type type_raw;     /* [char *] FILE=VALUE; NULL */
/* [char **] DEVICE WORD=LIMIT..., the words are the row's names; NULL */
extern const struct type type_quotas;

/*
 * A weight (1..10000) in v1's shares (2..262144) and back: 1024 shares are weight 100, and what lies
 * outside is the nearest.  The weight of io.weight as bfq's (10..1000).
 */
uint64_t weight_to_shares(uint64_t weight);
uint64_t weight_of_shares(uint64_t shares);
uint64_t weight_to_bfq(uint64_t weight);

/* ---- detect.c: which hierarchies there are ---- */

struct hierarchy {
	char *controllers; /* "cpu,cpuacct"; "" is v2 */
	char *path;	   /* of the caller's own group in it */
	char *mount;	   /* where it is mounted */
	char *own;	   /* the directory of the caller's own group; NULL: not below that mount */
};

struct hierarchies {
	struct hierarchy h[CGROUP_V1_MAX + 1];
	int n;
	char available[512]; /* v2: the controllers at its top, separated by blanks */
};

/* Reads /proc/self/cgroup, asks the kernel where they are mounted.  Without /proc there are no hierarchies. */
void detect(struct hierarchies *);

/* The same from the two texts, which are cut into pieces; leaves available alone. */
void detect_parse(struct hierarchies *, char *cgroups, char *mountinfo);

static inline bool detect_is_v2(const struct hierarchy *h)
{
	return !h->controllers[0];
}

/* The hierarchy of a v1 controller; of v2 when controller is NULL.  NULL: there is none. */
const struct hierarchy *detect_find(const struct hierarchies *, const char *controller);

/* ---- group.c: the directories of a container's groups, and who owns them ---- */

struct cgroup {
	const struct hierarchy *h;
	const char *controllers; /* what limits need it for, by commas; v1: of the hierarchy */
	const char *key;	 /* the first key that needs it; NULL: none does */
	const char *base;	 /* the directory that is there already, and stays */
	char *dir;		 /* of the group, below base */
	bool made;		 /* by us, in this run */
};

struct cgroups {
	struct cgroup g[CGROUP_V1_MAX + 1];
	int n;
};

enum { GROUP_ID = 33 };
#define GROUP_BY_HAND "by-hand" /* the mark of a group that no start owns */

/*
 * Fills base and dir of a group from the configuration: where it is when it exists, else where one that
 * needs g->controllers can be made.  A phrase.
 */
const char *group_place(struct cgroup *, const struct cgroup_conf *);

/*
 * Makes the group, which must not exist, with what is missing above it, and marks it with id.  When it
 * exists errno is EEXIST.  A phrase; nothing of it stays then.
 */
const char *group_make(struct cgroup *, const char *id);

/* What is above the group is made and gives it its controllers. A phrase. */
const char *group_make_above(const struct cgroup *);

/* The mark of a directory: its length, 0 without one, -1 and errno. */
int group_owner(const char *dir, char id[GROUP_ID]);

/* Marks a directory that we made for others' sake: it is removed with the last of them. */
void group_mark_shared(const char *dir);

/* Marks a group that goes when nobody holds its lock any more: exec.c. */
void group_mark_exec(const char *dir);
bool group_is_exec(const char *dir);

/* rmdir, for which a directory that is gone is no error. */
int group_rmdir(const char *dir);

/*
 * Removes a directory and those below it: 0 (also when it is gone), or -1 and errno; EBUSY: processes.
 * Then what we made above it, as far as it is empty.
 */
int group_remove(const char *dir);
int group_remove_shared(const char *dir);

/* Waits a little, longer each time; false when 10 s have passed since the first (*t zeroed before). */
struct group_wait {
	int64_t until;
	long pause;
};
bool group_wait(struct group_wait *);

/* Sends SIGKILL to every process in it and below: how many there were, -1 and errno. */
int group_signal(const char *dir);

/* Whether there is a process in it or below; true also where that cannot be seen. */
bool group_populated(const char *dir);

/*
 * For a group that does not thaw: the one above it of whose FILE the kernel says 1, in a phrase with
 * EBUSY; NULL: none.
 */
const char *group_frozen_above(const char *dir, const char *file);

/* "[cgroup] KEY: OBJECT: strerror(errno)" (key may be NULL), fresh; errno stays; a hint by errno. */
const char *group_fault(const char *key, const char *object);

/* ---- limits.c: the table ---- */

struct limit_texts;

/* A file of one key and its controller: what stands before the first dot of the file's name. */
struct limit {
	const char *key;
	const char *v1, *v2; /* NULL: that one has no such limit */
	const char *(*emit)(struct limit_texts *, const struct limit *, const void *value);
	const char *option; /* of the kernel's configuration, without CONFIG_; NULL: not known */
	uint16_t offset;    /* of the value in struct cgroup_conf */
};
extern const struct limit limit_table[]; /* ended by key == NULL */
#define LIMIT_PARTITIONS "member|root|isolated"

/* One write into a file of the group. */
struct limit_text {
	const struct limit *limit;
	const char *file, *text;
	bool implied; /* not asked, follows from another key */
	bool keyed;   /* a file of lines, each begins with what it is about */
};

struct limit_texts {
	const struct cgroup_conf *conf;
	const char *dir; /* of the group; NULL, or not there: not made yet */
	bool v2;
	struct limit_text *v;
	size_t n;
};

/*
 * Calls f with each limit that is asked, and its value.  A file of `set` is a limit of its own: v1 and
 * v2 are its name.  The first phrase.
 */
const char *limit_each(const struct cgroup_conf *,
		       const char *f(void *arg, const struct limit *, const void *value),
		       void *arg);

/* The controller of a file's name, fresh; "" of those that v2 has without one. */
char *limit_controller(const char *file);

/* What is to be written into one group, in v1's or v2's words. A phrase. */
const char *limit_collect(const struct cgroup *, const struct cgroup_conf *, struct limit_texts *);

/*
 * Writes what is asked into the files of one group and reads it back.  A file that the kernel refuses
 * with EINVAL is tried again after the others: some values allow only one order.  A phrase.
 */
const char *limit_apply(const struct cgroup *, const struct cgroup_conf *);

/* ---- devices.c: which devices may be used ---- */

enum {
	DEVICE_MKNOD = 1,
	DEVICE_READ = 2,
	DEVICE_WRITE = 4,
	DEVICE_RWM = 7
}; /* as BPF_DEVCG_ACC_* */
#define DEVICE_ANY UINT32_MAX

struct device {
	bool allow;
	char type; /* 'a', 'b', 'c' */
	uint8_t access;
	uint32_t major, minor; /* DEVICE_ANY */
};

struct device_rule {
	const struct key *key; /* first: KEY_ORDERED */
	char *path;	       /* of the host's node; NULL: device has the numbers */
	struct device device;
};

extern const struct type type_device_rule; /* [struct device_rule] key NULL */

/* Rules in order: the last that speaks of an access decides, the base of what none speaks of. */
struct devices {
	struct device *d;
	size_t n;
	bool base; /* allowed */
	enum {
		DEVICES_UNSET,
		DEVICES_IMPLIED, /* [devices] default; a file without a word about it */
		DEVICES_ASKED,
	} state;
};

/* Dies where a path is not that of a device. */
void devices_read(const struct cgroup_conf *, struct devices *);

/* The same verdicts as exceptions without order, added to list, whose base was set. A phrase. */
const char *devices_list(const struct devices *, struct devices *list);

struct devices_plan {
	struct devices rules;
	int filter; /* the program for a v2 group; -1 */
	bool later; /* it is loaded when it is applied: given as a wish, answered by the plan */
	const struct hierarchy *v1; /* where a group is needed for them; NULL: none */
};

/* What will keep the rules; nothing is made yet.  A phrase: what was asked cannot be had. */
const char *devices_plan(const struct cgroup_conf *, const struct hierarchies *,
			 struct devices_plan *);

/* Before COMMAND runs. A phrase. */
const char *devices_apply(const struct cgroup *, struct devices_plan *);

/* Says of rules that were only implied why they are not kept, where root could misuse that. */
void devices_without(struct devices_plan *, const char *why);

/* ---- bpf.c: the same for v2 ---- */

/* The program; n: of its instructions. */
struct bpf_insn *bpf_program(const struct devices *, size_t *n);

/* The program's fd; -1 and errno. */
int bpf_load(const struct devices *);

/* Whether the kernel has device filters for groups, and we may ask. */
bool bpf_is_known(const char *dir);

/* Lets it decide for the group, in place of an earlier one of ours. made: there is none. */
int bpf_attach(const char *dir, int program, bool made);

/* ---- plan.c ---- */

/* The groups that the configuration needs; where each lies, and with what it will be limited. A phrase. */
const char *plan_groups(const struct cgroup_conf *, const struct hierarchies *, struct cgroups *,
			struct devices_plan *);

/* ---- v1.c ---- */

/*
 * A new cpuset has no processor and no memory node, and cannot be joined: it gets those of the group
 * above.  Other directories are left alone.  A phrase.
 */
const char *v1_inherit_cpuset(const char *dir);

/* Kills what is in the group, frozen meanwhile when this is the freezer's. A phrase. */
const char *v1_kill(const char *dir, bool freezer);
const char *v1_freeze(const char *dir, bool freeze);

/* ---- v2.c ---- */

/*
 * Below a group that gives controllers: where its own processes went.  It stays as long as they do, and
 * counts as that group when groups are made relative to it.
 */
#define V2_LEAF "nskit.leaf"

/* The directory below which a group can be made that needs these controllers (by commas). A phrase. */
const char *v2_base(const struct hierarchy *, const char *controllers, const char **base);

/* Whether a new group can hold processes. A phrase: it is below a threaded one. */
const char *v2_check_domain(const char *dir);

/* Lets the groups below dir have these controllers. base: dir is not one that we made. A phrase. */
const char *v2_enable(const char *dir, const char *controllers, bool base);

const char *v2_kill(const char *dir);
const char *v2_freeze(const char *dir, bool freeze);

/* ---- nscgroup.c, exec.c, stat.c, events.c: the verbs ---- */

/*
 * Makes and limits the groups; gives them as a record, empty when none were made.  apply: an existing
 * one that was made by hand gets the new limits instead.  Dies with 125.
 */
void nscgroup_create(const struct cgroup_conf *, const struct start *, bool apply,
		     struct cgroup_record *);

/* Those of the configuration's path that are there; false: none is, perhaps with a hint. */
bool nscgroup_find(const struct cgroup_conf *, struct cgroup_record *);

/* Kills what is left in groups with that mark and removes them; a phrase for the first that stays. */
const char *nscgroup_delete(const struct cgroup_record *, const char *id);

/* For kill-on-exit = no: that there are processes in them, so that they stay. A phrase. */
const char *nscgroup_left(const struct cgroup_record *, const char *id);

/* As nscgroup_delete, but waits no longer for what does not die: then all of it stays. */
void nscgroup_sweep(const struct cgroup_record *, const char *id, struct group_wait *);

int nscgroup_exec(const struct nscgroup_conf *, char **command);
int nscgroup_stat(const struct nscgroup_conf *, const struct cgroup_record *);
int nscgroup_events(const struct nscgroup_conf *, const struct cgroup_record *);

/* ---- stat.c: what events.c and exec.c take from it ---- */

struct fields;
struct print;

/* The monotonic clock in ns, and the time until such a moment for poll(2); INT64_MAX: for ever, -1. */
int64_t stat_now(void);
int stat_ms_left(int64_t until);

/* fields_open of a record that may be empty; dies. */
void stat_open(struct fields *, const struct cgroup_record *);

/* An inotify fd that is readable when the group was removed, perhaps (-1: none); empties it. */
int stat_notify(const struct cgroup_record *);
void stat_drain(int notify);

/* exec --report: its file, "-" is standard error; dies.  Fills print (begun here, not ended). */
int stat_report_open(const char *file);
void stat_report(struct print *, const struct cgroup_record *, int status, int64_t ns);

#endif
