/*
 * devices.c - the rules of [devices]: their type; the program made of them, run by a small interpreter;
 * the v1 list made of them, judged as the kernel judges it.  Both against the meaning: of each access
 * the last rule that speaks of it decides.  Prints TAP.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "file.h"
#include "nscgroup/nscgroup.h"
#include "tap.h"

/* ---- the type ---- */

static const struct key allow = {.name = "allow" HELP("")}, deny = {.name = "deny" HELP("")};

static char *round_trip(const char *text)
{
	struct device_rule r, again;
	const char *phrase = type_device_rule.parse(&allow, text, NULL, &r);
	char *first;

	if (phrase)
		return file_text("error: %s", phrase);
	first = type_device_rule.print(&allow, &r);
	phrase = type_device_rule.parse(&allow, first, NULL, &again);
	if (phrase)
		return file_text("printed as %s: %s", first, phrase);
	ok(!strcmp(first, type_device_rule.print(&allow, &again)), "print of print is the same: %s",
	   first);
	return first;
}

static void test_type(void)
{
	static const char *const good[][2] = {
		{"c 1:3 rwm", "c 1:3 rwm"},
		{"b 8:* r", "b 8:* r"},
		{"a", "a *:* rwm"},
		{"c *:* m", "c *:* m"},
		{"c", "c *:* rwm"},
		{"b 8:1", "b 8:1 rwm"},
		{"c 1:3 mwr", "c 1:3 rwm"},
		{"/dev/fuse rw", "/dev/fuse rw"},
		{"/dev/fuse", "/dev/fuse rwm"},
		{"'/dev/a b' r", "'/dev/a b' r"},
		{"c 4095:1048575 w", "c 4095:1048575 w"},
	};
	static const char *const bad[] = {
		"",
		"d 1:3 r",
		"c 1 3 r",
		"c 1:3 x",
		"c 1:3 rr",
		"c 1:3 ''",
		"c 1:3 r w",
		"c :3 r",
		"c 4096:0 r",
		"c 1:1048576 r",
		"ab 1:3 r",
		"dev/null r",
		"c -1:3 r",
		"c 1: r",
		"c *1:3 r",
		"/dev/null q",
		"/dev/null r w",
	};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		is(round_trip(good[i][0]), good[i][1], file_text("rule '%s'", good[i][0]));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!strncmp(round_trip(bad[i]), "error: ", 7), "no rule: '%s'", bad[i]);
}

/* ---- what the rules mean ---- */

static bool speaks(const struct device *d, char type, uint32_t major, uint32_t minor)
{
	return (d->type == 'a' || d->type == type) &&
	       (d->major == DEVICE_ANY || d->major == major) &&
	       (d->minor == DEVICE_ANY || d->minor == minor);
}

static bool meant(const struct devices *all, char type, uint32_t major, uint32_t minor, int access)
{
	for (int bit = 1; bit <= DEVICE_WRITE; bit *= 2) {
		bool allowed = all->base;

		for (size_t i = 0; i < all->n; i++)
			if (all->d[i].access & bit && speaks(&all->d[i], type, major, minor))
				allowed = all->d[i].allow;
		if (access & bit && !allowed)
			return false;
	}
	return true;
}

/* ---- an interpreter for what bpf.c emits; -1: what is none of that ---- */

static int64_t operand(const struct bpf_insn *i, const uint64_t *r)
{
	return BPF_SRC(i->code) == BPF_X ? (int64_t)r[i->src_reg] : i->imm;
}

static bool jumps(const struct bpf_insn *i, const uint64_t *r)
{
	uint64_t a = r[i->dst_reg], b = (uint64_t)operand(i, r);

	return BPF_OP(i->code) == BPF_JA || (BPF_OP(i->code) == BPF_JNE && a != b) ||
	       (BPF_OP(i->code) == BPF_JSET && a & b);
}

static bool step(const struct bpf_insn *i, uint64_t *r, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t value = (uint64_t)operand(i, r);
	uint32_t word;

	switch (i->code) {
	case BPF_LDX | BPF_MEM | BPF_W:
		if (i->src_reg != 1 || i->off < 0 || (size_t)i->off > sizeof *ctx - sizeof word)
			return false;
		memcpy(&word, (const char *)ctx + i->off, sizeof word);
		r[i->dst_reg] = word;
		return true;
	case BPF_ALU64 | BPF_MOV | BPF_K:
		r[i->dst_reg] = value;
		return true;
	case BPF_ALU64 | BPF_AND | BPF_K:
		r[i->dst_reg] &= value;
		return true;
	case BPF_ALU64 | BPF_RSH | BPF_K:
		r[i->dst_reg] >>= value;
		return true;
	default:
		return false;
	}
}

static int interpret(const struct bpf_insn *p, size_t n, const struct bpf_cgroup_dev_ctx *ctx)
{
	uint64_t r[11] = {0};

	for (size_t at = 0; at < n; at++) {
		if (p[at].code == (BPF_JMP | BPF_EXIT))
			return (int)r[0];
		if (BPF_CLASS(p[at].code) == BPF_JMP) {
			if (p[at].off < 0)
				return -1;
			at += jumps(&p[at], r) ? (size_t)p[at].off : 0;
		} else if (!step(&p[at], r, ctx)) {
			return -1;
		}
	}
	return -1; /* it ran over the end */
}

static int filtered(const struct bpf_insn *p, size_t n, char type, uint32_t major, uint32_t minor,
		    int access)
{
	uint32_t kind = type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK;
	struct bpf_cgroup_dev_ctx ctx = {(uint32_t)access << 16 | kind, major, minor};

	return interpret(p, n, &ctx);
}

/* ---- v1: as the kernel judges an access by a list ---- */

static bool listed(const struct devices *list, char type, uint32_t major, uint32_t minor,
		   int access)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct device *e = &list->d[i];

		if (!e->access || !speaks(e, type, major, minor))
			continue;
		if (list->base ? access & e->access : !(access & ~e->access))
			return !list->base;
	}
	return list->base;
}

/* ---- all accesses to some devices ---- */

static const uint32_t majors[] = {1, 2, 5, 136}, minors[] = {0, 1, 3, 700000};

/* The number of accesses on which the two differ; listed_too: the v1 list is asked as well. */
static int differ(const struct devices *all, const struct devices *list)
{
	size_t n;
	struct bpf_insn *p = bpf_program(all, &n);
	int wrong = 0;

	for (int i = 0; i < 2 * 4 * 4 * 7; i++) {
		char type = "cb"[i & 1];
		uint32_t major = majors[i / 2 % 4], minor = minors[i / 8 % 4];
		int access = 1 + i / 32;
		bool want = meant(all, type, major, minor, access);

		wrong += filtered(p, n, type, major, minor, access) != want;
		wrong += list && listed(list, type, major, minor, access) != want;
	}
	free(p);
	return wrong;
}

static struct devices rules(const char *const *text, bool base)
{
	struct devices all = {.base = base};

	for (; *text; text++) {
		struct device_rule r;
		bool no = **text == '-';

		if (type_device_rule.parse(no ? &deny : &allow, *text + no, NULL, &r))
			abort();
		all.d = file_room(all.d, all.n, sizeof *all.d);
		all.d[all.n++] = r.device;
	}
	return all;
}

static void told(bool base, const char *verdict, const char *const *text)
{
	struct devices all = rules(text, base), list = {.base = base};
	const char *phrase = devices_list(&all, &list);

	ok(!differ(&all, phrase ? NULL : &list), "%s first: %s", base ? "all" : "nothing", *text);
	is(phrase, verdict, "  as a v1 list");
}

#define TOLD(base, verdict, ...) told(base, verdict, (const char *const[]){__VA_ARGS__, NULL})

static void test_some(void)
{
	TOLD(false, NULL, "c 1:3 rwm");
	TOLD(false, NULL, "a *:* m", "c 1:3 rwm", "c 136:* rwm");
	TOLD(false, NULL, "a");
	TOLD(false, NULL, "a", "-b 1:* w", "-c 1:3 r");
	TOLD(false, NULL, "c 1:3 rwm", "-c 1:3 w", "c 1:3 w");
	TOLD(false, NULL, "c 1:3 rwm", "-a", "c 5:0 r");
	TOLD(false, NULL, "c 1:* r", "c 1:3 w", "c *:3 m");
	TOLD(false, NULL, "c 1:* r", "c *:3 w", "-c *:3 w");
	TOLD(true, NULL, "-c 1:3 rwm");
	TOLD(true, NULL, "-c 1:* r", "-c *:3 w", "c 1:* r");
	TOLD(true, NULL, "-a", "c 1:3 r");
	TOLD(false, "[devices] deny: cgroup v1 cannot take c 1:3 w out of c 1:* rw", "c 1:* rw",
	     "-c 1:3 w");
	TOLD(false, "[devices] deny: cgroup v1 cannot take b 8:1 m out of b *:* m", "a *:* m",
	     "-b 8:1 rwm");
	TOLD(true, "[devices] allow: cgroup v1 cannot take c 1:3 r out of c 1:* rwm", "-c 1:* rwm",
	     "c 1:3 r");
}

/* The same in every run. */
static uint32_t draw(uint32_t below)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return (state >> 16) % below;
}

static uint32_t some(const uint32_t *from)
{
	uint32_t i = draw(6);

	return i < 4 ? from[i] : DEVICE_ANY;
}

static void test_random(void)
{
	int wrong = 0, lists = 0;

	for (int round = 0; round < 3000; round++) {
		struct devices all = {.base = round & 1}, list = {.base = round & 1};
		struct device d[8];

		all.d = d;
		all.n = draw(8);
		for (size_t i = 0; i < all.n; i++)
			d[i] = (struct device){draw(2), "abc"[draw(3)], (uint8_t)(1 + draw(7)),
					       some(majors), some(minors)};
		if (devices_list(&all, &list)) {
			wrong += differ(&all, NULL);
		} else {
			wrong += differ(&all, &list);
			lists++;
		}
	}
	ok(!wrong, "program and list give the meaning of random rules (%d accesses differ)", wrong);
	ok(lists > 300, "many random rules can be lists: %d of 3000", lists);
}

/* ---- the configuration ---- */

static void test_conf(void)
{
	struct cgroup_conf c = {.devices.defaults = -1};
	struct device_rule r[2];
	struct devices all;

	devices_read(&c, &all);
	ok(all.state == DEVICES_UNSET && !all.n, "without a file no rule");
	c.devices.defaults = 1;
	devices_read(&c, &all);
	ok(all.state == DEVICES_IMPLIED && !all.base, "a file implies rules");
	ok(meant(&all, 'c', 1, 3, DEVICE_RWM) && meant(&all, 'c', 5, 2, DEVICE_RWM) &&
		   meant(&all, 'c', 136, 700000, DEVICE_RWM),
	   "null, ptmx and terminals are allowed");
	ok(meant(&all, 'b', 8, 0, DEVICE_MKNOD) && !meant(&all, 'b', 8, 0, DEVICE_READ) &&
		   !meant(&all, 'c', 1, 11, DEVICE_READ),
	   "mknod of any, but no use of a disk and of kmsg");
	ok(!differ(&all, NULL), "the program says the same");
	(void)type_device_rule.parse(&deny, "/dev/null w", NULL, &r[0]);
	(void)type_device_rule.parse(&allow, "/dev/null", NULL, &r[1]);
	c.device_rules = (struct list){r, 1};
	devices_read(&c, &all);
	ok(all.state == DEVICES_ASKED && !meant(&all, 'c', 1, 3, DEVICE_WRITE),
	   "a path is its numbers");
	c.device_rules.n = 2;
	devices_read(&c, &all);
	ok(meant(&all, 'c', 1, 3, DEVICE_WRITE), "the last rule wins");
	c.devices.defaults = 0;
	c.device_rules.n = 1;
	devices_read(&c, &all);
	ok(all.base, "what alone is refused leaves the rest allowed");
	c.device_rules.n = 2;
	devices_read(&c, &all);
	ok(!all.base, "what is allowed leaves the rest refused");
}

/* ---- the kernel's verifier ---- */

static void test_kernel(void)
{
	static const uint8_t access[] = {DEVICE_RWM, DEVICE_READ, DEVICE_WRITE | DEVICE_MKNOD};
	struct devices all = {0};
	struct device any = {true, 'a', DEVICE_RWM, DEVICE_ANY, DEVICE_ANY};
	int fd;

	if (geteuid() != 0 || bpf_load(&all) < 0) {
		ok(true, "the kernel's verifier # SKIP no right to load a program");
		return;
	}
	for (uint32_t i = 0; i < 200; i++) {
		struct device d = {i % 5 != 0, "abc"[i % 3], access[i % 3],
				   i % 7 ? i % 20 : DEVICE_ANY, i % 4 ? i : DEVICE_ANY};

		all.d = file_room(all.d, all.n, sizeof *all.d);
		all.d[all.n++] = d;
	}
	fd = bpf_load(&all);
	ok(fd >= 0, "the kernel takes 200 rules");
	all = (struct devices){&any, 1, false, DEVICES_ASKED};
	ok(bpf_load(&all) >= 0, "the kernel takes one that is all");
}

int main(void)
{
	test_type();
	test_some();
	test_random();
	test_conf();
	test_kernel();
	return tap_end();
}
