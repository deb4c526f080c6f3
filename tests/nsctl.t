#!/bin/sh
# nsctl and nskit state: containers that run are listed, entered, stopped, waited for; the dead collected.
# run as: root user
# timeout: 180
. "$(dirname "$0")/lib.sh"

skip_unless userns

if [ "$(id -u)" = 0 ]; then ROOT=/run/nskit; else ROOT=$XDG_RUNTIME_DIR/nskit; fi
mkfifo "$T/hold" "$T/up"

cat >"$T/web.ini" <<END
[rootfs]
path = /
[init]
stop-timeout = 500ms
END

# start [OPTION...] NAME [COMMAND...]: a detached container, removed when the test ends.
start() {
	name=$1
	shift
	[ $# -gt 0 ] || set -- sleep 1000
	run nsrun -d -n "$name" "$T/web.ini" "$@"
	expect_status 0
	at_end "nsctl stop -t 0 '$name' >/dev/null 2>&1 || :"
}

pid_of() { sed -n 's/^pid //p' "$ROOT/$1/pid"; }
monitor_of() { sed -n 's/^monitor //p' "$ROOT/$1/pid"; }

# $PID waits for a container, and has got so far that it will learn the end.
spawn_wait() {
	spawn nsctl wait "$1"
	wait_for "ls -l /proc/$PID/fd 2>/dev/null | grep -q nskit/$1/status"
}

# The monitor and init of a container are killed, as by the kernel: its record stays.
break_off() {
	monitor=$(monitor_of "$1") init=$(pid_of "$1")
	kill -KILL "$monitor"
	waitgone "$monitor" "$init"
}

it 'lists nothing where nothing runs' <<'.'
	run nsctl list
	expect_status 0
	expect_no_out
	run nsctl list --json
	expect_out '[]'
	expect_missing "$ROOT"
.

it 'lists what runs, sorted' <<'.'
	start b
	start a
	run nsctl list
	expect_status 0
	expect_lines 3
	expect_eq "$(awk '{ print $1, $2, $3, $4 }' "$OUT")" "NAME STATE PID MONITOR
a running $(pid_of a) $(monitor_of a)
b running $(pid_of b) $(monitor_of b)"
	run nsctl list --json
	expect_out --match "\"name\":\"a\",\"state\":\"running\",\"status\":\"running\",\"pid\":$(pid_of a),"
.

it 'shows what is known of one' <<'.'
	start web
	run nsctl state web
	expect_value name web
	expect_value state running
	expect_value pid "$(pid_of web)"
	expect_value path "$ROOT/web"
	run nsctl state --json web
	expect_out --match '^\{"name":"web",.*\}$'
	expect_out --match '"uptime":[0-9]+,'
.

it 'knows no container that is not there' <<'.'
	for command in state exec stop kill wait pause resume stat; do
		run nsctl "$command" web
		expect_refusal 'web: no such container'
	done
	run nsctl gc web
	expect_refusal 'web: no such container'
	expect_missing "$ROOT"
.

for bad in ../x a/b '' .new.1 'a b' 'a
b' "$(printf '%0300d' 0)"; do
	it "refuses the name '$(printf %.20s "$bad" | tr '\n' ' ')'" <<'.'
		for command in state exec stop kill wait stat; do
			run nsctl "$command" -- "$bad"
			expect_refusal "container's name|NAME"
		done
		run nsrun -n "$bad" "$T/web.ini" true
		expect_refusal "container's name"
		expect_missing "$ROOT"
.
done

it 'refuses words that it does not know' <<'.'
	run nsctl
	expect_refusal 'COMMAND is wanted'
	run nsctl lst
	expect_refusal "unknown command 'lst': one of list, state"
	run nsctl list web
	expect_refusal 'one word too many'
	run nsctl kill -s FOO web
	expect_refusal signal
	run nsctl pause web rm
	expect_refusal 'one NAME'
.

it 'stops with the stop signal' <<'.'
	start web sh -c 'trap "exit 5" TERM; echo up >"$0"; while :; do sleep 0.05; done' "$T/up"
	spawn_wait web
	waiter=$PID
	read -r up <"$T/up"
	init=$(pid_of web)
	run nsctl stop web
	expect_status 0
	waitgone "$init"
	finished "$waiter"
	expect_status 5
	expect_missing "$ROOT"
.

it 'kills what does not stop in time' <<'.'
	start web sh -c 'trap "" TERM; echo up >"$0"; while :; do sleep 0.05; done' "$T/up"
	spawn_wait web
	waiter=$PID
	read -r up <"$T/up"
	run nsctl stop -t 100ms web
	expect_status 0
	finished "$waiter"
	expect_status 137
	expect_missing "$ROOT"
.

it 'sends a signal, KILL when none is named' <<'.'
	start web sh -c 'trap "exit 6" USR1; echo up >"$0"; while :; do sleep 0.05; done' "$T/up"
	spawn_wait web
	waiter=$PID
	read -r up <"$T/up"
	run nsctl kill -s USR1 web
	expect_status 0
	finished "$waiter"
	expect_status 6
	start web
	spawn_wait web
	waiter=$PID
	run nsctl kill web
	expect_status 0
	finished "$waiter"
	expect_status 137
.

it 'waits, any number at once, for the exit status' <<'.'
	start web sh -c 'read x <"$0"; exit 3' "$T/hold"
	waiters=
	for i in 1 2 3 4 5; do
		spawn_wait web
		waiters="$waiters $PID"
	done
	echo go >"$T/hold"
	for waiter in $waiters; do
		finished "$waiter"
		expect_status 3
	done
.

it 'says that the status is not known when the monitor was killed' <<'.'
	start web
	spawn_wait web
	waiter=$PID
	break_off web
	finished "$waiter"
	expect_refusal 'web: its monitor was killed'
	run nsctl list
	expect_out --match '^web +stale '
	run nsctl gc
	expect_status 0
	expect_missing "$ROOT"
.

it 'collects what a killed start left, and nothing that runs' <<'.'
	start alive
	start dead
	break_off dead
	mkdir "$ROOT/.new.0123456789abcdef" "$ROOT/.dead.0123456789abcdef"
	run nsctl gc
	expect_status 0
	expect_missing "$ROOT/dead" "$ROOT/.new.0123456789abcdef" "$ROOT/.dead.0123456789abcdef"
	expect_exists "$ROOT/alive"
	run nsctl gc alive
	expect_refusal 'alive: is running'
	run nsctl list
	expect_out --match '^alive +running '
.

it 'stops a container whose monitor was killed by collecting it' <<'.'
	start web
	break_off web
	run nsctl stop web
	expect_status 0
	expect_missing "$ROOT"
.

it 'starts again under the name of a killed one' <<'.'
	start web
	break_off web
	start web
	run nsctl exec web -- true
	expect_status 0
.

it 'refuses a second start of a name' <<'.'
	start web
	run nsrun -n web "$T/web.ini" true
	expect_refusal 'web: is running'
	run nsctl exec web -- true
	expect_status 0
.

it 'lets one of fifty starts of a name win' <<'.'
	pids=
	for i in $(seq 50); do
		nsrun -n web "$T/web.ini" sh -c 'read x <"$0"; exit 4' "$T/hold" 2>"$T/err.$i" &
		pids="$pids $!"
	done
	wait_for 'cat "$T"/err.* | grep -c "is running" | grep -qx 49'
	echo go >"$T/hold"
	won=0 lost=0
	for pid in $pids; do
		status=0
		wait "$pid" || status=$?
		case $status in
		4) won=$((won + 1)) ;;
		125) lost=$((lost + 1)) ;;
		esac
	done
	expect_eq "$won $lost" '1 49'
	expect_missing "$ROOT"
.

it 'refuses a state directory that is not its own' <<'.'
	mkdir "$T/evil" "$T/mine"
	ln -s evil "$T/link"
	mkfifo "$T/fifo"
	chmod 770 "$T/mine"
	for dir in link fifo mine; do
		run nsrun -o "container.state-dir=$T/$dir" "$T/web.ini" true
		expect_refusal "$dir"
		run nsctl --state-dir "$T/$dir" list
		expect_refusal "$dir"
	done
	expect_eq "$(ls -A "$T/evil" "$T/mine")" "$T/evil:

$T/mine:"
	skip_unless root
	chmod 700 "$T/mine"
	chown 1:1 "$T/mine"
	run nsrun -o "container.state-dir=$T/mine" "$T/web.ini" true
	expect_refusal 'belongs to another user'
.

it 'keeps records where it is told to' <<'.'
	run nsrun -d -n web -o "container.state-dir=$T/states" "$T/web.ini" sleep 1000
	expect_status 0
	at_end "nsctl --state-dir '$T/states' stop -t 0 web"
	expect_missing "$ROOT"
	run nsctl --state-dir="$T/states" exec web -- echo here
	expect_out here
	run nsctl --state-dir "$T/states" list
	expect_out --match '^web +running '
.

it 'takes no other process for the container' <<'.'
	start web
	init=$(pid_of web)
	for line in "s/^pid .*/pid $$/" "s/^start .*/start 1/;s/^pidfd .*/pidfd 0/" 's/^pidfd .*/pidfd 7/'; do
		cp "$ROOT/web/pid" "$T/pid"
		sed "$line" "$T/pid" >"$ROOT/web/pid"
		# before Linux 6.9 a pidfd has no number of its own, and the start alone tells
		case $line in *'pidfd 7'*) ! grep -q '^pidfd 0$' "$T/pid" || continue ;; esac
		for command in 'exec web true' 'kill web'; do
			run nsctl $command
			expect_refusal 'web'
		done
		cp "$T/pid" "$ROOT/web/pid"
	done
	kill -0 "$init"
	run nsctl exec web -- true
	expect_status 0
.

it 'pauses and lets run on' <<'.'
	skip_unless root cgroup
	start web
	run nsctl pause web
	expect_status 0
	run nsctl list
	expect_out --match '^web +paused '
	run nsctl exec web -- true
	expect_refusal 'web: is paused'
	run nsctl resume web
	expect_status 0
	run nsctl exec web -- true
	expect_status 0
	run nsctl stat web
	expect_status 0
.

finish
