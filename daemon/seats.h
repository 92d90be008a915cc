/* SPDX-License-Identifier: Apache-2.0 */
/* seats.h -- who may stay at the local socket, so that nobody keeps others out: shares, deadlines,
 * bytes.
 *
 * A seat is one connection that was admitted. When it is closed it is free for the next one; what
 * its calls hold counts until they are over, or who hangs up at once would have them for nothing.
 *
 * S1: a user has SEATS_SHARE_MAX seats, so one alone never fills the socket. S2: the last seats are
 * kept, one for the daemon's own user and one for root: others fill SEATS_OTHERS_MAX, the own user
 * SEATS_OWN_MAX. S3: at either bound that connection gives way which has been idle the longest, and
 * for SEATS_GRACE_MS at least: at S1 the user's own, at S2 one of whoever holds the most, if that
 * is more than the newcomer would. Nobody gives way to a user who may less. S4: a connection is
 * closed that was idle for SEATS_IDLE_MS, or did not finish its request in SEATS_HALF_MS. S5: what
 * is held for a user (requests not yet whole, calls under way, answers not yet read) is bounded:
 * over SEATS_USER_BYTES_MAX only those of the user's connections are read on that have no call
 * under way and nothing unread; over SEATS_USER_PEAK_MAX the user's heaviest is closed, and over
 * SEATS_ALL_PEAK_MAX that of the user who holds the most.
 *
 * It knows no socket and no clock. Thread: loop only. Memory: a seat is embedded in its connection.
 */
#ifndef BF_SEATS_H
#define BF_SEATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol/fault.h"

enum {
	SEATS_MAX = 128,
	SEATS_OWN_MAX = 127,
	SEATS_OTHERS_MAX = 126,
	SEATS_SHARE_MAX = 64,
	SEATS_GRACE_MS = 1000,
	SEATS_IDLE_MS = 300 * 1000,
	SEATS_HALF_MS = 30 * 1000,
	SEATS_USER_BYTES_MAX = 8 << 20,
	SEATS_USER_PEAK_MAX = 16 << 20,
	SEATS_ALL_PEAK_MAX = 48 << 20,
};

struct seat {
	uid_t uid;
	uint32_t calls;    /* under way */
	size_t unread;     /* answers the peer has not read */
	size_t bytes;      /* all that is held for it, as S5 counts: unread is in it */
	uint64_t moved_ms; /* when a byte last went in or out, or a call ended */
	uint64_t half_ms;  /* when the request began that is not whole yet; 0: none */
	bool closed;       /* only its calls are not over */
	struct seat *next, **link;
};

struct seats {     /* zeroed, with `own` set: empty */
	uid_t own; /* the daemon's user */
	struct seat *first;
	uint32_t count; /* of those that are not closed */
};

/* May one more of `uid` come in? FAULT_NONE, and then *gives_way is to be closed first unless it is
 * NULL; or the fault that says why not. */
enum fault_code seats_admit(const struct seats *s, uid_t uid, uint64_t now_ms,
			    struct seat **gives_way);
void seats_join(struct seats *s, struct seat *seat, uid_t uid, uint64_t now_ms);
/* Its connection is closed; then, its calls are over. */
void seats_close(struct seats *s, struct seat *seat);
void seats_leave(struct seats *s, struct seat *seat);
/* S4: why it may not stay, or FAULT_NONE. */
enum fault_code seats_overdue(const struct seat *seat, uint64_t now_ms);
/* S5: may this one bring more? */
bool seats_room(const struct seats *s, const struct seat *seat);
/* S5: who has to be closed since this user's connections, or all, hold too much; NULL: nobody. Ask
 * again after closing it. */
struct seat *seats_heaviest(const struct seats *s, uid_t uid);

#endif
