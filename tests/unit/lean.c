/*
 * lean.c - the stand-ins against the C library's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

int lean_clock_gettime(clockid_t clock, struct timespec *now);
int lean_faccessat(int dir, const char *path, int mode, int flags);
int lean_fchmodat(int dir, const char *path, mode_t mode, int flags);
struct tm *lean_gmtime_r(const time_t *time, struct tm *tm);
unsigned long lean_strtoul(const char *text, char **end, int base);
void *lean_memmem(const void *text, size_t len, const void *word, size_t n);
char *lean_strstr(const char *text, const char *word);
void lean_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

static void finding(void)
{
	static const char *const texts[] = {"", "a", "ab", "aab", "aaab", "abcabd", "xyz\nabd\n"};
	static const char *const words[] = {"", "a", "ab", "abd", "b", "z", "abcabdx", "\nabd\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
			size_t len = strlen(texts[i]), n = strlen(words[j]);

			ok(lean_strstr(texts[i], words[j]) == strstr(texts[i], words[j]),
			   "'%s' in '%s'", words[j], texts[i]);
			ok(lean_memmem(texts[i], len, words[j], n) ==
				   memmem(texts[i], len, words[j], n),
			   "the bytes '%s' in '%s'", words[j], texts[i]);
		}
}

static void numbers(void)
{
	static const char *const texts[] = {"",		"0",  "7",    "40\n",
					    "123456:x", "fF", "12fg", "4294967295"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (int base = 10; base <= 16; base += 6) {
			char *end, *other;

			ok(lean_strtoul(texts[i], &end, base) == strtoul(texts[i], &other, base) &&
				   end == other,
			   "'%s' to the base of %d", texts[i], base);
		}
	ok(lean_strtoul("12", NULL, 10) == 12, "where it ends is not asked");
}

/* A step of some days and odd seconds, over the leap years of 1972 to 2400. */
static void dates(void)
{
	bool same = true;

	for (time_t t = 0; t < (time_t)86400 * 366 * 450; t += 86400 * 5 + 12345) {
		struct tm a = {0}, b = {0};

		same &= lean_gmtime_r(&t, &a) == &a && gmtime_r(&t, &b) && a.tm_sec == b.tm_sec &&
			a.tm_min == b.tm_min && a.tm_hour == b.tm_hour && a.tm_mday == b.tm_mday &&
			a.tm_mon == b.tm_mon && a.tm_year == b.tm_year;
	}
	ok(same, "the date of every time");
}

static void calls(void)
{
	char name[] = "/tmp/lean-XXXXXX";
	int fd = mkstemp(name);
	struct stat st;

	ok(fd >= 0 && !lean_fchmodat(AT_FDCWD, name, 0640, 0) && !fstat(fd, &st) &&
		   (st.st_mode & 07777) == 0640,
	   "a file gets its mode");
	ok(!lean_faccessat(AT_FDCWD, name, R_OK, 0) &&
		   !lean_faccessat(AT_FDCWD, name, R_OK, AT_EACCESS),
	   "a file may be read, also by the effective user");
	ok(lean_faccessat(AT_FDCWD, name, X_OK, AT_EACCESS) == -1 && errno == EACCES,
	   "it cannot be executed");
	unlink(name);
	close(fd);
	ok(lean_fchmodat(AT_FDCWD, name, 0640, 0) == -1 && errno == ENOENT, "no file, no mode");
}

struct pair {
	int key;
	char rest[5];
};

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static void sorting(void)
{
	for (size_t n = 0; n < 40; n++) {
		struct pair a[40] = {0}, b[40];
		unsigned seed = (unsigned)n + 1;
		bool same = true;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245U + 12345U;
			a[i].key = (int)(seed >> 16) % 50 * 100 + (int)i;
			snprintf(a[i].rest, sizeof a[i].rest, "%zu", i);
		}
		memcpy(b, a, sizeof a);
		lean_qsort(a, n, sizeof *a, by_key);
		qsort(b, n, sizeof *b, by_key);
		for (size_t i = 0; i < n; i++)
			same &= a[i].key == b[i].key && !strcmp(a[i].rest, b[i].rest);
		ok(same, "%zu elements in order", n);
	}
}

static void the_time(void)
{
	struct timespec a, b, c;

	clock_gettime(CLOCK_MONOTONIC, &a);
	ok(!lean_clock_gettime(CLOCK_MONOTONIC, &b), "a clock can be read");
	clock_gettime(CLOCK_MONOTONIC, &c);
	ok((a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec)) &&
		   (b.tv_sec < c.tv_sec || (b.tv_sec == c.tv_sec && b.tv_nsec <= c.tv_nsec)),
	   "it goes as the library's does");
	ok(lean_clock_gettime(12345, &b) == -1, "no clock of that number");
}

int main(void)
{
	finding();
	numbers();
	dates();
	calls();
	sorting();
	the_time();
	return tap_end();
}
