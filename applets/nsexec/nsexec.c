/*
 * nsexec - makes namespaces, starts a process in them, watches it, undoes.
 *
 *  1 check everything: namespaces, maps, every step's words, COMMAND's; nothing is made yet
 *  2 detach, when asked: before the first thing is made, so that the one who makes also undoes
 *  3 claim the name: the record holds the inverses before there is anything to undo
 *  4 prepare steps: no process yet, so limits stand before anything can pass them
 *  5 clone: init is born in its namespaces and its cgroup, and blocks
 *  6 namespace fds, then id maps (once mapped, init may be closed to us), then the record of its pid
 *  7 host sources are opened with our privilege and sent: nothing that runs inside follows a path of
 *    the host, nor we one of the image.  Init may begin with its mounts
 *  8 window steps: init exists, cannot fork, and has no way out.  A foreign one, a hook and who waits for
 *    go find it as it was born, and so does who has no privilege: there the window comes before 7
 *  9 go; what the prepare steps have left, run; init says exec, the channel closes: COMMAND runs
 * 10 watch it; undo the plan backwards; its status is ours
 *
 * Every death of the monitor before COMMAND ran goes through end_abort; after SIGKILL of the monitor
 * init dies by its death signal and `nskit state gc` runs the same inverses from the record.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/capability.h>

#include "conf.h"
#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "self.h"
#include "sys.h"

/* Keys */

static const char *parse_step(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	struct step *s = out;
	const char *phrase = NULL;

	(void)o;
	s->key = k;
	s->argv = key_words(text, &phrase);
	return s->argv && !s->argv[0] ? "an empty command" : phrase;
}

static char *print_step(const struct key *k, const void *v)
{
	(void)k;
	return key_quote(((const struct step *)v)->argv);
}

static const struct type type_step = {.name = "COMMAND",
				      .size = sizeof(struct step),
				      .parse = parse_step,
				      .print = print_step,
				      .words = true};

#define HOOK(word, member, text)                                                        \
	{                                                                               \
		word OPTION("") HELP(text), KEY_FIELD(struct hooks_conf, member, argv), \
			.flags = KEY_LIST                                               \
	}

static const struct key hooks_keys[] = {
	HOOK("prepare", prepare, "run after the prepare steps, before any process"),
	HOOK("window", window, "run when init exists and waits"),
	HOOK("start", start, "run when COMMAND runs"),
	HOOK("stop", stop, "run when the container has ended, by gc too"),
	{0},
};

#define S(member, kind) KEY_FIELD(struct nsexec_conf, member, kind)

static const struct key nsexec_keys[] = {
	{"prepare" HELP(
		 "a step before any process: an applet's command, or a foreign one by its path"),
	 S(steps, step), .flags = KEY_LIST | KEY_ORDERED},
	{"window" HELP("a step when init exists and waits"), S(steps, step),
	 .flags = KEY_LIST | KEY_ORDERED},
	{"undo" HELP("the inverse of the step before it"), S(steps, step),
	 .flags = KEY_LIST | KEY_ORDERED},
	{"status-fd" RANGE(0, 2147483647) ARG("FD")
		 HELP("print created PID, running, exited N, failed TEXT here"),
	 S(status_fd, int)},
	{"go-fd" RANGE(0, 2147483647) ARG("FD")
		 HELP("wait for the word go here, after the window steps"),
	 S(go_fd, int)},
	{"map-root-user" SETS("namespaces.user=private idmap.mode=root")
		 HELP("a user namespace in which the caller is root"),
	 .letter = 'r'},
	{"map-current-user" SETS("namespaces.user=private idmap.mode=keep")
		 HELP("a user namespace in which the caller keeps the own ids"),
	 .letter = 'c'},
	{.name = "map-auto" SETS("namespaces.user=private idmap.mode=auto")
		 HELP("a user namespace with all the ids that the caller has")},
	{"fork" SETS("") HELP("accepted for unshare's sake: always so"), .letter = 'f'},
	{0},
};

static const struct group groups[] = {
	{container_keys, "container", offsetof(struct nsexec_conf, container), 0},
	{namespaces_keys, "namespaces", offsetof(struct nsexec_conf, namespaces), 0},
	{idmap_keys, "idmap", offsetof(struct nsexec_conf, idmap), 0},
	{hooks_keys, "hooks", offsetof(struct nsexec_conf, hooks), 0},
	{nsexec_keys, NULL, 0, 0},
	{0},
};

/* Checks: nothing is made in them */

static void check_fd(int64_t fd, const char *option)
{
	if (fd != INT64_MIN && fcntl((int)fd, F_GETFD) < 0)
		msg_usage("--%s: %lld is not an open file descriptor", option, (long long)fd);
}

static void check(const void *conf, char **operands)
{
	const struct nsexec_conf *c = conf;
	const char *output = c->container.output;

	(void)operands;
	check_fd(c->status_fd, "status-fd");
	check_fd(c->go_fd, "go-fd");
	if (output && strcmp(output, "null") && strncmp(output, "file:/", 6))
		msg_die("[container] output: '%s' is neither null nor file:/PATH", output);
	if (c->namespaces.time.kind == NS_HOST || c->namespaces.time.kind == NS_UNSET)
		if (c->namespaces.monotonic != INT64_MIN || c->namespaces.boottime != INT64_MIN)
			msg_die("[namespaces] monotonic, boottime: need time = private");
}

/* Private kinds; auto is private where the kernel can and, for user, where the caller is not root. */
static unsigned private_kinds(const struct namespaces_conf *c)
{
	unsigned make = 0;

	for (const struct namespace *n = namespace_table; n->word; n++) {
		const struct nsspec *ns = namespace_spec(c, n);
		bool can = ns->kind == NS_PRIVATE;

		if (ns->kind == NS_AUTO && n->flag == CLONE_NEWUSER)
			can = !sys_capable(CAP_SYS_ADMIN);
		else if (ns->kind == NS_AUTO)
			can = !access(file_text("/proc/self/ns/%s", n->file), F_OK);
		if (can)
			make |= n->flag;
	}
	/* offsets cannot be given to the time namespace that clone makes: init makes it itself */
	if (c->monotonic != INT64_MIN || c->boottime != INT64_MIN)
		make &= ~(unsigned)CLONE_NEWTIME;
	return make;
}

/* COMMAND: an applet's name runs in init itself; without one, nsinit with a file, else a shell. */
static void command_make(struct run *r, char **operands)
{
	static char *nsinit[] = {"nsinit", NULL}, *shell[] = {"/bin/sh", NULL};
	char **argv = operands, *users = getenv("SHELL");
	const struct applet *a;

	if (users)
		shell[0] = users;
	if (!argv[0])
		argv = r->conf->ini->file ? nsinit : shell;
	r->command.argv = argv;
	a = strchr(argv[0], '/') ? NULL : applet_find(argv[0], NULL);
	if (!a)
		return;
	applet_prepare(&r->command.call, a, argv, a->sources ? r->conf->ini : NULL);
	msg_name("nsexec");
}

static void check_call(const struct call *call, const struct start *planned)
{
	if (!call->applet || !call->applet->check_start)
		return;
	msg_name(call->applet->name);
	call->applet->check_start(call->conf, planned);
	msg_name("nsexec");
}

/* What a step and init will find against what they are asked to do there. */
static void check_command(struct run *r)
{
	r->start.name = r->conf->container.name;
	r->start.made = r->make;
	r->start.mapped = r->make & CLONE_NEWUSER;
	for (size_t i = 0; i < r->n_plan; i++)
		check_call(&r->plan[i].run.call, &r->start);
	check_call(&r->command.call, &r->start);
}

static bool name_on_argv(const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (!l->line && l->key && !strcmp(l->section, "container") &&
		    !strcmp(l->key, "name"))
			return true;
	}
	return false;
}

/* A record is kept for a start that has steps to undo, or was given a name. */
static bool keeps_record(const struct run *r)
{
	bool keep = r->conf->steps.n || name_on_argv(r->conf->ini) ||
		    r->conf->container.detach == 1;

	if (keep && !r->conf->container.name) {
		msg_hint(
			"letters, digits, _ . - and 63 bytes at most; it begins with a letter or digit");
		msg_die("--name: the container needs a name%s%s%s",
			r->conf->ini->stem ? ", and '" : "",
			r->conf->ini->stem ? r->conf->ini->stem : "",
			r->conf->ini->stem ? "', its file's, is none" : "");
	}
	return keep;
}

/* Any msg_die of the monitor, wherever it stands, ends here. */
static void died(const char *text, int status, void *arg)
{
	end_abort(arg, status, text);
}

static void prepare_monitor(struct run *r)
{
	sigset_t all;

	signal(SIGCHLD,
	       SIG_DFL); /* ignored, children would vanish before we have waited for them */
	sigfillset(&all);
	proc_block_signals(&r->mask);
	r->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (r->signals < 0)
		msg_die_errno("signalfd");
}

static int fd_or_none(int64_t fd)
{
	if (fd == INT64_MIN)
		return -1;
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return (int)fd;
}

/* Everything that can be wrong with the words is found here: nothing is made yet. */
static bool check_all(struct run *r, char **operands)
{
	bool record;

	r->make = private_kinds(&r->conf->namespaces);
	join_open(r);
	idmap_check(r);
	plan_make(r);
	command_make(r, operands);
	record = keeps_record(r);
	check_command(r);
	return record;
}

static void open_life(struct run *r)
{
	int life[2];

	if (!window_any(r))
		return;
	if (pipe2(life, O_CLOEXEC))
		msg_die_errno("pipe");
	r->start.life = life[0];
	r->life = life[1];
}

static int nsexec_main(const void *conf, char **operands, const struct start *outer)
{
	const struct nsexec_conf *c = conf;
	struct run r = {.conf = c,
			.state = {.rootfd = -1, .dir = -1},
			.start = {.dir = -1,
				  .pidfd = -1,
				  .userns = -1,
				  .netns = -1,
				  .sync = -1,
				  .life = -1},
			.cgroup_fds = {.v2 = -1},
			.sync = -1,
			.inner = -1,
			.pidfd = -1,
			.signals = -1,
			.caller = -1,
			.console = -1,
			.output = -1,
			.life = -1,
			.status_fd = fd_or_none(c->status_fd),
			.go_fd = fd_or_none(c->go_fd)};
	bool record = check_all(&r, operands);

	(void)outer;
	prepare_monitor(&r);
	if (c->container.detach == 1) {
		caller_detach(&r);
		caller_output(&r);
	}
	msg_on_die(died, &r, 0);
	if (record)
		birth_claim(&r);
	open_life(&r);
	r.start.early = r.command.call.applet && r.command.call.applet->sources && window_quiet(&r);
	window_run(&r, PHASE_PREPARE);
	birth_cgroup(&r);
	birth_init(&r);
	window_run(&r, PHASE_WINDOW);
	birth_pid_file(&r);
	birth_wait_go(&r);
	if (!r.start.early)
		birth_sources(&r);
	birth_release(&r);
	birth_await_exec(&r);

	r.running = true;
	end_status(&r, "running");
	window_hooks(&r, &c->hooks.start, "start");
	msg_on_die(NULL, NULL, 0);
	caller_leave(&r);
	return end_finish(&r, watch_running(&r));
}

const struct applet nsexec_applet = {
	.name = "nsexec",
	.synopsis = "[OPTION]... [--] [COMMAND [ARG]...]",
	.summary = "Make namespaces and run COMMAND in them; with a file, start a whole container",
	.after = "COMMAND nsinit runs in the same process. Without COMMAND: nsinit with a file,\n"
		 "else $SHELL.\n"
		 "Example: nsexec -Urmpf -- nsinit --proc rw -- sh\n",
	.groups = groups,
	.conf_size = sizeof(struct nsexec_conf),
	.ini_at = offsetof(struct nsexec_conf, ini),
	.check = check,
	.main = nsexec_main,
};
