/*
 * cgroup.c - see cgroup.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "key.h"

enum { RECORD_LIMIT = CGROUP_PATH_MAX * (CGROUP_V1_MAX + 1) };

static bool cgroup_good_path(const char *path)
{
	size_t len = strlen(path);

	if (path[0] != '/' || len >= CGROUP_PATH_MAX || strstr(path, "/../"))
		return false;
	return len < 3 || strcmp(path + len - 3, "/..") != 0;
}

/* One line: `v2 PATH`, `v1 CONTROLLERS PATH`, `delegate` or `shared`. */
static bool cgroup_record_line(char *line, struct cgroup_record *r)
{
	if (!strncmp(line, "v2 ", 3) && !r->v2) {
		r->v2 = line + 3;
		return cgroup_good_path(r->v2);
	}
	if (!strncmp(line, "v1 ", 3) && r->nv1 < CGROUP_V1_MAX) {
		struct cgroup_v1 *g = &r->v1[r->nv1++];
		char *blank = strchr(line + 3, ' ');

		if (!blank)
			return false;
		*blank = 0;
		g->controllers = line + 3;
		g->path = blank + 1;
		return g->controllers[0] && cgroup_good_path(g->path);
	}
	if (!strcmp(line, "shared"))
		return r->shared = true;
	return !strcmp(line, "delegate") && (r->delegate = true);
}

int cgroup_record_parse(char *text, struct cgroup_record *r)
{
	*r = (struct cgroup_record){0};
	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n');
		if (!next) {
			errno = EBADMSG;
			return -1;
		}
		*next++ = 0;
		if (!cgroup_record_line(line, r)) {
			errno = EBADMSG;
			return -1;
		}
	}
	return 0;
}

int cgroup_record_read(int statedir, struct cgroup_record *r)
{
	size_t len;
	char *text;

	*r = (struct cgroup_record){0};
	if (statedir < 0)
		return 0;
	text = file_slurp(statedir, "cgroup", RECORD_LIMIT, &len);
	if (!text)
		return errno == ENOENT ? 0 : -1;
	if (strlen(text) != len) {
		errno = EBADMSG;
		return -1;
	}
	return cgroup_record_parse(text, r);
}

char *cgroup_record_text(const struct cgroup_record *r)
{
	char *text = r->v2 ? file_text("v2 %s\n", r->v2) : file_dup("");

	for (int i = 0; i < r->nv1; i++) {
		char *longer = file_text("%sv1 %s %s\n", text, r->v1[i].controllers, r->v1[i].path);

		free(text);
		text = longer;
	}
	return file_text("%s%s%s", text, r->delegate ? "delegate\n" : "",
			 r->shared ? "shared\n" : "");
}

int cgroup_open_join(const struct cgroup_record *r, struct cgroup_join *j, const char **failed)
{
	char path[CGROUP_PATH_MAX + 8];
	const char *object = r->v2;

	*j = (struct cgroup_join){.v2 = -1};
	if (r->v2) {
		j->v2 = open(r->v2, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (j->v2 < 0)
			goto out;
	}
	for (int i = 0; i < r->nv1; i++) {
		object = r->v1[i].path;
		(void)snprintf(path, sizeof path, "%s/tasks",
			       object); /* the record's are shorter */
		j->v1[i] = open(path, O_WRONLY | O_CLOEXEC);
		if (j->v1[i] < 0)
			goto out;
		j->nv1 = i + 1;
	}
	return 0;
out:
	if (failed)
		*failed = object;
	cgroup_close_join(j);
	return -1;
}

void cgroup_close_join(struct cgroup_join *j)
{
	int saved = errno;

	if (j->v2 >= 0)
		(void)close(j->v2);
	for (int i = 0; i < j->nv1; i++)
		(void)close(j->v1[i]);
	*j = (struct cgroup_join){.v2 = -1};
	errno = saved;
}

int cgroup_enter_v1(struct cgroup_join *j)
{
	int result = 0;

	for (int i = 0; i < j->nv1 && result == 0; i++)
		if (write(j->v1[i], "0", 1) != 1)
			result = -1;
	cgroup_close_join(j);
	return result;
}

int cgroup_enter_v2(const struct cgroup_join *j)
{
	return j->v2 < 0 ? 0 : file_put(j->v2, "cgroup.procs", "0");
}

/* A small file of a group; NULL when it is not there. */
static const char *cgroup_text(const char *dir, const char *file, char *buf, size_t cap)
{
	char path[CGROUP_PATH_MAX + 64];

	(void)snprintf(path, sizeof path, "%s/%s", dir, file); /* cut: not there */
	return file_read(AT_FDCWD, path, buf, cap) < 0 ? NULL : buf;
}

static const struct cgroup_v1 *cgroup_v1_of(const struct cgroup_record *r, const char *controller)
{
	for (int i = 0; i < r->nv1; i++)
		if (cgroup_word(r->v1[i].controllers, controller, ','))
			return &r->v1[i];
	return NULL;
}

int cgroup_frozen(const struct cgroup_record *r)
{
	const struct cgroup_v1 *freezer = cgroup_v1_of(r, "freezer");
	char buf[256];

	if (r->v2) {
		if (!cgroup_text(r->v2, "cgroup.freeze", buf, sizeof buf))
			return -1;
		if (buf[0] == '1')
			return 1;
		/* an ancestor's freeze is seen here alone */
		if (!cgroup_text(r->v2, "cgroup.events", buf, sizeof buf))
			return -1;
		if (cgroup_field(buf, "frozen") == 1)
			return 1;
	}
	if (!freezer)
		return 0;
	if (!cgroup_text(freezer->path, "freezer.state", buf, sizeof buf))
		return -1;
	return strncmp(buf, "THAWED", 6) != 0;
}

int64_t cgroup_oom_kills(const struct cgroup_record *r)
{
	const struct cgroup_v1 *memory = cgroup_v1_of(r, "memory");
	char buf[512];

	if (memory && cgroup_text(memory->path, "memory.oom_control", buf, sizeof buf))
		return cgroup_field(buf, "oom_kill");
	if (r->v2 && cgroup_text(r->v2, "memory.events", buf, sizeof buf))
		return cgroup_field(buf, "oom_kill");
	return -1;
}

bool cgroup_word(const char *list, const char *word, char sep)
{
	size_t len = strlen(word);

	for (const char *p = list; p; p = strchr(p, sep)) {
		p += *p == sep;
		if (!strncmp(p, word, len) && (!p[len] || p[len] == sep || p[len] == '\n'))
			return true;
	}
	return false;
}

int64_t cgroup_field(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		char digits[24];
		uint64_t n;

		line += *line == '\n';
		if (strncmp(line, name, len) || line[len] != ' ')
			continue;
		line += len + 1;
		len = strspn(line, "0123456789");
		if (len >= sizeof digits)
			return -1;
		memcpy(digits, line, len);
		digits[len] = 0;
		return key_number(digits, INT64_MAX, &n) ? (int64_t)n : -1;
	}
	return -1;
}
