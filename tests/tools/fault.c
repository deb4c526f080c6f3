/*
 * fault [-l FILE] [-k POINT | -K POINT | -e POINT:ERRNO] [-c COMM] [-t SECONDS] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND and whatever it starts under ptrace, and knows each of their system calls as a POINT,
 * PROCESS:SYSCALL:N: its process, the call's number, the how manieth of that kind there.  COMMAND is
 * process 1, its second child 1.2, that one's first 1.2.1.  So a point means the same moment in every
 * run, in whatever order processes come to run, and a sweep has one for each moment of a whole start.
 *   -l FILE          writes a line `POINT COMM` for each
 *   -k POINT         SIGKILL instead of this call, to the process that makes it
 *   -K POINT         SIGKILL to COMMAND's process at that moment
 *   -e POINT:ERRNO   this call is not made, its answer is ERRNO
 *   -c COMM          a process that executes COMM is let alone from then on: the container's own
 *   -t SECONDS       ends all of it and says `hang` (20)
 * It waits for every process that it has seen; its status is COMMAND's, 128 + N after a signal.
 * Status 99: the point was never reached; 98: it hung; 97: a failure of its own.
 */

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 512
#define CALLS 600
#define HUNG 98
#define FAILED 97
#define NOT_REACHED 99
#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

/* What <linux/ptrace.h> calls ptrace_syscall_info, which clashes with some libcs' headers. */
struct call {
	unsigned char op, pad[3];
	unsigned arch;
	unsigned long long ip, sp, nr, args[6];
};
#define GET_SYSCALL_INFO 0x420e /* an enum would not be the one that glibc wants */
enum { OP_ENTRY = 1, OP_EXIT = 2 };

static struct process {
	pid_t pid;
	char name[56]; /* "": its parent's event is still to come */
	int children;
	bool stands; /* so far */
	bool alone;  /* it executes COMM: not counted */
	int error;   /* the answer of the call that it is in; 0: the kernel's */
	unsigned calls[CALLS];
} processes[MOST];

static char mode;
static const char *at = "";
static bool reached;
static int error;
static const char *container;
static FILE *list;
static pid_t root;

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "fault: %s: %s\n", what, strerror(errno));
	exit(FAILED);
}

static struct process *process(pid_t pid)
{
	struct process *free_one = NULL;

	for (struct process *p = processes; p < processes + MOST; p++) {
		if (p->pid == pid)
			return p;
		if (!p->pid && !free_one)
			free_one = p;
	}
	if (!free_one)
		die("too many processes");
	memset(free_one, 0, sizeof *free_one);
	free_one->pid = pid;
	return free_one;
}

static const char *comm(pid_t pid)
{
	static char text[64];
	FILE *f;

	snprintf(text, sizeof text, "/proc/%d/comm", pid);
	f = fopen(text, "r");
	if (!f || !fgets(text, sizeof text, f))
		strcpy(text, "?");
	if (f)
		fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return text;
}

/* The number of the call that a process is about to make, or what it finds as its answer. */
static void set_register(pid_t pid, int is_number, long value)
{
#if defined(__x86_64__)
	size_t at_byte = is_number ? offsetof(struct user_regs_struct, orig_rax)
				   : offsetof(struct user_regs_struct, rax);

	ptrace(PTRACE_POKEUSER, pid, (void *)at_byte, (void *)value);
#elif defined(__aarch64__)
	struct user_regs_struct regs;
	int number = (int)value;
	struct iovec v = {&number, sizeof number};

	if (is_number) {
		ptrace(PTRACE_SETREGSET, pid, (void *)0x404 /* NT_ARM_SYSTEM_CALL */, &v);
		return;
	}
	v = (struct iovec){&regs, sizeof regs};
	ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &v);
	regs.regs[0] = (unsigned long long)value;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &v);
#else
	(void)pid, (void)is_number, (void)value;
	errno = ENOSYS;
	die("-e on this machine");
#endif
}

/* After the fault nothing is counted any more, and nobody waits for an event of one who was killed. */
static void go_on(struct process *p, int signal)
{
	bool free_run = p->alone || (reached && !p->error);

	p->stands = false;
	ptrace(free_run ? PTRACE_CONT : PTRACE_SYSCALL, p->pid, NULL, (void *)(long)signal);
}

static void reach(struct process *p)
{
	reached = true;
	if (mode == 'e') {
		set_register(p->pid, 1, -1);
		p->error = error;
		return;
	}
	kill(mode == 'k' ? p->pid : root, SIGKILL);
	for (struct process *q = processes; q < processes + MOST; q++)
		if (q->pid && q->stands)
			go_on(q, 0);
}

static void entered(struct process *p, const struct call *c)
{
	char point[sizeof p->name + 32];

	if (reached || c->nr >= CALLS)
		return;
	snprintf(point, sizeof point, "%s:%llu:%u", p->name, c->nr, ++p->calls[c->nr]);
	if (list)
		fprintf(list, "%s %s\n", point, comm(p->pid));
	if (!strcmp(point, at))
		reach(p);
}

static void in_syscall(struct process *p)
{
	struct call c;

	/* it may have been killed meanwhile */
	if (p->alone || ptrace(GET_SYSCALL_INFO, p->pid, (void *)sizeof c, &c) < 0)
		return;
	if (c.op == OP_ENTRY)
		entered(p, &c);
	if (c.op == OP_EXIT && p->error) {
		set_register(p->pid, 0, -p->error);
		p->error = 0;
	}
}

/* By its parent's event it has a name. */
static void born(struct process *parent, struct process *p)
{
	snprintf(p->name, sizeof p->name, "%.40s.%d", parent->name, ++parent->children);
	p->alone = parent->alone;
	if (p->stands)
		go_on(p, 0);
}

static void event_of(struct process *p, int event)
{
	unsigned long child = 0;

	if (event == PTRACE_EVENT_EXEC)
		p->alone = container && !strcmp(comm(p->pid), container);
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	     event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &child) == 0)
		born(p, process((pid_t)child));
}

static void stopped(struct process *p, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16;

	if (!*p->name && !reached) {
		p->stands = true;
		return;
	}
	if (signal == (SIGTRAP | 0x80)) {
		in_syscall(p);
	} else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP) {
		ptrace(PTRACE_LISTEN, p->pid, NULL, NULL); /* a group's stop */
		return;
	} else if (event) {
		event_of(p, event);
	}
	if (signal == (SIGTRAP | 0x80) || event)
		signal = 0;
	go_on(p, signal);
}

/* Until the last one has ended; COMMAND's status. */
static int watch(void)
{
	int status, result = FAILED;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid <= 0)
			continue;
		if (WIFSTOPPED(status)) {
			stopped(process(pid), status);
			continue;
		}
		process(pid)->pid = 0;
		if (pid == root)
			result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	}
	return result;
}

static void hung(int signal)
{
	static const char text[] = "fault: hang\n";

	(void)signal;
	(void)!write(2, text, sizeof text - 1);
	_exit(HUNG); /* those who are traced die with us */
}

static void begin(char **command)
{
	int gate[2];
	char go;

	if (pipe(gate))
		die("pipe");
	root = fork();
	if (root < 0)
		die("fork");
	if (!root) {
		close(gate[1]);
		if (read(gate[0], &go, 1) < 0)
			die("read");
		close(gate[0]);
		execvp(command[0], command);
		die(command[0]);
	}
	close(gate[0]);
	strcpy(process(root)->name, "1");
	process(root)->alone = true; /* until it is COMMAND */
	if (ptrace(PTRACE_SEIZE, root, NULL, (void *)OPTIONS) ||
	    ptrace(PTRACE_INTERRUPT, root, NULL, NULL))
		die("ptrace");
	close(gate[1]);
}

static int usage(void)
{
	fputs("usage: fault [-l FILE] [-k POINT | -K POINT | -e POINT:ERRNO] [-c COMM] [-t SECONDS] "
	      "COMMAND...\n",
	      stderr);
	return 2;
}

int main(int argc, char **argv)
{
	unsigned seconds = 20;
	int opt, status;
	char *end;

	while ((opt = getopt(argc, argv, "+l:k:K:e:c:t:")) != -1) {
		if (opt == 'l')
			list = fopen(optarg, "we");
		else if (opt == 'c')
			container = optarg;
		else if (opt == 't')
			seconds = (unsigned)strtoul(optarg, NULL, 10);
		else if (opt == '?')
			return usage();
		else {
			mode = (char)opt;
			at = optarg;
		}
		if (opt == 'e') {
			end = strrchr(optarg, ':');
			if (!end)
				return usage();
			*end = '\0';
			error = (int)strtoul(end + 1, NULL, 10);
		}
		if (opt == 'l' && !list)
			die(optarg);
	}
	if (!argv[optind])
		return usage();
	signal(SIGALRM, hung);
	alarm(seconds);
	begin(argv + optind);
	status = watch();
	if (list && fclose(list))
		die("the list");
	return mode && !reached ? NOT_REACHED : status;
}
