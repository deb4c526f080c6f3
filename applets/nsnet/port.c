/*
 * port.c - the host's end of a veth: addresses and routes where it is on no bridge, its rate, and what
 * it is as a port of one: hairpin, isolated, its vlans.
 *
 * It comes after the pair was made, for it needs the index; until the inner end is up no packet passes.
 */
#include "nsnet.h"

#include <errno.h>
#include <string.h>

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"

#define UNUSED __attribute__((unused))

/* ---- the type: N or N-M --------------------------------------------------------------------------- */

static const char *parse_vlans(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	enum { LAST = 4094 };
	const char *dash = strchr(text, '-');
	uint64_t first, last;

	if (!key_number(file_text("%.*s", dash ? (int)(dash - text) : (int)strlen(text), text),
			LAST, &first) ||
	    !key_number(dash ? dash + 1 : text, LAST, &last) || !first || last < first)
		return key_phrase("'%s' is no vlan in 1..4094, nor a range of them: 10-20", text);
	*(struct vlans *)out = (struct vlans){(uint16_t)first, (uint16_t)last};
	return NULL;
}

static char *print_vlans(const struct key *k UNUSED, const void *v)
{
	const struct vlans *r = v;

	if (!r->first)
		return NULL;
	return r->first == r->last ? file_text("%u", r->first)
				   : file_text("%u-%u", r->first, r->last);
}

static void unset_vlans(void *v)
{
	*(struct vlans *)v = (struct vlans){0};
}

const struct type type_vlans = {
	.name = "VLAN[-VLAN]",
	.size = sizeof(struct vlans),
	.parse = parse_vlans,
	.print = print_vlans,
	.unset = unset_vlans,
};

/* ---- a port of a bridge --------------------------------------------------------------------------- */

bool port_vlans(const struct link_conf *l)
{
	return l->vlan_id > 0 || l->trunk.n;
}

static void port_message(struct netlink *nl, uint16_t type, unsigned index, const char *about)
{
	const struct ifinfomsg fixed = {.ifi_family = AF_BRIDGE, .ifi_index = (int)index};

	netlink_message(nl, type, 0, &fixed, sizeof fixed, about);
}

static void add_flags(struct netlink *nl, const struct link_conf *l, unsigned index)
{
	const uint8_t on = 1;

	if (l->hairpin <= 0 && l->isolated <= 0)
		return;
	port_message(nl, RTM_SETLINK, index, file_text("[net.%s] hairpin, isolated", l->name));
	netlink_nest(nl, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
	if (l->hairpin > 0)
		netlink_attr(nl, IFLA_BRPORT_MODE, &on, sizeof on);
	if (l->isolated > 0)
		netlink_attr(nl, IFLA_BRPORT_ISOLATED, &on, sizeof on);
	netlink_end(nl);
}

static void add_vlan(struct netlink *nl, uint16_t flags, uint16_t vid)
{
	const struct bridge_vlan_info v = {flags, vid};

	netlink_attr(nl, IFLA_BRIDGE_VLAN_INFO, &v, sizeof v);
}

/* A new port is in the bridge's default vlan, without tags: out of it, unless that was asked for. */
static void add_vlans(struct netlink *nl, const struct link_conf *l, unsigned index,
		      uint16_t default_vlan)
{
	if (default_vlan && default_vlan != l->vlan_id) {
		port_message(nl, RTM_DELLINK, index,
			     file_text("[net.%s]: leaving vlan %u", l->name, default_vlan));
		netlink_nest(nl, IFLA_AF_SPEC, NULL, 0);
		add_vlan(nl, 0, default_vlan);
		netlink_end(nl);
	}
	port_message(nl, RTM_SETLINK, index, file_text("[net.%s] vlan-id, trunk", l->name));
	netlink_nest(nl, IFLA_AF_SPEC, NULL, 0);
	if (l->vlan_id > 0)
		add_vlan(nl, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED,
			 (uint16_t)l->vlan_id);
	LIST_EACH(const struct vlans, r, l->trunk)
	if (r->first == r->last) {
		add_vlan(nl, 0, r->first);
	} else {
		add_vlan(nl, BRIDGE_VLAN_INFO_RANGE_BEGIN, r->first);
		add_vlan(nl, BRIDGE_VLAN_INFO_RANGE_END, r->last);
	}
	netlink_end(nl);
}

/* ---- point to point ------------------------------------------------------------------------------- */

/* Each side has a route to the other's address where no subnet of its own holds that. */
static struct route to_one(const struct ip *ip)
{
	return (struct route){.dst = {*ip, (uint8_t)types_bits(ip)}};
}

static void add_addresses(struct netlink *nl, const struct link_conf *l, unsigned index)
{
	LIST_EACH(const struct cidr, c, l->host_address)
	address_add(nl, c, index, false,
		    file_text("[net.%s] host-address: %s", l->name, types_print_cidr(c)));
	LIST_EACH(const struct cidr, c, l->address)
	{
		const struct route r = to_one(&c->ip);

		if (types_any_family(&l->host_address, c->ip.family) &&
		    !types_any_covers(&l->host_address, &c->ip))
			route_add(nl, &r, index, NLM_F_EXCL,
				  file_text("[net.%s] address: the host's route to %s", l->name,
					    types_print_ip(&c->ip)));
	}
}

void port_peers(struct netlink *nl, const struct link_conf *l, unsigned index)
{
	LIST_EACH(const struct cidr, c, l->host_address)
	{
		const struct route r = to_one(&c->ip);

		if (!types_any_covers(&l->address, &c->ip))
			route_add(nl, &r, index, NLM_F_REPLACE,
				  file_text("[net.%s] host-address: the route to %s", l->name,
					    types_print_ip(&c->ip)));
	}
}

/* ---- all of it ------------------------------------------------------------------------------------ */

static bool wanted(const struct link_conf *l)
{
	return !l->bridge || l->rate_in != SIZE_UNSET || l->hairpin > 0 || l->isolated > 0 ||
	       port_vlans(l);
}

bool port_ready(struct net *net, const struct link_conf *l, const char *host_name)
{
	struct netlink *nl = &net->host;
	struct link bridge = {0};
	unsigned index;

	if (!wanted(l))
		return true;
	index = link_index(nl, host_name);
	if (!index)
		return nsnet_fail(net, "[net.%s]: %s is gone already", l->name, host_name);
	if (port_vlans(l) && !link_get(nl, l->bridge, 0, &bridge))
		return nsnet_fail_netlink(net, nl);
	if (!l->bridge) /* a port of a bridge has no address */
		address_own(nl, host_name, index);
	add_addresses(nl, l, index);
	if (l->rate_in != SIZE_UNSET)
		qdisc_add(nl, l, index, l->rate_in, "rate-in");
	add_flags(nl, l, index);
	if (port_vlans(l))
		add_vlans(nl, l, index, bridge.default_vlan);
	return !netlink_send(nl) || nsnet_fail_netlink(net, nl);
}

/* What the kernel says of a port: 0 also for one of no bridge. */
static uint8_t port_flag(const struct link *l, uint16_t attribute)
{
	const struct nlattr *a[NETLINK_ATTRS], *info[NETLINK_ATTRS], *data[NETLINK_ATTRS];
	uint8_t is = 0;
	size_t len;
	const void *attrs = netlink_attrs(l->message, sizeof(struct ifinfomsg), &len);

	if (attrs && netlink_parse(attrs, len, a) && netlink_inner(a[IFLA_LINKINFO], info) &&
	    netlink_inner(info[IFLA_INFO_SLAVE_DATA], data))
		netlink_bytes(data[attribute], &is, sizeof is);
	return is;
}

static void check_flag(struct check *c, signed char want, uint16_t attribute)
{
	if (c->out && (want > 0) != port_flag(c->out, attribute))
		check_differs(c, want > 0 ? "yes" : "no", want > 0 ? "no" : "yes");
}

void port_check_hairpin(struct check *c)
{
	check_flag(c, c->conf->hairpin, IFLA_BRPORT_MODE);
}

void port_check_isolated(struct check *c)
{
	check_flag(c, c->conf->isolated, IFLA_BRPORT_ISOLATED);
}
