/*
 * nosys NAME[,NAME...] COMMAND [ARGUMENT...]: runs COMMAND as on a kernel that lacks these system calls: each
 * answers ENOSYS.  Names: mount_setattr close_range.
 */

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/filter.h>
#include <linux/seccomp.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

static const struct {
	const char *name;
	unsigned number;
} known[] = {{"mount_setattr", SYS_mount_setattr}, {"close_range", SYS_close_range}};

static _Noreturn void die(const char *what)
{
	fprintf(stderr, "nosys: %s: %s\n", what, strerror(errno));
	_exit(125);
}

/* The program compares the number with each: equal jumps to the last instruction, ENOSYS. */
int main(int argc, char **argv)
{
	struct sock_filter code[8] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
	struct sock_fprog program = {.filter = code};
	unsigned short n = 1, calls = 0;

	if (argc < 3) {
		fputs("usage: nosys NAME[,NAME...] COMMAND [ARGUMENT...]\n", stderr);
		return 125;
	}
	for (char *name = strtok(argv[1], ","); name; name = strtok(NULL, ",")) {
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (!strcmp(name, known[i].name))
				code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
									 known[i].number, 0, 0);
		if (n != ++calls + 1) {
			errno = EINVAL;
			die(name);
		}
	}
	for (unsigned short i = 1; i <= calls; i++)
		code[i].jt = (unsigned char)(calls - i + 1);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS);
	program.len = n;
	/* without no_new_privs where that is allowed: it would be inherited and seen by the test */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) &&
	    (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	     prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)))
		die("seccomp");
	execvp(argv[2], argv + 2);
	die(argv[2]);
}
