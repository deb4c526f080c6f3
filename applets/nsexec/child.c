/*
 * child.c - init until COMMAND: blocked in its cgroup, without a child of its own, until the monitor
 * says go.
 *
 *  1 die with the monitor (set, then look whether it is still there: the signal may have been missed)
 *  2 enter the v1 cgroups, while the process has one thread and no id map (the inherited fds carry
 *    their opener's permission), then make the cgroup namespace, whose root that group becomes
 *  3 ask for the id maps, take id 0 of them, set the death signal again: changing ids cleared it
 *  4 clock offsets: the time namespace that clone made cannot take them any more, so it is made here
 *  5 ready, and wait for go; nsinit does that itself, and for its sources
 *  6 COMMAND: an applet in this same process image, or an execve
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

static void report(const char *text, int status, void *arg)
{
	sync_send_failed(*(int *)arg, status, text);
}

static void die_with_monitor(const struct run *r)
{
	struct pollfd p = {.fd = r->inner, .events = POLLIN};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&p, 1, 0) > 0 && p.revents & POLLHUP)
		_exit(EXIT_FAILED);
}

static void enter_cgroup(struct run *r)
{
	bool joined = r->cgroup_fds.v2 >= 0 || r->cgroup_fds.nv1;

	if (cgroup_enter_v1(&r->cgroup_fds))
		msg_die_errno("entering the cgroup");
	if (joined && r->make & CLONE_NEWCGROUP && unshare(CLONE_NEWCGROUP))
		msg_die_errno("cgroup namespace");
}

static void take_ids(const struct run *r)
{
	struct sync_message m;

	if (!(r->make & CLONE_NEWUSER))
		return;
	if (sync_send(r->inner, SYNC_MAPS) || sync_recv(r->inner, &m))
		msg_die_errno("id maps");
	if (m.token != SYNC_MAPPED)
		_exit(EXIT_FAILED); /* the monitor is gone, or has given up and said why */
	if (!idmap_has_root(r))
		return;
	if (sys_setgroups(0, NULL) &&
	    errno != EPERM) /* EPERM: denied in this namespace, so there are none */
		msg_die_errno("setgroups");
	if (sys_setresgid(0, 0, 0) || sys_setresuid(0, 0, 0))
		msg_die_errno("id 0 of the user namespace");
}

static void set_clocks(const struct run *r)
{
	const struct namespaces_conf *c = &r->conf->namespaces;
	char text[96] = "";
	size_t n = 0;
	int fd;

	if (c->monotonic == INT64_MIN && c->boottime == INT64_MIN)
		return;
	if (c->monotonic != INT64_MIN)
		n += (size_t)snprintf(text, sizeof text, "monotonic %lld 0\n",
				      (long long)c->monotonic);
	if (c->boottime != INT64_MIN)
		snprintf(text + n, sizeof text - n, "boottime %lld 0\n", (long long)c->boottime);
	if (unshare(CLONE_NEWTIME))
		msg_die_errno("time namespace");
	if (file_put(AT_FDCWD, "/proc/self/timens_offsets", text))
		msg_die_errno("[namespaces] monotonic, boottime");
	fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || sys_setns(fd, CLONE_NEWTIME))
		msg_die_errno("time namespace: join");
	close(fd);
}

static void wait_for_go(struct run *r)
{
	struct sync_message go;

	if (sync_recv(r->inner, &go))
		msg_die_errno("waiting for go");
	if (go.token != SYNC_GO)
		_exit(EXIT_FAILED);
}

static void detached_stdio(const struct run *r)
{
	if (r->output < 0)
		return;
	if (dup2(r->output, 1) < 0 || dup2(r->output, 2) < 0)
		msg_die_errno("[container] output");
}

_Noreturn void child_main(struct run *r)
{
	const struct command *c = &r->command;
	bool has_sources = c->call.applet && c->call.applet->sources;
	int sync = r->inner;

	if (r->sync >= 0)
		close(r->sync);
	msg_on_die(report, &sync, 1);
	die_with_monitor(r);
	enter_cgroup(r);
	take_ids(r);
	die_with_monitor(r);
	set_clocks(r);
	if (sync_send(sync, SYNC_READY))
		msg_die_errno("ready");
	if (!has_sources)
		wait_for_go(r);
	detached_stdio(r);
	if (has_sources) {
		r->start.sync = sync;
		msg_name(c->call.applet->name);
		prctl(PR_SET_NAME, c->call.applet->name); /* what top and /proc/1/comm show */
		_exit(c->call.applet->main(c->call.conf, c->call.operands, &r->start));
	}
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
	if (sync_send(sync, SYNC_EXEC))
		_exit(EXIT_FAILED);
	if (c->call.applet) {
		close(sync);
		msg_on_die(NULL, NULL, 0);
		exit(applet_run(&c->call, NULL));
	}
	proc_exec(c->argv, environ);
}
