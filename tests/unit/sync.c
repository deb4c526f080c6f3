/*
 * sync.c - the channel of a start: every token, what travels with it, and everything that is not one of
 * ours; the end of the other side.
 */
#include "sync.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static int pair[2];

static void fresh(void)
{
	close(pair[0]);
	close(pair[1]);
	if (sync_pair(pair))
		exit(1);
}

static int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 1000; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void tokens(void)
{
	static const struct {
		enum sync_token token;
		const char *name;
	} all[] = {{SYNC_MAPS, "maps"},	   {SYNC_MAPPED, "mapped"},   {SYNC_READY, "ready"},
		   {SYNC_GO, "go"},	   {SYNC_CONSOLE, "console"}, {SYNC_EXEC, "exec"},
		   {SYNC_FAILED, "failed"}};
	struct sync_message m = {0};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		memset(&m, 0xff, sizeof m);
		ok(!sync_send(pair[1], all[i].token) && !sync_recv(pair[0], &m) &&
			   m.token == all[i].token && !m.nfds && !m.status && !*m.text,
		   "%s is sent and received", all[i].name);
		is(sync_name(all[i].token), all[i].name, "  and has its name");
	}
	is(sync_name(SYNC_EOF), "end of file", "end of file has a name");
	is(sync_name((enum sync_token)'?'), "?", "what is no token has none");
	ok((fcntl(pair[0], F_GETFD) & FD_CLOEXEC) && (fcntl(pair[1], F_GETFD) & FD_CLOEXEC),
	   "both ends are close-on-exec");
}

static void failures(void)
{
	char text[3000];
	struct sync_message m = {0};

	ok(!sync_send_failed(pair[1], 127, "nsinit: sh: gone\nhint: x") &&
		   !sync_recv(pair[0], &m) && m.token == SYNC_FAILED && m.status == 127,
	   "a failure brings its status");
	is(m.text, "nsinit: sh: gone\nhint: x", "and its text");
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	ok(!sync_send_failed(pair[1], 125, text) && !sync_recv(pair[0], &m) &&
		   strlen(m.text) == SYNC_TEXT - 1,
	   "a long text is cut, not refused");
	ok(!sync_send_failed(pair[1], 125, "") && !sync_recv(pair[0], &m) && !*m.text,
	   "an empty text is one");
}

static void descriptors(void)
{
	int fds[SYNC_FDS + 1], before = open_fds(), pipes[2];
	struct sync_message m = {0};
	struct stat a, b;
	bool all = true;
	char c = 0;

	if (pipe2(pipes, O_CLOEXEC))
		exit(1);
	ok(!sync_send_fds(pair[1], SYNC_CONSOLE, &pipes[1], 1) && !sync_recv(pair[0], &m) &&
		   m.token == SYNC_CONSOLE && m.nfds == 1 && m.fds[0] != pipes[1] &&
		   write(m.fds[0], "x", 1) == 1 && read(pipes[0], &c, 1) == 1 && c == 'x',
	   "a descriptor is the same pipe");
	ok(fcntl(m.fds[0], F_GETFD) & FD_CLOEXEC, "and is close-on-exec");
	close(m.fds[0]);
	close(pipes[0]);
	close(pipes[1]);
	for (int i = 0; i < SYNC_FDS + 1; i++)
		fds[i] = i % 3; /* stdin, stdout, stderr in turn */
	ok(!sync_send_fds(pair[1], SYNC_GO, fds, SYNC_FDS) && !sync_recv(pair[0], &m) &&
		   m.nfds == SYNC_FDS,
	   "as many as may be");
	for (int i = 0; i < m.nfds; i++) {
		all = all && !fstat(m.fds[i], &a) && !fstat(i % 3, &b) && a.st_ino == b.st_ino;
		close(m.fds[i]);
	}
	ok(all, "arrive in their order");
	ok(sync_send_fds(pair[1], SYNC_GO, fds, SYNC_FDS + 1) == -1 && errno == EINVAL,
	   "one more is refused");
	ok(open_fds() == before, "none is left open");
}

static void send_raw(const void *text, size_t len, int fd)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {{0}};
	struct iovec iov = {(void *)text, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};

	if (fd >= 0) {
		m.msg_control = control.space;
		m.msg_controllen = sizeof control.space;
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.align), &fd, sizeof fd);
	}
	if (sendmsg(pair[1], &m, 0) < 0)
		exit(1);
}

static void garbage(void)
{
	static const struct {
		const char *what, *text;
		size_t len;
	} cases[] = {
		{"one byte", "g", 1},
		{"an unknown token", "G\0", 2},
		{"a NUL token", "\0\0", 2},
		{"a word", "go", 0},
		{"a token of the high half", "\xe7\0", 2},
	};
	char huge[5000] = "f";
	int before = open_fds();
	struct sync_message m = {0};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		if (!cases[i].len)
			continue;
		send_raw(cases[i].text, cases[i].len, 0);
		ok(sync_recv(pair[0], &m) == -1 && errno == EBADMSG && !m.nfds,
		   "%s is none of our messages", cases[i].what);
	}
	send_raw(huge, sizeof huge, 0);
	ok(sync_recv(pair[0], &m) == -1 && errno == EBADMSG, "nor is a huge one");
	send_raw("r\0text", 6, -1);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_READY,
	   "a text where none belongs harms nothing");
	ok(open_fds() == before, "no descriptor of theirs is left open");
	ok(sync_recv(99, &m) == -1 && errno == EBADF, "an error of the socket is told as such");
}

static void ends(void)
{
	struct sync_message m = {0};
	int status;
	pid_t pid;

	send_raw("", 0, 0);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_EOF && !m.nfds,
	   "an empty message is no better than the end");
	sync_send(pair[1], SYNC_READY);
	close(pair[1]);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_READY,
	   "what was sent before the end is read");
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_EOF, "then comes the end");
	ok(sync_send(pair[0], SYNC_GO) == -1 && errno == EPIPE,
	   "nobody to send to is EPIPE, no signal");
	fresh();
	sync_send(pair[0], SYNC_GO);
	close(pair[1]);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_EOF,
	   "a peer that closed with unread messages is the end");
	fresh();
	sync_send(pair[0], SYNC_SOURCES);
	sync_send_failed(pair[1], 7, "no such file");
	close(pair[1]);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_FAILED && m.status == 7,
	   "a peer that failed with unread messages is heard");
	is(m.text, "no such file", "  and what it said is read");
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_EOF, "  before the end");
	fresh();
	sync_send(pair[0], SYNC_SOURCES);
	sync_send_failed(pair[1], 7, "no such file");
	close(pair[1]);
	ok(sync_send(pair[0], SYNC_GO) == -1 && errno == EPIPE,
	   "nothing more can be sent to it: EPIPE");
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_FAILED, "  and it is heard");
	fresh();
	pid = fork();
	if (!pid) {
		close(pair[0]);
		sync_send(pair[1], SYNC_MAPS);
		raise(SIGKILL);
	}
	close(pair[1]);
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_MAPS, "a process that says maps");
	ok(!sync_recv(pair[0], &m) && m.token == SYNC_EOF, "and is killed is the end");
	waitpid(pid, &status, 0);
}

int main(void)
{
	if (sync_pair(pair))
		return 1;
	tokens();
	failures();
	descriptors();
	garbage();
	ends();
	return tap_end();
}
