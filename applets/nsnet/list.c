/*
 * list.c - what is in a namespace, as text or JSON.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"
#include "msg.h"

/* What both forms tell of a link beside its members. */
struct facts {
	const char *state;    /* RFC 2863's */
	const char *master;   /* NULL: none */
	const char *link;     /* NULL: none; `ifN` where it is in another namespace */
	uint64_t counters[8]; /* packets, bytes, errors, dropped: received, sent each */
};

static const char *const counter_words[] = {"packets", "bytes", "errors", "dropped"};
static const char *const direction_words[] = {"rx", "tx"};
enum { COUNTERS = 4, DIRECTIONS = 2 };

static const char *name_of(const struct view *v, unsigned index)
{
	const struct link *l = index ? view_link(v, NULL, index) : NULL;

	return l ? l->name : NULL;
}

static struct facts facts_of(const struct view *v, const struct link *l)
{
	static const char states[] = "unknown|notpresent|down|lowerlayerdown|testing|dormant|up";
	const struct nlattr *a[NETLINK_ATTRS];
	struct facts f = {.state = "unknown", .master = name_of(v, l->master)};
	uint8_t state;

	if (!link_attrs(l, a))
		return f;
	if (netlink_bytes(a[IFLA_OPERSTATE], &state, 1) && state < 7)
		f.state = key_word(states, state);
	f.link = a[IFLA_LINK_NETNSID] ? NULL : name_of(v, l->peer);
	if (!f.link && l->peer && l->peer != l->index)
		f.link = file_text("if%u", l->peer);
	(void)netlink_first(a[IFLA_STATS64], f.counters, sizeof f.counters); /* none: all 0 */
	return f;
}

static const char *scope_of(const struct address *a)
{
	return a->scope == RT_SCOPE_UNIVERSE ? "global"
	       : a->scope == RT_SCOPE_SITE   ? "site"
	       : a->scope == RT_SCOPE_LINK   ? "link"
	       : a->scope == RT_SCOPE_HOST   ? "host"
					     : file_text("%u", a->scope);
}

static const struct address_flag {
	const char *word;
	unsigned flag;
} address_flags[] = {
	{"tentative", IFA_F_TENTATIVE},
	{"dadfailed", IFA_F_DADFAILED},
	{"deprecated", IFA_F_DEPRECATED},
};
enum { ADDRESS_FLAGS = sizeof address_flags / sizeof *address_flags };

/* ---- text --------------------------------------------------------------------------------------- */

/* A name may hold any byte but a blank: one that steers a terminal is shown, not obeyed. */
static const char *shown(const char *name)
{
	char *out = file_alloc(4 * strlen(name) + 1), *p = out;

	for (; *name; name++) {
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			p = key_put_escape(p, *name);
		else
			*p++ = *name;
	}
	return out;
}

static void print_link(const struct view *v, const struct link *l)
{
	const struct facts f = facts_of(v, l);

	printf("%s", shown(l->name));
	if (*l->kind)
		printf(" %s", l->kind);
	printf(" %s mtu %u", l->flags & IFF_UP ? "up" : "down", l->mtu);
	if (l->has_mac && !(l->flags & IFF_LOOPBACK))
		printf(" mac %s", types_print_mac(l->mac));
	if (f.master)
		printf(" master %s", shown(f.master));
	if (f.link)
		printf(" link %s", shown(f.link));
	printf(" state %s\n", f.state);
	LIST_EACH(const struct address, a, v->addresses)
	{
		if (a->index != l->index)
			continue;
		printf("    address %s scope %s", types_print_cidr(&a->cidr), scope_of(a));
		for (size_t i = 0; i < ADDRESS_FLAGS; i++)
			if (a->flags & address_flags[i].flag)
				printf(" %s", address_flags[i].word);
		putchar('\n');
	}
	LIST_EACH(const struct route_entry, r, v->routes)
	if (r->index == l->index)
		printf("    route %s\n", types_print_route(&r->route));
	for (size_t d = 0; d < DIRECTIONS; d++) {
		printf("    %s", direction_words[d]);
		for (size_t i = 0; i < COUNTERS; i++)
			printf(" %s %llu", counter_words[i],
			       (unsigned long long)f.counters[DIRECTIONS * i + d]);
		putchar('\n');
	}
}

/* ---- JSON --------------------------------------------------------------------------------------- */

static void put_address(struct json *j, const struct address *a)
{
	json_open(j, NULL, '{');
	json_text(j, "address", types_print_cidr(&a->cidr));
	json_text(j, "scope", scope_of(a));
	for (size_t i = 0; i < ADDRESS_FLAGS; i++)
		json_bool(j, address_flags[i].word, a->flags & address_flags[i].flag);
	json_close(j, '}');
}

static void put_counters(struct json *j, const struct facts *f)
{
	json_open(j, "statistics", '{');
	for (size_t d = 0; d < DIRECTIONS; d++) {
		json_open(j, direction_words[d], '{');
		for (size_t i = 0; i < COUNTERS; i++)
			json_number(j, counter_words[i], (int64_t)f->counters[DIRECTIONS * i + d]);
		json_close(j, '}');
	}
	json_close(j, '}');
}

static void put_link(struct json *j, const struct view *v, const struct link *l)
{
	const struct facts f = facts_of(v, l);

	json_open(j, NULL, '{');
	json_text(j, "name", l->name);
	json_number(j, "index", l->index);
	json_text(j, "kind", l->kind);
	json_bool(j, "up", l->flags & IFF_UP);
	json_text(j, "state", f.state);
	json_number(j, "mtu", l->mtu);
	json_number(j, "txqueuelen", l->txqueuelen);
	json_text(j, "mac", l->has_mac ? types_print_mac(l->mac) : NULL);
	json_text(j, "master", f.master);
	json_text(j, "link", f.link);
	json_text(j, "alias", *l->alias ? l->alias : NULL);
	json_open(j, "addresses", '[');
	LIST_EACH(const struct address, a, v->addresses)
	if (a->index == l->index)
		put_address(j, a);
	json_close(j, ']');
	put_counters(j, &f);
	json_close(j, '}');
}

static void put_route(struct json *j, const struct view *v, const struct route_entry *e)
{
	const struct route *r = &e->route;

	json_open(j, NULL, '{');
	json_text(j, "destination", types_print_cidr(&r->dst));
	json_text(j, "interface", name_of(v, e->index));
	json_text(j, "via", types_print_ip(&r->via));
	json_text(j, "src", types_print_ip(&r->src));
	json_number(j, "metric", r->metric);
	json_number(j, "mtu", r->mtu);
	json_number(j, "table", r->table ? r->table : RT_TABLE_MAIN);
	json_bool(j, "onlink", r->onlink > 0);
	json_number(j, "protocol", e->protocol);
	json_close(j, '}');
}

static void put_view(const struct view *v)
{
	struct json j = {0};

	json_open(&j, NULL, '{');
	json_open(&j, "interfaces", '[');
	LIST_EACH(const struct link, l, v->links)
	put_link(&j, v, l);
	json_close(&j, ']');
	json_open(&j, "routes", '[');
	LIST_EACH(const struct route_entry, r, v->routes)
	put_route(&j, v, r);
	json_close(&j, ']');
	json_close(&j, '}');
	putchar('\n');
}

int list_print(struct net *net)
{
	struct view v;

	if (!view_read(&net->inside, &v))
		msg_die_errno("%s", net->inside.failed ? net->inside.failed : "listing");
	if (net->conf->target.json > 0) {
		put_view(&v);
		return 0;
	}
	LIST_EACH(const struct link, l, v.links)
	print_link(&v, l);
	return 0;
}
