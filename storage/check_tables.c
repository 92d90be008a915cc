/* SPDX-License-Identifier: Apache-2.0 */
/* check_tables.c -- what no entry says: the roster and the table of divisions, each row against the
 * others.
 *
 * Enrolment and revocation are rows and not entries, so nothing proves them but one another: a node
 * that was set from revoked to active in the file is not seen here. */
#include "storage/refold.h"

#include <inttypes.h>
#include <string.h>

#include "protocol/division.h"
#include "storage/place.h"
#include "storage/roster.h"

struct tables {
	struct view *view;
	struct check_report *report;
	uint64_t nodes;
	bool keys; /* node_key can be read */
};

static void say_node(const struct tables *t, const struct node_row *n, const char *text)
{
	refold_say(t->report, CHECK_NODE, (struct ref){ 0, 0 }, "node %016" PRIx64 ": %s",
		   n->origin, text);
}

static int see_node(void *ctx, const struct node_row *n)
{
	struct tables *t = ctx;
	struct node_row same;
	struct origin_row log;

	t->nodes++;
	if (t->keys && (roster_get(t->view, &n->key, &same) != 0 || same.origin != n->origin))
		say_node(t, n, "its key leads to another node, or to none");
	if (chain_origin(&n->key, n->incarnation) != n->origin)
		say_node(t, n, "its log does not follow from its key");
	if (origins_row(view_txn(t->view), n->origin, &log) != 0 ||
	    memcmp(log.key.b, n->key.b, KEY_BYTES) != 0 || log.incarnation != n->incarnation)
		say_node(t, n, "its log is not known under its key");
	if ((n->state != NODE_ACTIVE && n->state != NODE_REVOKED) ||
	    (n->role != ROLE_VILLAGE && n->role != ROLE_TEAM) || !division_valid(n->division))
		say_node(t, n, "its state, role or place is none");
	return view_err(t->view, 0);
}

static void say_place(const struct tables *t, struct place p, const char *text)
{
	refold_say(t->report, CHECK_DIVISION, (struct ref){ 0, 0 }, "%012" PRIu64 ": %s", p.code,
		   text);
}

static int see_place(void *ctx, struct place p)
{
	struct tables *t = ctx;
	int level = division_level(p.code);
	struct place above;

	if (level == 0)
		say_place(t, p, "this is no division code");
	else if (p.name.len == 0 || p.name.len > NAME_BYTES_MAX || !bytes_utf8(p.name) ||
		 bytes_control(p.name))
		say_place(t, p, "the division's name is none");
	else if (level > LEVEL_PROVINCE &&
		 place_get(t->view, division_at(p.code, level - 1), &above) != 0)
		say_place(t, p, "the division above is missing");
	return view_err(t->view, 0);
}

int check_tables(struct view *v, struct check_report *report, uint32_t blind)
{
	struct tables t = { .view = v,
			    .report = report,
			    .keys = (blind >> TREE_NODE_KEY & 1) == 0 };
	bool nodes = (blind >> TREE_NODE & 1) == 0, places = (blind >> TREE_DIVISION & 1) == 0;
	int rc = nodes ? roster_walk(v, see_node, &t) : 0;

	if (rc == 0 && nodes && t.keys && lmdb_rows(view_txn(v), TREE_NODE_KEY) != t.nodes)
		refold_say(report, CHECK_NODE, (struct ref){ 0, 0 },
			   "%" PRIu64 " nodes, but %" PRIu64 " keys", t.nodes,
			   lmdb_rows(view_txn(v), TREE_NODE_KEY));
	return rc == 0 && places ? place_walk(v, 0, false, see_place, &t) : rc;
}
