/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- bfsim: histories by seed, over several processes.
 *
 *   bfsim --seeds N [--first S] [--jobs N] [--brief]   a campaign; ends with rates and coverage
 *   bfsim --seed S                                     one history, told step by step
 *
 * Every hundredth seed runs twice and must leave the same trace. A failure names the seed, the step
 * and the invariant, prints the command that replays it, and the exit status is 1. Stores lie in
 * /dev/shm, or $TMPDIR when that is missing. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/backup.h"
#include "tests/sim/world.h"

enum { JOBS_MAX = 64, TWICE_EVERY = 100, COVER_SEEDS = 1000 };

struct worker { /* in memory shared with the parent */
	struct report report;
	struct cover cover;
	uint64_t done, steps, entries, twice;
};

struct options {
	uint64_t first, seeds;
	unsigned jobs;
	bool one, brief;
};

static uint64_t run_one(struct worker *me, uint64_t seed, const char *dir, bool verbose)
{
	struct world *w = calloc(1, sizeof *w);

	BF_REQUIRE(w != NULL);
	me->report.seed = seed;
	me->report.step = 0;
	w->report = &me->report;
	w->cover = &me->cover;
	w->verbose = verbose;
	if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
		(void)fprintf(stderr, "bfsim: %s: %s\n", dir, strerror(errno));
		_exit(2);
	}
	if (world_open(w, seed, dir) == 0)
		world_run(w);
	uint64_t trace = w->trace;
	me->steps += w->step;
	for (int i = 0; i < w->nodes; i++)
		me->entries += w->node[i].log.count;
	world_close(w);
	free(w);
	backup_remove(dir);
	return trace;
}

static void work(struct worker *me, const struct options *o, unsigned index, const char *base)
{
	char dir[DIR_BYTES_MAX];

	(void)snprintf(dir, sizeof dir, "%s/w%u", base, index);
	for (uint64_t i = index; i < o->seeds; i += o->jobs) {
		uint64_t seed = o->first + i;
		uint64_t trace = run_one(me, seed, dir, o->one);

		if (seed % TWICE_EVERY == 0 && !o->one) {
			if (run_one(me, seed, dir, false) != trace) {
				me->report.failed = true;
				(void)snprintf(me->report.invariant, sizeof me->report.invariant,
					       "TRACE");
				(void)snprintf(
				    me->report.text, sizeof me->report.text,
				    "the same seed ran two ways: something is not deterministic");
				_exit(1);
			}
			me->twice++;
		}
		me->done++;
	}
}

static const char *make_base(char out[DIR_BYTES_MAX])
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;

	if (stat("/dev/shm", &st) == 0 && access("/dev/shm", W_OK) == 0)
		tmp = "/dev/shm";
	(void)snprintf(out, DIR_BYTES_MAX, "%.100s/bfsim.XXXXXX", tmp == NULL ? "/tmp" : tmp);
	return mkdtemp(out);
}

/* Returns the number of workers that failed; the first failure stops the others. */
static unsigned wait_all(struct worker *workers, pid_t *pids, unsigned jobs, const char *self)
{
	unsigned failed = 0;
	int status;

	for (pid_t pid; (pid = wait(&status)) > 0;) {
		unsigned k = 0;

		while (k < jobs && pids[k] != pid)
			k++;
		if (k == jobs)
			continue;
		pids[k] = 0;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
			continue;
		if (failed++ > 0)
			continue;
		const struct report *r = &workers[k].report;
		printf("FAILED seed=%" PRIu64 " step=%" PRIu64 " invariant=%s: %s\n", r->seed,
		       r->step, r->failed ? r->invariant : "CRASH",
		       r->failed ? r->text : "the process died; its own output says why");
		printf("replay: %s --seed %" PRIu64 "\n", self, r->seed);
		(void)fflush(stdout);
		for (unsigned i = 0; i < jobs; i++)
			if (pids[i] > 0)
				(void)kill(pids[i], SIGTERM);
	}
	return failed;
}

static void summary(struct worker *workers, const struct options *o, double seconds,
		    unsigned *missed)
{
	static struct cover all;
	uint64_t done = 0, steps = 0, entries = 0, twice = 0;

	for (unsigned i = 0; i < o->jobs; i++) {
		done += workers[i].done;
		steps += workers[i].steps;
		entries += workers[i].entries;
		twice += workers[i].twice;
		cover_add(&all, &workers[i].cover);
	}
	if (!o->brief) {
		unsigned zero = cover_print(&all);
		if (done >= COVER_SEEDS)
			*missed = zero;
	}
	printf("%" PRIu64 " seeds from %" PRIu64 ": %.1f seeds/s (%.0f seeds/h), %" PRIu64
	       " steps, %" PRIu64 " entries, %" PRIu64 " run twice with equal traces, %.1f s\n",
	       done, o->first, (double)done / seconds, (double)done / seconds * 3600, steps,
	       entries, twice, seconds);
	if (*missed > 0)
		printf("FAILED coverage: %u pairs of fault and state with 0 above never occurred\n",
		       *missed);
}

static double now_s(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int campaign(const struct options *o, const char *self)
{
	char base[DIR_BYTES_MAX];
	pid_t pids[JOBS_MAX] = { 0 };
	unsigned missed = 0;
	double began = now_s();
	struct worker *workers = mmap(NULL, o->jobs * sizeof *workers, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (workers == MAP_FAILED || make_base(base) == NULL) {
		perror("bfsim");
		return 2;
	}
	for (unsigned i = 0; i < o->jobs; i++) {
		pids[i] = fork();
		if (pids[i] == 0) {
			work(&workers[i], o, i, base);
			tamper_done();
			exit(0);
		}
	}
	unsigned failed = wait_all(workers, pids, o->jobs, self);
	summary(workers, o, now_s() - began, &missed);
	backup_remove(base);
	return failed > 0 || missed > 0;
}

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 10);

	if (*text == '\0' || *end != '\0') {
		(void)fprintf(stderr, "bfsim: “%s” is no number\n", text);
		exit(2);
	}
	return v;
}

static int usage(void)
{
	(void)fprintf(stderr,
		      "usage: bfsim --seeds N [--first S] [--jobs N] [--brief] | --seed S\n");
	return 2;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	struct options o = { .first = 1, .seeds = 0, .jobs = cpus > 0 ? (unsigned)cpus : 1 };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--brief") == 0) {
			o.brief = true;
			continue;
		}
		if (i + 1 == argc)
			return usage();
		uint64_t v = number(argv[i + 1]);
		if (strcmp(argv[i], "--seeds") == 0)
			o.seeds = v;
		else if (strcmp(argv[i], "--first") == 0)
			o.first = v;
		else if (strcmp(argv[i], "--jobs") == 0)
			o.jobs = (unsigned)v;
		else if (strcmp(argv[i], "--seed") == 0)
			o = (struct options){ .first = v, .seeds = 1, .jobs = 1, .one = true };
		else
			return usage();
		i++;
	}
	if (o.seeds == 0 || o.jobs == 0 || o.jobs > JOBS_MAX)
		return usage();
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	return campaign(&o, argv[0]);
}
