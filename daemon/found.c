/* SPDX-License-Identifier: Apache-2.0 */
/* found.c -- see found.h. */
#include "daemon/found.h"

#include "daemon/reply.h"
#include "protocol/errors.h"

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

int found_kind(const struct found *found, struct ref ref, const struct kind *kind,
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
	return found->voided ? fault_say(f, FAULT_REF_VOIDED, where, name, NULL) : 0;
}
