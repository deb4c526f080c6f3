/*
 * v1.c - what only v1 hierarchies need: killing by a loop, the freezer.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "file.h"
#include "nscgroup.h"

/* By errno: the group was removed, perhaps between the opening of its file and the reading. */
static bool v1_gone(void)
{
	return errno == ENOENT || errno == ENODEV;
}

static const char *v1_set_state(const char *dir, const char *word)
{
	char *file = file_text("%s/freezer.state", dir);

	return file_put(AT_FDCWD, file, word) && !v1_gone() ? group_fault(NULL, file) : NULL;
}

const char *v1_freeze(const char *dir, bool freeze)
{
	const char *want = freeze ? "FROZEN\n" : "THAWED\n";
	char *file = file_text("%s/freezer.state", dir);
	struct group_wait wait = {0};
	char state[32];

	do {
		/* again each time: a process that forks meanwhile can leave it FREEZING */
		const char *phrase = v1_set_state(dir, freeze ? "FROZEN" : "THAWED");

		if (phrase)
			return phrase;
		if (file_read(AT_FDCWD, file, state, sizeof state) < 0)
			return v1_gone() ? NULL : group_fault(NULL, file);
		if (!strcmp(state, want))
			return NULL;
		phrase = freeze ? NULL : group_frozen_above(dir, "freezer.self_freezing");
		if (phrase)
			return phrase;
	} while (group_wait(&wait));
	errno = ETIMEDOUT;
	return group_fault(NULL, file);
}

/*
 * Frozen, nothing forks while the list is read; the signals stay pending until the thaw.  A group
 * without a freezer is killed in a race with its forks, which is won sooner or later, or given up.
 */
const char *v1_kill(const char *dir, bool freezer)
{
	struct group_wait wait = {0};

	do {
		const char *phrase = freezer ? v1_freeze(dir, true) : NULL;
		int left = phrase ? 0 : group_signal(dir);
		int saved = errno;

		if (freezer) {
			const char *thaw = v1_freeze(dir, false);

			phrase = phrase ? phrase : thaw;
		}
		if (phrase)
			return phrase;
		errno = saved;
		if (left <= 0)
			return left ? group_fault(NULL, dir) : NULL;
	} while (group_wait(&wait));
	errno = EBUSY;
	return group_fault(NULL, dir);
}

const char *v1_inherit_cpuset(const char *dir)
{
	static const char *const names[] = {"cpuset.cpus", "cpuset.mems"};
	char list[8192];

	for (int i = 0; i < 2; i++) {
		char *own = file_text("%s/%s", dir, names[i]);
		ssize_t n = file_read(AT_FDCWD, own, list, sizeof list);

		if (n < 0 && errno == ENOENT)
			return NULL;
		if (n > 1)
			continue; /* cgroup.clone_children, or somebody else, was there first */
		n = n < 0 ? n
			  : file_read(AT_FDCWD, file_text("%s/../%s", dir, names[i]), list,
				      sizeof list);
		if (n < 0 || file_put(AT_FDCWD, own, list))
			return group_fault(NULL, own);
	}
	return NULL;
}
