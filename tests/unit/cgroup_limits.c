/*
 * cgroup_limits.c - nscgroup's types and conversions, the reading of /proc/self/cgroup, mountinfo and
 * of a record: all on crafted texts.  Prints TAP.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "applets.h"
#include "cgroup.h"
#include "file.h"
#include "nscgroup/nscgroup.h"
#include "tap.h"

/* ---- types ---- */

static const struct origin origin = {.file = "argv", .dir = "/", .name = "web"};

/* print(parse(text)), "error: ..." when it is none; parse of that must give it again */
static char *round_trip(const struct type *t, const char *text)
{
	static const struct key key = {.name = "key" HELP("")};
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

static void test_lists(void)
{
	static const char *const no_cpus[] = {"",   ",",   "0,",   "a",	     "3-1",  "1-",
					      "-1", "0 1", "8192", "0-8192", "0--1", "1-2-3"};
	static const char *const no_named[] = {"",    ":5",    "a",	"a:",	"a:-1",
					       "a:x", "a/b:5", "a b:5", "a:5 ", "a:1e3"};
	static const char *const no_raw[] = {"",
					     "=1",
					     "cpu.shares",
					     "cpu.shares=",
					     "tasks=0",
					     "cgroup.procs=0",
					     "cgroup.kill=1",
					     "cgroup.freeze=1",
					     "cgroup.type=threaded",
					     "../cpu.shares=1",
					     "a/cpu.shares=1",
					     "release_agent=x",
					     "freezer.state=FROZEN",
					     ".cpu=1",
					     "cpu shares.=1",
					     "cgroup.subtree_control=+cpu"};
	static const char *const no_class[] = {"",    ":",     "1:", ":1",	  "10000:1",
					       "1:g", "1:1:1", "-1", "4294967296"};

	is(round_trip(&type_cpus, "3"), "3", "one processor");
	is(round_trip(&type_cpus, "1,0"), "0-1", "processors as the kernel shows them");
	is(round_trip(&type_cpus, "8,0-2,2-3,007,5"), "0-3,5,7-8", "ranges that overlap");
	is(round_trip(&type_cpus, "8190-8191"), "8190-8191", "the last processors");
	for (size_t i = 0; i < sizeof no_cpus / sizeof *no_cpus; i++)
		refused(&type_cpus, no_cpus[i]);
	is(round_trip(&type_named, "2MB:64M"), "2MB:64M", "a limit with a name");
	is(round_trip(&type_named, "sev:max"), "sev:max", "no limit with a name");
	for (size_t i = 0; i < sizeof no_named / sizeof *no_named; i++)
		refused(&type_named, no_named[i]);
	is(round_trip(&type_raw, "cpu.uclamp.min=20"), "cpu.uclamp.min=20", "a file");
	is(round_trip(&type_raw, "io.max=7:0 rbps=1"), "io.max=7:0 rbps=1", "a value with =");
	is(round_trip(&type_raw, "cgroup.max.depth=3"), "cgroup.max.depth=3", "a file of the core");
	for (size_t i = 0; i < sizeof no_raw / sizeof *no_raw; i++)
		refused(&type_raw, no_raw[i]);
	is(round_trip(&type_class, "10:1"), "10:1", "a class as tc writes it");
	is(round_trip(&type_class, "ffff:ffff"), "ffff:ffff", "the last class");
	is(round_trip(&type_class, "1048577"), "10:1", "a class as the kernel shows it");
	for (size_t i = 0; i < sizeof no_class / sizeof *no_class; i++)
		refused(&type_class, no_class[i]);
}

/* print(parse(text)) of DEVICE WORD=N... */
static char *quotas(const char *text_of_it)
{
	static const struct key key = {.name = "io-max" WORDS("rbps|riops") ARG("DISK") HELP("")};
	const char *phrase;
	char **out;

	phrase = type_quotas.parse(&key, text_of_it, &origin, &out);
	return phrase ? file_text("error: %s", phrase) : type_quotas.print(&key, &out);
}

static void test_quotas(void)
{
	is(quotas("/dev/sda rbps=1M riops=max"), "/dev/sda rbps=1048576 riops=max",
	   "bytes a second");
	is(quotas("\"/dev/a b\" riops=5"), "'/dev/a b' riops=5", "a path with a blank");
	is(quotas("/dev/sda"), "error: '/dev/sda' is not DISK", "no word");
	is(quotas(""), "error: '' is not DISK", "nothing");
	is(quotas("8:0 rbps"), "error: 'rbps' is not WORD=LIMIT", "a word without a limit");
	is(quotas("8:0 wbps=5"), "error: 'wbps' is no limit here", "another word");
	is(quotas("8:0 rbps=0"), "error: 'rbps=0': no limit is max", "nothing a second");
	is(quotas("8:0 riops=1K"), "error: '1K' is not a number up to 2147483647, or max",
	   "operations have no unit");
	is(quotas("8:0 rbps=fast"), "error: 'fast' is not a size: digits and K, M, G or T, or max",
	   "no number");
}

/* ---- conversions ---- */

static const struct hierarchy v1 = {.controllers = "memory,cpu,cpuset,pids,blkio,hugetlb,net_cls,"
						   "net_prio,rdma,misc"};
static const struct hierarchy v2 = {.controllers = ""};

enum state { UNSET, IMPLIED, ASKED };

/* What is written into a file; a keyed one of v1 and one of v2 have different names here. */
static void text_in(const struct hierarchy *h, const struct cgroup_conf *c, const char *file,
		    enum state wanted_state, const char *wanted)
{
	struct cgroup g = {.h = h,
			   .controllers = "memory,cpu,cpuset,pids,io,blkio,hugetlb,net_cls,"
					  "net_prio,rdma,misc"};
	enum state state = UNSET;
	struct limit_texts ts = {0};
	const char *got = NULL;

	if (limit_collect(&g, c, &ts))
		ts.n = 0;
	for (size_t i = 0; i < ts.n; i++) {
		if (strcmp(ts.v[i].file, file) != 0)
			continue;
		state = ts.v[i].implied ? IMPLIED : ASKED;
		got = ts.v[i].text;
	}
	ok(state == wanted_state, "%s: %s", file, wanted ? wanted : "not asked");
	if (wanted)
		is(got, wanted, file_text("the text of %s", file));
}

static void text(const struct cgroup_conf *c, const char *file, enum state state,
		 const char *wanted)
{
	static const char *const v1_files[] = {"memory.limit_in_bytes",
					       "memory.memsw.limit_in_bytes",
					       "memory.soft_limit_in_bytes",
					       "memory.swappiness",
					       "memory.oom_control",
					       "cpu.cfs_quota_us",
					       "cpu.cfs_period_us",
					       "cpu.cfs_burst_us",
					       "cpu.rt_runtime_us",
					       "cpu.shares",
					       "hugetlb.2MB.limit_in_bytes",
					       "hugetlb.2MB.rsvd.limit_in_bytes",
					       "blkio.bfq.weight",
					       "blkio.throttle.read_bps_device",
					       "blkio.throttle.write_iops_device",
					       "net_cls.classid",
					       "net_prio.ifpriomap"};
	bool is_v1 = false;

	for (size_t i = 0; i < sizeof v1_files / sizeof *v1_files; i++)
		is_v1 |= !strcmp(file, v1_files[i]);
	text_in(is_v1 ? &v1 : &v2, c, file, state, wanted);
}

static struct cgroup_conf unset;

static const char *asked(void *arg, const struct limit *l, const void *value)
{
	(void)arg, (void)value;
	return l->key;
}

/* Every key as when it is not given. */
static void test_unset(void)
{
	const struct group *g = nscgroup_applet.groups;

	while (!g->section || strcmp(g->section, "cgroup") != 0)
		g++; /* there is one */
	for (const struct key *k = g->keys; !key_last(k); k++)
		if (!(k->flags & KEY_LIST))
			key_unset(k->type, (char *)&unset + k->offset);
	is(limit_each(&unset, asked, NULL), NULL, "nothing is asked");
}

static void test_memory(void)
{
	struct cgroup_conf c = unset;

	c.memory_max = 64 << 20;
	text(&c, "memory.limit_in_bytes", ASKED, "67108864");
	text(&c, "memory.max", ASKED, "67108864");
	text(&c, "memory.memsw.limit_in_bytes", IMPLIED, "67108864");
	text(&c, "memory.swap.max", IMPLIED, "0");
	c.memory_swap_max = 1 << 20;
	text(&c, "memory.memsw.limit_in_bytes", ASKED, "68157440");
	text(&c, "memory.swap.max", ASKED, "1048576");
	c.memory_swap_max = SIZE_NO_LIMIT;
	text(&c, "memory.memsw.limit_in_bytes", ASKED, "-1");
	text(&c, "memory.swap.max", ASKED, "max");
	c.memory_swap_max = INT64_MAX;
	text(&c, "memory.memsw.limit_in_bytes", ASKED, "-1");
	c.memory_max = SIZE_NO_LIMIT;
	c.memory_swap_max = SIZE_UNSET;
	text(&c, "memory.limit_in_bytes", ASKED, "-1");
	text(&c, "memory.max", ASKED, "max");
	text(&c, "memory.memsw.limit_in_bytes", UNSET, NULL);
	text(&c, "memory.swap.max", UNSET, NULL);
	c.memory_swap_max = 4096;
	text(&c, "memory.memsw.limit_in_bytes", UNSET, NULL); /* it needs memory-max */
	text(&c, "memory.swap.max", ASKED, "4096");
}

static void test_protection(void)
{
	struct cgroup_conf c = unset;

	c.memory_low = 1 << 20;
	text(&c, "memory.soft_limit_in_bytes", ASKED, "1048576");
	text(&c, "memory.low", ASKED, "1048576");
	c.memory_low = SIZE_UNSET;
	c.memory_reservation = c.memory_min = c.memory_high = SIZE_NO_LIMIT;
	text(&c, "memory.soft_limit_in_bytes", ASKED, "-1");
	text(&c, "memory.low", ASKED, "max");
	text(&c, "memory.min", ASKED, "max");
	text(&c, "memory.high", ASKED, "max");
	c.swappiness = 0;
	text(&c, "memory.swappiness", ASKED, "0");
	c.oom_kill_disable = c.oom_group = 1;
	text(&c, "memory.oom_control", ASKED, "1");
	text(&c, "memory.oom.group", ASKED, "1");
}

static void test_cpu(void)
{
	struct cgroup_conf c = unset;

	c.cpu_max = (struct cpu_max){50000, 100000};
	text(&c, "cpu.cfs_quota_us", ASKED, "50000");
	text(&c, "cpu.cfs_period_us", ASKED, "100000");
	text(&c, "cpu.max", ASKED, "50000 100000");
	c.cpu_max.quota = CPU_MAX_NONE;
	text(&c, "cpu.cfs_quota_us", ASKED, "-1");
	text(&c, "cpu.max", ASKED, "max 100000");
	c.cpu_burst = 0;
	text(&c, "cpu.cfs_burst_us", ASKED, "0");
	text(&c, "cpu.max.burst", ASKED, "0");
	c.cpu_rt_runtime = 950000;
	text(&c, "cpu.rt_runtime_us", ASKED, "950000");
	c.cpu_weight = 100;
	text(&c, "cpu.shares", ASKED, "1024");
	text(&c, "cpu.weight", ASKED, "100");
	c.cpu_weight = INT64_MIN;
	c.cpu_shares = 262144;
	text(&c, "cpu.shares", ASKED, "262144");
	text(&c, "cpu.weight", ASKED, "10000");
	c.cpuset_partition = 2;
	text(&c, "cpuset.cpus.partition", ASKED, "isolated");
	c.pids_max = 7;
	text_in(&v1, &c, "pids.max", ASKED, "7");
	c.pids_max = SIZE_NO_LIMIT;
	text_in(&v1, &c, "pids.max", ASKED, "max");
	text_in(&v2, &c, "pids.max", ASKED, "max");
}

static void test_io(void)
{
	char *line[] = {"7:3", "rbps=1048576", "wiops=max", NULL}, **lines[] = {line};
	char *target[] = {"7:3", "target=10", NULL}, **targets[] = {target};
	struct cgroup_conf c = unset;

	c.io_weight = 10000;
	text(&c, "blkio.bfq.weight", ASKED, "1000");
	text(&c, "io.weight", ASKED, "10000");
	c.io_max = (struct list){lines, 1};
	text(&c, "io.max", ASKED, "7:3 rbps=1048576 wiops=max");
	text(&c, "blkio.throttle.read_bps_device", ASKED, "7:3 1048576");
	text(&c, "blkio.throttle.write_iops_device", ASKED, "7:3 0");
	c.io_latency = (struct list){targets, 1};
	text(&c, "io.latency", ASKED, "7:3 target=10");
	line[0] = "7";
	text(&c, "io.max", UNSET, NULL);
	line[0] = "7:";
	text(&c, "io.max", UNSET, NULL);
	line[0] = "7:3x";
	text(&c, "io.max", UNSET, NULL);
	line[0] = "/dev/null";
	text(&c, "io.max", UNSET, NULL);
}

static void test_named(void)
{
	char *pages[] = {"2M:4M", "2MB:max"}, *sev[] = {"sev:3"}, *eth[] = {"eth0:5"};
	char *adapter[] = {"mlx4_0", "hca_handle=2", "hca_object=max", NULL}, **lines[] = {adapter};
	char *raw[] = {"cpu.uclamp.min=20"};
	struct cgroup_conf c = unset;

	c.hugetlb = (struct list){pages, 1};
	text(&c, "hugetlb.2MB.max", ASKED, "4194304");
	text(&c, "hugetlb.2MB.rsvd.max", IMPLIED, "4194304");
	c.hugetlb.n = 2;
	text(&c, "hugetlb.2MB.max", ASKED, "max");
	text(&c, "hugetlb.2MB.limit_in_bytes", ASKED, "-1");
	text(&c, "hugetlb.2MB.rsvd.limit_in_bytes", IMPLIED, "-1");
	c.misc = (struct list){sev, 1};
	text(&c, "misc.max", ASKED, "sev 3");
	c.net_prio = (struct list){eth, 1};
	text(&c, "net_prio.ifpriomap", ASKED, "eth0 5");
	c.net_classid = 0x100001;
	text(&c, "net_cls.classid", ASKED, "1048577");
	c.rdma = (struct list){lines, 1};
	text(&c, "rdma.max", ASKED, "mlx4_0 hca_handle=2 hca_object=max");
	text_in(&v1, &c, "rdma.max", ASKED, "mlx4_0 hca_handle=2 hca_object=max");
	c.set = (struct list){raw, 1};
	text(&c, "cpu.uclamp.min", ASKED, "20");
}

/* the anchors of the formula, then values of it computed with real logarithms */
static void test_shares(void)
{
	static const struct {
		uint64_t weight, shares;
	} known[] = {{1, 2},	  {100, 1024},	 {10000, 262144}, {2, 5},
		     {10, 50},	  {39, 305},	 {50, 421},	  {200, 2452},
		     {500, 7603}, {1000, 17615}, {5000, 117921}};
	bool rises = true, back = true;

	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		uint64_t got = weight_to_shares(known[i].weight);

		ok(got == known[i].shares, "weight %d is %d shares", (int)known[i].weight,
		   (int)known[i].shares);
		if (got != known[i].shares)
			printf("# got %d\n", (int)got);
	}
	for (uint64_t w = 1; w <= 10000; w++) {
		rises &= w == 1 || weight_to_shares(w) >= weight_to_shares(w - 1);
		back &= weight_of_shares(weight_to_shares(w)) == w;
	}
	ok(rises, "more weight is never fewer shares");
	ok(back, "a weight's shares are that weight");
	ok(weight_of_shares(2) == 1 && weight_of_shares(1024) == 100 &&
		   weight_of_shares(262144) == 10000,
	   "the anchors, back");
	ok(weight_of_shares(0) == 1 && weight_of_shares(1) == 1 &&
		   weight_of_shares(1 << 20) == 10000,
	   "shares out of range are the nearest weight");
	ok(weight_of_shares(512) == 58 && weight_of_shares(2048) == 173, "half and double shares");
}

static void test_bfq(void)
{
	ok(weight_to_bfq(1) == 10, "the least weight");
	ok(weight_to_bfq(10000) == 1000, "the most");
	ok(weight_to_bfq(100) == 20 && weight_to_bfq(4950) == 500, "between, to the nearest");
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
	parse(&hs, "21072::/\n0::/u\n", "31 24 0:27 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
	ok(hs.n == 1, "a v1 hierarchy that vanishes is none");
	is(hs.h[0].own, "/sys/fs/cgroup/u", "and is not taken for v2");
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
	ok(!cgroup_record_parse(file_dup("delegate\nv2 /a\n"), &r) && r.delegate,
	   "a delegated group");
	is(cgroup_record_text(&r), "v2 /a\ndelegate\n", "and written again");
	for (int i = 0; i <= CGROUP_V1_MAX; i++)
		many = file_text("%sv1 c%d /c\n", many, i);
	bad_record(many);
	bad_record("v2 /a\nv2 /b\n");
	bad_record("v2 a\n");
	bad_record("delegated\n");
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
	test_lists();
	test_quotas();
	test_unset();
	test_memory();
	test_protection();
	test_cpu();
	test_io();
	test_named();
	test_shares();
	test_bfq();
	test_v2();
	test_v1();
	test_hybrid();
	test_many();
	test_record();
	test_fields();
	return tap_end();
}
