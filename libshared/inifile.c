#include "inifile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ini.h>

#include "file.h"
#include "msg.h"

/* The scan: what inih would cut or take in silence is refused, with the line's number. */

static const char *scan_section(const char *line, const char *end)
{
	const char *close = memchr(line, ']', (size_t)(end - line));

	if (!close)
		return "a section without ]";
	if (close == line + 1)
		return "a section without a name";
	if (close - line - 1 > INI_SECTION_LIMIT)
		return key_phrase("a section's name has %d bytes at most", INI_SECTION_LIMIT);
	for (close++; close < end; close++)
		if (*close != ' ' && *close != '\t')
			return key_phrase("'%.*s' after ]", (int)(end - close), close);
	return NULL;
}

static const char *scan_line(const char *line, const char *end)
{
	const char *equals, *colon;

	if (end - line > INI_LINE_LIMIT)
		return key_phrase("longer than %d bytes", INI_LINE_LIMIT);
	for (const char *p = line; p < end; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return *p == '\r' ? "a carriage return: lines end with a newline alone"
					  : key_phrase("control byte 0x%02x", (unsigned char)*p);
	while (line < end && (*line == ' ' || *line == '\t'))
		line++;
	if (line == end || *line == '#' || *line == ';')
		return NULL;
	if (*line == '[')
		return scan_section(line, end);
	equals = memchr(line, '=', (size_t)(end - line));
	colon = memchr(line, ':', (size_t)(end - line));
	if (!equals)
		return key_phrase("no = in '%.*s'", end - line > 40 ? 40 : (int)(end - line), line);
	if (equals == line)
		return "no key before =";
	if (colon && colon < equals)
		return "a : before the =";
	return NULL;
}

static const char *scan(const char *file, const char *text, size_t len)
{
	int line = 1;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		return key_phrase("%s:1: a byte order mark before the text", file);
	for (const char *p = text, *end; p < text + len; p = end + 1, line++) {
		const char *phrase;

		end = memchr(p, '\n', (size_t)(text + len - p));
		if (!end)
			end = text + len;
		phrase = scan_line(p, end);
		if (phrase)
			return key_phrase("%s:%d: %s", file, line, phrase);
	}
	return NULL;
}

struct reader {
	struct ini *ini;
	const struct ini_source *source;
	const char *phrase; /* what the handler found wrong */
	int line;
};

static void add_line(struct ini *ini, struct ini_line line)
{
	ini->lines = file_room(ini->lines, ini->n, sizeof line);
	ini->lines[ini->n++] = line;
}

/* inih's handler: 1 = go on */
static int take(void *arg, const char *section, const char *name, const char *value, int line)
{
	struct reader *r = arg;

	if (!*section) {
		r->phrase = "a key before the first [section]";
		r->line = line;
		return 0;
	}
	add_line(r->ini, (struct ini_line){.source = r->source,
					   .line = line,
					   .section = file_dup(section),
					   .key = name ? file_dup(name) : NULL,
					   .value = value ? file_dup(value) : NULL});
	return 1;
}

static const struct ini_source *new_source(const char *file, const char *dir)
{
	struct ini_source *s = file_alloc(sizeof *s);

	s->file = file_dup(file);
	s->dir = file_dup(dir);
	return s;
}

const char *inifile_parse(struct ini *ini, const char *file, const char *dir, const char *text,
			  size_t len)
{
	struct reader r = {.ini = ini};
	const char *phrase = scan(file, text, len);
	int line;

	if (phrase)
		return phrase;
	r.source = new_source(file, dir);
	line = ini_parse_string(text, take, &r);
	if (r.phrase)
		return key_phrase("%s:%d: %s", file, r.line, r.phrase);
	if (line)
		return key_phrase("%s:%d: cannot be read", file, line);
	return NULL;
}

/* The directory that relative paths of this file stand on; stdin's is the caller's. */
static char *directory_of(const char *path)
{
	char cwd[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash - path) : 0;

	if (*path == '/')
		return n ? file_text("%.*s", n, path) : file_dup("/");
	if (!getcwd(cwd, sizeof cwd))
		msg_die_errno("current directory");
	return n ? file_text("%s/%.*s", cwd, n, path) : file_dup(cwd);
}

static bool is_include(const struct ini_line *l)
{
	return l->key && !strcmp(l->section, "container") && !strcmp(l->key, "include");
}

static void __attribute__((noreturn)) bad_include(const struct ini_line *l, const char *phrase)
{
	msg_die("%s:%d: [container] include: %s", l->source->file, l->line, phrase);
}

/* The lines of one file; from is the line that includes it, NULL for the main file. */
static void read_file(struct ini *own, const char *path, const struct ini_line *from)
{
	const char *phrase;
	size_t len;
	char *text = file_slurp(AT_FDCWD, path, INI_FILE_LIMIT, &len);

	if (!text && from)
		bad_include(from, key_phrase("%s: %s", path, strerror(errno)));
	if (!text)
		msg_die_errno("%s", path);
	phrase = inifile_parse(own, strcmp(path, "-") ? path : "stdin", directory_of(path), text,
			       len);
	if (phrase)
		msg_die("%s", phrase);
	free(text);
}

static void load(struct ini *ini, const char *path, const struct ini_line *from, int depth)
{
	struct ini own = {0};
	const char *phrase = NULL;

	if (from && depth > INI_INCLUDE_DEPTH)
		bad_include(from, key_phrase("more than %d files deep", INI_INCLUDE_DEPTH));
	read_file(&own, path, from);
	for (size_t i = 0; i < own.n; i++) {
		const struct ini_line *l = &own.lines[i];
		char *file;

		if (!is_include(l) || !*l->value)
			continue;
		file = inifile_unquote(l->value, &phrase);
		if (!file)
			bad_include(l, phrase);
		if (*file != '/')
			file = file_text("%s/%s", l->source->dir, file);
		load(ini, file, l, depth + 1);
	}
	if (ini->n + own.n > INI_LINES_LIMIT)
		msg_die("%s: more than %d lines, included ones counted", path, INI_LINES_LIMIT);
	for (size_t i = 0; i < own.n; i++)
		if (!is_include(&own.lines[i])) /* what it names stands in its place */
			add_line(ini, own.lines[i]);
}

struct ini *inifile_copy(const struct ini *ini)
{
	struct ini *copy = file_alloc(sizeof *copy);

	*copy = (struct ini){.stem = ini->stem,
			     .file = ini->file,
			     .confs = ini->confs,
			     .n_confs = ini->n_confs};
	for (size_t i = 0; i < ini->n; i++)
		add_line(copy, ini->lines[i]);
	return copy;
}

static char *stem_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *stem = file_dup(slash ? slash + 1 : path);
	size_t n = strlen(stem);

	if (n > 4 && !strcmp(stem + n - 4, ".ini"))
		stem[n - 4] = '\0';
	return stem;
}

void inifile_load(struct ini *ini, const char *path)
{
	ini->file = file_dup(path);
	ini->stem = strcmp(path, "-") ? stem_of(path) : NULL;
	load(ini, path, NULL, 1);
}

void inifile_set(struct ini *ini, const char *assignment)
{
	const char *equals = strchr(assignment, '=');
	const char *dot = NULL;
	struct ini_line line;

	/* the section may hold dots ([net.eth0]), the key holds none but in [sysctl] */
	for (const char *p = assignment; equals && p < equals; p++)
		if (*p == '.' && (!dot || strncmp(assignment, "sysctl.", 7)))
			dot = p;
	if (!dot || dot == assignment || dot + 1 == equals)
		msg_usage("'%s': section.key=value is wanted", assignment);
	if (dot - assignment > INI_SECTION_LIMIT || strlen(equals) > INI_LINE_LIMIT)
		msg_usage("--set: longer than a line of a file may be");
	for (const char *p = assignment; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			msg_usage("--set: a control byte in the value");
	line = (struct ini_line){.source = new_source("argv", directory_of("x")),
				 .section = file_text("%.*s", (int)(dot - assignment), assignment),
				 .key = file_text("%.*s", (int)(equals - dot - 1), dot + 1),
				 .value = file_dup(equals + 1)};
	if (is_include(&line))
		msg_usage("--set container.include: a file is included by a file alone");
	add_line(ini, line);
}

char *inifile_unquote(const char *value, const char **phrase)
{
	size_t len = strlen(value);
	char *out, *p;

	if (*value != '"')
		return file_dup(value);
	p = out = file_alloc(len + 1);
	for (size_t i = 1; i < len; i++) {
		if (value[i] == '"') {
			if (i + 1 == len)
				return out;
			*phrase = "text after the closing quote";
			return NULL;
		}
		if (value[i] != '\\') {
			*p++ = value[i];
			continue;
		}
		switch (value[++i]) {
		case 'n':
			*p++ = '\n';
			break;
		case 't':
			*p++ = '\t';
			break;
		case '"':
		case '\\':
			*p++ = value[i];
			break;
		case 'x':
			if (key_hex(value + i + 1, p)) {
				p++;
				i += 2;
				break;
			}
			/* fall through */
		default:
			*phrase = "after \\ only n, t, \", \\ and xHH are known";
			return NULL;
		}
	}
	*phrase = "the quote is not closed";
	return NULL;
}

char *inifile_quote(const char *text)
{
	size_t len = strlen(text);
	bool must = !len || strchr(" \t\"", *text) || strchr(" \t", text[len - 1]);
	char *out, *p;

	for (const char *c = text; *c && !must; c++)
		must = (unsigned char)*c < ' ' || *c == 0x7f;
	if (!must)
		return file_dup(text);
	p = out = file_alloc(4 * len + 3);
	*p++ = '"';
	for (; *text; text++) {
		if (*text == '"' || *text == '\\') {
			*p++ = '\\';
			*p++ = *text;
		} else if ((unsigned char)*text < ' ' || *text == 0x7f) {
			p = key_put_escape(p, *text);
		} else {
			*p++ = *text;
		}
	}
	*p++ = '"';
	*p = '\0';
	return out;
}
