/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_edit.c -- see edit.h: what the options say, and what is shown. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/edit_inside.h"
#include "client/flagged.h"
#include "client/json_out.h"
#include "client/pick.h"
#include "client/prompt.h"
#include "client/shown.h"
#include "client/sure.h"
#include "protocol/entry.h"

/* In the order of a conversation. */
static int edit_given(struct client *c, const struct args *a, struct edit *e);
static int edit_pick(struct client *c, struct edit *e);
static int edit_save(struct client *c, const struct edit *e, bool check);

/* On a terminal which one is asked for until the node has it. */
int cmd_edit(struct client *c, const struct args *a)
{
	int code;

	if (a->word_count > 0)
		return edit_entry(c, a, a->words[0], NULL);
	(void)fault_say(&c->fault, FAULT_WORD_MISSING, "edit", "REF", NULL);
	do {
		char *asked = NULL;

		code = !prompt_possible() ? CLIENT_USAGE
					  : sure_line(c,
						      say(c, "更正哪一条（记录号，或写 上一条）",
							  "which entry (its ref, or last)"),
						      &asked);
		if (code != CLIENT_DONE)
			return code;
		code = edit_entry(c, a, asked, NULL);
		free(asked);
		if (code != CLIENT_REFUSED || strcmp(c->fault.where, "REF") != 0)
			return code;
		(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
	} while (true);
}

int edit_entry(struct client *c, const struct args *a, const char *ref, const struct kind *kind)
{
	struct edit e = { .ref = ref, .reason = args_get(a, "reason"), .kind = kind };
	int code = edit_given(c, a, &e);

	if (code == CLIENT_DONE)
		code = edit_pick(c, &e);
	if (code == CLIENT_DONE && e.count > 0)
		code = edit_save(c, &e, args_has(a, "check"));
	else if (code == CLIENT_DONE && prompt_possible())
		code = edit_ask(c, &e);
	else if (code == CLIENT_DONE)
		code = client_fail(c, CLIENT_USAGE, FAULT_EDIT_NOTHING, NULL, NULL, NULL);
	for (uint32_t i = 0; i < e.count; i++)
		free(e.changes[i].own);
	return code;
}

/* What the options say; what stands there as `-` is asked for. */
static int edit_given(struct client *c, const struct args *a, struct edit *e)
{
	struct option o;

	for (uint32_t i = 0; i < a->given_count; i++) {
		const struct arg_given *given = &a->given[i];

		if (!command_option_find(a->cmd, given->name, &o) || o.field == NULL)
			continue;
		if (e->count == FIELDS_MAX)
			return client_fail(c, CLIENT_USAGE, FAULT_OPTION_TWICE, given->name, NULL,
					   NULL);
		struct change *change = &e->changes[e->count];

		*change = (struct change){ .name = given->name, .text = given->value };
		if (strcmp(given->value, "-") == 0) {
			(void)fault_say(&c->fault, FAULT_MISSING_FIELD, o.field->name, o.field->zh,
					NULL);
			if (prompt_line(c, say(c, o.field->zh, o.field->name), &change->own) != 0)
				return CLIENT_USAGE;
			change->text = change->own;
		}
		e->count++;
	}
	return CLIENT_DONE;
}

int edit_begin(struct client *c, struct edit *e, struct mp_val *before)
{
	struct mp_val answer;
	int code = edit_call(c, e, NULL, 0, true, &answer);

	if (code != CLIENT_DONE)
		return code;
	if (!answer_has(answer, "before", before) ||
	    (e->kind = kind_by_name(answer_text(*before, "kind"))) == NULL)
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "correct", "before", NULL);
	(void)bytes_cstr(answer_text(answer, "subject"), e->own_ref, sizeof(e->own_ref));
	e->ref = e->own_ref;
	return CLIENT_DONE;
}

/* Names among what was given become refs. */
static int edit_pick(struct client *c, struct edit *e)
{
	struct mp_val before;
	int code = CLIENT_DONE;

	for (uint32_t i = 0; i < e->count && code == CLIENT_DONE; i++) {
		struct change *change = &e->changes[i];
		struct option o;
		char *picked = NULL;

		if (!command_option_find(c->cmd, change->name, &o) ||
		    !pick_names(o.field, change->text))
			continue;
		if (e->own_ref[0] == '\0')
			code = edit_begin(c, e, &before);
		const struct field *field =
		    code == CLIENT_DONE ? field_by_name(e->kind, bytes_str(change->name)) : NULL;

		if (field == NULL)
			continue; /* for the node to refuse */
		code = pick_field(c, e->kind, field, change->text, &picked);
		if (code == CLIENT_DONE && picked == NULL)
			code = client_fail(c, CLIENT_USAGE, FAULT_EDIT_LEFT, NULL, NULL, NULL);
		if (code != CLIENT_DONE)
			continue;
		free(change->own);
		change->text = change->own = picked;
	}
	return code;
}

static int edit_save(struct client *c, const struct edit *e, bool check)
{
	struct mp_val answer;
	int code = edit_call(c, e, e->changes, e->count, check, &answer);

	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	edit_head(c, answer);
	if (!c->quiet)
		edit_both(c, answer, c->out);
	edit_warn(c, answer);
	return CLIENT_DONE;
}

int edit_back(struct client *c, const char *ref, const char *reason, bool check)
{
	struct edit e = { .ref = ref, .reason = reason, .back = true };
	struct mp_val answer;
	int code = edit_call(c, &e, NULL, 0, check, &answer);

	if (code != CLIENT_DONE)
		return code;
	if (check) {
		edit_both(c, answer, c->err);
		return CLIENT_DONE;
	}
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	if (!c->quiet)
		(void)fprintf(c->out, "%s", say(c, "已撤销更正：", "the correction is undone: "));
	edit_head(c, answer);
	if (!c->quiet)
		edit_both(c, answer, c->out);
	edit_warn(c, answer);
	return CLIENT_DONE;
}

int edit_call(struct client *c, const struct edit *e, const struct change *changes, uint32_t count,
	      bool check, struct mp_val *answer)
{
	struct params p = { .count = 0 };

	c->fault = (struct fault){ .code = FAULT_NONE };
	params_text(&p, "ref", e->ref);
	if (e->kind != NULL)
		params_text(&p, "kind", e->kind->name);
	if (e->reason != NULL)
		params_text(&p, "reason", e->reason);
	if (e->back)
		params_bool(&p, "back", true);
	if (check)
		params_bool(&p, "check", true);
	struct buf *fields = params_value(&p, "fields");

	mp_put_map(fields, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_cstr(fields, changes[i].name);
		mp_put_cstr(fields, changes[i].text);
	}
	int code = client_call(c, "correct", &p, answer);

	if (code == CLIENT_REFUSED && !e->back && strcmp(c->fault.where, "ref") == 0)
		fault_rename(&c->fault, "--again-as"); /* the verb has no word for it */
	return code;
}

void edit_head(const struct client *c, struct mp_val answer)
{
	struct bytes ref = answer_text(answer, "ref"), old = answer_text(answer, "subject");
	struct bytes by = answer_text(answer, "void");

	if (c->quiet)
		(void)fprintf(c->out, "%.*s\n", (int)ref.len, (const char *)ref.p);
	else if (ref.len == 0)
		(void)fprintf(c->out, "%s\n",
			      say(c, "检查通过，没有保存。", "All is right; nothing was saved."));
	else
		(void)fprintf(
		    c->out,
		    say(c, "已更正 %.*s → %.*s（原来的一条由 %.*s 作废，原文保留，不再计数）\n",
			"corrected %.*s -> %.*s (the old one is void by %.*s; it is kept and "
			"counts no more)\n"),
		    (int)old.len, (const char *)old.p, (int)ref.len, (const char *)ref.p,
		    (int)by.len, (const char *)by.p);
}

void edit_warn(struct client *c, struct mp_val answer)
{
	struct mp_val after;

	if (answer_has(answer, "after", &after))
		flagged_tell(c, after);
}

char *edit_stands(const struct client *c, const struct kind *k, const struct field *field,
		  struct mp_val entry)
{
	struct buf value = { 0 }, shown = { 0 };

	answer_field(c, k, field, entry, &value);
	shown_put(&shown, buf_bytes(&value));
	char *out = shown.len > 0 ? malloc(shown.len + 1) : NULL;

	if (out != NULL)
		(void)bytes_cstr(buf_bytes(&shown), out, shown.len + 1);
	buf_fini(&value);
	buf_fini(&shown);
	return out;
}

/* All fields of the entry; those that differ are marked, with what stood before and what stands
 * now. */
void edit_both(const struct client *c, struct mp_val answer, FILE *to)
{
	struct mp_val before, after;
	const struct kind *k = NULL;

	if (answer_has(answer, "before", &before) && answer_has(answer, "after", &after))
		k = kind_by_name(answer_text(after, "kind"));
	for (size_t i = 0; k != NULL && i < k->count; i++) {
		const struct field *field = &k->fields[field_shown(k, i)];
		char *old = edit_stands(c, k, field, before),
		     *now = edit_stands(c, k, field, after);
		bool same =
		    (old == NULL) == (now == NULL) && (old == NULL || strcmp(old, now) == 0);

		if (!same)
			(void)fprintf(to, "* %s  %s %s %s\n", say(c, field->zh, field->name),
				      old != NULL ? old : say(c, "（空）", "(none)"),
				      say(c, "→", "->"),
				      now != NULL ? now : say(c, "（空）", "(none)"));
		else if (old != NULL)
			(void)fprintf(to, "  %s  %s\n", say(c, field->zh, field->name), old);
		free(old);
		free(now);
	}
}
