/*
 * pty [-w COLUMNSxROWS] [-e] [STEP...] -- COMMAND [ARGUMENT...]: runs COMMAND in a new session on a
 * fresh terminal. What the terminal shows goes to stdout, stdin goes to the terminal; the status is
 * COMMAND's, 128+N when killed. Lines end in CR LF, as a terminal's do.
 *
 * -e sends the end-of-file character when stdin ends. Steps make an event-driven script; they are
 * done in order, and the rest of the script waits for each TEXT to be shown:
 *   --when TEXT           wait until TEXT has been shown (after what earlier steps saw)
 *   --send TEXT           type TEXT; \r, \n, \e, \\ and \xHH as in C
 *   --resize COLUMNSxROWS change the window's size
 *   --hangup              take the terminal away
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define SEEN_SIZE 65536

/* What the script still has to do, and what the terminal has shown since the last `--when`. */
struct script {
	char **step, **end;
	char seen[SEEN_SIZE + 1];
	size_t used;
};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "pty: %s: %s\n", what, strerror(errno));
	exit(125);
}

static _Noreturn void usage(void)
{
	fputs("usage: pty [-w COLUMNSxROWS] [-e] [--when TEXT | --send TEXT | "
	      "--resize COLUMNSxROWS | --hangup]... -- COMMAND [ARGUMENT...]\n",
	      stderr);
	exit(125);
}

static void resize(int fd, const char *size)
{
	struct winsize w = {0};
	char *end;

	w.ws_col = (unsigned short)strtol(size, &end, 10);
	if (*end != 'x')
		usage();
	w.ws_row = (unsigned short)strtol(end + 1, NULL, 10);
	if (ioctl(fd, TIOCSWINSZ, &w))
		die("TIOCSWINSZ");
}

static void write_all(int fd, const char *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return; /* the other side is gone; its status says why */
		data += n;
		size -= (size_t)n;
	}
}

static void type(int fd, const char *text)
{
	for (; *text; text++) {
		char c = *text;

		if (c == '\\' && text[1]) {
			c = *++text;
			if (c == 'x' && text[1] && text[2]) {
				const char digits[] = {text[1], text[2], '\0'};

				c = (char)strtol(digits, NULL, 16);
				text += 2;
			} else {
				c = (char)(c == 'r' ? '\r' : c == 'n' ? '\n' : c == 'e' ? 27 : c);
			}
		}
		write_all(fd, &c, 1);
	}
}

/* Does every step that can be done now; -1 is a terminal that has been taken away. */
static int advance(struct script *s, int master)
{
	while (s->step < s->end) {
		if (strcmp(*s->step, "--hangup") == 0) {
			close(master);
			s->step++;
			return -1;
		}
		if (strcmp(*s->step, "--when") == 0) {
			char *at = strstr(s->seen, s->step[1]);

			if (!at)
				return master;
			at += strlen(s->step[1]);
			s->used -= (size_t)(at - s->seen);
			memmove(s->seen, at, s->used + 1);
		} else if (strcmp(*s->step, "--send") == 0) {
			type(master, s->step[1]);
		} else {
			resize(master, s->step[1]);
		}
		s->step += 2;
	}
	return master;
}

static void remember(struct script *s, const char *data, size_t size)
{
	if (s->used + size > SEEN_SIZE)
		s->used = 0;
	for (size_t i = 0; i < size; i++)
		s->seen[s->used++] = data[i] ? data[i] : ' ';
	s->seen[s->used] = '\0';
}

/* Until the last process has closed the terminal: then the master reads EIO. */
static void relay(int master, struct script *s, int send_eof)
{
	struct pollfd p[2] = {{master, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
	char buf[4096];

	master = advance(s, master);
	while (master >= 0) {
		ssize_t n;

		if (poll(p, 2, -1) < 0) {
			if (errno == EINTR)
				continue;
			die("poll");
		}
		if (p[1].revents) {
			n = read(STDIN_FILENO, buf, sizeof(buf));
			if (n > 0) {
				write_all(master, buf, (size_t)n);
			} else if (n == 0 || errno != EINTR) {
				p[1].fd = -1;
				if (send_eof)
					write_all(master, "\004", 1);
			}
		}
		if (!p[0].revents)
			continue;
		n = read(master, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		write_all(STDOUT_FILENO, buf, (size_t)n);
		remember(s, buf, (size_t)n);
		master = advance(s, master);
	}
}

static int child(const char *slave, char **command)
{
	int fd;

	setsid();
	fd = open(slave, O_RDWR); /* no controlling terminal yet: this one becomes it */
	if (fd < 0)
		die(slave);
	if (ioctl(fd, TIOCSCTTY, 0))
		die("TIOCSCTTY");
	for (int i = 0; i < 3; i++)
		dup2(fd, i);
	if (fd > 2)
		close(fd);
	execvp(command[0], command);
	fprintf(stderr, "pty: %s: %s\n", command[0], strerror(errno));
	return errno == ENOENT ? 127 : 126;
}

/* Where COMMAND starts; checks the steps before it. */
static char **find_command(struct script *s, char **argv)
{
	s->step = argv;
	while (*argv && strcmp(*argv, "--") != 0) {
		int pair = !strcmp(*argv, "--when") || !strcmp(*argv, "--send") ||
			   !strcmp(*argv, "--resize");

		if (!pair && strcmp(*argv, "--hangup") != 0)
			usage();
		argv += 1 + pair;
		if (pair && !argv[-1])
			usage();
	}
	s->end = argv;
	if (!*argv || !argv[1])
		usage();
	return argv + 1;
}

int main(int argc, char **argv)
{
	static struct script s;
	const char *size = NULL;
	int status, send_eof = 0, at = 1, master;
	char **command;
	pid_t pid;

	for (; at < argc && argv[at][0] == '-' && argv[at][1] != '-'; at++) {
		if (strcmp(argv[at], "-e") == 0)
			send_eof = 1;
		else if (strcmp(argv[at], "-w") == 0 && at + 1 < argc)
			size = argv[++at];
		else
			usage();
	}
	command = find_command(&s, argv + at);
	signal(SIGPIPE, SIG_IGN);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (master < 0 || grantpt(master) || unlockpt(master))
		die("posix_openpt");
	if (size)
		resize(master, size);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		_exit(child(ptsname(master), command));
	}
	relay(master, &s, send_eof);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
