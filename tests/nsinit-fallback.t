#!/bin/sh
# As on an older kernel: without mount_setattr (before 5.12), without close_range.
# run as: root user
# timeout: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static tools seccomp
image "$T/img"

# no_new_privs, which a seccomp filter of an ordinary user needs, disarms newuidmap.
old() {
	[ "$(id -u)" = 0 ] || printf '%s\n' '[idmap]' 'mode = root' >>c.ini
	run nosys mount_setattr,close_range nsexec --config c.ini -- nsinit -- "$@"
}

it 'nosys makes them missing' <<'.'
	run nosys mount_setattr,close_range strace -o trace -e trace=close_range nsinit -- true
	[ "$STATUS" = 125 ] || grep -q ENOSYS trace
.

it 'a read-only root is read-only, and the mounts below it' <<'.'
	if [ "$(id -u)" = 0 ]; then
		mkdir -p img/sub/low
		mount -t tmpfs sub img/sub
		mkdir img/sub/low
		mount -t tmpfs low img/sub/low
		at_end "umount $T/img/sub/low; umount $T/img/sub; rm -r $T/img/sub"
	else
		mkdir -p img/sub/low
	fi
	conf '[rootfs]' "path = $T/img" 'readonly = yes'
	old sh -c 'touch /x /sub/x /sub/low/x; cat /proc/self/mountinfo'
	expect_err --match '/x: Read-only'
	expect_err --match '/sub/x: Read-only'
	expect_err --match '/sub/low/x: Read-only'
	expect_out --match ' / ro,nodev,relatime'
	expect_out --match ' /sys ro,nosuid,nodev,noexec'
.

it 'the machine'"'"'s / is read-only in all its mounts' <<'.'
	conf '[rootfs]' 'path = /' 'readonly = yes'
	old sh -c "touch /x /tmp/x $T/x; cat /proc/self/mountinfo"
	for path in /x /tmp/x "$T/x"; do expect_err --match "'$path': Read-only"; done
	expect_eq "$(awk '$5 !~ "^/(proc|dev)" && $6 !~ "^ro,"' "$OUT")" '' 'mounts that are writable'
.

it 'a root on a shared mount, as systemd makes them all: nothing comes in, or what a slave gets' <<'.'
	skip_unless root
	mkdir -p img/late
	mount --bind "$T/img" "$T/img"
	mount --make-shared "$T/img"
	at_end "umount -l $T/img; rmdir $T/img/late"
	before=$(cat /proc/self/mountinfo)
	for mode in private slave shared; do
		conf '[rootfs]' "path = $T/img" "propagation = $mode" '[caps]' 'keep = all'
		old sh -c 'mount -t tmpfs x /home && cat /proc/self/mountinfo'
		expect_status 0
		case "$mode $(awk '$5 == "/"' "$OUT")" in
		private*shared:* | private*master:* | slave*shared:*) fail "propagation = $mode" ;;
		private* | slave*master:* | shared*shared:*) ;;
		*) fail "propagation = $mode" ;;
		esac
		expect_eq "$(cat /proc/self/mountinfo)" "$before" "mounts of the host with propagation = $mode"
	done
.

it 'bind-ro is read-only all the way down, and private' <<'.'
	mkdir -p data/low
	if [ "$(id -u)" = 0 ]; then
		mount -t tmpfs low data/low
		at_end "umount $T/data/low"
	fi
	conf '[rootfs]' "path = $T/img" '[mounts]' 'bind-ro = data /a' 'bind = data /b'
	old sh -c 'touch /a/x /a/low/x; touch /b/low/y && cat /proc/self/mountinfo'
	expect_err --match '/a/x: Read-only'
	expect_err --match '/a/low/x: Read-only'
	expect_out --not 'shared:'
	expect_out --match ' /a ro,nosuid,nodev,relatime'
	expect_out --match ' /b rw,nosuid,nodev,relatime'
.

it 'fds are closed' <<'.'
	run sh -c 'exec 3</ 4</ 9</; exec nosys close_range nsinit --keep-fd 4 -- posture fd.'
	expect_lines 4
.

finish
