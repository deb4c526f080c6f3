/*
 * sys.h - the system calls that musl has no wrapper for, and nothing else.
 *
 * Every function keeps the kernel's contract: a result, or -1 and errno.  Fds that they make are
 * close-on-exec.  No other file of nskit calls syscall().  Numbers and structures that Debian 12's
 * kernel headers lack are defined here under #ifndef, from the kernel's uapi headers.
 */
#ifndef NSK_SYS_H
#define NSK_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <linux/types.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* clone3(2); sizes of the three published versions are 64, 80 and 88 */
struct sys_clone_args {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

/* Like fork(2): 0 in the child.  *pidfd is set in the parent when flags has CLONE_PIDFD. */
static inline pid_t sys_clone3(struct sys_clone_args *args)
{
	return (pid_t)syscall(SYS_clone3, args, sizeof *args);
}

static inline int sys_pivot_root(const char *new_root, const char *put_old)
{
	return (int)syscall(SYS_pivot_root, new_root, put_old);
}

static inline int sys_setns(int fd, int flags)
{
	return (int)syscall(SYS_setns, fd, flags);
}

static inline int sys_pidfd_open(pid_t pid, unsigned flags)
{
	return (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int sys_pidfd_send_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
static inline int sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	return (int)syscall(SYS_close_range, first, last, flags);
}

/* openat2(2) and its resolve flags */
struct sys_open_how {
	uint64_t flags, mode, resolve;
};
#define SYS_RESOLVE_NO_XDEV 0x01
#define SYS_RESOLVE_NO_MAGICLINKS 0x02
#define SYS_RESOLVE_NO_SYMLINKS 0x04
#define SYS_RESOLVE_BENEATH 0x08
#define SYS_RESOLVE_IN_ROOT 0x10

/*
 * EAGAIN is the kernel's word that something was moved or mounted anywhere while it went through `..`
 * below a root: asked again, and at the end of its patience given back (openat2(2), RESOLVE_IN_ROOT).
 */
static inline int sys_openat2(int dir, const char *path, uint64_t flags, mode_t mode,
			      uint64_t resolve)
{
	struct sys_open_how how = {.flags = flags | O_CLOEXEC, .mode = mode, .resolve = resolve};
	long fd = -1;

	for (int patience = 1000; patience && fd < 0; patience--) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
		if (fd < 0 && errno != EAGAIN)
			break;
	}
	return (int)fd;
}

/* the mount API by file descriptor: open_tree(2), move_mount(2), fsopen(2), mount_setattr(2) */
#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1
#endif
#ifndef OPEN_TREE_CLOEXEC
#define OPEN_TREE_CLOEXEC O_CLOEXEC
#endif
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif
#ifndef MOVE_MOUNT_F_EMPTY_PATH
#define MOVE_MOUNT_F_EMPTY_PATH 0x00000004
#endif
#ifndef MOVE_MOUNT_T_EMPTY_PATH
#define MOVE_MOUNT_T_EMPTY_PATH 0x00000040
#endif
#ifndef MOUNT_ATTR_RDONLY
#define MOUNT_ATTR_RDONLY 0x00000001
#define MOUNT_ATTR_NOSUID 0x00000002
#define MOUNT_ATTR_NODEV 0x00000004
#define MOUNT_ATTR_NOEXEC 0x00000008
#endif
#ifndef MOUNT_ATTR_IDMAP
#define MOUNT_ATTR_IDMAP 0x00100000
#endif
enum { /* fsconfig(2) commands */
       SYS_FSCONFIG_SET_FLAG = 0,
       SYS_FSCONFIG_SET_STRING = 1,
       SYS_FSCONFIG_SET_FD = 5,
       SYS_FSCONFIG_CREATE = 6,
};
struct sys_mount_attr {
	uint64_t attr_set, attr_clr, propagation, userns_fd;
};

/* flags: OPEN_TREE_CLONE, AT_RECURSIVE, AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW */
static inline int sys_open_tree(int dir, const char *path, unsigned flags)
{
	return (int)syscall(SYS_open_tree, dir, path, flags | OPEN_TREE_CLOEXEC);
}

static inline int sys_move_mount(int from, const char *from_path, int to, const char *to_path,
				 unsigned flags)
{
	return (int)syscall(SYS_move_mount, from, from_path, to, to_path, flags);
}

static inline int sys_fsopen(const char *fstype)
{
	return (int)syscall(SYS_fsopen, fstype, 1 /* FSOPEN_CLOEXEC */);
}

static inline int sys_fsconfig(int fs, unsigned cmd, const char *key, const char *value, int aux)
{
	return (int)syscall(SYS_fsconfig, fs, cmd, key, value, aux);
}

/* attr: MOUNT_ATTR_*; gives the fd of a detached mount */
static inline int sys_fsmount(int fs, unsigned attr)
{
	return (int)syscall(SYS_fsmount, fs, 1 /* FSMOUNT_CLOEXEC */, attr);
}

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
/* since Linux 5.12; flags: AT_EMPTY_PATH, AT_RECURSIVE, AT_SYMLINK_NOFOLLOW */
static inline int sys_mount_setattr(int dir, const char *path, unsigned flags,
				    struct sys_mount_attr *attr)
{
	return (int)syscall(SYS_mount_setattr, dir, path, flags, attr, sizeof *attr);
}

/* The id that mountinfo has for the mount behind fd (statx(2), STATX_MNT_ID, since Linux 5.8); 0: unknown */
static inline unsigned long sys_mount_id(int fd)
{
	uint64_t statx[32] = {
		0}; /* struct statx: 256 bytes; stx_mask begins it, stx_mnt_id is at 144 */

	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, 0x1000U, statx) ||
	    !((uint32_t)statx[0] & 0x1000U))
		return 0;
	return (unsigned long)statx[18];
}

/*
 * The same that is never used twice, of the mount whose root path is; 0: it is none, or the kernel cannot say
 * (STATX_MNT_ID_UNIQUE, STATX_ATTR_MOUNT_ROOT, since Linux 6.8).
 */
static inline uint64_t sys_mounted_at(const char *path)
{
	uint64_t statx[32] = {0};

	if (syscall(SYS_statx, AT_FDCWD, path, AT_NO_AUTOMOUNT, 0x4000U, statx) ||
	    !((uint32_t)statx[0] & 0x4000U) || !(statx[1] & 0x2000U))
		return 0;
	return statx[18];
}

/* statmount(2), since Linux 6.8: where the texts that mask names begin in str. */
#ifndef SYS_statmount
#define SYS_statmount 457
#endif
struct sys_statmount {
	uint32_t size, mnt_opts;
	uint64_t mask;
	uint32_t sb[5], fs_type;
	uint64_t mount[8];
	uint32_t mnt_root, mnt_point;
	uint64_t spare[50];
	char str[3584];
};
#define SYS_STATMOUNT_ROOT 0x08U
#define SYS_STATMOUNT_TYPE 0x20U
#define SYS_STATMOUNT_OPTIONS 0x80U /* since Linux 6.11 */

static inline int sys_statmount(uint64_t id, uint64_t mask, struct sys_statmount *out)
{
	const struct {
		uint32_t size, zero;
		uint64_t id, mask;
	} request = {sizeof request, 0, id, mask};

	return (int)syscall(SYS_statmount, &request, out, sizeof *out, 0U);
}

static inline int sys_execveat(int dir, const char *path, char *const argv[], char *const envp[],
			       int flags)
{
	return (int)syscall(SYS_execveat, dir, path, argv, envp, flags);
}

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
static inline int sys_memfd_create(const char *name, unsigned flags)
{
	return (int)syscall(SYS_memfd_create, name, flags);
}

/* musl's setgroups and setres[ug]id signal every thread; these act on the calling one, as setns does */
static inline int sys_setgroups(size_t n, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, n, groups);
}

static inline int sys_setresuid(uid_t r, uid_t e, uid_t s)
{
	return (int)syscall(SYS_setresuid, r, e, s);
}

static inline int sys_setresgid(gid_t r, gid_t e, gid_t s)
{
	return (int)syscall(SYS_setresgid, r, e, s);
}

/* capget(2): the header and data of linux/capability.h; musl has the symbol but no declaration */
static inline int sys_capget(void *header, void *data)
{
	return (int)syscall(SYS_capget, header, data);
}

/*
 * rt_sigaction(2) to the default, also of the signals that a C library keeps for itself (32, 33): they
 * are ignored in what glibc's posix_spawn has started, and no wrapper would touch them.  All of the
 * kernel's structure is 0 then, whatever an architecture's order of its members.
 */
static inline int sys_default_signal(int sig)
{
	const uint64_t none[8] = {0};

	return (int)syscall(SYS_rt_sigaction, sig, none, NULL, _NSIG / 8);
}

/* keyctl(2): KEYCTL_JOIN_SESSION_KEYRING with no name makes a new, anonymous one */
static inline long sys_keyctl_join_session(void)
{
	return syscall(SYS_keyctl, 1, NULL, 0, 0, 0);
}

/* Whether a capability is in the effective set of the caller: capget(2), version 3. */
static inline int sys_capable(int cap)
{
	struct {
		uint32_t version;
		int pid;
	} head = {0x20080522, 0};
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2] = {{0, 0, 0}, {0, 0, 0}};

	return !syscall(SYS_capget, &head, data) && (data[cap / 32].effective >> (cap % 32) & 1);
}

static inline int sys_renameat2(int od, const char *op, int nd, const char *np, unsigned flags)
{
	return (int)syscall(SYS_renameat2, od, op, nd, np, flags);
}
#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

/*
 * sigtimedwait(2), wait4(2), kill(2) and madvise(2) with nothing of libc around them: for a process that stays for
 * long and wants to touch as little of the program as it can.
 */
struct sys_timespec {
	int64_t sec, nsec;
};
static inline int sys_sigtimedwait(const sigset_t *set, const struct sys_timespec *limit)
{
#ifdef SYS_rt_sigtimedwait_time64
	return (int)syscall(SYS_rt_sigtimedwait_time64, set, NULL, limit, _NSIG / 8);
#else
	return (int)syscall(SYS_rt_sigtimedwait, set, NULL, limit, _NSIG / 8);
#endif
}

static inline pid_t sys_wait4(pid_t pid, int *status, int flags)
{
	return (pid_t)syscall(SYS_wait4, pid, status, flags, NULL);
}

static inline int sys_madvise(uintptr_t from, size_t len, int advice)
{
	return (int)syscall(SYS_madvise, from, len, advice);
}

static inline int sys_kill(pid_t pid, int sig)
{
	return (int)syscall(SYS_kill, pid, sig);
}

/* bpf(2): attr is a union bpf_attr of linux/bpf.h */
static inline int sys_bpf(int command, void *attr, size_t size)
{
	return (int)syscall(SYS_bpf, command, attr, size);
}

#endif
