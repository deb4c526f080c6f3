/*
 * nsenter - run a command in the namespaces of another process or of a container.
 *
 *  0 sealed copy        before anything of the target can look at us (applet.sealed)
 *  1 target             by fds: the record's identity is checked, namespaces compared with ours,
 *                       cgroups opened: what needs the host's paths is opened on the host
 *  2 our own traces     fds closed, the environment made anew: what joins has nothing of the host
 *  3 namespaces         one setns(pidfd) for all that differ; the target must still live after it
 *  4 fork               into the cgroup, into the pid namespace; we stay outside of both and wait
 *  5 child              v1 cgroups, ids, confinement as the container's configuration says, exec
 *
 * Nothing is ever run in place of what was asked: a namespace that cannot be joined is an error.
 */
#include "nsenter.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "applet.h"
#include "file.h"
#include "msg.h"
#include "proc.h"
#include "sys.h"

#define O(member, kind) .offset = offsetof(struct enter_options, member), .type = &type_##kind
#define NAMESPACE(word, member, l, what)                                             \
	{                                                                            \
		word BARE(ENTER_TARGETS) ARG("FILE")                                 \
			HELP("enter the " what " namespace of the target, or FILE"), \
			.letter = l, O(member, string)                               \
	}

static const struct key enter_keys[] = {
	{"target" RANGE(1, 2147483647) ARG("PID") HELP("the process whose namespaces are entered"),
	 .letter = 't', O(target, int)},
	{"all" HELP("enter all namespaces of the target"), .letter = 'a', O(all, boolean)},
	NAMESPACE("mount", mount, 'm', "mount"),
	NAMESPACE("uts", uts, 'u', "UTS"),
	NAMESPACE("ipc", ipc, 'i', "IPC"),
	NAMESPACE("net", net, 'n', "network"),
	NAMESPACE("pid", pid, 'p', "pid"),
	NAMESPACE("cgroup", cgroup, 'C', "cgroup"),
	NAMESPACE("user", user, 'U', "user"),
	NAMESPACE("time", time, 'T', "time"),
	{"setuid" ARG("UID")
		 HELP("run as this uid, or 'follow': the target's; default in a user namespace: 0"),
	 .letter = 'S', O(setuid, string)},
	{"setgid" ARG("GID")
		 HELP("run as this gid, without other groups, or 'follow': the target's"),
	 .letter = 'G', O(setgid, string)},
	{"preserve-credentials" HELP("change neither ids nor groups on entering a user namespace"),
	 O(preserve_credentials, boolean)},
	{"root" BARE(ENTER_TARGETS) ARG("DIR")
		 HELP("change the root directory to the target's, or DIR as it is outside"),
	 .letter = 'r', O(root, string)},
	{"wd" BARE(ENTER_TARGETS) ARG("DIR")
		 HELP("change the working directory to the target's, or DIR as it is outside"),
	 .letter = 'w', O(wd, string)},
	{"wdns" ARG("DIR") HELP("change the working directory to DIR as it is inside"),
	 .letter = 'W', O(wdns, string)},
	{"env" BARE("yes") HELP("take the target's environment"), .letter = 'e',
	 O(environment, boolean)},
	{"no-fork" BARE("yes")
		 HELP("execute COMMAND without a fork: it stays out of the pid namespace"),
	 .letter = 'F', O(no_fork, boolean)},
	{"state-dir" ARG("DIR")
		 HELP("where the record of NAME is: /run/nskit, or $XDG_RUNTIME_DIR/nskit"),
	 O(state_dir, path)},
	{0},
};

static const struct group groups[] = {
	{enter_keys, NULL, offsetof(struct enter_conf, opt), 0},
	{IDENTITY_KEYS, offsetof(struct enter_conf, identity), 0},
	{ENVIRON_KEYS, offsetof(struct enter_conf, environ), 0},
	{CONFINE_KEYS, offsetof(struct enter_conf, confine), 0},
	{FDS_KEYS, offsetof(struct enter_conf, fds), 0},
	{CAPS_KEYS, offsetof(struct enter_conf, caps), 0},
	{RLIMIT_KEYS, offsetof(struct enter_conf, rlimit), 0},
	{0},
};

const char *nsenter_asked(const struct enter_options *o, const struct namespace *n)
{
	for (const struct key *k = enter_keys; k->name; k++)
		if (!strcmp(k->name, n->word))
			return *(char *const *)(const void *)((const char *)o + k->offset);
	return NULL;
}

bool nsenter_asks_any(const struct enter_options *o)
{
	for (const struct namespace *n = namespace_table; n->word; n++)
		if (nsenter_asked(o, n))
			return true;
	return o->all == 1;
}

/* Does any option name a file, so that no container's name is wanted? */
static bool names_file(const struct enter_options *o)
{
	for (const struct namespace *n = namespace_table; n->word; n++) {
		const char *value = nsenter_asked(o, n);

		if (value && strcmp(value, ENTER_TARGETS) != 0)
			return true;
	}
	return false;
}

static bool by_name(const struct enter_options *o)
{
	return o->target == INT64_MIN && !names_file(o);
}

static void check_id(const char *option, const char *value)
{
	uint64_t id;

	if (value && strcmp(value, "follow") != 0 && !key_number(value, UINT32_MAX - 1, &id))
		msg_usage("--%s: '%s' is neither an id nor 'follow'", option, value);
}

static void check(const void *c, char **operands)
{
	const struct enter_conf *conf = c;
	const struct enter_options *o = &conf->opt;
	const char *phrase = identity_check(&conf->identity);

	check_id("setuid", o->setuid);
	check_id("setgid", o->setgid);
	if (phrase)
		msg_usage("%s", phrase);
	if (!by_name(o)) {
		if (!nsenter_asks_any(o) && !o->root && !o->wd)
			msg_usage(
				"no namespace is asked for: -a, or some of -m -u -i -n -p -C -U -T");
		return;
	}
	if (!operands[0])
		msg_usage("a container's NAME or --target PID is wanted");
	if (o->root || o->wd)
		msg_usage("--%s: only with --target; --wdns is the directory inside",
			  o->root ? "root" : "wd");
	if (o->no_fork == 1)
		msg_usage("--no-fork: only with --target");
}

/*
 * The record that find_config opened, for main: what is joined must be the one whose file was read,
 * and a name can change hands in between.  The only thing that is not in the struct.
 */
static struct state record = {.rootfd = -1, .dir = -1};

static const char *find_config(const void *c, char **operands)
{
	const struct enter_conf *conf = c;

	if (!by_name(&conf->opt) || !operands[0])
		return NULL;
	target_open_record(&record, conf, operands[0]);
	if (nsenter_asks_any(&conf->opt))
		return NULL; /* some namespaces only: nothing else of the container's is taken on */
	return file_text("/proc/self/fd/%d/config", record.dir);
}

/* Strings of a vector in memory of their own. */
static char **copy_vector(char *const *from)
{
	size_t n = 0;
	char **to;

	while (from[n])
		n++;
	to = file_alloc((n + 1) * sizeof *to);
	for (size_t i = 0; i < n; i++)
		to[i] = file_dup(from[i]);
	return to;
}

/*
 * The environment that COMMAND will have, and no other: what the kernel shows as ours to those inside
 * (/proc/PID/environ) is overwritten.  HOME is known once the container's passwd can be read.
 */
static void forget_environment(const struct enter_conf *conf)
{
	char **mine = environ;

	environ = copy_vector(environ_build(&conf->environ, environ, "/", true));
	for (; *mine; mine++)
		memset(*mine, 0, strlen(*mine));
}

/* What of ours must not be seen from inside: directories first of all, which lead to the host. */
static void forget_fds(struct target *t, const struct enter_conf *conf)
{
	int ours[8 + 5 + CGROUP_V1_MAX];
	size_t n = 0;

	for (size_t i = 0; i < 8; i++)
		ours[n++] = t->files[i];
	ours[n++] = t->pidfd;
	ours[n++] = t->root;
	ours[n++] = t->wd;
	ours[n++] = t->cgroup.v2;
	ours[n++] = t->cgroupns;
	for (int i = 0; i < t->cgroup.nv1; i++)
		ours[n++] = t->cgroup.v1[i];
	fds_close(&conf->fds, ours, n);
}

/* COMMAND, or the user's shell as a login shell; a container's is not known here: its sh. */
static struct command command_of(const struct target *t, char **operands)
{
	const char *shell = t->name ? "sh" : getenv("SHELL"), *slash;
	struct command c;

	if (*operands) {
		c.argv = copy_vector(operands);
		c.file = c.argv[0];
		return c;
	}
	c.file = file_dup(shell && *shell ? shell : "/bin/sh");
	slash = strrchr(c.file, '/');
	c.argv = file_alloc(2 * sizeof *c.argv);
	c.argv[0] = slash ? file_text("-%s", slash + 1) : file_dup(c.file);
	return c;
}

/* The child is in the v2 cgroup from its first moment, and in the pid namespace that was joined. */
static pid_t fork_into(const struct target *t, int *pidfd)
{
	struct sys_clone_args args = {.flags = CLONE_PIDFD, .exit_signal = SIGCHLD};

	args.pidfd = (uint64_t)(uintptr_t)pidfd;
	if (t->cgroup.v2 != -1) {
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t)t->cgroup.v2;
	}
	return sys_clone3(&args);
}

static int run_child(struct target *t, const struct enter_conf *conf, const struct command *c)
{
	int lifeline[2], pidfd;
	sigset_t mask;
	pid_t pid;

	if (pipe2(lifeline, O_CLOEXEC) == -1)
		msg_die_errno("pipe");
	signal(SIGCHLD, SIG_DFL); /* ignored by the caller, it would take the status away */
	proc_block_signals(&mask);
	pid = fork_into(t, &pidfd);
	if (pid == -1) {
		if (errno == ENOMEM)
			msg_hint("the pid namespace has no init any more");
		msg_die_errno("clone%s", t->name ? file_text(" into %s", t->name) : "");
	}
	if (pid == 0) {
		close(lifeline[1]);
		child_exec(t, conf, c, lifeline[0], &mask);
	}
	close(lifeline[0]);
	cgroup_close_join(&t->cgroup);
	return watch_child(pid, pidfd);
}

static int nsenter_main(const void *c, char **operands, const struct start *start)
{
	const struct enter_conf *conf = c;
	struct target t;
	struct command command;

	(void)start;
	fds_stdio();
	if (by_name(&conf->opt)) {
		if (record.dir == -1)
			target_open_record(&record, conf, operands[0]);
		target_by_name(&t, conf, &record);
		operands++;
		if (*operands && !strcmp(*operands, "--"))
			operands++;
	} else {
		target_by_options(&t, conf);
	}
	command = command_of(&t, operands);
	if (t.confined)
		forget_environment(conf);
	if (t.name || (t.flags | t.file_flags) & (CLONE_NEWPID | CLONE_NEWNS))
		forget_fds(&t, conf);
	join_namespaces(&t, conf);
	if (!t.name && (conf->opt.no_fork == 1 || !((t.flags | t.file_flags) & CLONE_NEWPID)))
		child_exec(&t, conf, &command, -1, NULL);
	return run_child(&t, conf, &command);
}

const struct applet nsenter_applet = {
	.name = "nsenter",
	.synopsis = "[OPTION]... {NAME | -t PID} [--] [COMMAND [ARG]...]",
	.summary = "Run a command in a container, or in the namespaces of a process",
	.after = "With NAME alone COMMAND joins the container: its namespaces, cgroup, user,\n"
		 "capabilities and limits. With -t PID, or with options for single namespaces,\n"
		 "only those are entered.\n",
	.groups = groups,
	.conf_size = sizeof(struct enter_conf),
	.sealed = true,
	.config = find_config,
	.check = check,
	.main = nsenter_main,
};
