/*
 * types.c - the general types: what they take and print, what they refuse and how they say it; and for
 * every type of every applet's table: unset prints nothing, print of parse of print is print.
 */
#include <stdint.h>

#include "applet.h"
#include "conf.h"
#include "file.h"
#include "tap.h"

static const struct origin here = {"f", 1, "/etc/x", "web"};

static const struct key boolean = {"k" HELP(""), .type = &type_boolean};
static const struct key enums = {"k" WORDS("none|root|keep") HELP(""), .type = &type_enum};
static const struct key ints = {"k" HELP(""), .type = &type_int};
static const struct key port = {"k" RANGE(-5, 65535) HELP(""), .type = &type_int};
static const struct key size = {"k" HELP(""), .type = &type_size};
static const struct key page = {"k" RANGE(4096, 1048576) HELP(""), .type = &type_size};
static const struct key times = {"k" HELP(""), .type = &type_time};
static const struct key soon = {"k" RANGE(1000, 1000000000) HELP(""), .type = &type_time};
static const struct key sig = {"k" HELP(""), .type = &type_signal};
static const struct key string = {"k" HELP(""), .type = &type_string};
static const struct key path = {"k" HELP(""), .type = &type_path};
static const struct key inside = {"k" HELP(""), .type = &type_inside};
static const struct key argv = {"k" HELP(""), .type = &type_argv};
static const struct key id = {"k" HELP(""), .type = &type_id};
static const struct key mode = {"k" HELP(""), .type = &type_mode};
static const struct key env = {"k" HELP(""), .type = &type_env};
static const struct key keyval = {"k" HELP(""), .type = &type_keyval};
static const struct key nsspec = {"k" HELP(""), .type = &type_nsspec};
static const struct key idmap = {"k" HELP(""), .type = &type_idmap};
static const struct key hostname = {"k" HELP(""), .type = &type_hostname};

/* A case: its text, and how it prints (NULL: as it is), or the phrase that refuses it. */
struct good {
	const struct key *key;
	const char *text, *printed;
};
struct bad {
	const struct key *key;
	const char *text, *phrase;
};

static const struct good good[] = {
	{&boolean, "yes", NULL},
	{&boolean, "no", NULL},
	{&boolean, "on", "yes"},
	{&boolean, "off", "no"},
	{&boolean, "true", "yes"},
	{&boolean, "false", "no"},
	{&boolean, "1", "yes"},
	{&boolean, "0", "no"},
	{&enums, "none", NULL},
	{&enums, "keep", NULL},
	{&ints, "0", NULL},
	{&ints, "-0", "0"},
	{&ints, "007", "7"},
	{&ints, "9223372036854775807", NULL},
	{&ints, "-9223372036854775807", NULL},
	{&port, "-5", NULL},
	{&port, "65535", NULL},
	{&size, "0", NULL},
	{&size, "1023", NULL},
	{&size, "1024", "1K"},
	{&size, "1025", NULL},
	{&size, "1K", NULL},
	{&size, "1024K", "1M"},
	{&size, "3072M", "3G"},
	{&size, "5T", NULL},
	{&size, "8388607T", NULL},
	{&size, "9223372036854775807", NULL},
	{&size, "max", NULL},
	{&page, "4096", "4K"},
	{&page, "1M", NULL},
	{&page, "max", NULL},
	{&times, "0", "0s"},
	{&times, "1", "1s"},
	{&times, "1500ms", NULL},
	{&times, "2000ms", "2s"},
	{&times, "90s", NULL},
	{&times, "60s", "1m"},
	{&times, "120m", "2h"},
	{&times, "7us", NULL},
	{&times, "3ns", NULL},
	{&times, "infinity", NULL},
	{&soon, "1us", NULL},
	{&soon, "1s", NULL},
	{&soon, "infinity", NULL},
	{&sig, "TERM", NULL},
	{&sig, "SIGTERM", "TERM"},
	{&sig, "15", "TERM"},
	{&sig, "1", "HUP"},
	{&sig, "64", NULL},
	{&sig, "34", NULL},
	{&sig, "WINCH", NULL},
	{&string, "a b \"c\"", NULL},
	{&string, "%n%q", NULL},
	{&path, "/a/b", NULL},
	{&path, "/", NULL},
	{&path, "b", "/etc/x/b"},
	{&path, "../b", "/etc/x/../b"},
	{&path, "%d/%n.log", "/etc/x/web.log"},
	{&path, "/100%%", NULL},
	{&inside, "/a b", NULL},
	{&inside, "/%n", "/web"},
	{&inside, "/%%n", NULL},
	{&argv, "a  'b c'", "a 'b c'"},
	{&argv, "''", NULL},
	{&argv, "$'a\\nb'", NULL},
	{&id, "0", NULL},
	{&id, "4294967294", NULL},
	{&id, "010", "10"},
	{&mode, "0", "0000"},
	{&mode, "755", "0755"},
	{&mode, "07777", "7777"},
	{&env, "A=", NULL},
	{&env, "A=b=c d", NULL},
	{&env, "a.b-c=1", NULL},
	{&keyval, "net.ipv4.ip_forward=1", NULL},
	{&keyval, "net.ipv4.conf.eth0/1.x-y=", NULL},
	{&nsspec, "private", NULL},
	{&nsspec, "host", NULL},
	{&nsspec, "auto", NULL},
	{&nsspec, "container:web", NULL},
	{&nsspec, "/proc/1/ns/net", NULL},
	{&nsspec, "/run/%n", "/run/web"},
	{&nsspec, "/a%%b", NULL},
	{&nsspec, "fd:0", NULL},
	{&nsspec, "fd:2147483647", NULL},
	{&idmap, "0:1000:1", NULL},
	{&idmap, "0:0:4294967295", NULL},
	{&idmap, "4294967294:0:1", NULL},
	{&hostname, "%n", "web"},
	{&hostname, "a.b-c_d", NULL},
	{&hostname, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL},
};

static const struct bad bad[] = {
	{&boolean, "Yes", "'Yes' is not yes or no"},
	{&boolean, "2", "'2' is not yes or no"},
	{&enums, "Root", "'Root' is none of none, root, keep"},
	{&ints, "", "'' is not a whole number"},
	{&ints, "-", "'-' is not a whole number"},
	{&ints, "+1", "'+1' is not a whole number"},
	{&ints, "--1", "'--1' is not a whole number"},
	{&ints, "1x", "'1x' is not a whole number"},
	{&ints, "9223372036854775808", "'9223372036854775808' is not a whole number"},
	{&ints, "-9223372036854775808", "'-9223372036854775808' is not a whole number"},
	{&port, "65536", "65536 is out of range -5..65535"},
	{&port, "-6", "-6 is out of range -5..65535"},
	{&size, "K", "'K' is not a size: digits and K, M, G or T, or max"},
	{&size, "1k", "'1k' is not a size: digits and K, M, G or T, or max"},
	{&size, "-1", "'-1' is not a size: digits and K, M, G or T, or max"},
	{&size, "1.5G", "'1.5G' is not a size: digits and K, M, G or T, or max"},
	{&size, "8388608T", "'8388608T' is not a size: digits and K, M, G or T, or max"},
	{&size, "18446744073709551616",
	 "'18446744073709551616' is not a size: digits and K, M, G or T, or max"},
	{&size, "000000000000000000000000001",
	 "'000000000000000000000000001' is not a size: digits and K, M, G or T, or max"},
	{&page, "4095", "4095 is out of range 4096..1048576"},
	{&page, "2M", "2M is out of range 4096..1048576"},
	{&times, "", "'' is not a time: digits and ms, s, m or h, or infinity"},
	{&times, "1d", "'1d' is not a time: digits and ms, s, m or h, or infinity"},
	{&times, "1 s", "'1 s' is not a time: digits and ms, s, m or h, or infinity"},
	{&times, "1281024h", /* more than half of what 64 bits hold: no sum with a clock does */
	 "'1281024h' is not a time: digits and ms, s, m or h, or infinity"},
	{&times, "9999999999h",
	 "'9999999999h' is not a time: digits and ms, s, m or h, or infinity"},
	{&soon, "2s", "2s is out of range 1000..1000000000 ns"},
	{&soon, "0", "0 is out of range 1000..1000000000 ns"},
	{&sig, "0", "'0' is not a signal: a name such as TERM, or 1..64"},
	{&sig, "65", "'65' is not a signal: a name such as TERM, or 1..64"},
	{&sig, "term", "'term' is not a signal: a name such as TERM, or 1..64"},
	{&sig, "SIG9", "'SIG9' is not a signal: a name such as TERM, or 1..64"},
	{&sig, "SIGSIGTERM", "'SIGSIGTERM' is not a signal: a name such as TERM, or 1..64"},
	{&path, "%x", "unknown specifier after %: only %n, %d and %% are known"},
	{&path, "", "an empty path"},
	{&inside, "a", "'a' is not absolute: a path inside the container is"},
	{&inside, "", "'' is not absolute: a path inside the container is"},
	{&inside, "/%", "unknown specifier after %: only %n, %d and %% are known"},
	{&argv, " ", "an empty command"},
	{&argv, "'a", "a quote is not closed, or a backslash stands before nothing it can quote"},
	{&id, "4294967295", "'4294967295' is not an id: digits only, 0..4294967294"},
	{&id, "4294967296", "'4294967296' is not an id: digits only, 0..4294967294"},
	{&id, "-1", "'-1' is not an id: digits only, 0..4294967294"},
	{&id, " 1", "' 1' is not an id: digits only, 0..4294967294"},
	{&id, "1x", "'1x' is not an id: digits only, 0..4294967294"},
	{&id, "99999999999", "'99999999999' is not an id: digits only, 0..4294967294"},
	{&id, "", "'' is not an id: digits only, 0..4294967294"},
	{&mode, "8", "'8' is not an octal mode"},
	{&mode, "", "'' is not an octal mode"},
	{&mode, "000755", "'000755' is not an octal mode"},
	{&mode, "10000", "a mode is 07777 at most"},
	{&env, "A", "'A' has no =: NAME=VALUE is wanted"},
	{&env, "=a", "no name before ="},
	{&keyval, "a", "'a' has no =: NAME=VALUE is wanted"},
	{&keyval, "=a", "'' is not a name"},
	{&keyval, "1a=b", "'1a' is not a name"},
	{&keyval, "a b=c", "'a b' is not a name"},
	{&nsspec, "Private",
	 "'Private' is none of private, host, auto, container:NAME, /path, fd:N"},
	{&nsspec,
	 "container:", "'container:' is none of private, host, auto, container:NAME, /path, fd:N"},
	{&nsspec, "fd:", "'fd:' is none of private, host, auto, container:NAME, /path, fd:N"},
	{&nsspec, "fd:-1", "'fd:-1' is none of private, host, auto, container:NAME, /path, fd:N"},
	{&nsspec, "fd:2147483648",
	 "'fd:2147483648' is none of private, host, auto, container:NAME, /path, fd:N"},
	{&nsspec, "/%q", "unknown specifier after %: only %n, %d and %% are known"},
	{&idmap, "0:1000", "'0:1000' is not INSIDE:OUTSIDE:COUNT"},
	{&idmap, "0:1:2:3", "'0:1:2:3' is not INSIDE:OUTSIDE:COUNT"},
	{&idmap, "0::1", "'' in '0::1' is not an id"},
	{&idmap, "x:0:1", "'x' in 'x:0:1' is not an id"},
	{&idmap, "0:0:0", "'0:0:0': the count is 0 or passes the last id"},
	{&idmap, "1:0:4294967295", "'1:0:4294967295': the count is 0 or passes the last id"},
	{&idmap, "0:4294967295:1", "'0:4294967295:1': the count is 0 or passes the last id"},
	{&hostname, "", "a host name has 1 to 64 bytes"},
	{&hostname, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	 "a host name has 1 to 64 bytes"},
	{&hostname, "a b", "'a b' is not a host name"},
	{&hostname, "-a", "'-a' is not a host name"},
	{&hostname, ".a", "'.a' is not a host name"},
	{&hostname, "%", "unknown specifier after %: only %n, %d and %% are known"},
};

static void taking(void)
{
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		const struct good *g = &good[i];
		const struct type *t = g->key->type;
		union {
			char bytes[64];
			void *align;
		} v = {{0}};
		const char *phrase, *printed = NULL;

		key_unset(t, &v);
		phrase = t->parse(g->key, g->text, &here, &v);
		is(phrase, NULL, file_text("%s: '%s' is taken", t->name, g->text));
		if (!phrase)
			printed = t->print(g->key, &v);
		is(printed, g->printed ? g->printed : g->text, "  and prints");
		key_unset(t, &v);
		if (!printed || t->parse(g->key, printed, &here, &v))
			printed = "(is not taken again)";
		is(t->print(g->key, &v), printed, "  and is taken again as printed");
	}
}

static void refusing(void)
{
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		const struct bad *b = &bad[i];
		union {
			char bytes[64];
			void *align;
		} v = {{0}};

		key_unset(b->key->type, &v);
		is(b->key->type->parse(b->key, b->text, &here, &v), b->phrase,
		   file_text("%s: '%s' is refused", b->key->type->name, b->text));
	}
}

static void nameless(void)
{
	const struct origin none = {"f", 1, "/", NULL};
	char *text = NULL;

	is(type_hostname.parse(&hostname, "%n", &none, &text), "%n: the container has no name here",
	   "%n without a name is refused");
	is(type_path.parse(&path, "a", &none, &text), NULL, "a path relative to / is taken");
	is(text, "/a", "with one slash");
	ok(type_nsspec.parse(&nsspec, "container:../x", &none, &(struct nsspec){0}) != NULL,
	   "a container of another name than a name is refused");
}

/* Every row of every table: unset prints nothing, the defaults are valid and print to themselves. */
static void tables(void)
{
	for (size_t a = 0; applet_list[a]; a++)
		for (const struct group *g = applet_list[a]->groups; g->keys; g++)
			for (const struct key *k = g->keys; !key_last(k); k++) {
				void *v = k->type ? file_alloc(k->type->size) : NULL;
				const char *section = group_section(g, k),
					   *help = key_text(k, KEY_HELP);
				const char *name = file_text("%s: %s.%s", applet_list[a]->name,
							     section ? section : "argv", k->name);

				ok(*help && help[strlen(help) - 1] != '.',
				   "%s has help without a full stop", name);
				if (!v || k->flags & KEY_ORDERED)
					continue;
				key_unset(k->type, v);
				is(k->type->print(k, v), NULL,
				   file_text("%s: unset prints nothing", name));
			}
}

int main(void)
{
	taking();
	refusing();
	nameless();
	tables();
	return tap_end();
}
