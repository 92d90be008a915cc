/* SPDX-License-Identifier: Apache-2.0 */
/* complete.c -- see complete.h. */
#include "client/complete.h"

#include <stdio.h>

#include "client/answer.h"
#include "protocol/codes.h"
#include "protocol/look.h"

static void put_codes(const struct client *c, const struct code_list *list, struct bytes typed,
		      struct hints *words);
static void put_code(const struct client *c, const struct code *code, struct bytes typed,
		     struct hints *words);
static void put_account(struct client *c, struct bytes typed, struct hints *words);
static void put_yes_no(const struct client *c, struct hints *words);
static size_t last_part(struct bytes typed);

void complete_field(struct client *c, const struct field *field, struct bytes typed, size_t *from,
		    struct hints *words)
{
	bool several =
	    field->type == T_REFS || field->type == T_CODES || (field->flags & F_EACH) != 0;
	const struct kind *named = field_named(field);

	*from = several ? last_part(typed) : 0;
	typed = bytes_of(typed.p + *from, typed.len - *from);
	if (field->type == T_ACCOUNT)
		put_account(c, typed, words);
	else if (field->list != NULL)
		put_codes(c, field->list, typed, words);
	else if (field->type == T_DIVISION)
		complete_place(c, typed, words);
	else if (field->type == T_BOOL)
		put_yes_no(c, words);
	else if (named != NULL)
		complete_named(c, named->name, typed, words);
	else if ((field->flags & (F_EACH | F_KEY)) == (F_EACH | F_KEY))
		complete_named(c, kind_by_id(KIND_SERVICE)->name, typed, words);
}

/* Where the part behind the last comma begins, and behind the blanks after it. */
static size_t last_part(struct bytes typed)
{
	static const char *const commas[] = { ",", "，", "、", ";", "；", " " };
	size_t at = 0;

	for (size_t i = 0; i < typed.len; i++) {
		for (size_t n = 0; n < sizeof(commas) / sizeof(commas[0]); n++) {
			struct bytes comma = bytes_str(commas[n]);
			if (i + comma.len <= typed.len &&
			    bytes_equal(bytes_of(typed.p + i, comma.len), comma))
				at = i + comma.len;
		}
	}
	return at;
}

/* ---- from the schema ---- */

static void put_codes(const struct client *c, const struct code_list *list, struct bytes typed,
		      struct hints *words)
{
	for (size_t i = 0; i < list->count; i++)
		put_code(c, &list->codes[i], typed, words);
}

static bool begins(const char *word, struct bytes with)
{
	struct bytes text = bytes_str(word);

	return text.len >= with.len && bytes_equal(bytes_of(text.p, with.len), with);
}

static void put_code(const struct client *c, const struct code *code, struct bytes typed,
		     struct hints *words)
{
	struct bytes zh = bytes_str(code->zh), en = bytes_str(code->en);
	struct look look;
	char number[8];

	(void)snprintf(number, sizeof(number), "%u", code->code);
	bool own = typed.len == 0 || bytes_equal(typed, bytes_str(number));

	if (begins(code->zh, typed) && (c->lang == 'z' || !own))
		hints_put(words, zh, en);
	else if (begins(code->en, typed))
		hints_put(words, en, zh);
	else if (own || (look_take(&look, typed) == 0 && look_name(&look, zh) <= LOOK_EDGE))
		hints_put(words, c->lang == 'z' ? zh : en, c->lang == 'z' ? en : zh);
}

static void put_yes_no(const struct client *c, struct hints *words)
{
	hints_put(words, bytes_str(say(c, "是", "yes")), bytes_of(NULL, 0));
	hints_put(words, bytes_str(say(c, "否", "no")), bytes_of(NULL, 0));
}

/* ---- from the node ---- */

/* A question whose failure nobody hears of. */
static bool asked(struct client *c, const char *method, struct params *p, struct mp_val *answer)
{
	struct fault before = c->fault;
	bool there = c->conn.fd >= 0 && client_call(c, method, p, answer) == CLIENT_DONE;

	if (c->conn.fd < 0)
		params_fini(p);
	c->fault = before;
	return there;
}

static void put_two(struct buf *out, struct bytes a, struct bytes b)
{
	buf_put_bytes(out, a);
	buf_put_bytes(out, bytes_str(a.len > 0 && b.len > 0 ? "  " : ""));
	buf_put_bytes(out, b);
}

/* By its number, as people write it; what has none by its name, and whom that would show by the
 * ref. */
static void put_found(struct mp_val row, struct hints *words)
{
	const struct kind *k = kind_by_name(answer_text(row, "kind"));
	const struct field *name = k != NULL ? field_by_tag(k, k->called[0]) : NULL;
	struct bytes text = answer_text(row, "number");
	struct buf note = { 0 };

	if (text.len == 0 && name != NULL && (name->flags & F_PERSONAL) == 0)
		text = answer_text(row, "name");
	if (text.len == 0 ||
	    (k != NULL && k->id == KIND_MEMBER)) /* 人口编号 names nobody to the node */
		text = answer_text(row, "ref");
	put_two(&note, answer_text(row, "name"), answer_text(row, "division_name"));
	if (note.err == 0 && text.len > 0)
		hints_put(words, text, buf_bytes(&note));
	buf_fini(&note);
}

void complete_named(struct client *c, const char *kind, struct bytes typed, struct hints *words)
{
	struct params p = { .count = 0 };
	struct mp_val answer, row;

	if (typed.len == 0)
		return;
	params_bytes(&p, "text", typed);
	params_text(&p, "kind", kind);
	params_uint(&p, "limit", COMPLETE_FOUND_MAX);
	if (!asked(c, "find", &p, &answer))
		return;
	for (struct mp_rd r = answer_items(answer, "rows"); answer_next(&r, &row);)
		put_found(row, words);
	words->more = words->more || answer_text(answer, "after").len > 0;
}

/* By its name; where several are called so, with that of the place around it in front. */
void complete_place(struct client *c, struct bytes typed, struct hints *words)
{
	struct params p = { .count = 0 };
	struct mp_val answer, row;

	if (typed.len == 0)
		return;
	params_bytes(&p, "text", typed);
	params_bool(&p, "begins", true);
	if (!asked(c, "place", &p, &answer))
		return;
	for (struct mp_rd r = answer_items(answer, "places"); answer_next(&r, &row);)
		hints_put(words, answer_text(row, "written"), answer_text(row, "path"));
	words->more = words->more || answer_bool(answer, "more");
}

/* An outside party, a household behind its colon, or a place. */
static void put_account(struct client *c, struct bytes typed, struct hints *words)
{
	static const char *const heads[] = { "户:", "户：", "household:" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		struct bytes head = bytes_str(heads[i]);
		struct hints found = { .count = 0 };

		if (typed.len < head.len || !bytes_equal(bytes_of(typed.p, head.len), head))
			continue;
		complete_named(c, kind_by_id(KIND_HOUSEHOLD)->name,
			       bytes_of(typed.p + head.len, typed.len - head.len), &found);
		for (size_t n = 0; n < found.count; n++) {
			struct buf whole = { 0 };
			buf_put_bytes(&whole, head);
			buf_put_bytes(&whole, found.rows[n].text);
			hints_put(words, buf_bytes(&whole), found.rows[n].note);
			buf_fini(&whole);
		}
		words->more = words->more || found.more;
		hints_fini(&found);
		return;
	}
	put_codes(c, &list_party, typed, words);
	complete_place(c, typed, words);
}
