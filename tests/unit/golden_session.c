/* SPDX-License-Identifier: Apache-2.0 */
/* golden_session.c -- the session of protocol/README.md section 8, word for word.
 *
 * The entries are made here as the document describes them; golden_session.py reads the document
 * itself. Each half of the session is given the golden bytes of the other, and what it says is
 * compared with its own: byte for byte, but for the zstd frame in BATCH, which each version of zstd
 * may write in its own way and every one must read. With BF_GOLDEN_WRITE set the files are written.
 */
#include "wire_world.h"

#include "protocol/pack.h"
#include "protocol/record.h"

enum { ENTRIES = 11, FRAMES_MAX = 5, TODAY = 20780 /* 2026-11-23 */ };
#define HERE UINT64_C(150722100200)

struct fx {
	struct world_log log;
	struct world_hub hub;
	struct give *g;
	struct take *t;
	struct checkpoint kept;
	const char *const *names; /* of the frames still to come */
	struct buf to_hub, to_station, golden, raw, body;
	struct pack *pack;
	struct mp_doc doc;
	bool station_done, hub_done;
};

/* ---- the entries ---- */

static void uint_of(struct fx *f, uint64_t tag, uint64_t v)
{
	mp_put_uint(&f->body, tag);
	mp_put_uint(&f->body, v);
}

static void text_of(struct fx *f, uint64_t tag, const char *text)
{
	mp_put_uint(&f->body, tag);
	mp_put_cstr(&f->body, text);
}

static struct ref entry_of(const struct fx *f, uint64_t seq)
{
	return (struct ref){ f->log.origin, seq };
}

static void ref_of(struct fx *f, uint64_t tag, uint64_t seq)
{
	uint8_t bin[REF_BYTES];

	ref_put(entry_of(f, seq), bin);
	mp_put_uint(&f->body, tag);
	mp_put_bin(&f->body, bytes_of(bin, sizeof bin));
}

static void account_of(struct fx *f, uint64_t tag, struct account a)
{
	uint8_t bin[ACCOUNT_BYTES_MAX];

	mp_put_uint(&f->body, tag);
	mp_put_bin(&f->body, bytes_of(bin, account_put(&a, bin)));
}

static void body_of(struct fx *f, uint32_t fields)
{
	buf_clear(&f->body);
	mp_put_map(&f->body, fields);
}

/* The next entry of the log: minute by minute from 16:00, but the ninth in the minute of the
 * eighth. */
static void append(struct fx *f, const char *author, uint32_t kind, struct ref subject)
{
	struct world_log *l = &f->log;
	uint64_t seq = l->seq + 1, minute = seq == 9 ? 8 : seq;
	struct entry e = { .seq = seq,
			   .stamp = (UINT64_C(1795420800000) + 60000 * minute) << 16 | (seq == 9),
			   .author = bytes_str(author),
			   .kind = kind,
			   .subject = subject,
			   .base = subject,
			   .body = buf_bytes(&f->body) };

	assert_int_equal(entry_put(&l->bytes, &e), 0);
	l->seq = seq;
	l->at[seq] = l->bytes.len;
	l->hash[seq] = chain_next(&l->hash[seq - 1], world_log_entries(l, seq, 1));
}

static void append_people(struct fx *f)
{
	const struct ref creates = { 0, 0 };

	body_of(f, 6);
	text_of(f, 1, "150722100200-0012");
	uint_of(f, 2, HERE);
	text_of(f, 4, "王测一");
	text_of(f, 5, "11010519491231002X");
	uint_of(f, 10, 1);
	uint_of(f, 34, TODAY);
	append(f, "wang", KIND_HOUSEHOLD, creates);

	body_of(f, 11);
	ref_of(f, 1, 1);
	uint_of(f, 2, HERE);
	uint_of(f, 3, TODAY);
	text_of(f, 5, "王测一");
	uint_of(f, 6, 2);
	mp_put_uint(&f->body, 7);
	mp_put_int(&f->body, -7306);
	uint_of(f, 8, 1);
	text_of(f, 9, "11010519491231002X");
	uint_of(f, 10, 31);
	uint_of(f, 13, 1);
	uint_of(f, 18, 2);
	append(f, "wang", KIND_MEMBER, creates);
}

static void append_help(struct fx *f)
{
	const struct ref creates = { 0, 0 };

	body_of(f, 9);
	uint_of(f, 1, HERE);
	uint_of(f, 2, TODAY);
	ref_of(f, 3, 1);
	text_of(f, 4, "李志愿");
	uint_of(f, 5, 570);
	uint_of(f, 6, 630);
	uint_of(f, 7, 1);
	text_of(f, 8, "屋顶已修好。");
	uint_of(f, 9, 50000);
	append(f, "wang", KIND_VISIT, creates);

	body_of(f, 9);
	uint_of(f, 1, HERE);
	uint_of(f, 2, TODAY);
	uint_of(f, 3, 3);
	uint_of(f, 4, 2);
	uint_of(f, 5, 1);
	account_of(f, 6, (struct account){ .type = ACCOUNT_DIVISION, .division = HERE });
	account_of(f, 7,
		   (struct account){ .type = ACCOUNT_HOUSEHOLD, .household = entry_of(f, 1) });
	uint_of(f, 8, 123456);
	text_of(f, 9, "内财指〔2026〕1号");
	append(f, "wang", KIND_FUND, creates);

	body_of(f, 9);
	uint_of(f, 1, HERE);
	uint_of(f, 2, TODAY);
	ref_of(f, 3, 1);
	uint_of(f, 4, 14);
	uint_of(f, 5, 7);
	text_of(f, 6, "大米");
	uint_of(f, 7, 2);
	text_of(f, 8, "袋");
	uint_of(f, 9, 20000);
	append(f, "wang", KIND_AID, creates);
}

static void append_service(struct fx *f)
{
	const struct ref creates = { 0, 0 };

	body_of(f, 6);
	uint_of(f, 1, HERE);
	uint_of(f, 2, TODAY);
	text_of(f, 3, "义诊");
	uint_of(f, 4, 4);
	uint_of(f, 8, 35);
	uint_of(f, 9, 180);
	append(f, "li", KIND_ACTIVITY, creates);

	body_of(f, 6);
	ref_of(f, 1, 6);
	uint_of(f, 2, HERE);
	uint_of(f, 3, TODAY);
	text_of(f, 4, "V-0007");
	uint_of(f, 6, 180);
	uint_of(f, 7, 4);
	append(f, "li", KIND_SERVICE, creates);
}

static void append_later(struct fx *f)
{
	const struct ref creates = { 0, 0 };

	body_of(f, 2);
	ref_of(f, 1, 7);
	text_of(f, 2, "重复");
	append(f, "li", KIND_VOID, creates);

	body_of(f, 2);
	uint_of(f, 10, 3);
	uint_of(f, 19, 2);
	append(f, "wang", KIND_HOUSEHOLD, entry_of(f, 1));

	body_of(f, 6);
	uint_of(f, 1, HERE);
	uint_of(f, 2, TODAY);
	ref_of(f, 3, 1);
	uint_of(f, 7, 6);
	text_of(f, 99, "later");
	mp_put_uint(&f->body, UINT64_C(4000000000));
	mp_put_array(&f->body, 3);
	mp_put_uint(&f->body, 1);
	mp_put_nil(&f->body);
	mp_put_bool(&f->body, true);
	append(f, "wang", KIND_VISIT, creates);

	body_of(f, 3);
	mp_put_uint(&f->body, 1);
	mp_put_int(&f->body, -1);
	mp_put_uint(&f->body, 2);
	mp_put_bin(&f->body, (struct bytes){ 0 });
	mp_put_uint(&f->body, 3);
	mp_put_map(&f->body, 1);
	mp_put_uint(&f->body, 0);
	mp_put_bool(&f->body, false);
	append(f, "", 63, creates);
}

/* ---- the world ---- */

static void key_of(struct key_pair *key, uint8_t first)
{
	const uint8_t seed[SEED_BYTES] = { first };

	key_from_seed(key, seed);
}

static int setup(void **state)
{
	struct fx *f = calloc(1, sizeof *f);

	if (f == NULL)
		return -1;
	key_of(&f->log.key, 1);
	f->log.origin = chain_origin(&f->log.key.public, 0);
	f->log.hash[0] = chain_genesis(&f->log.key.public, 0);
	append_people(f);
	append_help(f);
	append_service(f);
	append_later(f);
	world_hub_init(&f->hub, 0, &f->log);
	key_of(&f->hub.key, 2);
	f->hub.epoch = 5;
	f->pack = pack_open();
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	give_close(f->g);
	take_close(f->t);
	pack_close(f->pack);
	mp_doc_fini(&f->doc);
	world_log_fini(&f->log);
	world_hub_fini(&f->hub);
	buf_fini(&f->to_hub);
	buf_fini(&f->to_station);
	buf_fini(&f->golden);
	buf_fini(&f->raw);
	buf_fini(&f->body);
	free(f);
	return 0;
}

/* ---- files ---- */

static void path_of(const char *name, char out[512])
{
	(void)snprintf(out, 512, "%s/%s.hex", GOLDEN_DIR, name);
}

/* The bytes of a golden file, its lines joined. */
static struct bytes golden(struct fx *f, const char *name)
{
	char path[512], line[1024];
	uint8_t part[512];

	path_of(name, path);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	buf_clear(&f->golden);
	while (fgets(line, sizeof line, file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(hex_take(line, part, strlen(line) / 2), 0);
		buf_put(&f->golden, part, strlen(line) / 2);
	}
	fclose(file);
	return buf_bytes(&f->golden);
}

/* One entry a line, for the eye. */
static void write_entries(struct fx *f)
{
	char path[512], hex[1024];

	path_of("session_entries", path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	for (uint64_t seq = 1; seq <= ENTRIES; seq++)
		fprintf(file, "%s\n", hex_put(world_log_entries(&f->log, seq, 1), hex));
	fclose(file);
}

/* ---- playing ---- */

static void unpacked(struct fx *f, const struct msg_batch *b)
{
	buf_clear(&f->raw);
	assert_int_equal(pack_take(f->pack, b->packed, b->raw_bytes, &f->raw), 0);
	assert_true(bytes_equal(buf_bytes(&f->raw), buf_bytes(&f->log.bytes)));
}

/* The same batch, however it is packed. */
static void same_batch(struct fx *f, struct bytes ours, struct bytes theirs)
{
	struct message m = world_message(ours, &f->doc);
	struct msg_batch b = m.batch;

	assert_int_equal(m.type, MESSAGE_BATCH);
	unpacked(f, &b);
	m = world_message(theirs, &f->doc);
	assert_int_equal(m.type, MESSAGE_BATCH);
	unpacked(f, &m.batch);
	m.batch.packed = b.packed = (struct bytes){ 0 };
	assert_memory_equal(&b, &m.batch, sizeof b);
}

/* The next frame in `from`, compared with its golden bytes; gives the event of *those*. */
static struct event next(struct fx *f, struct buf *from)
{
	struct bytes payload;
	size_t used;

	assert_int_equal(frame_take(buf_bytes(from), &payload, &used), 0);
	struct bytes ours = bytes_of(from->p, used);
	const char *name = *f->names++;

	assert_non_null(name);
	if (strstr(name, "batch") != NULL && getenv("BF_GOLDEN_WRITE") == NULL)
		same_batch(f, ours, golden(f, name));
	else
		world_golden(name, ours);
	buf_drop(from, used);
	assert_int_equal(frame_take(golden(f, name), &payload, &used), 0);
	assert_int_equal(used, f->golden.len);
	return (struct event){ .type = EVENT_FRAME, .payload = payload };
}

static void station(struct fx *f, struct event in)
{
	struct wished w;

	for (;;) {
		enum wish wish = give_step(f->g, &in, &w);

		in = (struct event){ .type = EVENT_GO };
		if (wish == WISH_SEND)
			buf_put_bytes(&f->to_hub, w.bytes);
		else if (wish == WISH_LOAD)
			in = (struct event){ .type = EVENT_LOADED,
					     .loaded = world_log_run(
						 &f->log, w.first, w.limit_count, w.limit_bytes) };
		else if (wish == WISH_KEEP)
			f->kept = w.checkpoint;
		else if (wish == WISH_FAIL)
			fail_msg("station: %s", w.fault.en);
		else {
			f->station_done = wish == WISH_DONE;
			return;
		}
	}
}

static void hub(struct fx *f, struct event in)
{
	struct wished w;
	bool stored = false;
	uint64_t ordinal = 0;

	for (;;) {
		enum wish wish = take_step(f->t, &in, &w);

		in = (struct event){ .type = EVENT_GO };
		if (wish == WISH_WAIT && stored) {
			stored = false;
			in.type = EVENT_STORED;
		}
		if (wish == WISH_HELD)
			in.type = EVENT_HELD;
		if (wish == WISH_STORE) {
			assert_true(bytes_equal(w.run.entries, buf_bytes(&f->log.bytes)));
			assert_int_equal(world_hub_store(&f->hub, &w.run, &ordinal), 0);
			stored = true;
		} else if (wish == WISH_SEND) {
			buf_put_bytes(&f->to_station, w.bytes);
		} else if (wish == WISH_FAIL) {
			fail_msg("hub: %s", w.fault.en);
		} else if (in.type == EVENT_GO) {
			f->hub_done = wish == WISH_DONE;
			return;
		}
		if (in.type != EVENT_GO) {
			in.held = world_hub_head(&f->hub);
			in.checkpoint = world_hub_checkpoint(&f->hub);
			in.ordinal = ordinal;
		}
	}
}

/* One session whose frames have these names. */
static void play(struct fx *f, const char *const *names, int64_t now_ms)
{
	struct give_start gives = world_give_start(&f->log, &f->hub);
	struct take_start takes = world_take_start(&f->log);

	gives.now_ms = now_ms;
	gives.cursor = gives.seen = f->kept;
	takes.now_ms = now_ms + 1234;
	takes.next_s = 3600;
	give_close(f->g);
	take_close(f->t);
	f->g = give_open(&gives);
	f->t = take_open(&takes);
	assert_true(f->g != NULL && f->t != NULL);
	f->names = names;
	station(f, (struct event){ .type = EVENT_GO });
	hub(f, (struct event){ .type = EVENT_GO });
	while (f->to_hub.len + f->to_station.len > 0) {
		if (f->to_hub.len > 0)
			hub(f, next(f, &f->to_hub));
		else
			station(f, next(f, &f->to_station));
	}
	assert_true(f->station_done && f->hub_done);
	assert_null(*f->names);
}

static void both_halves_speak_and_understand_the_golden_session(void **state)
{
	static const char *const first[] = { "session_hello",  "session_welcome", "session_batch",
					     "session_stored", "session_bye",     NULL };
	static const char *const next_night[] = { "session_hello_again", "session_welcome_again",
						  "session_bye_again", NULL };
	struct fx *f = *state;

	play(f, first, INT64_C(1795435200000));
	assert_int_equal(f->hub.seq, ENTRIES);
	assert_int_equal(f->kept.seq, ENTRIES);
	assert_true(checkpoint_verify(&f->kept, &f->hub.key.public));
	play(f, next_night, INT64_C(1795521600000));
	assert_int_equal(f->hub.seq, ENTRIES);
}

static void its_entries_are_those_of_the_document(void **state)
{
	struct fx *f = *state;
	struct bytes left;
	struct entry e;
	size_t used;

	if (getenv("BF_GOLDEN_WRITE") != NULL)
		write_entries(f);
	left = golden(f, "session_entries");
	assert_true(bytes_equal(left, buf_bytes(&f->log.bytes)));
	for (uint64_t seq = 1; seq <= ENTRIES; seq++) {
		assert_int_equal(entry_take_first(left, &e, &used), 0);
		assert_int_equal(e.seq, seq);
		left = bytes_of(left.p + used, left.len - used);
	}
	assert_int_equal(left.len, 0);
}

static void every_body_is_kept_byte_for_byte(void **state)
{
	static const struct resolver nobody = { .today = TODAY, .here = HERE };
	struct fx *f = *state;
	struct record record = { 0 };
	struct fault fault;
	struct entry e;

	for (uint64_t seq = 1; seq <= ENTRIES; seq++) {
		assert_int_equal(entry_take(world_log_entries(&f->log, seq, 1), &e), 0);
		const struct kind *kind = kind_by_id((uint16_t)e.kind);

		assert_true((kind == NULL) == (seq == 11));
		if (kind == NULL)
			continue;
		assert_int_equal(record_take(&record, kind, e.body), 0);
		/* 5 is an aid with the older tag of its quantity, kept as an unknown one is. */
		assert_int_equal(record.unknown, seq == 10 ? 2 : seq == 5 ? 1 : 0);
		buf_clear(&f->raw);
		assert_int_equal(record_put(&record, &f->raw), 0);
		assert_true(bytes_equal(buf_bytes(&f->raw), e.body));
		/* A change of a household says only what changed; the rest are records a cadre
		 * could make. */
		if (ref_none(e.subject))
			assert_int_equal(record_check(&record, &nobody, &fault), 0);
	}
	record_fini(&record);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(its_entries_are_those_of_the_document),
		T(every_body_is_kept_byte_for_byte),
		T(both_halves_speak_and_understand_the_golden_session),
#undef T
	};
	return cmocka_run_group_tests_name("golden_session", tests, NULL, NULL);
}
