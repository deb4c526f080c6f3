#!/bin/sh
# nsenter NAME: a command joins a container as if it had been started in it, or not at all.
# run as: root user
# timeout: 180
. "$(dirname "$0")/lib.sh"

skip_unless userns tools

if [ "$(id -u)" = 0 ]; then ROOT=/run/nskit U=''; else ROOT=$XDG_RUNTIME_DIR/nskit U=-Ur; fi
kinds='mnt pid ipc uts net cgroup user'
FILE=$T/web.ini
mkfifo "$T/hold" "$T/up"

cat >"$T/web.ini" <<END
[rootfs]
path = /
[exec]
env = OF=file
umask = 0027
cwd = /usr
[caps]
keep = CHOWN KILL
[rlimit]
nofile = 100:200
END

# start [OPTION...]: a detached container named web that says how it came out, then blocks.
start() {
	run nsrun -d -n web "$@" "$FILE" sh -c '"$1" >"$2"; exec sleep 1000' sh "$NSK_TOOLS/posture" "$T/up"
	expect_status 0
	at_end 'nsctl stop -t 0 web >/dev/null 2>&1 || :'
	cat "$T/up" >"$T/started"
	INIT=$(sed -n 's/^pid //p' "$ROOT/web/pid")
	MAIN=$(cut -d' ' -f1 "/proc/$INIT/task/$INIT/children")
}

# What differs from process to process, or is not the container's to say.
alike() {
	grep -Ev '^(pid|ppid|pdeathsig|pgid|sid|nspid|fd\..*|tty|keyring|env\.(_|PWD|OLDPWD|SHLVL)|arg\..*|cgroup.*|dumpable|stdin.*) ' "$1" | sort
}

it 'is what COMMAND of the container is: posture, limits, environment' <<'.'
	start
	run nsenter web "$NSK_TOOLS/posture"
	expect_status 0
	alike "$T/started" >a
	alike "$OUT" >b
	diff a b || fail 'the postures differ'
	expect_value umask 0027
	expect_value cwd /usr
	expect_value env.OF file
	expect_value rlimit.nofile '100 200'
	expect_value no-new-privs 1
	expect_value pdeathsig 9
	expect_value cap.inheritable 0000000000000000
	expect_out --not '^fd\.[3-9]'
	expect_out --not '^env\.NSK'
.

it 'is in the namespaces of COMMAND' <<'.'
	start
	run nsenter web -- sh -c 'for kind in '"$kinds"'; do readlink /proc/self/ns/$kind; done'
	expect_out "$(for kind in $kinds; do readlink "/proc/$MAIN/ns/$kind"; done)"
.

it 'is in the cgroups of COMMAND from the start' <<'.'
	skip_unless root cgroup
	start -o cgroup.memory-max=64M -o cgroup.pids-max=50
	spawn nsenter web -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	child=$(cut -d' ' -f1 "/proc/$PID/task/$PID/children")
	expect_eq "$(cat "/proc/$child/cgroup")" "$(cat "/proc/$MAIN/cgroup")" cgroup
	! grep -q nskit/web "/proc/$PID/cgroup" || fail 'the waiting parent is inside, too'
	run nsenter web -- cat /proc/self/cgroup
	expect_out --match ':/$'
	expect_out --not nskit
.

it 'cannot get out of the limits' <<'.'
	skip_unless root controller_pids
	start -o cgroup.pids-max=5
	run nsenter web -- sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo all'
	expect_out --not all
.

it 'passes on the status of COMMAND' <<'.'
	start
	for status in 0 7 125 255; do
		run nsenter web -- sh -c "exit $status"
		expect_status "$status"
	done
	run nsenter web -- sh -c 'kill -9 $$'
	expect_status 137
	run nsenter web -- nothing-of-this-name
	expect_status 127
	expect_err --match '^nsenter: nothing-of-this-name: '
	run nsenter web -- /etc/passwd
	expect_status 126
.

it 'passes the caller'"'"'s stdin, stdout and stderr' <<'.'
	start
	echo 'a b' >in
	run nsenter web sh -c 'cat; echo err >&2' <in
	expect_out 'a b'
	expect_err err
.

it 'runs sh where no command is given' <<'.'
	start
	echo 'echo "shell $OF"; exit 3' >in
	run nsenter web <in
	expect_status 3
	expect_out 'shell file'
.

it 'leaves nothing of the caller'"'"'s environment or fds' <<'.'
	start
	SECRET=x && export SECRET
	run sh -c 'exec 5</ 6</etc/passwd 7<.; exec nsenter web "$0"' "$NSK_TOOLS/posture"
	expect_status 0
	expect_out --not '^env\.SECRET'
	expect_out --not '^fd\.[3-9]'
	cd /proc/self
	run nsenter web pwd
	expect_out /usr
.

it 'is overridden by options' <<'.'
	start
	run nsenter -W /etc web pwd
	expect_out /etc
	run nsenter --cwd /var -o exec.env=MORE=1 web -- sh -c 'pwd; echo "$OF$MORE"'
	expect_out '/var
file1'
	run nsenter --drop KILL web "$NSK_TOOLS/posture" cap.bounding
	expect_value cap.bounding 0000000000000001
	run nsenter -S 99999 web id
	expect_status 125
.

it 'runs as another user of the container' <<'.'
	skip_unless root
	start
	run nsenter -S 1 web -- id -u
	expect_out 1
	run nsenter -S 4242 -G 4343 web -- sh -c 'id -u; id -G'
	expect_out '4242
4343'
	run nsenter -o exec.user=daemon web -- sh -c 'id -un'
	expect_out daemon
.

it 'enters single namespaces without the rest' <<'.'
	start
	run nsenter -u web -- sh -c 'hostname; readlink /proc/self/ns/mnt'
	if [ "$(id -u)" = 0 ]; then
		expect_status 0
		expect_out "web
$(readlink /proc/self/ns/mnt)"
	else
		expect_refusal 'hint:.*[-]U'
		run nsenter -U -u web -- hostname
		expect_out web
	fi
.

it 'refuses a container that has not begun to run' <<'.'
	mkfifo "$T/window"
	spawn nsexec $U -p --name web --window "$(command -v cat) $T/window" -- sleep 1
	starter=$PID
	wait_for '[ -e "$ROOT/web/pid" ]'
	run nsenter web true
	expect_refusal 'web: is not running \((starting|created.*)\)'
	: >"$T/window"
	finished "$starter"
.

it 'refuses a container whose monitor and init are dead' <<'.'
	start
	kill -KILL "$(sed -n 's/^monitor //p' "$ROOT/web/pid")"
	waitgone "$INIT"
	run nsenter web -- id
	expect_refusal web
	expect_no_out
.

it 'refuses a record that names another process' <<'.'
	start
	cp "$ROOT/web/pid" "$T/pid"
	at_end 'cp "$T/pid" "$ROOT/web/pid"'
	for pid in $$ 1 "$(cut -d' ' -f1 "/proc/$INIT/task/$INIT/children")"; do
		sed "s/^pid .*/pid $pid/" "$T/pid" >"$ROOT/web/pid"
		run nsenter web -- id
		expect_refusal web
	done
	sed '/^start/d' "$T/pid" >"$ROOT/web/pid"
	run nsenter web -- id
	expect_refusal web
	: >"$ROOT/web/pid"
	run nsenter web -- id
	expect_refusal web
.

it 'refuses options that lead outside' <<'.'
	start
	run nsenter -r web -- id
	expect_refusal 'root: only with --target'
	run nsenter -w web -- id
	expect_refusal 'wd: only with --target'
	run nsenter -F web -- id
	expect_refusal 'no-fork: only with --target'
.

it 'dies with nsenter, and with the container' <<'.'
	start
	spawn nsenter web -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	child=$(cut -d' ' -f1 "/proc/$PID/task/$PID/children")
	kill -KILL "$PID"
	waitgone "$child"
	spawn nsenter web -- sh -c 'echo up; exec sleep 1000'
	wait_line "$OUT" up
	inside=$PID
	nsctl kill web
	finished "$inside"
	expect_status 137
.

it 'gives COMMAND the terminal that it has itself' <<'.'
	start
	run pty -- nsenter web -- sh -c 'test -t 0 && test -t 1 && stty size >/dev/null && echo terminal'
	expect_status 0
	expect_out --has terminal
.

it 'enters a container whose program stays as pid 1 itself' <<'.'
	mkfifo "$T/up1"
	run nsrun -d -n web -o init.reap=no "$T/web.ini" sh -c 'echo up >"$0"; exec sleep 1000' "$T/up1"
	expect_status 0
	at_end 'nsctl stop -t 0 web >/dev/null 2>&1 || :'
	read -r up <"$T/up1"
	wait_for 'nsenter web -- grep -qx sleep /proc/1/comm' # it says "up" before it executes sleep
	run nsenter web -- cat /proc/1/comm
	expect_out sleep
.

it 'enters a container with a user namespace' <<'.'
	skip_unless root
	cat >"$T/mapped.ini" <<END
[container]
include = $T/web.ini
[namespaces]
user = private
[idmap]
uid = 0:100000:65536
gid = 0:100000:65536
END
	chmod 666 "$T/up"
	FILE=$T/mapped.ini
	start
	run nsenter web "$NSK_TOOLS/posture"
	expect_status 0
	alike "$T/started" >a
	alike "$OUT" >b
	diff a b || fail 'the postures differ'
	expect_value uids '0 0 0'
	expect_out --match '^uid-map +0 +100000 +65536$'
.

finish
