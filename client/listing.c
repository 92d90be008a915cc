/* SPDX-License-Identifier: Apache-2.0 */
/* listing.c -- see listing.h. */
#include "client/listing.h"

#include <string.h>

#include "client/answer.h"
#include "client/csv_out.h"
#include "protocol/money.h"

enum { COLUMN_REF, COLUMN_DAY, COLUMN_CODE, COLUMN_PLACE, COLUMN_FIELDS };

/* A text that may be no longer is a number or a unit: of use whole or not at all. */
enum { LISTING_SHORT_BYTES_MAX = 64 };

/* What a narrow screen keeps longest: when; whom and how much; what; the rest of what was written;
 * what only a program or a correction asks for. */
enum { RANK_WHEN, RANK_WHOM, RANK_WHAT, RANK_MORE, RANK_REF, RANK_BY, RANK_LEAST };

static int listing_ask(struct client *c, const struct args *a, const struct query *q,
		       uint64_t limit, struct listing *l);
static int listing_page(struct client *c, const struct query *q, struct mp_val answer,
			uint64_t limit, struct listing *l);
static int listing_add(const struct client *c, const struct kind *k, struct mp_val entry,
		       struct listing *l);
static int64_t refs_in(struct mp_val entry, const struct field *field);
static int64_t listing_sum(const struct kind *k, struct mp_val entry, const struct sheet *s);
static void listing_give(struct sheet *s, uint32_t at, const struct kind *k, const struct field *f);
static unsigned rank_of(const struct kind *k, const struct field *field);
static bool is_number(const struct field *field);

int listing_fetch(struct client *c, const struct args *a, const struct query *q, uint64_t limit,
		  struct listing *l)
{
	const char *after = args_get(a, "after");
	int code;

	listing_columns(c, q->kind, &l->sheet);
	apart_init(&l->figures, q->kind, a);
	(void)bytes_cstr(bytes_str(after != NULL ? after : ""), l->after, sizeof(l->after));
	do
		code = listing_ask(c, a, q, limit, l);
	while (code == CLIENT_DONE && l->after[0] != '\0' && l->given < limit);
	l->more = code == CLIENT_DONE && l->after[0] != '\0';
	return code == CLIENT_DONE ? code : listing_broken(c, code, l);
}

static int listing_ask(struct client *c, const struct args *a, const struct query *q,
		       uint64_t limit, struct listing *l)
{
	uint64_t left = limit - l->given, before = l->given;
	struct params p = { .count = 0 };
	struct mp_val answer;

	query_put(q, a, &p);
	params_uint(&p, "limit", left < QUERY_PAGE ? left : QUERY_PAGE);
	if (l->after[0] != '\0')
		params_text(&p, "after", l->after);
	if (args_has(a, "voided"))
		params_bool(&p, "voided", true);
	if (l->newest)
		params_bool(&p, "newest", true);
	int code = client_call(c, "list", &p, &answer);
	if (code == CLIENT_DONE)
		code = listing_begin(c, q->kind, l);
	if (code == CLIENT_DONE)
		code = listing_page(c, q, answer, left, l);
	if (code != CLIENT_DONE)
		return code;
	uint64_t pending = (uint64_t)answer_int(answer, "pending");
	l->pending = pending > l->pending ? pending : l->pending;
	(void)bytes_cstr(answer_text(answer, "after"), l->after, sizeof(l->after));
	if (l->given == before && l->after[0] != '\0') /* it would be asked for ever */
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "list", "after", NULL);
	return listing_print(c, l);
}

/* Only when the node has answered: what it refuses leaves nothing on the output. */
int listing_begin(struct client *c, const struct kind *k, struct listing *l)
{
	struct json_out head;
	int rc = 0;

	if (l->begun || c->format == FORMAT_TABLE)
		return CLIENT_DONE;
	l->begun = true;
	if (c->format == FORMAT_JSON) {
		head = json_out_object();
		if (k != NULL)
			json_out_set_text(&head, "kind", k->name);
		return json_out_begin(c, &head, l->key);
	}
	rc = csv_out_heading(c, &l->sheet);
	return rc == 0
		   ? CLIENT_DONE
		   : client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "csv", bf_error_name(rc), NULL);
}

/* The rows of a table stay; of the others none is kept. */
int listing_print(struct client *c, struct listing *l)
{
	if (c->format == FORMAT_TABLE)
		return CLIENT_DONE;
	int rc = c->format == FORMAT_CSV ? csv_out_rows(c, &l->sheet) : l->sheet.err;

	sheet_rows_drop(&l->sheet);
	if (rc != 0)
		return client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "csv", bf_error_name(rc),
				   NULL);
	return client_flush(c); /* nothing more is asked for when nobody can take it */
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

void listing_columns(const struct client *c, const struct kind *k, struct sheet *s)
{
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
	}
	uint32_t author = sheet_column(s, "author", say(c, "记录人", "author"), false, true);
	sheet_give(s, author, RANK_BY, SHEET_CUT, SHEET_TEXT_LEAST);
	(void)sheet_column(s, "voided", say(c, "状态", "state"), false, false);
	s->common = true;
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
	else if ((f->type == T_TEXT && !is_short(f)) || f->type == T_CODES)
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
	return field->type == T_TEXT || field->type == T_CODE || field->type == T_FEN ? RANK_MORE
										      : RANK_BY;
}

static bool is_number(const struct field *field)
{
	bool clock = (field->flags & F_CLOCK) != 0; /* a time of day is no amount */

	return field->type == T_FEN || field->type == T_COUNT ||
	       (field->type == T_MINUTES && !clock);
}

static int listing_page(struct client *c, const struct query *q, struct mp_val answer,
			uint64_t limit, struct listing *l)
{
	struct mp_rd r = answer_items(answer, "rows");
	struct mp_val entry;
	int code = CLIENT_DONE;

	for (uint64_t i = 0; code == CLIENT_DONE && i < limit && answer_next(&r, &entry); i++) {
		int rc = listing_add(c, q->kind, entry, l);
		if (rc != 0)
			return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "list",
					   bf_error_name(rc), NULL);
		if (c->format == FORMAT_JSON) {
			struct json_out item = json_out_of(entry, NULL);
			code = json_out_item(c, &item, l->given == 0);
		}
		l->given++;
	}
	return code;
}

static int listing_add(const struct client *c, const struct kind *k, struct mp_val entry,
		       struct listing *l)
{
	const struct field *apart = l->figures.field;
	uint32_t code = 0;
	struct mp_val fields;
	int rc = listing_row(c, k, entry, &l->sheet);

	if (rc != 0 || answer_bool(entry, "voided"))
		return rc;
	if (apart != NULL && answer_has(entry, "fields", &fields))
		code = apart_code(&l->figures, answer_text(fields, apart->name));
	return apart_add(&l->figures, code, 1, listing_sum(k, entry, &l->sheet));
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
	    sheet_cell(s, s->row_count - 1, COLUMN_FIELDS + (uint32_t)(field - k->fields));
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

/* One entry as a row: amounts and counts become numbers again, the rest is text. */
int listing_row(const struct client *c, const struct kind *k, struct mp_val entry, struct sheet *s)
{
	struct mp_val fields;
	struct buf shown = { 0 };
	uint32_t last = s->column_count;

	sheet_row(s);
	sheet_text(s, COLUMN_REF, answer_text(entry, "ref"));
	sheet_text(s, COLUMN_DAY, answer_text(entry, "day"));
	sheet_text(s, COLUMN_CODE, answer_text(entry, "division"));
	sheet_text(s, COLUMN_PLACE, answer_text(entry, "division_name"));
	sheet_text(s, last - 2, answer_text(entry, "author"));
	if (answer_bool(entry, "voided"))
		sheet_text(s, last - 1, bytes_str(say(c, "已作废", "void")));
	if (!answer_has(entry, "fields", &fields))
		return s->err;
	for (uint32_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		struct bytes text = answer_text(fields, field->name);
		int64_t number;
		if (field->tag == k->day || field->tag == k->place)
			continue; /* shown as day and place already */
		if (field->type == T_FEN && fen_parse(text, &number) == 0)
			sheet_fen(s, COLUMN_FIELDS + i, number);
		else if (is_number(field) && answer_number(field, text, &number))
			sheet_int(s, COLUMN_FIELDS + i, number);
		else if (text.len > 0) {
			buf_clear(&shown);
			answer_value(c, field, entry, text, &shown);
			sheet_text(s, COLUMN_FIELDS + i, buf_bytes(&shown));
		}
	}
	if (shown.err != 0)
		s->err = shown.err;
	buf_fini(&shown);
	return s->err;
}

void listing_fini(struct listing *l)
{
	sheet_fini(&l->sheet);
	memset(l, 0, sizeof(*l));
}
