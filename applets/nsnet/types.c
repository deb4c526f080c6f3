/*
 * types.c - the types of nsnet's keys: addresses, routes, names.  parse(print(x)) == x.
 */
#include "nsnet.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>

#include <linux/rtnetlink.h>

#include "file.h"

#define UNUSED __attribute__((unused))

unsigned types_bits(const struct ip *ip)
{
	return ip->family == AF_INET ? 32 : 128;
}

size_t types_size(const struct ip *ip)
{
	return ip->family == AF_INET ? 4 : 16;
}

bool types_begin(struct cidr *c, unsigned family, uint8_t prefix)
{
	*c = (struct cidr){{.family = (sa_family_t)family}, prefix};
	return (family == AF_INET || family == AF_INET6) && prefix <= types_bits(&c->ip);
}

bool types_same_ip(const struct ip *a, const struct ip *b)
{
	return a->family == b->family && !memcmp(a->b, b->b, types_size(a));
}

void types_put_ip(struct netlink *nl, uint16_t type, const struct ip *ip)
{
	if (ip->family)
		netlink_attr(nl, type, ip->b, types_size(ip));
}

void types_put_network(struct netlink *nl, uint16_t type, const struct cidr *c)
{
	if (c->prefix)
		types_put_ip(nl, type, &c->ip);
}

bool types_take_ip(const struct nlattr *a, struct ip *ip)
{
	return netlink_bytes(a, ip->b, types_size(ip));
}

socklen_t types_endpoint(union endpoint *e, sa_family_t family, const struct ip *ip, uint16_t port)
{
	*e = (union endpoint){
		.v6 = {.sin6_family = family, .sin6_port = htons(port)}}; /* as in v4 */
	memcpy(family == AF_INET ? (void *)&e->v4.sin_addr : &e->v6.sin6_addr, ip->b,
	       family == AF_INET ? 4 : 16);
	return family == AF_INET ? sizeof e->v4 : sizeof e->v6;
}

void types_append(struct list *l, const void *element, size_t size)
{
	l->v = file_room(l->v, l->n, size);
	memcpy((char *)l->v + l->n++ * size, element, size);
}

void types_mask(struct ip *ip, unsigned prefix)
{
	size_t i = prefix / 8;

	if (prefix % 8)
		ip->b[i++] &= (uint8_t)(0xff00 >> prefix % 8);
	memset(ip->b + i, 0, sizeof ip->b - i);
}

bool types_covers(const struct cidr *net, const struct ip *ip)
{
	const size_t whole = net->prefix / 8, bits = net->prefix % 8;

	return net->ip.family == ip->family && !memcmp(net->ip.b, ip->b, whole) &&
	       (!bits || !((net->ip.b[whole] ^ ip->b[whole]) & 0xff00 >> bits));
}

bool types_any_covers(const struct list *cidrs, const struct ip *ip)
{
	LIST_EACH(const struct cidr, c, *cidrs)
	if (types_covers(c, ip))
		return true;
	return false;
}

bool types_any_family(const struct list *cidrs, sa_family_t family)
{
	LIST_EACH(const struct cidr, c, *cidrs)
	if (c->ip.family == family)
		return true;
	return false;
}

/* ---- IP ----------------------------------------------------------------------------------------- */

static const char *parse_ip(const struct key *k UNUSED, const char *text,
			    const struct origin *o UNUSED, void *out)
{
	return types_parse_ip(text, out);
}

static char *print_ip(const struct key *k UNUSED, const void *v)
{
	return types_print_ip(v);
}

const struct type type_ip = {
	.name = "IP",
	.size = sizeof(struct ip),
	.parse = parse_ip,
	.print = print_ip,
};

/* ---- CIDR --------------------------------------------------------------------------------------- */

const char *types_parse_cidr(const char *text, bool bare, struct cidr *out)
{
	const char *slash = strchr(text, '/'), *phrase;
	char *ip = file_text("%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);
	uint64_t prefix;

	phrase = types_parse_ip(ip, &out->ip);
	if (phrase)
		return phrase;
	if (!slash && !bare)
		return key_phrase("'%s' lacks its prefix length: %s/%d?", text, text,
				  out->ip.family == AF_INET ? 24 : 64);
	prefix = types_bits(&out->ip);
	if (slash && !key_number(slash + 1, types_bits(&out->ip), &prefix))
		return key_phrase("'%s': the prefix length of this family is 0..%u", text,
				  types_bits(&out->ip));
	out->prefix = (uint8_t)prefix;
	return NULL;
}

char *types_print_cidr(const struct cidr *c)
{
	char *ip = types_print_ip(&c->ip);

	return ip ? file_text("%s/%u", ip, c->prefix) : NULL;
}

const char *types_parse_network(const char *text, bool bare, struct cidr *out)
{
	const char *phrase = types_parse_cidr(text, bare, out);
	struct ip given;

	if (phrase)
		return phrase;
	given = out->ip;
	types_mask(&out->ip, out->prefix);
	if (types_same_ip(&given, &out->ip))
		return NULL;
	return key_phrase("'%s' has host bits behind its prefix: the network is %s", text,
			  types_print_cidr(out));
}

static bool all_zero(const struct ip *ip)
{
	static const uint8_t zero[16];

	return !memcmp(ip->b, zero, types_size(ip));
}

/* An address that an interface can have. */
static const char *parse_cidr(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	struct cidr c = {0};
	const char *phrase = types_parse_cidr(text, false, &c);

	if (phrase)
		return phrase;
	if (!c.prefix || all_zero(&c.ip))
		return key_phrase("'%s' is no address of an interface", text);
	if (c.ip.family == AF_INET ? c.ip.b[0] >= 224 : c.ip.b[0] == 0xff)
		return key_phrase("'%s' is a multicast or reserved address", text);
	*(struct cidr *)out = c;
	return NULL;
}

static char *print_cidr(const struct key *k UNUSED, const void *v)
{
	return types_print_cidr(v);
}

const struct type type_cidr = {
	.name = "IP/PREFIX",
	.size = sizeof(struct cidr),
	.parse = parse_cidr,
	.print = print_cidr,
};

/* A network that addresses are taken out of. */
static const char *parse_network(const struct key *k UNUSED, const char *text,
				 const struct origin *o UNUSED, void *out)
{
	struct cidr c = {0};
	const char *phrase = types_parse_network(text, false, &c);

	if (phrase)
		return phrase;
	if (!c.prefix)
		return key_phrase("'%s' is all addresses", text);
	*(struct cidr *)out = c;
	return NULL;
}

const struct type type_network = {
	.name = "NETWORK/PREFIX",
	.size = sizeof(struct cidr),
	.parse = parse_network,
	.print = print_cidr,
};

/* ---- words of routes and rules ------------------------------------------------------------------ */

static const struct word {
	const char *text;
	uint16_t value;
} kinds[] = {{"blackhole", RTN_BLACKHOLE},
	     {"unreachable", RTN_UNREACHABLE},
	     {"prohibit", RTN_PROHIBIT},
	     {NULL, 0}},
  scopes[] = {{"global", SCOPE_GLOBAL},
	      {"link", RT_SCOPE_LINK},
	      {"host", RT_SCOPE_HOST},
	      {NULL, 0}};

static uint16_t find_word(const struct word *w, const char *text)
{
	while (w->text && strcmp(w->text, text))
		w++;
	return w->value;
}

static const char *name_word(const struct word *w, uint16_t value)
{
	while (w->text && w->value != value)
		w++;
	return w->text;
}

uint8_t types_find_kind(const char *text)
{
	return (uint8_t)find_word(kinds, text);
}

const char *types_kind(uint8_t kind)
{
	return name_word(kinds, kind);
}

/* ---- route: [KIND] DST [via GW] [src S] [metric N] [mtu N] [table T] [scope S] [onlink] ----------- */

static const char *take_dst(const char *word, struct route *r)
{
	if (!strcmp(word, "default"))
		return NULL; /* of the family of via or src */
	return types_parse_network(word, true, &r->dst);
}

const struct part route_parts[] = {
	{"via", PART_IP, RTA_GATEWAY, 0, offsetof(struct route, via)},
	{"src", PART_IP, RTA_PREFSRC, 0, offsetof(struct route, src)},
	{"metric", PART_NUMBER, RTA_PRIORITY, 0, offsetof(struct route, metric)},
	{"mtu", PART_SHORT, 0, 0, offsetof(struct route, mtu)}, /* in a nest: route.c */
	{"table", PART_NUMBER, RTA_TABLE, 0, offsetof(struct route, table)},
	{"", 0, 0, 0, 0},
};

/* One `WORD VALUE` of a route. */
static const char *take_option(struct route *r, const char *word, const char *value)
{
	const char *phrase = NULL;

	if (!strcmp(word, "scope")) {
		r->scope = find_word(scopes, value);
		return r->scope ? NULL
				: key_phrase("scope '%s' is none of global, link, host", value);
	}
	if (part_take(route_parts, word, value, r, &phrase))
		return phrase;
	return key_phrase("unknown word '%s': via, src, metric, mtu, table, scope, onlink, "
			  "blackhole, unreachable or prohibit",
			  word);
}

/* What the words say together. */
static const char *check_route(const struct route *r)
{
	if (r->onlink && r->via.family == AF_UNSPEC)
		return "onlink says something of a gateway: it wants 'via GW'";
	if (r->kind && (r->via.family || r->src.family || r->scope))
		return key_phrase("%s: no via, src or scope with it", types_kind(r->kind));
	if (r->scope && r->dst.ip.family == AF_INET6)
		return "scope is a word of IPv4 routes";
	return NULL;
}

static const char *take_route(char **w, struct route *r)
{
	const char *phrase;

	if (*w && (r->kind = types_find_kind(*w)))
		w++;
	if (!*w)
		return "an empty route";
	phrase = take_dst(*w++, r);
	for (; *w && !phrase; w++) {
		if (!strcmp(*w, "onlink")) {
			r->onlink = 1;
		} else if (!r->kind && types_find_kind(*w)) {
			r->kind = types_find_kind(*w);
		} else if (!w[1]) {
			return key_phrase("'%s' lacks its value", *w);
		} else {
			phrase = take_option(r, w[0], w[1]);
			w++;
		}
	}
	if (r->dst.ip.family == AF_UNSPEC)
		r->dst.ip.family = AF_INET;
	return phrase ? phrase : check_route(r);
}

static const char *parse_route(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	const char *phrase = NULL;
	char **words = key_words(text, &phrase);
	struct route r = {0};

	if (words)
		phrase = take_route(words, &r);
	if (!phrase)
		*(struct route *)out = r;
	return phrase;
}

/* "default" where reading that back gives the same family */
static char *print_dst(const struct route *r)
{
	bool told = r->via.family || r->src.family || r->dst.ip.family == AF_INET;

	return !r->dst.prefix && told ? file_dup("default") : types_print_cidr(&r->dst);
}

char *types_print_route(const struct route *r)
{
	char *text;

	if (r->dst.ip.family == AF_UNSPEC)
		return NULL;
	text = print_dst(r);
	if (r->kind)
		text = file_text("%s %s", types_kind(r->kind), text);
	text = part_print(route_parts, r, text);
	if (r->scope)
		text = file_text("%s scope %s", text, name_word(scopes, r->scope));
	return r->onlink ? file_text("%s onlink", text) : text;
}

static char *print_route(const struct key *k UNUSED, const void *v)
{
	return types_print_route(v);
}

const struct type type_route = {
	.name = "ROUTE",
	.size = sizeof(struct route),
	.parse = parse_route,
	.print = print_route,
};

/* ---- MAC ---------------------------------------------------------------------------------------- */

bool types_parse_mac(const char *text, uint8_t mac[6])
{
	if (strlen(text) != 17)
		return false;
	for (size_t i = 0; i < 17; i++) {
		int digit = types_hex(text[i]);

		if (i % 3 == 2 ? text[i] != ':' : digit < 0)
			return false;
		if (i % 3 != 2)
			mac[i / 3] = (uint8_t)(mac[i / 3] << 4 | digit);
	}
	return true;
}

char *types_print_mac(const uint8_t m[6])
{
	return file_text("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static const char *parse_mac(const struct key *k UNUSED, const char *text,
			     const struct origin *o UNUSED, void *out)
{
	struct mac mac = {MAC_GIVEN, {0}};

	if (!strcmp(text, "auto") || !strcmp(text, "stable"))
		mac.kind = *text == 'a' ? MAC_AUTO : MAC_STABLE;
	else if (!types_parse_mac(text, mac.b))
		return key_phrase("'%s' is none of auto, stable, xx:xx:xx:xx:xx:xx", text);
	else if (mac.b[0] & 1)
		return key_phrase("'%s' is a multicast address: its first byte is odd", text);
	else if (!memcmp(mac.b, (uint8_t[6]){0}, 6))
		return "an address of zeros";
	*(struct mac *)out = mac;
	return NULL;
}

static char *print_mac(const struct key *k UNUSED, const void *v)
{
	const struct mac *mac = v;

	switch (mac->kind) {
	case MAC_AUTO:
		return file_dup("auto");
	case MAC_STABLE:
		return file_dup("stable");
	case MAC_GIVEN:
		return types_print_mac(mac->b);
	case MAC_UNSET:
		break;
	}
	return NULL;
}

const struct type type_mac = {
	.name = "auto|stable|MAC",
	.size = sizeof(struct mac),
	.parse = parse_mac,
	.print = print_mac,
};

/* ---- names -------------------------------------------------------------------------------------- */

const char *types_bad_ifname(const char *name)
{
	if (!*name || strlen(name) > 15)
		return key_phrase("'%s': an interface's name has 1 to 15 bytes", name);
	if (!strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, "all") ||
	    !strcmp(name, "default"))
		return key_phrase("'%s' is no name for an interface", name);
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p == 0x7f || strchr("/:%", *p))
			return key_phrase("'%s': no '/', ':', '%%' or blank in an interface's name",
					  name);
	return NULL;
}

static char *print_text(const struct key *k UNUSED, const void *v)
{
	const char *text = *(char *const *)v;

	return text ? file_dup(text) : NULL;
}

static const char *parse_ifname(const struct key *k UNUSED, const char *text,
				const struct origin *o UNUSED, void *out)
{
	const char *phrase = types_bad_ifname(text);

	if (!phrase)
		*(char **)out = file_dup(text);
	return phrase;
}

const struct type type_ifname = {
	.name = "NAME",
	.size = sizeof(char *),
	.parse = parse_ifname,
	.print = print_text,
};

static const char *bad_word(const char *text)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == 0x7f)
			return key_phrase("'%s': one word, without blanks", text);
	return NULL;
}

static const char *parse_word(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	const char *phrase = bad_word(text);

	if (!phrase)
		*(char **)out = file_dup(text);
	return phrase;
}

const struct type type_word = {
	.name = "WORD",
	.size = sizeof(char *),
	.parse = parse_word,
	.print = print_text,
};

static const char *parse_host_entry(const struct key *k UNUSED, const char *text,
				    const struct origin *o UNUSED, void *out)
{
	struct host_entry *h = out;
	const char *colon = strchr(text, ':'), *phrase;

	if (!colon || colon == text || !colon[1])
		return key_phrase("'%s' is not HOST:IP", text);
	h->name = file_text("%.*s", (int)(colon - text), text);
	phrase = bad_word(h->name);
	return phrase ? phrase : types_parse_ip(colon + 1, &h->ip);
}

static char *print_host_entry(const struct key *k UNUSED, const void *v)
{
	const struct host_entry *h = v;

	return h->name ? file_text("%s:%s", h->name, types_print_ip(&h->ip)) : NULL;
}

const struct type type_host_entry = {
	.name = "HOST:IP",
	.size = sizeof(struct host_entry),
	.parse = parse_host_entry,
	.print = print_host_entry,
};
