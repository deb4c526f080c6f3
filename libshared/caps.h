/*
 * caps.h - [caps]: the five capability sets, to the kernel's last capability.
 *
 * `keep` bounds all of it: bounding, permitted and effective sets are keep without drop, cut to what
 * the caller has; inheritable and ambient are empty.  Each of bounding, permitted, effective,
 * inheritable, ambient replaces its own set, and must then be had in full.
 * execve gives root the whole bounding set, so a bounding set beyond the permitted one is refused
 * for uid 0: nothing is regained.
 */
#ifndef NSK_CAPS_H
#define NSK_CAPS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "key.h"

/* A line of names with or without CAP_, separated by blanks or commas; "all", "none"; numbers. */
extern const struct type type_caps; /* [uint64_t] a mask; CAPS_UNSET */
#define CAPS_UNSET (UINT64_C(1) << 63)
#define CAPS_ALL (CAPS_UNSET - 1) /* cut to the kernel's last where it is used */

struct caps_conf {
	struct list keep, drop, bounding, permitted, effective, inheritable, ambient; /* uint64_t */
};
extern const struct key caps_keys[];
#define CAPS_KEYS caps_keys, "caps"

struct caps {
	uint64_t bounding, permitted, effective, inheritable, ambient;
};

/* The five sets of this process, from the kernel (capget, prctl); dies only without a kernel. */
void caps_read(struct caps *);

/* The same without the bounding set, which costs a system call for each capability. */
void caps_read_own(struct caps *);

/* All capabilities that this kernel has. */
uint64_t caps_kernel(void);

/*
 * What conf asks for a process that has *have now and will be uid at execve: false when conf asks
 * nothing (neutral).  For another uid than 0 execve leaves only the ambient set, so permitted and
 * effective are that unless written.  Dies with 125 when a set that was written cannot be had.
 */
bool caps_resolve(const struct caps_conf *, const struct caps *have, uid_t uid, struct caps *want);

/* Drops what is not in the mask from the bounding set of one that has *have (needs CAP_SETPCAP); dies with 125. */
void caps_apply_bounding(const struct caps *have, uint64_t bounding);

/* Sets the other four, reads them back and compares; the bounding set is not looked at.  Dies with 125. */
void caps_apply(const struct caps *want);

/* NULL when equal, else a fresh phrase that names the set and the capabilities that differ. */
const char *caps_differ(const struct caps *want, const struct caps *have);

/* The names of a mask for messages, in fresh memory: "CHOWN KILL". */
char *caps_text(uint64_t mask);

/* One word to its number, -1 when there is none. */
int caps_number(const char *word);

#endif
