/*
 * caller.c - a detached start and its caller: who waits for one byte, the status of the start, and of
 * whom nothing may be held when COMMAND runs.
 */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "fds.h"
#include "msg.h"
#include "nsexec.h"
#include "sys.h"

void caller_tell(struct run *r, int status)
{
	unsigned char byte = (unsigned char)status;

	if (r->caller < 0)
		return;
	(void)!write(r->caller, &byte, 1); /* EPIPE: nobody waits any more */
	close(r->caller);
	r->caller = -1;
}

/* The caller waits for the byte that says how the start went; the monitor goes on in the background. */
void caller_detach(struct run *r)
{
	int pipefd[2];
	unsigned char status = EXIT_FAILED;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC))
		msg_die_errno("pipe");
	pid = sys_clone3(&(struct sys_clone_args){.exit_signal = SIGCHLD});
	if (pid < 0)
		msg_die_errno("fork");
	if (pid) {
		sigprocmask(SIG_SETMASK, &r->mask, NULL); /* what ends it ends the start */
		close(pipefd[1]);
		if (read(pipefd[0], &status, 1) != 1)
			msg_warn("the monitor died before COMMAND ran");
		_exit(status);
	}
	close(pipefd[0]);
	r->caller = pipefd[1];
	setsid();
}

void caller_output(struct run *r)
{
	const char *output = r->conf->container.output;
	bool null = !output || !strcmp(output, "null");
	const char *path = null ? "/dev/null" : output + strlen("file:");
	int stdin_null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (stdin_null < 0 || dup2(stdin_null, 0) < 0)
		msg_die_errno("/dev/null");
	close(stdin_null);
	r->output = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | (null ? 0 : O_CREAT | O_APPEND),
			 0600);
	if (r->output < 0)
		msg_die_errno("[container] output: %s", path);
}

/* From now on we hold nothing of the caller's but what the container itself was given. */
void caller_leave(struct run *r)
{
	const int ours[] = {r->state.rootfd, r->state.dir, r->pidfd,	 r->signals,	r->caller,
			    r->console,	     r->life,	   r->status_fd, r->start.netns};
	const struct fds_conf none = {0};
	int null;

	if (r->caller < 0)
		return;
	fds_close(&none, ours, sizeof ours / sizeof *ours);
	r->sync = r->output = r->start.life = -1;
	(void)!chdir("/"); /* nor the mount that its directory is on */
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; null >= 0 && fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
	caller_tell(r, 0);
}
