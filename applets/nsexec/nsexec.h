/*
 * nsexec.h - one start as its monitor sees it, and the phases that work on it.
 */
#ifndef NSK_NSEXEC_H
#define NSK_NSEXEC_H

#include <signal.h>
#include <termios.h>

#include "applet.h"
#include "cgroup.h"
#include "container.h"
#include "start.h"
#include "state.h"
#include "sync.h"

struct idmap_conf {
	int mode;
	struct list uid, gid; /* struct idmap */
	char *helper; /* "auto", "never" or the path of newuidmap; newgidmap stands beside it */
};
enum { IDMAP_NONE, IDMAP_ROOT, IDMAP_KEEP, IDMAP_AUTO, IDMAP_EXPLICIT };
extern const struct key idmap_keys[];

struct hooks_conf {
	struct list prepare, window, start, stop; /* char ** */
};

/* One --prepare, --window or --undo of the command line: key says which. */
struct step {
	const struct key *key;
	char **argv;
};

struct nsexec_conf {
	struct container_conf container;
	struct namespaces_conf namespaces;
	struct idmap_conf idmap;
	struct hooks_conf hooks;
	struct list steps; /* struct step, in order */
	int64_t status_fd, go_fd;
	const struct ini *ini;
};

/* A command of the plan, checked: an applet's call, or a foreign command's argv. */
struct command {
	char **argv; /* NULL: there is none */
	struct call call;
};

struct planned {
	enum phase { PHASE_PREPARE, PHASE_WINDOW } phase;
	struct command run, undo;
};

struct run {
	const struct nsexec_conf *conf;
	struct command command; /* COMMAND: mostly nsinit's call */
	struct planned *plan;
	size_t n_plan;

	struct state state; /* dir -1: no record is kept */
	struct start start;

	unsigned make;	   /* CLONE_NEW* of the private namespaces */
	struct join *join; /* of the joined ones, NULL: none */
	struct cgroup_record cgroup;
	struct cgroup_join cgroup_fds;

	int sync;      /* the monitor's end; -1 before and after */
	int inner;     /* init's end, until it is cloned */
	int pidfd;     /* init; -1: none */
	pid_t pid;     /* as the monitor's pid namespace counts */
	int signals;   /* signalfd; every signal is blocked */
	sigset_t mask; /* the caller's */
	int caller;    /* detached: the pipe to the waiting caller, -1 */
	int console;   /* pty master, -1 */
	int output;    /* detached: COMMAND's stdout and stderr, -1 */
	int life;      /* write end of the pipe that closes with the container */
	int status_fd, go_fd;
	bool running; /* COMMAND runs: that it ends is no failure */
};

/* plan.c: reads every step, checks it as its applet does; the text of the record's plan */
void plan_make(struct run *);
char *plan_text(const struct run *);

/* window.c: a command of the plan, in a child or here; what happens meanwhile to init and to us aborts */
void window_run(struct run *, enum phase);
/* whether there is any step or hook between clone and go */
bool window_any(const struct run *);
/*
 * Whether init may begin at once with its set-up, and steps may be finished beside it.  It is not dumpable
 * from then on, so only the privileged come to it through /proc (a program for user-mode networking does);
 * and who is not ours may look at it, and at what was prepared.
 */
bool window_quiet(const struct run *);
void window_hooks(struct run *, const struct list *hooks, const char *what);
/* what the prepare steps have left (applet.finish) */
void window_finish(struct run *);
/* every inverse, backwards; those that fail are named: -1; 1: too early for one (START_LATER); 0 */
int window_undo(struct run *);

/* join.c: opens the namespaces of others, before anything is made; joins them, in the stage */
void join_open(struct run *);
void join_all(const struct run *);

/* idmap.c: what to map is decided before the clone, written for the pid after it */
void idmap_check(const struct run *);
void idmap_write(const struct run *);
/* whether id 0 exists inside, for the child */
bool idmap_has_root(const struct run *);
/* Who id 0 of the container is outside: a uid, a gid (group); ID_UNSET: not mapped. */
uint32_t idmap_root(const struct run *, bool group);

/* clone.c: makes init (through a stage when namespaces are joined): sets pid, pidfd */
void clone_init(struct run *);

/* child.c: what init does until COMMAND; never returns */
_Noreturn void child_main(struct run *);

/* console.c: relays between our stdin and stdout and the master until the master ends */
struct relay {
	int master;
	int in;	  /* -1: our stdin has ended */
	bool raw; /* saved is what our terminal gets back */
	struct termios saved;
	char input[4096]; /* what stdin brought; the master has the first `fed` bytes of it */
	size_t have, fed;
};
void console_open(struct relay *, int master);
void console_resize(const struct relay *);
void console_input(struct relay *); /* when the master has all of the last */
void console_feed(struct relay *);
/* false when the other side is closed */
bool console_output(struct relay *);
void console_close(struct relay *);

/* watch.c */
/* The next message of init; what ends the start meanwhile (a signal, the caller's death) aborts it. */
void watch_message(struct run *, struct sync_message *);
/*
 * Until fd can be read; aborts the start when a signal, the caller or init's death asks for it, and then kills
 * the step whose pidfd it is.
 */
void watch_fd(struct run *, int fd, bool step);
/* The same at once, without waiting. */
void watch_abort(struct run *);
/* From EXEC to the end: gives COMMAND's status. */
int watch_running(struct run *);
/* HUP, INT, QUIT or TERM that has come, or 0; other signals are dropped */
int watch_abort_signal(struct run *);

/* caller.c: of a detached start; without one they do nothing */
void caller_detach(struct run *);
/* COMMAND's stdin is the null device, its output what [container] output says */
void caller_output(struct run *);
/* COMMAND runs: nothing of the caller's is held any more, and it may go */
void caller_leave(struct run *);
void caller_tell(struct run *, int status);

/* birth.c: the phases from the name to COMMAND, in this order */
void birth_claim(struct run *);
void birth_cgroup(struct run *);
void birth_init(struct run *);
void birth_pid_file(const struct run *);
void birth_wait_go(struct run *);
void birth_sources(struct run *);
void birth_release(struct run *);
void birth_await_exec(struct run *);
/*
 * Something with init, or beside it, has failed and ends the start: when that is because init had failed
 * before, what it said is the cause, and this does not return.  Init is dead afterwards.
 */
void birth_heed(struct run *);

/* end.c */
/* one line on --status-fd, and the record's status */
void end_status(struct run *, const char *text);
/* kill, undo, remove the record, exit; a message was printed already */
_Noreturn void end_abort(struct run *, int status, const char *text);
/* a namespace that we hold outlives its init, and so would the links that the kernel removes with it */
void end_namespaces(struct run *);
/* COMMAND has ended: says why, records, undoes; gives its status */
int end_finish(struct run *, int status);

#endif
