/*
 * stat.c - `nscgroup stat`: what a group uses, from whichever hierarchy has it.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

/* One field: in a file of one number (field NULL), or in a flat keyed one. */
struct source {
	const char *controller; /* v1: whose group; v2: NULL */
	const char *file, *field;
	int64_t divide; /* 0: by 1 */
};

static const struct stat_field {
	const char *name;
	struct source v2, v1;
} fields[] = {
	{"cpu-usage-us",
	 {NULL, "cpu.stat", "usage_usec", 0},
	 {"cpuacct", "cpuacct.usage", NULL, 1000}},
	{"cpu-user-us", {NULL, "cpu.stat", "user_usec", 0}, {0}},
	{"cpu-system-us", {NULL, "cpu.stat", "system_usec", 0}, {0}},
	{"cpu-periods", {NULL, "cpu.stat", "nr_periods", 0}, {"cpu", "cpu.stat", "nr_periods", 0}},
	{"cpu-throttled",
	 {NULL, "cpu.stat", "nr_throttled", 0},
	 {"cpu", "cpu.stat", "nr_throttled", 0}},
	{"cpu-throttled-us",
	 {NULL, "cpu.stat", "throttled_usec", 0},
	 {"cpu", "cpu.stat", "throttled_time", 1000}},
	{"memory-usage",
	 {NULL, "memory.current", NULL, 0},
	 {"memory", "memory.usage_in_bytes", NULL, 0}},
	{"memory-peak",
	 {NULL, "memory.peak", NULL, 0},
	 {"memory", "memory.max_usage_in_bytes", NULL, 0}},
	{"memory-max", {NULL, "memory.max", NULL, 0}, {"memory", "memory.limit_in_bytes", NULL, 0}},
	{"memory-swap", {NULL, "memory.swap.current", NULL, 0}, {0}},
	{"memory-failed", {NULL, "memory.events", "max", 0}, {"memory", "memory.failcnt", NULL, 0}},
	{"memory-oom-kills",
	 {NULL, "memory.events", "oom_kill", 0},
	 {"memory", "memory.oom_control", "oom_kill", 0}},
	{"pids", {NULL, "pids.current", NULL, 0}, {"pids", "pids.current", NULL, 0}},
	{"pids-max", {NULL, "pids.max", NULL, 0}, {"pids", "pids.max", NULL, 0}},
	{"frozen", {NULL, "cgroup.events", "frozen", 0}, {0}},
};

/* The value as text, NULL when this source is not there. */
static char *stat_read(const char *dir, const struct source *s)
{
	char *path = file_text("%s/%s", dir, s->file), *text;
	size_t len;
	uint64_t n;

	text = file_slurp(AT_FDCWD, path, 1 << 20, &len);
	if (!text)
		return NULL;
	if (s->field) {
		int64_t value = cgroup_field(text, s->field);

		if (value < 0)
			return NULL;
		n = (uint64_t)value;
	} else {
		text[strcspn(text, "\n")] = 0;
		if (!key_number(text, UINT64_MAX, &n) || n > INT64_MAX / 2)
			return file_dup("max"); /* v1 shows no limit as a number near 2^63 */
	}
	return file_text("%" PRIu64, n / (uint64_t)(s->divide ? s->divide : 1));
}

/* v1 where that group was made: its controller is there; v2 for the rest. */
static char *stat_value(const struct cgroup_record *r, const struct stat_field *f)
{
	for (int i = 0; f->v1.file && i < r->nv1; i++)
		if (cgroup_word(r->v1[i].controllers, f->v1.controller, ','))
			return stat_read(r->v1[i].path, &f->v1);
	return r->v2 ? stat_read(r->v2, &f->v2) : NULL;
}

/* One line a field; in JSON what is not a number is a string. */
static char *stat_line(const struct stat_field *f, const char *value, bool json, bool first)
{
	const char *quote = strcmp(value, "max") ? "" : "\"";

	if (!json)
		return file_text("%s %s\n", f->name, value);
	return file_text("%s\n  \"%s\": %s%s%s", first ? "" : ",", f->name, quote, value, quote);
}

int nscgroup_stat(const struct cgroup_record *r, bool json)
{
	char *all = file_dup(json ? "{" : "");
	bool first = true;

	if (!r->v2 && !r->nv1)
		msg_die("the container has no cgroup");
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		char *value = stat_value(r, &fields[i]);

		if (!value)
			continue;
		all = file_text("%s%s", all, stat_line(&fields[i], value, json, first));
		first = false;
	}
	all = file_text("%s%s", all, json ? "\n}\n" : "");
	if (file_write_all(1, all, strlen(all)))
		msg_die_errno("standard output");
	return 0;
}
