/*
 * bomb: forks as often as it may, in every process that comes of it, and never ends by itself. A
 * shell that cannot fork gives up, so that a bomb written in shell may die out before it is looked at;
 * this one stays at the limit. Only for a cgroup with pids.max.
 */

#include <sched.h>
#include <unistd.h>

int main(void)
{
	for (;;)
		if (fork() < 0)
			sched_yield();
}
