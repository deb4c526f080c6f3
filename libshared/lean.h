/*
 * lean.h - how a stand-in for a function of the C library is named: as that one in the program, and lean_NAME
 * where the C library keeps its own and the unit test compares the two.
 */
#ifndef NSK_LEAN_H
#define NSK_LEAN_H

#if !defined(__GLIBC__) && !defined(NSKIT_NO_MAIN)
/* `used`: the compiler makes calls of these out of calls of others, and the C library calls them. */
#define LEAN(name) __attribute__((used)) name
#else
#define LEAN(name) lean_##name
#endif

#endif
