/*
 * limits.c - the table of limits: what a key is called on v1 and on v2, and how its value is written
 * there.  A new key is a row here, a row in the key table and a member of struct cgroup_conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

#define UNUSED __attribute__((unused))

/* ---- types ---- */

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

static void unset_group(void *v)
{
	*(char **)v = NULL;
}

const struct type type_group = {
	.name = "PATH",
	.size = sizeof(char *),
	.parse = parse_group,
	.print = print_group,
	.unset = unset_group,
};

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

static void unset_count(void *v)
{
	*(uint64_t *)v = SIZE_UNSET;
}

const struct type type_count = {
	.name = "N",
	.size = sizeof(uint64_t),
	.parse = parse_count,
	.print = print_count,
	.unset = unset_count,
};

/* The kernel's own bounds, so that a wrong number is refused where it is written. */
enum { CPU_QUOTA_MIN = 1000, CPU_PERIOD_MIN = 1000, CPU_PERIOD_MAX = 1000000 };
#define CPU_QUOTA_MAX 18446744073LL /* 2^44 ns of bandwidth, in us */

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

static void unset_cpu_max(void *v)
{
	*(struct cpu_max *)v = (struct cpu_max){0};
}

const struct type type_cpu_max = {
	.name = "QUOTA",
	.size = sizeof(struct cpu_max),
	.parse = parse_cpu_max,
	.print = print_cpu_max,
	.unset = unset_cpu_max,
};

/* ---- conversions ---- */

/* Sizes and counts: v1 memory writes no limit as -1, everyone else as max. */
static enum limit_state limit_number(uint64_t n, const char *none, char *text)
{
	if (n == SIZE_UNSET)
		return LIMIT_UNSET;
	if (n == SIZE_NO_LIMIT)
		(void)snprintf(text, LIMIT_TEXT, "%s", none);
	else
		(void)snprintf(text, LIMIT_TEXT, "%" PRIu64, n);
	return LIMIT_ASKED;
}

static enum limit_state memory_v1(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	return limit_number(c->memory_max, "-1", text);
}

static enum limit_state memory_v2(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	return limit_number(c->memory_max, "max", text);
}

/* Without a word about swap a memory limit is one: nothing of it is moved to swap instead. */
static enum limit_state swap_v2(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	if (c->memory_swap_max != SIZE_UNSET)
		return limit_number(c->memory_swap_max, "max", text);
	if (c->memory_max == SIZE_UNSET || c->memory_max == SIZE_NO_LIMIT)
		return LIMIT_UNSET;
	memcpy(text, "0", sizeof "0");
	return LIMIT_IMPLIED;
}

/* v1 has no word for "no limit" that it also reads back: it shows a number near 2^63. */
#define V1_NO_LIMIT (INT64_MAX / 2)

/* v1 limits memory and swap together, so the limit of memory is needed. */
static enum limit_state swap_v1(const struct cgroup_conf *c, const char *dir, char *text)
{
	enum limit_state state = swap_v2(c, dir, text);
	uint64_t swap = state == LIMIT_IMPLIED ? 0 : c->memory_swap_max;
	uint64_t memory = c->memory_max;
	char now[32];

	if (state == LIMIT_UNSET || swap == SIZE_NO_LIMIT)
		return limit_number(c->memory_swap_max, "-1", text);
	if (memory == SIZE_UNSET && dir) {
		char *file = file_text("%s/memory.limit_in_bytes", dir);
		ssize_t n = file_read(AT_FDCWD, file, now, sizeof now);

		now[n > 0 ? n - 1 : 0] = 0;
		if (!key_number(now, V1_NO_LIMIT, &memory))
			memory = SIZE_NO_LIMIT;
	}
	if (memory == SIZE_NO_LIMIT) {
		(void)snprintf(text, LIMIT_TEXT,
			       "cgroup v1 limits memory and swap together: "
			       "memory-max is needed");
		return LIMIT_WRONG;
	}
	memory += swap; /* both are below 2^63 */
	(void)limit_number(memory > INT64_MAX ? SIZE_NO_LIMIT : memory, "-1", text);
	return state;
}

static enum limit_state period_v1(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	(void)snprintf(text, LIMIT_TEXT, "%" PRId64, c->cpu_max.period);
	return c->cpu_max.period ? LIMIT_ASKED : LIMIT_UNSET;
}

static enum limit_state quota_v1(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	(void)snprintf(text, LIMIT_TEXT, "%" PRId64, c->cpu_max.quota);
	return c->cpu_max.period ? LIMIT_ASKED : LIMIT_UNSET;
}

static enum limit_state cpu_max_v2(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	char *value = print_cpu_max(NULL, &c->cpu_max);

	if (!value)
		return LIMIT_UNSET;
	(void)snprintf(text, LIMIT_TEXT, "%s", value);
	return LIMIT_ASKED;
}

/*
 * Weights and shares: weight = 10^((l^2 + 125 l) / 612 - 7/34) with l = log2(shares), which maps 2 to 1,
 * 1024 to 100 and 262144 to 10000.  In fixed point: logarithms are integers of 2^-24.
 */
enum { LOG_BITS = 24 };
#define LOG_ONE ((int64_t)1 << LOG_BITS)
#define LOG2_OF_10 55732705LL /* log2(10) */

static int64_t limit_log2(uint64_t n)
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

/* log10 of the weight that shares are, times 612: an integer of 2^-24. */
static int64_t limit_weight_log(uint64_t shares)
{
	int64_t l = limit_log2(shares);

	return (int64_t)((l * l >> LOG_BITS) + 125 * l - 126 * LOG_ONE);
}

uint64_t limit_shares(uint64_t weight)
{
	int64_t want = limit_log2(weight) * LOG_ONE / LOG2_OF_10 * 612;
	uint64_t low = 2, high = 262144;

	while (low < high) { /* the first whose weight is not less */
		uint64_t middle = (low + high) / 2;

		if (limit_weight_log(middle) < want)
			low = middle + 1;
		else
			high = middle;
	}
	if (low > 2 && want - limit_weight_log(low - 1) < limit_weight_log(low) - want)
		low--; /* nearer */
	return low;
}

static enum limit_state weight_v1(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	if (c->cpu_weight == INT64_MIN)
		return LIMIT_UNSET;
	return limit_number(limit_shares((uint64_t)c->cpu_weight), "", text);
}

static enum limit_state weight_v2(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	return c->cpu_weight == INT64_MIN ? LIMIT_UNSET
					  : limit_number((uint64_t)c->cpu_weight, "", text);
}

static enum limit_state pids(const struct cgroup_conf *c, const char *dir UNUSED, char *text)
{
	return limit_number(c->pids_max, "max", text);
}

/* ---- the table ---- */

const struct limit limit_table[] = {
	{"memory-max", "memory", "memory.limit_in_bytes", memory_v1, "memory", "memory.max",
	 memory_v2, "CONFIG_MEMCG"},
	{"memory-swap-max", "memory", "memory.memsw.limit_in_bytes", swap_v1, "memory",
	 "memory.swap.max", swap_v2, "CONFIG_SWAP, and swapaccount=1 on the kernel's command line"},
	{"cpu-weight", "cpu", "cpu.shares", weight_v1, "cpu", "cpu.weight", weight_v2,
	 "CONFIG_FAIR_GROUP_SCHED"},
	{"cpu-max", "cpu", "cpu.cfs_period_us", period_v1, "cpu", "cpu.max", cpu_max_v2,
	 "CONFIG_CFS_BANDWIDTH"},
	{"cpu-max", "cpu", "cpu.cfs_quota_us", quota_v1, NULL, NULL, NULL, "CONFIG_CFS_BANDWIDTH"},
	{"pids-max", "pids", "pids.max", pids, "pids", "pids.max", pids, "CONFIG_CGROUP_PIDS"},
	{.key = NULL},
};

enum limit_state limit_asked(const struct limit *l, const struct cgroup_conf *c)
{
	char text[LIMIT_TEXT];

	return (l->v2_text ? l->v2_text : l->v1_text)(c, NULL, text);
}

/* ---- writing ---- */

struct write_to {
	const struct limit *limit;
	const char *file; /* its path */
	enum limit_state state;
	char text[LIMIT_TEXT];
};

/* Whether the limit's file is in this group; then what is to be written there. */
static bool limit_here(const struct limit *l, const struct cgroup *g, const struct cgroup_conf *c,
		       struct write_to *w)
{
	bool v2 = detect_is_v2(g->h);
	const char *controller = v2 ? l->v2 : l->v1;

	if (!controller || !cgroup_word(g->controllers, controller, ','))
		return false;
	w->limit = l;
	w->state = (v2 ? l->v2_text : l->v1_text)(c, g->dir, w->text);
	w->file = w->state == LIMIT_UNSET
			  ? NULL
			  : file_text("%s/%s", g->dir, v2 ? l->v2_file : l->v1_file);
	return w->file;
}

/* What the kernel keeps may differ: memory is counted in pages, no limit is shown as a number. */
static bool limit_same(const char *asked, const char *kept)
{
	uint64_t n;

	return !strcmp(asked, kept) ||
	       (!strcmp(asked, "-1") && key_number(kept, UINT64_MAX, &n) && n >= V1_NO_LIMIT);
}

static const char *limit_read_back(const struct write_to *w)
{
	char kept[LIMIT_TEXT];
	ssize_t n = file_read(AT_FDCWD, w->file, kept, sizeof kept);

	if (n < 0)
		return group_fault(w->limit->key, w->file);
	kept[strcspn(kept, "\n")] = 0;
	if (!limit_same(w->text, kept))
		msg_warn("[cgroup] %s: %s holds %s instead of %s", w->limit->key, w->file, kept,
			 w->text);
	return NULL;
}

static bool limit_machine_swaps(void)
{
	char text[1024];
	ssize_t n = file_read(AT_FDCWD, "/proc/swaps", text, sizeof text);
	const char *line = n > 0 ? strchr(text, '\n') : NULL;

	return (n < 0 && errno == EFBIG) || (line && line[1]);
}

/* The file is not there: the controller is, so the kernel was built or started without this part. */
static const char *limit_absent(const struct write_to *w)
{
	if (w->state == LIMIT_IMPLIED) {
		if (limit_machine_swaps())
			msg_warn("[cgroup] memory-max: swap is not limited: no %s", w->file);
		return NULL;
	}
	errno = ENOENT;
	msg_hint("the kernel needs %s", w->limit->option);
	return file_text("[cgroup] %s: %s: %s", w->limit->key, w->file, strerror(ENOENT));
}

static const char *limit_refused(const struct write_to *w)
{
	int saved = errno;
	const char *phrase = group_fault(w->limit->key, file_text("%s: %s", w->file, w->text));

	if (saved == EINVAL && !strcmp(w->limit->key, "cpu-max"))
		msg_hint("a quota is at most that of the group above");
	else if (saved == EBUSY)
		msg_hint("the group uses more than that now");
	errno = saved;
	return phrase;
}

/* A phrase; *again: EINVAL, which another order may change. */
static const char *limit_write(const struct write_to *w, bool *again)
{
	*again = false;
	if (w->state == LIMIT_WRONG) {
		errno = EINVAL;
		return file_text("[cgroup] %s: %s", w->limit->key, w->text);
	}
	if (!file_put(AT_FDCWD, w->file, w->text))
		return limit_read_back(w);
	if (errno == ENOENT || (errno == EACCES && access(w->file, F_OK)))
		return limit_absent(w);
	*again = errno == EINVAL;
	return limit_refused(w);
}

const char *limit_apply(const struct cgroup *g, const struct cgroup_conf *c)
{
	struct write_to w[sizeof limit_table / sizeof *limit_table];
	const char *phrase = NULL;
	int n = 0, left;

	for (const struct limit *l = limit_table; l->key; l++)
		if (limit_here(l, g, c, &w[n]))
			n++;
	do { /* a pass in which one was written gives the refused ones another try */
		left = 0;
		phrase = NULL;
		for (int i = 0; i < n; i++) {
			bool again;
			const char *now = limit_write(&w[i], &again);

			if (now && !again)
				return now;
			if (now) {
				phrase = phrase ? phrase : now;
				w[left++] = w[i];
			}
		}
	} while (left && left < n && (n = left));
	return phrase;
}
