/* SPDX-License-Identifier: Apache-2.0 */
/* roster.h -- who may sync: nodes with their keys and places, and one-time tokens. Kept at the hub.
 *
 * One small row per node, overwritten in place. Calls that change something are the writer's
 * and commit. */
#ifndef BF_ROSTER_H
#define BF_ROSTER_H

#include "protocol/message.h"
#include "storage/acts.h"
#include "storage/view.h"

enum { TOKEN_HOURS_DEFAULT = 72, TOKEN_HOURS_MAX = 24 * 90, ROSTER_NODES_MAX = 100000 };
enum node_role { ROLE_VILLAGE = 1, ROLE_TEAM = 2, ROLE_HUB = 3 };
enum node_state { NODE_ACTIVE = 1, NODE_REVOKED = 2 };
/* Its log contradicts what is stored: two logs of one key (a clone), or one that was set back to an
 * older copy. It stands until roster_clear: of two copies one goes on syncing well, so no good
 * session says that it is over. */
enum node_split { NODE_WHOLE = 0, NODE_FORKED = 1, NODE_ROLLED_BACK = 2 };
enum { NODE_FAULT_BYTES_MAX = 64 };

#define NODE_SEQ_UNKNOWN UINT64_MAX
struct node_row {
	struct public_key key;
	uint64_t origin, division;
	uint32_t incarnation, role, state;
	char name[NAME_BYTES_MAX + 1];
	int64_t enrolled_ms, last_ms; /* last session that ended well; 0 never */
	int64_t clock_ms;             /* node's clock minus ours, at the last session */
	uint64_t sessions;
	uint64_t seq; /* held (applied); NODE_SEQ_UNKNOWN: the row of its head is none, as verify says */
	/* What a row of an older program lacks is unknown. */
	int64_t tried_ms; /* last session, well or not; 0 unknown */
	uint64_t head;    /* where its own log ended then, or NODE_SEQ_UNKNOWN */
	uint32_t split, splits; /* enum node_split; how often it was met */
	int64_t split_ms;       /* since when; 0: it is not */
	char program[PROGRAM_BYTES_MAX + 1];  /* "" unknown */
	char fault[NODE_FAULT_BYTES_MAX + 1]; /* why the last session failed; "" when it went well */
};

/* A token is called by the first bytes of its hash: they tell nothing of the secret. */
enum { TOKEN_ID_BYTES = 4, TOKEN_ID_DIGITS = 2 * TOKEN_ID_BYTES };
enum token_state { TOKEN_OPEN = 0, TOKEN_SPENT = 1, TOKEN_CANCELLED = 2 };
struct token_row {
	struct hash hash;
	int64_t expires_ms;
	uint64_t division;
	uint32_t role;
	enum token_state state;
	struct public_key key; /* who spent it */
	uint64_t origin;
};
char *token_id(const struct hash *token, char out[TOKEN_ID_DIGITS + 1]);

/* `act`, here and below: see acts.h. */
/* A hub begins: the room for a last roster_revoke is set aside, when there is any. */
void roster_ready(struct store *s);
int roster_token_add(struct store *s, const struct hash *token, uint64_t division, uint32_t role,
		     int64_t expires_ms, struct act *act, struct fault *f);
/* It admits nobody any more. FAULT_TOKEN_UNKNOWN, FAULT_CANCEL_SPENT; again is fine. */
int roster_token_cancel(struct store *s, const struct hash *token, struct act *act,
			struct fault *f);
struct roster_asks { /* what a station says of itself */
	const struct hash *token;
	const struct public_key *key;
	uint32_t incarnation;
	struct bytes name;
	bool keep_name; /* nobody chose `name`: one that is known here stays */
	int64_t now_ms;
};
/* Spend the token and make the node known, in one transaction. Faults: FAULT_TOKEN_UNKNOWN,
 * FAULT_TOKEN_USED, FAULT_TOKEN_CANCELLED, FAULT_TOKEN_EXPIRED, FAULT_NODE_EXISTS (key active, and
 * the token of another place or role), FAULT_NODE_REVOKED (the node's own token again, after it was
 * revoked), FAULT_ORIGIN_TAKEN. A new token from an active key at the very place and role is spent
 * and changes nothing but the name: the station wants it for the address in it. A revoked node's
 * new token makes it active again: the same origin and log, the token's division and role. The same
 * token from the same key again gives the same row (the answer was lost on the way), and is no
 * act. */
int roster_enrol(struct store *s, const struct roster_asks *asks, struct node_row *out,
		 struct act *act, struct fault *f);
/* On a full disk too, once (reserve.c). */
int roster_revoke(struct store *s, uint64_t origin, struct act *act, struct fault *f);
/* The split that stands is dealt with, and what failed last is forgotten. FAULT_NODE_UNKNOWN. */
int roster_clear(struct store *s, uint64_t origin, struct act *act, struct fault *f);
/* Sessions that ended, in one commit; nodes that are not in the roster are passed over. */
struct roster_visit {
	uint64_t origin;
	int64_t now_ms, clock_ms;
	enum fault_code fault; /* FAULT_NONE: it ended well */
	bool greeted;          /* the two below were said */
	uint64_t head;
	char program[PROGRAM_BYTES_MAX + 1];
};
int roster_seen(struct store *s, const struct roster_visit *visits, size_t count);
int roster_get(struct view *v, const struct public_key *key,
	       struct node_row *out);                                   /* BF_ENOTFOUND */
int roster_find(struct view *v, uint64_t origin, struct node_row *out); /* BF_ENOTFOUND */
/* By hash, behind `after` (NULL: from the first). Until `each` returns non-zero, which is returned.
 */
int roster_tokens(struct view *v, const struct hash *after,
		  int (*each)(void *ctx, const struct token_row *row), void *ctx);
int roster_walk(struct view *v, int (*each)(void *ctx, const struct node_row *row), void *ctx);

#endif
