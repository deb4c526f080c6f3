/*
 * check.c - what differs from the configuration, inside and outside; how to add a key stands in nsnet.h.
 *
 * What the kernel makes by itself (the addresses of a link's own, the routes of an address) is no
 * difference, nor is what it fills in where nothing was asked.
 */
#include "nsnet.h"

#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "file.h"
#include "msg.h"

void check_differs(struct check *c, const char *wants, const char *is)
{
	const char *section = c->conf ? file_text("net.%s", c->conf->name) : "net";

	c->found++;
	if (c->quiet)
		return;
	if (!c->json) {
		printf("[%s] %s: wants %s, is %s\n", section, c->key, wants ? wants : "none",
		       is ? is : "missing");
		return;
	}
	json_open(c->json, NULL, '{');
	json_text(c->json, "section", section);
	json_text(c->json, "key", c->key);
	json_text(c->json, "wants", wants);
	json_text(c->json, "is", is);
	json_close(c->json, '}');
}

void check_text(struct check *c, const char *wants, const char *is)
{
	if (strcmp(wants, is))
		check_differs(c, wants, is);
}

void check_bool(struct check *c, bool wants, bool is)
{
	if (wants != is)
		check_differs(c, wants ? "yes" : "no", is ? "yes" : "no");
}

void check_number(struct check *c, int64_t wants, int64_t is)
{
	if (wants >= 0 && wants != is)
		check_differs(c, file_text("%" PRId64, wants), file_text("%" PRId64, is));
}

/* ---- [net] -------------------------------------------------------------------------------------- */

static void check_loopback(struct check *c)
{
	const struct link *lo = view_link(&c->inside, "lo", 0);

	if (c->net->conf->net.loopback > 0 && lo && !(lo->flags & IFF_UP))
		check_differs(c, "up", "down");
}

void check_lines(struct check *c, const char *a, const char *b, bool wanted,
		 const char *(*key)(const struct check *, const char *line))
{
	const char *in = file_text("\n%s", b), *end;

	for (; *a; a = *end ? end + 1 : end) {
		const char *line;

		end = strchrnul(a, '\n');
		line = file_text("%.*s", (int)(end - a), a);
		if (strstr(in, file_text("\n%s\n", line)))
			continue;
		if (key)
			c->key = key(c, line);
		check_differs(c, wanted ? line : NULL, wanted ? NULL : line);
	}
}

static const char *key_of(const struct check *c, const char *line)
{
	(void)c;
	return *line == 's' ? "dns-search" : *line == 'o' ? "dns-option" : "dns";
}

/* The lines of resolv.conf and hosts, where a record or --dir has them. */
static void check_files(struct check *c)
{
	struct dns_file files[DNS_FILES];

	dns_files(c->net, files);
	for (size_t i = 0; i < DNS_FILES && c->net->dir >= 0; i++) {
		const struct dns_file *f = &files[i];
		size_t len;
		const char *is;

		if (!f->text)
			continue;
		c->key = "hosts";
		is = file_slurp(c->net->dir, f->name, 1 << 20, &len);
		if (!is && errno != ENOENT)
			msg_die_errno("%s", f->name);
		check_lines(c, f->text, is ? is : "", true, i ? NULL : key_of);
		check_lines(c, is ? is : "", f->text, false, i ? NULL : key_of);
	}
}

/* ---- an interface ------------------------------------------------------------------------------- */

static void check_type(struct check *c)
{
	const char *kind = link_types[c->conf->type].kind;

	if (kind && strcmp(kind, c->in->kind))
		check_differs(c, kind, *c->in->kind ? c->in->kind : "another");
}

static void check_host_name(struct check *c)
{
	if (c->conf->host_name && c->out)
		check_text(c, c->conf->host_name, c->out->name);
}

const struct link *check_bridge_of(const struct check *c)
{
	return c->out && c->out->master ? view_link(&c->outside, NULL, c->out->master) : NULL;
}

static void check_bridge(struct check *c)
{
	const struct link *b = check_bridge_of(c);

	if (c->conf->bridge ? !b || strcmp(b->name, c->conf->bridge) : b != NULL)
		check_differs(c, c->conf->bridge, b ? b->name : NULL);
}

static bool has_address(const struct view *v, unsigned index, const struct cidr *want,
			const struct address **found)
{
	LIST_EACH(const struct address, a, v->addresses)
	{
		*found = a;
		if (a->index == index && a->cidr.prefix == want->prefix &&
		    types_same_ip(&a->cidr.ip, &want->ip))
			return true;
	}
	return false;
}

static void check_bridge_address(struct check *c)
{
	const struct link *b = check_bridge_of(c);
	const struct address *found;

	LIST_EACH(const struct cidr, want, c->conf->bridge_address)
	if (b && !has_address(&c->outside, b->index, want, &found))
		check_differs(c, types_print_cidr(want), NULL);
}

static void check_mac(struct check *c)
{
	uint8_t mac[6];

	if (link_mac(c->net, c->conf, mac))
		check_text(c, types_print_mac(mac), types_print_mac(c->in->mac));
}

static void check_mtu(struct check *c)
{
	check_number(c, c->conf->mtu, c->in->mtu);
	if (c->out && c->conf->mtu > 0 && c->out->mtu != (uint64_t)c->conf->mtu)
		check_differs(c, file_text("%d", (int)c->conf->mtu),
			      file_text("%u on %s", c->out->mtu, c->out->name));
}

static void check_txqueuelen(struct check *c)
{
	check_number(c, c->conf->txqueuelen, c->in->txqueuelen);
}

void check_address_list(struct check *c, const struct list *wanted, const struct view *v,
			unsigned index)
{
	const struct address *a = NULL;

	LIST_EACH(const struct cidr, want, *wanted)
	{
		if (!has_address(v, index, want, &a))
			check_differs(c, types_print_cidr(want), NULL);
		else if (a->flags & IFA_F_DADFAILED)
			check_differs(c, types_print_cidr(want), "that of another host, too");
	}
	LIST_EACH(const struct address, e, v->addresses)
	if (address_extra(wanted, e, index))
		check_differs(c, NULL, types_print_cidr(&e->cidr));
}

static void check_address(struct check *c)
{
	check_address_list(c, &c->conf->address, &c->inside, c->in->index);
}

/* An address that is asked for without a look for duplicates says so for as long as it is there. */
static void check_dad(struct check *c)
{
	const struct address *a = NULL;

	LIST_EACH(const struct cidr, want, c->conf->address)
	if (want->ip.family == AF_INET6 && has_address(&c->inside, c->in->index, want, &a))
		check_bool(c, c->conf->dad > 0, !(a->flags & IFA_F_NODAD));
}

/* Only what was asked is compared: the kernel fills in a source and an MTU. */
static bool satisfies(const struct route *is, const struct route *want)
{
	return is->kind == want->kind && is->via.family == want->via.family &&
	       (!want->via.family || types_same_ip(&is->via, &want->via)) &&
	       (!want->src.family || types_same_ip(&is->src, &want->src)) &&
	       (!want->mtu || is->mtu == want->mtu) && (want->onlink <= 0 || is->onlink > 0);
}

static void check_one_route(struct check *c, const struct route *want, const char *text)
{
	const struct route *is = NULL;

	LIST_EACH(const struct route_entry, e, c->inside.routes)
	if ((e->index == c->in->index || want->kind) && route_same_key(&e->route, want))
		is = &e->route;
	if (!is || !satisfies(is, want))
		check_differs(c, text, is ? types_print_route(is) : NULL);
}

static void check_gateway(struct check *c)
{
	LIST_EACH(const struct ip, g, c->conf->gateway)
	{
		const struct route r = route_by_gateway(g);

		check_one_route(c, &r, types_print_route(&r));
	}
}

static void check_route(struct check *c)
{
	LIST_EACH(const struct route, r, c->conf->route)
	check_one_route(c, r, types_print_route(r));
	LIST_EACH(const struct route_entry, e, c->inside.routes)
	if (route_extra(c->conf, e, c->in->index))
		check_differs(c, NULL, types_print_route(&e->route));
}

static void check_promisc(struct check *c)
{
	check_bool(c, c->conf->promisc > 0, c->in->flags & IFF_PROMISC);
}

static void check_up(struct check *c)
{
	check_bool(c, c->conf->up != 0, c->in->flags & IFF_UP);
	if (c->out && !(c->out->flags & IFF_UP))
		check_differs(c, file_text("%s up", c->out->name),
			      file_text("%s down", c->out->name));
}

/* What only its type has: the facts of its birth, and what the type knows besides. */
static void check_own(struct check *c)
{
	const struct link_type *type = &link_types[c->conf->type];
	struct link_fact want[LINK_FACTS], is[LINK_FACTS];
	size_t n = virtual_differs(c->conf, c->in, want, is);

	for (size_t i = 0; i < n; i++) {
		c->key = want[i].key;
		check_differs(c, virtual_print(c->conf, &want[i]),
			      is[i].size ? virtual_print(c->conf, &is[i]) : NULL);
	}
	if (type->check)
		type->check(c);
}

static void check_lower(struct check *c)
{
	const struct link *is = view_link(&c->outside, NULL, virtual_lower(c->conf, c->in));

	if (c->conf->link && !c->net->self)
		check_text(c, c->conf->link, is ? is->name : "another");
}

/* ---- the tables --------------------------------------------------------------------------------- */

struct check_row {
	const char *key;
	void (*check)(struct check *);
};

static const struct check_row net_rows[] = {
	{"loopback", check_loopback}, {"dns", check_files},	     {"sysctl", sysctl_check},
	{"nat", nat_check},	      {"user-mode", usermode_check}, {0},
};

static const struct check_row link_rows[] = {
	{"type", check_type},
	{"type", check_own},
	{"link", check_lower},
	{"host-name", check_host_name},
	{"bridge", check_bridge},
	{"bridge-address", check_bridge_address},
	{"mac", check_mac},
	{"mtu", check_mtu},
	{"txqueuelen", check_txqueuelen},
	{"address", check_address},
	{"gateway", check_gateway},
	{"route", check_route},
	{"host-address", port_check_address},
	{"neigh", neigh_check},
	{"rule", rule_check},
	{"rate-in", qdisc_check_in},
	{"rate-out", qdisc_check_out},
	{"vlan-id", port_check_vlans},
	{"hairpin", port_check_hairpin},
	{"isolated", port_check_isolated},
	{"promisc", check_promisc},
	{"accept-ra", sysctl_check_ra},
	{"sysctl", sysctl_check},
	{"dad", check_dad},
	{"up", check_up},
	{0},
};

static void check_rows(struct check *c, const struct check_row *row)
{
	for (; row->key; row++) {
		c->key = row->key;
		row->check(c);
	}
}

/* Its index alone could be that of any link. */
const struct link *check_outer(const struct check *c, const struct link_conf *l)
{
	const struct link *in = view_link(&c->inside, l->name, 0);
	const struct link *out = in ? view_link(&c->outside, NULL, in->peer) : NULL;

	return out && !strcmp(in->kind, "veth") && !strcmp(out->kind, "veth") &&
			       out->peer == in->index
		       ? out
		       : NULL;
}

static void check_link(struct check *c)
{
	c->in = view_link(&c->inside, c->conf->name, 0);
	if (c->in) {
		c->out = check_outer(c, c->conf);
		check_rows(c, link_rows);
	} else {
		c->key = "type";
		check_differs(c, link_types[c->conf->type].word, NULL);
	}
}

static void look(struct netlink *nl, struct view *v)
{
	if (!view_read(nl, v))
		msg_die_errno("%s", nl->failed ? nl->failed : "listing");
}

int check_print(struct net *net)
{
	struct json json = {0};
	struct check c = {.net = net, .json = net->conf->target.json > 0 ? &json : NULL};

	look(&net->inside, &c.inside);
	if (!net->self)
		look(&net->host, &c.outside);
	if (c.json) {
		json_open(c.json, NULL, '{');
		json_open(c.json, "differences", '[');
	}
	check_rows(&c, net_rows);
	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		c.conf = l;
		if (link_types[l->type].flags & LINK_INSIDE)
			check_link(&c);
	}
	if (c.json)
		puts("]}");
	return c.found > 0;
}
