/* SPDX-License-Identifier: Apache-2.0 */
/* keys.h -- every tree of the store, and the bytes of its keys and rows. README.md has the same as
 * tables.
 *
 * Keys are fixed, big-endian and prefix-scannable; memcmp is their order. An origin appears as a
 * small local number `no` where rows are many, as its 64-bit id where another node may mean one
 * that is unknown here. A row is written and read in one file only: here, but those of division, token,
 * node, peer and act, which place.c, roster.c, peer.c and acts.c have for themselves. A row that is
 * not of its width is BF_EDAMAGED: so it was never written. Thread: any. Memory: caller's. */
#ifndef BF_KEYS_H
#define BF_KEYS_H

#include "protocol/chain.h"
#include "protocol/schema.h"

enum tree {
	TREE_META,
	TREE_ORIGIN,   /* origin id -> no, incarnation, key */
	TREE_HEAD,     /* no -> id, head, gross */
	TREE_LOG,      /* no, seq -> entry bytes, first bytes of h(seq) */
	TREE_ORDER,    /* first ordinal -> run */
	TREE_TURN,     /* no, first seq -> first ordinal: the way back */
	TREE_PLACE,    /* kind, division, day, no, seq -> nothing */
	TREE_ABOUT,    /* subject, day, no, seq -> kind */
	TREE_FIND,     /* kind, hash of text, no, seq of the entry that bears it -> subject */
	TREE_TALLY,    /* kind, level, division, month, dims -> count, sum */
	TREE_LEDGER,   /* account -> in, out, count */
	TREE_VOID,     /* no, seq -> no, seq of the entry that voids it */
	TREE_DIVISION, /* code -> name */
	TREE_TOKEN,    /* hash of the secret -> token */
	TREE_NODE,     /* origin id -> node */
	TREE_NODE_KEY, /* public key -> origin id */
	TREE_PEER,     /* one row: the hub */
	TREE_COUNT
};
extern const char *const keys_tree_names[TREE_COUNT];

enum {
	KEYS_FORMAT =
	    3, /* in meta; a higher one is FAULT_STORE_NEWER, a lower one FAULT_STORE_OLDER */
	CHECK_BYTES = 8, /* of h(seq) behind each entry of the log */
	DAY_BIAS = 1 << 23,

	KEY_REF_BYTES = 13,       /* origin id u64, seq u40 */
	KEY_LOG_BYTES = 9,        /* no u32, seq u40 */
	KEY_PLACE_BYTES = 18,     /* kind u8, division u40, day u24, log key */
	KEY_ABOUT_BYTES = 25,     /* ref, day u24, log key */
	KEY_NAME_BYTES = 16,      /* BLAKE2b-256, first half */
	KEY_FIND_BYTES = 26,      /* kind u8, name, log key */
	KEY_FIND_NAME_BYTES = 17, /* kind u8, name: all that bear one text */
	KEY_TALLY_BYTES = 13,     /* kind u8, level u8, division u40, month u16, dims u16 u16 */
	KEY_ORDER_BYTES = 5,
	KEY_MALFORMED_BYTES = 9 + 4, /* "malformed", no u32: in meta */
	KEY_BYTES_MAX = 32,

	ROW_ORIGIN_BYTES = 4 + 4 + KEY_BYTES,
	ROW_HEAD_BYTES = 8 + 5 + HASH_BYTES + SIGNATURE_BYTES + 8,
	ROW_ORDER_BYTES = 4 + 5 + 5 + HASH_BYTES,
	ROW_TALLY_BYTES = 16,
	ROW_LEDGER_BYTES = 24,
	ROW_FIND_BYTES = KEY_REF_BYTES,
	ROW_APPLIED_BYTES = 8 + 8 + 16,
	ROW_LENGTH_BYTES = 8 + HASH_BYTES,
	FIND_HEAD =
	    KIND_MAX + 1 + KIND_HOUSEHOLD, /* in a find key's kind: a household by its head's ID */
	KEY_FLAG_BYTES = 4 + KEY_PLACE_BYTES, /* "flag", then as in the place index: in meta */
	ROW_FLAG_BYTES = 4,
	ROW_FLAGS_BYTES = 4 + 8 + 4 * (KIND_MAX + 1),
	MALFORMED_FIRST_MAX = 8, /* malformed entries of one log that are named */
	ROW_MALFORMED_BYTES_MAX = 8 + 5 * MALFORMED_FIRST_MAX,
	ROW_MALFORMED_SUMS_BYTES = 8 + 8 + 8,
};

/* Keys of meta. */
#define META_FORMAT  BYTES_LIT("format")  /* u32 */
#define META_EPOCH   BYTES_LIT("epoch")   /* u64 */
#define META_JOURNAL BYTES_LIT("journal") /* u64: its size in bytes */
#define META_APPLIED BYTES_LIT("applied") /* generation u64, offset u64, check 16 */
#define META_ORDER   BYTES_LIT("order")   /* length u64, hash 32 */
#define META_GROSS   BYTES_LIT("gross")   /* u64: all amounts ever, below 2^63 */
#define META_KINDS   BYTES_LIT("kinds")   /* u64 for each kind 0..KIND_MAX; unknown ones at 0 */
#define META_OWN     BYTES_LIT("own")     /* u64: our origin's id */
#define META_EDITION BYTES_LIT("edition") /* text */
/* Up to which order length u64, malformed entries u64, logs that have any u64. Behind it one row
 * for each of those logs: key_malformed. */
#define META_MALFORMED BYTES_LIT("malformed")
#define META_GONE      BYTES_LIT("gone") /* behind it code u40: the edition that lacks it; "": it is back */
#define META_ACT       BYTES_LIT("act") /* behind it number u64: an act (acts.c) */
/* Edition of the rules u32, up to which order length u64, the latest day of each kind u32 (with
 * DAY_BIAS; 0: none). Beside it a row for each entry that broke a rule: key_flag. */
#define META_FLAGS BYTES_LIT("flags")

/* An entry by local number. */
struct spot {
	uint32_t no;
	uint64_t seq;
};
struct origin_row {
	uint32_t no, incarnation;
	struct public_key key;
};
struct head_row {
	struct head head;
	uint64_t gross; /* all amounts ever of this log, at most GROSS_LOG_MAX */
};
struct order_row {
	uint32_t no;
	uint64_t first, last;
	struct hash hash;
};
struct tally_key {
	uint16_t kind, month;
	uint8_t level;
	uint64_t division;
	uint16_t dim[DIMS_MAX];
};
struct place_key {
	uint16_t kind;
	uint64_t division;
	int32_t day;
	struct spot spot;
};
struct about_key {
	struct ref subject;
	int32_t day;
	struct spot spot;
};
struct ledger_row {
	int64_t in, out;
	uint64_t count;
};
struct applied_row { /* where the journal's unapplied part begins */
	uint64_t generation, offset;
	uint8_t check[16];
};
struct length_row {
	uint64_t length;
	struct hash hash;
};
struct flags_row { /* up to where flags are kept, and by which rules */
	uint32_t edition;
	uint64_t length;
	int32_t latest[KIND_MAX + 1]; /* of all entries in the place index, void ones too */
};
struct malformed_row { /* of one log */
	uint64_t count;
	uint64_t first[MALFORMED_FIRST_MAX]; /* their seqs: as many as `count`, at most so many */
};

void key_log(uint8_t out[KEY_LOG_BYTES], struct spot s);
struct spot key_log_take(const uint8_t *p);
void key_ref(uint8_t out[KEY_REF_BYTES], struct ref r);
void key_place(uint8_t out[KEY_PLACE_BYTES], const struct place_key *k);
struct place_key key_place_take(const uint8_t *p);
void key_about(uint8_t out[KEY_ABOUT_BYTES], const struct about_key *k);
struct about_key key_about_take(const uint8_t *p);
void key_tally(uint8_t out[KEY_TALLY_BYTES], const struct tally_key *k);
struct tally_key key_tally_take(const uint8_t *p);
/* The find key of a text that the entry at `bearer` said: only its hash stands in the store's
 * index. */
void key_find(uint8_t out[KEY_FIND_BYTES], uint16_t kind, struct bytes text, struct spot bearer);
struct spot key_find_bearer(const uint8_t *p);
void key_flag(uint8_t out[KEY_FLAG_BYTES], const struct place_key *k);
/* BF_ENOTFOUND: a row of something else. */
int key_flag_take(struct bytes b, struct place_key *k);
void key_malformed(uint8_t out[KEY_MALFORMED_BYTES], uint32_t no);

void row_origin(uint8_t out[ROW_ORIGIN_BYTES], const struct origin_row *r);
int row_origin_take(struct bytes b, struct origin_row *r);
void row_head(uint8_t out[ROW_HEAD_BYTES], const struct head_row *r);
int row_head_take(struct bytes b, struct head_row *r);
void row_order(uint8_t out[ROW_ORDER_BYTES], const struct order_row *r);
int row_order_take(struct bytes b, struct order_row *r);
void row_ledger(uint8_t out[ROW_LEDGER_BYTES], const struct ledger_row *r);
int row_ledger_take(struct bytes b, struct ledger_row *r);
void row_find(uint8_t out[ROW_FIND_BYTES], struct ref subject);
int row_find_take(struct bytes b, struct ref *subject);
void row_applied(uint8_t out[ROW_APPLIED_BYTES], const struct applied_row *r);
int row_applied_take(struct bytes b, struct applied_row *r);
void row_length(uint8_t out[ROW_LENGTH_BYTES], const struct length_row *r);
int row_length_take(struct bytes b, struct length_row *r);
void row_flags(uint8_t out[ROW_FLAGS_BYTES], const struct flags_row *r);
int row_flags_take(struct bytes b, struct flags_row *r);
size_t row_malformed(uint8_t out[ROW_MALFORMED_BYTES_MAX], const struct malformed_row *r);
int row_malformed_take(struct bytes b, struct malformed_row *r);
/* Part of a row: one length and so many bytes, at most 255. Returns the end. */
uint8_t *row_text(uint8_t *p, const char *text);
/* Off the front of what is left. BF_EDAMAGED: it is cut off, or has no room in `out`. */
int row_text_take(struct bytes *left, char *out, size_t cap);

#endif
