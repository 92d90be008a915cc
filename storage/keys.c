/* SPDX-License-Identifier: Apache-2.0 */
/* keys.c -- see keys.h. */
#include "storage/keys.h"

#include <string.h>

#include "protocol/errors.h"

/* clang-format off */
const char *const keys_tree_names[TREE_COUNT] = {
	[TREE_META] = "meta",         [TREE_ORIGIN] = "origin",     [TREE_HEAD] = "head",
	[TREE_LOG] = "log",           [TREE_ORDER] = "order",       [TREE_TURN] = "turn",
	[TREE_PLACE] = "place",       [TREE_ABOUT] = "about",       [TREE_FIND] = "find",
	[TREE_TALLY] = "tally",       [TREE_LEDGER] = "ledger",     [TREE_VOID] = "void",
	[TREE_DIVISION] = "division", [TREE_TOKEN] = "token",       [TREE_NODE] = "node",
	[TREE_NODE_KEY] = "node_key", [TREE_PEER] = "peer",
};
/* clang-format on */

/* Days before 1970 are negative: biased, so that their bytes sort as they do. */
static void put_day(uint8_t *p, int32_t day)
{
	uint32_t v = (uint32_t)(day + DAY_BIAS);

	p[0] = (uint8_t)(v >> 16);
	p[1] = (uint8_t)(v >> 8);
	p[2] = (uint8_t)v;
}

static int32_t get_day(const uint8_t *p)
{
	return (int32_t)(((uint32_t)p[0] << 16) | ((uint32_t)p[1] << 8) | p[2]) - DAY_BIAS;
}

void key_log(uint8_t out[KEY_LOG_BYTES], struct spot s)
{
	be32_put(out, s.no);
	be40_put(out + 4, s.seq);
}

struct spot key_log_take(const uint8_t *p)
{
	return (struct spot){ be32_get(p), be40_get(p + 4) };
}

void key_ref(uint8_t out[KEY_REF_BYTES], struct ref r)
{
	be64_put(out, r.origin);
	be40_put(out + 8, r.seq);
}

void key_place(uint8_t out[KEY_PLACE_BYTES], const struct place_key *k)
{
	out[0] = (uint8_t)k->kind;
	be40_put(out + 1, k->division);
	put_day(out + 6, k->day);
	key_log(out + 9, k->spot);
}

struct place_key key_place_take(const uint8_t *p)
{
	return (struct place_key){ p[0], be40_get(p + 1), get_day(p + 6), key_log_take(p + 9) };
}

void key_about(uint8_t out[KEY_ABOUT_BYTES], const struct about_key *k)
{
	key_ref(out, k->subject);
	put_day(out + 13, k->day);
	key_log(out + 16, k->spot);
}

struct about_key key_about_take(const uint8_t *p)
{
	return (struct about_key){ { be64_get(p), be40_get(p + 8) },
				   get_day(p + 13),
				   key_log_take(p + 16) };
}

void key_tally(uint8_t out[KEY_TALLY_BYTES], const struct tally_key *k)
{
	out[0] = (uint8_t)k->kind;
	out[1] = k->level;
	be40_put(out + 2, k->division);
	be16_put(out + 7, k->month);
	be16_put(out + 9, k->dim[0]);
	be16_put(out + 11, k->dim[1]);
}

struct tally_key key_tally_take(const uint8_t *p)
{
	return (struct tally_key){ .kind = p[0],
				   .level = p[1],
				   .division = be40_get(p + 2),
				   .month = be16_get(p + 7),
				   .dim = { be16_get(p + 9), be16_get(p + 11) } };
}

void key_find(uint8_t out[KEY_FIND_BYTES], uint16_t kind, struct bytes text, struct spot bearer)
{
	struct hash h = hash_one(text);

	out[0] = (uint8_t)kind;
	memcpy(out + 1, h.b, KEY_NAME_BYTES);
	key_log(out + KEY_FIND_NAME_BYTES, bearer);
}

struct spot key_find_bearer(const uint8_t *p)
{
	return key_log_take(p + KEY_FIND_NAME_BYTES);
}

void row_origin(uint8_t out[ROW_ORIGIN_BYTES], const struct origin_row *r)
{
	be32_put(out, r->no);
	be32_put(out + 4, r->incarnation);
	memcpy(out + 8, r->key.b, KEY_BYTES);
}

int row_origin_take(struct bytes b, struct origin_row *r)
{
	if (b.len != ROW_ORIGIN_BYTES)
		return BF_EDAMAGED;
	r->no = be32_get(b.p);
	r->incarnation = be32_get(b.p + 4);
	memcpy(r->key.b, b.p + 8, KEY_BYTES);
	return 0;
}

void row_head(uint8_t out[ROW_HEAD_BYTES], const struct head_row *r)
{
	be64_put(out, r->head.origin);
	be40_put(out + 8, r->head.seq);
	memcpy(out + 13, r->head.hash.b, HASH_BYTES);
	memcpy(out + 13 + HASH_BYTES, r->head.sig.b, SIGNATURE_BYTES);
	be64_put(out + 13 + HASH_BYTES + SIGNATURE_BYTES, r->gross);
}

int row_head_take(struct bytes b, struct head_row *r)
{
	if (b.len != ROW_HEAD_BYTES)
		return BF_EDAMAGED;
	r->head.origin = be64_get(b.p);
	r->head.seq = be40_get(b.p + 8);
	memcpy(r->head.hash.b, b.p + 13, HASH_BYTES);
	memcpy(r->head.sig.b, b.p + 13 + HASH_BYTES, SIGNATURE_BYTES);
	r->gross = be64_get(b.p + 13 + HASH_BYTES + SIGNATURE_BYTES);
	return 0;
}

void row_order(uint8_t out[ROW_ORDER_BYTES], const struct order_row *r)
{
	be32_put(out, r->no);
	be40_put(out + 4, r->first);
	be40_put(out + 9, r->last);
	memcpy(out + 14, r->hash.b, HASH_BYTES);
}

int row_order_take(struct bytes b, struct order_row *r)
{
	if (b.len != ROW_ORDER_BYTES)
		return BF_EDAMAGED;
	r->no = be32_get(b.p);
	r->first = be40_get(b.p + 4);
	r->last = be40_get(b.p + 9);
	memcpy(r->hash.b, b.p + 14, HASH_BYTES);
	return 0;
}

void row_ledger(uint8_t out[ROW_LEDGER_BYTES], const struct ledger_row *r)
{
	be64_put(out, (uint64_t)r->in);
	be64_put(out + 8, (uint64_t)r->out);
	be64_put(out + 16, r->count);
}

int row_ledger_take(struct bytes b, struct ledger_row *r)
{
	if (b.len != ROW_LEDGER_BYTES)
		return BF_EDAMAGED;
	r->in = (int64_t)be64_get(b.p);
	r->out = (int64_t)be64_get(b.p + 8);
	r->count = be64_get(b.p + 16);
	return 0;
}

void row_find(uint8_t out[ROW_FIND_BYTES], struct ref subject)
{
	key_ref(out, subject);
}

int row_find_take(struct bytes b, struct ref *subject)
{
	if (b.len != ROW_FIND_BYTES)
		return BF_EDAMAGED;
	*subject = (struct ref){ be64_get(b.p), be40_get(b.p + 8) };
	return 0;
}

void row_applied(uint8_t out[ROW_APPLIED_BYTES], const struct applied_row *r)
{
	be64_put(out, r->generation);
	be64_put(out + 8, r->offset);
	memcpy(out + 16, r->check, sizeof r->check);
}

int row_applied_take(struct bytes b, struct applied_row *r)
{
	if (b.len != ROW_APPLIED_BYTES)
		return BF_EDAMAGED;
	r->generation = be64_get(b.p);
	r->offset = be64_get(b.p + 8);
	memcpy(r->check, b.p + 16, sizeof r->check);
	return 0;
}

void row_length(uint8_t out[ROW_LENGTH_BYTES], const struct length_row *r)
{
	be64_put(out, r->length);
	memcpy(out + 8, r->hash.b, HASH_BYTES);
}

int row_length_take(struct bytes b, struct length_row *r)
{
	if (b.len != ROW_LENGTH_BYTES)
		return BF_EDAMAGED;
	r->length = be64_get(b.p);
	memcpy(r->hash.b, b.p + 8, HASH_BYTES);
	return 0;
}

void key_flag(uint8_t out[KEY_FLAG_BYTES], const struct place_key *k)
{
	memcpy(out, "flag", 4);
	key_place(out + 4, k);
}

int key_flag_take(struct bytes b, struct place_key *k)
{
	if (b.len != KEY_FLAG_BYTES || memcmp(b.p, "flag", 4) != 0)
		return BF_ENOTFOUND;
	*k = key_place_take(b.p + 4);
	return 0;
}

void row_flags(uint8_t out[ROW_FLAGS_BYTES], const struct flags_row *r)
{
	be32_put(out, r->edition);
	be64_put(out + 4, r->length);
	for (size_t i = 0; i <= KIND_MAX; i++)
		be32_put(out + 12 + 4 * i, (uint32_t)(r->latest[i] + DAY_BIAS));
}

int row_flags_take(struct bytes b, struct flags_row *r)
{
	*r = (struct flags_row){ 0 };
	if (b.len != ROW_FLAGS_BYTES)
		return BF_EDAMAGED;
	r->edition = be32_get(b.p);
	r->length = be64_get(b.p + 4);
	for (size_t i = 0; i <= KIND_MAX; i++)
		r->latest[i] = (int32_t)be32_get(b.p + 12 + 4 * i) - DAY_BIAS;
	return 0;
}

void key_malformed(uint8_t out[KEY_MALFORMED_BYTES], uint32_t no)
{
	memcpy(out, META_MALFORMED.p, META_MALFORMED.len);
	be32_put(out + META_MALFORMED.len, no);
}

static size_t malformed_named(uint64_t count)
{
	return count < MALFORMED_FIRST_MAX ? (size_t)count : MALFORMED_FIRST_MAX;
}

size_t row_malformed(uint8_t out[ROW_MALFORMED_BYTES_MAX], const struct malformed_row *r)
{
	size_t named = malformed_named(r->count);

	be64_put(out, r->count);
	for (size_t i = 0; i < named; i++)
		be40_put(out + 8 + 5 * i, r->first[i]);
	return 8 + 5 * named;
}

int row_malformed_take(struct bytes b, struct malformed_row *r)
{
	*r = (struct malformed_row){ 0 };
	if (b.len < 8 || b.len != 8 + 5 * malformed_named(be64_get(b.p)))
		return BF_EDAMAGED;
	r->count = be64_get(b.p);
	for (size_t i = 0; i < malformed_named(r->count); i++)
		r->first[i] = be40_get(b.p + 8 + 5 * i);
	return 0;
}

uint8_t *row_text(uint8_t *p, const char *text)
{
	size_t len = strlen(text);

	*p++ = (uint8_t)len;
	memcpy(p, text, len);
	return p + len;
}

int row_text_take(struct bytes *left, char *out, size_t cap)
{
	size_t len = left->len > 0 ? left->p[0] : SIZE_MAX;

	if (len >= cap || len >= left->len)
		return BF_EDAMAGED;
	(void)bytes_cstr(bytes_of(left->p + 1, len), out, cap);
	*left = bytes_of(left->p + 1 + len, left->len - 1 - len);
	return 0;
}
