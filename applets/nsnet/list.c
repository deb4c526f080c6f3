/*
 * list.c - what is in a namespace: interfaces, addresses, routes; as text or JSON.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

#include "file.h"
#include "msg.h"

static void *add(struct list *l, const void *element, size_t size)
{
	l->v = file_grow(l->v, (l->n + 1) * size);
	return memcpy((char *)l->v + l->n++ * size, element, size);
}

static void take_link(const struct link *l, void *arg)
{
	add(&((struct view *)arg)->links, l, sizeof *l);
}

static void take_address(const struct nlmsghdr *h, void *arg)
{
	struct address a;

	if (address_read(h, &a))
		add(&((struct view *)arg)->addresses, &a, sizeof a);
}

static void take_route(const struct nlmsghdr *h, void *arg)
{
	struct route_entry r;

	if (route_read(h, &r) && r.route.table != RT_TABLE_LOCAL && r.type == RTN_UNICAST)
		add(&((struct view *)arg)->routes, &r, sizeof r);
}

bool list_view(struct netlink *nl, struct view *v)
{
	enum { TRIES = 10 };

	for (int i = 0; i < TRIES; i++) {
		*v = (struct view){0};
		if (link_each(nl, 0, take_link, v) && address_each(nl, 0, take_address, v) &&
		    route_each(nl, take_route, v))
			return true;
		if (nl->error != EINTR) /* changed while it was read: once more from the start */
			return false;
		netlink_clear(nl);
	}
	errno = nl->error = EINTR;
	return false;
}

static const char *name_of(const struct view *v, unsigned index)
{
	LIST_EACH(const struct link, l, v->links)
	if (l->index == index)
		return l->name;
	return NULL;
}

/* ---- text --------------------------------------------------------------------------------------- */

static void print_link(const struct view *v, const struct link *l)
{
	const char *master = l->master ? name_of(v, l->master) : NULL;

	printf("%s", l->name);
	if (*l->kind)
		printf(" %s", l->kind);
	printf(" %s mtu %u", l->flags & IFF_UP ? "up" : "down", l->mtu);
	if (l->has_mac && !(l->flags & IFF_LOOPBACK))
		printf(" mac %s", types_print_mac(l->mac));
	if (master)
		printf(" master %s", master);
	putchar('\n');
	LIST_EACH(const struct address, a, v->addresses)
	if (a->index == l->index)
		printf("    address %s%s\n", types_print_cidr(&a->cidr),
		       a->flags & IFA_F_TENTATIVE ? " tentative" : "");
	LIST_EACH(const struct route_entry, r, v->routes)
	if (r->index == l->index)
		printf("    route %s\n", types_print_route(&r->route));
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static void put_string(const char *key, const char *text)
{
	printf("\"%s\": \"", key);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			printf("\\%c", *text);
		else if ((unsigned char)*text < ' ' || *text == 0x7f)
			printf("\\u%04x", (unsigned char)*text);
		else
			putchar(*text);
	}
	putchar('"');
}

static void put_pair(const char *key, char *text)
{
	if (!text)
		return;
	printf(", ");
	put_string(key, text);
}

static void put_link(const struct view *v, const struct link *l)
{
	const char *master = l->master ? name_of(v, l->master) : NULL, *comma = "";

	printf("    {");
	put_string("name", l->name);
	printf(", \"index\": %u, ", l->index);
	put_string("kind", l->kind);
	printf(", \"up\": %s, \"mtu\": %u, \"txqueuelen\": %u",
	       l->flags & IFF_UP ? "true" : "false", l->mtu, l->txqueuelen);
	put_pair("mac", l->has_mac ? types_print_mac(l->mac) : NULL);
	put_pair("master", master ? file_dup(master) : NULL);
	put_pair("alias", *l->alias ? file_dup(l->alias) : NULL);
	printf(",\n     \"addresses\": [");
	LIST_EACH(const struct address, a, v->addresses)
	{
		if (a->index != l->index)
			continue;
		printf("%s{", comma);
		put_string("address", types_print_cidr(&a->cidr));
		printf(", \"tentative\": %s}", a->flags & IFA_F_TENTATIVE ? "true" : "false");
		comma = ", ";
	}
	printf("]}");
}

static void put_route(const struct view *v, const struct route_entry *e)
{
	const struct route *r = &e->route;
	const char *dev = name_of(v, e->index);

	printf("    {");
	put_string("destination", types_print_cidr(&r->dst));
	put_pair("interface", dev ? file_dup(dev) : NULL);
	put_pair("via", types_print_ip(&r->via));
	put_pair("src", types_print_ip(&r->src));
	printf(", \"metric\": %u, \"mtu\": %u, \"table\": %u, \"onlink\": %s}", r->metric, r->mtu,
	       r->table ? r->table : RT_TABLE_MAIN, r->onlink ? "true" : "false");
}

static void put_view(const struct view *v)
{
	const char *comma = "";

	printf("{\n  \"interfaces\": [");
	LIST_EACH(const struct link, l, v->links)
	{
		printf("%s\n", comma);
		put_link(v, l);
		comma = ",";
	}
	printf("\n  ],\n  \"routes\": [");
	comma = "";
	LIST_EACH(const struct route_entry, r, v->routes)
	{
		printf("%s\n", comma);
		put_route(v, r);
		comma = ",";
	}
	printf("\n  ]\n}\n");
}

int list_print(struct net *net)
{
	struct view v;

	if (!list_view(&net->inside, &v))
		msg_die_errno("%s", net->inside.failed ? net->inside.failed : "listing");
	if (net->conf->target.json > 0) {
		put_view(&v);
		return 0;
	}
	LIST_EACH(const struct link, l, v.links)
	print_link(&v, l);
	return 0;
}
