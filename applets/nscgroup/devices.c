/*
 * devices.c - which devices the processes of a group may use: the rules of [devices], and the lists of
 * the v1 controller.  bpf.c is the same for v2.
 *
 * The last rule that speaks of an access decides it, for reading, writing and mknod each.  v1 has no
 * order: it knows what is allowed beside nothing (or refused beside everything), and one entry must
 * cover all of an access.  The rules are put into that form, or refused where it has none.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nscgroup.h"

/* ---- the type ---- */

static const char access_letters[] = "mrw"; /* in the order of the bits */

static const char *rule_access(const char *text, uint8_t *access)
{
	*access = 0;
	for (const char *p = text; *p; p++) {
		const char *letter = strchr(access_letters, *p);
		int bit = letter ? 1 << (letter - access_letters) : 0;

		if (!bit || *access & bit)
			return key_phrase("'%s' is not made of r, w and m", text);
		*access |= (uint8_t)bit;
	}
	return *text ? NULL : "which access: r, w, m?";
}

static bool rule_number(const char *text, uint64_t max, uint32_t *number)
{
	uint64_t n;

	if (!strcmp(text, "*")) {
		*number = DEVICE_ANY;
		return true;
	}
	if (!key_number(text, max, &n))
		return false;
	*number = (uint32_t)n;
	return true;
}

static const char *rule_numbers(const char *text, struct device *d)
{
	char *major = file_dup(text), *minor = strchr(major, ':');

	if (minor)
		*minor++ = 0;
	if (!minor || !rule_number(major, NODE_MAJOR_MAX, &d->major) ||
	    !rule_number(minor, NODE_MINOR_MAX, &d->minor))
		return key_phrase("'%s' is not MAJOR:MINOR, where * is any", text);
	return NULL;
}

static const char *parse_device_rule(const struct key *k, const char *text, const struct origin *o,
				     void *out)
{
	struct device_rule *r = out;
	const char *phrase = NULL;
	char **word = key_words(text, &phrase);
	size_t n = 0;

	(void)o;
	if (!word)
		return phrase;
	while (word[n])
		n++;
	*r = (struct device_rule){
		.key = k,
		.device = {!strcmp(k->name, "allow"), 'a', DEVICE_RWM, DEVICE_ANY, DEVICE_ANY},
	};
	if (!n || n > 3)
		return "a|b|c [MAJOR:MINOR [rwm]], or PATH [rwm] is wanted";
	if (word[0][0] == '/') {
		r->path = word[0];
		if (n > 2)
			return "PATH [rwm] is wanted";
		return n > 1 ? rule_access(word[1], &r->device.access) : NULL;
	}
	if (!strchr("abc", word[0][0]) || word[0][1] || !word[0][0])
		return key_phrase("'%s' is not a path and none of a, b, c", word[0]);
	r->device.type = word[0][0];
	phrase = n > 1 ? rule_numbers(word[1], &r->device) : NULL;
	return phrase || n < 3 ? phrase : rule_access(word[2], &r->device.access);
}

static const char *rule_any(uint32_t number)
{
	return number == DEVICE_ANY ? "*" : file_text("%u", number);
}

/* As the kernel's v1 files take it. */
static char *rule_access_text(uint8_t access)
{
	return file_text("%s%s%s", access & DEVICE_READ ? "r" : "",
			 access & DEVICE_WRITE ? "w" : "", access & DEVICE_MKNOD ? "m" : "");
}

static char *device_text(const struct device *d)
{
	return file_text("%c %s:%s %s", d->type, rule_any(d->major), rule_any(d->minor),
			 rule_access_text(d->access));
}

static char *print_device_rule(const struct key *k, const void *value)
{
	const struct device_rule *r = value;
	char *path[] = {r->path, NULL};

	(void)k;
	return r->path ? file_text("%s %s", key_quote(path), rule_access_text(r->device.access))
		       : device_text(&r->device);
}

const struct type type_device_rule = {
	.name = "DEVICE",
	.size = sizeof(struct device_rule),
	.parse = parse_device_rule,
	.print = print_device_rule,
	.words = true,
};

/* ---- the rules in force ---- */

static void devices_add(struct devices *all, const struct device *d)
{
	all->d = file_room(all->d, all->n, sizeof *d);
	all->d[all->n++] = *d;
}

/* A node of the host by its path. */
static void devices_by_path(const char *key, const char *path, struct device *d)
{
	struct stat st;

	node_stat(key, path, &st);
	d->type = S_ISCHR(st.st_mode) ? 'c' : 'b';
	d->major = major(st.st_rdev);
	d->minor = minor(st.st_rdev);
}

static void devices_add_node(struct devices *all, const struct node *n)
{
	struct device d = {true, n->type, DEVICE_RWM, n->major, n->minor};

	if (!n->type)
		devices_by_path("node", n->path, &d);
	devices_add(all, &d);
}

void devices_read(const struct cgroup_conf *c, struct devices *all)
{
	static const struct device standard[] = {
		{true, 'a', DEVICE_MKNOD, DEVICE_ANY, DEVICE_ANY},
		{true, 'c', DEVICE_RWM, 5, 2},		  /* ptmx */
		{true, 'c', DEVICE_RWM, 136, DEVICE_ANY}, /* terminals */
	};
	bool yes = c->devices.defaults == 1;

	*all = (struct devices){.base = !yes};
	for (size_t i = 0; yes && i < sizeof standard / sizeof *standard; i++)
		devices_add(all, &standard[i]);
	for (const struct node *n = node_default; yes && n->path; n++)
		devices_add_node(all, n);
	all->state = c->device_rules.n ? DEVICES_ASKED : yes ? DEVICES_IMPLIED : DEVICES_UNSET;
	if (all->state == DEVICES_UNSET)
		return;
	LIST_EACH(struct node, n, c->devices.nodes)
	devices_add_node(all, n);
	LIST_EACH(struct device_rule, r, c->device_rules)
	{
		struct device d = r->device;

		if (r->path)
			devices_by_path(r->key->name, r->path, &d);
		devices_add(all, &d);
		all->base = all->base && !d.allow; /* who allows one refuses the others */
	}
}

/* ---- v1: from rules in order to a list without ---- */

static bool part_covers(uint32_t a, uint32_t b)
{
	return a == DEVICE_ANY || a == b;
}

static bool device_covers(const struct device *a, const struct device *b)
{
	return a->type == b->type && part_covers(a->major, b->major) &&
	       part_covers(a->minor, b->minor);
}

/* What both speak of, with the accesses of both; false: nothing. */
static bool device_meet(const struct device *a, const struct device *b, struct device *both)
{
	*both = *a;
	both->access |= b->access;
	both->major = a->major == DEVICE_ANY ? b->major : a->major;
	both->minor = a->minor == DEVICE_ANY ? b->minor : a->minor;
	return device_covers(a, both) && device_covers(b, both);
}

static void list_put(struct devices *list, const struct device *d)
{
	for (size_t i = 0; i < list->n; i++) {
		struct device *e = &list->d[i];

		if (device_covers(e, d) && device_covers(d, e)) {
			e->access |= d->access;
			return;
		}
	}
	devices_add(list, d);
}

/* One more exception; where it meets another, one entry must have the accesses of both. */
static void list_except(struct devices *list, const struct device *d)
{
	struct device both;

	for (size_t i = 0, n = list->n; i < n; i++)
		if (device_meet(&list->d[i], d, &both))
			list_put(list, &both);
	list_put(list, d);
}

/* Back to the base.  A phrase: a part of a wider entry cannot be taken out. */
static const char *list_back(struct devices *list, const struct device *d)
{
	struct device both;

	for (size_t i = 0; i < list->n; i++) {
		struct device *e = &list->d[i];

		if (!(e->access & d->access) || !device_meet(e, d, &both))
			continue;
		if (!device_covers(d, e)) {
			both.access = e->access & d->access;
			return file_text("[devices] %s: cgroup v1 cannot take %s out of %s",
					 d->allow ? "allow" : "deny", device_text(&both),
					 device_text(e));
		}
		e->access &= (uint8_t)~d->access;
	}
	return NULL;
}

const char *devices_list(const struct devices *all, struct devices *list)
{
	const char *phrase = NULL;

	for (size_t i = 0; i < all->n && !phrase; i++) {
		struct device d = all->d[i];
		bool any = d.type == 'a';

		if (any && d.access == DEVICE_RWM && d.major == DEVICE_ANY &&
		    d.minor == DEVICE_ANY) {
			list->base = d.allow;
			list->n = 0;
			continue;
		}
		for (const char *type = any ? "bc" : (char[]){d.type, 0}; *type && !phrase;
		     type++) {
			d.type = *type;
			if (d.allow == list->base)
				phrase = list_back(list, &d);
			else
				list_except(list, &d);
		}
	}
	return phrase;
}

/* ---- v1: its files ---- */

/* What a group allows; its base is true where that is all but what it does not show. A phrase. */
static const char *devices_of(const char *dir, struct devices *list)
{
	static const struct key allow = {.name = "allow" HELP("")};
	char *file = file_text("%s/devices.list", dir), *text;
	struct device_rule r;
	size_t len;

	text = file_slurp(AT_FDCWD, file, 1 << 20, &len);
	if (!text)
		return group_fault(NULL, file);
	list->base = *text == 'a';
	for (char *line = text, *end; !list->base && (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (!parse_device_rule(&allow, line, NULL, &r))
			list_put(list, &r.device);
	}
	return NULL;
}

static const char *devices_put(const char *dir, bool allow, const char *text)
{
	const char *word = allow ? "allow" : "deny";
	char *file = file_text("%s/devices.%s", dir, word);

	if (!file_put(AT_FDCWD, file, text))
		return NULL;
	if (errno == EPERM)
		msg_hint("it needs CAP_SYS_ADMIN, and the group above must allow it");
	else if (errno == EINVAL)
		msg_hint("the rules of a group with groups below it stay as they are");
	return file_text("[devices] %s: %s: %s: %s", word, file, text, strerror(errno));
}

/*
 * In a group in which all but a list is refused already nothing that stays allowed is refused for a moment:
 * what is new comes first, then the rest goes.
 */
static const char *devices_v1(const char *dir, const struct devices *all)
{
	struct devices list = {.base = all->base}, old = {.base = true};
	const char *phrase = NULL;

	if (list.base) /* that is what the group above allows; its own exceptions stay */
		phrase = devices_of(file_text("%.*s", (int)(strrchr(dir, '/') - dir), dir), &list);
	if (!phrase)
		phrase = devices_list(all, &list);
	if (!phrase && !list.base)
		phrase = devices_of(dir, &old);
	if (!phrase && old.base)
		phrase = devices_put(dir, list.base, "a");
	for (size_t i = 0; i < list.n && !phrase; i++)
		if (list.d[i].access)
			phrase = devices_put(dir, !list.base, device_text(&list.d[i]));
	for (size_t i = 0; i < old.n && !phrase; i++) {
		struct device *o = &old.d[i];

		for (const struct device *d = list.d; d < list.d + list.n; d++)
			if (device_covers(d, o) && device_covers(o, d))
				o->access &= (uint8_t)~d->access;
		if (o->access)
			phrase = devices_put(dir, false, device_text(o));
	}
	return phrase;
}

/* ---- which of the two ---- */

/* By errno */
static const char *devices_not_loaded(void)
{
	if (errno == EPERM)
		msg_hint("it needs CAP_BPF and CAP_NET_ADMIN, or CAP_SYS_ADMIN, of the machine");
	else
		msg_hint("the kernel needs CONFIG_CGROUP_BPF");
	return file_text("a device filter cannot be loaded: %s", strerror(errno));
}

static const char *devices_v2(const struct cgroup *g, struct devices_plan *p)
{
	if (p->later)
		p->filter = bpf_load(&p->rules);
	if (p->filter < 0)
		return file_text("[devices] %s", devices_not_loaded());
	if (!bpf_attach(g->dir, p->filter, g->made))
		return NULL;
	if (errno == EPERM)
		msg_hint("a group above has a device filter that is its groups' too");
	return file_text("[devices] %s: the device filter: %s", g->dir, strerror(errno));
}

/* Where a root could make nodes of his own: not in a user namespace. */
static bool devices_matter(void)
{
	char map[64];

	return geteuid() == 0 && file_read(AT_FDCWD, "/proc/self/uid_map", map, sizeof map) > 0 &&
	       strstr(map, " 4294967295\n");
}

void devices_without(struct devices_plan *p, const char *why)
{
	msg_no_hint();
	if (p->rules.state != DEVICES_IMPLIED)
		return;
	if (devices_matter())
		msg_warn("every device can be used: %s", why);
	p->rules.state = DEVICES_UNSET;
}

const char *devices_plan(const struct cgroup_conf *c, const struct hierarchies *hs,
			 struct devices_plan *p)
{
	const struct device_rule *first = c->device_rules.v;
	const char *phrase = "neither a v2 hierarchy nor the devices controller is mounted";
	const struct hierarchy *v1 = detect_find(hs, "devices");
	bool v2 = detect_find(hs, NULL);
	struct devices list;

	*p = (struct devices_plan){.filter = -1, .later = p->later};
	devices_read(c, &p->rules);
	if (p->rules.state == DEVICES_UNSET)
		return NULL;
	p->later = p->later && v2 && bpf_is_known(detect_find(hs, NULL)->mount);
	if (p->later)
		return NULL;
	if (v2) {
		p->filter = bpf_load(&p->rules);
		if (p->filter >= 0)
			return NULL;
	}
	if (v1 && (!v2 || errno != EPERM)) {
		list = (struct devices){.base = p->rules.base};
		p->v1 = v1;
		return devices_list(&p->rules, &list);
	}
	if (v2)
		phrase = devices_not_loaded();
	if (p->rules.state == DEVICES_ASKED)
		return file_text("[devices] %s: %s", first->key->name, phrase);
	devices_without(p, phrase);
	return NULL;
}

const char *devices_apply(const struct cgroup *g, struct devices_plan *p)
{
	const char *phrase = NULL;

	if (p->rules.state == DEVICES_UNSET)
		return NULL;
	if (detect_is_v2(g->h) && (p->filter >= 0 || p->later))
		phrase = devices_v2(g, p);
	else if (g->h == p->v1)
		phrase = devices_v1(g->dir, &p->rules);
	if (!phrase || p->rules.state == DEVICES_ASKED)
		return phrase;
	devices_without(p, phrase);
	return NULL;
}
