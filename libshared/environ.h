/*
 * environ.h - the environment of COMMAND: [exec] env, pass-env, clear-env.
 *
 * clear-env = yes (with a file): PATH, HOME and, with a terminal, TERM; then what pass-env names
 * of the caller's; then env, in order; the last one of a name wins.  Without clear-env the
 * caller's environment stays and env and pass-env only add.
 */
#ifndef NSK_ENVIRON_H
#define NSK_ENVIRON_H

#include <stdbool.h>

#include "key.h"

#define ENVIRON_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

struct environ_conf {
	struct list env;       /* char *: NAME=VALUE */
	struct list pass_env;  /* char *: NAME */
	signed char clear_env; /* -1 unset: not cleared */
};
extern const struct key environ_keys[]; /* [exec] env pass-env clear-env */
#define ENVIRON_KEYS environ_keys, "exec"

/*
 * The vector for execve, in fresh memory that points into conf, caller and home.
 * home: for HOME, only used when cleared; term: pass TERM on when cleared.
 */
char **environ_build(const struct environ_conf *, char *const caller[], const char *home,
		     bool term);

/* The value of a name in a vector, NULL when it has none. */
const char *environ_get(char *const envp[], const char *name);

#endif
