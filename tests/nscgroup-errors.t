#!/bin/sh
# nscgroup: what is refused, with which words, and that nothing is left of it.
# run as: root user
. "$(dirname "$0")/lib.sh"

# The group below which a relative path lies, as a directory.
own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

# Directories below the groups that the capsule made for this file: none, when a test ends.
no_groups() {
	for own in memory cpu pids freezer unified; do
		group=$(own_dir "$own") || continue
		case $group in */nskit-test.*) ;; *) continue ;; esac
		below=$(find "$group" -mindepth 1 -type d ! -name nskit.leaf 2>/dev/null || :)
		[ -z "$below" ] || fail "left: $below"
	done
}

a_start() {
	NSK_NAME=web NSK_ID=0123456789abcdef NSK_DIR=$T/state
	export NSK_NAME NSK_DIR NSK_ID
	mkdir -p "$NSK_DIR"
	printf '%s\n' '[container]' 'name = web' '[cgroup]' "$@" >"$NSK_DIR/config"
	at_end 'rm -rf "$NSK_DIR"'
}

# ---- values ----

while read -r key value words; do
	it "refuses $key = $value" <<'.'
		option=$key
		[ "$key" != set ] || option=cgroup-set
		run nscgroup create --path t/a "--$option=$value"
		expect_refusal "--$option: .*$words"
		a_start "$key = $value"
		run nscgroup create
		expect_refusal "config:4: \[cgroup\] $key: .*$words"
		expect_missing "$NSK_DIR/cgroup"
		no_groups
.
done <<'END'
memory-max 64m not a size
memory-max -1 not a size
memory-max 99999999999999999999 not a size
memory-swap-max lots not a size
cpu-weight 0 out of range
cpu-weight 10001 out of range
cpu-weight ten not a whole number
cpu-max 500 quota is out of range
cpu-max 50%% not QUOTA
cpu-max half not QUOTA
cpu-shares 1 out of range
cpu-shares 262145 out of range
cpu-idle perhaps not yes or no
cpu-burst -1 out of range
cpu-burst 1ms not a whole number
cpu-rt-period 0 out of range
cpu-rt-runtime much not a whole number
cpuset-cpus 3-1 not a list
cpuset-cpus 0,,1 not a list
cpuset-cpus 8192 not a list
cpuset-mems all not a list
cpuset-partition shared none of member, root, isolated
memory-low 5X not a size
memory-min -1 not a size
memory-high 1.5G not a size
memory-reservation some not a size
swappiness 201 out of range
swappiness -1 out of range
oom-kill-disable never not yes or no
oom-group 2 not yes or no
io-weight 0 out of range
io-weight 10001 out of range
io-max /dev/sda is not DISK
io-max 8:0=5 is not DISK
io-latency target=5 is not DISK
hugetlb 2M not PAGESIZE:SIZE
hugetlb 2M:some not a size
hugetlb ../2M:4M not PAGESIZE:SIZE
rdma mlx4_0 is not DEVICE
misc sev not RESOURCE:N
misc sev:-1 not a size
net-classid 1:10000 not MAJOR:MINOR
net-classid 4294967296 not MAJOR:MINOR
net-prio eth0 not LINK:N
net-prio eth0:max there is no max
net-prio eth0:4294967296 out of range
set cpu.shares not FILE=VALUE
set tasks=0 not a controller's file
set cgroup.procs=0 not a controller's file
set cgroup.kill=1 not a controller's file
set ../cpu.shares=2 not a controller's file
pids-max -1 not a number
pids-max 1e3 not a number
enable perhaps none of auto, yes, no
path ../up part '\.' or '\.\.'
path a/../../b part '\.' or '\.\.'
path a//b empty part
path / empty part
END

it 'refuses words of a disk that it does not know, or that limit nothing' <<'.'
	while IFS='|' read -r key value words; do
		run nscgroup create --path t/a "--$key=$value"
		expect_refusal "--$key: $words"
	done <<'END'
io-max|8:0 bps=5|'bps' is no limit here
io-max|8:0 rbps|'rbps' is not WORD=LIMIT
io-max|8:0 rbps=0|'rbps=0': no limit is max
io-max|8:0 riops=1K|'1K' is not a number
io-max|8:0 wbps=-1|'-1' is not a size
io-latency|8:0 rbps=5|'rbps' is no limit here
io-latency|8:0 target=0|'target=0': no limit is max
rdma|mlx4_0 hca_handles=5|'hca_handles' is no limit here
END
	no_groups
.

it 'refuses two names of one limit, and a weight of what is idle' <<'.'
	run nscgroup create --path t/a --cpu-weight 5 --cpu-shares 5
	expect_refusal '\[cgroup\] cpu-shares: cpu-weight is the same'
	run nscgroup create --path t/a --memory-low 5M --memory-reservation 5M
	expect_refusal '\[cgroup\] memory-reservation: memory-low is the same'
	run nscgroup create --path t/a --cpu-idle --cpu-shares 5
	expect_refusal '\[cgroup\] cpu-idle: what is idle has no weight'
	no_groups
.

it 'refuses to start frozen what could not be thawed' <<'.'
	run nscgroup exec --freeze -- true
	expect_refusal 'exec: --freeze needs a --path'
	a_start 'freeze = yes'
	run nscgroup create
	expect_refusal '\[cgroup\] freeze: a container cannot start frozen'
	expect_missing "$NSK_DIR/cgroup"
	printf '%s\n' '[rootfs]' 'path = /' '[cgroup]' 'freeze = yes' >f.ini
	run env -u NSK_DIR nsrun f.ini true
	expect_refusal '\[cgroup\] freeze: a container cannot start frozen'
	expect_err --match 'hint: nsctl pause f once it runs'
	run nskit state list
	expect_out --not '^f '
	no_groups
.

it 'refuses a period out of range' <<'.'
	run nscgroup create --path t/a --cpu-max '50000 10'
	expect_refusal 'cpu-max: .*period is out of range'
	no_groups
.

it 'refuses a relative parent, and a parent of an absolute path' <<'.'
	run nscgroup create --path t/a --parent some/where
	expect_refusal '\[cgroup\] parent: .some/where. is neither self nor an absolute path'
	run nscgroup create --path /t/a --parent /some
	expect_refusal '\[cgroup\] path: ./t/a. is absolute'
	no_groups
.

it 'refuses words that it does not know' <<'.'
	run nscgroup creat --path t/a
	expect_refusal 'nearest is create'
	run nscgroup
	expect_refusal 'create.*wanted'
	run nscgroup create --path t/a more
	expect_refusal "create: takes no 'more'"
	run nscgroup exec --pids-max 5
	expect_refusal 'exec: a COMMAND is needed'
	run nscgroup create --pids-max 5
	expect_refusal 'create: which group\? --path'
	run nscgroup stat --path t/a --jsn
	expect_refusal 'nearest is --json'
	no_groups
.

# ---- groups ----

it 'knows no group that is not there' <<'.'
	for verb in stat kill freeze thaw delete; do
		run nscgroup $verb --path no/such
		expect_refusal 'no group no/such'
	done
.

it 'refuses a directory that another program made' <<'.'
	skip_unless root cgroup
	own=$(own_dir pids || own_dir unified)
	mkdir -p "$own/t/theirs"
	at_end 'rmdir "$own/t/theirs" "$own/t"'
	run nscgroup create --path t/theirs --pids-max 5
	expect_refusal '\[cgroup\] path: .*/t/theirs is there already'
	expect_err --match 'hint: another program made it'
	for verb in kill freeze delete; do
		run nscgroup $verb --path t/theirs
		expect_refusal 't/theirs: not made by nskit'
	done
	expect_exists "$own/t/theirs"
	expect_eq "$(cat "$own/t/theirs/pids.max")" max
.

it 'leaves the group of a start to its container' <<'.'
	skip_unless root cgroup
	a_start 'path = t/web' 'pids-max = 5'
	nscgroup create
	run env -u NSK_DIR nscgroup delete --path t/web
	expect_refusal 't/web: belongs to the start with the id 0123456789abcdef'
	nscgroup delete
	no_groups
.

it 'undoes its groups when a limit is refused' <<'.'
	skip_unless root controller_pids
	run nscgroup create --path t/a --memory-max 64M --pids-max 1000000000
	expect_refusal '\[cgroup\] pids-max: .*/t/a/pids.max: 1000000000: Invalid argument'
	no_groups
	run nscgroup exec --memory-max 64M --pids-max 1000000000 -- echo ran
	expect_refusal '\[cgroup\] pids-max: '
	no_groups
.

it 'says when a limit needs another' <<'.'
	skip_unless root cgroup_v1
	[ -e "$(own_dir memory)/memory.memsw.limit_in_bytes" ] || skip 'this kernel counts no swap'
	run nscgroup create --path t/a --memory-swap-max 1M
	expect_refusal '\[cgroup\] memory-swap-max: .*memory-max is needed'
	no_groups
.

it 'refuses a limit below what the group uses, and keeps the one that it has' <<'.'
	skip_unless root
	own=$(own_dir memory) || skip 'v2 kills instead'
	nscgroup create --path t/a --memory-max 64M
	at_end 'nscgroup delete --path t/a'
	mkfifo hold
	spawn sh -c 'echo 0 >"$1/t/a/tasks"; text=$(head -c 20000000 /dev/zero | tr "\\0" x); echo up; read -r text <hold' sh "$own"
	wait_line "$OUT" up 30
	run nscgroup create --path t/a --memory-max 1M
	expect_refusal '\[cgroup\] memory-max: .*/t/a/memory.limit_in_bytes: 1048576: (Device or resource|Resource) busy'
	expect_err --match 'hint: the group uses more than that now'
	expect_eq "$(cat "$own/t/a/memory.limit_in_bytes")" 67108864
.

it 'names the quota of the group above' <<'.'
	skip_unless root
	own_dir cpu >/dev/null || skip 'v2 takes any quota'
	nscgroup create --path t --cpu-max 10%
	at_end 'nscgroup delete --path t'
	run nscgroup create --path t/a --cpu-max 20%
	expect_refusal '\[cgroup\] cpu-max: .*/t/a/cpu.cfs_quota_us: 20000: Invalid argument'
	expect_err --match 'hint: the group above has 10000'
	expect_missing "$(own_dir cpu)/t/a" "$(own_dir unified)/t/a"
.

# ---- machines ----

# A mount namespace of its own in which the cgroup filesystems are as $1 makes them.
elsewhere() {
	change=$1
	shift
	run unshare -m sh -c "$change"'; exec "$@"' sh "$@"
}
readonly='for m in /sys/fs/cgroup /sys/fs/cgroup/*; do
	mount -n -o remount,bind,ro "$m" 2>/dev/null || mountpoint -q "$m" || :; done'
none='umount -n -R /sys/fs/cgroup'

it 'refuses limits where cgroups are read-only' <<'.'
	skip_unless root cgroup
	elsewhere "$readonly" nscgroup create --path t/a --memory-max 64M
	expect_refusal 'Read-only file system'
	expect_err --match 'hint: the cgroup filesystem is mounted read-only here'
	elsewhere "$readonly" nscgroup exec --pids-max 5 -- echo ran
	expect_refusal 'Read-only file system'
	for limit in cpuset-cpus=0 cpu-shares=50 io-weight=50; do
		elsewhere "$readonly" nscgroup create --path t/a "--$limit"
		# v2's controller is asked for before any of its keys
		expect_refusal "(\[cgroup\] ${limit%=*}: .*|/cgroup[.]subtree_control: [+]${limit%%-*}): Read-only file system"
	done
	a_start 'pids-max = 5'
	elsewhere "$readonly" nscgroup create
	expect_refusal 'Read-only file system'
	expect_missing "$NSK_DIR/cgroup"
	no_groups
.

it 'does without groups where they are read-only and no limit is asked' <<'.'
	skip_unless root cgroup
	a_start 'enable = auto' '[devices]' 'default = no'
	elsewhere "$readonly" nscgroup create
	expect_status 0
	expect_no_err
	a_start 'enable = auto'
	elsewhere "$readonly" nscgroup create
	expect_status 0
	expect_err --match 'every device can be used: .*Read-only file system'
	expect_lines 1 "$ERR"
	expect_missing "$NSK_DIR/cgroup"
	a_start 'enable = yes'
	elsewhere "$readonly" nscgroup create
	expect_refusal 'Read-only file system'
	expect_missing "$NSK_DIR/cgroup"
.

it 'has no hint for what has nothing to do with it' <<'.'
	skip_unless root cgroup
	elsewhere "$readonly" nscgroup exec --enable=auto -- no-such-command
	expect_status 127
	expect_err --match 'no-such-command: No such file'
	expect_err --not hint
.

it 'refuses limits where nothing is mounted' <<'.'
	skip_unless root cgroup
	elsewhere "$none" nscgroup create --path t/a --memory-max 64M
	expect_refusal '\[cgroup\] memory-max: no cgroup filesystem is mounted for memory'
	expect_err --match 'hint: mount one'
	elsewhere "$none" nscgroup exec --cpu-weight 5 -- echo ran
	expect_refusal '\[cgroup\] cpu-weight: no cgroup filesystem is mounted'
	for limit in cpuset-mems=0 memory-high=1M hugetlb=2M:2M net-classid=1:1 misc=sev:1 cgroup-set=cpu.shares=5; do
		key=${limit%%=*}
		elsewhere "$none" nscgroup create --path t/a "--$limit"
		expect_refusal "\[cgroup\] ${key#cgroup-}: no cgroup filesystem is mounted"
	done
	a_start 'enable = yes'
	elsewhere "$none" nscgroup create
	expect_refusal 'no cgroup filesystem is mounted'
	expect_missing "$NSK_DIR/cgroup"
.

it 'does without groups where nothing is mounted and no limit is asked' <<'.'
	skip_unless root cgroup
	a_start '[devices]' 'default = no'
	for verb in create delete kill; do
		elsewhere "$none" nscgroup $verb
		expect_status 0
		expect_no_err
	done
	expect_missing "$NSK_DIR/cgroup"
.

it 'names a controller that is not there' <<'.'
	skip_unless root
	own=$(own_dir pids) || skip 'pids is not a v1 controller here'
	elsewhere "$(printf 'umount -n %s' "${own%/nskit-test.*}")" \
		nscgroup create --path t/a --memory-max 64M --pids-max 5
	expect_refusal '\[cgroup\] pids-max: the pids controller is not there'
	expect_err --match 'hint: .*not mounted'
	no_groups
.

it 'names what v2 alone has' <<'.'
	skip_unless root cgroup_v1 cgroup_v2
	own=$(own_dir unified)
	elsewhere "umount -n -l ${own%/nskit-test.*}" nscgroup create --path t/a --cgroup-set cgroup.max.depth=3
	expect_refusal '\[cgroup\] set: no cgroup2 filesystem is mounted for cgroup.max.depth'
	expect_err --match 'hint: mount one'
	no_groups
.

it 'names the group that does not pass a controller on (v2)' <<'.'
	skip_unless root user cgroup_v2
	own=$(own_dir unified)
	mkdir -p "$own/t/deep"
	at_end 'rmdir "$own/t/deep" "$own/t"'
	case " $(cat "${own%/nskit-test.*}/cgroup.controllers") " in
	*" pids "*) set -- pids --pids-max 5 ;;
	*" hugetlb "*) set -- hugetlb --hugetlb 2M:0 ;;
	*) skip 'v2 has neither pids nor hugetlb here' ;;
	esac
	# another test may let the top give its controllers meanwhile: then it is the next that does not
	lacks="$own/t/deep: has no controller $1: ${own%/nskit-test.*}(/nskit-test.*)?/cgroup.subtree_control lacks $1"
	cat >inside <<'END'
#!/bin/sh
echo 0 >"$1/cgroup.procs"
shift
exec "$@"
END
	run sh inside "$own/t/deep" setpriv --reuid="$NSK_TEST_UID" --regid="$NSK_TEST_UID" --clear-groups \
		nscgroup exec --path a "$2" "$3" -- true
	expect_refusal "$lacks"
	nscgroup create --path t/deep/a
	at_end 'nscgroup delete --path t/deep/a'
	run sh inside "$own/t/deep" nscgroup create --path a "$2" "$3"
	expect_refusal "$lacks"
	expect_missing "$own/t/deep/nskit.leaf"
.

it 'does not take another filesystem for cgroups' <<'.'
	skip_unless root
	own=$(own_dir pids) || skip 'pids is not a v1 controller here'
	elsewhere "$(printf 'mount -n -t tmpfs none %s' "${own%/nskit-test.*}")" \
		nscgroup create --path t/a --pids-max 5
	expect_refusal '\[cgroup\] pids-max: '
	no_groups
.

# ---- an ordinary user ----

it 'refuses limits to an ordinary user without a delegated group' <<'.'
	skip_unless user
	a_start 'memory-max = 64M'
	chmod 755 "$T" "$NSK_DIR"
	[ "$(id -u)" -ne 0 ] || chown "$NSK_TEST_UID" "$NSK_DIR"
	run as_user nscgroup create
	expect_refusal '\[cgroup\] memory-max: '
	expect_missing "$NSK_DIR/cgroup"
	run as_user env -u NSK_DIR nscgroup exec --pids-max 9 -- echo ran
	expect_refusal '\[cgroup\] pids-max: '
	if own_dir unified >/dev/null; then
		expect_err --match 'hint: .*Delegate=yes'
	fi
	no_groups
.

it 'does without groups for an ordinary user who asks no limit' <<'.'
	skip_unless user
	a_start
	chmod 755 "$T" "$NSK_DIR"
	[ "$(id -u)" -ne 0 ] || chown "$NSK_TEST_UID" "$NSK_DIR"
	for verb in create delete; do
		run as_user nscgroup $verb
		expect_status 0
		expect_no_err
	done
	expect_missing "$NSK_DIR/cgroup"
	no_groups
.

finish
