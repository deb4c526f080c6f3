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
sweep_filter() { sweep_posture; }
start() {
	"$@" nsexec --name swept --config "$T/swept.ini" --prepare 'nscgroup create' --undo 'nscgroup delete' \
		--window 'nsnet up' --undo 'nsnet down' -- nsinit -- /bin/posture
}

# The first one makes the mount points in the image.
start env >/dev/null

groups=$(for controller in memory pids cpu freezer unified; do cgroup_dir "$controller" || :; done | sort -u)

# Everything outside that a start makes; empty when nothing is left.
left() {
	ls -A /run/nskit 2>/dev/null || :
	ip -o link show | grep -v ': lo:' || :
	for group in $groups; do ls -d "$group/nskit-swept"* 2>/dev/null || :; done
	pgrep -l 'nsinit|nsexec' || :
}

for flag in -k -K; do
	it "killed ($flag: who makes a call, or the first process): gc leaves nothing" <<'.'
		start sweep_count
		for point in $(sweep_points 25); do
			start sweep_kill $flag "$point"
			run nskit state gc
			[ "$STATUS" = 0 ] || fail "gc: $(cat "$ERR")"
			sweep_gone "SIGKILL ($flag)" "$point"
		done
.
done

for errno in ${NSK_ERRNOS:-1 12}; do # EPERM, ENOMEM
	it "a call failing with $errno: it says so and nothing is left, or it starts as ever" <<'.'
		start sweep_count
		for point in $(sweep_points 25 -e); do
			start sweep_error "$point" "$errno"
			sweep_collect "errno $errno" "$point"
		done
		# the empty root, where its own rmdir was the call that failed
		nskit state gc
		expect_missing /run/nskit
.
done

# The record of a start that was killed when COMMAND was about to run.
stale() { start sweep_kill -K "$1"; }

for errno in ${NSK_ERRNOS:-12}; do
	it "gc, a call failing with $errno: it says so, and another one finishes it" <<'.'
		start sweep_count
		born=$(awk '$2 == "nsinit" && $3 == "execve" { print $1; exit }' "$T/calls")
		stale "$born"
		sweep_count nskit state gc
		sweep_gone nothing "$born"
		for point in $(sweep_points 15 -e); do
			stale "$born"
			sweep_error "$point" "$errno" nskit state gc
			[ "$STATUS" != 0 ] || [ -s "$ERR" ] || sweep_gone "silence of errno $errno" "$point"
			run nskit state gc
			expect_status 0
			sweep_gone "errno $errno" "$point"
		done
.
done

finish
