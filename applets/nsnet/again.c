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
bool again_find(struct net *net, const struct link *in, struct link *out)
{
	*out = *in;
	if (strcmp(in->kind, "veth"))
		return link_is_ours(net, in);
	return in->peer && link_get(&net->host, NULL, in->peer, out) &&
	       !strcmp(out->kind, "veth") && out->peer == in->index && link_is_ours(net, out);
}

static bool of_kind(const struct link_conf *l, const struct link *in)
{
	const char *kind = link_types[l->type].kind;

	return kind && !strcmp(in->kind, kind);
}

static void set_up(struct netlink *nl, unsigned index, unsigned flags, const char *about)
{
	const struct ifinfomsg fixed = {.ifi_index = (int)index,
					.ifi_flags = flags,
					.ifi_change = IFF_UP};

	netlink_message(nl, RTM_SETLINK, 0, &fixed, sizeof fixed, about);
}

static void about_link(struct netlink *nl, unsigned index, const char *about)
{
	const struct ifinfomsg fixed = {.ifi_index = (int)index};

	netlink_message(nl, RTM_SETLINK, 0, &fixed, sizeof fixed, about);
}

static bool change_outside(struct net *net, const struct link_conf *l, const struct link *out)
{
	struct netlink *nl = &net->host;
	unsigned master = l->bridge ? bridge_ready(net, l) : 0;

	if (l->bridge && !master)
		return false;
	if (l->host_name && strcmp(l->host_name, out->name)) {
		if (!record_add(net, net->joined ? "kept" : "veth", l->host_name))
			return false;
		about_link(nl, out->index,
			   file_text("[net.%s] host-name: %s", l->name, l->host_name));
		netlink_attr_text(nl, IFLA_IFNAME, l->host_name);
	}
	if (master != out->master) {
		about_link(nl, out->index, file_text("[net.%s] bridge", l->name));
		netlink_attr_u32(nl, IFLA_MASTER, master);
	}
	if (l->mtu > 0 && out->mtu != (uint64_t)l->mtu) {
		about_link(nl, out->index, file_text("[net.%s] mtu: of %s", l->name, out->name));
		netlink_attr_u32(nl, IFLA_MTU, (uint32_t)l->mtu);
	}
	if (!(out->flags & IFF_UP))
		set_up(nl, out->index, IFF_UP, file_text("[net.%s] up: %s", l->name, out->name));
	return !netlink_send(nl) || nsnet_fail_netlink(net, nl);
}

/* A port that was moved may have been the last one of the bridge that it was on. */
static bool leave_bridge(struct net *net, const struct link_conf *l, const struct link *out)
{
	struct link before;

	if (!out->master || !link_get(&net->host, NULL, out->master, &before))
		return true;
	return (l->bridge && !strcmp(before.name, l->bridge)) || bridge_gone(net, before.name);
}

static bool change_inside(struct net *net, const struct link_conf *l, const struct link *in)
{
	struct netlink *nl = &net->inside;
	uint8_t mac[6];

	if (l->mtu > 0 && in->mtu != (uint64_t)l->mtu) {
		about_link(nl, in->index, file_text("[net.%s] mtu", l->name));
		netlink_attr_u32(nl, IFLA_MTU, (uint32_t)l->mtu);
	}
	if (l->txqueuelen >= 0 && in->txqueuelen != (uint64_t)l->txqueuelen) {
		about_link(nl, in->index, file_text("[net.%s] txqueuelen", l->name));
		netlink_attr_u32(nl, IFLA_TXQLEN, (uint32_t)l->txqueuelen);
	}
	if (link_mac(net, l, mac) && memcmp(mac, in->mac, sizeof mac)) {
		about_link(nl, in->index, file_text("[net.%s] mac", l->name));
		netlink_attr(nl, IFLA_ADDRESS, mac, sizeof mac);
	}
	if (!l->up && in->flags & IFF_UP)
		set_up(nl, in->index, 0, file_text("[net.%s] up: no", l->name));
	return !netlink_send(nl) || nsnet_fail_netlink(net, nl);
}

static bool prune(struct net *net, const struct link_conf *l, unsigned index)
{
	struct netlink *nl = &net->inside;
	struct view v;

	if (!view_read(nl, &v))
		return nsnet_fail_netlink(net, nl);
	LIST_EACH(const struct route_entry, e, v.routes)
	if (route_extra(l, e, index))
		route_delete(nl, &e->route, index, file_text("[net.%s] route", l->name));
	/* backwards: with the first of a subnet the kernel takes those that came after it */
	for (size_t i = v.addresses.n; i--;) {
		const struct address *a = (const struct address *)v.addresses.v + i;

		if (address_extra(l, a, index))
			address_delete(nl, a, file_text("[net.%s] address", l->name));
	}
	return !netlink_send(nl) || nsnet_fail_netlink(net, nl);
}

bool again_link(struct net *net, const struct link_conf *l, bool *done)
{
	const char *before = net->record;
	struct link in, out;
	bool good;

	*done = false;
	if (!link_index(&net->inside, l->name))
		return true;
	if (!link_get(&net->inside, l->name, 0, &in))
		return nsnet_fail_netlink(net, &net->inside);
	if (!of_kind(l, &in) || !again_find(net, &in, &out)) {
		netlink_clear(&net->host);
		return nsnet_fail(
			net,
			"[net.%s]: an interface of this name is there inside already, and is not ours",
			l->name);
	}
	*done = true;
	if (strcmp(in.kind, "veth"))
		return change_inside(net, l, &in) && prune(net, l, in.index);
	if (l->create_bridge > 0 && !bridge_lock(net))
		return false;
	good = change_outside(net, l, &out) &&
	       port_ready(net, l, l->host_name ? l->host_name : out.name);
	if (l->create_bridge > 0)
		bridge_unlock(net);
	record_settle(net, before);
	if (!good && l->create_bridge > 0) /* nobody may have come to it */
		(void)bridge_gone(net, l->bridge);
	return good && leave_bridge(net, l, &out) && change_inside(net, l, &in) &&
	       prune(net, l, in.index);
}
