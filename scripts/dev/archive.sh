# shellcheck shell=sh
# Debian's archive, by a private apt configuration that changes nothing of the system's and needs no
# root: for packages of fixed releases, whichever this machine follows.

# archive_sources DIR TYPE SUITE…: makes the configuration in DIR, of the machine's first Debian
# archive entry, with that type (deb, deb-src) and those releases. False when there is no entry.
archive_sources() {
	archive=$1 archive_type=$2
	shift 2
	rm -rf "$archive/parts" "$archive/lists"
	mkdir -p "$archive/parts" "$archive/lists/partial"
	find /etc/apt/sources.list.d -name '*.sources' -exec awk -v type="$archive_type" -v suites="$*" '
		BEGIN { RS = ""; ORS = "\n\n" }
		/(^|\n)Types:[^\n]*deb/ && /\/debian\/?([ \n]|$)/ {
			gsub(/(^|\n)Types:[^\n]*/, "\nTypes: " type)
			gsub(/\nSuites:[^\n]*/, "\nSuites: " suites)
			print
			exit
		}' {} + >"$archive/parts/nskit.sources" 2>/dev/null || :
	[ ! -s "$archive/parts/nskit.sources" ] || return 0
	rm -f "$archive/parts/nskit.sources"
	find /etc/apt -name '*.list' -exec awk -v type="$archive_type" -v suites="$*" '
		$1 == "deb" && /\/debian\/? / {
			$1 = type
			for (i = 2; i <= NF; i++)
				if ($i ~ /^[a-z]+:\/\//) { i++; break }
			n = split(suites, suite, " ")
			for (s = 1; s <= n; s++) { $i = suite[s]; print }
			exit
		}' {} + >"$archive/parts/nskit.list" 2>/dev/null || :
	[ -s "$archive/parts/nskit.list" ]
}

# archive_apt PROGRAM ARGUMENT…: apt-get or apt-cache with it; packages come to the directory where
# this is called.
archive_apt() {
	archive_program=$1
	shift
	"$archive_program" -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$archive/parts" \
		-o Dir::State::lists="$archive/lists" -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
		-o Acquire::Languages=none -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any "$@"
}

archive_close() {
	rm -rf "$archive/parts" "$archive/lists"
}
