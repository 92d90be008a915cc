/* SPDX-License-Identifier: Apache-2.0 */
/* give.c -- the half of a session that has entries. See give.h; rules and state table in README.md
 * section 5.
 *
 * A step has two halves: absorb() takes the event in and changes the state, wish() says what to do
 * next; it is asked again with EVENT_GO until nothing is left to do. What was queued to be sent
 * goes out first, then what is to be kept, then the state speaks.
 *
 * Three positions in our own log, never to be mixed up:
 *   cursor  what the hub has signed last as held, kept on disk by WISH_KEEP (G1, G4)
 *   at      how far the chain has been followed here; the next entry to load is at.seq + 1
 *   head    the end of our log; EVENT_MORE moves it */
#include "give.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

enum state { GREET, ASKED, CHAIN, FEED, BYE, OVER };

static const char *const state_names[] = { "GREET", "ASKED", "CHAIN", "FEED", "BYE", "OVER" };

struct point { /* a place in our log */
	uint64_t seq;
	struct hash hash;
};

struct sent { /* a batch under way */
	struct point last;
	uint64_t count;
};

struct give {
	struct give_start start;
	enum state state;
	struct point genesis, greeted, at, head;
	struct checkpoint cursor, seen; /* G4 */
	struct checkpoint offered;      /* WELCOME's, while CHAIN follows our log to it */
	struct malformed malformed;     /* as the hub said last */
	uint64_t window, next_s, retry_s, acked;
	int64_t peer_ms;
	struct sent sent[BATCH_WINDOW]; /* oldest first */
	size_t sent_count;
	bool loading, keeping, sending, rewound, heard;
	struct buf frames; /* to be sent */
	struct buf packed;
	struct pack *pack;
	struct mp_doc doc;
	struct fault fault; /* in OVER: none when it ended well */
};

/* In the order of a session. */
static void absorb(struct give *g, const struct event *in);
static void greet(struct give *g);
static void on_frame(struct give *g, struct bytes payload);
static void on_welcome(struct give *g, const struct msg_welcome *m);
static void base_known(struct give *g);
static void on_loaded(struct give *g, const struct event *in);
static void put_batch(struct give *g, const struct run *run, size_t raw_bytes);
static void on_stored(struct give *g, const struct msg_stored *m);
static void bye(struct give *g);
static enum wish wish(struct give *g, struct wished *out);

/* ---- life ---- */

struct give *give_open(const struct give_start *start)
{
	struct give *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->pack = pack_open();
	if (g->pack == NULL) {
		free(g);
		return NULL;
	}
	g->start = *start;
	g->genesis.hash = chain_genesis(&start->key->public, start->incarnation);
	g->head = (struct point){ start->head.seq, start->head.hash };
	g->cursor = start->cursor;
	g->seen = start->seen;
	g->rewound = start->rewound;
	return g;
}

void give_close(struct give *g)
{
	if (g == NULL)
		return;
	mp_doc_fini(&g->doc);
	buf_fini(&g->frames);
	buf_fini(&g->packed);
	pack_close(g->pack);
	free(g);
}

const char *give_state(const struct give *g)
{
	return state_names[g->state];
}

uint64_t give_acked(const struct give *g)
{
	return g->acked;
}

bool give_malformed(const struct give *g, struct malformed *out)
{
	*out = g->malformed;
	return g->heard;
}

bool give_rewound(const struct give *g)
{
	return g->rewound;
}

/* ---- ends ---- */

/* The session is over and g->fault says why; `tell` the hub too. */
static void fail(struct give *g, bool tell)
{
	g->state = OVER;
	buf_renew(&g->frames); /* what was not sent will never be */
	if (tell)
		(void)sync_put_refuse(&g->frames, &g->fault);
}

static void fail_seq(struct give *g, enum fault_code code, uint64_t seq)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	(void)fault_say(&g->fault, code, NULL, text, NULL);
	fail(g, true);
}

static void fail_inside(struct give *g, const char *what, int rc)
{
	if (rc == BF_ENOMEM)
		(void)fault_say(&g->fault, FAULT_NO_MEMORY, NULL, NULL, NULL);
	else
		(void)fault_say(&g->fault, FAULT_INTERNAL, "give", what, NULL);
	g->fault.rc = rc;
	fail(g, false);
}

static void fail_turn(struct give *g, const char *what)
{
	(void)fault_say(&g->fault, FAULT_OUT_OF_TURN, NULL, what, give_state(g));
	fail(g, true);
}

static void put(struct give *g, const struct message *m)
{
	int rc = message_put(&g->frames, m);

	if (rc != 0)
		fail_inside(g, "message_put", rc);
}

/* ---- a step ---- */

enum wish give_step(struct give *g, const struct event *in, struct wished *out)
{
	memset(out, 0, sizeof *out);
	if (g->sending) {
		buf_clear(&g->frames);
		g->sending = false;
	}
	if (g->state != OVER) /* over is over: a late event changes nothing */
		absorb(g, in);
	out->peer_ms = g->peer_ms;
	return wish(g, out);
}

static void absorb(struct give *g, const struct event *in)
{
	switch (in->type) {
	case EVENT_GO:
		if (g->state == GREET)
			greet(g);
		else if (g->state == BYE)
			g->state = OVER; /* it has been sent */
		return;
	case EVENT_FRAME:
		on_frame(g, in->payload);
		return;
	case EVENT_LOADED:
		on_loaded(g, in);
		return;
	case EVENT_MORE:
		if (in->held.origin == g->start.head.origin && in->held.seq > g->head.seq)
			g->head = (struct point){ in->held.seq, in->held.hash };
		return;
	case EVENT_CLOSED:
		(void)fault_say(&g->fault, FAULT_LINK_CLOSED, NULL, NULL, NULL);
		fail(g, false);
		return;
	case EVENT_HELD:
	case EVENT_STORED:
		break;
	}
	fail_inside(g, event_name(in->type), BF_EBUG);
}

static void greet(struct give *g)
{
	struct message m = { .type = MESSAGE_HELLO };

	m.hello = (struct msg_hello){
		.version = PROTOCOL_VERSION,
		.origin = g->start.head.origin,
		.seq = g->head.seq,
		.hash = g->head.hash,
		.now_ms = g->start.now_ms,
		.seen_epoch = g->seen.epoch,
		.seen_length = g->seen.order_length,
		.seen_order = g->seen.order_hash,
		.rewound = g->rewound,
		.program = g->start.program,
	};
	g->greeted = g->head;
	g->state = ASKED;
	put(g, &m);
}

/* Of the reasons a hub can give one is a person's to mend; any other is that it is busy. */
static enum fault_code busy_code(const struct msg_busy *m)
{
	bool full = bytes_equal(m->name, bytes_str(fault_name(FAULT_HUB_DISK_FULL)));

	return full ? FAULT_HUB_DISK_FULL : FAULT_HUB_BUSY;
}

static void on_busy(struct give *g, const struct msg_busy *m)
{
	char text[24];

	g->retry_s = m->retry_s < SYNC_BUSY_S_MAX ? m->retry_s : SYNC_BUSY_S_MAX;
	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)g->retry_s);
	(void)fault_say(&g->fault, busy_code(m), NULL, text, NULL);
	fail(g, false);
}

static void on_frame(struct give *g, struct bytes payload)
{
	struct message m;
	int rc = message_take(payload, &g->doc, &m);

	if (rc != 0) {
		(void)sync_unread(rc, &g->fault);
		fail(g, true);
	} else if (m.type == MESSAGE_BUSY) {
		on_busy(g, &m.busy);
	} else if (m.type == MESSAGE_REFUSE) {
		sync_told(&m.refuse, &g->fault);
		fail(g, false);
	} else if (m.type == MESSAGE_WELCOME && g->state == ASKED) {
		on_welcome(g, &m.welcome);
	} else if (m.type == MESSAGE_STORED && g->state == FEED && g->sent_count > 0) {
		on_stored(g, &m.stored);
	} else if (m.type == MESSAGE_BYE && g->state == FEED) {
		/* The hub is stopping. What it has stored it has said. */
		(void)fault_say(&g->fault, FAULT_LINK_CLOSED, NULL, NULL, NULL);
		fail(g, false);
	} else {
		fail_turn(g, message_name(m.type));
	}
}

/* ---- what the hub holds ---- */

/* G1: nothing a hub says counts unless it is signed, about our log, and within it. */
static bool checkpoint_fits(struct give *g, struct checkpoint *c)
{
	c->origin = g->start.head.origin;
	if (!checkpoint_verify(c, &g->start.hub)) {
		fail_seq(g, FAULT_HUB_SIGNATURE, c->seq);
		return false;
	}
	if (c->seq > g->head.seq) {
		char theirs[24], ours[24];

		(void)snprintf(theirs, sizeof theirs, "%llu", (unsigned long long)c->seq);
		(void)snprintf(ours, sizeof ours, "%llu", (unsigned long long)g->head.seq);
		(void)fault_say(&g->fault, FAULT_ROLLED_BACK, NULL, theirs, ours);
		fail(g, true);
		return false;
	}
	return true;
}

/* G4. The hub's last word is the cursor, also when it is less; what it said before is evidence
 * against it, and stands still from then on. */
static void keep(struct give *g, const struct checkpoint *c)
{
	bool was = g->rewound;

	if (c->epoch != g->seen.epoch)
		g->rewound = false;
	if (checkpoint_course(&g->seen, c) == CHECKPOINT_BACK)
		g->rewound = true;
	if (!g->rewound)
		g->seen = *c;
	if (checkpoint_course(&g->cursor, c) == CHECKPOINT_SAME && g->rewound == was)
		return;
	g->cursor = *c;
	g->keeping = true;
}

/* A figure that cannot be is none: it decides nothing, so it ends nothing either. */
static void hear_malformed(struct give *g, const struct malformed *told, uint64_t held)
{
	bool sound =
	    told->count <= held && told->first <= held && (told->count == 0) == (told->first == 0);

	g->malformed = sound ? *told : (struct malformed){ 0 };
	g->heard = true;
}

static void on_welcome(struct give *g, const struct msg_welcome *m)
{
	static const struct hash same; /* zeros: as in our HELLO */

	g->peer_ms = m->now_ms;
	g->next_s = m->next_s <= SYNC_NEXT_S_MAX ? m->next_s : 0;
	g->window = m->window < BATCH_WINDOW ? m->window : BATCH_WINDOW;
	if (m->version > PROTOCOL_VERSION) {
		fail_seq(g, FAULT_PROTOCOL, m->version);
		return;
	}
	g->offered = m->checkpoint;
	if (memcmp(&g->offered.hash, &same, sizeof same) == 0)
		g->offered.hash = g->greeted.hash;
	if (!checkpoint_fits(g, &g->offered))
		return;
	hear_malformed(g, &m->malformed, g->offered.seq);

	/* The best known place at or before what the hub holds; the cursor was compared with our
	 * log when it was kept. Restored hubs and lost acknowledgements leave the two apart. */
	struct point cursor = { g->cursor.seq, g->cursor.hash };
	g->at = g->genesis;
	if (g->offered.seq == g->head.seq)
		g->at = g->head;
	else if (g->cursor.origin != 0 && cursor.seq > 0 && cursor.seq <= g->offered.seq)
		g->at = cursor;
	g->state = CHAIN;
	if (g->at.seq == g->offered.seq)
		base_known(g);
}

/* CHAIN has come to the seq the hub holds: is it our log that it holds? (G2) */
static void base_known(struct give *g)
{
	if (!hash_equal(&g->at.hash, &g->offered.hash)) {
		fail_seq(g, FAULT_FORK, g->offered.seq);
		return;
	}
	keep(g, &g->offered);
	g->state = FEED;
}

/* ---- our own entries ---- */

static uint64_t load_end(const struct give *g)
{
	return g->state == CHAIN ? g->offered.seq : g->head.seq;
}

static bool may_load(const struct give *g)
{
	if (g->loading || g->at.seq >= load_end(g))
		return false;
	return g->state == CHAIN || (g->state == FEED && g->sent_count < g->window);
}

static void fail_own(struct give *g, uint64_t seq, int rc)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	(void)fault_say(&g->fault, FAULT_OWN_LOG, NULL, text, bf_error_name(rc));
	fail(g, true);
}

/* Follow the chain over a run of our own. Our own store may be damaged: it is judged like a
 * stranger's. */
static int follow(struct give *g, const struct run *run)
{
	struct bytes left = run->entries;
	struct entry e;
	size_t used;

	for (uint64_t i = 0; i < run->count; i++) {
		int rc = entry_take_first(left, &e, &used);

		if (rc != 0)
			return rc;
		if (e.seq != g->at.seq + 1)
			return BF_ECHAIN;
		g->at.hash = chain_next(&g->at.hash, e.raw);
		g->at.seq++;
		left = bytes_of(left.p + used, left.len - used);
	}
	if (left.len != 0)
		return BF_EFORMAT;
	if (g->at.seq == g->head.seq && !hash_equal(&g->at.hash, &g->head.hash))
		return BF_ECHAIN;
	return 0;
}

static void on_loaded(struct give *g, const struct event *in)
{
	const struct run *run = &in->loaded;
	uint64_t first = g->at.seq + 1;

	if (!g->loading) {
		fail_inside(g, "LOADED unasked", BF_EBUG);
		return;
	}
	g->loading = false;
	if (in->rc != 0) {
		fail_own(g, first, in->rc);
		return;
	}
	if (run->count == 0 || run->first != first || run->count > load_end(g) - g->at.seq ||
	    run->count > BATCH_ENTRIES_MAX || run->entries.len > BATCH_RAW_MAX) {
		fail_inside(g, "LOADED does not answer", BF_EBUG);
		return;
	}
	int rc = follow(g, run);
	if (rc != 0)
		fail_own(g, g->at.seq + 1, rc);
	else if (g->state == FEED)
		put_batch(g, run, run->entries.len);
	else if (g->at.seq == g->offered.seq)
		base_known(g);
}

static void put_batch(struct give *g, const struct run *run, size_t raw_bytes)
{
	struct message m = { .type = MESSAGE_BATCH };

	buf_renew(&g->packed);
	int rc = pack_put(g->pack, run->entries, &g->packed);
	if (rc != 0) {
		fail_inside(g, "pack_put", rc);
		return;
	}
	m.batch = (struct msg_batch){
		.origin = g->start.head.origin,
		.first = run->first,
		.count = run->count,
		.head = { .origin = g->start.head.origin, .seq = g->at.seq, .hash = g->at.hash },
		.raw_bytes = raw_bytes,
		.packed = buf_bytes(&g->packed),
	};
	head_sign(&m.batch.head, g->start.key);
	g->sent[g->sent_count++] = (struct sent){ g->at, run->count };
	put(g, &m);
}

/* ---- acknowledgements ---- */

/* Our hash at a seq, where we happen to know it: at the ends of batches under way and where the
 * chain was followed to. NULL elsewhere. */
static const struct hash *hash_at(const struct give *g, uint64_t seq)
{
	for (size_t i = 0; i < g->sent_count; i++)
		if (g->sent[i].last.seq == seq)
			return &g->sent[i].last.hash;
	return g->head.seq == seq ? &g->head.hash : NULL;
}

static void on_stored(struct give *g, const struct msg_stored *m)
{
	struct checkpoint c = m->checkpoint;

	if (!checkpoint_fits(g, &c))
		return;
	if (c.epoch != g->offered.epoch || c.seq < g->sent[0].last.seq) {
		fail_turn(g, "STORED");
		return;
	}
	hear_malformed(g, &m->malformed, c.seq);
	/* An earlier session of ours may still have had stores under way at the hub: then it holds
	 * more than this batch. What we cannot compare we do not keep; a later STORED or the next
	 * WELCOME will say it again. */
	const struct hash *ours = hash_at(g, c.seq);
	if (ours != NULL && !hash_equal(ours, &c.hash)) {
		fail_seq(g, FAULT_FORK, c.seq);
		return;
	}
	if (ours != NULL)
		keep(g, &c);
	g->acked += g->sent[0].count;
	g->sent_count--;
	memmove(g->sent, g->sent + 1, g->sent_count * sizeof *g->sent);
}

/* ---- wishes ---- */

static bool all_acked(const struct give *g)
{
	return g->state == FEED && !g->loading && g->sent_count == 0 && g->at.seq >= g->head.seq;
}

static void bye(struct give *g)
{
	struct message m = { .type = MESSAGE_BYE };

	m.bye.entries = g->acked;
	g->state = BYE;
	put(g, &m);
}

static enum wish load(struct give *g, struct wished *out)
{
	uint64_t left = load_end(g) - g->at.seq;

	g->loading = true;
	out->origin = g->start.head.origin;
	out->first = g->at.seq + 1;
	out->limit_bytes = BATCH_RAW_MAX;
	out->limit_count = left < BATCH_ENTRIES_MAX ? (uint32_t)left : BATCH_ENTRIES_MAX;
	return WISH_LOAD;
}

static enum wish wish(struct give *g, struct wished *out)
{
	if (all_acked(g) && !g->keeping && !g->start.stay)
		bye(g);
	if (g->frames.len > 0) {
		g->sending = true;
		out->bytes = buf_bytes(&g->frames);
		return WISH_SEND;
	}
	if (g->keeping) {
		g->keeping = false;
		out->checkpoint = g->cursor;
		out->rewound = g->rewound;
		return WISH_KEEP;
	}
	if (g->state != OVER)
		return may_load(g) ? load(g, out) : WISH_WAIT;
	if (g->fault.code == FAULT_NONE) {
		out->retry_s = g->next_s;
		return WISH_DONE;
	}
	out->retry_s = g->retry_s;
	out->fault = g->fault;
	return WISH_FAIL;
}
