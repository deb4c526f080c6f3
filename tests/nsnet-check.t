#!/bin/sh
# nsnet check looks at each key that nsnet can set, and a second up makes it what the file says: nothing where
# nothing differs. What is there is seen, and changed, by ip(8), bridge(8), tc(8), wg(8) and nft(8).
# run as: root
# timeout: 400
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/image.sh
. "$NSK_TESTS/image.sh"

skip_unless root tools veth bridge busybox_static cmd_ip cmd_jq cmd_bridge cmd_tc
define_prereq tun kernel 'no tap devices' 'unshare -n ip tuntap add t0 mode tap'
define_prereq bridge_vlans kernel 'no vlan filtering (CONFIG_BRIDGE_VLAN_FILTERING)' \
	'unshare -n ip link add name nskp0 type bridge vlan_filtering 1'
define_prereq ip_rules kernel 'no policy rules (CONFIG_IP_MULTIPLE_TABLES)' \
	'unshare -n sh -c "ip rule add table 7 && ip -6 rule add table 7"'

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$target" -n "$@"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
# What an earlier test has made, or the kernel is about to take away; then a pair v0, v1 to stand on
lower() {
	for _link in $(links); do
		[ "$_link" = lo ] || ip link del "$_link" 2>/dev/null || :
	done
	wait_for '[ "$(links)" = "lo " ]'
	ip link add v0 type veth peer name v1
	at_end 'ip link del v0 2>/dev/null || :'
	ip link set v0 up
	ip link set v1 up
}
# everything on both sides but what time changes: addresses and routes of the kernel's own, states, counters
all() {
	{
		for _side in '' inside; do
			$_side "$ip" -j -d addr
			$_side "$ip" -j route show table all
			$_side "$ip" -j -6 route show table all
			$_side "$ip" -j rule 2>/dev/null || echo '[]'
			$_side "$ip" -j neigh show nud permanent
			$_side tc -j qdisc
			$_side bridge -j vlan
		done
	} | jq -S 'walk(
		if type == "object" then
			with_entries(select(.key | test("timer|state|flags|life_time|tentative") | not))
		elif type == "array" then
			map(select(type != "object" or (.scope != "link" and .protocol != "kernel_ll" and .type != "multicast" and
				.type != "local" and (.dst // "" | test("^(fe80|ff00|multicast)") | not))))
		else . end)'
	[ ! -e private.1 ] || inside wg show all dump | cut -f 1-5,9 # without what has been sent meanwhile
	nft list ruleset 2>/dev/null || :
}
# keys: private.N, public.N by wg
keys() {
	umask 077
	for n in 1 2 3; do
		wg genkey >"private.$n"
		wg pubkey <"private.$n" >"public.$n"
	done
	wg genpsk >psk
	wg genpsk >psk2
}
silent() {
	expect_no_err
	expect_no_out
	expect_status 0
}
# made_by_hand LINK…: x is another one of that kind, with our mark
made_by_hand() {
	inside "$ip" link del x
	ip link add name x netns "$target" "$@"
	inside "$ip" link set x alias nskit up
}
tap_by_hand() {
	inside "$ip" link del x
	inside "$ip" tuntap add dev x mode tap "$@"
	inside "$ip" link set x alias nskit up
}

# looked PREREQ KEY OPTIONS CHANGE LINE HOW: an interface x of these options; a second up changes nothing; check
# has nothing to say, and after the change names the key; up then mends it, or refuses what stays as it is
looked() {
	[ "$1" = - ] || skip_unless "$1"
	[ "$1" != wireguard ] || skip_unless wg
	rm -f private.* public.* psk*
	[ "$1" != wireguard ] || keys
	lower
	target
	_key=$2 _change=$4 _line=$5 _how=$6
	eval "set -- --pid \"\$target\" --name x $3"
	run nsnet up "$@"
	silent
	run nsnet check "$@"
	silent
	all >before
	run nsnet up "$@"
	silent
	all >after
	run diff before after
	expect_no_out
	eval "$_change"
	run nsnet check "$@"
	expect_status 1
	expect_out --match "^.net.x. $_key: $_line"
	[ "$_key" = sysctl ] || expect_out --not '^.net.'"[^x]"
	run nsnet up "$@"
	if [ "$_how" = stays ]; then
		expect_refusal "^nsnet: .net.x. $_key: $_line: not to be changed while it is there"
		expect_err --has "hint: 'nsnet down' takes the interface away"
		run nsnet check "$@"
		expect_status 1
		expect_out --match "^.net.x. $_key: $_line"
		return
	fi
	silent
	run nsnet check "$@"
	silent
	all >after
	run diff before after
	[ "$_how" = other ] || expect_no_out
}

# PREREQ|KEY|OPTIONS|CHANGE|LINE|HOW. HOW: mends; stays: the kernel does not change it; other: mends, but what ip
# says is not the same to the letter
cat >"$T/links.rows" <<'END'
-|host-name|--host-name outer|ip link set outer down; ip link set outer name other up|wants outer, is other|mends
-|bridge|--host-name outer --bridge brc --create-bridge|ip link set outer nomaster|wants brc, is missing|mends
-|bridge|--host-name outer|ip link add brz type bridge; ip link set outer master brz|wants none, is brz|other
-|bridge-address|--bridge brc --create-bridge --bridge-address 10.1.0.1/24|ip addr del 10.1.0.1/24 dev brc|wants 10.1.0.1/24, is missing|mends
macvlan|link|--type macvlan --link v0|made_by_hand link v1 type macvlan mode bridge|wants v0, is v1|stays
vlan|link|--type vlan --link v0 --id 7|made_by_hand link v1 type vlan id 7|wants v0, is v1|stays
vxlan|link|--type vxlan --link v0 --id 102|made_by_hand type vxlan id 102 dstport 4789 dev v1|wants v0, is v1|stays
macvlan|mode|--type macvlan --link v0 --mode vepa|inside ip link set x type macvlan mode private|wants vepa, is private|mends
macvtap|mode|--type macvtap --link v0 --mode vepa|inside ip link set x type macvtap mode private|wants vepa, is private|mends
macvlan|mode|--type macvlan --link v0 --mode passthru|made_by_hand link v0 type macvlan mode bridge|wants passthru, is bridge|stays
ipvlan|mode|--type ipvlan --link v0 --mode l3|inside ip link set x type ipvlan mode l2|wants l3, is l2|mends
vlan|id|--type vlan --link v0 --id 7|made_by_hand link v0 type vlan id 8|wants 7, is 8|stays
vxlan|id|--type vxlan --id 104|made_by_hand type vxlan id 105 dstport 4789|wants 104, is 105|stays
vxlan|port|--type vxlan --id 106|made_by_hand type vxlan id 106 dstport 4790|wants 4789, is 4790|stays
vxlan|remote|--type vxlan --id 108 --remote 10.0.0.9|inside ip link set x type vxlan id 108 remote 10.0.0.8|wants 10.0.0.9, is 10.0.0.8|mends
vxlan|remote|--type vxlan --id 110 --remote fd00::9|made_by_hand type vxlan id 110 dstport 4789 remote 10.0.0.8|wants fd00::9, is missing|stays
vxlan|local|--type vxlan --id 112 --remote 10.0.0.9 --local 10.0.0.1|inside ip link set x type vxlan id 112 local 10.0.0.2|wants 10.0.0.1, is 10.0.0.2|mends
-|device|--type phys --device v1|inside ip link set x alias nskit:v9|wants v1, is v9|stays
tun|owner|--type tap --owner 54321|tap_by_hand user 54322|wants 54321, is 54322|other
tun|group|--type tap --group 54321|tap_by_hand group 54322|wants 54321, is 54322|other
tun|owner|--type tap --owner 54321|tap_by_hand|wants 54321, is missing|other
tun|multi-queue|--type tap --multi-queue|tap_by_hand|wants yes, is no|stays
wireguard|private-key|--type wireguard --private-key private.1|inside wg set x private-key private.3|wants the one in .*/private.1, is another|mends
wireguard|listen-port|--type wireguard --private-key private.1 --listen-port 5001|inside wg set x listen-port 5009|wants 5001, is 5009|mends
wireguard|fwmark|--type wireguard --private-key private.1 --fwmark 7|inside wg set x fwmark 8|wants 7, is 8|mends
wireguard|fwmark|--type wireguard --private-key private.1|inside wg set x fwmark 8|wants 0, is 8|mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) allowed 10.0.0.2"|inside wg set x peer "$(cat public.2)" remove|wants .* allowed 10.0.0.2/32, is missing|mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) allowed 10.0.0.2"|inside wg set x peer "$(cat public.3)" allowed-ips fd00::3/128|wants none, is .* allowed fd00::3/128|mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) endpoint 127.0.0.1:9 allowed 10.0.0.2,fd00::/64 keepalive 25 psk psk" --peer "$(cat public.3)"|inside wg set x peer "$(cat public.2)" allowed-ips 10.0.0.2/32|wants .* allowed 10.0.0.2/32,fd00::/64 .* is .* allowed 10.0.0.2/32 keepalive 25 |mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) endpoint 127.0.0.1:9 keepalive 25 psk psk"|inside wg set x peer "$(cat public.2)" endpoint '[::1]:10'|wants .* endpoint 127.0.0.1:9 .* is .* endpoint .::1.:10 |mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) keepalive 25"|inside wg set x peer "$(cat public.2)" persistent-keepalive 0|wants .* keepalive 25, is [^ ]*$|mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2) psk psk"|inside wg set x peer "$(cat public.2)" preshared-key psk2|wants [^ ]* psk [^ ]*/psk, is [^ ]* psk another|mends
wireguard|peer|--type wireguard --private-key private.1 --peer "$(cat public.2)"|inside wg set x peer "$(cat public.2)" preshared-key psk2|wants [^ ]*, is [^ ]* psk another|mends
-|mac|--mac 02:00:00:00:00:07|inside ip link set x address 02:00:00:00:00:08|wants 02:00:00:00:00:07, is 02:00:00:00:00:08|mends
-|mac|--type phys --device v1 --mac 02:00:00:00:00:07|inside ip link set x address 02:00:00:00:00:08|wants 02:00:00:00:00:07, is 02:00:00:00:00:08|mends
-|mtu|--host-name outer --mtu 1400|ip link set outer mtu 1300|wants 1400, is 1300 on outer|mends
macvtap|mtu|--type macvtap --link v0 --mtu 1400|inside ip link set x mtu 1300|wants 1400, is 1300|mends
dummy|mtu|--type dummy --mtu 1400|inside ip link set x mtu 1300|wants 1400, is 1300|mends
-|txqueuelen|--txqueuelen 50|inside ip link set x txqueuelen 60|wants 50, is 60|mends
-|address|--address 10.1.0.2/24|inside ip addr del 10.1.0.2/24 dev x|wants 10.1.0.2/24, is missing|mends
-|gateway|--address 10.1.0.2/24 --gateway 10.1.0.1|inside ip route del default|wants default via 10.1.0.1, is missing|mends
-|route|--address 10.1.0.2/24 --route '10.9.0.0/16 via 10.1.0.7'|inside ip route replace 10.9.0.0/16 via 10.1.0.8|wants 10.9.0.0/16 via 10.1.0.7, is 10.9.0.0/16 via 10.1.0.8|mends
-|host-address|--host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32 --gateway 10.0.0.1|ip addr del 10.0.0.1/32 dev outer|wants 10.0.0.1/32, is missing|mends
-|host-address|--host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32|ip addr add 10.0.0.9/32 dev outer|wants none, is 10.0.0.9/32|mends
-|host-address|--host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32|ip route del 10.0.0.2|wants the route to 10.0.0.2, is missing|mends
-|host-address|--host-name outer --address fd00::2/128 --host-address fd00::1/128|ip -6 route del fd00::2|wants the route to fd00::2, is missing|mends
-|host-address|--host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32|inside ip route del 10.0.0.1|wants the route to 10.0.0.1, is missing|mends
-|neigh|--address 10.0.0.2/24 --neigh '10.0.0.9 02:00:00:00:00:09'|inside ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev x|wants 10.0.0.9 lladdr 02:00:00:00:00:09, is 10.0.0.9 lladdr 02:00:00:00:00:0a|mends
ip_rules|rule|--rule 'to 10.9.0.0/16 priority 60 table 9'|inside ip rule del priority 60|wants to 10.9.0.0/16 priority 60 table 9, is missing|mends
-|rate-in|--host-name outer --rate-in 10mbit|tc qdisc del dev outer root|wants 10mbit, is missing|other
-|rate-in|--host-name outer|tc qdisc add dev outer root tbf rate 5mbit burst 32k latency 50ms|wants none, is 5mbit|other
-|rate-out|--rate-out 10mbit|inside tc qdisc replace dev x root tbf rate 5mbit burst 32k latency 50ms|wants 10mbit, is 5mbit|other
-|rate-out|--txqueuelen 60|inside tc qdisc add dev x root tbf rate 5mbit burst 32k latency 50ms|wants none, is 5mbit|other
-|burst|--host-name outer --rate-in 10mbit --burst 64K|tc qdisc replace dev outer root tbf rate 10mbit burst 96k latency 50ms|wants 65536, is 98[0-9]*|other
-|burst|--rate-out 100gbit|inside tc qdisc replace dev x root tbf rate 100gbit burst 10m latency 50ms|wants 50000000, is 104[0-9]*|other
-|hairpin|--host-name outer --bridge brc --create-bridge --hairpin|bridge link set dev outer hairpin off|wants yes, is no|mends
-|hairpin|--host-name outer --bridge brc --create-bridge|bridge link set dev outer hairpin on|wants no, is yes|mends
-|isolated|--host-name outer --bridge brc --create-bridge --isolated|bridge link set dev outer isolated off|wants yes, is no|mends
-|isolated|--host-name outer --bridge brc --create-bridge|bridge link set dev outer isolated on|wants no, is yes|mends
bridge_vlans|vlan-id|--host-name outer --bridge brc --create-bridge --vlan-id 10|bridge vlan del dev outer vid 10|wants 10 PVID untagged, is missing|mends
bridge_vlans|vlan-id|--host-name outer --bridge brc --create-bridge --vlan-id 10|bridge vlan add dev outer vid 11 pvid untagged|wants none, is 11 PVID untagged|mends
bridge_vlans|vlan-id|--host-name outer --bridge brc --create-bridge --vlan-id 10|bridge vlan add dev outer vid 10 pvid|wants 10 PVID untagged, is 10 PVID|mends
bridge_vlans|vlan-id|--host-name outer --bridge brc --create-bridge|ip link set brc type bridge vlan_filtering 1; bridge vlan add dev outer vid 5 pvid untagged|wants 1 PVID untagged, is 1 untagged|other
bridge_vlans|bridge|--host-name outer --bridge brc --create-bridge --vlan-id 10|ip link set brc type bridge vlan_filtering 0|wants vlans, is brc that does not tell them apart|mends
bridge_vlans|trunk|--host-name outer --bridge brc --create-bridge --trunk 20-30 --trunk 40|bridge vlan del dev outer vid 22-24|wants 22-24, is missing|mends
bridge_vlans|trunk|--host-name outer --bridge brc --create-bridge --trunk 20-30|bridge vlan add dev outer vid 31-32|wants none, is 31-32|mends
bridge_vlans|trunk|--host-name outer --bridge brc --create-bridge --trunk 20-30|bridge vlan add dev outer vid 25 untagged|wants 25, is 25 untagged|mends
-|promisc|--promisc|inside ip link set x promisc off|wants yes, is no|mends
-|promisc|--up|inside ip link set x promisc on|wants no, is yes|mends
-|accept-ra|--accept-ra=no|inside sh -c 'echo 1 >/proc/sys/net/ipv6/conf/x/accept_ra'|wants net.ipv6.conf.IFNAME.accept_ra=0, is 1|mends
-|sysctl|--sysctl net.ipv4.conf.IFNAME.rp_filter=2|inside sh -c 'echo 1 >/proc/sys/net/ipv4/conf/x/rp_filter'|wants net.ipv4.conf.IFNAME.rp_filter=2, is 1|mends
-|dad|--address fd01::2/64|inside ip addr change fd01::2/64 dev x|wants no, is yes|mends
-|dad|--address fd01::2/64 --dad|inside ip addr change fd01::2/64 dev x nodad|wants yes, is no|mends
-|up|--address 10.1.0.2/24|inside ip link set x down|wants yes, is no|mends
-|up|--host-name outer|ip link set outer down|wants outer up, is outer down|mends
-|up|--up=no|inside ip link set x up|wants no, is yes|other
END
while IFS='|' read -r prereq key options change line how; do
	change=$(printf '%s' "$change" | sed "s/'/'\\\\''/g")
	options=$(printf '%s' "$options" | sed "s/'/'\\\\''/g")
	it "$key, $options: $line" "looked '$prereq' '$key' '$options' '$change' '$line' '$how'"
done <"$T/links.rows"

# ---- [net], of a container that runs ------------------------------------------------------------------

# The machine's own root may lack the files that are to be bound over.
image "$T/image"
: >"$T/image/etc/resolv.conf"
: >"$T/image/etc/hosts"
# container LINE…: web, with the network of web.ini, on a bridge of ours; until `over`
container() {
	rm -f "$T/image/go"
	mkfifo "$T/image/go"
	printf '%s\n' '[rootfs]' "path = $T/image" 'readonly = yes' '[cgroup]' 'enable = no' "$@" >web.ini
	spawn nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- \
		nsinit -- sh -c 'echo up; read x </go'
	container=$PID
	wait_for 'grep -q up "$OUT" || ! kill -0 "$container"' 30
	grep -q up "$OUT" || fail 'it did not start:' "$(cat "$ERR")"
	target=$(sed -n 's/^pid //p' /run/nskit/web/pid)
	id=$(value id /run/nskit/web/plan)
}
over() {
	echo >"$T/image/go"
	finished "$container"
	expect_status 0
	expect_no_err
	expect_missing /run/nskit
	run nft list tables
	expect_out --not nskit
}
# rule PATTERN: the handle of a rule of our chain
rule() { nft -a list chain inet nskit "start-$id" | sed -n "s/.*$1.*# handle //p"; }

# of_net KEY LINES CHANGE LINE HOW
of_net() {
	skip_unless nft
	rm -f private.*
	lower
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 1 >/proc/sys/net/ipv6/conf/all/forwarding
	_key=$1 _change=$3 _line=$4 _how=$5
	[ "$_key" != add-host ] || _key=hosts # a line of it
	IFS=';'
	# shellcheck disable=SC2086 # lines
	set -- $2
	unset IFS
	container '[net]' "$@"
	run nsnet check --config web.ini web
	silent
	all >before
	run nsnet up --config web.ini web
	silent
	all >after
	run diff before after
	expect_no_out
	eval "$_change"
	run nsnet check --config web.ini web
	expect_status 1
	expect_out --match "^.net. $_key: $_line"
	run nsnet up --config web.ini web
	if [ "$_how" = down ]; then
		expect_refusal "^nsnet: .net. $_key: web has its rules already, and not these; .nsnet down. removes them"
	else
		silent
		run nsnet check --config web.ini web
		silent
	fi
	over
}

# KEY|LINES|CHANGE|LINE|HOW. HOW: mends; down: another up does not, after a `down` it would
bridged='[net.eth0];bridge = brn;create-bridge = yes;address = 10.50.0.2/24;address = fd50::2/64'
alone='[net.eth0];address = 10.50.0.2/24;host-address = 10.50.0.1/24;host-name = own0'
cat >"$T/net.rows" <<END
loopback|loopback = yes;$bridged|inside ip link set lo down|wants up, is down|mends
dns|dns = 10.1.0.1;$bridged|sed -i s/10.1.0.1/10.1.0.9/ /run/nskit/web/net.resolv|wants nameserver 10.1.0.1, is missing|mends
dns-search|dns = 10.1.0.1;dns-search = a.example;$bridged|sed -i s/a.example/b.example/ /run/nskit/web/net.resolv|wants search a.example, is missing|mends
dns-option|dns = 10.1.0.1;dns-option = ndots:2;$bridged|sed -i s/ndots:2/ndots:3/ /run/nskit/web/net.resolv|wants none, is options ndots:3|mends
hosts|hosts = yes;$bridged|sed -i /10.50.0.2/d /run/nskit/web/net.hosts|wants 10.50.0.2 web, is missing|mends
add-host|add-host = db:10.9.0.9;$bridged|sed -i s/10.9.0.9/10.9.0.8/ /run/nskit/web/net.hosts|wants 10.9.0.9 db, is missing|mends
sysctl|sysctl = net.ipv4.ip_default_ttl=33;$bridged|inside sh -c 'echo 44 >/proc/sys/net/ipv4/ip_default_ttl'|wants net.ipv4.ip_default_ttl=33, is 44|mends
nat|nat = masquerade;$bridged|nft delete element inet nskit masquerade4 { 10.50.0.2 }|wants inet set masquerade4: 10.50.0.2 comment "web [0-9a-f]*", is missing|down
nat|nat = masquerade;$bridged|nft add element inet nskit masquerade6 { fd50::7 }|wants none, is inet set masquerade6: fd50::7|down
nat|nat = masquerade;$bridged|nft flush chain inet nskit postrouting|wants inet chain postrouting: ip saddr @masquerade4 masquerade, is missing|down
publish|publish = 8080-8081:80-81;$bridged|nft flush map inet nskit publish6|wants inet map publish6: .* 8081 comment "web [0-9a-f]*" : fd50::2 . 81, is missing|down
publish|publish = 8080:80;$alone|nft add element inet nskit publish4 { 10.50.0.1 . tcp . 8081 : 10.50.0.2 . 81 }|wants none, is inet map publish4: 10.50.0.1 . 6 . 8081 : 10.50.0.2 . 81|down
publish|publish = 127.0.0.1:8080:80;$alone|echo 0 >/proc/sys/net/ipv4/conf/own0/route_localnet|wants route_localnet of own0, is missing|mends
egress|egress = deny;$bridged|nft flush chain bridge nskit start-\$id|wants bridge chain start-[0-9a-f]*: meta mark set 0x6e736b21, is missing|down
egress|egress = deny;$alone|nft delete element inet nskit egress { own0 }|wants inet map egress: "own0" comment "web [0-9a-f]*" : jump start-[0-9a-f]*, is missing|down
egress|egress = deny;$alone|nft insert rule inet nskit start-\$id accept|wants none, is inet chain start-[0-9a-f]*: accept|down
allow|egress = deny;allow = 10.9.0.0/16:53/udp;$alone|nft delete rule inet nskit start-\$id handle \$(rule 10.9.0.0)|wants inet chain start-[0-9a-f]*: ip daddr 10.9.0.0/16 udp dport 53(-53)? accept comment "allow", is missing|down
deny|deny = 10.9.0.0/16;$bridged|nft delete rule inet nskit start-\$id handle \$(rule 10.9.0.0)|wants inet chain start-[0-9a-f]*: ip daddr 10.9.0.0/16 drop comment "deny", is missing|down
END
while IFS='|' read -r key lines change line how; do
	change=$(printf '%s' "$change" | sed "s/'/'\\\\''/g")
	it "[net] $key, $lines: $line" "of_net '$key' '$lines' '$change' '$line' '$how'"
done <"$T/net.rows"

it 'an address out of a pool stays the same, and check knows it' <<'.'
	lower
	container '[net.eth0]' 'bridge = brn' 'create-bridge = yes' 'pool = 10.60.0.0/24' 'pool = 10.60.0.0/24' 'pool = fd60::/64'
	leases() { ls -A /run/nskit/.leases; }
	inside ip -j addr show dev eth0 scope global | jq -r '.[].addr_info[] | .local // empty' >before
	expect_lines 3 before
	leases >leases
	for i in 1 2; do
		run nsnet up --config web.ini web
		silent
	done
	inside ip -j addr show dev eth0 scope global | jq -r '.[].addr_info[] | .local // empty' >after
	run diff before after
	expect_no_out
	expect_eq "$(leases)" "$(cat leases)" leases
	run nsnet check --config web.ini web
	silent
	inside ip addr del "$(sed -n 2p before)/24" dev eth0
	run nsnet check --config web.ini web
	expect_status 1
	expect_out "[net.eth0] address: wants $(sed -n 2p before)/24, is missing"
	over
.

it 'the loopback interface of a container is made what the file says now' <<'.'
	lower
	container '[net.lo]' 'type = loopback' 'address = 10.99.0.1/32' 'mtu = 60000'
	sed -i 's/10.99.0.1/10.99.0.2/; s/60000/50000/' web.ini
	run nsnet up --config web.ini web
	silent
	expect_eq "$(inside ip -j addr show dev lo | jq -r '.[] | "\(.mtu) \([.addr_info[] | select(.family == "inet") | .local] | join(" "))"')" \
		'50000 127.0.0.1 10.99.0.2'
	run nsnet check --config web.ini web
	silent
	over
.

# ---- a file that was changed ----------------------------------------------------------------------------

it 'what the kernel can change of a link it changes, what it cannot is refused, and all of it stays' <<'.'
	skip_unless macvlan vxlan
	lower
	target
	nsnet up --pid "$target" --name x --type macvlan --link v0 --mode bridge --address 10.1.0.2/24
	nsnet up --pid "$target" --name y --type vxlan --id 97 --remote 10.0.0.9
	run nsnet up --pid "$target" --name x --type macvlan --link v0 --mode private --address 10.1.0.3/24
	silent
	expect_eq "$(inside ip -d -j link show dev x | jq -r '.[0].linkinfo.info_data.mode')" private mode
	expect_eq "$(inside ip -j addr show dev x scope global | jq -r '.[].addr_info[].local // empty')" 10.1.0.3 address
	all >before
	run nsnet up --pid "$target" --name x --type macvlan --link v0 --mode passthru
	expect_refusal '.net.x. mode: wants passthru, is private: not to be changed while it is there'
	run nsnet up --pid "$target" --name x --type macvlan --link v1 --mode private
	expect_refusal '.net.x. link: wants v1, is v0: not to be changed while it is there'
	run nsnet up --pid "$target" --name y --type vxlan --id 98 --remote 10.0.0.8
	expect_refusal '.net.y. id: wants 98, is 97: not to be changed while it is there'
	run nsnet up --pid "$target" --name x --type vxlan --id 8
	expect_refusal '.net.x.: an interface of this name is there inside already, and is not ours'
	all >after
	run diff before after
	expect_no_out
	nsnet down --pid "$target" --name y --type vxlan --id 97
	run nsnet up --pid "$target" --name y --type vxlan --id 98 --remote 10.0.0.8
	silent
	expect_eq "$(inside ip -d -j link show dev y | jq -c '.[0].linkinfo.info_data | [.id, .remote]')" '[98,"10.0.0.8"]' y
.

it 'the owner of a tap that a program uses stays, and is named' <<'.'
	skip_unless tun perl
	lower
	target
	nsnet up --pid "$target" --name x --type tap --owner 54321
	cat >holder <<'END'
open(my $f, "+<", "/dev/net/tun") or die "open: $!";
my $r = pack("a16 s x22", "x", 0x1002);
ioctl($f, 0x400454ca, $r) or die "TUNSETIFF: $!";
$| = 1;
print "attached\n";
<STDIN>;
END
	rm -f go
	mkfifo go
	spawn /usr/bin/nsenter -t "$target" -n sh -c 'exec perl holder <>go'
	wait_line "$OUT" attached
	run nsnet up --pid "$target" --name x --type tap --owner 54322
	expect_refusal '.net.x. owner: wants 54322, is 54321: not to be changed while it is there'
	echo >go
	finished
	run nsnet up --pid "$target" --name x --type tap --owner 54322
	silent
	expect_eq "$(inside ip -d -j link show dev x | jq -r '.[0].linkinfo.info_data.user')" 54322 owner
.

it 'a device that was moved inside: up once more leaves it, and its record' <<'.'
	lower
	ip addr add 10.9.0.1/24 dev v1
	container '[net.x]' 'type = phys' 'device = v1' 'mac = 02:00:00:00:00:99' 'address = 10.5.0.1/24'
	cp /run/nskit/web/net.phys.v1 kept
	for i in 1 2; do
		run nsnet up --config web.ini web
		silent
	done
	cmp kept /run/nskit/web/net.phys.v1
	run nsnet check --config web.ini web
	silent
	sed -i 's/10.5.0.1/10.5.0.2/; s/:99/:98/' web.ini
	run nsnet up --config web.ini web
	silent
	expect_eq "$(inside ip -j addr show dev x scope global | jq -r '.[] | .address, (.addr_info[].local // empty)' | tr '\n' ' ')" '02:00:00:00:00:98 10.5.0.2 '
	over
	expect_eq "$(ip -j addr show dev v1 scope global | jq -r '.[].addr_info[].local // empty')" 10.9.0.1 'the address of v1'
.

it 'the route of another to the same address stays, and is an error' <<'.'
	lower
	target
	ip route add 10.0.0.2/32 dev v0
	run nsnet up --pid "$target" --host-name outer --address 10.0.0.2/32 --host-address 10.0.0.1/32
	expect_refusal "address: the host's route to 10.0.0.2: File exists"
	expect_eq "$(ip -j route show 10.0.0.2 | jq -r '.[].dev')" v0 'the route'
.

it 'wireguard: a peer that is the same keeps its session, and no key is said' <<'.'
	skip_unless wireguard wg ping
	rm -f private.* public.* psk*
	lower
	keys
	target
	one=$target
	set -- --name x --type wireguard --private-key private.1 --listen-port 5001 --address 10.0.0.1/24 --peer "$(cat public.2) allowed 10.0.0.2 psk psk"
	nsnet up --pid "$one" "$@"
	target
	nsnet up --pid "$target" --name x --type wireguard --private-key private.2 --listen-port 5002 --address 10.0.0.2/24 \
		--peer "$(cat public.1) endpoint 127.0.0.1:5001 allowed 10.0.0.0/24 psk psk"
	inside ping -c 1 -W 10 10.0.0.1 >/dev/null || fail 'no answer'
	target=$one
	inside wg show x latest-handshakes >before
	expect_file before --match '[1-9]$'
	run nsnet up --pid "$one" "$@" --peer "$(cat public.3)"
	silent
	inside wg show x latest-handshakes | grep -F "$(cat public.2)" >after
	run diff before after
	expect_no_out
	inside wg set x private-key private.3 peer "$(cat public.2)" preshared-key psk2
	run nsnet check --json --pid "$one" "$@"
	expect_status 1
	for secret in private.1 private.3 psk psk2; do
		expect_out --not "$(sed 's/[+]/[+]/g' "$secret")"
	done
.

# ---- every key ------------------------------------------------------------------------------------------

# KEY: why no row above is about it
cat >"$T/exempt" <<'END'
create-bridge: how the bridge comes to be there; that the end on the host is on it, bridge says
pool: what came out of it is an address, in a test of its own above
type: "check names an interface that is missing, and one of another kind" in nsnet-verbs.t
user-mode: "check sees that the program is gone, and up starts it once" in nsnet-usermode.t
END

it 'every key of [net] and [net.NAME] has a row that shows check seeing it, or a reason' <<'.'
	nskit conf keys | sed -n 's/^net[.]\([a-z][a-z-]*\)[*]*	.*/net \1/p; s/^net[.][.]\([a-z][a-z-]*\)[*]*	.*/link \1/p' | sort >keys
	[ "$(grep -c ^net keys)" -gt 10 ] && [ "$(grep -c ^link keys)" -gt 35 ] || fail 'the keys were not found' "$(cat keys)"
	{
		cut -d'|' -f2 links.rows | sed 's/^/link /'
		cut -d'|' -f1 net.rows | sed 's/^/net /'
	} | sort -u >rows
	sed 's/:.*//' exempt | sort >exempted
	while read -r of key; do
		grep -qx "$of $key" rows || grep -qx "$key" exempted || fail "[$of] $key: no row in $0 changes it and has check name it"
	done <keys
	while read -r of key; do
		grep -qx "$of $key" keys || fail "[$of] $key: a row about a key that there is not"
	done <rows
	while read -r key; do
		grep -q " $key\$" keys || fail "$key: exempted, but no key"
		! grep -q " $key\$" rows || fail "$key: exempted, although there is a row"
	done <exempted
	sed -n 's/.*"\(.*\)" in \(.*\)$/\1|\2/p' exempt >elsewhere
	expect_lines 2 elsewhere
	while IFS='|' read -r name file; do
		grep -qF "it '$name'" "$NSK_TESTS/$file" || fail "$file: no test '$name'"
	done <elsewhere
.

finish
