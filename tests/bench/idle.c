/*
 * The command that the bench starts: called as `pause` it waits to be killed, as anything else it
 * succeeds at once. Static and small, so that what is measured is the start and not COMMAND.
 */

#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *slash = argc > 0 ? strrchr(argv[0], '/') : NULL;

	if (argc > 0 && strcmp(slash ? slash + 1 : argv[0], "pause") == 0)
		for (;;)
			pause();
	return 0;
}
