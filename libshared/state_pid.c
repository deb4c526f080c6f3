/*
 * state_pid.c - the pid record: which process is the container's init, and is it still that one?
 *
 * A number alone says nothing after its process has gone.  The inode of a pidfd (pidfs, Linux 6.9)
 * is never used twice, and nothing more is asked; below that the start time tells, where pid and start
 * count in the same pid and time namespace as ours.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "file.h"
#include "key.h"
#include "proc.h"
#include "state.h"
#include "sys.h"

#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC 0x50494446
#endif

/* Of our own namespace `word`; 0 where there is no /proc, or no such kind. */
static uint64_t namespace_inode(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 ? (uint64_t)st.st_ino : 0;
}

/* 0 before Linux 6.9, where all pidfds share one anonymous inode. */
static uint64_t pidfd_inode(int pidfd)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(pidfd, &fs) == -1 || fs.f_type != PID_FS_MAGIC || fstat(pidfd, &st) == -1)
		return 0;
	return (uint64_t)st.st_ino;
}

char *state_pid_text(pid_t pid, int pidfd)
{
	uint64_t pidns = namespace_inode("/proc/self/ns/pid"), inode = pidfd_inode(pidfd);

	return file_text("pid %d\nstart %" PRIu64 "\npidns %" PRIu64 "\ntimens %" PRIu64
			 "\npidfd %" PRIu64 "\nmonitor %d\n",
			 pid, inode ? 0 : proc_start_time(pid), pidns,
			 inode ? 0 : namespace_inode("/proc/self/ns/time"), inode, getpid());
}

int state_record_pid(struct state *st, pid_t pid, int pidfd)
{
	char *text = state_pid_text(pid, pidfd);
	int result = state_write(st, "pid", text);

	free(text);
	return result;
}

/* The number that follows `word ` at the start of a line; false when there is none. */
static bool field(const char *text, const char *word, uint64_t max, uint64_t *out)
{
	size_t len = strlen(word);

	for (const char *line = text, *end; line && *line; line = end ? end + 1 : NULL) {
		end = strchr(line, '\n');
		if (strncmp(line, word, len) != 0 || line[len] != ' ')
			continue;

		const char *value = line + len + 1;
		char digits[24];
		size_t n = strcspn(value, "\n");

		if (n >= sizeof digits)
			return false;
		memcpy(digits, value, n);
		digits[n] = '\0';
		return key_number(digits, max, out);
	}
	return false;
}

static bool parse(const char *text, struct state_pid *out)
{
	uint64_t pid, monitor;

	if (!field(text, "pid", INT32_MAX, &pid) || !field(text, "monitor", INT32_MAX, &monitor) ||
	    !field(text, "start", UINT64_MAX, &out->start) ||
	    !field(text, "pidns", UINT64_MAX, &out->pidns) ||
	    !field(text, "timens", UINT64_MAX, &out->timens) ||
	    !field(text, "pidfd", UINT64_MAX, &out->pidfd_inode) || pid == 0)
		return false;
	out->pid = (pid_t)pid;
	out->monitor = (pid_t)monitor;
	return true;
}

/* 0; -1 and errno: EINVAL, it is broken, or why there is no text. */
static int take(char *text, struct state_pid *out)
{
	bool whole;

	if (!text)
		return -1;
	whole = parse(text, out);
	free(text);
	if (whole)
		return 0;
	errno = EINVAL;
	return -1;
}

int state_read_pid(const struct state *st, struct state_pid *out)
{
	return take(state_read(st, "pid"), out);
}

/* 0 when the process behind pidfd, which had the recorded number, is the recorded one; else errno. */
static int mismatch(const struct state_pid *p, int pidfd)
{
	uint64_t inode = pidfd_inode(pidfd), start;

	if (p->pidfd_inode && inode)
		return p->pidfd_inode == inode ? 0 : ESRCH;
	if (p->timens != namespace_inode("/proc/self/ns/time"))
		return EXDEV;
	start = proc_start_time(p->pid);
	/* the number was read before: only if the pidfd lives still does it belong to that process */
	return start && start == p->start && proc_alive(pidfd) ? 0 : ESRCH;
}

int state_pid_open(char *text)
{
	struct state_pid p;
	int fd, err;

	if (take(text, &p) == -1)
		return -1;
	if (p.pidns != namespace_inode("/proc/self/ns/pid")) {
		errno = EXDEV;
		return -1;
	}
	fd = sys_pidfd_open(p.pid, 0);
	if (fd == -1)
		return -1;
	err = mismatch(&p, fd);
	if (!err && !proc_alive(fd))
		err = ESRCH;
	if (err) {
		close(fd);
		errno = err;
		return -1;
	}
	return fd;
}

int state_init_pidfd(const struct state *st)
{
	return state_pid_open(state_read(st, "pid"));
}
