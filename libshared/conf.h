/*
 * conf.h - an applet's struct by its key table: look up, default, set, print.
 */
#ifndef NSK_CONF_H
#define NSK_CONF_H

#include "applet.h"

/* A key and the struct that its offset counts from. */
struct place {
	const struct key *key;
	const struct group *group;
	char *base;
};

/* What is being filled: one applet's struct, from one ini. */
struct filling {
	const struct applet *applet;
	char *conf;
	const char *name;   /* the container's, for %n; NULL: none */
	bool container;	    /* the defaults of a file; else the neutral ones */
	const void **given; /* values whose default was replaced already */
	size_t n_given;
};

/* The row of section.name in an applet; section may be an instance of "each". NULL: not there. */
const struct key *conf_key(const struct applet *, const char *section, const char *name,
			   const struct group **group);

/*
 * NULL when section.name is in some applet's table, or the section where name is NULL; else the phrase
 * that says what is unknown, with the nearest that is there.
 */
const char *conf_unknown(const char *section, const char *name);

/* Every default; ini tells which [net.NAME] elements there are (and argv makes room for one more). */
void conf_defaults(struct filling *, const struct ini *);

/* One value; text "" unsets or empties. NULL, or the phrase. quoted: the text comes from a file. */
const char *conf_set(struct filling *, const struct place *, const char *text,
		     const struct origin *, bool quoted);

/* Every line of ini that this applet's table has; dies with file:line: [section] key: ... */
void conf_apply(struct filling *, const struct ini *);

/* Dies with what is wrong in a line: file:line: [section] key: phrase. */
void conf_bad_line(const struct ini_line *, const char *phrase) __attribute__((noreturn));

/* The element of an "each" list by name, made when it is not there yet. */
char *conf_element(struct filling *, const struct group *, const char *name);

/* The long option of a key: its option, or its name; NULL when it has none. */
const char *conf_option(const struct key *);

/*
 * Calls put once for each line of the effective configuration of the applets (NULL-ended array), in the order
 * of their tables, sections together: value "" = unset though the default is not.
 */
struct conf_line {
	const struct key *key;
	const char *section, *name; /* name: as in a file, also of a free key */
	const char *value;	    /* text; NULL: a section's header alone */
};
void conf_print(const struct applet *const *applets, void *const *confs,
		void (*put)(const struct conf_line *, void *), void *arg);

/* The effective configuration as an INI text, fresh memory. */
char *conf_text(const struct applet *const *applets, void *const *confs);

/* Every distinct section of the applets, in order, NULL-ended; "net." stands for its instances. */
const char **conf_sections(const struct applet *const *applets);

#endif
