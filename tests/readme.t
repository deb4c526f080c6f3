#!/bin/sh
# README.md tells the truth: each block that can be pasted is run, what it names is there.
# run as: root user
# timeout: 180
. "$(dirname "$0")/lib.sh"

readme=$NSK_ROOT/README.md

# Every block between ```sh and ``` becomes block.N, with the heading or paragraph above it in title.N.
awk -v dir="$T/" '
	/^```sh$/ { n++; inside = 1; print title >(dir "title." n); next }
	/^```/ { inside = 0; next }
	inside { print >(dir "block." n) }
	!inside && /^\*\*/ { title = $0; sub(/^\*\*/, "", title); sub(/\.?\*\*.*/, "", title) }
	!inside && /^#/ { title = $0; sub(/^#+ */, "", title) }
' "$readme"

it 'has the session, where the commands are, and six recipes' <<'.'
	expect_eq "$(head -n 1 "$T/block.1")" 'make demo'
	expect_eq "$(cat "$T/block.2")" 'PATH=$PWD/build/bin:$PATH'
	expect_exists "$T/block.8"
	expect_missing "$T/block.9"
.

# What they say afterwards, by number: a pattern that their output must match.
expected() {
	case $1 in
	1) echo '^Left behind: nothing' ;;
	3) echo '^0$' ;;
	4) echo '^[0-9]+$' ;;
	5) echo ' 0% packet loss' ;;
	6) echo '^it works$' ;;
	7) echo '^nsinit$' ;;
	8) echo '^status 7$' ;;
	esac
}

# A block may need root, and what its recipe stands on.
may_run() {
	! grep -q '^# as root' "$1" || skip_unless root
	prereq root || skip_unless userns
	! grep -q cgroup "$1" || skip_unless controller_memory controller_pids controller_cpu
	! grep -q service.ini "$1" || skip_unless overlay veth bridge controller_memory controller_pids
	! grep -q web.ini "$1" || skip_unless overlay veth bridge nft cmd_busybox
	! grep -q '^ping' "$1" || skip_unless ping
	! grep -q 'make demo' "$1" || prereq ordinary || skip_unless overlay veth bridge controller_memory
}

for block in "$T"/block.*; do
	n=${block##*.}
	[ "$n" != 2 ] || continue
	it "$(cat "$T/title.$n"): can be pasted" <<'.'
		may_run "$block"
		at_end 'rm -rf /tmp/hello /tmp/nskit-*.log'
		# the demo itself: its set-up and build have been done for the tests
		sed 's|^make demo$|scripts/dev/demo|' "$block" >"$T/pasted"
		cd "$NSK_ROOT"
		run sh -eu "$T/pasted"
		expect_status 0
		expect_out --match "$(expected "$n")"
.
done

it 'every file and directory that it links to is there' <<'.'
	sed 's/](/\n](/g' "$readme" | sed -n 's/^](\([^)]*\)).*/\1/p' | while read -r link; do
		[ -e "$NSK_ROOT/$link" ] || fail "$link is not there"
	done
.

it 'its table has every applet, and no other' <<'.'
	sed -n '/^## Applets/,/^## Exit/s/^| `\([a-z]*\)` |.*/\1/p' "$readme" | sort >told
	{ nskit --list && echo nskit; } | sort >there
	run diff told there
	expect_status 0
.

it 'nsctl has the commands that it names' <<'.'
	sed -n 's/^- `nsctl \(.*\)` looks.*/\1/p' "$readme" | tr -d '|' | tr -s ' ' '\n' >told
	expect_lines 11 told
	nsctl --help >help
	while read -r command; do
		grep -q "^  $command\|, $command" help || fail "nsctl has no $command"
	done <told
.

it 'the READMEs of applets and libshared name every file' <<'.'
	for file in "$NSK_ROOT"/libshared/*.[ch]; do
		name=${file##*/}
		stem=${name%.*}
		grep -q "\`$stem\(\.[ch]\)\{0,1\}\`\|\`$name\`" "$NSK_ROOT/libshared/README.md" || fail "libshared: $name"
	done
	for file in "$NSK_ROOT"/applets/*/*.c; do
		name=${file##*/}
		dir=${file%/*}
		grep "^| \`${dir##*/}/\`" "$NSK_ROOT/applets/README.md" | grep -q "\`${name%.c}\`" ||
			fail "applets: ${dir##*/}/$name"
	done
.

finish
