/*
 * netns [-n NAME] [-i FILE] [COMMAND [ARGUMENT...] [; COMMAND...]]
 *
 * A network namespace with nothing in it, the COMMANDs one after another, the end of the namespace.
 * In an argument %p is the pid of the process that holds it, NAME what ip(8) knows it by; $CNI_NETNS is
 * its file, FILE is what stdin reads. Without a COMMAND: what the namespace costs by itself, to be taken off the others.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "netns: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int hold(void *nothing)
{
	(void)nothing;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (pause())
		continue;
	return 0;
}

/* A child in a namespace of its own: it is there when clone has returned. */
static pid_t holder(void)
{
	static _Alignas(16) char stack[16384];
	pid_t pid = clone(hold, stack + sizeof stack, CLONE_NEWNET | CLONE_VM | SIGCHLD, NULL);

	if (pid < 0)
		die("clone");
	return pid;
}

static const char *filled(const char *argument, const char *pid)
{
	const char *at = strstr(argument, "%p");
	char *out;

	if (!at)
		return argument;
	out = malloc(strlen(argument) + strlen(pid));
	if (!out)
		die("malloc");
	sprintf(out, "%.*s%s%s", (int)(at - argument), argument, pid, at + 2);
	return out;
}

static int run(char **argv, const char *input)
{
	posix_spawn_file_actions_t actions;
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	errno = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	if (errno)
		die(argv[0]);
	posix_spawn_file_actions_destroy(&actions);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

/* ip(8) finds a namespace by a file below that directory. */
static void named(char *link, size_t size, const char *name, const char *file)
{
	snprintf(link, size, "/run/netns/%s", name);
	if (symlink(file, link))
		die(link);
}

int main(int argc, char **argv)
{
	const char *input = "/dev/null", *name = NULL;
	char text[16], file[40], link[300];
	int opt, status = 0;
	pid_t pid;

	while ((opt = getopt(argc, argv, "+n:i:")) != -1) {
		if (opt == 'n')
			name = optarg;
		else if (opt == 'i')
			input = optarg;
		else
			return 2;
	}
	pid = holder();
	snprintf(text, sizeof text, "%d", pid);
	snprintf(file, sizeof file, "/proc/%d/ns/net", pid);
	setenv("CNI_NETNS", file, 1);
	if (name)
		named(link, sizeof link, name, file);
	for (argv += optind; *argv && !status;) {
		char **begin = argv;

		for (; *argv && strcmp(*argv, ";"); argv++)
			*argv = (char *)filled(*argv, text);
		if (*argv)
			*argv++ = NULL;
		if (*begin)
			status = run(begin, input);
	}
	if (name)
		unlink(link);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return status;
}
