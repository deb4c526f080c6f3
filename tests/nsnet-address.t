#!/bin/sh
# nsnet: point to point, kinds of routes, rules, neighbours, sysctls, and the host's end as a bridge's
# port; seen by ip(8), bridge(8) and ping(8).
# run as: root
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth bridge cmd_ip cmd_bridge cmd_tc
define_prereq ping_works package 'no ping that works' 'ping -c 1 -W 1 127.0.0.1'
define_prereq bridge_vlans kernel 'no vlan filtering (CONFIG_BRIDGE_VLAN_FILTERING)' \
	'unshare -n ip link add name nskp0 type bridge vlan_filtering 1'
define_prereq ip_rules kernel 'no policy rules (CONFIG_IP_MULTIPLE_TABLES)' \
	'unshare -n sh -c "ip rule add table 7 && ip -6 rule add table 7"'

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$PID" -n "$@"; }
# see CMD…: what a JSON or a text shows, in $T/seen; has RE, hasnt RE
see() { "$@" >"$T/seen" 2>&1 || fail "$*: $(cat "$T/seen")"; }
has() { grep -Eq -e "$1" "$T/seen" || fail "no line matches $1:" "$(cat "$T/seen")"; }
hasnt() { ! grep -Eq -e "$1" "$T/seen" || fail "a line matches $1:" "$(cat "$T/seen")"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
# What an earlier test has killed, the kernel takes away a little later.
no_links() { wait_for '[ "$(links)" = "lo " ]'; }
up() {
	run nsnet up --pid "$PID" "$@"
	expect_status 0
	expect_no_err
}
reached() { ping -c 1 -W 5 "$@" >/dev/null || fail "no answer: $*"; }
reached_inside() { inside ping -c 1 -W 5 "$@" >/dev/null || fail "no answer inside: $*"; }

it 'point to point: each side has a route to the address of the other' <<'.'
	no_links
	target
	up --host-name outer --address 10.0.0.2/32 --address fd00::2/128 --host-address 10.0.0.1/32 --host-address fd00::1/128 \
		--gateway 10.0.0.1 --gateway fd00::1
	see ip -j addr show dev outer
	has '"local":"10.0.0.1","prefixlen":32'
	has '"local":"fd00::1","prefixlen":128'
	see ip -j route show dev outer
	has '"dst":"10.0.0.2"'
	see ip -j -6 route show dev outer
	has '"dst":"fd00::2"'
	see inside ip -j route
	has '"dst":"10.0.0.1","dev":"eth0"'
	has '"dst":"default","gateway":"10.0.0.1"'
	see inside ip -j -6 route
	has '"dst":"fd00::1","dev":"eth0"'
	has '"dst":"default","gateway":"fd00::1"'
	skip_unless ping_works
	reached 10.0.0.2
	reached fd00::2
	reached_inside 10.0.0.1
	reached_inside fd00::1
.

it 'point to point in one subnet needs no further route' <<'.'
	no_links
	target
	up --host-name outer --address 10.0.0.2/24 --address 10.0.0.3/24 --host-address 10.0.0.1/24 --gateway 10.0.0.1
	see ip -j route
	hasnt '"dst":"10.0.0.[23]"'
	see inside ip -j route
	hasnt '"dst":"10.0.0.1"'
	skip_unless ping_works
	reached 10.0.0.3
.

it "two containers share the address of the host; none gets another's" <<'.'
	no_links
	target
	up --address 10.0.0.2/32 --host-address 10.0.0.1/32
	one=$PID
	target
	up --address 10.0.0.3/32 --host-address 10.0.0.1/32
	if prereq ping_works; then
		reached 10.0.0.2
		reached 10.0.0.3
	fi
	before=$(links)
	target
	run nsnet up --pid "$PID" --address 10.0.0.2/32 --host-address 10.0.0.1/32
	expect_refusal '.net.eth0. address: the host.s route to 10.0.0.2: File exists'
	expect_eq "$(links)" "$before" links
.

it 'routes that lead nowhere, and scopes' <<'.'
	target
	up --address 10.0.0.2/24 --route 'blackhole 10.1.0.0/16' --route '10.2.0.0/16 unreachable metric 5' \
		--route 'prohibit fd99::/64' --route '10.3.0.0/16 scope global' --route '10.4.0.0/16 scope host' --route 10.5.0.0/16
	see inside ip route
	has '^blackhole 10.1.0.0/16 '
	has '^unreachable 10.2.0.0/16 .*metric 5'
	has '^10.3.0.0/16 dev eth0 proto static *$'
	has '^10.4.0.0/16 dev eth0 proto static scope host'
	has '^10.5.0.0/16 dev eth0 proto static scope link'
	see inside ip -6 route
	has '^prohibit fd99::/64'
	run inside ip route get 10.2.0.1
	expect_ne "$STATUS" 0
	expect_err --has 'No route to host'
.

it 'policy rules of both families decide the table' <<'.'
	skip_unless ip_rules
	target
	up --address 10.0.0.2/24 --address 10.0.0.3/24 --address fd00::2/64 \
		--route 'default via 10.0.0.1' --route 'default via 10.0.0.9 table 77' \
		--rule 'from 10.0.0.3 priority 50 table 77' --rule 'not to 10.0.0.0/8 fwmark 0x10/0xff iif eth0 priority 51 table 4711' \
		--rule 'from fd00::/64 priority 52 table 77' --rule 'inet6 oif eth0 fwmark 7 priority 53 prohibit'
	see inside ip -j rule
	has '"priority":50,"src":"10.0.0.3","table":"77"'
	has '"priority":51,"not":null,"src":"all","dst":"10.0.0.0","dstlen":8,"fwmark":"0x10","fwmask":"0xff","iif":"eth0","table":"4711"'
	see inside ip -j -6 rule
	has '"priority":52,"src":"fd00::","srclen":64,"table":"77"'
	has '"priority":53,"src":"all","fwmark":"0x7","oif":"eth0".*prohibit'
	see inside ip -j route get 8.8.8.8 from 10.0.0.2
	has '"gateway":"10.0.0.1"'
	see inside ip -j route get 8.8.8.8 from 10.0.0.3
	has '"gateway":"10.0.0.9"'
.

it 'a rule that is there already is there once' <<'.'
	skip_unless ip_rules
	target
	for i in 1 2; do
		up --name lo --type loopback --rule 'to 10.9.0.0/16 priority 60 blackhole' --rule 'inet6 priority 61 table 9'
	done
	see inside ip rule show priority 60
	expect_lines 1 "$T/seen"
	has 'to 10.9.0.0/16 blackhole'
	see inside ip -6 rule show priority 61
	expect_lines 1 "$T/seen"
.

it 'neighbours of both families that are known beforehand' <<'.'
	target
	up --address 10.0.0.2/24 --address fd00::2/64 --neigh '10.0.0.9 02:00:00:00:00:09' --neigh 'fd00::9 lladdr 02:00:00:00:00:0a'
	see inside ip -j neigh
	has '"dst":"10.0.0.9","dev":"eth0","lladdr":"02:00:00:00:00:09","state":\["PERMANENT"\]'
	has '"dst":"fd00::9","dev":"eth0","lladdr":"02:00:00:00:00:0a","state":\["PERMANENT"\]'
.

it 'promiscuous only on request' <<'.'
	target
	up --promisc
	see inside ip -j -d link show dev eth0
	has '"promiscuity":1'
	target
	up --promisc=no
	see inside ip -j -d link show dev eth0
	has '"promiscuity":0'
.

it 'sysctls of the interface and of the namespace, before the interface is up' <<'.'
	target
	up --accept-ra=always --sysctl net.ipv4.conf.IFNAME.rp_filter=2 --sysctl net.ipv6.conf.IFNAME.addr_gen_mode=1 \
		--net-sysctl net.ipv4.ip_forward=1 --net-sysctl 'net.ipv4.ip_local_port_range=2000 3000'
	see inside cat /proc/sys/net/ipv6/conf/eth0/accept_ra /proc/sys/net/ipv4/conf/eth0/rp_filter \
		/proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/ip_local_port_range
	expect_file "$T/seen" "$(printf '2\n2\n1\n2000\t3000')"
	# a link-local address would have been made at the moment that it came up
	see inside ip -j -6 addr show dev eth0
	hasnt fe80
	expect_eq "$(cat /proc/sys/net/ipv4/ip_forward)" 0 'ip_forward of the caller'
.

it 'a sysctl of an interface with a dot in its name, and those of a file' <<'.'
	target
	printf '%s\n' '[net]' 'sysctl = net.ipv4.ip_default_ttl=33' '[net.a.b]' 'sysctl = net.ipv4.conf.IFNAME.forwarding=1' \
		'sysctl = net.ipv6.conf.IFNAME.hop_limit=77' 'accept-ra = no' >web.ini
	run nsnet up --pid "$PID" --config web.ini
	expect_status 0
	see inside cat /proc/sys/net/ipv4/ip_default_ttl /proc/sys/net/ipv4/conf/a.b/forwarding \
		/proc/sys/net/ipv6/conf/a.b/hop_limit /proc/sys/net/ipv6/conf/a.b/accept_ra
	expect_file "$T/seen" "$(printf '33\n1\n77\n0')"
.

it 'tells what the kernel made of a sysctl' <<'.'
	target
	run nsnet up --pid "$PID" --net-sysctl net.ipv4.ip_local_reserved_ports=1,2,3
	expect_status 0
	expect_err --match '^nsnet: .*net.ipv4.ip_local_reserved_ports=1,2,3: the kernel made it 1-3$'
.

it 'a sysctl that is not there or takes no such value: nothing is left' <<'.'
	no_links
	target
	run nsnet up --pid "$PID" --sysctl net.ipv4.conf.IFNAME.no_such=1
	expect_refusal '.net.eth0. sysctl: net.ipv4.conf.IFNAME.no_such=1: No such file'
	expect_eq "$(links)" 'lo ' links
	run nsnet up --pid "$PID" --net-sysctl net.ipv4.ip_default_ttl=many
	expect_refusal '.net. sysctl: net.ipv4.ip_default_ttl=many: Invalid argument'
	expect_eq "$(links)" 'lo ' links
.

it 'isolated ports do not reach each other, but the bridge and the others' <<'.'
	skip_unless ping_works
	ip link add br7 type bridge
	at_end 'ip link del br7'
	ip addr add 10.7.0.1/24 dev br7
	ip link set br7 up
	target
	up --bridge br7 --host-name p2 --isolated --address 10.7.0.2/24
	target
	up --bridge br7 --host-name p3 --isolated --address 10.7.0.3/24
	three=$PID
	target
	up --bridge br7 --host-name p4 --address 10.7.0.4/24
	for port in p2:true p3:true p4:false; do
		see bridge -j -d link show dev "${port%:*}"
		has "\"isolated\":${port#*:}"
	done
	reached_inside 10.7.0.1
	reached_inside 10.7.0.2
	reached_inside 10.7.0.3
	PID=$three
	reached_inside 10.7.0.1
	run inside ping -c 1 -W 1 10.7.0.2
	expect_status 1
.

it 'hairpin: what a port sent comes back to it' <<'.'
	skip_unless ping_works
	ip link add br7 type bridge
	at_end 'ip link del br7'
	ip link set br7 up
	for hairpin in yes no; do
		target
		# nobody has that address: the bridge floods
		up --bridge br7 --host-name port --hairpin=$hairpin --address 10.7.0.2/24 --neigh '10.7.0.9 02:00:00:00:00:99' \
			--sysctl net.ipv6.conf.IFNAME.disable_ipv6=1
		see bridge -j -d link show dev port
		case $hairpin in
		yes) has '"hairpin":true' ;;
		no) has '"hairpin":false' ;;
		esac
		inside ping -q -f -c 50 -W 1 10.7.0.9 >/dev/null 2>&1 || :
		inside cat /sys/class/net/eth0/statistics/rx_packets >/dev/null 2>&1 || :
		received=$(inside awk '$1 == "eth0:" { print $3 }' /proc/net/dev)
		case $hairpin in
		yes) [ "$received" -ge 50 ] || fail "$received packets came back of 50" ;;
		no) [ "$received" -lt 50 ] || fail "$received packets came back" ;;
		esac
		kill "$PID"
		no_port() { ! ip link show dev port >/dev/null 2>&1; }
		wait_for no_port
	done
.

it 'vlans: with vlan-id untagged, with trunk tagged, apart from the others' <<'.'
	skip_unless bridge_vlans ping_works
	no_links
	target
	up --bridge brv --create-bridge --host-name p2 --vlan-id 10 --address 10.7.0.2/24
	two=$PID
	target
	up --bridge brv --create-bridge --host-name p3 --vlan-id 10 --trunk 20-22 --trunk 30 --address 10.7.0.3/24
	three=$PID
	target
	up --bridge brv --create-bridge --host-name p4 --vlan-id 11 --address 10.7.0.4/24
	four=$PID
	see ip -j -d link show dev brv
	has '"vlan_filtering":1'
	see bridge -j vlan show dev p3
	has '"vlan":10,"flags":\["PVID","Egress Untagged"\]'
	for vlan in 20 21 22 30; do
		has "\"vlan\":$vlan[},]"
	done
	hasnt '"vlan":1[},]'
	PID=$four
	run inside ping -c 1 -W 1 10.7.0.2
	expect_status 1
	PID=$two
	reached_inside 10.7.0.3
	run inside ping -c 1 -W 1 10.7.0.4
	expect_status 1
	for target in "$two" "$three" "$four"; do
		run nsnet down --pid "$target" --bridge brv --create-bridge
		expect_status 0
	done
	expect_eq "$(links)" 'lo ' links
.

it 'vlans: the first port without them, the second one with: the bridge of ours learns it' <<'.'
	skip_unless bridge_vlans
	no_links
	target
	up --bridge brv --create-bridge --host-name p2 --address 10.7.0.2/24
	two=$PID
	target
	up --bridge brv --create-bridge --host-name p3 --trunk 20
	see ip -j -d link show dev brv
	has '"vlan_filtering":1'
	see bridge -j vlan show dev p2
	has '"vlan":1,"flags":\["PVID","Egress Untagged"\]'
	see bridge -j vlan show dev p3
	has '"vlan":20[},]'
	hasnt '"vlan":1[},]'
	for target in "$two" "$PID"; do
		run nsnet down --pid "$target" --bridge brv --create-bridge
		expect_status 0
	done
.

it 'vlans: a bridge of others that does not tell them apart is refused, with a hint' <<'.'
	no_links
	ip link add br7 type bridge
	at_end 'ip link del br7'
	target
	for more in '' --create-bridge; do
		run nsnet up --pid "$PID" --bridge br7 $more --vlan-id 10
		expect_refusal '.net.eth0. bridge: br7 does not tell vlans apart'
		expect_err --has 'hint: ip link set dev br7 type bridge vlan_filtering 1'
		expect_eq "$(links)" 'br7 lo ' links
	done
.

it 'vlans: a kernel without them is named, and nothing is left' <<'.'
	! prereq bridge_vlans || skip 'this kernel has them'
	no_links
	target
	run nsnet up --pid "$PID" --bridge brv --create-bridge --vlan-id 10
	expect_refusal 'create-bridge: brv: Not supported'
	expect_err --has CONFIG_BRIDGE_VLAN_FILTERING
	expect_eq "$(links)" 'lo ' links
.

it 'check names each of these that differs, and nothing else' <<'.'
	skip_unless ip_rules
	no_links
	set -- --host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32 --gateway 10.0.0.1 --route 'blackhole 10.1.0.0/16' \
		--route 'prohibit fd99::/64' --rule 'not from 10.0.0.2 fwmark 0x10/0xff iif eth0 priority 50 table 77' \
		--rule 'from ::/0 oif eth0 prohibit' --neigh '10.0.0.9 02:00:00:00:00:09' --promisc --accept-ra=no \
		--sysctl net.ipv4.conf.IFNAME.rp_filter=2 --net-sysctl net.ipv4.ip_forward=1 --rate-in 10mbit --rate-out 100gbit
	target
	up "$@"
	run nsnet check --pid "$PID" "$@"
	expect_no_out
	expect_status 0
	inside ip route del blackhole 10.1.0.0/16
	inside ip rule del priority 50
	inside ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev eth0
	inside ip link set eth0 promisc off
	inside sh -c 'echo 0 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/eth0/accept_ra; echo 1 >/proc/sys/net/ipv4/conf/eth0/rp_filter'
	inside tc qdisc del dev eth0 root
	tc qdisc replace dev outer root tbf rate 5mbit burst 32k latency 50ms
	ip addr del 10.0.0.1/32 dev outer
	run nsnet check --pid "$PID" "$@"
	expect_status 1
	expect_out '[net] sysctl: wants net.ipv4.ip_forward=1, is 0
[net.eth0] route: wants blackhole 10.1.0.0/16, is missing
[net.eth0] host-address: wants 10.0.0.1/32, is missing
[net.eth0] host-address: wants the route to 10.0.0.2, is missing
[net.eth0] neigh: wants 10.0.0.9 lladdr 02:00:00:00:00:09, is 10.0.0.9 lladdr 02:00:00:00:00:0a
[net.eth0] rule: wants not from 10.0.0.2/32 iif eth0 fwmark 0x10/0xff priority 50 table 77, is missing
[net.eth0] rate-in: wants 10mbit, is 5mbit
[net.eth0] rate-out: wants 100gbit, is missing
[net.eth0] promisc: wants yes, is no
[net.eth0] accept-ra: wants net.ipv6.conf.IFNAME.accept_ra=0, is 1
[net.eth0] sysctl: wants net.ipv4.conf.IFNAME.rp_filter=2, is 1'
.

it 'check sees what a port of a bridge is' <<'.'
	no_links
	target
	up --bridge brc --create-bridge --host-name port --hairpin --isolated
	run nsnet check --pid "$PID" --bridge brc --hairpin --isolated
	expect_no_out
	bridge link set dev port hairpin off
	run nsnet check --pid "$PID" --bridge brc --hairpin
	expect_status 1
	expect_out '[net.eth0] hairpin: wants yes, is no
[net.eth0] isolated: wants no, is yes'
	run nsnet down --pid "$PID" --bridge brc --create-bridge
	expect_status 0
.

finish
