/* address.c - addresses of interfaces. */
#include "nsnet.h"

#include <net/if.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

/* The IPv4 broadcast address of a network that has one. */
static bool broadcast(const struct cidr *c, uint8_t out[4])
{
	if (c->ip.family != AF_INET || c->prefix > 30)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		unsigned fixed = c->prefix > 8 * i ? c->prefix - 8 * i : 0;

		out[i] = (uint8_t)(c->ip.b[i] | (fixed < 8 ? 0xff >> fixed : 0));
	}
	return true;
}

void address_add(struct netlink *nl, const struct cidr *c, unsigned index, bool dad,
		 const char *about)
{
	struct ifaddrmsg fixed = {.ifa_family = (uint8_t)c->ip.family,
				  .ifa_prefixlen = c->prefix,
				  .ifa_index = index};
	uint8_t all[4];

	if (c->ip.family == AF_INET && c->ip.b[0] == 127)
		fixed.ifa_scope = RT_SCOPE_HOST;
	netlink_message(nl, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof fixed, about);
	types_put_ip(nl, IFA_LOCAL, &c->ip);
	types_put_ip(nl, IFA_ADDRESS, &c->ip);
	if (broadcast(c, all))
		netlink_attr(nl, IFA_BROADCAST, all, sizeof all);
	/* without it an address is of no use for a second: nobody else can have it on a link we made */
	if (c->ip.family == AF_INET6 && !dad)
		netlink_attr_u32(nl, IFA_FLAGS, IFA_F_NODAD);
}

/* What the kernel would choose by default; a link without a MAC address of 6 bytes has none. */
void address_own(struct netlink *nl, const char *name, unsigned index)
{
	struct cidr c = {{AF_INET6, {0xfe, 0x80}}, 64};
	struct ifreq r = {0};
	const uint8_t *mac = (const uint8_t *)r.ifr_hwaddr.sa_data;

	memcpy(r.ifr_name, name, strnlen(name, sizeof r.ifr_name - 1));
	if (ioctl(nl->fd, SIOCGIFHWADDR, &r) || r.ifr_hwaddr.sa_family != ARPHRD_ETHER)
		return;
	memcpy(c.ip.b + 8, (const uint8_t[]){mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe}, 5);
	memcpy(c.ip.b + 13, mac + 3, 3);
	address_add(nl, &c, index, false, NULL); /* refused where there is no IPv6 */
}

/* One with a lifetime has been told by a router or a DHCP server, one of a link's own by the kernel. */
bool address_extra(const struct list *wanted, const struct address *a, unsigned index)
{
	if (a->index != index || !(a->flags & IFA_F_PERMANENT) || a->scope >= RT_SCOPE_LINK)
		return false;
	LIST_EACH(const struct cidr, c, *wanted)
	if (c->prefix == a->cidr.prefix && types_same_ip(&c->ip, &a->cidr.ip))
		return false;
	return true;
}

static void delete (struct netlink *nl, const struct address *a, const char *about)
{
	const struct ifaddrmsg fixed = {.ifa_family = (uint8_t)a->cidr.ip.family,
					.ifa_prefixlen = a->cidr.prefix,
					.ifa_index = a->index};

	netlink_message(nl, RTM_DELADDR, 0, &fixed, sizeof fixed, about);
	types_put_ip(nl, IFA_LOCAL, &a->cidr.ip);
}

void address_prune(struct netlink *nl, const struct list *wanted, const struct view *v,
		   unsigned index, const char *about)
{
	/* backwards: with the first of a subnet the kernel takes those that came after it */
	for (size_t i = v->addresses.n; i--;) {
		const struct address *a = (const struct address *)v->addresses.v + i;

		if (address_extra(wanted, a, index))
			delete (nl, a, about);
	}
}

bool address_read(const struct nlmsghdr *h, struct address *out)
{
	const struct nlattr *a[NETLINK_ATTRS];
	const struct ifaddrmsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);

	*out = (struct address){0};
	if (!netlink_table(h, sizeof *fixed, a) ||
	    !types_begin(&out->cidr, fixed->ifa_family, fixed->ifa_prefixlen))
		return false;
	out->index = fixed->ifa_index;
	out->flags = fixed->ifa_flags;
	out->scope = fixed->ifa_scope;
	netlink_u32(a[IFA_FLAGS], &out->flags);
	/* on a point-to-point link IFA_ADDRESS is the other end's */
	return types_take_ip(a[a[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS], &out->cidr.ip);
}

bool address_each(struct netlink *nl, unsigned index, void (*each)(const struct nlmsghdr *, void *),
		  void *arg)
{
	const struct ifaddrmsg fixed = {.ifa_index = index};

	netlink_message(nl, RTM_GETADDR, NLM_F_DUMP, &fixed, sizeof fixed, "listing the addresses");
	return !netlink_read(nl, RTM_NEWADDR, each, arg);
}
