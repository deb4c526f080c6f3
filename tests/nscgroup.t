#!/bin/sh
# nscgroup: groups are made with their limits, entered, killed, removed; what the kernel's own files
# and the kernel's own refusals say, never our output alone.
# timeout: 180
. "$(dirname "$0")/lib.sh"

skip_unless root cgroup

# The group below which a relative path lies, as a directory.
own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

# Every controller has its group where this machine has it: v1, or v2.
dir() { own_dir "$1" || own_dir unified; }

# put CONTROLLER PATH V1-FILE V2-FILE: the content of the file that holds a limit
content() {
	if own_dir "$1" >/dev/null; then
		cat "$(own_dir "$1")/$2/$3"
	else
		cat "$(own_dir unified)/$2/$4"
	fi
}

# Nothing of ours is below the groups that the capsule made for this file.
no_groups() {
	for own in memory cpu pids freezer unified; do
		below=$(find "$(own_dir "$own" || echo /nonexistent)" -mindepth 1 -type d ! -name nskit.leaf 2>/dev/null || :)
		[ -z "$below" ] || fail "left: $below"
	done
}

# a_start NAME [LINE…]: what nsexec would have made for a container of that name: a state directory.
a_start() {
	use_start "$1"
	export NSK_NAME NSK_DIR NSK_ID
	shift
	mkdir -p "$NSK_DIR"
	printf "%s\n" "[container]" "name = $NSK_NAME" "[cgroup]" "$@" >"$NSK_DIR/config"
	at_end "rm -rf $NSK_DIR"
}

use_start() {
	NSK_NAME=$1 NSK_DIR=$T/state/$1 NSK_ID=$(printf "%s" "$1" | sha256sum | cut -c 1-16)
}

# in_group PATH CMD…: becomes CMD in every group of that path. `0` is the writer itself.
cat >"$T/in-group" <<'.'
#!/bin/sh
path=$1
shift
for own in $OWN; do
	[ ! -e "$own/$path/tasks" ] || echo 0 >"$own/$path/tasks"
	[ -e "$own/$path/tasks" ] || [ ! -e "$own/$path/cgroup.procs" ] || echo 0 >"$own/$path/cgroup.procs"
done
echo in
exec "$@"
.
chmod +x "$T/in-group"
OWN=$(for own in memory cpu pids freezer unified; do own_dir "$own" || :; done)
export OWN

# ---- limits ----

it 'writes a memory limit' <<'.'
	run nscgroup create --path t/a --memory-max 64M
	expect_status 0
	expect_no_err
	expect_eq "$(content memory t/a memory.limit_in_bytes memory.max)" 67108864
	run nscgroup delete --path t/a
	expect_status 0
	no_groups
.

it 'limits swap to none beside a memory limit' <<'.'
	skip_unless controller_memory
	nscgroup create --path t/a --memory-max 64M
	at_end 'nscgroup delete --path t/a'
	if [ -e "$(dir memory)/t/a/memory.memsw.limit_in_bytes" ]; then
		expect_eq "$(cat "$(dir memory)/t/a/memory.memsw.limit_in_bytes")" 67108864
	elif [ -e "$(dir memory)/t/a/memory.swap.max" ]; then
		expect_eq "$(cat "$(dir memory)/t/a/memory.swap.max")" 0
	else
		skip 'this kernel counts no swap'
	fi
.

it 'adds swap to memory where v1 limits both together' <<'.'
	skip_unless cgroup_v1
	[ -e "$(own_dir memory)/memory.memsw.limit_in_bytes" ] || skip 'this kernel counts no swap'
	nscgroup create --path t/a --memory-max 64M --memory-swap-max 16M
	at_end 'nscgroup delete --path t/a'
	expect_eq "$(cat "$(own_dir memory)/t/a/memory.memsw.limit_in_bytes")" 83886080
	nscgroup create --path t/a --memory-swap-max max
	value=$(cat "$(own_dir memory)/t/a/memory.memsw.limit_in_bytes")
	[ "$value" -gt 1000000000000000000 ] || fail "max left $value"
.

it 'reports a value that the kernel rounded' <<'.'
	run nscgroup create --path t/a --memory-max 67108865
	at_end 'nscgroup delete --path t/a'
	expect_status 0
	expect_err --match 'memory-max: asked 67108865, the kernel holds 67108864'
.

it 'writes a processor quota' <<'.'
	skip_unless controller_cpu
	nscgroup create --path t/a --cpu-max '20000 50000'
	at_end 'nscgroup delete --path t/a'
	if own_dir cpu >/dev/null; then
		expect_eq "$(cat "$(own_dir cpu)/t/a/cpu.cfs_quota_us")" 20000
		expect_eq "$(cat "$(own_dir cpu)/t/a/cpu.cfs_period_us")" 50000
	else
		expect_eq "$(cat "$(own_dir unified)/t/a/cpu.max")" '20000 50000'
	fi
.

it 'takes a quota as a part of one processor, or none' <<'.'
	skip_unless controller_cpu
	nscgroup create --path t/a --cpu-max 150%
	at_end 'nscgroup delete --path t/a'
	if own_dir cpu >/dev/null; then
		expect_eq "$(cat "$(own_dir cpu)/t/a/cpu.cfs_quota_us")" 150000
	else
		expect_eq "$(cat "$(own_dir unified)/t/a/cpu.max")" '150000 100000'
	fi
	nscgroup create --path t/a --cpu-max max
	if own_dir cpu >/dev/null; then
		expect_eq "$(cat "$(own_dir cpu)/t/a/cpu.cfs_quota_us")" -1
	else
		expect_eq "$(cat "$(own_dir unified)/t/a/cpu.max")" 'max 100000'
	fi
.

for pair in 1:2 50:421 100:1024 10000:262144; do
	it "writes weight ${pair%:*} as ${pair#*:} shares" <<'.'
		skip_unless controller_cpu
		nscgroup create --path t/a --cpu-weight "${pair%:*}"
		at_end 'nscgroup delete --path t/a'
		if own_dir cpu >/dev/null; then
			expect_eq "$(cat "$(own_dir cpu)/t/a/cpu.shares")" "${pair#*:}"
		else
			expect_eq "$(cat "$(own_dir unified)/t/a/cpu.weight")" "${pair%:*}"
		fi
.
done

it 'writes a number of processes' <<'.'
	skip_unless controller_pids
	nscgroup create --path t/a --pids-max 17
	at_end 'nscgroup delete --path t/a'
	expect_eq "$(cat "$(dir pids)/t/a/pids.max")" 17
	nscgroup create --path t/a --pids-max max
	expect_eq "$(cat "$(dir pids)/t/a/pids.max")" max
.

it 'changes the limits of a group that it made, in whichever order the kernel wants' <<'.'
	nscgroup create --path t/a --memory-max 64M --cpu-max '20000 50000'
	at_end 'nscgroup delete --path t/a'
	for step in '128M 500000 1000000' '16M 1000 1000' '64M 20000 50000'; do
		set -- $step
		run nscgroup create --path t/a --memory-max "$1" --cpu-max "$2 $3"
		expect_status 0
		expect_no_err
		expect_eq "$(content memory t/a memory.limit_in_bytes memory.max)" $((${1%M} * 1048576))
	done
.

it 'makes v1 groups only for the controllers that limits need' <<'.'
	skip_unless cgroup_v1 cgroup_v2
	nscgroup create --path t/a --pids-max 10
	at_end 'nscgroup delete --path t/a'
	expect_exists "$(own_dir pids)/t/a" "$(own_dir unified)/t/a"
	expect_missing "$(own_dir memory)/t" "$(own_dir cpu)/t" "$(own_dir freezer)/t"
.

# ---- what the limits do ----

it 'kills what goes over its memory, and says so' <<'.'
	run nscgroup exec --memory-max 24M -- sh -c 'head -c 200000000 /dev/zero | tail >/dev/null; exit 3'
	# tail is the largest; the kernel may find that the shell has to go, too
	case $STATUS in 3 | 137) ;; *) fail "status $STATUS" ;; esac
	expect_err --match 'out of memory'
	no_groups
.

it 'is silent about memory when there was enough' <<'.'
	run nscgroup exec --memory-max 64M -- sh -c 'head -c 1000000 /dev/zero | tail >/dev/null'
	expect_status 0
	expect_no_err
.

it 'refuses forks over the number of processes' <<'.'
	run nscgroup exec --pids-max 5 -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 100 & done; echo all'
	expect_ne "$STATUS" 0
	expect_no_out
	expect_err --match '[Ff]ork'
	no_groups
.

it 'keeps a processor quota (by cpu.stat)' <<'.'
	skip_unless controller_cpu
	STAT=$(dir cpu)/t/q/cpu.stat USE=$(own_dir unified || :)/t/q/cpu.stat
	export STAT USE
	run nscgroup exec --path t/q --cpu-max '2000 10000' -- sh -c '
		i=0
		while [ $i -lt 200000 ]; do i=$((i + 1)); done
		cat "$STAT"; [ "$USE" = "$STAT" ] || grep usage_usec "$USE" || :'
	expect_status 0
	[ "$(value nr_throttled)" -gt 3 ] || fail 'never throttled'
	if [ -n "$(value usage_usec)" ]; then
		# A period in which it only began, and 10 % for what the kernel hands out in slices.
		most=$((($(value nr_periods) + 1) * 2000 * 110 / 100 + 5000))
		[ "$(value usage_usec)" -le "$most" ] || fail "used $(value usage_usec) us, at most $most"
	fi
.

# ---- exec ----

it 'runs a command in its groups, from its first instruction on' <<'.'
	run nscgroup exec --path t/e --memory-max 64M --pids-max 9 -- cat /proc/self/cgroup
	expect_status 0
	for controller in memory pids; do
		if own_dir $controller >/dev/null; then
			expect_out --match ":$controller:.*/t/e$"
		fi
	done
	if own_dir unified >/dev/null; then expect_out --match '^0::.*/t/e$'; fi
	no_groups
.

it 'passes on the status of the command' <<'.'
	run nscgroup exec --pids-max 9 -- sh -c 'exit 7'
	expect_status 7
	run nscgroup exec --pids-max 9 -- sh -c 'kill -KILL $$'
	expect_status 137
	run nscgroup exec --pids-max 9 -- no-such-command
	expect_status 127
	run nscgroup exec --pids-max 9 -- /
	expect_status 126
	no_groups
.

it 'is a link of a pipeline' <<'.'
	printf 'one\ntwo\n' | nscgroup exec --memory-max 64M -- sort -r >out
	expect_file out "$(printf 'two\none')"
.

it 'passes signals on' <<'.'
	spawn nscgroup exec --pids-max 9 -- sh -c 'trap "exit 9" TERM; echo up; while :; do sleep 0.05; done'
	wait_line "$OUT" up
	kill -TERM "$PID"
	finished
	expect_status 9
	no_groups
.

it 'ends what its command left running' <<'.'
	run nscgroup exec --path t/e --pids-max 9 -- sh -c 'sleep 1000 & echo $!'
	expect_status 0
	[ ! -d "/proc/$(cat "$OUT")" ] || waitgone -t 5 "$(cat "$OUT")"
	no_groups
.

it 'ends its command when it is killed itself' <<'.'
	spawn nscgroup exec --path t/e --pids-max 9 -- sh -c 'echo $$; exec sleep 1000'
	wait_line "$OUT" .
	command=$(cat "$OUT")
	kill -KILL "$PID"
	finished
	waitgone -t 5 "$command"
	run nscgroup delete --path t/e
	expect_status 0
	no_groups
.

it 'needs a group of its own to run a command' <<'.'
	nscgroup create --path t/a --pids-max 5
	at_end 'nscgroup delete --path t/a'
	run nscgroup exec --path t/a -- echo ran
	expect_refusal 't/a is there already'
	expect_exists "$(dir pids)/t/a"
.

# ---- where ----

it 'places a relative path below the own group of the caller' <<'.'
	nscgroup create --path t/a --pids-max 50
	at_end 'nscgroup delete --path t/a'
	run "$T/in-group" t/a nscgroup create --path in/ner --pids-max 5
	expect_status 0
	expect_eq "$(cat "$(dir pids)/t/a/in/ner/pids.max")" 5
	nscgroup delete --path t/a/in/ner
	expect_missing "$(dir pids)/t/a/in/ner"
.

it 'places an absolute path, or one with a parent, below the top' <<'.'
	name=nskit-test-top.$$
	nscgroup create --path "/$name/a" --pids-max 5
	at_end "nscgroup delete --path /$name/a"
	found=$(find /sys/fs/cgroup -type d -path "*/$name/a" | wc -l)
	[ "$found" -ge 1 ] || fail 'not found'
	expect_missing "$(dir pids)/$name"
	run nscgroup stat --parent "/$name" --path a
	expect_status 0
	expect_value pids-max 5
.

# ---- a start ----

it 'records the paths of a start, marks the groups with its id, removes all of it' <<'.'
	a_start web 'memory-max = 64M' 'pids-max = 20'
	run nscgroup create
	expect_status 0
	for controller in memory pids; do
		if own_dir $controller >/dev/null; then
			expect_file "$NSK_DIR/cgroup" --has "v1 $controller $(own_dir $controller)/nskit-web"
		fi
	done
	if own_dir unified >/dev/null; then
		expect_file "$NSK_DIR/cgroup" --has "v2 $(own_dir unified)/nskit-web"
	fi
	expect_eq "$(content memory nskit-web memory.limit_in_bytes memory.max)" 67108864
	NSK_UNDO=1 run nscgroup delete
	expect_status 0
	no_groups
	NSK_UNDO=1 run nscgroup delete # idempotent
	expect_status 0
	expect_no_err
.

it 'kills what is left when it deletes' <<'.'
	a_start web 'pids-max = 20'
	nscgroup create
	spawn "$T/in-group" nskit-web sleep 1000
	wait_line "$OUT" in
	run nscgroup delete
	expect_status 0
	waitgone -t 5 "$PID"
	no_groups
.

it 'deletes groups that were made below its own' <<'.'
	a_start web 'pids-max = 20'
	nscgroup create
	mkdir -p "$(dir pids)/nskit-web/a/b" "$(dir pids)/nskit-web/c"
	spawn "$T/in-group" nskit-web/a/b sleep 1000
	wait_line "$OUT" in
	run nscgroup delete
	expect_status 0
	waitgone -t 5 "$PID"
	no_groups
.

it 'does not touch the group that another start has' <<'.'
	a_start a 'path = t/one' 'pids-max = 20'
	nscgroup create
	spawn "$T/in-group" t/one sleep 1000
	process=$PID
	wait_line "$OUT" in
	a_start b 'path = t/one' 'pids-max = 20'
	run nscgroup create
	expect_refusal 't/one is there already'
	expect_err --match 'hint: .*id [0-9a-f]{16}'
	NSK_UNDO=1 run nscgroup delete
	expect_status 0
	expect_exists "$(dir pids)/t/one" "/proc/$process"
	# not even with its path in the record
	cp "$T/state/a/cgroup" "$T/state/b/cgroup"
	for verb in kill freeze delete; do
		run nscgroup $verb
		expect_status 0
	done
	expect_exists "$(dir pids)/t/one" "/proc/$process"
	use_start a
	run nscgroup delete
	expect_status 0
	waitgone -t 5 "$process"
	no_groups
.

it 'removes an unmarked group at most when it is empty' <<'.'
	a_start web 'pids-max = 20'
	mkdir -p "$(dir pids)/nskit-web"
	echo "v1 pids $(dir pids)/nskit-web" >"$NSK_DIR/cgroup"
	OWN=$(dir pids) spawn "$T/in-group" nskit-web sleep 1000
	wait_line "$OUT" in
	run nscgroup delete
	expect_status 0
	expect_exists "$(dir pids)/nskit-web" "/proc/$PID"
	kill -KILL "$PID"
	finished
	wait_for 'nscgroup delete && [ ! -e "$(dir pids)/nskit-web" ]'
.

it 'leaves the shared parent to another start, and takes it along as the last' <<'.'
	a_start a 'path = nskit/%n' 'pids-max = 20'
	nscgroup create
	a_start b 'path = nskit/%n' 'pids-max = 20'
	nscgroup create
	nscgroup delete
	expect_exists "$(dir pids)/nskit/a"
	use_start a
	nscgroup delete
	no_groups
.

it 'leaves a parent that it did not make' <<'.'
	mkdir "$(dir pids)/mine"
	at_end 'rmdir "$(dir pids)/mine"'
	nscgroup create --path mine/a --pids-max 3
	nscgroup delete --path mine/a
	expect_exists "$(dir pids)/mine"
.

it 'survives that starts make and remove the shared parent at once' <<'.'
	cat >one <<'END'
#!/bin/sh
for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
	nscgroup create --path "nskit/$1.$i" --pids-max 3 || exit 1
	nscgroup delete --path "nskit/$1.$i" || exit 1
done
END
	chmod +x one
	for n in 1 2 3 4; do
		./one "$n" &
		eval "pid$n=$!"
	done
	for n in 1 2 3 4; do
		eval "wait \$pid$n" || fail "loop $n failed"
	done
	no_groups
.

it 'makes the groups of a start once' <<'.'
	a_start web 'pids-max = 20'
	nscgroup create
	run nscgroup create
	expect_refusal 'web: this start has its groups already'
	expect_exists "$(dir pids)/nskit-web"
	nscgroup delete
	no_groups
.

it 'makes nothing when it is switched off' <<'.'
	a_start web 'enable = no' 'memory-max = 64M'
	run nscgroup create
	expect_status 0
	expect_missing "$NSK_DIR/cgroup"
	no_groups
.

it 'undoes what it made when a limit is refused' <<'.'
	a_start web 'memory-max = 64M' 'pids-max = 99999999'
	run nscgroup create
	expect_refusal '\[cgroup\] pids-max: .*/pids.max: 99999999: Invalid argument'
	expect_missing "$NSK_DIR/cgroup"
	no_groups
.

# ---- kill, freeze, stat ----

it 'ends a fork bomb' <<'.'
	skip_unless controller_pids
	spawn nscgroup exec --path t/bomb --pids-max 60 -- sh -c 'bomb & echo up; exec sleep 1000'
	wait_line "$OUT" up
	wait_for '[ "$(cat "$(dir pids)/t/bomb/pids.current")" -gt 30 ]'
	run nscgroup kill --path t/bomb
	expect_status 0
	finished
	expect_status 137
	no_groups
.

it 'stops and goes on' <<'.'
	nscgroup create --path t/f --pids-max 9
	at_end 'nscgroup delete --path t/f'
	spawn "$T/in-group" t/f sh -c 'while :; do echo >>count; done'
	wait_for '[ -s count ]'
	run nscgroup freeze --path t/f
	expect_status 0
	if own_dir unified >/dev/null; then
		expect_file "$(own_dir unified)/t/f/cgroup.events" --match '^frozen 1'
	fi
	before=$(wc -l <count)
	for i in 1 2 3 4 5 6 7 8 9 10; do true; cat /proc/self/stat >/dev/null; done
	expect_eq "$(wc -l <count)" "$before"
	run nscgroup thaw --path t/f
	expect_status 0
	wait_for '[ "$(wc -l <count)" -gt "$before" ]'
.

it 'kills and deletes a frozen group' <<'.'
	a_start web 'pids-max = 20'
	nscgroup create
	spawn "$T/in-group" nskit-web sleep 1000
	wait_line "$OUT" in
	nscgroup freeze
	run nscgroup kill
	expect_status 0
	waitgone -t 5 "$PID"
	nscgroup delete
	no_groups
.

it 'prints what a group uses, as text and as JSON' <<'.'
	nscgroup create --path t/s --memory-max 64M --pids-max 9 --cpu-max 50%
	at_end 'nscgroup delete --path t/s'
	spawn "$T/in-group" t/s sleep 1000
	wait_line "$OUT" in
	run nscgroup stat --path t/s
	expect_status 0
	expect_value memory-max 67108864
	expect_value pids-max 9
	expect_value pids 1
	[ "$(value memory-usage)" -gt 0 ] || fail 'no memory in use'
	expect_match=$(value cpu-usage-us)
	run nscgroup stat --path t/s --json
	expect_out --match '^  "pids": 1,?$'
	if prereq cmd_python3; then
		python3 -c 'import json, sys; assert json.load(open(sys.argv[1]))["pids-max"] == 9' "$OUT"
	fi
.

# ---- delegation ----

# delegated PATH: a v2 group that belongs to the ordinary user, who is then run in it.
delegated() {
	group=$(own_dir unified)/$1
	mkdir "$group"
	# as a manager does it, /sys/kernel/cgroup/delegate
	chown "$NSK_TEST_UID" "$group" "$group/cgroup.procs" "$group/cgroup.subtree_control" "$group/cgroup.threads"
	at_end "rmdir '$group/nskit.leaf' '$group' 2>/dev/null || :; [ ! -d '$group' ] || wait_for 'rmdir $group'"
	cat >in-it <<END
#!/bin/sh
echo 0 >"$group/cgroup.procs"
exec "\$@"
END
	chmod +x in-it
}

it 'makes a group for an ordinary user in a delegated one' <<'.'
	skip_unless cgroup_v2 user
	delegated mine
	run ./in-it setpriv --reuid="$NSK_TEST_UID" --regid="$NSK_TEST_UID" --clear-groups \
		nscgroup exec --path sub/one -- cat /proc/self/cgroup
	expect_status 0
	expect_out --match '^0::.*/mine/sub/one$'
	expect_missing "$(own_dir unified)/mine/sub"
.

it 'moves the processes of a delegated group aside when limits need its controllers' <<'.'
	skip_unless cgroup_v2 user
	grep -qw pids "$(own_dir unified)/cgroup.subtree_control" || skip 'no v2 controllers below the own group'
	delegated mine
	run ./in-it setpriv --reuid="$NSK_TEST_UID" --regid="$NSK_TEST_UID" --clear-groups sh -c '
		nscgroup exec --path sub/one --pids-max 7 -- cat /proc/self/cgroup "$1/sub/one/pids.max" || exit
		cat /proc/self/cgroup
		nscgroup create --path sub/two --pids-max 8 && cat "$1/sub/two/pids.max"
		nscgroup delete --path sub/two' sh "$(own_dir unified)/mine"
	expect_status 0
	expect_no_err
	expect_out --match '^0::.*/mine/sub/one$'
	expect_out --match '^7$'
	expect_out --match '^0::.*/mine/nskit.leaf$'
	expect_out --match '^8$'
	expect_missing "$(own_dir unified)/mine/sub"
.

# ---- v1 alone, and kernels without cgroup.kill ----

it 'does all of it without a v2 hierarchy' <<'.'
	skip_unless cgroup_v1 capsule
	own_dir freezer >/dev/null || skip 'no v1 freezer'
	cat >alone <<'END'
#!/bin/sh
set -eu
umount -n -l "$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)"
nscgroup exec --path t/e --pids-max 9 -- cat /proc/self/cgroup
nscgroup exec --memory-max 24M -- sh -c 'head -c 200000000 /dev/zero | tail >/dev/null; exit 3' || echo "status $?"
nscgroup exec --path t/bomb --pids-max 60 -- sh -c 'bomb & echo up; exec sleep 1000'>up &
until [ -s up ] && [ "$(cat "$PIDS/t/bomb/pids.current")" -gt 30 ]; do sleep 0.01; done
nscgroup freeze --path t/bomb
cat "$FREEZER/t/bomb/freezer.state"
nscgroup kill --path t/bomb
wait $! || echo "status $?"
END
	chmod +x alone
	PIDS=$(own_dir pids) FREEZER=$(own_dir freezer)
	export PIDS FREEZER
	run unshare -m ./alone
	expect_status 0
	expect_out --match '[0-9]+:pids:.*/t/e$'
	expect_out --match '[0-9]+:freezer:.*/t/e$'
	expect_out --match '^status (3|137)$'
	expect_err --match 'out of memory'
	expect_out --match '^FROZEN$'
	expect_out --match '^status 137$'
	no_groups
.

it 'ends a fork bomb where the kernel has no cgroup.kill' <<'.'
	skip_unless cgroup_v2 strace controller_pids
	spawn nscgroup exec --path t/bomb --pids-max 60 -- sh -c 'bomb & echo up; exec sleep 1000'
	wait_line "$OUT" up
	wait_for '[ "$(cat "$(dir pids)/t/bomb/pids.current")" -gt 30 ]'
	run strace -o trace -P "$(own_dir unified)/t/bomb/cgroup.kill" -e inject=open,openat:error=ENOENT \
		nscgroup kill --path t/bomb
	expect_status 0
	expect_file trace --has 'ENOENT (No such file or directory) (INJECTED)'
	finished
	expect_status 137
	no_groups
.

# ---- freeze and kill-on-exit, as mounted and with v1 alone ----

cat >"$T/as-mounted" <<'.'
#!/bin/sh
exec "$@"
.
cat >"$T/v1-alone" <<'.'
#!/bin/sh
set -eu
[ -n "${NSK_ALONE-}" ] || NSK_ALONE=1 exec unshare -m "$0" "$@"
umount -n -l "$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)"
unset NSK_ALONE
exec "$@"
.
chmod +x "$T/as-mounted" "$T/v1-alone"

for mode in as-mounted v1-alone; do
	in_mode() {
		[ "$mode" = as-mounted ] || skip_unless cgroup_v1 cgroup_v2 capsule
		[ "$mode" = as-mounted ] || own_dir freezer >/dev/null || skip 'no v1 freezer'
	}

	# The directory in which groups are frozen, and what its kernel says of group $1.
	freezer() {
		if [ "$mode" = as-mounted ] && own_dir unified; then return; fi
		own_dir freezer
	}
	state() {
		if [ -e "$(freezer)/$1/freezer.state" ]; then
			cat "$(freezer)/$1/freezer.state"
		else
			sed -n 's/^frozen 1/FROZEN/p; s/^frozen 0/THAWED/p' "$(freezer)/$1/cgroup.events"
		fi
	}

	it "makes a group frozen, and turns one ($mode)" <<'.'
		in_mode
		run "$T/$mode" nscgroup create --path t/f --freeze
		at_end '"$T/$mode" nscgroup delete --path t/f'
		expect_status 0
		expect_no_err
		expect_eq "$(state t/f)" FROZEN
		run "$T/$mode" nscgroup create --path t/f --pids-max 9
		expect_eq "$(state t/f)" FROZEN 'without a word about it'
		run "$T/$mode" nscgroup create --path t/f --freeze=no
		expect_status 0
		expect_eq "$(state t/f)" THAWED
		run "$T/$mode" nscgroup create --path t/f --freeze
		expect_eq "$(state t/f)" FROZEN
.

	it "starts a command that waits for the thaw ($mode)" <<'.'
		in_mode
		spawn "$T/$mode" nscgroup exec --freeze --path t/f -- sh -c 'echo ran; cat /proc/self/cgroup'
		wait_for 'grep -q . "$(freezer)/t/f/cgroup.procs" 2>/dev/null && [ "$(state t/f)" = FROZEN ]'
		expect_file "$OUT" ''
		run_out=$OUT
		"$T/$mode" nscgroup thaw --path t/f
		finished
		expect_status 0
		expect_file "$run_out" --match '^ran$'
		expect_file "$run_out" --match '/t/f$'
		no_groups
.

	it "kills a command that was never thawed ($mode)" <<'.'
		in_mode
		spawn "$T/$mode" nscgroup exec --freeze --path t/f --pids-max 9 -- echo ran
		wait_for 'grep -q . "$(freezer)/t/f/cgroup.procs" 2>/dev/null && [ "$(state t/f)" = FROZEN ]'
		run_out=$OUT
		"$T/$mode" nscgroup kill --path t/f
		finished
		expect_status 137
		expect_file "$run_out" ''
		no_groups
.

	it "names the frozen group above one that is thawed ($mode)" <<'.'
		in_mode
		"$T/$mode" nscgroup create --path t/f
		at_end '"$T/$mode" nscgroup delete --path t/f'
		"$T/$mode" nscgroup create --path t/f/below/it --freeze
		at_end '"$T/$mode" nscgroup delete --path t/f/below/it'
		"$T/$mode" nscgroup freeze --path t/f
		run "$T/$mode" nscgroup thaw --path t/f/below/it
		"$T/$mode" nscgroup thaw --path t/f
		expect_refusal "/t/f/below/it: stays frozen, for $(freezer)/t/f above it is"
		expect_eq "$(state t/f/below/it)" THAWED 'once that one runs on'
.

	it "leaves what runs on, when that is asked ($mode)" <<'.'
		in_mode
		run "$T/$mode" nscgroup exec --path t/k --pids-max 9 --kill-on-exit=no -- sh -c 'sleep 1000 & echo $!; exit 7'
		expect_status 7
		pid=$(cat "$OUT")
		expect_lines 1 "$ERR"
		expect_err --match "/t/k: processes run on in it"
		expect_file "$(freezer)/t/k/cgroup.procs" "$pid"
		run "$T/$mode" nscgroup delete --path t/k --kill-on-exit=no
		expect_refusal '/t/k: processes run on in it'
		expect_exists "/proc/$pid"
		run "$T/$mode" nscgroup delete --path t/k
		expect_status 0
		waitgone -t 5 "$pid" || fail 'runs on'
		no_groups
.

	it "removes the group where nothing runs on ($mode)" <<'.'
		in_mode
		run "$T/$mode" nscgroup exec --path t/k --kill-on-exit=no -- true
		expect_status 0
		expect_no_err
		no_groups
.

	it "leaves what a container leaves in the host's pid namespace ($mode)" <<'.'
		in_mode
		rm -f hooked
		printf '%s\n' '[container]' 'name = k' '[rootfs]' 'path = /' '[namespaces]' 'pid = host' '[cgroup]' \
			'kill-on-exit = no' '[hooks]' "stop = /bin/sh -c 'echo >>$PWD/hooked'" >k.ini
		run "$T/$mode" nsrun k.ini sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!; exit 7'
		expect_status 7
		pid=$(cat "$OUT")
		expect_lines 1 "$ERR"
		expect_err --match "nscgroup: $(freezer)/nskit-k: processes run on in it"
		run nskit state list
		expect_out --match '^k '
		run "$T/$mode" nsrun k.ini true
		expect_refusal 'k: its last run is not over'
		run "$T/$mode" nsctl gc
		expect_status 0
		expect_lines 1 "$ERR"
		expect_exists "/proc/$pid"
		kill -KILL "$pid"
		waitgone -t 5 "$pid" || fail 'runs on'
		run "$T/$mode" nsctl gc
		expect_status 0
		expect_no_err
		expect_missing /run/nskit
		expect_lines 1 hooked
		no_groups
.

	it "ends what a container leaves in the host's pid namespace otherwise ($mode)" <<'.'
		in_mode
		printf '%s\n' '[container]' 'name = k' '[rootfs]' 'path = /' '[namespaces]' 'pid = host' >k.ini
		run "$T/$mode" nsrun k.ini sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!; exit 7'
		expect_status 7
		expect_no_err
		[ ! -d "/proc/$(cat "$OUT")" ] || waitgone -t 5 "$(cat "$OUT")"
		expect_missing /run/nskit
		no_groups
.
done

it 'kills what a container left when a delete by hand asks for it' <<'.'
	printf '%s\n' '[container]' 'name = k' '[rootfs]' 'path = /' '[namespaces]' 'pid = host' '[cgroup]' \
		'kill-on-exit = no' >k.ini
	run nsrun k.ini sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'
	pid=$(cat "$OUT")
	run nskit state with -- k "$NSK_BIN/nscgroup" delete
	expect_status 0
	waitgone -t 5 "$pid" || fail 'runs on'
	run nsctl gc k
	expect_status 0
	expect_missing /run/nskit
	no_groups
.

it 'sweeps what an exec of old spared only when it is empty' <<'.'
	run nscgroup exec --kill-on-exit=no -- sh -c 'sleep 1000 & echo $!'
	pid=$(cat "$OUT")
	group=$(sed -n 's/^nscgroup: \(.*\): processes run on.*/\1/p' "$ERR")
	expect_exists "$group"
	touch -d '2 minutes ago' "$group"
	nscgroup exec -- true
	expect_exists "$group" "/proc/$pid"
	kill -KILL "$pid"
	waitgone -t 5 "$pid" || fail 'runs on'
	touch -d '2 minutes ago' "$group"
	nscgroup exec -- true
	expect_missing "$group"
	no_groups
.

finish
