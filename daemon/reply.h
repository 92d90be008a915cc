/* SPDX-License-Identifier: Apache-2.0 */
/* reply.h -- answers written from the schema: entries, records, faults, places, sums.
 *
 * Every text of a personal field leaves masked; there is no other way out of this file (I12).
 * An answer must fit what any client reads (rpc.h: RPC_BYTES_MAX, RPC_ITEMS_MAX): rows stop before
 * REPLY_BYTES_MAX, REPLY_VALUES_MAX and ROWS_MAX. Thread: any. Memory: appends to the caller's buf,
 * sticky. */
#ifndef BF_REPLY_H
#define BF_REPLY_H

#include "protocol/record.h"
#include "storage/view.h"

enum {
	REPLY_BYTES_MAX = 768 * 1024,
	REPLY_VALUES_MAX = 60 * 1000,
	LIST_ROWS_MAX = 1000,
	LIST_ROWS_DEFAULT = 100,
	TOTAL_ROWS_MAX = 2000,
	NODES_ROWS_MAX = 2000,
	WATCH_ROWS_MAX = 1000,
	NODES_NAMED_MAX = 1000 /* refs of malformed entries in one answer of `nodes` */
};

void reply_str(struct buf *b, const char *key, struct bytes text);
void reply_cstr(struct buf *b, const char *key, const char *text);
void reply_uint(struct buf *b, const char *key, uint64_t v);
void reply_int(struct buf *b, const char *key, int64_t v);
void reply_bool(struct buf *b, const char *key, bool v);
void reply_nil(struct buf *b, const char *key);
void reply_ref(struct buf *b, const char *key, struct ref ref);     /* nil for none */
void reply_code(struct buf *b, const char *key, uint64_t division); /* 12 digits; nil for 0 */
void reply_origin(struct buf *b, const char *key, uint64_t origin);
void reply_place(struct buf *b, struct view *v, uint64_t division); /* division, division_name */
/* [{code, zh, en}] of a code list; [] for NULL. */
void reply_list(struct buf *b, const char *key, const struct code_list *l);
void reply_sum(struct buf *b, const struct kind *k); /* sum: {zh, en, fen}; nil when it has none */
/* {name: text} of what the record has. */
void reply_fields(struct buf *b, const struct record *r);
/* What people call it, masked where it is a person's: appended to `out`. */
void reply_called(const struct record *r, struct buf *out);
/* names: {ref or code: what people call it} of those the record names: 户编号 and masked 户主姓名,
 * a name; of a division that pays or receives its code and name. */
void reply_names(struct buf *b, struct view *v, const struct record *r);
/* The same of several records, gathered first; with `place` also where they say they are. More than
 * NAMED_MAX of a sort stay refs and codes. Returns how many are named. */
enum { NAMED_MAX = 128 };
struct named { /* zeroed */
	struct ref refs[NAMED_MAX];
	uint64_t places[NAMED_MAX];
	uint32_t count, place_count;
};
void reply_named_add(struct named *n, const struct record *r, bool place);
uint32_t reply_named(struct buf *b, struct view *v, const struct named *n);
/* One entry of view.h as README.md section 7 shows it. With `now` an entry that creates a versioned
 * subject shows the subject's present state. The row's record is spent: names and states are read
 * through the same view. Returns how many values it is, keys included (REPLY_VALUES_MAX). */
uint32_t reply_entry(struct buf *b, struct view *v, const struct list_row *row, bool now);
/* What one entry says, for a line that tells of it (GIST_PAIRS): fields; day; name: what people
 * call it, or the `subject` that it changes; division and division_name, the subject's when it says
 * none; names. `r` may be a row's record, which is spent then. */
enum { GIST_PAIRS = 7 }; /* the last one, flags, is for whoever tells it: flagging_tell */
void reply_gist(struct buf *b, struct view *v, const struct record *r, struct ref subject);
/* The map of an entry that is told of, begun: its gist follows. */
void reply_head(struct buf *b, struct ref ref, const struct kind *kind, struct ref subject);
/* Both, of a row that has a record, which is spent then. */
void reply_told(struct buf *b, struct view *v, const struct list_row *row);
/* All there are, separated by ", ", for sentences. Return `out`. */
const char *reply_kind_names(bool counted, char *out, size_t cap);
const char *reply_field_names(const struct kind *k, char *out, size_t cap);
const char *reply_code_names(const struct code_list *l, char *out, size_t cap);

#endif
