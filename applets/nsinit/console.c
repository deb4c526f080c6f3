/*
 * console.c - the terminal: a pty of the container's own devpts.
 *
 * The master goes to the monitor, which relays; the slave becomes fds 0-2, COMMAND's controlling
 * terminal and /dev/console.  The slave comes from the master by TIOCGPTPEER: no path is walked, so
 * nothing that an image put at /dev/pts/0 or /dev/console is ever opened.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "msg.h"
#include "nsinit.h"
#include "sync.h"
#include "sys.h"
#include "tree.h"

#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

const struct key exec_keys[] = {
	{"command" OPTION("")
		 HELP("the program and its arguments, where the command line has none"),
	 KEY_FIELD(struct exec_conf, command, argv)},
	{"tty" BARE("yes") DEFAULT("auto") WORDS("auto|yes|no")
		 HELP("a terminal of its own: yes, no; auto: where standard input is one"),
	 KEY_FIELD(struct exec_conf, tty, enum)},
	{"new-session" DEFAULT("yes") HELP("setsid: the caller's terminal is out of reach"),
	 KEY_FIELD(struct exec_conf, new_session, boolean)},
	{0},
};

static bool wanted(const struct inside *in)
{
	int tty = in->conf->exec.tty;

	if (tty < 0 || tty == TTY_NO)
		return false;
	if (tty == TTY_YES)
		return true;
	return in->start->sync >= 0 && in->devpts >= 0 && isatty(0);
}

static int open_master(const struct inside *in)
{
	int master = openat(in->devpts, "ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NOFOLLOW),
	    unlock = 0;

	if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock))
		msg_die_errno("/dev/pts: a new terminal");
	return master;
}

/* Of its user, as login(1) would; a tty group that is not mapped stays. */
static void give(int slave, uid_t uid)
{
	if (fchown(slave, uid, (gid_t)-1))
		msg_die_errno("/dev/pts: giving the terminal to uid %u", uid);
}

static void bind_console(const struct inside *in, int slave)
{
	int target, tree;

	if (in->dev < 0)
		return;
	target = openat(in->dev, "console", O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			0600);
	if (target < 0)
		msg_die_errno("/dev/console");
	close(target);
	target = openat(in->dev, "console", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	tree = tree_clone_or_die(slave, "", false, "/dev/console");
	tree_attach(tree, target, "/dev/console");
	close(tree);
	close(target);
}

bool console_setup(struct inside *in, uid_t uid)
{
	int master, slave;

	if (!wanted(in))
		return false;
	if (in->devpts < 0)
		msg_die("[exec] tty: needs '[mounts] devpts = yes'");
	if (in->start->sync < 0)
		msg_die("[exec] tty: nobody is there to relay a terminal: start it by nsexec");
	master = open_master(in);
	slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (slave < 0)
		msg_die_errno("/dev/pts: a new terminal");
	give(slave, uid);
	bind_console(in, slave);
	if (sync_send_fds(in->start->sync, SYNC_CONSOLE, &master, 1))
		msg_die_errno("handing the terminal to the monitor");
	close(master);
	for (int fd = 0; fd < 3; fd++)
		if (dup2(slave, fd) != fd)
			msg_die_errno("the terminal as fd %d", fd);
	close(slave);
	return true;
}

void console_session(const struct exec_conf *c, bool pty)
{
	if ((pty || c->new_session == 1) && setsid() < 0) {
		msg_hint("run it by nsexec, or with --reap, or with --new-session=no");
		msg_die_errno(
			"[exec] new-session: this process leads a group of the caller's already");
	}
	if (pty && ioctl(0, TIOCSCTTY, 0))
		msg_die_errno("[exec] tty: the controlling terminal");
}
