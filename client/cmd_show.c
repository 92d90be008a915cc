/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_show.c -- looking one thing up: an entry, a household, a division, an account. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/card.h"
#include "client/command.h"
#include "client/flagged.h"
#include "client/gist.h"
#include "client/history.h"
#include "client/json_out.h"
#include "client/pick.h"
#include "client/prompt.h"
#include "client/table.h"
#include "protocol/entry.h"

enum { SHOW_CHANGES = 10 };

static int show_number(struct client *c, const char *kind, const char *number,
		       struct mp_val *answer);
static int show_ref(struct client *c, const char *ref, struct mp_val *answer);
static int show_short(struct client *c, const char *word, struct mp_val *answer);
static int show_picked(struct client *c, const char *kind, const char *name, struct mp_val *answer);
static int show_told(struct client *c, struct mp_val answer, bool changes);
static void show_entry(const struct client *c, struct sheet *s, struct mp_val answer,
		       struct mp_val entry);
static void show_fields(const struct client *c, struct sheet *s, const struct kind *k,
			struct mp_val fields, struct mp_val entry);
static void show_more(const struct client *c, struct sheet *s, const struct kind *k,
		      struct mp_val answer);
static int show_history(struct client *c, const struct kind *k, struct mp_val answer,
			struct mp_val entry, bool changes);
static void show_about(const struct client *c, struct mp_val answer, const struct kind *own);
static const struct kind *kind_of(struct mp_val entry);

static int lacking(struct client *c, struct mp_val answer)
{
	return client_lacking(c, (uint64_t)answer_int(answer, "pending"));
}

static int show_one(struct client *c, const struct args *a, const char *what)
{
	static const char *const fen_members[] = { "sum", "total", "in", "out", "balance", NULL };
	const char *kind = args_get(a, "kind");
	struct mp_val answer;
	struct ref ref;
	int code;

	if (ref_parse(bytes_str(what), &ref) == 0) {
		code = show_ref(c, what, &answer);
	} else {
		code = show_number(c, kind != NULL ? kind : "household", what, &answer);
		if (code == CLIENT_REFUSED && kind == NULL && c->fault.rc == BF_ENOTFOUND) {
			struct fault first = c->fault;
			code = show_number(c, "member", what, &answer);
			if (code == CLIENT_REFUSED)
				c->fault = first;
			if (code == CLIENT_REFUSED)
				code = show_short(c, what, &answer);
		}
		if (code == CLIENT_REFUSED && pick_possible(c))
			code = show_picked(c, kind, what, &answer);
	}
	if (code != CLIENT_DONE)
		return code;
	code = c->format == FORMAT_JSON ? json_out_answer(c, answer, fen_members)
					: show_told(c, answer, args_has(a, "changes"));
	return code != CLIENT_DONE ? code : lacking(c, answer);
}

static int show_ref(struct client *c, const char *ref, struct mp_val *answer)
{
	struct params p = { .count = 0 };

	params_text(&p, "ref", ref);
	return client_call(c, "show", &p, answer);
}

/* "57" and "last", as void and edit take them. With a 0 in front it is part of a longer number.
 * What is none of these leaves the fault as it was. */
static int show_short(struct client *c, const char *word, struct mp_val *answer)
{
	struct fault before = c->fault;
	int code = word[0] == '0' ? CLIENT_REFUSED : show_ref(c, word, answer);

	if (code == CLIENT_REFUSED && c->fault.code != FAULT_LAST_NONE &&
	    c->fault.code != FAULT_LAST_FAR)
		c->fault = before;
	return code;
}

/* Whom no number names a name may: of the kind that was asked for, else a household, then an
 * activity. Not one of those that several fit is told as nobody's. */
static int show_picked(struct client *c, const char *kind, const char *name, struct mp_val *answer)
{
	const uint16_t kinds[] = { KIND_HOUSEHOLD, KIND_ACTIVITY };
	const struct kind *asked = kind != NULL ? kind_by_name(bytes_str(kind)) : NULL;
	struct fault before = c->fault;
	char ref[REF_TEXT_MAX] = "";
	int code = CLIENT_REFUSED;

	for (size_t i = 0; code == CLIENT_REFUSED && i < (kind != NULL ? 1 : 2); i++)
		code = pick_one(c, asked != NULL ? asked : kind_by_id(kinds[i]), "REF|NUMBER",
				bytes_str(name), ref);
	if (code == CLIENT_REFUSED || (code == CLIENT_DONE && ref[0] == '\0')) {
		c->fault = before;
		return CLIENT_REFUSED;
	}
	if (code != CLIENT_DONE)
		return code;
	return show_ref(c, ref, answer);
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

static int show_told(struct client *c, struct mp_val answer, bool changes)
{
	struct sheet s = { .row_count = 0 };
	struct mp_val entry, state, card, names;

	if (c->format == FORMAT_TABLE && answer_has(answer, "card", &card) &&
	    answer_has(answer, "state", &state))
		return card_told(c, answer, changes);

	if (!answer_has(answer, "entry", &entry))
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "show", "entry", NULL);
	const struct kind *k = kind_of(entry);

	sheet_facts(c, &s);
	show_entry(c, &s, answer, entry);
	if (answer_has(answer, "state", &state))
		show_fields(c, &s, k, state, answer_has(answer, "names", &names) ? answer : entry);
	else if (answer_has(entry, "fields", &state))
		show_fields(c, &s, k, state, entry);
	show_more(c, &s, k, answer);
	int code = sheet_print(c, &s);
	sheet_fini(&s);
	if (code != CLIENT_DONE || c->format != FORMAT_TABLE)
		return code;
	code = show_history(c, k, answer, entry, changes);
	if (code == CLIENT_DONE)
		show_about(c, answer, k);
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

/* Where it is stands among its fields: of what can be changed, as it is now. */
static bool placed(const struct kind *k, struct mp_val answer, struct mp_val entry)
{
	const struct field *place = k == NULL ? NULL : field_by_tag(k, k->place);
	struct mp_val fields;
	bool has = answer_has(answer, "state", &fields) || answer_has(entry, "fields", &fields);

	return has && place != NULL && answer_text(fields, place->name).len > 0;
}

static void show_entry(const struct client *c, struct sheet *s, struct mp_val answer,
		       struct mp_val entry)
{
	const struct kind *k = kind_of(entry);
	char saved[TIME_TEXT_MAX];
	struct mp_val flaw;

	sheet_fact(s, say(c, "记录号", "ref"), answer_text(entry, "ref"));
	sheet_fact(s, say(c, "种类", "kind"),
		   k != NULL ? bytes_str(say(c, k->zh, k->name)) : answer_text(entry, "kind"));
	if (!placed(k, answer, entry))
		sheet_fact(s, say(c, "地点", "place"), answer_text(entry, "division_name"));
	sheet_fact(s, say(c, "记录人", "author"), answer_text(entry, "author"));
	sheet_fact(s, say(c, "保存时间", "saved"),
		   bytes_str(time_text(answer_int(entry, "saved_ms"), saved)));
	if (answer_bool(entry, "voided")) {
		struct buf text = { 0 };
		history_voided(c, answer, &text);
		sheet_fact(s, say(c, "状态", "state"),
			   text.len > 0 ? buf_bytes(&text) : bytes_str(say(c, "已作废", "void")));
		buf_fini(&text);
	}
	struct buf flags = { 0 };
	flagged_put(c, entry, true, &flags);
	if (flags.len > 0)
		sheet_fact(s, say(c, "提示", "warning"), buf_bytes(&flags));
	if (flags.err != 0)
		s->err = flags.err;
	buf_fini(&flags);
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
		const struct field *field = &k->fields[field_shown(k, i)];
		struct bytes text = answer_text(fields, field->name);
		bool any = field->type == T_REF && field->of == 0; /* told by show_more */
		if (text.len == 0 || any)
			continue;
		buf_clear(&shown);
		answer_value(c, field, entry, text, &shown);
		struct bytes name =
		    answer_text(entry, "division_name"); /* of an entry, not of a state */
		if (field->tag == k->place && name.len > 0) {
			buf_u8(&shown, ' ');
			buf_put_bytes(&shown, name);
		}
		sheet_fact(s, say(c, field->zh, field->name), buf_bytes(&shown));
	}
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
}

/* What follows from others: how old the person is, what a void made void. */
static void show_more(const struct client *c, struct sheet *s, const struct kind *k,
		      struct mp_val answer)
{
	struct mp_val age, voids;

	if (answer_has(answer, "age", &age))
		sheet_fact_int(s, say(c, "年龄", "age"), answer_int(answer, "age"));
	if (k == NULL || k->id != KIND_VOID)
		return;
	const struct field *target = field_by_tag(k, k->about[0]);
	struct buf text = { 0 };

	if (answer_has(answer, "voids", &voids))
		gist_put(c, voids, &text);
	else
		buf_put_bytes(&text, bytes_str(say(c, "（本机没有这条记录）", "(not here)")));
	sheet_fact(s, say(c, target->zh, target->name), buf_bytes(&text));
	if (text.err != 0)
		s->err = text.err;
	buf_fini(&text);
}

static int show_history(struct client *c, const struct kind *k, struct mp_val answer,
			struct mp_val entry, bool changes)
{
	struct bytes ref = answer_text(entry, "ref");
	char all[128];
	bool cut = false;

	if (k == NULL)
		return CLIENT_DONE;
	(void)snprintf(all, sizeof(all), "bangfu show %.*s --changes", (int)ref.len,
		       (const char *)ref.p);
	int code = history_changes(c, k, answer, changes ? UINT32_MAX : SHOW_CHANGES,
				   changes ? NULL : all, &cut);

	if (cut)
		table_cut(c);
	return code;
}

/* What concerns it, a line each, the latest first. A version is told by what it changed, above. */
static void show_about(const struct client *c, struct mp_val answer, const struct kind *own)
{
	struct mp_rd r = answer_items(answer, "about");
	struct mp_val entry, unused;
	bool versions = own != NULL && own->versioned && answer_has(answer, "state", &unused);
	bool voided = answer_has(answer, "voided", &unused), any = false;

	while (answer_next(&r, &entry)) {
		const struct kind *k = kind_of(entry);
		bool told = versions && k == own && !answer_bool(entry, "voided");
		struct buf line = { 0 };
		if (told || (voided && k != NULL && k->id == KIND_VOID))
			continue;
		if (!any)
			(void)fprintf(c->out, "%s\n", say(c, "有关的记录：", "What concerns it:"));
		any = true;
		gist_put(c, entry, &line);
		(void)fprintf(c->out, "  %.*s%s\n", (int)line.len, (const char *)line.p,
			      answer_bool(entry, "voided") ? say(c, "（已作废）", " (void)") : "");
		buf_fini(&line);
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

/* The account of a household that was given by name. */
static int balance_picked(struct client *c, const char *text, struct mp_val *answer)
{
	struct fault before = c->fault;
	struct params p = { .count = 0 };
	char *account = NULL;
	int code = pick_account(c, "ACCOUNT", text, &account);

	if (code == CLIENT_REFUSED || (code == CLIENT_DONE && account == NULL)) {
		c->fault = before;
		return CLIENT_REFUSED;
	}
	if (code != CLIENT_DONE)
		return code;
	params_text(&p, "account", account);
	free(account);
	return client_call(c, "balance", &p, answer);
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
	if (code == CLIENT_REFUSED && pick_possible(c))
		code = balance_picked(c, a->words[0], &answer);
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
