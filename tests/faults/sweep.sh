# shellcheck shell=sh
# A sweep: a command once for each of its system calls, each time with another one of them at fault.
#
#   sweep_count CMD…          a clean run; then $CALLS is their number, $T/calls a line `N COMM NAME` each
#   sweep_points MOST [-e]    their numbers, at most MOST of them and evenly spread; all of them where
#                             NSK_FAULTS=all; -e: without those that never fail, or whose failure is no event
#   sweep_kill N CMD…         SIGKILL to the process that makes the Nth call; `sweep_kill -K N` to the first
#   sweep_error N ERRNO CMD…  the Nth call fails: the command has failed with a message, or has done
#                             what it does without a fault ($T/clean, through `sweep_filter`)
#
#   sweep_gone WHAT N         waits for the test's own `left` to print nothing: what is left after WHAT at call N
#
# $SWEEP_COMM: the container's COMMAND, which is let alone. A test looks itself for what is left.

SWEEP_COMM=none
# Of what a run prints, what must be the same in each.
sweep_filter() { cat; }

# The names of the numbers, from the kernel's headers.
sweep_names() {
	for _sweep_file in /usr/include/*/asm/unistd_64.h /usr/include/asm-generic/unistd.h; do
		[ ! -e "$_sweep_file" ] || break
	done
	sed -n 's/^#define __NR_\([a-z0-9_]*\)[[:blank:]]*\([0-9]*\)$/\2 \1/p' "$_sweep_file"
}

sweep_count() {
	run fault -c "$SWEEP_COMM" -l "$T/list" "$@"
	expect_status 0
	sweep_filter <"$OUT" >"$T/clean"
	sweep_names >"$T/names"
	awk 'NR == FNR { name[$1] = $2; next } { print $1, $2, ($3 in name) ? name[$3] : $3 }' \
		"$T/names" "$T/list" >"$T/calls"
	CALLS=$(wc -l <"$T/calls")
	[ "$CALLS" -gt 10 ] || fail "only $CALLS calls were counted"
}

sweep_points() {
	awk -v most="$1" -v errors="${2:-}" -v all="${NSK_FAULTS:-}" '
		errors && $3 ~ /^(wait4|waitid|close|exit|exit_group|brk|mmap|munmap|mprotect|futex|umask|rt_sig.*)$/ { next }
		errors && $3 ~ /^(get(pid|ppid|tid|uid|euid|gid|egid|pgrp|pgid|sid)|arch_prctl|set_tid_address)$/ { next }
		{ point[n++] = $1 }
		END {
			step = all == "all" || n <= most ? 1 : n / most
			for (i = 0; i < n; i += step)
				print point[int(i)]
		}' "$T/calls"
}

# What the Nth call was in the clean run.
sweep_call() { sed -n "$1p" "$T/calls"; }

sweep_kill() {
	_sweep_flag=-k
	[ "$1" != -K ] || {
		_sweep_flag=-K
		shift
	}
	_sweep_n=$1
	shift
	run fault -c "$SWEEP_COMM" "$_sweep_flag" "$_sweep_n" "$@"
	case $STATUS in
	97 | 98) fail "killed at $(sweep_call "$_sweep_n"): $(cat "$ERR")" ;;
	esac
}

sweep_error() {
	_sweep_n=$1 _sweep_errno=$2
	shift 2
	run fault -c "$SWEEP_COMM" -e "$_sweep_n:$_sweep_errno" "$@"
	_sweep_what="errno $_sweep_errno at $(sweep_call "$_sweep_n"): status $STATUS, $(cat "$ERR")"
	case $STATUS in
	0)
		sweep_filter <"$OUT" >"$T/now"
		cmp -s "$T/clean" "$T/now" ||
			fail "it has done something else; $_sweep_what" "$(diff "$T/clean" "$T/now")"
		;;
	# a busy machine may count in another order
	99) ;;
	125 | 126 | 127) grep -Eq '^[a-z./:0-9]+: .*[a-z]' "$ERR" || fail "without a word; $_sweep_what" ;;
	*) fail "$_sweep_what" ;;
	esac
}

sweep_gone() {
	_sweep_tries=3000
	until [ -z "$(left)" ]; do
		_sweep_tries=$((_sweep_tries - 1))
		[ "$_sweep_tries" -gt 0 ] || fail "left after $1 at $(sweep_call "$2"): $(left)" "$(cat "$ERR")"
		sleep 0.01
	done
}
