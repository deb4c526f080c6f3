/*
 * state_lease.c - leases: what containers hold exclusively among those of one state root.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "state.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

/* Whether there is a container NAME of that id, or it cannot be told; text is `NAME ID`. */
static bool is_held(int rootfd, char *text)
{
	char *id = strchr(text, ' '), head[3 + 16] = "";
	ssize_t got;
	int fd;

	if (!id)
		return false; /* killed before it was written */
	*id++ = '\0';
	id[strcspn(id, "\n")] = '\0';
	if (state_bad_name(text))
		return false;
	fd = openat(rootfd, file_text("%s/plan", text), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return errno != ENOENT;
	/* its first line: `id ID` */
	got = read(fd, head, sizeof head); /* what is not there does not match */
	close(fd);
	return got < 0 ||
	       (strlen(id) == 16 && !memcmp(head, "id ", 3) && !memcmp(head + 3, id, 16));
}

void state_sweep_leases(int rootfd)
{
	int fd = openat(rootfd, STATE_LEASES, DIR_FLAGS);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;
	size_t len;

	while (d && (e = readdir(d))) {
		char *text = *e->d_name == '.' ? NULL : file_slurp(fd, e->d_name, 256, &len);

		if (text && !is_held(rootfd, text))
			(void)unlinkat(fd, e->d_name, 0); /* the next sweep tries again */
	}
	if (d)
		closedir(d);
	(void)unlinkat(rootfd, STATE_LEASES, AT_REMOVEDIR); /* ENOTEMPTY: others are held */
}
