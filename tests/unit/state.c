/*
 * state.c - the record of a container: claims and their races, the lock, identity, foreign roots.
 * Forks a child for what dies; prints TAP.
 */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "proc.h"
#include "sys.h"
#include "tap.h"

static char *top;  /* of this test alone */
static char *root; /* the state root below it */

static const char plan_format[] = "id %s\n";

static void claim(struct state *st, const char *name)
{
	*st = (struct state){.root = file_dup(root), .name = file_dup(name)};
	file_random_id(st->id);
	state_claim(st, "[container]\nname = x\n", file_text(plan_format, st->id));
}

/* Messages go where said() finds them. */
static void hush(void)
{
	int fd = open(file_text("%s/err", top), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	dup2(fd, 2);
	close(fd);
}

/* Runs f in a child with stderr to top/err: its status. */
static int child(void (*f)(void *), void *arg)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		hush();
		f(arg);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool said(const char *text)
{
	size_t len;
	char *err = file_slurp(AT_FDCWD, file_text("%s/err", top), 65536, &len);

	if (err && strstr(err, text))
		return true;
	printf("# expected '%s', came: %s\n", text, err ? err : "(nothing)");
	return false;
}

static bool nothing_left(void)
{
	return access(root, F_OK) == -1 && errno == ENOENT;
}

static void claim_web(void *arg)
{
	struct state st;

	(void)arg;
	claim(&st, "web");
}

static void claim_root(void *arg)
{
	root = arg;
	claim_web(NULL);
}

static void open_web(void *arg)
{
	struct state st;

	(void)arg;
	_exit(state_open(&st, root, "web") ? 0 : 1);
}

static void kill_self(void *arg)
{
	struct state st;

	claim(&st, arg);
	raise(SIGKILL);
}

static void names(void)
{
	static const char *const bad[] =
		{"",	   "-h",
		 "../x",   "a/b",
		 ".new.1", "a b",
		 "a\nb",   "é",
		 "_x",	   ".",
		 "..",	   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	static const char *const good[] =
		{"a", "web", "Web-1.2_x", "0",
		 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(state_bad_name(bad[i]) != NULL, "a bad name is refused");
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ok(state_bad_name(good[i]) == NULL, "a good name is taken");
}

static void one_claim(void)
{
	struct state st, other;
	struct stat s;

	claim(&st, "web");
	ok(stat(root, &s) == 0 && (s.st_mode & 07777) == 0700, "the root is made with mode 0700");
	ok(stat(st.path, &s) == 0 && (s.st_mode & 07777) == 0700, "so is the record");
	ok(child(claim_web, NULL) == 125 && said("web: is running"), "a held name is running");
	ok(child(open_web, NULL) == 0, "the record can be opened meanwhile");
	ok(state_open(&other, root, "web") && strcmp(other.id, st.id) == 0, "with the owner's id");
	ok(!state_try_lock(&other) && errno == EWOULDBLOCK, "its lock is held");

	int early = state_open_status(&other);

	ok(strcmp(state_status_of(early), "starting") == 0, "its first status is starting");
	ok(state_set_status(&st, "running") == 0 && state_set_status(&st, "exited 3") == 0 &&
		   strcmp(state_status(&other), "exited 3") == 0,
	   "the last line of status counts");
	ok(state_remove(&st) == 0 && nothing_left(), "the record goes, the root with it");
	ok(strcmp(state_status_of(early), "exited 3") == 0,
	   "the end is read from an unlinked status");
	state_close(&st);
	ok(!state_try_lock(&other) && errno == ENOENT, "the lock of a removed record is none");
	ok(!state_open(&st, root, "web"), "a removed record cannot be opened");
}

static void killed_holder(void)
{
	struct state st;

	ok(child(kill_self, "web") == 128 + SIGKILL, "a holder is killed");
	ok(access(root, F_OK) == 0, "its record stays");
	claim(&st, "web");
	ok(true, "and the next claim collects it");
	ok(state_remove(&st) == 0 && nothing_left(), "nothing is left after that");
	state_close(&st);
}

static void list_beside(void)
{
	const struct timespec moment = {.tv_nsec = 50000000};
	struct state st, other;
	int pidfd;

	ok(child(kill_self, "web") == 128 + SIGKILL, "another holder is killed");
	ok(state_open(&st, root, "web"), "its record is opened");
	if (!proc_fork(&pidfd)) {
		if (!state_open(&other, root, "web") || flock(other.dir, LOCK_SH) == -1)
			_exit(1);
		state_set_status(&other, "listed");
		nanosleep(&moment, NULL);
		_exit(0);
	}
	while (strcmp(state_status(&st), "listed") != 0)
		sched_yield();
	ok(state_try_lock(&st), "a list that holds the lock for long is waited for");
	ok(proc_wait(pidfd) == 0 && state_remove(&st) == 0 && nothing_left(),
	   "and nothing is left");
	state_close(&st);
}

static void leftovers(void)
{
	struct state st;

	claim(&st, "web");
	mkdir(file_text("%s/.new.0123", root), 0700);
	mkdir(file_text("%s/.dead.0123", root), 0700);
	close(open(file_text("%s/.dead.0123/plan", root), O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	mkdir(file_text("%s/.new.held", root), 0700);

	int held = open(file_text("%s/.new.held", root), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	flock(held, LOCK_EX);
	state_sweep(root);
	ok(access(file_text("%s/.new.0123", root), F_OK) == -1, "a left-over .new goes");
	ok(access(file_text("%s/.dead.0123", root), F_OK) == -1, "a left-over .dead goes");
	ok(access(file_text("%s/.new.held", root), F_OK) == 0, "one that is being made stays");
	close(held);
	state_remove(&st);
	state_close(&st);
	state_sweep(root);
	ok(nothing_left(), "the sweep removes an empty root");
}

static void planted(void)
{
	char *evil = file_text("%s/evil", top);

	ok(symlink(evil, root) == 0 && mkdir(evil, 0700) == 0 && child(claim_web, NULL) == 125 &&
		   said("nskit"),
	   "a root that is a link is refused");
	unlink(root);
	mkdir(root, 0700);
	chmod(root, 0770);
	ok(child(claim_web, NULL) == 125 && said("writable by others"),
	   "a root that its group may write is refused");
	chmod(root, 0700);
	symlink(evil, file_text("%s/web", root));
	ok(child(claim_web, NULL) == 125, "a record that is a link is refused");
	ok(child(open_web, NULL) == 125, "and not opened");
	unlink(file_text("%s/web", root));
	mkfifo(file_text("%s/web", root), 0600);
	ok(child(claim_web, NULL) == 125, "a record that is a FIFO is refused");
	ok(child(open_web, NULL) == 125, "and not opened");
	unlink(file_text("%s/web", root));
	ok(rmdir(root) == 0, "a refused claim leaves nothing");
	rmdir(evil);
	if (geteuid() == 0) {
		mkdir(root, 0700);
		ok(chown(root, 1, 1) == 0 && child(claim_web, NULL) == 125 &&
			   said("belongs to another user"),
		   "a root of another user is refused");
		chown(root, 0, 0);
		mkdir(file_text("%s/web", root), 0700);
		ok(chown(file_text("%s/web", root), 1, 1) == 0 && child(claim_web, NULL) == 125 &&
			   said("belongs to another user"),
		   "a record of another user is refused");
		ok(child(open_web, NULL) == 125, "and not opened");
		rmdir(file_text("%s/web", root));
		rmdir(root);
	}
	ok(child(claim_root, file_text("%s/no\nsuch/deep", top)) == 0, "missing parents are made");
}

/* Fifty processes claim one name and hold it until all have tried. */
static void race(void)
{
	int begin[2], done[2], won = 0, lost = 0;
	pid_t pids[50];
	char c;

	if (pipe2(begin, O_CLOEXEC) == -1 || pipe2(done, O_CLOEXEC) == -1)
		exit(1);
	for (int i = 0; i < 50; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			struct state st;

			hush();
			close(begin[1]);
			(void)!read(begin[0], &c, 1);
			claim(&st, "web");
			close(done[1]);
			(void)!read(done[0], &c, 1); /* until the others are through */
			_exit(state_remove(&st) == 0 ? 0 : 1);
		}
	}
	close(begin[0]);
	close(begin[1]);
	for (int left = 50; left > 1; left--) {
		int status;

		wait(&status);
		lost += WIFEXITED(status) && WEXITSTATUS(status) == 125;
	}
	close(done[1]);
	for (int status; wait(&status) != -1;)
		won += status == 0;
	close(done[0]);
	ok(won == 1 && lost == 49, "of fifty claims of one name one wins and 49 are refused");
	ok(nothing_left(), "and nothing is left");
}

/* Twenty processes claim and remove names of their own, so that the root comes and goes. */
static void churn(void)
{
	int bad = 0;

	for (int i = 0; i < 20; i++)
		if (fork() == 0) {
			for (int n = 0; n < 100; n++) {
				struct state st;

				claim(&st, file_text("c%d", i));
				if (n % 10 == 0)
					state_sweep(root);
				if (state_remove(&st) == -1)
					_exit(1);
				state_close(&st);
			}
			_exit(0);
		}
	for (int status; wait(&status) != -1;)
		bad += status != 0;
	ok(bad == 0, "claims survive that the root comes and goes");
	ok(nothing_left(), "and nothing is left");
}

static void identity(void)
{
	struct state st;
	struct state_pid p = {.pid = 0};
	int pidfd, fd;
	pid_t pid;

	claim(&st, "web");
	ok(state_init_pidfd(&st) == -1 && errno == ENOENT, "no pid is recorded yet");
	pid = proc_fork(&pidfd);
	if (pid == 0)
		for (;;)
			pause();
	ok(state_record_pid(&st, pid, pidfd) == 0 && state_read_pid(&st, &p) == 0 && p.pid == pid &&
		   p.monitor == getpid() && p.pidns && (p.pidfd_inode || p.start),
	   "the pid record is read as written");
	fd = state_init_pidfd(&st);
	ok(fd != -1, "a live init is found");
	close(fd);

	char *good = state_read(&st, "pid");
	struct stat timens;

	ok(!stat("/proc/self/ns/time", &timens), "the time namespace");
	p.timens = timens.st_ino;
	state_write(&st, "pid",
		    file_text("pid %d\nstart %llu\npidns %llu\ntimens %llu\npidfd 0\nmonitor 1\n",
			      pid, (unsigned long long)proc_start_time(pid),
			      (unsigned long long)p.pidns, (unsigned long long)p.timens));
	fd = state_init_pidfd(&st);
	ok(fd != -1, "by its start time alone too");
	close(fd);
	state_write(&st, "pid",
		    file_text("pid %d\nstart 1\npidns %llu\ntimens %llu\npidfd 0\nmonitor 1\n", pid,
			      (unsigned long long)p.pidns, (unsigned long long)p.timens));
	ok(state_init_pidfd(&st) == -1 && errno == ESRCH, "another start time is another process");
	state_write(&st, "pid",
		    file_text("pid %d\nstart 1\npidns %llu\ntimens %llu\npidfd 7\nmonitor 1\n", pid,
			      (unsigned long long)p.pidns, (unsigned long long)p.timens));
	ok(state_init_pidfd(&st) == -1 && errno == ESRCH, "so is another pidfd");
	state_write(&st, "pid",
		    file_text("pid %d\nstart 1\npidns 7\ntimens 7\npidfd 0\nmonitor 1\n", pid));
	ok(state_init_pidfd(&st) == -1 && errno == EXDEV, "another pid namespace is told apart");
	state_write(&st, "pid", "pid 0\n");
	ok(state_init_pidfd(&st) == -1 && errno == EINVAL, "a broken record is refused");
	state_write(&st, "pid", good);
	kill(pid, SIGKILL);
	proc_wait(pidfd);
	ok(state_init_pidfd(&st) == -1 && errno == ESRCH, "a dead init is gone");
	state_remove(&st);
	state_close(&st);
}

static void waiting(void)
{
	struct state st, other;
	int pidfd;
	pid_t pid;

	claim(&st, "web");
	pid = proc_fork(&pidfd);
	if (pid == 0) {
		if (!state_open(&other, root, "web"))
			_exit(1);

		int early = state_open_status(&other);

		state_close(&st); /* the copy of the lock that fork gave us */
		state_set_status(&other, "running");
		if (state_wait_lock(&other) == -1)
			_exit(2);
		_exit(strcmp(state_status_of(early), "exited 7") == 0 ? 0 : 3);
	}
	while (strcmp(state_status(&st), "running") != 0)
		sched_yield();
	state_set_status(&st, "exited 7");
	state_remove(&st);
	state_close(&st);
	ok(proc_wait(pidfd) == 0, "a waiter sees the last status after the removal");
}

static void plan(void)
{
	char text[] = "id 1\nundo a 'b\nundo c' \"d\\\"\ne\" \\'\nstop x\n";
	char *at = text;

	ok(strcmp(state_plan_next(&at), "id 1") == 0, "a plan's first line");
	ok(strcmp(state_plan_next(&at), "undo a 'b\nundo c' \"d\\\"\ne\" \\'") == 0,
	   "a quoted newline does not end a plan's line");
	ok(strcmp(state_plan_next(&at), "stop x") == 0, "the line after it");
	ok(state_plan_next(&at) == NULL, "the end of a plan");
}

static int count_names(struct state *st, void *arg)
{
	char *all = arg;

	all[strlen(all)] = st->name[0];
	return strcmp(st->name, "c") == 0 ? 9 : 0;
}

static void listing(void)
{
	struct state a, b, c;
	char all[16] = "";

	ok(state_each(root, count_names, all) == 0 && !*all, "no root has no records");
	claim(&b, "b");
	claim(&a, "a");
	ok(state_each(root, count_names, all) == 0 && strcmp(all, "ab") == 0, "sorted");
	claim(&c, "c");
	all[0] = '\0';
	ok(state_each(root, count_names, all) == 9, "a result that is not 0 is given on");
	state_remove(&a);
	state_remove(&b);
	state_remove(&c);
	ok(nothing_left(), "the root goes with the last");
}

int main(void)
{
	char dir[] = "/tmp/state.XXXXXX";

	setvbuf(stdout, NULL, _IONBF, 0);
	msg_name("state");
	top = mkdtemp(dir);
	root = file_text("%s/nskit", top);
	names();
	one_claim();
	killed_holder();
	list_beside();
	leftovers();
	planted();
	race();
	churn();
	identity();
	waiting();
	plan();
	listing();
	(void)file_remove_dir(AT_FDCWD, file_text("%s/no\nsuch/deep/web", top));
	rmdir(file_text("%s/no\nsuch/deep", top));
	rmdir(file_text("%s/no\nsuch", top));
	unlink(file_text("%s/err", top));
	rmdir(top);
	return tap_end();
}
