/*
 * inifile.h - the INI file as a list of lines: read whole, scanned strictly, before anything acts.
 *
 * inih reads the lines; before it a scan refuses what inih would cut or take in silence (NUL, CR,
 * BOM, control bytes, long sections and lines, junk after `]`, `:` before `=`, no `=`, no key).
 * `[container] include` lines are replaced by what they name, which stands before the file that
 * includes it.  Values stay text here; types and defaults are the key table's (conf.h).
 */
#ifndef NSK_INIFILE_H
#define NSK_INIFILE_H

#include <stddef.h>

#include "key.h"

enum {
	INI_SECTION_LIMIT = 49,	  /* bytes of a section's name: inih cuts at 50 */
	INI_LINE_LIMIT = 65535,	  /* bytes of a line */
	INI_FILE_LIMIT = 1 << 20, /* bytes of a file */
	INI_LINES_LIMIT = 10000,  /* lines that say something, of a file and what it includes */
	INI_INCLUDE_DEPTH = 8,
};

struct ini_line {
	const struct ini_source *source;
	int line;
	const char *section;
	const char *key; /* NULL: the line is a section's header */
	const char *
		value; /* as written, blanks around it gone; quotes are undone by inifile_unquote */
};

/* One file.  Precedence is the order of the lines: what is included stands before its includer. */
struct ini_source {
	char *file; /* as named by the user, for messages; "argv" for --set */
	char *dir;  /* absolute */
};

struct ini {
	struct ini_line *lines;
	size_t n;
	char *stem; /* the file's name without directory and .ini: the container's default name */
	char *file; /* the main file as named, NULL when there is none */

	void **confs; /* every applet's struct by the first n_confs lines: applet_check_file's */
	size_t n_confs;
};

/* Reads path ("-" = stdin); dies with file:line and what is wrong. */
void inifile_load(struct ini *, const char *path);

/*
 * The same for text in memory (tests, fuzzing), appended to a zeroed or filled struct: NULL, or the
 * whole message.  text[len] is a NUL.  Includes are not followed.
 */
const char *inifile_parse(struct ini *, const char *file, const char *dir, const char *text,
			  size_t len);

/*
 * The text of a value: one that begins and ends with a double quote is undone (\n \t \" \\ \xHH), any
 * other is itself.  NULL and *phrase when the quoting is wrong.  inifile_quote gives a text that
 * inifile_unquote gives back, quoted only where it must be.
 */
char *inifile_unquote(const char *value, const char **phrase);
char *inifile_quote(const char *text);

/* A copy to which lines can be added. */
struct ini *inifile_copy(const struct ini *);

/* Adds a line of the command line, "section.key=value"; dies on another form. */
void inifile_set(struct ini *, const char *assignment);

#endif
