/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_void.c -- making an entry void: one that is named, or with undo the last one of one's own.
 *
 * On a terminal the entry is shown in words before anything is done, as the node finds it by a call
 * that only checks; what is then made void is named by its whole ref, whatever was saved meanwhile.
 */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/edit.h"
#include "client/gist.h"
#include "client/json_out.h"
#include "client/prompt.h"
#include "client/sure.h"
#include "protocol/entry.h"

struct voiding {
	char ref[REF_TEXT_MAX]; /* as the node found it */
	const char *reason;
	bool replaced;              /* it took the place of another one, by a correction */
	char *own_ref, *own_reason; /* when they were asked for */
};

static int void_asking(struct client *c, const struct args *a, struct voiding *v);
static int void_show(struct client *c, const char *entry, const char *head, struct voiding *v);
static int void_save(struct client *c, const char *entry, const char *reason, const char *done);
static int void_told(struct client *c, struct mp_val answer, const char *done);

static const char *void_done(const struct client *c)
{
	return say(c, "已作废", "void");
}

int cmd_void(struct client *c, const struct args *a)
{
	struct voiding v = { .reason = args_get(a, "reason") };

	if (a->word_count > 0 && v.reason != NULL)
		return void_save(c, a->words[0], v.reason, void_done(c));
	if (a->word_count == 0)
		(void)fault_say(&c->fault, FAULT_WORD_MISSING, "void", "REF", NULL);
	else
		(void)fault_say(&c->fault, FAULT_OPTION_MISSING, "reason",
				say(c, "作废的原因", "why it is void"), NULL);
	int code = prompt_possible() ? void_asking(c, a, &v) : CLIENT_USAGE;

	free(v.own_ref);
	free(v.own_reason);
	return code;
}

/* Which entry, until the node has nothing against it; then why, likewise. */
static int void_asking(struct client *c, const struct args *a, struct voiding *v)
{
	const char *entry = a->word_count > 0 ? a->words[0] : NULL;
	int code;

	do {
		free(v->own_ref);
		v->own_ref = NULL;
		code = entry != NULL ? CLIENT_DONE
				     : sure_line(c,
						 say(c, "作废哪一条（记录号，或写 上一条）",
						     "which entry (its ref, or last)"),
						 &v->own_ref);
		if (code != CLIENT_DONE)
			return code;
		code = void_show(c, entry != NULL ? entry : v->own_ref,
				 say(c, "要作废的是：", "To be void: "), v);
		if (code == CLIENT_REFUSED)
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		entry = NULL;
	} while (code == CLIENT_REFUSED);
	while (code == CLIENT_DONE) {
		free(v->own_reason);
		v->own_reason = NULL;
		(void)fault_say(&c->fault, FAULT_OPTION_MISSING, "reason",
				say(c, "作废的原因", "why it is void"), NULL);
		if (v->reason == NULL)
			code = sure_line(c, say(c, "作废的原因", "why it is void"), &v->own_reason);
		if (code != CLIENT_DONE)
			return code;
		code = void_save(c, v->ref, v->reason != NULL ? v->reason : v->own_reason,
				 void_done(c));
		if (code != CLIENT_REFUSED || strcmp(c->fault.where, "reason") != 0)
			return code;
		(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		v->reason = NULL;
		code = CLIENT_DONE;
	}
	return code;
}

int cmd_undo(struct client *c, const struct args *a)
{
	const char *reason = args_get(a, "reason");
	struct voiding v = { .reason =
				 reason != NULL ? reason : say(c, "录错", "entered by mistake") };
	bool yes = args_has(a, "yes");
	int code = void_show(c, "last", yes ? NULL : say(c, "要撤销的是：", "To be undone: "), &v);

	if (code == CLIENT_DONE && !yes && v.replaced) {
		(void)fprintf(c->err, "%s\n",
			      say(c, "它是更正得来的，撤销后恢复为更正前的内容：",
				  "It comes from a correction; what stood before comes back:"));
		code = edit_back(c, v.ref, v.reason, true);
	}
	if (code == CLIENT_DONE && !yes) {
		(void)fault_say(&c->fault, FAULT_UNDO_YES, NULL, NULL, NULL);
		code =
		    prompt_possible()
			? sure_yes(c,
				   v.replaced ? say(c, "撤销这次更正吗？", "Undo this correction?")
					      : say(c, "撤销这一条吗？", "Undo this one?"),
				   &yes)
			: CLIENT_USAGE;
	}
	if (code != CLIENT_DONE)
		return code;
	if (yes && v.replaced)
		return edit_back(c, v.ref, v.reason, false);
	if (yes)
		return void_save(c, v.ref, v.reason, say(c, "已撤销", "undone"));
	(void)fprintf(c->out, "%s\n", say(c, "没有撤销，什么也没有改。", "Nothing was undone."));
	return CLIENT_DONE;
}

/* Show what the node finds by `entry`, and that it may be void; without `head` only find it. */
static int void_show(struct client *c, const char *entry, const char *head, struct voiding *v)
{
	struct params p = { .count = 0 };
	struct mp_val answer, told;
	struct buf gist = { 0 };

	params_text(&p, "ref", entry);
	params_bool(&p, "check", true);
	int code = client_call(c, "void", &p, &answer);

	if (code != CLIENT_DONE)
		return code;
	(void)bytes_cstr(answer_text(answer, "subject"), v->ref, sizeof(v->ref));
	v->replaced = answer_text(answer, "replaced").len > 0;
	if (head == NULL)
		return CLIENT_DONE;
	if (answer_has(answer, "entry", &told))
		gist_put(c, told, &gist);
	else
		buf_put_bytes(&gist, bytes_str(v->ref));
	(void)fprintf(c->err, "%s%.*s\n", head, (int)gist.len, (const char *)gist.p);
	buf_fini(&gist);
	return CLIENT_DONE;
}

static int void_save(struct client *c, const char *entry, const char *reason, const char *done)
{
	struct params p = { .count = 0 };
	struct mp_val answer;

	c->fault = (struct fault){ .code = FAULT_NONE };
	params_text(&p, "ref", entry);
	params_text(&p, "reason", reason);
	int code = client_call(c, "void", &p, &answer);

	return code == CLIENT_DONE ? void_told(c, answer, done) : code;
}

static int void_told(struct client *c, struct mp_val answer, const char *done)
{
	struct bytes ref = answer_text(answer, "ref");
	struct buf gist = { 0 };
	struct mp_val entry;

	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	if (answer_has(answer, "entry", &entry))
		gist_put(c, entry, &gist);
	else
		buf_put_bytes(&gist, answer_text(answer, "subject"));
	if (c->quiet)
		(void)fprintf(c->out, "%.*s\n", (int)ref.len, (const char *)ref.p);
	else
		(void)fprintf(c->out,
			      say(c, "%s %.*s（作废记录 %.*s）。原文保留，不再计入合计。\n",
				  "%s: %.*s (by entry %.*s). It is kept and counts no more.\n"),
			      done, (int)gist.len, (const char *)gist.p, (int)ref.len,
			      (const char *)ref.p);
	buf_fini(&gist);
	return CLIENT_DONE;
}
