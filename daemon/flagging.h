/* SPDX-License-Identifier: Apache-2.0 */
/* flagging.h -- warnings of what is saved, as the methods ask for them and tell them.
 *
 * Thread: flagging_today and flagging_param loop only, the others any. Memory: appends to the
 * caller's buf. */
#ifndef BF_FLAGGING_H
#define BF_FLAGGING_H

#include "daemon/methods.h"
#include "storage/flags.h"

/* The day after which is the future: the hub's by its clock, a station's by what it knows of the
 * hub's. */
int32_t flagging_today(struct node *n);
/* The parameter `flagged`: "all" or a rule; 0 when it is not given. */
int flagging_param(const struct call *c, uint32_t *flags, struct fault *f);
/* flags_draft, and what lies after today. */
int flagging_draft(const struct call *c, struct view *v, const struct record *whole, struct ref subject, int64_t lately,
		   uint32_t *flags, int64_t *holds);
/* flags: [name]. */
void flagging_put(struct buf *b, uint32_t flags);
/* One rule in words: name, zh, en, and (FLAG_OVER_BALANCE) what the account held. */
enum { FLAGGING_PAIRS = 3 };
void flagging_words(struct buf *b, enum flag flag, const int64_t *holds);
/* flags: [{name, zh, en}]. */
void flagging_tell(struct buf *b, uint32_t flags, const int64_t *holds);

#endif
