/*
 * target.c - the namespace to work on, the sockets on both sides, and the privilege that stays.
 *
 * Joining needs CAP_SYS_ADMIN over the namespace's owner. Root has it; an ordinary user gets it by
 * joining the owning user namespace first. In that order alone: the host's socket is opened before,
 * by the credentials that the caller has there.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>

#include "caps.h"
#include "file.h"
#include "msg.h"
#include "proc.h"
#include "state.h"
#include "sys.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

struct target {
	int pidfd, nsfd, userns; /* -1: not had that way */
	const char *what;	 /* for messages */
};

static _Noreturn void die_join(const struct target *t)
{
	if (errno == EPERM)
		proc_explain_closed();
	msg_die_errno("%s: joining its network namespace", t->what);
}

static void join_fd(const struct target *t)
{
	int userns = t->userns;

	if (!sys_setns(t->nsfd, CLONE_NEWNET))
		return;
	if (errno != EPERM)
		die_join(t);
	if (userns < 0)
		userns = ioctl(t->nsfd, NS_GET_USERNS);
	if (userns < 0 || sys_setns(userns, CLONE_NEWUSER) || sys_setns(t->nsfd, CLONE_NEWNET)) {
		errno = EPERM;
		die_join(t);
	}
}

static void join_process(const struct target *t)
{
	if (!proc_setns(t->pidfd, CLONE_NEWNET))
		return;
	if (errno == EPERM && !proc_setns(t->pidfd, CLONE_NEWUSER | CLONE_NEWNET))
		return;
	if (errno == EINVAL) /* its user namespace is our own: that was not what was missing */
		errno = EPERM;
	die_join(t);
}

/* Whether two sockets are of one namespace, without /proc where the kernel can tell (since 5.14). */
static bool same_namespace(int a, int b)
{
	uint64_t ca = 0, cb = 0;
	socklen_t size = sizeof ca;
	struct stat sa, sb;
	int fa, fb;
	bool same;

	if (!getsockopt(a, SOL_SOCKET, SO_NETNS_COOKIE, &ca, &size) &&
	    !getsockopt(b, SOL_SOCKET, SO_NETNS_COOKIE, &cb, &size))
		return ca == cb;
	fa = ioctl(a, SIOCGSKNS);
	fb = ioctl(b, SIOCGSKNS);
	/* one that may not be seen is not the one that was joined */
	same = fa >= 0 && fb >= 0 && !fstat(fa, &sa) && !fstat(fb, &sb) && sa.st_ino == sb.st_ino &&
	       sa.st_dev == sb.st_dev;
	if (fa >= 0)
		close(fa);
	if (fb >= 0)
		close(fb);
	return same;
}

static void open_inside(struct net *net, const struct target *t)
{
	if (t->nsfd >= 0)
		join_fd(t);
	else if (t->pidfd >= 0)
		join_process(t);
	if (netlink_open(&net->inside, NETLINK_ROUTE))
		msg_die_errno("a netlink socket inside");
	net->self = same_namespace(net->host.fd, net->inside.fd);
	net->nsfd = ioctl(net->inside.fd, SIOCGSKNS);
	if (net->nsfd < 0 && errno != EPERM)
		msg_die_errno("%s: its network namespace as a file", t->what);
}

/* The record of a container: its owner's mark, and where its files are. */
static void open_record(struct net *net, const char *name, bool running, struct target *t)
{
	struct state st = {0};
	char *root = state_root(net->conf->target.state_dir);

	if (state_bad_name(name))
		msg_die("%s: %s", name, state_bad_name(name));
	if (!state_open(&st, root, name))
		msg_die("%s: no such container in %s", name, root);
	net->name = st.name;
	net->id = file_dup(st.id);
	net->dir = st.dir;
	t->what = name;
	t->pidfd = running || record_held(net) ? state_init_pidfd(&st) : -1;
	if (running && t->pidfd < 0)
		msg_die_errno("%s: its init", name);
}

static int parse_fd(const char *text)
{
	uint64_t fd;

	if (strncmp(text, "fd:", 3))
		return open(text, O_RDONLY | O_CLOEXEC);
	if (!key_number(text + 3, INT32_MAX, &fd)) {
		errno = EBADF;
		return -1;
	}
	return fcntl((int)fd, F_DUPFD_CLOEXEC, 0);
}

static void check_kind(const struct target *t)
{
	int type = ioctl(t->nsfd, NS_GET_NSTYPE);

	if (type != CLONE_NEWNET)
		msg_die("%s: not a network namespace", t->what);
}

/* What the caller named by options or operand; nothing: its own namespace. */
static void find(struct net *net, char **operands, struct target *t)
{
	const struct target_conf *c = &net->conf->target;

	if (operands[1]) {
		open_record(net, operands[1], strcmp(operands[0], "down") != 0, t);
	} else if (c->netns) {
		t->what = c->netns;
		t->nsfd = parse_fd(c->netns);
		if (t->nsfd < 0)
			msg_die_errno("%s", t->what);
		check_kind(t);
	} else if (c->pidfd >= 0) {
		t->what = file_text("pidfd %d", (int)c->pidfd);
		t->pidfd = (int)c->pidfd;
	} else if (c->pid > 0) {
		t->what = file_text("process %d", (int)c->pid);
		t->pidfd = sys_pidfd_open((pid_t)c->pid, 0);
		if (t->pidfd < 0)
			msg_die_errno("%s", t->what);
	}
}

/* In a step of nsexec all is known. */
static void take_start(struct net *net, const struct start *s, struct target *t)
{
	net->name = s->name;
	net->id = s->id;
	net->dir = s->dir;
	net->undo = s->undo;
	net->joined = s->joined & CLONE_NEWNET;
	t->what = s->name;
	t->nsfd = s->netns;
	t->userns = s->userns;
}

/* A start that shares the host's network leaves it as it is. */
static void check_shared(struct net *net)
{
	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		if (link_types[l->type].flags & LINK_INSIDE)
			msg_die("[net.%s]: needs a network namespace of the container's own: [namespaces] net",
				l->name);
	}
	net->leave = true;
}

static void open_directories(struct net *net, const struct start *start)
{
	const char *dir = net->conf->target.dir;
	const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

	if (dir)
		net->dir = open(dir, flags);
	if (dir && net->dir < 0)
		msg_die_errno("--dir %s", dir);
	/* before a user namespace is joined, in which we may be root */
	net->root = state_root(net->conf->target.state_dir);
	if (net->id)
		net->lock = openat(start ? start->dir : net->dir, "..", flags);
	if (net->lock < 0 && net->id)
		msg_die_errno("the state directory");
}

/* What the sockets let us do is judged by the opener's and by the sender's capabilities. */
static void drop_privilege(const struct net *net)
{
	const uint64_t needed = UINT64_C(1) << CAP_NET_ADMIN;
	struct caps c;

	caps_read_own(&c);
	/* what nft goes back to the host's namespace with is out of effect until then */
	c.permitted &= net->hostfd >= 0 ? needed | UINT64_C(1) << CAP_SYS_ADMIN : needed;
	c.effective &= needed;
	c.inheritable = c.ambient = 0;
	caps_apply(&c);
}

void target_open(struct net *net, char **operands, const struct start *start)
{
	struct target t = {-1, -1, -1, "the caller"};
	bool down = !strcmp(operands[0], "down");

	if (net->conf->ini && net->conf->ini->file)
		net->name = applet_container_name(net->conf->ini);
	if (start && !operands[1])
		take_start(net, start, &t);
	else
		find(net, operands, &t);
	open_directories(net, start);
	if (netlink_open(&net->host, NETLINK_ROUTE))
		msg_die_errno("a netlink socket");
	net->inside.fd = -1;
	if (!strcmp(operands[0], "up")) {
		nat_host(net);
		usermode_start(net, start && !operands[1] ? start->pidfd : t.pidfd);
	} else if (down && net->id && nft_there(net->dir)) {
		net->hostfd = ioctl(net->host.fd, SIOCGSKNS);
	} else if (!strcmp(operands[0], "check") && net->id && nat_key(net->conf)) {
		nat_way_back(net);
	}
	/* by the record: nothing inside is needed but to move a device back, and nothing may be there */
	if (!(down && net->id) || t.nsfd >= 0 || t.pidfd >= 0)
		open_inside(net, &t);
	if (start && net->self)
		check_shared(net);
	drop_privilege(net);
}
