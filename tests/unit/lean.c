/*
 * lean.c - the stand-ins against the C library's own.
 */
#include <stddef.h>
#include <time.h>

#include "tap.h"

int lean_clock_gettime(clockid_t clock, struct timespec *now);
char *lean_strstr(const char *text, const char *word);
void lean_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));

static void finding(void)
{
	static const char *const texts[] = {"", "a", "ab", "aab", "aaab", "abcabd", "xyz\nabd\n"};
	static const char *const words[] = {"", "a", "ab", "abd", "b", "z", "abcabdx", "\nabd\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++)
			ok(lean_strstr(texts[i], words[j]) == strstr(texts[i], words[j]),
			   "'%s' in '%s'", words[j], texts[i]);
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
	sorting();
	the_time();
	return tap_end();
}
