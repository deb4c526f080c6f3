/*
 * fields.c - what a group uses: one table from a field's name to the files of v2 and of v1, and its
 * reading and printing in fixed memory, so that it can go on for ever.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fields.h"
#include "file.h"
#include "key.h"
#include "msg.h"

/*
 * A source is `FILE`, of one number, or `FILE KEY`, a line of a flat keyed one; "" where there is none.  The
 * controller of a v1 source is its file's name up to the dot.  Where v2 has the file it counts: beside v1 its
 * groups have the files that need no controller, and those are the finer ones.
 */
struct field {
	const char *name, *v2, *v1;
	/*
	 * r: it means something when all is over; of v1 alone, n: it has nanoseconds; s: it has memory and this
	 * together: less memory.limit_in_bytes; p: it counts the limit of both apart: and memory.memsw.failcnt
	 */
	const char *how;
};

/* name, v2, v1, how: one text after the other, no table of pointers to relocate */
static const char fields[] =
	"cpu-usage-us\0cpu.stat usage_usec\0cpuacct.usage\0nr\0"
	"cpu-user-us\0cpu.stat user_usec\0cpuacct.usage_user\0nr\0"
	"cpu-system-us\0cpu.stat system_usec\0cpuacct.usage_sys\0nr\0"
	"cpu-periods\0cpu.stat nr_periods\0cpu.stat nr_periods\0r\0"
	"cpu-throttled\0cpu.stat nr_throttled\0cpu.stat nr_throttled\0r\0"
	"cpu-throttled-us\0cpu.stat throttled_usec\0cpu.stat throttled_time\0nr\0"
	"cpu-bursts\0cpu.stat nr_bursts\0cpu.stat nr_bursts\0\0"
	"cpu-burst-us\0cpu.stat burst_usec\0cpu.stat burst_time\0n\0"
	"memory-usage\0memory.current\0memory.usage_in_bytes\0\0"
	"memory-peak\0memory.peak\0memory.max_usage_in_bytes\0r\0"
	"memory-max\0memory.max\0memory.limit_in_bytes\0r\0"
	"memory-anon\0memory.stat anon\0memory.stat total_rss\0\0"
	"memory-file\0memory.stat file\0memory.stat total_cache\0\0"
	"memory-shmem\0memory.stat shmem\0memory.stat total_shmem\0\0"
	"memory-faults\0memory.stat pgfault\0memory.stat total_pgfault\0r\0"
	"memory-major-faults\0memory.stat pgmajfault\0memory.stat total_pgmajfault\0r\0"
	"memory-swap\0memory.swap.current\0memory.stat total_swap\0\0"
	"memory-kernel\0memory.stat kernel\0memory.kmem.usage_in_bytes\0\0"
	"memory-swap-peak\0memory.swap.peak\0\0r\0"
	"memory-swap-max\0memory.swap.max\0memory.memsw.limit_in_bytes\0s\0"
	"memory-lows\0memory.events low\0\0\0"
	"memory-highs\0memory.events high\0\0\0"
	"memory-failed\0memory.events max\0memory.failcnt\0pr\0"
	"memory-ooms\0memory.events oom\0\0\0"
	"memory-oom-kills\0memory.events oom_kill\0memory.oom_control oom_kill\0r\0"
	"memory-oom-group-kills\0memory.events oom_group_kill\0\0\0"
	"pids\0pids.current\0pids.current\0\0"
	"pids-peak\0pids.peak\0pids.peak\0r\0"
	"pids-max\0pids.max\0pids.max\0r\0"
	"pids-failed\0pids.events max\0pids.events max\0r\0"
	"populated\0cgroup.events populated\0\0\0"
	"frozen\0cgroup.events frozen\0freezer.state\0\0";

/* Each for a device and as the sum of all: v2 `MAJ:MIN KEY=N ...`, v1 `MAJ:MIN WORD N`. */
static const struct {
	const char *name, *v2, *v1, *word;
} io_fields[] = {
	{"io-read-bytes", "rbytes=", "blkio.throttle.io_service_bytes_recursive", "Read "},
	{"io-write-bytes", "wbytes=", "blkio.throttle.io_service_bytes_recursive", "Write "},
	{"io-reads", "rios=", "blkio.throttle.io_serviced_recursive", "Read "},
	{"io-writes", "wios=", "blkio.throttle.io_serviced_recursive", "Write "},
};

/* For each size of pages that this machine has. */
static const struct {
	const char *name, *v2, *v1;
} hugetlb_fields[] = {
	{"usage", "current", "usage_in_bytes"},
	{"peak", "peak", "max_usage_in_bytes"},
	{"max", "max", "limit_in_bytes"},
	{"failed", "events max", "failcnt"},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* ---- reading ---- */

int fields_open(struct fields *f, const struct cgroup_record *r)
{
	f->record = r;
	f->v2 = -1;
	f->text[0] = 0;
	f->file[0] = 0;
	if (r->v2)
		f->v2 = open(r->v2, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (r->v2 && f->v2 < 0)
		return -1;
	for (int i = 0; i < r->nv1; i++) {
		f->v1[i] = open(r->v1[i].path, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (f->v1[i] < 0)
			return -1;
	}
	return 0;
}

bool fields_gone(const struct fields *f)
{
	int dir = f->v2 >= 0 ? f->v2 : f->v1[0];

	return faccessat(dir, "cgroup.procs", F_OK, 0) && errno == ENOENT;
}

void fields_refresh(struct fields *f)
{
	f->file[0] = 0;
}

int fields_dir(const struct fields *f, const char *file)
{
	char controller[16];
	size_t len = strcspn(file, ".");

	if (len >= sizeof controller)
		return -1;
	memcpy(controller, file, len);
	controller[len] = 0;
	for (int i = 0; i < f->record->nv1; i++)
		if (cgroup_word(f->record->v1[i].controllers, controller, ','))
			return f->v1[i];
	return -1;
}

/* The text of a source's file, read once for the fields that follow each other; NULL: not there. */
static const char *fields_file(struct fields *f, const char *source, bool v1)
{
	char file[FIELDS_FILE];
	int dir, n;

	n = snprintf(file, sizeof file, "%c%.*s", v1 ? '1' : '2', (int)strcspn(source, " "),
		     source);
	if (n < 0 || (size_t)n >= sizeof file)
		return NULL;
	if (strcmp(file, f->file) != 0) {
		memcpy(f->file, file, sizeof file);
		dir = v1 ? fields_dir(f, file + 1) : f->v2;
		if (dir < 0 || file_read(dir, file + 1, f->text, sizeof f->text) < 0)
			f->text[0] = 0;
	}
	return f->text[0] ? f->text : NULL;
}

/* A number, or one of the kernel's words; v1 shows no limit as a number near 2^63. */
static int64_t fields_parse(const char *text)
{
	static const struct {
		const char *word;
		int64_t value;
	} words[] = {{"max", FIELD_MAX}, {"FROZEN", 1}, {"FREEZING", 0}, {"THAWED", 0}};
	char digits[24];
	size_t len = strspn(text, "0123456789");
	uint64_t n;

	for (size_t i = 0; i < COUNT(words); i++)
		if (!strncmp(text, words[i].word, strlen(words[i].word)))
			return words[i].value;
	if (len >= sizeof digits)
		return FIELD_NONE;
	memcpy(digits, text, len);
	digits[len] = 0;
	if (!key_number(digits, UINT64_MAX, &n))
		return FIELD_NONE;
	return n > INT64_MAX / 2 ? FIELD_MAX : (int64_t)n;
}

int64_t fields_number(struct fields *f, const char *source, bool v1)
{
	const char *text = fields_file(f, source, v1), *key = strchr(source, ' ');

	if (!text)
		return FIELD_NONE;
	return key ? cgroup_field(text, key + 1) : fields_parse(text);
}

static int64_t field_value(struct fields *f, const struct field *d)
{
	int64_t n = fields_number(f, d->v2, false), other;

	if (n != FIELD_NONE || !*d->v1)
		return n;
	n = fields_number(f, d->v1, true);
	if (n < 0 || n == FIELD_MAX)
		return n;
	if (strchr(d->how, 'n'))
		return n / 1000;
	if (strchr(d->how, 's')) {
		other = fields_number(f, "memory.limit_in_bytes", true);
		return other < 0 || other > n ? FIELD_NONE : n - other;
	}
	if (strchr(d->how, 'p')) {
		other = fields_number(f, "memory.memsw.failcnt", true);
		return other < 0 ? n : n + other;
	}
	return n;
}

/* ---- printing ---- */

void print_begin(struct print *p)
{
	p->len = 0;
	p->n = 0;
	if (p->json)
		print_text(p, "{");
}

void print_flush(struct print *p)
{
	if (!file_write_all(p->fd, p->buf, p->len)) {
		p->len = 0;
		return;
	}
	msg_die_errno("%s", p->fd == 1 ? "standard output" : "--report");
}

void print_text(struct print *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (sizeof p->buf - p->len < PRINT_ROOM)
		print_flush(p);
	va_start(ap, fmt);
	n = vsnprintf(p->buf + p->len, PRINT_ROOM, fmt, ap);
	va_end(ap);
	p->len += n < 0 ? 0 : n < PRINT_ROOM ? (size_t)n : PRINT_ROOM - 1;
}

void print_pair(struct print *p, const char *name, const char *value)
{
	if (!p->json)
		print_text(p, "%s %s\n", name, value);
	else
		print_text(p, "%s%s\"%s\": %s", p->n ? "," : "", p->line ? p->n ? " " : "" : "\n  ",
			   name, value);
	p->n++;
}

void print_number(struct print *p, const char *name, int64_t n)
{
	char value[24];

	if (n == FIELD_NONE && !p->json)
		return;
	(void)snprintf(value, sizeof value, "%" PRId64, n);
	print_pair(p, name,
		   n == FIELD_NONE  ? "null"
		   : n != FIELD_MAX ? value
		   : p->json	    ? "\"max\""
				    : "max");
}

void print_end(struct print *p)
{
	if (p->json)
		print_text(p, p->line ? "}\n" : "\n}\n");
	else if (p->line)
		print_text(p, "\n");
	print_flush(p);
}

/* ---- the groups of fields ---- */

/* What follows the device in a line that is about one and has this word; NULL: it is not there. */
static const char *io_value(const char *line, size_t len, const char *word)
{
	const char *at = memchr(line, ' ', len);

	if (!at || !memchr(line, ':', (size_t)(at - line)))
		return NULL;
	at = memmem(at, len - (size_t)(at - line), word, strlen(word));
	return at && at[-1] == ' ' ? at + strlen(word) : NULL;
}

static void print_io(struct fields *f, struct print *p, bool devices)
{
	for (size_t i = 0; i < COUNT(io_fields); i++) {
		const char *text = fields_file(f, "io.stat", false), *word = io_fields[i].v2;
		int64_t sum = 0, n;
		char name[64];
		bool there;

		if (!text) {
			text = fields_file(f, io_fields[i].v1, true);
			word = io_fields[i].word;
		}
		there = text || (f->v2 >= 0 && !faccessat(f->v2, "io.stat", F_OK, 0));
		for (const char *line = text, *end; line && *line; line = end + (*end == '\n')) {
			const char *value;

			end = strchrnul(line, '\n');
			value = io_value(line, (size_t)(end - line), word);
			n = value ? fields_parse(value) : FIELD_NONE;
			if (n == FIELD_NONE)
				continue;
			sum += n;
			(void)snprintf(name, sizeof name, "%s/%.*s", io_fields[i].name,
				       (int)strcspn(line, " "), line);
			if (devices)
				print_number(p, name, n);
		}
		print_number(p, io_fields[i].name, there ? sum : FIELD_NONE);
	}
}

/* Sizes as the kernel writes them: 64KB, 2MB, 1GB. */
static void print_hugetlb_size(struct fields *f, struct print *p, const char *size)
{
	char source[FIELDS_FILE], name[64];

	for (size_t i = 0; i < COUNT(hugetlb_fields); i++) {
		int64_t n = FIELD_NONE;

		for (int v1 = 0; v1 < 2 && n == FIELD_NONE; v1++) {
			(void)snprintf(source, sizeof source, "hugetlb.%s.%s", size,
				       v1 ? hugetlb_fields[i].v1 : hugetlb_fields[i].v2);
			n = fields_number(f, source, v1);
		}
		if (n == FIELD_NONE && !i)
			return; /* no such size */
		(void)snprintf(name, sizeof name, "hugetlb-%s-%s", size, hugetlb_fields[i].name);
		print_number(p, name, n);
	}
}

static void print_hugetlb(struct fields *f, struct print *p)
{
	char size[16];

	for (int shift = 14; shift < 36; shift++) {
		(void)snprintf(size, sizeof size, "%u%cB", 1U << (shift % 10), " KMG"[shift / 10]);
		print_hugetlb_size(f, p, size);
	}
}

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0": shares in %, the total in microseconds. */
static void print_psi(struct fields *f, struct print *p)
{
	static const char *const resources[] = {"cpu", "memory", "io"},
				 *const kinds[] = {"some", "full"},
				 *const words[] = {"avg10=", "avg60=", "avg300=", "total="};
	char source[FIELDS_FILE], name[64], value[24];

	for (size_t i = 0; i < COUNT(resources) * COUNT(kinds) * COUNT(words); i++) {
		const char *resource = resources[i / 8], *kind = kinds[i / 4 % 2],
			   *word = words[i % 4], *text, *at;
		size_t len;

		(void)snprintf(source, sizeof source, "%s.pressure", resource);
		text = fields_file(f, source, false);
		at = text ? strstr(text, kind) : NULL;
		at = at ? strstr(at, word) : NULL;
		(void)snprintf(name, sizeof name, "psi-%s-%s-%.*s%s", resource, kind,
			       (int)strcspn(word, "="), word, i % 4 == 3 ? "-us" : "");
		if (!at) {
			print_number(p, name, FIELD_NONE);
			continue;
		}
		at += strlen(word);
		len = strcspn(at, " \n");
		(void)snprintf(value, sizeof value, "%.*s", (int)len, at);
		print_pair(p, name, value);
	}
}

/* The text at *at, which goes on behind it. */
static const char *take(const char **at)
{
	const char *text = *at;

	*at += strlen(text) + 1;
	return text;
}

void fields_print(struct fields *f, struct print *p, bool report)
{
	fields_refresh(f);
	for (const char *at = fields; *at;) {
		struct field d = {.name = take(&at)};

		d.v2 = take(&at);
		d.v1 = take(&at);
		d.how = take(&at);
		if (!report || strchr(d.how, 'r'))
			print_number(p, d.name, field_value(f, &d));
	}
	print_io(f, p, !report);
	if (report)
		return;
	print_hugetlb(f, p);
	print_psi(f, p);
}
