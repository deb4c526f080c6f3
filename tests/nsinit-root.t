#!/bin/sh
# The root directory: pivot, read-only, volatile, propagation; nothing of the old root is left.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"

# Where something is mounted, from mountinfo; the nodes that an ordinary user has bound left out.
points() {
	awk '$5 !~ "^/dev/(null|zero|full|tty|random|urandom)$" { print $5 }' "$OUT" | sort | tr '\n' ' '
}

it 'makes a directory the root' <<'.'
	conf '[rootfs]' "path = $T/img"
	start sh -c 'ls /; readlink /proc/self/root; readlink /proc/self/cwd'
	expect_status 0
	expect_out 'bin
dev
etc
home
proc
root
sys
tmp
/
/'
.

it 'leaves no mount of the host visible' <<'.'
	conf '[rootfs]' "path = $T/img" '[mounts]' 'restrict-sys = no'
	start cat /proc/self/mountinfo
	expect_status 0
	expect_eq "$(points)" '/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys ' mounts
.

it 'takes a root by a relative path from the directory of the file' <<'.'
	conf '[rootfs]' 'path = img'
	cd /
	start test -e /bin/posture
	expect_status 0
.

it 'takes a root below a directory that only the caller may enter' <<'.'
	mkdir -m 700 private
	ln -s ../img private/img # the operator's own link is followed
	conf '[rootfs]' "path = $T/private/img"
	start test -e /bin/posture
	expect_status 0
.

it 'is writable by default, and the changes are there afterwards' <<'.'
	conf '[rootfs]' "path = $T/img"
	start touch /new
	expect_status 0
	expect_exists img/new
	rm img/new
.

it 'readonly = yes makes root and /dev read-only' <<'.'
	conf '[rootfs]' "path = $T/img" 'readonly = yes'
	start sh -c 'touch /x; touch /dev/x; touch /dev/shm/x && touch /home/bob/x'
	expect_status 1
	expect_err --match '/x: Read-only file system'
	expect_err --match '/dev/x: Read-only file system'
	expect_err --match 'bob/x: Read-only file system'
	expect_err --not shm
	expect_missing img/x img/home/bob/x
.

it 'readonly = yes makes the mounts below the root read-only too' <<'.'
	skip_unless root
	mkdir img/sub
	mount -t tmpfs sub img/sub
	at_end "umount $T/img/sub; rmdir $T/img/sub"
	conf '[rootfs]' "path = $T/img" 'readonly = yes'
	start touch /sub/x
	expect_status 1
	expect_err --match 'Read-only'
	expect_missing img/sub/x
.

it 'readonly = yes still makes the mount points that the image lacks' <<'.'
	mkdir bare
	cp -r img/bin bare
	conf '[rootfs]' "path = $T/bare" 'readonly = yes' '[mounts]' 'tmpfs = /a/b'
	start sh -c 'touch /a/b/x && touch /a/x'
	expect_status 1
	expect_err --match '/a/x: Read-only'
	expect_exists bare/proc bare/a/b
.

it 'takes the machine'"'"'s / read-only' <<'.'
	conf '[rootfs]' 'path = /' 'readonly = yes'
	start sh -c 'test -d /usr && cat /etc/hostname >/dev/null; touch /x /etc/x /tmp/x 2>&1 | grep -c Read-only'
	expect_status 0
	expect_out 3
.

it 'never makes a mount point in the machine'"'"'s /' <<'.'
	conf '[rootfs]' 'path = /' 'readonly = yes' '[mounts]' 'tmpfs = /nskit-no-such-directory'
	start true
	expect_refusal 'nskit-no-such-directory.*Read-only file system'
	expect_missing /nskit-no-such-directory
.

it 'volatile = overlay takes changes that vanish' <<'.'
	skip_unless overlay
	conf '[rootfs]' "path = $T/img" 'volatile = overlay'
	start sh -c 'echo new >/etc/new && rm /etc/group && mkdir /home/x && cat /etc/new'
	expect_status 0
	expect_out new
	expect_missing img/etc/new img/home/x
	expect_exists img/etc/group
.

it 'volatile = overlay leaves no layer mounted' <<'.'
	skip_unless overlay
	conf '[rootfs]' "path = $T/img" 'volatile = overlay' '[mounts]' 'restrict-sys = no'
	start cat /proc/self/mountinfo
	expect_eq "$(points)" '/ /dev /dev/mqueue /dev/pts /dev/shm /proc /sys ' mounts
.

it 'volatile = overlay with readonly = yes is read-only' <<'.'
	skip_unless overlay
	conf '[rootfs]' "path = $T/img" 'volatile = overlay' 'readonly = yes'
	start touch /x
	expect_status 1
	expect_err --match Read-only
.

it 'volatile = overlay shows what is mounted below the root read-only, the kernel'"'"'s not at all' <<'.'
	skip_unless root overlay
	mkdir img/sub img/pro
	mount -t tmpfs sub img/sub
	at_end "umount $T/img/sub; rmdir $T/img/sub"
	touch img/sub/here
	mount -t proc pro img/pro
	at_end "umount $T/img/pro; rmdir $T/img/pro"
	conf '[rootfs]' "path = $T/img" 'volatile = overlay'
	start sh -c 'ls /sub /pro; touch /sub/x; touch /y'
	expect_out '/pro:

/sub:
here'
	expect_err --match '/sub/x: Read-only'
	expect_err --not /y
.

it 'volatile = overlay over the machine'"'"'s / keeps it as it was' <<'.'
	skip_unless root overlay
	conf '[rootfs]' 'path = /' 'volatile = overlay'
	start sh -c 'touch /nskit-volatile-x /etc/nskit-volatile-x; ls /etc/nskit-volatile-x; mount | grep -c overlay'
	expect_status 0
	expect_missing /nskit-volatile-x /etc/nskit-volatile-x
.

it 'volatile = yes has the top writable and the image read-only' <<'.'
	ln -sf bin img/link
	conf '[rootfs]' "path = $T/img" 'volatile = yes'
	start sh -c 'touch /x /tmp/x && readlink /link && touch /etc/x'
	rm img/link
	expect_status 1
	expect_out bin
	expect_err --match '/etc/x: Read-only'
	expect_missing img/x img/tmp/x
.

it 'propagation = private keeps mounts of the host out, slave lets them in' <<'.'
	skip_unless root
	mkdir -p img/late
	mount --bind "$T/img" "$T/img"
	at_end "umount -l $T/img; rmdir $T/img/late"
	mount --make-shared "$T/img"
	for mode in private slave shared; do
		conf '[rootfs]' "path = $T/img" "propagation = $mode"
		mkfifo fifo
		spawn nsexec --config c.ini -- nsinit --bind "$T/fifo /tmp/fifo" -- sh -c \
			'echo up; cat /tmp/fifo; ls /late; mount -t tmpfs in /home 2>/dev/null || :'
		wait_line "$OUT" up
		mount -t tmpfs late img/late
		touch img/late/here
		echo go >fifo
		finished
		umount img/late
		rm -f fifo img/tmp/fifo
		if [ "$mode" = private ]; then expect_out --not here; else expect_out --has here; fi
	done
.

it 'no mount of the container ever reaches the host' <<'.'
	skip_unless root
	mount --bind "$T/img" "$T/img"
	at_end "umount -l $T/img"
	mount --make-rshared "$T/img"
	before=$(cat /proc/self/mountinfo)
	for mode in private slave shared; do
		conf '[rootfs]' "path = $T/img" "propagation = $mode" '[caps]' 'keep = all'
		start sh -c 'mount -t tmpfs x /home && mount | grep -c " /home "'
		expect_out 1
		expect_eq "$(cat /proc/self/mountinfo)" "$before" "mounts with propagation = $mode"
	done
.

for switch in pivot move chroot; do
	it "switch = $switch makes the root" <<'.'
		conf '[rootfs]' "path = $T/img" "switch = $switch"
		start sh -c 'ls /bin/posture; ls / | wc -l; cat /etc/passwd | head -n 1'
		expect_status 0
		expect_out --has /bin/posture
		expect_out --has root:x:0:0
.
done

it 'refuses a root that is missing, no directory, or not given' <<'.'
	conf '[rootfs]' "path = $T/none"
	start true
	expect_refusal 'path: .*/none: No such file'
	conf '[rootfs]' "path = $T/c.ini"
	start true
	expect_refusal 'path: .*c.ini: Not a directory'
	conf '[exec]' 'user = 0'
	start true
	expect_refusal '\[rootfs\] path: is missing'
.

it 'refuses a root without a private mount namespace' <<'.'
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'mount = host'
	start true
	expect_refusal '\[rootfs\] path: needs a private mount namespace'
.

finish
