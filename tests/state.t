#!/bin/sh
# The record of a container: what it says, and that its plan is run backwards whoever dies.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless userns

if [ "$(id -u)" = 0 ]; then ROOT=/run/nskit U=''; else ROOT=$XDG_RUNTIME_DIR/nskit U=-Ur; fi
mkfifo "$T/hold"

# say WORD...: a step, or an inverse, that notes its words and for whom it runs.
cat >"$T/say" <<END
#!/bin/sh
printf '<%s>' "\$@" "\$NSK_NAME" >>"$T/log"
echo >>"$T/log"
[ ! -e "$T/fail.\$1" ]
END
chmod 755 "$T/say"

# start COMMAND...: in the foreground's place; with two steps, and what undoes them.
start() {
	: >"$T/log"
	spawn nsexec ${U:+"$U"} -p --name web \
		--prepare "$T/say p1" --undo "$T/say u1" --window "$T/say w2" --undo "$T/say u2" \
		-- "$@"
	MONITOR=$PID
}

running() { wait_for '[ "$(tail -n 1 "$ROOT/web/status" 2>/dev/null)" = running ]'; }

break_off() {
	init=$(sed -n 's/^pid //p' "$ROOT/web/pid")
	kill -KILL "$MONITOR"
	waitgone "$MONITOR" "$init"
}

steps='<p1><web>
<w2><web>
'
inverses='<u2><web>
<u1><web>'

it 'says what the container is at, line by line' <<'.'
	start sh -c 'read x <"$0"; exit 3' "$T/hold"
	running
	expect_file "$ROOT/web/status" --match '^starting$'
	init=$(sed -n 's/^pid //p' "$ROOT/web/pid")
	expect_eq "$(cat "$ROOT/web/status")" "starting
created $init
running"
	expect_eq "$(sed -n 's/^monitor //p' "$ROOT/web/pid")" "$MONITOR"
	expect_eq "$(stat -c %a:%u "$ROOT" "$ROOT/web" | sort -u)" "700:$(id -u)"
	exec 8<"$ROOT/web/status"
	echo go >"$T/hold"
	finished "$MONITOR"
	expect_status 3
	expect_missing "$ROOT"
	cat <&8 >status
	expect_eq "$(tail -n 1 status)" 'exited 3'
.

it 'is readable as a configuration' <<'.'
	start sh -c 'read x <"$0"' "$T/hold"
	running
	run nskit conf check "$ROOT/web/config"
	expect_status 0
	echo go >"$T/hold"
	finished "$MONITOR"
.

it 'undoes the steps backwards when the container ends' <<'.'
	start true
	finished "$MONITOR"
	expect_status 0
	expect_file "$T/log" "$steps$inverses"
	expect_missing "$ROOT"
.

it 'undoes them backwards by gc when the monitor was killed' <<'.'
	start sleep 1000
	running
	break_off
	expect_eq "$(cat "$T/log")" "${steps%
}"
	run nskit state gc
	expect_status 0
	expect_file "$T/log" "$steps$inverses"
	expect_missing "$ROOT"
.

it 'undoes them by the next start of the name' <<'.'
	start sleep 1000
	running
	break_off
	run nsexec ${U:+"$U"} -p --name web -- true
	expect_status 0
	expect_file "$T/log" "$steps$inverses"
	expect_missing "$ROOT"
.

it 'undoes the steps before one that fails' <<'.'
	: >"$T/fail.w2"
	start true
	finished "$MONITOR"
	expect_status 125
	rm "$T/fail.w2"
	expect_file "$T/log" --match '<u1><web>'
	expect_missing "$ROOT"
.

it 'undoes them when the monitor is killed in a step' <<'.'
	: >"$T/log"
	mkfifo "$T/window"
	printf '#!/bin/sh\nread -r x <"%s"\n' "$T/window" >"$T/block"
	chmod 755 "$T/block"
	spawn nsexec ${U:+"$U"} -p --name web --prepare "$T/say p1" --undo "$T/say u1" --window "$T/block" -- true
	MONITOR=$PID
	wait_for 'grep -q "^created" "$ROOT/web/status"'
	run nsctl list
	expect_out --match '^web +created '
	break_off
	run nskit state gc web
	expect_status 0
	expect_file "$T/log" '<p1><web>
<u1><web>'
	expect_missing "$ROOT"
.

it 'keeps the record while an inverse fails, and runs the others' <<'.'
	start sleep 1000
	running
	break_off
	: >"$T/fail.u2"
	run nskit state gc
	expect_status 125
	expect_err --match 'web: undo: .*u2: failed with status 1'
	expect_exists "$ROOT/web"
	expect_file "$T/log" "$steps$inverses"
	run nsexec ${U:+"$U"} -p --name web -- true
	expect_refusal 'web: its last run could not be undone'
	expect_eq "$(ls -A "$ROOT")" web
	rm "$T/fail.u2"
	run nskit state gc
	expect_status 0
	expect_missing "$ROOT"
.

it 'says which file of the record stays, and gc removes the rest of it' <<'.'
	start sh -c 'read x <"$0"; exit 3' "$T/hold"
	running
	mkdir "$ROOT/web/odd"
	echo go >"$T/hold"
	finished "$MONITOR"
	expect_status 3
	expect_err --match '^nsexec: [.]dead[.][0-9a-f]*/odd: Is a directory$'
	expect_err --match "^nsexec: web: the record stays for 'nskit state gc'$"
	expect_file "$T/log" "$steps$inverses"
	expect_eq "$(ls -A "$ROOT"/.dead.*)" odd
	run nskit state gc
	expect_status 125
	expect_err --has '/odd: Is a directory'
	rmdir "$ROOT"/.dead.*/odd
	run nskit state gc
	expect_status 0
	expect_missing "$ROOT"
.

it 'keeps the record when its plan cannot be read' <<'.'
	start sleep 1000
	running
	break_off
	mv "$ROOT/web/plan" "$T/plan"
	mkdir "$ROOT/web/plan"
	run nskit state gc
	expect_refusal '/web/plan: Invalid argument'
	run nsexec ${U:+"$U"} -p --name web -- true
	expect_refusal 'web: Invalid argument'
	rmdir "$ROOT/web/plan"
	mv "$T/plan" "$ROOT/web/plan"
	run nskit state gc
	expect_status 0
	expect_file "$T/log" "$steps$inverses"
	expect_missing "$ROOT"
.

it 'says that the pid file stays' <<'.'
	printf '[container]\nname = web\npid-file = %s/pid\n[rootfs]\npath = /\n' "$T" >"$T/web.ini"
	spawn nsexec ${U:+"$U"} -p --config "$T/web.ini" --name web -- sh -c 'read x <"$0"' "$T/hold"
	MONITOR=$PID
	running
	rm "$T/pid"
	mkdir "$T/pid"
	echo go >"$T/hold"
	finished "$MONITOR"
	expect_err --has "nsexec: $T/pid: Is a directory"
	rmdir "$T/pid"
	expect_missing "$ROOT"
.

it 'keeps the words of an inverse whole' <<'.'
	: >"$T/log"
	run nsexec ${U:+"$U"} -p --name web --prepare /bin/true --undo "$T/say 'a  b' '' '\"' '\$(id)' 'x
undo $T/say injected'" -- true
	expect_status 0
	expect_file "$T/log" "<a  b><><\"><\$(id)><x
undo $T/say injected><web>"
.

it 'runs stop hooks too, by gc as well' <<'.'
	: >"$T/log"
	printf '[rootfs]\npath = /\n[hooks]\nstop = %s s1\nstop = %s s2\n' "$T/say" "$T/say" >"$T/web.ini"
	run nsrun "$T/web.ini" true
	expect_status 0
	expect_file "$T/log" '<s1><web>
<s2><web>'
	: >"$T/log"
	run nsrun -d "$T/web.ini" sleep 1000
	expect_status 0
	MONITOR=$(sed -n 's/^monitor //p' "$ROOT/web/pid")
	break_off
	run nsctl gc
	expect_status 0
	expect_file "$T/log" '<s1><web>
<s2><web>'
	expect_missing "$ROOT"
.

it 'collects the processes of a start without a pid namespace by its cgroup' <<'.'
	skip_unless root cgroup
	printf '[rootfs]\npath = /\n[namespaces]\npid = host\n' >"$T/web.ini"
	run nsrun -d "$T/web.ini" sh -c 'sleep 1000 & exec sleep 1000'
	expect_status 0
	MONITOR=$(sed -n 's/^monitor //p' "$ROOT/web/pid")
	group=$(sed -n 's/^v2 //p; s/^v1 [^ ]* //p' "$ROOT/web/cgroup" | head -n 1)
	wait_for '[ "$(wc -l <"$group/cgroup.procs")" -ge 2 ]'
	break_off
	left=$(cat "$group/cgroup.procs")
	[ -n "$left" ] || fail 'nothing outlived the monitor: nothing is tested'
	run nsctl gc
	expect_status 0
	waitgone $left
	expect_missing "$group" "$ROOT"
.

finish
