/* SPDX-License-Identifier: Apache-2.0 */
/* take.c -- the half of a session that keeps entries. See take.h; rules and state table in
 * README.md section 5.
 *
 * As in give.c a step takes the event in and then says the next wish. What is queued to be sent
 * goes first, then the run that is to be stored, then the state speaks.
 *
 * `accepted` is the end of what this session has checked: held at the start, then one batch after
 * another. The chain is followed from there, so a batch either continues it or ends the session.
 * The bytes of a run live in t->raw until the next step; the driver has copied them by then. */
#include "take.h"

#include <stdlib.h>
#include <string.h>

#include "errors.h"

enum state { LISTEN, LOOKUP, READY, OVER };

static const char *const state_names[] = { "LISTEN", "LOOKUP", "READY", "OVER" };

enum {
	TAKE_RETRY_S = 60, /* when the store is busy */
	TAKE_FULL_RETRY_S =
	    600, /* or full, which a person must mend: each try brings a batch in vain */
};

struct pending { /* a run that is being stored */
	uint64_t last, count;
};

struct take {
	struct take_start start;
	enum state state;
	struct msg_hello hello; /* its texts are not: */
	char program[PROGRAM_BYTES_MAX + 1];
	uint64_t accepted_seq;
	struct hash accepted_hash;
	struct pending pending[BATCH_WINDOW]; /* oldest first */
	size_t pending_count;
	struct run run; /* to be stored */
	bool looking, storing, sending, rewound;
	uint64_t stored, retry_s;
	int64_t peer_ms;
	struct buf frames, raw;
	struct pack *pack;
	struct mp_doc doc;
	struct fault fault; /* in OVER: none when it ended well */
};

/* In the order of a session. */
static void absorb(struct take *t, const struct event *in);
static void on_frame(struct take *t, struct bytes payload);
static void on_hello(struct take *t, const struct msg_hello *m);
static void on_held(struct take *t, const struct event *in);
static void on_batch(struct take *t, const struct msg_batch *m);
static void on_stored(struct take *t, const struct event *in);
static enum wish wish(struct take *t, struct wished *out);

/* ---- life ---- */

struct take *take_open(const struct take_start *start)
{
	struct take *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->pack = pack_open();
	if (t->pack == NULL) {
		free(t);
		return NULL;
	}
	t->start = *start;
	return t;
}

void take_close(struct take *t)
{
	if (t == NULL)
		return;
	mp_doc_fini(&t->doc);
	buf_fini(&t->frames);
	buf_fini(&t->raw);
	pack_close(t->pack);
	free(t);
}

const char *take_state(const struct take *t)
{
	return state_names[t->state];
}

uint64_t take_stored(const struct take *t)
{
	return t->stored;
}

bool take_hello(const struct take *t, uint64_t *seq, char program[PROGRAM_BYTES_MAX + 1])
{
	*seq = t->hello.seq;
	memcpy(program, t->program, sizeof t->program);
	return t->hello.version != 0;
}

bool take_full(const struct take *t)
{
	return t->pending_count == BATCH_WINDOW;
}

bool take_rewound(const struct take *t)
{
	return t->rewound;
}

/* ---- ends ---- */

/* The session is over and t->fault says why; `tell` the node too. Acknowledgements already queued
 * are true and still go out. */
static void fail(struct take *t, bool tell)
{
	t->state = OVER;
	if (tell)
		(void)sync_put_refuse(&t->frames, &t->fault);
}

static void fail_seq(struct take *t, enum fault_code code, uint64_t seq, const char *why)
{
	char text[24];

	(void)snprintf(text, sizeof text, "%llu", (unsigned long long)seq);
	(void)fault_say(&t->fault, code, NULL, text, why);
	fail(t, true);
}

static void fail_say(struct take *t, enum fault_code code, const char *a, const char *b)
{
	(void)fault_say(&t->fault, code, NULL, a, b);
	fail(t, true);
}

static void fail_bug(struct take *t, const char *what)
{
	(void)fault_say(&t->fault, FAULT_INTERNAL, "take", what, NULL);
	fail(t, true);
}

static void put(struct take *t, const struct message *m)
{
	int rc = message_put(&t->frames, m);

	if (rc == BF_ENOMEM) {
		buf_renew(&t->frames);
		fail_say(t, FAULT_NO_MEMORY, NULL, NULL);
	} else if (rc != 0) {
		fail_bug(t, "message_put");
	}
}

/* The store would not have a run, or could not be asked. What is wrong with the run itself its node
 * must read; the store's other sentences are about this hub's disk and directories: of a full disk
 * the node hears that it is full. */
static void fail_store(struct take *t, const struct event *in)
{
	struct message busy = { .type = MESSAGE_BUSY };
	int rc = in->rc;

	if (rc == BF_EOVERFLOW && in->why != NULL) {
		t->fault = *in->why;
		fail(t, true);
		return;
	}

	(void)fault_say(&t->fault, FAULT_NOT_STORED, NULL, bf_error_name(rc), NULL);
	t->fault.rc = rc;
	if (rc != BF_EFULL && rc != BF_EBUSY) {
		fail(t, true);
		return;
	}
	t->retry_s = rc == BF_EFULL ? TAKE_FULL_RETRY_S : TAKE_RETRY_S;
	busy.busy.retry_s = t->retry_s;
	if (rc == BF_EFULL)
		busy.busy.name = bytes_str(fault_name(FAULT_HUB_DISK_FULL));
	fail(t, false);
	put(t, &busy);
}

/* ---- a step ---- */

enum wish take_step(struct take *t, const struct event *in, struct wished *out)
{
	memset(out, 0, sizeof *out);
	if (t->sending) {
		buf_clear(&t->frames);
		t->sending = false;
	}
	if (t->state != OVER) /* over is over: a late event changes nothing */
		absorb(t, in);
	out->peer_ms = t->peer_ms;
	return wish(t, out);
}

static void absorb(struct take *t, const struct event *in)
{
	switch (in->type) {
	case EVENT_GO:
		return;
	case EVENT_FRAME:
		on_frame(t, in->payload);
		return;
	case EVENT_HELD:
		on_held(t, in);
		return;
	case EVENT_STORED:
		on_stored(t, in);
		return;
	case EVENT_CLOSED:
		(void)fault_say(&t->fault, FAULT_LINK_CLOSED, NULL, NULL, NULL);
		fail(t, false);
		return;
	case EVENT_LOADED:
	case EVENT_MORE:
		break;
	}
	fail_bug(t, event_name(in->type));
}

static void on_frame(struct take *t, struct bytes payload)
{
	struct message m;
	int rc = message_take(payload, &t->doc, &m);

	if (rc != 0) {
		(void)sync_unread(rc, &t->fault);
		fail(t, true);
	} else if (m.type == MESSAGE_REFUSE) {
		sync_told(&m.refuse, &t->fault);
		fail(t, false);
	} else if (m.type == MESSAGE_HELLO && t->state == LISTEN) {
		on_hello(t, &m.hello);
	} else if (m.type == MESSAGE_BATCH && t->state == READY && !take_full(t)) {
		on_batch(t, &m.batch);
	} else if (m.type == MESSAGE_BYE && t->state == READY && t->pending_count == 0) {
		t->state = OVER;
	} else {
		fail_say(t, FAULT_OUT_OF_TURN, message_name(m.type), take_state(t));
	}
}

static void on_hello(struct take *t, const struct msg_hello *m)
{
	char text[24];

	t->peer_ms = m->now_ms;
	if (m->origin != t->start.origin) {
		(void)snprintf(text, sizeof text, "%016llx", (unsigned long long)m->origin);
		fail_say(t, FAULT_WRONG_ORIGIN, text, NULL);
		return;
	}
	/* A newer node names the newest it speaks; WELCOME answers with what both do. */
	t->hello = *m;
	(void)bytes_cstr(m->program, t->program, sizeof t->program);
	t->hello.program = (struct bytes){ 0 };
	t->state = LOOKUP;
	t->looking = true;
}

/* The node's claim is of our order alone, and not signed: it is reported, and changes nothing. What
 * it noticed once still counts when our order has outgrown what it had seen. */
static bool rewound(const struct msg_hello *m, const struct checkpoint *now)
{
	const struct checkpoint seen = { .epoch = m->seen_epoch,
					 .order_length = m->seen_length,
					 .order_hash = m->seen_order,
					 .origin = m->origin };

	if (m->rewound != 0 && m->seen_epoch == now->epoch)
		return true;
	return checkpoint_course(&seen, now) == CHECKPOINT_BACK;
}

static void on_held(struct take *t, const struct event *in)
{
	struct message m = { .type = MESSAGE_WELCOME };
	const struct msg_hello *hello = &t->hello;

	if (t->state != LOOKUP) {
		fail_bug(t, "HELD unasked");
		return;
	}
	if (in->rc != 0) {
		fail_store(t, in);
		return;
	}
	bool same = hello->seq == in->held.seq && hash_equal(&hello->hash, &in->held.hash);
	if (hello->seq == in->held.seq && !same) {
		fail_seq(t, FAULT_FORK, hello->seq, NULL);
		return;
	}
	t->rewound = rewound(hello, &in->checkpoint);
	t->accepted_seq = in->held.seq;
	t->accepted_hash = in->held.hash;
	m.welcome = (struct msg_welcome){
		.version = PROTOCOL_VERSION,
		.now_ms = t->start.now_ms,
		.window = BATCH_WINDOW,
		.next_s = t->start.next_s,
		.checkpoint = in->checkpoint,
		.malformed = in->malformed,
	};
	if (same) /* 33 bytes of every night on which there is nothing new */
		memset(&m.welcome.checkpoint.hash, 0, sizeof m.welcome.checkpoint.hash);
	t->state = READY;
	put(t, &m);
}

/* ---- batches ---- */

/* T2, T5: every entry whole, canonical, next in turn; the chain ends where the node signed. */
static int follow(struct take *t, const struct msg_batch *m, struct hash *hash, uint64_t *seq)
{
	struct bytes left = buf_bytes(&t->raw);
	struct entry e;
	size_t used;

	*seq = m->first;
	for (uint64_t i = 0; i < m->count; i++, (*seq)++) {
		int rc = entry_take_first(left, &e, &used);

		if (rc != 0)
			return rc;
		if (e.seq != *seq)
			return BF_EORDER;
		if (!entry_author_sound(e.author))
			return BF_EINVAL;
		*hash = chain_next(hash, e.raw);
		left = bytes_of(left.p + used, left.len - used);
	}
	return left.len == 0 ? 0 : BF_EFORMAT;
}

static bool unpack(struct take *t, const struct msg_batch *m)
{
	buf_renew(&t->raw);
	int rc = pack_take(t->pack, m->packed, m->raw_bytes, &t->raw);

	if (rc == BF_ENOMEM)
		fail_say(t, FAULT_NO_MEMORY, NULL, NULL);
	else if (rc != 0)
		fail_say(t, FAULT_BAD_MESSAGE, "packed", NULL);
	return rc == 0;
}

static void on_batch(struct take *t, const struct msg_batch *m)
{
	struct hash hash = t->accepted_hash;
	uint64_t seq, last = m->head.seq;

	if (m->origin != t->start.origin || m->first != t->accepted_seq + 1) {
		fail_say(t, FAULT_OUT_OF_TURN, "BATCH", take_state(t)); /* T3 */
		return;
	}
	if (!unpack(t, m))
		return;
	int rc = follow(t, m, &hash, &seq);
	if (rc != 0) {
		fail_seq(t, rc == BF_EVERSION ? FAULT_ENTRY_NEWER : FAULT_BAD_ENTRY, seq,
			 bf_error_name(rc));
		return;
	}
	if (!hash_equal(&hash, &m->head.hash)) {
		fail_seq(t, FAULT_BROKEN_CHAIN, last, NULL);
		return;
	}
	if (!head_verify(&m->head, &t->start.node)) {
		fail_seq(t, FAULT_HEAD_SIGNATURE, last, NULL);
		return;
	}
	t->accepted_seq = last;
	t->accepted_hash = hash;
	t->pending[t->pending_count++] = (struct pending){ last, m->count };
	t->run = (struct run){ .origin = m->origin,
			       .first = m->first,
			       .count = m->count,
			       .entries = buf_bytes(&t->raw),
			       .head = m->head };
	t->storing = true;
}

/* T1. Another session of this node may have brought the store further meanwhile: `held` may lie
 * beyond the batch, never before it. */
static void on_stored(struct take *t, const struct event *in)
{
	struct message m = { .type = MESSAGE_STORED };

	if (t->pending_count == 0) {
		fail_bug(t, "STORED unasked");
		return;
	}
	struct pending oldest = t->pending[0];
	t->pending_count--;
	memmove(t->pending, t->pending + 1, t->pending_count * sizeof *t->pending);
	if (in->rc == BF_EFORK) {
		fail_seq(t, FAULT_FORK, oldest.last, NULL);
		return;
	}
	if (in->rc != 0) {
		fail_store(t, in);
		return;
	}
	if (in->held.seq < oldest.last || in->checkpoint.seq < oldest.last) {
		fail_bug(t, "STORED too little");
		return;
	}
	t->stored += oldest.count;
	m.stored = (struct msg_stored){ .ordinal = in->ordinal,
					.checkpoint = in->checkpoint,
					.malformed = in->malformed };
	put(t, &m);
}

/* ---- wishes ---- */

static enum wish wish(struct take *t, struct wished *out)
{
	if (t->frames.len > 0) {
		t->sending = true;
		out->bytes = buf_bytes(&t->frames);
		return WISH_SEND;
	}
	if (t->storing) {
		t->storing = false;
		out->run = t->run;
		return WISH_STORE;
	}
	if (t->looking && t->state == LOOKUP) {
		t->looking = false;
		out->origin = t->start.origin;
		return WISH_HELD;
	}
	if (t->state != OVER)
		return WISH_WAIT;
	if (t->fault.code == FAULT_NONE)
		return WISH_DONE;
	out->fault = t->fault;
	out->retry_s = t->retry_s;
	return WISH_FAIL;
}
