/*
 * window.c - the commands of the plan, each in a child that dies with the monitor, or in the monitor.
 *
 * The child keeps the lock of the record until it ends or executes something foreign, so that nobody
 * takes the name while it works.  Our applets run with every signal blocked: what the user types
 * at the terminal must not cut one in half; the monitor, which stands still for them, reads what has
 * come afterwards.  A foreign command is killed when the start is aborted.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <linux/capability.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

/* COMMAND's stdin belongs to COMMAND */
static void close_stdin(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, 0);
	else
		close(0);
}

struct job {
	struct run *r;
	const struct command *command;
	bool undo, finish;
};

static struct start start_of(const struct job *job)
{
	struct start start = job->r->start;

	if (job->undo) {
		start.undo = true;
		start.pidfd = start.userns = start.life = -1;
	}
	return start;
}

static void died_here(const char *text, int status, void *arg)
{
	(void)text; /* is printed already */
	longjmp(arg, status);
}

/* In the monitor itself, a step that leaves no trace there */
static int run_here(const struct job *job)
{
	struct start start = start_of(job);
	jmp_buf end;
	int status = setjmp(end);

	if (status)
		return status;
	msg_on_die(died_here, end, 0);
	if (!job->finish)
		return applet_run(&job->command->call, &start);
	msg_name(job->command->call.applet->name);
	job->command->call.applet->finish(job->command->call.conf);
	return 0;
}

/* In the child: its exit status */
static int run_job(void *arg)
{
	const struct job *job = arg;
	const struct run *r = job->r;
	struct start start = start_of(job);

	msg_on_die(NULL, NULL, 0);
	if (r->sync >= 0)
		close(r->sync); /* the monitor's death must still be seen by init as end of file */
	if (r->life >= 0)
		close(r->life);
	close_stdin();
	if (job->command->call.applet)
		return applet_run(&job->command->call, &start);
	proc_reset_signals();
	if (start.path)
		start_to_env(&start);
	proc_exec(job->command->argv, environ);
}

static bool is_traceless(const struct command *c, const struct start *start)
{
	const struct call *call = &c->call;

	return call->applet && call->applet->traceless &&
	       call->applet->traceless(call->conf, call->operands, start);
}

/* An applet's step is short: the monitor stands still and reads the signals afterwards. */
static int run_applet(const struct job *job)
{
	struct msg_face face = msg_face();
	struct start start = start_of(job);
	int status;

	if (is_traceless(job->command, &start))
		status = run_here(job);
	else
		status = proc_call(run_job, (void *)(uintptr_t)job);
	msg_set_face(&face);
	if (status < 0)
		msg_warn_errno("%s: clone", job->command->call.applet->name);
	return status;
}

/* A foreign command may take its time: meanwhile init and the signals are watched. */
static int run_command(struct run *r, const struct command *c, bool undo)
{
	struct job job = {r, c, undo, false};
	int pidfd, status;
	pid_t pid;

	if (c->call.applet) {
		status = run_applet(&job);
		if (!undo)
			watch_abort(r);
		return status;
	}
	pid = proc_fork(&pidfd);
	if (pid < 0) {
		msg_warn_errno("%s: fork", c->argv[0]);
		return -1;
	}
	if (!pid)
		_exit(run_job(&job));
	if (!undo)
		watch_fd(r, pidfd, true);
	status = proc_wait(pidfd);
	close(pidfd);
	return status;
}

static void check_status(struct run *r, const struct command *c, const char *what, int status)
{
	char *text;

	if (!status)
		return;
	text = file_text("%s: %s: exit status %d", what, key_quote(c->argv), status);
	if (!c->call.applet || status != EXIT_FAILED) /* an applet has said it itself */
		msg_warn("%s", text);
	birth_heed(r);
	end_abort(r, EXIT_FAILED, text);
}

static void run_or_abort(struct run *r, const struct command *c, const char *what)
{
	check_status(r, c, what, run_command(r, c, false));
}

void window_finish(struct run *r)
{
	for (size_t i = 0; r->start.early && i < r->n_plan; i++) {
		const struct command *c = &r->plan[i].run;
		const struct job job = {r, c, false, true};
		struct msg_face face = msg_face();
		int status;

		if (r->plan[i].phase != PHASE_PREPARE || !c->call.applet->finish)
			continue;
		status = run_here(&job);
		msg_set_face(&face);
		check_status(r, c, "prepare", status);
		watch_abort(r);
	}
}

bool window_any(const struct run *r)
{
	bool has = r->conf->hooks.window.n;

	for (size_t i = 0; i < r->n_plan; i++)
		has |= r->plan[i].phase == PHASE_WINDOW &&
		       !is_traceless(&r->plan[i].run, &r->start);
	return has;
}

bool window_quiet(const struct run *r)
{
	bool foreign = r->conf->hooks.prepare.n || r->conf->hooks.window.n || r->go_fd >= 0;

	for (size_t i = 0; i < r->n_plan; i++)
		foreign |= !r->plan[i].run.call.applet;
	return !foreign && sys_capable(CAP_SYS_ADMIN) && sys_capable(CAP_SYS_PTRACE);
}

void window_run(struct run *r, enum phase phase)
{
	const char *what = phase == PHASE_PREPARE ? "prepare" : "window";

	for (size_t i = 0; i < r->n_plan; i++)
		if (r->plan[i].phase == phase)
			run_or_abort(r, &r->plan[i].run, what);
	window_hooks(r, phase == PHASE_PREPARE ? &r->conf->hooks.prepare : &r->conf->hooks.window,
		     what);
}

void window_hooks(struct run *r, const struct list *hooks, const char *what)
{
	LIST_EACH(char **, hook, *hooks)
	{
		struct command c = {.argv = *hook};

		run_or_abort(r, &c, what);
	}
}

int window_undo(struct run *r)
{
	int result = 0, status;

	LIST_EACH(char **, hook, r->conf->hooks.stop)
	{
		struct command c = {.argv = *hook};

		status = run_command(r, &c, true);
		if (status)
			msg_warn("stop hook %s: exit status %d", key_quote(*hook), status);
	}
	for (size_t i = r->n_plan; i-- > 0;) {
		if (!r->plan[i].undo.argv)
			continue;
		status = run_command(r, &r->plan[i].undo, true);
		if (status == START_LATER && !result)
			result = 1;
		if (!status || status == START_LATER)
			continue;
		msg_warn("undo: %s: exit status %d", key_quote(r->plan[i].undo.argv), status);
		result = -1;
	}
	return result;
}
