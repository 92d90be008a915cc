/* SPDX-License-Identifier: Apache-2.0 */
/* card.c -- see card.h. The fields it picks out are named here; their words are the schema's. */
#include "client/card.h"

#include <string.h>

#include "client/answer.h"
#include "client/history.h"
#include "client/shown.h"
#include "client/table.h"
#include "protocol/money.h"

struct card {
	struct client *c;
	struct mp_val answer, entry, state, card;
	const struct kind *kind;
	char key[64];    /* by which a command finds the household */
	struct buf rest; /* kinds of which there is more than the card has */
	bool cut;
	int err; /* of a line that could not be made */
};

static void card_head(struct card *k);
static void card_facts(struct card *k);
static int card_members(struct card *k, bool left);
static int card_visits(struct card *k);
static int card_aid(struct card *k);
static void card_funds(struct card *k);
static int card_changes(struct card *k, bool all);
static void card_rest(struct card *k);

int card_told(struct client *c, struct mp_val answer, bool changes)
{
	struct card k = { .c = c, .answer = answer };

	(void)answer_has(answer, "card", &k.card);
	if (!answer_has(answer, "entry", &k.entry) || !answer_has(answer, "state", &k.state))
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "show", "state", NULL);
	k.kind = kind_by_name(answer_text(k.entry, "kind"));
	const struct field *number = field_by_tag(k.kind, k.kind->text_key);
	struct bytes key = answer_text(k.state, number->name);
	bool masked = key.len == 0 || key.len >= sizeof(k.key) || memchr(key.p, '*', key.len);

	(void)bytes_cstr(masked ? answer_text(k.entry, "ref") : key, k.key, sizeof(k.key));
	card_head(&k);
	card_facts(&k);
	int code = card_members(&k, false);
	if (code == CLIENT_DONE)
		code = card_members(&k, true);
	if (code == CLIENT_DONE)
		code = card_visits(&k);
	if (code == CLIENT_DONE)
		code = card_aid(&k);
	if (code == CLIENT_DONE)
		card_funds(&k);
	if (code == CLIENT_DONE)
		code = card_changes(&k, changes);
	if (code == CLIENT_DONE)
		card_rest(&k);
	if (code == CLIENT_DONE && (k.err != 0 || k.rest.err != 0))
		code = client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "show",
				   bf_error_name(BF_ENOMEM), NULL);
	buf_fini(&k.rest);
	return code;
}

/* ---- what it is ---- */

static void print(struct card *k, const struct buf *text)
{
	struct buf line = { 0 };

	shown_put(&line, buf_bytes(text));
	buf_u8(&line, '\n');
	if (text->err != 0 || line.err != 0)
		k->err = BF_ENOMEM;
	else
		answer_print(k->c, buf_bytes(&line));
	buf_fini(&line);
}

static void put(struct buf *out, const char *text)
{
	buf_put_bytes(out, bytes_str(text));
}

static const char *words(const struct card *k, const struct field *field)
{
	return say(k->c, field->zh, field->name);
}

/* What the card calls it, where it is, who registered it. */
static void card_head(struct card *k)
{
	const struct field *place = field_by_tag(k->kind, k->kind->place);
	const struct field *day = field_by_tag(k->kind, k->kind->day);
	struct buf line = { 0 };

	put(&line, say(k->c, k->kind->zh, k->kind->name));
	put(&line, " ");
	buf_put_bytes(&line, answer_text(k->answer, "name"));
	print(k, &line);
	buf_clear(&line);
	history_voided(k->c, k->answer, &line);
	if (line.len > 0)
		print(k, &line);
	buf_clear(&line);
	put(&line, "  ");
	answer_value(k->c, place, k->answer, answer_text(k->state, place->name), &line);
	print(k, &line);
	buf_clear(&line);
	put(&line, "  ");
	put(&line, words(k, day));
	put(&line, " ");
	buf_put_bytes(&line, answer_text(k->state, day->name));
	put(&line, say(k->c, "；记录人 ", "; author "));
	buf_put_bytes(&line, answer_text(k->entry, "author"));
	put(&line, say(k->c, "；记录号 ", "; ref "));
	buf_put_bytes(&line, answer_text(k->entry, "ref"));
	print(k, &line);
	buf_fini(&line);
}

static bool is_head(const struct kind *kind, const struct field *field)
{
	return field->tag == kind->place || field->tag == kind->day ||
	       memchr(kind->called, field->tag, sizeof(kind->called)) != NULL;
}

/* All other fields, one behind another: most households have few, and some have thirty. */
static void card_facts(struct card *k)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < k->kind->count; i++) {
		const struct field *field = &k->kind->fields[i];
		struct bytes text = answer_text(k->state, field->name);
		if (text.len == 0 || is_head(k->kind, field))
			continue;
		put(&line, line.len == 0 ? "  " : say(k->c, "；", "; "));
		put(&line, words(k, field));
		put(&line, " ");
		answer_value(k->c, field, k->answer, text, &line);
	}
	if (line.len > 0)
		print(k, &line);
	buf_fini(&line);
}

/* ---- lists ---- */

static void keep_rest(struct card *k, const struct kind *kind)
{
	if (k->rest.len > 0)
		put(&k->rest, " ");
	put(&k->rest, kind->name);
}

/* What a field of one of the listed says, in the reader's words: appended to `out`. */
static void put_field(const struct card *k, const struct kind *kind, const char *name,
		      struct mp_val entry, struct buf *out)
{
	const struct field *field = field_by_name(kind, bytes_str(name));
	struct mp_val fields;

	if (field != NULL && answer_has(entry, "fields", &fields))
		answer_value(k->c, field, entry, answer_text(fields, field->name), out);
}

static void cell(struct sheet *s, uint32_t column, struct buf *text)
{
	sheet_text(s, column, buf_bytes(text));
	if (text->err != 0)
		s->err = text->err;
	buf_clear(text);
}

static void field_cell(const struct card *k, struct sheet *s, uint32_t column,
		       const struct kind *kind, const char *name, struct mp_val entry)
{
	struct buf text = { 0 };

	put_field(k, kind, name, entry, &text);
	cell(s, column, &text);
	buf_fini(&text);
}

/* The first cell: indented below its heading. */
static void first_cell(struct sheet *s, struct bytes value)
{
	struct buf text = { 0 };

	sheet_row(s);
	put(&text, "  ");
	buf_put_bytes(&text, value);
	cell(s, 0, &text);
	buf_fini(&text);
}

static struct sheet list(struct card *k, uint32_t columns)
{
	struct sheet s = { .untitled = true, .cut = &k->cut };

	for (uint32_t i = 0; i < columns; i++)
		(void)sheet_column(&s, "", "", false, false);
	return s;
}

static int list_end(struct card *k, struct sheet *s)
{
	int code = sheet_print(k->c, s);

	sheet_fini(s);
	return code;
}

/* ", the last 3", when there are more than that. */
static void print_latest(struct card *k, int64_t count, const struct kind *kind)
{
	if (count <= CARD_ROWS)
		return;
	(void)fprintf(k->c->out, say(k->c, "，最近 %d 次", ", the last %d"), CARD_ROWS);
	keep_rest(k, kind);
}

static int card_members(struct card *k, bool left)
{
	const struct kind *kind = kind_by_id(KIND_MEMBER);
	struct mp_rd r = answer_items(k->card, "members");
	struct sheet s = list(k, 5);
	struct buf text = { 0 };
	struct mp_val member;
	char age[32];

	sheet_give(&s, 0, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	while (answer_next(&r, &member)) {
		struct bytes day = answer_text(member, "left");
		struct mp_val years;
		if ((day.len > 0) != left)
			continue;
		put_field(k, kind, "name", member, &text);
		first_cell(&s, buf_bytes(&text));
		buf_clear(&text);
		field_cell(k, &s, 1, kind, "relation", member);
		field_cell(k, &s, 2, kind, "sex", member);
		if (answer_has(member, "age", &years)) {
			(void)snprintf(age, sizeof(age), say(k->c, "%lld 岁", "aged %lld"),
				       (long long)answer_int(member, "age"));
			sheet_text(&s, 3, bytes_str(age));
		}
		if (left) {
			put(&text, words(k, field_by_name(kind, BYTES_LIT("left"))));
			put(&text, " ");
			buf_put_bytes(&text, day);
			cell(&s, 4, &text);
		}
	}
	if (left && s.row_count > 0)
		(void)fprintf(k->c->out, say(k->c, "已不在户 %zu 人：\n", "left: %zu\n"),
			      s.row_count);
	else if (!left)
		(void)fprintf(k->c->out, say(k->c, "现在户 %zu 人%s\n", "members now: %zu%s\n"),
			      s.row_count, s.row_count > 0 ? say(k->c, "：", "") : "");
	buf_fini(&text);
	return list_end(k, &s);
}

/* What was seen here: of what is said of several households one by one, this one's own. */
static void seen_cell(const struct card *k, struct sheet *s, uint32_t column,
		      const struct kind *kind, struct mp_val visit)
{
	struct mp_val fields;
	struct bytes own = { 0 };

	if (answer_has(visit, "fields", &fields))
		own = answer_each(answer_text(fields, "seen-each"), answer_text(k->entry, "ref"));
	if (own.len > 0)
		sheet_text(s, column, own);
	else
		field_cell(k, s, column, kind, "seen", visit);
}

static int card_visits(struct card *k)
{
	const struct kind *kind = kind_by_id(KIND_VISIT);
	struct sheet s = list(k, 4);
	struct mp_val visits = { 0 }, visit;

	(void)answer_has(k->card, "visits", &visits);
	int64_t count = answer_int(visits, "count");
	struct mp_rd r = answer_items(visits, "rows");

	sheet_give(&s, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&s, 3, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	(void)fprintf(k->c->out, say(k->c, "走访 %lld 次", "visits: %lld"), (long long)count);
	print_latest(k, count, kind);
	(void)fprintf(k->c->out, "%s\n", count > 0 ? say(k->c, "：", "") : "");
	while (s.row_count < CARD_ROWS && answer_next(&r, &visit)) {
		struct mp_val fields;
		first_cell(&s, answer_text(visit, "day"));
		field_cell(k, &s, 1, kind, "cadre", visit);
		if (answer_has(visit, "fields", &fields) && answer_text(fields, "cadre").len == 0)
			sheet_text(&s, 1, answer_text(visit, "author"));
		field_cell(k, &s, 2, kind, "purpose", visit);
		seen_cell(k, &s, 3, kind, visit);
	}
	return list_end(k, &s);
}

/* "羊羔 5 只" */
static void put_item(const struct card *k, const struct kind *kind, struct mp_val aid,
		     struct buf *out)
{
	static const char *const parts[] = { "item", "quantity", "unit" };

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t before = out->len;
		if (before > 0)
			buf_u8(out, ' ');
		size_t at = out->len;
		put_field(k, kind, parts[i], aid, out);
		if (out->len == at)
			out->len = before;
	}
}

static int card_aid(struct card *k)
{
	const struct kind *kind = kind_by_id(KIND_AID);
	struct sheet s = list(k, 5);
	struct mp_val aid = { 0 }, row, entry;
	char money[MONEY_TEXT_MAX];
	struct buf text = { 0 };

	(void)answer_has(k->card, "aid", &aid);
	int64_t count = answer_int(aid, "count");
	struct mp_rd r = answer_items(aid, "rows");

	(void)fprintf(k->c->out, say(k->c, "帮扶 %lld 次", "aid: %lld"), (long long)count);
	if (count > 0)
		(void)fprintf(k->c->out, say(k->c, "，%s %s %s", ", %s %s %s"),
			      answer_bool(aid, "whole")
				  ? say(k->c, "合计", "in all")
				  : say(k->c, "较近的合计", "of the later ones"),
			      money_text(k->c, answer_int(aid, "sum"), money), money_unit(k->c));
	print_latest(k, count, kind);
	(void)fprintf(k->c->out, "%s\n", count > 0 ? say(k->c, "：", "") : "");
	sheet_give(&s, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&s, 2, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	s.columns[3].right = s.columns[4].right = true;
	while (s.row_count < CARD_ROWS && answer_next(&r, &row)) {
		int64_t fen;
		struct mp_val fields;
		if (!answer_has(row, "entry", &entry) || !answer_has(entry, "fields", &fields))
			continue;
		first_cell(&s, answer_text(entry, "day"));
		field_cell(k, &s, 1, kind, "category", entry);
		put_item(k, kind, entry, &text);
		cell(&s, 2, &text);
		if (fen_parse(answer_text(fields, "amount"), &fen) == 0)
			sheet_fen(&s, 3, fen);
		put(&text, say(k->c, "累计 ", "total "));
		put(&text, money_text(k->c, answer_int(row, "total"), money));
		cell(&s, 4, &text);
	}
	buf_fini(&text);
	return list_end(k, &s);
}

static void card_funds(struct card *k)
{
	char in[MONEY_TEXT_MAX], out[MONEY_TEXT_MAX], left[MONEY_TEXT_MAX];
	struct mp_val funds = { 0 };

	(void)answer_has(k->card, "funds", &funds);
	if (answer_int(funds, "count") == 0) {
		(void)fprintf(k->c->out, "%s\n", say(k->c, "资金 0 笔", "money: no movement"));
		return;
	}
	(void)fprintf(k->c->out,
		      say(k->c, "资金 %lld 笔：收到 %s，付出 %s，余额 %s %s\n",
			  "money movements: %lld, in %s, out %s, balance %s %s\n"),
		      (long long)answer_int(funds, "count"),
		      money_text(k->c, answer_int(funds, "in"), in),
		      money_text(k->c, answer_int(funds, "out"), out),
		      money_text(k->c, answer_int(funds, "balance"), left), money_unit(k->c));
	keep_rest(k, kind_by_id(KIND_FUND));
}

static int card_changes(struct card *k, bool all)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "bangfu show %s --changes", k->key);
	return history_changes(k->c, k->kind, k->answer, all ? UINT32_MAX : CARD_ROWS,
			       all ? NULL : command, &k->cut);
}

/* What the card lacks, and how to see it: "bangfu list --about 1507221022000048 --kind visit (or
 * aid fund)". */
static void card_rest(struct card *k)
{
	struct client *c = k->c;
	struct bytes rest = buf_bytes(&k->rest);
	size_t first = 0;

	while (first < rest.len && rest.p[first] != ' ')
		first++;
	if (rest.len > 0)
		(void)fprintf(c->out, "%sbangfu list --about %s --kind %.*s",
			      say(c, "全部：", "all: "), k->key, (int)first, (const char *)rest.p);
	if (first < rest.len)
		(void)fprintf(c->out, say(c, "（或 %.*s）", " (or %.*s)"),
			      (int)(rest.len - first - 1), (const char *)rest.p + first + 1);
	if (rest.len > 0)
		(void)fputc('\n', c->out);
	if (answer_bool(k->card, "more"))
		(void)fprintf(c->out, "%s\n",
			      say(c, "与这户有关的记录太多，以上不是全部。",
				  "So much concerns this household that this is not all."));
	if (k->cut)
		table_cut(c);
}
