#!/bin/sh
# nskit: the multiplexer, the command line that all applets share, `nskit conf`, and the documents that
# come from the one table of keys.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

APPLETS=$("$NSK_BIN/nskit" --list)
TAB=$(printf '\t')

# What is made from the table of keys.
document() {
	"$NSK_ROOT/scripts/dev/document" "$NSK_BIN/nskit" "$@"
}

# Every long option of an applet, one a line: by its own completion, which the table makes.
options_of() {
	document completion | sed -n "/^${TAB}$1)/{n;s/.*words=\"\\(.*\\)\" ;;/\\1/;p;}" |
		tr ' ' '\n' | grep '^--'
}

# A file of everything: quoting, lists, ordered lists, free keys, instances.
cat >"$T/web.ini" <<'.'
[container]
description = "a \"web\" server\twith \xff"
include = base.ini
[mounts]
bind = /srv "/data of it"
tmpfs = /tmp size=10M
bind = /opt /opt
[exec]
command = /bin/sh -c 'echo "$HOME"; exit 3'
env = A=1
env = "B= two "
[sysctl]
kernel.shmmax = 65536
[net.eth0]
type = none
[net.eth1]
type = veth
address = 10.7.0.2/24
.
cat >"$T/base.ini" <<'.'
[exec]
cwd = /srv
umask = 0027
env = Z=0
[sysctl]
kernel.shmmax = 1
[x-notes]
who = cares
.

# ---- the multiplexer ----

it 'is an applet by the name it is called by' <<'.'
	for a in $APPLETS; do
		run "$NSK_BIN/$a" --version
		expect_status 0
		expect_out --match "^$a \(nskit\) [0-9]"
	done
.

it 'is an applet by its first word' <<'.'
	for a in $APPLETS; do
		run nskit "$a" --version
		expect_status 0
		expect_out --match "^$a \(nskit\) [0-9]"
	done
.

it 'by a link of any directory' <<'.'
	ln -s "$(readlink -f "$NSK_BIN/nskit")" nsexec
	run ./nsexec --version
	expect_out --match '^nsexec '
.

it 'by another name it is nskit' <<'.'
	ln -s "$(readlink -f "$NSK_BIN/nskit")" toolbox
	run ./toolbox --list
	expect_status 0
	expect_out --match '^nsinit$'
.

it 'lists its applets' <<'.'
	run nskit --list
	expect_status 0
	expect_lines 5
	for a in nsexec nsenter nsnet nscgroup nsinit; do
		expect_out --match "^$a\$"
	done
	run nskit --list-full
	expect_status 0
	expect_lines 5
	expect_out --match '^nsinit  *[A-Z].*[a-z]'
.

it 'tells version and build' <<'.'
	run nskit --version
	expect_status 0
	expect_out --match '^nskit [0-9]+\.[0-9]+\.[0-9]+$'
	run nskit --build-info
	expect_status 0
	expect_out --match '^version = '
	expect_out --match '^compiler = '
	expect_out --match '^libraries = .*libcap-ng.*inih'
.

it 'helps' <<'.'
	for word in --help -h; do
		run nskit "$word"
		expect_status 0
		expect_no_err
		expect_out --match '^Usage: nskit '
		expect_out --match '^conf '
		expect_out --match '^nsexec '
	done
.

it 'without a word it helps, and has failed' <<'.'
	run nskit
	expect_status 125
	expect_out --match '^Usage: nskit '
.

it 'installs symbolic links' <<'.'
	mkdir links
	run nskit --install -s links
	expect_status 0
	for a in $APPLETS; do
		expect_eq "$(readlink "links/$a")" "$(readlink -f "$NSK_BIN/nskit")"
		run "links/$a" --version
		expect_out --match "^$a "
	done
	run nskit --install -s links
	expect_refusal 'links/ns[a-z]*: File exists'
.

it 'installs hard links' <<'.'
	cp "$NSK_BIN/nskit" own
	mkdir hard
	run ./own --install hard
	expect_status 0
	for a in $APPLETS; do
		[ "hard/$a" -ef own ] || fail "hard/$a is another file"
	done
.

it 'refuses to install anywhere else' <<'.'
	run nskit --install
	expect_refusal '--install: \[-s\] DIR is wanted'
	run nskit --install -s
	expect_refusal '--install: \[-s\] DIR is wanted'
	run nskit --install a b
	expect_refusal '--install: \[-s\] DIR is wanted'
	run nskit --install -s nowhere
	expect_refusal 'nowhere/ns[a-z]*: No such file or directory'
.

it 'answers an unknown name with the nearest' <<'.'
	run nskit nsexce
	expect_refusal "unknown command 'nsexce'; the nearest is nsexec"
	run nskit cnof
	expect_refusal "unknown command 'cnof'"
	run nskit confi
	expect_refusal "unknown command 'confi'; the nearest is conf"
	run nskit --lits
	expect_refusal "unknown command '--lits'; the nearest is --list"
	run nskit xyzzy
	expect_refusal "unknown command 'xyzzy'"
	expect_err --match "hint: try 'nskit --help'"
.

it 'tells a full disk' <<'.'
	nskit --list-full >/dev/full 2>err || status=$?
	expect_eq "${status:-0}" 125
	expect_file err --has 'No space left on device'
	status=
	nsexec --help >/dev/full 2>err || status=$?
	expect_eq "${status:-0}" 125
	status=
	nskit conf print web.ini >/dev/full 2>err || status=$?
	expect_eq "${status:-0}" 125
.

# ---- help, completion, documents ----

for a in $APPLETS; do
	it "$a --help has every option, in 80 columns" <<'.'
		run nskit "$a" --help
		expect_status 0
		expect_no_err
		expect_out --match "^Usage: $a "
		expect_out --match '^Exit status: '
		[ "$(options_of "$a" | wc -l)" -gt 10 ] || fail 'fewer options than an applet has'
		for option in $(options_of "$a"); do
			grep -Eq -- "^ +(-., )?$option([ =[]|\$)" "$OUT" || fail "no $option"
		done
		awk 'length($0) > 80' "$OUT" >long
		expect_file long ''
		run nskit "$a" -h
		expect_status 0
.

	it "$a.1 has every option" <<'.'
		page=$NSK_BUILD/man/man1/$a.1
		[ -e "$page" ] || skip 'man pages are not built'
		sed 's/\\-/-/g' "$page" >text
		for option in $(options_of "$a"); do
			grep -q -- "$option" text || fail "no $option"
		done
.

	it "$a knows every option that its completion offers" <<'.'
		for option in $(options_of "$a"); do
			run nskit "$a" "$option" --no-such-option-at-all
			expect_err --not "unknown option $option(;|\$)"
		done
.
done

it 'the man page of the file has every key' <<'.'
	page=$NSK_BUILD/man/man5/nskit.ini.5
	[ -e "$page" ] || skip 'man pages are not built'
	sed 's/\\-/-/g' "$page" >text
	nskit conf keys | cut -f 1 | tr -d '*' >keys
	[ "$(wc -l <keys)" -gt 100 ] || fail 'fewer keys than there are'
	while read -r key; do
		grep -Eq "^\.BR ${key##*.} " text || fail "no $key"
	done <keys
.

it 'conf keys is a table of section.key, argument and help' <<'.'
	run nskit conf keys
	expect_status 0
	awk -F '\t' 'NF != 3 || $1 !~ /^[a-z]+\.[A-Za-z.-]+\*?$/ || $2 == "" || $3 == ""' "$OUT" >bad
	expect_file bad ''
	expect_eq "$(cut -f 1 "$OUT" | sort | uniq -d)" '' 'a key that stands twice'
.

it 'conf keys --all has every row of every applet' <<'.'
	nskit conf keys --all >all
	awk -F '\t' '$2 != "verbs" && (NF != 7 || $3 == "" || $5 == "" && $4 ~ /=/ || $7 == "")' all >bad
	expect_file bad ''
	for a in $APPLETS; do
		nskit "$a" --help | sed -n 's/^ *\(.*, \)*\(--[a-z-]*\).*/\2/p' | sort -u >told
		awk -F '\t' -v a="$a" '$1 == a && $4 != "" { print $4 }' all | grep -o -e '--[a-z-]*' | sort -u >rows
		run diff told rows
		expect_no_out
	done
	awk -F '\t' '$2 != "" && $2 != "verbs" { print $2 "." $3 }' all | sort -u >keys
	nskit conf keys | cut -f 1 | sort >told
	run diff told keys
	expect_no_out
.

it 'documents are made of applets alone' <<'.'
	run document options nothing
	expect_status 1
	expect_err 'document: nothing is no applet'
	run document everything
	expect_status 2
	expect_no_out
.

it 'the default file, with every key read, means the defaults' <<'.'
	document ini | sed -n 's/^#\(\[[a-z]*\]\)$/\1/p; s/^#\([a-z-]* = ..*\)$/\1/p' |
		awk '/^\[/ { keep = $0 != "[net.NAME]"; print; next } keep' >default.ini
	sed -i '/^type = /,/^up = /d' default.ini
	echo '[x-none]' >none.ini
	run nskit conf check default.ini
	expect_status 0
	nskit conf print default.ini >one
	nskit conf print none.ini -o container.name=default >two
	run diff one two
	expect_no_out
.

it 'the completion is a script that bash reads' <<'.'
	command -v bash >/dev/null || skip 'no bash'
	document completion >completion
	run bash -n completion
	expect_status 0
	expect_no_err
.

it 'completes options, commands and names' <<'.'
	command -v bash >/dev/null || skip 'no bash'
	document completion >completion
	printf '%s\n' '. ./completion' 'COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))' \
		'_nskit "$1"' 'printf "%s\n" "${COMPREPLY[@]}"' >ask
	run bash ask nsexec --map-r
	expect_out '--map-root-user'
	run bash ask nskit nsexec --map-r
	expect_out '--map-root-user'
	run bash ask nskit nsc
	expect_out 'nscgroup'
	run bash ask nscgroup cr
	expect_out --match '^create$'
	run bash ask nskit --list-
	expect_out '--list-full'
.

it 'conf keys refuses other forms' <<'.'
	run nskit conf keys --nothing
	expect_refusal 'conf keys --nothing: --all is wanted, or nothing'
.

# ---- conf ----

it 'conf check says nothing of a good file' <<'.'
	run nskit conf check web.ini
	expect_status 0
	expect_no_out
	expect_no_err
.

it 'conf check names file, line, section and key' <<'.'
	printf '%s\n' '[uts]' '' 'hostnam = x' >bad.ini
	run nskit conf check bad.ini
	expect_refusal '^nskit: bad.ini:3: \[uts\] hostnam: unknown key; the nearest is hostname$'
	expect_lines 1 "$ERR"
	printf '%s\n' '[exec]' 'umask = 9' >bad.ini
	run nskit conf check bad.ini
	expect_refusal "^nskit: bad.ini:2: \[exec\] umask: '9' is not an octal mode\$"
	printf '[exec]\r\n' >bad.ini
	run nskit conf check bad.ini
	expect_refusal '^nskit: bad.ini:1: a carriage return'
	run nskit conf check nothing.ini
	expect_refusal '^nskit: nothing.ini: No such file or directory$'
	run nskit conf check
	expect_refusal 'conf check: FILE is wanted'
	run nskit conf check web.ini other
	expect_refusal "conf check: 'other'"
.

it 'conf check reads standard input' <<'.'
	run nskit conf check - <web.ini
	expect_status 0
	printf '[utz]\n' >bad.ini
	run nskit conf check - <bad.ini
	expect_refusal '^nskit: stdin:1: \[utz\]: unknown section; the nearest is \[uts\]$'
.

it 'conf check reads lines of 60 KB, and no longer ones' <<'.'
	{
		printf '[container]\ndescription = '
		head -c 60000 /dev/zero | tr '\0' x
		echo
	} >long.ini
	run nskit conf get long.ini container.description
	expect_status 0
	expect_eq "$(wc -c <"$OUT")" 60001
	{
		printf '[container]\ndescription = '
		head -c 70000 /dev/zero | tr '\0' x
		echo
	} >long.ini
	run nskit conf check long.ini
	expect_refusal '^nskit: long.ini:2: longer than 65535 bytes$'
.

it 'conf get gives the plain value, or nothing and 1' <<'.'
	run nskit conf get web.ini exec.cwd
	expect_status 0
	expect_out /srv
	run nskit conf get web.ini uts.hostname
	expect_out web
	run nskit conf get web.ini exec.env
	expect_out "$(printf '%s\n' Z=0 A=1 'B= two ')"
	run nskit conf get web.ini exec.command
	expect_out "/bin/sh -c 'echo \"\$HOME\"; exit 3'"
	run nskit conf get web.ini sysctl.kernel.shmmax
	expect_out 65536
	run nskit conf get web.ini net.eth1.address
	expect_out 10.7.0.2/24
	run nskit conf get web.ini mounts.bind
	expect_lines 2
	run nskit conf get web.ini rootfs.path
	expect_status 1
	expect_no_out
	expect_no_err
	run nskit conf get web.ini exec.cwd -o exec.cwd=/other
	expect_out /other
.

it 'conf get refuses what is no key' <<'.'
	run nskit conf get web.ini uts.hostnam
	expect_refusal '\[uts\] hostnam: unknown key; the nearest is hostname'
	run nskit conf get web.ini hostname
	expect_refusal 'conf get: FILE SECTION.KEY is wanted'
	run nskit conf get web.ini
	expect_refusal 'conf get: FILE SECTION.KEY is wanted'
.

it 'print of print is the same, wherever it lies' <<'.'
	nskit conf print web.ini >once
	mkdir elsewhere
	cp once elsewhere/other.ini
	nskit conf print elsewhere/other.ini >twice
	run cmp once twice
	expect_status 0
	expect_file once --match '^name = web$'
	expect_file once --match '^kernel.shmmax = 65536$'
	expect_file once --not '^include'
	expect_file once --not 'cares'
.

it 'conf print --json is JSON' <<'.'
	run nskit conf print web.ini --json
	expect_status 0
	cp "$OUT" json
	# a strict reading: strings out first, then what is left is braces, brackets and commas
	sed 's/"\([^"\\]\|\\["\\]\|\\u[0-9a-f]\{4\}\)*"/S/g; s/null/S/g' json | tr -d ' \n' >left
	while :; do
		sed 's/\[\(S\(,S\)*\)\{0,1\}\]/S/g; s/{\(S:S\(,S:S\)*\)\{0,1\}}/S/g' left >less
		! cmp -s left less || break
		mv less left
	done
	expect_file left S
	if command -v python3 >/dev/null; then
		run python3 -c 'import json, sys
def once(pairs):
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)
c = json.load(open("json", encoding="utf-8"), object_pairs_hook=once)
print(c["mounts"]["items"], c["exec"]["env"], c["sysctl"], c["net.eth1"]["address"])'
		expect_no_err
		expect_out "[{'bind': \"/srv '/data of it'\"}, {'tmpfs': '/tmp size=10M'}, {'bind': '/opt /opt'}] ['Z=0', 'A=1', 'B= two '] {'kernel.shmmax': '65536'} ['10.7.0.2/24']"
	fi
.

it 'conf explain prints what nsrun runs' <<'.'
	run nskit conf explain web.ini -o 'container.description=it is' -o uts.hostname=x
	expect_status 0
	cp "$OUT" explained
	mkdir fake
	cat >fake/nsexec <<'END'
#!/bin/sh
for word; do printf '<%s>\n' "$word"; done
END
	chmod +x fake/nsexec
	PATH=$T/fake:$PATH run sh explained
	expect_status 0
	cp "$OUT" words
	cp "$NSK_BIN/nsrun" fake/nsrun
	run fake/nsrun -o 'container.description=it is' -o uts.hostname=x ./web.ini
	sed -i 's|=\./web|=web|' "$OUT"
	expect_out "$(cat words)"
.

it 'conf without a command, or with another, says what there is' <<'.'
	run nskit conf
	expect_refusal 'conf: one of get, check, print, explain, keys is wanted'
	run nskit conf chek web.ini
	expect_refusal "conf: unknown command 'chek'; the nearest is check"
.

# ---- the command line of an applet ----

it '--dump prints what the applet would do, and does nothing' <<'.'
	run nsexec --dump
	expect_status 0
	run nsexec -Ur --uts=host --dump -- false
	expect_status 0
	expect_out --match '^user = private$'
	expect_out --match '^uts = host$'
	expect_out --match '^mode = root$'
	expect_out --not '^mount = '
	run nsexec --config web.ini --net=host --dump
	expect_status 0
	expect_out --match '^name = web$'
	expect_out --match '^mount = private$'
	expect_out --match '^net = host$'
.

for a in $APPLETS; do
	it "$a --config --dump is read again by $a" <<'.'
		nskit "$a" --config web.ini --dump >once.ini
		nskit "$a" --config once.ini --dump >twice.ini
		run cmp once.ini twice.ini
		expect_status 0
.

	it "$a refuses unknown options, with the nearest" <<'.'
		run nskit "$a" --hlep
		expect_refusal "^$a: unknown option --hlep; the nearest is --help\$"
		expect_err --match "^$a: hint: try '$a --help'\$"
		run nskit "$a" --xyzzyxyzzy
		expect_refusal "^$a: unknown option --xyzzyxyzzy\$"
		run nskit "$a" -%
		expect_refusal "^$a: unknown option -%\$"
		run nskit "$a" --config
		expect_refusal "^$a: --config needs a value\$"
		run nskit "$a" --help=x
		expect_refusal "^$a: --help takes no value\$"
		run nskit "$a" -o nothing
		expect_refusal "^$a: 'nothing': section.key=value is wanted\$"
		run nskit "$a" --set=uts.hostnam=x
		expect_refusal "^$a: --set: \[uts\] hostnam: unknown key; the nearest is hostname\$"
		run nskit "$a" --config /nowhere/x
		expect_refusal "^$a: /nowhere/x: No such file or directory\$"
		printf '[uts]\nhostnam = x\n' >bad.ini
		run nskit "$a" --config bad.ini
		expect_refusal "^$a: bad.ini:2: \[uts\] hostnam: unknown key"
.
done

it 'letters in clusters, values attached, apart, behind =' <<'.'
	run nsexec -Urmpf --dump
	expect_out --match '^pid = private$'
	expect_out --match '^mount = private$'
	run nsexec -n/proc/1/ns/net --dump
	expect_out --match '^net = /proc/1/ns/net$'
	run nsexec --net=/proc/1/ns/net --dump
	expect_out --match '^net = /proc/1/ns/net$'
	run nsinit --umask 0027 --dump
	expect_out --match '^umask = 0027$'
	run nsinit --umask=0027 --dump
	expect_out --match '^umask = 0027$'
	run nsexec -ouuts.hostname=x --dump
	expect_refusal '--set: \[uuts\]'
.

it 'options stop at the first operand, and at --' <<'.'
	run nsexec --uts=host --dump cmd --uts=private
	expect_status 0
	expect_out --match '^uts = host$'
	run nsexec --uts=host --dump -- --uts=private
	expect_out --match '^uts = host$'
	run nsexec --dump cmd --no-such-option
	expect_status 0
.

it 'the last option wins, lists add, an empty value unsets' <<'.'
	run nsexec --uts=host --uts=private --dump
	expect_out --match '^uts = private$'
	run nsinit --env A=1 --env B=2 --dump
	expect_out --has "$(printf 'env = A=1\nenv = B=2')"
	run nsinit --config web.ini --env= --env C=3 --dump
	expect_out --match '^env = C=3$'
	expect_out --not '^env = A=1$'
	run nsinit --config web.ini --cwd= --dump
	expect_out --match '^cwd =$'
.

it 'a wrong value names its option' <<'.'
	run nsexec --uts=elsewhere
	expect_refusal "^nsexec: --uts: 'elsewhere' is none of private, host, auto, container:NAME, /path, fd:N\$"
	run nsexec --name 'a b'
	expect_refusal '^nsexec: --name: '
	run nsexec --status-fd=x
	expect_refusal "^nsexec: --status-fd: 'x' is not a whole number\$"
.

finish
