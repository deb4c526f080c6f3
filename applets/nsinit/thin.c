#include "thin.h"

#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena.h"
#include "file.h"
#include "image.h"
#include "key.h"
#include "sys.h"

/* The linker's names for the section of THIN_LOOP, and for the end of the image. */
extern const char __start_nsk_loop[], __stop_nsk_loop[], _end[];

/* musl's, below syscall(): it is called each time; another libc has no such function. */
extern long __syscall_ret(unsigned long) __attribute__((weak, visibility("hidden")));

/*
 * A fault on a file's page maps its neighbours as well, 64 KiB at a time, but not over the border of a mapping:
 * another flag, which means nothing for such pages, makes these few a mapping of their own.
 */
static void set_apart(const void *from, const void *to)
{
	uintptr_t first = image_page((uintptr_t)from);

	(void)madvise((void *)first, (uintptr_t)to - first, MADV_DONTDUMP); /* a saving alone */
}

void thin_let_go(const struct thin *t)
{
	for (int i = 0; i < t->n; i++)
		(void)sys_madvise(t->from[i], t->len[i],
				  MADV_DONTNEED); /* a saving: nothing depends on it */
}

/*
 * Of what is written only once, by the relocation at the start, the loop uses nothing: tables and the
 * pointers in them.  (Another libc may call through such pointers: there it stays.)
 */
void thin_program(struct thin *t)
{
	const char *base = (const char *)&__ehdr_start;
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)(const void *)(base + __ehdr_start.e_phoff);
	const char *call = (const char *)(uintptr_t)syscall,
		   *ret = (const char *)(uintptr_t)__syscall_ret;
	struct image_span tables = image_tables();

	set_apart(__start_nsk_loop, __stop_nsk_loop);
	set_apart(call, call + 1);
	if (ret)
		set_apart(ret, ret + 1);
	t->n = 0;
	for (int i = 0; i < __ehdr_start.e_phnum && t->n < THIN_SEGMENTS - 1; i++) {
		uintptr_t from = (uintptr_t)base + p[i].p_vaddr;

		if (p[i].p_type != PT_LOAD || p[i].p_flags & PF_W)
			continue;
		t->from[t->n] = image_page(from);
		t->len[t->n++] = from + p[i].p_memsz - image_page(from);
	}
	if (!ret)
		return;
	t->from[t->n] = tables.from;
	t->len[t->n++] = tables.len;
}

static bool hex(char **p, char end, uintptr_t *out)
{
	static const char digits[] = "0123456789abcdef";

	for (*out = 0; **p && **p != end; (*p)++) {
		const char *digit = strchr(digits, **p);

		if (!digit)
			return false;
		*out = *out << 4 | (uintptr_t)(digit - digits);
	}
	return *(*p)++ == end;
}

/* "7f00-7f10 rw-p 00000000 00:00 0": anonymous, ours alone, and neither stack nor the image's own data. */
static void drop_line(char *line)
{
	uintptr_t from, to, image = (uintptr_t)&__ehdr_start;

	if (!hex(&line, '-', &from) || !hex(&line, ' ', &to) ||
	    strncmp(line, "rw-p 00000000 00:00 0", 21))
		return;
	if (strstr(line, "[stack]") || (from < (uintptr_t)_end && to > image))
		return;
	(void)madvise((void *)from, to - from, MADV_DONTNEED); /* likewise */
}

void thin_heap(int proc)
{
	char maps[8192], *rest = maps, *line; /* on the stack: it is read while the heap goes */

	arena_drop();
	if (proc < 0 || file_read(proc, "self/maps", maps, sizeof maps) <= 0)
		return;
	while ((line = strsep(&rest, "\n")))
		drop_line(line);
}
