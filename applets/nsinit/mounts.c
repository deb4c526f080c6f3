/*
 * mounts.c - what is mounted in the new root, in this order:
 *
 *  system   proc, sys (and devices.c: /dev), so that no user's line can slip something below them
 *  user     binds and tmpfs, in file order; none onto procfs but a few files that carry no power
 *  restrict masks and read-only paths last, over whatever stands there then
 */
#include <errno.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

#include "cgroup.h"
#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sys.h"
#include "tree.h"

#define ITEM(word, form, text)                                                         \
	{                                                                              \
		word ARG(form) HELP(text), KEY_FIELD(struct mounts_conf, items, item), \
			.flags = KEY_LIST | KEY_ORDERED                                \
	}

const struct key mounts_keys[] = {
	ITEM("bind", "'SOURCE TARGET [OPTIONS]'",
	     "a directory or file of the host, writable, with what is mounted below"),
	ITEM("bind-ro", "'SOURCE TARGET [OPTIONS]'", "the same, read-only all the way down"),
	ITEM("bind-try", "'SOURCE TARGET [OPTIONS]'", "the same as bind where the source exists"),
	ITEM("tmpfs", "'TARGET [OPTIONS]'", "an empty tmpfs; size=, mode=, uid=, gid=, nr_inodes="),
	{"proc" DEFAULT("rw") WORDS("rw|ro|bind|no")
		 HELP("/proc of the pid namespace: rw, ro, bind (the host's), no"),
	 KEY_FIELD(struct mounts_conf, proc, enum)},
	{"sys" DEFAULT("ro") WORDS("rw|ro|bind|no")
		 HELP("/sys of the net namespace: ro, rw, bind (the host's), no"),
	 KEY_FIELD(struct mounts_conf, sys, enum)},
	{"cgroup" DEFAULT("no") WORDS("ro|rw|no")
		 HELP("the container's own cgroups on /sys/fs/cgroup: ro, rw, no"),
	 KEY_FIELD(struct mounts_conf, cgroup, enum)},
	{"dev" DEFAULT("private") WORDS("private|host|no")
		 HELP("/dev: private, host (bound), no (nothing there or below)"),
	 KEY_FIELD(struct mounts_conf, dev, enum)},
	{"devpts" DEFAULT("yes") HELP("/dev/pts with terminals of its own"),
	 KEY_FIELD(struct mounts_conf, devpts, boolean)},
	{"mqueue" DEFAULT("yes") HELP("/dev/mqueue of the ipc namespace"),
	 KEY_FIELD(struct mounts_conf, mqueue, boolean)},
	{"shm-size" DEFAULT("64M") HELP("size of a tmpfs on /dev/shm; 0: none"),
	 KEY_FIELD(struct mounts_conf, shm_size, size)},
	{"mask" HELP("hide this file or directory; may be repeated"),
	 KEY_FIELD(struct mounts_conf, mask, inside), .flags = KEY_LIST},
	{"readonly-path" HELP("make what stands there read-only; may be repeated"),
	 KEY_FIELD(struct mounts_conf, readonly_path, inside), .flags = KEY_LIST},
	{"restrict-sys" DEFAULT("yes")
		 HELP("mask and make read-only what of /proc and /sys reaches the whole machine"),
	 KEY_FIELD(struct mounts_conf, restrict_sys, boolean)},
	{0},
};

enum { API_FLAGS = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

/* Why a new procfs or sysfs is refused: something covers part of the one we have. */
static void explain_api(const struct inside *in, const char *path, const char *key)
{
	char *text = tree_mountinfo(in->proc);
	size_t n = strlen(path);
	struct tree_mount m;

	if (errno != EPERM)
		return;
	while (text && tree_next_mount(&text, &m)) {
		if (strncmp(m.point, path, n) || m.point[n] != '/')
			continue;
		msg_hint(
			"%s is covered here, so the kernel refuses a new %s: '[mounts] %s = bind' takes the one there is",
			m.point, path, key);
		errno = EPERM;
		return;
	}
	msg_hint("it needs a %s namespace that is the container's own, or '[mounts] %s = bind'",
		 *key == 'p' ? "pid" : "net", key);
	errno = EPERM;
}

/*
 * A new proc or sysfs is made before the pivot has hidden the old ones: the kernel allows it in a user
 * namespace only beside one that is fully visible.
 */
static void mount_api(struct inside *in, int how, const char *fstype, const char *path, int made)
{
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY, .recursive = how == API_BIND};
	int fs = made;

	if (how < 0 || how == API_NO)
		return;
	if (fs < 0)
		fs = sources_take(in);
	tree_cover(in->root, path, fs);
	if (how == API_RO)
		tree_change(in->proc, fs, &ro, path);
	if (strcmp(fstype, "proc"))
		close(fs);
	else
		in->own_proc = fs;
}

int mounts_make_api(struct inside *in, int how, const char *fstype, const char *path)
{
	int fs;

	if (how != API_RW && how != API_RO)
		return -1;
	fs = tree_fs(fstype, NULL, API_FLAGS);
	if (fs < 0) {
		explain_api(in, path, path + 1);
		msg_die_errno("%s: a new %s", path, fstype);
	}
	return fs;
}

void mounts_system(struct inside *in)
{
	mount_api(in, in->conf->mounts.proc, "proc", "/proc", in->made_proc);
	mount_api(in, in->conf->mounts.sys, "sysfs", "/sys", in->made_sys);
}

/* Files of /proc that a bind may cover: they only inform. */
static bool may_cover(const char *path)
{
	return !strncmp(path, "/proc/", 6) &&
	       cgroup_word("cpuinfo diskstats loadavg meminfo slabinfo stat swaps uptime", path + 6,
			   ' ');
}

static int user_target(const struct inside *in, const struct item *i, bool dir)
{
	int fd = tree_target(in->root, i->target, (dir ? TARGET_DIR : TARGET_FILE) | TARGET_CREATE);
	struct statfs fs;

	if (fstatfs(fd, &fs))
		msg_die_errno("%s", i->target);
	if (fs.f_type == PROC_SUPER_MAGIC && !may_cover(i->target))
		msg_die("[mounts] %s: %s: lies in /proc, where a mount would deceive whoever reads it",
			i->key->name, i->target);
	return fd;
}

static void bind_item(struct inside *in, const struct item *i)
{
	struct tree_change c = {i->set, 0, i->propagation == MS_SHARED ? 0 : i->propagation,
				!i->single};
	int tree = sources_take(in), target;
	struct stat st;

	if (tree < 0)
		return;
	if (fstat(tree, &st))
		msg_die_errno("%s", i->source);
	target = user_target(in, i, S_ISDIR(st.st_mode));
	tree_attach(tree, target, i->target);
	tree_change(in->proc, tree, &c, i->target);
	close(target);
	close(tree);
}

static void tmpfs_item(struct inside *in, const struct item *i)
{
	int tree = tree_fs("tmpfs", i->data ? file_text("mode=1777,%s", i->data) : "mode=1777",
			   i->set);
	int target;

	if (tree < 0)
		msg_die_errno("[mounts] tmpfs: %s", i->target);
	target = user_target(in, i, true);
	tree_attach(tree, target, i->target);
	close(target);
	close(tree);
}

/*
 * What nsnet wrote for this container, over the image's own file, whatever that is a link to inside.
 * Where nobody asked for it, and nothing can be made in the root (the machine's own), a file that is
 * not there is not missed.
 */
static void dns_file(struct inside *in, const char *path, bool asked)
{
	const struct root_conf *root = &in->conf->root;
	bool fixed = !strcmp(root->path, "/") && root->kept <= VOLATILE_NO;
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY | API_FLAGS};
	int tree = sources_take(in), target;

	if (tree < 0)
		return;
	target = tree_target(in->root, path,
			     TARGET_FILE | (asked || !fixed ? TARGET_CREATE : TARGET_MISSING));
	if (target >= 0) {
		tree_attach(tree, target, path);
		tree_change(in->proc, tree, &ro, path);
		close(target);
	}
	close(tree);
}

void mounts_user(struct inside *in)
{
	LIST_EACH(struct item, i, in->conf->mounts.items)
	{
		if (i->source)
			bind_item(in, i);
		else
			tmpfs_item(in, i);
	}
}

void mounts_dns(struct inside *in)
{
	if (!in->conf->root.path)
		return;
	dns_file(in, "/etc/resolv.conf", true);
	dns_file(in, "/etc/hosts", true);
	dns_file(in, "/etc/hosts", false);
}

/* Masks */

/* One path after the other */
static const char masked[] = "/proc/acpi\0"
			     "/proc/asound\0"
			     "/proc/kcore\0"
			     "/proc/keys\0"
			     "/proc/latency_stats\0"
			     "/proc/sched_debug\0"
			     "/proc/scsi\0"
			     "/proc/timer_list\0"
			     "/sys/firmware\0"
			     "/sys/devices/virtual/powercap\0";
static const char fixed[] = "/proc/bus\0"
			    "/proc/fs\0"
			    "/proc/irq\0"
			    "/proc/sys\0"
			    "/proc/sysrq-trigger\0";

/* One empty read-only tmpfs serves every masked directory; a mount that is attached can be cloned. */
static int empty_dir(int *first)
{
	int tree;

	if (*first >= 0)
		return tree_clone_or_die(*first, "", false, "mask");
	tree = tree_fs("tmpfs", "mode=0555,nr_inodes=2", API_FLAGS | MOUNT_ATTR_RDONLY);
	if (tree < 0)
		msg_die_errno("mask: tmpfs");
	*first = dup(tree);
	return tree;
}

static int null_file(const struct inside *in)
{
	int tree;

	if (in->null < 0)
		msg_die("mask: no null device is at hand: the host's /dev/null is missing or is another device");
	tree = tree_clone(in->null, "", false);
	return tree >= 0 ? tree
			 : dup(in->null); /* still detached: the first use attaches it itself */
}

static void mask(struct inside *in, const char *path, bool may_miss, int *first)
{
	int target = tree_target(in->root, path,
				 TARGET_DIR | TARGET_FILE | (may_miss ? TARGET_MISSING : 0U));
	struct stat st;
	int tree;

	if (target < 0)
		return;
	if (fstat(target, &st))
		msg_die_errno("%s", path);
	tree = S_ISDIR(st.st_mode) ? empty_dir(first) : null_file(in);
	tree_attach(tree, target, path);
	close(tree);
	close(target);
}

static void fix(struct inside *in, const char *path, bool may_miss)
{
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY, .recursive = true};
	int target = tree_target(in->root, path,
				 TARGET_DIR | TARGET_FILE | (may_miss ? TARGET_MISSING : 0U));
	int tree;

	if (target < 0)
		return;
	tree = tree_clone_or_die(target, "", true, path);
	tree_attach(tree, target, path);
	tree_change(in->proc, tree, &ro, path);
	close(tree);
	close(target);
}

void mounts_restrict(struct inside *in)
{
	const struct mounts_conf *c = &in->conf->mounts;
	bool usual = c->restrict_sys == 1;
	int first = -1;

	for (const char *path = fixed; usual && *path; path += strlen(path) + 1)
		fix(in, path, true);
	for (const char *path = masked; usual && *path; path += strlen(path) + 1)
		mask(in, path, true, &first);
	LIST_EACH(char *, path, c->readonly_path)
	fix(in, *path, false);
	LIST_EACH(char *, path, c->mask)
	mask(in, *path, false, &first);
	if (first >= 0)
		close(first);
}
