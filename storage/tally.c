/* SPDX-License-Identifier: Apache-2.0 */
/* tally.c -- counts, sums and balances: gathered for a whole batch, then each touched row written
 * once.
 *
 * A counted entry adds to one row at each of the five levels down to its own. Taking out a voided
 * one touches the same rows. A row that was touched stays, be it at zero. */
#include "storage/inside.h"

#include "protocol/division.h"
#include "protocol/errors.h"

void tally_gather(struct deltas *tally, const struct effects *x, int64_t sign)
{
	uint8_t key[KEY_TALLY_BYTES];

	if (!x->counted)
		return;
	struct tally_key k = { .kind = x->kind->id,
			       .month = x->month,
			       .dim = { x->dim[0], x->dim[1] } };
	int levels = division_level(x->division);

	for (k.level = 1; k.level <= levels; k.level++) {
		k.division = division_at(x->division, k.level);
		key_tally(key, &k);
		deltas_add(tally, bytes_of(key, sizeof key), sign, sign * x->sum, 0);
	}
}

void tally_gather_ledger(struct deltas *ledger, const struct effects *x, int64_t sign)
{
	if (!x->moved)
		return;
	deltas_add(ledger, x->from, 0, sign * x->amount, sign);
	deltas_add(ledger, x->to, sign * x->amount, 0, sign);
}

void tally_flush(struct lmdb_txn *t, struct deltas *tally)
{
	uint8_t row[ROW_TALLY_BYTES];
	struct bytes old;

	deltas_sort(tally);
	for (size_t i = 0; i < tally->count && t->err == 0; i++) {
		const struct delta *d = &tally->rows[i];
		struct bytes key = bytes_of(d->key, d->len);
		uint64_t count = (uint64_t)d->n[0], sum = (uint64_t)d->n[1];

		int rc = lmdb_get(t, TREE_TALLY, key, &old);

		if (rc == 0 && old.len != ROW_TALLY_BYTES)
			rc = BF_EDAMAGED;
		if (rc == 0) {
			count += be64_get(old.p);
			sum += be64_get(old.p + 8);
		} else if (rc != BF_ENOTFOUND && t->err == 0) {
			t->err = rc; /* else a sum would begin anew at nothing */
		}
		be64_put(row, count);
		be64_put(row + 8, sum);
		lmdb_put(t, TREE_TALLY, key, bytes_of(row, sizeof row));
	}
}

void tally_flush_ledger(struct lmdb_txn *t, struct deltas *ledger)
{
	uint8_t bytes[ROW_LEDGER_BYTES];
	struct bytes old;

	deltas_sort(ledger);
	for (size_t i = 0; i < ledger->count && t->err == 0; i++) {
		const struct delta *d = &ledger->rows[i];
		struct bytes key = bytes_of(d->key, d->len);
		struct ledger_row row = { 0 };

		int rc = lmdb_get(t, TREE_LEDGER, key, &old);

		if (rc == 0)
			rc = row_ledger_take(old, &row);
		if (rc != 0 && rc != BF_ENOTFOUND && t->err == 0)
			t->err = rc;
		row.in += d->n[0];
		row.out += d->n[1];
		row.count += (uint64_t)d->n[2];
		row_ledger(bytes, &row);
		lmdb_put(t, TREE_LEDGER, key, bytes_of(bytes, sizeof bytes));
	}
}
