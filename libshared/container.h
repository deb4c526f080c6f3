/*
 * container.h - the sections that several applets read: [container] and [namespaces].
 */
#ifndef NSK_CONTAINER_H
#define NSK_CONTAINER_H

#include "key.h"

struct container_conf {
	char *name; /* default: the file's stem; checked by state_bad_name */
	char *description;
	struct list include; /* char *: read by ini.c; here for the table's sake */
	char *state_dir;     /* NULL: state_root's default */
	char *pid_file;	     /* path: the pid of init, written by a rename, removed at the end */
	signed char detach;
	char *output; /* detached: "null" or "file:PATH" */
};

struct namespaces_conf {
	struct nsspec mount, pid, ipc, uts, net, cgroup, user, time;
	int setgroups;	   /* index: allow deny auto; -1 unset */
	int64_t monotonic; /* offsets of the time namespace in seconds; INT64_MIN unset */
	int64_t boottime;
};
enum { SETGROUPS_ALLOW, SETGROUPS_DENY, SETGROUPS_AUTO };

extern const struct key container_keys[];  /* group for struct container_conf */
extern const struct key namespaces_keys[]; /* group for struct namespaces_conf; options -m -p ... */

/*
 * The kinds of namespaces as one table: its order is the order of joining.
 *   word: the key and long option; file: below /proc/PID/ns; flag: CLONE_NEW*; offset in
 *   namespaces_conf.
 */
struct namespace
{
	const char *word, *file;
	unsigned flag, offset;
};
extern const struct namespace namespace_table[]; /* ended by word == NULL */

static inline const struct nsspec *namespace_spec(const struct namespaces_conf *c,
						  const struct namespace *n)
{
	return (const struct nsspec *)((const char *)c + n->offset);
}

#endif
