/*
 * child.c - the process that becomes COMMAND.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsenter.h"
#include "proc.h"
#include "sys.h"

/* The monitor holds the other end of the pipe: in another pid namespace getppid tells nothing. */
static void check_parent(int lifeline)
{
	struct pollfd p = {.fd = lifeline};

	if (lifeline != -1 && poll(&p, 1, 0) == 1)
		_exit(EXIT_FAILED);
}

static void enter_cgroups(struct target *t)
{
	if (cgroup_enter_v1(&t->cgroup) == -1)
		msg_die_errno("%s: enter its cgroup", t->name);
	if (t->cgroupns != -1 && sys_setns(t->cgroupns, CLONE_NEWCGROUP) == -1)
		msg_die_errno("%s: enter its cgroup namespace", t->name);
}

/*
 * In a user namespace that was just entered our ids are those of outside, which mean nothing there, or
 * root outside: they become the namespace's root, whatever comes after.
 */
static void become_inside(const struct target *t)
{
	/* EPERM: denied in this user namespace, where the groups count as nobody's */
	if (sys_setgroups(0, NULL) == -1 && errno != EPERM)
		msg_die_errno("setgroups");
	if (sys_setresgid(t->gid, t->gid, t->gid) == -1)
		msg_die_errno("setting gid %u", t->gid);
	if (sys_setresuid(t->uid, t->uid, t->uid) == -1)
		msg_die_errno("setting uid %u", t->uid);
}

/* -S and -G mean numbers of inside, and no supplementary groups (util-linux's way). */
static void override_ids(struct identity *id, const struct target *t, const struct enter_options *o)
{
	uint64_t n;

	if (o->setgid) {
		id->set_gid = id->set_groups = true;
		id->gid = key_number(o->setgid, UINT32_MAX, &n) ? (gid_t)n : t->gid;
		id->ngroups = 0;
	}
	if (o->setuid) {
		id->set_uid = true;
		id->uid = key_number(o->setuid, UINT32_MAX, &n) ? (uid_t)n : t->uid;
	}
}

/* With a number alone, a container's own user is looked up; the rest is util-linux's. */
static void resolve(struct identity *id, const struct target *t, const struct enter_conf *conf)
{
	struct identity_conf who = conf->identity;
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	uint64_t n;

	if (root == -1)
		msg_die_errno("/");
	if (t->confined && conf->opt.setuid && key_number(conf->opt.setuid, UINT32_MAX, &n)) {
		who = (struct identity_conf){.user = conf->opt.setuid};
		if (conf->opt.setgid && key_number(conf->opt.setgid, UINT32_MAX, &n))
			who.group = conf->opt.setgid;
	}
	identity_resolve(&who, root, id);
	close(root);
	override_ids(id, t, &conf->opt);
}

static void restore_signals(const struct target *t, const sigset_t *mask)
{
	if (t->confined)
		proc_reset_signals();
	else if (mask)
		sigprocmask(SIG_SETMASK, mask, NULL);
}

/* A login shell has another name than its file; any other command is looked up by its name. */
static void exec_command(const struct command *c, char **envp)
{
	if (!strcmp(c->file, c->argv[0]))
		proc_exec(c->argv, envp);
	execve(c->file, c->argv, envp);
	msg_die_status(errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXEC, "%s: %s", c->file,
		       strerror(errno));
}

void child_exec(struct target *t, const struct enter_conf *conf, const struct command *c,
		int lifeline, const sigset_t *mask)
{
	struct confine_conf rules = conf->confine;
	struct identity id;
	struct confine confine = {.conf = &rules,
				  .rlimit = &conf->rlimit,
				  .caps = &conf->caps,
				  .identity = &id,
				  .pdeathsig = lifeline == -1 ? 0 : SIGKILL};
	char **envp;

	if (lifeline != -1 && prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		msg_die_errno("prctl(PR_SET_PDEATHSIG)");
	check_parent(lifeline);
	if (t->confined)
		enter_cgroups(t);
	if ((t->flags | t->file_flags) & CLONE_NEWUSER && conf->opt.preserve_credentials != 1)
		become_inside(t);
	confine_keyring(&rules);
	resolve(&id, t, conf);
	envp = environ_build(&conf->environ, t->environment ? t->environment : environ,
			     id.home ? id.home : "/", isatty(STDIN_FILENO));
	if (conf->opt.wdns)
		rules.cwd = conf->opt.wdns;
	restore_signals(t, mask);
	confine.groups_denied = confine_groups_denied(AT_FDCWD, "/proc/self/setgroups");
	confine_apply(&confine);
	check_parent(
		lifeline); /* between the change of ids and the signal's renewal it could die */
	exec_command(c, envp);
	_exit(EXIT_FAILED);
}
