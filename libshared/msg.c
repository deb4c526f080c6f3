#include "msg.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
	struct msg_face face;
	char hint[256];
} msg = {.face.applet = "nskit"};

void msg_name(const char *applet)
{
	msg.face.applet = applet;
}

void msg_on_die(void (*report)(const char *text, int status, void *arg), void *arg, int quiet)
{
	msg.face.report = report;
	msg.face.arg = arg;
	msg.face.quiet = quiet;
}

struct msg_face msg_face(void)
{
	return msg.face;
}

void msg_set_face(const struct msg_face *face)
{
	msg.face = *face;
	msg_no_hint();
}

/* One write for the whole line: a longer message is cut, never split among other processes' lines. */
static void put(const char *label, const char *text)
{
	char line[1200];
	int n = snprintf(line, sizeof line, "%s: %s%s\n", msg.face.applet, label, text);

	if (n >= (int)sizeof line) {
		n = sizeof line - 1;
		line[n - 1] = '\n';
	}
	(void)!write(2, line,
		     (size_t)n); /* stderr may be closed: there is nowhere else to say it */
}

static void format(char *text, size_t cap, int err, const char *fmt, va_list ap)
{
	int n = vsnprintf(text, cap, fmt, ap);

	if (err && n >= 0 && (size_t)n < cap)
		snprintf(text + n, cap - (size_t)n, ": %s", strerror(err));
}

static void warn(int err, const char *fmt, va_list ap)
{
	char text[1024];
	int saved = errno;

	format(text, sizeof text, err, fmt, ap);
	put("", text);
	errno = saved;
}

void msg_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(0, fmt, ap);
	va_end(ap);
}

void msg_warn_errno(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	warn(errno, fmt, ap);
	va_end(ap);
}

void msg_hint(const char *fmt, ...)
{
	va_list ap;
	int saved = errno;

	va_start(ap, fmt);
	vsnprintf(msg.hint, sizeof msg.hint, fmt, ap);
	va_end(ap);
	errno = saved;
}

void msg_no_hint(void)
{
	msg.hint[0] = '\0';
}

static _Noreturn void die(int status, int err, const char *fmt, va_list ap)
{
	char text[1024];

	format(text, sizeof text, err, fmt, ap);
	if (!msg.face.report || !msg.face.quiet) {
		put("", text);
		if (msg.hint[0])
			put("hint: ", msg.hint);
	}
	if (msg.face.report) {
		char both[sizeof text + sizeof msg.hint + 16];

		snprintf(both, sizeof both, "%s%s%s", text, msg.hint[0] ? "\nhint: " : "",
			 msg.hint);
		msg.face.report(both, status, msg.face.arg);
	}
	_exit(status);
}

void msg_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(EXIT_FAILED, 0, fmt, ap);
}

void msg_die_errno(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(EXIT_FAILED, errno, fmt, ap);
}

void msg_die_status(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	die(status, 0, fmt, ap);
}

void msg_usage(const char *fmt, ...)
{
	va_list ap;

	msg_hint("try '%s --help'", msg.face.applet);
	va_start(ap, fmt);
	die(EXIT_FAILED, 0, fmt, ap);
}
