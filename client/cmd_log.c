/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_log.c -- one verb per kind of the schema: what was typed goes to the node as text, the node
 * checks and keeps it.
 *
 * Nothing is judged here: the rules are the node's. On a terminal its answers drive the
 * conversation: what is missing is asked for, each answer is put before the node at once (`check`,
 * which saves nothing), what is wrong is said and asked again; off a terminal it is the fault. What
 * only the whole entry shows is told by the log itself, and asked again as well: a refused log
 * saved nothing. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/each.h"
#include "client/edit.h"
#include "client/flagged.h"
#include "client/gist.h"
#include "client/json_out.h"
#include "client/pick.h"
#include "client/prompt.h"
#include "protocol/entry.h"

enum { ASK_AGAIN_MAX = 32 };

struct typed { /* by index of the kind's fields */
	const char *text[FIELDS_MAX];
	char *own[FIELDS_MAX];
	const char *subject;
	char *own_subject;
	char ref[REF_TEXT_MAX]; /* of the subject; "" for none */
};

static void typed_take(struct typed *t, const struct kind *k, const struct args *a);
static int ask_subject(struct client *c, const struct args *a, struct typed *t);
static int subject_of(struct client *c, const struct args *a, const char *text,
		      char ref[REF_TEXT_MAX]);
static int pick_subject(struct client *c, const struct kind *k, struct typed *t);
static int pick_given(struct client *c, const struct kind *k, struct typed *t);
static int ask_instead(struct client *c, const struct args *a, struct typed *t);
static int ask_due(struct client *c, const struct args *a, struct typed *t, bool *asked);
static bool has_several(const struct kind *k, const struct typed *t, const struct field *one);
static int ask_fields(struct client *c, const struct kind *k, struct typed *t);
static int ask_each(struct client *c, const struct kind *k, struct typed *t);
static int ask_of_each(struct client *c, const struct kind *k, struct typed *t, size_t field);
static int typed_ask(struct client *c, const struct kind *k, struct typed *t, size_t field);
static int ask_until(struct client *c, const struct kind *k, struct typed *t, size_t field,
		     const struct field *asked);
static int typed_pick(struct client *c, const struct kind *k, struct typed *t, size_t field);
static int typed_check(struct client *c, const struct kind *k, const struct typed *t, size_t field);
static int log_asking(struct client *c, const struct args *a, struct typed *t);
static int log_each(struct client *c, const struct args *a, const struct typed *t,
		    const struct each *each);
static int log_once(struct client *c, const struct args *a, const struct typed *t, bool check,
		    struct mp_val *answer);
static size_t field_of_fault(const struct client *c, const struct kind *k);
static int log_told(struct client *c, struct mp_val answer);

int cmd_log(struct client *c, const struct args *a)
{
	const struct kind *k = a->cmd->kind;
	struct typed t = { .text = { NULL } };
	struct each each = { .count = 0 };
	bool asked = false;

	if (args_has(a, "again-as"))
		return edit_entry(c, a, args_get(a, "again-as"), k);
	typed_take(&t, k, a);
	int code = ask_subject(c, a, &t);
	if (code == CLIENT_DONE)
		code = pick_given(c, k, &t);
	if (code == CLIENT_DONE)
		code = ask_instead(c, a, &t);
	if (code == CLIENT_DONE)
		code = ask_due(c, a, &t, &asked);
	if (code == CLIENT_DONE && asked)
		code = ask_each(c, k, &t);
	if (code == CLIENT_DONE && each_take(&each, k, t.text, &c->fault) != 0)
		code = CLIENT_USAGE;
	if (code == CLIENT_DONE)
		code = each.count > 0 ? log_each(c, a, &t, &each) : log_asking(c, a, &t);
	each_fini(&each);
	for (size_t i = 0; i < k->count; i++)
		free(t.own[i]);
	free(t.own_subject);
	return code;
}

/* Log, and on a terminal ask again for what is refused. */
static int log_asking(struct client *c, const struct args *a, struct typed *t)
{
	const struct kind *k = a->cmd->kind;
	struct mp_val answer;
	int code = CLIENT_DONE;

	for (int tries = 0; code == CLIENT_DONE; tries++) {
		code = log_once(c, a, t, args_has(a, "check"), &answer);
		size_t field = field_of_fault(c, k);
		if (code != CLIENT_REFUSED || field == k->count || tries == ASK_AGAIN_MAX)
			break;
		code = typed_pick(c, k, t, field);
		if (code == CLIENT_DONE && t->text[field] != NULL)
			continue;
		if ((code != CLIENT_DONE && code != CLIENT_REFUSED) || !prompt_possible())
			return code;
		if (code == CLIENT_REFUSED)
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		code = typed_ask(c, k, t, field);
	}
	return code == CLIENT_DONE ? log_told(c, answer) : code;
}

/* A record for each: none is saved before the node has passed all, and each that is saved is told,
 * so that a power cut in the middle leaves no doubt. */
static int log_each(struct client *c, const struct args *a, const struct typed *t,
		    const struct each *each)
{
	bool json = c->format == FORMAT_JSON, only = args_has(a, "check");
	struct json_out all = json_out_array();
	int code = CLIENT_DONE, told = 0;

	for (int check = 1; check >= 0 && code == CLIENT_DONE; check--) {
		for (uint32_t n = 0; n < each->count && code == CLIENT_DONE; n++) {
			struct typed one = *t;
			struct mp_val answer;
			for (size_t i = 0; i < FIELDS_MAX; i++)
				one.text[i] =
				    each->parts[n][i] != NULL ? each->parts[n][i] : t->text[i];
			code = log_once(c, a, &one, check == 1, &answer);
			if (code != CLIENT_DONE || check != only)
				continue;
			told++;
			if (json)
				json_out_append(&all, json_out_of(answer, NULL));
			else if (!only || told == (int)each->count)
				code = log_told(c, answer);
		}
		if (only)
			break;
	}
	int printed = json && told > 0 ? json_out_print(c, &all) : CLIENT_DONE;

	json_out_fini(&all);
	return code != CLIENT_DONE ? code : printed;
}

static void typed_take(struct typed *t, const struct kind *k, const struct args *a)
{
	for (size_t i = 0; i < k->count; i++)
		t->text[i] = args_get(a, k->fields[i].name);
	t->subject = args_get(a, "subject");
}

/* Whom a change is about, before anything else is asked. On a terminal it is asked for until the
 * node knows it. */
static int ask_subject(struct client *c, const struct args *a, struct typed *t)
{
	bool ask = t->subject != NULL && strcmp(t->subject, "-") == 0;

	while (t->subject != NULL) {
		if (ask) {
			(void)fault_say(&c->fault, FAULT_OPTION_MISSING, "subject", "REF|NUMBER",
					NULL);
			free(t->own_subject);
			t->own_subject = NULL;
			if (prompt_line(c, say(c, "编号", "number"), &t->own_subject) != 0)
				return CLIENT_USAGE;
			t->subject = t->own_subject;
		}
		int code = subject_of(c, a, t->subject, t->ref);
		if (code == CLIENT_REFUSED && pick_possible(c))
			code = pick_subject(c, a->cmd->kind, t);
		if (code == CLIENT_DONE ? t->ref[0] != '\0'
					: code != CLIENT_REFUSED || !prompt_possible())
			return code;
		if (code == CLIENT_REFUSED)
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
		ask = true;
	}
	return CLIENT_DONE;
}

/* Whom no number names a name may; "" in t->ref: none was chosen. */
static int pick_subject(struct client *c, const struct kind *k, struct typed *t)
{
	struct fault before = c->fault;
	int code = pick_one(c, k, "--subject", bytes_str(t->subject), t->ref);

	if (code == CLIENT_REFUSED)
		c->fault = before;
	return code;
}

/* The text of a field is the struct's own from now on. */
static void typed_keep(struct typed *t, size_t field, char *text)
{
	free(t->own[field]);
	t->own[field] = text;
	t->text[field] = text;
}

/* Names among what was given become refs, before anything is asked. On a terminal a field of which
 * nobody was chosen is asked for. */
static int pick_given(struct client *c, const struct kind *k, struct typed *t)
{
	for (size_t i = 0; i < k->count; i++) {
		char *picked = NULL;
		if (t->text[i] == NULL || !pick_names(&k->fields[i], t->text[i]))
			continue;
		int code = pick_field(c, k, &k->fields[i], t->text[i], &picked);
		if (code == CLIENT_REFUSED && prompt_possible()) {
			(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
			code = CLIENT_DONE;
		}
		if (code == CLIENT_DONE && picked != NULL)
			typed_keep(t, i, picked);
		else if (code == CLIENT_DONE)
			code = typed_ask(c, k, t, i);
		if (code != CLIENT_DONE)
			return code;
		c->fault = (struct fault){ .code = FAULT_NONE };
	}
	return CLIENT_DONE;
}

/* A ref as it is, else the entity of this kind that people call so. */
static int subject_of(struct client *c, const struct args *a, const char *text,
		      char ref[REF_TEXT_MAX])
{
	struct params p = { .count = 0 };
	struct mp_val answer;
	struct mp_val entry;
	struct ref direct;

	if (ref_parse(bytes_str(text), &direct) == 0) {
		(void)ref_print(direct, ref);
		return CLIENT_DONE;
	}
	params_text(&p, "kind", a->cmd->kind->name);
	params_text(&p, "key", text);
	int code = client_call(c, "show", &p, &answer);
	if (code == CLIENT_REFUSED)
		fault_rename(&c->fault,
			     say(c, "要改的编号", "--subject")); /* nobody typed its key */
	if (code != CLIENT_DONE)
		return code;
	if (!answer_has(answer, "entry", &entry))
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "show", "entry", NULL);
	(void)bytes_cstr(answer_text(entry, "ref"), ref, REF_TEXT_MAX);
	return CLIENT_DONE;
}

/* What was given as `-`, in the order of the table. */
static int ask_instead(struct client *c, const struct args *a, struct typed *t)
{
	const struct kind *k = a->cmd->kind;

	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		int code = CLIENT_DONE;
		if (t->text[i] == NULL || strcmp(t->text[i], "-") != 0)
			continue; /* no field can mean a hyphen alone */
		(void)fault_say(&c->fault, FAULT_MISSING_FIELD, field->name, field->zh, NULL);
		if (prompt_possible())
			code = typed_ask(c, k, t, i);
		else if (prompt_line(c, say(c, field->zh, field->name), &t->own[i]) != 0)
			code = CLIENT_USAGE;
		if (code != CLIENT_DONE)
			return code;
		t->text[i] = t->own[i];
		c->fault = (struct fault){ .code = FAULT_NONE };
	}
	return CLIENT_DONE;
}

/* What the table says must be given: it is required, and nothing stands in for it. */
static bool is_due(const struct field *field)
{
	return (field->flags & F_REQUIRED) != 0 &&
	       (field->flags & (F_DEFAULT_TODAY | F_DEFAULT_HERE)) == 0;
}

/* Before the node is troubled: what is due and was not given. Who gave all that is due is asked
 * nothing, so that no script waits at a terminal; who did not is at a prompt anyway and is asked
 * for what makes the record worth keeping too. A change of something that exists needs only what
 * changes, and what is like another entry only what differs. */
static int ask_due(struct client *c, const struct args *a, struct typed *t, bool *asked)
{
	const struct kind *k = a->cmd->kind;
	size_t due = 0, more = 0;

	if (args_has(a, "subject") || args_has(a, "like"))
		return CLIENT_DONE;
	for (size_t i = k->count; i-- > 0;) {
		const struct field *field = &k->fields[i];
		bool given = t->text[i] != NULL;
		more += !given && !is_due(field) && (field->flags & F_ASKED) != 0;
		if (given || !is_due(field))
			continue;
		due++;
		(void)fault_say(&c->fault, FAULT_MISSING_FIELD, field->name, field->zh, NULL);
	}
	if (due == 0)
		return CLIENT_DONE;
	if (!prompt_possible())
		return CLIENT_USAGE;
	if (more > 0)
		prompt_explain(c);
	*asked = true;
	return ask_fields(c, k, t);
}

/* What is due or asked for and was not given, in the order of the table. */
static int ask_fields(struct client *c, const struct kind *k, struct typed *t)
{
	for (size_t n = 0; n < k->count; n++) {
		size_t i = field_shown(k, n);
		const struct field *field = &k->fields[i];
		if (t->text[i] != NULL || (!is_due(field) && (field->flags & F_ASKED) == 0))
			continue;
		if (!is_due(field) && has_several(k, t, field))
			continue; /* asked of each */
		int code = typed_ask(c, k, t, i);
		if (code != CLIENT_DONE)
			return code;
		if (t->text[i][0] == '\0') /* left out */
			t->text[i] = NULL;
		c->fault = (struct fault){ .code = FAULT_NONE };
	}
	return CLIENT_DONE;
}

static bool next_of(struct bytes *rest, struct bytes *part)
{
	do
		*part = bytes_part(rest, true);
	while (part->len == 0 && rest->len > 0);
	return part->len > 0;
}

/* The field in which each of several has its own of what `one` says of all; NULL: there is none. */
static const struct field *each_field(const struct kind *k, const struct field *one)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->fields[i].type == T_EACH && k->fields[i].min == one->tag)
			return &k->fields[i];
	return NULL;
}

static bool has_several(const struct kind *k, const struct typed *t, const struct field *one)
{
	const struct field *each = each_field(k, one);
	const char *of = each == NULL ? NULL : t->text[field_by_tag(k, each->of) - k->fields];
	struct bytes rest = bytes_str(of == NULL ? "" : of), part;

	return next_of(&rest, &part) && next_of(&rest, &part);
}

/* What is asked for and each of several has its own of, as what was seen at each household: unless
 * the same was said of all or of single ones already. */
static int ask_each(struct client *c, const struct kind *k, struct typed *t)
{
	int code = CLIENT_DONE;

	for (size_t i = 0; code == CLIENT_DONE && i < k->count; i++) {
		const struct field *one = &k->fields[i], *each = each_field(k, one);

		if (each == NULL || (one->flags & F_ASKED) == 0 || t->text[i] != NULL ||
		    t->text[each - k->fields] != NULL || !has_several(k, t, one))
			continue;
		code = ask_of_each(c, k, t, (size_t)(each - k->fields));
	}
	return code;
}

/* One field, for each of those that were named: an empty answer says nothing of this one. */
static int ask_of_each(struct client *c, const struct kind *k, struct typed *t, size_t field)
{
	const struct field *one = field_by_tag(k, (uint32_t)k->fields[field].min);
	const struct field *of = field_by_tag(k, k->fields[field].of);
	struct bytes whole = bytes_str(t->text[of - k->fields]), part;
	struct buf lines = { 0 };
	char who[192], zh[256], en[256];
	int code = CLIENT_DONE;

	while (code == CLIENT_DONE && next_of(&whole, &part)) {
		struct field asked = *one;
		struct typed answer = { .text = { NULL } };
		size_t at = (size_t)(one - k->fields);

		/* Half a character in a prompt would be no line to edit. */
		(void)bytes_cstr(pick_shown(c, part), who, sizeof(who));
		(void)snprintf(zh, sizeof(zh), "%s 的%s（回车跳过）", who, one->zh);
		(void)snprintf(en, sizeof(en), "%s: %s (Enter skips)", who, one->en);
		asked.zh = zh;
		asked.en = en;
		code = ask_until(c, k, &answer, at, &asked);
		if (code == CLIENT_DONE && answer.text[at][0] != '\0') {
			buf_put_bytes(&lines, part);
			buf_u8(&lines, '=');
			buf_put_bytes(&lines, bytes_str(answer.text[at]));
			buf_u8(&lines, '\n');
		}
		free(answer.own[at]);
	}
	if (code == CLIENT_DONE && lines.len > 0) {
		buf_u8(&lines, '\0');
		t->own[field] = lines.err == 0 ? strdup((const char *)lines.p) : NULL;
		t->text[field] = t->own[field];
		if (t->own[field] == NULL)
			code = client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
	}
	buf_fini(&lines);
	return code;
}

/* A name that the node does not know is picked. CLIENT_REFUSED: it cannot be, and the fault says
 * why the field is to be asked again. */
static int typed_pick(struct client *c, const struct kind *k, struct typed *t, size_t field)
{
	char *picked = NULL;

	if (!pick_possible(c))
		return CLIENT_REFUSED;
	struct fault before = c->fault;
	int code = pick_field(c, k, &k->fields[field], t->text[field], &picked);

	if (code == CLIENT_DONE && picked != NULL && strcmp(picked, t->text[field]) == 0) {
		free(picked); /* a number, with a slip in it */
		c->fault = before;
		return CLIENT_REFUSED;
	}
	if (code == CLIENT_DONE && picked != NULL)
		typed_keep(t, field, picked);
	else if (code == CLIENT_DONE) /* nobody of the list: again, without a word */
		t->text[field] = NULL;
	return code;
}

/* Ask for a field until the node has nothing against it. */
static int typed_ask(struct client *c, const struct kind *k, struct typed *t, size_t field)
{
	return ask_until(c, k, t, field, &k->fields[field]);
}

/* The same, called as `asked` is. */
static int ask_until(struct client *c, const struct kind *k, struct typed *t, size_t field,
		     const struct field *asked)
{
	for (;;) {
		char *text = NULL;
		if (prompt_field(c, asked, &text) != 0)
			return CLIENT_USAGE; /* end of input */
		typed_keep(t, field, text);
		int code = text[0] == '\0' ? CLIENT_DONE : typed_check(c, k, t, field);
		if (code == CLIENT_REFUSED && field_of_fault(c, k) == field)
			code = typed_pick(c, k, t, field);
		if (code == CLIENT_DONE && t->text[field] == NULL)
			continue;
		if (code != CLIENT_REFUSED || field_of_fault(c, k) != field)
			return code;
		(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
	}
}

/* What the node says of one field by itself. Others may be missing yet, or fit it badly: that is
 * for the log to say. But where nothing can be logged at all, nothing more is asked. */
static int typed_check(struct client *c, const struct kind *k, const struct typed *t, size_t field)
{
	const char *name = k->fields[field].name;
	struct params p = { .count = 0 };
	struct mp_val answer;

	params_text(&p, "kind", k->name);
	params_bool(&p, "check", true);
	if (t->ref[0] != '\0')
		params_text(&p, "subject", t->ref);
	struct buf *fields = params_value(&p, "fields");
	mp_put_map(fields, 1);
	mp_put_cstr(fields, name);
	mp_put_cstr(fields, t->text[field]);
	int code = client_call(c, "log", &p, &answer);
	bool stands = strcmp(c->fault.where, name) == 0 || c->fault.code == FAULT_NOT_ENROLLED;
	return code == CLIENT_REFUSED && !stands ? CLIENT_DONE : code;
}

static int log_once(struct client *c, const struct args *a, const struct typed *t, bool check,
		    struct mp_val *answer)
{
	const struct kind *k = a->cmd->kind;
	struct params p = { .count = 0 };
	uint32_t count = 0;

	c->fault = (struct fault){ .code = FAULT_NONE };
	if (t->ref[0] != '\0')
		params_text(&p, "subject", t->ref);
	for (size_t i = 0; i < k->count; i++)
		count += t->text[i] != NULL;
	params_text(&p, "kind", k->name);
	if (check)
		params_bool(&p, "check", true);
	if (args_has(a, "again"))
		params_bool(&p, "again", true);
	if (args_has(a, "like"))
		params_text(&p, "like", args_get(a, "like"));
	struct buf *fields = params_value(&p, "fields");
	mp_put_map(fields, count);
	for (size_t i = 0; i < k->count; i++) {
		if (t->text[i] == NULL)
			continue;
		mp_put_cstr(fields, k->fields[i].name);
		mp_put_cstr(fields, t->text[i]);
	}
	int code = client_call(c, "log", &p, answer);

	if (code == CLIENT_REFUSED && strcmp(c->fault.where, "like") == 0)
		fault_rename(&c->fault, "--like");
	return code;
}

/* The index of the field that the fault is about; k->count when it is about none. */
static size_t field_of_fault(const struct client *c, const struct kind *k)
{
	for (size_t i = 0; i < k->count; i++) {
		if (strcmp(c->fault.where, k->fields[i].name) == 0)
			return i;
	}
	return k->count;
}

static int log_told(struct client *c, struct mp_val answer)
{
	struct bytes ref = answer_text(answer, "ref");
	struct buf gist = { 0 };

	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	gist_put(c, answer, &gist);
	if (c->quiet)
		(void)fprintf(c->out, "%.*s\n", (int)ref.len, (const char *)ref.p);
	else
		(void)fprintf(c->out, "%s%.*s\n",
			      ref.len > 0 ? say(c, "已保存 ", "saved ")
					  : say(c, "检查通过，没有保存：",
						"All is right; nothing was saved: "),
			      (int)gist.len, (const char *)gist.p);
	flagged_tell(c, answer);
	buf_fini(&gist);
	return CLIENT_DONE;
}
