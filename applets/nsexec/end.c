/*
 * end.c - every way a start ends: undone, said, recorded.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fds.h"
#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

void end_status(struct run *r, const char *text)
{
	char *line = file_text("%s\n", text);

	if (r->status_fd >= 0)
		(void)file_write_all(r->status_fd, line, strlen(line)); /* its reader may be gone */
	if (r->state.dir >= 0 && state_set_status(&r->state, text))
		msg_warn_errno("%s/status", r->state.path);
	free(line);
}

/*
 * A namespace that we hold outlives its init, and so would the links that the kernel removes with it;
 * unless that is what a step has asked for.
 */
void end_namespaces(struct run *r)
{
	bool held = r->state.dir >= 0 && !faccessat(r->state.dir, START_HOLD, F_OK, 0);

	if (r->start.netns >= 0 && !held) {
		close(r->start.netns);
		r->start.netns = -1;
	}
	if (r->start.userns >= 0)
		close(r->start.userns);
	r->start.userns = -1;
}

static void undo(struct run *r)
{
	int left;

	end_namespaces(r);
	if (r->life >= 0)
		close(r->life);
	r->life = -1;
	if (r->state.dir < 0)
		return;
	if (r->conf->container.pid_file)
		state_unlink(r->conf->container.pid_file);
	left = window_undo(r);
	if (left > 0)
		(void)state_write(&r->state, STATE_HOOKED, ""); /* without: they run once more */
	else if (left < 0 || state_remove(&r->state))
		msg_warn("%s: the record stays for 'nskit state gc'", r->state.name);
}

_Noreturn void end_abort(struct run *r, int status, const char *text)
{
	const int ours[] = {r->state.rootfd, r->state.dir, r->caller, r->status_fd, r->start.netns};
	const struct fds_conf none = {0};

	msg_on_die(NULL, NULL, 0);
	if (r->pidfd >= 0) {
		sys_pidfd_send_signal(r->pidfd, SIGKILL);
		(void)proc_wait(r->pidfd);
	}
	/* fds may be what the start lacked: undo needs some */
	fds_close(&none, ours, sizeof ours / sizeof *ours);
	r->sync = r->life = r->start.life = r->start.userns = -1;
	end_status(r, file_text("failed %.*s", (int)strcspn(text, "\n"), text));
	undo(r);
	caller_tell(r, status);
	_exit(status);
}

int end_finish(struct run *r, int status)
{
	/* the kernel kills by KILL: another end was not its doing, whatever became of children */
	int64_t oom = status == 128 + SIGKILL ? cgroup_oom_kills(&r->cgroup) : 0;

	if (oom > 0)
		msg_warn("%s: COMMAND was killed by signal %d: out of memory (the cgroup's limit)",
			 r->state.name, SIGKILL);
	if (status > 128)
		end_status(r, file_text("exited %d signal %d%s", status, status - 128,
					oom > 0 ? " oom" : ""));
	else
		end_status(r, file_text("exited %d", status));
	undo(r);
	return status;
}
