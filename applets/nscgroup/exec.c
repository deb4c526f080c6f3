/*
 * exec.c - `nscgroup exec`: a command in a group of its own, which lives as long as the command.
 *
 * The group is made and limited, then the command is born in it (clone3 with CLONE_INTO_CGROUP; on v1
 * it writes itself into `tasks` before it execs), so that nothing of it ever runs without the limits.
 * When it ends, what it left running in the group is killed and the group removed, unless
 * kill-on-exit = no leaves both.  One of us that is
 * killed takes its command along; the group, with what the command had started, is removed by the next.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "fields.h"
#include "file.h"
#include "msg.h"
#include "nscgroup.h"
#include "proc.h"
#include "sys.h"

/* The child: never returns. */
static void exec_child(struct cgroup_join *join, char **command, pid_t parent, const sigset_t *mask)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL); /* a valid signal: cannot fail */
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	if (cgroup_enter_v1(join))
		msg_die_errno("cannot enter the cgroup");
	(void)sigprocmask(SIG_SETMASK, mask, NULL);
	proc_exec(command, environ);
}

static pid_t exec_clone(const struct cgroup_join *join, int *pidfd)
{
	struct sys_clone_args args = {.flags = CLONE_PIDFD, .exit_signal = SIGCHLD};

	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	if (join->v2 >= 0) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)join->v2;
	}
	return sys_clone3(&args);
}

/*
 * Signals of others are passed on.  Those of the terminal (from the kernel) reach the command by
 * themselves, and a stop stops us too: only TERM and its like are taken here.
 */
static int exec_wait(int pidfd, int signals)
{
	struct pollfd fds[2] = {{pidfd, POLLIN, 0}, {signals, POLLIN, 0}};
	struct signalfd_siginfo si;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -1;
		if (fds[1].revents && read(signals, &si, sizeof si) == (ssize_t)sizeof si &&
		    si.ssi_code != SI_KERNEL)
			(void)sys_pidfd_send_signal(pidfd,
						    (int)si.ssi_signo); /* gone: fds[0] says so */
		if (fds[0].revents)
			return proc_wait(pidfd);
	}
}

static void exec_signals(sigset_t *old, int *fd)
{
	static const int passed[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < sizeof passed / sizeof *passed; i++)
		sigaddset(&set, passed[i]);
	sigprocmask(SIG_BLOCK, &set, old);
	(void)signal(SIGCHLD, SIG_DFL); /* ignored, it would take the status away */
	*fd = signalfd(-1, &set, SFD_CLOEXEC);
	if (*fd < 0)
		msg_die_errno("signalfd");
}

/* Dies after the group is removed. */
static void exec_fail(const struct cgroup_record *r, const char *object)
{
	int saved = errno;
	const char *phrase = nscgroup_delete(r, GROUP_BY_HAND);

	if (phrase)
		msg_warn("%s", phrase);
	errno = saved;
	if (errno == EAGAIN)
		msg_hint("pids-max, of this group or one above it, leaves no room");
	else if (errno == EOPNOTSUPP || errno == EBUSY)
		msg_hint("a group above it is threaded, or has processes and gives controllers");
	msg_die_errno("%s", object);
}

/* ---- what a killed one of us left ---- */

enum { SWEEP_MS = 1000 };

/* Their names: what is left in the second kind is not killed. */
static const char *const exec_names[] = {"exec-", "keep-"};

/*
 * As long as we live nobody takes our groups for left ones.  Only what was locked has the mark: who may
 * read the directory can hold the lock, too, and must not make others remove what lives.
 */
static void exec_lock(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
		group_mark_exec(dir); /* without: what is left stays */
}

static bool exec_is_left(const char *dir)
{
	int fd = group_is_exec(dir) ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	bool left = fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB);

	if (fd >= 0)
		(void)close(fd);
	return left;
}

/*
 * Groups of that name beside ours whose maker is gone: we have the time, the command runs; but a process
 * that cannot be killed must not keep its status back.
 */
static void exec_sweep(const struct cgroup_conf *conf, const char *dir)
{
	struct group_wait wait = {stat_now() / 1000000 + SWEEP_MS, 50000};
	char *above = file_text("%s/..", dir);
	DIR *d = opendir(above);
	struct dirent *e;

	while (d && (e = readdir(d))) {
		struct cgroup_conf c = *conf;
		struct cgroup_record r;
		bool keep = !strncmp(e->d_name, exec_names[1], strlen(exec_names[1]));

		if ((!keep && strncmp(e->d_name, exec_names[0], strlen(exec_names[0])) != 0) ||
		    !exec_is_left(file_text("%s/%s", above, e->d_name)))
			continue;
		c.path = file_text("nskit/%s", e->d_name);
		if (nscgroup_find(&c, &r) && !(keep && nscgroup_left(&r, GROUP_BY_HAND)))
			nscgroup_sweep(&r, GROUP_BY_HAND, &wait); /* the next one tries again */
	}
	if (d)
		(void)closedir(d);
	msg_no_hint();
}

/* Reads before the group is removed, writes after it: a report that fails keeps nothing back. */
static void exec_end(const struct cgroup_record *r, struct print *report, int status, int64_t begun,
		     bool spare)
{
	const char *phrase = NULL;

	if (report->fd >= 0)
		stat_report(report, r, status, stat_now() - begun);
	if (spare)
		phrase = nscgroup_left(r, GROUP_BY_HAND);
	if (!phrase)
		phrase = nscgroup_delete(r, GROUP_BY_HAND);
	if (phrase)
		msg_warn("%s", phrase);
	if (report->fd >= 0)
		print_end(report);
}

int nscgroup_exec(const struct nscgroup_conf *conf, char **command)
{
	struct cgroup_conf c = conf->cgroup;
	struct cgroup_record r;
	struct cgroup_join join;
	struct print report = {.fd = -1, .json = conf->json == 1};
	const char *failed, *dir;
	int64_t begun;
	int signals, pidfd, status;
	pid_t parent = getpid(), pid;
	sigset_t old;
	char id[17];

	file_random_id(id);
	if (!c.path)
		c.path = file_text("nskit/%s%s", exec_names[c.kill_on_exit == 0], id);
	if (conf->report) {
		report.fd = stat_report_open(conf->report);
		c.account = true;
	}
	exec_signals(&old, &signals);
	nscgroup_create(&c, NULL, false, &r);
	dir = r.v2 ? r.v2 : r.nv1 ? r.v1[0].path : NULL;
	if (dir)
		exec_lock(dir);
	if (cgroup_open_join(&r, &join, &failed))
		exec_fail(&r, failed);
	begun = stat_now();
	pid = exec_clone(&join, &pidfd);
	if (pid < 0)
		exec_fail(&r, r.v2 ? file_text("cannot start a process in %s", r.v2) : "clone");
	if (!pid)
		exec_child(&join, command, parent, &old);
	cgroup_close_join(&join);
	if (dir && !conf->cgroup.path)
		exec_sweep(&c, dir);
	status = exec_wait(pidfd, signals);
	if (status < 0)
		exec_fail(&r, "cannot wait for the command");
	if (cgroup_oom_kills(&r) > 0)
		msg_warn("out of memory: the kernel killed a process of %s", command[0]);
	exec_end(&r, &report, status, begun, c.kill_on_exit == 0);
	return status;
}
