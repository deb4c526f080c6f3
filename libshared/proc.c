#include "proc.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "key.h"
#include "msg.h"
#include "sys.h"

int proc_status(int code, int value)
{
	return code == CLD_EXITED ? value & 0xff : 128 + value;
}

int proc_wait(int pidfd)
{
	siginfo_t si = {0};
	int r;

	do
		r = waitid((idtype_t)P_PIDFD, (id_t)pidfd, &si, WEXITED | __WALL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -1 : proc_status(si.si_code, si.si_status);
}

/* The nth field (from 1) of /proc/PID/stat; the command's name, field 2, may hold anything. */
static bool stat_field(pid_t pid, int nth, uint64_t *out)
{
	char path[32], buf[1024];
	char *p;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if (file_read(AT_FDCWD, path, buf, sizeof buf) <= 0 || !(p = strrchr(buf, ')')))
		return false;
	for (int field = 2; field < nth; field++) {
		p = strchr(p + 1, ' ');
		if (!p)
			return false;
	}
	p[1 + strcspn(p + 1, " \n")] = '\0';
	return key_number(p + 1, UINT64_MAX, out);
}

uint64_t proc_start_time(pid_t pid)
{
	uint64_t ticks;

	return stat_field(pid, 22, &ticks) ? ticks : 0;
}

long proc_flags(pid_t pid)
{
	uint64_t flags;

	return stat_field(pid, 9, &flags) ? (long)flags : -1;
}

pid_t proc_pidfd_pid(int pidfd)
{
	char path[40], buf[1024];
	uint64_t pid;
	ssize_t n;
	char *p;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", pidfd);
	n = file_read(AT_FDCWD, path, buf, sizeof buf);
	/* before Linux 5.14 its owner is root while we are closed to others */
	if (n == -1 && errno == EACCES && prctl(PR_GET_DUMPABLE) == 0 &&
	    !prctl(PR_SET_DUMPABLE, 1)) {
		n = file_read(AT_FDCWD, path, buf, sizeof buf);
		if (prctl(PR_SET_DUMPABLE, 0))
			return -1;
	}
	if (n <= 0 || !(p = strstr(buf, "\nPid:\t")))
		return -1;
	p += strlen("\nPid:\t");
	p[strcspn(p, "\n")] = '\0';
	return key_number(p, INT32_MAX, &pid) && pid ? (pid_t)pid : -1;
}

int proc_alive(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

/* The inode of a file of a process's /proc directory, 0 when it may not be seen. */
static uint64_t file_inode(pid_t pid, const char *file)
{
	char path[48];
	struct stat st;

	(void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
	return stat(path, &st) ? 0 : (uint64_t)st.st_ino;
}

static const char look[] = "ns/net", net[] = "net/dev";

/*
 * Files below net are the network namespace's own, and may be seen by everybody: one inode, one namespace.
 * A number is that process's for certain when what /proc tells of it was told while its pidfd was alive.
 */
static int open_child(pid_t parent, int pidfd)
{
	char path[64], list[4096], *at = list, *end;
	uint64_t pid, its;

	(void)snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, (int)parent);
	if (file_read(AT_FDCWD, path, list, sizeof list) <= 0)
		return -1;
	for (; (end = strchr(at, ' ')); at = end + 1) {
		int fd;

		*end = '\0';
		fd = key_number(at, INT32_MAX, &pid) ? sys_pidfd_open((pid_t)pid, 0) : -1;
		if (fd < 0)
			continue;
		if (file_inode((pid_t)pid, look) && stat_field((pid_t)pid, 4, &its) &&
		    its == (uint64_t)parent &&
		    file_inode((pid_t)pid, net) == file_inode(parent, net) && proc_alive(fd) &&
		    proc_alive(pidfd))
			return fd;
		close(fd);
	}
	return -1;
}

int proc_stand_in(int pidfd)
{
	pid_t pid = proc_pidfd_pid(pidfd);
	int fd = -1;

	if (pid == -1 || file_inode(pid, look))
		return pidfd;
	/* COMMAND's exec is known to others a moment before it is dumpable: it gets 20 ms for it */
	for (int i = 0; i < 10 && (fd = open_child(pid, pidfd)) < 0; i++)
		(void)nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
	return fd < 0 ? pidfd : fd;
}

int proc_setns(int pidfd, unsigned flags)
{
	int by = pidfd, r;

	while ((r = sys_setns(by, (int)flags)) && errno == (by == pidfd ? EPERM : ESRCH)) {
		if (by != pidfd)
			close(by);
		by = proc_stand_in(pidfd);
		errno = EPERM;
		if (by == pidfd)
			break;
	}
	if (by != pidfd)
		close(by);
	return r;
}

void proc_explain_closed(void)
{
	msg_hint(
		"only root and the user who runs it may enter; init itself is open to root alone, so the "
		"user needs a child of it in the same namespaces");
}

void proc_block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

void proc_reset_signals(void)
{
	sigset_t none;

	for (int s = 1; s < _NSIG; s++)
		sys_default_signal(s); /* KILL and STOP refuse: they have no other */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t proc_fork(int *pidfd)
{
	struct sys_clone_args args = {.flags = CLONE_PIDFD, .exit_signal = SIGCHLD};
	pid_t parent = getpid();
	pid_t pid;

	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	pid = sys_clone3(&args);
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILED);
	return 0;
}

enum { STACK = 256 << 10, GUARD = 4096 };

/* The stack of a child that shares our memory: one at a time, so one for all. */
static char *shared_stack;

static bool have_stack(void)
{
	char *low;

	if (shared_stack)
		return true;
	low = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (low == MAP_FAILED || mprotect(low + GUARD, STACK, PROT_READ | PROT_WRITE))
		return false;
	shared_stack = low + GUARD;
	return true;
}

pid_t proc_vfork(int (*run)(void *), void *arg)
{
	char **ours = environ; /* proc_try_exec sets COMMAND's, in the memory that is ours too */
	pid_t pid;

	if (!have_stack())
		return -1;
	pid = clone(run, shared_stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, arg);
	environ = ours;
	munmap(shared_stack - GUARD, GUARD + STACK);
	shared_stack = NULL;
	return pid;
}

struct called {
	int (*run)(void *);
	void *arg;
	pid_t parent;
};

static int called(void *arg)
{
	const struct called *c = arg;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != c->parent)
		_exit(EXIT_FAILED);
	_exit(c->run(c->arg));
}

int proc_call(int (*run)(void *), void *arg)
{
	struct called c = {run, arg, getpid()};
	int status;
	pid_t pid;

	if (!have_stack())
		return -1;
	pid = clone(called, shared_stack + STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, &c);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int proc_try_exec(char *const argv[], char *const envp[])
{
	environ = (char **)
		envp; /* the search takes PATH from here: the container's, not the caller's */
	execvp(argv[0], argv);
	/* a directory or a file without x is EACCES, a missing interpreter ENOENT of an existing file */
	return errno == ENOENT || errno == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC;
}

void proc_exec(char *const argv[], char *const envp[])
{
	int status = proc_try_exec(argv, envp);

	msg_die_status(status, "%s: %s", argv[0], strerror(errno));
}

int proc_run(char *const argv[])
{
	int pidfd;
	pid_t pid = proc_fork(&pidfd);
	int status;

	if (pid < 0)
		return -1;
	if (!pid) {
		int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

		if (null >= 0)
			dup2(null, 0);
		else
			close(0);
		msg_on_die(NULL, NULL, 0);
		proc_reset_signals();
		proc_exec(argv, environ);
	}
	status = proc_wait(pidfd);
	close(pidfd);
	return status;
}
