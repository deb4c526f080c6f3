#!/bin/sh
# nsnet: every type of interface, seen by ip(8) and wg(8) from inside and outside, with traffic.
# run as: root
# timeout: 240
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth cmd_ip cmd_jq
define_prereq ping_works package 'no ping that works' 'ping -c 1 -W 1 127.0.0.1'
define_prereq tun kernel 'no tap devices' 'unshare -n ip tuntap add t0 mode tap'

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$PID" -n "$@"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
inside_links() { inside ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
no_links() { wait_for '[ "$(links)" = "lo " ]'; }

# lower: a pair v0, v1 on the host, up, gone with the test
lower() {
	no_links
	ip link add v0 type veth peer name v1
	at_end 'ip link del v0 2>/dev/null || :'
	ip link set v0 up
	ip link set v1 up
}
# fact JQ WANTED [IP-ARGUMENTS…]: of interface x inside
fact() {
	inside ip -d -j link show dev x >"$T/fact"
	expect_eq "$(jq -r ".[0]$1" "$T/fact")" "$2" "$1"
}
host_fact() { expect_eq "$(ip -d -j "$1" show dev "$2" | jq -rc "[.[] | select(.ifname)] | .[0]$3")" "$4" "$2 $3"; }
# listening PORT: somebody inside does
listening() { wait_for "inside ss -Hltn | grep -q ':$1 '" 20; }

# made PREREQ JQ WANTED TYPE OPTION…: one interface x of that type on v0, and nothing of it on the host
made() {
	skip_unless "$1"
	lower
	target
	_jq=$2 _wanted=$3
	shift 3
	run nsnet up --pid "$PID" --name x --type "$@"
	expect_status 0
	expect_no_err
	fact "$_jq" "$_wanted"
	fact .ifalias nskit
	expect_eq "$(links)" 'lo v0 v1 ' 'links of the host'
	run nsnet check --pid "$PID" --name x --type "$@"
	expect_status 0
	expect_no_out
	run nsnet down --pid "$PID" --name x --type "$@"
	expect_status 0
	expect_eq "$(inside_links)" 'lo ' 'links inside'
	expect_eq "$(links)" 'lo v0 v1 ' 'links of the host'
}

while IFS='|' read -r prereq options jq wanted; do
	it "$options: $jq is $wanted" "made '$prereq' '$jq' '$wanted' $options"
done <<'END'
macvlan|macvlan --link v0|.linkinfo.info_kind|macvlan
macvlan|macvlan --link v0|.linkinfo.info_data.mode|bridge
macvlan|macvlan --link v0 --mode private|.linkinfo.info_data.mode|private
macvlan|macvlan --link v0 --mode vepa|.linkinfo.info_data.mode|vepa
macvlan|macvlan --link v0 --mode bridge|.linkinfo.info_data.mode|bridge
macvlan|macvlan --link v0 --mode passthru|.linkinfo.info_data.mode|passthru
macvlan|macvlan --link v0 --mac 02:00:00:00:00:07|.address|02:00:00:00:00:07
macvlan|macvlan --link v0 --mtu 1400|.mtu|1400
macvlan|macvlan --link v0 --txqueuelen 77|.txqlen|77
macvlan|macvlan --link v0 --promisc|.flags[3]|UP
macvlan|macvlan --link v0 --up=no|.operstate|DOWN
macvtap|macvtap --link v0|.linkinfo.info_kind|macvtap
macvtap|macvtap --link v0 --mode private|.linkinfo.info_data.mode|private
ipvlan|ipvlan --link v0|.linkinfo.info_kind|ipvlan
ipvlan|ipvlan --link v0|.linkinfo.info_data.mode|l2
ipvlan|ipvlan --link v0 --mode l2|.linkinfo.info_data.mode|l2
ipvlan|ipvlan --link v0 --mode l3|.linkinfo.info_data.mode|l3
ipvlan|ipvlan --link v0 --mode l3s|.linkinfo.info_data.mode|l3s
vlan|vlan --link v0 --id 1|.linkinfo.info_kind|vlan
vlan|vlan --link v0 --id 4094|.linkinfo.info_data.id|4094
vlan|vlan --link v0 --id 7 --mtu 1300|.mtu|1300
vxlan|vxlan --id 0|.linkinfo.info_kind|vxlan
vxlan|vxlan --id 16777215|.linkinfo.info_data.id|16777215
vxlan|vxlan --id 5|.linkinfo.info_data.port|4789
vxlan|vxlan --id 5 --port 8472|.linkinfo.info_data.port|8472
vxlan|vxlan --id 5 --remote 10.1.0.9|.linkinfo.info_data.remote|10.1.0.9
vxlan|vxlan --id 5 --local 10.1.0.8 --remote 10.1.0.9|.linkinfo.info_data.local|10.1.0.8
vxlan|vxlan --id 5 --remote fd00::9|.linkinfo.info_data.remote6|fd00::9
vxlan|vxlan --id 5 --remote fd00::9 --local fd00::8|.linkinfo.info_data.local6|fd00::8
vxlan|vxlan --id 5 --remote 239.1.1.1 --link v0|.linkinfo.info_data.group|239.1.1.1
dummy|dummy|.linkinfo.info_kind|dummy
dummy|dummy --mac 02:00:00:00:00:08 --mtu 9000|.mtu|9000
tun|tap|.linkinfo.info_data.type|tap
tun|tap|.linkinfo.info_data.persist|true
tun|tap --owner 54321|.linkinfo.info_data.user|54321
tun|tap --group 54321|.linkinfo.info_data.group|54321
tun|tap --multi-queue|.linkinfo.info_data.multi_queue|true
tun|tap --mac 02:00:00:00:00:09|.address|02:00:00:00:00:09
tun|tap --mtu 1300|.mtu|1300
tun|tap --txqueuelen 33|.txqlen|33
END

it 'names the link of the host that it stands on' <<'.'
	skip_unless macvlan
	lower
	target
	nsnet up --pid "$PID" --name x --type macvlan --link v0 --promisc --address 10.0.0.2/24
	fact .link_index "$(ip -j link show dev v0 | jq '.[0].ifindex')"
	fact .promiscuity 1
	expect_eq "$(ip -d -j link show dev v0 | jq '.[0].promiscuity > 0')" true 'promiscuity of v0'
	expect_eq "$(inside ip -j addr show dev x | jq -r '.[0].addr_info[0].local')" 10.0.0.2 address
.

it 'check names a fact that differs' <<'.'
	skip_unless macvlan vxlan
	lower
	target
	nsnet up --pid "$PID" --name x --type macvlan --link v0 --mode vepa
	nsnet up --pid "$PID" --name y --type vxlan --id 5 --remote 10.0.0.9
	run nsnet check --pid "$PID" --name x --type macvlan --link v0
	expect_status 1
	expect_out '[net.x] mode: wants bridge, is vepa'
	run nsnet check --pid "$PID" --name y --type vxlan --id 6 --remote 10.0.0.8 --port 99
	expect_status 1
	expect_out '[net.y] id: wants 6, is 5
[net.y] port: wants 99, is 4789
[net.y] remote: wants 10.0.0.8, is 10.0.0.9'
.

it 'removes what it made inside when a later step fails' <<'.'
	skip_unless macvlan tun
	lower
	target
	run nsnet up --pid "$PID" --name x --type macvlan --link v0 --address 10.0.0.2/24 --gateway 10.0.0.255
	expect_refusal '.net.x. gateway: 10.0.0.255: Invalid argument'
	expect_eq "$(inside_links)" 'lo ' 'links inside'
	run nsnet up --pid "$PID" --name x --type tap --address 10.0.0.2/24 --gateway 10.0.0.255
	expect_refusal 'gateway'
	expect_eq "$(inside_links)" 'lo ' 'links inside'
.

it 'a failure leaves an interface inside that an earlier run has made' <<'.'
	skip_unless tun
	no_links
	target
	printf '%s\n' '[net.x]' 'type = tap' >x.ini
	nsnet up --pid "$PID" --config x.ini
	printf '%s\n' '[net.y]' 'type = tap' 'address = 10.0.0.2/24' 'gateway = 10.0.0.255' >>x.ini
	run nsnet up --pid "$PID" --config x.ini
	expect_refusal '.net.y. gateway'
	expect_eq "$(inside_links)" 'lo x ' 'links inside'
.

it 'leaves an interface inside that it did not make' <<'.'
	skip_unless macvlan
	lower
	target
	inside ip link add x type veth peer name y
	for options in 'macvlan --link v0' tap 'vxlan --id 5' 'phys --device v1'; do
		run nsnet up --pid "$PID" --name x --type $options
		expect_refusal '.net.x.: an interface of this name is there inside already'
		expect_eq "$(inside_links)" 'lo x y ' 'links inside'
	done
	run nsnet down --pid "$PID" --name x --type macvlan --link v0
	expect_refusal '.net.x.: is not ours'
	expect_eq "$(inside_links)" 'lo x y ' 'links inside'
	expect_eq "$(links)" 'lo v0 v1 ' 'links of the host'
.

# two_containers TYPE-OPTIONS…: $one and $two with 10.0.0.1 and 10.0.0.2 on v0
two_containers() {
	lower
	target
	one=$PID
	nsnet up --pid "$PID" --name x --address 10.0.0.1/24 --address fd00::1/64 --type "$@"
	target
	nsnet up --pid "$PID" --name x --address 10.0.0.2/24 --address fd00::2/64 --type "$@"
	two=$PID
}
# talk: ping, and a line by TCP, from $two to $one
talk() {
	for address in 10.0.0.1 ${1:-}; do
		run ping_from "$two" "$address"
		expect_status 0
	done
	PID=$one
	spawn /usr/bin/nsenter -t "$one" -n busybox nc -l -p 5000 -e echo hello
	PID=$one
	listening 5000
	run /usr/bin/nsenter -t "$two" -n busybox nc 10.0.0.1 5000
	expect_out hello
}
ping_from() { /usr/bin/nsenter -t "$1" -n ping -c 3 -i 0.2 -W 5 "$2"; }

it 'macvlan: two containers on one link reach each other, by ICMP and TCP' <<'.'
	skip_unless macvlan ping_works busybox
	two_containers macvlan --link v0
	talk fd00::1
.

it 'macvlan: in mode private they do not' <<'.'
	skip_unless macvlan ping_works
	two_containers macvlan --link v0 --mode private
	run /usr/bin/nsenter -t "$two" -n ping -c 1 -W 1 10.0.0.1
	expect_status 1
.

it 'ipvlan: two containers on one link reach each other, by ICMP and TCP' <<'.'
	skip_unless ipvlan ping_works busybox
	two_containers ipvlan --link v0
	fact .address "$(ip -j link show dev v0 | jq -r '.[0].address')"
	talk fd00::1
.

it 'vlan: reaches the other end by its tag, and only that' <<'.'
	skip_unless vlan ping_works
	lower
	target
	one=$PID
	ip link set v1 netns "$one"
	inside ip link set v1 up
	inside ip link add link v1 name tagged type vlan id 7
	inside ip link set tagged up
	inside ip addr add 10.0.0.1/24 dev tagged
	target
	two=$PID
	nsnet up --pid "$two" --name x --type vlan --link v0 --id 7 --address 10.0.0.2/24
	nsnet up --pid "$two" --name y --type vlan --link v0 --id 8 --address 10.0.1.2/24
	run ping_from "$two" 10.0.0.1
	expect_status 0
	PID=$one
	inside ip addr add 10.0.1.1/24 dev tagged
	run /usr/bin/nsenter -t "$two" -n ping -c 1 -W 1 10.0.1.1
	expect_status 1
.

it 'vxlan: two containers on two hosts reach each other over the hosts network' <<'.'
	skip_unless vxlan ping_works busybox
	lower
	target
	host=$PID
	ip link set v1 netns "$host"
	ip addr add 10.9.0.1/24 dev v0
	inside ip addr add 10.9.0.2/24 dev v1
	inside ip link set v1 up
	target
	one=$PID
	nsnet up --pid "$one" --name x --type vxlan --id 99 --link v0 --local 10.9.0.1 --remote 10.9.0.2 --address 10.0.0.1/24
	fact .linkinfo.info_data.id 99
	target
	two=$PID
	run /usr/bin/nsenter -t "$host" -n nsnet up --pid "$two" --name x --type vxlan --id 99 --local 10.9.0.2 --remote 10.9.0.1 \
		--address 10.0.0.2/24
	expect_status 0
	talk
.

it 'tap: a program inside reads what is sent to it' <<'.'
	skip_unless tun perl ping_works
	target
	nsnet up --pid "$PID" --name x --type tap --address 10.0.0.1/24 --mac 02:00:00:00:00:01
	target=$PID
	cat >reader <<'END'
open(my $f, "+<", "/dev/net/tun") or die "open: $!";
my $r = pack("a16 s x22", "x", 0x1002);
ioctl($f, 0x400454ca, $r) or die "TUNSETIFF: $!";
$| = 1;
print "attached\n";
my $b;
while (sysread($f, $b, 4096)) {
	my $hex = unpack("H*", $b);
	print "$hex\n";
	exit 0 if $hex =~ /^0200000000990200000000010800/;
}
END
	spawn /usr/bin/nsenter -t "$target" -n perl reader
	reader=$PID out=$OUT
	PID=$target
	wait_line "$out" attached
	inside ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev x
	inside ping -c 1 -W 1 10.0.0.9 >/dev/null || :
	wait_line "$out" '^0200000000990200000000010800' 20
	finished "$reader"
	expect_status 0
.

# keys: private.N, public.N by wg
keys() {
	umask 077
	for n in 1 2; do
		wg genkey >"private.$n"
		wg pubkey <"private.$n" >"public.$n"
	done
	wg genpsk >psk
}

it 'wireguard: a key that everybody may read is told' <<'.'
	echo yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk= >key
	for mode in 600 644; do
		chmod "$mode" key
		target
		run nsnet up --pid "$PID" --name x --type wireguard --private-key key # where the kernel has it
		set -- --match
		[ "$mode" = 644 ] || set -- --not
		expect_err "$1" 'nsnet: \[net[.]x\] private-key: .*key: everybody may read it'
	done
.

it 'wireguard: two containers reach each other, and only by it' <<'.'
	skip_unless wireguard wg ping_works busybox
	no_links
	keys
	target
	one=$PID
	run nsnet up --pid "$one" --name x --type wireguard --private-key private.1 --listen-port 5001 --fwmark 7 --address 10.0.0.1/24 --mtu 1400 \
		--peer "$(cat public.2) endpoint 127.0.0.1:5002 allowed 10.0.0.2,fd00::2/128 keepalive 25 psk psk"
	expect_status 0
	fact .linkinfo.info_kind wireguard
	fact .mtu 1400
	expect_eq "$(links)" 'lo ' 'links of the host'
	target
	two=$PID
	nsnet up --pid "$two" --name x --type wireguard --private-key private.2 --listen-port 5002 --address 10.0.0.2/24 \
		--peer "$(cat public.1) endpoint 127.0.0.1:5001 allowed 10.0.0.0/24 psk psk" \
		--peer "$(wg genkey | wg pubkey) endpoint [::1]:9 allowed fd00::/64"
	PID=$one
	inside wg show x dump | tr '\t' ' ' >dump
	expect_file dump --has "$(cat private.1) $(cat public.1) 5001 0x7"
	expect_file dump --has "$(cat public.2) $(cat psk) 127.0.0.1:5002 10.0.0.2/32,fd00::2/128 "
	expect_file dump --match ' 25$'
	PID=$two
	inside wg show x dump | tr '\t' ' ' >dump
	expect_lines 3 dump
	expect_file dump --match ' \[::1\]:9 fd00::/64 '
	talk
	PID=$one
	inside wg show x dump | awk 'NR == 2 && $5 > 0 && $6 > 0 { print "handshake" }' >dump
	expect_file dump handshake
.

it 'wireguard: keys stay out of messages and memory of the monitor' <<'.'
	skip_unless wireguard wg
	keys
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.x]' 'type = wireguard' 'private-key = private.1' \
		"peer = $(cat public.2) allowed 10.0.0.0/24 psk psk" >web.ini
	rm -f go; mkfifo go
	spawn nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	! grep -q "$(cat private.1)" /run/nskit/web/* || fail 'the record holds the key'
	wg pubkey <private.1 | grep -qxF "$(cat public.1)"
	base64 -d private.1 >raw
	perl -e '
		open(my $m, "<", "/proc/$ARGV[0]/maps"); open(my $k, "<:raw", $ARGV[1]); my $key = <$k>;
		open(my $text, "<", $ARGV[2]); chomp(my $line = <$text>); open(my $mem, "<:raw", "/proc/$ARGV[0]/mem");
		while (<$m>) {
			next unless /^([0-9a-f]+)-([0-9a-f]+) rw/;
			sysseek($mem, hex $1, 0); sysread($mem, my $b, hex($2) - hex($1)) or next;
			die "found\n" if index($b, $key) >= 0 || index($b, $line) >= 0;
		}' "$PID" raw private.1
	echo >go
	finished
	expect_status 0
.

# ---- phys: v1 is the device; what it was like is compared by ip itself -----------------------------

# device: v1 with everything that shall come back
device() {
	lower
	ip link set v1 address 02:00:00:00:00:11 mtu 1450 txqueuelen 123 alias 'my own'
	ip addr add 10.9.0.1/24 dev v1
	ip addr add 10.9.0.3/24 dev v1
	ip addr add fd09::1/64 dev v1 nodad
	ip route add 10.77.0.0/16 via 10.9.0.7 dev v1 metric 5 mtu 1200
	ip route add 10.78.0.0/16 dev v1 table 99
	ip -6 route add fd77::/64 via fd09::7 dev v1
	state_of >before
}
# of v1 as it is configured; a link-local address is made anew, and is tentative for a moment
state_of() {
	ip -d -j link show dev v1 |
		jq -S '.[0] | {ifname, mtu, address, txqlen, ifalias, master, flags: (.flags - ["NO-CARRIER", "LOWER_UP", "M-DOWN"])}'
	ip -j addr show dev v1 | jq -S '[.[0].addr_info[] | select(.scope != "link") | {local, prefixlen, scope, "label": .label, nodad}]'
	ip -j -4 route show table all dev v1 | jq -S 'map(select(.type != "local" and .type != "broadcast"))'
	ip -j -6 route show table all dev v1 | jq -S 'map(select(.protocol != "kernel" and .type != "local" and .type != "multicast")) | map(del(.flags))'
}
same_device() {
	state_of >after
	cmp -s before after || fail "v1 is not what it was:" "$(diff before after)"
}
phys_ini() {
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.x]' 'type = phys' 'device = v1' \
		'mac = 02:00:00:00:00:99' 'mtu = 1234' 'txqueuelen = 55' 'address = 10.5.0.1/24' "$@" >web.ini
}
start() { run nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- "$@"; }
background() {
	rm -f go
	mkfifo go
	spawn nsexec --name "${1:-web}" --config "${1:-web}.ini" --window 'nsnet up' --undo 'nsnet down' -- nsinit -- \
		sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
}

it 'phys: is moved in under its name, and back with all that it had' <<'.'
	device
	phys_ini
	start sh -c 'ip -d -j link show dev x; ip -j addr show dev x'
	expect_status 0
	expect_eq "$(jq -rs '.[0][0] | "\(.address) \(.mtu) \(.txqlen) \(.operstate)"' <"$OUT")" '02:00:00:00:00:99 1234 55 UP' 'x inside'
	expect_eq "$(jq -rs '.[1][0].addr_info[0].local' <"$OUT")" 10.5.0.1 'address inside'
	same_device
	expect_missing /run/nskit
.

it 'phys: comes back to its bridge, down if it was down' <<'.'
	skip_unless bridge
	lower
	ip link add br0 type bridge
	at_end 'ip link del br0'
	ip link set v1 master br0 down
	state_of >before
	phys_ini
	start ip link show dev v1
	expect_ne "$STATUS" 0
	same_device
.

it 'phys: is not on the host meanwhile, and marked where it is' <<'.'
	device
	phys_ini
	background
	expect_eq "$(links)" 'lo v0 ' 'links of the host'
	expect_file /run/nskit/web/net.links 'phys v1'
	expect_exists /run/nskit/web/net.phys.v1 /run/nskit/web/net.hold
	run nsnet list web
	expect_out --match '^x veth up mtu 1234 '
	run nsnet down web
	expect_status 0
	same_device
	echo >go
	finished
	expect_status 0
	same_device
.

it 'phys: comes back when the start fails after it' <<'.'
	device
	phys_ini 'gateway = 10.5.0.255'
	start true
	expect_refusal '.net.x. gateway: 10.5.0.255'
	same_device
	phys_ini
	run nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' --window /bin/false -- nsinit -- true
	expect_status 125
	same_device
	phys_ini
	start /nonexistent
	expect_status 127
	same_device
	expect_missing /run/nskit
.

it 'phys: gc gives back what the kernel has brought back of a dead container' <<'.'
	device
	phys_ini
	background
	exec 9<"/proc/$(value pid /run/nskit/web/pid)/ns/net"
	kill -KILL "$PID"
	finished
	# as the kernel does with hardware, when nobody holds the namespace any more: under the name of inside
	wait_for '/usr/bin/nsenter --net=/proc/self/fd/9 "$ip" link set x netns 1'
	exec 9<&-
	run nskit state gc
	expect_status 0
	same_device
	expect_missing /run/nskit
.

it 'phys: says what went with its namespace, and forgets it' <<'.'
	device
	phys_ini
	background
	kill -KILL "$PID"
	finished
	wait_for '[ "$(links)" = "lo " ]'
	run nskit state gc
	expect_status 0
	expect_err --match 'device: v1 .veth.: gone with its namespace'
	expect_missing /run/nskit
.

it 'phys: its old name being taken is told, and gc ends it later' <<'.'
	device
	phys_ini
	background
	ip link add v1 type veth peer name w1
	echo >go
	finished
	expect_status 0
	expect_err --match 'nsnet: device: v1: its name, MAC and MTU'
	expect_exists /run/nskit/web/net.phys.v1
	ip link del v1
	run nskit state gc
	expect_status 0
	same_device
	expect_missing /run/nskit
.

it 'phys: a route that cannot be made again is named' <<'.'
	device
	ip addr add 10.10.0.1/24 dev v0
	ip route add 10.79.0.0/16 via 10.9.0.7 dev v1 src 10.10.0.1
	phys_ini
	background
	ip addr del 10.10.0.1/24 dev v0
	echo >go
	finished
	expect_status 0
	expect_err --match 'nsnet: device: v1: its routes: '
	expect_eq "$(ip -j route show 10.77.0.0/16 | jq -r '.[0].gateway')" 10.9.0.7 'the other route'
.

it 'phys: another interface inside cannot pass for it' <<'.'
	skip_unless bridge
	device
	phys_ini
	background
	target=$(value pid /run/nskit/web/pid)
	/usr/bin/nsenter -t "$target" -n "$ip" link add name z index 9000 type bridge
	/usr/bin/nsenter -t "$target" -n "$ip" link set dev z alias "nskit:$(value id /run/nskit/web/plan):v1"
	run nsnet down web
	expect_status 0
	same_device
	echo >go
	finished
	expect_status 0
	same_device
.

it 'phys: whoever takes its mark away inside, it comes back' <<'.'
	device
	phys_ini
	for down in 'run nsnet down web' :; do
		background
		target=$(value pid /run/nskit/web/pid)
		/usr/bin/nsenter -t "$target" -n sh -c '"$0" link set dev x down
			"$0" link set dev x name y alias "" address 02:00:00:00:00:55' "$ip"
		# who has the mark now is of the same kind
		/usr/bin/nsenter -t "$target" -n sh -c '"$0" link add x index 9000 type veth peer name z
			"$0" link set dev x alias "$1"' "$ip" "nskit:$(value id /run/nskit/web/plan):v1"
		$down
		echo >go
		finished
		expect_status 0
		expect_no_err
		same_device
	done
	expect_missing /run/nskit
.

it 'phys: with more routes than can be kept it stays where it is' <<'.'
	device
	i=0
	while [ "$i" -lt 24000 ]; do
		echo "route add 100.$((i / 256)).$((i % 256)).0/24 dev v1 table 7"
		i=$((i + 1))
	done >many
	ip -batch many
	phys_ini
	start true
	expect_refusal 'device: v1: its addresses and routes are too many'
	ip route flush table 7
	same_device
.

it 'phys: without a record, by --dir' <<'.'
	device
	target
	mkdir files
	run nsnet up --pid "$PID" --dir files --name x --type phys --device v1 --mtu 1234
	expect_status 0
	fact .mtu 1234
	run nsnet down --pid "$PID" --dir files --name x --type phys --device v1
	expect_status 0
	same_device
.

it 'phys: a device of another start is refused' <<'.'
	device
	phys_ini
	ip link set v1 alias nskit:0123456789abcdef:v1
	start true
	expect_refusal '.net.x. device: v1: belongs to another start'
	ip link set v1 alias 'my own'
	same_device
.

# ---- several, and in the namespace of another ------------------------------------------------------

it 'makes any mix of one file, in its order, and leaves nothing' <<'.'
	skip_unless macvlan macvtap vxlan tun bridge
	device
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' \
		'[net.lo]' 'type = loopback' 'address = 10.99.0.1/32' '[net.a]' 'address = 10.1.0.2/24' 'bridge = brt' 'create-bridge = yes' \
		'[net.b]' 'type = macvlan' 'link = v0' 'address = 10.2.0.2/24' 'mac = stable' '[net.c]' 'type = macvtap' 'link = v0' \
		'[net.d]' 'type = vxlan' 'id = 5' 'remote = 10.1.1.1' '[net.e]' 'type = tap' 'mac = stable' \
		'[net.f]' 'type = phys' 'device = v1' '[net.g]' 'type = none' >web.ini
	for i in 1 2 3; do
		start sh -c 'ip -o link | sed "s/^[0-9]*: \([^:@]*\).*/\1/" | tr "\n" " "'
		expect_status 0
		expect_eq "$(tr ' ' '\n' <"$OUT" | sort | tr '\n' ' ')" 'a b c d e f lo ' 'links inside'
		same_device
		expect_eq "$(links)" 'lo v0 v1 ' 'links of the host'
		expect_missing /run/nskit
	done
.

it 'what stands on something of the host is gone with the start, whoever holds its namespace' <<'.'
	skip_unless macvlan vxlan tun
	lower
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' \
		'[net.b]' 'type = macvlan' 'link = v0' 'mac = stable' '[net.c]' 'type = vxlan' 'id = 5' '[net.e]' 'type = tap' >web.ini
	background
	exec 9<"/proc/$(value pid /run/nskit/web/pid)/ns/net"
	echo >go
	finished
	expect_status 0
	# a tap needs nothing of the host's: it is left to the namespace
	expect_eq "$(/usr/bin/nsenter --net=/proc/self/fd/9 ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | tr '\n' ' ')" \
		'lo e ' 'links left inside'
	background
	echo >go
	finished
	expect_status 0
	exec 9<&-
.

# again PREREQ LINE…: a container with such an interface, ten times without a pause
again() {
	skip_unless "$1"
	lower
	shift
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.x]' "$@" >web.ini
	for i in 1 2 3 4 5 6 7 8 9 10; do
		run nsrun -n web web.ini true
		expect_status 0
		expect_no_err
	done
	expect_eq "$(links)" 'lo v0 v1 ' 'links of the host'
}

it 'again at once: macvlan with a MAC address' "again macvlan 'type = macvlan' 'link = v0' 'mac = stable' 'address = 10.2.0.2/24'"
it 'again at once: ipvlan with an address' "again ipvlan 'type = ipvlan' 'link = v0' 'address = 10.2.0.2/24'"
it 'again at once: vlan' "again vlan 'type = vlan' 'link = v0' 'id = 7'"
it 'again at once: vxlan' "again vxlan 'type = vxlan' 'id = 5' 'remote = 10.1.1.1'"
it 'again at once: wireguard with a port' <<'.'
	skip_unless wireguard
	(umask 077 && wg genkey >again.key)
	again wireguard 'type = wireguard' "private-key = $T/again.key" 'listen-port = 51820'
.

# second LINE…: a container in the network of web
second() {
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[namespaces]' 'net = container:web' "$@" >second.ini
}

it 'takes its interfaces out of the namespace of another, at the end and by gc' <<'.'
	skip_unless macvlan tun
	device
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.w]' 'address = 10.5.0.2/24' >web.ini
	background
	first=$PID
	run nsexec --name web2 --config web.ini --window 'nsnet up' -- nsinit -- true
	expect_status 0
	second '[net.b]' 'type = macvlan' 'link = v0' '[net.e]' 'type = tap' '[net.f]' 'type = phys' 'device = v1'
	run nsexec --name second --config second.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- ip -o link
	expect_status 0
	expect_out --match '^[0-9]+: b@'
	expect_out --match '^[0-9]+: f@'
	run nsnet list web
	expect_out --match '^w veth '
	expect_out --not '^[bef] '
	same_device
	second '[net.b]' 'type = macvlan' 'link = v0' '[net.e]' 'type = tap'
	mv go first
	background second
	run nsnet list web
	expect_out --match '^b macvlan '
	kill -KILL "$PID"
	finished
	run nskit state gc
	expect_status 0
	run nsnet list web
	expect_out --match '^w veth '
	expect_out --not '^[be] '
	echo >first
	finished "$first"
	expect_status 0
.

it 'gc leaves what has come to the number of a namespace since' <<'.'
	skip_unless macvlan tun
	lower
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.w]' 'address = 10.5.0.2/24' >web.ini
	background
	first=$PID
	second '[net.b]' 'type = macvlan' 'link = v0' '[net.e]' 'type = tap'
	mv go first
	background second
	kill -KILL "$PID"
	finished
	target=$(value pid /run/nskit/web/pid)
	there() { /usr/bin/nsenter -t "$target" -n "$ip" "$@"; }
	there link del dev b
	there link del dev e
	there link add name b type veth peer name c
	there tuntap add dev e mode tap
	there link set dev e up
	run nskit state gc
	expect_status 0
	run there link show dev b
	expect_status 0
	run there link show dev e
	expect_status 0
	echo >first
	finished "$first"
	expect_status 0
.

it 'a window of another applet may fail: a joined namespace keeps nothing' <<'.'
	skip_unless macvlan
	lower
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.w]' 'address = 10.5.0.2/24' >web.ini
	background
	second '[net.b]' 'type = macvlan' 'link = v0' 'address = 10.6.0.2/24' 'gateway = 10.6.0.255'
	run nsexec --name second --config second.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- true
	expect_refusal '.net.b. gateway'
	run nsnet list web
	expect_out --not '^b '
	echo >go
	finished
.

finish
