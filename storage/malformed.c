/* SPDX-License-Identifier: Apache-2.0 */
/* malformed.c -- see malformed.h. */
#include "storage/malformed.h"

#include "protocol/errors.h"
#include "storage/inside.h"

enum { CATCH_UP_SLICE = 1 << 16 }; /* entries counted in one transaction */

void malformed_note(struct malformed_run *run, uint64_t seq)
{
	if (run->count < MALFORMED_FIRST_MAX)
		run->first[run->count] = seq;
	run->count++;
}

/* ---- rows ---- */

int malformed_get(struct lmdb_txn *t, uint32_t no, struct malformed_row *out)
{
	uint8_t key[KEY_MALFORMED_BYTES];
	struct bytes value;

	*out = (struct malformed_row){ 0 };
	key_malformed(key, no);
	int rc = lmdb_get(t, TREE_META, bytes_of(key, sizeof key), &value);

	if (rc == BF_ENOTFOUND)
		return 0;
	return rc == 0 ? row_malformed_take(value, out) : rc;
}

int malformed_sums(struct lmdb_txn *t, struct malformed_sums *out)
{
	struct bytes value;

	*out = (struct malformed_sums){ 0 };
	int rc = lmdb_get(t, TREE_META, META_MALFORMED, &value);

	if (rc == BF_ENOTFOUND)
		return 0;
	if (rc == 0 && value.len != ROW_MALFORMED_SUMS_BYTES)
		rc = BF_EDAMAGED;
	if (rc != 0)
		return rc;
	out->length = be64_get(value.p);
	out->entries = be64_get(value.p + 8);
	out->logs = be64_get(value.p + 16);
	return 0;
}

int malformed_begin(struct lmdb_txn *t, uint64_t length, struct malformed_sums *sums)
{
	int rc = malformed_sums(t, sums);

	sums->counted = rc == 0 && sums->length == length;
	return t->err; /* of a row that is none verify says so; the entries go on */
}

int malformed_add(struct lmdb_txn *t, uint32_t no, const struct malformed_run *run,
		  struct malformed_sums *sums)
{
	uint8_t key[KEY_MALFORMED_BYTES], value[ROW_MALFORMED_BYTES_MAX];
	struct malformed_row row;

	if (run->count == 0 || !sums->counted)
		return 0;

	if (malformed_get(t, no, &row) !=
	    0) { /* a report stops no entry: it is not kept any more */
		sums->counted = false;
		return t->err;
	}
	for (uint64_t i = 0; i < run->count && row.count + i < MALFORMED_FIRST_MAX; i++)
		row.first[row.count + i] = run->first[i];
	sums->logs += row.count == 0;
	sums->entries += run->count;
	row.count += run->count;
	key_malformed(key, no);
	lmdb_put(t, TREE_META, bytes_of(key, sizeof key),
		 bytes_of(value, row_malformed(value, &row)));
	return 0;
}

void malformed_flush(struct lmdb_txn *t, const struct malformed_sums *sums, uint64_t length)
{
	uint8_t value[ROW_MALFORMED_SUMS_BYTES];

	if (!sums->counted)
		return;
	be64_put(value, length);
	be64_put(value + 8, sums->entries);
	be64_put(value + 16, sums->logs);
	lmdb_put(t, TREE_META, META_MALFORMED, bytes_of(value, sizeof value));
}

/* ---- a store that was written by a program that did not count ---- */

static int count_run(struct store *s, struct lmdb_txn *t, const struct order_row *run,
		     struct malformed_sums *sums)
{
	struct malformed_run found = { 0 };
	uint8_t from[KEY_LOG_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	key_log(from, (struct spot){ run->no, run->first });
	for (lmdb_scan(&c, t, TREE_LOG, bytes_of(from, sizeof from)); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		struct spot at =
		    c.key.len == KEY_LOG_BYTES ? key_log_take(c.key.p) : (struct spot){ 0, 0 };
		bool malformed = false;
		struct entry e;

		if (at.no != run->no || at.seq > run->last)
			break;
		if (c.value.len < CHECK_BYTES ||
		    entry_take(bytes_of(c.value.p, c.value.len - CHECK_BYTES), &e) != 0)
			rc = BF_EDAMAGED;
		else
			rc = fold_judge(&s->fold, &e, &malformed);
		if (malformed)
			malformed_note(&found, at.seq);
	}
	int end_rc = lmdb_scan_end(&c);

	rc = rc != 0 ? rc : end_rc;
	return rc != 0 ? rc : malformed_add(t, run->no, &found, sums);
}

/* Whole runs from behind sums->length on; *length: how far they reach. */
static int count_slice(struct store *s, struct lmdb_txn *t, struct malformed_sums *sums,
		       uint64_t *length)
{
	uint8_t from[KEY_ORDER_BYTES];
	struct lmdb_scan c;
	struct order_row run;
	int rc = 0;

	*length = sums->length;
	be40_put(from, sums->length + 1);
	for (lmdb_scan(&c, t, TREE_ORDER, bytes_of(from, sizeof from));
	     c.here && rc == 0 && *length - sums->length < CATCH_UP_SLICE; lmdb_scan_next(&c)) {
		if (c.key.len != KEY_ORDER_BYTES || be40_get(c.key.p) != *length + 1 ||
		    row_order_take(c.value, &run) != 0 || run.last < run.first)
			rc = BF_EDAMAGED;
		if (rc == 0)
			rc = count_run(s, t, &run, sums);
		if (rc == 0)
			*length += run.last - run.first + 1;
	}
	int end_rc = lmdb_scan_end(&c);

	rc = rc != 0 ? rc : end_rc;
	return rc == 0 && (*length == sums->length || !sums->counted) ? BF_EDAMAGED : rc;
}

/* True when every entry of the store was understood by those who applied it. */
static bool all_understood(struct lmdb_txn *t)
{
	struct bytes kinds;

	return lmdb_get(t, TREE_META, META_KINDS, &kinds) == 0 && kinds.len == 8 * (KIND_MAX + 1) &&
	       be64_get(kinds.p) == 0;
}

static int catch_up(struct store *s, bool *more)
{
	uint64_t length = s->order_applied.length;
	struct malformed_sums sums;
	struct lmdb_txn t;
	int rc = lmdb_begin(s->lmdb, false, &t);

	if (rc == 0)
		rc = malformed_sums(&t, &sums);
	bool understood = rc == 0 && all_understood(&t);

	lmdb_abort(&t);
	*more = rc == 0 && sums.length < length;
	if (!*more)
		return rc;
	sums.counted = true;
	rc = lmdb_begin(s->lmdb, true, &t);
	if (rc == 0 && !understood)
		rc = count_slice(s, &t, &sums, &length);
	if (rc == 0) {
		malformed_flush(&t, &sums, length);
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	return rc;
}

int malformed_catch_up(struct store *s)
{
	bool more = true;
	int rc = 0;

	while (more && rc == 0 && !room_gone(s))
		rc = catch_up(s, &more);
	return rc == BF_ENOMEM || rc == BF_EIO ? rc : 0; /* verify says what cannot be read */
}

/* ---- in a view ---- */

int malformed_of(struct view *v, uint64_t origin, struct malformed_row *out)
{
	struct origin_row row;
	int rc = origins_row(view_txn(v), origin, &row);

	return rc == 0 ? malformed_get(view_txn(v), row.no, out) : rc;
}

int malformed_all(struct view *v, uint64_t *entries, uint64_t *logs)
{
	struct malformed_sums sums;
	int rc = malformed_sums(view_txn(v), &sums);

	*entries = sums.entries;
	*logs = sums.logs;
	return rc;
}
