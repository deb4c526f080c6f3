/*
 * birth.c - from the record to COMMAND: the name, the cgroup to be born in, init, its maps, its word.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>

#include "conf.h"
#include "file.h"
#include "msg.h"
#include "nsexec.h"
#include "proc.h"
#include "sys.h"

void birth_claim(struct run *r)
{
	size_t n = applet_count();
	void **confs = file_alloc((n + 1) * sizeof *confs);
	struct ini *ini = inifile_copy(r->conf->ini);
	char **operands = r->command.call.operands;
	struct state st = {.root = state_root(r->conf->container.state_dir),
			   .name = r->conf->container.name,
			   .rootfd = -1,
			   .dir = -1};

	file_random_id(st.id);
	r->state = st; /* its id is in the plan */
	for (size_t i = 0; i < n; i++) {
		const struct group *g;
		const struct key *k;

		if (!strcmp(applet_list[i]->name, "nsexec"))
			confs[i] = (void *)(uintptr_t)r->conf;
		if (applet_list[i] != r->command.call.applet)
			continue;
		confs[i] = r->command.call.conf;
		/* COMMAND of the command line stands in the record as if it were the file's */
		k = conf_key(applet_list[i], "exec", "command", &g);
		if (k && operands && operands[0])
			*(char ***)(void *)((char *)confs[i] + g->base + k->offset) = operands;
	}
	state_claim(&st, applet_effective(ini, confs), plan_text(r));
	r->state =
		st; /* not before it is ours: what fails until here must not undo another's start */
	r->start.name = r->state.name;
	r->start.path = r->state.path;
	r->start.dir = r->state.dir;
	r->start.id = r->state.id;
}

void birth_cgroup(struct run *r)
{
	const char *failed = NULL;

	if (r->state.dir < 0)
		return;
	if (cgroup_record_read(r->state.dir, &r->cgroup))
		msg_die_errno("%s/cgroup", r->state.path);
	r->start.cgroup = &r->cgroup;
	if (cgroup_open_join(&r->cgroup, &r->cgroup_fds, &failed))
		msg_die_errno("%s", failed ? failed : "cgroup");
	if (!(r->make & CLONE_NEWPID) && !r->cgroup.v2 && !r->cgroup.nv1)
		msg_die("%s: neither a private pid namespace nor a cgroup: what COMMAND leaves behind could "
			"not be found again",
			r->state.name);
}

/* What came instead of the message that was due is why the start fails. */
static _Noreturn void start_failed(struct run *r, struct sync_message *m, enum sync_token due)
{
	char *line, *save = NULL;

	if (m->token == SYNC_EOF) {
		int status;

		sys_pidfd_send_signal(r->pidfd,
				      SIGKILL); /* if it lives, it lives without its channel */
		status = proc_wait(r->pidfd);
		r->pidfd = -1;
		msg_die("init died before COMMAND ran (status %d)", status);
	}
	if (m->token != SYNC_FAILED)
		msg_die("init said '%s' where '%s' was due", sync_name(m->token), sync_name(due));
	if (r->command.call.applet)
		msg_name(r->command.call.applet->name);
	for (line = strtok_r(m->text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		msg_warn("%s", line);
	msg_name("nsexec");
	end_abort(r, m->status, m->text);
}

void birth_heed(struct run *r)
{
	struct pollfd p = {.fd = r->sync, .events = POLLIN};
	struct sync_message m;

	if (r->pidfd < 0)
		return;
	sys_pidfd_send_signal(r->pidfd, SIGKILL);
	(void)proc_wait(r->pidfd); /* what it has said is there now, whoever else holds its end */
	while (poll(&p, 1, 0) > 0 && !sync_recv(r->sync, &m) && m.token != SYNC_EOF)
		if (m.token == SYNC_FAILED)
			start_failed(r, &m, SYNC_EXEC);
}

static int open_namespace(struct run *r, const char *file)
{
	char path[48];
	int fd;

	snprintf(path, sizeof path, "/proc/%d/ns/%s", (int)r->pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		int saved = errno;

		birth_heed(r);
		errno = saved;
		msg_die_errno("%s", path);
	}
	return fd;
}

static void expect(struct run *r, enum sync_token token, struct sync_message *m)
{
	watch_message(r, m);
	if (m->token != token)
		start_failed(r, m, token);
}

/* What the kernel names, and nothing else: the limits of the group stay those who set them. */
static void delegate_file(const char *dir, const char *name, uid_t uid, gid_t gid)
{
	const char *path = file_text("%s/%s", dir, name);

	if (chown(path, uid, gid) && errno != ENOENT)
		msg_die_errno("[cgroup] delegate: %s", path);
}

static void delegate_cgroup(const struct run *r)
{
	uint32_t uid = idmap_root(r, false), gid = idmap_root(r, true);
	char files[1024], *save = NULL;

	if (!r->cgroup.delegate || !r->cgroup.v2 || uid == ID_UNSET || gid == ID_UNSET)
		return;
	if (file_read(AT_FDCWD, "/sys/kernel/cgroup/delegate", files, sizeof files) < 0)
		msg_die_errno("[cgroup] delegate: /sys/kernel/cgroup/delegate");
	delegate_file(r->cgroup.v2, ".", uid, gid);
	for (char *name = strtok_r(files, "\n", &save); name; name = strtok_r(NULL, "\n", &save))
		delegate_file(r->cgroup.v2, name, uid, gid);
}

void birth_init(struct run *r)
{
	struct sync_message m;
	int pair[2];

	if (sync_pair(pair))
		msg_die_errno("socketpair");
	r->sync = pair[0];
	r->inner = pair[1];
	clone_init(r);
	r->start.pidfd = r->pidfd;
	if (window_any(r)) {
		r->start.netns = open_namespace(r, "net");
		if (r->make & CLONE_NEWUSER || (r->join && r->start.joined & CLONE_NEWUSER))
			r->start.userns = open_namespace(r, "user");
	}
	if (r->make & CLONE_NEWUSER) {
		expect(r, SYNC_MAPS, &m);
		idmap_write(r);
		delegate_cgroup(r);
		if (sync_send(r->sync, SYNC_MAPPED))
			msg_die_errno("id maps");
	}
	if (r->start.early)
		birth_sources(r); /* first, so that it need not wait for them */
	if (r->state.dir >= 0 && state_record_pid(&r->state, r->pid, r->pidfd))
		msg_die_errno("%s/pid", r->state.path);
	expect(r, SYNC_READY, &m);
	end_status(r, file_text("created %d", (int)r->pid));
}

void birth_pid_file(const struct run *r)
{
	const char *path = r->conf->container.pid_file;
	const char *slash = path ? strrchr(path, '/') : NULL;
	int dir;

	if (!path)
		return;
	dir = open(slash == path ? "/" : file_text("%.*s", (int)(slash - path), path),
		   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || file_replace(dir, slash + 1, file_text("%d\n", (int)r->pid), 0644))
		msg_die_errno("[container] pid-file: %s", path);
	close(dir);
}

/* An outside driver holds the start until it says so; the end of its pipe is not "go". */
void birth_wait_go(struct run *r)
{
	char word[4] = "";
	size_t n = 0;

	while (r->go_fd >= 0 && n < 2) {
		ssize_t got;

		watch_fd(r, r->go_fd, false);
		got = read(r->go_fd, word + n, 2 - n);
		if (got <= 0)
			msg_die("--go-fd: ended without the word go");
		n += (size_t)got;
	}
	if (r->go_fd >= 0 && strcmp(word, "go"))
		msg_die("--go-fd: '%s' is not the word go", word);
}

/* Init that is gone has said why. */
static void tell(struct run *r, enum sync_token token, const int *fds, int n)
{
	struct sync_message m;

	if (!sync_send_fds(r->sync, token, fds, n))
		return;
	if (errno != EPIPE)
		msg_die_errno("%s", sync_name(token));
	do
		watch_message(r, &m);
	while (m.token == SYNC_READY || m.token == SYNC_CONSOLE);
	start_failed(r, &m, SYNC_EXEC);
}

/* What the monitor may open for init, with the message that is due. */
static void send_sources(struct run *r, enum sync_token token, bool late)
{
	const struct applet *a = r->command.call.applet;
	static int fds[SYNC_FDS];
	int n = 0;

	if (a && a->sources && sys_capable(CAP_SYS_ADMIN)) {
		msg_name(a->name);
		n = a->sources(r->command.call.conf, &r->start, late, fds, SYNC_FDS);
		msg_name("nsexec");
	}
	tell(r, token, fds, n);
	while (n > 0)
		close(fds[--n]);
}

void birth_sources(struct run *r)
{
	if (r->command.call.applet && r->command.call.applet->sources)
		send_sources(r, SYNC_SOURCES, false);
}

void birth_release(struct run *r)
{
	const struct applet *a = r->command.call.applet;

	send_sources(r, SYNC_GO, true);
	end_namespaces(r);
	window_finish(r);
	if (a && a->sources)
		tell(r, SYNC_RUN, NULL, 0);
}

/*
 * Until the channel closes by execve.  Init that is dead by then without having executed anything
 * (PF_FORKNOEXEC; nsinit that stays has not either, and lives) was killed between its word and the deed.
 */
void birth_await_exec(struct run *r)
{
	struct sync_message m;

	watch_message(r, &m);
	if (m.token == SYNC_CONSOLE && m.nfds == 1) {
		r->console = m.fds[0];
		watch_message(r, &m);
	}
	if (m.token != SYNC_EXEC)
		start_failed(r, &m, SYNC_EXEC);
	if (sync_recv(r->sync, &m)) /* not watch_message: a signal that comes now is COMMAND's */
		msg_die_errno("message of init");
	if (m.token != SYNC_EOF)
		start_failed(r, &m, SYNC_EOF); /* the execve after the word has failed */
	if (!proc_alive(r->pidfd) && !r->command.call.applet &&
	    proc_flags(r->pid) & PROC_FORKNOEXEC)
		msg_die("init was killed before COMMAND ran");
}
