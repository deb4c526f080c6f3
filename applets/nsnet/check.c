/*
 * check.c - what differs from the configuration inside, a line each; more than it asks is no difference.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_addr.h>

#include "msg.h"

static int differs(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int differs(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
	return 1;
}

static const struct link *find(const struct view *v, const char *name)
{
	LIST_EACH(const struct link, l, v->links)
	if (!strcmp(l->name, name))
		return l;
	return NULL;
}

static int check_up(const struct link *l, const char *section, bool up)
{
	bool is = l->flags & IFF_UP;

	return is == up ? 0 : differs("[%s] %s: is %s", section, l->name, is ? "up" : "down");
}

static int check_address(const struct view *v, const struct link_conf *c, const struct link *l,
			 const struct cidr *want)
{
	LIST_EACH(const struct address, a, v->addresses)
	{
		if (a->index != l->index || a->cidr.prefix != want->prefix ||
		    !types_same_ip(&a->cidr.ip, &want->ip))
			continue;
		if (a->flags & IFA_F_DADFAILED)
			return differs("[net.%s] address: %s: another host has it", c->name,
				       types_print_cidr(want));
		return 0;
	}
	return differs("[net.%s] address: %s is missing", c->name, types_print_cidr(want));
}

/* The kernel fills in metrics and sources that were not asked: only what was asked is compared. */
static bool satisfies(const struct route_entry *e, const struct route *want, unsigned index)
{
	const struct route *r = &e->route;

	if (e->index != index || r->dst.prefix != want->dst.prefix ||
	    !types_same_ip(&r->dst.ip, &want->dst.ip) || r->via.family != want->via.family)
		return false;
	return (!want->via.family || types_same_ip(&r->via, &want->via)) &&
	       (!want->src.family || types_same_ip(&r->src, &want->src)) &&
	       (!want->metric || r->metric == want->metric) &&
	       (!want->mtu || r->mtu == want->mtu) &&
	       (r->table == want->table || (want->table == 254 && !r->table));
}

static int check_route(const struct view *v, const struct link_conf *c, const struct link *l,
		       const char *key, const struct route *want)
{
	LIST_EACH(const struct route_entry, e, v->routes)
	if (satisfies(e, want, l->index))
		return 0;
	return differs("[net.%s] %s: %s is missing", c->name, key, types_print_route(want));
}

static int check_link(const struct net *net, const struct view *v, const struct link_conf *c)
{
	const struct link *l = find(v, c->name);
	uint8_t mac[6];
	int n = 0;

	if (!l)
		return differs("[net.%s]: is missing", c->name);
	if (strcmp(l->kind, link_types[c->type].word))
		n |= differs("[net.%s] type: is %s", c->name, *l->kind ? l->kind : "another");
	n |= check_up(l, "net", c->up != 0);
	if (c->mtu > 0 && l->mtu != (uint64_t)c->mtu)
		n |= differs("[net.%s] mtu: is %u", c->name, l->mtu);
	if (c->txqueuelen >= 0 && l->txqueuelen != (uint64_t)c->txqueuelen)
		n |= differs("[net.%s] txqueuelen: is %u", c->name, l->txqueuelen);
	if (link_mac(net, c, mac) && memcmp(mac, l->mac, sizeof mac))
		n |= differs("[net.%s] mac: is %s", c->name, types_print_mac(l->mac));
	LIST_EACH(const struct cidr, a, c->address)
	n |= check_address(v, c, l, a);
	LIST_EACH(const struct ip, g, c->gateway)
	{
		const struct route r = {.dst = {.ip = {.family = g->family}}, .via = *g};

		n |= check_route(v, c, l, "gateway", &r);
	}
	LIST_EACH(const struct route, r, c->route)
	n |= check_route(v, c, l, "route", r);
	return n;
}

int check_print(struct net *net)
{
	const struct link *lo;
	struct view v;
	int n = 0;

	if (!list_view(&net->inside, &v))
		msg_die_errno("%s", net->inside.failed ? net->inside.failed : "listing");
	lo = find(&v, "lo");
	if (net->conf->net.loopback > 0 && lo)
		n |= check_up(lo, "net", true);
	LIST_EACH(const struct link_conf, c, net->conf->links)
	if (link_types[c->type].inside)
		n |= check_link(net, &v, c);
	return n;
}
