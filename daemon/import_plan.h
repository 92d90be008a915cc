/* import_plan.h -- what an import would write, judged row by row before anything is written.
 *
 * Thread: plan_begin..plan_end on one thread (any); plan_append on the writer; the rest on the
 * loop. Memory: a plan owns the bodies; rows are only read during plan_row. */
#ifndef BF_IMPORT_PLAN_H
#define BF_IMPORT_PLAN_H

#include "daemon/node.h"
#include "protocol/mp.h"

struct plan;
struct plan_counts {
	uint64_t fresh, changed, same;
};

struct plan *plan_open(struct node *node); /* NULL: no memory */
void plan_close(struct plan *p);           /* NULL is fine */

/* Judge rows between begin and end: they hold a view. */
int plan_begin(struct plan *p);
/* A map {heading: text}. 0 also when the row is refused (plan_failed tells); BF_E when the plan
 * cannot go on. */
int plan_row(struct plan *p, uint64_t line, struct mp_val row);
void plan_end(struct plan *p);

const struct plan_counts *plan_counts(const struct plan *p, uint16_t kind);
/* Items {line, fault} one after another, and how many. Borrowed. */
void plan_failed(const struct plan *p, struct bytes *items, uint32_t *count);
bool plan_empty(const struct plan *p);

/* Stage all entries; called again after an error it goes on where it stopped. */
int plan_append(struct plan *p, struct store *store, const char *author, int64_t wall_ms,
		struct fault *f);

#endif
