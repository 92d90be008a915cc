/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.h -- asking a person for a field, in their language, with the words it may hold.
 *
 * What is asked for is never among the arguments that other users of the machine can read. */
#ifndef BF_PROMPT_H
#define BF_PROMPT_H

#include "client/client.h"
#include "protocol/schema.h"

enum { PROMPT_BYTES_MAX = 4096 };

/* True when questions reach a person: standard input and the error stream are terminals. */
bool prompt_possible(void);
/* Ask until there is an answer; whether it is right the node decides. An empty answer gives an
 * empty text for a field that is not required. *out is freed by the caller. Returns 0, or BF_EMORE
 * at the end of input. */
int prompt_field(struct client *c, const struct field *field, char **out);

/* One line for what is no field, or off a terminal for any: `what` is its name in the reader's
 * language. Returns 0, BF_EMORE when there is none, BF_EINVAL for an empty one, or BF_EFORMAT for bytes that
 * are no UTF-8: then the fault is said. */
int prompt_line(struct client *c, const char *what, char **out);

#endif
