/*
 * lean.c - the stand-ins of lean.c and lean_sys.c against the C library's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

int lean_clock_gettime(clockid_t clock, struct timespec *now);
int lean_faccessat(int dir, const char *path, int mode, int flags);
int lean_fchmodat(int dir, const char *path, mode_t mode, int flags);
struct tm *lean_gmtime_r(const time_t *time, struct tm *tm);
unsigned long lean_strtoul(const char *text, char **end, int base);
void *lean_memmem(const void *text, size_t len, const void *word, size_t n);
char *lean_strstr(const char *text, const char *word);
void lean_qsort(void *base, size_t n, size_t size, int (*compare)(const void *, const void *));
void *lean_memchr(const void *text, int c, size_t n);
char *lean_strchrnul(const char *text, int c);
char *lean_strchr(const char *text, int c);
size_t lean_strspn(const char *text, const char *set);
size_t lean_strcspn(const char *text, const char *set);
int lean_strncmp(const char *a, const char *b, size_t n);
char *lean_stpcpy(char *to, const char *from);
char *lean_strcpy(char *to, const char *from);
char *lean_strtok_r(char *text, const char *set, char **rest);
char *lean_getenv(const char *name);
int lean_setenv(const char *name, const char *value, int replace);
int lean_unsetenv(const char *name);
int lean_execvp(const char *file, char *const argv[]);
_Noreturn void lean_exit(int status);
int lean_dup3(int from, int to, int flags);
int lean_fchdir(int fd);
int lean_fchmod(int fd, mode_t mode);
int lean_fcntl(int fd, int command, ...);
int lean_open(const char *path, int flags, ...);
int lean_openat(int dir, const char *path, int flags, ...);
char *lean_getcwd(char *path, size_t size);
int lean_pipe2(int fds[2], int flags);
int lean_prctl(int what, ...);
ssize_t lean_readlink(const char *path, char *to, size_t size);
ssize_t lean_readlinkat(int dir, const char *path, char *to, size_t size);

static void finding(void)
{
	static const char *const texts[] = {"", "a", "ab", "aab", "aaab", "abcabd", "xyz\nabd\n"};
	static const char *const words[] = {"", "a", "ab", "abd", "b", "z", "abcabdx", "\nabd\n"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (size_t j = 0; j < sizeof words / sizeof *words; j++) {
			size_t len = strlen(texts[i]), n = strlen(words[j]);

			ok(lean_strstr(texts[i], words[j]) == strstr(texts[i], words[j]),
			   "'%s' in '%s'", words[j], texts[i]);
			ok(lean_memmem(texts[i], len, words[j], n) ==
				   memmem(texts[i], len, words[j], n),
			   "the bytes '%s' in '%s'", words[j], texts[i]);
		}
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void letters(void)
{
	static const char *const texts[] = {"", "a", "ab", "aab=\xff", "\xff", "b a,b", ",,"};
	static const char *const sets[] = {"", "a", "ab", ", ", "\xff="};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *t = texts[i];
		bool same = true;

		for (int c = 0; c < 256; c++)
			same &= lean_strchr(t, c) == strchr(t, c) &&
				lean_strchrnul(t, c) == strchrnul(t, c) &&
				lean_memchr(t, c, strlen(t)) == memchr(t, c, strlen(t));
		ok(same, "each byte in '%s'", t);
		for (size_t j = 0; j < sizeof sets / sizeof *sets; j++)
			ok(lean_strspn(t, sets[j]) == strspn(t, sets[j]) &&
				   lean_strcspn(t, sets[j]) == strcspn(t, sets[j]),
			   "the bytes of '%s' that '%s' begins with", sets[j], t);
		for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
			for (size_t n = 0; n < 7; n++)
				same &= sign(lean_strncmp(t, texts[j], n)) ==
					sign(strncmp(t, texts[j], n));
		ok(same, "'%s' compared", t);
	}
}

static void words(void)
{
	static const char *const texts[] = {"", " ", "a", " a  bc,", ",,a", "a b,c d"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		char a[16] = "", b[16], *x, *y, *rest_a, *rest_b;
		bool same = lean_stpcpy(a, texts[i]) == a + strlen(texts[i]) &&
			    !strcmp(a, texts[i]) && lean_strcpy(b, texts[i]) == b && !strcmp(b, a);

		memcpy(b, a, sizeof b);
		for (x = lean_strtok_r(a, " ,", &rest_a), y = strtok_r(b, " ,", &rest_b); x && y;
		     x = lean_strtok_r(NULL, " ,", &rest_a), y = strtok_r(NULL, " ,", &rest_b))
			same &= !strcmp(x, y) && x - a == y - b;
		ok(same && !x && !y, "the words of '%s'", texts[i]);
	}
}

static void variables(void)
{
	char first[] = "A=1", second[] = "AB=2", *few[] = {first, second, NULL};
	char **all = environ;

	environ = few;
	ok(!strcmp(lean_getenv("A"), "1") && !strcmp(lean_getenv("AB"), "2"), "two variables");
	ok(!lean_getenv("B") && !lean_getenv(""), "others are not there");
	ok(!lean_setenv("A", "3", 0) && !strcmp(lean_getenv("A"), "1"), "one is left as it is");
	ok(!lean_setenv("A", "3", 1) && !strcmp(lean_getenv("A"), "3"), "one is set anew");
	ok(!lean_setenv("C", "", 0) && !strcmp(lean_getenv("C"), "") && environ[2] && !environ[3],
	   "a third one");
	ok(few[2] == NULL, "the array of others is no longer than it was");
	ok(!lean_unsetenv("A") && !lean_getenv("A") && !strcmp(lean_getenv("AB"), "2") &&
		   environ[1] && !environ[2],
	   "one goes");
	ok(!lean_unsetenv("none") && environ[1] && !environ[2], "none that is not there");
	environ = (char *[]){first, second, first, NULL};
	ok(!lean_unsetenv("A") && environ[0] == second && !environ[1], "one that is there twice");
	environ = all;
}

/* What executing says, or the status of what was executed. */
static int executed(int (*how)(const char *, char *const *), const char *path, const char *file)
{
	char *argv[] = {(char *)(uintptr_t)file, NULL};
	int status;
	pid_t pid = fork();

	if (!pid) {
		(void)(path ? setenv("PATH", path, 1) : unsetenv("PATH"));
		(void)how(file, argv);
		_exit(100 + errno);
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void executing(void)
{
	static const char *const paths[] = {NULL,
					    "",
					    "/nowhere:/bin",
					    "/nowhere",
					    "/proc/1/root:/bin",
					    "/etc:/bin",
					    "/etc:/nowhere:",
					    "/bin/sh"};
	static const char *const files[] = {"",		"false",      "/bin/false",
					    "/nowhere", "os-release", "no such"};

	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		for (size_t j = 0; j < sizeof files / sizeof *files; j++) {
			int a = executed(lean_execvp, paths[i], files[j]);
			int b = executed(execvp, paths[i], files[j]);

			ok(a == b, "'%s' by the path '%s': %d, %d", files[j],
			   paths[i] ? paths[i] : "(none)", a, b);
		}
}

static void ending(void)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		lean_exit(42);
	ok(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42,
	   "the end has its status");
}

static void numbers(void)
{
	static const char *const texts[] = {"",		"0",  "7",    "40\n",
					    "123456:x", "fF", "12fg", "4294967295"};

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		for (int base = 10; base <= 16; base += 6) {
			char *end, *other;

			ok(lean_strtoul(texts[i], &end, base) == strtoul(texts[i], &other, base) &&
				   end == other,
			   "'%s' to the base of %d", texts[i], base);
		}
	ok(lean_strtoul("12", NULL, 10) == 12, "where it ends is not asked");
}

/* A step of some days and odd seconds, over the leap years of 1972 to 2400. */
static void dates(void)
{
	bool same = true;

	for (time_t t = 0; t < (time_t)86400 * 366 * 450; t += 86400 * 5 + 12345) {
		struct tm a = {0}, b = {0};

		same &= lean_gmtime_r(&t, &a) == &a && gmtime_r(&t, &b) && a.tm_sec == b.tm_sec &&
			a.tm_min == b.tm_min && a.tm_hour == b.tm_hour && a.tm_mday == b.tm_mday &&
			a.tm_mon == b.tm_mon && a.tm_year == b.tm_year;
	}
	ok(same, "the date of every time");
}

static void calls(void)
{
	char name[] = "/tmp/lean-XXXXXX";
	int fd = mkstemp(name);
	struct stat st;

	ok(fd >= 0 && !lean_fchmodat(AT_FDCWD, name, 0640, 0) && !fstat(fd, &st) &&
		   (st.st_mode & 07777) == 0640,
	   "a file gets its mode");
	ok(!lean_faccessat(AT_FDCWD, name, R_OK, 0) &&
		   !lean_faccessat(AT_FDCWD, name, R_OK, AT_EACCESS),
	   "a file may be read, also by the effective user");
	ok(lean_faccessat(AT_FDCWD, name, X_OK, AT_EACCESS) == -1 && errno == EACCES,
	   "it cannot be executed");
	unlink(name);
	close(fd);
	ok(lean_fchmodat(AT_FDCWD, name, 0640, 0) == -1 && errno == ENOENT, "no file, no mode");
}

static void descriptors(void)
{
	char name[] = "/tmp/lean-XXXXXX", text[64], other[64], here[4096], there[4096];
	struct stat st;
	int fds[2], fd = -1;
	ssize_t n;

	ok(!lean_pipe2(fds, O_CLOEXEC) && lean_fcntl(fds[0], F_GETFD) == FD_CLOEXEC, "a pipe");
	ok(lean_dup3(fds[0], fds[1], 0) == fds[1] && !lean_fcntl(fds[1], F_GETFD), "one again");
	ok(lean_fcntl(fds[0], F_DUPFD_CLOEXEC, 50) >= 50, "one with a number");
	ok(lean_fcntl(-1, F_GETFD) == -1 && errno == EBADF, "none");
	ok(mkdtemp(name) && (fd = lean_open(name, O_RDONLY | O_DIRECTORY)) >= 0, "a directory");
	ok(!lean_fchdir(fd) && lean_getcwd(here, sizeof here) == here &&
		   !strcmp(here, getcwd(there, sizeof there)),
	   "to go to");
	ok(!lean_getcwd(here, 1) && errno == ERANGE, "its name needs room");
	ok(close(lean_openat(fd, "file", O_CREAT | O_WRONLY, 0600)) == 0 && !stat("file", &st) &&
		   (st.st_mode & 07777) == 0600,
	   "a file with its mode");
	ok(!lean_fchmod(fd, 0500) && !fstat(fd, &st) && (st.st_mode & 07777) == 0500, "a mode");
	ok(!fchmod(fd, 0700) && !symlink("to it", "link"), "a link");
	n = lean_readlink("link", text, sizeof text);
	ok(n == readlink("link", other, sizeof other) && !memcmp(text, other, (size_t)n) &&
		   lean_readlinkat(fd, "link", text, sizeof text) == n,
	   "is read");
	unlink("file");
	unlink("link");
	ok(!chdir("/") && !rmdir(name), "nothing is left");
	ok(lean_prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) &&
		   lean_prctl(-1, 0, 0, 0, 0) == -1 && errno == EINVAL,
	   "what a process asks of itself");
}

#ifdef __x86_64__
sighandler_t lean_signal(int number, sighandler_t handler);
int lean_fstatfs(int fd, struct statfs *fs);
int lean_statfs(const char *path, struct statfs *fs);

static void structures(void)
{
	struct statfs a = {0}, b = {0};
	int fd = open("/proc/self", O_RDONLY);

	ok(!lean_statfs("/proc", &a) && !lean_fstatfs(fd, &b) && a.f_type == b.f_type &&
		   a.f_flags == b.f_flags && !statfs("/proc", &b) && a.f_type == b.f_type,
	   "of what kind a file system is");
	ok(lean_signal(SIGUSR1, SIG_IGN) == SIG_DFL && !raise(SIGUSR1) &&
		   lean_signal(SIGUSR1, SIG_DFL) == SIG_IGN,
	   "a signal is ignored and not");
	ok(lean_signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL, "KILL never is");
	close(fd);
}
#endif

struct pair {
	int key;
	char rest[5];
};

static int by_key(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static void sorting(void)
{
	for (size_t n = 0; n < 40; n++) {
		struct pair a[40] = {0}, b[40];
		unsigned seed = (unsigned)n + 1;
		bool same = true;

		for (size_t i = 0; i < n; i++) {
			seed = seed * 1103515245U + 12345U;
			a[i].key = (int)(seed >> 16) % 50 * 100 + (int)i;
			snprintf(a[i].rest, sizeof a[i].rest, "%zu", i);
		}
		memcpy(b, a, sizeof a);
		lean_qsort(a, n, sizeof *a, by_key);
		qsort(b, n, sizeof *b, by_key);
		for (size_t i = 0; i < n; i++)
			same &= a[i].key == b[i].key && !strcmp(a[i].rest, b[i].rest);
		ok(same, "%zu elements in order", n);
	}
}

static void the_time(void)
{
	struct timespec a, b, c;

	clock_gettime(CLOCK_MONOTONIC, &a);
	ok(!lean_clock_gettime(CLOCK_MONOTONIC, &b), "a clock can be read");
	clock_gettime(CLOCK_MONOTONIC, &c);
	ok((a.tv_sec < b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec <= b.tv_nsec)) &&
		   (b.tv_sec < c.tv_sec || (b.tv_sec == c.tv_sec && b.tv_nsec <= c.tv_nsec)),
	   "it goes as the library's does");
	ok(lean_clock_gettime(12345, &b) == -1, "no clock of that number");
}

int main(void)
{
	finding();
	numbers();
	dates();
	letters();
	words();
	variables();
	executing();
	ending();
	calls();
	descriptors();
#ifdef __x86_64__
	structures();
#endif
	sorting();
	the_time();
	return tap_end();
}
