/*
 * state_undo.c - a record's plan run backwards, by the monitor at the end or by gc after its death.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applet.h"
#include "file.h"
#include "inifile.h"
#include "key.h"
#include "msg.h"
#include "proc.h"
#include "start.h"
#include "state.h"
#include "sys.h"

enum {
	SOON = 200, /* ms that a killed init is given before the inverses (a frozen one needs them) */
	LATEST = 5000, /* ms after them */
};

char *state_plan_next(char **at)
{
	char *line = *at, *p = line, quote = '\0';

	if (*p == '\0')
		return NULL;
	for (; *p && (quote || *p != '\n'); p++) {
		if (*p == '\\' && quote != '\'' && p[1]) {
			p++;
		} else if (quote) {
			if (*p == (quote == '$' ? '\'' : quote))
				quote = '\0';
		} else if (*p == '$' && p[1] == '\'') { /* $'...': a backslash quotes in it */
			quote = *p++;
		} else if (*p == '\'' || *p == '"') {
			quote = *p;
		}
	}
	if (*p)
		*p++ = '\0';
	*at = p;
	return line;
}

/* One command of the plan, in this child: gives its status, or dies with a message. */
static int run_command(const struct state *st, char *text, const char *config)
{
	const struct start start = {
		.name = st->name,
		.path = st->path,
		.dir = st->dir,
		.id = st->id,
		.pidfd = -1,
		.userns = -1,
		.netns = -1,
		.sync = -1,
		.life = -1,
		.undo = true,
	};
	const char *phrase = NULL;
	char **argv = key_words(text, &phrase);
	const struct applet *applet;
	struct ini ini = {0};
	struct call call;

	if (argv && argv[0] && strchr(argv[0], '/')) {
		start_to_env(&start);
		return proc_run(argv);
	}
	applet = argv && argv[0] ? applet_find(argv[0], NULL) : NULL;
	if (!applet)
		msg_die("%s/plan: %s: %s", st->path, text, phrase ? phrase : "no such applet");
	if (config) {
		phrase = inifile_parse(&ini, file_text("%s/config", st->path), st->path, config,
				       strlen(config));
		if (phrase)
			msg_die("%s", phrase);
		ini.file = file_text("%s/config",
				     st->path); /* the container defaults, as at the start */
	}
	applet_prepare(&call, applet, argv, config ? &ini : NULL);
	return applet_run(&call, &start);
}

/*
 * The same in a child of its own, so that one that dies does not keep the others from running.
 * 0, -1, or 1: later.
 */
static int run(const struct state *st, char *text, const char *config, bool inverse)
{
	int pidfd, status;
	pid_t pid = proc_fork(&pidfd);

	if (pid == -1) {
		msg_warn_errno("%s: undo: %s", st->name, text);
		return -1;
	}
	if (pid == 0) {
		msg_on_die(NULL, NULL, 0);
		_exit(run_command(st, text, config));
	}
	status = proc_wait(pidfd);
	close(pidfd);
	if (status == 0)
		return 0;
	if (inverse && status == START_LATER)
		return 1;
	msg_warn("%s: undo: %s: failed with status %d", st->name, text, status);
	return -1;
}

void state_unlink(const char *path)
{
	if (unlink(path) && errno != ENOENT)
		msg_warn_errno("%s", path);
}

int state_undo(struct state *st)
{
	char *plan = state_read(st, "plan"), *config = plan ? state_read(st, "config") : NULL;
	char *at = plan, *line, **undo = NULL;
	size_t n = 0;
	int result = 0;

	if (!config && errno != ENOENT) {
		msg_warn_errno("%s", st->path);
		return -1;
	}
	if (!plan)
		return 0; /* killed before it had one: nothing was made either */
	while ((line = state_plan_next(&at))) {
		if (strncmp(line, "stop ", 5) == 0) {
			if (faccessat(st->dir, STATE_HOOKED, F_OK, 0) &&
			    run(st, line + 5, config, false) == -1)
				result = -1;
		} else if (strncmp(line, "file ", 5) == 0) {
			const char *phrase;
			char **file = key_words(line + 5, &phrase);

			if (file && file[0])
				state_unlink(file[0]); /* gone already after an ordered end */
		} else if (strncmp(line, "undo ", 5) == 0) {
			undo = file_grow(undo, (n + 1) * sizeof *undo);
			undo[n++] = line + 5;
		}
	}
	while (n > 0) {
		int one = run(st, undo[--n], config, true);

		result = one && result != -1 ? one : result;
	}
	if (result == 1)
		(void)state_write(st, STATE_HOOKED, ""); /* without: once more */
	free(undo);
	free(config);
	free(plan);
	return result;
}

/* true when it is gone within ms */
static bool gone(int pidfd, int ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return pidfd == -1 || poll(&p, 1, ms) == 1;
}

int state_collect(struct state *st)
{
	/*
	 * EXDEV: its number cannot be had here.  The lock is free, so its monitor is dead, and so is
	 * init by its death signal; what else there is is in the cgroup, which an inverse kills.
	 */
	int pidfd = state_init_pidfd(st), result;

	if (pidfd != -1 && sys_pidfd_send_signal(pidfd, SIGKILL) == -1 && errno != ESRCH)
		msg_warn_errno("%s: kill init", st->name);
	(void)gone(pidfd, SOON);
	result = state_undo(st);
	if (!gone(pidfd, LATEST)) {
		msg_warn("%s: init was killed and does not die", st->name);
		result = -1;
	}
	if (pidfd != -1)
		close(pidfd);
	return result == 0 ? state_remove(st) : result;
}
