/*
 * validate.c - what is wrong with a configuration by itself, told before anything is made.
 */
#include "nsnet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "file.h"
#include "msg.h"

/* Where a file says it, `KEY: …` being the nth line of that key; NULL: the command line does. */
static const struct ini_line *line_of(const struct ini *ini, const char *section, const char *text,
				      size_t nth)
{
	const struct ini_line *last = NULL;
	size_t n = strcspn(text, ":");

	for (size_t i = 0; ini && i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];
		const char *key = l->key ? l->key : "";

		if (strcmp(l->section, section) || strncmp(key, text, n) || key[n])
			continue;
		last = l;
		if (!nth--)
			break;
	}
	return last;
}

_Noreturn void validate_refuse(const struct nsnet_conf *c, const struct link_conf *link, size_t nth,
			       const char *fmt, ...)
{
	const char *section = link ? file_text("net.%s", link->name) : "net", *text;
	const struct ini_line *l;
	va_list ap;

	va_start(ap, fmt);
	text = file_vtext(fmt, ap);
	va_end(ap);
	l = line_of(c->ini, section, text, nth);
	msg_die("%s[%s]%s%s", l && l->line ? file_text("%s:%d: ", l->source->file, l->line) : "",
		section, *text == ':' ? "" : " ", text);
}

#define EACH_AT(T, p, i, list)                \
	for (size_t i = 0; i < (list).n; i++) \
		for (T *p = (T *)(list).v + i; p; p = NULL)

static bool used(const struct link_conf *l)
{
	return l->type != LINK_NONE;
}

/* ---- one interface ------------------------------------------------------------------------------ */

/* Whether a key has another value than its default. */
static bool given(const struct link_conf *l, const struct key *k)
{
	const void *value = (const char *)l + k->offset;
	const char *text;

	if (k->flags & KEY_LIST)
		return ((const struct list *)value)->n > 0;
	text = k->type->print(k, value);
	return text && (!(k->flags & KEY_ALWAYS) || strcmp(text, key_text(k, KEY_DEFAULT)) != 0);
}

/* "veth, vlan": the types of a mask */
static const char *words_of(unsigned types)
{
	const char *all = "";

	for (unsigned i = 0; i <= LINK_NONE; i++)
		if (types & 1U << i)
			all = file_text("%s%s%s", all, *all ? ", " : "", link_types[i].word);
	return all;
}

/* Keys that are for other types, and those that this one cannot do without. */
static void check_keys(const struct nsnet_conf *c, const struct link_conf *l)
{
	const char *word = link_types[l->type].word;
	unsigned type = 1U << l->type;

	for (const struct link_key *only = link_only; only->takes; only++) {
		const struct key *k = link_keys;

		while (k->offset != only->offset)
			k++;
		if (!(only->takes & type) && given(l, k))
			validate_refuse(c, l, 0, "%s: not for type %s, but %s", k->name, word,
					words_of(only->takes));
		if (only->wants & type && !given(l, k))
			validate_refuse(c, l, 0, "type: %s wants %s = …", word, k->name);
	}
}

static void check_virtual(const struct nsnet_conf *c, const struct link_conf *l)
{
	if (l->mode && link_mode(l) < 0)
		validate_refuse(c, l, 0, "mode: '%s' is none of type %s's: %s", l->mode,
				link_types[l->type].word, key_spell(link_types[l->type].modes));
	if (l->type == LINK_VLAN && (l->id < 1 || l->id > 4094))
		validate_refuse(c, l, 0, "id: %d: a vlan's is 1..4094", (int)l->id);
	if (l->remote.family && l->local.family && l->remote.family != l->local.family)
		validate_refuse(c, l, 0, "local: %s is not of the remote's family",
				types_print_ip(&l->local));
}

static void check_veth(const struct nsnet_conf *c, const struct link_conf *l)
{
	if (!l->bridge && l->create_bridge > 0)
		validate_refuse(c, l, 0, "create-bridge: wants bridge = NAME");
	if (l->bridge_address.n && l->create_bridge <= 0)
		validate_refuse(
			c, l, 0,
			"bridge-address: wants create-bridge = yes: a bridge of others is left as it is");
	if (l->bridge && l->host_name && !strcmp(l->bridge, l->host_name))
		validate_refuse(c, l, 0, "host-name: '%s' is the bridge's name too", l->host_name);
	if (l->bridge && l->host_address.n)
		validate_refuse(
			c, l, 0,
			"host-address: and bridge = %s: a port's addresses are the bridge's, bridge-address",
			l->bridge);
}

/* Keys about the host's end of a veth. */
static void check_port(const struct nsnet_conf *c, const struct link_conf *l)
{
	const struct {
		const char *key;
		bool given;
	} keys[] = {
		{"hairpin", l->hairpin > 0},
		{"isolated", l->isolated > 0},
		{"vlan-id", l->vlan_id > 0},
		{"trunk", l->trunk.n > 0},
	};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].given && !l->bridge)
			validate_refuse(c, l, 0, "%s: wants bridge = NAME", keys[i].key);
}

static void check_vlans(const struct nsnet_conf *c, const struct link_conf *l)
{
	EACH_AT(const struct vlans, r, i, l->trunk)
	{
		const struct vlans *all = l->trunk.v;

		if (r->first <= l->vlan_id && l->vlan_id <= r->last)
			validate_refuse(c, l, i,
					"trunk: has %d, which is the vlan-id, without tags",
					(int)l->vlan_id);
		for (size_t j = 0; j < i; j++)
			if (r->first <= all[j].last && all[j].first <= r->last)
				validate_refuse(c, l, i, "trunk: %u is named twice",
						r->first > all[j].first ? r->first : all[j].first);
	}
}

static void check_rates(const struct nsnet_conf *c, const struct link_conf *l)
{
	const uint64_t frame = (l->mtu > 0 ? (uint64_t)l->mtu : 1500) + 18;

	if (l->burst == SIZE_UNSET)
		return;
	if (l->rate_in == SIZE_UNSET && l->rate_out == SIZE_UNSET)
		validate_refuse(c, l, 0, "burst: wants rate-in or rate-out");
	if (l->burst < frame)
		validate_refuse(c, l, 0, "burst: a packet of %llu bytes would never pass",
				(unsigned long long)frame);
}

/* Of the interface: IFNAME in the name; of the namespace: none there. */
static void check_sysctls(const struct nsnet_conf *c, const struct link_conf *l,
			  const struct list *list)
{
	EACH_AT(const struct keyval, kv, i, *list)
	{
		bool placed = strstr(kv->name, ".IFNAME.") != NULL;

		if (strncmp(kv->name, "net.", 4) || strstr(kv->name, "//"))
			validate_refuse(c, l, i, "sysctl: '%s' is no net.* parameter", kv->name);
		if (l && !placed)
			validate_refuse(
				c, l, i,
				"sysctl: '%s' is not the interface's: net.ipv4.conf.IFNAME.…; others: [net] "
				"sysctl",
				kv->name);
		if (!l && placed)
			validate_refuse(c, l, i,
					"sysctl: '%s': of which interface? [net.NAME] sysctl",
					kv->name);
	}
}

static bool has_address(const struct link_conf *l, const struct ip *ip)
{
	LIST_EACH(const struct cidr, a, l->address)
	if (types_same_ip(&a->ip, ip))
		return true;
	return false;
}

/* Whether a next hop can be reached without another one. */
static bool on_link(const struct link_conf *l, const struct ip *ip)
{
	if (ip->family == AF_INET6 && ip->b[0] == 0xfe && (ip->b[1] & 0xc0) == 0x80)
		return true;
	LIST_EACH(const struct route, r, l->route)
	if (r->via.family == AF_UNSPEC && !r->kind && types_covers(&r->dst, ip))
		return true;
	LIST_EACH(const struct cidr, a, l->host_address)
	if (types_same_ip(&a->ip, ip))
		return true;
	return types_any_covers(&l->address, ip) || types_any_covers(&l->pool, ip);
}

static bool has_family(const struct link_conf *l, sa_family_t family)
{
	return types_any_family(&l->address, family) || types_any_family(&l->pool, family);
}

/* key: the one that names the hop, on its nth line */
static void check_hop(const struct nsnet_conf *c, const struct link_conf *l, const char *key,
		      size_t nth, const struct ip *hop)
{
	const char *text = types_print_ip(hop);

	if (has_address(l, hop))
		validate_refuse(c, l, nth, "%s: %s is an address of the interface itself", key,
				text);
	if (on_link(l, hop))
		return;
	if (!has_family(l, hop->family))
		validate_refuse(c, l, nth, "%s: %s: the interface has no IPv%d address", key, text,
				hop->family == AF_INET ? 4 : 6);
	validate_refuse(c, l, nth,
			"%s: %s is in no subnet of the interface's addresses; %s is for that", key,
			text, *key == 'g' ? "route = 'default via GW onlink'" : "'onlink'");
}

static bool anybody_has(const struct nsnet_conf *c, const struct ip *ip)
{
	LIST_EACH(const struct link_conf, l, c->links)
	if (used(l) && has_address(l, ip))
		return true;
	return false;
}

static void check_routes(const struct nsnet_conf *c, const struct link_conf *l)
{
	EACH_AT(const struct ip, g, i, l->gateway)
	check_hop(c, l, "gateway", i, g);
	EACH_AT(const struct route, r, i, l->route)
	{
		if (r->via.family && !r->onlink)
			check_hop(c, l, "route", i, &r->via);
		if (r->src.family && !anybody_has(c, &r->src))
			validate_refuse(c, l, i, "route: src %s is no address of the container's",
					types_print_ip(&r->src));
	}
	if (!l->up && (l->gateway.n || l->route.n))
		validate_refuse(c, l, 0, "up: routes want an interface that is up");
}

static void check_link(const struct nsnet_conf *c, const struct link_conf *l)
{
	const char *phrase;

	if (!l->name)
		msg_usage("--name: an interface's name has 1 to 15 bytes");
	phrase = types_bad_ifname(l->name);
	if (phrase)
		validate_refuse(c, l, 0, ": %s", phrase);
	if (!used(l))
		return;
	if (l->type == LINK_LOOPBACK && strcmp(l->name, "lo"))
		validate_refuse(c, l, 0, "type: the loopback interface is lo: [net.lo]");
	if (l->type != LINK_LOOPBACK && !strcmp(l->name, "lo"))
		validate_refuse(c, l, 0, "type: lo is there already: its type is loopback");
	check_keys(c, l);
	check_veth(c, l);
	check_virtual(c, l);
	if (l->mtu > 0 && l->mtu < 1280 &&
	    (has_family(l, AF_INET6) || types_any_family(&l->host_address, AF_INET6)))
		validate_refuse(c, l, 0, "mtu: %d: IPv6 wants 1280 at least", (int)l->mtu);
	check_port(c, l);
	check_vlans(c, l);
	check_rates(c, l);
	check_sysctls(c, l, &l->sysctl);
	check_routes(c, l);
}

/* ---- between interfaces ------------------------------------------------------------------------- */

/* Addresses that came before: one each, inside and on the bridges. */
struct seen {
	const struct link_conf *link;
	const char *key;
	const struct cidr *cidr;
	const char *bridge; /* of a bridge-address: two that share it may both name it */
};

static void see_address(const struct nsnet_conf *c, struct list *all, const struct seen *s,
			size_t nth)
{
	LIST_EACH(const struct seen, e, *all)
	{
		bool shared = e->bridge && s->bridge && e->link != s->link &&
			      !strcmp(e->bridge, s->bridge) && e->cidr->prefix == s->cidr->prefix;

		if (types_same_ip(&e->cidr->ip, &s->cidr->ip) && !shared)
			validate_refuse(c, s->link, nth,
					"%s: %s: [net.%s] %s has this address already", s->key,
					types_print_cidr(s->cidr), e->link->name, e->key);
	}
	types_append(all, s, sizeof *s);
}

static void check_addresses(const struct nsnet_conf *c)
{
	struct list all = {0};

	LIST_EACH(const struct link_conf, l, c->links)
	{
		if (!used(l))
			continue;
		EACH_AT(const struct cidr, a, i, l->address)
		see_address(c, &all, &(struct seen){l, "address", a, NULL}, i);
		EACH_AT(const struct cidr, a, i, l->host_address)
		see_address(c, &all, &(struct seen){l, "host-address", a, "host"}, i);
		EACH_AT(const struct cidr, a, i, l->bridge_address)
		see_address(c, &all, &(struct seen){l, "bridge-address", a, l->bridge}, i);
	}
}

static void check_names(const struct nsnet_conf *c)
{
	const struct link_conf *links = c->links.v;

	for (size_t i = 0; i < c->links.n; i++)
		for (size_t j = 0; j < i; j++) {
			const struct link_conf *l = &links[i], *e = &links[j];

			if (!used(l) || !used(e))
				continue;
			if (l->host_name && e->host_name && !strcmp(l->host_name, e->host_name))
				validate_refuse(c, l, 0,
						"host-name: '%s' is that of [net.%s] already",
						l->host_name, e->name);
			if (l->device && e->device && !strcmp(l->device, e->device))
				validate_refuse(c, l, 0, "device: '%s' is that of [net.%s] already",
						l->device, e->name);
			if (l->mac.kind == MAC_GIVEN && e->mac.kind == MAC_GIVEN &&
			    !memcmp(l->mac.b, e->mac.b, 6))
				validate_refuse(c, l, 0, "mac: is that of [net.%s] already",
						e->name);
		}
}

/* A second route of one destination, table and metric would silently replace the first. */
struct seen_route {
	const struct link_conf *link;
	const char *key;
	struct route route;
};

static void see_route(const struct nsnet_conf *c, struct list *all, const struct seen_route *s,
		      size_t nth)
{
	LIST_EACH(const struct seen_route, e, *all)
	if (types_same_ip(&e->route.dst.ip, &s->route.dst.ip) &&
	    e->route.dst.prefix == s->route.dst.prefix && e->route.metric == s->route.metric &&
	    e->route.table == s->route.table)
		validate_refuse(
			c, s->link, nth,
			"%s: [net.%s] %s has a route to the same destination: a metric tells them apart",
			s->key, e->link->name, e->key);
	types_append(all, s, sizeof *s);
}

static void check_all_routes(const struct nsnet_conf *c)
{
	struct list all = {0};

	LIST_EACH(const struct link_conf, l, c->links)
	{
		if (!used(l))
			continue;
		EACH_AT(const struct ip, g, i, l->gateway)
		{
			struct route r = {.dst = {.ip = {.family = g->family}}};

			see_route(c, &all, &(struct seen_route){l, "gateway", r}, i);
		}
		EACH_AT(const struct route, r, i, l->route)
		see_route(c, &all, &(struct seen_route){l, "route", *r}, i);
	}
}

/* ---- the rest ----------------------------------------------------------------------------------- */

static bool host_network(const struct ini *ini)
{
	bool host = false;

	for (size_t i = 0; ini && i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (l->key && !strcmp(l->section, "namespaces") && !strcmp(l->key, "net"))
			host = !strcmp(l->value, "host");
	}
	return host;
}

static void check_operands(const struct target_conf *t, char **operands)
{
	int targets = (operands[1] != NULL) + (t->pid > 0) + (t->pidfd >= 0) + (t->netns != NULL);

	if (operands[1] && operands[2])
		msg_usage("one container at a time: '%s' is one too many", operands[2]);
	if (targets > 1)
		msg_usage(
			"more than one target: NAME, --pid, --pidfd and --netns exclude each other");
	if (t->json > 0 && strcmp(operands[0], "list") && strcmp(operands[0], "check"))
		msg_usage("--json is for list and check");
}

void validate(const void *conf, char **operands)
{
	const struct nsnet_conf *c = conf;

	check_operands(&c->target, operands);
	if (!c->net.hosts && c->net.add_host.n)
		validate_refuse(c, NULL, 0,
				"add-host: and hosts = no: then there is no file to add to");
	LIST_EACH(const struct link_conf, l, c->links)
	{
		check_link(c, l);
		if (used(l) && host_network(c->ini))
			validate_refuse(
				c, l, 0,
				": and [namespaces] net = host: the host's network is not ours");
	}
	check_sysctls(c, NULL, &c->net.sysctl);
	if (c->net.sysctl.n && host_network(c->ini))
		validate_refuse(c, NULL, 0,
				"sysctl: and [namespaces] net = host: they would be the host's");
	nat_validate(c);
	check_names(c);
	check_addresses(c);
	check_all_routes(c);
}
