#include "file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "sys.h"

char *file_vtext(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		msg_die("out of memory");
	return text;
}

char *file_text(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = file_vtext(fmt, ap);
	va_end(ap);
	return text;
}

void *file_alloc(size_t n)
{
	void *p = calloc(1, n ? n : 1);

	if (!p)
		msg_die("out of memory");
	return p;
}

void *file_grow(void *p, size_t n)
{
	p = realloc(p, n ? n : 1);
	if (!p)
		msg_die("out of memory");
	return p;
}

void *file_room(void *p, size_t n, size_t size)
{
	return n & (n - 1) ? p : file_grow(p, (n ? 2 * n : 1) * size);
}

char *file_dup(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(file_alloc(n), text, n);
}

static ssize_t read_all(int fd, char *buf, size_t cap)
{
	size_t have = 0;

	for (;;) {
		ssize_t n = read(fd, buf + have, cap - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -1 : (ssize_t)have;
		have += (size_t)n;
		if (have == cap) {
			errno = EFBIG;
			return -1;
		}
	}
}

/* close that leaves errno as the decisive call set it */
static void close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

ssize_t file_read(int dir, const char *path, char *buf, size_t cap)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return -1;
	n = read_all(fd, buf, cap);
	close_quietly(fd);
	if (n >= 0)
		buf[n] = '\0';
	return n;
}

char *file_slurp_fd(int fd, size_t limit, size_t *len)
{
	size_t cap = 8192;
	char *buf = NULL;
	size_t have = 0;

	for (;;) {
		ssize_t n;

		buf = file_grow(buf, cap);
		n = read(fd, buf + have, cap - have - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			goto fail;
		if (!n)
			break;
		have += (size_t)n;
		if (have > limit) {
			errno = EFBIG;
			goto fail;
		}
		if (have + 1 == cap)
			cap *= 2;
	}
	buf[have] = '\0';
	*len = have;
	return file_grow(buf, have + 1);
fail:
	free(buf);
	return NULL;
}

char *file_slurp(int dir, const char *path, size_t limit, size_t *len)
{
	int fd = strcmp(path, "-") ? openat(dir, path, O_RDONLY | O_CLOEXEC | O_NOCTTY) : dup(0);
	char *text;

	if (fd < 0)
		return NULL;
	text = file_slurp_fd(fd, limit, len);
	close_quietly(fd);
	return text;
}

int file_put_fd(int fd, const char *text)
{
	size_t len = strlen(text);
	ssize_t n = write(fd, text, len);

	if (n >= 0 && (size_t)n < len)
		errno = EIO;
	return n == (ssize_t)len ? 0 : -1;
}

int file_put(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC | O_NOCTTY), result;

	if (fd < 0)
		return -1;
	result = file_put_fd(fd, text);
	close_quietly(fd);
	return result;
}

int file_write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int file_replace(int dir, const char *name, const char *text, mode_t mode)
{
	return file_replace_bytes(dir, name, text, strlen(text), mode);
}

int file_replace_bytes(int dir, const char *name, const char *bytes, size_t n, mode_t mode)
{
	char id[17], temp[32];
	int fd;

	file_random_id(id);
	snprintf(temp, sizeof temp, ".new.%s", id);
	fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return -1;
	if (file_write_all(fd, bytes, n) || fchmod(fd, mode) || renameat(dir, temp, dir, name)) {
		int saved = errno;

		close(fd);
		unlinkat(dir, temp, 0);
		errno = saved;
		return -1;
	}
	close(fd);
	return 0;
}

void file_flush_stdout(void)
{
	if (fflush(stdout) ||
	    ferror(stdout)) /* an earlier flush may have been the one that failed */
		msg_die_errno("standard output");
}

void file_random_id(char id[17])
{
	unsigned char raw[8];

	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		msg_die_errno("getrandom");
	for (size_t i = 0; i < sizeof raw; i++)
		snprintf(id + 2 * i, 3, "%02x", raw[i]);
}

int file_remove_dir(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct dirent *e;
	DIR *d;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	d = fdopendir(fd);
	if (!d) {
		close_quietly(fd);
		return -1;
	}
	while ((e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, "..") && unlinkat(fd, e->d_name, 0))
			msg_warn_errno("%s/%s", name, e->d_name); /* and the rmdir below fails */
	closedir(d);
	return unlinkat(parent, name, AT_REMOVEDIR) && errno != ENOENT ? -1 : 0;
}

int file_mkdirs(const char *path, mode_t mode)
{
	char *copy = file_dup(path);
	int r = 0;

	for (char *p = copy + (*copy != '\0'); *p && !r; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		r = mkdir(copy, 0755) && errno != EEXIST ? -1 : 0;
		*p = '/';
	}
	if (!r)
		r = mkdir(copy, mode) && errno != EEXIST ? -1 : 0;
	free(copy);
	return r;
}
