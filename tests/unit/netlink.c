/*
 * netlink.c - the bounds of the netlink builder and parser, and what the kernel makes of our messages.
 */
#include "nsnet/netlink.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/rtnetlink.h>

#include "nsnet/nsnet.h"
#include "tap.h"

/* A fresh builder without a socket: what it must not do is send. */
static struct netlink *fresh(void)
{
	static struct netlink nl;
	const struct ifinfomsg body = {0};

	memset(&nl, 0, sizeof nl);
	nl.fd = -1;
	nl.seq = 1;
	netlink_message(&nl, RTM_NEWLINK, 0, &body, sizeof body, "the message");
	return &nl;
}

/* The batch grew past nothing, and sending gives EMSGSIZE, about that message. */
static bool refused(struct netlink *nl)
{
	bool within = nl->len <= NETLINK_BUFFER;

	return netlink_send(nl) == -1 && errno == EMSGSIZE && within && nl->failed &&
	       !strcmp(nl->failed, "the message") && !nl->n && !nl->len;
}

static void builder(void)
{
	static const char big[70000];
	struct netlink *nl = fresh();

	netlink_attr(nl, 1, big, sizeof big);
	ok(refused(nl), "an attribute of 70 KB is refused");
	nl = fresh();
	netlink_attr(nl, 1, big, UINT16_MAX - NLA_HDRLEN + 1);
	ok(refused(nl), "an attribute of 64 KiB is refused, not cut to 0");
	nl = fresh();
	netlink_attr(nl, 1, big, NETLINK_BUFFER);
	ok(refused(nl), "one that the buffer does not hold is refused");
	nl = fresh();
	netlink_nest(nl, 1, big, sizeof big);
	netlink_attr(nl, 2, big, 4);
	netlink_end(nl);
	ok(refused(nl), "a nest that does not begin is refused, its end does no harm");
	nl = fresh();
	netlink_nest(nl, 1, NULL, 0);
	for (int i = 0; i < 10; i++)
		netlink_attr(nl, 2, big, 2000);
	netlink_end(nl);
	ok(refused(nl), "a nest that grows too large is refused");
	nl = fresh();
	for (int i = 0; i <= NETLINK_NESTS; i++)
		netlink_nest(nl, 1, NULL, 0);
	ok(refused(nl), "too many nests are refused");
	nl = fresh();
	netlink_attr(nl, 1, "abc", 3);
	ok(nl->len == NLMSG_HDRLEN + sizeof(struct ifinfomsg) + 8, "attributes are aligned");
	ok(((struct nlmsghdr *)(void *)nl->buffer)->nlmsg_len == nl->len,
	   "the header has the length");
}

static bool next_is_bad(const void *buffer, size_t len)
{
	size_t at = 0;
	bool bad = false;

	while (netlink_next(buffer, len, &at, &bad))
		;
	return bad;
}

static void parser(void)
{
	_Alignas(4) char buffer[64] = {0};
	struct nlmsghdr *h = (struct nlmsghdr *)(void *)buffer;
	struct nlattr *a = (struct nlattr *)(void *)(buffer + NLMSG_HDRLEN);
	const struct nlattr *table[NETLINK_ATTRS];
	char text[4];
	uint32_t n;
	size_t len;

	h->nlmsg_len = NLMSG_HDRLEN + 8;
	ok(!next_is_bad(buffer, NLMSG_HDRLEN + 8), "a whole message is taken");
	ok(next_is_bad(buffer, NLMSG_HDRLEN + 7), "one that is cut is refused");
	ok(next_is_bad(buffer, 5), "half a header is refused");
	h->nlmsg_len = 0;
	ok(next_is_bad(buffer, sizeof buffer), "a length of 0 is refused, not read for ever");
	h->nlmsg_len = UINT32_MAX;
	ok(next_is_bad(buffer, sizeof buffer), "a huge length is refused");
	h->nlmsg_len = NLMSG_HDRLEN + 2;
	ok(!netlink_attrs(h, 4, &len), "a message shorter than its fixed part is refused");
	h->nlmsg_len = NLMSG_HDRLEN + 4;
	ok(netlink_attrs(h, 4, &len) && !len, "one without attributes has none");

	a->nla_len = 8;
	a->nla_type = 3;
	ok(netlink_parse(a, 8, table) && table[3] == a, "an attribute is found by its type");
	ok(!netlink_parse(a, 7, table), "one that is cut is refused");
	a->nla_len = 3;
	ok(!netlink_parse(a, 8, table), "one shorter than its header is refused");
	a->nla_len = UINT16_MAX;
	ok(!netlink_parse(a, 40, table), "one that passes the end is refused");
	a->nla_len = 8;
	a->nla_type = 3 | NLA_F_NESTED;
	ok(netlink_parse(a, 8, table) && table[3] == a, "flags of a type are left out");
	a->nla_type = NETLINK_ATTRS;
	ok(netlink_parse(a, 8, table), "an unknown type is passed over");

	a->nla_type = 1;
	a->nla_len = 7;
	ok(!netlink_u32(a, &n) && !netlink_u32(NULL, &n), "a number of another size is refused");
	a->nla_len = NLA_HDRLEN + 8;
	memcpy((char *)a + NLA_HDRLEN, "abcdefgh", 8);
	ok(netlink_text(a, text, sizeof text) && !strcmp(text, "abc"),
	   "a text without an end is cut and ended");
	a->nla_len = NLA_HDRLEN;
	ok(netlink_text(a, text, sizeof text) && !*text, "an empty one is empty");
}

/* Every length of a reply cut: no message of it is read past its end (the sanitizer watches). */
static void cut_replies(void)
{
	struct netlink *nl = fresh();
	struct link l;
	struct address a;
	struct route_entry r;
	size_t whole;

	netlink_attr_text(nl, IFLA_IFNAME, "eth0");
	netlink_nest(nl, IFLA_LINKINFO, NULL, 0);
	netlink_attr_text(nl, IFLA_INFO_KIND, "veth");
	netlink_end(nl);
	whole = nl->len;
	for (size_t len = 0; len <= whole; len++) {
		struct nlmsghdr *h = malloc(len > NLMSG_HDRLEN ? len : NLMSG_HDRLEN);

		memcpy(h, nl->buffer, len > NLMSG_HDRLEN ? len : NLMSG_HDRLEN);
		h->nlmsg_len = (uint32_t)(len > NLMSG_HDRLEN ? len : NLMSG_HDRLEN);
		(void)link_read(h, &l);
		(void)address_read(h, &a);
		(void)route_read(h, &r);
		free(h);
	}
	ok(true, "replies cut anywhere are read within their end");
}

static void take(const struct nlmsghdr *h, void *arg)
{
	struct link l;

	*(unsigned *)arg += link_read(h, &l) && l.index == 1 && !strcmp(l.name, "lo");
}

static void kernel(void)
{
	static struct netlink nl;
	const struct ifinfomsg none = {.ifi_index = 99999}, lo = {.ifi_index = 1}, any = {0};
	unsigned seen = 0;

	if (netlink_open(&nl, NETLINK_ROUTE)) {
		ok(true, "no netlink here");
		return;
	}
	netlink_message(&nl, RTM_GETLINK, 0, &lo, sizeof lo, "lo");
	ok(!netlink_read(&nl, RTM_NEWLINK, take, &seen) && seen == 1, "one link is read");
	netlink_message(&nl, RTM_GETLINK, NLM_F_DUMP, &any, sizeof any, "all");
	ok(!netlink_read(&nl, RTM_NEWLINK, take, &seen) && seen == 2, "a dump is read to its end");
	netlink_message(&nl, RTM_GETLINK, 0, &none, sizeof none, "none");
	ok(netlink_read(&nl, RTM_NEWLINK, take, &seen) == -1 && errno == ENODEV &&
		   !strcmp(nl.failed, "none"),
	   "what is not there is ENODEV, about that message");
	netlink_message(&nl, RTM_GETLINK, 0, &lo, sizeof lo, "later");
	ok(netlink_send(&nl) == -1 && errno == ENODEV, "an error sticks until it was cleared");
	netlink_clear(&nl);
	for (int i = 0; i < 3; i++)
		netlink_message(&nl, RTM_DELLINK, 0, &none, sizeof none,
				i == 0 ? "first" : "other");
	ok(netlink_send(&nl) == -1 && nl.failed && !strcmp(nl.failed, "first"),
	   "the first error of a batch is told");
	netlink_clear(&nl);
	for (int i = 0; i < 3; i++)
		netlink_message(&nl, RTM_DELLINK, 0, &none, sizeof none, i == 1 ? "mid" : NULL);
	ok(netlink_send(&nl) == -1 && nl.failed && !strcmp(nl.failed, "mid"),
	   "an error is that of its message, and one that counts for nothing is passed over");
	netlink_clear(&nl);
	netlink_message(&nl, 0xfff0, 0, &any, sizeof any, "nonsense");
	ok(netlink_send(&nl) == -1 && errno == EOPNOTSUPP,
	   "an unknown request is refused by the kernel");
	netlink_close(&nl);
}

int main(void)
{
	builder();
	parser();
	cut_replies();
	kernel();
	return tap_end();
}
