/*
 * fault [-l FILE] [-k N | -K N | -e N:ERRNO] [-c COMM] [-t SECONDS] COMMAND [ARGUMENT...]
 *
 * Runs COMMAND and whatever it starts under ptrace and counts their system calls, from 1, in the one
 * order in which they come.  Then a sweep has a number for each moment of a whole start.
 *   -l FILE     writes a line `N COMM SYSCALL`, SYSCALL by number, for each
 *   -k N        SIGKILL instead of the Nth call, to the process that makes it
 *   -K N        SIGKILL to COMMAND's process at that moment
 *   -e N:ERRNO  the Nth call is not made, its answer is ERRNO
 *   -c COMM     a process that executes COMM is let alone from then on: the container's own
 *   -t SECONDS  ends all of it and says `hang` (20)
 * It waits for every process that it has seen; its status is COMMAND's, 128 + N after a signal.
 * Status 99: the number was never reached; 98: it hung; 97: a failure of its own.
 */

#include <elf.h>
#include <errno.h>
#include <signal.h>
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
	int alone; /* it executes COMM: not counted */
	int error; /* the answer of the call that it is in; 0: the kernel's */
} processes[MOST];

static long count, at;
static char mode;
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
	*free_one = (struct process){.pid = pid};
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

static void entered(struct process *p, const struct call *c)
{
	count++;
	if (list)
		fprintf(list, "%ld %s %llu\n", count, comm(p->pid), c->nr);
	if (count != at)
		return;
	if (mode == 'k')
		kill(p->pid, SIGKILL);
	else if (mode == 'K')
		kill(root, SIGKILL);
	else {
		set_register(p->pid, 1, -1);
		p->error = error;
	}
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

static void event_of(struct process *p, int event)
{
	unsigned long child = 0;

	if (event == PTRACE_EVENT_EXEC)
		p->alone = container && !strcmp(comm(p->pid), container);
	if ((event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	     event == PTRACE_EVENT_CLONE) &&
	    ptrace(PTRACE_GETEVENTMSG, p->pid, NULL, &child) == 0)
		process((pid_t)child)->alone = p->alone;
}

static void stopped(struct process *p, int status)
{
	int signal = WSTOPSIG(status), event = status >> 16, request = PTRACE_SYSCALL;

	if (signal == (SIGTRAP | 0x80))
		in_syscall(p);
	else if (event == PTRACE_EVENT_STOP && signal != SIGTRAP)
		request = PTRACE_LISTEN; /* a group's stop */
	else if (event)
		event_of(p, event);
	if (signal == (SIGTRAP | 0x80) || event)
		signal = 0;
	if (p->alone && request == PTRACE_SYSCALL)
		request = PTRACE_CONT;
	ptrace(request, p->pid, NULL, (void *)(long)signal);
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
	process(root)->alone = 1; /* until it is COMMAND */
	if (ptrace(PTRACE_SEIZE, root, NULL, (void *)OPTIONS) ||
	    ptrace(PTRACE_INTERRUPT, root, NULL, NULL))
		die("ptrace");
	close(gate[1]);
}

static int usage(void)
{
	fputs("usage: fault [-l FILE] [-k N | -K N | -e N:ERRNO] [-c COMM] [-t SECONDS] COMMAND...\n",
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
			at = (long)strtoul(optarg, &end, 10);
			error = *end ? (int)strtoul(end + 1, NULL, 10) : 0;
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
	return mode && count < at ? NOT_REACHED : status;
}
