/* SPDX-License-Identifier: Apache-2.0 */
/* refold.c -- see refold.h. */
#include "storage/refold.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/calendar.h"
#include "protocol/errors.h"
#include "protocol/hex.h"

static const struct ref no_ref = { 0, 0 };

void refold_say(struct check_report *report, enum check_what what, struct ref ref,
		const char *format, ...)
{
	va_list args;

	if (report->findings < CHECK_FINDINGS_MAX) {
		struct check_finding *f = &report->first[report->findings];

		f->what = what;
		f->ref = ref;
		va_start(args, format);
		vsnprintf(f->text, sizeof f->text, format, args);
		va_end(args);
	}
	report->findings++;
}

void refold_begin(struct refold *r, struct check_report *report, uint32_t part, uint32_t parts)
{
	deltas_clear(&r->tally);
	deltas_clear(&r->ledger);
	deltas_clear(&r->voids);
	deltas_clear(&r->flags);
	deltas_clear(&r->balances);
	r->flags_asked = r->flags_kept = false;
	for (size_t i = 0; i <= KIND_MAX; i++)
		r->latest[i] = -DAY_BIAS;
	r->tally.part = r->ledger.part = part;
	r->tally.parts = r->ledger.parts = parts;
	r->part = part;
	r->parts = parts;
	r->place_rows = r->about_rows = r->find_rows = r->gross = 0;
	memset(r->kinds, 0, sizeof r->kinds);
	r->report = report;
}

void refold_fini(struct refold *r)
{
	deltas_fini(&r->tally);
	deltas_fini(&r->ledger);
	deltas_fini(&r->voids);
	deltas_fini(&r->flags);
	deltas_fini(&r->balances);
	fold_fini(&r->judging.fold);
	versions_fini(&r->judging.versions);
	fold_fini(&r->fold);
	fold_fini(&r->fold_target);
}

/* ---- one entry ---- */

static bool voided(const struct refold *r, struct spot spot)
{
	uint8_t key[KEY_LOG_BYTES];

	key_log(key, spot);
	return deltas_get(&r->voids, bytes_of(key, sizeof key)) != NULL;
}

/* ---- flags ---- */

/* Rules are asked of the trees: one that cannot be read leaves them out. */
static bool sees_flags(const struct refold *r)
{
	return r->blind == 0 && r->part == 0 && r->flags_kept;
}

static int look(struct refold *r, struct lmdb_txn *t, struct spot spot, struct flag_note *n)
{
	struct view v = { .txn = t, .own = &r->judging };
	uint8_t key[KEY_PLACE_BYTES];
	struct place_key place;
	uint32_t flags;
	int rc = view_ordinal(t, spot, &n->ordinal);

	if (rc == 0)
		rc = flags_look(&v, n, &place, &flags);
	if (rc != 0 || flags == 0)
		return t->err != 0 || rc == BF_ENOMEM ? rc : 0; /* as when it was applied */
	key_place(key, &place);
	struct delta *row = deltas_at(&r->flags, bytes_of(key, sizeof key));

	if (row != NULL)
		row->n[0] |= flags;
	return r->flags.err;
}

static int see_flags(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot,
		     const struct entry *e)
{
	const struct effects *x = &r->effects;
	struct flag_note n;

	if (!sees_flags(r))
		return 0;
	if (x->placed && x->day > r->latest[x->kind->id])
		r->latest[x->kind->id] = x->day;
	flags_move(&r->balances, x, 1);
	bool over = r->ordered && flags_below(&r->balances, x);

	struct flag_entry one = { ref, e->subject, spot, 0, over };

	return flags_note(x, &one, &n) ? look(r, t, spot, &n) : r->balances.err;
}

static int see_void(struct refold *r, struct lmdb_txn *t, struct spot spot, struct ref subject)
{
	struct flag_note n;

	if (!sees_flags(r))
		return 0;
	flags_move(&r->balances, &r->target, -1);
	return flags_note_void(&r->target, subject, 0, &n) ? look(r, t, spot, &n) : 0;
}

/* V1 and V2 of apply.c. */
static int fold_void(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot)
{
	struct ref aim = r->effects.target;
	struct spot at = { spot.no, aim.seq };
	uint8_t key[KEY_LOG_BYTES];
	struct bytes raw;
	struct entry target;

	if (aim.origin != ref.origin || aim.seq >= ref.seq || voided(r, at))
		return 0;
	int rc = view_log(t, at, &raw);

	/* A target that is missing or is no entry was named when its turn came. */
	if (t->err == 0 && (rc != 0 || entry_take(raw, &target) != 0))
		return 0;
	if (rc == 0)
		rc = fold_entry(&r->fold_target, &target, &r->target);
	if (rc != 0 || !fold_voidable(&r->target))
		return rc;
	tally_gather(&r->tally, &r->target, -1);
	tally_gather_ledger(&r->ledger, &r->target, -1);
	key_log(key, at);
	struct delta *row = deltas_at(&r->voids, bytes_of(key, sizeof key));

	if (row != NULL)
		row->n[0] = (int64_t)spot.seq;
	rc = r->voids.err;
	return rc == 0 ? see_void(r, t, spot, target.subject) : rc;
}

static bool sees(const struct refold *r, enum tree tree)
{
	return (r->blind >> tree & 1) == 0;
}

static void see_place(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot)
{
	const struct effects *x = &r->effects;
	uint8_t key[KEY_PLACE_BYTES];
	struct bytes value;

	if (!x->placed || !sees(r, TREE_PLACE))
		return;
	struct place_key k = { x->kind->id, x->division, x->day, spot };

	key_place(key, &k);
	r->place_rows++;
	int rc = lmdb_get(t, TREE_PLACE, bytes_of(key, sizeof key), &value);

	if (rc == BF_ENOTFOUND)
		refold_say(r->report, CHECK_PLACE, ref, "its row in the place index is missing");
	else if (rc == 0 && value.len != 0)
		refold_say(r->report, CHECK_PLACE, ref, "its row in the place index is wrong");
}

static int compare_refs(const void *a, const void *b)
{
	const struct ref *x = a, *y = b;

	if (x->origin != y->origin)
		return x->origin < y->origin ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void see_about(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot)
{
	struct effects *x = &r->effects;
	uint8_t key[KEY_ABOUT_BYTES];
	struct bytes value;

	if (!sees(r, TREE_ABOUT))
		return;
	if (x->about_count > 1)
		qsort(x->about, x->about_count, sizeof *x->about, compare_refs);
	for (uint32_t i = 0; i < x->about_count; i++) {
		struct about_key k = { x->about[i], x->day, spot };

		if (i > 0 && ref_equal(x->about[i - 1], x->about[i]))
			continue;
		key_about(key, &k);
		r->about_rows++;
		int rc = lmdb_get(t, TREE_ABOUT, bytes_of(key, sizeof key), &value);

		if (rc == BF_ENOTFOUND)
			refold_say(r->report, CHECK_ABOUT, ref,
				   "a row in the about index is missing");
		else if (rc == 0 && (value.len != 1 || value.p[0] != x->kind->id))
			refold_say(r->report, CHECK_ABOUT, ref,
				   "its row in the about index is wrong");
	}
}

static void see_find(struct refold *r, struct lmdb_txn *t, struct ref ref, struct ref want,
		     uint16_t kind, struct bytes text, struct spot spot)
{
	uint8_t key[KEY_FIND_BYTES];
	struct ref subject;
	struct bytes value;

	if (!sees(r, TREE_FIND))
		return;
	key_find(key, kind, text, spot);
	r->find_rows++;
	int rc = lmdb_get(t, TREE_FIND, bytes_of(key, sizeof key), &value);

	if (rc == BF_ENOTFOUND)
		refold_say(r->report, CHECK_FIND, ref, "its row in the name index is missing");
	else if (rc == 0 && (row_find_take(value, &subject) != 0 || !ref_equal(subject, want)))
		refold_say(r->report, CHECK_FIND, ref, "the name index leads elsewhere");
}

static int tables_fit(const struct refold *r)
{
	int rc = r->tally.err != 0 ? r->tally.err : r->ledger.err;

	if (rc != 0)
		return rc;
	return r->tally.count > r->rows_max || r->ledger.count > r->rows_max ? BF_EBOUND : 0;
}

int refold_entry(struct refold *r, struct lmdb_txn *t, struct ref ref, struct spot spot,
		 const struct entry *e)
{
	const struct effects *x = &r->effects;
	int rc = fold_entry(&r->fold, e, &r->effects);

	if (!r->flags_asked)
		r->flags_kept = sees(r, TREE_META) && flags_kept(t);
	r->flags_asked = true;

	if (rc != 0)
		return rc;
	r->kinds[x->kind == NULL ? 0 : x->kind->id]++;
	if (x->kind == NULL)
		return 0;
	r->gross += fold_gross(x);
	tally_gather(&r->tally, x, 1);
	tally_gather_ledger(&r->ledger, x, 1);
	if (r->part == 0) {
		see_place(r, t, ref, spot);
		see_about(r, t, ref, spot);
		struct ref subject = x->creates ? ref : e->subject;

		if (x->named)
			see_find(r, t, ref, subject, x->kind->id, x->text, spot);
		if (x->heads && r->flags_kept)
			see_find(r, t, ref, subject, FIND_HEAD, x->head, spot);
		rc = see_flags(r, t, ref, spot, e);
	}
	if (rc == 0 && x->voids)
		rc = fold_void(r, t, ref, spot);
	if (rc == 0)
		rc =
		    t->err; /* of the looks above: a row that cannot be read is not a missing one */
	return rc != 0 ? rc : tables_fit(r);
}

/* ---- compare ---- */

static void say_tally(struct check_report *report, const uint8_t *key, int64_t count, int64_t sum,
		      int64_t want_count, int64_t want_sum)
{
	struct tally_key k = key_tally_take(key);
	const struct kind *kind = kind_by_id(k.kind);
	char month[8];

	refold_say(report, CHECK_TALLY, no_ref,
		   "%s %012" PRIu64 " %s %u/%u: stored %" PRId64 " and %" PRId64
		   ", entries give %" PRId64 " and %" PRId64,
		   kind == NULL ? "?" : kind->name, k.division, month_print(k.month, month),
		   k.dim[0], k.dim[1], count, sum, want_count, want_sum);
}

static void compare_tally(struct refold *r, struct bytes key, struct bytes value,
			  const struct delta *want)
{
	int64_t count = 0, sum = 0, want_count = 0, want_sum = 0;

	if (key.len != KEY_TALLY_BYTES || (value.p != NULL && value.len != ROW_TALLY_BYTES)) {
		refold_say(r->report, CHECK_TALLY, no_ref, "a row has no valid form");
		return;
	}
	if (value.p != NULL) {
		count = (int64_t)be64_get(value.p);
		sum = (int64_t)be64_get(value.p + 8);
	}
	if (want != NULL) {
		want_count = want->n[0];
		want_sum = want->n[1];
	}
	if (value.p == NULL || want == NULL || count != want_count || sum != want_sum)
		say_tally(r->report, key.p, count, sum, want_count, want_sum);
}

static void compare_ledger(struct refold *r, struct bytes key, struct bytes value,
			   const struct delta *want)
{
	char hex[2 * DELTA_KEY_MAX + 1] = "";
	struct ledger_row row = { 0 };
	int rc = value.p == NULL ? 0 : row_ledger_take(value, &row);

	if (key.len <= DELTA_KEY_MAX)
		hex_put(key, hex);
	if (rc != 0 || value.p == NULL || want == NULL || row.in != want->n[0] ||
	    row.out != want->n[1] || row.count != (uint64_t)want->n[2])
		refold_say(r->report, CHECK_LEDGER, no_ref,
			   "account %s: stored in %" PRId64 " out %" PRId64
			   ", entries give in %" PRId64 " out %" PRId64,
			   hex, row.in, row.out, want == NULL ? 0 : want->n[0],
			   want == NULL ? 0 : want->n[1]);
}

static void compare_void(struct refold *r, struct bytes key, struct bytes value,
			 const struct delta *want)
{
	if (key.len != KEY_LOG_BYTES || value.p == NULL || value.len != KEY_LOG_BYTES ||
	    want == NULL || key_log_take(value.p).no != key_log_take(key.p).no ||
	    key_log_take(value.p).seq != (uint64_t)want->n[0])
		refold_say(r->report, CHECK_VOID, no_ref,
			   "log %u entry %" PRIu64 ": stored and refolded voids differ",
			   key.len == KEY_LOG_BYTES ? key_log_take(key.p).no : 0,
			   key.len == KEY_LOG_BYTES ? key_log_take(key.p).seq : 0);
}

typedef void compare_row(struct refold *r, struct bytes key, struct bytes value,
			 const struct delta *want);

/* Every stored row of this part against the table, then what the table has and the tree has not. */
static int compare_tree(struct refold *r, struct lmdb_txn *t, enum tree tree,
			const struct deltas *table, compare_row *compare, uint64_t *rows)
{
	struct lmdb_scan c;
	uint64_t met = 0;

	if (!sees(r, tree))
		return 0;
	for (lmdb_scan(&c, t, tree, (struct bytes){ 0 }); c.here; lmdb_scan_next(&c)) {
		if (deltas_elsewhere(table, c.key))
			continue;
		const struct delta *want =
		    c.key.len <= DELTA_KEY_MAX ? deltas_get(table, c.key) : NULL;

		met += want != NULL;
		(*rows)++;
		compare(r, c.key, c.value, want);
	}
	int rc = lmdb_scan_end(&c);

	for (size_t i = 0; i < table->count && rc == 0 && met < table->count; i++) {
		const struct delta *want = &table->rows[i];
		struct bytes key = bytes_of(want->key, want->len), value;

		int got = lmdb_get(t, tree, key, &value);

		if (got == BF_ENOTFOUND)
			compare(r, key, (struct bytes){ 0 }, want);
		else
			rc = got;
	}
	return rc;
}

/* Each entry's rows were looked up; as many rows as that, and there are no others. */
static void compare_count(struct refold *r, struct lmdb_txn *t, enum tree tree,
			  enum check_what what, const char *name, uint64_t want)
{
	uint64_t rows = sees(r, tree) ? lmdb_rows(t, tree) : 0;

	if (sees(r, tree) && t->err == 0 && rows != want)
		refold_say(r->report, what, no_ref,
			   "the %s index has %" PRIu64 " rows, entries give %" PRIu64, name, rows,
			   want);
	r->report->index_rows += rows;
}

static void compare_meta(struct refold *r, struct lmdb_txn *t)
{
	struct bytes v;
	bool kinds = lmdb_get(t, TREE_META, META_KINDS, &v) == 0 && v.len == sizeof r->kinds;

	for (size_t i = 0; kinds && i <= KIND_MAX; i++)
		kinds = be64_get(v.p + 8 * i) == r->kinds[i];
	bool gross =
	    lmdb_get(t, TREE_META, META_GROSS, &v) == 0 && v.len == 8 && be64_get(v.p) == r->gross;
	bool fresh = lmdb_rows(t, TREE_LOG) == 0; /* neither row is there before the first entry */

	if (t->err != 0)
		return;
	if (!fresh && !kinds)
		refold_say(r->report, CHECK_TALLY, no_ref, "the counts by kind differ");
	if (!fresh && !gross)
		refold_say(r->report, CHECK_TALLY, no_ref, "the gross total differs");
}

/* I7: whatever is in one account has come out of another. */
static int sum_ledger(struct refold *r, struct lmdb_txn *t)
{
	struct lmdb_scan c;
	int64_t sum = 0;
	bool over = false;

	if (!sees(r, TREE_LEDGER))
		return 0;
	for (lmdb_scan(&c, t, TREE_LEDGER, (struct bytes){ 0 }); c.here; lmdb_scan_next(&c)) {
		struct ledger_row row;

		if (row_ledger_take(c.value, &row) != 0)
			continue;
		over |= row.in < 0 || row.out < 0 || fen_add(sum, row.in - row.out, &sum) != 0;
	}
	r->report->ledger_sum = sum;
	if (over || sum != 0)
		refold_say(r->report, CHECK_BALANCE, no_ref,
			   "the sum over all accounts is %" PRId64 " fen, not 0", sum);
	return lmdb_scan_end(&c);
}

static void say_flags(struct refold *r, struct place_key k, uint32_t have, uint32_t want)
{
	refold_say(r->report, CHECK_FLAG, no_ref,
		   "log %u entry %" PRIu64 ": stored flags %x, entries give %x", k.spot.no,
		   k.spot.seq, have, want);
}

/* Of one row: what stands there and what should. Balances mean nothing out of order. */
static void compare_flags(struct refold *r, struct place_key k, uint32_t have,
			  const struct delta *want)
{
	uint32_t mask = r->ordered ? UINT32_MAX : ~FLAG_BIT(FLAG_OVER_BALANCE);
	uint32_t should = want == NULL ? 0 : (uint32_t)want->n[0];

	if (((have ^ should) & mask) != 0)
		say_flags(r, k, have, should);
}

static int compare_flag_rows(struct refold *r, struct lmdb_txn *t)
{
	struct lmdb_scan c;
	size_t met = 0;

	for (lmdb_scan(&c, t, TREE_META, BYTES_LIT("flag")); c.here; lmdb_scan_next(&c)) {
		struct place_key k;

		if (key_flag_take(c.key, &k) != 0)
			break;
		const struct delta *want =
		    deltas_get(&r->flags, bytes_of(c.key.p + 4, KEY_PLACE_BYTES));

		met += want != NULL;
		compare_flags(r, k, c.value.len == ROW_FLAG_BYTES ? be32_get(c.value.p) : 0, want);
	}
	int rc = lmdb_scan_end(&c);

	for (size_t i = 0; i < r->flags.count && rc == 0 && met < r->flags.count; i++) {
		struct place_key k = key_place_take(r->flags.rows[i].key);
		uint8_t key[KEY_FLAG_BYTES];
		struct bytes unused;

		key_flag(key, &k);
		rc = lmdb_get(t, TREE_META, bytes_of(key, sizeof key), &unused);
		if (rc == BF_ENOTFOUND) {
			compare_flags(r, k, 0, &r->flags.rows[i]);
			rc = 0;
		}
	}
	return rc;
}

static int compare_all_flags(struct refold *r, struct lmdb_txn *t)
{
	struct flags_row marker;
	int rc = flags_marker(t, &marker);

	if (rc == 0 && memcmp(marker.latest, r->latest, sizeof r->latest) != 0)
		refold_say(r->report, CHECK_FLAG, no_ref, "the latest days by kind differ");
	return rc == 0 ? compare_flag_rows(r, t) : rc;
}

int refold_compare(struct refold *r, struct lmdb_txn *t)
{
	uint64_t unused = 0;
	int rc = compare_tree(r, t, TREE_TALLY, &r->tally, compare_tally, &r->report->tally_rows);

	if (rc == 0)
		rc = compare_tree(r, t, TREE_LEDGER, &r->ledger, compare_ledger,
				  &r->report->ledger_rows);
	if (rc != 0 || r->part != 0)
		return rc;
	rc = compare_tree(r, t, TREE_VOID, &r->voids, compare_void, &unused);
	if (rc != 0)
		return rc;
	compare_count(r, t, TREE_PLACE, CHECK_PLACE, "place", r->place_rows);
	compare_count(r, t, TREE_ABOUT, CHECK_ABOUT, "about", r->about_rows);
	if (r->flags_kept) /* else rows of heads may be a part of them */
		compare_count(r, t, TREE_FIND, CHECK_FIND, "name", r->find_rows);
	if (sees_flags(r))
		rc = compare_all_flags(r, t);
	if (rc != 0)
		return rc;
	if (sees(r, TREE_META))
		compare_meta(r, t);
	return t->err != 0 ? t->err : sum_ledger(r, t);
}
