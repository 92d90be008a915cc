/* SPDX-License-Identifier: Apache-2.0 */
/* peer.c -- see peer.h. One row, overwritten in place. */
#include "storage/peer.h"

#include <stdio.h>
#include <string.h>

#include "protocol/errors.h"
#include "storage/inside.h"

enum { ROW_VERSION = 2 };
#define PEER_KEY BYTES_LIT("hub")

static void put_checkpoint(struct buf *b, const struct checkpoint *c)
{
	buf_u64(b, c->epoch);
	buf_u64(b, c->order_length);
	buf_put(b, c->order_hash.b, HASH_BYTES);
	buf_u64(b, c->origin);
	buf_u64(b, c->seq);
	buf_put(b, c->hash.b, HASH_BYTES);
	buf_put(b, c->sig.b, SIGNATURE_BYTES);
}

static void put_text(struct buf *b, const char *text)
{
	size_t len = strlen(text);

	buf_u8(b, (uint8_t)len);
	buf_put(b, text, len);
}

static void put_row(struct buf *b, const struct peer *p)
{
	buf_u8(b, ROW_VERSION);
	buf_put(b, p->hub.b, KEY_BYTES);
	buf_u16(b, p->port);
	buf_u64(b, p->division);
	buf_u32(b, p->role);
	put_checkpoint(b, &p->cursor);
	buf_u64(b, (uint64_t)p->cursor_ms);
	buf_u64(b, (uint64_t)p->clock_ms);
	put_checkpoint(b, &p->seen);
	buf_u64(b, (uint64_t)p->rewound_ms);
	put_text(b, p->host);
	put_text(b, p->hub_name);
}

static void take_fixed(struct rd *r, uint8_t *p, size_t len)
{
	struct bytes b = rd_bytes(r, len);

	if (r->err == 0)
		memcpy(p, b.p, len);
}

static void take_checkpoint(struct rd *r, struct checkpoint *c)
{
	c->epoch = rd_u64(r);
	c->order_length = rd_u64(r);
	take_fixed(r, c->order_hash.b, HASH_BYTES);
	c->origin = rd_u64(r);
	c->seq = rd_u64(r);
	take_fixed(r, c->hash.b, HASH_BYTES);
	take_fixed(r, c->sig.b, SIGNATURE_BYTES);
}

static int take_row(struct bytes b, struct peer *out)
{
	struct rd r = rd_of(b);

	*out = (struct peer){ 0 };
	if (rd_u8(&r) != ROW_VERSION)
		return r.err != 0 ? BF_EDAMAGED : BF_EVERSION;
	take_fixed(&r, out->hub.b, KEY_BYTES);
	out->port = rd_u16(&r);
	out->division = rd_u64(&r);
	out->role = rd_u32(&r);
	take_checkpoint(&r, &out->cursor);
	out->cursor_ms = (int64_t)rd_u64(&r);
	out->clock_ms = (int64_t)rd_u64(&r);
	take_checkpoint(&r, &out->seen);
	out->rewound_ms = (int64_t)rd_u64(&r);
	bytes_cstr(rd_bytes(&r, rd_u8(&r)), out->host, sizeof out->host);
	bytes_cstr(rd_bytes(&r, rd_u8(&r)), out->hub_name, sizeof out->hub_name);
	return rd_end(&r) != 0 ? BF_EDAMAGED : 0;
}

static int get_row(struct lmdb_txn *t, struct peer *out)
{
	struct bytes value;
	int rc = lmdb_get(t, TREE_PEER, PEER_KEY, &value);

	return rc == 0 ? take_row(value, out) : rc;
}

static int write_row(struct lmdb_txn *t, const struct peer *p)
{
	struct buf row = { 0 };

	put_row(&row, p);
	if (row.err == 0)
		lmdb_put(t, TREE_PEER, PEER_KEY, buf_bytes(&row));
	int rc = row.err != 0 ? row.err : lmdb_commit(t);

	buf_fini(&row);
	return rc;
}

int peer_get(struct view *v, struct peer *out)
{
	return get_row(view_txn(v), out);
}

int peer_put(struct store *s, const struct peer *p, struct fault *f)
{
	return peer_enrol(s, p, (struct bytes){ 0 }, NULL, 0, NULL, f);
}

static void tell(struct lmdb_txn *t, const struct store *s, const struct peer *p, struct act *act)
{
	if (act == NULL)
		return;
	act->what = ACT_ENROLLED;
	act->origin = s->own.origin;
	act->division = p->division;
	(void)snprintf(act->note, sizeof act->note, "%s:%u", p->host, (unsigned)p->port);
	acts_put(t, act);
}

int peer_enrol(struct store *s, const struct peer *p, struct bytes edition,
	       const struct place *rows, size_t count, struct act *act, struct fault *f)
{
	struct lmdb_txn t;
	int rc = s->dead ? BF_EIO : count > 0 ? place_check(edition, rows, count, f) : 0;

	if (rc != 0)
		return rc;
	rc = count > 0 ? room_floor(s, f) : room_control(s, f);
	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);
	if (rc == 0 && count > 0)
		rc = place_put(&t, edition, rows, count, f);
	bool refused = rc == BF_EINVAL;

	if (rc == 0)
		tell(&t, s, p, act);
	if (rc == 0)
		rc = write_row(&t, p);
	lmdb_abort(&t);
	return refused ? rc : store_failed(s, f, rc);
}

/* P1, P2. Until the hub goes back, cursor and seen are one. */
static bool news(const struct peer *p, const struct checkpoint *c, bool rewound)
{
	if (c->epoch != p->seen.epoch || rewound)
		return true;
	/* A session that began before the hub was found out speaks of what is gone. */
	return p->rewound_ms == 0 && checkpoint_course(&p->cursor, c) == CHECKPOINT_FORWARD;
}

static void take_in(struct peer *p, const struct checkpoint *c, bool rewound, int64_t now_ms)
{
	if (c->epoch != p->seen.epoch) {
		p->seen = *c;
		p->rewound_ms = 0;
	}
	if (rewound && p->rewound_ms == 0)
		p->rewound_ms = now_ms != 0 ? now_ms : 1;
	if (p->rewound_ms == 0)
		p->seen = *c;
	p->cursor = *c;
	p->cursor_ms = now_ms;
}

int peer_keep(struct store *s, const struct checkpoint *c, bool rewound, int64_t now_ms,
	      int64_t clock_ms, struct peer *out)
{
	struct lmdb_txn t;
	bool kept = false;

	if (s->dead)
		return BF_EIO;
	int rc = room_control(s, NULL);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);

	if (rc == 0)
		rc = get_row(&t, out);
	if (rc == 0) {
		kept = news(out, c, rewound);
		if (kept)
			take_in(out, c, rewound, now_ms);
		else if (checkpoint_course(&out->cursor, c) == CHECKPOINT_SAME)
			out->cursor_ms = now_ms; /* nothing new, and heard all the same */
		out->clock_ms = clock_ms;
		rc = write_row(&t, out);
	}
	lmdb_abort(&t);
	if (rc != 0)
		return rc == BF_ENOTFOUND ? rc : store_failed(s, NULL, rc);
	return kept ? PEER_KEPT : PEER_LATE;
}
