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

static const char *parse_node(const struct key *, const char *, const struct origin *, void *);
static char *print_node(const struct key *, const void *);
static void unset_node(void *value)
{
	*(struct node *)value = (struct node){0};
}

const struct type type_node = {.name = "NODE",
			       .size = sizeof(struct node),
			       .parse = parse_node,
			       .print = print_node,
			       .unset = unset_node,
			       .words = true};

const struct key devices_keys[] = {
	{"devices", "default", KEY_FIELD(struct devices_conf, defaults, boolean),
	 .option = "devices-default", .def = "yes",
	 .help = "null zero full tty random urandom in a private /dev"},
	{"devices", "node", KEY_FIELD(struct devices_conf, nodes, node), .flags = KEY_LIST,
	 .arg = "PATH|'PATH c|b MAJOR MINOR [MODE [UID:GID]]'",
	 .help = "one more node in a private /dev; a path alone copies the host's node"},
	{0},
};

const struct node devices_default[] = {
	{"/dev/null", 'c', 1, 3, 0666, 0, 0},
	{"/dev/zero", 'c', 1, 5, 0666, 0, 0},
	{"/dev/full", 'c', 1, 7, 0666, 0, 0},
	{"/dev/tty", 'c', 5, 0, 0666, 0, 0},
	{"/dev/random", 'c', 1, 8, 0666, 0, 0},
	{"/dev/urandom", 'c', 1, 9, 0666, 0, 0},
	{0},
};

static const char *const links[][2] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},
};

/* Directories that are ours in a private /dev. */
static const char *const taken[] = {"pts", "shm", "mqueue", "console", NULL};

/* "/dev/x/y": below /dev, no empty part, no dots, none of ours. */
static const char *bad_path(const char *path)
{
	const char *p = path + 4;

	if (strncmp(path, "/dev/", 5))
		return key_phrase("'%s' is not below /dev/", path);
	while (*p == '/') {
		size_t n = strcspn(++p, "/");

		if (!n || (n == 1 && *p == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return key_phrase("'%s' is not a plain path", path);
		for (size_t i = 0; taken[i] && p == path + 5; i++)
			if (n == strlen(taken[i]) && !strncmp(p, taken[i], n))
				return key_phrase("'%s' is not for a node", path);
		for (size_t i = 0; i < sizeof links / sizeof *links && p == path + 5; i++)
			if (n == strlen(links[i][0]) && !strncmp(p, links[i][0], n))
				return key_phrase("'%s' is a link of a private /dev", path);
		p += n;
	}
	return NULL;
}

static const char *parse_numbers(char **word, struct node *n)
{
	uint64_t major, minor;

	if (strcmp(word[0], "c") && strcmp(word[0], "b"))
		return key_phrase("'%s' is neither c nor b", word[0]);
	if (!word[1] || !word[2])
		return "PATH c|b MAJOR MINOR is wanted";
	if (!key_number(word[1], 4095, &major) || !key_number(word[2], 1048575, &minor))
		return key_phrase("'%s %s' are not device numbers", word[1], word[2]);
	n->type = word[0][0];
	n->major = (uint32_t)major;
	n->minor = (uint32_t)minor;
	return NULL;
}

static const char *parse_owner(const char *text, const struct origin *o, struct node *n)
{
	char *copy = file_dup(text), *colon = strchr(copy, ':');
	const char *phrase;

	if (!colon)
		return key_phrase("'%s' is not UID:GID", text);
	*colon = '\0';
	phrase = type_id.parse(NULL, copy, o, &n->uid);
	return phrase ? phrase : type_id.parse(NULL, colon + 1, o, &n->gid);
}

static const char *parse_node(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	struct node *n = out;
	const char *phrase = NULL;
	char **word = key_words(text, &phrase);
	size_t words = 0;

	*n = (struct node){.mode = ID_UNSET};
	if (!word)
		return phrase;
	while (word[words])
		words++;
	if (!words || words > 6)
		return "PATH, or PATH c|b MAJOR MINOR [MODE [UID:GID]] is wanted";
	n->path = word[0];
	phrase = bad_path(n->path);
	if (!phrase && words > 1)
		phrase = parse_numbers(word + 1, n);
	if (!phrase && words > 4)
		phrase = type_mode.parse(k, word[4], o, &n->mode);
	if (!phrase && words > 5)
		phrase = parse_owner(word[5], o, n);
	return phrase;
}

static char *print_node(const struct key *k, const void *value)
{
	const struct node *n = value;
	char *path[] = {n->path, NULL};

	(void)k;
	if (!n->path)
		return NULL;
	if (!n->type)
		return key_quote(path);
	if (n->mode == ID_UNSET)
		return file_text("%s %c %u %u", key_quote(path), n->type, n->major, n->minor);
	return file_text("%s %c %u %u %04o %u:%u", key_quote(path), n->type, n->major, n->minor,
			 n->mode, n->uid, n->gid);
}

void devices_each(const struct nsinit_conf *c, void (*each)(const struct node *, void *), void *arg)
{
	for (const struct node *d = devices_default; c->devices.defaults == 1 && d->path; d++) {
		bool replaced = false;

		LIST_EACH(struct node, n, c->devices.nodes)
		replaced |= !strcmp(n->path, d->path);
		if (!replaced)
			each(d, arg);
	}
	LIST_EACH(struct node, n, c->devices.nodes)
	each(n, arg);
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
	int dir;

	if (m->refused)
		return;
	if (!n->type) {
		if (stat(n->path, &st))
			msg_die_errno("[devices] node: %s", n->path);
		type = st.st_mode & S_IFMT;
		if (type != S_IFCHR && type != S_IFBLK)
			msg_die("[devices] node: %s: is not a device node on the host", n->path);
		mode = st.st_mode & 07777;
		number = st.st_rdev;
	}
	dir = parent_of(m->dev, n->path, &name, m->uid, m->gid);
	if (mknodat(dir, name, type | mode, number)) {
		if (errno != EPERM)
			msg_die_errno("[devices] node: %s", n->path);
		m->refused = true;
	} else if (fchmodat(dir, name, mode, 0) ||
		   fchownat(dir, name, outside(m, m->uid_map, n->uid),
			    outside(m, m->gid_map, n->gid), AT_SYMLINK_NOFOLLOW)) {
		msg_die_errno("[devices] node: %s", n->path);
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

static void make_links(const struct inside *in)
{
	for (size_t i = 0; i < sizeof links / sizeof *links; i++)
		if (symlinkat(links[i][1], in->dev, links[i][0]))
			msg_die_errno("/dev/%s", links[i][0]);
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
	if (bound)
		devices_each(in->conf, bind_node, in);
	make_links(in);
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

	if (size == SIZE_UNSET || !size)
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
