/*
 * join.c - the namespaces of others: opened before anything is made, joined by the stage.
 *
 * A container is joined by one setns of its init's pidfd, identity checked before and life after;
 * files and fds one by one.  What cannot be joined before the user namespace (its owner's
 * privilege is needed) is joined after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

#define NS_GET_NSTYPE _IO(0xb7, 0x3)

struct join {
	int fd[8];	  /* of namespace_table's rows given by path or fd; -1 */
	int pidfd;	  /* of the container's init; -1: none */
	unsigned flags;	  /* what is taken from it */
	const char *name; /* of that container */
	unsigned all;	  /* every kind that is joined in either way */
};

static void open_container(struct join *j, const struct run *r, const char *name)
{
	struct state other = {0};

	if (j->name && strcmp(j->name, name))
		msg_die("[namespaces]: container:%s and container:%s: one container at most can be joined",
			j->name, name);
	if (j->name)
		return;
	if (!state_open(&other, state_root(r->conf->container.state_dir), name))
		msg_die("container:%s: %s", name,
			errno == ENOENT ? "there is no such container" : strerror(errno));
	j->pidfd = state_init_pidfd(&other);
	if (j->pidfd < 0)
		msg_die("container:%s: %s", name,
			errno == ESRCH ? "is not running" : strerror(errno));
	state_close(&other);
	j->name = name;
}

static int open_file(const struct namespace *n, const struct nsspec *ns)
{
	int fd = ns->kind == NS_FD ? fcntl(ns->fd, F_DUPFD_CLOEXEC, 3)
				   : open(ns->text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	int type;

	if (fd < 0 && ns->kind == NS_FD)
		msg_die_errno("[namespaces] %s: fd:%d", n->word, ns->fd);
	if (fd < 0)
		msg_die_errno("[namespaces] %s: %s", n->word, ns->text);
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0 || (unsigned)type != n->flag)
		msg_die("[namespaces] %s: this is not a %s namespace", n->word, n->word);
	return fd;
}

void join_open(struct run *r)
{
	const struct namespaces_conf *c = &r->conf->namespaces;
	struct join *j = file_alloc(sizeof *j);

	j->pidfd = -1;
	for (size_t i = 0; namespace_table[i].word; i++) {
		const struct namespace *n = &namespace_table[i];
		const struct nsspec *ns = namespace_spec(c, n);

		j->fd[i] = -1;
		if (ns->kind == NS_CONTAINER) {
			open_container(j, r, ns->text);
			j->flags |= n->flag;
		} else if (ns->kind == NS_PATH || ns->kind == NS_FD) {
			j->fd[i] = open_file(n, ns);
		} else {
			continue;
		}
		j->all |= n->flag;
	}
	if (!j->all)
		return;
	/* a namespace of another container belongs to that one's user namespace: so must its new user */
	if (j->flags & (CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWPID) && r->make & CLONE_NEWUSER) {
		if (c->user.kind == NS_PRIVATE)
			msg_die("[namespaces] user: private, while another is container:%s: share its user "
				"namespace too",
				j->name);
		r->make &= ~(unsigned)CLONE_NEWUSER;
		j->flags |= CLONE_NEWUSER;
		j->all |= CLONE_NEWUSER;
	}
	r->join = j;
	r->start.joined = j->all;
}

/* setns(2) of one's own user namespace is EINVAL: it is joined already. */
static bool is_own(unsigned flags)
{
	return flags & CLONE_NEWUSER && errno == EINVAL;
}

static bool join_container(const struct join *j)
{
	unsigned others = j->flags & ~(unsigned)CLONE_NEWUSER;

	return !proc_setns(j->pidfd, j->flags) ||
	       (is_own(j->flags) && (!others || !proc_setns(j->pidfd, others)));
}

static bool join_file(const struct run *r, size_t i, bool may_fail)
{
	const struct namespace *n = &namespace_table[i];

	if (!sys_setns(r->join->fd[i], (int)n->flag) || is_own(n->flag))
		return true;
	if (!may_fail || errno != EPERM)
		msg_die_errno("[namespaces] %s: join", n->word);
	return false;
}

void join_all(const struct run *r)
{
	const struct join *j = r->join;
	bool left[8] = {false};

	if (j->flags) {
		if (!join_container(j)) {
			if (errno == EPERM && j->flags & CLONE_NEWUSER)
				proc_explain_closed();
			msg_die_errno("container:%s: join", j->name);
		}
		if (!proc_alive(j->pidfd))
			msg_die("container:%s: has ended", j->name);
	}
	for (size_t i = 1; namespace_table[i].word; i++) /* row 0 is the user namespace */
		left[i] = j->fd[i] >= 0 && !join_file(r, i, j->fd[0] >= 0);
	if (j->fd[0] >= 0)
		join_file(r, 0, false);
	for (size_t i = 1; namespace_table[i].word; i++)
		if (left[i])
			join_file(r, i, false);
}
