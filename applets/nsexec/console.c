/*
 * console.c - the outer end of a container's terminal: our stdin and stdout against the pty's master.
 *
 * Our terminal, when stdin is one, is raw meanwhile, and as it was afterwards.  What the slave's side
 * wrote before it closed is read to the end: the master gives EIO only after the last byte.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"

void console_open(struct relay *c, int master)
{
	struct termios raw;

	*c = (struct relay){.master = master, .in = 0};
	fcntl(master, F_SETFL, O_NONBLOCK);
	if (tcgetattr(0, &c->saved))
		return;
	console_resize(c);
	raw = c->saved;
	cfmakeraw(&raw);
	c->raw = !tcsetattr(0, TCSADRAIN, &raw);
}

void console_resize(const struct relay *c)
{
	struct winsize size;

	if (!ioctl(0, TIOCGWINSZ, &size))
		ioctl(c->master, TIOCSWINSZ, &size);
}

/* All of it, though the master takes it in pieces while COMMAND does not read. */
static void push(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};

			if (poll(&p, 1, 1000) <= 0)
				return; /* a COMMAND that never reads: its input queue is full */
		} else if (n < 0 && errno != EINTR) {
			return;
		} else if (n > 0) {
			buf += n;
			len -= (size_t)n;
		}
	}
}

void console_input(struct relay *c)
{
	char buf[4096];
	ssize_t n = read(c->in, buf, sizeof buf);

	if (n > 0) {
		push(c->master, buf, (size_t)n);
	} else if (!n || (errno != EINTR && errno != EAGAIN)) {
		push(c->master, "\004", 1); /* the terminal's end of file */
		c->in = -1;
	}
}

bool console_output(struct relay *c)
{
	char buf[8192];
	ssize_t n = read(c->master, buf, sizeof buf);

	if (n > 0)
		return !file_write_all(1, buf, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

void console_close(struct relay *c)
{
	struct pollfd p = {.fd = c->master, .events = POLLIN};

	while (poll(&p, 1, 0) > 0 && p.revents & POLLIN && console_output(c))
		;
	if (c->raw)
		tcsetattr(0, TCSADRAIN, &c->saved);
	close(c->master);
}
