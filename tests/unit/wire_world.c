/* SPDX-License-Identifier: Apache-2.0 */
/* wire_world.c -- see wire_world.h. */
#include "wire_world.h"

void world_key(struct key_pair *key, uint8_t seed)
{
	uint8_t bytes[SEED_BYTES];

	memset(bytes, seed, sizeof bytes);
	key_from_seed(key, bytes);
}

/* ---- a log ---- */

void world_log_init(struct world_log *l, uint8_t seed, uint32_t incarnation)
{
	memset(l, 0, sizeof *l);
	world_key(&l->key, seed);
	l->incarnation = incarnation;
	l->origin = chain_origin(&l->key.public, incarnation);
	l->hash[0] = chain_genesis(&l->key.public, incarnation);
}

void world_log_fini(struct world_log *l)
{
	buf_fini(&l->bytes);
}

void world_log_add(struct world_log *l, uint64_t salt, size_t text_bytes)
{
	static char noise[ENTRY_BYTES_MAX];
	struct buf body = { 0 };
	struct rng rng;

	assert_true(l->seq < WORLD_LOG_MAX && text_bytes < sizeof noise);
	rng_seed(&rng, salt, l->seq);
	for (size_t i = 0; i < text_bytes; i++)
		noise[i] = (char)('!' + rng_below(&rng, 90));
	mp_put_map(&body, 1);
	mp_put_uint(&body, 1);
	mp_put_str(&body, bytes_of(noise, text_bytes));

	struct entry e = { .seq = l->seq + 1,
			   .stamp = 1000 + l->seq,
			   .author = BYTES_LIT("cadre"),
			   .kind = 3,
			   .body = buf_bytes(&body) };
	assert_int_equal(entry_put(&l->bytes, &e), 0);
	buf_fini(&body);
	l->seq++;
	l->at[l->seq] = l->bytes.len;
	l->hash[l->seq] = chain_next(&l->hash[l->seq - 1], world_log_entries(l, l->seq, 1));
}

void world_log_fill(struct world_log *l, uint64_t count, size_t text_bytes)
{
	for (uint64_t i = 0; i < count; i++)
		world_log_add(l, 7, text_bytes);
}

struct head world_log_head(const struct world_log *l, uint64_t seq)
{
	struct head head = { .origin = l->origin, .seq = seq, .hash = l->hash[seq] };

	head_sign(&head, &l->key);
	return head;
}

struct bytes world_log_entries(const struct world_log *l, uint64_t first, uint64_t count)
{
	if (count == 0)
		return (struct bytes){ 0 };
	return bytes_of(l->bytes.p + l->at[first - 1], l->at[first + count - 1] - l->at[first - 1]);
}

struct run world_log_run(const struct world_log *l, uint64_t first, uint64_t count,
			 size_t bytes_max)
{
	uint64_t n = 0;

	while (n < count && first + n <= l->seq && l->at[first + n] - l->at[first - 1] <= bytes_max)
		n++;
	return (struct run){ .origin = l->origin,
			     .first = first,
			     .count = n,
			     .entries = world_log_entries(l, first, n),
			     .head = world_log_head(l, first + n - 1) };
}

/* ---- a hub ---- */

void world_hub_init(struct world_hub *h, uint8_t seed, const struct world_log *of)
{
	memset(h, 0, sizeof *h);
	world_key(&h->key, seed);
	h->epoch = UINT64_C(0xfedcba9876543210); /* random in life: nine bytes on the wire */
	h->origin = of->origin;
	h->hash[0] = of->hash[0];
}

void world_hub_fini(struct world_hub *h)
{
	buf_fini(&h->bytes);
}

static int hub_take_one(struct world_hub *h, const struct entry *e, uint64_t *fresh)
{
	if (e->seq > h->seq + 1)
		return BF_EORDER;
	if (e->seq <= h->seq) {
		struct bytes mine =
		    bytes_of(h->bytes.p + h->at[e->seq - 1], h->at[e->seq] - h->at[e->seq - 1]);

		h->stored_twice++;
		return bytes_equal(mine, e->raw) ? 0 : BF_EFORK;
	}
	buf_put_bytes(&h->bytes, e->raw);
	h->seq++;
	h->at[h->seq] = h->bytes.len;
	h->hash[h->seq] = chain_next(&h->hash[h->seq - 1], e->raw);
	h->order_length++;
	(*fresh)++;
	return 0;
}

int world_hub_store(struct world_hub *h, const struct run *run, uint64_t *ordinal)
{
	struct bytes left = run->entries;
	uint64_t fresh = 0, before = h->seq;
	struct entry e;
	size_t used;

	assert_int_equal(run->origin, h->origin);
	for (uint64_t i = 0; i < run->count; i++) {
		assert_int_equal(entry_take_first(left, &e, &used), 0);
		int rc = hub_take_one(h, &e, &fresh);
		if (rc != 0)
			return rc;
		left = bytes_of(left.p + used, left.len - used);
	}
	assert_int_equal(left.len, 0);
	if (fresh > 0)
		h->order = order_next(&h->order, h->origin, before + 1, h->seq, &h->hash[h->seq]);
	*ordinal = fresh > 0 ? h->order_length : 0;
	return 0;
}

struct checkpoint world_hub_checkpoint(const struct world_hub *h)
{
	struct checkpoint c = { .epoch = h->epoch,
				.order_length = h->order_length,
				.order_hash = h->order,
				.origin = h->origin,
				.seq = h->seq,
				.hash = h->hash[h->seq] };

	checkpoint_sign(&c, &h->key);
	return c;
}

struct head world_hub_head(const struct world_hub *h)
{
	return (struct head){ .origin = h->origin, .seq = h->seq, .hash = h->hash[h->seq] };
}

void world_hub_restore(struct world_hub *h, uint64_t seq, uint64_t epoch)
{
	h->order_length -= h->seq - seq;
	h->seq = seq;
	h->bytes.len = h->at[seq];
	h->epoch = epoch;
	memset(&h->order, (int)seq & 0xff, sizeof h->order);
}

/* ---- machines ---- */

struct give_start world_give_start(const struct world_log *l, const struct world_hub *h)
{
	return (struct give_start){ .key = &l->key,
				    .incarnation = l->incarnation,
				    .hub = h->key.public,
				    .head = world_log_head(l, l->seq),
				    .now_ms = INT64_C(1789000000000) };
}

struct take_start world_take_start(const struct world_log *l)
{
	return (struct take_start){ .node = l->key.public,
				    .incarnation = l->incarnation,
				    .origin = l->origin,
				    .now_ms = INT64_C(1789000000001),
				    .next_s = 86400 };
}

enum wish world_give(struct give *g, struct event in, struct wished *out)
{
	return give_step(g, &in, out);
}

enum wish world_take(struct take *t, struct event in, struct wished *out)
{
	return take_step(t, &in, out);
}

struct event world_frame(struct buf *hold, const struct message *m)
{
	buf_clear(hold);
	assert_int_equal(message_put(hold, m), 0);
	return (struct event){ .type = EVENT_FRAME,
			       .payload = bytes_of(hold->p + FRAME_HEAD_BYTES,
						   hold->len - FRAME_HEAD_BYTES) };
}

unsigned world_count(struct bytes frames, struct mp_doc *doc, enum message_type type)
{
	struct bytes payload;
	struct message m;
	unsigned n = 0;
	size_t used;

	while (frame_take(frames, &payload, &used) == 0) {
		assert_int_equal(message_take(payload, doc, &m), 0);
		n += m.type == type;
		frames = bytes_of(frames.p + used, frames.len - used);
	}
	assert_int_equal(frames.len, 0);
	return n;
}

struct message world_message(struct bytes frames, struct mp_doc *doc)
{
	struct bytes payload;
	struct message m;
	size_t used;

	assert_int_equal(frame_take(frames, &payload, &used), 0);
	assert_int_equal(used, frames.len);
	assert_int_equal(message_take(payload, doc, &m), 0);
	return m;
}

/* ---- files and seeds ---- */

void world_golden(const char *name, struct bytes got)
{
	enum { LINE_BYTES = 32, HEX_MAX = 8192 };
	static char want[HEX_MAX], hex[HEX_MAX];
	char path[512];
	size_t n = 0;

	assert_true(got.len * 2 + got.len / LINE_BYTES + 2 < sizeof hex);
	for (size_t i = 0; i < got.len; i += LINE_BYTES) {
		size_t part = got.len - i < LINE_BYTES ? got.len - i : LINE_BYTES;

		hex_put(bytes_of(got.p + i, part), hex + n);
		n += 2 * part;
		hex[n++] = '\n';
	}
	hex[n] = '\0';
	(void)snprintf(path, sizeof path, "%s/%s.hex", GOLDEN_DIR, name);
	FILE *file = fopen(path, getenv("BF_GOLDEN_WRITE") != NULL ? "w+" : "r");
	assert_non_null(file);
	if (getenv("BF_GOLDEN_WRITE") != NULL) {
		assert_int_equal(fwrite(hex, 1, n, file), n);
		rewind(file);
	}
	want[fread(want, 1, sizeof want - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(hex, want);
}

uint64_t world_seed(uint64_t otherwise)
{
	const char *text = getenv("BF_SEED");

	return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}
