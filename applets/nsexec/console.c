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

/* The master takes it in pieces while COMMAND does not read; nothing waits for that, nothing is lost. */
void console_feed(struct relay *c)
{
	ssize_t n = write(c->master, c->input + c->fed, c->have - c->fed);

	if (n > 0)
		c->fed += (size_t)n;
	else if (n < 0 && errno != EINTR && errno != EAGAIN)
		c->fed = c->have;
}

void console_input(struct relay *c)
{
	bool in_line = c->have && c->input[c->have - 1] != '\n';
	ssize_t n = read(c->in, c->input, sizeof c->input);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* the terminal's end of file; within a line its end comes first */
		c->input[0] = c->input[1] = '\004';
		n = 1 + in_line;
		c->in = -1;
	}
	c->have = (size_t)n;
	c->fed = 0;
	console_feed(c);
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
