/*
 * veth.c - a pair of interfaces: one end on the host, the other one inside.
 *
 * One message makes both, names both, puts the inner end into its namespace, and the outer one up
 * and on its bridge: nothing in between can be left behind. A pair is never moved or deleted where
 * that can be helped: both wait for RCU, tens of milliseconds. It dies with its namespace.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>

#include "file.h"

enum {
	TRIES = 10, /* names that are taken */
	POLL_US = 200,
	DYING_MS = 1000,   /* for another's end of the same fixed name */
	TEARDOWN_MS = 250, /* for our own; it takes 1 ms, more on a busy machine */
};

static void pause_us(long us)
{
	nanosleep(&(struct timespec){.tv_nsec = us * 1000}, NULL);
}

/* At most 15 bytes: the container's name, cut, and a random end; names of one file differ by it. */
static const char *random_name(const struct net *net)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32 */
	unsigned char r[5];
	char end[6];

	if (getrandom(r, sizeof r, GRND_NONBLOCK) != sizeof r)
		memset(r, 0, sizeof r); /* before the pool is ready: a clash is only tried again */
	for (size_t i = 0; i < sizeof r; i++)
		end[i] = letters[r[i] & 31];
	end[5] = '\0';
	return file_text("%.9s-%s", net->name ? net->name : "veth", end);
}

/*
 * What both ends are born with.  One queue is what is used of as many as there are processors, too, but
 * the kernel would make those in /sys first and then wait for RCU to be rid of them.
 */
static void add_end(struct netlink *nl, const struct link_conf *l, const char *name)
{
	netlink_attr_text(nl, IFLA_IFNAME, name);
	netlink_attr_u32(nl, IFLA_NUM_TX_QUEUES, 1);
	netlink_attr_u32(nl, IFLA_NUM_RX_QUEUES, 1);
	if (l->mtu > 0)
		netlink_attr_u32(nl, IFLA_MTU, (uint32_t)l->mtu);
}

static void build_peer(struct net *net, const struct link_conf *l)
{
	struct netlink *nl = &net->host;
	const struct ifinfomsg fixed = {0};
	uint8_t mac[6];

	netlink_nest(nl, VETH_INFO_PEER, &fixed, sizeof fixed);
	add_end(nl, l, l->name);
	netlink_attr_u32(nl, IFLA_NET_NS_FD, (uint32_t)net->nsfd);
	if (l->txqueuelen >= 0)
		netlink_attr_u32(nl, IFLA_TXQLEN, (uint32_t)l->txqueuelen);
	if (link_mac(net, l, mac))
		netlink_attr(nl, IFLA_ADDRESS, mac, sizeof mac);
	netlink_end(nl);
}

static void build(struct net *net, const struct link_conf *l, const char *host_name,
		  unsigned master)
{
	struct netlink *nl = &net->host;
	const struct ifinfomsg fixed = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP};

	netlink_message(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &fixed, sizeof fixed,
			link_text(l, ": the pair of %s and %s", host_name, l->name));
	add_end(nl, l, host_name);
	if (master)
		netlink_attr_u32(nl, IFLA_MASTER, master);
	netlink_nest(nl, IFLA_LINKINFO, NULL, 0);
	netlink_attr_text(nl, IFLA_INFO_KIND, "veth");
	netlink_nest(nl, IFLA_INFO_DATA, NULL, 0);
	build_peer(net, l);
	netlink_end(nl);
	netlink_end(nl);
}

/* The end of a container that has just stopped goes by itself: its namespace is being torn down. */
static bool dies_soon(struct net *net, const char *host_name)
{
	const struct link *l = link_get(&net->host, host_name, 0);

	if (!l)
		return errno == ENODEV;
	if (strncmp(l->alias, LINK_ALIAS ":", sizeof LINK_ALIAS))
		return false;
	for (int us = 0; us < DYING_MS * 1000; us += POLL_US) {
		if (link_index(&net->host, host_name) != l->index)
			return true;
		pause_us(POLL_US);
	}
	return false;
}

/* EEXIST: whose name was it?  It fails where another try is of no use. */
static void clash(struct net *net, const struct link_conf *l)
{
	if (link_index(&net->inside, l->name))
		nsnet_fail_link(net, l, ": an interface of this name is there inside already");
	else if (l->host_name && !dies_soon(net, l->host_name))
		nsnet_fail_link(net, l, "host-name: %s is taken by another link of the host",
				l->host_name);
}

/*
 * Pair and mark in one batch, that no kill can part; its errno, 0: made.  The mark goes by name, even where
 * the pair was refused because that is taken: what has it already must not become ours.  So a name that
 * another start may want, too, is looked for and taken under a lock.
 */
static int make_marked(struct net *net, const struct link_conf *l, const char *host_name,
		       unsigned master)
{
	struct netlink *nl = &net->host;

	if (link_index(nl, host_name))
		return EEXIST;
	build(net, l, host_name, master);
	/* quiet: it has no carrier before the other end is up */
	link_mark_quiet(nl, host_name, link_alias(net), l->mtu);
	return netlink_send(nl) ? nl->error : 0;
}

/* One try: 0, it is made; else a reason to try again, where it did not fail: EEXIST, a name is taken. */
static int make(struct net *net, const struct link_conf *l)
{
	const char *host_name = l->host_name ? l->host_name : random_name(net);
	unsigned master = l->bridge ? bridge_ready(net, l) : 0;
	int e;

	if ((l->bridge && !master) || !record_add(net, net->joined ? "kept" : "veth", host_name))
		return EIO;
	e = make_marked(net, l, host_name, master);
	if (!e)
		return port_ready(net, l, host_name, false) ? 0 : EIO;
	/* the bridge went with its last port between our look at it and this */
	if (e != EEXIST && (!master || link_index(&net->host, l->bridge) == master))
		nsnet_fail_netlink(net, &net->host);
	netlink_clear(&net->host);
	return e;
}

bool veth_make(struct net *net, const struct link_conf *l)
{
	const bool lock = l->create_bridge > 0 || l->host_name;

	for (int i = 0, e; i < TRIES && !net->error; i++) {
		if (lock && !bridge_lock(net))
			break;
		e = make(net, l);
		if (lock)
			bridge_unlock(net);
		if (!e)
			return true;
		if (e == EEXIST)
			clash(net, l);
	}
	return nsnet_fail_link(net, l, "host-name: no free name in %d tries", TRIES);
}

bool veth_gone(struct net *net, const char *host_name)
{
	unsigned index = link_index(&net->host, host_name);

	for (int us = 0; net->undo && net->nsfd < 0 && index && us < TEARDOWN_MS * 1000;
	     us += POLL_US) {
		if (link_index(&net->host, host_name) != index)
			break;
		pause_us(POLL_US);
	}
	/* also waits for the lock under which the kernel takes it out of /sys, a little later */
	return veth_delete(net, host_name);
}

bool veth_delete(struct net *net, const char *host_name)
{
	const struct link *l = link_get(&net->host, host_name, 0);

	if (!l)
		return nsnet_gone(net, &net->host);
	if (strcmp(l->kind, "veth") || !link_is_ours(net, l))
		return true;
	return link_delete(net, &net->host, l);
}
