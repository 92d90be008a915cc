/* SPDX-License-Identifier: Apache-2.0 */
/* view.h -- reading: one question, one LMDB read transaction, then let go.
 *
 * A view sees what is applied, not what is only journaled: whoever must see the newest asks the
 * writer to apply first. Nothing mapped leaves: callbacks get decoded records or bytes that live
 * until the callback returns. A view never survives a turn of the event loop. BF_EDAMAGED: what
 * should be there cannot be read; BF_ENOTFOUND is only said of what is not there. Thread: any, each
 * view on one at a time. */
#ifndef BF_VIEW_H
#define BF_VIEW_H

#include "protocol/look.h"
#include "storage/store.h"

struct view {
	struct store *store;
	int32_t today; /* what FLAG_FUTURE is judged by, where it is asked; 0: it is never shown */
	/* Below: the module's own. */
	void *txn;
	void *own;
};
int view_begin(struct store *s, struct view *v);
void view_end(struct view *v);
/* The first error of any read of this view when `rc` is 0, else `rc`: an answer that was made of
 * reads whose errors nobody looked at is no answer. */
int view_err(const struct view *v, int rc);
int view_done(struct view *v, int rc); /* view_err, then view_end */

/* ---- totals ---- */
enum {
	BY_MONTH = 1,
	BY_DIM0 = 2,
	BY_DIM1 = 4,
	BY_PLACE = 8, /* the areas one level below */
	BY_DAY = 16,
	BY_WEEK = 32, /* from Monday on */
};

struct total_query {
	uint16_t kind;
	uint64_t division;
	uint32_t month_from, month_to; /* inclusive; 0 and UINT32_MAX for all */
	bool days;                     /* the bounds are these days instead, inclusive */
	int32_t day_from, day_to;
	uint32_t by;                   /* BY_* */
	uint16_t dim[DIMS_MAX];        /* filter; 0 any */
	uint32_t rows_max;             /* of the answer; 0: any number */
	/* Asked at each entry that is looked at, given or not; true ends the walk as BF_ECLOSED. NULL:
	 * never. */
	bool (*stopped)(void *ctx);
	void *stopped_ctx;
};
struct total_row {
	uint64_t division; /* with BY_PLACE the child, else the query's */
	uint32_t month;    /* 0 without BY_MONTH */
	int32_t day;       /* with BY_DAY; with BY_WEEK its Monday; else 0 */
	uint16_t dim[DIMS_MAX];
	uint64_t count;
	int64_t sum;
};
/* Rows in order of (division, month, day, dim0, dim1). `each` returns 0 to go on; what it returns
 * else is returned. BF_EOVERFLOW when a sum of rows leaves int64. With BY_PLACE, entries that lie
 * at `division` itself and in no child (a team at the township) come as a row with the query's own
 * division.
 * Whole months come from the tally, in the time of a range scan. Days of a month that is asked for
 * in part, and all of them BY_DAY or BY_WEEK, are added up from their entries (view_walks): not for
 * the loop thread. BF_EBOUND: more rows than `rows_max`, found out in the memory of a few of them. */
bool view_walks(const struct total_query *q);
int view_total(struct view *v, const struct total_query *q,
	       int (*each)(void *ctx, const struct total_row *row), void *ctx);

/* ---- the entries behind a figure ---- */
struct list_query {
	struct total_query of; /* same filter; `by` is ignored */
	struct ref after;      /* go on after this one; none: from the start */
	uint32_t limit;
	bool voided; /* also those that were voided */
	bool newest; /* the latest day first */
	/* Only what points at this subject, by day; then `of.division` 0 is everywhere, and with
	 * `of.kind` 0 entries of every kind, versions and voids among them. */
	struct ref about;
	uint32_t flagged; /* only what breaks one of these rules (flag.h) now; 0: all */
	int32_t today;    /* for FLAG_FUTURE; 0: never */
};
struct list_row {
	struct ref ref;
	struct entry entry;          /* until the callback returns */
	const struct record *record; /* decoded; NULL when its kind is unknown or it is malformed */
	struct flaw flaw;            /* where it is malformed; rc 0: nowhere */
	bool voided;
	int64_t sum; /* what it adds to a total of its kind; a voided one would have */
	uint32_t flags; /* of a list with `flagged`: those that it was asked for and breaks */
};
/* Rows in order of (division, day, origin, seq); with `newest` in order of (day, origin, seq), the
 * last of them first; a page begins at `after` in each division, so pages cost what they show and a
 * step or two for each division. Where an entry stands never changes, so pages one after another
 * give each entry that was there at the first of them once, and a later one once or not at all.
 * BF_ENOTFOUND: `after` is no entry that this list could show. BF_EBOUND:
 * with `newest`, a limit over VIEW_NEWEST_MAX. */
enum { VIEW_NEWEST_MAX = 4096 };
int view_list(struct view *v, const struct list_query *q,
	      int (*each)(void *ctx, const struct list_row *row), void *ctx);
/* ---- looking for somebody or something ---- */
/* Hits of one question; bearers without a record of their own (volunteers) that may fit. */
enum { VIEW_LOOK_MAX = 4096, VIEW_BEARERS_MAX = 65536 };
struct look_query {
	const struct look *look;
	uint16_t kind;     /* 0: all that can be looked for */
	uint64_t division; /* only what is there now; 0: anywhere */
	struct ref after;  /* go on after this one, given as `after_fit`; none: from the start */
	enum look_fit after_fit;
	uint32_t limit;
	bool (*stopped)(void *ctx); /* as in list_query */
	void *stopped_ctx;
};
struct look_row {
	struct ref ref; /* of the subject; of a bearer the first entry that names him */
	const struct kind *kind;
	const struct record *record; /* as it is now; until the callback returns */
	enum look_fit fit;
	uint64_t division;
	int32_t day;
};
/* Those that fit, the best first, then by kind, place, day, origin and seq of the entry that created
 * them. What they are called *now* decides. Void ones are left out. Costs a walk over all of the
 * kinds, and a page after `after` up to two. Memory: the limit three times, and 8 to 32 bytes for each bearer.
 * BF_ENOTFOUND: `after` is not there. BF_EBOUND: a limit of 0 or over VIEW_LOOK_MAX, too many
 * bearers. BF_ECLOSED: stopped. */
int view_look(struct view *v, const struct look_query *q,
	      int (*each)(void *ctx, const struct look_row *row), void *ctx);
/* Entries that point at `subject` (its own versions and voids too), by day. */
int view_about(struct view *v, struct ref subject, uint32_t limit,
	       int (*each)(void *ctx, const struct list_row *row), void *ctx);
/* How many entries of each kind point at `subject`, voided ones left out: what view_list gives of
 * it everywhere and ever. By the index alone, no entry is read. True in *more when `limit` rows of
 * the index were looked at, from the latest day back, and there are others. */
int view_counts(struct view *v, struct ref subject, uint64_t limit, uint64_t counts[KIND_MAX + 1],
		bool *more);
/* One entry. BF_ENOTFOUND. */
int view_entry(struct view *v, struct ref ref, int (*each)(void *ctx, const struct list_row *row),
	       void *ctx);
/* The present state of a versioned subject: its creating entry overlaid by its versions in hub
 * order. `out` is ready after record_init; its values live as long as the view. BF_ENOTFOUND: none,
 * or what should create it is malformed. *last is the newest entry (for `base`). */
int view_subject(struct view *v, struct ref subject, struct record *out, struct ref *last);
/* The same, told of each version that is not voided, in hub order, before it is laid over: the
 * state it found, and the `at`-th of `of`. `each` reads nothing through the view and returns 0. */
struct list_version {
	const struct record *before;
	const struct list_row *row;
	size_t at, of; /* from 0 */
};
int view_history(struct view *v, struct ref subject, struct record *out, struct ref *last,
		 int (*each)(void *ctx, const struct list_version *version), void *ctx);
/* The entity of `kind` that people call `text` now (its record_name, normalised as the kind's field
 * is): the first in the order of those whose present state bears it, voided ones left out.
 * BF_ENOTFOUND. */
int view_find(struct view *v, uint16_t kind, struct bytes text, struct ref *out);
int view_voided(struct view *v, struct ref ref); /* 1, 0 not, or why it is not known */
int view_voider(struct view *v, struct ref ref, struct ref *by); /* BF_ENOTFOUND: it is not voided */
/* The newest entry of the log that `author` wrote, that can be voided and is not. At most `looks`
 * entries are looked at, from the end; BF_EBOUND: there were more, and none of those was it.
 * BF_ENOTFOUND. */
enum { LAST_LOOKS_MAX = 10000 }; /* enough for a person's memory, and 0.1 s at the worst */
int view_last(struct view *v, uint64_t origin, struct bytes author, uint64_t looks,
	      struct ref *out);
/* The entry `seq` of the one log whose id begins with these hex digits. BF_EEXIST: several logs
 * have one. BF_ENOTFOUND, BF_EFORMAT: no hex digits. */
int view_numbered(struct view *v, struct bytes prefix, uint64_t seq, struct ref *out);

/* ---- logs, for the giving half ---- */
int view_head(struct view *v, uint64_t origin, struct head *out); /* BF_ENOTFOUND */
/* Append entries origin/first.. to `out` while they fit; *count of them. 0 even when there are
 * none. */
int view_load(struct view *v, uint64_t origin, uint64_t first, size_t limit_bytes,
	      uint32_t limit_count, struct buf *out, uint64_t *count);

/* ---- ledger ---- */
/* Balance of an account: in, out, number of movements. BF_ENOTFOUND. */
int view_balance(struct view *v, const struct account *a, int64_t *in, int64_t *out,
		 uint64_t *count);

struct view_stats {
	uint64_t entries, origins, order_length;
	struct hash order_hash;
	uint64_t by_kind[KIND_MAX + 1];
	uint64_t places;
	uint64_t map_bytes, file_bytes, applied_generation, applied_offset;
	uint32_t readers;
};
int view_stats(struct view *v, struct view_stats *out);
/* When the last entry of the order was recorded, by its writer's clock. BF_ENOTFOUND: there is
 * none. */
int view_newest(struct view *v, int64_t *wall_ms);

#endif
