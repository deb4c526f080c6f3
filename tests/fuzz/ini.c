/*
 * ini.c - a configuration file: read, checked against every table, printed, and printed again.
 */
#include "applet.h"
#include "fuzz.h"

static char *print_of(const char *text, size_t len, bool again)
{
	struct ini ini = {.file = (char *)"f", .stem = (char *)"web"};
	const char *phrase = inifile_parse(&ini, "f", "/etc/x", text, len);

	/* quoting may make a line longer than a file's may be */
	fuzz_must(!again || !phrase || strstr(phrase, "longer than"), "print cannot be read");
	if (phrase)
		msg_die("%s", phrase);
	applet_check_file(&ini);
	return applet_effective(&ini, NULL);
}

static void died_again(const char *text, int status, void *arg)
{
	(void)status, (void)arg;
	(void)fprintf(stderr, "%s\n", text);
	if (strstr(text, "longer than"))
		longjmp(fuzz_jump, 1);
	fuzz_must(false, "print is refused");
}

static void run(char *text, size_t len)
{
	char *once = print_of(text, len, false);
	char *twice;

	msg_on_die(died_again, NULL, 1);
	twice = print_of(once, strlen(once), true);
	if (strcmp(once, twice) != 0)
		(void)fprintf(stderr, "--- once\n%s--- twice\n%s", once, twice);
	fuzz_must(!strcmp(once, twice), "print of print is another");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return fuzz_run(run, data, size);
}
