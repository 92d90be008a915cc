/* SPDX-License-Identifier: Apache-2.0 */
/* methods.h -- the handlers of methods_*.c, and how they read their parameters.
 *
 * protocol/method.h has judged names, presence and types before a handler runs; what is read here
 * is of its type. Thread: loop only. Memory: a text borrows from the call's params. */
#ifndef BF_METHODS_H
#define BF_METHODS_H

#include "daemon/desk.h"
#include "protocol/record.h"

/* False, with empty or zero in *out, when the parameter is not given. */
bool param_text(const struct call *c, const char *key, struct bytes *out);
bool param_uint(const struct call *c, const char *key, uint64_t *out);
bool param_bool(const struct call *c, const char *key);
bool param_value(const struct call *c, const char *key, struct mp_val *out);
/* A kind by name; `counted`: it must be one that totals know. */
int param_kind(const struct call *c, bool counted, const struct kind **out, struct fault *f);
/* 16 hex digits of a log. */
int param_origin(const struct call *c, const char *key, uint64_t *out, struct fault *f);
/* 1..max, or `unset` when it is not given. */
int param_limit(const struct call *c, const char *key, uint64_t max, uint64_t unset, uint64_t *out,
		struct fault *f);

/* Fail with `f`, or with what `rc` alone says when f is FAULT_NONE. What is not found while entries
 * are `pending` is told as that. */
void methods_fail(struct call *c, int rc, const struct fault *f);
/* The answer's member `pending`: entries it lacks for want of disk; none when it lacks none. */
uint32_t pending_members(const struct call *c); /* how many members that is: 0 or 1 */
void put_pending(struct buf *b, const struct call *c);
/* Allocate a handler's own memory, freed with the call (free). NULL: the call has failed for want
 * of it. */
void *methods_own(struct call *c, size_t size);

/* Answer from one view, begun here and ended: `run` appends the result after call_begin, or says
 * why not. */
void methods_view(struct call *c, int (*run)(struct call *c, struct view *v, struct fault *f));

/* Lay what `given` has over `state`. Values stay where they are. */
void methods_lay(struct record *state, const struct record *given);
struct resolve;
/* Set the fields of the call's `fields`, as they were typed. */
int methods_set(struct call *c, struct record *record, struct resolve *ask, struct buf *arena,
		struct fault *f);
bool methods_same(const struct field *field, const struct value *a, const struct value *b);

void methods_status(struct call *c);
void methods_log(struct call *c);
void methods_import(struct call *c);
void methods_void(struct call *c);
void methods_correct(struct call *c);
void methods_total(struct call *c);
void methods_list(struct call *c);
void methods_find(struct call *c);
void methods_show(struct call *c);
/* The places whose name or code begins so, for who is still typing. */
enum { METHODS_PLACES_MAX = 20 };
void methods_place_begins(struct call *c, struct bytes text);
void methods_balance(struct call *c);
void methods_places(struct call *c);
void methods_token(struct call *c);
void methods_tokens(struct call *c);
void methods_cancel(struct call *c);
void methods_stations(struct call *c);
void methods_acts(struct call *c);
void methods_nodes(struct call *c);
void methods_watch(struct call *c);
void methods_clear(struct call *c);
void methods_revoke(struct call *c);
void methods_sync(struct call *c);
void methods_enrol(struct call *c);
void methods_verify(struct call *c);
void methods_backup(struct call *c);
void methods_open(struct call *c);
void methods_counters(struct call *c);

#endif
