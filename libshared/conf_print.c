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
			for (const struct key *k = g->keys; !key_last(k); k++) {
				size_t i = 0;

				if (!k->section || !k->type)
					continue;
				while (i < n && strcmp(all[i], k->section))
					i++;
				if (i < n)
					continue;
				all = file_room(all, n + 1, sizeof *all);
				all[n++] = k->section;
				all[n] = NULL;
			}
		}
	}
	return all;
}

struct printing {
	void (*put)(const struct conf_line *, void *);
	void *arg;
};

static void put_value(struct printing *p, const char *section, const struct key *k, const void *v)
{
	char *text = k->type->print(k, v);
	struct conf_line line = {k, section, k->name, text};

	if (!text)
		return;
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
}

static void print_key(struct printing *p, const char *section, const struct key *k,
		      const char *base)
{
	const char *value = base + k->offset;
	const struct list *list = (const struct list *)(const void *)value;
	struct conf_line unset = {k, section, k->name, ""};

	if (k->flags & KEY_LIST) {
		if (!list->n && k->def)
			p->put(&unset, p->arg);
		for (size_t i = 0; i < list->n; i++) {
			const char *element = (char *)list->v + i * k->type->size;

			put_value(p, section,
				  k->flags & KEY_ORDERED
					  ? *(const struct key *const *)(const void *)element
					  : k,
				  element);
		}
		return;
	}
	if (k->def) {
		char *text = k->type->print(k, value);

		if (!text)
			p->put(&unset, p->arg);
		free(text);
	}
	put_value(p, section, k, value);
}

static void print_elements(struct printing *p, const struct group *g, const char *conf)
{
	const struct list *l = (const struct list *)(const void *)(conf + g->base);

	for (size_t i = 0; i < l->n; i++) {
		const char *element = (const char *)l->v + i * g->each_size;
		char *section = file_text("%s%s", g->each, *(char *const *)(const void *)element);
		struct conf_line header = {NULL, section, NULL, NULL};

		p->put(&header, p->arg);
		for (const struct key *k = g->keys; !key_last(k); k++)
			if (k->section && k->type)
				print_key(p, section, k, element);
	}
}

/* A table of one applet, or the one section of it that a key begins. */
struct part {
	const struct group *group;
	const struct key *first;
	const char *conf;
	bool done;
};

static bool has_table(const struct part *parts, size_t n, const struct key *keys)
{
	while (n--)
		if (parts[n].group->keys == keys)
			return true;
	return false;
}

static bool same_section(const struct key *a, const struct key *b)
{
	return a->section == b->section || !strcmp(a->section, b->section);
}

/* The tables cut where the section changes; one that two applets share comes once. */
static struct part *cut(const struct applet *const *applets, void *const *confs, size_t *n)
{
	struct part *parts = NULL;

	for (size_t i = 0; applets[i]; i++) {
		for (const struct group *g = applets[i]->groups; g->keys; g++) {
			const struct key *last = NULL;

			if (has_table(parts, *n, g->keys))
				continue;
			for (const struct key *k = g->keys; !key_last(k); k++) {
				if (!k->section || !k->type || (last && same_section(k, last)))
					continue;
				parts = file_room(parts, *n, sizeof *parts);
				parts[(*n)++] = (struct part){g, k, confs[i], false};
				last = k;
				if (g->each) /* its elements are printed whole */
					break;
			}
		}
	}
	return parts;
}

/* Of keys that share one list the first one prints it. */
static bool is_shared(const struct group *g, const struct key *k)
{
	for (const struct key *e = g->keys; e != k && k->flags & KEY_ORDERED; e++)
		if (e->flags & KEY_ORDERED && e->offset == k->offset)
			return true;
	return false;
}

static void print_part(struct printing *p, struct part *part)
{
	const struct group *g = part->group;

	part->done = true;
	if (g->each) {
		print_elements(p, g, part->conf);
		return;
	}
	for (const struct key *k = part->first; !key_last(k); k++) {
		if (!k->section || !k->type)
			continue;
		if (!same_section(k, part->first))
			break;
		if (!is_shared(g, k))
			print_key(p, k->section, k, part->conf + g->base);
	}
}

void conf_print(const struct applet *const *applets, void *const *confs,
		void (*put)(const struct conf_line *, void *), void *arg)
{
	struct printing p = {.put = put, .arg = arg};
	size_t n = 0;
	struct part *parts = cut(applets, confs, &n);

	for (size_t i = 0; i < n; i++)
		for (size_t j = i; j < n; j++)
			if (!parts[j].done && same_section(parts[i].first, parts[j].first))
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
