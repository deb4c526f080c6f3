#!/bin/sh
# What the caller holds must not reach COMMAND: fds, directory, groups, capabilities, keyring, terminal,
# environment; and what a container's root must not reach of the machine.
# run as: root user
# timeout: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../image.sh"

skip_unless userns busybox_static
image "$T/img"
conf '[rootfs]' "path = $T/img"

it 'fds of the caller, of any number, are closed' <<'.'
	run sh -c 'exec 3</ 4</etc/passwd 5</proc 6</ 7</ 8</ 9</; exec nsexec --config c.ini -- nsinit -- posture fd.'
	expect_status 0
	expect_lines 3
	run sh -c 'exec 3</ 9</; exec nsinit -- posture fd.'
	expect_lines 3
.

it 'LISTEN_FDS of the caller opens nothing' <<'.'
	run sh -c 'exec 3</ 4</; LISTEN_FDS=2 LISTEN_PID=$$ exec nsexec --config c.ini -- nsinit -- posture fd. env.'
	expect_out --not '^fd.[3-9]'
	expect_out --not LISTEN
.

it 'keep-fd leaves the fd that it names, and no other' <<'.'
	echo text >file
	run sh -c 'exec 5<file 6</; exec nsinit --keep-fd 5 -- sh -c "cat <&5; ls /proc/self/fd"'
	expect_out --match '^text$'
	expect_out --not '^6$'
	run nsinit --keep-fd 77 -- true
	expect_refusal 'keep-fd: 77: Bad file descriptor'
.

it 'cwd cannot lead out by an fd' <<'.'
	for n in 3 4 5 6 7 8 9 10 11 12; do
		for path in /proc/self/fd/$n /proc/1/fd/$n /proc/self/fd/$n/../../.. /proc/self/cwd /proc/self/root; do
			run sh -c "exec $([ $n -gt 9 ] || echo "$n</") nsexec --config c.ini --set exec.cwd=$path -- nsinit -- pwd"
			expect_status 125
		done
	done
.

conf '[rootfs]' "path = $T/img"
it 'COMMAND and its interpreter cannot begin at an fd of ours' <<'.'
	for n in 3 4 5 6 7 8 9 10 11 12; do
		start /proc/self/fd/$n/bin/true
		[ "$STATUS" = 127 ] || [ "$STATUS" = 126 ] || fail "fd $n: $STATUS"
		printf '#!/proc/self/fd/%s/../../../../../bin/true\n' $n >img/script
		chmod 755 img/script
		start /script
		[ "$STATUS" = 127 ] || [ "$STATUS" = 126 ] || fail "interpreter fd $n: $STATUS"
	done
	rm img/script
.

it 'the directory of the caller is not that of COMMAND' <<'.'
	cd /
	start sh -c pwd
	expect_out /
	start ls
	expect_out --match '^bin$'
	expect_out --not '^usr$'
.

it 'closed stdin, stdout, stderr become the null device' <<'.'
	run sh -c 'exec nsexec --config c.ini -- nsinit -- sh -c "readlink /proc/self/fd/0; echo out" 0<&-'
	expect_status 0
	run sh -c 'nsinit -- posture fd. <&- 2>&-'
	expect_out --match '^fd.0 .*null'
	expect_out --match '^fd.2 .*null'
.

it 'a new session keyring' <<'.'
	run nsinit -- posture keyring
	mine=$(cat "$OUT")
	[ -n "$mine" ] || skip 'the kernel has no keyrings'
	start posture keyring
	expect_ne "$(cat "$OUT")" "$mine"
.

it 'the terminal of the caller takes no input from COMMAND' <<'.'
	skip_unless tools
	for option in auto no; do
		run pty -- nsexec --config c.ini --set exec.tty=$option -- nsinit -- sh -c 'echo x >/dev/tty' 2>/dev/null
		run pty -- nsexec --config c.ini --set exec.tty=$option -- nsinit -- posture tty sid pid
		expect_eq "$(value sid | tr -d '\r')" "$(value pid | tr -d '\r')" "session with tty = $option"
	done
.

it 'what concerns the whole machine cannot be written by a container'"'"'s root' <<'.'
	start sh -c 'for f in /proc/sys/kernel/core_pattern /proc/sys/kernel/modprobe /proc/sysrq-trigger /proc/sys/kernel/sysrq \
		/sys/kernel/uevent_helper /sys/fs/cgroup/release_agent /proc/sys/vm/panic_on_oom /sys/kernel/mm/transparent_hugepage/enabled /sys/module/kernel/parameters/panic; do
		if test -e $f && { echo x >$f; } 2>/dev/null; then echo $f; fi
	done'
	expect_no_out
	start sh -c 'mount -o remount,rw /sys 2>/dev/null; mount -t proc p /tmp 2>/dev/null; umount /proc/sys 2>/dev/null; umount /proc 2>/dev/null; grep -c " /proc/sys " /proc/self/mountinfo'
	expect_out 1
.

it 'a device of the machine, made by root in its root, cannot be opened' <<'.'
	skip_unless root
	start sh -c 'mknod /disk b 254 0 2>/dev/null; mknod /mem c 1 1 2>/dev/null; cat /disk /mem; rm -f /disk /mem'
	expect_no_out
	expect_err --match 'Permission denied'
.

# A start whose mounts or rights are weaker than asked does not happen.
for call in mount_setattr pivot_root umount2 capset setgroups setresuid setresgid sethostname keyctl move_mount \
	fsmount open_tree; do
	it "$call fails: no COMMAND" <<'.'
		skip_unless strace root
		conf '[rootfs]' "path = $T/img" 'readonly = yes' '[exec]' 'user = bob'
		n=1
		while [ $n -le 4 ]; do
			run strace -f -o trace -e "trace=$call" -e "inject=$call:error=EPERM:when=$n" \
				nsexec --config c.ini -- nsinit -- echo ran
			if ! grep -q INJECTED trace; then
				[ $n -gt 1 ] || fail 'was never called'
				break
			fi
			if ! grep -q '+++ exited' trace || grep -q "nsexec.*INJECTED" trace; then break; fi
			case $call:$n in umount2:*) [ "$STATUS" != 0 ] || break ;; esac
			expect_status 125
			expect_no_out
			n=$((n + 1))
		done
.
done

it 'a pdeathsig that cannot be set: no COMMAND' <<'.'
	skip_unless strace root
	for n in 3 4 5; do
		run strace -f -o trace -e trace=prctl -e "inject=prctl:error=EINVAL:when=$n" nsexec --config c.ini -- nsinit -- echo ran
		grep INJECTED trace | grep -q PDEATHSIG || continue
		[ "$STATUS" = 125 ] || fail "call $n: $(grep INJECTED trace): status $STATUS"
	done
.

finish
