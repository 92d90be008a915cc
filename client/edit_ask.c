/* SPDX-License-Identifier: Apache-2.0 */
/* edit_ask.c -- correcting in conversation: each field is asked for with what stands, an empty
 * answer keeps it.
 *
 * The questions are made before the first is asked, since an answer of the node lives only until
 * the next. What is said of single households is asked for each of them. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/edit_inside.h"
#include "client/json_out.h"
#include "client/pick.h"
#include "client/prompt.h"
#include "client/sure.h"
#include "protocol/entry.h"

enum { QUESTIONS_MAX = FIELDS_MAX * 2 + 2 * FIELD_REFS_MAX };
enum { WHO_SHOWN = 91, STANDS_SHOWN = 401 }; /* bytes of a question, with their end */

struct question {
	const struct field *field;  /* that is changed */
	const struct field *one;    /* whose form the answer has */
	char key[REF_TEXT_MAX + 1]; /* "REF=" where it is said of one of several, else empty */
	char *who;                  /* it, as people call it; or NULL */
	char *stands;
};

struct talk {
	struct edit *edit;
	uint32_t count;
	struct question questions[QUESTIONS_MAX];
};

/* In the order of a conversation. */
static void plan(const struct client *c, struct mp_val before, struct talk *t);
static void plan_each(const struct field *field, struct mp_val before, struct talk *t);
static int ask(struct client *c, struct talk *t, struct question *q);
static int judge(struct client *c, struct talk *t, const struct question *q, char *text,
		 bool *again);
static int named(struct client *c, const struct edit *e, const struct field *field, char **text);
static int note(struct client *c, struct edit *e, const struct field *field, char *own);
static int settle(struct client *c, struct edit *e);

static int no_memory(struct client *c)
{
	return client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
}

int edit_ask(struct client *c, struct edit *e)
{
	struct talk *t = calloc(1, sizeof(*t));
	struct mp_val before;

	if (t == NULL)
		return no_memory(c);
	t->edit = e;
	int code = edit_begin(c, e, &before);

	if (code == CLIENT_DONE) {
		plan(c, before, t);
		(void)fprintf(c->err,
			      say(c, "更正 %s %s：回车不改，写 - 清空，Ctrl-C 放弃。\n",
				  "Correcting %s %s: Enter keeps, - empties, Ctrl-C gives up.\n"),
			      say(c, e->kind->zh, e->kind->name), e->ref);
	}
	for (uint32_t i = 0; code == CLIENT_DONE && i < t->count; i++)
		code = ask(c, t, &t->questions[i]);
	if (code == CLIENT_DONE)
		code = settle(c, e);
	for (uint32_t i = 0; i < t->count; i++) {
		free(t->questions[i].who);
		free(t->questions[i].stands);
	}
	free(t);
	return code;
}

static struct question *add(struct talk *t, const struct field *field, const struct field *one)
{
	if (t->count == QUESTIONS_MAX)
		return NULL;
	struct question *q = &t->questions[t->count++];

	*q = (struct question){ .field = field, .one = one };
	return q;
}

static void plan(const struct client *c, struct mp_val before, struct talk *t)
{
	const struct kind *k = t->edit->kind;

	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[field_shown(k, i)];

		if (field->type == T_EACH) {
			plan_each(field, before, t);
			continue;
		}
		struct question *q = add(t, field, field);

		if (q != NULL)
			q->stands = edit_stands(c, k, field, before);
	}
}

/* The value behind `key` in lines of REF=VALUE, or NULL. */
static char *value_of(struct bytes lines, const char *key)
{
	size_t len = strlen(key);

	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.len);
		size_t line = end != NULL ? (size_t)(end - lines.p) : lines.len;

		if (line > len && memcmp(lines.p, key, len) == 0)
			return strndup((const char *)lines.p + len, line - len);
		lines = bytes_of(lines.p + line + (end != NULL), lines.len - line - (end != NULL));
	}
	return NULL;
}

/* One alone has the field itself, unless something is said so of it already. */
static void plan_each(const struct field *field, struct mp_val before, struct talk *t)
{
	const struct kind *k = t->edit->kind;
	struct mp_val fields, names = { 0 };

	if (!answer_has(before, "fields", &fields))
		return;
	struct bytes lines = answer_text(fields, field->name);
	struct bytes refs = answer_text(fields, field_by_tag(k, field->of)->name);

	(void)answer_has(before, "names", &names);
	if (lines.len == 0 && answer_count(refs) < 2)
		return;
	while (refs.len > 0) {
		struct bytes ref = bytes_part(&refs, false);
		struct question *q = add(t, field, field_by_tag(k, (uint32_t)field->min));
		char text[REF_TEXT_MAX];

		if (q == NULL)
			return;
		(void)bytes_cstr(ref, text, sizeof(text));
		(void)snprintf(q->key, sizeof(q->key), "%s=", text);
		struct bytes name = answer_text(names, text);

		name = name.len > 0 ? name : ref;
		q->who = strndup((const char *)name.p, name.len);
		q->stands = value_of(lines, q->key);
	}
}

/* Those of whom something is said are others now: it goes with them. */
static bool moot(const struct talk *t, const struct question *q)
{
	const struct field *of = q->who != NULL ? field_by_tag(t->edit->kind, q->field->of) : NULL;

	for (uint32_t i = 0; of != NULL && i < t->edit->count; i++)
		if (strcmp(t->edit->changes[i].name, of->name) == 0)
			return true;
	return false;
}

/* Until the node has nothing against the answer. */
static int ask(struct client *c, struct talk *t, struct question *q)
{
	struct bytes whole = bytes_str(q->stands != NULL ? q->stands : "");
	struct field asked = *q->one;
	char who[WHO_SHOWN], stands[STANDS_SHOWN], zh[640], en[640];
	const char *more = whole.len >= sizeof(stands) ? "…" : "";
	bool again = true;
	int code = CLIENT_DONE;

	/* Half a character in a prompt would be no line to edit. */
	(void)bytes_cstr(bytes_str(q->who != NULL ? q->who : ""), who, sizeof(who));
	(void)bytes_cstr(whole, stands, sizeof(stands));
	(void)snprintf(zh, sizeof(zh), "%s%s%s〔%s%s〕", who, q->who != NULL ? " 的" : "",
		       q->one->zh, q->stands != NULL ? stands : "空", more);
	(void)snprintf(en, sizeof(en), "%s%s%s [%s%s]", who, q->who != NULL ? ": " : "", q->one->en,
		       stands, more);
	asked.zh = zh;
	asked.en = en;
	asked.flags &= (uint16_t)~F_REQUIRED;
	while (code == CLIENT_DONE && again && !moot(t, q)) {
		char *text = NULL;

		(void)fault_say(&c->fault, FAULT_EDIT_LEFT, NULL, NULL, NULL);
		if (prompt_field(c, &asked, &text) != 0)
			return CLIENT_USAGE;
		code = judge(c, t, q, text, &again);
		free(text);
	}
	return code;
}

static int judge(struct client *c, struct talk *t, const struct question *q, char *text,
		 bool *again)
{
	bool none = strcmp(text, "-") == 0;
	struct mp_val answer;
	char *own = NULL;

	*again = false;
	c->fault = (struct fault){ .code = FAULT_NONE };
	if (text[0] == '\0' || (none && q->stands == NULL))
		return CLIENT_DONE;
	if (asprintf(&own, "%s%s", q->key, none ? "" : text) < 0)
		return no_memory(c);
	struct change change = { .name = q->field->name, .text = own };
	int code = edit_call(c, t->edit, &change, 1, true, &answer);

	if (code == CLIENT_REFUSED && field_names(q->field) && pick_possible(c)) {
		code = named(c, t->edit, q->field, &own);
		*again = code == CLIENT_DONE && own == NULL;
		if (*again)
			return CLIENT_DONE;
	}
	if (code == CLIENT_REFUSED && strcmp(c->fault.where, q->field->name) == 0) {
		(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		*again = true;
		free(own);
		return CLIENT_DONE;
	}
	if (code != CLIENT_DONE && code != CLIENT_REFUSED) {
		free(own);
		return code;
	}
	/* What is wrong only beside other fields is for all of them together. */
	return note(c, t->edit, q->field, own);
}

/* What a name stands for; NULL: nobody of the list. */
static int named(struct client *c, const struct edit *e, const struct field *field, char **text)
{
	struct mp_val answer;
	char *picked = NULL;
	int code = pick_field(c, e->kind, field, *text, &picked);

	if (code != CLIENT_DONE)
		return code;
	free(*text);
	*text = picked;
	struct change change = { .name = field->name, .text = picked };

	return picked == NULL ? CLIENT_DONE : edit_call(c, e, &change, 1, true, &answer);
}

/* Several answers to one field are lines of it. */
static int note(struct client *c, struct edit *e, const struct field *field, char *own)
{
	struct change *last = e->count > 0 ? &e->changes[e->count - 1] : NULL;
	char *joined = NULL;

	if (last == NULL || strcmp(last->name, field->name) != 0) {
		e->changes[e->count++] =
		    (struct change){ .name = field->name, .text = own, .own = own };
		return CLIENT_DONE;
	}
	int n = asprintf(&joined, "%s\n%s", last->own, own);

	free(own);
	if (n < 0)
		return no_memory(c);
	free(last->own);
	last->text = last->own = joined;
	return CLIENT_DONE;
}

/* Both are shown before anything is saved. */
static int settle(struct client *c, struct edit *e)
{
	bool yes = false;
	struct mp_val answer;
	int code =
	    e->count == 0 ? CLIENT_DONE : edit_call(c, e, e->changes, e->count, true, &answer);

	if (code == CLIENT_DONE && e->count > 0) {
		edit_both(c, answer, c->err);
		(void)fault_say(&c->fault, FAULT_EDIT_LEFT, NULL, NULL, NULL);
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
	edit_warn(c, answer);
	return CLIENT_DONE;
}
