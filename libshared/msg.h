/*
 * msg.h - messages of nskit on stderr: one write(2) each, because many processes log at once.
 *
 * The form is `applet: what object: strerror`, then, where that error has one usual cause,
 * `applet: hint: ...`.  errno is saved on entry and restored, so a caller may still look at it.
 */
#ifndef NSK_MSG_H
#define NSK_MSG_H

/* exit statuses, everywhere; see README.  128+n: COMMAND was killed by signal n. */
enum {
	EXIT_FAILED = 125,	/* nskit failed before COMMAND ran */
	EXIT_CANNOT_EXEC = 126, /* COMMAND is there and cannot be executed */
	EXIT_NOT_FOUND = 127,	/* COMMAND is not there */
};

/* The name that stands before each message of this process: an applet's. */
void msg_name(const char *applet);

/*
 * Where a failure goes as well as to stderr: called once by msg_die*, in the process that set it, with
 * the text of the message, a newline and `hint: ...` after it where there is a hint, no newline at
 * the end.  NULL = nowhere.  A child made by fork that should
 * not report clears it.  nsinit sets it to send the text to the monitor, which prints it; then
 * `quiet` says that this process does not print it itself.
 */
void msg_on_die(void (*report)(const char *text, int status, void *arg), void *arg, int quiet);

/*
 * What the two above have set, to be put back: a step that shares our memory (proc_call) sets its own.
 * A hint that was not used is dropped.
 */
struct msg_face {
	const char *applet;
	void (*report)(const char *text, int status, void *arg);
	void *arg;
	int quiet;
};
struct msg_face msg_face(void);
void msg_set_face(const struct msg_face *);

/* A warning: `applet: TEXT`; returns.  The _errno form adds `: strerror(errno)`. */
void msg_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void msg_warn_errno(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Sets the hint that follows the next message of msg_die or msg_die_errno: one line, no newline. */
void msg_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* What it was about is settled or said: the next message is another. */
void msg_no_hint(void);

/* Prints, then exits with 125 by _exit(2): exit is the clean-up of a one-step process. */
void msg_die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void msg_die_errno(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* The same with another status (126, 127). */
void msg_die_status(int status, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* Wrong words on argv: msg_die with the hint "try 'APPLET --help'". */
void msg_usage(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

#endif
