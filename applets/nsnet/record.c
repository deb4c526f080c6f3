/*
 * record.c - net.links in the state directory: what was made outside, for down and gc.
 *
 * Lines `KIND NAME`: veth (dies with its namespace), kept (a veth into a namespace that outlives the
 * container), inner (a link in such a one: `NSID:NAME`), phys (a device that was moved), bridge.  Each is written before the thing is made; the mark on the thing itself tells
 * whether it came to be ours.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"

enum { RECORD_LIMIT = 65536 };
static const char file[] = "net.links";

bool record_there(int dir)
{
	struct stat st;

	return !fstatat(dir, file, &st, AT_SYMLINK_NOFOLLOW) || errno != ENOENT;
}

bool record_held(const struct net *net)
{
	return !faccessat(net->dir, START_HOLD, F_OK, 0);
}

bool record_hold(struct net *net)
{
	return !net->id || !file_replace(net->dir, START_HOLD, "", 0600) ||
	       nsnet_fail_file(net, START_HOLD);
}

/* Of earlier runs and of this one, a line that both have once: it must not grow with every run. */
static char *whole(const struct net *net)
{
	char *text = file_dup(net->earlier ? net->earlier : "");
	size_t n;

	for (const char *p = net->record; *p; p += n) {
		n = strcspn(p, "\n");
		n += p[n] == '\n';
		if (!strstr(text, file_text("%.*s", (int)n, p)))
			text = file_text("%s%.*s", text, (int)n, p);
	}
	return text;
}

static bool save(struct net *net)
{
	char *text;

	if (!net->id)
		return true;
	text = whole(net);
	if (file_replace(net->dir, file, text, 0600))
		return nsnet_fail_file(net, file);
	free(text);
	return true;
}

bool record_has(const struct net *net, const char *kind, const char *name)
{
	char *line = file_text("%s %s\n", kind, name);
	bool has = strstr(net->record, line) !=
		   NULL; /* a name has no newline, a kind is no end of one */

	free(line);
	return has;
}

bool record_any(const struct net *net, const char *kind)
{
	char *begin = file_text("%s ", kind), *inside = file_text("\n%s ", kind);
	bool any = !strncmp(net->record, begin, strlen(begin)) || strstr(net->record, inside);

	free(begin);
	free(inside);
	return any;
}

bool record_add(struct net *net, const char *kind, const char *name)
{
	size_t len;

	if (record_has(net, kind, name))
		return true;
	/* what is there from before: of an interface that was added to a running container */
	if (net->id && !net->earlier) {
		net->earlier = file_slurp(net->dir, file, RECORD_LIMIT, &len);
		if (!net->earlier && errno != ENOENT)
			return nsnet_fail_file(net, file);
		if (!net->earlier)
			net->earlier = file_dup("");
	}
	net->record = file_text("%s%s %s\n", net->record, kind, name);
	return save(net);
}

bool record_load(struct net *net)
{
	size_t len;
	char *text = file_slurp(net->dir, file, RECORD_LIMIT, &len);

	/* what cannot be read is not nothing: undo would forget what it has not undone */
	if (!text && errno != ENOENT)
		return nsnet_fail_file(net, file);
	if (text)
		net->record = text;
	return true;
}

bool record_each(struct net *net, const char *kind, bool (*each)(struct net *, const char *name))
{
	char *text = file_dup(net->record);
	size_t n = strlen(kind);
	bool good = true;

	while (*text) {
		char *line = text, *end = text + strlen(text) - 1;

		*end = '\0'; /* the newline, or the last byte of a line that was cut: then a name unknown */
		for (char *p = text; p < end; p++)
			if (*p == '\n')
				line = p + 1;
		if (!strncmp(line, kind, n) && line[n] == ' ')
			good &= each(net, line + n + 1);
		*line = '\0';
	}
	free(text);
	return good;
}

void record_settle(struct net *net, const char *before)
{
	if (*net->record)
		net->earlier = whole(net);
	net->record = before;
}

bool record_forget(struct net *net)
{
	if (!net->id || !*net->record) /* what earlier runs have written stays */
		return true;
	if (net->earlier && *net->earlier) {
		net->record = "";
		return save(net);
	}
	if (unlinkat(net->dir, file, 0) && errno != ENOENT)
		return nsnet_fail_file(net, file);
	return true;
}
