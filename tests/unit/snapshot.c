/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.c -- what is read out of a store that goes on is a store as of one moment. */
#include "store_world.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "storage/pages.h"
#include "storage/snapshot.h"

enum { ROUNDS = 18, PART_MAX = 100 * 1000, MEANWHILE = 4 /* days of work */ };

struct copy {
	char dir[96];
	struct store *s;
	struct pages_report pages;
};

static void copy_path(const struct copy *c, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", c->dir, name);
}

static void copy_begin(struct world *w, struct copy *c)
{
	*c = (struct copy){ 0 };
	snprintf(c->dir, sizeof c->dir, "%s/copied", w->dir);
	assert_int_equal(0, mkdir(c->dir, 0700));
}

static void copy_end(struct copy *c)
{
	static const char *const names[] = { "data.mdb", "lock.mdb", "journal", "node.lock" };
	char path[128];

	store_close(c->s);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		copy_path(c, names[i], path);
		remove(path);
	}
	assert_int_equal(0, rmdir(c->dir));
}

/* One file in parts of chance; between them the store goes on, unless `idle`. */
static void copy_file(struct world *w, struct copy *c, struct snapshot *n, enum snapshot_file file,
		      bool idle)
{
	static uint8_t part[PART_MAX];
	uint64_t bytes = snapshot_bytes(n, file);
	int days = idle || file != SNAPSHOT_DATA ? 0 : MEANWHILE;
	char path[128];

	copy_path(c, snapshot_name(file), path);
	FILE *out = fopen(path, "wb");

	assert_non_null(out);
	for (uint64_t at = 0; at < bytes;) {
		size_t len = (size_t)rng_between(&w->rng, 1, PART_MAX);

		if (len > bytes - at)
			len = (size_t)(bytes - at);
		assert_int_equal(0, snapshot_read(n, file, at, part, len));
		assert_int_equal(len, fwrite(part, 1, len, out));
		at += len;
		if (days-- > 0) {
			world_day(w);
			if (rng_below(&w->rng, 2) == 0)
				world_apply(w);
		}
	}
	assert_int_equal(0, fclose(out));
}

static void copy_open(struct world *w, struct copy *c)
{
	struct store_options options = w->options;

	options.dir = c->dir;
	options.walk = true;
	options.pages = &c->pages;
	int rc = store_open(&c->s, &options, &w->f);

	if (rc != 0)
		print_message("%s %s\n", w->f.en, c->pages.first[0].what);
	assert_int_equal(0, rc);
	assert_int_equal(0, c->pages.findings);
}

static struct snapshot *begin(struct world *w)
{
	struct snapshot *n;

	assert_int_equal(0, snapshot_open(&n, w->s, &w->f));
	return n;
}

static void verify(struct store *s, uint64_t entries)
{
	static struct check_report report;

	while (store_pending(s) > 0)
		assert_int_equal(0, store_apply(s, STORE_APPLY_MAX, NULL));
	assert_int_equal(0, check_run(s, &report, NULL, NULL));
	if (report.findings > 0)
		print_message("%s\n", report.first[0].text);
	assert_int_equal(0, report.findings);
	assert_int_equal(0, report.ledger_sum);
	assert_int_equal(entries, report.entries);
}

/* Whatever stands in the journal: nothing, its beginning, a later generation, with and without what
 * waits to be applied. */
static void a_copy_made_while_entries_come_is_the_store_of_one_moment(void **state)
{
	struct world *w = *state;
	unsigned seen_waiting = 0, seen_front = 0, seen_inside = 0, seen_later = 0;

	rng_seed(&w->rng, world_seed(3), 0);
	for (int round = 0; round < ROUNDS; round++) {
		struct copy c;

		if (round > 0) /* the first is of a store without an entry */
			world_day(w);
		if (rng_below(&w->rng, 3) > 0)
			world_apply(w);
		if (round % 6 == 5) /* a full stage begins the journal again */
			assert_int_equal(0, apply_batch(w->s, UINT64_MAX, true));
		struct length_row cut = w->s->order_held;
		struct applied_row at = journal_after(w->s->journal, 0);

		seen_waiting += store_pending(w->s) > 0;
		seen_front += at.offset == 0 && at.generation > 1;
		seen_inside += at.offset > 0;
		seen_later += at.generation > 2;
		copy_begin(w, &c);
		struct snapshot *n = begin(w);

		assert_int_equal(cut.length, snapshot_entries(n));
		copy_file(w, &c, n, SNAPSHOT_DATA, false);
		copy_file(w, &c, n, SNAPSHOT_JOURNAL, false);
		snapshot_close(n);
		assert_true(w->s->order_held.length > cut.length);
		copy_open(w, &c);
		assert_int_equal(cut.length, c.s->order_held.length);
		assert_memory_equal(cut.hash.b, c.s->order_held.hash.b, HASH_BYTES);
		assert_int_equal(store_epoch(w->s), store_epoch(c.s));
		verify(c.s, cut.length);
		copy_end(&c);
	}
	assert_true(seen_waiting > 0 && seen_front > 0 && seen_inside > 0 && seen_later > 0);
	world_apply(w);
	verify(w->s, w->s->order_held.length);
}

static void a_copy_goes_on_as_the_store_it_was_made_of(void **state)
{
	struct world *w = *state;
	struct copy c;

	world_day(w);
	copy_begin(w, &c);
	struct snapshot *n = begin(w);

	copy_file(w, &c, n, SNAPSHOT_DATA, false);
	copy_file(w, &c, n, SNAPSHOT_JOURNAL, false);
	uint64_t cut = snapshot_entries(n);

	snapshot_close(n);
	copy_open(w, &c);
	assert_int_equal(store_origin(w->s), store_origin(c.s));
	struct store *was = w->s;

	w->s = c.s;
	(void)world_fund(w, 100);
	assert_int_equal(0, store_sync(w->s, &w->f));
	w->s = was;
	store_close(c.s); /* and its journal, written to, is replayed */
	copy_open(w, &c);
	verify(c.s, cut + 1);
	copy_end(&c);
}

/* A power cut while the copy is first used leaves what any store leaves. */
static void a_copy_that_was_killed_at_once_opens_again(void **state)
{
	struct world *w = *state;
	struct copy c;
	int ended = 0;

	world_day(w);
	copy_begin(w, &c);
	struct snapshot *n = begin(w);

	copy_file(w, &c, n, SNAPSHOT_DATA, true);
	copy_file(w, &c, n, SNAPSHOT_JOURNAL, true);
	uint64_t cut = snapshot_entries(n);

	snapshot_close(n);
	pid_t child = fork();

	if (child == 0) {
		struct store_options options = w->options;

		options.dir = c.dir;
		_exit(store_open(&c.s, &options, &w->f) == 0 ? 7 : 1);
	}
	assert_true(child > 0 && waitpid(child, &ended, 0) == child);
	assert_int_equal(7, WEXITSTATUS(ended));
	copy_open(w, &c);
	verify(c.s, cut);
	copy_end(&c);
}

static void what_is_staged_is_told_nobody_and_no_copy_is_made_of_it(void **state)
{
	struct world *w = *state;
	struct snapshot *n;

	world_append(w);
	assert_int_equal(BF_EORDER, snapshot_open(&n, w->s, &w->f));
	assert_null(n);
	assert_int_equal(0, store_sync(w->s, &w->f));
	snapshot_close(begin(w));
}

static void no_byte_beyond_the_end_of_a_file_is_read(void **state)
{
	struct world *w = *state;
	struct snapshot *n = begin(w);
	uint8_t two[2];

	for (enum snapshot_file file = SNAPSHOT_DATA; file < SNAPSHOT_FILES; file++) {
		uint64_t end = snapshot_bytes(n, file);

		assert_int_equal(0, snapshot_read(n, file, end - 2, two, 2));
		assert_int_equal(0, snapshot_read(n, file, end, two, 0));
		assert_int_equal(BF_EBOUND, snapshot_read(n, file, end - 1, two, 2));
		assert_int_equal(BF_EBOUND, snapshot_read(n, file, UINT64_MAX, two, 2));
	}
	snapshot_close(n);
}

#define test(f) cmocka_unit_test_setup_teardown(f, world_setup, world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_copy_made_while_entries_come_is_the_store_of_one_moment),
		test(a_copy_goes_on_as_the_store_it_was_made_of),
		test(a_copy_that_was_killed_at_once_opens_again),
		test(what_is_staged_is_told_nobody_and_no_copy_is_made_of_it),
		test(no_byte_beyond_the_end_of_a_file_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
