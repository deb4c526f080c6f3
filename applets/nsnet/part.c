/*
 * part.c - what a route and a rule are made of: each part is a word with a value in the text of the key,
 * an attribute of the kernel's message, and a member of the struct.  A row of a table is all three.
 */
#include "nsnet.h"

#include <stdlib.h>
#include <string.h>

#include "file.h"

/* ---- words ---------------------------------------------------------------------------------------- */

static const char *take_ip(const struct part *p, const char *value, void *to, sa_family_t *family)
{
	const bool network = p->kind == PART_NETWORK;
	struct ip *ip = to;
	const char *phrase;

	if (!network && ip->family)
		return key_phrase("'%s' is given twice", p->word);
	phrase = network ? types_parse_network(value, true, to) : types_parse_ip(value, ip);
	if (phrase)
		return phrase;
	if (*family && *family != ip->family)
		return key_phrase(network ? "%s %s is of another family than the rest"
					  : "%s %s is not of the destination's family",
				  p->word, value);
	*family = ip->family;
	return NULL;
}

/* Decimal, or hexadecimal behind 0x. */
static bool take_u32(const char *text, uint32_t *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t n = strlen(text);
	uint64_t value;

	if (strncmp(text, "0x", 2)) {
		if (!key_number(text, UINT32_MAX, &value))
			return false;
		*out = (uint32_t)value;
		return true;
	}
	*out = (uint32_t)strtoul(text + 2, NULL, 16);
	return n > 2 && n <= 10 && strspn(text + 2, digits) == n - 2;
}

static const char *take_mark(const char *text, struct mark *m)
{
	const char *slash = strchr(text, '/');
	char *mark = file_text("%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);

	m->mask = UINT32_MAX;
	m->set = true;
	if (!take_u32(mark, &m->value) || (slash && !take_u32(slash + 1, &m->mask)))
		return key_phrase("fwmark '%s' is not MARK[/MASK]", text);
	if (m->value & ~m->mask)
		return key_phrase("fwmark '%s' has bits that its mask lacks: it matches nothing",
				  text);
	return NULL;
}

static const char *take_number(const struct part *p, const char *value, uint32_t *to)
{
	const uint32_t max = p->kind == PART_SHORT ? UINT16_MAX : UINT32_MAX;
	uint64_t n;

	if (*to)
		return key_phrase("'%s' is given twice", p->word);
	if (!key_number(value, max, &n) || !n)
		return key_phrase("%s '%s' is not a number in 1..%u", p->word, value, max);
	*to = (uint32_t)n;
	return NULL;
}

bool part_take(const struct part *p, const char *word, const char *value, void *whole,
	       const char **phrase)
{
	void *to;

	while (*p->word && strcmp(p->word, word))
		p++;
	if (!*p->word)
		return false;
	to = (char *)whole + p->offset;
	if (p->kind == PART_IP || p->kind == PART_NETWORK) {
		*phrase = take_ip(p, value, to, whole);
	} else if (p->kind == PART_NAME) {
		*(char **)to = file_dup(value);
		*phrase = types_bad_ifname(value);
	} else {
		*phrase = p->kind == PART_MARK ? take_mark(value, to) : take_number(p, value, to);
	}
	return true;
}

static const char *value_of(const struct part *p, const void *v)
{
	const struct mark *m = v;
	char *name;
	uint32_t n;

	switch (p->kind) {
	case PART_IP:
		return types_print_ip(v);
	case PART_NETWORK:
		return types_print_cidr(v);
	case PART_NAME:
		name = *(char *const *)v;
		return name ? key_quote((char *[]){name, NULL}) : NULL;
	case PART_MARK:
		if (!m->set)
			return NULL;
		return file_text(m->mask == UINT32_MAX ? "0x%x" : "0x%x/0x%x", m->value, m->mask);
	default:
		n = *(const uint32_t *)v;
		return n ? file_text("%u", n) : NULL;
	}
}

char *part_print(const struct part *p, const void *whole, char *text)
{
	for (; *p->word; p++) {
		const char *value = value_of(p, (const char *)whole + p->offset);

		if (value)
			text = file_text("%s%s%s %s", text, *text ? " " : "", p->word, value);
	}
	return text;
}

/* ---- attributes ----------------------------------------------------------------------------------- */

void part_put(struct netlink *nl, const struct part *p, const void *whole)
{
	for (; *p->word; p++) {
		const void *v = (const char *)whole + p->offset;
		const struct mark *m = v;
		const char *name;

		if (p->kind == PART_IP) {
			types_put_ip(nl, p->attr, v);
		} else if (p->kind == PART_NETWORK) {
			types_put_network(nl, p->attr, v);
		} else if (p->kind == PART_NAME) {
			name = *(char *const *)v;
			if (name)
				netlink_attr_text(nl, p->attr, name);
		} else if (p->kind == PART_MARK) {
			if (!m->set)
				continue;
			netlink_attr_u32(nl, p->attr, m->value);
			netlink_attr_u32(nl, p->mask, m->mask);
		} else if (p->attr && *(const uint32_t *)v) {
			netlink_attr_u32(nl, p->attr, *(const uint32_t *)v);
		}
	}
}

void part_read(const struct nlattr *const *a, const struct part *p, void *whole)
{
	const sa_family_t *family = whole;

	for (; *p->word; p++) {
		void *v = (char *)whole + p->offset;
		struct ip ip = {.family = *family};
		struct mark *m = v;
		char name[16];

		if (p->kind == PART_IP || p->kind == PART_NETWORK) {
			if (types_take_ip(a[p->attr], &ip))
				*(struct ip *)v = ip;
			else if (p->kind == PART_NETWORK)
				*(struct cidr *)v = (struct cidr){0};
		} else if (p->kind == PART_NAME) {
			if (netlink_text(a[p->attr], name, sizeof name))
				*(char **)v = file_dup(name);
		} else if (p->kind == PART_MARK) {
			netlink_u32(a[p->attr], &m->value);
			m->set = netlink_u32(a[p->mask], &m->mask);
		} else if (p->attr) {
			netlink_u32(a[p->attr], v);
		}
	}
}
