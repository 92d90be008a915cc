/* SPDX-License-Identifier: Apache-2.0 */
/* methods_write.c -- log: from what a cadre typed to one durable entry.
 *
 * log is tried with the view as it is. Only when a look-up fails that might not after a flush is
 * everything applied and the whole prepared once more; so an entry that names its household by ref,
 * or moves money between places, is one write and one fdatasync, whatever waits to be indexed. */
#include <stdio.h>

#include "daemon/flagging.h"
#include "daemon/found.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/saving.h"
#include "daemon/writer.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/errors.h"

/* ---- a field's value, however it was given ---- */

/* The text of a number of the field's type. */
static void number_text(const struct field *field, int64_t v, struct buf *out)
{
	char text[48];
	int n;

	switch ((enum field_type)field->type) {
	case T_FEN:
		buf_put_bytes(out, bytes_str(fen_print(v, text)));
		return;
	case T_DAY:
		if (v >= DAY_MIN && v <= DAY_MAX) {
			buf_put_bytes(out, bytes_str(day_print((int32_t)v, text)));
			return;
		}
		break;
	case T_MINUTES:
		if (v >= 0) {
			n = snprintf(text, sizeof(text), "%lld:%02d", (long long)(v / 60),
				     (int)(v % 60));
			buf_put(out, text, (size_t)n);
			return;
		}
		break;
	default:
		break;
	}
	n = snprintf(text, sizeof(text), "%lld", (long long)v);
	buf_put(out, text, (size_t)n);
}

/* A bit set as the numbers of its codes: bit n-1 is code n. */
static void codes_text(uint64_t bits, struct buf *out)
{
	char text[8];

	for (int code = 1; code <= 32; code++)
		if ((bits >> (code - 1) & 1) != 0) {
			int n = snprintf(text, sizeof(text), "%s%d", out->len > 0 ? "," : "", code);

			buf_put(out, text, (size_t)n);
		}
}

static int value_text(const struct field *field, struct mp_val v, struct buf *out)
{
	struct bytes text;
	int64_t i;
	bool b;

	switch (mp_type_of(v)) {
	case MP_NIL:
		return 0;
	case MP_BOOL:
		mp_get_bool(v, &b);
		buf_put_bytes(out, bytes_str(b ? "是" : "否"));
		return 0;
	case MP_UINT:
	case MP_NEGINT:
		if (mp_get_int(v, &i) != 0)
			return BF_EINVAL;
		if (field->type == T_CODES && i > 0)
			codes_text((uint64_t)i, out);
		else
			number_text(field, i, out);
		return 0;
	case MP_STR:
		mp_get_str(v, &text);
		buf_put_bytes(out, text);
		return 0;
	default:
		return BF_EINVAL;
	}
}

static int set_one(struct record *r, struct bytes name, struct mp_val v, struct resolve *ask,
		   struct buf *arena, struct fault *f)
{
	const struct field *field = field_by_name(r->kind, name);
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];
	struct buf text = { 0 };

	if (field == NULL)
		return fault_say(f, FAULT_UNKNOWN_FIELD, fault_typed(name, shown), r->kind->name,
				 reply_field_names(r->kind, names, sizeof(names)));
	int rc = value_text(field, v, &text);

	if (rc != 0)
		rc = fault_tell(f, FAULT_BAD_PARAM, field->name, (struct words){ "类型", "type" },
				(struct words){ "文字、整数或是否", "text, integer or boolean" });
	if (rc == 0)
		rc = text.err;
	if (rc == 0)
		rc = record_set_text(r, field, buf_bytes(&text), &ask->ask, arena, f);
	buf_fini(&text);
	return rc;
}

/* Those that say something for each of others, or the others, which must be known by then. */
static int set_some(struct call *c, struct record *record, bool each, struct resolve *ask,
		    struct buf *arena, struct fault *f)
{
	struct mp_val map;
	int rc = 0;

	param_value(c, "fields", &map);
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes name = mp_take_str(&r);
		struct mp_val v = mp_take(&r);
		const struct field *field = field_by_name(record->kind, name);

		if (r.err != 0)
			return fault_tell(f, FAULT_BAD_PARAM, "fields",
					  (struct words){ "键", "key" },
					  (struct words){ "文字", "text" });
		if ((field != NULL && field->type == T_EACH) == each)
			rc = set_one(record, name, v, ask, arena, f);
	}
	return rc;
}

int methods_set(struct call *c, struct record *record, struct resolve *ask, struct buf *arena,
		struct fault *f)
{
	int rc = set_some(c, record, false, ask, arena, f);

	if (rc == 0)
		rc = set_some(c, record, true, ask, arena, f);
	return rc == 0 ? record_each_fit(record, arena, f) : rc;
}

/* ---- log ---- */

struct drafting {
	struct saving *s;
	struct view *view;
	struct resolve ask;
	struct record given, state; /* what was given; what holds when it is applied */
	struct buf arena;
	struct buf like; /* the body of the entry that this one is like */
};

/* An entry has no way to say that something known is unknown again. */
static int not_cleared(const struct drafting *d, struct bytes name, struct fault *f)
{
	const struct field *field = field_by_name(d->given.kind, name);

	if (ref_none(d->s->subject) || record_has(&d->given, field->tag) ||
	    !record_has(&d->state, field->tag))
		return 0;
	return fault_say(f, FAULT_FIELD_CLEARED, field->name, field->zh, NULL);
}

static int set_fields(struct drafting *d, struct fault *f)
{
	int rc = methods_set(d->s->call, &d->given, &d->ask, &d->arena, f);
	struct mp_val map;

	param_value(d->s->call, "fields", &map);
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes name = mp_take_str(&r);

		(void)mp_take(&r);
		rc = not_cleared(d, name, f);
	}
	return rc;
}

/* The same once more: what the entry says holds where nothing else is given, on another day. */
static int take_like(struct drafting *d, struct fault *f)
{
	struct found like = { .body = &d->like };
	struct bytes text;
	struct ref ref;

	if (!param_text(d->s->call, "like", &text))
		return 0;
	int rc = resolve_entry(&d->ask, text, bytes_str(d->s->call->author), &ref, "like", f);

	if (rc == 0)
		rc = found_entry(d->view, ref, "like", &like, f);
	if (rc == 0)
		rc = found_kind(d->view, &like, ref, d->s->kind, "like", f);
	if (rc == 0)
		rc = record_take(&d->given, d->s->kind, buf_bytes(&d->like));
	if (rc != 0)
		return rc;
	record_copied(&d->given);
	record_drop(&d->given, d->s->kind->day);
	return 0;
}

static int find_subject(struct drafting *d, struct fault *f)
{
	struct saving *s = d->s;
	struct bytes text;

	if (!param_text(s->call, "subject", &text))
		return 0;
	if (!s->kind->versioned)
		return fault_say(f, FAULT_KIND_FIXED, "subject", s->kind->zh, NULL);
	int rc = resolve_subject(&d->ask, s->kind->id, text, &s->subject, "subject", f);

	if (rc != 0)
		return rc;
	rc = view_subject(d->view, s->subject, &d->state, &s->base);
	if (rc == BF_ENOTFOUND) /* saved a moment ago */
		s->stale = !s->retried;
	return rc;
}

bool methods_same(const struct field *field, const struct value *a, const struct value *b)
{
	switch ((enum field_type)field->type) {
	case T_DAY:
	case T_FEN:
		return a->i == b->i;
	case T_BOOL:
		return a->b == b->b;
	case T_DIVISION:
	case T_COUNT:
	case T_DECIMAL:
	case T_MINUTES:
	case T_CODE:
	case T_CODES:
		return a->u == b->u;
	default:
		return bytes_equal(a->s, b->s);
	}
}

void methods_lay(struct record *state, const struct record *given)
{
	for (uint32_t i = 0; i < given->kind->count; i++)
		if ((given->has >> i & 1) != 0)
			state->v[i] = given->v[i];
	state->has |= given->has;
	state->older &= ~given->has;
}

/* Take out of `given` what `state` has already. */
static void keep_changes(struct record *given, const struct record *state)
{
	for (uint32_t i = 0; i < given->kind->count; i++)
		if ((given->has & state->has) >> i & 1 &&
		    methods_same(&given->kind->fields[i], &given->v[i], &state->v[i]))
			given->has &= ~(UINT64_C(1) << i);
}

/* A change is judged as what it makes of its subject, and only what differs is written (I6). */
static int check_draft(struct drafting *d, struct fault *f)
{
	struct saving *s = d->s;

	if (ref_none(s->subject))
		return record_check(&d->given, &d->ask.ask, f);
	keep_changes(&d->given, &d->state);
	methods_lay(&d->state, &d->given);
	if (d->given.has == 0)
		return fault_say(f, FAULT_NOTHING_CHANGED, NULL, NULL, NULL);
	return record_check(&d->state, &d->ask.ask, f);
}

/* What the giver's account got in our own log and no view shows yet. False: not known. */
static bool moved_lately(struct drafting *d, int64_t *fen)
{
	struct saving *s = d->s;
	struct head seen = { .seq = 0 };
	int rc = view_head(d->view, s->call->node->origin, &seen);

	return (rc == 0 || rc == BF_ENOTFOUND) &&
	       moved_since(desk_moved(s->call->desk), seen.seq, s->moves.from, fen);
}

/* Warnings, of the whole that it would be. Where they hang on what others said a moment ago, that
 * must be seen first; recording waits for no more than that. */
static int warn(struct drafting *d)
{
	struct saving *s = d->s;
	const struct record *whole = ref_none(s->subject) ? &d->given : &d->state;
	bool waits = !s->sure && writer_pending(s->call->node->writer) > 0;
	int64_t lately = 0;

	s->moves = moved_of(whole);
	if (s->moves.from != 0)
		s->unsure = !moved_lately(d, &lately) && waits;
	else
		s->unsure = waits && flag_hint(whole) != 0;
	if (s->unsure)
		return BF_EBUSY;
	return flagging_draft(s->call, d->view, whole, s->subject, lately, &s->flags, &s->holds);
}

static void put_gist(struct drafting *d)
{
	struct saving *s = d->s;

	reply_gist(&s->gist, d->view, &d->given, s->subject);
	flagging_tell(&s->gist, s->flags, &s->holds);
}

static int draft(struct drafting *d, struct fault *f)
{
	struct saving *s = d->s;
	int rc = find_subject(d, f);

	if (rc == 0)
		rc = take_like(d, f);
	if (rc == 0)
		rc = set_fields(d, f);
	if (rc == 0)
		rc = check_draft(d, f);
	if (rc == 0)
		rc = saving_place(&d->given, s->call->node, f);
	if (rc == 0 && d->ask.lately && !s->sure) { /* what it is called shall be told */
		s->unsure = true;
		rc = BF_EBUSY;
	}
	if (rc == 0)
		rc = warn(d);
	if (rc == 0)
		rc = record_put(&d->given, &s->body);
	if (rc == 0)
		put_gist(d);
	if (rc == 0)
		rc = s->gist.err;
	if (rc == 0)
		rc = saving_name(s, &d->given, d->view, param_bool(s->call, "check"), f);
	if (rc == 0 && ref_none(s->subject))
		rc = saving_twice(s, &d->given, param_bool(s->call, "again"),
				  param_bool(s->call, "check"), f);
	s->stale = s->stale || (d->ask.stale && !s->retried);
	return rc;
}

static int log_prepare(struct saving *s, struct fault *f)
{
	struct drafting d = { .s = s };
	struct view v;

	saving_again(s);
	int rc = param_kind(s->call, false, &s->kind, f);

	if (rc == 0 && s->kind->id == KIND_VOID)
		rc = fault_say(f, FAULT_KIND_VOID, "kind", NULL, NULL);
	if (rc == 0 && s->call->node->division == 0)
		rc = fault_say(f, FAULT_NOT_ENROLLED, NULL, NULL, NULL);
	if (rc == 0)
		rc = view_begin(s->call->node->store, &v);
	if (rc != 0)
		return rc;
	d.view = &v;
	record_init(&d.given, s->kind);
	record_init(&d.state, s->kind);
	resolve_init(&d.ask, s->call->node, &v, s->call->desk, s->retried);
	d.ask.ask.typing = true;
	rc = draft(&d, f);
	record_fini(&d.given);
	record_fini(&d.state);
	buf_fini(&d.arena);
	buf_fini(&d.like);
	return view_done(&v, rc);
}

static void log_answer(struct call *c, const struct saving *s)
{
	struct buf *b = call_begin(c);

	reply_head(b, s->ref, s->kind, ref_none(s->subject) ? s->ref : s->subject);
	buf_put_buf(b, &s->gist);
	call_end(c);
}

static void log_try(struct call *c)
{
	struct saving *s = saving_of(c);
	struct fault f = { 0 };
	int rc = log_prepare(s, &f);

	if (rc != 0 && s->unsure) {
		s->sure = true;
		call_fresh(c, log_try);
	} else if (rc != 0 && s->stale && !s->retried) {
		s->retried = true;
		call_applied(c, log_try);
	} else if (rc != 0) {
		methods_fail(c, rc, &f);
	} else if (param_bool(c, "check")) {
		log_answer(c, s);
	} else {
		saving_put(s);
	}
}

void methods_log(struct call *c)
{
	struct saving *s = saving_open(c, log_answer);
	struct bytes like;

	if (s == NULL)
		return;
	s->retried = param_text(c, "like", &like); /* which is looked up among all that was saved */
	if (s->retried)
		call_applied(c, log_try);
	else
		log_try(c);
}
