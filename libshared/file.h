/*
 * file.h - whole small files, by directory fds; formatted text in fresh memory.
 *
 * dir is a directory fd or AT_FDCWD.  -1 and errno on failure unless said otherwise.
 */
#ifndef NSK_FILE_H
#define NSK_FILE_H

#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

/* Formatted text in malloc'ed memory; dies when there is none. */
char *file_text(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *file_vtext(const char *fmt, va_list) __attribute__((format(printf, 1, 0)));

/* malloc, realloc and strdup that die: for the time of parsing, never after a clone. */
void *file_alloc(size_t n); /* zeroed */
void *file_grow(void *p, size_t n);
/* Room for one more element of size bytes behind n: at each power of two it doubles. */
void *file_room(void *p, size_t n, size_t size);
char *file_dup(const char *text);

/*
 * Reads at most cap-1 bytes of a whole file into buf and ends them with NUL; gives their number.
 * A longer file is -1 with EFBIG.  Works on /proc, /sys and cgroup files (read to end of file).
 */
ssize_t file_read(int dir, const char *path, char *buf, size_t cap);

/* The whole file in malloc'ed memory, NUL at the end, *len without it; limit in bytes: EFBIG. */
char *file_slurp(int dir, const char *path, size_t limit, size_t *len);
char *file_slurp_fd(int fd, size_t limit, size_t *len); /* the same of an open file */

/* Writes text into an existing file (a kernel's: /proc, cgroup) with one write(2). */
int file_put(int dir, const char *path, const char *text);
int file_put_fd(int fd, const char *text); /* the same of an open file */

/* Writes the whole buffer to fd, whatever write(2) takes at once. */
int file_write_all(int fd, const char *buf, size_t len);

/* Makes or replaces dir/name with text: a new file (O_EXCL|O_NOFOLLOW, mode), then a rename. */
int file_replace(int dir, const char *name, const char *text, mode_t mode);
int file_replace_bytes(int dir, const char *name, const char *bytes, size_t n, mode_t mode);

/* What was printed on stdout has arrived, all of it; dies when it has not. */
void file_flush_stdout(void);

/* 16 lower-case hexadecimal digits from getrandom(2), and NUL: an owner's id. */
void file_random_id(char id[17]);

/*
 * Removes a directory of regular files, one level deep, by its parent's fd and its name.  All that can
 * go goes; a file that stays is named on stderr.
 */
int file_remove_dir(int parent, const char *name);

/* mkdir -p of an absolute path; the last part gets mode, the others 0755. EEXIST is success. */
int file_mkdirs(const char *path, mode_t mode);

#endif
