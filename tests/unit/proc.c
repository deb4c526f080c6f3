/*
 * proc.c - statuses, start times under odd names, pidfds, children that run one step.
 */
#include "proc.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "key.h"
#include "tap.h"

static void statuses(void)
{
	ok(proc_status(CLD_EXITED, 0) == 0 && proc_status(CLD_EXITED, 255) == 255 &&
		   proc_status(CLD_EXITED, 7) == 7,
	   "an exit status is itself");
	ok(proc_status(CLD_KILLED, SIGKILL) == 137 && proc_status(CLD_DUMPED, SIGSEGV) == 139,
	   "a signal is 128+n, with a core file too");
}

/* Field 22 as another program counts it: after the last parenthesis */
static uint64_t start_by_awk(pid_t pid)
{
	FILE *f = popen(file_text("sed 's/.*)//' /proc/%d/stat | awk '{ printf $20 }'", (int)pid),
			"r");
	char text[24] = "";
	uint64_t n = 0;

	if (!f || !fgets(text, sizeof text, f) || pclose(f) || !key_number(text, UINT64_MAX, &n))
		n = 0;
	return n;
}

static void times(void)
{
	static const char *const names[] = {"plain", "a b c",	 ") S 1 1 1", "x) R 99",
					    "((((",  "))))))))", "\n \n",     ""};
	bool all = true;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		prctl(PR_SET_NAME, names[i]);
		uint64_t start = proc_start_time(getpid());

		ok(start && start == start_by_awk(getpid()), "the start time under the name '%s'",
		   names[i]);
		all = all && proc_flags(getpid()) >= 0;
	}
	ok(all, "flags, too");
	ok(proc_start_time(0) == 0 && proc_start_time(INT32_MAX) == 0, "0 for what is not there");
	ok(proc_flags(INT32_MAX) == -1, "-1 for its flags");
}

static pid_t child(int *pidfd, int status, int sig)
{
	pid_t pid = proc_fork(pidfd);

	if (pid)
		return pid;
	if (sig < 0)
		pause();
	if (sig)
		raise(sig);
	_exit(status);
}

static void children(void)
{
	struct sigaction act = {.sa_handler = SIG_IGN};
	int pidfd = -1;
	pid_t pid = child(&pidfd, 0, -1);
	bool flagged = proc_flags(pid) & PROC_FORKNOEXEC;

	ok(pid > 0 && proc_alive(pidfd) == 1, "a child is alive");
	ok(fcntl(pidfd, F_GETFD) & FD_CLOEXEC, "its pidfd is close-on-exec");
	ok(proc_pidfd_pid(pidfd) == pid, "and leads to its pid");
	ok(flagged, "it has forked and not executed");
	ok(proc_start_time(pid) >= proc_start_time(getpid()), "it started after us");
	kill(pid, SIGKILL);
	ok(proc_wait(pidfd) == 137, "killed, it is 137");
	ok(proc_alive(pidfd) == 0, "and no longer alive");
	ok(proc_pidfd_pid(pidfd) == -1, "its pid is nobody's");
	ok(proc_wait(pidfd) == -1 && errno == ECHILD, "it is waited for once");
	close(pidfd);
	ok(proc_pidfd_pid(0) == -1, "what is no pidfd has no pid");
	for (int status = 0; status < 256; status += 51) {
		child(&pidfd, status, 0);
		ok(proc_wait(pidfd) == status, "status %d is passed on", status);
		close(pidfd);
	}
	child(&pidfd, 0, SIGUSR1);
	ok(proc_wait(pidfd) == 128 + SIGUSR1, "a signal, too");
	close(pidfd);
	sigaction(SIGCHLD, &act, NULL);
	child(&pidfd, 3, 0);
	ok(proc_wait(pidfd) == -1 && errno == ECHILD,
	   "SIGCHLD ignored loses the status: nobody may leave it so");
	close(pidfd);
	act.sa_handler = SIG_DFL;
	sigaction(SIGCHLD, &act, NULL);
}

static void parent_dies(void)
{
	int pipes[2], status;
	pid_t middle;
	char c;

	if (pipe2(pipes, O_CLOEXEC))
		exit(1);
	middle = fork();
	if (!middle) {
		int pidfd;

		child(&pidfd, 0, -1);
		raise(SIGKILL);
	}
	close(pipes[1]);
	waitpid(middle, &status, 0);
	ok(read(pipes[0], &c, 1) == 0, "a child does not outlive its parent");
	close(pipes[0]);
}

static int run(const char *a, const char *b, const char *c)
{
	char *argv[] = {(char *)a, (char *)b, (char *)c, NULL};

	return proc_run(argv);
}

static void commands(void)
{
	int saved = dup(2), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	char script[] = "/tmp/proc.XXXXXX";
	int fd = mkstemp(script);

	dup2(null, 2);
	ok(run("true", NULL, NULL) == 0, "a command of PATH is run");
	ok(run("sh", "-c", "exit 7") == 7, "its status comes back");
	ok(run("sh", "-c", "kill -9 $$") == 137, "or its signal");
	ok(run("sh", "-c", "read x && exit 1; exit 0") == 0, "its stdin is empty");
	ok(run("no-such-command", NULL, NULL) == 127, "127 when it is not there");
	ok(run("/nowhere/x", NULL, NULL) == 127, "by its path, too");
	ok(run("/etc/passwd/x", NULL, NULL) == 127, "below a file, too");
	ok(run("/etc", NULL, NULL) == 126, "126 for a directory");
	ok(run(script, NULL, NULL) == 126, "126 for what is not executable");
	if (write(fd, "#!/no/such/shell\n", 17) != 17 || fchmod(fd, 0700))
		exit(1);
	close(fd);
	ok(run(script, NULL, NULL) == 127, "127 when its interpreter is not there");
	unlink(script);
	dup2(saved, 2);
	close(saved);
	close(null);
}

static void signals(void)
{
	struct sigaction act = {.sa_handler = SIG_IGN};
	sigset_t old, now;

	sigaction(SIGPIPE, &act, NULL);
	sigaction(SIGUSR2, &act, NULL);
	proc_block_signals(&old);
	sigprocmask(SIG_SETMASK, NULL, &now);
	ok(sigismember(&now, SIGTERM) && sigismember(&now, SIGCHLD), "all signals are blocked");
	ok(run("sh", "-c", "kill -TERM $$") == 128 + SIGTERM, "a command has none blocked");
	ok(run("sh", "-c", "kill -USR2 $$") == 128 + SIGUSR2, "and none ignored");
	proc_reset_signals();
	sigprocmask(SIG_SETMASK, NULL, &now);
	sigaction(SIGPIPE, NULL, &act);
	ok(sigisemptyset(&now) && act.sa_handler == SIG_DFL, "nor have we after the reset");
}

int main(void)
{
	msg_name("proc");
	setvbuf(stdout, NULL, _IONBF, 0);
	statuses();
	times();
	children();
	parent_dies();
	commands();
	signals();
	return tap_end();
}
