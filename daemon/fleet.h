/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.h -- how a node of the hub fares: one judgement, for status, the freshness of totals and the
 * list of nodes.
 *
 * F1: a node whose log contradicts what is stored (roster.h, node_split) is never fresh: of a clone
 * one copy goes on syncing, and what the other one saved is not here. F2: what nobody needs to mend
 * (a line that was cut, a hub that was full) is no trouble by itself; a node that does not come
 * through becomes silent by its age. Thread: any. */
#ifndef BF_FLEET_H
#define BF_FLEET_H

#include "storage/roster.h"

enum { CLOCK_OFF_MS = 5 * 60 * 1000, FLEET_SILENT_DAYS = 2 };

/* When it was heard last; each node is one of these, revoked ones beside. */
enum fleet_heard {
	HEARD_NEVER,
	HEARD_AHEAD,  /* after now: our clock was set back, so how long ago is unknown */
	HEARD_SILENT, /* more than FLEET_SILENT_DAYS ago */
	HEARD_LATELY,
};
enum fleet_heard fleet_heard(const struct node_row *row, int64_t now_ms);
/* What is stored here is all it had within the last day (F1). */
bool fleet_fresh(const struct node_row *row, int64_t now_ms);
/* CLOCK_OFF_MS or more off when it was heard. */
bool fleet_clock_off(const struct node_row *row);
/* Its last session failed by what a person must mend (F2). */
bool fleet_refused(const struct node_row *row);

/* The worst that is wrong with it, worst first. */
enum fleet_plight {
	PLIGHT_FORKED,
	PLIGHT_ROLLED_BACK,
	PLIGHT_REFUSED,
	PLIGHT_SILENT,
	PLIGHT_NEVER,
	PLIGHT_AHEAD,
	PLIGHT_MALFORMED,
	PLIGHT_CLOCK,
	PLIGHT_NONE,
	PLIGHT_REVOKED,
};
enum fleet_plight fleet_plight(const struct node_row *row, uint64_t malformed, int64_t now_ms);
const char *fleet_plight_name(enum fleet_plight p); /* "rolled_back"; NULL for NONE and REVOKED */
/* Of two nodes in one plight the one with the smaller figure comes first: the longest unheard, the
 * clock that is furthest off. */
int64_t fleet_order(enum fleet_plight p, const struct node_row *row);

const char *fleet_role_name(uint32_t role); /* "village", "team", "hub" */
/* Whether it keeps records of `area`: it stands there, or is a team of a place around it. */
bool fleet_serves(const struct node_row *row, uint64_t area);

#endif
