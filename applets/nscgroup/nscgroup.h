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

struct start;

/* ---- the configuration (limits.c has the types) ---- */

struct cpu_max {
	int64_t quota;	/* microseconds of each period; CPU_MAX_NONE: no limit */
	int64_t period; /* microseconds; 0: the whole value is unset */
};
enum { CPU_MAX_NONE = -1, CPU_PERIOD = 100000 };

struct cgroup_conf {
	char *path;   /* relative: below parent; absolute: from the top of what is mounted */
	char *parent; /* "self" (the caller's own group), or absolute */
	int enable;
	uint64_t memory_max, memory_swap_max; /* bytes */
	int64_t cpu_weight;		      /* 1..10000, as v2 has it */
	struct cpu_max cpu_max;
	uint64_t pids_max; /* SIZE_NO_LIMIT, SIZE_UNSET as type_size */
};
enum { ENABLE_AUTO, ENABLE_YES, ENABLE_NO };

struct nscgroup_conf {
	struct cgroup_conf cgroup;
	signed char json;
};

extern const struct type type_group;   /* [char *] a group's path, %n; NULL */
extern const struct type type_count;   /* [uint64_t] digits or max; SIZE_UNSET */
extern const struct type type_cpu_max; /* [struct cpu_max] QUOTA [PERIOD], N% or max; period 0 */

/* ---- detect.c: which hierarchies there are ---- */

struct hierarchy {
	char *controllers; /* "cpu,cpuacct"; "" is v2 */
	char *mount;	   /* where it is mounted */
	char *own;	   /* the directory of the caller's own group; NULL: not below that mount */
};

struct hierarchies {
	struct hierarchy h[CGROUP_V1_MAX + 1];
	int n;
	char available[512]; /* v2: the controllers at its top, separated by blanks */
};

/* Reads /proc/self/cgroup and /proc/self/mountinfo.  Without these there are no hierarchies. */
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

/* rmdir, for which a directory that is gone is no error.  arg: none. */
int group_rmdir(const char *dir, void *arg);

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

/* "[cgroup] KEY: OBJECT: strerror(errno)" (key may be NULL), fresh; errno stays; a hint by errno. */
const char *group_fault(const char *key, const char *object);

/* ---- limits.c: the table ---- */

enum limit_state {
	LIMIT_UNSET,
	LIMIT_IMPLIED, /* not asked, follows from another key */
	LIMIT_ASKED,
	LIMIT_WRONG, /* the text says why */
};
enum { LIMIT_TEXT = 128 };

/* One conversion: the text that the kernel's file takes.  dir: of the group, NULL: not made yet. */
typedef enum limit_state limit_text(const struct cgroup_conf *, const char *dir, char *text);

struct limit {
	const char *key;
	const char *v1, *v1_file; /* controller and file; NULL: not there */
	limit_text *v1_text;
	const char *v2, *v2_file;
	limit_text *v2_text;
	const char *option; /* of the kernel's configuration */
};
extern const struct limit limit_table[]; /* ended by key == NULL */

/* The limit's state, whichever hierarchy will hold it. */
enum limit_state limit_asked(const struct limit *, const struct cgroup_conf *);

/*
 * Writes what is asked into the files of one group and reads it back.  A file that the kernel refuses
 * with EINVAL is tried again after the others: some values allow only one order.  A phrase.
 */
const char *limit_apply(const struct cgroup *, const struct cgroup_conf *);

/* The conversions of cpu weights; 1024 shares are weight 100. */
uint64_t limit_shares(uint64_t weight);

/* ---- v1.c ---- */

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

/* Lets the groups below dir have these controllers. base: dir is not one that we made. A phrase. */
const char *v2_enable(const char *dir, const char *controllers, bool base);

const char *v2_kill(const char *dir);
const char *v2_freeze(const char *dir, bool freeze);

/* ---- nscgroup.c, exec.c, stat.c: the verbs ---- */

/*
 * Makes and limits the groups; gives them as a record, empty when none were made.  apply: an existing
 * one that was made by hand gets the new limits instead.  Dies with 125.
 */
void nscgroup_create(const struct cgroup_conf *, const struct start *, bool apply,
		     struct cgroup_record *);

/* Kills what is left in groups with that mark and removes them; a phrase for the first that stays. */
const char *nscgroup_delete(const struct cgroup_record *, const char *id);

int nscgroup_exec(const struct nscgroup_conf *, char **command);
int nscgroup_stat(const struct cgroup_record *, bool json);

#endif
