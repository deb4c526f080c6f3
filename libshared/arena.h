/*
 * arena.h - letting go of what malloc gave (arena.c): for a process that stays and needs nothing of it.
 */
#ifndef NSK_ARENA_H
#define NSK_ARENA_H

/* The pages of the first 47 KiB go back to the kernel: nothing that was allocated may be used again. */
void arena_drop(void);

#endif
