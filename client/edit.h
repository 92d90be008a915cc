/* SPDX-License-Identifier: Apache-2.0 */
/* edit.h -- correcting an entry: it is made void and recorded anew in one step, and both are shown.
 *
 * `bangfu edit REF` and `bangfu visit --again-as REF` are the same; the second says of which kind
 * it must be. Only what differs goes to the node, which has the rest: personal fields are seen
 * masked here. */
#ifndef BF_EDIT_H
#define BF_EDIT_H

#include "client/command.h"

/* The verb's options say what differs; without any they are asked for on a terminal, each with what
 * stands. `kind` NULL: of any. */
int edit_entry(struct client *c, const struct args *a, const char *ref, const struct kind *kind);
/* Undo the correction that the entry `ref` comes from: what stood before is recorded anew in its
 * place, and both are shown. With `check` they are only shown, on standard error. */
int edit_back(struct client *c, const char *ref, const char *reason, bool check);

#endif
