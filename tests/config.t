#!/bin/sh
# The worked examples of config/: each is right, and does what its comments say. demo.t has the demo.
# run as: root user
# timeout: 120
. "$(dirname "$0")/lib.sh"

config=$NSK_ROOT/config

for file in "$config"/*.ini; do
	name=${file##*/}
	it "$name is right, and printed it means the same" <<'.'
		run nskit conf check "$file"
		expect_status 0
		expect_no_err
		nskit conf print "$file" >once.ini
		nskit conf print once.ini >twice.ini
			run diff once.ini twice.ini
		expect_status 0
.
done

it 'each example is started by a test' <<'.'
	for file in "$config"/*.ini; do
		name=${file##*/}
		[ "$name" != default.ini ] || continue
		grep -q "config.*/$name" "$NSK_ROOT/tests/demo.t" "$NSK_ROOT/tests/config.t" ||
			fail "$name is not"
	done
.

it 'default.ini is what the table of keys gives' <<'.'
	"$NSK_ROOT/scripts/dev/document" "$NSK_BIN/nskit" ini >made
	run diff "$config/default.ini" made
	expect_status 0
.

prereq root || skip_unless userns

# ---- shell.ini ----

it 'shell.ini: commands on standard input, and its exit status' <<'.'
	echo 'uname -n; pwd; id -u; ls /proc/1/root >/dev/null 2>&1; exit 5' >commands
	run nsrun "$config/shell.ini" <commands
	expect_status 5
	expect_out 'shell
/tmp
0'
.

it 'shell.ini: a terminal of its own, with job control' <<'.'
	skip_unless tools
	run pty --when '[shell] $ ' --send 'sleep 60 &
' --when '[shell] $ ' --send 'tty; jobs; kill %1; exit 6
' -- nsrun "$config/shell.ini"
	expect_status 6
	expect_out --has /dev/pts/0
	expect_out --match '\[1\].*Running.*sleep 60'
	expect_out --not "can't access tty"
.

it 'shell.ini: what is done in it does not reach the machine' <<'.'
	run nsrun "$config/shell.ini" -- sh -c 'touch /new /tmp/new /run/new && ls /new /tmp/new /run/new
		touch /usr/new || echo read-only; cat /proc/net/dev | wc -l'
	expect_out '/new
/run/new
/tmp/new
read-only
3'
	expect_missing /new /run/new /tmp/new /usr/new
.

# ---- build.ini ----

a_project() {
	rm -rf "$1"
	mkdir "$1"
	cp "$config/build.ini" "$1/"
	cat >"$1/Makefile"
}

it 'build.ini: make runs in the tree of the file, and what it makes is the caller'\''s' <<'.'
	printf 'out: in\n\tcp in out\n\tpwd >>out\n' | a_project tree
	echo text >tree/in
	run nsrun tree/build.ini
	expect_status 0
	expect_file tree/out 'text
/src'
	expect_eq "$(stat -c %u:%g tree/out)" "$(id -u):$(id -g)"
.

it 'build.ini: neither a home, nor the environment, nor a network, nor anything to write to' <<'.'
	printf 'all:\n\t@%s\n' 'ls -A /home /root' >tree.make
	printf '\t@%s\n' 'tail -n +3 /proc/net/dev | cut -d : -f 1' 'echo "$$SECRET"' \
		'for d in /usr /etc /var; do ! touch $$d/new || echo $$d; done 2>/dev/null' >>tree.make
	a_project tree <tree.make
	run env SECRET=1 "$(command -v nsrun)" tree/build.ini
	expect_status 0
	expect_out '/home:

/root:
    lo'
.

it 'build.ini: a failing build has make'\''s status; another command may be given' <<'.'
	printf 'all:\n\tfalse\n' | a_project tree
	run nsrun tree/build.ini
	expect_status 2
	run nsrun tree/build.ini -- sh -c 'grep CapEff /proc/self/status'
	expect_out 'CapEff:	000000000000000b'
.

# ---- image.ini ----

# An image of busybox at DIR/rootfs whose server is the script on standard input.
an_image() {
	mkdir -p "$1/rootfs/bin" "$1/rootfs/etc"
	chmod 755 "$1" "$1/rootfs"
	cp "$config/image.ini" "$1/"
	cp "$(which busybox)" "$1/rootfs/bin/sh"
	for tool in id ls cat touch; do ln -s sh "$1/rootfs/bin/$tool"; done
	printf 'root:x:0:0::/:/bin/sh\napp:x:1000:1000::/srv:/bin/sh\n' >"$1/rootfs/etc/passwd"
	cat >"$1/rootfs/bin/server"
	chmod 755 "$1/rootfs/bin/server"
}

it 'image.ini: the image'\''s program as the image'\''s user, on a tree that cannot be changed' <<'.'
	skip_unless busybox_static
	prereq root || skip_unless newuidmap
	an_image "$T/image" <<-'END'
		#!/bin/sh
		id -u
		echo "$HOME $LANG"
		umask
		ls /
		for d in / /bin /dev; do touch $d/new; done 2>/dev/null
		touch /tmp/new /dev/shm/new && ls /tmp
		cat /proc/1/comm
		exit 8
	END
	run nsrun "$T/image/image.ini"
	expect_status 8
	expect_out '1000
/srv C.UTF-8
0077
bin
dev
etc
proc
run
sys
tmp
new
nsinit'
	expect_missing "$T/image/rootfs/new" "$T/image/rootfs/bin/new"
.

# ---- service.ini ----

if prereq root; then
	skip_unless overlay veth bridge controller_memory controller_pids controller_cpu

	it 'web.ini: a published port, and no way out' <<'.'
		skip_unless nft cmd_busybox
		at_end 'nsctl kill web && nsctl wait web 2>/dev/null || :'
		echo 1 >/proc/sys/net/ipv4/ip_forward
		ip link set lo up
		run nsrun "$config/web.ini"
		expect_status 0
		expect_no_err
		wait_for 'busybox wget -q -O - http://198.51.100.17:8080/ >"$T/page" 2>/dev/null' 30
		expect_file "$T/page" 'it works'
		run nsctl exec web -- busybox wget -q -T 1 -O - http://198.51.100.17:8080/
		expect_ne "$STATUS" 0 status
		run nsctl stop web
		expect_status 0
		run nft list tables
		expect_out --not nskit
.

	it 'service.ini: in the background, limited, on a bridge with the next of its kind' <<'.'
		at_end 'rm -f /tmp/nskit-service.log /tmp/nskit-second.log'
		at_end 'for name in service second; do nsctl kill $name && nsctl wait $name; done 2>/dev/null || :'
		run nsrun "$config/service.ini"
		expect_status 0
		expect_no_out
		expect_no_err
		run nsrun -n second -o net.eth0.address= -o net.eth0.address=198.51.100.11/24 \
			"$config/service.ini"
		expect_status 0
		wait_line /tmp/nskit-service.log '^service is up$'
		wait_line /tmp/nskit-second.log '^second is up$'

		dir=$(cgroup_dir memory) && limit=memory.limit_in_bytes ||
			{ dir=$(cgroup_dir unified) limit=memory.max; }
		expect_file "$dir/nskit-service/$limit" 268435456
		run ip addr show nskit0
		expect_out --has 198.51.100.1/24
		run sh -c 'ip -o link | grep -c " master nskit0 "'
		expect_out 2
		if prereq ping; then
			run ping -c 1 -W 2 198.51.100.10
			expect_status 0
			run ping -c 1 -W 2 198.51.100.11
			expect_status 0
		fi
		run nsctl exec service -- sh -c 'id -u; grep CapBnd /proc/self/status'
		expect_out '65534
CapBnd:	0000000000000000'

		run nsctl stop service
		expect_status 0
		run ip link show nskit0
		expect_status 0
		run nsctl stop second
		expect_status 0
		must_fail ip link show nskit0
		expect_missing /run/nskit
.
fi

finish
