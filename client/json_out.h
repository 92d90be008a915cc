/* SPDX-License-Identifier: Apache-2.0 */
/* json_out.h -- the wall around jansson: an answer of the node as JSON, member by member, nothing
 * renamed.
 *
 * Integers stay integers. Beside each member that is money in fen, a text of yuan is added: `sum`
 * gets `sum_yuan`. Bytes that are no text become hex. */
#ifndef BF_JSON_OUT_H
#define BF_JSON_OUT_H

#include "client/client.h"

struct json_out {
	void *own;
};

/* `fen` names the members that are money; NULL-ended, or NULL for none. `own` is NULL when memory
 * is out. */
struct json_out json_out_of(struct mp_val v, const char *const *fen);
/* Set a member to a value of an answer; nil is null. Its yuan beside it when `fen` names it. */
void json_out_member(struct json_out *object, const char *key, struct mp_val v,
		     const char *const *fen);
void json_out_set_int(struct json_out *to, const char *key, int64_t value);
void json_out_set_bool(struct json_out *to, const char *key, bool value);
/* NULL is null. */
void json_out_set_text(struct json_out *to, const char *key, const char *value);
struct json_out json_out_object(void);
struct json_out json_out_array(void);
/* Append to an array; or set a member. `item` is used up. */
void json_out_append(struct json_out *array, struct json_out item);
void json_out_drop(struct json_out *object, const char *key);
void json_out_set(struct json_out *object, const char *key, struct json_out item);
/* Print with a line end and let it go. Returns an exit code. */
int json_out_print(struct client *c, struct json_out *j);
void json_out_fini(struct json_out *j);
/* An object with one long array, printed in parts so that none need be held whole: `head`'s members
 * and `key`, each item as it comes, `tail`'s members and the end. Without its end it is no JSON, so
 * what was broken off cannot be taken for the whole. Each lets its object go; returns an exit code.
 */
int json_out_begin(struct client *c, struct json_out *head, const char *key);
int json_out_item(struct client *c, struct json_out *item, bool first);
int json_out_end(struct client *c, struct json_out *tail, bool empty);
/* json_out_of and json_out_print in one. */
int json_out_answer(struct client *c, struct mp_val v, const char *const *fen);

#endif
