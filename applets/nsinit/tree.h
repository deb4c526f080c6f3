/*
 * tree.h - mounts by file descriptor: detached trees, their attributes, places to attach them.
 *
 * No function here follows a path of the image outside root: every one goes through openat2 with
 * RESOLVE_IN_ROOT and NO_MAGICLINKS, and creation is by mkdirat and O_EXCL|O_NOFOLLOW alone.
 */
#ifndef NSINIT_TREE_H
#define NSINIT_TREE_H

#include <stdbool.h>
#include <stdint.h>

/* A detached clone of what stands at path (a host's path: its links are the operator's); -1. */
int tree_clone(int dir, const char *path, bool recursive);

/* The same, dies; what names the object. */
int tree_clone_or_die(int dir, const char *path, bool recursive, const char *what);

/* A new detached file system; options: "key=value,flag", NULL for none; attr: MOUNT_ATTR_*; -1. */
int tree_fs(const char *fstype, const char *options, uint64_t attr);

/* Puts a detached tree on the directory or file behind target; dies. */
void tree_attach(int tree, int target, const char *what);

/*
 * Sets and clears MOUNT_ATTR_* and, unless it is 0, the propagation (MS_PRIVATE, ...) of an attached
 * mount, or of all below it too.  Where mount_setattr is missing (before Linux 5.12) mount by mount,
 * by the mountinfo of proc.  Reads a set MOUNT_ATTR_RDONLY back.  Dies.
 */
struct tree_change {
	uint64_t set, clear;
	unsigned long propagation;
	bool recursive;
};
void tree_change(int proc, int tree, const struct tree_change *, const char *what);

/* Is the mount behind fd read-only? */
bool tree_is_readonly(int fd);

/* Places inside root. */
enum target {
	TARGET_DIR = 1,
	TARGET_FILE = 2,
	TARGET_CREATE = 4,   /* make what is missing, parents too */
	TARGET_NO_LINKS = 8, /* a link on the way is refused: system mounts */
	TARGET_MISSING = 16, /* what is not there gives -1 */
};
/* An O_PATH fd; dies. */
int tree_target(int root, const char *path, unsigned flags);

/*
 * Attaches one of the kernel's file systems at a directory of the root, no link on the way.  What the
 * image's tree has mounted there goes first, where it can go (in a user namespace it is locked).
 */
void tree_cover(int root, const char *path, int tree);

/* One line of mountinfo; strings are decoded and live until the next call of the same buffer. */
struct tree_mount {
	unsigned long id, parent;
	char *point, *fstype;
};
/* The whole mountinfo of this process in fresh memory, NULL and errno; and its next line. */
char *tree_mountinfo(int proc);
bool tree_next_mount(char **text, struct tree_mount *);
unsigned long tree_mount_id(int fd); /* 0: unknown */

#endif
