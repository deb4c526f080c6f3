#!/bin/sh
# Who COMMAND is: user, groups, environment, directory, umask, limits; all from the image's files.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/image.sh"

skip_unless userns busybox_static
image "$T/img"
many=''
if [ "$(id -u)" = 0 ] || prereq newuidmap; then many=1; fi

# as LINE...: a container in which every id is mapped, with these lines of [exec].
as() {
	conf '[rootfs]' "path = $T/img" '[idmap]' "mode = auto" '[exec]' "$@"
}

it 'is root of the container by default, with no groups of the caller' <<'.'
	as
	start posture uids gids groups env.
	expect_status 0
	expect_value uids '0 0 0'
	expect_value gids '0 0 0'
	expect_value env.HOME /root
	expect_value env.PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
	expect_out --not '^env\.[^HP]'
.

# user=WORD -> uid, gid, groups, HOME
[ -z "$many" ] || while read -r word uid gid groups home; do
	it "user = $word is $uid:$gid, groups $groups" <<'.'
		as "user = $word"
		start posture uids gids groups env.HOME
		expect_status 0
		expect_value uids "$uid $uid $uid"
		expect_value gids "$gid $gid $gid"
		got=$(value groups | tr ' ' ,)
		expect_eq "${got:--}" "$groups" groups
		expect_value env.HOME "$home"
.
done <<'END'
bob 1000 1000 29,44 /home/bob
1000 1000 1000 29,44 /home/bob
bob:video 1000 44 - /home/bob
bob:44 1000 44 - /home/bob
1234:77 1234 77 - /
nohome 1001 1001 - /
0:0 0 0 - /root
nobody 65534 65534 - /
END

it 'group and groups of the file' <<'.'
	[ -n "$many" ] || skip 'needs more ids than one'
	as 'user = bob' 'group = audio'
	start posture gids groups
	expect_value gids '29 29 29'
	expect_value groups ''
	as 'user = bob' 'groups = games' 'groups = 77'
	start posture groups
	expect_value groups '29 44 60 77'
.

for word in none 4294967295 4294967296 99999999999 -1 +5 1x ' 5 6' 5: :5 a:b:c 1234 bob:none 'a b'; do
	it "refuses user = $word" <<'.'
		as "user = \"$word\""
		start id
		expect_refusal '\[exec\] user: '
.
done

it 'refuses a group given twice' <<'.'
	as 'user = bob:audio' 'group = video'
	start id
	expect_refusal 'given twice'
.

it 'a user whose name is a number of another id makes it ambiguous' <<'.'
	[ -n "$many" ] || skip 'needs more ids than one'
	echo 1000:x:1005:1005::/:/bin/sh >>img/etc/passwd
	at_end "sed -i /^1000:/d $T/img/etc/passwd"
	as 'user = 1000'
	start id
	expect_refusal "'1000' is ambiguous"
	as 'user = bob'
	start id -u
	expect_out 1000
.

it 'a malformed line of the user is an error, of another user is not' <<'.'
	[ -n "$many" ] || skip 'needs more ids than one'
	printf '%s\n' 'bad:x:12x:5::/:' 'short:x' '' '#comment' ':::' >>img/etc/passwd
	at_end "sed -i -e /^bad:/d -e /^short/d -e '/^\$/d' -e '/^#/d' -e /^:/d $T/img/etc/passwd"
	as 'user = bad'
	start id
	expect_refusal "the uid of user 'bad' is not a number"
	as 'user = short'
	start id
	expect_refusal "'short'"
	as 'user = bob'
	start id -u
	expect_out 1000
.

it 'an image without passwd has root, and ids with their group' <<'.'
	mv img/etc img/etc.away
	at_end "mv $T/img/etc.away $T/img/etc"
	as
	start posture uids env.HOME
	expect_value uids '0 0 0'
	expect_value env.HOME /
	as 'user = bob'
	start true
	expect_refusal "user 'bob' is not in the container's passwd file"
.

it 'passwd that is a FIFO, a device or a link out is not followed' <<'.'
	mv img/etc/passwd passwd
	at_end "rm -f $T/img/etc/passwd; mv $T/passwd $T/img/etc/passwd"
	mkfifo img/etc/passwd
	as
	start true
	expect_refusal 'passwd: is not a regular file'
	rm img/etc/passwd
	ln -s "$T/passwd" img/etc/passwd
	as 'user = bob'
	start true
	expect_refusal "user 'bob' is not in the container's passwd file"
	rm img/etc/passwd
	ln -s /proc/self/root/etc/passwd img/etc/passwd
	start true
	expect_refusal 'passwd'
.

it 'an id that is not mapped is refused' <<'.'
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'user = private' '[idmap]' 'mode = root' '[exec]' 'user = 5:5'
	start id
	expect_refusal '\[exec\] (user|group): setting .id 5: Invalid argument'
	expect_err --match 'hint: the id is not mapped'
.

it 'an empty user leaves the ids' <<'.'
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'user = private' '[idmap]' 'mode = keep' '[exec]' 'user ='
	start id -u
	expect_out "$(id -u)"
.

# Environment

it 'env, pass-env: in order, the last of a name wins' <<'.'
	as 'env = A=1' 'env = B=two words' 'env = A=3' 'env = EMPTY=' 'pass-env = SEEN' 'pass-env = ABSENT' 'env = PATH=/bin'
	run env SEEN=yes HIDDEN=no nsexec --config c.ini -- nsinit -- posture env.
	expect_out 'env.PATH /bin
env.HOME /root
env.SEEN yes
env.A 3
env.B two words
env.EMPTY '
.

it 'clear-env = no passes all on' <<'.'
	as 'clear-env = no' 'env = A=1'
	run env SEEN=yes nsexec --config c.ini -- nsinit -- posture env.
	expect_value env.SEEN yes
	expect_value env.A 1
	expect_value env.HOME "$HOME"
.

it 'COMMAND is looked up in the PATH of the container, inside the new root' <<'.'
	mkdir -p img/opt
	printf '#!/bin/sh\necho inside\n' >img/opt/tool
	chmod 755 img/opt/tool
	as 'env = PATH=/opt'
	start tool
	expect_out inside
	as
	run env "PATH=$PATH:$T/img/opt" nsexec --config c.ini -- nsinit -- tool
	expect_status 127
	expect_err --match 'nsinit: tool: No such file'
.

for line in 'env = A' 'env = =1' 'pass-env = A=1' 'clear-env = perhaps' 'umask = 8' 'cwd = etc' 'keep-fd = 2' 'pdeathsig = NONE'; do
	it "refuses '$line'" <<'.'
		as "$line"
		start true
		expect_refusal "c.ini:6: \[exec\] ${line%% *}: "
.
done

# Directory, umask, limits

it 'cwd and umask' <<'.'
	as 'cwd = /home/bob' 'umask = 077'
	start sh -c 'pwd; umask'
	expect_out '/home/bob
0077'
	as
	start sh -c 'pwd; umask'
	expect_out '/
0022'
.

it 'cwd is entered as the user' <<'.'
	[ -n "$many" ] || skip 'needs more ids than one'
	mkdir -p -m 700 img/closed
	as 'user = bob' 'cwd = /closed'
	start true
	expect_refusal 'cwd: /closed: Permission denied'
	as 'cwd = /none'
	start true
	expect_refusal 'cwd: /none: No such file'
.

it 'limits, soft and hard' <<'.'
	conf '[rootfs]' "path = $T/img" '[rlimit]' 'nofile = 64:128' 'core = 0' 'stack = 1048576:unlimited'
	start posture rlimit.
	expect_value rlimit.nofile '64 128'
	expect_value rlimit.core '0 0'
	expect_value rlimit.stack '1048576 unlimited'
.

for line in 'nofile = 10:5' 'nofile = -1' 'nofile = many' 'nofile = 5:' 'nofile = 18446744073709551616' 'files = 5'; do
	it "refuses '$line'" <<'.'
		conf '[rootfs]' "path = $T/img" '[rlimit]' "$line"
		start true
		expect_refusal 'c.ini:4: \[rlimit\] '
.
done

it 'raising a hard limit beyond the right is refused, not skipped' <<'.'
	skip_unless ordinary
	run sh -c 'ulimit -n 64; exec nsinit --nofile 100000 -- true'
	expect_refusal '\[rlimit\] nofile: Operation not permitted'
	expect_err --match 'hint: .*CAP_SYS_RESOURCE'
.

it 'sysctl of private namespaces, and of no other' <<'.'
	conf '[rootfs]' "path = $T/img" '[sysctl]' 'net.ipv4.ip_forward = 1' 'kernel.shmmni = 99'
	if [ "$(id -u)" != 0 ]; then conf '[rootfs]' "path = $T/img" '[sysctl]' 'net.ipv4.ip_forward = 1'; fi
	start cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni
	expect_status 0
	expect_out --match '^1$'
	[ "$(id -u)" != 0 ] || expect_out --match '^99$'
	for key in kernel.core_pattern vm.swappiness kernel.hostname fs.file-max net; do
		conf '[rootfs]' "path = $T/img" '[sysctl]' "$key = 1"
		start true
		expect_refusal "\[sysctl\] $key: belongs to no namespace"
	done
	conf '[rootfs]' "path = $T/img" '[sysctl]' 'net.no.such = 1'
	start true
	expect_refusal '\[sysctl\] net.no.such: No such file'
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'net = host' '[mounts]' 'sys = no' '[sysctl]' 'net.ipv4.ip_forward = 1'
	start true
	expect_refusal 'needs a private net namespace'
.

it 'the host name is the container'"'"'s name, or what is written' <<'.'
	as
	start hostname
	expect_out c
	conf '[rootfs]' "path = $T/img" '[uts]' 'hostname = %n-1.example' 'domainname = dom'
	start sh -c 'hostname; cat /proc/sys/kernel/domainname'
	expect_out 'c-1.example
dom'
.

it 'a shared uts namespace keeps its name: the default is no wish, a written one is refused' <<'.'
	before=$(hostname)
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'uts = host'
	start hostname
	expect_out "$before"
	conf '[rootfs]' "path = $T/img" '[namespaces]' 'uts = host' '[uts]' 'hostname = other'
	start hostname
	expect_refusal 'hostname: needs a private uts namespace'
	expect_eq "$(hostname)" "$before" hostname
.

finish
