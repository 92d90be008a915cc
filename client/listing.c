/* SPDX-License-Identifier: Apache-2.0 */
/* listing.c -- see listing.h. */
#include "client/listing.h"

#include <string.h>

#include "client/answer.h"
#include "client/flagged.h"
#include "protocol/money.h"

enum { COLUMN_REF, COLUMN_DAY, COLUMN_CODE, COLUMN_PLACE, COLUMN_FIELDS };

/* A text that may be no longer is a number or a unit: of use whole or not at all. */
enum { LISTING_SHORT_BYTES_MAX = 64 };

/* What a narrow screen keeps longest: when; whom and how much; what; the rest of what was written;
 * what only a program or a correction asks for. */
enum { RANK_WHEN, RANK_WHOM, RANK_WHAT, RANK_MORE, RANK_REF, RANK_BY, RANK_LEAST };

static int listing_each(struct client *c, const struct args *a, const struct kind *k,
			struct listing *l);
static void listing_columns(const struct client *c, const struct kind *k, struct listing *l);
static void each_given(const struct client *c, struct sheet *s, uint32_t at,
		       const struct field *one, const struct field *each);
static const struct field *second_name(const struct field *f);
static int listing_page(struct client *c, const struct params *asked, uint64_t limit,
			struct listing *l);
static int listing_begin(struct client *c, struct listing *l);
static int listing_rows(struct client *c, struct mp_val answer, uint64_t limit, struct listing *l);
static int entry_add(const struct client *c, struct mp_val entry, struct listing *l);
static int entry_row(const struct client *c, const struct kind *k, struct mp_val entry,
		     uint32_t part, struct listing *l);
static struct bytes part_of(struct bytes list, uint32_t part);
static uint32_t column_of(const struct kind *k, size_t field);
static int64_t refs_in(struct mp_val entry, const struct field *field);
static int64_t listing_sum(const struct kind *k, struct mp_val entry, const struct sheet *s);
static void listing_give(struct sheet *s, uint32_t at, const struct kind *k, const struct field *f);
static unsigned rank_of(const struct kind *k, const struct field *field);
static bool is_number(const struct field *field);

int listing_fetch(struct client *c, const struct args *a, const struct query *q, uint64_t limit,
		  struct listing *l)
{
	const char *after = args_get(a, "after");
	struct params asked = { .count = 0 };
	int code = listing_each(c, a, q->kind, l);

	if (code != CLIENT_DONE)
		return code;
	l->method = "list";
	l->row = entry_add;
	l->kind = q->kind;
	listing_columns(c, q->kind, l);
	apart_init(&l->figures, q->kind, a);
	(void)bytes_cstr(bytes_str(after != NULL ? after : ""), l->after, sizeof(l->after));
	query_put(q, a, &asked);
	query_entries(a, &asked);
	if (l->newest)
		params_bool(&asked, "newest", true);
	return listing_pages(c, &asked, limit, l);
}

int listing_pages(struct client *c, struct params *asked, uint64_t limit, struct listing *l)
{
	int code;

	do
		code = listing_page(c, asked, limit, l);
	while (code == CLIENT_DONE && l->after[0] != '\0' && l->given < limit);
	l->more = l->more || l->after[0] != '\0';
	params_fini(asked);
	return code == CLIENT_DONE ? code : listing_broken(c, code, l);
}

/* What people call the thing of which each has a row: household, 户, or the field's own name. */
static int listing_each(struct client *c, const struct args *a, const struct kind *k,
			struct listing *l)
{
	const char *word = args_get(a, "each");
	const struct kind *of = word == NULL ? NULL : kind_by_name(bytes_str(word));
	const struct field *named = word == NULL ? NULL : field_by_name(k, bytes_str(word));

	l->each = NULL;
	for (size_t i = 0; word != NULL && i < k->count && l->each == NULL; i++) {
		const struct field *f = &k->fields[i];
		bool is = (of != NULL && f->of == of->id) || f == named;
		if (is && (f->type == T_REFS || f->type == T_REF))
			l->each = f;
	}
	if (word != NULL && c->format == FORMAT_JSON)
		return client_fail(c, CLIENT_USAGE, FAULT_EACH_FORMAT, "each", NULL, NULL);
	if (word != NULL && l->each == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_EACH_NONE, "each", word,
				   say(c, k->zh, k->name));
	return CLIENT_DONE;
}

static int listing_page(struct client *c, const struct params *asked, uint64_t limit,
			struct listing *l)
{
	uint64_t before = l->given, left = limit > before ? limit - before : 1;
	struct params p = { .count = asked->count };
	struct mp_val answer;

	buf_put_buf(&p.pairs, &asked->pairs);
	params_uint(&p, "limit", left < QUERY_PAGE ? left : QUERY_PAGE);
	if (l->after[0] != '\0')
		params_text(&p, "after", l->after);
	int code = client_call(c, l->method, &p, &answer);
	if (code == CLIENT_DONE)
		code = listing_begin(c, l);
	if (code == CLIENT_DONE)
		code = listing_rows(c, answer, limit, l);
	if (code != CLIENT_DONE)
		return code;
	uint64_t pending = (uint64_t)answer_int(answer, "pending");
	l->pending = pending > l->pending ? pending : l->pending;
	(void)bytes_cstr(answer_text(answer, "after"), l->after, sizeof(l->after));
	/* It would be asked for ever. */
	if (l->given == before && before < limit && l->after[0] != '\0')
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, l->method, "after", NULL);
	return sheet_page(c, &l->sheet);
}

/* Only when the node has answered: what it refuses leaves nothing on the output. */
static int listing_begin(struct client *c, struct listing *l)
{
	if (l->begun || c->format == FORMAT_TABLE)
		return CLIENT_DONE;
	l->begun = true;
	if (c->format == FORMAT_CSV)
		return sheet_begin(c, &l->sheet);
	struct json_out head = json_out_object();

	if (l->kind != NULL)
		json_out_set_text(&head, "kind", l->kind->name);
	return json_out_begin(c, &head, l->key);
}

/* Why it broke off is told by main; that what stands there is not the whole is told here. */
int listing_broken(struct client *c, int code, const struct listing *l)
{
	char count[24];

	if (!l->begun || c->out_errno != 0)
		return code;
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)l->given);
	client_note(c, FAULT_LIST_BROKEN, NULL, count, NULL);
	return code;
}

void listing_note(struct client *c, const struct listing *l)
{
	char count[24];

	if (!l->more)
		return;
	(void)snprintf(count, sizeof(count), "%llu", (unsigned long long)l->given);
	client_note(c, FAULT_LIST_SHORT, NULL, count, l->after);
}

/* The second of the two by which people call what a field names: a household's number, and its
 * head's name. NULL: there is one at most. */
static const struct field *second_name(const struct field *f)
{
	const struct kind *k = field_named(f);

	return k == NULL || k->called[1] == 0 ? NULL : field_by_tag(k, k->called[1]);
}

/* Where a field's column is: each that names something called by two has one more behind it. */
static uint32_t column_of(const struct kind *k, size_t field)
{
	uint32_t at = COLUMN_FIELDS;

	for (size_t i = 0; i < field; i++)
		at += 1 + (second_name(&k->fields[i]) != NULL);
	return at;
}

static void listing_columns(const struct client *c, const struct kind *k, struct listing *l)
{
	struct sheet *s = &l->sheet;

	(void)sheet_column(s, "ref", say(c, "记录号", "ref"), false, true);
	(void)sheet_column(s, "day", say(c, "日期", "day"), false, false);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, false);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, false);
	sheet_give(s, COLUMN_REF, RANK_REF, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_CODE, RANK_LEAST, SHEET_FIXED, 0);
	sheet_give(s, COLUMN_PLACE, RANK_WHAT, SHEET_CUT, SHEET_TEXT_LEAST);
	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		uint32_t at = sheet_column(s, field->name, say(c, field->zh, field->name),
					   is_number(field), false);
		/* The entry's own day and place stand in front already. */
		s->columns[at].never = field->tag == k->day || field->tag == k->place;
		listing_give(s, at, k, field);
		if (field->type == T_FEN)
			sheet_money(c, s, at);
		s->columns[at].unit =
		    field->type == T_DECIMAL ? field_unit(field, c->lang) : s->columns[at].unit;
		if (field->type == T_EACH)
			each_given(c, s, at, field_by_tag(k, (uint32_t)field->min), l->each);
		const struct field *second = second_name(field);
		if (second == NULL)
			continue;
		at = sheet_column(s, second->name, say(c, field->zh, field->name), false, false);
		/* An account is a household's, or a place's. */
		s->columns[at].unit = field->type == T_ACCOUNT ? say(c, "名称", "name")
							       : say(c, second->zh, second->name);
		s->columns[at].never = c->format != FORMAT_CSV;
	}
	uint32_t flags = sheet_column(s, "flags", say(c, "提示", "warning"), false, false);
	sheet_give(s, flags, RANK_WHAT, SHEET_CUT, SHEET_TEXT_LEAST);
	uint32_t part = sheet_column(s, "part", say(c, "第几个", "part"), true, false);
	uint32_t parts = sheet_column(s, "parts", say(c, "共几个", "parts"), true, false);
	s->columns[part].never = s->columns[parts].never = l->each == NULL;
	uint32_t author = sheet_column(s, "author", say(c, "记录人", "author"), false, true);
	sheet_give(s, author, RANK_BY, SHEET_CUT, SHEET_TEXT_LEAST);
	(void)sheet_column(s, "voided", say(c, "状态", "state"), false, false);
	s->common = true;
}

/* What is said of one alone is as the field `one` itself; of several the words are the node's, with
 * money in yuan. */
static void each_given(const struct client *c, struct sheet *s, uint32_t at,
		       const struct field *one, const struct field *each)
{
	s->columns[at].right = each != NULL && is_number(one);
	if (one->type == T_FEN && each != NULL)
		sheet_money(c, s, at);
	else if (one->type == T_FEN)
		s->columns[at].unit = say(c, "元", "yuan");
}

static bool is_short(const struct field *f)
{
	return f->type == T_TEXT && f->max <= LISTING_SHORT_BYTES_MAX;
}

/* A number of a household or an account is worth nothing when cut: it keeps room for itself and
 * some of the name behind it. */
static void listing_give(struct sheet *s, uint32_t at, const struct kind *k, const struct field *f)
{
	unsigned rank = rank_of(k, f);

	if (field_names(f))
		sheet_give(s, at, rank, SHEET_CUT, SHEET_NAMED_LEAST);
	else if ((f->type == T_TEXT && !is_short(f)) || f->type == T_CODES || f->type == T_EACH)
		sheet_give(s, at, rank, SHEET_CUT, SHEET_TEXT_LEAST);
	else
		sheet_give(s, at, rank, SHEET_FIXED, 0);
}

static bool is_among(uint8_t tag, const uint8_t *tags, size_t count)
{
	return memchr(tags, tag, count) != NULL;
}

static unsigned rank_of(const struct kind *k, const struct field *field)
{
	if (field->tag == k->sum || is_among(field->tag, k->called, sizeof(k->called)) ||
	    is_among(field->tag, k->about, sizeof(k->about)))
		return RANK_WHOM;
	if (is_among(field->tag, k->dims, sizeof(k->dims)) || (field->flags & F_REQUIRED) != 0 ||
	    (field->type == T_TEXT && field->max == FIELD_TEXT_MAX))
		return RANK_WHAT;
	if ((field->flags & F_PERSONAL) != 0)
		return RANK_LEAST;
	if (is_short(field))
		return RANK_REF;
	return field->type == T_TEXT || field->type == T_CODE || field->type == T_FEN ||
		       field->type == T_EACH
		   ? RANK_MORE
		   : RANK_BY;
}

static bool is_number(const struct field *field)
{
	bool clock = (field->flags & F_CLOCK) != 0; /* a time of day is no amount */

	return field->type == T_FEN || field->type == T_COUNT || field->type == T_DECIMAL ||
	       (field->type == T_MINUTES && !clock);
}

static int listing_rows(struct client *c, struct mp_val answer, uint64_t limit, struct listing *l)
{
	struct mp_rd r = answer_items(answer, "rows");
	struct mp_val row;
	int code = CLIENT_DONE;

	while (code == CLIENT_DONE && answer_next(&r, &row)) {
		l->more = l->given == limit;
		if (l->more)
			break;
		int rc = l->row(c, row, l);
		if (rc != 0)
			return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, l->method,
					   bf_error_name(rc), NULL);
		if (c->format == FORMAT_JSON) {
			struct json_out item = json_out_of(row, NULL);
			code = json_out_item(c, &item, l->given == 0);
		}
		l->given++;
	}
	return code;
}

static int entry_add(const struct client *c, struct mp_val entry, struct listing *l)
{
	const struct field *apart = l->figures.field;
	uint32_t code = 0;
	struct mp_val fields;
	uint32_t parts = l->each == NULL ? 1 : (uint32_t)refs_in(entry, l->each), part = 0;
	int rc;

	do
		rc = entry_row(c, l->kind, entry, part, l);
	while (rc == 0 && ++part < parts);

	if (rc != 0 || answer_bool(entry, "voided"))
		return rc;
	if (apart != NULL && answer_has(entry, "fields", &fields))
		code = apart_code(&l->figures, answer_text(fields, apart->name));
	return apart_add(&l->figures, code, 1, listing_sum(l->kind, entry, &l->sheet));
}

/* What the last row adds to the sum. */
static int64_t listing_sum(const struct kind *k, struct mp_val entry, const struct sheet *s)
{
	const struct field *field = k->sum != 0 ? field_by_tag(k, k->sum) : NULL;

	if (field == NULL)
		return 0;
	if (field->type == T_REFS)
		return refs_in(entry, field);
	const struct cell *cell =
	    sheet_cell(s, s->row_count - 1, column_of(k, (size_t)(field - k->fields)));
	return cell->type == CELL_NONE ? 0 : cell->number;
}

/* What is summed of a list of things is how many there are. */
static int64_t refs_in(struct mp_val entry, const struct field *field)
{
	struct mp_val fields;

	if (!answer_has(entry, "fields", &fields))
		return 0;
	return answer_count(answer_text(fields, field->name));
}

/* "a,b,c": b of part 1. */
static struct bytes part_of(struct bytes list, uint32_t part)
{
	for (size_t at = 0, from = 0; at <= list.len; at++) {
		if (at < list.len && list.p[at] != ',')
			continue;
		if (part-- == 0)
			return bytes_of(list.p + from, at - from);
		from = at + 1;
	}
	return bytes_of(NULL, 0);
}

/* Numbers in one cell, names in the next; what only one of them is known of stands in the first. */
static void cells_apart(struct sheet *s, uint32_t at, struct bytes names)
{
	struct buf number = { 0 }, name = { 0 };
	const char comma[] = "，";

	for (size_t from = 0, end; from < names.len; from = end + sizeof(comma) - 1) {
		for (end = from;
		     end < names.len && (names.len - end < sizeof(comma) - 1 ||
					 memcmp(names.p + end, comma, sizeof(comma) - 1) != 0);)
			end++;
		const uint8_t *blank = memchr(names.p + from, ' ', end - from);
		size_t cut = blank == NULL ? end : (size_t)(blank - names.p);
		if (from > 0) {
			buf_put(&number, comma, sizeof(comma) - 1);
			buf_put(&name, comma, sizeof(comma) - 1);
		}
		buf_put(&number, names.p + from, cut - from);
		if (cut < end)
			buf_put(&name, names.p + cut + 1, end - cut - 1);
	}
	sheet_text(s, at, buf_bytes(&number));
	if (memchr(names.p, ' ', names.len) != NULL)
		sheet_text(s, at + 1, buf_bytes(&name));
	if (number.err != 0 || name.err != 0)
		s->err = BF_ENOMEM;
	buf_fini(&number);
	buf_fini(&name);
}

static void field_cell(const struct client *c, const struct field *field, uint32_t at,
		       struct mp_val entry, struct bytes text, struct sheet *s)
{
	struct buf shown = { 0 };
	int64_t number;

	if (field->type == T_FEN && fen_parse(text, &number) == 0) {
		sheet_fen(s, at, number);
	} else if (is_number(field) && answer_number(field, text, &number)) {
		sheet_int(s, at, number);
	} else if (text.len > 0) {
		if (field->type == T_EACH && c->format == FORMAT_TABLE)
			answer_each_short(entry, text, &shown);
		else
			answer_value(c, field, entry, text, &shown);
		if (second_name(field) != NULL && c->format == FORMAT_CSV)
			cells_apart(s, at, buf_bytes(&shown));
		else
			sheet_text(s, at, buf_bytes(&shown));
	}
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
}

static void flags_cell(const struct client *c, struct mp_val entry, uint32_t at, struct sheet *s)
{
	struct buf shown = { 0 };

	flagged_put(c, entry, false, &shown);
	sheet_text(s, at, buf_bytes(&shown));
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
}

/* One entry as a row: amounts and counts become numbers again, the rest is text. With --each one
 * part of it. */
static int entry_row(const struct client *c, const struct kind *k, struct mp_val entry,
		     uint32_t part, struct listing *l)
{
	struct sheet *s = &l->sheet;
	struct mp_val fields;
	uint32_t last = s->column_count;

	sheet_row(s);
	sheet_text(s, COLUMN_REF, answer_text(entry, "ref"));
	sheet_text(s, COLUMN_DAY, answer_text(entry, "day"));
	sheet_text(s, COLUMN_CODE, answer_text(entry, "division"));
	sheet_text(s, COLUMN_PLACE, answer_text(entry, "division_name"));
	flags_cell(c, entry, last - 5, s);
	sheet_text(s, last - 2, answer_text(entry, "author"));
	if (answer_bool(entry, "voided"))
		sheet_text(s, last - 1, bytes_str(say(c, "已作废", "void")));
	if (!answer_has(entry, "fields", &fields))
		return s->err;
	struct bytes whose = { 0 };

	if (l->each != NULL)
		whose = part_of(answer_text(fields, l->each->name), part);
	for (uint32_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		struct bytes text = answer_text(fields, field->name);
		if (field->tag == k->day || field->tag == k->place)
			continue; /* shown as day and place already */
		if (field->type == T_EACH && whose.len > 0) {
			field = field_by_tag(k, (uint32_t)field->min);
			text = answer_each(text, whose);
		}
		if (field == l->each) {
			int64_t parts = refs_in(entry, field);
			sheet_int(s, last - 4, parts > 0 ? (int64_t)part + 1 : 0);
			sheet_int(s, last - 3, parts);
			text = part_of(text, part);
		}
		field_cell(c, field, column_of(k, i), entry, text, s);
	}
	return s->err;
}

void listing_fini(struct listing *l)
{
	sheet_fini(&l->sheet);
	memset(l, 0, sizeof(*l));
}
