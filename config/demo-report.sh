#!/bin/sh
# The report of config/demo.ini: COMMAND of a container tells what it is like inside.
#
# Everything is measured, nothing is taken from the configuration, and nothing is needed but a POSIX
# shell, /proc and the essential tools of a system. It ends with 0 when what must hold in a confined
# container holds, with 1 otherwise.
set -uf
PATH=/usr/sbin:/usr/bin:/sbin:/bin
wrong=0

# say WHAT TEXT…: a line of the report.
say() {
	what=$1
	shift
	printf '  %-13s %s\n' "$what" "$*"
}

# must CONDITION WHAT TEXT…: a line, marked where the condition (of test) does not hold.
must() {
	condition=$1
	shift
	# shellcheck disable=SC2086 # the condition is words
	if [ $condition ]; then
		say "$@"
	else
		say "$@" '  <- wrong'
		wrong=1
	fi
}

# field NAME FILE: the rest of the line `NAME: …`.
field() {
	while read -r key value; do
		[ "$key" != "$1:" ] || printf '%s\n' "$value"
	done <"$2"
}

# What `/` is: type and options of the last mount there.
root_mount() {
	while read -r _ _ _ _ point options rest; do
		[ "$point" != / ] || {
			type=${rest#*- }
			printf '%s, %s\n' "${type%% *}" "${options%%,*}"
		}
	done </proc/self/mountinfo | tail -n 1
}

# The kinds of namespaces, told apart from the caller's where the caller has named its own.
namespaces() {
	own='' shared=''
	for kind in mnt pid net ipc uts cgroup user time; do
		id=$(readlink "/proc/self/ns/$kind") || continue
		case " ${DEMO_OUTSIDE-} " in
		*" $id "*) shared="$shared $kind" ;;
		*) own="$own $kind" ;;
		esac
	done
	if [ -n "${DEMO_OUTSIDE-}" ]; then
		echo "own:$own${shared:+; as outside:$shared}"
	else
		echo "$(readlink /proc/self/ns/pid), $(readlink /proc/self/ns/net), $(readlink /proc/self/ns/mnt)"
	fi
}

# The addresses of this namespace but those of the loopback interface, from the kernel's table of
# routes: it has an address in one line and what it is in the next.
addresses() {
	address=
	while read -r mark rest; do
		case $mark:$rest:$address in
		'|--':*) address=$rest ;;
		/32:*LOCAL:127.*) ;;
		/32:*LOCAL:*) echo "$address" ;;
		esac
	done </proc/net/fib_trie | sort -u
}

# quad HEX: an address as /proc/net/route writes it, a number of this machine's byte order.
quad() {
	a=${1%??????} d=${1#??????} b=${1#??} c=${1#????}
	b=${b%????} c=${c%??}
	if [ "$(printf '\1\0\0\0' | od -An -tu4 | tr -d ' ')" = 1 ]; then
		set -- "$d" "$c" "$b" "$a"
	else
		set -- "$a" "$b" "$c" "$d"
	fi
	printf '%d.%d.%d.%d\n' "0x$1" "0x$2" "0x$3" "0x$4"
}

# The next hop of the default route; nothing where there is none.
gateway() {
	while read -r _ to next flags _; do
		[ "$to" != 00000000 ] || [ $((0x$flags & 2)) = 0 ] || quad "$next"
	done </proc/net/route
}

# reach ADDRESS: says by what it was reached. Where there is no ping, a question to the name server
# there: nobody answers, but once the kernel knows the hardware address, the other end has.
reach() {
	if command -v ping >/dev/null && ping -n -c 1 -W 2 "$1" >/dev/null 2>&1; then
		echo ping
	elif command -v busybox >/dev/null && busybox ping -c 1 -W 2 "$1" >/dev/null 2>&1; then
		echo 'busybox ping'
	else
		getent hosts who-is-there.example >/dev/null 2>&1
		while read -r found _ flags hardware _; do
			[ "$found" != "$1" ] || [ $((flags & 2)) = 0 ] || echo "it is $hardware"
		done </proc/net/arp
	fi
}

open_files() {
	while read -r _ what things soft hard _; do
		[ "$what $things" != 'open files' ] || echo "$soft at most, may be raised to $hard"
	done </proc/self/limits
}

# Percent of one processor that a busy loop gets, by the clock and the kernel's own account.
processor() {
	read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ </proc/self/stat
	read -r now _ </proc/uptime
	begin=$((${now%.*} * 100 + 1${now#*.} - 100)) spent=$((user + system)) now=$begin
	while [ $((now - begin)) -lt 60 ]; do
		read -r now _ </proc/uptime
		now=$((${now%.*} * 100 + 1${now#*.} - 100))
	done
	read -r _ _ _ _ _ _ _ _ _ _ _ _ _ user system _ </proc/self/stat
	echo $(((user + system - spent) * 100 / (now - begin)))
}

# Can a process have 128 MiB? tail keeps what has no end of a line.
memory() {
	if head -c 134217728 /dev/zero | tail -n 1 >/dev/null 2>&1; then
		echo '128 MiB could be had'
	else
		echo 'who wanted 128 MiB was killed'
	fi 2>/dev/null
}

# Sets more: how many processes there may be beside these, 100 at most. They wait at a pipe until all
# are counted; the number goes by a file, which is nothing that they could hold open.
count_processes() {
	gate=/tmp/gate.$$ count=/tmp/count.$$ more=0
	mkfifo "$gate" || return
	(
		i=0
		while [ $i -lt 100 ]; do
			(read -r _) >/dev/null 2>&1 <"$gate" &
			i=$((i + 1))
			echo $i >"$count"
		done
	) 2>/dev/null
	: >"$gate"
	read -r more <"$count"
}

# Sets writable and fixed by trying.
try_writing() {
	writable='' fixed=''
	for dir in / /etc /usr /dev /proc/sys /sys /run /tmp /var/tmp /dev/shm; do
		if (: >"$dir/.demo.$$") 2>/dev/null; then
			rm -f "$dir/.demo.$$"
			writable="$writable $dir"
		else
			fixed="$fixed $dir"
		fi
	done
}

uid=$(id -u)
read -r init </proc/1/comm
set +f
set -- /proc/[0-9]*
set -f
caps=$(field CapEff /proc/self/status)
try_writing

echo 'A container, measured from inside:'
say 'hostname' "$(uname -n)"
must "$$ -lt 100" 'processes' "$# to be seen; 1 is $init, this one is $$"
must "$uid != 0" 'user' "uid $uid, gid $(id -g)"
must "$caps = 0000000000000000" 'capabilities' "effective $caps, bounding $(field CapBnd /proc/self/status)"
must "$(field NoNewPrivs /proc/self/status) = 1" 'no new privs' "$(field NoNewPrivs /proc/self/status)"
say 'namespaces' "$(namespaces)"
say 'root' "$(root_mount)"
say 'writable' "${writable# }"
must "-n ${fixed:+yes}" 'not writable' "${fixed# }"
# shellcheck disable=SC2046 # one line
set -- $(addresses)
say 'addresses' "${*:-127.0.0.1 alone}"
next=$(gateway)
if [ -n "$next" ]; then
	how=$(reach "$next")
	must "-n ${how:+yes}" 'bridge' "$next ${how:+was reached: $how}"
else
	say 'bridge' 'no way out of here'
fi
say 'open files' "$(open_files)"
say 'processor' "a busy loop got $(processor) % of one"
say 'memory' "$(memory)"
count_processes
say 'more of them' "$more processes"
exit $wrong
