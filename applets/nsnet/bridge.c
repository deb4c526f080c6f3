/*
 * bridge.c - the bridge that a veth's outer end is a port of, made on request.
 *
 * One that we made carries our mark as its alias and goes with its last port. Between the look at
 * its ports and its deletion no start may add one: a lock of the state root keeps them apart. Against
 * a start that uses another state root the veth is made again when its bridge has vanished.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>

#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "file.h"

bool bridge_lock(struct net *net)
{
	/* starts that share a name of the host share a state root, too; without any nobody races */
	if (net->lock < 0)
		net->lock = open(net->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while (net->lock >= 0 && flock(net->lock, LOCK_EX))
		if (errno != EINTR)
			return nsnet_fail_errno(net, "the state directory: its lock");
	return true;
}

void bridge_unlock(struct net *net)
{
	if (net->lock >= 0)
		(void)flock(net->lock, LOCK_UN); /* fails only where there was no lock */
}

static void describe(struct netlink *nl, bool vlans)
{
	netlink_nest(nl, IFLA_LINKINFO, NULL, 0);
	netlink_attr_text(nl, IFLA_INFO_KIND, "bridge");
	netlink_nest(nl, IFLA_INFO_DATA, NULL, 0);
	if (vlans)
		netlink_attr(nl, IFLA_BR_VLAN_FILTERING, &(uint8_t){1}, 1);
	netlink_end(nl);
	netlink_end(nl);
}

static void build(struct net *net, const struct link_conf *l)
{
	uint8_t mac[6];

	link_begin(&net->host, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0,
		   link_text(l, "create-bridge: %s", l->bridge));
	netlink_attr_text(&net->host, IFLA_IFNAME, l->bridge);
	/* one of its own: else it changes with the ports that come and go, and neighbours lose it */
	if (getrandom(mac, sizeof mac, GRND_NONBLOCK) == sizeof mac) {
		mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
		netlink_attr(&net->host, IFLA_ADDRESS, mac, sizeof mac);
	}
	describe(&net->host, port_vlans(l));
	link_mark_quiet(&net->host, l->bridge, LINK_ALIAS, -1);
	link_set_flags(&net->host, 0, IFF_UP, IFF_UP,
		       link_text(l, "create-bridge: %s: up", l->bridge));
	netlink_attr_text(&net->host, IFLA_IFNAME, l->bridge);
}

static bool failed(struct net *net, const struct link_conf *l)
{
	bool lacks = net->host.error == EOPNOTSUPP && port_vlans(l);

	(void)nsnet_fail_netlink(net, &net->host);
	if (lacks)
		net->hint = "the kernel lacks vlans of bridges: CONFIG_BRIDGE_VLAN_FILTERING";
	return false;
}

static bool make(struct net *net, const struct link_conf *l)
{
	if (l->create_bridge <= 0) {
		net->hint = "create-bridge = yes makes it";
		return nsnet_fail_link(net, l, "bridge: no link %s on the host", l->bridge);
	}
	if (!record_add(net, "bridge", l->bridge))
		return false;
	build(net, l);
	if (!netlink_send(&net->host))
		return true;
	if (net->host.error != EEXIST)
		return failed(net, l);
	netlink_clear(&net->host); /* somebody else was faster: we use theirs */
	return true;
}

/* Its ports keep the default vlan, in which they go on seeing each other. */
static bool filter_vlans(struct net *net, const struct link_conf *l, const struct link *b,
			 bool ours)
{
	if (!port_vlans(l) || b->vlan_filtering)
		return true;
	if (!ours) {
		net->hint = file_text("ip link set dev %s type bridge vlan_filtering 1", l->bridge);
		return nsnet_fail_link(net, l, "bridge: %s does not tell vlans apart", l->bridge);
	}
	link_begin(&net->host, RTM_NEWLINK, 0, b->index,
		   link_text(l, "bridge: %s: vlan filtering", l->bridge));
	describe(&net->host, true);
	return !netlink_send(&net->host) || failed(net, l);
}

struct wanted {
	const struct link_conf *conf;
	unsigned index;
	size_t found;
};

static void count_address(const struct nlmsghdr *h, void *arg)
{
	struct wanted *w = arg;
	struct address a;

	if (!address_read(h, &a) || a.index != w->index)
		return;
	LIST_EACH(const struct cidr, c, w->conf->bridge_address)
	w->found += c->prefix == a.cidr.prefix && types_same_ip(&c->ip, &a.cidr.ip);
}

/* A bridge that is not ours is left as it is, so the addresses must be there. */
static bool foreign_has(struct net *net, const struct link_conf *l, unsigned index)
{
	struct wanted w = {l, index, 0};

	if (!l->bridge_address.n)
		return true;
	if (!address_each(&net->host, index, count_address, &w))
		return nsnet_fail_netlink(net, &net->host);
	if (w.found < l->bridge_address.n)
		return nsnet_fail_link(
			net, l,
			"bridge-address: %s is there already, is not ours, and lacks an address of these",
			l->bridge);
	return true;
}

/* On a bridge of ours: added where it lacks them; another container may have brought others. */
static bool add_addresses(struct net *net, const struct link_conf *l, unsigned index)
{
	address_own(&net->host, l->bridge, index);
	LIST_EACH(const struct cidr, c, l->bridge_address)
	address_add(&net->host, c, index, false,
		    link_text(l, "bridge-address: %s", types_print_cidr(c)));
	return nsnet_send(net, &net->host);
}

/* The usual case at a tenth of what the link's whole message costs; 0: that must be asked. */
static unsigned plain(const struct net *net, const struct link_conf *l)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq r = {.ifr_data = (void *)&info};

	if (l->create_bridge > 0 || port_vlans(l))
		return 0;
	memcpy(r.ifr_name, l->bridge, strlen(l->bridge));
	if (ioctl(net->host.fd, SIOCETHTOOL, &r) || strcmp(info.driver, "bridge"))
		return 0;
	return link_index(&net->host, l->bridge);
}

unsigned bridge_ready(struct net *net, const struct link_conf *l)
{
	unsigned index = plain(net, l);
	const struct link *b;
	bool ours;

	if (index)
		return index;
	for (int i = 0; !(b = link_get(&net->host, l->bridge, 0)); i++) {
		if (errno != ENODEV || i == 3) {
			nsnet_fail_netlink(net, &net->host);
			return 0;
		}
		if (!make(net, l))
			return 0;
	}
	if (strcmp(b->kind, "bridge")) {
		nsnet_fail_link(net, l, "bridge: %s is not a bridge but %s%s", l->bridge,
				*b->kind ? "of type " : "a device", b->kind);
		return 0;
	}
	ours = l->create_bridge > 0 && !strcmp(b->alias, LINK_ALIAS);
	if (!filter_vlans(net, l, b, ours))
		return 0;
	if (l->create_bridge <= 0)
		return b->index;
	if (!ours)
		return foreign_has(net, l, b->index) ? b->index : 0;
	/* recorded by every user of it: the last one that stops takes it away */
	return record_add(net, "bridge", l->bridge) && add_addresses(net, l, b->index) ? b->index
										       : 0;
}

/* One that is gone since then does no harm: whose it was comes after us and looks again. */
static void has_port(const struct link *l, void *arg)
{
	(void)l;
	*(bool *)arg = true;
}

static bool remove_unused(struct net *net, const char *name)
{
	bool used = false;
	const struct link *b = link_get(&net->host, name, 0);

	if (!b)
		return nsnet_gone(net, &net->host);
	if (strcmp(b->kind, "bridge") || strcmp(b->alias, LINK_ALIAS))
		return true;
	if (!link_each(&net->host, b->index, has_port, &used))
		return nsnet_fail_netlink(net, &net->host);
	if (used)
		return true;
	return link_delete(net, &net->host, b);
}

bool bridge_gone(struct net *net, const char *name)
{
	bool good = bridge_lock(net) && remove_unused(net, name);

	bridge_unlock(net);
	return good;
}
