/*
 * words.c - quoting, specifiers and command lines: the first byte chooses.
 */
#include "file.h"
#include "fuzz.h"
#include "options.h"
#include "state.h"

static void check_words(char **words)
{
	const char *phrase = NULL;
	char *text = key_quote(words), **back = key_words(text, &phrase);
	char *plan = file_text("%s\nid 1\n", text), *at = plan;
	size_t i = 0;

	fuzz_must(back != NULL, "what key_quote gives is refused");
	for (; words[i] && back[i]; i++)
		fuzz_must(!strcmp(words[i], back[i]), "a word is another");
	fuzz_must(!words[i] && !back[i], "there are more words, or fewer");
	if (!*text)
		return;
	fuzz_must(!strcmp(state_plan_next(&at), text), "a line of a plan is another");
	fuzz_must(!strcmp(state_plan_next(&at), "id 1"), "the line of a plan after it is another");
}

/* Words of a command line, each ended by a NUL. */
static char **split(char *text, const char *end)
{
	char **words = NULL;
	size_t n = 0;

	while (text < end) {
		words = file_grow(words, (n + 1) * sizeof *words);
		words[n++] = fuzz_piece(&text, end);
	}
	words = file_grow(words, (n + 1) * sizeof *words);
	words[n] = NULL;
	return words;
}

static void check_quotes(const char *text)
{
	const char *phrase = NULL;
	char *quoted = inifile_quote(text), *back = inifile_unquote(quoted, &phrase);

	fuzz_must(back && !strcmp(back, text), "unquote does not undo quote");
	fuzz_must(!strchr(quoted, '\n'), "a quoted text has two lines");
	(void)inifile_unquote(text, &phrase);
}

static void run(char *text, size_t len)
{
	const struct origin o = {"f", 1, "/etc/x", "web"};
	const char *phrase = NULL, *end = text + len;
	struct options options = {0};
	unsigned applet;
	char **words;

	if (!len)
		return;
	applet = (unsigned char)*text;
	words = split(text + 1, end);
	check_words(words);
	if (words[0]) {
		check_quotes(words[0]);
		(void)key_expand(words[0], &o, &phrase);
		words = key_words(words[0], &phrase);
		if (words)
			check_words(words);
	}
	words = split(text, end); /* the applet's name does not matter */
	options_parse(&options, applet_list[applet % applet_count()], words);
	while (*options.operands)
		options.operands++;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
