/*
 * fds.h - which file descriptors COMMAND gets: 0, 1, 2 and what keep-fd names, nothing else.
 */
#ifndef NSK_FDS_H
#define NSK_FDS_H

#include <stdbool.h>
#include <stddef.h>

#include "key.h"

struct fds_conf {
	struct list keep_fd; /* int64_t */
};
extern const struct key fds_keys[]; /* [exec] keep-fd */
#define FDS_KEYS fds_keys, "exec"

/*
 * Closes every fd from 3 on that is neither in keep_fd nor in ours (n of them, any order, -1 is
 * skipped); those of ours become close-on-exec, those of keep_fd do not.  keep_fd must be open, and may
 * not name one of ours: dies with 125.
 */
void fds_close(const struct fds_conf *, const int *ours, size_t n);

/* Closes every fd from 3 on: for a process that stays and needs none. */
void fds_close_all(void);

/*
 * Opens /dev/null on those of 0, 1, 2 that are closed, and checks that it is the null device;
 * makes one of its own where there is no /dev.  Must run before anything else opens a file.
 * Dies with 125.
 */
void fds_stdio(void);

/* A null device's fd, checked to be char 1:3 (O_RDWR, close-on-exec), or -1 and errno. */
int fds_open_null(void);

/*
 * Gives pipes on 0, 1, 2 to uid, so that COMMAND may open /dev/stdout again after its change of user.
 * What is no pipe, or is not ours to give, stays: inheriting the fd works all the same.
 */
void fds_give_stdio(unsigned uid);

#endif
