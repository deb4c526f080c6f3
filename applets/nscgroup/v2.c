/*
 * v2.c - what only the v2 hierarchy has: controllers enabled on the way down, "no internal
 * processes", delegation, cgroup.kill and cgroup.freeze.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

enum { V2_TEXT = 512, V2_PROCS = 64 << 20, V2_TRIES = 100 };

static int v2_read(const char *dir, const char *file, char *buf)
{
	char *path = file_text("%s/%s", dir, file);

	return file_read(AT_FDCWD, path, buf, V2_TEXT) < 0 ? -1 : 0;
}

static int v2_write(const char *dir, const char *file, const char *text)
{
	return file_put(AT_FDCWD, file_text("%s/%s", dir, file), text);
}

/* The controllers (by commas) that are not in have (by blanks), as subtree_control takes them. */
static char *v2_missing(const char *controllers, const char *have)
{
	char *out = file_dup(""), *list = file_dup(controllers);

	for (char *word = list, *end; word && *word; word = end) {
		end = strchr(word, ',');
		if (end)
			*end++ = 0;
		if (!cgroup_word(have, word, ' '))
			out = file_text("%s%s+%s", out, *out ? " " : "", word);
	}
	return out;
}

/* ---- delegation ---- */

/* The top of the whole hierarchy alone has no cgroup.type, and may hold processes beside groups. */
static bool v2_is_top(const char *dir)
{
	char type[V2_TEXT];

	return v2_read(dir, "cgroup.type", type) && errno == ENOENT;
}

static bool v2_has_one(const char *dir, const char *name)
{
	char value[4];

	return getxattr(dir, name, value, sizeof value) == 1 && value[0] == '1';
}

/*
 * Whether its manager left this group and what is below to us: systemd's mark, our own mark, an
 * owner who is not root, or the top of a cgroup namespace, which was given to us as a whole.
 */
static bool v2_delegated(const struct hierarchy *h)
{
	char id[GROUP_ID];
	struct stat st;

	if (v2_has_one(h->own, "trusted.delegate") || v2_has_one(h->own, "user.delegate"))
		return true;
	if (!stat(h->own, &st) && st.st_uid != 0 && st.st_uid == geteuid())
		return true;
	if (group_owner(h->own, id) > 0)
		return true;
	return !strcmp(h->own, h->mount);
}

/* That dir cannot give controllers, and the directory above it that has them but does not give them. */
static char *v2_no_controller(const char *dir, const char *controllers, const char *missing)
{
	char *phrase = file_text("%s: has no controller %s", dir, missing + 1);
	char *above = file_dup(dir), text[V2_TEXT];

	for (char *p; (p = strrchr(above, '/')) && p != above;) {
		const char *lacks = missing;

		*p = 0;
		if (v2_read(above, "cgroup.controllers", text))
			break;
		missing = v2_missing(controllers, text);
		if (!*missing)
			return file_text("%s: %s/cgroup.subtree_control lacks %s", phrase, above,
					 lacks + 1);
	}
	return phrase;
}

/* Why the caller's own group cannot hold a group with these controllers; NULL: it can. */
static const char *v2_refusal(const struct hierarchy *h, const char *controllers)
{
	char text[V2_TEXT];
	char *missing;

	if (v2_read(h->own, "cgroup.subtree_control", text))
		return group_fault(NULL, h->own);
	missing = v2_missing(controllers, text);
	if (!*missing || v2_is_top(h->own))
		return NULL;
	if (v2_read(h->own, "cgroup.controllers", text))
		return group_fault(NULL, h->own);
	missing = v2_missing(controllers, text);
	if (*missing)
		return v2_no_controller(h->own, controllers, missing);
	return v2_delegated(h) ? NULL : file_text("%s: is not delegated to us", h->own);
}

const char *v2_base(const struct hierarchy *h, const char *controllers, const char **base)
{
	const char *phrase;

	*base = h->own;
	if (!controllers[0])
		return NULL; /* any group can hold groups without controllers */
	phrase = v2_refusal(h, controllers);
	if (!phrase)
		return NULL;
	if (geteuid() != 0 || access(h->mount, W_OK)) {
		errno = EACCES;
		msg_hint("run it in a delegated group: systemd-run --user --scope -p Delegate=yes "
			 "COMMAND");
		return phrase;
	}
	msg_warn("%s: the group is made below %s", phrase, h->mount);
	msg_no_hint();
	*base = h->mount;
	return NULL;
}

/* ---- controllers on the way down ---- */

/* Everything in dir moves to a leaf below it: a group with processes gives no controllers. */
static int v2_empty_into_leaf(const char *dir)
{
	char *leaf = file_text("%s/" V2_LEAF, dir), *procs;
	size_t len;

	if (mkdir(leaf, 0755) && errno != EEXIST)
		return -1;
	group_mark_shared(leaf);
	for (int i = 0; i < V2_TRIES; i++) {
		procs = file_slurp(AT_FDCWD, file_text("%s/cgroup.procs", dir), V2_PROCS, &len);
		if (!procs || !len)
			return procs ? 0 : -1;
		for (char *pid = procs, *end; (end = strchr(pid, '\n')); pid = end + 1) {
			*end = 0;
			if (v2_write(leaf, "cgroup.procs", pid) && errno != ESRCH)
				return -1;
		}
	}
	errno = EBUSY;
	return -1;
}

/*
 * A group with processes gives no controllers to those below it: EBUSY, or, worse, for those that know
 * threads (cpu, pids) it becomes the root of a threaded tree, in which nothing can be joined.
 */
static bool v2_busy(const char *dir)
{
	char procs[V2_TEXT];

	if (v2_read(dir, "cgroup.procs", procs))
		return errno != ENOENT && errno != ENODEV; /* EFBIG: many */
	return procs[0] && !v2_is_top(dir);
}

const char *v2_check_domain(const char *dir)
{
	char type[V2_TEXT];

	if (v2_read(dir, "cgroup.type", type) || strcmp(type, "domain invalid\n") != 0)
		return NULL;
	errno = EOPNOTSUPP;
	msg_hint(
		"the group above is threaded, or has groups that are: below it there are threads of its "
		"processes, no processes; choose another parent");
	return file_text("[cgroup] path: %s: is a domain invalid", dir);
}

const char *v2_enable(const char *dir, const char *controllers, bool base)
{
	char text[V2_TEXT];
	char *missing;

	if (v2_read(dir, "cgroup.subtree_control", text))
		return group_fault(NULL, dir);
	missing = v2_missing(controllers, text);
	if (!*missing)
		return NULL;
	if (!v2_read(dir, "cgroup.controllers", text) && *v2_missing(controllers, text)) {
		errno = ENOENT;
		return v2_no_controller(dir, controllers, v2_missing(controllers, text));
	}
	if (v2_busy(dir) && (!base || v2_empty_into_leaf(dir))) {
		errno = base ? errno : EBUSY;
		msg_hint(
			"a group with processes of its own cannot give controllers to groups below it");
	} else if (!v2_write(dir, "cgroup.subtree_control", missing)) {
		return NULL;
	} else if (errno == EOPNOTSUPP) {
		msg_hint("a threaded group cannot give these controllers");
	}
	return group_fault(NULL, file_text("%s/cgroup.subtree_control: %s", dir, missing));
}

/* ---- kill, freeze ---- */

static int v2_wait_event(const char *dir, const char *event, int64_t want)
{
	struct group_wait wait = {0};
	char text[V2_TEXT];

	do {
		if (v2_read(dir, "cgroup.events", text))
			return errno == ENOENT || errno == ENODEV ? 0 : -1; /* gone */
		if (cgroup_field(text, event) == want)
			return 0;
	} while (group_wait(&wait));
	errno = ETIMEDOUT;
	return -1;
}

/* Before Linux 5.14.  Processes of a frozen v2 group die of KILL. */
static const char *v2_kill_by_loop(const char *dir)
{
	struct group_wait wait = {0};
	int left;

	if (v2_write(dir, "cgroup.freeze", "1") && errno != ENOENT)
		return group_fault(NULL, dir);
	do
		left = group_signal(dir);
	while (left > 0 && group_wait(&wait));
	if (left)
		return group_fault(NULL, dir);
	(void)v2_write(dir, "cgroup.freeze", "0"); /* nothing is in it */
	return NULL;
}

const char *v2_kill(const char *dir)
{
	const char *phrase;

	if (v2_write(dir, "cgroup.kill", "1")) {
		if (errno != ENOENT)
			return group_fault(NULL, dir);
		phrase = v2_kill_by_loop(dir);
		if (phrase)
			return phrase;
	}
	return v2_wait_event(dir, "populated", 0) ? group_fault(NULL, dir) : NULL;
}

const char *v2_freeze(const char *dir, bool freeze)
{
	const char *phrase;

	if (v2_write(dir, "cgroup.freeze", freeze ? "1" : "0"))
		return group_fault(NULL, dir);
	phrase = freeze ? NULL : group_frozen_above(dir, "cgroup.freeze");
	if (!phrase && v2_wait_event(dir, "frozen", freeze))
		phrase = group_fault(NULL, dir);
	return phrase;
}
