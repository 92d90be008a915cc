/* SPDX-License-Identifier: Apache-2.0 */
/* desk.h -- what the methods share between calls: dispatch, work off the loop, and a short memory
 * of what was just saved.
 *
 * Long reads (verify, the checking of an import, lists) run on libuv's pool by desk_work, at most
 * DESK_WORKING_MAX at a time: names of hubs are resolved on the same threads, of which there are
 * four, and a sync never waits for a leader's lists (I10). Up to DESK_WAITING_MAX more wait in
 * their order; beyond that the answer is "busy". D1: desk_stop returns only when no such work reads
 * the store any more, so the store may be closed after it; the work polls desk_stopping, at each
 * row or slice. D2: a name given to a new subject (户编号, 证件号码) is remembered from before its
 * entry is queued until long after it is applied, so that two calls at the same moment never make
 * two subjects of one name. Thread: loop only, except desk_stopping. */
#ifndef BF_DESK_H
#define BF_DESK_H

#include "daemon/call.h"

enum { RECENT_MAX = 256, RECENT_TEXT_MAX = 48, VOIDING_MAX = 256 };
enum { DESK_WORKING_MAX = 3, DESK_WAITING_MAX = 64 };

int desk_open(struct desk **out, struct node *node);
void desk_close(struct desk *d);
void desk_stop(struct desk *d);
bool desk_stopping(const struct desk *d); /* any thread */

/* Check name, place and parameters of a call and run its handler, or fail it. */
void desk_run(struct call *c, struct bytes method);

/* Run `work(own)` on the pool, then `then(c)` on the loop, or fail the call: when too many wait,
 * when the node stops. */
void desk_work(struct call *c, void (*work)(void *own), void (*then)(struct call *c));

/* One verify and one import at a time: false when one is under way. */
enum desk_lone { LONE_VERIFY, LONE_IMPORT, LONE_COUNT };
bool desk_enter(struct desk *d, enum desk_lone which);
void desk_leave(struct desk *d, enum desk_lone which);
bool desk_inside(const struct desk *d, enum desk_lone which);

/* ---- names of subjects saved lately ---- */
enum recent { RECENT_NONE, RECENT_FLYING /* on its way to the disk */, RECENT_SAVED };
/* What is known of the subject of `kind` that people call `text`. */
enum recent desk_recent(const struct desk *d, uint16_t kind, struct bytes text, struct ref *ref);
/* The kind of a subject saved lately; 0 when it is not remembered. */
uint16_t desk_recent_kind(const struct desk *d, struct ref ref);
/* Remember a name as on its way. Returns its slot for the two below, -1 when it cannot be
 * remembered (text too long, all slots flying): then the caller answers "busy" or flushes. */
int desk_fly(struct desk *d, uint16_t kind, struct bytes text);
/* Saved: `ref` is called so from now on, and no longer by any other text of the kind. */
void desk_land(struct desk *d, int slot, struct ref ref);
void desk_fall(struct desk *d, int slot); /* not saved */

/* The subject's name is the view's to say from now on: something it said was voided. */
void desk_unname(struct desk *d, struct ref ref);
/* The subject was given another name than `text` a moment ago. */
bool desk_renamed(const struct desk *d, uint16_t kind, struct bytes text, struct ref ref);

/* ---- entries being voided: between the check and the disk ---- */
bool desk_voiding(struct desk *d, struct ref ref); /* false: it is already, or too many are */
void desk_voided(struct desk *d, struct ref ref);

/* ---- what was told lately, so that a fact told twice in one breath is kept once ----
 * A window closed too early, a second tap, a cadre who did not see "saved": the very same words
 * come again within minutes. Older than TWICE_MS, or TWICE_MAX entries ago, is forgotten, and so is
 * all at a restart. */
enum { TWICE_MAX = 512, TWICE_MS = 15 * 60 * 1000 };
/* Whether `what` (of kind and body) was saved lately, and as which entry, how long ago. */
enum recent desk_twice(const struct desk *d, const struct hash *what, struct ref *ref,
		       uint64_t *ago_ms);
/* The slot for the two below; -1: it will not be remembered. */
int desk_twice_fly(struct desk *d, const struct hash *what);
void desk_twice_land(struct desk *d, int slot, struct ref ref);
void desk_twice_fall(struct desk *d, int slot);
void desk_twice_forget(struct desk *d, struct ref ref); /* it is void: it may be told anew */

/* ---- money moved lately (moved.h) ---- */
struct moved;
struct moved *desk_moved(struct desk *d);

/* ---- the rows of an import that are on their way (upload.h); NULL in it: none ---- */
struct upload;
struct upload **desk_upload(struct desk *d);

/* ---- the backup under way (backup.h); NULL in it: none ---- */
struct backup;
struct backup **desk_backup(struct desk *d);

/* ---- how complete the figures of an area are: counted anew when older than `age_ms` ---- */
enum { DESK_FRESH_MS = 5000, FRESH_AREAS = 8, SPLIT_NAMED_MAX = 3 };
struct desk_fresh {
	uint64_t nodes, nodes_day, active, revoked, silent, never;
	uint64_t
	    clock; /* last seen after now: our clock was set back, so how long ago is unknown */
	uint64_t forked; /* their logs contradict what is stored (roster.h, node_split): never fresh */
	uint64_t clocks_off; /* those not revoked whose clock was CLOCK_OFF_MS or more off when last
				heard */
	uint64_t refused;    /* their last session failed by what a person must mend */
	uint64_t split_at[SPLIT_NAMED_MAX]; /* the places of some that are forked; 0 past the last */
};
struct view;
/* `area`: a division within the hub's. Borrowed until the next call. */
const struct desk_fresh *desk_fresh(struct desk *d, struct view *v, uint64_t area, uint64_t age_ms);

#endif
