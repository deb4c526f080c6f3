/*
 * image.h - where the program itself lies in memory.
 */
#ifndef NSK_IMAGE_H
#define NSK_IMAGE_H

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>

/* The linker's name for the begin of the program. */
extern const ElfW(Ehdr) __ehdr_start;

struct image_span {
	uintptr_t from;
	size_t len;
};

/* The begin of the page of an address. */
uintptr_t image_page(uintptr_t address);

/*
 * The whole pages of what only the relocation at the start writes, tables of pointers: from .init_array to
 * .dynamic, between which the linker puts them (scripts/dev/check-binary looks).
 */
struct image_span image_tables(void);

/* Makes them read-only.  A dynamic loader does so by PT_GNU_RELRO; a static program must do it itself. */
void image_protect(void);

#endif
