/*
 * conf.c - defaults and their absence, the command line, and print of print for every applet: of each
 * key by itself and of thousands of random configurations.
 */
#include "conf.h"

#include <stdint.h>
#include <unistd.h>

#include "applet.h"
#include "file.h"
#include "options.h"
#include "tap.h"

/* The effective configuration of a text, as `conf print` has it. */
static char *print_of(const char *text)
{
	struct ini ini = {.file = "f", .stem = "web"};
	const char *phrase = inifile_parse(&ini, "f", "/etc/x", text, strlen(text));

	if (phrase)
		msg_die("%s", phrase);
	applet_check_file(&ini);
	return applet_effective(&ini, NULL);
}

struct printing {
	const char *text;
	char *out;
};

static void print_arg(void *arg)
{
	struct printing *p = arg;

	p->out = print_of(p->text);
}

/* print_of, or NULL and why in tap_death */
static char *try_print(const char *text)
{
	struct printing p = {text, NULL};

	return dies(print_arg, &p) ? NULL : p.out;
}

static void defaults(void)
{
	char *all = print_of("[x-none]\n"), *again = print_of(all);
	struct ini none = {0};
	void **confs = file_alloc((applet_count() + 1) * sizeof *confs);

	has(all, "[container]\nname = web\n", "with a file the container's defaults count");
	has(all, "\nhostname = web\n", "the host name is the container's name");
	is(again, all, "print of the defaults is the defaults");
	for (size_t i = 0; applet_list[i]; i++)
		confs[i] = applet_fill(applet_list[i], &none);
	for (size_t i = 0; applet_list[i]; i++) {
		const struct applet *one[] = {applet_list[i], NULL};
		char *text = conf_text(one, &confs[i]), *p = text;

		/* what is left says how, not what: a word of the neutral kind, or an unset default */
		while (*p && p[strcspn(p, "\n")] &&
		       (*p == '[' || *p == '\n' || p[strcspn(p, "\n") - 1] == '='))
			p += strcspn(p, "\n") + 1;
		/* what `nsnet up` is there for when nothing more is asked, and two words for nothing */
		if (!strcmp(p, "loopback = yes\nnat = none\negress = allow\nuser-mode = none\n"))
			p = "";
		ok(!*p, "%s without a file changes nothing", applet_list[i]->name);
		if (*p)
			tap_tell("but", p);
	}
}

/* Words for a value of the key, most of them right for some type. */
static const char *const some[] = {
	"yes",
	"no",
	"private",
	"host",
	"auto",
	"container:db",
	"/run/x",
	"fd:7",
	"0",
	"1",
	"7",
	"1000",
	"65535",
	"10M",
	"max",
	"1500",
	"10s",
	"250ms",
	"TERM",
	"KILL",
	"a",
	"web-1",
	"%n",
	"/a",
	"/a b",
	"/a /b",
	"/a /b ro",
	"\"/x y\" /b",
	"'/x y' /b",
	"A=b",
	"A=b c",
	"PATH=/bin",
	"0:1000:1",
	"0:100000:65536",
	"0755",
	"0:0",
	"root",
	"nobody",
	"10.0.0.0/24",
	"10.0.0.2 02:00:00:00:00:01",
	"from 10.0.0.0/8 table 7",
	"CHOWN",
	"CAP_SYS_ADMIN CHOWN",
	"all",
	"none",
	"10.0.0.1/24",
	"10.0.0.1",
	"fe80::1/64",
	"default",
	"10.1.0.0/16 via 10.0.0.1",
	"02:00:00:00:00:01",
	"veth",
	"loopback",
	"lo",
	"br0",
	"eth7",
	"unlimited",
	"1024:4096",
	"50%",
	"100000 1000000",
	"/bin/sh -c 'a b'",
	"sh -c \"x\\\"y\"",
	"\"a\\x01\\n\"",
	"\"\"",
	"\" a \"",
	"/dev/null",
	"/dev/x c 10 200 0666",
	"example.org",
	"host.example:10.0.0.9",
	"10.0.0.9 a b",
	"ndots:2",
	"root",
	"keep",
	"rw",
	"ro",
	"bind",
	"overlay",
	"slave",
	"file:/tmp/o",
	"null",
	"nskit/%n",
	"8:0 rbps=1",
	"8:0 target=1",
	"mlx5_0 hca_handle=1",
	"memory.oom.group=1",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
	"allow",
	"deny",
	"new",
	"never",
	"pivot",
	"",
};
enum { SOME = sizeof some / sizeof *some };

static unsigned seed = 42;
static unsigned below(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 16) % n;
}

static const char *section_of(const struct group *g)
{
	return g->each_size ? "net.eth0" : g->section;
}

static const char *name_of(const struct key *k)
{
	return k->flags & KEY_FREE ? "kernel.shmmax" : k->name;
}

/* Every key with every word that it takes: printed, and printed again. */
static void single(void)
{
	size_t keys = 0, taken = 0;

	for (size_t a = 0; applet_list[a]; a++)
		for (const struct group *g = applet_list[a]->groups; g->keys; g++)
			for (const struct key *k = g->keys; !key_last(k); k++) {
				bool any = false;

				if (!group_section(g, k))
					continue;
				keys++;
				for (size_t i = 0; i < SOME; i++) {
					char *text = file_text("[%s]\n%s = %s\n", section_of(g),
							       name_of(k), some[i]);
					char *once = try_print(text), *twice;

					if (!once) {
						if (!strstr(tap_death, "f:2: ["))
							ok(false, "%s: %s", text, tap_death);
						continue;
					}
					any = any || *some[i];
					taken++;
					twice = try_print(once);
					if (!twice || strcmp(once, twice)) {
						ok(false, "print of print of %s", text);
						tap_tell("came", twice ? twice : tap_death);
					}
					free(once);
					free(twice);
					free(text);
				}
				ok(any, "[%s] %s takes some value", section_of(g), name_of(k));
			}
	ok(keys > 100 && taken > 500, "%zu keys were printed twice with %zu values", keys, taken);
}

struct pool {
	char *line[4000];
	const char *section[4000];
	size_t n;
};

/* The lines that are taken, to be thrown together */
static void collect(struct pool *pool)
{
	for (size_t a = 0; applet_list[a]; a++)
		for (const struct group *g = applet_list[a]->groups; g->keys; g++)
			for (const struct key *k = g->keys; !key_last(k); k++)
				for (size_t i = 0; group_section(g, k) && i < SOME; i++) {
					char *line = file_text("%s = %s\n", name_of(k), some[i]);

					if (pool->n < 4000 &&
					    try_print(file_text("[%s]\n%s", section_of(g), line))) {
						pool->section[pool->n] = section_of(g);
						pool->line[pool->n++] = line;
					}
				}
}

static void random_files(void)
{
	struct pool *pool = file_alloc(sizeof *pool);
	int same = 0, taken = 0;

	collect(pool);
	for (int n = 0; n < 1500; n++) {
		char *text = file_dup("[x-a]\n"), *once, *twice;

		for (unsigned lines = below(30); lines; lines--) {
			unsigned i = below((unsigned)pool->n);
			char *longer = file_text("%s[%s]\n%s", text, pool->section[i],
						 pool->line[i]);

			free(text);
			text = longer;
		}
		once = try_print(text);
		if (once) {
			taken++;
			twice = try_print(once);
			if (twice && !strcmp(once, twice)) {
				same++;
			} else {
				tap_tell("of", text);
				tap_tell("came", twice ? twice : tap_death);
			}
			free(twice);
		}
		free(once);
		free(text);
	}
	ok(taken > 200 && same == taken, "print of print is the same for %d of %d random files",
	   same, taken);
}

/* The command line */

struct conf {
	int64_t number;
	char *text, *word;
	signed char flag, other;
	int colour;
	struct list list;
	struct nsspec ns;
};

static const struct key keys[] = {
	{"number" HELP("x"), .letter = 'n', KEY_FIELD(struct conf, number, int)},
	{"text" HELP("x"), .letter = 't', KEY_FIELD(struct conf, text, string)},
	{"word" OPTION("") HELP("x"), .letter = 'w', KEY_FIELD(struct conf, word, string)},
	{"flag" HELP("x"), .letter = 'f', KEY_FIELD(struct conf, flag, boolean)},
	{"other" HELP("x"), .letter = 'x', KEY_FIELD(struct conf, other, boolean)},
	{"colour" WORDS("red|green") HELP("x"), KEY_FIELD(struct conf, colour, enum)},
	{"list" DEFAULT("c") HELP("x"), .letter = 'l', KEY_FIELD(struct conf, list, string),
	 .flags = KEY_LIST | KEY_ALWAYS},
	{"ns" BARE("private") HELP("x"), .letter = 'N', KEY_FIELD(struct conf, ns, nsspec)},
	{"both" SETS("t.flag=yes t.number=7") HELP("x"), .letter = 'b', .flags = KEY_ARGV},
	{"nothing" SETS("") HELP("x"), .flags = KEY_ARGV},
	{0},
};
static const struct group groups[] = {{keys, "t", 0, 0}, {0}};
static const struct applet applet = {.name = "t",
				     .groups = groups,
				     .conf_size = sizeof(struct conf)};
static const struct applet verbal = {.name = "t",
				     .groups = groups,
				     .conf_size = sizeof(struct conf),
				     .verbs = "create\0delete\0"};

struct words {
	const struct applet *a;
	char *argv[10];
	struct call call;
};

static void prepare(void *arg)
{
	struct words *w = arg;

	applet_prepare(&w->call, w->a, w->argv, NULL);
}

/* The struct of a command line that is right; of another nothing can be told. */
static const struct conf *conf_of(struct words *w)
{
	const char *death = dies(prepare, w);

	if (death) {
		tap_tell("died", death);
		exit(1);
	}
	return w->call.conf;
}
#define LINE(app, ...)                                    \
	&(struct words)                                   \
	{                                                 \
		.a = &(app), .argv = { "t", __VA_ARGS__ } \
	}

static void options(void)
{
	struct words *w = LINE(applet, "-fxn7", "-t", "a", "--colour=green", "cmd", "-z");
	const struct conf *c = conf_of(w);

	ok(c->flag == 1 && c->other == 1 && c->number == 7 && !strcmp(c->text, "a") &&
		   c->colour == 1,
	   "letters in a cluster, a value in the word, in the next one, behind a =");
	ok(!strcmp(w->call.operands[0], "cmd") && !strcmp(w->call.operands[1], "-z"),
	   "options end at the first operand");
	c = conf_of(LINE(applet, "--number", "-5", "--text", "--flag"));
	ok(c->number == -5 && !strcmp(c->text, "--flag") && c->flag == -1,
	   "a value may look like an option");
	w = LINE(applet, "-f", "--", "-n", "5");
	c = conf_of(w);
	ok(c->number == INT64_MIN && !strcmp(w->call.operands[0], "-n"), "-- ends options");
	w = LINE(applet, "-");
	ok(conf_of(w) && !strcmp(w->call.operands[0], "-"), "- is an operand");
	w = LINE(applet, NULL);
	c = conf_of(w);
	ok(!w->call.operands[0] && c->number == INT64_MIN && !c->text && c->flag == -1 &&
		   c->colour == -1 && c->ns.kind == NS_UNSET,
	   "nothing given is nothing set");
	ok(c->list.n == 1 && !strcmp(*(char **)c->list.v, "c"),
	   "a default that holds without a file, too");
	c = conf_of(LINE(applet, "-l", "x", "--list=y"));
	ok(c->list.n == 2, "the first of a list takes the place of its default");
	c = conf_of(LINE(applet, "-l", "x", "--list=", "-ly"));
	ok(c->list.n == 1 && !strcmp(*(char **)c->list.v, "y"), "an empty one empties it");
	c = conf_of(LINE(applet, "-n", "1", "-n=2", "-t="));
	ok(c->number == 2 && !c->text, "the last wins; an empty value unsets");
	c = conf_of(LINE(applet, "-b", "--flag=no"));
	ok(c->number == 7 && c->flag == 0, "a shorthand sets its keys, in order");
	c = conf_of(LINE(applet, "--nothing", "-N"));
	ok(c->ns.kind == NS_PRIVATE, "an option without its value");
	c = conf_of(LINE(applet, "-N/proc/1/ns/net", "--ns=host"));
	ok(c->ns.kind == NS_HOST, "or with one");
	c = conf_of(LINE(applet, "-N/proc/1/ns/net"));
	ok(c->ns.kind == NS_PATH && !strcmp(c->ns.text, "/proc/1/ns/net"),
	   "a path behind a letter");
	c = conf_of(LINE(applet, "-Nf"));
	ok(c->ns.kind == NS_PRIVATE && c->flag == 1, "or another letter");
	c = conf_of(LINE(applet, "-ww"));
	ok(!strcmp(c->word, "w"), "a key with a letter alone");
}

static void refusals(void)
{
	static const char try[] = "\nhint: try 't --help'";
	struct {
		struct words *w;
		const char *text;
	} cases[] = {
		{LINE(applet, "--nmber=1"), "unknown option --nmber; the nearest is --number"},
		{LINE(applet, "--hlep"), "unknown option --hlep; the nearest is --help"},
		{LINE(applet, "--xyzzy"), "unknown option --xyzzy"},
		{LINE(applet, "--num"), "unknown option --num; the nearest is --number"},
		{LINE(applet, "--word=a"), "unknown option --word"},
		{LINE(applet, "--text", "--flag", "--so"), "unknown option --so"},
		{LINE(applet, "-fz"), "unknown option -z"},
		{LINE(applet, "-n"), "-n needs a value"},
		{LINE(applet, "-fn"), "-n needs a value"},
		{LINE(applet, "--number"), "--number needs a value"},
		{LINE(applet, "--config"), "--config needs a value"},
		{LINE(applet, "--both=yes"), "--both takes no value"},
		{LINE(applet, "--help=x"), "--help takes no value"},
		{LINE(applet, "--number=x"), "--number: 'x' is not a whole number"},
		{LINE(applet, "-nx"), "--number: 'x' is not a whole number"},
		{LINE(applet, "--colour", "blue"), "--colour: 'blue' is none of red, green"},
		{LINE(applet, "--flag=maybe"), "--flag: 'maybe' is not yes or no"},
		{LINE(applet, "--set=x"), "'x': section.key=value is wanted"},
		{LINE(verbal, NULL), "one of create, delete is wanted"},
		{LINE(verbal, "creat"), "unknown command 'creat'; the nearest is create"},
		{LINE(verbal, "xyzzy"), "unknown command 'xyzzy': one of create, delete is wanted"},
		{LINE(verbal, "-f", "--"), "one of create, delete is wanted"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is(dies(prepare, cases[i].w), file_text("125 %s%s", cases[i].text, try),
		   cases[i].text);
}

static void verbs(void)
{
	struct words *w = LINE(verbal, "-f", "create", "-n", "7", "a", "-x");
	const struct conf *c = conf_of(w);
	char **o = w->call.operands;

	ok(c->flag == 1 && c->number == 7 && c->other == -1, "options on both sides of a verb");
	ok(!strcmp(o[0], "create") && !strcmp(o[1], "a") && !strcmp(o[2], "-x") && !o[3],
	   "the verb is the first operand");
	w = LINE(verbal, "delete", "--", "-f");
	ok(conf_of(w) && !strcmp(w->call.operands[1], "-f"), "-- behind the verb");
	w = LINE(verbal, "--", "delete", "-f");
	ok(conf_of(w) && !strcmp(w->call.operands[0], "delete") &&
		   !strcmp(w->call.operands[1], "-f"),
	   "-- before the verb");
}

/* A step inside a start: its file is the start's. */
struct step {
	struct words words;
	struct ini outer;
};

static void prepare_step(void *arg)
{
	struct step *s = arg;

	applet_prepare(&s->words.call, s->words.a, s->words.argv, &s->outer);
}

static void steps(void)
{
	struct step s = {{&applet, {"t", "--config=x"}, {0}}, {.file = "f"}};

	has(dies(prepare_step, &s), "a step reads the file of its start",
	    "a step has no file of its own");
	s.words.argv[1] = "--set=uts.hostnam=x";
	is(dies(prepare_step, &s), "125 --set: [uts] hostnam: unknown key; the nearest is hostname",
	   "a step's own lines are checked");
	s.words.argv[1] = "-n3";
	ok(!dies(prepare_step, &s) && ((const struct conf *)s.words.call.conf)->list.n == 1,
	   "with a file the container's default");
	ok(s.words.call.ini != &s.outer && s.outer.n == 0,
	   "the start's own lines stay as they are");
}

int main(void)
{
	msg_name("conf");
	unsetenv("NSK_DIR");
	defaults();
	options();
	refusals();
	verbs();
	steps();
	single();
	random_files();
	return tap_end();
}
