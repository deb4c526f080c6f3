/*
 * thin.h - a process that stays for a container's whole life, and hardly takes a page of memory.
 */
#ifndef NSINIT_THIN_H
#define NSINIT_THIN_H

#include <stddef.h>
#include <stdint.h>

/* The code of the loop that stays: kept together, on a page or two of its own. */
#define THIN_LOOP __attribute__((noinline, section("nsk_loop")))

/* The program's segments that nobody writes, or only its relocation did. */
enum { THIN_SEGMENTS = 8 };
struct thin {
	uintptr_t from[THIN_SEGMENTS];
	size_t len[THIN_SEGMENTS];
	int n;
};

/* Finds them, and sets the loop's pages apart, so that touching one does not bring its neighbours. */
void thin_program(struct thin *);

/* Lets go of them: they come back from the page cache, page by page, when they are touched. */
THIN_LOOP void thin_let_go(const struct thin *);

/* Lets go of the heap, as the maps of proc (a procfs's fd, -1: not) show it: nothing in it may be used again. */
void thin_heap(int proc);

#endif
