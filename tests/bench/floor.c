/*
 * The floor under the start of a container: one C program that has the kernel do what a start of
 * nskit has it do, and nothing else. No file is parsed, no name is claimed, nothing is recorded,
 * checked or undone, no second program is executed but COMMAND: what nskit takes longer is its own.
 *
 * In order: cgroups made and limited (v1 controllers and the v2 group as told, with a device filter on
 * that: a program of the kernel's, as long as that of nskit's default devices) -> clone3 into the
 * v2 group with new mount, pid, ipc, uts and net namespaces -> the child enters the v1 groups by
 * writing `0` while it is single-threaded, then a new cgroup namespace and keyring -> network, complete before
 * the inside begins, as in a real start, where init is held until then -> root bound, /proc, /sys,
 * /dev with nodes, pts, shm and mqueue, masks, read-only paths -> pivot_root, old root detached ->
 * bounding set, groups, ids, capabilities, no_new_privs, seccomp (-s) -> exec -> wait, rmdir.
 *
 * The cheapest known way is taken for each: classic mount calls (the new ones are not faster), the
 * veth's inner end born in its namespace, `0` to tasks. A fork that shares memory and a kept /dev
 * would be faster still; they are shortcuts of a warm start, not this work.
 *
 * usage: floor [-r ROOT] [-w] [-s] [-m|-c|-p DIR] [-u DIR] [-b BRIDGE -a ADDRESS/BITS -g GATEWAY]
 *              [COMMAND [ARGUMENT...]]
 *   -r ROOT      what becomes `/`, read-only (default `/`; needs proc, sys and dev in it)
 *   -w           a throw-away overlay on tmpfs over ROOT, instead of read-only
 *   -s           load a seccomp filter
 *   -m -c -p DIR parent of the new group in v1's memory, cpu, pids hierarchy
 *   -u DIR       parent of the new group in v2; it gets the limits that no v1 parent was given for
 *   -b -a -g     a veth pair on BRIDGE, with an address and a default route
 * Prints nothing; its status is COMMAND's, 128+N when it was killed, 125 when a step failed.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/rtnetlink.h>
#include <linux/seccomp.h>
#include <linux/veth.h>

#define USER_ID 1000
#define STAGE "/tmp" /* any directory: what is mounted on it is seen in the new namespace alone */

#ifndef CLONE_INTO_CGROUP
#define CLONE_INTO_CGROUP 0x200000000ULL
#endif
#ifndef CLONE_NEWCGROUP
#define CLONE_NEWCGROUP 0x02000000
#endif
#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* linux/sched.h has it, but does not go together with libc's. */
struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

enum { MEMORY, CPU, PIDS, UNIFIED, HIERARCHIES };

struct hierarchy {
	const char *parent;
	char path[4096];
	int fd; /* v1: tasks; v2: the directory */
};

struct plan {
	const char *root;
	int overlay, filter;
	struct hierarchy group[HIERARCHIES];
	const char *bridge, *address, *gateway;
	char **command;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
	_exit(125);
}

static void must(int result, const char *what)
{
	if (result < 0)
		die(what);
}

/* ---- cgroups ------------------------------------------------------------------------------- */

static void set_limit(const struct hierarchy *group, const char *file, const char *value)
{
	char path[4200];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", group->path, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die(path);
	close(fd);
}

/* Character devices: those of the default set, and terminals; any other access is refused. */
static int load_device_filter(void)
{
	static const struct {
		int major, minor; /* -1: any */
	} allowed[] = {{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2}, {136, -1}};
	enum { ANSWER, CONTEXT, TYPE, MAJOR, MINOR, RULES = sizeof(allowed) / sizeof(*allowed) };
	struct bpf_insn code[6 + 4 * RULES + 2];
	union bpf_attr attributes;
	int n = 0;

	for (int i = 0; i < 3; i++)
		code[n++] = (struct bpf_insn){.code = BPF_LDX | BPF_MEM | BPF_W,
					      .dst_reg = (uint8_t)((TYPE + i) & 15),
					      .src_reg = CONTEXT,
					      .off = (int16_t)(4 * i)};
	code[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_AND | BPF_K,
				      .dst_reg = TYPE,
				      .imm = 0xffff};
	code[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_JNE | BPF_K,
				      .dst_reg = TYPE,
				      .off = 4 * RULES,
				      .imm = BPF_DEVCG_DEV_CHAR};
	for (int i = 0; i < RULES; i++) {
		bool any = allowed[i].minor < 0;

		code[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_JNE | BPF_K,
					      .dst_reg = MAJOR,
					      .off = 3,
					      .imm = allowed[i].major};
		code[n++] = (struct bpf_insn){.code = BPF_JMP | (any ? BPF_JEQ : BPF_JNE) | BPF_K,
					      .dst_reg = MINOR,
					      .off = any ? 0 : 2,
					      .imm = allowed[i].minor};
		code[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K,
					      .dst_reg = ANSWER,
					      .imm = 1};
		code[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	}
	code[n++] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = ANSWER};
	code[n++] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
	memset(&attributes, 0, sizeof(attributes));
	attributes.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	attributes.insns = (uint64_t)(uintptr_t)code;
	attributes.insn_cnt = (uint32_t)n;
	attributes.license = (uint64_t)(uintptr_t) "MIT";
	return (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static void filter_devices(const char *group)
{
	int directory = open(group, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
	int program = load_device_filter();
	union bpf_attr attributes;

	must(directory, group);
	must(program, "device filter");
	memset(&attributes, 0, sizeof(attributes));
	attributes.target_fd = (uint32_t)directory;
	attributes.attach_bpf_fd = (uint32_t)program;
	attributes.attach_type = BPF_CGROUP_DEVICE;
	attributes.attach_flags = BPF_F_ALLOW_MULTI;
	must((int)syscall(SYS_bpf, BPF_PROG_ATTACH, &attributes, sizeof(attributes)), group);
	close(program);
	close(directory);
}

static void make_groups(struct hierarchy *groups)
{
	static const struct {
		const char *v1_file, *v1_value, *v2_file, *v2_value;
	} limits[] = {
		[MEMORY] = {"memory.limit_in_bytes", "67108864", "memory.max", "67108864"},
		[CPU] = {"cpu.cfs_quota_us", "100000", "cpu.max", "100000 100000"},
		[PIDS] = {"pids.max", "64", "pids.max", "64"},
	};

	for (int i = 0; i < HIERARCHIES; i++) {
		struct hierarchy *g = &groups[i];

		if (!g->parent)
			continue;
		snprintf(g->path, sizeof(g->path), "%s/floor.%d", g->parent, (int)getpid());
		must(mkdir(g->path, 0755), g->path);
	}
	for (int i = 0; i < UNIFIED; i++) {
		if (groups[i].parent)
			set_limit(&groups[i], limits[i].v1_file, limits[i].v1_value);
		else if (groups[UNIFIED].parent)
			set_limit(&groups[UNIFIED], limits[i].v2_file, limits[i].v2_value);
	}
	if (groups[UNIFIED].parent)
		filter_devices(groups[UNIFIED].path);
}

/* How the child gets in: v1 by `0` to tasks, v2 by clone3. */
static void open_groups(struct hierarchy *groups)
{
	for (int i = 0; i < HIERARCHIES; i++) {
		struct hierarchy *g = &groups[i];
		char path[4200];

		g->fd = -1;
		if (!g->parent)
			continue;
		snprintf(path, sizeof(path), "%s/tasks", g->path);
		g->fd = i == UNIFIED ? open(g->path, O_DIRECTORY | O_RDONLY | O_CLOEXEC)
				     : open(path, O_WRONLY | O_CLOEXEC);
		must(g->fd, g->path);
	}
}

static void enter_groups(const struct hierarchy *groups)
{
	for (int i = 0; i < UNIFIED; i++)
		if (groups[i].fd >= 0 && write(groups[i].fd, "0", 1) != 1)
			die("tasks");
	must(unshare(CLONE_NEWCGROUP), "cgroup namespace");
	/* where the kernel has keyrings */
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
}

/* The last of its processes has just been reaped; the group may need a moment to notice. */
static void remove_groups(const struct hierarchy *groups)
{
	for (int i = 0; i < HIERARCHIES; i++) {
		int tries = 1000;

		if (!groups[i].parent)
			continue;
		while (rmdir(groups[i].path) && --tries > 0) {
			if (errno != EBUSY)
				die(groups[i].path);
			usleep(100);
		}
	}
}

/* ---- network ------------------------------------------------------------------------------- */

/* A batch of requests: `last` is the message being built. */
struct batch {
	_Alignas(NLMSG_ALIGNTO) unsigned char data[2048];
	struct nlmsghdr *last;
	size_t size;
	int count;
};

static void *put(struct batch *b, size_t size)
{
	void *at = b->data + b->size;

	if (b->size + NLMSG_ALIGN(size) > sizeof(b->data))
		abort();
	b->size += NLMSG_ALIGN(size);
	b->last->nlmsg_len = (uint32_t)(b->data + b->size - (unsigned char *)b->last);
	return at;
}

static void *message(struct batch *b, int type, int flags, size_t size)
{
	b->last = (struct nlmsghdr *)(void *)(b->data + b->size);
	put(b, sizeof(*b->last));
	b->last->nlmsg_type = (uint16_t)type;
	b->last->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
	b->last->nlmsg_seq = (uint32_t)++b->count;
	return put(b, size);
}

static struct rtattr *attribute(struct batch *b, int type, const void *data, size_t size)
{
	struct rtattr *a = put(b, RTA_LENGTH(size));

	a->rta_type = (unsigned short)type;
	a->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size > 0)
		memcpy(RTA_DATA(a), data, size);
	return a;
}

static void end_nest(struct batch *b, struct rtattr *a)
{
	a->rta_len = (unsigned short)(b->data + b->size - (unsigned char *)a);
}

/* Sends all, and takes an acknowledgement for each. */
static void talk(struct batch *b, const char *what)
{
	_Alignas(NLMSG_ALIGNTO) char reply[8192];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || send(fd, b->data, b->size, 0) < 0)
		die(what);
	while (b->count > 0) {
		ssize_t n = recv(fd, reply, sizeof(reply), 0);
		struct nlmsghdr *h = (struct nlmsghdr *)(void *)reply;

		must((int)n, what);
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			const struct nlmsgerr *e = NLMSG_DATA(h);

			b->count--;
			if (h->nlmsg_type == NLMSG_ERROR && e->error) {
				errno = -e->error;
				die(what);
			}
		}
	}
	close(fd);
}

/* The pair in one message: the outer end up and on the bridge, the inner one born inside. */
static void connect_outside(const char *bridge, pid_t pid)
{
	struct batch b = {.size = 0};
	struct ifinfomsg *link = message(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*link));
	struct rtattr *info, *data, *peer;
	unsigned index = if_nametoindex(bridge);
	uint32_t target = (uint32_t)pid;
	char name[IF_NAMESIZE];

	if (!index)
		die(bridge);
	link->ifi_flags = link->ifi_change = IFF_UP;
	snprintf(name, sizeof(name), "fl%d", (int)pid);
	attribute(&b, IFLA_IFNAME, name, strlen(name) + 1);
	attribute(&b, IFLA_MASTER, &index, sizeof(index));
	info = attribute(&b, IFLA_LINKINFO, NULL, 0);
	attribute(&b, IFLA_INFO_KIND, "veth", 4);
	data = attribute(&b, IFLA_INFO_DATA, NULL, 0);
	peer = attribute(&b, VETH_INFO_PEER, NULL, 0);
	memset(put(&b, sizeof(struct ifinfomsg)), 0, sizeof(struct ifinfomsg));
	attribute(&b, IFLA_IFNAME, "eth0", 5);
	attribute(&b, IFLA_NET_NS_PID, &target, sizeof(target));
	end_nest(&b, peer);
	end_nest(&b, data);
	end_nest(&b, info);
	talk(&b, "veth");
}

static void link_up(struct batch *b, unsigned index)
{
	struct ifinfomsg *link = message(b, RTM_NEWLINK, 0, sizeof(*link));

	link->ifi_index = (int)index;
	link->ifi_flags = link->ifi_change = IFF_UP;
}

/* ADDRESS/BITS: the bits. */
static int read_address(const char *text, struct in_addr *ip)
{
	char alone[INET_ADDRSTRLEN] = "";
	size_t length = strcspn(text, "/");

	if (length < sizeof(alone))
		memcpy(alone, text, length);
	if (text[length] != '/' || inet_pton(AF_INET, alone, ip) != 1) {
		errno = EINVAL;
		die(text);
	}
	return (int)strtol(text + length + 1, NULL, 10);
}

static void connect_inside(const struct plan *plan)
{
	struct batch b = {.size = 0};

	link_up(&b, 1);
	if (plan->bridge) {
		unsigned index = if_nametoindex("eth0");
		struct ifaddrmsg *address;
		struct rtmsg *route;
		struct in_addr ip, gateway;
		int bits = read_address(plan->address, &ip);

		if (inet_pton(AF_INET, plan->gateway, &gateway) != 1)
			die(plan->gateway);
		address = message(&b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*address));
		address->ifa_family = AF_INET;
		address->ifa_prefixlen = (unsigned char)bits;
		address->ifa_index = index;
		attribute(&b, IFA_LOCAL, &ip, sizeof(ip));
		attribute(&b, IFA_ADDRESS, &ip, sizeof(ip));
		link_up(&b, index);
		route = message(&b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*route));
		route->rtm_family = AF_INET;
		route->rtm_table = RT_TABLE_MAIN;
		route->rtm_protocol = RTPROT_STATIC;
		route->rtm_type = RTN_UNICAST;
		attribute(&b, RTA_GATEWAY, &gateway, sizeof(gateway));
		attribute(&b, RTA_OIF, &index, sizeof(index));
	}
	talk(&b, "links inside");
}

/* ---- the inside ---------------------------------------------------------------------------- */

/* Leaves the working directory in the new root. */
static void mount_root(const struct plan *plan)
{
	char options[4400];

	must(mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL), "propagation");
	if (plan->overlay) {
		must(mount("tmpfs", STAGE, "tmpfs", 0, "mode=755"), "tmpfs of the overlay");
		must(mkdir(STAGE "/upper", 0755), "upper");
		must(mkdir(STAGE "/work", 0755), "work");
		must(mkdir(STAGE "/root", 0755), "root");
		snprintf(options, sizeof(options),
			 "lowerdir=%s,upperdir=" STAGE "/upper,workdir=" STAGE "/work", plan->root);
		must(mount("overlay", STAGE "/root", "overlay", 0, options), "overlay");
		must(chdir(STAGE "/root"), "chdir");
		return;
	}
	must(mount(plan->root, STAGE, NULL, MS_BIND, NULL), plan->root);
	must(chdir(STAGE), "chdir");
}

static void mount_system(void)
{
	const unsigned long plain = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	must(mount("proc", "proc", "proc", plain, NULL), "proc");
	must(mount("sysfs", "sys", "sysfs", plain | MS_RDONLY, NULL), "sys");
	must(mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC, "mode=755,size=64k"), "dev");
	must(mkdir("dev/pts", 0755), "dev/pts");
	must(mkdir("dev/shm", 0755), "dev/shm");
	must(mkdir("dev/mqueue", 0755), "dev/mqueue");
	must(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666,mode=620,gid=5"),
	     "devpts");
	must(mount("shm", "dev/shm", "tmpfs", plain, "mode=1777,size=64m"), "shm");
	must(mount("mqueue", "dev/mqueue", "mqueue", plain, NULL), "mqueue");
}

static void make_devices(void)
{
	static const struct {
		const char *path;
		unsigned major, minor;
	} nodes[] = {
		{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
		{"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0},
	};
	static const char *const links[][2] = {
		{"pts/ptmx", "dev/ptmx"},	   {"/proc/self/fd", "dev/fd"},
		{"/proc/self/fd/0", "dev/stdin"},  {"/proc/self/fd/1", "dev/stdout"},
		{"/proc/self/fd/2", "dev/stderr"},
	};

	umask(0);
	for (size_t i = 0; i < sizeof(nodes) / sizeof(*nodes); i++)
		must(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)),
		     nodes[i].path);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		must(symlink(links[i][0], links[i][1]), links[i][1]);
	umask(022);
}

/* What this kernel does not have needs no mask. */
static void mask_paths(void)
{
	static const char *const files[] = {"proc/kcore",	  "proc/keys",
					    "proc/latency_stats", "proc/timer_list",
					    "proc/sched_debug",	  "proc/sysrq-trigger"};
	static const char *const directories[] = {"proc/acpi", "proc/scsi", "sys/firmware"};
	static const char *const fixed[] = {"proc/sys", "proc/irq", "proc/bus", "proc/fs"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (mount("dev/null", files[i], NULL, MS_BIND, NULL) && errno != ENOENT)
			die(files[i]);
	for (size_t i = 0; i < sizeof(directories) / sizeof(*directories); i++)
		if (mount("tmpfs", directories[i], "tmpfs", MS_RDONLY, "size=0") && errno != ENOENT)
			die(directories[i]);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		const unsigned long flags = MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID |
					    MS_NODEV | MS_NOEXEC;

		if (mount(fixed[i], fixed[i], NULL, MS_BIND, NULL) == 0)
			must(mount(NULL, fixed[i], NULL, flags, NULL), fixed[i]);
		else if (errno != ENOENT)
			die(fixed[i]);
	}
}

static void switch_root(const struct plan *plan)
{
	if (!plan->overlay)
		must(mount(NULL, ".", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), "read-only");
	must(mount(NULL, "dev", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC,
		   NULL),
	     "read-only dev");
	must((int)syscall(SYS_pivot_root, ".", "."), "pivot_root");
	must(umount2(".", MNT_DETACH), "old root");
	must(chdir("/"), "chdir /");
}

static void drop_privilege(void)
{
	static const unsigned char kept[] = {
		CAP_CHOWN,   CAP_DAC_OVERRIDE, CAP_FSETID,	     CAP_FOWNER,
		CAP_MKNOD,   CAP_NET_RAW,      CAP_SETGID,	     CAP_SETUID,
		CAP_SETFCAP, CAP_SETPCAP,      CAP_NET_BIND_SERVICE, CAP_SYS_CHROOT,
		CAP_KILL,    CAP_AUDIT_WRITE,
	};
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0, 0, 0}, {0, 0, 0}};
	uint32_t keep = 0;

	for (size_t i = 0; i < sizeof(kept); i++)
		keep |= UINT32_C(1) << kept[i]; /* all of them are below 32 */
	for (int cap = 0;; cap++) {
		if (cap < 32 && keep & UINT32_C(1) << cap)
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0)) {
			if (errno == EINVAL)
				break; /* past the kernel's last */
			die("bounding set");
		}
	}
	must(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps");
	must(setgroups(0, NULL), "setgroups");
	must(setresgid(USER_ID, USER_ID, USER_ID), "setresgid");
	must(setresuid(USER_ID, USER_ID, USER_ID), "setresuid");
	data[0].effective = data[0].permitted = keep;
	must((int)syscall(SYS_capset, &header, data), "capset");
	must(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0), "ambient set");
	must(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs");
	/* A change of ids clears it: armed last. */
	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig");
}

/* As long as a real profile: a hundred calls compared one by one, all of them allowed here. */
static void load_filter(void)
{
	enum { CALLS = 100 };
	struct sock_filter code[2 * CALLS + 2];
	struct sock_fprog program = {.len = 2 * CALLS + 2, .filter = code};
	int at = 0;

	code[at++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						  offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < CALLS; i++) {
		code[at++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 10000 + i, 0,
							  1);
		code[at++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							  SECCOMP_RET_ERRNO | EPERM);
	}
	code[at] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	must((int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program), "seccomp");
}

static _Noreturn void inside(const struct plan *plan, int go)
{
	char token;

	must(prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0), "pdeathsig");
	enter_groups(plan->group);
	if (read(go, &token, 1) != 1)
		_exit(125);
	connect_inside(plan);
	must((int)setsid(), "setsid");
	mount_root(plan);
	mount_system();
	make_devices();
	mask_paths();
	must(sethostname("floor", 5), "hostname");
	switch_root(plan);
	syscall(SYS_close_range, 3, ~0U, 0); /* without it O_CLOEXEC does the same */
	drop_privilege();
	if (plan->filter)
		load_filter();
	execvp(plan->command[0], plan->command);
	fprintf(stderr, "floor: %s: %s\n", plan->command[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* ---- the outside --------------------------------------------------------------------------- */

static int start(struct plan *plan)
{
	int go[2], pidfd = -1;
	struct clone_arguments arguments = {
		.flags = CLONE_PIDFD | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS |
			 CLONE_NEWNET,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	siginfo_t end = {0};
	long pid;

	make_groups(plan->group);
	open_groups(plan->group);
	must(pipe2(go, O_CLOEXEC), "pipe");
	if (plan->group[UNIFIED].fd >= 0) {
		arguments.flags |= CLONE_INTO_CGROUP;
		arguments.cgroup = (uint64_t)plan->group[UNIFIED].fd;
	}
	pid = syscall(SYS_clone3, &arguments, sizeof(arguments));
	must((int)pid, "clone3");
	if (pid == 0) {
		close(go[1]);
		inside(plan, go[0]);
	}
	close(go[0]);
	if (plan->bridge)
		connect_outside(plan->bridge, (pid_t)pid);
	if (write(go[1], "g", 1) != 1)
		die("go");
	while (waitid(P_PIDFD, (id_t)pidfd, &end, WEXITED) < 0)
		if (errno != EINTR)
			die("waitid");
	remove_groups(plan->group);
	return end.si_code == CLD_EXITED ? end.si_status : 128 + end.si_status;
}

int main(int argc, char **argv)
{
	static char *only_true[] = {"true", NULL};
	static struct plan plan = {.root = "/", .command = only_true};
	int opt;

	while ((opt = getopt(argc, argv, "+r:wsm:c:p:u:b:a:g:")) != -1) {
		switch (opt) {
		case 'r':
			plan.root = optarg;
			break;
		case 'w':
			plan.overlay = 1;
			break;
		case 's':
			plan.filter = 1;
			break;
		case 'm':
			plan.group[MEMORY].parent = optarg;
			break;
		case 'c':
			plan.group[CPU].parent = optarg;
			break;
		case 'p':
			plan.group[PIDS].parent = optarg;
			break;
		case 'u':
			plan.group[UNIFIED].parent = optarg;
			break;
		case 'b':
			plan.bridge = optarg;
			break;
		case 'a':
			plan.address = optarg;
			break;
		case 'g':
			plan.gateway = optarg;
			break;
		default:
			return 125;
		}
	}
	if (optind < argc)
		plan.command = argv + optind;
	if (plan.bridge && (!plan.address || !plan.gateway)) {
		fputs("floor: -b wants -a and -g\n", stderr);
		return 125;
	}
	return start(&plan);
}
