/*
 * nsexec - makes namespaces, starts a process in them, watches it, undoes.
 *
 *  1 check everything: namespaces, maps, every step's words, COMMAND's; nothing is made yet
 *  2 detach, when asked: before the first thing is made, so that the one who makes also undoes
 *  3 claim the name: the record holds the inverses before there is anything to undo
 *  4 prepare steps: no process yet, so limits stand before anything can pass them
 *  5 clone: init is born in its namespaces and its cgroup, and blocks
 *  6 namespace fds, then id maps (once mapped, init may be closed to us), then the record of its pid
 *  7 window steps: init exists, cannot fork, and has no way out
 *  8 host sources are opened with our privilege and sent with go: nothing that runs inside follows
 *    a path of the host, nor we one of the image
 *  9 init says exec, the channel closes: COMMAND runs
 * 10 watch it; undo the plan backwards; its status is ours
 *
 * Every death of the monitor before COMMAND ran goes through run_abort; after SIGKILL of the monitor
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

static void unset_step(void *v)
{
	*(struct step *)v = (struct step){0};
}

static const struct type type_step = {.name = "COMMAND",
				      .size = sizeof(struct step),
				      .parse = parse_step,
				      .print = print_step,
				      .unset = unset_step,
				      .words = true};

#define HOOK(member) KEY_FIELD(struct hooks_conf, member, argv), .flags = KEY_LIST, .option = ""

static const struct key hooks_keys[] = {
	{"hooks", "prepare", HOOK(prepare),
	 .help = "run after the prepare steps, before any process"},
	{"hooks", "window", HOOK(window), .help = "run when init exists and waits"},
	{"hooks", "start", HOOK(start), .help = "run when COMMAND runs"},
	{"hooks", "stop", HOOK(stop), .help = "run when the container has ended, by gc too"},
	{0},
};

#define S(member, kind) KEY_FIELD(struct nsexec_conf, member, kind)

static const struct key nsexec_keys[] = {
	{NULL, "prepare", S(steps, step), .flags = KEY_LIST | KEY_ORDERED,
	 .help = "a step before any process: an applet's command, or a foreign one by its path"},
	{NULL, "window", S(steps, step), .flags = KEY_LIST | KEY_ORDERED,
	 .help = "a step when init exists and waits"},
	{NULL, "undo", S(steps, step), .flags = KEY_LIST | KEY_ORDERED,
	 .help = "the inverse of the step before it"},
	{NULL, "status-fd", S(status_fd, int), .min = 0, .max = INT32_MAX, .arg = "FD",
	 .help = "print created PID, running, exited N, failed TEXT here"},
	{NULL, "go-fd", S(go_fd, int), .min = 0, .max = INT32_MAX, .arg = "FD",
	 .help = "wait for the word go here, after the window steps"},
	{NULL, "map-root-user", .letter = 'r', .sets = "namespaces.user=private idmap.mode=root",
	 .help = "a user namespace in which the caller is root"},
	{NULL, "map-current-user", .letter = 'c', .sets = "namespaces.user=private idmap.mode=keep",
	 .help = "a user namespace in which the caller keeps the own ids"},
	{NULL, "map-auto", .sets = "namespaces.user=private idmap.mode=auto",
	 .help = "a user namespace with all the ids that the caller has"},
	{NULL, "fork", .letter = 'f', .sets = "", .help = "accepted for unshare's sake: always so"},
	{0},
};

static const struct group groups[] = {
	{container_keys, offsetof(struct nsexec_conf, container), NULL, 0},
	{namespaces_keys, offsetof(struct nsexec_conf, namespaces), NULL, 0},
	{idmap_keys, offsetof(struct nsexec_conf, idmap), NULL, 0},
	{hooks_keys, offsetof(struct nsexec_conf, hooks), NULL, 0},
	{nsexec_keys, 0, NULL, 0},
	{NULL, 0, NULL, 0},
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
			can = !sys_capable(21 /* CAP_SYS_ADMIN */);
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

/* What init will find against what it is asked to do there. */
static void check_command(struct run *r)
{
	const struct applet *a = r->command.call.applet;

	r->start.name = r->conf->container.name;
	r->start.made = r->make;
	r->start.mapped = r->make & CLONE_NEWUSER;
	if (!a || !a->check_start)
		return;
	msg_name(a->name);
	a->check_start(r->command.call.conf, &r->start);
	msg_name("nsexec");
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

/* Ending */

void run_status(struct run *r, const char *text)
{
	char *line = file_text("%s\n", text);

	if (r->status_fd >= 0)
		(void)file_write_all(r->status_fd, line, strlen(line)); /* its reader may be gone */
	if (r->state.dir >= 0 && state_set_status(&r->state, text))
		msg_warn_errno("%s/status", r->state.path);
	free(line);
}

static void tell_caller(struct run *r, int status)
{
	unsigned char byte = (unsigned char)status;

	if (r->caller < 0)
		return;
	(void)!write(r->caller, &byte, 1); /* EPIPE: nobody waits any more */
	close(r->caller);
	r->caller = -1;
}

/* A namespace that we hold outlives its init, and so would the links that the kernel removes with it. */
static void release_namespaces(struct run *r)
{
	if (r->start.netns >= 0)
		close(r->start.netns);
	if (r->start.userns >= 0)
		close(r->start.userns);
	r->start.netns = r->start.userns = -1;
}

static void undo(struct run *r)
{
	release_namespaces(r);
	if (r->life >= 0)
		close(r->life);
	r->life = -1;
	if (r->state.dir < 0)
		return;
	if (r->conf->container.pid_file)
		unlink(r->conf->container.pid_file);
	if (window_undo(r))
		msg_warn("%s: the record stays for 'nskit state gc'", r->state.name);
	else if (state_remove(&r->state))
		msg_warn_errno("%s", r->state.path);
}

_Noreturn void run_abort(struct run *r, int status, const char *text)
{
	msg_on_die(NULL, NULL, 0);
	if (r->pidfd >= 0) {
		sys_pidfd_send_signal(r->pidfd, SIGKILL);
		(void)proc_wait(r->pidfd);
	}
	run_status(r, file_text("failed %.*s", (int)strcspn(text, "\n"), text));
	undo(r);
	tell_caller(r, status);
	_exit(status);
}

/* Any msg_die of the monitor, wherever it stands, ends here. */
static void died(const char *text, int status, void *arg)
{
	run_abort(arg, status, text);
}

/* The phases */

/* The caller waits for the byte that says how the start went; the monitor goes on in the background. */
static void detach(struct run *r)
{
	int pipefd[2];
	unsigned char status = EXIT_FAILED;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC))
		msg_die_errno("pipe");
	pid = fork();
	if (pid < 0)
		msg_die_errno("fork");
	if (pid) {
		close(pipefd[1]);
		if (read(pipefd[0], &status, 1) != 1)
			msg_warn("the monitor died before COMMAND ran");
		_exit(status);
	}
	close(pipefd[0]);
	r->caller = pipefd[1];
	setsid();
}

static void open_output(struct run *r)
{
	const char *output = r->conf->container.output;
	bool null = !output || !strcmp(output, "null");
	const char *path = null ? "/dev/null" : output + strlen("file:");
	int stdin_null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (stdin_null < 0 || dup2(stdin_null, 0) < 0)
		msg_die_errno("/dev/null");
	close(stdin_null);
	r->output = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY | (null ? 0 : O_CREAT | O_APPEND),
			 0600);
	if (r->output < 0)
		msg_die_errno("[container] output: %s", path);
}

static void claim(struct run *r)
{
	size_t n = applet_count();
	void **confs = file_alloc((n + 1) * sizeof *confs);
	struct ini *ini = inifile_copy(r->conf->ini);
	char **operands = r->command.call.operands;
	struct state st = {.root = state_root(r->conf->container.state_dir),
			   .name = r->conf->container.name,
			   .rootfd = -1,
			   .dir = -1};

	file_random_id(st.id);
	r->state = st; /* its id is in the plan */
	for (size_t i = 0; i < n; i++) {
		const struct group *g;
		const struct key *k;

		if (!strcmp(applet_list[i]->name, "nsexec"))
			confs[i] = (void *)(uintptr_t)r->conf;
		if (applet_list[i] != r->command.call.applet)
			continue;
		confs[i] = r->command.call.conf;
		/* COMMAND of the command line stands in the record as if it were the file's */
		k = conf_key(applet_list[i], "exec", "command", &g);
		if (k && operands && operands[0])
			*(char ***)(void *)((char *)confs[i] + g->base + k->offset) = operands;
	}
	state_claim(&st, applet_effective(ini, confs), plan_text(r));
	r->state =
		st; /* not before it is ours: what fails until here must not undo another's start */
	r->start.name = r->state.name;
	r->start.path = r->state.path;
	r->start.dir = r->state.dir;
	r->start.id = r->state.id;
}

static void find_cgroup(struct run *r)
{
	const char *failed = NULL;

	if (r->state.dir < 0)
		return;
	if (cgroup_record_read(r->state.dir, &r->cgroup))
		msg_die_errno("%s/cgroup", r->state.path);
	if (cgroup_open_join(&r->cgroup, &r->cgroup_fds, &failed))
		msg_die_errno("%s", failed ? failed : "cgroup");
	if (!(r->make & CLONE_NEWPID) && !r->cgroup.v2 && !r->cgroup.nv1)
		msg_die("%s: neither a private pid namespace nor a cgroup: what COMMAND leaves behind could "
			"not be found again",
			r->state.name);
}

static bool has_window(const struct run *r)
{
	bool has = r->conf->hooks.window.n;

	for (size_t i = 0; i < r->n_plan; i++)
		has |= r->plan[i].phase == PHASE_WINDOW;
	return has;
}

static int open_namespace(const struct run *r, const char *file)
{
	char path[48];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)r->pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		msg_die_errno("%s", path);
	return fd;
}

/* What came instead of the message that was due is why the start fails. */
static _Noreturn void start_failed(struct run *r, struct sync_message *m, enum sync_token due)
{
	char *line, *save = NULL;

	if (m->token == SYNC_EOF) {
		int status;

		sys_pidfd_send_signal(r->pidfd,
				      SIGKILL); /* if it lives, it lives without its channel */
		status = proc_wait(r->pidfd);
		r->pidfd = -1;
		msg_die("init died before COMMAND ran (status %d)", status);
	}
	if (m->token != SYNC_FAILED)
		msg_die("init said '%s' where '%s' was due", sync_name(m->token), sync_name(due));
	if (r->command.call.applet)
		msg_name(r->command.call.applet->name);
	for (line = strtok_r(m->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		msg_warn("%s", line);
	msg_name("nsexec");
	run_abort(r, m->status, m->text);
}

static void expect(struct run *r, enum sync_token token, struct sync_message *m)
{
	watch_message(r, m);
	if (m->token != token)
		start_failed(r, m, token);
}

static void give_birth(struct run *r)
{
	struct sync_message m;
	int pair[2];

	if (sync_pair(pair))
		msg_die_errno("socketpair");
	r->sync = pair[0];
	r->inner = pair[1];
	clone_init(r);
	r->start.pidfd = r->pidfd;
	if (has_window(r)) {
		r->start.netns = open_namespace(r, "net");
		if (r->make & CLONE_NEWUSER || (r->join && r->start.joined & CLONE_NEWUSER))
			r->start.userns = open_namespace(r, "user");
	}
	if (r->make & CLONE_NEWUSER) {
		expect(r, SYNC_MAPS, &m);
		idmap_write(r);
		if (sync_send(r->sync, SYNC_MAPPED))
			msg_die_errno("id maps");
	}
	if (r->state.dir >= 0 && state_record_pid(&r->state, r->pid, r->pidfd))
		msg_die_errno("%s/pid", r->state.path);
	expect(r, SYNC_READY, &m);
	run_status(r, file_text("created %d", (int)r->pid));
}

static void write_pid_file(const struct run *r)
{
	const char *path = r->conf->container.pid_file;
	const char *slash = path ? strrchr(path, '/') : NULL;
	int dir;

	if (!path)
		return;
	dir = open(slash == path ? "/" : file_text("%.*s", (int)(slash - path), path),
		   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || file_replace(dir, slash + 1, file_text("%d\n", (int)r->pid), 0644))
		msg_die_errno("[container] pid-file: %s", path);
	close(dir);
}

/* An outside driver holds the start until it says so; the end of its pipe is not "go". */
static void wait_go_fd(struct run *r)
{
	char word[4] = "";
	size_t n = 0;

	while (r->go_fd >= 0 && n < 2) {
		struct pollfd p[] = {{.fd = r->go_fd, .events = POLLIN},
				     {.fd = r->signals, .events = POLLIN},
				     {.fd = r->pidfd, .events = POLLIN}};
		ssize_t got;
		int sig;

		if (poll(p, 3, -1) < 0 && errno != EINTR)
			msg_die_errno("poll");
		sig = p[1].revents ? watch_abort_signal(r) : 0;
		if (sig)
			run_abort(r, 128 + sig, "signal before COMMAND ran");
		if (p[2].revents)
			msg_die("init was killed before COMMAND ran");
		if (!p[0].revents)
			continue;
		got = read(r->go_fd, word + n, 2 - n);
		if (got <= 0)
			msg_die("--go-fd: ended without the word go");
		n += (size_t)got;
	}
	if (r->go_fd >= 0 && strcmp(word, "go"))
		msg_die("--go-fd: '%s' is not the word go", word);
}

static void release(struct run *r)
{
	const struct applet *a = r->command.call.applet;
	static int fds[SYNC_FDS];
	int n = 0;

	if (a && a->sources && sys_capable(21 /* CAP_SYS_ADMIN */)) {
		msg_name(a->name);
		n = a->sources(r->command.call.conf, &r->start, fds, SYNC_FDS);
		msg_name("nsexec");
	}
	if (sync_send_fds(r->sync, SYNC_GO, fds, n))
		msg_die_errno("go");
	while (n > 0)
		close(fds[--n]);
	release_namespaces(r);
}

/*
 * Until the channel closes by execve.  Init that is dead by then without having executed anything
 * (PF_FORKNOEXEC; nsinit that stays has not either, and lives) was killed between its word and the deed.
 */
static void await_exec(struct run *r)
{
	struct sync_message m;

	watch_message(r, &m);
	if (m.token == SYNC_CONSOLE && m.nfds == 1) {
		r->console = m.fds[0];
		watch_message(r, &m);
	}
	if (m.token != SYNC_EXEC)
		start_failed(r, &m, SYNC_EXEC);
	if (sync_recv(r->sync, &m)) /* not watch_message: a signal that comes now is COMMAND's */
		msg_die_errno("message of init");
	if (m.token != SYNC_EOF)
		start_failed(r, &m, SYNC_EOF); /* the execve after the word has failed */
	if (!proc_alive(r->pidfd) && !r->command.call.applet &&
	    proc_flags(r->pid) & PROC_FORKNOEXEC)
		msg_die("init was killed before COMMAND ran");
}

/* From now on we hold nothing of the caller's but what the container itself was given. */
static void leave_caller(struct run *r)
{
	int null;

	if (r->caller < 0)
		return;
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
	close(null);
	close(r->output);
	r->output = -1;
	tell_caller(r, 0);
}

static int finish(struct run *r, int status)
{
	int64_t oom = status > 128 ? cgroup_oom_kills(&r->cgroup) : 0;

	if (oom > 0)
		msg_warn("%s: COMMAND was killed by signal %d: out of memory (the cgroup's limit)",
			 r->state.name, status - 128);
	if (status > 128)
		run_status(r, file_text("exited %d signal %d%s", status, status - 128,
					oom > 0 ? " oom" : ""));
	else
		run_status(r, file_text("exited %d", status));
	undo(r);
	return status;
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

static int nsexec_main(const void *conf, char **operands, const struct start *outer)
{
	struct run r = {.conf = conf,
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
			.life = -1};
	int life[2], status;
	bool record;

	(void)outer;
	r.status_fd = fd_or_none(r.conf->status_fd);
	r.go_fd = fd_or_none(r.conf->go_fd);
	r.make = private_kinds(&r.conf->namespaces);
	join_open(&r);
	idmap_check(&r);
	plan_make(&r);
	command_make(&r, operands);
	record = keeps_record(&r);
	check_command(&r);

	prepare_monitor(&r);
	if (r.conf->container.detach == 1) {
		detach(&r);
		open_output(&r);
	}
	msg_on_die(died, &r, 0);
	if (record)
		claim(&r);
	if (has_window(&r)) {
		if (pipe2(life, O_CLOEXEC))
			msg_die_errno("pipe");
		r.start.life = life[0];
		r.life = life[1];
	}
	window_run(&r, PHASE_PREPARE);
	find_cgroup(&r);
	give_birth(&r);
	window_run(&r, PHASE_WINDOW);
	write_pid_file(&r);
	wait_go_fd(&r);
	release(&r);
	await_exec(&r);

	r.running = true;
	run_status(&r, "running");
	window_hooks(&r, &r.conf->hooks.start, "start");
	msg_on_die(NULL, NULL, 0);
	leave_caller(&r);
	status = watch_running(&r);
	return finish(&r, status);
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
