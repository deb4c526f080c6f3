/*
 * virtual.c - links that one message makes: born in the target namespace, on a link of the host's where
 * they stand on one.  The message goes by the host's socket, whose namespace is where that link is
 * looked up, and where the packets of vxlan and wireguard travel.
 */
#include "nsnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"

enum { VXLAN_PORT = 4789 }; /* the assigned one; the kernel's own default is older than that */

struct link_fact *virtual_fact(struct link_fact *f, const char *key, uint16_t attr,
			       const void *value, size_t size)
{
	f->key = key;
	f->attr = attr;
	f->size = (uint16_t)size;
	memcpy(f->value, value, size);
	return f + 1;
}

static struct link_fact *fact_u32(struct link_fact *f, const char *key, uint16_t attr, uint32_t n)
{
	return virtual_fact(f, key, attr, &n, sizeof n);
}

static struct link_fact *fact_u16(struct link_fact *f, const char *key, uint16_t attr, uint16_t n)
{
	return virtual_fact(f, key, attr, &n, sizeof n);
}

/* Of an address, where there is one: an attribute for each family. */
static struct link_fact *fact_ip(struct link_fact *f, const char *key, const struct ip *ip,
				 uint16_t v4, uint16_t v6)
{
	return ip->family ? virtual_fact(f, key, ip->family == AF_INET ? v4 : v6, ip->b,
					 types_size(ip))
			  : f;
}

struct link_fact *macvlan_facts(const struct link_conf *l, struct link_fact *f)
{
	/* the words stand in the order of the kernel's bits */
	return fact_u32(f, "mode", IFLA_MACVLAN_MODE,
			l->mode ? 1U << link_mode(l) : MACVLAN_MODE_BRIDGE);
}

struct link_fact *ipvlan_facts(const struct link_conf *l, struct link_fact *f)
{
	return fact_u16(f, "mode", IFLA_IPVLAN_MODE,
			l->mode ? (uint16_t)link_mode(l) : IPVLAN_MODE_L2);
}

struct link_fact *vlan_facts(const struct link_conf *l, struct link_fact *f)
{
	return fact_u16(f, "id", IFLA_VLAN_ID, (uint16_t)l->id);
}

struct link_fact *vxlan_facts(const struct link_conf *l, struct link_fact *f)
{
	f = fact_u32(f, "id", IFLA_VXLAN_ID, (uint32_t)l->id);
	f = fact_u16(f, "port", IFLA_VXLAN_PORT,
		     htons(l->port > 0 ? (uint16_t)l->port : VXLAN_PORT));
	f = fact_ip(f, "remote", &l->remote, IFLA_VXLAN_GROUP, IFLA_VXLAN_GROUP6);
	return fact_ip(f, "local", &l->local, IFLA_VXLAN_LOCAL, IFLA_VXLAN_LOCAL6);
}

/* The link of the host that it stands on; fails where that cannot carry what is asked. */
static bool find_lower(struct net *net, const struct link_conf *l, unsigned *index)
{
	const struct link *lower;

	*index = 0;
	if (!l->link)
		return true;
	lower = link_get(&net->host, l->link, 0);
	if (!lower)
		return errno == ENODEV
			       ? nsnet_fail_link(net, l, "link: %s: no such interface", l->link)
			       : nsnet_fail_netlink(net, &net->host);
	if (l->mtu > 0 && l->type != LINK_VXLAN && (uint64_t)l->mtu > lower->mtu)
		return nsnet_fail_link(net, l, "mtu: %d: %s has %u", (int)l->mtu, l->link,
				       lower->mtu);
	*index = lower->index;
	return true;
}

static size_t facts_of(const struct link_conf *l, struct link_fact f[LINK_FACTS])
{
	return link_types[l->type].facts ? (size_t)(link_types[l->type].facts(l, f) - f) : 0;
}

void virtual_build(struct netlink *nl, const struct link_conf *l, const struct link_fact *f,
		   size_t n, unsigned lower)
{
	netlink_nest(nl, IFLA_LINKINFO, NULL, 0);
	netlink_attr_text(nl, IFLA_INFO_KIND, link_types[l->type].kind);
	netlink_nest(nl, IFLA_INFO_DATA, NULL, 0);
	for (size_t i = 0; i < n; i++)
		netlink_attr(nl, f[i].attr, f[i].value, f[i].size);
	if (l->type == LINK_VXLAN && lower)
		netlink_attr_u32(nl, IFLA_VXLAN_LINK, lower);
	netlink_end(nl);
	netlink_end(nl);
}

bool virtual_make(struct net *net, const struct link_conf *l)
{
	const struct link_type *type = &link_types[l->type];
	bool alone = type->flags & LINK_ALONE;
	struct netlink *nl = alone ? &net->inside : &net->host;
	struct link_fact f[LINK_FACTS];
	unsigned lower;
	uint8_t mac[6];

	if (!find_lower(net, l, &lower))
		return false;
	link_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, 0,
		   link_text(l, "type: %s", type->word));
	netlink_attr_text(nl, IFLA_IFNAME, l->name);
	if (!alone)
		netlink_attr_u32(nl, IFLA_NET_NS_FD, (uint32_t)net->nsfd);
	if (lower && l->type != LINK_VXLAN)
		netlink_attr_u32(nl, IFLA_LINK, lower);
	if (l->mtu > 0)
		netlink_attr_u32(nl, IFLA_MTU, (uint32_t)l->mtu);
	if (l->txqueuelen >= 0)
		netlink_attr_u32(nl, IFLA_TXQLEN, (uint32_t)l->txqueuelen);
	if (link_mac(net, l, mac))
		netlink_attr(nl, IFLA_ADDRESS, mac, sizeof mac);
	virtual_build(nl, l, f, facts_of(l, f), lower);
	return nsnet_send(net, nl);
}

size_t virtual_differs(const struct link_conf *l, const struct link *in, struct link_fact *want,
		       struct link_fact *is)
{
	const struct nlattr *a[NETLINK_ATTRS] = {0};
	size_t n = facts_of(l, want), differ = 0;

	if (n)
		(void)link_info(in, IFLA_INFO_DATA, a); /* without any, each is missing */
	for (size_t i = 0; i < n; i++) {
		struct link_fact f = want[i];

		if (!netlink_bytes(a[f.attr], f.value, f.size))
			f.size = 0;
		if (f.size && !memcmp(f.value, want[i].value, f.size))
			continue;
		want[differ] = want[i];
		is[differ++] = f;
	}
	return differ;
}

unsigned virtual_lower(const struct link_conf *l, const struct link *in)
{
	const struct nlattr *a[NETLINK_ATTRS];
	uint32_t lower = 0;

	if (l->type != LINK_VXLAN)
		return in->peer;
	if (link_info(in, IFLA_INFO_DATA, a))
		netlink_u32(a[IFLA_VXLAN_LINK], &lower);
	return lower;
}

char *virtual_print(const struct link_conf *l, const struct link_fact *f)
{
	struct ip ip = {.family = f->size == 16 ? AF_INET6 : AF_INET};
	uint32_t n = 0;
	uint16_t half;

	if (!strcmp(f->key, "remote") || !strcmp(f->key, "local")) {
		memcpy(ip.b, f->value, f->size);
		return types_print_ip(&ip);
	}
	if (f->size == 1)
		return file_dup(f->value[0] ? "yes" : "no");
	memcpy(&half, f->value, sizeof half);
	if (f->size == sizeof n)
		memcpy(&n, f->value, sizeof n);
	else
		n = half;
	if (!strcmp(f->key, "port"))
		n = ntohs(half);
	if (!strcmp(f->key, "mode"))
		return key_word(link_types[l->type].modes,
				l->type == LINK_IPVLAN ? (int)n : ffs((int)n) - 1);
	return file_text("%u", n);
}
