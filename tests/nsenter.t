#!/bin/sh
# nsenter -t: what util-linux's has, in the namespaces of processes that its unshare made.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless userns cmd_unshare

mkfifo "$T/hold"
# Says ready and blocks: it is its own writer.
block='exec hold -r 0 <>'$T/hold
if [ "$(id -u)" = 0 ]; then U='' A='' X=''; else U=-Ur A=-U X=--preserve-credentials; fi
kinds='mnt pid ipc uts net cgroup'
[ -z "$U" ] || kinds="$kinds user"

# A process in namespaces of its own; $TARGET is its pid, $BOX what must be killed.
target() {
	spawn unshare ${U:+"$U"} "$@" -f --kill-child sh -c "$block"
	BOX=$PID
	wait_line "$OUT" ready
	TARGET=$(cat "/proc/$PID/task/$PID/children")
	TARGET=${TARGET% }
}

# The namespaces of a process as lines.
spaces() {
	for kind in $kinds; do readlink "/proc/$1/ns/$kind"; done
}
export_spaces='for kind in '$kinds'; do readlink /proc/self/ns/$kind; done'

it 'enters all namespaces of the target' <<'.'
	target -mpiunC --mount-proc
	run nsenter -t "$TARGET" -a -- sh -c "$export_spaces"
	expect_status 0
	expect_out "$(spaces "$TARGET")"
.

for each in m:mount:mnt u:uts:uts i:ipc:ipc n:net:net C:cgroup:cgroup p:pid:pid; do
	letter=${each%%:*} file=${each##*:}
	word=${each#*:} word=${word%:*}
	it "-$letter enters the $word namespace alone" <<'.'
		target -mpiunC
		for form in "-$letter" "--$word" "-$letter/proc/$TARGET/ns/$file" "--$word=/proc/$TARGET/ns/$file"; do
			run nsenter -t "$TARGET" $A "$form" -- sh -c "$export_spaces"
			expect_status 0
			for kind in mnt pid ipc uts net cgroup; do
				if [ "$kind" = "$file" ]; then whose=$TARGET; else whose=self; fi
				[ "$kind:$file" != pid:pid ] || continue # /proc is the old one: tested below
				expect_out --has "$(readlink "/proc/$whose/ns/$kind")"
			done
		done
.
done

it 'enters namespaces by files alone' <<'.'
	target -un
	[ -z "$A" ] || A=--user=/proc/$TARGET/ns/user
	run nsenter $A $X --uts="/proc/$TARGET/ns/uts" --net="/proc/$TARGET/ns/net" -- sh -c \
		'readlink /proc/self/ns/uts /proc/self/ns/net'
	expect_status 0
	expect_out "$(readlink "/proc/$TARGET/ns/uts" "/proc/$TARGET/ns/net")"
.

it 'skips a namespace that is ours already' <<'.'
	target -u
	run nsenter -t "$TARGET" $A -u -n -m -- sh -c 'readlink /proc/self/ns/net'
	expect_status 0
	expect_out "$(readlink /proc/self/ns/net)"
.

it 'is a child in the pid namespace, and with -F only its children are' <<'.'
	target -mp --mount-proc
	run nsenter -t "$TARGET" $A -p -m -- sh -c 'readlink /proc/self/ns/pid; echo $$ >pids; cat pids' </dev/null
	run nsenter -t "$TARGET" -a -- sh -c 'readlink /proc/self/ns/pid'
	expect_out "$(readlink "/proc/$TARGET/ns/pid")"
	run nsenter -t "$TARGET" $A -p -F -- readlink /proc/self/ns/pid
	expect_out "$(readlink /proc/self/ns/pid)"
.

it 'passes on the status of COMMAND' <<'.'
	target -mp
	for status in 0 7 125 255; do
		run nsenter -t "$TARGET" -a -- sh -c "exit $status"
		expect_status "$status"
		run nsenter -t "$TARGET" $A -m -- sh -c "exit $status"
		expect_status "$status"
	done
	run nsenter -t "$TARGET" -a -- sh -c 'kill -9 $$'
	expect_status 137
	run nsenter -t "$TARGET" -a -- "$T/nothing"
	expect_status 127
	run nsenter -t "$TARGET" -a -- /etc/passwd
	expect_status 126
.

it 'refuses a target that has ended' <<'.'
	target -m
	kill -KILL "$BOX"
	waitgone "$TARGET"
	run nsenter -t "$TARGET" -a -- true
	expect_refusal 'target'
.

it 'refuses words that are no pid' <<'.'
	for pid in 0 -1 x 1x ' 1' 4294967297 99999999999; do
		run nsenter -t "$pid" -a -- true
		expect_refusal 'target'
	done
.

it 'refuses to run where nothing is entered' <<'.'
	run nsenter -t $$ -- true
	expect_refusal 'no namespace is asked for'
	run nsenter
	expect_refusal 'NAME or --target'
	run nsenter -m
	expect_refusal 'NAME or --target'
.

it 'refuses namespaces that the caller may not enter' <<'.'
	skip_unless ordinary
	run nsenter -t 1 -a -- true
	expect_refusal 'only root and the user'
	target -n
	run nsenter -t "$TARGET" -n -- true
	expect_refusal '-U'
.

it 'refuses a file that is no namespace' <<'.'
	for file in /etc/passwd /nothing "$T/hold2"; do
		run nsenter --net="$file" -- true
		expect_refusal 'net'
	done
.

it 'takes ids as they are written, or not at all' <<'.'
	target -m
	for id in 4294967296 -1 4294967295 ' 1' 1x 99999999999 root; do
		run nsenter -t "$TARGET" -a "--setuid=$id" -- id
		expect_refusal 'setuid'
		run nsenter -t "$TARGET" -a "--setgid=$id" -- id
		expect_refusal 'setgid'
	done
.

it 'runs as the ids that -S and -G say, without other groups' <<'.'
	skip_unless root
	target -m
	run nsenter -t "$TARGET" -a -S 1234 -G 2345 -- sh -c 'id -u; id -g; id -G'
	expect_status 0
	expect_out '1234
2345
2345'
.

it 'is root in a user namespace, or keeps its ids' <<'.'
	target -U -r
	run nsenter -t "$TARGET" -U -- sh -c 'id -u; id -g'
	expect_out '0
0'
	run nsenter -t "$TARGET" -U -S follow -G follow -- sh -c 'id -u; id -g'
	expect_out '0
0'
	run nsenter -t "$TARGET" -U --preserve-credentials -- sh -c 'id -u; cat /proc/self/uid_map'
	expect_status 0
	expect_out --match "^ +0 +$(id -u) +1\$"
.

it 'changes root and directory: the target'"'"'s, outside, inside' <<'.'
	mkdir -p "$T/root/in"
	target -m
	run nsenter -t "$TARGET" -a -W /usr/bin -- pwd
	expect_out /usr/bin
	run nsenter -t "$TARGET" -a --wd="$T/root" -- pwd
	expect_status 0
	run nsenter -t "$TARGET" -a -w -- pwd
	expect_out "$(readlink "/proc/$TARGET/cwd")"
	skip_unless busybox_static
	cp "$(command -v busybox)" "$T/root/in/sh"
	run nsenter -t "$TARGET" -a --root="$T/root" -- /in/sh -c 'echo /*'
	expect_out /in
.

it 'takes the environment of the target with -e, else the caller'"'"'s' <<'.'
	OURS=x && export OURS
	spawn env -i THEIRS='a b' PATH="$PATH" unshare $U -m -f --kill-child sh -c "$block"
	wait_line "$OUT" ready
	TARGET=$(cat "/proc/$PID/task/$PID/children")
	run nsenter -t "${TARGET% }" -a -e -- env
	expect_out --match '^THEIRS=a b$'
	expect_out --not '^OURS='
	run nsenter -t "${TARGET% }" -a -- env
	expect_out --match '^OURS=x$'
	expect_out --not '^THEIRS='
.

it 'runs the shell of the user as a login shell' <<'.'
	target -m
	echo 'echo "$0"; exit 3' >in
	SHELL=/bin/dash && export SHELL
	run nsenter -t "$TARGET" -a <in
	expect_status 3
	expect_out -dash
	unset SHELL
	run nsenter -t "$TARGET" -a <in
	expect_out -sh
.

it 'leaves the options of COMMAND to COMMAND' <<'.'
	target -m
	run nsenter -t "$TARGET" -a echo -n -t 1
	expect_out '-t 1'
.

it 'forwards signals to COMMAND' <<'.'
	target -p
	for signal in TERM HUP USR1; do
		spawn nsenter -t "$TARGET" -a -- sh -c \
			'trap "exit 9" $0; echo up; while :; do sleep 0.05; done' "$signal"
		wait_line "$OUT" up
		kill -s "$signal" "$PID"
		finished
		expect_status 9
	done
.

it 'stops and goes on with COMMAND' <<'.'
	target -p
	spawn nsenter -t "$TARGET" -a -- sh -c 'echo up; kill -STOP $$; exit 4'
	ours=$PID
	wait_for 'grep -q "^State:.*T (stopped)" "/proc/$ours/status"'
	kill -CONT "$ours"
	finished "$ours"
	expect_status 4
.

it 'takes COMMAND along when it is killed' <<'.'
	target -p
	spawn nsenter -t "$TARGET" -a -- sh -c "$block"
	wait_line "$OUT" ready
	child=$(cat "/proc/$PID/task/$PID/children")
	kill -KILL "$PID"
	waitgone ${child% }
.

it 'waits for COMMAND though the caller ignores SIGCHLD' <<'.'
	target -p
	run sh -c 'trap "" CHLD; nsenter -t "$0" -a -- sh -c "exit 6"' "$TARGET"
	expect_status 6
.

it 'leaves no fd of the caller in the mount or pid namespace' <<'.'
	target -mp --mount-proc
	run sh -c 'exec 5</ 6</etc/passwd; nsenter -t "$0" -a -- posture fd.' "$TARGET"
	expect_status 0
	expect_out --not '^fd\.[3-9]'
	run sh -c 'exec 5</ 6</etc/passwd; nsenter -t "$0" -a --keep-fd 6 -- posture fd.' "$TARGET"
	expect_out --match '^fd\.6'
	expect_out --not '^fd\.5'
.

it 'runs from a copy of the program that nobody can write, not dumpable' <<'.'
	target -p
	spawn nsenter -t "$TARGET" -a -- sh -c "$block"
	wait_line "$OUT" ready
	if [ "$(id -u)" = 0 ]; then
		case $(uname -r) in
		5.1[01].*) expect_eq "$(readlink "/proc/$PID/exe")" '/memfd:nskit (deleted)' ;; # no mount_setattr
		*) expect_eq "$(readlink "/proc/$PID/exe")" / ;;
		esac
		expect_eq "$(sh -c 'exec 3>>"$0"' "/proc/$PID/exe" 2>&1 | grep -c 'Read-only\|busy')" 1
	else
		expect_eq "$(ls -l "/proc/$PID/exe" 2>&1 | grep -c 'ermission denied')" 1
	fi
	# what is not dumpable belongs to root, who may be nobody in the user namespace of the capsule
	if [ "$(id -u)" != 0 ]; then expect_ne "$(stat -c %u "/proc/$PID/environ")" "$(id -u)"; fi
.

# One command line, both programs.
same() {
	run /usr/bin/nsenter "$@"
	theirs=$STATUS:$(cat "$OUT")
	run nsenter "$@"
	expect_eq "$STATUS:$(cat "$OUT")" "$theirs" "nsenter $*"
}

it 'answers as util-linux'"'"'s does' <<'.'
	[ -x /usr/bin/nsenter ] || skip 'no nsenter of util-linux'
	target -mpiunC --mount-proc
	P='posture ns. uid gid cwd signals.'
	[ -n "$A" ] || same -t "$TARGET" -a -- $P # theirs fails for an ordinary user
	for how in "$A $X -m" "$A $X --uts -n --ipc" "$A $X -m -p" "$A $X -C -u" "$A $X -p -F"; do
		same -t "$TARGET" $how -- $P
	done
	same -t "$TARGET" $A $X "--net=/proc/$TARGET/ns/net" -- readlink /proc/self/ns/net
	same -t "$TARGET" $A $X -m --wd=/usr -- pwd
	same -t "$TARGET" $A $X -m -W /usr -- pwd
	same -t "$TARGET" $A $X -m -r -w -- pwd
	same -t "$TARGET" $A $X -m echo -n a
.

finish
