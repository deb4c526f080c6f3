/*
 * help.c - the text of --help, from the table: what the command line alone has first, then the keys
 * of each section.
 */
#include <stdio.h>
#include <string.h>

#include "conf.h"
#include "file.h"
#include "options.h"

enum { COLUMN = 32, WIDTH = 80 }; /* where the help of a row begins, where a line ends */

char *applet_option_text(const struct key *k)
{
	const char *option = conf_option(k);
	const char *bare = options_bare(k);
	bool value = !bare || (*bare && k->type != &type_boolean);

	return file_text("%s%c%s%s%s%s%s%s", k->letter ? "-" : "", k->letter ? k->letter : ' ',
			 k->letter && option ? ", " : "", option ? "--" : "", option ? option : "",
			 value ? bare	  ? "[="
				 : option ? "="
					  : " "
			       : "",
			 value ? key_arg(k) : "", value && bare ? "]" : "");
}

/* Words from the given column on, the lines after the first from COLUMN on. */
static void put_words(const char *text, size_t at)
{
	const char *blank = "";

	while (*text) {
		size_t n = strcspn(text, " ");

		if (at > COLUMN && at + n + 1 > WIDTH) {
			printf("\n%*s", COLUMN, "");
			at = COLUMN;
			blank = "";
		}
		printf("%s%.*s", blank, (int)n, text);
		at += n + (*blank != '\0');
		text += n + (text[n] == ' ');
		blank = " ";
	}
	putchar('\n');
}

static void help_row(const struct key *k)
{
	char *left = applet_option_text(k);
	const char *text = k->letter ? left : left + 1;
	size_t n = strlen(text) + (k->letter ? 2 : 6);

	if (!conf_option(k) && !k->letter)
		return;
	printf("%*s%s", k->letter ? 2 : 6, "", text);
	if (n + 2 > COLUMN) {
		putchar('\n');
		n = 0;
	}
	printf("%*s", (int)(COLUMN - n), "");
	put_words(key_text(k, KEY_HELP), COLUMN);
}

/* Rows of one section, or those of the command line alone (NULL), below their heading. */
static void help_section(const struct applet *a, const char *section)
{
	bool first = section != NULL;

	for (const struct group *g = a->groups; g->keys; g++) {
		for (const struct key *k = g->keys; !key_last(k); k++) {
			const char *own = group_section(g, k);

			if (!applet_has_option(a, k) || (!conf_option(k) && !k->letter) ||
			    (section ? !own || strcmp(own, section) : own != NULL))
				continue;
			if (first)
				printf("\nKeys of [%s%s]:\n", section,
				       section[strlen(section) - 1] == '.' ? "NAME" : "");
			first = false;
			help_row(k);
		}
	}
}

void applet_help(const struct applet *a)
{
	const struct applet *const one[] = {a, NULL};

	printf("Usage: %s %s\n%s.\n\nOptions:\n", a->name, a->synopsis, a->summary);
	help_section(a, NULL);
	for (const struct key *k = applet_common; !key_last(k); k++)
		help_row(k);
	for (const char **section = conf_sections(one); *section; section++)
		help_section(a, *section);
	if (a->after)
		printf("\n%s", a->after);
	printf("\nExit status: COMMAND's own; 125 %s failed, 126 COMMAND cannot be executed,\n"
	       "127 COMMAND not found, 128+n COMMAND killed by signal n.\n",
	       a->name);
}
