/* SPDX-License-Identifier: Apache-2.0 */
/* asking.h -- the question of total and list: which kind, where, when, split by what.
 *
 * Both read it here, so a figure and the list behind it cannot differ (I11). Thread: loop only. */
#ifndef BF_ASKING_H
#define BF_ASKING_H

#include "daemon/call.h"
#include "protocol/schema.h"
#include "storage/view.h"

struct asking {
	const struct kind *kind;
	struct total_query q;
	struct view view;
};

/* Read the call's parameters and begin the view, which the caller ends when 0 is returned. Else a
 * BF_E, and `f` names the parameter. */
int asking_begin(struct call *c, struct asking *a, struct fault *f);

#endif
