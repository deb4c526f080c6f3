#include "confine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/securebits.h>

#include "file.h"
#include "msg.h"
#include "sys.h"

const struct key confine_keys[] = {
	{"cwd" DEFAULT("/") HELP("working directory, entered as the user"),
	 KEY_FIELD(struct confine_conf, cwd, inside)},
	{"umask" DEFAULT("0022") HELP("mask of the modes of new files"),
	 KEY_FIELD(struct confine_conf, umask, mode)},
	{"no-new-privs" DEFAULT("yes")
		 HELP("execve never grants privilege (setuid, file capabilities)"),
	 KEY_FIELD(struct confine_conf, no_new_privs, boolean)},
	{"pdeathsig" DEFAULT("KILL") HELP("signal that COMMAND gets when its parent dies"),
	 KEY_FIELD(struct confine_conf, pdeathsig, signal)},
	{"keyring" DEFAULT("new") WORDS("new|keep") HELP("the session keyring: new, keep"),
	 KEY_FIELD(struct confine_conf, keyring, enum)},
	{0},
};

void confine_keyring(const struct confine_conf *c)
{
	if (c->keyring != KEYRING_NEW || sys_keyctl_join_session() >= 0)
		return;
	if (errno == ENOSYS) /* a kernel without keyrings has none to share */
		return;
	msg_hint("'[exec] keyring = keep' leaves the caller's");
	msg_die_errno("a new session keyring");
}

void confine_chdir(const char *cwd)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), dir;
	char path[4096];

	if (root < 0)
		msg_die_errno("/");
	dir = sys_openat2(root, cwd, O_PATH | O_DIRECTORY, 0,
			  SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
	if (dir < 0 || fchdir(dir))
		msg_die_errno("[exec] cwd: %s", cwd);
	close(dir);
	close(root);
	if (!getcwd(path, sizeof path) || *path != '/')
		msg_die("[exec] cwd: %s: is not below the root directory", cwd);
}

static int compare_gids(const void *a, const void *b)
{
	gid_t x = *(const gid_t *)a, y = *(const gid_t *)b;

	return (x > y) - (x < y);
}

/* Whether the process has exactly these supplementary groups, in any order. */
static bool groups_are(const struct identity *id)
{
	int n = getgroups(0, NULL);
	gid_t *have = file_alloc(((size_t)n + 1) * sizeof *have);
	gid_t *want = file_alloc((id->ngroups + 1) * sizeof *want);
	bool same = n >= 0 && (size_t)n == id->ngroups && getgroups(n, have) == n;

	if (same && n) {
		memcpy(want, id->groups, id->ngroups * sizeof *want);
		qsort(have, (size_t)n, sizeof *have, compare_gids);
		qsort(want, (size_t)n, sizeof *want, compare_gids);
		same = !memcmp(have, want, (size_t)n * sizeof *have);
	}
	free(have);
	free(want);
	return same;
}

bool confine_groups_denied(int dir, const char *path)
{
	char text[16];

	return file_read(dir, path, text, sizeof text) > 0 && !strcmp(text, "deny\n");
}

/*
 * True when the groups are what was asked.  Where setgroups is denied nobody can change them, and they
 * count as nobody's there: only groups that were written make that an error.
 */
static bool set_groups(const struct confine *c)
{
	const struct identity *id = c->identity;

	if (!id->set_groups)
		return false;
	if (groups_are(id) || !sys_setgroups(id->ngroups, id->groups))
		return true;
	if (errno == EPERM && c->groups_denied && !id->asked_groups)
		return false;
	if (errno == EPERM)
		msg_hint(
			c->groups_denied
				? "setgroups is denied in a user namespace that an ordinary user mapped"
				: "changing groups needs CAP_SETGID");
	msg_die_errno("[exec] groups: setgroups");
}

static void explain_id(const char *key)
{
	if (errno == EPERM)
		msg_hint("another %s needs root, or a user namespace that maps it", key);
	if (errno == EINVAL)
		msg_hint("the id is not mapped in this user namespace: see [idmap]");
}

static void set_ids(const struct identity *id)
{
	uid_t r, e, s;

	if (id->set_gid && (getresgid(&r, &e, &s) || r != id->gid || e != r || s != r) &&
	    sys_setresgid(id->gid, id->gid, id->gid)) {
		explain_id("group");
		msg_die_errno("[exec] group: setting gid %u", id->gid);
	}
	if (id->set_uid && (getresuid(&r, &e, &s) || r != id->uid || e != r || s != r) &&
	    sys_setresuid(id->uid, id->uid, id->uid)) {
		explain_id("user");
		msg_die_errno("[exec] user: setting uid %u", id->uid);
	}
}

/* Securebits that a caller left would bend what the change of uid and execve do to the sets. */
static void reset_securebits(void)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	if (bits > 0 && prctl(PR_SET_SECUREBITS, 0, 0, 0, 0))
		msg_die_errno("securebits: resetting the caller's 0x%x", (unsigned)bits);
}

static void check_ids(const struct identity *id, bool groups)
{
	uid_t r, e, s;

	if (id->set_uid && (getresuid(&r, &e, &s) || r != id->uid || e != r || s != r))
		msg_die("read back: the uids are not %u", id->uid);
	if (id->set_gid && (getresgid(&r, &e, &s) || r != id->gid || e != r || s != r))
		msg_die("read back: the gids are not %u", id->gid);
	if (groups && !groups_are(id))
		msg_die("read back: the supplementary groups are not what was asked");
}

static void check(const struct confine *c, bool groups, const struct caps *want, int sig)
{
	struct caps have;
	const char *phrase;
	int now = 0;

	check_ids(c->identity, groups);
	if (want) {
		caps_read(&have);
		phrase = caps_differ(want, &have);
		if (phrase)
			msg_die("read back: %s", phrase);
	}
	if (c->conf->no_new_privs == 1 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		msg_die("read back: no_new_privs is not set");
	if (sig > 0 && (prctl(PR_GET_PDEATHSIG, &now, 0, 0, 0) || now != sig))
		msg_die("read back: the parent-death signal is not %d", sig);
}

void confine_apply(const struct confine *c)
{
	const struct identity *id = c->identity;
	int sig = c->pdeathsig > 0 ? c->pdeathsig : c->conf->pdeathsig;
	struct caps have, want;
	bool caps, groups;

	rlimit_apply(c->rlimit);
	caps_read(&have);
	caps = caps_resolve(c->caps, &have, id->set_uid ? id->uid : geteuid(), &want);
	if (caps) {
		reset_securebits();
		caps_apply_bounding(&have, want.bounding);
		if (want.permitted && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
			msg_die_errno("keeping capabilities over the change of user");
	}
	groups = set_groups(c);
	set_ids(id);
	if (caps) {
		caps_apply(&want);
		if (prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0))
			msg_die_errno("ending keepcaps");
	}
	if (c->conf->no_new_privs == 1 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		msg_die_errno("no_new_privs");
	if (c->conf->umask != ID_UNSET)
		umask(c->conf->umask);
	if (c->conf->cwd)
		confine_chdir(c->conf->cwd);
	if (sig > 0 && prctl(PR_SET_PDEATHSIG, sig, 0, 0, 0))
		msg_die_errno("[exec] pdeathsig");
	check(c, groups, caps ? &want : NULL, sig);
}
