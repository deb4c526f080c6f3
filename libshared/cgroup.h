/*
 * cgroup.h - the cgroups of one container as its record names them, and joining them.
 *
 * nscgroup makes the groups and writes their paths into the file `cgroup` of the state directory
 * (state.h): `v2 PATH`, `v1 CONTROLLERS PATH`, `delegate` and `shared` lines, before it makes the first.
 * nsexec and nsenter join exactly these.
 *
 * What decides how one joins is the kernel's cost: writing a pid or `0` to cgroup.procs, or a foreign
 * pid to tasks, waits for RCU (11 ms after an idle moment).  clone3 with CLONE_INTO_CGROUP (0.18 ms)
 * and a single-threaded process that writes `0` to v1 `tasks` (0.03 ms) do not.
 */
#ifndef NSK_CGROUP_H
#define NSK_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

enum { CGROUP_V1_MAX = 16, CGROUP_PATH_MAX = 4096 };

struct cgroup_v1 {
	char *controllers; /* "cpu,cpuacct" */
	char *path;	   /* absolute, of the directory */
};

struct cgroup_record {
	char *v2; /* absolute path of the directory, NULL: there is none */
	struct cgroup_v1 v1[CGROUP_V1_MAX];
	int nv1;
	bool delegate; /* v2: the container's root is to own the group */
	bool shared;   /* there are directories above that go with the last group in them */
};

/*
 * Reads the file `cgroup` of a state directory.  0, also when there is no such file (an empty record);
 * -1 and errno otherwise: EBADMSG, it is not one of ours.  The memory is fresh and never freed.
 */
int cgroup_record_read(int statedir, struct cgroup_record *);

/* The same from the file's text, which is cut into pieces. */
int cgroup_record_parse(char *text, struct cgroup_record *);

/* The text of a record, fresh memory: parse of it gives the record back. */
char *cgroup_record_text(const struct cgroup_record *);

/* What a joining process needs: the v2 directory for clone_args.cgroup, the v1 `tasks` files. */
struct cgroup_join {
	int v2;		       /* O_RDONLY|O_DIRECTORY, -1: none */
	int v1[CGROUP_V1_MAX]; /* O_WRONLY */
	int nv1;
};

/*
 * Opens these, close-on-exec.  0, or -1 and errno with *failed (may be NULL) the path that could not
 * be opened; nothing stays open then.  A v1 fd keeps its opener's permission: only the joining
 * process may have it, and closes it before its id maps are written.
 */
int cgroup_open_join(const struct cgroup_record *, struct cgroup_join *, const char **failed);

/* Closes all of them in the process that only opened them. */
void cgroup_close_join(struct cgroup_join *);

/*
 * The calling, single-threaded process enters the v1 groups: writes `0` to each, closes them.  The v2
 * directory is closed too when it is open.  No allocation.  0, or -1 and errno.  A new cgroup
 * namespace is unshared after this, or its root is the parent's group.
 */
int cgroup_enter_v1(struct cgroup_join *);

/*
 * The calling process enters the v2 group by writing to cgroup.procs: for one who cannot enter by
 * clone3.  0 (also when there is none), or -1 and errno.
 */
int cgroup_enter_v2(const struct cgroup_join *);

/*
 * Whether processes of the group stand still, or are about to: 1, 0; -1 and errno.  A process that
 * enters such a group stands still too, so nsenter refuses it.
 */
int cgroup_frozen(const struct cgroup_record *);

/*
 * How many processes the kernel killed in the group because it was out of memory: v1
 * memory.oom_control, v2 memory.events.  -1 where there is no memory controller to ask, or the group
 * is gone.
 */
int64_t cgroup_oom_kills(const struct cgroup_record *);

/*
 * Small parsers of the kernel's text.
 * cgroup_word: is word one of a list, separated by the byte sep?
 * cgroup_field: the number after `name ` at the start of a line of a flat keyed file; -1: not there.
 */
bool cgroup_word(const char *list, const char *word, char sep);
int64_t cgroup_field(const char *text, const char *name);

#endif
