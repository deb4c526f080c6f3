#!/bin/sh
# nsrun and nsctl as scripts: options, every shell, words that a shell might take for its own.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless userns

if [ "$(id -u)" = 0 ]; then ROOT=/run/nskit; else ROOT=$XDG_RUNTIME_DIR/nskit; fi
cat >"$T/web.ini" <<END
[rootfs]
path = /
[exec]
command = sh -c "echo of the file"
END

for shell in dash 'busybox ash' mksh bash; do
	command -v "${shell% *}" >/dev/null || continue
	it "passes words on whole under $shell" <<'.'
		run $shell "$NSK_BIN/nsrun" "$T/web.ini" printf '<%s>' 'a b' '' '$(id)' '`id`' ';' '*' '"' "'" 'c
d' -n -o --
		expect_status 0
		expect_no_err
		expect_out '<a b><><$(id)><`id`><;><*><"><'"'"'><c
d><-n><-o><-->'
.
	it "puts -o lines before COMMAND under $shell" <<'.'
		run $shell "$NSK_BIN/nsrun" -o 'exec.env=A=1 $(id) "' -n one -o exec.env=B=2 "$T/web.ini" -- \
			sh -c 'echo "$A|$B|$1|$2"' sh -o x.y=z
		expect_status 0
		expect_out '1 $(id) "|2|-o|x.y=z'
.
	it "answers to wrong words with 125 under $shell" <<'.'
		for words in '' -n -o -x "-n x"; do
			run $shell "$NSK_BIN/nsrun" $words
			expect_refusal nsrun
		done
		run $shell "$NSK_BIN/nsrun" ''
		expect_refusal 'CONFIG is empty'
		run $shell "$NSK_BIN/nsrun" -n '' "$T/web.ini"
		expect_refusal 'name cannot be empty'
		for words in '' frobnicate state 'pause' 'pause a b' 'stat --json' '--state-dir'; do
			run $shell "$NSK_BIN/nsctl" $words
			expect_refusal 'nsctl|nskit'
		done
		expect_missing "$ROOT"
.
	it "lists, enters and stops under $shell" <<'.'
		run $shell "$NSK_BIN/nsrun" -d -n web "$T/web.ini" sleep 1000
		expect_status 0
		at_end 'nsctl stop -t 0 web >/dev/null 2>&1 || :'
		run $shell "$NSK_BIN/nsctl" list
		expect_out --match '^web +running '
		run $shell "$NSK_BIN/nsctl" exec web printf '<%s>' 'a  b' '' '$(id)' '*'
		expect_out '<a  b><><$(id)><*>'
		run $shell "$NSK_BIN/nsctl" stop -t 0 web
		expect_status 0
		expect_missing "$ROOT"
.
done

it 'runs nothing that PATH, ENV, IFS or a function of the caller names' <<'.'
	mkdir "$T/evil"
	for name in nsexec nskit printf cat sh; do
		printf '#!/bin/sh\necho evil >&2\n' >"$T/evil/$name"
		chmod 755 "$T/evil/$name"
	done
	echo 'echo evil >&2' >"$T/evil/env"
	run env PATH="$T/evil" ENV="$T/evil/env" BASH_ENV="$T/evil/env" IFS=/n CDPATH="$T/evil" \
		"$NSK_BIN/nsrun" "$T/web.ini"
	expect_status 0
	expect_out 'of the file'
	expect_no_err
	run env PATH="$T/evil" ENV="$T/evil/env" BASH_ENV="$T/evil/env" IFS=/n "$NSK_BIN/nsctl" list
	expect_status 0
	expect_no_err
.

it 'runs the command of the file, or the one it is given' <<'.'
	run nsrun "$T/web.ini"
	expect_out 'of the file'
	run nsrun "$T/web.ini" -- echo 'of the line'
	expect_out 'of the line'
.

it 'passes on the status of COMMAND' <<'.'
	run nsrun "$T/web.ini" sh -c 'exit 7'
	expect_status 7
	run nsrun "$T/web.ini" sh -c 'kill -9 $$'
	expect_status 137
	run nsrun "$T/web.ini" nothing-of-this-name
	expect_status 127
	run nsrun "$T/web.ini" /etc/passwd
	expect_status 126
	expect_missing "$ROOT"
.

it 'reads its file from standard input' <<'.'
	run nsrun -n web - echo in <"$T/web.ini"
	expect_status 0
	expect_out in
.

it 'finds a file beside itself, and one of a link to it in PATH' <<'.'
	cp "$T/web.ini" "$T/other.ini"
	run nsrun other.ini echo here
	expect_out here
	run nsrun other echo here
	expect_refusal other
	ln -s "$NSK_BIN/nsrun" "$T/linked"
	mkdir "$T/bin"
	ln -s "$NSK_BIN/nsrun" "$T/bin/nsrun"
	for name in nsexec nskit nsinit nsnet nscgroup; do ln -s "$NSK_BIN/$name" "$T/bin/$name"; done
	run "$T/bin/nsrun" other.ini echo here
	expect_out here
.

it 'finds a file of the system by its name, with and without .ini' <<'.'
	mkdir -p "$T/etc/nskit"
	cp "$T/web.ini" "$T/etc/nskit/shared.ini"
	sed 's|"[^"]*/nskit/\$config|"'"$T"'/etc/nskit/$config|g' "$NSK_BIN/nsrun" >"$T/nsrun"
	chmod 755 "$T/nsrun"
	ln -sf "$NSK_BIN/nsexec" "$T/nsexec"
	for name in shared shared.ini; do
		run "$T/nsrun" "$name" hostname
		expect_out shared
	done
	run "$T/nsrun" ./shared hostname
	expect_refusal shared
.

it 'names the container by the file, unless -n does' <<'.'
	run nsrun "$T/web.ini" hostname
	expect_out web
	run nsrun -n other "$T/web.ini" hostname
	expect_out other
.

it 'tells how it is used' <<'.'
	for script in nsrun nsctl; do
		run "$script" --help
		expect_status 0
		expect_out --match "^Usage: $script"
		expect_out --not '@'
		run "$script" -h
		expect_status 0
		run "$script" --version
		expect_status 0
		expect_out --match '^nskit [0-9]'
	done
.

finish
