/* SPDX-License-Identifier: Apache-2.0 */
/* sync.h -- what the two halves of a session share: wishes and events.
 *
 * give.h (the half that has entries) and take.h (the half that keeps them) are pure: an event in, one wish
 * out. The driver (daemon/, tests/sim/) obeys wishes in order and steps again with EVENT_GO until the
 * machine wishes WAIT, DONE or FAIL. A machine never asks the time: events carry what it needs.
 * Memory: bytes in a wish borrow from the machine until its next step; bytes in an event are only
 * read during the step. */
#ifndef BF_SYNC_H
#define BF_SYNC_H

#include "fault.h"
#include "message.h"

/* How long a hub can make a station wait by a word, whatever number it names. */
enum {
	SYNC_BUSY_S_MAX = 4 * 3600,  /* BUSY: more is waited as this */
	SYNC_NEXT_S_MAX = 2 * 86400, /* WELCOME: more is unsaid; the station keeps its own hours */
};

enum wish {
	WISH_WAIT,  /* nothing until the next event */
	WISH_SEND,  /* send `bytes` (whole frames), then step with EVENT_GO */
	WISH_LOAD,  /* give: read entries origin/first.. , at most limit_bytes and limit_count; answer EVENT_LOADED */
	WISH_HELD,  /* take: look up what is durable of `origin`; answer EVENT_HELD */
	WISH_STORE, /* take: store `run`; step with EVENT_GO at once, answer EVENT_STORED when durable, in order */
	WISH_KEEP,  /* give: the hub signed checkpoint (verified) and is `rewound` or not: keep it as the cursor; EVENT_GO */
	WISH_DONE,  /* the session ended well; close */
	WISH_FAIL,  /* it cannot go on: `fault` says why; any SEND before it has been wished; close */
};

struct wished { /* filled as the wish needs */
	struct bytes bytes;
	uint64_t origin, first;
	size_t limit_bytes;
	uint32_t limit_count;
	struct run run;
	struct checkpoint checkpoint;
	bool rewound;      /* with KEEP: the hub is known to have gone back in this epoch; what was seen stays evidence */
	uint64_t retry_s;  /* with FAIL on BUSY, or DONE: when the hub wants us again, bounded; 0 unsaid */
	int64_t peer_ms;   /* the other's wall clock once heard, else 0 */
	struct fault fault;
};

enum event_type {
	EVENT_GO,     /* begin, or carry on */
	EVENT_FRAME,  /* one payload came */
	EVENT_LOADED, /* entries read */
	EVENT_HELD,   /* a head looked up */
	EVENT_STORED, /* a run is durable, or rc says why not */
	EVENT_MORE,   /* give: new entries were saved here; head in `held` */
	EVENT_CLOSED, /* the link went away */
};

struct event {
	enum event_type type;
	struct bytes payload;   /* FRAME */
	struct run loaded;      /* LOADED: head unused; count 0 when there are none */
	struct head held;       /* HELD, STORED, MORE: the durable head (sig unused) */
	uint64_t ordinal;       /* STORED: of the last entry, 0 if seen before */
	struct checkpoint checkpoint; /* HELD, STORED: the hub's, signed, at `held` */
	struct malformed malformed; /* HELD, STORED: of the log's entries up to there */
	int rc;                 /* LOADED, HELD, STORED: 0 or BF_E... */
	const struct fault *why; /* STORED with an rc: the store's own sentence, or NULL */
};

/* Both machines refuse alike: the frame that says why (REFUSE), and a REFUSE that came as a fault. */
int sync_put_refuse(struct buf *out, const struct fault *f);
void sync_told(const struct msg_refuse *m, struct fault *f);
/* A payload that message_take would not have, as a fault. Returns rc. */
int sync_unread(int rc, struct fault *f);

const char *wish_name(enum wish wish);         /* "SEND"; static */
const char *event_name(enum event_type type); /* "FRAME"; static */

#endif
