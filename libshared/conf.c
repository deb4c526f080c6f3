#include "conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "msg.h"

static bool last(const struct key *k)
{
	return !k->name && !k->option && !k->letter;
}

static bool in_section(const struct group *g, const struct key *k, const char *section)
{
	if (!k->section || !k->type)
		return false;
	if (g->each)
		return !strcmp(k->section, g->each) &&
		       !strncmp(section, g->each, strlen(g->each)) && section[strlen(g->each)];
	return !strcmp(k->section, section);
}

const struct key *conf_key(const struct applet *a, const char *section, const char *name,
			   const struct group **group)
{
	for (const struct group *g = a->groups; g->keys; g++) {
		for (const struct key *k = g->keys; !last(k); k++) {
			if (!in_section(g, k, section))
				continue;
			if (!(k->flags & KEY_FREE) && strcmp(k->name, name))
				continue;
			*group = g;
			return k;
		}
	}
	return NULL;
}

const char *conf_option(const struct key *k)
{
	const char *option = k->option ? k->option : k->name;

	return option && *option ? option : NULL;
}

/* Defaults */

static void default_of(struct filling *f, const struct key *k, char *base)
{
	const struct origin o = {.file = "default", .dir = "/", .name = f->name};
	const char *text = f->container ? k->def : k->neutral;
	char *value = base + k->offset;
	struct list *list = (struct list *)(void *)value;
	const char *phrase;
	void *element;

	if (!k->type)
		return;
	if (k->flags & KEY_LIST)
		*list = (struct list){0};
	else
		k->type->unset(value);
	if (!text ||
	    (!f->name && strstr(text, "%n"))) /* nameless: what the name would make is unset */
		return;
	if (!(k->flags & KEY_LIST)) {
		phrase = k->type->parse(k, text, &o, value);
		if (phrase)
			msg_die("default of [%s] %s: %s", k->section, k->name, phrase);
		return;
	}
	/* a list's default has its elements apart by newlines */
	for (const char *end; *text; text = *end ? end + 1 : end) {
		char *item;

		end = text + strcspn(text, "\n");
		item = file_text("%.*s", (int)(end - text), text);
		list->v = file_grow(list->v, (list->n + 1) * k->type->size);
		element = (char *)list->v + list->n * k->type->size;
		phrase = k->type->parse(k, item, &o, element);
		if (phrase)
			msg_die("default of [%s] %s: %s", k->section, k->name, phrase);
		list->n++;
	}
}

static void default_group(struct filling *f, const struct group *g, char *base)
{
	for (const struct key *k = g->keys; !last(k); k++) {
		bool shared = false;

		/* keys that share one list: only the first one's default counts */
		for (const struct key *p = g->keys; p != k && k->flags & KEY_ORDERED; p++)
			shared |= p->flags & KEY_ORDERED && p->offset == k->offset;
		if (!shared)
			default_of(f, k, base);
	}
}

static size_t count_elements(const struct group *g, const struct ini *ini)
{
	size_t n = 1; /* the command line may make one */

	for (size_t i = 0; ini && i < ini->n; i++)
		n += !strncmp(ini->lines[i].section, g->each, strlen(g->each));
	return n;
}

void conf_defaults(struct filling *f, const struct ini *ini)
{
	for (const struct group *g = f->applet->groups; g->keys; g++) {
		struct list *l = (struct list *)(void *)(f->conf + g->base);

		if (!g->each) {
			default_group(f, g, f->conf + g->base);
			continue;
		}
		/* room for all: elements never move, so that `given` may hold their addresses */
		l->v = file_alloc(count_elements(g, ini) * g->each_size);
		l->n = 0;
	}
}

char *conf_element(struct filling *f, const struct group *g, const char *name)
{
	struct list *l = (struct list *)(void *)(f->conf + g->base);
	char *element = l->v;

	for (size_t i = 0; i < l->n; i++, element += g->each_size)
		if (!strcmp(*(const char **)(void *)element, name))
			return element;
	*(const char **)(void *)element = file_dup(name);
	l->n++;
	default_group(f, g, element);
	return element;
}

/* Setting */

/* Whether a value was given before; from now on it was. */
static bool was_given(struct filling *f, const void *value)
{
	for (size_t i = 0; i < f->n_given; i++)
		if (f->given[i] == value)
			return true;
	f->given = file_grow(f->given, (f->n_given + 1) * sizeof *f->given);
	f->given[f->n_given++] = value;
	return false;
}

const char *conf_set(struct filling *f, const struct place *at, const char *text,
		     const struct origin *o, bool quoted)
{
	const struct key *k = at->key;
	char *value = at->base + k->offset;
	struct list *list = (struct list *)(void *)value;
	bool given = was_given(f, value);
	const char *phrase = NULL;

	if (!*text) {
		if (k->flags & KEY_LIST) {
			list->v = file_grow(list->v, 1); /* not NULL: emptied, not untouched */
			list->n = 0;
		} else {
			k->type->unset(value);
		}
		return NULL;
	}
	if (quoted && !k->type->words) {
		text = inifile_unquote(text, &phrase);
		if (!text)
			return phrase;
	}
	if (!(k->flags & KEY_LIST))
		return k->type->parse(k, text, o, value);
	if (!given)
		list->n = 0;
	list->v = file_grow(list->v, (list->n + 1) * k->type->size);
	phrase = k->type->parse(k, text, o, (char *)list->v + list->n * k->type->size);
	list->n += !phrase;
	return phrase;
}

static _Noreturn void bad_line(const struct ini_line *l, const char *phrase)
{
	if (l->line)
		msg_die("%s:%d: [%s] %s: %s", l->source->file, l->line, l->section, l->key, phrase);
	msg_die("--set: [%s] %s: %s", l->section, l->key, phrase);
}

/* A scalar twice in one file: the first of the two lines, or 0. */
static int given_before(const struct ini *ini, size_t at)
{
	const struct ini_line *l = &ini->lines[at];

	for (size_t i = 0; i < at; i++) {
		const struct ini_line *e = &ini->lines[i];

		if (e->source == l->source && e->key && !strcmp(e->section, l->section) &&
		    !strcmp(e->key, l->key))
			return e->line;
	}
	return 0;
}

static void apply_line(struct filling *f, const struct ini *ini, size_t at)
{
	const struct ini_line *l = &ini->lines[at];
	const struct origin o = {l->source->file, l->line, l->source->dir, f->name};
	struct place place = {0};
	const char *text = l->value, *phrase;
	int before;

	place.key = conf_key(f->applet, l->section, l->key, &place.group);
	if (!place.key || !strncmp(l->key, "x-", 2))
		return;
	before = place.key->flags & KEY_LIST && !(place.key->flags & KEY_FREE)
			 ? 0
			 : given_before(ini, at);
	if (before)
		bad_line(l, key_phrase("is given twice, first in line %d", before));
	place.base = place.group->each
			     ? conf_element(f, place.group, l->section + strlen(place.group->each))
			     : f->conf + place.group->base;
	if (place.key->flags & KEY_FREE) {
		text = inifile_unquote(l->value, &phrase);
		if (!text)
			bad_line(l, phrase);
		text = file_text("%s=%s", l->key, text);
	}
	phrase = conf_set(f, &place, text, &o, !(place.key->flags & KEY_FREE));
	if (phrase)
		bad_line(l, phrase);
}

void conf_apply(struct filling *f, const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (l->key) {
			apply_line(f, ini, i);
			continue;
		}
		for (const struct group *g = f->applet->groups; g->keys; g++)
			if (g->each && !strncmp(l->section, g->each, strlen(g->each)))
				conf_element(f, g, l->section + strlen(g->each));
	}
}

/* Printing */

const char **conf_sections(const struct applet *const *applets)
{
	const char **all = file_alloc(sizeof *all);
	size_t n = 0;

	for (; *applets; applets++) {
		for (const struct group *g = (*applets)->groups; g->keys; g++) {
			for (const struct key *k = g->keys; !last(k); k++) {
				size_t i = 0;

				if (!k->section || !k->type)
					continue;
				while (i < n && strcmp(all[i], k->section))
					i++;
				if (i < n)
					continue;
				all = file_grow(all, (n + 2) * sizeof *all);
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
	p->done = file_grow(p->done, (p->n_done + 1) * sizeof *p->done);
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
		for (const struct key *k = g->keys; !last(k); k++)
			if (k->section && k->type)
				print_key(p, section, k, element);
	}
}

static void print_section(struct printing *p, const char *section, const struct applet *a,
			  const char *conf)
{
	for (const struct group *g = a->groups; g->keys; g++) {
		bool elements = false;

		for (const struct key *k = g->keys; !last(k); k++) {
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
	size_t n;
	char section[64];
};

static void add(struct text *t, const char *a, const char *b, const char *c)
{
	size_t la = strlen(a), lb = strlen(b), lc = strlen(c);

	t->text = file_grow(t->text, t->n + la + lb + lc + 1);
	memcpy(t->text + t->n, a, la);
	memcpy(t->text + t->n + la, b, lb);
	memcpy(t->text + t->n + la + lb, c, lc + 1);
	t->n += la + lb + lc;
}

static void put_ini(const struct conf_line *l, void *arg)
{
	struct text *t = arg;

	if (strcmp(t->section, l->section)) {
		add(t, t->n ? "\n[" : "[", l->section, "]\n");
		snprintf(t->section, sizeof t->section, "%s", l->section);
	}
	if (!l->value)
		return;
	add(t, l->name, *l->value ? " = " : " =", l->value);
	add(t, "\n", "", "");
}

char *conf_text(const struct applet *const *applets, void *const *confs)
{
	struct text t = {.text = file_dup("")};

	conf_print(applets, confs, put_ini, &t);
	return t.text;
}
