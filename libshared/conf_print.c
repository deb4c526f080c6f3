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
	const struct key **done; /* a table that two applets share is printed once */
	size_t n_done;
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

static bool already(struct printing *p, const struct group *g, const struct key *k)
{
	for (const struct key *e = g->keys; e != k && k->flags & KEY_ORDERED; e++)
		if (e->flags & KEY_ORDERED && e->offset == k->offset)
			return true;
	for (size_t i = 0; i < p->n_done; i++)
		if (p->done[i] == k)
			return true;
	p->done = file_room(p->done, p->n_done, sizeof(const struct key *));
	p->done[p->n_done++] = k;
	return false;
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

static void print_section(struct printing *p, const char *section, const struct applet *a,
			  const char *conf)
{
	for (const struct group *g = a->groups; g->keys; g++) {
		bool elements = false;

		for (const struct key *k = g->keys; !key_last(k); k++) {
			if (!k->section || !k->type || strcmp(k->section, section) ||
			    already(p, g, k))
				continue;
			if (g->each)
				elements = true;
			else
				print_key(p, section, k, conf + g->base);
		}
		if (elements)
			print_elements(p, g, conf);
	}
}

void conf_print(const struct applet *const *applets, void *const *confs,
		void (*put)(const struct conf_line *, void *), void *arg)
{
	struct printing p = {.put = put, .arg = arg};
	const char **sections = conf_sections(applets);

	for (size_t s = 0; sections[s]; s++)
		for (size_t i = 0; applets[i]; i++)
			print_section(&p, sections[s], applets[i], confs[i]);
	free(p.done);
	free(sections);
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
