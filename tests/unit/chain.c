/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of chain.h: golden hashes and signatures, and that each part is under them. */
#include "model_world.h"

#include "protocol/chain.h"

struct fx {
	struct key_pair node, hub;
	struct head head;
	struct checkpoint checkpoint;
};

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof(*f));
	uint8_t seed[SEED_BYTES] = { 1 };

	key_from_seed(&f->node, seed);
	seed[0] = 2;
	key_from_seed(&f->hub, seed);
	f->head.origin = chain_origin(&f->node.public, 0);
	f->head.seq = 2;
	f->head.hash = chain_genesis(&f->node.public, 0);
	f->head.hash = chain_next(&f->head.hash, BYTES_LIT("first"));
	f->head.hash = chain_next(&f->head.hash, BYTES_LIT("second"));
	head_sign(&f->head, &f->node);
	f->checkpoint = (struct checkpoint){ .epoch = 5,
					     .order_length = 2,
					     .origin = f->head.origin,
					     .seq = 2,
					     .hash = f->head.hash };
	f->checkpoint.order_hash =
	    order_next(&(struct hash){ { 0 } }, f->head.origin, 1, 2, &f->head.hash);
	checkpoint_sign(&f->checkpoint, &f->hub);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	test_free(*state);
	return 0;
}

static void the_vectors_are_golden(void **state)
{
	struct fx *f = *state;
	struct hash genesis = chain_genesis(&f->node.public, 0);
	struct buf b = { 0 };

	buf_put(&b, f->node.public.b, KEY_BYTES);
	buf_u64(&b, f->head.origin);
	buf_put(&b, genesis.b, HASH_BYTES);
	buf_put(&b, f->head.hash.b, HASH_BYTES);
	buf_put(&b, f->head.sig.b, SIGNATURE_BYTES);
	buf_put(&b, f->checkpoint.order_hash.b, HASH_BYTES);
	buf_put(&b, f->checkpoint.sig.b, SIGNATURE_BYTES);
	model_golden("chain", buf_bytes(&b));
	buf_fini(&b);
}

static void blake2b_and_ed25519_are_the_published_ones(void **state)
{
	/* BLAKE2b-256 of "", and RFC 8032 test 1. */
	static const char empty[] =
	    "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8";
	static const char seed[] =
	    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
	static const char public[] =
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
	struct hash h = hash_one((struct bytes){ 0 });
	struct key_pair key;
	uint8_t raw[32];
	char hex[65];

	(void)state;
	assert_string_equal(hex_put(bytes_of(h.b, HASH_BYTES), hex), empty);
	assert_int_equal(hex_take(seed, raw, 32), 0);
	key_from_seed(&key, raw);
	assert_string_equal(hex_put(bytes_of(key.public.b, KEY_BYTES), hex), public);
	h = hash_two(BYTES_LIT("ab"), BYTES_LIT("c"));
	struct hash whole = hash_one(BYTES_LIT("abc"));
	assert_true(hash_equal(&h, &whole));
}

static void a_head_holds_only_for_its_own_log_place_and_key(void **state)
{
	struct fx *f = *state;
	struct head changed = f->head;

	assert_true(head_verify(&f->head, &f->node.public));
	assert_false(head_verify(&f->head, &f->hub.public));
	changed.seq++;
	assert_false(head_verify(&changed, &f->node.public));
	changed = f->head;
	changed.origin ^= 1;
	assert_false(head_verify(&changed, &f->node.public));
	changed = f->head;
	changed.hash.b[31] ^= 1;
	assert_false(head_verify(&changed, &f->node.public));
	changed = f->head;
	changed.sig.b[0] ^= 1;
	assert_false(head_verify(&changed, &f->node.public));
}

static void every_part_of_a_checkpoint_is_signed(void **state)
{
	struct fx *f = *state;
	struct checkpoint c = f->checkpoint;

	assert_true(checkpoint_verify(&c, &f->hub.public));
	assert_false(checkpoint_verify(&c, &f->node.public));
#define CHANGED(part) (c = f->checkpoint, part ^= 1, checkpoint_verify(&c, &f->hub.public))
	assert_false(CHANGED(c.epoch));
	assert_false(CHANGED(c.order_length));
	assert_false(CHANGED(c.order_hash.b[0]));
	assert_false(CHANGED(c.origin));
	assert_false(CHANGED(c.seq));
	assert_false(CHANGED(c.hash.b[0]));
	assert_false(CHANGED(c.sig.b[63]));
#undef CHANGED
}

static void a_checkpoint_is_news_or_the_same_or_a_step_back(void **state)
{
	struct fx *f = *state;
	const struct { /* beside epoch 5, length 2, seq 2 */
		uint64_t epoch, length, seq;
		bool other_order;
		enum checkpoint_course want;
	} rows[] = {
		{ 5, 2, 2, false, CHECKPOINT_SAME },    { 5, 3, 2, true, CHECKPOINT_FORWARD },
		{ 5, 3, 3, true, CHECKPOINT_FORWARD },  { 5, 2, 3, false, CHECKPOINT_FORWARD },
		{ 5, 2, 1, false, CHECKPOINT_BACK },    { 5, 1, 2, true, CHECKPOINT_BACK },
		{ 5, 1, 3, true, CHECKPOINT_BACK },     { 5, 3, 1, true, CHECKPOINT_BACK },
		{ 5, 2, 2, true, CHECKPOINT_BACK },     { 5, 2, 3, true, CHECKPOINT_BACK },
		{ 6, 0, 0, true, CHECKPOINT_FORWARD },  { 6, 2, 2, false, CHECKPOINT_FORWARD },
		{ 4, 1, 1, false, CHECKPOINT_FORWARD },
	};
	struct checkpoint none = { 0 };

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct checkpoint c = f->checkpoint;

		c.epoch = rows[i].epoch;
		c.order_length = rows[i].length;
		c.seq = rows[i].seq;
		c.order_hash.b[7] ^= rows[i].other_order;
		if (checkpoint_course(&f->checkpoint, &c) != rows[i].want)
			fail_msg("row %zu", i);
		assert_int_equal(checkpoint_course(&none, &c), CHECKPOINT_FORWARD);
	}
}

static void another_incarnation_is_another_log(void **state)
{
	struct fx *f = *state;
	struct hash zero = chain_genesis(&f->node.public, 0),
		    one = chain_genesis(&f->node.public, 1);

	assert_true(chain_origin(&f->node.public, 0) != chain_origin(&f->node.public, 1));
	assert_false(hash_equal(&zero, &one));
	assert_true(f->head.origin != 0);
}

static void the_order_depends_on_every_part_of_a_run(void **state)
{
	struct fx *f = *state;
	struct hash zero = { { 0 } }, base = order_next(&zero, 1, 2, 3, &f->head.hash), h;

	h = order_next(&zero, 2, 2, 3, &f->head.hash);
	assert_false(hash_equal(&base, &h));
	h = order_next(&zero, 1, 1, 3, &f->head.hash);
	assert_false(hash_equal(&base, &h));
	h = order_next(&zero, 1, 2, 4, &f->head.hash);
	assert_false(hash_equal(&base, &h));
	h = order_next(&base, 1, 2, 3, &f->head.hash);
	assert_false(hash_equal(&base, &h));
	h = order_next(&zero, 1, 2, 3, &zero);
	assert_false(hash_equal(&base, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_are_golden),
		cmocka_unit_test(blake2b_and_ed25519_are_the_published_ones),
		cmocka_unit_test(a_head_holds_only_for_its_own_log_place_and_key),
		cmocka_unit_test(every_part_of_a_checkpoint_is_signed),
		cmocka_unit_test(a_checkpoint_is_news_or_the_same_or_a_step_back),
		cmocka_unit_test(another_incarnation_is_another_log),
		cmocka_unit_test(the_order_depends_on_every_part_of_a_run),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
