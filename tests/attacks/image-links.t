#!/bin/sh
# An image whose links, files and nodes stand where nsinit mounts, makes or looks something up: nothing
# reaches the host, nothing is hijacked.
# run as: root user
# timeout: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../image.sh"

skip_unless userns busybox_static
mkdir "$T/host"
image "$T/img"

# base LINE...: a container of the image; the lines follow [mounts].
base() {
	conf '[rootfs]' "path = $T/img" '[mounts]' "$@"
}

# The host's directory has nothing but what the test put there.
untouched() {
	expect_eq "$(ls -A "$T/host")" "${1:-}" 'in the directory of the host'
}

for name in dev proc sys; do
	it "/$name is a link to the host: refused" <<'.'
		mv "img/$name" "was-$name"
		at_end "rm -f $T/img/$name; mv $T/was-$name $T/img/$name"
		for target in "$T/host" ../../host ../../../../../../../..$T/host /proc/self/cwd .; do
			ln -sfn "$target" "img/$name"
			base
			start true
			expect_refusal "/$name: Symbolic link loop"
			untouched
		done
.
done

it '/dev is a link and no /dev is wanted: nothing is made through it' <<'.'
	mv img/dev was-dev
	at_end "rm -f $T/img/dev; mv $T/was-dev $T/img/dev"
	ln -s "$T/host" img/dev
	base 'dev = no' 'restrict-sys = no'
	start true
	expect_status 0
	untouched
.

it '/dev/null of the image is a file or a link: masks are the null device, the output is ours' <<'.'
	rm -f img/dev/null
	at_end "rm -rf $T/img/dev/*"
	for kind in file link; do
		rm -f img/dev/null
		if [ $kind = file ]; then echo trap >img/dev/null; else ln -s "$T/host/null" img/dev/null; fi
		for dev in private no host; do
			base "dev = $dev" 'mask = /etc/passwd'
			start sh -c 'stat -c %t:%T /etc/passwd; wc -c </etc/passwd; echo output'
			expect_out '1:3
0
output'
			untouched
		done
	done
.

it '/dev/console, /dev/pts, /dev/ptmx of the image are links: the terminal is ours' <<'.'
	ln -s "$T/host/console" img/dev/console
	ln -s "$T/host" img/dev/pts
	ln -s "$T/host/ptmx" img/dev/ptmx
	at_end "rm -f $T/img/dev/*"
	conf '[rootfs]' "path = $T/img" '[exec]' 'tty = yes'
	start sh -c 'tty; stat -c %t:%T /dev/console'
	expect_status 0
	expect_out --match '^/dev/pts/0'
	untouched
.

it '/dev/pts, /dev/shm, /dev/mqueue of a bound /dev are links: refused' <<'.'
	skip_unless root
	for name in pts shm mqueue; do
		base 'dev = no'
		mkdir -p fake
		ln -sfn "$T/host" "fake/$name"
		conf '[rootfs]' "path = $T/img"
		rm -rf img/dev
		ln -s ../fake img/dev
		start true
		expect_status 125
		rm img/dev
		mkdir img/dev
		untouched
	done
.

# A target that is a link: inside the image at most, never on the host.
it 'a target that is a link leads inside the image' <<'.'
	mkdir -p img/real src
	touch src/here
	ln -sfn /real img/absolute
	ln -sfn real img/relative
	ln -sfn ../../../../real img/dots
	for name in absolute relative dots; do
		base "bind = $T/src /$name"
		start ls /real
		expect_out here
		untouched
	done
.

it 'a target that is a link to a path of the host stays inside' <<'.'
	mkdir -p src
	ln -sfn "$T/host" img/out
	base "bind = $T/src /out/new" 'tmpfs = /out/more'
	start true
	untouched
	ln -sfn /proc/1/root/tmp img/magic
	base "bind = $T/src /magic/x"
	start true
	expect_status 125
	untouched
.

it 'a dangling link is refused, not made' <<'.'
	mkdir -p src
	ln -sfn "$T/host/new" img/dangling
	for line in "bind = $T/src /dangling" "bind = $T/c.ini /dangling" 'tmpfs = /dangling'; do
		base "$line"
		start true
		expect_refusal '/dangling: '
		untouched
	done
.

it "'..' in a target stays below the root" <<'.'
	mkdir -p src
	base "bind = $T/src /../../../..$T/host/x"
	start true
	untouched
	expect_missing "$T/host/x"
.

it 'a target through a link into /proc is refused' <<'.'
	mkdir -p src
	ln -sfn /proc img/p
	for target in /p /p/self/attr /p/self/fd /p/sys /proc/self/attr/current /proc/sys/kernel /proc/1; do
		for line in "bind = $T/src $target" "tmpfs = $target" "bind = $T/c.ini $target"; do
			base "$line"
			start true
			expect_status 125
		done
	done
.

it 'what only informs may be covered' <<'.'
	echo 'MemTotal: 1 kB' >meminfo
	base 'bind-ro = meminfo /proc/meminfo'
	start cat /proc/meminfo
	expect_out 'MemTotal: 1 kB'
.

it 'resolv.conf of the image is a link to the host: the file goes inside' <<'.'
	skip_unless root
	ln -sfn "$T/host/resolv" img/etc/resolv.conf
	at_end "rm -f $T/img/etc/resolv.conf"
	conf '[container]' "state-dir = $T/state" '[rootfs]' "path = $T/img"
	run nsexec --name dns --config c.ini --prepare "/bin/sh -c 'echo nameserver 192.0.2.1 >\$NSK_DIR/net.resolv'" -- \
		nsinit -- cat /etc/resolv.conf
	expect_status 125
	untouched
.

it 'one swaps a target for a link, 300 starts: no mount and no directory on the host' <<'.'
	skip_unless tools
	mkdir -p src
	spawn swap "$T/img/race" "$T/host"
	wait_line "$OUT" swapping
	swapper=$PID
	before=$(cat /proc/self/mountinfo)
	base "bind = $T/src /race/a/b" 'tmpfs = /race/c'
	n=0
	while [ $n -lt 300 ]; do
		nsexec --config c.ini -- nsinit -- true >/dev/null 2>&1 || :
		n=$((n + 1))
	done
	kill -KILL "$swapper"
	untouched
	expect_eq "$(cat /proc/self/mountinfo)" "$before" mounts
.

finish
