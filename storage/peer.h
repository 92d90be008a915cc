/* SPDX-License-Identifier: Apache-2.0 */
/* peer.h -- at a station: its hub, how far that hub has signed for our log, and what it once
 * showed.
 *
 * P1: a session that is late moves nothing: within one epoch the cursor goes back only when the
 * session found the hub set back to an older copy. P2: `seen` never goes back within one epoch, and
 * stands still once that was found; a new epoch clears the finding and begins both anew. Calls that
 * change something are the writer's and commit. */
#ifndef BF_PEER_H
#define BF_PEER_H

#include "storage/acts.h"
#include "storage/view.h"

struct peer {
	struct public_key hub;
	char host[128];
	uint16_t port;
	uint64_t division; /* our place, as the hub said */
	uint32_t role;
	char hub_name[NAME_BYTES_MAX + 1];
	struct checkpoint cursor; /* what the hub signed last; zeroed before the first */
	int64_t cursor_ms;        /* our wall clock when it came */
	struct checkpoint seen;   /* the longest order it showed in that epoch: the cursor itself,
				     until it goes back */
	int64_t rewound_ms; /* our wall clock when it was found to have gone back in this epoch; 0:
			       it has not */
	int64_t clock_ms;   /* hub's clock minus ours at the last session */
};
int peer_put(struct store *s, const struct peer *p, struct fault *f); /* replaces */
/* Enrolment: the row, and with `count` > 0 the table of places that came with it, as place_import
 * has it; all of it or nothing, for a directory that has places and no hub is taken for a hub's. */
struct place;
int peer_enrol(struct store *s, const struct peer *p, struct bytes edition,
	       const struct place *rows, size_t count, struct act *act, struct fault *f);

enum { PEER_LATE = 0, PEER_KEPT = 1 };
/* Keep what a session of ours wished to (WISH_KEEP): `rewound` as it said. Returns PEER_KEPT, or
 * PEER_LATE when the checkpoint is older than what is here (the clock is kept all the same); *out
 * is then what the disk holds. Else BF_ENOTFOUND before enrolment, BF_EFULL, BF_EIO. */
int peer_keep(struct store *s, const struct checkpoint *c, bool rewound, int64_t now_ms,
	      int64_t clock_ms, struct peer *out);
/* BF_ENOTFOUND before enrolment, BF_EVERSION for a row of another version of this program. */
int peer_get(struct view *v, struct peer *out);

#endif
