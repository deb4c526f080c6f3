#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef NETLINK_GET_STRICT_CHK
#define NETLINK_GET_STRICT_CHK 12
#endif
#ifndef NLMSGERR_ATTR_MISS_TYPE
#define NLMSGERR_ATTR_MISS_TYPE 5
#endif

int netlink_open(struct netlink *nl, int family)
{
	static const int options[] = {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK};
	const int on = 1;

	memset(nl, 0, offsetof(struct netlink, buffer));
	nl->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family);
	if (nl->fd < 0)
		return -1;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		if (setsockopt(nl->fd, SOL_NETLINK, options[i], &on, sizeof on)) {
			netlink_close(nl);
			return -1;
		}
	}
	nl->seq = 1;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	int e = errno;

	if (nl->fd >= 0)
		close(nl->fd);
	nl->fd = -1;
	errno = e;
}

/* ---- the builder -------------------------------------------------------------------------------- */

static void fail(struct netlink *nl, int error, unsigned message)
{
	if (nl->error)
		return;
	nl->error = error;
	nl->failed = message < nl->n ? nl->about[message] : NULL;
	nl->ack[0] = '\0';
}

/* size bytes at the end of the batch, zeroed up to the alignment; NULL when they do not fit. */
static void *reserve(struct netlink *nl, size_t size)
{
	unsigned char *p = nl->buffer + nl->len;
	size_t aligned = NLMSG_ALIGN(size);
	struct nlmsghdr *h;

	if (nl->error)
		return NULL;
	if (size > NETLINK_BUFFER || aligned > NETLINK_BUFFER - nl->len) {
		fail(nl, EMSGSIZE, nl->n - 1);
		return NULL;
	}
	memset(p, 0, aligned);
	nl->len += aligned;
	h = (struct nlmsghdr *)(void *)(nl->buffer + nl->message);
	h->nlmsg_len = (uint32_t)(nl->len - nl->message);
	return p;
}

void netlink_message(struct netlink *nl, uint16_t type, uint16_t flags, const void *body,
		     size_t size, const char *about)
{
	struct nlmsghdr *h;
	void *fixed;

	if (nl->n == NETLINK_MESSAGES || (nl->n && NETLINK_BUFFER - nl->len < NETLINK_ROOM))
		(void)netlink_send(nl); /* its failure sticks and is the caller's next answer */
	if (nl->error)
		return;
	nl->message = nl->len;
	nl->nests = 0;
	nl->about[nl->n++] = about;
	h = reserve(nl, NLMSG_HDRLEN);
	if (!h)
		return;
	h->nlmsg_type = type;
	h->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	h->nlmsg_seq = nl->seq + nl->n - 1;
	fixed = size ? reserve(nl, size) : NULL;
	if (fixed)
		memcpy(fixed, body, size);
}

static struct nlattr *attr(struct netlink *nl, uint16_t type, const void *data, size_t len)
{
	struct nlattr *a;

	if (len > UINT16_MAX - NLA_HDRLEN) {
		fail(nl, EMSGSIZE, nl->n - 1);
		return NULL;
	}
	a = reserve(nl, NLA_HDRLEN + len);
	if (!a)
		return NULL;
	a->nla_type = type;
	a->nla_len = (uint16_t)(NLA_HDRLEN + len);
	if (len)
		memcpy((char *)a + NLA_HDRLEN, data, len);
	return a;
}

void netlink_attr(struct netlink *nl, uint16_t type, const void *data, size_t len)
{
	attr(nl, type, data, len);
}

void netlink_attr_u32(struct netlink *nl, uint16_t type, uint32_t value)
{
	attr(nl, type, &value, sizeof value);
}

void netlink_attr_text(struct netlink *nl, uint16_t type, const char *text)
{
	attr(nl, type, text, strlen(text) + 1);
}

void netlink_nest(struct netlink *nl, uint16_t type, const void *body, size_t size)
{
	size_t at = nl->len;

	if (nl->nests == NETLINK_NESTS)
		fail(nl, EMSGSIZE, nl->n - 1);
	if (attr(nl, type, body, size))
		nl->nest[nl->nests++] = at;
}

void netlink_end(struct netlink *nl)
{
	struct nlattr *a;
	size_t len;

	if (nl->error)
		return;
	nl->nests--;
	len = nl->len - nl->nest[nl->nests];
	a = (struct nlattr *)(void *)(nl->buffer + nl->nest[nl->nests]);
	if (len > UINT16_MAX)
		fail(nl, EMSGSIZE, nl->n - 1);
	else
		a->nla_len = (uint16_t)len;
}

/* ---- the parser --------------------------------------------------------------------------------- */

const struct nlmsghdr *netlink_next(const void *buffer, size_t len, size_t *at, bool *bad)
{
	const struct nlmsghdr *h = (const void *)((const char *)buffer + *at);
	size_t left = len - *at, aligned;

	if (!left)
		return NULL;
	if (left < sizeof *h || h->nlmsg_len < sizeof *h || h->nlmsg_len > left) {
		*bad = true;
		return NULL;
	}
	aligned = NLMSG_ALIGN((size_t)h->nlmsg_len);
	*at += aligned < left ? aligned : left;
	return h;
}

const void *netlink_attrs(const struct nlmsghdr *h, size_t size, size_t *len)
{
	size_t body = NLMSG_HDRLEN + NLMSG_ALIGN(size);

	if (h->nlmsg_len < NLMSG_HDRLEN + size)
		return NULL;
	*len = h->nlmsg_len > body ? h->nlmsg_len - body : 0;
	return (const char *)h + (*len ? body : h->nlmsg_len);
}

bool netlink_parse(const void *attrs, size_t len, const struct nlattr *table[NETLINK_ATTRS])
{
	const char *p = attrs;

	for (size_t i = 0; i < NETLINK_ATTRS; i++)
		table[i] = NULL;
	while (len) {
		const struct nlattr *a = (const void *)p;
		size_t aligned;
		unsigned type;

		if (len < NLA_HDRLEN || a->nla_len < NLA_HDRLEN || a->nla_len > len)
			return false;
		type = a->nla_type & NLA_TYPE_MASK;
		if (type < NETLINK_ATTRS)
			table[type] = a;
		aligned = NLA_ALIGN((size_t)a->nla_len);
		if (aligned >= len)
			break;
		p += aligned;
		len -= aligned;
	}
	return true;
}

bool netlink_table(const struct nlmsghdr *h, size_t size, const struct nlattr *table[NETLINK_ATTRS])
{
	size_t len;
	const void *attrs = netlink_attrs(h, size, &len);

	return attrs && netlink_parse(attrs, len, table);
}

const struct nlattr *netlink_in(const struct nlattr *nest, const struct nlattr *before)
{
	size_t at = NLA_HDRLEN, left;
	const struct nlattr *a;

	if (before)
		at = (size_t)((const char *)before - (const char *)nest) +
		     NLA_ALIGN((size_t)before->nla_len);
	if (at + NLA_HDRLEN > nest->nla_len)
		return NULL;
	a = (const void *)((const char *)nest + at);
	left = nest->nla_len - at;
	return a->nla_len >= NLA_HDRLEN && a->nla_len <= left ? a : NULL;
}

static size_t length(const struct nlattr *a)
{
	return a->nla_len - (size_t)NLA_HDRLEN;
}

static const char *data(const struct nlattr *a)
{
	return (const char *)a + NLA_HDRLEN;
}

bool netlink_u32(const struct nlattr *a, uint32_t *out)
{
	return netlink_bytes(a, out, sizeof *out);
}

bool netlink_bytes(const struct nlattr *a, void *out, size_t size)
{
	return a && length(a) == size && netlink_first(a, out, size);
}

bool netlink_first(const struct nlattr *a, void *out, size_t size)
{
	if (!a || length(a) < size)
		return false;
	memcpy(out, data(a), size);
	return true;
}

bool netlink_text(const struct nlattr *a, char *out, size_t size)
{
	size_t n;

	if (!a)
		return false;
	n = strnlen(data(a), length(a));
	if (n >= size)
		n = size - 1;
	memcpy(out, data(a), n);
	out[n] = '\0';
	return true;
}

bool netlink_inner(const struct nlattr *a, const struct nlattr *table[NETLINK_ATTRS])
{
	return a && netlink_parse(data(a), length(a), table);
}

/* ---- sending and answers ------------------------------------------------------------------------ */

static int put(struct netlink *nl)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	ssize_t n;

	do
		n = sendto(nl->fd, nl->buffer, nl->len, 0, (struct sockaddr *)&kernel,
			   sizeof kernel);
	while (n < 0 && errno == EINTR);
	if (n >= 0 && (size_t)n != nl->len) {
		errno = EMSGSIZE;
		return -1;
	}
	return n < 0 ? -1 : 0;
}

/* One datagram of the kernel's, never waited for; its length, or -1 and errno. */
static ssize_t take(struct netlink *nl, void *buffer, size_t size)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {buffer, size};
	struct msghdr m = {.msg_name = &from,
			   .msg_namelen = sizeof from,
			   .msg_iov = &iov,
			   .msg_iovlen = 1};
	ssize_t n;

	for (;;) {
		n = recvmsg(nl->fd, &m, MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n >= 0 && from.nl_pid) /* not the kernel's */
			continue;
		break;
	}
	if (n >= 0 && m.msg_flags & MSG_TRUNC) {
		errno = EMSGSIZE;
		return -1;
	}
	return n;
}

/* The error of an NLMSG_ERROR in *error (0 = success) and the kernel's words on it. */
static bool read_error(const struct nlmsghdr *h, int *error, char *ack, size_t size)
{
	const struct nlattr *table[NETLINK_ATTRS];
	const struct nlmsgerr *e = (const void *)((const char *)h + NLMSG_HDRLEN);
	size_t fixed = sizeof *e, len;
	const void *attrs;

	ack[0] = '\0';
	if (h->nlmsg_len < NLMSG_HDRLEN + sizeof *e)
		return false;
	*error = -e->error;
	if (!(h->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len > sizeof e->msg)
		fixed += e->msg.nlmsg_len - sizeof e->msg;
	attrs = netlink_attrs(h, fixed, &len);
	if (!(h->nlmsg_flags & NLM_F_ACK_TLVS) || !attrs || !netlink_parse(attrs, len, table))
		return true;
	netlink_text(table[NLMSGERR_ATTR_MSG], ack, size);
	return true;
}

/* The answer to message i of the batch. */
static bool answered(struct netlink *nl, const struct nlmsghdr *h)
{
	unsigned i = h->nlmsg_seq - nl->seq;
	char ack[sizeof nl->ack];
	int error;

	if (!read_error(h, &error, ack, sizeof ack) || error < 0)
		return false;
	if (error && !nl->error && nl->about[i]) {
		fail(nl, error, i);
		memcpy(nl->ack, ack, sizeof ack);
	}
	return true;
}

static void reset(struct netlink *nl)
{
	nl->seq += nl->n;
	nl->n = 0;
	nl->len = 0;
	nl->nests = 0;
}

/* Errors come unasked, each when its message is done: behind the answer to the last one is none. */
static void read_answers(struct netlink *nl)
{
	_Alignas(NLMSG_ALIGNTO) char reply[1024];
	const unsigned last = nl->n - 1;

	for (bool end = false; !end;) {
		const struct nlmsghdr *h;
		ssize_t n = take(nl, reply, sizeof reply);
		size_t at = 0;
		bool bad = n < 0;

		while (!bad && (h = netlink_next(reply, (size_t)n, &at, &bad))) {
			if (h->nlmsg_type != NLMSG_ERROR || h->nlmsg_seq - nl->seq > last)
				continue; /* of an earlier batch that failed */
			bad = !answered(nl, h);
			end |= h->nlmsg_seq - nl->seq == last;
		}
		if (bad) {
			fail(nl, n < 0 && errno != EAGAIN ? errno : EBADMSG, last);
			return;
		}
	}
}

int netlink_send(struct netlink *nl)
{
	if (nl->n && !nl->error) {
		((struct nlmsghdr *)(void *)(nl->buffer + nl->message))->nlmsg_flags |= NLM_F_ACK;
		if (put(nl))
			fail(nl, errno, 0);
		else
			read_answers(nl);
	}
	reset(nl);
	errno = nl->error;
	return nl->error ? -1 : 0;
}

void netlink_clear(struct netlink *nl)
{
	nl->error = 0;
	nl->failed = NULL;
	nl->ack[0] = '\0';
}

/* One message of an answer: 1 goes on, 0 was the end, -1 and errno. */
static int part(struct netlink *nl, const struct nlmsghdr *h, uint16_t reply,
		void (*each)(const struct nlmsghdr *, void *), void *arg)
{
	int error = 0;

	if (h->nlmsg_seq != nl->seq)
		return 1; /* of an earlier request that failed amid its answer */
	if (h->nlmsg_flags & NLM_F_DUMP_INTR) {
		errno = EINTR;
		return -1;
	}
	if (h->nlmsg_type == NLMSG_DONE) {
		if (h->nlmsg_len >= NLMSG_HDRLEN + sizeof error)
			memcpy(&error, (const char *)h + NLMSG_HDRLEN, sizeof error);
		errno = -error;
		return error ? -1 : 0;
	}
	if (h->nlmsg_type == NLMSG_ERROR) {
		if (!read_error(h, &error, nl->ack, sizeof nl->ack) || error < 0)
			error = EBADMSG;
		errno = error;
		return error ? -1 : 0;
	}
	if (h->nlmsg_type == reply)
		each(h, arg);
	return h->nlmsg_flags & NLM_F_MULTI ? 1 : 0;
}

static int read_answer(struct netlink *nl, char buffer[NETLINK_REPLY], uint16_t reply,
		       void (*each)(const struct nlmsghdr *, void *), void *arg)
{
	if (put(nl))
		return -1;
	for (;;) {
		const struct nlmsghdr *h;
		ssize_t n = take(nl, buffer, NETLINK_REPLY);
		size_t at = 0;
		bool bad = false;

		if (n < 0)
			return -1;
		while ((h = netlink_next(buffer, (size_t)n, &at, &bad))) {
			int r = part(nl, h, reply, each, arg);

			if (r <= 0)
				return r;
		}
		if (bad) {
			errno = EBADMSG;
			return -1;
		}
	}
}

int netlink_read(struct netlink *nl, uint16_t reply, void (*each)(const struct nlmsghdr *, void *),
		 void *arg)
{
	_Alignas(NLMSG_ALIGNTO) char buffer[NETLINK_REPLY];
	int r = -1;

	if (nl->error)
		errno = nl->error;
	else
		r = read_answer(nl, buffer, reply, each, arg);
	if (nl->secret)
		explicit_bzero(buffer, sizeof buffer);
	if (r)
		fail(nl, errno, 0);
	reset(nl);
	errno = nl->error;
	return r;
}
