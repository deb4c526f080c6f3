/*
 * again.c - up where an interface of that name is there already: one that we made is made what the file
 * says now; one that is another's is left.
 *
 * What somebody has added to it goes, by the rule by which check calls it a difference, and before the
 * batch that adds: an address may be the reason why another one is what it is.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"

/* The owner's mark is on the end that is outside; a link without one carries it itself. */
const struct link *again_find(struct net *net, const struct link *in)
{
	const struct link *out = in;

	if (!strcmp(in->kind, "veth")) {
		out = in->peer ? link_get(&net->host, NULL, in->peer) : NULL;
		if (!out || strcmp(out->kind, "veth") || out->peer != in->index)
			return NULL;
	}
	return link_is_ours(net, out) ? out : NULL;
}

/* Before Linux 6.2 one that is up cannot be named; it comes up again also when the name is refused. */
static bool name_outside(struct net *net, const struct link_conf *l, const struct link *out)
{
	const char *about = link_text(l, "host-name: %s", l->host_name);
	struct netlink *nl = &net->host;

	for (bool down = false;; down = true) {
		if (down)
			link_set_flags(nl, out->index, 0, IFF_UP, about);
		link_change(nl, out->index, about);
		netlink_attr_text(nl, IFLA_IFNAME, l->host_name);
		if (down)
			link_set_flags(nl, out->index, IFF_UP, IFF_UP, about);
		if (!netlink_send(nl))
			return true;
		if (down || nl->error != EBUSY)
			return nsnet_fail_netlink(net, nl);
		netlink_clear(nl);
	}
}

static bool change_outside(struct net *net, const struct link_conf *l, const struct link *out)
{
	struct netlink *nl = &net->host;
	unsigned master = l->bridge ? bridge_ready(net, l) : 0;

	if (l->bridge && !master)
		return false;
	if (l->host_name && strcmp(l->host_name, out->name) &&
	    (!record_add(net, net->joined ? "kept" : "veth", l->host_name) ||
	     !name_outside(net, l, out)))
		return false;
	if (master != out->master) {
		link_change(nl, out->index, link_text(l, "bridge"));
		netlink_attr_u32(nl, IFLA_MASTER, master);
	}
	if (l->mtu > 0 && out->mtu != (uint64_t)l->mtu) {
		link_change(nl, out->index, link_text(l, "mtu: of %s", out->name));
		netlink_attr_u32(nl, IFLA_MTU, (uint32_t)l->mtu);
	}
	if (!(out->flags & IFF_UP))
		link_set_flags(nl, out->index, IFF_UP, IFF_UP, link_text(l, "up: %s", out->name));
	return nsnet_send(net, nl);
}

/* A port that was moved may have been the last one of the bridge that it was on. */
static bool leave_bridge(struct net *net, const struct link_conf *l, const struct link *out)
{
	const struct link *before = out->master ? link_get(&net->host, NULL, out->master) : NULL;

	return !before || (l->bridge && !strcmp(before->name, l->bridge)) ||
	       bridge_gone(net, before->name);
}

static bool change_inside(struct net *net, const struct link_conf *l, const struct link *in,
			  const struct view *v)
{
	struct netlink *nl = &net->inside;
	unsigned off;

	if (!link_tune(net, l, in))
		return false;
	off = in->flags & ((l->up ? 0 : IFF_UP) | (l->promisc > 0 ? 0 : IFF_PROMISC));
	if (off)
		link_set_flags(nl, in->index, 0, off, link_text(l, "up, promisc"));
	qdisc_set(nl, l, in->index, l->rate_out, "rate-out", v);
	return nsnet_send(net, nl);
}

static bool refuse(struct net *net, const struct link_conf *l, const char *key, const char *wants,
		   const char *is)
{
	net->hint = "'nsnet down' takes the interface away, 'nsnet up' makes it anew";
	return nsnet_fail_link(net, l, "%s: wants %s, is %s: not to be changed while it is there",
			       key, wants, is ? is : "missing");
}

/*
 * What its kind was told at birth.  Some of it can be changed, some cannot, and some kernels only act as if
 * they did: so it is looked at once more.
 */
static bool change_facts(struct net *net, const struct link_conf *l, const struct link *in)
{
	struct link_fact want[LINK_FACTS], is[LINK_FACTS];
	struct netlink *nl = &net->inside;
	size_t n = virtual_differs(l, in, want, is);
	struct view v;

	if (!n)
		return true;
	if (l->type == LINK_TAP) {
		tap_change(l);
	} else {
		link_begin(nl, RTM_NEWLINK, 0, in->index, NULL);
		virtual_build(nl, l, want, n, 0);
	}
	if (netlink_send(nl) || !view_read(nl, &v))
		return nsnet_fail_netlink(net, nl);
	in = view_link(&v, NULL, in->index);
	return !in || !virtual_differs(l, in, want, is) ||
	       refuse(net, l, want->key, virtual_print(l, want),
		      is->size ? virtual_print(l, is) : NULL);
}

static bool same_lower(struct net *net, const struct link_conf *l, const struct link *in)
{
	unsigned index = virtual_lower(l, in);
	const struct link *lower;

	if (!l->link || index == link_index(&net->host, l->link))
		return true;
	lower = index ? link_get(&net->host, NULL, index) : NULL;
	if (!lower)
		netlink_clear(&net->host);
	return refuse(net, l, "link", l->link, lower ? lower->name : NULL);
}

static bool prune(struct net *net, const struct link_conf *l, unsigned index, const struct view *v)
{
	struct netlink *nl = &net->inside;

	LIST_EACH(const struct route_entry, e, v->routes)
	if (route_extra(l, e, index))
		route_delete(nl, &e->route, index, link_text(l, "route"));
	address_prune(nl, &l->address, v, index, link_text(l, "address"));
	return nsnet_send(net, nl);
}

static bool again_veth(struct net *net, const struct link_conf *l, const struct link *out)
{
	const char *before = net->record;
	bool good;

	if (l->create_bridge > 0 && !bridge_lock(net))
		return false;
	good = change_outside(net, l, out) &&
	       port_ready(net, l, l->host_name ? l->host_name : out->name, true);
	if (l->create_bridge > 0)
		bridge_unlock(net);
	record_settle(net, before);
	if (!good && l->create_bridge > 0) /* nobody may have come to it */
		(void)bridge_gone(net, l->bridge);
	return good && leave_bridge(net, l, out);
}

/* Its end with the mark, if it is of that kind and ours; a device that was moved carries a mark of its own. */
static const struct link *ours(struct net *net, const struct link_conf *l, const struct link *in)
{
	const char *kind = link_types[l->type].kind;

	if (!link_types[l->type].make) /* lo: there is but one */
		return in;
	if (l->type == LINK_PHYS)
		return phys_device(net, in) ? in : NULL;
	return kind && !strcmp(in->kind, kind) ? again_find(net, in) : NULL;
}

static bool change(struct net *net, const struct link_conf *l, const struct link *in,
		   const struct link *out)
{
	if (l->type == LINK_VETH)
		return again_veth(net, l, out);
	if (l->type == LINK_PHYS)
		return !strcmp(phys_device(net, in), l->device) ||
		       refuse(net, l, "device", l->device, phys_device(net, in));
	return same_lower(net, l, in) && change_facts(net, l, in) &&
	       (l->type != LINK_WIREGUARD || wireguard_change(net, l));
}

bool again_link(struct net *net, const struct link_conf *l, bool *done)
{
	const struct link *in, *out;
	struct view v;

	*done = false;
	if (!link_index(&net->inside, l->name))
		return true;
	if (!view_read(&net->inside, &v))
		return nsnet_fail_netlink(net, &net->inside);
	in = view_link(&v, l->name, 0);
	if (!in)
		return true;
	out = ours(net, l, in);
	if (!out) {
		netlink_clear(&net->host);
		return nsnet_fail_link(
			net, l,
			": an interface of this name is there inside already, and is not ours");
	}
	*done = true;
	return change(net, l, in, out) && prune(net, l, in->index, &v) &&
	       change_inside(net, l, in, &v);
}
