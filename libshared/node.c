/*
 * node.c - see node.h.
 */
#include <string.h>

#include "file.h"
#include "msg.h"
#include "node.h"

const struct node node_default[] = {
	{"/dev/null", 'c', 1, 3, 0666, 0, 0},
	{"/dev/zero", 'c', 1, 5, 0666, 0, 0},
	{"/dev/full", 'c', 1, 7, 0666, 0, 0},
	{"/dev/tty", 'c', 5, 0, 0666, 0, 0},
	{"/dev/random", 'c', 1, 8, 0666, 0, 0},
	{"/dev/urandom", 'c', 1, 9, 0666, 0, 0},
	{0},
};

const char *const node_links[][2] = {
	{"fd", "/proc/self/fd"},       {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"},
	{"stderr", "/proc/self/fd/2"}, {"ptmx", "pts/ptmx"},	     {NULL, NULL},
};

/* Directories that are ours in a private /dev. */
static const char taken[] = "pts|shm|mqueue|console";

/* "/dev/x/y": below /dev, no empty part, no dots, none of ours. */
static const char *bad_path(const char *path)
{
	const char *p = path + 4;

	if (strncmp(path, "/dev/", 5))
		return key_phrase("'%s' is not below /dev/", path);
	while (*p == '/') {
		size_t n = strcspn(++p, "/");

		if (!n || (n == 1 && *p == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return key_phrase("'%s' is not a plain path", path);
		if (p == path + 5 && key_place(taken, file_text("%.*s", (int)n, p)) >= 0)
			return key_phrase("'%s' is not for a node", path);
		for (size_t i = 0; node_links[i][0] && p == path + 5; i++)
			if (n == strlen(node_links[i][0]) && !strncmp(p, node_links[i][0], n))
				return key_phrase("'%s' is a link of a private /dev", path);
		p += n;
	}
	return NULL;
}

static const char *parse_numbers(char **word, struct node *n)
{
	uint64_t major, minor;

	if (strcmp(word[0], "c") && strcmp(word[0], "b"))
		return key_phrase("'%s' is neither c nor b", word[0]);
	if (!word[1] || !word[2])
		return "PATH c|b MAJOR MINOR is wanted";
	if (!key_number(word[1], NODE_MAJOR_MAX, &major) ||
	    !key_number(word[2], NODE_MINOR_MAX, &minor))
		return key_phrase("'%s %s' are not device numbers", word[1], word[2]);
	n->type = word[0][0];
	n->major = (uint32_t)major;
	n->minor = (uint32_t)minor;
	return NULL;
}

static const char *parse_owner(const char *text, const struct origin *o, struct node *n)
{
	char *copy = file_dup(text), *colon = strchr(copy, ':');
	const char *phrase;

	if (!colon)
		return key_phrase("'%s' is not UID:GID", text);
	*colon = '\0';
	phrase = type_id.parse(NULL, copy, o, &n->uid);
	return phrase ? phrase : type_id.parse(NULL, colon + 1, o, &n->gid);
}

static const char *parse_node(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	struct node *n = out;
	const char *phrase = NULL;
	char **word = key_words(text, &phrase);
	size_t words = 0;

	*n = (struct node){.mode = ID_UNSET};
	if (!word)
		return phrase;
	while (word[words])
		words++;
	if (!words || words > 6)
		return "PATH, or PATH c|b MAJOR MINOR [MODE [UID:GID]] is wanted";
	n->path = word[0];
	phrase = bad_path(n->path);
	if (!phrase && words > 1)
		phrase = parse_numbers(word + 1, n);
	if (!phrase && words > 4)
		phrase = type_mode.parse(k, word[4], o, &n->mode);
	if (!phrase && words > 5)
		phrase = parse_owner(word[5], o, n);
	return phrase;
}

static char *print_node(const struct key *k, const void *value)
{
	const struct node *n = value;
	char *path[] = {n->path, NULL};

	(void)k;
	if (!n->path)
		return NULL;
	if (!n->type)
		return key_quote(path);
	if (n->mode == ID_UNSET)
		return file_text("%s %c %u %u", key_quote(path), n->type, n->major, n->minor);
	return file_text("%s %c %u %u %04o %u:%u", key_quote(path), n->type, n->major, n->minor,
			 n->mode, n->uid, n->gid);
}

const struct type type_node = {.name = "NODE",
			       .size = sizeof(struct node),
			       .parse = parse_node,
			       .print = print_node,
			       .words = true};

const struct key devices_keys[] = {
	{"default" OPTION("devices-default") DEFAULT("yes") HELP(
		 "null zero full tty random urandom in a private /dev; the cgroup may use these "
		 "and its terminals alone"),
	 KEY_FIELD(struct devices_conf, defaults, boolean)},
	{"node" ARG("PATH|'PATH c|b MAJOR MINOR [MODE [UID:GID]]'")
		 HELP("one more node in a private /dev; a path alone copies the host's node"),
	 KEY_FIELD(struct devices_conf, nodes, node), .flags = KEY_LIST},
	{0},
};

void node_stat(const char *key, const char *path, struct stat *st)
{
	if (stat(path, st))
		msg_die_errno("[devices] %s: %s", key, path);
	if (!S_ISCHR(st->st_mode) && !S_ISBLK(st->st_mode))
		msg_die("[devices] %s: %s: is not a device node on the host", key, path);
}
