#!/bin/sh
# nsexec by itself: namespaces, id maps, exit statuses, signals, joining, detaching.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless userns
mkfifo "$T/hold" # `hold 0 <>hold` blocks: it is its own writer

# The user's part makes a user namespace each time; root's makes the others directly.
if [ "$(id -u)" = 0 ]; then U=''; else U=-Ur; fi

for word in mount:mnt pid:pid ipc:ipc uts:uts net:net cgroup:cgroup user:user; do
	option=${word%:*} file=${word#*:}
	it "--$option makes a $option namespace and leaves the others" <<'.'
		run nsexec $U "--$option" -- sh -c 'for n in mnt pid ipc uts net cgroup user; do readlink /proc/self/ns/$n; done'
		expect_status 0
		own=$(readlink "/proc/self/ns/$file")
		[ "$file" != pid ] || own=x # /proc is the old one: it shows the process in the old namespace
		expect_out --not "^$own\$"
		if [ "$option" != net ]; then expect_out --has "$(readlink /proc/self/ns/net)"; fi
.
done

it 'makes a time namespace with offsets' <<'.'
	skip_unless root timens
	run nsexec -T --boottime 864000 -- cat /proc/uptime
	expect_status 0
	now=$(cut -d. -f1 /proc/uptime)
	then=$(cut -d. -f1 "$OUT")
	[ "$then" -ge $((now + 864000 - 5)) ] || fail "uptime $then, host $now"
	run nsexec -T -- readlink /proc/self/ns/time
	expect_out --not "^$(readlink /proc/self/ns/time | sed 's/[][]/./g')\$"
.

it 'refuses offsets without a time namespace' <<'.'
	run nsexec --boottime 5 -- true
	expect_refusal 'monotonic, boottime: need time = private'
.

it 'is pid 1 in a pid namespace' <<'.'
	run nsexec $U -p -- sh -c 'echo $$'
	expect_status 0
	expect_out 1
.

it 'takes unshare'"'"'s letters in a cluster' <<'.'
	run nsexec -Urmpf -- sh -c 'echo $$; cat /proc/self/uid_map'
	expect_status 0
	expect_out --match '^1$'
	expect_out --match "^ *0 +$(id -u) +1\$"
.

it 'passes options after COMMAND to COMMAND' <<'.'
	run nsexec $U -p echo -n --name x
	expect_out "--name x"
.

# Id maps

it 'maps the caller to root' <<'.'
	run nsexec -Ur -- posture uid gid
	expect_status 0
	expect_value uid 0
	expect_value gid 0
.

it 'keeps the ids of the caller' <<'.'
	run nsexec -Uc -- posture uid gid
	expect_status 0
	expect_value uid "$(id -u)"
	expect_value gid "$(id -g)"
.

it 'leaves the ids unmapped when nothing is said' <<'.'
	run nsexec -U -- cat /proc/self/uid_map
	expect_status 0
	expect_no_out
.

it 'denies setgroups where the kernel demands it' <<'.'
	skip_unless ordinary
	run nsexec -Ur -- cat /proc/self/setgroups
	expect_out deny
.

it 'denies setgroups when asked' <<'.'
	run nsexec -Ur --setgroups deny -- cat /proc/self/setgroups
	expect_out deny
.

it 'refuses setgroups = allow without privilege' <<'.'
	skip_unless ordinary
	run nsexec -Ur --setgroups allow -- true
	expect_refusal 'setgroups: allow needs'
.

it 'writes explicit maps as root' <<'.'
	skip_unless root
	run nsexec -U --map-users 0:100000:1000 --map-users 5000:5000:2 --map-groups 0:200000:10 -- \
		sh -c 'cat /proc/self/uid_map /proc/self/gid_map; id -u'
	expect_status 0
	expect_out --match '^ *0 +100000 +1000$'
	expect_out --match '^ *5000 +5000 +2$'
	expect_out --match '^ *0 +200000 +10$'
	expect_out --match '^0$'
.

it 'writes maps by newuidmap as an ordinary user' <<'.'
	skip_unless ordinary newuidmap
	run nsexec --map-auto -- cat /proc/self/uid_map
	expect_status 0
	expect_lines 2
	expect_out --match "^ *0 +$(id -u) +1\$"
.

it 'refuses a map that nobody may write' <<'.'
	skip_unless ordinary
	run nsexec -U --map-users 0:0:10 --map-groups 0:0:10 --map-helper never -- true
	expect_refusal 'idmap. uid: no newuidmap'
.

it 'refuses a map without id 0' <<'.'
	run nsexec -U --map-users 5:5:1 --map-groups 5:5:1 -- true
	expect_refusal '(id 0 is not mapped|no newuidmap)'
.

for bad in 4294967296 -1 4294967295 ' 1' 1x 99999999999 ''; do
	it "refuses '$bad' as an id" <<'.'
		run nsexec -U --map-users "$bad:0:1" --map-groups 0:0:1 -- true
		expect_refusal 'map-users'
.
done

# The exit statuses

it 'gives the status of COMMAND' <<'.'
	for n in 0 1 7 125 255; do
		run nsexec $U -p -- sh -c "exit $n"
		expect_status $n
	done
.

it 'gives 128+n when COMMAND was killed' <<'.'
	run nsexec $U -u -- sh -c 'kill -9 $$'
	expect_status 137
	run nsexec $U -u -- sh -c 'kill -TERM $$'
	expect_status 143
.

it 'gives 127 and 126 when COMMAND cannot be had' <<'.'
	run nsexec $U -u -- /no/such/command
	expect_status 127
	expect_err 'nsexec: /no/such/command: No such file or directory'
	run nsexec $U -u -- no-such-command-in-path
	expect_status 127
	run nsexec $U -u -- /etc/passwd
	expect_status 126
	expect_err 'nsexec: /etc/passwd: Permission denied'
.

it 'passes stdin, stdout and stderr themselves' <<'.'
	echo text >in
	run nsexec $U -p -- sh -c 'cat; echo err >&2' <in
	expect_out text
	expect_err err
.

it 'leaves COMMAND the signals that its caller had' <<'.'
	run posture signals
	grep signals "$OUT" >before
	run nsexec $U -p -- posture signals
	grep signals "$OUT" >after
	expect_eq "$(cat after)" "$(cat before)"
.

it 'waits for COMMAND although its caller ignores SIGCHLD' <<'.'
	run sh -c 'trap "" CHLD; exec "$@"' sh nsexec $U -p -- sh -c 'exit 5'
	expect_status 5
.

# Signals and death

for signal in HUP INT QUIT TERM USR1 USR2 CONT; do
	it "forwards $signal" <<'.'
		spawn nsexec $U -u -- sh -c 'trap "echo got; exit 9" "$0"; echo up; while :; do sleep 0.1; done' "$signal"
		wait_line "$OUT" up
		kill -s "$signal" "$PID"
		finished
		expect_status 9
		expect_out --match '^got$'
.
done

it 'kills COMMAND when it is killed itself' <<'.'
	spawn nsexec $U -p -- sh -c 'echo up; exec hold 0 <>"$0"' "$T/hold"
	wait_line "$OUT" up
	child=$(cat "/proc/$PID/task/$PID/children")
	kill -9 "$PID"
	waitgone $child
.

it 'stops with its job' <<'.'
	spawn nsexec $U -u -- sh -c 'echo up; while :; do sleep 0.1; done'
	wait_line "$OUT" up
	kill -TSTP "$PID"
	wait_for 'grep -q "^State:.T" /proc/$PID/status'
	kill -CONT "$PID"
	wait_for 'grep -q "^State:.S" /proc/$PID/status'
.

# Joining

it 'joins a network namespace by path' <<'.'
	spawn nsexec -Urn -- sh -c 'echo up; exec hold 0 <>"$0"' "$T/hold"
	wait_line "$OUT" up
	child=$(cat "/proc/$PID/task/$PID/children")
	child=${child% }
	run nsexec --user="/proc/$child/ns/user" --net="/proc/$child/ns/net" -- readlink /proc/self/ns/net
	expect_status 0
	expect_out "$(readlink "/proc/$child/ns/net")"
.

it 'joins a user namespace that is its own already' <<'.'
	skip_unless root
	spawn nsexec -pn --name web -- sh -c 'echo up; exec hold 0 <>"$0"' "$T/hold"
	wait_line "$OUT" up
	child=$(sed -n 's/^pid //p' /run/nskit/web/pid)
	for user in "/proc/$child/ns/user" container:web; do
		for net in "/proc/$child/ns/net" container:web; do
			run nsexec --user="$user" --net="$net" -- readlink /proc/self/ns/user /proc/self/ns/net
			expect_status 0
			expect_out "$(readlink /proc/self/ns/user "/proc/$child/ns/net")"
		done
	done
	run nsexec --user=container:web -- true
	expect_status 0
	kill -KILL "$PID"
	waitgone "$PID"
	run nskit state gc web
	expect_status 0
.

it 'joins a namespace by fd' <<'.'
	run sh -c 'nsexec $U -u --net=fd:7 -- readlink /proc/self/ns/net 7</proc/self/ns/net'
	if [ "$(id -u)" = 0 ]; then
		expect_status 0
		expect_out "$(readlink /proc/self/ns/net)"
	else
		expect_status 125
	fi
.

it 'joins a pid namespace: a sister, not init' <<'.'
	skip_unless root
	spawn nsexec -p -- sh -c 'echo up; exec hold 0 <>"$0"' "$T/hold"
	wait_line "$OUT" up
	child=$(cat "/proc/$PID/task/$PID/children")
	child=${child% }
	run nsexec --pid="/proc/$child/ns/pid" -- sh -c 'echo $$; exit 4'
	expect_status 4
	expect_out --not '^1$'
.

it 'refuses a file that is no namespace, or another kind' <<'.'
	run nsexec --net=/etc/passwd -- true
	expect_refusal 'net: this is not a net namespace'
	run nsexec --net=/proc/self/ns/uts -- true
	expect_refusal 'net: this is not a net namespace'
	run nsexec --net=/no/such/file -- true
	expect_refusal '/no/such/file: No such file'
	run nsexec --net=fd:99 -- true
	expect_refusal 'net: fd:99: Bad file descriptor'
.

# Names, records, outside drivers

it 'refuses names that are none' <<'.'
	long=$(printf %0300d 0)
	for name in ../x a/b '' -h "a
b" "$long" .hidden 'a b' "$(printf %064d 0)"; do
		run nsexec $U -p "--name=$name" -- true
		expect_status 125
		expect_no_out
	done
.

it 'keeps a record while it runs, and none after' <<'.'
	run nsexec $U -p --name rec -- true
	expect_status 0
	spawn nsexec $U -p --name rec -- sh -c 'echo up; exec hold 0 <>"$0"' "$T/hold"
	wait_line "$OUT" up
	run nsexec $U -p --name rec -- true
	expect_refusal 'rec: is running'
	kill -9 "$PID"
	waitgone "$PID"
	run nsexec $U -p --name rec -- true
	expect_status 0
	run nskit state list
	expect_no_out
.

it 'refuses a name with neither a pid namespace nor a cgroup' <<'.'
	run nsexec $U -u --name loose -- true
	expect_refusal 'neither a private pid namespace nor a cgroup'
	run nskit state list
	expect_no_out
.

it 'returns at once when detached, and COMMAND goes on' <<'.'
	mkfifo fifo
	run nsexec $U -p -d --name bg "--output=file:$T/log" -- sh -c "echo hello; cat $T/fifo"
	expect_status 0
	wait_line log hello
	echo end >fifo
	wait_line log end
	wait_for '! nskit state list | grep -q bg'
.

it 'holds nothing of the caller when detached' <<'.'
	mkfifo stay pipe
	cat <pipe >seen &
	reader=$!
	run sh -c 'exec 7>"$0"; nsexec "$@"' "$T/pipe" $U -p -d --name bg -- nsinit -- sh -c "cat $T/stay"
	expect_status 0
	waitgone "$reader" # the pipe's end is its end of file
	record=/run/nskit
	[ "$(id -u)" = 0 ] || record=$XDG_RUNTIME_DIR/nskit
	expect_eq "$(readlink "/proc/$(value monitor "$record/bg/pid")/cwd")" / 'its directory'
	echo end >stay
	wait_for '! nskit state list | grep -q bg'
.

it 'says at once when a detached start fails' <<'.'
	run nsexec $U -p -d --name bg -- /no/such/command
	expect_status 127
	expect_err --has 'no/such/command'
	run nskit state list
	expect_no_out
.

it 'tells an outside driver, and waits for its word' <<'.'
	mkfifo go
	spawn sh -c 'exec nsexec "$@" 8>"$T/status" 9<"$T/go"' sh $U -p --status-fd 8 --go-fd 9 -- sh -c 'echo ran; exit 3'
	exec 9>go
	wait_line status created
	expect_file "$T/status" --not running
	printf go >&9
	finished
	expect_status 3
	expect_file status --match '^running$'
	expect_file status --match '^exited 3$'
.

it 'does not take the end of the driver for its word' <<'.'
	run sh -c 'nsexec "$@" 9</dev/null' sh $U -p --go-fd 9 -- echo ran
	expect_refusal 'go-fd: ended without the word go'
	run sh -c 'printf no | { nsexec "$@" 9<&0; }' sh $U -p --go-fd 9 -- echo ran
	expect_refusal "'no' is not the word go"
.

# Bad words

it 'names the unknown option and the nearest' <<'.'
	run nsexec --monut -- true
	expect_refusal 'unknown option --monut; the nearest is --mount'
	run nsexec -Z -- true
	expect_refusal 'unknown option -Z'
	run nsexec --name
	expect_refusal -- '--name needs a value'
	run nsexec --fork=3 -- true
	expect_status 125
.

it 'names a file that is not there' <<'.'
	run nsexec --config /no/such.ini -- true
	expect_refusal '/no/such.ini: No such file or directory'
.

it 'says what an ordinary user lacks' <<'.'
	skip_unless ordinary
	run nsexec -m -- true
	expect_refusal 'clone: Operation not permitted'
	expect_err --has 'hint: an ordinary user needs a user namespace too'
.

it 'names the limit that is reached' <<'.'
	skip_unless root
	run nsexec -Ur -- sh -c 'echo 0 >/proc/sys/user/max_uts_namespaces && nsexec -u -- true'
	expect_status 125
	expect_err --has 'max_*_namespaces'
.

finish
