#include "self.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "msg.h"
#include "sys.h"

#define EXE "/proc/self/exe"

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* Without a /proc: where execveat by fd alone puts the program's name, and no caller's path leads. */
static bool executed_by_fd(void)
{
	const char *name = (const char *)getauxval(AT_EXECFN);

	return name && strncmp(name, "/dev/fd/", 8) == 0;
}

bool self_is_sealed(void)
{
	struct statfs fs;
	char path[16];
	ssize_t n = readlink(EXE, path, sizeof path);
	int fd, seals;

	if (n == -1)
		return executed_by_fd();
	/*
	 * "/" is the path of a mount's root that hangs nowhere: it is a file, so no directory of that
	 * path can be meant.  Hung somewhere it could be made writable again, by whoever may there.
	 */
	if ((n == 1 && path[0] == '/') || (n > 2 && memcmp(path, "/ (", 3) == 0))
		return statfs(EXE, &fs) == 0 && fs.f_flags & MS_RDONLY;
	if (n < 7 || memcmp(path, "/memfd:", 7) != 0)
		return false;
	fd = open(EXE, O_RDONLY | O_CLOEXEC);
	seals = fcntl(fd, F_GET_SEALS);
	close(fd);
	return seals != -1 && (seals & SEALS) == SEALS;
}

/* The executable as a detached read-only mount: -1 where we may not mount, or the kernel cannot. */
static int clone_mount(const char *exe)
{
	struct sys_mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV};
	int fd = sys_open_tree(AT_FDCWD, exe, OPEN_TREE_CLONE);

	if (fd != -1 && sys_mount_setattr(fd, "", AT_EMPTY_PATH, &attr) == -1) {
		close(fd);
		return -1;
	}
	return fd;
}

/* The executable copied into memory, then sealed: -1 and errno. */
static int copy_memory(const char *exe)
{
	struct stat st;
	off_t done = 0;
	int from = open(exe, O_RDONLY | O_CLOEXEC), fd, err;

	if (from == -1)
		return -1;
	fd = sys_memfd_create("nskit", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);
	if (fd == -1 && errno == EINVAL) /* before Linux 6.3 every memfd can be executed */
		fd = sys_memfd_create("nskit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd == -1 || fstat(from, &st) == -1)
		goto fail;
	while (done < st.st_size) {
		ssize_t n = sendfile(fd, from, &done, (size_t)(st.st_size - done));

		if (n == 0)
			errno = EIO;
		if (n == 0 || (n == -1 && errno != EINTR))
			goto fail;
	}
	if (fcntl(fd, F_ADD_SEALS, SEALS) == -1)
		goto fail;
	close(from);
	return fd;
fail:
	err = errno;
	close(from);
	if (fd != -1)
		close(fd);
	errno = err;
	return -1;
}

void self_seal(char **argv)
{
	const char *exe = access(EXE, F_OK) == 0 ? EXE : (const char *)getauxval(AT_EXECFN);
	int fd;

	if (self_is_sealed()) {
		if (prctl(PR_SET_DUMPABLE, 0) == -1)
			msg_die_errno("prctl(PR_SET_DUMPABLE)");
		return;
	}
	fd = clone_mount(exe);
	if (fd != -1)
		(void)sys_execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	/* a clone that cannot be executed (a mount gone noexec, say) is no reason to give up either */
	fd = copy_memory(exe);
	if (fd == -1) {
		msg_hint("vm.memfd_noexec = 2 forbids programs in memory");
		msg_die_errno("a sealed copy of %s", exe);
	}
	(void)sys_execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	msg_die_errno("execute a sealed copy of %s", exe);
}
