/*
 * state.c - nskit state: the records of containers, for people and scripts (nsctl).
 *
 * Whatever is asked of a process is asked through a pidfd whose identity was checked against the
 * record; whatever is removed is removed under the record's lock.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "applet.h"
#include "cgroup.h"
#include "file.h"
#include "inifile.h"
#include "json.h"
#include "msg.h"
#include "nskit.h"
#include "proc.h"
#include "start.h"
#include "state.h"
#include "sys.h"

struct state_conf {
	signed char json;
	int signal;
	int64_t timeout;
	char *state_dir;
};

static const struct key state_keys[] = {
	{"json" BARE("yes") HELP("list, show: print JSON"),
	 KEY_FIELD(struct state_conf, json, boolean)},
	{"signal" HELP("kill: this signal; default KILL. stop: instead of [init] stop-signal"),
	 .letter = 's', KEY_FIELD(struct state_conf, signal, signal)},
	{"time" HELP("stop: KILL after this time instead of [init] stop-timeout"), .letter = 't',
	 KEY_FIELD(struct state_conf, timeout, time)},
	{"state-dir" ARG("DIR")
		 HELP("where the records are: /run/nskit, or $XDG_RUNTIME_DIR/nskit"),
	 KEY_FIELD(struct state_conf, state_dir, path)},
	{0},
};

/* ---- what is known of a container ---------------------------------------------------------------- */

struct facts {
	const struct state *st;
	const char *status; /* the whole line */
	const char *word;   /* one word: running, paused, ... stale: nobody works for it any more */
	struct state_pid id; /* pid 0: none recorded */
	time_t started;	     /* 0: not known */
	int64_t uptime;	     /* seconds, -1: not known or not alive */
	struct cgroup_record cgroup;
};

static int64_t clock_now(clockid_t clock)
{
	struct timespec t;

	return clock_gettime(clock, &t) == -1 ? 0 : t.tv_sec;
}

static bool is_held(const struct state *st)
{
	if (flock(st->dir, LOCK_SH | LOCK_NB) == -1)
		return true;
	(void)flock(st->dir, LOCK_UN);
	return false;
}

static void learn(struct facts *f, const struct state *st)
{
	int64_t ticks = (int64_t)getauxval(AT_CLKTCK);
	int pidfd = state_init_pidfd(st);
	uint64_t start;

	*f = (struct facts){.st = st, .uptime = -1};
	f->status = state_status(st);
	if (!f->status)
		f->status = "unknown";
	f->word = file_text("%.*s", (int)strcspn(f->status, " "), f->status);
	if (state_read_pid(st, &f->id) == -1)
		f->id = (struct state_pid){.pid = 0};
	if (cgroup_record_read(st->dir, &f->cgroup) == -1)
		f->cgroup = (struct cgroup_record){.v2 = NULL};
	start = pidfd != -1 ? proc_start_time(f->id.pid) : 0;
	if (start && proc_alive(pidfd)) { /* it was this one's */
		f->uptime = clock_now(CLOCK_BOOTTIME) - (int64_t)start / ticks;
		f->started = (time_t)(clock_now(CLOCK_REALTIME) - f->uptime);
	}
	if (!is_held(st))
		f->word = "stale";
	else if (!strcmp(f->word, "running") && cgroup_frozen(&f->cgroup) == 1)
		f->word = "paused";
	if (pidfd != -1)
		close(pidfd);
}

static const char *started_text(const struct facts *f)
{
	struct tm tm;

	if (!f->started || !gmtime_r(&f->started, &tm))
		return NULL;
	return file_text("%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
			 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

/* ---- printing ------------------------------------------------------------------------------------ */

static void put_json_cgroup(struct json *j, const char *controllers, const char *path)
{
	json_open(j, NULL, '{');
	json_text(j, "controllers", controllers);
	json_text(j, "path", path);
	json_close(j, '}');
}

static void put_json(struct json *j, const struct facts *f)
{
	const char *lease;
	/* what the network step took out of pools */
	char *at = state_read(f->st, "net.leases");

	json_open(j, NULL, '{');
	json_text(j, "name", f->st->name);
	json_text(j, "state", f->word);
	json_text(j, "status", f->status);
	json_number(j, "pid", f->id.pid > 0 ? f->id.pid : -1);
	json_number(j, "monitor", f->id.pid > 0 ? f->id.monitor : -1);
	json_text(j, "started", started_text(f));
	json_number(j, "uptime", f->uptime);
	json_text(j, "id", f->st->id);
	json_text(j, "path", f->st->path);
	json_open(j, "cgroup", '[');
	if (f->cgroup.v2)
		put_json_cgroup(j, "", f->cgroup.v2);
	for (int i = 0; i < f->cgroup.nv1; i++)
		put_json_cgroup(j, f->cgroup.v1[i].controllers, f->cgroup.v1[i].path);
	json_close(j, ']');
	json_open(j, "leases", '[');
	while ((lease = strsep(&at, "\n")) && *lease)
		json_text(j, NULL, lease);
	json_close(j, ']');
	json_close(j, '}');
}

static void put_row(const struct facts *f)
{
	const char *started = started_text(f);
	char pid[16] = "-", monitor[16] = "-";

	if (f->id.pid) {
		(void)snprintf(pid, sizeof pid, "%d", f->id.pid);
		(void)snprintf(monitor, sizeof monitor, "%d", f->id.monitor);
	}
	printf("%-20s %-9s %8s %8s %s\n", f->st->name, f->word, pid, monitor,
	       started ? started : "-");
}

static void put_facts(const struct facts *f)
{
	const char *started = started_text(f), *lease;
	char *at = state_read(f->st, "net.leases");

	printf("name %s\nstate %s\nstatus %s\n", f->st->name, f->word, f->status);
	if (f->id.pid)
		printf("pid %d\nmonitor %d\n", f->id.pid, f->id.monitor);
	if (started)
		printf("started %s\nuptime %" PRId64 "\n", started, f->uptime);
	printf("id %s\npath %s\n", f->st->id, f->st->path);
	if (f->cgroup.v2)
		printf("cgroup v2 %s\n", f->cgroup.v2);
	for (int i = 0; i < f->cgroup.nv1; i++)
		printf("cgroup v1 %s %s\n", f->cgroup.v1[i].controllers, f->cgroup.v1[i].path);
	while ((lease = strsep(&at, "\n")) && *lease)
		printf("lease %s\n", lease);
}

/* ---- the commands -------------------------------------------------------------------------------- */

struct listing {
	bool json;
	struct json out;
	size_t n;
};

static int list_one(struct state *st, void *arg)
{
	struct listing *l = arg;
	struct facts f;

	learn(&f, st);
	if (l->json) {
		put_json(&l->out, &f);
		return 0;
	}
	if (l->n++ == 0)
		puts("NAME                 STATE          PID  MONITOR STARTED");
	put_row(&f);
	return 0;
}

static int list(const struct state_conf *c, const char *name)
{
	struct listing l = {.json = c->json == 1};

	(void)name;
	if (l.json)
		json_open(&l.out, NULL, '[');
	(void)state_each(state_root(c->state_dir), list_one, &l);
	if (l.json)
		puts("]");
	return 0;
}

static void open_record(struct state *st, const struct state_conf *c, const char *name)
{
	if (!state_open(st, state_root(c->state_dir), name))
		msg_die("%s: no such container", name);
}

static int show(const struct state_conf *c, const char *name)
{
	struct state st;
	struct facts f;

	open_record(&st, c, name);
	learn(&f, &st);
	if (c->json == 1) {
		put_json(&(struct json){0}, &f);
		putchar('\n');
	} else {
		put_facts(&f);
	}
	return 0;
}

/* The exit status that the last status tells; dies when it tells none. */
static int ended_with(const char *name, const char *status)
{
	static const char exited[] = "exited ";
	const char *value = status && !strncmp(status, exited, strlen(exited))
				    ? status + strlen(exited)
				    : "";
	char *word = file_text("%.*s", (int)strcspn(value, " "), value);
	uint64_t n;

	if (key_number(word, 255, &n))
		return (int)n;
	if (status && !strncmp(status, "failed ", 7))
		msg_die("%s: %s", name, status);
	msg_hint("'nskit state gc %s' removes what is left of it", name);
	msg_die("%s: its monitor was killed, its exit status is not known", name);
}

static int wait_for(const struct state_conf *c, const char *name)
{
	const char *last;
	struct state st;
	int status;

	open_record(&st, c, name);
	/* opened before the wait: the record goes with the container, this file's text stays with us */
	status = state_open_status(&st);
	if (status == -1)
		msg_die("%s: no such container", name); /* being removed */
	if (state_wait_lock(&st) == -1)
		msg_die_errno("%s: wait", name);
	last = state_status_of(status);
	if (last && !strncmp(last, "exited ", 7) && strstr(last, " oom"))
		msg_warn("%s: was killed: out of memory", name);
	return ended_with(name, last);
}

static int collect(struct state *st, void *arg)
{
	bool *failed = arg;

	if (state_try_lock(st)) {
		*failed |= state_collect(st) == -1;
	} else if (errno != EWOULDBLOCK && errno != ENOENT) {
		msg_warn_errno("%s", st->path);
		*failed = true;
	}
	return 0;
}

static int gc(const struct state_conf *c, const char *name)
{
	char *root = state_root(c->state_dir);
	bool failed = false;
	struct state st;

	if (!name) {
		(void)state_each(root, collect, &failed);
		return state_sweep(root) || failed ? EXIT_FAILED : 0;
	}
	open_record(&st, c, name);
	if (!state_try_lock(&st)) {
		if (errno == EWOULDBLOCK)
			msg_die("%s: is running", name);
		if (errno != ENOENT)
			msg_die_errno("%s", name);
		return 0;
	}
	return state_collect(&st) == -1 ? EXIT_FAILED : 0;
}

static int open_init(const struct state *st)
{
	int pidfd = state_init_pidfd(st);

	if (pidfd == -1 && errno == EXDEV)
		msg_die("%s: runs in another pid or time namespace", st->name);
	if (pidfd == -1 && errno == ENOENT)
		msg_die("%s: has no process yet", st->name);
	if (pidfd == -1 && errno == ESRCH)
		msg_die("%s: is not running", st->name);
	if (pidfd == -1)
		msg_die_errno("%s: its pid", st->name);
	return pidfd;
}

static int send(const struct state *st, int pidfd, int sig)
{
	if (sys_pidfd_send_signal(pidfd, sig) == -1) {
		if (errno == ESRCH)
			return -1;
		msg_die_errno("%s: signal %d", st->name, sig);
	}
	return 0;
}

static int kill_init(const struct state_conf *c, const char *name)
{
	struct state st;

	open_record(&st, c, name);
	if (send(&st, open_init(&st), c->signal == -1 ? SIGKILL : c->signal) == -1)
		msg_die("%s: is not running", name);
	return 0;
}

/* A value of the container's own configuration, by the type's own parser; left as it is when unset. */
static void own_value(const struct state *st, const struct ini *ini, const char *name,
		      const struct type *type, void *out)
{
	const struct origin o = {.file = "config", .dir = "/", .name = st->name};
	static const struct key any;
	const char *phrase = NULL;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (l->key && *l->value && !strcmp(l->section, "init") && !strcmp(l->key, name))
			phrase = type->parse(&any, l->value, &o, out);
		if (phrase)
			msg_die("%s: [init] %s: %s", st->name, name, phrase);
	}
}

struct stopping {
	int signal;
	int64_t timeout; /* ns, INT64_MAX: none */
};

static struct stopping stopping_of(const struct state *st, const struct state_conf *c)
{
	struct stopping s = {SIGTERM, INT64_C(10000000000)};
	char *config = state_read(st, "config");
	struct ini ini = {0};

	if (config && !inifile_parse(&ini, "config", "/", config, strlen(config))) {
		own_value(st, &ini, "stop-signal", &type_signal, &s.signal);
		own_value(st, &ini, "stop-timeout", &type_time, &s.timeout);
	}
	free(config);
	if (c->signal != -1)
		s.signal = c->signal;
	if (c->timeout != -1)
		s.timeout = c->timeout;
	return s;
}

/* The stop signal, then KILL; its monitor, or we in its place, remove what it had. */
static int stop(const struct state_conf *c, const char *name)
{
	struct state st;
	struct stopping s;
	int pidfd;

	open_record(&st, c, name);
	s = stopping_of(&st, c);
	pidfd = state_init_pidfd(&st);
	if (pidfd == -1 && errno != ESRCH)
		pidfd = open_init(&st); /* says why */
	if (pidfd != -1 && send(&st, pidfd, s.signal) == 0) {
		struct pollfd p = {.fd = pidfd, .events = POLLIN};
		int64_t ms = s.timeout / 1000000;

		if (poll(&p, 1, s.timeout == INT64_MAX || ms > INT32_MAX ? -1 : (int)ms) == 0)
			(void)send(&st, pidfd, SIGKILL);
	}
	if (state_wait_lock(&st) == -1)
		msg_die_errno("%s: wait", name);
	return state_try_lock(&st) && state_collect(&st) == -1 ? EXIT_FAILED : 0;
}

/* For the steps that ask $NSK_DIR which container they are for: nscgroup freeze, stat, ... */
static int with(const struct state_conf *c, const char *name, char **command)
{
	struct start start = {.pidfd = -1, .userns = -1, .netns = -1, .sync = -1, .life = -1};
	struct state st;

	open_record(&st, c, name);
	start.name = st.name;
	start.path = st.path;
	start.dir = st.dir;
	start.id = st.id;
	start_to_env(&start);
	proc_exec(command, environ);
}

static const struct command {
	const char *name;
	int (*run)(const struct state_conf *, const char *name);
	enum { NO_NAME, ONE_NAME, MAYBE_NAME, NAME_COMMAND } names;
} commands[] = {
	{"with", NULL, NAME_COMMAND}, {"list", list, NO_NAME}, {"show", show, ONE_NAME},
	{"wait", wait_for, ONE_NAME}, {"gc", gc, MAYBE_NAME},  {"kill", kill_init, ONE_NAME},
	{"stop", stop, ONE_NAME},
};

static const struct command *command_of(const char *verb)
{
	const struct command *c = commands;

	while (strcmp(c->name, verb) != 0) /* one of them: the engine has checked verbs */
		c++;
	return c;
}

static void check(const void *conf, char **operands)
{
	const struct command *c = command_of(operands[0]);

	(void)conf;
	if (c->names == ONE_NAME && !operands[1])
		msg_usage("%s: a NAME is wanted", c->name);
	if (c->names == NAME_COMMAND && (!operands[1] || !operands[2]))
		msg_usage("%s: a NAME and a COMMAND are wanted", c->name);
	if (operands[1] && c->names != NAME_COMMAND && (c->names == NO_NAME || operands[2]))
		msg_usage("%s: '%s' is one word too many", c->name,
			  operands[c->names == NO_NAME ? 1 : 2]);
	if (operands[1])
		state_check_name(operands[1]);
}

static int run(const void *conf, char **operands, const struct start *start)
{
	const struct command *c = command_of(operands[0]);

	(void)start;
	if (c->names == NAME_COMMAND)
		return with(conf, operands[1], operands + 2);
	return c->run(conf, operands[1]);
}

static const struct group groups[] = {{state_keys, NULL, 0, 0}, {0}};

static const struct applet state_applet = {
	.name = "nskit",
	.synopsis = "state list|show NAME|wait NAME|gc [NAME]|kill NAME|stop NAME [OPTION]...\n"
		    "       nskit state with NAME COMMAND [ARG]...",
	.summary = "Reads and ends the records of containers",
	.verbs = "list\0show\0wait\0gc\0kill\0stop\0with\0",
	.after =
		"wait gives the exit status of the container. gc removes what containers left whose monitor\n"
		"was killed.\n",
	.groups = groups,
	.conf_size = sizeof(struct state_conf),
	.check = check,
	.main = run,
};

int state_main(char **argv)
{
	struct call call;

	applet_prepare(&call, &state_applet, argv, NULL);
	return applet_run(&call, NULL);
}
