#!/bin/sh
# What is mounted: proc, sys, dev and its parts, binds, tmpfs, masks, read-only paths.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"

# base LINE...: a container of the image; the lines follow [mounts].
base() {
	conf '[rootfs]' "path = $T/img" '[mounts]' "$@"
}

# flags PATH: of the last mount there, from the mountinfo in $OUT.
flags() {
	awk -v p="$1" '$5 == p { f = $6 } END { print f }' "$OUT"
}

it 'mounts the kernel'"'"'s file systems with the flags that they should have' <<'.'
	base
	start cat /proc/self/mountinfo
	expect_eq "$(flags /proc)" rw,nosuid,nodev,noexec,relatime /proc
	expect_eq "$(flags /sys)" ro,nosuid,nodev,noexec,relatime /sys
	expect_eq "$(flags /dev)" rw,nosuid,noexec,relatime /dev
	expect_eq "$(flags /dev/pts)" rw,nosuid,noexec,relatime /dev/pts
	expect_eq "$(flags /dev/shm)" rw,nosuid,nodev,noexec,relatime /dev/shm
	expect_eq "$(flags /dev/mqueue)" rw,nosuid,nodev,noexec,relatime /dev/mqueue
	expect_out --match ' /dev/pts .*mode=620,ptmxmode=666'
	expect_out --match ' /dev/shm .*size=65536k'
.

it 'shows the processes of the container alone' <<'.'
	base
	start sh -c 'ls -d /proc/[0-9]*'
	expect_out '/proc/1
/proc/2'
.

it 'proc = ro and sys = rw say what they are' <<'.'
	base 'proc = ro' 'sys = rw'
	start cat /proc/self/mountinfo
	expect_eq "$(flags /proc)" ro,nosuid,nodev,noexec,relatime
	expect_eq "$(flags /sys)" rw,nosuid,nodev,noexec,relatime
.

it 'proc = bind shows the caller'"'"'s, proc = no and sys = no nothing' <<'.'
	base 'proc = bind' 'sys = no'
	start sh -c 'ls /sys; test -d /proc/1 && grep -c . /proc/self/mountinfo >/dev/null && echo there'
	expect_out there
	base 'proc = no' 'dev = no' 'sys = no'
	start sh -c 'ls /proc /sys /dev'
	expect_out '/dev:

/proc:

/sys:'
.

it 'devpts, mqueue and shm-size can be left out' <<'.'
	base 'devpts = no' 'mqueue = no' 'shm-size = 0'
	start ls /dev
	expect_out --not '^(pts|mqueue|shm)$'
.

it 'shm-size sets the size' <<'.'
	base 'shm-size = 1M'
	start dd if=/dev/zero of=/dev/shm/x bs=1k count=1025
	expect_err --match 'No space left'
.

it 'a terminal of devpts belongs to the tty group where that is mapped' <<'.'
	skip_unless root
	base
	start grep devpts /proc/self/mountinfo
	expect_out --match 'gid=5,mode=620'
	sed -i s/tty:x:5/tty:x:77/ img/etc/group
	start grep devpts /proc/self/mountinfo
	sed -i s/tty:x:77/tty:x:5/ img/etc/group
	expect_out --match 'gid=77,mode=620'
.

it 'binds a directory, writable, and makes the target' <<'.'
	mkdir -p data
	base "bind = $T/data /srv/data"
	start sh -c 'echo 1 >/srv/data/x'
	expect_status 0
	expect_file data/x 1
	expect_exists img/srv/data
	expect_missing img/srv/data/x
.

it 'binds a file' <<'.'
	echo text >file
	base 'bind-ro = file /etc/motd'
	start sh -c 'cat /etc/motd; echo no >/etc/motd'
	expect_out text
	expect_err --match 'Read-only'
	expect_file file text
.

it 'binds are nosuid and nodev unless told otherwise' <<'.'
	mkdir -p data
	base 'bind = data /a' 'bind = data /b suid,dev,noexec' 'bind-ro = data /c nodev'
	start cat /proc/self/mountinfo
	expect_eq "$(flags /a)" rw,nosuid,nodev,relatime
	expect_eq "$(flags /b)" rw,noexec,relatime
	expect_eq "$(flags /c)" ro,nosuid,nodev,relatime
.

it 'bind-ro is read-only all the way down' <<'.'
	skip_unless root
	mkdir -p data/below
	mount -t tmpfs below data/below
	at_end "umount $T/data/below"
	base 'bind-ro = data /a' 'bind = data /b norec'
	start sh -c 'touch /a/below/x; touch /b/below/y'
	expect_err --match '/a/below/x: Read-only'
	expect_missing data/below/x data/below/y
.

it 'bind-try passes over what is missing, bind does not' <<'.'
	base "bind-try = $T/none /none" "bind-try = $T/img/etc /also"
	start sh -c 'ls -d /none /also'
	expect_out /also
	base 'bind = none /none'
	start true
	expect_refusal '/none: No such file'
.

it 'mounts in the order of the file' <<'.'
	rm -rf data; mkdir -p data/sub
	base 'tmpfs = /a' 'bind = data /a/b' 'tmpfs = /a/b/sub size=64K'
	start sh -c 'touch /a/x /a/b/y /a/b/sub/z; ls /a'
	expect_out 'b
x'
	expect_eq "$(ls data data/sub | tr '\n' ' ')" 'data: sub y  data/sub: ' 'what is on the host'
	base 'bind = data /a/b' 'tmpfs = /a'
	start ls /a
	expect_no_out
.

it 'tmpfs takes size, mode and owner' <<'.'
	base 'tmpfs = /t size=64K,mode=0750,nr_inodes=20' 'tmpfs = /ro ro'
	start sh -c 'stat -c %a /t; dd if=/dev/zero of=/t/x bs=1k count=65; touch /ro/x'
	expect_out 750
	expect_err --match 'No space left'
	expect_err --match '/ro/x: Read-only'
.

it 'names with blanks and quotes are bound as they are' <<'.'
	mkdir "a b'c"
	touch "a b'c/here"
	base "bind = \"a b'c\" '/x y'"
	start ls '/x y'
	expect_out here
.

it 'mask hides a file and a directory, readonly-path fixes one' <<'.'
	base 'mask = /etc/passwd' 'mask = /home' 'readonly-path = /root'
	start sh -c 'wc -c </etc/passwd; ls /home; touch /home/x /root/x; stat -c %t:%T /etc/passwd'
	expect_out '0
1:3'
	expect_err --match '/home/x: Read-only'
	expect_err --match '/root/x: Read-only'
.

it 'a mask or read-only path that is missing is an error' <<'.'
	base 'mask = /proc/no-such'
	start true
	expect_refusal '/proc/no-such: No such file'
	base 'readonly-path = /no-such'
	start true
	expect_refusal '/no-such: No such file'
.

it 'restrict-sys masks and fixes what reaches the whole machine' <<'.'
	base
	start sh -c '
		for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /proc/sys/vm/drop_caches /proc/irq/default_smp_affinity /sys/kernel/uevent_helper; do
			if test -e $f && { echo x >$f; } 2>/dev/null; then echo "wrote $f"; fi
		done
		for f in /proc/kcore /proc/keys /proc/timer_list /sys/firmware; do
			test ! -e $f || test -z "$(cat $f 2>/dev/null | head -c 10)$(ls $f/ 2>/dev/null)" || echo "read $f"
		done; :'
	expect_status 0
	expect_no_out
.

it 'restrict-sys = no leaves it open' <<'.'
	base 'restrict-sys = no'
	start grep -c ' /proc/sys ' /proc/self/mountinfo
	expect_out 0
.

it 'gives the DNS files of the record' <<'.'
	skip_unless root
	conf '[container]' "state-dir = $T/state" '[rootfs]' "path = $T/img" '[namespaces]' 'user = host'
	run nsexec --name dns --config c.ini --prepare "/bin/sh -c 'echo nameserver 192.0.2.1 >\$NSK_DIR/net.resolv'" -- \
		nsinit -- sh -c 'cat /etc/resolv.conf; touch /etc/resolv.conf; ls /etc/hosts'
	rm -f img/etc/resolv.conf
	expect_out 'nameserver 192.0.2.1'
	expect_err --match 'resolv.conf: Read-only'
	expect_err --match '/etc/hosts: No such'
.

for line in 'bind = /x' 'bind = /x y' 'bind = /x /y sometimes' 'bind = /x /y size=1M' 'bind-ro = /x /y rw' \
	'tmpfs = t' 'tmpfs = /t size=lots' 'tmpfs = /t rec' 'tmpfs = /t mode=9' 'tmpfs = /t colour=red' \
	'tmpfs = /' 'bind = /x /y ro extra' 'bind = "/x /y' 'proc = maybe' 'shm-size = -1' 'mask = etc'; do
	it "refuses '$line'" <<'.'
		base "$line"
		start true
		expect_refusal "c.ini:4: \[mounts\] ${line%% *}: "
.
done

it 'mounts nothing in a namespace that it shares' <<'.'
	for option in '--proc rw' '--tmpfs /tmp' '--dev private' '--mask /etc' '--restrict-sys'; do
		if [ "$(id -u)" = 0 ]; then U=-p; else U=-Urp; fi
		run nsexec $U -- nsinit $option -- true
		expect_refusal 'needs a private mount namespace'
	done
.

finish
