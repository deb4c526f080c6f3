/*
 * fuzz.h - what a libFuzzer target is made of: fuzz_run calls it with a text of its own, lets it die by
 * msg_die, and gives back all memory that it has taken.
 *
 * Parsed memory lives until exec by design, so nothing frees it; a million runs would fill any machine.
 * The sanitizer tells of every block that comes and goes between the beginning and the end of a run.
 */
#ifndef NSK_FUZZ_H
#define NSK_FUZZ_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "msg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int __sanitizer_install_malloc_and_free_hooks(void (*taken)(const volatile void *, size_t),
					      void (*given)(const volatile void *));

enum { FUZZ_SLOTS = 1 << 18 }; /* blocks of one run at most: a file of 64 KiB makes fewer */

/* A hash of addresses, and where in it they were put; 1 stands where one was taken out again. */
static uintptr_t fuzz_block[FUZZ_SLOTS];
static uint32_t fuzz_used[FUZZ_SLOTS];
static uint32_t fuzz_n;
static _Thread_local bool
	fuzz_runs; /* libFuzzer has a thread of its own, whose blocks are not ours */
static jmp_buf fuzz_jump;

static uint32_t fuzz_slot(uintptr_t p)
{
	return (uint32_t)(p * 0x9e3779b97f4a7c15ULL >> 46);
}

static void fuzz_taken(const volatile void *p, size_t n)
{
	uint32_t i = fuzz_slot((uintptr_t)p);

	(void)n;
	if (!fuzz_runs || !p)
		return;
	if (fuzz_n > FUZZ_SLOTS / 2)
		abort();
	while (fuzz_block[i])
		i = (i + 1) % FUZZ_SLOTS;
	fuzz_block[i] = (uintptr_t)p;
	fuzz_used[fuzz_n++] = i;
}

static void fuzz_given(const volatile void *p)
{
	uint32_t i = fuzz_slot((uintptr_t)p);

	if (!fuzz_runs || !p)
		return;
	while (fuzz_block[i] && fuzz_block[i] != (uintptr_t)p)
		i = (i + 1) % FUZZ_SLOTS;
	if (fuzz_block[i])
		fuzz_block[i] = 1;
}

static void fuzz_died(const char *text, int status, void *arg)
{
	(void)text, (void)status, (void)arg;
	longjmp(fuzz_jump, 1);
}

/* text has a NUL behind its len bytes and nothing more, so that reading on is seen. */
static int fuzz_run(void (*f)(char *text, size_t len), const uint8_t *data, size_t size)
{
	static bool hooked;
	char *text = malloc(size + 1);

	if (!text)
		abort();
	if (!hooked)
		(void)__sanitizer_install_malloc_and_free_hooks(fuzz_taken, fuzz_given);
	hooked = true;
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	msg_on_die(fuzz_died, NULL, 1);
	fuzz_runs = true;
	if (!setjmp(fuzz_jump))
		f(text, size);
	fuzz_runs = false;
	for (uint32_t n = 0; n < fuzz_n; n++) {
		uintptr_t p = fuzz_block[fuzz_used[n]];

		fuzz_block[fuzz_used[n]] = 0;
		if (p > 1)
			free((void *)p);
	}
	fuzz_n = 0;
	free(text);
	return 0;
}

/* A broken promise: what libFuzzer reports as a crash. */
__attribute__((unused)) static void fuzz_must(bool good, const char *what)
{
	if (good)
		return;
	(void)fprintf(stderr, "broken: %s\n", what);
	abort();
}

/* The next of the pieces that a NUL ends, as several texts come in one input; "" when there is none. */
__attribute__((unused)) static char *fuzz_piece(char **text, const char *end)
{
	char *piece = *text;

	if (piece >= end)
		return (char *)"";
	*text = piece + strlen(piece) + 1;
	return piece;
}

#endif
