#!/bin/sh
# nsnet: egress rules, by real traffic: what a container begins, what it answers, on a bridge and off.
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
no_links_but() {
	_links="lo $1 "
	wait_for '[ "$(links)" = "$_links" ]'
}

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
# web KIND LINE…: on a bridge, or by itself
web() {
	_kind=$1
	shift
	case $_kind in
	bridge) ini web "$@" "$bridged" 'gateway = fd50::1' 'address = 10.50.0.2/24' 'address = fd50::2/64' ;;
	veth)
		ini web "$@" '[net.eth0]' 'host-address = 10.50.0.1/24' 'host-address = fd50::1/64' 'gateway = 10.50.0.1' \
			'gateway = fd50::1' 'address = 10.50.0.2/24' 'address = fd50::2/64'
		;;
	esac
}
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
# denied WHERE PROTOCOL ADDRESS PORT: no answer; not even a refusal
denied() {
	run "$1" talk -w 1 ask "$2" "$3" "$4"
	expect_status 1
	expect_err --has 'no answer'
}
inside() { /usr/bin/nsenter -t "$(sed -n 's/^pid //p' /run/nskit/web/pid)" -n "$@"; }
neighbour() { /usr/bin/nsenter -t "$(sed -n 's/^pid //p' /run/nskit/next/pid)" -n "$@"; }
# nothing of ours: what else there is stays
clean() {
	run nft list tables
	expect_out --not nskit
}

for kind in bridge veth; do
	it "denies by default, and allows what is named: $kind" <<'.'
		no_links
		outside
		for server in 'tcp 7000 7001 7002' 'udp 7000 7001 7002'; do
			# shellcheck disable=SC2086 # words
			spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve $server
			wait_line "$OUT" ready
		done
		spawn talk serve tcp 7000
		wait_line "$OUT" ready
		web "$kind" 'nat = masquerade' 'egress = deny' 'allow = 203.0.113.2:7000' 'allow = 203.0.113.0/24:7001/udp' \
			'allow = [2001:db8:1::/64]:7002/tcp'
		serve web tcp 80
		for protocol in tcp udp; do
			asks inside "$protocol" 203.0.113.2 7000 '7000 203[.]0[.]113[.]1'
			denied inside "$protocol" 203.0.113.2 7002
			denied inside "$protocol" 2001:db8:1::2 7000
		done
		asks inside udp 203.0.113.2 7001 '7001 .*'
		denied inside tcp 203.0.113.2 7001
		asks inside tcp 2001:db8:1::2 7002 '7002 2001:db8:1::1'
		denied inside udp 2001:db8:1::2 7002
		# the host is no exception
		denied inside tcp 10.50.0.1 7000
		denied inside tcp 203.0.113.1 7000
		stop "$PID"
		clean
.

	it "answers what others begin: $kind" <<'.'
		no_links
		outside
		web "$kind" 'publish = 8080:80' 'egress = deny'
		serve web tcp 80
		asks there tcp 203.0.113.1 8080 '80 203[.]0[.]113[.]2'
		asks there tcp 2001:db8:1::1 8080 '80 2001:db8:1::2'
		asks here tcp 10.50.0.2 80 '80 10[.]50[.]0[.]1'
		asks here tcp fd50::2 80 '80 fd50::1'
		asks here tcp 203.0.113.1 8080 '80 .*'
		denied inside tcp 203.0.113.2 80
		stop "$PID"
		clean
.

	it "denies what is named, before all else: $kind" <<'.'
		no_links
		outside
		spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve tcp 7000 7001
		wait_line "$OUT" ready
		web "$kind" 'nat = masquerade' 'deny = 203.0.113.0/24:7000-7000/tcp'
		serve web tcp 80
		denied inside tcp 203.0.113.2 7000
		asks inside tcp 203.0.113.2 7001 '7001 .*'
		asks inside tcp 2001:db8:1::2 7000 '7000 .*'
		stop "$PID"
		no_links_but up0
		web "$kind" 'nat = masquerade' 'egress = deny' 'allow = 0.0.0.0/0' 'deny = 203.0.113.2:7000'
		serve web tcp 80
		denied inside tcp 203.0.113.2 7000
		asks inside tcp 203.0.113.2 7001 '7001 .*'
		denied inside tcp 2001:db8:1::2 7001
		stop "$PID"
		clean
.

	it "lets nobody pass for another: $kind" <<'.'
		no_links
		outside
		spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve udp 7000
		wait_line "$OUT" ready
		there ip route add 10.50.0.0/24 via 203.0.113.1
		there ip route add fd50::/64 via 2001:db8:1::1
		web "$kind" 'egress = deny' 'allow = 203.0.113.2:7000' 'allow = [2001:db8:1::2]:7000'
		serve web udp 80
		asks inside udp 203.0.113.2 7000 '7000 10[.]50[.]0[.]2'
		asks inside udp 2001:db8:1::2 7000 '7000 fd50::2'
		inside ip addr del 10.50.0.2/24 dev eth0
		inside ip addr add 10.50.0.9/24 dev eth0
		inside ip route add default via 10.50.0.1
		inside ip addr add fd50::9/64 dev eth0 nodad
		inside ip route replace default via fd50::1 src fd50::9
		denied inside udp 203.0.113.2 7000
		denied inside udp 2001:db8:1::2 7000
		stop "$PID"
		clean
.
done

it 'lets nothing through to a neighbour on the bridge but what is named' <<'.'
	no_links
	web bridge 'egress = deny' 'allow = 10.50.0.3:81'
	ini next "$bridged" 'address = 10.50.0.3/24'
	serve next tcp 81 82
	next=$PID
	serve web tcp 80
	asks inside tcp 10.50.0.3 81 '81 10[.]50[.]0[.]2'
	denied inside tcp 10.50.0.3 82
	# a bridge does not know what is an answer
	denied neighbour tcp 10.50.0.2 80
	# and root inside cannot help it: other rules, raw frames, another address of the card
	inside nft flush ruleset
	inside ip link set dev eth0 address 02:00:00:00:00:09
	denied inside tcp 10.50.0.3 82
	stop "$PID"
	stop "$next"
	clean
.

it 'keeps the rules of one container apart from those of another' <<'.'
	no_links
	outside
	spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve tcp 7000
	wait_line "$OUT" ready
	web bridge 'nat = masquerade' 'egress = deny'
	ini next 'nat = masquerade' "$bridged" 'address = 10.50.0.3/24'
	serve next tcp 81
	next=$PID
	serve web tcp 80
	denied inside tcp 203.0.113.2 7000
	asks neighbour tcp 203.0.113.2 7000 '7000 .*'
	stop "$PID"
	asks neighbour tcp 203.0.113.2 7000 '7000 .*'
	run nft list tables
	expect_out --has 'table inet nskit'
	expect_out --not 'table bridge nskit'
	stop "$next"
	clean
.

for family in bridge inet; do
	it "removes the rest when somebody has deleted a table ($family)" <<'.'
		no_links
		outside
		web bridge 'nat = masquerade' 'publish = 8080:80' 'egress = deny'
		serve web tcp 80
		nft delete table "$family" nskit
		stop "$PID"
		expect_no_err
		clean
		serve web tcp 80
		stop "$PID"
		clean
.
done

it 'has the rules before the interface inside is up' <<'.'
	no_links
	web veth 'egress = deny'
	mkfifo go
	at_end 'rm -f go'
	spawn nsexec --name web --config web.ini --window 'nsnet up' --window '/bin/sh -c "echo window; nft list map inet nskit egress; read x <go"' --undo 'nsnet down' -- nsinit -- true
	wait_line "$OUT" 'jump start-'
	echo >go
	finished
	expect_status 0
	clean
.

finish
