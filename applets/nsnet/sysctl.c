/*
 * sysctl.c - kernel parameters of the namespace and of one interface.
 *
 * /proc/sys/net shows everyone the network namespace they are in, and by now we are in the target's.
 * What was written is read back: some parameters take a value and keep another. That is told, but no
 * failure, for others only write it their own way (1,2,3 as 1-3).
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"

static const char placeholder[] = "IFNAME";
static const char accept_ra[] = "net.ipv6.conf.IFNAME.accept_ra";

/* The file: dots are slashes, as sysctl(8) has it; a slash, and a dot of the interface, stays one. */
static char *path_of(const char *name, const char *interface)
{
	char *path = file_text("/proc/sys/%s", name), *at;

	for (char *p = path + strlen("/proc/sys/"); *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	at = interface ? strstr(path, placeholder) : NULL;
	return at ? file_text("%.*s%s%s", (int)(at - path), path, interface,
			      at + strlen(placeholder))
		  : path;
}

/* Whether two values are the same words: the kernel puts tabs between those of a list. */
static bool same_words(const char *a, const char *b)
{
	static const char blank[] = " \t\n";

	for (;;) {
		size_t n, m;

		a += strspn(a, blank);
		b += strspn(b, blank);
		n = strcspn(a, blank);
		m = strcspn(b, blank);
		if (n != m || memcmp(a, b, n))
			return false;
		if (!n)
			return true;
		a += n;
		b += m;
	}
}

static bool put(struct net *net, const char *about, const char *path, const char *value)
{
	char now[1024];

	if (file_put(AT_FDCWD, path, value)) {
		if (errno == ENOENT && faccessat(AT_FDCWD, "/proc/sys/net", F_OK, 0))
			net->hint = "it is written through /proc, which is not mounted";
		return nsnet_fail_errno(net, about);
	}
	if (file_read(AT_FDCWD, path, now, sizeof now) < 0) /* some can only be written */
		return errno == EACCES || nsnet_fail_errno(net, about);
	if (!same_words(now, value))
		msg_warn("%s: the kernel made it %.*s", about, (int)strcspn(now, "\n"), now);
	return true;
}

static bool put_list(struct net *net, const struct list *list, const char *interface)
{
	const char *section = interface ? file_text("net.%s", interface) : "net";

	LIST_EACH(const struct keyval, kv, *list)
	if (!put(net, file_text("[%s] sysctl: %s=%s", section, kv->name, kv->value),
		 path_of(kv->name, interface), kv->value))
		return false;
	return true;
}

bool sysctl_net(struct net *net)
{
	return put_list(net, &net->conf->net.sysctl, NULL);
}

bool sysctl_link(struct net *net, const struct link_conf *l)
{
	if (l->accept_ra >= 0 &&
	    !put(net, link_text(l, "accept-ra"), path_of("net.ipv6.conf.IFNAME.accept_ra", l->name),
		 file_text("%d", l->accept_ra)))
		return false;
	return put_list(net, &l->sysctl, l->name);
}

static void compare(struct check *c, const char *name, const char *value)
{
	char now[1024];

	if (file_read(AT_FDCWD, path_of(name, c->conf ? c->conf->name : NULL), now, sizeof now) < 0)
		check_differs(c, file_text("%s=%s", name, value), NULL);
	else if (!same_words(now, value))
		check_differs(c, file_text("%s=%s", name, value),
			      file_text("%.*s", (int)strcspn(now, "\n"), now));
}

void sysctl_check(struct check *c)
{
	LIST_EACH(const struct keyval, kv, c->conf ? c->conf->sysctl : c->net->conf->net.sysctl)
	compare(c, kv->name, kv->value);
}

void sysctl_check_ra(struct check *c)
{
	if (c->conf->accept_ra >= 0)
		compare(c, accept_ra, file_text("%d", c->conf->accept_ra));
}
