/*
 * target.c - whom to enter: fds are opened here, outside, and checked before anything is joined.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsenter.h"
#include "proc.h"
#include "sys.h"

enum { ENVIRONMENT_LIMIT = 4 << 20 };

static void clear(struct target *t)
{
	*t = (struct target){.pidfd = -1,
			     .root = -1,
			     .wd = -1,
			     .cgroup = {.v2 = -1},
			     .cgroupns = -1};
	for (size_t i = 0; i < sizeof t->files / sizeof *t->files; i++)
		t->files[i] = -1;
}

/*
 * COMMAND says something, and its user enters at once: the monitor may not have written down yet that it
 * runs.  So one that was only created gets a moment, a second at most.
 */
static char *status_now(const struct state *st)
{
	char *status;

	for (int i = 0; i < 200; i++) {
		status = state_status(st);
		if (!status || strncmp(status, "created", 7) != 0)
			break;
		(void)nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
	}
	return status;
}

void target_open_record(struct state *st, const struct enter_conf *conf, const char *name)
{
	char *root = state_root(conf->opt.state_dir), *status;

	if (!state_open(st, root, name))
		msg_die("%s: no such container", name);
	status = status_now(st);
	if (!status || strcmp(status, "running") != 0)
		msg_die("%s: is not running (%s)", name, status ? status : "no status");
	free(status);
	free(root);
}

static void open_init(struct target *t, struct state *st)
{
	t->pidfd = state_init_pidfd(st);
	if (t->pidfd == -1 && errno == EXDEV)
		msg_die("%s: runs in another pid or time namespace", t->name);
	if (t->pidfd == -1) {
		if (errno == ESRCH)
			msg_hint("'nskit state gc %s' removes what is left of it", t->name);
		msg_die_errno("%s: its init", t->name);
	}
	t->pidfd = proc_stand_in(t->pidfd);
}

/* The process's number where our /proc is from: the one that was given may count elsewhere. */
static void find_number(struct target *t, const char *what)
{
	t->pid = proc_pidfd_pid(t->pidfd);
	if (t->pid == -1) {
		if (access("/proc/self/fdinfo", F_OK) == -1)
			msg_hint("a /proc of this pid namespace is needed");
		msg_die("%s: is not in our /proc", what);
	}
}

/* A file of the target's /proc directory. */
static char *proc_path(const struct target *t, const char *file)
{
	return file_text("/proc/%d/%s", t->pid, file);
}

static void explain_access(void)
{
	if (errno == EACCES || errno == EPERM)
		proc_explain_closed();
	if (errno == ENOENT)
		msg_hint("the kernel may lack this kind of namespace");
}

/*
 * Is it to be joined: does it differ from ours?  A kind that this kernel lacks is an error when it was
 * asked for by its name.
 */
static bool differs(const struct target *t, const struct namespace *n, bool asked)
{
	/* not pid_for_children: a joined process gets the one that the target itself is in */
	const char *file = file_text("ns/%.*s", (int)strcspn(n->file, "_"), n->file);
	const char *path = file_text("/proc/self/%s", file);
	struct stat theirs, ours;

	if (stat(path, &ours) == -1) {
		if (errno == ENOENT && !asked)
			return false;
		explain_access();
		msg_die_errno("%s", path);
	}
	path = proc_path(t, file);
	if (stat(path, &theirs) == -1) {
		explain_access();
		msg_die_errno("%s: %s", t->name ? t->name : "the target", path);
	}
	return ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev;
}

/* The namespaces that differ from ours, of those that are wanted; all: of every kind there is. */
static void compare_namespaces(struct target *t, const struct enter_options *o, bool all)
{
	for (const struct namespace *n = namespace_table; n->word; n++) {
		const char *value = nsenter_asked(o, n);

		if (value ? !strcmp(value, ENTER_TARGETS) : all)
			t->flags |= differs(t, n, value) ? n->flag : 0;
	}
}

/* The id that stands for nobody's own inside: 0 where it is mapped, else the first that is. */
static uint32_t first_id(const struct target *t, const char *file)
{
	uint64_t first = 0;
	char text[4096];

	if (file_read(AT_FDCWD, proc_path(t, file), text, sizeof text) <= 0)
		return 0;
	for (char *line = text, *next; line && *line; line = next) {
		char *word = line + strspn(line, " ");
		uint64_t id;

		next = strchr(line, '\n');
		next += next != NULL;
		word[strcspn(word, " ")] = '\0';
		if (!key_number(word, UINT32_MAX - 1, &id))
			return 0;
		if (id == 0)
			return 0;
		if (line == text)
			first = id;
	}
	return (uint32_t)first;
}

/* The effective id, second of a line of /proc/PID/status: false when there is none. */
static bool read_id(const char *text, const char *word, uint32_t *id)
{
	const char *line = strstr(text, word);
	const char *value = line ? strchr(line + strlen(word), '\t') : NULL;
	size_t n = value ? strcspn(value + 1, "\t\n") : 0;
	char digits[16] = "";
	uint64_t number;

	if (n == 0 || n >= sizeof digits)
		return false;
	memcpy(digits, value + 1, n);
	if (!key_number(digits, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

/* The target's own ids, as they count in our user namespace ("follow"). */
static void follow_ids(struct target *t)
{
	char *path = proc_path(t, "status"), *text;
	size_t len;

	text = file_slurp(AT_FDCWD, path, 65536, &len);
	if (!text || !read_id(text, "\nUid:\t", &t->uid) || !read_id(text, "\nGid:\t", &t->gid))
		msg_die("%s: tells no ids", path);
	free(text);
}

/* An id of the host's view to that of the target's user namespace. */
static uint32_t id_inside(const struct target *t, const char *file, uint32_t id)
{
	char *text, *at;
	uint64_t word[3];
	size_t len;

	text = at = file_slurp(AT_FDCWD, proc_path(t, file), 1 << 20, &len);
	for (size_t i = 0; at && *at; i = (i + 1) % 3) {
		size_t n;

		at += strspn(at, " \n");
		n = strcspn(at, " \n");
		if (n == 0)
			break;
		at[n] = '\0';
		if (!key_number(at, UINT32_MAX, &word[i]))
			break;
		at += n + (at + n < text + len);
		if (i == 2 && id >= word[1] && id - word[1] < word[2]) {
			free(text);
			return (uint32_t)(id - word[1] + word[0]);
		}
	}
	msg_die("the target's id %u is not mapped in its user namespace", id);
}

static void find_ids(struct target *t, const struct enter_options *o)
{
	bool user = (t->flags | t->file_flags) & CLONE_NEWUSER;
	bool follow = (o->setuid && !strcmp(o->setuid, "follow")) ||
		      (o->setgid && !strcmp(o->setgid, "follow"));

	if (t->pidfd == -1) {
		if (follow)
			msg_die("'follow': there is no target to follow");
		return;
	}
	if (follow)
		follow_ids(t);
	if (user) {
		t->uid = follow ? id_inside(t, "uid_map", t->uid) : first_id(t, "uid_map");
		t->gid = follow ? id_inside(t, "gid_map", t->gid) : first_id(t, "gid_map");
	}
}

/*
 * The cgroups of the record.  A directory's fd would lead those inside up to the host's whole tree, so
 * that of v2 becomes a detached mount of that one directory; who may not mount enters it at once.
 */
static void open_cgroups(struct target *t, const struct state *st)
{
	struct cgroup_record rec;
	const char *failed = "cgroup";
	int tree;

	if (cgroup_record_read(st->dir, &rec) == -1)
		msg_die_errno("%s: its cgroup", t->name);
	if (cgroup_frozen(&rec) == 1) {
		msg_hint("'nsctl resume %s' lets it run", t->name);
		msg_die("%s: is paused", t->name);
	}
	if (cgroup_open_join(&rec, &t->cgroup, &failed) == -1)
		msg_die_errno("%s: its cgroup %s", t->name, failed);
	if (t->cgroup.v2 == -1)
		return;
	tree = sys_open_tree(t->cgroup.v2, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
	if (tree == -1 && cgroup_enter_v2(&t->cgroup) == -1)
		msg_die_errno("%s: enter its cgroup %s", t->name, rec.v2);
	close(t->cgroup.v2);
	t->cgroup.v2 = tree;
}

/* The root that init has, when it is not that of its mount namespace (a chroot in an initramfs). */
static void open_root(struct target *t)
{
	char *path = proc_path(t, "root");

	t->root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (t->root == -1) {
		explain_access();
		msg_die_errno("%s", path);
	}
}

/*
 * The cgroup namespace, which the child joins last.  As a file: once it is in a user namespace, it
 * may not look at the target any more.
 */
static void open_cgroupns(struct target *t)
{
	char *path;

	if (!(t->flags & CLONE_NEWCGROUP))
		return;
	path = proc_path(t, "ns/cgroup");
	t->cgroupns = open(path, O_RDONLY | O_CLOEXEC);
	if (t->cgroupns == -1)
		msg_die_errno("%s", path);
	t->flags &= ~(unsigned)CLONE_NEWCGROUP;
}

static void check_alive(const struct target *t)
{
	if (t->pidfd != -1 && !proc_alive(t->pidfd))
		msg_die("%s: has ended", t->name ? t->name : "the target");
}

void target_by_name(struct target *t, const struct enter_conf *conf, struct state *st)
{
	clear(t);
	t->name = file_dup(st->name);
	t->confined = !nsenter_asks_any(&conf->opt);
	open_init(t, st);
	find_number(t, t->name);
	compare_namespaces(t, &conf->opt, t->confined || conf->opt.all == 1);
	find_ids(t, &conf->opt);
	if (t->confined) {
		open_cgroups(t, st);
		open_cgroupns(t);
	}
	if (t->flags & CLONE_NEWNS)
		open_root(t);
	state_close(st);
	check_alive(t); /* what /proc told was told of this process, and no other of its number */
}

static int open_path(const char *what, const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd == -1) {
		explain_access();
		msg_die_errno("--%s %s", what, path);
	}
	return fd;
}

/* A directory: of the target, or one that the caller names. */
static int open_dir(const struct target *t, const char *option, const char *value, const char *link)
{
	if (!value)
		return -1;
	if (strcmp(value, ENTER_TARGETS) != 0)
		return open_path(option, value, O_PATH | O_DIRECTORY);
	if (t->pidfd == -1)
		msg_usage("--%s: without --target a directory is wanted", option);
	return open_path(option, proc_path(t, link), O_PATH | O_DIRECTORY);
}

static char **read_environment(const struct target *t)
{
	char *path = proc_path(t, "environ");
	size_t len, n = 0;
	char *text = file_slurp(AT_FDCWD, path, ENVIRONMENT_LIMIT, &len), **all;

	if (!text) {
		explain_access();
		msg_die_errno("%s", path);
	}
	for (size_t i = 0; i < len; i++)
		n += text[i] == '\0';
	all = file_alloc((n + 2) * sizeof *all);
	n = 0;
	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		if (text[at])
			all[n++] = text + at;
	return all;
}

static void open_files(struct target *t, const struct enter_options *o)
{
	for (size_t i = 0; namespace_table[i].word; i++) {
		const struct namespace *n = &namespace_table[i];
		const char *value = nsenter_asked(o, n);

		if (!value)
			continue;
		if (!strcmp(value, ENTER_TARGETS)) {
			if (t->pidfd == -1)
				msg_usage("--%s: without --target a FILE is wanted", n->word);
			continue;
		}
		t->files[i] = open_path(n->word, value, O_RDONLY);
		t->file_flags |= n->flag;
	}
}

void target_by_options(struct target *t, const struct enter_conf *conf)
{
	const struct enter_options *o = &conf->opt;

	clear(t);
	if (o->target != INT64_MIN) {
		t->pidfd = sys_pidfd_open((pid_t)o->target, 0);
		if (t->pidfd == -1)
			msg_die_errno("--target %" PRId64, o->target);
		find_number(t, "the target");
	} else if (o->all == 1 || o->environment == 1) {
		msg_usage("--%s: --target is wanted", o->all == 1 ? "all" : "env");
	}
	open_files(t, o);
	if (t->pidfd != -1)
		compare_namespaces(t, o, o->all == 1);
	t->root = open_dir(t, "root", o->root, "root");
	t->wd = open_dir(t, "wd", o->wd, "cwd");
	if (o->environment == 1)
		t->environment = read_environment(t);
	find_ids(t, o);
	check_alive(t);
}
