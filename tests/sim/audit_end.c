/* SPDX-License-Identifier: Apache-2.0 */
/* audit_end.c -- what must be true once all has healed. See audit.h. */
#include "tests/sim/audit.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "storage/check.h"
#include "tests/sim/audit_totals.h"
#include "tests/sim/fact.h"

static void all_is_there(struct world *w)
{
	struct node *hub = &w->node[0];

	for (int i = 1; i < w->nodes; i++) {
		struct node *n = &w->node[i];
		struct log *l = &n->log;

		if (l->own_seen != l->count || l->hub_seen != l->count)
			world_broken(w, "I3",
				     "n%d has %" PRIu64 " entries, of them seen %" PRIu64
				     " there and %" PRIu64 " at the hub",
				     i, l->count, l->own_seen, l->hub_seen);
	}
	if (hub->log.own_seen != hub->log.count)
		world_broken(w, "I3", "the hub lost entries of its own");
}

static void check(struct world *w, struct node *n)
{
	struct check_report *r = calloc(1, sizeof *r);

	BF_REQUIRE(r != NULL);
	int rc = check_run(n->store, r, NULL, NULL);
	if (rc != 0)
		world_broken(w, "CHECK", "n%d: check gives %s", n->index, bf_error_name(rc));
	if (r->findings != 0)
		world_broken(w, "CHECK", "n%d: %" PRIu64 " findings, the first: %s", n->index,
			     r->findings, r->first[0].text);
	if (r->ledger_sum != 0)
		world_broken(w, "I7", "n%d: the ledger adds up to %" PRId64, n->index,
			     r->ledger_sum);
	free(r);
}

static uint64_t look(struct world *w, struct node *n)
{
	struct view v;

	BF_REQUIRE(view_begin(n->store, &v) == 0);
	audit_totals(w, n, &v, true);
	uint64_t digest = audit_digest(w, n, &v);
	view_end(&v);
	return digest;
}

static void restart(struct world *w, struct node *n)
{
	struct store_options o = { .dir = n->dir,
				   .map_bytes = UINT64_C(64) << 20,
				   .journal_bytes = STORE_JOURNAL_BYTES_MIN };
	struct fault f = { 0 };

	store_close(n->store);
	n->store = NULL;
	if (store_open(&n->store, &o, &f) != 0)
		world_broken(w, "SAME", "n%d does not open again: %s", n->index, f.en);
	if (store_pending(n->store) != 0)
		world_broken(w, "SAME", "n%d finds %" PRIu64 " entries to apply again", n->index,
			     store_pending(n->store));
	if (store_epoch(n->store) != n->epoch || store_origin(n->store) != n->origin)
		world_broken(w, "SAME", "n%d is another after a restart", n->index);
}

void audit_end(struct world *w)
{
	for (int i = 0; i < w->nodes; i++)
		(void)node_apply(w, &w->node[i], true);
	for (int i = 0; i < w->nodes; i++)
		audit_node(w, &w->node[i]);
	all_is_there(w);
	for (int i = 0; i < w->nodes; i++) {
		struct node *n = &w->node[i];

		uint64_t before = look(w, n);
		check(w, n);
		restart(w, n);
		struct view v;
		BF_REQUIRE(view_begin(n->store, &v) == 0);
		uint64_t after = audit_digest(w, n, &v);
		view_end(&v);
		if (before != after)
			world_broken(w, "SAME", "n%d answers otherwise after a restart", n->index);
		world_mix(w, before);
		audit_step(w, i);
	}
}
