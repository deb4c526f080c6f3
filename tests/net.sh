# shellcheck shell=sh
# Links as ip shows them, and processes in network namespaces of their own.

# busybox ash would take its own ip, which knows less
for program in /bin/ip /usr/bin/ip /sbin/ip /usr/sbin/ip; do
	[ ! -x "$program" ] || ip=$program
done
ip() { "$ip" "$@"; }
ip link set lo up

# target: a process in a network namespace of its own, $PID and $target
target() {
	spawn unshare -n sleep 1000
	# shellcheck disable=SC2016 # wait_for evaluates it
	wait_for '[ "$(readlink "/proc/$PID/ns/net")" != "$(readlink /proc/self/ns/net)" ]'
	# shellcheck disable=SC2034 # for the tests
	target=$PID
}
