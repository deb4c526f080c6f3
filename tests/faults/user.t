#!/bin/sh
# An ordinary user's start, root of a user namespace: killed at its system calls, and system calls failing.
# run as: user
# timeout: 300
. "$(dirname "$0")/../lib.sh"
# shellcheck source=tests/faults/sweep.sh
. "$NSK_TESTS/faults/sweep.sh"
# shellcheck source=tests/image.sh
. "$NSK_TESTS/image.sh"

skip_unless userns
image "$T/root"
records=$XDG_RUNTIME_DIR/nskit

cat >"$T/swept.ini" <<END
[namespaces]
user = private
[idmap]
mode = root
[container]
pid-file = $T/pid
[rootfs]
path = $T/root
readonly = yes
[caps]
keep = CHOWN
END

SWEEP_COMM=posture
sweep_filter() { sweep_posture; }
start() { "$@" nsexec --name swept --config "$T/swept.ini" -- nsinit -- /bin/posture; }
left() {
	ls -A "$records" 2>/dev/null || :
	ls "$T/pid" 2>/dev/null || :
	pgrep -l 'nsinit|nsexec' || :
}

# The first one makes the mount points in the image.
start env >/dev/null

it 'killed: gc leaves nothing' <<'.'
	start sweep_count
	for point in $(sweep_points 25); do
		start sweep_kill "$point"
		run nskit state gc
		[ "$STATUS" = 0 ] || fail "gc: $(cat "$ERR")"
		sweep_gone SIGKILL "$point"
	done
.

for errno in ${NSK_ERRNOS:-1 12}; do # EPERM, ENOMEM
	it "a call failing with $errno: it says so and nothing is left, or it starts as ever" <<'.'
		start sweep_count
		for point in $(sweep_points 25 -e); do
			start sweep_error "$point" "$errno"
			# the pid file, where its own unlink was the call that failed and was said
			! grep -q "^nsexec: $T/pid: " "$ERR" || rm -f "$T/pid"
			sweep_collect "errno $errno" "$point"
		done
.
done

finish
