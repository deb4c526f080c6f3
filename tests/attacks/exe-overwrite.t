#!/bin/sh
# A process inside, with every capability, hunts those that enter: it gets neither the way to the host's
# program, nor the environment, the directories or the root of the one who enters.
# run as: root user
# timeout: 180
. "$(dirname "$0")/../lib.sh"

skip_unless userns tools

mkfifo "$T/in"
SECRET=not-for-the-container
export SECRET
JOINS=60

# On a file system that can be written: whoever gets there could write.
cp "$(command -v nskit)" "$T/nskit"
chmod 755 "$T/nskit"
ln -s nskit "$T/nsenter"
ln -s nskit "$T/nsinit"

cat >"$T/web.ini" <<END
[rootfs]
path = /
[caps]
keep = all
[exec]
no-new-privs = no
END

# hunt PROGRAM: begins to hunt in a container; $INIT is its init as the host counts it.
hunt() {
	rm -f "$T/report"
	exec 9<>"$T/in"
	nsrun -n web "$T/web.ini" "$NSK_TOOLS/hunter" "$1" "$SECRET" <"$T/in" >"$T/report" 9<&- &
	hunt=$!
	wait_line "$T/report" ready
	if [ "$(id -u)" = 0 ]; then INIT=/run/nskit; else INIT=$XDG_RUNTIME_DIR/nskit; fi
	INIT=$(sed -n 's/^pid //p' "$INIT/web/pid")
}

# joins N COMMAND...: N times, and then until the hunter has met somebody. It misses those that are
# quick, more so on a busy machine, and to an ordinary user's all of them are closed.
joins() {
	least=$1 i=0 sign='met'
	shift
	[ "$(id -u)" = 0 ] || sign='met|shut'
	until [ "$i" -ge "$least" ] && grep -qxE "$sign" "$T/report"; do
		[ "$i" -lt 2000 ] || fail 'the hunter meets nobody'
		i=$((i + 1))
		"$@" || fail "join $i: status $?"
	done
}

# That it meets some shows that it looks.
saw_some() {
	echo end >&9
	exec 9>&-
	status=0
	wait "$hunt" || status=$?
	expect_eq "$status" 0 "the hunter's status"
	met=$(($(value seen "$T/report") + $(value closed "$T/report")))
	[ "$(id -u)" != 0 ] || met=$(value seen "$T/report")
	[ "$met" -gt 0 ] || fail 'the hunter met nobody'
}

it "finds nothing to take in $JOINS joins" <<'.'
	hunt "$T/nskit"
	joins "$JOINS" "$T/nsenter" web -- true
	saw_some
	for what in writable environ directory root; do
		expect_value "$what" 0 "$T/report"
	done
.

it 'finds nothing to take in joins by pid' <<'.'
	hunt "$T/nskit"
	if [ "$(id -u)" != 0 ]; then
		INIT=$(cut -d' ' -f1 "/proc/$INIT/task/$INIT/children")
	fi
	joins 20 "$T/nsenter" -t "$INIT" -a -- true
	saw_some
	for what in writable directory root; do
		expect_value "$what" 0 "$T/report"
	done
.

it 'would have something to take from a program that is not sealed' <<'.'
	skip_unless root
	[ -x /usr/bin/nsenter ] || skip 'no nsenter of util-linux'
	cp /usr/bin/nsenter "$T/victim"
	hunt "$T/victim"
	joins 20 "$T/victim" -t "$INIT" -a -- true
	saw_some
	expect_eq "$(value writable "$T/report")" "$(value seen "$T/report")" writable
.

finish
