/*
 * lean.c - small stand-ins for functions of the C library that are large for what is asked of them here:
 * lists of a few names, texts of a few lines, a clock that is read a few times, numbers without a sign,
 * system calls without an emulation for old kernels.  The linker finds these first, as it does
 * printf.c's: 10 KB of the binary.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
#define LEAN(name) name
#else /* the C library keeps its own; the unit test compares the two */
#define LEAN(name) lean_##name
#endif

int LEAN(clock_gettime)(clockid_t clock, struct timespec *now);
int LEAN(faccessat)(int dir, const char *path, int mode, int flags);
int LEAN(fchmodat)(int dir, const char *path, mode_t mode, int flags);
struct tm *LEAN(gmtime_r)(const time_t *time, struct tm *tm);
unsigned long LEAN(strtoul)(const char *text, char **end, int base);
void *LEAN(memmem)(const void *text, size_t len, const void *word, size_t n);
char *LEAN(strstr)(const char *text, const char *word);
void LEAN(qsort)(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

/* musl's looks for the vdso's, for which it reads the tables of an ELF file. */
int LEAN(clock_gettime)(clockid_t clock, struct timespec *now)
{
#ifdef SYS_clock_gettime64
	return (int)syscall(SYS_clock_gettime64, clock, now);
#else
	return (int)syscall(SYS_clock_gettime, clock, now);
#endif
}

/* Linux takes flags since 5.8. */
int LEAN(faccessat)(int dir, const char *path, int mode, int flags)
{
	return (int)syscall(flags ? SYS_faccessat2 : SYS_faccessat, dir, path, mode, flags);
}

/* No flags: nobody asks for any. */
int LEAN(fchmodat)(int dir, const char *path, mode_t mode, int flags)
{
	(void)flags;
	return (int)syscall(SYS_fchmodat, dir, path, mode);
}

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
