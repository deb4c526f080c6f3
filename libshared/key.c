#include "key.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"

const char *key_phrase(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = file_vtext(fmt, ap);
	va_end(ap);
	return text;
}

bool key_number(const char *text, uint64_t max, uint64_t *out)
{
	uint64_t n = 0;

	if (!*text)
		return false;
	for (; *text; text++) {
		unsigned digit = (unsigned)(*text - '0');

		if (digit > 9 || n > (UINT64_MAX - digit) / 10)
			return false;
		n = n * 10 + digit;
	}
	if (n > max)
		return false;
	*out = n;
	return true;
}

char *key_expand(const char *text, const struct origin *o, const char **phrase)
{
	size_t n = 0, cap = strlen(text) + 1;
	char *out;

	for (const char *p = strchr(text, '%'); p; p = strchr(p + 1, '%'))
		cap += (o->dir ? strlen(o->dir) : 0) + (o->name ? strlen(o->name) : 0);
	out = file_alloc(cap);
	for (const char *p = text; *p; p++) {
		const char *put = NULL;

		if (*p != '%') {
			out[n++] = *p;
			continue;
		}
		p++;
		if (*p == '%')
			put = "%";
		else if (*p == 'd' && o->dir)
			put = o->dir;
		else if (*p == 'n')
			put = o->name;
		if (!put) {
			*phrase =
				*p == 'n'
					? "%n: the container has no name here"
					: "unknown specifier after %: only %n, %d and %% are known";
			free(out);
			return NULL;
		}
		memcpy(out + n, put, strlen(put));
		n += strlen(put);
	}
	return out;
}

bool key_hex(const char *text, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *high = *text ? strchr(digits, tolower((unsigned char)*text)) : NULL;
	const char *low = high && text[1] ? strchr(digits, tolower((unsigned char)text[1])) : NULL;

	if (!low || (high == digits && low == digits))
		return false;
	*out = (char)((high - digits) << 4 | (low - digits));
	return true;
}

char *key_put_escape(char *p, char c)
{
	static const char digits[] = "0123456789abcdef";

	*p++ = '\\';
	if (c == '\n' || c == '\t') {
		*p++ = c == '\n' ? 'n' : 't';
		return p;
	}
	*p++ = 'x';
	*p++ = digits[(unsigned char)c >> 4];
	*p++ = digits[c & 15];
	return p;
}

/* After $': escapes until the closing quote; *in stands behind it then. */
static bool take_escaped(const char **in, char **out)
{
	const char *p = *in;

	for (; *p && *p != '\''; p++) {
		if (*p != '\\') {
			*(*out)++ = *p;
			continue;
		}
		switch (*++p) {
		case 'n':
			*(*out)++ = '\n';
			break;
		case 't':
			*(*out)++ = '\t';
			break;
		case '\\':
		case '\'':
			*(*out)++ = *p;
			break;
		case 'x':
			if (!key_hex(p + 1, *out))
				return false;
			(*out)++;
			p += 2;
			break;
		default:
			return false;
		}
	}
	*in = p;
	return *p == '\'';
}

/* One word of POSIX shell quoting from *in to out; false when a quote is not closed. */
static bool take_word(const char **in, char *out)
{
	const char *p = *in;
	char quote = 0;

	for (; *p && (quote || !isblank((unsigned char)*p)); p++) {
		if (quote && *p == quote) {
			quote = 0;
		} else if (!quote && *p == '$' && p[1] == '\'') {
			p += 2;
			if (!take_escaped(&p, &out))
				return false;
		} else if (!quote && (*p == '\'' || *p == '"')) {
			quote = *p;
		} else if (*p == '\\' && quote != '\'' &&
			   (!quote || (p[1] && strchr("\\\"$`", p[1])))) {
			if (!*++p)
				return false;
			*out++ = *p;
		} else {
			*out++ = *p;
		}
	}
	*out = '\0';
	*in = p;
	return !quote;
}

char **key_words(const char *text, const char **phrase)
{
	size_t len = strlen(text);
	char **argv = file_alloc((len / 2 + 2) * sizeof *argv);
	char *word = file_alloc(len + 1); /* of all words: none is longer than its quoted form */
	size_t n = 0;

	for (;;) {
		while (isblank((unsigned char)*text))
			text++;
		if (!*text)
			return argv;
		argv[n++] = word;
		if (!take_word(&text, word)) {
			*phrase =
				"a quote is not closed, or a backslash stands before nothing it can quote";
			return NULL;
		}
		word += strlen(word) + 1;
	}
}

static bool plain(const char *word)
{
	return *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					   "0123456789_./:=,@%+-")];
}

static bool has_control(const char *word)
{
	for (; *word; word++)
		if ((unsigned char)*word < ' ' || *word == 0x7f)
			return true;
	return false;
}

/* A word with control bytes, as $'...': it must stay on one line of a record. */
static char *put_escaped(char *p, const char *word)
{
	p = stpcpy(p, "$'");
	for (; *word; word++) {
		if (*word == '\'' || *word == '\\') {
			*p++ = '\\';
			*p++ = *word;
		} else if ((unsigned char)*word < ' ' || *word == 0x7f) {
			p = key_put_escape(p, *word);
		} else {
			*p++ = *word;
		}
	}
	*p++ = '\'';
	return p;
}

static char *put_quoted(char *p, const char *word)
{
	*p++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			p = stpcpy(p, "'\\''");
		else
			*p++ = *word;
	}
	*p++ = '\'';
	return p;
}

char *key_quote(char *const argv[])
{
	size_t cap = 1;
	char *text, *p;

	for (char *const *a = argv; *a; a++)
		cap += 4 * strlen(*a) + 5;
	p = text = file_alloc(cap);
	for (char *const *a = argv; *a; a++) {
		if (a != argv)
			*p++ = ' ';
		if (plain(*a))
			p = stpcpy(p, *a);
		else
			p = has_control(*a) ? put_escaped(p, *a) : put_quoted(p, *a);
	}
	*p = '\0';
	return text;
}

const char *key_text(const struct key *k, enum key_text what)
{
	const char *p = k->name;

	if (!p)
		return NULL; /* a type that is used without a row */
	do {
		p += strlen(p) + 1;
		if (*p == (char)what)
			return p + 1;
	} while (*p < (char)what);
	return NULL;
}

int key_place(const char *words, const char *word)
{
	for (int place = 0;; place++) {
		size_t n = strcspn(words, "|");

		if (strlen(word) == n && !memcmp(words, word, n))
			return place;
		if (!words[n])
			return -1;
		words += n + 1;
	}
}

char *key_word(const char *words, int place)
{
	size_t n;

	for (; place && *words; place--) {
		words += strcspn(words, "|");
		words += *words == '|';
	}
	n = strcspn(words, "|");
	return memcpy(file_alloc(n + 1), words, n);
}

char *key_spell(const char *words)
{
	char *all = key_word(words, 0), *word;

	for (int i = 1; *(word = key_word(words, i)); i++)
		all = file_text("%s, %s", all, word);
	return all;
}

const char *key_arg(const struct key *k)
{
	const char *text = key_text(k, KEY_ARG);

	if (!text)
		text = key_text(k, KEY_WORDS);
	return text ? text : k->type ? k->type->name : "";
}

enum { LONGEST = 40, FAR = 1000 }; /* keys and applets are shorter */

/* Edit distance, two letters swapped being one edit; FAR for a word that is none of ours. */
static unsigned distance(const char *a, const char *b)
{
	unsigned rows[3][LONGEST + 1]; /* the present one and the two before it, in turn */
	size_t la = strlen(a), lb = strlen(b);

	if (la > LONGEST || lb > LONGEST)
		return FAR;
	for (unsigned j = 0; j <= lb; j++)
		rows[0][j] = j;
	for (unsigned i = 1; i <= la; i++) {
		const unsigned *before = rows[(i - 1) % 3], *swap = rows[(i + 1) % 3];
		unsigned *row = rows[i % 3];

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned best = before[j - 1] + (a[i - 1] != b[j - 1]);

			if (before[j] + 1 < best)
				best = before[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    swap[j - 2] + 1 < best)
				best = swap[j - 2] + 1;
			row[j] = best;
		}
	}
	return rows[la % 3][lb];
}

/* One begins with the other: what a user who stopped typing meant, if nothing is nearer. */
static bool begins(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b), shorter = la < lb ? la : lb;

	return shorter >= 3 && !strncmp(a, b, shorter);
}

void key_nearest(struct nearest *near, const char *candidate)
{
	unsigned d = 2 * distance(near->word, candidate);
	size_t limit = 2 + strlen(near->word) / 4 * 2;

	if (d > 3 && d < FAR && begins(near->word, candidate))
		d = limit = 3;
	if (d <= limit && d < FAR && (!near->best || d < near->distance)) {
		near->best = candidate;
		near->distance = d;
	}
}
