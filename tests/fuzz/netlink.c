/*
 * netlink.c - replies of the kernel, or of what pretends to be it: every message of a buffer, its
 * attributes two deep, and the readers of links, addresses and routes.
 */
#include "nsnet/netlink.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"
#include "nsnet/nsnet.h"

static void attributes(const void *attrs, size_t len, int depth)
{
	const struct nlattr *table[NETLINK_ATTRS], *inner[NETLINK_ATTRS];
	unsigned char bytes[6];
	uint32_t number;
	char text[16];

	if (!netlink_parse(attrs, len, table))
		return;
	for (int i = 0; i < NETLINK_ATTRS; i++) {
		(void)netlink_u32(table[i], &number);
		(void)netlink_bytes(table[i], bytes, sizeof bytes);
		if (netlink_text(table[i], text, sizeof text))
			fuzz_must(strlen(text) < sizeof text, "a text has no end");
		if (depth && netlink_inner(table[i], inner))
			attributes((const char *)table[i] + NLA_HDRLEN,
				   table[i]->nla_len - (size_t)NLA_HDRLEN, depth - 1);
	}
}

static void message(const struct nlmsghdr *h)
{
	static const size_t fixed[] = {0, sizeof(struct nlmsgerr), sizeof(struct ifinfomsg),
				       sizeof(struct ifaddrmsg), sizeof(struct rtmsg)};
	struct route_entry route;
	struct address address;
	struct neigh neigh;
	struct rule rule;
	struct link link;
	uint64_t burst;

	for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++) {
		size_t len;
		const void *attrs = netlink_attrs(h, fixed[i], &len);

		if (attrs)
			attributes(attrs, len, 2);
	}
	if (link_read(h, &link))
		fuzz_must(strnlen(link.name, sizeof link.name) < sizeof link.name,
			  "a link's name has no end");
	if (address_read(h, &address))
		(void)types_print_cidr(&address.cidr);
	if (route_read(h, &route))
		(void)types_print_route(&route.route);
	if (rule_read(h, &rule))
		(void)rule_print(&rule);
	(void)neigh_read(h, 1, &neigh);
	(void)qdisc_read(h, 1, &burst);
}

static void run(char *text, size_t len)
{
	const struct nlmsghdr *h;
	size_t at = 0;
	bool bad = false;

	while ((h = netlink_next(text, len, &at, &bad))) {
		fuzz_must(at <= len, "the next message lies behind the end");
		message(h);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
