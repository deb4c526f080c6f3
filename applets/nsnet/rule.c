/* rule.c - policy rules: which table a packet's route is looked up in. */
#include "nsnet.h"

#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "file.h"

#define UNUSED __attribute__((unused))

/* Decimal, or hexadecimal behind 0x. */
static bool take_u32(const char *text, uint32_t *out)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	size_t n = strlen(text);
	uint64_t value;

	if (strncmp(text, "0x", 2)) {
		if (!key_number(text, UINT32_MAX, &value))
			return false;
		*out = (uint32_t)value;
		return true;
	}
	*out = (uint32_t)strtoul(text + 2, NULL, 16);
	return n > 2 && n <= 10 && strspn(text + 2, digits) == n - 2;
}

static const char *take_mark(struct rule *r, const char *text)
{
	const char *slash = strchr(text, '/');
	char *mark = file_text("%.*s", slash ? (int)(slash - text) : (int)strlen(text), text);

	r->mask = UINT32_MAX;
	r->marked = 1;
	if (!take_u32(mark, &r->mark) || (slash && !take_u32(slash + 1, &r->mask)))
		return key_phrase("fwmark '%s' is not MARK[/MASK]", text);
	if (r->mark & ~r->mask)
		return key_phrase("fwmark '%s' has bits that its mask lacks: it matches nothing",
				  text);
	return NULL;
}

static const char *take_network(struct rule *r, const char *word, const char *text,
				struct cidr *out)
{
	const char *phrase = types_parse_network(text, true, out);

	if (!phrase && r->family && r->family != out->ip.family)
		return key_phrase("%s %s is of another family than the rest", word, text);
	r->family = out->ip.family;
	return phrase;
}

static const char *take_interface(const char *text, char **out)
{
	*out = file_dup(text);
	return types_bad_ifname(text);
}

/* One `WORD VALUE`. */
static const char *take_option(struct rule *r, const char *word, const char *value)
{
	const struct number numbers[] = {
		{"priority", &r->priority, UINT32_MAX},
		{"table", &r->table, UINT32_MAX},
		{0},
	};
	const char *phrase = NULL;

	if (!strcmp(word, "from"))
		return take_network(r, word, value, &r->from);
	if (!strcmp(word, "to"))
		return take_network(r, word, value, &r->to);
	if (!strcmp(word, "iif"))
		return take_interface(value, &r->iif);
	if (!strcmp(word, "oif"))
		return take_interface(value, &r->oif);
	if (!strcmp(word, "fwmark"))
		return take_mark(r, value);
	if (types_take_number(numbers, word, value, &phrase))
		return phrase;
	return key_phrase("unknown word '%s': not, from, to, iif, oif, fwmark, priority, table, "
			  "inet6, blackhole, unreachable or prohibit",
			  word);
}

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
		} else {
			phrase = take_option(r, w[0], w[1]);
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

static char *quoted(char *name)
{
	return name ? key_quote((char *[]){name, NULL}) : NULL;
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
	text = types_add_word(text, "from", types_print_cidr(&r->from));
	text = types_add_word(text, "to", types_print_cidr(&r->to));
	text = types_add_word(text, "iif", quoted(r->iif));
	text = types_add_word(text, "oif", quoted(r->oif));
	if (r->marked)
		text = types_add_word(text, "fwmark",
				      r->mask == UINT32_MAX
					      ? file_text("0x%x", r->mark)
					      : file_text("0x%x/0x%x", r->mark, r->mask));
	text = types_add_number(text, "priority", r->priority);
	text = types_add_number(text, "table", r->table);
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
	types_put_network(nl, FRA_SRC, &r->from);
	types_put_network(nl, FRA_DST, &r->to);
	if (r->iif)
		netlink_attr_text(nl, FRA_IIFNAME, r->iif);
	if (r->oif)
		netlink_attr_text(nl, FRA_OIFNAME, r->oif);
	if (r->marked) {
		netlink_attr_u32(nl, FRA_FWMARK, r->mark);
		netlink_attr_u32(nl, FRA_FWMASK, r->mask);
	}
	if (r->priority)
		netlink_attr_u32(nl, FRA_PRIORITY, r->priority);
	if (r->table)
		netlink_attr_u32(nl, FRA_TABLE, r->table);
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
	char name[16];

	*out = (struct rule){0};
	if (!netlink_table(h, sizeof *fixed, a) ||
	    !types_begin(&out->from, fixed->family, fixed->src_len) ||
	    !types_begin(&out->to, fixed->family, fixed->dst_len))
		return false;
	out->family = fixed->family;
	out->kind = types_kind(fixed->action) ? fixed->action : 0;
	out->invert = (fixed->flags & FIB_RULE_INVERT) != 0;
	if (!types_take_ip(a[FRA_SRC], &out->from.ip))
		out->from = (struct cidr){0};
	if (!types_take_ip(a[FRA_DST], &out->to.ip))
		out->to = (struct cidr){0};
	if (netlink_text(a[FRA_IIFNAME], name, sizeof name))
		out->iif = file_dup(name);
	if (netlink_text(a[FRA_OIFNAME], name, sizeof name))
		out->oif = file_dup(name);
	netlink_u32(a[FRA_FWMARK], &out->mark);
	out->marked = netlink_u32(a[FRA_FWMASK], &out->mask);
	netlink_u32(a[FRA_PRIORITY], &out->priority);
	if (!out->kind)
		netlink_u32(a[FRA_TABLE], &out->table);
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
