#!/bin/sh
# Whose a group is: given to a container's root, who makes groups below; owners, marks, paths.
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless root cgroup capsule

own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

no_groups() {
	for own in memory pids freezer devices unified; do
		below=$(find "$(own_dir "$own" || echo /nonexistent)" -mindepth 1 -type d ! -name nskit.leaf 2>/dev/null || :)
		[ -z "$below" ] || fail "left: $below"
	done
}

# box LINE…: the file of a container on the machine's own root
box() {
	printf '%s\n' '[container]' 'name = box' '[rootfs]' 'path = /' '[mounts]' 'cgroup = rw' "$@" >box.ini
}
MAPPED='[namespaces]
user = private
[idmap]
mode = explicit
uid = 0:100000:65536
gid = 0:100000:65536'

it 'shows a container its own groups as the tops' <<'.'
	skip_unless cgroup_v2
	box '[cgroup]' 'pids-max = 50'
	run nsrun box.ini sh -c 'cat /proc/self/cgroup; find /sys/fs/cgroup -name pids.max -exec cat {} +; awk "\$5 ~ /^.sys.fs.cgroup/" /proc/self/mountinfo'
	expect_status 0
	expect_out --match '^0::/$'
	expect_out --match '^50$'
	expect_out --not ' /\.\./'
	no_groups
.

it 'mounts no hierarchy in which the container has no group' <<'.'
	skip_unless cgroup_v2
	box
	run nsrun box.ini sh -c 'ls -d /sys/fs/cgroup/cgroup.procs; awk "\$5 ~ /^.sys.fs.cgroup/ { n++ } END { print n }" /proc/self/mountinfo'
	expect_out '/sys/fs/cgroup/cgroup.procs
1'
.

it 'lets a container look only' <<'.'
	skip_unless cgroup_v2
	box
	run nsrun -o mounts.cgroup=ro box.ini mkdir /sys/fs/cgroup/below
	expect_err --has 'Read-only file system'
	expect_ne "$STATUS" 0
.

it 'runs in a container that limits a command' <<'.'
	skip_unless controller_pids
	box '[cgroup]' 'pids-max = 50' '[caps]' 'keep = all'
	run nsrun box.ini "$NSK_BIN/nscgroup" exec --path sub/one --pids-max 7 -- sh -c '
		cat /proc/self/cgroup; find /sys/fs/cgroup -path "*/sub/one/pids.max" -exec cat {} +'
	expect_status 0
	expect_out --match '/sub/one$'
	expect_out --match '^7$'
	no_groups
.

it 'gives the group to the root of a user namespace' <<'.'
	skip_unless cgroup_v2
	box "$MAPPED" '[cgroup]' 'delegate = yes'
	run nsrun box.ini sh -c '
		stat -c "%n %u" /sys/fs/cgroup /sys/fs/cgroup/cgroup.procs /sys/fs/cgroup/cgroup.freeze
		"$1" exec --path sub/one -- cat /proc/self/cgroup
		ls -d /sys/fs/cgroup/sub' sh "$NSK_BIN/nscgroup"
	expect_out --match '^/sys/fs/cgroup 0$'
	expect_out --match '^/sys/fs/cgroup/cgroup.procs 0$'
	expect_out --match '^/sys/fs/cgroup/cgroup.freeze 65534$'
	expect_out --match '^0::/sub/one$'
	expect_err --match '/sys/fs/cgroup/sub.*No such file'
	no_groups
.

it 'keeps the group where that was not asked' <<'.'
	skip_unless cgroup_v2
	box "$MAPPED"
	run nsrun box.ini "$NSK_BIN/nscgroup" exec --path sub/one -- echo ran
	expect_status 125
	expect_err --match 'nscgroup: .*sub: Permission denied'
	no_groups
.

it 'gives limits to groups of a container below a user namespace' <<'.'
	skip_unless cgroup_v2
	grep -qw pids "$(own_dir unified)/cgroup.controllers" || skip 'no v2 controllers'
	box "$MAPPED" '[cgroup]' 'delegate = yes' 'pids-max = 50'
	run nsrun box.ini "$NSK_BIN/nscgroup" exec --path sub/one --pids-max 7 -- cat /sys/fs/cgroup/sub/one/pids.max
	expect_status 0
	expect_out 7
	no_groups
.

it 'runs a container in a container' <<'.'
	skip_unless cgroup_v2
	box "$MAPPED" '[cgroup]' 'delegate = yes' '[caps]' 'keep = all'
	printf '%s\n' '[container]' 'name = inner' '[namespaces]' 'user = host' '[rootfs]' 'path = /' '[mounts]' 'cgroup = ro' >inner.ini
	run nsrun -o 'mounts.tmpfs=/run' box.ini "$NSK_BIN/nsrun" "$PWD/inner.ini" sh -c \
		'cat /proc/self/cgroup; ls -d /sys/fs/cgroup/cgroup.procs'
	expect_status 0
	expect_out --match '^0::/$'
	expect_out --match '^/sys/fs/cgroup/cgroup.procs$'
	no_groups
.

it 'delegates the group of a container alone' <<'.'
	for verb in create exec; do
		run nscgroup $verb --path t/a --delegate -- $([ $verb = create ] || echo true)
		expect_refusal '\[cgroup\] delegate: to whom'
	done
	no_groups
.

it 'mounts no groups where there are none, or others' <<'.'
	box '[cgroup]' 'enable = no'
	run nsrun box.ini true
	expect_refusal '\[mounts\] cgroup: the container has no cgroup of its own'
	expect_err --match 'hint: .*\[cgroup\] enable'
	box '[namespaces]' 'cgroup = host'
	run nsrun box.ini true
	expect_refusal '\[mounts\] cgroup: needs a private cgroup namespace'
	no_groups
.

it 'freezes and kills in the group that a user was given' <<'.'
	skip_unless cgroup_v2 user
	mine=$(own_dir unified)/mine
	mkdir "$mine"
	at_end 'rmdir "$mine/sub" "$mine" 2>/dev/null || rmdir "$mine"'
	chown -R "$NSK_TEST_UID" "$mine"
	cat >user <<'END'
#!/bin/sh
# from the inside of the user's own group, whose files are hers
echo 0 >"$1/cgroup.procs"
exec setpriv --reuid="$NSK_TEST_UID" --regid="$NSK_TEST_UID" --clear-groups sh -c '
	nscgroup create --path sub/a && cd "$1/sub/a" || exit
	sh -c "echo 0 >cgroup.procs; exec sleep 1000" &
	until grep -q . cgroup.procs; do :; done
	nscgroup freeze --path sub/a && grep frozen cgroup.events
	nscgroup kill --path sub/a
	wait $! || echo "status $?"
	nscgroup delete --path sub/a' sh "$1"
END
	run sh user "$mine"
	expect_status 0
	expect_no_err
	expect_out --match '^frozen 1$'
	expect_out --match '^status 137$'
.

# ---- domains ----

it 'explains a threaded group above' <<'.'
	skip_unless cgroup_v2
	mine=$(own_dir unified)/mine
	mkdir -p "$mine/thread"
	at_end 'rmdir "$mine/thread" "$mine"'
	echo threaded >"$mine/thread/cgroup.type"
	parent=${mine#"$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5; exit }' /proc/self/mountinfo)"}
	run nscgroup exec --parent "$parent/thread" --path a -- echo ran
	expect_refusal "$mine/thread/a: is a domain invalid"
	expect_err --match "hint: .*threaded"
	run nscgroup exec --parent "$parent" --path a -- echo ran
	expect_refusal "$mine/a: is a domain invalid"
	expect_missing "$mine/a" "$mine/thread/a"
.

# down DIR NAME N: as many directories, each in the one before
down() (
	cd "$1" || exit
	n=$3
	while [ "$n" -gt 0 ]; do
		mkdir "$2"
		cd "./$2" 2>"$T/cd" || break # beyond PATH_MAX a shell may not go
		n=$((n - 1))
	done
)

it 'removes what is deeper than any path' <<'.'
	top=$(own_dir unified || own_dir pids)
	nscgroup create --path t/deep --pids-max 9
	down "$top/t/deep" a 100
	down "$top/t/deep" "$(printf '%0250d' 0)" 30
	nscgroup delete --path t/deep
	no_groups
.

it 'kills what is deeper than any limit' <<'.'
	own=$(own_dir pids) || skip 'pids is not a v1 controller here'
	cat >alone <<'END'
umount -n -l "$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)" || :
exec "$@"
END
	unshare -m sh alone nscgroup create --path t/deep --pids-max 99
	at_end 'unshare -m sh alone nscgroup delete --path t/deep 2>/dev/null || :'
	down "$own/t/deep" a 100
	spawn sh -c 'echo 0 >"$1/cgroup.procs" && echo in && exec sleep 1000' sh "$(find "$own/t/deep" -type d | tail -n 1)"
	wait_line "$OUT" in
	process=$PID
	run unshare -m sh alone nscgroup kill --path t/deep
	expect_status 0
	waitgone -t 10 "$process"
	run unshare -m sh alone nscgroup delete --path t/deep
	expect_status 0
	no_groups
.

it 'finds its groups although one hierarchy does not show the own one' <<'.'
	other=$(own_dir freezer) || skip 'no v1 hierarchy of the freezer'
	top=${other%"$(sed -n 's/^[0-9]*:freezer://p' /proc/self/cgroup)"}
	[ "$(own_dir pids)" != "$other" ] || skip 'pids in the same hierarchy'
	mkdir "$other/other" here
	at_end "rmdir '$other/other'"
	nscgroup create --path t/seen --pids-max 9
	run unshare -m sh -ec '
		mount --bind "$1" here
		umount "$2"
		nscgroup delete --path t/seen' sh "$other/other" "$top"
	expect_status 0
	rmdir "$other/other"
	no_groups
.

finish
