#include "tree.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "file.h"
#include "key.h"
#include "msg.h"
#include "sys.h"

#define IN_ROOT (SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS)

int tree_clone(int dir, const char *path, bool recursive)
{
	return sys_open_tree(dir, path,
			     OPEN_TREE_CLONE | (recursive ? AT_RECURSIVE : 0U) |
				     (*path ? 0U : (unsigned)AT_EMPTY_PATH));
}

int tree_clone_or_die(int dir, const char *path, bool recursive, const char *what)
{
	int tree = tree_clone(dir, path, recursive);

	if (tree < 0) {
		if (errno == EINVAL)
			msg_hint(
				"in a user namespace a mount goes only together with what is mounted below it");
		if (errno == EPERM)
			msg_hint(
				"mounts need CAP_SYS_ADMIN: root, or a user and a mount namespace of one's own");
		msg_die_errno("%s", what);
	}
	return tree;
}

/* Hands "key=value,flag" to the new file system, word by word. */
static int configure(int fs, const char *options)
{
	char *copy = file_dup(options ? options : ""), *rest = copy, *word;
	int r = 0;

	while (!r && (word = strtok_r(rest, ",", &rest))) {
		char *value = strchr(word, '=');

		if (value)
			*value++ = '\0';
		r = sys_fsconfig(fs, value ? SYS_FSCONFIG_SET_STRING : SYS_FSCONFIG_SET_FLAG, word,
				 value, 0);
	}
	free(copy);
	return r;
}

int tree_fs(const char *fstype, const char *options, uint64_t attr)
{
	int fs = sys_fsopen(fstype), mount = -1, err;

	if (fs < 0)
		return -1;
	/* the source is the name that mountinfo shows */
	if (!sys_fsconfig(fs, SYS_FSCONFIG_SET_STRING, "source", fstype, 0) &&
	    !configure(fs, options) && !sys_fsconfig(fs, SYS_FSCONFIG_CREATE, NULL, NULL, 0))
		mount = sys_fsmount(fs, (unsigned)attr);
	err = errno;
	close(fs);
	errno = err;
	return mount;
}

void tree_attach(int tree, int target, const char *what)
{
	if (sys_move_mount(tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH))
		msg_die_errno("%s: mounting", what);
}

bool tree_is_readonly(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_flags & MS_RDONLY;
}

/* mountinfo */

char *tree_mountinfo(int proc)
{
	size_t len;

	if (proc < 0) {
		errno = ENOENT;
		return NULL;
	}
	return file_slurp(proc, "self/mountinfo", 64 << 20, &len);
}

/* \040 and its like, in place. */
static void decode(char *p)
{
	char *out = p;

	for (; *p; p++) {
		if (*p == '\\' && p[1] >= '0' && p[1] <= '3' && p[2] && p[3]) {
			*out++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
}

bool tree_next_mount(char **text, struct tree_mount *m)
{
	char *line = *text, *end = line + strcspn(line, "\n"), *field[5], *rest;
	uint64_t id, parent;

	if (!*line)
		return false;
	*text = end + (*end == '\n');
	*end = '\0';
	/* 36 35 98:0 /root /point options optional... - fstype source options */
	rest = strstr(line, " - ");
	if (!rest)
		return false;
	m->fstype = rest + 3;
	*rest = '\0';
	m->fstype[strcspn(m->fstype, " ")] = '\0';
	for (int i = 0; i < 5; i++) {
		field[i] = strsep(&line, " ");
		if (!field[i])
			return false;
	}
	if (!key_number(field[0], ULONG_MAX, &id) || !key_number(field[1], ULONG_MAX, &parent))
		return false;
	m->id = (unsigned long)id;
	m->parent = (unsigned long)parent;
	m->point = field[4];
	decode(m->point);
	return true;
}

unsigned long tree_mount_id(int fd)
{
	return sys_mount_id(fd);
}

/* Attributes */

static unsigned long old_flags(uint64_t attr)
{
	return (attr & MOUNT_ATTR_RDONLY ? MS_RDONLY : 0UL) |
	       (attr & MOUNT_ATTR_NOSUID ? MS_NOSUID : 0UL) |
	       (attr & MOUNT_ATTR_NODEV ? MS_NODEV : 0UL) |
	       (attr & MOUNT_ATTR_NOEXEC ? MS_NOEXEC : 0UL);
}

/* statfs's flags of a mount have the numbers of mount(2)'s, relatime apart. */
static unsigned long present_flags(int fd)
{
	const unsigned long same = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME |
				   MS_NODIRATIME;
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return 0;
	return ((unsigned long)fs.f_flags & same) |
	       (fs.f_flags & 4096 /* ST_RELATIME */ ? MS_RELATIME : 0UL);
}

/* One mount, by mount(2) on its fd's path: what kernels before 5.12 have. */
static void change_one(int proc, int fd, const struct tree_change *c, const char *what)
{
	unsigned long flags = (present_flags(fd) & ~old_flags(c->clear)) | old_flags(c->set);
	char path[40];

	snprintf(path, sizeof path, "self/fd/%d", fd);
	if (fchdir(proc))
		msg_die_errno("%s: /proc, for changing a mount without mount_setattr", what);
	if ((c->set || c->clear) && mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | flags, NULL))
		msg_die_errno("%s: changing the mount's flags", what);
	if (c->propagation && mount(NULL, path, NULL, c->propagation, NULL))
		msg_die_errno("%s: changing the mount's propagation", what);
}

/* Every mount below the one with that id; ids of parents stand before their children's. */
static void change_below(int proc, unsigned long id, const struct tree_change *c, const char *what)
{
	char *info = tree_mountinfo(proc), *text = info;
	unsigned long *ids = file_alloc(sizeof *ids);
	struct tree_mount m;
	size_t n = 1;

	if (!info)
		msg_die_errno("%s: mountinfo", what);
	ids[0] = id;
	while (tree_next_mount(&text, &m)) {
		size_t i = 0;
		int fd;

		while (i < n && ids[i] != m.parent)
			i++;
		if (i == n || m.id == id)
			continue;
		ids = file_grow(ids, (n + 1) * sizeof *ids);
		ids[n++] = m.id;
		fd = open(m.point, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0 && errno != ENOENT && errno != ENOTDIR)
			msg_die_errno("%s: %s", what, m.point);
		if (fd < 0 ||
		    tree_mount_id(fd) != m.id) { /* covered by another mount: no path leads there */
			if (fd >= 0)
				close(fd);
			continue;
		}
		change_one(proc, fd, c, what);
		close(fd);
	}
	free(ids);
	free(info);
}

static void change_by_hand(int proc, int tree, const struct tree_change *c, const char *what)
{
	int cwd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc < 0)
		msg_die("%s: this kernel has no mount_setattr, and there is no /proc to do without",
			what);
	change_one(proc, tree, c, what);
	if (c->recursive)
		change_below(proc, tree_mount_id(tree), c, what);
	if (cwd >= 0) {
		(void)fchdir(
			cwd); /* only a courtesy: the caller changes directory itself where it matters */
		close(cwd);
	}
}

void tree_change(int proc, int tree, const struct tree_change *c, const char *what)
{
	struct sys_mount_attr attr = {c->set, c->clear, c->propagation, 0};

	if (!c->set && !c->clear && !c->propagation)
		return;
	if (sys_mount_setattr(tree, "", AT_EMPTY_PATH | (c->recursive ? AT_RECURSIVE : 0U),
			      &attr)) {
		if (errno != ENOSYS)
			msg_die_errno("%s: changing the mount's flags", what);
		change_by_hand(proc, tree, c, what);
	}
	if (c->set & MOUNT_ATTR_RDONLY && !tree_is_readonly(tree))
		msg_die("%s: read back: is not read-only", what);
}

/* Targets */

static void check_kind(int fd, const char *path, unsigned flags)
{
	struct stat st;

	if (fstat(fd, &st))
		msg_die_errno("%s", path);
	if (S_ISLNK(st.st_mode))
		msg_die("%s: is a symbolic link in the image", path);
	if (flags & TARGET_DIR && !(flags & TARGET_FILE) && !S_ISDIR(st.st_mode))
		msg_die("%s: is not a directory", path);
	if (flags & TARGET_FILE && !(flags & TARGET_DIR) && S_ISDIR(st.st_mode))
		msg_die("%s: is a directory, its source is not", path);
}

static _Noreturn void cannot_make(const char *path, const char *part)
{
	if (errno == EROFS)
		msg_hint("make it in the image, or set '[rootfs] volatile = overlay'");
	if (errno == EEXIST)
		msg_hint("it is a dangling symbolic link in the image");
	msg_die_errno("%s: making %s", path, part);
}

/* Makes one missing part: never through a link, never over what is there. */
static int make_part(int parent, const char *name, bool dir, const char *path)
{
	int fd;

	if (dir) {
		if (mkdirat(parent, name, 0755))
			cannot_make(path, name);
		fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	} else {
		fd = openat(parent, name,
			    O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY, 0644);
		if (fd < 0)
			cannot_make(path, name);
		close(fd);
		fd = openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	}
	if (fd < 0)
		msg_die_errno("%s", path);
	return fd;
}

/* The path part by part from root; each prefix is resolved anew, so links of the image lead inside. */
static int make(int root, const char *path, unsigned flags)
{
	char *copy = file_dup(path);
	int parent = -1, fd = -1;

	for (char *p = copy; *p;) {
		char *name = p + strspn(p, "/"), *end = name + strcspn(name, "/"), saved = *end;
		bool last = !end[strspn(end, "/")];

		*end = '\0';
		if (!*name)
			break;
		if (!strcmp(name, ".."))
			msg_die("%s: '..' in a target that has to be made", path);
		fd = sys_openat2(root, copy, O_PATH, 0,
				 IN_ROOT |
					 (flags & TARGET_NO_LINKS ? SYS_RESOLVE_NO_SYMLINKS : 0U));
		if (fd < 0 && errno != ENOENT)
			msg_die_errno("%s", path);
		if (fd < 0)
			fd = make_part(parent < 0 ? root : parent, name,
				       !last || flags & TARGET_DIR, path);
		if (parent >= 0)
			close(parent);
		parent = fd;
		*end = saved;
		p = end;
	}
	free(copy);
	return fd;
}

int tree_target(int root, const char *path, unsigned flags)
{
	int fd = sys_openat2(root, path, O_PATH, 0,
			     IN_ROOT | (flags & TARGET_NO_LINKS ? SYS_RESOLVE_NO_SYMLINKS : 0U));

	if (fd < 0 && flags & TARGET_MISSING && (errno == ENOENT || errno == ENOTDIR))
		return -1;
	if (fd < 0 && errno == ENOENT && flags & TARGET_CREATE)
		fd = make(root, path, flags);
	if (fd < 0) {
		if (errno == ELOOP)
			msg_hint("a symbolic link of the image stands there");
		msg_die_errno("%s", path);
	}
	check_kind(fd, path, flags);
	return fd;
}

void tree_cover(int root, const char *path, int tree)
{
	/* mostly a directory on which nothing is mounted */
	int target = sys_openat2(root, path, O_PATH | O_DIRECTORY, 0,
				 IN_ROOT | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);

	if (target < 0) {
		close(tree_target(root, path, TARGET_DIR | TARGET_CREATE | TARGET_NO_LINKS));
		while (!umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW))
			;
		target = tree_target(root, path, TARGET_DIR | TARGET_NO_LINKS);
	}
	tree_attach(tree, target, path);
	close(target);
}
