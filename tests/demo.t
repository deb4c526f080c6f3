#!/bin/sh
# The demo: what config/demo.ini and demo-user.ini promise, as their report measures it inside.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

demo=$NSK_ROOT/scripts/dev/demo
unset DEMO_OUTSIDE || :

it 'make demo sets up, builds, and starts the demo' <<'.'
	unset MAKEFLAGS MAKELEVEL || :
	run make -C "$NSK_ROOT" -n --no-print-directory demo
	expect_status 0
	expect_out --match '^scripts/dev/packages build$'
	expect_out --match ' all$'
	expect_out --match '^scripts/dev/demo$'
.

if prereq root; then
	skip_unless overlay veth bridge controller_memory controller_pids controller_cpu

	it 'as root: the report of a confined, limited, networked container, and nothing is left' <<'.'
		run "$demo"
		expect_status 0
		expect_no_err
		expect_out --has 'build/bin/nsrun config/demo.ini'
		expect_out --match '^  hostname +demo\.example$'
		expect_out --match '^  processes +[0-9] to be seen; 1 is nsinit, this one is [2-9]$'
		expect_out --match '^  user +uid 65534, gid 65534$'
		expect_out --match '^  capabilities +effective 0000000000000000, bounding 0000000000002000$'
		expect_out --match '^  no new privs +1$'
		expect_out --match '^  namespaces +own: mnt pid net ipc uts cgroup; as outside: user time$'
		expect_out --match '^  root +overlay, rw$'
		expect_out --match '^  writable +/tmp /var/tmp /dev/shm$'
		expect_out --match '^  not writable +/ /etc /usr /dev /proc/sys /sys /run$'
		expect_out --match '^  addresses +198\.51\.100\.2$'
		expect_out --match '^  bridge +198\.51\.100\.1 was reached: '
		expect_out --match '^  open files +256 at most, may be raised to 1024$'
		expect_out --match '^  memory +who wanted 128 MiB was killed$'
		expect_out --match '^  more of them +(2[0-9]|3[01]) processes$'
		expect_out --match '^Left behind: nothing'
		expect_out --not wrong
.

	it 'without ping the neighbour table tells that the bridge was reached' <<'.'
		set --
		for tool in ping busybox; do
			path=$(which "$tool") || continue
			set -- "$@" -o "mounts.mask=$path"
		done
		run nsrun "$@" "$NSK_ROOT/config/demo.ini"
		expect_status 0
		expect_out --match '^  bridge +198\.51\.100\.1 was reached: it is ([0-9a-f]{2}:){5}[0-9a-f]{2}$'
.

	it 'the report fails where the container is not confined' <<'.'
		run nsrun -o exec.user=0 -o caps.keep=all "$NSK_ROOT/config/demo.ini"
		expect_status 1
		expect_out --match 'user +uid 0.*wrong'
		expect_out --match 'capabilities +effective.*wrong'
.

	it 'the demo does not start where its network is in use' <<'.'
		ip link add nskdemo0 type veth peer name nskdemo1
		at_end 'ip link del nskdemo0'
		ip addr add 198.51.100.77/24 dev nskdemo0
		ip link set nskdemo0 up
		run "$demo"
		expect_status 1
		expect_no_out
		expect_err --has '198.51.100.0/24 is in use'
.
else
	skip_unless userns

	it 'as an ordinary user: what a user can have of it, and nothing is left' <<'.'
		run "$demo"
		expect_status 0
		expect_no_err
		expect_out --has 'build/bin/nsrun config/demo-user.ini'
		expect_out --match '^  hostname +demo-user\.example$'
		expect_out --match "^  user +uid $(id -u), gid $(id -g)\$"
		expect_out --match '^  capabilities +effective 0000000000000000, '
		expect_out --match '^  no new privs +1$'
		expect_out --match '^  namespaces +own: mnt pid net ipc uts cgroup user; as outside: time$'
		expect_out --match '^  root +[a-z0-9]+, ro$'
		expect_out --match '^  writable +/run /tmp /var/tmp /dev/shm$'
		expect_out --match '^  not writable +/ /etc /usr /dev /proc/sys /sys$'
		expect_out --match '^  addresses +127\.0\.0\.1 alone$'
		expect_out --match '^  bridge +no way out of here$'
		expect_out --match '^Left behind: nothing'
		expect_out --not wrong
.
fi

finish
