/* SPDX-License-Identifier: Apache-2.0 */
/* import_plan.h -- what an import would write: all rows of a file, judged as one whole before
 * anything is written.
 *
 * P1: a row counts whole or not at all. A row that is refused takes back what it said of its
 * household too, so that a household, or a field, that only refused rows name is not in the plan.
 * P2: one person is one item, named by the first 18 characters of the number, and belongs to one
 * household: a second one is refused, whether the file or the store knows the first.
 * P3: what is known and equal is not written; so the same file twice writes nothing.
 * The rows before decide over those behind, in the order of the file.
 *
 * Thread: plan_begin..plan_end on one thread (any); plan_save on the writer; the rest on the loop.
 * Memory: a plan owns the bodies, at most PLAN_BYTES_MAX; rows are only read during plan_row. */
#ifndef BF_IMPORT_PLAN_H
#define BF_IMPORT_PLAN_H

#include "daemon/node.h"
#include "daemon/rows.h"
#include "protocol/flag.h"

enum {
	PLAN_BYTES_MAX = 192 << 20,
	PLAN_FAILED_MAX = 1000, /* faults told one by one, and what the last row has; more rows are counted */
	PLAN_SAVE_MAX = 500,    /* entries of one plan_save: what others wait for at most */
};

struct plan;
struct plan_counts {
	uint64_t fresh, changed, same;
};

struct plan *plan_open(struct node *node); /* NULL: no memory */
void plan_close(struct plan *p);           /* NULL is fine */

/* Judge the rows of `from` between begin and end: they hold a view. */
int plan_begin(struct plan *p, const struct rows *from);
/* 0 also when the row is refused (plan_failed tells); BF_E when the plan cannot go on, BF_EBOUND
 * when it has grown over PLAN_BYTES_MAX. */
int plan_row(struct plan *p, const struct rows_row *row);
int plan_end(struct plan *p); /* BF_ENOMEM */

const struct plan_counts *plan_counts(const struct plan *p, uint16_t kind);
/* How many rows were refused, and `listed` items {line, fault}, all of the first of them, in the order
 * of rows and their cells. Borrowed. */
uint64_t plan_failed(const struct plan *p, struct bytes *items, uint32_t *listed);

/* How many of the entries to write break a rule of flag.h, and the line of the first. */
struct plan_flag {
	uint64_t count;
	uint32_t line;
};
const struct plan_flag *plan_flags(const struct plan *p); /* FLAG_COUNT of them */

/* Write the next entries, at most PLAN_SAVE_MAX, and sync them. plan_saved is exact whatever it
 * returns, and called again after an error it goes on where it stopped. Nothing else may be staged
 * (JOB_DIRECT of writer.h): what it forgets would be others' too. */
int plan_save(struct plan *p, struct store *store, const char *author, int64_t wall_ms,
	      struct fault *f);
uint64_t plan_saved(const struct plan *p);   /* entries that are durable */
uint64_t plan_to_save(const struct plan *p); /* entries in all */

#endif
