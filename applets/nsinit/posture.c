/*
 * posture.c - what the kernel says of the inside, compared with what was asked, before COMMAND runs.
 * (Ids, groups, capability sets, no_new_privs: confine.c, in COMMAND's own process.)
 */
#include <string.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "msg.h"
#include "nsinit.h"
#include "sys.h"
#include "tree.h"

static void check_namespaces(const struct inside *in)
{
	if (in->start->sync >= 0 && in->start->made & CLONE_NEWPID && getpid() != 1)
		msg_die("read back: the pid namespace is not new: our pid is %d", (int)getpid());
}

static void check_root(const struct inside *in)
{
	struct stat here, root;

	if (!in->conf->root.path)
		return;
	if (stat("/", &here) || fstat(in->root, &root) || here.st_dev != root.st_dev ||
	    here.st_ino != root.st_ino)
		msg_die("read back: / is not the new root");
	if (in->conf->root.readonly == 1 && !tree_is_readonly(in->root))
		msg_die("read back: / is not read-only");
}

static void check_api(const struct inside *in, const char *path, int how, long magic)
{
	int fd;
	struct statfs fs;

	if (how < 0 || how == API_NO)
		return;
	fd = tree_target(in->root, path, TARGET_DIR | TARGET_NO_LINKS);
	if (fstatfs(fd, &fs) || (long)fs.f_type != magic)
		msg_die("read back: %s is not what was mounted there", path);
	if (how == API_RO && !tree_is_readonly(fd))
		msg_die("read back: %s is not read-only", path);
	close(fd);
}

static void check_names(const struct inside *in)
{
	const char *want = in->conf->uts.hostname;
	struct utsname u;

	if (want && in->start->made & CLONE_NEWUTS && (uname(&u) || strcmp(u.nodename, want)))
		msg_die("read back: the host name is not %s", want);
}

void posture_check(const struct inside *in)
{
	check_namespaces(in);
	check_root(in);
	check_api(in, "/proc", in->conf->mounts.proc, PROC_SUPER_MAGIC);
	check_api(in, "/sys", in->conf->mounts.sys, SYSFS_MAGIC);
	check_names(in);
}
