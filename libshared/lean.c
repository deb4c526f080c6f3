/*
 * lean.c - small stand-ins for functions of the C library that are large for what is asked of them here:
 * lists of a few names, texts of a few lines, a clock that is read a few times.  The linker finds
 * these first, as it does printf.c's: 4 KB of the binary.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
#define LEAN(name) name
#else /* the C library keeps its own; the unit test compares the two */
#define LEAN(name) lean_##name
#endif

int LEAN(clock_gettime)(clockid_t clock, struct timespec *now);
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
