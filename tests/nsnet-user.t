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

finish
