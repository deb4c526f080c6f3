/*
 * types.c - the general types of key.h: each one parse and one print, parse(print(x)) == x.
 * Types of one subject (a capability, a CIDR, a mount) stand with that subject.
 */
#include <ctype.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "key.h"
#include "state.h"

#define UNUSED __attribute__((unused))

void key_unset(const struct type *t, void *value)
{
	memset(value, t->unset == UNSET_ONES ? 0xff : 0, t->size);
	if (t->unset == UNSET_LEAST)
		*(int64_t *)value = INT64_MIN;
}

static char *print_text(const struct key *k UNUSED, const void *v)
{
	const char *text = *(char *const *)v;

	return text ? file_dup(text) : NULL;
}

/* A value that was parsed once had its %n and %d replaced: in print a % must come back as %%. */
static char *print_expanded(const struct key *k UNUSED, const void *v)
{
	const char *text = *(char *const *)v;
	char *out, *p;

	if (!text)
		return NULL;
	p = out = file_alloc(2 * strlen(text) + 1);
	for (; *text; text++) {
		if (*text == '%')
			*p++ = '%';
		*p++ = *text;
	}
	*p = '\0';
	return out;
}

/* bool */

static const char *const bool_words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

static const char *parse_bool(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	for (size_t i = 0; i < sizeof bool_words / sizeof *bool_words; i++) {
		if (!strcmp(text, bool_words[i])) {
			*(signed char *)out = i & 1;
			return NULL;
		}
	}
	return key_phrase("'%s' is not yes or no", text);
}

static char *print_bool(const struct key *k UNUSED, const void *v)
{
	signed char b = *(const signed char *)v;

	return b < 0 ? NULL : file_dup(bool_words[b & 1]);
}

const struct type type_boolean = {.name = "BOOL",
				  .size = sizeof(signed char),
				  .parse = parse_bool,
				  .print = print_bool,
				  .unset = UNSET_ONES};

/* enum */

static const char *parse_enum(const struct key *k, const char *text, const struct origin *o UNUSED,
			      void *out)
{
	const char *words = key_text(k, KEY_WORDS);
	int place = key_place(words, text);

	if (place < 0)
		return key_phrase("'%s' is none of %s", text, key_spell(words));
	*(int *)out = place;
	return NULL;
}

static char *print_enum(const struct key *k, const void *v)
{
	int i = *(const int *)v;

	return i < 0 ? NULL : key_word(key_text(k, KEY_WORDS), i);
}

const struct type type_enum = {.name = "WORD",
			       .size = sizeof(int),
			       .parse = parse_enum,
			       .print = print_enum,
			       .unset = UNSET_ONES};

/* int */

/* Digits, a minus before them at most. */
static bool whole(const char *text, int64_t *out)
{
	bool minus = text[0] == '-';
	uint64_t n;

	if (!key_number(text + minus, INT64_MAX, &n))
		return false;
	*out = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

/* NULL, or a phrase when the row has a range that the value is out of. */
static const char *beyond(const struct key *k, const char *text, int64_t n, const char *unit)
{
	const char *low = key_text(k, KEY_MIN), *high = key_text(k, KEY_MAX);
	int64_t min, max;

	if (!low || (whole(low, &min) && whole(high, &max) && n >= min && n <= max))
		return NULL;
	return key_phrase("%s is out of range %s..%s%s", text, low, high, unit);
}

static const char *parse_int(const struct key *k, const char *text, const struct origin *o UNUSED,
			     void *out)
{
	if (!whole(text, out))
		return key_phrase("'%s' is not a whole number", text);
	return beyond(k, text, *(int64_t *)out, "");
}

static char *print_int(const struct key *k UNUSED, const void *v)
{
	int64_t n = *(const int64_t *)v;

	return n == INT64_MIN ? NULL : file_text("%lld", (long long)n);
}

const struct type type_int = {.name = "N",
			      .size = sizeof(int64_t),
			      .parse = parse_int,
			      .print = print_int,
			      .unset = UNSET_LEAST};

bool key_unit(const char *text, const struct unit *units, uint64_t max, uint64_t *out)
{
	size_t digits = strspn(text, "0123456789");
	char number[24];

	if (!digits || digits >= sizeof number)
		return false;
	memcpy(number, text, digits);
	number[digits] = '\0';
	for (; units->word; units++) {
		if (strcmp(text + digits, units->word))
			continue;
		if (!key_number(number, max / units->factor, out))
			return false;
		*out *= units->factor;
		return true;
	}
	return false;
}

char *key_print_unit(uint64_t n, const struct unit *units)
{
	const struct unit *best = units;

	for (; units->word; units++)
		if (n && n % units->factor == 0 && units->factor > best->factor)
			best = units;
	return file_text("%llu%s", (unsigned long long)(n / best->factor), best->word);
}

/* size */

static const struct unit sizes[] = {{"", 1},	       {"K", 1ULL << 10}, {"M", 1ULL << 20},
				    {"G", 1ULL << 30}, {"T", 1ULL << 40}, {NULL, 0}};

static const char *parse_size(const struct key *k, const char *text, const struct origin *o UNUSED,
			      void *out)
{
	uint64_t *n = out;

	if (!strcmp(text, "max")) {
		*n = SIZE_NO_LIMIT;
		return NULL;
	}
	if (!key_unit(text, sizes, INT64_MAX, n))
		return key_phrase("'%s' is not a size: digits and K, M, G or T, or max", text);
	return beyond(k, text, (int64_t)*n, "");
}

static char *print_size(const struct key *k UNUSED, const void *v)
{
	uint64_t n = *(const uint64_t *)v;

	if (n == SIZE_UNSET)
		return NULL;
	return n == SIZE_NO_LIMIT ? file_dup("max") : key_print_unit(n, sizes);
}

const struct type type_size = {.name = "SIZE",
			       .size = sizeof(uint64_t),
			       .parse = parse_size,
			       .print = print_size,
			       .unset = UNSET_ONES};

/* time */

static const struct unit times[] =
	{{"s", 1000000000ULL},	{"", 1000000000ULL},	 {"ns", 1}, {"us", 1000}, {"ms", 1000000},
	 {"m", 60000000000ULL}, {"h", 3600000000000ULL}, {NULL, 0}};

static const char *parse_time(const struct key *k, const char *text, const struct origin *o UNUSED,
			      void *out)
{
	uint64_t n;

	if (!strcmp(text, "infinity")) {
		*(int64_t *)out = INT64_MAX;
		return NULL;
	}
	if (!key_unit(text, times, INT64_MAX / 2, &n)) /* a sum with a clock must fit, too */
		return key_phrase("'%s' is not a time: digits and ms, s, m or h, or infinity",
				  text);
	*(int64_t *)out = (int64_t)n;
	return beyond(k, text, (int64_t)n, " ns");
}

static char *print_time(const struct key *k UNUSED, const void *v)
{
	static const struct unit exact[] = {{"ns", 1},
					    {"us", 1000},
					    {"ms", 1000000},
					    {"s", 1000000000ULL},
					    {"m", 60000000000ULL},
					    {"h", 3600000000000ULL},
					    {NULL, 0}};
	int64_t n = *(const int64_t *)v;

	if (n < 0)
		return NULL;
	return n == INT64_MAX ? file_dup("infinity")
	       : n	      ? key_print_unit((uint64_t)n, exact)
			      : file_dup("0s");
}

const struct type type_time = {.name = "TIME",
			       .size = sizeof(int64_t),
			       .parse = parse_time,
			       .print = print_time,
			       .unset = UNSET_ONES};

/* signal */

static const struct {
	char name[7]; /* here, not by a pointer that is relocated at each start */
	uint8_t number;
} signals[] = {
	{"HUP", SIGHUP},   {"INT", SIGINT},   {"QUIT", SIGQUIT},     {"ILL", SIGILL},
	{"TRAP", SIGTRAP}, {"ABRT", SIGABRT}, {"BUS", SIGBUS},	     {"FPE", SIGFPE},
	{"KILL", SIGKILL}, {"USR1", SIGUSR1}, {"SEGV", SIGSEGV},     {"USR2", SIGUSR2},
	{"PIPE", SIGPIPE}, {"ALRM", SIGALRM}, {"TERM", SIGTERM},     {"CHLD", SIGCHLD},
	{"CONT", SIGCONT}, {"STOP", SIGSTOP}, {"TSTP", SIGTSTP},     {"TTIN", SIGTTIN},
	{"TTOU", SIGTTOU}, {"URG", SIGURG},   {"XCPU", SIGXCPU},     {"XFSZ", SIGXFSZ},
	{"PROF", SIGPROF}, {"IO", SIGIO},     {"VTALRM", SIGVTALRM}, {"WINCH", SIGWINCH},
	{"PWR", SIGPWR},   {"SYS", SIGSYS},
};

static const char *parse_signal(const struct key *k UNUSED, const char *text,
				const struct origin *o UNUSED, void *out)
{
	const char *name = strncmp(text, "SIG", 3) ? text : text + 3;
	uint64_t n;

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
		if (!strcmp(name, signals[i].name)) {
			*(int *)out = signals[i].number;
			return NULL;
		}
	}
	if (!key_number(text, 64, &n) || !n)
		return key_phrase("'%s' is not a signal: a name such as TERM, or 1..64", text);
	*(int *)out = (int)n;
	return NULL;
}

static char *print_signal(const struct key *k UNUSED, const void *v)
{
	int n = *(const int *)v;

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (n == signals[i].number)
			return file_dup(signals[i].name);
	return n < 0 ? NULL : file_text("%d", n);
}

const struct type type_signal = {.name = "SIGNAL",
				 .size = sizeof(int),
				 .parse = parse_signal,
				 .print = print_signal,
				 .unset = UNSET_ONES};

/* string, path, inside, argv */

static const char *parse_string(const struct key *k UNUSED, const char *text,
				const struct origin *o UNUSED, void *out)
{
	*(char **)out = file_dup(text);
	return NULL;
}

const struct type type_string = {.name = "TEXT",
				 .size = sizeof(char *),
				 .parse = parse_string,
				 .print = print_text};

static const char *parse_path(const struct key *k UNUSED, const char *text, const struct origin *o,
			      void *out)
{
	const char *phrase = NULL;
	char *path = key_expand(text, o, &phrase);

	if (!path)
		return phrase;
	if (!*path)
		return "an empty path";
	*(char **)out = *path == '/' ? path : file_text("%s/%s", o->dir[1] ? o->dir : "", path);
	return NULL;
}

const struct type type_path = {.name = "PATH",
			       .size = sizeof(char *),
			       .parse = parse_path,
			       .print = print_expanded};

static const char *parse_inside(const struct key *k UNUSED, const char *text,
				const struct origin *o, void *out)
{
	const char *phrase = NULL;
	char *path = key_expand(text, o, &phrase);

	if (!path)
		return phrase;
	if (*path != '/')
		return key_phrase("'%s' is not absolute: a path inside the container is", path);
	*(char **)out = path;
	return NULL;
}

const struct type type_inside = {.name = "PATH",
				 .size = sizeof(char *),
				 .parse = parse_inside,
				 .print = print_expanded};

static const char *parse_argv(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	const char *phrase = NULL;
	char **argv = key_words(text, &phrase);

	if (!argv)
		return phrase;
	if (!argv[0])
		return "an empty command";
	*(char ***)out = argv;
	return NULL;
}

static char *print_argv(const struct key *k UNUSED, const void *v)
{
	char **argv = *(char **const *)v;

	return argv ? key_quote(argv) : NULL;
}

const struct type type_argv = {.name = "COMMAND",
			       .size = sizeof(char **),
			       .parse = parse_argv,
			       .print = print_argv,
			       .words = true};

/* id, mode */

static const char *parse_id(const struct key *k UNUSED, const char *text,
			    const struct origin *o UNUSED, void *out)
{
	uint64_t n;

	if (!key_number(text, ID_UNSET - 1, &n))
		return key_phrase("'%s' is not an id: digits only, 0..4294967294", text);
	*(uint32_t *)out = (uint32_t)n;
	return NULL;
}

static char *print_id(const struct key *k UNUSED, const void *v)
{
	uint32_t n = *(const uint32_t *)v;

	return n == ID_UNSET ? NULL : file_text("%u", n);
}

const struct type type_id = {.name = "ID",
			     .size = sizeof(uint32_t),
			     .parse = parse_id,
			     .print = print_id,
			     .unset = UNSET_ONES};

static const char *parse_mode(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	uint32_t mode = 0;

	if (!*text || strlen(text) > 5 || text[strspn(text, "01234567")])
		return key_phrase("'%s' is not an octal mode", text);
	for (; *text; text++)
		mode = mode * 8 + (uint32_t)(*text - '0');
	if (mode > 07777)
		return "a mode is 07777 at most";
	*(uint32_t *)out = mode;
	return NULL;
}

static char *print_mode(const struct key *k UNUSED, const void *v)
{
	uint32_t mode = *(const uint32_t *)v;

	return mode == ID_UNSET ? NULL : file_text("%04o", mode);
}

const struct type type_mode = {.name = "MODE",
			       .size = sizeof(uint32_t),
			       .parse = parse_mode,
			       .print = print_mode,
			       .unset = UNSET_ONES};

/* env, keyval */

static bool name_ok(const char *text, size_t n, const char *more)
{
	if (!n || isdigit((unsigned char)*text))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!isalnum((unsigned char)text[i]) && text[i] != '_' && !strchr(more, text[i]))
			return false;
	return true;
}

static const char *parse_env(const struct key *k UNUSED, const char *text,
			     const struct origin *o UNUSED, void *out)
{
	size_t n = strcspn(text, "=");

	if (!text[n])
		return key_phrase("'%s' has no =: NAME=VALUE is wanted", text);
	if (!n)
		return "no name before =";
	*(char **)out = file_dup(text);
	return NULL;
}

const struct type type_env = {.name = "NAME=VALUE",
			      .size = sizeof(char *),
			      .parse = parse_env,
			      .print = print_text};

static const char *parse_keyval(const struct key *k UNUSED, const char *text,
				const struct origin *o UNUSED, void *out)
{
	struct keyval *kv = out;
	size_t n = strcspn(text, "=");

	if (!text[n])
		return key_phrase("'%s' has no =: NAME=VALUE is wanted", text);
	if (!name_ok(text, n, ".-/"))
		return key_phrase("'%.*s' is not a name", (int)n, text);
	kv->name = file_dup(text);
	kv->name[n] = '\0';
	kv->value = file_dup(text + n + 1);
	return NULL;
}

static char *print_keyval(const struct key *k UNUSED, const void *v)
{
	const struct keyval *kv = v;

	return kv->name ? file_text("%s=%s", kv->name, kv->value) : NULL;
}

const struct type type_keyval = {.name = "NAME=VALUE",
				 .size = sizeof(struct keyval),
				 .parse = parse_keyval,
				 .print = print_keyval};

/* namespace */

static const char *parse_nsspec(const struct key *k UNUSED, const char *text,
				const struct origin *o, void *out)
{
	static const char container[] = "container:";
	struct nsspec *ns = out;
	const char *phrase = NULL;
	uint64_t fd;

	*ns = (struct nsspec){0};
	if (!strcmp(text, "private")) {
		ns->kind = NS_PRIVATE;
	} else if (!strcmp(text, "host")) {
		ns->kind = NS_HOST;
	} else if (!strcmp(text, "auto")) {
		ns->kind = NS_AUTO;
	} else if (!strncmp(text, container, sizeof container - 1) && text[sizeof container - 1]) {
		ns->kind = NS_CONTAINER;
		ns->text = file_dup(text + sizeof container - 1);
		return state_bad_name(ns->text);
	} else if (*text == '/') {
		ns->kind = NS_PATH;
		ns->text = key_expand(text, o, &phrase);
		return ns->text ? NULL : phrase;
	} else if (!strncmp(text, "fd:", 3) && key_number(text + 3, INT32_MAX, &fd)) {
		ns->kind = NS_FD;
		ns->fd = (int)fd;
	} else {
		return key_phrase(
			"'%s' is none of private, host, auto, container:NAME, /path, fd:N", text);
	}
	return NULL;
}

static char *print_nsspec(const struct key *k UNUSED, const void *v)
{
	const struct nsspec *ns = v;

	switch (ns->kind) {
	case NS_PRIVATE:
		return file_dup("private");
	case NS_HOST:
		return file_dup("host");
	case NS_AUTO:
		return file_dup("auto");
	case NS_CONTAINER:
		return file_text("container:%s", ns->text);
	case NS_PATH:
		return print_expanded(k, &ns->text);
	case NS_FD:
		return file_text("fd:%d", ns->fd);
	case NS_UNSET:
		break;
	}
	return NULL;
}

const struct type type_nsspec = {.name = "NAMESPACE",
				 .size = sizeof(struct nsspec),
				 .parse = parse_nsspec,
				 .print = print_nsspec};

/* idmap */

static const char *parse_idmap(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	struct idmap *map = out;
	uint64_t part[3];
	char *copy = file_dup(text), *p = copy;

	for (int i = 0; i < 3; i++) {
		char *end = strchr(p, ':');

		if ((i < 2) != (end != NULL))
			return key_phrase("'%s' is not INSIDE:OUTSIDE:COUNT", text);
		if (end)
			*end = '\0';
		if (!key_number(p, ID_UNSET, &part[i]))
			return key_phrase("'%s' in '%s' is not an id", p, text);
		p = end ? end + 1 : p;
	}
	if (!part[2] || part[0] + part[2] > ID_UNSET || part[1] + part[2] > ID_UNSET)
		return key_phrase("'%s': the count is 0 or passes the last id", text);
	*map = (struct idmap){(uint32_t)part[0], (uint32_t)part[1], (uint32_t)part[2]};
	return NULL;
}

static char *print_idmap(const struct key *k UNUSED, const void *v)
{
	const struct idmap *map = v;

	return map->count ? file_text("%u:%u:%u", map->inside, map->outside, map->count) : NULL;
}

const struct type type_idmap = {.name = "INSIDE:OUTSIDE:COUNT",
				.size = sizeof(struct idmap),
				.parse = parse_idmap,
				.print = print_idmap};

/* hostname */

static const char *parse_hostname(const struct key *k UNUSED, const char *text,
				  const struct origin *o, void *out)
{
	const char *phrase = NULL;
	char *name = key_expand(text, o, &phrase);

	if (!name)
		return phrase;
	if (!*name || strlen(name) > 64)
		return "a host name has 1 to 64 bytes";
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("-._", *p))
			return key_phrase("'%s' is not a host name", name);
	if (strchr("-.", *name))
		return key_phrase("'%s' is not a host name", name);
	*(char **)out = name;
	return NULL;
}

const struct type type_hostname = {.name = "NAME",
				   .size = sizeof(char *),
				   .parse = parse_hostname,
				   .print = print_expanded};
