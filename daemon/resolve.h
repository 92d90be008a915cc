/* SPDX-License-Identifier: Apache-2.0 */
/* resolve.h -- what the pure model must ask of a node's tables: which place, which household
 * (struct resolver of protocol/record.h, filled).
 *
 * A view does not see what is saved and not yet applied. A look-up that fails while such entries
 * wait sets `stale`: the caller then flushes and asks once more (with `fresh`), and only a failure
 * after that is told to anyone. So saving by reference or of money never waits for an index.
 * Thread: any; with `desk` loop only. Memory: caller's; the view must outlive it. */
#ifndef BF_RESOLVE_H
#define BF_RESOLVE_H

#include "daemon/node.h"
#include "protocol/record.h"
#include "storage/view.h"

struct desk;

struct resolve {
	struct resolver ask; /* give &r->ask to record_set_text; ask.ctx is r */
	struct view *view;
	struct desk *desk; /* its memory of names just saved; NULL: none */
	uint64_t origin;   /* our own log's */
	bool hub;          /* how this node calls itself */
	bool fresh;        /* the view sees all that was saved */
	bool stale;        /* a look-up failed that might not after a flush */
	bool lately;       /* one was known by what was just saved alone: no view has its name */
};

/* `here` of the resolver is the node's division. */
void resolve_init(struct resolve *r, struct node *node, struct view *v, struct desk *desk,
		  bool fresh);
/* A place by code, by name, or by names joined with '/'. */
int resolve_division(struct resolve *r, struct bytes text, uint64_t *code, const char *where,
		     struct fault *f);
/* An entity by what people call it, or by its ref; kind 0: any entry. */
int resolve_subject(struct resolve *r, uint16_t kind, struct bytes text, struct ref *out,
		    const char *where, struct fault *f);
/* An entry as people name one: its ref; its number in the log, as 57, #57 or with the beginning of
 * the log's id, where only one log has it; or "last", the newest of `author` here that can be
 * voided. The view must see all that was saved. Whether a whole ref is there is for the caller to
 * see. */
int resolve_entry(struct resolve *r, struct bytes text, struct bytes author, struct ref *out,
		  const char *where, struct fault *f);

#endif
