/* SPDX-License-Identifier: Apache-2.0 */
/* link_memory.c -- a handshake in which one allocation of OpenSSL fails, for each in turn: it ends
 * in words that are true, and the next one is as good as ever. */
#include "link_fx.h"

#include <openssl/crypto.h>
#include <stdlib.h>

static long left; /* allocations that still succeed; negative: all do */
static bool failed;

static bool fails(void)
{
	bool now = left >= 0 && left-- == 0;

	failed = failed || now;
	return now;
}

static void *some(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return n == 0 || fails() ? NULL : malloc(n);
}

static void *more(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (n == 0) {
		free(p);
		return NULL;
	}
	return fails() ? NULL : realloc(p, n);
}

static void none(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

/* Nobody may hear that a key is unknown or another's: nobody has looked at it. */
static void true_words(const struct end *e, long n)
{
	switch (e->why.code) {
	case FAULT_NONE:
	case FAULT_NO_MEMORY:
	case FAULT_TLS: /* the other side's alert */
	case FAULT_LINK_CUT:
	case FAULT_HUB_UNREACHABLE:
		return;
	default:
		fail_msg("allocation %ld failed, and it said: %s", n, e->why.en);
	}
}

static void one_handshake(struct fx *f)
{
	struct end fresh = { .fx = f };

	f->hub = f->node = fresh;
	dial(f, f->node_tls, &f->hub_key.public, false);
	f->patience_over = false;
	while (f->node.closes == 0 &&
	       (f->node.opens == 0 || (f->hub.opens == 0 && f->hub.closes == 0)))
		(void)uv_run(&f->loop, UV_RUN_ONCE);
	left = -1;
	if (f->node.link != NULL)
		link_close(f->node.link, NULL);
	while (f->node.link != NULL || f->hub.link != NULL)
		(void)uv_run(&f->loop, UV_RUN_ONCE);
}

static void whichever_allocation_of_a_handshake_fails_it_is_said_so(void **state)
{
	struct fx *f = *state;
	unsigned hub_starved = 0, node_starved = 0;
	bool whole = false;
	long n = 0;

	short_deadlines(f->hub_tls);
	short_deadlines(f->node_tls);
	for (; !whole; n++) {
		left = n;
		failed = false;
		one_handshake(f);
		whole = !failed;
		true_words(&f->hub, n);
		true_words(&f->node, n);
		hub_starved += f->hub.why.code == FAULT_NO_MEMORY;
		node_starved += f->node.why.code == FAULT_NO_MEMORY;
	}
	print_message("%ld allocations; no_memory at the hub %u, at the node %u\n", n, hub_starved,
		      node_starved);
	assert_true(hub_starved > 20 && node_starved > 20);
	one_handshake(f);
	assert_int_equal(f->hub.opens, 1);
	assert_int_equal(f->node.opens, 1);
}

static void a_key_of_our_own_is_made_or_the_want_of_memory_is_said(void **state)
{
	struct fx *f = *state;
	struct tls *t = NULL;
	int rc = -1;

	for (long n = 0; rc != 0; n++) {
		struct fault fault = { 0 };

		left = n;
		rc = tls_open(&t, &f->node_key, &fault);
		left = -1;
		if (rc != 0)
			assert_int_equal(fault.code, FAULT_NO_MEMORY);
	}
	tls_close(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    whichever_allocation_of_a_handshake_fails_it_is_said_so, setup, teardown),
		cmocka_unit_test_setup_teardown(
		    a_key_of_our_own_is_made_or_the_want_of_memory_is_said, setup, teardown),
	};

	left = -1;
	if (CRYPTO_set_mem_functions(some, more, none) != 1)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
