/*
 * kernel.c - names and settings of the namespaces: hostname, domainname, sysctl.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sys.h"

const struct key uts_keys[] = {
	{"hostname" DEFAULT("%n") HELP("the host name; with a file: the container's name"),
	 KEY_FIELD(struct uts_conf, hostname, hostname)},
	{"domainname" HELP("the NIS domain name"),
	 KEY_FIELD(struct uts_conf, domainname, hostname)},
	{0},
};

const struct key sysctl_keys[] = {
	{"NAME" OPTION("sysctl") ARG("NAME=VALUE") HELP(
		 "set a kernel parameter of a private namespace, such as net.* or kernel.shm*"),
	 KEY_FIELD(struct nsinit_conf, sysctl, keyval), .flags = KEY_LIST | KEY_FREE},
	{0},
};

void kernel_names(const struct inside *in)
{
	const struct uts_conf *c = &in->conf->uts;

	if (!(in->start->made & CLONE_NEWUTS) && !in->boot)
		return; /* check_start let only the container's own name through: a default, not a wish */
	if (c->hostname && sethostname(c->hostname, strlen(c->hostname)))
		msg_die_errno("[uts] hostname");
	if (c->domainname && setdomainname(c->domainname, strlen(c->domainname)))
		msg_die_errno("[uts] domainname");
}

/* Written through a procfs by fd: dots are slashes, as sysctl(8) has it; a slash stands for a dot. */
static void set(int proc, const struct keyval *kv)
{
	char *path = file_text("sys/%s", kv->name);
	int fd;

	for (char *p = path + 4; *p; p++)
		*p = *p == '.' ? '/' : *p == '/' ? '.' : *p;
	fd = sys_openat2(proc, path, O_WRONLY, 0,
			 SYS_RESOLVE_BENEATH | SYS_RESOLVE_NO_SYMLINKS | SYS_RESOLVE_NO_XDEV);
	if (fd < 0)
		msg_die_errno("[sysctl] %s", kv->name);
	if (file_write_all(fd, kv->value, strlen(kv->value)))
		msg_die_errno("[sysctl] %s = %s", kv->name, kv->value);
	close(fd);
}

void kernel_sysctls(const struct inside *in)
{
	int proc = in->own_proc >= 0 ? in->own_proc : in->proc;

	if (in->conf->sysctl.n && proc < 0)
		msg_die("[sysctl]: there is no /proc to write to");
	LIST_EACH(struct keyval, kv, in->conf->sysctl)
	set(proc, kv);
}
