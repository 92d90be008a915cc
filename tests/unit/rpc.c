/* SPDX-License-Identifier: Apache-2.0 */
/* rpc.c -- tests of protocol/rpc.h: what any msgpack-RPC client may send, and what it gets back. */
#include "wire_world.h"

#include "protocol/rpc.h"

struct fx {
	struct mp_doc doc;
	struct buf b;
	struct rpc_request q;
	struct rpc_reply r;
	struct fault fault;
	size_t used;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fx));
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	mp_doc_fini(&f->doc);
	buf_fini(&f->b);
	free(f);
	return 0;
}

static int take(struct fx *f)
{
	return rpc_take_request(buf_bytes(&f->b), &f->doc, &f->q, &f->used, &f->fault);
}

static void put_params(struct fx *f)
{
	mp_put_map(&f->b, 2);
	mp_put_cstr(&f->b, "kind");
	mp_put_cstr(&f->b, "走访");
	mp_put_cstr(&f->b, "limit");
	mp_put_uint(&f->b, 50);
}

static void a_request_is_understood_in_every_usual_form_of_params(void **state)
{
	struct fx *f = *state;
	struct mp_val v;

	for (int form = 0; form < 4; form++) {
		buf_clear(&f->b);
		rpc_put_request(&f->b, 7, "list");
		if (form == 0)
			put_params(f);
		if (form == 1) {
			mp_put_array(&f->b, 1);
			put_params(f);
		}
		if (form == 2)
			mp_put_array(&f->b, 0);
		if (form == 3)
			mp_put_nil(&f->b);
		assert_int_equal(take(f), 0);
		assert_int_equal(f->used, f->b.len);
		assert_int_equal(f->q.id, 7);
		assert_true(bytes_equal(f->q.method, BYTES_LIT("list")));
		assert_int_equal(mp_find(f->q.params, "limit", &v), form < 2);
		assert_int_equal(mp_count(f->q.params), form < 2 ? 2 : 0);
	}
}

static void requests_follow_one_another_without_lengths(void **state)
{
	struct fx *f = *state;

	for (uint64_t id = 0; id < 3; id++) {
		rpc_put_request(&f->b, id, "status");
		mp_put_map(&f->b, 0);
	}
	for (uint64_t id = 0; id < 3; id++) {
		assert_int_equal(take(f), 0);
		assert_int_equal(f->q.id, id);
		buf_drop(&f->b, f->used);
	}
	assert_int_equal(take(f), BF_EMORE);
}

/* The id is the client's: whatever uint64 it chose comes back whole. */
static void an_id_of_any_size_is_answered_as_it_was_asked(void **state)
{
	static const uint64_t ids[] = { 0,          1,
					255,        256,
					UINT16_MAX, UINT16_MAX + 1,
					UINT32_MAX, UINT64_C(1) << 32,
					INT64_MAX,  UINT64_C(1) << 63,
					UINT64_MAX };
	struct fx *f = *state;
	struct fault fault;

	(void)fault_say(&fault, FAULT_BUSY, NULL, NULL, NULL);
	for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
		buf_clear(&f->b);
		rpc_put_request(&f->b, ids[i], "status");
		mp_put_nil(&f->b);
		assert_int_equal(take(f), 0);
		assert_true(f->q.id == ids[i]);
		buf_clear(&f->b);
		rpc_put_result(&f->b, ids[i]);
		mp_put_nil(&f->b);
		assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
		assert_true(f->r.id == ids[i] && !f->r.failed);
		buf_clear(&f->b);
		rpc_put_error(&f->b, ids[i], &fault);
		assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
		assert_true(f->r.id == ids[i] && f->r.failed);
	}
}

static void every_shorter_prefix_of_a_request_asks_for_more(void **state)
{
	struct fx *f = *state;

	rpc_put_request(&f->b, 70000, "log");
	put_params(f);
	for (size_t n = 0; n < f->b.len; n++)
		assert_int_equal(
		    rpc_take_request(bytes_of(f->b.p, n), &f->doc, &f->q, &f->used, &f->fault),
		    BF_EMORE);
}

static void what_is_no_request_is_refused_with_the_rule(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		uint64_t id;
		const char *rule;
	} cases[] = {
		{ "\x05", 1, 0, "array of four" },
		{ "\x93\x00\x01\xa1m", 5, 0, "array of four" },
		{ "\x94\x02\x01\xa1m\xc0", 6, 0, "type" },
		{ "\x94\x00\xff\xa1m\xc0", 6, 0, "id" },
		{ "\x94\x00\xa1x\xa1m\xc0", 7, 0, "id" },
		{ "\x94\x00\x09\xa0\xc0", 5, 9, "method" },
		{ "\x94\x00\x09\x01\xc0", 5, 9, "method" },
		{ "\x94\x00\x09\xa1m\x01", 6, 9, "params" },
		{ "\x94\x00\x09\xa1m\x92\x80\x80", 8, 9, "params" },
		{ "\x94\x00\x09\xa1m\x91\x01", 7, 9, "params" },
		{ "\x94\x00\x09\xa1m\x81\xa1k\xcb\x00\x00\x00\x00\x00\x00\x00\x00", 17, 0,
		  "floats" },
		{ "\x94\x00\x09\xa1m\x82\xa1k\x01\xa1k\x02", 13, 0, "double keys" },
		{ "\xc1", 1, 0, "floats" },
	};
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&f->b);
		buf_put(&f->b, cases[i].bytes, cases[i].len);
		if (take(f) != BF_EFORMAT)
			fail_msg("case %zu: not BF_EFORMAT", i);
		assert_int_equal(f->fault.code, FAULT_RPC_FORM);
		assert_int_equal(f->q.id, cases[i].id);
		if (strstr(f->fault.en, cases[i].rule) == NULL)
			fail_msg("case %zu: %s", i, f->fault.en);
	}
}

static void longer_forms_of_numbers_are_welcome_here(void **state)
{
	/* other people's packers: array16, uint32 id, str8 method */
	static const uint8_t text[] = { 0xdc, 0, 4, 0xcc, 0, 0xce, 0, 0, 0, 3, 0xd9, 1, 'm', 0xc0 };
	struct fx *f = *state;

	buf_put(&f->b, text, sizeof text);
	assert_int_equal(take(f), 0);
	assert_int_equal(f->q.id, 3);
}

static void a_method_of_64_bytes_fits_and_65_do_not(void **state)
{
	char name[RPC_METHOD_MAX + 2];
	struct fx *f = *state;

	memset(name, 'm', sizeof name);
	name[RPC_METHOD_MAX] = '\0';
	rpc_put_request(&f->b, 1, name);
	mp_put_nil(&f->b);
	assert_int_equal(take(f), 0);
	buf_clear(&f->b);
	name[RPC_METHOD_MAX] = 'm';
	name[RPC_METHOD_MAX + 1] = '\0';
	rpc_put_request(&f->b, 1, name);
	mp_put_nil(&f->b);
	assert_int_equal(take(f), BF_EFORMAT);
}

static void a_request_over_a_bound_is_known_by_its_header(void **state)
{
	struct fx *f = *state;

	/* a string that says 2 MiB */
	rpc_put_request(&f->b, 1, "log");
	buf_put(&f->b, "\x81\xa1k\xdb\x00\x20\x00\x00", 8);
	assert_int_equal(take(f), BF_EBOUND);
	/* an array that says 70,000 items */
	buf_clear(&f->b);
	rpc_put_request(&f->b, 1, "log");
	buf_put(&f->b, "\x81\xa1k\xdd\x00\x01\x11\x70", 8);
	assert_int_equal(take(f), BF_EBOUND);
	/* nine containers inside one another */
	buf_clear(&f->b);
	for (int i = 0; i < RPC_DEPTH_MAX + 1; i++)
		buf_u8(&f->b, 0x91);
	assert_int_equal(take(f), BF_EBOUND);
	assert_int_equal(f->fault.code, FAULT_RPC_FORM);
	assert_int_equal(f->fault.rc, BF_EBOUND);
}

/* log {"k": value}, the value written by the caller. */
static void put_log(struct fx *f)
{
	buf_clear(&f->b);
	rpc_put_request(&f->b, 1, "log");
	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, "k");
}

static void a_request_holds_1_mib_and_65536_values_and_is_8_deep(void **state)
{
	static char text[1 << 20];
	struct fx *f = *state;

	memset(text, 'x', sizeof text);
	for (size_t over = 0; over <= 1; over++) {
		int rc = over == 0 ? 0 : BF_EBOUND;

		put_log(f);
		mp_put_str(&f->b, bytes_of(text, 1048576 - f->b.len - 5 + over));
		assert_int_equal(f->b.len, 1048576 + over);
		assert_int_equal(take(f), rc);
		put_log(f);
		/* Before its items: the request and its four members, the key, the array. */
		mp_put_array(&f->b, (uint32_t)(65536 - 7 + over));
		for (size_t i = 0; i < 65536 - 7 + over; i++)
			mp_put_nil(&f->b);
		assert_int_equal(take(f), rc);
		put_log(f); /* two deep */
		for (size_t i = 0; i < 6 + over; i++)
			mp_put_array(&f->b, 1);
		mp_put_nil(&f->b);
		assert_int_equal(take(f), rc);
	}
}

static void a_result_comes_back(void **state)
{
	struct fx *f = *state;
	struct mp_val v;

	rpc_put_result(&f->b, 12);
	put_params(f);
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_false(f->r.notice || f->r.failed);
	assert_int_equal(f->r.id, 12);
	assert_true(mp_find(f->r.result, "kind", &v));
	for (size_t n = 0; n < f->b.len; n++)
		assert_int_equal(rpc_take_reply(bytes_of(f->b.p, n), &f->doc, &f->r, &f->used),
				 BF_EMORE);
}

static void an_error_keeps_name_rc_place_and_both_sentences(void **state)
{
	struct fx *f = *state;

	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
		(void)fault_say(&f->fault, (enum fault_code)code, "入户日期", "甲", "乙");
		buf_clear(&f->b);
		rpc_put_error(&f->b, 5, &f->fault);
		assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
		assert_true(f->r.failed);
		assert_int_equal(f->r.id, 5);
		assert_int_equal(f->r.fault.code, f->fault.code);
		assert_int_equal(f->r.fault.rc, f->fault.rc);
		assert_string_equal(f->r.fault.where, f->fault.where);
		assert_string_equal(f->r.fault.zh, f->fault.zh);
		assert_string_equal(f->r.fault.en, f->fault.en);
	}
}

static void put_foreign(struct fx *f, const char *name, int64_t rc, const char *en)
{
	buf_clear(&f->b);
	buf_put(&f->b, "\x94\x01\x03", 3);
	mp_put_map(&f->b, 3);
	mp_put_cstr(&f->b, "name");
	mp_put_cstr(&f->b, name);
	mp_put_cstr(&f->b, "rc");
	mp_put_int(&f->b, rc);
	mp_put_cstr(&f->b, "en");
	mp_put_cstr(&f->b, en);
	mp_put_nil(&f->b);
}

static void an_error_of_a_newer_program_is_still_told(void **state)
{
	struct fx *f = *state;

	put_foreign(f, "volcano", -7, "The hub lies under ash.");
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_int_equal(f->r.fault.code, FAULT_FOREIGN);
	assert_int_equal(f->r.fault.rc, BF_EIO);
	assert_string_equal(f->r.fault.en, "The hub lies under ash.");
	assert_non_null(strstr(f->r.fault.zh, "volcano"));
	put_foreign(f, "volcano", INT64_MIN, "");
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_int_equal(f->r.fault.rc, BF_EINVAL);
	assert_non_null(strstr(f->r.fault.en, "volcano"));
}

static void a_stranger_s_sentence_cannot_steer_the_terminal(void **state)
{
	struct fx *f = *state;

	put_foreign(f, "x\x1b[31m", -1, "a\x1b]0;title\x07z");
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_string_equal(f->r.fault.en, "a?]0;title?z");
	assert_null(strchr(f->r.fault.zh, '\x1b'));
	put_foreign(f, "internal", -1, "right\xe2\x80\xaeto left"); /* a bidi override */
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_null(strstr(f->r.fault.en, "\xe2\x80\xae"));
}

static void a_notice_is_no_answer(void **state)
{
	struct fx *f = *state;
	uint64_t done = 0;
	struct mp_val v;

	rpc_put_notice(&f->b, "progress");
	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, "done");
	mp_put_uint(&f->b, 3);
	assert_int_equal(rpc_take_reply(buf_bytes(&f->b), &f->doc, &f->r, &f->used), 0);
	assert_true(f->r.notice);
	assert_true(mp_find(f->r.result, "done", &v));
	assert_int_equal(mp_get_uint(v, &done), 0);
	assert_int_equal(done, 3);
}

static void what_is_no_reply_is_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} cases[] = { { "\x01", 1 },
		      { "\x94\x00\x01\xa1m\xc0", 6 },
		      { "\x93\x01\x01\xc0", 4 },
		      { "\x94\x01\x01\x05\xc0", 5 },
		      { "\x94\x01\x01\x80\xc0", 5 },
		      { "\x93\x02\x01\x90", 4 },
		      { "\x93\x02\xa1p\x05", 5 } };
	struct fx *f = *state;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(rpc_take_reply(bytes_of(cases[i].bytes, cases[i].len), &f->doc,
						&f->r, &f->used),
				 BF_EFORMAT);
}

static void the_four_shapes_have_their_golden_bytes(void **state)
{
	struct fx *f = *state;

	rpc_put_request(&f->b, 1, "list");
	put_params(f);
	world_golden("rpc_request", buf_bytes(&f->b));
	buf_clear(&f->b);
	rpc_put_result(&f->b, 1);
	put_params(f);
	world_golden("rpc_response", buf_bytes(&f->b));
	buf_clear(&f->b);
	struct fault fork = {
		.code = FAULT_FORK, .rc = BF_EFORK, .where = "w", .zh = "中", .en = "e"
	};
	rpc_put_error(&f->b, 300, &fork);
	world_golden("rpc_error", buf_bytes(&f->b));
	buf_clear(&f->b);
	rpc_put_notice(&f->b, "progress");
	put_params(f);
	world_golden("rpc_notice", buf_bytes(&f->b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_request_is_understood_in_every_usual_form_of_params),
		T(requests_follow_one_another_without_lengths),
		T(an_id_of_any_size_is_answered_as_it_was_asked),
		T(every_shorter_prefix_of_a_request_asks_for_more),
		T(what_is_no_request_is_refused_with_the_rule),
		T(longer_forms_of_numbers_are_welcome_here),
		T(a_method_of_64_bytes_fits_and_65_do_not),
		T(a_request_over_a_bound_is_known_by_its_header),
		T(a_request_holds_1_mib_and_65536_values_and_is_8_deep),
		T(a_result_comes_back),
		T(an_error_keeps_name_rc_place_and_both_sentences),
		T(an_error_of_a_newer_program_is_still_told),
		T(a_stranger_s_sentence_cannot_steer_the_terminal),
		T(a_notice_is_no_answer),
		T(what_is_no_reply_is_refused),
		T(the_four_shapes_have_their_golden_bytes),
#undef T
	};
	return cmocka_run_group_tests_name("rpc", tests, NULL, NULL);
}
