/*
 * types.c - the value of any key of any table: the first two bytes choose it, the rest is its text.
 */
#include "applet.h"
#include "conf.h"
#include "file.h"
#include "fuzz.h"

/* Row number n of all tables, counted round and round. */
static const struct key *row(unsigned n)
{
	for (;;) {
		for (size_t a = 0; applet_list[a]; a++)
			for (const struct group *g = applet_list[a]->groups; g->keys; g++)
				for (const struct key *k = g->keys; !key_last(k); k++)
					if (k->type && !n--)
						return k;
	}
}

static void run(char *text, size_t len)
{
	const struct origin o = {"f", 1, "/etc/x", "web"};
	const struct key *k;
	char *once, *twice;
	void *value;

	if (len < 2)
		return;
	k = row((unsigned char)text[0] | (unsigned)(text[1] & 1) << 8);
	text += 2;
	if (strlen(text) != len - 2)
		return;
	value = file_alloc(k->type->size);
	if (!(k->flags & KEY_ORDERED))
		key_unset(k->type, value);
	if (k->type->parse(k, text, &o, value))
		return;
	once = k->type->print(k, value);
	fuzz_must(once != NULL, "a value that was taken prints nothing");
	value = file_alloc(k->type->size);
	fuzz_must(!k->type->parse(k, once, &o, value), "a value that was printed is refused");
	twice = k->type->print(k, value);
	fuzz_must(twice && !strcmp(once, twice), "print of parse of print is another");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
