/* SPDX-License-Identifier: Apache-2.0 */
/* answer.h -- reading what a node answered: a member by key, or its "nothing" when it is absent.
 *
 * An answer may come from a newer node: unknown members are ignored, absent ones read as zero or
 * empty, so that an old client still shows what it understands. Memory: borrowed from the answer.
 */
#ifndef BF_ANSWER_H
#define BF_ANSWER_H

#include "client/sheet.h"
#include "protocol/schema.h"

/* A member that is there and not nil. */
bool answer_has(struct mp_val map, const char *key, struct mp_val *out);
struct bytes answer_text(struct mp_val map, const char *key);
int64_t answer_int(struct mp_val map, const char *key);
bool answer_bool(struct mp_val map, const char *key);

/* Items of an array member: for (r = answer_items(...); answer_next(&r, &item);) */
struct mp_rd answer_items(struct mp_val map, const char *key);
bool answer_next(struct mp_rd *r, struct mp_val *item);

/* Print a text of the node's as it is. */
void answer_print(const struct client *c, struct bytes text);
/* The text in the reader's language of a member {.., zh, en}. */
struct bytes answer_words(const struct client *c, struct mp_val map);

/* A text of refs, or a division's code, with what people call each of them (the entry's `names`);
 * one that the node does not name stays as it is. Appended to `out`. */
void answer_named(struct mp_val entry, struct bytes refs, struct buf *out);

/* Of lines REF=VALUE, as a T_EACH has them, the value of this one; empty when there is none. */
struct bytes answer_each(struct bytes lines, struct bytes ref);
/* All of them, each by its name without the number: "王*山：炕凉；…", where room is scarce. */
void answer_each_short(struct mp_val entry, struct bytes lines, struct buf *out);

/* What a field of an entry says, as people read it: refs by name, and codes, which the node words
 * in Chinese, in the reader's language. Appended to `out`. */
void answer_value(const struct client *c, const struct field *field, struct mp_val entry,
		  struct bytes text, struct buf *out);

/* What an entry says of one of its fields, as a person reads it: the place by name, money with its
 * unit. Nothing is appended when it says nothing. */
void answer_field(const struct client *c, const struct kind *k, const struct field *field,
		  struct mp_val entry, struct buf *out);

/* How many there are in a text of refs. */
int64_t answer_count(struct bytes refs);
/* A count or minutes as record_text writes it: "90", "1:30". False when it is neither. */
bool answer_number(const struct field *field, struct bytes text, int64_t *out);
/* Add each member that is one value to a sheet of facts, named by `prefix` and its key. One level
 * of maps is followed ("hub.name"), lists are left out. */
void answer_facts(struct mp_val map, const char *prefix, struct sheet *s);

enum { TIME_TEXT_MAX = 64, MONEY_TEXT_MAX = 48 };
/* "2026-11-23 21:14" in China's time; "" for 0. */
char *time_text(int64_t ms, char out[TIME_TEXT_MAX]);
/* The word that English has for so many. */
const char *one_or_many(int64_t n, const char *one, const char *many);
/* "3 分钟前", "in 2 hours"; seconds, minutes, hours, days. */
char *time_ago(const struct client *c, int64_t ms, int64_t now_ms, char out[TIME_TEXT_MAX]);
/* Yuan with two decimals; with --wan 万元 with as many of up to six decimals as are needed, never
 * rounded. */
char *money_text(const struct client *c, int64_t fen, char out[MONEY_TEXT_MAX]);
const char *money_unit(const struct client *c);

#endif
