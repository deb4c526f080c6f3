/*
 * idmap.c - the id maps of a private user namespace: uid_map, gid_map, setgroups.
 *
 * Who may write which map is user_namespaces(7)'s rule: with CAP_SETUID (CAP_SETGID) in the parent
 * namespace any; without, a single line that maps one's own id, and for groups only after
 * setgroups was denied.  All else goes through newuidmap(1) and newgidmap(1), which read
 * /etc/subuid and /etc/subgid.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

#define I(member, kind) KEY_FIELD(struct idmap_conf, member, kind)

const struct key idmap_keys[] = {
	{"mode" OPTION("idmap") DEFAULT("auto") WORDS("none|root|keep|auto|explicit") HELP(
		 "how ids map in a private user namespace: none, root (0 inside is the caller), keep "
		 "(the caller's own id), auto (all that the caller has), explicit"),
	 I(mode, enum)},
	{"uid" OPTION("map-users") HELP("one range of user ids; makes the mode explicit"),
	 I(uid, idmap), .flags = KEY_LIST},
	{"gid" OPTION("map-groups") HELP("one range of group ids; makes the mode explicit"),
	 I(gid, idmap), .flags = KEY_LIST},
	{"helper" OPTION("map-helper") DEFAULT("auto") ARG("auto|never|PATH")
		 HELP("newuidmap, for maps that need privilege"),
	 I(helper, string)},
	{0},
};

enum { CAP_SETGID_BIT = 6, CAP_SETUID_BIT = 7, RANGES = 340 }; /* the kernel's limit of lines */

struct map {
	const char *file, *helper, *sub; /* uid_map, newuidmap, /etc/subuid */
	uint32_t own;			 /* the caller's id */
	const struct list *given;
	struct idmap range[2]; /* what a mode without a list makes */
	size_t n;
	bool privileged;
};

/*
 * A file of lines of fields between colons (passwd, subuid): the first whose field `at` is one of two
 * words, its fields in out.  false when there is none.
 */
static bool colon_line(const char *file, size_t at, const char *a, const char *b, char *out[3])
{
	char *text, *line, *save = NULL;
	size_t len;

	text = file_slurp(AT_FDCWD, file, 1 << 20, &len);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		size_t n = 0;

		for (char *p = line; p && n < 3; n++) {
			out[n] = p;
			p = strchr(p, ':');
			if (p)
				*p++ = '\0';
		}
		if (n == 3 && (!strcmp(out[at], a) || (b && !strcmp(out[at], b))))
			return true;
	}
	return false;
}

/* The first range of the caller in /etc/subuid: "NAME:START:COUNT" or "UID:START:COUNT". */
static bool subordinate(const char *file, struct idmap *out)
{
	char uid[12], *user[3], *range[3];
	const char *name;
	uint64_t start, count;

	snprintf(uid, sizeof uid, "%u", getuid());
	name = colon_line("/etc/passwd", 2, uid, NULL, user) ? user[0] : NULL;
	if (!colon_line(file, 0, uid, name, range) || !key_number(range[1], ID_UNSET - 1, &start) ||
	    !key_number(range[2], ID_UNSET, &count) || !count)
		return false;
	*out = (struct idmap){1, (uint32_t)start, (uint32_t)count};
	return true;
}

static char *helper_path(const struct idmap_conf *c, const char *name)
{
	static const char *const dirs[] = {"/usr/bin", "/bin", "/usr/local/bin", "/usr/sbin"};
	char *path;

	if (c->helper && !strcmp(c->helper, "never"))
		return NULL;
	if (c->helper && *c->helper == '/') {
		const char *slash = strrchr(c->helper, '/');

		return file_text("%.*s/%s", (int)(slash - c->helper), c->helper, name);
	}
	for (size_t i = 0; i < sizeof dirs / sizeof *dirs; i++) {
		path = file_text("%s/%s", dirs[i], name);
		if (!access(path, X_OK))
			return path;
		free(path);
	}
	return NULL;
}

static int mode_of(const struct idmap_conf *c)
{
	return c->uid.n || c->gid.n ? IDMAP_EXPLICIT : c->mode < 0 ? IDMAP_NONE : c->mode;
}

static struct map map_of(const struct run *r, bool group)
{
	const struct idmap_conf *c = &r->conf->idmap;
	struct map m = {.file = group ? "gid_map" : "uid_map",
			.helper = group ? "newgidmap" : "newuidmap",
			.sub = group ? "/etc/subgid" : "/etc/subuid",
			.own = group ? getegid() : geteuid(),
			.given = group ? &c->gid : &c->uid,
			.privileged = sys_capable(group ? CAP_SETGID_BIT : CAP_SETUID_BIT)};

	switch (mode_of(c)) {
	case IDMAP_ROOT:
		m.range[m.n++] = (struct idmap){0, m.own, 1};
		break;
	case IDMAP_KEEP:
		m.range[m.n++] = (struct idmap){m.own, m.own, 1};
		break;
	case IDMAP_AUTO:
		if (m.privileged) { /* what the caller has: every id that it has itself */
			m.range[m.n++] = (struct idmap){0, 0, ID_UNSET};
			break;
		}
		m.range[m.n++] = (struct idmap){0, m.own, 1};
		if (helper_path(c, m.helper) && subordinate(m.sub, &m.range[1]))
			m.n++;
		break;
	case IDMAP_EXPLICIT:
		m.n = m.given->n;
		break;
	}
	return m;
}

static const struct idmap *ranges(const struct map *m)
{
	return m->given->n ? m->given->v : m->range;
}

/* Whether the kernel takes this map from us without a helper. */
static bool direct(const struct map *m)
{
	return m->privileged ||
	       (m->n == 1 && ranges(m)[0].count == 1 && ranges(m)[0].outside == m->own);
}

static void check(const struct run *r, bool group)
{
	struct map m = map_of(r, group);

	if (m.n > RANGES)
		msg_die("[idmap] %s: %zu ranges; the kernel takes %d", group ? "gid" : "uid", m.n,
			RANGES);
	if (mode_of(&r->conf->idmap) == IDMAP_EXPLICIT && !m.n)
		msg_die("[idmap] %s: is empty while the other list is not", group ? "gid" : "uid");
	if (m.n && !direct(&m) && !helper_path(&r->conf->idmap, m.helper)) {
		msg_hint(
			"an ordinary user may map only the own id, 0:%u:1; %s(1) of the package uidmap "
			"maps the ranges of %s",
			m.own, m.helper, m.sub);
		msg_die("[idmap] %s: no %s to write this map", group ? "gid" : "uid", m.helper);
	}
	if (group && r->conf->namespaces.setgroups == SETGROUPS_ALLOW && m.n && direct(&m) &&
	    !m.privileged)
		msg_die("[namespaces] setgroups: allow needs CAP_SETGID or newgidmap");
}

void idmap_check(const struct run *r)
{
	if (!(r->make & CLONE_NEWUSER))
		return;
	check(r, false);
	check(r, true);
	if (mode_of(&r->conf->idmap) == IDMAP_EXPLICIT && !idmap_has_root(r))
		msg_die("[idmap] uid, gid: id 0 is not mapped, and setting up the inside needs it");
}

uint32_t idmap_root(const struct run *r, bool group)
{
	struct map m = map_of(r, group);

	for (size_t i = 0; i < m.n; i++)
		if (!ranges(&m)[i].inside)
			return ranges(&m)[i].outside;
	return ID_UNSET;
}

bool idmap_has_root(const struct run *r)
{
	return idmap_root(r, false) != ID_UNSET && idmap_root(r, true) != ID_UNSET;
}

static void write_direct(const struct run *r, const struct map *m)
{
	char *text = file_dup(""), path[48];

	for (size_t i = 0; i < m->n; i++)
		text = file_text("%s%u %u %u\n", text, ranges(m)[i].inside, ranges(m)[i].outside,
				 ranges(m)[i].count);
	snprintf(path, sizeof path, "/proc/%d/%s", (int)r->pid, m->file);
	if (file_put(AT_FDCWD, path, text)) {
		if (errno == EPERM)
			msg_hint(
				"ranges must not overlap, and every id must be mapped in the caller's own "
				"namespace");
		msg_die_errno("%s", m->file);
	}
}

static void write_helped(const struct run *r, const struct map *m)
{
	char **argv = file_alloc((3 * m->n + 3) * sizeof *argv);
	size_t n = 0;
	int status;

	argv[n++] = helper_path(&r->conf->idmap, m->helper);
	argv[n++] = file_text("%d", (int)r->pid);
	for (size_t i = 0; i < m->n; i++) {
		argv[n++] = file_text("%u", ranges(m)[i].inside);
		argv[n++] = file_text("%u", ranges(m)[i].outside);
		argv[n++] = file_text("%u", ranges(m)[i].count);
	}
	status = proc_run(argv);
	if (status)
		msg_die("%s: exit status %d", argv[0], status);
}

void idmap_write(const struct run *r)
{
	struct map user = map_of(r, false), group = map_of(r, true);
	int setgroups = r->conf->namespaces.setgroups;
	char path[48];

	snprintf(path, sizeof path, "/proc/%d/setgroups", (int)r->pid);
	if ((setgroups == SETGROUPS_DENY || (group.n && direct(&group) && !group.privileged)) &&
	    file_put(AT_FDCWD, path, "deny"))
		msg_die_errno("setgroups");
	if (group.n) {
		if (direct(&group))
			write_direct(r, &group);
		else
			write_helped(r, &group);
	}
	if (user.n) {
		if (direct(&user))
			write_direct(r, &user);
		else
			write_helped(r, &user);
	}
}
