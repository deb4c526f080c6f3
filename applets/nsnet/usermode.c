/*
 * usermode.c - a network without privilege: pasta or slirp4netns, started from the host's namespace into
 * the container's, kept by a process of ours that ends it with the container.
 *
 * Neither program can be left to itself: what it watches differs from version to version.  The keeper has a
 * pidfd of the container's first process, and the program as its child.  It holds a lock on net.user, so that
 * an undo can wait until the host's ports are free again.  The program outlives a keeper that is killed, as
 * the change of its credentials takes its death signal away: so it writes down who it is before it is one,
 * and an undo ends it.
 */
#include "nsnet.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "proc.h"
#include "state.h"
#include "sys.h"

static const char file[] = "net.user", fifo[] = "net.ready";
enum {
	START_MS = 20000, /* until it is ready: milliseconds, more on a busy machine */
	END_MS = 5000,
	POLL_MS = 2,
};

/* The keeper's fds, at these numbers; all others are closed. */
enum { FD_PIDFD = 3, FD_CALLER, FD_LOG, FD_LOCK, FD_END };

struct keeper {
	const struct net *net;
	int fds[FD_END];
	pid_t target;
	bool userns; /* it has one of its own */
	const char *
		ready; /* a fifo of the record: pasta writes its pid there, closing what it inherits */
	int fifo;      /* slirp4netns' end of it; -1: none */
};

/* ---- the program's words ------------------------------------------------------------------------ */

struct words {
	char **v;
	size_t n;
};

static void word(struct words *w, const char *text)
{
	w->v = file_room(w->v, w->n, sizeof *w->v);
	w->v[w->n++] = text ? file_dup(text) : NULL;
}

static void words(struct words *w, const char *text)
{
	const char *phrase;

	for (char **list = key_words(text, &phrase); *list; list++)
		word(w, *list);
}

/*
 * By the process: pasta joins the user namespace before it looks for the other one, and then sees no more fds
 * of ours.  The process is held by its pidfd and waits for us, so its number is its own.
 */
static char *namespace_path(const struct keeper *k, const char *kind)
{
	return file_text("/proc/%d/ns/%s", (int)k->target, kind);
}

static char *ports(int from, int to) /* it takes no range of one */
{
	return from == to ? file_text("%d", from) : file_text("%d-%d", from, to);
}

/* -t or -u for each line of a protocol: [ADDRESS/]FROM:FROM; none at all must be said, too. */
static void pasta_ports(struct words *w, const char *option, const struct list *publish,
			uint8_t proto)
{
	size_t before = w->n;

	LIST_EACH(const struct publish, p, *publish)
	{
		char *ip = types_print_ip(&p->host);

		if (p->proto != proto)
			continue;
		word(w, option);
		word(w, file_text("%s%s%s:%s", ip ? ip : "", ip ? "/" : "", ports(p->from, p->to),
				  ports(p->inside, p->inside + p->to - p->from)));
	}
	if (w->n > before)
		return;
	word(w, option);
	word(w, "none");
}

/*
 * Nothing of the host's loopback inside: no gateway that stands for the host (--no-map-gw), no port of the
 * host's servers (-T, -U).
 */
static void pasta(const struct keeper *k, struct words *w)
{
	const struct list *publish = &k->net->conf->net.publish;
	const struct link_conf tap = {.name = "tap0", .mac = {.kind = MAC_STABLE}};
	uint8_t mac[6];

	words(w, "pasta -f -q --config-net --no-map-gw -T none -U none -I tap0");
	/* told, it knows; that of Debian 12 sends to 00:…:00 until it has heard something from inside */
	if (link_mac(k->net, &tap, mac)) {
		word(w, "--ns-mac-addr");
		word(w, types_print_mac(mac));
	}
	word(w, "-P");
	word(w, k->ready);
	pasta_ports(w, "-t", publish, IPPROTO_TCP);
	pasta_ports(w, "-u", publish, IPPROTO_UDP);
	word(w, "--netns");
	word(w, namespace_path(k, "net"));
	if (k->userns) {
		word(w, "--userns");
		word(w, namespace_path(k, "user"));
	}
}

static void slirp(struct keeper *k, struct words *w)
{
	words(w, "slirp4netns -c --disable-host-loopback --mtu=65520 --netns-type=path");
	k->fifo = open(k->ready, O_WRONLY);
	word(w, file_text("--ready-fd=%d", k->fifo));
	if (k->userns)
		word(w, file_text("--userns-path=%s", namespace_path(k, "user")));
	word(w, namespace_path(k, "net"));
	word(w, "tap0");
}

/* ---- the keeper --------------------------------------------------------------------------------- */

/* Moves its fds to their places, above all of them first so that none is overwritten. */
static void place_fds(struct keeper *k)
{
	for (int i = FD_PIDFD; i < FD_END; i++)
		if (k->fds[i] >= 0)
			k->fds[i] = fcntl(k->fds[i], F_DUPFD_CLOEXEC, FD_END);
	for (int i = FD_PIDFD; i < FD_END; i++) {
		if (k->fds[i] >= 0)
			dup3(k->fds[i], i, O_CLOEXEC);
		else
			close(i);
	}
	sys_close_range(FD_END, ~0U, 0);
}

static void no_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3; i++)
		dup2(null, i);
	if (null > 2)
		close(null);
}

static _Noreturn void run_program(const struct words *w)
{
	char *self = state_pid_text(getpid(), sys_pidfd_open(getpid(), 0));

	if (ftruncate(FD_LOCK, 0) || file_write_all(FD_LOCK, self, strlen(self)))
		_exit(EXIT_FAILED);
	dup2(FD_LOG, 2);
	proc_reset_signals();
	/* the caller's PATH may lack the place */
	if (setenv("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", 1))
		_exit(EXIT_FAILED);
	_exit(proc_try_exec(w->v, environ));
}

/* Until the container, the program or, before it has said that all is well, the caller is gone. */
static void keep(int program)
{
	struct pollfd p[] = {{.fd = program, .events = POLLIN},
			     {.fd = FD_PIDFD, .events = POLLIN},
			     {.fd = FD_CALLER, .events = POLLIN}};
	char byte;

	for (;;) {
		if (poll(p, 3, -1) < 0)
			continue;
		if (p[0].revents || p[1].revents)
			return;
		if (p[2].revents && read(FD_CALLER, &byte, 1) != 1)
			return;
		if (p[2].revents)
			p[2].fd = -1;
	}
}

/* The status is for the caller while it waits: 127 is a program that is not there. */
static _Noreturn void keeper(struct keeper *k)
{
	struct words w = {NULL, 0};
	int program;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, 0); /* the step that started us ends */
	setsid();		    /* and its terminal's signals are not for us */
	(void)!chdir("/");	    /* nor the mount that its directory is on */
	msg_on_die(NULL, NULL, 1);
	place_fds(k);
	no_stdio();
	if (k->net->conf->net.user_mode == USER_MODE_PASTA)
		pasta(k, &w);
	else
		slirp(k, &w);
	word(&w, NULL);
	pid = proc_fork(&program);
	if (!pid)
		run_program(&w);
	if (pid < 0)
		_exit(EXIT_FAILED);
	if (k->fifo >= 0)
		close(k->fifo);
	keep(program);
	(void)sys_pidfd_send_signal(program, SIGKILL); /* gone already: fine */
	_exit(proc_wait(program));
}

/* ---- the caller --------------------------------------------------------------------------------- */

static const char *name_of(const struct net *net)
{
	return net->conf->net.user_mode == USER_MODE_PASTA ? "pasta" : "slirp4netns";
}

/* The last line that it has written; pasta has something to say where there is no syslog, too. */
static const char *last_line(int log)
{
	static const char noise[] = "Failed to send";
	const char *line = NULL;
	char *said = NULL, *next;
	size_t len;

	if (!lseek(log, 0, SEEK_SET))
		said = file_slurp_fd(log, 65536, &len);
	for (; said && *said; said = next) {
		next = said + strcspn(said, "\n");
		if (*next)
			*next++ = '\0';
		if (*said && strncmp(said, noise, sizeof noise - 1) != 0)
			line = said;
	}
	return line;
}

static _Noreturn void die_of(const struct net *net, int status, int log)
{
	const char *name = name_of(net), *line = last_line(log);

	if (status == EXIT_NOT_FOUND) {
		msg_hint("install it; the Debian package is %s",
			 net->conf->net.user_mode == USER_MODE_PASTA ? "passt" : name);
		msg_die("[net] user-mode: %s is not installed", name);
	}
	if (net->conf->net.user_mode == USER_MODE_PASTA && !geteuid())
		msg_hint("root's pasta gives up what it needs to enter; slirp4netns does not");
	msg_die("[net] user-mode: %s: %s", name, line ? line : file_text("exit status %d", status));
}

/* Ready is a byte of the fifo; the keeper's end is the program's. */
static void wait_ready(const struct net *net, int ready, int keeper_fd, int log)
{
	struct pollfd p[] = {{.fd = ready, .events = POLLIN}, {.fd = keeper_fd, .events = POLLIN}};
	char byte;
	int n;

	do
		n = poll(p, 2, START_MS);
	while (n < 0 && errno == EINTR);
	if (n > 0 && p[0].revents & POLLIN && read(ready, &byte, 1) == 1)
		return;
	if (n <= 0) /* the keeper sees that we are gone */
		msg_die("[net] user-mode: %s: not ready after %d s", name_of(net), START_MS / 1000);
	die_of(net, proc_wait(keeper_fd), log);
}

static void check_tun(void)
{
	if (!faccessat(AT_FDCWD, "/dev/net/tun", R_OK | W_OK, AT_EACCESS))
		return;
	msg_hint("modprobe tun; it is for everybody there: chmod 0666 /dev/net/tun");
	msg_die_errno("[net] user-mode: /dev/net/tun");
}

static bool has_userns(const struct keeper *k)
{
	struct stat ours, its;

	return !stat("/proc/self/ns/user", &ours) && !stat(namespace_path(k, "user"), &its) &&
	       ours.st_ino != its.st_ino;
}

/* Recorded first: an undo waits for the lock. */
/* Whether the keeper of an earlier run is there. */
static bool is_kept(const struct net *net)
{
	int fd = net->id ? openat(net->dir, file, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
	bool kept = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB);

	if (fd >= 0)
		close(fd);
	return kept;
}

void usermode_check(struct check *c)
{
	if (c->net->conf->net.user_mode != USER_MODE_NONE && !is_kept(c->net))
		check_differs(c, name_of(c->net), NULL);
}

static int lock_file(struct net *net)
{
	int fd;

	if (!record_add(net, "user", file))
		msg_die("%s", net->error);
	fd = openat(net->dir, file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB))
		msg_die_errno("[net] user-mode: %s/%s", net->name, file);
	return fd;
}

/* The fifo, open for reading, and its path: a file of the record, as pasta has no other way. */
static int open_ready(const struct net *net, struct keeper *k)
{
	char dir[PATH_MAX];
	ssize_t n = readlink(file_text("/proc/self/fd/%d", net->dir), dir, sizeof dir);
	int fd = -1;

	if (n <= 0 || (size_t)n >= sizeof dir)
		msg_die_errno("[net] user-mode: the record's path by /proc");
	k->ready = file_text("%.*s/%s", (int)n, dir, fifo);
	(void)unlinkat(net->dir, fifo, 0);
	if (!mkfifoat(net->dir, fifo, 0600))
		fd = openat(net->dir, fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		msg_die_errno("[net] user-mode: %s", k->ready);
	return fd;
}

void usermode_start(struct net *net, int pidfd)
{
	struct keeper k = {.net = net, .fifo = -1};
	int pair[2], log, ready, keeper_fd;
	pid_t pid;

	if (net->conf->net.user_mode == USER_MODE_NONE || is_kept(net))
		return;
	if (!net->id || pidfd < 0)
		msg_die("[net] user-mode: wants a container, to end with it");
	check_tun();
	k.target = proc_pidfd_pid(proc_stand_in(pidfd));
	k.userns = has_userns(&k);
	ready = open_ready(net, &k);
	log = sys_memfd_create("log", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (log < 0 || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		msg_die_errno("[net] user-mode");
	memcpy(k.fds, (int[]){-1, -1, -1, pidfd, pair[1], log, lock_file(net)}, sizeof k.fds);
	pid = proc_fork(&keeper_fd);
	if (pid < 0)
		msg_die_errno("[net] user-mode: fork");
	if (!pid)
		keeper(&k);
	close(pair[1]);
	close(k.fds[FD_LOCK]);
	wait_ready(net, ready, keeper_fd, log);
	/* what it says from here on nobody reads, and it may say it for as long as the container lives */
	(void)fcntl(log, F_ADD_SEALS, F_SEAL_GROW);
	(void)unlinkat(net->dir, fifo, 0); /* it goes with the record at the latest */
	net->user = pair[0];
}

void usermode_keep(struct net *net)
{
	if (net->user >= 0)
		(void)!write(net->user, "",
			     1); /* no keeper any more: then there is nothing to keep */
}

bool usermode_gone(struct net *net, const char *name)
{
	int fd = openat(net->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW), program;
	int left = END_MS / POLL_MS;
	size_t len;

	if (fd < 0)
		return true;
	program = state_pid_open(file_slurp_fd(fd, 4096, &len));
	if (program >= 0)
		(void)sys_pidfd_send_signal(program, SIGKILL);
	while ((flock(fd, LOCK_EX | LOCK_NB) || (program >= 0 && proc_alive(program))) && left--)
		nanosleep(&(struct timespec){.tv_nsec = POLL_MS * 1000000L}, NULL);
	close(fd);
	if (program >= 0)
		close(program);
	return left >= 0 || nsnet_fail(net, "[net] user-mode: %s does not end", name_of(net));
}
