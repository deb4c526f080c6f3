/*
 * printf.c - vfprintf as far as this program prints: d i u o x c s and %%, the flags - and 0, width and
 * precision (also by *), the lengths hh h l ll j z t.
 *
 * The whole printf family of musl goes through vfprintf, so that this one, which the linker finds
 * first, stands in for it: musl's also knows floating point and wide characters, 9 KB that nothing here
 * asks for.  What it does not know is an error (EINVAL), never something printed wrongly.
 */
#include <stdio.h>

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
#define PRINTF_NAME vfprintf
#else /* the C library keeps its own; the unit test compares the two */
#define PRINTF_NAME printf_to
#endif

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

int PRINTF_NAME(FILE *f, const char *fmt, va_list ap);

struct spec {
	int width, precision; /* precision -1: none */
	bool left, zero;
	char sign; /* 0, or what stands before the digits */
};

struct sink {
	FILE *f;
	size_t n; /* bytes that were wanted */
	bool failed;
};

static void put(struct sink *s, const char *text, size_t n)
{
	s->n += n;
	if (n && !s->failed)
		s->failed = fwrite(text, 1, n, s->f) != n;
}

static void fill(struct sink *s, char c, int n)
{
	for (; n > 0; n--)
		put(s, &c, 1);
}

static void put_text(struct sink *s, const struct spec *spec, const char *text, size_t n)
{
	int pad = (size_t)spec->width > n ? spec->width - (int)n : 0;

	fill(s, ' ', spec->left ? 0 : pad);
	put(s, text, n);
	fill(s, ' ', spec->left ? pad : 0);
}

static void put_number(struct sink *s, const struct spec *spec, uintmax_t n, unsigned base)
{
	char digits[24], *end = digits + sizeof digits, *p = end;
	int zeros, len;

	for (; n; n /= base)
		*--p = "0123456789abcdef"[n % base];
	if (p == end && spec->precision)
		*--p = '0';
	len = (int)(end - p) + (spec->sign != 0);
	zeros = spec->precision - (int)(end - p);
	if (spec->precision < 0)
		zeros = spec->zero && !spec->left ? spec->width - len : 0;
	if (zeros < 0)
		zeros = 0;
	fill(s, ' ', spec->left ? 0 : spec->width - len - zeros);
	if (spec->sign)
		put(s, &spec->sign, 1);
	fill(s, '0', zeros);
	put(s, p, (size_t)(end - p));
	fill(s, ' ', spec->left ? spec->width - len - zeros : 0);
}

/* A length as the number of bytes of the argument; 0: not one of these. */
static size_t take_length(const char **p)
{
	static const struct {
		char text[3];
		uint8_t size;
	} lengths[] = {
		{"hh", sizeof(char)},	  {"h", sizeof(short)},	   {"ll", sizeof(long long)},
		{"l", sizeof(long)},	  {"j", sizeof(intmax_t)}, {"z", sizeof(size_t)},
		{"t", sizeof(ptrdiff_t)}, {"", sizeof(int)},
	};
	size_t i = 0;

	while (strncmp(*p, lengths[i].text, strlen(lengths[i].text)) != 0)
		i++;
	*p += strlen(lengths[i].text);
	return lengths[i].size;
}

/* Digits, or a * that takes an argument; no digits are 0. */
static int take_number(const char **p, va_list *ap)
{
	int n = 0;

	if (**p == '*') {
		++*p;
		return va_arg(*ap, int);
	}
	for (; **p >= '0' && **p <= '9'; ++*p)
		n = 10 * n + **p - '0';
	return n;
}

static void take_spec(struct spec *spec, const char **p, va_list *ap)
{
	*spec = (struct spec){.precision = -1};
	for (; **p == '-' || **p == '0'; ++*p)
		*(**p == '-' ? &spec->left : &spec->zero) = true;
	spec->width = take_number(p, ap);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (**p == '.') {
		++*p;
		spec->precision = take_number(p, ap);
	}
}

/* The argument of a whole number, cut to its length; negative: sign and absolute value. */
static uintmax_t take_integer(struct spec *spec, size_t size, bool is_signed, va_list *ap)
{
	uintmax_t n = size > sizeof(int) ? va_arg(*ap, uintmax_t) : va_arg(*ap, unsigned);
	uintmax_t top = (uintmax_t)1 << (8 * size - 1);

	n &= top | (top - 1);
	if (!is_signed || !(n & top))
		return n;
	spec->sign = '-';
	return top - (n & (top - 1));
}

/* One conversion; false: not known here. */
static bool convert(struct sink *s, const char **p, va_list *ap)
{
	struct spec spec;
	const char *text;
	size_t size;
	char c;

	take_spec(&spec, p, ap);
	size = take_length(p);
	switch (*(*p)++) {
	case 'd':
	case 'i':
		put_number(s, &spec, take_integer(&spec, size, true, ap), 10);
		return true;
	case 'u':
		put_number(s, &spec, take_integer(&spec, size, false, ap), 10);
		return true;
	case 'o':
		put_number(s, &spec, take_integer(&spec, size, false, ap), 8);
		return true;
	case 'x':
		put_number(s, &spec, take_integer(&spec, size, false, ap), 16);
		return true;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(s, &spec, &c, 1);
		return true;
	case 's':
		text = va_arg(*ap, const char *);
		put_text(s, &spec, text,
			 spec.precision < 0 ? strlen(text) : strnlen(text, (size_t)spec.precision));
		return true;
	case '%':
		put(s, "%", 1);
		return true;
	default:
		return false;
	}
}

int PRINTF_NAME(FILE *f, const char *fmt, va_list ap)
{
	struct sink s = {.f = f};
	bool known = true;
	va_list args;

	va_copy(args, ap);
	while (known && *fmt) {
		size_t n = strcspn(fmt, "%");

		put(&s, fmt, n);
		fmt += n;
		if (*fmt) {
			fmt++;
			known = convert(&s, &fmt, &args);
		}
	}
	va_end(args);
	if (!known)
		errno = EINVAL;
	return known && !s.failed && s.n <= INT32_MAX ? (int)s.n : -1;
}
