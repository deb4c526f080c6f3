/*
 * ip.c - IP addresses as text, RFC 5952's for IPv6; half of what the C library takes for that.  The unit test
 * compares the two.
 */
#include "nsnet.h"

#include <ctype.h>
#include <string.h>

#include "file.h"

static const uint8_t mapped[12] = {[10] = 0xff, 0xff}; /* ::ffff:0:0/96 holds the IPv4 addresses */

int types_hex(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *d = memchr(digits, tolower((unsigned char)c), sizeof digits - 1);

	return d ? (int)(d - digits) : -1;
}

/* Four numbers, none with a 0 before it. */
static bool take_ip4(const char *text, uint8_t *out)
{
	for (int i = 0; i < 4; i++) {
		const char *begin = text;
		unsigned n = 0;

		while (isdigit((unsigned char)*text) && n < 256)
			n = 10 * n + (unsigned)(*text++ - '0');
		if (text == begin || n > 255 || (*begin == '0' && text > begin + 1) ||
		    *text++ != (i < 3 ? '.' : '\0'))
			return false;
		*out++ = (uint8_t)n;
	}
	return true;
}

/* Eight groups of hexadecimal digits, the last two of them perhaps as IPv4; `::` is one group of 0 or more. */
static bool take_ip6(const char *text, uint8_t b[16])
{
	uint8_t *p = b, *end = b + 16, *gap = NULL;

	if (*text == ':' && *++text != ':')
		return false;
	for (;; text++) {
		const char *begin = text;
		unsigned value = 0;

		for (; text < begin + 4 && types_hex(*text) >= 0; text++)
			value = value << 4 | (unsigned)types_hex(*text);
		if (text == begin && *text == ':' && !gap) {
			gap = p;
			if (!text[1])
				break;
			continue;
		}
		if (text == begin || p == end)
			return false;
		if (*text == '.' && p < end - 2 && take_ip4(begin, p)) {
			p += 4;
			break;
		}
		*p++ = (uint8_t)(value >> 8);
		*p++ = (uint8_t)value;
		if (!*text)
			break;
		if (*text != ':')
			return false;
	}
	if ((p == end) == (gap != NULL))
		return false;
	if (gap) {
		memmove(end - (p - gap), gap, (size_t)(p - gap));
		memset(gap, 0, (size_t)(end - p));
	}
	return true;
}

const char *types_parse_ip(const char *text, struct ip *out)
{
	struct ip ip = {.family = AF_INET};

	if (!take_ip4(text, ip.b)) {
		ip = (struct ip){.family = AF_INET6};
		if (!take_ip6(text, ip.b))
			return key_phrase("'%s' is not an IPv4 or IPv6 address", text);
	}
	*out = ip;
	return NULL;
}

static char *print_ip6(const uint8_t b[16])
{
	size_t most = 1, at = 8, zeros = 0; /* the first of the longest runs of groups that are 0 */
	char *text = "";

	for (size_t i = 0; i < 8; i++) {
		zeros = b[2 * i] || b[2 * i + 1] ? 0 : zeros + 1;
		if (zeros > most) {
			most = zeros;
			at = i + 1 - zeros;
		}
	}
	for (size_t i = 0; i < 8; i++) {
		if (i == at) {
			text = file_text("%s::", text);
			i += most - 1;
			continue;
		}
		text = file_text("%s%s%x", text, i && i != at + most ? ":" : "",
				 (unsigned)b[2 * i] << 8 | b[2 * i + 1]);
	}
	return text;
}

char *types_print_ip(const struct ip *ip)
{
	const bool within = ip->family == AF_INET6 && !memcmp(ip->b, mapped, sizeof mapped);
	const uint8_t *b = ip->b + (within ? sizeof mapped : 0);

	if (ip->family == AF_UNSPEC)
		return NULL;
	if (ip->family == AF_INET6 && !within)
		return print_ip6(b);
	return file_text("%s%u.%u.%u.%u", within ? "::ffff:" : "", b[0], b[1], b[2], b[3]);
}
