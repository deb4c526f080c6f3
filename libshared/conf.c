#include "conf.h"

#include <string.h>

#include "file.h"
#include "msg.h"

static bool in_section(const struct group *g, const char *section)
{
	const char *own = g->section;

	if (!own || !*own)
		return false;
	while (*own && *own == *section)
		own++, section++;
	return !*own && (*section != '\0') == (g->each_size != 0);
}

const struct key *conf_key(const struct applet *a, const char *section, const char *name,
			   const struct group **group)
{
	for (const struct group *g = a->groups; g->keys; g++) {
		if (!in_section(g, section))
			continue;
		for (const struct key *k = g->keys; !key_last(k); k++) {
			if (k->flags & KEY_ARGV ||
			    (!(k->flags & KEY_FREE) && strcmp(k->name, name)))
				continue;
			*group = g;
			return k;
		}
	}
	return NULL;
}

/* Is the section in the table, or an instance of one that is? */
static bool has_section(const struct applet *a, const char *section)
{
	for (const struct group *g = a->groups; g->keys; g++)
		if (in_section(g, section))
			return true;
	return false;
}

static const char *unknown_section(const char *section)
{
	struct nearest near = {.word = section};
	const char *end = "]";

	for (const char **s = conf_sections(applet_list); *s; s++)
		key_nearest(&near, *s);
	if (!near.best)
		return "unknown section";
	if (near.best[strlen(near.best) - 1] == '.')
		end = "NAME]";
	return key_phrase("unknown section; the nearest is [%s%s", near.best, end);
}

const char *conf_unknown(const char *section, const char *name)
{
	struct nearest near = {.word = name ? name : ""};
	const struct group *g;
	bool known = false;

	for (size_t a = 0; name && applet_list[a]; a++)
		if (conf_key(applet_list[a], section, name, &g))
			return NULL;
	for (size_t a = 0; applet_list[a] && !known; a++)
		known = has_section(applet_list[a], section);
	if (!known)
		return unknown_section(section);
	if (!name)
		return NULL;
	for (size_t a = 0; applet_list[a]; a++)
		for (g = applet_list[a]->groups; g->keys; g++)
			for (const struct key *k = g->keys; in_section(g, section) && !key_last(k);
			     k++)
				if (!(k->flags & KEY_ARGV))
					key_nearest(&near, k->name);
	return near.best ? key_phrase("unknown key; the nearest is %s", near.best) : "unknown key";
}

const char *conf_option(const struct key *k)
{
	const char *option = key_text(k, KEY_OPTION);

	if (!option)
		return k->name;
	return *option ? option : NULL;
}

/* Defaults */

static void default_of(struct filling *f, const struct group *g, const struct key *k, char *base)
{
	const struct origin o = {.file = "default", .dir = "/", .name = f->name};
	const char *text = f->container || k->flags & KEY_ALWAYS ? key_text(k, KEY_DEFAULT) : NULL;
	char *value = base + k->offset;
	struct list *list = (struct list *)(void *)value;
	const char *phrase;
	void *element;

	if (!k->type)
		return;
	if (k->flags & KEY_LIST)
		*list = (struct list){0};
	else
		key_unset(k->type, value);
	if (!text ||
	    (!f->name && strstr(text, "%n"))) /* nameless: what the name would make is unset */
		return;
	if (!(k->flags & KEY_LIST)) {
		phrase = k->type->parse(k, text, &o, value);
		if (phrase)
			msg_die("default of [%s] %s: %s", g->section, k->name, phrase);
		return;
	}
	/* a list's default has its elements apart by newlines */
	for (const char *end; *text; text = *end ? end + 1 : end) {
		char *item;

		end = text + strcspn(text, "\n");
		item = file_text("%.*s", (int)(end - text), text);
		list->v = file_room(list->v, list->n, k->type->size);
		element = (char *)list->v + list->n * k->type->size;
		phrase = k->type->parse(k, item, &o, element);
		if (phrase)
			msg_die("default of [%s] %s: %s", g->section, k->name, phrase);
		list->n++;
	}
}

static void default_group(struct filling *f, const struct group *g, char *base)
{
	for (const struct key *k = g->keys; !key_last(k); k++) {
		bool shared = false;

		/* keys that share one list: only the first one's default counts */
		for (const struct key *p = g->keys; p != k && k->flags & KEY_ORDERED; p++)
			shared |= p->flags & KEY_ORDERED && p->offset == k->offset;
		if (!shared)
			default_of(f, g, k, base);
	}
}

static size_t count_elements(const struct group *g, const struct ini *ini)
{
	size_t n = 1; /* the command line may make one */

	for (size_t i = 0; ini && i < ini->n; i++)
		n += in_section(g, ini->lines[i].section);
	return n;
}

void conf_defaults(struct filling *f, const struct ini *ini)
{
	for (const struct group *g = f->applet->groups; g->keys; g++) {
		struct list *l = (struct list *)(void *)(f->conf + g->base);

		if (!g->each_size) {
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
	l->n++;
	default_group(f, g, element);
	*(const char **)(void *)element = file_dup(
		name); /* after the defaults: --name may have one */
	return element;
}

/* Setting */

/* Takes out of a list every element for which gone says so; from then on the list is emptied, not untouched. */
static void take_out(const struct key *k, struct list *l, const char *name,
		     bool (*gone)(const struct key *, const void *element, const char *name))
{
	size_t size = k->type->size, kept = 0;
	char *v = l->v = l->v ? l->v : file_alloc(1);

	for (size_t i = 0; i < l->n; i++) {
		if (gone(k, v + i * size, name))
			continue;
		if (kept < i)
			memcpy(v + kept * size, v + i * size, size);
		kept++;
	}
	l->n = kept;
}

/* `key =` empties a list; of one that several keys share only what this key has added. */
static bool is_of_key(const struct key *k, const void *element, const char *name)
{
	(void)name;
	return !(k->flags & KEY_ORDERED) || *(const struct key *const *)element == k;
}

/* A free key is a scalar of its own: what comes later takes the place of what has its name. */
static bool is_of_name(const struct key *k, const void *element, const char *name)
{
	const char *own = *(const char *const *)element;

	(void)k;
	while (*own && *own == *name)
		own++, name++;
	return !*own && (!*name || *name == '=');
}

/* Whether a value was given before; from now on it was. */
static bool was_given(struct filling *f, const void *value)
{
	for (size_t i = 0; i < f->n_given; i++)
		if (f->given[i] == value)
			return true;
	f->given = file_room(f->given, f->n_given, sizeof *f->given);
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

	if (!*text && k->flags & KEY_LIST)
		take_out(k, list, NULL, is_of_key);
	else if (!*text)
		key_unset(k->type, value);
	if (!*text)
		return NULL;
	if (quoted && !k->type->words) {
		text = inifile_unquote(text, &phrase);
		if (!text)
			return phrase;
	}
	if (!(k->flags & KEY_LIST))
		return k->type->parse(k, text, o, value);
	if (!given)
		list->n = 0;
	if (k->flags & KEY_FREE)
		take_out(k, list, text, is_of_name);
	list->v = file_room(list->v, list->n, k->type->size);
	phrase = k->type->parse(k, text, o, (char *)list->v + list->n * k->type->size);
	list->n += !phrase;
	return phrase;
}

void conf_bad_line(const struct ini_line *l, const char *phrase)
{
	const char *at = l->line ? file_text("%s:%d", l->source->file, l->line) : "--set";

	if (l->key)
		msg_die("%s: [%s] %s: %s", at, l->section, l->key, phrase);
	msg_die("%s: [%s]: %s", at, l->section, phrase);
}

/* A scalar twice in one file: the first of the two lines, or 0. */
static int given_before(const struct ini *ini, size_t at)
{
	const struct ini_line *l = &ini->lines[at];

	for (size_t i = 0; i < at; i++) {
		const struct ini_line *e = &ini->lines[i];

		if (e->source == l->source && e->key && !strcmp(e->key, l->key) &&
		    !strcmp(e->section, l->section))
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
		conf_bad_line(l, key_phrase("is given twice, first in line %d", before));
	place.base = place.group->each_size
			     ? conf_element(f, place.group,
					    l->section + strlen(place.group->section))
			     : f->conf + place.group->base;
	if (place.key->flags & KEY_FREE && !*text) {
		take_out(place.key, (struct list *)(void *)(place.base + place.key->offset), l->key,
			 is_of_name);
		return;
	}
	if (place.key->flags & KEY_FREE) {
		text = inifile_unquote(l->value, &phrase);
		if (!text)
			conf_bad_line(l, phrase);
		text = file_text("%s=%s", l->key, text);
	}
	phrase = conf_set(f, &place, text, &o, !(place.key->flags & KEY_FREE));
	if (phrase)
		conf_bad_line(l, phrase);
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
			if (g->each_size && in_section(g, l->section))
				conf_element(f, g, l->section + strlen(g->section));
	}
}
