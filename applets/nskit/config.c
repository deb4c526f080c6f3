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

/* The file and the lines of -o SECTION.KEY=VALUE after it, checked whole: ini->confs is filled. */
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
			msg_usage("conf %s: '%s': what is that?", argv[0], *p);
	}
	applet_check_file(ini);
	return ini;
}

static int check(char **argv)
{
	load(argv, NULL);
	return 0;
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
	const char *phrase;
	char *section, *dot;

	if (!argv[1] || !argv[2] || !strchr(argv[2], '.'))
		msg_usage("conf get: FILE SECTION.KEY is wanted");
	section = file_dup(argv[2]);
	dot = strncmp(section, "sysctl.", 7) ? strrchr(section, '.') : strchr(section, '.');
	*dot = '\0';
	w.section = section;
	w.name = dot + 1;
	phrase = conf_unknown(w.section, w.name);
	if (phrase)
		msg_usage("conf get: [%s] %s: %s", w.section, w.name, phrase);
	argv[2] = argv[1];
	argv[1] = argv[0];
	ini = load(argv + 1, NULL);
	conf_print(applet_list, ini->confs, put_wanted, &w);
	return !w.found;
}

/*
 * JSON: {"section": {"key": "text" | ["text", ...] | null}}; every value as the text of a file.  Keys that
 * share one list, whose order matters, stand in one array: "items": [{"bind": "text"}, ...].
 */

enum json_form { JSON_TEXT, JSON_LIST, JSON_ITEMS };

struct json {
	char *section;		/* the one that is open, NULL before the first */
	const struct key *list; /* whose array is open: the first key of a shared one */
	enum json_form form;	/* of that array */
	bool first;
};

/* The length of the UTF-8 sequence at p; 0 where there is none. */
static size_t utf8_length(const char *p)
{
	unsigned char c = (unsigned char)*p;
	size_t n = c < 0x80 ? 1 : c >= 0xc2 && c < 0xe0 ? 2 : (c & 0xf0) == 0xe0 ? 3 : 4;

	if (n == 4 && (c < 0xf0 || c > 0xf4))
		return 0;
	for (size_t i = 1; i < n; i++)
		if (((unsigned char)p[i] & 0xc0) != 0x80)
			return 0;
	if ((c == 0xe0 && (unsigned char)p[1] < 0xa0) ||
	    (c == 0xed && (unsigned char)p[1] > 0x9f) ||
	    (c == 0xf0 && (unsigned char)p[1] < 0x90) || (c == 0xf4 && (unsigned char)p[1] > 0x8f))
		return 0;
	return n;
}

static void put_json_string(const char *text)
{
	putchar('"');
	while (*text) {
		size_t n = utf8_length(text);

		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			printf("\\u%04x", (unsigned char)*text);
		else if (n)
			printf("%.*s", (int)n, text);
		else
			fputs("\\ufffd", stdout); /* JSON has no bytes */
		text += n ? n : 1;
	}
	putchar('"');
}

static void put_json_value(const struct conf_line *l)
{
	const char *phrase;

	put_json_string(l->key->type->words ? l->value : inifile_unquote(l->value, &phrase));
}

static enum json_form form_of(const struct key *k)
{
	if (k->flags & KEY_ORDERED)
		return JSON_ITEMS;
	return k->flags & KEY_LIST && !(k->flags & KEY_FREE) ? JSON_LIST : JSON_TEXT;
}

/* Does the line add to the array that is open? */
static bool json_goes_on(const struct json *j, const struct key *k)
{
	return j->list && (j->list == k || (j->form == JSON_ITEMS && form_of(k) == JSON_ITEMS &&
					    j->list->offset == k->offset));
}

static void json_close_list(struct json *j)
{
	if (j->list)
		putchar(']');
	j->list = NULL;
}

static void json_section(struct json *j, const char *section)
{
	if (j->section && !strcmp(j->section, section))
		return;
	json_close_list(j);
	printf(j->section ? "\n  },\n  " : "{\n  ");
	put_json_string(section);
	printf(": {");
	free(j->section);
	j->section = file_dup(section);
	j->first = true;
}

/* A new member of the section's object, up to its value. */
static void json_member(struct json *j, const struct conf_line *l)
{
	enum json_form form = form_of(l->key);

	json_close_list(j);
	printf(j->first ? "\n    " : ",\n    ");
	j->first = false;
	put_json_string(form == JSON_ITEMS ? "items" : l->name);
	printf(form == JSON_TEXT ? ": " : ": [");
	j->form = form;
	j->list = form == JSON_TEXT ? NULL : l->key;
}

static void put_json(const struct conf_line *l, void *arg)
{
	struct json *j = arg;

	json_section(j, l->section);
	if (!l->value)
		return;
	if (json_goes_on(j, l->key))
		printf(", ");
	else
		json_member(j, l);
	if (!*l->value) {
		printf(j->list ? "" : "null");
		return;
	}
	if (j->form == JSON_ITEMS) {
		putchar('{');
		put_json_string(l->name);
		printf(": ");
	}
	put_json_value(l);
	if (j->form == JSON_ITEMS)
		putchar('}');
}

static int print(char **argv)
{
	int json = 0;
	struct ini *ini = load(argv, &json);
	void **confs = ini->confs;
	struct json j = {0};

	if (!json) {
		fputs(conf_text(applet_list, confs), stdout);
		return 0;
	}
	conf_print(applet_list, confs, put_json, &j);
	json_close_list(&j);
	puts(j.section ? "\n  }\n}" : "{}");
	return 0;
}

/* What nsrun runs for this file, as a command line that can be pasted into a shell. */
static int explain(char **argv)
{
	char *word[2] = {0};

	load(argv, NULL);
	word[0] = file_text("--config=%s", argv[1]);
	printf("nsexec %s \\\n    --prepare 'nscgroup create' --undo 'nscgroup delete' \\\n"
	       "    --window 'nsnet up' --undo 'nsnet down'",
	       key_quote(word));
	for (char **p = argv + 2; *p; p += 2) {
		word[0] = file_text("--set=%s", p[1]);
		printf(" \\\n    %s", key_quote(word));
	}
	puts(" \\\n    -- nsinit --");
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
	if (near.best)
		msg_usage("conf: unknown command '%s'; the nearest is %s", near.word, near.best);
	msg_usage("conf: one of get, check, print, explain, keys is wanted");
}
