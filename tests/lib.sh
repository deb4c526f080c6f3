# shellcheck shell=sh
# shellcheck disable=SC2030,SC2031 # a test's subshell is meant to keep its changes
# The test library. A test file sources it, states its facts with `it` and ends with `finish`;
# README.md beside this file is the manual. POSIX sh: dash, busybox ash, mksh and bash run it.
#
# How a test runs: its body, a string or a here-document, is evaluated in a subshell with `set -eu`,
# in $T, with its output in a file. A body fails by an expectation (which says why in a file of
# its own, so that it counts even where the shell ignores -e), or by any other command that fails.

LC_ALL=C
export LC_ALL
umask 022

NSK_TESTS=$(cd "$(dirname "$0")" && pwd)
_nsk_self=$NSK_TESTS/${0##*/}
[ -f "$NSK_TESTS/lib.sh" ] || NSK_TESTS=$(cd "$NSK_TESTS/.." && pwd)
NSK_ROOT=$(cd "$NSK_TESTS/.." && pwd)
NSK_BUILD=${NSK_BUILD:-$NSK_ROOT/build}
NSK_BIN=$NSK_BUILD/bin
NSK_TOOLS=$NSK_BUILD/tools
NSK_TEST_UID=${NSK_TEST_UID:-64321}
export NSK_TESTS NSK_ROOT NSK_BUILD NSK_BIN NSK_TOOLS NSK_TEST_UID
_nsk_file=${_nsk_self#"$NSK_ROOT/"}
_nsk_syspath=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
PATH=$NSK_BIN:$NSK_TOOLS:$_nsk_syspath
export PATH

_nsk_usage() {
	cat <<-END
		Usage: $_nsk_file [-r N[,N…]] [-x] [-v] [-l] [--user] [--no-capsule]
		  -r N[,N…]     run only these tests
		  -x            trace the bodies (shows their output)
		  -v            show the output of tests that pass, too
		  -l            list the tests
		  --user        run as an ordinary user
		  --no-capsule  run in the namespaces of the caller
	END
}

_nsk_only='' _nsk_trace='' _nsk_verbose='' _nsk_list='' _nsk_capsule_options=''
_nsk_parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		-r)
			_nsk_only=,${2:?"-r wants a number"},
			shift
			;;
		-x) _nsk_trace=1 _nsk_verbose=1 ;;
		-v) _nsk_verbose=1 ;;
		-l) _nsk_list=1 NSK_CAPSULE=none ;;
		--user) _nsk_capsule_options=--user ;;
		--no-capsule) NSK_CAPSULE=none ;;
		-h | --help)
			_nsk_usage
			exit 0
			;;
		*)
			_nsk_usage >&2
			exit 2
			;;
		esac
		shift
	done
}
_nsk_parse "$@"

# A file that is started by hand goes through the capsule too: a test never touches the machine.
if [ -z "${NSK_CAPSULE:-}" ]; then
	# shellcheck disable=SC2086 # NSK_SHELL may be two words: busybox ash
	exec "$NSK_TESTS/capsule" ${_nsk_capsule_options:+"$_nsk_capsule_options"} -- \
		${NSK_SHELL:-} "$_nsk_self" "$@"
fi
export NSK_CAPSULE

# _nsk_find NAME: the program's path in $_nsk_program. busybox ash prefers its own small versions of
# setpriv and unshare to what stands in PATH.
_nsk_find() {
	for _nsk_program in /usr/bin /bin /usr/sbin /sbin /usr/local/bin; do
		_nsk_program=$_nsk_program/$1
		[ ! -x "$_nsk_program" ] || return 0
	done
	_nsk_program=$1
}
_nsk_find setpriv
_nsk_setpriv=$_nsk_program
_nsk_find unshare
_nsk_unshare=$_nsk_program

# $T is the file's own; the library keeps its files beside it, so that $T starts empty.
_nsk_dir=$(mktemp -d "${TMPDIR:-/tmp}/nsk.XXXXXX") || exit 2
chmod 755 "$_nsk_dir"
T=$_nsk_dir/t
mkdir "$T" "$_nsk_dir/prereq"
OUT=$_nsk_dir/io/out.0 ERR=$_nsk_dir/io/err.0
_nsk_log=$_nsk_dir/log _nsk_why=$_nsk_dir/why _nsk_skip=$_nsk_dir/skip _nsk_cmd=$_nsk_dir/cmd
STATUS=0 PID=''
export T

_nsk_n=0 _nsk_failed=0 _nsk_finished='' _nsk_in_test='' _nsk_spawns=0 _nsk_kids='' _nsk_at_end=''

# Private temporary files go, unless something is mounted below them: rm would go through it.
_nsk_exit() {
	_nsk_rc=$?
	cd /
	if [ -z "$_nsk_finished" ]; then
		echo "# broken off: $_nsk_file ended before \`finish\` (status $_nsk_rc)"
		[ "$_nsk_rc" -ne 0 ] || _nsk_rc=1
	fi
	if grep -q " $_nsk_dir/" /proc/self/mountinfo 2>/dev/null; then
		echo "# residue: mount below $T"
		[ "$_nsk_rc" -ne 0 ] || _nsk_rc=1
	else
		rm -rf "$_nsk_dir"
	fi
	exit "$_nsk_rc"
}

# The time is over: what was it doing?
_nsk_hung() {
	[ -n "${_nsk_name:-}" ] || return 0
	echo "# hung: test $_nsk_n - $_nsk_name"
	_nsk_last
	_nsk_show stdout "$OUT"
	_nsk_show stderr "$ERR"
	_nsk_show output "$_nsk_log"
}
trap _nsk_exit EXIT
trap 'exit 130' INT
trap '_nsk_hung; exit 143' TERM

# ---- stating facts --------------------------------------------------------------------------

# it NAME [BODY]: one fact. Without BODY (or with -) it is read from stdin: it 'NAME' <<'.'
it() {
	_nsk_n=$((_nsk_n + 1))
	_nsk_name=$1
	if [ $# -ge 2 ] && [ "$2" != - ]; then
		_nsk_body=$2
	else
		_nsk_body=$(cat)
	fi
	[ -n "$_nsk_body" ] || _nsk_body='fail "this test has no body"'
	if [ -n "$_nsk_list" ]; then
		echo "$_nsk_n $_nsk_name"
		return 0
	fi
	if [ -n "$_nsk_only" ]; then
		case $_nsk_only in
		*,$_nsk_n,*) ;;
		*) return 0 ;;
		esac
	fi
	rm -rf "$_nsk_dir/io"
	mkdir "$_nsk_dir/io"
	_nsk_output 0
	rm -f "$_nsk_why" "$_nsk_skip" "$_nsk_cmd"
	_nsk_flags=$-
	set +e
	# Not a function: the redirections of one would hold for this shell's traps, too.
	(
		_nsk_in_test=1
		cd "$T" || exit 1
		trap _nsk_test_exit EXIT
		set -eu
		[ -z "$_nsk_trace" ] || set -x
		eval "$_nsk_body"
	) </dev/null >"$_nsk_log" 2>&1
	_nsk_rc=$?
	case $_nsk_flags in *e*) set -e ;; esac
	_nsk_verdict "$_nsk_rc"
	return 0
}

# What a body left running is killed, and what it registered with at_end is done, last first.
_nsk_test_exit() {
	_nsk_rc=$?
	set +ex
	trap - EXIT
	[ -z "$_nsk_at_end" ] || eval "$_nsk_at_end"
	for _nsk_kid in $_nsk_kids; do
		kill -KILL "${_nsk_kid%:*}" 2>/dev/null
		wait "${_nsk_kid%:*}" 2>/dev/null
	done
	if [ "$_nsk_rc" -ne 0 ] || [ -s "$_nsk_why" ]; then _nsk_undo; fi
	exit "$_nsk_rc"
}

# A test that failed may have left containers: what they have made outside must not make the next ones
# fail, too.
_nsk_undo() {
	[ "$NSK_CAPSULE" = 1 ] || return 0
	for _nsk_record in "${XDG_RUNTIME_DIR:-/run}"/nskit/*/; do
		_nsk_record=${_nsk_record%/}
		[ ! -e "$_nsk_record/pid" ] || timeout 10 nskit state stop --time 1s "${_nsk_record##*/}"
	done
	timeout 10 nskit state gc
	[ ! -d "$NSK_RUNTIME/nskit" ] || as_user timeout 10 nskit state gc
} >/dev/null 2>&1

_nsk_verdict() {
	if [ -s "$_nsk_why" ]; then
		_nsk_not_ok
	elif [ -s "$_nsk_skip" ]; then
		if [ "$(sed -n 1p "$_nsk_skip")" = fail ]; then
			{
				echo "a prerequisite that can be had is missing:"
				sed 1d "$_nsk_skip"
			} >"$_nsk_why"
			_nsk_not_ok
		else
			echo "ok $_nsk_n - $_nsk_name # SKIP $(sed 1d "$_nsk_skip")"
		fi
	elif [ "$1" -ne 0 ]; then
		echo "the body ended with status $1" >"$_nsk_why"
		_nsk_not_ok
	else
		echo "ok $_nsk_n - $_nsk_name"
		[ -z "$_nsk_verbose" ] || _nsk_show output "$_nsk_log"
	fi
}

# A failing test shows itself: its text, why, the last command with what came, how to run it again.
_nsk_not_ok() {
	_nsk_failed=$((_nsk_failed + 1))
	echo "not ok $_nsk_n - $_nsk_name"
	echo '# test:'
	printf '%s\n' "$_nsk_body" | sed 's/^/#    /'
	_nsk_show why "$_nsk_why"
	if [ -f "$_nsk_cmd" ]; then
		_nsk_last
		echo "# command: $(sed 1,2d "$_nsk_cmd" | _nsk_quote)"
		echo "# status: $STATUS"
		_nsk_show stdout "$OUT"
		_nsk_show stderr "$ERR"
	fi
	_nsk_show output "$_nsk_log"
	_nsk_again=''
	[ "${NSK_ROLE:-}" != user ] || [ -n "${NSK_CALLER_USER:-}" ] || _nsk_again=' --user'
	[ -z "${NSK_SHELL:-}" ] || _nsk_again="$_nsk_again (with NSK_SHELL=\"$NSK_SHELL\")"
	echo "# again: $_nsk_file -r $_nsk_n$_nsk_again"
}

# _nsk_show TITLE FILE: as a comment, bounded, so that a flood does not bury the reason.
_nsk_show() {
	[ -s "$2" ] || return 0
	_nsk_lines=$(($(wc -l <"$2")))
	echo "# $1:"
	if [ "$_nsk_lines" -gt 80 ]; then
		sed -n '1,40s/^/#    /p' "$2"
		echo "#    ($((_nsk_lines - 60)) lines left out)"
		tail -n 20 "$2" | sed 's/^/#    /'
	else
		# The last line may lack its newline; sed alone would glue the next comment to it.
		_nsk_text=$(sed 's/^/#    /' "$2")
		printf '%s\n' "$_nsk_text"
	fi
}

# Lines, one argument each, to one line that a shell reads back.
_nsk_quote() {
	awk '{
		if ($0 == "" || $0 ~ /[^A-Za-z0-9_.,:=\/@%+-]/) {
			gsub(/\047/, "\047\\\047\047")
			$0 = "\047" $0 "\047"
		}
		printf "%s%s", sep, $0
		sep = " "
	} END { print "" }'
}

# The last line of a file. Without it the file counts as broken off.
finish() {
	_nsk_finished=1
	[ -z "$_nsk_list" ] || exit 0
	echo "1..$_nsk_n"
	[ "$_nsk_failed" -eq 0 ] || exit 1
	exit 0
}

# fail TEXT…: one line each
fail() {
	printf '%s\n' "$@" >>"$_nsk_why"
	exit 1
}

# skip REASON: inside a test it skips the test, outside all of the file.
skip() { _nsk_skip_as skip "$*"; }

_nsk_skip_as() {
	if [ -n "$_nsk_in_test" ]; then
		printf '%s\n' "$1" "$2" >"$_nsk_skip"
		exit 0
	fi
	_nsk_finished=1
	[ -z "$_nsk_list" ] || exit 0
	if [ "$1" = fail ]; then
		echo "not ok 1 - all of the file"
		echo "# why: a prerequisite that can be had is missing: $2"
		echo 1..1
		exit 1
	fi
	echo "1..0 # SKIP $2"
	exit 0
}

# at_end 'COMMANDS': when this test ends, however it does; the last registered goes first.
at_end() {
	_nsk_at_end="$1
$_nsk_at_end"
}

# ---- running commands -----------------------------------------------------------------------

# _nsk_note STATUS NUMBER COMMAND…: the last command, in a file: known outside of a pipeline, too.
# NUMBER tells which files hold its output: 0 those of run, others one spawn's each.
_nsk_note() {
	printf '%s\n' "$@" >"$_nsk_cmd"
}

# Sets STATUS, OUT and ERR to the last command's.
_nsk_last() {
	[ -f "$_nsk_cmd" ] || return 0
	{
		read -r STATUS
		read -r _nsk_number
	} <"$_nsk_cmd"
	_nsk_output "$_nsk_number"
}

_nsk_output() { OUT=$_nsk_dir/io/out.$1 ERR=$_nsk_dir/io/err.$1; }

# run CMD…: stdout → $OUT, stderr → $ERR, status → $STATUS. Never aborts. stdin is the caller's.
run() {
	_nsk_output 0
	STATUS=0
	"$@" >"$OUT" 2>"$ERR" || STATUS=$?
	_nsk_output 0 # a function may have run others
	_nsk_note "$STATUS" 0 "$@"
}

# spawn CMD…: in the background with default signals (a shell ignores INT and QUIT for its
# background jobs); stdout → $OUT, stderr → $ERR, files of its own; its pid → $PID. Killed at the
# test's end.
spawn() {
	_nsk_spawns=$((_nsk_spawns + 1))
	_nsk_output "$_nsk_spawns"
	: >"$OUT" 2>"$ERR"
	fresh "$@" >>"$OUT" 2>>"$ERR" &
	PID=$!
	_nsk_kids="$PID:$_nsk_spawns $_nsk_kids"
	_nsk_note running "$_nsk_spawns" "$@"
}

# finished [PID]: waits for what spawn started; sets $STATUS, $OUT and $ERR to what it left.
finished() {
	_nsk_pid=${1:-$PID}
	STATUS=0
	wait "$_nsk_pid" || STATUS=$?
	_nsk_rest=''
	for _nsk_kid in $_nsk_kids; do
		case $_nsk_kid in
		"$_nsk_pid":*) _nsk_note "$STATUS" "${_nsk_kid#*:}" "(spawned as $_nsk_pid)" ;;
		*) _nsk_rest="$_nsk_kid $_nsk_rest" ;;
		esac
	done
	_nsk_kids=$_nsk_rest
	_nsk_last
}

# as_user CMD…: as an ordinary user with a home and a runtime directory of its own.
as_user() {
	if [ "$(id -u)" -ne 0 ]; then
		"$@"
		return
	fi
	if [ "$NSK_CAPSULE" = 1 ]; then
		_nsk_home=$NSK_HOME _nsk_run=$NSK_RUNTIME
	else
		_nsk_home=$_nsk_dir/home _nsk_run=$_nsk_dir/runtime
		[ -d "$_nsk_run" ] || mkdir -m 700 "$_nsk_home" "$_nsk_run"
		chown "$NSK_TEST_UID:$NSK_TEST_UID" "$_nsk_home" "$_nsk_run"
	fi
	HOME=$_nsk_home XDG_RUNTIME_DIR=$_nsk_run "$_nsk_setpriv" --reuid="$NSK_TEST_UID" \
		--regid="$NSK_TEST_UID" --clear-groups --inh-caps=-all "$@"
}

# must_fail CMD…: fails by itself: neither 0, nor a signal's status, nor a command not found.
must_fail() {
	run "$@"
	case $STATUS in
	0) fail "it succeeded, but must fail: $*" ;;
	126 | 127) fail "it could not be run (status $STATUS): $*" ;;
	esac
	[ "$STATUS" -le 128 ] || fail "it died by signal $((STATUS - 128)): $*"
}

# wait_for 'CONDITION' [SECONDS]: polls, for where there is no event to wait for. 10 s by default,
# times NSK_SLOWER.
wait_for() {
	_nsk_ticks=$((${2:-10} * ${NSK_SLOWER:-1} * 100))
	until eval "$1"; do
		_nsk_ticks=$((_nsk_ticks - 1))
		[ "$_nsk_ticks" -gt 0 ] || fail "not true after ${2:-10} s: $1"
		sleep 0.01
	done
}

# wait_line FILE RE [SECONDS]
wait_line() {
	_nsk_wait_file=$1 _nsk_wait_re=$2
	# shellcheck disable=SC2016 # evaluated by wait_for
	wait_for 'grep -Eq -e "$_nsk_wait_re" "$_nsk_wait_file" 2>/dev/null' "${3:-10}"
}

# ---- expectations ---------------------------------------------------------------------------

# Each looks at the last command, even where it ran in a subshell of the body, as in a pipeline.
expect_status() {
	_nsk_last
	[ "$STATUS" = "$1" ] || fail "status: expected $1, got $STATUS"
}

# expect_out TEXT | --match RE | --has TEXT | --not RE     (of the last command's stdout)
expect_out() {
	_nsk_last
	_nsk_expect_text stdout "$OUT" "$@"
}

expect_err() {
	_nsk_last
	_nsk_expect_text stderr "$ERR" "$@"
}

expect_no_out() {
	_nsk_last
	[ ! -s "$OUT" ] || fail 'stdout: expected nothing'
}

expect_no_err() {
	_nsk_last
	[ ! -s "$ERR" ] || fail 'stderr: expected nothing'
}

# expect_file FILE TEXT | --match RE | --has TEXT | --not RE
expect_file() {
	[ -r "$1" ] || fail "$1: cannot be read"
	_nsk_target=$1
	shift
	_nsk_expect_text "$_nsk_target" "$_nsk_target" "$@"
}

# _nsk_expect_text WHAT FILE HOW…
_nsk_expect_text() {
	case $3 in
	--match | --regex)
		grep -Eq -e "$4" "$2" || _nsk_differs "$1" "$2" "a line matching /$4/"
		;;
	--has)
		grep -Fq -e "$4" "$2" || _nsk_differs "$1" "$2" "a line with \"$4\""
		;;
	--not)
		! grep -Eq -e "$4" "$2" || _nsk_differs "$1" "$2" "no line matching /$4/"
		;;
	*)
		[ "$(cat "$2")" = "$3" ] || _nsk_differs "$1" "$2" "$3"
		;;
	esac
}

_nsk_differs() {
	{
		echo "$1: expected:"
		printf '%s\n' "$3" | sed 's/^/   /'
		case $2 in
		"$OUT" | "$ERR") [ -s "$2" ] || echo 'got nothing' ;; # shown below
		*) echo "$1: got:" && sed -n '1,40s/^/   /p' "$2" ;;
		esac
	} >>"$_nsk_why"
	exit 1
}

# expect_lines N [FILE]
expect_lines() {
	_nsk_last
	_nsk_lines=$(($(wc -l <"${2:-$OUT}")))
	[ "$_nsk_lines" -eq "$1" ] ||
		_nsk_differs "${2:-stdout}" "${2:-$OUT}" "$1 lines (there are $_nsk_lines)"
}

# expect_eq GOT WANTED [WHAT], expect_ne GOT UNWANTED [WHAT]
expect_eq() {
	[ "$1" = "$2" ] || fail "${3:-value}: expected \"$2\", got \"$1\""
}

expect_ne() {
	[ "$1" != "$2" ] || fail "${3:-value}: expected anything but \"$2\""
}

expect_missing() {
	for _nsk_path; do
		if [ -e "$_nsk_path" ] || [ -L "$_nsk_path" ]; then
			fail "$_nsk_path: expected to be missing"
		fi
	done
}

expect_exists() {
	for _nsk_path; do
		[ -e "$_nsk_path" ] || fail "$_nsk_path: expected to exist"
	done
}

# value KEY [FILE]: of a line `KEY VALUE`, as the tool posture prints them.
value() {
	awk -v k="$1" '$1 == k { sub(/^[^ ]+ ?/, ""); print }' "${2:-$OUT}"
}

# expect_value KEY WANTED [FILE]
expect_value() {
	_nsk_last
	_nsk_got=$(value "$1" "${3:-$OUT}")
	[ "$_nsk_got" = "$2" ] || fail "$1: expected \"$2\", got \"$_nsk_got\""
}

# expect_refusal RE: nskit's own failure. Status 125, nothing on stdout, a message that matches, and
# each line of it with its applet in front.
expect_refusal() {
	expect_status 125
	expect_no_out
	expect_err --match "$1"
	! grep -Evq '^[a-z]+: |^[^ ]+:[0-9]+: ' "$ERR" || fail 'stderr: a line that names no applet'
}

# ---- prerequisites --------------------------------------------------------------------------

# skip_unless NAME…: in a test or at the top of a file.
skip_unless() {
	for _nsk_want; do
		if ! prereq "$_nsk_want"; then
			_nsk_skip_as "$(_nsk_skip_kind "$_nsk_want")" \
				"$(sed -n 3p "$_nsk_dir/prereq/$_nsk_want")"
		fi
	done
}

# Under NSK_CI=1 only a kernel that lacks something excuses, and `root` where the same file runs as
# root too.
_nsk_skip_kind() {
	case ${NSK_CI:-0}:$(sed -n 2p "$_nsk_dir/prereq/$1"):${NSK_BOTH_ROLES:-0} in
	1:kernel:* | 1:caller:1) echo skip ;;
	1:*) echo fail ;;
	*) echo skip ;;
	esac
}

# prereq NAME: has it? Probed when first asked, remembered for the file.
prereq() {
	_nsk_memo=$_nsk_dir/prereq/$1
	if [ ! -f "$_nsk_memo" ]; then
		_nsk_kind=kernel _nsk_reason="no $1"
		if (_nsk_probe "$1") >/dev/null 2>&1 </dev/null; then _nsk_has=yes; else _nsk_has=no; fi
		_nsk_describe "$1"
		printf '%s\n' "$_nsk_has" "$_nsk_kind" "$_nsk_reason" >"$_nsk_memo"
	fi
	[ "$(sed -n 1p "$_nsk_memo")" = yes ]
}

# define_prereq NAME KIND REASON 'PROBE': one of the file's own; KIND: caller, package or kernel.
define_prereq() {
	if (eval "$4") >/dev/null 2>&1 </dev/null; then _nsk_has=yes; else _nsk_has=no; fi
	printf '%s\n' "$_nsk_has" "$2" "$3" >"$_nsk_dir/prereq/$1"
}

# New namespaces for a probe, as root or as anyone.
_nsk_unshare() {
	if [ "$(id -u)" -eq 0 ]; then "$_nsk_unshare" "$@"; else "$_nsk_unshare" -Ur "$@"; fi
}

_nsk_link() { _nsk_unshare -n ip link add nskp0 type "$@"; }

_nsk_probe() {
	case $1 in
	root) [ "$(id -u)" -eq 0 ] ;;
	ordinary) [ "$(id -u)" -ne 0 ] ;;
	user) as_user true ;;
	capsule) [ "$NSK_CAPSULE" = 1 ] ;;
	tools) [ -x "$NSK_TOOLS/posture" ] && [ -x "$NSK_TOOLS/pty" ] ;;
	userns) as_user "$_nsk_unshare" -U true ;;
	timens) _nsk_unshare -T true ;;
	cgroup_v1) cgroup_dir memory || cgroup_dir pids || cgroup_dir cpu ;;
	cgroup_v2) cgroup_dir unified ;;
	cgroup) _nsk_probe_cgroup memory || _nsk_probe_cgroup pids || _nsk_probe_cgroup unified ;;
	cgroup_kill) [ -e "$(cgroup_dir unified)/cgroup.kill" ] || _nsk_probe_v2_file cgroup.kill ;;
	psi) cat "$(cgroup_dir unified)/memory.pressure" ;;
	controller_*)
		_nsk_probe_cgroup "${1#controller_}" ||
			grep -qw "${1#controller_}" "$(cgroup_dir unified)/cgroup.controllers"
		;;
	veth) _nsk_link veth peer name nskp1 ;;
	bridge | dummy) _nsk_link "$1" ;;
	macvlan | macvtap | ipvlan | vlan | vxlan | wireguard) _nsk_probe_upper "$1" ;;
	overlay) _nsk_probe_overlay ;;
	nft) _nsk_unshare -n nft add table inet nskprobe ;;
	newuidmap) command -v newuidmap && grep -q "^$(_nsk_login):" /etc/subuid ;;
	strace) strace -o /dev/null true ;;
	seccomp) grep -q '^Seccomp:' /proc/self/status ;;
	landlock) grep -q landlock /sys/kernel/security/lsm ;;
	apparmor) grep -q Y /sys/module/apparmor/parameters/enabled ;;
	selinux) [ -e /sys/fs/selinux/enforce ] ;;
	busybox) busybox true ;;
	busybox_static) _nsk_static_busybox ;;
	cmd_*) command -v "${1#cmd_}" ;;
	*) command -v "$1" ;;
	esac
}

_nsk_describe() {
	case $1 in
	root) _nsk_kind=caller _nsk_reason='needs root' ;;
	ordinary) _nsk_kind=caller _nsk_reason='needs an ordinary user' ;;
	user) _nsk_kind=caller _nsk_reason='cannot become an ordinary user' ;;
	capsule) _nsk_kind=caller _nsk_reason='not in a capsule of private namespaces' ;;
	tools) _nsk_kind=package _nsk_reason='the test tools are not built' ;;
	userns) _nsk_reason='user namespaces are refused to ordinary users' ;;
	cgroup_v1 | cgroup_v2) _nsk_reason="no ${1#cgroup_} cgroup mounted" ;;
	cgroup | controller_*) _nsk_describe_cgroup "$1" ;;
	veth | bridge | dummy | macvlan | macvtap | ipvlan | vlan | vxlan | wireguard) _nsk_describe_link "$1" ;;
	overlay) _nsk_reason='overlay cannot be mounted' ;;
	nft) _nsk_kind=package _nsk_reason='nft does not work' ;;
	newuidmap) _nsk_kind=package _nsk_reason='no newuidmap, or no subordinate ids' ;;
	busybox_static) _nsk_kind=package _nsk_reason='no static busybox' ;;
	strace) _nsk_kind=package _nsk_reason='strace does not work' ;;
	cgroup_kill | psi | timens | seccomp | landlock | apparmor | selinux) ;;
	cmd_*) _nsk_kind=package _nsk_reason="no ${1#cmd_} installed" ;;
	*) _nsk_kind=package _nsk_reason="no $1 installed" ;;
	esac
}

# An ordinary user has no cgroup; root has what the kernel has.
_nsk_describe_cgroup() {
	case $(id -u):$1 in
	0:cgroup) _nsk_reason='no cgroup can be made' ;;
	0:*) _nsk_reason="no cgroup controller ${1#controller_}" ;;
	*) _nsk_kind=caller _nsk_reason='no cgroup for an ordinary user' ;;
	esac
}

_nsk_describe_link() {
	_nsk_reason="no $1 links"
	command -v ip >/dev/null || _nsk_kind=package _nsk_reason='no ip installed'
}

_nsk_probe_cgroup() {
	_nsk_group=$(cgroup_dir "$1")/nskit-probe.$$ || return 1
	mkdir "$_nsk_group" && rmdir "$_nsk_group"
}

_nsk_probe_v2_file() {
	_nsk_group=$(cgroup_dir unified)/nskit-probe.$$ || return 1
	mkdir "$_nsk_group" || return 1
	_nsk_rc=0
	[ -e "$_nsk_group/$1" ] || _nsk_rc=1
	rmdir "$_nsk_group"
	return "$_nsk_rc"
}

_nsk_probe_upper() {
	_nsk_more=''
	case $1 in
	vlan) _nsk_more='id 5' ;;
	vxlan) _nsk_more='id 5 dstport 4789' ;;
	wireguard)
		_nsk_link wireguard
		return
		;;
	esac
	# shellcheck disable=SC2016 # expanded inside
	_nsk_unshare -n sh -c 'ip link add nskp0 type veth peer name nskp1 &&
		ip link add nskp2 link nskp0 type $1 $2' sh "$1" "$_nsk_more"
}

_nsk_probe_overlay() {
	mkdir -p "$_nsk_dir/ovl"
	# shellcheck disable=SC2016 # expanded inside
	_nsk_unshare -m sh -c 'mount -t tmpfs t "$1" && cd "$1" && mkdir l u w m &&
		mount -t overlay -o lowerdir=l,upperdir=u,workdir=w o m' sh "$_nsk_dir/ovl"
}

_nsk_static_busybox() {
	_nsk_bb=$(command -v busybox) || return 1
	! grep -aq '/ld-[a-z0-9-]*\.so' "$_nsk_bb"
}

_nsk_login() {
	awk -F: -v u="$(if [ "$(id -u)" -eq 0 ]; then echo "$NSK_TEST_UID"; else id -u; fi)" \
		'$3 == u { print $1; exit }' /etc/passwd
}

# cgroup_dir CONTROLLER|unified: the caller's own group there, as a directory, below which a relative
# path of ours lies; the leaf where its processes are set aside does not count. 1 = none.
cgroup_dir() {
	awk -v want="$1" -f "$NSK_TESTS/tools/own-cgroups.awk" /proc/self/cgroup /proc/self/mountinfo |
		_nsk_first_dir
}

# cgroups_left: every group of ours below the caller's own, in any hierarchy; the leaf is none.
cgroups_left() {
	for _nsk_controller in memory pids cpu freezer unified; do
		_nsk_above=$(cgroup_dir "$_nsk_controller" 2>/dev/null) || continue
		find "$_nsk_above" -mindepth 1 -maxdepth 1 -type d -name 'nskit*' ! -name nskit.leaf
	done
}

_nsk_first_dir() {
	while IFS=' ' read -r _nsk_controllers _nsk_group; do
		if [ -d "$_nsk_group" ]; then
			echo "${_nsk_group%/nskit.leaf}"
			return 0
		fi
	done
	return 1
}
