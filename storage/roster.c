/* SPDX-License-Identifier: Apache-2.0 */
/* roster.c -- see roster.h.
 *
 * token: hash of the secret -> { expires, division, role, who spent it }. node: origin id -> one
 * row, fixed but for the name and what stands behind it; node_key: public key -> origin id.
 * Enrolment spends the token, makes the log known and writes the row in one transaction. */
#include "storage/roster.h"

#include <stdio.h>
#include <string.h>

#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "storage/inside.h"

enum { TOKEN_ROW_BYTES = 8 + 8 + 4 + 1 + KEY_BYTES + 8 };

/* ---- rows ---- */

static void token_row(uint8_t out[TOKEN_ROW_BYTES], const struct token_row *r)
{
	be64_put(out, (uint64_t)r->expires_ms);
	be64_put(out + 8, r->division);
	be32_put(out + 16, r->role);
	out[20] = (uint8_t)r->state;
	memcpy(out + 21, r->key.b, KEY_BYTES);
	be64_put(out + 21 + KEY_BYTES, r->origin);
}

static int token_row_take(struct bytes key, struct bytes b, struct token_row *r)
{
	if (b.len != TOKEN_ROW_BYTES || key.len != HASH_BYTES)
		return BF_EDAMAGED;
	memcpy(r->hash.b, key.p, HASH_BYTES);
	r->expires_ms = (int64_t)be64_get(b.p);
	r->division = be64_get(b.p + 8);
	r->role = be32_get(b.p + 16);
	r->state = (enum token_state)b.p[20];
	memcpy(r->key.b, b.p + 21, KEY_BYTES);
	r->origin = be64_get(b.p + 21 + KEY_BYTES);
	return 0;
}

/* Behind the name, after a byte 0 that no name has: how the node fared lately. Rows of older
 * programs end with the name; older programs read the name up to the 0. What is added later goes to
 * the end. */
enum {
	NODE_FIXED_BYTES = KEY_BYTES + 8 + 4 + 4 + 4 + 8 + 8 + 8 + 8,
	NODE_NEWS_BYTES = 1 + 8 + 8 + 4 + 4 + 8,
	NODE_ROW_MAX = NODE_FIXED_BYTES + NAME_BYTES_MAX + NODE_NEWS_BYTES + 1 + PROGRAM_BYTES_MAX +
		       1 + NODE_FAULT_BYTES_MAX,
};

static uint8_t *node_news(uint8_t *p, const struct node_row *r)
{
	*p++ = 0;
	be64_put(p, (uint64_t)r->tried_ms);
	be64_put(p + 8, r->head);
	be32_put(p + 16, r->split);
	be32_put(p + 20, r->splits);
	be64_put(p + 24, (uint64_t)r->split_ms);
	return row_text(row_text(p + 32, r->program), r->fault);
}

static size_t node_row(uint8_t out[NODE_ROW_MAX], const struct node_row *r)
{
	uint8_t *p = out + KEY_BYTES;
	size_t len = strlen(r->name);

	memcpy(out, r->key.b, KEY_BYTES);
	be64_put(p, r->division);
	be32_put(p + 8, r->incarnation);
	be32_put(p + 12, r->role);
	be32_put(p + 16, r->state);
	be64_put(p + 20, (uint64_t)r->enrolled_ms);
	be64_put(p + 28, (uint64_t)r->last_ms);
	be64_put(p + 36, (uint64_t)r->clock_ms);
	be64_put(p + 44, r->sessions);
	memcpy(out + NODE_FIXED_BYTES, r->name, len);
	return (size_t)(node_news(out + NODE_FIXED_BYTES + len, r) - out);
}

static int node_news_take(struct bytes b, struct node_row *r)
{
	if (b.len < NODE_NEWS_BYTES)
		return BF_EDAMAGED;
	struct bytes left = bytes_of(b.p + NODE_NEWS_BYTES, b.len - NODE_NEWS_BYTES);

	r->tried_ms = (int64_t)be64_get(b.p + 1);
	r->head = be64_get(b.p + 9);
	r->split = be32_get(b.p + 17);
	r->splits = be32_get(b.p + 21);
	r->split_ms = (int64_t)be64_get(b.p + 25);
	int rc = row_text_take(&left, r->program, sizeof r->program);

	return rc == 0 ? row_text_take(&left, r->fault, sizeof r->fault) : rc;
}

static int node_row_take(uint64_t origin, struct bytes b, struct node_row *r)
{
	if (b.len < NODE_FIXED_BYTES)
		return BF_EDAMAGED;
	const uint8_t *p = b.p + KEY_BYTES;
	struct bytes name = bytes_of(b.p + NODE_FIXED_BYTES, b.len - NODE_FIXED_BYTES);
	const uint8_t *end = name.len > 0 ? memchr(name.p, 0, name.len) : NULL;
	struct bytes news = bytes_of(end, end != NULL ? (size_t)(name.p + name.len - end) : 0);

	name.len -= news.len;
	if (name.len > NAME_BYTES_MAX)
		return BF_EDAMAGED;
	*r = (struct node_row){ .origin = origin,
				.division = be64_get(p),
				.incarnation = be32_get(p + 8),
				.role = be32_get(p + 12),
				.state = be32_get(p + 16),
				.enrolled_ms = (int64_t)be64_get(p + 20),
				.last_ms = (int64_t)be64_get(p + 28),
				.clock_ms = (int64_t)be64_get(p + 36),
				.sessions = be64_get(p + 44),
				.head = NODE_SEQ_UNKNOWN };
	memcpy(r->key.b, b.p, KEY_BYTES);
	memcpy(r->name, name.p, name.len);
	return news.len > 0 ? node_news_take(news, r) : 0;
}

static void put_node(struct lmdb_txn *t, const struct node_row *r)
{
	uint8_t key[8], row[NODE_ROW_MAX];

	be64_put(key, r->origin);
	size_t len = node_row(row, r);

	lmdb_put(t, TREE_NODE, bytes_of(key, sizeof key), bytes_of(row, len));
}

static int get_node(struct lmdb_txn *t, uint64_t origin, struct node_row *out)
{
	uint8_t key[8];
	struct bytes value;
	struct origin_row o;
	struct head_row head;

	be64_put(key, origin);
	int rc = lmdb_get(t, TREE_NODE, bytes_of(key, sizeof key), &value);

	if (rc == 0)
		rc = node_row_take(origin, value, out);
	if (rc != 0)
		return rc;
	rc = origins_row(t, origin, &o);
	if (rc == 0)
		rc = origins_head(t, o.no, &head);
	if (rc == 0)
		out->seq = head.head.seq;
	else if (rc == BF_EDAMAGED) /* one hurt log is no reason to know none of the nodes */
		out->seq = NODE_SEQ_UNKNOWN;
	return t->err;
}

static int get_token(struct lmdb_txn *t, const struct hash *token, struct token_row *out)
{
	struct bytes value;
	struct bytes key = bytes_of(token->b, HASH_BYTES);
	int rc = lmdb_get(t, TREE_TOKEN, key, &value);

	return rc == 0 ? token_row_take(key, value, out) : rc;
}

static void put_token(struct lmdb_txn *t, const struct token_row *r)
{
	uint8_t row[TOKEN_ROW_BYTES];

	token_row(row, r);
	lmdb_put(t, TREE_TOKEN, bytes_of(r->hash.b, HASH_BYTES), bytes_of(row, sizeof row));
}

/* ---- changing ---- */

/* What stands in a fault already is not the disk's failure. */
static int ended(struct store *s, struct lmdb_txn *t, int rc, bool said, struct fault *f)
{
	if (rc == 0)
		rc = lmdb_commit(t);
	lmdb_abort(t);
	if (rc == 0)
		reserve_make(s);
	return said ? rc : store_failed(s, f, rc);
}

char *token_id(const struct hash *token, char out[TOKEN_ID_DIGITS + 1])
{
	return hex_put(bytes_of(token->b, TOKEN_ID_BYTES), out);
}

/* Complete the act and put it. What it is may have stood fast already. */
static void tell(struct lmdb_txn *t, struct act *act, enum act_what what, uint64_t origin,
		 uint64_t division, const struct hash *token)
{
	if (act == NULL)
		return;
	act->what = what;
	act->origin = origin;
	act->division = division;
	if (token != NULL)
		(void)token_id(token, act->note);
	acts_put(t, act);
}

void roster_ready(struct store *s)
{
	reserve_make(s);
}

int roster_token_add(struct store *s, const struct hash *token, uint64_t division, uint32_t role,
		     int64_t expires_ms, struct act *act, struct fault *f)
{
	struct token_row row = {
		.hash = *token, .expires_ms = expires_ms, .division = division, .role = role
	};
	struct token_row old;
	struct lmdb_txn t;

	if (s->dead)
		return BF_EIO;
	if (!division_valid(division) || role < ROLE_VILLAGE || role > ROLE_HUB)
		return BF_EINVAL;
	int rc = room_control(s, f);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);
	bool said = false;

	if (rc == 0 && get_token(&t, token, &old) == 0) {
		said = true;
		rc = fault_say(f, FAULT_TOKEN_EXISTS, NULL, NULL, NULL);
	}
	if (rc == 0) {
		put_token(&t, &row);
		tell(&t, act, ACT_TOKEN_MADE, 0, division, token);
	}
	return ended(s, &t, rc, said, f);
}

/* An older program reads such a row as spent, by nobody: it refuses it as well. */
static int cancel(struct lmdb_txn *t, struct token_row *row, struct act *act, struct fault *f)
{
	char id[TOKEN_ID_DIGITS + 1];

	if (row->state == TOKEN_SPENT)
		return fault_say(f, FAULT_CANCEL_SPENT, NULL, token_id(&row->hash, id), NULL);
	if (row->state == TOKEN_CANCELLED)
		return 0;
	row->state = TOKEN_CANCELLED;
	put_token(t, row);
	tell(t, act, ACT_TOKEN_CANCELLED, 0, row->division, &row->hash);
	return 0;
}

int roster_token_cancel(struct store *s, const struct hash *token, struct act *act, struct fault *f)
{
	struct token_row row;
	struct lmdb_txn t;
	bool said = false;
	int rc = s->dead ? BF_EIO : room_control(s, f);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);
	if (rc == 0)
		rc = get_token(&t, token, &row);
	if (rc == BF_ENOTFOUND) {
		said = true;
		rc = fault_say(f, FAULT_TOKEN_UNKNOWN, NULL, NULL, NULL);
	} else if (rc == 0) {
		rc = cancel(&t, &row, act, f);
		said = rc != 0;
	}
	return ended(s, &t, rc, said, f);
}

struct enrolment {
	struct roster_asks asks;
	struct act *act;
	bool said; /* a fault stands already */
};

static int refuse(struct enrolment *e, struct fault *f, enum fault_code code, const char *a)
{
	e->said = true;
	return fault_say(f, code, NULL, a, NULL);
}

/* Make the log known and write the node's row. */
static int admit(struct lmdb_txn *t, struct enrolment *e, const struct token_row *token,
		 struct node_row *out, struct fault *f)
{
	uint64_t origin = chain_origin(e->asks.key, e->asks.incarnation);
	uint8_t id[8];
	char most[24];
	struct origin_row row;

	if (lmdb_rows(t, TREE_NODE) >= ROSTER_NODES_MAX) {
		snprintf(most, sizeof most, "%d", ROSTER_NODES_MAX);
		return refuse(e, f, FAULT_ROSTER_FULL, most);
	}
	int rc = origins_add(t, origin, e->asks.key, e->asks.incarnation, &row);

	if (rc == BF_EEXIST)
		return refuse(e, f, FAULT_ORIGIN_TAKEN, NULL);
	if (rc != 0)
		return rc;
	*out = (struct node_row){ .key = *e->asks.key,
				  .origin = origin,
				  .division = token->division,
				  .incarnation = e->asks.incarnation,
				  .role = token->role,
				  .state = NODE_ACTIVE,
				  .enrolled_ms = e->asks.now_ms,
				  .head = NODE_SEQ_UNKNOWN };
	bytes_cstr(e->asks.name, out->name, sizeof out->name);
	be64_put(id, origin);
	put_node(t, out);
	lmdb_put(t, TREE_NODE_KEY, bytes_of(e->asks.key->b, KEY_BYTES), bytes_of(id, sizeof id));
	tell(t, e->act, ACT_ENROLLED, origin, token->division, &token->hash);
	return t->err;
}

/* An active node has its place: only a token of that place is for it. */
static int fits(struct enrolment *e, const struct token_row *token, const struct node_row *node,
		struct fault *f)
{
	char place[DIVISION_DIGITS + 1], name[17];
	uint8_t id[8];

	be64_put(id, node->origin);
	if (node->incarnation == e->asks.incarnation &&
	    (node->state == NODE_REVOKED ||
	     (node->division == token->division && node->role == token->role)))
		return 0;
	e->said = true;
	return fault_say(f, FAULT_NODE_EXISTS, NULL, hex_put(bytes_of(id, sizeof id), name),
			 division_print(node->division, place));
}

/* The key is known. A node that was revoked comes back with a new token: the same log goes on, at
 * the place and in the role that the token names, for that is what the operator just decided. One
 * that is active stays what it is: it was given a token for the address in it. */
static int readmit(struct lmdb_txn *t, struct enrolment *e, const struct token_row *token,
		   struct bytes id, struct node_row *out, struct fault *f)
{
	int rc = id.len == 8 ? get_node(t, be64_get(id.p), out) : BF_EDAMAGED;

	if (rc == 0)
		rc = fits(e, token, out, f);
	if (rc != 0)
		return rc;
	enum act_what what = out->state == NODE_REVOKED ? ACT_REINSTATED : ACT_REPOINTED;

	if (what == ACT_REINSTATED)
		out->enrolled_ms = e->asks.now_ms;
	out->state = NODE_ACTIVE;
	out->division = token->division;
	out->role = token->role;
	if (!e->asks.keep_name)
		bytes_cstr(e->asks.name, out->name, sizeof out->name);
	put_node(t, out);
	tell(t, e->act, what, out->origin, out->division, &token->hash);
	return t->err;
}

/* The answer was lost on the way: the same answer again, unless the node was revoked since. */
static int repeat(struct lmdb_txn *t, struct enrolment *e, uint64_t origin, struct node_row *out,
		  struct fault *f)
{
	int rc = get_node(t, origin, out);

	if (rc == 0 && out->state == NODE_REVOKED)
		return refuse(e, f, FAULT_NODE_REVOKED, NULL);
	return rc;
}

static int enrol(struct lmdb_txn *t, struct enrolment *e, struct node_row *out, struct fault *f)
{
	struct token_row token;
	struct bytes known;
	int rc = get_token(t, e->asks.token, &token);

	if (rc == BF_ENOTFOUND)
		return refuse(e, f, FAULT_TOKEN_UNKNOWN, NULL);
	if (rc != 0)
		return rc;
	if (token.state == TOKEN_CANCELLED)
		return refuse(e, f, FAULT_TOKEN_CANCELLED, NULL);
	if (token.state != TOKEN_OPEN && !key_equal(&token.key, e->asks.key))
		return refuse(e, f, FAULT_TOKEN_USED, NULL);
	if (token.state != TOKEN_OPEN)
		return repeat(t, e, token.origin, out, f);
	if (token.expires_ms <= e->asks.now_ms)
		return refuse(e, f, FAULT_TOKEN_EXPIRED, NULL);
	if (lmdb_get(t, TREE_NODE_KEY, bytes_of(e->asks.key->b, KEY_BYTES), &known) == 0)
		rc = readmit(t, e, &token, known, out, f);
	else
		rc = admit(t, e, &token, out, f);
	token.state = TOKEN_SPENT;
	token.key = *e->asks.key;
	token.origin = out->origin;
	if (rc == 0)
		put_token(t, &token);
	return rc;
}

int roster_enrol(struct store *s, const struct roster_asks *asks, struct node_row *out,
		 struct act *act, struct fault *f)
{
	struct enrolment e = { *asks, act, false };
	struct bytes name = asks->name;
	struct lmdb_txn t;

	*out = (struct node_row){ 0 };
	if (s->dead)
		return BF_EIO;
	if (name.len > NAME_BYTES_MAX || !bytes_utf8(name) || bytes_control(name))
		return BF_EINVAL;
	int rc = room_control(s, f);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);

	if (rc == 0)
		rc = enrol(&t, &e, out, f);
	return ended(s, &t, rc, e.said, f);
}

/* What the operator says of one row; `how` tells the act when it changes something. `urgent`: on a
 * full disk too. */
static int change(struct store *s, uint64_t origin, bool urgent,
		  void (*how)(struct lmdb_txn *t, struct node_row *row, struct act *act),
		  struct act *act, struct fault *f)
{
	struct node_row row;
	struct lmdb_txn t;
	uint8_t id[8];
	char name[17];

	if (s->dead)
		return BF_EIO;
	int rc = urgent ? reserve_spend(s, f) : room_control(s, f);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);

	if (rc == 0)
		rc = get_node(&t, origin, &row);
	bool said = rc == BF_ENOTFOUND;

	be64_put(id, origin);
	if (said)
		rc = fault_say(f, FAULT_NODE_UNKNOWN, NULL, hex_put(bytes_of(id, 8), name), NULL);
	if (rc == 0) {
		how(&t, &row, act);
		put_node(&t, &row);
	}
	return ended(s, &t, rc, said, f);
}

static void revoke(struct lmdb_txn *t, struct node_row *row, struct act *act)
{
	if (row->state == NODE_REVOKED)
		return;
	row->state = NODE_REVOKED;
	tell(t, act, ACT_REVOKED, row->origin, row->division, NULL);
}

int roster_revoke(struct store *s, uint64_t origin, struct act *act, struct fault *f)
{
	return change(s, origin, true, revoke, act, f);
}

static void clear(struct lmdb_txn *t, struct node_row *row, struct act *act)
{
	if (row->split == NODE_WHOLE && row->fault[0] == '\0')
		return;
	row->split = NODE_WHOLE;
	row->splits = 0;
	row->split_ms = 0;
	row->fault[0] = '\0';
	tell(t, act, ACT_CLEARED, row->origin, row->division, NULL);
}

int roster_clear(struct store *s, uint64_t origin, struct act *act, struct fault *f)
{
	return change(s, origin, false, clear, act, f);
}

/* A fork that was met stays one, whatever is met later. */
static void see_split(struct node_row *row, const struct roster_visit *v)
{
	if (v->fault != FAULT_FORK && v->fault != FAULT_ROLLED_BACK)
		return;
	if (row->split != NODE_FORKED)
		row->split = v->fault == FAULT_FORK ? NODE_FORKED : NODE_ROLLED_BACK;
	if (row->split_ms == 0)
		row->split_ms = v->now_ms;
	row->splits += row->splits < UINT32_MAX;
}

static void see(struct node_row *row, const struct roster_visit *v)
{
	bool well = v->fault == FAULT_NONE;

	row->tried_ms = v->now_ms;
	if (well)
		row->last_ms = v->now_ms;
	row->sessions += well;
	(void)bytes_cstr(bytes_str(well ? "" : fault_name(v->fault)), row->fault,
			 sizeof row->fault);
	see_split(row, v);
	if (well || v->greeted)
		row->clock_ms = v->clock_ms;
	if (!v->greeted)
		return;
	row->head = v->head;
	memcpy(row->program, v->program, sizeof row->program);
}

static int seen(struct lmdb_txn *t, const struct roster_visit *v)
{
	struct node_row row;
	int rc = get_node(t, v->origin, &row);

	if (rc == 0) {
		see(&row, v);
		put_node(t, &row);
	}
	return rc;
}

int roster_seen(struct store *s, const struct roster_visit *visits, size_t count)
{
	struct lmdb_txn t;

	if (s->dead)
		return BF_EIO;
	int rc = room_control(s, NULL);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);

	for (size_t i = 0; rc == 0 && i < count; i++) {
		rc = seen(&t, &visits[i]);
		if (rc == BF_ENOTFOUND)
			rc = 0;
	}
	return ended(s, &t, rc, false, NULL);
}

/* ---- reading ---- */

int roster_get(struct view *v, const struct public_key *key, struct node_row *out)
{
	struct bytes id;
	int rc = lmdb_get(view_txn(v), TREE_NODE_KEY, bytes_of(key->b, KEY_BYTES), &id);

	if (rc == 0 && id.len != 8)
		rc = BF_EDAMAGED;
	return rc == 0 ? get_node(view_txn(v), be64_get(id.p), out) : rc;
}

int roster_find(struct view *v, uint64_t origin, struct node_row *out)
{
	return get_node(view_txn(v), origin, out);
}

int roster_tokens(struct view *v, const struct hash *after,
		  int (*each)(void *ctx, const struct token_row *row), void *ctx)
{
	struct bytes from = { 0 };
	struct lmdb_scan c;
	int rc = 0;

	if (after != NULL)
		from = bytes_of(after->b, HASH_BYTES);
	for (lmdb_scan(&c, view_txn(v), TREE_TOKEN, from); c.here && rc == 0; lmdb_scan_next(&c)) {
		struct token_row row;

		if (after != NULL && bytes_equal(c.key, from))
			continue;
		rc = token_row_take(c.key, c.value, &row);
		if (rc == 0)
			rc = each(ctx, &row);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

int roster_walk(struct view *v, int (*each)(void *ctx, const struct node_row *row), void *ctx)
{
	struct lmdb_scan c;
	int rc = 0;

	for (lmdb_scan(&c, view_txn(v), TREE_NODE, (struct bytes){ 0 }); c.here && rc == 0;
	     lmdb_scan_next(&c)) {
		struct node_row row;

		rc = c.key.len == 8 ? get_node(view_txn(v), be64_get(c.key.p), &row) : BF_EDAMAGED;
		if (rc == 0)
			rc = each(ctx, &row);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}
