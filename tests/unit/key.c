/*
 * key.c - quoting and its inverse, specifiers, numbers, the nearest word.
 */
#include "key.h"

#include <stdint.h>

#include "file.h"
#include "tap.h"

/* key_words of text, shown as its words between <>, or the phrase */
static const char *words(const char *text)
{
	const char *phrase = NULL, *all = "";
	char **w = key_words(text, &phrase);

	if (!w)
		return phrase;
	for (; *w; w++)
		all = file_text("%s<%s>", all, *w);
	return all;
}

static void splitting(void)
{
	static const char open[] =
		"a quote is not closed, or a backslash stands before nothing it can quote";
	static const char *const cases[][2] = {
		{"", ""},
		{"  \t ", ""},
		{"a", "<a>"},
		{" a  b\tc ", "<a><b><c>"},
		{"'a b' \"c d\"", "<a b><c d>"},
		{"a'b'\"c\"d", "<abcd>"},
		{"'' \"\" $''", "<><><>"},
		{"'a\\b\"c$d'", "<a\\b\"c$d>"},
		{"\"a\\\"b\\\\c\\$d\\`e\\f'\"", "<a\"b\\c$d`e\\f'>"},
		{"a\\ b\\'c\\\\ \\a", "<a b'c\\><a>"},
		{"$HOME *?[a] ~ a;b|c&d <e >f `g` $(h)",
		 "<$HOME><*?[a]><~><a;b|c&d><<e><>f><`g`><$(h)>"},
		{"$'a\\n\\t\\\\\\'\\x41'b", "<a\n\t\\'Ab>"},
		{"# no comment", "<#><no><comment>"},
		{"\"$'x'\"", "<$'x'>"},
		{"'a", open},
		{"\"a", open},
		{"\"a\\", open},
		{"a\\", open},
		{"$'a", open},
		{"$'a\\", open},
		{"$'\\q'", open},
		{"$'\\x'", open},
		{"$'\\x4'", open},
		{"$'\\x00'", open},
		{"$'\\xg0'", open},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is(words(cases[i][0]), cases[i][1], file_text("the words of %s", cases[i][0]));
}

static bool same(char *const *a, char *const *b)
{
	while (*a && *b && !strcmp(*a, *b))
		a++, b++;
	return !*a && !*b;
}

static void quoting(void)
{
	static const char bytes[] = "ab'\"\\$ \t\n\x01\x7f\xc3\xa9;=x";
	char *argv[6] = {0}, *plain[] = {"/bin/sh", "-c", "a=b", "50%", NULL};
	char *control[] = {"a\nb", "\x1b[m'\\", "\x7f", NULL};
	const char *phrase = NULL;
	bool all = true, one_line = true;
	unsigned seed = 1;

	is(key_quote(plain), "/bin/sh -c a=b 50%", "plain words stay as they are");
	is(key_quote((char *[]){"", "a b", "it's", NULL}), "'' 'a b' 'it'\\''s'",
	   "other words are quoted as a shell has it");
	is(key_quote(control), "$'a\\nb' $'\\x1b[m\\'\\\\' $'\\x7f'", "control bytes are escaped");
	is(key_quote((char *[]){NULL}), "", "no words are no text");
	for (int n = 0; n < 20000; n++) {
		size_t count = seed % 5;
		char **back;

		for (size_t i = 0; i < count; i++) {
			size_t len = (seed = seed * 1103515245 + 12345) >> 16 & 7;

			argv[i] = file_alloc(len + 1);
			for (size_t j = 0; j < len; j++) {
				seed = seed * 1103515245 + 12345;
				argv[i][j] = bytes[(seed >> 16) % (sizeof bytes - 1)];
			}
		}
		argv[count] = NULL;
		char *text = key_quote(argv);

		one_line = one_line && !strchr(text, '\n');
		back = key_words(text, &phrase);
		if (!back || !same(back, argv)) {
			tap_tell("not the same words", text);
			all = false;
			break;
		}
		for (size_t i = 0; i < count; i++)
			free(argv[i]);
		if (*back)
			free(*back); /* the words share one buffer */
		free(back);
		free(text);
	}
	ok(all, "key_words undoes key_quote, for 20000 random commands");
	ok(one_line, "a quoted command is one line");
	for (int c = 1; c < 256; c++) {
		char word[] = {(char)c, '\0'}, *one[] = {word, NULL};
		char **back = key_words(key_quote(one), &phrase);

		all = all && back && same(back, one);
	}
	ok(all, "so for every byte");
}

static void specifiers(void)
{
	const struct origin o = {"f", 1, "/etc/x", "web"}, none = {"f", 1, "/", NULL};
	const char *phrase = NULL;

	is(key_expand("%n-%d/%%n%%", &o, &phrase), "web-/etc/x/%n%", "%n, %d and %% are replaced");
	is(key_expand("", &o, &phrase), "", "an empty text stays empty");
	is(key_expand("plain", &none, &phrase), "plain", "a text without specifiers needs no name");
	ok(!key_expand("a%n", &none, &phrase), "%%n without a name is an error");
	is(phrase, "%n: the container has no name here", "which says so");
	ok(!key_expand("a%x", &o, &phrase), "an unknown specifier is an error");
	is(phrase, "unknown specifier after %: only %n, %d and %% are known", "which says so");
	ok(!key_expand("a%", &o, &phrase), "so is a %% at the end");
}

static void numbers(void)
{
	static const char *const bad[] = {"",	"-1",  "+1",  " 1",	  "1 ",
					  "1x", "0x1", "1.0", "\xd9\xa1", "18446744073709551616"};
	uint64_t n = 7;

	ok(key_number("0", 0, &n) && n == 0, "0 is a number");
	ok(key_number("18446744073709551615", UINT64_MAX, &n) && n == UINT64_MAX, "so is 2^64-1");
	ok(key_number("0000000000000000000000000000012", 12, &n) && n == 12,
	   "so are leading zeros");
	ok(!key_number("13", 12, &n) && n == 12, "more than the limit is none; out is left alone");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(!key_number(bad[i], UINT64_MAX, &n), "'%s' is no number", bad[i]);
}

static const char *nearest(const char *word, const char *const *candidates)
{
	struct nearest near = {.word = word};

	for (; *candidates; candidates++)
		key_nearest(&near, *candidates);
	return near.best;
}

static void nearness(void)
{
	static const char *const list[] = {"hostname", "domainname", "bind",
					   "bind-ro",  "pid",	     NULL};
	char *huge = file_alloc(1000);

	is(nearest("hostnam", list), "hostname", "a letter missing");
	is(nearest("hostnaem", list), "hostname", "two letters swapped");
	is(nearest("host", list), "hostname", "the beginning of a word");
	is(nearest("bind-rw", list), "bind-ro", "the nearer of two");
	is(nearest("pdi", list), "pid", "two letters of a short word swapped");
	is(nearest("dip", list), NULL, "a short word must be nearer");
	is(nearest("xyzzy", list), NULL, "nothing is near");
	is(nearest("", list), NULL, "nor to no word");
	memset(huge, 'h', 999);
	is(nearest(huge, list), NULL, "a huge word is near to nothing");
}

static void escapes(void)
{
	char c = 0, buf[8];

	ok(key_hex("4a", &c) && c == 'J' && key_hex("Ff", &c) && c == '\xff', "two hex digits");
	ok(!key_hex("00", &c) && !key_hex("4", &c) && !key_hex("", &c) && !key_hex("g1", &c),
	   "no NUL, no single digit, no other letter");
	*key_put_escape(buf, '\x1f') = '\0';
	is(buf, "\\x1f", "a control byte as hex");
	*key_put_escape(buf, '\n') = '\0';
	is(buf, "\\n", "a newline as a letter");
}

static void arguments(void)
{
	is(key_arg(&(struct key){"k" WORDS("a|b") HELP("help"), .type = &type_enum}), "a|b",
	   "an enum is named by its words");
	is(key_arg(&(struct key){"k" WORDS("a|b") ARG("X") HELP("help"), .type = &type_enum}), "X",
	   "a row's own word comes first");
	is(key_arg(&(struct key){"k" HELP("help"), .type = &type_size}), "SIZE",
	   "else it is the type's");
}

static void texts(void)
{
	static const struct key k = {.name = "home" OPTION("") RANGE(1, 22) HELP("hint")},
				none = {0};

	is(key_text(&k, KEY_HELP), "hint", "the last text of a row");
	is(key_text(&k, KEY_OPTION), "", "an empty text is one");
	is(key_text(&k, KEY_DEFAULT), NULL, "what a row does not say");
	is(key_text(&k, KEY_MIN), "1", "the first of a range");
	is(key_text(&k, KEY_MAX), "22", "the second of a range");
	is(key_text(&none, KEY_HELP), NULL, "no row at all");
}

static void words_of_a_row(void)
{
	ok(key_place("a|bc|d", "a") == 0 && key_place("a|bc|d", "bc") == 1 &&
		   key_place("a|bc|d", "d") == 2,
	   "the places of words");
	ok(key_place("a|bc|d", "b") < 0 && key_place("a|bc|d", "bcd") < 0 &&
		   key_place("a|bc|d", "") < 0 && key_place("a|bc|d", "a|bc") < 0,
	   "part of a word is none, nor are two");
	is(key_word("a|bc|d", 0), "a", "the first word");
	is(key_word("a|bc|d", 2), "d", "the last word");
	is(key_word("a|bc|d", 3), "", "beyond the last");
	is(key_spell("a|bc|d"), "a, bc, d", "all for a message");
	is(key_spell("a"), "a", "one alone");
}

int main(void)
{
	splitting();
	quoting();
	specifiers();
	numbers();
	nearness();
	escapes();
	arguments();
	texts();
	words_of_a_row();
	return tap_end();
}
