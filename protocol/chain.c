/* SPDX-License-Identifier: Apache-2.0 */
/* chain.c -- hashes and signatures over exact bytes; each has its own leading words, so that none
 * can pass for another. */
#include "chain.h"

#include <string.h>

#include "errors.h"

/* What is hashed or signed is short and of fixed parts: built in this much. */
enum { TEXT_MAX = 256 };

struct text {
	uint8_t p[TEXT_MAX];
	size_t len;
};

static void add(struct text *t, const void *p, size_t len)
{
	BF_REQUIRE(len <= TEXT_MAX - t->len);
	memcpy(t->p + t->len, p, len);
	t->len += len;
}

static void add_u64(struct text *t, uint64_t v)
{
	uint8_t b[8];

	be64_put(b, v);
	add(t, b, sizeof(b));
}

static struct bytes text_bytes(const struct text *t)
{
	return bytes_of(t->p, t->len);
}

/* words || key || u32 incarnation */
static struct hash of_log(struct bytes words, const struct public_key *key, uint32_t incarnation)
{
	struct text t = { .len = 0 };
	uint8_t number[4];

	be32_put(number, incarnation);
	add(&t, words.p, words.len);
	add(&t, key->b, KEY_BYTES);
	add(&t, number, sizeof(number));
	return hash_one(text_bytes(&t));
}

uint64_t chain_origin(const struct public_key *key, uint32_t incarnation)
{
	struct hash h = of_log(BYTES_LIT("bangfu origin 1"), key, incarnation);
	uint64_t origin = be64_get(h.b);

	return origin == 0 ? 1 : origin; /* 0 is "none" in a ref */
}

struct hash chain_genesis(const struct public_key *key, uint32_t incarnation)
{
	return of_log(BYTES_LIT("bangfu log 1"), key, incarnation);
}

struct hash chain_next(const struct hash *before, struct bytes raw)
{
	return hash_two(bytes_of(before->b, HASH_BYTES), raw);
}

static void head_text(struct text *t, const struct head *head)
{
	struct bytes words = BYTES_LIT("bangfu head 1");

	t->len = 0;
	add(t, words.p, words.len);
	add_u64(t, head->origin);
	add_u64(t, head->seq);
	add(t, head->hash.b, HASH_BYTES);
}

void head_sign(struct head *head, const struct key_pair *key)
{
	struct text t;

	head_text(&t, head);
	head->sig = key_sign(key, text_bytes(&t));
}

bool head_verify(const struct head *head, const struct public_key *key)
{
	struct text t;

	head_text(&t, head);
	return key_verify(key, text_bytes(&t), &head->sig);
}

static void checkpoint_text(struct text *t, const struct checkpoint *c)
{
	struct bytes words = BYTES_LIT("bangfu checkpoint 1");

	t->len = 0;
	add(t, words.p, words.len);
	add_u64(t, c->epoch);
	add_u64(t, c->order_length);
	add(t, c->order_hash.b, HASH_BYTES);
	add_u64(t, c->origin);
	add_u64(t, c->seq);
	add(t, c->hash.b, HASH_BYTES);
}

void checkpoint_sign(struct checkpoint *c, const struct key_pair *hub)
{
	struct text t;

	checkpoint_text(&t, c);
	c->sig = key_sign(hub, text_bytes(&t));
}

bool checkpoint_verify(const struct checkpoint *c, const struct public_key *hub)
{
	struct text t;

	checkpoint_text(&t, c);
	return key_verify(hub, text_bytes(&t), &c->sig);
}

enum checkpoint_course checkpoint_course(const struct checkpoint *old, const struct checkpoint *new)
{
	bool order_same = new->order_length == old->order_length;

	if (old->origin == 0 || new->epoch != old->epoch)
		return CHECKPOINT_FORWARD;
	if (new->seq < old->seq || new->order_length < old->order_length)
		return CHECKPOINT_BACK;
	if (order_same && !hash_equal(&new->order_hash, &old->order_hash))
		return CHECKPOINT_BACK;
	return order_same && new->seq == old->seq ? CHECKPOINT_SAME : CHECKPOINT_FORWARD;
}

struct hash order_next(const struct hash *before, uint64_t origin, uint64_t first, uint64_t last,
		       const struct hash *head)
{
	struct text t = { .len = 0 };

	add(&t, before->b, HASH_BYTES);
	add_u64(&t, origin);
	add_u64(&t, first);
	add_u64(&t, last);
	add(&t, head->b, HASH_BYTES);
	return hash_one(text_bytes(&t));
}
