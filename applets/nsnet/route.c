/* route.c - routes by an interface. */
#include "nsnet.h"

#include <string.h>

#include <linux/rtnetlink.h>

static struct rtmsg fixed_of(const struct route *r)
{
	struct rtmsg m = {.rtm_family = (uint8_t)r->dst.ip.family,
			  .rtm_dst_len = r->dst.prefix,
			  .rtm_table = RT_TABLE_MAIN,
			  .rtm_protocol = RTPROT_STATIC,
			  .rtm_scope = RT_SCOPE_UNIVERSE,
			  .rtm_type = r->kind ? r->kind : RTN_UNICAST};

	if (r->scope)
		m.rtm_scope = (uint8_t)r->scope;
	else if (r->dst.ip.family == AF_INET && r->via.family == AF_UNSPEC && !r->kind)
		m.rtm_scope = RT_SCOPE_LINK;
	if (r->onlink)
		m.rtm_flags = RTNH_F_ONLINK;
	return m;
}

void route_add(struct netlink *nl, const struct route *r, unsigned index, uint16_t flags,
	       const char *about)
{
	const struct rtmsg fixed = fixed_of(r);

	netlink_message(nl, RTM_NEWROUTE, NLM_F_CREATE | flags, &fixed, sizeof fixed, about);
	types_put_network(nl, RTA_DST, &r->dst);
	part_put(nl, route_parts, r);
	if (!r->kind) /* those that lead nowhere lead by no interface */
		netlink_attr_u32(nl, RTA_OIF, index);
	if (!r->mtu)
		return;
	netlink_nest(nl, RTA_METRICS, NULL, 0);
	netlink_attr_u32(nl, RTAX_MTU, r->mtu);
	netlink_end(nl);
}

bool route_same_key(const struct route *a, const struct route *b)
{
	const uint32_t usual = a->dst.ip.family == AF_INET6 ? 1024 : 0;

	return a->dst.prefix == b->dst.prefix && types_same_ip(&a->dst.ip, &b->dst.ip) &&
	       (a->metric ? a->metric : usual) == (b->metric ? b->metric : usual) &&
	       (a->table ? a->table : RT_TABLE_MAIN) == (b->table ? b->table : RT_TABLE_MAIN);
}

struct route route_by_gateway(const struct ip *g)
{
	return (struct route){.dst = {.ip = {.family = g->family}}, .via = *g};
}

static bool asked(const struct link_conf *l, const struct route *is)
{
	LIST_EACH(const struct route, r, l->route)
	if (route_same_key(is, r))
		return true;
	LIST_EACH(const struct ip, g, l->gateway)
	{
		const struct route r = route_by_gateway(g);

		if (route_same_key(is, &r))
			return true;
	}
	LIST_EACH(const struct cidr, c, l->host_address)
	if (is->dst.prefix == types_bits(&c->ip) && types_same_ip(&is->dst.ip, &c->ip))
		return true;
	return false;
}

/* One that no administrator has made is the kernel's, or a daemon's that says so. */
bool route_extra(const struct link_conf *l, const struct route_entry *e, unsigned index)
{
	return e->index == index && (e->protocol == RTPROT_STATIC || e->protocol == RTPROT_BOOT) &&
	       !asked(l, &e->route);
}

void route_delete(struct netlink *nl, const struct route *r, unsigned index, const char *about)
{
	struct rtmsg fixed = {.rtm_family = (uint8_t)r->dst.ip.family,
			      .rtm_dst_len = r->dst.prefix,
			      .rtm_scope = RT_SCOPE_NOWHERE};

	netlink_message(nl, RTM_DELROUTE, 0, &fixed, sizeof fixed, about);
	types_put_network(nl, RTA_DST, &r->dst);
	netlink_attr_u32(nl, RTA_OIF, index);
	netlink_attr_u32(nl, RTA_TABLE, r->table ? r->table : RT_TABLE_MAIN);
	if (r->metric)
		netlink_attr_u32(nl, RTA_PRIORITY, r->metric);
}

bool route_read(const struct nlmsghdr *h, struct route_entry *out)
{
	const struct nlattr *a[NETLINK_ATTRS], *metrics[NETLINK_ATTRS];
	const struct rtmsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);
	struct route *r = &out->route;

	*out = (struct route_entry){0};
	if (!netlink_table(h, sizeof *fixed, a) ||
	    !types_begin(&r->dst, fixed->rtm_family, fixed->rtm_dst_len))
		return false;
	out->type = fixed->rtm_type;
	r->kind = types_kind(fixed->rtm_type) ? fixed->rtm_type : 0;
	out->protocol = fixed->rtm_protocol;
	netlink_u32(a[RTA_OIF], &out->index);
	r->onlink = (fixed->rtm_flags & RTNH_F_ONLINK) != 0;
	if (a[RTA_DST] && !types_take_ip(a[RTA_DST], &r->dst.ip))
		return false;
	r->table = fixed->rtm_table;
	part_read(a, route_parts, r);
	if (r->table == RT_TABLE_MAIN)
		r->table = 0;
	if (netlink_inner(a[RTA_METRICS], metrics))
		netlink_u32(metrics[RTAX_MTU], &r->mtu);
	return true;
}

bool route_each(struct netlink *nl, void (*each)(const struct nlmsghdr *, void *), void *arg)
{
	const struct rtmsg fixed = {0};

	netlink_message(nl, RTM_GETROUTE, NLM_F_DUMP, &fixed, sizeof fixed, "listing the routes");
	return !netlink_read(nl, RTM_NEWROUTE, each, arg);
}
