/*
 * proc.h - processes by pidfd, signals, and children that run one step.
 */
#ifndef NSK_PROC_H
#define NSK_PROC_H

#include <signal.h>
#include <stdint.h>
#include <sys/types.h>

/* An exit status as a shell has it: 0..255, or 128+n when killed by signal n. */
int proc_status(int code, int value); /* si_code and si_status of waitid(2) */

/* Waits for a child by its pidfd (EINTR retried, __WALL); its status as proc_status gives it, or -1. */
int proc_wait(int pidfd);

/* Start time of a process in clock ticks (field 22 of /proc/PID/stat), 0 when it cannot be read. */
uint64_t proc_start_time(pid_t pid);

/* Flags (field 9 of /proc/PID/stat), -1 when it cannot be read.  PROC_FORKNOEXEC: has not exec'ed. */
long proc_flags(pid_t pid);
#define PROC_FORKNOEXEC 0x00000040

/* The pid behind a pidfd in the caller's pid namespace, from fdinfo: -1 when it is gone. */
pid_t proc_pidfd_pid(int pidfd);

/* 1 while the process behind a pidfd is alive (not a zombie), else 0. */
int proc_alive(int pidfd);

/*
 * Whose namespaces can be opened and joined: pidfd itself, where the caller may look at it.  An ordinary user
 * may not at our own init, which is not dumpable, but at COMMAND: so else a pidfd of the first child that it
 * may look at and that is in the same network namespace, in an fd of its own; COMMAND may have gone into
 * namespaces that are not the container's.  Where there is none, or no /proc that tells, pidfd again: what is
 * done with it then fails for its own reason.
 */
int proc_stand_in(int pidfd);

/* setns(2) by a pidfd, or by who stands in where that is refused, for as long as there is one: 0, or -1 and errno. */
int proc_setns(int pidfd, unsigned flags);

/* The hint for EPERM and EACCES of either. */
void proc_explain_closed(void);

/* All signals blocked; the old mask goes to *old. */
void proc_block_signals(sigset_t *old);

/* Every disposition back to default, mask empty: what COMMAND starts with. */
void proc_reset_signals(void);

/*
 * Forks a child with a pidfd (clone3 CLONE_PIDFD, SIGCHLD).  0 in the child, which has pdeathsig
 * SIGKILL set and has checked that its parent still lives; the pid in the parent; -1 and errno.
 */
pid_t proc_fork(int *pidfd);

/*
 * Runs a function of ours in a child that shares our memory while we stand still (clone(2) with
 * CLONE_VM and CLONE_VFORK): its own fds, namespaces and credentials, and no page copied, which is
 * most of what a fork costs.  It may exit by _exit; what it leaves in memory stays.  Death signal
 * and parent as proc_fork has them.  Its status, or -1 and errno.
 */
int proc_call(int (*run)(void *), void *arg);

/*
 * The same for a child that goes on by itself: it executes something or ends, and then we go on beside
 * it.  Nothing is set for it.  Its pid, or -1 and errno.
 */
pid_t proc_vfork(int (*run)(void *), void *arg);

/*
 * A foreign command (newuidmap, nft, a hook) with a fixed PATH search by execvp, its stdin
 * /dev/null, its stdout and stderr ours: its status as proc_status gives it; 127, 126 when it
 * cannot be run; -1 and errno when no child could be made.
 */
int proc_run(char *const argv[]);

/* Executes argv[0] by PATH of the environment; never returns: 127 not found, 126 not executable. */
_Noreturn void proc_exec(char *const argv[], char *const envp[]);

/*
 * The one implementation of that search and of its two answers, for one who must say so himself:
 * returns only on failure, with 126 or 127 as the result and errno of the decisive call.
 */
int proc_try_exec(char *const argv[], char *const envp[]);

#endif
