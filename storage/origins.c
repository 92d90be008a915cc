/* SPDX-License-Identifier: Apache-2.0 */
/* origins.c -- the logs known here: number, key, and how far each is staged and held.
 *
 * A table in memory for the writer, filled from LMDB at first touch: a night's batch needs no
 * look-up for a log it has met. ROSTER_NODES_MAX bounds it. What is unknown is not remembered,
 * since enrolment makes it known. */
#include "storage/inside.h"

#include <stdlib.h>

#include "protocol/errors.h"

enum { SLOTS_MIN = 64 };

static size_t slot_of(const struct origins *o, uint64_t id)
{
	size_t at = (size_t)(id * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (o->slot_count - 1);

	while (o->slots[at] != NULL && o->slots[at]->id != id)
		at = (at + 1) & (o->slot_count - 1);
	return at;
}

static int grow(struct origins *o)
{
	struct origins wide = { .slot_count = o->slot_count == 0 ? SLOTS_MIN : 2 * o->slot_count,
				.count = o->count };

	wide.slots = calloc(wide.slot_count, sizeof *wide.slots);
	if (wide.slots == NULL)
		return BF_ENOMEM;
	for (size_t i = 0; i < o->slot_count; i++)
		if (o->slots[i] != NULL)
			wide.slots[slot_of(&wide, o->slots[i]->id)] = o->slots[i];
	free(o->slots);
	*o = wide;
	return 0;
}

int origins_row(struct lmdb_txn *t, uint64_t id, struct origin_row *out)
{
	uint8_t key[8];
	struct bytes value;

	be64_put(key, id);
	int rc = lmdb_get(t, TREE_ORIGIN, bytes_of(key, sizeof key), &value);

	return rc == 0 ? row_origin_take(value, out) : rc;
}

int origins_head(struct lmdb_txn *t, uint32_t no, struct head_row *out)
{
	uint8_t key[4];
	struct bytes value;

	be32_put(key, no);
	int rc = lmdb_get(t, TREE_HEAD, bytes_of(key, sizeof key), &value);

	return rc == 0 ? row_head_take(value, out) : rc;
}

static int load(struct store *s, struct origin *o)
{
	struct head_row row;
	struct malformed_row odd = { 0 };
	struct lmdb_txn t;
	int rc = lmdb_begin(s->lmdb, false, &t);

	if (rc == 0)
		rc = origins_row(&t, o->id, &o->row);
	if (rc == 0) {
		rc = origins_head(&t, o->row.no, &row);
		if (rc == BF_ENOTFOUND)
			rc = BF_EDAMAGED;
	}
	if (rc == 0 && malformed_get(&t, o->row.no, &odd) != 0) {
		odd = (struct malformed_row){ 0 }; /* of a row that is none verify says so */
		rc = t.err;
	}
	lmdb_abort(&t);
	if (rc != 0)
		return rc;
	o->staged = o->held = row.head;
	o->gross_staged = o->gross_held = row.gross;
	o->malformed_staged = o->malformed_held = (struct malformed){ odd.count, odd.first[0] };
	return 0;
}

int origins_get(struct store *s, uint64_t id, struct origin **out)
{
	struct origins *table = &s->origins;

	*out = NULL;
	if (table->slot_count > 0 && table->slots[slot_of(table, id)] != NULL) {
		*out = table->slots[slot_of(table, id)];
		return 0;
	}
	if (2 * table->count >= table->slot_count && grow(table) != 0)
		return BF_ENOMEM;
	struct origin *fresh = calloc(1, sizeof *fresh);

	if (fresh == NULL)
		return BF_ENOMEM;
	fresh->id = id;
	int rc = load(s, fresh);

	if (rc != 0) {
		free(fresh);
		return rc;
	}
	table->slots[slot_of(table, id)] = fresh;
	table->count++;
	*out = fresh;
	return 0;
}

void origins_fini(struct origins *o)
{
	for (size_t i = 0; i < o->slot_count; i++)
		free(o->slots[i]);
	free(o->slots);
	*o = (struct origins){ 0 };
}

/* Numbers are given in the order in which logs become known, from 1. */
static int next_no(struct lmdb_txn *t, uint32_t *no)
{
	struct bytes key, value;
	int rc = lmdb_last(t, TREE_HEAD, &key, &value);

	*no = 1;
	if (rc == 0 && key.len != 4)
		return BF_EDAMAGED;
	if (rc == 0)
		*no = be32_get(key.p) + 1;
	return rc == BF_ENOTFOUND ? 0 : rc;
}

int origins_add(struct lmdb_txn *t, uint64_t id, const struct public_key *key, uint32_t incarnation,
		struct origin_row *out)
{
	uint8_t id_key[8], no_key[4], row[ROW_ORIGIN_BYTES], head_row[ROW_HEAD_BYTES];
	int rc = origins_row(t, id, out);

	if (rc == 0)
		return key_equal(&out->key, key) ? 0 : BF_EEXIST;
	if (rc != BF_ENOTFOUND)
		return rc;
	*out = (struct origin_row){ .incarnation = incarnation, .key = *key };
	rc = next_no(t, &out->no);
	if (rc != 0)
		return rc;
	struct head_row head = { .head = { .origin = id,
					   .hash = chain_genesis(key, incarnation) } };

	be64_put(id_key, id);
	be32_put(no_key, out->no);
	row_origin(row, out);
	row_head(head_row, &head);
	lmdb_put(t, TREE_ORIGIN, bytes_of(id_key, sizeof id_key), bytes_of(row, sizeof row));
	lmdb_put(t, TREE_HEAD, bytes_of(no_key, sizeof no_key),
		 bytes_of(head_row, sizeof head_row));
	return t->err;
}
