/*
 * watch.c - waiting for COMMAND as if it were us: signals go on to it, its stops are ours.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "msg.h"
#include "nsenter.h"
#include "proc.h"
#include "sys.h"

/* Its status, or -1 while it goes on. */
static int reap(int pidfd)
{
	siginfo_t si = {.si_pid = 0};

	if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &si,
		   WEXITED | WSTOPPED | WCONTINUED | WNOHANG | __WALL) == -1)
		msg_die_errno("wait");
	if (si.si_pid == 0)
		return -1;
	switch (si.si_code) {
	case CLD_EXITED:
	case CLD_KILLED:
	case CLD_DUMPED:
		return proc_status(si.si_code, si.si_status);
	case CLD_STOPPED: /* the caller's job control sees us stop too, and continues us */
		(void)kill(getpid(), SIGSTOP);
		(void)sys_pidfd_send_signal(pidfd, SIGCONT);
	}
	return -1;
}

int watch_child(pid_t pid, int pidfd)
{
	sigset_t all;
	siginfo_t si;
	int status;

	(void)pid;
	sigfillset(&all);
	while ((status = reap(pidfd)) == -1) {
		int sig = sigwaitinfo(&all, &si);

		/* the terminal's own signals reach the child as well: it is of our process group */
		if (sig > 0 && sig != SIGCHLD && si.si_code <= 0)
			(void)sys_pidfd_send_signal(pidfd, sig);
	}
	return status;
}
