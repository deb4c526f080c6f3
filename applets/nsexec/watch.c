/*
 * watch.c - the waits of the monitor: for init's messages, for a step, for the end.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

static bool next_signal(const struct run *r, struct signalfd_siginfo *si)
{
	return read(r->signals, si, sizeof *si) == (ssize_t)sizeof *si;
}

int watch_abort_signal(struct run *r)
{
	struct signalfd_siginfo si;

	while (next_signal(r, &si))
		switch (si.ssi_signo) {
		case SIGHUP:
		case SIGINT:
		case SIGQUIT:
		case SIGTERM:
			return (int)si.ssi_signo;
		}
	return 0;
}

/* By a signal, or by the death of the caller: 0. */
static _Noreturn void abort_by(struct run *r, int sig)
{
	if (sig)
		end_abort(r, 128 + sig, file_text("signal %d before COMMAND ran", sig));
	end_abort(r, EXIT_FAILED, "the caller died before COMMAND ran");
}

static void abort_on(struct run *r, const struct pollfd *signals, const struct pollfd *caller)
{
	int sig = signals->revents ? watch_abort_signal(r) : 0;

	if (sig || caller->revents)
		abort_by(r, sig);
}

void watch_message(struct run *r, struct sync_message *m)
{
	struct pollfd p[] = {{.fd = r->sync, .events = POLLIN},
			     {.fd = r->signals, .events = POLLIN},
			     {.fd = r->caller, .events = POLLERR}};

	for (;;) {
		if (poll(p, 3, -1) < 0 && errno != EINTR)
			msg_die_errno("poll");
		/* what init has said comes first: after its last word COMMAND runs, and signals are its own */
		if (p[0].revents) {
			if (sync_recv(r->sync, m))
				msg_die_errno("message of init");
			return;
		}
		abort_on(r, &p[1], &p[2]);
	}
}

void watch_abort(struct run *r)
{
	struct pollfd p[] = {{.fd = r->signals, .events = POLLIN},
			     {.fd = r->caller, .events = POLLERR}};

	if (poll(p, 2, 0) > 0)
		abort_on(r, &p[0], &p[1]);
}

void watch_fd(struct run *r, int fd, bool step)
{
	struct pollfd p[] = {{.fd = fd, .events = POLLIN},
			     {.fd = r->signals, .events = POLLIN},
			     {.fd = r->caller, .events = POLLERR},
			     {.fd = r->running ? -1 : r->pidfd, .events = POLLIN}};
	int sig;

	for (;;) {
		if (poll(p, 4, -1) < 0 && errno != EINTR)
			msg_die_errno("poll");
		sig = p[1].revents ? watch_abort_signal(r) : 0;
		if (sig)
			break;
		if (p[0].revents)
			return;
		if (p[2].revents || p[3].revents)
			break;
	}
	if (step) {
		sys_pidfd_send_signal(fd, SIGKILL);
		(void)proc_wait(fd);
	}
	if (!sig && p[3].revents)
		msg_die("init was killed before COMMAND ran");
	abort_by(r, sig);
}

/*
 * What the terminal sends goes to its whole foreground group: COMMAND has it already, when it is in
 * our session and has no terminal of its own.
 */
static bool from_terminal(const struct run *r, const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL && r->console < 0 && getsid(r->pid) == getsid(0);
}

static void forward(struct run *r, struct relay *relay)
{
	struct signalfd_siginfo si;

	while (next_signal(r, &si)) {
		int sig = (int)si.ssi_signo;

		if (sig == SIGCHLD || sig == SIGPIPE || sig == SIGURG)
			continue; /* about us, not for COMMAND */
		if (sig == SIGWINCH && r->console >= 0) {
			console_resize(relay);
			continue;
		}
		if (!from_terminal(r, &si))
			sys_pidfd_send_signal(r->pidfd, sig);
		if (sig == SIGTSTP)
			kill(getpid(), SIGSTOP); /* the shell that started us sees its job stop */
	}
}

int watch_running(struct run *r)
{
	struct relay relay = {.master = -1, .in = -1};
	struct pollfd p[4] = {{.fd = r->pidfd, .events = POLLIN},
			      {.fd = r->signals, .events = POLLIN}};
	int status;

	if (r->console >= 0)
		console_open(&relay, r->console);
	for (;;) {
		bool full = relay.fed < relay.have;

		p[2] = (struct pollfd){.fd = relay.master,
				       .events = (short)(POLLIN | (full ? POLLOUT : 0))};
		p[3] = (struct pollfd){.fd = full ? -1 : relay.in, .events = POLLIN};
		if (poll(p, 4, -1) < 0 && errno != EINTR)
			break;
		if (p[1].revents)
			forward(r, &relay);
		if (p[3].revents)
			console_input(&relay);
		if (p[2].revents & POLLOUT)
			console_feed(&relay);
		if (p[2].revents & ~POLLOUT && !console_output(&relay)) {
			console_close(&relay);
			relay.master = relay.in = -1;
		}
		if (p[0].revents)
			break;
	}
	if (relay.master >= 0)
		console_close(&relay);
	status = proc_wait(r->pidfd);
	if (status < 0) {
		msg_warn_errno("COMMAND's status");
		status = EXIT_FAILED;
	}
	return status;
}
