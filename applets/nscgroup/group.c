/*
 * group.c - the directories of a container's groups: made exclusively, marked with their owner's id,
 * removed only by that owner.
 *
 * The mark is an extended attribute: trusted.nskit.id, which only CAP_SYS_ADMIN of the host can write
 * or see, or user.nskit.id (v2 alone has those) for everyone else.  Directories between the base and
 * the group (`nskit`) are shared: they are marked as such and go with the last group in them.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"
#include "sys.h"

#define SHARED_NAME \
	"nskit" /* needs no mark: ours also when its maker died before it could set one */
#define MARK_SHARED "shared"

enum {
	MAKE_TRIES = 100, /* another start may remove the shared parent between our two mkdirs */
	REMOVE_STEPS = 1 << 20,
	PROCS_LIMIT = 64 << 20,
	WAIT_SECONDS = 10,
};

const char *group_fault(const char *key, const char *object)
{
	int saved = errno;
	const char *text = key ? file_text("[cgroup] %s: %s: %s", key, object, strerror(saved))
			       : file_text("%s: %s", object, strerror(saved));

	if (saved == EROFS)
		msg_hint("the cgroup filesystem is mounted read-only here");
	else if ((saved == EACCES || saved == EPERM) && geteuid() != 0)
		msg_hint(
			"as an ordinary user run it in a delegated group: systemd-run --user --scope "
			"-p Delegate=yes COMMAND");
	else if (saved == EAGAIN)
		msg_hint("cgroup.max.descendants or cgroup.max.depth of a group above is reached");
	errno = saved;
	return text;
}

/* ---- where ---- */

static bool group_is_cgroupfs(const char *dir)
{
	struct statfs fs;

	if (statfs(dir, &fs))
		return false;
	errno = ENODEV; /* should it be another's: something is mounted over it */
	return (unsigned long)fs.f_type == CGROUP_SUPER_MAGIC ||
	       (unsigned long)fs.f_type == CGROUP2_SUPER_MAGIC;
}

static char *group_dir(const char *base, const struct cgroup_conf *conf)
{
	bool self = !conf->parent || !strcmp(conf->parent, "self");

	return file_text("%s%s%s%s", base, self ? "" : conf->parent,
			 conf->path[0] == '/' ? "" : "/", conf->path);
}

/* A relative path counts from the caller's own group.  Only v2 may refuse that, for want of delegation. */
static const char *group_own_base(struct cgroup *g, const struct cgroup_conf *conf)
{
	const char *phrase;

	g->base = g->h->own;
	if (!g->base) {
		errno = ENOENT;
		msg_hint("a path that begins with / counts from the top of what is mounted");
		return file_text("[cgroup] path: the caller's own group is not below %s",
				 g->h->mount);
	}
	if (!detect_is_v2(g->h) || !access(group_dir(g->base, conf), F_OK))
		return NULL;
	if (!access(group_dir(g->h->mount, conf), F_OK)) {
		g->base = g->h->mount; /* where it was made for want of delegation */
		return NULL;
	}
	phrase = v2_base(g->h, g->controllers, &g->base);
	return phrase && g->key ? file_text("[cgroup] %s: %s", g->key, phrase) : phrase;
}

const char *group_place(struct cgroup *g, const struct cgroup_conf *conf)
{
	bool self = !conf->parent || !strcmp(conf->parent, "self");
	const char *phrase;

	g->base = g->h->mount;
	if (self && conf->path[0] != '/') {
		phrase = group_own_base(g, conf);
		if (phrase)
			return phrase;
	}
	if (!group_is_cgroupfs(g->base))
		return group_fault(g->key, g->base);
	g->dir = group_dir(g->base, conf);
	if (strlen(g->dir) < CGROUP_PATH_MAX)
		return NULL;
	errno = ENAMETOOLONG;
	return group_fault("path", conf->path);
}

/* ---- marks ---- */

static int group_mark(const char *dir, const char *what, const char *value)
{
	char name[40];

	for (int user = 0; user < 2; user++) {
		(void)stpcpy(stpcpy(name, user ? "user.nskit." : "trusted.nskit."), what);
		if (!setxattr(dir, name, value, strlen(value), 0))
			return 0;
		if (errno != EPERM && errno != EOPNOTSUPP)
			break;
	}
	return -1;
}

static ssize_t group_get_mark(const char *dir, const char *what, char *value, size_t cap)
{
	char name[40];

	for (int user = 0; user < 2; user++) {
		ssize_t n;

		(void)stpcpy(stpcpy(name, user ? "user.nskit." : "trusted.nskit."), what);
		n = getxattr(dir, name, value, cap - 1);
		if (n >= 0) {
			value[n] = 0;
			return n;
		}
		value[0] = 0;
		if (errno != ENODATA && errno != EOPNOTSUPP)
			return -1;
	}
	return 0;
}

int group_owner(const char *dir, char id[GROUP_ID])
{
	return (int)group_get_mark(dir, "id", id, GROUP_ID);
}

static bool group_has_shared_name(const char *dir)
{
	return !strcmp(strrchr(dir, '/') + 1, SHARED_NAME);
}

void group_mark_shared(const char *dir)
{
	if (!group_has_shared_name(dir))
		(void)group_mark(dir, "shared", MARK_SHARED); /* without: it stays, empty */
}

void group_mark_exec(const char *dir)
{
	(void)group_mark(dir, "exec", "1");
}

bool group_is_exec(const char *dir)
{
	char value[4];

	return group_get_mark(dir, "exec", value, sizeof value) > 0;
}

static bool group_is_shared(const char *dir)
{
	char value[16];

	return group_has_shared_name(dir) || group_get_mark(dir, "shared", value, sizeof value) > 0;
}

/* ---- making ---- */

const char *group_make_above(const struct cgroup *g)
{
	bool enable = detect_is_v2(g->h) && g->controllers[0];
	bool cpuset = cgroup_word(g->h->controllers, "cpuset", ',');
	const char *phrase = enable ? v2_enable(g->base, g->controllers, true) : NULL;
	char *path = file_dup(g->dir);

	for (char *p = path + strlen(g->base) + 1; !phrase && (p = strchr(p, '/')); p++) {
		*p = 0;
		if (!mkdir(path, 0755))
			group_mark_shared(path);
		else if (errno != EEXIST)
			phrase = group_fault(g->key, path);
		if (!phrase && cpuset &&
		    group_is_shared(path)) /* its maker may not be so far yet */
			phrase = v1_inherit_cpuset(path);
		if (!phrase && enable)
			phrase = v2_enable(path, g->controllers, false);
		*p = '/';
	}
	return phrase; /* path is not freed: errno */
}

static const char *group_taken(const struct cgroup *g)
{
	char id[GROUP_ID];
	int n = group_owner(g->dir, id);

	errno = EEXIST;
	if (n <= 0) {
		msg_hint("another program made it; choose another path");
		return file_text("[cgroup] path: %s is there already", g->dir);
	}
	if (!strcmp(id, GROUP_BY_HAND))
		msg_hint("nscgroup made it by hand: nscgroup delete --path removes it");
	else
		msg_hint("the start with the id %s has it; choose another path", id);
	return file_text("[cgroup] path: %s is there already", g->dir);
}

const char *group_make(struct cgroup *g, const char *id)
{
	const char *phrase = NULL;

	for (int i = 0; !phrase && i < MAKE_TRIES; i++) {
		phrase = group_make_above(g);
		if (!phrase && !mkdir(g->dir, 0755)) {
			g->made = true;
			break;
		}
		if ((errno != ENOENT && errno != ENODEV) || i + 1 == MAKE_TRIES)
			return phrase		 ? phrase
			       : errno == EEXIST ? group_taken(g)
						 : group_fault(g->key, g->dir);
		phrase = NULL; /* the last group of another start went, and took the parent along */
	}
	if (phrase)
		return phrase;
	/* v1 knows no user.*: an ordinary user's group stays unmarked, and is then only rmdir'ed */
	if (group_mark(g->dir, "id", id) && errno != EOPNOTSUPP && errno != EPERM)
		return group_fault(g->key, g->dir);
	if (detect_is_v2(g->h))
		return v2_check_domain(g->dir);
	return cgroup_word(g->h->controllers, "cpuset", ',') ? v1_inherit_cpuset(g->dir) : NULL;
}

/* ---- walking ---- */

/* The next directory below, from *at on (0: the first): 1, its name; 0, none; -1 and errno. */
static int group_next(int fd, long *at, char name[NAME_MAX + 1])
{
	int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), found = 0;
	DIR *d = own < 0 || lseek(own, *at, SEEK_SET) < 0 ? NULL : fdopendir(own);
	struct dirent *e;

	if (!d) {
		(void)close(own);
		return -1;
	}
	while (!found && (e = readdir(d)))
		if (e->d_type == DT_DIR && strcmp(e->d_name, ".") && strcmp(e->d_name, "..")) {
			(void)stpcpy(name, e->d_name);
			*at = e->d_off;
			found = 1;
		}
	(void)closedir(d);
	return found;
}

/*
 * Calls visit for dir and each directory below it; stops at the first -1.  Who was given the group made
 * what he liked in it: neither the length of a path nor the number of fds may be the end, so one fd goes
 * down and up again, and knows how far it was in each.
 */
static int group_walk(const char *dir, int (*visit)(int fd, void *), void *arg)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? (errno == ENOENT ? 0 : -1) : visit(fd, arg);
	long *above = NULL, at = 0;
	char name[NAME_MAX + 1];
	size_t depth = 0;

	while (fd >= 0 && !r) {
		bool down = group_next(fd, &at, name) > 0; /* -1: it is gone */
		int next;

		if (!down && !depth)
			break;
		next = openat(fd, down ? name : "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (down && next < 0 && errno == ENOENT)
			continue;
		(void)close(fd);
		fd = next;
		if (down) {
			above = file_room(above, depth, sizeof *above);
			above[depth++] = at;
		}
		at = down ? 0 : above[--depth];
		r = fd < 0 ? -1 : down ? visit(fd, arg) : 0;
	}
	if (fd >= 0)
		(void)close(fd);
	free(above);
	return r;
}

bool group_wait(struct group_wait *w)
{
	struct timespec now, pause = {0};
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (!w->until) {
		w->until = ms + WAIT_SECONDS * 1000;
		w->pause = 50000;
	}
	if (ms > w->until)
		return false;
	pause.tv_nsec = w->pause;
	(void)nanosleep(&pause, NULL);
	if (w->pause < 10000000)
		w->pause += w->pause / 2;
	return true;
}

int group_rmdir(const char *dir)
{
	int saved;

	if (!rmdir(dir) || errno == ENOENT)
		return 0;
	saved = errno; /* a read-only filesystem says so first, whether it is there or not */
	if (access(dir, F_OK) && errno == ENOENT)
		return 0;
	errno = saved;
	return -1;
}

/* Removes what is below in the same way; -1, also when somebody makes more of it all the time. */
static int group_empty(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), depth = 0, found = 0;
	char name[NAME_MAX + 1];
	bool up = false;

	for (int i = 0; fd >= 0 && i < REMOVE_STEPS; i++) {
		long at = 0;
		int next;

		found = group_next(fd, &at, name);
		if (found < 0 || (!found && !depth))
			break;
		if (found && !unlinkat(fd, name, AT_REMOVEDIR)) {
			up = false;
			continue;
		}
		if (found && (errno != EBUSY || up))
			break; /* up: nothing is below it, so there are processes in it */
		up = !found;
		depth += up ? -1 : 1;
		next = openat(fd, up ? ".." : name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		(void)close(fd);
		fd = next;
	}
	if (fd >= 0)
		(void)close(fd); /* errno stays */
	return fd >= 0 && !found && !depth ? 0 : -1;
}

int group_remove(const char *dir)
{
	if (!group_rmdir(dir))
		return 0;
	if (errno != EBUSY && errno != ENOTEMPTY)
		return -1;
	return group_empty(dir) && errno != ENOENT ? -1 : group_rmdir(dir);
}

int group_remove_shared(const char *dir)
{
	char *path = file_dup(dir);

	for (char *p; (p = strrchr(path, '/')) && p != path;) {
		*p = 0;
		if (!group_is_shared(path))
			break;
		if (!group_rmdir(path))
			continue;
		/* another start's group is in it: that one's end takes it along */
		return errno == EBUSY || errno == ENOTEMPTY ? 0 : -1;
	}
	return 0;
}

/* ---- processes ---- */

/* The pids of a group's own processes as text, NULL and errno; "" when the group is gone. */
static char *group_procs(int fd)
{
	size_t len;
	char *text = file_slurp(fd, "cgroup.procs", PROCS_LIMIT, &len);

	/* EOPNOTSUPP: a threaded group, whose processes are listed above it */
	if (!text && (errno == ENOENT || errno == ENODEV || errno == EOPNOTSUPP))
		return file_dup("");
	return text;
}

static bool group_lists(const char *procs, const char *pid)
{
	return cgroup_word(procs, pid, '\n');
}

/*
 * A number may be another's by the time that it is used: the pidfd is opened first, then the number
 * must still be in the group, and the signal goes to the pidfd.
 */
static int group_signal_one(int fd, const char *digits)
{
	uint64_t pid;
	char *again;
	int pidfd;

	if (!key_number(digits, INT32_MAX, &pid) || !pid) {
		errno = EXDEV; /* 0: of a pid namespace that is not ours */
		return -1;
	}
	pidfd = sys_pidfd_open((pid_t)pid, 0);
	if (pidfd < 0)
		return errno == ESRCH || errno == EINVAL ? 0 : -1;
	again = group_procs(fd);
	if (again && group_lists(again, digits))
		(void)sys_pidfd_send_signal(pidfd, SIGKILL); /* gone meanwhile: all the better */
	(void)close(pidfd);
	return again ? 0 : -1;
}

static int group_signal_dir(int fd, void *count)
{
	char *procs = group_procs(fd);

	if (!procs)
		return -1;
	for (char *line = procs, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (group_signal_one(fd, line))
			return -1;
		++*(int *)count;
	}
	return 0;
}

int group_signal(const char *dir)
{
	int count = 0;

	return group_walk(dir, group_signal_dir, &count) ? -1 : count;
}

static int group_populated_dir(int fd, void *arg)
{
	char *procs = group_procs(fd);

	(void)arg;
	return !procs || *procs ? -1 : 0;
}

bool group_populated(const char *dir)
{
	return group_walk(dir, group_populated_dir, NULL) != 0;
}

const char *group_frozen_above(const char *dir, const char *file)
{
	char *above = file_dup(dir), value[4];

	for (char *p; (p = strrchr(above, '/')) && p != above;) {
		*p = 0;
		if (file_read(AT_FDCWD, file_text("%s/%s", above, file), value, sizeof value) < 0)
			return NULL; /* the top has none */
		if (value[0] != '1')
			continue;
		errno = EBUSY;
		return file_text("%s: stays frozen, for %s above it is", dir, above);
	}
	return NULL;
}
