/*
 * clone.c - makes init.  Directly, or, when namespaces of others are joined, through a stage: a child
 * that joins them and makes init as its sister (CLONE_PARENT), so that the monitor stays the parent
 * that waits for it.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

static void explain(unsigned make)
{
	if (errno == EPERM && !(make & CLONE_NEWUSER))
		msg_hint("an ordinary user needs a user namespace too: -U, or user = private");
	else if (errno == EPERM)
		msg_hint("user namespaces may be forbidden here: kernel.unprivileged_userns_clone, "
			 "kernel.apparmor_restrict_unprivileged_userns, or a chroot");
	else if (errno == ENOSPC)
		msg_hint("a limit of /proc/sys/user/max_*_namespaces is reached");
	else if (errno == EINVAL)
		msg_hint("the kernel may lack one of these namespaces: see /proc/self/ns");
	else if (errno == EAGAIN)
		msg_hint("the limit of processes is reached: ulimit -u, or pids.max of the cgroup");
}

/* clone3 as it is wanted; 0 in init.  CLONE_PARENT takes the exit signal of the stage. */
static pid_t make(struct run *r, uint64_t more, int *pidfd)
{
	struct sys_clone_args args = {.flags = r->make | CLONE_PIDFD | more,
				      .exit_signal = more & CLONE_PARENT ? 0 : SIGCHLD};

	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	/* the root of a new cgroup namespace is the group one is in: made by the child, once it is there */
	if (r->cgroup_fds.v2 >= 0 || r->cgroup_fds.nv1)
		args.flags &= ~(uint64_t)CLONE_NEWCGROUP;
	if (r->cgroup_fds.v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)r->cgroup_fds.v2;
	}
	return sys_clone3(&args);
}

static _Noreturn void stage(struct run *r, int report)
{
	int pidfd = -1;
	pid_t pid;

	msg_on_die(NULL, NULL, 0);
	close(r->sync);
	join_all(r);
	pid = make(r, CLONE_PARENT, &pidfd);
	if (pid < 0) {
		explain(r->make);
		msg_die_errno("clone");
	}
	if (!pid) {
		close(report);
		r->sync = -1;
		child_main(r);
	}
	if (sync_send_fds(report, SYNC_READY, &pidfd, 1)) {
		sys_pidfd_send_signal(pidfd, SIGKILL);
		msg_die_errno("report of the joining stage");
	}
	_exit(0);
}

static void through_stage(struct run *r)
{
	struct sync_message m;
	int pair[2], stage_pidfd, status;
	pid_t pid;

	if (sync_pair(pair))
		msg_die_errno("socketpair");
	pid = proc_fork(&stage_pidfd);
	if (pid < 0)
		msg_die_errno("fork");
	if (!pid) {
		close(pair[0]);
		stage(r, pair[1]);
	}
	close(pair[1]);
	/* the stage is the only one that holds the other end: its death without a report is end of file */
	if (sync_recv(pair[0], &m))
		m.token = SYNC_EOF;
	close(pair[0]);
	if (m.token == SYNC_READY && m.nfds == 1) {
		r->pidfd = m.fds[0];
		r->pid = proc_pidfd_pid(r->pidfd);
	}
	status = proc_wait(stage_pidfd);
	close(stage_pidfd);
	if (r->pidfd < 0)
		end_abort(r, EXIT_FAILED, "joining the namespaces failed");
	if (status || r->pid < 0)
		msg_die("the joining stage died (status %d)", status);
}

void clone_init(struct run *r)
{
	if (r->join) {
		through_stage(r);
	} else {
		r->pid = make(r, 0, &r->pidfd);
		if (r->pid < 0) {
			r->pidfd = -1;
			explain(r->make);
			msg_die_errno("clone");
		}
		if (!r->pid)
			child_main(r);
	}
	close(r->inner);
	r->inner = -1;
	cgroup_close_join(&r->cgroup_fds);
}
