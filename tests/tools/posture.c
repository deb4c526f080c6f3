/*
 * posture [-x STATUS] [PREFIX...]: prints in what state this process was started, one line `KEY
 * VALUE` each, in a fixed order; with PREFIX only the keys that start with one of them. It is run
 * as a container's COMMAND, so it is static, needs no file of the image, asks the kernel by system
 * calls wherever there is one, and prints what fails as `!` and the error's text.
 *
 * It takes its picture before it opens anything itself. Bytes outside of printable ASCII, and the
 * backslash, are written as \xHH. -x: exits with that status.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef PR_CAP_AMBIENT
#define PR_CAP_AMBIENT 47
#define PR_CAP_AMBIENT_IS_SET 1
#endif
#define CAP_VERSION_3 0x20080522
#define KEYCTL_GET_KEYRING_ID 0
#define KEY_SPEC_SESSION_KEYRING (-3)
#define MOST_FDS 4096

static char **prefixes;
static int prefix_count;

static int wanted(const char *key)
{
	if (prefix_count == 0)
		return 1;
	for (int i = 0; i < prefix_count; i++)
		if (strncmp(key, prefixes[i], strlen(prefixes[i])) == 0)
			return 1;
	return 0;
}

static void put_escaped(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c < ' ' || c > '~' || c == '\\')
			printf("\\x%02x", c);
		else
			putchar(c);
	}
}

__attribute__((format(printf, 2, 3))) static void show(const char *key, const char *format, ...)
{
	char value[65536];
	va_list args;

	if (!wanted(key))
		return;
	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	put_escaped(key);
	putchar(' ');
	put_escaped(value);
	putchar('\n');
}

static void show_error(const char *key)
{
	show(key, "! %s", strerror(errno));
}

/* A number, or -1 and errno, as prctl and its kind answer. */
static void show_answer(const char *key, long answer)
{
	if (answer < 0)
		show_error(key);
	else
		show(key, "%ld", answer);
}

static void show_ids(void)
{
	uid_t ru, eu, su;
	gid_t rg, eg, sg;
	gid_t groups[1024];
	int n = getgroups(1024, groups);
	char text[16384] = "";
	size_t used = 0;

	getresuid(&ru, &eu, &su);
	getresgid(&rg, &eg, &sg);
	show("uid", "%u", ru);
	show("uids", "%u %u %u", ru, eu, su);
	show("gid", "%u", rg);
	show("gids", "%u %u %u", rg, eg, sg);
	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u", i ? " " : "",
					 groups[i]);
	show("groups", "%s", text);
}

static void show_caps(void)
{
	struct {
		uint32_t version;
		int pid;
	} header = {CAP_VERSION_3, 0};
	struct {
		uint32_t effective, permitted, inheritable;
	} data[2] = {{0, 0, 0}, {0, 0, 0}};
	uint64_t bounding = 0, ambient = 0;

	for (int cap = 0; cap < 64; cap++) {
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			bounding |= UINT64_C(1) << cap;
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) == 1)
			ambient |= UINT64_C(1) << cap;
	}
	if (syscall(SYS_capget, &header, data)) {
		show_error("cap.effective");
	} else {
#define WHOLE(set) ((unsigned long long)data[1].set << 32 | data[0].set)
		show("cap.inheritable", "%016llx", WHOLE(inheritable));
		show("cap.permitted", "%016llx", WHOLE(permitted));
		show("cap.effective", "%016llx", WHOLE(effective));
#undef WHOLE
	}
	show("cap.bounding", "%016llx", (unsigned long long)bounding);
	show("cap.ambient", "%016llx", (unsigned long long)ambient);
	show_answer("securebits", prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	show_answer("no-new-privs", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	show_answer("keep-caps", prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	show_answer("dumpable", prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
}

static void show_process(void)
{
	int sig = 0;
	mode_t mask = umask(0);
	char cwd[4096];

	umask(mask);
	show("pid", "%d", (int)getpid());
	show("ppid", "%d", (int)getppid());
	show("pgid", "%d", (int)getpgrp());
	show("sid", "%d", (int)getsid(0));
	show("umask", "%04o", (unsigned)mask);
	/* The kernel's own words: musl refuses a cwd outside of the root, which is what is asked. */
	if (syscall(SYS_getcwd, cwd, sizeof(cwd)) < 0)
		show_error("cwd");
	else
		show("cwd", "%s", cwd);
	if (prctl(PR_GET_PDEATHSIG, &sig, 0, 0, 0))
		show_error("pdeathsig");
	else
		show("pdeathsig", "%d", sig);
	if (prctl(PR_GET_CHILD_SUBREAPER, &sig, 0, 0, 0) == 0)
		show("subreaper", "%d", sig);
	show("personality", "%x", (unsigned)personality(0xffffffff));
	errno = 0;
	show("nice", "%d", getpriority(PRIO_PROCESS, 0));
	show_answer("keyring",
		    syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

static void show_signals(void)
{
	uint64_t blocked = 0, ignored = 0;
	sigset_t set;

	sigprocmask(SIG_BLOCK, NULL, &set);
	for (int sig = 1; sig <= 64; sig++) {
		/* The kernel's struct, since libc hides signals that it uses itself. */
		struct {
			void (*handler)(int);
			unsigned long rest[8];
		} old = {SIG_DFL, {0}};

		if (sigismember(&set, sig) == 1)
			blocked |= UINT64_C(1) << (sig - 1);
		if (syscall(SYS_rt_sigaction, sig, NULL, &old, 8) == 0 && old.handler == SIG_IGN)
			ignored |= UINT64_C(1) << (sig - 1);
	}
	show("signals.blocked", "%016llx", (unsigned long long)blocked);
	show("signals.ignored", "%016llx", (unsigned long long)ignored);
}

static void show_rlimits(void)
{
	static const char *const names[] = {
		[RLIMIT_AS] = "as",
		[RLIMIT_CORE] = "core",
		[RLIMIT_CPU] = "cpu",
		[RLIMIT_DATA] = "data",
		[RLIMIT_FSIZE] = "fsize",
		[RLIMIT_LOCKS] = "locks",
		[RLIMIT_MEMLOCK] = "memlock",
		[RLIMIT_MSGQUEUE] = "msgqueue",
		[RLIMIT_NICE] = "nice",
		[RLIMIT_NOFILE] = "nofile",
		[RLIMIT_NPROC] = "nproc",
		[RLIMIT_RSS] = "rss",
		[RLIMIT_RTPRIO] = "rtprio",
		[RLIMIT_RTTIME] = "rttime",
		[RLIMIT_SIGPENDING] = "sigpending",
		[RLIMIT_STACK] = "stack",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char key[32], soft[24] = "unlimited", hard[24] = "unlimited";
		struct rlimit r;

		if (!names[i])
			continue;
		snprintf(key, sizeof(key), "rlimit.%s", names[i]);
		if (getrlimit((int)i, &r)) {
			show_error(key);
			continue;
		}
		if (r.rlim_cur != RLIM_INFINITY)
			snprintf(soft, sizeof(soft), "%llu", (unsigned long long)r.rlim_cur);
		if (r.rlim_max != RLIM_INFINITY)
			snprintf(hard, sizeof(hard), "%llu", (unsigned long long)r.rlim_max);
		show(key, "%s %s", soft, hard);
	}
}

static void show_link(const char *key, const char *path)
{
	char target[4096];
	ssize_t n = readlink(path, target, sizeof(target) - 1);

	if (n < 0) {
		show_error(key);
		return;
	}
	target[n] = '\0';
	show(key, "%s", target);
}

/* Without /proc the type is all that can be said. */
static void show_fds(void)
{
	for (int fd = 0; fd < MOST_FDS; fd++) {
		char key[32], path[64], target[4096];
		struct stat st;
		ssize_t n;
		int flags = fcntl(fd, F_GETFD);

		if (flags < 0)
			continue;
		snprintf(key, sizeof(key), "fd.%d", fd);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		n = readlink(path, target, sizeof(target) - 1);
		if (n >= 0)
			target[n] = '\0';
		else if (fstat(fd, &st) == 0)
			snprintf(target, sizeof(target), "mode=%o", (unsigned)st.st_mode);
		else
			snprintf(target, sizeof(target), "! %s", strerror(errno));
		show(key, "%s%s", target, flags & FD_CLOEXEC ? " (cloexec)" : "");
	}
	show("tty", "%d %d %d", isatty(0), isatty(1), isatty(2));
}

static void show_namespaces(void)
{
	static const char *const names[] = {"cgroup", "ipc",  "mnt",  "net",
					    "pid",    "time", "user", "uts"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char key[32], path[64];

		snprintf(key, sizeof(key), "ns.%s", names[i]);
		snprintf(path, sizeof(path), "/proc/self/ns/%s", names[i]);
		show_link(key, path);
	}
}

/* Each line of a file, by `line`. */
static void each_line(const char *key, const char *path, void (*line)(char *text))
{
	char text[65536];
	FILE *file = fopen(path, "re");

	if (!file) {
		show_error(key);
		return;
	}
	while (fgets(text, sizeof(text), file)) {
		text[strcspn(text, "\n")] = '\0';
		line(text);
	}
	fclose(file);
}

/* `Name:<tab>value`: only what no system call tells. */
static void status_line(char *text)
{
	char *value = strchr(text, ':');

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, "\t ");
	if (strcmp(text, "Seccomp") == 0)
		show("seccomp", "%s", value);
	else if (strcmp(text, "Seccomp_filters") == 0)
		show("seccomp.filters", "%s", value);
	else if (strcmp(text, "NSpid") == 0)
		show("nspid", "%s", value);
}

static void cgroup_line(char *text)
{
	char key[256];
	char *name = strchr(text, ':'), *path = name ? strchr(name + 1, ':') : NULL;

	if (!path)
		return;
	*path++ = '\0';
	snprintf(key, sizeof(key), "cgroup.%s", name[1] ? name + 1 : "unified");
	show(key, "%s", path);
}

/* mount.TARGET ROOT OPTIONS PROPAGATION - TYPE SOURCE SUPER-OPTIONS: the ids differ every time. */
static void mount_line(char *text)
{
	char key[8192];
	char *word[4] = {NULL};
	char *at = text;

	for (int i = 0; i < 3 && at; i++) {
		at = strchr(at, ' ');
		at = at ? at + 1 : NULL;
	}
	for (int i = 0; i < 2 && at; i++) {
		word[i] = at;
		at = strchr(at, ' ');
		if (at)
			*at++ = '\0';
	}
	if (!at)
		return;
	snprintf(key, sizeof(key), "mount.%s", word[1]);
	show(key, "%s %s", word[0], at);
}

static void line_of_uid_map(char *text)
{
	show("uid-map", "%s", text);
}
static void line_of_gid_map(char *text)
{
	show("gid-map", "%s", text);
}
static void line_of_setgroups(char *text)
{
	show("setgroups", "%s", text);
}
static void line_of_oom(char *text)
{
	show("oom-score-adj", "%s", text);
}
static void line_of_label(char *text)
{
	show("label", "%s", text);
}

static void line_of_offsets(char *text)
{
	char key[64];
	char *rest = strchr(text, ' ');

	if (!rest)
		return;
	*rest++ = '\0';
	snprintf(key, sizeof(key), "time-offset.%s", text);
	show(key, "%s", rest + strspn(rest, " "));
}

/* The last two header lines have no interface in them. */
static void line_of_links(char *text)
{
	char *end = strchr(text, ':');
	char key[64];

	if (!end || strchr(text, '|'))
		return;
	*end = '\0';
	snprintf(key, sizeof(key), "link.%s", text + strspn(text, " "));
	show(key, "yes");
}

static void show_proc(void)
{
	each_line("seccomp", "/proc/self/status", status_line);
	each_line("cgroup", "/proc/self/cgroup", cgroup_line);
	each_line("uid-map", "/proc/self/uid_map", line_of_uid_map);
	each_line("gid-map", "/proc/self/gid_map", line_of_gid_map);
	each_line("setgroups", "/proc/self/setgroups", line_of_setgroups);
	each_line("time-offset", "/proc/self/timens_offsets", line_of_offsets);
	each_line("oom-score-adj", "/proc/self/oom_score_adj", line_of_oom);
	each_line("label", "/proc/self/attr/current", line_of_label);
	each_line("link", "/proc/self/net/dev", line_of_links);
	each_line("mount", "/proc/self/mountinfo", mount_line);
}

static void show_words(int argc, char **argv)
{
	struct utsname name;

	uname(&name);
	show("hostname", "%s", name.nodename);
	show("domainname", "%s", name.domainname);
	for (int i = 0; i < argc; i++) {
		char key[32];

		snprintf(key, sizeof(key), "arg.%d", i);
		show(key, "%s", argv[i]);
	}
	for (char **entry = environ; *entry; entry++) {
		char key[4096];
		size_t length = strcspn(*entry, "=");

		snprintf(key, sizeof(key), "env.%.*s", (int)length, *entry);
		show(key, "%s", (*entry)[length] ? *entry + length + 1 : "");
	}
}

int main(int argc, char **argv)
{
	int opt, status = 0;

	while ((opt = getopt(argc, argv, "+x:")) != -1) {
		if (opt != 'x')
			return 125;
		status = (int)strtol(optarg, NULL, 10);
	}
	prefixes = argv + optind;
	prefix_count = argc - optind;
	show_process();
	show_ids();
	show_caps();
	show_signals();
	show_rlimits();
	show_fds();
	show_namespaces();
	show_proc();
	show_words(argc, argv);
	return fflush(stdout) ? 125 : status;
}
