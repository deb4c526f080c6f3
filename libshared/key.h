/*
 * key.h - the key table: one declaration of a key drives argv, INI, --help, the man page, the
 * completion, config/default.ini and `nskit conf`.
 *
 * An applet has one struct for its configuration.  A key is a row that says where in that struct
 * its value lies and of which type it is.  Keys that two applets read are declared once, in
 * libshared, with a struct of their own that both embed: a group is such a table, its section and the
 * offset of its struct in the applet's.
 */
#ifndef NSK_KEY_H
#define NSK_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A list value: n elements of the type's size, contiguous.  v is NULL while the key was not given at all;
 * an explicitly emptied list has n == 0 and a v.
 */
struct list {
	void *v;
	size_t n;
};
#define LIST_EACH(T, p, l)                                                                    \
	for (__typeof__(T) *p = (l).v, *p##_end = (void *)((uintptr_t)p + (l).n * sizeof(T)); \
	     p < p##_end; p++)

/* Where a value comes from: for messages, for relative paths, for the specifiers %n and %d. */
struct origin {
	const char *file; /* "argv" for the command line */
	int line;	  /* 0 on the command line */
	const char *dir;  /* absolute: what relative host paths and %d stand on */
	const char *name; /* of the container, NULL when there is none: %n is then an error */
};

struct key;

/*
 * A type of values: one parse and one print, parse(print(x)) == x.
 *   parse  text -> *out (size bytes).  NULL, or a phrase that says what is wrong (static or fresh).
 *   print  *value -> fresh text, NULL when the value is unset.
 *   unset  the value that means "not given", as the type's header says: key_unset puts it.
 */
struct type {
	const char *name; /* for the docs: "SIZE", "BOOL", ... */
	const char *(*parse)(const struct key *, const char *text, const struct origin *,
			     void *out);
	char *(*print)(const struct key *, const void *value);
	uint16_t size;
	uint8_t unset;
	bool words; /* the text is split by key_words: double quotes in a file belong to the words */
};

enum unset {
	UNSET_ZEROS, /* NULL, a struct of nothing */
	UNSET_ONES,  /* -1, the largest unsigned number */
	UNSET_LEAST, /* INT64_MIN */
};
void key_unset(const struct type *, void *value);

enum {			   /* flags of a key */
       KEY_LIST = 1,	   /* a list of the type; each line adds, an empty value empties */
       KEY_ORDERED = 2,	   /* several keys share one list, printed in the order of the lines; each
			       element begins with the `const struct key *` that made it */
       KEY_FREE = 4,	   /* the key's name is part of the value: section of free keys ([sysctl]);
			       parse is given "NAME=VALUE", print gives that back; the value
			       begins with the `char *` of its name */
       KEY_IMAGE_SAFE = 8, /* may come from an untrusted INI */
       KEY_ALWAYS = 16,	   /* the default holds without a file, too */
       KEY_ARGV = 32,	   /* of the command line alone, although its table has a section */
};

/*
 * All texts of a row are one string, so that the row has one pointer to be relocated and what it does
 * not say costs nothing: {"umask" DEFAULT("0022") HELP("mask of the modes of new files"), ...}.
 * The name, then any of these in this order, which key_text relies on, then HELP.
 */
#define OPTION(text) "\0A" text	 /* long option where it is not the name; "" = none */
#define BARE(text) "\0B" text	 /* the value of an option without one; without this it is needed */
#define DEFAULT(text) "\0C" text /* with a file (the container default), or KEY_ALWAYS */
#define SETS(text) "\0D" text	 /* shorthand: "section.key=value", several by spaces; "": none */
#define RANGE(min, max) "\0E" #min "\0F" #max /* int, size, time: as digits */
#define WORDS(text) "\0G" text		      /* enum: its words, "a|b|c" */
#define ARG(text) "\0H" text  /* how help names the value; else the words, or the type's name */
#define HELP(text) "\0I" text /* one line, no full stop; longer text stands in the man page */

struct key {
	const char *name;	 /* and behind it the other texts: key_text */
	const struct type *type; /* NULL: a shorthand, which only sets other keys */
	uint16_t offset;	 /* in the group's struct */
	uint8_t flags;
	char letter; /* 0 = none */
};

/* What a row says by one of these macros; NULL: nothing. */
enum key_text {
	KEY_OPTION = 'A',
	KEY_BARE,
	KEY_DEFAULT,
	KEY_SETS,
	KEY_MIN,
	KEY_MAX,
	KEY_WORDS,
	KEY_ARG,
	KEY_HELP
};
const char *key_text(const struct key *, enum key_text);

/* The row that ends a table. */
static inline bool key_last(const struct key *k)
{
	return !k->name;
}

/* The three fields that bind a row to a member: KEY_FIELD(struct exec_conf, user, string) */
#define KEY_FIELD(T, member, kind) .type = &type_##kind, .offset = offsetof(T, member)

/*
 * A table, its section (NULL: argv only) and where its struct lies in the applet's.  The section "net."
 * stands for every section [net.NAME]: the table describes one element of a list of structs of
 * each_size bytes, one for each such section; the element's first member is `const char *name`, the
 * rest of the section's name; base is then the offset of a struct list.  On argv its options act on
 * the element made for the command line, whose name is the value of the row with KEY_ARGV (see nsnet).
 */
struct group {
	const struct key *keys; /* ended by a row without a name */
	const char *section;
	size_t base;
	size_t each_size; /* 0: the section is one, and base the offset of its struct */
};

/* The section of a row; NULL: it is of the command line alone. */
static inline const char *group_section(const struct group *g, const struct key *k)
{
	return k->flags & KEY_ARGV ? NULL : g->section;
}

/* Types (make your own with designated initializers).  The C type of the member stands in brackets; then what "unset" is. */
extern const struct type type_boolean; /* [signed char] 0, 1; -1 unset */
extern const struct type type_enum;    /* [int] index into names; -1 */
extern const struct type type_int;     /* [int64_t] INT64_MIN */
extern const struct type
	type_size; /* [uint64_t] bytes, K M G T (1024); "max" = SIZE_NO_LIMIT; SIZE_UNSET */
extern const struct type
	type_time; /* [int64_t] ns; ms s m h, bare = s; "infinity" = INT64_MAX; -1 */
extern const struct type type_signal; /* [int] 1..64, name with or without SIG, or number; -1 */
extern const struct type type_string; /* [char *] NULL */
extern const struct type
	type_path; /* [char *] of the host, made absolute by the origin's dir; %n %d; NULL */
extern const struct type type_inside; /* [char *] of the container: absolute, %n; NULL */
extern const struct type type_argv;   /* [char **] POSIX quoting, no expansion; NULL-ended; NULL */
extern const struct type type_id;     /* [uint32_t] 0..2^32-2; ID_UNSET */
extern const struct type type_mode;   /* [uint32_t] octal, 0..07777; ID_UNSET */
extern const struct type type_env;    /* [char *] NAME=VALUE with a name; NULL */
extern const struct type type_keyval; /* [struct keyval] NAME=VALUE, KEY_FREE; name NULL */
extern const struct type type_nsspec; /* [struct nsspec] kind NS_UNSET */
extern const struct type type_idmap;  /* [struct idmap] INSIDE:OUTSIDE:COUNT; count 0 */
extern const struct type type_hostname; /* [char *] RFC 1123 letters, 64 bytes at most; %n; NULL */

#define SIZE_UNSET UINT64_MAX
#define SIZE_NO_LIMIT (UINT64_MAX - 1)
#define ID_UNSET UINT32_MAX

struct keyval {
	char *name, *value;
};

/* A namespace's value: private | host | auto | container:NAME | /path | fd:N */
struct nsspec {
	enum ns_kind { NS_UNSET, NS_PRIVATE, NS_HOST, NS_AUTO, NS_CONTAINER, NS_PATH, NS_FD } kind;
	const char *text; /* NAME or /path, else NULL */
	int fd;		  /* N of NS_FD */
};

struct idmap {
	uint32_t inside, outside, count;
};

/*
 * Helpers for types that an applet or another module defines.
 * key_phrase: a formatted phrase in fresh memory, for parse to return.
 * key_expand: %n, %d and %% in text; NULL and *phrase on an unknown specifier.
 * key_number: digits only, 0..max; false otherwise (nothing else is accepted: no sign, no space).
 * key_words: splits text at blanks with POSIX quoting ('', "", \, and $'' with \n \t \\ \' \xHH) into a
 * NULL-ended array; NULL and *phrase.
 * key_quote: the POSIX-quoted text of an argv, parse of which gives it back.
 */
const char *key_phrase(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *key_expand(const char *text, const struct origin *, const char **phrase);
bool key_number(const char *text, uint64_t max, uint64_t *out);
char **key_words(const char *text, const char **phrase);
char *key_quote(char *const argv[]);

/* A number with one of several units behind it, times the unit's factor; printed with the largest that fits. */
struct unit {
	const char *word; /* NULL ends the table */
	uint64_t factor;
};
bool key_unit(const char *text, const struct unit *, uint64_t max, uint64_t *out);
char *key_print_unit(uint64_t n, const struct unit *);

/*
 * Of words "a|b|c": the place of one, -1 when it is not there; the one of a place, "" beyond the last; all of
 * them for a message, "a, b, c".  In fresh memory.
 */
int key_place(const char *words, const char *word);
char *key_word(const char *words, int place);
char *key_spell(const char *words);

/* How help names the value: the row's word, else the words of an enum, else the type. */
const char *key_arg(const struct key *);

/* Two hexadecimal digits to one byte, not 0; and a control byte as \n, \t or \xHH: the new end. */
bool key_hex(const char *text, char *out);
char *key_put_escape(char *p, char c);

/* The word of a table nearest to the given one by edit distance, NULL when none is near. */
struct nearest {
	const char *word, *best;
	unsigned distance;
};
void key_nearest(struct nearest *, const char *candidate);

#endif
