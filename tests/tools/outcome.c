/*
 * outcome FILE COMMAND [ARGUMENT...]: runs COMMAND and writes to FILE how it really ended, which a
 * shell's $? does not tell apart: `exited N` or `killed N`. Its own status is 128+N when killed.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int status;
	FILE *file;
	pid_t pid;

	if (argc < 3) {
		fputs("usage: outcome FILE COMMAND [ARGUMENT...]\n", stderr);
		return 125;
	}
	pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		fprintf(stderr, "outcome: %s: %s\n", argv[2], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	if (pid < 0) {
		perror("outcome: fork");
		return 125;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			perror("outcome: waitpid");
			return 125;
		}
	file = fopen(argv[1], "w");
	if (!file) {
		fprintf(stderr, "outcome: %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	if (WIFSIGNALED(status))
		fprintf(file, "killed %d\n", WTERMSIG(status));
	else
		fprintf(file, "exited %d\n", WEXITSTATUS(status));
	if (fclose(file)) {
		fprintf(stderr, "outcome: %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
