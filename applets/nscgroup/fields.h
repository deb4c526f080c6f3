/*
 * fields.h - what a group uses, read and printed without a single allocation: a watch lasts as long as
 * its group.
 */
#ifndef NSK_NSCGROUP_FIELDS_H
#define NSK_NSCGROUP_FIELDS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cgroup.h"

#define FIELD_NONE INT64_C(-1) /* this machine, or this group, has no such field */
#define FIELD_MAX INT64_MAX    /* no limit */

enum { FIELDS_FILE = 64, FIELDS_TEXT = 64 << 10, PRINT_ROOM = 256 };

/* The directories of a group, by fds: one that was removed stays so, although its path may come back. */
struct fields {
	const struct cgroup_record *record;
	int v2, v1[CGROUP_V1_MAX]; /* v2 -1: there is none */
	char file[FIELDS_FILE];	   /* what text is of */
	char text[FIELDS_TEXT];
};

/* Opens the directories of a record that has at least one: 0, or -1 and errno. */
int fields_open(struct fields *, const struct cgroup_record *);

/* Whether the group was removed. */
bool fields_gone(const struct fields *);

/* What was read counts no longer. */
void fields_refresh(struct fields *);

/* The v1 directory that has a file, by the controller that its name begins with; -1: none has. */
int fields_dir(const struct fields *, const char *file);

/* One number of a file: source is `FILE` or `FILE KEY`. FIELD_NONE, FIELD_MAX. */
int64_t fields_number(struct fields *, const char *source, bool v1);

/* Pairs of a name and a value as lines, or as one JSON object. */
struct print {
	int fd;
	bool json;
	bool line; /* one of many: a JSON object is one line, lines end with an empty one */
	int n;
	size_t len;
	char buf[16 << 10];
};
void print_begin(struct print *);
void print_text(struct print *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void print_pair(struct print *, const char *name, const char *value); /* value: as JSON has it */
void print_number(struct print *, const char *name, int64_t);
void print_end(struct print *);	  /* and writes it; dies when it cannot */
void print_flush(struct print *); /* likewise, what there is */

/* All fields; report: those that tell how it was, when all is over. */
void fields_print(struct fields *, struct print *, bool report);

#endif
