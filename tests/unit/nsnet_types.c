/*
 * nsnet_types.c - the types of nsnet's keys: what is taken, what is refused and in which words, and
 * parse(print(x)) == x.
 */
#include <arpa/inet.h>

#include "nsnet/nsnet.h"
#include "tap.h"

static const struct key key = {.name = "key" HELP("")};
static const struct origin origin = {.file = "argv", .dir = "/"};

/* One value of any of the types. */
union value {
	struct ip ip;
	struct cidr cidr;
	struct route route;
	struct mac mac;
	struct rule rule;
	struct neigh neigh;
	struct vlans vlans;
	uint64_t rate;
	struct publish publish;
	struct flow flow;
	struct host_entry host;
	char *text;
};

static void judge(bool good, const char *type, const char *text, const char *got)
{
	if (!ok(good, "%s: '%s'", type, text))
		tap_tell("got", got);
}

/* text is taken and printed as printed, and that is taken and printed the same. */
static void takes(const struct type *t, const char *text, const char *printed)
{
	union value v, again;
	const char *phrase;
	char *out, *twice;

	memset(&v, 0x5a, sizeof v);
	memset(&again, 0xa5, sizeof again);
	phrase = t->parse(&key, text, &origin, &v);
	if (phrase) {
		judge(false, t->name, text, phrase);
		return;
	}
	out = t->print(&key, &v);
	judge(out && !strcmp(out, printed), t->name, text, out);
	if (!out || t->parse(&key, out, &origin, &again))
		judge(false, t->name, text, "a text that is not taken again");
	else if ((twice = t->print(&key, &again)) && strcmp(twice, out))
		judge(false, t->name, text, twice);
}

static void refuses(const struct type *t, const char *text, const char *part)
{
	union value v;
	const char *phrase;

	memset(&v, 0, sizeof v);
	phrase = t->parse(&key, text, &origin, &v);
	judge(phrase && strstr(phrase, part), t->name, text, phrase);
}

static void unset(const struct type *t)
{
	union value v;

	memset(&v, 0x5a, sizeof v);
	key_unset(t, &v);
	judge(!t->print(&key, &v), t->name, "(unset)", "a text");
}

static void addresses(void)
{
	takes(&type_ip, "10.0.0.1", "10.0.0.1");
	takes(&type_ip, "fd00:0:0::1", "fd00::1");
	refuses(&type_ip, "10.0.0", "not an IPv4 or IPv6");
	refuses(&type_ip, "10.0.0.256", "not an IPv4 or IPv6");
	refuses(&type_ip, " 10.0.0.1", "not an IPv4 or IPv6");
	refuses(&type_ip, "fe80::1%eth0", "not an IPv4 or IPv6");
	takes(&type_cidr, "10.0.0.2/24", "10.0.0.2/24");
	takes(&type_cidr, "10.0.0.2/32", "10.0.0.2/32");
	takes(&type_cidr, "FD00::2/64", "fd00::2/64");
	refuses(&type_cidr, "10.0.0.2", "lacks its prefix length");
	refuses(&type_cidr, "fd00::2", "fd00::2/64?");
	refuses(&type_cidr, "10.0.0.2/", "0..32");
	refuses(&type_cidr, "10.0.0.2/33", "0..32");
	refuses(&type_cidr, "10.0.0.2/-1", "0..32");
	refuses(&type_cidr, "10.0.0.2/24 ", "0..32");
	refuses(&type_cidr, "fd00::2/129", "0..128");
	refuses(&type_cidr, "10.0.0.2/0", "no address of an interface");
	refuses(&type_cidr, "0.0.0.0/8", "no address of an interface");
	refuses(&type_cidr, "::/64", "no address of an interface");
	refuses(&type_cidr, "239.0.0.1/8", "multicast");
	refuses(&type_cidr, "ff02::1/64", "multicast");
}

/* Whether one text is taken as the C library takes it, and printed as that prints it. */
static bool same_ip(const char *text)
{
	struct ip ip = {0};
	uint8_t b[16];
	char printed[INET6_ADDRSTRLEN];
	const char *dot;
	sa_family_t family = inet_pton(AF_INET, text, b) == 1	 ? AF_INET
			     : inet_pton(AF_INET6, text, b) == 1 ? AF_INET6
								 : AF_UNSPEC;

	(void)types_parse_ip(text, &ip);
	if (ip.family != family)
		return false;
	if (!family)
		return true;
	dot = strchr(inet_ntop(family, b, printed, sizeof printed), '.');
	/* that also prints ::1.2.3.4, which no RFC asks for any more */
	return !memcmp(ip.b, b, types_size(&ip)) &&
	       ((family == AF_INET6 && dot && memcmp(printed, "::ffff:", 7) != 0) ||
		!strcmp(printed, types_print_ip(&ip)));
}

/* Texts made of what addresses are made of, by a seed. */
static void random_ips(void)
{
	static const char *const parts[] = {"0",   "0:0",     "1",	  "ffff",   "10",
					    "255", "256",     "01",	  ":",	    "::",
					    ".",   "a:",      "1:2",	  "1.2",    ".3.4",
					    ":0",  "0:",      "12345",	  "",	    "g",
					    "::",  ":",	      ":",	  ".",	    ".",
					    "F",   "::ffff:", "0:0:0:0:", "1:2:3:", "10.0.0.1"};
	enum { PARTS = sizeof parts / sizeof *parts, TRIES = 300000 };
	uint32_t seed = 4711;
	size_t taken = 0;

	for (int i = 0; i < TRIES; i++) {
		char text[200] = "";
		struct ip ip;

		for (int n = (seed >> 8) % 14; n >= 0; n--) {
			seed = seed * 1664525 + 1013904223;
			snprintf(text + strlen(text), sizeof text - strlen(text), "%s",
				 parts[(seed >> 8) % PARTS]);
		}
		taken += !types_parse_ip(text, &ip);
		if (!same_ip(text))
			judge(false, "IP as the C library's", text, "another");
	}
	ok(taken > TRIES / 300, "addresses among texts by chance: %zu", taken);
}

static void library(void)
{
	static const char *const texts[] = {"",
					    ":",
					    "::",
					    ":::",
					    "::1",
					    "1::",
					    ":1::",
					    "1:",
					    "1::2::3",
					    "1:2:3:4:5:6:7:8",
					    "1:2:3:4:5:6:7:8:",
					    "1:2:3:4:5:6:7:8:9",
					    "1:2:3:4:5:6:7::",
					    "::2:3:4:5:6:7:8",
					    "1::2:3:4:5:6:7:8",
					    "1:2:3:4:5:6:1.2.3.4",
					    "1:2:3:4:5:6:7:1.2.3.4",
					    "1:2:3:4:5:1.2.3.4",
					    "1:2:3:4:5::1.2.3.4",
					    "::ffff:1.2.3.4",
					    "::FFFF:1.2.3.4",
					    "::1.2.3",
					    "::1.2.3.4.5",
					    "::1.2.3.4:5",
					    "::01.2.3.4",
					    "1.2.3.04",
					    "1.2.3.4.",
					    "1..2.3",
					    "0.0.0.0",
					    "00.0.0.0",
					    "1000.0.0.0",
					    "00001::",
					    "0:0:1:0:0:0:1:0",
					    "1:0:0:2:0:0:0:3",
					    "1:0:2:3:4:5:6:7",
					    "0:1:2:3:4:5:6:7",
					    "1:2:3:4:5:6:0:0",
					    NULL};

	for (size_t i = 0; texts[i]; i++)
		judge(same_ip(texts[i]), "IP as the C library's", texts[i], "another");
	random_ips();
}

static void routes(void)
{
	takes(&type_route, "default via 10.0.0.1", "default via 10.0.0.1");
	takes(&type_route, "0.0.0.0/0 via 10.0.0.1", "default via 10.0.0.1");
	takes(&type_route, "default via fd00::1", "default via fd00::1");
	takes(&type_route, "default", "default");
	takes(&type_route, "::/0", "::/0");
	takes(&type_route, "10.0.0.5", "10.0.0.5/32");
	takes(&type_route, "fd00::5", "fd00::5/128");
	takes(&type_route, "  10.1.0.0/16   metric  7 ", "10.1.0.0/16 metric 7");
	takes(&type_route,
	      "10.1.0.0/16 table 300 mtu 1200 metric 7 src 10.0.0.2 onlink via 10.0.0.1",
	      "10.1.0.0/16 via 10.0.0.1 src 10.0.0.2 metric 7 mtu 1200 table 300 onlink");
	refuses(&type_route, "10.1.0.1/16", "the network is 10.1.0.0/16");
	refuses(&type_route, "10.1.128.0/16", "the network is 10.1.0.0/16");
	refuses(&type_route, "10.1.7.0/22", "the network is 10.1.4.0/22");
	refuses(&type_route, "fd00::1/64", "the network is fd00::/64");
	refuses(&type_route, "", "an empty route");
	refuses(&type_route, "10.1.0.0/16 via", "lacks its value");
	refuses(&type_route, "10.1.0.0/16 via x", "not an IPv4 or IPv6");
	refuses(&type_route, "10.1.0.0/16 via fd00::1", "family");
	refuses(&type_route, "default via 10.0.0.1 src fd00::1", "family");
	refuses(&type_route, "10.1.0.0/16 via 10.0.0.1 via 10.0.0.2", "twice");
	refuses(&type_route, "10.1.0.0/16 metric 1 metric 2", "twice");
	refuses(&type_route, "10.1.0.0/16 metric 0", "1..4294967295");
	refuses(&type_route, "10.1.0.0/16 metric 4294967296", "1..4294967295");
	refuses(&type_route, "10.1.0.0/16 mtu 65536", "1..65535");
	refuses(&type_route, "10.1.0.0/16 dev eth0", "unknown word 'dev'");
	refuses(&type_route, "10.1.0.0/16 onlink", "via GW");
	refuses(&type_route, "'10.1.0.0/16", "quote");
}

static void route_kinds(void)
{
	takes(&type_route, "blackhole 10.1.0.0/16", "blackhole 10.1.0.0/16");
	takes(&type_route, "10.1.0.0/16 prohibit metric 5", "prohibit 10.1.0.0/16 metric 5");
	takes(&type_route, "unreachable default", "unreachable default");
	takes(&type_route, "unreachable ::/0 table 9", "unreachable ::/0 table 9");
	takes(&type_route, "10.1.0.0/16 scope host", "10.1.0.0/16 scope host");
	takes(&type_route, "10.1.0.0/16 scope global", "10.1.0.0/16 scope global");
	refuses(&type_route, "blackhole", "an empty route");
	refuses(&type_route, "blackhole 10.1.0.0/16 prohibit", "lacks its value");
	refuses(&type_route, "blackhole 10.1.0.0/16 via 10.0.0.1", "no via");
	refuses(&type_route, "blackhole 10.1.0.0/16 scope link", "no via, src or scope");
	refuses(&type_route, "10.1.0.0/16 scope galaxy", "none of global");
	refuses(&type_route, "fd00::/64 scope link", "IPv4");
}

static void rules(void)
{
	takes(&type_rule, "table 7", "table 7");
	takes(&type_rule, "from 10.0.0.2 table 7", "from 10.0.0.2/32 table 7");
	takes(&type_rule, "inet6 table 7", "inet6 table 7");
	takes(&type_rule, "inet6 to fd00::/64 table 7", "to fd00::/64 table 7");
	takes(&type_rule, "prohibit priority 9 not iif eth0 oif eth1",
	      "not iif eth0 oif eth1 priority 9 prohibit");
	takes(&type_rule, "iif '\"a\"' table 7", "iif '\"a\"' table 7");
	takes(&type_rule, "fwmark 16 table 7", "fwmark 0x10 table 7");
	takes(&type_rule, "fwmark 0x10/0xff table 4294967295", "fwmark 0x10/0xff table 4294967295");
	takes(&type_rule, "fwmark 0/0x1 blackhole", "fwmark 0x0/0x1 blackhole");
	takes(&type_rule, "from ::/0 table 7", "from ::/0 table 7");
	refuses(&type_rule, "", "one of: table N");
	refuses(&type_rule, "from 10.0.0.0/8", "one of: table N");
	refuses(&type_rule, "table 7 blackhole", "one of: table N");
	refuses(&type_rule, "table 0", "1..4294967295");
	refuses(&type_rule, "table 7 table 8", "twice");
	refuses(&type_rule, "table 4294967296", "1..4294967295");
	refuses(&type_rule, "from 10.0.0.1/8 table 7", "the network is 10.0.0.0/8");
	refuses(&type_rule, "from 10.0.0.0/8 to fd00::/64 table 7", "another family");
	refuses(&type_rule, "from 10.0.0.0/8 inet6 table 7", "IPv4");
	refuses(&type_rule, "fwmark 0x100/0xff table 7", "matches nothing");
	refuses(&type_rule, "fwmark 0x table 7", "MARK[/MASK]");
	refuses(&type_rule, "fwmark 0x123456789 table 7", "MARK[/MASK]");
	refuses(&type_rule, "fwmark 4294967296 table 7", "MARK[/MASK]");
	refuses(&type_rule, "fwmark 1/ table 7", "MARK[/MASK]");
	refuses(&type_rule, "iif abcdefghijklmnop table 7", "1 to 15");
	refuses(&type_rule, "table", "lacks its value");
	refuses(&type_rule, "lookup 7", "unknown word 'lookup'");
	refuses(&type_rule, "from '10", "quote");
}

static void links(void)
{
	takes(&type_neigh, "10.0.0.9 02:00:00:00:00:09", "10.0.0.9 lladdr 02:00:00:00:00:09");
	takes(&type_neigh, "fd00::9 lladdr 02:00:00:00:00:0A", "fd00::9 lladdr 02:00:00:00:00:0a");
	refuses(&type_neigh, "", "IP [lladdr] MAC");
	refuses(&type_neigh, "10.0.0.9", "IP [lladdr] MAC");
	refuses(&type_neigh, "10.0.0.9 lladdr", "IP [lladdr] MAC");
	refuses(&type_neigh, "10.0.0.9 02:00:00:00:00:09 nud", "IP [lladdr] MAC");
	refuses(&type_neigh, "10.0.0.9 02:00:00:00:09", "xx:xx");
	refuses(&type_neigh, "db 02:00:00:00:00:09", "not an IPv4 or IPv6");
	takes(&type_network, "10.0.0.0/24", "10.0.0.0/24");
	takes(&type_network, "fd00::/64", "fd00::/64");
	refuses(&type_network, "10.0.0.1/24", "the network is 10.0.0.0/24");
	refuses(&type_network, "10.0.0.0", "lacks its prefix length");
	refuses(&type_network, "0.0.0.0/0", "all addresses");
	takes(&type_vlans, "7", "7");
	takes(&type_vlans, "7-7", "7");
	takes(&type_vlans, "10-4094", "10-4094");
	refuses(&type_vlans, "0", "1..4094");
	refuses(&type_vlans, "4095", "1..4094");
	refuses(&type_vlans, "20-10", "1..4094");
	refuses(&type_vlans, "10-", "1..4094");
	refuses(&type_vlans, "-10", "1..4094");
	refuses(&type_vlans, "10-20-30", "1..4094");
}

static void rates(void)
{
	takes(&type_rate, "10mbit", "10mbit");
	takes(&type_rate, "1000", "1kbit");
	takes(&type_rate, "8", "8bit");
	takes(&type_rate, "1500kbit", "1500kbit");
	takes(&type_rate, "1mbps", "8mbit");
	takes(&type_rate, "2kbps", "16kbit");
	takes(&type_rate, "100gbit", "100gbit");
	takes(&type_rate, "1gbps", "8gbit");
	refuses(&type_rate, "7", "less than a byte");
	refuses(&type_rate, "0", "less than a byte");
	refuses(&type_rate, "10 mbit", "not a rate");
	refuses(&type_rate, "10Mbit", "not a rate");
	refuses(&type_rate, "-1kbit", "not a rate");
	refuses(&type_rate, "mbit", "not a rate");
	refuses(&type_rate, "1152921505gbit", "not a rate");
}

static void names(void)
{
	takes(&type_mac, "auto", "auto");
	takes(&type_mac, "stable", "stable");
	takes(&type_mac, "02:AB:cd:00:00:01", "02:ab:cd:00:00:01");
	refuses(&type_mac, "02:ab:cd:00:00", "none of auto");
	refuses(&type_mac, "02-ab-cd-00-00-01", "none of auto");
	refuses(&type_mac, "02:ab:cd:00:00:0g", "none of auto");
	refuses(&type_mac, "03:00:00:00:00:01", "multicast");
	refuses(&type_mac, "00:00:00:00:00:00", "zeros");
	takes(&type_ifname, "eth0", "eth0");
	takes(&type_ifname, "abcdefghijklmno", "abcdefghijklmno");
	refuses(&type_ifname, "abcdefghijklmnop", "1 to 15");
	refuses(&type_ifname, "", "1 to 15");
	refuses(&type_ifname, "a/b", "'/'");
	refuses(&type_ifname, "a b", "blank");
	refuses(&type_ifname, "a%d", "'%'");
	refuses(&type_ifname, "..", "no name");
	refuses(&type_ifname, "all", "no name");
	takes(&type_word, "ndots:2", "ndots:2");
	refuses(&type_word, "a b", "blanks");
	refuses(&type_word, "a\nb", "blanks");
	takes(&type_host_entry, "db:10.0.0.9", "db:10.0.0.9");
	takes(&type_host_entry, "db:fd00::9", "db:fd00::9");
	refuses(&type_host_entry, "db", "HOST:IP");
	refuses(&type_host_entry, ":10.0.0.9", "HOST:IP");
	refuses(&type_host_entry, "db:", "HOST:IP");
	refuses(&type_host_entry, "a b:10.0.0.9", "blanks");
}

static bool covers(const char *net, const char *ip)
{
	struct cidr c;
	struct ip i;

	return !type_cidr.parse(&key, net, &origin, &c) && !types_parse_ip(ip, &i) &&
	       types_covers(&c, &i);
}

static void ports(void)
{
	takes(&type_publish, "80", "80:80/tcp");
	takes(&type_publish, "8080:80/udp", "8080:80/udp");
	takes(&type_publish, "8000-8003:80-83", "8000-8003:80-83/tcp");
	takes(&type_publish, "127.0.0.1:8080:80", "127.0.0.1:8080:80/tcp");
	takes(&type_publish, "[::1]:8080:80", "[::1]:8080:80/tcp");
	takes(&type_publish, "[::ffff:10.0.0.1]:80", "[::ffff:10.0.0.1]:80:80/tcp");
	refuses(&type_publish, "::1:8080:80", "is not a port in 1..65535");
	refuses(&type_publish, "[::1]", "is not [IP:]HOST");
	refuses(&type_publish, "10.0.0.1", "is not [IP:]HOST");
	refuses(&type_publish, "0", "is not a port in 1..65535");
	refuses(&type_publish, "65536", "is not a port in 1..65535");
	refuses(&type_publish, "90-80", "is not a range of ports");
	refuses(&type_publish, "80-81:80-82", "ranges of different lengths");
	refuses(&type_publish, "80/icmp", "neither /tcp nor /udp");
	takes(&type_flow, "10.0.0.0/8", "10.0.0.0/8");
	takes(&type_flow, "10.0.0.1:53/udp", "10.0.0.1/32:53/udp");
	takes(&type_flow, "10.0.0.0/8:8000-8010", "10.0.0.0/8:8000-8010");
	takes(&type_flow, "2001:db8::/32", "2001:db8::/32");
	takes(&type_flow, "2001:db8::1/tcp", "2001:db8::1/128/tcp");
	takes(&type_flow, "[2001:db8::/32]:53", "[2001:db8::/32]:53");
	takes(&type_flow, "[2001:db8::/32]", "2001:db8::/32");
	takes(&type_flow, "::ffff:10.0.0.1", "::ffff:10.0.0.1/128");
	takes(&type_flow, "[::ffff:10.0.0.0/104]:80", "[::ffff:10.0.0.0/104]:80");
	refuses(&type_flow, "10.0.0.0/8:53/icmp", "neither /tcp nor /udp");
	refuses(&type_flow, "10.0.0.0/8:0", "is not a port in 1..65535");
	refuses(&type_flow, "10.0.0.1/8", "host bits behind its prefix");
	refuses(&type_flow, "10.0.0.1:80:90", "is not an IPv4 or IPv6");
	refuses(&type_flow, "[10.0.0.0/8", "is not [CIDR]:PORT");
	refuses(&type_flow, "[10.0.0.0/8]80", "is not [CIDR]:PORT");
	refuses(&type_flow, "", "is not an IPv4 or IPv6");
}

int main(void)
{
	static const struct type *const all[] = {&type_ip,	   &type_cidr,	 &type_route,
						 &type_mac,	   &type_ifname, &type_word,
						 &type_host_entry, &type_rule,	 &type_neigh,
						 &type_network,	   &type_vlans,	 &type_rate,
						 &type_publish,	   &type_flow,	 NULL};

	addresses();
	library();
	routes();
	route_kinds();
	rules();
	links();
	rates();
	names();
	ports();
	for (size_t i = 0; all[i]; i++)
		unset(all[i]);
	judge(covers("10.0.0.2/24", "10.0.0.200"), "covers", "the subnet", "no");
	judge(!covers("10.0.0.2/24", "10.0.1.1"), "covers", "another subnet", "yes");
	judge(covers("10.0.0.2/23", "10.0.1.1"), "covers", "a prefix amid a byte", "no");
	judge(!covers("10.0.0.2/24", "fd00::1"), "covers", "another family", "yes");
	judge(covers("fd00::2/64", "fd00::ffff:1"), "covers", "IPv6", "no");
	return tap_end();
}
