/* SPDX-License-Identifier: Apache-2.0 */
/* methods_show.c -- one entry, or one household or person as it is now, with what concerns it. */
#include "daemon/flagging.h"
#include "daemon/listing.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/errors.h"

enum { SHOW_ABOUT_MAX = 200 };

struct showing {
	struct view *view;
	struct buf entry;
	const struct kind *kind;
	struct ref subject;
};

static int show_entry(void *ctx, const struct list_row *row)
{
	struct showing *s = ctx;

	s->kind = kind_by_id(row->entry.kind);
	s->subject = ref_none(row->entry.subject) ? row->ref : row->entry.subject;
	(void)reply_entry(&s->entry, s->view, row, false);
	return 0;
}

static int put_state(struct buf *b, struct view *v, const struct showing *s)
{
	struct record state = { 0 };
	struct ref last;
	int rc = 0;

	mp_put_cstr(b, "state");
	if (s->kind == NULL || !s->kind->versioned) {
		mp_put_nil(b);
		return 0;
	}
	record_init(&state, s->kind);
	rc = view_subject(v, s->subject, &state, &last);
	if (rc == 0)
		reply_fields(b, &state);
	if (rc == BF_ENOTFOUND) { /* what should have created it is malformed, or is not here */
		mp_put_nil(b);
		rc = 0;
	}
	record_fini(&state);
	return rc;
}

static int put_shown(struct call *c, struct view *v, struct ref ref, struct fault *f)
{
	struct showing s = { .view = v };
	struct listing about;
	char name[REF_TEXT_MAX];
	int rc = view_entry(v, ref, show_entry, &s);

	listing_init(&about, v, SHOW_ABOUT_MAX);
	if (rc == BF_ENOTFOUND)
		rc = fault_say(f, FAULT_REF_UNKNOWN, "ref", ref_print(ref, name), NULL);
	if (rc == 0) {
		struct buf *b = call_begin(c);

		mp_put_map(b, 3 + pending_members(c));
		put_pending(b, c);
		mp_put_cstr(b, "entry");
		buf_put_buf(b, &s.entry);
		rc = s.entry.err != 0 ? s.entry.err : put_state(b, v, &s);
		if (rc == 0)
			rc = view_about(v, s.subject, SHOW_ABOUT_MAX, listing_add, &about);
		listing_put(b, "about", &about);
		if (rc > 0)
			rc = 0;
	}
	buf_fini(&s.entry);
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
		rc = ref_parse(text, &ref) == 0 ? 0 : resolve_subject(&r, 0, text, &ref, "ref", f);
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
