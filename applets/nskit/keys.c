/*
 * keys.c - nskit conf keys: the table of keys; and all of its rows, from which scripts/dev/document makes
 * config/default.ini, the options of the man pages, nskit.ini(5) and the bash completion.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "applet.h"
#include "conf.h"
#include "file.h"
#include "msg.h"
#include "nskit.h"

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

static const char *free_name(const struct key *k)
{
	return k->flags & KEY_FREE ? "NAME" : k->name;
}

static const char *star(const struct key *k)
{
	return k->flags & KEY_LIST ? "*" : "";
}

/* Every key of every section once, in the order of the applets' tables. */
static void put_keys(void)
{
	const struct key **done = NULL;
	size_t n = 0;

	for (const char **section = conf_sections(applet_list); *section; section++) {
		for (size_t a = 0; applet_list[a]; a++) {
			for (const struct group *g = applet_list[a]->groups; g->keys; g++) {
				for (const struct key *k = g->keys; !key_last(k); k++) {
					const char *own = group_section(g, k);

					if (!own || strcmp(own, *section) || !is_new(&done, &n, k))
						continue;
					printf("%s.%s%s\t%s\t%s\n", own, free_name(k), star(k),
					       key_arg(k), key_text(k, KEY_HELP));
				}
			}
		}
	}
	free(done);
}

/* Applet, section, key, option, argument, default, help; a default's lines are apart by a written \n. */
static void put_row(const struct applet *a, const struct key *k, const char *section)
{
	const char *text = key_text(k, KEY_DEFAULT), *option = "";

	if (applet_has_option(a, k) && (conf_option(k) || k->letter)) {
		option = applet_option_text(k);
		option += *option == ' ';
	}
	printf("%s\t%s\t%s%s\t%s\t%s\t", a->name, section ? section : "", free_name(k), star(k),
	       option, key_arg(k));
	for (; text && *text; text++)
		printf(*text == '\n' ? "\\n" : "%c", *text);
	printf("\t%s\n", key_text(k, KEY_HELP));
}

static void put_rows(const struct applet *a)
{
	for (const char *v = a->verbs; v && *v; v += strlen(v) + 1)
		printf("%s\tverbs\t%s\n", a->name, v);
	for (const struct group *g = a->groups; g->keys; g++)
		for (const struct key *k = g->keys; !key_last(k); k++)
			put_row(a, k, group_section(g, k));
	for (const struct key *k = applet_common; !key_last(k); k++)
		put_row(a, k, NULL);
}

int keys_main(char **argv)
{
	if (!argv[1]) {
		put_keys();
		return 0;
	}
	if (strcmp(argv[1], "--all") != 0)
		msg_usage("conf keys %s: --all is wanted, or nothing", argv[1]);
	for (size_t i = 0; applet_list[i]; i++)
		put_rows(applet_list[i]);
	return 0;
}
