/* listing.c -- see listing.h. */
#include "client/listing.h"

#include <string.h>

#include "client/answer.h"
#include "protocol/money.h"

enum { COLUMN_REF, COLUMN_DAY, COLUMN_CODE, COLUMN_PLACE, COLUMN_FIELDS };

static int listing_page(struct client *c, const struct query *q, struct mp_val answer,
			uint64_t limit, struct listing *l);
static int listing_add(const struct client *c, const struct kind *k, struct mp_val entry,
		       struct listing *l);
static int64_t refs_in(struct mp_val entry, const struct field *field);
static int64_t listing_sum(const struct kind *k, struct mp_val entry, const struct sheet *s);
static bool is_number(const struct field *field);

int listing_fetch(struct client *c, const struct args *a, const struct query *q, uint64_t limit,
		  struct listing *l)
{
	char after[128] = "";
	uint64_t shown = 0, page = args_has(a, "last") ? QUERY_PAGE_LAST : QUERY_PAGE;
	int code = CLIENT_DONE;

	listing_columns(c, q->kind, &l->sheet);
	apart_init(&l->figures, q->kind, a);
	if (c->format == FORMAT_JSON)
		l->json = json_out_array();
	do {
		struct params p = { .count = 0 };
		struct mp_val answer;
		query_put(q, a, &p);
		params_uint(&p, "limit", limit - shown < page ? limit - shown : page);
		if (after[0] != '\0')
			params_text(&p, "after", after);
		if (args_has(a, "voided"))
			params_bool(&p, "voided", true);
		if (args_has(a, "last"))
			params_bool(&p, "newest", true);
		code = client_call(c, "list", &p, &answer);
		if (code != CLIENT_DONE)
			return code;
		uint64_t before = l->sheet.row_count;
		uint64_t pending = (uint64_t)answer_int(answer, "pending");
		l->pending = pending > l->pending ? pending : l->pending;
		code = listing_page(c, q, answer, limit - shown, l);
		shown += l->sheet.row_count - before;
		(void)bytes_cstr(answer_text(answer, "after"), after, sizeof(after));
		if (l->sheet.row_count == before)
			break; /* a page without rows is the end, whatever `after` says */
	} while (code == CLIENT_DONE && after[0] != '\0' && shown < limit);
	l->more = after[0] != '\0' && shown >= limit;
	return code;
}

void listing_columns(const struct client *c, const struct kind *k, struct sheet *s)
{
	(void)sheet_column(s, "ref", say(c, "记录号", "ref"), false, true);
	(void)sheet_column(s, "day", say(c, "日期", "day"), false, false);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, false);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, false);
	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		uint32_t at = sheet_column(s, field->name, say(c, field->zh, field->name),
					   is_number(field), false);
		/* The entry's own day and place stand in front already. */
		s->columns[at].never = field->tag == k->day || field->tag == k->place;
	}
	(void)sheet_column(s, "author", say(c, "记录人", "author"), false, true);
	(void)sheet_column(s, "voided", say(c, "状态", "state"), false, false);
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
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < limit && answer_next(&r, &entry); i++) {
		rc = listing_add(c, q->kind, entry, l);
		if (rc == 0 && c->format == FORMAT_JSON)
			json_out_append(&l->json, json_out_of(entry, NULL));
	}
	if (rc == 0)
		return CLIENT_DONE;
	return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "list", bf_error_name(rc), NULL);
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
	json_out_fini(&l->json);
	memset(l, 0, sizeof(*l));
}
