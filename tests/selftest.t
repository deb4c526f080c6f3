#!/bin/sh
# The test library tests itself: what must fail fails, what must be seen is seen.
# run as: root user
. "$(dirname "$0")/lib.sh"

skip_unless tools

# sample: runs a test file made of stdin, in this capsule, by the shell $with.
with='sh'
sample() {
	mkdir -p tests
	ln -sfn "$NSK_TESTS/lib.sh" tests/lib.sh
	ln -sfn "$NSK_TESTS/tools" tests/tools
	{
		# shellcheck disable=SC2016 # expanded by the sample
		echo '. "$(dirname "$0")/lib.sh"'
		cat
		echo finish
	} >tests/sample.t
	# shellcheck disable=SC2086 # with may be two words
	run env NSK_BUILD="$NSK_BUILD" NSK_CI="${ci:-0}" $with "$T/tests/sample.t" "$@"
}

# fails BODY…: each is the body of a test that must fail.
fails() {
	for body; do
		printf "it 'must fail' <<'.'\n%s\n.\n" "$body"
	done | sample
	expect_status 1
	expect_out --not '^ok'
	expect_eq "$(grep -c '^not ok' "$OUT")" $# 'tests that failed'
}

passes() {
	for body; do
		printf "it 'must pass' <<'.'\n%s\n.\n" "$body"
	done | sample
	expect_status 0
	expect_out --not '^not ok'
	expect_eq "$(grep -c '^ok' "$OUT")" $# 'tests that passed'
}

for with in dash 'busybox ash' mksh bash; do
	it "works with $with" <<'.'
		skip_unless "${with%% *}"
		sample <<-'END'
			it 'one' 'run echo hi; expect_out hi; expect_status 0; expect_no_err'
			it 'two' 'run sh -c "echo oops >&2; exit 3"; expect_status 3; expect_err --match oo.s$'
			it 'three' 'false; true'
			it 'four' 'spawn hold; finished; expect_status 0'
			it 'five' 'run true </dev/null; expect_status 1'
		END
		expect_status 1
		grep -E '^(not )?ok|^1' "$OUT" >seen
		expect_file seen 'ok 1 - one
ok 2 - two
not ok 3 - three
ok 4 - four
not ok 5 - five
1..5'
.
done
with='sh'

it 'sees an expectation fail' <<'.'
	fails 'run false; expect_status 0' 'run echo a; expect_out b' 'run echo a; expect_out --match b' \
		'run echo a; expect_out --has b' 'run echo a; expect_out --not a' \
		'run echo a; expect_no_out' 'run ls /nonexistent; expect_no_err' \
		'run echo a; expect_lines 2' 'expect_eq 1 2' 'expect_ne 1 1' 'expect_missing /' \
		'expect_exists /nonexistent' 'run echo "uid 5"; expect_value uid 55' \
		'expect_file /nonexistent x' 'fail because' 'wait_for false 1'
.

it 'sees an expectation hold' <<'.'
	passes 'run false; expect_status 1' 'run echo a; expect_out a' 'run echo abc; expect_out --match b' \
		'run echo "a.b"; expect_out --has a.b' 'run echo a; expect_out --not b' \
		'run true; expect_no_out; expect_no_err' 'run printf "a\nb\n"; expect_lines 2' \
		'expect_eq 1 1; expect_ne 1 2; expect_missing /nonexistent; expect_exists /' \
		'run echo "uid 5 6"; expect_value uid "5 6"' 'wait_for true'
.

it 'fails a test by any command that fails' <<'.'
	fails 'false' 'true; false; true' 'x=$(false)' 'echo $unset_variable' 'nosuchcommand' 'exit 1'
.

it 'fails a test whose failure was swallowed' <<'.'
	fails 'if (expect_eq 1 2); then :; fi; true' 'expect_eq 1 2 | cat' '! (fail x)'
.

it 'fails a test without a body' <<'.'
	sample <<-'END'
		it 'says nothing' </dev/null
	END
	expect_status 1
	expect_out --match '^not ok 1'
.

it 'must_fail takes a failure alone' <<'.'
	passes 'must_fail false' 'must_fail sh -c "exit 125"'
	fails 'must_fail true' 'must_fail sh -c "kill -9 \$\$"' 'must_fail sh -c "kill -11 \$\$"' \
		'must_fail nosuchcommand' 'must_fail /etc/passwd'
.

it 'expect_refusal wants 125, a named message and no output' <<'.'
	passes 'run sh -c "echo nsrun: x: no such file >&2; exit 125"; expect_refusal "no such"' \
		'run sh -c "echo a.ini:3: [x] y: unknown >&2; exit 125"; expect_refusal unknown'
	fails 'run sh -c "echo nsrun: no such file >&2; exit 1"; expect_refusal "no such"' \
		'run sh -c "echo no such file >&2; exit 125"; expect_refusal "no such"' \
		'run sh -c "echo nsrun: other >&2; exit 125"; expect_refusal "no such"' \
		'run sh -c "echo x; echo nsrun: no such >&2; exit 125"; expect_refusal "no such"'
.

it 'shows the text, the reason, the command and how to run it again' <<'.'
	fails 'run sh -c "echo shown; echo why >&2; exit 3" "a b"; expect_status 4'
	expect_out --has '#    run sh -c "echo shown'
	expect_out --match '^#    status: expected 4, got 3$'
	expect_out --has "# command: sh -c 'echo shown; echo why >&2; exit 3' 'a b'"
	expect_out --match '^#    shown$'
	expect_out --match '^#    why$'
	expect_out --match '^# again: tests/sample.t -r 1'
.

it 'runs the chosen tests alone' <<'.'
	sample -r 2 <<-'END'
		it 'one' 'false'
		it 'two' 'true'
		it 'three' 'false'
	END
	expect_status 0
	expect_out --match '^ok 2 - two$'
	expect_out --not 'one|three'
.

it 'counts a skip, and says why' <<'.'
	sample <<-'END'
		it 'one' 'skip "no moon"; false'
		it 'two' 'skip_unless cmd_nosuchcommand; false'
		it 'three' 'true'
	END
	expect_status 0
	expect_out --match '^ok 1 - one # SKIP no moon$'
	expect_out --match '^ok 2 - two # SKIP no nosuchcommand installed$'
	awk -v status=0 -v label=x -v role=root -v took=5 -f "$NSK_TESTS/tools/tap.awk" "$OUT" >sum
	expect_file sum --match '^passed 1$'
	expect_file sum --match '^skipped 2$'
	run awk -f "$NSK_TESTS/tools/summary.awk" sum
	expect_status 0
	expect_out --match '^1 passed, 0 failed, 2 skipped$'
.

it 'skips a whole file' <<'.'
	sample <<-'END'
		skip_unless cmd_nosuchcommand
		it 'never' 'false'
	END
	expect_status 0
	expect_out '1..0 # SKIP no nosuchcommand installed'
.

it 'fails a skip of what can be had in CI, and no other' <<'.'
	ci=1
	sample <<-'END'
		define_prereq moon kernel 'no moon' false
		it 'package' 'skip_unless cmd_nosuchcommand; true'
		it 'kernel' 'skip_unless moon; true'
	END
	expect_status 1
	expect_out --match '^not ok 1 - package'
	expect_out --match '^ok 2 - kernel # SKIP no moon'
.

it 'takes a file that breaks off as failed' <<'.'
	echo 'exit 0' | sample
	expect_status 1
	expect_out --match 'broken off'
	for tap in '' 'ok 1' 'ok 1
1..2' '1..0'; do
		printf '%s\n' "$tap" >tap
		awk -v status=0 -v label=x -v role=root -v took=5 -f "$NSK_TESTS/tools/tap.awk" tap >sum
		expect_file sum --match '^bad '
	done
.

it 'takes a status, a time-out and a residue as failed' <<'.'
	for line in 'ok 2' '# timed out after 1 s' '# residue: link veth0'; do
		printf 'ok 1\n%s\n1..1\n' "$line" >tap
		awk -v status=0 -v label=x -v role=root -v took=5 -f "$NSK_TESTS/tools/tap.awk" tap >sum
		expect_file sum --match '^failed 1$'
	done
	printf 'ok 1\n1..1\n' >tap
	awk -v status=1 -v label=x -v role=root -v took=5 -f "$NSK_TESTS/tools/tap.awk" tap >sum
	expect_file sum --match '^failed 1$'
.

it 'ends with a failure when nothing ran' <<'.'
	run awk -f "$NSK_TESTS/tools/summary.awk" /dev/null
	expect_status 1
	expect_out --match '^0 passed, 0 failed, 0 skipped$'
.

it 'kills what a test left running' <<'.'
	passes 'spawn sleep 1000; echo "$PID" >/tmp/nsk.kidpid'
	waitgone "$(cat /tmp/nsk.kidpid)"
	rm /tmp/nsk.kidpid
.

it 'ends the containers of a test that failed' <<'.'
	skip_unless root veth bridge
	sample <<-'END'
		it 'leaves two' <<'..'
			printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' \
				'[net.eth0]' 'bridge = brs' 'create-bridge = yes' >c.ini
			run nsrun -d -n first c.ini -- sleep 1000
			expect_status 0
			spawn nsrun -n second c.ini -- sh -c 'echo up; sleep 1000'
			wait_line "$OUT" up
			fail here
		..
		it 'finds nothing' 'expect_missing /run/nskit; expect_file /proc/net/dev --not brs'
	END
	expect_status 1
	expect_out --match '^#    here'
	expect_out --match '^ok 2'
.

it 'keeps the output of each apart' <<'.'
	spawn sh -c 'echo one; exec sleep 1000'
	first=$PID
	wait_line "$OUT" one
	spawn sh -c 'echo two; echo err >&2; exit 5'
	run echo three
	expect_out three
	finished
	expect_status 5
	expect_out two
	expect_err err
	echo four | run cat
	expect_out four
	kill "$first"
	finished "$first"
	expect_status 143
	expect_out one
.

it 'does at_end last first, after a failure too' <<'.'
	fails 'at_end "echo 1 >>/tmp/nsk.order"; at_end "echo 2 >>/tmp/nsk.order"; false'
	mv /tmp/nsk.order .
	expect_file nsk.order '2
1'
.

it 'becomes an ordinary user without privilege' <<'.'
	skip_unless user
	run as_user posture
	expect_status 0
	expect_ne "$(value uid)" 0 uid
	# An ordinary caller cannot drop the groups it has.
	[ -n "${NSK_CALLER_USER:-}" ] || expect_value groups ''
	expect_value cap.permitted 0000000000000000
	expect_value cap.inheritable 0000000000000000
	expect_ne "$(value env.XDG_RUNTIME_DIR)" '' XDG_RUNTIME_DIR
.

# ---- the capsule -----------------------------------------------------------------------------

# A capsule inside this one: as root, or by a user namespace.
capsule() {
	run env -u NSK_CAPSULE -u NSK_CALLER_USER NSK_RESIDUE_WAIT=1 "$NSK_TESTS/capsule" "$@"
}

it 'passes on the status, and says nothing of its own' <<'.'
	skip_unless userns
	capsule sh -c 'echo hi; exit 7'
	expect_status 7
	expect_out hi
	expect_no_err
.

it 'is private' <<'.'
	skip_unless userns
	posture ns. >outside
	capsule "$NSK_TOOLS/posture" ns.
	for ns in mnt pid net ipc uts; do
		expect_ne "$(value "ns.$ns")" "$(value "ns.$ns" outside)" "$ns namespace"
	done
.

it 'finds what is left behind' <<'.'
	skip_unless userns
	capsule sh -c 'touch /run/left /tmp/left'
	expect_status 99
	expect_out --match '^# residue: new: file /run/left$'
	expect_out --match '^# residue: new: file /tmp/left$'
	capsule sh -c 'setsid sleep 100 & :'
	expect_status 99
	expect_out --match '^# residue: process .*sleep'
.

it 'finds a mount, a link, a hostname and a cgroup left behind' <<'.'
	skip_unless root veth cgroup
	capsule sh -c 'mount -t tmpfs x /mnt; ip link add nskx type veth peer name nsky
		echo changed >/proc/sys/kernel/hostname'
	expect_status 99
	expect_out --match '^# residue: new: mount .* /mnt '
	expect_out --match '^# residue: new: link nskx'
	expect_out --match '^# residue: new: hostname changed'
	capsule sh -c 'mkdir "$(awk -f "$1" /proc/self/cgroup /proc/self/mountinfo |
		sed -n "s|^[^ ]* /|/|p" | head -n 1)/left"' sh "$NSK_TESTS/tools/own-cgroups.awk"
	expect_status 99
	expect_out --match '^# residue: cgroup .*/left$'
.

it 'ends what takes too long' <<'.'
	skip_unless userns
	capsule --timeout 1 sh -c 'trap "" TERM; sleep 100'
	expect_status 124
	expect_out --match 'timed out'
.

# ---- the tools -------------------------------------------------------------------------------

it 'outcome tells a signal from a status' <<'.'
	run outcome how sh -c 'exit 137'
	expect_status 137
	expect_file how 'exited 137'
	run outcome how sh -c 'kill -9 $$'
	expect_status 137
	expect_file how 'killed 9'
.

it 'fresh resets ignored and blocked signals' <<'.'
	trap '' INT QUIT USR1
	run fresh posture signals.
	expect_value signals.ignored 0000000000000000
	expect_value signals.blocked 0000000000000000
.

it 'hold waits for the writer to close' <<'.'
	mkfifo pipe
	spawn sh -c 'exec hold -r <pipe'
	exec 4>pipe
	wait_line "$OUT" ready
	kill -0 "$PID"
	exec 4>&-
	finished
	expect_status 0
.

it 'waitgone waits for a process, and no longer than told' <<'.'
	spawn sleep 1000
	must_fail waitgone -t 0 "$PID"
	expect_err --match 'still there'
	kill -KILL "$PID"
	waitgone "$PID"
	expect_status 1
.

it 'pty gives a terminal, its size, input and status' <<'.'
	run pty -w 80x24 --when 'name?' --send 'bob\r' --when hi --resize 100x30 -- \
		sh -c 'stty size; echo "name?"; read -r n; trap "stty size; exit 4" WINCH
			echo "hi $n"; while :; do sleep 0.05; done' </dev/null
	expect_status 4
	expect_out --match '^24 80'
	expect_out --match '^hi bob'
	expect_out --match '^30 100'
.

it 'pty passes on a death by signal' <<'.'
	run pty -- sh -c 'kill -9 $$' </dev/null
	expect_status 137
.

it 'posture shows file descriptors, environment and arguments' <<'.'
	run env -i A=1 'B=x y' "$NSK_TOOLS/posture" 'env.' 'fd.' 'arg.' 7</dev/null
	expect_value env.A 1
	expect_value env.B 'x y'
	expect_value fd.7 /dev/null
	expect_value arg.1 env.
.

finish
