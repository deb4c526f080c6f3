#!/bin/sh
# Whole starts (cgroup, network, root, COMMAND) that are killed, crowded or starved leave nothing.
# run as: root
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$NSK_TESTS/image.sh"

skip_unless cgroup veth bridge
image "$T/root"

cat >"$T/whole.ini" <<END
[rootfs]
path = $T/root
readonly = yes
[cgroup]
memory-max = 64M
pids-max = 32
[net]
dns = 198.51.100.1
[net.eth0]
type = veth
bridge = nskbreak
create-bridge = yes
bridge-address = 10.219.0.1/16
address = 10.219.1.1/16
END

# Everything outside that a start makes, as one text; empty when nothing is left.
traces() {
	ls -A /run/nskit 2>/dev/null || :
	ip -o link show | grep -v ': lo' || :
	cgroups_left
}

collected() { nsctl gc >/dev/null 2>&1 && [ -z "$(traces)" ]; }

it 'a whole start leaves nothing at the moment it returns' <<'.'
	for n in 1 2 3; do
		run nsrun -n whole "$T/whole.ini" -- true
		expect_status 0
		expect_no_err
		expect_eq "$(traces)" ''
	done
.

it 'the runner killed at any moment: gc leaves nothing' <<'.'
	n=0
	while [ "$n" -lt 60 ]; do
		n=$((n + 1))
		timeout -s KILL "0.$(printf %04d $((n * 3)))" nsrun -n killed "$T/whole.ini" -- true 2>/dev/null || :
		wait_for collected
	done
.

it 'the runner killed while COMMAND runs: COMMAND dies at once, the next start of the name runs' <<'.'
	spawn nsrun -n killed "$T/whole.ini" -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	child=$(sed -n 's/^pid //p' /run/nskit/killed/pid)
	kill -9 "$PID"
	waitgone "$child"
	run nsrun -n killed "$T/whole.ini" -- echo again
	expect_status 0
	expect_out again
	expect_eq "$(traces)" ''
.

it 'init killed while COMMAND runs: 137, and all is undone' <<'.'
	spawn nsrun -n killed "$T/whole.ini" -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	kill -9 "$(sed -n 's/^pid //p' /run/nskit/killed/pid)"
	finished
	expect_status 137
	expect_eq "$(traces)" ''
.

it 'eighty whole starts at once, on one bridge' <<'.'
	n=0
	while [ "$n" -lt 80 ]; do
		n=$((n + 1))
		{
			s=0
			nsrun -n "c$n" -o "net.eth0.address=10.219.2.$n/16" "$T/whole.ini" -- sh -c 'exit 7' 2>"err.$n" || s=$?
			echo "$s" >"status.$n"
		} &
	done
	wait
	expect_eq "$(cat err.*)" ''
	expect_eq "$(sort status.* | uniq -c | tr -s ' ')" ' 80 7'
	wait_for '[ -z "$(traces)" ]'
.

it 'a full disk below the state directory: a clear word, nothing left' <<'.'
	mkdir full
	mount -t tmpfs -o size=64k,mode=0700 full full
	at_end "umount $T/full"
	dd if=/dev/zero of=full/fill bs=4k 2>/dev/null || :
	run nsrun -n full -o "container.state-dir=$T/full" "$T/whole.ini" -- true
	expect_refusal 'No space left on device'
	expect_eq "$(ls -A full)" fill
	expect_eq "$(traces)" ''
.

it 'too few file descriptors: a clear word, nothing left, or it runs' <<'.'
	for n in 4 6 8 10 11 12 13 14 15 16 17 18 20 24; do
		run sh -c 'ulimit -n "$0"; exec nsrun -n few "$@"' "$n" "$T/whole.ini" -- true
		case $STATUS in
		0) expect_no_err ;;
		# the shell itself may be refused its own
		2 | 126 | 127) [ "$n" -lt 12 ] || fail "status $STATUS with $n" ;;
		125) expect_err --match 'Too many open files|No file descriptors available' ;;
		*) fail "status $STATUS with $n" ;;
		esac
		wait_for collected
	done
.

it 'death by memory is said to be that' <<'.'
	skip_unless controller_memory
	run nsrun -n oom -o cgroup.memory-max=8M -o cgroup.memory-swap-max=0 "$T/whole.ini" -- \
		sh -c 'head -c 64000000 /dev/zero | tail >/dev/null; kill -9 $$'
	expect_status 137
	expect_err --has 'out of memory'
	expect_eq "$(traces)" ''
.

# The window's steps and init's set-up go side by side here.
it 'init that fails while the network is made is told, and all is undone' <<'.'
	run nsrun -n bad -o 'mounts.bind=/etc /nowhere/at/all norec,ro' -o rootfs.path=/ -o rootfs.readonly=yes \
		"$T/whole.ini" -- true
	expect_status 125
	expect_err --match '^nsinit: .*/nowhere/at/all'
	expect_eq "$(grep -vc '^nsinit: ' "$ERR")" 0
	expect_eq "$(traces)" ''
.

it 'a network that cannot be made ends the start, however far init is' <<'.'
	for n in 1 2 3 4 5; do
		run nsrun -n bad -o net.sysctl=net.ipv4.nonsense=1 "$T/whole.ini" -- true
		expect_status 125
		expect_err --match '^nsnet: .*net.ipv4.nonsense=1'
		expect_eq "$(traces)" ''
	done
.

it 'a limit that cannot be set ends the start, with init already there' <<'.'
	skip_unless controller_pids
	for n in 1 2 3; do
		run nsrun -n bad -o "cgroup.set=pids.max=nonsense" \
			"$T/whole.ini" -- touch /tmp/ran
		expect_status 125
		expect_err --match '^nscgroup: '
		expect_eq "$(grep -vc '^nscgroup: ' "$ERR")" 0
		expect_eq "$(traces)" ''
	done
.

it 'a foreign step finds init as it was born, its DNS files are there all the same' <<'.'
	cat >"$T/look" <<-END
		#!/bin/sh
		pid=\$(sed -n 's/^pid //p' "\$NSK_DIR/pid")
		sleep 0.1
		wc -l <"/proc/\$pid/mountinfo" >$T/inside
		wc -l </proc/self/mountinfo >$T/outside
	END
	chmod +x "$T/look"
	run nsrun -n looked -o "hooks.window=$T/look" "$T/whole.ini" -- cat /etc/resolv.conf
	expect_status 0
	expect_out --has 'nameserver 198.51.100.1'
	expect_eq "$(cat "$T/inside")" "$(cat "$T/outside")"
	expect_eq "$(traces)" ''
.

it 'two state directories, one cgroup: the second is refused, the first lives' <<'.'
	spawn nsrun -n one -o cgroup.path=nskit/same "$T/whole.ini" -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	first=$PID
	mkdir -m 0700 other
	run nsrun -n one -o cgroup.path=nskit/same -o "container.state-dir=$T/other" \
		-o net.eth0.type=none "$T/whole.ini" -- true
	expect_status 125
	expect_err --match 'nskit/same'
	expect_eq "$(ls -A other 2>/dev/null || :)" ''
	nskit state list | grep -q one || fail 'the first is gone'
	kill -TERM "$first"
	PID=$first
	finished "$first"
	expect_eq "$(traces)" ''
.

finish
