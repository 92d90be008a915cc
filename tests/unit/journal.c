/* SPDX-License-Identifier: Apache-2.0 */
/* journal.c -- the journal alone: torn tails, other generations, forgotten stages. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store_world.h"

enum { RECORDS = 5, FILE_BYTES = 1 << 16 };

struct fx {
	char path[64];
	struct journal *j;
	struct applied_row start;
	uint64_t ends[RECORDS + 1]; /* where each record ends */
};

static struct run run_of(uint64_t i, uint8_t *bytes)
{
	struct run run = { .origin = 5, .first = 3 * i + 1, .count = 3 };

	memset(bytes, (int)i + 1, 40 + (size_t)i);
	run.entries = bytes_of(bytes, 40 + (size_t)i);
	run.head = (struct head){ .origin = 5, .seq = 3 * i + 3, .hash = { { (uint8_t)i } } };
	return run;
}

static void put(struct fx *f, uint64_t i)
{
	uint8_t bytes[64];
	struct run run = run_of(i, bytes);

	assert_int_equal(0, journal_put(f->j, &run, 3 * i + 1, (struct claim){ .most = 7 }));
}

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	strcpy(f->path,
	       access("/dev/shm", W_OK) == 0 ? "/dev/shm/bfjournalXXXXXX" : "/tmp/bfjournalXXXXXX");
	close(mkstemp(f->path));
	f->start.generation = 1;
	assert_int_equal(0, journal_create(f->path, FILE_BYTES));
	assert_int_equal(0, journal_open(&f->j, f->path, FILE_BYTES, 0, &f->start));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	journal_close(f->j);
	unlink(f->path);
	free(f);
	return 0;
}

static void reopen(struct fx *f)
{
	journal_close(f->j);
	f->j = NULL;
	assert_int_equal(0, journal_open(&f->j, f->path, FILE_BYTES, 0, &f->start));
}

/* RECORDS records, each synced. */
static void fill(struct fx *f)
{
	for (uint64_t i = 0; i < RECORDS; i++) {
		put(f, i);
		assert_int_equal(0, journal_sync(f->j));
		f->ends[i + 1] = journal_after(f->j, (size_t)i + 1).offset;
	}
}

static void poke(struct fx *f, uint64_t at, uint8_t change)
{
	uint8_t byte;
	int fd = open(f->path, O_RDWR);

	assert_int_equal(1, pread(fd, &byte, 1, (off_t)at));
	byte ^= change;
	assert_int_equal(1, pwrite(fd, &byte, 1, (off_t)at));
	close(fd);
}

static void zero_from(struct fx *f, uint64_t from, uint64_t to)
{
	static const uint8_t zeros[FILE_BYTES];
	int fd = open(f->path, O_RDWR);

	assert_int_equal((ssize_t)(to - from), pwrite(fd, zeros, (size_t)(to - from), (off_t)from));
	close(fd);
}

static void what_was_synced_is_read_back_as_it_was(void **state)
{
	struct fx *f = *state;

	fill(f);
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
	for (uint64_t i = 0; i < RECORDS; i++) {
		uint8_t bytes[64];
		struct run want = run_of(i, bytes);
		const struct journal_record *r = journal_at(f->j, (size_t)i);
		struct bytes entries;

		assert_int_equal(0, journal_read(f->j, (size_t)i, &entries));
		assert_true(bytes_equal(entries, want.entries));
		assert_true(r->origin == 5 && r->first == want.first && r->count == 3);
		assert_true(r->ordinal == 3 * i + 1 && r->head.seq == want.head.seq);
		assert_true(hash_equal(&r->head.hash, &want.head.hash));
	}
}

static void a_tail_torn_at_any_byte_costs_only_the_last_record(void **state)
{
	struct fx *f = *state;
	uint8_t last[256];
	uint64_t from, end;

	fill(f);
	from = f->ends[RECORDS - 1];
	end = f->ends[RECORDS];
	int fd = open(f->path, O_RDWR);

	assert_true(end - from < sizeof last);
	assert_int_equal((ssize_t)(end - from), pread(fd, last, (size_t)(end - from), (off_t)from));
	for (uint64_t at = from; at < end; at++) {
		zero_from(f, at, end); /* the rest was never written */
		reopen(f);
		assert_int_equal(RECORDS - 1, journal_written(f->j));
		assert_int_equal((ssize_t)(end - from),
				 pwrite(fd, last, (size_t)(end - from), (off_t)from));
	}
	close(fd);
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
}

/* Opens with every record there was, or refuses: what was acknowledged never goes unsaid. */
static void a_flipped_bit_in_what_was_acknowledged_is_refused(void **state)
{
	struct fx *f = *state;

	fill(f);
	for (uint64_t at = 0; at < f->ends[RECORDS - 1]; at++) {
		poke(f, at, (uint8_t)(1U << at % 8));
		journal_close(f->j);
		f->j = NULL;
		assert_int_equal(BF_EDAMAGED,
				 journal_open(&f->j, f->path, FILE_BYTES, 0, &f->start));
		poke(f, at, (uint8_t)(1U << at % 8));
	}
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
}

/* RECORDS records in one write. */
static void fill_at_once(struct fx *f)
{
	for (uint64_t i = 0; i < RECORDS; i++)
		put(f, i);
	assert_int_equal(0, journal_sync(f->j));
	for (size_t i = 0; i < RECORDS; i++)
		f->ends[i + 1] = journal_after(f->j, i + 1).offset;
}

static void a_write_torn_at_any_byte_ends_the_replay_before_it(void **state)
{
	struct fx *f = *state;

	fill_at_once(f);
	for (uint64_t at = 0; at < f->ends[RECORDS]; at++) {
		size_t record = 0;

		while (f->ends[record + 1] <= at)
			record++;
		poke(f, at, (uint8_t)(1U << at % 8));
		journal_close(f->j);
		f->j = NULL;
		int rc = journal_open(&f->j, f->path, FILE_BYTES, 0, &f->start);

		if (rc == 0) /* a flip in the first generation may look like a newer one: refused */
			assert_int_equal(record, journal_written(f->j));
		else
			assert_true(rc == BF_EDAMAGED && at >= 8 && at < 16);
		poke(f, at, (uint8_t)(1U << at % 8));
	}
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
}

/* What lies behind the end is of older writes; however many look like records, they say nothing. */
static void many_that_look_like_records_are_not_believed(void **state)
{
	struct fx *f = *state;
	uint8_t fake[JOURNAL_HEAD_BYTES] = { 0 };
	int fd = open(f->path, O_RDWR);

	fill(f);
	be32_put(fake, JOURNAL_MAGIC);
	be32_put(fake + 4, 4000);
	be64_put(fake + 8, 1);
	be64_put(fake + 16, f->ends[RECORDS] + 1);
	for (uint64_t at = f->ends[RECORDS] + 20; at + 8192 < FILE_BYTES; at += sizeof fake)
		assert_int_equal(sizeof fake, pwrite(fd, fake, sizeof fake, (off_t)at));
	close(fd);
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
}

static void what_stood_behind_a_torn_record_never_comes_back(void **state)
{
	struct fx *f = *state;

	fill_at_once(f);
	poke(f, f->ends[2] + 50, 1); /* record 2 of 0..4 torn; 3 and 4 whole */
	reopen(f);
	assert_int_equal(2, journal_written(f->j));
	uint8_t bytes[64];
	struct run other = run_of(2, bytes);

	bytes[0] ^= 1; /* another record, the same length, in its place */
	assert_int_equal(0, journal_put(f->j, &other, 7, (struct claim){ 0 }));
	assert_int_equal(0, journal_sync(f->j));
	assert_int_equal(f->ends[3], journal_after(f->j, 3).offset);
	reopen(f);
	assert_int_equal(3, journal_written(f->j)); /* 3 and 4 do not fit behind it */
}

static void no_room_to_grow_leaves_the_journal_as_it_was(void **state)
{
	struct fx *f = *state;
	struct rlimit limit = { FILE_BYTES + 5000, RLIM_INFINITY };
	struct stat st;

	fill(f);
	journal_close(f->j);
	f->j = NULL;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
	int rc = journal_open(&f->j, f->path, FILE_BYTES, 4 * FILE_BYTES, &f->start);

	limit.rlim_cur = RLIM_INFINITY;
	assert_int_equal(0, setrlimit(RLIMIT_FSIZE, &limit));
	assert_int_equal(0, rc);
	assert_int_equal(FILE_BYTES, journal_bytes(f->j));
	assert_int_equal(RECORDS, journal_written(f->j));
	assert_int_equal(0, stat(f->path, &st));
	assert_int_equal(FILE_BYTES, st.st_size);
}

static void a_forgotten_stage_leaves_no_trace(void **state)
{
	struct fx *f = *state;

	put(f, 0);
	assert_int_equal(1, journal_count(f->j));
	journal_forget(f->j);
	assert_int_equal(0, journal_count(f->j));
	put(f, 0);
	assert_int_equal(0, journal_sync(f->j));
	put(f, 1);
	journal_forget(f->j);
	reopen(f);
	assert_int_equal(1, journal_written(f->j));
}

static void the_next_generation_hides_the_last_one(void **state)
{
	struct fx *f = *state;

	fill(f);
	f->start = (struct applied_row){ .generation = 2 };
	journal_applied(f->j, RECORDS, &f->start);
	assert_int_equal(0, journal_written(f->j));
	reopen(f);
	assert_int_equal(0, journal_written(f->j));
	put(f, 0);
	assert_int_equal(0, journal_sync(f->j));
	reopen(f);
	assert_int_equal(1,
			 journal_written(f->j)); /* record 1 of generation 1 stands right behind */
	struct applied_row old = { .generation = 1 };

	journal_close(f->j);
	f->j = NULL;
	assert_int_equal(BF_EDAMAGED, journal_open(&f->j, f->path, FILE_BYTES, 0, &old));
}

static void replay_begins_where_applied_stands(void **state)
{
	struct fx *f = *state;

	fill(f);
	f->start = journal_after(f->j, 3);
	journal_applied(f->j, 3, &f->start);
	assert_int_equal(2, journal_written(f->j));
	assert_int_equal(10, journal_at(f->j, 0)->first);
	reopen(f);
	assert_int_equal(2, journal_written(f->j));
	assert_int_equal(10, journal_at(f->j, 0)->first);
}

static void a_full_journal_says_so_before_it_writes(void **state)
{
	struct fx *f = *state;
	uint64_t i = 0;

	while (journal_fits(f->j)) {
		put(f, i % 20);
		i++;
		if (journal_fits(f->j) && journal_staged(f->j) > 4000)
			assert_int_equal(0, journal_sync(f->j));
	}
	assert_true(journal_after(f->j, journal_written(f->j)).offset + journal_staged(f->j) >
		    FILE_BYTES);
}

/* A record without its entries. */
enum { AROUND = JOURNAL_HEAD_BYTES + JOURNAL_CHECK_BYTES };

static int put_bytes(struct journal *j, uint64_t record_bytes)
{
	struct buf entries = { 0 };
	struct run run = { .origin = 5, .first = 1, .count = 3, .head = { .origin = 5, .seq = 3 } };

	assert_int_equal(0, buf_reserve(&entries, (size_t)record_bytes - AROUND));
	memset(entries.p, 1, (size_t)record_bytes - AROUND);
	run.entries = bytes_of(entries.p, (size_t)record_bytes - AROUND);
	int rc = journal_put(j, &run, 1, (struct claim){ .most = 7 });

	buf_fini(&entries);
	return rc;
}

static void the_stage_holds_4_mib_or_the_journal_and_no_byte_more(void **state)
{
	static const struct {
		uint64_t file, stage;
	} cases[] = { { 8 << 20, 4194304 }, { 5 << 20, 4194304 }, { 1 << 20, 1048576 } };
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		journal_close(f->j);
		assert_int_equal(0, unlink(f->path));
		assert_int_equal(0, journal_create(f->path, cases[i].file));
		assert_int_equal(0, journal_open(&f->j, f->path, cases[i].file, 0, &f->start));
		assert_int_equal(BF_EBOUND, put_bytes(f->j, cases[i].stage + 1));
		assert_int_equal(0, put_bytes(f->j, cases[i].stage));
		assert_int_equal(cases[i].stage, journal_staged(f->j));
		assert_int_equal(BF_EBOUND, put_bytes(f->j, AROUND + 1));
		assert_int_equal(0, journal_sync(f->j));
	}
}

/* ---- J6: the file that `applied` knows ---- */

struct image {
	uint8_t b[FILE_BYTES];
};

static struct image *read_image(struct fx *f)
{
	struct image *image = malloc(sizeof *image);
	int fd = open(f->path, O_RDONLY);

	assert_non_null(image);
	assert_int_equal(FILE_BYTES, pread(fd, image->b, FILE_BYTES, 0));
	close(fd);
	return image;
}

static void write_image(struct fx *f, const struct image *image)
{
	int fd = open(f->path, O_RDWR);

	assert_int_equal(FILE_BYTES, pwrite(fd, image->b, FILE_BYTES, 0));
	close(fd);
}

static int open_again(struct fx *f)
{
	journal_close(f->j);
	f->j = NULL;
	return journal_open(&f->j, f->path, FILE_BYTES, 0, &f->start);
}

/* All that is written is applied, up to record n; or it begins again when `n` is 0. */
static void applied(struct fx *f, size_t n)
{
	uint64_t next = f->start.generation + 1;

	f->start = n > 0 ? journal_after(f->j, n) : (struct applied_row){ .generation = next };
	journal_applied(f->j, n > 0 ? n : journal_written(f->j), &f->start);
}

static void zeros_in_place_of_the_journal_are_refused(void **state)
{
	struct fx *f = *state;

	assert_int_equal(0, open_again(f)); /* a fresh one is zeros */
	fill(f);
	applied(f, 3);
	assert_int_equal(0, open_again(f));
	struct image *image = read_image(f);

	zero_from(f, 0, FILE_BYTES);
	assert_int_equal(BF_EDAMAGED, open_again(f));
	write_image(f, image);
	assert_int_equal(0, open_again(f));
	applied(f, 0);
	assert_int_equal(0, open_again(f));
	zero_from(f, 0, FILE_BYTES); /* nothing unapplied was in it: but who says so? */
	assert_int_equal(BF_EDAMAGED, open_again(f));
	write_image(f, image);
	free(image);
}

/* The check before the offset is the last thing that was applied: every bit of it counts. */
static void the_check_before_the_offset_is_compared(void **state)
{
	struct fx *f = *state;

	fill(f);
	applied(f, 3);
	for (uint64_t at = f->start.offset - 16; at < f->start.offset; at++) {
		poke(f, at, (uint8_t)(1U << at % 8));
		assert_int_equal(BF_EDAMAGED, open_again(f));
		poke(f, at, (uint8_t)(1U << at % 8));
	}
	f->start.offset += 1;
	assert_int_equal(BF_EDAMAGED, open_again(f));
	f->start.offset -= 1;
	f->start.check[0] ^= 1;
	assert_int_equal(BF_EDAMAGED, open_again(f));
	f->start.check[0] ^= 1;
	assert_int_equal(0, open_again(f));
	assert_int_equal(2, journal_written(f->j));
}

static void a_journal_put_back_from_another_generation_is_refused(void **state)
{
	struct fx *f = *state;

	fill(f);
	struct image *first = read_image(f);

	applied(f, 0); /* generation 2 */
	write_image(f, first);
	assert_int_equal(0, open_again(f)); /* as it was: nothing is missing */
	fill(f);
	applied(f, 2);
	struct image *second = read_image(f);

	write_image(f, first);
	assert_int_equal(BF_EDAMAGED, open_again(f)); /* in the middle of a generation */
	write_image(f, second);
	assert_int_equal(0, open_again(f));
	applied(f, 0); /* generation 3 */
	assert_int_equal(0, open_again(f));
	write_image(f, first);
	assert_int_equal(BF_EDAMAGED, open_again(f)); /* at its begin */
	write_image(f, second);
	assert_int_equal(0, open_again(f));
	free(first);
	free(second);
}

/* Whatever of the first record of a generation reached the disk, byte by byte, and also when the
 * write was taken back: it opens with nothing in it, for nothing was told. */
static void a_first_write_torn_anywhere_is_no_other_journal(void **state)
{
	struct fx *f = *state;
	struct image *mixed = malloc(sizeof *mixed);

	fill(f);
	f->start.generation = 1;
	for (int generation = 2; generation <= 300; generation += generation == 2 ? 253 : 1) {
		while ((int)f->start.generation < generation) {
			applied(f, 0);
			put(f, f->start.generation % 7);
			assert_int_equal(0, journal_sync(f->j));
		}
		applied(f, 0);
		struct image *old = read_image(f);

		put(f, 8);
		assert_int_equal(0, journal_sync(f->j));
		struct image *now = read_image(f);
		uint64_t end = journal_after(f->j, 1).offset;

		for (uint64_t at = 0; at < end; at++) {
			memcpy(mixed->b, old->b, sizeof mixed->b);
			memcpy(mixed->b, now->b, (size_t)at);
			write_image(f, mixed);
			assert_int_equal(0, open_again(f));
			assert_int_equal(0, journal_written(f->j));
			memcpy(mixed->b, now->b, sizeof mixed->b);
			memcpy(mixed->b, old->b, (size_t)at);
			if (at == 0 || memcmp(mixed->b, now->b, (size_t)at) == 0)
				continue;
			write_image(f, mixed);
			assert_int_equal(0, open_again(f));
			assert_int_equal(0, journal_written(f->j));
		}
		memcpy(mixed->b, now->b, sizeof mixed->b);
		memset(mixed->b, 0, 4);
		write_image(f, mixed);
		assert_int_equal(0, open_again(f));
		write_image(f, now);
		assert_int_equal(0, open_again(f));
		assert_int_equal(1, journal_written(f->j));
		free(old);
		free(now);
		if (generation > 257)
			break;
	}
	free(mixed);
}

/* Growing would write zeros over them. */
static void records_behind_the_size_that_is_known_are_not_written_over(void **state)
{
	struct fx *f = *state;
	const uint64_t half = FILE_BYTES / 2;

	fill(f);
	journal_close(f->j);
	f->j = NULL;
	assert_int_equal(0,
			 journal_open(&f->j, f->path, half, 0, &f->start)); /* zeros: cut short */
	poke(f, half + 777, 1);
	journal_close(f->j);
	f->j = NULL;
	assert_int_equal(BF_EDAMAGED, journal_open(&f->j, f->path, half, FILE_BYTES, &f->start));
	poke(f, half + 777, 1);
	reopen(f);
	assert_int_equal(RECORDS, journal_written(f->j));
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_was_synced_is_read_back_as_it_was),
		test(a_tail_torn_at_any_byte_costs_only_the_last_record),
		test(a_flipped_bit_in_what_was_acknowledged_is_refused),
		test(a_write_torn_at_any_byte_ends_the_replay_before_it),
		test(many_that_look_like_records_are_not_believed),
		test(what_stood_behind_a_torn_record_never_comes_back),
		test(no_room_to_grow_leaves_the_journal_as_it_was),
		test(a_forgotten_stage_leaves_no_trace),
		test(the_next_generation_hides_the_last_one),
		test(replay_begins_where_applied_stands),
		test(a_full_journal_says_so_before_it_writes),
		test(zeros_in_place_of_the_journal_are_refused),
		test(the_check_before_the_offset_is_compared),
		test(a_journal_put_back_from_another_generation_is_refused),
		test(a_first_write_torn_anywhere_is_no_other_journal),
		test(records_behind_the_size_that_is_known_are_not_written_over),
		test(the_stage_holds_4_mib_or_the_journal_and_no_byte_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
