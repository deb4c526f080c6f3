/*
 * swap NAME TARGET: makes NAME in turn a directory and a link to TARGET, as fast as it can, until it is
 * killed: the image of one who races against whoever mounts on NAME.  Prints a line when it has begun.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXCHANGE 2 /* RENAME_EXCHANGE */

int main(int argc, char **argv)
{
	char other[4096];

	if (argc != 3 || snprintf(other, sizeof other, "%s.other", argv[1]) >= (int)sizeof other)
		return 125;
	if ((mkdir(argv[1], 0755) && errno != EEXIST) || symlink(argv[2], other)) {
		fprintf(stderr, "swap: %s: %s\n", argv[1], strerror(errno));
		return 125;
	}
	puts("swapping");
	fflush(stdout);
	for (;;)
		syscall(SYS_renameat2, AT_FDCWD, argv[1], AT_FDCWD, other, EXCHANGE);
}
