/*
 * boot.c - the machine's first process: nothing is mounted, nobody reads our exit status, and to end is a
 * panic of the kernel.
 *
 * The only configuration is nskit.config=PATH of the kernel's command line, or /nskit.ini; what else
 * the kernel passes as arguments is ignored.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "msg.h"
#include "nsinit.h"
#include "sys.h"
#include "tree.h"

#define FIRST_PID_NAMESPACE 0xEFFFFFFCU

static int new_proc(void)
{
	return tree_fs("proc", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

bool boot_is_init(int proc)
{
	struct stat st;

	return getpid() == 1 && getppid() == 0 && proc >= 0 &&
	       !fstatat(proc, "self/ns/pid", &st, 0) && st.st_ino == FIRST_PID_NAMESPACE;
}

/* The kernel opens /dev/console for us only where the initramfs has that node. */
static void open_console(void)
{
	int mount, fd;

	if (fcntl(2, F_GETFD) >= 0)
		return;
	mount = tree_fs("tmpfs", NULL, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (mount < 0 || mknodat(mount, "console", S_IFCHR | 0600, makedev(5, 1)))
		return; /* a machine without a console: messages have nowhere to go */
	fd = openat(mount, "console", O_RDWR | O_CLOEXEC | O_NOCTTY);
	for (int i = 0; fd >= 0 && i < 3; i++)
		if (fcntl(i, F_GETFD) < 0 || i == fd)
			(void)(i == fd ? fcntl(fd, F_SETFD, 0) : dup2(fd, i));
	if (fd > 2)
		close(fd);
	close(mount);
}

/* The word after nskit.config= on the kernel's command line, fresh; NULL. */
static char *configured(int proc)
{
	static const char word[] = "nskit.config=";
	char line[4096], *rest = line, *p;

	if (file_read(proc, "cmdline", line, sizeof line) <= 0)
		return NULL;
	while ((p = strtok_r(rest, " \n", &rest)))
		if (!strncmp(p, word, sizeof word - 1))
			return file_dup(p + sizeof word - 1);
	return NULL;
}

static void report(const char *text, int status, void *arg)
{
	(void)text, (void)arg; /* printed already */
	boot_end(status);
}

char **boot_argv(char **argv)
{
	static char config[] = "--config", init[] = "nsinit", file[] = "/nskit.ini";
	char **own;
	int proc;

	if (getpid() != 1 || getppid())
		return argv;
	proc = new_proc();
	if (!boot_is_init(proc)) {
		if (proc >= 0)
			close(proc);
		return argv;
	}
	open_console();
	msg_name(init);
	msg_on_die(report, NULL, 0);
	own = file_alloc(4 * sizeof *own);
	own[0] = init;
	own[1] = config;
	own[2] = configured(proc);
	if (!own[2])
		own[2] = file;
	close(proc);
	return own;
}

_Noreturn void boot_end(int status)
{
	msg_warn("ended with status %d: powering off", status);
	sync();
	(void)reboot(RB_POWER_OFF); /* where the machine cannot: stay, reaping */
	(void)reboot(RB_HALT_SYSTEM);
	for (;;)
		if (waitpid(-1, NULL, 0) < 0)
			pause();
}
