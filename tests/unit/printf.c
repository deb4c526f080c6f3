/*
 * printf.c - our stdio against the C library's: the same bytes, the same count.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tap.h"

int lean_fflush(FILE *f);
int lean_ferror(FILE *f);
size_t lean_fwrite(const void *text, size_t size, size_t n, FILE *f);
int lean_fputs(const char *text, FILE *f);
int lean_fputc(int c, FILE *f);
int lean_putchar(int c);
int lean_puts(const char *text);
int lean_printf(const char *fmt, ...);
int lean_vsnprintf(char *text, size_t size, const char *fmt, va_list ap);
int lean_snprintf(char *text, size_t size, const char *fmt, ...);
int lean_sprintf(char *text, const char *fmt, ...);
int lean_asprintf(char **text, const char *fmt, ...);

__attribute__((format(printf, 1, 2))) static void same(const char *fmt, ...)
{
	char wanted[400], got[400] = "";
	va_list ap;
	int n, m;

	va_start(ap, fmt);
	n = vsnprintf(wanted, sizeof wanted, fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	m = lean_vsnprintf(got, sizeof got, fmt, ap);
	va_end(ap);
	is(got, wanted, fmt);
	ok(n == m, "%s: %d bytes", fmt, n);
}

static void numbers(void)
{
	same("%d %d %d %i", 0, 7, -7, INT_MIN);
	same("%d %u %x %o", INT_MAX, UINT_MAX, UINT_MAX, UINT_MAX);
	same("%ld %lu %lx %lo", LONG_MIN, ULONG_MAX, ULONG_MAX, ULONG_MAX);
	same("%lld %llu", LLONG_MIN, ULLONG_MAX);
	same("%jd %ju %zu %td", INTMAX_MIN, UINTMAX_MAX, SIZE_MAX, (ptrdiff_t)-1);
	same("%hhd %hhu %hd %hu", (signed char)-1, (unsigned char)255, (short)-32768,
	     (unsigned short)65535);
	same("%" PRId64 " %" PRIu64 " %" PRIx32, INT64_MIN, UINT64_MAX, UINT32_MAX);
}

static void widths(void)
{
	same("[%5d] [%-5d] [%05d] [%05d]", 42, 42, 42, -42);
	same("[%1d] [%-1d] [%02x] [%04x] [%04o] [%08lx]", 1234, 1234, 10U, 10U, 8U, 255UL);
	same("[%.3d] [%.3d] [%8.3d] [%-8.3d]", 5, -5, 5, -5);
	same("[%.0d] [%.0d] [%5.0u]", 0, 1, 0U);
	same("[%*d] [%*d] [%-*d] [%.*d]", 6, 42, -6, 42, 6, 42, 4, 42);
}

static void texts(void)
{
	same("plain");
	same("%%");
	same("[%s] [%10s] [%-10s] [%2s]", "word", "word", "word", "word");
	same("[%.2s] [%.9s] [%10.2s] [%.*s] [%*s]", "word", "word", "word", 3, "word", 7, "word");
	same("[%.*s] [%-*s|]", 0, "word", 7, "word");
	same("[%c] [%3c] [%-3c]", 'a', 'b', 'c');
	same("%s%s%d%%%s end", "", "a", 1, "b");
}

static void refusals(void)
{
	static const char *const unknown[] = {"%f", "%p",  "%n",  "%Lf", "%",
					      "%5", "%#x", "%+d", "%l"};
	char text[40];

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
		errno = 0;
		ok(lean_snprintf(text, sizeof text, unknown[i], 1L) < 0 && errno == EINVAL,
		   "does not know %s", unknown[i]);
	}
	ok(lean_snprintf(text, sizeof text, "%s", "") == 0 && !*text, "nothing");
}

static void rooms(void)
{
	char text[8] = "-------", *fresh;

	ok(lean_snprintf(text, 4, "%d", 12345) == 5 && !strcmp(text, "123") && text[4] == '-',
	   "what fits, and a NUL");
	ok(lean_snprintf(text, 1, "%d", 12345) == 5 && !*text, "room for a NUL alone");
	ok(lean_snprintf(NULL, 0, "%d", 12345) == 5, "no room");
	ok(lean_sprintf(text, "%s", "sixsix") == 6 && !strcmp(text, "sixsix"), "enough room");
	ok(lean_asprintf(&fresh, "%s-%d", "text", 7) == 6 && !strcmp(fresh, "text-7"),
	   "fresh memory");
	free(fresh);
}

/* What fd 1 got of what f wrote. */
static char *written(void (*f)(void), size_t *n)
{
	static char text[5000];
	int kept = dup(1), file = memfd_create("out", 0);

	fflush(stdout);
	dup2(file, 1);
	f();
	lean_fflush(NULL);
	dup2(kept, 1);
	*n = (size_t)pread(file, text, sizeof text, 0);
	close(kept);
	close(file);
	return text;
}

static void write_each(void)
{
	lean_fputs("a", NULL);
	lean_fputc('b', NULL);
	lean_putchar('c');
	lean_puts("d");
	lean_fwrite("e\0f", 1, 3, NULL);
	lean_printf("%s%d", "g", 1);
}

static void write_much(void)
{
	char text[2000];

	memset(text, 'x', sizeof text);
	for (int i = 0; i < 100; i++)
		lean_printf("%07d\n", i);
	lean_fwrite(text, 1, sizeof text, NULL);
	lean_putchar('y');
}

static void output(void)
{
	size_t n;
	char *text = written(write_each, &n);
	int kept = dup(1), full = open("/dev/full", O_WRONLY | O_CLOEXEC);

	ok(n == 10 && !memcmp(text, "abcd\ne\0fg1", 10), "all of it, in order");
	text = written(write_much, &n);
	ok(n == 2801 && !memcmp(text + 792, "0000099\nxx", 10) && text[2799] == 'x' &&
		   text[2800] == 'y',
	   "more than the buffer holds");
	ok(!lean_ferror(NULL), "no failure until now");
	dup2(full, 1);
	lean_puts("lost");
	ok(lean_fflush(NULL) == EOF && errno == ENOSPC && lean_ferror(NULL),
	   "what cannot be written is a failure");
	dup2(kept, 1);
	close(kept);
	close(full);
}

int main(void)
{
	numbers();
	widths();
	texts();
	refusals();
	rooms();
	output();
	return tap_end();
}
