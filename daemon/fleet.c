/* SPDX-License-Identifier: Apache-2.0 */
/* fleet.c -- see fleet.h. */
#include "daemon/fleet.h"

#include <string.h>

#include "protocol/division.h"

#define DAY_MS   (INT64_C(24) * 3600 * 1000)
#define SLACK_MS (INT64_C(5) * 60 * 1000) /* a clock that is only being set right */

enum fleet_heard fleet_heard(const struct node_row *row, int64_t now_ms)
{
	int64_t age = now_ms - row->last_ms;

	if (row->last_ms == 0)
		return HEARD_NEVER;
	if (age < -SLACK_MS)
		return HEARD_AHEAD;
	return age > FLEET_SILENT_DAYS * DAY_MS ? HEARD_SILENT : HEARD_LATELY;
}

bool fleet_fresh(const struct node_row *row, int64_t now_ms)
{
	return row->split == NODE_WHOLE && fleet_heard(row, now_ms) == HEARD_LATELY &&
	       now_ms - row->last_ms <= DAY_MS;
}

bool fleet_clock_off(const struct node_row *row)
{
	return (row->tried_ms != 0 || row->last_ms != 0) &&
	       (row->clock_ms >= CLOCK_OFF_MS || row->clock_ms <= -CLOCK_OFF_MS);
}

/* F2. Lines, crowds and this hub's own disk; the store's own sentence is not the node's fault. */
bool fleet_refused(const struct node_row *row)
{
	static const enum fault_code passing[] = {
		FAULT_LINK_CUT,   FAULT_LINK_SLOW, FAULT_LINK_CLOSED,     FAULT_SESSION_REPLACED,
		FAULT_NOT_STORED, FAULT_NO_MEMORY, FAULT_STOPPING,        FAULT_BUSY,
		FAULT_HUB_BUSY,   FAULT_DISK_FULL, FAULT_HUB_UNREACHABLE, FAULT_HUB_DISK_FULL,
	};

	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (strcmp(row->fault, fault_name(passing[i])) == 0)
			return false;
	return row->fault[0] != '\0';
}

enum fleet_plight fleet_plight(const struct node_row *row, uint64_t malformed, int64_t now_ms)
{
	enum fleet_heard heard = fleet_heard(row, now_ms);

	if (row->state == NODE_REVOKED)
		return PLIGHT_REVOKED;
	if (row->split != NODE_WHOLE)
		return row->split == NODE_FORKED ? PLIGHT_FORKED : PLIGHT_ROLLED_BACK;
	if (fleet_refused(row))
		return PLIGHT_REFUSED;
	if (heard == HEARD_SILENT)
		return PLIGHT_SILENT;
	if (heard == HEARD_NEVER)
		return PLIGHT_NEVER;
	if (heard == HEARD_AHEAD)
		return PLIGHT_AHEAD;
	if (malformed > 0)
		return PLIGHT_MALFORMED;
	return fleet_clock_off(row) ? PLIGHT_CLOCK : PLIGHT_NONE;
}

const char *fleet_plight_name(enum fleet_plight p)
{
	static const char *const names[] = {
		[PLIGHT_FORKED] = "forked",       [PLIGHT_ROLLED_BACK] = "rolled_back",
		[PLIGHT_REFUSED] = "refused",     [PLIGHT_SILENT] = "silent",
		[PLIGHT_NEVER] = "never",         [PLIGHT_AHEAD] = "ahead",
		[PLIGHT_MALFORMED] = "malformed", [PLIGHT_CLOCK] = "clock",
	};

	return p < PLIGHT_NONE ? names[p] : NULL;
}

int64_t fleet_order(enum fleet_plight p, const struct node_row *row)
{
	if (p == PLIGHT_FORKED || p == PLIGHT_ROLLED_BACK)
		return row->split_ms;
	if (p == PLIGHT_NEVER)
		return row->enrolled_ms;
	if (p == PLIGHT_CLOCK)
		return row->clock_ms < 0 ? row->clock_ms : -row->clock_ms;
	return row->last_ms;
}

const char *fleet_role_name(uint32_t role)
{
	return role == ROLE_VILLAGE ? "village" : role == ROLE_TEAM ? "team" : "hub";
}

bool fleet_serves(const struct node_row *row, uint64_t area)
{
	return division_within(row->division, area) ||
	       (row->role == ROLE_TEAM && division_within(area, row->division));
}
