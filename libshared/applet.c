#include "applet.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf.h"
#include "file.h"
#include "msg.h"
#include "options.h"
#include "state.h"

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

	for (size_t i = 0; applet_list[i]; i++)
		if (!strcmp(applet_list[i]->name, name))
			return applet_list[i];
	for (size_t i = 0; nearest && applet_list[i]; i++)
		key_nearest(&near, applet_list[i]->name);
	if (nearest)
		*nearest = near.best;
	return NULL;
}

/* What was printed is all that was asked for. */
static _Noreturn void end_output(void)
{
	file_flush_stdout();
	exit(0);
}

static const char *verbs_text(const char *verbs)
{
	const char *all = "";

	for (const char *v = verbs; *v; v += strlen(v) + 1)
		all = key_phrase("%s%s%s", all, v == verbs ? "" : ", ", v);
	return all;
}

static void check_verb(const struct applet *a, char **operands)
{
	struct nearest near = {.word = operands[0] ? operands[0] : ""};

	if (!a->verbs)
		return;
	for (const char *v = a->verbs; *v; v += strlen(v) + 1) {
		if (!strcmp(v, near.word))
			return;
		key_nearest(&near, v);
	}
	if (!operands[0])
		msg_usage("one of %s is wanted", verbs_text(a->verbs));
	if (near.best)
		msg_usage("unknown command '%s'; the nearest is %s", near.word, near.best);
	msg_usage("unknown command '%s': one of %s is wanted", near.word, verbs_text(a->verbs));
}

/* What is asked at once, before any file is read */
static void answer_common(const struct options *o, const struct applet *a)
{
	if (options_common(o, COMMON_HELP))
		applet_help(a);
	else if (options_common(o, COMMON_VERSION))
		printf("%s (nskit) %s\n", a->name, NSK_VERSION);
	else
		return;
	end_output();
}

const char *applet_container_name(const struct ini *ini)
{
	const char *name = ini->stem, *phrase;

	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (!l->key || strcmp(l->section, "container") || strcmp(l->key, "name"))
			continue;
		name = *l->value ? inifile_unquote(l->value, &phrase) : NULL;
		if (name && !strcmp(name, "%n")) /* the default, written */
			name = ini->stem;
	}
	/* a bad one of the file is refused where the key is read, with its line */
	return name && !state_bad_name(name) ? name : NULL;
}

static bool is_foreign(const struct ini_line *l)
{
	return !strncmp(l->section, "x-", 2) || (l->key && !strncmp(l->key, "x-", 2));
}

/* Every applet's struct, for those who only read it. */
static void **fill_all(const struct ini *ini)
{
	void **confs = file_alloc((applet_count() + 1) * sizeof *confs);

	for (size_t i = 0; applet_list[i]; i++)
		confs[i] = applet_fill(applet_list[i], ini);
	return confs;
}

void applet_check_file(struct ini *ini)
{
	for (size_t i = 0; i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];
		const char *phrase = is_foreign(l) ? NULL : conf_unknown(l->section, l->key);

		if (phrase)
			conf_bad_line(l, phrase);
	}
	ini->confs = fill_all(ini);
	ini->n_confs = ini->n;
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
static char *line_element(struct filling *f, const struct options *o, const struct group *g)
{
	const char *name = NULL;

	for (const struct key *k = g->keys; !key_last(k); k++)
		if (k->flags & KEY_ARGV)
			name = key_text(k, KEY_DEFAULT);
	for (size_t i = 0; i < o->n; i++)
		if (o->given[i].group == g && o->given[i].key->flags & KEY_ARGV)
			name = o->given[i].text;
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

static void apply_options(struct filling *f, const struct options *o, const char *dir)
{
	const struct origin argv = {.file = "argv", .dir = dir, .name = f->name};

	for (size_t i = 0; i < o->n; i++) {
		const struct given *g = &o->given[i];
		struct place at = {g->key, g->group, NULL};
		const char *phrase;

		if (!g->group)
			continue;
		if (!g->key->type) {
			apply_sets(f, key_text(g->key, KEY_SETS));
			continue;
		}
		at.base = g->group->each_size ? line_element(f, o, g->group)
					      : f->conf + g->group->base;
		phrase = conf_set(f, &at, g->text, &argv, false);
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
	end_output();
}

/* The file that an applet finds by itself, from what its command line says. */
static const char *own_config(const struct applet *a, const struct options *o)
{
	struct ini none = {0};
	struct filling f = filling_of(a, &none);
	const char *path;

	apply_options(&f, o, "/");
	path = a->config(f.conf, o->operands);
	free(f.given);
	free(f.conf);
	return path;
}

/* The file of this call, or none; the lines of --set come after it. */
static struct ini *read_ini(const struct applet *a, const struct options *o)
{
	const char *dir = a->step ? getenv("NSK_DIR") : NULL;
	const char *path = options_common(o, COMMON_CONFIG);
	struct ini *ini = file_alloc(sizeof *ini);

	if (!path && dir)
		path = file_text("%s/config", dir);
	else if (!path && a->config)
		path = own_config(a, o);
	if (path)
		inifile_load(ini, path);
	return ini;
}

static bool is_name(const struct given *g)
{
	return g->group && g->group->section && !strcmp(g->group->section, "container") &&
	       !strcmp(g->key->name, "name");
}

/* What of the command line stands as lines after the file: --set, and the name, for %n of other keys. */
static bool add_lines(struct ini *ini, const struct options *o)
{
	size_t n = ini->n;

	for (size_t i = 0; i < o->n; i++) {
		const struct given *g = &o->given[i];
		const char *phrase = is_name(g) && *g->text ? state_bad_name(g->text) : NULL;

		if (phrase)
			msg_usage("--name: %s", phrase);
		if (is_name(g))
			inifile_set(ini, file_text("container.name=%s", g->text));
		else if (!g->group && g->key == &applet_common[COMMON_SET])
			inifile_set(ini, g->text);
	}
	return ini->n > n;
}

/* What was filled already when the file was checked, for a step without options of its own; or NULL. */
static char *filled_copy(const struct applet *a, const struct ini *ini)
{
	char *conf = NULL;

	for (size_t i = 0; ini->confs && ini->n_confs == ini->n && applet_list[i]; i++)
		if (applet_list[i] == a)
			conf = memcpy(file_alloc(a->conf_size), ini->confs[i], a->conf_size);
	return conf;
}

static void *fill_from(const struct applet *a, const struct ini *ini, const struct options *o)
{
	char *conf = o->n ? NULL : filled_copy(a, ini);
	char cwd[PATH_MAX];

	if (!conf) {
		struct filling f = filling_of(a, ini);

		apply_options(&f, o, getcwd(cwd, sizeof cwd) ? cwd : "/");
		free(f.given);
		conf = f.conf;
	}
	if (a->ini_at)
		*(const struct ini **)(void *)(conf + a->ini_at) = ini;
	return conf;
}

void applet_prepare(struct call *call, const struct applet *a, char **argv, const struct ini *outer)
{
	struct options o = {0};
	struct ini *ini;
	bool changed;

	msg_name(a->name);
	options_parse(&o, a, argv);
	answer_common(&o, a);
	if (outer && options_common(&o, COMMON_CONFIG))
		msg_usage("--config: a step reads the file of its start");
	ini = outer ? inifile_copy(outer) : read_ini(a, &o);
	changed = add_lines(ini, &o);
	if (changed || (!outer && ini->n))
		applet_check_file(ini);
	*call = (struct call){a, fill_from(a, ini, &o), o.operands, ini};
	if (options_common(&o, COMMON_DUMP))
		print_and_exit(a, call->conf);
	check_verb(a, o.operands);
	if (a->check)
		a->check(call->conf, o.operands);
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
	void **filled = ini->confs && ini->n_confs == ini->n ? ini->confs : fill_all(ini);

	for (size_t i = 0; i < n; i++)
		all[i] = confs && confs[i] ? confs[i] : filled[i];
	return conf_text(applet_list, all);
}
