#include "start.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "state.h"

/* The number of an inherited fd; -1 when the variable is not set. */
static int fd_of(const char *name)
{
	const char *text = getenv(name);
	uint64_t fd;

	if (!text)
		return -1;
	if (!key_number(text, INT32_MAX, &fd) || fcntl((int)fd, F_GETFD) < 0)
		msg_die("%s=%s: not an open file descriptor", name, text);
	return (int)fd;
}

const struct start *start_from_env(void)
{
	const char *path = getenv("NSK_DIR");
	struct start *s;

	if (!path)
		return NULL;
	s = file_alloc(sizeof *s);
	*s = (struct start){.name = getenv("NSK_NAME"),
			    .path = path,
			    .id = getenv("NSK_ID"),
			    .pidfd = fd_of("NSK_PIDFD"),
			    .userns = fd_of("NSK_USERNS"),
			    .netns = fd_of("NSK_NETNS"),
			    .sync = -1,
			    .life = fd_of("NSK_LIFE"),
			    .undo = getenv("NSK_UNDO") != NULL};
	if (!s->name || state_bad_name(s->name))
		msg_die("NSK_NAME: not a container's name");
	if (!s->id)
		msg_die("NSK_ID: not set beside NSK_DIR");
	s->dir = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (s->dir < 0)
		msg_die_errno("NSK_DIR=%s", path);
	return s;
}

/* A foreign step inherits the fd itself: the close-on-exec flag goes, in this child only. */
static void put_fd(const char *name, int fd)
{
	char number[12];

	if (fd < 0) {
		unsetenv(name);
		return;
	}
	snprintf(number, sizeof number, "%d", fd);
	if (fcntl(fd, F_SETFD, 0) || setenv(name, number, 1))
		msg_die_errno("%s", name);
}

void start_to_env(const struct start *s)
{
	if (setenv("NSK_NAME", s->name, 1) || setenv("NSK_DIR", s->path, 1) ||
	    setenv("NSK_ID", s->id, 1))
		msg_die_errno("environment of a step");
	put_fd("NSK_PIDFD", s->pidfd);
	put_fd("NSK_USERNS", s->userns);
	put_fd("NSK_NETNS", s->netns);
	put_fd("NSK_LIFE", s->life);
	if (s->undo)
		setenv("NSK_UNDO", "1", 1);
	else
		unsetenv("NSK_UNDO");
}
