/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_edit.c -- see edit.h. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/edit.h"
#include "client/json_out.h"
#include "client/prompt.h"
#include "client/shown.h"
#include "client/sure.h"
#include "protocol/entry.h"

struct edit {
	const char *ref, *reason;
	char found[REF_TEXT_MAX];
	const struct kind *kind; /* that it must be of, or is */
	uint32_t count;
	struct change { /* of one field */
		const char *name;
		const char *text;
		char *own;
	} changes[FIELDS_MAX];
};

/* In the order of a conversation. */
static int edit_given(struct client *c, const struct args *a, struct edit *e);
static int edit_asking(struct client *c, struct edit *e);
static int edit_field(struct client *c, struct edit *e, const struct field *field,
		      const char *stands);
static int edit_sure(struct client *c, struct edit *e);
static int edit_save(struct client *c, const struct edit *e, bool check);
static int edit_call(struct client *c, const struct edit *e, const struct change *changes,
		     uint32_t count, bool check, struct mp_val *answer);
static void edit_head(const struct client *c, struct mp_val answer);
static void edit_both(const struct client *c, struct mp_val answer, FILE *to);

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

	if (code == CLIENT_DONE && e.count > 0)
		code = edit_save(c, &e, args_has(a, "check"));
	else if (code == CLIENT_DONE && prompt_possible())
		code = edit_asking(c, &e);
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

/* What stands, as a person reads it; NULL when there is nothing. */
static char *stands(const struct client *c, const struct kind *k, const struct field *field,
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

/* Field by field, an empty answer for what stands. */
static int edit_asking(struct client *c, struct edit *e)
{
	char *old[FIELDS_MAX] = { NULL };
	struct mp_val answer, before;
	int code = edit_call(c, e, NULL, 0, true, &answer);

	if (code != CLIENT_DONE)
		return code;
	if (!answer_has(answer, "before", &before) ||
	    (e->kind = kind_by_name(answer_text(before, "kind"))) == NULL)
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "correct", "before", NULL);
	(void)bytes_cstr(answer_text(answer, "subject"), e->found, sizeof(e->found));
	e->ref = e->found;
	for (size_t i = 0; i < e->kind->count; i++)
		old[i] = stands(c, e->kind, &e->kind->fields[i], before);
	(void)fprintf(c->err,
		      say(c, "更正 %s %s：回车不改，写 - 清空，Ctrl-C 放弃。\n",
			  "Correcting %s %s: Enter keeps, - empties, Ctrl-C gives up.\n"),
		      say(c, e->kind->zh, e->kind->name), e->ref);
	for (size_t i = 0; code == CLIENT_DONE && i < e->kind->count; i++)
		code = edit_field(c, e, &e->kind->fields[i], old[i]);
	for (size_t i = 0; i < e->kind->count; i++)
		free(old[i]);
	return code == CLIENT_DONE ? edit_sure(c, e) : code;
}

/* Ask for one field until the node has nothing against the answer. */
static int edit_field(struct client *c, struct edit *e, const struct field *field,
		      const char *stands)
{
	struct field asked = *field;
	char zh[512], en[512];
	struct mp_val answer;
	int code;

	(void)snprintf(zh, sizeof(zh), "%s〔%.400s〕", field->zh, stands != NULL ? stands : "空");
	(void)snprintf(en, sizeof(en), "%s [%.400s]", field->en, stands != NULL ? stands : "");
	asked.zh = zh;
	asked.en = en;
	asked.flags &= (uint16_t)~F_REQUIRED;
	do {
		char *text = NULL;

		(void)fault_say(&c->fault, FAULT_EDIT_NOTHING, NULL, NULL, NULL);
		if (prompt_field(c, &asked, &text) != 0)
			return CLIENT_USAGE;
		struct change change = { .name = field->name, .text = text, .own = text };

		if (text[0] == '\0' || (stands == NULL && strcmp(text, "-") == 0)) {
			free(text);
			c->fault = (struct fault){ .code = FAULT_NONE };
			return CLIENT_DONE;
		}
		if (strcmp(text, "-") == 0)
			text[0] = '\0';
		code = edit_call(c, e, &change, 1, true, &answer);
		if (code == CLIENT_REFUSED && strcmp(c->fault.where, field->name) == 0) {
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
			free(text);
			continue;
		}
		e->changes[e->count++] = change;
		/* Another field may be wrong with it: that is for all of them together. */
		return code == CLIENT_REFUSED ? CLIENT_DONE : code;
	} while (true);
}

/* Both are shown before anything is saved. */
static int edit_sure(struct client *c, struct edit *e)
{
	bool yes = false;
	struct mp_val answer;
	int code =
	    e->count == 0 ? CLIENT_DONE : edit_call(c, e, e->changes, e->count, true, &answer);

	if (code == CLIENT_DONE && e->count > 0) {
		edit_both(c, answer, c->err);
		(void)fault_say(&c->fault, FAULT_EDIT_NOTHING, NULL, NULL, NULL);
		code = sure_yes(c, say(c, "这样更正吗？", "Correct it so?"), &yes);
	}
	if (code != CLIENT_DONE)
		return code;
	c->fault = (struct fault){ .code = FAULT_NONE };
	if (!yes) {
		(void)fprintf(c->out, "%s\n",
			      say(c, "没有更正，什么也没有保存。", "Nothing was changed."));
		return CLIENT_DONE;
	}
	code = edit_call(c, e, e->changes, e->count, false, &answer);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	edit_head(c, answer);
	return CLIENT_DONE;
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
	return CLIENT_DONE;
}

static int edit_call(struct client *c, const struct edit *e, const struct change *changes,
		     uint32_t count, bool check, struct mp_val *answer)
{
	struct params p = { .count = 0 };

	c->fault = (struct fault){ .code = FAULT_NONE };
	params_text(&p, "ref", e->ref);
	if (e->kind != NULL)
		params_text(&p, "kind", e->kind->name);
	if (e->reason != NULL)
		params_text(&p, "reason", e->reason);
	if (check)
		params_bool(&p, "check", true);
	struct buf *fields = params_value(&p, "fields");

	mp_put_map(fields, count);
	for (uint32_t i = 0; i < count; i++) {
		mp_put_cstr(fields, changes[i].name);
		mp_put_cstr(fields, changes[i].text);
	}
	int code = client_call(c, "correct", &p, answer);

	if (code == CLIENT_REFUSED && strcmp(c->fault.where, "ref") == 0)
		fault_rename(&c->fault, "--again-as"); /* the verb has no word for it */
	return code;
}

static void edit_head(const struct client *c, struct mp_val answer)
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

/* All fields of the entry; those that differ are marked, with what stood before and what stands
 * now. */
static void edit_both(const struct client *c, struct mp_val answer, FILE *to)
{
	struct mp_val before, after;
	const struct kind *k = NULL;

	if (answer_has(answer, "before", &before) && answer_has(answer, "after", &after))
		k = kind_by_name(answer_text(after, "kind"));
	for (size_t i = 0; k != NULL && i < k->count; i++) {
		const struct field *field = &k->fields[i];
		char *old = stands(c, k, field, before), *now = stands(c, k, field, after);
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
