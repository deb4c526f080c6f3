#!/bin/sh
# The machine's first process, in an initramfs: a virtual machine of the newest kernel at hand.
# run as: root user
# timeout: 300
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

kernel=$("$NSK_TESTS/vm/kernel" --at-hand) || kernel=''
define_prereq vm kernel 'a kernel image for x86_64 in /boot or by `make vm`, and qemu' \
	'[ "$(uname -m)" = x86_64 ] && [ -r "$kernel" ] && command -v qemu-system-x86_64'
skip_unless vm busybox_static

# boot WORD...: the machine with that kernel command line; what it prints, until it powers off.
boot() {
	(cd ram && find . | busybox cpio -o -H newc 2>/dev/null) >initrd
	run timeout 120 "$NSK_TESTS/vm/machine" "$kernel" initrd "console=ttyS0 rdinit=/nsinit quiet $*" \
		-m 256 -serial stdio
	tr -d '\r' <"$OUT" >console
}

mkdir -p "$T/ram"
image "$T/ram/img"
cp "$NSK_BIN/nsinit" "$T/ram/nsinit"
cat >"$T/ram/nskit.ini" <<'END'
[rootfs]
path = /img
[uts]
hostname = vm
[exec]
command = /bin/sh -c 'hostname; ls -1 /; ls /proc/self/fd | wc -l; (sleep 0.1 &); sleep 0.5; grep -l "State:.Z" /proc/[0-9]*/status; exit 7'
END

it 'starts the container of /nskit.ini with nothing mounted, and powers off after it' <<'.'
	boot
	expect_file console --match '^vm$'
	expect_file console --match '^bin$'
	expect_file console --not '^(img|nsinit)$'
	expect_file console --match '^4$' # 0-2 and that of ls
	expect_file console --match 'nsinit: the root is an initramfs: /img is moved over it'
	expect_file console --match 'ended with status 7: powering off'
	expect_file console --not '/status$|panic'
.

it 'ignores the other words of the kernel'"'"'s line' <<'.'
	boot --no-such-option word key=value -- another --help
	expect_file console --match '^vm$'
	expect_file console --match 'ended with status 7: powering off'
.

it 'takes nskit.config= of the kernel'"'"'s line' <<'.'
	printf '%s\n' '[rootfs]' 'path = /img' '[exec]' 'command = echo from the other' >ram/other.ini
	boot nskit.config=/other.ini
	expect_file console --match '^from the other$'
.

it 'says what is wrong and does not panic' <<'.'
	boot nskit.config=/none.ini
	expect_file console --match 'nsinit: /none.ini: No such file'
	expect_file console --match 'powering off'
	expect_file console --not panic
	printf '%s\n' '[rootfs]' 'path = /img' 'colour = red' >ram/bad.ini
	boot nskit.config=/bad.ini
	expect_file console --match '/bad.ini:3: \[rootfs\] colour: '
	expect_file console --not panic
.

finish
