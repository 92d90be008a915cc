/* SPDX-License-Identifier: Apache-2.0 */
/* methods_admin.c -- what was given out and done at the hub: tokens, acts, and which station is
 * meant. */
#include <stdlib.h>
#include <string.h>

#include "daemon/act.h"
#include "daemon/fleet.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/division.h"
#include "protocol/errors.h"
#include "protocol/hex.h"
#include "storage/place.h"
#include "storage/roster.h"

enum {
	TOKENS_ROWS_MAX = 1000,
	ACTS_ROWS_MAX = 1000,
	STATIONS_ROWS_MAX = 20, /* shown of those that are meant */
	ORIGIN_DIGITS = 16,
	ORIGIN_DIGITS_MIN = 4, /* fewer are no beginning of an origin */
	CANCEL_SHOWN_MAX = 8,
};

static void put_node_name(struct buf *b, struct view *v, uint64_t origin)
{
	struct node_row node;

	if (origin != 0 && roster_find(v, origin, &node) == 0)
		reply_cstr(b, "name", node.name);
	else
		reply_nil(b, "name");
}

static void put_origin(struct buf *b, uint64_t origin)
{
	if (origin != 0)
		reply_origin(b, "origin", origin);
	else
		reply_nil(b, "origin");
}

static int take_hash(const struct call *c, struct hash *out, struct fault *f)
{
	char text[2 * HASH_BYTES + 1] = "", shown[FAULT_WHERE_MAX];
	struct bytes given;

	param_text(c, "after", &given);
	if (given.len == 2 * HASH_BYTES &&
	    hex_take(bytes_cstr(given, text, sizeof text), out->b, HASH_BYTES) == 0)
		return 0;
	return fault_say(f, FAULT_CANCEL_UNKNOWN, "after", fault_typed(given, shown), NULL);
}

/* The places that a text may mean. Of several that are called so those will count in which there is
 * what is looked for: of the villages of one name most have none. */
static void find_places(struct view *v, struct node *n, struct bytes text, struct place_found *out,
			struct fault *f)
{
	struct resolve r;

	*out = (struct place_found){ .count = 0 };
	resolve_init(&r, n, v, NULL, true);
	if (resolve_division(&r, text, &out->codes[0], "division", f) == 0)
		out->count = 1;
	else if (n->division != 0)
		(void)place_find(v, n->division, true, text, out);
}

static bool in_place(const struct place_found *places, uint64_t division)
{
	for (uint32_t i = 0; i < places->count && i < PLACE_CODES_MAX; i++)
		if (division_within(division, places->codes[i]))
			return true;
	return false;
}

/* ---- tokens ---- */

struct made { /* a token, and what the acts know of its making */
	struct token_row row;
	int64_t at_ms; /* 0: from before acts were kept */
	char by[AUTHOR_BYTES_MAX + 1];
};

struct tokens {
	struct made *rows; /* by hash, so by id as well */
	uint32_t count, limit;
	bool all;
};

static int add_token(void *ctx, const struct token_row *row)
{
	struct tokens *t = ctx;

	if (t->count == t->limit)
		return 1;
	if (t->all || row->state == TOKEN_OPEN)
		t->rows[t->count++] = (struct made){ .row = *row };
	return 0;
}

static int by_id(const void *key, const void *row)
{
	char id[TOKEN_ID_DIGITS + 1];
	const struct made *m = row;

	return strcmp(key, token_id(&m->row.hash, id));
}

static int note_making(void *ctx, const struct act *act)
{
	struct tokens *t = ctx;

	if (act->what != ACT_TOKEN_MADE)
		return 0;
	struct made *m = bsearch(act->note, t->rows, t->count, sizeof *t->rows, by_id);

	if (m != NULL && m->at_ms == 0) {
		m->at_ms = act->at_ms;
		(void)bytes_cstr(bytes_str(act->who), m->by, sizeof m->by);
	}
	return 0;
}

/* For people, when no other answer follows: the next one would go on behind the last hash. */
static int by_place(const void *a, const void *b)
{
	const struct made *x = a, *y = b;

	if (x->row.division != y->row.division)
		return x->row.division < y->row.division ? -1 : 1;
	return (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);
}

static const char *state_of(const struct token_row *row, int64_t now_ms)
{
	switch (row->state) {
	case TOKEN_OPEN:
		return row->expires_ms > now_ms ? "open" : "expired";
	case TOKEN_CANCELLED:
		return "cancelled";
	case TOKEN_SPENT:
		break;
	}
	return "used";
}

static void put_token(struct buf *b, struct view *v, const struct made *m)
{
	char id[TOKEN_ID_DIGITS + 1], hash[2 * HASH_BYTES + 1];
	const struct token_row *row = &m->row;

	mp_put_map(b, 11);
	reply_cstr(b, "id", token_id(&row->hash, id));
	reply_cstr(b, "hash", hex_put(bytes_of(row->hash.b, HASH_BYTES), hash));
	reply_cstr(b, "state", state_of(row, wall_ms()));
	reply_cstr(b, "role", fleet_role_name(row->role));
	reply_place(b, v, row->division);
	reply_int(b, "made_ms", m->at_ms);
	reply_cstr(b, "by", m->by);
	reply_int(b, "expires_ms", row->expires_ms);
	put_origin(b, row->state == TOKEN_SPENT ? row->origin : 0);
	put_node_name(b, v, row->state == TOKEN_SPENT ? row->origin : 0);
}

static int run_tokens(struct call *c, struct view *v, struct fault *f)
{
	struct tokens t = { .all = param_bool(c, "all") };
	struct hash after;
	struct bytes text;
	uint64_t limit;
	bool on = param_text(c, "after", &text);
	int rc = param_limit(c, "limit", TOKENS_ROWS_MAX, TOKENS_ROWS_MAX, &limit, f);

	if (rc == 0 && on)
		rc = take_hash(c, &after, f);
	if (rc != 0)
		return rc;
	t.limit = (uint32_t)limit;
	t.rows = calloc(t.limit, sizeof *t.rows);
	if (t.rows == NULL)
		return BF_ENOMEM;
	rc = roster_tokens(v, on ? &after : NULL, add_token, &t);
	if (rc >= 0)
		rc = acts_walk(v, 0, note_making, &t);
	if (!on && t.count < t.limit)
		qsort(t.rows, t.count, sizeof *t.rows, by_place);
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_array(b, t.count);
		for (uint32_t i = 0; i < t.count; i++)
			put_token(b, v, &t.rows[i]);
	}
	free(t.rows);
	return rc;
}

void methods_tokens(struct call *c)
{
	methods_view(c, run_tokens);
}

/* ---- cancel ---- */

struct cancelling {
	struct job job;
	struct call *call;
	struct token_row token;
	struct act act;
};

struct sought { /* the unused tokens that a text means */
	char id[TOKEN_ID_DIGITS + 1];
	struct place_found places;
	uint32_t count;
	struct token_row first;
	char shown[CANCEL_SHOWN_MAX * (TOKEN_ID_DIGITS + 2)];
};

static struct cancelling *cancelling_of(struct job *job)
{
	return (struct cancelling *)(void *)((char *)job - offsetof(struct cancelling, job));
}

static int seek_token(void *ctx, const struct token_row *row)
{
	struct sought *s = ctx;
	char id[TOKEN_ID_DIGITS + 1];

	(void)token_id(&row->hash, id);
	/* By its number any, so that who cancels a used one is told that it is. */
	bool meant = s->id[0] != '\0' ? strcmp(s->id, id) == 0
				      : row->state == TOKEN_OPEN && row->expires_ms > wall_ms() &&
					    in_place(&s->places, row->division);

	if (!meant)
		return 0;
	if (s->count++ == 0)
		s->first = *row;
	if (s->count <= CANCEL_SHOWN_MAX) {
		(void)strcat(s->shown, s->count > 1 ? ", " : "");
		(void)strcat(s->shown, id);
	}
	return 0;
}

static bool is_hex(struct bytes text, size_t least, size_t most)
{
	size_t n = 0;

	while (n < text.len && strchr("0123456789abcdefABCDEF", text.p[n]) != NULL &&
	       text.p[n] != '\0')
		n++;
	return n == text.len && n >= least && n <= most;
}

static void lower(struct bytes text, char *out, size_t cap)
{
	(void)bytes_cstr(text, out, cap);
	for (; *out != '\0'; out++)
		if (*out >= 'A' && *out <= 'F')
			*out = (char)(*out + ('a' - 'A'));
}

static int find_token(struct cancelling *k, struct view *v, struct fault *f)
{
	struct sought s = { .count = 0 };
	char shown[FAULT_WHERE_MAX];
	struct fault none = { 0 };
	struct bytes text;

	param_text(k->call, "token", &text);
	text = bytes_trim(text);
	if (is_hex(text, TOKEN_ID_DIGITS, TOKEN_ID_DIGITS))
		lower(text, s.id, sizeof s.id);
	else
		find_places(v, k->call->node, text, &s.places, &none);
	int rc = roster_tokens(v, NULL, seek_token, &s);

	if (rc != 0)
		return rc;
	k->token = s.first;
	if (s.count == 0)
		return fault_say(f, FAULT_CANCEL_UNKNOWN, NULL, fault_typed(text, shown), NULL);
	if (s.count > 1)
		return fault_say(f, FAULT_CANCEL_SEVERAL, NULL, fault_typed(text, shown), s.shown);
	return 0;
}

static int cancelling_run(struct job *job, struct store *store)
{
	struct cancelling *k = cancelling_of(job);

	return roster_token_cancel(store, &k->token.hash, &k->act, &job->fault);
}

static void cancelling_done(struct job *job)
{
	struct cancelling *k = cancelling_of(job);
	char id[TOKEN_ID_DIGITS + 1];
	struct view v;
	int rc = job->rc != 0 ? job->rc : view_begin(k->call->node->store, &v);

	if (rc != 0) {
		methods_fail(k->call, rc, &job->fault);
		return;
	}
	if (k->act.number != 0)
		act_tell(&k->act);
	struct buf *b = call_begin(k->call);

	mp_put_map(b, 3);
	reply_cstr(b, "id", token_id(&k->token.hash, id));
	reply_place(b, &v, k->token.division);
	view_end(&v);
	call_end(k->call);
}

void methods_cancel(struct call *c)
{
	struct cancelling *k = methods_own(c, sizeof(*k));
	struct fault f = { 0 };
	struct view v;

	if (k == NULL)
		return;
	k->call = c;
	k->act = act_by(c->author);
	k->job = (struct job){ .sort = JOB_DIRECT, .run = cancelling_run, .done = cancelling_done };
	int rc = view_begin(c->node->store, &v);

	if (rc == 0)
		rc = view_done(&v, find_token(k, &v, &f));
	if (rc == 0)
		rc = writer_put(c->node->writer, &k->job);
	if (rc != 0)
		methods_fail(c, rc, &f);
}

/* ---- stations: which one is meant ---- */

struct meant {
	struct view *view;
	struct bytes text;
	char prefix[ORIGIN_DIGITS + 1]; /* "": the text is no beginning of an origin */
	struct place_found places;      /* those that are called so; none: it is no place either */
	enum node_state state;
	uint32_t count;
	struct buf rows;
};

static bool is_meant(const struct meant *m, const struct node_row *row)
{
	char origin[ORIGIN_DIGITS + 1];
	uint8_t id[8];

	be64_put(id, row->origin);
	(void)hex_put(bytes_of(id, sizeof id), origin);
	return bytes_equal(m->text, bytes_str(row->name)) ||
	       (m->prefix[0] != '\0' && strncmp(origin, m->prefix, strlen(m->prefix)) == 0) ||
	       in_place(&m->places, row->division);
}

static int add_meant(void *ctx, const struct node_row *row)
{
	struct meant *m = ctx;
	struct buf path = { 0 };

	if (row->state != (uint32_t)m->state || !is_meant(m, row))
		return 0;
	if (m->count++ >= STATIONS_ROWS_MAX)
		return 0;
	place_path(m->view, row->division, &path);
	mp_put_map(&m->rows, 8);
	reply_origin(&m->rows, "origin", row->origin);
	reply_cstr(&m->rows, "name", row->name);
	reply_cstr(&m->rows, "role", fleet_role_name(row->role));
	reply_cstr(&m->rows, "state", row->state == NODE_REVOKED ? "revoked" : "active");
	reply_code(&m->rows, "division", row->division);
	reply_str(&m->rows, "path", buf_bytes(&path));
	reply_int(&m->rows, "last_ms", row->last_ms);
	if (row->seq == NODE_SEQ_UNKNOWN)
		reply_nil(&m->rows, "seq");
	else
		reply_uint(&m->rows, "seq", row->seq);
	int rc = path.err != 0 ? path.err : m->rows.err;

	buf_fini(&path);
	return rc;
}

/* The active ones; when there is none, those that were revoked. */
static int find_meant(struct meant *m)
{
	m->state = NODE_ACTIVE;
	int rc = roster_walk(m->view, add_meant, m);

	if (rc != 0 || m->count > 0)
		return rc;
	m->state = NODE_REVOKED;
	return roster_walk(m->view, add_meant, m);
}

static int run_stations(struct call *c, struct view *v, struct fault *f)
{
	struct meant m = { .view = v };
	char shown[FAULT_WHERE_MAX];
	struct fault none = { 0 };

	param_text(c, "text", &m.text);
	m.text = bytes_trim(m.text);
	if (is_hex(m.text, ORIGIN_DIGITS_MIN, ORIGIN_DIGITS))
		lower(m.text, m.prefix, sizeof m.prefix);
	find_places(v, c->node, m.text, &m.places, &none);
	int rc = find_meant(&m);

	if (rc == 0 && m.count == 0 && m.places.count > PLACE_CODES_MAX)
		*f = none; /* more places are called so than were looked at: it says so */
	else if (rc == 0 && m.count == 0)
		(void)fault_say(f, FAULT_STATION_UNKNOWN, NULL, fault_typed(m.text, shown), NULL);
	if (rc == 0 && m.count == 0)
		rc = f->rc;
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, 2);
		reply_uint(b, "count", m.count);
		mp_put_cstr(b, "rows");
		mp_put_array(b, m.count < STATIONS_ROWS_MAX ? m.count : STATIONS_ROWS_MAX);
		buf_put_buf(b, &m.rows);
	}
	buf_fini(&m.rows);
	return rc;
}

void methods_stations(struct call *c)
{
	methods_view(c, run_stations);
}

/* ---- acts ---- */

struct telling {
	struct view *view;
	struct buf rows;
	uint64_t count, limit;
};

static int add_act(void *ctx, const struct act *a)
{
	struct telling *t = ctx;

	if (t->count == t->limit)
		return 1;
	t->count++;
	mp_put_map(&t->rows, 10);
	reply_uint(&t->rows, "number", a->number);
	reply_int(&t->rows, "at_ms", a->at_ms);
	reply_cstr(&t->rows, "act", act_name(a->what));
	reply_cstr(&t->rows, "who", a->who);
	put_origin(&t->rows, a->origin);
	put_node_name(&t->rows, t->view, a->origin);
	reply_place(&t->rows, t->view, a->division);
	reply_uint(&t->rows, "count", a->count);
	reply_cstr(&t->rows, "note", a->note);
	return t->rows.err;
}

static int run_acts(struct call *c, struct view *v, struct fault *f)
{
	struct telling t = { .view = v };
	uint64_t before;
	int rc = param_limit(c, "limit", ACTS_ROWS_MAX, ACTS_ROWS_MAX, &t.limit, f);

	(void)param_uint(c, "before", &before);
	if (rc == 0)
		rc = acts_walk(v, before, add_act, &t);
	if (rc >= 0)
		rc = t.rows.err;
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_array(b, (uint32_t)t.count);
		buf_put_buf(b, &t.rows);
	}
	buf_fini(&t.rows);
	return rc;
}

void methods_acts(struct call *c)
{
	methods_view(c, run_acts);
}
