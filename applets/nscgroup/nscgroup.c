/*
 * nscgroup - the cgroups of a container.
 *
 * create, in this order:
 *   1 the hierarchies of the machine are read, each limit gets the one that has its controller: what
 *     cannot be limited is refused before anything is made;
 *   2 the paths are recorded in the state directory: whatever happens next, undo finds them;
 *   3 the directories are made, exclusively, and marked with the start's id: a group that another
 *     start has is never touched;
 *   4 the limits are written and read back, the device filter is attached: by hand and for exec before
 *     anything joins; for a start at the latest before COMMAND runs (nscgroup_finish), since what sets
 *     up the inside is our own.
 * A failure undoes what was made, in this process; after 4 has been put off, the monitor does.
 *
 * The v2 group is always made where there is a v2 hierarchy, even without controllers: it is entered
 * by clone3, killed and frozen at a stroke.  A v1 group is made for the controllers that limits need,
 * and for the freezer where v1 is all there is.  With `enable = auto` and without limits a caller who
 * may not make groups gets none, silently.
 *
 * delete: kill what is left, remove, in groups with our mark; an unmarked one is at most rmdir'ed.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applets.h"
#include "file.h"
#include "msg.h"
#include "nscgroup.h"
#include "start.h"

#define CGROUP(member, kind) KEY_FIELD(struct cgroup_conf, member, kind)
#define LIST(member, kind) CGROUP(member, kind), .flags = KEY_LIST

static const struct key cgroup_keys[] = {
	{"path" DEFAULT("nskit-%n") HELP(
		 "the group, below parent; from the top of the hierarchies when it begins with /"),
	 CGROUP(path, group)},
	{"parent" DEFAULT("self") ARG("self|PATH") HELP(
		 "what a relative path lies below: the caller's own group, or an absolute path"),
	 CGROUP(parent, group)},
	{"enable" DEFAULT("auto") WORDS("auto|yes|no") HELP(
		 "make groups; auto: without limits only where that is allowed; no: none, no limits"),
	 CGROUP(enable, enum)},
	{"delegate" DEFAULT("no") HELP(
		 "v2: the root of the container's user namespace may make groups below its own"),
	 CGROUP(delegate, boolean)},
	{"kill-on-exit" DEFAULT("yes")
		 HELP("kill what is left in it at the end; no: it stays as long as that"),
	 CGROUP(kill_on_exit, boolean)},
	{"freeze" HELP("create, exec: frozen, until thaw; no: thaw it"), CGROUP(freeze, boolean)},
	{"memory-max" ARG("SIZE|max")
		 HELP("memory, of the kernel for it too; over it processes are killed"),
	 CGROUP(memory_max, size)},
	{"memory-swap-max" ARG("SIZE|max")
		 HELP("swap, beside memory; with memory-max alone it is 0"),
	 CGROUP(memory_swap_max, size)},
	{"memory-low" ARG("SIZE|max")
		 HELP("memory that is taken away last; v1: what it is pressed to"),
	 CGROUP(memory_low, size)},
	{"memory-reservation" ARG("SIZE|max") HELP("the same by its name in v1"),
	 CGROUP(memory_reservation, size)},
	{"memory-min" ARG("SIZE|max") HELP("memory that is never taken away (v2)"),
	 CGROUP(memory_min, size)},
	{"memory-high" ARG("SIZE|max") HELP("memory over which it is slowed down (v2)"),
	 CGROUP(memory_high, size)},
	{"swappiness" RANGE(0, 200) HELP("how readily its memory is swapped out (v1)"),
	 CGROUP(swappiness, int)},
	{"oom-kill-disable" HELP("out of memory, processes wait instead of being killed (v1)"),
	 CGROUP(oom_kill_disable, boolean)},
	{"oom-group" HELP("out of memory, all of its processes are killed (v2)"),
	 CGROUP(oom_group, boolean)},
	{"cpu-weight" RANGE(1, 10000)
		 HELP("share of a busy processor against the other groups; 100 is usual"),
	 CGROUP(cpu_weight, int)},
	{"cpu-shares" RANGE(2, 262144) HELP("the same in the unit of v1; 1024 is usual"),
	 CGROUP(cpu_shares, int)},
	{"cpu-idle" HELP("run only when nothing else wants to"), CGROUP(cpu_idle, boolean)},
	{"cpu-max" ARG("QUOTA [PERIOD]|N%|max")
		 HELP("processor time, us in each period of us (100000), or % of one processor"),
	 CGROUP(cpu_max, cpu_max)},
	{"cpu-burst" RANGE(0, 2147483647) ARG("US") HELP("unused quota that is kept for later"),
	 CGROUP(cpu_burst, int)},
	{"cpu-rt-runtime" RANGE(0, 2147483647) ARG("US")
		 HELP("time of realtime processes in each of their periods (v1)"),
	 CGROUP(cpu_rt_runtime, int)},
	{"cpu-rt-period" RANGE(1, 2147483647) ARG("US") HELP("their period; 1000000 is usual (v1)"),
	 CGROUP(cpu_rt_period, int)},
	{"cpuset-cpus" HELP("processors: 0-3,8"), CGROUP(cpuset_cpus, cpus)},
	{"cpuset-mems" HELP("memory nodes"), CGROUP(cpuset_mems, cpus)},
	{"cpuset-partition" WORDS(LIMIT_PARTITIONS)
		 HELP("have its processors alone; isolated: without load balancing (v2)"),
	 CGROUP(cpuset_partition, enum)},
	{"pids-max" ARG("N|max") HELP("number of processes and threads"), CGROUP(pids_max, count)},
	{"io-weight" RANGE(1, 10000)
		 HELP("share of a busy disk against the other groups; 100 is usual"),
	 CGROUP(io_weight, int)},
	{"io-max" WORDS("rbps|wbps|riops|wiops") ARG("DISK rbps=|wbps=|riops=|wiops=N...")
		 HELP("bytes and operations a second; DISK is a path or MAJOR:MINOR"),
	 LIST(io_max, quotas)},
	{"io-latency" WORDS("target") ARG("DISK target=US")
		 HELP("slow others down when it waits longer (v2)"),
	 LIST(io_latency, quotas)},
	{"hugetlb" ARG("PAGESIZE:SIZE|max") HELP("memory in huge pages: 2M:64M"),
	 LIST(hugetlb, named)},
	{"rdma" WORDS("hca_handle|hca_object") ARG("DEVICE hca_handle=|hca_object=N...")
		 HELP("handles and objects of an adapter"),
	 LIST(rdma, quotas)},
	{"misc" ARG("RESOURCE:N|max") HELP("what misc.capacity lists"), LIST(misc, named)},
	{"net-classid" ARG("MAJOR:MINOR|N") HELP("class of its packets, as tc(8) writes it (v1)"),
	 CGROUP(net_classid, class)},
	{"net-prio" RANGE(0, 2147483647) ARG("LINK:N")
		 HELP("priority of its packets on a link (v1)"),
	 LIST(net_prio, named)},
	{"set" OPTION("cgroup-set") HELP("VALUE into FILE of the group, as it is"), LIST(set, raw)},
	{0},
};

#define RULE(word, what)                                                                    \
	{                                                                                   \
		word OPTION("device-" word) ARG("'a|b|c [MAJOR:MINOR [rwm]]'|'PATH [rwm]'") \
			HELP(what),                                                         \
			KEY_FIELD(struct cgroup_conf, device_rules, device_rule),           \
			.flags = KEY_LIST | KEY_ORDERED                                     \
	}

static const struct key rule_keys[] = {
	RULE("allow", "let the group use these devices; of allow and deny the last rule wins"),
	RULE("deny", "refuse these devices to the group"),
	{0},
};

#define OWN(member, kind) KEY_FIELD(struct nscgroup_conf, member, kind)

static const struct key own_keys[] = {
	{"json" DEFAULT("no") HELP("stat, events, report: JSON"), OWN(json, boolean),
	 .flags = KEY_ALWAYS},
	{"watch" BARE("1s") ARG("INTERVAL")
		 HELP("stat: again and again, until the group is removed"),
	 OWN(watch, time)},
	{"report" BARE("-") ARG("FILE")
		 HELP("exec: what it used, when it has ended; to standard error, or FILE"),
	 OWN(report, string)},
	{"until" ARG("EVENT") HELP("events: end with this event; status 1 when it did not come"),
	 OWN(until, string)},
	{"timeout" HELP("events: end after this time"), OWN(timeout, time)},
	{"psi" ARG("TRIGGER") HELP(
		 "events: pressure, as in 'memory some 150000 2000000': stalled for us, in a window of us"),
	 OWN(psi, string), .flags = KEY_LIST},
	{0},
};

static const struct group groups[] = {
	{own_keys, NULL, 0, 0},
	{cgroup_keys, "cgroup", offsetof(struct nscgroup_conf, cgroup), 0},
	{DEVICES_KEYS, offsetof(struct nscgroup_conf, cgroup.devices), 0},
	{rule_keys, "devices", offsetof(struct nscgroup_conf, cgroup), 0},
	{0},
};

/* An option that is another verb's. */
static void check_own(const struct nscgroup_conf *c, const char *verb)
{
	const struct {
		bool given;
		const char *option, *verb;
	} own[] = {{c->watch >= 0, "watch", "stat"},
		   {c->report, "report", "exec"},
		   {c->until, "until", "events"},
		   {c->timeout >= 0, "timeout", "events"},
		   {c->psi.n > 0, "psi", "events"}};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (own[i].given && strcmp(verb, own[i].verb) != 0)
			msg_usage("%s: takes no --%s", verb, own[i].option);
}

static void nscgroup_check(const void *any, char **operands)
{
	const struct nscgroup_conf *conf = any;
	const struct cgroup_conf *c = &conf->cgroup;
	bool self = !c->parent || !strcmp(c->parent, "self");

	if (!self && c->parent[0] != '/')
		msg_die("[cgroup] parent: '%s' is neither self nor an absolute path", c->parent);
	if (!self && c->path && c->path[0] == '/')
		msg_die("[cgroup] path: '%s' is absolute, so it has no parent", c->path);
	if (c->cpu_weight != INT64_MIN && c->cpu_shares != INT64_MIN)
		msg_die("[cgroup] cpu-shares: cpu-weight is the same");
	if (c->memory_low != SIZE_UNSET && c->memory_reservation != SIZE_UNSET)
		msg_die("[cgroup] memory-reservation: memory-low is the same");
	if (c->cpu_idle == 1 && (c->cpu_weight != INT64_MIN || c->cpu_shares != INT64_MIN))
		msg_die("[cgroup] cpu-idle: what is idle has no weight");
	check_own(conf, operands[0]);
	if (!strcmp(operands[0], "exec") && c->freeze == 1 && !c->path)
		msg_usage("exec: --freeze needs a --path, to thaw it by");
	if (!strcmp(operands[0], "exec") && !operands[1])
		msg_usage("exec: a COMMAND is needed");
	if (strcmp(operands[0], "exec") != 0 && operands[1])
		msg_usage("%s: takes no '%s'", operands[0], operands[1]);
}

/* Frozen, the container's init could never say that it is ready. */
static void check_start(const void *any, const struct start *start)
{
	const struct nscgroup_conf *conf = any;

	if (conf->cgroup.freeze != 1)
		return;
	msg_hint("nsctl pause %s once it runs", start->name);
	msg_die("[cgroup] freeze: a container cannot start frozen");
}

/* ---- create ---- */

static const char *create_is_asked(void *arg, const struct limit *l, const void *value)
{
	(void)arg, (void)value;
	return l->key;
}

static void create_record(const struct cgroups *gs, struct cgroup_record *r)
{
	*r = (struct cgroup_record){0};
	for (int i = 0; i < gs->n; i++) {
		const struct cgroup *g = &gs->g[i];

		if (detect_is_v2(g->h))
			r->v2 = g->dir;
		else
			r->v1[r->nv1++] = (struct cgroup_v1){g->h->controllers, g->dir};
		r->shared |= strchr(g->dir + strlen(g->base) + 1, '/') != NULL;
	}
}

/* Step 2. */
static void create_write_record(const struct start *start, const struct cgroup_record *r)
{
	struct cgroup_record old;

	if (!start || start->dir < 0)
		return;
	if (cgroup_record_read(start->dir, &old))
		msg_die_errno("%s/cgroup", start->path);
	if (old.v2 || old.nv1)
		msg_die("%s: this start has its groups already", start->name);
	if (file_replace(start->dir, "cgroup", cgroup_record_text(r), 0600))
		msg_die_errno("%s/cgroup", start->path);
}

/* What was made goes; then nothing is to be undone any more. */
static void create_undo(const struct start *start, struct cgroups *gs)
{
	bool left = false;

	while (gs->n--) {
		struct cgroup *g = &gs->g[gs->n];

		if (g->made && group_remove(g->dir)) {
			msg_warn_errno("%s", g->dir);
			left = true;
		} else if (group_remove_shared(g->dir)) {
			msg_warn_errno("%s", g->dir);
			left = true;
		}
	}
	if (!left && start && start->dir >= 0)
		(void)unlinkat(start->dir, "cgroup", 0); /* undo finds empty paths at worst */
}

/* By hand, an existing group of ours gets the new limits instead. */
static bool create_is_ours(const struct cgroup *g)
{
	char id[GROUP_ID];

	return group_owner(g->dir, id) > 0;
}

/* Where the machine can freeze: its v2 group, else the freezer's. A phrase. */
static const char *create_freeze(const struct cgroups *gs, bool freeze)
{
	for (int i = 0; i < gs->n; i++) {
		const struct cgroup *g = &gs->g[i];

		if (detect_is_v2(g->h))
			return v2_freeze(g->dir, freeze);
		if (cgroup_word(g->h->controllers, "freezer", ','))
			return v1_freeze(g->dir, freeze);
	}
	errno = ENOENT;
	return "[cgroup] freeze: neither v2 nor the freezer of v1 is mounted";
}

/* Step 3.  A phrase; errno is the decisive one. */
static const char *create_make(const char *id, bool apply, struct cgroups *gs)
{
	const char *phrase = NULL;
	bool there = false;

	for (int i = 0; i < gs->n && !phrase; i++) {
		struct cgroup *g = &gs->g[i];

		if (apply && (there || !i) && create_is_ours(g)) {
			there = true;
			phrase = group_make_above(g); /* more controllers, perhaps */
			continue;
		}
		if (there) {
			errno = ENOENT;
			return file_text("[cgroup] %s: the group was made without %s",
					 g->key ? g->key : "path", g->dir);
		}
		phrase = group_make(g, id);
	}
	return phrase;
}

/* Step 4.  The same. */
static const char *create_limit(const struct cgroup_conf *c, struct devices_plan *devices,
				const struct cgroups *gs)
{
	const char *phrase = NULL;

	for (int i = 0; i < gs->n && !phrase; i++) {
		phrase = limit_apply(&gs->g[i], c);
		if (!phrase)
			phrase = devices_apply(&gs->g[i], devices);
	}
	if (!phrase && c->freeze >= 0)
		phrase = create_freeze(gs, c->freeze);
	if (devices->filter >= 0) {
		int saved = errno;

		(void)close(devices->filter);
		errno = saved;
	}
	return phrase;
}

/* A start's groups between create and finish. */
struct making {
	struct hierarchies hs;
	struct devices_plan devices;
	struct cgroups gs;
};
static struct making *unfinished;

void nscgroup_create(const struct cgroup_conf *c, const struct start *start, bool apply,
		     struct cgroup_record *r)
{
	bool must = c->enable == ENABLE_YES || c->enable < 0 || c->device_rules.n ||
		    c->freeze == 1 || limit_each(c, create_is_asked, NULL);
	struct making *m = file_alloc(sizeof *m);
	const char *phrase;

	*r = (struct cgroup_record){0};
	m->devices.later = start && start->early;
	if (c->delegate == 1 && !start)
		msg_die("[cgroup] delegate: to whom? it is for the group of a container");
	if (c->enable == ENABLE_NO)
		return;
	detect(&m->hs);
	phrase = plan_groups(c, &m->hs, &m->gs, &m->devices);
	if (!phrase && !m->gs.n && must) {
		msg_hint("mount one: mount -t cgroup2 cgroup2 /sys/fs/cgroup");
		phrase = "no cgroup filesystem is mounted";
	}
	if (phrase && must)
		msg_die("%s", phrase);
	if (phrase)
		devices_without(&m->devices, phrase);
	if (phrase || !m->gs.n)
		return;
	create_record(&m->gs, r);
	r->delegate = c->delegate == 1;
	create_write_record(start, r);
	phrase = create_make(start ? start->id : GROUP_BY_HAND, apply && !start, &m->gs);
	if (!phrase && start && start->early) {
		unfinished = m;
		return;
	}
	if (!phrase)
		phrase = create_limit(c, &m->devices, &m->gs);
	if (!phrase)
		return;
	must = must || (errno != EACCES && errno != EPERM && errno != EROFS);
	create_undo(start, &m->gs);
	if (must)
		msg_die("%s", phrase);
	devices_without(&m->devices, phrase);
	*r = (struct cgroup_record){0};
}

static void nscgroup_finish(const void *any)
{
	const struct nscgroup_conf *conf = any;
	const char *phrase = NULL;

	if (unfinished)
		phrase = create_limit(&conf->cgroup, &unfinished->devices, &unfinished->gs);
	if (phrase)
		msg_die("%s", phrase);
}

/* ---- delete, kill, freeze ---- */

bool nscgroup_find(const struct cgroup_conf *c, struct cgroup_record *r)
{
	struct hierarchies hs;
	struct cgroups gs = {0};

	detect(&hs);
	for (int i = 0; i < hs.n; i++) {
		struct cgroup *g = &gs.g[gs.n];

		*g = (struct cgroup){.h = &hs.h[i], .controllers = ""};
		/* where it cannot be placed it was not made either */
		gs.n += !group_place(g, c) && !access(g->dir, F_OK);
	}
	create_record(&gs, r);
	return gs.n > 0;
}

/* The groups that a command acts on: the start's, else those of path that are there. */
static void verb_record(const struct cgroup_conf *c, const struct start *start,
			struct cgroup_record *r)
{
	if (start && start->dir >= 0) {
		if (cgroup_record_read(start->dir, r))
			msg_die_errno("%s/cgroup", start->path);
		return;
	}
	if (!nscgroup_find(c, r))
		msg_die("[cgroup] path: no group %s", c->path);
}

/* NOBODYS: it has no mark, or is gone. */
enum owner { OWNED, OTHERS, NOBODYS };

typedef const char *on_group(const char *dir, enum owner, bool v2, bool freezer);

/* Calls f, but for a group of others. */
static const char *verb_one(const char *dir, on_group *f, bool v2, const char *controllers,
			    const char *id)
{
	char mark[GROUP_ID];
	int len = group_owner(dir, mark);
	enum owner owner = len <= 0 ? NOBODYS : strcmp(mark, id) ? OTHERS : OWNED;

	if (len < 0 && errno != ENOENT)
		return group_fault(NULL, dir);
	return owner == OTHERS ? NULL : f(dir, owner, v2, cgroup_word(controllers, "freezer", ','));
}

/*
 * Each group of a record.  v2 first: it alone takes all at once; then the freezer: what it has stopped
 * does not die in the other groups either.  The first phrase.
 */
static const char *verb_each(const struct cgroup_record *r, on_group *f, const char *id)
{
	const char *phrase = r->v2 ? verb_one(r->v2, f, true, "", id) : NULL;

	for (int i = 0; i < 2 * r->nv1; i++) {
		const struct cgroup_v1 *g = &r->v1[i % r->nv1];
		bool turn = cgroup_word(g->controllers, "freezer", ',') == (i < r->nv1);
		const char *now = turn ? verb_one(g->path, f, false, g->controllers, id) : NULL;

		phrase = phrase ? phrase : now;
	}
	return phrase;
}

static const char *kill_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	if (owner != OWNED)
		return NULL;
	return v2 ? v2_kill(dir) : v1_kill(dir, freezer);
}

/* Again and again until the kernel has let go of the last process, a little after its end. */
static const char *delete_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	bool ours = owner == OWNED, killed = false;
	struct group_wait wait = {0};
	const char *phrase;

	while (ours ? group_remove(dir) : group_rmdir(dir)) {
		if (errno == EBUSY && !ours)
			break;
		if (errno != EBUSY || !group_wait(&wait))
			return group_fault(NULL, dir);
		phrase = killed ? NULL : kill_group(dir, owner, v2, freezer);
		killed = true;
		if (phrase)
			return phrase;
	}
	return NULL;
}

static const char *delete_shared(const char *dir, enum owner owner, bool v2, bool freezer)
{
	(void)owner, (void)v2, (void)freezer;
	return group_remove_shared(dir) ? group_fault(NULL, dir) : NULL;
}

const char *nscgroup_delete(const struct cgroup_record *r, const char *id)
{
	const char *phrase = verb_each(r, delete_group, id);
	const char *above = r->shared ? verb_each(r, delete_shared, id) : NULL;

	return phrase ? phrase : above;
}

static const char *left_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	(void)owner, (void)v2, (void)freezer;
	if (!group_populated(dir))
		return NULL;
	return file_text("%s: processes run on in it (kill-on-exit = no), so it stays", dir);
}

const char *nscgroup_left(const struct cgroup_record *r, const char *id)
{
	return verb_each(r, left_group, id);
}

/* In whatever state it is, and without a wait for another. */
static const char *sweep_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	if (owner != OWNED)
		return NULL;
	if (!v2 || file_put(AT_FDCWD, file_text("%s/cgroup.kill", dir), "1"))
		(void)group_signal(dir); /* who forked meanwhile is there the next time */
	if (freezer)
		(void)file_put(AT_FDCWD, file_text("%s/freezer.state", dir), "THAWED");
	return NULL;
}

void nscgroup_sweep(const struct cgroup_record *r, const char *id, struct group_wait *wait)
{
	do {
		if (!nscgroup_left(r, id)) {
			(void)nscgroup_delete(r, id);
			return;
		}
		(void)verb_each(r, sweep_group, id);
	} while (group_wait(wait));
}

static const char *freeze_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	if (owner != OWNED)
		return NULL;
	if (v2)
		return v2_freeze(dir, true);
	return freezer ? v1_freeze(dir, true) : NULL;
}

static const char *thaw_group(const char *dir, enum owner owner, bool v2, bool freezer)
{
	if (owner != OWNED)
		return NULL;
	if (v2)
		return v2_freeze(dir, false);
	return freezer ? v1_freeze(dir, false) : NULL;
}

/* A command by hand names its group itself; it must still be one of ours. */
static void verb_check_owner(const struct cgroup_record *r, const char *id)
{
	int n = (r->v2 != NULL) + r->nv1;

	for (int i = 0; i < n; i++) {
		const char *dir = i < r->nv1 ? r->v1[i].path : r->v2;
		char owner[GROUP_ID];
		int len = group_owner(dir, owner);

		if (len < 0)
			msg_die_errno("%s", dir);
		if (!len)
			msg_die("%s: not made by nskit", dir);
		if (!strcmp(owner, id))
			continue;
		msg_hint("nsctl acts on containers by their name");
		msg_die("%s: belongs to the start with the id %s", dir, owner);
	}
}

static int verb_finish(const char *phrase)
{
	if (phrase)
		msg_die("%s", phrase);
	return 0;
}

/*
 * The end of a start spares what kill-on-exit = no leaves; a delete that somebody asks for does not.
 * A frozen one runs on: killed, its init waits for that in v1.
 */
static int verb_delete(const struct cgroup_conf *c, const struct cgroup_record *r,
		       const struct start *start)
{
	const char *id = start ? start->id : GROUP_BY_HAND;
	bool spare = c->kill_on_exit == 0 && (!start || start->undo);
	const char *left = spare ? nscgroup_left(r, id) : NULL;

	if (!left)
		return verb_finish(nscgroup_delete(r, id));
	if (!start)
		msg_die("%s", left);
	msg_warn("%s", left);
	(void)verb_each(r, thaw_group, id); /* its parent is frozen: later */
	return START_LATER;
}

static int verb_run(const struct nscgroup_conf *conf, const char *verb, const struct start *start)
{
	const char *id = start ? start->id : GROUP_BY_HAND;
	struct cgroup_record r;

	verb_record(&conf->cgroup, start, &r);
	if (!strcmp(verb, "stat"))
		return nscgroup_stat(conf, &r);
	if (!strcmp(verb, "events"))
		return nscgroup_events(conf, &r);
	if (!start)
		verb_check_owner(&r, id);
	if (!strcmp(verb, "kill"))
		return verb_finish(verb_each(&r, kill_group, id));
	if (!strcmp(verb, "freeze"))
		return verb_finish(verb_each(&r, freeze_group, id));
	if (!strcmp(verb, "thaw"))
		return verb_finish(verb_each(&r, thaw_group, id));
	return verb_delete(&conf->cgroup, &r, start);
}

static int nscgroup_main(const void *any, char **operands, const struct start *start)
{
	struct nscgroup_conf conf = *(const struct nscgroup_conf *)any;
	struct cgroup_record r;

	if (!start)
		start = start_from_env();
	if (!strcmp(operands[0], "exec"))
		return nscgroup_exec(&conf, operands + 1);
	if (!conf.cgroup.path && start)
		conf.cgroup.path = file_text("nskit-%s", start->name);
	if (!conf.cgroup.path)
		msg_usage("%s: which group? --path PATH", operands[0]);
	if (strcmp(operands[0], "create") != 0)
		return verb_run(&conf, operands[0], start);
	if (start)
		check_start(&conf, start);
	nscgroup_create(&conf.cgroup, start, true, &r);
	return 0;
}

static bool is_traceless(const void *conf, char **operands, const struct start *start)
{
	(void)conf, (void)start;
	return !strcmp(operands[0], "create") || !strcmp(operands[0], "delete");
}

static const char after[] =
	"Commands:\n"
	"  create   make the group and set its limits; by hand on one of ours, too\n"
	"  exec     make it, run COMMAND in it, remove it\n"
	"  stat     print what it uses\n"
	"  events   print what happens to it, or wait for it\n"
	"  freeze, thaw, kill, delete\n"
	"\nExamples:\n"
	"  nscgroup exec --memory-max 64M --pids-max 100 -- make -j\n"
	"  nscgroup create --path jobs/a --cpu-max 50%\n";

const struct applet nscgroup_applet = {
	.name = "nscgroup",
	.synopsis = "create|delete|kill|freeze|thaw|stat|events [OPTION]...\n"
		    "       nscgroup exec [OPTION]... [--] COMMAND [ARG]...",
	.summary = "Make a cgroup with limits; enter, watch, freeze, kill, delete it",
	.verbs = "create\0delete\0kill\0exec\0stat\0events\0freeze\0thaw\0",
	.after = after,
	.groups = groups,
	.conf_size = sizeof(struct nscgroup_conf),
	.step = true,
	.check = nscgroup_check,
	.check_start = check_start,
	.traceless = is_traceless,
	.finish = nscgroup_finish,
	.main = nscgroup_main,
};
