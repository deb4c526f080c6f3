/*
 * qdisc.c - bandwidth: a token bucket (tbf) on what leaves by a link.
 *
 * What comes in is bounded where it leaves: on the host's end, out of the container's reach.
 */
#include "nsnet.h"

#include <string.h>

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "file.h"

#define UNUSED __attribute__((unused))

enum {
	BURST_MS = 4, /* what may pass at once, where nothing is said */
	BURST_LEAST = 32768,
	WAIT_MS = 50,	/* longest wait in the queue */
	TICK_SHIFT = 6, /* the packet scheduler's clock: 64 ns */
};

/* ---- the type: as tc has it, bits and bytes in a second -------------------------------------------- */

static const struct unit rates[] = {
	{"", 1},
	{"bit", 1},
	{"kbit", 1000},
	{"mbit", 1000 * 1000},
	{"gbit", 1000 * 1000 * 1000},
	{"bps", 8},
	{"kbps", 8 * 1000},
	{"mbps", 8 * 1000 * 1000},
	{"gbps", UINT64_C(8) * 1000 * 1000 * 1000},
	{NULL, 0},
};

static const char *parse_rate(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	enum { LEAST = 8 };
	uint64_t n;

	if (!key_unit(text, rates, INT64_MAX / 8, &n))
		return key_phrase(
			"'%s' is not a rate: digits and kbit, mbit, gbit (bits in a second), "
			"kbps, mbps or gbps (bytes)",
			text);
	if (n < LEAST)
		return key_phrase("'%s' is less than a byte in a second", text);
	*(uint64_t *)out = n;
	return NULL;
}

/* Always in bits: the units up to gbit. */
static char *print_rate(const struct key *k UNUSED, const void *v)
{
	static const struct unit bits[] = {{"bit", 1},
					   {"kbit", 1000},
					   {"mbit", 1000 * 1000},
					   {"gbit", 1000 * 1000 * 1000},
					   {NULL, 0}};
	uint64_t n = *(const uint64_t *)v;

	return n == SIZE_UNSET ? NULL : key_print_unit(n, bits);
}

const struct type type_rate = {
	.name = "RATE",
	.size = sizeof(uint64_t),
	.parse = parse_rate,
	.print = print_rate,
	.unset = UNSET_ONES,
};

/* ---- the queue ------------------------------------------------------------------------------------ */

#define SECOND UINT64_C(1000000000) /* ns */

static uint32_t bounded(uint64_t n, uint64_t max)
{
	return (uint32_t)(n < max ? n : max);
}

uint64_t qdisc_burst(const struct link_conf *l, uint64_t rate)
{
	uint64_t burst = rate / 8 / (1000 / BURST_MS);

	if (l->burst != SIZE_UNSET)
		return l->burst;
	/* a packet that does not fit is dropped, so the largest one must */
	if (burst < BURST_LEAST)
		burst = BURST_LEAST;
	return l->mtu > 0 && burst < 2 * (uint64_t)l->mtu ? 2 * (uint64_t)l->mtu : burst;
}

static void add(struct netlink *nl, const struct link_conf *l, unsigned index, uint64_t rate,
		const char *about)
{
	const struct tcmsg fixed = {.tcm_ifindex = (int)index, .tcm_parent = TC_H_ROOT};
	uint64_t bytes = rate / 8;
	uint32_t burst = bounded(qdisc_burst(l, rate), INT32_MAX);
	/* a tick is 64 ns, and no product here may overflow: burst is below 2^31, 10^9 below 2^30 */
	const struct tc_tbf_qopt q = {
		.rate = {.rate = bounded(bytes, UINT32_MAX), .linklayer = TC_LINKLAYER_ETHERNET},
		.limit = bounded(bytes / (1000 / WAIT_MS) + burst, UINT32_MAX),
		.buffer = bounded(burst * SECOND / bytes >> TICK_SHIFT, UINT32_MAX),
	};

	netlink_message(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof fixed,
			about);
	netlink_attr_text(nl, TCA_KIND, "tbf");
	netlink_nest(nl, TCA_OPTIONS, NULL, 0);
	netlink_attr(nl, TCA_TBF_PARMS, &q, sizeof q);
	netlink_attr_u32(nl, TCA_TBF_BURST, burst);
	if (bytes > UINT32_MAX)
		netlink_attr(nl, TCA_TBF_RATE64, &bytes, sizeof bytes);
	netlink_end(nl);
}

uint64_t qdisc_read(const struct nlmsghdr *h, unsigned index, uint64_t *burst)
{
	const struct nlattr *a[NETLINK_ATTRS], *options[NETLINK_ATTRS];
	const struct tcmsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);
	struct tc_tbf_qopt q;
	char kind[8];
	uint64_t bytes;

	if (!netlink_table(h, sizeof *fixed, a) || fixed->tcm_ifindex != (int)index ||
	    fixed->tcm_parent != TC_H_ROOT || !netlink_text(a[TCA_KIND], kind, sizeof kind) ||
	    strcmp(kind, "tbf") || !netlink_inner(a[TCA_OPTIONS], options) ||
	    !netlink_bytes(options[TCA_TBF_PARMS], &q, sizeof q))
		return SIZE_UNSET;
	bytes = q.rate.rate;
	netlink_bytes(options[TCA_TBF_RATE64], &bytes, sizeof bytes);
	*burst = ((uint64_t)q.buffer << TICK_SHIFT) * bytes / SECOND;
	return bytes * 8;
}

static uint64_t find(const struct view *v, unsigned index, uint64_t *burst)
{
	uint64_t is = SIZE_UNSET, one;

	LIST_EACH(const struct nlmsghdr *const, h, v->qdiscs)
	if ((one = qdisc_read(*h, index, burst)) != SIZE_UNSET)
		is = one;
	return is;
}

void qdisc_set(struct netlink *nl, const struct link_conf *l, unsigned index, uint64_t rate,
	       const char *key, const struct view *v)
{
	const struct tcmsg fixed = {.tcm_ifindex = (int)index, .tcm_parent = TC_H_ROOT};
	const char *about = link_text(l, "%s", key);
	uint64_t burst;

	if (rate != SIZE_UNSET)
		add(nl, l, index, rate, about);
	else if (v && find(v, index, &burst) != SIZE_UNSET)
		netlink_message(nl, RTM_DELQDISC, 0, &fixed, sizeof fixed, about);
}

static void compare(struct check *c, const struct view *v, const struct link *l, uint64_t want)
{
	uint64_t is, is_burst = 0, burst;

	if (!l)
		return;
	is = find(v, l->index, &is_burst);
	if (want != SIZE_UNSET)
		want = want / 8 * 8; /* the kernel counts bytes */
	if (is != want) {
		check_differs(c, print_rate(NULL, &want), print_rate(NULL, &is));
	} else if (is != SIZE_UNSET) {
		burst = qdisc_burst(c->conf, want);
		c->key = "burst";
		/* the kernel keeps the time that it takes, in ticks */
		if (is_burst + burst / 64 + want / 8 / (SECOND >> TICK_SHIFT) < burst ||
		    is_burst > burst + burst / 64)
			check_number(c, (int64_t)burst, (int64_t)is_burst);
	}
}

void qdisc_check_in(struct check *c)
{
	compare(c, &c->outside, c->out, c->conf->rate_in);
}

void qdisc_check_out(struct check *c)
{
	compare(c, &c->inside, c->in, c->conf->rate_out);
}
