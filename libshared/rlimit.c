#include "rlimit.h"

#include <string.h>
#include <sys/resource.h>

#include "file.h"
#include "msg.h"

static const char *parse_one(const char *text, uint64_t *out)
{
	if (!strcmp(text, "unlimited")) {
		*out = RLIM_INFINITY;
		return NULL;
	}
	if (!key_number(text, RLIM_INFINITY - 1, out))
		return key_phrase("'%s' is neither a number nor unlimited", text);
	return NULL;
}

static const char *parse_rlimit(const struct key *k, const char *text, const struct origin *o,
				void *out)
{
	struct rlimit_value *v = out;
	char *soft = file_dup(text), *hard = strchr(soft, ':');
	const char *phrase;

	(void)k, (void)o; /* any key, from anywhere */
	if (hard)
		*hard++ = '\0';
	phrase = parse_one(soft, &v->soft);
	if (!phrase)
		phrase = parse_one(hard ? hard : soft, &v->hard);
	if (!phrase && v->soft > v->hard)
		phrase = key_phrase("%s: the soft limit is above the hard one", text);
	v->set = !phrase;
	return phrase;
}

static char *text_one(uint64_t n)
{
	return n == RLIM_INFINITY ? file_dup("unlimited")
				  : file_text("%llu", (unsigned long long)n);
}

static char *print_rlimit(const struct key *k, const void *value)
{
	const struct rlimit_value *v = value;

	(void)k;
	if (!v->set)
		return NULL;
	return v->soft == v->hard ? text_one(v->soft)
				  : file_text("%s:%s", text_one(v->soft), text_one(v->hard));
}

const struct type type_rlimit = {.name = "SOFT[:HARD]",
				 .size = sizeof(struct rlimit_value),
				 .parse = parse_rlimit,
				 .print = print_rlimit};

#define ROW(word, number, text)                                                   \
	{                                                                         \
		word HELP(text), .type = &type_rlimit,                            \
				 .offset = offsetof(struct rlimit_conf, limit) +  \
					   (number) * sizeof(struct rlimit_value) \
	}

const struct key rlimit_keys[] = {
	ROW("as", RLIMIT_AS, "address space, bytes"),
	ROW("core", RLIMIT_CORE, "core file, bytes"),
	ROW("cpu", RLIMIT_CPU, "processor time, seconds"),
	ROW("data", RLIMIT_DATA, "data segment, bytes"),
	ROW("fsize", RLIMIT_FSIZE, "size of a written file, bytes"),
	ROW("locks", RLIMIT_LOCKS, "file locks"),
	ROW("memlock", RLIMIT_MEMLOCK, "locked memory, bytes"),
	ROW("msgqueue", RLIMIT_MSGQUEUE, "POSIX message queues, bytes"),
	ROW("nice", RLIMIT_NICE, "highest niceness, 20 - nice"),
	ROW("nofile", RLIMIT_NOFILE, "open files"),
	ROW("nproc", RLIMIT_NPROC, "processes of the user"),
	ROW("rss", RLIMIT_RSS, "resident set, bytes"),
	ROW("rtprio", RLIMIT_RTPRIO, "real-time priority"),
	ROW("rttime", RLIMIT_RTTIME, "real-time processor time without a wait, microseconds"),
	ROW("sigpending", RLIMIT_SIGPENDING, "queued signals"),
	ROW("stack", RLIMIT_STACK, "main stack, bytes"),
	{0},
};

_Static_assert((int)RLIMIT_RTTIME < (int)RLIMIT_COUNT, "the table has room for every RLIMIT_*");

static void apply(const struct key *k, const struct rlimit_value *v, int number)
{
	const struct rlimit want = {v->soft, v->hard};
	struct rlimit have;

	if (prlimit(0, number, &want, NULL)) { /* musl's setrlimit would signal every thread */
		msg_hint(
			"raising a hard limit needs CAP_SYS_RESOURCE in the initial user namespace");
		msg_die_errno("[rlimit] %s", k->name);
	}
	if (prlimit(0, number, NULL, &have) || have.rlim_cur != want.rlim_cur ||
	    have.rlim_max != want.rlim_max)
		msg_die("[rlimit] %s: the kernel kept another limit", k->name);
}

void rlimit_apply(const struct rlimit_conf *c)
{
	for (const struct key *k = rlimit_keys; k->name; k++) {
		size_t number = (k->offset - offsetof(struct rlimit_conf, limit)) /
				sizeof(struct rlimit_value);

		if (c->limit[number].set)
			apply(k, &c->limit[number], (int)number);
	}
}
