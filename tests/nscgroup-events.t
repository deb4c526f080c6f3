#!/bin/sh
# nscgroup events: what happens to a group is told when it happens, and can be waited for.
# timeout: 180
. "$(dirname "$0")/lib.sh"

skip_unless root cgroup

# The group below which a relative path lies, as a directory.
own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

no_groups() {
	for own in memory cpu pids freezer blkio unified; do
		below=$(find "$(own_dir "$own" || echo /nonexistent)" -mindepth 1 -type d ! -name nskit.leaf 2>/dev/null || :)
		[ -z "$below" ] || fail "left: $below"
	done
}

# in_group PATH CMD…: becomes CMD in every group of that path. `0` is the writer itself.
cat >"$T/in-group" <<'.'
#!/bin/sh
path=$1
shift
for own in $OWN; do
	if [ -e "$own/$path/tasks" ]; then
		echo 0 >"$own/$path/tasks"
	elif [ -e "$own/$path/cgroup.procs" ]; then
		echo 0 >"$own/$path/cgroup.procs"
	fi
done
echo in
exec "$@"
.
chmod +x "$T/in-group"
OWN=$(for own in memory cpu pids freezer unified; do own_dir "$own" || :; done)
export OWN

# a_group [OPTION…]: t/e, until the test ends
a_group() {
	nscgroup create --path t/e "$@"
	at_end '[ ! -d "$(own_dir unified || own_dir freezer)/t/e" ] || nscgroup delete --path t/e'
}

# watch [OPTION…]: events of t/e in the background, into $LOG; back when it is ready
watch() {
	spawn nscgroup events --path t/e "$@"
	WATCH=$PID LOG=$OUT
	wait_line "$LOG" '^ready$|"ready"'
}

# ended STATUS: events has ended so
ended() {
	PID=$WATCH
	finished "$WATCH"
	expect_status "$1"
	expect_no_err
}

it 'says how it stands first' <<'.'
	skip_unless cgroup_v2
	a_group --pids-max 9
	watch --timeout 0
	ended 0
	expect_out "$(printf 'thawed\nempty\nready')"
	spawn "$T/in-group" t/e sleep 1000
	wait_line "$OUT" in
	nscgroup freeze --path t/e
	run nscgroup events --path t/e --timeout 0
	expect_out "$(printf 'frozen\npopulated\nready')"
.

it 'tells of the first process and the last, of freezing, of the end' <<'.'
	skip_unless cgroup_v2
	a_group --pids-max 9
	watch
	spawn "$T/in-group" t/e sleep 1000
	wait_line "$LOG" '^populated$'
	nscgroup freeze --path t/e
	wait_line "$LOG" '^frozen$'
	nscgroup thaw --path t/e
	wait_for '[ "$(grep -c "^thawed$" "$LOG")" = 2 ]'
	nscgroup kill --path t/e
	wait_for '[ "$(grep -c "^empty$" "$LOG")" = 2 ]'
	nscgroup delete --path t/e
	ended 0
	expect_eq "$(tail -n 1 "$LOG")" gone
.

it 'tells of memory that is used up, and of who is killed for it' <<'.'
	skip_unless controller_memory
	a_group --memory-max 16M
	watch
	run "$T/in-group" t/e tail /dev/zero
	expect_status 137
	wait_line "$LOG" '^oom-kill 1$' 30
	expect_file "$LOG" --match '^oom [1-9]'
	run "$T/in-group" t/e tail /dev/zero
	wait_line "$LOG" '^oom-kill 2$' 30
	nscgroup delete --path t/e
	ended 0
	# v1 fires once more when the group is removed: that is none
	expect_eq "$(grep -c '^oom-kill' "$LOG")" 2
	expect_eq "$(tail -n 1 "$LOG")" gone
	if own_dir memory >/dev/null; then expect_eq "$(grep -c '^oom ' "$LOG")" 2; fi
.

it 'tells of refused forks' <<'.'
	skip_unless controller_pids
	a_group --pids-max 3
	watch
	spawn "$T/in-group" t/e sh -c 'for i in 1 2 3 4 5 6; do sleep 1000 & done; wait'
	wait_line "$LOG" '^pids-max [1-9]'
.

it 'tells of pressure' <<'.'
	skip_unless cgroup_v2 psi controller_cpu
	a_group --cpu-max '1000 20000'
	[ -e "$(own_dir unified)/t/e/cpu.pressure" ] || skip 'this kernel counts no pressure'
	watch --psi 'cpu some 100000 2000000' --until psi --json
	spawn "$T/in-group" t/e sh -c '(while :; do :; done) & while :; do :; done'
	ended 0
	expect_eq "$(tail -n 1 "$LOG")" '{"event":"psi","trigger":"cpu some 100000 2000000"}'
.

it 'prints JSON whatever a trigger is called' <<'.'
	skip_unless cgroup_v2 psi controller_cpu jq
	a_group --cpu-max '1000 20000'
	[ -e "$(own_dir unified)/t/e/cpu.pressure" ] || skip 'this kernel counts no pressure'
	# the kernel reads no further than the numbers
	trigger=$(printf 'cpu some 100000 2000000 "\\\t\001\377')
	watch --psi "$trigger" --until psi --json
	spawn "$T/in-group" t/e sh -c '(while :; do :; done) & while :; do :; done'
	ended 0
	expect_eq "$(tail -n 1 "$LOG")" '{"event":"psi","trigger":"cpu some 100000 2000000 \"\\\u0009\u0001\ufffd"}'
	jq . <"$LOG" >/dev/null || fail 'is no JSON'
.

it 'waits for an event, and stops there' <<'.'
	skip_unless controller_memory
	a_group --memory-max 16M
	watch --until oom-kill --json
	run "$T/in-group" t/e tail /dev/zero
	ended 0
	expect_eq "$(tail -n 1 "$LOG")" '{"event":"oom-kill","count":1}'
.

it 'waits for the last process' <<'.'
	skip_unless cgroup_v2
	a_group --pids-max 9
	spawn "$T/in-group" t/e sleep 1000
	process=$PID
	wait_line "$OUT" in
	watch --until empty
	kill -KILL "$process"
	ended 0
	# at once, when it is so already
	run nscgroup events --path t/e --until empty
	expect_status 0
	expect_out --match '^empty$'
.

it 'waits for the end of the group' <<'.'
	a_group --pids-max 9
	watch --until gone
	nscgroup delete --path t/e
	ended 0
	no_groups
.

it 'says by its status that an event did not come' <<'.'
	skip_unless controller_pids
	a_group --pids-max 9
	run nscgroup events --path t/e --until pids-max --timeout 10ms
	expect_status 1
	expect_no_err
	watch --until pids-max
	nscgroup delete --path t/e
	ended 1
	expect_eq "$(tail -n 1 "$LOG")" gone
.

it 'knows its events' <<'.'
	a_group --pids-max 9
	run nscgroup events --path t/e --until doom
	expect_refusal "--until: 'doom' is none of oom, oom-kill"
	run nscgroup events --path t/e --until psi
	expect_refusal 'psi: wants --psi'
	run nscgroup events --path t/e --timeout soon
	expect_refusal 'timeout: .*not a time'
	run nscgroup events --path t/nothing
	expect_refusal 'no group t/nothing'
	if own_dir memory >/dev/null; then
		# there is no memory group
		run nscgroup events --path t/e --until oom-kill
		expect_refusal '--until oom-kill: this group has no memory.events'
	fi
.

it 'passes on what the kernel says to a trigger' <<'.'
	skip_unless cgroup_v2
	a_group --pids-max 9
	[ -e "$(own_dir unified)/t/e/cpu.pressure" ] || skip 'this kernel counts no pressure'
	run nscgroup events --path t/e --psi 'cpu most 1 2'
	expect_refusal "--psi: cpu.pressure: 'most 1 2': Invalid argument"
	expect_err --match 'hint: RESOURCE some\|full STALL WINDOW'
	run nscgroup events --path t/e --psi 'disk some 100000 2000000'
	expect_refusal 'disk.pressure: No such file'
	run nscgroup events --path t/e --psi '../../cpu some 100000 2000000'
	expect_refusal '--psi'
.

it 'does what v1 alone allows' <<'.'
	skip_unless cgroup_v1 capsule controller_memory
	own_dir freezer >/dev/null || skip 'no v1 freezer'
	cat >alone <<'END'
#!/bin/sh
set -eu
v2=$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)
[ -z "$v2" ] || umount -n -l "$v2"
nscgroup create --path t/e --memory-max 16M --pids-max 3
nscgroup events --path t/e >log &
events=$!
until grep -q ready log; do sleep 0.01; done
"$0-in" t/e tail /dev/zero || echo "status $?"
"$0-in" t/e sh -c 'for i in 1 2 3 4 5; do sleep 1000 & done; wait' 2>/dev/null &
until grep -q '^pids-max' log && grep -q '^oom-kill 1$' log; do sleep 0.01; done
nscgroup events --path t/e --until empty || echo "no: $?"
nscgroup freeze --path t/e
nscgroup stat --path t/e | grep frozen
nscgroup delete --path t/e
wait "$events"
cat log
END
	chmod +x alone
	cp "$T/in-group" alone-in
	run unshare -m ./alone
	expect_status 0
	expect_out --match '^status 137$'
	expect_err --match '--until empty: this group has no cgroup.events'
	expect_out --match '^no: 125$'
	expect_out --match '^frozen 1$'
	expect_out --match '^oom 1$'
	expect_out --match '^gone$'
	no_groups
.

it 'tells the same of a container, by its name' <<'.'
	skip_unless controller_pids
	printf '%s\n' '[rootfs]' 'path = /' '[init]' 'stop-timeout = 500ms' '[cgroup]' 'pids-max = 20' >web.ini
	spawn nsrun -n web web.ini -- sh -c 'echo up; exec sleep 1000'
	web=$PID
	wait_line "$OUT" up
	run nsctl stat web
	expect_status 0
	expect_value pids-max 20
	run nsctl stat --json web
	expect_out --match '"pids-max": 20'
	spawn nsctl events --until gone --json web
	events=$PID LOG=$OUT
	wait_line "$LOG" ready
	spawn nsctl stat --watch=1h web
	watch=$PID
	wait_line "$OUT" '^$'
	nsctl stop web
	for pid in "$events" "$watch" "$web"; do
		PID=$pid
		finished "$pid"
		[ "$pid" = "$web" ] || expect_status 0
	done
	expect_eq "$(tail -n 1 "$LOG")" '{"event":"gone"}'
.

finish
