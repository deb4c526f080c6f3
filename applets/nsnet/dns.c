/*
 * dns.c - net.resolv and net.hosts: what is bound over /etc/resolv.conf and /etc/hosts; net.hosts-auto
 * where nobody asked for one.
 */
#include "nsnet.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include <linux/rtnetlink.h>

#include "applet.h"
#include "file.h"

/* The last value of a key that belongs to another applet; NULL: not given. */
static const char *ini_value(const struct ini *ini, const char *section, const char *key)
{
	const char *value = NULL, *phrase;

	for (size_t i = 0; ini && i < ini->n; i++) {
		const struct ini_line *l = &ini->lines[i];

		if (l->key && !strcmp(l->section, section) && !strcmp(l->key, key))
			value = l->value;
	}
	return value ? inifile_unquote(value, &phrase) : NULL;
}

/* The container's hostname: as nsinit sets it, by default the container's name. */
static const char *hostname(const struct net *net)
{
	const struct origin o = {.name = net->name};
	const char *text = ini_value(net->conf->ini, "uts", "hostname"), *phrase;

	if (!text || !*text)
		return net->name;
	return key_expand(text, &o, &phrase);
}

static bool has_interface(const struct net *net)
{
	LIST_EACH(const struct link_conf, l, net->conf->links)
	if (l->type != LINK_NONE && l->type != LINK_LOOPBACK)
		return true;
	return false;
}

static bool wants_hosts(const struct net *net)
{
	const struct net_conf *c = &net->conf->net;

	if (c->hosts >= 0)
		return c->hosts;
	return c->add_host.n || (net->dir >= 0 && has_interface(net));
}

static bool wants_resolv(const struct net_conf *c)
{
	return c->dns.n || c->dns_search.n || c->dns_option.n;
}

static char *add_words(char *text, const char *keyword, const struct list *words)
{
	if (!words->n)
		return text;
	text = file_text("%s%s", text, keyword);
	LIST_EACH(char *, w, *words)
	text = file_text("%s %s", text, *w);
	return file_text("%s\n", text);
}

static char *resolv(const struct net_conf *c)
{
	char *text = "";

	LIST_EACH(const struct ip, ip, c->dns)
	text = file_text("%snameserver %s\n", text, types_print_ip(ip));
	text = add_words(text, "search", &c->dns_search);
	return add_words(text, "options", &c->dns_option);
}

/* The container's name beside its first address of each family; without any, beside 127.0.1.1. */
static char *add_hostname(const struct net *net, char *text)
{
	const char *name = hostname(net);
	bool seen[2] = {false, false};

	if (!name)
		return text;
	LIST_EACH(const struct link_conf, l, net->conf->links)
	{
		if (l->type == LINK_NONE || l->type == LINK_LOOPBACK)
			continue;
		LIST_EACH(const struct cidr, c, l->address)
		{
			bool *before = &seen[c->ip.family == AF_INET6];

			if (!*before)
				text = file_text("%s%s %s\n", text, types_print_ip(&c->ip), name);
			*before = true;
		}
	}
	return seen[0] || seen[1] ? text : file_text("%s127.0.1.1 %s\n", text, name);
}

static char *hosts(const struct net *net)
{
	char *text = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n";

	text = add_hostname(net, text);
	LIST_EACH(const struct host_entry, h, net->conf->net.add_host)
	text = file_text("%s%s %s\n", text, types_print_ip(&h->ip), h->name);
	return text;
}

void dns_files(const struct net *net, struct dns_file files[DNS_FILES])
{
	const struct net_conf *c = &net->conf->net;
	/* what nobody asked for is bound only where that can be */
	bool asked = c->hosts > 0 || c->add_host.n || !net->id;

	files[0] = (struct dns_file){"net.resolv", wants_resolv(c) ? resolv(c) : NULL};
	files[1] = (struct dns_file){asked ? "net.hosts" : "net.hosts-auto",
				     wants_hosts(net) ? hosts(net) : NULL};
}

const char *dns_key(const struct net_conf *c)
{
	return c->dns.n		 ? "dns"
	       : c->dns_search.n ? "dns-search"
	       : c->dns_option.n ? "dns-option"
	       : c->add_host.n	 ? "add-host"
	       : c->hosts > 0	 ? "hosts"
				 : NULL;
}

bool dns_ready(struct net *net)
{
	struct dns_file files[DNS_FILES];

	dns_files(net, files);
	if (net->dir >= 0 || !(files[0].text || files[1].text))
		return true;
	net->hint = "--dir DIR says where";
	return nsnet_fail(net, "[net] %s: no container's record to write the file into",
			  dns_key(&net->conf->net));
}

/* ---- up in a container that runs ------------------------------------------------------------------ */

/* Whether there is an interface that the configuration does not know: it is not about the whole. */
static bool has_others(const struct net *net, const struct view *v)
{
	LIST_EACH(const struct link, in, v->links)
	{
		bool known = in->flags & IFF_LOOPBACK || !(in->flags & IFF_UP);

		LIST_EACH(const struct link_conf, l, net->conf->links)
		known |= !strcmp(l->name, in->name);
		if (!known)
			return true;
	}
	return false;
}

/* A line of the container's own name with an address that it has not, while it has others. */
static bool is_stale(const struct view *v, const char *line, const char *name)
{
	size_t n = strcspn(line, " ");
	bool any = false;
	struct ip ip;

	if (!name || !line[n] || strcmp(line + n + 1, name) != 0 ||
	    types_parse_ip(file_text("%.*s", (int)n, line), &ip))
		return false;
	LIST_EACH(const struct address, a, v->addresses)
	{
		if (types_same_ip(&a->cidr.ip, &ip))
			return false;
		any |= a->scope < RT_SCOPE_LINK;
	}
	return any;
}

/* What is there and what is new, each line once. */
static const char *merge(const struct net *net, const struct view *v, const char *is,
			 const char *wanted)
{
	const char *p = file_text("%s%s", is, wanted), *name = hostname(net), *end;
	char *text = "\n";

	for (; (end = strchr(p, '\n')); p = end + 1) {
		const char *line = file_text("%.*s", (int)(end - p), p);

		if (!strstr(text, file_text("\n%s\n", line)) && !is_stale(v, line, name))
			text = file_text("%s%s\n", text, line);
	}
	return text + 1;
}

/* Hosts' lines of interfaces that another run has made, and of add-host then, stay. */
static bool keep_hosts(struct net *net, struct dns_file *f)
{
	struct view v;
	size_t len;
	const char *is;

	if (!net->id || net->leave)
		return true;
	if (!faccessat(net->dir, "net.hosts", F_OK, 0))
		f->name = "net.hosts";
	is = file_slurp(net->dir, f->name, 1 << 20, &len);
	if (!is)
		return errno == ENOENT || nsnet_fail_errno(net, f->name);
	if (!view_read(&net->inside, &v))
		return nsnet_fail_netlink(net, &net->inside);
	if (has_others(net, &v))
		f->text = merge(net, &v, is, f->text);
	return true;
}

bool dns_write(struct net *net)
{
	struct dns_file files[DNS_FILES];

	dns_files(net, files);
	if (files[1].text && !keep_hosts(net, &files[1]))
		return false;
	for (const struct dns_file *f = files; f < files + DNS_FILES; f++) {
		/* read by the container's user: 0644, in a directory that only the owner enters */
		if (f->text && file_replace(net->dir, f->name, f->text, 0644))
			return nsnet_fail_errno(net, f->name);
	}
	return true;
}
