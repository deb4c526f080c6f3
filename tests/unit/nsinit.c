/*
 * nsinit.c - types and look-ups of the inside: passwd and group, capabilities, limits, mount lines, device
 * nodes, environment.  Prints TAP.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "caps.h"
#include "environ.h"
#include "file.h"
#include "identity.h"
#include "nsinit/nsinit.h"
#include "rlimit.h"
#include "tap.h"

static const struct origin origin = {.file = "argv", .dir = "/d", .name = "web"};

/* print(parse(text)), "error: ..." when it is none; parse of that must give the same again */
static const char *round_trip(const struct type *t, const char *key_name, const char *text)
{
	const struct key key = {.name = key_name};
	_Alignas(16) char value[256], again[256];
	const char *phrase, *first, *second;

	key_unset(t, value);
	phrase = t->parse(&key, text, &origin, value);
	if (phrase)
		return file_text("error: %s", phrase);
	first = t->print(&key, value);
	key_unset(t, again);
	phrase = t->parse(&key, first, &origin, again);
	if (phrase)
		return file_text("again: %s", phrase);
	second = t->print(&key, again);
	return strcmp(first, second) ? file_text("unstable: %s, %s", first, second) : first;
}

/* Identity */

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "# comment\n"
			     "\n"
			     "bob:x:1000:1001:Bob:/home/bob:/bin/sh\n"
			     "bob:x:5:5:second:/:/bin/sh\n"
			     "relative:x:7:7::home:/bin/sh\n"
			     "empty:x::7::/:/bin/sh\n"
			     "minus:x:-1:7::/:/bin/sh\n"
			     "big:x:4294967296:7::/:/bin/sh\n"
			     "nogid:x:9::n:/:/bin/sh\n"
			     "short:x:8\n"
			     "44:x:45:45::/:/bin/sh\n"
			     "last:x:70000:70000::/last";
static const char group[] = "root:x:0:\n"
			    "audio:x:29:alice,bob\n"
			    "bobby:x:31:bobby,xbob,bobx,\n"
			    "video:x:44:bob,bob\n"
			    "dup:x:44:bob\n"
			    "bad:x:4x:carol\n"
			    "77:x:78:\n"
			    "noend:x:90:bob";

static const char *identity(const char *user, const char *gid, const char *extra)
{
	char *list[2] = {(char *)(uintptr_t)extra, NULL};
	const struct identity_conf conf = {(char *)(uintptr_t)user,
					   (char *)(uintptr_t)gid,
					   {list, extra ? 1 : 0}};
	struct identity id;
	const char *phrase = identity_lookup(&conf, passwd, group, &id);
	char *text;

	if (phrase)
		return "refused";
	text = file_text("%s%u %s%u %s", id.set_uid ? "" : "=", id.set_uid ? id.uid : 0,
			 id.set_gid ? "" : "=", id.set_gid ? id.gid : 0, id.home);
	for (size_t i = 0; i < id.ngroups; i++)
		text = file_text("%s %u", text, id.groups[i]);
	return text;
}

static void test_identity(void)
{
	is(identity(NULL, NULL, NULL), "=0 =0 /", "no user: ids stay");
	is(identity("root", NULL, NULL), "0 0 /root", "root");
	is(identity("0", NULL, NULL), "0 0 /root", "0");
	is(identity("bob", NULL, NULL), "1000 1001 /home/bob 29 44 90",
	   "a user, the first line of the name, memberships by whole names, each once");
	is(identity("1000", NULL, NULL), "1000 1001 /home/bob 29 44 90", "the same by its number");
	is(identity("bob:audio", NULL, NULL), "1000 29 /home/bob", "a group ends the memberships");
	is(identity("bob", "44", NULL), "1000 44 /home/bob", "a group's number as a key");
	is(identity("bob", NULL, "audio"), "1000 1001 /home/bob 29 44 90",
	   "an extra group that is there");
	is(identity("bob", NULL, "5"), "1000 1001 /home/bob 29 44 90 5", "an extra group");
	is(identity("5", NULL, NULL), "5 5 / 29 44 90",
	   "a number finds the line of that uid, and its name's groups");
	is(identity("123:456", NULL, NULL), "123 456 /", "numbers that no file knows");
	is(identity("123", NULL, NULL), "refused", "an unknown number without a group");
	is(identity("relative", NULL, NULL), "7 7 /", "a home that is not absolute");
	is(identity("last", NULL, NULL), "70000 70000 /last",
	   "a last line without a newline or a shell");
	is(identity("4294967294:4294967294", NULL, NULL), "4294967294 4294967294 /", "the last id");

	for (const char *const *w = (const char *const[]){"",
							  ":",
							  "bob:",
							  ":5",
							  "a:b:c",
							  "none",
							  "4294967295",
							  "4294967296",
							  "18446744073709551616",
							  "99999999999999999999",
							  "-1",
							  "+1",
							  " 1",
							  "1 ",
							  "1x",
							  "0x10",
							  "bob\n",
							  "bob,root",
							  "empty",
							  "minus",
							  "big",
							  "nogid",
							  "short",
							  "44",
							  "bob:none",
							  "bob:4294967295",
							  "bob:77",
							  "bob:bad",
							  NULL};
	     *w; w++)
		is(identity(*w, NULL, NULL), "refused", file_text("refuses '%s'", *w));
	is(identity("bob:5", "6", NULL), "refused", "refuses two groups");
	is(identity("bob", NULL, "nope"), "refused", "refuses an unknown extra group");
}

/* Capabilities */

static void test_caps(void)
{
	const struct caps all = {.bounding = 0x1ff, .permitted = 0x1ff, .effective = 0x1ff};
	uint64_t masks[2] = {0x3, 0x10};
	struct caps want;

	is(round_trip(&type_caps, "keep", "CHOWN CAP_KILL,NET_RAW"), "CHOWN KILL NET_RAW", "names");
	is(round_trip(&type_caps, "keep", "all"), "all", "all");
	is(round_trip(&type_caps, "keep", "none"), "none", "none");
	is(round_trip(&type_caps, "keep", "0 5"), "CHOWN KILL", "numbers");
	is(round_trip(&type_caps, "keep", "CHECKPOINT_RESTORE 41"), "CHECKPOINT_RESTORE 41",
	   "beyond the names");
	for (const char *const *w = (const char *const[]){"chown", "CAP_", "CHOWN;KILL", "63", "64",
							  "-1", "1x", NULL};
	     *w; w++)
		ok(!strncmp(round_trip(&type_caps, "keep", *w), "error: unknown capability", 25),
		   "refuses '%s'", *w);
	ok(caps_number("CHOWN") == 0 && caps_number("CAP_CHECKPOINT_RESTORE") == 40,
	   "numbers of names");

	ok(!caps_resolve(&(struct caps_conf){0}, &all, 0, &want), "nothing asked");
	ok(caps_resolve(&(struct caps_conf){.keep = {masks, 1}}, &all, 0, &want) &&
		   want.bounding == 3 && want.permitted == 3 && want.effective == 3 &&
		   !want.inheritable && !want.ambient,
	   "keep bounds all sets of root");
	ok(caps_resolve(&(struct caps_conf){.keep = {masks, 2}}, &all, 5, &want) &&
		   want.bounding == 0x13 && !want.permitted && !want.effective,
	   "another user has a bounding set alone; lines add");
	ok(caps_resolve(&(struct caps_conf){.keep = {masks, 0}}, &all, 0, &want) &&
		   !want.bounding && !want.permitted,
	   "an emptied list keeps nothing");
	ok(caps_resolve(&(struct caps_conf){.drop = {masks, 1}}, &all, 0, &want) &&
		   want.bounding == 0x1fc,
	   "drop alone takes from what is there");
	ok(caps_resolve(&(struct caps_conf){.ambient = {masks, 1}}, &all, 5, &want) &&
		   want.permitted == 3 && want.inheritable == 3 && want.ambient == 3 &&
		   want.bounding == 0x1ff,
	   "ambient brings what it needs");
	ok(!caps_differ(&all, &all), "the same sets do not differ");
	want = all;
	want.effective = 1;
	is(caps_differ(&(struct caps){.bounding = 0x1ff, .permitted = 0x1ff, .effective = 3},
		       &want),
	   "the effective set is not what was asked: more: ; missing: DAC_OVERRIDE",
	   "a difference is named");
}

/* Limits */

static void test_rlimit(void)
{
	is(round_trip(&type_rlimit, "nofile", "10"), "10", "one limit");
	is(round_trip(&type_rlimit, "nofile", "10:20"), "10:20", "two limits");
	is(round_trip(&type_rlimit, "nofile", "unlimited"), "unlimited", "unlimited");
	is(round_trip(&type_rlimit, "nofile", "5:unlimited"), "5:unlimited", "one unlimited");
	for (const char *const *w =
		     (const char *const[]){"", ":", "5:", ":5", "20:10", "unlimited:5", "-1", "1k",
					   "18446744073709551615", "1:2:3", " 1", NULL};
	     *w; w++)
		ok(!strncmp(round_trip(&type_rlimit, "nofile", *w), "error: ", 7), "refuses '%s'",
		   *w);
	for (const struct key *k = rlimit_keys; k->name; k++)
		ok(k->offset < sizeof(struct rlimit_conf), "%s has its place", k->name);
}

/* Mount lines */

static void test_item(void)
{
	const struct key key = {.name = "bind-ro" HELP("")};
	struct item i;

	is(round_trip(&type_item, "bind", "/a /b"), "/a /b", "a bind");
	is(round_trip(&type_item, "bind", "a /b ro,nosuid"), "/d/a /b ro,nosuid",
	   "a relative source");
	is(round_trip(&type_item, "bind", "/%n/x /%n/y"), "/web/x /web/y", "specifiers");
	is(round_trip(&type_item, "bind", "/100%% /b"), "/100%% /b", "a per cent sign");
	is(round_trip(&type_item, "bind", "'/a b' \"/c'd\""), "'/a b' '/c'\\''d'", "quotes");
	is(round_trip(&type_item, "bind", "/a /b rec,shared"), "/a /b rec,shared", "propagation");
	is(round_trip(&type_item, "bind-try", "/a /b norec,dev,suid"), "/a /b norec,dev,suid",
	   "a try");
	is(round_trip(&type_item, "tmpfs", "/t"), "/t", "a tmpfs");
	is(round_trip(&type_item, "tmpfs", "/t size=64M,mode=0755,uid=5,gid=6,nr_inodes=10,ro"),
	   "/t size=64M,mode=0755,uid=5,gid=6,nr_inodes=10,ro", "a tmpfs's options");
	is(round_trip(&type_item, "tmpfs", "/t size=50%"), "/t size=50%", "a share of the memory");
	for (const char *const *w =
		     (const char *const[]){"", "/a", "/a b", "/a /", "/a //", "/a /b /c /d",
					   "/a /b x", "/a /b ro,,rw", "/a /b size=1M",
					   "/a /b =", "'/a /b", "/%q /b", "/a /b ", NULL};
	     *w; w++)
		if (strcmp(*w, "/a /b "))
			ok(!strncmp(round_trip(&type_item, "bind", *w), "error: ", 7),
			   "refuses the bind '%s'", *w);
	for (const char *const *w = (const char *const[]){"", "t", "/", "/t size=", "/t size=1T",
							  "/t size=x", "/t size=%", "/t mode=8",
							  "/t uid=-1", "/t uid=4294967295",
							  "/t rec", "/t private", "/t x=1", NULL};
	     *w; w++)
		ok(!strncmp(round_trip(&type_item, "tmpfs", *w), "error: ", 7),
		   "refuses the tmpfs '%s'", *w);

	ok(!type_item.parse(&key, "/a /b", &origin, &i) && i.set & 1 && i.set & 2 && i.set & 4 &&
		   i.propagation == MS_PRIVATE && !i.single && !i.try && i.key == &key,
	   "bind-ro is ro, nosuid, nodev, private and recursive");
	ok(type_item.parse(&key, "/a /b rw", &origin, &i) != NULL, "bind-ro cannot be rw");
}

/* Device nodes */

static void test_node(void)
{
	is(round_trip(&type_node, "node", "/dev/fuse"), "/dev/fuse", "a host's node");
	is(round_trip(&type_node, "node", "/dev/net/tun c 10 200"), "/dev/net/tun c 10 200",
	   "numbers");
	is(round_trip(&type_node, "node", "/dev/x b 8 0 0660"), "/dev/x b 8 0 0660 0:0", "a mode");
	is(round_trip(&type_node, "node", "/dev/x c 4095 1048575 0 4294967294:1"),
	   "/dev/x c 4095 1048575 0000 4294967294:1", "the last numbers");
	is(round_trip(&type_node, "node", "'/dev/a b' c 1 3"), "'/dev/a b' c 1 3", "a blank");
	for (const char *const *w = (const char *const[]){"",
							  "/dev",
							  "/dev/",
							  "/devx",
							  "/dev/a/",
							  "/dev/./a",
							  "/dev/a/../b",
							  "/dev/../etc",
							  "x",
							  "/dev/x c",
							  "/dev/x c 1",
							  "/dev/x d 1 3",
							  "/dev/x cc 1 3",
							  "/dev/x c 4096 0",
							  "/dev/x c 0 1048576",
							  "/dev/x c 1 3 888",
							  "/dev/x c 1 3 0666 0",
							  "/dev/x c 1 3 0666 0:",
							  "/dev/x c 1 3 0666 0:0 more",
							  "/dev/pts",
							  "/dev/pts/1",
							  "/dev/shm",
							  "/dev/mqueue/x",
							  "/dev/console",
							  "/dev/fd",
							  "/dev/ptmx",
							  NULL};
	     *w; w++)
		ok(!strncmp(round_trip(&type_node, "node", *w), "error: ", 7), "refuses '%s'", *w);
}

/* Environment */

static const char *joined(const struct environ_conf *c, char *const caller[], bool term)
{
	char *text = file_dup("");

	for (char **e = environ_build(c, caller, "/h", term); *e; e++)
		text = file_text("%s%s;", text, *e);
	return text;
}

static void test_environ(void)
{
	static char a[] = "A=1", path[] = "PATH=/x", tty[] = "TERM=vt", a2[] = "A=2",
		    b[] = "B=", name[] = "A", absent[] = "AA";
	char *const caller[] = {a, path, tty, NULL};
	char *env[] = {b, a2}, *pass[] = {name, absent};

	is(joined(&(struct environ_conf){.clear_env = -1}, caller, true), "A=1;PATH=/x;TERM=vt;",
	   "untouched");
	is(joined(&(struct environ_conf){.clear_env = 1}, caller, false),
	   "PATH=" ENVIRON_PATH ";HOME=/h;", "cleared");
	is(joined(&(struct environ_conf){.clear_env = 1}, caller, true),
	   "PATH=" ENVIRON_PATH ";HOME=/h;TERM=vt;", "cleared, with a terminal");
	is(joined(&(struct environ_conf){.clear_env = 0, .env = {env, 2}}, caller, false),
	   "A=2;PATH=/x;TERM=vt;B=;", "replaced and added");
	is(joined(&(struct environ_conf){.clear_env = 1, .pass_env = {pass, 2}}, caller, false),
	   "PATH=" ENVIRON_PATH ";HOME=/h;A=1;", "passed by whole names");
}

int main(void)
{
	test_identity();
	test_caps();
	test_rlimit();
	test_item();
	test_node();
	test_environ();
	return tap_end();
}
