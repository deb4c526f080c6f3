/*
 * cgroupfs.c - /sys/fs/cgroup: the groups that were made for this container, as the tops of what its
 * cgroup namespace shows.  A hierarchy in which it has none is not mounted: its top there would be the
 * group of whoever started it.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sys.h"
#include "tree.h"

#define CGROUPFS_TOP "/sys/fs/cgroup"

enum { CGROUPFS_FLAGS = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC };

static int cgroupfs_new(const char *type, const char *options, uint64_t flags)
{
	int fs = tree_fs(type, options, CGROUPFS_FLAGS | flags);

	if (fs < 0)
		msg_die_errno("[mounts] cgroup: %s", options ? options : type);
	return fs;
}

static void cgroupfs_cover(const struct inside *in, const char *path, int fs)
{
	tree_cover(in->root, path, fs);
	close(fs);
}

/* A hierarchy each beside the others, in a tmpfs. */
static void cgroupfs_each(const struct inside *in, const struct cgroup_record *r, uint64_t flags)
{
	int top = cgroupfs_new("tmpfs", "mode=0755,nr_inodes=64", 0);
	struct tree_change ro = {.set = MOUNT_ATTR_RDONLY};

	for (int i = -1; i < r->nv1; i++) {
		const char *name = i < 0 ? "unified" : r->v1[i].controllers;

		if ((i >= 0 || r->v2) && mkdirat(top, name, 0755))
			msg_die_errno(CGROUPFS_TOP "/%s", name);
	}
	tree_cover(in->root, CGROUPFS_TOP, top);
	tree_change(in->proc, top, &ro, CGROUPFS_TOP);
	close(top);
	if (r->v2)
		cgroupfs_cover(in, CGROUPFS_TOP "/unified", cgroupfs_new("cgroup2", NULL, flags));
	for (int i = 0; i < r->nv1; i++)
		cgroupfs_cover(in, file_text(CGROUPFS_TOP "/%s", r->v1[i].controllers),
			       cgroupfs_new("cgroup", r->v1[i].controllers, flags));
}

void cgroupfs_setup(struct inside *in)
{
	int how = in->conf->mounts.cgroup;
	uint64_t flags = how == CGROUPFS_RW ? 0 : MOUNT_ATTR_RDONLY;
	const struct cgroup_record *r = in->start->cgroup;

	if (how < 0 || how == CGROUPFS_NO)
		return;
	if (!r || (!r->v2 && !r->nv1)) {
		msg_hint("nscgroup makes them in a start: see [cgroup] enable");
		msg_die("[mounts] cgroup: the container has no cgroup of its own");
	}
	if (r->nv1)
		cgroupfs_each(in, r, flags);
	else
		cgroupfs_cover(in, CGROUPFS_TOP, cgroupfs_new("cgroup2", NULL, flags));
}
