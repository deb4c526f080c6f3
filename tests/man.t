#!/bin/sh
# The manual pages: one for each command, right for mandoc, with what the tables of keys have.
# run as: root
. "$(dirname "$0")/lib.sh"

man=${NSK_BIN%/*}/man

it 'each command, the configuration and the whole have a page' <<'.'
	for name in $(nskit --list) nskit nsrun nsctl; do
		expect_exists "$man/man1/$name.1"
	done
	expect_exists "$man/man5/nskit.ini.5" "$man/man7/nskit.7"
.

for page in "$man"/man?/*; do
	it "${page##*/}: mandoc has nothing to warn of, nothing was left to fill in" <<'.'
		run grep -n '@[A-Z]*@' "$page"
		expect_no_out
		skip_unless mandoc
		run mandoc -T lint -W warning "$page"
		expect_no_out
		expect_status 0
.
done

# words FILE: the long options in it, one a line.
words() {
	grep -o -e '--[a-z][a-z-]*' "$1" | sort -u
}

for name in $(nskit --list); do
	it "$name.1 has every option of --help" <<'.'
		"$name" --help >help
		sed 's/\\-/-/g' "$man/man1/$name.1" >plain
		words help >wanted
		words plain >told
		run comm -23 wanted told
		expect_no_out
.
done

it 'nskit.ini.5 has every key' <<'.'
	sed 's/\\-/-/g' "$man/man5/nskit.ini.5" >plain
	nskit conf keys | cut -f 1 | sed 's/.*\.//; s/\*//' | sort -u >keys
	while read -r key; do
		grep -q "^\.BR $key " plain || echo "$key"
	done <keys >missing
	expect_file missing ''
.

it 'nsctl.1 and nsrun.1 have what --help tells' <<'.'
	for name in nsctl nsrun; do
		"$name" --help | sed -n 's/^  \([a-z]\{2,\}\|-[a-z]\) .*/\1/p' | sort -u >told
		sed 's/\\-/-/g' "$man/man1/$name.1" >plain
		while read -r word; do
			grep -q "^\.[BI]*R* .*$word" plain || fail "$name.1 has no $word"
		done <told
	done
.

finish
