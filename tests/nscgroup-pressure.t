#!/bin/sh
# What limits do under real pressure, and what is said of it. Numbers are the kernel's own counts, never
# the clock's. Each test is done twice: with the hierarchies as they are mounted, and with v1 alone.
# timeout: 300
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

# Runs the rest without a v2 hierarchy.
cat >"$T/v1-alone" <<'.'
#!/bin/sh
set -eu
[ -n "${NSK_ALONE-}" ] || NSK_ALONE=1 exec unshare -m "$0" "$@"
v2=$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)
umount -n -l "$v2"
unset NSK_ALONE
exec "$@"
.
cat >"$T/as-mounted" <<'.'
#!/bin/sh
exec "$@"
.
chmod +x "$T/v1-alone" "$T/as-mounted"

# report KEY: of the last command's
report() { value "$1" report; }

# within KEY LEAST MOST
within() {
	got=$(report "$1")
	{ [ "${got:-x}" -ge "$2" ] && [ "$got" -le "$3" ]; } || fail "$1 is '$got', not $2 to $3"
}

for mode in as-mounted v1-alone; do
	run_mode() {
		[ "$mode" = as-mounted ] || skip_unless cgroup_v1 cgroup_v2 capsule
		[ "$mode" = as-mounted ] || own_dir freezer >/dev/null || skip 'no v1 freezer'
		run "$T/$mode" "$@"
	}

	it "kills what goes over its memory ($mode)" <<'.'
		skip_unless controller_memory
		run_mode nscgroup exec --report=report --memory-max 24M -- tail /dev/zero
		expect_status 137
		expect_err --match 'out of memory: the kernel killed a process of tail'
		within memory-oom-kills 1 1
		within memory-peak 16000000 25165824
		no_groups
.

	it "kills a child for memory, and says that it was not the command ($mode)" <<'.'
		skip_unless controller_memory
		run_mode nscgroup exec --report=report --memory-max 24M -- sh -c 'tail /dev/zero; echo "got $?"; exit 3'
		# the shell is much smaller: the kernel takes tail
		expect_status 3
		expect_out 'got 137'
		expect_err --match 'the kernel killed a process of sh'
		within memory-oom-kills 1 1
		within status 3 3
.

	it "keeps below its memory what fits ($mode)" <<'.'
		skip_unless controller_memory
		run_mode nscgroup exec --report=report --memory-max 64M -- sh -c 'head -c 20000000 /dev/zero | tail >/dev/null'
		expect_status 0
		expect_no_err
		within memory-oom-kills 0 0
		within memory-peak 20000000 67108864
.

	it "refuses forks over the number of processes ($mode)" <<'.'
		skip_unless controller_pids
		run_mode nscgroup exec --report=report --pids-max 5 -- \
			sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo all'
		expect_ne "$STATUS" 0
		expect_no_out
		within pids-failed 1 8
		[ -z "$(report pids-peak)" ] || within pids-peak 5 5
		no_groups
.

	it "keeps a processor quota within a tenth ($mode)" <<'.'
		skip_unless controller_cpu
		# Two at once, each with work for several times what a period allows.
		run_mode nscgroup exec --report=report --cpu-max '5000 50000' -- sh -c '
			work() { i=0; while [ $i -lt 250000 ]; do i=$((i + 1)); done; }
			work & work; wait'
		expect_status 0
		within cpu-throttled 1 1000000
		[ -n "$(report cpu-usage-us)" ] || skip 'nothing counts processor time here'
		# One period more: the one in which it began.
		most=$((($(report cpu-periods) + 1) * 5000 * 110 / 100))
		within cpu-usage-us 1 "$most"
.

	it "ends a fork bomb ($mode)" <<'.'
		skip_unless controller_pids
		cat >do-it <<'END'
#!/bin/sh
nscgroup exec --path t/bomb --pids-max 60 -- sh -c 'bomb & echo up; exec sleep 1000' >up &
until [ -s up ] && [ "$(nscgroup stat --path t/bomb | sed -n 's/^pids //p')" -gt 30 ]; do sleep 0.02; done
nscgroup kill --path t/bomb || exit
wait $! || echo "status $?"
END
		chmod +x do-it
		run_mode ./do-it
		expect_status 0
		expect_out 'status 137'
		no_groups
.

	it "stops all progress by a freeze, and lets it go on ($mode)" <<'.'
		skip_unless controller_pids
		cat >do-it <<'END'
#!/bin/sh
set -eu
rm -f count # the other mode's
nscgroup exec --path t/f --pids-max 9 -- sh -c 'while :; do echo; done | while read -r x; do echo; done >>count' &
until [ -s count ]; do sleep 0.02; done
nscgroup freeze --path t/f
nscgroup stat --path t/f | grep '^frozen'
was=$(wc -c <count)
i=0
while [ $i -lt 30000 ]; do i=$((i + 1)); done
[ "$(wc -c <count)" = "$was" ] || echo 'went on'
nscgroup exec --path t/f -- true || echo 'refused'
nscgroup thaw --path t/f
until [ "$(wc -c <count)" -gt "$was" ]; do sleep 0.02; done
nscgroup freeze --path t/f
nscgroup kill --path t/f
wait $! || echo "status $?"
END
		chmod +x do-it
		run_mode ./do-it
		expect_status 0
		expect_out "$(printf 'frozen 1\nrefused\nstatus 137')"
		no_groups
.
done

# ---- what is said when a container dies of it ----

printf '%s\n' '[rootfs]' 'path = /' '[cgroup]' 'memory-max = 16M' 'memory-swap-max = 0' >"$T/oom.ini"

it 'says that a container died of memory, also in its record' <<'.'
	skip_unless controller_memory
	mkfifo go
	spawn nsrun -n oom "$T/oom.ini" -- sh -c "read x <'$T/go'; exec tail /dev/zero"
	wait_for '[ "$(nskit state show oom | sed -n "s/^state //p")" = running ]'
	exec 4</run/nskit/oom/status
	spawned=$PID log=$ERR
	spawn nsctl wait oom
	waiter=$PID waited=$ERR
	wait_for "ls -l /proc/$PID/fd 2>/dev/null | grep -q nskit/oom/status"
	echo >go
	finished "$spawned"
	expect_status 137
	expect_file "$log" --match 'oom: COMMAND was killed by signal 9: out of memory'
	expect_eq "$(tail -n 1 <&4)" 'exited 137 signal 9 oom'
	finished "$waiter"
	expect_status 137
	expect_file "$waited" --match 'oom: was killed: out of memory'
.

it 'kills all of a container that is out of memory, when that is asked' <<'.'
	skip_unless controller_memory
	{
		cat "$T/oom.ini"
		echo 'oom-group = yes'
	} >all.ini
	run nsrun -n oom all.ini -- sh -c 'tail /dev/zero; echo survived'
	if own_dir memory >/dev/null; then
		expect_refusal '\[cgroup\] oom-group: cgroup v1, which has the memory controller here, knows no such limit'
	else
		expect_status 137
		expect_no_out
		expect_err --match 'oom: COMMAND was killed by signal 9: out of memory'
	fi
	expect_missing /run/nskit
	no_groups
.

it 'does not say so when only a child did' <<'.'
	skip_unless controller_memory
	run nsrun -n oom "$T/oom.ini" -- sh -c 'tail /dev/zero; exit 3'
	expect_status 3
	expect_err --not 'out of memory'
	# nor when it ends by another signal afterwards
	run nsrun -n oom "$T/oom.ini" -- sh -c 'tail /dev/zero; kill -TERM $$'
	expect_status 143
	expect_err --not 'out of memory'
.

finish
