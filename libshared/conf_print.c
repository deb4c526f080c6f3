/*
 * conf_print.c - the effective configuration of applets as lines of a file.
 */
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "file.h"

const char **conf_sections(const struct applet *const *applets)
{
	const char **all = file_alloc(sizeof *all);
	size_t n = 0;

	for (; *applets; applets++) {
		for (const struct group *g = (*applets)->groups; g->keys; g++) {
			size_t i = 0;

			if (!g->section)
				continue;
			while (i < n && strcmp(all[i], g->section))
				i++;
			if (i < n)
				continue;
			all = file_room(all, n + 1, sizeof *all);
			all[n++] = g->section;
			all[n] = NULL;
		}
	}
	return all;
}

struct printing {
	void (*put)(const struct conf_line *, void *);
	void *arg;
};

/* false: there is nothing to print */
static bool put_value(struct printing *p, const char *section, const struct key *k, const void *v)
{
	char *text = k->type->print(k, v);
	struct conf_line line = {k, section, k->name, text};

	if (!text)
		return false;
	if (k->flags & KEY_FREE) {
		char *equals = strchr(text, '=');

		*equals = '\0';
		line.name = text;
		line.value = inifile_quote(equals + 1);
	} else if (!k->type->words) {
		line.value = inifile_quote(text);
	}
	p->put(&line, p->arg);
	free(text);
	return true;
}

static void print_key(struct printing *p, const char *section, const struct key *k,
		      const char *base)
{
	const char *value = base + k->offset;
	const struct list *list = (const struct list *)(const void *)value;
	struct conf_line unset = {k, section, k->name, ""};
	bool has_default = key_text(k, KEY_DEFAULT) != NULL;

	if (k->flags & KEY_LIST) {
		if (!list->n && has_default)
			p->put(&unset, p->arg);
		for (size_t i = 0; i < list->n; i++) {
			const char *element = (char *)list->v + i * k->type->size;

			(void)put_value(p, section,
					k->flags & KEY_ORDERED
						? *(const struct key *const *)(const void *)element
						: k,
					element);
		}
		return;
	}
	if (!put_value(p, section, k, value) && has_default)
		p->put(&unset, p->arg);
}

static void print_elements(struct printing *p, const struct group *g, const char *conf)
{
	const struct list *l = (const struct list *)(const void *)(conf + g->base);

	for (size_t i = 0; i < l->n; i++) {
		const char *element = (const char *)l->v + i * g->each_size;
		char *section = file_text("%s%s", g->section,
					  *(char *const *)(const void *)element);
		struct conf_line header = {NULL, section, NULL, NULL};

		p->put(&header, p->arg);
		for (const struct key *k = g->keys; !key_last(k); k++)
			if (group_section(g, k))
				print_key(p, section, k, element);
	}
}

/* Of keys that share one list the first one prints it. */
static bool is_shared(const struct group *g, const struct key *k)
{
	for (const struct key *e = g->keys; e != k && k->flags & KEY_ORDERED; e++)
		if (e->flags & KEY_ORDERED && e->offset == k->offset)
			return true;
	return false;
}

/* A table and the struct of its applet. */
struct part {
	const struct group *group;
	const char *conf;
	bool done;
};

static void print_part(struct printing *p, struct part *part)
{
	const struct group *g = part->group;

	part->done = true;
	if (g->each_size) {
		print_elements(p, g, part->conf);
		return;
	}
	for (const struct key *k = g->keys; !key_last(k); k++)
		if (group_section(g, k) && !is_shared(g, k))
			print_key(p, g->section, k, part->conf + g->base);
}

static bool has_table(const struct part *parts, size_t n, const struct key *keys)
{
	while (n--)
		if (parts[n].group->keys == keys)
			return true;
	return false;
}

/* The tables of sections; one that two applets share comes once. */
static struct part *tables(const struct applet *const *applets, void *const *confs, size_t *n)
{
	struct part *parts = NULL;

	for (size_t i = 0; applets[i]; i++) {
		for (const struct group *g = applets[i]->groups; g->keys; g++) {
			if (!g->section || has_table(parts, *n, g->keys))
				continue;
			parts = file_room(parts, *n, sizeof *parts);
			parts[(*n)++] = (struct part){g, confs[i], false};
		}
	}
	return parts;
}

void conf_print(const struct applet *const *applets, void *const *confs,
		void (*put)(const struct conf_line *, void *), void *arg)
{
	struct printing p = {.put = put, .arg = arg};
	size_t n = 0;
	struct part *parts = tables(applets, confs, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			if (!parts[j].done &&
			    !strcmp(parts[i].group->section, parts[j].group->section))
				print_part(&p, &parts[j]);
	free(parts);
}

struct text {
	char *text;
	size_t n, cap;
	char *section;
};

static void add(struct text *t, const char *piece)
{
	size_t n = strlen(piece);

	if (t->n + n >= t->cap) {
		t->cap = 2 * (t->n + n) + 2048;
		t->text = file_grow(t->text, t->cap);
	}
	memcpy(t->text + t->n, piece, n + 1);
	t->n += n;
}

static void put_ini(const struct conf_line *l, void *arg)
{
	struct text *t = arg;

	if (!t->section || strcmp(t->section, l->section)) {
		add(t, t->n ? "\n[" : "[");
		add(t, l->section);
		add(t, "]\n");
		free(t->section);
		t->section = file_dup(l->section);
	}
	if (!l->name || !l->value)
		return;
	add(t, l->name);
	add(t, *l->value ? " = " : " =");
	add(t, l->value);
	add(t, "\n");
}

char *conf_text(const struct applet *const *applets, void *const *confs)
{
	struct text t = {0};

	add(&t, "");
	conf_print(applets, confs, put_ini, &t);
	free(t.section);
	return t.text;
}
