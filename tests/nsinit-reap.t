#!/bin/sh
# PID 1: reaps, forwards signals, passes on the status, holds nothing; alone as a subreaper; stop.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"
conf '[rootfs]' "path = $T/img"
if [ "$(id -u)" = 0 ]; then U='' P=-p; else U=-Ur P=-Urp; fi

for status in 0 1 7 125 255; do
	it "exits with COMMAND's $status" <<'.'
		start sh -c "exit $status"
		expect_status $status
		expect_no_err
.
done

it 'exits with 128+n when a signal kills COMMAND' <<'.'
	start sh -c 'kill -KILL $$'
	expect_status 137
	start sh -c 'kill -TERM $$'
	expect_status 143
.

it '127 for a COMMAND that is not there, 126 for one that cannot be executed' <<'.'
	start /bin/none
	expect_status 127
	expect_err 'nsinit: /bin/none: No such file or directory'
	start /etc/passwd
	expect_status 126
	expect_err 'nsinit: /etc/passwd: Permission denied'
	start /etc
	expect_status 126
.

it 'stays as PID 1, COMMAND is its child' <<'.'
	start sh -c 'echo $$ $PPID; exit 3'
	expect_status 3
	expect_out '2 1'
.

it 'reap = no executes COMMAND as PID 1' <<'.'
	conf '[rootfs]' "path = $T/img" '[init]' 'reap = no'
	start sh -c 'echo $$'
	expect_out 1
.

it 'reaps orphans' <<'.'
	# cat ends with the last of them, which holds the pipe
	start sh -c '
		{ for i in 1 2 3 4 5; do (sleep 0.1 & exec true) & done; wait; } | cat
		n=0
		while grep -q "State:.Z" /proc/[0-9]*/status 2>/dev/null && [ $n -lt 500 ]; do
			n=$((n + 1))
			sleep 0.02
		done
		[ $n -lt 500 ] && echo reaped'
	expect_status 0
	expect_out reaped
.

it 'ends with COMMAND, whatever else runs' <<'.'
	start sh -c 'sleep 1000 & echo up'
	expect_status 0
	expect_out up
.

for signal in TERM INT HUP USR1 USR2 QUIT; do
	it "forwards $signal" <<'.'
		spawn nsexec --config c.ini -- nsinit -- sh -c 'trap "exit 9" $0; echo up; while :; do sleep 0.05; done' "$signal"
		wait_line "$OUT" up
		kill -s "$signal" "$PID"
		finished
		expect_status 9
.
done

it 'stop-signal replaces TERM, stop-timeout ends in KILL' <<'.'
	conf '[rootfs]' "path = $T/img" '[init]' 'stop-signal = USR1' 'stop-timeout = 100ms'
	spawn nsexec --config c.ini -- nsinit -- sh -c 'trap "echo got it" USR1; trap "" TERM; echo up; while :; do sleep 0.02; done'
	wait_line "$OUT" up
	kill -TERM "$PID"
	finished
	expect_status 137
	expect_out 'up
got it'
.

it 'PID 1 holds no fd but 0-2, no capability but KILL' <<'.'
	skip_unless root
	conf '[rootfs]' "path = $T/img" '[caps]' 'keep = all'
	# COMMAND is quicker at times than PID 1, which lets go what it held until COMMAND was there.
	start sh -c 'until set -- $(ls /proc/1/fd) && [ $# -le 3 ]; do :; done
		ls /proc/1/fd; grep -E "^Cap(Inh|Prm|Eff|Amb)" /proc/1/status'
	expect_out '0
1
2
CapInh:	0000000000000000
CapPrm:	0000000000000020
CapEff:	0000000000000020
CapAmb:	0000000000000000'
.

it 'PID 1 is not dumpable: what it runs and its fds are closed to the inside' <<'.'
	conf '[rootfs]' "path = $T/img"
	start sh -c 'readlink /proc/1/exe || echo refused; cat /proc/1/environ || echo refused; ls /proc/1/fd/ >/dev/null && readlink /proc/1/fd/0 || echo refused'
	expect_out 'refused
refused
refused'
.

it 'PID 1 does not show the environment of the caller, to whoever may look' <<'.'
	skip_unless root
	conf '[rootfs]' "path = $T/img" '[caps]' 'keep = all'
	run env SECRET=of-the-host nsexec --config c.ini -- nsinit -- sh -c 'tr "\0" "\n" </proc/1/environ | grep -c SECRET'
	expect_out 0
.

it 'PID 1 has less than 100 KiB resident' <<'.'
	# it lets go of them while COMMAND runs already
	start sh -c '
		n=0
		while size=$(sed -n "s/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p" /proc/1/status) && [ "$size" -ge 100 ] && [ $n -lt 500 ]; do
			n=$((n + 1))
			sleep 0.02
		done
		echo "$size"'
	[ "$(cat "$OUT")" -lt 100 ] || fail "$(cat "$OUT") KiB"
.

it 'PID 1 works on after it let go of its memory' <<'.'
	spawn nsexec --config c.ini -- nsinit -- sh -c 'n=0; trap "n=\$((n + 1)); echo \$n" USR1; echo up; while [ $n -lt 3 ]; do (exit 1) & sleep 0.05; done; exit 5'
	wait_line "$OUT" up
	for n in 1 2 3; do
		kill -USR1 "$PID"
		wait_line "$OUT" "^$n\$"
	done
	finished
	expect_status 5
.

it 'dies with its monitor' <<'.'
	spawn nsexec --config c.ini -- nsinit --bind "$T /tmp" -- sh -c 'exec sleep 1000'
	wait_for 'pgrep -P $PID >/dev/null && pgrep -P "$(pgrep -P $PID)" >/dev/null'
	init=$(pgrep -P "$PID") command=$(pgrep -P "$init")
	kill -KILL "$PID"
	waitgone "$init" "$command"
.

it 'dies with its monitor after a change of user and with reap = no, too' <<'.'
	if [ "$(id -u)" != 0 ]; then skip_unless newuidmap; fi
	conf '[rootfs]' "path = $T/img" '[idmap]' 'mode = auto' '[exec]' 'user = bob' '[init]' 'reap = no'
	spawn nsexec --config c.ini -- nsinit -- sleep 1000
	wait_for 'pgrep -P $PID >/dev/null && grep -q "^Name:.sleep" "/proc/$(pgrep -P $PID)/status"'
	init=$(pgrep -P "$PID")
	kill -KILL "$PID"
	waitgone "$init"
.

# Alone

it 'alone it executes COMMAND away, with everything as it was' <<'.'
	run sh -c 'echo $$; exec nsinit -- sh -c "echo \$\$; echo \$A \$PWD"' A=1
	expect_eq "$(sed -n 1p "$OUT")" "$(sed -n 2p "$OUT")" pid
	run env A=7 nsinit -- posture env.A uids gids
	expect_value env.A 7
	expect_value uids "$(id -u) $(id -u) $(id -u)"
.

it 'as PID 1 of any pid namespace it stays' <<'.'
	run unshare $U -pf nsinit -- sh -c 'echo $$; kill -TERM $$'
	expect_out 2
	expect_status 143
.

it '-s reaps as a subreaper and passes on the status' <<'.'
	mkfifo orphan
	run nsinit -s -- sh -c '
		me=$PPID
		(sh -c "until grep -q PPid:.$me /proc/\$\$/status; do sleep 0.02; done; echo ours >orphan" & exit 0)
		timeout 20 cat orphan; exit 6'
	expect_status 6
	expect_out ours
.

it '-s forwards signals' <<'.'
	spawn nsinit -s -- sh -c 'trap "exit 8" TERM; echo up; while :; do sleep 0.05; done'
	wait_line "$OUT" up
	kill -TERM "$PID"
	finished
	expect_status 8
.

it 'resets the signals that the caller ignored or blocked' <<'.'
	run sh -c 'trap "" TERM INT PIPE CHLD; exec nsinit -- posture signals.'
	expect_value signals.ignored 0000000000000000
	expect_value signals.blocked 0000000000000000
.

it 'chains behind nsexec' <<'.'
	run nsexec -Urmpf -- nsinit --proc rw -- sh -c 'id -u; echo $$; cat /proc/1/comm'
	expect_status 0
	expect_out '0
2
nsinit'
.

it 'refuses a host name without a uts namespace, and sets it with one' <<'.'
	run nsexec $P -- nsinit --hostname other -- hostname
	expect_refusal 'needs a private uts namespace'
	run nsexec ${P}u -- nsinit --hostname other -- hostname
	expect_out other
.

it 'refuses wrong words' <<'.'
	run nsinit
	expect_refusal 'COMMAND is missing'
	run nsinit -- ''
	expect_refusal 'COMMAND is empty'
	run nsinit --no-such -- true
	expect_refusal 'unknown option --no-such'
	run nsinit --reap=no -s -- true
	expect_refusal 'subreaper'
.

finish
