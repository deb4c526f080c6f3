#include "state.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "file.h"
#include "key.h"
#include "msg.h"
#include "sys.h"

enum {
	NAME_LIMIT = 63,
	TRIES = 1000, /* of a claim that loses its root or its fresh directory to another's removal */
	FILE_LIMIT = 4 << 20,
};

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

const char *state_bad_name(const char *name)
{
	size_t n = 0;

	if (!*name)
		return "a container's name cannot be empty";
	if (!isalnum((unsigned char)*name))
		return "a container's name begins with a letter or a digit";
	while (isalnum((unsigned char)name[n]) || (name[n] && strchr("_.-", name[n])))
		n++;
	if (name[n])
		return "a container's name has only letters, digits, '_', '.' and '-'";
	if (n > NAME_LIMIT)
		return "a container's name has at most 63 characters";
	return NULL;
}

void state_check_name(const char *name)
{
	char *const word[] = {(char *)name, NULL};
	const char *phrase = state_bad_name(name);

	if (phrase)
		msg_die("%s: %s", key_quote(word), phrase); /* quoted: it may hold anything */
}

char *state_root(const char *explicit_root)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");

	if (explicit_root)
		return file_dup(explicit_root);
	if (geteuid() == 0)
		return file_dup("/run/nskit");
	if (runtime && runtime[0] == '/')
		return file_text("%s/nskit", runtime);
	return file_text("/tmp/nskit-%u", (unsigned)geteuid());
}

/* The phrase that says why an open directory is not one to trust, or NULL. */
static const char *foreign(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == -1)
		return strerror(errno);
	if (st.st_uid != geteuid())
		return "belongs to another user";
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return "is writable by others";
	return NULL;
}

static void check_ours(int fd, const char *path)
{
	const char *phrase = foreign(fd);

	if (phrase)
		msg_die("state directory %s: %s: refused", path, phrase);
}

/* The root's fd; -1 with ENOENT when it is not there (any more); dies otherwise. */
static int open_root(const char *root, bool create)
{
	int fd = open(root, DIR_FLAGS);

	if (fd == -1 && errno == ENOENT && create) {
		if (file_mkdirs(root, 0700) == -1) {
			if (errno == EACCES || errno == EROFS)
				msg_hint("another directory: --state-dir, [container] state-dir");
			msg_die_errno("state directory %s", root);
		}
		fd = open(root, DIR_FLAGS);
	}
	if (fd == -1 && errno != ENOENT)
		msg_die_errno("state directory %s", root);
	if (fd != -1)
		check_ours(fd, root);
	return fd;
}

/* Is the directory dir still the one that stands below rootfd as name?  If not, errno; 0: another. */
static bool is_entry(int rootfd, const char *name, int dir)
{
	struct stat a, b;

	errno = 0;
	return fstatat(rootfd, name, &a, AT_SYMLINK_NOFOLLOW) == 0 && fstat(dir, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* What was made and cannot be used goes again: still empty, and nobody else knows it. */
static _Noreturn void die_fresh(const struct state *st, const char *fresh)
{
	int e = errno;

	(void)unlinkat(st->rootfd, fresh, AT_REMOVEDIR);
	(void)rmdir(st->root); /* ENOTEMPTY: others are there */
	errno = e;
	msg_die_errno("state directory %s/%s", st->root, fresh);
}

/*
 * Makes `.new.ID` below rootfd and locks it: its fd, or -1 when another process removed the root or
 * (as a killed process's left-over) the directory in between, and the caller tries again.
 */
static int make_locked(const struct state *st, const char *fresh)
{
	int dir;

	if (mkdirat(st->rootfd, fresh, 0700) == -1) {
		if (errno == ENOENT)
			return -1;
		msg_die_errno("state directory %s/%s", st->root, fresh);
	}
	dir = openat(st->rootfd, fresh, DIR_FLAGS);
	if (dir != -1 && flock(dir, LOCK_EX | LOCK_NB) == 0 && is_entry(st->rootfd, fresh, dir))
		return dir;
	/* a sweeper has taken it for a left-over: it is gone, or its lock is held */
	if (errno && errno != ENOENT && errno != EWOULDBLOCK)
		die_fresh(st, fresh);
	if (dir != -1)
		close(dir);
	return -1;
}

/* Removes the entry `name` of the root, which the caller has locked, and the root with its last. */
static int drop(int rootfd, const char *root, const char *name)
{
	if (file_remove_dir(rootfd, name) == -1 && errno != ENOENT)
		return -1;
	(void)rmdir(root); /* ENOTEMPTY: others are there */
	return 0;
}

/*
 * The owner's id, from the plan; a record that was cut short before it had one gets a fresh id.  False
 * when the plan cannot be read: with another id nothing would be known as its own.
 */
static bool load_id(struct state *st)
{
	char *plan = state_read(st, "plan");

	if (!plan && errno != ENOENT)
		return false;
	if (plan && strncmp(plan, "id ", 3) == 0)
		(void)snprintf(st->id, sizeof st->id, "%.16s", plan + 3);
	else
		file_random_id(st->id);
	free(plan);
	return true;
}

/* What a killed monitor has left to die holds the lock for a moment: it is held for good when it stays so. */
static bool lock_old(struct state *st)
{
	const struct timespec moment = {.tv_nsec = 1000000};

	for (int i = 0; i < 3; i++) {
		if (state_try_lock(st))
			return true;
		if (errno != EWOULDBLOCK)
			return false;
		(void)nanosleep(&moment, NULL);
	}
	errno = EWOULDBLOCK;
	return false;
}

/* Another record stands at our name: NULL when it is gone now, else why it cannot be replaced. */
static const char *collect_old(struct state *st)
{
	struct state old = {.root = st->root, .name = st->name, .path = st->path};
	const char *phrase;

	old.rootfd = st->rootfd;
	old.dir = openat(st->rootfd, st->name, DIR_FLAGS);
	if (old.dir == -1)
		return errno == ENOENT ? NULL : strerror(errno);
	phrase = foreign(old.dir);
	if (!phrase && !load_id(&old))
		phrase = strerror(errno);
	if (!phrase && lock_old(&old)) {
		int left = state_collect(&old);

		if (left)
			phrase = left < 0 ? "its last run could not be undone"
					  : "its last run is not over";
	} else if (!phrase && errno == EWOULDBLOCK) {
		phrase = "is running";
	}
	close(old.dir);
	return phrase;
}

/* Gives the locked fresh directory its name: false when the whole must be tried again. */
static bool take_name(struct state *st, const char *fresh)
{
	for (int i = 0; i < TRIES; i++) {
		if (sys_renameat2(st->rootfd, fresh, st->rootfd, st->name, RENAME_NOREPLACE) == 0)
			return true;
		if (errno == ENOENT)
			return false;

		const char *phrase = errno == EEXIST ? collect_old(st) : strerror(errno);

		if (phrase) {
			(void)drop(st->rootfd, st->root, fresh);
			msg_die("%s: %s", st->name, phrase);
		}
	}
	return false;
}

/* close that leaves errno as the decisive call set it */
static void close_quietly(int fd)
{
	int saved = errno;

	close(fd);
	errno = saved;
}

/* A new file in the fresh directory, which nobody else writes: no rename is needed. */
static int create(const struct state *st, const char *file, const char *text)
{
	int fd = openat(st->dir, file, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int result;

	if (fd == -1)
		return -1;
	result = file_write_all(fd, text, strlen(text));
	close_quietly(fd);
	return result;
}

void state_claim(struct state *st, const char *config, const char *plan)
{
	char id[17], fresh[32];

	st->path = file_text("%s/%s", st->root, st->name);
	for (int i = 0; i < TRIES; i++) {
		/* another one each time: a sweeper may hold the last one still */
		file_random_id(id);
		(void)snprintf(fresh, sizeof fresh, ".new.%s", id);
		st->rootfd = open_root(st->root, true);
		if (st->rootfd == -1)
			continue;
		st->dir = make_locked(st, fresh);
		if (st->dir != -1) {
			if (create(st, "config", config) == -1 || create(st, "plan", plan) == -1 ||
			    create(st, "status", "starting\n") == -1) {
				int err = errno;

				(void)drop(st->rootfd, st->root, fresh);
				errno = err;
				msg_die_errno("state directory %s", st->path);
			}
			if (take_name(st, fresh))
				return;
			close(st->dir);
		}
		close(st->rootfd);
	}
	msg_die("state directory %s: removed by others again and again", st->root);
}

/* Opens name below an opened root; false with ENOENT. */
static bool open_entry(struct state *st, const char *root, int rootfd, const char *name)
{
	*st = (struct state){.rootfd = rootfd, .dir = openat(rootfd, name, DIR_FLAGS)};
	if (st->dir == -1) {
		if (errno != ENOENT)
			msg_die_errno("state directory %s/%s", root, name);
		return false;
	}
	st->root = file_dup(root);
	st->name = file_dup(name);
	st->path = file_text("%s/%s", root, name);
	check_ours(st->dir, st->path);
	if (!load_id(st))
		msg_die_errno("%s/plan", st->path);
	return true;
}

bool state_open(struct state *st, const char *root, const char *name)
{
	int rootfd;

	state_check_name(name);
	rootfd = open_root(root, false);
	if (rootfd == -1)
		return false;
	if (open_entry(st, root, rootfd, name))
		return true;
	close(rootfd);
	errno = ENOENT;
	return false;
}

void state_close(struct state *st)
{
	if (st->dir != -1)
		close(st->dir);
	if (st->rootfd != -1)
		close(st->rootfd);
	st->dir = st->rootfd = -1;
	free(st->root);
	free(st->name);
	free(st->path);
	st->root = st->name = st->path = NULL;
}

bool state_try_lock(struct state *st)
{
	const struct timespec moment = {.tv_nsec = 5000000};

	for (int i = 0; flock(st->dir, LOCK_EX | LOCK_NB) == -1; i++) {
		/* shared, it is held by a list or the end of a wait: nobody works there, and they are soon gone */
		if (errno != EWOULDBLOCK || i == TRIES || flock(st->dir, LOCK_SH | LOCK_NB) == -1)
			return false;
		(void)flock(st->dir, LOCK_UN);
		(void)nanosleep(&moment, NULL);
	}
	if (is_entry(st->rootfd, st->name, st->dir))
		return true;

	int why = errno ? errno : ENOENT;

	(void)flock(st->dir, LOCK_UN);
	errno = why;
	return false;
}

int state_wait_lock(struct state *st)
{
	/* shared: any number may wait, and none of them is taken for a new holder for long */
	while (flock(st->dir, LOCK_SH) == -1)
		if (errno != EINTR)
			return -1;
	return flock(st->dir, LOCK_UN);
}

int state_remove(struct state *st)
{
	char dead[32];

	(void)snprintf(dead, sizeof dead, ".dead.%s", st->id);
	if (!is_entry(st->rootfd, st->name, st->dir) && (!errno || errno == ENOENT))
		return 0; /* not ours any more */
	if (errno || renameat(st->rootfd, st->name, st->rootfd, dead) == -1 ||
	    drop(st->rootfd, st->root, dead) == -1) {
		msg_warn_errno("state directory %s", st->path);
		return -1;
	}
	return 0;
}

int state_write(struct state *st, const char *file, const char *text)
{
	return file_replace(st->dir, file, text, 0600);
}

/* Opens a file of the record for reading: a regular one only, never through a link, never waiting. */
static int open_file(const struct state *st, const char *file)
{
	struct stat s;
	int fd = openat(st->dir, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1)
		return -1;
	if (fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* The whole of an fd from its beginning, fresh memory, NULL and errno when it cannot be read. */
static char *read_all(int fd)
{
	struct stat s;
	size_t n = 0;

	if (fstat(fd, &s) == -1)
		return NULL;
	if (s.st_size > FILE_LIMIT) {
		errno = EFBIG;
		return NULL;
	}

	char *text = file_alloc((size_t)s.st_size + 1);

	while (n < (size_t)s.st_size) {
		ssize_t got = pread(fd, text + n, (size_t)s.st_size - n, (off_t)n);

		if (got == -1 && errno == EINTR)
			continue;
		if (got == -1)
			return NULL;
		if (!got)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	return text;
}

char *state_read(const struct state *st, const char *file)
{
	int fd = open_file(st, file);

	if (fd == -1)
		return NULL;

	char *text = read_all(fd);

	close_quietly(fd);
	return text;
}

int state_set_status(struct state *st, const char *text)
{
	int fd = openat(st->dir, "status",
			O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd == -1)
		return -1;

	char *line = file_text("%s\n", text);
	int result = file_write_all(fd, line, strlen(line));

	free(line);
	close_quietly(fd);
	return result;
}

int state_open_status(const struct state *st)
{
	return open_file(st, "status");
}

char *state_status_of(int fd)
{
	char *text = read_all(fd), *end, *begin, *line;

	if (!text)
		return NULL;
	end = strrchr(text, '\n'); /* a line without its newline is being written */
	if (!end) {
		free(text);
		return NULL;
	}
	*end = '\0';
	begin = strrchr(text, '\n');
	line = file_dup(begin ? begin + 1 : text);
	free(text);
	return line;
}

char *state_status(const struct state *st)
{
	int fd = state_open_status(st);

	if (fd == -1)
		return NULL;

	char *line = state_status_of(fd);

	close(fd);
	return line;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names below root for which want says yes, sorted; *n of them. */
static char **names_of(const char *root, int rootfd, bool (*want)(const char *), size_t *n)
{
	/* a new open file description: the position is not shared with the caller's fd */
	int fd = openat(rootfd, ".", DIR_FLAGS);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	char **names = NULL;
	struct dirent *e;

	*n = 0;
	while (d && (errno = 0, e = readdir(d))) {
		if (!want(e->d_name))
			continue;
		if ((*n & (*n - 1)) == 0)
			names = file_grow(names, (*n ? 2 * *n : 1) * sizeof *names);
		names[(*n)++] = file_dup(e->d_name);
	}
	/* those that could not be read are not none */
	if (!d || errno)
		msg_die_errno("state directory %s", root);
	closedir(d);
	if (*n)
		qsort(names, *n, sizeof *names, by_name);
	return names;
}

static bool is_name(const char *name)
{
	return state_bad_name(name) == NULL;
}

static bool is_leftover(const char *name)
{
	return strncmp(name, ".new.", 5) == 0 || strncmp(name, ".dead.", 6) == 0;
}

int state_each(const char *root, int (*each)(struct state *, void *), void *arg)
{
	int rootfd = open_root(root, false), result = 0;
	size_t n;
	char **names;

	if (rootfd == -1)
		return 0;
	names = names_of(root, rootfd, is_name, &n);
	close(rootfd);
	for (size_t i = 0; i < n; i++) {
		struct state st;

		if (result == 0 && state_open(&st, root, names[i])) {
			result = each(&st, arg);
			state_close(&st);
		}
		free(names[i]);
	}
	free(names);
	return result;
}

int state_sweep(const char *root)
{
	int rootfd = open_root(root, false), result = 0;
	size_t n;
	char **names;

	if (rootfd == -1)
		return 0;
	names = names_of(root, rootfd, is_leftover, &n);
	for (size_t i = 0; i < n; i++) {
		int dir = openat(rootfd, names[i], DIR_FLAGS);

		if (dir != -1 && flock(dir, LOCK_EX | LOCK_NB) == 0 &&
		    is_entry(rootfd, names[i], dir) && file_remove_dir(rootfd, names[i]) == -1) {
			msg_warn_errno("state directory %s/%s", root, names[i]);
			result = -1;
		}
		if (dir != -1)
			close(dir);
		free(names[i]);
	}
	free(names);
	if (flock(rootfd, LOCK_EX) == 0)
		state_sweep_leases(rootfd);
	close(rootfd);
	(void)rmdir(root); /* ENOTEMPTY: others are there */
	return result;
}
