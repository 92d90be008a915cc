/* SPDX-License-Identifier: Apache-2.0 */
/* store_world.h -- a store in a directory of its own, nodes with logs, and entries of chance whose
 * meaning is known.
 *
 * The world remembers every fact it made, in hub order, as plain numbers: what totals, lists and
 * balances must be follows from them by counting, without the code under test. */
#ifndef BF_STORE_WORLD_H
#define BF_STORE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "storage/check.h"
#include "storage/inside.h"
#include "storage/peer.h"
#include "storage/place.h"
#include "storage/roster.h"
#include "tests/lib/rng.h"

enum { WORLD_NODES = 4, WORLD_DAY = 20454 /* 2026-01-01 */, WORLD_PLACES = 12 };

/* One entry, as it was meant. */
struct fact {
	struct ref ref, subject, target;
	uint32_t kind;
	uint64_t division;
	int32_t day;
	uint16_t dim[DIMS_MAX];
	int64_t sum;
	struct bytes from, to; /* into the fact's own arrays */
	uint8_t account[2][ACCOUNT_BYTES_MAX];
	size_t account_bytes[2];
	uint32_t about_count;
	struct ref about[8];
	bool counted, moved, voided;
};

struct node {
	struct key_pair key;
	uint64_t origin;
	struct head head;   /* of what was made, which may be more than what was sent */
	struct buf entries; /* all of the log */
	size_t at[4096];    /* where entry seq begins: at[seq - 1] */
	uint64_t sent;
};

struct world {
	char dir[64];
	struct store_options options;
	struct store *s;
	struct key_pair own;
	struct node nodes[WORLD_NODES];
	struct rng rng;
	struct fact *facts; /* in hub order, when each run is sent as it is made */
	size_t fact_count, fact_cap;
	struct fault f;
};

uint64_t world_seed(uint64_t otherwise); /* BF_SEED, printed */
int world_setup(void **state);           /* open store, own log, WORLD_NODES enrolled */
int world_teardown(void **state);
void world_open(struct world *w);
void world_close(struct world *w);
void world_reopen(struct world *w);
void world_remove(struct world *w); /* the directory's files */
void world_apply(struct world *w);  /* all */
void world_look(struct world *w, struct view *v); /* sync and apply all, and begin a view of it */

/* A body of chance and what it means; `w` gives earlier facts to point at. */
void world_body(struct world *w, uint64_t origin, struct fact *fact, struct buf *body);
/* A fund movement of `fen` by our own log; synced when asked. */
struct ref world_fund(struct world *w, int64_t fen);
/* One entry of our own log (staged). The body is freed. */
struct ref world_save(struct world *w, uint32_t kind, struct ref subject, struct buf *body);
/* One field of a body. */
void body_uint(struct buf *b, uint64_t tag, uint64_t v);
void body_text(struct buf *b, uint64_t tag, const char *text);
void body_ref(struct buf *b, uint64_t tag, struct ref ref);
void body_of_void(struct buf *b, struct ref target); /* the whole of it */
/* Our own void of `target` (staged). */
struct ref world_undo(struct world *w, struct ref target);
/* Append one fact of chance to our own log (staged). */
void world_append(struct world *w);
/* Extend node i's log by `count` entries of chance; not sent. */
void world_grow(struct world *w, int i, uint64_t count);
/* The same by one entry that says just this; no fact is remembered. */
void world_say(struct world *w, int i, uint32_t kind, struct bytes body);
/* The run first..last of node i's log, its head signed. */
struct run world_run(struct world *w, int i, uint64_t first, uint64_t last);
/* Make and accept `count` entries of node i (staged). */
void world_send(struct world *w, int i, uint64_t count);
/* A day's work: own entries and runs of all nodes, synced, sometimes applied. */
void world_day(struct world *w);

uint64_t world_held(struct world *w, uint64_t origin); /* seq that is durable of a log */
uint64_t world_entries(struct world *w);               /* that a view shows */

/* A hash of every row of every tree but `applied`: equal states have equal digests. */
struct hash world_digest(struct world *w);
/* Copy a whole file; the tests damage copies. */
void world_copy(struct world *w, const char *name, const char *as);

#endif
