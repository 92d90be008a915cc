/* SPDX-License-Identifier: Apache-2.0 */
/* pick.h -- whom somebody means who gave a name, some letters or a few digits where a number is
 * wanted: the node's `find`, and the choice.
 *
 * P1 (never the wrong one): only what is called or numbered exactly so, and alone in that, is taken
 * without a question, and it is said which. What merely contains it is offered, be it a single one:
 * 王小山 may be meant where only 王小山丹 is known. P2: what is taken goes to the node as a ref, so
 * what was shown is what is recorded. On a terminal a numbered list is the question; elsewhere its
 * lines stand on the error output and the fault says that one of them must be named. A household is
 * looked for among its members too. Thread: one. */
#ifndef BF_PICK_H
#define BF_PICK_H

#include "client/client.h"
#include "protocol/entry.h"
#include "protocol/schema.h"

enum { PICK_MAX = 20 /* that are offered at once */ };

/* Whether what the node refused is a name that it does not know, so that it may be picked. */
bool pick_possible(const struct client *c);

/* The one of kind `k` that `text` means; `where` is what it was typed for. CLIENT_DONE: its ref, or
 * "" when on a terminal none was chosen. CLIENT_REFUSED: none fits, and the fault is as it was.
 * CLIENT_USAGE: several fit, or input ended; other codes as client_call. */
int pick_one(struct client *c, const struct kind *k, const char *where, struct bytes text,
	     char ref[REF_TEXT_MAX]);

/* Whether `text` may hold names for pick_field. Digits alone are a number until the node knows
 * better. */
bool pick_names(const struct field *field, const char *text);

/* The same for all that was typed for a field that names others (T_REF, T_REFS, a household's
 * account, or in front of each line of a T_EACH): what the node knows stays as it is, the rest is
 * picked. `record` is the kind that is being recorded. CLIENT_DONE: *out is the text for the node,
 * freed by the caller; NULL when on a terminal nothing was chosen. Fields that name no others come
 * back as they are. */
int pick_field(struct client *c, const struct kind *record, const struct field *field,
	       const char *text, char **out);

/* An account ("户:王小山") that the node did not know. As pick_field. */
int pick_account(struct client *c, const char *where, const char *text, char **out);

/* What was shown of `text` when it was picked: "1507221022000001  王小山"; `text` itself when it
 * was not. For whoever speaks of it again: a ref tells a person nothing. Borrowed from `c` until
 * the next pick. */
struct bytes pick_shown(const struct client *c, struct bytes text);

#endif
