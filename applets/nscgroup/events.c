/*
 * events.c - `nscgroup events`: a line for each thing that happens to a group.
 *
 * Files that the kernel says were modified (inotify) are read again, and what differs is an event: no
 * number is missed, although several changes may be one event.  v1 tells of memory by an eventfd,
 * which fires before the kill that may follow, and when the group is removed: so the number of kills
 * is asked for a while after it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "fields.h"
#include "file.h"
#include "json.h"
#include "msg.h"
#include "nscgroup.h"

/* A state has two names, a counter has one. */
static const struct event {
	const char *name, *unset, *v2, *v1;
} table[] = {
	{"oom", NULL, "memory.events oom", NULL},
	{"oom-kill", NULL, "memory.events oom_kill", "memory.oom_control oom_kill"},
	{"pids-max", NULL, "pids.events max", "pids.events max"},
	{"frozen", "thawed", "cgroup.events frozen", NULL},
	{"populated", "empty", "cgroup.events populated", NULL},
};
enum { EVENTS = sizeof table / sizeof *table, OOM = 0, OOM_KILL = 1 };

enum {
	FD_NOTIFY,
	FD_OOM,
	FD_PSI,
	PSI_MAX = 16,
	SETTLE_MS = 20, /* v1: how often the number of kills is asked after an eventfd fired */
	SETTLE_SECONDS = 10,
	POLL_MS = 200, /* v1: kernels from 6.11 say nothing of pids.events */
};

struct watch {
	const struct nscgroup_conf *conf;
	struct fields f;
	int64_t last[EVENTS];
	int64_t ooms;	/* v1: how often the eventfd fired; FIELD_NONE: there is none */
	int64_t settle; /* v1: until then a kill may follow */
	struct pollfd fds[FD_PSI + PSI_MAX];
	bool met; /* what --until waits for has come */
};

/* ---- setting up ---- */

/* v1: FD_OOM becomes readable whenever the group is out of memory. */
static void events_oom_v1(struct watch *w)
{
	int dir = fields_dir(&w->f, "memory."), control, fd;
	char text[32];

	w->ooms = FIELD_NONE;
	if (dir < 0)
		return;
	control = openat(dir, "memory.oom_control", O_RDONLY | O_CLOEXEC);
	fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	(void)snprintf(text, sizeof text, "%d %d", fd, control);
	if (control < 0 || fd < 0 || file_put(dir, "cgroup.event_control", text))
		msg_warn_errno("no oom events: memory.oom_control");
	else
		w->ooms = 0;
	if (w->ooms == 0)
		w->fds[FD_OOM].fd = fd; /* control stays open as well */
}

static void events_psi(struct watch *w, const char *trigger, struct pollfd *p)
{
	char file[FIELDS_FILE];

	(void)snprintf(file, sizeof file, "%.*s.pressure", (int)strcspn(trigger, " /"), trigger);
	if (w->f.v2 < 0)
		msg_die("--psi: there is no v2 group, and v1 has no pressure files");
	*p = (struct pollfd){
		.fd = openat(w->f.v2, file, O_RDWR | O_NONBLOCK | O_CLOEXEC),
		.events = POLLPRI,
	};
	if (p->fd < 0)
		msg_die_errno("--psi '%s': %s", trigger, file);
	trigger += strcspn(trigger, " ");
	trigger += *trigger == ' ';
	if (write(p->fd, trigger, strlen(trigger) + 1) >= 0)
		return;
	if (errno == EINVAL)
		msg_hint(
			"RESOURCE some|full STALL WINDOW, in us; without CAP_SYS_RESOURCE the window "
			"is a multiple of 2 s");
	msg_die_errno("--psi: %s: '%s'", file, trigger);
}

static void events_notify(struct watch *w)
{
	const struct cgroup_record *r = w->f.record;

	w->fds[FD_NOTIFY].fd = stat_notify(r);
	if (w->fds[FD_NOTIFY].fd < 0)
		msg_die_errno("inotify");
	for (int i = 0; i < EVENTS; i++)
		for (int g = -1; g < r->nv1; g++) {
			const char *source = g < 0 ? table[i].v2 : table[i].v1;
			const char *dir = g < 0 ? r->v2 : r->v1[g].path;

			/* where it is not there, the other hierarchy has it, or none */
			if (source && dir)
				(void)inotify_add_watch(w->fds[FD_NOTIFY].fd,
							file_text("%s/%.*s", dir,
								  (int)strcspn(source, " "),
								  source),
							IN_MODIFY);
		}
}

/* ---- what has happened ---- */

static void events_say(struct watch *w, const char *name, int64_t count, const char *trigger)
{
	const char *until = w->conf->until;
	struct json j = {false};

	if (w->met)
		return;
	if (w->conf->json == 1) {
		json_open(&j, NULL, '{');
		json_text(&j, "event", name);
		if (count >= 0)
			json_number(&j, "count", count);
		if (trigger)
			json_text(&j, "trigger", trigger);
		json_close(&j, '}');
	} else {
		fputs(name, stdout);
		if (count >= 0)
			printf(" %" PRId64, count);
		if (trigger)
			printf(" %s", trigger);
	}
	putchar('\n');
	file_flush_stdout();
	w->met = until && !strcmp(until, name);
}

static int64_t events_number(struct watch *w, int i)
{
	int64_t n = fields_number(&w->f, table[i].v2, false);

	if (n == FIELD_NONE && table[i].v1)
		n = fields_number(&w->f, table[i].v1, true);
	return n == FIELD_NONE && i == OOM ? w->ooms : n;
}

/* first: how it stands at the beginning; counters say nothing then. */
static void events_look(struct watch *w, bool first)
{
	fields_refresh(&w->f);
	for (int i = 0; i < EVENTS; i++) {
		int64_t n = events_number(w, i);

		if (n == FIELD_NONE || (!first && n == w->last[i]))
			continue;
		w->last[i] = n;
		if (i == OOM_KILL)
			w->settle = 0;
		if (table[i].unset)
			events_say(w, n ? table[i].name : table[i].unset, -1, NULL);
		else if (!first)
			events_say(w, table[i].name, n, NULL);
	}
}

static void events_fired(struct watch *w)
{
	const char *const *triggers = (const char *const *)w->conf->psi.v;
	uint64_t n;

	if (w->fds[FD_NOTIFY].revents)
		stat_drain(w->fds[FD_NOTIFY].fd);
	if (w->fds[FD_OOM].revents && read(w->fds[FD_OOM].fd, &n, sizeof n) == (ssize_t)sizeof n &&
	    !fields_gone(&w->f)) {
		w->ooms += (int64_t)n;
		w->settle = stat_now() + INT64_C(1000000000) * SETTLE_SECONDS;
	}
	for (size_t i = 0; i < w->conf->psi.n; i++) {
		struct pollfd *p = &w->fds[FD_PSI + i];

		if (p->revents & POLLERR)
			p->fd = -1; /* the group goes: its parent says when */
		else if (p->revents & POLLPRI)
			events_say(w, "psi", -1, triggers[i]);
	}
}

/* When to look although nothing was said. */
static int64_t events_next(const struct watch *w, int64_t until)
{
	int64_t now = stat_now(), ms = now < w->settle			 ? SETTLE_MS
				       : fields_dir(&w->f, "pids.") >= 0 ? POLL_MS
									 : 0;

	return ms && now + ms * 1000000 < until ? now + ms * 1000000 : until;
}

static int events_loop(struct watch *w, int64_t until)
{
	while (!w->met) {
		int ms = stat_ms_left(events_next(w, until));

		if (poll(w->fds, FD_PSI + w->conf->psi.n, ms) < 0 && errno != EINTR)
			msg_die_errno("poll");
		events_fired(w);
		events_look(w, false);
		if (fields_gone(&w->f)) {
			if (w->last[EVENTS - 1] > 0)
				events_say(w, table[EVENTS - 1].unset, -1, NULL);
			events_say(w, "gone", -1, NULL);
			break;
		}
		if (stat_now() >= until)
			break;
	}
	return w->conf->until && !w->met;
}

/* Whether that is an event, and can come here. */
static void events_check_until(const struct watch *w)
{
	const char *until = w->conf->until;

	if (!until || !strcmp(until, "gone") || (!strcmp(until, "psi") && w->conf->psi.n))
		return;
	for (int i = 0; i < EVENTS; i++)
		if (!strcmp(until, table[i].name) ||
		    (table[i].unset && !strcmp(until, table[i].unset))) {
			if (w->last[i] == FIELD_NONE)
				msg_die("--until %s: this group has no %.*s", until,
					(int)strcspn(table[i].v2, " "), table[i].v2);
			return;
		}
	if (!strcmp(until, "psi"))
		msg_die("--until psi: wants --psi");
	msg_die("--until: '%s' is none of oom, oom-kill, pids-max, frozen, thawed, populated, "
		"empty, psi, gone",
		until);
}

int nscgroup_events(const struct nscgroup_conf *c, const struct cgroup_record *r)
{
	const char *const *triggers = (const char *const *)c->psi.v;
	int64_t now = stat_now();
	struct watch w = {.conf = c};

	if (c->psi.n > PSI_MAX)
		msg_die("--psi: at most %d", PSI_MAX);
	stat_open(&w.f, r);
	for (int i = 0; i < FD_PSI; i++)
		w.fds[i] = (struct pollfd){-1, POLLIN, 0};
	for (size_t i = 0; i < c->psi.n; i++)
		events_psi(&w, triggers[i], &w.fds[FD_PSI + i]);
	events_notify(&w);
	events_oom_v1(&w);
	for (int i = 0; i < EVENTS; i++)
		w.last[i] = events_number(&w, i);
	events_check_until(&w);
	events_look(&w, true);
	events_say(&w, "ready", -1, NULL);
	return events_loop(&w, c->timeout < 0 || c->timeout > INT64_MAX - now ? INT64_MAX
									      : now + c->timeout);
}
