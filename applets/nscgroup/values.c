/*
 * values.c - the types of [cgroup] values, and the weights of v1 and v2 in each other's units.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "file.h"
#include "nscgroup.h"

#define UNUSED __attribute__((unused))

static char *print_text(const struct key *k UNUSED, const void *v)
{
	const char *text = *(char *const *)v;

	return text ? file_dup(text) : NULL;
}

/* ---- a group's path ---- */

static const char *parse_group(const struct key *k UNUSED, const char *text, const struct origin *o,
			       void *out)
{
	const char *phrase;
	char *path = key_expand(text, o, &phrase);

	if (!path)
		return phrase;
	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 127)
			return "a group's path has no control characters";
	for (const char *p = path + (*path == '/');; p += strcspn(p, "/") + 1) {
		size_t len = strcspn(p, "/");

		if (!len)
			return key_phrase("'%s' has an empty part", text);
		if (len <= 2 && !strncmp(p, "..", len))
			return key_phrase("'%s' has a part '.' or '..'", text);
		if (len > 255)
			return "a part of a group's path has at most 255 bytes";
		if (!p[len])
			break;
	}
	if (strlen(path) >= CGROUP_PATH_MAX / 2)
		return "the path is too long";
	*(char **)out = path;
	return NULL;
}

static char *print_group(const struct key *k UNUSED, const void *v)
{
	const char *path = *(char *const *)v;
	char *out, *to;

	if (!path)
		return NULL;
	out = to = file_alloc(2 * strlen(path) + 1);
	for (; *path; path++) {
		if (*path == '%')
			*to++ = '%';
		*to++ = *path;
	}
	return out;
}

const struct type type_group = {
	.name = "PATH",
	.size = sizeof(char *),
	.parse = parse_group,
	.print = print_group,
};

/* ---- numbers ---- */

static const char *parse_count(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	uint64_t *n = out;

	if (!strcmp(text, "max"))
		*n = SIZE_NO_LIMIT;
	else if (!key_number(text, INT32_MAX, n))
		return key_phrase("'%s' is not a number up to 2147483647, or max", text);
	return NULL;
}

static char *print_count(const struct key *k UNUSED, const void *v)
{
	uint64_t n = *(const uint64_t *)v;

	if (n == SIZE_UNSET)
		return NULL;
	return n == SIZE_NO_LIMIT ? file_dup("max") : file_text("%" PRIu64, n);
}

const struct type type_count = {
	.name = "N",
	.size = sizeof(uint64_t),
	.parse = parse_count,
	.print = print_count,
	.unset = UNSET_ONES,
};

/* Up to four hexadecimal digits, which end at end: their value, -1 otherwise. */
static int64_t class_part(const char *text, char end)
{
	static const char digits[] = "0123456789abcdef";
	size_t len = strspn(text, digits);
	int64_t n = 0;

	if (!len || len > 4 || text[len] != end)
		return -1;
	while (len--)
		n = n * 16 + (strchr(digits, *text++) - digits);
	return n;
}

/* As tc(8) writes a class. */
static const char *parse_class(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	const char *colon = strchr(text, ':');
	int64_t major = class_part(text, ':');
	int64_t minor = colon ? class_part(colon + 1, 0) : -1;

	if (major >= 0 && minor >= 0)
		*(uint64_t *)out = (uint64_t)(major << 16 | minor);
	else if (!key_number(text, UINT32_MAX, out))
		return key_phrase("'%s' is not MAJOR:MINOR in hexadecimal, or a number up to "
				  "4294967295",
				  text);
	return NULL;
}

static char *print_class(const struct key *k UNUSED, const void *v)
{
	uint64_t n = *(const uint64_t *)v;

	return n == SIZE_UNSET ? NULL
			       : file_text("%x:%x", (unsigned)(n >> 16), (unsigned)(n & 0xffff));
}

const struct type type_class = {
	.name = "MAJOR:MINOR",
	.size = sizeof(uint64_t),
	.parse = parse_class,
	.print = print_class,
	.unset = UNSET_ONES,
};

/* The kernel's own bounds, so that a wrong number is refused where it is written. */
enum { CPU_QUOTA_MIN = 1000, CPU_PERIOD_MIN = 1000, CPU_PERIOD_MAX = 1000000 };
#define CPU_QUOTA_MAX ((1LL << 44) - 1) /* as the kernel's scheduler counts bandwidth */

static const char *cpu_max_check(const char *text, const struct cpu_max *c)
{
	if (c->period < CPU_PERIOD_MIN || c->period > CPU_PERIOD_MAX)
		return key_phrase("'%s': the period is out of range %d..%d microseconds", text,
				  CPU_PERIOD_MIN, CPU_PERIOD_MAX);
	if (c->quota != CPU_MAX_NONE && (c->quota < CPU_QUOTA_MIN || c->quota > CPU_QUOTA_MAX))
		return key_phrase("'%s': the quota is out of range %d..%lld microseconds", text,
				  CPU_QUOTA_MIN, CPU_QUOTA_MAX);
	return NULL;
}

static const char *parse_cpu_max(const struct key *k UNUSED, const char *text,
				 const struct origin *o UNUSED, void *out)
{
	struct cpu_max c = {CPU_MAX_NONE, CPU_PERIOD};
	size_t len = strcspn(text, " %");
	char first[24];
	uint64_t n;

	if (len >= sizeof first)
		goto wrong;
	memcpy(first, text, len);
	first[len] = 0;
	if (strcmp(first, "max") != 0) {
		if (!key_number(first, CPU_QUOTA_MAX, &n))
			goto wrong;
		c.quota = (int64_t)n;
	}
	if (text[len] == '%') {
		if (text[len + 1] || c.quota == CPU_MAX_NONE || n > CPU_QUOTA_MAX / CPU_PERIOD)
			goto wrong;
		c.quota = (int64_t)n * CPU_PERIOD / 100;
	} else if (text[len]) {
		if (!key_number(text + len + 1, INT32_MAX, &n))
			goto wrong;
		c.period = (int64_t)n;
	}
	*(struct cpu_max *)out = c;
	return cpu_max_check(text, &c);
wrong:
	return key_phrase("'%s' is not QUOTA [PERIOD] in microseconds, N%% or max", text);
}

static char *print_cpu_max(const struct key *k UNUSED, const void *v)
{
	const struct cpu_max *c = v;

	if (!c->period)
		return NULL;
	return c->quota == CPU_MAX_NONE ? file_text("max %" PRId64, c->period)
					: file_text("%" PRId64 " %" PRId64, c->quota, c->period);
}

const struct type type_cpu_max = {
	.name = "QUOTA",
	.size = sizeof(struct cpu_max),
	.parse = parse_cpu_max,
	.print = print_cpu_max,
};

/* ---- processors and memory nodes ---- */

enum { CPUS_MAX = 8192 }; /* the most that Linux is built for */

/* Sets what one part N or N-M names. */
static bool cpus_part(char *part, unsigned char *set)
{
	char *dash = strchr(part, '-');
	uint64_t first, last;

	if (dash)
		*dash++ = 0;
	if (!key_number(part, CPUS_MAX - 1, &first) ||
	    !key_number(dash ? dash : part, CPUS_MAX - 1, &last) || first > last)
		return false;
	for (; first <= last; first++)
		set[first] = 1;
	return true;
}

/*
 * In the order and with the ranges that the kernel shows, so that it can be compared; never longer
 * than what it was read from.
 */
static void cpus_text(const unsigned char *set, char *text)
{
	const char *sep = "";

	for (int i = 0, first; i < CPUS_MAX; i++) {
		if (!set[i])
			continue;
		for (first = i; set[i + 1]; i++)
			;
		text += sprintf(text, first < i ? "%s%d-%d" : "%s%d", sep, first, i);
		sep = ",";
	}
}

static const char *parse_cpus(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	unsigned char set[CPUS_MAX + 1] = {0};
	char *part = file_dup(text);

	*(char **)out = part;
	for (char *comma; part; part = comma) {
		comma = strchr(part, ',');
		if (comma)
			*comma++ = 0;
		if (!cpus_part(part, set))
			return key_phrase("'%s' is not a list such as 0-3,8", text);
	}
	cpus_text(set, *(char **)out);
	return NULL;
}

const struct type type_cpus = {
	.name = "LIST",
	.size = sizeof(char *),
	.parse = parse_cpus,
	.print = print_text,
};

/* ---- one limit of several things ---- */

static const char *parse_named(const struct key *k, const char *text, const struct origin *o,
			       void *out)
{
	const char *colon = strrchr(text, ':');
	uint64_t *n = file_alloc(sizeof *n); /* not kept: print gives the text back */

	if (!colon || colon == text || strcspn(text, "/ \t") < (size_t)(colon - text))
		return key_phrase("'%s' is not %s", text, key_arg(k));
	if (key_text(k, KEY_MAX) && !strcmp(colon + 1, "max"))
		return key_phrase("'%s': there is no max", text);
	*(char **)out = file_dup(text);
	return type_size.parse(k, colon + 1, o, n);
}

const struct type type_named = {
	.name = "NAME:LIMIT",
	.size = sizeof(char *),
	.parse = parse_named,
	.print = print_text,
};

/* WORD=N, N in bytes where the word says so; gives it with the number that the kernel reads. */
static const char *quota_word(const struct key *k, const struct origin *o, char **word)
{
	static const struct key any = {0};
	const struct type *t = strstr(*word, "bps=") ? &type_size : &type_count;
	char *value = strchr(*word, '=');
	uint64_t *n = file_alloc(sizeof *n);
	const char *phrase;

	if (!value)
		return key_phrase("'%s' is not WORD=LIMIT", *word);
	*value++ = 0;
	if (key_place(key_text(k, KEY_WORDS), *word) < 0)
		return key_phrase("'%s' is no limit here", *word);
	phrase = t->parse(&any, value, o, n);
	if (!phrase && !*n && !strncmp(k->name, "io-", 3)) /* v1 would take it for max */
		return key_phrase("'%s=0': no limit is max", *word);
	if (!phrase)
		*word = file_text("%s=%s", *word, print_count(k, n));
	return phrase;
}

static const char *parse_quotas(const struct key *k, const char *text, const struct origin *o,
				void *out)
{
	const char *phrase = NULL;
	char **words = key_words(text, &phrase);

	if (!words)
		return phrase;
	if (!words[0] || !words[1])
		return key_phrase("'%s' is not %s", text, key_arg(k));
	for (char **word = words + 1; *word && !phrase; word++)
		phrase = quota_word(k, o, word);
	*(char ***)out = words;
	return phrase;
}

static char *print_quotas(const struct key *k UNUSED, const void *v)
{
	char **words = *(char **const *)v;

	return words ? key_quote(words) : NULL;
}

const struct type type_quotas = {
	.name = "DEVICE WORD=LIMIT...",
	.size = sizeof(char **),
	.parse = parse_quotas,
	.print = print_quotas,
	.words = true,
};

/* ---- a file by its own name ---- */

/* What would move processes, freeze, kill or give controllers away is ours to write. */
static bool raw_allowed(const char *file, size_t len)
{
	if (!strncmp(file, "cgroup.", 7))
		return !strncmp(file, "cgroup.max.", 11) || !strncmp(file, "cgroup.pressure=", 16);
	return strncmp(file, "freezer.", 8) != 0 && memchr(file, '.', len) && file[0] != '.';
}

static const char *parse_raw(const struct key *k UNUSED, const char *text,
			     const struct origin *o UNUSED, void *out)
{
	size_t len = strcspn(text, "=");

	if (!text[len] || !text[len + 1])
		return key_phrase("'%s' is not FILE=VALUE", text);
	if (strcspn(text, "/ \t\n") < len || !raw_allowed(text, len))
		return key_phrase("'%.*s' is not a controller's file", (int)len, text);
	*(char **)out = file_dup(text);
	return NULL;
}

const struct type type_raw = {
	.name = "FILE=VALUE",
	.size = sizeof(char *),
	.parse = parse_raw,
	.print = print_text,
};

/* ---- weights ---- */

/*
 * weight = 10^((l^2 + 125 l) / 612 - 7/34) with l = log2(shares), which maps 2 to 1, 1024 to 100 and
 * 262144 to 10000.  In fixed point: logarithms are integers of 2^-24.
 */
enum { LOG_BITS = 24 };
#define LOG_ONE ((int64_t)1 << LOG_BITS)
#define LOG2_OF_10 55732705LL /* log2(10) */

static int64_t weight_log2(uint64_t n)
{
	int64_t log = 0;
	uint64_t x = n << 32; /* n < 2^32 */

	while (x >= (uint64_t)2 << 32) {
		x >>= 1;
		log += LOG_ONE;
	}
	for (int64_t bit = LOG_ONE / 2; bit; bit /= 2) {
		x = (x >> 1) * (x >> 1) >> 30; /* squared; x is in [1, 2) */
		if (x >= (uint64_t)2 << 32) {
			x >>= 1;
			log += bit;
		}
	}
	return log;
}

/* log10 of a weight, and of the weight that shares are, times 612: an integer of 2^-24. */
static int64_t weight_log(uint64_t weight)
{
	return weight_log2(weight) * LOG_ONE / LOG2_OF_10 * 612;
}

static int64_t weight_log_of_shares(uint64_t shares)
{
	int64_t l = weight_log2(shares);

	return (int64_t)((l * l >> LOG_BITS) + 125 * l - 126 * LOG_ONE);
}

/* The number from low to high whose logarithm is nearest to want. */
static uint64_t weight_nearest(uint64_t low, uint64_t high, int64_t log(uint64_t), int64_t want)
{
	uint64_t least = low;

	while (low < high) { /* the first whose logarithm is not less */
		uint64_t middle = (low + high) / 2;

		if (log(middle) < want)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > least && want - log(low - 1) < log(low) - want)
		low--;
	return low;
}

uint64_t weight_to_shares(uint64_t weight)
{
	return weight_nearest(2, 262144, weight_log_of_shares, weight_log(weight));
}

uint64_t weight_of_shares(uint64_t shares)
{
	return weight_nearest(1, 10000, weight_log, weight_log_of_shares(shares));
}

/* The inverse of weight = 1 + (bfq - 10) * 9999 / 990, to the nearest. */
uint64_t weight_to_bfq(uint64_t weight)
{
	return 10 + ((weight - 1) * 990 * 2 + 9999) / (2 * 9999);
}
