#include "options.h"

#include <string.h>

#include "conf.h"
#include "file.h"
#include "msg.h"

const struct key applet_common[] = {
	{.name = "config" ARG("FILE") HELP("read this INI file; - is standard input")},
	{.name = "set" ARG("SECTION.KEY=VALUE")
		 HELP("one more line after the file; may be repeated"),
	 .letter = 'o'},
	{.name = "dump" BARE("") HELP("print the effective configuration and exit")},
	{.name = "help" BARE("") HELP("print this text and exit"), .letter = 'h'},
	{.name = "version" BARE("") HELP("print the version and exit")},
	{0},
};

const char *options_bare(const struct key *k)
{
	if (key_text(k, KEY_BARE))
		return key_text(k, KEY_BARE);
	if (key_text(k, KEY_SETS))
		return "";
	return k->type == &type_boolean ? "yes" : NULL;
}

static const struct key *option_in(const struct key *keys, const char *name, size_t len,
				   struct nearest *near)
{
	for (const struct key *k = keys; !key_last(k); k++) {
		const char *option = conf_option(k);

		if (!option)
			continue;
		if (*option == *name && !strncmp(option, name, len) && !option[len])
			return k;
		if (near)
			key_nearest(near, option);
	}
	return NULL;
}

static const struct key *letter_in(const struct key *keys, char letter)
{
	for (const struct key *k = keys; !key_last(k); k++)
		if (k->letter == letter)
			return k;
	return NULL;
}

/* near: gets the nearest of those that it is not; NULL: not asked */
static struct given look_long(const struct applet *a, const char *name, size_t len,
			      struct nearest *near)
{
	const struct key *k;

	for (const struct group *g = a->groups; g->keys; g++)
		if ((k = option_in(g->keys, name, len, near)))
			return (struct given){k, g, NULL};
	return (struct given){option_in(applet_common, name, len, near), NULL, NULL};
}

static struct given find_long(const struct applet *a, const char *name, size_t len)
{
	struct given found = look_long(a, name, len, NULL);
	struct nearest near = {0};

	if (found.key)
		return found;
	near.word = file_text("%.*s", (int)len, name);
	(void)look_long(a, name, len, &near);
	if (near.best)
		msg_usage("unknown option --%s; the nearest is --%s", near.word, near.best);
	msg_usage("unknown option --%s", near.word);
}

static struct given find_letter(const struct applet *a, char letter)
{
	const struct key *k;

	for (const struct group *g = a->groups; g->keys; g++)
		if ((k = letter_in(g->keys, letter)))
			return (struct given){k, g, NULL};
	if ((k = letter_in(applet_common, letter)))
		return (struct given){k, NULL, NULL};
	msg_usage("unknown option -%c", letter);
}

static void add_given(struct options *o, struct given g)
{
	o->given = file_room(o->given, o->n, sizeof g);
	o->given[o->n++] = g;
}

static char **long_option(struct options *o, const struct applet *a, char **argv)
{
	const char *name = *argv + 2;
	size_t len = strcspn(name, "=");
	struct given g = find_long(a, name, len);
	const char *bare = options_bare(g.key);

	if (name[len] && bare && !*bare)
		msg_usage("--%.*s takes no value", (int)len, name);
	if (name[len])
		g.text = name + len + 1;
	else if (bare)
		g.text = bare;
	else if (argv[1])
		g.text = *++argv;
	else
		msg_usage("--%s needs a value", name);
	add_given(o, g);
	return argv + 1;
}

/* A word of letters: one that needs a value takes the rest of the word, or the next word. */
static char **short_options(struct options *o, const struct applet *a, char **argv)
{
	for (const char *p = *argv + 1; *p; p++) {
		struct given g = find_letter(a, *p);
		const char *bare = options_bare(g.key);
		/* nsenter -n/proc/1/ns/net: its value is optional */
		bool path = p[1] == '/' && bare && *bare;

		if (bare && !path) {
			g.text = bare;
			add_given(o, g);
			continue;
		}
		if (p[1])
			g.text = p + 1 + (p[1] == '=');
		else if (argv[1])
			g.text = *++argv;
		else
			msg_usage("-%c needs a value", *p);
		add_given(o, g);
		break;
	}
	return argv + 1;
}

static char **take_options(struct options *o, const struct applet *a, char **p)
{
	while (*p && (*p)[0] == '-' && (*p)[1] && strcmp(*p, "--"))
		p = (*p)[1] == '-' ? long_option(o, a, p) : short_options(o, a, p);
	return p;
}

/* The verb and what follows the options behind it. */
static char **with_verb(char *verb, char **rest)
{
	size_t n = 0;
	char **all;

	while (rest[n])
		n++;
	all = file_alloc((n + 2) * sizeof *all);
	all[0] = verb;
	memcpy(all + 1, rest, n * sizeof *all);
	return all;
}

void options_parse(struct options *o, const struct applet *a, char **argv)
{
	char **p = take_options(o, a, argv + 1);
	char *verb = a->verbs && *p && strcmp(*p, "--") ? *p : NULL;

	if (verb)
		p = take_options(o, a, p + 1);
	if (*p && !strcmp(*p, "--"))
		p++;
	o->operands = verb ? with_verb(verb, p) : p;
}

const char *options_common(const struct options *o, int row)
{
	const char *text = NULL;

	for (size_t i = 0; i < o->n; i++)
		if (!o->given[i].group && o->given[i].key == &applet_common[row])
			text = o->given[i].text;
	return text;
}

bool applet_has_option(const struct applet *a, const struct key *key)
{
	const char *option = conf_option(key);

	for (const struct group *g = a->groups; option && g->keys; g++)
		for (const struct key *k = g->keys; !key_last(k); k++)
			if (conf_option(k) && !strcmp(conf_option(k), option))
				return k == key;
	return true;
}
