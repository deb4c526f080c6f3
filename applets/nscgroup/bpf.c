/*
 * bpf.c - the device filter of a v2 group: a small program that the kernel asks about each access.
 *
 * It is made from the rules, last first: a rule that speaks of the device takes the accesses it allows
 * from those that are wanted, until none is left, or refuses.  What no rule has decided is the base.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"
#include "sys.h"

#define BPF_NAME "nskit" /* by which our program is known among those of a group */

enum { R_ANSWER, R_CONTEXT, R_TYPE, R_WANTED, R_MAJOR, R_MINOR }; /* registers */

struct program {
	struct bpf_insn *insn;
	size_t n;
};

static void put(struct program *p, int code, int dst, int off, uint32_t imm)
{
	p->insn = file_room(p->insn, p->n, sizeof *p->insn);
	p->insn[p->n++] = (struct bpf_insn){
		.code = (uint8_t)code,
		.dst_reg = (uint8_t)(dst & 15),
		.src_reg = BPF_CLASS(code) == BPF_LDX ? R_CONTEXT : 0,
		.off = (int16_t)off,
		.imm = (int32_t)imm,
	};
}

static void put_answer(struct program *p, bool allow)
{
	put(p, BPF_ALU64 | BPF_MOV | BPF_K, R_ANSWER, 0, allow);
	put(p, BPF_JMP | BPF_EXIT, 0, 0, 0);
}

/* Goes behind the rule, which ends at end, unless the register is this number. */
static void put_match(struct program *p, int reg, uint32_t number)
{
	if (number != DEVICE_ANY)
		put(p, BPF_JMP | BPF_JNE | BPF_K, reg, 0, number);
}

/* False: nothing comes through to the rules before it. */
static bool put_rule(struct program *p, const struct device *d)
{
	size_t first = p->n;

	if (d->type != 'a')
		put_match(p, R_TYPE, d->type == 'c' ? BPF_DEVCG_DEV_CHAR : BPF_DEVCG_DEV_BLOCK);
	put_match(p, R_MAJOR, d->major);
	put_match(p, R_MINOR, d->minor);
	if (d->access == DEVICE_RWM && first == p->n) {
		put_answer(p, d->allow);
		return false;
	}
	if (d->access != DEVICE_RWM && d->allow) {
		put(p, BPF_ALU64 | BPF_AND | BPF_K, R_WANTED, 0, ~(uint32_t)d->access);
		put(p, BPF_JMP | BPF_JNE | BPF_K, R_WANTED, 0, 0);
	} else if (d->access != DEVICE_RWM) {
		put(p, BPF_JMP | BPF_JSET | BPF_K, R_WANTED, 1, d->access);
		put(p, BPF_JMP | BPF_JA, 0, 0, 0);
	}
	put_answer(p, d->allow);
	for (size_t i = first; i < p->n; i++) /* those without a target go to the end */
		if (BPF_CLASS(p->insn[i].code) == BPF_JMP && !p->insn[i].off)
			p->insn[i].off = (int16_t)(p->n - i - 1);
	p->insn[p->n - 1].off = 0;
	return true;
}

struct bpf_insn *bpf_program(const struct devices *all, size_t *n)
{
	static const int context[] = {
		[R_TYPE] = offsetof(struct bpf_cgroup_dev_ctx, access_type),
		[R_WANTED] = offsetof(struct bpf_cgroup_dev_ctx, access_type),
		[R_MAJOR] = offsetof(struct bpf_cgroup_dev_ctx, major),
		[R_MINOR] = offsetof(struct bpf_cgroup_dev_ctx, minor),
	};
	struct program p = {0};
	size_t left = all->n;

	for (int reg = R_TYPE; reg <= R_MINOR; reg++)
		put(&p, BPF_LDX | BPF_MEM | BPF_W, reg, context[reg], 0);
	put(&p, BPF_ALU64 | BPF_AND | BPF_K, R_TYPE, 0, 0xffff);
	put(&p, BPF_ALU64 | BPF_RSH | BPF_K, R_WANTED, 0, 16);
	while (left && put_rule(&p, &all->d[left - 1]))
		left--;
	if (!left)
		put_answer(&p, all->base);
	*n = p.n;
	return p.insn;
}

/* It gives up its check of the program for a signal, a stop too: EAGAIN. */
static int bpf_try(union bpf_attr *attr)
{
	int program, patience = 100;

	do
		program = sys_bpf(BPF_PROG_LOAD, attr, sizeof *attr);
	while (program < 0 && errno == EAGAIN && --patience);
	return program;
}

int bpf_load(const struct devices *all)
{
	static const char licence[] = "MIT";
	struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY}, before;
	union bpf_attr attr;
	int program;
	size_t n;

	memset(&attr, 0, sizeof attr);
	attr.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
	memcpy(attr.prog_name, BPF_NAME, sizeof BPF_NAME);
	attr.insns = (uintptr_t)bpf_program(all, &n);
	attr.insn_cnt = (uint32_t)n;
	attr.license = (uintptr_t)licence;
	program = bpf_try(&attr);
	/* before Linux 5.11 the programs of a user count as memory that is locked: 64 KiB of all of them */
	if (program < 0 && errno == EPERM && !prlimit(0, RLIMIT_MEMLOCK, &none, &before)) {
		program = bpf_try(&attr);
		(void)prlimit(0, RLIMIT_MEMLOCK, &before, NULL);
	}
	/* it was long: the kernel's thread that init waits for, as it detaches its root, may stand behind us */
	sched_yield();
	return program;
}

/* Whether the program is one of ours; the kernel's answer is longer or shorter than what is known here. */
static bool bpf_is_ours(int program)
{
	struct bpf_prog_info info = {0};
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.info.bpf_fd = (uint32_t)program;
	attr.info.info_len = sizeof info;
	attr.info.info = (uintptr_t)&info;
	return !sys_bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, sizeof attr) && !strcmp(info.name, BPF_NAME);
}

/* Our program of a group that was there before; -1: it has none, or errno. */
static int bpf_find(int group)
{
	uint32_t ids[64] = {0}, n; /* the kernel's own bound */
	union bpf_attr attr;

	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t)group;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	attr.query.prog_ids = (uintptr_t)ids;
	attr.query.prog_cnt = sizeof ids / sizeof *ids;
	if (sys_bpf(BPF_PROG_QUERY, &attr, sizeof attr))
		return -1;
	errno = 0;
	n = attr.query.prog_cnt;
	for (uint32_t i = 0; i < n; i++) {
		int program;

		memset(&attr, 0, sizeof attr);
		attr.prog_id = ids[i];
		program = sys_bpf(BPF_PROG_GET_FD_BY_ID, &attr, sizeof attr);
		if (program < 0 || bpf_is_ours(program))
			return program;
		(void)close(program);
	}
	return -1;
}

bool bpf_is_known(const char *dir)
{
	int group = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	union bpf_attr attr;
	bool known;

	if (group < 0)
		return false;
	memset(&attr, 0, sizeof attr);
	attr.query.target_fd = (uint32_t)group;
	attr.query.attach_type = BPF_CGROUP_DEVICE;
	known = !sys_bpf(BPF_PROG_QUERY, &attr, sizeof attr);
	(void)close(group);
	return known;
}

static int bpf_attach_to(int group, int program, bool made)
{
	union bpf_attr attr;
	int old;

	errno = 0;
	old = made ? -1 : bpf_find(group);
	if (old < 0 && errno)
		return -1;
	memset(&attr, 0, sizeof attr);
	attr.target_fd = (uint32_t)group;
	attr.attach_bpf_fd = (uint32_t)program;
	attr.attach_type = BPF_CGROUP_DEVICE;
	attr.attach_flags = BPF_F_ALLOW_MULTI; /* groups below may have theirs: all must allow */
	if (old >= 0) {			       /* at a stroke: one of the two decides at any time */
		attr.attach_flags |= BPF_F_REPLACE;
		attr.replace_bpf_fd = (uint32_t)old;
	}
	return sys_bpf(BPF_PROG_ATTACH, &attr, sizeof attr); /* old goes with the process */
}

int bpf_attach(const char *dir, int program, bool made)
{
	int group = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int result = group < 0 ? -1 : bpf_attach_to(group, program, made);
	int saved = errno;

	if (group >= 0)
		(void)close(group);
	errno = saved;
	return result;
}
