/*
 * nat.c - masquerading, published ports and egress rules: what they want of the host, and as nftables text.
 *
 * All goes by the interfaces' first address of each family.  Egress rules are applied where the container's
 * packets enter the host, by the host's end of each veth: inside nobody can reach or go around them.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "file.h"
#include "msg.h"

enum { PORTS_MAX = 1024 };

static bool filters(const struct net_conf *c)
{
	return c->egress == EGRESS_DENY || c->deny.n;
}

const char *nat_key(const struct nsnet_conf *conf)
{
	const struct net_conf *c = &conf->net;

	if (c->publish.n && c->user_mode == USER_MODE_NONE)
		return "publish";
	return c->nat == NAT_MASQUERADE ? "nat" : c->deny.n ? "deny" : filters(c) ? "egress" : NULL;
}

static bool is_loopback(const struct ip *ip)
{
	return ip->family == AF_INET ? ip->b[0] == 127
				     : !memcmp(ip->b, &in6addr_loopback, sizeof in6addr_loopback);
}

static bool is_any(const struct ip *ip)
{
	return !memcmp(ip->b, &in6addr_any, types_size(ip));
}

static bool has_wire(const struct link_conf *l)
{
	return l->type != LINK_NONE && l->type != LINK_LOOPBACK;
}

/* The first address of a family, and whose it is. */
static const struct cidr *first(const struct nsnet_conf *conf, sa_family_t family,
				const struct link_conf **of)
{
	LIST_EACH(const struct link_conf, l, conf->links)
	{
		if (!has_wire(l))
			continue;
		LIST_EACH(const struct cidr, c, l->address)
		{
			if (c->ip.family != family)
				continue;
			*of = l;
			return c;
		}
	}
	return NULL;
}

/* The interface that will have it: an address, or one out of a pool. */
static const struct link_conf *who_has(const struct nsnet_conf *conf, sa_family_t family)
{
	LIST_EACH(const struct link_conf, l, conf->links)
	if (has_wire(l) &&
	    (types_any_family(&l->address, family) || types_any_family(&l->pool, family)))
		return l;
	return NULL;
}

/* Whether 127.0.0.1 of the host can lead there: route_localnet of an interface that is its alone. */
static bool takes_loopback(const struct link_conf *l)
{
	return l->type == LINK_VETH && !l->bridge;
}

static bool wants_family(const struct publish *p, sa_family_t family)
{
	return p->host.family == AF_UNSPEC || p->host.family == family;
}

/* ---- checks ------------------------------------------------------------------------------------- */

static void check_publish(const struct nsnet_conf *c, const struct publish *p, size_t i)
{
	bool v6 = p->host.family == AF_INET6;

	if (c->net.user_mode == USER_MODE_SLIRP)
		validate_refuse(c, NULL, i, "publish: and user-mode = slirp4netns: pasta can");
	if (p->to - p->from >= PORTS_MAX)
		validate_refuse(c, NULL, i, "publish: more than %d ports", PORTS_MAX);
	if (c->net.user_mode != USER_MODE_NONE)
		return;
	if (v6 && is_loopback(&p->host))
		validate_refuse(
			c, NULL, i,
			"publish: ::1 leads to no other interface, IPv6 has no route_localnet; "
			"127.0.0.1 can, or another address of the host");
	if (p->host.family == AF_UNSPEC ? !who_has(c, AF_INET) && !who_has(c, AF_INET6)
					: !who_has(c, p->host.family))
		validate_refuse(c, NULL, i, "publish: wants an interface with an IPv%s address",
				p->host.family == AF_UNSPEC ? "4 or IPv6"
				: v6			    ? "6"
							    : "4");
	if (p->host.family == AF_INET && is_loopback(&p->host) &&
	    !takes_loopback(who_has(c, AF_INET)))
		validate_refuse(
			c, NULL, i,
			"publish: %s wants a veth without a bridge: all on the bridge would reach what "
			"listens there on the host",
			types_print_ip(&p->host));
}

/* What the kernel would tell as well, but without the line. */
static void check_twice(const struct nsnet_conf *c, const struct publish *p, size_t i)
{
	const struct publish *all = c->net.publish.v;

	for (const struct publish *e = all; e < all + i; e++) {
		bool both = e->host.family && p->host.family;

		if (e->proto != p->proto || e->to < p->from || p->to < e->from)
			continue;
		if (both &&
		    (e->host.family != p->host.family || (!is_any(&e->host) && !is_any(&p->host) &&
							  !types_same_ip(&e->host, &p->host))))
			continue;
		validate_refuse(c, NULL, i, "publish: a port of this line is in an earlier one");
	}
}

static void check_filter(const struct nsnet_conf *c)
{
	if (c->net.allow.n && c->net.egress != EGRESS_DENY)
		validate_refuse(c, NULL, 0, "allow: wants egress = deny: everything is allowed");
	if (!filters(&c->net))
		return;
	if (c->net.user_mode != USER_MODE_NONE)
		validate_refuse(c, NULL, 0, "%s: and user-mode: what goes out is that program's",
				nat_key(c));
	LIST_EACH(const struct link_conf, l, c->links)
	if (has_wire(l) && l->type != LINK_VETH)
		validate_refuse(
			c, NULL, 0,
			"%s: [net.%s] is no veth: nothing on the host sees all of its packets",
			nat_key(c), l->name);
}

void nat_validate(const struct nsnet_conf *c)
{
	const struct publish *p = c->net.publish.v;

	for (size_t i = 0; i < c->net.publish.n; i++) {
		check_publish(c, &p[i], i);
		check_twice(c, &p[i], i);
	}
	check_filter(c);
	if (c->net.nat == NAT_NONE)
		return;
	if (c->net.user_mode != USER_MODE_NONE)
		validate_refuse(c, NULL, 0, "nat: and user-mode: that is a way out of its own");
	if (!who_has(c, AF_INET) && !who_has(c, AF_INET6))
		validate_refuse(c, NULL, 0, "nat: masquerade: wants an interface with an address");
}

/* Never set by us: it is the host's own, and makes a router of it. */
static void check_forwarding(const struct net *net, sa_family_t family)
{
	const char *path = family == AF_INET ? "/proc/sys/net/ipv4/ip_forward"
					     : "/proc/sys/net/ipv6/conf/all/forwarding";
	char text[8];

	if (file_read(AT_FDCWD, path, text, sizeof text) <= 0 || *text != '0')
		return; /* without /proc nobody can tell */
	msg_hint("sysctl -w %s=1",
		 family == AF_INET ? "net.ipv4.ip_forward" : "net.ipv6.conf.all.forwarding");
	msg_die("[net] %s: the host does not forward IPv%d packets", nat_key(net->conf),
		family == AF_INET ? 4 : 6);
}

/* A server of the host would be cut off from that port without a word. */
static void check_listener(const struct publish *p, sa_family_t family, uint16_t port)
{
	union endpoint at;
	const socklen_t size = types_endpoint(&at, family, &p->host, port);
	int one = 1, fd;

	fd = socket(family, (p->proto == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return; /* a kernel without that family has no server of it */
	/* not for UDP: there two with this option share a port */
	if (p->proto == IPPROTO_TCP)
		(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
	if (bind(fd, &at.any, size)) {
		if (errno == EADDRINUSE)
			msg_die("[net] publish: %u/%s: the port is in use by a process of the host",
				port, p->proto == IPPROTO_TCP ? "tcp" : "udp");
		if (errno == EADDRNOTAVAIL)
			msg_die("[net] publish: %s is no address of the host",
				types_print_ip(&p->host));
	}
	close(fd);
}

void nat_way_back(struct net *net)
{
	nft_needed(net->conf);
	net->hostfd = ioctl(net->host.fd, SIOCGSKNS);
	if (net->hostfd >= 0)
		return;
	msg_hint(
		"CAP_NET_ADMIN is needed on the host; for an ordinary user there is user-mode = pasta");
	msg_die_errno("[net] %s: the host's network namespace", nat_key(net->conf));
}

void nat_host(struct net *net)
{
	const struct nsnet_conf *c = net->conf;
	sa_family_t families[] = {AF_INET, AF_INET6};

	if (!nat_key(c))
		return;
	if (!net->id)
		msg_die("[net] %s: wants a container: without its record nothing would remove the rules",
			nat_key(c));
	for (size_t i = 0; i < 2; i++) {
		bool forward = c->net.nat == NAT_MASQUERADE;

		if (!who_has(c, families[i]))
			continue;
		LIST_EACH(const struct publish, p, c->net.publish)
		{
			if (!wants_family(p, families[i]))
				continue;
			forward |= !p->host.family || !is_loopback(&p->host);
			for (unsigned port = p->from; port <= p->to; port++)
				check_listener(p, families[i], (uint16_t)port);
		}
		if (forward)
			check_forwarding(net, families[i]);
	}
	nat_way_back(net);
}

/* ---- the text ----------------------------------------------------------------------------------- */

struct rules {
	struct net *net;
	struct text make, undo;
	bool bridge, loopback;
};

/*
 * One element of a set, or of a map with its data behind a colon.  In the undo it is added first, which
 * changes nothing where it is: an element that somebody has taken away by hand does no harm then.
 */
static void element(struct rules *r, const char *set, const char *key, const char *data)
{
	char *text = file_text("element %s { %s comment \"%s %s\"%s }\n", set, key, r->net->name,
			       r->net->id, data);

	text_add(&r->make, "create %s", text);
	text_add(&r->undo, "add %sdelete element %s { %s }\n", text, set, key);
}

static void chain(struct rules *r, const char *family)
{
	const char *id = r->net->id;

	text_add(&r->make,
		 "create chain %s nskit start-%s\nadd rule %s nskit start-%s jump in_use\n", family,
		 id, family, id);
}

/* ---- published ports ---------------------------------------------------------------------------- */

/*
 * Every address but the loopback ones where those cannot lead there.  The address of a rule that covers
 * another's overlaps it, which the kernel refuses: as with sockets, 0.0.0.0 takes the port of all.
 */
static void publish_port(struct rules *r, const struct publish *p, const struct cidr *to,
			 bool loopback, unsigned i)
{
	static const char *const some4[] = {"0.0.0.0-126.255.255.255", "128.0.0.0-255.255.255.255",
					    NULL},
				 *const all4[] = {"0.0.0.0/0", NULL},
				 *const all6[] = {"::2-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
						  NULL};
	const char *given[] = {types_print_ip(&p->host), NULL};
	bool v4 = to->ip.family == AF_INET;
	const char *const *from = given;

	if (!p->host.family || is_any(&p->host))
		from = !v4 ? all6 : loopback ? all4 : some4;
	for (; *from; from++)
		element(r, v4 ? "inet nskit publish4" : "inet nskit publish6",
			file_text("%s . %u . %u", *from, p->proto, p->from + i),
			file_text(" : %s . %u", types_print_ip(&to->ip), p->inside + i));
}

static void publish(struct rules *r, sa_family_t family)
{
	const struct link_conf *of;
	const struct cidr *to = first(r->net->conf, family, &of);
	bool loopback;

	if (!to)
		return;
	loopback = family == AF_INET && takes_loopback(of);
	LIST_EACH(const struct publish, p, r->net->conf->net.publish)
	{
		if (!wants_family(p, family))
			continue;
		r->loopback |= loopback &&
			       (!p->host.family || is_any(&p->host) || is_loopback(&p->host));
		for (unsigned i = 0; i <= (unsigned)(p->to - p->from); i++)
			publish_port(r, p, to, loopback, i);
	}
}

/* ---- addresses ---------------------------------------------------------------------------------- */

static void address(struct rules *r, const struct cidr *c)
{
	const int v = c->ip.family == AF_INET ? 4 : 6;
	struct cidr subnet = *c;
	const char *ip = types_print_ip(&c->ip);

	types_mask(&subnet.ip, c->prefix);
	element(r, file_text("inet nskit subnet%d", v),
		file_text("%s . %s", ip, types_print_cidr(&subnet)), "");
	if (r->net->conf->net.nat == NAT_MASQUERADE)
		element(r, file_text("inet nskit masquerade%d", v), ip, "");
}

/* ---- egress rules ------------------------------------------------------------------------------- */

/* verdict: deny, allow: it is the rule's comment, too. */
static void flow(struct rules *r, const char *start, const struct flow *f, const char *verdict)
{
	const char *ports = "";

	if (f->from)
		ports = file_text(f->proto == IPPROTO_TCP ? "tcp dport %u-%u "
				  : f->proto == IPPROTO_UDP
					  ? "udp dport %u-%u "
					  : "meta l4proto { tcp, udp } th dport %u-%u ",
				  f->from, f->last);
	else if (f->proto)
		ports = f->proto == IPPROTO_TCP ? "meta l4proto tcp " : "meta l4proto udp ";
	text_add(&r->make, "%s%s daddr %s %s%s comment \"%s\"\n", start,
		 f->to.ip.family == AF_INET ? "ip" : "ip6", types_print_cidr(&f->to), ports,
		 *verdict == 'd' ? "drop" : "accept", verdict);
}

/* Whoever sends by another's address would pass for the other's answers. */
static void own_addresses(struct rules *r, const char *start, sa_family_t family, bool arp)
{
	char *set = file_dup("");

	LIST_EACH(const struct link_conf, l, r->net->conf->links)
	LIST_EACH(const struct cidr, c, l->address)
	if (has_wire(l) && c->ip.family == family)
		set = file_text("%s%s, ", set, types_print_ip(&c->ip));
	if (family == AF_INET6) {
		text_add(&r->make, "%sip6 saddr != { %sfe80::/10, :: } drop\n", start, set);
		return;
	}
	if (!*set) {
		text_add(&r->make, "%smeta protocol { ip, arp } drop\n", start);
		return;
	}
	text_add(&r->make, "%sip saddr != { %s} drop\n", start, set);
	if (arp)
		text_add(&r->make, "%sarp saddr ip { %s} accept\n%smeta protocol arp drop\n", start,
			 set, start);
}

static void filter_rules(struct rules *r, const char *family)
{
	const struct net_conf *c = &r->net->conf->net;
	const char *start = file_text("add rule %s nskit start-%s ", family, r->net->id);

	LIST_EACH(const struct flow, f, c->deny)
	flow(r, start, f, "deny");
	if (c->egress != EGRESS_DENY)
		return;
	own_addresses(r, start, AF_INET, *family == 'b');
	own_addresses(r, start, AF_INET6, false);
	text_add(&r->make,
		 "%sicmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, "
		 "mld2-listener-report } accept\n",
		 start);
	LIST_EACH(const struct flow, f, c->allow)
	flow(r, start, f, "allow");
	text_add(&r->make, "%smeta mark set 0x6e736b21\n", start);
}

/* ---- the host's ends ---------------------------------------------------------------------------- */

/* NULL: failed */
static const struct link *host_end(struct net *net, const struct link_conf *l)
{
	const struct link *in = link_get(&net->inside, l->name, 0), *out;

	if (!in && nsnet_gone(net, &net->inside))
		nsnet_fail_link(net, l, ": no such interface inside");
	if (!in)
		return NULL;
	/* who runs inside may have put another in its place since */
	out = again_find(net, in);
	if (!out)
		nsnet_fail_link(net, l, ": its outer end is not ours");
	return out;
}

/* Names of interfaces may hold anything but blanks, '/' and ':' (types_bad_ifname): no quote, no escape. */
static bool quotable(struct net *net, const char *name)
{
	return !strpbrk(name, "\"\\*") ||
	       nsnet_fail(net, "[net] %s: the host's end %s: nft takes no such name",
			  nat_key(net->conf), name);
}

static bool ends(struct rules *r)
{
	struct net *net = r->net;

	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		const char *name, *jump = file_text(" : jump start-%s", net->id);
		const struct link *out;

		if (l->type != LINK_VETH)
			continue;
		out = host_end(net, l);
		if (!out || !quotable(net, out->name))
			return false;
		name = file_text("\"%s\"", out->name);
		if (filters(&net->conf->net))
			element(r, l->bridge ? "bridge nskit egress" : "inet nskit egress", name,
				jump);
		if (r->loopback && takes_loopback(l))
			element(r, "inet nskit loopback", name, "");
	}
	return true;
}

/* Lets packets with 127.0.0.1 as their source out by our end; `chain guard` lets none in to it. */
static void route_localnet(struct netlink *nl, const struct link *end)
{
	link_change(nl, end->index, file_text("%s: route_localnet", end->name));
	netlink_nest(nl, IFLA_AF_SPEC, NULL, 0);
	netlink_nest(nl, AF_INET, NULL, 0);
	netlink_nest(nl, IFLA_INET_CONF, NULL, 0);
	netlink_attr_u32(nl, IPV4_DEVCONF_ROUTE_LOCALNET, 1);
	netlink_end(nl);
	netlink_end(nl);
	netlink_end(nl);
}

static bool tune(const struct rules *r)
{
	struct net *net = r->net;

	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		const struct link *out;

		if (!r->loopback || !takes_loopback(l))
			continue;
		out = host_end(net, l);
		if (!out)
			return false;
		route_localnet(&net->host, out);
	}
	return nsnet_send(net, &net->host);
}

/* ---- all of it ---------------------------------------------------------------------------------- */

static bool on_bridge(const struct nsnet_conf *c)
{
	LIST_EACH(const struct link_conf, l, c->links)
	if (l->type == LINK_VETH && l->bridge)
		return true;
	return false;
}

static bool build(struct rules *r)
{
	const struct nsnet_conf *c = r->net->conf;
	const char *id = r->net->id;

	r->bridge = filters(&c->net) && on_bridge(c);
	chain(r, "inet");
	/* fails, and with it all that follows, where this start has made nothing */
	text_add(&r->undo, "flush chain inet nskit start-%s\n", id);
	if (r->bridge) {
		chain(r, "bridge");
		text_add(&r->undo, "flush chain bridge nskit start-%s\n", id);
	}
	if (c->net.user_mode == USER_MODE_NONE) {
		publish(r, AF_INET);
		publish(r, AF_INET6);
	}
	LIST_EACH(const struct link_conf, l, c->links)
	LIST_EACH(const struct cidr, a, l->address)
	if (has_wire(l) && (c->net.publish.n || c->net.nat == NAT_MASQUERADE))
		address(r, a);
	if (filters(&c->net)) {
		filter_rules(r, "inet");
		if (r->bridge)
			filter_rules(r, "bridge");
	}
	if (!ends(r))
		return false;
	text_add(&r->undo, "delete chain inet nskit start-%s\n", id);
	if (r->bridge)
		text_add(&r->undo, "delete chain bridge nskit start-%s\n", id);
	return true;
}

/* ---- and what is there -------------------------------------------------------------------------- */

/* Which key a line of nft_compare is of: by its set or chain, or by its comment. */
static const char *key_of(const struct check *c, const char *line)
{
	static const struct {
		const char *word, *key;
	} words[] = {{"comment \"allow\"", "allow"}, {"comment \"deny\"", "deny"},
		     {" publish", "publish"},	     {" masquerade", "nat"},
		     {" egress", "egress"},	     {" start-", "egress"}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strstr(line, words[i].word))
			return words[i].key;
	return nat_key(c->net->conf);
}

static bool compare(struct check *c, const struct rules *r)
{
	char *wants, *is;

	if (!nft_compare(c->net, r->make.v, r->bridge, &wants, &is))
		return false;
	check_lines(c, wants, is, true, key_of);
	check_lines(c, is, wants, false, key_of);
	return true;
}

static void check_localnet(struct check *c, const struct link *out)
{
	const struct nlattr *a[NETLINK_ATTRS], *family[NETLINK_ATTRS], *inet[NETLINK_ATTRS];
	uint32_t values[IPV4_DEVCONF_ROUTE_LOCALNET] = {0};

	if (link_attrs(out, a) && netlink_inner(a[IFLA_AF_SPEC], family) &&
	    netlink_inner(family[AF_INET], inet))
		netlink_first(inet[IFLA_INET_CONF], values, sizeof values);
	c->key = "publish";
	if (!values[IPV4_DEVCONF_ROUTE_LOCALNET - 1])
		check_differs(c, file_text("route_localnet of %s", out->name), NULL);
}

void nat_check(struct check *c)
{
	struct net *net = c->net;
	struct rules r = {.net = net};

	c->key = nat_key(net->conf);
	if (!c->key)
		return;
	if (!net->id) {
		check_differs(c, "the rules of a container", NULL);
		return;
	}
	if (!build(&r)) {
		check_differs(c, "rules", net->error);
		net->error = NULL;
		return;
	}
	if (!compare(c, &r))
		msg_die("%s", net->error);
	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		const struct link *out = check_outer(c, l);

		if (r.loopback && takes_loopback(l) && out)
			check_localnet(c, out);
	}
}

bool nat_make(struct net *net)
{
	struct check c = {.net = net, .quiet = true};
	struct rules r = {.net = net};

	if (!nat_key(net->conf))
		return true;
	if (!build(&r))
		return false;
	if (!nft_there(net->dir))
		return nft_make(net, r.make.v, r.undo.v, r.bridge) && tune(&r);
	if (!compare(&c, &r))
		return false;
	return c.found ? nsnet_fail(net,
				    "[net] %s: %s has its rules already, and not these; "
				    "`nsnet down` removes them",
				    c.key, net->name)
		       : tune(&r);
}
