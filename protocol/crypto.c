/* SPDX-License-Identifier: Apache-2.0 */
/* crypto.c -- libsodium behind one wall. crypto_generichash without a key and 32 bytes long is
 * BLAKE2b-256.
 */
#include "crypto.h"

#include <sodium.h>

#include "errors.h"

_Static_assert(SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519");
_Static_assert(KEY_BYTES == crypto_sign_PUBLICKEYBYTES, "Ed25519");
_Static_assert(sizeof(((struct key_pair *)0)->secret) == crypto_sign_SECRETKEYBYTES, "Ed25519");
_Static_assert(SEED_BYTES == crypto_sign_SEEDBYTES, "Ed25519");
_Static_assert(HASH_BYTES == crypto_generichash_BYTES, "BLAKE2b-256");

int crypto_init(void)
{
	return sodium_init() < 0 ? BF_EBUG : 0;
}

struct hash hash_two(struct bytes a, struct bytes b)
{
	crypto_generichash_state state;
	struct hash h;

	crypto_generichash_init(&state, NULL, 0, HASH_BYTES);
	crypto_generichash_update(&state, a.p, a.len);
	crypto_generichash_update(&state, b.p, b.len);
	crypto_generichash_final(&state, h.b, HASH_BYTES);
	return h;
}

struct hash hash_one(struct bytes a)
{
	struct hash h;

	crypto_generichash(h.b, HASH_BYTES, a.p, a.len, NULL, 0);
	return h;
}

bool hash_equal(const struct hash *a, const struct hash *b)
{
	return crypto_equal(a->b, b->b, HASH_BYTES);
}

void key_from_seed(struct key_pair *key, const uint8_t seed[SEED_BYTES])
{
	crypto_sign_seed_keypair(key->public.b, key->secret, seed);
}

struct signature key_sign(const struct key_pair *key, struct bytes text)
{
	struct signature sig;

	crypto_sign_detached(sig.b, NULL, text.p, text.len, key->secret);
	return sig;
}

bool key_verify(const struct public_key *key, struct bytes text, const struct signature *sig)
{
	return crypto_sign_verify_detached(sig->b, text.p, text.len, key->b) == 0;
}

bool key_equal(const struct public_key *a, const struct public_key *b)
{
	return crypto_equal(a->b, b->b, KEY_BYTES);
}

void crypto_wipe(void *p, size_t len)
{
	sodium_memzero(p, len);
}

bool crypto_equal(const void *a, const void *b, size_t len)
{
	return sodium_memcmp(a, b, len) == 0;
}
