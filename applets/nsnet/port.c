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
#include "msg.h"

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

const struct type type_vlans = {
	.name = "VLAN[-VLAN]",
	.size = sizeof(struct vlans),
	.parse = parse_vlans,
	.print = print_vlans,
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

/* A published port that is asked for on the bridge itself is sent back to where it came from. */
static bool hairpin(const struct nsnet_conf *c, const struct link_conf *l)
{
	return l->bridge &&
	       (l->hairpin > 0 || (c->net.publish.n && c->net.user_mode == USER_MODE_NONE));
}

static void add_flags(struct net *net, const struct link_conf *l, unsigned index, bool there)
{
	const uint8_t back = hairpin(net->conf, l), isolated = l->isolated > 0;
	struct netlink *nl = &net->host;

	if (!l->bridge || !(there || back || isolated))
		return;
	port_message(nl, RTM_SETLINK, index, link_text(l, "hairpin, isolated"));
	netlink_nest(nl, IFLA_PROTINFO | NLA_F_NESTED, NULL, 0);
	netlink_attr(nl, IFLA_BRPORT_MODE, &back, sizeof back);
	netlink_attr(nl, IFLA_BRPORT_ISOLATED, &isolated, sizeof isolated);
	netlink_end(nl);
}

/* ---- its vlans: what it is to be in and what it is in, and the runs in which they differ ------------ */

enum {
	VLANS = 4096, /* the last one stays 0 and ends a run */
	MEMBER = 1,   /* beside the flags of the kernel's that are kept */
	VLAN_FLAGS = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED,
};

struct vlan_set {
	unsigned index;
	uint8_t v[VLANS];
};

struct vlan_run {
	unsigned first, last;
	uint8_t want, is; /* 0: not in it */
};

static void each_run(const struct vlan_set *want, const struct vlan_set *is,
		     void (*each)(const struct vlan_run *, void *), void *arg)
{
	for (unsigned i = 1; i < VLANS; i++) {
		struct vlan_run r = {i, i, want->v[i], is->v[i]};

		while (i + 1 < VLANS && want->v[i + 1] == r.want && is->v[i + 1] == r.is)
			r.last = ++i;
		if (r.want != r.is)
			each(&r, arg);
	}
}

/* A new port is in the bridge's default vlan, without tags. */
static void put_untagged(struct vlan_set *s, int64_t vid)
{
	if (vid > 0)
		s->v[vid % VLANS] = MEMBER | VLAN_FLAGS;
}

static void want_vlans(const struct link_conf *l, const struct link *bridge, struct vlan_set *want)
{
	LIST_EACH(const struct vlans, r, l->trunk)
	memset(want->v + r->first, MEMBER, r->last - r->first + 1U);
	put_untagged(want, port_vlans(l) ? l->vlan_id : bridge->default_vlan);
}

void port_take_vlans(const struct nlmsghdr *h, void *set)
{
	const struct nlattr *a[NETLINK_ATTRS], *e = NULL;
	const struct ifinfomsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);
	struct bridge_vlan_info i;
	struct vlan_set *s = set;
	unsigned v = VLANS;

	if (!netlink_table(h, sizeof *fixed, a) || (unsigned)fixed->ifi_index != s->index ||
	    !a[IFLA_AF_SPEC])
		return;
	while ((e = netlink_in(a[IFLA_AF_SPEC], e))) {
		if ((e->nla_type & NLA_TYPE_MASK) != IFLA_BRIDGE_VLAN_INFO ||
		    !netlink_bytes(e, &i, sizeof i))
			continue;
		if (!(i.flags & BRIDGE_VLAN_INFO_RANGE_END))
			v = i.vid;
		for (; !(i.flags & BRIDGE_VLAN_INFO_RANGE_BEGIN) && v <= i.vid && v < VLANS - 1;
		     v++)
			s->v[v] = (uint8_t)(MEMBER | (i.flags & VLAN_FLAGS));
	}
}

/* The kernel tells of one port's only among all ports. */
static bool read_vlans(struct netlink *nl, struct vlan_set *is)
{
	const struct ifinfomsg fixed = {.ifi_family = AF_BRIDGE};

	netlink_message(nl, RTM_GETLINK, NLM_F_DUMP, &fixed, sizeof fixed, "listing the vlans");
	netlink_attr_u32(nl, IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
	return !netlink_read(nl, RTM_NEWLINK, port_take_vlans, is);
}

struct vlan_change {
	struct netlink *nl;
	const char *about;
	unsigned index;
};

static void add_vlan(struct netlink *nl, unsigned flags, unsigned vid)
{
	const struct bridge_vlan_info v = {(uint16_t)flags, (uint16_t)vid};

	netlink_attr(nl, IFLA_BRIDGE_VLAN_INFO, &v, sizeof v);
}

static void change_run(const struct vlan_run *r, void *arg)
{
	const struct vlan_change *c = arg;
	const unsigned flags = r->want & VLAN_FLAGS;

	port_message(c->nl, r->want ? RTM_SETLINK : RTM_DELLINK, c->index, c->about);
	netlink_nest(c->nl, IFLA_AF_SPEC, NULL, 0);
	if (r->first < r->last)
		add_vlan(c->nl, flags | BRIDGE_VLAN_INFO_RANGE_BEGIN, r->first);
	add_vlan(c->nl, r->first < r->last ? flags | BRIDGE_VLAN_INFO_RANGE_END : flags, r->last);
	netlink_end(c->nl);
}

static bool set_vlans(struct net *net, const struct link_conf *l, unsigned index, bool there)
{
	struct vlan_change c = {&net->host, link_text(l, "vlan-id, trunk"), index};
	struct vlan_set want = {0}, is = {.index = index};
	const struct link *bridge;

	if (!port_vlans(l) && !there)
		return true;
	bridge = link_get(c.nl, l->bridge, 0);
	if (!bridge)
		return nsnet_fail_netlink(net, c.nl);
	if (!bridge->vlan_filtering)
		return true;
	put_untagged(&is, there ? 0 : bridge->default_vlan);
	if (there && !read_vlans(c.nl, &is))
		return nsnet_fail_netlink(net, c.nl);
	want_vlans(l, bridge, &want);
	each_run(&want, &is, change_run, &c);
	return nsnet_send(net, c.nl);
}

static const char *print_run(const struct vlan_run *r, uint8_t state)
{
	const struct vlans v = {(uint16_t)r->first, (uint16_t)r->last};

	return state ? file_text("%s%s%s", print_vlans(NULL, &v),
				 state & BRIDGE_VLAN_INFO_PVID ? " PVID" : "",
				 state & BRIDGE_VLAN_INFO_UNTAGGED ? " untagged" : "")
		     : NULL;
}

static void differ_run(const struct vlan_run *r, void *arg)
{
	struct check *c = arg;

	c->key = (r->want | r->is) & BRIDGE_VLAN_INFO_PVID ? "vlan-id" : "trunk";
	check_differs(c, print_run(r, r->want), print_run(r, r->is));
}

void port_check_vlans(struct check *c)
{
	const struct link *b = check_bridge_of(c);
	struct vlan_set want = {0}, is = {0};

	if (!b || !(port_vlans(c->conf) || b->vlan_filtering))
		return;
	if (!b->vlan_filtering) {
		c->key = "bridge";
		check_differs(c, "vlans", file_text("%s that does not tell them apart", b->name));
	}
	is.index = c->out->index;
	if (!read_vlans(&c->net->host, &is))
		msg_die_errno("%s", c->net->host.failed);
	want_vlans(c->conf, b, &want);
	each_run(&want, &is, differ_run, c);
}

/* ---- point to point ------------------------------------------------------------------------------- */

/* Each side has a route to the other's address where no subnet of its own holds that. */
static struct route to_one(const struct ip *ip)
{
	return (struct route){.dst = {*ip, (uint8_t)types_bits(ip)}};
}

static bool wants_route(const struct link_conf *l, const struct cidr *to)
{
	return types_any_family(&l->host_address, to->ip.family) &&
	       !types_any_covers(&l->host_address, &to->ip);
}

static bool has_route(const struct view *v, const struct route *r, unsigned index)
{
	LIST_EACH(const struct route_entry, e, v->routes)
	if (e->index == index && route_same_key(&e->route, r))
		return true;
	return false;
}

/* What an earlier run has given it and the file does not say any more. */
static void prune(struct netlink *nl, const struct link_conf *l, unsigned index,
		  const struct view *v)
{
	const char *about = link_text(l, "host-address");

	LIST_EACH(const struct route_entry, e, v->routes)
	{
		const struct route *r = &e->route;
		bool asked = false;

		LIST_EACH(const struct cidr, c, l->address)
		asked |= wants_route(l, c) && types_same_ip(&c->ip, &r->dst.ip);
		if (e->index == index && e->protocol == RTPROT_STATIC && !asked &&
		    r->dst.prefix == types_bits(&r->dst.ip) && !r->via.family)
			route_delete(nl, r, index, about);
	}
	address_prune(nl, &l->host_address, v, index, about);
}

static void add_addresses(struct netlink *nl, const struct link_conf *l, unsigned index,
			  const struct view *v)
{
	LIST_EACH(const struct cidr, c, l->host_address)
	address_add(nl, c, index, false, link_text(l, "host-address: %s", types_print_cidr(c)));
	LIST_EACH(const struct cidr, c, l->address)
	{
		const struct route r = to_one(&c->ip);

		/* one by another link is another's */
		if (wants_route(l, c) && !has_route(v, &r, index))
			route_add(nl, &r, index, NLM_F_EXCL,
				  link_text(l, "address: the host's route to %s",
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
				  link_text(l, "host-address: the route to %s",
					    types_print_ip(&c->ip)));
	}
}

static void check_to_one(struct check *c, const struct view *v, unsigned index, const struct ip *ip)
{
	const struct route r = to_one(ip);

	if (!has_route(v, &r, index))
		check_differs(c, file_text("the route to %s", types_print_ip(ip)), NULL);
}

void port_check_address(struct check *c)
{
	const struct link_conf *l = c->conf;

	if (!c->out || !l->host_address.n)
		return;
	check_address_list(c, &l->host_address, &c->outside, c->out->index);
	LIST_EACH(const struct cidr, a, l->host_address)
	if (!types_any_covers(&l->address, &a->ip))
		check_to_one(c, &c->inside, c->in->index, &a->ip);
	LIST_EACH(const struct cidr, a, l->address)
	if (wants_route(l, a))
		check_to_one(c, &c->outside, c->out->index, &a->ip);
}

/* ---- all of it ------------------------------------------------------------------------------------ */

bool port_ready(struct net *net, const struct link_conf *l, const char *host_name, bool there)
{
	struct netlink *nl = &net->host;
	struct view v = {0};
	unsigned index;

	if (!there && l->bridge && l->rate_in == SIZE_UNSET && !hairpin(net->conf, l) &&
	    l->isolated <= 0 && !port_vlans(l))
		return true;
	index = link_index(nl, host_name);
	if (!index)
		return nsnet_fail_link(net, l, ": %s is gone already", host_name);
	if (there && !view_read(nl, &v))
		return nsnet_fail_netlink(net, nl);
	if (!l->bridge) /* a port of a bridge has no address */
		address_own(nl, host_name, index);
	if (l->host_address.n)
		prune(nl, l, index, &v);
	add_addresses(nl, l, index, &v);
	qdisc_set(nl, l, index, l->rate_in, "rate-in", &v);
	add_flags(net, l, index, there);
	return nsnet_send(net, nl) && (!l->bridge || set_vlans(net, l, index, there));
}

/* What the kernel says of a port: 0 also for one of no bridge. */
static void check_flag(struct check *c, uint8_t want, uint16_t attribute)
{
	const struct nlattr *a[NETLINK_ATTRS];
	uint8_t is = 0;

	if (!c->out)
		return;
	if (link_info(c->out, IFLA_INFO_SLAVE_DATA, a))
		netlink_bytes(a[attribute], &is, sizeof is);
	check_bool(c, want, is);
}

void port_check_hairpin(struct check *c)
{
	check_flag(c, hairpin(c->net->conf, c->conf), IFLA_BRPORT_MODE);
}

void port_check_isolated(struct check *c)
{
	check_flag(c, c->conf->isolated > 0, IFLA_BRPORT_ISOLATED);
}
