/*
 * inner.c - links that have no end outside, where the namespace does not take them along, or too late: after
 * a failure amid up, where the namespace is another's, and where they stand on something of the host's.
 *
 * The kernel takes a dead namespace down when it has time to.  Until then its links hold what the next start
 * may want: the id of a vlan or vxlan, a MAC on the link below, a port of the host's.  So the monitor holds
 * the namespace until they are deleted.
 *
 * Into one of another's nothing leads any more when gc runs, and perhaps nothing that may be followed.  But the kernel
 * numbers namespaces for each other, and deletes a link by such a number without a way in.  A link that
 * was there before is told by its name before the record is written, one that was made since by its mark;
 * without any mark it is ours too while it is down: we were killed before it was set.  One that is up or a
 * veth is not: a number is given to another namespace when its own is gone.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "file.h"

static void take_id(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a[NETLINK_ATTRS];

	if (netlink_table(h, sizeof(struct rtgenmsg), a))
		(void)netlink_u32(a[NETNSA_NSID], arg); /* stays -1 */
}

static void ask(struct net *net, uint16_t type)
{
	const struct rtgenmsg fixed = {0};

	netlink_message(&net->host, type, 0, &fixed, sizeof fixed, "the number of the namespace");
	netlink_attr_u32(&net->host, NETNSA_FD, (uint32_t)net->nsfd);
	if (type == RTM_NEWNSID)
		netlink_attr_u32(&net->host, NETNSA_NSID, UINT32_MAX); /* any */
}

/* The number of the target as the host's namespace counts; it has one from here on. -1: failed. */
static int number(struct net *net)
{
	uint32_t id = UINT32_MAX;

	ask(net, RTM_NEWNSID);
	if (netlink_send(&net->host) && net->host.error == EEXIST)
		netlink_clear(&net->host);
	ask(net, RTM_GETNSID);
	if (netlink_read(&net->host, RTM_NEWNSID, take_id, &id))
		(void)nsnet_fail_netlink(net, &net->host);
	else if ((int)id < 0)
		(void)nsnet_fail(net, "%s", "the number of the namespace: none");
	return (int)id;
}

bool inner_record(struct net *net, const struct link_conf *l)
{
	int id;

	if (!net->joined && (!net->id || link_types[l->type].flags & LINK_ALONE))
		return true;
	if (net->nsfd < 0)
		return nsnet_fail_link(net, l,
				       "type: %s: needs privilege over the namespace it joins",
				       link_types[l->type].word);
	id = number(net);
	return id >= 0 && (net->joined || record_hold(net)) &&
	       record_add(net, "inner", file_text("%d:%s", id, l->name));
}

bool inner_gone(struct net *net, const char *record)
{
	char *end;
	int id = (int)strtoul(record, &end, 10);
	const struct link *l;

	if (*end != ':')
		return true;
	l = link_get_in(&net->host, id, end + 1);
	if (!l)
		return nsnet_gone(net, &net->host);
	if (*l->alias ? !link_is_ours(net, l) : l->flags & IFF_UP || !strcmp(l->kind, "veth"))
		return true;
	return link_delete_in(net, &net->host, id, l);
}

bool inner_undo(struct net *net)
{
	const struct link_conf *links = net->conf->links.v;
	bool good = true;

	for (size_t i = 0; net->made && i < net->conf->links.n; i++) {
		const struct link *l;

		if (net->made[i] && link_types[links[i].type].flags & LINK_INNER &&
		    (l = link_get(&net->inside, links[i].name, 0)))
			good &= link_delete(net, &net->inside, l);
	}
	return good;
}
