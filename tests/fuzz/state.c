/*
 * state.c - the files of a record: a plan, and pid, status, cgroup as somebody may have left them.
 */
#include <fcntl.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "fuzz.h"
#include "state.h"

/* A file of the record by this content, read as the record is. */
static void put(const struct state *st, const char *name, const char *text, size_t len)
{
	int fd = openat(st->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	fuzz_must(fd >= 0 && !file_write_all(fd, text, len), "the record cannot be written");
	close(fd);
}

static void check_cgroup(char *text)
{
	struct cgroup_record r, again;
	char *once;

	if (cgroup_record_parse(text, &r))
		return;
	once = cgroup_record_text(&r);
	fuzz_must(!cgroup_record_parse(file_dup(once), &again), "a cgroup record is refused");
	fuzz_must(!strcmp(once, cgroup_record_text(&again)), "a cgroup record is another");
}

static void run(char *text, size_t len)
{
	char dir[] = "/tmp/fuzz-state.XXXXXX";
	struct state st = {.path = mkdtemp(dir), .name = dir};
	struct state_pid pid;
	char *plan = file_dup(text), *at = plan;
	size_t sum = 0;

	st.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (char *line; (line = state_plan_next(&at));)
		sum += strlen(line) + 1;
	fuzz_must(sum == strlen(text) || sum == strlen(text) + 1, "a plan lost some bytes");
	put(&st, "pid", text, len);
	if (!state_read_pid(&st, &pid))
		fuzz_must(pid.pid > 0, "a pid is none");
	put(&st, "status", text, len);
	(void)state_status(&st);
	check_cgroup(text);
	(void)unlinkat(st.dir, "pid", 0);
	(void)unlinkat(st.dir, "status", 0);
	(void)rmdir(dir);
	close(st.dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
