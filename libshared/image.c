#include "image.h"

#include <sys/auxv.h>
#include <sys/mman.h>

uintptr_t image_page(uintptr_t address)
{
	return address & ~(uintptr_t)(getauxval(AT_PAGESZ) - 1);
}

struct image_span image_tables(void)
{
	const char *base = (const char *)&__ehdr_start;
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)(const void *)(base + __ehdr_start.e_phoff);
	uintptr_t from = 0, to = 0;

	for (int i = 0; i < __ehdr_start.e_phnum; i++) {
		if (p[i].p_type == PT_LOAD && p[i].p_flags & PF_W)
			from = image_page((uintptr_t)base + p[i].p_vaddr);
		if (p[i].p_type == PT_DYNAMIC)
			to = image_page((uintptr_t)base + p[i].p_vaddr);
	}
	return (struct image_span){from, to > from ? to - from : 0};
}

void image_protect(void)
{
	struct image_span s = image_tables();

	(void)mprotect((void *)s.from, s.len, PROT_READ); /* a precaution: nothing depends on it */
}
