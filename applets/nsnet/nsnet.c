/*
 * nsnet.c - the network of one namespace, made from outside and from inside by one process.
 *
 * up:
 *  1. Everything is checked, by validate and by the types, before anything is made.
 *  2. A socket is opened in the caller's namespace, then the target is joined and one opened there:
 *     a socket keeps its namespace, so from here on nothing needs the way in any more.
 *  3. Every capability but NET_ADMIN is dropped; messages and files that follow need no other.
 *  4. Addresses out of pools, leased; sysctls of the namespace, for some are what new interfaces
 *     begin with.
 *  5. Outside, a link at a time: recorded, then made by one batch, exclusively, marked as ours.
 *     A link is born with its other end inside, so one that is half made cannot be left behind.
 *     A second batch where the end on the host is more than a plain port: addresses, rate, vlans.
 *  6. Inside, one batch for all of it: links up, addresses, rules, routes (which need both).
 *  7. net.resolv and net.hosts, which name the addresses; last, since they cannot be undone.
 *
 * Where nothing is wanted but lo, as for a container without a network, the monitor does it by itself: no
 * process of its own, no netlink.
 *
 * down is the inverse by the record, which outlives the namespace; without a record by what the
 * configuration names.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/sockios.h>

#include "applet.h"
#include "file.h"
#include "msg.h"
#include "proc.h"
#include "state.h"
#include "sys.h"

#define N(member, kind) KEY_FIELD(struct net_conf, member, kind)
#define L(member, kind) KEY_FIELD(struct link_conf, member, kind)
#define T(member, kind) KEY_FIELD(struct target_conf, member, kind)

static const struct key target_keys[] = {
	{"pid" RANGE(1, 2147483647) ARG("PID")
		 HELP("the target: the network namespace of this process"),
	 .letter = 't', T(pid, int)},
	{"pidfd" RANGE(0, 2147483647) ARG("FD") HELP("the same by an inherited pidfd"),
	 T(pidfd, int)},
	{"netns" ARG("PATH|fd:N") HELP("the target as a namespace's file, such as /run/netns/NAME"),
	 T(netns, string)},
	{"state-dir" ARG("DIR") HELP("where the record of the container NAME is: /run/nskit"),
	 T(state_dir, path)},
	{"dir" ARG("DIR")
		 HELP("write net.resolv and net.hosts there, without a container's record"),
	 T(dir, path)},
	{"json" BARE("yes") HELP("list, check: as JSON"), T(json, boolean)},
	{0},
};

static const struct key net_keys[] = {
	{"loopback" DEFAULT("yes") HELP("set up the loopback interface"), N(loopback, boolean),
	 .flags = KEY_ALWAYS},
	{"dns" ARG("IP") HELP("a name server for the container's resolv.conf"), N(dns, ip),
	 .flags = KEY_LIST},
	{"dns-search" ARG("DOMAIN") HELP("a search domain of it"), N(dns_search, word),
	 .flags = KEY_LIST},
	{"dns-option" ARG("OPTION") HELP("an option of it, such as ndots:2"), N(dns_option, word),
	 .flags = KEY_LIST},
	{"hosts" HELP(
		 "write the container's hosts file; unset: where there is an interface or add-host"),
	 N(hosts, boolean)},
	{"add-host" ARG("HOST:IP") HELP("a line of it"), N(add_host, host_entry),
	 .flags = KEY_LIST},
	{"sysctl" OPTION("net-sysctl") ARG("net.NAME=VALUE")
		 HELP("a kernel parameter of the namespace"),
	 N(sysctl, keyval), .flags = KEY_LIST},
	{"nat" DEFAULT("none") WORDS("none|masquerade")
		 HELP("masquerade: to others the container has the host's address"),
	 N(nat, enum), .flags = KEY_ALWAYS},
	{"publish" HELP("a port of the host, or a range FIRST-LAST, that leads to the container"),
	 N(publish, publish), .flags = KEY_LIST},
	{"egress" DEFAULT("allow") WORDS("allow|deny")
		 HELP("deny: what the container begins reaches only what allow names"),
	 N(egress, enum), .flags = KEY_ALWAYS},
	{"allow" HELP("what it reaches all the same; IPv6 with a port: [CIDR]:PORT"),
	 N(allow, flow), .flags = KEY_LIST},
	{"deny" HELP("what it does not reach, asked before allow"), N(deny, flow),
	 .flags = KEY_LIST},
	{"user-mode" DEFAULT("none") WORDS("none|pasta|slirp4netns")
		 HELP("a network without privilege, by a program of that name on the host"),
	 N(user_mode, enum), .flags = KEY_ALWAYS},
	{0},
};

const struct key link_keys[] = {
	{"name" DEFAULT("eth0") ARG("NAME")
		 HELP("the interface that the following options are about; default eth0"),
	 L(name, ifname), .flags = KEY_ARGV},
	{"type" DEFAULT("veth") WORDS(LINK_WORDS) ARG("TYPE")
		 HELP("veth, macvlan, vlan, phys, ...: see TYPES in nsnet(1)"),
	 L(type, enum), .flags = KEY_ALWAYS},
	{"host-name" ARG("NAME")
		 HELP("the host's end; default: from the container's name, with a random end"),
	 L(host_name, ifname)},
	{"bridge" ARG("NAME") HELP("the bridge of the host that the host's end is a port of"),
	 L(bridge, ifname)},
	{"create-bridge" DEFAULT("no")
		 HELP("make the bridge if it is not there; it goes with its last port"),
	 L(create_bridge, boolean), .flags = KEY_ALWAYS},
	{"bridge-address" ARG("IP/PREFIX") HELP("an address of the bridge that was made"),
	 L(bridge_address, cidr), .flags = KEY_LIST},
	{"link" ARG("NAME") HELP("the link of the host that it stands on"), L(link, ifname)},
	{"mode" ARG("WORD")
		 HELP("macvlan, macvtap: bridge, private, vepa or passthru; ipvlan: l2, l3 or l3s"),
	 L(mode, word)},
	{"id" RANGE(0, 16777215) ARG("N") HELP("vlan: its tag, 1 to 4094; vxlan: its network"),
	 L(id, int)},
	{"remote" ARG("IP") HELP("vxlan: where its packets go, a host or a multicast group"),
	 L(remote, ip)},
	{"local" ARG("IP") HELP("vxlan: the host's address of its packets"), L(local, ip)},
	{"port" RANGE(1, 65535) ARG("PORT") HELP("vxlan: UDP port; default 4789"), L(port, int)},
	{"device" ARG("NAME") HELP("phys: the device of the host that is moved inside"),
	 L(device, ifname)},
	{"owner" ARG("UID") HELP("tap: who may use it, as the host counts"), L(owner, id)},
	{"group" ARG("GID") HELP("tap: the same for a group"), L(group, id)},
	{"multi-queue" DEFAULT("no") HELP("tap: several queues, a descriptor each"),
	 L(multi_queue, boolean), .flags = KEY_ALWAYS},
	{"private-key" ARG("FILE")
		 HELP("wireguard: the file that holds the key, as 'wg genkey' prints it"),
	 L(private_key, path)},
	{"listen-port" RANGE(1, 65535) ARG("PORT")
		 HELP("wireguard: UDP port on the host; default: any"),
	 L(listen_port, int)},
	{"fwmark" RANGE(1, 2147483647) ARG("N")
		 HELP("wireguard: the mark of its packets on the host"),
	 L(fwmark, int)},
	{"peer" ARG("'KEY [endpoint IP:PORT] [allowed CIDR,...] [psk FILE] ...'")
		 HELP("wireguard: another end, by its public key"),
	 L(peer, wireguard_peer), .flags = KEY_LIST},
	{"mac" DEFAULT("auto")
		 HELP("auto: random; stable: from the names of container and interface; or given"),
	 L(mac, mac), .flags = KEY_ALWAYS},
	{"mtu" RANGE(68, 65535) ARG("BYTES") HELP("largest packet, on both ends"), L(mtu, int)},
	{"txqueuelen" RANGE(0, 2147483647) ARG("PACKETS")
		 HELP("length of the transmit queue inside"),
	 L(txqueuelen, int)},
	{"address" ARG("IP/PREFIX") HELP("an address inside"), L(address, cidr), .flags = KEY_LIST},
	{"gateway" ARG("IP") HELP("the default route's next hop"), L(gateway, ip),
	 .flags = KEY_LIST},
	{"route" ARG("'[KIND] DST [via GW] [src S] [metric N] [table T] ...'")
		 HELP("a route inside by this interface; DST may be default"),
	 L(route, route), .flags = KEY_LIST},
	{"pool" ARG("NETWORK/PREFIX")
		 HELP("an address inside: the first of this network that no other container has"),
	 L(pool, network), .flags = KEY_LIST},
	{"host-address" ARG("IP/PREFIX")
		 HELP("an address of the host's end, without a bridge: point to point"),
	 L(host_address, cidr), .flags = KEY_LIST},
	{"neigh" ARG("'IP [lladdr] MAC'") HELP("a neighbour that is known beforehand"),
	 L(neigh, neigh), .flags = KEY_LIST},
	{"rule" ARG("'[from NETWORK] [to NETWORK] ... table T|KIND'")
		 HELP("a policy rule inside: which table routes what"),
	 L(rule, rule), .flags = KEY_LIST},
	{"rate-in" HELP("what the container receives at most, such as 10mbit"), L(rate_in, rate)},
	{"rate-out" HELP("what it sends at most"), L(rate_out, rate)},
	{"burst" RANGE(1500, 2147483647)
		 HELP("what may pass at once; default: 4 ms of the rate, at least 32K"),
	 L(burst, size)},
	{"hairpin" DEFAULT("no") HELP("the bridge sends back what came from this port, too"),
	 L(hairpin, boolean), .flags = KEY_ALWAYS},
	{"isolated" DEFAULT("no")
		 HELP("no traffic between this port of the bridge and other isolated ones"),
	 L(isolated, boolean), .flags = KEY_ALWAYS},
	{"vlan-id" RANGE(1, 4094) ARG("VLAN")
		 HELP("the bridge's vlan that the interface is in, without tags"),
	 L(vlan_id, int)},
	{"trunk" HELP("vlans that it sees with their tags"), L(trunk, vlans), .flags = KEY_LIST},
	{"promisc" DEFAULT("no") HELP("the interface takes packets for other MAC addresses, too"),
	 L(promisc, boolean), .flags = KEY_ALWAYS},
	{"accept-ra" WORDS("no|yes|always")
		 HELP("IPv6: take router advertisements; always: although it forwards"),
	 L(accept_ra, enum)},
	{"sysctl" ARG("net.NAME=VALUE")
		 HELP("a kernel parameter of the interface: net.ipv4.conf.IFNAME.rp_filter=2"),
	 L(sysctl, keyval), .flags = KEY_LIST},
	{"dad" DEFAULT("no")
		 HELP("IPv6: look for duplicates of the addresses, which takes more than a second"),
	 L(dad, boolean), .flags = KEY_ALWAYS},
	{"up" DEFAULT("yes") HELP("set the interface up"), L(up, boolean), .flags = KEY_ALWAYS},
	{0},
};

#define OF(type) (1U << LINK_##type)
#define ALL (OF(NONE) - 1)
#define UPPER (OF(MACVLAN) | OF(MACVTAP) | OF(IPVLAN) | OF(VLAN))

#define ONLY(member, takes, wants)                               \
	{                                                        \
		offsetof(struct link_conf, member), takes, wants \
	}

const struct link_key link_only[] = {
	ONLY(host_name, OF(VETH), 0),
	ONLY(bridge, OF(VETH), 0),
	ONLY(create_bridge, OF(VETH), 0),
	ONLY(bridge_address, OF(VETH), 0),
	ONLY(host_address, OF(VETH), 0),
	ONLY(rate_in, OF(VETH), 0),
	ONLY(hairpin, OF(VETH), 0),
	ONLY(isolated, OF(VETH), 0),
	ONLY(vlan_id, OF(VETH), 0),
	ONLY(trunk, OF(VETH), 0),
	ONLY(link, UPPER | OF(VXLAN), UPPER),
	ONLY(mode, OF(MACVLAN) | OF(MACVTAP) | OF(IPVLAN), 0),
	ONLY(id, OF(VLAN) | OF(VXLAN), OF(VLAN) | OF(VXLAN)),
	ONLY(remote, OF(VXLAN), 0),
	ONLY(local, OF(VXLAN), 0),
	ONLY(port, OF(VXLAN), 0),
	ONLY(device, OF(PHYS), OF(PHYS)),
	ONLY(owner, OF(TAP), 0),
	ONLY(group, OF(TAP), 0),
	ONLY(multi_queue, OF(TAP), 0),
	ONLY(private_key, OF(WIREGUARD), OF(WIREGUARD)),
	ONLY(listen_port, OF(WIREGUARD), 0),
	ONLY(fwmark, OF(WIREGUARD), 0),
	ONLY(peer, OF(WIREGUARD), 0),
	ONLY(mac, ALL & ~(OF(IPVLAN) | OF(WIREGUARD) | OF(LOOPBACK)), 0),
	ONLY(gateway, ALL & ~OF(LOOPBACK), 0),
	ONLY(pool, ALL & ~OF(LOOPBACK), 0),
	ONLY(neigh, ALL & ~OF(LOOPBACK), 0),
	{0},
};

static const struct group groups[] = {
	{target_keys, NULL, offsetof(struct nsnet_conf, target), 0},
	{net_keys, "net", offsetof(struct nsnet_conf, net), 0},
	{link_keys, "net.", offsetof(struct nsnet_conf, links), sizeof(struct link_conf)},
	{0},
};

bool nsnet_fail(struct net *net, const char *fmt, ...)
{
	va_list ap;

	if (net->error) /* the first cause counts */
		return false;
	va_start(ap, fmt);
	net->error = file_vtext(fmt, ap);
	va_end(ap);
	return false;
}

bool nsnet_fail_errno(struct net *net, const char *what)
{
	return nsnet_fail(net, "%s: %s", what, strerror(errno));
}

bool nsnet_fail_file(struct net *net, const char *file)
{
	return nsnet_fail(net, "%s/%s: %s", net->name, file, strerror(errno));
}

/* `[net.NAME] KEY: …`, or `[net.NAME]: …` */
static char *of_link(const struct link_conf *l, const char *fmt, va_list ap)
{
	return file_text("[net.%s]%s%s", l->name, *fmt == ':' ? "" : " ", file_vtext(fmt, ap));
}

char *link_text(const struct link_conf *l, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = of_link(l, fmt, ap);
	va_end(ap);
	return text;
}

bool nsnet_fail_link(struct net *net, const struct link_conf *l, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	nsnet_fail(net, "%s", of_link(l, fmt, ap));
	va_end(ap);
	return false;
}

const char *nsnet_hint(const struct net *net, int error)
{
	switch (error) {
	case EOPNOTSUPP:
		return net->doing ? file_text("the kernel lacks this kind of link: %s",
					      link_types[net->doing->type].needs)
				  : NULL;
	case EPERM:
		return "CAP_NET_ADMIN is needed in the namespace where it is made; an ordinary user has that "
		       "only inside a user namespace of its own";
	case ENETDOWN:
		return "the link of the host that it stands on is down";
	case ENETUNREACH:
		return "the gateway is in no subnet of the interface's addresses, or the interface is down";
	default:
		return NULL;
	}
}

bool nsnet_fail_netlink(struct net *net, struct netlink *nl)
{
	if (net->error)
		return false;
	net->hint = nsnet_hint(net, nl->error);
	nsnet_fail(net, "%s: %s%s%s", nl->failed ? nl->failed : "netlink", strerror(nl->error),
		   *nl->ack ? ": " : "", nl->ack);
	netlink_clear(nl);
	return false;
}

bool nsnet_send(struct net *net, struct netlink *nl)
{
	return !netlink_send(nl) || nsnet_fail_netlink(net, nl);
}

bool nsnet_gone(struct net *net, struct netlink *nl)
{
	return errno == ENODEV || nsnet_fail_netlink(net, nl);
}

static bool make(struct net *net, const struct link_conf *l)
{
	const struct link_type *type = &link_types[l->type];
	bool there;

	if (net->self)
		return nsnet_fail_link(
			net, l,
			"type: %s: its target is the namespace that nsnet was called in; name "
			"another by --pid, --pidfd, --netns or a container",
			type->word);
	if (net->nsfd < 0 && !(type->flags & LINK_ALONE))
		return nsnet_fail_link(net, l,
				       "type: %s: needs privilege over the target's namespace",
				       type->word);
	if (!again_link(net, l, &there))
		return false;
	if (there)
		return true;
	if (type->flags & LINK_INNER && !inner_record(net, l))
		return false;
	net->made[l - (const struct link_conf *)net->conf->links.v] = true;
	net->doing = l;
	if (!type->make(net, l))
		return false;
	net->doing = NULL;
	if (!(type->flags & LINK_INNER))
		return true;
	link_mark(&net->inside, l->name, link_alias(net));
	return nsnet_send(net, &net->inside);
}

static bool outside(struct net *net)
{
	net->made = file_alloc(net->conf->links.n + 1);
	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		bool lo = l->type == LINK_LOOPBACK && net->id && !net->joined, there;

		/* the one of a container's own is made what the file says, as those that we made are */
		if (lo ? !again_link(net, l, &there) : link_types[l->type].make && !make(net, l))
			return false;
	}
	return true;
}

static _Noreturn void die(const struct net *net)
{
	if (net->hint)
		msg_hint("%s", net->hint);
	msg_die("%s", net->error);
}

/* The same address for every container without a name would be worse than none. */
static bool stable_has_name(struct net *net)
{
	LIST_EACH(const struct link_conf, l, net->conf->links)
	if (l->type != LINK_NONE && l->mac.kind == MAC_STABLE && !net->name)
		return nsnet_fail_link(net, l, "mac: stable: wants a container's name");
	return true;
}

static int up(struct net *net)
{
	net->leased = ""; /* of this run: what fails takes nothing else away */
	if (stable_has_name(net) && dns_ready(net) && lease_take(net) &&
	    (net->leave ||
	     (sysctl_net(net) && outside(net) && nat_make(net) && link_inside(net))) &&
	    dns_write(net)) {
		usermode_keep(net);
		return 0;
	}
	/* by errors of its own it could only hide the cause, which was kept */
	(void)inner_undo(net);
	(void)down_record(net);
	die(net);
}

static int check(struct net *net)
{
	if (!lease_known(net))
		die(net);
	return check_print(net);
}

static int down(struct net *net)
{
	if (!(net->id ? record_load(net) && down_record(net) : down_config(net)))
		die(net);
	return 0;
}

static const struct verb {
	const char *name;
	int (*main)(struct net *);
} verbs[] = {
	{"up", up},
	{"down", down},
	{"check", check},
	{"list", list_print},
};

/* Nothing was made outside: no socket, no privilege is needed to see that. */
static bool nothing_to_undo(const struct start *start)
{
	return start->undo && !record_there(start->dir) && !lease_there(start->dir);
}

/* A namespace of the container's own in which nothing is wanted but lo, and a caller who may go in and back. */
static bool loopback_alone(const struct nsnet_conf *c, char **operands, const struct start *start)
{
	return !strcmp(operands[0], "up") && !operands[1] && start->made & CLONE_NEWNET &&
	       !((start->made | start->joined) & CLONE_NEWUSER) && sys_capable(CAP_SYS_ADMIN) &&
	       !c->links.n && !c->net.sysctl.n && !nat_key(c) &&
	       c->net.user_mode == USER_MODE_NONE && !dns_key(&c->net);
}

static bool is_traceless(const void *conf, char **operands, const struct start *start)
{
	return start && (nothing_to_undo(start) || loopback_alone(conf, operands, start));
}

/* By a socket that was made inside: without a process or a message of its own. */
static void loopback_up(const struct start *start)
{
	int here = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), home = ioctl(here, SIOCGSKNS);
	struct ifreq r = {.ifr_name = "lo"};
	int inside;

	if (home < 0 || sys_setns(start->pidfd, CLONE_NEWNET))
		msg_die_errno("lo: joining the network namespace");
	inside = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sys_setns(home, CLONE_NEWNET))
		_exit(EXIT_FAILED); /* the monitor has no business there */
	r.ifr_flags = IFF_UP | IFF_RUNNING;
	if (ioctl(inside, SIOCSIFFLAGS, &r))
		msg_die_errno("lo: up");
	close(inside);
	close(home);
	close(here);
}

static int nsnet(const void *conf, char **operands, const struct start *start)
{
	struct net *net;
	size_t v = 0;

	if (is_traceless(conf, operands, start)) {
		if (!start->undo && ((const struct nsnet_conf *)conf)->net.loopback > 0)
			loopback_up(start);
		return 0;
	}
	net = file_alloc(sizeof *net); /* two batches: much for a stack, and for a copy of zeros */
	net->conf = conf;
	net->dir = net->lock = net->nsfd = net->hostfd = net->user = -1;
	net->record = "";
	while (strcmp(operands[0], verbs[v].name))
		v++;
	if (!start)
		start = start_from_env();
	target_open(net, operands, start);
	/* from here to the end a signal would leave half of it */
	proc_block_signals(&(sigset_t){0});
	return verbs[v].main(net);
}

const struct applet nsnet_applet = {
	.name = "nsnet",
	.synopsis = "up|down|check|list [OPTION]... [NAME]",
	.summary = "Makes the network of a namespace: links, addresses, routes, DNS files",
	.verbs = "up\0down\0check\0list\0",
	.after = "The target is the container NAME, or what --pid, --pidfd or --netns names; in a\n"
		 "step of nsexec the container that starts; else the caller's own namespace.\n"
		 "Examples:\n"
		 "  nsnet up --pid 4711 --address 10.0.0.2/24 --gateway 10.0.0.1 --bridge br0\n"
		 "  nsnet list --json web\n",
	.groups = groups,
	.conf_size = sizeof(struct nsnet_conf),
	.ini_at = offsetof(struct nsnet_conf, ini),
	.step = true,
	.check = validate,
	.traceless = is_traceless,
	.main = nsnet,
};
