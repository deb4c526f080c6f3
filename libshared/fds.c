#include "fds.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "msg.h"
#include "sys.h"

const struct key fds_keys[] = {
	{"keep-fd" RANGE(3, 1048576) HELP("leave this file descriptor to COMMAND; may be repeated"),
	 KEY_FIELD(struct fds_conf, keep_fd, int), .flags = KEY_LIST},
	{0},
};

static bool keeps(const struct fds_conf *c, int fd)
{
	LIST_EACH(int64_t, keep, c->keep_fd)
	if (*keep == fd)
		return true;
	return false;
}

/* close_range(2) came with 5.9: a seccomp filter of an outer container may still answer ENOSYS. */
static void close_span(unsigned first, unsigned last)
{
	struct rlimit limit;

	if (first > last || !sys_close_range(first, last, 0))
		return;
	if (errno != ENOSYS && errno != EPERM)
		msg_die_errno("closing file descriptors");
	if (prlimit(0, RLIMIT_NOFILE, NULL, &limit) || limit.rlim_max > 1 << 20)
		limit.rlim_max = 1 << 20;
	for (unsigned fd = first; fd <= last && fd < limit.rlim_max; fd++)
		close((int)fd);
}

static int ascending(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

static int set_cloexec(int fd, bool on)
{
	return fcntl(fd, F_SETFD, on ? FD_CLOEXEC : 0);
}

void fds_close(const struct fds_conf *c, const int *ours, size_t n)
{
	int keep[512];
	size_t total = 0;
	unsigned next = 3;

	if (n + c->keep_fd.n > sizeof keep / sizeof *keep)
		msg_die("[exec] keep-fd: too many file descriptors");
	for (size_t i = 0; i < n; i++) {
		if (ours[i] < 0)
			continue;
		if (keeps(c, ours[i]))
			msg_die("[exec] keep-fd: %d is not the caller's", ours[i]);
		if (set_cloexec(ours[i], true))
			msg_die_errno("file descriptor %d", ours[i]);
		keep[total++] = ours[i];
	}
	LIST_EACH(int64_t, fd, c->keep_fd)
	{
		if (set_cloexec((int)*fd, false))
			msg_die_errno("[exec] keep-fd: %d", (int)*fd);
		keep[total++] = (int)*fd;
	}
	qsort(keep, total, sizeof *keep, ascending);
	for (size_t i = 0; i < total; i++) {
		if ((unsigned)keep[i] < next)
			continue;
		close_span(next, (unsigned)keep[i] - 1);
		next = (unsigned)keep[i] + 1;
	}
	close_span(next, ~0U);
}

void fds_close_all(void)
{
	close_span(3, ~0U);
}

static bool is_null(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3);
}

/* A null device without any /dev: on a tmpfs of our own that nobody else sees. */
static int make_null(void)
{
	int fs = sys_fsopen("tmpfs"), mount = -1, fd = -1;

	if (fs >= 0 && !sys_fsconfig(fs, SYS_FSCONFIG_CREATE, NULL, NULL, 0))
		mount = sys_fsmount(fs, 0);
	if (mount >= 0 && !mknodat(mount, "null", S_IFCHR | 0600, makedev(1, 3)))
		fd = openat(mount, "null", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (mount >= 0)
		close(mount);
	if (fs >= 0)
		close(fs);
	return fd;
}

int fds_open_null(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd >= 0 && is_null(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return make_null();
}

void fds_stdio(void)
{
	for (int fd = 0; fd < 3; fd++) {
		int null;

		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		if (errno != EBADF)
			msg_die_errno("file descriptor %d", fd);
		null = fds_open_null();
		if (null < 0)
			msg_die_errno("/dev/null, for a closed file descriptor %d", fd);
		if (null == fd)
			set_cloexec(fd, false);
		else if (dup2(null, fd) != fd || close(null))
			msg_die_errno("file descriptor %d", fd);
	}
}

void fds_give_stdio(unsigned uid)
{
	for (int fd = 0; fd < 3; fd++) {
		struct stat st;

		if (!fstat(fd, &st) && S_ISFIFO(st.st_mode) && st.st_uid != uid)
			(void)fchown(fd, uid,
				     (gid_t)-1); /* see the header: inheriting it is enough */
	}
}
