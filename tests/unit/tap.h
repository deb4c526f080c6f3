/*
 * tap.h - what a unit test prints: TAP.  One program is one file; `return tap_end();` ends its main.
 */
#ifndef NSK_TAP_H
#define NSK_TAP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

static int tap_count, tap_failures;

__attribute__((format(printf, 2, 3), unused)) static bool ok(bool good, const char *fmt, ...)
{
	char name[400];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(name, sizeof name, fmt, ap);
	va_end(ap);
	for (char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '#')
			*p = '.';
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tap_count, name);
	tap_failures += !good;
	return good;
}

/* A line below a failed test. */
__attribute__((unused)) static void tap_tell(const char *what, const char *text)
{
	printf("# %s: '%s'\n", what, text ? text : "(none)");
}

/* Is it this very text?  Two NULLs are the same. */
__attribute__((unused)) static void is(const char *got, const char *wanted, const char *name)
{
	bool good = got && wanted ? !strcmp(got, wanted) : got == wanted;

	if (ok(good, "%s", name))
		return;
	tap_tell("wanted", wanted);
	tap_tell("got", got);
}

/* Does it contain this text? */
__attribute__((unused)) static void has(const char *got, const char *wanted, const char *name)
{
	if (ok(got && strstr(got, wanted), "%s", name))
		return;
	tap_tell("wanted", wanted);
	tap_tell("got", got);
}

static jmp_buf tap_jump;
static char tap_death[2048];

__attribute__((unused)) static void tap_died(const char *text, int status, void *arg)
{
	(void)arg;
	snprintf(tap_death, sizeof tap_death, "%d %s", status, text);
	longjmp(tap_jump, 1);
}

/*
 * Calls f, which may die by msg_die: NULL, or "STATUS TEXT" of the message.  What f had opened or
 * allocated stays.
 */
__attribute__((unused)) static const char *dies(void (*f)(void *), void *arg)
{
	msg_on_die(tap_died, NULL, 1);
	if (setjmp(tap_jump)) {
		msg_on_die(NULL, NULL, 0);
		msg_hint("%s", "");
		return tap_death;
	}
	f(arg);
	msg_on_die(NULL, NULL, 0);
	return NULL;
}

__attribute__((unused)) static int tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failures != 0;
}

/* Memory that is parsed lives until the end by design. */
const char *__asan_default_options(void);
__attribute__((unused)) const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

#endif
