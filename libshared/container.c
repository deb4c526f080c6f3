#include "container.h"

#include <string.h>

#include "file.h"
#include "state.h"
#include "sys.h"

static const char *parse_name(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	const char *phrase = NULL;
	char *name = key_expand(text, o, &phrase);

	(void)k;
	if (name)
		phrase = state_bad_name(name);
	if (!phrase)
		*(char **)out = name;
	return phrase;
}

static char *print_name(const struct key *k, const void *v)
{
	const char *name = *(char *const *)v;

	(void)k;
	return name ? file_dup(name) : NULL;
}

static const struct type type_name = {.name = "NAME",
				      .size = sizeof(char *),
				      .parse = parse_name,
				      .print = print_name};

/* "null" or "file:PATH", PATH being a path of the host like any other. */
static const char *parse_output(const struct key *k, const char *text, const struct origin *o,
				void *out)
{
	static const char file[] = "file:";
	const char *phrase;
	char **output = out;

	if (!strcmp(text, "null")) {
		*output = file_dup(text);
		return NULL;
	}
	if (strncmp(text, file, sizeof file - 1) != 0)
		return key_phrase("'%s' is neither null nor file:PATH", text);
	phrase = type_path.parse(k, text + sizeof file - 1, o, output);
	if (!phrase)
		*output = file_text("%s%s", file, *output);
	return phrase;
}

static char *print_output(const struct key *k, const void *v)
{
	const char *output = *(char *const *)v;

	if (!output || !strcmp(output, "null"))
		return print_name(k, v);
	output += strlen("file:");
	return file_text("file:%s", type_path.print(k, &output));
}

static const struct type type_output = {.name = "null|file:PATH",
					.size = sizeof(char *),
					.parse = parse_output,
					.print = print_output};

#define C(member, kind) KEY_FIELD(struct container_conf, member, kind)
#define N(member, kind) KEY_FIELD(struct namespaces_conf, member, kind)

const struct key container_keys[] = {
	{"name" DEFAULT("%n") HELP("the container's name; default: the file's name without .ini"),
	 C(name, name)},
	{"description" OPTION("") HELP("a line for people"), C(description, string)},
	{"include" OPTION("") ARG("FILE") HELP("read this file first; this one overrides it"),
	 C(include, string), .flags = KEY_LIST},
	{"state-dir" ARG("DIR") HELP(
		 "where records are kept: /run/nskit, or $XDG_RUNTIME_DIR/nskit for an ordinary user"),
	 C(state_dir, path)},
	{"pid-file" ARG("FILE") HELP("the pid of the container's init, as long as it runs"),
	 C(pid_file, path)},
	{"detach" BARE("yes") DEFAULT("no") HELP("return as soon as COMMAND runs"), .letter = 'd',
	 C(detach, boolean)},
	{"output" DEFAULT("null") HELP("where COMMAND's output goes when detached"),
	 C(output, output)},
	{0},
};

/* As a key with a bare value, each is an option like unshare(1)'s: --net is private, --net=FILE joins. */
#define NAMESPACE(word, l, member, standard, what)                                              \
	{                                                                                       \
		word BARE("private") DEFAULT(standard)                                          \
			HELP("the " what                                                        \
			     " namespace: private, host, auto, container:NAME, /path or fd:N"), \
			.letter = l, N(member, nsspec)                                          \
	}

const struct key namespaces_keys[] = {
	NAMESPACE("mount", 'm', mount, "private", "mount"),
	NAMESPACE("pid", 'p', pid, "private", "pid"),
	NAMESPACE("ipc", 'i', ipc, "private", "ipc"),
	NAMESPACE("uts", 'u', uts, "private", "uts"),
	NAMESPACE("net", 'n', net, "private", "network"),
	NAMESPACE("cgroup", 'C', cgroup, "private", "cgroup"),
	NAMESPACE("user", 'U', user, "auto", "user"),
	NAMESPACE("time", 'T', time, "host", "time"),
	{"setgroups" DEFAULT("auto") WORDS("allow|deny|auto") HELP(
		 "setgroups in a user namespace; auto: denied only where the kernel demands it"),
	 N(setgroups, enum)},
	{"monotonic" ARG("SECONDS")
		 HELP("offset of the monotonic clock in a private time namespace"),
	 N(monotonic, int)},
	{"boottime" ARG("SECONDS")
		 HELP("offset of the boot time clock in a private time namespace"),
	 N(boottime, int)},
	{0},
};

/* user first: what it gives is needed for the rest; mount last: paths of /proc go with it */
const struct namespace namespace_table[] = {
	{"user", "user", CLONE_NEWUSER, offsetof(struct namespaces_conf, user)},
	{"cgroup", "cgroup", CLONE_NEWCGROUP, offsetof(struct namespaces_conf, cgroup)},
	{"ipc", "ipc", CLONE_NEWIPC, offsetof(struct namespaces_conf, ipc)},
	{"uts", "uts", CLONE_NEWUTS, offsetof(struct namespaces_conf, uts)},
	{"net", "net", CLONE_NEWNET, offsetof(struct namespaces_conf, net)},
	{"pid", "pid_for_children", CLONE_NEWPID, offsetof(struct namespaces_conf, pid)},
	{"time", "time_for_children", CLONE_NEWTIME, offsetof(struct namespaces_conf, time)},
	{"mount", "mnt", CLONE_NEWNS, offsetof(struct namespaces_conf, mount)},
	{0},
};
