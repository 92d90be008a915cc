/* SPDX-License-Identifier: Apache-2.0 */
/* take.c -- the half that keeps entries, fed anything: it never crashes, and never stores what the
 * node did not sign.
 *
 * The input is a small program: raw frames, true batches, true batches with a bit changed on the
 * wire or before packing, answers of the store, an end. The node's key signs nothing but its true
 * log, so whatever the machine wants stored must be the next piece of that log, byte for byte (T2);
 * and it acknowledges only what was said to be durable (T1). */
#include "protocol/take.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

enum { LOG = 12, STEPS_MAX = 64 };

static struct key_pair node, hub;
static struct buf log_bytes;
static size_t at[LOG + 1];
static struct head heads[LOG + 1];

struct rig {
	struct take *take;
	uint64_t wanted; /* stored so far, by wishes */
	uint64_t answered, said;
	bool looking, over;
	struct pack *pack;
};

static void make_log(void)
{
	uint8_t seed[SEED_BYTES] = { 7 };

	key_from_seed(&node, seed);
	seed[0] = 9;
	key_from_seed(&hub, seed);
	heads[0].origin = chain_origin(&node.public, 0);
	heads[0].hash = chain_genesis(&node.public, 0);
	for (uint64_t i = 1; i <= LOG; i++) {
		struct buf body = { 0 };
		struct entry e = {
			.seq = i, .stamp = i << 16, .author = BYTES_LIT("a"), .kind = 3
		};

		mp_put_map(&body, 1);
		mp_put_uint(&body, 4);
		mp_put_str(&body, BYTES_LIT("zhang"));
		e.body = buf_bytes(&body);
		FUZZ_REQUIRE(entry_put(&log_bytes, &e) == 0);
		at[i] = log_bytes.len;
		heads[i] = (struct head){ .origin = heads[0].origin, .seq = i };
		heads[i].hash = chain_next(&heads[i - 1].hash,
					   bytes_of(log_bytes.p + at[i - 1], at[i] - at[i - 1]));
		head_sign(&heads[i], &node);
		buf_fini(&body);
	}
}

static struct bytes entries(uint64_t first, uint64_t count)
{
	return bytes_of(log_bytes.p + at[first - 1], at[first + count - 1] - at[first - 1]);
}

/* ---- oracle ---- */

static void wants_to_store(struct rig *r, const struct run *run)
{
	FUZZ_REQUIRE(run->origin == heads[0].origin && run->first == r->wanted + 1 &&
		     run->count >= 1);
	FUZZ_REQUIRE(run->first + run->count - 1 <= LOG);
	FUZZ_REQUIRE(bytes_equal(run->entries, entries(run->first, run->count)));
	r->wanted += run->count;
	FUZZ_REQUIRE(run->head.seq == r->wanted);
	FUZZ_REQUIRE(hash_equal(&run->head.hash, &heads[r->wanted].hash));
}

static void says(struct rig *r, struct bytes frames)
{
	struct mp_doc doc = { 0 };
	struct bytes payload;
	struct message m;
	size_t used;

	while (frames.len > 0) {
		FUZZ_REQUIRE(frame_take(frames, &payload, &used) == 0);
		FUZZ_REQUIRE(message_take(payload, &doc, &m) == 0);
		if (m.type == MESSAGE_STORED) {
			FUZZ_REQUIRE(m.stored.checkpoint.seq <= r->answered);
			r->said = m.stored.checkpoint.seq;
		}
		frames = bytes_of(frames.p + used, frames.len - used);
	}
	mp_doc_fini(&doc);
}

static void step(struct rig *r, const struct event *first)
{
	struct event ev = *first;
	struct wished out;

	for (int i = 0; i < STEPS_MAX; i++) {
		enum wish wish = take_step(r->take, &ev, &out);

		ev = (struct event){ .type = EVENT_GO };
		if (wish == WISH_SEND)
			says(r, out.bytes);
		else if (wish == WISH_STORE)
			wants_to_store(r, &out.run);
		else if (wish == WISH_HELD)
			r->looking = true;
		else if (wish == WISH_WAIT)
			return;
		else {
			FUZZ_REQUIRE(wish == WISH_DONE || wish == WISH_FAIL);
			FUZZ_REQUIRE((wish == WISH_FAIL) == (out.fault.code != FAULT_NONE));
			r->over = true;
			return;
		}
	}
	bool stops_wishing = false;

	FUZZ_REQUIRE(stops_wishing);
}

/* ---- the program ---- */

static void frame(struct rig *r, struct bytes payload)
{
	uint8_t *copy = fuzz_copy(payload);
	struct event ev = { .type = EVENT_FRAME, .payload = bytes_of(copy, payload.len) };

	if (payload.len > 0)
		step(r, &ev);
	free(copy);
}

static void say(struct rig *r, const struct message *m, bool spoil, uint8_t where, uint8_t how)
{
	struct buf out = { 0 };

	if (message_put(&out, m) == 0) {
		if (spoil && how != 0)
			out.p[FRAME_HEAD_BYTES + where % (out.len - FRAME_HEAD_BYTES)] ^= how;
		frame(r, bytes_of(out.p + FRAME_HEAD_BYTES, out.len - FRAME_HEAD_BYTES));
	}
	buf_fini(&out);
}

static void hello(struct rig *r, uint8_t seq)
{
	struct message m = { .type = MESSAGE_HELLO };

	m.hello.version = PROTOCOL_VERSION;
	m.hello.origin = heads[0].origin;
	m.hello.seq = seq % (LOG + 1);
	m.hello.hash = heads[m.hello.seq].hash;
	say(r, &m, false, 0, 0);
}

enum spoiling { TRUE_BATCH, ON_THE_WIRE, BEFORE_PACKING, OTHER_NUMBERS };

static void batch(struct rig *r, enum spoiling how, struct bytes *in)
{
	uint64_t first = r->wanted + 1, count = 1 + fuzz_byte(in) % 3;
	uint8_t where = fuzz_byte(in), bits = fuzz_byte(in);
	struct message m = { .type = MESSAGE_BATCH };
	struct buf raw = { 0 }, packed = { 0 };

	if (how == OTHER_NUMBERS)
		first = 1 + where % LOG;
	if (first + count - 1 > LOG)
		return;
	buf_put_bytes(&raw, entries(first, count));
	if (how == BEFORE_PACKING)
		raw.p[where % raw.len] ^= bits;
	FUZZ_REQUIRE(pack_put(r->pack, buf_bytes(&raw), &packed) == 0);
	m.batch = (struct msg_batch){ .origin = heads[0].origin, .first = first, .count = count };
	m.batch.head = heads[first + count - 1];
	m.batch.raw_bytes = raw.len;
	m.batch.packed = buf_bytes(&packed);
	if (how == OTHER_NUMBERS)
		m.batch.first += bits % 3;
	say(r, &m, how == ON_THE_WIRE, where, bits);
	buf_fini(&raw);
	buf_fini(&packed);
}

static void fill(struct event *ev, uint64_t seq)
{
	ev->held = heads[seq];
	ev->checkpoint =
	    (struct checkpoint){ .epoch = 5, .order_length = seq, .origin = heads[0].origin };
	ev->checkpoint.seq = seq;
	ev->checkpoint.hash = heads[seq].hash;
}

static void held(struct rig *r, uint8_t seq)
{
	struct event ev = { .type = EVENT_HELD };

	if (!r->looking)
		return;
	r->looking = false;
	r->wanted = r->answered = seq % (LOG + 1);
	fill(&ev, r->answered);
	step(r, &ev);
}

static void stored(struct rig *r, uint8_t how)
{
	static const int results[] = { 0, 0, 0, BF_EFULL, BF_EFORK, BF_EIO, BF_EORDER };
	struct event ev = { .type = EVENT_STORED,
			    .rc = results[how % (sizeof results / sizeof *results)] };

	if (r->answered == r->wanted)
		return;
	r->answered = r->wanted; /* one answer may be about more than its own batch */
	fill(&ev, r->answered);
	step(r, &ev);
}

static void one(struct rig *r, struct bytes *in)
{
	struct event closed = { .type = EVENT_CLOSED };
	uint8_t op = fuzz_byte(in);

	switch (op % 10) {
	case 0: {
		size_t n = fuzz_byte(in);

		n = n < in->len ? n : in->len;
		frame(r, bytes_of(in->p, n));
		*in = bytes_of(in->p + n, in->len - n);
		return;
	}
	case 1:
		hello(r, fuzz_byte(in));
		return;
	case 2:
		held(r, fuzz_byte(in));
		return;
	case 3:
	case 4:
		batch(r, TRUE_BATCH, in);
		return;
	case 5:
		batch(r, ON_THE_WIRE, in);
		return;
	case 6:
		batch(r, BEFORE_PACKING, in);
		return;
	case 7:
		batch(r, OTHER_NUMBERS, in);
		return;
	case 8:
		stored(r, fuzz_byte(in));
		return;
	default:
		step(r, &closed);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	struct take_start start = { 0 };
	struct bytes in = bytes_of(p, len);
	struct rig r = { 0 };
	static struct pack *pack;

	if (log_bytes.len == 0)
		make_log();
	if (pack == NULL)
		pack = pack_open();
	start.node = node.public;
	start.origin = heads[0].origin;
	r.pack = pack;
	r.take = take_open(&start);
	FUZZ_REQUIRE(r.take != NULL && pack != NULL);
	while (in.len > 0 && !r.over)
		one(&r, &in);
	FUZZ_REQUIRE(take_stored(r.take) <= LOG);
	take_close(r.take);
	return 0;
}
