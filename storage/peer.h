/* peer.h -- at a station: its hub, and how far that hub has signed for our log.
 *
 * P1: the cursor never moves back within one epoch. Calls that change something are the writer's
 * and commit. */
#ifndef BF_PEER_H
#define BF_PEER_H

#include "storage/view.h"

struct peer {
	struct public_key hub;
	char host[128];
	uint16_t port;
	uint64_t division; /* our place, as the hub said */
	uint32_t role;
	char hub_name[NAME_BYTES_MAX + 1];
	struct checkpoint cursor; /* zeroed before the first */
	int64_t cursor_ms;        /* our wall clock when it came */
	int64_t clock_ms;         /* hub's clock minus ours at the last session */
};
int peer_put(struct store *s, const struct peer *p, struct fault *f); /* at enrolment; replaces */
int peer_keep(struct store *s, const struct checkpoint *c, int64_t now_ms, int64_t clock_ms);
int peer_get(struct view *v, struct peer *out); /* BF_ENOTFOUND before enrolment */

#endif
