#include "sync.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/*
 * A peer that closes while messages wait for it resets the connection: that is told once (net/unix/af_unix.c,
 * unix_release_sock), in front of what it had said before.  The next call reads that, and then the end.
 */
static bool once_more(ssize_t r)
{
	return r < 0 && (errno == EINTR || errno == ECONNRESET);
}

/* What goes over the wire; the fds travel beside it. */
struct wire {
	unsigned char token;
	unsigned char status;
	char text[SYNC_TEXT];
};
enum { WIRE_HEAD = 2 };

int sync_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int send_wire(int fd, const struct wire *w, size_t len, const int *fds, int n)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(SYNC_FDS * sizeof(int))];
	} control;
	struct iovec iov = {(void *)w, len};
	struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t r;

	if (n < 0 || n > SYNC_FDS) {
		errno = EINVAL;
		return -1;
	}
	if (n) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof control);
		m.msg_control = control.space;
		m.msg_controllen = CMSG_SPACE((size_t)n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN((size_t)n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, (size_t)n * sizeof(int));
	}
	do
		r = sendmsg(fd, &m, MSG_NOSIGNAL);
	while (once_more(r));
	return r < 0 ? -1 : 0;
}

int sync_send(int fd, enum sync_token token)
{
	return sync_send_fds(fd, token, NULL, 0);
}

int sync_send_fds(int fd, enum sync_token token, const int *fds, int n)
{
	struct wire w = {.token = (unsigned char)token};

	return send_wire(fd, &w, WIRE_HEAD, fds, n);
}

int sync_send_failed(int fd, int status, const char *text)
{
	struct wire w = {.token = SYNC_FAILED, .status = (unsigned char)status};
	size_t n = strlen(text);

	if (n >= SYNC_TEXT)
		n = SYNC_TEXT - 1;
	memcpy(w.text, text, n);
	return send_wire(fd, &w, WIRE_HEAD + n, NULL, 0);
}

static void take_fds(struct msghdr *m, struct sync_message *out)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		out->nfds = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(out->fds, CMSG_DATA(c), (size_t)out->nfds * sizeof(int));
	}
}

static void drop_fds(struct sync_message *m)
{
	while (m->nfds)
		close(m->fds[--m->nfds]);
}

static bool is_ours(const struct wire *w, ssize_t n, int flags)
{
	return n >= WIRE_HEAD && !(flags & (MSG_TRUNC | MSG_CTRUNC)) && w->token &&
	       strchr("mMrsgRcxf", w->token);
}

int sync_recv(int fd, struct sync_message *out)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(SYNC_FDS * sizeof(int))];
	} control;
	struct wire w = {0};
	struct iovec iov = {&w, sizeof w - 1};
	struct msghdr m = {.msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control.space,
			   .msg_controllen = sizeof control.space};
	ssize_t n;

	out->token = SYNC_EOF;
	out->nfds = 0;
	out->status = 0;
	out->text[0] = '\0';
	do
		n = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (once_more(n));
	if (n < 0)
		return -1;
	take_fds(&m, out);
	if (!n) {
		drop_fds(out);
		return 0;
	}
	if (!is_ours(&w, n, m.msg_flags)) {
		drop_fds(out);
		errno = EBADMSG;
		return -1;
	}
	out->token = (enum sync_token)w.token;
	out->status = w.status;
	memcpy(out->text, w.text, (size_t)n - WIRE_HEAD);
	out->text[n - WIRE_HEAD] = '\0';
	return 0;
}

const char *sync_name(enum sync_token token)
{
	switch (token) {
	case SYNC_EOF:
		return "end of file";
	case SYNC_MAPS:
		return "maps";
	case SYNC_MAPPED:
		return "mapped";
	case SYNC_READY:
		return "ready";
	case SYNC_SOURCES:
		return "sources";
	case SYNC_GO:
		return "go";
	case SYNC_RUN:
		return "run";
	case SYNC_CONSOLE:
		return "console";
	case SYNC_EXEC:
		return "exec";
	case SYNC_FAILED:
		return "failed";
	}
	return "?";
}
