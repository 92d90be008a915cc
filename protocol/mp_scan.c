/* SPDX-License-Identifier: Apache-2.0 */
/* mp_scan.c -- the pre-validator: walks one msgpack value before anyone believes it.
 *
 * Iterative: a level per open container, at most MP_DEPTH_MAX. Two running figures make every bound
 * known as early as the header that breaks it: `items`, all values promised so far, and `open`,
 * values promised but not yet seen. Each of those still needs a byte, so position + open >
 * bytes_max can never come right. */
#include "mp.h"

#include <string.h>

#include "errors.h"

enum {
	/* Keys of all loose maps open at one time. They are compared each with each, so this also
	   bounds the work. */
	LOOSE_KEYS_MAX = 1024,
};

struct level {
	uint32_t left; /* items still to come here; a map counts keys and values */
	uint32_t keys; /* loose: where this map's keys begin in scan.keys */
	bool map;
	bool any;          /* canonical: a key was seen */
	uint64_t last_key; /* canonical: it */
};

struct loose_key {
	const uint8_t *p; /* NULL for a number */
	uint64_t v;       /* the number, or the length at p */
};

/* One value's header, as read. */
struct item {
	enum mp_type type;
	uint64_t n;  /* the number (two's complement when negative), length or count */
	size_t head; /* bytes of the header */
	bool shortest;
};

struct scan {
	struct bytes in;
	const struct mp_limits *limits;
	size_t at;
	uint64_t items, open;
	uint32_t depth;
	struct level levels[MP_DEPTH_MAX];
	struct loose_key *keys; /* loose form only */
	uint32_t key_count;
};

/* `need` more bytes from `at`, with `open` values after them. */
static int want(const struct scan *s, uint64_t need)
{
	if (need > s->limits->bytes_max - s->at || s->open > s->limits->bytes_max - s->at - need)
		return BF_EBOUND;
	return need > s->in.len - s->at ? BF_EMORE : 0;
}

/* ---- headers ---- */

struct form {
	uint8_t type;  /* enum mp_type, or NO_FORM */
	uint8_t bytes; /* of the number that follows */
	uint8_t sign;  /* that number is signed */
};
enum { NO_FORM = 0xff };

/* 0xc0..0xdf */
static const struct form forms[32] = {
	{ MP_NIL, 0, 0 },   { NO_FORM, 0, 0 },  { MP_BOOL, 0, 0 }, { MP_BOOL, 0, 0 }, /* c0 */
	{ MP_BIN, 1, 0 },   { MP_BIN, 2, 0 },   { MP_BIN, 4, 0 },  { NO_FORM, 0, 0 }, /* c4 */
	{ NO_FORM, 0, 0 },  { NO_FORM, 0, 0 },  { NO_FORM, 0, 0 }, { NO_FORM, 0, 0 }, /* c8 */
	{ MP_UINT, 1, 0 },  { MP_UINT, 2, 0 },  { MP_UINT, 4, 0 }, { MP_UINT, 8, 0 }, /* cc */
	{ MP_UINT, 1, 1 },  { MP_UINT, 2, 1 },  { MP_UINT, 4, 1 }, { MP_UINT, 8, 1 }, /* d0 */
	{ NO_FORM, 0, 0 },  { NO_FORM, 0, 0 },  { NO_FORM, 0, 0 }, { NO_FORM, 0, 0 }, /* d4 */
	{ NO_FORM, 0, 0 },  { MP_STR, 1, 0 },   { MP_STR, 2, 0 },  { MP_STR, 4, 0 },  /* d8 */
	{ MP_ARRAY, 2, 0 }, { MP_ARRAY, 4, 0 }, { MP_MAP, 2, 0 },  { MP_MAP, 4, 0 },  /* dc */
};

/* True when no shorter form could hold it. */
static bool is_shortest(const struct form *f, uint64_t n, bool negative)
{
	static const uint64_t under[9] = {
		[2] = UINT64_C(1) << 8, [4] = UINT64_C(1) << 16, [8] = UINT64_C(1) << 32
	};

	if (f->bytes == 0)
		return true;
	if (f->sign != 0) {
		int64_t least = f->bytes == 1 ? -32 : -(INT64_C(1) << (f->bytes * 4 - 1));
		return negative && (int64_t)n < least;
	}
	switch (f->type) {
	case MP_UINT:
		return n >= (f->bytes == 1 ? 128 : under[f->bytes]);
	case MP_STR:
		return n >= (f->bytes == 1 ? 32 : under[f->bytes]);
	case MP_ARRAY:
	case MP_MAP:
		return n >= (f->bytes == 2 ? 16 : under[f->bytes]);
	default:
		return f->bytes == 1 || n >= under[f->bytes];
	}
}

static int long_header(struct scan *s, struct item *it)
{
	const uint8_t *p = s->in.p + s->at;
	const struct form *f = &forms[p[0] - 0xc0];
	bool negative = false;
	int rc;

	if (f->type == NO_FORM)
		return BF_EFORMAT;
	it->head = 1U + f->bytes;
	rc = want(s, it->head);
	if (rc != 0)
		return rc;
	it->n = 0;
	for (uint8_t i = 1; i <= f->bytes; i++)
		it->n = it->n << 8 | p[i];
	if (f->sign != 0 && (p[1] & 0x80) != 0) {
		negative = true;
		if (f->bytes < 8)
			it->n |= UINT64_MAX << (f->bytes * 8);
	}
	it->type = negative ? MP_NEGINT : (enum mp_type)f->type;
	it->shortest = is_shortest(f, it->n, negative);
	return 0;
}

static int header(struct scan *s, struct item *it)
{
	uint8_t c;
	int rc = want(s, 1);

	if (rc != 0)
		return rc;
	c = s->in.p[s->at];
	*it = (struct item){ .head = 1, .shortest = true };
	if (c < 0x80 || c >= 0xe0) {
		it->type = c < 0x80 ? MP_UINT : MP_NEGINT;
		it->n = c < 0x80 ? c : (uint64_t)(int64_t)(int8_t)c;
	} else if (c < 0x90) {
		it->type = MP_MAP;
		it->n = c & 15;
	} else if (c < 0xa0) {
		it->type = MP_ARRAY;
		it->n = c & 15;
	} else if (c < 0xc0) {
		it->type = MP_STR;
		it->n = c & 31;
	} else {
		rc = long_header(s, it);
		if (rc != 0)
			return rc;
	}
	if (!it->shortest && s->limits->form == MP_CANONICAL)
		return BF_EFORMAT;
	return 0;
}

/* ---- keys ---- */

static int canonical_key(struct level *l, const struct item *it)
{
	if (it->type != MP_UINT || (l->any && it->n <= l->last_key))
		return BF_EFORMAT;
	l->any = true;
	l->last_key = it->n;
	return 0;
}

static int loose_key(struct scan *s, const struct level *l, const struct item *it)
{
	struct loose_key key = { .v = it->n };

	if (it->type != MP_UINT && it->type != MP_STR)
		return BF_EFORMAT;
	if (it->type == MP_STR)
		key.p = s->in.p + s->at + it->head;
	for (uint32_t i = l->keys; i < s->key_count; i++) {
		const struct loose_key *k = &s->keys[i];
		if (k->v != key.v || (k->p == NULL) != (key.p == NULL))
			continue;
		if (key.p == NULL || memcmp(k->p, key.p, key.v) == 0)
			return BF_EFORMAT;
	}
	if (s->key_count == LOOSE_KEYS_MAX)
		return BF_EBOUND;
	s->keys[s->key_count++] = key;
	return 0;
}

/* ---- one value after the other ---- */

static int open_container(struct scan *s, const struct item *it)
{
	uint64_t count = it->type == MP_MAP ? it->n * 2 : it->n;

	if (s->depth == s->limits->depth_max || s->depth == MP_DEPTH_MAX)
		return BF_EBOUND;
	if (count > s->limits->items_max - s->items)
		return BF_EBOUND;
	s->items += count;
	s->open += count;
	s->levels[s->depth++] = (struct level){ .left = (uint32_t)count,
						.map = it->type == MP_MAP,
						.keys = s->key_count };
	return want(s, 0);
}

/* True when the next item is a key of the innermost map. */
static bool at_key(const struct scan *s)
{
	return s->depth > 0 && s->levels[s->depth - 1].map && s->levels[s->depth - 1].left % 2 == 0;
}

static int one_item(struct scan *s)
{
	bool key = at_key(s);
	struct item it;
	int rc;

	s->open--;
	rc = header(s, &it);
	if (rc != 0)
		return rc;
	bool text = it.type == MP_STR || it.type == MP_BIN;
	if (text) {
		rc = want(s, it.head + it.n);
		if (rc != 0)
			return rc;
	}
	if (it.type == MP_STR && !bytes_utf8(bytes_of(s->in.p + s->at + it.head, it.n)))
		return BF_EFORMAT;
	if (key) {
		struct level *l = &s->levels[s->depth - 1];
		rc = s->keys == NULL ? canonical_key(l, &it) : loose_key(s, l, &it);
		if (rc != 0)
			return rc;
	}
	if (s->depth > 0)
		s->levels[s->depth - 1].left--;
	s->at += it.head + (text ? it.n : 0);
	if (it.type == MP_ARRAY || it.type == MP_MAP)
		return open_container(s, &it);
	return 0;
}

static int walk(struct scan *s, size_t *used)
{
	s->items = 1;
	s->open = 1;
	if (s->limits->items_max == 0)
		return BF_EBOUND;
	do {
		int rc = one_item(s);
		if (rc != 0)
			return rc;
		while (s->depth > 0 && s->levels[s->depth - 1].left == 0) {
			s->depth--;
			s->key_count = s->levels[s->depth].keys;
		}
	} while (s->depth > 0);
	*used = s->at;
	return 0;
}

/* A frame of its own: the canonical path need not carry the keys' memory. */
static int walk_loose(struct scan *s, size_t *used)
{
	struct loose_key keys[LOOSE_KEYS_MAX];

	s->keys = keys;
	int rc = walk(s, used);
	s->keys = NULL;
	return rc;
}

int mp_scan(struct bytes in, const struct mp_limits *limits, size_t *used)
{
	struct scan s; /* levels are set as they are opened: clearing them all would cost more than
			  a small entry */

	s.in = in;
	s.limits = limits;
	s.at = 0;
	s.depth = 0;
	s.keys = NULL;
	s.key_count = 0;
	*used = 0;
	return limits->form == MP_LOOSE ? walk_loose(&s, used) : walk(&s, used);
}
