/*
 * view.c - what is in a namespace, by one dump of each kind of thing.
 *
 * To add a kind: a list in struct view, and a row.  Where nothing compares or prints it by its parts,
 * take_message keeps it as it came.
 */
#include "nsnet.h"

#include <errno.h>
#include <string.h>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "file.h"

static const struct nlmsghdr *kept(const struct nlmsghdr *h)
{
	return memcpy(file_alloc(h->nlmsg_len), h, h->nlmsg_len);
}

static void take_link(const struct nlmsghdr *h, void *list)
{
	struct link l;

	if (link_read(kept(h), &l))
		types_append(list, &l, sizeof l);
}

static void take_address(const struct nlmsghdr *h, void *list)
{
	struct address a;

	if (address_read(h, &a))
		types_append(list, &a, sizeof a);
}

static void take_route(const struct nlmsghdr *h, void *list)
{
	struct route_entry r;

	if (route_read(h, &r) && r.route.table != RT_TABLE_LOCAL &&
	    (r.type == RTN_UNICAST || r.route.kind))
		types_append(list, &r, sizeof r);
}

static void take_message(const struct nlmsghdr *h, void *list)
{
	const struct nlmsghdr *copy = kept(h);

	types_append(list, &copy, sizeof(const struct nlmsghdr *));
}

static const struct dump {
	const char *about;
	uint16_t request, reply;
	uint8_t size; /* of the fixed part, all of it 0 */
	uint8_t list; /* in struct view */
	void (*take)(const struct nlmsghdr *, void *list);
} dumps[] = {
#define DUMP(what, T, member, take)                                              \
	{                                                                        \
		"listing the " #member, RTM_GET##what, RTM_NEW##what, sizeof(T), \
			offsetof(struct view, member), take                      \
	}
	DUMP(LINK, struct ifinfomsg, links, take_link),
	DUMP(ADDR, struct ifaddrmsg, addresses, take_address),
	DUMP(ROUTE, struct rtmsg, routes, take_route),
	DUMP(RULE, struct fib_rule_hdr, rules, take_message),
	DUMP(NEIGH, struct ndmsg, neighbours, take_message),
	DUMP(QDISC, struct tcmsg, qdiscs, take_message),
#undef DUMP
};

static bool read_all(struct netlink *nl, struct view *v)
{
	static const char zeros[32];

	_Static_assert(sizeof(struct tcmsg) <= sizeof zeros, "the largest fixed part");
	for (const struct dump *d = dumps; d < dumps + sizeof dumps / sizeof *dumps; d++) {
		netlink_message(nl, d->request, NLM_F_DUMP, zeros, d->size, d->about);
		if (!netlink_read(nl, d->reply, d->take, (char *)v + d->list))
			continue;
		if (nl->error != EOPNOTSUPP) /* a kernel without such things has none */
			return false;
		netlink_clear(nl);
	}
	return true;
}

bool view_read(struct netlink *nl, struct view *v)
{
	for (int i = 0; i < NETLINK_TRIES; i++) {
		*v = (struct view){0};
		if (read_all(nl, v))
			return true;
		if (nl->error != EINTR) /* changed while it was read: once more from the start */
			return false;
		netlink_clear(nl);
	}
	errno = nl->error = EINTR;
	return false;
}

const struct link *view_link(const struct view *v, const char *name, unsigned index)
{
	LIST_EACH(const struct link, l, v->links)
	if (name ? !strcmp(l->name, name) : l->index == index)
		return l;
	return NULL;
}
