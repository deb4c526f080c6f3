/*
 * nsinit.c - the inside of a container, or of whatever namespaces it is started in, and PID 1 there.
 *
 *  1 fds, stdio     before anything is opened: what the caller holds must not be found by what follows
 *  2 signals, keyring, dumpable: the caller's do not reach COMMAND, and none of its kind looks into us
 *  3 sources        host objects, while the host can still be reached (a privileged monitor has opened
 *                   them already); a new proc and sysfs, which the kernel grants beside a visible one only
 *  4 host name      a namespace of its own: independent of all else
 *  5 root           pivot, before a single path of the image is followed
 *  6 proc, sys, dev the kernel's file systems before a user's, so that nothing stands in their way
 *  7 binds, tmpfs   in file order
 *  8 identity       from the image's own passwd and group: the terminal below is given to that user;
 *    go             until here the steps of the window may be at work; their DNS files are attached
 *  9 console        from the devpts of 6; master to the monitor
 * 10 sysctl         while /proc/sys can be written
 * 11 masks, read-only paths, read-only root: last of the mounts, over whatever stands there now
 * 12 posture        of the mounts and names, read back
 * 13 PID 1 forks COMMAND's process and stays, without fds and capabilities (reap)
 * 14 session, limits, bounding set, ids, capabilities, no_new_privs, directory (confine.h), read back
 * 15 the monitor is still there and lets run; its lock is let go; message EXEC; execve
 *
 * 3 and 5-11 need CAP_SYS_ADMIN in the user namespace that owns the mount namespace, 14 SETPCAP,
 * SETUID, SETGID there; without a file nothing of that is asked and an ordinary user can run it.
 */
#include "nsinit.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "file.h"
#include "msg.h"
#include "proc.h"
#include "sync.h"
#include "sys.h"
#include "tree.h"

#define AT(member) offsetof(struct nsinit_conf, member), 0

static const struct group groups[] = {
	{root_keys, "rootfs", AT(root)}, {mounts_keys, "mounts", AT(mounts)},
	{DEVICES_KEYS, AT(devices)},	 {uts_keys, "uts", AT(uts)},
	{exec_keys, "exec", AT(exec)},	 {IDENTITY_KEYS, AT(identity)},
	{ENVIRON_KEYS, AT(environment)}, {FDS_KEYS, AT(fds)},
	{CONFINE_KEYS, AT(confine)},	 {init_keys, "init", AT(init)},
	{CAPS_KEYS, AT(caps)},		 {sysctl_keys, "sysctl", 0, 0},
	{RLIMIT_KEYS, AT(rlimit)},	 {0},
};

static void report(const char *text, int status, void *arg)
{
	const struct start *start = arg;

	(void)sync_send_failed(start->sync, status, text); /* when the monitor is gone, so are we */
}

/* A procfs to read and write by fd, wherever it comes from: it must be one, and whole. */
static int open_proc(void)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct statfs fs;

	if (fd >= 0 && !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC)
		return fd;
	if (fd >= 0)
		close(fd);
	return tree_fs("proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* The host's null device as a detached mount, for masks where /dev is not ours; -1. */
static int open_null(const struct nsinit_conf *c)
{
	bool masks = c->mounts.restrict_sys == 1 || c->mounts.mask.n;
	struct stat st;
	int tree;

	if (c->mounts.dev == DEV_PRIVATE || !masks)
		return -1;
	tree = tree_clone(AT_FDCWD, "/dev/null", false);
	if (tree >= 0 && !fstat(tree, &st) && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3))
		return tree;
	return -1;
}

static void clean_fds(const struct inside *in, const struct start *s)
{
	const struct sources *sources = &in->sources;
	int ours[SYNC_FDS + 8];
	size_t n = 0;

	fds_stdio();
	if (s) {
		ours[n++] = s->sync;
		ours[n++] = s->dir;
		for (int i = 0; i < sources->n; i++)
			ours[n++] = sources->fds[i];
	}
	fds_close(&in->conf->fds, ours, n);
}

/*
 * What needs the host's side of the pivot.  Sources that a privileged monitor has not opened we open, too, with
 * what rights we have here: ids are then those of this namespace.
 */
static void open_outside(struct inside *in)
{
	const struct nsinit_conf *c = in->conf;

	in->null = open_null(c);
	in->made_proc = mounts_make_api(in, c->mounts.proc, "proc", "/proc");
	in->made_sys = mounts_make_api(in, c->mounts.sys, "sysfs", "/sys");
}

/* All of them, late ones too: after the pivot they are out of reach. */
static void open_sources(struct inside *in)
{
	static int fds[SYNC_FDS];
	struct start here = *in->start;
	int n;

	here.mapped = false;
	here.pidfd = -1;
	n = sources_open(in->conf, &here, false, fds, SYNC_FDS);
	n += sources_open(in->conf, &here, true, fds + n, SYNC_FDS - n);
	in->sources = (struct sources){fds, n, 0};
}

static void set_up_mounts(struct inside *in)
{
	if (!check_needs_mounts(in->conf))
		return;
	if (!in->given)
		open_sources(in);
	root_enter(in);
	mounts_system(in);
	cgroupfs_setup(in);
	devices_setup(in);
	mounts_user(in);
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Fds of the host and of the set-up; the container's own procfs is left for PID 1's last look. */
static void close_inside(struct inside *in)
{
	close_one(&in->proc);
	close_one(&in->dev);
	close_one(&in->devpts);
	close_one(&in->null);
	close_one(&in->root);
	while (in->sources.next < in->sources.n)
		close(in->sources.fds[in->sources.next++]);
}

static void finish_mounts(struct inside *in)
{
	kernel_sysctls(in);
	if (!check_needs_mounts(in->conf))
		return;
	mounts_restrict(in);
	devices_finish(in);
	root_finish(in);
}

/* The parent-death signal was cleared for a moment by every change of credentials: did it fall into one? */
static void check_monitor(const struct inside *in)
{
	struct pollfd p = {.fd = in->start->sync};

	if (in->start->sync >= 0 && (poll(&p, 1, 0) < 0 || p.revents))
		_exit(EXIT_FAILED); /* nobody is left to tell */
}

/*
 * What the kernel shows of it (/proc/1/environ) is the caller's, and PID 1, whose memory this is, stays: the
 * inside must never read it there.
 */
static void take_environment(char **envp)
{
	for (char **e = envp; *e; e++)
		*e = file_dup(*e);
	for (char **e = environ; *e; e++)
		explicit_bzero(*e, strlen(*e));
}

struct becoming {
	struct inside *in;
	const struct identity *id;
	char **argv;
	bool pty, stays;
};

/* COMMAND's own process: everything that only it gets, then execve. */
static _Noreturn void become(const struct becoming *b)
{
	struct inside *in = b->in;
	const struct nsinit_conf *c = in->conf;
	const struct identity *id = b->id;
	const struct confine confine = {.conf = &c->confine,
					.rlimit = &c->rlimit,
					.caps = &c->caps,
					.identity = id,
					.groups_denied = in->groups_denied,
					.pdeathsig = in->start->sync >= 0 && getpid() == 1 ? SIGKILL
											   : 0};
	char **envp = environ_build(&c->environment, environ, id->home, b->pty || isatty(0));
	sigset_t none;
	int status;

	sigemptyset(&none);
	if (b->stays)
		take_environment(envp);
	close_one(&in->own_proc);
	console_session(&c->exec, b->pty);
	if (id->set_uid)
		fds_give_stdio(id->uid);
	confine_apply(&confine);
	check_monitor(in);
	sources_wait_run(in);
	if (in->start->dir >= 0)
		close(in->start
			      ->dir); /* a directory of the host: no interpreter's path may begin at it */
	if (in->start->sync >= 0 && sync_send(in->start->sync, SYNC_EXEC))
		msg_die_errno("the monitor");
	sigprocmask(SIG_SETMASK, &none, NULL); /* the dispositions were reset at the start */
	status = proc_try_exec(b->argv, envp);
	msg_die_status(status, "%s: %s", b->argv[0], strerror(errno));
}

static int become_command(void *arg)
{
	const struct becoming *b = arg;

	if (b->stays)
		reap_foreground(&b->in->conf->exec);
	if (b->in->boot)
		msg_on_die(NULL, NULL, 0); /* PID 1 sees the status and does not end for it */
	become(b);
}

static void resolve(struct inside *in, struct identity *id)
{
	bool own = in->root < 0;

	if (own)
		in->root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (in->root < 0)
		msg_die_errno("/");
	identity_resolve(&in->conf->identity, in->root, id);
}

static int run(const void *conf, char **operands, const struct start *start)
{
	struct inside in = {.conf = conf,
			    .start = start,
			    .proc = -1,
			    .made_proc = -1,
			    .made_sys = -1,
			    .own_proc = -1,
			    .root = -1,
			    .dev = -1,
			    .devpts = -1,
			    .null = -1};
	char **argv = operands[0] ? operands : in.conf->exec.command;
	struct start alone;
	struct identity id;
	struct becoming becoming;
	pid_t command;
	bool pty;

	if (start && start->sync >= 0)
		msg_on_die(report, (void *)(uintptr_t)start, 1);
	if (start && !start->early)
		sources_receive(&in);
	clean_fds(&in, start);
	proc_reset_signals();
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		msg_die_errno("not dumpable");
	confine_keyring(&in.conf->confine);
	in.proc = open_proc();
	if (!start)
		check_stand_in(&alone, in.proc);
	in.start = in.start ? in.start : &alone;
	in.boot = !start && boot_is_init(in.proc);
	in.groups_denied = in.proc >= 0 && confine_groups_denied(in.proc, "self/setgroups");
	if (!start && !in.boot)
		check_private(conf, in.start);
	if (check_needs_mounts(conf))
		open_outside(&in);
	kernel_names(&in);
	if (in.start->early)
		sources_receive(&in);
	if (!in.given)
		sources_wait_go(&in); /* we open them all, and can only before the pivot */
	set_up_mounts(&in);
	resolve(&in, &id);
	if (in.given)
		sources_wait_go(&in);
	if (check_needs_mounts(conf))
		mounts_dns(&in);
	pty = console_setup(&in, id.uid);
	finish_mounts(&in);
	posture_check(&in);
	close_inside(&in);
	becoming = (struct becoming){&in, &id, argv, pty, reap_stays(&in.conf->init)};
	if (!becoming.stays)
		become_command(&becoming);
	if (in.conf->exec.new_session == 1 || pty)
		(void)setsid(); /* leads a group already: only COMMAND's session matters */
	command = reap_spawn(become_command, &becoming);
	reap_loop(&in, command);
}

const struct applet nsinit_applet = {
	.name = "nsinit",
	.synopsis = "[OPTION]... [--] COMMAND [ARG]...",
	.summary = "Set up the inside of a container, drop privilege, run COMMAND, reap as PID 1",
	.after = "Examples:\n"
		 "  nsexec -Urmpf -- nsinit --proc rw -- sh  a shell as root of own namespaces\n"
		 "  nsinit -s -- server                      reap and forward signals for it\n"
		 "  nsinit --user nobody --drop all -- id    without any privilege\n",
	.groups = groups,
	.conf_size = sizeof(struct nsinit_conf),
	.check = check_conf,
	.check_start = check_start,
	.argv = boot_argv,
	.sources = sources_open,
	.main = run,
};
