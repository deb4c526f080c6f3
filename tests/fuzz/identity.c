/*
 * identity.c - USER, GROUP, passwd and group of an image, each ended by a NUL.
 */
#include "identity.h"

#include "fuzz.h"

/* What no lookup may make of a word: another number, or an id that is none. */
static void check(const char *user, const struct identity *id)
{
	uint64_t n;

	fuzz_must(id->uid != ID_UNSET && id->gid != ID_UNSET, "an id is -1");
	fuzz_must(id->home && *id->home == '/', "a home is not absolute");
	for (size_t i = 0; i < id->ngroups; i++)
		fuzz_must(id->groups[i] != ID_UNSET, "a group is -1");
	if (key_number(user, UINT64_MAX, &n))
		fuzz_must(id->uid == n, "a number became another");
}

static void run(char *text, size_t len)
{
	const char *end = text + len;
	char *user = fuzz_piece(&text, end), *group = fuzz_piece(&text, end);
	char *passwd = fuzz_piece(&text, end), *groups = fuzz_piece(&text, end);
	char *more[] = {group};
	struct identity_conf c = {.user = *user ? user : NULL, .group = *group ? group : NULL};
	struct identity id;

	if (!identity_lookup(&c, passwd, groups, &id))
		check(user, &id);
	fuzz_must(!identity_lookup(&(struct identity_conf){0}, passwd, groups, &id),
		  "nothing asked is refused");
	c = (struct identity_conf){.groups = {more, 1}};
	(void)identity_lookup(&c, passwd, groups, &id);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
