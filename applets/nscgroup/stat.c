/*
 * stat.c - `nscgroup stat`: what a group uses, once, or again and again until the group is removed; and
 * the report of `nscgroup exec`.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "fields.h"
#include "file.h"
#include "msg.h"
#include "nscgroup.h"

int64_t stat_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int stat_ms_left(int64_t until)
{
	int64_t ms = until == INT64_MAX ? -1 : (until - stat_now() + 999999) / 1000000;

	if (until == INT64_MAX)
		return -1;
	return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

int stat_notify(const struct cgroup_record *r)
{
	const char *dir = r->v2 ? r->v2 : r->v1[0].path;
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	/* a directory that goes says nothing itself: its parent does */
	if (fd >= 0)
		(void)inotify_add_watch(fd, file_text("%s/..", dir), IN_DELETE | IN_ONLYDIR);
	return fd;
}

void stat_drain(int notify)
{
	char events[4096];

	while (read(notify, events, sizeof events) > 0)
		;
}

void stat_open(struct fields *f, const struct cgroup_record *r)
{
	if (!r->v2 && !r->nv1)
		msg_die("the container has no cgroup");
	if (fields_open(f, r))
		msg_die_errno("%s", r->v2 ? r->v2 : r->v1[0].path);
}

/* Until that moment, or until the group is gone: true. */
static bool stat_pause(const struct fields *f, int notify, int64_t until)
{
	struct pollfd p = {notify, POLLIN, 0};

	for (;;) {
		int n = poll(&p, 1, stat_ms_left(until));

		if (n < 0 && errno != EINTR)
			msg_die_errno("poll");
		if (fields_gone(f) || !n)
			return n != 0 || fields_gone(f);
		stat_drain(notify);
	}
}

/* The moment of each sample counts from the one before, however long that took. */
static int stat_watch(struct fields *f, struct print *p, int64_t interval)
{
	int notify = stat_notify(f->record);
	int64_t next = stat_now();

	do {
		print_begin(p);
		fields_print(f, p, false);
		if (fields_gone(f))
			break; /* what was read meanwhile is of nothing */
		print_end(p);
		next = interval > INT64_MAX - next    ? INT64_MAX
		       : next + interval > stat_now() ? next + interval
						      : stat_now();
	} while (!stat_pause(f, notify, next));
	return 0;
}

int nscgroup_stat(const struct nscgroup_conf *c, const struct cgroup_record *r)
{
	struct print p = {.fd = 1, .json = c->json == 1, .line = c->watch >= 0};
	struct fields f;

	stat_open(&f, r);
	if (c->watch >= 0)
		return stat_watch(&f, &p, c->watch);
	print_begin(&p);
	fields_print(&f, &p, false);
	print_end(&p);
	return 0;
}

/* ---- the report of exec ---- */

int stat_report_open(const char *file)
{
	bool own = !strcmp(file, "-");
	int fd = own ? fcntl(2, F_DUPFD_CLOEXEC, 3)
		     : open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666);

	if (fd < 0)
		msg_die_errno("--report: %s", own ? "standard error" : file);
	return fd;
}

void stat_report(struct print *p, const struct cgroup_record *r, int status, int64_t ns)
{
	struct fields f;

	print_begin(p);
	print_number(p, "status", status);
	print_number(p, "wall-us", ns / 1000);
	if (!fields_open(&f, r))
		fields_print(&f, p, true);
}
