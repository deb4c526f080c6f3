/*
 * join.c - into the namespaces, in this process.
 */
#include <errno.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include "msg.h"
#include "nsenter.h"
#include "proc.h"
#include "sys.h"

static void explain_setns(unsigned flags)
{
	if (errno == EPERM && flags & CLONE_NEWUSER)
		msg_hint("only the owner of a user namespace and root outside may enter it");
	else if (errno == EPERM)
		msg_hint("an ordinary user must enter the user namespace that owns it as well: -U");
	else if (errno == EINVAL)
		msg_hint("it may be of another kind, or of a parent of our namespaces");
}

static void join_target(const struct target *t, unsigned flags)
{
	if (flags == 0)
		return;
	if (sys_setns(t->pidfd, (int)flags) == -1) {
		explain_setns(flags);
		msg_die_errno("enter the namespaces of %s", t->name ? t->name : "the target");
	}
}

/* true when it was joined */
static bool join_file(struct target *t, size_t i)
{
	if (sys_setns(t->files[i], (int)namespace_table[i].flag) == -1)
		return false;
	close(t->files[i]);
	t->files[i] = -1;
	return true;
}

/*
 * The files.  A caller with privilege joins user namespaces last, while it still has it; one without gets
 * it from there: what failed at first is tried again at last.
 */
static void join_files(struct target *t, bool last)
{
	for (size_t i = 0; namespace_table[i].word; i++) {
		bool user = namespace_table[i].flag == CLONE_NEWUSER;

		if (t->files[i] == -1 || (user && !last))
			continue;
		if (join_file(t, i) || !last)
			continue;
		explain_setns(namespace_table[i].flag);
		msg_die_errno("enter the %s namespace", namespace_table[i].word);
	}
}

static bool is_root(int fd)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat("/", &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static void change_root(int *fd, const char *what)
{
	if (*fd == -1)
		return;
	if (!is_root(*fd) && (fchdir(*fd) == -1 || chroot(".") == -1 || chdir("/") == -1))
		msg_die_errno("%s", what);
	close(*fd);
	*fd = -1;
}

void join_namespaces(struct target *t, const struct enter_conf *conf)
{
	join_files(t, false);
	join_target(t, t->flags);
	join_files(t, true);
	if (t->pidfd != -1 && !proc_alive(t->pidfd))
		msg_die("%s: ended while we entered", t->name ? t->name : "the target");
	change_root(&t->root, "change the root directory");
	if (t->wd != -1 && fchdir(t->wd) == -1)
		msg_die_errno("--wd %s", conf->opt.wd);
	if (t->wd != -1)
		close(t->wd);
	t->wd = -1;
}
