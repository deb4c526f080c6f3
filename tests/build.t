#!/bin/sh
# The build: what the binary is, that it is the same everywhere, that make rebuilds what it must and
# nothing else, that what is installed can be removed, and how the libraries are had.
# run as: root user
# timeout: 600
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

# The options of the make that runs the tests are not those of the makes in here.
unset MAKEFLAGS MFLAGS MAKELEVEL CC CFLAGS LDFLAGS CROSS_COMPILE DESTDIR PREFIX V || :
DEPS_DIR=$NSK_ROOT/build/dl
export DEPS_DIR

skip_unless cmd_make cmd_musl-gcc

# copy DIR: the sources, without what was built.
copy() {
	mkdir -p "$1"
	find "$NSK_ROOT" -mindepth 1 -maxdepth 1 ! -name build ! -name .git -exec cp -R {} "$1" \;
}

# built DIR [MAKE'S OPTION…]: a copy, built, once for all tests of this file.
built() {
	dir=$1
	shift
	if [ ! -x "$dir/build/nskit" ]; then
		copy "$dir"
		make -C "$dir" "$@" >"$dir.log" 2>&1 || {
			cat "$dir.log"
			fail "make in $dir failed"
		}
	fi
}

check=$NSK_ROOT/scripts/dev/check-binary

it 'the binary is static-pie, small, and without a loader, libraries or setuid' <<'.'
	run "$check" "$NSK_BUILD/nskit"
	expect_status 0
	expect_no_err
.

it 'the check refuses a dynamic binary' <<'.'
	must_fail "$check" "$(command -v readelf)"
	expect_err --has 'wants a dynamic loader'
.

it 'the check refuses a binary of 300 KiB' <<'.'
	cp "$NSK_BUILD/nskit" large
	head -c 307200 /dev/zero >>large
	must_fail "$check" large
	expect_err --match 'bytes: the limit is 307200'
.

it 'the check refuses a setuid binary' <<'.'
	cp "$NSK_BUILD/nskit" suid
	chmod u+s suid
	must_fail "$check" suid
	expect_err --has 'is setuid or setgid'
.

it 'its tables are read-only when it runs, and its code cannot be written' <<'.'
	mkfifo held
	"$NSK_BUILD/nskit" conf check - <held &
	pid=$!
	exec 9>held
	wait_for 'grep -q "r--p.*/nskit$" "/proc/$pid/maps"'
	expect_eq "$(sed -n 's/^[^ ]* \([^ ]*\) .*\/nskit$/\1/p' "/proc/$pid/maps" | tr '\n' ' ')" 'r-xp r--p rw-p ' 'its mappings'
	exec 9>&-
	wait "$pid" || :
.

it 'two directories, one job or many: the same binary' <<'.'
	built one -j8
	built a/directory/of/another/length
	run cmp one/build/nskit a/directory/of/another/length/build/nskit
	expect_status 0
	rm -rf a
.

it 'the binary names no directory of the build' <<'.'
	built one -j8
	run grep -c "$T/one" one/build/nskit
	expect_out 0
.

it 'build/bin is a runnable tree' <<'.'
	built one -j8
	for name in nskit nsexec nsenter nsnet nscgroup nsinit; do
		expect_eq "$(readlink "one/build/bin/$name")" ../nskit "$name"
		run "one/build/bin/$name" --version
		expect_status 0
	done
	for name in nsrun nsctl; do
		[ -x "one/build/bin/$name" ] || fail "$name cannot be run"
	done
.

it 'a second make does nothing' <<'.'
	built one -j8
	run make -C one all
	expect_status 0
	expect_out --has 'Nothing to be done'
.

it 'a changed header rebuilds what includes it, and nothing else' <<'.'
	built one -j8
	header=libshared/sync.h
	find one/build/obj -name '*.d' -exec grep -lF " $header" {} + | sed 's/d$/o/' | sort >expected
	[ -s expected ] || fail "nothing includes $header"
	touch "one/$header"
	run make -C one -j8
	expect_status 0
	awk '$1 == "CC" { print "one/" $2 }' "$OUT" | sort >got
	run diff expected got
	expect_status 0
	run make -C one all
	expect_out --has 'Nothing to be done'
.

it 'a removed header is no error once nothing includes it' <<'.'
	built one -j8
	echo '/* gone soon */' >one/libshared/passing.h
	sed -i '1i #include "passing.h"' one/libshared/sync.c
	make -C one -j8 >log
	rm one/libshared/passing.h
	sed -i 1d one/libshared/sync.c
	run make -C one -j8
	expect_status 0
.

it 'other CFLAGS rebuild everything' <<'.'
	built one -j8
	run make -C one -n V=1 CFLAGS=-O1 build/nskit
	expect_eq "$(grep -c -e ' -c -o build/obj/' "$OUT")" "$(find one/build/obj -name '*.o' | wc -l)"
	expect_out --has 'check-binary --any-size'
	run make -C one -n -W scripts/dev/check-binary V=1 build/nskit
	expect_out --has 'check-binary '
	expect_out --not any-size
.

it 'install and uninstall: the promised files, then nothing' <<'.'
	built one -j8
	run make -C one install DESTDIR="$T/dest"
	expect_status 0
	for name in nskit nsexec nsnet nscgroup nsinit; do
		run "dest/usr/local/bin/$name" --version
		expect_status 0
	done
	for name in nsrun nsctl; do
		[ -x "dest/usr/local/bin/$name" ] || fail "$name is not installed"
	done
	expect_missing dest/usr/local/bin/nsenter
	run dest/usr/local/libexec/nskit/bin/nsenter --version
	expect_status 0
	for page in man1/nsexec.1 man1/nskit-nsenter.1 man5/nskit.ini.5 man7/nskit.7; do
		expect_exists "dest/usr/local/share/man/$page"
	done
	expect_exists dest/usr/local/share/bash-completion/completions/nsexec
	for ini in one/config/*.ini; do
		run cmp "$ini" "dest/usr/local/etc/nskit/${ini##*/}"
		expect_status 0
	done
	run make -C one uninstall DESTDIR="$T/dest"
	expect_status 0
	expect_eq "$(find dest)" dest
.

it 'INSTALL_NSENTER=1 gives nsenter its name, and uninstall takes it back' <<'.'
	built one -j8
	make -C one install DESTDIR="$T/dest" INSTALL_NSENTER=1 >log
	expect_eq "$(readlink dest/usr/local/bin/nsenter)" nskit
	expect_exists dest/usr/local/share/man/man1/nsenter.1
	expect_missing dest/usr/local/libexec
	make -C one uninstall DESTDIR="$T/dest" >log
	expect_eq "$(find dest)" dest
.

it 'uninstall leaves what is another'\''s' <<'.'
	built one -j8
	make -C one install DESTDIR="$T/dest" >log
	echo other >dest/usr/local/bin/nsenter
	echo other >dest/usr/local/share/man/man1/nsenter.1
	make -C one uninstall DESTDIR="$T/dest" >log
	run find dest -type f
	expect_lines 2
	rm -r dest
.

it 'a configuration file that was changed survives install and uninstall' <<'.'
	built one -j8
	make -C one install DESTDIR="$T/dest" >log
	echo '# mine' >>dest/usr/local/etc/nskit/default.ini
	run make -C one install DESTDIR="$T/dest"
	expect_out --has 'default.ini was changed and is kept'
	run cmp one/config/default.ini dest/usr/local/etc/nskit/default.ini.new
	expect_status 0
	make -C one uninstall DESTDIR="$T/dest" >log
	expect_eq "$(find dest -type f)" dest/usr/local/etc/nskit/default.ini
	rm -r dest
.

it 'clean leaves nothing but the downloads' <<'.'
	copy clean
	make -C clean build/flags build/lib/libinih.a >log 2>&1
	make -C clean clean
	expect_eq "$(ls clean/build)" dl
	rm -r clean
.

it 'deps: a second run does nothing' <<'.'
	copy deps
	deps/scripts/dev/deps -o out 2>log
	find deps/out deps/build -exec stat -c '%n %i %y %z' {} + | sort >before
	run deps/scripts/dev/deps -o out
	expect_status 0
	expect_no_out
	expect_no_err
	find deps/out deps/build -exec stat -c '%n %i %y %z' {} + | sort >after
	run diff before after
	expect_status 0
	rm -r deps
.

it 'deps without a network says what to provide' <<'.'
	skip_unless capsule
	copy deps
	unset DEPS_DIR
	must_fail deps/scripts/dev/deps -o out
	expect_err --has 'DEPS_DIR='
	expect_err --match '^  libcap-ng_0\.8\.3\.orig\.tar\.gz '
	expect_err --match '^  libinih_59\.orig\.tar\.gz '
	expect_eq "$(grep -Ec '^    sha256 [0-9a-f]{64}$' "$ERR")" 2
	expect_missing deps/out/lib/libinih.a
	rm -r deps
.

it 'deps takes no tarball but the expected one' <<'.'
	copy deps
	mkdir given
	cp "$NSK_ROOT/build/dl/"libcap-ng_*.tar.gz given
	echo other >given/libinih_59.orig.tar.gz
	DEPS_DIR=$T/given
	must_fail deps/scripts/dev/deps -o out
	expect_err --has 'has no libinih_59.orig.tar.gz, or another one'
	expect_missing deps/out/lib/libinih.a
	rm -r deps
.

it 'packages: with nothing missing it says nothing' <<'.'
	run "$NSK_ROOT/scripts/dev/packages" build
	expect_status 0
	expect_no_out
	expect_no_err
.

it 'packages: an ordinary user is told what to install' <<'.'
	skip_unless user
	sed 's/ make *make$/ make nskit-no-such-command/' "$NSK_ROOT/scripts/dev/packages" >packages
	grep -q no-such-command packages
	chmod 755 packages .
	must_fail as_user sh ./packages build
	expect_err --match 'as root: apt-get install --no-install-recommends make$'
.

it 'packages: an unknown group is refused' <<'.'
	must_fail "$NSK_ROOT/scripts/dev/packages" nothing
	expect_err 'packages: no such group: nothing'
.

finish
