/*
 * tap.c - a tap device, whose other end is a program's: made inside, and kept there without one.
 *
 * The driver takes the namespace of whoever opens its node, and we have joined the target's; the node
 * itself is the host's, since its mounts were not joined.  Killed before the device is made persistent it
 * goes with our descriptor.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_link.h>
#include <linux/if_tun.h>

#include "file.h"

static const char node[] = "/dev/net/tun";

/* As the kernel shows it: made is it by other means. */
struct link_fact *tap_facts(const struct link_conf *l, struct link_fact *f)
{
	const uint8_t many = l->multi_queue > 0;

	f = virtual_fact(f, "multi-queue", IFLA_TUN_MULTI_QUEUE, &many, sizeof many);
	if (l->owner != ID_UNSET)
		f = virtual_fact(f, "owner", IFLA_TUN_OWNER, &l->owner, sizeof l->owner);
	if (l->group != ID_UNSET)
		f = virtual_fact(f, "group", IFLA_TUN_GROUP, &l->group, sizeof l->group);
	return f;
}

/* What failed, or NULL. */
static const char *configure(int fd, const struct link_conf *l, int more)
{
	const struct {
		unsigned long request;
		uint32_t id;
		const char *key;
	} ids[] = {{TUNSETOWNER, l->owner, "owner"}, {TUNSETGROUP, l->group, "group"}};
	struct ifreq r = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | more)};

	if (l->multi_queue > 0)
		r.ifr_flags |= IFF_MULTI_QUEUE;
	memcpy(r.ifr_name, l->name, strnlen(l->name, sizeof r.ifr_name - 1));
	if (ioctl(fd, TUNSETIFF, &r))
		return "type: tap";
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
		if (ids[i].id != ID_UNSET && ioctl(fd, (int)ids[i].request, ids[i].id))
			return ids[i].key;
	return ioctl(fd, TUNSETPERSIST, 1) ? "type: tap: keeping it" : NULL;
}

void tap_change(const struct link_conf *l)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)configure(fd, l, 0); /* what is not done is seen */
	close(fd);
}

bool tap_make(struct net *net, const struct link_conf *l)
{
	int fd = open(node, O_RDWR | O_CLOEXEC);
	const char *failed = fd < 0 ? file_text("type: tap: %s", node)
				    : configure(fd, l, IFF_TUN_EXCL);

	if (failed) {
		int e = errno == ENXIO || errno == ENODEV || (fd < 0 && errno == ENOENT)
				? EOPNOTSUPP
				: errno;

		net->hint = nsnet_hint(net, e);
		nsnet_fail_errno(net, link_text(l, "%s", failed));
	}
	if (fd >= 0)
		close(fd);
	return !failed;
}
