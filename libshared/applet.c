#include "applet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "file.h"
#include "msg.h"
#include "state.h"

const struct key applet_common[] = {
	{NULL, "config", .arg = "FILE", .help = "read this INI file; - is standard input"},
	{NULL, "set", .letter = 'o', .arg = "SECTION.KEY=VALUE",
	 .help = "one more line after the file; may be repeated"},
	{NULL, "dump", .bare = "", .help = "print the effective configuration and exit"},
	{NULL, "help", .letter = 'h', .bare = "", .help = "print this text and exit"},
	{NULL, "version", .bare = "", .help = "print the version and exit"},
	{0},
};
enum { COMMON_CONFIG, COMMON_SET, COMMON_DUMP, COMMON_HELP, COMMON_VERSION };

static bool last(const struct key *k)
{
	return !k->name && !k->option && !k->letter;
}

size_t applet_count(void)
{
	size_t n = 0;

	while (applet_list[n])
		n++;
	return n;
}

const struct applet *applet_find(const char *name, const char **nearest)
{
	struct nearest near = {.word = name};

	for (size_t i = 0; applet_list[i]; i++) {
		if (!strcmp(applet_list[i]->name, name))
			return applet_list[i];
		key_nearest(&near, applet_list[i]->name);
	}
	if (nearest)
		*nearest = near.best;
	return NULL;
}

/* The command line: options are found first, their values are parsed after the file's. */

struct given {
	const struct key *key;
	const struct group *group; /* NULL: common */
	const char *text;
};

struct line {
	struct given *given;
	size_t n;
	const char *config;
	bool dump;
	char **operands;
};

static const char *bare_of(const struct key *k)
{
	return k->bare			  ? k->bare
	       : k->sets && !k->arg	  ? ""
	       : k->type == &type_boolean ? "yes"
					  : NULL;
}

static const struct key *option_in(const struct key *keys, const char *name, size_t len,
				   char letter, struct nearest *near)
{
	for (const struct key *k = keys; !last(k); k++) {
		const char *option = conf_option(k);

		if (letter && k->letter == letter)
			return k;
		if (letter || !option)
			continue;
		if (strlen(option) == len && !strncmp(option, name, len))
			return k;
		key_nearest(near, option);
	}
	return NULL;
}

static struct given find_option(const struct applet *a, const char *name, size_t len, char letter)
{
	struct nearest near = {.word = letter ? "" : file_text("%.*s", (int)len, name)};
	struct given found = {0};

	for (const struct group *g = a->groups; g->keys && !found.key; g++) {
		found.key = option_in(g->keys, name, len, letter, &near);
		found.group = g;
	}
	if (!found.key) {
		found.key = option_in(applet_common, name, len, letter, &near);
		found.group = NULL;
	}
	if (found.key)
		return found;
	if (letter)
		msg_usage("unknown option -%c", letter);
	if (near.best)
		msg_usage("unknown option --%s; the nearest is --%s", near.word, near.best);
	msg_usage("unknown option --%s", near.word);
}

bool applet_has_option(const struct applet *a, const struct key *key)
{
	const char *option = conf_option(key);

	for (const struct group *g = a->groups; option && g->keys; g++)
		for (const struct key *k = g->keys; !last(k); k++)
			if (conf_option(k) && !strcmp(conf_option(k), option))
				return k == key;
	return true;
}

static void add_given(struct line *l, struct given g)
{
	l->given = file_grow(l->given, (l->n + 1) * sizeof g);
	l->given[l->n++] = g;
}

static char **long_option(struct line *l, const struct applet *a, char **argv)
{
	const char *name = *argv + 2;
	size_t len = strcspn(name, "=");
	struct given g = find_option(a, name, len, 0);

	if (name[len])
		g.text = name + len + 1;
	else if (bare_of(g.key))
		g.text = bare_of(g.key);
	else if (argv[1])
		g.text = *++argv;
	else
		msg_usage("--%s needs a value", name);
	if (name[len] && bare_of(g.key) && !*bare_of(g.key))
		msg_usage("--%.*s takes no value", (int)len, name);
	add_given(l, g);
	return argv + 1;
}

/* A word of letters: one that needs a value takes the rest of the word, or the next word. */
static char **short_options(struct line *l, const struct applet *a, char **argv)
{
	for (const char *p = *argv + 1; *p; p++) {
		struct given g = find_option(a, NULL, 0, *p);
		/* nsenter -n/proc/1/ns/net: its value is optional */
		bool path = p[1] == '/' && g.key->bare && *g.key->bare;

		if (bare_of(g.key) && !path) {
			g.text = bare_of(g.key);
			add_given(l, g);
			continue;
		}
		if (p[1])
			g.text = p + 1 + (p[1] == '=');
		else if (argv[1])
			g.text = *++argv;
		else
			msg_usage("-%c needs a value", *p);
		add_given(l, g);
		break;
	}
	return argv + 1;
}

static void parse_line(struct line *l, const struct applet *a, char **argv)
{
	const char *verb = NULL;
	char **p = argv + 1;

	for (;;) {
		while (*p && (*p)[0] == '-' && (*p)[1] && strcmp(*p, "--"))
			p = (*p)[1] == '-' ? long_option(l, a, p) : short_options(l, a, p);
		if (*p && a->verbs && !verb && strcmp(*p, "--")) {
			verb = *p++;
			continue;
		}
		break;
	}
	if (*p && !strcmp(*p, "--"))
		p++;
	l->operands = p;
	if (!a->verbs)
		return;
	l->operands = file_alloc(((size_t)2 + (size_t)(p - argv)) * sizeof *p);
	for (size_t n = 0; p[n]; n++)
		l->operands = file_grow(l->operands, (n + 3) * sizeof *p);
	l->operands[0] = (char *)verb;
	for (size_t n = 0; verb && (l->operands[n + 1] = p[n]); n++)
		;
}

static void check_verb(const struct applet *a, char **operands)
{
	struct nearest near = {.word = operands[0] ? operands[0] : ""};
	char all[200];
	size_t n = 0;

	if (!a->verbs)
		return;
	for (const char *v = a->verbs; *v; v += strlen(v) + 1) {
		if (operands[0] && !strcmp(v, operands[0]))
			return;
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", n ? ", " : "", v);
		key_nearest(&near, v);
	}
	if (!operands[0])
		msg_usage("one of %s is wanted", all);
	if (near.best)
		msg_usage("unknown command '%s'; the nearest is %s", operands[0], near.best);
	msg_usage("unknown command '%s': one of %s is wanted", operands[0], all);
}

/* What is asked at once, before any file is read */
static void answer_common(struct line *l, const struct applet *a)
{
	for (size_t i = 0; i < l->n; i++) {
		if (l->given[i].group)
			continue;
		if (l->given[i].key == &applet_common[COMMON_HELP]) {
			applet_help(a);
			exit(0);
		}
		if (l->given[i].key == &applet_common[COMMON_VERSION]) {
			printf("%s (nskit) %s\n", a->name, NSK_VERSION);
			exit(0);
		}
		if (l->given[i].key == &applet_common[COMMON_CONFIG])
			l->config = l->given[i].text;
		if (l->given[i].key == &applet_common[COMMON_DUMP])
			l->dump = true;
	}
}

const char *applet_container_name(const struct ini *ini)
{
	const char *name = ini->stem && !state_bad_name(ini->stem) ? ini->stem : NULL;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (l->key && *l->value && !strcmp(l->section, "container") &&
		    !strcmp(l->key, "name"))
			name = l->value;
	}
	return name;
}

static void unknown_line(const struct ini_line *l)
{
	const char **sections = conf_sections(applet_list);
	struct nearest section = {.word = l->section}, key = {.word = l->key ? l->key : ""};
	bool known = false;

	for (; *sections; sections++) {
		size_t n = strlen(*sections);
		bool each = (*sections)[n - 1] == '.';

		known |= !strcmp(*sections, l->section) ||
			 (each && !strncmp(*sections, l->section, n) && l->section[n]);
		key_nearest(&section, *sections);
	}
	if (!known)
		msg_die("%s:%d: [%s]: unknown section%s%s%s", l->source->file, l->line, l->section,
			section.best ? "; the nearest is [" : "", section.best ? section.best : "",
			section.best ? "]" : "");
	if (!l->key)
		return;
	for (size_t a = 0; applet_list[a]; a++)
		for (const struct group *g = applet_list[a]->groups; g->keys; g++)
			for (const struct key *k = g->keys; !last(k); k++)
				if (k->section && k->type && k->name &&
				    !strncmp(k->section, l->section,
					     strlen(g->each ? g->each : l->section) + !g->each))
					key_nearest(&key, k->name);
	msg_die("%s:%d: [%s] %s: unknown key%s%s", l->source->file, l->line, l->section, l->key,
		key.best ? "; the nearest is " : "", key.best ? key.best : "");
}

void applet_check_file(const struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];
		const struct group *g;
		bool known = false;

		if (!strncmp(l->section, "x-", 2) || (l->key && !strncmp(l->key, "x-", 2)))
			continue;
		for (size_t a = 0; applet_list[a] && l->key && !known; a++)
			known = conf_key(applet_list[a], l->section, l->key, &g) != NULL;
		if (!known)
			unknown_line(l);
	}
	for (size_t a = 0; applet_list[a]; a++)
		free(applet_fill(applet_list[a], ini));
}

static struct filling filling_of(const struct applet *a, const struct ini *ini)
{
	struct filling f = {.applet = a,
			    .conf = file_alloc(a->conf_size),
			    .name = applet_container_name(ini),
			    .container = ini->file != NULL};

	conf_defaults(&f, ini);
	conf_apply(&f, ini);
	return f;
}

void *applet_fill(const struct applet *a, const struct ini *ini)
{
	struct filling f = filling_of(a, ini);

	free(f.given);
	return f.conf;
}

/* The element of the command line in an "each" group: named by the group's argv-only row. */
static char *line_element(struct filling *f, const struct line *l, const struct group *g)
{
	const char *name = NULL;

	for (const struct key *k = g->keys; !last(k); k++)
		if (!k->section && k->type && !k->offset)
			name = k->neutral;
	for (size_t i = 0; i < l->n; i++)
		if (l->given[i].group == g && !l->given[i].key->section && !l->given[i].key->offset)
			name = l->given[i].text;
	return conf_element(f, g, name ? name : "");
}

static void apply_sets(struct filling *f, const char *sets)
{
	struct origin o = {.file = "argv", .dir = "/", .name = f->name};
	const char *phrase = NULL;
	char **words = key_words(sets, &phrase);

	for (char **w = words; *w; w++) {
		char *dot = strchr(*w, '.'), *equals = strchr(*w, '=');
		struct place at = {0};

		*dot = *equals = '\0';
		at.key = conf_key(f->applet, *w, dot + 1, &at.group);
		at.base = f->conf + at.group->base;
		phrase = conf_set(f, &at, equals + 1, &o, false);
		if (phrase)
			msg_die("%s.%s: %s", *w, dot + 1, phrase);
	}
}

static void apply_line(struct filling *f, const struct line *l, const char *dir)
{
	const struct origin o = {.file = "argv", .dir = dir, .name = f->name};

	for (size_t i = 0; i < l->n; i++) {
		const struct given *g = &l->given[i];
		struct place at = {g->key, g->group, NULL};
		const char *phrase;

		if (!g->group)
			continue;
		if (!g->key->type) {
			apply_sets(f, g->key->sets);
			continue;
		}
		at.base = g->group->each ? line_element(f, l, g->group) : f->conf + g->group->base;
		phrase = conf_set(f, &at, g->text, &o, false);
		if (phrase)
			msg_usage("--%s: %s",
				  conf_option(g->key) ? conf_option(g->key) : g->key->name, phrase);
	}
}

static void print_and_exit(const struct applet *a, void *conf)
{
	const struct applet *one[] = {a, NULL};
	void *confs[] = {conf, NULL};

	fputs(conf_text(one, confs), stdout);
	exit(fflush(stdout) ? EXIT_FAILED : 0);
}

/* The file that an applet finds by itself, from what its command line says. */
static const char *own_config(const struct applet *a, const struct line *l)
{
	struct ini none = {0};
	struct filling f = filling_of(a, &none);
	const char *path;

	apply_line(&f, l, "/");
	path = a->config(f.conf, l->operands);
	free(f.given);
	free(f.conf);
	return path;
}

/* The file of this call, or none; the lines of --set come after it. */
static struct ini *read_ini(const struct applet *a, const struct line *l)
{
	const char *dir = a->step ? getenv("NSK_DIR") : NULL;
	const char *path = l->config   ? l->config
			   : dir       ? file_text("%s/config", dir)
			   : a->config ? own_config(a, l)
				       : NULL;
	struct ini *ini = file_alloc(sizeof *ini);

	if (path)
		inifile_load(ini, path);
	return ini;
}

void applet_prepare(struct call *call, const struct applet *a, char **argv, const struct ini *outer)
{
	struct line l = {0};
	struct ini *ini;
	struct filling f;
	char cwd[4096];

	msg_name(a->name);
	parse_line(&l, a, argv);
	answer_common(&l, a);
	if (outer && l.config)
		msg_usage("--config: a step reads the file of its start");
	ini = outer ? inifile_copy(outer) : read_ini(a, &l);
	for (size_t i = 0; i < l.n; i++) {
		if (!l.given[i].group && l.given[i].key == &applet_common[COMMON_SET])
			inifile_set(ini, l.given[i].text);
		if (l.given[i].group && l.given[i].key->section && l.given[i].key->name &&
		    !strcmp(l.given[i].key->section, "container") &&
		    !strcmp(l.given[i].key->name, "name")) /* %n of the other keys */
			inifile_set(ini, file_text("container.name=%s", l.given[i].text));
	}
	if (!outer && ini->n)
		applet_check_file(ini);
	f = filling_of(a, ini);
	apply_line(&f, &l, getcwd(cwd, sizeof cwd) ? cwd : "/");
	free(f.given);
	if (a->ini_at)
		*(const struct ini **)(void *)(f.conf + a->ini_at) = ini;
	*call = (struct call){a, f.conf, l.operands, ini};
	if (l.dump)
		print_and_exit(a, f.conf);
	check_verb(a, l.operands);
	if (a->check)
		a->check(f.conf, l.operands);
}

int applet_run(const struct call *call, const struct start *start)
{
	msg_name(call->applet->name);
	return call->applet->main(call->conf, call->operands, start);
}

char *applet_effective(const struct ini *ini, void *const *confs)
{
	size_t n = applet_count();
	void **all = file_alloc((n + 1) * sizeof *all);

	for (size_t i = 0; i < n; i++)
		all[i] = confs && confs[i] ? confs[i] : applet_fill(applet_list[i], ini);
	return conf_text(applet_list, all);
}

char *applet_option_text(const struct key *k)
{
	const char *option = conf_option(k);
	const char *arg = k->arg ? k->arg : k->type ? k->type->name : "";
	const char *bare = bare_of(k);
	bool value = !bare || (*bare && k->type != &type_boolean);

	return file_text("%s%c%s%s%s%s%s%s", k->letter ? "-" : "", k->letter ? k->letter : ' ',
			 k->letter && option ? ", " : "", option ? "--" : "", option ? option : "",
			 value ? bare	  ? "[="
				 : option ? "="
					  : " "
			       : "",
			 value ? arg : "", value && bare ? "]" : "");
}

static void help_row(const struct key *k)
{
	char *left = applet_option_text(k);
	const char *text = k->letter ? left : left + 1;

	if (!conf_option(k) && !k->letter)
		return;
	printf("  %s%-*s%s%s\n", k->letter ? "" : "    ", k->letter ? 34 : 30, text,
	       strlen(text) >= (k->letter ? 34U : 30U) ? "\n                                    "
						       : "",
	       k->help ? k->help : "");
}

void applet_help(const struct applet *a)
{
	printf("Usage: %s %s\n%s.\n\nOptions:\n", a->name, a->synopsis, a->summary);
	for (const struct group *g = a->groups; g->keys; g++)
		for (const struct key *k = g->keys; !last(k); k++)
			if (applet_has_option(a, k))
				help_row(k);
	for (const struct key *k = applet_common; !last(k); k++)
		help_row(k);
	if (a->after)
		printf("\n%s", a->after);
	printf("\nExit status: COMMAND's own; 125 %s failed, 126 COMMAND cannot be executed,\n"
	       "127 COMMAND not found, 128+n COMMAND killed by signal n.\n",
	       a->name);
}
