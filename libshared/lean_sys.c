/*
 * lean_sys.c - system calls as the kernel has them, in place of the C library's functions, which emulate on
 * kernels of long ago what 5.10 has, look for the vdso, or know signal handlers: 4 KB of the binary.
 * The linker finds these first.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "lean.h"

int LEAN(clock_gettime)(clockid_t clock, struct timespec *now);
int LEAN(dup3)(int from, int to, int flags);
int LEAN(faccessat)(int dir, const char *path, int mode, int flags);
int LEAN(fchdir)(int fd);
int LEAN(fchmod)(int fd, mode_t mode);
int LEAN(fchmodat)(int dir, const char *path, mode_t mode, int flags);
int LEAN(fcntl)(int fd, int command, ...);
int LEAN(open)(const char *path, int flags, ...);
int LEAN(openat)(int dir, const char *path, int flags, ...);
char *LEAN(getcwd)(char *path, size_t size);
int LEAN(pipe2)(int fds[2], int flags);
int LEAN(prctl)(int what, ...);
ssize_t LEAN(readlink)(const char *path, char *to, size_t size);
ssize_t LEAN(readlinkat)(int dir, const char *path, char *to, size_t size);

/* musl's looks for the vdso's, for which it reads the tables of an ELF file. */
int LEAN(clock_gettime)(clockid_t clock, struct timespec *now)
{
#ifdef SYS_clock_gettime64
	return (int)syscall(SYS_clock_gettime64, clock, now);
#else
	return (int)syscall(SYS_clock_gettime, clock, now);
#endif
}

/* Linux takes flags since 5.8. */
int LEAN(faccessat)(int dir, const char *path, int mode, int flags)
{
	return (int)syscall(flags ? SYS_faccessat2 : SYS_faccessat, dir, path, mode, flags);
}

/* No flags: nobody asks for any. */
int LEAN(fchmodat)(int dir, const char *path, mode_t mode, int flags)
{
	(void)flags;
	return (int)syscall(SYS_fchmodat, dir, path, mode);
}

int LEAN(fchmod)(int fd, mode_t mode)
{
	return (int)syscall(SYS_fchmod, fd, mode);
}

int LEAN(fchdir)(int fd)
{
	return (int)syscall(SYS_fchdir, fd);
}

int LEAN(dup3)(int from, int to, int flags)
{
	return (int)syscall(SYS_dup3, from, to, flags);
}

int LEAN(pipe2)(int fds[2], int flags)
{
	return (int)syscall(SYS_pipe2, fds, flags);
}

ssize_t LEAN(readlinkat)(int dir, const char *path, char *to, size_t size)
{
	return syscall(SYS_readlinkat, dir, path, to, size);
}

ssize_t LEAN(readlink)(const char *path, char *to, size_t size)
{
	return syscall(SYS_readlinkat, AT_FDCWD, path, to, size);
}

/* Into the caller's memory alone. What is not below the root begins with "(unreachable)". */
char *LEAN(getcwd)(char *path, size_t size)
{
	if (syscall(SYS_getcwd, path, size) < 0)
		return NULL;
	if (*path == '/')
		return path;
	errno = ENOENT;
	return NULL;
}

/* Every command takes a word more, or ignores it. */
int LEAN(fcntl)(int fd, int command, ...)
{
	va_list ap;
	long word;

	va_start(ap, command);
	word = va_arg(ap, long);
	va_end(ap);
#ifdef SYS_fcntl64
	return (int)syscall(SYS_fcntl64, fd, command, word);
#else
	return (int)syscall(SYS_fcntl, fd, command, word);
#endif
}

/* Where fewer words are asked for, the kernel may want zeros in their place: the callers give them. */
int LEAN(prctl)(int what, ...)
{
	va_list ap;
	unsigned long word[4];

	va_start(ap, what);
	for (int i = 0; i < 4; i++)
		word[i] = va_arg(ap, unsigned long);
	va_end(ap);
	return (int)syscall(SYS_prctl, what, word[0], word[1], word[2], word[3]);
}

static int open_mode(int dir, const char *path, int flags, va_list ap)
{
	mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(ap, mode_t) : 0;

	return (int)syscall(SYS_openat, dir, path, flags | O_LARGEFILE, mode);
}

int LEAN(openat)(int dir, const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_mode(dir, path, flags, ap);
	va_end(ap);
	return fd;
}

int LEAN(open)(const char *path, int flags, ...)
{
	va_list ap;
	int fd;

	va_start(ap, flags);
	fd = open_mode(AT_FDCWD, path, flags, ap);
	va_end(ap);
	return fd;
}

/* On x86_64 the kernel's structures are the C library's. Elsewhere it converts. */
#ifdef __x86_64__
int LEAN(fchown)(int fd, uid_t user, gid_t group);
int LEAN(fstat)(int fd, struct stat *st);
int LEAN(fstatat)(int dir, const char *path, struct stat *st, int flags);
int LEAN(fstatfs)(int fd, struct statfs *fs);
int LEAN(statfs)(const char *path, struct statfs *fs);
void *LEAN(mmap)(void *at, size_t size, int rights, int flags, int fd, off_t offset);
int LEAN(nanosleep)(const struct timespec *time, struct timespec *rest);
ssize_t LEAN(recvmsg)(int fd, struct msghdr *m, int flags);
ssize_t LEAN(sendmsg)(int fd, const struct msghdr *m, int flags);
int LEAN(signalfd)(int fd, const sigset_t *set, int flags);
sighandler_t LEAN(signal)(int number, sighandler_t handler);
int LEAN(socket)(int family, int type, int protocol);
int LEAN(socketpair)(int family, int type, int protocol, int fds[2]);

_Static_assert(sizeof(struct stat) == 144 && offsetof(struct stat, st_ctim) == 104,
	       "newfstatat(2) fills it");
_Static_assert(sizeof(struct statfs) == 120 && offsetof(struct statfs, f_flags) == 80,
	       "statfs(2) fills it");

int LEAN(fstatat)(int dir, const char *path, struct stat *st, int flags)
{
	return (int)syscall(SYS_newfstatat, dir, path, st, flags);
}

int LEAN(fstat)(int fd, struct stat *st)
{
	return (int)syscall(SYS_fstat, fd, st);
}

int LEAN(statfs)(const char *path, struct statfs *fs)
{
	return (int)syscall(SYS_statfs, path, fs);
}

int LEAN(fstatfs)(int fd, struct statfs *fs)
{
	return (int)syscall(SYS_fstatfs, fd, fs);
}

int LEAN(fchown)(int fd, uid_t user, gid_t group)
{
	return (int)syscall(SYS_fchown, fd, user, group);
}

int LEAN(socket)(int family, int type, int protocol)
{
	return (int)syscall(SYS_socket, family, type, protocol);
}

int LEAN(socketpair)(int family, int type, int protocol, int fds[2])
{
	return (int)syscall(SYS_socketpair, family, type, protocol, fds);
}

/* The kernel reads the structures' padding, too: whoever fills them here begins with zeros. */
ssize_t LEAN(sendmsg)(int fd, const struct msghdr *m, int flags)
{
	return syscall(SYS_sendmsg, fd, m, flags);
}

ssize_t LEAN(recvmsg)(int fd, struct msghdr *m, int flags)
{
	return syscall(SYS_recvmsg, fd, m, flags);
}

void *LEAN(mmap)(void *at, size_t size, int rights, int flags, int fd, off_t offset)
{
	return (void *)syscall(SYS_mmap, at, size, rights, flags, fd, offset);
}

int LEAN(nanosleep)(const struct timespec *time, struct timespec *rest)
{
	return (int)syscall(SYS_nanosleep, time, rest);
}

enum { SET = 8 }; /* bytes of the kernel's set of signals */

int LEAN(signalfd)(int fd, const sigset_t *set, int flags)
{
	return (int)syscall(SYS_signalfd4, fd, set, SET, flags);
}

/* SIG_DFL and SIG_IGN: a handler would want a way back from it. */
sighandler_t LEAN(signal)(int number, sighandler_t handler)
{
	struct {
		sighandler_t handler;
		unsigned long flags;
		void (*restorer)(void);
		uint64_t mask;
	} now = {.handler = handler}, old;

	return syscall(SYS_rt_sigaction, number, &now, &old, SET) ? SIG_ERR : old.handler;
}
#endif
