#include "identity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "sys.h"

const struct key identity_keys[] = {
	{"user" DEFAULT("0") ARG("USER[:GROUP]")
		 HELP("run as this user of the container's passwd file, or id"),
	 KEY_FIELD(struct identity_conf, user, string)},
	{"group" ARG("GROUP")
		 HELP("primary group; without it the user's own and those of the group file"),
	 KEY_FIELD(struct identity_conf, group, string)},
	{"groups" ARG("GROUP") HELP("one more supplementary group; may be repeated"),
	 KEY_FIELD(struct identity_conf, groups, string), .flags = KEY_LIST},
	{0},
};

enum {
	FILE_LIMIT = 4 << 20, /* bytes of a passwd or group file */
	GROUPS_LIMIT = 65536, /* the kernel's NGROUPS_MAX */
	FIELDS = 7,	      /* of a passwd line */
};

/* One line of a colon-separated file, its fields as pieces of the text. */
struct record {
	const char *field[FIELDS];
	size_t len[FIELDS];
	size_t n;
};

/* The next line that is neither empty nor a comment; NULL at the end, else where to go on. */
static const char *next_record(const char *text, struct record *r)
{
	while (*text == '\n' || *text == '#')
		text += *text == '\n' ? 1 : strcspn(text, "\n");
	if (!*text)
		return NULL;
	r->n = 0;
	for (;;) {
		size_t len = strcspn(text, ":\n");

		if (r->n < FIELDS) {
			r->field[r->n] = text;
			r->len[r->n++] = len;
		}
		text += len;
		if (*text != ':')
			return text;
		text++;
	}
}

static bool field_is(const struct record *r, size_t i, const char *text)
{
	return i < r->n && r->len[i] == strlen(text) && !memcmp(r->field[i], text, r->len[i]);
}

static bool field_id(const struct record *r, size_t i, uint32_t *id)
{
	char digits[12];
	uint64_t n;

	if (i >= r->n || r->len[i] >= sizeof digits)
		return false;
	memcpy(digits, r->field[i], r->len[i]);
	digits[r->len[i]] = '\0';
	if (!key_number(digits, ID_UNSET - 1, &n))
		return false;
	*id = (uint32_t)n;
	return true;
}

static char *field_text(const struct record *r, size_t i)
{
	char *text = file_alloc(r->len[i] + 1);

	memcpy(text, r->field[i], r->len[i]);
	return text;
}

/* Digits alone are an id and never a name. */
static bool is_number(const char *word)
{
	return *word && !word[strspn(word, "0123456789")];
}

static const char *bad_word(const char *word)
{
	uint64_t n;

	if (!*word)
		return "an empty name";
	if (is_number(word) && !key_number(word, ID_UNSET - 1, &n))
		return key_phrase("'%s' is not an id: digits only, 0..4294967294", word);
	if (strchr("+-", *word) || strpbrk(word, " \t\n:,/"))
		return key_phrase("'%s' is neither a name nor an id", word);
	return NULL;
}

static const char *check_words(const char *user, const char *group, const struct list *groups)
{
	const char *phrase = user ? bad_word(user) : NULL;

	if (!phrase && group)
		phrase = bad_word(group);
	LIST_EACH(char *, word, *groups)
	if (!phrase)
		phrase = bad_word(*word);
	return phrase;
}

/* USER:GROUP apart; *group is the key's when there is no colon. */
static const char *split(const struct identity_conf *c, char **user, const char **group)
{
	char *colon;

	*user = c->user ? file_dup(c->user) : NULL;
	*group = c->group;
	colon = *user ? strchr(*user, ':') : NULL;
	if (colon) {
		if (c->group)
			return "the group is given twice, in user and in group";
		*colon = '\0';
		*group = colon + 1;
	}
	return check_words(*user, *group, &c->groups);
}

const char *identity_check(const struct identity_conf *c)
{
	const char *group, *phrase;
	char *user;

	phrase = split(c, &user, &group);
	free(user);
	return phrase;
}

/* The user's line: by name for a name, by uid for digits. */
static const char *find_user(const char *passwd, const char *word, struct identity *id,
			     bool *has_gid)
{
	bool number = is_number(word), found = false;
	struct record r;
	uint64_t wanted = 0;
	uint32_t uid, gid;

	if (number) {
		(void)key_number(word, ID_UNSET - 1, &wanted); /* bad_word has checked it */
		id->uid = (uid_t)wanted;
	}
	while ((passwd = next_record(passwd, &r))) {
		bool named = field_is(&r, 0, word);

		if (!named && (!number || found))
			continue;
		if (named && !field_id(&r, 2, &uid))
			return key_phrase("passwd: the uid of user '%s' is not a number", word);
		if (number && named && uid != wanted)
			return key_phrase(
				"'%s' is ambiguous: passwd has a user of that name with uid %u",
				word, uid);
		if (found || (!named && (!field_id(&r, 2, &uid) || uid != wanted)))
			continue;
		if (r.n < 6 || !field_id(&r, 3, &gid))
			return key_phrase("passwd: the line of user '%s' is malformed", word);
		found = true;
		id->uid = uid;
		id->gid = gid;
		id->name = field_text(&r, 0);
		if (r.len[5] && *r.field[5] == '/')
			id->home = field_text(&r, 5);
	}
	*has_gid = found;
	return found || number
		       ? NULL
		       : key_phrase("user '%s' is not in the container's passwd file", word);
}

static const char *find_group(const char *group, const char *word, gid_t *gid)
{
	bool number = is_number(word), found = false;
	struct record r;
	uint64_t wanted = 0;
	uint32_t id;

	if (number)
		(void)key_number(word, ID_UNSET - 1, &wanted); /* bad_word has checked it */
	while ((group = next_record(group, &r))) {
		if (found || !field_is(&r, 0, word))
			continue;
		if (!field_id(&r, 2, &id))
			return key_phrase("group: the gid of group '%s' is not a number", word);
		if (number && id != wanted)
			return key_phrase(
				"'%s' is ambiguous: group has a group of that name with gid %u",
				word, id);
		found = true;
		wanted = id;
	}
	if (!found && !number)
		return key_phrase("group '%s' is not in the container's group file", word);
	*gid = (gid_t)wanted;
	return NULL;
}

static const char *add_group(struct identity *id, gid_t gid)
{
	for (size_t i = 0; i < id->ngroups; i++)
		if (id->groups[i] == gid)
			return NULL;
	if (id->ngroups == GROUPS_LIMIT)
		return "more than 65536 groups";
	if (!(id->ngroups & (id->ngroups - 1))) /* room doubles at each power of two */
		id->groups = file_grow(id->groups,
				       (id->ngroups ? 2 * id->ngroups : 1) * sizeof gid);
	id->groups[id->ngroups++] = gid;
	return NULL;
}

/* Whether a comma-separated list of members has name. */
static bool has_member(const struct record *r, const char *name)
{
	const char *p = r->n > 3 ? r->field[3] : "", *end = r->n > 3 ? p + r->len[3] : p;
	size_t len = strlen(name);

	while (p < end) {
		size_t n = 0;

		while (p + n < end && p[n] != ',')
			n++;
		if (n == len && !memcmp(p, name, n))
			return true;
		p += n + 1;
	}
	return false;
}

static const char *add_memberships(struct identity *id, const char *group)
{
	const char *phrase = NULL;
	struct record r;
	uint32_t gid;

	while (!phrase && (group = next_record(group, &r))) {
		if (!has_member(&r, id->name))
			continue;
		if (!field_id(&r, 2, &gid))
			return key_phrase("group: the gid of group '%.*s' is not a number",
					  (int)r.len[0], r.field[0]);
		phrase = add_group(id, gid);
	}
	return phrase;
}

const char *identity_lookup(const struct identity_conf *c, const char *passwd, const char *group,
			    struct identity *id)
{
	const char *group_word, *phrase;
	bool has_gid = false;
	char *user;

	*id = (struct identity){.uid = getuid(), .gid = getgid(), .home = "/"};
	phrase = split(c, &user, &group_word);
	if (phrase)
		return phrase;
	id->set_uid = user != NULL;
	id->set_gid = user || group_word;
	id->asked_groups = c->groups.n > 0;
	id->set_groups = id->set_gid || id->asked_groups;
	if (user)
		phrase = find_user(passwd, user, id, &has_gid);
	if (!phrase && group_word)
		phrase = find_group(group, group_word, &id->gid);
	else if (!phrase && user && !has_gid && id->uid)
		phrase = key_phrase(
			"uid %s is not in the container's passwd file: write its group too, %s:GID",
			user, user);
	else if (!phrase && user && !has_gid)
		id->gid = 0;
	if (!phrase && !group_word && id->name)
		phrase = add_memberships(id, group);
	LIST_EACH(char *, word, c->groups)
	{
		gid_t gid = 0;

		if (!phrase)
			phrase = find_group(group, *word, &gid);
		if (!phrase)
			phrase = add_group(id, gid);
	}
	free(user);
	return phrase;
}

/* A file of the image: resolved inside root, no device and no FIFO that an image may have put there. */
static char *read_inside(int root, const char *path)
{
	int fd = sys_openat2(root, path, O_RDONLY | O_NOCTTY | O_NONBLOCK, 0,
			     SYS_RESOLVE_IN_ROOT | SYS_RESOLVE_NO_MAGICLINKS);
	struct stat st;
	char *text;
	size_t len;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return file_dup("");
	if (fd < 0 || fstat(fd, &st))
		msg_die_errno("the container's /%s", path);
	if (!S_ISREG(st.st_mode))
		msg_die("the container's /%s: is not a regular file", path);
	text = file_slurp_fd(fd, FILE_LIMIT, &len);
	close(fd);
	if (!text)
		msg_die_errno("the container's /%s", path);
	else if (strlen(text) != len)
		msg_die("the container's /%s: has a NUL byte", path);
	return text;
}

void identity_resolve(const struct identity_conf *c, int root, struct identity *id)
{
	bool look = c->user || c->group || c->groups.n;
	const char *phrase = identity_lookup(c, look ? read_inside(root, "etc/passwd") : "",
					     look ? read_inside(root, "etc/group") : "", id);

	if (phrase)
		msg_die("[exec] user: %s", phrase);
}

gid_t identity_gid(int root, const char *name, gid_t fallback)
{
	char *group = read_inside(root, "etc/group");
	gid_t gid = fallback;

	return find_group(group, name, &gid) ? fallback : gid;
}
