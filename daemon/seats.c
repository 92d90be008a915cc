/* SPDX-License-Identifier: Apache-2.0 */
/* seats.c -- see seats.h. There are few seats: each question walks them all, and nothing is counted
 * twice. */
#include "daemon/seats.h"

struct holding {
	uint32_t seats;
	size_t bytes;
};

static struct holding holding_of(const struct seats *s, uid_t uid)
{
	struct holding h = { 0 };

	for (const struct seat *at = s->first; at != NULL; at = at->next) {
		if (at->uid != uid)
			continue;
		h.seats += !at->closed;
		h.bytes += at->bytes;
	}
	return h;
}

/* ---- coming in ---- */

/* Up to how many seats in all this user may take one more. */
static uint32_t ceiling(const struct seats *s, uid_t uid)
{
	return uid == 0 ? SEATS_MAX : uid == s->own ? SEATS_OWN_MAX : SEATS_OTHERS_MAX;
}

static struct seat *longest_idle(const struct seats *s, uid_t uid, uint64_t now_ms)
{
	struct seat *found = NULL;

	for (struct seat *at = s->first; at != NULL; at = at->next) {
		bool idle =
		    at->calls == 0 && !at->closed && at->moved_ms + SEATS_GRACE_MS <= now_ms;

		/* The list has the newest first: of those that moved together the oldest. */
		if (at->uid == uid && idle && (found == NULL || at->moved_ms <= found->moved_ms))
			found = at;
	}
	return found;
}

/* S3 where all is full: of whoever holds the most and can spare one. */
static struct seat *spared(const struct seats *s, uid_t uid, uint32_t own, uint64_t now_ms)
{
	struct seat *found = NULL;
	uint32_t most = own + 1;

	for (struct seat *at = s->first; at != NULL; at = at->next) {
		uint32_t holds = holding_of(s, at->uid).seats;
		struct seat *idle = NULL;

		if (holds > most && ceiling(s, at->uid) <= ceiling(s, uid))
			idle = longest_idle(s, at->uid, now_ms);
		if (idle == NULL)
			continue;
		found = idle;
		most = holds;
	}
	return found;
}

enum fault_code seats_admit(const struct seats *s, uid_t uid, uint64_t now_ms,
			    struct seat **gives_way)
{
	uint32_t own = holding_of(s, uid).seats;

	*gives_way = NULL;
	if (own >= SEATS_SHARE_MAX) {
		*gives_way = longest_idle(s, uid, now_ms);
		return *gives_way != NULL ? FAULT_NONE : FAULT_CLIENTS_SHARE;
	}
	if (s->count < ceiling(s, uid))
		return FAULT_NONE;
	*gives_way = spared(s, uid, own, now_ms);
	return *gives_way != NULL ? FAULT_NONE : FAULT_CLIENTS_MAX;
}

void seats_join(struct seats *s, struct seat *seat, uid_t uid, uint64_t now_ms)
{
	*seat =
	    (struct seat){ .uid = uid, .moved_ms = now_ms, .next = s->first, .link = &s->first };
	if (seat->next != NULL)
		seat->next->link = &seat->next;
	s->first = seat;
	s->count++;
}

void seats_close(struct seats *s, struct seat *seat)
{
	s->count -= seat->link != NULL && !seat->closed;
	seat->closed = true;
}

void seats_leave(struct seats *s, struct seat *seat)
{
	seats_close(s, seat);
	if (seat->link == NULL)
		return; /* was never let in */
	*seat->link = seat->next;
	if (seat->next != NULL)
		seat->next->link = seat->link;
	seat->link = NULL;
}

/* ---- staying ---- */

enum fault_code seats_overdue(const struct seat *seat, uint64_t now_ms)
{
	if (seat->half_ms != 0 && now_ms >= seat->half_ms + SEATS_HALF_MS)
		return FAULT_CONN_HALF;
	if (seat->calls == 0 && now_ms >= seat->moved_ms + SEATS_IDLE_MS)
		return FAULT_CONN_IDLE;
	return FAULT_NONE;
}

bool seats_room(const struct seats *s, const struct seat *seat)
{
	return (seat->calls == 0 && seat->unread == 0) ||
	       holding_of(s, seat->uid).bytes < SEATS_USER_BYTES_MAX;
}

static struct seat *heaviest(const struct seats *s, uid_t uid)
{
	struct seat *found = NULL;

	for (struct seat *at = s->first; at != NULL; at = at->next) {
		bool open = at->uid == uid && !at->closed && at->bytes > 0;

		if (open && (found == NULL || at->bytes > found->bytes))
			found = at;
	}
	return found;
}

struct seat *seats_heaviest(const struct seats *s, uid_t uid)
{
	struct seat *found = NULL;
	size_t all = 0, most = 0;

	if (holding_of(s, uid).bytes > SEATS_USER_PEAK_MAX)
		return heaviest(s, uid);
	for (const struct seat *at = s->first; at != NULL; at = at->next)
		all += at->bytes;
	for (struct seat *at = s->first; all > SEATS_ALL_PEAK_MAX && at != NULL; at = at->next) {
		size_t holds = holding_of(s, at->uid).bytes;
		struct seat *its = holds > most ? heaviest(s, at->uid) : NULL;

		if (its == NULL)
			continue;
		found = its;
		most = holds;
	}
	return found;
}
