#include "environ.h"

#include <string.h>

#include "file.h"

static const char *parse_name(const struct key *k, const char *text, const struct origin *o,
			      void *out)
{
	(void)k, (void)o; /* any key, from anywhere */
	if (!*text || strchr(text, '='))
		return key_phrase("'%s' is not a variable's name", text);
	*(char **)out = file_dup(text);
	return NULL;
}

static char *print_name(const struct key *k, const void *value)
{
	const char *text = *(char *const *)value;

	(void)k;
	return text ? file_dup(text) : NULL;
}

static const struct type type_variable = {.name = "NAME",
					  .size = sizeof(char *),
					  .parse = parse_name,
					  .print = print_name};

const struct key environ_keys[] = {
	{"env" HELP("set a variable; may be repeated"), KEY_FIELD(struct environ_conf, env, env),
	 .flags = KEY_LIST},
	{"pass-env" HELP("keep this variable of the caller's; may be repeated"),
	 KEY_FIELD(struct environ_conf, pass_env, variable), .flags = KEY_LIST},
	{"clear-env" DEFAULT("yes") HELP("begin with PATH, HOME and TERM alone"),
	 KEY_FIELD(struct environ_conf, clear_env, boolean)},
	{0},
};

const char *environ_get(char *const envp[], const char *name)
{
	size_t n = strlen(name);

	for (; *envp; envp++)
		if (!strncmp(*envp, name, n) && (*envp)[n] == '=')
			return *envp + n + 1;
	return NULL;
}

/* Puts NAME=VALUE in place of one of the same name, or at the end, where there is room. */
static void put(char **envp, char *assignment)
{
	size_t n = strcspn(assignment, "=") + 1;

	while (*envp && strncmp(*envp, assignment, n))
		envp++;
	if (!*envp)
		envp[1] = NULL;
	*envp = assignment;
}

static void put_passed(char **envp, char *const caller[], const char *name)
{
	const char *value = environ_get(caller, name);

	if (value)
		put(envp, (char *)value - strlen(name) - 1);
}

char **environ_build(const struct environ_conf *c, char *const caller[], const char *home,
		     bool term)
{
	static char path[] = "PATH=" ENVIRON_PATH;
	size_t n = 0;
	char **envp;

	while (caller[n])
		n++;
	envp = file_alloc((n + c->env.n + c->pass_env.n + 4) * sizeof *envp);
	if (c->clear_env != 1) {
		memcpy(envp, caller, n * sizeof *envp);
	} else {
		put(envp, path);
		put(envp, file_text("HOME=%s", home));
		if (term)
			put_passed(envp, caller, "TERM");
	}
	LIST_EACH(char *, name, c->pass_env)
	put_passed(envp, caller, *name);
	LIST_EACH(char *, assignment, c->env)
	put(envp, *assignment);
	return envp;
}
