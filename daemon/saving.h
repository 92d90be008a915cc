/* SPDX-License-Identifier: Apache-2.0 */
/* saving.h -- one entry of our own on its way to the disk: from a checked record to its answer.
 *
 * A saving is what log, void and correct hand to the writer: one entry, or of a correction two that
 * are saved together or not at all. It is answered when the entry is durable, never before (I1).
 * Thread: loop only, except its job's run. Memory: own of its call, freed with it. */
#ifndef BF_SAVING_H
#define BF_SAVING_H

#include "daemon/methods.h"
#include "daemon/moved.h"
#include "protocol/record.h"

struct saving {
	struct job job;
	struct call *call;
	const struct kind *kind;
	struct ref subject, base; /* none: an entry that creates */
	struct ref ref;           /* of the entry, once saved */
	struct buf body;
	struct buf gist;     /* what its answer tells of it, or of what it voids; masked */
	struct ref target;   /* what void and correct are about */
	struct ref replaced; /* what that took the place of; none */
	/* Of a correction: the void that is saved with it, what it voids, and the void's ref. */
	struct buf voids, before;
	struct ref void_ref;
	int slot;              /* of desk_fly; -1 none */
	int twice;             /* of desk_twice_fly; -1 none */
	struct ref voiding;    /* of desk_voiding; none */
	struct ref unnamed;    /* whose state changes when `voiding` is void; none */
	struct movement moves; /* of money; none: 0 */
	uint32_t flags;        /* rules that it breaks (flag.h) */
	int64_t holds;         /* what its giver's account held */
	int64_t wall_ms;
	bool retried; /* everything saved before is visible now */
	bool stale;   /* a look-up failed that may succeed after a flush */
	bool unsure;  /* what was saved a moment ago may decide its flags */
	bool sure;    /* and is visible now, as far as the disk lets it */
	void (*answer)(struct call *c, const struct saving *s);
};

/* New own of the call; NULL: the call has failed. */
struct saving *saving_open(struct call *c, void (*answer)(struct call *c, const struct saving *s));
struct saving *saving_of(struct call *c);
/* Forget what an earlier try prepared. */
void saving_again(struct saving *s);
/* Queue the prepared entry; answers or fails the call. */
void saving_put(struct saving *s);
/* Where the record's place may lie, by kind and by this node's area. */
int saving_place(const struct record *r, const struct node *n, struct fault *f);
/* An import is under way that has judged subjects of this kind: they must stay as they are. */
bool saving_imports(const struct desk *desk, uint32_t kind);
/* The name of a new subject must be new (D2 of desk.h); remembers it as flying unless `check`. */
int saving_name(struct saving *s, const struct record *r, struct view *v, bool check,
		struct fault *f);
/* What was saved a moment ago is not saved once more unless `again`; remembers it as flying unless
 * `check`. */
int saving_twice(struct saving *s, const struct record *r, bool again, bool check, struct fault *f);

#endif
