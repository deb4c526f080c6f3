/*
 * wireguard.c - a wireguard interface: made like any link, its keys and peers given to it inside.
 *
 * Its encrypted packets travel the host's network, where it was made; inside there is nothing else.
 * Keys come from files and are wiped when the kernel has them: a step shares its memory with the monitor,
 * which lives as long as the container.
 */
#include "nsnet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <linux/genetlink.h>
#include <linux/wireguard.h>

#include "file.h"
#include "msg.h"

#define UNUSED __attribute__((unused))

enum { KEY_TEXT = 44, KEY_FILE = 256 };

/* ---- keys: 32 bytes, 44 letters of base64 --------------------------------------------------------- */

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static bool take_key(const char *text, uint8_t key[WG_KEY_LEN])
{
	uint32_t bits = 0;

	if (strlen(text) != KEY_TEXT || text[KEY_TEXT - 1] != '=')
		return false;
	for (size_t i = 0, n = 0; i < KEY_TEXT - 1; i++) {
		const char *p = strchr(letters, text[i]);

		bits = bits << 6 | (p ? (uint32_t)(p - letters) : 0);
		if (!p)
			return false;
		if (i % 4) /* the first of four has no whole byte yet */
			key[n++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	return !(bits & 3); /* what the last letter holds beyond 32 bytes */
}

static void print_key(const uint8_t key[WG_KEY_LEN], char text[KEY_TEXT + 1])
{
	uint32_t bits = 0;
	size_t n = 0;

	for (size_t i = 0; i < KEY_TEXT - 1; i++) {
		if (i % 4 != 3)
			bits = bits << 8 | (n < WG_KEY_LEN ? key[n] : 0), n++;
		text[i] = letters[bits >> (i % 4 == 3 ? 0 : 2 + i % 4 * 2) & 63];
	}
	text[KEY_TEXT - 1] = '=';
	text[KEY_TEXT] = '\0';
}

/* The key in a file: its one line. */
static bool read_key(struct net *net, const struct link_conf *l, const char *name, const char *path,
		     uint8_t key[WG_KEY_LEN])
{
	const char *about = link_text(l, "%s: %s", name, path);
	char text[KEY_FILE];
	bool good = file_read(AT_FDCWD, path, text, sizeof text) >= 0;
	struct stat st;

	if (good) {
		text[strcspn(text, "\n")] = '\0';
		good = take_key(text, key);
	} else {
		nsnet_fail_errno(net, about);
	}
	explicit_bzero(text, sizeof text);
	if (!good)
		explicit_bzero(key, WG_KEY_LEN); /* what was read of it */
	else if (!stat(path, &st) && st.st_mode & S_IROTH)
		msg_warn("%s: everybody may read it", about);
	return good || nsnet_fail(net, "%s: holds no key of 44 letters of base64", about);
}

/* ---- peer: KEY [endpoint IP:PORT] [allowed CIDR[,CIDR]…] [keepalive SECONDS] [psk FILE] ------------- */

static const char *take_endpoint(struct wireguard_peer *p, const char *text)
{
	const char *colon = strrchr(text, ':');
	bool brackets = *text == '[' && colon && colon > text && colon[-1] == ']';
	uint64_t port;
	char *ip;

	if (!colon || !key_number(colon + 1, 65535, &port) || !port)
		return key_phrase("endpoint '%s' is not IP:PORT or [IPV6]:PORT", text);
	ip = file_text("%.*s", (int)(colon - text) - 2 * brackets, text + brackets);
	p->port = (uint16_t)port;
	if (strchr(ip, ':') && !brackets)
		return key_phrase("endpoint '%s': an IPv6 address stands in brackets", text);
	return types_parse_ip(ip, &p->endpoint);
}

static const char *take_allowed(struct wireguard_peer *p, const char *text)
{
	const char *phrase = NULL;

	do {
		const size_t n = strcspn(text, ",");

		struct cidr c = {0};

		phrase = types_parse_network(file_text("%.*s", (int)n, text), true, &c);
		types_append(&p->allowed, &c, sizeof c);
		text += n + (text[n] == ',');
	} while (!phrase && *text);
	return phrase;
}

static const char *take_word(struct wireguard_peer *p, const char *word, const char *value,
			     const struct key *k, const struct origin *o)
{
	uint64_t n;

	if (!strcmp(word, "endpoint"))
		return take_endpoint(p, value);
	if (!strcmp(word, "allowed"))
		return take_allowed(p, value);
	if (!strcmp(word, "psk"))
		return type_path.parse(k, value, o, &p->psk);
	if (strcmp(word, "keepalive"))
		return key_phrase("unknown word '%s': endpoint, allowed, keepalive or psk", word);
	if (!key_number(value, 65535, &n) || !n)
		return key_phrase("keepalive '%s' is not a number in 1..65535", value);
	p->keepalive = (uint16_t)n;
	return NULL;
}

static const char *parse_peer(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	const char *phrase = NULL;
	char **w = key_words(text, &phrase);
	struct wireguard_peer p = {.set = true};

	if (!w)
		return phrase;
	if (!*w || !take_key(*w, p.key))
		return key_phrase("'%s' is no public key: 44 letters of base64", *w ? *w : "");
	while (*++w && !phrase) {
		if (!w[1])
			return key_phrase("'%s' lacks its value", *w);
		phrase = take_word(&p, w[0], w[1], k, o);
		w++;
	}
	if (!phrase)
		*(struct wireguard_peer *)out = p;
	return phrase;
}

static char *print_peer(const struct key *k UNUSED, const void *v)
{
	const struct wireguard_peer *p = v;
	bool v6 = p->endpoint.family == AF_INET6;
	char key[KEY_TEXT + 1], *text, *psk[] = {p->psk, NULL};
	const char *before = " allowed ";

	if (!p->set)
		return NULL;
	print_key(p->key, key);
	text = file_dup(key);
	if (p->endpoint.family)
		text = file_text("%s endpoint %s%s%s:%u", text, v6 ? "[" : "",
				 types_print_ip(&p->endpoint), v6 ? "]" : "", p->port);
	LIST_EACH(const struct cidr, c, p->allowed)
	{
		text = file_text("%s%s%s", text, before, types_print_cidr(c));
		before = ",";
	}
	if (p->keepalive)
		text = file_text("%s keepalive %u", text, p->keepalive);
	return p->psk ? file_text("%s psk %s", text, key_quote(psk)) : text;
}

const struct type type_wireguard_peer = {
	.name = "PEER",
	.size = sizeof(struct wireguard_peer),
	.parse = parse_peer,
	.print = print_peer,
	.words = true,
};

/* ---- what the kernel is told ---------------------------------------------------------------------- */

static void take_family(const struct nlmsghdr *h, void *arg)
{
	const struct nlattr *a[NETLINK_ATTRS];

	if (netlink_table(h, GENL_HDRLEN, a))
		(void)netlink_bytes(a[CTRL_ATTR_FAMILY_ID], arg, sizeof(uint16_t));
}

/* The number of a family of messages; 0: failed. */
static uint16_t family(struct netlink *nl)
{
	const struct genlmsghdr fixed = {.cmd = CTRL_CMD_GETFAMILY, .version = 1};
	uint16_t id = 0;

	netlink_message(nl, GENL_ID_CTRL, 0, &fixed, sizeof fixed, "wireguard");
	netlink_attr_text(nl, CTRL_ATTR_FAMILY_NAME, WG_GENL_NAME);
	if (netlink_read(nl, GENL_ID_CTRL, take_family, &id))
		return 0;
	return id;
}

static void begin(struct netlink *nl, uint16_t id, const struct link_conf *l, const char *about)
{
	const struct genlmsghdr fixed = {.cmd = WG_CMD_SET_DEVICE, .version = WG_GENL_VERSION};

	netlink_message(nl, id, 0, &fixed, sizeof fixed, about);
	netlink_attr_text(nl, WGDEVICE_A_IFNAME, l->name);
}

static void put_endpoint(struct netlink *nl, const struct wireguard_peer *p)
{
	union endpoint e;
	socklen_t size = types_endpoint(&e, p->endpoint.family, &p->endpoint, p->port);

	if (p->endpoint.family)
		netlink_attr(nl, WGPEER_A_ENDPOINT, &e, size);
}

static void put_allowed(struct netlink *nl, const struct cidr *c)
{
	uint16_t of = c->ip.family;

	netlink_nest(nl, NLA_F_NESTED, NULL, 0);
	netlink_attr(nl, WGALLOWEDIP_A_FAMILY, &of, sizeof of);
	types_put_ip(nl, WGALLOWEDIP_A_IPADDR, &c->ip);
	netlink_attr(nl, WGALLOWEDIP_A_CIDR_MASK, &c->prefix, sizeof c->prefix);
	netlink_end(nl);
}

/* One message a peer: any number of them fits. */
static void begin_peer(struct netlink *nl, uint16_t id, const struct link_conf *l,
		       const uint8_t key[WG_KEY_LEN], uint32_t flags)
{
	char text[KEY_TEXT + 1];

	print_key(key, text);
	begin(nl, id, l, link_text(l, "peer: %s", text));
	netlink_nest(nl, WGDEVICE_A_PEERS | NLA_F_NESTED, NULL, 0);
	netlink_nest(nl, NLA_F_NESTED, NULL, 0);
	netlink_attr(nl, WGPEER_A_PUBLIC_KEY, key, WG_KEY_LEN);
	netlink_attr_u32(nl, WGPEER_A_FLAGS, flags);
}

static void end_peer(struct netlink *nl)
{
	netlink_end(nl);
	netlink_end(nl);
}

/* All of it, that what it may have had before is gone; no psk is one of zeros. */
static bool put_peer(struct net *net, struct netlink *nl, uint16_t id, const struct link_conf *l,
		     const struct wireguard_peer *p)
{
	uint8_t psk[WG_KEY_LEN] = {0};

	if (p->psk && !read_key(net, l, "peer: psk", p->psk, psk))
		return false;
	begin_peer(nl, id, l, p->key, WGPEER_F_REPLACE_ALLOWEDIPS);
	netlink_attr(nl, WGPEER_A_PRESHARED_KEY, psk, sizeof psk);
	put_endpoint(nl, p);
	netlink_attr(nl, WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL, &p->keepalive,
		     sizeof p->keepalive);
	netlink_nest(nl, WGPEER_A_ALLOWEDIPS | NLA_F_NESTED, NULL, 0);
	LIST_EACH(const struct cidr, c, p->allowed)
	put_allowed(nl, c);
	netlink_end(nl);
	end_peer(nl);
	explicit_bzero(psk, sizeof psk);
	return true;
}

/* ---- what the kernel has -------------------------------------------------------------------------- */

struct seen_peer {
	struct wireguard_peer peer;
	uint8_t psk[WG_KEY_LEN]; /* zeros: none */
};

static void see_endpoint(const struct nlattr *a, struct wireguard_peer *p)
{
	union endpoint e;
	const bool v4 = netlink_bytes(a, &e, sizeof e.v4);

	if ((!v4 && !netlink_bytes(a, &e, sizeof e.v6)) ||
	    e.any.sa_family != (v4 ? AF_INET : AF_INET6))
		return;
	p->endpoint.family = e.any.sa_family;
	memcpy(p->endpoint.b, v4 ? (void *)&e.v4.sin_addr : &e.v6.sin6_addr,
	       types_size(&p->endpoint));
	p->port = ntohs(e.v4.sin_port); /* at the same place in both */
}

static void see_allowed(const struct nlattr *nest, struct list *out)
{
	const struct nlattr *e = NULL, *a[NETLINK_ATTRS];

	while (nest && (e = netlink_in(nest, e))) {
		uint16_t family;
		uint8_t prefix;
		struct cidr c;

		if (netlink_inner(e, a) &&
		    netlink_bytes(a[WGALLOWEDIP_A_FAMILY], &family, sizeof family) &&
		    netlink_bytes(a[WGALLOWEDIP_A_CIDR_MASK], &prefix, sizeof prefix) &&
		    types_begin(&c, family, prefix) &&
		    types_take_ip(a[WGALLOWEDIP_A_IPADDR], &c.ip))
			types_append(out, &c, sizeof c);
	}
}

/* What does not fit into one message goes on in the next one, under the same key. */
static void see_peer(const struct nlattr *nest, struct list *peers)
{
	const struct nlattr *a[NETLINK_ATTRS];
	struct seen_peer p = {.peer.set = true}, *all = peers->v;

	if (!netlink_inner(nest, a) ||
	    !netlink_bytes(a[WGPEER_A_PUBLIC_KEY], p.peer.key, sizeof p.peer.key))
		return;
	if (!peers->n || memcmp(all[peers->n - 1].peer.key, p.peer.key, sizeof p.peer.key) != 0) {
		netlink_bytes(a[WGPEER_A_PRESHARED_KEY], p.psk, sizeof p.psk);
		netlink_bytes(a[WGPEER_A_PERSISTENT_KEEPALIVE_INTERVAL], &p.peer.keepalive,
			      sizeof p.peer.keepalive);
		see_endpoint(a[WGPEER_A_ENDPOINT], &p.peer);
		types_append(peers, &p, sizeof p);
		explicit_bzero(p.psk, sizeof p.psk);
	}
	all = peers->v;
	see_allowed(a[WGPEER_A_ALLOWEDIPS], &all[peers->n - 1].peer.allowed);
}

void wireguard_see(const struct nlmsghdr *h, void *seen)
{
	const struct nlattr *a[NETLINK_ATTRS], *e = NULL;
	struct wireguard_seen *s = seen;

	if (!netlink_table(h, GENL_HDRLEN, a))
		return;
	netlink_bytes(a[WGDEVICE_A_PRIVATE_KEY], s->key, sizeof s->key);
	netlink_bytes(a[WGDEVICE_A_LISTEN_PORT], &s->port, sizeof s->port);
	netlink_u32(a[WGDEVICE_A_FWMARK], &s->fwmark);
	while (a[WGDEVICE_A_PEERS] && (e = netlink_in(a[WGDEVICE_A_PEERS], e)))
		see_peer(e, &s->peers);
}

static bool see(struct netlink *nl, uint16_t id, const struct link_conf *l,
		struct wireguard_seen *s)
{
	const struct genlmsghdr fixed = {.cmd = WG_CMD_GET_DEVICE, .version = WG_GENL_VERSION};

	netlink_message(nl, id, NLM_F_DUMP, &fixed, sizeof fixed, link_text(l, "type: wireguard"));
	netlink_attr_text(nl, WGDEVICE_A_IFNAME, l->name);
	return !netlink_read(nl, id, wireguard_see, s);
}

static void wipe(struct wireguard_seen *s)
{
	explicit_bzero(s->key, sizeof s->key);
	LIST_EACH(struct seen_peer, p, s->peers)
	explicit_bzero(p->psk, sizeof p->psk);
}

static struct seen_peer *find(const struct wireguard_seen *s, const uint8_t key[WG_KEY_LEN])
{
	LIST_EACH(struct seen_peer, p, s->peers)
	if (!memcmp(p->peer.key, key, WG_KEY_LEN))
		return p;
	return NULL;
}

static bool asked(const struct link_conf *l, const struct seen_peer *p)
{
	LIST_EACH(const struct wireguard_peer, w, l->peer)
	if (!memcmp(w->key, p->peer.key, WG_KEY_LEN))
		return true;
	return false;
}

static bool all_in(const struct list *these, const struct list *those)
{
	LIST_EACH(const struct cidr, a, *these)
	{
		bool in = false;

		LIST_EACH(const struct cidr, b, *those)
		in |= a->prefix == b->prefix && types_same_ip(&a->ip, &b->ip);
		if (!in)
			return false;
	}
	return true;
}

/*
 * What is there as the file would have it: networks in its order, the file of a psk that is the same, and
 * no endpoint where the kernel has learned one by itself.  NULL: it is missing.
 */
static const char *print_seen(struct net *net, const struct link_conf *l,
			      const struct wireguard_peer *want, const struct seen_peer *seen)
{
	uint8_t psk[WG_KEY_LEN] = {0}, none[WG_KEY_LEN] = {0};
	struct wireguard_peer is;

	if (!seen)
		return NULL;
	is = seen->peer;
	if (want->psk && !read_key(net, l, "peer: psk", want->psk, psk))
		return NULL;
	if (memcmp(seen->psk, none, sizeof none) != 0)
		is.psk = memcmp(seen->psk, psk, sizeof psk) != 0 ? (char *)"another" : want->psk;
	if (!want->endpoint.family)
		is.endpoint.family = AF_UNSPEC;
	if (all_in(&is.allowed, &want->allowed) && all_in(&want->allowed, &is.allowed))
		is.allowed = want->allowed;
	explicit_bzero(psk, sizeof psk);
	return print_peer(NULL, &is);
}

static bool is_same(struct net *net, const struct link_conf *l, const struct wireguard_peer *want,
		    const struct wireguard_seen *s)
{
	const char *is = print_seen(net, l, want, find(s, want->key));

	return is && !strcmp(is, print_peer(NULL, want));
}

static void compare(struct check *c, const uint8_t key[WG_KEY_LEN], const struct wireguard_seen *s)
{
	const struct link_conf *l = c->conf;

	c->key = "private-key";
	if (memcmp(key, s->key, WG_KEY_LEN) != 0)
		check_differs(c, file_text("the one in %s", l->private_key), "another");
	c->key = "listen-port";
	check_number(c, l->listen_port, s->port);
	c->key = "fwmark";
	check_number(c, l->fwmark > 0 ? l->fwmark : 0, s->fwmark);
	c->key = "peer";
	LIST_EACH(const struct wireguard_peer, p, l->peer)
	if (!is_same(c->net, l, p, s))
		check_differs(c, print_peer(NULL, p), print_seen(c->net, l, p, find(s, p->key)));
	LIST_EACH(const struct seen_peer, p, s->peers)
	if (!asked(l, p))
		check_differs(c, NULL, print_peer(NULL, &p->peer));
}

/* ---- all of it ------------------------------------------------------------------------------------ */

/* seen NULL: a link that is new */
static bool configure(struct net *net, struct netlink *nl, uint16_t id, const struct link_conf *l,
		      const uint8_t key[WG_KEY_LEN], const struct wireguard_seen *seen)
{
	uint16_t port = (uint16_t)l->listen_port;

	begin(nl, id, l, link_text(l, "private-key, listen-port"));
	netlink_attr(nl, WGDEVICE_A_PRIVATE_KEY, key, WG_KEY_LEN);
	if (l->listen_port > 0)
		netlink_attr(nl, WGDEVICE_A_LISTEN_PORT, &port, sizeof port);
	netlink_attr_u32(nl, WGDEVICE_A_FWMARK, l->fwmark > 0 ? (uint32_t)l->fwmark : 0);
	LIST_EACH(const struct wireguard_peer, p, l->peer)
	if (!(seen && is_same(net, l, p, seen)) && !put_peer(net, nl, id, l, p))
		return false;
	if (seen) {
		LIST_EACH(const struct seen_peer, p, seen->peers)
		if (!asked(l, p)) {
			begin_peer(nl, id, l, p->peer.key, WGPEER_F_REMOVE_ME);
			end_peer(nl);
		}
	}
	return nsnet_send(net, nl);
}

/* Opens the way to the kernel's keys, which no memory of ours holds when it is done. */
static bool with_keys(struct net *net, const struct link_conf *l, bool there, struct check *c)
{
	struct netlink *nl = file_alloc(sizeof *nl);
	struct wireguard_seen seen = {0};
	uint8_t key[WG_KEY_LEN];
	uint16_t id = 0;
	bool good = read_key(net, l, "private-key", l->private_key, key) &&
		    (there || virtual_make(net, l));

	if (good && netlink_open(nl, NETLINK_GENERIC)) {
		good = nsnet_fail_errno(net, link_text(l, "type: wireguard"));
	} else if (good) {
		nl->secret = true;
		id = family(nl);
		good = (id && (!there || see(nl, id, l, &seen))) || nsnet_fail_netlink(net, nl);
		if (good && c)
			compare(c, key, &seen);
		else if (good)
			good = configure(net, nl, id, l, key, there ? &seen : NULL);
		netlink_close(nl);
	}
	wipe(&seen);
	explicit_bzero(key, sizeof key);
	explicit_bzero(nl, sizeof *nl);
	free(nl);
	return good;
}

bool wireguard_make(struct net *net, const struct link_conf *l)
{
	return with_keys(net, l, false, NULL);
}

bool wireguard_change(struct net *net, const struct link_conf *l)
{
	return with_keys(net, l, true, NULL);
}

void wireguard_check(struct check *c)
{
	if (!with_keys(c->net, c->conf, true, c) || c->net->error)
		msg_die("%s", c->net->error);
}
