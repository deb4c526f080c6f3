#include "json.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

/* The length of the UTF-8 sequence at p, 0: it is none (cut, overlong, a surrogate, too large). */
static size_t sequence(const unsigned char *p)
{
	size_t n = *p < 0x80   ? 1
		   : *p < 0xc2 ? 0
		   : *p < 0xe0 ? 2
		   : *p < 0xf0 ? 3
		   : *p < 0xf5 ? 4
			       : 0;

	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80) /* the NUL at the end, too */
			return 0;
	if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
	    (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

static void put_string(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	putchar('"');
	while (*p) {
		size_t n = sequence(p);

		if (*p == '"' || *p == '\\')
			printf("\\%c", *p);
		else if (*p < ' ' || *p == 0x7f)
			printf("\\u%04x", *p);
		else if (n)
			fwrite(p, 1, n, stdout);
		else
			fputs("\\ufffd", stdout);
		p += n ? n : 1;
	}
	putchar('"');
}

static void member(struct json *j, const char *name)
{
	if (j->more)
		fputs(name ? "," : ",\n", stdout);
	j->more = true;
	if (!name)
		return;
	put_string(name);
	putchar(':');
}

void json_open(struct json *j, const char *name, char bracket)
{
	member(j, name);
	putchar(bracket);
	j->more = false;
}

void json_close(struct json *j, char bracket)
{
	putchar(bracket);
	j->more = true;
}

void json_text(struct json *j, const char *name, const char *text)
{
	member(j, name);
	if (text)
		put_string(text);
	else
		fputs("null", stdout);
}

void json_number(struct json *j, const char *name, int64_t n)
{
	member(j, name);
	if (n >= 0)
		printf("%" PRId64, n);
	else
		fputs("null", stdout);
}

void json_bool(struct json *j, const char *name, bool is)
{
	member(j, name);
	fputs(is ? "true" : "false", stdout);
}
