/*
 * printf.c - our vfprintf against the C library's: the same bytes, the same count.
 */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>

#include "tap.h"

int printf_to(FILE *f, const char *fmt, va_list ap);

/* what ours prints of it, and its count */
static int ours(char *text, size_t size, const char *fmt, va_list ap)
{
	FILE *f = fmemopen(text, size, "w");
	int n;

	setvbuf(f, NULL, _IONBF, 0);
	n = printf_to(f, fmt, ap);
	fclose(f);
	return n;
}

__attribute__((format(printf, 1, 2))) static void same(const char *fmt, ...)
{
	char wanted[400], got[400] = "";
	va_list ap;
	int n, m;

	va_start(ap, fmt);
	n = vsnprintf(wanted, sizeof wanted, fmt, ap);
	va_end(ap);
	va_start(ap, fmt);
	m = ours(got, sizeof got, fmt, ap);
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

static int call(FILE *f, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	errno = 0;
	n = printf_to(f, fmt, ap);
	va_end(ap);
	return n;
}

static void refusals(void)
{
	static const char *const unknown[] = {"%f", "%p",  "%n",  "%Lf", "%",
					      "%5", "%#x", "%+d", "%l"};
	FILE *full;

	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		ok(call(stdout, unknown[i], 1L) < 0 && errno == EINVAL, "does not know %s",
		   unknown[i]);
	full = fopen("/dev/full", "w");
	setvbuf(full, NULL, _IONBF, 0);
	ok(call(full, "%s", "text") < 0, "a stream that cannot be written");
	fclose(full);
	ok(call(stdout, "") == 0, "nothing");
}

int main(void)
{
	numbers();
	widths();
	texts();
	refusals();
	return tap_end();
}
