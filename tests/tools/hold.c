/*
 * hold [-r] [FD...]: blocks until the last writer of every FD (0 by default) has closed it, by
 * reading to the end. -r: says `ready` on stdout first, then closes it, so that who started it can
 * wait for that line. Holding on to a pipe is how a test keeps a container alive without sleeping.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int drain(int fd)
{
	char buf[4096];
	ssize_t n;

	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		fprintf(stderr, "hold: fd %d: %s\n", fd, strerror(errno));
	return n < 0;
}

int main(int argc, char **argv)
{
	int opt, failed = 0;

	while ((opt = getopt(argc, argv, "+r")) != -1) {
		if (opt != 'r')
			return 2;
		if (puts("ready") < 0 || fclose(stdout))
			return 2;
	}
	if (optind == argc)
		return drain(0);
	for (int i = optind; i < argc; i++)
		failed |= drain((int)strtol(argv[i], NULL, 10));
	return failed;
}
