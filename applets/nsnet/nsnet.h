/*
 * nsnet.h - what the files of nsnet share: the configuration, its types, and one run.
 */
#ifndef NSNET_H
#define NSNET_H

#include <stdbool.h>
#include <stddef.h>
#include <netinet/in.h>
#include <stdint.h>
#include <sys/socket.h>

#include "applet.h"
#include "json.h"
#include "key.h"
#include "netlink.h"
#include "start.h"

struct check;
struct view;

/* ---- types (types.c); unset is family AF_UNSPEC, kind MAC_UNSET, a NULL name ---------------------- */

struct ip {
	sa_family_t family; /* AF_INET, AF_INET6 */
	uint8_t b[16];
};

struct cidr {
	struct ip ip;
	uint8_t prefix;
};

enum {
	SCOPE_GLOBAL = 256
}; /* RT_SCOPE_UNIVERSE in the byte that the kernel sees, where 0 is unset */

struct route {
	struct cidr dst;	     /* no host bits */
	struct ip via, src;	     /* AF_UNSPEC: none */
	uint32_t metric, mtu, table; /* 0: the kernel's */
	uint16_t scope;		     /* 0: by the kind of its destination */
	uint8_t kind;		     /* 0: unicast; RTN_BLACKHOLE, … */
	signed char onlink;
};

struct mark {
	uint32_t value, mask;
	bool set;
};

struct rule {
	sa_family_t family;
	uint8_t kind; /* 0: look the table up; RTN_BLACKHOLE, … */
	signed char invert;
	struct cidr from, to; /* AF_UNSPEC: any */
	char *iif, *oif;
	struct mark mark;
	uint32_t priority, table; /* priority 0: the kernel's */
};

struct neigh {
	struct ip ip;
	uint8_t mac[6];
};

struct vlans { /* both of them included; first 0: unset */
	uint16_t first, last;
};

struct mac {
	enum mac_kind { MAC_UNSET, MAC_AUTO, MAC_STABLE, MAC_GIVEN } kind;
	uint8_t b[6];
};

struct host_entry {
	char *name;
	struct ip ip;
};

/* A port of the host, or a run of them, and where it leads to (nattypes.c) */
struct publish {
	struct ip host;		   /* AF_UNSPEC: every address of the host, of both families */
	uint16_t from, to, inside; /* inside: what `from` becomes; from 0: unset */
	uint8_t proto;		   /* IPPROTO_TCP, IPPROTO_UDP */
};

struct flow { /* what a packet goes to (nattypes.c) */
	struct cidr to;
	uint16_t from, last; /* ports; 0, 0: all, and what has none */
	uint8_t proto;	     /* 0: all; with ports TCP and UDP */
};

extern const struct type type_ip, type_cidr, type_route, type_mac, type_host_entry;
extern const struct type type_publish, type_flow;
extern const struct type type_network; /* [struct cidr] without host bits */
extern const struct type type_rule;    /* rule.c */
extern const struct type type_neigh;   /* neigh.c */
extern const struct type type_vlans;   /* port.c */
extern const struct type type_rate;    /* [uint64_t] bits in a second; SIZE_UNSET (qdisc.c) */
extern const struct type type_ifname;  /* [char *] 1..15 bytes, no / : % or blank */
extern const struct type type_word;    /* [char *] no blank: a word of resolv.conf */

int types_hex(char); /* the value of a hexadecimal digit, -1: it is none (ip.c) */
const char *types_parse_ip(const char *text, struct ip *); /* ip.c, as types_print_ip */
/* IP/PREFIX; with bare also IP alone; types_parse_network refuses host bits. */
const char *types_parse_cidr(const char *text, bool bare, struct cidr *);
const char *types_parse_network(const char *text, bool bare, struct cidr *);
bool types_parse_mac(const char *text, uint8_t mac[6]);
const char *types_bad_ifname(const char *name); /* NULL, or the phrase */
char *types_print_ip(const struct ip *);
char *types_print_cidr(const struct cidr *);
char *types_print_route(const struct route *);
char *types_print_mac(const uint8_t mac[6]);
unsigned types_bits(const struct ip *); /* 32, 128 */
size_t types_size(const struct ip *);	/* 4, 16 */
bool types_same_ip(const struct ip *, const struct ip *);
/* Family and prefix as a message has them, the address 0: false where they are of no IP address. */
bool types_begin(struct cidr *, unsigned family, uint8_t prefix);
bool types_covers(const struct cidr *net, const struct ip *); /* of one family, and in net */
/* Whether any of a list of struct cidr does; whether any is of that family. */
bool types_any_covers(const struct list *, const struct ip *);
bool types_any_family(const struct list *, sa_family_t);
/* As an attribute, where there is one; of more than all addresses; and of the family that ip has already. */
void types_put_ip(struct netlink *, uint16_t type, const struct ip *);
void types_put_network(struct netlink *, uint16_t type, const struct cidr *);
bool types_take_ip(const struct nlattr *, struct ip *);
/* An address and port as the kernel has them, and their size; ip of that family or of none: any address. */
union endpoint {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};
socklen_t types_endpoint(union endpoint *, sa_family_t, const struct ip *, uint16_t port);
/* One element more at the end of a list. */
void types_append(struct list *, const void *element, size_t size);
/* Leaves the first prefix bits of an address, the rest is 0. */
void types_mask(struct ip *, unsigned prefix);

/* The words blackhole, unreachable, prohibit: their number for routes and rules, 0: none of them. */
uint8_t types_find_kind(const char *text);
const char *types_kind(uint8_t kind);

/*
 * part.c: a part of a route or a rule: its word in the text, its attribute in the kernel's message, its place
 * in the struct, whose first member is the family of all of it.  A table ends with an empty word.
 */
enum part_kind {
	PART_IP,      /* struct ip */
	PART_NETWORK, /* struct cidr, no host bits; its prefix is in the fixed part of the message */
	PART_NAME,    /* char *, of an interface */
	PART_MARK,    /* struct mark; mask: the attribute of that */
	PART_NUMBER,  /* uint32_t, 0: none */
	PART_SHORT,   /* the same, up to 65535 */
};
struct part {
	char word[9];
	uint8_t kind, attr, mask; /* attr 0: not by part_put and part_read */
	uint16_t offset;
};
extern const struct part route_parts[];
/* Takes `WORD VALUE`, or says why not; false: the table has no such word. */
bool part_take(const struct part *, const char *word, const char *value, void *whole,
	       const char **phrase);
/* The text with all words that have a value behind it. */
char *part_print(const struct part *, const void *whole, char *text);
void part_put(struct netlink *, const struct part *, const void *whole);
void part_read(const struct nlattr *const *a, const struct part *, void *whole);

/* ---- configuration ------------------------------------------------------------------------------ */

struct net_conf { /* [net] */
	signed char loopback;
	struct list dns;	 /* struct ip */
	struct list dns_search;	 /* char * */
	struct list dns_option;	 /* char * */
	signed char hosts;	 /* -1: where there is something to write */
	struct list add_host;	 /* struct host_entry */
	struct list sysctl;	 /* struct keyval */
	int nat;		 /* NAT_* */
	struct list publish;	 /* struct publish */
	int egress;		 /* EGRESS_* */
	struct list allow, deny; /* struct flow */
	int user_mode;		 /* USER_MODE_* */
};

enum { NAT_NONE, NAT_MASQUERADE };
enum { EGRESS_ALLOW, EGRESS_DENY };
enum { USER_MODE_NONE, USER_MODE_PASTA, USER_MODE_SLIRP };

/* A peer of a wireguard interface: `PUBKEY [endpoint IP:PORT] [allowed CIDR,…] [keepalive S] [psk FILE]` */
struct wireguard_peer {
	bool set;
	uint8_t key[32];
	struct ip endpoint; /* AF_UNSPEC: none */
	uint16_t port, keepalive;
	struct list allowed; /* struct cidr, no host bits */
	char *psk;	     /* the file that holds it, NULL: none */
};
extern const struct type type_wireguard_peer;

enum link_type_index {
	LINK_VETH,
	LINK_MACVLAN,
	LINK_MACVTAP,
	LINK_IPVLAN,
	LINK_VLAN,
	LINK_VXLAN,
	LINK_DUMMY,
	LINK_PHYS,
	LINK_TAP,
	LINK_WIREGUARD,
	LINK_LOOPBACK,
	LINK_NONE
};

struct link_conf {	  /* [net.NAME] */
	const char *name; /* inside */
	int type;	  /* LINK_*, index of link_types */
	char *host_name;
	char *bridge;
	signed char create_bridge;
	struct list bridge_address; /* struct cidr */
	char *link;		    /* of the host, that it stands on */
	char *mode;		    /* a word of its type's */
	int64_t id;		    /* INT64_MIN: none, as all of these */
	struct ip remote, local;
	int64_t port;
	char *device;
	uint32_t owner, group;
	signed char multi_queue;
	char *private_key; /* the file that holds it */
	int64_t listen_port, fwmark;
	struct list peer; /* struct wireguard_peer */
	struct mac mac;
	int64_t mtu; /* INT64_MIN: the kernel's */
	int64_t txqueuelen;
	struct list address; /* struct cidr */
	struct list gateway; /* struct ip */
	struct list route;   /* struct route */
	signed char dad, up;
	signed char promisc, hairpin, isolated;
	int accept_ra;			   /* what the kernel wants written; -1: its own */
	int64_t vlan_id;		   /* INT64_MIN: none */
	struct list trunk;		   /* struct vlans */
	struct list host_address;	   /* struct cidr */
	struct list pool;		   /* struct cidr, networks */
	struct list neigh;		   /* struct neigh */
	struct list rule;		   /* struct rule */
	struct list sysctl;		   /* struct keyval */
	uint64_t rate_in, rate_out, burst; /* bit/s, bit/s, bytes; SIZE_UNSET */
};

struct target_conf { /* options only */
	int64_t pid, pidfd;
	char *netns;
	char *state_dir;
	char *dir;
	signed char json;
};

struct nsnet_conf {
	struct net_conf net;
	struct list links; /* struct link_conf, in the order of the file */
	struct target_conf target;
	const struct ini *ini;
};

/*
 * Which types take a key of [net.NAME], and which want it: masks of 1 << LINK_*.  A key that is not here is
 * for every type. (nsnet.c, beside the keys)
 */
struct link_key {
	uint16_t offset; /* the key's, in struct link_conf */
	uint16_t takes, wants;
};
extern const struct link_key link_only[]; /* ended by one that takes none */
extern const struct key link_keys[];
extern const struct applet nsnet_applet;

/* What can be told without touching anything: dies with 125. (validate.c) */
void validate(const void *conf, char **operands);
/*
 * Dies with the place of what is wrong: the nth line, from 0, of a key of the interface (NULL: of [net]).
 * fmt: `KEY: …`; `: …` of the whole section.
 */
_Noreturn void validate_refuse(const struct nsnet_conf *, const struct link_conf *, size_t nth,
			       const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* ---- one run ------------------------------------------------------------------------------------ */

struct net {
	const struct nsnet_conf *conf;
	const char *name; /* the container's, NULL: none */
	const char *id;	  /* the owner's mark, NULL: no state */
	int dir;	  /* the state directory, or --dir; -1: none */
	int lock;    /* a directory whose flock keeps two starts apart on one bridge; -1: none */
	int nsfd;    /* the target, -1 when it is gone */
	int hostfd;  /* the host's namespace, where nft must go back to; -1: we are there */
	int user;    /* user mode's keeper: told at the end that all is well; -1: none */
	bool self;   /* the target is the namespace that we were called in */
	bool leave;  /* a start without a network of its own: only the DNS files are made */
	bool undo;   /* the container is dead: the kernel takes its links away by itself */
	bool joined; /* the namespace is another's and outlives the container */
	const char *root;   /* of the states, which bridge_lock opens as lock */
	const char *record; /* text of net.links, of this run; "" at first */
	char *earlier;	    /* of earlier runs; NULL: not read yet */
	const char *leased; /* the same of net.leases; NULL: no lease was asked for */
	const char *leased_earlier;
	const char *error, *hint; /* of the step that failed */
	bool *made; /* which links of the configuration were tried: what goes wrong then undoes them */
	const struct link_conf *doing; /* the link that is being made outside, for hints */
	struct list moved;	       /* phys without a record: struct phys_saved */
	struct netlink host, inside;
};

/*
 * Keeps what went wrong, formatted, for main to undo first and die then; false, so that a step can
 * `return nsnet_fail(...)`.  nsnet_fail_netlink adds the kernel's words and what a usual errno means.
 */
bool nsnet_fail(struct net *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool nsnet_fail_netlink(struct net *, struct netlink *);
/* The same about an interface, fmt being `KEY: …` or `: …`; with what errno says; about a file of the record. */
bool nsnet_fail_link(struct net *, const struct link_conf *, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
bool nsnet_fail_errno(struct net *, const char *what);
bool nsnet_fail_file(struct net *, const char *file);
/* What a message is about, as nsnet_fail_link begins. */
char *link_text(const struct link_conf *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* netlink_send; whether a link_get failed because there is no such link.  What else fails is kept. */
bool nsnet_send(struct net *, struct netlink *);
bool nsnet_gone(struct net *, struct netlink *);
/* What an errno usually means here; NULL: nothing in particular. */
const char *nsnet_hint(const struct net *, int error);

/*
 * target.c: finds the namespace, opens both sockets (joins it; by way of its user namespace where
 * the caller has no privilege over it), drops every capability but NET_ADMIN.  Dies with 125.
 */
void target_open(struct net *, char **operands, const struct start *);

/* record.c: net.links of the state directory, `KIND NAME` a line, written before a thing is made. */
bool record_add(struct net *, const char *kind, const char *name);
bool record_load(struct net *);
bool record_has(const struct net *, const char *kind, const char *name);
/* whether there is such a record at all */
bool record_there(int dir);
/* Asks the monitor to hold the namespace until the inverses have run (START_HOLD); whether that was asked. */
bool record_hold(struct net *);
bool record_held(const struct net *);
/* whether there is a line of that kind */
bool record_any(const struct net *, const char *kind);
/* Calls each for every line of that kind, last line first; false when one call was. */
bool record_each(struct net *, const char *kind, bool (*each)(struct net *, const char *name));
/* What was added since `before` is of a thing that was there already: a failure does not undo it. */
void record_settle(struct net *, const char *before);
/* Takes this run's lines away: they were undone. */
bool record_forget(struct net *);

/* ---- links (link.c, veth.c, bridge.c, virtual.c, phys.c, tap.c, wireguard.c) ----------------------------------------------------------- */

#define LINK_ALIAS "nskit" /* the owner's mark in IFLA_IFALIAS: alone, or with `:ID` */

struct link {
	unsigned index, flags, mtu, master, peer, txqueuelen; /* peer: IFLA_LINK */
	char name[16], kind[16], alias[64];
	uint8_t mac[6];
	bool has_mac;
	uint8_t vlan_filtering; /* of a bridge */
	uint16_t default_vlan;	/* of its ports */
	/* The whole of it, for what has no member here; in a view, and while an `each` is called. */
	const struct nlmsghdr *message;
};

/* One attribute of IFLA_INFO_DATA as the configuration gives it: up writes it, check compares it. */
struct link_fact {
	const char *key;
	uint16_t attr, size;
	uint8_t value[16];
};
enum { LINK_FACTS = 8 };

enum {			/* flags of a type */
       LINK_INSIDE = 1, /* has an interface inside, to be set up and given addresses and routes */
       LINK_INNER = 2,	/* made by us, and has no end outside: dies with the namespace */
       LINK_TUNE = 4,	/* MAC, MTU and queue length are set when it is there */
       LINK_ALONE = 8,	/* needs nothing of the host's: made by the socket inside */
};

struct link_type {
	const char *word;
	const char *kind;  /* as the kernel calls it; NULL: whatever it is */
	const char *needs; /* kernel option and module, for a hint */
	const char *modes; /* words of `mode`, "a|b"; NULL: none */
	/* Makes the link, from outside.  NULL: nothing to make. */
	bool (*make)(struct net *, const struct link_conf *);
	/* What its kind wants to know at birth, LINK_FACTS at most, and gives the end of it; NULL: nothing. */
	struct link_fact *(*facts)(const struct link_conf *, struct link_fact *);
	/* Compares what only this type has, beyond its facts.  NULL: nothing. */
	void (*check)(struct check *);
	unsigned flags;
};
extern const struct link_type link_types[]; /* by LINK_* */
#define LINK_WORDS \
	"veth|macvlan|macvtap|ipvlan|vlan|vxlan|dummy|phys|tap|wireguard|loopback|none" /* the same */

/* The place of the mode's word among its type's; -1: it is none of them, or none was given. */
int link_mode(const struct link_conf *);

unsigned link_index(const struct netlink *, const char *name); /* 0: none */
/* NULL and errno: ENODEV where there is none, which is no error of the socket then. */
const struct link *link_get(struct netlink *, const char *name, unsigned index);
bool link_read(const struct nlmsghdr *, struct link *);
/* Of a link of a view: its attributes; those of one part of its kind (IFLA_INFO_DATA, _SLAVE_DATA). */
bool link_attrs(const struct link *, const struct nlattr *table[NETLINK_ATTRS]);
bool link_info(const struct link *, uint16_t part, const struct nlattr *table[NETLINK_ATTRS]);
/* The kernel's own message on a link. */
bool link_message(struct netlink *, unsigned index, void (*each)(const struct nlmsghdr *, void *),
		  void *arg);
/* The same in the namespace of that number, which the socket's own has given; it being gone is ENODEV. */
const struct link *link_get_in(struct netlink *, int nsid, const char *name);
bool link_delete_in(struct net *, struct netlink *, int nsid, const struct link *);
/*
 * Every link; with master, of that bridge.  Links that change meanwhile are read again: each may see one
 * twice, and one that is gone.
 */
bool link_each(struct netlink *, unsigned master, void (*each)(const struct link *, void *),
	       void *arg);
/* Begins a message about one: type and flags as netlink_message has them; index 0: by the name in it. */
void link_begin(struct netlink *, uint16_t type, uint16_t flags, unsigned index, const char *about);
/* That changes one; by its name; that changes flags (IFF_*). */
void link_change(struct netlink *, unsigned index, const char *about);
void link_change_named(struct netlink *, const char *name, const char *about);
void link_set_flags(struct netlink *, unsigned index, unsigned flags, unsigned change,
		    const char *about);
/* Deletes it: success when it is gone already. */
bool link_delete(struct net *, struct netlink *, const struct link *);
/* The mark of this run's links. */
const char *link_alias(const struct net *);
/* Marks a link of the batch that is being built as ours. */
void link_mark(struct netlink *, const char *name, const char *alias);
/*
 * Has the kernel choose no IPv6 address for a link: it would look for duplicates for seconds, and answer
 * nothing meanwhile.  Before it has a carrier.
 */
void link_quiet(struct netlink *, const char *name);
/* Both in one message, of a link with that MTU; negative: the kernel's. */
void link_mark_quiet(struct netlink *, const char *name, const char *alias, int64_t mtu);
bool link_is_ours(const struct net *, const struct link *);
/* Its MTU, queue length and MAC address, where they are not what the file says. */
bool link_tune(struct net *, const struct link_conf *, const struct link *in);
/* Sets up every link inside (and lo) into the inside batch: up, addresses, routes. */
bool link_inside(struct net *);
/* The MAC address that the configuration asks for; false: the kernel's choice. */
bool link_mac(const struct net *, const struct link_conf *, uint8_t mac[6]);

/*
 * again.c: an interface that is there inside already is made what the file says now (*done), if it is
 * ours; false for another's.
 */
bool again_link(struct net *, const struct link_conf *, bool *done);
/* The end of an interface that carries the mark; NULL: it is not ours. */
const struct link *again_find(struct net *, const struct link *in);

bool veth_make(struct net *, const struct link_conf *);
/*
 * The host's end that the record names: in an undo waits for the kernel to take it away, then does
 * veth_delete, which deletes it if it is ours.
 */
bool veth_gone(struct net *, const char *host_name);
bool veth_delete(struct net *, const char *host_name);

/* virtual.c: links that are one message, born in the target namespace. */
bool virtual_make(struct net *, const struct link_conf *);
/* One fact; the place behind it. */
struct link_fact *virtual_fact(struct link_fact *, const char *key, uint16_t attr,
			       const void *value, size_t size);
void virtual_build(struct netlink *, const struct link_conf *, const struct link_fact *, size_t n,
		   unsigned lower);
/* How many facts are not what the file says: those, and what they are (size 0: missing). */
size_t virtual_differs(const struct link_conf *, const struct link *in, struct link_fact *want,
		       struct link_fact *is);
/* The number, on the host, of the link that it stands on; 0: of none. */
unsigned virtual_lower(const struct link_conf *, const struct link *in);
/* What the fact says, as its key would be written. */
char *virtual_print(const struct link_conf *, const struct link_fact *);
struct link_fact *tap_facts(const struct link_conf *, struct link_fact *);
struct link_fact *macvlan_facts(const struct link_conf *, struct link_fact *);
struct link_fact *ipvlan_facts(const struct link_conf *, struct link_fact *);
struct link_fact *vlan_facts(const struct link_conf *, struct link_fact *);
struct link_fact *vxlan_facts(const struct link_conf *, struct link_fact *);

/*
 * inner.c: links without an end outside, where they are not left to the namespace's end: after a failure amid
 * `up`, in a namespace that is another's, and those that stand on something of the host's.  A record names
 * them by the kernel's id of the namespace (`NSID:NAME`); inner_record makes it where it is needed.
 */
bool inner_record(struct net *, const struct link_conf *);
bool inner_gone(struct net *, const char *record);
bool inner_undo(struct net *);

/*
 * phys.c: moves a device of the host inside, and back.  What it was like is in net.phys.DEVICE of the state
 * directory before it moves.
 */
struct phys_saved {
	const char *device;
	char *v; /* netlink messages: the link, its addresses, its routes */
	size_t n;
};
bool phys_make(struct net *, const struct link_conf *);
bool phys_gone(struct net *, const char *device);
/* The device of the host that is moved inside, by its mark; NULL: it is none that we moved. */
const char *phys_device(const struct net *, const struct link *in);
void phys_check(struct check *);

bool tap_make(struct net *, const struct link_conf *);
void tap_change(const struct link_conf *); /* its owner and group, if nobody uses it */
bool wireguard_make(struct net *, const struct link_conf *);
/* Makes it what the file says: a peer that is there keeps its session. */
bool wireguard_change(struct net *, const struct link_conf *);
void wireguard_check(struct check *);
/* What the kernel says of one: a part of its answer, into a struct wireguard_seen. */
struct wireguard_seen {
	uint8_t key[32];
	uint16_t port;
	uint32_t fwmark;
	struct list peers; /* as wireguard.c has them */
};
void wireguard_see(const struct nlmsghdr *, void *seen);

/* Finds or makes the bridge and gives its index; 0: failed. Locked, where it may be made. */
unsigned bridge_ready(struct net *, const struct link_conf *);
/* Of the state root: one at a time looks for a bridge or a fixed name and takes it. */
bool bridge_lock(struct net *);
void bridge_unlock(struct net *);
/* Removes the bridge when it is ours and has no port any more. */
bool bridge_gone(struct net *, const char *name);

/* ---- what is there (view.c) ------------------------------------------------------------------------- */

/* What is in a namespace, by one dump each; a new one is a row of view.c. */
struct view {
	struct list links;     /* struct link */
	struct list addresses; /* struct address */
	struct list routes;    /* struct route_entry, unicast, of every table but local */
	/* const struct nlmsghdr *: the messages, whose readers stand beside their makers */
	struct list rules, neighbours, qdiscs;
};
bool view_read(struct netlink *, struct view *);
const struct link *view_link(const struct view *, const char *name, unsigned index);

/* ---- addresses and routes ----------------------------------------------------------------------- */

void address_add(struct netlink *, const struct cidr *, unsigned index, bool dad,
		 const char *about);
/* The link-local address that link_quiet leaves out, of the MAC address it has now: of use at once. */
void address_own(struct netlink *, const char *name, unsigned index);
/* flags: NLM_F_REPLACE or NLM_F_EXCL */
void route_add(struct netlink *, const struct route *, unsigned index, uint16_t flags,
	       const char *about);

/* Of a dump's messages: of that interface; a rate is SIZE_UNSET where there is no tbf at its root. */
bool rule_read(const struct nlmsghdr *, struct rule *);
bool neigh_read(const struct nlmsghdr *, unsigned index, struct neigh *);
uint64_t qdisc_read(const struct nlmsghdr *, unsigned index, uint64_t *burst);

char *rule_print(const struct rule *);
void rule_add(struct netlink *, const struct rule *, const char *about);
void neigh_add(struct netlink *, const struct neigh *, unsigned index, const char *about);

/* sysctl.c: written and read back through /proc/sys, which shows the namespace that we joined. */
bool sysctl_net(struct net *);
bool sysctl_link(struct net *, const struct link_conf *);

/*
 * qdisc.c: bounds what leaves by a link: rate in bit/s, burst in bytes (SIZE_UNSET: chosen).  SIZE_UNSET takes
 * away what the view shows; NULL: a link that is new.
 */
void qdisc_set(struct netlink *, const struct link_conf *, unsigned index, uint64_t rate,
	       const char *key, const struct view *);
uint64_t qdisc_burst(const struct link_conf *, uint64_t rate);

/*
 * port.c: what the host's end of a veth is given: addresses, a rate, what it is as a bridge's port.  Of one
 * that was there before, what the file does not say is taken away.
 */
bool port_ready(struct net *, const struct link_conf *, const char *host_name, bool there);
bool port_vlans(const struct link_conf *); /* whether it wants vlans of the bridge */
/* Inside: the routes to addresses of the host's end. */
void port_peers(struct netlink *, const struct link_conf *, unsigned index);
/* Of a dump of all ports: takes the vlans of one, into a struct vlan_set. */
void port_take_vlans(const struct nlmsghdr *, void *set);

/*
 * lease.c: an address out of each pool, which becomes one of the interface's addresses in net->conf.
 * lease_known adds those that the container's record names, for verbs that only look.
 */
bool lease_take(struct net *);
bool lease_known(struct net *);
bool lease_drop(struct net *); /* those of this run, or in a down of the record */
bool lease_there(int dir);     /* whether the record names any */

struct address {
	struct cidr cidr;
	unsigned index, flags;
	uint8_t scope; /* RT_SCOPE_* */
};
struct route_entry {
	struct route route;
	unsigned index, type, protocol;
};
/* Added by hand to an interface of ours: a route that no file asked for, an address without a lifetime. */
bool address_extra(const struct list *wanted, const struct address *, unsigned index);
bool route_extra(const struct link_conf *, const struct route_entry *, unsigned index);
bool route_same_key(const struct route *,
		    const struct route *); /* what the kernel tells them apart by */
void address_prune(struct netlink *, const struct list *wanted, const struct view *, unsigned index,
		   const char *about);
struct route route_by_gateway(const struct ip *);
void route_delete(struct netlink *, const struct route *, unsigned index, const char *about);
bool address_read(const struct nlmsghdr *, struct address *);
bool route_read(const struct nlmsghdr *, struct route_entry *);
/* Dumps, of an interface (0: of all); each message goes to each, which reads it. */
bool address_each(struct netlink *, unsigned index, void (*each)(const struct nlmsghdr *, void *),
		  void *arg);
bool route_each(struct netlink *, void (*each)(const struct nlmsghdr *, void *), void *arg);

/* ---- NAT, egress rules, user mode ---------------------------------------------------------------- */

/* The key of [net] that asks for nftables' rules; NULL: none does. */
const char *nat_key(const struct nsnet_conf *);
void nat_validate(const struct nsnet_conf *); /* part of validate */
/* What only the host's namespace can tell, before it is left: dies with 125. */
void nat_host(struct net *);
void nat_way_back(struct net *); /* to that namespace, for nft: dies with 125 */
bool nat_make(struct net *);	 /* when the links are there */
void nat_check(struct check *);
/* A text that grows. (nft.c) */
struct text {
	char *v;
	size_t len, size;
};
void text_add(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/*
 * One transaction that makes and, in the record net.nft, one that undoes; bridge: the second table is
 * wanted, too.  (nft.c)
 */
bool nft_make(struct net *, const char *make, const char *undo, bool bridge);
/*
 * What that makes, by trying it in a namespace of its own, and what there is of it on the host, a line for
 * each rule and element; without those of other containers.
 */
bool nft_compare(struct net *, const char *make, bool bridge, char **wants, char **is);
bool nft_gone(struct net *, const char *file);
bool nft_there(int dir);		    /* whether there is that record */
void nft_needed(const struct nsnet_conf *); /* dies with 125 where there is no nft */

/*
 * Starts the program of user-mode, from the host's namespace, into that of a process; it goes with it.
 * Dies with 125.  usermode_gone waits for its end in an undo.  (usermode.c)
 */
void usermode_start(struct net *, int pidfd);
void usermode_keep(struct net *); /* without it the program goes when we do */
bool usermode_gone(struct net *, const char *file);
void usermode_check(struct check *);

/* ---- what is there, said (list.c) and compared (check.c) ---------------------------------------- */

int list_print(struct net *);

/*
 * check: one difference is one line, `[SECTION] KEY: wants X, is Y`, or a member of the JSON.
 *
 * To add a key: a function `void check_KEY(struct check *)` that compares what is asked (c->conf, or
 * c->net->conf for [net]) with what is, and calls check_differs for each difference; and its row in
 * link_rows or net_rows of check.c, in the order of the key table.  It is called for interfaces that are
 * there, whatever their type; keys of one type alone are compared by its link_type.check.
 */
struct check {
	struct net *net;
	struct view inside,
		outside; /* outside is empty where the host's side is the target itself */
	const struct link_conf *conf; /* NULL: [net] */
	const struct link *in,
		*out;	   /* the interface; a veth's end on the host, NULL: none is seen */
	const char *key;   /* of the row; a function that serves several sets it */
	struct json *json; /* NULL: as text */
	unsigned found;
	bool quiet; /* they are counted, nothing is said */
};
/* wants NULL: it should not be there; is NULL: it is missing. */
void check_differs(struct check *, const char *wants, const char *is);
void check_bool(struct check *, bool wants, bool is);
void check_text(struct check *, const char *wants,
		const char *is);			      /* where they are not the same */
void check_number(struct check *, int64_t wants, int64_t is); /* the same; wants < 0: not asked */
/* Every line of a that b has not; key tells of which key it is, NULL: of c->key. */
void check_lines(struct check *, const char *a, const char *b, bool wanted,
		 const char *(*key)(const struct check *, const char *line));
/* The end on the host of a veth inside; NULL: none is seen. */
const struct link *check_outer(const struct check *, const struct link_conf *);
/* Those that are missing, and those that nobody asked for. */
void check_address_list(struct check *, const struct list *wanted, const struct view *,
			unsigned index);
/* The bridge that the end on the host is a port of, or another such link; NULL: of none. */
const struct link *check_bridge_of(const struct check *);
/* Rows whose readers stand with their makers. */
void rule_check(struct check *);
void neigh_check(struct check *);
void sysctl_check(struct check *);
void sysctl_check_ra(struct check *);
void qdisc_check_in(struct check *);
void qdisc_check_out(struct check *);
void port_check_address(struct check *);
void port_check_vlans(struct check *);
void port_check_hairpin(struct check *);
void port_check_isolated(struct check *);
int check_print(struct net *); /* 1 when anything differs */

/* ---- the rest of the verbs ---------------------------------------------------------------------- */

struct dns_file {
	const char *name; /* net.resolv; net.hosts, or net.hosts-auto where nobody asked for it */
	const char *text; /* NULL: not wanted */
};
enum { DNS_FILES = 2 };
void dns_files(const struct net *, struct dns_file[DNS_FILES]);
/* The key of [net] that asks for one of the files; NULL: none does. */
const char *dns_key(const struct net_conf *);
bool dns_ready(struct net *);	/* whether there is a place for them */
bool dns_write(struct net *);	/* when the links are there */
bool down_record(struct net *); /* undoes the record */
bool down_config(struct net *); /* undoes what the configuration names, without a record */

#endif
