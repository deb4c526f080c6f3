#!/bin/sh
# Capabilities: five sets, what was asked and no more, for root and others, and no_new_privs.
# run as: root user
# timeout: 60
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"
default=00000000a80425fb
none=0000000000000000

# base LINE...: a container with every capability of its user namespace, and these lines of [caps].
base() {
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'user = private' '[idmap]' "mode = ${MODE:-auto}" '[caps]' "$@"
}

# sets B P E I A: the five sets of $OUT are these.
sets() {
	for set in bounding permitted effective inheritable ambient; do
		expect_value "cap.$set" "$1"
		shift
	done
}

it 'leaves root the default fourteen' <<'.'
	base
	start posture cap.
	sets $default $default $default $none $none
.

it 'leaves another user none' <<'.'
	if [ "$(id -u)" != 0 ]; then skip_unless newuidmap; fi
	base
	printf '%s\n' '[exec]' 'user = bob' >>c.ini
	start posture cap.
	sets $default $none $none $none $none
.

it 'keep, drop, none' <<'.'
	base 'keep = CHOWN CAP_KILL NET_RAW' 'keep = SYS_ADMIN' 'drop = NET_RAW'
	start posture cap.
	sets 0000000000200021 0000000000200021 0000000000200021 $none $none
	for line in 'keep = none' 'keep =' 'drop = all'; do
		base "$line"
		start posture cap.
		sets $none $none $none $none $none
	done
.

it 'keep = all is everything that the kernel has, to its last capability' <<'.'
	base 'keep = all'
	start posture cap.
	expect_eq "$(value cap.permitted)" "$(value cap.bounding)"
	run nsexec -Ur -- posture cap.bounding
	all=$(value cap.bounding)
	start posture cap.
	expect_value cap.bounding "$all"
.

it 'ambient gives a user what it names, across execve' <<'.'
	if [ "$(id -u)" != 0 ]; then skip_unless newuidmap; fi
	base 'ambient = NET_BIND_SERVICE'
	printf '%s\n' '[exec]' 'user = bob' >>c.ini
	start posture cap.
	sets $default 0000000000000400 0000000000000400 0000000000000400 0000000000000400
.

it 'nothing is regained by a setuid program' <<'.'
	if [ "$(id -u)" != 0 ]; then skip_unless newuidmap; fi
	base 'keep = all'
	printf '%s\n' '[exec]' 'user = bob' >>c.ini
	cp img/bin/posture img/bin/suid
	chmod 4755 img/bin/suid
	at_end "rm -f $T/img/bin/suid"
	start suid uids cap.permitted no-new-privs
	expect_value cap.permitted $none
	expect_value no-new-privs 1
	expect_out --match '^uids 1000 1000 1000'
.

it 'no-new-privs = no lets it' <<'.'
	skip_unless root
	base 'keep = all'
	printf '%s\n' '[exec]' 'user = bob' 'no-new-privs = no' >>c.ini
	chown -R 0:0 img
	cp img/bin/posture img/bin/suid
	chmod 4755 img/bin/suid
	at_end "rm -f $T/img/bin/suid"
	start posture no-new-privs
	expect_value no-new-privs 0
.

for line in 'keep = NO_SUCH' 'keep = chown' 'drop = CAP_' 'bounding = 63' 'ambient = CHOWN NETRAW'; do
	it "refuses '$line'" <<'.'
		base "$line"
		start true
		expect_refusal "\[caps\] ${line%% *}: unknown capability"
.
done

it 'refuses a set that cannot be' <<'.'
	base 'permitted = CHOWN'
	start true
	expect_refusal 'root would regain'
	base 'effective = CHOWN'
	start true
	expect_refusal 'root would regain'
	base 'ambient = SYS_TIME' 'permitted = CHOWN' 'bounding = CHOWN'
	start true
	expect_refusal 'SYS_TIME: not in'
	base 'keep = all' 'bounding = 62'
	start true
	expect_refusal '62: this kernel has no such'
.

# The caller's

it 'inheritable, ambient and securebits of the caller do not reach COMMAND' <<'.'
	skip_unless root
	conf '[rootfs]' "path = $T/img"
	run setpriv --inh-caps +net_admin,+chown --ambient-caps +net_admin,+chown --securebits +no_setuid_fixup \
		nsexec --config c.ini -- nsinit -- posture cap. securebits
	expect_value securebits 0
	expect_value cap.inheritable $none
	expect_value cap.ambient $none
.

it 'groups of the caller do not reach COMMAND' <<'.'
	skip_unless root
	conf '[rootfs]' "path = $T/img"
	run setpriv --groups 4,24,1000 nsexec --config c.ini -- nsinit -- posture groups
	expect_value groups ''
.

it 'without a file capabilities stay as they are' <<'.'
	run posture cap. no-new-privs securebits groups
	cp "$OUT" before
	run nsinit -- posture cap. no-new-privs securebits groups
	expect_out "$(cat before)"
.

it 'drops without a file what an option names' <<'.'
	skip_unless root
	run nsinit --drop NET_RAW,SYS_ADMIN -- posture cap.
	expect_status 0
	for set in bounding permitted effective; do
		mask=$(value cap.$set)
		expect_eq $((0x$mask & 0x202000)) 0 "NET_RAW and SYS_ADMIN in $set"
		expect_eq $((0x$mask & 1)) 1 "CHOWN in $set"
	done
.

it 'an ordinary user cannot shrink the bounding set, and is told so' <<'.'
	skip_unless ordinary
	run nsinit --drop NET_RAW -- true
	expect_refusal 'needs CAP_SETPCAP'
.

it 'no_new_privs on request, by an ordinary user too' <<'.'
	run nsinit --no-new-privs -- posture no-new-privs
	expect_value no-new-privs 1
.

finish
