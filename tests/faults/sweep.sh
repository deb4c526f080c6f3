# shellcheck shell=sh
# A sweep: a command once for each of its system calls, each time with another one of them at fault.
#
# What a user is promised, whichever call it was:
#   - COMMAND has run as ever, with its own status; or the status is 125 (126, 127: COMMAND could not be
#     executed) and a message says what and why.
#   - Nothing is left.  Where it was the undoing itself that failed, what could go has gone, and it has said
#     that the record stays for 'nskit state gc'; that leaves nothing then.
#   - After SIGKILL, of which nobody can say a word, gc leaves nothing.
#
#   sweep_count CMD…          a clean run; $T/calls then has a line `POINT COMM NAME` for each call. A POINT (see
#                             fault.c) is the same call in every run, also on a busy machine
#   sweep_points MOST [-e]    at most MOST of the points, evenly spread, and of a kind that a process calls again
#                             and again the first ten; NSK_FAULTS=all takes all of them, 2/8 every eighth from
#                             the second on; -e: without those that never fail, or whose failure is no event
#   sweep_kill POINT CMD…     SIGKILL to the process that makes this call; `sweep_kill -K POINT` to the first
#   sweep_error POINT ERRNO CMD…  the call fails: the promise but for what is left; without a message
#                             CMD has done what it does without a fault ($T/clean, through `sweep_filter`)
#   sweep_gone WHAT POINT     waits for the test's own `left` to print nothing: what is left after WHAT there
#   sweep_collect WHAT POINT  the same of a start with a record, after `nskit state gc` where it said so
#
# $SWEEP_COMM: the container's COMMAND, which is let alone.

SWEEP_COMM=none
# Of what a run prints, what must be the same in each.
sweep_filter() { cat; }
# Of posture's: all but the numbers that each start has of its own, and which of its two ways a device node
# came by. Sorted: mounts are listed by their ids, and init makes its own while the monitor makes others.
sweep_posture() {
	grep -v -e '^ns[.]' -e '^cgroup[.]' -e '^keyring ' -e '^mount[.].dev.[a-z]* .*devtmpfs' \
		-e '^pid ' -e '^env[.]' | sed 's/\( [/]null .*\) - .*/\1/' | sort
}

# The names of the numbers, from the kernel's headers.
sweep_names() {
	for _sweep_file in /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h; do
		[ ! -e "$_sweep_file" ] || break
	done
	sed -n 's/^#define __NR_\([a-z0-9_]*\)[[:blank:]]*\([0-9]*\)$/\2 \1/p' "$_sweep_file"
}

# Process by process, whatever order they came to run in; of a poll only the first round.
sweep_count() {
	run fault -c "$SWEEP_COMM" -l "$T/list" "$@"
	expect_status 0
	sweep_filter <"$OUT" >"$T/clean"
	sweep_names >"$T/names"
	sort -s -t : -k 1,1 "$T/list" | awk '
		NR == FNR { name[$1] = $2; next }
		{
			split($1, part, ":")
			call = (part[2] in name) ? name[part[2]] : part[2]
			if (again)
				again = 0
			else if (call ~ /nanosleep$/ && rounds[part[1]]++)
				again = 1
			else
				print $1, $2, call
		}' "$T/names" - >"$T/calls"
	CALLS=$(wc -l <"$T/calls")
	[ "$CALLS" -gt 10 ] || fail "only $CALLS calls were counted"
}

sweep_points() {
	awk -v most="$1" -v errors="${2:-}" -v all="${NSK_FAULTS:-}" '
		errors && $3 ~ /^(wait4|waitid|close|exit|exit_group|brk|mmap|munmap|mprotect|futex|umask|rt_sig.*)$/ { next }
		errors && $3 ~ /^(get(pid|ppid|tid|uid|euid|gid|egid|pgrp|pgid|sid)|arch_prctl|set_tid_address|capget)$/ { next }
		{ split($1, part, ":") }
		!all && part[3] > 10 { next }
		{ point[n++] = $1 }
		END {
			first = 0
			step = all == "all" || n <= most ? 1 : n / most
			if (split(all, slice, "/") == 2) {
				first = slice[1] - 1
				step = slice[2]
			}
			for (i = first; i < n; i += step)
				print point[int(i)]
		}' "$T/calls"
}

sweep_call() { awk -v point="$1" '$1 == point' "$T/calls"; }

# Time is for a machine that has other things to do: nothing here takes more than a second of its own.
sweep_fault() {
	run fault -c "$SWEEP_COMM" -t $((60 * ${NSK_SLOWER:-1})) "$@"
	case $STATUS in
	97 | 98) fail "status $STATUS, at $(sweep_call "$_sweep_point"): $(cat "$ERR")" ;;
	esac
}

sweep_kill() {
	_sweep_flag=-k
	[ "$1" != -K ] || {
		_sweep_flag=-K
		shift
	}
	_sweep_point=$1
	shift
	sweep_fault "$_sweep_flag" "$_sweep_point" "$@"
}

sweep_error() {
	_sweep_point=$1 _sweep_errno=$2
	shift 2
	sweep_fault -e "$_sweep_point:$_sweep_errno" "$@"
	_sweep_what="errno $_sweep_errno at $(sweep_call "$_sweep_point"): status $STATUS, $(cat "$ERR")"
	case $STATUS in
	0)
		sweep_filter <"$OUT" >"$T/now"
		cmp -s "$T/clean" "$T/now" ||
			fail "it has done something else; $_sweep_what" "$(diff "$T/clean" "$T/now")"
		;;
	99) ;; # a call that this run did not need, such as another round of a poll
	125 | 126 | 127) grep -Eq '^[a-z./:0-9]+: .*[a-z]' "$ERR" || fail "without a word; $_sweep_what" ;;
	*) fail "$_sweep_what" ;;
	esac
}

sweep_gone() {
	_sweep_tries=$((3000 * ${NSK_SLOWER:-1}))
	until [ -z "$(left)" ]; do
		_sweep_tries=$((_sweep_tries - 1))
		[ "$_sweep_tries" -gt 0 ] ||
			fail "left after $1 at $(sweep_call "$2"): $(left)" "status $STATUS, $(cat "$ERR")"
		sleep 0.01
	done
}

sweep_collect() {
	if grep -q "the record stays for 'nskit state gc'" "$ERR"; then
		nskit state gc || fail "gc after $1 at $(sweep_call "$2"): status $?"
	fi
	sweep_gone "$1" "$2"
}
