/* SPDX-License-Identifier: Apache-2.0 */
/* found.c -- see found.h. */
#include "daemon/found.h"

#include <stdio.h>
#include <string.h>

#include "daemon/reply.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

enum {
	FOUND_STEPS_MAX = 64, /* corrections of corrections that are followed */
	FOUND_WHO_MAX = 128,
};

struct finding {
	struct view *view;
	struct found *out;
};

static int see(void *ctx, const struct list_row *row)
{
	struct finding *find = ctx;
	struct found *out = find->out;

	out->kind = row->entry.kind;
	out->subject = ref_none(row->entry.subject) ? row->ref : row->entry.subject;
	out->voided = row->voided;
	out->malformed = row->flaw.rc != 0;
	if (out->body != NULL)
		buf_put_bytes(out->body, row->entry.body);
	if (out->told == NULL ||
	    row->record == NULL) /* of a newer program: there is nothing to say of it */
		return 0;
	reply_told(out->told, find->view, row);
	return out->told->err;
}

int found_entry(struct view *v, struct ref ref, const char *where, struct found *out,
		struct fault *f)
{
	struct finding find = { .view = v, .out = out };
	char name[REF_TEXT_MAX];
	int rc = view_entry(v, ref, see, &find);

	if (rc == BF_ENOTFOUND)
		return fault_say(f, FAULT_REF_UNKNOWN, where, ref_print(ref, name), NULL);
	return rc == 0 && out->body != NULL ? out->body->err : rc;
}

/* ---- corrections: a void and the new entry, saved as one run ---- */

struct step {
	uint64_t stamp;
	uint32_t kind;
	char author[AUTHOR_BYTES_MAX + 1];
	struct ref target; /* of a void */
	bool voided;
	struct buf *who; /* gets who made it, when and why; NULL: not asked */
};

static int step_see(void *ctx, const struct list_row *row)
{
	struct step *s = ctx;
	char day[11];

	s->stamp = row->entry.stamp;
	s->kind = row->entry.kind;
	(void)bytes_cstr(row->entry.author, s->author, sizeof(s->author));
	s->voided = row->voided;
	if (s->kind != KIND_VOID || row->record == NULL)
		return 0;
	const struct value *target = record_get(row->record, kind_by_id(KIND_VOID)->about[0]);

	s->target = target == NULL ? (struct ref){ 0 } : ref_get(target->s.p);
	if (s->who == NULL)
		return 0;
	buf_clear(s->who);
	buf_put_bytes(s->who, row->entry.author);
	buf_put_bytes(s->who, BYTES_LIT("，"));
	buf_put_bytes(s->who, bytes_str(day_print(day_of_ms(stamp_ms(row->entry.stamp)), day)));
	return s->who->err;
}

/* One run has one time, so its second stamp is the next after its first (store_append_all). While a
 * clock that was set back is waited for, stamps of entries that have nothing to do with each other
 * follow so too: those are told apart by who made them and of what kind they are. */
static int one_run(struct view *v, const struct step *first, const struct step *second)
{
	struct step old = { 0 };

	if (first->kind != KIND_VOID || ref_none(first->target) ||
	    second->stamp != first->stamp + 1 || strcmp(first->author, second->author) != 0)
		return BF_ENOTFOUND;
	int rc = view_entry(v, first->target, step_see, &old);

	return rc == 0 && old.kind != second->kind ? BF_ENOTFOUND : rc;
}

int found_replaced(struct view *v, struct ref ref, struct ref *old)
{
	struct step first = { 0 }, second = { 0 };

	if (ref.seq < 2)
		return BF_ENOTFOUND;
	int rc = view_entry(v, ref, step_see, &second);

	if (rc == 0)
		rc = view_entry(v, (struct ref){ ref.origin, ref.seq - 1 }, step_see, &first);
	*old = first.target;
	return rc == 0 ? one_run(v, &first, &second) : rc;
}

/* The void of *ref, and the entry after it when both are one correction: then that is *ref. */
static int replaced_by(struct view *v, struct ref *ref, struct buf *who, bool *voided)
{
	struct step first = { .who = who }, second = { 0 };
	struct ref by;
	int rc = view_voider(v, *ref, &by);

	if (rc == 0)
		rc = view_entry(v, by, step_see, &first);
	if (rc == 0)
		rc = view_entry(v, (struct ref){ by.origin, by.seq + 1 }, step_see, &second);
	if (rc == 0)
		rc = one_run(v, &first, &second);
	if (rc == 0)
		*ref = (struct ref){ by.origin, by.seq + 1 };
	*voided = second.voided;
	return rc;
}

int found_void(struct view *v, struct ref ref, const char *where, struct fault *f)
{
	char name[REF_TEXT_MAX], now_name[REF_TEXT_MAX], zh[FOUND_WHO_MAX] = "",
							 en[FOUND_WHO_MAX] = "";
	char by[FOUND_WHO_MAX];
	struct ref now = ref;
	struct buf who = { 0 };
	bool voided = true;
	int rc = 0;

	for (int i = 0; i < FOUND_STEPS_MAX && voided && rc == 0; i++)
		rc = replaced_by(v, &now, &who, &voided);
	if (rc == 0 && !voided) {
		ref_print(now, now_name);
		(void)snprintf(zh, sizeof(zh), "，更正后是 %s", now_name);
		(void)snprintf(en, sizeof(en), "; corrected, it is %s now", now_name);
	} else if (rc == BF_ENOTFOUND && who.len > 0) {
		bytes_cstr(buf_bytes(&who), by, sizeof(by));
		(void)snprintf(zh, sizeof(zh), "（%.100s）", by);
		(void)snprintf(en, sizeof(en), " (%.100s)", by);
	}
	buf_fini(&who);
	if (rc != 0 && rc != BF_ENOTFOUND)
		return rc;
	return fault_say_word(f, FAULT_REF_VOIDED, where, zh, en, ref_print(ref, name));
}

int found_kind(struct view *v, const struct found *found, struct ref ref, const struct kind *kind,
	       const char *where, struct fault *f)
{
	const struct kind *is = kind_by_id(found->kind);
	char name[REF_TEXT_MAX];

	ref_print(ref, name);
	if (kind != NULL && is != kind)
		return fault_say_word(f, FAULT_REF_KIND, where, kind->zh, kind->name, name);
	if (is == NULL) /* a newer program's */
		return fault_say(f, FAULT_KIND_NEWER, where, name, NULL);
	if (is->id == KIND_VOID)
		return fault_say(f, FAULT_VOID_VOID, where, name, NULL);
	if (is->versioned)
		return fault_say_word(f, FAULT_EDIT_SUBJECT, where, is->zh, is->name, name);
	if (found->malformed)
		return fault_say(f, FAULT_REF_MALFORMED, where, name, NULL);
	return found->voided ? found_void(v, ref, where, f) : 0;
}
