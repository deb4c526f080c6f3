/*
 * timer [-n ROUNDS] [-g GAP] [-j] :: NAME BASE COMMAND [ARGUMENT...] :: NAME BASE COMMAND ...
 *
 * Measures the wall time from spawning each COMMAND to its end. Commands are interleaved: a round
 * runs every one of them once, each GAP ms (20) after the last one's end, beginning with another
 * one every time. Isolated starts show waits that a tight loop hides; interleaving lets a noisy
 * moment hit all alike. Prints the medians in ms and the median of the ratios within rounds: to the
 * first command, and to the one called BASE (`-`: none). With `-BASE` instead, what a command costs over
 * BASE: the median of the differences within rounds, and how much more that is than what the first row
 * over the same BASE costs.
 *
 * Each is tried once first; one that fails or takes over 10 s is left out, and why is shown.
 * -j: the rows as a JSON array. Status 1 when the first command does not run.
 */

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_ROWS 64
#define TRY_SECONDS 10
#define WARM_UP 2

struct row {
	const char *name, *base;
	char **command;
	double *ms; /* one per round */
	int failed;
	char error[256];
};

static struct row rows[MOST_ROWS];
static int row_count, rounds = 40, gap_ms = 20;

static _Noreturn void usage(void)
{
	fputs("usage: timer [-n ROUNDS] [-g GAP] [-j] :: NAME BASE COMMAND [ARGUMENT...] ...\n",
	      stderr);
	exit(2);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void sleep_ms(int ms)
{
	struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

	while (nanosleep(&t, &t) && errno == EINTR)
		continue;
}

/* stdin and stdout are /dev/null, stderr too unless `errors` is a descriptor. -1 and errno. */
static pid_t spawn(char **command, int errors)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;
	int error;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&actions, 0, 1);
	posix_spawn_file_actions_adddup2(&actions, errors >= 0 ? errors : 0, 2);
	error = posix_spawnp(&pid, command[0], &actions, NULL, command, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error) {
		errno = error;
		return -1;
	}
	return pid;
}

/* Waits TRY_SECONDS at most; -1 when it had to be killed. */
static int bounded_wait(pid_t pid)
{
	double end = now_ms() + TRY_SECONDS * 1e3;
	int status;

	while (waitpid(pid, &status, WNOHANG) == 0) {
		if (now_ms() > end) {
			kill(pid, SIGKILL);
			waitpid(pid, &status, 0);
			return -1;
		}
		sleep_ms(2);
	}
	return status;
}

/* Runs it once; a row that does not work gets its `error`: what it said first. */
static void try_row(struct row *row)
{
	FILE *said = tmpfile();
	pid_t pid;
	int status;

	if (!said) {
		perror("timer: tmpfile");
		exit(2);
	}
	pid = spawn(row->command, fileno(said));
	if (pid < 0) {
		snprintf(row->error, sizeof(row->error), "%s", strerror(errno));
		fclose(said);
		return;
	}
	status = bounded_wait(pid);
	if (status != 0) {
		char line[200] = "";

		rewind(said);
		if (!fgets(line, sizeof(line), said))
			line[0] = '\0';
		line[strcspn(line, "\n")] = '\0';
		if (status < 0)
			snprintf(row->error, sizeof(row->error), "took over %d s", TRY_SECONDS);
		else if (WIFSIGNALED(status))
			snprintf(row->error, sizeof(row->error), "killed by signal %d",
				 WTERMSIG(status));
		else
			snprintf(row->error, sizeof(row->error), "status %d%s%s",
				 WEXITSTATUS(status), *line ? ": " : "", line);
	}
	fclose(said);
}

static void measure(struct row *row, int round)
{
	double start;
	int status = -1;
	pid_t pid;

	sleep_ms(gap_ms);
	start = now_ms();
	pid = spawn(row->command, -1);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	if (round < 0)
		return;
	row->ms[round] = now_ms() - start;
	if (status != 0)
		row->failed++;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *values, double q)
{
	double *sorted = malloc((size_t)rounds * sizeof(*sorted)), result;

	if (!sorted)
		abort();
	memcpy(sorted, values, (size_t)rounds * sizeof(*sorted));
	qsort(sorted, (size_t)rounds, sizeof(*sorted), by_value);
	result = q == 0.5 && rounds % 2 == 0 ? (sorted[rounds / 2 - 1] + sorted[rounds / 2]) / 2
					     : sorted[(int)(q * (rounds - 1) + 0.5)];
	free(sorted);
	return result;
}

/* The median of the ratios within rounds. */
static double ratio(const struct row *row, const struct row *base)
{
	double *ratios = malloc((size_t)rounds * sizeof(*ratios)), result;

	if (!ratios)
		abort();
	for (int i = 0; i < rounds; i++)
		ratios[i] = row->ms[i] / base->ms[i];
	result = quantile(ratios, 0.5);
	free(ratios);
	return result;
}

/* The row called `name` if it was measured. */
static const struct row *find(const char *name)
{
	for (int i = 0; i < row_count; i++)
		if (strcmp(rows[i].name, name) == 0)
			return *rows[i].error ? NULL : &rows[i];
	return NULL;
}

/* What a row costs over its `-BASE`, in ms; 0: it has none. */
static double over(const struct row *row)
{
	const struct row *base = row->base[0] == '-' && row->base[1] ? find(row->base + 1) : NULL;
	double *rest, result;

	if (!base)
		return 0;
	rest = malloc((size_t)rounds * sizeof(*rest));
	if (!rest)
		abort();
	for (int i = 0; i < rounds; i++)
		rest[i] = row->ms[i] - base->ms[i];
	result = quantile(rest, 0.5);
	free(rest);
	return result;
}

static const struct row *first_over(const struct row *row)
{
	for (int i = 0; i < row_count; i++)
		if (strcmp(rows[i].base, row->base) == 0 && !*rows[i].error)
			return &rows[i];
	return row;
}

static void print_table(void)
{
	printf("%-36s %8s %8s %8s %8s\n", "", "ms", "p90", "x floor", "x base");
	for (int i = 0; i < row_count; i++) {
		const struct row *row = &rows[i], *base = find(row->base);

		if (*row->error) {
			printf("%-36s not measured: %s\n", row->name, row->error);
			continue;
		}
		printf("%-36s %8.2f %8.2f %8.2f", row->name, quantile(row->ms, 0.5),
		       quantile(row->ms, 0.9), ratio(row, &rows[0]));
		if (base)
			printf(" %8.2f of %s", ratio(row, base), base->name);
		if (over(row) > 0)
			printf(" %8.2f ms over %s, %.2f x %s", over(row), row->base + 1,
			       over(row) / over(first_over(row)), first_over(row)->name);
		if (row->failed)
			printf("  (failed %d times)", row->failed);
		putchar('\n');
	}
}

static void print_json_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_json(void)
{
	putchar('[');
	for (int i = 0; i < row_count; i++) {
		const struct row *row = &rows[i], *base = find(row->base);

		printf("%s\n  {\"name\": ", i ? "," : "");
		print_json_string(row->name);
		if (*row->error) {
			printf(", \"error\": ");
			print_json_string(row->error);
		} else {
			printf(", \"ms\": %.4f, \"p90\": %.4f, \"floor\": %.4f, \"failed\": %d",
			       quantile(row->ms, 0.5), quantile(row->ms, 0.9), ratio(row, &rows[0]),
			       row->failed);
			if (base) {
				printf(", \"base\": ");
				print_json_string(base->name);
				printf(", \"base_ratio\": %.4f", ratio(row, base));
			}
			if (over(row) > 0)
				printf(", \"over_ms\": %.4f, \"over_ratio\": %.4f", over(row),
				       over(row) / over(first_over(row)));
		}
		putchar('}');
	}
	puts("\n]");
}

/* Cuts argv at each `::` into rows. */
static void read_rows(char **argv)
{
	while (*argv) {
		struct row *row = &rows[row_count];

		if (strcmp(*argv, "::") != 0 || row_count == MOST_ROWS)
			usage();
		*argv++ = NULL;
		if (!argv[0] || !argv[1] || !argv[2])
			usage();
		row->name = argv[0];
		row->base = argv[1];
		row->command = argv + 2;
		row->ms = calloc((size_t)rounds, sizeof(double));
		if (!row->ms)
			abort();
		row_count++;
		while (*argv && strcmp(*argv, "::") != 0)
			argv++;
	}
}

int main(int argc, char **argv)
{
	int opt, json = 0;

	while ((opt = getopt(argc, argv, "+n:g:j")) != -1) {
		if (opt == 'n')
			rounds = (int)strtol(optarg, NULL, 10);
		else if (opt == 'g')
			gap_ms = (int)strtol(optarg, NULL, 10);
		else if (opt == 'j')
			json = 1;
		else
			usage();
	}
	if (rounds < 1)
		usage();
	read_rows(argv + optind);
	if (row_count == 0)
		usage();
	for (int i = 0; i < row_count; i++)
		try_row(&rows[i]);
	if (*rows[0].error) {
		fprintf(stderr, "timer: %s: %s\n", rows[0].name, rows[0].error);
		return 1;
	}
	for (int round = -WARM_UP; round < rounds; round++)
		for (int i = 0; i < row_count; i++) {
			struct row *row = &rows[(i + round + WARM_UP) % row_count];

			if (!*row->error)
				measure(row, round);
		}
	if (json)
		print_json();
	else
		print_table();
	return 0;
}
