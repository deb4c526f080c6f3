/*
 * sources.c - what the inside needs of the host, opened by the privileged monitor in the host's mount
 * namespace and handed over as detached mounts, so that nsinit only attaches: a rootfs below a
 * 0700 directory, device nodes and the record's DNS files work with a user namespace too, and no
 * path of the image is ever followed as the host's root.
 *
 * The order is fixed and both sides go through it alike:
 *   root  proc, sys where bound  dev, or an absent one and each node  each bind
 *   late: resolv.conf hosts, which the steps of the window have made
 * An object that is absent and may be is an eventfd: nothing that has a path can be one.
 */
#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "msg.h"
#include "nsinit.h"
#include "sync.h"
#include "sys.h"
#include "tree.h"

struct opened {
	const struct nsinit_conf *conf;
	int *fds;
	int n, max;
};

static void push(struct opened *o, int fd)
{
	if (o->n == o->max)
		msg_die("[mounts]: more than %d objects of the host", o->max);
	o->fds[o->n++] = fd;
}

static void push_absent(struct opened *o)
{
	int fd = eventfd(0, EFD_CLOEXEC);

	if (fd < 0)
		msg_die_errno("eventfd");
	push(o, fd);
}

/*
 * A clone of a host's mount is still a member of its peer group: what is mounted in one appears in the other.
 * Cut it off before anything is done with it; without mount_setattr nsinit does so when it is attached.
 */
static void cut_off(int tree, unsigned long propagation, const char *what)
{
	struct sys_mount_attr attr = {.propagation = propagation};

	if (propagation != MS_SHARED &&
	    sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr) && errno != ENOSYS)
		msg_die_errno("%s: making the clone private", what);
}

static void push_tree(struct opened *o, const char *path, bool recursive, unsigned long propagation)
{
	int tree = tree_clone_or_die(AT_FDCWD, path, recursive, path);

	cut_off(tree, propagation, path);
	push(o, tree);
}

static void push_root(struct opened *o)
{
	const struct root_conf *c = &o->conf->root;
	struct stat st;

	if (!c->path)
		return;
	if (stat(c->path, &st))
		msg_die_errno("[rootfs] path: %s", c->path);
	if (!S_ISDIR(st.st_mode))
		msg_die("[rootfs] path: %s: is not a directory", c->path);
	push_tree(o, c->path, true,
		  c->propagation == PROPAGATION_SLAVE || c->propagation == PROPAGATION_SHARED
			  ? MS_SLAVE
			  : MS_PRIVATE);
}

/* Without the right to make nodes: the host's own node of that path, which must be the same device. */
static void push_node(const struct node *n, void *arg)
{
	struct opened *o = arg;
	struct stat st;

	node_stat("node", n->path, &st);
	if (n->type && (st.st_rdev != makedev(n->major, n->minor) ||
			(n->type == 'c') != !!S_ISCHR(st.st_mode)))
		msg_die("[devices] node: %s: is another device on the host, and making one needs root",
			n->path);
	push_tree(o, n->path, false, MS_PRIVATE);
}

static void push_dev(struct opened *o, const struct start *start)
{
	int dev;

	if (o->conf->mounts.dev == DEV_HOST)
		push_tree(o, "/dev", true, MS_PRIVATE);
	if (o->conf->mounts.dev != DEV_PRIVATE)
		return;
	dev = devices_tmpfs(o->conf, start);
	if (dev >= 0) {
		push(o, dev);
		return;
	}
	push_absent(o);
	devices_each(o->conf, push_node, o);
}

static void push_bind(struct opened *o, const struct item *i)
{
	int tree;

	if (!i->source)
		return;
	tree = tree_clone(AT_FDCWD, i->source, !i->single);
	if (tree < 0 && i->try && (errno == ENOENT || errno == ENOTDIR)) {
		push_absent(o);
		return;
	}
	if (tree < 0)
		tree = tree_clone_or_die(AT_FDCWD, i->source, !i->single, i->source);
	cut_off(tree, i->propagation, i->source);
	push(o, tree);
}

/* Files that nsnet wrote into the record, by its fd: present or not. */
static void push_record(struct opened *o, const struct start *start, const char *name)
{
	int tree = start->dir < 0 ? -1 : tree_clone(start->dir, name, false);

	if (tree < 0 && (start->dir < 0 || errno == ENOENT)) {
		push_absent(o);
		return;
	}
	if (tree < 0)
		msg_die_errno("%s", name);
	cut_off(tree, MS_PRIVATE, name);
	push(o, tree);
}

/* What the steps of the window have made, when it is over. */
static void push_late(struct opened *o, const struct start *start)
{
	if (!o->conf->root.path)
		return;
	push_record(o, start, "net.resolv");
	push_record(o, start, "net.hosts");
	push_record(o, start, "net.hosts-auto");
}

int sources_open(const void *conf, const struct start *start, bool late, int *fds, int max)
{
	struct opened o = {.conf = conf, .fds = fds, .max = max};

	if (late) {
		push_late(&o, start);
		return o.n;
	}
	push_root(&o);
	if (o.conf->mounts.proc == API_BIND)
		push_tree(&o, "/proc", true, MS_PRIVATE);
	if (o.conf->mounts.sys == API_BIND)
		push_tree(&o, "/sys", true, MS_PRIVATE);
	push_dev(&o, start);
	LIST_EACH(struct item, i, o.conf->mounts.items)
	push_bind(&o, i);
	return o.n;
}

static void receive(const struct inside *in, struct sync_message *m, enum sync_token due)
{
	m->nfds = 0;
	if (in->start->sync < 0)
		return;
	if (sync_recv(in->start->sync, m))
		msg_die_errno("waiting for %s", sync_name(due));
	if (m->token != due)
		_exit(EXIT_FAILED); /* the monitor is gone, or has given up and said why */
}

void sources_receive(struct inside *in)
{
	static struct sync_message m; /* its fds stay in use */

	receive(in, &m, SYNC_SOURCES);
	in->sources = (struct sources){m.fds, m.nfds, 0};
	in->given = m.nfds > 0;
}

void sources_wait_run(const struct inside *in)
{
	static struct sync_message m; /* large for the stack of a process that shares it */

	receive(in, &m, SYNC_RUN);
}

void sources_wait_go(struct inside *in)
{
	static struct sync_message m;

	receive(in, &m, SYNC_GO);
	if (in->given)
		in->sources = (struct sources){m.fds, m.nfds, 0};
}

int sources_take(struct inside *in)
{
	struct sources *s = &in->sources;
	struct stat st;
	int fd;

	if (s->next == s->n)
		msg_die("the monitor handed over too few mounts");
	fd = s->fds[s->next++];
	if (fstat(fd, &st))
		msg_die_errno("a mount of the host");
	if (st.st_mode & S_IFMT)
		return fd;
	close(fd);
	return -1;
}
