/*
 * netlink.h - rtnetlink by hand: a bounded builder, one batch a sendmsg, and a bounded parser.
 *
 * A socket keeps the namespace it was opened in, so one process holds one for each side.
 *
 * Building: netlink_message opens a message, netlink_attr and netlink_nest fill it; netlink_send sends
 * all that were built in one sendmsg, and reads an answer to the last one and the errors of all.  What
 * does not fit (16 bits of an attribute's length, the buffer) is an error that sticks until netlink_send
 * reports it, EMSGSIZE; a batch that grows full is sent by itself and the building goes on.
 *
 * Reading: no length in a reply is trusted.  The kernel answers a request within sendmsg and fills a
 * dump within recvmsg, so nothing here ever waits: an answer that is not there is an error.
 */
#ifndef NSK_NETLINK_H
#define NSK_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <linux/netlink.h>

enum {
	NETLINK_BUFFER = 16384, /* bytes of a batch */
	NETLINK_ROOM = 4096,	/* a message begins only where that much is left */
	NETLINK_MESSAGES = 64,	/* of a batch: if all are refused, that must fit into the socket */
	NETLINK_NESTS = 4,
	NETLINK_REPLY = 32768, /* the kernel fills dumps to at most that */
	NETLINK_TRIES =
		100, /* of a dump that others' changes disturb: it takes a millisecond or less */
	NETLINK_ATTRS = 80, /* highest attribute type of netlink_parse + 1 */
};

struct netlink {
	int fd;		/* -1: none */
	uint32_t seq;	/* of the first message of the batch */
	size_t len;	/* of the batch, aligned */
	size_t message; /* where the open message begins */
	size_t nest[NETLINK_NESTS];
	unsigned nests;
	bool secret;			     /* what is read holds keys: no copy of it stays */
	unsigned n;			     /* messages in the batch */
	const char *about[NETLINK_MESSAGES]; /* what each is about, for error messages */

	int error;	    /* errno of the first failure, 0: none */
	const char *failed; /* what that message was about */
	char ack[160];	    /* the kernel's own words on it, "" = none */

	_Alignas(NLMSG_ALIGNTO) unsigned char buffer[NETLINK_BUFFER];
};

/* Opens a socket (NETLINK_ROUTE, …) in the caller's present network namespace: 0, or -1 and errno. */
int netlink_open(struct netlink *, int family);
void netlink_close(struct netlink *);

/*
 * Opens a message: flags beside NLM_F_REQUEST; body is its fixed part; about says in a message of ours
 * what it does ("eth0: address 10.0.0.2/24") and must live until it is sent; NULL: the kernel's refusal
 * of this one counts for nothing.
 */
void netlink_message(struct netlink *, uint16_t type, uint16_t flags, const void *body, size_t size,
		     const char *about);
void netlink_attr(struct netlink *, uint16_t type, const void *data, size_t len);
void netlink_attr_u32(struct netlink *, uint16_t type, uint32_t value);
void netlink_attr_text(struct netlink *, uint16_t type, const char *text); /* with its NUL */
/* An attribute that holds others; body (size may be 0) stands before them. */
void netlink_nest(struct netlink *, uint16_t type, const void *body, size_t size);
void netlink_end(struct netlink *);

/* Sends the batch and reads its answers: 0, or -1 and errno, with error, failed and ack set. */
int netlink_send(struct netlink *);

/* Forgets the last failure, for a caller that can live with it. */
void netlink_clear(struct netlink *);

/*
 * Sends the one message that was built and calls each for every part of the answer, which is of the
 * caller's `reply` type; for a request with NLM_F_DUMP until the end of the dump.  0; -1 and errno:
 * EINTR when the dump was disturbed and must be read again, EBADMSG for a reply that is no message.
 */
int netlink_read(struct netlink *, uint16_t reply, void (*each)(const struct nlmsghdr *, void *),
		 void *arg);

/*
 * The parser, also for tests and fuzzing.  netlink_next: the message at *at in a buffer of len bytes,
 * NULL at the end; *bad is set when the buffer ends amid one.
 */
const struct nlmsghdr *netlink_next(const void *buffer, size_t len, size_t *at, bool *bad);

/* The part of a message behind its fixed part of size bytes, NULL when it is shorter than that. */
const void *netlink_attrs(const struct nlmsghdr *, size_t size, size_t *len);

/* Sorts attributes by type, the last of a type wins; false when one passes the end. */
bool netlink_parse(const void *attrs, size_t len, const struct nlattr *table[NETLINK_ATTRS]);
/* Both: those of a message with a fixed part of that size. */
bool netlink_table(const struct nlmsghdr *, size_t size, const struct nlattr *table[NETLINK_ATTRS]);
/* Of a nest that lists several of a type: the one behind `before`, NULL: the first; NULL at the end. */
const struct nlattr *netlink_in(const struct nlattr *nest, const struct nlattr *before);

/* Values of an attribute (NULL: none): false when the size is wrong. Text is cut to size and ended. */
bool netlink_u32(const struct nlattr *, uint32_t *out);
bool netlink_text(const struct nlattr *, char *out, size_t size);
bool netlink_bytes(const struct nlattr *, void *out, size_t size);
/* The same of a struct that grows with the kernels: its first size bytes. */
bool netlink_first(const struct nlattr *, void *out, size_t size);
bool netlink_inner(const struct nlattr *, const struct nlattr *table[NETLINK_ATTRS]);

#endif
