/* SPDX-License-Identifier: Apache-2.0 */
/* methods_void.c -- void and correct: an entry that was wrong ceases to count, and what is right
 * takes its place.
 *
 * A correction is a void and a new entry, which are one run of our log: both are saved or neither
 * is (saving.h), so no power cut leaves a visit that is gone and not yet there again. What refuses
 * a void refuses a correction. The new entry begins as the old one, byte for byte, tags of newer
 * programs too, and only what is given differs. */
#include <stdio.h>

#include "daemon/flagging.h"
#include "daemon/found.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "daemon/saving.h"
#include "protocol/errors.h"

/* ---- what may be void ---- */

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

static int void_find(struct saving *s, struct view *v, struct found *found, struct fault *f)
{
	struct resolve ask;
	struct bytes text;

	param_text(s->call, "ref", &text);
	resolve_init(&ask, s->call->node, v, NULL, true);
	int rc = resolve_entry(&ask, text, bytes_str(s->call->author), &s->target, "ref", f);

	return rc == 0 ? found_entry(v, s->target, "ref", found, f) : rc;
}

static int void_may(struct saving *s, struct view *v, const struct found *found, struct fault *f)
{
	char name[REF_TEXT_MAX];

	ref_print(s->target, name);
	if (s->target.origin != s->call->node->origin)
		return fault_say(f, FAULT_VOID_FOREIGN, "ref", name, NULL);
	if (found->kind == KIND_VOID)
		return fault_say(f, FAULT_VOID_VOID, "ref", name, NULL);
	if (saving_imports(s->call->desk, found->kind))
		return fault_say(f, FAULT_IMPORT_RUNNING, NULL, NULL, NULL);
	s->unnamed = found->subject;
	if (found->voided)
		return found_void(v, s->target, "ref", f);
	return void_resting(v, s->target, found->subject, f);
}

/* Two voids of one entry at the same moment: only the first is saved. */
static int void_hold(struct saving *s, struct fault *f)
{
	char name[REF_TEXT_MAX];

	if (!desk_voiding(s->call->desk, s->target))
		return fault_say_word(f, FAULT_REF_VOIDED, "ref", "", "",
				      ref_print(s->target, name));
	s->voiding = s->target;
	return 0;
}

/* The body of the void of s->target. */
static int void_body(struct saving *s, struct view *v, struct bytes reason, struct buf *out,
		     struct fault *f)
{
	const struct kind *kind = kind_by_id(KIND_VOID);
	char target[REF_TEXT_MAX];
	struct record r = { 0 };
	struct buf arena = { 0 };
	struct resolve ask;

	record_init(&r, kind);
	resolve_init(&ask, s->call->node, v, NULL, true);
	int rc = record_set_text(&r, field_by_name(kind, BYTES_LIT("target")),
				 bytes_str(ref_print(s->target, target)), &ask.ask, &arena, f);

	if (rc == 0)
		rc = record_set_text(&r, field_by_name(kind, BYTES_LIT("reason")), reason, &ask.ask,
				     &arena, f);
	if (rc == 0)
		rc = record_check(&r, &ask.ask, f);
	if (rc == 0)
		rc = record_put(&r, out);
	record_fini(&r);
	buf_fini(&arena);
	return rc;
}

/* ---- void ---- */

static int void_prepare(struct saving *s, struct view *v, struct fault *f)
{
	struct found found = { .told = &s->gist };
	struct bytes reason;

	s->kind = kind_by_id(KIND_VOID);
	param_text(s->call, "reason", &reason);
	int rc = void_find(s, v, &found, f);

	if (rc == 0)
		rc = void_may(s, v, &found, f);
	if (rc == 0)
		rc = found_replaced(v, s->target, &s->replaced);
	if (rc == BF_ENOTFOUND && f->code == FAULT_NONE) {
		s->replaced = (struct ref){ 0 };
		rc = 0;
	}
	s->subject = s->target;
	if (rc == 0 && !(param_bool(s->call, "check") && reason.len == 0))
		rc = void_body(s, v, reason, &s->body, f);
	if (rc == 0 && !param_bool(s->call, "check"))
		rc = void_hold(s, f);
	return rc;
}

static void put_told(struct buf *b, const char *key, const struct buf *told)
{
	mp_put_cstr(b, key);
	if (told->len > 0)
		buf_put_buf(b, told);
	else
		mp_put_nil(b);
}

static void void_answer(struct call *c, const struct saving *s)
{
	struct buf *b = call_begin(c);

	mp_put_map(b, 4);
	reply_ref(b, "ref", s->ref);
	reply_ref(b, "subject", s->target);
	put_told(b, "entry", &s->gist);
	reply_ref(b, "replaced", s->replaced);
	call_end(c);
}

/* Prepare in a view that sees all that was saved; then save, or with `check` only answer. */
static void settle(struct call *c,
		   int (*prepare)(struct saving *s, struct view *v, struct fault *f))
{
	struct saving *s = saving_of(c);
	struct fault f = { 0 };
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0) {
		v.today = flagging_today(c->node);
		rc = view_done(&v, prepare(s, &v, &f));
	}
	if (rc != 0)
		methods_fail(c, rc, &f);
	else if (param_bool(c, "check"))
		s->answer(c, s);
	else
		saving_put(s);
}

static void void_then(struct call *c)
{
	settle(c, void_prepare);
}

void methods_void(struct call *c)
{
	if (saving_open(c, void_answer) != NULL)
		call_applied(c, void_then);
}

/* ---- correct ---- */

struct correcting {
	struct saving *s;
	struct view *view;
	struct resolve ask;
	struct record old, now;
	struct buf body, back, arena; /* what `old` and `now` borrow; what was given */
};

/* Of an entry that is a correction itself: what stood before it. */
static int correct_back(struct correcting *x, struct fault *f)
{
	struct found found = { .body = &x->back };
	char name[REF_TEXT_MAX];
	struct ref old;
	int rc = found_replaced(x->view, x->s->target, &old);

	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_CORRECT_NONE, "ref", ref_print(x->s->target, name), NULL);
	if (rc == 0)
		rc = found_entry(x->view, old, "ref", &found, f);
	if (rc == 0)
		rc = record_take(&x->now, x->s->kind, buf_bytes(&x->back));
	return rc;
}

/* Which entry, and what stands in its stead before anything is given. */
static int correct_take(struct correcting *x, struct fault *f)
{
	struct saving *s = x->s;
	struct found found = { .told = &s->before, .body = &x->body };
	const struct kind *kind = NULL;
	struct bytes word;
	int rc = param_text(s->call, "kind", &word) ? param_kind(s->call, false, &kind, f) : 0;

	if (rc == 0)
		rc = void_find(s, x->view, &found, f);
	if (rc == 0)
		rc = found_kind(x->view, &found, s->target, kind, "ref", f);
	if (rc == 0)
		rc = void_may(s, x->view, &found, f);
	if (rc != 0)
		return rc;
	s->kind = kind_by_id(found.kind);
	rc = record_take(&x->old, s->kind, buf_bytes(&x->body));
	if (rc == 0 && param_bool(s->call, "back"))
		rc = correct_back(x, f);
	else if (rc == 0)
		rc = record_take(&x->now, s->kind, buf_bytes(&x->body));
	if (rc == 0)
		record_renew(&x->now);
	return rc;
}

static bool same(const struct record *a, const struct record *b)
{
	if (a->has != b->has)
		return false;
	for (uint32_t i = 0; i < a->kind->count; i++)
		if ((a->has >> i & 1) != 0 &&
		    !methods_same(&a->kind->fields[i], &a->v[i], &b->v[i]))
			return false;
	return true;
}

/* What stands, before anybody says what differs. */
static bool only_shown(const struct call *c)
{
	struct mp_val map;

	param_value(c, "fields", &map);
	return mp_count(map) == 0 && param_bool(c, "check");
}

static int correct_draft(struct correcting *x, struct fault *f)
{
	struct saving *s = x->s;
	int rc = methods_set(s->call, &x->now, &x->ask, &x->arena, f);

	if (rc == 0)
		rc = record_check(&x->now, &x->ask.ask, f);
	if (rc == 0)
		rc = saving_place(&x->now, s->call->node, f);
	if (rc == 0 && same(&x->old, &x->now) && !only_shown(s->call))
		rc = fault_say(f, FAULT_NOTHING_CHANGED, NULL, NULL, NULL);
	if (rc == 0)
		rc = record_put(&x->now, &s->body);
	return rc;
}

/* Warnings of what stands then: the old entry moves nothing any more. */
static int correct_warn(struct correcting *x)
{
	struct saving *s = x->s;
	struct movement was = moved_of(&x->old);
	int64_t lately = 0;

	s->moves = moved_of(&x->now);
	if (s->moves.from != 0)
		lately = (was.from == s->moves.from ? was.fen : 0) -
			 (was.to == s->moves.from ? was.fen : 0);
	return flagging_draft(s->call, x->view, &x->now, (struct ref){ 0 }, lately, &s->flags,
			      &s->holds);
}

/* Its two entries, and what is told of both. */
static int correct_pair(struct correcting *x, struct fault *f)
{
	struct saving *s = x->s;
	bool check = param_bool(s->call, "check");
	struct bytes reason;

	if (!param_text(s->call, "reason", &reason))
		reason = BYTES_LIT("更正 corrected");
	int rc = correct_warn(x);

	reply_gist(&s->gist, x->view, &x->now, (struct ref){ 0 });
	flagging_tell(&s->gist, s->flags, &s->holds);
	if (rc == 0)
		rc = s->gist.err;
	if (rc == 0)
		rc = void_body(s, x->view, reason, &s->voids, f);
	if (rc == 0 && !check)
		rc = void_hold(s, f);
	/* It takes the place of an entry: so it may say what another one says. */
	return rc == 0 ? saving_twice(s, &x->now, true, check, f) : rc;
}

static int correct_prepare(struct saving *s, struct view *v, struct fault *f)
{
	struct correcting x = { .s = s, .view = v };

	resolve_init(&x.ask, s->call->node, v, s->call->desk, true);
	x.ask.ask.typing = true;
	int rc = correct_take(&x, f);

	if (rc == 0)
		rc = correct_draft(&x, f);
	if (rc == 0)
		rc = correct_pair(&x, f);
	record_fini(&x.old);
	record_fini(&x.now);
	buf_fini(&x.body);
	buf_fini(&x.back);
	buf_fini(&x.arena);
	return rc;
}

static void correct_answer(struct call *c, const struct saving *s)
{
	struct buf *b = call_begin(c);

	mp_put_map(b, 5);
	reply_ref(b, "ref", s->ref);
	reply_ref(b, "void", s->void_ref);
	reply_ref(b, "subject", s->target);
	put_told(b, "before", &s->before);
	mp_put_cstr(b, "after");
	reply_head(b, s->ref, s->kind, s->ref);
	buf_put_buf(b, &s->gist);
	call_end(c);
}

static void correct_then(struct call *c)
{
	settle(c, correct_prepare);
}

void methods_correct(struct call *c)
{
	if (saving_open(c, correct_answer) != NULL)
		call_applied(c, correct_then);
}
