#!/bin/sh
# nsnet's verbs: up twice, check, list, down; targets; whose is what. Seen by ip(8), in JSON.
# run as: root
# timeout: 200
. "$(dirname "$0")/lib.sh"
. "$NSK_TESTS/image.sh"

skip_unless root tools veth bridge busybox_static cmd_ip cmd_jq

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$target" -n "$ip" "$@"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
# What an earlier test has made, or the kernel is about to take away
no_links() {
	for _link in $(links); do
		[ "$_link" = lo ] || ip link del "$_link" 2>/dev/null || :
	done
	wait_for '[ "$(links)" = "lo " ]'
}
# addresses, routes: of eth0 inside, those that somebody has set
addresses() { inside -j addr show dev eth0 scope global | jq -r '.[].addr_info[]? | select(.local) | "\(.local)/\(.prefixlen)"' | sort | tr '\n' ' '; }
routes() { inside -j route show dev eth0 table all proto static | jq -r '.[] | "\(.dst) \(.gateway // "-")"' | sort | tr '\n' ';'; }
# everything on both sides, without what time changes and what the kernel adds a little later
all() {
	{
		ip -j -d addr
		inside -j -d addr
		inside -j route
		inside -j -6 route
	} | jq -S 'walk(
		if type == "object" then
			with_entries(select(.key | test("timer|state|flags|life_time|tentative") | not))
		elif type == "array" then
			map(select(type != "object" or (.scope != "link" and (.dst // "" | test("^(fe80|ff00|multicast)") | not))))
		else . end)'
}
# The machine's own root may lack the files that are to be bound over.
image "$T/image"
: >"$T/image/etc/resolv.conf"
: >"$T/image/etc/hosts"
go=$T/image/go
# A container `web` with the network of web.ini, until the test ends or `echo >"$go"`
container() {
	rm -f "$go"
	mkfifo "$go"
	printf '%s\n' '[rootfs]' "path = $T/image" 'readonly = yes' '[cgroup]' 'enable = no' "$@" >web.ini
	spawn nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- \
		nsinit -- sh -c 'echo up; read x </go'
	container=$PID
	wait_line "$OUT" up
	target=$(sed -n 's/^pid //p' /run/nskit/web/pid)
}
over() {
	echo >"$go"
	finished "$container"
	expect_status 0
	no_links
}

# ---- up ---------------------------------------------------------------------------------------

it 'up twice: the second changes nothing and succeeds' <<'.'
	no_links
	target
	at_end 'ip link del brv 2>/dev/null || :'
	set -- --pid "$target" --host-name outer --bridge brv --create-bridge --bridge-address 10.1.0.1/24 \
		--address 10.1.0.2/24 --address fd01::2/64 --gateway 10.1.0.1 --route '10.9.0.0/16 via 10.1.0.7 metric 5'
	nsnet up "$@"
	all >before
	run nsnet up "$@"
	expect_status 0
	expect_no_out
	expect_no_err
	all >after
	run diff before after
	expect_no_out
	run nsnet check "$@"
	expect_no_out
	expect_status 0
	nsnet down --pid "$target" --bridge brv --create-bridge
.

it 'up with a changed file: it is what the file says now' <<'.'
	no_links
	target
	nsnet up --pid "$target" --bridge br1 --create-bridge --address 10.1.0.2/24 --address 10.1.0.3/24 \
		--gateway 10.1.0.1 --route 10.5.0.0/16
	set -- --pid "$target" --host-name outer4 --bridge br2 --create-bridge --address 10.1.0.3/24 --address 10.2.0.2/24 \
		--gateway 10.2.0.1 --route '10.6.0.0/16 via 10.2.0.9' --mtu 1400 --txqueuelen 77 --mac 02:00:00:00:00:09
	run nsnet up "$@"
	expect_no_err
	expect_status 0
	expect_eq "$(addresses)" '10.1.0.3/24 10.2.0.2/24 '
	expect_eq "$(routes)" '10.6.0.0/16 10.2.0.9;default 10.2.0.1;'
	expect_eq "$(inside -j link show eth0 | jq -r '.[] | "\(.mtu) \(.txqlen) \(.address)"')" '1400 77 02:00:00:00:00:09'
	expect_eq "$(ip -j link show outer4 | jq -r '.[] | "\(.mtu) \(.master)"')" '1400 br2'
	expect_eq "$(links)" 'br2 lo outer4 '
	run nsnet check "$@"
	expect_no_out
	expect_status 0
	nsnet down --pid "$target" --bridge br2 --create-bridge
	expect_eq "$(links)" 'lo '
.

it 'up twice in a container that runs: by its name, with the record' <<'.'
	container '[net.eth0]' 'bridge = brw' 'create-bridge = yes' 'address = 10.1.0.2/24'
	run nsnet up --config web.ini web
	expect_no_err
	expect_status 0
	sed -i 's/10.1.0.2/10.1.0.4/' web.ini
	run nsnet up --config web.ini web
	expect_status 0
	expect_eq "$(addresses)" '10.1.0.4/24 '
	expect_eq "$(sort /run/nskit/web/net.links | uniq -d)" '' 'lines of the record that are there twice'
	over
	expect_missing /run/nskit
.

it 'up of one more interface keeps the lines of hosts, and so does one that fails' <<'.'
	container '[net]' 'add-host = db:10.9.0.9' '[net.eth0]' 'address = 10.1.0.2/24'
	hosts=/run/nskit/web/net.hosts
	cp "$hosts" before
	run nsnet up --name eth1 --address 10.2.0.2/24 --route '10.7.0.0/16 via 10.3.0.1' web
	expect_status 125
	run diff before "$hosts"
	expect_status 0
	run nsnet up --name eth1 --address 10.2.0.2/24 web
	expect_status 0
	expect_file "$hosts" "$(cat before; echo 10.2.0.2 web)"
	# the same interface with another address; the line of the former one goes
	run nsnet up --name eth1 --address 10.2.0.3/24 web
	expect_status 0
	expect_file "$hosts" "$(cat before; echo 10.2.0.3 web)"
	expect_missing /run/nskit/web/net.hosts-auto
	over
.

it 'up of the whole file makes hosts what it says now' <<'.'
	container '[net]' 'add-host = db:10.9.0.9' '[net.eth0]' 'address = 10.1.0.2/24'
	sed -i 's/10.1.0.2/10.1.0.4/; s/db:10.9.0.9/db:10.9.0.8/' web.ini
	run nsnet up --config web.ini web
	expect_status 0
	expect_file /run/nskit/web/net.hosts '127.0.0.1 localhost
::1 localhost ip6-localhost ip6-loopback
10.1.0.4 web
10.9.0.8 db'
	over
.

it 'up leaves an interface that is another one'"'"'s' <<'.'
	no_links
	target
	ip link add foreign type veth peer name eth0 netns "$target"
	at_end 'ip link del foreign'
	inside addr add 10.7.0.2/24 dev eth0
	run nsnet up --pid "$target" --address 10.1.0.2/24
	expect_refusal '.net.eth0.: an interface of this name is there inside already, and is not ours'
	expect_eq "$(addresses)" '10.7.0.2/24 '
.

it 'up that fails the second time leaves what the first has made' <<'.'
	no_links
	target
	nsnet up --pid "$target" --host-name outer5 --address 10.1.0.2/24
	run nsnet up --pid "$target" --address 10.1.0.2/24 --gateway 10.1.0.255
	expect_refusal '.net.eth0. gateway: 10.1.0.255'
	expect_eq "$(links)" 'lo outer5 '
	expect_eq "$(addresses)" '10.1.0.2/24 '
.

# linklocal CMD…: the link-local addresses that ip shows; `+`: the kernel did not look for duplicates
linklocal() { "$@" | jq -r '.[].addr_info[] | select(.scope == "link") | "\(if .nodad then "+" else "" end)\(.local)"' | tr '\n' ' '; }
# whatever waits for the end of such a look, on both sides
waiting() {
	{
		ip -j -6 addr
		inside -j -6 addr
	} | jq -r '.[] | .addr_info[]? | select(.tentative) | .local'
}

it 'up gives each link its link-local address: none is to be waited for' <<'.'
	no_links
	target
	nsnet up --pid "$target" --host-name port --bridge brd --create-bridge --bridge-address fd01::1/64 \
		--address fd01::2/64 --mac 02:00:00:00:00:07
	nsnet up --pid "$target" --name eth1 --host-name point --host-address fd02::1/64 --address fd02::2/64
	nsnet up --pid "$target" --name tap1 --type tap --mac 02:00:00:00:00:08
	expect_eq "$(waiting)" ''
	expect_eq "$(linklocal inside -j addr show dev eth0)" '+fe80::ff:fe00:7 '
	expect_eq "$(linklocal inside -j addr show dev tap1)" '+fe80::ff:fe00:8 '
	expect_eq "$(linklocal ip -j addr show dev port)" ''
	linklocal ip -j addr show dev brd | grep -xq '+fe80::[0-9a-f:]* ' || fail "brd: $(linklocal ip -j addr show dev brd)"
	linklocal ip -j addr show dev point | grep -xq '+fe80::[0-9a-f:]* ' || fail "point: $(linklocal ip -j addr show dev point)"
	nsnet down --pid "$target" --bridge brd --create-bridge
.

it 'up leaves it to the kernel with dad, and where a sysctl says how' <<'.'
	no_links
	target
	nsnet up --pid "$target" --dad --host-name h0 --address fd01::2/64
	nsnet up --pid "$target" --name eth1 --host-name h1 --sysctl net.ipv6.conf.IFNAME.addr_gen_mode=3
	expect_eq "$(inside -j -d link show dev eth0 | jq -r '.[0].inet6_addr_gen_mode')" eui64
	expect_eq "$(inside -j -d link show dev eth1 | jq -r '.[0].inet6_addr_gen_mode')" random
	wait_for 'linklocal inside -j addr show dev eth0 | grep -xq "fe80::[0-9a-f:]* "' 30
	expect_eq "$(inside -j addr show dev eth0 | jq -r '[.[].addr_info[] | select(.nodad)] | length')" 0
.

# ---- whose it is ------------------------------------------------------------------------------

it 'up that fails when it has renamed and moved an interface leaves it, and knows both names' <<'.'
	no_links
	target
	nsnet up --pid "$target" --host-name outer7 --address 10.1.0.2/24
	run nsnet up --pid "$target" --host-name outer8 --address 10.1.0.2/24 --gateway 10.1.0.255
	expect_refusal '.net.eth0. gateway: 10.1.0.255'
	expect_eq "$(links)" 'lo outer8 '
	ip link del outer8
	container '[net.eth0]' 'host-name = outer7' 'address = 10.1.0.2/24'
	sed 's/outer7/outer8/' web.ini >changed.ini
	printf '%s\n' 'bridge = brw' 'create-bridge = yes' 'gateway = 10.1.0.255' >>changed.ini
	run nsnet up --config changed.ini web
	expect_refusal '.net.eth0. gateway: 10.1.0.255'
	expect_eq "$(links)" 'brw lo outer8 '
	over
	expect_missing /run/nskit
.

it 'down leaves a veth without our mark, and a bridge of the same name' <<'.'
	no_links
	target
	ip link add brx type bridge
	ip link add foreign type veth peer name eth0 netns "$target"
	ip link set foreign master brx
	at_end 'ip link del foreign; ip link del brx'
	run nsnet down --pid "$target" --bridge brx --create-bridge
	expect_refusal 'its outer end foreign is not ours'
	expect_eq "$(links)" 'brx foreign lo '
.

it 'thirty starts and stops at once on one bridge: it goes with the last' <<'.'
	no_links
	i=0
	while [ "$i" -lt 30 ]; do
		i=$((i + 1))
		{
			s=0
			printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.eth0]' 'bridge = brn' \
				'create-bridge = yes' 'bridge-address = 10.8.0.1/24' "address = 10.8.0.$((i + 1))/24" >"c$i.ini"
			nsexec --name "c$i" --config "c$i.ini" --window 'nsnet up' --undo 'nsnet down' -- \
				nsinit -- true 2>"err.$i" || s=$?
			echo "$s" >"status.$i"
		} &
	done
	wait
	expect_eq "$(cat err.*)" ''
	expect_eq "$(sort status.* | uniq -c | tr -s ' ')" ' 30 0'
	expect_eq "$(links)" 'lo '
	expect_missing /run/nskit
.

it 'a fixed host name, stopped and started again at once, by undo and by gc' <<'.'
	for i in 1 2 3 4; do
		container '[net.eth0]' 'host-name = fixed1' 'address = 10.5.0.2/24'
		kill -KILL "$container"
		finished "$container"
	done
	nskit state gc
	no_links
.

it 'a host name that stays taken is an error after a bounded wait' <<'.'
	no_links
	target
	one=$target
	nsnet up --pid "$one" --host-name taken
	ip link set taken alias nskit:0123456789abcdef
	target
	run nsnet up --pid "$target" --host-name taken
	expect_refusal 'host-name: taken is taken by another link of the host'
.

it 'of two that take a fixed host name at once one has it, and the other one leaves it alone' <<'.'
	skip_unless strace
	no_links
	printf '%s\n' '[rootfs]' "path = $T/image" 'readonly = yes' '[cgroup]' 'enable = no' >lo.ini
	printf '%s\n' '[net.eth0]' 'host-name = fixed2' 'address = 10.5.0.2/24' >veth.ini
	for name in first second; do
		run nsrun -d -n "$name" "$PWD/lo.ini" sleep 1000
		expect_status 0
	done
	at_end 'nsctl stop -t 0 first >/dev/null 2>&1 || :; nsctl stop -t 0 second >/dev/null 2>&1 || :'
	# stands still between its look at the name and the pair
	spawn strace -o trace -e trace=sendto -e inject=sendto:delay_enter=1000000:when=1 nsnet up --config veth.ini first
	first=$PID
	wait_for 'grep -qs fixed2 /run/nskit/first/net.links'
	run nsnet up --config veth.ini second
	expect_refusal 'host-name: fixed2 is taken by another link of the host'
	finished "$first"
	expect_status 0
	expect_eq "$(ip -j link show dev fixed2 | jq -r '.[].ifalias')" "nskit:$(sed -n 's/^id //p' /run/nskit/first/plan)"
	run nsnet check --config veth.ini first
	expect_status 0
.

# ---- check ------------------------------------------------------------------------------------

# differs COMMAND LINE: what check says after COMMAND was done inside
differs() {
	set -- "$1" "$2" --pid "$target" --host-name outer6 --bridge brc --create-bridge --bridge-address 10.1.0.1/24 \
		--address 10.1.0.2/24 --address fd01::2/64 --gateway 10.1.0.1 --route '10.9.0.0/16 via 10.1.0.7 mtu 1300' \
		--mtu 1400 --txqueuelen 50 --mac 02:00:00:00:00:07
	_change=$1 _line=$2
	shift 2
	nsnet up "$@"
	run nsnet check "$@"
	expect_no_out
	expect_status 0
	eval "$_change"
	run nsnet check "$@"
	expect_status 1
	expect_out --match "^$_line$"
	run nsnet check --json "$@"
	expect_status 1
	jq -e '.differences | length > 0 and all(has("section") and has("key") and has("wants") and has("is"))' <"$OUT" >/dev/null ||
		fail "the JSON: $(cat "$OUT")"
	run nsnet up "$@"
	expect_status 0
	run nsnet check "$@"
	expect_no_out
	expect_status 0
	nsnet down --pid "$target" --bridge brc --create-bridge
}

while IFS='|' read -r name change line; do
	it "check names $name, and up mends it" "no_links; target; differs '$change' '$line'"
done <<'END'
an address that is missing|inside addr del 10.1.0.2/24 dev eth0|.net.eth0. address: wants 10.1.0.2/24, is missing
an address of IPv6 that is missing|inside addr del fd01::2/64 dev eth0|.net.eth0. address: wants fd01::2/64, is missing
an address too many|inside addr add 10.1.0.77/24 dev eth0|.net.eth0. address: wants none, is 10.1.0.77/24
a route that is missing|inside route del 10.9.0.0/16|.net.eth0. route: wants 10.9.0.0/16 via 10.1.0.7 mtu 1300, is missing
a route by another hop|inside route replace 10.9.0.0/16 via 10.1.0.8 mtu 1300|.net.eth0. route: wants 10.9.0.0/16 via 10.1.0.7 mtu 1300, is 10.9.0.0/16 via 10.1.0.8 mtu 1300
a route with another mtu|inside route replace 10.9.0.0/16 via 10.1.0.7 mtu 1200|.net.eth0. route: wants .* mtu 1300, is .* mtu 1200
a route too many|inside route add 10.10.0.0/16 via 10.1.0.8|.net.eth0. route: wants none, is 10.10.0.0/16 via 10.1.0.8
a gateway that is missing|inside route del default|.net.eth0. gateway: wants default via 10.1.0.1, is missing
another MTU inside|inside link set eth0 mtu 1300|.net.eth0. mtu: wants 1400, is 1300
another MTU outside|ip link set outer6 mtu 1300|.net.eth0. mtu: wants 1400, is 1300 on outer6
another queue length|inside link set eth0 txqueuelen 60|.net.eth0. txqueuelen: wants 50, is 60
another MAC|inside link set eth0 address 02:00:00:00:00:08|.net.eth0. mac: wants 02:00:00:00:00:07, is 02:00:00:00:00:08
an interface that is down|inside link set eth0 down|.net.eth0. up: wants yes, is no
an outer end that is down|ip link set outer6 down|.net.eth0. up: wants outer6 up, is outer6 down
a port that left its bridge|ip link set outer6 nomaster|.net.eth0. bridge: wants brc, is missing
an address of the bridge that is missing|ip addr del 10.1.0.1/24 dev brc|.net.eth0. bridge-address: wants 10.1.0.1/24, is missing
loopback that is down|inside link set lo down|.net. loopback: wants up, is down
END

it 'check names an interface that is missing, and one of another kind' <<'.'
	no_links
	target
	run nsnet check --pid "$target" --address 10.1.0.2/24
	expect_status 1
	expect_out --match '^.net.eth0. type: wants veth, is missing$'
	inside link add eth0 type bridge
	run nsnet check --pid "$target" --up=no
	expect_status 1
	expect_out --match '^.net.eth0. type: wants veth, is bridge$'
.

it 'check compares the DNS files of a container' <<'.'
	container '[net]' 'dns = 10.1.0.1' 'dns-search = a.example' '[net.eth0]' 'address = 10.1.0.2/24'
	run nsnet check --config web.ini web
	expect_no_out
	expect_status 0
	sed -i 's/10.1.0.1$/10.1.0.9/' web.ini
	run nsnet check --config web.ini web
	expect_status 1
	expect_out '[net] dns: wants nameserver 10.1.0.9, is missing
[net] dns: wants none, is nameserver 10.1.0.1'
	over
.

it 'check that cannot look is 125' <<'.'
	run nsnet check nobody
	expect_refusal 'nobody: no such container'
.

# ---- list -------------------------------------------------------------------------------------

it 'list --json says what ip says' <<'.'
	no_links
	target
	nsnet up --pid "$target" --host-name outer7 --address 10.1.0.2/24 --address fd01::2/64 --gateway 10.1.0.1 \
		--route '10.9.0.0/16 via 10.1.0.7 metric 5 mtu 1300' --mtu 1400
	wait_for 'inside -j link show eth0 | jq -e ".[].operstate == \"UP\""'
	run nsnet list --json --pid "$target"
	expect_status 0
	cp "$OUT" list
	inside -j addr | jq -S '[.[] | {name: .ifname, index: .ifindex, mtu: .mtu, mac: .address,
		state: (.operstate | ascii_downcase), addresses: [.addr_info[] | {address: "\(.local)/\(.prefixlen)", scope: .scope}]}]' >theirs
	jq -S '[.interfaces[] | {name, index, mtu, mac, state, addresses: [.addresses[] | {address, scope}]}]' list >ours
	run diff ours theirs
	expect_no_out
	expect_eq "$(jq -c '.interfaces[] | select(.name == "eth0") | [.kind, .up, .link]' list)" \
		"[\"veth\",true,\"if$(ip -j link show outer7 | jq '.[].ifindex')\"]"
	expect_eq "$(jq -c '.routes[] | select(.destination == "10.9.0.0/16") | [.interface, .via, .metric, .mtu, .table]' list)" \
		'["eth0","10.1.0.7",5,1300,254]'
.

it 'list counts what the inside received and sent, not the host' <<'.'
	skip_unless cmd_ping
	no_links
	target
	nsnet up --pid "$target" --host-name outer8 --address 10.1.0.2/24
	ip addr add 10.1.0.1/24 dev outer8
	run ping -c 3 -s 1000 -i 0.2 -W 5 10.1.0.2
	expect_status 0
	# no packet between the two looks: again until ip says the same before and after
	same() {
		inside -j -s link show eth0 | jq -c '.[].stats64 | [.rx.packets, .rx.bytes, .tx.packets, .tx.bytes]' >before
		nsnet list --json --pid "$target" >list
		inside -j -s link show eth0 | jq -c '.[].stats64 | [.rx.packets, .rx.bytes, .tx.packets, .tx.bytes]' >after
		cmp -s before after
	}
	wait_for same
	expect_eq "$(jq -c '.interfaces[] | select(.name == "eth0") | .statistics | [.rx.packets, .rx.bytes, .tx.packets, .tx.bytes]' list)" \
		"$(cat before)"
	[ "$(jq '.[1]' before)" -gt 3000 ] || fail "too little was counted: $(cat before)"
	run nsnet list --pid "$target"
	expect_out --match '^    rx packets [1-9][0-9]* bytes [1-9][0-9]{3,} errors 0 dropped [0-9]+$'
.

it 'list --json is JSON whatever an interface is called' <<'.'
	target
	esc=$(printf 'a\033"\\b')
	bad=$(printf 'x\377\303\251')
	inside link add "$esc" type bridge
	inside link add "$bad" type bridge
	run nsnet list --json --pid "$target"
	expect_status 0
	jq -r '.interfaces[].name' <"$OUT" >names
	expect_file names --has "$esc"
	expect_file names --has "$(printf 'x\357\277\275\303\251')"
	run nsnet list --pid "$target"
	expect_status 0
	[ "$(tr -dc '\033' <"$OUT" | wc -c)" = 0 ] || fail 'an escape reached the terminal'
.

it 'list shows a duplicate address as that' <<'.'
	no_links
	target
	nsnet up --pid "$target" --host-name outer9 --address 10.1.0.2/24
	ip addr add fd01::2/64 dev outer9 nodad
	inside addr add fd01::2/64 dev eth0
	wait_for 'nsnet list --json --pid "$target" | jq -e "[.interfaces[].addresses[] | select(.dadfailed)] == [{address: \"fd01::2/64\", scope: \"global\", tentative: true, dadfailed: true, deprecated: false}]"' 30
	run nsnet list --pid "$target"
	expect_out --match '^    address fd01::2/64 scope global tentative dadfailed$'
	run nsnet check --pid "$target" --address 10.1.0.2/24 --address fd01::2/64
	expect_status 1
	expect_out --match 'address: wants fd01::2/64, is that of another host, too'
.

# ---- targets ----------------------------------------------------------------------------------

it 'takes a pid, a pidfd, a path, a descriptor, a name' <<'.'
	no_links
	container '[net.eth0]' 'address = 10.1.0.2/24'
	for t in "--pid $target" "--netns /proc/$target/ns/net" web; do
		run nsnet list $t
		expect_status 0
		expect_out --has 'address 10.1.0.2/24'
	done
	run sh -c 'nsnet list --netns fd:7 7<"/proc/$0/ns/net"' "$target"
	expect_status 0
	expect_out --has 'address 10.1.0.2/24'
	# a window's command inherits the pidfd
	run nsexec --name two --config web.ini --net=private --window 'nsnet up' \
		--window "/bin/sh -c 'nsnet list --pidfd \$NSK_PIDFD >$T/by-pidfd'" --undo 'nsnet down' -- nsinit -- true
	expect_status 0
	expect_file by-pidfd --has 'address 10.1.0.2/24'
	over
.

it 'refuses a process that has ended, files and descriptors that are no namespace, a name that does not run' <<'.'
	spawn true
	finished
	run nsnet list --pid "$PID"
	expect_refusal "process $PID: No such process"
	run nsnet up --netns "$T" --type veth
	expect_refusal 'not a network namespace'
	run nsnet list --netns "$T/none"
	expect_refusal 'none: No such file'
	run sh -c 'nsnet list --netns fd:7 7</dev/null'
	expect_refusal 'fd:7: not a network namespace'
	run sh -c 'nsnet list --netns fd:7 7</proc/self/ns/mnt'
	expect_refusal 'fd:7: not a network namespace'
	run sh -c 'nsnet list --pidfd 7 7</dev/null'
	expect_refusal 'pidfd 7: joining its network namespace: Invalid argument|pidfd 7'
	run nsnet up ended
	expect_refusal 'ended: no such container'
	container '[net.eth0]' 'address = 10.1.0.2/24'
	kill -KILL "$container"
	finished "$container"
	waitgone "$target"
	run nsnet list web
	expect_refusal 'web: (its init|joining its network namespace): No such process'
	nskit state gc
.

# ---- the kernel's words -----------------------------------------------------------------------

while IFS='|' read -r name options words; do
	it "errors carry the kernel's words: $name" "
		no_links
		target
		run nsnet up --pid \"\$target\" $options
		expect_refusal '$words'
		expect_eq \"\$(links)\" 'lo '"
done <<'END'
a hop that is the broadcast address|--address 10.0.0.2/24 --gateway 10.0.0.255|gateway: 10.0.0.255: .*: Nexthop has invalid gateway
END

finish
