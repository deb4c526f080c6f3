/*
 * check.c - consistency: what the configuration asks against itself, and against the namespaces
 * that are private.  A host name is never set, and nothing is ever mounted, in a namespace that
 * others live in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "container.h"
#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sync.h"
#include "sys.h"

static bool api(int how)
{
	return how >= 0 && how != API_NO;
}

bool check_needs_mounts(const struct nsinit_conf *c)
{
	const struct mounts_conf *m = &c->mounts;
	bool dev = m->dev >= 0 && m->dev != DEV_NO;
	bool below = m->devpts == 1 || m->mqueue == 1 || (m->shm_size != SIZE_UNSET && m->shm_size);

	return c->root.path || m->items.n || api(m->proc) || api(m->sys) || dev ||
	       (below && m->dev != DEV_NO) || m->mask.n || m->readonly_path.n ||
	       m->restrict_sys == 1 || (m->cgroup >= 0 && m->cgroup != CGROUPFS_NO);
}

static void check_root(const struct nsinit_conf *c)
{
	const struct root_conf *r = &c->root;

	if (r->path)
		return;
	/* with a file these have their defaults: then it describes a container, which has a root */
	if (r->readonly >= 0 || r->kept >= 0 || r->how >= 0 || r->propagation >= 0)
		msg_die("[rootfs] path: is missing: the directory that becomes the root, or / for the machine's own");
}

static void check_counts(const struct nsinit_conf *c)
{
	enum { OTHERS = 16 };

	if (c->mounts.items.n + c->devices.nodes.n > SYNC_FDS - OTHERS)
		msg_die("[mounts]: more than %d lines", SYNC_FDS - OTHERS);
}

static bool begins(const char *name, const char *with)
{
	return !strncmp(name, with, strlen(with));
}

/* A parameter and the namespace that it belongs to: only these are settings of a container. */
static unsigned sysctl_namespace(const char *name)
{
	static const char ipc[] =
		"kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced kernel.msgmax "
		"kernel.msgmnb kernel.msgmni kernel.sem kernel.auto_msgmni kernel.msg_next_id "
		"kernel.sem_next_id kernel.shm_next_id";

	if (begins(name, "fs.mqueue.") || cgroup_word(ipc, name, ' '))
		return CLONE_NEWIPC;
	return begins(name, "net.") ? CLONE_NEWNET : begins(name, "user.") ? CLONE_NEWUSER : 0U;
}

void check_conf(const void *conf, char **operands)
{
	const struct nsinit_conf *c = conf;
	const char *phrase = identity_check(&c->identity);

	if (!operands[0] && !c->exec.command)
		msg_usage("COMMAND is missing, and so is [exec] command");
	if (phrase)
		msg_die("[exec] user: %s", phrase);
	if (operands[0] && !*operands[0])
		msg_die("COMMAND is empty");
	check_counts(c);
	if (c->devices.nodes.n && c->mounts.dev != DEV_PRIVATE)
		msg_die("[devices] node: needs '[mounts] dev = private'");
	if (c->exec.tty == TTY_YES && c->mounts.devpts != 1)
		msg_die("[exec] tty: needs '[mounts] devpts = yes'");
	if (c->init.subreaper == 1 && c->init.reap == REAP_NO)
		msg_die("[init] subreaper: nobody reaps with reap = no");
	LIST_EACH(struct keyval, kv, c->sysctl)
	if (!sysctl_namespace(kv->name))
		msg_die("[sysctl] %s: belongs to no namespace: it would be the machine's",
			kv->name);
}

static void must_be_private(const struct start *s, unsigned flag, const char *what)
{
	for (const struct namespace *n = namespace_table; n->word; n++) {
		if (n->flag != flag || s->made & flag)
			continue;
		msg_hint("set '[namespaces] %s = private', or run it by nsexec --%s", n->word,
			 n->word);
		msg_die("%s: needs a private %s namespace: this one is shared", what, n->word);
	}
}

void check_private(const struct nsinit_conf *c, const struct start *s)
{
	const char *name = c->uts.hostname;
	struct stat st;

	/* the container's name is the default of the host name: where uts is shared, that is no wish */
	if (name && !(s->name && !strcmp(name, s->name)))
		must_be_private(s, CLONE_NEWUTS, "[uts] hostname");
	if (c->uts.domainname)
		must_be_private(s, CLONE_NEWUTS, "[uts] domainname");
	if (c->root.path)
		must_be_private(s, CLONE_NEWNS, "[rootfs] path");
	else if (check_needs_mounts(c))
		must_be_private(s, CLONE_NEWNS, "[mounts]");
	if (c->mounts.cgroup >= 0 && c->mounts.cgroup != CGROUPFS_NO)
		must_be_private(s, CLONE_NEWCGROUP, "[mounts] cgroup");
	LIST_EACH(struct keyval, kv, c->sysctl)
	must_be_private(s, sysctl_namespace(kv->name), file_text("[sysctl] %s", kv->name));
	if (c->root.path && (stat(c->root.path, &st) || !S_ISDIR(st.st_mode))) {
		if (!errno)
			errno = ENOTDIR;
		msg_die_errno("[rootfs] path: %s", c->root.path);
	}
}

void check_start(const void *conf, const struct start *s)
{
	check_root(conf);
	check_private(conf, s);
}

/*
 * Without a monitor nobody says what is private.  The machine's first namespaces have known numbers
 * (linux/proc_ns.h, and for mount and net what those that began with the first free ones got).
 */
static const struct {
	char file[16];
	unsigned flag, first[4];
} known[] = {
	{"self/ns/mnt", CLONE_NEWNS, {0xEFFFFFF8, 0xF0000000, 0xF0000001, 0}},
	{"self/ns/uts", CLONE_NEWUTS, {0xEFFFFFFE, 0}},
	{"self/ns/ipc", CLONE_NEWIPC, {0xEFFFFFFF, 0}},
	{"self/ns/net", CLONE_NEWNET, {0xEFFFFFF9, 0xF0000098, 0xF0000000, 0xF0000001}},
	{"self/ns/pid", CLONE_NEWPID, {0xEFFFFFFC, 0}},
	{"self/ns/user", CLONE_NEWUSER, {0xEFFFFFFD, 0}},
	{"self/ns/cgroup", CLONE_NEWCGROUP, {0xEFFFFFFB, 0}},
};

void check_stand_in(struct start *s, int proc)
{
	*s = (struct start){.dir = -1,
			    .pidfd = -1,
			    .userns = -1,
			    .netns = -1,
			    .sync = -1,
			    .life = -1};
	for (size_t i = 0; proc >= 0 && i < sizeof known / sizeof *known; i++) {
		bool first = false;
		struct stat st;

		if (fstatat(proc, known[i].file, &st, 0))
			continue;
		for (size_t j = 0; j < 4; j++)
			first |= st.st_ino == known[i].first[j];
		if (!first)
			s->made |= known[i].flag;
	}
}
