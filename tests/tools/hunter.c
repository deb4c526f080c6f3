/*
 * hunter - lies in wait inside a container for processes that enter it, and takes what it can get.
 *
 *	hunter PROGRAM MARK <fifo
 *
 * Looks at every process it can see, as often as it can, until its stdin is at its end:
 *   exe      holds the way to /proc/PID/exe, to write there when the process has gone;
 *            remounts and clones that are tried on it count too
 *   environ  looks for MARK in it
 *   fd       looks for directories that are not the container's root
 *   root     compares it with its own
 * Says ready, met when it first sees such a process and shut when it first sees one that it may not
 * look at, then at the end what it saw: `seen N` of processes whose program is PROGRAM (the same
 * file, or one in memory), and of these `writable N`, `environ N`, `directory N`, `root N`; and `closed N`
 * of processes that it may not look at.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys.h"

enum { PREY = 8192 };

static struct prey {
	int pid;
	int exe;
	bool environ, directory, root;
} prey[PREY];
static int preys;
static int closed_pid[PREY], closed; /* those that it may not look at */

static struct stat program, own_root;

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

static void add_closed(int pid)
{
	for (int i = 0; i < closed; i++)
		if (closed_pid[i] == pid)
			return;
	if (closed < PREY)
		closed_pid[closed++] = pid;
}

/* The program itself, or a copy of it in memory; the fd is a path alone. */
static int open_exe(int pid)
{
	char path[64], target[32] = "";
	struct stat st;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/exe", pid);
	fd = open(path, O_PATH | O_CLOEXEC);
	if (fd == -1 && errno == EACCES)
		add_closed(pid);
	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == 0 && same(&st, &program))
		return fd;
	if (readlink(path, target, sizeof target - 1) > 0 && strncmp(target, "/memfd:", 7) == 0)
		return fd;
	close(fd);
	return -1;
}

static struct prey *find(int pid)
{
	int exe;

	for (int i = 0; i < preys; i++)
		if (prey[i].pid == pid)
			return &prey[i];
	exe = preys < PREY ? open_exe(pid) : -1;
	if (exe == -1)
		return NULL;
	prey[preys] = (struct prey){.pid = pid, .exe = exe};
	return &prey[preys++];
}

static bool has_mark(int pid, const char *mark)
{
	static char text[65536];
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/environ", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd == -1 ? -1 : read(fd, text, sizeof text);
	if (fd != -1)
		close(fd);
	return n > 0 && memmem(text, (size_t)n, mark, strlen(mark));
}

static bool has_directory(int pid)
{
	char path[64], file[400];
	struct dirent *e;
	struct stat st;
	bool found = false;
	DIR *d;

	snprintf(path, sizeof path, "/proc/%d/fd", pid);
	d = opendir(path);
	if (!d)
		return false;
	while ((e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		snprintf(file, sizeof file, "%s/%s", path, e->d_name);
		if (stat(file, &st) == 0 && S_ISDIR(st.st_mode) && !same(&st, &own_root)) {
			/* a mount's root that hangs nowhere leads to nothing but itself */
			struct stat up;

			snprintf(file, sizeof file, "%s/%s/..", path, e->d_name);
			found |= stat(file, &up) == 0 && !same(&up, &st);
		}
	}
	closedir(d);
	return found;
}

static bool has_root(int pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof path, "/proc/%d/root/.", pid);
	return stat(path, &st) == 0 && !same(&st, &own_root);
}

static void look(int pid, const char *mark)
{
	struct prey *p = find(pid);
	int exe;

	if (!p)
		return;
	exe = open_exe(pid); /* still the program: COMMAND may have what it likes */
	if (exe == -1)
		return;
	bool marked = has_mark(pid, mark), directory = has_directory(pid), root = has_root(pid);
	int still = open_exe(pid);

	if (still != -1) {
		p->environ |= marked;
		p->directory |= directory;
		p->root |= root;
		close(still);
	}
	close(exe);
}

static void scan(const char *mark)
{
	DIR *d = opendir("/proc");
	struct dirent *e;

	while (d && (e = readdir(d))) {
		char *end;
		int pid = (int)strtoul(e->d_name, &end, 10);

		if (*end == '\0' && pid > 1 && pid != getpid())
			look(pid, mark);
	}
	if (d)
		closedir(d);
}

static bool writable(int exe)
{
	struct sys_mount_attr rw = {.attr_clr = MOUNT_ATTR_RDONLY};
	char path[64];
	int fd, tree;

	snprintf(path, sizeof path, "/proc/self/fd/%d", exe);
	if (sys_mount_setattr(exe, "", AT_EMPTY_PATH, &rw) == 0)
		return true;
	tree = sys_open_tree(exe, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (tree != -1) {
		close(tree);
		return true;
	}
	for (int tries = 0; tries < 1000; tries++) {
		fd = open(path, O_WRONLY | O_CLOEXEC);
		if (fd == -1 && errno == ETXTBSY) {
			usleep(1000); /* some process runs it still */
			continue;
		}
		break;
	}
	if (fd == -1)
		return errno == ETXTBSY;
	/* a file in memory can be opened; its seals refuse the write */
	bool wrote = pwrite(fd, "\177", 1, 0) == 1; /* what stands there already */

	close(fd);
	return wrote;
}

static void say_once(const char *word, int n, bool *said)
{
	if (!n || *said)
		return;
	*said = true;
	puts(word);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct pollfd in = {.fd = 0, .events = POLLIN};
	int seen[4] = {0, 0, 0, 0};
	bool met = false, shut = false;

	if (argc != 3 || stat(argv[1], &program) == -1 || stat("/", &own_root) == -1)
		return 2;
	puts("ready");
	fflush(stdout);
	while (poll(&in, 1, 0) == 0) {
		scan(argv[2]);
		say_once("met", preys, &met);
		say_once("shut", closed, &shut);
	}
	for (int i = 0; i < preys; i++) {
		seen[0] += writable(prey[i].exe);
		seen[1] += prey[i].environ;
		seen[2] += prey[i].directory;
		seen[3] += prey[i].root;
	}
	printf("closed %d\n", closed);
	printf("seen %d\nwritable %d\nenviron %d\ndirectory %d\nroot %d\n", preys, seen[0], seen[1],
	       seen[2], seen[3]);
	return 0;
}
