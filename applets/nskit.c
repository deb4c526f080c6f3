/*
 * nskit.c - the multiplexer: one binary, many names.
 *
 * The name it was called by (argv[0] without its directory) chooses the applet; any other name is
 * nskit itself, whose first word is an applet or one of its own commands.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "applets.h"
#include "file.h"
#include "image.h"
#include "msg.h"
#include "self.h"
#include "nskit/nskit.h"

#define ROW(name) &name##_applet,
const struct applet *const applet_list[] = {APPLETS(ROW) NULL};

static int list(char **argv)
{
	(void)argv;
	for (size_t i = 0; applet_list[i]; i++)
		puts(applet_list[i]->name);
	return 0;
}

static int list_full(char **argv)
{
	(void)argv;
	for (size_t i = 0; applet_list[i]; i++)
		printf("%-10s %s\n", applet_list[i]->name, applet_list[i]->summary);
	return 0;
}

static int version(char **argv)
{
	(void)argv;
	puts("nskit " NSK_VERSION);
	return 0;
}

static int build_info(char **argv)
{
	(void)argv;
	printf("version = %s\nsysconfdir = %s\nlibexecdir = %s\n", NSK_VERSION, NSK_SYSCONFDIR,
	       NSK_LIBEXECDIR);
#ifdef __clang__
	printf("compiler = clang %s\n", __clang_version__);
#else
	printf("compiler = gcc %s\n", __VERSION__);
#endif
	puts("libraries = musl (MIT), libcap-ng (LGPL-2.1-or-later), inih (BSD-3-Clause)");
	return 0;
}

/* Links for every applet in DIR, hard ones or symbolic (-s); a name that is there already stays an error. */
static int install(char **argv)
{
	bool symbolic = argv[1] && !strcmp(argv[1], "-s");
	const char *dir = argv[1 + symbolic];
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (!dir || argv[2 + symbolic])
		msg_usage("--install: [-s] DIR is wanted");
	if (n < 0)
		msg_die_errno("/proc/self/exe");
	self[n] = '\0';
	for (size_t i = 0; applet_list[i]; i++) {
		char *path = file_text("%s/%s", dir, applet_list[i]->name);

		if (symbolic ? symlink(self, path) : link(self, path))
			msg_die_errno("%s", path);
	}
	return 0;
}

static int help(char **argv);

static const struct command {
	const char *name, *synopsis, *summary;
	int (*main)(char **argv);
} commands[] = {
	{"conf", "get|check|print|explain|keys ...", "read a configuration; the table of keys",
	 conf_main},
	{"state", "list|show|wait|gc|kill ...", "the records of containers", state_main},
	{"--list", "", "the applets, one a line", list},
	{"--list-full", "", "the applets and what each does", list_full},
	{"--install", "[-s] DIR", "link every applet into DIR (-s: symbolic links)", install},
	{"--version", "", "the version", version},
	{"--build-info", "", "version, paths, compiler, libraries", build_info},
	{"--help", "", "this text", help},
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static int help(char **argv)
{
	(void)argv;
	puts("Usage: nskit COMMAND [ARG]...\n"
	     "Starts Linux containers from small composable steps.\n\nApplets (also as names of links "
	     "to this program; APPLET --help tells more):");
	list_full(NULL);
	puts("\nCommands:");
	for (size_t i = 0; i < COMMANDS; i++) {
		printf("%s %s\n        %s\n", commands[i].name, commands[i].synopsis,
		       commands[i].summary);
	}
	return 0;
}

static int run_applet(const struct applet *a, char **argv)
{
	struct call call;

	msg_name(a->name);
	if (a->argv)
		argv = a->argv(argv);
	if (a->sealed)
		self_seal(argv);
	applet_prepare(&call, a, argv, NULL);
	return applet_run(&call, NULL);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int nskit(char **argv)
{
	struct nearest near = {0};
	const struct applet *a;

	if (!argv[0] || !argv[1]) {
		help(NULL);
		return EXIT_FAILED;
	}
	argv++;
	a = applet_find(argv[0], NULL);
	if (a)
		return run_applet(a, argv);
	near.word = strcmp(argv[0], "-h") ? argv[0] : "--help";
	for (size_t i = 0; i < COMMANDS; i++) {
		if (!strcmp(near.word, commands[i].name))
			return commands[i].main(argv);
		key_nearest(&near, commands[i].name);
	}
	for (size_t i = 0; applet_list[i]; i++)
		key_nearest(&near, applet_list[i]->name);
	if (near.best)
		msg_usage("unknown command '%s'; the nearest is %s", argv[0], near.best);
	msg_usage("unknown command '%s'", argv[0]);
}

/* Fuzzers and unit tests link the tables and bring a main of their own. */
#ifndef NSKIT_NO_MAIN
int main(int argc, char **argv)
{
	const struct applet *a = argc ? applet_find(base_name(argv[0]), NULL) : NULL;
	int status;

	image_protect();
	status = a ? run_applet(a, argv) : nskit(argv);
	file_flush_stdout();
	return status;
}
#else
int nskit_main(char **argv);
int nskit_main(char **argv)
{
	const struct applet *a = applet_find(base_name(argv[0]), NULL);

	return a ? run_applet(a, argv) : nskit(argv);
}
#endif
