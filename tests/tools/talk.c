/*
 * talk serve tcp|udp PORT… : answers everybody with a line `PORT ADDRESS-OF-THE-ASKER`; says
 * `ready` when all its sockets are bound.  Both families.
 *
 * talk [-w SECONDS] ask tcp|udp ADDRESS PORT : sends a line, prints the answer.  Status 0; 1 when nothing came
 * in time (10 s) or the way was refused, with the reason on stderr.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { SERVERS = 16 };

static void die(const char *what)
{
	fprintf(stderr, "talk: %s: %s\n", what, strerror(errno));
	exit(1);
}

static struct sockaddr_storage resolve(const char *address, const char *port, socklen_t *len)
{
	const struct addrinfo hint = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	struct sockaddr_storage out = {0};
	struct addrinfo *found;

	if (getaddrinfo(address, port, &hint, &found)) {
		fprintf(stderr, "talk: no address: %s\n", address);
		exit(2);
	}
	memcpy(&out, found->ai_addr, found->ai_addrlen);
	*len = found->ai_addrlen;
	freeaddrinfo(found);
	return out;
}

/* An answer, without the prefix of an IPv4 address in an IPv6 one. */
static int answer(char *text, size_t size, const char *port, const struct sockaddr_storage *from,
		  socklen_t len)
{
	char host[64], *p = host;

	if (getnameinfo((const struct sockaddr *)from, len, host, sizeof host, NULL, 0,
			NI_NUMERICHOST))
		strcpy(host, "?");
	if (!strncmp(p, "::ffff:", 7))
		p += 7;
	return snprintf(text, size, "%s %s\n", port, p);
}

static void serve_one(int server, int tcp, const char *port)
{
	struct sockaddr_storage from;
	socklen_t len = sizeof from;
	char text[128];
	int fd, n;

	if (!tcp) {
		if (recvfrom(server, text, sizeof text, 0, (struct sockaddr *)&from, &len) >= 0) {
			n = answer(text, sizeof text, port, &from, len);
			(void)!sendto(server, text, (size_t)n, 0, (struct sockaddr *)&from, len);
		}
		return;
	}
	fd = accept(server, (struct sockaddr *)&from, &len);
	if (fd < 0)
		return;
	/* what is not read when the socket is closed becomes a reset, which overtakes the answer */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){.tv_sec = 5},
		   sizeof(struct timeval));
	if (read(fd, text, sizeof text) > 0) {
		n = answer(text, sizeof text, port, &from, len);
		(void)!write(fd, text, (size_t)n);
	}
	close(fd);
}

static _Noreturn void serve(int tcp, char **ports, int n)
{
	struct pollfd p[SERVERS];
	int one = 1;

	for (int i = 0; i < n; i++) {
		socklen_t len;
		struct sockaddr_storage at = resolve("::", ports[i], &len);

		p[i] = (struct pollfd){socket(AF_INET6,
					      (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0),
				       POLLIN, 0};
		setsockopt(p[i].fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
		if (p[i].fd < 0 || bind(p[i].fd, (struct sockaddr *)&at, len) ||
		    (tcp && listen(p[i].fd, 64)))
			die(ports[i]);
	}
	puts("ready");
	fflush(stdout);
	for (;;) {
		if (poll(p, (nfds_t)n, -1) < 0)
			continue;
		for (int i = 0; i < n; i++)
			if (p[i].revents)
				serve_one(p[i].fd, tcp, ports[i]);
	}
}

static void wait_for(int fd, short events, int ms)
{
	struct pollfd p = {fd, events, 0};
	int n = poll(&p, 1, ms);

	if (n > 0)
		return;
	errno = n ? errno : ETIMEDOUT;
	die("no answer");
}

static int ask(int tcp, const char *address, const char *port, int ms)
{
	socklen_t len, size = sizeof(int);
	struct sockaddr_storage to = resolve(address, port, &len);
	int fd = socket(to.ss_family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_NONBLOCK, 0),
	    error = 0;
	char text[128];
	ssize_t n;

	if (fd < 0)
		die("socket");
	if (connect(fd, (struct sockaddr *)&to, len) && errno != EINPROGRESS)
		die("connect");
	wait_for(fd, POLLOUT, ms);
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) || error) {
		errno = error;
		die("connect");
	}
	if (write(fd, "hello\n", 6) != 6)
		die("write");
	wait_for(fd, POLLIN, ms);
	n = read(fd, text, sizeof text);
	if (n <= 0)
		die("read");
	(void)!write(1, text, (size_t)n);
	return 0;
}

int main(int argc, char **argv)
{
	int ms = 10000, tcp;

	if (argc > 3 && !strcmp(argv[1], "-w")) {
		ms = (int)strtol(argv[2], NULL, 10) * 1000;
		argv += 2;
		argc -= 2;
	}
	tcp = argc > 3 && !strcmp(argv[2], "tcp");
	if (argc > 3 && argc - 3 <= SERVERS && !strcmp(argv[1], "serve"))
		serve(tcp, argv + 3, argc - 3);
	if (argc == 5 && !strcmp(argv[1], "ask"))
		return ask(tcp, argv[3], argv[4], ms);
	fputs("usage: talk serve tcp|udp PORT...; talk [-w SECONDS] ask tcp|udp ADDRESS PORT\n",
	      stderr);
	return 2;
}
