/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.h -- the wall around libsodium: BLAKE2b-256 and Ed25519, nothing else.
 *
 * The choice of cipher stands in this one file (a province may ask for SM2/SM3).
 * Thread: any. Memory: caller's. Pure: no randomness here; seeds come from outside. */
#ifndef BF_CRYPTO_H
#define BF_CRYPTO_H

#include "bytes.h"

enum { HASH_BYTES = 32, KEY_BYTES = 32, SEED_BYTES = 32, SIGNATURE_BYTES = 64 };

struct hash {
	uint8_t b[HASH_BYTES];
};
struct public_key {
	uint8_t b[KEY_BYTES];
};
struct signature {
	uint8_t b[SIGNATURE_BYTES];
};
struct key_pair { /* secret: wipe with crypto_wipe when done */
	struct public_key public;
	uint8_t secret[64];
};

/* Once at a program's start, before threads: chooses the fast code for this processor. Without it every result is the same,
 * only slower. The one call here that is not pure; returns 0 or BF_EBUG. */
int crypto_init(void);

/* BLAKE2b-256 of a followed by b. */
struct hash hash_two(struct bytes a, struct bytes b);
struct hash hash_one(struct bytes a);
bool hash_equal(const struct hash *a, const struct hash *b); /* constant time */

void key_from_seed(struct key_pair *key, const uint8_t seed[SEED_BYTES]);
struct signature key_sign(const struct key_pair *key, struct bytes text);
bool key_verify(const struct public_key *key, struct bytes text, const struct signature *sig);
bool key_equal(const struct public_key *a, const struct public_key *b);
void crypto_wipe(void *p, size_t len);
bool crypto_equal(const void *a, const void *b, size_t len); /* constant time */

#endif
