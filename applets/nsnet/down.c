/*
 * down.c - the inverse of up: only what carries our mark, and only what outlives the namespace.
 */
#include "nsnet.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * Links before bridges, so that the last port is gone when its bridge is looked at.  Without a bridge of
 * ours a veth is left to the kernel, which takes it with its namespace by itself: 1 to 15 ms later,
 * when its RCU waits are over, and to ask before would be to wait for them too.
 */
bool down_record(struct net *net)
{
	/* first: it is what a held namespace is held for */
	bool good = record_each(net, "phys", phys_gone);
	bool dying = net->undo && !record_any(net, "bridge");

	good &= dying || record_each(net, "veth", veth_gone);

	good &= record_each(net, "kept", veth_delete);
	good &= record_each(net, "inner", inner_gone);
	good &= record_each(net, "bridge", bridge_gone);
	good &= record_each(net, "nft", nft_gone);
	good &= record_each(net, "user", usermode_gone);
	good &= lease_drop(net); /* last: who gets the address next must not meet its old owner */
	return good && record_forget(net);
}

/* One that is inside alone, and marked there. */
static bool down_inner(struct net *net, const struct link_conf *l, const struct link *in)
{
	if (!link_is_ours(net, in))
		return nsnet_fail_link(net, l, ": is not ours");
	return link_delete(net, &net->inside, in);
}

static bool down_link(struct net *net, const struct link_conf *l)
{
	const struct link *in, *out;

	if (!link_types[l->type].make || net->self)
		return true;
	if (l->type == LINK_PHYS)
		return phys_gone(net, l->device);
	in = link_get(&net->inside, l->name, 0);
	if (!in)
		return nsnet_gone(net, &net->inside);
	if (link_types[l->type].flags & LINK_INNER)
		return down_inner(net, l, in);
	if (strcmp(in->kind, "veth") || !in->peer)
		return nsnet_fail_link(net, l, ": is no veth inside");
	out = link_get(&net->host, NULL, in->peer);
	if (!out)
		return nsnet_gone(net, &net->host);
	if (!link_is_ours(net, out))
		return nsnet_fail_link(net, l, ": its outer end %s is not ours", out->name);
	return link_delete(net, &net->host, out);
}

bool down_config(struct net *net)
{
	bool good = true;

	LIST_EACH(const struct link_conf, l, net->conf->links)
	good &= down_link(net, l);
	LIST_EACH(const struct link_conf, l, net->conf->links)
	if (l->type == LINK_VETH && l->bridge && l->create_bridge > 0)
		good &= bridge_gone(net, l->bridge);
	return good;
}
