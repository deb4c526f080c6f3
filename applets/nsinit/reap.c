/*
 * reap.c - PID 1: COMMAND is its child; it forwards signals, reaps whatever is handed to it, and
 * ends with COMMAND's status.
 *
 * What stays for the container's whole life holds nothing: no fd but 0-2, no capability but KILL (to
 * forward to another user), not dumpable, and hardly a page of memory.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "msg.h"
#include "nsinit.h"
#include "proc.h"
#include "sys.h"
#include "thin.h"

const struct key init_keys[] = {
	{"reap" BARE("yes") DEFAULT("auto") WORDS("auto|yes|no")
		 HELP("stay and reap: yes, no (exec away); auto: as PID 1"),
	 KEY_FIELD(struct init_conf, reap, enum)},
	{"subreaper" HELP("stay and reap as subreaper, where this is not PID 1"),
	 KEY_FIELD(struct init_conf, subreaper, boolean), .letter = 's'},
	{"stop-signal" HELP("what COMMAND gets when PID 1 gets TERM"),
	 KEY_FIELD(struct init_conf, stop_signal, signal)},
	{"stop-timeout" DEFAULT("10s") HELP("KILL follows TERM after this time; infinity: never"),
	 KEY_FIELD(struct init_conf, stop_timeout, time)},
	{0},
};

bool reap_stays(const struct init_conf *c)
{
	if (c->reap == REAP_NO)
		return false;
	return c->reap == REAP_YES || c->subreaper == 1 || getpid() == 1;
}

void reap_foreground(const struct exec_conf *c)
{
	sigset_t ttou;

	if (c->new_session == 1 || tcgetpgrp(0) != getpgrp())
		return;
	setpgid(0, 0);
	sigemptyset(&ttou);
	sigaddset(&ttou, SIGTTOU); /* blocked: a background group may change the foreground one */
	sigprocmask(SIG_BLOCK, &ttou, NULL);
	(void)tcsetpgrp(0, getpgrp()); /* a terminal that is not ours keeps its group */
}

pid_t reap_spawn(int (*command)(void *), void *arg)
{
	pid_t pid;

	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		msg_die_errno("[init] subreaper");
	proc_block_signals(NULL);
	pid = proc_vfork(command, arg);
	if (pid < 0)
		msg_die_errno("clone");
	return pid;
}

static void drop_all_but_kill(bool boot)
{
	uint64_t keep = UINT64_C(1) << CAP_KILL | (boot ? UINT64_C(1) << CAP_SYS_BOOT : 0);
	struct caps have;

	caps_read_own(&have);
	caps_apply(&(struct caps){.permitted = have.permitted & keep,
				  .effective = have.permitted & keep});
}

THIN_LOOP static bool is_forwarded(int sig)
{
	switch (sig) {
	case SIGCHLD: /* ours */
	case SIGFPE:
	case SIGILL:
	case SIGSEGV:
	case SIGBUS:
	case SIGABRT:
	case SIGTRAP:
	case SIGSYS:
	case SIGTTIN:
	case SIGTTOU:
	case SIGURG:
		return false;
	default:
		return true;
	}
}

/* Reaps all there is; true with *status when COMMAND was among them. */
THIN_LOOP static bool reap_all(pid_t command, int *status)
{
	bool done = false;
	pid_t pid;
	int w;

	while ((pid = sys_wait4(-1, &w, WNOHANG | __WALL)) > 0) {
		if (pid != command)
			continue;
		done = true;
		*status = WIFEXITED(w) ? WEXITSTATUS(w) : 128 + WTERMSIG(w);
	}
	return done;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* The time until a moment of the monotonic clock. */
static struct sys_timespec until(int64_t moment)
{
	int64_t ns = moment - now();

	if (ns < 0)
		ns = 0;
	return (struct sys_timespec){ns / 1000000000, ns % 1000000000};
}

/* Forwards a signal; TERM begins the time after which COMMAND is killed: the moment, or what it was. */
static int64_t forward(pid_t command, int sig, const struct init_conf *c, int64_t deadline)
{
	if (sig == SIGTERM && c->stop_timeout >= 0 && c->stop_timeout < INT64_MAX && !deadline)
		deadline = now() + c->stop_timeout;
	sys_kill(command, sig == SIGTERM && c->stop_signal > 0 ? c->stop_signal : sig);
	return deadline;
}

THIN_LOOP static int wait_for(pid_t command, const struct init_conf *c)
{
	int64_t deadline = 0; /* of the KILL; 0: none yet */
	int status = EXIT_FAILED;
	struct thin thin = {.n = -1};
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		/* what only saves memory does not keep a COMMAND waiting that ends at once */
		struct sys_timespec left = {.nsec = 100000000};
		bool late;
		int sig;

		if (deadline)
			left = until(deadline);
		sig = sys_sigtimedwait(&all, deadline || thin.n < 0 ? &left : NULL);
		if (sig == SIGCHLD && reap_all(command, &status))
			return status;
		late = sig < 0 && errno == EAGAIN;
		if (late && thin.n < 0) {
			thin_program(&thin);
			thin_let_go(&thin);
		}
		if (late && deadline) {
			sys_kill(getpid() == 1 ? -1 : command, SIGKILL);
			deadline = 0;
		}
		if (sig > 0 && is_forwarded(sig)) {
			deadline = forward(command, sig, c, deadline);
			thin_let_go(&thin);
		}
	}
}

_Noreturn void reap_loop(const struct inside *in, pid_t command)
{
	const struct init_conf conf = in->conf->init; /* the heap goes */
	struct inside mine = *in;
	int sig = in->start->sync >= 0 ? SIGKILL : 0, status;

	if (sig)
		msg_on_die(NULL, NULL, 0); /* the channel is COMMAND's process's now */
	if (!reap_all(command, &status)) { /* it may have run already */
		drop_all_but_kill(in->boot);
		/* a change of credentials may have cleared it */
		if (sig && prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0))
			msg_die_errno("the parent-death signal of PID 1");
		thin_heap(mine.own_proc);
		fds_close_all();
		status = wait_for(command, &conf);
	}
	if (mine.boot)
		boot_end(status);
	_exit(status); /* the caller's memory is gone */
}
