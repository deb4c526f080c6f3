/* neigh.c - neighbours that are known beforehand: an address and its link-layer address. */
#include "nsnet.h"

#include <string.h>

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

#include "file.h"

#define UNUSED __attribute__((unused))

static const char *take_neigh(char **w, struct neigh *n)
{
	const char *phrase = *w ? types_parse_ip(*w++, &n->ip) : NULL;

	if (phrase)
		return phrase;
	if (*w && !strcmp(*w, "lladdr"))
		w++;
	if (!n->ip.family || !*w || w[1])
		return "IP [lladdr] MAC is wanted";
	return types_parse_mac(*w, n->mac) ? NULL : key_phrase("'%s' is not xx:xx:xx:xx:xx:xx", *w);
}

static const char *parse_neigh(const struct key *k UNUSED, const char *text,
			       const struct origin *o UNUSED, void *out)
{
	const char *phrase = NULL;
	char **words = key_words(text, &phrase);
	struct neigh n = {0};

	if (words)
		phrase = take_neigh(words, &n);
	if (!phrase)
		*(struct neigh *)out = n;
	return phrase;
}

static char *text_of(const struct neigh *n)
{
	return n->ip.family
		       ? file_text("%s lladdr %s", types_print_ip(&n->ip), types_print_mac(n->mac))
		       : NULL;
}

static char *print_neigh(const struct key *k UNUSED, const void *v)
{
	return text_of(v);
}

const struct type type_neigh = {
	.name = "IP [lladdr] MAC",
	.size = sizeof(struct neigh),
	.parse = parse_neigh,
	.print = print_neigh,
};

void neigh_add(struct netlink *nl, const struct neigh *n, unsigned index, const char *about)
{
	const struct ndmsg fixed = {.ndm_family = (uint8_t)n->ip.family,
				    .ndm_ifindex = (int)index,
				    .ndm_state = NUD_PERMANENT};

	netlink_message(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof fixed,
			about);
	types_put_ip(nl, NDA_DST, &n->ip);
	netlink_attr(nl, NDA_LLADDR, n->mac, sizeof n->mac);
}

bool neigh_read(const struct nlmsghdr *h, unsigned index, struct neigh *out)
{
	const struct nlattr *a[NETLINK_ATTRS];
	struct cidr c;
	const struct ndmsg *fixed = (const void *)((const char *)h + NLMSG_HDRLEN);

	*out = (struct neigh){0};
	if (!netlink_table(h, sizeof *fixed, a) || fixed->ndm_ifindex != (int)index ||
	    !types_begin(&c, fixed->ndm_family, 0))
		return false;
	out->ip.family = c.ip.family;
	return types_take_ip(a[NDA_DST], &out->ip) &&
	       netlink_bytes(a[NDA_LLADDR], out->mac, sizeof out->mac);
}

void neigh_check(struct check *c)
{
	LIST_EACH(const struct neigh, want, c->conf->neigh)
	{
		struct neigh is, found = {0};

		LIST_EACH(const struct nlmsghdr *const, h, c->inside.neighbours)
		if (neigh_read(*h, c->in->index, &is) && types_same_ip(&is.ip, &want->ip))
			found = is;
		if (memcmp(found.mac, want->mac, sizeof found.mac) != 0)
			check_differs(c, text_of(want), text_of(&found));
	}
}
