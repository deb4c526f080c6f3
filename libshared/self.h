/*
 * self.h - the program's own executable, out of the reach of those it is about to meet.
 *
 * A process that joins a container can be looked at from inside: /proc/PID/exe leads to the host's
 * file, and who holds that path may write to it once the program has ended.  So the program runs
 * from a copy that nobody can write: a detached read-only clone of the mount it stands on, or a
 * sealed memfd.
 */
#ifndef NSK_SELF_H
#define NSK_SELF_H

#include <stdbool.h>

/*
 * Executes the program anew, with the same argv and environment, from such a copy, and returns in the
 * copy; there it makes the process not dumpable and does no more.  argv: the whole of main's.  To be
 * called before anything is read, made or changed.  Dies with 125 when no copy can be had.
 */
void self_seal(char **argv);

/* Does this process run from such a copy?  Asked of the kernel: the caller's word is not taken. */
bool self_is_sealed(void);

#endif
