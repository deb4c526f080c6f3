/*
 * plan.c - which groups are needed, in which hierarchies, where: step 1 of create.  What cannot be
 * limited is refused here, before anything is made.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

struct plan {
	const struct hierarchies *hs;
	struct cgroups *gs;
	const char *first; /* key */
};

/* Why the machine has no such controller, by the kernel's list: name, hierarchy, groups, enabled. */
static void plan_hint(const struct limit *l, const struct hierarchies *hs, const char *name)
{
	const struct hierarchy *v2 = detect_find(hs, NULL);
	char list[4096];
	ssize_t n = file_read(AT_FDCWD, "/proc/cgroups", list, sizeof list);
	const char *line = n > 0 ? strstr(list, file_text("\n%s\t", name)) : NULL;
	size_t end = line ? 1 + strcspn(line + 1, "\n") : 0;

	if (line && line[end - 1] == '0')
		msg_hint("the kernel was started with cgroup_disable=%s", name);
	else if (line && (!l->v2 || !v2 || line[strlen(name) + 2] != '0'))
		msg_hint("it is not mounted here: mount -t cgroup -o %s %s DIRECTORY", name, name);
	else if (line)
		msg_hint("v2: it is not in the cgroup.subtree_control of the group above %s",
			 v2->mount);
	else if (l->option)
		msg_hint("the kernel needs CONFIG_%s", l->option);
}

static const char *plan_missing(const struct limit *l, const struct hierarchies *hs,
				const char *name)
{
	bool v2 = !*name; /* cgroup.*: of no controller */

	if (hs->n && !v2)
		plan_hint(l, hs, name);
	else
		msg_hint("mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
	errno = ENOENT;
	if (!hs->n || v2)
		return file_text("[cgroup] %s: no cgroup%s filesystem is mounted for %s", l->key,
				 v2 ? "2" : "", v2 ? l->v2 : name);
	return file_text("[cgroup] %s: the %s controller is not there", l->key, name);
}

/* The group in that hierarchy, added when it is new. */
static struct cgroup *plan_group(struct cgroups *gs, const struct hierarchy *h, const char *key)
{
	for (int i = 0; i < gs->n; i++) {
		struct cgroup *g = &gs->g[i];

		if (g->h == h) {
			g->key = g->key ? g->key : key;
			return g;
		}
	}
	gs->g[gs->n] = (struct cgroup){.h = h, .controllers = h->controllers, .key = key};
	return &gs->g[gs->n++];
}

static void plan_v2(struct cgroups *gs, const struct hierarchy *v2, const char *key,
		    const char *controller)
{
	struct cgroup *g = plan_group(gs, v2, key);

	if (*controller && !cgroup_word(g->controllers, controller, ','))
		g->controllers = file_text("%s%s%s", g->controllers, *g->controllers ? "," : "",
					   controller);
}

/* Each limit goes where its controller is: to a v1 hierarchy, or to v2. */
static const char *plan_limit(void *arg, const struct limit *l, const void *value)
{
	const char *v1 = limit_controller(l->v1 ? l->v1 : l->v2);
	const char *v2 = limit_controller(l->v2 ? l->v2 : l->v1);
	struct plan *p = arg;
	const struct hierarchy *h, *unified = detect_find(p->hs, NULL);
	bool is_v1, is_v2;

	(void)value;
	v1 = strcmp(v1, "io") ? v1 : "blkio"; /* one controller, renamed */
	h = *v1 ? detect_find(p->hs, v1) : NULL;
	is_v1 = h != NULL;
	is_v2 = !h && unified && (!*v2 || cgroup_word(p->hs->available, v2, ' '));
	p->first = p->first ? p->first : l->key;
	if ((is_v1 && !l->v1) || (is_v2 && !l->v2)) {
		errno = ENOTSUP;
		return file_text("[cgroup] %s: cgroup v%d, which has the %s controller here, knows "
				 "no such limit",
				 l->key, is_v1 ? 1 : 2, is_v1 ? v1 : v2);
	}
	if (is_v1)
		(void)plan_group(p->gs, h, l->key);
	else if (is_v2)
		plan_v2(p->gs, unified, l->key, v2);
	else
		return plan_missing(l, p->hs, unified && l->v2 ? v2 : v1);
	return NULL;
}

/* The controllers that only count, where they are to be had. */
static void plan_account(const struct hierarchies *hs, struct cgroups *gs)
{
	static const char *const counting[][2] = {{"memory", "memory"},
						  {"pids", "pids"},
						  {"cpuacct", "cpu"},
						  {"cpu", "cpu"},
						  {"blkio", "io"}};
	const struct hierarchy *h, *v2 = detect_find(hs, NULL);
	char have[512];

	if (!v2 || !v2->own ||
	    file_read(AT_FDCWD, file_text("%s/cgroup.controllers", v2->own), have, sizeof have) < 0)
		have[0] = 0;
	for (size_t i = 0; i < sizeof counting / sizeof *counting; i++) {
		h = detect_find(hs, counting[i][0]);
		if (h)
			(void)plan_group(gs, h, NULL);
		else if (cgroup_word(have, counting[i][1], ' '))
			plan_v2(gs, v2, NULL, counting[i][1]);
	}
}

const char *plan_groups(const struct cgroup_conf *c, const struct hierarchies *hs,
			struct cgroups *gs, struct devices_plan *devices)
{
	const struct hierarchy *v2 = detect_find(hs, NULL), *h = detect_find(hs, "freezer");
	struct plan p = {.hs = hs, .gs = gs};
	struct limit_texts texts = {0};
	const char *phrase;

	*gs = (struct cgroups){0};
	if (v2 || h)
		(void)plan_group(gs, v2 ? v2 : h, NULL);
	phrase = limit_each(c, plan_limit, &p);
	if (!phrase)
		phrase = devices_plan(c, hs, devices);
	if (c->account)
		plan_account(hs, gs);
	if (devices->v1)
		(void)plan_group(gs, devices->v1, NULL);
	for (int i = 0; i < gs->n && !phrase; i++) {
		gs->g[i].key = gs->g[i].key ? gs->g[i].key : p.first;
		phrase = group_place(&gs->g[i], c);
		if (!phrase)
			phrase = limit_collect(&gs->g[i], c, &texts);
	}
	return phrase;
}
