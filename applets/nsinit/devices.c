/*
 * devices.c - /dev: a tmpfs with the few nodes of S64, devpts, shm and mqueue.
 *
 * Who may make nodes (the monitor, as the machine's root) does so on a detached tmpfs, owned by the
 * container's root; who may not binds the host's nodes onto empty files.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "proc.h"
#include "sys.h"
#include "tree.h"

void devices_each(const struct nsinit_conf *c, void (*each)(const struct node *, void *), void *arg)
{
	for (const struct node *d = node_default; c->devices.defaults == 1 && d->path; d++) {
		bool replaced = false;

		LIST_EACH(struct node, n, c->devices.nodes)
		replaced |= !strcmp(n->path, d->path);
		if (!replaced)
			each(d, arg);
	}
	LIST_EACH(struct node, n, c->devices.nodes)
	each(n, arg);
}

static bool has_shm(const struct nsinit_conf *c)
{
	return c->mounts.shm_size != SIZE_UNSET && c->mounts.shm_size;
}

/* Whoever makes it: root of the container shall have it. */
static void give(int dir, const char *name, uint32_t uid, uint32_t gid)
{
	if ((uid != geteuid() || gid != getegid()) &&
	    fchownat(dir, name, uid, gid, AT_SYMLINK_NOFOLLOW))
		msg_die_errno("/dev: %s", name);
}

/* What is no device: links, and where file systems are mounted. */
static void furnish(const struct nsinit_conf *c, int dev, uint32_t uid, uint32_t gid)
{
	const char *dirs[] = {c->mounts.devpts == 1 ? "pts" : NULL, has_shm(c) ? "shm" : NULL,
			      c->mounts.mqueue == 1 ? "mqueue" : NULL};

	for (size_t i = 0; node_links[i][0]; i++) {
		if (symlinkat(node_links[i][1], dev, node_links[i][0]))
			msg_die_errno("/dev/%s", node_links[i][0]);
		give(dev, node_links[i][0], uid, gid);
	}
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		if (!dirs[i])
			continue;
		if (mkdirat(dev, dirs[i], 0755) && errno != EEXIST)
			msg_die_errno("/dev/%s", dirs[i]);
		give(dev, dirs[i], uid, gid);
	}
}

/* The tmpfs of who may make nodes */

struct making {
	int dev;
	uint32_t uid, gid; /* of the host: the container's root */
	const struct start *start;
	char uid_map[4096], gid_map[4096];
	bool refused;
};

/* The next number of a map's line, false at its end. */
static bool next_number(const char **p, uint64_t *out)
{
	char digits[12];
	size_t n;

	*p += strspn(*p, " ");
	n = strcspn(*p, " \n");
	if (!n || n >= sizeof digits)
		return false;
	memcpy(digits, *p, n);
	digits[n] = '\0';
	*p += n;
	return key_number(digits, ID_UNSET, out);
}

/* The host's id of one inside; dies when it is not mapped. */
static uint32_t outside(const struct making *m, const char *map, uint32_t id)
{
	uint64_t first, out, count;

	if (!m->start->mapped)
		return id;
	while (next_number(&map, &first) && next_number(&map, &out) && next_number(&map, &count)) {
		if (id >= first && id - first < count)
			return (uint32_t)(out + (id - first));
		map += strcspn(map, "\n");
		map += *map == '\n';
	}
	msg_die("/dev: id %u has no mapping in the user namespace: see [idmap]", id);
}

static void read_maps(struct making *m)
{
	char path[40];
	pid_t pid;

	if (!m->start->mapped)
		return;
	pid = proc_pidfd_pid(m->start->pidfd);
	snprintf(path, sizeof path, "/proc/%d/uid_map", (int)pid);
	if (pid <= 0 || file_read(AT_FDCWD, path, m->uid_map, sizeof m->uid_map) < 0)
		msg_die_errno("/dev: the uid map of the container");
	snprintf(path, sizeof path, "/proc/%d/gid_map", (int)pid);
	if (file_read(AT_FDCWD, path, m->gid_map, sizeof m->gid_map) < 0)
		msg_die_errno("/dev: the gid map of the container");
}

/* Opens the directory of a node in /dev, making it; the last part of the path goes to *name. */
static int parent_of(int dev, const char *path, const char **name, uint32_t uid, uint32_t gid)
{
	const char *p = path + strlen("/dev/"), *slash;
	int dir = dup(dev);

	while (dir >= 0 && (slash = strchr(p, '/'))) {
		char *part = file_text("%.*s", (int)(slash - p), p);
		int next;

		if (!mkdirat(dir, part, 0755))
			(void)fchownat(dir, part, uid, gid,
				       AT_SYMLINK_NOFOLLOW); /* root's already when alone */
		next = openat(dir, part, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		close(dir);
		dir = next;
		p = slash + 1;
	}
	*name = p;
	if (dir < 0)
		msg_die_errno("%s", path);
	return dir;
}

static void make_node(const struct node *n, void *arg)
{
	struct making *m = arg;
	mode_t type = n->type == 'b' ? S_IFBLK : S_IFCHR,
	       mode = n->mode == ID_UNSET ? 0666 : n->mode;
	dev_t number = makedev(n->major, n->minor);
	const char *name;
	struct stat st;
	int dir, failed;
	mode_t mask;

	if (m->refused)
		return;
	if (!n->type) {
		node_stat("node", n->path, &st);
		type = st.st_mode & S_IFMT;
		mode = st.st_mode & 07777;
		number = st.st_rdev;
	}
	dir = parent_of(m->dev, n->path, &name, m->uid, m->gid);
	mask = umask(0);
	failed = mknodat(dir, name, type | mode, number);
	umask(mask);
	if (failed) {
		if (errno != EPERM)
			msg_die_errno("[devices] node: %s", n->path);
		m->refused = true;
	} else {
		give(dir, name, outside(m, m->uid_map, n->uid), outside(m, m->gid_map, n->gid));
	}
	close(dir);
}

int devices_tmpfs(const struct nsinit_conf *c, const struct start *start)
{
	struct making m = {.start = start};
	char *options;

	/* a tmpfs that is made inside a user namespace is nodev whatever its nodes are */
	if (start->made & CLONE_NEWUSER && !start->mapped)
		return -1;
	read_maps(&m);
	m.uid = outside(&m, m.uid_map, 0);
	m.gid = outside(&m, m.gid_map, 0);
	options = file_text("mode=0755,size=65536k,uid=%u,gid=%u", m.uid, m.gid);
	m.dev = tree_fs("tmpfs", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (m.dev < 0)
		msg_die_errno("/dev: tmpfs");
	devices_each(c, make_node, &m);
	if (!m.refused)
		furnish(c, m.dev, m.uid, m.gid);
	if (!m.refused)
		return m.dev;
	close(m.dev);
	return -1;
}

/* Inside */

static void bind_node(const struct node *n, void *arg)
{
	struct inside *in = arg;
	int tree = sources_take(in), dir, fd;
	struct tree_change flags = {.set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC};
	const char *name;

	dir = parent_of(in->dev, n->path, &name, 0, 0);
	fd = openat(dir, name, O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		msg_die_errno("%s", n->path);
	close(fd);
	fd = openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		msg_die_errno("%s", n->path);
	tree_attach(tree, fd, n->path);
	tree_change(in->proc, tree, &flags, n->path);
	close(fd);
	close(dir);
	close(tree);
}

static void private_dev(struct inside *in)
{
	bool bound;

	in->dev = sources_take(in);
	bound = in->dev < 0;
	if (bound)
		in->dev = tree_fs("tmpfs", "mode=0755,size=65536k",
				  MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (in->dev < 0)
		msg_die_errno("/dev: tmpfs");
	tree_cover(in->root, "/dev", in->dev);
	if (!bound)
		return;
	devices_each(in->conf, bind_node, in);
	furnish(in->conf, in->dev, geteuid(), getegid());
}

static int mount_at(struct inside *in, const char *path, int tree)
{
	int target = tree_target(in->root, path, TARGET_DIR | TARGET_CREATE | TARGET_NO_LINKS);

	tree_attach(tree, target, path);
	close(target);
	return tree;
}

/* The group that terminals belong to, by the image's own group file; without it, as no such id is mapped. */
static void mount_devpts(struct inside *in)
{
	gid_t tty = identity_gid(in->root, "tty", 5);
	char *options = file_text("newinstance,ptmxmode=0666,mode=0620,gid=%u", tty);
	int fs = tree_fs("devpts", options, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);

	if (fs < 0 && errno == EINVAL)
		fs = tree_fs("devpts", "newinstance,ptmxmode=0666,mode=0620",
			     MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (fs < 0)
		msg_die_errno("/dev/pts: devpts");
	in->devpts = mount_at(in, "/dev/pts", fs);
}

static void mount_shm(struct inside *in)
{
	const uint64_t flags = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	uint64_t size = in->conf->mounts.shm_size;
	int fs;

	if (!has_shm(in->conf))
		return;
	fs = tree_fs("tmpfs",
		     size == SIZE_NO_LIMIT
			     ? "mode=1777"
			     : file_text("mode=1777,size=%llu", (unsigned long long)size),
		     flags);
	if (fs < 0)
		msg_die_errno("/dev/shm: tmpfs");
	close(mount_at(in, "/dev/shm", fs));
}

static void mount_mqueue(struct inside *in)
{
	int fs = tree_fs("mqueue", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);

	if (fs < 0) {
		if (errno == EPERM)
			msg_hint(
				"mqueue belongs to the ipc namespace: make that private, or set [mounts] mqueue = no");
		if (errno == ENODEV)
			msg_hint("the kernel has no CONFIG_POSIX_MQUEUE: set [mounts] mqueue = no");
		msg_die_errno("/dev/mqueue: mqueue");
	}
	close(mount_at(in, "/dev/mqueue", fs));
}

/* For masks over files: our own node where there is one, never what an image calls null. */
static void find_null(struct inside *in)
{
	if (in->null >= 0)
		close(in->null);
	in->null = openat(in->dev, "null", O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

void devices_setup(struct inside *in)
{
	const struct mounts_conf *c = &in->conf->mounts;

	if (c->dev == DEV_PRIVATE) {
		private_dev(in);
	} else if (c->dev == DEV_HOST) {
		int tree = sources_take(in);

		tree_cover(in->root, "/dev", tree);
		close(tree);
	}
	if (c->dev == DEV_NO)
		return;
	if (c->devpts == 1)
		mount_devpts(in);
	mount_shm(in);
	if (c->mqueue == 1)
		mount_mqueue(in);
	if (c->dev == DEV_PRIVATE)
		find_null(in);
}

void devices_finish(struct inside *in)
{
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY};

	if (in->dev >= 0 && in->conf->root.readonly == 1)
		tree_change(in->proc, in->dev, &ro, "/dev");
}
