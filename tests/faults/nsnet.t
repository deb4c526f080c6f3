#!/bin/sh
# nsnet by itself: killed at each system call, each system call failing; then `down` leaves nothing.
# run as: root
# timeout: 300
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults/sweep.sh
. "$NSK_TESTS/faults/sweep.sh"

skip_unless root tools veth bridge cmd_ip

ip=$(command -v ip)
spawn_target() {
	spawn unshare -n sleep 1000
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	target=$PID
}
# What is there beside two loopback interfaces, on both sides.
left() {
	{
		"$ip" -o link
		/usr/bin/nsenter -t "$target" -n "$ip" -o link
	} | grep -v ': lo:' || :
}
up() {
	set -- "$@" nsnet up --pid "$target" --host-name outer --bridge brf --create-bridge \
		--bridge-address 10.9.0.1/24 --address 10.9.0.2/24 --gateway 10.9.0.1
	"$@"
}
down() { "$@" nsnet down --pid "$target" --bridge brf --create-bridge; }

it 'up, killed at each system call: down leaves nothing' <<'.'
	spawn_target
	up sweep_count
	down env
	for point in $(sweep_points 100); do
		up sweep_kill "$point"
		down run
		expect_status 0
		sweep_gone SIGKILL "$point"
	done
.

for errno in ${NSK_ERRNOS:-1 12}; do # EPERM, ENOMEM
	it "up, each system call failing with $errno: it says so and leaves nothing by itself" <<'.'
		spawn_target
		up sweep_count
		down env
		for point in $(sweep_points 100 -e); do
			up sweep_error "$point" "$errno"
			if [ "$STATUS" = 0 ] || [ "$STATUS" = 99 ]; then down env; fi
			sweep_gone "errno $errno" "$point"
		done
.
done

it 'down, killed at each system call: another one finishes it' <<'.'
	spawn_target
	up env
	down sweep_count
	for point in $(sweep_points 100); do
		up env
		down sweep_kill "$point"
		down run
		expect_status 0
		sweep_gone SIGKILL "$point"
	done
.

it 'down, each system call failing: it says so, and another one finishes it' <<'.'
	spawn_target
	up env
	down sweep_count
	for point in $(sweep_points 100 -e); do
		up env
		down sweep_error "$point" 12
		down run
		expect_status 0
		sweep_gone 'errno 12' "$point"
	done
.

finish
