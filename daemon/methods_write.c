/* SPDX-License-Identifier: Apache-2.0 */
/* methods_write.c -- log and void: from what a cadre typed to one durable entry.
 *
 * log is tried with the view as it is. Only when a look-up fails that might not after a flush is
 * everything applied and the whole prepared once more; so an entry that names its household by ref,
 * or moves money between places, is one write and one fdatasync, whatever waits to be indexed. */
#include <stdio.h>

#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/saving.h"
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

/* ---- log ---- */

struct drafting {
	struct saving *s;
	struct view *view;
	struct resolve ask;
	struct record given, state; /* what was given; what holds when it is applied */
	struct buf arena;
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
	struct mp_val map;
	int rc = 0;

	param_value(d->s->call, "fields", &map);
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes name = mp_take_str(&r);
		struct mp_val v = mp_take(&r);

		if (r.err != 0)
			return fault_tell(f, FAULT_BAD_PARAM, "fields",
					  (struct words){ "键", "key" },
					  (struct words){ "文字", "text" });
		rc = set_one(&d->given, name, v, &d->ask, &d->arena, f);
		if (rc == 0)
			rc = not_cleared(d, name, f);
	}
	return rc;
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

static int draft(struct drafting *d, struct fault *f)
{
	struct saving *s = d->s;
	int rc = find_subject(d, f);

	if (rc == 0)
		rc = set_fields(d, f);
	if (rc == 0)
		rc = check_draft(d, f);
	if (rc == 0)
		rc = saving_place(&d->given, s->call->node, f);
	if (rc == 0)
		rc = record_put(&d->given, &s->body);
	if (rc == 0)
		reply_gist(&s->gist, d->view, &d->given, s->subject);
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
	return view_done(&v, rc);
}

/* The map of an entry that is told of, begun: the gist follows. */
static void put_head(struct buf *b, struct ref ref, const struct kind *kind, struct ref subject)
{
	mp_put_map(b, 3 + GIST_PAIRS);
	reply_ref(b, "ref", ref);
	reply_cstr(b, "kind", kind->name);
	reply_ref(b, "subject", subject);
}

static void log_answer(struct call *c, const struct saving *s)
{
	struct buf *b = call_begin(c);

	put_head(b, s->ref, s->kind, ref_none(s->subject) ? s->ref : s->subject);
	buf_put_buf(b, &s->gist);
	call_end(c);
}

static void log_try(struct call *c)
{
	struct saving *s = saving_of(c);
	struct fault f = { 0 };
	int rc = log_prepare(s, &f);

	if (rc != 0 && s->stale && !s->retried) {
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
	if (saving_open(c, log_answer) != NULL)
		log_try(c);
}

/* ---- void ---- */

struct target {
	struct view *view;
	struct buf *told;
	uint32_t kind;
	struct ref subject;
	bool voided;
};

static int see_target(void *ctx, const struct list_row *row)
{
	struct target *t = ctx;

	t->kind = row->entry.kind;
	t->subject = ref_none(row->entry.subject) ? row->ref : row->entry.subject;
	t->voided = row->voided;
	if (row->record == NULL) /* of a newer program: there is nothing to say of it */
		return 0;
	put_head(t->told, row->ref, row->record->kind, t->subject);
	reply_gist(t->told, t->view, row->record, row->entry.subject);
	return t->told->err;
}

struct resting {
	struct ref subject;
	uint32_t count;
};

/* An entry that says something of the subject, and is not of its own history. */
static int rests_on(void *ctx, const struct list_row *row)
{
	struct resting *r = ctx;
	bool own = ref_equal(row->ref, r->subject) || ref_equal(row->entry.subject, r->subject);

	r->count += !own && !row->voided && row->entry.kind != KIND_VOID;
	return 0;
}

/* A household without which its members, visits and money would hang in the air is not voided
 * before they are: they would go on counting, and nobody could find them by it. */
static int void_resting(struct view *v, struct ref ref, struct ref subject, struct fault *f)
{
	struct resting r = { .subject = subject };
	char name[REF_TEXT_MAX], count[16];

	if (!ref_equal(ref, subject))
		return 0; /* a change of it can go */
	int rc = view_about(v, subject, UINT32_MAX, rests_on, &r);

	if (rc != 0 || r.count == 0)
		return rc;
	snprintf(count, sizeof(count), "%u", r.count);
	return fault_say(f, FAULT_VOID_RESTING, "ref", ref_print(ref, name), count);
}

static int void_target(struct saving *s, struct view *v, struct bytes text, struct fault *f)
{
	char name[FAULT_WHERE_MAX];
	struct target t = { .view = v, .told = &s->gist };

	if (ref_parse(text, &s->subject) != 0)
		return fault_say(f, FAULT_REF_FORM, "ref", fault_typed(text, name), NULL);
	int rc = view_entry(v, s->subject, see_target, &t);

	ref_print(s->subject, name);
	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_REF_UNKNOWN, "ref", name, NULL);
	if (rc != 0)
		return rc;
	if (s->subject.origin != s->call->node->origin)
		return fault_say(f, FAULT_VOID_FOREIGN, "ref", name, NULL);
	if (t.kind == KIND_VOID)
		return fault_say(f, FAULT_VOID_VOID, "ref", name, NULL);
	if (saving_imports(s->call->desk, t.kind))
		return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	s->unnamed = t.subject;
	if (t.voided)
		return fault_say(f, FAULT_REF_VOIDED, "ref", name, NULL);
	return void_resting(v, s->subject, t.subject, f);
}

/* Two voids of one entry at the same moment: only the first is saved. */
static int void_hold(struct saving *s, struct fault *f)
{
	char name[REF_TEXT_MAX];

	if (!desk_voiding(s->call->desk, s->subject))
		return fault_say(f, FAULT_REF_VOIDED, "ref", ref_print(s->subject, name), NULL);
	s->voiding = s->subject;
	return 0;
}

static int void_prepare(struct saving *s, struct view *v, struct fault *f)
{
	struct record r = { 0 };
	struct buf arena = { 0 };
	struct resolve ask;
	struct bytes target, reason;

	s->kind = kind_by_id(KIND_VOID);
	param_text(s->call, "ref", &target);
	param_text(s->call, "reason", &reason);
	record_init(&r, s->kind);
	resolve_init(&ask, s->call->node, v, NULL, true);
	int rc = void_target(s, v, bytes_trim(target), f);

	if (rc == 0)
		rc = record_set_text(&r, field_by_name(s->kind, BYTES_LIT("target")), target,
				     &ask.ask, &arena, f);
	if (rc == 0)
		rc = record_set_text(&r, field_by_name(s->kind, BYTES_LIT("reason")), reason,
				     &ask.ask, &arena, f);
	if (rc == 0)
		rc = record_check(&r, &ask.ask, f);
	if (rc == 0)
		rc = record_put(&r, &s->body);
	if (rc == 0)
		rc = void_hold(s, f);
	record_fini(&r);
	buf_fini(&arena);
	return rc;
}

static void void_answer(struct call *c, const struct saving *s)
{
	struct buf *b = call_begin(c);

	mp_put_map(b, 3);
	reply_ref(b, "ref", s->ref);
	reply_ref(b, "subject", s->subject);
	mp_put_cstr(b, "entry");
	if (s->gist.len > 0)
		buf_put_buf(b, &s->gist);
	else
		mp_put_nil(b);
	call_end(c);
}

static void void_then(struct call *c)
{
	struct saving *s = saving_of(c);
	struct fault f = { 0 };
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0) {
		rc = view_done(&v, void_prepare(s, &v, &f));
	}
	if (rc == 0)
		saving_put(s);
	else
		methods_fail(c, rc, &f);
}

void methods_void(struct call *c)
{
	if (saving_open(c, void_answer) != NULL)
		call_applied(c, void_then);
}
