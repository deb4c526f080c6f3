/*
 * relr.c - the program's entry where the linker has packed its relative relocations (DT_RELR).
 *
 * A static-pie relocates itself at its start.  The tables of keys are full of pointers, and each costs
 * 24 bytes in .rela.dyn but a bit in .relr.dyn: a tenth of the whole binary.  musl knows RELR since
 * 1.2.4; Debian 12's does not.  So this entry, named at link time (-e nsk_start), applies the packed
 * ones before the C library's own _start does the rest, and leaves none for a library that could.
 * Source: System V gABI, "Relocation", the proposal "Proposal for a new section type SHT_RELR".
 *
 * Nothing here may need a relocation itself, nor the C library or a stack guard: none is set up yet.
 */
#if defined __x86_64__ && defined __linux__ && !defined __ILP32__ && !defined NSKIT_NO_MAIN

#include <elf.h>
#include <stddef.h>

#ifndef DT_RELRSZ
#define DT_RELRSZ 35
#define DT_RELR 36
#endif

void nsk_relocate(Elf64_Dyn *dynamic, Elf64_Addr base);

__asm__(".text\n"
	".global nsk_start\n"
	".type nsk_start,@function\n"
	"nsk_start:\n"
	"	xor %ebp, %ebp\n"
	"	push %rdx\n" /* the kernel's rdx is for _start */
	"	.weak _DYNAMIC\n"
	"	.hidden _DYNAMIC\n"
	"	lea _DYNAMIC(%rip), %rdi\n"
	"	.hidden __ehdr_start\n"
	"	lea __ehdr_start(%rip), %rsi\n"
	"	mov %rsp, %rbx\n"
	"	and $-16, %rsp\n"
	"	call nsk_relocate\n"
	"	mov %rbx, %rsp\n"
	"	pop %rdx\n"
	"	jmp _start\n");

/* One address, then bitmaps: bit 0 set, bits 1..63 say which of the next 63 words are pointers. */
__attribute__((used, no_stack_protector)) void nsk_relocate(Elf64_Dyn *dynamic, Elf64_Addr base)
{
	Elf64_Addr *entry = NULL, *where = NULL;
	size_t n = 0;

	for (Elf64_Dyn *d = dynamic; d->d_tag != DT_NULL; d++) {
		if (d->d_tag == DT_RELR)
			entry = (Elf64_Addr *)(base + d->d_un.d_ptr);
		if (d->d_tag == DT_RELRSZ) {
			n = d->d_un.d_val / sizeof *entry;
			d->d_un.d_val = 0; /* done: a musl that knows RELR finds none left */
		}
	}
	for (; entry && n--; entry++) {
		if (!(*entry & 1)) {
			where = (Elf64_Addr *)(base + *entry);
			*where++ += base;
			continue;
		}
		if (!where)
			return; /* a bitmap before any address: not what a linker writes */
		for (size_t i = 0; i < 63; i++)
			if (*entry >> (i + 1) & 1)
				where[i] += base;
		where += 8 * sizeof *entry - 1;
	}
}

#else
typedef int relr_not_here; /* an empty file is not ISO C */
#endif
