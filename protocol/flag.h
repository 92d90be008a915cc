/* SPDX-License-Identifier: Apache-2.0 */
/* flag.h -- what is saved although it is probably a slip: a warning, never a wall.
 *
 * Each rule is a row: its name for options and programs, the number that the audit rules give it,
 * the sentence for people. Pure: what a rule must know of others (the member's household, the
 * head's ID, a balance) is found by the caller, in storage/flags.h. A rule that cannot be certain
 * is silent. Sets of rules are bits: 1 << rule. */
#ifndef BF_FLAG_H
#define BF_FLAG_H

#include "fault.h"
#include "record.h"

enum flag {
	FLAG_OVER_BALANCE,    /* a division gives more than its account holds */
	FLAG_AGAINST_TREE,    /* money goes up where it goes down, or down where it goes up */
	FLAG_OTHER_HOUSEHOLD, /* aid for a household, its member is of another */
	FLAG_HEAD_TWICE,      /* the head's ID heads another household */
	FLAG_RELATION,        /* the relation to the head does not fit the sex */
	FLAG_FUTURE,          /* its day is yet to come */
	FLAG_COUNT
};
#define FLAG_BIT(flag) (UINT32_C(1) << (flag))
/* Entries with a flag that `status` counts: so many are looked at in some ten milliseconds. */
enum { FLAGGED_COUNT_MAX = 1000 };
#define FLAG_ALL (FLAG_BIT(FLAG_COUNT) - 1)

struct flag_rule {
	const char *name;   /* one lower-case word with - */
	const char *number; /* of the audit rules; NULL: it has none */
	struct words called, sentence;
};
const struct flag_rule *flag_rule(enum flag flag);
/* By name, number or Chinese name. 0 or BF_EINVAL. */
int flag_parse(struct bytes text, enum flag *out);

/* ---- what a record says by itself ---- */
/* There is a rule for entries of this kind, beside FLAG_FUTURE. */
bool flag_kind(uint16_t kind);
/* Its rules are decided by the entry itself and a balance: nobody else need be looked at. */
bool flag_decided(uint16_t kind);
/* The rules that a record, whole or a change, may break: cheap, so that few need a closer look.
 * What its own words decide is among them only when it is broken. FLAG_OVER_BALANCE and FLAG_FUTURE
 * never are. */
uint32_t flag_hint(const struct record *r);

/* ---- the rules ---- */
/* A movement that leaves its giver below zero is one too many: households and outside parties keep
 * their books elsewhere. */
bool flag_draws(struct bytes from, struct bytes to);
bool flag_against_tree(const struct record *fund);
/* The member's relation, against the sex of its own and of the head (0: not known). */
bool flag_relation(const struct record *member, uint64_t head_sex);

/* ---- what the rules ask of a record; none: empty, {0, 0} or 0 ---- */
struct bytes flag_head_key(const struct record *household); /* person key of the head's ID */
uint64_t flag_head_sex(const struct record *household);     /* a code of list sex */
struct ref flag_household(const struct record *r);          /* of a member or of aid */
struct ref flag_member(const struct record *aid);
struct bytes flag_giver(const struct record *fund);
/* A movement with both sides, whoever they are. */
bool flag_movement(const struct record *r, struct bytes *from, struct bytes *to, int64_t *fen);
int64_t flag_amount(const struct record *r); /* what the account of a division gives away; else 0 */
bool flag_asks_head(
    const struct record *member); /* its relation says something of the head's sex */
#endif
