/*
 * lease.c - an address of a pool that no other container has.
 *
 * A lease is a file named by the address, in a directory of the state root, made exclusively and holding
 * its owner's name and id.  It is in net.leases of the container's record before it is made, so whoever
 * undoes the container finds it, and drops it when the owner is still the same.  A lock of the root
 * keeps two from choosing at once, and one from removing the directory under the other.
 */
#include "nsnet.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "state.h"

enum {
	RECORD_LIMIT = 65536,
	KNOWN = 65536, /* addresses of a pool whose leases are learned by one look at the directory */
};
static const char file[] = "net.leases"; /* `INTERFACE ADDRESS/PREFIX` a line */

bool lease_there(int dir)
{
	return !faccessat(dir, file, F_OK, 0) || errno != ENOENT;
}

static bool failed(struct net *net, const char *name)
{
	return nsnet_fail_errno(net, name);
}

/* ---- numbers of a network's addresses ------------------------------------------------------------- */

static uint32_t low_word(const struct ip *ip)
{
	const uint8_t *b = ip->b + types_size(ip) - 4;

	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static struct ip address_of(const struct cidr *pool, uint32_t n)
{
	struct ip ip = pool->ip;
	uint8_t *b = ip.b + types_size(&ip) - 4;

	for (int i = 0; i < 4; i++)
		b[3 - i] |= (uint8_t)(n >> 8 * i);
	return ip;
}

static bool number_of(const struct cidr *pool, const struct ip *ip, uint32_t *n)
{
	if (!types_covers(pool, ip) || memcmp(pool->ip.b, ip->b, types_size(ip) - 4) != 0)
		return false;
	*n = low_word(ip) ^ low_word(&pool->ip);
	return true;
}

/* The first and the last that an interface can have: not the network's own, not its broadcast address. */
static void range_of(const struct cidr *pool, uint32_t *first, uint32_t *last)
{
	unsigned bits = types_bits(&pool->ip) - pool->prefix;

	*first = bits > 1;
	*last = bits < 32 ? (UINT32_C(1) << bits) - 1 : UINT32_MAX;
	if (bits > 1 && pool->ip.family == AF_INET)
		--*last;
}

/* ---- what is not free ----------------------------------------------------------------------------- */

struct choice {
	const struct cidr *pool;
	uint32_t first, last;
	uint8_t taken[KNOWN / 8];
};

static void take_out(struct choice *c, const struct ip *ip)
{
	uint32_t n = 0;

	if (number_of(c->pool, ip, &n) && n < KNOWN)
		c->taken[n / 8] |= (uint8_t)(1 << n % 8);
}

static void take_out_cidrs(struct choice *c, const struct list *cidrs)
{
	LIST_EACH(const struct cidr, a, *cidrs)
	take_out(c, &a->ip);
}

/* What the configuration names is another's, or this container's already. */
static void take_out_conf(struct choice *c, const struct nsnet_conf *conf)
{
	LIST_EACH(const struct ip, ip, conf->net.dns)
	take_out(c, ip);
	LIST_EACH(const struct host_entry, h, conf->net.add_host)
	take_out(c, &h->ip);
	LIST_EACH(const struct link_conf, l, conf->links)
	{
		take_out_cidrs(c, &l->address);
		take_out_cidrs(c, &l->bridge_address);
		take_out_cidrs(c, &l->host_address);
		LIST_EACH(const struct ip, g, l->gateway)
		take_out(c, g);
		LIST_EACH(const struct route, r, l->route)
		take_out(c, &r->via);
		LIST_EACH(const struct neigh, n, l->neigh)
		take_out(c, &n->ip);
	}
}

static void take_out_address(const struct nlmsghdr *h, void *arg)
{
	struct address a;

	if (address_read(h, &a))
		take_out(arg, &a.cidr.ip);
}

/* A bridge of others has addresses of its own. */
static bool take_out_bridge(struct net *net, struct choice *c, const char *bridge)
{
	unsigned index = bridge ? link_index(&net->host, bridge) : 0;

	return !index || address_each(&net->host, index, take_out_address, c) ||
	       nsnet_fail_netlink(net, &net->host);
}

static bool take_out_leases(struct net *net, struct choice *c, int dir)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;
	struct ip ip;

	if (!d)
		return failed(net, STATE_LEASES);
	while ((e = readdir(d)))
		if (*e->d_name != '.' && !types_parse_ip(e->d_name, &ip))
			take_out(c, &ip);
	closedir(d);
	return true;
}

/* ---- one lease ------------------------------------------------------------------------------------ */

static char *owner(const struct net *net)
{
	return file_text("%s %s\n", net->name, net->id);
}

/* Writes down what this run has, behind what earlier ones had. */
static bool save(struct net *net)
{
	size_t len;

	if (!net->leased_earlier) {
		net->leased_earlier = file_slurp(net->dir, file, RECORD_LIMIT, &len);
		if (!net->leased_earlier && errno != ENOENT)
			return failed(net, file);
		if (!net->leased_earlier)
			net->leased_earlier = "";
	}
	return !file_replace(net->dir, file, file_text("%s%s", net->leased_earlier, net->leased),
			     0600) ||
	       failed(net, file);
}

/* Makes the file: 1, 0 when another has it, -1 when it failed. */
static int make(struct net *net, int dir, const char *name)
{
	char *text = owner(net);
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int bad;

	if (fd < 0)
		return errno == EEXIST ? 0 : -1;
	bad = file_write_all(fd, text, strlen(text));
	close(fd);
	return bad ? -1 : 1;
}

/* The first free one; *out is left alone where there is none. */
static bool choose(struct net *net, const struct choice *c, int dir, struct link_conf *l,
		   struct cidr *out)
{
	const char *before = net->leased;
	bool tried = false, good;
	int made = 0;

	for (uint64_t n = c->first; n <= c->last && !made; n++) {
		struct cidr a = {address_of(c->pool, (uint32_t)n), c->pool->prefix};

		if (n < KNOWN && c->taken[n / 8] >> n % 8 & 1)
			continue;
		/* point to point nothing else is on the link */
		if (types_any_family(&l->host_address, a.ip.family))
			a.prefix = (uint8_t)types_bits(&a.ip);
		net->leased = file_text("%s%s %s\n", before, l->name, types_print_cidr(&a));
		if (!save(net))
			return false;
		tried = true;
		made = make(net, dir, types_print_ip(&a.ip));
		if (made > 0)
			*out = a;
		else
			net->leased = before;
	}
	good = made >= 0 || failed(net, STATE_LEASES);
	/* the last one that was tried is not ours: no later up may take it for that */
	return (made > 0 || !tried || save(net)) && good;
}

static bool look(struct net *net, int dir, struct link_conf *l, const struct cidr *pool,
		 struct cidr *out)
{
	struct choice *c = file_alloc(sizeof *c);
	bool good;

	c->pool = pool;
	range_of(pool, &c->first, &c->last);
	take_out_conf(c, net->conf);
	good = take_out_bridge(net, c, l->bridge) && take_out_leases(net, c, dir) &&
	       choose(net, c, dir, l, out);
	free(c);
	return good;
}

static int open_leases(struct net *net)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

	(void)mkdirat(net->lock, STATE_LEASES, 0700); /* there already, or the next call says why */
	return openat(net->lock, STATE_LEASES, flags);
}

static void give(struct link_conf *l, const struct cidr *a)
{
	struct cidr *all = file_alloc((l->address.n + 1) * sizeof *all);

	if (l->address.n)
		memcpy(all, l->address.v, l->address.n * sizeof *all);
	all[l->address.n] = *a;
	l->address = (struct list){all, l->address.n + 1};
}

/* What an earlier run has taken out of that pool for that interface. */
static void recall(struct net *net, const struct link_conf *l, const struct cidr *pool,
		   struct cidr *out)
{
	size_t len;
	char *text = file_slurp(net->dir, file, RECORD_LIMIT, &len), *line;

	while (!out->prefix && text && (line = strsep(&text, "\n"))) {
		char *space = strchr(line, ' ');
		struct cidr a = {0};

		if (!space || types_parse_cidr(space + 1, false, &a) ||
		    strncmp(line, l->name, (size_t)(space - line)) != 0 || l->name[space - line] ||
		    !types_covers(pool, &a.ip))
			continue;
		LIST_EACH(const struct cidr, c, l->address) /* of a pool before this one */
		if (types_same_ip(&c->ip, &a.ip))
			a.prefix = 0;
		if (a.prefix)
			*out = a;
	}
}

static bool take(struct net *net, struct link_conf *l, const struct cidr *pool)
{
	struct cidr a = {0};

	recall(net, l, pool, &a);
	for (int i = 0; i < 2 && !a.prefix; i++) {
		int dir = open_leases(net);
		bool good = dir >= 0 ? look(net, dir, l, pool, &a) : failed(net, STATE_LEASES);

		if (dir >= 0)
			close(dir);
		if (!good)
			return false;
		/* those of containers that were removed by hand: nobody else looks for them here */
		if (!a.prefix)
			state_sweep_leases(net->lock);
	}
	if (!a.prefix)
		return nsnet_fail_link(net, l, "pool: %s has no free address",
				       types_print_cidr(pool));
	give(l, &a);
	return true;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

/* The configuration as it will be, with addresses that it did not name. */
static struct list own_links(struct net *net)
{
	struct nsnet_conf *conf = file_alloc(sizeof *conf);
	size_t size = net->conf->links.n * sizeof(struct link_conf);

	*conf = *net->conf;
	conf->links.v = file_alloc(size + 1);
	if (size)
		memcpy(conf->links.v, net->conf->links.v, size);
	net->conf = conf;
	return conf->links;
}

static bool take_all(struct net *net, const struct list *links)
{
	LIST_EACH(struct link_conf, l, *links)
	LIST_EACH(const struct cidr, pool, l->pool)
	if (link_types[l->type].flags & LINK_INSIDE && !take(net, l, pool))
		return false;
	return true;
}

bool lease_take(struct net *net)
{
	const struct link_conf *wants = NULL;
	struct list links;
	bool good;

	LIST_EACH(const struct link_conf, l, net->conf->links)
	if (l->pool.n && link_types[l->type].flags & LINK_INSIDE)
		wants = l;
	if (!wants)
		return true;
	if (!net->id)
		return nsnet_fail_link(net, wants, "pool: wants a container: a lease has an owner");
	links = own_links(net);
	good = bridge_lock(net) && take_all(net, &links);
	bridge_unlock(net);
	return good;
}

/* Calls each for every line of the record, or of this run where it took any. */
static bool each_line(struct net *net,
		      void (*each)(struct net *, const char *interface, const struct cidr *))
{
	size_t len;
	char *text = net->leased ? file_dup(net->leased)
				 : file_slurp(net->dir, file, RECORD_LIMIT, &len);
	char *line;

	if (!text)
		return errno == ENOENT || failed(net, file);
	while ((line = strsep(&text, "\n"))) {
		char *space = strchr(line, ' ');
		struct cidr a;

		if (!space || types_parse_cidr(space + 1, false, &a))
			continue;
		*space = '\0';
		each(net, line, &a);
	}
	return true;
}

static void know(struct net *net, const char *interface, const struct cidr *a)
{
	LIST_EACH(struct link_conf, l, net->conf->links)
	if (!strcmp(l->name, interface))
		give(l, a);
}

bool lease_known(struct net *net)
{
	if (!net->id)
		return true;
	(void)own_links(net);
	return each_line(net, know);
}

/* Only with our name and id in it: what was dropped may be another's by now. */
static void drop(struct net *net, const char *interface, const struct cidr *a)
{
	char *path = file_text("%s/%s", STATE_LEASES, types_print_ip(&a->ip)), *text;
	size_t len;

	(void)interface;
	text = file_slurp(net->lock, path, 256, &len);
	if (text && (!*text || !strcmp(text, owner(net))))
		(void)unlinkat(net->lock, path, 0); /* what stays is swept when its owner is gone */
}

bool lease_drop(struct net *net)
{
	bool good;

	if (!net->id || (net->leased ? !*net->leased : !lease_there(net->dir)))
		return true;
	good = bridge_lock(net) && each_line(net, drop);
	if (good)
		(void)unlinkat(net->lock, STATE_LEASES, AT_REMOVEDIR); /* others may be there */
	bridge_unlock(net);
	if (!good)
		return false;
	net->leased = "";
	if (net->leased_earlier && *net->leased_earlier)
		return save(net);
	return !unlinkat(net->dir, file, 0) || errno == ENOENT || failed(net, file);
}
