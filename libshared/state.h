/*
 * state.h - the record of a container: a directory NAME below the state root, and its lock.
 *
 * The root is /run/nskit; for an ordinary user $XDG_RUNTIME_DIR/nskit, or /tmp/nskit-UID where there
 * is no such variable; or state-dir.  0700, owned by the caller: a link, another owner or
 * group/other write is refused.  The directory is born locked: mkdir .new.HEX, flock, files written,
 * renameat2(NOREPLACE) to NAME.  The lock is an open file description: whoever still holds its fd
 * (prepare and window steps, the joining stage, init until it execs) still works for that name.
 * Removal happens under the lock: the inode is compared, rename to .dead.ID, unlink, rmdir; the root
 * goes with its last entry.  What a killed process left as .new.HEX or .dead.ID has a free lock and
 * nothing outside: state_sweep removes it.
 *
 * Files (text, one fact a line; each replaced by a rename, but for status):
 *   config  the effective configuration, readable by inifile.h
 *   plan    `id HEX`, then `undo ARGV` lines, POSIX-quoted (a quoted newline does not end the line),
 *           in the order of the steps; `stop ARGV` lines: stop hooks; `file PATH`: the pid file, removed
 *   pid     `pid N`, `start TICKS`, `pidns INODE`, `timens INODE`, `pidfd INODE` (0 where the kernel
 *           gives none), `monitor PID`
 *   status  a line is appended for each change, the last one counts: `starting` (by state_claim),
 *           `created PID`, `running`, `exited N`, `exited N signal S`, `exited N signal S oom` or
 *           `failed TEXT`.  Never replaced, so that one who opened it early reads the end in it,
 *           although it was unlinked by then (nskit state wait)
 *   cgroup  `v2 PATH` and `v1 CONTROLLERS PATH` lines, absolute paths: what nscgroup made (recorded
 *           before it is made); nsexec joins exactly these
 *   net.*   nsnet's
 *
 * Beside the records .leases: a file for each thing that one container at a time may hold, such as an
 * address, made exclusively under a flock of the root, with `NAME ID` of its holder in it.
 */
#ifndef NSK_STATE_H
#define NSK_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define STATE_LEASES ".leases"

struct state {
	char *root; /* absolute path of the state root */
	char *name; /* the container's */
	char *path; /* root/name */
	int rootfd;
	int dir;     /* the directory; also the lock's fd (flock) */
	char id[17]; /* from the plan */
};

/* NULL, or the phrase that says why a name is none: [A-Za-z0-9][A-Za-z0-9_.-]{0,62} */
const char *state_bad_name(const char *name);

/* Dies with it and the name, 125. */
void state_check_name(const char *name);

/* The root's path: explicit (absolute) or the default for the caller, fresh memory. */
char *state_root(const char *explicit_root);

/*
 * Claims a name: dies with 125 `NAME: is running` when it is held; a record whose lock is free is
 * collected first (state_collect).  st->root, name and id are set by the caller; config and plan are
 * the texts of these files.  After it st->dir is the locked directory, st->path its path.
 */
void state_claim(struct state *, const char *config, const char *plan);

/*
 * Opens an existing record, not locked: false with errno ENOENT when there is none; dies when the
 * name is none, or the root or the directory is not ours.
 */
bool state_open(struct state *, const char *root, const char *name);

/* Closes what state_open or state_claim opened (the lock goes when nobody else holds it). */
void state_close(struct state *);

/*
 * Takes the lock without waiting: true when it was free.  Otherwise false and errno: EWOULDBLOCK
 * somebody works for the name; ENOENT the record was removed since it was opened.
 */
bool state_try_lock(struct state *);

/* Waits until no code of ours works for that name any more; takes nothing.  0, or -1 and errno. */
int state_wait_lock(struct state *);

/*
 * Removes the record, which the caller has locked, and the root when it was the last.  0, or -1 when
 * something of it stays, named on stderr: as .dead.ID, or whole; the next gc takes either.
 */
int state_remove(struct state *);

struct state_pid {
	pid_t pid;
	uint64_t
		start; /* clock ticks, as the recorder's time namespace counts them; with pidfd_inode 0 */
	uint64_t pidns;	      /* inode of the pid namespace that pid counts in */
	uint64_t timens;      /* of the time namespace that start counts in; likewise */
	uint64_t pidfd_inode; /* 0: the kernel gives none */
	pid_t monitor;
};

/* Finds out all of that for init, whose pid and pidfd are given, the caller being its monitor. */
int state_record_pid(struct state *, pid_t pid, int pidfd);
int state_read_pid(const struct state *, struct state_pid *);

/*
 * A pidfd of the container's init whose identity was checked (pidfd inode, else start time): -1 and
 * errno: ENOENT nothing is recorded yet, ESRCH it is gone or another process has its number, EXDEV
 * the number counts in another pid namespace, or only a start time of another time namespace could
 * tell.
 */
int state_init_pidfd(const struct state *);

/* The same for any process: its record, and what is found by one, which is freed (NULL: -1, errno stays). */
char *state_pid_text(pid_t pid, int pidfd);
int state_pid_open(char *text);

/* Replaces / reads one small file of the record; reading gives fresh memory, or NULL and errno. */
int state_write(struct state *, const char *file, const char *text);
char *state_read(const struct state *, const char *file);

/* Appends a line to status (text without newline) / gives its last line; NULL when there is none. */
int state_set_status(struct state *, const char *text);
char *state_status(const struct state *);

/* The same from an fd of the status file that was opened with state_open_status, maybe long ago. */
int state_open_status(const struct state *);
char *state_status_of(int fd);

/*
 * Every record below root, sorted; calls each with an opened, unlocked state, which it may keep open
 * by taking a copy and setting dir = -1.  The first result that is not 0, else 0.
 */
int state_each(const char *root, int (*each)(struct state *, void *), void *arg);

/* Removes the .new.* and .dead.* that were left below root: 0, or -1 when one stays, named on stderr. */
int state_sweep(const char *root);

/* The same for leases of containers that are gone; the caller holds the root's flock. */
void state_sweep_leases(int rootfd);

/*
 * gc of one record whose lock the caller holds: pid record -> pidfd -> KILL -> wait; then
 * state_undo; then removal.  0, or -1 when an inverse failed (named on stderr; the record is kept
 * for the next try), or 1: it is too early for one of them (START_LATER), the record is kept, too.
 */
int state_collect(struct state *);

/*
 * Runs the plan's `stop` hooks in order, then its inverses (`undo`) backwards, each an applet command
 * with start.undo set, or a foreign one (with a `/`), in a child; init must be dead.  Every one
 * runs even when one before it failed.  0, or -1 when one failed, or 1 when it is only too early for
 * one: the hooks are not run again then (STATE_HOOKED).
 */
#define STATE_HOOKED "hooked"
int state_undo(struct state *);

/* Removes the pid file: one that cannot go is named, and keeps nothing else from going. */
void state_unlink(const char *path);

/*
 * The next line of a plan, at *at, which moves on; NULL at the end.  A newline inside quotes does not
 * end it.  The line is cut out in place.
 */
char *state_plan_next(char **at);

#endif
