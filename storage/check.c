/* SPDX-License-Identifier: Apache-2.0 */
/* check.c -- see check.h: the order walked once, every chain with it.
 *
 * One pass in hub order gives each origin its entries in seq order, so chains, order hash and
 * refold share it. A slice is one read transaction; the slice that reaches the end of the order
 * stays open for the comparison, so that fold and rows are of one moment. From the length seen at
 * the start on, slices are no longer cut: a check ends, however busy the writer is.
 *
 *   walk in hub order -> a tree cannot be read -> named, left out, and all again without it
 *                     -> the order itself      -> named, and all again log by log
 *                     -> the log itself        -> named, and what is left is only read through
 *
 * To fold log by log gives the same: no effect of an entry depends on another log's (fold.h, V1).
 */
#include "storage/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"
#include "storage/peer.h"
#include "storage/refold.h"

enum { CHECK_PARTS_MAX = 1 << 16 };

struct walked {              /* one origin, by its local number */
	struct head at;      /* what we have recomputed; origin 0: not met yet */
	uint64_t gross;      /* the same of its amounts */
	struct head_row row; /* the stored one, at the end */
	bool bad;            /* its first bad entry is named */
	/* Its malformed entries, and the stored row of them, at the end. */
	struct malformed_run malformed;
	struct malformed_row malformed_row;
};
struct check {
	struct store *store;
	uint64_t own;              /* our own origin */
	struct checkpoint receipt; /* what the hub has signed for our log; seq 0: nothing */
	struct check_report *report;
	struct refold *refold;
	struct walked *origins;
	uint32_t origin_cap;
	struct length_row order; /* recomputed up to here */
	uint64_t runs, aim;      /* aim: the length seen at the start */
	bool whole, quiet;       /* all was walked; chains were told in the first part */
	/* The stored sums, at the end. */
	struct malformed_sums malformed;
	uint32_t blind;   /* bit per tree that cannot be read */
	bool by_log;      /* the order cannot be followed */
	struct spot last; /* where a walk log by log stands */
	uint64_t walked;  /* entries */
	int (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
};

static void say_bad(struct check *c, struct walked *o, enum check_what what, uint64_t seq,
		    const char *text)
{
	if (!c->quiet && !o->bad)
		refold_say(c->report, what, (struct ref){ o->at.origin, seq }, "%s", text);
	o->bad = true;
}

static void say_order(struct check *c, const char *text)
{
	if (!c->quiet)
		refold_say(c->report, CHECK_ORDER, (struct ref){ 0, 0 }, "at %" PRIu64 ": %s",
			   c->order.length + 1, text);
}

static bool sees(const struct check *c, enum tree tree)
{
	return (c->blind >> tree & 1) == 0;
}

/* ---- origins ---- */

static struct walked *origin_at(struct check *c, struct lmdb_txn *t, uint32_t no, int *rc)
{
	struct origin_row row;
	struct head_row head;

	if (no < c->origin_cap && c->origins[no].at.origin != 0)
		return &c->origins[no];
	/* Numbers are given from 1 on without holes: a larger one is damage, and no size of ours.
	 */
	if (no == 0 || no > lmdb_rows(t, TREE_HEAD) || origins_head(t, no, &head) != 0 ||
	    origins_row(t, head.head.origin, &row) != 0 || row.no != no ||
	    chain_origin(&row.key, row.incarnation) != head.head.origin) {
		*rc = t->err != 0 ? t->err : BF_ENOTFOUND;
		return NULL;
	}
	if (no >= c->origin_cap) {
		size_t cap = 2 * (size_t)no + 64;
		struct walked *wide = realloc(c->origins, cap * sizeof *wide);

		if (wide == NULL) {
			*rc = BF_ENOMEM;
			return NULL;
		}
		memset(wide + c->origin_cap, 0, (cap - c->origin_cap) * sizeof *wide);
		c->origins = wide;
		c->origin_cap = (uint32_t)cap;
	}
	struct walked *o = &c->origins[no];

	o->at = (struct head){ .origin = head.head.origin,
			       .hash = chain_genesis(&row.key, row.incarnation) };
	return o;
}

/* ---- one run ---- */

static void see_malformed(struct check *c, struct walked *o, uint64_t seq)
{
	struct check_report *r = c->report;

	malformed_note(&o->malformed, seq);
	if (c->quiet)
		return;
	if (r->malformed < CHECK_MALFORMED_MAX)
		r->first_malformed[r->malformed] = (struct ref){ o->at.origin, seq };
	r->malformed++;
}

static int walk_entry(struct check *c, struct lmdb_txn *t, struct walked *o, struct spot spot,
		      struct bytes row)
{
	struct bytes raw = bytes_of(row.p, row.len < CHECK_BYTES ? 0 : row.len - CHECK_BYTES);
	struct entry e;

	if (entry_take(raw, &e) != 0 || e.seq != spot.seq) {
		say_bad(c, o, CHECK_ENTRY, spot.seq, "the entry's bytes are not one");
		return 0;
	}
	o->at.hash = chain_next(&o->at.hash, raw);
	if (!o->bad && memcmp(o->at.hash.b, row.p + raw.len, CHECK_BYTES) != 0)
		say_bad(c, o, CHECK_CHAIN, spot.seq,
			"the entry was changed: it does not continue the log's hash chain");
	if (o->at.origin == c->own && spot.seq == c->receipt.seq &&
	    !hash_equal(&o->at.hash, &c->receipt.hash))
		say_bad(c, o, CHECK_RECEIPT, spot.seq,
			"the log up to here is not the one that the hub has signed for");
	c->walked++;
	uint64_t before = c->refold->gross;
	int rc = refold_entry(c->refold, t, (struct ref){ o->at.origin, spot.seq }, spot, &e);

	o->gross += c->refold->gross - before;
	if (rc == 0 && c->refold->effects.flaw.rc != 0)
		see_malformed(c, o, spot.seq);
	return rc;
}

static int walk_entries(struct check *c, struct lmdb_txn *t, struct walked *o,
			const struct order_row *run)
{
	uint8_t from[KEY_LOG_BYTES];
	struct lmdb_scan s;
	uint64_t seq = run->first;
	int rc = 0;

	key_log(from, (struct spot){ run->no, run->first });
	for (lmdb_scan(&s, t, TREE_LOG, bytes_of(from, sizeof from));
	     s.here && seq <= run->last && rc == 0; lmdb_scan_next(&s)) {
		struct spot at =
		    s.key.len == KEY_LOG_BYTES ? key_log_take(s.key.p) : (struct spot){ 0, 0 };

		if (at.no != run->no || at.seq > run->last)
			break;
		if (at.seq != seq)
			say_bad(c, o, CHECK_GAP, seq, "the entry is missing");
		rc = walk_entry(c, t, o, at, s.value);
		seq = at.seq + 1;
	}
	if (rc == 0 && seq <= run->last)
		say_bad(c, o, CHECK_GAP, seq, "the entry is missing");
	int end_rc = lmdb_scan_end(&s);

	return rc != 0 ? rc : end_rc;
}

static void check_turn(struct check *c, struct lmdb_txn *t, const struct order_row *run)
{
	uint8_t key[KEY_LOG_BYTES];
	struct bytes value;

	if (!sees(c, TREE_TURN))
		return;
	key_log(key, (struct spot){ run->no, run->first });
	int rc = lmdb_get(t, TREE_TURN, bytes_of(key, sizeof key), &value);

	if (t->err == 0 &&
	    (rc != 0 || value.len != KEY_ORDER_BYTES || be40_get(value.p) != c->order.length + 1))
		say_order(c, "the way back from entry to order is wrong");
}

static int walk_run(struct check *c, struct lmdb_txn *t, struct bytes key, struct bytes value)
{
	struct order_row run;
	int rc = 0;

	if (key.len != KEY_ORDER_BYTES || row_order_take(value, &run) != 0 ||
	    run.last < run.first || be40_get(key.p) != c->order.length + 1) {
		say_order(c, "the order has a hole or a row that is none");
		return BF_EDAMAGED;
	}
	struct walked *o = origin_at(c, t, run.no, &rc);

	if (o == NULL && rc == BF_ENOTFOUND) {
		say_order(c, "the order names a log that is not known");
		return BF_EDAMAGED;
	}
	if (o == NULL)
		return rc;
	if (run.first != o->at.seq + 1)
		say_order(c, "the order and the log do not follow each other");
	check_turn(c, t, &run);
	rc = t->err != 0 ? t->err : walk_entries(c, t, o, &run);
	if (rc != 0)
		return rc;
	if (!o->bad && !hash_equal(&o->at.hash, &run.hash))
		say_bad(c, o, CHECK_CHAIN, run.last,
			"an entry of this run was changed: its last hash is another");
	o->at.seq = run.last;
	c->order.hash = order_next(&c->order.hash, o->at.origin, run.first, run.last, &run.hash);
	c->order.length = run.last - run.first + 1 + c->order.length;
	c->runs++;
	return 0;
}

/* ---- log by log ---- */

static int walk_row(struct check *c, struct lmdb_txn *t, struct bytes key, struct bytes value)
{
	struct spot at = key.len == KEY_LOG_BYTES ? key_log_take(key.p) : (struct spot){ 0, 0 };
	int rc = 0;
	struct walked *o = origin_at(c, t, at.no, &rc);

	c->last = at;
	if (o == NULL) /* a log that is not known is name_strays' to tell */
		return rc == BF_ENOTFOUND ? 0 : rc;
	if (at.seq != o->at.seq + 1)
		say_bad(c, o, CHECK_GAP, o->at.seq + 1, "the entry is missing");
	rc = walk_entry(c, t, o, at, value);
	o->at.seq = at.seq;
	return rc;
}

/* ---- the end ---- */

/* Rows of the log that the order does not know: named one by one. */
static int name_strays(struct check *c, struct lmdb_txn *t)
{
	struct lmdb_scan s;

	for (lmdb_scan(&s, t, TREE_LOG, (struct bytes){ 0 }); s.here; lmdb_scan_next(&s)) {
		if (s.key.len != KEY_LOG_BYTES) {
			say_order(c, "the log has a row that is none");
			continue;
		}
		struct spot at = key_log_take(s.key.p);
		struct walked *o = at.no < c->origin_cap ? &c->origins[at.no] : NULL;

		if (o == NULL || o->at.origin == 0)
			refold_say(c->report, CHECK_GAP, (struct ref){ 0, at.seq },
				   "an entry stands in a log that is not known");
		else if (at.seq == 0 || at.seq > o->at.seq)
			say_bad(c, o, CHECK_GAP, at.seq, "the entry was inserted: no run has it");
	}
	return lmdb_scan_end(&s);
}

static int check_lengths(struct check *c, struct lmdb_txn *t)
{
	struct length_row order = { 0 };
	struct bytes v;
	bool stored = sees(c, TREE_META) && lmdb_get(t, TREE_META, META_ORDER, &v) == 0 &&
		      row_length_take(v, &order) == 0;

	if (t->err != 0)
		return t->err;
	if (sees(c, TREE_META) && (!stored || order.length != c->walked ||
				   (!c->by_log && !hash_equal(&order.hash, &c->order.hash))))
		say_order(c, "the order's length or hash is another than stored");
	if (!c->by_log && sees(c, TREE_TURN) && lmdb_rows(t, TREE_TURN) != c->runs)
		say_order(c, "the way back has more or fewer rows than there are runs");
	uint64_t rows = lmdb_rows(t, TREE_LOG);

	if (t->err != 0 || rows == c->walked)
		return t->err;
	refold_say(c->report, CHECK_GAP, (struct ref){ 0, 0 },
		   "the log has %" PRIu64 " rows, %" PRIu64 " entries were met", rows, c->walked);
	return name_strays(c, t);
}

/* Every head has its log's row, and our own is among them. */
static int check_logs(struct check *c, struct lmdb_txn *t)
{
	struct origin_row row;
	uint64_t origins = lmdb_rows(t, TREE_ORIGIN), heads = lmdb_rows(t, TREE_HEAD);

	if (t->err == 0 && origins != heads)
		refold_say(c->report, CHECK_GAP, (struct ref){ 0, 0 },
			   "%" PRIu64 " logs are known, %" PRIu64 " have a head", origins, heads);
	if (c->own != 0 && origins_row(t, c->own, &row) == BF_ENOTFOUND)
		refold_say(c->report, CHECK_GAP, (struct ref){ 0, 0 },
			   "our own log is not among those that are known");
	return t->err;
}

/* Copy the stored heads; their signatures are verified after the transaction has ended. */
static int take_heads(struct check *c, struct lmdb_txn *t)
{
	struct lmdb_scan s;
	int rc = 0;

	for (lmdb_scan(&s, t, TREE_HEAD, (struct bytes){ 0 }); s.here && rc == 0;
	     lmdb_scan_next(&s)) {
		struct head_row row;

		if (s.key.len != 4 || row_head_take(s.value, &row) != 0) {
			say_order(c, "a head is none");
			continue;
		}
		c->report->origins++;
		struct walked *o = origin_at(c, t, be32_get(s.key.p), &rc);

		if (o == NULL && rc == BF_ENOTFOUND) {
			say_order(c, "a head belongs to no log");
			rc = 0;
		}
		if (o != NULL)
			o->row = row;
		if (o != NULL && sees(c, TREE_META) &&
		    malformed_get(t, be32_get(s.key.p), &o->malformed_row) != 0)
			refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
				   "log %016" PRIx64 ": the row of malformed entries is none",
				   o->at.origin);
	}
	int end_rc = lmdb_scan_end(&s);

	return rc != 0 ? rc : end_rc;
}

static int check_signature(struct check *c, struct walked *o)
{
	static const struct signature none;
	struct origin_row row;
	struct lmdb_txn t;

	/* Our own head is signed when it is sent: a key beside the store would prove nothing here.
	 */
	if (memcmp(&o->row.head.sig, &none, sizeof none) == 0 && o->row.head.origin == c->own)
		return 0;
	int rc = lmdb_begin(c->store->lmdb, false, &t);

	if (rc == 0)
		rc = origins_row(&t, o->row.head.origin, &row);
	lmdb_abort(&t);
	if (rc == 0 && !head_verify(&o->row.head, &row.key))
		say_bad(c, o, CHECK_SIGNATURE, o->row.head.seq,
			"the log's head is not signed by its node");
	return rc;
}

/* Where the rows were counted up to the end. What an older program applied since is counted when
 * the store is opened next. */
static void check_malformed(struct check *c, const struct walked *o)
{
	const struct malformed_run *want = &o->malformed;
	size_t named = want->count < MALFORMED_FIRST_MAX ? want->count : MALFORMED_FIRST_MAX;

	if (!c->malformed.counted)
		return;
	if (o->malformed_row.count != want->count ||
	    memcmp(o->malformed_row.first, want->first, named * sizeof *want->first) != 0)
		refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
			   "log %016" PRIx64 ": the row of malformed entries differs; there are "
			   "%" PRIu64,
			   o->at.origin, want->count);
}

static void check_malformed_sums(struct check *c)
{
	uint64_t entries = 0, logs = 0;

	for (uint32_t no = 0; no < c->origin_cap; no++) {
		entries += c->origins[no].malformed.count;
		logs += c->origins[no].malformed.count > 0;
	}
	if (c->malformed.counted && (c->malformed.entries != entries || c->malformed.logs != logs))
		refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
			   "malformed entries: stored %" PRIu64 " of %" PRIu64
			   " logs, entries give %" PRIu64 " of %" PRIu64,
			   c->malformed.entries, c->malformed.logs, entries, logs);
}

static int check_heads(struct check *c)
{
	int rc = 0;

	for (uint32_t no = 0; no < c->origin_cap && rc == 0; no++) {
		struct walked *o = &c->origins[no];

		if (o->at.origin == 0 || o->bad)
			continue;
		if (o->row.gross != o->gross)
			refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
				   "log %016" PRIx64 ": the gross total is %" PRIu64
				   ", entries give %" PRIu64,
				   o->at.origin, o->row.gross, o->gross);
		check_malformed(c, o);
		if (o->row.head.seq != o->at.seq)
			say_bad(c, o, CHECK_GAP, o->at.seq + 1,
				"the log's head is elsewhere than its last entry");
		else if (!hash_equal(&o->row.head.hash, &o->at.hash))
			say_bad(c, o, CHECK_CHAIN, o->at.seq,
				"the log's head has another hash than its last entry");
		else if (o->at.seq > 0)
			rc = check_signature(c, o);
	}
	return rc;
}

/* ---- the hub's receipt ---- */

/* An intruder with the file can make a new chain of our own log, but not the hub's signature over
 * the old one. A hub that was set back holds less now; what it once signed still binds us. */
static int take_receipt(struct check *c, struct view *v)
{
	struct peer peer;
	const struct checkpoint *most = &peer.cursor;
	int rc = peer_get(v, &peer);

	if (rc == BF_ENOTFOUND)
		return 0;
	if (rc == BF_EVERSION) {
		refold_say(c->report, CHECK_RECEIPT, (struct ref){ 0, 0 },
			   "what is kept of the hub was not written by this version");
		return 0;
	}
	if (rc == 0 && peer.seen.seq > most->seq)
		most = &peer.seen;
	if (rc != 0 || most->seq == 0 || most->origin != c->own)
		return rc;
	c->receipt = *most;
	if (!checkpoint_verify(&peer.cursor, &peer.hub) ||
	    (peer.seen.seq != 0 && !checkpoint_verify(&peer.seen, &peer.hub)))
		refold_say(c->report, CHECK_RECEIPT, (struct ref){ c->own, most->seq },
			   "the hub's receipt is not signed by the hub");
	return 0;
}

static void check_receipt(struct check *c)
{
	uint64_t seq = 0;

	for (uint32_t no = 0; no < c->origin_cap; no++)
		if (c->origins[no].at.origin == c->own && c->own != 0)
			seq = c->origins[no].at.seq;
	if (seq < c->receipt.seq)
		refold_say(c->report, CHECK_RECEIPT, (struct ref){ c->own, seq + 1 },
			   "the hub has signed for %" PRIu64 " entries, here are %" PRIu64,
			   c->receipt.seq, seq);
}

/* What is beside the entries, in one view of its own. */
static int walk_tables(struct check *c, enum tree *at)
{
	struct view v;
	int rc = view_begin(c->store, &v);

	if (rc != 0)
		return rc;
	*at = TREE_PEER;
	if (sees(c, TREE_PEER))
		rc = take_receipt(c, &v);
	if (rc == 0) {
		*at = sees(c, TREE_NODE) ? TREE_NODE : TREE_DIVISION;
		rc = check_tables(&v, c->report, c->blind);
	}
	if (view_txn(&v)->err != 0)
		*at = view_txn(&v)->at;
	return view_done(&v, rc);
}

/* ---- slices ---- */

/* A store that an older program wrote may lack the end of the count; a row that is none, or that
 * has counted what is not there, is damage. */
static int take_malformed_sums(struct check *c, struct lmdb_txn *t)
{
	int rc = malformed_begin(t, c->order.length, &c->malformed);

	if (rc == 0 && malformed_sums(t, &(struct malformed_sums){ 0 }) != 0)
		refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
			   "the row that sums up malformed entries is none");
	else if (rc == 0 && !c->by_log && c->malformed.length > c->order.length)
		refold_say(c->report, CHECK_TALLY, (struct ref){ 0, 0 },
			   "malformed entries are counted up to %" PRIu64 ", there are %" PRIu64,
			   c->malformed.length, c->order.length);
	return rc;
}

static int finish(struct check *c, struct lmdb_txn *t)
{
	int rc = refold_compare(c->refold, t);

	c->whole = true;
	if (rc == 0 && !c->quiet)
		rc = take_heads(c, t); /* knows every log before strays are named */
	if (rc == 0 && !c->quiet && sees(c, TREE_META))
		rc = take_malformed_sums(c, t);
	if (rc == 0 && !c->quiet)
		rc = check_logs(c, t);
	return rc == 0 && !c->quiet ? check_lengths(c, t) : rc;
}

static bool is_cut(const struct check *c, uint64_t begun)
{
	return c->walked < c->aim && c->walked - begun >= CHECK_SLICE;
}

static int walk_runs(struct check *c, struct lmdb_txn *t, bool *cut)
{
	uint64_t begun = c->walked;
	uint8_t from[KEY_ORDER_BYTES];
	struct lmdb_scan s;
	int rc = 0;

	be40_put(from, c->order.length + 1);
	for (lmdb_scan(&s, t, TREE_ORDER, bytes_of(from, sizeof from)); s.here && rc == 0;
	     lmdb_scan_next(&s)) {
		*cut = is_cut(c, begun);
		if (*cut)
			break;
		rc = walk_run(c, t, s.key, s.value);
	}
	int end_rc = lmdb_scan_end(&s);

	return rc != 0 ? rc : end_rc;
}

static int walk_logs(struct check *c, struct lmdb_txn *t, bool *cut)
{
	uint64_t begun = c->walked;
	uint8_t from[KEY_LOG_BYTES];
	struct lmdb_scan s;
	int rc = 0;

	key_log(from, (struct spot){ c->last.no, c->last.seq + 1 });
	for (lmdb_scan(&s, t, TREE_LOG, bytes_of(from, sizeof from)); s.here && rc == 0;
	     lmdb_scan_next(&s)) {
		*cut = is_cut(c, begun);
		if (*cut)
			break;
		rc = walk_row(c, t, s.key, s.value);
	}
	int end_rc = lmdb_scan_end(&s);

	return rc != 0 ? rc : end_rc;
}

/* Walk on from where the last slice ended; the one that meets the end finishes. */
static int walk_slice(struct check *c, enum tree *at)
{
	struct lmdb_txn t;
	int rc = lmdb_begin(c->store->lmdb, false, &t);
	bool cut = false;

	if (rc == 0)
		rc = c->by_log ? walk_logs(c, &t, &cut) : walk_runs(c, &t, &cut);
	if (rc == 0 && !cut)
		rc = finish(c, &t);
	/* A page knows its tree; a row that makes no sense is the fault of what is walked. */
	*at = t.err != 0 ? t.at : c->by_log ? TREE_LOG : TREE_ORDER;
	lmdb_abort(&t);
	return rc;
}

static int walk_part(struct check *c, uint32_t part, uint32_t parts, enum tree *at)
{
	int rc = 0;

	c->order = (struct length_row){ 0 };
	c->runs = c->walked = 0;
	c->last = (struct spot){ 0, 0 };
	c->whole = false;
	c->quiet = part > 0;
	for (uint32_t i = 0; i < c->origin_cap; i++)
		c->origins[i] = (struct walked){ 0 };
	refold_begin(c->refold, c->report, part, parts);
	c->refold->blind = c->blind;
	c->refold->ordered = !c->by_log;
	if (!c->quiet)
		rc = walk_tables(c, at);
	while (rc == 0 && !c->whole) {
		rc = walk_slice(c, at);
		if (rc == 0 && c->progress != NULL)
			rc = c->progress(c->ctx, c->walked, c->aim);
	}
	if (rc != 0 || c->quiet)
		return rc;
	*at = TREE_ORIGIN;
	rc = check_heads(c);
	if (rc == 0) {
		check_malformed_sums(c);
		check_receipt(c);
	}
	return rc;
}

/* ---- what cannot be read ---- */

/* Leave out what cannot be read, and say so. */
static void leave_out(struct check *c, enum tree tree)
{
	refold_say(c->report, CHECK_DAMAGE, (struct ref){ 0, 0 },
		   "the tree '%s' cannot be read: a page or a row is damaged (%" PRIu64
		   " of %" PRIu64 " entries were met before it)",
		   keys_tree_names[tree], c->walked, c->aim);
	c->blind |= UINT32_C(1) << tree;
	c->by_log = !sees(c, TREE_ORDER);
}

/* What the walk will meet again is forgotten; what it cannot meet again stays told. */
static void begin_again(struct check *c)
{
	struct check_report *r = c->report;
	uint64_t kept = 0;

	for (uint64_t i = 0; i < r->findings && i < CHECK_FINDINGS_MAX; i++)
		if (r->first[i].what == CHECK_DAMAGE ||
		    (c->by_log && r->first[i].what == CHECK_ORDER))
			r->first[kept++] = r->first[i];
	r->findings = kept;
	r->origins = r->tally_rows = r->ledger_rows = r->index_rows = 0;
	r->ledger_sum = 0;
	r->malformed = 0;
}

/* Without a log, or without what its logs are, nothing can be folded. */
static bool foldable(const struct check *c)
{
	return sees(c, TREE_LOG) && sees(c, TREE_ORIGIN) && sees(c, TREE_HEAD);
}

static int walk(struct check *c)
{
	uint32_t parts = 1, part = 0;
	int rc = 0;

	while (rc == 0 && part < parts) {
		enum tree at = TREE_ORDER;

		rc = walk_part(c, part++, parts, &at);
		if (rc == BF_EBOUND && parts < CHECK_PARTS_MAX) {
			parts *= 2; /* too much for one part */
		} else if (rc == BF_EDAMAGED && sees(c, at)) {
			leave_out(c, at);
			if (!foldable(c))
				return 0;
		} else {
			continue;
		}
		begin_again(c);
		part = 0;
		rc = 0;
	}
	return rc;
}

/* To its end: no page of it is left unread. */
static int read_tree(struct check *c, enum tree tree)
{
	struct lmdb_scan s;
	struct lmdb_txn t;
	uint64_t rows = 0, stored = 0;
	int rc = lmdb_begin(c->store->lmdb, false, &t);

	if (rc == 0) {
		stored = lmdb_rows(&t, tree);
		for (lmdb_scan(&s, &t, tree, (struct bytes){ 0 }); s.here; lmdb_scan_next(&s))
			rows++;
		rc = lmdb_scan_end(&s);
	}
	if (rc == 0 && rows != stored)
		refold_say(c->report, CHECK_DAMAGE, (struct ref){ 0, 0 },
			   "the tree '%s' has %" PRIu64 " rows and says %" PRIu64,
			   keys_tree_names[tree], rows, stored);
	lmdb_abort(&t);
	return rc;
}

/* Those that the walk has not read row by row; all others too, once one was left out. */
static int read_rest(struct check *c)
{
	static const uint32_t unread = 1U << TREE_META | 1U << TREE_ORIGIN | 1U << TREE_TOKEN |
				       1U << TREE_NODE_KEY | 1U << TREE_PEER;
	int rc = 0;

	for (int i = 0; i < TREE_COUNT && rc == 0; i++) {
		enum tree tree = (enum tree)i;

		if (!sees(c, tree) || (c->blind == 0 && (unread >> tree & 1) == 0))
			continue;
		rc = read_tree(c, tree);
		if (rc == BF_EDAMAGED) {
			leave_out(c, tree);
			rc = 0;
		}
	}
	return rc;
}

/* Asked from LMDB and not from the store's struct, which is the writer's. */
static int take_aim(struct check *c)
{
	struct length_row order = { 0 };
	struct lmdb_txn t;
	struct bytes v;
	int rc = lmdb_begin(c->store->lmdb, false, &t);

	if (rc == 0)
		rc = lmdb_get(&t, TREE_META, META_ORDER, &v);
	if (rc == BF_ENOTFOUND) /* put_first of store_open.c makes it */
		rc = BF_EDAMAGED;
	if (rc == 0)
		rc = row_length_take(v, &order);
	c->aim = order.length;
	if (rc == 0)
		rc = lmdb_get(&t, TREE_META, META_OWN, &v);
	if (rc == 0 && v.len == 8)
		c->own = be64_get(v.p);
	else if (rc == 0)
		rc = BF_EDAMAGED;
	lmdb_abort(&t);
	if (rc == BF_EDAMAGED)
		leave_out(c, TREE_META);
	return rc == BF_EDAMAGED || rc == BF_ENOTFOUND ? 0 : rc;
}

int check_bounded(struct store *s, struct check_report *out, size_t rows_max,
		  int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	struct check c = { .store = s, .report = out, .progress = progress, .ctx = ctx };

	*out = (struct check_report){ 0 };
	c.refold = calloc(1, sizeof *c.refold);
	if (c.refold == NULL)
		return BF_ENOMEM;
	c.refold->rows_max = rows_max;
	int rc = take_aim(&c);

	if (rc == 0)
		rc = walk(&c);
	if (rc == 0)
		rc = read_rest(&c);
	out->entries = c.walked;
	refold_fini(c.refold);
	free(c.refold);
	free(c.origins);
	return rc;
}

int check_run(struct store *s, struct check_report *out,
	      int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	return check_bounded(s, out, REFOLD_ROWS_MAX, progress, ctx);
}

/* ---- voids alone ---- */

/* The entry at `row` is a void, and its target is the entry at `key`. */
static int see_void(struct fold *fold, struct effects *x, struct lmdb_txn *t, struct bytes key,
		    struct bytes row)
{
	struct head_row head;
	struct bytes raw;
	struct entry e;

	if (key.len != KEY_LOG_BYTES || row.len != KEY_LOG_BYTES)
		return BF_EDAMAGED;
	struct spot at = key_log_take(key.p), by = key_log_take(row.p);
	int rc = at.no == by.no ? origins_head(t, at.no, &head) : BF_EDAMAGED;

	if (rc == 0)
		rc = view_log(t, by, &raw);
	if (rc == BF_ENOTFOUND)
		return BF_EDAMAGED;
	if ((rc == BF_EDAMAGED && t->err == 0) || (rc == 0 && entry_take(raw, &e) != 0))
		return 0; /* it stands there and is no entry: verify names it, and no other is hurt
			   */
	if (rc == 0)
		rc = fold_entry(fold, &e, x);
	if (rc == 0 && (x->kind == NULL || !x->voids || x->target.origin != head.head.origin ||
			x->target.seq != at.seq))
		rc = BF_EDAMAGED;
	return rc;
}

int check_voids(struct store *s)
{
	struct effects *x = calloc(1, sizeof *x);
	struct fold fold = { 0 };
	struct lmdb_scan c;
	struct lmdb_txn t;
	int rc = x == NULL ? BF_ENOMEM : lmdb_begin(s->lmdb, false, &t);

	if (x == NULL)
		return rc;
	for (lmdb_scan(&c, &t, TREE_VOID, (struct bytes){ 0 }); c.here && rc == 0;
	     lmdb_scan_next(&c))
		rc = see_void(&fold, x, &t, c.key, c.value);
	int end_rc = lmdb_scan_end(&c);

	lmdb_abort(&t);
	fold_fini(&fold);
	free(x);
	return rc != 0 ? rc : end_rc;
}
