/*
 * fresh COMMAND [ARGUMENT...]: executes COMMAND with every signal at its default and none blocked.
 * A shell ignores INT and QUIT for its background jobs, and what is ignored stays so over exec.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	sigset_t none;

	if (argc < 2) {
		fputs("usage: fresh COMMAND [ARGUMENT...]\n", stderr);
		return 125;
	}
	for (int sig = 1; sig < _NSIG; sig++)
		(void)signal(sig, SIG_DFL); /* KILL, STOP and libc's own refuse */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "fresh: %s: %s\n", argv[1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
