#!/bin/sh
# nsnet: bounds of bandwidth, seen by tc(8), and by what passes.
# run as: root
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth cmd_ip cmd_tc
define_prereq ping_works package 'no ping that works' 'ping -c 1 -W 1 127.0.0.1'
define_prereq tbf kernel 'no tbf (CONFIG_NET_SCH_TBF)' \
	'unshare -n tc qdisc add dev lo root tbf rate 1mbit burst 32k latency 50ms'
skip_unless tbf

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$PID" -n "$@"; }
see() { "$@" >"$T/seen" 2>&1 || fail "$*: $(cat "$T/seen")"; }
has() { grep -Eq -e "$1" "$T/seen" || fail "no line matches $1:" "$(cat "$T/seen")"; }
hasnt() { ! grep -Eq -e "$1" "$T/seen" || fail "a line matches $1:" "$(cat "$T/seen")"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
no_links() { wait_for '[ "$(links)" = "lo " ]'; }
up() {
	run nsnet up --pid "$PID" --host-name outer "$@"
	expect_status 0
	expect_no_err
}

it 'rate-in bounds the end on the host, rate-out the interface inside' <<'.'
	no_links
	target
	up --rate-in 10mbit --rate-out 2mbps --burst 64K
	see tc -j qdisc show dev outer
	has '"kind":"tbf".*"root":true.*"rate":1250000,'
	has '"burst":655(3[0-9]|4[0-9]),'
	see inside tc -j qdisc show dev eth0
	has '"kind":"tbf".*"root":true.*"rate":2000000,'
.

it 'each of the two alone leaves the other end as it is' <<'.'
	no_links
	target
	up --rate-in 10mbit
	see inside tc -j qdisc show dev eth0
	hasnt tbf
	kill "$PID"
	no_links
	target
	up --rate-out 10mbit
	see tc -j qdisc show dev outer
	hasnt tbf
	see inside tc -j qdisc show dev eth0
	has '"kind":"tbf"'
.

it 'rates beyond 32 bits, and bursts that grow with them' <<'.'
	no_links
	target
	up --rate-in 100gbit --rate-out 1gbit
	see tc -j qdisc show dev outer
	has '"rate":12500000000,'
	see inside tc -j qdisc show dev eth0
	has '"rate":125000000,"burst":(49999[0-9]|50000[0-9]),'
.

it 'the same numbers as tc makes of them' <<'.'
	no_links
	target
	up --rate-in 3mbit --burst 40000
	ip link add ref0 type veth peer name ref1
	at_end 'ip link del ref0'
	tc qdisc add dev ref0 root tbf rate 3mbit burst 40000 latency 50ms
	see tc qdisc show dev ref0
	wants=$(sed 's/.*\(rate .*\)/\1/' "$T/seen")
	see tc qdisc show dev outer
	expect_eq "$(sed 's/.*\(rate .*\)/\1/' "$T/seen")" "$wants" tbf
.

it 'on an interface inside that is no veth' <<'.'
	target
	run nsnet up --pid "$PID" --name lo --type loopback --rate-out 1mbit
	expect_status 0
	see inside tc -j qdisc show dev lo
	has '"kind":"tbf".*"rate":125000,'
.

# now: milliseconds, in steps of 10; sent DEV [CMD…]: what has left by a link, in bytes; held: what had to wait
now() { sed 's/^\([0-9]*\)[.]\([0-9]*\).*/\1\20/' /proc/uptime; }
sent() {
	_dev=$1
	shift
	"$@" tc -s qdisc show dev "$_dev" | sed -n 's/^ Sent \([0-9]*\) bytes.*/\1/p'
}
held() {
	_dev=$1
	shift
	"$@" tc -s qdisc show dev "$_dev" | sed -n 's/.*overlimits \([0-9]*\) .*/\1/p'
}
flood='' to='' # the ping, and whom
# bounded DEV CMD…: 150 packets of 1442 bytes, 50 at once: more than 1 mbit lets pass
bounded() {
	begin=$(now)
	before=$(sent "$@")
	"$flood" -q -f -l 50 -c 150 -s 1400 -W 1 "$to" >/dev/null 2>&1 || :
	bytes=$(($(sent "$@") - before))
	ms=$(($(now) - begin + 20))
	most=$((ms * 125 + 32768))
	[ "$bytes" -le $((most * 12 / 10)) ] || fail "$bytes bytes in $ms ms: at most $most"
	[ "$bytes" -ge 20000 ] || fail "$bytes bytes: nothing passes"
	[ "$(held "$@")" -gt 0 ] || fail 'no packet had to wait'
}

it 'no more than rate-in comes in' <<'.'
	skip_unless ping_works
	no_links
	target
	up --rate-in 1mbit --address 10.0.0.2/24 --host-address 10.0.0.1/24
	flood=ping to=10.0.0.2
	bounded outer
.

it 'no more than rate-out goes out' <<'.'
	skip_unless ping_works
	no_links
	target
	up --rate-out 1mbit --address 10.0.0.2/24 --host-address 10.0.0.1/24
	printf '#!/bin/sh\nexec /usr/bin/nsenter -t %s -n ping "$@"\n' "$PID" >flood
	chmod 755 flood
	flood=./flood to=10.0.0.1
	bounded eth0 inside
.

finish
