#include "image.h"

#include <sys/auxv.h>
#include <sys/mman.h>

/* The linker's names: what stands before the tables, and behind them. */
extern const char __init_array_start[] __attribute__((visibility("hidden")));
/* NOLINTNEXTLINE(readability-redundant-declaration): musl has none */
extern ElfW(Dyn) _DYNAMIC[];

uintptr_t image_page(uintptr_t address)
{
	return address & ~(uintptr_t)(getauxval(AT_PAGESZ) - 1);
}

struct image_span image_tables(void)
{
	uintptr_t from = image_page((uintptr_t)__init_array_start);

	return (struct image_span){from, image_page((uintptr_t)_DYNAMIC) - from};
}

void image_protect(void)
{
	struct image_span s = image_tables();

	(void)mprotect((void *)s.from, s.len, PROT_READ); /* a precaution: nothing depends on it */
}
