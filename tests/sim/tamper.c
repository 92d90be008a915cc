/* SPDX-License-Identifier: Apache-2.0 */
/* tamper.c -- someone who sits between the two ends, knows the protocol, and has no key. See
 * world.h.
 *
 * Up: an entry altered, with the head as it was or as it should then be; an entry dropped; a batch
 * that claims other numbers; a BATCH sent twice. Down: a hub that says more than it signed.
 * Whatever they do, the invariants must hold and the session after them must work. */
#include "tests/sim/world.h"

#include <string.h>

#include "tests/sim/fact.h"

static struct pack *packer; /* of this process; tamper_done frees it */

/* The batch with other raw bytes. */
static void repack(struct message *m, const struct buf *raw, struct buf *packed, struct buf *out)
{
	BF_REQUIRE(pack_put(packer, buf_bytes(raw), packed) == 0);
	m->batch.raw_bytes = raw->len;
	m->batch.packed = buf_bytes(packed);
	(void)message_put(out, m);
}

/* The chain over `raw`, from where the batch begins: what a forger can work out, having seen all
 * that was sent. */
static bool rehash(const struct world *w, const struct cable *c, struct message *m,
		   const struct buf *raw)
{
	const struct node *n = &w->node[c->station];
	struct bytes left = buf_bytes(raw);
	struct entry e;
	size_t used;
	uint64_t first = m->batch.first;

	if (first > n->log.own_seen + 1 || first == 0)
		return false;
	struct hash h = first == 1 ? chain_genesis(&n->key.public, n->incarnation)
				   : n->log.facts[first - 2]->chain;
	for (uint64_t i = 0; i < m->batch.count; i++) {
		if (entry_take_first(left, &e, &used) != 0)
			return false;
		h = chain_next(&h, e.raw);
		left = bytes_of(left.p + used, left.len - used);
	}
	m->batch.head.hash = h;
	return true;
}

/* Alter one letter of the first author's name: still canonical, still a likely entry. */
static void alter_byte(struct buf *raw)
{
	struct entry e;
	size_t used;

	if (entry_take_first(buf_bytes(raw), &e, &used) == 0 && e.author.len > 0)
		raw->p[e.author.p - raw->p] ^= 1;
}

static bool drop_entry(struct message *m, struct buf *raw)
{
	struct entry e;
	size_t used;

	if (m->batch.count < 2 || entry_take_first(buf_bytes(raw), &e, &used) != 0)
		return false;
	buf_drop(raw, used);
	m->batch.first++;
	m->batch.count--;
	return true;
}

/* Returns false when it left the frame alone. */
static bool alter(struct world *w, struct cable *c, struct message *m, struct buf *out)
{
	struct buf raw = { 0 }, packed = { 0 };
	bool done = true;

	if (packer == NULL)
		packer = pack_open();
	BF_REQUIRE(packer != NULL);
	if (pack_take(packer, m->batch.packed, (size_t)m->batch.raw_bytes, &raw) != 0)
		world_broken(w, "LIVE", "a batch cannot be unpacked");
	switch (rng_below(&w->rng, 5)) {
	case 0:
		alter_byte(&raw);
		cover_hit(w->cover, "tamper up", "byte");
		break;
	case 1:
		alter_byte(&raw);
		done = rehash(w, c, m, &raw);
		cover_hit(w->cover, "tamper up", "rehashed");
		break;
	case 2:
		done = drop_entry(m, &raw);
		cover_hit(w->cover, "tamper up", "dropped");
		break;
	case 3:
		done = drop_entry(m, &raw);
		m->batch.first -= done ? 1 : 0; /* the count and the numbers no longer fit */
		m->batch.head.seq -= done ? 1 : 0;
		cover_hit(w->cover, "tamper up", "shifted");
		break;
	default:
		repack(m, &raw, &packed, out); /* twice */
		buf_clear(&packed);
		cover_hit(w->cover, "tamper up", "twice");
		break;
	}
	if (done)
		repack(m, &raw, &packed, out);
	buf_fini(&raw);
	buf_fini(&packed);
	return done;
}

static void alter_down(struct world *w, struct cable *c, struct message *m, struct buf *out)
{
	struct checkpoint *p =
	    m->type == MESSAGE_STORED ? &m->stored.checkpoint : &m->welcome.checkpoint;
	const struct log *l = &w->node[c->station].log;

	p->seq = l->own_seen;
	if (p->seq > 0)
		p->hash = l->facts[p->seq - 1]->chain;
	(void)message_put(out, m);
	cover_hit(w->cover, "tamper down", "seq");
}

static void pass(struct world *w, struct cable *c, struct bytes frames, bool up, struct buf *out)
{
	struct mp_doc doc = { 0 };
	struct bytes payload;
	struct message m;
	size_t used;

	while (frames.len > 0 && frame_take(frames, &payload, &used) == 0) {
		bool done = false;

		if (world_strikes(w, CHAOS_TAMPER, 120) && message_take(payload, &doc, &m) == 0) {
			if (up && m.type == MESSAGE_BATCH) {
				done = alter(w, c, &m, out);
			} else if (!up && (m.type == MESSAGE_STORED || m.type == MESSAGE_WELCOME)) {
				alter_down(w, c, &m, out);
				done = true;
			}
		}
		if (!done)
			buf_put(out, frames.p, used);
		frames = bytes_of(frames.p + used, frames.len - used);
	}
	buf_put_bytes(out, frames);
	mp_doc_fini(&doc);
}

void tamper_up(struct world *w, struct cable *c, struct bytes frames, struct buf *out)
{
	pass(w, c, frames, true, out);
}

void tamper_down(struct world *w, struct cable *c, struct bytes frames, struct buf *out)
{
	pass(w, c, frames, false, out);
}

void tamper_done(void)
{
	pack_close(packer);
	packer = NULL;
}
