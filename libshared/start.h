/*
 * start.h - what one start of a container knows, handed to the applets that run inside it.
 *
 * nsexec fills it.  A prepare or window step that is an applet gets it as a pointer; one that is a
 * foreign command gets the same facts as NSK_NAME NSK_DIR NSK_ID NSK_PIDFD NSK_USERNS NSK_NETNS
 * NSK_LIFE in its environment (fds by number).  start_from_env builds the struct from those, for an
 * applet that a script calls in a window.  In gc and undo there is no process: pidfd and the
 * namespace fds are -1, but for a netns that is held.
 */
#ifndef NSK_START_H
#define NSK_START_H

#include <stdbool.h>

#include "key.h"

struct cgroup_record;

struct start {
	const char *name; /* of the container */
	const char *path; /* of the state directory */
	int dir;	  /* its fd; -1 when no state is kept */
	const char *id;	  /* 16 hex digits, the owner's mark of everything made outside */
	int pidfd;	  /* init, -1 before the clone and after the end */
	int userns; /* nsfs fds, opened before the id maps were answered; -1 when not private */
	int netns;
	int sync;	 /* nsinit: its end of the channel to the monitor; -1: no monitor */
	int life;	 /* a pipe that closes when the container is gone; -1: none */
	unsigned made;	 /* CLONE_NEW* flags of the namespaces that are private to this container */
	unsigned joined; /* CLONE_NEW* flags of those that belong to another */
	/*
	 * Init's set-up and the monitor's work go side by side: nsinit begins before the sources have come, and
	 * a prepare step may leave to applet.finish what need only stand before COMMAND runs.
	 */
	bool early;
	const struct cgroup_record *cgroup; /* nsinit: of this container; NULL: none is known */
	bool undo;   /* this call is an inverse, idempotent and owner-checked */
	bool mapped; /* ids were mapped by a private user namespace */
};

/*
 * A file in the state directory by which a window step asks the monitor to hold the network namespace
 * until the inverses have run, which get it as netns then.
 */
#define START_HOLD "net.hold"

/*
 * The status of an inverse for which it is too early, as it has said itself: what it would remove is in
 * use, and the record stays until gc finds that it is not.
 */
enum { START_LATER = 75 };

/* NULL when NSK_DIR is not set; dies when it is and something else is wrong with the set. */
const struct start *start_from_env(void);

/* Sets that environment for a foreign step. */
void start_to_env(const struct start *);

#endif
