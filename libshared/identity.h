/*
 * identity.h - who COMMAND runs as: [exec] user, group, groups, looked up in the passwd and group
 * files of the *container*, never of the host.
 *
 * A word of digits is an id and nothing else: 0..2^32-2, no sign, no blank.  A user whose *name* is
 * a number of another id makes that number ambiguous, which is refused.  A number that passwd does
 * not know needs its group written (only uid 0 has gid 0 by itself).
 */
#ifndef NSK_IDENTITY_H
#define NSK_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "key.h"

struct identity_conf {
	char *user;	    /* USER, UID, USER:GROUP, UID:GID, ...; NULL: ids stay as they are */
	char *group;	    /* the primary group; not together with USER:GROUP */
	struct list groups; /* char *: supplementary ones besides those of the group file */
};
extern const struct key identity_keys[]; /* [exec] user group groups; no letters */
#define IDENTITY_KEYS identity_keys, "exec"

/* What is to be set.  Memory lives until exec. */
struct identity {
	bool set_uid, set_gid; /* false: uid, gid hold the caller's present id */
	bool set_groups;       /* false: the supplementary groups stay as they are */
	bool asked_groups;     /* groups were written: no way round a failing setgroups(2) */
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t ngroups;
	const char *name; /* of the passwd file, NULL when it does not know the user */
	const char *home; /* of the passwd file, "/" when it does not know the user; absolute */
};

/* Checks what needs no file: NULL, or a phrase. For applet.check. */
const char *identity_check(const struct identity_conf *);

/*
 * Looks everything up in root/etc/passwd and root/etc/group (root: a directory fd; resolved inside it,
 * no magic links; a missing file is an empty one).  Dies with 125.
 */
void identity_resolve(const struct identity_conf *, int root, struct identity *);

/* The gid of a group of root/etc/group; fallback when there is no such group or file. */
gid_t identity_gid(int root, const char *name, gid_t fallback);

/*
 * The same on texts (unit tests, fuzzing): passwd and group are NUL-ended.  NULL, or a phrase.
 */
const char *identity_lookup(const struct identity_conf *, const char *passwd, const char *group,
			    struct identity *);

#endif
