/* SPDX-License-Identifier: Apache-2.0 */
/* methods_show.c -- one entry, or one household or person as it is now, with what concerns it. */
#include "daemon/card.h"
#include "daemon/changes.h"
#include "daemon/flagging.h"
#include "daemon/listing.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

enum { SHOW_ABOUT_MAX = 200, SHOW_MEMBERS = 10 };

struct showing {
	struct view *view;
	struct buf entry, name, voids;
	const struct kind *kind;
	struct ref subject, target; /* target: of a void */
	bool voided;
	struct named named;
};

static int show_entry(void *ctx, const struct list_row *row)
{
	struct showing *s = ctx;
	const struct record *r = row->record;

	s->kind = kind_by_id(row->entry.kind);
	s->subject = ref_none(row->entry.subject) ? row->ref : row->entry.subject;
	s->voided = row->voided;
	if (row->entry.kind == KIND_VOID) { /* what concerns it is its target, told apart */
		const struct value *target = r == NULL ? NULL : record_get(r, s->kind->about[0]);

		s->target = target == NULL ? (struct ref){ 0, 0 } : ref_get(target->s.p);
		s->subject = row->ref;
	}
	if (r != NULL)
		reply_called(r, &s->name);
	(void)reply_entry(&s->entry, s->view, row, false);
	return s->name.err;
}

/* What a void made void, in the words of `log`. */
static int tell_target(void *ctx, const struct list_row *row)
{
	struct showing *s = ctx;

	if (row->record != NULL)
		reply_told(&s->voids, s->view, row);
	return s->voids.err;
}

static int put_voids(struct buf *b, const struct showing *s)
{
	struct showing told = { .view = s->view };
	int rc = ref_none(s->target) ? 0 : view_entry(s->view, s->target, tell_target, &told);

	mp_put_cstr(b, "voids");
	if (told.voids.len > 0)
		buf_put_buf(b, &told.voids);
	else
		mp_put_nil(b);
	buf_fini(&told.voids);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

/* By whom, when and why it does not count. */
static int tell_voider(void *ctx, const struct list_row *row)
{
	struct buf *b = ctx;
	const struct field *reason = field_by_name(kind_by_id(KIND_VOID), BYTES_LIT("reason"));

	mp_put_map(b, 4);
	reply_ref(b, "ref", row->ref);
	reply_str(b, "author", row->entry.author);
	reply_int(b, "saved_ms", stamp_ms(row->entry.stamp));
	mp_put_cstr(b, "reason");
	if (row->record != NULL && record_has(row->record, reason->tag)) {
		struct buf text = { 0 };

		record_text(row->record, reason, true, 'z', &text);
		mp_put_str(b, buf_bytes(&text));
		if (text.err != 0 && b->err == 0)
			b->err = text.err;
		buf_fini(&text);
	} else {
		mp_put_nil(b);
	}
	return b->err;
}

static int put_voided(struct buf *b, const struct showing *s, struct ref ref)
{
	struct ref by;

	mp_put_cstr(b, "voided");
	if (!s->voided) {
		mp_put_nil(b);
		return 0;
	}
	int rc = view_voider(s->view, ref, &by);

	return rc == 0 ? view_entry(s->view, by, tell_voider, b) : rc;
}

static void put_age(struct buf *b, const struct record *state, int32_t today)
{
	int age = state->kind->id == KIND_MEMBER ? card_age(state, today) : -1;

	mp_put_cstr(b, "age");
	if (age < 0)
		mp_put_nil(b);
	else
		mp_put_uint(b, (uint64_t)age);
}

/* state, name, age, changes, names: what a household or a person is now, and how it became so. */
static int put_state(struct buf *b, struct showing *s, int32_t today)
{
	struct changes changes = { .named = &s->named };
	struct record state = { 0 };
	int rc = BF_ENOTFOUND;

	if (s->kind != NULL && s->kind->versioned) {
		record_init(&state, s->kind);
		rc = changes_take(&changes, s->view, s->subject, &state);
	}
	mp_put_cstr(b, "state");
	if (rc == 0) {
		reply_fields(b, &state);
		reply_named_add(&s->named, &state, true);
		buf_clear(&s->name);
		reply_called(&state, &s->name);
		put_age(b, &state, today);
	} else { /* of no versioned kind; what should have created it is malformed, or is not here
		  */
		mp_put_nil(b);
		reply_nil(b, "age");
	}
	if (s->name.len > 0)
		reply_str(b, "name", buf_bytes(&s->name));
	else
		reply_nil(b, "name");
	changes_put(b, &changes);
	(void)reply_named(b, s->view, &s->named);
	record_fini(&state);
	changes_fini(&changes);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int put_card(struct buf *b, const struct showing *s, int32_t today, struct listing *about)
{
	mp_put_cstr(b, "card");
	if (s->kind == NULL || s->kind->id != KIND_HOUSEHOLD) {
		mp_put_nil(b);
		return 0;
	}
	about->values_max -= CARD_VALUES_MAX;
	about->bytes_max -= CARD_BYTES_MAX;
	return card_put(b, s->view, s->subject, today);
}

/* The latest first. */
static int put_about(struct buf *b, const struct showing *s, struct listing *about)
{
	struct list_query q = { .of = { .month_to = UINT32_MAX },
				.about = s->subject,
				.limit = SHOW_ABOUT_MAX,
				.voided = true,
				.newest = true };
	int rc = view_list(s->view, &q, listing_add, about);

	listing_put(b, "about", about);
	return rc > 0 ? 0 : rc;
}

static int put_shown(struct call *c, struct view *v, struct ref ref, struct fault *f)
{
	struct showing s = { .view = v };
	struct listing about;
	char name[REF_TEXT_MAX];
	int32_t today = node_today(c->node);
	int rc = view_entry(v, ref, show_entry, &s);

	listing_init(&about, v, SHOW_ABOUT_MAX);
	if (rc == BF_ENOTFOUND)
		rc = fault_say(f, FAULT_REF_UNKNOWN, "ref", ref_print(ref, name), NULL);
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, SHOW_MEMBERS + pending_members(c));
		put_pending(b, c);
		mp_put_cstr(b, "entry");
		buf_put_buf(b, &s.entry);
		rc = s.entry.err != 0 ? s.entry.err : put_state(b, &s, today);
		if (rc == 0)
			rc = put_voided(b, &s, ref);
		if (rc == 0)
			rc = put_voids(b, &s);
		if (rc == 0)
			rc = put_card(b, &s, today, &about);
		if (rc == 0)
			rc = put_about(b, &s, &about);
	}
	buf_fini(&s.entry);
	buf_fini(&s.name);
	listing_fini(&about);
	return rc;
}

static int show_ask(struct call *c, struct view *v, struct fault *f)
{
	const struct kind *kind;
	struct resolve r;
	struct bytes text, word;
	struct ref ref;
	int rc;

	v->today = flagging_today(c->node);
	resolve_init(&r, c->node, v, NULL, true);
	if (param_text(c, "ref", &text)) {
		rc = resolve_entry(&r, text, bytes_str(c->author), &ref, "ref", f);
	} else if (!param_text(c, "key", &text)) {
		return fault_say(f, FAULT_MISSING_PARAM, "ref", "show", NULL);
	} else if (!param_text(c, "kind", &word)) {
		return fault_say(f, FAULT_MISSING_PARAM, "kind", "show", NULL);
	} else {
		rc = param_kind(c, false, &kind, f);
		if (rc == 0)
			rc = resolve_subject(&r, kind->id, text, &ref, "key", f);
	}
	return rc == 0 ? put_shown(c, v, ref, f) : rc;
}

static void show_then(struct call *c)
{
	methods_view(c, show_ask);
}

void methods_show(struct call *c)
{
	call_fresh(c, show_then);
}
