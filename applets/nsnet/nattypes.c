/*
 * nattypes.c - the types of publish, allow and deny.  parse(print(x)) == x.
 */
#include "nsnet.h"

#include <ctype.h>
#include <netinet/in.h>
#include <string.h>

#include "file.h"

#define UNUSED __attribute__((unused))

/* PORT or FIRST-LAST */
static const char *take_ports(const char *text, uint16_t *from, uint16_t *to)
{
	const char *dash = strchr(text, '-');
	char *first = file_text("%.*s", dash ? (int)(dash - text) : (int)strlen(text), text);
	uint64_t a, b;

	if (!key_number(first, UINT16_MAX, &a) || !a)
		return key_phrase("'%s' is not a port in 1..65535", first);
	b = a;
	if (dash && (!key_number(dash + 1, UINT16_MAX, &b) || b < a))
		return key_phrase("'%s' is not a range of ports", text);
	*from = (uint16_t)a;
	*to = (uint16_t)b;
	return NULL;
}

static char *print_ports(uint16_t from, uint16_t to)
{
	return from == to ? file_text("%u", from) : file_text("%u-%u", from, to);
}

/* Cuts /tcp or /udp off the end; what follows a slash and is no number can be nothing else. */
static const char *take_proto(char *text, uint8_t *proto)
{
	char *slash = strrchr(text, '/');

	if (!slash || isdigit((unsigned char)slash[1]))
		return NULL;
	if (strcmp(slash, "/tcp") && strcmp(slash, "/udp"))
		return key_phrase("'%s' is neither /tcp nor /udp", slash);
	*proto = slash[1] == 't' ? IPPROTO_TCP : IPPROTO_UDP;
	*slash = '\0';
	return NULL;
}

static const char *proto_text(uint8_t proto)
{
	return proto == IPPROTO_TCP ? "/tcp" : proto == IPPROTO_UDP ? "/udp" : "";
}

/*
 * Cuts *text at the colon behind [ADDRESS] or, without brackets, at the first one; *rest: what follows it,
 * NULL without any.  False: a bracket that does not close, or junk behind it.
 */
static bool cut(char **text, char **rest)
{
	char *end;

	*rest = NULL;
	if (**text == '[') {
		end = strchr(++*text, ']');
		if (!end || (end[1] && end[1] != ':'))
			return false;
		*end++ = '\0';
	} else {
		end = strchr(*text, ':');
	}
	if (end && *end) {
		*end = '\0';
		*rest = end + 1;
	}
	return true;
}

/* ---- publish: [IP:]HOST[:CONTAINER][/tcp|udp] ---------------------------------------------------- */

static const char *parse_publish(const struct key *k UNUSED, const char *text,
				 const struct origin *o UNUSED, void *out)
{
	char *at = file_dup(text), *rest, *inside;
	struct publish p = {.proto = IPPROTO_TCP};
	const char *phrase = take_proto(at, &p.proto);
	uint16_t last;

	if (phrase)
		return phrase;
	if (*at == '[' || memchr(at, '.', strcspn(at, ":"))) {
		if (!cut(&at, &rest) || !rest)
			return key_phrase("'%s' is not [IP:]HOST[:CONTAINER][/tcp|udp]", text);
		phrase = types_parse_ip(at, &p.host);
		at = rest;
	}
	(void)cut(&at, &inside); /* a bracket here is no port: take_ports says so */
	if (!phrase)
		phrase = take_ports(at, &p.from, &p.to);
	p.inside = p.from;
	last = p.to;
	if (!phrase && inside)
		phrase = take_ports(inside, &p.inside, &last);
	if (phrase)
		return phrase;
	if (last - p.inside != p.to - p.from)
		return key_phrase("'%s': ranges of different lengths", text);
	*(struct publish *)out = p;
	return NULL;
}

static char *print_publish(const struct key *k UNUSED, const void *v)
{
	const struct publish *p = v;
	char *ip = types_print_ip(&p->host);
	uint16_t last = (uint16_t)(p->inside + (p->to - p->from));

	if (!p->from)
		return NULL;
	if (ip)
		ip = file_text(p->host.family == AF_INET ? "%s:" : "[%s]:", ip);
	return file_text("%s%s:%s%s", ip ? ip : "", print_ports(p->from, p->to),
			 print_ports(p->inside, last), proto_text(p->proto));
}

const struct type type_publish = {
	.name = "[IP:]HOST[:CONTAINER][/tcp|udp]",
	.size = sizeof(struct publish),
	.parse = parse_publish,
	.print = print_publish,
};

/* ---- flow: CIDR[:PORT][/tcp|udp], an IPv6 CIDR with a port in brackets ------------------------------ */

static const char *parse_flow(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	char *at = file_dup(text), *ports = NULL;
	struct flow f = {0};
	const char *phrase = take_proto(at, &f.proto);

	if (phrase)
		return phrase;
	/* IPv6 has two colons or more, in ::ffff:192.0.2.1 too */
	if ((*at == '[' || strchr(at, ':') == strrchr(at, ':')) && !cut(&at, &ports))
		return key_phrase("'%s' is not [CIDR]:PORT[/tcp|udp]", text);
	phrase = types_parse_network(at, true, &f.to);
	if (!phrase && ports)
		phrase = take_ports(ports, &f.from, &f.last);
	if (!phrase)
		*(struct flow *)out = f;
	return phrase;
}

static char *print_flow(const struct key *k UNUSED, const void *v)
{
	const struct flow *f = v;
	char *to = types_print_cidr(&f->to);

	if (!to)
		return NULL;
	if (f->from)
		to = file_text(f->to.ip.family == AF_INET ? "%s:%s" : "[%s]:%s", to,
			       print_ports(f->from, f->last));
	return file_text("%s%s", to, proto_text(f->proto));
}

const struct type type_flow = {
	.name = "CIDR[:PORT][/tcp|udp]",
	.size = sizeof(struct flow),
	.parse = parse_flow,
	.print = print_flow,
};
