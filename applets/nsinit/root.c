/*
 * root.c - the root directory: pivot first, before a single path of the image is followed.
 *
 * The new root is put over `/` itself, so that no directory is needed for it anywhere, then
 * pivot_root(".", ".") makes it the root and the old one, stacked on it, is detached with
 * everything below.  After that nothing of the host can be reached by a path.
 *
 * What the root is made of:
 *   volatile = no       the tree itself, recursive
 *   volatile = overlay  the tree's own file system below a tmpfs that takes the changes; file systems
 *                       that are mounted below it are seen read-only, those of the kernel not at all
 *   volatile = yes      an empty tmpfs with the entries of the tree read-only in it; proc, sys,
 *                       dev, run and tmp are fresh directories
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "cgroup.h"
#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sys.h"
#include "tree.h"

const struct key root_keys[] = {
	{"path" OPTION("rootfs") ARG("DIR")
		 HELP("directory that becomes the root; / is the machine's own"),
	 KEY_FIELD(struct root_conf, path, path)},
	{"readonly" DEFAULT("no") HELP("mount it read-only, and /dev too"),
	 KEY_FIELD(struct root_conf, readonly, boolean)},
	{"propagation" DEFAULT("private") WORDS("private|slave|shared") HELP(
		 "private; slave: mounts of the host appear; shared: slave, and shared with namespaces made inside"),
	 KEY_FIELD(struct root_conf, propagation, enum)},
	{"switch" DEFAULT("auto") WORDS("auto|pivot|move|chroot")
		 HELP("how it becomes the root; auto: pivot_root, or a move in an initramfs"),
	 KEY_FIELD(struct root_conf, how, enum)},
	{"volatile" DEFAULT("no") WORDS("no|yes|overlay") HELP(
		 "changes vanish at the end; overlay: by a throw-away overlay, yes: only the top is writable"),
	 KEY_FIELD(struct root_conf, kept, enum)},
	{0},
};

/*
 * Device nodes of an image are of no use where /dev is ours, and a way to the machine's disks: so its
 * mounts are nodev, unless it brings the only /dev there is.
 */
static uint64_t nodev(const struct inside *in)
{
	return in->conf->mounts.dev == DEV_PRIVATE || in->conf->mounts.dev == DEV_HOST
		       ? MOUNT_ATTR_NODEV
		       : 0;
}

static unsigned long propagation_of(const struct root_conf *c)
{
	return c->propagation == PROPAGATION_SLAVE || c->propagation == PROPAGATION_SHARED
		       ? MS_SLAVE
		       : MS_PRIVATE;
}

/*
 * The new root over the old one, and our working directory.  pivot_root wants it shared with nobody: where
 * there is no mount_setattr, a clone is cut off only here, by its path.
 */
static void put_over(const struct inside *in, int tree, const char *what)
{
	if (sys_move_mount(tree, "", AT_FDCWD, "/", MOVE_MOUNT_F_EMPTY_PATH))
		msg_die_errno("%s: mounting over /", what);
	if (fchdir(tree) || mount(NULL, ".", NULL, MS_REC | propagation_of(&in->conf->root), NULL))
		msg_die_errno("%s", what);
}

/* Kernel file systems: a private root has its own or does without. */
static bool is_carried(const char *fstype, bool machine)
{
	static const char left[] =
		"proc sysfs devtmpfs devpts mqueue cgroup cgroup2 debugfs securityfs "
		"tracefs configfs fusectl pstore bpf efivarfs hugetlbfs binfmt_misc "
		"autofs nsfs selinuxfs rpc_pipefs";

	if (cgroup_word(left, fstype, ' '))
		return false;
	/* the machine's own /run, /tmp, /dev/shm; below another root a tmpfs was mounted on purpose */
	return !machine || (strcmp(fstype, "tmpfs") && strcmp(fstype, "ramfs"));
}

/* The file systems mounted directly below tree (attached at /lower), read-only onto the new root. */
static void carry_mounts(struct inside *in, int tree, int root)
{
	char *text = tree_mountinfo(in->proc);
	unsigned long id = tree_mount_id(tree);
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY | nodev(in),
				 .propagation = MS_PRIVATE,
				 .recursive = true};
	bool machine = !strcmp(in->conf->root.path, "/");
	struct tree_mount m;

	if (!text)
		msg_die_errno("[rootfs] volatile: the mounts below the root: /proc/self/mountinfo");
	while (tree_next_mount(&text, &m)) {
		const char *name = strncmp(m.point, "/lower/", 7) ? NULL : m.point + 7;
		int from, to;

		if (m.parent != id || !name || !is_carried(m.fstype, machine))
			continue;
		from = tree_clone_or_die(tree, name, true, name);
		to = sys_openat2(root, name, O_PATH, 0,
				 SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_SYMLINKS);
		if (to < 0)
			msg_die_errno("/%s", name);
		tree_attach(from, to, name);
		tree_change(in->proc, from, &ro, name);
		close(from);
		close(to);
	}
}

/* The root directory of a new layer looks like the one it stands for. */
static void copy_owner(int from, int dir, const char *name)
{
	struct stat st;

	if (fstat(from, &st) || fchmodat(dir, name, st.st_mode & 07777, 0))
		msg_die_errno("[rootfs] volatile: %s", name);
	(void)fchownat(dir, name, st.st_uid, st.st_gid,
		       0); /* an owner that is not mapped stays ours */
}

static int private_tmpfs(const struct inside *in)
{
	int tmp = tree_fs("tmpfs", "mode=0755", nodev(in));

	if (tmp < 0)
		msg_die_errno("[rootfs] volatile: tmpfs");
	put_over(in, tmp, "[rootfs] volatile");
	return tmp;
}

static int overlay(struct inside *in, int tree)
{
	/* relative: the working directory is the private tmpfs, no path of the host is walked */
	static const char layers[] = "lowerdir=lower,upperdir=upper,workdir=work";
	int tmp = private_tmpfs(in), root, lower;

	if (mkdirat(tmp, "lower", 0755) || mkdirat(tmp, "upper", 0755) ||
	    mkdirat(tmp, "work", 0755))
		msg_die_errno("[rootfs] volatile: tmpfs");
	lower = openat(tmp, "lower", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (lower < 0)
		msg_die_errno("[rootfs] volatile: tmpfs");
	copy_owner(tree, tmp, "upper");
	tree_attach(tree, lower, in->conf->root.path);
	close(lower);
	root = -1;
	if (in->start->made &
	    CLONE_NEWUSER) /* trusted.* attributes are the first user namespace's */
		root = tree_fs("overlay", "lowerdir=lower,upperdir=upper,workdir=work,userxattr",
			       nodev(in));
	if (root < 0)
		root = tree_fs("overlay", layers, nodev(in));
	if (root < 0) {
		if (errno == ENODEV)
			msg_hint(
				"the kernel has no overlay file system (CONFIG_OVERLAY_FS); try volatile = yes");
		else if (in->start->made & CLONE_NEWUSER)
			msg_hint(
				"in a user namespace overlay needs Linux 5.11 and a directory with nothing mounted "
				"below it; try readonly = yes and tmpfs lines, or volatile = yes");
		msg_die_errno("[rootfs] volatile: overlay over %s", in->conf->root.path);
	}
	put_over(in, root, "[rootfs] volatile");
	carry_mounts(in, tree, root);
	close(tmp);
	close(tree);
	return root;
}

static void copy_entry(struct inside *in, int tree, const char *name, int root)
{
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY | nodev(in), .recursive = true};
	static const char fresh[] = "/proc/sys/dev/run/tmp/";
	char *word = file_text("/%s/", name), link[4096];
	struct stat st;
	ssize_t n;
	int from, to;

	if (fstatat(tree, name, &st, AT_SYMLINK_NOFOLLOW))
		msg_die_errno("%s/%s", in->conf->root.path, name);
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(tree, name, link, sizeof link - 1);
		link[n > 0 ? n : 0] = '\0';
		if (n <= 0)
			msg_die_errno("%s/%s", in->conf->root.path, name);
		if (symlinkat(link, root, name))
			msg_die_errno("[rootfs] volatile: %s", name);
		return;
	}
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return; /* devices, sockets: nothing that an image's top holds with a purpose */
	to = S_ISDIR(st.st_mode)
		     ? mkdirat(root, name, 0755)
		     : openat(root, name, O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0644);
	if (to < 0)
		msg_die_errno("[rootfs] volatile: %s", name);
	if (S_ISREG(st.st_mode))
		close(to);
	if (S_ISDIR(st.st_mode) && strstr(fresh, word)) {
		if (fchmodat(root, name, st.st_mode & 07777, 0))
			msg_die_errno("[rootfs] volatile: %s", name);
		return;
	}
	from = tree_clone_or_die(tree, name, true, name);
	to = openat(root, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (to < 0)
		msg_die_errno("[rootfs] volatile: %s", name);
	tree_attach(from, to, name);
	tree_change(in->proc, from, &ro, name);
	close(from);
	close(to);
}

static int top_only(struct inside *in, int tree)
{
	DIR *dir;
	struct dirent *e;
	int root, fd;

	put_over(in, tree, in->conf->root.path); /* attached: only then can parts of it be cloned */
	root = private_tmpfs(in);
	fd = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		msg_die_errno("%s", in->conf->root.path);
	while ((e = readdir(dir)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			copy_entry(in, tree, e->d_name, root);
	closedir(dir);
	copy_owner(tree, root, ".");
	close(tree);
	return root;
}

/* The first mount of its namespace is its own parent: nothing lies below it to pivot onto. */
static bool is_initramfs(const struct inside *in, int old)
{
	char *text = tree_mountinfo(in->proc);
	struct statfs fs;
	struct tree_mount m;

	if (statfs("/", &fs) || (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC))
		return false;
	while (text && tree_next_mount(&text, &m))
		if (!strcmp(m.point, "/") && m.parent != m.id && m.id == tree_mount_id(old))
			return false;
	return true;
}

/* What is mounted outside, while its paths still lead there. */
static void unmount_outside(const struct inside *in)
{
	char *text = tree_mountinfo(in->proc);
	struct tree_mount m;

	while (text && tree_next_mount(&text, &m))
		if (strcmp(m.point, "/"))
			(void)umount2(
				m.point,
				MNT_DETACH | UMOUNT_NOFOLLOW); /* below another that went already */
}

static void move_root(const struct inside *in, int root)
{
	if (in->conf->root.how != SWITCH_CHROOT)
		unmount_outside(in);
	if (fchdir(root) || chroot("."))
		msg_die_errno("%s: chroot", in->conf->root.path);
}

/*
 * The old root stands on the new one now, and the layers of a volatile root on it: top down, until the
 * kernel says that the old root is in this mount namespace no longer.
 */
static void detach_old(int old)
{
	if (fchdir(old) || umount2(".", MNT_DETACH))
		msg_die_errno("detaching the old root");
	while (!umount2(".", MNT_DETACH))
		;
	if (errno != EINVAL)
		msg_die_errno("detaching the old root");
}

static void switch_root(struct inside *in, int root)
{
	int how = in->conf->root.how, old = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (old < 0)
		msg_die_errno("/");
	if (how == SWITCH_MOVE || how == SWITCH_CHROOT) {
		move_root(in, root);
	} else if (!sys_pivot_root(".", ".")) {
		detach_old(old);
	} else if (errno == EINVAL && how != SWITCH_PIVOT && is_initramfs(in, old)) {
		msg_warn("the root is an initramfs: %s is moved over it, with chroot",
			 in->conf->root.path);
		move_root(in, root);
	} else {
		if (errno == EINVAL)
			msg_hint(
				"in a chroot the root is no mount: start from the mount namespace's own root");
		msg_die_errno("%s: pivot_root", in->conf->root.path);
	}
	close(old);
	if (chdir("/"))
		msg_die_errno("/");
}

/*
 * Read-only from the start for the machine's own `/`: nothing is ever made there.  Another root stays
 * writable at its top until root_finish, so that missing mount points can be made.
 */
static void set_attributes(struct inside *in)
{
	const struct root_conf *c = &in->conf->root;
	struct tree_change all = {.set = nodev(in),
				  .propagation = propagation_of(c),
				  .recursive = true};
	struct tree_change top = {.clear = MOUNT_ATTR_RDONLY};
	bool was_readonly = tree_is_readonly(in->root);

	if (c->kept == VOLATILE_YES || c->kept == VOLATILE_OVERLAY)
		return;
	if (c->readonly == 1)
		all.set |= MOUNT_ATTR_RDONLY;
	tree_change(in->proc, in->root, &all, c->path);
	if (c->readonly == 1 && !was_readonly && strcmp(c->path, "/"))
		tree_change(in->proc, in->root, &top, c->path);
}

void root_enter(struct inside *in)
{
	const struct root_conf *c = &in->conf->root;
	int tree;

	if (!check_needs_mounts(in->conf))
		return;
	/* nothing that happens here may reach the mount namespace we came from */
	if (mount(NULL, "/", NULL, MS_REC | (c->path ? MS_PRIVATE : propagation_of(c)), NULL))
		msg_die_errno("/: making mounts private");
	if (c->path) {
		tree = sources_take(in);
		if (c->kept == VOLATILE_OVERLAY)
			tree = overlay(in, tree);
		else if (c->kept == VOLATILE_YES)
			tree = top_only(in, tree);
		else
			put_over(in, tree, c->path);
		switch_root(in, tree);
		close(tree);
	}
	in->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in->root < 0)
		msg_die_errno("/");
	if (c->path)
		set_attributes(in);
}

void root_finish(struct inside *in)
{
	const struct root_conf *c = &in->conf->root;
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY};
	struct tree_change shared = {.propagation = MS_SHARED, .recursive = true};

	if (!c->path)
		return;
	if (c->readonly == 1)
		tree_change(in->proc, in->root, &ro, c->path);
	if (c->propagation == PROPAGATION_SHARED)
		tree_change(in->proc, in->root, &shared, c->path);
}
