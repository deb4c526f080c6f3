/*
 * link.c - links in general: the table of types, looking one up, the inside of all of them.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"

#define MODES_MACVLAN "private|vepa|bridge|passthru"

const struct link_type link_types[] = {
	[LINK_VETH] = {.word = "veth",
		       .kind = "veth",
		       .needs = "CONFIG_VETH, CONFIG_BRIDGE (modprobe veth bridge)",
		       .make = veth_make,
		       .flags = LINK_INSIDE},
	[LINK_MACVLAN] = {.word = "macvlan",
			  .kind = "macvlan",
			  .needs = "CONFIG_MACVLAN (modprobe macvlan)",
			  .modes = MODES_MACVLAN,
			  .make = virtual_make,
			  .facts = macvlan_facts,
			  .flags = LINK_INSIDE | LINK_INNER},
	[LINK_MACVTAP] = {.word = "macvtap",
			  .kind = "macvtap",
			  .needs = "CONFIG_MACVTAP (modprobe macvtap)",
			  .modes = MODES_MACVLAN,
			  .make = virtual_make,
			  .facts = macvlan_facts,
			  .flags = LINK_INSIDE | LINK_INNER},
	[LINK_IPVLAN] = {.word = "ipvlan",
			 .kind = "ipvlan",
			 .needs = "CONFIG_IPVLAN (modprobe ipvlan)",
			 .modes = "l2|l3|l3s",
			 .make = virtual_make,
			 .facts = ipvlan_facts,
			 .flags = LINK_INSIDE | LINK_INNER},
	[LINK_VLAN] = {.word = "vlan",
		       .kind = "vlan",
		       .needs = "CONFIG_VLAN_8021Q (modprobe 8021q)",
		       .make = virtual_make,
		       .facts = vlan_facts,
		       .flags = LINK_INSIDE | LINK_INNER},
	[LINK_VXLAN] = {.word = "vxlan",
			.kind = "vxlan",
			.needs = "CONFIG_VXLAN (modprobe vxlan)",
			.make = virtual_make,
			.facts = vxlan_facts,
			.flags = LINK_INSIDE | LINK_INNER},
	[LINK_DUMMY] = {.word = "dummy",
			.kind = "dummy",
			.needs = "CONFIG_DUMMY (modprobe dummy)",
			.make = virtual_make,
			.flags = LINK_INSIDE | LINK_INNER | LINK_ALONE},
	[LINK_PHYS] = {.word = "phys",
		       .make = phys_make,
		       .check = phys_check,
		       .flags = LINK_INSIDE | LINK_TUNE},
	[LINK_TAP] = {.word = "tap",
		      .kind = "tun",
		      .needs = "CONFIG_TUN (modprobe tun)",
		      .make = tap_make,
		      .facts = tap_facts,
		      .flags = LINK_INSIDE | LINK_INNER | LINK_TUNE | LINK_ALONE},
	[LINK_WIREGUARD] = {.word = "wireguard",
			    .kind = "wireguard",
			    .needs = "CONFIG_WIREGUARD (modprobe wireguard)",
			    .make = wireguard_make,
			    .check = wireguard_check,
			    .flags = LINK_INSIDE | LINK_INNER},
	[LINK_LOOPBACK] = {.word = "loopback",
			   .kind = "loopback",
			   .flags = LINK_INSIDE | LINK_TUNE},
	[LINK_NONE] = {.word = "none"},
};

int link_mode(const struct link_conf *l)
{
	const char *words = link_types[l->type].modes;

	return words && l->mode ? key_place(words, l->mode) : -1;
}

/* Without a message: the kernel answers this ioctl on a socket of any family, and takes no lock. */
unsigned link_index(const struct netlink *nl, const char *name)
{
	struct ifreq r = {0};

	memcpy(r.ifr_name, name, strnlen(name, sizeof r.ifr_name - 1));
	return ioctl(nl->fd, SIOCGIFINDEX, &r) ? 0 : (unsigned)r.ifr_ifindex;
}

static void read_info(const struct nlattr *const *info, struct link *out)
{
	const struct nlattr *data[NETLINK_ATTRS];

	netlink_text(info[IFLA_INFO_KIND], out->kind, sizeof out->kind);
	if (strcmp(out->kind, "bridge") || !netlink_inner(info[IFLA_INFO_DATA], data))
		return;
	netlink_bytes(data[IFLA_BR_VLAN_FILTERING], &out->vlan_filtering,
		      sizeof out->vlan_filtering);
	netlink_bytes(data[IFLA_BR_VLAN_DEFAULT_PVID], &out->default_vlan,
		      sizeof out->default_vlan);
}

bool link_read(const struct nlmsghdr *h, struct link *out)
{
	const struct nlattr *a[NETLINK_ATTRS], *info[NETLINK_ATTRS];
	const struct ifinfomsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);

	*out = (struct link){0};
	if (!netlink_table(h, sizeof *fixed, a) || fixed->ifi_index <= 0)
		return false;
	out->index = (unsigned)fixed->ifi_index;
	out->flags = fixed->ifi_flags;
	netlink_u32(a[IFLA_MTU], &out->mtu);
	netlink_u32(a[IFLA_MASTER], &out->master);
	netlink_u32(a[IFLA_LINK], &out->peer);
	netlink_u32(a[IFLA_TXQLEN], &out->txqueuelen);
	netlink_text(a[IFLA_IFALIAS], out->alias, sizeof out->alias);
	out->has_mac = netlink_bytes(a[IFLA_ADDRESS], out->mac, sizeof out->mac);
	if (netlink_inner(a[IFLA_LINKINFO], info))
		read_info(info, out);
	else if (fixed->ifi_flags & IFF_LOOPBACK)
		strcpy(out->kind, "loopback");
	out->message = h;
	return netlink_text(a[IFLA_IFNAME], out->name, sizeof out->name);
}

bool link_attrs(const struct link *l, const struct nlattr *table[NETLINK_ATTRS])
{
	return netlink_table(l->message, sizeof(struct ifinfomsg), table);
}

bool link_info(const struct link *l, uint16_t part, const struct nlattr *table[NETLINK_ATTRS])
{
	const struct nlattr *a[NETLINK_ATTRS], *info[NETLINK_ATTRS];

	return link_attrs(l, a) && netlink_inner(a[IFLA_LINKINFO], info) &&
	       netlink_inner(info[part], table);
}

struct found {
	struct link *link;
	bool good;
};

static void take_one(const struct nlmsghdr *h, void *arg)
{
	struct found *f = arg;

	f->good = link_read(h, f->link);
	f->link->message = NULL; /* it ends with its buffer */
}

void link_begin(struct netlink *nl, uint16_t type, uint16_t flags, unsigned index,
		const char *about)
{
	const struct ifinfomsg fixed = {.ifi_index = (int)index};

	netlink_message(nl, type, flags, &fixed, sizeof fixed, about);
}

void link_change(struct netlink *nl, unsigned index, const char *about)
{
	link_begin(nl, RTM_SETLINK, 0, index, about);
}

void link_change_named(struct netlink *nl, const char *name, const char *about)
{
	link_change(nl, 0, about);
	netlink_attr_text(nl, IFLA_IFNAME, name);
}

void link_set_flags(struct netlink *nl, unsigned index, unsigned flags, unsigned change,
		    const char *about)
{
	const struct ifinfomsg fixed = {.ifi_index = (int)index,
					.ifi_flags = flags,
					.ifi_change = change};

	netlink_message(nl, RTM_SETLINK, 0, &fixed, sizeof fixed, about);
}

static void ask(struct netlink *nl, uint16_t flags, unsigned index, const char *about)
{
	link_begin(nl, RTM_GETLINK, flags, index, about);
	netlink_attr_u32(nl, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

/* The answer to what was asked. */
static const struct link *get(struct netlink *nl)
{
	struct found f = {file_alloc(sizeof *f.link), false};

	if (netlink_read(nl, RTM_NEWLINK, take_one, &f)) {
		int e = errno;

		if (e == ENODEV)
			netlink_clear(nl);
		errno = e;
		return NULL;
	}
	if (!f.good)
		errno = EBADMSG;
	return f.good ? f.link : NULL;
}

bool link_message(struct netlink *nl, unsigned index, void (*each)(const struct nlmsghdr *, void *),
		  void *arg)
{
	ask(nl, 0, index, "a link");
	return !netlink_read(nl, RTM_NEWLINK, each, arg);
}

const struct link *link_get(struct netlink *nl, const char *name, unsigned index)
{
	ask(nl, 0, index, name ? name : "a link");
	if (name)
		netlink_attr_text(nl, IFLA_IFNAME, name);
	return get(nl);
}

const struct link *link_get_in(struct netlink *nl, int nsid, const char *name)
{
	const struct link *l;

	ask(nl, 0, 0, name);
	netlink_attr_text(nl, IFLA_IFNAME, name);
	netlink_attr_u32(nl, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	l = get(nl);
	if (!l && errno == EINVAL) { /* no namespace has this number any more */
		netlink_clear(nl);
		errno = ENODEV;
	}
	return l;
}

struct every {
	void (*each)(const struct link *, void *);
	void *arg;
	unsigned master;
};

static void take_each(const struct nlmsghdr *h, void *arg)
{
	struct every *e = arg;
	struct link l;

	/* the kernel filters by master only as a favour */
	if (link_read(h, &l) && (!e->master || l.master == e->master))
		e->each(&l, e->arg);
}

bool link_each(struct netlink *nl, unsigned master, void (*each)(const struct link *, void *),
	       void *arg)
{
	struct every e = {each, arg, master};

	for (int i = 1;; i++) {
		ask(nl, NLM_F_DUMP, 0, "listing the links");
		if (master)
			netlink_attr_u32(nl, IFLA_MASTER, master);
		if (!netlink_read(nl, RTM_NEWLINK, take_each, &e))
			return true;
		if (nl->error != EINTR || i == NETLINK_TRIES)
			return false;
		netlink_clear(nl);
	}
}

bool link_delete(struct net *net, struct netlink *nl, const struct link *l)
{
	return link_delete_in(net, nl, -1, l);
}

bool link_delete_in(struct net *net, struct netlink *nl, int nsid, const struct link *l)
{
	link_begin(nl, RTM_DELLINK, 0, l->index, file_text("%s: deleting it", l->name));
	if (nsid >= 0)
		netlink_attr_u32(nl, IFLA_TARGET_NETNSID, (uint32_t)nsid);
	if (!netlink_send(nl))
		return true;
	if (nl->error != ENODEV)
		return nsnet_fail_netlink(net, nl);
	netlink_clear(nl);
	return true;
}

const char *link_alias(const struct net *net)
{
	return net->id ? file_text("%s:%s", LINK_ALIAS, net->id) : LINK_ALIAS;
}

void link_mark(struct netlink *nl, const char *name, const char *alias)
{
	link_change_named(nl, name, file_text("%s: its alias", name));
	netlink_attr(nl, IFLA_IFALIAS, alias, strlen(alias));
}

static void add_quiet(struct netlink *nl)
{
	netlink_nest(nl, IFLA_AF_SPEC, NULL, 0);
	netlink_nest(nl, AF_INET6, NULL, 0);
	netlink_attr(nl, IFLA_INET6_ADDR_GEN_MODE, &(uint8_t){IN6_ADDR_GEN_MODE_NONE}, 1);
	netlink_end(nl);
	netlink_end(nl);
}

void link_quiet(struct netlink *nl, const char *name)
{
	link_change_named(nl, name, NULL);
	add_quiet(nl);
}

/* A message that speaks of IPv6 is refused as a whole where the kernel, or so small a link, has none. */
void link_mark_quiet(struct netlink *nl, const char *name, const char *alias, int64_t mtu)
{
	enum { LEAST = 1280 };
	int fd = mtu >= 0 && mtu < LEAST ? -1 : socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	link_mark(nl, name, alias);
	if (fd < 0)
		return;
	add_quiet(nl);
	close(fd);
}

bool link_is_ours(const struct net *net, const struct link *l)
{
	size_t n = strlen(LINK_ALIAS);

	if (strncmp(l->alias, LINK_ALIAS, n))
		return false;
	if (net->id)
		return l->alias[n] == ':' && !strcmp(l->alias + n + 1, net->id);
	return !l->alias[n] || l->alias[n] == ':';
}

/* FNV-1a over the two names, the bit for "locally administered" set: the same at every start. */
static void stable_mac(const char *container, const char *interface, uint8_t mac[6])
{
	const char *parts[] = {container, "/", interface};
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < 3; i++)
		for (const char *p = parts[i]; *p; p++)
			h = (h ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	for (size_t i = 0; i < 6; i++)
		mac[i] = (uint8_t)(h >> 8 * i);
	mac[0] = (uint8_t)((mac[0] & 0xfc) | 2);
}

bool link_mac(const struct net *net, const struct link_conf *l, uint8_t mac[6])
{
	if (l->mac.kind == MAC_GIVEN)
		memcpy(mac, l->mac.b, 6);
	else if (l->mac.kind == MAC_STABLE && net->name)
		stable_mac(net->name, l->name, mac);
	else
		return false;
	return true;
}

/* ---- inside ------------------------------------------------------------------------------------- */

static void set_flags(struct netlink *nl, unsigned index, unsigned flags, const char *about)
{
	if (flags)
		link_set_flags(nl, index, flags, flags, about);
}

/* One attribute a message, so that an error names its key; sent, as an address follows from the MAC. */
bool link_tune(struct net *net, const struct link_conf *l, const struct link *in)
{
	const struct {
		const char *key;
		uint16_t attr;
		unsigned is;
		int64_t value;
	} numbers[] = {{"mtu", IFLA_MTU, in->mtu, l->mtu},
		       {"txqueuelen", IFLA_TXQLEN, in->txqueuelen, l->txqueuelen}};
	struct netlink *nl = &net->inside;
	uint8_t mac[6];

	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		if (numbers[i].value < 0 || numbers[i].value == numbers[i].is)
			continue;
		link_change(nl, in->index,
			    link_text(l, "%s: %d", numbers[i].key, (int)numbers[i].value));
		netlink_attr_u32(nl, numbers[i].attr, (uint32_t)numbers[i].value);
	}
	if (link_mac(net, l, mac) && memcmp(mac, in->mac, sizeof mac) != 0) {
		link_change(nl, in->index, link_text(l, "mac"));
		netlink_attr(nl, IFLA_ADDRESS, mac, sizeof mac);
	}
	return nsnet_send(net, nl);
}

/* Links to the gateways first: a route by way of one must find it. */
static void add_routes(struct netlink *nl, const struct link_conf *l, unsigned index)
{
	port_peers(nl, l, index);
	LIST_EACH(const struct route, r, l->route)
	if (r->via.family == AF_UNSPEC)
		route_add(nl, r, index, NLM_F_REPLACE,
			  link_text(l, "route: %s", types_print_route(r)));
	LIST_EACH(const struct ip, g, l->gateway)
	{
		struct route r = {.dst = {.ip = {.family = g->family}}, .via = *g};

		route_add(nl, &r, index, NLM_F_REPLACE,
			  link_text(l, "gateway: %s", types_print_ip(g)));
	}
	LIST_EACH(const struct route, r, l->route)
	if (r->via.family != AF_UNSPEC)
		route_add(nl, r, index, NLM_F_REPLACE,
			  link_text(l, "route: %s", types_print_route(r)));
}

static void add_addresses(struct netlink *nl, const struct link_conf *l, unsigned index,
			  sa_family_t family)
{
	LIST_EACH(const struct cidr, c, l->address)
	if (c->ip.family == family)
		address_add(nl, c, index, l->dad > 0,
			    link_text(l, "address: %s", types_print_cidr(c)));
}

static void add_neighbours(struct netlink *nl, const struct link_conf *l, unsigned index)
{
	LIST_EACH(const struct neigh, n, l->neigh)
	neigh_add(nl, n, index, link_text(l, "neigh: %s", types_print_ip(&n->ip)));
	LIST_EACH(const struct rule, r, l->rule)
	rule_add(nl, r, link_text(l, "rule: %s", rule_print(r)));
}

static bool names_mode(const struct list *sysctls)
{
	LIST_EACH(const struct keyval, s, *sysctls)
	if (strstr(s->name, "addr_gen_mode") || strstr(s->name, "stable_secret"))
		return true;
	return false;
}

/*
 * Whether the link-local address is ours to give: of a link that we made and set up.  ipvlan has the MAC
 * address of the link it stands on, of which the kernel makes another one.
 */
static bool wants_own(const struct net *net, const struct link_conf *l)
{
	return link_types[l->type].make && l->type != LINK_PHYS && l->type != LINK_IPVLAN &&
	       l->up && l->dad <= 0 && !names_mode(&l->sysctl) &&
	       !names_mode(&net->conf->net.sysctl);
}

static bool inside_of(struct net *net, const struct link_conf *l)
{
	unsigned index = link_index(&net->inside, l->name);
	bool own = wants_own(net, l);
	const struct link *in;

	if (!index)
		return nsnet_fail_link(net, l, ": no such interface inside");
	if (link_types[l->type].flags & LINK_TUNE &&
	    (netlink_send(&net->inside) || !(in = link_get(&net->inside, NULL, index)) ||
	     !link_tune(net, l, in)))
		return nsnet_fail_netlink(net, &net->inside);
	/* before it is up, which makes the kernel ask for routers and choose addresses */
	if (!sysctl_link(net, l))
		return false;
	qdisc_set(&net->inside, l, index, l->rate_out, "rate-out", NULL);
	if (own)
		link_quiet(&net->inside, l->name);
	/* IPv6 wants an interface that is up; IPv4 does not, and then the kernel's own work on one that has
	   just come up, elsewhere, is not waited for */
	add_addresses(&net->inside, l, index, AF_INET);
	set_flags(&net->inside, index, (l->up ? IFF_UP : 0) | (l->promisc > 0 ? IFF_PROMISC : 0),
		  link_text(l, "up"));
	if (own)
		address_own(&net->inside, l->name, index);
	add_addresses(&net->inside, l, index, AF_INET6);
	add_neighbours(&net->inside, l, index);
	add_routes(&net->inside, l, index);
	return true;
}

bool link_inside(struct net *net)
{
	unsigned lo;

	if (net->conf->net.loopback > 0 && (lo = link_index(&net->inside, "lo")))
		set_flags(&net->inside, lo, IFF_UP, "lo: up");
	LIST_EACH(const struct link_conf, l, net->conf->links)
	if (link_types[l->type].flags & LINK_INSIDE && !inside_of(net, l))
		return false;
	return nsnet_send(net, &net->inside);
}
