/*
 * json.h - JSON to stdout, member by member: commas and escapes are its own business.
 *
 * A name is NULL within an array.  Texts are escaped, and a byte that is not UTF-8 (an interface may be
 * called anything) becomes U+FFFD, so that whatever comes is valid JSON.
 */
#ifndef NSK_JSON_H
#define NSK_JSON_H

#include <stdbool.h>
#include <stdint.h>

struct json {
	bool more; /* something stands before, on this level: a comma is due */
};

/* bracket: '{' or '[', and what closes it. */
void json_open(struct json *, const char *name, char bracket);
void json_close(struct json *, char bracket);
void json_text(struct json *, const char *name, const char *text); /* NULL: null */
void json_number(struct json *, const char *name, int64_t n);	   /* negative: null, not known */
void json_bool(struct json *, const char *name, bool is);

#endif
