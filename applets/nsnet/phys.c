/*
 * phys.c - a device of the host's, moved inside and moved back.
 *
 * A move takes the device down and its addresses and routes away.  So what the kernel says of all that
 * is kept first, its own messages in net.phys.DEVICE, which are sent to it again at the end.  The device
 * carries a mark of its own, by which it is found again under whatever name and in either namespace; and as
 * who is root inside can take the mark away, what it is like there is kept behind the rest, for its number.
 *
 * The namespace must outlive the container until the device has left it, or the kernel decides: it
 * moves hardware to the initial namespace and deletes everything else.  So the monitor is asked to hold
 * it (START_HOLD); when that was killed, gc finds on the host what the kernel has brought back.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>

#include "file.h"
#include "msg.h"

enum {
	LIMIT = 1 << 20, /* of net.phys.DEVICE; what it is like inside comes to that */
	BACK_MS = 5000,	 /* until the kernel has taken a dead namespace down */
	POLL_MS = 10,
	KEPT_FLAGS = IFF_UP | IFF_NOARP | IFF_PROMISC | IFF_ALLMULTI,
};

static const char *file_of(const char *device)
{
	return file_text("net.phys.%s", device);
}

static const char *mark_of(const struct net *net, const char *device)
{
	return file_text("%s:%s", link_alias(net), device);
}

/* ---- what it was like --------------------------------------------------------------------------- */

struct keep {
	struct phys_saved *saved;
	unsigned index;
	bool via; /* which routes: by a gateway, or the others */
};

static void keep(const struct nlmsghdr *h, void *arg)
{
	struct phys_saved *s = ((struct keep *)arg)->saved;
	size_t aligned = NLMSG_ALIGN((size_t)h->nlmsg_len);

	s->v = file_grow(s->v, s->n + aligned);
	memset(s->v + s->n, 0, aligned);
	memcpy(s->v + s->n, h, h->nlmsg_len);
	s->n += aligned;
}

static void keep_link(const struct nlmsghdr *h, void *arg)
{
	struct link l;

	if (link_read(h, &l) && l.index == ((struct keep *)arg)->index)
		keep(h, arg);
}

static void keep_address(const struct nlmsghdr *h, void *arg)
{
	struct address a;

	if (address_read(h, &a) && a.index == ((struct keep *)arg)->index &&
	    !(a.cidr.ip.family == AF_INET6 && a.flags & IFA_F_TEMPORARY)) /* v4: secondary */
		keep(h, arg);
}

/* Those that the kernel makes by itself come back by themselves. */
static void keep_route(const struct nlmsghdr *h, void *arg)
{
	const struct keep *k = arg;
	struct route_entry r;

	if (route_read(h, &r) && r.index == k->index && r.protocol != RTPROT_KERNEL &&
	    r.protocol != RTPROT_RA && r.route.table != RT_TABLE_LOCAL &&
	    (r.route.via.family != AF_UNSPEC) == k->via)
		keep(h, arg);
}

static bool put(struct net *net, const struct phys_saved *s)
{
	return !file_replace_bytes(net->dir, file_of(s->device), s->v, s->n, 0600) ||
	       nsnet_fail_errno(net, file_of(s->device));
}

/* A gateway must be reachable before its route is made again: the other ones first. */
static bool save(struct net *net, struct phys_saved *s, unsigned index)
{
	struct keep k = {s, index, false};
	struct netlink *nl = &net->host;
	bool good = link_message(nl, index, keep_link, &k) &&
		    address_each(nl, index, keep_address, &k) && route_each(nl, keep_route, &k);

	k.via = true;
	if (!good || !route_each(nl, keep_route, &k))
		return nsnet_fail_netlink(net, nl);
	if (s->n > LIMIT)
		return nsnet_fail(net,
				  "device: %s: its addresses and routes are too many to be kept",
				  s->device);
	if (net->dir < 0) {
		types_append(&net->moved, s, sizeof *s);
		return true;
	}
	return put(net, s);
}

/* Behind it, once it is there: what it is like inside. */
static bool save_inside(struct net *net, struct phys_saved *s, const char *name)
{
	struct keep k = {s, link_index(&net->inside, name), false};

	if (net->dir < 0)
		return true;
	if (!k.index || !link_message(&net->inside, k.index, keep_link, &k))
		return nsnet_fail_netlink(net, &net->inside);
	return put(net, s);
}

/* Without a directory only this run itself knows; a run that does not gives n == 0. */
static bool load(struct net *net, struct phys_saved *s)
{
	LIST_EACH(const struct phys_saved, m, net->moved)
	if (!strcmp(m->device, s->device))
		*s = *m;
	if (net->dir < 0)
		return true;
	s->v = file_slurp(net->dir, file_of(s->device), 2 * LIMIT, &s->n);
	return s->v || errno == ENOENT || nsnet_fail_errno(net, file_of(s->device));
}

/* ---- there -------------------------------------------------------------------------------------- */

static void set_alias(struct netlink *nl, unsigned index, const void *alias, size_t size,
		      const char *about)
{
	link_change(nl, index, about);
	netlink_attr(nl, IFLA_IFALIAS, alias, size);
}

static void move(struct netlink *nl, unsigned index, int nsfd, const char *name, const char *about)
{
	link_change(nl, index, about);
	netlink_attr_u32(nl, IFLA_NET_NS_FD, (uint32_t)nsfd);
	netlink_attr_text(nl, IFLA_IFNAME, name);
}

bool phys_make(struct net *net, const struct link_conf *l)
{
	const char *about = link_text(l, "device: %s", l->device);
	const char *mark = mark_of(net, l->device);
	struct phys_saved s = {.device = l->device};
	const struct link *d = link_get(&net->host, l->device, 0);

	if (!d)
		return errno == ENODEV ? nsnet_fail(net, "%s: no such interface", about)
				       : nsnet_fail_netlink(net, &net->host);
	if (!strncmp(d->alias, LINK_ALIAS, strlen(LINK_ALIAS)))
		return nsnet_fail(net, "%s: belongs to another start: %s", about, d->alias);
	if (!save(net, &s, d->index) || !record_add(net, "phys", l->device) || !record_hold(net))
		return false;
	set_alias(&net->host, d->index, mark, strlen(mark), about);
	if (!netlink_send(&net->host)) /* not in one batch: unmarked it must not move */
		move(&net->host, d->index, net->nsfd, l->name, about);
	if (!nsnet_send(net, &net->host))
		return false;
	return save_inside(net, &s, l->name);
}

const char *phys_device(const struct net *net, const struct link *in)
{
	const char *mark = mark_of(net, "");
	size_t n = strlen(mark);

	return strncmp(in->alias, mark, n) != 0 ? NULL : file_dup(in->alias + n);
}

void phys_check(struct check *c)
{
	const char *is = phys_device(c->net, c->in);

	c->key = "device";
	check_text(c, c->conf->device, is ? is : "another");
}

/* ---- and back ----------------------------------------------------------------------------------- */

/*
 * Inside by its number, else by its mark, else hardware by the address that it was built with: only the mark
 * can be taken away there.  By its kind, too: who runs inside can give the mark to a link of its own, but
 * make no hardware.
 */
struct search {
	const char *mark, *kind;  /* NULL: any */
	const struct link *saved; /* with a kind: what it was like on the host */
	unsigned index;		  /* 0: not known */
	struct link found;
	int rank;
};

static bool same_address(const struct link *a, const struct link *b)
{
	const struct nlattr *of_a[NETLINK_ATTRS], *of_b[NETLINK_ATTRS], *p, *q;

	if (!link_attrs(a, of_a) || !link_attrs(b, of_b))
		return false;
	p = of_a[IFLA_PERM_ADDRESS];
	q = of_b[IFLA_PERM_ADDRESS];
	return p && q && p->nla_len == q->nla_len && !memcmp(p, q, p->nla_len);
}

static void match(const struct link *l, void *arg)
{
	struct search *s = arg;
	int rank = l->index == s->index				       ? 3
		   : !strcmp(l->alias, s->mark)			       ? 2
		   : s->kind && !*s->kind && same_address(l, s->saved) ? 1
								       : 0;

	if (rank <= s->rank || (s->kind && strcmp(l->kind, s->kind) != 0))
		return;
	s->found = *l;
	s->rank = rank;
}

/* found.index 0: not there */
static bool find(struct net *net, struct netlink *nl, struct search *s)
{
	s->found = (struct link){0};
	s->rank = 0;
	return nl->fd < 0 || link_each(nl, 0, match, s) || nsnet_fail_netlink(net, nl);
}

static bool move_back(struct net *net, const char *device, struct search *s)
{
	const char *about = file_text("device: %s: moving it back", device);
	struct netlink *nl = &net->inside;
	int host, failed;

	if (!find(net, nl, s))
		return false;
	if (!s->found.index)
		return true;
	host = ioctl(net->host.fd, SIOCGSKNS);
	if (host < 0)
		return nsnet_fail_errno(net, about);
	/* nobody is there any more who could take it away, and the host knows it by that alone */
	set_alias(nl, s->found.index, s->mark, strlen(s->mark), about);
	failed = netlink_send(nl);
	if (!failed)
		move(nl, s->found.index, host, device, about);
	failed |= netlink_send(nl);
	if (failed && nl->error == EEXIST) {
		/* somebody has its name: that is told when it shall have it again, on the host */
		netlink_clear(nl);
		failed = find(net, nl, s) ? 0 : -1;
		if (!failed && s->found.index)
			move(nl, s->found.index, host, "dev%d", about);
		failed |= netlink_send(nl);
	}
	close(host);
	return !failed || nsnet_fail_netlink(net, nl);
}

/* A saved address or route, for the index that the device has now. */
static void replay(struct netlink *nl, const struct nlmsghdr *h, unsigned index, const char *about)
{
	size_t size = h->nlmsg_len - (size_t)NLMSG_HDRLEN, len;
	struct nlmsghdr *copy = memcpy(file_alloc(h->nlmsg_len), h, h->nlmsg_len);
	void *body = (char *)copy + NLMSG_HDRLEN;

	if (h->nlmsg_type == RTM_NEWADDR) {
		((struct ifaddrmsg *)body)->ifa_index = index;
	} else {
		const struct nlattr *a[NETLINK_ATTRS];
		const void *attrs = netlink_attrs(copy, sizeof(struct rtmsg), &len);

		((struct rtmsg *)body)->rtm_flags &=
			RTNH_F_ONLINK; /* the others are the kernel's */
		if (attrs && netlink_parse(attrs, len, a) && a[RTA_OIF])
			memcpy((char *)copy + ((const char *)a[RTA_OIF] - (const char *)copy) +
				       NLA_HDRLEN,
			       &index, sizeof index);
	}
	netlink_message(nl, h->nlmsg_type, NLM_F_CREATE | NLM_F_REPLACE, body, size, about);
	free(copy);
}

static void replay_all(struct netlink *nl, const struct phys_saved *s, uint16_t type,
		       unsigned index)
{
	const char *about = file_text("device: %s: its %s", s->device,
				      type == RTM_NEWADDR ? "addresses" : "routes");
	const struct nlmsghdr *h;
	size_t at = 0;
	bool bad = false;

	while ((h = netlink_next(s->v, s->n, &at, &bad)))
		if (h->nlmsg_type == type)
			replay(nl, h, index, about);
}

static void set_link(struct net *net, const struct link *was, const struct link *is)
{
	struct netlink *nl = &net->host;
	bool has_master = was->master && link_get(nl, NULL, was->master);

	if (was->master && !has_master)
		netlink_clear(nl); /* gone meanwhile, or a number of another's now */
	link_change(nl, is->index, file_text("device: %s: its name, MAC and MTU", was->name));
	if (strcmp(was->name, is->name))
		netlink_attr_text(nl, IFLA_IFNAME, was->name);
	if (was->has_mac && memcmp(was->mac, is->mac, sizeof was->mac))
		netlink_attr(nl, IFLA_ADDRESS, was->mac, sizeof was->mac);
	netlink_attr_u32(nl, IFLA_MTU, was->mtu);
	netlink_attr_u32(nl, IFLA_TXQLEN, was->txqueuelen);
	if (has_master)
		netlink_attr_u32(nl, IFLA_MASTER, was->master);
	/* not in one batch: up it could not be named any more, before Linux 6.2 */
	if (netlink_send(nl))
		return;
	link_set_flags(nl, is->index, was->flags & KEPT_FLAGS, KEPT_FLAGS,
		       file_text("device: %s: its flags", was->name));
}

/* The mark goes last: until then it is found again. */
static bool restore(struct net *net, const struct phys_saved *s, const struct link *was,
		    const struct link *is)
{
	const struct nlattr *a[NETLINK_ATTRS];
	struct netlink *nl = &net->host;
	size_t len = 0;
	const void *attrs = netlink_attrs((const void *)s->v, sizeof(struct ifinfomsg), &len);
	const struct nlattr *alias = NULL;

	if (attrs && netlink_parse(attrs, len, a))
		alias = a[IFLA_IFALIAS];
	set_link(net, was, is);
	if (!nsnet_send(net, nl)) /* labels of addresses hold its name: they come after it */
		return false;
	replay_all(nl, s, RTM_NEWADDR, is->index);
	if (!nsnet_send(net, nl))
		return false;
	replay_all(nl, s, RTM_NEWROUTE, is->index);
	if (netlink_send(nl)) {
		msg_warn("%s: %s%s%s", nl->failed ? nl->failed : s->device, strerror(nl->error),
			 *nl->ack ? ": " : "", nl->ack);
		netlink_clear(nl);
	}
	set_alias(nl, is->index, alias ? (const char *)alias + NLA_HDRLEN : "",
		  alias ? strnlen((const char *)alias + NLA_HDRLEN,
				  alias->nla_len - (size_t)NLA_HDRLEN)
			: 0,
		  "its alias");
	return nsnet_send(net, nl);
}

/* It carries no mark on the host: it was never moved, it is restored already, or it is gone. */
static bool missing(struct net *net, const struct phys_saved *s, const struct link *was)
{
	const struct link *l = s->n ? link_get(&net->host, s->device, 0) : NULL;

	if (!s->n || (l && l->has_mac == was->has_mac && !memcmp(l->mac, was->mac, sizeof l->mac)))
		return true;
	if (!*was->kind)
		return nsnet_fail(net, "device: %s: not back on the host yet", s->device);
	msg_warn("device: %s (%s): gone with its namespace, where the kernel keeps hardware alone",
		 s->device, was->kind);
	return true;
}

static bool come_back(struct net *net, const struct phys_saved *s, const struct link *was,
		      struct search *what)
{
	const struct link *is = &what->found;
	int wait = 0;

	do {
		if (wait)
			poll(NULL, 0, POLL_MS);
		if (!find(net, &net->host, what))
			return false;
		wait += POLL_MS;
	} while (!is->index && !link_index(&net->host, s->device) && s->n && !*was->kind &&
		 wait < BACK_MS);
	if (!is->index)
		return missing(net, s, was);
	if (s->n)
		return restore(net, s, was, is);
	set_alias(&net->host, is->index, "", 0, "its alias");
	return nsnet_send(net, &net->host);
}

/* The number that it had inside: of the last link that was kept, if that is not the first. */
static unsigned number_inside(const struct phys_saved *s)
{
	const struct nlmsghdr *h;
	struct link l = {0};
	size_t at = 0;
	bool bad = false;

	while ((h = netlink_next(s->v, s->n, &at, &bad)))
		if (h->nlmsg_type == RTM_NEWLINK && (const void *)h != s->v)
			(void)link_read(h, &l);
	return l.index;
}

bool phys_gone(struct net *net, const char *device)
{
	struct phys_saved s = {.device = device};
	struct link was = {0};
	struct search what = {.mark = mark_of(net, device), .saved = &was};

	if (!load(net, &s))
		return false;
	if (s.n && !link_read((const void *)s.v, &was))
		return nsnet_fail(net, "%s: cannot be read", file_of(device));
	if (s.n)
		what.kind = was.kind;
	what.index = number_inside(&s);
	if (!move_back(net, device, &what))
		return false;
	what.index = 0;
	if (!come_back(net, &s, &was, &what))
		return false;
	if (net->dir >= 0)
		(void)unlinkat(net->dir, file_of(device), 0); /* what is left is restored already */
	return true;
}
