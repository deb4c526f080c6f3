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

static char *print_neigh(const struct key *k UNUSED, const void *v)
{
	const struct neigh *n = v;

	return n->ip.family
		       ? file_text("%s lladdr %s", types_print_ip(&n->ip), types_print_mac(n->mac))
		       : NULL;
}

static void unset_neigh(void *v)
{
	*(struct neigh *)v = (struct neigh){0};
}

const struct type type_neigh = {
	.name = "IP [lladdr] MAC",
	.size = sizeof(struct neigh),
	.parse = parse_neigh,
	.print = print_neigh,
	.unset = unset_neigh,
};

void neigh_add(struct netlink *nl, const struct neigh *n, unsigned index, const char *about)
{
	const struct ndmsg fixed = {.ndm_family = (uint8_t)n->ip.family,
				    .ndm_ifindex = (int)index,
				    .ndm_state = NUD_PERMANENT};

	netlink_message(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &fixed, sizeof fixed,
			about);
	netlink_attr(nl, NDA_DST, n->ip.b, types_size(&n->ip));
	netlink_attr(nl, NDA_LLADDR, n->mac, sizeof n->mac);
}
