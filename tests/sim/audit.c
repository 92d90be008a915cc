/* SPDX-License-Identifier: Apache-2.0 */
/* audit.c -- invariants that hold after every step. See audit.h; the final ones are in audit_end.c.
 */
#include "tests/sim/audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/audit_totals.h"
#include "tests/sim/fact.h"

struct log *audit_log(struct world *w, uint64_t origin)
{
	for (int i = 0; i < w->nodes; i++)
		if (w->node[i].log.origin == origin)
			return &w->node[i].log;
	world_broken(w, "I2", "an entry of an unknown origin");
}

const char *audit_lag(const struct world *w)
{
	static char text[200];
	int len = 0;

	text[0] = '\0';
	for (int i = 0; i < w->nodes && len < (int)sizeof text; i++) {
		const struct node *n = &w->node[i];

		len +=
		    snprintf(text + len, sizeof text - (size_t)len,
			     "n%d %s %" PRIu64 "/%" PRIu64 " hub %" PRIu64 " cursor %" PRIu64 "; ",
			     i, n->up ? "up" : "down", n->log.synced, n->log.count,
			     n->log.hub_synced, n->cursor.seq);
	}
	return text;
}

/* ---- what a station knows of its hub ---- */

static struct peer disk_row(struct world *w, struct node *n)
{
	struct peer p;
	struct view v;

	BF_REQUIRE(view_begin(n->store, &v) == 0);
	int rc = peer_get(&v, &p);
	view_end(&v);
	if (rc != 0)
		world_broken(w, "CURSOR", "n%d: no hub known: %s", n->index, bf_error_name(rc));
	return p;
}

static bool same(const struct checkpoint *a, const struct checkpoint *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

static bool unchanged(const struct node *n, const struct peer *p)
{
	return same(&p->cursor, &n->cursor) && same(&p->seen, &n->seen) &&
	       p->rewound_ms == n->rewound_ms;
}

/* P1: only what is late is left out. */
static bool must_keep(const struct node *n, const struct keeping *k)
{
	const struct checkpoint *c = &k->checkpoint;

	if (c->epoch != n->seen.epoch || k->rewound)
		return true;
	return n->rewound_ms == 0 && c->seq >= n->cursor.seq &&
	       c->order_length >= n->cursor.order_length &&
	       (c->seq > n->cursor.seq || c->order_length > n->cursor.order_length);
}

static void back(struct world *w, const struct node *n, const char *what,
		 const struct checkpoint *was, const struct checkpoint *is)
{
	if (is->seq < was->seq || is->order_length < was->order_length)
		world_broken(w, "CURSOR",
			     "n%d: %s back from %" PRIu64 " of %" PRIu64 " to %" PRIu64
			     " of %" PRIu64 " in one epoch",
			     n->index, what, was->seq, was->order_length, is->seq,
			     is->order_length);
}

/* P1, P2, G4: what was written is right beside what was there. */
static void row_follows(struct world *w, const struct node *n, const struct keeping *k,
			const struct peer *p)
{
	bool other_life = k->checkpoint.epoch != n->seen.epoch;

	if (!same(&p->cursor, &k->checkpoint))
		world_broken(w, "CURSOR", "n%d: %" PRIu64 " was to be kept, %" PRIu64 " is",
			     n->index, k->checkpoint.seq, p->cursor.seq);
	if (!other_life && w->rewound_epoch != p->cursor.epoch)
		back(w, n, "the cursor went", &n->cursor, &p->cursor);
	if (!other_life)
		back(w, n, "what was seen went", &n->seen, &p->seen);
	if ((p->rewound_ms != 0) != (k->rewound || (!other_life && n->rewound_ms != 0)))
		world_broken(w, "CURSOR", "n%d: that the hub went back was %s", n->index,
			     k->rewound ? "not written down" : "made up or kept too long");
	if (!other_life && n->rewound_ms != 0 && p->rewound_ms != n->rewound_ms)
		world_broken(w, "CURSOR", "n%d found out twice that the hub went back", n->index);
	const struct checkpoint *seen = p->rewound_ms != 0 && !other_life ? &n->seen : &p->cursor;
	if (!same(&p->seen, seen))
		world_broken(w, "CURSOR", "n%d: what was seen is not %s", n->index,
			     seen == &n->seen ? "what it was" : "what the hub signed last");
	if (p->rewound_ms != 0 && n->rewound_ms == 0)
		cover_hit(w->cover, "rewind", "noticed");
	if (p->rewound_ms == 0 && n->rewound_ms != 0)
		cover_hit(w->cover, "rewind", "over");
}

static void now_is(struct node *n, const struct peer *p)
{
	n->cursor = p->cursor;
	n->seen = p->seen;
	n->rewound_ms = p->rewound_ms;
}

void audit_kept(struct world *w, struct node *n, bool kept, const struct peer *told)
{
	struct peer p = disk_row(w, n);

	if (!same(&p.cursor, &told->cursor) || !same(&p.seen, &told->seen) ||
	    p.rewound_ms != told->rewound_ms)
		world_broken(w, "CURSOR", "n%d was told other than what is on its disk", n->index);
	if (!kept && (must_keep(n, &n->writing) || !unchanged(n, &p)))
		world_broken(w, "CURSOR", "n%d: %" PRIu64 " was to be kept and was not", n->index,
			     n->writing.checkpoint.seq);
	if (kept)
		row_follows(w, n, &n->writing, &p);
	now_is(n, &p);
}

void audit_started(struct world *w, struct node *n)
{
	struct peer p = disk_row(w, n);

	if (!unchanged(n, &p)) {
		if (!n->is_writing)
			world_broken(w, "CURSOR", "n%d knows its hub otherwise after a restart",
				     n->index);
		row_follows(w, n, &n->writing, &p);
	}
	n->is_writing = false;
	now_is(n, &p);
}

/* ---- after every step ---- */

static void order_grows(struct world *w, struct node *hub, const struct accepted *held)
{
	if (held->order_length < hub->order_length ||
	    (held->order_length == hub->order_length &&
	     !hash_equal(&held->order_hash, &hub->order_hash)))
		world_broken(w, "ORDER", "the hub's order went from %" PRIu64 " to %" PRIu64,
			     hub->order_length, held->order_length);
	hub->order_length = held->order_length;
	hub->order_hash = held->order_hash;
}

/* I1: exactly what was promised is durable, as far as the store itself says. */
static void held_is_promised(struct world *w, struct node *n, uint64_t origin, uint64_t promised)
{
	struct accepted held;
	int rc = store_held(n->store, origin, &held);

	if (rc != 0 || held.head.seq != promised)
		world_broken(w, "I1",
			     "n%d: %016" PRIx64 " is durable to %" PRIu64 ", promised was %" PRIu64,
			     n->index, origin, rc == 0 ? held.head.seq : 0, promised);
	world_mix(w, held.head.seq ^ held.order_length << 32);
	if (n->hub)
		order_grows(w, n, &held);
}

static void nothing_said_too_early(struct world *w)
{
	for (int i = 0; i < CABLES_MAX; i++) {
		const struct cable *c = &w->cable[i];

		if (!c->used || c->give == NULL)
			continue;
		if (give_acked(c->give) > w->node[c->station].log.count)
			world_broken(w, "ACK", "c%d: %" PRIu64 " acknowledged of %" PRIu64, i,
				     give_acked(c->give), w->node[c->station].log.count);
	}
}

/* Between two writes nothing changes what a station knows of its hub. */
static void row_stands(struct world *w, struct node *n)
{
	struct peer p = disk_row(w, n);

	if (!unchanged(n, &p))
		world_broken(w, "CURSOR", "n%d knows its hub otherwise, and nobody wrote it",
			     n->index);
}

void audit_step(struct world *w, int node)
{
	struct node *n = &w->node[node];

	nothing_said_too_early(w);
	if (!n->up)
		return;
	held_is_promised(w, n, n->origin, n->log.synced);
	if (!n->hub)
		row_stands(w, n);
	for (int i = 1; n->hub && i < w->nodes; i++)
		held_is_promised(w, n, w->node[i].origin, w->node[i].log.hub_synced);
}

/* T1. The frames are the hub's own, before anyone alters them. */
void audit_said(struct world *w, struct cable *c, struct bytes frames)
{
	const struct log *l = &w->node[c->station].log;
	struct mp_doc doc = { 0 };
	struct message m;
	struct bytes payload;
	size_t used;

	while (frames.len > 0 && frame_take(frames, &payload, &used) == 0) {
		int rc = message_take(payload, &doc, &m);
		uint64_t seq = 0;

		if (rc == 0 && m.type == MESSAGE_STORED)
			seq = m.stored.checkpoint.seq;
		else if (rc == 0 && m.type == MESSAGE_WELCOME)
			seq = m.welcome.checkpoint.seq;
		if (rc != 0 || seq > l->hub_synced)
			world_broken(w, "ACK",
				     "c%d: the hub says %" PRIu64
				     " is stored, it has synced %" PRIu64,
				     cable_index(w, c), seq, l->hub_synced);
		frames = bytes_of(frames.p + used, frames.len - used);
	}
	mp_doc_fini(&doc);
}

/* ---- after something was applied ---- */

/* A new entry at its own node: what was fed in, next in the chain. */
static void own_entry(struct world *w, struct node *n, struct fact *f, uint64_t seq,
		      const struct entry *e)
{
	struct hash before =
	    seq == 1 ? chain_genesis(&n->key.public, n->incarnation) : n->log.facts[seq - 2]->chain;

	if (e->seq != seq || e->kind != f->kind || !ref_equal(e->subject, f->subject) ||
	    !ref_equal(e->base, f->base) || !bytes_equal(e->author, bytes_str(f->author)) ||
	    !bytes_equal(e->body, bytes_of(f->body, f->body_len)))
		world_broken(w, "I1", "n%d: entry %" PRIu64 " is not what was recorded", n->index,
			     seq);
	if (seq > 1 && e->stamp <= n->log.facts[seq - 2]->stamp)
		world_broken(w, "I8", "n%d: entry %" PRIu64 " is stamped before the one before it",
			     n->index, seq);
	f->stamp = e->stamp;
	f->chain = chain_next(&before, e->raw);
	f->raw_len = e->raw.len;
	f->raw = malloc(e->raw.len + 1);
	BF_REQUIRE(f->raw != NULL);
	memcpy(f->raw, e->raw.p, e->raw.len);
}

static void one_entry(struct world *w, struct node *at, struct log *l, uint64_t seq,
		      const struct entry *e)
{
	struct fact *f = l->facts[seq - 1];

	if (f->raw == NULL && at->origin == l->origin)
		own_entry(w, at, f, seq, e);
	if (f->raw == NULL || !bytes_equal(e->raw, bytes_of(f->raw, f->raw_len)))
		world_broken(w, "I3", "n%d holds another entry %" PRIu64 " of %016" PRIx64,
			     at->index, seq, l->origin);
}

/* I2, I3: compare what was applied since the last look, entry by entry. */
static void compare_log(struct world *w, struct node *at, struct log *l, struct view *v,
			uint64_t *seen)
{
	struct buf raw = { 0 };
	uint64_t count = 0;
	struct head head = { 0 };
	struct entry e;
	size_t used;

	int rc = view_head(v, l->origin, &head);
	if (rc != 0 && !(rc == BF_ENOTFOUND && *seen == 0))
		world_broken(w, "I3", "n%d: no head of %016" PRIx64, at->index, l->origin);
	if (head.seq < *seen || head.seq > l->count)
		world_broken(w, "I3", "n%d holds %" PRIu64 " of %" PRIu64 " entries of %016" PRIx64,
			     at->index, head.seq, l->count, l->origin);
	rc = view_load(v, l->origin, *seen + 1, SIZE_MAX, UINT32_MAX, &raw, &count);
	if (rc != 0 || *seen + count != head.seq)
		world_broken(w, "I3", "n%d: %" PRIu64 " entries behind %" PRIu64 ", head %" PRIu64,
			     at->index, count, *seen, head.seq);
	struct bytes left = buf_bytes(&raw);
	for (uint64_t i = 0; i < count; i++) {
		if (entry_take_first(left, &e, &used) != 0)
			world_broken(w, "I3", "n%d: entry %" PRIu64 " cannot be read", at->index,
				     *seen + 1);
		one_entry(w, at, l, ++*seen, &e);
		left = bytes_of(left.p + used, left.len - used);
	}
	if (*seen > 0 && !hash_equal(&head.hash, &l->facts[*seen - 1]->chain))
		world_broken(w, "I3", "n%d: the head of %016" PRIx64 " is not that of its entries",
			     at->index, l->origin);
	buf_fini(&raw);
}

void audit_node(struct world *w, struct node *n)
{
	struct view v;

	BF_REQUIRE(view_begin(n->store, &v) == 0);
	compare_log(w, n, &n->log, &v, &n->log.own_seen);
	for (int i = 1; n->hub && i < w->nodes; i++) {
		struct log *l = &w->node[i].log;
		uint64_t known = l->own_seen;

		/* An entry that its own node has not applied yet is compared once it has. */
		struct head head = { 0 };
		if (view_head(&v, l->origin, &head) == 0 && head.seq <= known)
			compare_log(w, n, l, &v, &l->hub_seen);
		else if (head.seq > l->count)
			world_broken(w, "I2", "hub holds %" PRIu64 " of n%d's %" PRIu64, head.seq,
				     i, l->count);
	}
	audit_totals(w, n, &v, false);
	view_end(&v);
}
