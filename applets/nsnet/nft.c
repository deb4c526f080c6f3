/*
 * nft.c - the one table of NAT and egress rules, `inet nskit`, and for bridges `bridge nskit`.
 *
 * What is static stands below and is loaded by the first container that needs it; a container adds
 * elements, and a chain of its own by its id.  Nothing here takes a lock, the kernel's transactions do:
 *  - `create element` fails where one overlaps another: a port has one owner.
 *  - All of a start is one transaction, its chain with it.  So where the chain is, all of it is there
 *    and ours, and its removal begins with what fails without the chain.
 *  - Every chain of a start refers to in_use, and a chain that is referred to cannot be deleted: the
 *    transaction that removes the table fails while anybody uses it.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/capability.h>

#include "caps.h"
#include "file.h"
#include "msg.h"
#include "proc.h"
#include "sys.h"

enum { OUTPUT_LIMIT = 8 << 20, TRIES = 50 };
static const char file[] = "net.nft";

/*
 * The mark, "nsk!": what a container with egress = deny sends and allow does not name.  It goes on only as
 * an answer to what others began; connection tracking knows that in the host's own hooks, not in a
 * bridge's, so between two ports of a bridge it does not go on at all.
 */
static const char inet_table[] =
	"create table inet nskit\n"
	"table inet nskit {\n"
	/* a line with * stands for two: # is 4 and 6, ip% is ip and ip6 */
	"*map publish# { type ipv#_addr . inet_proto . inet_service : ipv#_addr . inet_service; flags interval; }\n"
	"*set subnet# { type ipv#_addr . ipv#_addr; flags interval; }\n"
	"*set masquerade# { type ipv#_addr; }\n"
	"set loopback { type ifname; }\n"
	"map egress { type ifname : verdict; }\n"
	"chain in_use { }\n"
	/* before NAT nobody from there may speak of 127.0.0.1: veths with route_localnet */
	"chain guard { type filter hook prerouting priority -300; iifname @loopback ip daddr 127.0.0.0/8 drop; }\n"
	"chain leave { type filter hook prerouting priority -150; iifname vmap @egress; }\n"
	"chain answer {\n"
	" ct direction reply meta mark set 0 accept\n"
	" ct state related meta mark set 0 accept\n"
	" drop\n"
	"}\n"
	"chain input { type filter hook input priority -150; meta mark 0x6e736b21 goto answer; }\n"
	"chain forward { type filter hook forward priority -150; meta mark 0x6e736b21 goto answer; }\n"
	"chain publish {\n"
	"* meta l4proto { tcp, udp } dnat ip% addr . port to ip% daddr . meta l4proto . th dport map @publish#\n"
	"}\n"
	"chain prerouting { type nat hook prerouting priority -100; fib daddr type local goto publish; }\n"
	"chain output { type nat hook output priority -100; fib daddr type local goto publish; }\n"
	/* from its own subnet the server would answer directly, past us: hairpin */
	"chain postrouting { type nat hook postrouting priority 100;\n"
	" ct status dnat oifname @loopback ip saddr 127.0.0.0/8 masquerade\n"
	"* ct status dnat ip% daddr . ip% saddr @subnet# masquerade\n"
	"* ip% saddr . ip% daddr @subnet# return\n"
	"* ip% saddr @masquerade# masquerade\n"
	"}\n"
	"}\n";

static const char bridge_table[] =
	"create table bridge nskit\n"
	"table bridge nskit {\n"
	"map egress { type ifname : verdict; }\n"
	"chain in_use { }\n"
	"chain input { type filter hook input priority -200; iifname vmap @egress; }\n"
	"chain forward { type filter hook forward priority -200; iifname vmap @egress; meta mark 0x6e736b21 drop; }\n"
	"}\n";

static const char remove_inet[] = "delete chain inet nskit in_use\ndelete table inet nskit\n";
static const char remove_bridge[] = "delete chain bridge nskit in_use\ndelete table bridge nskit\n";

/* ---- text ---------------------------------------------------------------------------------------- */

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	char *more;
	size_t n;

	va_start(ap, fmt);
	more = file_vtext(fmt, ap);
	va_end(ap);
	n = strlen(more) + 1;
	if (t->len + n > t->size) {
		t->size = 2 * (t->len + n);
		t->v = file_grow(t->v, t->size);
	}
	memcpy(t->v + t->len, more, n);
	t->len += n - 1;
	free(more);
}

/* One line of a table, for one family; the end of it. */
static char *for_family(char *to, const char *line, const char *end, char family)
{
	for (; line < end; line++) {
		if (*line == '#' || (*line == '%' && family == '6'))
			*to++ = family;
		else if (*line != '%' && *line != '*')
			*to++ = *line;
	}
	return to;
}

/* A table's text with two lines in the place of each that has a *. */
static char *table_of(const char *lines)
{
	char *text = file_alloc(2 * strlen(lines) + 1), *to = text;

	for (const char *end; *lines; lines = end) {
		end = strchr(lines, '\n') + 1;
		if (*lines == '*')
			to = for_family(to, lines, end, '4');
		to = for_family(to, lines, end, '6');
	}
	return text;
}

/* ---- the program -------------------------------------------------------------------------------- */

/* Not by PATH: an ordinary caller's lacks sbin. */
static const char *program(void)
{
	static const char places[][20] = {"/usr/sbin/nft", "/sbin/nft", "/usr/local/sbin/nft",
					  "/usr/bin/nft",  "/bin/nft",	"/usr/local/bin/nft"};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (!faccessat(AT_FDCWD, places[i], X_OK, AT_EACCESS))
			return places[i];
	return NULL;
}

bool nft_there(int dir)
{
	return !faccessat(dir, file, F_OK, 0);
}

void nft_needed(const struct nsnet_conf *conf)
{
	if (program())
		return;
	msg_hint("install it; the Debian package is nftables");
	msg_die("[net] %s: nft, which makes it, is not installed", nat_key(conf));
}

struct job {
	const struct net *net;
	int in, out;
	bool scratch; /* in a namespace of its own, which is then listed */
};

/* Back to the host's namespace, which SYS_ADMIN was kept for; nft gets NET_ADMIN, whoever we are. */
static void go_back(const struct net *net, bool scratch)
{
	const uint64_t needed = UINT64_C(1) << CAP_NET_ADMIN;
	struct caps c;

	caps_read_own(&c);
	if (net->hostfd >= 0) {
		c.effective = c.permitted;
		caps_apply(&c);
		if (scratch ? unshare(CLONE_NEWNET) : sys_setns(net->hostfd, CLONE_NEWNET))
			msg_die_errno("the host's network namespace");
	}
	c.permitted &= needed;
	c.effective = c.inheritable = c.ambient = c.permitted;
	caps_apply(&c);
}

static _Noreturn void run_child(const struct job *job)
{
	/* numbers: a protocol's name it would print from /etc/protocols, where there is one */
	char *argv[] = {file_dup(program()), "-nf", "-", NULL, NULL};
	int pidfd = -1;
	pid_t pid = 1;

	dup2(job->in, 0);
	dup2(job->out, 1);
	dup2(job->out, 2);
	msg_on_die(NULL, NULL, 0); /* into what nft would say */
	go_back(job->net, job->scratch);
	proc_reset_signals();
	if (setenv("LC_ALL", "C", 1)) /* its errors are read, and not in the caller's language */
		_exit(EXIT_FAILED);
	if (job->scratch && (pid = proc_fork(&pidfd))) {
		if (pid < 0 || proc_wait(pidfd))
			_exit(EXIT_FAILED);
		argv[1] = "-n";
		argv[2] = "list";
		argv[3] = "ruleset";
	}
	_exit(proc_try_exec(argv, environ));
}

/* Runs nft on a text: its status, and in *said what it printed; -1: it could not be run, told. */
static int run_in(struct net *net, bool scratch, const char *script, char **said)
{
	struct job job = {net, sys_memfd_create("nft", MFD_CLOEXEC),
			  sys_memfd_create("nft", MFD_CLOEXEC), scratch};
	int status = -1, pidfd;
	size_t len;
	pid_t pid;

	*said = "";
	errno = ENOENT;
	if (!program() || job.in < 0 || job.out < 0 ||
	    file_write_all(job.in, script, strlen(script)) || lseek(job.in, 0, SEEK_SET))
		goto out;
	pid = proc_fork(&pidfd);
	if (!pid)
		run_child(&job);
	if (pid < 0)
		goto out;
	status = proc_wait(pidfd);
	close(pidfd);
	if (lseek(job.out, 0, SEEK_SET) || !(*said = file_slurp_fd(job.out, OUTPUT_LIMIT, &len)))
		status = -1;
out:
	if (status < 0)
		nsnet_fail_errno(net, "running nft");
	close(job.in);
	close(job.out);
	return status;
}

static int run(struct net *net, const char *script, char **said)
{
	return run_in(net, false, script, said);
}

/* nft's first error and the command that it is about, in one line. */
static const char *words(char *said)
{
	char *at = strstr(said, "Error: "), *p;

	at = at ? at + strlen("Error: ") : said;
	p = at + strcspn(at, "\n");
	if (*p)
		*p++ = ':';
	p[strcspn(p, "\n")] = '\0';
	return at;
}

/* ---- making ------------------------------------------------------------------------------------- */

/* The static parts that are not loaded; NULL: nft did not say, told. */
static const char *missing(struct net *net, bool bridge)
{
	char *said;

	if (run(net, "list tables\n", &said)) {
		if (strstr(said, "not permitted"))
			net->hint =
				"CAP_NET_ADMIN is needed on the host; for an ordinary user there is user-mode = pasta";
		nsnet_fail(net, "[net] %s: nft: %s", nat_key(net->conf), words(said));
		return NULL;
	}
	return file_text("%s%s", strstr(said, "table inet nskit\n") ? "" : table_of(inet_table),
			 !bridge || strstr(said, "table bridge nskit\n") ? "" : bridge_table);
}

/* Whose element it is, by the comment behind its key: `NAME ID`. */
static const char *owner(struct net *net, const char *set, const char *key)
{
	char *said, *at, *needle = file_text("%s comment \"", key);

	if (run(net, file_text("list %s inet nskit %s\n", *set == 'p' ? "map" : "set", set),
		&said) ||
	    !(at = strstr(said, needle)))
		return "another user of the table";
	at += strlen(needle);
	return file_text("container %.*s", (int)strcspn(at, " \""), at);
}

/*
 * `create element inet nskit SET { KEY comment ...` behind nft's error: what was taken, and by whom.
 * A publish map's key is `ADDRESS . PROTOCOL . PORT`.
 */
static bool tell_taken(struct net *net, char *said)
{
	static const char error[] = "File exists\ncreate element inet nskit ";
	char *set = strstr(said, error), *key, *end;

	if (!set)
		return false;
	set += sizeof error - 1;
	key = strstr(set, " { ");
	end = key ? strstr(key, " comment ") : NULL;
	if (!end)
		return false;
	*key = *end = '\0';
	key += 3;
	if (strncmp(set, "publish", 7)) {
		nsnet_fail(net, "[net] %s: %s: belongs to %s", nat_key(net->conf), key,
			   owner(net, set, key));
		return true;
	}
	key = strstr(key, " . ") + 3; /* we wrote it */
	end = strstr(key, " . ");
	nsnet_fail(net, "[net] publish: %s/%s: the port is in use by %s", end + 3,
		   strtoul(key, NULL, 10) == IPPROTO_TCP ? "tcp" : "udp", owner(net, set, key));
	return true;
}

static bool tell_failure(struct net *net, char *said)
{
	return tell_taken(net, said)
		       ? false
		       : nsnet_fail(net, "[net] %s: nft: %s", nat_key(net->conf), words(said));
}

static bool is_gone(const char *said)
{
	return strstr(said, "No such file or directory") != NULL;
}

bool nft_make(struct net *net, const char *make, const char *undo, bool bridge)
{
	char *said = "";

	if (!record_add(net, "nft", file)) /* first: a file that no record names would stay */
		return false;
	if (file_replace(net->dir, file, undo, 0600))
		return nsnet_fail_file(net, file);
	for (int i = 0; i < TRIES; i++) {
		const char *tables = missing(net, bridge);
		int status = tables ? run(net, file_text("%s%s", tables, make), &said) : -1;

		if (status <= 0)
			return !status;
		/* the tables came or went between our look at them and the transaction: once more */
		if (!is_gone(said) && !strstr(said, "File exists\ncreate table "))
			break;
	}
	return tell_failure(net, said);
}

/* ---- comparing ---------------------------------------------------------------------------------- */

struct listing {
	const char *mine, *chain; /* the comment of our elements, our chain */
	const char *table, *block;
	struct text out;
};

/* What is not another container's: by its comment, or in a chain by that. */
static void put_line(struct listing *l, const char *line, bool element)
{
	bool other = element ? strstr(line, " comment ") && !strstr(line, l->mine)
			     : !strncmp(l->block, "chain start-", 12) && strcmp(l->block, l->chain);

	if (*line && !other)
		text_add(&l->out, "%s %s: %s\n", l->table, l->block, line);
}

/* A line for each line and each element of nft's: `FAMILY CHAIN-OR-SET: WHAT` */
static char *flatten(const struct net *net, char *said)
{
	struct listing l = {file_text(" comment \"%s %s\"", net->name, net->id),
			    file_text("chain start-%s", net->id),
			    "",
			    "",
			    {0}};
	static const char elements[] = "elements = {";
	bool within = false;
	char *line, *one;

	text_add(&l.out, "%s", "");
	while ((line = strsep(&said, "\n"))) {
		size_t n;

		line += strspn(line, "\t ");
		if (!strncmp(line, elements, sizeof elements - 1)) {
			within = true;
			line += sizeof elements;
		}
		n = strlen(line);
		if (n > 2 && !strcmp(line + n - 2, " {")) {
			line[n - 2] = '\0';
			if (!strncmp(line, "table ", 6))
				l.table = strtok(line + 6, " ");
			else
				l.block = line;
		} else if (!within && strcmp(line, "}") != 0) {
			put_line(&l, line, false);
		} else if (within) {
			within = n < 2 || strcmp(line + n - 2, " }") != 0;
			if (!within)
				line[n - 2] = '\0';
			while ((one = strsep(&line, ",")))
				put_line(&l, one + strspn(one, " "), true);
		}
	}
	return l.out.v;
}

/* One at a time: nft shows only the last of several. */
static char *list(struct net *net, const char *family)
{
	char *said;

	if (!run(net, file_text("list table %s nskit\n", family), &said))
		return flatten(net, said);
	return is_gone(said) ? file_dup("") : (tell_failure(net, said), NULL);
}

bool nft_compare(struct net *net, const char *make, bool bridge, char **wants, char **is)
{
	const char *tables = file_text("%s%s%s", table_of(inet_table), bridge ? bridge_table : "",
				       make);
	const char *inet, *more = "";
	char *said;

	if (run_in(net, true, tables, &said))
		return tell_failure(net, said);
	*wants = flatten(net, said);
	inet = list(net, "inet");
	if (inet && bridge)
		more = list(net, "bridge");
	if (!inet || !more)
		return false;
	*is = file_text("%s%s", inet, more);
	return true;
}

/* ---- undoing ------------------------------------------------------------------------------------ */

/* The lines of an undo that are about tables of that family. */
static char *of_family(const char *undo, const char *family)
{
	char *some = file_alloc(strlen(undo) + 1), *to = some;
	const char *table = file_text(" %s nskit ", family);

	for (size_t n; *undo; undo += n) {
		n = strcspn(undo, "\n");
		n += undo[n] == '\n';
		if (memmem(undo, n, table, strlen(table)))
			to = mempcpy(to, undo, n);
	}
	return some;
}

/* What a start has in the table of a family: all of it, or nothing is there any more. */
static bool remove_rules(struct net *net, const char *undo, const char *family)
{
	char *said, *some = of_family(undo, family);

	return !*some || !run(net, some, &said) || is_gone(said) ||
	       nsnet_fail(net, "removing the rules of %s: nft: %s", net->name, words(said));
}

static bool remove_table(struct net *net, const char *remove)
{
	char *said;

	return !run(net, remove, &said) || is_gone(said) || strstr(said, "busy") ||
	       nsnet_fail(net, "removing the table nskit: nft: %s", words(said));
}

/*
 * The tables go when nobody else uses them.  In a transaction of their own: Linux 6.1 miscounts the
 * users of a chain when one that deletes both an element and its table is taken back.
 */
bool nft_gone(struct net *net, const char *name)
{
	size_t len;
	char *undo = file_slurp(net->dir, name, OUTPUT_LIMIT, &len);
	bool bridge, good;

	if (!undo)
		return errno == ENOENT || nsnet_fail_file(net, name);
	bridge = strstr(undo, " bridge nskit ");
	/* apart: somebody may have deleted one of the tables by hand */
	good = remove_rules(net, undo, "inet");
	if (!remove_rules(net, undo, "bridge") || !good)
		return false;
	if (!remove_table(net, remove_inet) || (bridge && !remove_table(net, remove_bridge)))
		return false;
	return !unlinkat(net->dir, name, 0) || nsnet_fail_file(net, name);
}
