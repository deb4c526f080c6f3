/*
 * limits.c - the table of limits: what a key is called on v1 and on v2, and how its value is written
 * there.  A new key is a row here, a row in the key table and a member of struct cgroup_conf.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

/* ---- what is written: one function for each kind of value ---- */

static struct limit_text *emit(struct limit_texts *ts, const struct limit *l, const char *file,
			       const char *text)
{
	ts->v = file_room(ts->v, ts->n, sizeof *ts->v);
	ts->v[ts->n] = (struct limit_text){.limit = l, .file = file, .text = text};
	return &ts->v[ts->n++];
}

static const char *emit_file(const struct limit_texts *ts, const struct limit *l)
{
	return ts->v2 ? l->v2 : l->v1;
}

static const char *emit_text(struct limit_texts *ts, const struct limit *l, const void *value)
{
	const char *text = *(char *const *)value;

	if (text)
		(void)emit(ts, l, emit_file(ts, l), text);
	return NULL;
}

static char *emit_digits(int64_t n)
{
	return file_text("%" PRId64, n);
}

/* Sizes and counts: v1 writes no limit of bytes as -1, all else is max. */
static const char *emit_number(struct limit_texts *ts, const struct limit *l, const void *value)
{
	const char *file = emit_file(ts, l);
	uint64_t n = *(const uint64_t *)value;

	if (n == SIZE_NO_LIMIT)
		(void)emit(ts, l, file, strstr(file, "_in_bytes") ? "-1" : "max");
	else if (n != SIZE_UNSET)
		(void)emit(ts, l, file, emit_digits((int64_t)n));
	return NULL;
}

static const char *emit_int(struct limit_texts *ts, const struct limit *l, const void *value)
{
	int64_t n = *(const int64_t *)value;

	if (n != INT64_MIN)
		(void)emit(ts, l, emit_file(ts, l), emit_digits(n));
	return NULL;
}

static const char *emit_bool(struct limit_texts *ts, const struct limit *l, const void *value)
{
	signed char is = *(const signed char *)value;

	if (is >= 0)
		(void)emit(ts, l, emit_file(ts, l), is ? "1" : "0");
	return NULL;
}

static const char *emit_partition(struct limit_texts *ts, const struct limit *l, const void *value)
{
	int i = *(const int *)value;

	if (i >= 0)
		(void)emit(ts, l, emit_file(ts, l), key_word(LIMIT_PARTITIONS, i));
	return NULL;
}

static const char *emit_weight(struct limit_texts *ts, const struct limit *l, const void *value)
{
	int64_t n = *(const int64_t *)value;

	if (n != INT64_MIN && !ts->v2)
		n = (int64_t)weight_to_shares((uint64_t)n);
	return emit_int(ts, l, &n);
}

static const char *emit_shares(struct limit_texts *ts, const struct limit *l, const void *value)
{
	int64_t n = *(const int64_t *)value;

	if (n != INT64_MIN && ts->v2)
		n = (int64_t)weight_of_shares((uint64_t)n);
	return emit_int(ts, l, &n);
}

static bool emit_exists(const struct limit_texts *ts, const char *file)
{
	return ts->dir && !access(file_text("%s/%s", ts->dir, file), F_OK);
}

/* Which of the two acts is each disk's scheduler: both are set where both are. */
static const char *emit_io_weight(struct limit_texts *ts, const struct limit *l, const void *value)
{
	static const char v2_bfq[] = "io.bfq.weight";
	int64_t n = *(const int64_t *)value;
	char *bfq;

	if (n == INT64_MIN)
		return NULL;
	bfq = emit_digits((int64_t)weight_to_bfq((uint64_t)n));
	if (!ts->v2) {
		(void)emit(ts, l, l->v1, bfq);
		return NULL;
	}
	if (emit_exists(ts, v2_bfq))
		(void)emit(ts, l, v2_bfq, bfq);
	if (!emit_exists(ts, v2_bfq) || emit_exists(ts, l->v2))
		(void)emit(ts, l, l->v2, emit_digits(n));
	return NULL;
}

static const char *emit_cpu_max(struct limit_texts *ts, const struct limit *l, const void *value)
{
	const struct cpu_max *c = value;

	if (!c->period)
		return NULL;
	if (!ts->v2)
		(void)emit(ts, l, "cpu.cfs_period_us", emit_digits(c->period));
	(void)emit(ts, l, emit_file(ts, l),
		   ts->v2 ? type_cpu_max.print(NULL, c) : emit_digits(c->quota));
	return NULL;
}

/* v1 has no word for "no limit" that it also reads back: it shows a number near 2^63. */
#define V1_NO_LIMIT (INT64_MAX / 2)

/* v1 limits memory and swap together, so the limit of memory is needed: NULL, there is none. */
static const char *emit_v1_swap(const struct limit_texts *ts, uint64_t swap)
{
	uint64_t memory = ts->conf->memory_max;
	char now[32];

	if (memory == SIZE_UNSET && ts->dir) {
		char *file = file_text("%s/memory.limit_in_bytes", ts->dir);
		ssize_t n = file_read(AT_FDCWD, file, now, sizeof now);

		now[n > 0 ? n - 1 : 0] = 0;
		if (!key_number(now, V1_NO_LIMIT, &memory))
			memory = SIZE_NO_LIMIT;
	}
	if (memory >= SIZE_NO_LIMIT)
		return NULL;
	memory += swap; /* both are below 2^63 */
	return memory > INT64_MAX ? "-1" : emit_digits((int64_t)memory);
}

/* Without a word about swap a memory limit is one: nothing of it is moved to swap instead. */
static const char *emit_swap(struct limit_texts *ts, const struct limit *l, const void *value)
{
	uint64_t memory = ts->conf->memory_max, swap = *(const uint64_t *)value;
	bool implied = swap == SIZE_UNSET && memory < SIZE_NO_LIMIT;
	const char *text;

	swap = implied ? 0 : swap;
	if (ts->v2 || swap >= SIZE_NO_LIMIT) {
		(void)emit_number(ts, l, &swap);
	} else {
		text = emit_v1_swap(ts, swap);
		errno = EINVAL;
		if (!text)
			return file_text("[cgroup] %s: cgroup v1 limits memory and swap together: "
					 "memory-max is needed",
					 l->key);
		(void)emit(ts, l, l->v1, text);
	}
	if (implied)
		ts->v[ts->n - 1].implied = true;
	return NULL;
}

/* ---- limits of several things, a line for each ---- */

static const char *emit_named(struct limit_texts *ts, const struct limit *l, const void *value)
{
	LIST_EACH(char *const, element, *(const struct list *)value)
	{
		char *name = file_dup(*element), *size = strrchr(name, ':');
		const char *text;
		uint64_t n = 0;

		*size++ = 0;
		(void)type_size.parse(&(struct key){0}, size, NULL, &n); /* was checked */
		text = n == SIZE_NO_LIMIT ? "max" : emit_digits((int64_t)n);
		emit(ts, l, emit_file(ts, l), file_text("%s %s", name, text))->keyed = true;
	}
	return NULL;
}

/* The pages' size is a part of the file's name.  What is reserved counts, else mmap(2) promises more. */
static const char *emit_hugetlb(struct limit_texts *ts, const struct limit *l, const void *value)
{
	size_t i = ts->n, last;

	(void)emit_named(ts, l, value);
	for (last = ts->n; i < last; i++) {
		char *size = file_dup(ts->v[i].text), *n = strchr(size, ' ');
		const char *unit, *end = emit_file(ts, l) + strlen("hugetlb."), *text;

		*n++ = 0;
		unit = n[-2] == 'B' ? "" : "B";
		text = ts->v2 || strcmp(n, "max") != 0 ? n : "-1";
		ts->v[i].keyed = false;
		ts->v[i].text = text;
		ts->v[i].file = file_text("hugetlb.%s%s.%s", size, unit, end);
		emit(ts, l, file_text("hugetlb.%s%s.rsvd.%s", size, unit, end), text)->implied =
			true;
	}
	return NULL;
}

/* MAJOR:MINOR of a disk; NULL and errno. */
static const char *emit_device(const char *name)
{
	size_t colon = strspn(name, "0123456789");
	struct stat st;

	if (*name == '/') {
		if (stat(name, &st))
			return NULL;
		errno = ENOTBLK;
		return S_ISBLK(st.st_mode)
			       ? file_text("%u:%u", major(st.st_rdev), minor(st.st_rdev))
			       : NULL;
	}
	errno = EINVAL;
	if (!colon || name[colon] != ':' || !name[colon + 1] ||
	    name[colon + 1 + strspn(name + colon + 1, "0123456789")])
		return NULL;
	return name;
}

/* v1 has a file for each word, in which 0 is no limit. */
static void emit_v1_throttle(struct limit_texts *ts, const struct limit *l, const char *device,
			     const char *word)
{
	const char *verb = *word == 'r' ? "read" : "write", *n = strchr(word, '=') + 1;
	const char *unit = word[1] == 'b' ? "bps" : "iops";

	n = strcmp(n, "max") ? n : "0";
	emit(ts, l, file_text("blkio.throttle.%s_%s_device", verb, unit),
	     file_text("%s %s", device, n))
		->keyed = true;
}

static const char *emit_quotas(struct limit_texts *ts, const struct limit *l, const void *value)
{
	bool disk = strncmp(l->key, "io-", 3) == 0;

	LIST_EACH(char **const, words, *(const struct list *)value)
	{
		const char *name = **words, *text;

		text = name = disk ? emit_device(name) : name;
		if (!name)
			return group_fault(l->key, **words);
		for (char **word = *words + 1; *word; word++) {
			if (!ts->v2 && disk)
				emit_v1_throttle(ts, l, name, *word);
			text = file_text("%s %s", text, *word);
		}
		if (ts->v2 || !disk)
			emit(ts, l, emit_file(ts, l), text)->keyed = true;
	}
	return NULL;
}

/* ---- the table ---- */

static const char *emit_raw(struct limit_texts *ts, const struct limit *l, const void *value)
{
	(void)emit(ts, l, l->v1, strchr(*(char *const *)value, '=') + 1);
	return NULL;
}

#define LIMIT(key, member, kind, v1, v2, option)                                       \
	{                                                                              \
		key, v1, v2, emit_##kind, option, offsetof(struct cgroup_conf, member) \
	}

/* In the order of the writes: a burst needs its quota, a partition its processors. */
const struct limit limit_table[] = {
	LIMIT("memory-max", memory_max, number, "memory.limit_in_bytes", "memory.max", "MEMCG"),
	LIMIT("memory-swap-max", memory_swap_max, swap, "memory.memsw.limit_in_bytes",
	      "memory.swap.max", "SWAP, and swapaccount=1 on the kernel's command line"),
	LIMIT("memory-low", memory_low, number, "memory.soft_limit_in_bytes", "memory.low",
	      "MEMCG"),
	LIMIT("memory-reservation", memory_reservation, number, "memory.soft_limit_in_bytes",
	      "memory.low", "MEMCG"),
	LIMIT("memory-min", memory_min, number, NULL, "memory.min", "MEMCG"),
	LIMIT("memory-high", memory_high, number, NULL, "memory.high", "MEMCG"),
	LIMIT("swappiness", swappiness, int, "memory.swappiness", NULL, "MEMCG"),
	LIMIT("oom-kill-disable", oom_kill_disable, bool, "memory.oom_control", NULL, "MEMCG"),
	LIMIT("oom-group", oom_group, bool, NULL, "memory.oom.group", "MEMCG"),
	LIMIT("cpu-weight", cpu_weight, weight, "cpu.shares", "cpu.weight", "FAIR_GROUP_SCHED"),
	LIMIT("cpu-shares", cpu_shares, shares, "cpu.shares", "cpu.weight", "FAIR_GROUP_SCHED"),
	LIMIT("cpu-idle", cpu_idle, bool, "cpu.idle", "cpu.idle",
	      "FAIR_GROUP_SCHED, and to be Linux 5.15"),
	LIMIT("cpu-max", cpu_max, cpu_max, "cpu.cfs_quota_us", "cpu.max", "CFS_BANDWIDTH"),
	LIMIT("cpu-burst", cpu_burst, int, "cpu.cfs_burst_us", "cpu.max.burst",
	      "CFS_BANDWIDTH, and to be Linux 5.14"),
	LIMIT("cpu-rt-period", cpu_rt_period, int, "cpu.rt_period_us", NULL, "RT_GROUP_SCHED"),
	LIMIT("cpu-rt-runtime", cpu_rt_runtime, int, "cpu.rt_runtime_us", NULL, "RT_GROUP_SCHED"),
	LIMIT("cpuset-cpus", cpuset_cpus, text, "cpuset.cpus", "cpuset.cpus", "CPUSETS"),
	LIMIT("cpuset-mems", cpuset_mems, text, "cpuset.mems", "cpuset.mems", "CPUSETS"),
	LIMIT("cpuset-partition", cpuset_partition, partition, NULL, "cpuset.cpus.partition",
	      "CPUSETS"),
	LIMIT("pids-max", pids_max, number, "pids.max", "pids.max", "CGROUP_PIDS"),
	LIMIT("io-weight", io_weight, io_weight, "blkio.bfq.weight", "io.weight",
	      "BLK_CGROUP_IOCOST, or BFQ_GROUP_IOSCHED and the module bfq"),
	LIMIT("io-max", io_max, quotas, "blkio.throttle", "io.max", "BLK_DEV_THROTTLING"),
	LIMIT("io-latency", io_latency, quotas, NULL, "io.latency", "BLK_CGROUP_IOLATENCY"),
	LIMIT("hugetlb", hugetlb, hugetlb, "hugetlb.limit_in_bytes", "hugetlb.max",
	      "CGROUP_HUGETLB, and pages of that size (/sys/kernel/mm/hugepages)"),
	LIMIT("rdma", rdma, quotas, "rdma.max", "rdma.max", "CGROUP_RDMA"),
	LIMIT("misc", misc, named, "misc.max", "misc.max", "CGROUP_MISC"),
	LIMIT("net-classid", net_classid, number, "net_cls.classid", NULL, "CGROUP_NET_CLASSID"),
	LIMIT("net-prio", net_prio, named, "net_prio.ifpriomap", NULL, "CGROUP_NET_PRIO"),
	LIMIT("set", set, raw, NULL, NULL, NULL),
	{.key = NULL},
};

char *limit_controller(const char *file)
{
	char *name = file_dup(file);

	name[strcspn(name, ".")] = 0;
	if (!strcmp(name, "cgroup"))
		*name = 0;
	return name;
}

/* In whichever words it has: a text, or a phrase about it. */
static bool limit_asked(const struct limit *l, const struct cgroup_conf *c, const void *value)
{
	struct limit_texts ts = {.conf = c, .v2 = l->v2 != NULL};

	return l->emit(&ts, l, value) || ts.n;
}

const char *limit_each(const struct cgroup_conf *c,
		       const char *f(void *arg, const struct limit *, const void *value), void *arg)
{
	const char *phrase = NULL;

	for (const struct limit *l = limit_table; l->key && !phrase; l++) {
		const void *value = (const char *)c + l->offset;

		if (l->emit != emit_raw && limit_asked(l, c, value))
			phrase = f(arg, l, value);
	}
	LIST_EACH(char *const, text, c->set)
	{
		struct limit *l = file_alloc(sizeof *l);
		char *file = file_dup(*text);

		file[strcspn(file, "=")] = 0;
		*l = (struct limit){.key = "set", .v1 = file, .v2 = file, .emit = emit_raw};
		phrase = phrase ? phrase : f(arg, l, text);
	}
	return phrase;
}

struct collect {
	const struct cgroup *group;
	struct limit_texts *texts;
};

/* The limit's texts, when its file is in this group. */
static const char *limit_collect_one(void *arg, const struct limit *l, const void *value)
{
	const struct collect *c = arg;
	const char *file = emit_file(c->texts, l);
	const char *controller = file ? limit_controller(file) : NULL;

	if (!file ||
	    (*controller ? !cgroup_word(c->group->controllers, controller, ',') : !c->texts->v2))
		return NULL;
	return l->emit(c->texts, l, value);
}

const char *limit_collect(const struct cgroup *g, const struct cgroup_conf *c,
			  struct limit_texts *ts)
{
	struct collect arg = {g, ts};

	*ts = (struct limit_texts){.conf = c, .dir = g->dir, .v2 = detect_is_v2(g->h)};
	return limit_each(c, limit_collect_one, &arg);
}

/* ---- writing ---- */

/* The line of a file that is about the first word of asked; "" when there is none. */
static char *limit_line(char *kept, const char *asked)
{
	size_t name = strcspn(asked, " ") + 1;

	for (char *line = kept, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (!strncmp(line, asked, name))
			return line;
	}
	return kept + strlen(kept);
}

/* No limit has no line. */
static bool limit_same_line(const char *asked, const char *line)
{
	char *words = file_dup(strchr(asked, ' ') + 1);

	for (char *word = words, *end; word; word = end) {
		size_t len;

		end = strchr(word, ' ');
		if (end)
			*end++ = 0;
		len = strlen(word);
		if (*line ? !cgroup_word(line, word, ' ')
			  : strcmp(word, "0") && strcmp(word + (len > 3 ? len - 3 : 0), "max"))
			return false;
	}
	return true;
}

/* `VALUE`, or `WORD VALUE` as some show it; v1 shows no limit as a number. */
static bool limit_same(const char *asked, const char *kept)
{
	size_t len = strlen(asked), all = strlen(kept);
	uint64_t n;

	if (!strcmp(asked, "-1") && key_number(kept, UINT64_MAX, &n) && n >= V1_NO_LIMIT)
		return true;
	return all >= len && !strcmp(kept + all - len, asked) &&
	       (all == len || kept[all - len - 1] == ' ');
}

/* A partition that the kernel took and does not do: its reason stands there. */
static const char *limit_invalid(const struct limit_text *t, const char *path, const char *kept)
{
	errno = EINVAL;
	return file_text("[cgroup] %s: %s: %s: %s", t->limit->key, path, t->text, kept);
}

static const char *limit_read_back(const struct limit_text *t, const char *path, int fd)
{
	size_t len;
	char *kept = lseek(fd, 0, SEEK_SET) ? NULL : file_slurp_fd(fd, 1 << 20, &len);

	if (!kept) /* a file named by `set` may be there for writing alone */
		return t->limit->option ? group_fault(t->limit->key, path) : NULL;
	if (t->keyed)
		kept = limit_line(kept, t->text);
	else
		kept[strcspn(kept, "\n")] = 0;
	if (strstr(kept, " invalid"))
		return limit_invalid(t, path, kept);
	if (!t->implied && !(t->keyed ? limit_same_line : limit_same)(t->text, kept))
		msg_warn("[cgroup] %s: asked %s, the kernel holds %s", t->limit->key, t->text,
			 *kept ? kept : "nothing");
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
static const char *limit_absent(const struct limit_text *t, const char *path)
{
	if (t->implied) {
		if (!strncmp(t->limit->key, "memory", 6) && limit_machine_swaps())
			msg_warn("[cgroup] memory-max: swap is not limited: no %s", path);
		return NULL;
	}
	if (t->limit->option)
		msg_hint("the kernel needs CONFIG_%s", t->limit->option);
	errno = ENOENT;
	return group_fault(t->limit->key, path);
}

/* Processors are had from the group above: what it has, when it is one of their files. */
static const char *limit_above(const struct limit_text *t, const char *dir, char *buf, size_t cap)
{
	char *path = file_text("%s/../%s", dir, t->file);

	if (strncmp(t->file, "cpu", 3) != 0 || file_read(AT_FDCWD, path, buf, cap) <= 1)
		return NULL;
	buf[strcspn(buf, "\n")] = 0;
	return buf;
}

static const char *limit_refused(const struct limit_text *t, const char *dir, const char *path)
{
	int saved = errno;
	const char *phrase = group_fault(t->limit->key, file_text("%s: %s", path, t->text));
	char buf[256];
	const char *above = saved == EROFS ? NULL : limit_above(t, dir, buf, sizeof buf);

	if (saved == EBUSY)
		msg_hint("the group uses more than that now");
	else if (above)
		msg_hint("the group above has %s", above);
	else if (saved == ENODEV && t->keyed)
		msg_hint("a whole disk is wanted, not a part of one");
	errno = saved;
	return phrase;
}

/* To write and to read again what was kept, or at least to write; -1 and errno. */
static int limit_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);

	return fd >= 0 || errno == ENOENT ? fd : open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
}

/* A phrase; *again: EINVAL, which another order may change. */
static const char *limit_write(const struct limit_text *t, const char *dir, bool *again)
{
	const char *path = file_text("%s/%s", dir, t->file), *phrase = NULL;
	int fd = limit_open(path);
	bool written = fd >= 0 && !file_put_fd(fd, t->text);
	int saved = errno;

	*again = false;
	if (written)
		phrase = limit_read_back(t, path, fd);
	saved = phrase ? errno : saved;
	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	if (written)
		return phrase;
	if (errno == ENOENT || (errno == EACCES && access(path, F_OK)))
		return limit_absent(t, path);
	*again = errno == EINVAL;
	return limit_refused(t, dir, path);
}

const char *limit_apply(const struct cgroup *g, const struct cgroup_conf *c)
{
	struct limit_texts ts = {0};
	const char *phrase = limit_collect(g, c, &ts);
	size_t n, left = ts.n;

	if (phrase)
		return phrase;
	do { /* a pass in which one was written gives the refused ones another try */
		n = left;
		left = 0;
		phrase = NULL;
		for (size_t i = 0; i < n; i++) {
			bool again;
			const char *now = limit_write(&ts.v[i], g->dir, &again);

			if (now && !again)
				return now;
			if (now) {
				phrase = phrase ? phrase : now;
				ts.v[left++] = ts.v[i];
			}
		}
	} while (left && left < n);
	if (!phrase)
		msg_no_hint(); /* of a first try */
	return phrase;
}
