/*
 * detect.c - the cgroup hierarchies of this machine: v1, v2, or v1 for some controllers and v2 beside
 * it.  /proc/self/cgroup says which there are and where the caller is; the usual places are asked what is
 * mounted there, and only without all of them mountinfo is read, which is long on a machine with many
 * containers.  Paths count from the root of the caller's cgroup namespace.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "nscgroup.h"
#include "sys.h"

enum { DETECT_LIMIT = 64 << 20 }; /* of mountinfo: hosts with 100,000 mounts are real */

/* The next part of a text before sep, NULL after the last. */
static char *detect_cut(char **text, char sep)
{
	char *part = *text, *end;

	if (!part)
		return NULL;
	end = strchr(part, sep);
	*text = end ? end + 1 : NULL;
	if (end)
		*end = 0;
	return part;
}

/* mountinfo writes blank, tab, newline and backslash as three octal digits. */
static char *detect_unescape(char *text)
{
	char *to = text;

	for (char *p = text; *p; p++) {
		if (p[0] == '\\' && strspn(p + 1, "01234567") >= 3) {
			*to++ = (char)((p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0'));
			p += 3;
		} else {
			*to++ = *p;
		}
	}
	*to = 0;
	return text;
}

/* Where path is seen below a mount that shows its hierarchy from root on; NULL: nowhere. */
static char *detect_own(const char *mount, const char *root, const char *path)
{
	size_t len = strcmp(root, "/") ? strlen(root) : 0, leaf;
	char *own;

	if (strstr(path, "/..") || strncmp(path, root, len) || (path[len] && path[len] != '/'))
		return NULL;
	path += len;
	own = strcmp(path, "/") && path[0] ? file_text("%s%s", mount, path) : file_dup(mount);
	leaf = strlen(own) - strlen("/" V2_LEAF);
	if (strlen(own) > strlen("/" V2_LEAF) && !strcmp(own + leaf, "/" V2_LEAF))
		own[leaf] = 0; /* where v2.c put the processes of the group above */
	return own;
}

struct line {
	char *root, *mount, *type;
	const char *options;
};

/* mountinfo: id parent device root mount options [optional]... - type source options */
static bool detect_line(char *text, struct line *l)
{
	char *part;

	for (int i = 0; i < 3; i++)
		(void)detect_cut(&text, ' ');
	l->root = detect_cut(&text, ' ');
	l->mount = detect_cut(&text, ' ');
	while ((part = detect_cut(&text, ' ')) && strcmp(part, "-") != 0)
		;
	l->type = detect_cut(&text, ' ');
	(void)detect_cut(&text, ' ');
	l->options = detect_cut(&text, ' ');
	return l->options && !strncmp(l->type, "cgroup", 6);
}

/* Most lines are of other file systems: they are not taken apart. A path may hold these words, too. */
static bool detect_hopeful(const char *line)
{
	const char *dash = line;

	while ((dash = strchr(dash, '-')) && strncmp(dash, "- cgroup", 8) != 0)
		dash++;
	return dash;
}

/* Whether the line is a mount of h: of v2, or of the v1 hierarchy with its first controller. */
static bool detect_matches(const struct line *l, const struct hierarchy *h)
{
	char first[64] = "";

	if (detect_is_v2(h))
		return !strcmp(l->type, "cgroup2");
	if (strcmp(l->type, "cgroup") || strcspn(h->controllers, ",") >= sizeof first)
		return false;
	memcpy(first, h->controllers, strcspn(h->controllers, ","));
	return cgroup_word(l->options, first, ',');
}

/* Of several mounts the first that shows the caller's group is taken, else the first. */
static void detect_mount(struct hierarchies *hs, char *text)
{
	struct line l;

	if (!detect_hopeful(text) || !detect_line(text, &l))
		return;
	detect_unescape(l.root);
	detect_unescape(l.mount);
	for (int i = 0; i < hs->n; i++) {
		struct hierarchy *h = &hs->h[i];
		char *own;

		if (h->own || !detect_matches(&l, h))
			continue;
		own = detect_own(l.mount, l.root, h->path);
		if (own || !h->mount) {
			h->mount = file_dup(l.mount);
			h->own = own;
		}
	}
}

static void detect_groups(struct hierarchies *hs, char *cgroups)
{
	for (char *line; (line = detect_cut(&cgroups, '\n'));) {
		const char *id = detect_cut(&line, ':');
		char *controllers = detect_cut(&line, ':');

		if (!line || strchr(controllers, '=') || hs->n > CGROUP_V1_MAX)
			continue; /* name=systemd has no controller */
		if (!*controllers && strcmp(id, "0"))
			continue; /* v1, on its way to nowhere: its controllers have left already */
		hs->h[hs->n++] = (struct hierarchy){.controllers = file_dup(controllers),
						    .path = file_dup(line)};
	}
}

static void detect_mounts(struct hierarchies *hs, char *mountinfo)
{
	for (char *line; (line = detect_cut(&mountinfo, '\n'));)
		detect_mount(hs, line);
}

/* Those that are mounted nowhere are none. */
static void detect_drop(struct hierarchies *hs)
{
	int seen = 0;

	for (int i = 0; i < hs->n; i++)
		if (hs->h[i].mount)
			hs->h[seen++] = hs->h[i];
	hs->n = seen;
}

void detect_parse(struct hierarchies *hs, char *cgroups, char *mountinfo)
{
	hs->n = 0;
	detect_groups(hs, cgroups);
	detect_mounts(hs, mountinfo);
	detect_drop(hs);
}

/* Whether h is mounted there, and shows the caller's group. */
static bool detect_at(struct hierarchy *h, char *point)
{
	const uint64_t wanted = SYS_STATMOUNT_ROOT | SYS_STATMOUNT_TYPE;
	uint64_t id = sys_mounted_at(point);
	struct sys_statmount s;
	struct line l;

	if (!id || sys_statmount(id, wanted | SYS_STATMOUNT_OPTIONS, &s) ||
	    (s.mask & wanted) != wanted)
		return false;
	l = (struct line){s.str + s.mnt_root, point, s.str + s.fs_type,
			  s.mask & SYS_STATMOUNT_OPTIONS ? s.str + s.mnt_opts : ""};
	if (!detect_matches(&l, h))
		return false;
	h->mount = point;
	h->own = detect_own(point, l.root, h->path);
	return h->own;
}

static bool detect_usual(struct hierarchies *hs)
{
	static const char usual[] = "/sys/fs/cgroup";

	for (int i = 0; i < hs->n; i++) {
		struct hierarchy *h = &hs->h[i];
		bool v2 = detect_is_v2(h);

		if ((!v2 || !detect_at(h, file_dup(usual))) &&
		    !detect_at(h, file_text("%s/%s", usual, v2 ? "unified" : h->controllers)))
			return false;
	}
	return true;
}

void detect(struct hierarchies *hs)
{
	char cgroups[CGROUP_PATH_MAX * 4];
	const struct hierarchy *v2;
	size_t len;

	*hs = (struct hierarchies){0};
	if (file_read(AT_FDCWD, "/proc/self/cgroup", cgroups, sizeof cgroups) < 0)
		return;
	detect_groups(hs, cgroups);
	if (!detect_usual(hs)) {
		char *mountinfo = file_slurp(AT_FDCWD, "/proc/self/mountinfo", DETECT_LIMIT, &len);

		if (mountinfo)
			detect_mounts(hs, mountinfo);
		free(mountinfo);
	}
	detect_drop(hs);
	v2 = detect_find(hs, NULL);
	if (v2) {
		char *file = file_text("%s/cgroup.controllers", v2->mount);

		if (file_read(AT_FDCWD, file, hs->available, sizeof hs->available) < 0)
			hs->available[0] = 0; /* a group without: its controllers are elsewhere */
		free(file);
	}
}

const struct hierarchy *detect_find(const struct hierarchies *hs, const char *controller)
{
	for (int i = 0; i < hs->n; i++) {
		const struct hierarchy *h = &hs->h[i];

		if (controller ? cgroup_word(h->controllers, controller, ',') : detect_is_v2(h))
			return h;
	}
	return NULL;
}
