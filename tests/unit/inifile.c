/*
 * inifile.c - the reader: every way in which a file is refused, includes and their order, what overrides
 * what, and quoting.  Files stand in a directory of this test's own.
 */
#include "inifile.h"

#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "applet.h"
#include "conf.h"
#include "file.h"
#include "tap.h"

static char *top; /* of this test alone */

static char *at(const char *name)
{
	return file_text("%s/%s", top, name);
}

static char *put_bytes(const char *name, const char *text, size_t len)
{
	char *path = at(name);
	FILE *f = fopen(path, "w");

	if (!f || fwrite(text, 1, len, f) != len || fclose(f))
		exit(1);
	return path;
}

static char *put(const char *name, const char *text)
{
	return put_bytes(name, text, strlen(text));
}

/* The message of a text, without "f:" */
static const char *refused(const char *text, size_t len)
{
	struct ini ini = {0};
	const char *phrase = inifile_parse(&ini, "f", "/", text, len);

	return phrase ? phrase + 2 : NULL;
}

static void scan(void)
{
	static const struct {
		const char *what, *text;
		size_t len; /* 0: to the NUL */
		const char *phrase;
	} cases[] = {
		{"an empty file", "", 0, NULL},
		{"comments and blank lines", "# a\n; b\n \t\n\n   # c = [d\n", 0, NULL},
		{"no newline at the end", "[a]\nb = c", 0, NULL},
		{"blanks around everything", "  [a]  \n\t b \t=\t c \t\n", 0, NULL},
		{"a = in a value", "[a]\nb = c = d : e\n", 0, NULL},
		{"a ; or # in a value", "[a]\nb = c ; d # e\n", 0, NULL},
		{"an empty value", "[a]\nb =\n", 0, NULL},
		{"a tab in a value", "[a]\nb = c\td\n", 0, NULL},
		{"bytes over 127", "[a]\nb = \xc3\xa9\xff\n", 0, NULL},
		{"a NUL", "[a]\nb = c\0d\n", 11, "2: control byte 0x00"},
		{"a NUL in a comment", "# a\0b\n", 6, "1: control byte 0x00"},
		{"a carriage return", "[a]\r\nb = c\r\n", 0,
		 "1: a carriage return: lines end with a newline alone"},
		{"a byte order mark", "\xef\xbb\xbf[a]\n", 0,
		 "1: a byte order mark before the text"},
		{"a control byte", "[a]\n\nb = \x1b[m\n", 0, "3: control byte 0x1b"},
		{"a DEL", "[a]\nb = \x7f\n", 0, "2: control byte 0x7f"},
		{"a form feed", "[a]\n\fb = c\n", 0, "2: control byte 0x0c"},
		{"a section without an end", "[a\nb = c\n", 0, "1: a section without ]"},
		{"a section without a name", "[]\n", 0, "1: a section without a name"},
		{"junk after ]", "[a] b = c\n", 0, "1: 'b = c' after ]"},
		{"a comment after ]", "[a] # b\n", 0, "1: '# b' after ]"},
		{"no =", "[a]\nb c\n", 0, "2: no = in 'b c'"},
		{"no =, a long line", "[a]\n0123456789012345678901234567890123456789more\n", 0,
		 "2: no = in '0123456789012345678901234567890123456789'"},
		{": for =", "[a]\nb: c\n", 0, "2: no = in 'b: c'"},
		{": before =", "[a]\nb: c = d\n", 0, "2: a : before the ="},
		{"no key", "[a]\n = c\n", 0, "2: no key before ="},
		{"a key before a section", "# x\nb = c\n[a]\n", 0,
		 "2: a key before the first [section]"},
		{"the longest section", "[0123456789012345678901234567890123456789012345678]\n", 0,
		 NULL},
		{"a longer section", "[01234567890123456789012345678901234567890123456789]\n", 0,
		 "1: a section's name has 49 bytes at most"},
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		is(refused(cases[i].text, cases[i].len ? cases[i].len : strlen(cases[i].text)),
		   cases[i].phrase,
		   file_text("%s is %s", cases[i].what, cases[i].phrase ? "refused" : "read"));
}

/* A line "k = xxx..." of len bytes, after a section */
static char *long_line(size_t len)
{
	char *text = file_alloc(len + 8);

	memcpy(text, "[a]\nk = ", 8);
	memset(text + 8, 'x', len - 4);
	text[4 + len] = '\n';
	text[5 + len] = '\0';
	return text;
}

static void lines(void)
{
	static const size_t lengths[] = {199, 200, 511, 512, 1023, 4096, 60000, 65534, 65535};
	struct ini ini = {0};
	char *text;

	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		text = long_line(lengths[i]);
		ini = (struct ini){0};
		ok(!inifile_parse(&ini, "f", "/", text, strlen(text)) && ini.n == 2 &&
			   strlen(ini.lines[1].value) == lengths[i] - 4,
		   "a line of %zu bytes is read whole", lengths[i]);
		text[4 + lengths[i]] = '\0'; /* the same without its newline */
		ini = (struct ini){0};
		ok(!inifile_parse(&ini, "f", "/", text, strlen(text)) && ini.n == 2 &&
			   strlen(ini.lines[1].value) == lengths[i] - 4,
		   "  also as the last without a newline");
		free(text);
	}
	text = long_line(65536);
	is(refused(text, strlen(text)), "2: longer than 65535 bytes",
	   "one of 65536 bytes is refused");
	free(text);
	text = long_line(1000000);
	is(refused(text, strlen(text)), "2: longer than 65535 bytes",
	   "one of a million bytes, too");
	free(text);
	ini = (struct ini){0};
	inifile_parse(&ini, "f", "/d", "[a]\n\n b  =  \"c\" \n[x]\n[a]\ne=f\n", 29);
	ok(ini.n == 5 && ini.lines[1].line == 3 && !strcmp(ini.lines[1].section, "a") &&
		   !strcmp(ini.lines[1].key, "b") && !strcmp(ini.lines[1].value, "\"c\"") &&
		   !strcmp(ini.lines[1].source->dir, "/d"),
	   "a line has its number, section, key, value and directory");
	ok(!ini.lines[2].key && !strcmp(ini.lines[2].section, "x"),
	   "a header is a line without a key");
	ok(!strcmp(ini.lines[4].section, "a") && ini.lines[4].line == 6,
	   "a repeated section goes on");
}

static void load(void *arg)
{
	struct ini ini = {0};

	inifile_load(&ini, arg);
}

static void check(void *arg)
{
	struct ini ini = {0};

	inifile_load(&ini, arg);
	applet_check_file(&ini);
}

/* The effective value of SECTION.KEY of a file, elements by commas; "(unset)". */
struct wanted {
	const char *section, *name;
	char *text;
};

static void put_wanted(const struct conf_line *l, void *arg)
{
	struct wanted *w = arg;

	if (l->value && !strcmp(l->section, w->section) && !strcmp(l->name, w->name))
		w->text = w->text ? file_text("%s,%s", w->text, l->value) : file_dup(l->value);
}

static const char *value_of(const struct ini *ini, const char *section, const char *name)
{
	void **confs = file_alloc((applet_count() + 1) * sizeof *confs);
	struct wanted w = {section, name, NULL};

	for (size_t i = 0; applet_list[i]; i++)
		confs[i] = applet_fill(applet_list[i], ini);
	conf_print(applet_list, confs, put_wanted, &w);
	return w.text ? w.text : "(unset)";
}

static const char *value(const char *file, const char *section, const char *name)
{
	struct ini ini = {0};

	inifile_load(&ini, file);
	return value_of(&ini, section, name);
}

static void includes(void)
{
	char *main = put("main.ini", "[exec]\nenv = B=2\numask = 0077\n"
				     "[container]\ninclude = sub/one.ini\ninclude = two.ini\n"
				     "[sysctl]\nkernel.shmmax = 7\n");
	struct ini ini = {0};

	mkdir(at("sub"), 0700);
	put("sub/one.ini", "[exec]\nenv = A=1\numask = 0027\ncwd = /one\n"
			   "[container]\ninclude = deep.ini\n[sysctl]\nkernel.shmmax = 1\n");
	put("sub/deep.ini", "[exec]\nenv = Z=0\ncwd = /deep\npdeathsig = HUP\n"
			    "[rootfs]\npath = root\n");
	put("two.ini", "[exec]\ncwd = /two\n[sysctl]\nkernel.shmall = 2\n");
	inifile_load(&ini, main);
	is(ini.stem, "main", "the stem is the file's name");
	is(value_of(&ini, "exec", "umask"), "0077", "a file overrides what it includes");
	is(value_of(&ini, "exec", "cwd"), "/two", "the later of two included files wins");
	is(value_of(&ini, "exec", "pdeathsig"), "HUP", "what is included includes on");
	is(value_of(&ini, "exec", "env"), "Z=0,A=1,B=2", "lists add up, included ones first");
	is(value_of(&ini, "rootfs", "path"), at("sub/root"),
	   "a relative path stands on the directory of its own file");
	is(value_of(&ini, "sysctl", "kernel.shmmax"), "7", "a free key is overridden by its name");
	is(value_of(&ini, "sysctl", "kernel.shmall"), "2", "and no other");
	is(value_of(&ini, "container", "include"), "(unset)",
	   "what was included is not included again by the printed file");
	main = put("take.ini", "[container]\ninclude = main.ini\n[exec]\nenv =\nenv = C=3\ncwd =\n"
			       "[sysctl]\nkernel.shmmax =\n");
	is(value(main, "exec", "env"), "C=3", "an empty value empties a list");
	is(value(main, "exec", "cwd"), "", "and unsets a scalar that has a default");
	is(value(main, "sysctl", "kernel.shmmax"), "(unset)", "and removes a free key");
	is(dies(load, put("gone.ini", "[container]\n\ninclude = nothing.ini\n")),
	   file_text("125 %s:3: [container] include: %s: No such file or directory", at("gone.ini"),
		     at("nothing.ini")),
	   "a missing include is named with its line");
	is(dies(load, put("self.ini", "[container]\ninclude = self.ini\n")),
	   file_text("125 %s:2: [container] include: more than 8 files deep", at("self.ini")),
	   "a file that includes itself is refused");
	has(dies(load, put("bad.ini", "[container]\ninclude = broken.ini\n")), "No such file",
	    "a broken include is not there yet");
	put("broken.ini", "[a]\nb\n");
	is(dies(load, at("bad.ini")), file_text("125 %s:2: no = in 'b'", at("broken.ini")),
	   "an error in an included file has its name and line");
	is(dies(load, put("quote.ini", "[container]\ninclude = \"x\n")),
	   file_text("125 %s:2: [container] include: the quote is not closed", at("quote.ini")),
	   "the name of an include may be quoted, rightly");
	is(dies(load, put("none.ini", "[container]\ninclude =\n")), NULL,
	   "an empty include includes nothing");
}

static void limits(void)
{
	size_t len = INI_FILE_LIMIT + 1;
	char *big = file_alloc(len + 1), *p;

	memset(big, '\n', len);
	is(dies(load, put_bytes("big.ini", big, len)),
	   file_text("125 %s: File too large", at("big.ini")), "a file over a megabyte is refused");
	is(dies(load, put_bytes("big.ini", big, len - 1)), NULL, "one of a megabyte is read");
	p = stpcpy(big, "[x-a]\n");
	for (int i = 0; i < INI_LINES_LIMIT; i++)
		p = stpcpy(p, "a=\n");
	is(dies(load, put("lines.ini", big)),
	   file_text("125 %s: more than 10000 lines, included ones counted", at("lines.ini")),
	   "so many lines are refused");
	p[-3] = '\0';
	is(dies(load, put("lines.ini", big)), NULL, "one less is read");
	is(dies(load, put("sum.ini", "[container]\ninclude = lines.ini\n")),
	   file_text("125 %s: more than 10000 lines, included ones counted", at("sum.ini")),
	   "included ones count");
	is(dies(load, at("nothing")), file_text("125 %s: No such file or directory", at("nothing")),
	   "a missing file is named");
	is(dies(load, top), file_text("125 %s: Is a directory", top), "a directory is no file");
	free(big);
}

static void keys(void)
{
	static const struct {
		const char *what, *text, *phrase;
	} cases[] = {
		{"a known key", "[uts]\nhostname = a\n", NULL},
		{"an unknown section", "[utz]\nhostname = a\n",
		 "1: [utz]: unknown section; the nearest is [uts]"},
		{"a section that is near to none", "[xyzzyx]\n", "1: [xyzzyx]: unknown section"},
		{"an instance without a name", "[net.]\n",
		 "1: [net.]: unknown section; the nearest is [net.NAME]"},
		{"an instance misspelt", "[nte.eth0]\n", "1: [nte.eth0]: unknown section"},
		{"blanks in a section", "[ uts ]\n",
		 "1: [ uts ]: unknown section; the nearest is [uts]"},
		{"an unknown key", "[uts]\nhostnam = a\n",
		 "2: [uts] hostnam: unknown key; the nearest is hostname"},
		{"another case", "[uts]\nHostname = a\n",
		 "2: [uts] Hostname: unknown key; the nearest is hostname"},
		{"a key that is near to none", "[uts]\nxyzzy = a\n", "2: [uts] xyzzy: unknown key"},
		{"a key of another section", "[uts]\nuser = a\n", "2: [uts] user: unknown key"},
		{"an interface's key", "[net.eth0]\nadress = 1.2.3.4/8\n",
		 "2: [net.eth0] adress: unknown key; the nearest is address"},
		{"a key of the command line", "[container]\nstatus-fd = 3\n",
		 "2: [container] status-fd: unknown key"},
		{"a shorthand", "[idmap]\nmap-root-user = yes\n",
		 "2: [idmap] map-root-user: unknown key"},
		{"an x- key", "[uts]\nx-note = \"a\n", NULL},
		{"an x- section", "[x-mine]\na = b\nc = d\n", NULL},
		{"a scalar twice", "[uts]\nhostname = a\n\nhostname = a\n",
		 "4: [uts] hostname: is given twice, first in line 2"},
		{"a scalar twice, sections apart",
		 "[uts]\nhostname = a\n[exec]\n[uts]\nhostname = b\n",
		 "5: [uts] hostname: is given twice, first in line 2"},
		{"a free key twice", "[sysctl]\nkernel.a = 1\nkernel.a = 2\n",
		 "3: [sysctl] kernel.a: is given twice, first in line 2"},
		{"a list twice", "[exec]\nenv = A=1\nenv = A=2\n", NULL},
		{"the same key of two interfaces", "[net.a]\nmtu = 1400\n[net.b]\nmtu = 1500\n",
		 NULL},
		{"an empty value", "[uts]\nhostname =\n", NULL},
		{"a wrong value", "[exec]\numask = 9\n",
		 "2: [exec] umask: '9' is not an octal mode"},
		{"a wrong quote", "[uts]\nhostname = \"a\n",
		 "2: [uts] hostname: the quote is not closed"},
		{"text after a quote", "[uts]\nhostname = \"a\" b\n",
		 "2: [uts] hostname: text after the closing quote"},
		{"a wrong escape", "[uts]\nhostname = \"\\q\"\n",
		 "2: [uts] hostname: after \\ only n, t, \", \\ and xHH are known"},
		{"a wrong quote of a free key", "[sysctl]\nkernel.a = \"b\n",
		 "2: [sysctl] kernel.a: the quote is not closed"},
		{"a wrong list element", "[idmap]\nuid = 0:1\n",
		 "2: [idmap] uid: '0:1' is not INSIDE:OUTSIDE:COUNT"},
		{"a bad name", "[container]\nname = a/b\n", NULL},
	};

	for (size_t i = 0; i + 1 < sizeof cases / sizeof *cases; i++)
		is(dies(check, put("keys.ini", cases[i].text)),
		   cases[i].phrase ? file_text("125 %s:%s", at("keys.ini"), cases[i].phrase) : NULL,
		   file_text("%s is %s", cases[i].what, cases[i].phrase ? "refused" : "taken"));
	has(dies(check, put("keys.ini", "[container]\nname = a/b\n")),
	    "keys.ini:2: [container] name: ", "a container's name is checked");
}

static void values(void)
{
	is(value(put("v.ini", "[uts]\nhostname = \"a\\x2eb\"\n"), "uts", "hostname"), "a.b",
	   "a quoted value is undone");
	is(value(put("v.ini", "[container]\ndescription = \"a\\n\\t\\\"\\\\ b \"\n"), "container",
		 "description"),
	   "\"a\\n\\t\\\"\\\\ b \"", "and printed quoted where it must be");
	is(value(put("v.ini", "[container]\ndescription = say \"a\"\n"), "container",
		 "description"),
	   "say \"a\"", "a quote within is itself");
	is(value(put("v.ini", "[container]\ndescription = \"\"\n"), "container", "description"),
	   "\"\"", "an empty text is not unset");
	is(value(put("v.ini", "[container]\nname = \"web\"\n"), "uts", "hostname"), "web",
	   "%n is the name without its quotes");
	is(value(put("two words.ini", "[uts]\n"), "container", "name"), "",
	   "a stem that is no name is none");
	is(value(put("v.ini", "[container]\nname =\n"), "uts", "hostname"), "",
	   "without a name there is no host name");
	is(value(put("v.ini", "[mounts]\nbind = /a /b\ntmpfs = /t\nbind = /c /d\n"), "mounts",
		 "bind"),
	   "/a /b,/c /d", "an ordered list");
	put("sub.ini", "[mounts]\nbind = /a /b\ntmpfs = /t\n");
	put("v.ini", "[container]\ninclude = sub.ini\n[mounts]\nbind =\n");
	is(value(at("v.ini"), "mounts", "bind"), "(unset)", "emptying one of its keys");
	is(value(at("v.ini"), "mounts", "tmpfs"), "/t", "leaves the others");
}

static void quoting(void)
{
	const char *phrase = NULL;
	bool all = true;
	unsigned seed = 7;

	for (int n = 0; n < 20000; n++) {
		char text[12] = "", *quoted, *back;
		size_t len = n % 11;

		for (size_t i = 0; i < len; i++) {
			seed = seed * 1103515245 + 12345;
			text[i] = "ab \t\"\\\n\x01\x7f\xff#;=[]\r"[(seed >> 16) % 16];
		}
		quoted = inifile_quote(text);
		back = inifile_unquote(quoted, &phrase);
		if (!back || strcmp(back, text) || strchr(quoted, '\n')) {
			tap_tell("not the same", quoted);
			all = false;
			break;
		}
		free(quoted);
		free(back);
	}
	ok(all, "unquote undoes quote, for 20000 random texts");
}

static void set(void *arg)
{
	struct ini ini = {0};

	inifile_set(&ini, arg);
	if (!strcmp(arg, "x-net.a.b.c=d = e") &&
	    (ini.n != 1 || strcmp(ini.lines[0].section, "x-net.a.b") ||
	     strcmp(ini.lines[0].key, "c") || strcmp(ini.lines[0].value, "d = e")))
		msg_die("parsed as [%s] %s", ini.lines[0].section, ini.lines[0].key);
	if (!strcmp(arg, "sysctl.net.a=1") && strcmp(ini.lines[0].key, "net.a"))
		msg_die("parsed as [%s] %s", ini.lines[0].section, ini.lines[0].key);
	applet_check_file(&ini);
}

static void setting(void)
{
	static const char want[] = "section.key=value is wanted";
	char *huge = file_alloc(70000);

	is(dies(set, "uts.hostname=a"), NULL, "a line of the command line");
	is(dies(set, "x-net.a.b.c=d = e"), NULL, "the key stands after the last dot");
	is(dies(set, "sysctl.net.a=1"), NULL, "but for [sysctl], whose keys have dots");
	is(dies(set, "uts.hostname="), NULL, "an empty value unsets");
	has(dies(set, "uts"), want, "no dot and no =");
	has(dies(set, "uts.hostname"), want, "no =");
	has(dies(set, "uts=a.b"), want, "a dot after the = only");
	has(dies(set, ".hostname=a"), want, "no section");
	has(dies(set, "uts.=a"), want, "no key");
	has(dies(set, "uts.hostname=a\nb"), "--set: a control byte in the value", "a newline");
	has(dies(set, "container.include=a"), "included by a file alone", "an include");
	is(dies(set, "uts.hostnam=a"),
	   "125 --set: [uts] hostnam: unknown key; the nearest is hostname", "an unknown key");
	is(dies(set, "exec.umask=9"), "125 --set: [exec] umask: '9' is not an octal mode",
	   "a wrong value");
	memset(huge, 'a', 69999);
	memcpy(huge, "exec.env=", 9);
	has(dies(set, huge), "longer than a line", "a huge value");
	memset(huge, 'a', 69999);
	memcpy(huge + 60, ".b=c", 5);
	has(dies(set, huge), "longer than a line", "a huge section");
}

/* What key_text relies on. */
static void rows(void)
{
	bool good = true;

	for (const struct applet *const *a = applet_list; *a; a++)
		for (const struct group *g = (*a)->groups; g->keys; g++)
			for (const struct key *k = g->keys; !key_last(k); k++) {
				const char *p = k->name;
				char before = 0;

				do {
					p += strlen(p) + 1;
					good = good && *p > before && *p <= KEY_HELP;
					before = *p;
				} while (good && *p != KEY_HELP);
			}
	ok(good, "the texts of every row stand in their order, with the help last");
}

int main(void)
{
	char dir[] = "/tmp/inifile.XXXXXX";

	msg_name("inifile");
	top = mkdtemp(dir);
	rows();
	scan();
	lines();
	includes();
	limits();
	keys();
	values();
	quoting();
	setting();
	if (system(file_text("rm -r %s", top)))
		return 1;
	return tap_end();
}
