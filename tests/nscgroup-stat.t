#!/bin/sh
# nscgroup stat and the report of exec: what a group uses, against the kernel's own files and against
# what the test made it use.
# timeout: 300
. "$(dirname "$0")/lib.sh"

skip_unless root cgroup

# The group below which a relative path lies, as a directory.
own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

# Every controller has its group where this machine has it: v1, or v2.
dir() { own_dir "$1" || own_dir unified; }

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

# a_group [OPTION…]: t/s, until the test ends
a_group() {
	nscgroup create --path t/s "$@"
	at_end 'nscgroup delete --path t/s'
}

# member KEY FILE: of a JSON object that has one member a line
member() { sed -n "s|^  \"$1\": \([^,]*\),\{0,1\}\$|\1|p" "$2"; }

# at_least NAME N
at_least() {
	value=$(value "$1")
	[ "${value:-0}" -ge "$2" ] || fail "$1 is '$value', not $2 or more"
}

it 'has the same names everywhere, in JSON null for what is not there' <<'.'
	a_group --memory-max 64M --pids-max 9
	run nscgroup stat --path t/s --json
	expect_status 0
	for name in cpu-usage-us cpu-user-us cpu-system-us cpu-periods cpu-throttled cpu-throttled-us \
		cpu-bursts cpu-burst-us memory-usage memory-peak memory-max memory-anon memory-file memory-shmem \
		memory-kernel memory-faults memory-major-faults memory-swap memory-swap-peak memory-swap-max \
		memory-lows memory-highs memory-failed memory-ooms memory-oom-kills memory-oom-group-kills \
		pids pids-peak pids-max pids-failed populated frozen \
		io-read-bytes io-write-bytes io-reads io-writes \
		psi-cpu-some-avg10 psi-memory-full-avg60 psi-io-some-avg300 psi-memory-some-total-us; do
		case $(member "$name" "$OUT") in
		null | '"max"') ;;
		'' | *[!0-9.]*) fail "$name: '$(member "$name" "$OUT")'" ;;
		esac
	done
	expect_eq "$(member memory-max "$OUT")" 67108864
	expect_eq "$(member pids-max "$OUT")" 9
.

it 'prints JSON' <<'.'
	skip_unless cmd_python3
	a_group --memory-max 64M --pids-max 9
	nscgroup stat --path t/s --json | python3 -c 'import json, sys; assert json.load(sys.stdin)["pids-max"] == 9'
.

it 'leaves out of the text what is not there' <<'.'
	a_group --pids-max 9
	run nscgroup stat --path t/s
	expect_out --not ' $'
	expect_out --not null
	expect_value pids-max 9
	if own_dir memory >/dev/null; then expect_out --not '^memory-max'; fi
.

it 'tells memory as the kernel does' <<'.'
	skip_unless controller_memory
	a_group --memory-max 64M
	# a shell's variable of 8 MB
	spawn "$T/in-group" t/s sh -c 'x=$(head -c 8000000 /dev/zero | tr "\0" x); echo held; exec 3<&1; while :; do sleep 1000; done'
	wait_line "$OUT" held
	run nscgroup stat --path t/s
	expect_status 0
	expect_value memory-max 67108864
	at_least memory-anon 8000000
	at_least memory-usage 8000000
	at_least memory-peak "$(value memory-usage)"
	at_least memory-faults 100
	expect_value memory-oom-kills 0
	peak=$(cat "$(dir memory)/t/s/memory.max_usage_in_bytes" 2>/dev/null || cat "$(dir memory)/t/s/memory.peak")
	[ "$peak" -ge "$(value memory-peak)" ] || fail "the kernel's peak is $peak"
.

it 'tells swap by itself, not with the memory that v1 adds' <<'.'
	skip_unless controller_memory
	a_group --memory-max 64M --memory-swap-max 16M
	[ -e "$(dir memory)/t/s/memory.memsw.limit_in_bytes" ] || [ -e "$(dir memory)/t/s/memory.swap.max" ] ||
		skip 'this kernel counts no swap'
	run nscgroup stat --path t/s
	expect_value memory-swap-max 16777216
	expect_value memory-swap 0
.

it 'tells processes, their peak and the refused ones' <<'.'
	skip_unless controller_pids
	a_group --pids-max 4
	spawn "$T/in-group" t/s sh -c 'for i in 1 2 3 4 5 6; do sleep 1000 & done; wait'
	wait_for '[ "$(value max "$(dir pids)/t/s/pids.events")" -gt 0 ]'
	run nscgroup stat --path t/s
	at_least pids-failed 1
	expect_value pids-max 4
	[ ! -e "$(dir pids)/t/s/pids.peak" ] || expect_value pids-peak 4
	expect_value pids-failed "$(value max "$(dir pids)/t/s/pids.events")"
.

it 'tells processor time and throttling' <<'.'
	skip_unless controller_cpu
	a_group --cpu-max '2000 10000'
	spawn "$T/in-group" t/s sh -c 'while :; do :; done'
	wait_for '[ "$(value nr_throttled "$(dir cpu)/t/s/cpu.stat")" -gt 5 ]' 30
	run nscgroup stat --path t/s
	at_least cpu-periods 6
	at_least cpu-throttled 6
	if [ -n "$(value cpu-usage-us)" ]; then
		at_least cpu-usage-us 4000
		sum=$(($(value cpu-user-us) + $(value cpu-system-us)))
		# v1 counts these in ticks
		[ "$sum" -ge 4000 ] || fail "user and system are $sum"
	fi
	kill -KILL "$PID"
	finished
	time=$(value throttled_time "$(dir cpu)/t/s/cpu.stat")
	time=$((${time:-0} / 1000))
	run nscgroup stat --path t/s
	[ "$(value cpu-throttled-us)" -ge "$time" ] || fail "of $time us throttled: $(value cpu-throttled-us)"
.

it 'tells whether it is populated and frozen' <<'.'
	a_group --pids-max 9
	skip_unless cgroup_v2
	spawn "$T/in-group" t/s sleep 1000
	wait_line "$OUT" in
	run nscgroup stat --path t/s
	expect_value populated 1
	expect_value frozen 0
	nscgroup freeze --path t/s
	run nscgroup stat --path t/s
	expect_value frozen 1
	nscgroup kill --path t/s
	run nscgroup stat --path t/s
	expect_value populated 0
.

it 'tells pressure as the kernel does' <<'.'
	skip_unless cgroup_v2
	a_group --pids-max 9
	file=$(own_dir unified)/t/s/cpu.pressure
	[ -e "$file" ] || skip 'this kernel counts no pressure'
	run nscgroup stat --path t/s
	# nothing runs in it: it stands still
	total=$(sed -n 's/^some .*total=//p' "$file")
	expect_value psi-cpu-some-total-us "$total"
	expect_out --match '^psi-cpu-some-avg10 [0-9]+\.[0-9]{2}$'
.

it 'is for ordinary users too' <<'.'
	skip_unless user
	a_group --memory-max 64M --pids-max 9
	run as_user nscgroup stat --path t/s
	expect_status 0
	expect_value memory-max 67108864
	expect_value pids-max 9
.

it 'watches until the group is removed' <<'.'
	nscgroup create --path t/s --pids-max 9
	spawn nscgroup stat --path t/s --watch=10ms --json
	wait_for '[ "$(wc -l <"$OUT")" -ge 5 ]'
	nscgroup delete --path t/s
	finished
	expect_status 0
	expect_no_err
	expect_eq "$(grep -c '^{"cpu-usage-us": .*}$' "$OUT")" "$(wc -l <"$OUT")" 'one object a line'
	no_groups
.

for interval in 1h 1281023h infinity; do
	it "ends its watch with the group, however long the interval ($interval)" <<'.'
		nscgroup create --path t/s --pids-max 9
		spawn nscgroup stat --path t/s --watch="$interval"
		wait_line "$OUT" '^$'
		nscgroup delete --path t/s
		finished
		expect_status 0
		expect_eq "$(grep -c '^pids-max 9$' "$OUT")" 1
.
done

it 'watches one group, not the next of that name' <<'.'
	nscgroup create --path t/s --pids-max 9
	spawn nscgroup stat --path t/s --watch=1h
	wait_line "$OUT" '^$'
	kill -STOP "$PID"
	nscgroup delete --path t/s
	nscgroup create --path t/s --pids-max 8
	at_end 'nscgroup delete --path t/s'
	kill -CONT "$PID"
	finished
	expect_status 0
	expect_out --not '^pids-max 8'
.

it 'needs no more memory after 10,000 samples' <<'.'
	a_group --memory-max 64M --pids-max 9
	mkfifo lines
	spawn sh -c 'exec nscgroup stat --path t/s --json --watch=0 >lines'
	awk -v status="/proc/$PID/status" '
		function rss(  line) {
			while ((getline line <status) > 0)
				if (line ~ /^VmRSS/) break
			close(status)
			split(line, words)
			return words[2]
		}
		NR == 100 { print "before", rss() }
		NR == 10000 { print "after", rss(); exit }' lines >sizes
	[ "$(value after sizes)" -le "$(($(value before sizes) + 8))" ] || fail "$(cat sizes)"
	[ "$(value before sizes)" -gt 0 ] || fail "$(cat sizes)"
.

# ---- the report ----

it 'reports what a command took' <<'.'
	skip_unless controller_memory controller_pids
	run nscgroup exec --report --memory-max 64M --pids-max 20 -- \
		sh -c 'x=$(head -c 8000000 /dev/zero | tr "\0" x); : | :; exit 3'
	expect_status 3
	expect_no_out
	cp "$ERR" report
	expect_value status 3 report
	expect_value memory-max 67108864 report
	expect_value memory-oom-kills 0 report
	expect_value pids-max 20 report
	for pair in wall-us:1000 cpu-usage-us:1000 memory-peak:8000000 memory-faults:100; do
		got=$(value "${pair%:*}" report)
		[ "${got:-0}" -ge "${pair#*:}" ] || fail "${pair%:*} is '$got'"
	done
	no_groups
.

it 'counts without limits, too' <<'.'
	skip_unless controller_memory
	run nscgroup exec --report -- sh -c 'x=$(head -c 8000000 /dev/zero | tr "\0" x)'
	expect_status 0
	[ "$(value memory-peak "$ERR")" -ge 8000000 ] || fail "$(cat "$ERR")"
	no_groups
.

it 'reports as JSON, into a file' <<'.'
	echo old, and longer than what will be there >report
	run nscgroup exec --report=report --json -- sh -c 'exit 7'
	expect_status 7
	expect_no_err
	expect_eq "$(member status report)" 7
	expect_eq "$(head -n 1 report)" '{'
	expect_eq "$(tail -n 1 report)" '}'
	run nscgroup exec --report=/dev/fd/3 --json -- true 3>other
	expect_eq "$(member status other)" 0
.

it 'reports death by memory' <<'.'
	skip_unless controller_memory
	run nscgroup exec --report=report --memory-max 16M --memory-swap-max 8M -- tail /dev/zero
	expect_status 137
	expect_err --match 'out of memory'
	expect_value status 137 report
	expect_value memory-oom-kills 1 report
	[ "$(value memory-failed report)" -gt 0 ] || fail 'the limit was never reached'
.

it 'makes nothing when the report cannot be written' <<'.'
	run nscgroup exec --report=no/such/dir -- echo ran
	expect_refusal '--report: no/such/dir: No such file'
	no_groups
.

it 'removes the group before it fails to report' <<'.'
	[ -c /dev/full ] || skip 'no /dev/full'
	run nscgroup exec --report=/dev/full -- true
	expect_status 125
	expect_err --match '--report: No space left'
	no_groups
.

it 'removes what a killed one left' <<'.'
	spawn nscgroup exec --pids-max 9 -- sh -c 'sleep 1000 & echo $!; exec sleep 1000'
	wait_line "$OUT" .
	left=$(cat "$OUT")
	group=$(echo "$(dir pids)"/nskit/exec-*)
	expect_exists "$group"
	# not while its maker lives
	nscgroup exec --pids-max 9 -- true
	expect_exists "$group" "/proc/$left"
	kill -KILL "$PID"
	finished
	nscgroup exec --pids-max 9 -- true
	expect_missing "$group"
	waitgone -t 10 "$left"
	no_groups
.

it 'waits for nothing that cannot be killed' <<'.'
	skip_unless cgroup_v2 cgroup_kill
	spawn nscgroup exec -- sh -c 'sleep 1000 & echo $!; exec sleep 1000'
	wait_line "$OUT" .
	left=$(cat "$OUT")
	group=$(echo "$(own_dir unified)"/nskit/exec-*)
	kill -KILL "$PID"
	finished
	mount --bind /dev/null "$group/cgroup.kill"
	at_end 'umount -n "$group/cgroup.kill" 2>/dev/null || :'
	run timeout 9 nscgroup exec -- sh -c 'exit 7'
	expect_status 7
	expect_no_err
	expect_exists "$group" "/proc/$left"
	umount -n "$group/cgroup.kill"
	nscgroup exec -- true
	expect_missing "$group"
	waitgone -t 10 "$left"
	no_groups
.

it 'leaves a group alone that only has such a name' <<'.'
	nscgroup create --path nskit/exec-mine --pids-max 9
	at_end 'nscgroup delete --path nskit/exec-mine'
	spawn "$T/in-group" nskit/exec-mine sleep 1000
	wait_line "$OUT" in
	find "$(dir pids)/nskit/exec-mine" "$(own_dir unified || dir pids)/nskit/exec-mine" -prune -exec touch -d '2 hours ago' {} +
	nscgroup exec --pids-max 9 -- true
	expect_exists "$(dir pids)/nskit/exec-mine" "/proc/$PID"
.

it 'refuses options of other verbs' <<'.'
	run nscgroup stat --path t/s --report
	expect_refusal 'stat: takes no --report'
	run nscgroup exec --watch -- true
	expect_refusal 'exec: takes no --watch'
	run nscgroup stat --path t/s --until oom
	expect_refusal 'stat: takes no --until'
.

finish
