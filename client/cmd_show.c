/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c -- looking one thing up: an entry, a household, a division, an account; and making an
 * entry void. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/gist.h"
#include "client/json_out.h"
#include "client/prompt.h"
#include "protocol/entry.h"

static int show_number(struct client *c, const char *kind, const char *number,
		       struct mp_val *answer);
static int show_told(struct client *c, struct mp_val answer);
static void show_entry(const struct client *c, struct sheet *s, struct mp_val entry);
static void show_fields(const struct client *c, struct sheet *s, const struct kind *k,
			struct mp_val fields, struct mp_val entry);
static void show_brief(const struct client *c, const struct kind *k, struct mp_val entry);
static bool show_field(const struct client *c, const struct field *field, const char *label,
		       struct mp_val entry, struct mp_val fields);
static void show_about(const struct client *c, struct mp_val answer);
static const struct kind *kind_of(struct mp_val entry);

static int lacking(struct client *c, struct mp_val answer)
{
	return client_lacking(c, (uint64_t)answer_int(answer, "pending"));
}

static int show_one(struct client *c, const struct args *a, const char *what)
{
	const char *kind = args_get(a, "kind");
	struct mp_val answer;
	struct ref ref;
	int code;

	if (ref_parse(bytes_str(what), &ref) == 0) {
		struct params p = { .count = 0 };
		params_text(&p, "ref", what);
		code = client_call(c, "show", &p, &answer);
	} else {
		code = show_number(c, kind != NULL ? kind : "household", what, &answer);
		if (code == CLIENT_REFUSED && kind == NULL && c->fault.rc == BF_ENOTFOUND) {
			struct fault first = c->fault;
			code = show_number(c, "member", what, &answer);
			if (code == CLIENT_REFUSED)
				c->fault = first;
		}
	}
	if (code != CLIENT_DONE)
		return code;
	code = c->format == FORMAT_JSON ? json_out_answer(c, answer, NULL) : show_told(c, answer);
	return code != CLIENT_DONE ? code : lacking(c, answer);
}

int cmd_show(struct client *c, const struct args *a)
{
	char *asked = NULL;

	if (strcmp(a->words[0], "-") != 0)
		return show_one(c, a, a->words[0]);
	int rc = prompt_word(c, say(c, "编号或证件号码", "number"), &asked);

	if (rc != 0 && c->fault.code != FAULT_NONE)
		return CLIENT_USAGE;
	if (rc != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_WORD_MISSING, "show", "REF|NUMBER", NULL);
	int code = show_one(c, a, asked);

	free(asked);
	return code;
}

static int show_number(struct client *c, const char *kind, const char *number,
		       struct mp_val *answer)
{
	struct params p = { .count = 0 };

	params_text(&p, "kind", kind);
	params_text(&p, "key", number);
	return client_call(c, "show", &p, answer);
}

static int show_told(struct client *c, struct mp_val answer)
{
	struct sheet s = { .row_count = 0 };
	struct mp_val entry;
	struct mp_val state;

	if (!answer_has(answer, "entry", &entry))
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "show", "entry", NULL);
	sheet_facts(c, &s);
	show_entry(c, &s, entry);
	if (answer_has(answer, "state", &state))
		show_fields(c, &s, kind_of(entry), state, entry);
	else if (answer_has(entry, "fields", &state))
		show_fields(c, &s, kind_of(entry), state, entry);
	int code = sheet_print(c, &s);
	sheet_fini(&s);
	if (code == CLIENT_DONE && c->format == FORMAT_TABLE)
		show_about(c, answer);
	return code;
}

static const struct kind *kind_of(struct mp_val entry)
{
	return kind_by_name(answer_text(entry, "kind"));
}

/* What can be said of a body that is none. Not what stands there: it may be a person's. */
static void show_flaw(const struct client *c, struct sheet *s, const struct kind *k,
		      struct mp_val flaw)
{
	bool bound = bytes_equal(answer_text(flaw, "breaks"), bytes_str("bound"));
	struct bytes name = answer_text(flaw, "field");
	const struct field *field = k == NULL ? NULL : field_by_name(k, name);

	sheet_fact(s, say(c, "状态", "state"),
		   bytes_str(say(
		       c,
		       "内容不合格式：原样保存，不计入任何统计、名单和账目。写这条记录的程序有错，"
		       "或比本机的新",
		       "malformed: kept as it is, and counts in no total, list or balance. The "
		       "program that wrote it is wrong, or newer than the one here")));
	if (field != NULL)
		name = bytes_str(say(c, field->zh, field->name));
	if (name.len > 0)
		sheet_fact(s, say(c, "出错的栏", "field at fault"), name);
	sheet_fact(s, say(c, "原因", "why"),
		   bytes_str(bound ? say(c, "超出范围", "out of its bounds")
				   : say(c, "类型或写法不对", "of another type or form")));
	sheet_fact_int(s, say(c, "字节数", "bytes"), answer_int(flaw, "bytes"));
	sheet_fact(s, "BLAKE2b-256", answer_text(flaw, "hash"));
}

static void show_entry(const struct client *c, struct sheet *s, struct mp_val entry)
{
	const struct kind *k = kind_of(entry);
	char saved[TIME_TEXT_MAX];
	struct mp_val flaw;

	sheet_fact(s, say(c, "记录号", "ref"), answer_text(entry, "ref"));
	sheet_fact(s, say(c, "种类", "kind"),
		   k != NULL ? bytes_str(say(c, k->zh, k->name)) : answer_text(entry, "kind"));
	sheet_fact(s, say(c, "地点", "place"), answer_text(entry, "division_name"));
	sheet_fact(s, say(c, "记录人", "author"), answer_text(entry, "author"));
	sheet_fact(s, say(c, "保存时间", "saved"),
		   bytes_str(time_text(answer_int(entry, "saved_ms"), saved)));
	if (answer_bool(entry, "voided"))
		sheet_fact(s, say(c, "状态", "state"), bytes_str(say(c, "已作废", "void")));
	if (answer_has(entry, "malformed", &flaw))
		show_flaw(c, s, k, flaw);
}

static void show_fields(const struct client *c, struct sheet *s, const struct kind *k,
			struct mp_val fields, struct mp_val entry)
{
	struct buf shown = { 0 };

	if (k == NULL) { /* a newer node's kind: its own names will do */
		answer_facts(fields, "", s);
		return;
	}
	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		struct bytes text = answer_text(fields, field->name);
		if (text.len == 0)
			continue;
		buf_clear(&shown);
		answer_value(c, field, entry, text, &shown);
		sheet_fact(s, say(c, field->zh, field->name), buf_bytes(&shown));
	}
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
}

/* What an entry is about in a few words: what it is called, its dimensions, and what it adds up. An
 * edit that changes none of these is told by what it changes. */
static void show_brief(const struct client *c, const struct kind *k, struct mp_val entry)
{
	uint8_t tags[] = { k->called[0], k->called[1], k->dims[0], k->dims[1], k->sum };
	struct mp_val fields;
	bool said = false;

	if (!answer_has(entry, "fields", &fields))
		return;
	for (size_t i = 0; i < sizeof(tags); i++) {
		const struct field *field = tags[i] == 0 ? NULL : field_by_tag(k, tags[i]);
		if (field != NULL && !field_names(field))
			said = show_field(c, field, "", entry, fields) || said;
	}
	for (size_t i = 0; !said && i < k->count; i++)
		(void)show_field(c, &k->fields[i], say(c, k->fields[i].zh, k->fields[i].name),
				 entry, fields);
}

/* False when the entry says nothing of the field. */
static bool show_field(const struct client *c, const struct field *field, const char *label,
		       struct mp_val entry, struct mp_val fields)
{
	struct bytes text = answer_text(fields, field->name);
	struct buf shown = { 0 };

	if (text.len == 0)
		return false;
	answer_value(c, field, entry, text, &shown);
	(void)fprintf(c->out, "  %s%s", label, label[0] != '\0' ? " " : "");
	answer_print(c, buf_bytes(&shown));
	if (field->type == T_FEN)
		(void)fprintf(c->out, " %s", say(c, "元", "yuan"));
	buf_fini(&shown);
	return true;
}

static void show_about(const struct client *c, struct mp_val answer)
{
	struct mp_rd r = answer_items(answer, "about");
	struct mp_val entry;

	if (r.left > 0)
		(void)fprintf(c->out, "%s\n", say(c, "有关的记录：", "What concerns it:"));
	while (answer_next(&r, &entry)) {
		const struct kind *k = kind_of(entry);
		struct bytes day = answer_text(entry, "day");
		struct bytes ref = answer_text(entry, "ref");
		(void)fprintf(c->out, "  %.*s  %s  %.*s", (int)ref.len, (const char *)ref.p,
			      k != NULL ? say(c, k->zh, k->name) : "?", (int)day.len,
			      (const char *)day.p);
		if (k != NULL)
			show_brief(c, k, entry);
		(void)fprintf(c->out, "%s\n",
			      answer_bool(entry, "voided") ? say(c, "（已作废）", " (void)") : "");
	}
}

int cmd_place(struct client *c, const struct args *a)
{
	struct params p = { .count = 0 };
	struct mp_val answer;
	struct mp_val child;

	params_text(&p, "text", a->words[0]);
	int code = client_call(c, "place", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	struct sheet s = { .row_count = 0 };
	(void)sheet_column(&s, "code", say(c, "区划代码", "code"), false, true);
	(void)sheet_column(&s, "name", say(c, "名称", "name"), false, true);
	sheet_give(&s, 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	struct bytes path = answer_text(answer, "path");
	if (c->format == FORMAT_TABLE) {
		struct bytes number = answer_text(answer, "code");
		(void)fprintf(c->out, "%.*s %.*s\n", (int)number.len, (const char *)number.p,
			      (int)path.len, (const char *)path.p);
	}
	struct mp_rd r = answer_items(answer, "children");
	while (answer_next(&r, &child)) {
		sheet_row(&s);
		sheet_text(&s, 0, answer_text(child, "code"));
		sheet_text(&s, 1, answer_text(child, "name"));
	}
	code = sheet_print(c, &s);
	sheet_fini(&s);
	return code;
}

int cmd_balance(struct client *c, const struct args *a)
{
	static const char *const fen_members[] = { "in", "out", "balance", NULL };
	const struct field *field = field_by_name(kind_by_id(KIND_FUND), BYTES_LIT("from"));
	struct params p = { .count = 0 };
	struct sheet s = { .row_count = 0 };
	struct buf account = { 0 };
	struct mp_val answer;

	params_text(&p, "account", a->words[0]);
	int code = client_call(c, "balance", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON) {
		code = json_out_answer(c, answer, fen_members);
		return code != CLIENT_DONE ? code : lacking(c, answer);
	}
	(void)sheet_column(&s, "account", say(c, "账户", "account"), false, true);
	(void)sheet_column(&s, "in", say(c, "收入", "in"), true, true);
	(void)sheet_column(&s, "out", say(c, "支出", "out"), true, true);
	(void)sheet_column(&s, "balance", say(c, "余额", "balance"), true, true);
	(void)sheet_column(&s, "count", say(c, "笔数", "movements"), true, true);
	sheet_give(&s, 0, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	for (uint32_t i = 1; i <= 3; i++)
		sheet_money(c, &s, i);
	sheet_row(&s);
	answer_value(c, field, answer, answer_text(answer, "account"), &account);
	sheet_text(&s, 0, buf_bytes(&account));
	buf_fini(&account);
	sheet_fen(&s, 1, answer_int(answer, "in"));
	sheet_fen(&s, 2, answer_int(answer, "out"));
	sheet_fen(&s, 3, answer_int(answer, "balance"));
	sheet_int(&s, 4, answer_int(answer, "count"));
	code = sheet_print(c, &s);
	if (code == CLIENT_DONE)
		code = lacking(c, answer);
	sheet_fini(&s);
	return code;
}

int cmd_void(struct client *c, const struct args *a)
{
	const char *reason = args_get(a, "reason");
	struct params p = { .count = 0 };
	struct mp_val answer;

	if (reason == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_MISSING, "reason",
				   say(c, "作废的原因", "why it is void"), NULL);
	params_text(&p, "ref", a->words[0]);
	params_text(&p, "reason", reason);
	int code = client_call(c, "void", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	struct bytes ref = answer_text(answer, "ref");
	struct buf gist = { 0 };
	struct mp_val entry;
	if (answer_has(answer, "entry", &entry))
		gist_put(c, entry, &gist);
	else
		buf_put_bytes(&gist, bytes_str(a->words[0]));
	if (c->quiet)
		(void)fprintf(c->out, "%.*s\n", (int)ref.len, (const char *)ref.p);
	else
		(void)fprintf(c->out,
			      say(c, "已作废 %.*s（作废记录 %.*s）。原文保留，不再计入合计。\n",
				  "void: %.*s (by entry %.*s). It is kept and counts no more.\n"),
			      (int)gist.len, (const char *)gist.p, (int)ref.len,
			      (const char *)ref.p);
	buf_fini(&gist);
	return CLIENT_DONE;
}
