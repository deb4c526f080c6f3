/*
 * printf.c - the C library's stdio as far as this program uses it: texts into memory, and standard
 * output with one buffer.  Formats: d i u o x c s and %%, the flags - and 0, width and precision (also
 * by *), the lengths hh h l ll j z t.
 *
 * The linker finds these first, so that they stand in for musl's, which also know other streams, locks,
 * floating point and wide characters: 13 KB that nothing here asks for.  A format that is not known is an
 * error (EINVAL), never something printed wrongly.
 */
#include <stdio.h>

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
/* `used`: the compiler makes calls of these out of calls of others. */
#define STDIO(name) __attribute__((used)) name
#define CALL(name) name
#else /* the C library keeps its own; the unit test compares the two */
#define STDIO(name) lean_##name
#define CALL(name) lean_##name
#endif

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int STDIO(fflush)(FILE *f);
int STDIO(ferror)(FILE *f);
size_t STDIO(fwrite)(const void *text, size_t size, size_t n, FILE *f);
int STDIO(fputs)(const char *text, FILE *f);
int STDIO(fputc)(int c, FILE *f);
int STDIO(putchar)(int c);
int STDIO(puts)(const char *text);
int STDIO(printf)(const char *fmt, ...);
int STDIO(vsnprintf)(char *text, size_t size, const char *fmt, va_list ap);
int STDIO(snprintf)(char *text, size_t size, const char *fmt, ...);
int STDIO(sprintf)(char *text, const char *fmt, ...);
int STDIO(vasprintf)(char **text, const char *fmt, va_list ap);
int STDIO(asprintf)(char **text, const char *fmt, ...);

/* ---- standard output: the one stream there is, whatever f says ---- */

static struct {
	size_t n;
	bool failed;
	char text[1024];
} out;

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
#undef stdout
FILE *const stdout = (FILE *)(void *)&out;
#endif

static void out_write(const char *text, size_t n)
{
	while (n) {
		ssize_t done = write(STDOUT_FILENO, text, n);

		if (done < 0) {
			out.failed = true;
			return;
		}
		text += done;
		n -= (size_t)done;
	}
}

int STDIO(fflush)(FILE *f)
{
	size_t n = out.n;

	(void)f;
	out.n = 0; /* what cannot be written is lost */
	out_write(out.text, n);
	return out.failed ? EOF : 0;
}

/* As exit does; what _exit leaves is lost. */
__attribute__((destructor)) static void out_end(void)
{
	(void)CALL(fflush)(NULL);
}

int STDIO(ferror)(FILE *f)
{
	(void)f;
	return out.failed;
}

static void out_put(const char *text, size_t n)
{
	if (out.n + n > sizeof out.text)
		(void)CALL(fflush)(NULL);
	if (n > sizeof out.text) {
		out_write(text, n);
		return;
	}
	memcpy(out.text + out.n, text, n);
	out.n += n;
}

size_t STDIO(fwrite)(const void *text, size_t size, size_t n, FILE *f)
{
	(void)f;
	out_put(text, size * n);
	return n;
}

int STDIO(fputs)(const char *text, FILE *f)
{
	(void)f;
	out_put(text, strlen(text));
	return 0;
}

int STDIO(putchar)(int c)
{
	char byte = (char)c;

	out_put(&byte, 1);
	return c;
}

int STDIO(fputc)(int c, FILE *f)
{
	(void)f;
	return CALL(putchar)(c);
}

int STDIO(puts)(const char *text)
{
	out_put(text, strlen(text));
	return CALL(putchar)('\n');
}

/* ---- formats ---- */

struct spec {
	int width, precision; /* precision -1: none */
	bool left, zero;
	char sign; /* 0, or what stands before the digits */
};

/* Memory, or standard output where there is none. */
struct sink {
	char *text;
	size_t room;
	size_t n; /* bytes that were wanted */
};

static void put(struct sink *s, const char *text, size_t n)
{
	size_t fits = n < s->room ? n : s->room;

	s->n += n;
	if (!s->text) {
		out_put(text, n);
		return;
	}
	memcpy(s->text, text, fits);
	s->text += fits;
	s->room -= fits;
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

/* A length as the number of bytes of the argument. */
static size_t take_length(const char **p)
{
	switch (*(*p)++) {
	case 'h':
		if (**p != 'h')
			return sizeof(short);
		++*p;
		return sizeof(char);
	case 'l':
		if (**p != 'l')
			return sizeof(long);
		++*p;
		return sizeof(long long);
	case 'j':
		return sizeof(intmax_t);
	case 'z':
		return sizeof(size_t);
	case 't':
		return sizeof(ptrdiff_t);
	default:
		--*p;
		return sizeof(int);
	}
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

static int format(struct sink *s, const char *fmt, va_list ap)
{
	bool known = true;
	va_list args;

	va_copy(args, ap);
	while (known && *fmt) {
		size_t n = strcspn(fmt, "%");

		put(s, fmt, n);
		fmt += n;
		if (*fmt) {
			fmt++;
			known = convert(s, &fmt, &args);
		}
	}
	va_end(args);
	if (!known)
		errno = EINVAL;
	return known && s->n <= INT32_MAX ? (int)s->n : -1;
}

int STDIO(vsnprintf)(char *text, size_t size, const char *fmt, va_list ap)
{
	char none = '\0';
	struct sink s = {.text = size ? text : &none, .room = size ? size - 1 : 0};
	int n = format(&s, fmt, ap);

	*s.text = '\0';
	return n;
}

/* Mostly a short one: it is made once, and copied. */
int STDIO(vasprintf)(char **text, const char *fmt, va_list ap)
{
	char made[256];
	int n = CALL(vsnprintf)(made, sizeof made, fmt, ap);

	*text = n < 0 ? NULL : malloc((size_t)n + 1);
	if (!*text)
		return -1;
	if ((size_t)n >= sizeof made)
		return CALL(vsnprintf)(*text, (size_t)n + 1, fmt, ap);
	memcpy(*text, made, (size_t)n + 1);
	return n;
}

/* n = call, where ap are the arguments behind fmt. */
#define WITH_ARGS(n, call)         \
	do {                       \
		va_list ap;        \
                                   \
		va_start(ap, fmt); \
		(n) = call;        \
		va_end(ap);        \
	} while (0)

int STDIO(snprintf)(char *text, size_t size, const char *fmt, ...)
{
	int n;

	WITH_ARGS(n, CALL(vsnprintf)(text, size, fmt, ap));
	return n;
}

int STDIO(sprintf)(char *text, const char *fmt, ...)
{
	int n;

	WITH_ARGS(n, CALL(vsnprintf)(text, INT32_MAX, fmt, ap));
	return n;
}

int STDIO(asprintf)(char **text, const char *fmt, ...)
{
	int n;

	WITH_ARGS(n, CALL(vasprintf)(text, fmt, ap));
	return n;
}

int STDIO(printf)(const char *fmt, ...)
{
	struct sink s = {0};
	int n;

	WITH_ARGS(n, format(&s, fmt, ap));
	return n;
}
