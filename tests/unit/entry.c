/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of entry.h: the envelope, its bounds, what it refuses. */
#include "model_world.h"

#include "protocol/chain.h"
#include "protocol/schema.h"

#define BODY BYTES_LIT("\x82\1\2\3\4")

static struct entry plain(void)
{
	return (struct entry){ .seq = 12,
			       .stamp = 99,
			       .author = BYTES_LIT("王测一"),
			       .kind = KIND_VISIT,
			       .body = BODY };
}

static int put(struct buf *b, const struct entry *e)
{
	buf_clear(b);
	return entry_put(b, e);
}

/* Writes an entry of `members` raw msgpack pieces. */
static int take_raw(struct buf *b, uint32_t members, const char *rest, size_t len)
{
	struct entry e;

	buf_clear(b);
	mp_put_array(b, members);
	buf_put(b, rest, len);
	return entry_take(buf_bytes(b), &e);
}

#define TAKE(b, members, rest) take_raw(b, members, rest, sizeof(rest) - 1)

static void an_entry_comes_back_as_it_was_written(void **state)
{
	struct buf b = { 0 };
	struct entry e = plain(), back;
	struct rng r;

	(void)state;
	rng_seed(&r, model_seed(41), 0);
	for (int i = 0; i < 5000; i++) {
		e.seq = 1 + (rng_u64(&r) & SEQ_MAX) % SEQ_MAX;
		e.stamp = rng_u64(&r) >> rng_below(&r, 64);
		e.kind = (uint32_t)rng_between(&r, 1, KIND_MAX);
		e.subject = e.base = (struct ref){ 0 };
		if (rng_chance(&r, 500))
			e.subject = (struct ref){ rng_u64(&r) | 1, 1 + rng_below(&r, SEQ_MAX) };
		if (!ref_none(e.subject) && rng_chance(&r, 500))
			e.base = (struct ref){ rng_u64(&r) | 1, 1 + rng_below(&r, SEQ_MAX) };
		assert_int_equal(put(&b, &e), 0);
		assert_int_equal(entry_take(buf_bytes(&b), &back), 0);
		assert_true(back.seq == e.seq && back.stamp == e.stamp && back.kind == e.kind);
		assert_true(ref_equal(back.subject, e.subject) && ref_equal(back.base, e.base));
		assert_true(bytes_equal(back.author, e.author) && bytes_equal(back.body, e.body));
		assert_true(bytes_equal(back.raw, buf_bytes(&b)));
	}
	buf_fini(&b);
}

static void one_byte_changed_is_refused_or_means_something_else(void **state)
{
	struct buf b = { 0 }, again = { 0 };
	struct entry e = plain(), back;

	(void)state;
	e.subject = e.base = (struct ref){ 7, 3 };
	assert_int_equal(put(&b, &e), 0);
	for (size_t i = 0; i < b.len; i++) {
		uint8_t kept = b.p[i];
		for (int v = 0; v < 256; v++) {
			b.p[i] = (uint8_t)v;
			if (entry_take(buf_bytes(&b), &back) != 0)
				continue;
			if (!entry_author_sound(back.author)) { /* read, and never written again */
				assert_int_equal(put(&again, &back), BF_EINVAL);
				continue;
			}
			assert_int_equal(put(&again, &back), 0);
			assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&b)));
		}
		b.p[i] = kept;
	}
	buf_fini(&b);
	buf_fini(&again);
}

static void several_entries_are_taken_one_by_one(void **state)
{
	struct buf b = { 0 };
	struct entry e = plain(), back;
	size_t used = 0;

	(void)state;
	assert_int_equal(entry_put(&b, &e), 0);
	e.seq = 13;
	assert_int_equal(entry_put(&b, &e), 0);
	assert_int_equal(entry_take(buf_bytes(&b), &back), BF_EFORMAT);
	assert_int_equal(entry_take_first(buf_bytes(&b), &back, &used), 0);
	assert_int_equal(back.seq, 12);
	assert_int_equal(entry_take_first(bytes_of(b.p + used, b.len - used), &back, &used), 0);
	assert_int_equal(back.seq, 13);
	assert_int_equal(entry_take_first(bytes_of(b.p, b.len / 2 - 1), &back, &used), BF_EFORMAT);
	assert_int_equal(entry_take_first((struct bytes){ 0 }, &back, &used), BF_EFORMAT);
	buf_fini(&b);
}

static void another_format_or_more_members_is_a_newer_program(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\xc0\xc0\x80"), 0);
	assert_int_equal(TAKE(&b, 8, "\2\1\1\xa0\3\xc0\xc0\x80"), BF_EVERSION);
	assert_int_equal(TAKE(&b, 9, "\1\1\1\xa0\3\xc0\xc0\x80\x80"), BF_EVERSION);
	assert_int_equal(TAKE(&b, 17, "\1\1\1\xa0\3\xc0\xc0\x80\1\1\1\1\1\1\1\1\1"), BF_EVERSION);
	assert_int_equal(TAKE(&b, 2, "\2\1"), BF_EVERSION);
	assert_int_equal(TAKE(&b, 7, "\1\1\1\xa0\3\xc0\xc0"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 0, ""), BF_EFORMAT);
	buf_fini(&b);
}

/* Whoever reads a list must see who spoke, and not a name that turns the line around. */
static void an_author_of_control_characters_is_read_and_not_written(void **state)
{
	static const char *const bad[] = {
		"wang\x1b[31m", "wang\n",       "\x7f",         "a\xc2\x85", /* C0, DEL, C1 */
		"\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x80\x8f", "\xd8\x9c",
	};
	struct buf b = { 0 };
	struct entry e = plain(), back;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		e.author = bytes_str(bad[i]);
		assert_int_equal(put(&b, &e), BF_EINVAL);
		assert_int_equal(b.len, 0);
		/* As an entry in a store may have it. */
		e.author = BYTES_LIT("................");
		e.author.len = strlen(bad[i]);
		assert_int_equal(put(&b, &e), 0);
		uint8_t *at = memchr(b.p, '.', b.len);
		assert_non_null(at);
		memcpy(at, bad[i], strlen(bad[i]));
		assert_int_equal(entry_take(buf_bytes(&b), &back), 0);
		assert_true(bytes_equal(back.author, bytes_str(bad[i])));
	}
	e.author = BYTES_LIT("");
	assert_int_equal(put(&b, &e), 0);
	e.author = BYTES_LIT("uid:1000 \xe2\x80\xa6");
	assert_int_equal(put(&b, &e), 0);
	buf_fini(&b);
}

static void members_of_another_type_are_refused(void **state)
{
	struct buf b = { 0 };
	struct entry e;

	(void)state;
	assert_int_equal(TAKE(&b, 8, "\xa1x\1\1\xa0\3\xc0\xc0\x80"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\0\1\xa0\3\xc0\xc0\x80"), BF_EFORMAT);   /* seq 0 */
	assert_int_equal(TAKE(&b, 8, "\1\xff\1\xa0\3\xc0\xc0\x80"), BF_EFORMAT); /* seq -1 */
	assert_int_equal(TAKE(&b, 8, "\1\1\xc0\xa0\3\xc0\xc0\x80"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xc4\1x\3\xc0\xc0\x80"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\0\xc0\xc0\x80"), BF_EFORMAT); /* kind 0 */
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\1\xc0\x80"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\xc4\2xx\xc0\x80"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\xc0\xc0\xc0"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\xc0\xc0\x90"), BF_EFORMAT);
	assert_int_equal(TAKE(&b, 8, "\1\1\1\xa0\3\xc0\xc0\x82\1\1\1\1"), BF_EFORMAT);
	assert_int_equal(entry_take(BYTES_LIT("\x81\1\1"), &e), BF_EFORMAT);
	/* A ref of zeros is written as nil and only so; a base needs a subject. */
	assert_int_equal(
	    TAKE(&b, 8, "\1\1\1\xa0\3\xc4\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xc0\x80"),
	    BF_EFORMAT);
	assert_int_equal(
	    TAKE(&b, 8, "\1\1\1\xa0\3\xc0\xc4\x10\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\x80"),
	    BF_EFORMAT);
	assert_int_equal(
	    TAKE(&b, 8, "\1\1\1\xa0\3\xc4\x10\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1\xc0\x80"), 0);
	buf_fini(&b);
}

static void a_ref_ends_where_seq_does(void **state)
{
	const struct ref last = { UINT64_MAX, UINT64_C(1099511627775) },
			 past = { 1, UINT64_C(1099511627776) };
	struct buf b = { 0 };
	struct entry e = plain();

	(void)state;
	e.subject = e.base = last;
	assert_int_equal(put(&b, &e), 0);
	e.base = past;
	assert_int_equal(put(&b, &e), BF_EFORMAT);
	e.base = (struct ref){ 0 };
	e.subject = past;
	assert_int_equal(put(&b, &e), BF_EFORMAT);
	e.subject = (struct ref){ 0, 1 };
	assert_int_equal(put(&b, &e), BF_EFORMAT);
	e.subject = (struct ref){ 1, 0 };
	assert_int_equal(put(&b, &e), BF_EFORMAT);
	buf_fini(&b);
}

static void every_bound_holds_at_its_edge(void **state)
{
	char author[AUTHOR_BYTES_MAX + 1];
	struct buf b = { 0 };
	struct entry e = plain();

	(void)state;
	memset(author, 'a', sizeof(author));
	e.author = bytes_of(author, AUTHOR_BYTES_MAX);
	assert_int_equal(put(&b, &e), 0);
	e.author.len++;
	assert_int_equal(put(&b, &e), BF_EBOUND);
	assert_int_equal(b.len, 0);
	e = plain();
	e.seq = SEQ_MAX;
	assert_int_equal(put(&b, &e), 0);
	e.seq++;
	assert_int_equal(put(&b, &e), BF_EBOUND);
	e = plain();
	e.kind = KIND_MAX;
	assert_int_equal(put(&b, &e), 0);
	e.kind++;
	assert_int_equal(put(&b, &e), BF_EBOUND);
	e.kind = UINT32_MAX;
	assert_int_equal(put(&b, &e), BF_EBOUND);
	buf_fini(&b);
}

static void an_entry_of_just_the_largest_size_passes(void **state)
{
	static uint8_t noise[ENTRY_BYTES_MAX];
	struct buf b = { 0 }, body = { 0 };
	struct entry e = plain();
	size_t fill = ENTRY_BYTES_MAX - 64;

	(void)state;
	for (size_t size = 0; size != ENTRY_BYTES_MAX; fill += ENTRY_BYTES_MAX - size) {
		buf_clear(&body);
		mp_put_map(&body, 1);
		mp_put_uint(&body, 1);
		mp_put_bin(&body, bytes_of(noise, fill));
		e.body = buf_bytes(&body);
		assert_int_equal(put(&b, &e), 0);
		size = b.len;
	}
	assert_int_equal(b.len, ENTRY_BYTES_MAX);
	buf_clear(&body);
	mp_put_map(&body, 1);
	mp_put_uint(&body, 1);
	mp_put_bin(&body, bytes_of(noise, fill + 1));
	e.body = buf_bytes(&body);
	assert_int_equal(put(&b, &e), BF_EBOUND);
	buf_fini(&b);
	buf_fini(&body);
}

static void items_and_depth_hold_at_their_edge(void **state)
{
	struct buf b = { 0 }, body = { 0 };
	struct entry e = plain();

	(void)state;
	/* The array, its eight members, and keys and values of the body. */
	for (uint32_t pairs = (ENTRY_ITEMS_MAX - 9) / 2; pairs <= (ENTRY_ITEMS_MAX - 9) / 2 + 1;
	     pairs++) {
		buf_clear(&body);
		mp_put_map(&body, pairs);
		for (uint32_t i = 0; i < pairs; i++) {
			mp_put_uint(&body, i);
			mp_put_nil(&body);
		}
		e.body = buf_bytes(&body);
		assert_int_equal(put(&b, &e), pairs == (ENTRY_ITEMS_MAX - 9) / 2 ? 0 : BF_EBOUND);
	}
	e.body = BYTES_LIT("\x81\1\x91\x91\1"); /* ENTRY_DEPTH_MAX containers in all */
	assert_int_equal(put(&b, &e), 0);
	e.body = BYTES_LIT("\x81\1\x91\x91\x91\1");
	assert_int_equal(put(&b, &e), BF_EBOUND);
	e.body = BYTES_LIT("\x81\1\2\3"); /* more than a body */
	assert_int_equal(put(&b, &e), BF_EFORMAT);
	buf_fini(&b);
	buf_fini(&body);
}

static void a_ref_is_read_as_it_is_printed(void **state)
{
	const struct ref r = { UINT64_C(0x0f3a9c1122334455), 12 };
	static const char *const bad[] = { "",
					   "0f3a9c1122334455",
					   "0f3a9c1122334455-",
					   "0f3a9c1122334455-0",
					   "0f3a9c1122334455-012",
					   "0f3a9c112233445-12",
					   "0f3a9c1122334455-1x",
					   "0000000000000000-1",
					   "0f3a9c1122334455-1099511627776",
					   "0f3a9c1122334455_12",
					   "gf3a9c1122334455-12",
					   "0f3a9c1122334455-99999999999999" };
	char s[REF_TEXT_MAX];
	uint8_t bin[REF_BYTES];
	struct ref back = { 0 };

	(void)state;
	assert_string_equal(ref_print(r, s), "0f3a9c1122334455-12");
	assert_int_equal(ref_parse(bytes_str(s), &back), 0);
	assert_true(ref_equal(r, back));
	assert_int_equal(ref_parse(bytes_str(" 0F3A9C1122334455-12 "), &back), 0);
	assert_int_equal(ref_parse(bytes_str("ffffffffffffffff-1099511627775"), &back), 0);
	assert_true(back.seq == SEQ_MAX);
	assert_string_equal(ref_print(back, s), "ffffffffffffffff-1099511627775"); /* the longest */
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(ref_parse(bytes_str(bad[i]), &back), BF_EINVAL);
	ref_put(r, bin);
	assert_true(ref_equal(ref_get(bin), r));
	assert_true(ref_none((struct ref){ 0 }));
	assert_false(ref_none(r));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_comes_back_as_it_was_written),
		cmocka_unit_test(one_byte_changed_is_refused_or_means_something_else),
		cmocka_unit_test(several_entries_are_taken_one_by_one),
		cmocka_unit_test(another_format_or_more_members_is_a_newer_program),
		cmocka_unit_test(an_author_of_control_characters_is_read_and_not_written),
		cmocka_unit_test(members_of_another_type_are_refused),
		cmocka_unit_test(a_ref_ends_where_seq_does),
		cmocka_unit_test(every_bound_holds_at_its_edge),
		cmocka_unit_test(an_entry_of_just_the_largest_size_passes),
		cmocka_unit_test(items_and_depth_hold_at_their_edge),
		cmocka_unit_test(a_ref_is_read_as_it_is_printed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
