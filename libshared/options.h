/*
 * options.h - the words of a command line as rows of the key table: letters in clusters, long options,
 * a value in the word or the next one.  They end at the first operand or at `--`; an applet with verbs
 * takes options on both sides of its verb.
 */
#ifndef NSK_OPTIONS_H
#define NSK_OPTIONS_H

#include "applet.h"

/* One option as written; its text is parsed later, after the file's lines. */
struct given {
	const struct key *key;
	const struct group *group; /* NULL: of applet_common */
	const char *text;
};

struct options {
	struct given *given;
	size_t n;
	char **operands; /* NULL-ended; a verb is the first */
};

/* The rows of applet_common. */
enum { COMMON_CONFIG, COMMON_SET, COMMON_DUMP, COMMON_HELP, COMMON_VERSION };

/* Dies with 125 on an option that is none, or that has too much or too little. */
void options_parse(struct options *, const struct applet *, char **argv);

/* The text of the last such option of applet_common, NULL when there is none. */
const char *options_common(const struct options *, int row);

/* The value of an option that is given without one; NULL: it needs one; "": it takes none. */
const char *options_bare(const struct key *);

#endif
