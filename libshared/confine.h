/*
 * confine.h - the last steps before execve, in the one order that works: nsinit and nsenter share it.
 *
 *  1 resource limits       raising one needs CAP_SYS_RESOURCE
 *  2 bounding set          needs CAP_SETPCAP, which leaves with the capabilities
 *  3 keepcaps              so that the change of uid does not empty the permitted set
 *  4 groups, gid, uid      the uid last: it takes the right to change the others
 *  5 five sets             and keepcaps off again: what is left is exactly what was asked
 *  6 no_new_privs          after the ids: nothing here needs privilege any more
 *  7 umask, chdir          as the user: its rights decide, not root's
 *  8 parent-death signal   any change of credentials clears it
 *  9 read back             ids, groups, five sets, no_new_privs, by syscalls; any difference is fatal
 */
#ifndef NSK_CONFINE_H
#define NSK_CONFINE_H

#include <stdbool.h>
#include <stdint.h>

#include "caps.h"
#include "identity.h"
#include "key.h"
#include "rlimit.h"

/* What [exec] says of the process itself, besides identity.h, environ.h and fds.h. */
struct confine_conf {
	char *cwd;		  /* inside; NULL: stays as it is */
	uint32_t umask;		  /* ID_UNSET: stays */
	signed char no_new_privs; /* -1 unset: not set */
	int pdeathsig;		  /* -1 unset: stays as it is */
	int keyring;		  /* KEYRING_*; -1 unset: kept */
};
enum { KEYRING_NEW, KEYRING_KEEP };
extern const struct key confine_keys[]; /* [exec] cwd umask no-new-privs pdeathsig keyring */
#define CONFINE_KEYS confine_keys, "exec"

struct confine {
	const struct confine_conf *conf;
	const struct rlimit_conf *rlimit;
	const struct caps_conf *caps;
	const struct identity *identity; /* resolved */
	bool groups_denied;		 /* confine_groups_denied */
	int pdeathsig;			 /* KILL where a monitor watches; 0: conf's, if any */
};

/*
 * Does the kernel deny setgroups in this user namespace, as it does where an ordinary user mapped the ids?
 * Then a failing setgroups is no error unless groups were written.  path: .../self/setgroups of a procfs.
 */
bool confine_groups_denied(int dir, const char *path);

/* A new session keyring when that is asked: early, while nothing has been set.  Dies with 125. */
void confine_keyring(const struct confine_conf *);

/*
 * Steps 1-9 on the calling, single-threaded process.  Dies with 125.  The caller checks afterwards
 * that its parent still lives (the signal could have been due before step 8) and calls execve.
 */
void confine_apply(const struct confine *);

/* Changes to a directory inside root, no magic links, and checks that getcwd is below root.  Dies. */
void confine_chdir(const char *cwd);

#endif
