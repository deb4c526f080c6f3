/*
 * plan.c - the steps of a start: read and checked before anything is made, written into the record
 * before the name is visible.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "file.h"
#include "msg.h"
#include "nsexec.h"

/* A bare word is an applet that may be a step; a word with a / is a foreign command. */
static struct command read_command(const struct run *r, char **argv)
{
	struct command c = {.argv = argv};
	const char *nearest = NULL;
	const struct applet *a;

	if (strchr(argv[0], '/'))
		return c;
	a = applet_find(argv[0], &nearest);
	if (!a || !a->step)
		msg_usage("step '%s': not an applet that can be a step%s%s; a foreign command is "
			  "written with its path",
			  argv[0], nearest ? "; the nearest is " : "", nearest ? nearest : "");
	applet_prepare(&c.call, a, argv, r->conf->ini);
	msg_name("nsexec");
	return c;
}

void plan_make(struct run *r)
{
	r->plan = file_alloc((r->conf->steps.n + 1) * sizeof *r->plan);
	LIST_EACH(struct step, s, r->conf->steps)
	{
		struct planned *p = &r->plan[r->n_plan];

		if (strcmp(s->key->name, "undo")) {
			p->phase = strcmp(s->key->name, "window") ? PHASE_PREPARE : PHASE_WINDOW;
			p->run = read_command(r, s->argv);
			r->n_plan++;
		} else if (!r->n_plan || p[-1].undo.argv) {
			msg_usage("--undo '%s': no --prepare or --window stands before it",
				  key_quote(s->argv));
		} else {
			p[-1].undo = read_command(r, s->argv);
		}
	}
}

char *plan_text(const struct run *r)
{
	char *text = file_text("id %s\n", r->state.id);

	for (size_t i = 0; i < r->n_plan; i++)
		if (r->plan[i].undo.argv)
			text = file_text("%sundo %s\n", text, key_quote(r->plan[i].undo.argv));
	LIST_EACH(char **, hook, r->conf->hooks.stop)
	text = file_text("%sstop %s\n", text, key_quote(*hook));
	if (r->conf->container.pid_file) {
		char *file[] = {r->conf->container.pid_file, NULL};

		text = file_text("%sfile %s\n", text, key_quote(file));
	}
	return text;
}
