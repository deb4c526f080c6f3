/*
 * sync.h - the channel between the monitor (nsexec) and init: one SEQPACKET pair, named messages.
 *
 * The state machine; every token is explicit, end of file is never "go":
 *
 *	init -> monitor    MAPS    asks for its id maps (only with a private user namespace)
 *	monitor -> init    MAPPED  they are written
 *	init -> monitor    READY   ids are 0 inside, in its cgroup, blocked; cannot fail by itself now
 *	monitor -> init    SOURCES fds: the mounts that the monitor opened, in the order that nsinit's sources.c
 *	                           has; only to nsinit, which with them sets up what does not need the window's
 *	                           work, and where it may (start.early) has begun with what needs no sources
 *	                           (the window: steps run here, init cannot fork and does not execute COMMAND)
 *	monitor -> init    GO      the window is over; fds, to nsinit: what its steps have made to be mounted
 *	monitor -> init    RUN     to nsinit: what the steps have left (applet.finish) stands, COMMAND may run
 *	init -> monitor    CONSOLE fd: the master of the pty (only with a terminal), any time between
 *	init -> monitor    EXEC    everything is set up and read back; execve comes next
 *	init -> monitor    FAILED  status and text: setting up, or the execve after EXEC, failed
 *
 * End of file before EXEC: init died, a failed start.  After EXEC it means that execve closed it.
 * Only init holds its end; where nsinit stays as PID 1, it stands still until COMMAND's process, which has
 * a copy, executes, and then closes its own.
 */
#ifndef NSK_SYNC_H
#define NSK_SYNC_H

#include <stddef.h>

enum sync_token {
	SYNC_EOF = 0, /* not sent: what sync_recv answers when the other end is closed */
	SYNC_MAPS = 'm',
	SYNC_MAPPED = 'M',
	SYNC_READY = 'r',
	SYNC_SOURCES = 's',
	SYNC_GO = 'g',
	SYNC_RUN = 'R',
	SYNC_CONSOLE = 'c',
	SYNC_EXEC = 'x',
	SYNC_FAILED = 'f',
};

enum { SYNC_FDS = 250, SYNC_TEXT = 1024 }; /* SCM_MAX_FD is 253 */

struct sync_message {
	enum sync_token token;
	int status; /* FAILED: the exit status */
	int nfds;   /* of fds[] that came with it, close-on-exec */
	int fds[SYNC_FDS];
	char text[SYNC_TEXT]; /* FAILED: NUL-ended */
};

/* [0] the monitor's end, [1] init's; both close-on-exec. */
int sync_pair(int pair[2]);

/* 0; -1 and errno: EPIPE when the other end is closed, whatever waited there; no signal. */
int sync_send(int fd, enum sync_token);
int sync_send_fds(int fd, enum sync_token, const int *fds, int n);
int sync_send_failed(int fd, int status, const char *text);

/*
 * Waits for one message; token SYNC_EOF at end of file, after everything that was sent before it; -1 and errno
 * (EBADMSG: not one of ours).
 */
int sync_recv(int fd, struct sync_message *);

/* The name of a token for messages: "ready". */
const char *sync_name(enum sync_token);

#endif
