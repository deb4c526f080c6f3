/*
 * item.c - the grammar of a mount line: `SOURCE TARGET [OPTIONS]` for binds, `TARGET [OPTIONS]` for
 * tmpfs, in POSIX quoting; options apart by commas, each known or refused.
 */
#include <string.h>

#include "file.h"
#include "nsinit.h"
#include "sys.h"

struct option {
	char word[8];
	unsigned char set, clear; /* MOUNT_ATTR_ */
	unsigned propagation;
	signed char single; /* 1, 0; -1: says nothing */
	bool binds;	    /* only for a bind */
};

static const struct option options[] = {
	{"ro", MOUNT_ATTR_RDONLY, 0, 0, -1, false},
	{"rw", 0, MOUNT_ATTR_RDONLY, 0, -1, false},
	{"nosuid", MOUNT_ATTR_NOSUID, 0, 0, -1, false},
	{"suid", 0, MOUNT_ATTR_NOSUID, 0, -1, false},
	{"nodev", MOUNT_ATTR_NODEV, 0, 0, -1, false},
	{"dev", 0, MOUNT_ATTR_NODEV, 0, -1, false},
	{"noexec", MOUNT_ATTR_NOEXEC, 0, 0, -1, false},
	{"exec", 0, MOUNT_ATTR_NOEXEC, 0, -1, false},
	{"rec", 0, 0, 0, 0, true},
	{"norec", 0, 0, 0, 1, true},
	{"private", 0, 0, MS_PRIVATE, -1, true},
	{"slave", 0, 0, MS_SLAVE, -1, true},
	{"shared", 0, 0, MS_SHARED, -1, true},
	{"", 0, 0, 0, -1, false},
};

static const char *parse_flag(const char *word, struct item *i)
{
	struct nearest near = {.word = word};

	for (const struct option *o = options; *o->word; o++) {
		if (strcmp(o->word, word))
			continue;
		if (o->binds && !i->source)
			return key_phrase("option '%s' is for binds", word);
		i->set = (i->set | o->set) & ~(uint64_t)o->clear;
		i->clear = (i->clear | o->clear) & ~(uint64_t)o->set;
		if (o->propagation)
			i->propagation = o->propagation;
		if (o->single >= 0)
			i->single = o->single;
		return NULL;
	}
	for (const struct option *o = options; *o->word; o++)
		key_nearest(&near, o->word);
	if (near.best)
		return key_phrase("unknown option '%s'; the nearest is %s", word, near.best);
	return key_phrase("unknown option '%s'", word);
}

/* Digits with K, M, G, or a share of the memory: 50%. */
static const char *parse_amount(const char *value, const struct origin *o)
{
	static const struct key plain = {0};
	size_t digits = strspn(value, "0123456789");
	uint64_t size;

	if (digits && !strcmp(value + digits, "%"))
		return NULL;
	if (strchr(value, 'T') || !strcmp(value, "max") || type_size.parse(&plain, value, o, &size))
		return key_phrase("'%s' is not a size: digits and K, M, G or %%", value);
	return NULL;
}

/* "size=64M": what tmpfs takes, checked here so that a wrong one is refused before anything is made. */
static const char *parse_data(const char *word, const struct origin *o, struct item *i)
{
	const char *value = strchr(word, '=') + 1, *phrase = NULL;
	size_t n = (size_t)(value - word);
	uint32_t id;

	if (i->source)
		return key_phrase("option '%s' is for tmpfs", word);
	if (!strncmp(word, "size=", n) || !strncmp(word, "nr_inodes=", n)) {
		phrase = parse_amount(value, o);
	} else if (!strncmp(word, "mode=", n)) {
		if (type_mode.parse(NULL, value, o, &id))
			return key_phrase("'%s' is not an octal mode", value);
	} else if (!strncmp(word, "uid=", n) || !strncmp(word, "gid=", n)) {
		if (type_id.parse(NULL, value, o, &id))
			return key_phrase("'%s' is not an id", value);
	} else {
		return key_phrase("unknown option '%s'", word);
	}
	i->data = i->data ? file_text("%s,%s", i->data, word) : file_dup(word);
	return phrase;
}

static const char *parse_options(const char *text, const struct origin *o, struct item *i)
{
	char *rest = file_dup(text), *word;
	const char *phrase = NULL;

	i->options = file_dup(text);
	while (!phrase && (word = strsep(&rest, ",")))
		phrase = strchr(word, '=') ? parse_data(word, o, i) : parse_flag(word, i);
	return phrase;
}

static const char *parse_item(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	struct item *i = out;
	bool bind = strcmp(k->name, "tmpfs") != 0;
	const char *phrase = NULL;
	char **word = key_words(text, &phrase);
	size_t words = 0;

	*i = (struct item){.key = k,
			   .try = !strcmp(k->name, "bind-try"),
			   .propagation = MS_PRIVATE};
	if (!word)
		return phrase;
	while (word[words])
		words++;
	if (words < 1U + bind || words > 2U + bind)
		return bind ? "SOURCE TARGET [OPTIONS] is wanted" : "TARGET [OPTIONS] is wanted";
	i->set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV;
	if (!strcmp(k->name, "bind-ro"))
		i->set |= MOUNT_ATTR_RDONLY;
	if (bind)
		phrase = type_path.parse(k, word[0], o, &i->source);
	if (!phrase)
		phrase = type_inside.parse(k, word[bind], o, &i->target);
	if (!phrase && !i->target[strspn(i->target, "/")])
		phrase = "the target is the root itself: see [rootfs]";
	if (!phrase && word[1 + bind])
		phrase = parse_options(word[1 + bind], o, i);
	if (!phrase && !strcmp(k->name, "bind-ro") && !(i->set & MOUNT_ATTR_RDONLY))
		phrase = "rw in a read-only bind: write bind";
	return phrase;
}

static char *print_item(const struct key *k, const void *value)
{
	const struct item *i = value;
	char *word[4] = {0};
	size_t n = 0;

	if (!i->key)
		return NULL;
	if (i->source)
		word[n++] = type_path.print(k, &i->source);
	word[n++] = type_inside.print(k, &i->target);
	word[n] = i->options;
	return key_quote(word);
}

const struct type type_item = {.name = "MOUNT",
			       .size = sizeof(struct item),
			       .parse = parse_item,
			       .print = print_item,
			       .words = true};
