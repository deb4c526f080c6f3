#!/bin/sh
# A start that is broken off anywhere leaves nothing, at the latest after gc.
# run as: root user
# timeout: 300
. "$(dirname "$0")/lib.sh"

skip_unless userns
mkfifo "$T/hold" # `hold 0 <>hold` blocks: it is its own writer
if [ "$(id -u)" = 0 ]; then U=''; else U=-Ur; fi

# The record's pid of init, as a step sees it
cat >"$T/pid-of-init" <<'.'
#!/bin/sh
sed -n 's/^pid //p' "$NSK_DIR/pid"
.
chmod +x "$T/pid-of-init"

# step NAME BODY: a foreign step with a trace of its own end
step() {
	printf '#!/bin/sh\nPATH=%s\n%s\n' "$PATH" "$2" >"$T/$1"
	chmod +x "$T/$1"
}
step ok "echo \${0##*/} >>$T/trace"
step undo "echo undo >>$T/trace"
step fail 'echo "fail: told why" >&2; exit 3'
step kill-init "kill -9 \$($T/pid-of-init); exec hold 0 <>$T/hold"
step kill-monitor 'kill -9 $PPID; exec hold 0 <>$T/hold'
step term-monitor 'kill -TERM $PPID; exec hold 0 <>$T/hold'
step int-monitor 'kill -INT $PPID; exec hold 0 <>$T/hold'
step die 'kill -9 $$'

# what a killed monitor's children still hold, they give back when their death signal comes
nothing_left() {
	wait_for 'nskit state gc && [ -z "$(nskit state list)" ]'
}

it 'a prepare step that fails ends the start' <<'.'
	run nsexec $U -p --name a --prepare "$T/ok" --undo "$T/undo" --prepare "$T/fail" -- echo ran
	expect_status 125
	expect_no_out
	expect_err --has 'fail: told why'
	expect_err --has 'exit status 3'
	expect_eq "$(cat trace)" "ok
undo"
	run nskit state list
	expect_no_out
.

for phase in prepare window; do
	it "a $phase step killed by a signal ends the start" <<'.'
		run nsexec $U -p --name a "--$phase" "$T/die" -- echo ran
		expect_status 125
		expect_no_out
		expect_err --has 'exit status 137'
		run nskit state list
		expect_no_out
.
	for signal in term int; do
		it "$signal in a $phase step ends the start with 128+n" <<'.'
			run nsexec $U -p --name a "--$phase" "$T/ok" --undo "$T/undo" "--$phase" "$T/$signal-monitor" -- echo ran
			if [ "$signal" = term ]; then expect_status 143; else expect_status 130; fi
			expect_no_out
			expect_file trace --match '^undo$'
			run nskit state list
			expect_no_out
.
	done
	it "the monitor killed in a $phase step: init dies, gc does the rest" <<'.'
		run nsexec $U -p --name a "--$phase" "$T/ok" --undo "$T/undo" "--$phase" "$T/kill-monitor" -- echo ran
		expect_status 137
		expect_no_out
		nothing_left
		expect_file trace --match '^undo$'
.
done

it 'init killed in the window ends the start' <<'.'
	run nsexec $U -p --name a --window "$T/ok" --undo "$T/undo" --window "$T/kill-init" -- echo ran
	expect_status 125
	expect_err --has 'init was killed before COMMAND ran'
	expect_file trace --match '^undo$'
	run nskit state list
	expect_no_out
.

it 'init that fails at once is heard, however late the monitor looks for it' <<'.'
	skip_unless root timens strace
	# init opens one file until it fails: not a slow one
	run strace -f -qqq -o /dev/null -e trace=openat -e inject=openat:delay_enter=100000:when=2+ \
		nsexec -p --time=private --monotonic=-99999999999 --name a --window "$T/ok" -- echo ran
	expect_status 125
	expect_no_out
	expect_err --match '^nsexec: \[namespaces\] monotonic, boottime: '
	expect_lines 1 "$ERR"
	nothing_left
.

it 'the caller of a detached start killed in the window ends the start' <<'.'
	step kill-caller "kill -9 \$(cat $T/caller); exec hold 0 <>$T/hold"
	spawn sh -c 'echo $$ >"$T/caller"; exec nsexec "$@"' sh $U -p -d --name a --window "$T/kill-caller" -- echo ran
	finished
	wait_for '! nskit state list | grep -q .'
.

it 'the caller of a detached start can be ended, and ends the start' <<'.'
	step wait "exec hold 0 <>$T/hold"
	spawn nsexec $U -p -d --name a --prepare "$T/ok" --undo "$T/undo" --window "$T/wait" -- echo ran
	wait_for '[ -e "$T/trace" ] && nskit state list | grep -q created'
	kill -TERM "$PID"
	finished
	expect_status 143
	wait_for '! nskit state list | grep -q .'
	expect_file trace --match '^undo$'
.

it 'the caller of a detached start killed while it waits for go ends the start' <<'.'
	mkfifo "$T/go" # a writer of its own: it never ends
	spawn sh -c 'exec nsexec "$@" 8>"$T/status" 9<>"$T/go"' sh $U -p -d --name a --status-fd 8 --go-fd 9 -- echo ran
	wait_for 'grep -q created "$T/status"'
	kill -9 "$PID"
	finished
	wait_for 'grep -q "failed the caller died" "$T/status"'
	wait_for '! nskit state list | grep -q .'
.

it 'a start with SIGCHLD ignored runs its steps' <<'.'
	run sh -c 'trap "" CHLD; exec nsexec "$@"' sh $U -p --name a --prepare "$T/ok" --window "$T/ok" -- sh -c 'exit 6'
	expect_status 6
.

it 'inverses run backwards' <<'.'
	for n in 1 2 3; do step "undo$n" "echo $n >>$T/order"; done
	run nsexec $U -p --name a --prepare "$T/ok" --undo "$T/undo1" --prepare "$T/ok" --undo "$T/undo2" \
		--window "$T/ok" --undo "$T/undo3" -- true
	expect_status 0
	expect_eq "$(cat order)" "3
2
1"
.

it 'an inverse that gc runs is told of no process, as one that the monitor runs' <<'.'
	step told "echo \"\$NSK_NAME \$NSK_UNDO \${NSK_PIDFD-none} \${NSK_LIFE-none}\" >>$T/facts"
	for window in "$T/ok" "$T/kill-monitor"; do
		run nsexec $U -p --name a --prepare "$T/ok" --undo "$T/told" --window "$window" -- true
		nothing_left
	done
	expect_file facts "a 1 none none
a 1 none none"
.

it 'an inverse that fails keeps the record, and gc tries again' <<'.'
	step undo-once "[ -e $T/second ] || { : >$T/second; exit 1; }"
	run nsexec $U -p --name a --prepare "$T/ok" --undo "$T/undo-once" -- true
	expect_status 0
	expect_err --has 'the record stays'
	run nskit state list
	expect_out --has a
	nothing_left
.

it 'the joining stage killed ends the start' <<'.'
	skip_unless strace
	for n in 1 2 3; do
		run strace -f -qqq -o /dev/null -e trace=setns -e inject=setns:signal=KILL:when="$n" \
			nsexec $U -p --name a --uts=/proc/self/ns/uts -- echo ran
		[ "$STATUS" != 0 ] || { expect_out ran; continue; }
		expect_no_out
		nothing_left
	done
.

# Every message: its sender gets an error, or is killed at it.  Each process of the start counts its own calls:
# `when` walks through maps, ready, exec and mapped, go; through maps, ready, exec, end of file and mapped, go.
# The monitor hears that end when COMMAND runs already: what it has said by then it has said.
for fault in error=EPIPE signal=KILL; do
	for call in sendmsg recvmsg; do
		it "a start whose $call gets $fault fails whole or runs whole" <<'.'
			skip_unless strace
			for n in 1 2 3 4; do
				run strace -f -qqq -o /dev/null -e trace="$call" -e inject="$call:$fault:when=$n" \
					timeout 20 nsexec -Ur -p --name a -- echo ran
				case $STATUS in
				0) expect_out ran ;;
				124) fail "$call $n: hangs" ;;
				*) [ "$call $n" = 'recvmsg 4' ] || expect_no_out ;;
				esac
				nothing_left
			done
.
	done
done

it 'of fifty starts of one name one runs' <<'.'
	mkfifo gate
	n=0
	while [ "$n" -lt 50 ]; do
		n=$((n + 1))
		{
			s=0
			nsexec $U -p --name same -- sh -c 'echo ran; cat' <gate >"out.$n" 2>"err.$n" || s=$?
			echo "$s" >"status.$n"
		} &
	done
	exec 9>gate
	wait_for '[ "$(cat status.* 2>/dev/null | grep -c 125)" = 49 ]' 60
	exec 9>&-
	wait
	expect_eq "$(cat out.*)" ran
	expect_eq "$(cat status.* | grep -c '^0$')" 1
	expect_eq "$(cat err.* | grep -c 'same: is running')" 49
.

it 'a hundred starts at once all run' <<'.'
	n=0
	while [ "$n" -lt 100 ]; do
		n=$((n + 1))
		nsexec $U -p --name "c$n" -- sh -c 'exit 7' 2>"err.$n" || echo "$?" >"status.$n" &
	done
	wait
	expect_eq "$(cat status.* | grep -c '^7$')" 100
	expect_eq "$(cat err.*)" ''
	run nskit state list
	expect_no_out
.

finish
