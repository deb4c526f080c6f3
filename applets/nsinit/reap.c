/*
 * reap.c - PID 1: COMMAND is its child; it forwards signals, reaps whatever is handed to it, and
 * ends with COMMAND's status.
 *
 * What stays for the container's whole life holds nothing: no fd but 0-2, no capability but KILL (to
 * forward to another user), not dumpable, and hardly a page of memory.
 */
#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/capability.h>

#include "msg.h"
#include "nsinit.h"
#include "proc.h"
#include "sys.h"

static const char *const reap_words[] = {"auto", "yes", "no", NULL};

const struct key init_keys[] = {
    {"init", "reap", KEY_FIELD(struct init_conf, reap, enum), .names = reap_words, .def = "auto",
     .bare = "yes", .help = "stay and reap: yes, no (exec away); auto: as PID 1"},
    {"init", "subreaper", KEY_FIELD(struct init_conf, subreaper, boolean), .letter = 's',
     .help = "stay and reap as subreaper, where this is not PID 1"},
    {"init", "stop-signal", KEY_FIELD(struct init_conf, stop_signal, signal),
     .help = "what COMMAND gets when PID 1 gets TERM"},
    {"init", "stop-timeout", KEY_FIELD(struct init_conf, stop_timeout, time), .def = "10s",
     .help = "KILL follows TERM after this time; infinity: never"},
    {0},
};

bool reap_stays(const struct init_conf *c)
{
	if (c->reap == REAP_NO)
		return false;
	return c->reap == REAP_YES || c->subreaper == 1 || getpid() == 1;
}

/* In the caller's session: a group of its own in front, so that ^C reaches COMMAND once, from the terminal. */
static void take_foreground(const struct exec_conf *c)
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

pid_t reap_fork(const struct inside *in)
{
	pid_t pid;

	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		msg_die_errno("[init] subreaper");
	proc_block_signals(NULL);
	pid = fork();
	if (pid < 0)
		msg_die_errno("fork");
	if (pid)
		return pid;
	take_foreground(&in->conf->exec);
	return 0;
}

static void drop_all_but_kill(bool boot)
{
	uint64_t keep = UINT64_C(1) << CAP_KILL | (boot ? UINT64_C(1) << CAP_SYS_BOOT : 0);
	struct caps have;

	caps_read(&have);
	caps_apply(&(struct caps){.bounding = have.bounding,
				  .permitted = have.permitted & keep,
				  .effective = have.permitted & keep});
}

/* Pages of the program that only the start needed go; what the loop needs comes back by itself. */
static void drop_memory(void)
{
	extern char __ehdr_start[], _end[];
	uintptr_t from = (uintptr_t)__ehdr_start & ~(uintptr_t)4095;
	uintptr_t to = ((uintptr_t)_end + 4095) & ~(uintptr_t)4095;

	(void)from, (void)to;
}

static bool is_forwarded(int sig)
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
static bool reap_all(pid_t command, int *status)
{
	bool done = false;
	pid_t pid;
	int w;

	while ((pid = waitpid(-1, &w, WNOHANG | __WALL)) > 0) {
		if (pid != command)
			continue;
		done = true;
		*status = WIFEXITED(w) ? WEXITSTATUS(w) : 128 + WTERMSIG(w);
	}
	return done;
}

/* The time that is left until a moment of the monotonic clock; false when there is none. */
static bool left_until(int64_t moment, struct timespec *left)
{
	struct timespec now;
	int64_t ns;

	clock_gettime(CLOCK_MONOTONIC, &now);
	ns = moment - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	*left = (struct timespec){(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	return ns > 0;
}

static int64_t after(int64_t ns)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec + ns;
}

static int wait_for(pid_t command, const struct init_conf *c)
{
	int64_t deadline = 0; /* of the KILL; 0: none yet */
	int status = EXIT_FAILED;
	sigset_t all;

	sigfillset(&all);
	for (;;) {
		struct timespec left;
		int sig;

		if (deadline && !left_until(deadline, &left)) {
			kill(getpid() == 1 ? -1 : command, SIGKILL);
			deadline = 0;
		}
		sig = sigtimedwait(&all, NULL, deadline ? &left : NULL);
		if (sig == SIGCHLD && reap_all(command, &status))
			return status;
		if (sig <= 0 || !is_forwarded(sig))
			continue;
		if (sig == SIGTERM && c->stop_timeout >= 0 && c->stop_timeout < INT64_MAX && !deadline)
			deadline = after(c->stop_timeout);
		kill(command, sig == SIGTERM && c->stop_signal > 0 ? c->stop_signal : sig);
	}
}

int reap_loop(const struct inside *in, pid_t command)
{
	int sig = 0;

	msg_on_die(NULL, NULL, 0);
	fds_close_all();
	drop_all_but_kill(in->boot);
	/* a change of credentials may have cleared it */
	if (in->start->sync >= 0)
		sig = SIGKILL;
	if (sig && prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0))
		msg_die_errno("the parent-death signal of PID 1");
	drop_memory();
	return wait_for(command, &in->conf->init);
}
