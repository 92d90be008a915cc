/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c -- a fuzz target without a fuzzer: the corpus, then mutations of it for a while.
 *
 *   fuzz_NAME CORPUS_DIR [SECONDS]      BF_SEED=n repeats a run; each input in turn is kept in
 * BF_FUZZ_KEEP if that is set fuzz_NAME --file PATH               one input
 *
 * Blind mutation finds less than coverage does, but the same oracles judge, in any build, each time
 * `make test` runs. */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "tests/fuzz/fuzz.h"
#include "tests/lib/rng.h"

enum { INPUTS_MAX = 512, INPUT_BYTES_MAX = 64 * 1024, MUTATIONS_MAX = 6, BATCH = 200 };

struct input {
	uint8_t *p;
	size_t len;
};

static struct input inputs[INPUTS_MAX];
static size_t input_count;

static bool read_input(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct input *in = &inputs[input_count];

	if (f == NULL)
		return false;
	in->p = malloc(INPUT_BYTES_MAX);
	FUZZ_REQUIRE(in->p != NULL);
	in->len = fread(in->p, 1, INPUT_BYTES_MAX, f);
	(void)fclose(f);
	input_count++;
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* In the order of their names: a directory's own order differs from machine to machine. */
static void read_corpus(const char *dir)
{
	char *names[INPUTS_MAX], path[512];
	size_t count = 0;
	DIR *d = opendir(dir);

	for (struct dirent *e; d != NULL && (e = readdir(d)) != NULL && count < INPUTS_MAX;)
		if (e->d_name[0] != '.')
			names[count++] = strdup(e->d_name);
	if (d != NULL)
		(void)closedir(d);
	qsort(names, count, sizeof *names, by_name);
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
		(void)read_input(path);
		free(names[i]);
	}
}

static void run(const uint8_t *p, size_t len)
{
	const char *keep = getenv("BF_FUZZ_KEEP");
	uint8_t *copy = fuzz_copy(bytes_of(p, len)); /* its end is the end of its memory */

	if (keep != NULL) {
		FILE *f = fopen(keep, "wb");

		FUZZ_REQUIRE(f != NULL && fwrite(p, 1, len, f) == len && fclose(f) == 0);
	}
	(void)LLVMFuzzerTestOneInput(copy, len);
	free(copy);
}

static size_t mutate(struct rng *r, uint8_t *p, size_t len)
{
	static const uint8_t likely[] = { 0,    1,    0x7f, 0x80, 0xff, 0xc0, 0xc4, 0xcf,
					  0xdf, 0x90, '0',  '.',  '"',  ',',  '\n' };
	size_t at = (size_t)rng_below(r, len + 1);
	const struct input *other;

	switch (rng_below(r, 7)) {
	case 0: /* a bit */
		if (at < len)
			p[at] ^= (uint8_t)(1U << rng_below(r, 8));
		return len;
	case 1: /* a byte */
		if (at < len)
			p[at] = rng_chance(r, 500) ? likely[rng_below(r, sizeof likely)]
						   : (uint8_t)rng_u64(r);
		return len;
	case 2: /* one more */
		if (len == INPUT_BYTES_MAX)
			return len;
		memmove(p + at + 1, p + at, len - at);
		p[at] =
		    rng_chance(r, 500) ? likely[rng_below(r, sizeof likely)] : (uint8_t)rng_u64(r);
		return len + 1;
	case 3: { /* some fewer */
		size_t gone = (size_t)rng_below(r, (len - at < 8 ? len - at : 8) + 1);

		memmove(p + at, p + at + gone, len - at - gone);
		return len - gone;
	}
	case 4: /* cut */
		return at;
	case 5: { /* a piece again */
		size_t n = (size_t)rng_below(r, (len - at < 32 ? len - at : 32) + 1);

		if (len + n > INPUT_BYTES_MAX)
			return len;
		memmove(p + at + n, p + at, len - at);
		return len + n;
	}
	default: /* another's tail */
		other = &inputs[rng_below(r, input_count)];
		if (at > other->len)
			return len;
		memcpy(p + at, other->p + at, other->len - at);
		return other->len;
	}
}

static uint64_t campaign(uint64_t seed, double seconds)
{
	static uint8_t p[INPUT_BYTES_MAX];
	struct timespec began, now;
	struct rng r;
	uint64_t runs = 0;

	rng_seed(&r, seed, 0);
	(void)clock_gettime(CLOCK_MONOTONIC, &began);
	do {
		for (int i = 0; i < BATCH; i++, runs++) {
			const struct input *from = &inputs[rng_below(&r, input_count)];
			size_t len = from->len;

			memcpy(p, from->p, len);
			for (uint64_t k = 1 + rng_below(&r, MUTATIONS_MAX); k > 0; k--)
				len = mutate(&r, p, len);
			run(p, len);
		}
		(void)clock_gettime(CLOCK_MONOTONIC, &now);
	} while ((double)(now.tv_sec - began.tv_sec) + (double)(now.tv_nsec - began.tv_nsec) / 1e9 <
		 seconds);
	return runs;
}

int main(int argc, char **argv)
{
	const char *given = getenv("BF_SEED");
	uint64_t seed = given != NULL ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
	double seconds = argc > 2 ? strtod(argv[2], NULL) : 2;

	if (argc == 3 && strcmp(argv[1], "--file") == 0) {
		if (!read_input(argv[2]))
			return 2;
		run(inputs[0].p, inputs[0].len);
		return 0;
	}
	if (argc < 2) {
		(void)fprintf(stderr, "usage: %s CORPUS_DIR [SECONDS] | --file PATH\n", argv[0]);
		return 2;
	}
	read_corpus(argv[1]);
	if (input_count == 0) {
		(void)fprintf(stderr, "%s: no corpus in %s\n", argv[0], argv[1]);
		return 2;
	}
	printf("BF_SEED=%" PRIu64 "\n", seed);
	(void)fflush(stdout);
	for (size_t i = 0; i < input_count; i++)
		run(inputs[i].p, inputs[i].len);
	uint64_t runs = campaign(seed, seconds);
	printf("%zu inputs of the corpus and %" PRIu64 " mutations\n", input_count, runs);
	for (size_t i = 0; i < input_count; i++)
		free(inputs[i].p);
	return 0;
}
