#!/bin/sh
# nsnet: every wrong input is one clear line, 125, and nothing left.
# run as: root
# timeout: 120
. "$(dirname "$0")/lib.sh"

skip_unless root tools veth bridge cmd_ip

. "$NSK_TESTS/net.sh"
inside() { /usr/bin/nsenter -t "$PID" -n "$@"; }
links() { ip -o link | sed 's/^[0-9]*: \([^:@]*\).*/\1/' | sort | tr '\n' ' '; }
no_links() { wait_for '[ "$(links)" = "lo " ]'; }

# refused RE OPTION…: `nsnet up` on a target, before anything is made
refused() {
	_re=$1
	shift
	no_links
	target
	run nsnet up --pid "$PID" "$@"
	expect_refusal "$_re"
	expect_eq "$(links)" 'lo ' 'links of the host'
	expect_eq "$(inside ip -o link | wc -l)" 1 'links inside'
}

# file_refused RE LINE…: a file, refused with its line
file_refused() {
	_re=$1
	shift
	printf '%s\n' "$@" >web.ini
	target
	run nsnet up --pid "$PID" --config web.ini
	expect_refusal "$_re"
	expect_eq "$(inside ip -o link | wc -l)" 1 'links inside'
}

while IFS='|' read -r name options re; do
	it "refuses $name" "refused '$re' $options"
done <<'END'
an address without its prefix length|--address 10.0.0.2|--address: .10.0.0.2. lacks its prefix length
a prefix length that is too long|--address 10.0.0.2/33|0[.][.]32
a prefix length with junk|--address 10.0.0.2/2x|prefix length
an address of zeros|--address 0.0.0.0/8|no address of an interface
a multicast address|--address 224.0.0.1/24|multicast
a word for an address|--address ten/8|not an IPv4 or IPv6 address
an IPv6 prefix that is too long|--address fd00::1/129|0[.][.]128
an unknown type|--type ethernet|.ethernet. is none of veth, macvlan, 
a name of 16 bytes|--name abcdefghijklmnop|1 to 15 bytes
a name with a slash|--name a/b|no ./.
an empty name|--name ""|name
a name with a percent sign|--host-name veth%d|%
an MTU that is too small|--mtu 67|--mtu: 67 is out of range 68[.][.]65535
an MTU that is too large|--mtu 65536|out of range
an MTU below what IPv6 wants|--mtu 1279 --address fd00::2/64|mtu: 1279: IPv6 wants 1280
a MAC with a digit too few|--mac 02:00:00:00:00:0|none of auto, stable
a multicast MAC|--mac 01:00:00:00:00:01|first byte is odd
a stable MAC without a name|--mac stable|mac: stable: wants a container.s name
a gateway outside the subnet|--address 10.0.0.2/24 --gateway 10.0.1.1|gateway: 10.0.1.1 is in no subnet
a gateway of another family|--address 10.0.0.2/24 --gateway fd00::1|fd00::1: the interface has no IPv6 address
a gateway that is its own|--address 10.0.0.2/24 --gateway 10.0.0.2|is an address of the interface itself
two gateways of one family|--address 10.0.0.2/24 --gateway 10.0.0.1 --gateway 10.0.0.3|a metric tells them apart
an address twice|--address 10.0.0.2/24 --address 10.0.0.2/24|has this address already
a route with host bits|--address 10.0.0.2/24 --route 10.1.2.3/16|--route: .10.1.2.3/16. has host bits behind its prefix: the network is 10.1.0.0/16
a route of mixed families|--address 10.0.0.2/24 --route "10.1.0.0/16 via fd00::1"|not of the destination.s family
a route by a hop out of reach|--address 10.0.0.2/24 --route "10.1.0.0/16 via 10.9.0.1"|.onlink. is for that
a source that nobody has|--address 10.0.0.2/24 --route "10.1.0.0/16 src 10.0.0.9"|src 10.0.0.9 is no address of the container
a route with an unknown word|--route "10.1.0.0/16 dev eth0"|unknown word .dev.
a route that ends too early|--route "10.1.0.0/16 via"|lacks its value
onlink without a hop|--route "10.1.0.0/16 onlink"|via GW
a metric that is none|--route "10.1.0.0/16 metric -1"|metric
the same route twice|--route 10.1.0.0/16 --route "10.1.0.0/16 mtu 1400"|same destination
a route by a link that stays down|--up=no --address 10.0.0.2/24 --gateway 10.0.0.1|up: routes want
create-bridge without a bridge|--create-bridge|wants bridge = NAME
a bridge that is not there|--bridge nobr|bridge: no link nobr on the host
a bridge-address without create-bridge|--bridge b --bridge-address 10.0.0.1/24|wants create-bridge = yes
a bridge-address that is the container's|--bridge b --create-bridge --bridge-address 10.0.0.2/24 --address 10.0.0.2/24|has this address already
a host-name that is the bridge's|--bridge b --create-bridge --host-name b|is the bridge.s name too
a bridge on a loopback interface|--type loopback --name lo --bridge b|not for type loopback
a loopback interface of another name|--type loopback|the loopback interface is lo
a veth called lo|--name lo --address 10.0.0.2/24|its type is loopback
a route of a kind with a hop|--address 10.0.0.2/24 --route "blackhole 10.1.0.0/16 via 10.0.0.1"|--route: blackhole: no via
a gateway behind a blackhole|--address 10.0.0.2/24 --route "blackhole 10.1.0.0/16" --gateway 10.1.0.1|no subnet
a rule without a table|--rule "from 10.0.0.0/8"|--rule: a rule wants one of: table N
a rule of mixed families|--rule "from 10.0.0.0/8 to fd00::/64 table 7"|another family
a rule with an unknown word|--rule "lookup 7"|unknown word .lookup.
a mark that its mask hides|--rule "fwmark 0x100/0xff table 7"|matches nothing
a neighbour without a MAC|--neigh 10.0.0.9|IP .lladdr. MAC is wanted
a neighbour with half a MAC|--neigh "10.0.0.9 02:00"|not xx:xx
a pool with host bits|--pool 10.0.0.1/24|--pool: .10.0.0.1/24. has host bits behind its prefix: the network is 10.0.0.0/24
a pool of everything|--pool 0.0.0.0/0|all addresses
a pool on a loopback interface|--type loopback --name lo --pool 10.0.0.0/24|pool: not for type loopback
a gateway outside the pool|--pool 10.0.0.0/24 --gateway 10.0.1.1|gateway: 10.0.1.1 is in no subnet
a host-address on a bridge|--bridge b --create-bridge --host-address 10.0.0.1/32|host-address: and bridge = b
a host-address that is the container's|--address 10.0.0.2/32 --host-address 10.0.0.2/32|has this address already
a host-address of a loopback interface|--type loopback --name lo --host-address 10.0.0.1/32|host-address: not for type loopback
an MTU below what IPv6 wants, by the host's address|--mtu 1279 --host-address fd00::1/128|IPv6 wants 1280
hairpin without a bridge|--hairpin|hairpin: wants bridge = NAME
isolated without a bridge|--isolated|isolated: wants bridge = NAME
a vlan without a bridge|--vlan-id 10|vlan-id: wants bridge = NAME
a trunk without a bridge|--trunk 10-20|trunk: wants bridge = NAME
a vlan out of range|--bridge b --vlan-id 4095|out of range 1..4094
a trunk out of range|--bridge b --trunk 10-4095|no vlan in 1..4094
a trunk backwards|--bridge b --trunk 20-10|no vlan in 1..4094
a trunk that has the vlan-id|--bridge b --vlan-id 15 --trunk 10-20|trunk: has 15, which is the vlan-id
a vlan twice|--bridge b --trunk 10-20 --trunk 20-30|trunk: 20 is named twice
a rate without a number|--rate-in fast|--rate-in: .fast. is not a rate
a rate of nothing|--rate-out 0|less than a byte
rate-in without a host's end|--type loopback --name lo --rate-in 1mbit|rate-in: not for type loopback
burst without a rate|--burst 64K|burst: wants rate-in or rate-out
a burst smaller than a packet|--rate-in 1mbit --mtu 9000 --burst 8K|burst: a packet of 9018 bytes would never pass
a sysctl without a value|--sysctl net.ipv4.conf.IFNAME.rp_filter|NAME=VALUE is wanted
a sysctl of the machine|--net-sysctl kernel.hostname=x|.kernel.hostname. is no net.. parameter
a sysctl that climbs out|--net-sysctl net.//.//.kernel.hostname=x|no net.. parameter
a sysctl of no interface|--sysctl net.ipv4.ip_forward=1|others: .net. sysctl
a sysctl of which interface|--net-sysctl net.ipv4.conf.IFNAME.rp_filter=1|of which interface
a word for accept-ra|--accept-ra=maybe|.maybe. is none of no, yes, always
a name server that is a name|--dns dns.example|not an IPv4 or IPv6 address
dns without a place to write it|--dns 10.0.0.1|no container.s record to write the file into
a search domain of two words|--dns-search "a b"|without blanks
an add-host that is no pair|--add-host db|not HOST:IP
add-host with hosts = no|--add-host db:10.0.0.1 --hosts=no|hosts = no
--json for up|--json|--json is for list and check
a second target|--netns /proc/self/ns/net|exclude each other
an unknown option|--adress 10.0.0.2/24|nearest is --address
a macvlan without a link|--type macvlan|type: macvlan wants link = 
a vlan without an id|--type vlan --link v0|type: vlan wants id = 
a vxlan without an id|--type vxlan|type: vxlan wants id = 
a phys without a device|--type phys|type: phys wants device = 
a wireguard without a key|--type wireguard|type: wireguard wants private-key = 
a link that is not there|--type macvlan --link nope|.net.eth0. link: nope: no such interface
a device that is not there|--type phys --device nope|.net.eth0. device: nope: no such interface
a vlan on a link that is not there|--type vlan --link nope --id 5|link: nope: no such interface
a device that cannot move|--type phys --device lo|.net.eth0. device: lo: Invalid argument
a mode of no type|--type macvlan --link lo --mode vapa|mode: .vapa. is none of type macvlan.s: private, vepa, bridge, passthru
a mode of another type|--type ipvlan --link lo --mode bridge|is none of type ipvlan.s: l2, l3, l3s
a vlan of 0|--type vlan --link lo --id 0|id: 0: a vlan.s is 1[.][.]4094
a vlan of 4095|--type vlan --link lo --id 4095|id: 4095: a vlan.s is 1[.][.]4094
a vxlan that is too large|--type vxlan --id 16777216|--id: 16777216 is out of range 0[.][.]16777215
a port of 0|--type vxlan --id 5 --port 0|--port: 0 is out of range
a vxlan of two families|--type vxlan --id 5 --remote 10.0.0.1 --local fd00::1|local: fd00::1 is not of the remote.s family
a multicast group without a link|--type vxlan --id 5 --remote 239.1.1.1|type: vxlan: .*
a macvlan on loopback|--type macvlan --link lo|type: macvlan: 
an MTU above the link.s|--type macvlan --link lo --mtu 65535 --name lo2|.net.lo2. type: macvlan
an owner that is a name|--type tap --owner root|--owner: 
a key file that is not there|--type wireguard --private-key /nonexistent|private-key: /nonexistent: No such file
a key file without a key|--type wireguard --private-key /dev/null|private-key: /dev/null: holds no key
a peer whose key is too short|--type wireguard --private-key k --peer AAAA|is no public key: 44 letters
a peer whose key has bits too many|--type wireguard --private-key k --peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dh=|is no public key
a peer by a name|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= endpoint vpn.example:51820"|not an IPv4 or IPv6 address
an endpoint without a port|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= endpoint 10.0.0.1"|is not IP:PORT
an IPv6 endpoint without brackets|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= endpoint fd00::1:51820"|stands in brackets
allowed networks with host bits|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= allowed 10.0.0.1/24"|has host bits
a keepalive of 0|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= keepalive 0"|is not a number in 1[.][.]65535
an unknown word of a peer|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= route 10.0.0.0/8"|unknown word .route.
a peer that ends too early|--type wireguard --private-key k --peer "xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg= endpoint"|lacks its value
host-name on a dummy|--type dummy --host-name h|^nsnet: .net.eth0. host-name: not for type dummy, but 
bridge on a dummy|--type dummy --bridge b|^nsnet: .net.eth0. bridge: not for type dummy, but 
create-bridge on a dummy|--type dummy --create-bridge|^nsnet: .net.eth0. create-bridge: not for type dummy, but 
bridge-address on a dummy|--type dummy --bridge-address 10.0.0.1/24|^nsnet: .net.eth0. bridge-address: not for type dummy, but 
host-address on a dummy|--type dummy --host-address 10.0.0.1/24|^nsnet: .net.eth0. host-address: not for type dummy, but 
rate-in on a dummy|--type dummy --rate-in 1mbit|^nsnet: .net.eth0. rate-in: not for type dummy, but 
hairpin on a dummy|--type dummy --hairpin|^nsnet: .net.eth0. hairpin: not for type dummy, but 
isolated on a dummy|--type dummy --isolated|^nsnet: .net.eth0. isolated: not for type dummy, but 
vlan-id on a dummy|--type dummy --vlan-id 5|^nsnet: .net.eth0. vlan-id: not for type dummy, but 
trunk on a dummy|--type dummy --trunk 5|^nsnet: .net.eth0. trunk: not for type dummy, but 
link on a dummy|--type dummy --link lo|^nsnet: .net.eth0. link: not for type dummy, but 
mode on a dummy|--type dummy --mode l2|^nsnet: .net.eth0. mode: not for type dummy, but 
id on a dummy|--type dummy --id 5|^nsnet: .net.eth0. id: not for type dummy, but 
remote on a dummy|--type dummy --remote 10.0.0.1|^nsnet: .net.eth0. remote: not for type dummy, but 
local on a dummy|--type dummy --local 10.0.0.1|^nsnet: .net.eth0. local: not for type dummy, but 
port on a dummy|--type dummy --port 5|^nsnet: .net.eth0. port: not for type dummy, but 
device on a dummy|--type dummy --device lo|^nsnet: .net.eth0. device: not for type dummy, but 
owner on a dummy|--type dummy --owner 5|^nsnet: .net.eth0. owner: not for type dummy, but 
group on a dummy|--type dummy --group 5|^nsnet: .net.eth0. group: not for type dummy, but 
multi-queue on a dummy|--type dummy --multi-queue|^nsnet: .net.eth0. multi-queue: not for type dummy, but 
private-key on a dummy|--type dummy --private-key k|^nsnet: .net.eth0. private-key: not for type dummy, but 
listen-port on a dummy|--type dummy --listen-port 5|^nsnet: .net.eth0. listen-port: not for type dummy, but 
fwmark on a dummy|--type dummy --fwmark 5|^nsnet: .net.eth0. fwmark: not for type dummy, but 
peer on a dummy|--type dummy --peer xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=|^nsnet: .net.eth0. peer: not for type dummy, but 
a MAC on ipvlan|--type ipvlan --link lo --mac 02:00:00:00:00:01|.net.eth0. mac: not for type ipvlan, but veth, macvlan
a MAC on wireguard|--type wireguard --private-key k --mac 02:00:00:00:00:01|.net.eth0. mac: not for type wireguard, but veth, macvlan
a gateway on a loopback interface|--type loopback --name lo --address 10.0.0.2/24 --gateway 10.0.0.1|.net.lo. gateway: not for type loopback
END

while IFS='|' read -r name lines re; do
	it "refuses in a file $name" "IFS=';'; set -- $(printf "'%s'" "$lines"); file_refused '$re' \$1"
done <<'END'
an unknown key|[net.eth0];adress = 10.0.0.2/24|^nsnet: web.ini:2: .net.eth0. adress: unknown key; the nearest is address
a bad value|[net.eth0];address = 10.0.0.2|web.ini:2: .net.eth0. address: .10.0.0.2. lacks
a name of 16 bytes|[net.abcdefghijklmnop];address = 10.0.0.2/24|.net.abcdefghijklmnop.*1 to 15 bytes
one address on two interfaces|[net.eth0];address = 10.0.0.2/24;[net.eth1];address = 10.0.0.3/24;address = 10.0.0.2/16|web.ini:5: .net.eth1. address: 10.0.0.2/16: .net.eth0. address has this
one host-name for two|[net.eth0];host-name = x;[net.eth1];host-name = x|web.ini:4: .net.eth1. host-name: .x. is that of .net.eth0.
one MAC for two|[net.eth0];mac = 02:00:00:00:00:01;[net.eth1];mac = 02:00:00:00:00:01|web.ini:4: .net.eth1. mac: is that of
two default routes|[net.eth0];address = 10.0.0.2/24;gateway = 10.0.0.1;[net.eth1];address = 10.1.0.2/24;gateway = 10.1.0.1|web.ini:6: .net.eth1. gateway: .net.eth0. gateway has a route
the second gateway, by its line|[net.eth0];address = 10.0.0.2/24;gateway = 10.0.0.1;gateway = 10.9.0.1|web.ini:4: .net.eth0. gateway: 10.9.0.1 is in no subnet
one host-address of two prefixes|[net.eth0];address = 10.0.0.2/32;host-address = 10.0.0.1/32;[net.eth1];address = 10.0.0.3/32;host-address = 10.0.0.1/24|web.ini:6: .net.eth1. host-address: 10.0.0.1/24: .net.eth0. host-address has this
the second trunk, by its line|[net.eth0];bridge = b;vlan-id = 7;trunk = 10;trunk = 5-9|web.ini:5: .net.eth0. trunk: has 7
the second sysctl, by its line|[net.eth0];sysctl = net.ipv4.conf.IFNAME.rp_filter=1;sysctl = net.core.somaxconn=1|web.ini:3: .net.eth0. sysctl: .net.core.somaxconn. is not the interface.s
sysctls on the host's network|[namespaces];net = host;[net];sysctl = net.ipv4.ip_forward=1|web.ini:4: .net. sysctl: and .namespaces. net = host
interfaces on the host's network|[namespaces];net = host;[net.eth0];address = 10.0.0.2/24|.net.eth0.: and .namespaces. net = host
one device for two|[net.a];type = phys;device = d;[net.b];type = phys;device = d|web.ini:6: .net.b. device: .d. is that of .net.a. already
a key of another type|[net.a];type = macvlan;link = v0;id = 5|web.ini:4: .net.a. id: not for type macvlan, but vlan, vxlan
END

it 'refuses a bridge that is something else, and leaves it alone' <<'.'
	no_links
	ip link add notabridge type veth peer name other
	at_end 'ip link del notabridge'
	target
	for more in '' --create-bridge; do
		run nsnet up --pid "$PID" --bridge notabridge $more --address 10.0.0.2/24
		expect_refusal '.net.eth0. bridge: notabridge is not a bridge but of type veth'
	done
	run nsnet up --pid "$PID" --bridge lo --address 10.0.0.2/24
	expect_refusal 'bridge: lo is not a bridge'
	expect_eq "$(links)" 'lo notabridge other ' links
.

it 'refuses a host name that another link has, and leaves that as it is' <<'.'
	no_links
	ip link add taken type veth peer name other
	at_end 'ip link del taken'
	target
	run nsnet up --pid "$PID" --host-name taken
	expect_refusal '.net.eth0. host-name: taken is taken by another link of the host'
	expect_eq "$(links)" 'lo other taken ' links
	ip -o link show dev taken >seen
	expect_file seen --not alias
.

it 'refuses a name that is there inside, and leaves what is there' <<'.'
	no_links
	target
	ip link add first type veth peer name eth0 netns "$PID"
	at_end 'ip link del first'
	inside ip addr add 10.0.0.2/24 dev eth0
	run nsnet up --pid "$PID" --address 10.0.0.3/24
	expect_refusal '.net.eth0.: an interface of this name is there inside already, and is not ours'
	expect_eq "$(links)" 'first lo ' links
	inside ip -o addr show dev eth0 >seen
	expect_file seen --has 10.0.0.2/24
.

it 'refuses a foreign bridge that lacks the address' <<'.'
	no_links
	ip link add foreign type bridge
	at_end 'ip link del foreign'
	target
	run nsnet up --pid "$PID" --bridge foreign --create-bridge --bridge-address 10.0.0.1/24 --address 10.0.0.2/24
	expect_refusal 'bridge-address: foreign is there already, is not ours, and lacks'
	ip addr add 10.0.0.1/24 dev foreign
	run nsnet up --pid "$PID" --bridge foreign --create-bridge --bridge-address 10.0.0.1/24 --address 10.0.0.2/24
	expect_status 0
.

it 'passes on what the kernel says, and removes what was made before it' <<'.'
	no_links
	target
	run nsnet up --pid "$PID" --bridge late --create-bridge --address 10.0.0.2/24 --gateway 10.0.0.255
	expect_refusal '.net.eth0. gateway: 10.0.0.255: Invalid argument: Nexthop has invalid gateway'
	expect_eq "$(links)" 'lo ' links
	expect_eq "$(inside ip -o link | wc -l)" 1 'links inside'
.

it 'refuses a target that is the namespace it was called in' <<'.'
	run nsnet up --pid $$ --address 10.0.0.2/24
	expect_refusal '.net.eth0. type: veth: its target is the namespace that nsnet was called in'
	run nsnet up --address 10.0.0.2/24
	expect_refusal 'name another by --pid'
	expect_eq "$(links)" 'lo ' links
.

it 'refuses targets that are none' <<'.'
	run nsnet up --pid 4194304
	expect_refusal 'process 4194304: No such process'
	run nsnet up --netns /dev/null
	expect_refusal '/dev/null: not a network namespace'
	run nsnet up --netns /proc/self/ns/uts
	expect_refusal '/proc/self/ns/uts: not a network namespace'
	run nsnet up --netns fd:99
	expect_refusal 'fd:99: Bad file descriptor'
	run nsnet up --netns fd:x
	expect_refusal 'fd:x: Bad file descriptor'
	run nsnet up --pidfd 99
	expect_refusal 'pidfd 99'
	run nsnet up nobody
	expect_refusal 'nobody: no such container'
	run nsnet up ../etc
	expect_refusal '[.][.]/etc'
.

it 'refuses unknown verbs and too many words' <<'.'
	run nsnet
	expect_refusal 'up, down, check, list'
	run nsnet upp
	expect_refusal 'nearest is up'
	run nsnet list one two
	expect_refusal 'two'
.

# the Nth message is the one that makes the link: where it stands on another, that is looked up first
while IFS='|' read -r n type options; do
	it "names type, kernel option and module where the kernel has no $type" "
		skip_unless strace
		target
		run strace -o trace -e trace=sendto -e inject=sendto:error=EOPNOTSUPP:when=$n nsnet up --pid \"\$PID\" --type $type $options
		expect_refusal '.net.eth0. type: $type: Not supported'
		expect_err --match 'hint: the kernel lacks .*CONFIG_.*[(]modprobe '"
done <<'END'
2|macvlan|--link lo
2|macvtap|--link lo
2|ipvlan|--link lo
2|vlan|--link lo --id 5
1|vxlan|--id 5
1|dummy|
END

it 'names the kernel option where a kind of link is missing' <<'.'
	skip_unless strace
	target
	run strace -o trace -e trace=sendto -e inject=sendto:error=EOPNOTSUPP:when=1 nsnet up --pid "$PID" --address 10.0.0.2/24
	expect_refusal 'hint: the kernel lacks .*CONFIG_VETH'
.

it 'fails the start, with nothing left, when its network cannot be made' <<'.'
	no_links
	printf '%s\n' '[rootfs]' 'path = /' 'readonly = yes' '[cgroup]' 'enable = no' '[net.eth0]' 'bridge = half' 'create-bridge = yes' \
		'address = 10.0.0.2/24' 'gateway = 10.0.0.255' >web.ini
	run nsexec --name web --config web.ini --window 'nsnet up' --undo 'nsnet down' -- nsinit -- true
	expect_refusal 'nsnet: .net.eth0. gateway: 10.0.0.255'
	expect_eq "$(links)" 'lo ' links
	expect_missing /run/nskit
.

it 'refuses the file before the start makes anything' <<'.'
	printf '%s\n' '[rootfs]' 'path = /' '[cgroup]' 'enable = no' '[net.eth0]' 'address = 10.0.0.2/24' 'gateway = 10.1.0.1' >web.ini
	run strace -f -o trace -e trace=clone3,mkdir,mkdirat nsexec --name web --config web.ini --window 'nsnet up' -- nsinit -- true
	expect_refusal 'web.ini:7: .net.eth0. gateway'
	! grep -E 'clone3|mkdir' trace || fail 'something was made'
.

finish
