/* SPDX-License-Identifier: Apache-2.0 */
/* message.c -- tests of protocol/message.h: the bytes of every message, their bounds, and older and
 * newer peers. */
#include "wire_world.h"

#include "protocol/message.h"

struct fx {
	struct mp_doc doc;
	struct buf buf, places;
	struct message full[MESSAGE_COUNT]; /* one of each, every field set */
};

static void fill_hash(struct hash *h, uint8_t from)
{
	for (int i = 0; i < HASH_BYTES; i++)
		h->b[i] = (uint8_t)(from + i);
}

static void fill_sig(struct signature *s, uint8_t from)
{
	for (int i = 0; i < SIGNATURE_BYTES; i++)
		s->b[i] = (uint8_t)(from + i);
}

static struct checkpoint some_checkpoint(void)
{
	struct checkpoint c = { .epoch = UINT64_C(0xfedcba9876543210),
				.order_length = 1234567,
				.seq = 300 };

	fill_hash(&c.order_hash, 1);
	fill_hash(&c.hash, 2);
	fill_sig(&c.sig, 3);
	return c;
}

static void fill_up(struct fx *f)
{
	static const uint8_t secret[TOKEN_SECRET_BYTES] = "0123456789abcdef";
	struct message *m = f->full;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++)
		m[type].type = (enum message_type)type;
	m[MESSAGE_HELLO].hello = (struct msg_hello){ .version = 1,
						     .origin = UINT64_C(0x0f3a9c1122334455),
						     .seq = 300,
						     .now_ms = INT64_C(1789000000000),
						     .seen_epoch = UINT64_C(0xfedcba9876543210),
						     .seen_length = 1234560,
						     .rewound = 1,
						     .program = BYTES_LIT("0.1.0") };
	fill_hash(&m[MESSAGE_HELLO].hello.hash, 4);
	fill_hash(&m[MESSAGE_HELLO].hello.seen_order, 5);
	m[MESSAGE_WELCOME].welcome = (struct msg_welcome){ .version = 1,
							   .now_ms = -1,
							   .window = 4,
							   .next_s = 86400,
							   .checkpoint = some_checkpoint(),
							   .malformed = { 17, 23 } };
	m[MESSAGE_BATCH].batch = (struct msg_batch){ .origin = UINT64_C(0x0f3a9c1122334455),
						     .first = 301,
						     .count = 17,
						     .raw_bytes = 3400,
						     .packed = BYTES_LIT("(packed)") };
	m[MESSAGE_BATCH].batch.head =
	    (struct head){ .origin = UINT64_C(0x0f3a9c1122334455), .seq = 317 };
	fill_hash(&m[MESSAGE_BATCH].batch.head.hash, 6);
	fill_sig(&m[MESSAGE_BATCH].batch.head.sig, 7);
	m[MESSAGE_STORED].stored = (struct msg_stored){ .ordinal = 1234567,
							.checkpoint = some_checkpoint(),
							.malformed = { 18, 23 } };
	m[MESSAGE_BYE].bye.entries = 17;
	m[MESSAGE_BUSY].busy =
	    (struct msg_busy){ .retry_s = 600, .name = BYTES_LIT("hub_disk_full") };
	m[MESSAGE_REFUSE].refuse = (struct msg_refuse){ .rc = 15,
							.name = BYTES_LIT("fork"),
							.zh = BYTES_LIT("内容不同"),
							.en = BYTES_LIT("they differ") };
	m[MESSAGE_ENROL].enrol = (struct msg_enrol){ .version = 1,
						     .secret = bytes_of(secret, sizeof secret),
						     .incarnation = 1,
						     .name = BYTES_LIT("哈达阳"),
						     .now_ms = INT64_C(1789000000000),
						     .keep_name = 1 };
	m[MESSAGE_ENROLLED].enrolled =
	    (struct msg_enrolled){ .origin = UINT64_C(0x0f3a9c1122334455),
				   .division = UINT64_C(150722101200),
				   .role = 1,
				   .epoch = UINT64_C(0xfedcba9876543210),
				   .now_ms = INT64_C(1789000000001),
				   .hub_name = BYTES_LIT("内蒙古"),
				   .edition = BYTES_LIT("2023"),
				   .places = buf_bytes(&f->places) };
}

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	mp_put_array(&f->places, 4);
	mp_put_uint(&f->places, UINT64_C(150722000000));
	mp_put_cstr(&f->places, "莫力达瓦达斡尔族自治旗");
	mp_put_uint(&f->places, UINT64_C(150722101200));
	mp_put_cstr(&f->places, "哈达阳村");
	fill_up(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	mp_doc_fini(&f->doc);
	buf_fini(&f->buf);
	buf_fini(&f->places);
	free(f);
	return 0;
}

static struct bytes payload_of(struct fx *f, const struct message *m)
{
	return world_frame(&f->buf, m).payload;
}

/* ---- the form ---- */

static void every_message_has_its_golden_bytes(void **state)
{
	struct fx *f = *state;
	char name[64];

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		(void)payload_of(f, &f->full[type]);
		(void)snprintf(name, sizeof name, "message_%s",
			       message_name((enum message_type)type));
		for (char *p = name; *p != '\0'; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		world_golden(name, buf_bytes(&f->buf));
	}
}

static void what_was_taken_is_put_as_the_same_bytes(void **state)
{
	struct fx *f = *state;
	struct buf again = { 0 };
	struct message m;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		struct bytes payload = payload_of(f, &f->full[type]);

		assert_int_equal(message_take(payload, &f->doc, &m), 0);
		assert_int_equal(m.type, type);
		buf_clear(&again);
		assert_int_equal(message_put(&again, &m), 0);
		assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&f->buf)));
	}
	buf_fini(&again);
}

static void zeros_travel_as_nil_where_a_hash_may_be_missing(void **state)
{
	struct fx *f = *state;
	struct message m = f->full[MESSAGE_WELCOME];
	size_t before = payload_of(f, &m).len;

	memset(&m.welcome.checkpoint.hash, 0, sizeof m.welcome.checkpoint.hash);
	assert_int_equal(payload_of(f, &m).len, before - 33);
	struct message back;
	assert_int_equal(message_take(bytes_of(f->buf.p + 4, f->buf.len - 4), &f->doc, &back), 0);
	assert_memory_equal(&back.welcome, &m.welcome, sizeof m.welcome);

	/* Zeros written out would be a second form of the same message. */
	struct bytes payload = payload_of(f, &f->full[MESSAGE_WELCOME]);
	uint8_t *hash = f->buf.p + 4 + payload.len - 2 - 66 - 32;
	assert_memory_equal(hash, f->full[MESSAGE_WELCOME].welcome.checkpoint.hash.b, 32);
	memset(hash, 0, 32);
	assert_int_equal(message_take(payload, &f->doc, &back), BF_EFORMAT);
}

/* ---- peers of another age ---- */

/* Change the array's count and append or cut members, as another version would. */
static struct bytes rewritten(struct fx *f, const struct message *m, int change, struct buf *out)
{
	struct bytes payload = payload_of(f, m);
	size_t count;

	(void)message_fields(m->type, &count);
	buf_clear(out);
	mp_put_array(out, (uint32_t)((int)count + 1 + change));
	buf_put(out, payload.p + 1, payload.len - 1);
	return buf_bytes(out);
}

static void members_at_the_end_from_a_newer_peer_are_ignored(void **state)
{
	struct fx *f = *state;
	struct buf out = { 0 };
	struct message m, plain;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		(void)rewritten(f, &f->full[type], 2, &out);
		mp_put_uint(&out, 9);
		mp_put_map(&out, 1);
		mp_put_uint(&out, 1);
		mp_put_cstr(&out, "later");
		assert_int_equal(message_take(buf_bytes(&out), &f->doc, &m), 0);
		assert_int_equal(message_take(payload_of(f, &f->full[type]), &f->doc, &plain), 0);
		assert_int_equal(m.type, plain.type);
	}
	buf_fini(&out);
}

static int later_fields(enum message_type type)
{
	size_t count;
	const struct message_field *fields = message_fields(type, &count);
	int later = 0;

	for (size_t i = 0; i < count; i++) {
		later += fields[i].later;
		assert_true(fields[i].later || later == 0); /* they stand at the end */
		assert_true(!fields[i].later || fields[i].min == 0);
	}
	return later;
}

static void one_member_too_few_is_no_message(void **state)
{
	struct fx *f = *state;
	struct buf out = { 0 };
	struct message m;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		int least = -1 - later_fields((enum message_type)type);
		struct bytes cut = rewritten(f, &f->full[type], least, &out);
		struct mp_limits one = { MP_CANONICAL, 4, 64, FRAME_BYTES_MAX };
		size_t used;

		assert_int_equal(mp_scan(cut, &one, &used), 0);
		assert_int_equal(message_take(bytes_of(cut.p, used), &f->doc, &m), BF_EFORMAT);
	}
	buf_fini(&out);
}

/* As the program before the later fields wrote it: its golden bytes. */
static void what_an_older_peer_sends_is_taken_and_its_later_fields_are_zero(void **state)
{
	struct fx *f = *state;
	static const enum message_type types[] = { MESSAGE_WELCOME, MESSAGE_STORED, MESSAGE_HELLO,
						   MESSAGE_ENROL };
	static const char *const names[] = { "message_welcome_older", "message_stored_older",
					     "message_hello_older", "message_enrol_older" };
	struct message m;

	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		struct message older = f->full[types[i]];

		if (types[i] == MESSAGE_WELCOME)
			older.welcome.malformed = (struct malformed){ 0 };
		else if (types[i] == MESSAGE_HELLO)
			older.hello.program = (struct bytes){ 0 };
		else if (types[i] == MESSAGE_ENROL)
			older.enrol.keep_name = 0;
		else
			older.stored.malformed = (struct malformed){ 0 };
		struct bytes payload = payload_of(f, &older);

		world_golden(names[i], buf_bytes(&f->buf)); /* and we say the same, without news */
		assert_int_equal(message_take(payload, &f->doc, &m), 0);
		assert_int_equal(m.type, types[i]);
		if (types[i] == MESSAGE_ENROL) /* its texts stand elsewhere */
			assert_true(m.enrol.keep_name == 0 && m.enrol.now_ms == older.enrol.now_ms);
		else
			assert_memory_equal(&m, &older, sizeof older);
	}
}

/* The first of two later fields that is 0 is written, since the second is not. */
static void a_later_field_that_is_zero_stands_only_before_one_that_is_not(void **state)
{
	struct fx *f = *state;
	struct message m = f->full[MESSAGE_STORED], back;
	struct buf out = { 0 };
	size_t whole = payload_of(f, &m).len;

	m.stored.malformed = (struct malformed){ 0, 23 };
	assert_int_equal(payload_of(f, &m).len, whole);
	assert_int_equal(message_take(bytes_of(f->buf.p + 4, whole), &f->doc, &back), 0);
	assert_memory_equal(&back.stored, &m.stored, sizeof m.stored);
	m.stored.malformed = (struct malformed){ 18, 0 };
	assert_int_equal(payload_of(f, &m).len, whole - 1);
	assert_int_equal(message_take(bytes_of(f->buf.p + 4, whole - 1), &f->doc, &back), 0);
	assert_memory_equal(&back.stored, &m.stored, sizeof m.stored);
	/* Written out, it is a second form; but not before a newer peer's member. */
	buf_put(&out, f->buf.p + 4, whole - 1);
	out.p[0]++;
	buf_u8(&out, 0);
	assert_int_equal(message_take(buf_bytes(&out), &f->doc, &back), BF_EFORMAT);
	out.p[0]++;
	buf_u8(&out, 7);
	assert_int_equal(message_take(buf_bytes(&out), &f->doc, &back), 0);
	assert_memory_equal(&back.stored, &m.stored, sizeof m.stored);
	buf_fini(&out);
}

/* As a hub that knows no reason writes it, and as this one does when it has none: the golden bytes
 * of before. */
static void a_busy_without_a_reason_is_that_of_older_hubs(void **state)
{
	static const uint8_t empty[] = { 0x93, 6, 0xcd, 0x02, 0x58, 0xa0 };
	struct fx *f = *state;
	struct message older = f->full[MESSAGE_BUSY], m;

	older.busy.name = (struct bytes){ 0 };
	struct bytes payload = payload_of(f, &older);

	world_golden("message_busy_older", buf_bytes(&f->buf));
	assert_int_equal(message_take(payload, &f->doc, &m), 0);
	assert_int_equal(m.busy.retry_s, 600);
	assert_int_equal(m.busy.name.len, 0);
	/* Written out, an empty reason is a second form of that message. */
	assert_int_equal(message_take(bytes_of(empty, sizeof empty), &f->doc, &m), BF_EFORMAT);
}

static void an_unknown_type_is_another_version(void **state)
{
	struct fx *f = *state;
	static const uint8_t zero[] = { 0x91, 0 }, ten[] = { 0x91, 10 },
			     far[] = { 0x91, 0xcd, 0x7f, 0xff };
	struct message m;

	assert_int_equal(message_take(bytes_of(zero, sizeof zero), &f->doc, &m), BF_EVERSION);
	assert_int_equal(message_take(bytes_of(ten, sizeof ten), &f->doc, &m), BF_EVERSION);
	assert_int_equal(message_take(bytes_of(far, sizeof far), &f->doc, &m), BF_EVERSION);
	m.type = MESSAGE_COUNT;
	assert_int_equal(message_put(&f->buf, &m), BF_EINVAL);
}

/* ---- bounds ---- */

static void set_uint(struct message *m, const struct message_field *field, uint64_t v)
{
	memcpy((uint8_t *)m + field->at, &v, sizeof v);
}

/* A row's bounds as its own peer would break them: the value is patched into bytes that were
 * allowed. */
static void an_integer_one_past_its_bound_is_refused_both_ways(void **state)
{
	struct fx *f = *state;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		size_t count;
		const struct message_field *fields =
		    message_fields((enum message_type)type, &count);

		for (size_t i = 0; i < count; i++) {
			struct message m = f->full[type];

			if (fields[i].form != FORM_UINT)
				continue;
			set_uint(&m, &fields[i], fields[i].max);
			assert_int_equal(message_put(&f->buf, &m), 0);
			if (fields[i].max < UINT64_MAX) {
				set_uint(&m, &fields[i], fields[i].max + 1);
				assert_int_equal(message_put(&f->buf, &m), BF_EBOUND);
			}
			if (fields[i].min > 0) {
				set_uint(&m, &fields[i], fields[i].min - 1);
				assert_int_equal(message_put(&f->buf, &m), BF_EBOUND);
			}
			assert_int_equal(f->buf.err, 0);
		}
	}
}

static void a_bound_broken_on_the_wire_is_refused(void **state)
{
	struct fx *f = *state;
	struct message m;
	/* BYE [5, entries], BUSY [6, s] and BATCH's count are easy to write by hand. */
	static const uint8_t bye_at[] = { 0x92, 5, 0xcf, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff };
	static const uint8_t bye_over[] = { 0x92, 5, 0xcf, 0, 0, 1, 0, 0, 0, 0, 0 };
	static const uint8_t bye_neg[] = { 0x92, 5, 0xff };
	static const uint8_t bye_long[] = { 0x92, 5, 0xcc, 7 }; /* 7 in two bytes: not canonical */

	assert_int_equal(message_take(bytes_of(bye_at, sizeof bye_at), &f->doc, &m), 0);
	assert_int_equal(message_take(bytes_of(bye_over, sizeof bye_over), &f->doc, &m), BF_EBOUND);
	assert_int_equal(message_take(bytes_of(bye_neg, sizeof bye_neg), &f->doc, &m), BF_EFORMAT);
	assert_int_equal(message_take(bytes_of(bye_long, sizeof bye_long), &f->doc, &m),
			 BF_EFORMAT);
}

static void texts_fit_up_to_their_bound_and_hold_no_controls(void **state)
{
	static char text[FRAME_BYTES_MAX + 1];
	struct fx *f = *state;

	memset(text, 'x', sizeof text);
	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		size_t count;
		const struct message_field *fields =
		    message_fields((enum message_type)type, &count);

		for (size_t i = 0; i < count; i++) {
			struct message m = f->full[type];
			struct bytes s = bytes_of(text, (size_t)fields[i].max);

			if (fields[i].form != FORM_STR && fields[i].form != FORM_BIN)
				continue;
			memcpy((uint8_t *)&m + fields[i].at, &s, sizeof s);
			assert_int_equal(message_put(&f->buf, &m), 0);
			s.len++;
			memcpy((uint8_t *)&m + fields[i].at, &s, sizeof s);
			assert_int_equal(message_put(&f->buf, &m), BF_EBOUND);
			s = BYTES_LIT("a\x1b[2Jb");
			memcpy((uint8_t *)&m + fields[i].at, &s, sizeof s);
			if (fields[i].form == FORM_STR)
				assert_int_equal(message_put(&f->buf, &m), BF_EFORMAT);
		}
	}
}

/* As another program would write `m`: field `at` is an integer or a text of any size. */
static struct bytes written(struct fx *f, const struct message *m, size_t at, uint64_t v,
			    struct bytes text)
{
	size_t count;
	const struct message_field *fields = message_fields(m->type, &count);

	buf_clear(&f->buf);
	mp_put_array(&f->buf, (uint32_t)count + 1);
	mp_put_uint(&f->buf, m->type);
	for (size_t i = 0; i < count; i++) {
		const uint8_t *from = (const uint8_t *)m + fields[i].at;
		enum field_form form = fields[i].form;
		struct bytes s = { 0 };
		uint64_t u;

		memcpy(&u, from, sizeof u);
		if (form == FORM_HASH || form == FORM_HASH_0)
			s = bytes_of(from, HASH_BYTES);
		else if (form == FORM_SIG)
			s = bytes_of(from, SIGNATURE_BYTES);
		else if (form == FORM_BIN || form == FORM_STR)
			memcpy(&s, from, sizeof s);
		if (form == FORM_UINT)
			mp_put_uint(&f->buf, i == at ? v : u);
		else if (form == FORM_INT)
			mp_put_int(&f->buf, (int64_t)u);
		else if (form == FORM_STR)
			mp_put_str(&f->buf, i == at ? text : s);
		else
			mp_put_bin(&f->buf, i == at ? text : s);
	}
	return buf_bytes(&f->buf);
}

static int take_uint(struct fx *f, int type, size_t at, uint64_t v)
{
	struct message m = f->full[type], back;

	m.batch.count = type == MESSAGE_BATCH ? 1 : m.batch.count; /* first may be the last seq */
	return message_take(written(f, &m, at, v, (struct bytes){ 0 }), &f->doc, &back);
}

static int take_text(struct fx *f, int type, size_t at, uint64_t bytes)
{
	static char text[FRAME_BYTES_MAX + 1];
	struct message back;

	memset(text, 'x', sizeof text);
	return message_take(written(f, &f->full[type], at, 0, bytes_of(text, (size_t)bytes)),
			    &f->doc, &back);
}

static void what_a_peer_sends_one_past_a_bound_is_refused(void **state)
{
	struct fx *f = *state;

	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		size_t count;
		const struct message_field *fields =
		    message_fields((enum message_type)type, &count);

		for (size_t i = 0; i < count; i++) {
			bool text = fields[i].form == FORM_STR || fields[i].form == FORM_BIN;
			int (*take)(struct fx *, int, size_t, uint64_t) =
			    text ? take_text : take_uint;

			if (!text && fields[i].form != FORM_UINT)
				continue;
			bool last = fields[i].later && i == count - 1; /* 0 is not written */

			assert_int_equal(take(f, type, i, fields[i].min), last ? BF_EFORMAT : 0);
			assert_int_equal(take(f, type, i, fields[i].max), 0);
			if (fields[i].max < UINT64_MAX)
				assert_int_equal(take(f, type, i, fields[i].max + 1), BF_EBOUND);
			if (fields[i].min > 0)
				assert_int_equal(take(f, type, i, fields[i].min - 1), BF_EBOUND);
		}
	}
}

static void a_batch_counts_1024_entries_and_no_more(void **state)
{
	enum { COUNT = 2 }; /* the third field */
	struct fx *f = *state;
	struct message m = f->full[MESSAGE_BATCH], back;

	m.batch.count = 1024;
	assert_int_equal(message_put(&f->buf, &m), 0);
	m.batch.count = 1025;
	assert_int_equal(message_put(&f->buf, &m), BF_EBOUND);
	assert_int_equal(message_take(written(f, &m, COUNT, 1024, BYTES_LIT("")), &f->doc, &back),
			 0);
	assert_int_equal(back.batch.count, 1024);
	assert_int_equal(message_take(written(f, &m, COUNT, 1025, BYTES_LIT("")), &f->doc, &back),
			 BF_EBOUND);
}

/* BYE [5, 17] from a newer peer: `more` members at the end, the last of them `deep` arrays. */
static int take_bye(struct fx *f, uint32_t more, uint32_t deep)
{
	struct message back;

	buf_clear(&f->buf);
	mp_put_array(&f->buf, 2 + more);
	mp_put_uint(&f->buf, 5);
	mp_put_uint(&f->buf, 17);
	for (uint32_t i = 1; i < more; i++)
		mp_put_nil(&f->buf);
	for (uint32_t i = 1; i < deep; i++)
		mp_put_array(&f->buf, 1);
	deep > 0 ? mp_put_array(&f->buf, 0) : mp_put_nil(&f->buf);
	return message_take(buf_bytes(&f->buf), &f->doc, &back);
}

static void a_message_holds_64_values_and_is_four_deep(void **state)
{
	struct fx *f = *state;

	assert_int_equal(take_bye(f, 61, 0), 0); /* with the array itself */
	assert_int_equal(take_bye(f, 62, 0), BF_EBOUND);
	assert_int_equal(take_bye(f, 1, 3), 0);
	assert_int_equal(take_bye(f, 1, 4), BF_EBOUND);
}

static void a_message_that_cannot_be_put_leaves_nothing_behind(void **state)
{
	struct fx *f = *state;
	struct message m = f->full[MESSAGE_REFUSE];

	(void)payload_of(f, &f->full[MESSAGE_BYE]);
	size_t before = f->buf.len;
	m.refuse.rc = 0;
	assert_int_equal(message_put(&f->buf, &m), BF_EBOUND);
	assert_int_equal(f->buf.len, before);
}

static void a_batch_that_ends_past_the_last_seq_is_refused(void **state)
{
	struct fx *f = *state;
	struct message m = f->full[MESSAGE_BATCH], back;

	m.batch.first = SEQ_MAX - 15;
	m.batch.count = 16;
	assert_int_equal(message_take(payload_of(f, &m), &f->doc, &back), 0);
	assert_true(back.batch.head.seq == SEQ_MAX);
	m.batch.count = 17;
	assert_int_equal(message_take(payload_of(f, &m), &f->doc, &back), BF_EBOUND);
}

static void no_damage_to_a_message_is_taken_as_another_form_of_it(void **state)
{
	struct fx *f = *state;
	struct buf again = { 0 };
	struct message m;
	uint64_t seed = world_seed(11);
	struct rng rng;

	print_message("BF_SEED=%llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed, 0);
	for (int i = 0; i < 20000; i++) {
		int type = (int)(1 + rng_below(&rng, MESSAGE_COUNT - 1));
		struct bytes payload = payload_of(f, &f->full[type]);

		f->buf.p[4 + rng_below(&rng, payload.len)] = (uint8_t)rng_u64(&rng);
		if (message_take(payload, &f->doc, &m) != 0)
			continue;
		buf_clear(&again);
		assert_int_equal(message_put(&again, &m), 0);
		assert_true(again.len <= f->buf.len);
		if (again.len == f->buf.len) /* shorter: members at the end were dropped */
			assert_true(bytes_equal(buf_bytes(&again), buf_bytes(&f->buf)));
	}
	buf_fini(&again);
}

/* ---- places ---- */

struct seen {
	int rows, stop_at;
	uint64_t last;
};

static int see(void *ctx, struct place_row row)
{
	struct seen *s = ctx;

	s->last = row.code;
	return ++s->rows == s->stop_at ? 77 : 0;
}

static void places_are_walked_in_order_until_someone_stops(void **state)
{
	struct fx *f = *state;
	struct seen all = { 0 }, one = { .stop_at = 1 };

	assert_int_equal(message_places(buf_bytes(&f->places), see, &all), 0);
	assert_int_equal(all.rows, 2);
	assert_true(all.last == UINT64_C(150722101200));
	assert_int_equal(message_places(buf_bytes(&f->places), see, &one), 77);
	assert_int_equal(one.rows, 1);
}

static int places_of(uint32_t rows, bool odd, uint64_t code, size_t name_bytes, struct seen *s)
{
	static char name[NAME_BYTES_MAX + 1];
	struct buf b = { 0 };

	memset(name, 'n', sizeof name);
	mp_put_array(&b, rows * 2 - (odd ? 1 : 0));
	for (uint32_t i = 0; i < rows; i++) {
		mp_put_uint(&b, code);
		if (!odd || i + 1 < rows)
			mp_put_str(&b, bytes_of(name, name_bytes));
	}
	int rc = message_places(buf_bytes(&b), see, s);
	buf_fini(&b);
	return rc;
}

static void places_over_a_bound_are_refused_whole(void **state)
{
	const uint64_t top = UINT64_C(999999999999);
	struct seen s = { 0 };

	(void)state;
	assert_int_equal(places_of(PLACES_MAX, false, top, 40, &s), 0);
	assert_int_equal(s.rows, PLACES_MAX);
	s.rows = 0;
	assert_int_equal(places_of(PLACES_MAX + 1, false, top, 1, &s), BF_EBOUND);
	assert_int_equal(places_of(3, true, top, 1, &s), BF_EFORMAT);
	assert_int_equal(places_of(3, false, top + 1, 1, &s), BF_EBOUND);
	assert_int_equal(places_of(3, false, top, NAME_BYTES_MAX + 1, &s), BF_EBOUND);
	assert_int_equal(message_places(BYTES_LIT("\x05"), see, &s), BF_EFORMAT);
	assert_int_equal(message_places(BYTES_LIT(""), see, &s), BF_EFORMAT);
	assert_int_equal(s.rows, 0);
}

/* ---- the specification ---- */

static char *specification(void)
{
	FILE *file = fopen(GOLDEN_DIR "/../../protocol/README.md", "r");

	assert_non_null(file);
	char *text = calloc(1, 1 << 20);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	fclose(file);
	return text;
}

/* Behind the cell with its name, the row of field `i`. */
static const char *row_of(const char *text, int type, size_t i, const char *name)
{
	char heading[64], row[64];

	(void)snprintf(heading, sizeof heading, "#### %d %s", type,
		       message_name((enum message_type)type));
	const char *at = strstr(text, heading);
	if (at == NULL)
		fail_msg("README.md has no heading \"%s\"", heading);
	(void)snprintf(row, sizeof row, "| %zu | `%s` |", i + 1, name);
	at = strstr(at, row);
	if (at == NULL)
		fail_msg("README.md, %s: no row \"%s\"", heading, row);
	return at + strlen(row);
}

static void the_specification_lists_every_field_in_its_order(void **state)
{
	char *text = specification();

	(void)state;
	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		size_t count;
		const struct message_field *fields =
		    message_fields((enum message_type)type, &count);
		const char *before = text;

		for (size_t i = 0; i < count; i++) {
			const char *at = row_of(text, type, i, fields[i].name);

			assert_true(at > before);
			before = at;
		}
	}
	free(text);
}

/* "196,608", "2^32-1" or "SEQ_MAX". */
static uint64_t figure(const char **at)
{
	static const struct {
		const char *text;
		uint64_t value;
	} named[] = { { "SEQ_MAX", UINT64_C(1099511627775) },
		      { "2^32-1", UINT32_MAX },
		      { "2^64-1", UINT64_MAX } };
	uint64_t v = 0;

	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		if (strncmp(*at, named[i].text, strlen(named[i].text)) == 0) {
			*at += strlen(named[i].text);
			return named[i].value;
		}
	for (; (**at >= '0' && **at <= '9') || **at == ','; ++*at)
		v = **at == ',' ? v : v * 10 + (uint64_t)(**at - '0');
	return v;
}

static void the_specification_says_every_field_s_form_and_bounds(void **state)
{
	static const char *const forms[] = {
		[FORM_UINT] = " uint ",      [FORM_INT] = " int |",
		[FORM_HASH] = " hash |",     [FORM_BIN] = " bin ",
		[FORM_SIG] = " signature |", [FORM_HASH_0] = " hash or nil |",
		[FORM_STR] = " str ",
	};
	char *text = specification();

	(void)state;
	for (int type = MESSAGE_HELLO; type < MESSAGE_COUNT; type++) {
		size_t count;
		const struct message_field *fields =
		    message_fields((enum message_type)type, &count);

		for (size_t i = 0; i < count; i++) {
			const struct message_field *field = &fields[i];
			const char *at = row_of(text, type, i, field->name);
			const char *form = forms[field->form];

			if (strncmp(at, form, strlen(form)) != 0)
				fail_msg("%s %s: not%s", message_name((enum message_type)type),
					 field->name, form);
			at += strlen(form);
			if (strchr(form, '|') != NULL)
				continue;
			uint64_t min = figure(&at), max = min;
			if (strncmp(at, "..", 2) == 0) {
				at += 2;
				max = figure(&at);
			}
			if (*at != ' ' || min != field->min || max != field->max)
				fail_msg("%s %s: %llu..%llu in the table",
					 message_name((enum message_type)type), field->name,
					 (unsigned long long)field->min,
					 (unsigned long long)field->max);
		}
	}
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(every_message_has_its_golden_bytes),
		T(what_was_taken_is_put_as_the_same_bytes),
		T(zeros_travel_as_nil_where_a_hash_may_be_missing),
		T(members_at_the_end_from_a_newer_peer_are_ignored),
		T(one_member_too_few_is_no_message),
		T(what_an_older_peer_sends_is_taken_and_its_later_fields_are_zero),
		T(a_later_field_that_is_zero_stands_only_before_one_that_is_not),
		T(a_busy_without_a_reason_is_that_of_older_hubs),
		T(an_unknown_type_is_another_version),
		T(an_integer_one_past_its_bound_is_refused_both_ways),
		T(a_bound_broken_on_the_wire_is_refused),
		T(texts_fit_up_to_their_bound_and_hold_no_controls),
		T(what_a_peer_sends_one_past_a_bound_is_refused),
		T(a_batch_counts_1024_entries_and_no_more),
		T(a_message_holds_64_values_and_is_four_deep),
		T(a_message_that_cannot_be_put_leaves_nothing_behind),
		T(a_batch_that_ends_past_the_last_seq_is_refused),
		T(no_damage_to_a_message_is_taken_as_another_form_of_it),
		T(places_are_walked_in_order_until_someone_stops),
		T(places_over_a_bound_are_refused_whole),
		T(the_specification_lists_every_field_in_its_order),
		T(the_specification_says_every_field_s_form_and_bounds),
#undef T
	};
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
