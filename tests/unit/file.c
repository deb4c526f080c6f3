/*
 * file.c - whole files, their limits, replacing and removing; below a directory of this test's own.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tap.h"

static int top;

static char *content(const char *name)
{
	size_t len;

	return file_slurp(top, name, 1 << 20, &len);
}

static void texts(void)
{
	char *p = file_alloc(0);
	char id[17], other[17];

	ok(p != NULL, "no bytes are memory too");
	p = file_grow(p, 100);
	is(file_text("%s-%d", "a", 7), "a-7", "a formatted text");
	is(file_dup(""), "", "a copy of an empty one");
	file_random_id(id);
	file_random_id(other);
	ok(strlen(id) == 16 && strspn(id, "0123456789abcdef") == 16, "an id is 16 hex digits");
	ok(strcmp(id, other) != 0, "and another one each time");
	free(p);
}

static void replacing(void)
{
	struct stat s;

	ok(!file_replace(top, "a", "one\n", 0640), "a file is made");
	is(content("a"), "one\n", "with its text");
	ok(!fstatat(top, "a", &s, 0) && (s.st_mode & 07777) == 0640,
	   "and mode, whatever the umask");
	ok(!file_replace(top, "a", "two", 0600), "it is replaced");
	is(content("a"), "two", "whole");
	ok(!symlinkat("a", top, "link") && !file_replace(top, "link", "three", 0600) &&
		   !fstatat(top, "link", &s, AT_SYMLINK_NOFOLLOW) && S_ISREG(s.st_mode),
	   "a link is replaced, not followed");
	is(content("a"), "two", "what it led to stays");
	ok(!mkdirat(top, "dir", 0700) && file_replace(top, "dir", "x", 0600) == -1 &&
		   errno == EISDIR,
	   "a directory is not");
	unlinkat(top, "dir", AT_REMOVEDIR);
	ok(file_replace(-1, "x", "x", 0600) == -1 && errno == EBADF, "nor without a directory");
}

static void reading(void)
{
	char buf[8], empty[1];
	size_t len = 99;

	file_replace(top, "seven", "1234567", 0600);
	file_replace(top, "eight", "12345678", 0600);
	file_replace(top, "empty", "", 0600);
	ok(file_read(top, "seven", buf, sizeof buf) == 7 && !strcmp(buf, "1234567"),
	   "a file that fits with its NUL");
	ok(file_read(top, "eight", buf, sizeof buf) == -1 && errno == EFBIG,
	   "one byte more is EFBIG");
	ok(!file_read(top, "empty", buf, sizeof buf) && !*buf, "an empty file is read");
	ok(file_read(top, "none", buf, sizeof buf) == -1 && errno == ENOENT,
	   "a missing one is ENOENT");
	ok(file_read(AT_FDCWD, "/proc/self/status", empty, 1) == -1 && errno == EFBIG,
	   "a buffer of one byte holds nothing");
	ok(file_slurp(top, "eight", 8, &len) && len == 8, "a slurped file may have its limit");
	ok(!file_slurp(top, "eight", 7, &len) && errno == EFBIG, "and no more");
	ok(!file_slurp(top, ".", 7, &len) && errno == EISDIR, "a directory is EISDIR");
	is(file_slurp(AT_FDCWD, "/proc/self/comm", 100, &len), "file\n", "a file of the kernel");
	ok(!file_slurp(AT_FDCWD, "/dev/zero", 100000, &len) && errno == EFBIG,
	   "an endless file ends at the limit");
}

static void writing(void)
{
	int pipes[2];

	ok(!file_put(top, "seven", "abc"), "an existing file is written to");
	is(content("seven"), "abc4567", "not truncated: the kernel's files are not");
	ok(file_put(top, "none", "x") == -1 && errno == ENOENT, "none is made");
	ok(file_put(AT_FDCWD, "/dev/full", "x") == -1 && errno == ENOSPC, "an error is told");
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK))
		exit(1);
	ok(!file_write_all(pipes[1], "abc", 3), "a whole buffer");
	close(pipes[0]);
	close(pipes[1]);
}

static void directories(void)
{
	char *deep = file_text("/proc/self/fd/%d/a1/b2/c3", top);
	struct stat s;

	umask(0);
	ok(!file_mkdirs(deep, 0711) && !fstatat(top, "a1/b2/c3", &s, 0) && S_ISDIR(s.st_mode) &&
		   (s.st_mode & 07777) == 0711,
	   "directories are made, the last with its mode");
	ok(!fstatat(top, "a1/b2", &s, 0) && (s.st_mode & 07777) == 0755, "the others with 0755");
	ok(!file_mkdirs(deep, 0700) && !file_mkdirs("/", 0700), "those that are there are fine");
	ok(file_mkdirs("", 0700) == -1 && errno == ENOENT, "no path is ENOENT");
	ok(file_mkdirs(file_text("/proc/self/fd/%d/seven/x", top), 0700) == -1 && errno == ENOTDIR,
	   "below a file is ENOTDIR");
	file_replace(top, "a1/b2/c3/f", "x", 0600);
	ok(file_remove_dir(top, "a1/b2/c3") == 0 && fstatat(top, "a1/b2/c3", &s, 0) == -1,
	   "a directory of files is removed");
	ok(file_remove_dir(top, "a1/b2/c3") == 0, "one that is gone is fine");
	ok(file_remove_dir(top, "a1") == -1 && errno == ENOTEMPTY, "one of directories is not");
	ok(file_remove_dir(top, "link") == -1 && !fstatat(top, "a", &s, 0), "nor is a file");
	ok(symlinkat("a1/b2", top, "way") == 0 && file_remove_dir(top, "way") == -1,
	   "nor what a link leads to");
}

int main(void)
{
	char dir[] = "/tmp/file.XXXXXX";

	top = open(mkdtemp(dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	texts();
	replacing();
	reading();
	writing();
	directories();
	if (system(file_text("rm -r %s", dir)))
		return 1;
	return tap_end();
}
