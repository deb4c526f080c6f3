#!/bin/sh
# nsnet: masquerading and published ports, by real traffic: from another machine, from the host, from the
# container itself and its neighbours; and nobody else's tables are touched.
# run as: root
# timeout: 240
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth bridge nft cmd_ip

. "$NSK_TESTS/net.sh"
echo 1 >/proc/sys/net/ipv4/ip_forward
echo 1 >/proc/sys/net/ipv6/conf/all/forwarding

# outside: another machine, $OUTSIDE, which knows no way to the container's network
outside() {
	spawn unshare -n sleep 1000
	OUTSIDE=$PID
	wait_for '[ "$(readlink "/proc/$OUTSIDE/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	ip link add up0 type veth peer name eth0 netns "$OUTSIDE"
	at_end 'ip link del up0'
	ip addr add 203.0.113.1/24 dev up0
	ip addr add 2001:db8:1::1/64 dev up0 nodad
	# what these two ask for neighbours by is of use at once, too
	ip link set up0 addrgenmode none
	ip addr add fe80::1/64 dev up0 nodad
	ip link set up0 up
	there ip addr add 203.0.113.2/24 dev eth0
	there ip addr add 2001:db8:1::2/64 dev eth0 nodad
	there ip link set eth0 addrgenmode none
	there ip addr add fe80::2/64 dev eth0 nodad
	there ip link set eth0 up
	there ip link set lo up
}
there() { /usr/bin/nsenter -t "$OUTSIDE" -n "$@"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
no_links() { wait_for '[ "$(links)" = "lo " ]'; }

bridged='[net.eth0]
bridge = brn
create-bridge = yes
bridge-address = 10.50.0.1/24
bridge-address = fd50::1/64
gateway = 10.50.0.1'
# ini NAME LINE…: NAME.ini, a container that needs no image
ini() {
	_file=$1.ini
	shift
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net]' "$@" >"$_file"
}
web() { ini web "$@" "$bridged" 'gateway = fd50::1' 'address = 10.50.0.2/24' 'address = fd50::2/64'; }
cat >"$T/start" <<'END'
#!/bin/sh
name=$1
shift
exec nsexec --name "$name" --config "$name.ini" --window 'nsnet up' --undo 'nsnet down' -- nsinit -- "$@"
END
chmod 755 "$T/start"
# serve NAME PROTOCOL PORT…: its COMMAND answers there
serve() {
	_name=$1
	shift
	spawn "$T/start" "$_name" "$NSK_TOOLS/talk" serve "$@"
	wait_for 'grep -q ready "$OUT" || ! kill -0 "$PID"' 30
	grep -q ready "$OUT" || fail 'it did not start:' "$(cat "$ERR")"
}
stop() {
	kill -TERM "$1"
	finished "$1"
}
asks() { # asks WHERE… PROTOCOL ADDRESS PORT ANSWER
	_answer=$5
	run "$1" talk ask "$2" "$3" "$4"
	expect_status 0
	expect_out --match "^$_answer\$"
}
here() { "$@"; }
inside() { /usr/bin/nsenter -t "$(sed -n 's/^pid //p' /run/nskit/web/pid)" -n "$@"; }
neighbour() { /usr/bin/nsenter -t "$(sed -n 's/^pid //p' /run/nskit/next/pid)" -n "$@"; }
# nothing of ours: what else there is stays
clean() {
	run nft list tables
	expect_out --not nskit
}

for protocol in tcp udp; do
	it "publishes a $protocol port: from outside and from the host, both families" <<'.'
		no_links
		outside
		web "publish = 8080:80/$protocol" "publish = 9000-9002:90-92/$protocol"
		serve web "$protocol" 80 90 91 92
		web=$PID
		asks there "$protocol" 203.0.113.1 8080 '80 203[.]0[.]113[.]2'
		asks there "$protocol" 2001:db8:1::1 8080 '80 2001:db8:1::2'
		asks there "$protocol" 203.0.113.1 9000 '90 .*'
		asks there "$protocol" 203.0.113.1 9002 '92 .*'
		asks here "$protocol" 203.0.113.1 8080 '80 .*'
		asks here "$protocol" 10.50.0.1 8080 '80 .*'
		asks here "$protocol" 2001:db8:1::1 8080 '80 .*'
		asks here "$protocol" 10.50.0.2 80 '80 10[.]50[.]0[.]1'
		run there talk -w 1 ask "$protocol" 203.0.113.1 8081
		expect_status 1
		stop "$web"
		run there talk -w 1 ask "$protocol" 203.0.113.1 8080
		expect_status 1
		clean
.

	it "reaches a published $protocol port from the container itself and its neighbour" <<'.'
		no_links
		web "publish = 8080:80/$protocol"
		ini next "$bridged" 'address = 10.50.0.3/24' 'address = fd50::3/64'
		serve web "$protocol" 80
		web=$PID
		serve next "$protocol" 81
		asks inside "$protocol" 10.50.0.1 8080 '80 10[.]50[.]0[.]1'
		asks neighbour "$protocol" 10.50.0.1 8080 '80 10[.]50[.]0[.]1'
		asks inside "$protocol" fd50::1 8080 '80 fd50::1'
		asks neighbour "$protocol" fd50::1 8080 '80 fd50::1'
		asks neighbour "$protocol" 10.50.0.2 80 '80 10[.]50[.]0[.]3'
		stop "$PID"
		stop "$web"
		clean
.
done

it 'publishes on 127.0.0.1 for a veth of its own, and lets nobody inside speak of 127.0.0.1' <<'.'
	no_links
	ini web 'publish = 127.0.0.1:8080:80' 'publish = 8081:80' '[net.eth0]' 'host-name = own0' \
		'address = 10.51.0.2/24' 'host-address = 10.51.0.1/24' 'gateway = 10.51.0.1'
	spawn talk serve tcp 7777
	wait_line "$OUT" ready
	serve web tcp 80
	asks here tcp 127.0.0.1 8080 '80 10[.]51[.]0[.]1'
	asks here tcp 127.0.0.1 8081 '80 10[.]51[.]0[.]1'
	asks here tcp 127.0.0.1 7777 '7777 127[.]0[.]0[.]1'
	expect_eq "$(cat /proc/sys/net/ipv4/conf/own0/route_localnet)" 1 route_localnet
	expect_eq "$(cat /proc/sys/net/ipv4/conf/all/route_localnet)" 0 'route_localnet of all'
	run inside talk -w 1 ask tcp 10.51.0.1 8080
	expect_status 1
	# as root of the container would: loopback by way of the host
	inside ip addr del 127.0.0.1/8 dev lo
	inside ip route add 127.0.0.1 via 10.51.0.1 src 10.51.0.2
	inside sh -c 'echo 1 >/proc/sys/net/ipv4/conf/eth0/route_localnet'
	run inside talk -w 1 ask tcp 127.0.0.1 7777
	expect_status 1
	stop "$PID"
	clean
.

it 'leaves 127.0.0.1 of the host alone for a container on a bridge' <<'.'
	no_links
	web 'publish = 8080:80'
	serve web tcp 80
	web=$PID
	spawn talk serve tcp 8080
	wait_line "$OUT" ready
	asks here tcp 127.0.0.1 8080 '8080 127[.]0[.]0[.]1'
	asks here tcp ::1 8080 '8080 ::1'
	asks here tcp 10.50.0.1 8080 '80 .*'
	stop "$web"
.

it 'publishes on one address of the host alone' <<'.'
	no_links
	outside
	web 'publish = 203.0.113.1:8080:80' 'publish = [2001:db8:1::1]:8080:80'
	serve web tcp 80
	asks there tcp 203.0.113.1 8080 '80 203[.]0[.]113[.]2'
	asks there tcp 2001:db8:1::1 8080 '80 2001:db8:1::2'
	run talk -w 1 ask tcp 10.50.0.1 8080
	expect_status 1
	stop "$PID"
.

it 'masquerades what goes out, and not what stays in the subnet' <<'.'
	no_links
	outside
	web 'nat = masquerade'
	ini next "$bridged" 'address = 10.50.0.3/24'
	serve next tcp 80
	next=$PID
	serve web tcp 80
	web=$PID
	spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve tcp 7000
	wait_line "$OUT" ready
	asks inside tcp 203.0.113.2 7000 '7000 203[.]0[.]113[.]1'
	asks inside tcp 2001:db8:1::2 7000 '7000 2001:db8:1::1'
	asks inside tcp 10.50.0.3 80 '80 10[.]50[.]0[.]2'
	run neighbour talk -w 1 ask tcp 203.0.113.2 7000
	expect_status 1
	stop "$web"
	clean
	stop "$next"
.

it 'gives a port to one container alone, and says who has it' <<'.'
	no_links
	ip addr add 203.0.113.7/32 dev lo
	at_end 'ip addr del 203.0.113.7/32 dev lo'
	web 'publish = 8080:80'
	serve web tcp 80
	web=$PID
	for line in 'publish = 8080:81' 'publish = 203.0.113.7:8080:81' 'publish = 8079-8081'; do
		ini next "$line" "$bridged" 'address = 10.50.0.3/24'
		run "$T/start" next true
		expect_refusal '[[]net[]] publish: 8080/tcp: the port is in use by container web$'
		expect_missing /run/nskit/next
	done
	ini next 'publish = 8080:81/udp' "$bridged" 'address = 10.50.0.3/24'
	run "$T/start" next true
	expect_status 0
	ini next 'nat = masquerade' '[net.eth0]' 'bridge = brm' 'create-bridge = yes' 'address = 10.50.0.2/24'
	run "$T/start" next true
	expect_refusal '[[]net[]] nat: 10.50.0.2 . 10.50.0.0/24: belongs to container web$'
	stop "$web"
	clean
	run "$T/start" web true
	expect_status 0
	expect_eq "$(links)" 'lo ' links
.

it 'says that a process of the host has the port' <<'.'
	no_links
	for protocol in tcp udp; do
		spawn talk serve "$protocol" 8080
		wait_line "$OUT" ready
		web "publish = 8080/$protocol"
		run "$T/start" web true
		expect_refusal "publish: 8080/$protocol: the port is in use by a process of the host"
	done
	web 'publish = 203.0.113.99:8080'
	run "$T/start" web true
	expect_refusal 'publish: 203.0.113.99 is no address of the host'
	expect_eq "$(links)" 'lo ' links
	clean
.

it 'wants the host to forward, and does not set it' <<'.'
	no_links
	at_end 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	echo 0 >/proc/sys/net/ipv4/ip_forward
	web 'nat = masquerade'
	run "$T/start" web true
	expect_refusal '[[]net[]] nat: the host does not forward IPv4 packets'
	expect_refusal 'hint: sysctl -w net.ipv4.ip_forward=1'
	echo 1 >/proc/sys/net/ipv4/ip_forward
	echo 0 >/proc/sys/net/ipv6/conf/all/forwarding
	run "$T/start" web true
	expect_refusal 'hint: sysctl -w net.ipv6.conf.all.forwarding=1'
	expect_eq "$(cat /proc/sys/net/ipv6/conf/all/forwarding)" 0 forwarding
	ini web 'nat = masquerade' "$bridged" 'address = 10.50.0.2/24'
	run "$T/start" web true
	expect_status 0
.

it 'touches no table but its own' <<'.'
	no_links
	nft -f - <<'END'
	table inet other { chain c { type filter hook forward priority 0; policy accept; counter; }; }
	table ip nskit { map publish4 { type inet_service : ipv4_addr; elements = { 1 : 10.0.0.1 }; }; }
END
	at_end 'nft delete table inet other; nft delete table ip nskit'
	nft -s list ruleset >before
	web 'publish = 8080:80' 'nat = masquerade' 'egress = deny'
	serve web tcp 80
	nft -j list tables >during
	expect_file during --has '{"family": "inet", "name": "nskit"'
	expect_file during --has '{"family": "bridge", "name": "nskit"'
	expect_eq "$(grep -o '"table":' during | wc -l)" 4 tables
	nft -s list table inet other >other
	nft -s list table ip nskit >>other
	expect_eq "$(cat other)" "$(cat before)" 'foreign tables'
	stop "$PID"
	nft -s list ruleset >after
	expect_eq "$(cat after)" "$(cat before)" rules
.

it 'marks its elements, and removes what carries the id of the start' <<'.'
	no_links
	web 'publish = 8080:80'
	serve web tcp 80
	id=$(sed -n 's/^id //p' /run/nskit/web/plan)
	nft -n list table inet nskit >seen
	expect_file seen --has "6 . 8080 comment \"web $id\" : 10.50.0.2 . 80"
	expect_file seen --has "chain start-$id"
	# by hand: one element away, the rest still goes
	nft 'delete element inet nskit subnet4 { 10.50.0.2 . 10.50.0.0/24 }'
	stop "$PID"
	expect_status 143
	expect_no_err
	clean
.

it 'leaves what another start has made, and its table' <<'.'
	no_links
	web 'publish = 8080:80'
	serve web tcp 80
	web=$PID
	ini next 'publish = 8081:80' "$bridged" 'address = 10.50.0.3/24'
	serve next tcp 80
	next=$PID
	nft list map inet nskit publish4 >seen
	expect_file seen --has '. 8081 '
	stop "$web"
	nft list map inet nskit publish4 >seen
	expect_file seen --has '. 8081 '
	expect_file seen --not '[.] 8080 '
	asks here tcp 10.50.0.1 8081 '80 .*'
	stop "$next"
	clean
.

it 'does not remove an element that its record names and another start has made' <<'.'
	no_links
	web 'publish = 8080:80'
	serve web tcp 80
	web=$PID
	# as a start that was killed between its record and its transaction
	mkdir -m 700 /run/nskit/lost
	printf '%s\n' 'id 0123456789abcdef' "undo 'nsnet' 'down'" >/run/nskit/lost/plan
	cp /run/nskit/web/config /run/nskit/lost/
	echo 'nft net.nft' >/run/nskit/lost/net.links
	sed "s/$(sed -n 's/^id //p' /run/nskit/web/plan)/0123456789abcdef/g" /run/nskit/web/net.nft >/run/nskit/lost/net.nft
	run nskit state gc
	expect_status 0
	expect_missing /run/nskit/lost
	asks here tcp 10.50.0.1 8080 '80 .*'
	stop "$web"
	clean
.

it 'gc removes the rules of a monitor that was killed' <<'.'
	no_links
	web 'publish = 8080:80' 'egress = deny'
	serve web tcp 80
	kill -KILL "$PID"
	finished
	run nft list tables
	expect_out --has 'table inet nskit'
	run nskit state gc
	expect_status 0
	clean
	expect_missing /run/nskit
.

it 'is content when somebody has flushed all rules' <<'.'
	no_links
	web 'publish = 8080:80'
	serve web tcp 80
	nft delete table inet nskit
	stop "$PID"
	expect_status 143
	expect_no_err
	expect_missing /run/nskit
.

it 'starts and stops many at once, each with its port, and leaves nothing' <<'.'
	no_links
	ip link add brc type bridge
	at_end 'ip link del brc'
	ip addr add 10.50.0.1/24 dev brc
	ip link set brc up
	for i in 1 2 3 4 5 6; do
		ini "m$i" "publish = 810$i:80" 'nat = masquerade' '[net.eth0]' 'bridge = brc' "address = 10.50.0.1$i/24"
	done
	for round in 1 2 3; do
		pids=
		for i in 1 2 3 4 5 6; do
			spawn "$T/start" "m$i" true
			pids="$pids $PID"
		done
		for pid in $pids; do
			finished "$pid"
			expect_status 0
			expect_no_err
		done
		clean
	done
.

it 'undoes its rules when what comes afterwards fails' <<'.'
	no_links
	web 'publish = 8080:80'
	printf '%s\n' 'gateway =' 'gateway = 10.50.0.255' >>web.ini
	run "$T/start" web true
	expect_refusal 'Nexthop has invalid gateway'
	clean
	expect_missing /run/nskit
	web 'publish = 8080:80'
	run nsexec --name web --config web.ini --window 'nsnet up' --window /bin/false --undo 'nsnet down' -- nsinit -- true
	expect_status 125
	clean
	expect_missing /run/nskit
.

it 'adds rules to a running container once, and takes them away by its name' <<'.'
	no_links
	ini web "$bridged" 'address = 10.50.0.2/24'
	serve web tcp 80
	run nsnet down web
	run nsnet up --name eth0 --bridge brn --create-bridge --address 10.50.0.2/24 --publish 8080:80 web
	expect_status 0
	run nsnet up --name eth1 --address 10.52.0.2/24 --publish 8081:80 web
	expect_refusal 'publish: web has its rules already'
	run nft list map inet nskit publish4
	expect_out --has '. 8080 '
	run nsnet down web
	expect_status 0
	clean
	stop "$PID"
.

it 'says which program is missing, and of which package' <<'.'
	no_links
	web 'publish = 8080:80'
	run unshare -m sh -c 'for dir in /usr/sbin /usr/bin /usr/local/sbin; do
			[ ! -e $dir/nft ] || mount -t tmpfs none $dir
		done
		exec nsexec --name web --config web.ini --window "nsnet up" -- nsinit -- true'
	expect_refusal '[[]net[]] publish: nft, which makes it, is not installed'
	expect_refusal 'hint: .*Debian package is nftables'
	expect_missing /run/nskit/web
	expect_eq "$(links)" 'lo ' links
.

while IFS='|' read -r name lines re; do
	it "refuses $name" "no_links; IFS=';'; set -- \$(printf '%s' '$lines'); unset IFS; ini web \"\$@\" '[net.eth0]' 'address = 10.50.0.2/24'
		run '$T/start' web true; expect_refusal '$re'; expect_missing /run/nskit/web; clean"
done <<'END'
a port 0|publish = 0|web.ini:7: .net. publish: .0. is not a port in 1[.][.]65535
a port beyond the last|publish = 65536:80|.65536. is not a port
a port that is a word|publish = http|.http. is not a port
a range that goes backwards|publish = 20-10|not a range of ports
ranges of different lengths|publish = 10-20:30-41|ranges of different lengths
a protocol that is none|publish = 80/sctp|neither /tcp nor /udp
an address that is none|publish = 1.2.3:80:80|.1.2.3. is not an IPv4
an IPv6 address without brackets|publish = fd00::1:80:80|is not a port
a bracket that stays open|publish = [::1:80|is not .IP:.HOST
junk behind the bracket|publish = [::1]x:80|is not .IP:.HOST
::1, which leads nowhere|publish = [::1]:80|::1 leads to no other interface
an IPv6 port without an IPv6 address|publish = [2001:db8::1]:80|wants an interface with an IPv6 address
a port twice|publish = 80;publish = 79-81:1079-1081|web.ini:8: .net. publish: a port of this line
a port twice, on all and on one address|publish = 80:81;publish = 10.0.0.1:80:82|in an earlier one
too many ports|publish = 1-2000|more than 1024 ports
allow without deny|allow = 10.0.0.0/8|web.ini:7: .net. allow: wants egress = deny
a network with host bits|egress = deny;allow = 10.0.0.1/8|host bits behind its prefix
a protocol of allow|egress = deny;allow = 10.0.0.0/8:53/icmp|neither /tcp nor /udp
a word for nat|nat = snat|is none of none, masquerade
a word for egress|egress = maybe|is none of allow, deny
user-mode and nat|user-mode = pasta;nat = masquerade|and user-mode
user-mode and egress|user-mode = pasta;egress = deny|and user-mode
ports for slirp4netns|user-mode = slirp4netns;publish = 80|pasta can
END

it 'refuses 127.0.0.1 for a container on a bridge, and NAT without an address' <<'.'
	web 'publish = 127.0.0.1:80'
	run "$T/start" web true
	expect_refusal 'publish: 127.0.0.1 wants a veth without a bridge'
	ini web 'nat = masquerade' '[net.eth0]'
	run "$T/start" web true
	expect_refusal 'nat: masquerade: wants an interface with an address'
	ini web 'publish = 80' '[net.eth0]'
	run "$T/start" web true
	expect_refusal 'publish: wants an interface with an IPv4 or IPv6 address'
	ini web 'egress = deny' '[net.eth0]' 'address = 10.50.0.2/24' 'host-name = a"b'
	run "$T/start" web true
	expect_refusal 'nft takes no such name'
	clean
.

it 'refuses NAT without the record of a container' <<'.'
	spawn unshare -n sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	run nsnet up --pid "$PID" --address 10.50.0.2/24 --publish 80
	expect_refusal 'publish: wants a container'
	clean
.

finish
