/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.h -- asking a person for a field, in their language, with the words it may hold.
 *
 * On a terminal the line can be mended (typing.h) and Tab offers words (complete.h). Who gives up
 * is told that nothing was saved, so nothing may have been: with Ctrl-D the fault says it, Ctrl-C
 * ends the process. What is asked for is never among the arguments that other users of the machine can read. */
#ifndef BF_PROMPT_H
#define BF_PROMPT_H

#include "client/client.h"
#include "protocol/schema.h"

/* True when questions reach a person: standard input and the error stream are terminals. */
bool prompt_possible(void);
/* How asking goes, once before several questions of which some may be left out. */
void prompt_explain(struct client *c);
/* Ask until there is an answer; whether it is right the node decides. An empty answer gives an
 * empty text for a field that is not required. *out is freed by the caller. Returns 0, or BF_EMORE
 * at the end of input with the fault said, or BF_ENOMEM. */
int prompt_field(struct client *c, const struct field *field, char **out);

/* One line for what is no field, or off a terminal for any: `what` is its name in the reader's
 * language. Returns 0, BF_EMORE when there is none, BF_EINVAL for an empty one, or BF_EFORMAT for bytes that
 * are no UTF-8 or too many of them: then the fault is said; on a terminal for BF_EMORE too. */
int prompt_line(struct client *c, const char *what, char **out);
/* The same, but on a terminal what is empty or wrong is said and asked again. */
int prompt_word(struct client *c, const char *what, char **out);

#endif
