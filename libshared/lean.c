/*
 * lean.c - small stand-ins for functions of the C library that are large for what is asked of them here:
 * lists of a few names, texts of a few lines, an environment of a few variables, numbers without a sign.
 * The linker finds these first, as it does printf.c's and lean_sys.c's: 8 KB of the binary.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lean.h"

struct tm *LEAN(gmtime_r)(const time_t *time, struct tm *tm);
unsigned long LEAN(strtoul)(const char *text, char **end, int base);
void *LEAN(memmem)(const void *text, size_t len, const void *word, size_t n);
char *LEAN(strstr)(const char *text, const char *word);
void LEAN(qsort)(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
void *LEAN(memchr)(const void *text, int c, size_t n);
char *LEAN(strchrnul)(const char *text, int c);
char *LEAN(strchr)(const char *text, int c);
size_t LEAN(strspn)(const char *text, const char *set);
size_t LEAN(strcspn)(const char *text, const char *set);
int LEAN(strncmp)(const char *a, const char *b, size_t n);
char *LEAN(stpcpy)(char *to, const char *from);
char *LEAN(strcpy)(char *to, const char *from);
char *LEAN(strtok_r)(char *text, const char *set, char **rest);
char *LEAN(getenv)(const char *name);
int LEAN(setenv)(const char *name, const char *value, int replace);
int LEAN(unsetenv)(const char *name);
int LEAN(execvp)(const char *file, char *const argv[]);
_Noreturn void LEAN(exit)(int status);

/* From 1970 on.  The year is counted from March, so that the leap day is its last. */
struct tm *LEAN(gmtime_r)(const time_t *time, struct tm *tm)
{
	int64_t day = *time / 86400, second = *time % 86400;
	int64_t era = (day + 719468) / 146097, of_era = (day + 719468) % 146097;
	int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	*tm = (struct tm){.tm_sec = (int)(second % 60),
			  .tm_min = (int)(second / 60 % 60),
			  .tm_hour = (int)(second / 3600),
			  .tm_mday = (int)(of_year - (153 * month + 2) / 5 + 1),
			  .tm_mon = (int)((month + 2) % 12),
			  .tm_year = (int)(year + 400 * era - 1900 + (month > 9))};
	return tm;
}

/* Digits alone, of a base up to 16. */
unsigned long LEAN(strtoul)(const char *text, char **end, int base)
{
	static const char digits[] = "0123456789abcdef";
	unsigned long n = 0;
	const char *digit;

	for (; *text && (digit = strchr(digits, tolower((unsigned char)*text))) &&
	       digit - digits < base;
	     text++)
		n = n * (unsigned long)base + (unsigned long)(digit - digits);
	if (end)
		*end = (char *)(uintptr_t)text;
	return n;
}

void *LEAN(memmem)(const void *text, size_t len, const void *word, size_t n)
{
	const char *p = text;

	for (; len >= n; p++, len--)
		if (!memcmp(p, word, n))
			return (void *)(uintptr_t)p;
	return NULL;
}

char *LEAN(strstr)(const char *text, const char *word)
{
	size_t n = strlen(word);

	while (strncmp(text, word, n) != 0)
		if (!*text++)
			return NULL;
	return (char *)(uintptr_t)text;
}

static void swap(char *a, char *b, size_t size)
{
	for (; size--; a++, b++) {
		char c = *a;

		*a = *b;
		*b = c;
	}
}

/* By insertion: what comes from the kernel and from directories is nearly sorted, or short. */
void LEAN(qsort)(void *base, size_t n, size_t size, int (*compare)(const void *, const void *))
{
	char *first = base;

	for (size_t i = 1; i < n; i++)
		for (char *p = first + i * size; p > first && compare(p - size, p) > 0; p -= size)
			swap(p - size, p, size);
}

/* ---- texts: byte for byte ---- */

void *LEAN(memchr)(const void *text, int c, size_t n)
{
	for (const unsigned char *p = text; n; p++, n--)
		if (*p == (unsigned char)c)
			return (void *)(uintptr_t)p;
	return NULL;
}

char *LEAN(strchrnul)(const char *text, int c)
{
	while (*text && *text != (char)c)
		text++;
	return (char *)(uintptr_t)text;
}

char *LEAN(strchr)(const char *text, int c)
{
	char *p = strchrnul(text, c);

	return *p == (char)c ? p : NULL;
}

/* How many bytes at the start of text are in set, or are not. */
static size_t span(const char *text, const char *set, bool in)
{
	size_t n = 0;

	for (; text[n]; n++) {
		const char *p = set;

		while (*p && *p != text[n])
			p++;
		if (in != (*p != '\0'))
			break;
	}
	return n;
}

size_t LEAN(strspn)(const char *text, const char *set)
{
	return span(text, set, true);
}

size_t LEAN(strcspn)(const char *text, const char *set)
{
	return span(text, set, false);
}

int LEAN(strncmp)(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *LEAN(stpcpy)(char *to, const char *from)
{
	while ((*to = *from++))
		to++;
	return to;
}

/* The compiler makes these of others whose result nobody wants. */
char *LEAN(strcpy)(char *to, const char *from)
{
	memcpy(to, from, strlen(from) + 1);
	return to;
}

char *LEAN(strtok_r)(char *text, const char *set, char **rest)
{
	char *word = text ? text : *rest;

	word += strspn(word, set);
	*rest = word + strcspn(word, set);
	if (**rest)
		*(*rest)++ = '\0';
	return *word ? word : NULL;
}

/* ---- the environment: what is put in is never given back ---- */

/* The place of a variable whose name has n bytes, or of the NULL at the end. */
static char **variable(const char *name, size_t n)
{
	char **p = environ;

	while (*p && (strncmp(*p, name, n) != 0 || (*p)[n] != '='))
		p++;
	return p;
}

char *LEAN(getenv)(const char *name)
{
	size_t n = strlen(name);
	char **p = variable(name, n);

	return *p ? *p + n + 1 : NULL;
}

int LEAN(setenv)(const char *name, const char *value, int replace)
{
	size_t n = strlen(name), all;
	char **p = variable(name, n), *text;

	if (*p && !replace)
		return 0;
	if (asprintf(&text, "%s=%s", name, value) < 0)
		return -1;
	if (!*p) {
		all = (size_t)(p - environ);
		p = malloc((all + 2) * sizeof *p);
		if (!p)
			return -1;
		memcpy(p, environ, all * sizeof *p);
		p[all + 1] = NULL;
		environ = p;
		p += all;
	}
	*p = text;
	return 0;
}

int LEAN(unsetenv)(const char *name)
{
	size_t n = strlen(name);

	for (char **p; *(p = variable(name, n));) /* whoever made it may have put it in twice */
		for (; *p; p++)
			*p = p[1];
	return 0;
}

/* ---- a command by its name ---- */

/* As execvp(3): the first in PATH that can be executed; EACCES when all that were found cannot. */
int LEAN(execvp)(const char *file, char *const argv[])
{
	const char *path = getenv("PATH");
	char full[PATH_MAX];
	bool denied = false;

	if (strchr(file, '/') || !*file)
		return execve(file, argv, environ);
	errno = ENOENT;
	for (path = path ? path : "/usr/local/bin:/bin:/usr/bin";; path++) {
		size_t n = strcspn(path, ":");

		if (snprintf(full, sizeof full, "%.*s%s%s", (int)n, path, n ? "/" : "", file) <
		    (int)sizeof full)
			execve(full, argv, environ);
		denied |= errno == EACCES;
		if (errno != EACCES && errno != ENOENT && errno != ENOTDIR)
			return -1;
		path += n;
		if (!*path)
			break;
	}
	if (denied)
		errno = EACCES;
	return -1;
}

/* Nothing is asked for at the end: whoever prints has seen to it (file_flush_stdout), memory goes by itself. */
_Noreturn void LEAN(exit)(int status)
{
	_exit(status);
}
