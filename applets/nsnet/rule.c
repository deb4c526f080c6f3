/* rule.c - policy rules: which table a packet's route is looked up in. */
#include "nsnet.h"

#include <string.h>

#include <linux/fib_rules.h>

#include "file.h"

#define UNUSED __attribute__((unused))

static const struct part parts[] = {
	{"from", PART_NETWORK, FRA_SRC, 0, offsetof(struct rule, from)},
	{"to", PART_NETWORK, FRA_DST, 0, offsetof(struct rule, to)},
	{"iif", PART_NAME, FRA_IIFNAME, 0, offsetof(struct rule, iif)},
	{"oif", PART_NAME, FRA_OIFNAME, 0, offsetof(struct rule, oif)},
	{"fwmark", PART_MARK, FRA_FWMARK, FRA_FWMASK, offsetof(struct rule, mark)},
	{"priority", PART_NUMBER, FRA_PRIORITY, 0, offsetof(struct rule, priority)},
	{"table", PART_NUMBER, FRA_TABLE, 0, offsetof(struct rule, table)},
	{"", 0, 0, 0, 0},
};

static const char *take_rule(char **w, struct rule *r)
{
	const char *phrase = NULL;

	for (; *w && !phrase; w++) {
		if (!strcmp(*w, "not")) {
			r->invert = 1;
		} else if (!strcmp(*w, "inet6")) {
			if (r->family == AF_INET)
				return "inet6, and a network of IPv4";
			r->family = AF_INET6;
		} else if (types_find_kind(*w)) {
			r->kind = types_find_kind(*w);
		} else if (!w[1]) {
			return key_phrase("'%s' lacks its value", *w);
		} else if (!part_take(parts, w[0], w[1], r, &phrase)) {
			return key_phrase(
				"unknown word '%s': not, from, to, iif, oif, fwmark, "
				"priority, table, inet6, blackhole, unreachable or prohibit",
				*w);
		} else {
			w++;
		}
	}
	if (phrase)
		return phrase;
	if (!r->family)
		r->family = AF_INET;
	return !r->table == !r->kind
		       ? "a rule wants one of: table N, blackhole, unreachable, prohibit"
		       : NULL;
}

static const char *parse_rule(const struct key *k UNUSED, const char *text,
			      const struct origin *o UNUSED, void *out)
{
	const char *phrase = NULL;
	char **words = key_words(text, &phrase);
	struct rule r = {0};

	if (words)
		phrase = take_rule(words, &r);
	if (!phrase)
		*(struct rule *)out = r;
	return phrase;
}

char *rule_print(const struct rule *r)
{
	char *text;

	if (!r->family)
		return NULL;
	text = file_dup(r->invert ? "not" : "");
	/* told by the networks where there are any */
	if (r->family == AF_INET6 && !r->from.ip.family && !r->to.ip.family)
		text = file_text("%s%sinet6", text, *text ? " " : "");
	text = part_print(parts, r, text);
	return r->kind ? file_text("%s%s%s", text, *text ? " " : "", types_kind(r->kind)) : text;
}

static char *print_rule(const struct key *k UNUSED, const void *v)
{
	return rule_print(v);
}

const struct type type_rule = {
	.name = "RULE",
	.size = sizeof(struct rule),
	.parse = parse_rule,
	.print = print_rule,
};

static void build(struct netlink *nl, const struct rule *r, uint16_t type, uint16_t flags,
		  const char *about)
{
	const struct fib_rule_hdr fixed = {.family = (uint8_t)r->family,
					   .dst_len = r->to.prefix,
					   .src_len = r->from.prefix,
					   .action = r->kind ? r->kind : FR_ACT_TO_TBL,
					   .flags = r->invert ? FIB_RULE_INVERT : 0};

	netlink_message(nl, type, flags, &fixed, sizeof fixed, about);
	part_put(nl, parts, r);
}

void rule_add(struct netlink *nl, const struct rule *r, const char *about)
{
	/* the kernel knows no replacing of rules: the same one goes first, if there is one */
	build(nl, r, RTM_DELRULE, 0, NULL);
	build(nl, r, RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, about);
}

bool rule_read(const struct nlmsghdr *h, struct rule *out)
{
	const struct nlattr *a[NETLINK_ATTRS];
	const struct fib_rule_hdr *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);

	*out = (struct rule){0};
	if (!netlink_table(h, sizeof *fixed, a) ||
	    !types_begin(&out->from, fixed->family, fixed->src_len) ||
	    !types_begin(&out->to, fixed->family, fixed->dst_len))
		return false;
	out->family = fixed->family;
	out->kind = types_kind(fixed->action) ? fixed->action : 0;
	out->invert = (fixed->flags & FIB_RULE_INVERT) != 0;
	part_read(a, parts, out);
	if (out->kind)
		out->table = 0;
	return true;
}

/* Both as text; a network of all addresses is none, a priority that was not asked is the kernel's. */
static bool same(struct rule want, struct rule is)
{
	if (!want.from.prefix)
		want.from = (struct cidr){0};
	if (!want.to.prefix)
		want.to = (struct cidr){0};
	if (!want.priority)
		is.priority = 0;
	return !strcmp(rule_print(&want), rule_print(&is));
}

void rule_check(struct check *c)
{
	LIST_EACH(const struct rule, want, c->conf->rule)
	{
		struct rule is;
		bool found = false;

		LIST_EACH(const struct nlmsghdr *const, h, c->inside.rules)
		found |= rule_read(*h, &is) && same(*want, is);
		if (!found)
			check_differs(c, rule_print(want), NULL);
	}
}
