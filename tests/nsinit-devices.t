#!/bin/sh
# /dev: the default nodes and links, nodes on request, for root, with id maps and without rights.
# run as: root user
# timeout: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"

base() {
	conf '[rootfs]' "path = $T/img" '[devices]' "$@"
}

it 'has the default nodes and links, and nothing else' <<'.'
	base
	start sh -c 'ls /dev; stat -c "%n %F %t:%T" /dev/null /dev/zero /dev/full /dev/tty /dev/random /dev/urandom; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done'
	expect_status 0
	expect_out 'fd
full
mqueue
null
ptmx
pts
random
shm
stderr
stdin
stdout
tty
urandom
zero
/dev/null character special file 1:3
/dev/zero character special file 1:5
/dev/full character special file 1:7
/dev/tty character special file 5:0
/dev/random character special file 1:8
/dev/urandom character special file 1:9
/proc/self/fd
/proc/self/fd/0
/proc/self/fd/1
/proc/self/fd/2
pts/ptmx'
.

it 'the nodes work for every user' <<'.'
	base
	printf '%s\n' '[exec]' 'user = 0' >>c.ini
	start sh -c 'echo x >/dev/null && head -c 4 /dev/zero | od -An -tx1 && head -c 4 /dev/urandom | wc -c; ls -l /dev/null | cut -c1-10; echo x >/dev/full'
	expect_out --match '00 00 00 00'
	expect_out --match '^4$'
	expect_out --match '^crw-rw-rw-$'
	expect_err --match 'No space left'
.

it 'makes no nodes with default = no' <<'.'
	base 'default = no'
	conf '[rootfs]' "path = $T/img" '[devices]' 'default = no' '[mounts]' 'restrict-sys = no'
	start sh -c 'ls /dev | tr "\n" " "'
	expect_out --match '^fd mqueue ptmx pts shm stderr stdin stdout'
.

it 'makes a node with numbers, mode and owner' <<'.'
	skip_unless root
	base 'node = /dev/net/tun c 10 200 0640 1000:44' 'node = /dev/plain c 1 3'
	start stat -c '%n %F %t:%T %a %u:%g' /dev/net/tun /dev/plain
	expect_out '/dev/net/tun character special file a:c8 640 1000:44
/dev/plain character special file 1:3 666 0:0'
.

it 'copies a node of the host by its path' <<'.'
	base 'node = /dev/null' 'node = /dev/zero c 1 5'
	start stat -c '%n %t:%T' /dev/null /dev/zero
	expect_status 0
	expect_out '/dev/null 1:3
/dev/zero 1:5'
.

it 'with mapped ids the nodes work and belong to the container'"'"'s root' <<'.'
	skip_unless root
	chown -R 100000:100000 img
	at_end "chown -R 0:0 $T/img"
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'user = private' '[idmap]' 'mode = explicit' \
		'uid = 0:100000:65536' 'gid = 0:100000:65536' '[devices]' 'node = /dev/mine c 1 3 0600 1000:44'
	start sh -c 'id -u; echo x >/dev/null && stat -c "%n %t:%T %u:%g" /dev/null /dev/mine; ls -ldn /dev; grep -c devtmpfs /proc/self/mountinfo'
	expect_out --match '^/dev/null 1:3 0:0$'
	expect_out --match '^/dev/mine 1:3 1000:44$'
	expect_out --match '^drwxr-xr-x .* 0 +0 .*/dev$'
	expect_out --match '^0$'
.

it 'without the right to make nodes another device is refused, not made' <<'.'
	skip_unless ordinary
	base 'node = /dev/null c 1 5'
	start true
	expect_refusal 'is another device on the host'
	base 'node = /dev/none c 1 3'
	start true
	expect_refusal '/dev/none: No such file'
.

it 'dev = host binds the host'"'"'s /dev' <<'.'
	conf '[rootfs]' "path = $T/img" '[mounts]' 'dev = host'
	start sh -c 'stat -c %t:%T /dev/null; test -e /dev/shm && ls /dev | wc -l'
	expect_status 0
	expect_out --match '^1:3$'
.

for line in 'node = /etc/x c 1 3' 'node = /dev/../x c 1 3' 'node = /dev//x c 1 3' 'node = /dev/x q 1 3' \
	'node = /dev/x c 1' 'node = /dev/x c 4096 3' 'node = /dev/x c -1 3' 'node = /dev/x c 1 3 0999' \
	'node = /dev/x c 1 3 0666 root' 'node = /dev/x c 1 3 0666 0:4294967295' 'node = /dev/pts/0 c 1 3' \
	'node = /dev/stdin c 1 3' 'node = /dev/console c 5 1' 'node = dev/x'; do
	it "refuses '$line'" <<'.'
		base "$line"
		start true
		expect_refusal 'c.ini:4: \[devices\] node: '
.
done

it 'refuses nodes without a private /dev' <<'.'
	conf '[rootfs]' "path = $T/img" '[mounts]' 'dev = no' '[devices]' 'node = /dev/null'
	start true
	expect_refusal "needs '\[mounts\] dev = private'"
.

finish
