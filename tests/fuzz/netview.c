/*
 * netview.c - what is there, as up, check and list read it: a view made of any messages, of which the owner of
 * a container sets names, marks and numbers, then all that is read out of its links, and the nests with lists
 * in them: vlans of a bridge's ports, peers of wireguard.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"
#include "fuzz.h"
#include "nsnet/nsnet.h"

static void one_link(const struct link *l, const struct view *v)
{
	static const int types[] = {LINK_MACVLAN, LINK_IPVLAN, LINK_VLAN, LINK_VXLAN, LINK_TAP};
	struct link_fact want[LINK_FACTS], is[LINK_FACTS];
	const struct nlattr *a[NETLINK_ATTRS];
	uint64_t burst;

	fuzz_must(strnlen(l->name, sizeof l->name) < sizeof l->name, "a name has no end");
	fuzz_must(strnlen(l->kind, sizeof l->kind) < sizeof l->kind, "a kind has no end");
	fuzz_must(strnlen(l->alias, sizeof l->alias) < sizeof l->alias, "an alias has no end");
	(void)link_attrs(l, a);
	(void)link_info(l, IFLA_INFO_SLAVE_DATA, a);
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const struct link_conf conf = {.name = "x",
					       .type = types[i],
					       .id = 7,
					       .remote = {AF_INET, {10}},
					       .local = {AF_INET6, {0xfd}},
					       .owner = 5,
					       .group = ID_UNSET};
		size_t n = virtual_differs(&conf, l, want, is);

		fuzz_must(n <= LINK_FACTS, "more facts than there are");
		while (n--)
			if (is[n].size)
				(void)virtual_print(&conf, &is[n]);
		(void)virtual_lower(&conf, l);
	}
	LIST_EACH(const struct nlmsghdr *const, h, v->qdiscs)
	(void)qdisc_read(*h, l->index, &burst);
}

static void all(const struct view *v)
{
	const struct list none = {NULL, 0};
	const struct link_conf conf = {.name = "x"};

	LIST_EACH(const struct link, l, v->links)
	one_link(l, v);
	LIST_EACH(const struct address, a, v->addresses)
	{
		fuzz_must(a->cidr.prefix <= types_bits(&a->cidr.ip), "a prefix is too long");
		(void)types_covers(&a->cidr, &a->cidr.ip);
		(void)address_extra(&none, a, a->index);
	}
	LIST_EACH(const struct route_entry, r, v->routes)
	{
		fuzz_must(r->route.dst.prefix <= types_bits(&r->route.dst.ip),
			  "a prefix is too long");
		(void)types_print_route(&r->route);
		(void)route_extra(&conf, r, r->index);
	}
	LIST_EACH(const struct nlmsghdr *const, h, v->rules)
	{
		struct rule r;

		if (rule_read(*h, &r))
			(void)rule_print(&r);
	}
}

/* Every message is read as each kind of thing, from memory of its own size. */
static void take(const struct nlmsghdr *message, struct view *v)
{
	const struct nlmsghdr *h = memcpy(file_alloc(message->nlmsg_len), message,
					  message->nlmsg_len);
	struct route_entry r;
	struct address a;
	struct link l;

	if (link_read(h, &l))
		types_append(&v->links, &l, sizeof l);
	if (address_read(h, &a))
		types_append(&v->addresses, &a, sizeof a);
	if (route_read(h, &r))
		types_append(&v->routes, &r, sizeof r);
	types_append(&v->rules, &h, sizeof(const struct nlmsghdr *));
	types_append(&v->qdiscs, &h, sizeof(const struct nlmsghdr *));
}

static void run(char *text, size_t len)
{
	/* port.c's own: an index, and a byte for each vlan */
	unsigned *vlans = file_alloc(sizeof *vlans + 4096);
	struct wireguard_seen seen = {0};
	const struct nlmsghdr *h;
	struct view v = {0};
	size_t at = 0;
	bool bad = false;

	*vlans = 1;
	while ((h = netlink_next(text, len, &at, &bad))) {
		take(h, &v);
		wireguard_see(h, &seen);
		port_take_vlans(h, vlans);
	}
	all(&v);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
