#!/bin/sh
# nsnet of an ordinary user: inside a user namespace of one's own all of it, outside of one a clear refusal.
# run as: user
# timeout: 60
. "$(dirname "$0")/lib.sh"

skip_unless userns tools cmd_ip

it 'makes a veth and a bridge between two namespaces of a user namespace of its own' <<'.'
	skip_unless veth bridge
	run unshare -Urn sh -c '
		ip link set lo up
		unshare -n sleep 1000 &
		until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
		nsnet up --pid $! --bridge brq --create-bridge --bridge-address 10.0.0.1/24 --address 10.0.0.2/24 &&
			ip -o addr show dev brq && /usr/bin/nsenter -t $! -n ip -o addr show dev eth0
		kill $!'
	expect_status 0
	expect_out --match 'brq +inet 10.0.0.1/24'
	expect_out --match 'eth0 +inet 10.0.0.2/24'
.

it 'makes one into a namespace whose owner is a user namespace below' <<'.'
	skip_unless veth
	run unshare -Urn sh -c '
		unshare -Urn sleep 1000 &
		until [ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.01; done
		nsnet up --pid $! --address 10.0.0.2/24 && ip -o link
		kill $!'
	expect_status 0
	expect_out --match '^[0-9]+: veth-'
.

# The target's owner is all that these need, or both namespaces of one user namespace of one's own.
while IFS='|' read -r prereq options; do
	it "makes, in a user namespace of its own, a $options" "
		skip_unless veth $prereq
		run unshare -Urn sh -c '
			ip link add v0 type veth peer name v1
			unshare -n sleep 1000 &
			until [ \"\$(readlink /proc/\$!/ns/net)\" != \"\$(readlink /proc/self/ns/net)\" ]; do sleep 0.01; done
			nsnet up --pid \$! --type $options --address 10.0.0.2/24 --up=no && /usr/bin/nsenter -t \$! -n ip -o addr show dev eth0
			kill \$!'
		expect_status 0
		expect_out --match 'eth0 +inet 10.0.0.2/24'"
done <<'END'
macvlan|macvlan --link v0
vxlan|vxlan --id 5
dummy|dummy
vlan|vlan --link v0 --id 5
ipvlan|ipvlan --link v0
END

it 'makes a dummy in a namespace of its own, from outside' <<'.'
	skip_unless dummy
	spawn unshare -Urn sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	run nsnet up --pid "$PID" --type dummy --address 10.0.0.2/24
	expect_status 0
	run nsnet list --pid "$PID"
	expect_out --match '^eth0 dummy up'
.

it 'joins the user namespace first: loopback of a namespace that the user owns' <<'.'
	spawn unshare -Urn sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	run nsnet up --pid "$PID"
	expect_status 0
	run nsnet up --netns "/proc/$PID/ns/net"
	expect_status 0
	run nsnet list --pid "$PID"
	expect_out --match '^lo loopback up'
.

it 'says what is missing for a veth to the host' <<'.'
	skip_unless ordinary
	[ "$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)" = 0000000000000000 ] || skip 'has capabilities here'
	spawn unshare -Urn sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	run nsnet up --pid "$PID" --address 10.0.0.2/24
	expect_refusal 'hint: CAP_NET_ADMIN is needed in the namespace where it is made'
.

it 'refuses the namespace of another' <<'.'
	skip_unless ordinary
	run nsnet up --pid 1
	expect_refusal 'process 1: '
.

it 'sets up loopback in a start, as a window' <<'.'
	printf '%s\n' '[rootfs]' 'path = /' '[cgroup]' 'enable = no' '[net.eth0]' 'type = none' >web.ini
	run nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- ip -o addr show dev lo
	expect_status 0
	expect_out --has 127.0.0.1/8
.

# What follows names a container of the user's own that runs: its init is closed to the user, COMMAND is not.
mkfifo "$T/up"
printf '%s\n' '[rootfs]' 'path = /' '[cgroup]' 'enable = no' '[net.lo]' 'type = loopback' 'address = 10.9.9.1/32' >"$T/web.ini"

# begin COMMAND...: the container web; $INIT is its init
begin() {
	run nsrun -d -n web "$T/web.ini" "$@"
	expect_status 0
	at_end 'nsctl stop -t 0 web >/dev/null 2>&1 || :'
	INIT=$(sed -n 's/^pid //p' "$XDG_RUNTIME_DIR/nskit/web/pid")
}
# start SCRIPT: the same, with COMMAND where it says so
start() {
	begin sh -c "$1" sh "$T/up"
	cat "$T/up" >/dev/null
}
# busybox ash would take its own
nsenter() { nskit nsenter "$@"; }
inside() { nsenter -U -n web -- "$@"; }

it 'lists the network of a container of its own, by name and by pid' <<'.'
	skip_unless ordinary
	start ': >"$1"; exec sleep 1000'
	[ ! -r "/proc/$INIT/ns/net" ] || fail 'init can be looked at'
	for target in web "--pid $INIT"; do
		# shellcheck disable=SC2086 # two words
		run nsnet list $target
		expect_status 0
		expect_no_err
		expect_out --match '^lo loopback up'
		expect_out --has 'address 10.9.9.1/32'
		# shellcheck disable=SC2086
		run nsnet list --json $target
		expect_status 0
		expect_out --has '"name":"lo"'
		expect_out --has '"address":"10.9.9.1/32"'
	done
.

it 'lists what was made inside later' <<'.'
	skip_unless veth
	start ': >"$1"; exec sleep 1000'
	run inside ip link add in0 type veth peer name in1
	expect_status 0
	run nsnet list web
	expect_out --match '^in0 veth'
	expect_out --match '^in1 veth'
.

it 'checks a container of its own, and sees what was changed' <<'.'
	start ': >"$1"; exec sleep 1000'
	check() {
		for target in "--pid $INIT" web; do
			# shellcheck disable=SC2086 # two words
			run nsnet check --config "$T/web.ini" $target
			expect_status "$1"
			expect_no_err
			expect_out "$2"
		done
	}
	check 0 ''
	run inside ip addr del 10.9.9.1/32 dev lo
	expect_status 0
	check 1 '[net.lo] address: wants 10.9.9.1/32, is missing'
.

it 'makes anew what was taken away, by a second up' <<'.'
	start ': >"$1"; exec sleep 1000'
	for target in "--pid $INIT" web; do
		run inside ip addr del 10.9.9.1/32 dev lo
		expect_status 0
		for again in 1 2; do
			# shellcheck disable=SC2086 # two words
			run nsnet up --config "$T/web.ini" $target
			expect_status 0
			expect_no_err
			run inside ip -o addr show dev lo
			expect_out --has 10.9.9.1/32
		done
	done
	run nsnet down web
	expect_status 0
.

# children: $MAIN, which is COMMAND, and $OTHERS
children() {
	OTHERS=$(cat "/proc/$INIT/task/$INIT/children")
	MAIN=${OTHERS%% *} OTHERS=${OTHERS#* }
	wait_for '[ "$(cat "/proc/$MAIN/comm")" = sleep ]'
}

it 'takes another child of init where COMMAND has left the network namespace' <<'.'
	start '(sleep 1000 &); : >"$1"; exec unshare -Urn sleep 1000'
	children
	expect_ne "$OTHERS" '' 'other children of init'
	run nsnet list web
	expect_status 0
	expect_out --has 'address 10.9.9.1/32'
	run inside ip -o addr show dev lo
	expect_out --has 10.9.9.1/32
.

# refused: by each applet that joins, with the reason
closed='hint: .*needs a child of it in the same namespaces'
refused() {
	for verb in list check up; do
		run nsnet "$verb" web
		expect_refusal '^nsnet: web: joining its network namespace: Operation not permitted$'
		expect_err --match "$closed"
		run nsnet "$verb" --pid "$INIT"
		expect_refusal "^nsnet: process $INIT: joining its network namespace: Operation not permitted\$"
		expect_err --match "$closed"
	done
	run nsenter -U -n web true
	expect_refusal "$closed"
	run nsexec --user=container:web --net=container:web -- true
	expect_refusal '^nsexec: container:web: join: Operation not permitted$'
	expect_err --match "$closed"
}

it 'says what is missing where every child of init has left' <<'.'
	start ': >"$1"; exec unshare -Urn sleep 1000'
	children
	refused
.

it 'says what is missing where init is alone' <<'.'
	skip_unless ordinary
	start ': >"$1"; exec sleep 1000'
	children
	kill -STOP "$INIT" # it reaps nothing, so that the container goes on without COMMAND
	kill -KILL "$MAIN"
	wait_for 'grep -q "^State:.Z" "/proc/$MAIN/status"'
	refused
	kill -CONT "$INIT"
	waitgone "$INIT"
.

it 'shares the network of a container of its own with another' <<'.'
	start ': >"$1"; exec sleep 1000'
	run nsexec --user=container:web --net=container:web -- ip -o addr show dev lo
	expect_status 0
	expect_out --has 10.9.9.1/32
	run nsnet list web
	expect_status 0
.

finish
