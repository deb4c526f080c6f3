/*
 * config.c - nskit conf: read a configuration file as every applet reads it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "conf.h"
#include "file.h"
#include "msg.h"
#include "nskit.h"

/* The file and the lines of -o SECTION.KEY=VALUE after it, checked whole. */
static struct ini *load(char **argv, int *json)
{
	struct ini *ini = file_alloc(sizeof *ini);
	char **p = argv + 1;

	if (!*p)
		msg_usage("conf %s: FILE is wanted", argv[0]);
	inifile_load(ini, *p++);
	for (; *p; p++) {
		if (!strcmp(*p, "-o") && p[1])
			inifile_set(ini, *++p);
		else if (json && !strcmp(*p, "--json"))
			*json = 1;
		else
			break;
	}
	applet_check_file(ini);
	return ini;
}

static int check(char **argv)
{
	load(argv, NULL);
	return 0;
}

static void **fill_all(const struct ini *ini)
{
	void **confs = file_alloc((applet_count() + 1) * sizeof *confs);

	for (size_t i = 0; applet_list[i]; i++)
		confs[i] = applet_fill(applet_list[i], ini);
	return confs;
}

struct wanted {
	const char *section, *name;
	bool found;
};

static void put_wanted(const struct conf_line *l, void *arg)
{
	struct wanted *w = arg;
	const char *phrase, *text;

	if (!l->value || strcmp(l->section, w->section) || strcmp(l->name, w->name))
		return;
	w->found = true;
	if (!*l->value)
		return;
	text = l->key->type->words ? l->value : inifile_unquote(l->value, &phrase);
	puts(text);
}

/* The value as plain text, one line an element; nothing and status 1 when it is unset. */
static int get(char **argv)
{
	struct wanted w = {0};
	struct ini *ini;
	char *section, *dot;
	const struct group *g;
	bool known = false;

	if (!argv[1] || !argv[2] || !strchr(argv[2], '.'))
		msg_usage("conf get: FILE SECTION.KEY is wanted");
	section = file_dup(argv[2]);
	dot = strncmp(section, "sysctl.", 7) ? strrchr(section, '.') : strchr(section, '.');
	*dot = '\0';
	w.section = section;
	w.name = dot + 1;
	for (size_t i = 0; applet_list[i]; i++)
		known |= conf_key(applet_list[i], w.section, w.name, &g) != NULL;
	if (!known)
		msg_die("%s: unknown key; 'nskit conf keys' lists them", argv[2]);
	argv[2] = argv[1];
	argv[1] = argv[0];
	ini = load(argv + 1, NULL);
	conf_print(applet_list, fill_all(ini), put_wanted, &w);
	return !w.found;
}

/* JSON: {"section": {"key": "text" | ["text", ...]}}; every value as the text of a file. */

struct json {
	char section[64];
	const struct key *list; /* the list whose elements are being printed */
	bool first;
};

static void put_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_json(const struct conf_line *l, void *arg)
{
	struct json *j = arg;
	const char *phrase;
	bool element = l->key && l->key->flags & KEY_LIST && !(l->key->flags & KEY_FREE);

	if (j->list && (j->list != l->key || strcmp(j->section, l->section))) {
		printf("]");
		j->list = NULL;
	}
	if (strcmp(j->section, l->section)) {
		printf(*j->section ? "\n  },\n  " : "{\n  ");
		put_json_string(l->section);
		printf(": {");
		snprintf(j->section, sizeof j->section, "%s", l->section);
		j->first = true;
	}
	if (!l->value)
		return;
	if (j->list) {
		printf(", ");
	} else {
		printf(j->first ? "\n    " : ",\n    ");
		put_json_string(l->name);
		printf(element ? ": [" : ": ");
		j->list = element ? l->key : NULL;
	}
	j->first = false;
	if (!*l->value)
		printf(element ? "" : "null");
	else
		put_json_string(l->key->type->words ? l->value
						    : inifile_unquote(l->value, &phrase));
}

static int print(char **argv)
{
	int json = 0;
	struct ini *ini = load(argv, &json);
	void **confs = fill_all(ini);
	struct json j = {0};

	if (!json) {
		fputs(conf_text(applet_list, confs), stdout);
		return 0;
	}
	conf_print(applet_list, confs, put_json, &j);
	puts(*j.section ? j.list ? "]\n  }\n}" : "\n  }\n}" : "{}");
	return 0;
}

/* What nsrun would run, as a command line that can be pasted. */
static int explain(char **argv)
{
	struct ini *ini;
	char *name, *quoted[2] = {0};

	if (!argv[1])
		msg_usage("conf explain: FILE is wanted");
	ini = load(argv, NULL);
	name = (char *)applet_container_name(ini);
	quoted[0] = argv[1];
	printf("nsexec --name %s --config %s", name ? name : "NAME", key_quote(quoted));
	for (char **p = argv + 2; p[0] && !strcmp(p[0], "-o"); p += 2) {
		quoted[0] = p[1];
		printf(" \\\n    --set %s", key_quote(quoted));
	}
	puts(" \\\n    --prepare 'nscgroup create' --undo 'nscgroup delete' \\\n"
	     "    --window 'nsnet up' --undo 'nsnet down' \\\n    -- nsinit");
	return 0;
}

int conf_main(char **argv)
{
	static const struct {
		const char *name;
		int (*main)(char **argv);
	} verbs[] = {{"get", get},
		     {"check", check},
		     {"print", print},
		     {"explain", explain},
		     {"keys", keys_main}};
	struct nearest near = {.word = argv[1] ? argv[1] : ""};

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++) {
		if (!strcmp(near.word, verbs[i].name))
			return verbs[i].main(argv + 1);
		key_nearest(&near, verbs[i].name);
	}
	msg_usage("conf %s: one of get, check, print, explain, keys is wanted%s%s", near.word,
		  near.best ? "; the nearest is " : "", near.best ? near.best : "");
}
