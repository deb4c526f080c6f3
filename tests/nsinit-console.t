#!/bin/sh
# The terminal: a pty of the container's own, as controlling terminal and /dev/console.
# run as: root user
# timeout: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static tools
image "$T/img"
conf '[rootfs]' "path = $T/img"

it 'where stdin is a terminal COMMAND gets one of its own' <<'.'
	run pty -- nsexec --config c.ini -- nsinit -- sh -c 'tty; stat -c %t:%T /dev/console; test -t 0 && test -t 1 && test -t 2 && echo three'
	expect_status 0
	expect_out --match '^/dev/pts/0'
	expect_out --match '^88:0'
	expect_out --match '^three'
.

it 'it is the controlling terminal, in a session of its own' <<'.'
	run pty -- nsexec --config c.ini -- nsinit -- posture tty sid pid
	expect_out --match '^tty '
	expect_eq "$(value sid | tr -d '\r')" "$(value pid | tr -d '\r')" session
.

it 'tty = no leaves stdin, without a controlling terminal' <<'.'
	run pty -- nsexec --config c.ini --set exec.tty=no -- nsinit -- sh -c 'test -t 0 && echo term; echo x 2>/dev/null >/dev/tty || echo none'
	expect_out --match '^term'
	expect_out --match '^none'
.

it 'without a terminal stdin, stdout and stderr are passed as they are' <<'.'
	run sh -c 'echo in | nsexec --config c.ini -- nsinit -- sh -c "cat; echo err >&2; test -t 0 || echo none; test -e /dev/console || echo no console"'
	expect_out 'in
none
no console'
	expect_err err
.

it 'tty = yes gives one without a terminal outside' <<'.'
	conf '[rootfs]' "path = $T/img" '[exec]' 'tty = yes'
	start tty
	expect_status 0
	expect_out --match '^/dev/pts/0'
.

it 'tty = yes loses nothing of a stdin that is faster than COMMAND' <<'.'
	conf '[rootfs]' "path = $T/img" '[exec]' 'tty = yes'
	seq 50000 >in
	run timeout 40 nsexec --config c.ini -- nsinit -- sh -c 'sleep 2; wc -l; echo end' <in
	expect_status 0
	tail -n 2 "$OUT" | tr -d ' \r' >seen
	expect_file seen '50000
end'
	printf 'one\ntwo' >in
	run timeout 40 nsexec --config c.ini -- nsinit -- sh -c 'cat >/dev/null; echo end' <in
	expect_status 0
	expect_out --match '^(two)?end'
.

it 'the terminal belongs to the user' <<'.'
	if [ "$(id -u)" != 0 ]; then skip_unless newuidmap; fi
	conf '[rootfs]' "path = $T/img" '[idmap]' 'mode = auto' '[exec]' 'user = bob' 'tty = yes'
	start stat -c %u:%a /dev/pts/0
	expect_out --match '^1000:620'
.

it 'pipes belong to the user, who may open /dev/stdout again' <<'.'
	skip_unless root
	conf '[rootfs]' "path = $T/img" '[exec]' 'user = bob'
	run sh -c 'nsexec --config c.ini -- nsinit -- sh -c "echo again >/dev/stdout" | cat'
	expect_out again
.

it '^C goes to COMMAND, and stops it' <<'.'
	run pty --when up --send '\x03' -- nsexec --config c.ini -- nsinit -- sh -c 'trap "echo caught; exit 4" INT; echo up; while :; do sleep 0.05; done'
	expect_status 4
	expect_out --match caught
.

it 'without a file the caller'"'"'s terminal is passed on, COMMAND in front' <<'.'
	run pty --when up --send '\x03' -- nsexec -Urpf -- nsinit -- sh -c 'trap "echo caught; exit 4" INT; echo up; while :; do sleep 0.05; done'
	expect_status 4
	expect_out --match caught
.

it 'refuses a terminal that nobody would relay' <<'.'
	run unshare $([ "$(id -u)" = 0 ] || echo -Ur) -mpf nsinit --tty --devpts -- true
	expect_refusal 'nobody is there to relay'
	run nsinit --tty -- true
	expect_refusal "needs '\[mounts\] devpts = yes'"
.

finish
