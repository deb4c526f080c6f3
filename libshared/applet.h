/*
 * applet.h - what an applet is, and how its struct is filled: default -> INI -> argv.
 */
#ifndef NSK_APPLET_H
#define NSK_APPLET_H

#include <stdbool.h>

#include "inifile.h"
#include "key.h"

struct start;

struct applet {
	const char *name;
	const char *synopsis; /* after the name: "[OPTION]... [--] COMMAND [ARG]..." */
	const char *summary;  /* one line for --list-full */
	const char *verbs; /* NULL, or "create\0delete\0": the first operand must be one of these */
	const char *after; /* NULL, or text that ends --help (examples) */
	const struct group *groups; /* ended by keys == NULL */
	size_t conf_size;
	size_t ini_at; /* 0, or the offset of a `const struct ini *` member: what conf was filled from */
	bool step;   /* may be a step of a start: without --config it takes $NSK_DIR/config */
	bool sealed; /* runs from a copy of the program that nobody can write: self.h */

	/*
	 * The file to read when --config is not given, for an applet that finds it by itself (nsenter: the
	 * record's): NULL for none.  conf is what argv alone gives.  May die.  NULL = no such file.
	 */
	const char *(*config)(const void *conf, char **operands);

	/*
	 * All checks that need no side effect, on the filled struct: dies with 125.  NULL = none.
	 * nsexec calls it for every applet of its plan before anything is made.
	 */
	void (*check)(const void *conf, char **operands);

	/*
	 * For a container's init and the steps before it: conf against the start that is planned (name,
	 * made, joined and mapped are set, there is no process yet): a host name needs a private uts
	 * namespace, mounts a private mount namespace, a file a root.  Called by nsexec before anything
	 * is made; dies with 125.
	 */
	void (*check_start)(const void *conf, const struct start *planned);

	/*
	 * Called first of all with argv, gives the argv to use.  nsinit: as the machine's first process
	 * the words that the kernel passes are none of ours.  NULL = argv as it is.
	 */
	char **(*argv)(char **argv);

	/*
	 * For an applet that can be a container's init (nsinit): opens, as the privileged monitor in
	 * the host's mount namespace, the host objects that the inside needs (detached mounts by
	 * open_tree, fsmount; device nodes), at most max, and gives their number; main gets them over
	 * start->sync in the same order.  Not called when the monitor lacks CAP_SYS_ADMIN: main
	 * then calls it by itself, inside, before it pivots.  Once more with late, when the window is over,
	 * for what its steps have made: those come with go.  Dies with 125.  NULL = none.
	 */
	int (*sources)(const void *conf, const struct start *start, bool late, int *fds, int max);

	/*
	 * Whether this step, as it would be called, changes nothing of its process that outlives it: no fd,
	 * directory, identity or namespace.  nsexec then calls main in the monitor itself, which is the
	 * price of a process less; msg_die ends the step alone there, too.  NULL = no.
	 */
	bool (*traceless)(const void *conf, char **operands, const struct start *start);

	/*
	 * Where start->early was set: what a prepare step has left that must stand before COMMAND runs,
	 * but not before its process is born.  In the monitor, beside init's set-up.  NULL = nothing.
	 */
	void (*finish)(const void *conf);

	/*
	 * The step.  operands: what follows the options, NULL-ended.  start: NULL when the applet
	 * runs by itself, else what nsexec knows of the container (start.h).  Gives an exit status.
	 */
	int (*main)(const void *conf, char **operands, const struct start *start);
};

/* Every applet, NULL-ended, in the order of --list; defined by the multiplexer. */
extern const struct applet *const applet_list[];

/* The applet of that name, NULL when there is none; nearest (may be NULL) gets the nearest name. */
const struct applet *applet_find(const char *name, const char **nearest);

/* A command of an applet, ready to run: checked, nothing done yet. */
struct call {
	const struct applet *applet;
	void *conf;
	char **operands;
	const struct ini *ini; /* what the struct was filled from */
};

/*
 * Fills call from argv (argv[0] = the applet's name) and from outer when that is not NULL (the plan of
 * nsexec: every step reads the file that nsexec read); else from --config FILE, or, for a step, from $NSK_DIR/config
 * where NSK_DIR is set.  With a file the whole of it is checked, every applet's
 * sections.  Answers --help, --version and --dump and exits; dies with 125 on the first error.
 */
void applet_prepare(struct call *, const struct applet *, char **argv, const struct ini *outer);

/* The struct of an applet filled from the file alone: no argv (conf print, the record). */
void *applet_fill(const struct applet *, const struct ini *);

/* The container's name: the last [container] name of ini, else its stem where that is a name, else NULL. */
const char *applet_container_name(const struct ini *);

/* The effective configuration of every applet, as an INI text; confs[i] NULL = filled from ini. */
char *applet_effective(const struct ini *, void *const *confs);

/* How many applets there are. */
size_t applet_count(void);

/*
 * Checks every line of a file against every applet's table: dies with file:line: [section] key: ...
 * The structs that this fills are kept in ini for applet_effective.
 */
void applet_check_file(struct ini *);

/* msg_name, main; gives its status. */
int applet_run(const struct call *, const struct start *);

/* Does the long option of this row mean this row?  An option of an earlier group hides a later one. */
bool applet_has_option(const struct applet *, const struct key *);

/* The options that every applet has; ended like any table. */
extern const struct key applet_common[];

/* The long option or letter of a row as help and man page write it: "-m, --mount[=NAMESPACE]". */
char *applet_option_text(const struct key *);

/* The help text of an applet on stdout. */
void applet_help(const struct applet *);
#endif
