/*
 * waitgone [-t SECONDS] PID...: waits until every one of these processes has ended, be it the
 * caller's child or not: by a pidfd, so without polling. Status 0 = gone, 1 = still there after the
 * time (10 s by default).
 */

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000;
}

/* 0 = ended, 1 = still there at the deadline, 2 = failed. */
static int wait_for_end(const char *word, long deadline)
{
	char *end;
	long pid = strtol(word, &end, 10);
	struct pollfd p = {.events = POLLIN};
	int n;

	if (pid <= 0 || *end) {
		fprintf(stderr, "waitgone: %s: not a pid\n", word);
		return 2;
	}
	p.fd = (int)syscall(SYS_pidfd_open, (pid_t)pid, 0);
	if (p.fd < 0) {
		if (errno == ESRCH)
			return 0;
		fprintf(stderr, "waitgone: %s: pidfd_open: %s\n", word, strerror(errno));
		return 2;
	}
	do {
		long left = deadline - now_ms();

		n = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (n < 0 && errno == EINTR);
	close(p.fd);
	if (n == 0)
		fprintf(stderr, "waitgone: %s is still there\n", word);
	return n == 1 ? 0 : 1;
}

int main(int argc, char **argv)
{
	long seconds = 10, deadline;
	int opt;

	while ((opt = getopt(argc, argv, "+t:")) != -1) {
		if (opt != 't')
			return 2;
		seconds = strtol(optarg, NULL, 10);
	}
	deadline = now_ms() + seconds * 1000;
	for (int i = optind; i < argc; i++) {
		int failed = wait_for_end(argv[i], deadline);

		if (failed)
			return failed;
	}
	return 0;
}
