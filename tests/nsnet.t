#!/bin/sh
# nsnet: links, addresses, routes, DNS files of a namespace, seen by ip(8) and ping(8).
# run as: root
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth bridge cmd_ip
define_prereq ping_works package 'no ping that works' 'ping -c 1 -W 1 127.0.0.1'

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$PID" -n "$@"; }
seen_inside() { inside "$@" >"$T/seen" 2>&1 || fail "$*: $(cat "$T/seen")"; }
seen() { "$@" >"$T/seen" 2>&1 || fail "$*: $(cat "$T/seen")"; }
has() { grep -Eq -e "$1" "$T/seen" || fail "no line matches $1:" "$(cat "$T/seen")"; }
hasnt() { ! grep -Eq -e "$1" "$T/seen" || fail "a line matches $1:" "$(cat "$T/seen")"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }

# ini LINE…: $T/web.ini, a container that needs no image
ini() { printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' "$@" >web.ini; }
# start CMD…: a container with the network of web.ini
cat >"$T/start" <<'END'
#!/bin/sh
exec nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- "$@"
END
chmod 755 "$T/start"
start() { "$T/start" "$@"; }
# What an earlier test has killed, the kernel takes away a little later.
no_links() { wait_for '[ "$(links)" = "lo " ]'; }

it 'makes one veth by options, with both ends named' <<'.'
	target
	run nsnet up --pid "$PID" --name net0 --host-name outer --address 10.0.0.2/24 --mtu 1400 --txqueuelen 50 --mac 02:00:00:00:00:07
	expect_status 0
	expect_no_out
	expect_no_err
	seen ip -d link show dev outer
	has 'outer@.* mtu 1400 .*UP'
	has 'veth'
	has 'alias nskit$'
	has 'MULTICAST'
	seen_inside ip -d addr show dev net0
	has 'net0@.*MULTICAST,UP,LOWER_UP.* mtu 1400 .* qlen 50$'
	has 'link/ether 02:00:00:00:00:07'
	has 'inet 10.0.0.2/24 brd 10.0.0.255 '
	seen_inside ip link show dev lo
	has 'LOOPBACK,UP'
.

it 'names the inside eth0 and the host end at random by default' <<'.'
	no_links
	target
	run nsnet up --pid "$PID" --type veth
	expect_status 0
	seen_inside ip link show dev eth0
	expect_eq "$(links | sed 's/veth-[a-z2-9]\{5\} /X /')" 'lo X ' 'links'
.

it 'reaches the host over a bridge, IPv4 and IPv6, at once' <<'.'
	skip_unless ping_works
	ip link add br7 type bridge
	at_end 'ip link del br7'
	ip addr add 10.7.0.1/24 dev br7
	ip addr add fd07::1/64 dev br7 nodad
	ip link set br7 up
	target
	run nsnet up --pid "$PID" --bridge br7 --address 10.7.0.2/24 --address fd07::2/64
	expect_status 0
	seen_inside ip -6 addr show dev eth0 scope global
	has 'fd07::2/64'
	hasnt tentative
	run ping -c 1 -W 2 10.7.0.2
	expect_status 0
	run inside ping -c 1 -W 2 10.7.0.1
	expect_status 0
	run ping -c 1 -W 2 fd07::2
	expect_status 0
	seen ip -o link show master br7
	has '^[0-9]+: veth-'
.

it 'routes: gateway, via, source, metric, mtu, table, onlink, both families' <<'.'
	target
	run nsnet up --pid "$PID" --address 10.0.0.2/24 --address fd00::2/64 --gateway 10.0.0.1 --gateway fd00::1 \
		--route '192.168.5.0/24 via 10.0.0.7 src 10.0.0.2 metric 5 mtu 1200' --route '10.9.0.0/16 table 77' \
		--route '172.16.0.0/12 via 192.0.2.1 onlink' --route 'fd99::/32 via fe80::1' --route 192.0.2.77
	expect_status 0
	seen_inside ip route show table all
	has '^default via 10.0.0.1 dev eth0'
	has '^192.168.5.0/24 via 10.0.0.7 dev eth0 .*src 10.0.0.2 metric 5 mtu 1200'
	has '^10.9.0.0/16 dev eth0 table 77 .*scope link'
	has '^172.16.0.0/12 via 192.0.2.1 dev eth0 .*onlink'
	has '^192.0.2.77 dev eth0 '
	seen_inside ip -6 route
	has '^default via fd00::1 dev eth0'
	has '^fd99::/32 via fe80::1 dev eth0'
.

it 'leaves an interface down that shall be down' <<'.'
	target
	run nsnet up --pid "$PID" --up=no --loopback=no --address 10.0.0.2/24
	expect_status 0
	seen_inside ip -o link
	hasnt '[<,]UP[,>]'
.

it 'detects duplicates of an IPv6 address only on request' <<'.'
	target
	run nsnet up --pid "$PID" --dad --address fd00::2/64
	expect_status 0
	seen_inside ip -6 addr show dev eth0 scope global
	hasnt nodad
.

it 'takes the target as a file, as a descriptor and as a pidfd' <<'.'
	target
	run nsnet up --netns "/proc/$PID/ns/net" --name a0
	expect_status 0
	run sh -c 'nsnet up --netns fd:7 --name a1 7<"$1"' sh "/proc/$PID/ns/net"
	expect_status 0
	seen_inside ip -o link
	has ' a0@'
	has ' a1@'
.

it 'sets up loopback alone without a target, in the namespace it runs in' <<'.'
	run unshare -n sh -c 'nsnet up && ip -o addr show dev lo'
	expect_status 0
	expect_out --has 127.0.0.1/8
.

it 'makes and marks a bridge on request, and removes it with its last port' <<'.'
	no_links
	target
	one=$PID
	run nsnet up --pid "$one" --bridge brx --create-bridge --bridge-address 10.3.0.1/24 --address 10.3.0.2/24
	expect_status 0
	seen ip -d addr show dev brx
	has 'UP'
	has 'inet 10.3.0.1/24'
	has 'alias nskit$'
	target
	run nsnet up --pid "$PID" --bridge brx --create-bridge --bridge-address 10.3.0.1/24 --address 10.3.0.3/24
	expect_status 0
	run nsnet down --pid "$PID" --bridge brx --create-bridge
	expect_status 0
	seen ip -o link show master brx
	expect_lines 1 "$T/seen"
	run nsnet down --pid "$one" --bridge brx --create-bridge
	expect_status 0
	expect_eq "$(links)" 'lo ' 'links'
	run nsnet down --pid "$one" --bridge brx --create-bridge
	expect_status 0
.

it 'leaves a bridge that it did not make' <<'.'
	no_links
	ip link add bry type bridge
	at_end 'ip link del bry'
	target
	run nsnet up --pid "$PID" --bridge bry --create-bridge --address 10.3.0.2/24
	expect_status 0
	run nsnet down --pid "$PID" --bridge bry --create-bridge
	expect_status 0
	expect_eq "$(links)" 'bry lo ' 'links'
.

it 'gives each of several interfaces of a file its own' <<'.'
	ini '[net.eth0]' 'bridge = bra' 'create-bridge = yes' 'address = 10.1.0.2/24' 'gateway = 10.1.0.1' \
		'[net.eth1]' 'bridge = brb' 'create-bridge = yes' 'address = 10.2.0.2/24' 'address = fd02::2/64' 'mac = stable' \
		'[net.lo]' 'type = loopback' 'address = 10.99.0.1/32' '[net.eth9]' 'type = none'
	run start sh -c 'ip -o addr; ip route; ip link show eth1; ip link show eth9 2>/dev/null'
	expect_status 1
	expect_out --match 'eth0 +inet 10.1.0.2/24'
	expect_out --match 'eth1 +inet 10.2.0.2/24'
	expect_out --match 'eth1 +inet6 fd02::2/64'
	expect_out --match 'lo +inet 10.99.0.1/32'
	expect_out --match '^default via 10.1.0.1 dev eth0'
	mac=$(sed -n 's/.*link.ether \([0-9a-f:]*\).*/\1/p' "$OUT" | tail -n 1)
	run start ip link show eth1
	expect_out --has "link/ether $mac"
.

it 'leaves no link, no bridge and no record the moment that the start has returned' <<'.'
	no_links
	ini '[net.eth0]' 'bridge = brz' 'create-bridge = yes' 'bridge-address = 10.4.0.1/24' 'address = 10.4.0.2/24'
	for i in 1 2 3 4 5; do
		run start true
		expect_status 0
		expect_eq "$(links)" 'lo ' 'links'
		expect_missing /run/nskit
	done
.

it 'keeps a shared bridge for the container that still runs' <<'.'
	no_links
	ini '[net.eth0]' 'bridge = brs' 'create-bridge = yes' 'bridge-address = 10.5.0.1/24' 'address = 10.5.0.2/24'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	first=$PID
	wait_line "$OUT" up
	run nsexec --name other --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- true
	expect_status 0
	seen ip -o link show master brs
	expect_lines 1 "$T/seen"
	has '^[0-9]+: web-'
	echo >go
	finished "$first"
	expect_status 0
	expect_eq "$(links)" 'lo ' 'links'
.

it 'marks the host end with the id of its start, and records it first' <<'.'
	ini '[net.eth0]' 'host-name = outer0' 'address = 10.5.0.2/24'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	expect_file /run/nskit/web/net.links 'veth outer0'
	seen ip link show dev outer0
	has "alias nskit:$(sed -n 's/^id //p' /run/nskit/web/plan)\$"
	echo >go
	finished
	expect_status 0
.

it 'does not touch a link that another owner has' <<'.'
	ini '[net.eth0]' 'host-name = outer1'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	ip link set dev outer1 alias "nskit:0123456789abcdef"
	run nsnet down web
	expect_status 0
	seen ip link show dev outer1
	echo >go
	finished
	no_links
.

it 'adds an interface to a running container by its name, and takes it away' <<'.'
	no_links
	ini '[net.eth0]' 'address = 10.5.0.2/24'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	run nsnet up --name extra --address 10.6.0.2/24 web
	expect_status 0
	run nsnet list web
	expect_out --match '^extra veth up mtu 1500 mac'
	expect_out --has '    address 10.6.0.2/24'
	run nsnet down web
	expect_status 0
	expect_eq "$(links)" 'lo ' 'links'
	echo >go
	finished
	expect_status 0
.

it 'waits for the host name of a container that has just stopped' <<'.'
	ini '[net.eth0]' 'host-name = fixed0' 'address = 10.5.0.2/24'
	for i in 1 2 3 4 5; do
		run nsexec --name web --config web.ini --window 'nsnet up' -- nsinit -- true
		expect_status 0
	done
	no_links
.

it 'gc takes away what a monitor that was killed has left' <<'.'
	no_links
	ini '[net.eth0]' 'bridge = brk' 'create-bridge = yes' 'bridge-address = 10.5.0.1/24' 'address = 10.5.0.2/24'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	kill -KILL "$PID"
	finished
	wait_for '[ "$(links)" = "brk lo " ]'
	run nskit state gc
	expect_status 0
	expect_eq "$(links)" 'lo ' links
	expect_missing /run/nskit
.

it 'keeps what another owner has made of the same name, in gc too' <<'.'
	no_links
	ini '[net.eth0]' 'host-name = outer2' 'bridge = brl' 'create-bridge = yes'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	kill -KILL "$PID"
	finished
	wait_for '[ "$(links)" = "brl lo " ]'
	ip link del brl
	ip link add brl type bridge
	at_end 'ip link del brl; ip link del outer2'
	ip link add outer2 type veth peer name peer2
	run nskit state gc
	expect_status 0
	expect_eq "$(links)" 'brl lo outer2 peer2 ' links
.

it 'makes nothing on the network of the host' <<'.'
	no_links
	run unshare -n sh -c '
		printf "%s\n" "[rootfs]" "path = /" "readonly = yes" "[cgroup]" "enable = no" "[namespaces]" "net = host" "[mounts]" "sys = no" >host.ini
		nsexec --name web --config host.ini --window "nsnet up" --undo "nsnet down" -- nsinit -- ip -o link show dev lo'
	expect_status 0
	expect_out --not '[<,]UP[,>]'
	ini '[net.eth0]' 'address = 10.5.0.2/24' '[mounts]' 'sys = no'
	run nsexec --name web --config web.ini --net=host --window 'nsnet up' --undo 'nsnet down' -- nsinit -- true
	expect_refusal 'nsnet: .net.eth0.: needs a network namespace of the container'
	expect_missing /run/nskit
.

it 'shares the network of another container, and leaves its interfaces' <<'.'
	no_links
	ini '[net.eth0]' 'address = 10.5.0.2/24'
	rm -f go; mkfifo go
	spawn "$T/start" sh -c 'echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[namespaces]' 'net = container:web' \
		'[net.eth1]' 'address = 10.6.0.2/24' >second.ini
	run nsexec --name second --config second.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- ip -o addr
	expect_status 0
	expect_out --match 'eth0 +inet 10.5.0.2/24'
	expect_out --match 'eth1 +inet 10.6.0.2/24'
	run nsnet list web
	expect_out --has 'eth0 veth up'
	expect_out --not 'eth1'
	echo >go
	finished
	expect_status 0
.

it 'takes another random name where one is taken' <<'.'
	skip_unless strace
	target
	run strace -o trace -e trace=sendto -e inject=sendto:error=EEXIST:when=1..9 nsnet up --pid "$PID" --name e5
	expect_status 0
	seen_inside ip link show dev e5
	run strace -o trace -e trace=sendto -e inject=sendto:error=EEXIST:when=1..10 nsnet up --pid "$PID" --name e6
	expect_refusal 'net.e6.*host-name.*10 tries'
.

it 'writes resolv.conf and hosts, which are bound inside' <<'.'
	# an /etc without these files, too
	ini '[rootfs]' 'volatile = overlay' '[uts]' 'hostname = box' '[net]' 'dns = 10.5.0.1' 'dns = fd05::1' 'dns-search = a.example' 'dns-search = b.example' \
		'dns-option = ndots:2' 'add-host = db:10.5.0.9' '[net.eth0]' 'address = 10.5.0.2/24'
	run start sh -c 'cat /etc/resolv.conf /etc/hosts; : 2>/dev/null >>/etc/hosts && echo writable'
	expect_out 'nameserver 10.5.0.1
nameserver fd05::1
search a.example b.example
options ndots:2
127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
10.5.0.2 box
10.5.0.9 db'
.

it 'writes these files to --dir without a record' <<'.'
	target
	mkdir files
	run nsnet up --pid "$PID" --dns 10.0.0.1 --dns-search example.org --dir files --type veth
	expect_status 0
	expect_file files/net.resolv 'nameserver 10.0.0.1
search example.org'
	expect_file files/net.hosts --has '127.0.0.1 localhost'
.

it 'lists a namespace as text and as JSON' <<'.'
	target
	nsnet up --pid "$PID" --address 10.0.0.2/24 --gateway 10.0.0.1
	run nsnet list --pid "$PID"
	expect_out --match '^lo loopback up mtu 65536 state unknown$'
	expect_out --match '^eth0 veth up mtu 1500 mac [0-9a-f:]{17} link if[0-9]+ state (up|unknown)$'
	expect_out --has '    address 10.0.0.2/24'
	expect_out --has '    route default via 10.0.0.1'
	run nsnet list --pid "$PID" --json
	expect_out --has '"name":"eth0"'
	expect_out --has '"address":"10.0.0.2/24"'
	expect_out --has '"via":"10.0.0.1"'
	if command -v python3 >/dev/null; then python3 -m json.tool <"$OUT" >/dev/null; fi
.

it 'check names what differs, and 0 means nothing' <<'.'
	target
	nsnet up --pid "$PID" --address 10.0.0.2/24 --gateway 10.0.0.1 --host-name outer3
	run nsnet check --pid "$PID" --address 10.0.0.2/24 --gateway 10.0.0.1
	expect_status 0
	expect_no_out
	inside ip addr del 10.0.0.2/24 dev eth0
	run nsnet check --pid "$PID" --address 10.0.0.2/24 --gateway 10.0.0.1 --mtu 1400
	expect_status 1
	expect_out '[net.eth0] mtu: wants 1400, is 1500
[net.eth0] mtu: wants 1400, is 1500 on outer3
[net.eth0] address: wants 10.0.0.2/24, is missing
[net.eth0] gateway: wants default via 10.0.0.1, is missing'
.

it 'twenty containers on one bridge at once: all up, all gone' <<'.'
	ini '[net.eth0]' 'bridge = brm' 'create-bridge = yes' 'bridge-address = 10.8.0.1/24' 'address = 10.8.0.2/24'
	i=0
	pids=''
	while [ "$i" -lt 20 ]; do
		i=$((i + 1))
		spawn nsexec --name "c$i" --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- ip -o addr show dev eth0
		pids="$pids $PID"
	done
	for pid in $pids; do
		finished "$pid"
		expect_status 0
		expect_out --has 10.8.0.2/24
	done
	no_links
	expect_missing /run/nskit
.

it 'keeps no capability but NET_ADMIN while it works' <<'.'
	skip_unless strace
	target
	run strace -o trace -e trace=capset,sendto nsnet up --pid "$PID" --type veth
	expect_status 0
	expect_file trace --match 'capset.*effective=1<<CAP_NET_ADMIN, permitted=1<<CAP_NET_ADMIN'
	sed -n '/sendto/q;p' trace >before
	expect_file before --has capset
.

finish
