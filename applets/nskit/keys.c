/*
 * keys.c - nskit conf keys: the table of keys, and the documents that are made from it:
 * config/default.ini, the options of the man pages, nskit.ini(5), the bash completion.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "conf.h"
#include "file.h"
#include "msg.h"
#include "nskit.h"

typedef void put_key(const struct key *, const char *section, bool first);

/* A table that two applets share is told once. */
static bool is_new(const struct key ***done, size_t *n, const struct key *k)
{
	for (size_t i = 0; i < *n; i++)
		if ((*done)[i] == k)
			return false;
	*done = file_room(*done, *n, sizeof(const struct key *));
	(*done)[(*n)++] = k;
	return true;
}

/* Every key of every section once, in the order of the applets' tables. */
static void each_key(put_key *put)
{
	const struct key **done = NULL;
	size_t n = 0;

	for (const char **section = conf_sections(applet_list); *section; section++) {
		bool first = true;

		for (size_t a = 0; applet_list[a]; a++) {
			for (const struct group *g = applet_list[a]->groups; g->keys; g++) {
				for (const struct key *k = g->keys; !key_last(k); k++) {
					const char *own = group_section(g, k);

					if (!own || strcmp(own, *section) || !is_new(&done, &n, k))
						continue;
					put(k, *section, first);
					first = false;
				}
			}
		}
	}
	free(done);
}

static const char *free_name(const struct key *k)
{
	return k->flags & KEY_FREE ? "NAME" : k->name;
}

static void put_table(const struct key *k, const char *section, bool first)
{
	(void)first;
	printf("%s.%s%s\t%s\t%s\n", section, free_name(k), k->flags & KEY_LIST ? "*" : "",
	       key_arg(k), key_text(k, KEY_HELP));
}

static void put_ini(const struct key *k, const char *section, bool first)
{
	const char *def = key_text(k, KEY_DEFAULT), *text = def ? def : "";

	if (first)
		printf("\n#[%s%s]\n", section, section[strlen(section) - 1] == '.' ? "NAME" : "");
	printf("\n# %s%s\n", key_text(k, KEY_HELP),
	       k->flags & KEY_LIST ? " (a list: one line each)" : "");
	printf("# %s\n", key_arg(k));
	do {
		size_t n = strcspn(text, "\n");

		printf("#%s =%s%.*s\n", free_name(k), n ? " " : "", (int)n, text);
		text += n + (text[n] == '\n');
	} while (*text);
}

/* roff: a hyphen that is typed is \-, a dot or quote at the start of a line is protected */
static void put_roff(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p == '-')
			fputs("\\-", stdout);
		else if (*p == '\\')
			fputs("\\e", stdout);
		else if (*p == '\n')
			fputs(", ", stdout);
		else
			putchar(*p);
	}
}

static void put_default(const struct key *k)
{
	const char *text = key_text(k, KEY_DEFAULT);

	if (!text || !*text)
		return;
	fputs("\nDefault with a file: ", stdout);
	put_roff(text);
	puts(".");
}

static void put_help(const struct key *k)
{
	const char *text = key_text(k, KEY_HELP);

	putchar(toupper((unsigned char)*text));
	put_roff(text + 1);
	puts(".");
}

static void put_man_option(const struct key *k, const char *section)
{
	const char *text = applet_option_text(k);

	if (!conf_option(k) && !k->letter)
		return;
	fputs(".TP\n.B ", stdout);
	put_roff(text + strspn(text, " "));
	putchar('\n');
	put_help(k);
	if (section) {
		fputs("Key: ", stdout);
		put_roff(section);
		fputs(section[strlen(section) - 1] == '.' ? "NAME." : ".", stdout);
		put_roff(free_name(k));
		puts(".");
		put_default(k);
	}
}

static int man_options(const char *name)
{
	const struct applet *a = name ? applet_find(name, NULL) : NULL;

	if (!a)
		msg_usage("conf keys --man: an applet's name is wanted");
	for (const struct group *g = a->groups; g->keys; g++)
		for (const struct key *k = g->keys; !key_last(k); k++)
			if (applet_has_option(a, k))
				put_man_option(k, group_section(g, k));
	for (const struct key *k = applet_common; !key_last(k); k++)
		put_man_option(k, NULL);
	return 0;
}

static void put_man_key(const struct key *k, const char *section, bool first)
{
	if (first) {
		fputs(".SS [", stdout);
		put_roff(section);
		puts(section[strlen(section) - 1] == '.' ? "NAME]" : "]");
	}
	fputs(".TP\n.BR ", stdout);
	put_roff(free_name(k));
	fputs(" \" = ", stdout);
	put_roff(key_arg(k));
	puts(k->flags & KEY_LIST ? " (list)\"" : "\"");
	put_help(k);
	put_default(k);
}

/* Completion: one function; each applet's words stand in a case of it. */
static void put_bash(const struct applet *a)
{
	printf("\t%s)\n\t\twords=\"", a->name);
	for (const char *v = a->verbs; v && *v; v += strlen(v) + 1)
		printf("%s ", v);
	for (const struct group *g = a->groups; g->keys; g++)
		for (const struct key *k = g->keys; !key_last(k); k++)
			if (conf_option(k) && applet_has_option(a, k))
				printf("--%s ", conf_option(k));
	for (const struct key *k = applet_common; !key_last(k); k++)
		printf("--%s%s", conf_option(k), key_last(k + 1) ? "" : " ");
	puts("\" ;;");
}

static int bash(void)
{
	puts("# bash completion of nskit's applets; made from the table of keys by 'nskit conf keys --bash'\n"
	     "_nskit() {\n"
	     "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} name=${1##*/} words=\n"
	     "\tCOMPREPLY=()\n"
	     "\tif [[ $name == nskit && $COMP_CWORD -gt 1 ]]; then name=${COMP_WORDS[1]}; fi\n"
	     "\tcase $name in");
	for (size_t i = 0; applet_list[i]; i++)
		put_bash(applet_list[i]);
	puts("\tnsrun) words=\"-d -n -o --help\" ;;\n"
	     "\tnsctl) words=\"list state exec stop kill wait pause resume stat events gc\" ;;\n"
	     "\tnskit)\n\t\twords=\"conf state --list --list-full --install --version --build-info --help");
	printf("\t\t\t");
	for (size_t i = 0; applet_list[i]; i++)
		printf("%s%s", applet_list[i]->name, applet_list[i + 1] ? " " : "\" ;;\n");
	puts("\tesac\n"
	     "\tcase $prev in\n"
	     "\t--config) mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") && return ;;\n"
	     "\tesac\n"
	     "\tif [[ $cur == -* || -z $cur ]]; then\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\")\n"
	     "\telse\n"
	     "\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -f -- \"$cur\")\n"
	     "\tfi\n"
	     "}");
	printf("complete -o default -F _nskit nskit nsrun nsctl");
	for (size_t i = 0; applet_list[i]; i++)
		printf(" %s", applet_list[i]->name);
	puts("");
	return 0;
}

int keys_main(char **argv)
{
	const char *form = argv[1] ? argv[1] : "";

	if (!*form) {
		each_key(put_table);
		return 0;
	}
	if (!strcmp(form, "--ini")) {
		puts("# Every key of a container's configuration with its default; made from the table of\n"
		     "# keys by 'nskit conf keys --ini'. Copy what you change; nskit.ini(5) tells more.");
		each_key(put_ini);
		return 0;
	}
	if (!strcmp(form, "--man"))
		return man_options(argv[2]);
	if (!strcmp(form, "--man-ini")) {
		each_key(put_man_key);
		return 0;
	}
	if (!strcmp(form, "--bash"))
		return bash();
	msg_usage("conf keys %s: --ini, --man APPLET, --man-ini or --bash is wanted", form);
}
