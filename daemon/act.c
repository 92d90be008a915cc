/* SPDX-License-Identifier: Apache-2.0 */
/* act.c -- see act.h. */
#include "daemon/act.h"

#include <stdio.h>

#include "daemon/log.h"
#include "daemon/node.h"
#include "protocol/division.h"

struct act act_by(const char *who)
{
	struct act a = { .at_ms = wall_ms() };

	(void)snprintf(a.who, sizeof a.who, "%s", who);
	return a;
}

void act_tell(const struct act *a)
{
	char division[DIVISION_DIGITS + 1] = "";

	if (a->division != 0)
		(void)division_print(a->division, division);
	log_info(ev("act"), ls("act", act_name(a->what)), lu("number", a->number),
		 ls("user", a->who), a->origin != 0 ? lx("origin", a->origin) : ls("origin", ""),
		 ls("division", division), lu("count", a->count), ls("note", a->note));
}
