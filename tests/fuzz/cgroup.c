/*
 * cgroup.c - the kernel's texts: /proc/self/cgroup and mountinfo, each ended by a NUL; keyed files.
 */
#include "cgroup.h"

#include "file.h"
#include "fuzz.h"
#include "nscgroup/nscgroup.h"

static void run(char *text, size_t len)
{
	const char *end = text + len;
	char *cgroups = fuzz_piece(&text, end), *mountinfo = fuzz_piece(&text, end);
	struct hierarchies hs = {0};

	(void)cgroup_word(cgroups, "memory", ',');
	(void)cgroup_word(mountinfo, "", ' ');
	fuzz_must(cgroup_field(cgroups, "oom_kill") >= -1, "a count is negative");
	detect_parse(&hs, file_dup(cgroups), mountinfo);
	fuzz_must(hs.n >= 0 && hs.n <= CGROUP_V1_MAX + 1, "more hierarchies than there can be");
	for (int i = 0; i < hs.n; i++)
		fuzz_must(hs.h[i].mount && hs.h[i].controllers, "a hierarchy that is nowhere");
	(void)detect_find(&hs, NULL);
	(void)detect_find(&hs, "memory");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
