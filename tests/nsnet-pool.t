#!/bin/sh
# nsnet: addresses out of pools: the first free one, never twice, never leaked; seen by ip(8).
# run as: root
# timeout: 180
. "$(dirname "$0")/lib.sh"
. "$NSK_TESTS/image.sh"

skip_unless root tools veth bridge cmd_ip
define_prereq ping_works package 'no ping that works' 'ping -c 1 -W 1 127.0.0.1'

. "$NSK_TESTS/net.sh"
leases=/run/nskit/.leases

links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
no_links() { wait_for '[ "$(links)" = "lo " ]'; }
# ini LINE…: $T/web.ini, a container that needs no image, unless $image is one
image=
ini() { printf '%s\n' '[rootfs]' "path = ${image:-/}" 'readonly = yes' '[cgroup]' 'enable = no' "$@" >"$T/web.ini"; }
# start NAME CMD…: a container with the network of web.ini
cat >"$T/start" <<'END'
#!/bin/sh
name=$1
shift
exec nsexec --name "$name" --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- "$@"
END
chmod 755 "$T/start"
start() { "$T/start" "$@"; }
# hold NAME: one that runs until its line comes through the fifo; its addresses in $OUT
hold() {
	_go=${image:-$T}/go.$1
	rm -f "$_go"
	mkfifo "$_go"
	spawn "$T/start" "$1" sh -c 'ip -o addr show dev eth0; echo up; read x <"$1"' sh "${_go#"$image"}"
	wait_line "$OUT" up
}
# gone NAME PID: lets it end
gone() {
	echo >"${image:-$T}/go.$1"
	finished "$2"
	expect_status 0
}
# shellcheck disable=SC2012 # names are addresses
held() { expect_eq "$(ls "$leases" | tr '\n' ' ')" "$1" leases; }

it 'gives the first free address, with the prefix of the pool, and takes it back' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	first=$PID
	expect_out --match 'eth0 +inet 10.1.0.1/24 brd 10.1.0.255 '
	hold b
	second=$PID
	expect_out --match 'eth0 +inet 10.1.0.2/24 '
	held '10.1.0.1 10.1.0.2 '
	expect_file "$leases/10.1.0.2" "b $(sed -n 's/^id //p' /run/nskit/b/plan)"
	gone a "$first"
	held '10.1.0.2 '
	run start c ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.1/24 '
	gone b "$second"
	expect_missing /run/nskit
.

it 'leaves out what the configuration names, the network and its broadcast address' <<'.'
	skip_unless busybox_static
	# the machine's own root may lack the files that are to be bound over
	image=$T/image
	image "$image"
	ln -s busybox "$image/bin/ip"
	: >"$image/etc/resolv.conf"
	: >"$image/etc/hosts"
	ini '[net]' 'dns = 10.1.0.2' 'add-host = db:10.1.0.3' '[net.eth0]' 'pool = 10.1.0.0/28' 'gateway = 10.1.0.1' 'bridge = brp' \
		'create-bridge = yes' 'bridge-address = 10.1.0.1/28' 'address = 10.1.0.4/28' 'neigh = 10.1.0.5 02:00:00:00:00:05' \
		'route = 10.9.0.0/16 via 10.1.0.6' '[net.eth1]' 'host-address = 10.1.0.7/32' 'address = 10.1.0.8/32'
	hold a
	expect_out --match 'inet 10.1.0.4/28 '
	expect_out --match 'inet 10.1.0.9/28 '
	held '10.1.0.9 '
	gone a "$PID"
	ini '[net.eth0]' 'pool = 10.1.0.0/30' 'address = 10.1.0.1/30'
	run start a ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.2/30 '
	ini '[net.eth0]' 'pool = 10.1.0.0/30' 'address = 10.1.0.1/30' 'address = 10.1.0.2/30'
	run start a true
	expect_refusal '.net.eth0. pool: 10.1.0.0/30 has no free address'
	ini '[net.eth0]' 'pool = 10.1.0.0/31'
	run start a ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.0/31 '
	ini '[net.eth0]' 'pool = 10.1.0.7/32'
	run start a ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.7/32 '
	expect_missing /run/nskit
.

it 'leaves out the addresses of a bridge that is there already' <<'.'
	no_links
	ip link add brp type bridge
	at_end 'ip link del brp'
	ip addr add 10.1.0.1/24 dev brp
	ip addr add 10.1.0.2/24 dev brp
	ip link set brp up
	ini '[net.eth0]' 'pool = 10.1.0.0/24' 'bridge = brp'
	run start a ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.3/24 '
.

it 'takes from several pools, of both families, on several interfaces' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24' 'pool = fd01::/64' '[net.eth1]' 'pool = 10.1.0.0/24' 'pool = fd02::ffff:ffff:ffff:fff0/124'
	rm -f go
	mkfifo go
	spawn "$T/start" a sh -c 'ip -o addr; echo up; read x <"$1"' sh "$T/go"
	wait_line "$OUT" up
	expect_out --match 'eth0 +inet 10.1.0.1/24 '
	expect_out --match 'eth0 +inet6 fd01::1/64 '
	expect_out --match 'eth1 +inet 10.1.0.2/24 '
	expect_out --match 'eth1 +inet6 fd02::ffff:ffff:ffff:fff1/124 '
	held '10.1.0.1 10.1.0.2 fd01::1 fd02::ffff:ffff:ffff:fff1 '
	run nskit state show a
	expect_out --has 'lease eth0 10.1.0.1/24'
	expect_out --has 'lease eth1 fd02::ffff:ffff:ffff:fff1/124'
	run nskit state show --json a
	expect_eq "$(tr -d '\n' <"$OUT" | sed 's/.*"leases"://')" \
		'["eth0 10.1.0.1/24","eth0 fd01::1/64","eth1 10.1.0.2/24","eth1 fd02::ffff:ffff:ffff:fff1/124"]}'
	echo >go
	finished
	expect_missing /run/nskit
.

it 'the leased address is in the hosts file, and a gateway of the pool reaches the bridge' <<'.'
	skip_unless ping_works
	no_links
	ini '[rootfs]' 'volatile = overlay' '[uts]' 'hostname = box' '[net.eth0]' 'pool = 10.1.0.0/24' 'gateway = 10.1.0.1' 'bridge = brp' \
		'create-bridge = yes' 'bridge-address = 10.1.0.1/24'
	run start a sh -c 'grep box /etc/hosts; ip route; ping -c 1 -W 5 10.1.0.1 >/dev/null && echo answered'
	expect_status 0
	expect_out --has '10.1.0.2 box'
	expect_out --match '^default via 10.1.0.1 dev eth0'
	expect_out --has answered
	expect_eq "$(links)" 'lo ' links
.

it 'point to point the leased address stands alone' <<'.'
	no_links
	ini '[net.eth0]' 'pool = 10.1.0.0/24' 'host-address = 10.1.0.1/32' 'gateway = 10.1.0.1'
	hold a
	expect_out --match 'inet 10.1.0.2/32 '
	expect_eq "$(ip -o route get 10.1.0.2 | sed 's/.* dev \([a-z]*\)-.*/\1/')" a 'the host end'
	gone a "$PID"
.

it 'fifty starts at once: fifty addresses, all given back' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/26' 'type = veth'
	pids='' i=0
	while [ "$i" -lt 50 ]; do
		i=$((i + 1))
		rm -f "go.$i"
		mkfifo "go.$i"
		spawn "$T/start" "c$i" sh -c 'ip -o -4 addr show dev eth0; echo up; read x <"$1"' sh "$T/go.$i"
		pids="$pids $PID:$OUT"
	done
	: >all
	for pid in $pids; do
		wait_line "${pid#*:}" up 60
		sed -n 's/.*inet \([0-9.]*\).*/\1/p' "${pid#*:}" >>all
	done
	expect_lines 50 all
	sort -u all >once
	expect_lines 50 once
	expect_eq "$(ls "$leases" | wc -l)" 50 leases
	i=0
	for pid in $pids; do
		i=$((i + 1))
		echo >"go.$i"
		finished "${pid%%:*}"
		expect_status 0
	done
	expect_missing /run/nskit
.

it 'a pool without a free address is an error, and the start leaves nothing' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/30'
	hold a
	first=$PID
	hold b
	second=$PID
	run start c true
	expect_refusal '^nsnet: .net.eth0. pool: 10.1.0.0/30 has no free address'
	held '10.1.0.1 10.1.0.2 '
	expect_missing /run/nskit/c
	gone b "$second"
	run start c ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.2/30 '
	gone a "$first"
	expect_missing /run/nskit
.

it 'a start that fails after the lease gives it back' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24' 'bridge = nobridge'
	run start a true
	expect_refusal 'no link nobridge'
	expect_missing /run/nskit
.

it 'gc gives back what a monitor that was killed has held' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	first=$PID
	hold b
	kill -KILL "$PID"
	finished
	held '10.1.0.1 10.1.0.2 '
	run nskit state gc
	expect_status 0
	held '10.1.0.1 '
	gone a "$first"
	expect_missing /run/nskit
.

it 'the next start of the name finds its old lease given back' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	kill -KILL "$PID"
	finished
	run start a ip -o addr show dev eth0
	expect_out --match 'inet 10.1.0.1/24 '
	expect_missing /run/nskit
.

it 'a process killed at any moment of a lease leaves none behind after gc' <<'.'
	skip_unless strace
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	for call in openat:1 openat:5 openat:10 openat:15 openat:20 openat:25 mkdirat:1 renameat:1 write:1 write:2 flock:1 flock:2 sendto:1 sendto:2; do
		run strace -f -o /dev/null -e trace="${call%:*}" -e inject="${call%:*}:signal=KILL:when=${call#*:}" \
			nsexec --name a --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- true
		run nskit state gc
		expect_missing "$leases"
	done
	expect_missing /run/nskit
.

it 'drops only what carries the id of its start' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold other
	second=$PID
	hold a
	cp "$leases/10.1.0.1" "$leases/10.1.0.2"
	run nsnet down a
	expect_status 0
	held '10.1.0.1 10.1.0.2 '
	gone a "$PID"
	held '10.1.0.1 10.1.0.2 '
	gone other "$second"
	run nskit state gc
	expect_missing /run/nskit
.

it 'what a record that was removed by hand held: swept by gc, and when the pool is exhausted' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/30'
	hold a
	for name in 'b 0123456789abcdef' '../a x' 'a 0123456789abcdef' ''; do
		echo "$name" >"$leases/10.1.0.2"
		[ -n "$name" ] || : >"$leases/10.1.0.2"
		run start c ip -o addr show dev eth0
		expect_out --match 'inet 10.1.0.2/30 '
		held '10.1.0.1 '
	done
	echo 'b 0123456789abcdef' >"$leases/10.1.0.2"
	run nskit state gc
	expect_status 0
	held '10.1.0.1 '
	gone a "$PID"
	expect_missing /run/nskit
.

it 'an interface that is added gets a lease of its own, which down gives back' <<'.'
	no_links
	ini '[net]' 'hosts = no' '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	run nsnet up --name extra --pool 10.1.0.0/24 a
	expect_status 0
	held '10.1.0.1 10.1.0.2 '
	run nsnet up --name extra2 --pool 10.1.0.0/24 --bridge nobridge a
	expect_refusal 'no link nobridge'
	held '10.1.0.1 10.1.0.2 '
	run nsnet check --config web.ini a
	expect_status 0
	expect_no_out
	run nsnet down a
	expect_status 0
	expect_missing "$leases"
	gone a "$PID"
.

it 'what could not be leased is not in the record' <<'.'
	no_links
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	mount -n --bind "$leases" "$leases"
	at_end 'umount -n "$leases" 2>/dev/null || :'
	mount -n -o remount,bind,ro "$leases"
	run nsnet up --name extra --pool 10.1.0.0/24 a
	expect_refusal 'Read-only file system'
	umount -n "$leases"
	expect_file /run/nskit/a/net.leases 'eth0 10.1.0.1/24'
	gone a "$PID"
	expect_missing /run/nskit
.

it 'a namespace without a container has no owner for a lease' <<'.'
	no_links
	spawn unshare -n sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	run nsnet up --pid "$PID" --pool 10.1.0.0/24
	expect_refusal '.net.eth0. pool: wants a container: a lease has an owner'
	expect_eq "$(links)" 'lo ' links
.

it 'a list of containers does not take the leases for one' <<'.'
	ini '[net.eth0]' 'pool = 10.1.0.0/24'
	hold a
	run nskit state list
	expect_out --not leases
	expect_out --match '^a +running'
	gone a "$PID"
.

finish
