/* SPDX-License-Identifier: Apache-2.0 */
/* fields.h -- the field reference of a kind, for help, schema and the manual: from the schema's
 * rows alone. */
#ifndef BF_FIELDS_H
#define BF_FIELDS_H

#include "client/client.h"
#include "protocol/schema.h"

/* A sheet of fields: option, term, type, required; all kinds when `k` is NULL. Returns an exit
 * code. */
int fields_sheet(struct client *c, const struct kind *k);
/* For help, whatever the format: the fields of a kind as one gives them; and the words that each
 * option takes. Return 0 or BF_E... */
int fields_help(struct client *c, const struct kind *k);
int fields_words(struct client *c, const struct kind *k);
/* Each code list of the kind once, with its words. */
void fields_codes(const struct client *c, const struct kind *k);
int fields_json(struct client *c, const struct kind *k);
/* The type's word in the reader's language, "amount"; never empty. */
const char *fields_type(const struct client *c, const struct field *field);

#endif
