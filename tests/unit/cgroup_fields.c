/*
 * cgroup_fields.c - what nscgroup stat and its report make of the kernel's files, in each mode: crafted
 * files in directories that stand for groups.  Prints TAP.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "nscgroup/fields.h"
#include "tap.h"

static char root[] = "/tmp/cgroup_fields.XXXXXX";

/* A directory with files: pairs of a name and a text, ended by NULL. */
static char *group(const char *name, const char *const files[])
{
	char *dir = file_text("%s/%s", root, name);

	(void)mkdir(dir, 0700);
	for (; *files; files += 2) {
		char *path = file_text("%s/%s", dir, files[0]);
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

		if (fd < 0 || file_write_all(fd, files[1], strlen(files[1])))
			abort();
		(void)close(fd);
	}
	return dir;
}

/* All that is printed for a record. */
static char *printed(const struct cgroup_record *r, bool json, bool line, bool report)
{
	static struct fields f;
	static struct print p;
	int fds[2];
	size_t len;

	if (pipe(fds) || fields_open(&f, r))
		abort();
	p = (struct print){.fd = fds[1], .json = json, .line = line};
	print_begin(&p);
	fields_print(&f, &p, report);
	print_end(&p);
	(void)close(fds[1]);
	return file_slurp_fd(fds[0], 1 << 20, &len);
}

/* The value of a field in the text, "" without one. */
static char *value(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, len) && line[len] == ' ')
			return file_text("%.*s", (int)strcspn(line + len + 1, "\n"),
					 line + len + 1);
	}
	return file_dup("");
}

static void values(const char *mode, const char *text, const char *const wanted[])
{
	for (; *wanted; wanted += 2)
		is(value(text, wanted[0]), wanted[1], file_text("%s: %s", mode, wanted[0]));
}

/* NOLINTBEGIN(bugprone-suspicious-missing-comma): texts of several lines */
static const char *const v2_files[] = {
	"cgroup.procs",
	"",
	"cgroup.events",
	"populated 1\nfrozen 0\n",
	"cpu.stat",
	"usage_usec 3000\nuser_usec 1000\nsystem_usec 2000\nnr_periods 7\n"
	"nr_throttled 5\nthrottled_usec 60\nnr_bursts 4\nburst_usec 9\n",
	"memory.current",
	"4096\n",
	"memory.peak",
	"8192\n",
	"memory.max",
	"max\n",
	"memory.stat",
	"anon 11\nfile 12\nkernel 13\nshmem 14\npgfault 15\npgmajfault 16\n",
	"memory.swap.current",
	"17\n",
	"memory.swap.peak",
	"18\n",
	"memory.swap.max",
	"19\n",
	"memory.events",
	"low 1\nhigh 2\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n",
	"pids.current",
	"2\n",
	"pids.peak",
	"3\n",
	"pids.max",
	"4\n",
	"pids.events",
	"max 21\n",
	"io.stat",
	"8:0 rbytes=100 wbytes=200 rios=1 wios=2 dbytes=0 dios=0\n"
	"7:0 \n"
	"253:1 rbytes=10 wbytes=20 rios=3 wios=4 dbytes=0 dios=0\n",
	"hugetlb.2MB.current",
	"2097152\n",
	"hugetlb.2MB.max",
	"max\n",
	"hugetlb.2MB.events",
	"max 8\n",
	"memory.pressure",
	"some avg10=1.25 avg60=0.50 avg300=0.00 total=77\n"
	"full avg10=0.75 avg60=0.00 avg300=0.00 total=66\n",
	NULL,
};

static void test_v2(void)
{
	static const char *const wanted[] = {"cpu-usage-us",
					     "3000",
					     "cpu-user-us",
					     "1000",
					     "cpu-system-us",
					     "2000",
					     "cpu-periods",
					     "7",
					     "cpu-throttled",
					     "5",
					     "cpu-throttled-us",
					     "60",
					     "cpu-bursts",
					     "4",
					     "cpu-burst-us",
					     "9",
					     "memory-usage",
					     "4096",
					     "memory-peak",
					     "8192",
					     "memory-max",
					     "max",
					     "memory-anon",
					     "11",
					     "memory-file",
					     "12",
					     "memory-kernel",
					     "13",
					     "memory-shmem",
					     "14",
					     "memory-faults",
					     "15",
					     "memory-major-faults",
					     "16",
					     "memory-swap",
					     "17",
					     "memory-swap-peak",
					     "18",
					     "memory-swap-max",
					     "19",
					     "memory-lows",
					     "1",
					     "memory-highs",
					     "2",
					     "memory-failed",
					     "3",
					     "memory-ooms",
					     "4",
					     "memory-oom-kills",
					     "5",
					     "memory-oom-group-kills",
					     "6",
					     "pids",
					     "2",
					     "pids-peak",
					     "3",
					     "pids-max",
					     "4",
					     "pids-failed",
					     "21",
					     "populated",
					     "1",
					     "frozen",
					     "0",
					     "io-read-bytes/8:0",
					     "100",
					     "io-read-bytes/253:1",
					     "10",
					     "io-read-bytes",
					     "110",
					     "io-write-bytes/8:0",
					     "200",
					     "io-write-bytes",
					     "220",
					     "io-reads",
					     "4",
					     "io-writes",
					     "6",
					     "io-read-bytes/7:0",
					     "",
					     "hugetlb-2MB-usage",
					     "2097152",
					     "hugetlb-2MB-max",
					     "max",
					     "hugetlb-2MB-failed",
					     "8",
					     "hugetlb-2MB-peak",
					     "",
					     "hugetlb-1GB-usage",
					     "",
					     "psi-memory-some-avg10",
					     "1.25",
					     "psi-memory-some-avg60",
					     "0.50",
					     "psi-memory-some-total-us",
					     "77",
					     "psi-memory-full-avg10",
					     "0.75",
					     "psi-memory-full-total-us",
					     "66",
					     "psi-cpu-some-avg10",
					     "",
					     NULL};
	struct cgroup_record r = {.v2 = group("v2", v2_files)};
	char *text = printed(&r, false, false, false);

	values("v2", text, wanted);
	text = printed(&r, true, false, false);
	has(text, "\"memory-max\": \"max\",\n", "v2, JSON: no limit is a word");
	has(text, "\"cpu-usage-us\": 3000,\n", "v2, JSON: a number");
	has(text, "\"psi-memory-some-avg10\": 1.25,\n", "v2, JSON: a share");
	has(text, "\"psi-cpu-some-avg10\": null,\n", "v2, JSON: what is not there is null");
	ok(text[0] == '{' && strstr(text, "\n}\n"), "v2, JSON: an object");
	text = printed(&r, true, true, false);
	ok(strchr(text, '\n') == text + strlen(text) - 1, "v2, JSON, watched: one line");
	text = printed(&r, false, true, false);
	ok(!strcmp(text + strlen(text) - 2, "\n\n"), "v2, watched: an empty line at the end");
	text = printed(&r, false, false, true);
	values("report", text,
	       (const char *const[]){"memory-peak", "8192", "io-read-bytes", "110", "pids", "",
				     "io-read-bytes/8:0", "", "psi-memory-some-avg10", "", NULL});
}

static const char *const memory_v1[] = {
	"cgroup.procs",
	"",
	"memory.usage_in_bytes",
	"4096\n",
	"memory.max_usage_in_bytes",
	"8192\n",
	"memory.limit_in_bytes",
	"1000\n",
	"memory.memsw.limit_in_bytes",
	"1500\n",
	"memory.kmem.usage_in_bytes",
	"13\n",
	"memory.failcnt",
	"2\n",
	"memory.memsw.failcnt",
	"1\n",
	"memory.oom_control",
	"oom_kill_disable 0\nunder_oom 0\noom_kill 5\n",
	"memory.stat",
	"rss 1\ntotal_rss 11\ntotal_cache 12\ntotal_shmem 14\n"
	"total_pgfault 15\ntotal_pgmajfault 16\ntotal_swap 17\n",
	NULL,
};
static const char *const cpu_v1[] = {
	"cpu.stat",
	"nr_periods 7\nnr_throttled 5\nthrottled_time 60999\nnr_bursts 4\n"
	"burst_time 9000\n",
	"cpuacct.usage",
	"3000000\n",
	"cpuacct.usage_user",
	"1000000\n",
	"cpuacct.usage_sys",
	"2000000\n",
	"cgroup.procs",
	"",
	NULL,
};
static const char *const pids_v1[] = {"pids.current", "2\n",	  "pids.max", "max\n",
				      "pids.events",  "max 21\n", NULL};
static const char *const freezer_v1[] = {"freezer.state", "FROZEN\n", NULL};
static const char *const blkio_v1[] = {
	"blkio.throttle.io_service_bytes_recursive",
	"8:0 Read 100\n8:0 Write 200\n8:0 Sync 300\n8:0 Async 0\n8:0 Discard 0\n8:0 Total 300\n"
	"253:1 Read 10\n253:1 Write 20\n253:1 Total 30\nTotal 330\n",
	"blkio.throttle.io_serviced_recursive",
	"8:0 Read 1\n8:0 Write 2\n253:1 Read 3\n253:1 Write 4\nTotal 10\n",
	NULL,
};

/* NOLINTEND(bugprone-suspicious-missing-comma) */

static struct cgroup_record v1_record(void)
{
	return (struct cgroup_record){
		.v1 = {{(char *)"cpu,cpuacct", group("cpu", cpu_v1)},
		       {(char *)"memory", group("memory", memory_v1)},
		       {(char *)"pids", group("pids", pids_v1)},
		       {(char *)"freezer", group("freezer", freezer_v1)},
		       {(char *)"blkio", group("blkio", blkio_v1)}},
		.nv1 = 5,
	};
}

/* v1: the same names; what it has not is not there. */
static const char *const v1_wanted[] = {"cpu-periods",
					"7",
					"cpu-throttled",
					"5",
					"cpu-throttled-us",
					"60",
					"cpu-bursts",
					"4",
					"cpu-burst-us",
					"9",
					"memory-usage",
					"4096",
					"memory-peak",
					"8192",
					"memory-max",
					"1000",
					"memory-anon",
					"11",
					"memory-file",
					"12",
					"memory-kernel",
					"13",
					"memory-shmem",
					"14",
					"memory-faults",
					"15",
					"memory-major-faults",
					"16",
					"memory-swap",
					"17",
					"memory-swap-max",
					"500",
					"memory-failed",
					"3",
					"memory-oom-kills",
					"5",
					"memory-lows",
					"",
					"memory-highs",
					"",
					"memory-ooms",
					"",
					"pids",
					"2",
					"pids-max",
					"max",
					"pids-failed",
					"21",
					"io-read-bytes/8:0",
					"100",
					"io-read-bytes/253:1",
					"10",
					"io-read-bytes",
					"110",
					"io-write-bytes",
					"220",
					"io-reads",
					"4",
					"io-writes",
					"6",
					NULL};

static void test_v1(void)
{
	struct cgroup_record r = v1_record();
	char *text = printed(&r, false, false, false);

	values("v1", text, v1_wanted);
	values("v1", text,
	       (const char *const[]){"cpu-usage-us", "3000", "cpu-user-us", "1000", "cpu-system-us",
				     "2000", "frozen", "1", "populated", "", "pids-peak", "",
				     "psi-memory-some-avg10", "", NULL});
	(void)group("memory",
		    (const char *const[]){"memory.limit_in_bytes", "9223372036854771712\n",
					  "memory.memsw.limit_in_bytes", "9223372036854771712\n",
					  NULL});
	values("v1, no limits", printed(&r, false, false, false),
	       (const char *const[]){"memory-max", "max", "memory-swap-max", "max", NULL});
}

/* A v2 group beside v1 controllers: it has the files that need none, and these count. */
static void test_hybrid(void)
{
	static const char *const files[] = {"cgroup.procs",
					    "",
					    "cgroup.events",
					    "populated 1\nfrozen 0\n",
					    "cpu.stat",
					    "usage_usec 30\nuser_usec 10\nsystem_usec 20\n",
					    "io.pressure",
					    "some avg10=0.00 avg60=0.00 avg300=0.10 total=5\n",
					    NULL};
	struct cgroup_record r = v1_record();
	char *text;

	r.v2 = group("hybrid", files);
	text = printed(&r, false, false, false);
	values("hybrid", text, v1_wanted);
	values("hybrid", text,
	       (const char *const[]){"cpu-usage-us", "30", "cpu-user-us", "10", "cpu-system-us",
				     "20", "frozen", "0", "populated", "1", "psi-io-some-avg300",
				     "0.10", "psi-io-some-total-us", "5", "psi-io-full-total-us",
				     "", NULL});
}

/* Nonsense is nothing, and no field takes the value of another. */
static void test_wrong(void)
{
	static const char *const files[] = {"cgroup.procs",
					    "",
					    "memory.current",
					    "-5\n",
					    "memory.peak",
					    "12345678901234567890123\n",
					    "memory.max",
					    "\n",
					    "memory.events",
					    "oom_kill\noom_group_kill 1\n",
					    "io.stat",
					    "rbytes=5\n8:0 rbytes=x\n",
					    "cpu.pressure",
					    "some\n",
					    NULL};
	struct cgroup_record r = {.v2 = group("wrong", files)};

	values("wrong", printed(&r, false, false, false),
	       (const char *const[]){"memory-usage", "", "memory-peak", "", "memory-max", "",
				     "memory-oom-kills", "", "memory-oom-group-kills", "1",
				     "io-read-bytes/rbytes=5", "", "psi-cpu-some-avg10", "", NULL});
}

/* More devices than the buffer has room for. */
static void test_many(void)
{
	char *text = file_dup("");
	struct cgroup_record r;

	for (int i = 0; i < 400; i++)
		text = file_text("%s8:%d rbytes=1 wbytes=2 rios=3 wios=4\n", text, i);
	r = (struct cgroup_record){
		.v2 = group("many",
			    (const char *const[]){"cgroup.procs", "", "io.stat", text, NULL})};
	text = printed(&r, false, false, false);
	values("many devices", text,
	       (const char *const[]){"io-read-bytes", "400", "io-writes", "1600", "io-writes/8:399",
				     "4", NULL});
}

int main(void)
{
	if (!mkdtemp(root))
		return 1;
	test_v2();
	test_v1();
	test_hybrid();
	test_wrong();
	test_many();
	return system(file_text("rm -r %s", root)) ? 1 : tap_end();
}
