/* SPDX-License-Identifier: Apache-2.0 */
/* deltas.c -- see deltas.h. Open addressing, half full at most. */
#include "storage/deltas.h"

#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"

enum { SLOTS_MIN = 1024 };

static uint64_t hash_of(struct bytes key)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325) ^ key.len;
	uint64_t word = 0;

	for (; key.len >= 8; key.p += 8, key.len -= 8) {
		memcpy(&word, key.p, 8);
		h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		h ^= h >> 32;
	}
	word = 0;
	memcpy(&word, key.p, key.len);
	h = (h ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return h ^ (h >> 29);
}

/* The slot where `key` is, or the empty one where it belongs. */
static size_t slot_of(const struct deltas *d, struct bytes key)
{
	size_t mask = d->slot_count - 1;
	size_t at = (size_t)hash_of(key) & mask;

	while (d->slots[at] != 0) {
		const struct delta *r = &d->rows[d->slots[at] - 1];

		if (r->len == key.len && memcmp(r->key, key.p, key.len) == 0)
			break;
		at = (at + 1) & mask;
	}
	return at;
}

static bool grow(struct deltas *d)
{
	size_t slot_count = d->slot_count == 0 ? SLOTS_MIN : 2 * d->slot_count;
	uint32_t *slots = calloc(slot_count, sizeof *slots);
	struct delta *rows = realloc(d->rows, slot_count / 2 * sizeof *rows);

	if (rows != NULL)
		d->rows = rows;
	if (slots == NULL || rows == NULL) {
		free(slots);
		d->err = BF_ENOMEM;
		return false;
	}
	free(d->slots);
	d->slots = slots;
	d->slot_count = slot_count;
	d->cap = slot_count / 2;
	for (size_t i = 0; i < d->count; i++) {
		const struct delta *r = &d->rows[i];

		d->slots[slot_of(d, bytes_of(r->key, r->len))] = (uint32_t)(i + 1);
	}
	return true;
}

bool deltas_elsewhere(const struct deltas *d, struct bytes key)
{
	return d->parts > 1 && (hash_of(key) >> 40) % d->parts != d->part;
}

struct delta *deltas_at(struct deltas *d, struct bytes key)
{
	BF_REQUIRE(key.len <= DELTA_KEY_MAX);
	if (d->err != 0 || deltas_elsewhere(d, key) || (d->count == d->cap && !grow(d)))
		return NULL;
	size_t at = slot_of(d, key);

	if (d->slots[at] == 0) {
		struct delta *fresh = &d->rows[d->count++];

		*fresh = (struct delta){ .len = (uint8_t)key.len };
		memcpy(fresh->key, key.p, key.len);
		d->slots[at] = (uint32_t)d->count;
	}
	return &d->rows[d->slots[at] - 1];
}

void deltas_add(struct deltas *d, struct bytes key, int64_t a, int64_t b, int64_t c)
{
	struct delta *r = deltas_at(d, key);

	if (r == NULL)
		return;
	r->n[0] += a;
	r->n[1] += b;
	r->n[2] += c;
}

const struct delta *deltas_get(const struct deltas *d, struct bytes key)
{
	if (d->slot_count == 0)
		return NULL;
	size_t at = slot_of(d, key);

	return d->slots[at] == 0 ? NULL : &d->rows[d->slots[at] - 1];
}

static int compare(const void *a, const void *b)
{
	const struct delta *x = a, *y = b;

	return bytes_compare(bytes_of(x->key, x->len), bytes_of(y->key, y->len));
}

void deltas_sort(struct deltas *d)
{
	if (d->count > 1)
		qsort(d->rows, d->count, sizeof *d->rows, compare);
}

void deltas_clear(struct deltas *d)
{
	d->err = 0;
	d->count = 0;
	if (d->slots != NULL)
		memset(d->slots, 0, d->slot_count * sizeof *d->slots);
}

void deltas_fini(struct deltas *d)
{
	free(d->rows);
	free(d->slots);
	*d = (struct deltas){ 0 };
}

static int compare_rows(const void *a, const void *b, void *width)
{
	return memcmp(a, b, *(const size_t *)width);
}

void rows_sort(struct rows *r)
{
	if (r->b.len > r->width)
		qsort_r(r->b.p, r->b.len / r->width, r->width, compare_rows, &r->width);
}
