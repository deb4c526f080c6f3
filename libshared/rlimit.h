/*
 * rlimit.h - [rlimit]: one key for each RLIMIT_* of the kernel, SOFT[:HARD] or "unlimited".
 *
 * Raising a hard limit needs CAP_SYS_RESOURCE, so limits are set before capabilities are dropped
 * and after the last fork and open of our own that they could hinder.
 */
#ifndef NSK_RLIMIT_H
#define NSK_RLIMIT_H

#include <stdint.h>

#include "key.h"

enum { RLIMIT_COUNT = 16 };

struct rlimit_value {
	uint64_t soft, hard; /* RLIM_INFINITY: unlimited */
	int set;	     /* 0: not given */
};
struct rlimit_conf {
	struct rlimit_value limit[RLIMIT_COUNT]; /* by RLIMIT_* number */
};
extern const struct type type_rlimit; /* [struct rlimit_value] set == 0 */
extern const struct key rlimit_keys[];
#define RLIMIT_KEYS rlimit_keys, "rlimit"

/* Sets what is given and reads it back; dies with 125. */
void rlimit_apply(const struct rlimit_conf *);

#endif
