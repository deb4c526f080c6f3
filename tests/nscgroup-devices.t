#!/bin/sh
# Which devices a group may use: judged by trying them, with the filter of v2 and the lists of v1.
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$NSK_TESTS/image.sh"

skip_unless root cgroup capsule

define_prereq device_filter kernel 'no device filter for cgroups (CONFIG_CGROUP_BPF)' \
	'cgroup_dir unified && grep -q " __cgroup_bpf_check_dev_permission" /proc/kallsyms'
define_prereq device_lists kernel 'no v1 devices controller' '_nsk_probe_cgroup devices'

own_dir() {
	_own=$(cgroup_dir "$1") || return
	echo "${_own%/nskit.leaf}"
}

no_groups() {
	for own in devices freezer unified; do
		below=$(find "$(own_dir "$own" || echo /nonexistent)" -mindepth 1 -type d ! -name nskit.leaf 2>/dev/null || :)
		[ -z "$below" ] || fail "left: $below"
	done
}

# Nodes of a tmpfs of our own: /tmp may be one without devices.
mkdir -p "$T/dev"
mount -n -t tmpfs -o mode=755 none "$T/dev"
mknod "$T/dev/zero" c 1 5
mknod "$T/dev/kmsg" c 1 11
mknod "$T/dev/null" c 1 3
image "$T/dev/img"

# Here is what the machine has; lists: without its v2 hierarchies.
cat >"$T/lists" <<'END'
#!/bin/sh
set -eu
umount -n -l "$(awk '$9 == "cgroup2" || $8 == "cgroup2" { print $5 }' /proc/self/mountinfo)" 2>/dev/null || :
exec "$@"
END

# try: what of reading, writing, both, and mknod may be done with zero, null and kmsg
cat >"$T/try" <<'END'
#!/bin/sh
for name in "$@"; do
	may=''
	( : <"$DEV/$name") 2>err && may=r
	( : >>"$DEV/$name") 2>err && may=${may}w
	( : <>"$DEV/$name") 2>err && may=${may}b
	case $name in null) minor=3 ;; zero) minor=5 ;; kmsg) minor=11 ;; esac
	mknod "$DEV/new.$name" c 1 $minor 2>err && rm "$DEV/new.$name" && may=${may}m
	echo "$name ${may:--}"
done
END
chmod +x "$T/lists" "$T/try"
DEV=$T/dev
export DEV

# ruled RULES…: what a command may do in a group with these rules, `+RULE` or `-RULE`
ruled() {
	set -f
	for word in "$@"; do
		shift
		case $word in
		+*) set -- "$@" --device-allow "${word#+}" ;;
		-*) set -- "$@" --device-deny "${word#-}" ;;
		esac
	done
	run $MODE nscgroup exec "$@" -- ./try null zero kmsg
	expect_status 0
	expect_no_err
}

for mode in filter lists; do
	prereq "device_$mode" || continue
	case $mode in filter) MODE='' ;; lists) MODE='unshare -m ./lists' ;; esac

	it "allows nothing but what is allowed ($mode)" <<'.'
		ruled '+c 1:3 rwm'
		expect_value null rwbm
		expect_value zero -
		expect_value kmsg -
		no_groups
.
	it "tells reading, writing and mknod apart ($mode)" <<'.'
		ruled '+c 1:3 r' '+c 1:5 w' '+c 1:11 m'
		expect_value null r
		expect_value zero w
		expect_value kmsg m
.
	it "adds up what several rules allow ($mode)" <<'.'
		ruled '+c 1:* r' '+c *:3 w' '+a *:* m'
		expect_value null rwbm
		expect_value zero rm
		expect_value kmsg rm
.
	it "lets the last rule win ($mode)" <<'.'
		ruled '+c 1:3 rw' '-c 1:3 w' '+c 1:5 rw' '-c 1:5 rw' '+c 1:5 w'
		expect_value null r
		expect_value zero w
		ruled '-c 1:3 w' '+c 1:3 rw'
		expect_value null rwb
.
	it "refuses some of all ($mode)" <<'.'
		ruled '+a' '-c 1:5 r' '-c 1:11 rwm'
		expect_value null rwbm
		expect_value zero wm
		expect_value kmsg -
		ruled '-c 1:11 rw'
		expect_value null rwbm
		expect_value kmsg m
.
	it "knows any number ($mode)" <<'.'
		ruled '+c *:* r'
		expect_value null r
		expect_value kmsg r
		ruled '+a *:5 rw'
		expect_value null -
		expect_value zero rwb
		ruled '+b 1:* rw'
		expect_value null -
.
	it "takes a device by its path ($mode)" <<'.'
		ruled "+$DEV/zero rw"
		expect_value null -
		expect_value zero rwb
.
	it "knows what every program needs ($mode)" <<'.'
		run $MODE nscgroup exec --devices-default=yes -- ./try null zero kmsg
		expect_status 0
		expect_value null rwbm
		expect_value zero rwbm
		expect_value kmsg m
		run $MODE nscgroup exec --devices-default=yes --node '/dev/kmsg c 1 11' -- ./try kmsg
		expect_value kmsg rwbm
.
	it "changes the rules of a group that runs ($mode)" <<'.'
		$MODE nscgroup create --path t/a --device-allow 'c 1:5 r'
		at_end '$MODE nscgroup delete --path t/a'
		case $mode in filter) own=unified file=cgroup.procs ;; lists) own=devices file=tasks ;; esac
		printf '%s\n' 'echo 0 >"$1"' 'exec ./try null zero' >enter
		run sh enter "$(own_dir "$own")/t/a/$file"
		expect_value null -
		expect_value zero r
		$MODE nscgroup create --path t/a --device-allow 'c 1:3 w'
		run sh enter "$(own_dir "$own")/t/a/$file"
		expect_value null w
		expect_value zero -
.
	it "leaves the rules alone where there is no word about them ($mode)" <<'.'
		$MODE nscgroup create --path t/a --device-allow 'c 1:5 r'
		at_end '$MODE nscgroup delete --path t/a'
		$MODE nscgroup create --path t/a
		case $mode in filter) own=unified file=cgroup.procs ;; lists) own=devices file=tasks ;; esac
		printf '%s\n' 'echo 0 >"$1"' 'exec ./try null zero' >enter
		run sh enter "$(own_dir "$own")/t/a/$file"
		expect_value null -
		expect_value zero r
.
	it "holds in groups below ($mode)" <<'.'
		run $MODE nscgroup exec --device-allow 'c 1:3 rw' --device-allow 'c 1:5 r' -- \
			nscgroup exec --device-deny 'c 1:3 w' -- ./try null zero kmsg
		expect_status 0
		expect_value null r
		expect_value zero r
		expect_value kmsg -
.
	it "gives a container of a file what it needs, and no disk ($mode)" <<'.'
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[caps]' 'keep = MKNOD SYSLOG'
		run $MODE nsrun c.ini sh -c '
			echo >/dev/null && head -c 1 /dev/zero | wc -c
			mknod /dev/k c 1 11 && echo made
			read -r line </dev/k || echo refused
			mknod /dev/disk b 7 0 && dd if=/dev/disk count=0 2>&1'
		expect_out --match '^1$'
		expect_out --match '^made$'
		expect_out --match '^refused$'
		expect_out --has 'Operation not permitted'
		no_groups
.
	it "lets a container use the nodes that it was given ($mode)" <<'.'
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[caps]' 'keep = SYSLOG' '[devices]' 'node = /dev/log c 1 11'
		run $MODE nsrun c.ini sh -c 'exec 3</dev/log && echo opened'
		expect_out opened
		expect_status 0
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[caps]' 'keep = SYSLOG' '[devices]' 'node = /dev/log c 1 11' 'deny = c 1:11 rw'
		run $MODE nsrun c.ini sh -c 'exec 3</dev/log && echo opened'
		expect_no_out
		expect_ne "$STATUS" 0
.
	it "restricts nothing where that is asked ($mode)" <<'.'
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[caps]' 'keep = MKNOD SYSLOG' '[devices]' 'default = no' '[mounts]' 'restrict-sys = no'
		run $MODE nsrun c.ini sh -c 'mknod /dev/k c 1 11 && exec 3</dev/k && echo opened'
		expect_out opened
		expect_status 0
.
	it "covers who enters a container later ($mode)" <<'.'
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[caps]' 'keep = MKNOD SYSLOG'
		run $MODE nsrun -d c.ini sleep 1000
		expect_status 0
		at_end 'nsctl stop -t 0 box >/dev/null 2>&1 || :'
		run $MODE nsctl exec box sh -c 'echo >/dev/null && mknod /dev/k c 1 11 && echo made && exec 3</dev/k && echo opened'
		expect_out made
		expect_err --has 'Operation not permitted'
.
done

it 'refuses nothing that stays allowed while a list changes' <<'.'
	skip_unless device_lists strace
	unshare -m ./lists nscgroup create --path t/a --device-allow 'c 1:3 rw' --device-allow 'c 1:5 r'
	at_end 'unshare -m ./lists nscgroup delete --path t/a'
	mkdir "$(own_dir devices)/t/a/below"
	run strace -f -o trace -e trace=write unshare -m ./lists nscgroup create --path t/a \
		--device-allow 'c 1:7 w' --device-allow 'c 1:3 r'
	expect_status 0
	expect_file trace --match '"c 1:7 w"'
	expect_file trace --not '"a"'
	for group in t/a t/a/below; do
		sort "$(own_dir devices)/$group/devices.list" >list
		[ "$group" != t/a ] || expect_file list 'c 1:3 r
c 1:7 w'
		[ "$group" = t/a ] || expect_file list 'c 1:3 r'
	done
.

it 'says what a list cannot express' <<'.'
	skip_unless device_lists
	run unshare -m ./lists nscgroup exec --device-allow 'c 1:* rw' --device-deny 'c 1:3 w' -- echo ran
	expect_refusal '\[devices\] deny: cgroup v1 cannot take c 1:3 w out of c 1:\* rw'
	no_groups
.

it 'says that the group above allows no more' <<'.'
	skip_unless device_lists
	run unshare -m ./lists nscgroup exec --device-allow 'c 1:3 r' -- \
		nscgroup exec --device-allow 'c 1:3 rw' -- echo ran
	expect_refusal '\[devices\] allow: .*/devices.allow: c 1:3 rw: Operation not permitted'
	expect_err --match 'hint: .*the group above must allow it'
	no_groups
.

it 'names the rights that a filter needs' <<'.'
	skip_unless device_filter
	run setpriv --bounding-set=-sys_admin,-bpf --inh-caps=-sys_admin,-bpf \
		nscgroup exec --device-allow 'c 1:3 r' -- echo ran
	expect_refusal '\[devices\] allow: a device filter cannot be loaded: Operation not permitted'
	expect_err --match 'hint: it needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN'
	no_groups
.

it 'loads a filter again whose check a signal has broken off' <<'.'
	skip_unless device_filter strace
	run strace -f -qqq -o calls -e trace=bpf -e inject=bpf:error=EAGAIN:when=1 \
		nscgroup exec --device-allow 'c 1:3 r' -- echo ran
	expect_status 0
	expect_out ran
	expect_no_err
	expect_file calls --match 'BPF_PROG_LOAD.*EAGAIN'
	no_groups
.

it 'says when rules cannot be kept for want of any hierarchy' <<'.'
	run unshare -m sh -c 'umount -n -R /sys/fs/cgroup; exec nscgroup exec --device-deny "c 1:3 r" -- echo ran'
	expect_refusal '\[devices\] deny: neither a v2 hierarchy nor the devices controller is mounted'
	conf '[container]' 'name = box' '[rootfs]' 'path = dev/img'
	run unshare -m sh -c 'umount -n -R /sys/fs/cgroup; exec nsrun c.ini echo ran'
	expect_status 0
	expect_out ran
	expect_err --match 'every device can be used: neither'
	conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[devices]' 'allow = c 1:3 rw'
	run unshare -m sh -c 'umount -n -R /sys/fs/cgroup; exec nsrun c.ini echo ran'
	expect_refusal '\[devices\] allow: neither'
.

while read -r key rule; do
	it "refuses $key = $rule" <<'.'
		run nscgroup exec "--device-$key" "$rule" -- echo ran
		expect_refusal "(\[devices\] |--device-)$key: "
		conf '[container]' 'name = box' '[rootfs]' 'path = dev/img' '[devices]' "$key = $rule"
		run nskit conf check c.ini
		case $rule in */*) expect_status 0 ;; *) expect_refusal "c.ini:6: \[devices\] $key: " ;; esac
		no_groups
.
done <<'END'
allow d 1:3 rw
allow c 1:3 x
deny c 1 3
deny c 1:3:5 r
allow c 5000:1 r
allow c 1:2000000 r
deny b 8: rw
allow /nonexistent rw
deny /etc/passwd r
END

umount -n -l "$T/dev"
finish
