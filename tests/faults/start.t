#!/bin/sh
# A whole start (cgroup, network, root, COMMAND): its first process and whoever makes the call killed at its
# system calls, and system calls failing. An even slice of them; NSK_FAULTS=all takes them all.
# run as: root
# timeout: 600
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults/sweep.sh
. "$NSK_TESTS/faults/sweep.sh"
# shellcheck source=tests/image.sh
. "$NSK_TESTS/image.sh"

skip_unless cgroup veth bridge
image "$T/root"

cat >"$T/swept.ini" <<END
[rootfs]
path = $T/root
readonly = yes
[cgroup]
memory-max = 64M
pids-max = 32
[net]
dns = 198.51.100.1
[net.eth0]
bridge = brf
create-bridge = yes
bridge-address = 10.9.0.1/24
address = 10.9.0.2/24
gateway = 10.9.0.1
[caps]
keep = CHOWN
END

SWEEP_COMM=posture
# Capabilities, ids, mounts, fds, links: all but the numbers that each start has of its own.
# Sorted: mounts are listed by their ids, and init makes its own while the monitor makes others.
sweep_filter() { grep -v -e '^ns[.]' -e '^cgroup[.]' -e '^keyring ' -e '^mount[.].dev.[a-z]* .*devtmpfs' -e '^pid ' -e '^env[.]' | sort; }
start() {
	"$@" nsexec --name swept --config "$T/swept.ini" --prepare 'nscgroup create' --undo 'nscgroup delete' \
		--window 'nsnet up' --undo 'nsnet down' -- nsinit -- /bin/posture
}

# Everything outside that a start makes; empty when nothing is left.
left() {
	ls -A /run/nskit 2>/dev/null || :
	ip -o link show | grep -v ': lo:' || :
	for controller in memory pids cpu freezer unified; do
		find "$(cgroup_dir "$controller" 2>/dev/null)/nskit" -type d 2>/dev/null || :
	done
	pgrep -l 'nsinit|nsexec' || :
}

it 'whoever makes a call killed: gc leaves nothing' <<'.'
	start sweep_count
	for n in $(sweep_points 25); do
		start sweep_kill "$n"
		run nskit state gc
		[ "$STATUS" = 0 ] || fail "gc: $(cat "$ERR")"
		sweep_gone SIGKILL "$n"
	done
.

it 'the first process killed: gc leaves nothing' <<'.'
	start sweep_count
	for n in $(sweep_points 25); do
		start sweep_kill -K "$n"
		run nskit state gc
		[ "$STATUS" = 0 ] || fail "gc: $(cat "$ERR")"
		sweep_gone "the first process's SIGKILL" "$n"
	done
.

for errno in 1 12; do # EPERM, ENOMEM
	it "a call failing with $errno: it says so and nothing is left, or it starts as ever" <<'.'
		start sweep_count
		for n in $(sweep_points 25 -e); do
			start sweep_error "$n" "$errno"
			# a fault in the undo itself: what it could not undo stays recorded, and it says so
			if grep -q 'the record stays' "$ERR"; then nskit state gc; fi
			sweep_gone "errno $errno" "$n"
		done
		# the empty root, where its own rmdir was the call that failed
		nskit state gc
		expect_missing /run/nskit
.
done

finish
