/* SPDX-License-Identifier: Apache-2.0 */
/* money.h -- 分: int64, checked, never a float (I7); and the accounts between which it moves. */
#ifndef BF_MONEY_H
#define BF_MONEY_H

#include "bytes.h"
#include "entry.h"

/* The largest amount of one entry: 100 亿元. Named so that it can be tested at the bound. */
#define FEN_MAX INT64_C(1000000000000)

/* "1234.5", "1,234.50", "1234元", "1200元整", "3.2万" (ten thousand yuan; also 万元), full-width digits. Zero to FEN_MAX.
 * Returns 0; BF_EINVAL not a number, or finer than a fen; BF_EBOUND negative or over FEN_MAX. */
int fen_parse(struct bytes text, int64_t *fen);
char *fen_print(int64_t fen, char out[32]); /* "1234.50", "-0.05" */
/* a + b into *sum. Returns 0 or BF_EOVERFLOW (then *sum is unchanged). */
int fen_add(int64_t a, int64_t b, int64_t *sum);

/* An account (资金账户): who holds money. On the wire and in keys it is a bin:
 * 1,u64 code (division 财政); 2,u64 origin,u64 seq (household 户); 3,u8 party (outside 体系外). */
enum account_type { ACCOUNT_DIVISION = 1, ACCOUNT_HOUSEHOLD = 2, ACCOUNT_OUTSIDE = 3 };
enum { ACCOUNT_BYTES_MAX = 17 };
struct account {
	enum account_type type;
	uint64_t division;
	struct ref household;
	uint8_t party; /* code of list party */
};
int account_take(struct bytes b, struct account *out); /* BF_EFORMAT */
/* Bytes into out; returns their count. */
size_t account_put(const struct account *a, uint8_t out[ACCOUNT_BYTES_MAX]);

#endif
