/*
 * dns.c - net.resolv and net.hosts: what is bound over /etc/resolv.conf and /etc/hosts; net.hosts-auto
 * where nobody asked for one.
 */
#include "nsnet.h"

#include <errno.h>
#include <string.h>

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

bool dns_write(struct net *net)
{
	const struct net_conf *c = &net->conf->net;
	struct dns_file files[DNS_FILES];

	dns_files(net, files);
	for (const struct dns_file *f = files; f < files + DNS_FILES; f++) {
		if (!f->text)
			continue;
		if (net->dir < 0) {
			net->hint = "--dir DIR says where";
			return nsnet_fail(net,
					  "[net] %s: no container's record to write the file into",
					  c->dns.n	    ? "dns"
					  : c->dns_search.n ? "dns-search"
					  : c->dns_option.n ? "dns-option"
					  : c->add_host.n   ? "add-host"
							    : "hosts");
		}
		/* read by the container's user: 0644, in a directory that only the owner enters */
		if (file_replace(net->dir, f->name, f->text, 0644))
			return nsnet_fail(net, "%s: %s", f->name, strerror(errno));
	}
	return true;
}
