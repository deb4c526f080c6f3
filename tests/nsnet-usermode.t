#!/bin/sh
# nsnet: a network for an ordinary user, by pasta or slirp4netns; and a veth inside a user namespace.
# run as: root
# timeout: 240
. "$(dirname "$0")/lib.sh"

skip_unless root user userns tools veth cmd_ip
define_prereq tun kernel 'no tun device' 'mkdir -p "$T/dev" && { [ -c "$T/dev/tun" ] || mknod "$T/dev/tun" c 10 200; } && : <>"$T/dev/tun"'

. "$NSK_TESTS/net.sh"
# a host with a way out, for which both programs look, and a machine there: $OUTSIDE
mkfifo "$T/hold"
unshare -n hold -r <>"$T/hold" >"$T/held" &
OUTSIDE=$!
wait_line "$T/held" ready
there() { /usr/bin/nsenter -t "$OUTSIDE" -n "$@"; }
ip link add up0 type veth peer name eth0 netns "$OUTSIDE"
ip addr add 203.0.113.1/24 dev up0
ip addr add 2001:db8:1::1/64 dev up0 nodad
ip link set up0 up
there ip addr add 203.0.113.2/24 dev eth0
there ip addr add 2001:db8:1::2/64 dev eth0 nodad
there ip link set eth0 up
wait_for '! ip -6 -o addr show tentative | grep -q inet6' 30
ip route add default via 203.0.113.2
ip -6 route add default via 2001:db8:1::2

skip_unless tun
# for everybody, as on a machine where user mode is meant to work; the machine's own stays as it is
chmod 666 "$T/dev/tun"
mount -n --bind "$T/dev/tun" /dev/net/tun

ini() { printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net]' "$@" >"$T/web.ini"; }
# as an ordinary user, and as one process: who ends it ends the monitor
cat >"$T/start" <<'END'
#!/bin/sh
export HOME="$NSK_HOME" XDG_RUNTIME_DIR="$NSK_RUNTIME"
exec /usr/bin/setpriv --reuid="$NSK_TEST_UID" --regid="$NSK_TEST_UID" --clear-groups --inh-caps=-all \
	nsexec --name web --config "$T/web.ini" --window 'nsnet up' --undo 'nsnet down' -- nsinit -- "$@"
END
chmod 755 "$T/start"
start() { "$T/start" "$@"; }
# serve PROTOCOL PORT…: COMMAND answers there; $PID is its monitor
serve() {
	spawn "$T/start" "$NSK_TOOLS/talk" serve "$@"
	wait_for 'grep -q ready "$OUT" || ! kill -0 "$PID"' 30
	grep -q ready "$OUT" || fail 'it did not start:' "$(cat "$ERR")"
}
# shellcheck disable=SC2009 # pgrep is of the same package, and counts no lines
programs() { ps -eo comm= | grep -cE '^(pasta|passt|slirp4netns)' || :; }

for program in pasta slirp4netns; do
	it "reaches what the host reaches, without privilege: $program" <<'.'
		skip_unless "cmd_$program"
		spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve tcp 7000
		wait_line "$OUT" ready
		ini "user-mode = $program"
		run start "$NSK_TOOLS/talk" ask tcp 203.0.113.2 7000
		expect_status 0
		expect_out --match '^7000 203[.]0[.]113[.]1$'
		expect_no_err
		expect_eq "$(programs)" 0 'programs that still run'
		run start ip -o link
		expect_out --has ' tap0:'
.

	it "does not reach what listens on the host's loopback alone: $program" <<'.'
		skip_unless "cmd_$program"
		spawn talk serve tcp 7000
		wait_line "$OUT" ready
		ini "user-mode = $program"
		gateway=203.0.113.2
		[ "$program" = pasta ] || gateway=10.0.2.2
		for address in 127.0.0.1 "$gateway"; do
			run start "$NSK_TOOLS/talk" -w 2 ask tcp "$address" 7000
			expect_status 1
		done
.

	it "ends with the container, also when its monitor is killed: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program"
		serve tcp 80
		expect_eq "$(programs)" 1 programs
		kill -KILL "$PID"
		finished
		wait_for '[ "$(programs)" = 0 ]'
		run as_user nskit state gc
		expect_status 0
.

	it "ends with the container, also when its keeper was killed: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program"
		for end in TERM KILL; do
			serve tcp 80
			pid=$(ps -eo pid=,comm= | awk '$2 ~ /^(pasta|passt|slirp4netns)/ { print $1 }')
			keeper=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
			expect_eq "$(readlink "/proc/$keeper/cwd")" /
			kill -KILL "$keeper"
			kill -s "$end" "$PID"
			finished
			run as_user nskit state gc
			expect_status 0
			waitgone -t 10 "$pid" || fail "$program runs on"
		done
.

	it "ends when the network is taken away: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program"
		serve tcp 80
		pid=$(ps -eo pid=,comm= | awk '$2 ~ /^(pasta|passt|slirp4netns)/ { print $1 }')
		run as_user nsnet down web
		expect_status 0
		waitgone -t 10 "$pid" || fail "$program runs on"
		kill -TERM "$PID"
		finished
.

	it "holds nothing of the start, and what the program says has an end: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program"
		serve tcp 80
		pid=$(ps -eo pid=,comm= | awk '$2 ~ /^(pasta|passt|slirp4netns)/ { print $1 }')
		keeper=$(awk '/^PPid:/ { print $2 }' "/proc/$pid/status")
		run sh -c 'ls -l "/proc/$1/fd" | grep -c -e net.ready -e "/dev/null"' sh "$keeper"
		expect_out 3
		run sh -c 'echo more >>"/proc/$1/fd/2"' sh "$pid"
		expect_ne "$STATUS" 0
		kill -TERM "$PID"
		finished
		wait_for '[ "$(programs)" = 0 ]'
.

	it "ends when what comes afterwards fails: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program" '[net.lo]' 'type = loopback' 'route = 10.9.0.0/16 via 127.0.0.9 onlink'
		run start true
		expect_status 125
		wait_for '[ "$(programs)" = 0 ]'
.

	it "says which package is missing: $program" <<'.'
		ini "user-mode = $program"
		run unshare -m sh -c 'mount -t tmpfs none /usr/bin; exec "$@"' sh "$NSK_BIN/nsexec" \
			--name web --config "$T/web.ini" --window 'nsnet up' -- nsinit -- true
		package=passt
		[ "$program" = pasta ] || package=slirp4netns
		expect_refusal "user-mode: $program is not installed"
		expect_refusal "hint: .*Debian package is $package"
.
done

it 'publishes ports by pasta, TCP and UDP, and is free again at once' <<'.'
	skip_unless cmd_pasta
	for round in 1 2 3; do
		for protocol in tcp udp; do
			ini 'user-mode = pasta' "publish = 8080:80/$protocol" "publish = 203.0.113.1:8081-8082:81-82/$protocol"
			serve "$protocol" 80 81 82
			for port in 8080:80 8081:81 8082:82; do
				# what comes first it may drop, or reset
				wait_for 'run there talk -w 1 ask "$protocol" 203.0.113.1 "${port%:*}"; [ "$STATUS" = 0 ]' 1
				expect_out --match "^${port#*:} "
			done
			[ "$protocol" = udp ] || { # Debian 12's pasta: TCP alone
				wait_for 'run talk -w 1 ask tcp 127.0.0.1 8080; [ "$STATUS" = 0 ]' 1
				expect_out --match '^80 '
			}
			run talk -w 1 ask "$protocol" 127.0.0.1 8081
			expect_status 1
			kill -TERM "$PID"
			finished
			expect_status 143
			expect_eq "$(programs)" 0 programs
		done
	done
.

# Debian 12's does not ask, and loses what comes in before the container has sent something
it 'tells pasta the address of the link' <<'.'
	skip_unless cmd_pasta
	ini 'user-mode = pasta'
	run start ip -o link show tap0
	expect_status 0
	expect_out --match ' link/ether [0-9a-f][26ae]:'
	cp "$OUT" first
	run start ip -o link show tap0
	expect_eq "$(grep -o 'ether [^ ]*' "$OUT")" "$(grep -o 'ether [^ ]*' first)" address
.

it 'says what pasta says of a port that is taken' <<'.'
	skip_unless cmd_pasta
	spawn talk serve tcp 8080
	wait_line "$OUT" ready
	ini 'user-mode = pasta' 'publish = 8080:80'
	run start true
	expect_refusal 'user-mode: pasta: .*8080'
	expect_eq "$(programs)" 0 programs
.

it 'check sees that the program is gone, and up starts it once' <<'.'
	skip_unless cmd_slirp4netns
	ini 'user-mode = slirp4netns'
	spawn nsexec --name web --config "$T/web.ini" --window 'nsnet up' --undo 'nsnet down' -- \
		nsinit -- "$NSK_TOOLS/talk" serve tcp 80
	container=$PID
	wait_line "$OUT" ready 30
	for i in 1 2; do
		run nsnet check --config "$T/web.ini" web
		expect_no_out
		expect_status 0
		run nsnet up --config "$T/web.ini" web
		expect_status 0
		expect_eq "$(programs)" 1 programs
	done
	# shellcheck disable=SC2009 # pgrep is of the same package
	kill "$(ps -eo pid=,comm= | sed -n 's/^ *\([0-9]*\) slirp4netns.*/\1/p')"
	# its keeper ends a little later
	wait_for '! nsnet check --config "$T/web.ini" web >said' 30
	expect_file said '[net] user-mode: wants slirp4netns, is missing'
	wait_for '[ "$(programs)" = 0 ]'
	run nsnet up --config "$T/web.ini" web
	expect_status 0
	expect_eq "$(programs)" 1 programs
	run nsnet check --config "$T/web.ini" web
	expect_no_out
	expect_status 0
	kill -TERM "$container"
	finished "$container"
	wait_for '[ "$(programs)" = 0 ]'
	expect_missing /run/nskit
.

for program in pasta slirp4netns; do
	it "the user whose container it is checks it and starts it again: $program" <<'.'
		skip_unless "cmd_$program"
		ini "user-mode = $program"
		serve tcp 80
		container=$PID
		run as_user nsnet check --config "$T/web.ini" web
		expect_no_out
		expect_status 0
		# shellcheck disable=SC2009 # pgrep is of the same package
		kill "$(ps -eo pid=,comm= | awk '$2 ~ /^(pasta|passt|slirp4netns)/ { print $1 }')"
		wait_for '! as_user nsnet check --config "$T/web.ini" web >said' 30
		expect_file said "[net] user-mode: wants $program, is missing"
		wait_for '[ "$(programs)" = 0 ]'
		for i in 1 2; do
			run as_user nsnet up --config "$T/web.ini" web
			expect_status 0
			expect_eq "$(programs)" 1 programs
		done
		run as_user nsnet check --config "$T/web.ini" web
		expect_no_out
		expect_status 0
		kill -TERM "$container"
		finished "$container"
		wait_for '[ "$(programs)" = 0 ]'
.
done

it 'says that there is no tun device' <<'.'
	skip_unless cmd_pasta
	chmod 600 "$T/dev/tun"
	at_end 'chmod 666 "$T/dev/tun"'
	ini 'user-mode = pasta'
	run start true
	expect_refusal 'user-mode: /dev/net/tun: Permission denied'
	expect_refusal 'hint: modprobe tun'
.

it 'works for root by slirp4netns, and says so of pasta' <<'.'
	skip_unless cmd_pasta cmd_slirp4netns
	spawn /usr/bin/nsenter -t "$OUTSIDE" -n talk serve tcp 7000
	wait_line "$OUT" ready
	set -- --name web --config "$T/web.ini" --window 'nsnet up' --undo 'nsnet down' -- \
		nsinit -- "$NSK_TOOLS/talk" ask tcp 203.0.113.2 7000
	ini 'user-mode = slirp4netns'
	run nsexec "$@"
	expect_status 0
	expect_out --match '^7000 203[.]0[.]113[.]1$'
	ini 'user-mode = pasta'
	run nsexec "$@"
	expect_refusal "user-mode: pasta: Couldn't open network namespace"
	expect_refusal "hint: root's pasta .* slirp4netns does not"
	expect_eq "$(programs)" 0 'programs that still run'
	expect_missing /run/nskit
.

it 'wants a process to end with' <<'.'
	run nsnet up --netns /proc/self/ns/net --user-mode pasta
	expect_refusal 'user-mode: wants a container'
.

umount -l /dev/net/tun
ip link del up0
kill "$OUTSIDE"
wait "$OUTSIDE" 2>/dev/null
finish
