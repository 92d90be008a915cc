/* SPDX-License-Identifier: Apache-2.0 */
/* rules.h -- rules of single kinds that the table of fields cannot say. Called by record_check and where
 * entries are saved.
 *
 * Each rule needs only the record itself, and at most what an entity that it names says of itself: what must be looked up (two heads in one household) is a finding, not
 * a refusal. A rule refuses only what is certainly a slip, and its fault says how to mend it. */
#ifndef BF_RULES_H
#define BF_RULES_H

#include "record.h"

/* Derive what follows from other fields (sex and birth from an ID, a service's category from its activity), then judge. */
int rules_check(struct record *r, const struct resolver *ask, struct fault *f);
/* Whether an equal one, told again in one breath, is the same fact told twice: kinds that are counted and not
 * versioned. Two volunteers who served alike and are not named are told apart by `again`. */
bool rules_once(const struct record *r);

#endif
