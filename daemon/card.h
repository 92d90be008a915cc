/* SPDX-License-Identifier: Apache-2.0 */
/* card.h -- a household on one page: who lives there now, the last visits, aid and money.
 *
 * Members are those whose present state names the household: one who moved stands in the new one
 * only. What is read is bounded, however many entries are about the household: CARD_LOOKS_MAX rows
 * of the index, CARD_AID_MAX entries of aid for their sum, a few entries of the rest. What is
 * beyond a bound is said (`more`, `whole`). Thread: any. Memory: appends to the caller's buf,
 * sticky. */
#ifndef BF_CARD_H
#define BF_CARD_H

#include "storage/view.h"

enum {
	CARD_LOOKS_MAX = 100 * 1000, /* rows of the index in one walk */
	CARD_SUBJECTS_MAX = 256,     /* people who were ever registered in it */
	CARD_MEMBERS_MAX = 128,      /* those that are told */
	CARD_MEMBERS_BYTES_MAX = 192 * 1024,
	CARD_VISITS = 5, /* the latest so many are told, and so on */
	CARD_AID = 10,
	CARD_FUNDS = 5,
	CARD_AID_MAX = 2000,         /* the latest so many are added up */
	CARD_VALUES_MAX = 40 * 1000, /* of all of it: what the answer keeps for it */
	CARD_BYTES_MAX = 512 * 1024,
};

/* The person's age on the day `today`, or when the person left; -1 when the birthday is not known.
 */
int card_age(const struct record *member, int32_t today);
/* {members: [{ref, age, left, fields}], visits: {count, rows: [entry]}, aid: {count, sum, whole,
 * rows:
 * [{total, entry}]}, funds: {in, out, balance, count, rows: [entry]}, more}. 0 or BF_E... */
int card_put(struct buf *b, struct view *v, struct ref household, int32_t today);

#endif
