/*
 * fresh COMMAND [ARGUMENT...]: executes COMMAND with every signal at its default and none blocked.
 * A shell ignores INT and QUIT for its background jobs, and what is ignored stays so over exec.
 */

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static const long none_at_all[16]; /* the kernel's structure: SIG_DFL, no flags, no mask */
	sigset_t none;

	if (argc < 2) {
		fputs("usage: fresh COMMAND [ARGUMENT...]\n", stderr);
		return 125;
	}
	/* by the system call: 32 and 33, a C library's own, are ignored below glibc's posix_spawn */
	for (int sig = 1; sig < _NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, none_at_all, NULL, _NSIG / 8);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(argv[1], argv + 1);
	fprintf(stderr, "fresh: %s: %s\n", argv[1], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}
