#include "caps.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include <linux/capability.h>

#include <cap-ng.h>

#include "file.h"
#include "msg.h"
#include "sys.h"

#define BIT(n) (UINT64_C(1) << (n))

enum { CAPS_MAX = 62 }; /* bit 63 is CAPS_UNSET */

/* By their numbers; one text after the other: no table of pointers to relocate. */
static const char names[] = "CHOWN\0"
			    "DAC_OVERRIDE\0"
			    "DAC_READ_SEARCH\0"
			    "FOWNER\0"
			    "FSETID\0"
			    "KILL\0"
			    "SETGID\0"
			    "SETUID\0"
			    "SETPCAP\0"
			    "LINUX_IMMUTABLE\0"
			    "NET_BIND_SERVICE\0"
			    "NET_BROADCAST\0"
			    "NET_ADMIN\0"
			    "NET_RAW\0"
			    "IPC_LOCK\0"
			    "IPC_OWNER\0"
			    "SYS_MODULE\0"
			    "SYS_RAWIO\0"
			    "SYS_CHROOT\0"
			    "SYS_PTRACE\0"
			    "SYS_PACCT\0"
			    "SYS_ADMIN\0"
			    "SYS_BOOT\0"
			    "SYS_NICE\0"
			    "SYS_RESOURCE\0"
			    "SYS_TIME\0"
			    "SYS_TTY_CONFIG\0"
			    "MKNOD\0"
			    "LEASE\0"
			    "AUDIT_WRITE\0"
			    "AUDIT_CONTROL\0"
			    "SETFCAP\0"
			    "MAC_OVERRIDE\0"
			    "MAC_ADMIN\0"
			    "SYSLOG\0"
			    "WAKE_ALARM\0"
			    "BLOCK_SUSPEND\0"
			    "AUDIT_READ\0"
			    "PERFMON\0"
			    "BPF\0"
			    "CHECKPOINT_RESTORE\0";

static const char *next_name(const char *name)
{
	return name + strlen(name) + 1;
}

int caps_number(const char *word)
{
	const char *name = strncmp(word, "CAP_", 4) ? word : word + 4;
	uint64_t n;
	int i = 0;

	for (const char *known = names; *known; known = next_name(known), i++)
		if (!strcmp(name, known))
			return i;
	return key_number(word, CAPS_MAX, &n) ? (int)n : -1;
}

char *caps_text(uint64_t mask)
{
	char *text = file_alloc(20 * 64), *p = text;
	const char *name = names, *after;

	for (int i = 0; i <= CAPS_MAX; i++, name = after) {
		after = *name ? next_name(name) : name;
		if (!(mask & BIT(i)))
			continue;
		if (p != text)
			*p++ = ' ';
		if (*name) {
			p = stpcpy(p, name);
		} else {
			*p++ = (char)('0' + i / 10);
			*p++ = (char)('0' + i % 10);
		}
	}
	return text;
}

static const char *unknown(const char *word)
{
	const char *name = strncmp(word, "CAP_", 4) ? word : word + 4;
	struct nearest near = {.word = name};

	for (const char *known = names; *known; known = next_name(known))
		key_nearest(&near, known);
	if (near.best)
		return key_phrase("unknown capability '%s'; the nearest is %s", word, near.best);
	return key_phrase("unknown capability '%s'", word);
}

static const char *parse_caps(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	char *copy = file_dup(text), *rest = copy, *word;
	uint64_t mask = 0;

	(void)k, (void)o; /* any key, from anywhere */
	while ((word = strtok_r(rest, " \t,", &rest))) {
		int n;

		if (!strcmp(word, "all")) {
			mask |= CAPS_ALL;
			continue;
		}
		if (!strcmp(word, "none"))
			continue;
		n = caps_number(word);
		if (n < 0)
			return unknown(word);
		mask |= BIT(n);
	}
	*(uint64_t *)out = mask;
	return NULL;
}

static char *print_caps(const struct key *k, const void *value)
{
	uint64_t mask = *(const uint64_t *)value;

	(void)k;
	if (mask & CAPS_UNSET)
		return NULL;
	if (mask == CAPS_ALL)
		return file_dup("all");
	return mask ? caps_text(mask) : file_dup("none");
}

const struct type type_caps = {.name = "CAPABILITY",
			       .size = sizeof(uint64_t),
			       .parse = parse_caps,
			       .print = print_caps,
			       .unset = UNSET_ONES};

#define ROW(texts, member, text)                                                                  \
	{                                                                                         \
		texts ARG("CAPABILITY...") HELP(text), KEY_FIELD(struct caps_conf, member, caps), \
			.flags = KEY_LIST                                                         \
	}

const struct key caps_keys[] = {
	ROW("keep" DEFAULT(
		    "CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP "
		    "NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE"),
	    keep, "the capabilities that may remain; all, none"),
	ROW("drop", drop, "of those, not these"),
	ROW("bounding", bounding, "exactly this bounding set"),
	ROW("permitted", permitted, "exactly this permitted set at execve"),
	ROW("effective", effective, "exactly this effective set at execve"),
	ROW("inheritable", inheritable, "this inheritable set instead of an empty one"),
	ROW("ambient", ambient, "this ambient set instead of an empty one"),
	{0},
};

/* Whether a capability is in the bounding set: 1, 0, -1 when this kernel has no such capability. */
static int bound(int cap)
{
	int r = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

	/* every kernel from 5.10 on has those that have names here */
	if (r < 0 && (errno != EINVAL || cap <= CAP_CHECKPOINT_RESTORE))
		msg_die_errno("reading the bounding set");
	return r;
}

/* Asked for once: the kernel's last capability does not change. */
static uint64_t all;

/* The bounding set, and on the way all that there are. */
static uint64_t read_bounding(void)
{
	uint64_t bounding = 0;
	int r;

	for (int i = 0; i <= CAPS_MAX && (r = bound(i)) >= 0; i++) {
		all |= BIT(i);
		bounding |= (uint64_t)r << i;
	}
	return bounding;
}

uint64_t caps_kernel(void)
{
	if (!all)
		(void)read_bounding();
	return all;
}

void caps_read_own(struct caps *c)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct d[2] = {{0}};

	if (sys_capget(&header, d))
		msg_die_errno("reading the capabilities");
	c->bounding = 0;
	c->effective = (uint64_t)d[1].effective << 32 | d[0].effective;
	c->permitted = (uint64_t)d[1].permitted << 32 | d[0].permitted;
	c->inheritable = (uint64_t)d[1].inheritable << 32 | d[0].inheritable;
	c->ambient = 0;
	for (int i = 0; i <= CAPS_MAX; i++) /* what is not inheritable cannot be ambient */
		if (c->inheritable & BIT(i) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) > 0)
			c->ambient |= BIT(i);
}

void caps_read(struct caps *c)
{
	caps_read_own(c);
	c->bounding = read_bounding();
}

static bool given(const struct list *l)
{
	return l->v != NULL;
}

static uint64_t mask_of(const struct list *l)
{
	uint64_t mask = 0;

	LIST_EACH(uint64_t, m, *l)
	mask |= *m;
	return mask;
}

static uint64_t choose(const struct list *l, uint64_t otherwise)
{
	return given(l) ? mask_of(l) : otherwise;
}

static void must_exist(const char *key, const struct list *l, uint64_t kernel)
{
	uint64_t mask = mask_of(l);

	if (mask & ~kernel && mask != CAPS_ALL)
		msg_die("[caps] %s: %s: this kernel has no such capability", key,
			caps_text(mask & ~kernel));
}

static void must_be_within(const char *key, uint64_t mask, uint64_t limit, const char *what)
{
	if (mask & ~limit)
		msg_die("[caps] %s: %s: not in %s", key, caps_text(mask & ~limit), what);
}

/* What execve does to uid 0 must not add to what was asked. */
static void check_root(const struct caps *want)
{
	uint64_t after = want->bounding | want->inheritable;

	if (after & ~want->permitted)
		msg_die("[caps] permitted: root would regain %s at execve: drop them from the bounding set too",
			caps_text(after & ~want->permitted));
	if (want->permitted & ~want->effective)
		msg_die("[caps] effective: root would regain %s at execve",
			caps_text(want->permitted & ~want->effective));
}

bool caps_resolve(const struct caps_conf *c, const struct caps *have, uid_t uid, struct caps *want)
{
	uint64_t kernel = caps_kernel(), base;

	*want = *have;
	if (!(given(&c->keep) || given(&c->drop) || given(&c->bounding) || given(&c->permitted) ||
	      given(&c->effective) || given(&c->inheritable) || given(&c->ambient)))
		return false;
	must_exist("bounding", &c->bounding, kernel);
	must_exist("permitted", &c->permitted, kernel);
	must_exist("effective", &c->effective, kernel);
	must_exist("inheritable", &c->inheritable, kernel);
	must_exist("ambient", &c->ambient, kernel);
	base = choose(&c->keep, CAPS_ALL) & ~mask_of(&c->drop);
	want->ambient = choose(&c->ambient, 0) & kernel;
	want->inheritable = choose(&c->inheritable, want->ambient) & kernel;
	want->bounding = given(&c->bounding) ? mask_of(&c->bounding) & kernel
					     : have->bounding & base;
	want->permitted = choose(&c->permitted,
				 uid ? want->ambient : have->permitted & want->bounding) &
			  kernel;
	want->effective = choose(&c->effective, want->permitted) & kernel;
	must_be_within("bounding", want->bounding, have->bounding, "the caller's bounding set");
	must_be_within("permitted", want->permitted, have->permitted, "the caller's permitted set");
	must_be_within("effective", want->effective, want->permitted, "the permitted set");
	must_be_within("inheritable", want->inheritable, have->permitted | have->inheritable,
		       "the caller's permitted set");
	must_be_within("ambient", want->ambient, want->permitted & want->inheritable,
		       "the permitted and inheritable sets");
	if (!uid)
		check_root(want);
	return true;
}

/* libcap-ng's own state, set as a whole: nothing of it is read from /proc, which may be another's. */
static void load(const struct caps *c)
{
	capng_clear(CAPNG_SELECT_ALL);
	capng_setpid(0);
	for (unsigned i = 0; i <= CAPS_MAX; i++) {
		unsigned sets = (c->bounding & BIT(i) ? CAPNG_BOUNDING_SET : 0U) |
				(c->permitted & BIT(i) ? CAPNG_PERMITTED : 0U) |
				(c->effective & BIT(i) ? CAPNG_EFFECTIVE : 0U) |
				(c->inheritable & BIT(i) ? CAPNG_INHERITABLE : 0U) |
				(c->ambient & BIT(i) ? CAPNG_AMBIENT : 0U);

		if (sets && capng_update(CAPNG_ADD, (capng_type_t)sets, i))
			msg_die("capability %u: unknown to libcap-ng on this kernel", i);
	}
}

void caps_apply_bounding(const struct caps *have, uint64_t bounding)
{
	if (have->bounding == bounding)
		return;
	if (!(have->effective & BIT(CAP_SETPCAP))) {
		msg_hint("an ordinary user has that only inside a user namespace of its own");
		msg_die("dropping capabilities from the bounding set: needs CAP_SETPCAP");
	}
	/* one call for each that goes: the library reads the whole set three times */
	for (int i = 0; i <= CAPS_MAX; i++)
		if (have->bounding & ~bounding & BIT(i) && prctl(PR_CAPBSET_DROP, i, 0, 0, 0))
			msg_die_errno("dropping capabilities from the bounding set");
}

const char *caps_differ(const struct caps *want, const struct caps *have)
{
	const struct {
		const char *name;
		uint64_t want, have;
	} sets[] = {
		{"bounding", want->bounding, have->bounding},
		{"permitted", want->permitted, have->permitted},
		{"effective", want->effective, have->effective},
		{"inheritable", want->inheritable, have->inheritable},
		{"ambient", want->ambient, have->ambient},
	};

	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		if (sets[i].want != sets[i].have)
			return key_phrase("the %s set is not what was asked: more: %s; missing: %s",
					  sets[i].name, caps_text(sets[i].have & ~sets[i].want),
					  caps_text(sets[i].want & ~sets[i].have));
	return NULL;
}

void caps_apply(const struct caps *want)
{
	struct caps have;
	const char *phrase;

	load(want);
	errno = 0;
	if (capng_apply((capng_select_t)(CAPNG_SELECT_CAPS | CAPNG_SELECT_AMBIENT)))
		msg_die_errno("setting the capabilities");
	caps_read_own(&have);
	have.bounding = want->bounding;
	phrase = caps_differ(want, &have);
	if (phrase)
		msg_die("capabilities: %s", phrase);
}
