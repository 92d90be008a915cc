/* SPDX-License-Identifier: Apache-2.0 */
/* store_pair.c -- entries that are saved together or not at all; and which one is the last. */
#include <fcntl.h>
#include <unistd.h>

#include "store_world.h"

/* An activity of that name, with which it begins. */
static void put_activity(struct buf *b, const char *name)
{
	mp_put_map(b, 4);
	body_uint(b, 1, UINT64_C(150722102200));
	body_uint(b, 2, WORLD_DAY);
	mp_put_uint(b, 3);
	mp_put_cstr(b, name);
	body_uint(b, 4, 1);
}

static struct ref save(struct world *w, const char *author, const char *name)
{
	struct buf b = { 0 };
	struct ref ref;

	put_activity(&b, name);
	const struct draft d = { .wall_ms = 1,
				 .author = bytes_str(author),
				 .kind = KIND_ACTIVITY,
				 .body = buf_bytes(&b) };

	assert_int_equal(0, store_append(w->s, &d, &ref, &w->f));
	buf_fini(&b);
	return ref;
}

/* Stage the correction of `target`; `author` writes the second of the two. */
static int correct(struct world *w, struct ref target, struct bytes author, struct ref refs[2])
{
	struct buf voids = { 0 }, body = { 0 };

	body_of_void(&voids, target);
	put_activity(&body, "更正后");
	const struct draft d[] = {
		{ .wall_ms = 2,
		  .author = BYTES_LIT("wang"),
		  .kind = KIND_VOID,
		  .subject = target,
		  .body = buf_bytes(&voids) },
		{ .wall_ms = 2, .author = author, .kind = KIND_ACTIVITY, .body = buf_bytes(&body) },
	};
	int rc = store_append_all(w->s, d, 2, refs, &w->f);

	buf_fini(&voids);
	buf_fini(&body);
	return rc;
}

static void both_follow_one_another_and_the_later_counts(void **state)
{
	struct world *w = *state;
	struct ref first = save(w, "wang", "记错了"), refs[2];
	struct view v;

	assert_int_equal(0, correct(w, first, BYTES_LIT("wang"), refs));
	assert_int_equal(refs[0].seq, first.seq + 1);
	assert_int_equal(refs[1].seq, first.seq + 2);
	save(w, "wang", "下一条");
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(1, view_voided(&v, first));
	assert_int_equal(0, view_voided(&v, refs[1]));
	view_end(&v);
	assert_int_equal(4, world_held(w, store_origin(w->s)));
}

static void when_one_cannot_be_written_neither_is(void **state)
{
	struct world *w = *state;
	struct ref first = save(w, "wang", "记错了"), refs[2];
	struct head before, after;

	assert_int_equal(0, store_head(w->s, &before));
	assert_int_equal(BF_EINVAL, correct(w, first, BYTES_LIT("wa\ng"), refs));
	assert_int_equal(0, store_head(w->s, &after));
	assert_memory_equal(&before, &after, sizeof before);
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(1, world_held(w, first.origin));
}

static off_t written_end(struct world *w)
{
	return (off_t)journal_after(w->s->journal, journal_written(w->s->journal)).offset;
}

/* Bytes from `at` on never reached the disk. */
static void tear(struct world *w, off_t at, off_t end)
{
	static const uint8_t zeros[4096];
	char path[128];

	snprintf(path, sizeof path, "%s/journal", w->dir);
	int fd = open(path, O_WRONLY);

	assert_true(fd >= 0 && end - at <= (off_t)sizeof zeros);
	assert_int_equal(end - at, pwrite(fd, zeros, (size_t)(end - at), at));
	close(fd);
}

static void drop(struct world *w, const char *name)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	assert_int_equal(0, unlink(path));
}

static void a_power_cut_at_any_byte_leaves_both_or_neither(void **state)
{
	struct world *w = *state;
	struct ref first = save(w, "wang", "记错了"), refs[2];

	assert_int_equal(0, store_sync(w->s, &w->f));
	off_t begin = written_end(w);

	assert_int_equal(0, correct(w, first, BYTES_LIT("wang"), refs));
	assert_int_equal(0, store_sync(w->s, &w->f));
	off_t end = written_end(w);

	world_copy(w, "data.mdb", "data.kept"); /* what opening applies is undone by it */
	world_copy(w, "journal", "journal.kept");
	for (off_t at = end; at >= begin; at--) {
		world_close(w);
		world_copy(w, "data.kept", "data.mdb");
		world_copy(w, "journal.kept", "journal");
		tear(w, at, end);
		world_open(w);
		assert_int_equal(at == end ? 3 : 1, world_held(w, first.origin));
	}
	drop(w, "data.kept");
	drop(w, "journal.kept");
}

/* ---- which is the last ---- */

static int last(struct world *w, const char *author, uint64_t looks, struct ref *out)
{
	struct view v;

	world_apply(w);
	assert_int_equal(0, view_begin(w->s, &v));
	int rc = view_last(&v, store_origin(w->s), bytes_str(author), looks, out);

	view_end(&v);
	return rc;
}

static void the_last_is_the_newest_of_its_author_that_stands(void **state)
{
	struct world *w = *state;
	struct ref ref, refs[2], a = save(w, "wang", "一"), b = save(w, "wang", "二");

	save(w, "zhao", "三");
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, last(w, "wang", 10, &ref));
	assert_true(ref_equal(ref, b));
	assert_int_equal(BF_ENOTFOUND, last(w, "li", 10, &ref));
	assert_int_equal(0, correct(w, b, BYTES_LIT("zhao"), refs));
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, last(w, "wang", 10, &ref)); /* b is void, and a void is none */
	assert_true(ref_equal(ref, a));
	assert_int_equal(0, last(w, "zhao", 1, &ref));
	assert_true(ref_equal(ref, refs[1]));
}

static void no_more_entries_are_looked_at_than_was_said(void **state)
{
	struct world *w = *state;
	struct ref ref, a = save(w, "wang", "一");

	save(w, "zhao", "二");
	save(w, "zhao", "三");
	assert_int_equal(0, store_sync(w->s, &w->f));
	assert_int_equal(0, last(w, "wang", 3, &ref));
	assert_true(ref_equal(ref, a));
	assert_int_equal(BF_EBOUND, last(w, "wang", 2, &ref));
	assert_int_equal(BF_ENOTFOUND, last(w, "li", 3, &ref));
}

static int numbered(struct world *w, const char *prefix, uint64_t seq, struct ref *out)
{
	struct view v;

	assert_int_equal(0, view_begin(w->s, &v));
	int rc = view_numbered(&v, bytes_str(prefix), seq, out);

	view_end(&v);
	return rc;
}

static void a_number_names_the_one_log_that_has_it(void **state)
{
	struct world *w = *state;
	struct ref ref, own = save(w, "wang", "一");
	char name[REF_TEXT_MAX];

	world_send(w, 0, 2);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(BF_EEXIST, numbered(w, "", 1, &ref));
	assert_int_equal(0, numbered(w, "", 2, &ref));
	assert_true(ref.origin == w->nodes[0].origin && ref.seq == 2);
	assert_int_equal(BF_ENOTFOUND, numbered(w, "", 3, &ref));
	ref_print(own, name);
	name[16] = '\0';
	for (size_t len = 16; len >= 6; len--) {
		name[len] = '\0';
		assert_int_equal(0, numbered(w, name, 1, &ref));
		assert_true(ref_equal(ref, own));
	}
	assert_int_equal(BF_EFORMAT, numbered(w, "xyz", 1, &ref));
	assert_int_equal(BF_EFORMAT, numbered(w, "00000000000000000", 1, &ref));
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		test(both_follow_one_another_and_the_later_counts),
		test(when_one_cannot_be_written_neither_is),
		test(a_power_cut_at_any_byte_leaves_both_or_neither),
		test(the_last_is_the_newest_of_its_author_that_stands),
		test(no_more_entries_are_looked_at_than_was_said),
		test(a_number_names_the_one_log_that_has_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
