/*
 * cgroup_limits.c - nscgroup's types and conversions, the reading of /proc/self/cgroup, mountinfo and
 * of a record: all on crafted texts.  Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cgroup.h"
#include "file.h"
#include "nscgroup/nscgroup.h"
#include "tap.h"

/* ---- types ---- */

static const struct origin origin = {.file = "argv", .dir = "/", .name = "web"};

/* print(parse(text)), "error: ..." when it is none; parse of that must give it again */
static char *round_trip(const struct type *t, const char *text)
{
	static const struct key key = {.name = "key"};
	_Alignas(16) char value[64], again[64];
	const char *phrase = t->parse(&key, text, &origin, value);
	char *first, *second;

	if (phrase)
		return file_text("error: %s", phrase);
	first = t->print(&key, value);
	phrase = t->parse(&key, first, &origin, again);
	if (phrase)
		return file_text("printed as %s: %s", first, phrase);
	second = t->print(&key, again);
	return strcmp(first, second) ? file_text("%s, then %s", first, second) : first;
}

static void cpu_max(const char *text, const char *wanted)
{
	is(round_trip(&type_cpu_max, text), wanted, file_text("cpu-max '%s'", text));
}

static void refused(const struct type *t, const char *text)
{
	char *got = round_trip(t, text);

	ok(!strncmp(got, "error: ", 7), "no %s: '%s'", t->name,
	   strchr(text, '\n') ? "(a newline)" : text);
	if (strncmp(got, "error: ", 7) != 0)
		printf("# got '%s'\n", got);
}

static void test_types(void)
{
	static const char *const no_cpu[] = {"",	"%",	    "50%%",
					     "50 %",	"-1",	    "999",
					     "50000 ",	"50000  1", "1000 0",
					     "max%",	"1000 999", "5000 1000001",
					     " 5000",	"0x10",	    "1.5%",
					     "max max", "0",	    "99999999999999999999",
					     "5000%1"};
	static const char *const no_group[] = {"",  "/",   "a//b", "a/", "..",	"a/../b",
					       ".", "a/.", "a\nb", "%x", "/..", "//a"};
	static const char *const no_count[] = {"", "-1", "1 ", "many", "4294967296", "1K"};
	char *long_part = file_alloc(300);

	cpu_max("50%", "50000 100000");
	cpu_max("1%", "1000 100000");
	cpu_max("250%", "250000 100000");
	cpu_max("20000", "20000 100000");
	cpu_max("20000 50000", "20000 50000");
	cpu_max("max", "max 100000");
	cpu_max("max 1000", "max 1000");
	for (size_t i = 0; i < sizeof no_cpu / sizeof *no_cpu; i++)
		refused(&type_cpu_max, no_cpu[i]);

	is(round_trip(&type_count, "100"), "100", "a count");
	is(round_trip(&type_count, "max"), "max", "no limit of a count");
	for (size_t i = 0; i < sizeof no_count / sizeof *no_count; i++)
		refused(&type_count, no_count[i]);

	is(round_trip(&type_group, "nskit/%n"), "nskit/web", "the name in a path");
	is(round_trip(&type_group, "/a/b.slice"), "/a/b.slice", "an absolute path");
	is(round_trip(&type_group, "100%%"), "100%%", "a path with a percent sign");
	is(round_trip(&type_group, "...a"), "...a", "a part that begins with dots");
	for (size_t i = 0; i < sizeof no_group / sizeof *no_group; i++)
		refused(&type_group, no_group[i]);
	memset(long_part, 'a', 256);
	refused(&type_group, long_part);
	long_part[255] = 0;
	is(round_trip(&type_group, long_part), long_part, "a part of 255 bytes");
	free(long_part);
}

/* ---- conversions ---- */

static const struct limit *limit(const char *file)
{
	const struct limit *l = limit_table;

	while (l->key && (!l->v1_file || strcmp(l->v1_file, file) != 0) &&
	       (!l->v2_file || strcmp(l->v2_file, file) != 0))
		l++;
	return l;
}

static void text(const struct cgroup_conf *c, const char *file, enum limit_state wanted_state,
		 const char *wanted)
{
	const struct limit *l = limit(file);
	bool v1 = l->v1_file && !strcmp(l->v1_file, file);
	char got[LIMIT_TEXT] = "";
	enum limit_state state = (v1 ? l->v1_text : l->v2_text)(c, NULL, got);

	ok(state == wanted_state, "%s: %s", file, wanted ? wanted : "not asked");
	if (state != wanted_state)
		printf("# expected state %d, got %d\n", wanted_state, state);
	if (wanted)
		is(got, wanted, file_text("the text of %s", file));
}

static const struct cgroup_conf unset = {.enable = -1,
					 .memory_max = SIZE_UNSET,
					 .memory_swap_max = SIZE_UNSET,
					 .cpu_weight = INT64_MIN,
					 .pids_max = SIZE_UNSET};

static void test_unset(void)
{
	for (const struct limit *l = limit_table; l->key; l++)
		ok(limit_asked(l, &unset) == LIMIT_UNSET, "%s is not asked", l->key);
}

static void test_memory(void)
{
	struct cgroup_conf c = unset;

	c.memory_max = 64 << 20;
	text(&c, "memory.limit_in_bytes", LIMIT_ASKED, "67108864");
	text(&c, "memory.max", LIMIT_ASKED, "67108864");
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_IMPLIED, "67108864");
	text(&c, "memory.swap.max", LIMIT_IMPLIED, "0");
	c.memory_swap_max = 1 << 20;
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_ASKED, "68157440");
	text(&c, "memory.swap.max", LIMIT_ASKED, "1048576");
	c.memory_swap_max = SIZE_NO_LIMIT;
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_ASKED, "-1");
	text(&c, "memory.swap.max", LIMIT_ASKED, "max");
	c.memory_swap_max = INT64_MAX;
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_ASKED, "-1");
	c.memory_max = SIZE_NO_LIMIT;
	c.memory_swap_max = SIZE_UNSET;
	text(&c, "memory.limit_in_bytes", LIMIT_ASKED, "-1");
	text(&c, "memory.max", LIMIT_ASKED, "max");
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_UNSET, NULL);
	c.memory_swap_max = 4096;
	text(&c, "memory.memsw.limit_in_bytes", LIMIT_WRONG, NULL);
}

static void test_cpu(void)
{
	struct cgroup_conf c = unset;

	c.cpu_max = (struct cpu_max){50000, 100000};
	text(&c, "cpu.cfs_quota_us", LIMIT_ASKED, "50000");
	text(&c, "cpu.cfs_period_us", LIMIT_ASKED, "100000");
	text(&c, "cpu.max", LIMIT_ASKED, "50000 100000");
	c.cpu_max.quota = CPU_MAX_NONE;
	text(&c, "cpu.cfs_quota_us", LIMIT_ASKED, "-1");
	text(&c, "cpu.max", LIMIT_ASKED, "max 100000");
	c.cpu_weight = 100;
	text(&c, "cpu.shares", LIMIT_ASKED, "1024");
	text(&c, "cpu.weight", LIMIT_ASKED, "100");
	c.pids_max = 7;
	text(&c, "pids.max", LIMIT_ASKED, "7");
	c.pids_max = SIZE_NO_LIMIT;
	text(&c, "pids.max", LIMIT_ASKED, "max");
}

/* the anchors of the formula, then values of it computed with real logarithms */
static void test_shares(void)
{
	static const struct {
		uint64_t weight, shares;
	} known[] = {{1, 2},	  {100, 1024},	 {10000, 262144}, {2, 5},
		     {10, 50},	  {39, 305},	 {50, 421},	  {200, 2452},
		     {500, 7603}, {1000, 17615}, {5000, 117921}};
	bool rises = true;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint64_t got = limit_shares(known[i].weight);

		ok(got == known[i].shares, "weight %d is %d shares", (int)known[i].weight,
		   (int)known[i].shares);
		if (got != known[i].shares)
			printf("# got %d\n", (int)got);
	}
	for (uint64_t w = 2; w <= 10000; w++)
		rises &= limit_shares(w) >= limit_shares(w - 1);
	ok(rises, "more weight is never fewer shares");
}

/* ---- detection ---- */

static char *own(const struct hierarchies *hs, const char *controller)
{
	const struct hierarchy *h = detect_find(hs, controller);

	return h ? h->own ? h->own : "(outside)" : NULL;
}

static void parse(struct hierarchies *hs, const char *cgroups, const char *mountinfo)
{
	*hs = (struct hierarchies){0};
	detect_parse(hs, file_dup(cgroups), file_dup(mountinfo));
}

static void test_v2(void)
{
	struct hierarchies hs;

	parse(&hs, "0::/user.slice/s.scope\n",
	      "24 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
	      "31 24 0:27 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n");
	ok(hs.n == 1, "v2 alone is one hierarchy");
	is(own(&hs, NULL), "/sys/fs/cgroup/user.slice/s.scope", "v2: the caller's own group");
	ok(!detect_find(&hs, "memory"), "v2 alone has no v1 controller");
	parse(&hs, "0::/\n", "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	is(own(&hs, NULL), "/sys/fs/cgroup", "v2: at the top");
	parse(&hs, "0::/../x\n", "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	is(own(&hs, NULL), "(outside)", "v2: outside the cgroup namespace");
	parse(&hs, "0::/\n", "31 24 0:27 /../.. /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	is(own(&hs, NULL), "(outside)", "v2: a mount of the host in a cgroup namespace");
	parse(&hs, "0::/\n", "");
	ok(hs.n == 0, "not mounted: none");
	parse(&hs, "", "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	ok(hs.n == 0, "a kernel without cgroups: none");
}

static void test_v1(void)
{
	static const char cgroups[] = "3:cpu,cpuacct:/docker/abc\n2:memory:/docker/abc/in:side\n"
				      "1:name=systemd:/docker/abc\n";
	struct hierarchies hs;

	parse(&hs, cgroups,
	      "40 30 0:30 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cg rw,cpu,cpuacct\n"
	      "41 30 0:31 /docker/abc /sys/fs/cgroup/memory ro master:1 shared:2 - cgroup cg "
	      "rw,memory\n"
	      "42 30 0:32 /docker/abc /sys/fs/cgroup/systemd ro - cgroup cg rw,name=systemd\n");
	ok(hs.n == 2, "v1: a named hierarchy does not count");
	is(own(&hs, "cpuacct"), "/sys/fs/cgroup/cpu,cpuacct", "v1: a mount of a part of it");
	is(own(&hs, "memory"), "/sys/fs/cgroup/memory/in:side", "v1: a colon in a path");
	ok(!detect_find(&hs, NULL), "v1 alone has no v2");
	ok(!detect_find(&hs, "cpuset") && !detect_find(&hs, "acct"), "names match whole");
	parse(&hs, "2:memory:/a\n", "41 30 0:31 /ab /m rw - cgroup cg rw,memory\n");
	is(own(&hs, "memory"), "(outside)", "v1: /a is not below /ab");
	parse(&hs, "2:memory:/b\n",
	      "41 30 0:31 /a /first rw - cgroup cg rw,memory\n"
	      "42 30 0:31 /b /second rw - cgroup cg rw,memory\n"
	      "43 30 0:31 / /third rw - cgroup cg rw,memory\n");
	is(own(&hs, "memory"), "/second", "v1: the first mount that shows the caller's group");
	parse(&hs, "2:memory:/\n", "41 30 0:31 / /a\\040b\\134 rw - cgroup cg rw,memory\n");
	is(own(&hs, "memory"), "/a b\\", "a mount point with a blank");
}

static void test_hybrid(void)
{
	struct hierarchies hs;

	parse(&hs, "8:pids:/\n4:memory:/job\n0::/u\n",
	      "junk\n\n31 23 0:28\n"
	      "35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	      "39 31 0:36 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n"
	      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
	ok(hs.n == 3, "hybrid: v1 and v2; lines that are none are left out");
	is(own(&hs, "memory"), "/sys/fs/cgroup/memory/job", "hybrid: v1");
	is(own(&hs, NULL), "/sys/fs/cgroup/unified/u", "hybrid: v2");
}

static void test_many(void)
{
	char *cgroups = file_dup(""), *mounts = file_dup("");
	struct hierarchies hs;

	for (int i = 1; i < 40; i++) {
		cgroups = file_text("%s%d:c%d:/\n", cgroups, i, i);
		mounts = file_text("%s9 9 0:9 / /c%d rw - cgroup c rw,c%d\n", mounts, i, i);
	}
	parse(&hs, cgroups, mounts);
	ok(hs.n == CGROUP_V1_MAX + 1, "more hierarchies than there is room for are left out");
}

/* ---- the record ---- */

static void bad_record(const char *text_of_it)
{
	struct cgroup_record r;

	errno = 0;
	ok(cgroup_record_parse(file_dup(text_of_it), &r) == -1 && errno == EBADMSG,
	   "no record: %zu bytes", strlen(text_of_it));
}

static void test_record(void)
{
	static const char lines[] = "v2 /sys/fs/cgroup/unified/nskit/web\n"
				    "v1 cpu,cpuacct /sys/fs/cgroup/cpu/nskit/web\n"
				    "v1 memory /m/a b\n";
	char *many = file_dup("");
	struct cgroup_record r;

	ok(!cgroup_record_parse(file_dup(lines), &r), "a record is read");
	is(r.v2, "/sys/fs/cgroup/unified/nskit/web", "its v2 path");
	ok(r.nv1 == 2 && !strcmp(r.v1[0].controllers, "cpu,cpuacct"), "its controllers");
	is(r.v1[1].path, "/m/a b", "a path with a blank");
	is(cgroup_record_text(&r), lines, "and written again");
	ok(!cgroup_record_parse(file_dup(""), &r) && !r.v2 && !r.nv1, "an empty record");
	for (int i = 0; i <= CGROUP_V1_MAX; i++)
		many = file_text("%sv1 c%d /c\n", many, i);
	bad_record(many);
	bad_record("v2 /a\nv2 /b\n");
	bad_record("v2 a\n");
	bad_record("v2 /a");
	bad_record("v2 /a/../b\n");
	bad_record("v2 /a/..\n");
	bad_record("v1 memory\n");
	bad_record("v1  /a\n");
	bad_record("v3 /a\n");
	bad_record("\n");
}

static void test_fields(void)
{
	static const char events[] =
		"low 0\noom 3\noom_kill 12\noom_kill_x 5\nhuge 99999999999999999999\n";

	ok(cgroup_field(events, "oom_kill") == 12, "a field");
	ok(cgroup_field(events, "oom") == 3, "a field whose name begins another");
	ok(cgroup_field(events, "kill") == -1, "a field that is not there");
	ok(cgroup_field(events, "huge") == -1, "a number that does not fit");
	ok(cgroup_field("", "low") == -1, "no fields");
	ok(cgroup_word("cpu,cpuacct", "cpuacct", ','), "a word of a list");
	ok(!cgroup_word("cpu,cpuacct", "cpua", ','), "the beginning of one");
	ok(cgroup_word("memory pids\n", "pids", ' '), "the last word of a line");
	ok(!cgroup_word("", "pids", ' '), "no words");
}

int main(void)
{
	test_types();
	test_unset();
	test_memory();
	test_cpu();
	test_shares();
	test_v2();
	test_v1();
	test_hybrid();
	test_many();
	test_record();
	test_fields();
	return tap_end();
}
