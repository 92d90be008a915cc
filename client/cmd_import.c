/* cmd_import.c -- households and members from a file, all or, with --rest, all that are right.
 *
 * The file goes to the node in chunks that fit one request. Without --rest every chunk is first
 * checked and nothing is saved until all are right; so a file is imported whole or not at all,
 * short of a power cut between chunks, after which the same import finishes the rest: what is there
 * already counts as the same and is not written again. Each wrong row is told by its line in the
 * file, its column when the fault names a field, and the sentence. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/csv_in.h"
#include "client/json_out.h"

enum { CHUNK_ROWS_MAX = 400, CHUNK_BYTES_MAX = 800 * 1024, CHUNK_ITEMS_MAX = 60000 };
/* From here on a chunk ends where a household does, so that none is counted in two chunks. */
enum { CHUNK_ROWS_NEAR = CHUNK_ROWS_MAX - 50 };

struct counts {
	int64_t added, changed, same;
};

struct import {
	struct csv_in *in;
	bool rest, check; /* of the pass under way */
	struct counts households, members;
	uint64_t rows, failed;
	struct sheet wrong;
	/* The chunk being filled. */
	struct buf pairs;
	uint32_t chunk_rows, chunk_items;
	int number_column; /* of the household's number; -1 when there is none */
	char number[64];   /* of the row before */
	uint32_t lines[CHUNK_ROWS_MAX];
};

static int import_pass(struct client *c, struct import *m, bool check, bool rest);
static int import_row(struct client *c, struct import *m, const struct csv_row *row);
static bool another_household(const struct import *m, const struct csv_row *row);
static int import_flush(struct client *c, struct import *m);
static void import_count(struct counts *n, struct mp_val answer, const char *key);
static void import_failed(const struct client *c, struct import *m, struct mp_val failed);
static void import_wrong(const struct client *c, struct import *m, uint32_t line, const char *where,
			 const char *sentence);
static int column_of(const struct import *m, const char *where);
static int import_told(struct client *c, struct import *m, bool saved);
static void import_lines(const struct client *c, const struct import *m);
static int import_json(struct client *c, const struct import *m, bool saved);

int cmd_import(struct client *c, const struct args *a)
{
	struct import m = { .rows = 0 };
	bool rest = args_has(a, "rest");
	bool check = args_has(a, "check");
	int code = CLIENT_FAILED;
	bool saved = false;

	(void)sheet_column(&m.wrong, "line", say(c, "行", "line"), true, true);
	(void)sheet_column(&m.wrong, "column", say(c, "列", "column"), true, false);
	(void)sheet_column(&m.wrong, "heading", say(c, "列名", "heading"), false, false);
	(void)sheet_column(&m.wrong, "sentence", say(c, "问题", "what is wrong"), false, true);
	int rc = csv_in_open(&m.in, a->words[0], args_get(a, "encoding"), &c->fault);
	if (rc == 0)
		code = CLIENT_DONE;
	else if (c->fault.code == FAULT_CSV_ENCODING_NAME || c->fault.code == FAULT_FILE_OPEN)
		code = CLIENT_USAGE;
	if (code == CLIENT_DONE && !rest)
		code = import_pass(c, &m, true, true);
	if (code == CLIENT_DONE && !check && (rest || m.failed == 0)) {
		code = import_pass(c, &m, false, rest);
		saved = true;
	} else if (code == CLIENT_DONE && rest)
		code = import_pass(c, &m, true, true);
	client_progress_end(c);
	if (code == CLIENT_DONE && m.rows == 0)
		code = client_fail(c, CLIENT_FAILED, FAULT_CSV_NO_ROWS, a->words[0], NULL, NULL);
	if (code == CLIENT_DONE)
		code = import_told(c, &m, saved);
	csv_in_close(m.in);
	buf_fini(&m.pairs);
	sheet_fini(&m.wrong);
	return code;
}

static int import_pass(struct client *c, struct import *m, bool check, bool rest)
{
	struct csv_row row;
	struct fault wrong;
	int code = CLIENT_DONE;

	m->check = check;
	m->rest = rest;
	m->households = m->members = (struct counts){ 0 };
	m->rows = 0;
	m->number_column = csv_in_column(m->in, "户编号");
	csv_in_rewind(m->in);
	for (;;) {
		int rc = csv_in_next(m->in, &row, &wrong);
		if (rc == CSV_END || code != CLIENT_DONE)
			break;
		m->rows++;
		if (rc == CSV_ROW)
			code = import_row(c, m, &row);
		else
			import_wrong(c, m, row.line, wrong.where, say(c, wrong.zh, wrong.en));
	}
	if (code == CLIENT_DONE)
		code = import_flush(c, m);
	return code;
}

/* Add a row to the chunk; empty cells are left out, an absent field being the same. */
static int import_row(struct client *c, struct import *m, const struct csv_row *row)
{
	const struct csv_row *heading = csv_in_heading(m->in);
	uint32_t filled = 0;
	size_t bytes = 16;

	for (uint32_t i = 0; i < row->count; i++) {
		filled += row->cells[i].len > 0;
		bytes += row->cells[i].len + heading->cells[i].len + 10;
	}
	if (m->chunk_rows == CHUNK_ROWS_MAX ||
	    (m->chunk_rows >= CHUNK_ROWS_NEAR && another_household(m, row)) ||
	    m->pairs.len + bytes > CHUNK_BYTES_MAX ||
	    m->chunk_items + 2 * filled + 1 > CHUNK_ITEMS_MAX) {
		int code = import_flush(c, m);
		if (code != CLIENT_DONE)
			return code;
	}
	mp_put_map(&m->pairs, filled);
	for (uint32_t i = 0; i < row->count; i++) {
		if (row->cells[i].len == 0)
			continue;
		mp_put_str(&m->pairs, heading->cells[i]);
		mp_put_str(&m->pairs, row->cells[i]);
	}
	m->chunk_items += 2 * filled + 1;
	m->lines[m->chunk_rows++] = row->line;
	if (m->number_column >= 0)
		(void)bytes_cstr(row->cells[m->number_column], m->number, sizeof(m->number));
	return CLIENT_DONE;
}

static bool another_household(const struct import *m, const struct csv_row *row)
{
	return m->number_column >= 0 &&
	       !bytes_equal(row->cells[m->number_column], bytes_str(m->number));
}

static int import_flush(struct client *c, struct import *m)
{
	struct params p = { .count = 0 };
	struct mp_val answer;
	struct mp_val failed;

	if (m->chunk_rows == 0)
		return CLIENT_DONE;
	/* Rows are numbered from 1 here and their lines looked up: a row may span lines, a broken
	 * one is left out. */
	params_uint(&p, "line", 1);
	if (m->rest)
		params_bool(&p, "rest", true);
	if (m->check)
		params_bool(&p, "check", true);
	struct buf *rows = params_value(&p, "rows");
	mp_put_array(rows, m->chunk_rows);
	buf_put_bytes(rows, buf_bytes(&m->pairs));
	int code = client_call(c, "import", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	import_count(&m->households, answer, "households");
	import_count(&m->members, answer, "members");
	struct mp_rd r = answer_items(answer, "failed");
	while (answer_next(&r, &failed))
		import_failed(c, m, failed);
	buf_clear(&m->pairs);
	m->chunk_rows = m->chunk_items = 0;
	client_progress(c, m->check ? say(c, "检查", "checked") : say(c, "导入", "imported"),
			m->rows, m->rows);
	return CLIENT_DONE;
}

static void import_count(struct counts *n, struct mp_val answer, const char *key)
{
	struct mp_val map;

	if (!answer_has(answer, key, &map))
		return;
	n->added += answer_int(map, "new");
	n->changed += answer_int(map, "changed");
	n->same += answer_int(map, "same");
}

static void import_failed(const struct client *c, struct import *m, struct mp_val failed)
{
	int64_t index = answer_int(failed, "line") - 1;
	struct mp_val fault;
	char where[FAULT_WHERE_MAX] = "";
	char sentence[FAULT_TEXT_MAX] = "?";

	if (answer_has(failed, "fault", &fault)) {
		(void)bytes_cstr(answer_text(fault, "where"), where, sizeof(where));
		(void)bytes_cstr(answer_words(c, fault), sentence, sizeof(sentence));
	}
	import_wrong(c, m, index >= 0 && index < m->chunk_rows ? m->lines[index] : 0, where,
		     sentence);
}

static void import_wrong(const struct client *c, struct import *m, uint32_t line, const char *where,
			 const char *sentence)
{
	int column = column_of(m, where);

	(void)c;
	m->failed++;
	sheet_row(&m->wrong);
	sheet_int(&m->wrong, 0, line);
	if (column >= 0) {
		sheet_int(&m->wrong, 1, column + 1);
		sheet_text(&m->wrong, 2, csv_in_heading(m->in)->cells[column]);
	}
	sheet_text(&m->wrong, 3, bytes_str(sentence));
}

/* The file's column that a fault's place stands for: "file:line:column", a heading, or a field that
 * has one. */
static int column_of(const struct import *m, const char *where)
{
	static const char *const kinds[] = { "member", "household" };
	const char *colon = strrchr(where, ':');
	const char *name = colon != NULL ? colon + 1 : where;
	uint32_t columns = csv_in_heading(m->in)->count;
	long column = colon != NULL ? strtol(colon + 1, NULL, 10) : 0;

	if (column >= 1 && column <= (long)columns)
		return (int)column - 1;
	if (csv_in_column(m->in, name) >= 0)
		return csv_in_column(m->in, name);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct kind *k = kind_by_name(bytes_str(kinds[i]));
		const struct field *field = k != NULL ? field_by_name(k, bytes_str(name)) : NULL;
		if (field == NULL)
			continue;
		if (field->column != NULL && csv_in_column(m->in, field->column) >= 0)
			return csv_in_column(m->in, field->column);
		if (csv_in_column(m->in, field->zh) >= 0)
			return csv_in_column(m->in, field->zh);
	}
	return -1;
}

static int import_told(struct client *c, struct import *m, bool saved)
{
	char failed[24];
	int code = CLIENT_DONE;

	if (c->format == FORMAT_JSON)
		code = import_json(c, m, saved);
	else if (c->format == FORMAT_CSV)
		code = sheet_print(c, &m->wrong);
	else
		import_lines(c, m);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_TABLE && !c->quiet)
		(void)fprintf(
		    c->out,
		    say(c,
			"%s（%s）：共 %llu 行；户 新增 %lld、更新 %lld、相同 %lld；人 新增 "
			"%lld、更新 %lld、相同 %lld；不对的 %llu 行。\n",
			"%s (%s): %llu rows; households %lld new, %lld changed, %lld same; members "
			"%lld new, %lld changed, %lld same; %llu rows wrong.\n"),
		    saved ? say(c, "已导入", "Imported")
			  : say(c, "检查结果，没有保存", "Checked, nothing saved"),
		    csv_in_encoding(m->in), (unsigned long long)m->rows,
		    (long long)m->households.added, (long long)m->households.changed,
		    (long long)m->households.same, (long long)m->members.added,
		    (long long)m->members.changed, (long long)m->members.same,
		    (unsigned long long)m->failed);
	if (m->failed == 0)
		return CLIENT_DONE;
	(void)snprintf(failed, sizeof(failed), "%llu", (unsigned long long)m->failed);
	return client_fail(c, CLIENT_FAILED,
			   saved && m->rest ? FAULT_IMPORT_PARTLY : FAULT_IMPORT_FAILED, NULL,
			   failed, NULL);
}

static void import_lines(const struct client *c, const struct import *m)
{
	struct buf text = { 0 };

	for (size_t i = 0; i < m->wrong.row_count; i++) {
		const struct cell *column = sheet_cell(&m->wrong, i, 1);
		buf_clear(&text);
		sheet_cell_text(c, &m->wrong, sheet_cell(&m->wrong, i, 2), &text);
		(void)fprintf(c->out, say(c, "第 %lld 行", "line %lld"),
			      (long long)sheet_cell(&m->wrong, i, 0)->number);
		if (column->type == CELL_INT)
			(void)fprintf(
			    c->out, say(c, "，第 %lld 列（%.*s）", ", column %lld (%.*s)"),
			    (long long)column->number, (int)text.len, (const char *)text.p);
		buf_clear(&text);
		sheet_cell_text(c, &m->wrong, sheet_cell(&m->wrong, i, 3), &text);
		(void)fprintf(c->out, "%s%.*s\n", say(c, "：", ": "), (int)text.len,
			      (const char *)text.p);
	}
	buf_fini(&text);
}

static int import_json(struct client *c, const struct import *m, bool saved)
{
	struct json_out j = json_out_object();
	struct json_out failed = json_out_array();
	const struct counts *const counts[] = { &m->households, &m->members };
	static const char *const names[] = { "households", "members" };
	char text[FAULT_TEXT_MAX];

	for (size_t i = 0; i < 2; i++) {
		struct json_out n = json_out_object();
		json_out_set_int(&n, "new", counts[i]->added);
		json_out_set_int(&n, "changed", counts[i]->changed);
		json_out_set_int(&n, "same", counts[i]->same);
		json_out_set(&j, names[i], n);
	}
	for (size_t i = 0; i < m->wrong.row_count; i++) {
		struct json_out one = json_out_object();
		const struct cell *sentence = sheet_cell(&m->wrong, i, 3);
		json_out_set_int(&one, "line", sheet_cell(&m->wrong, i, 0)->number);
		if (sheet_cell(&m->wrong, i, 1)->type == CELL_INT)
			json_out_set_int(&one, "column", sheet_cell(&m->wrong, i, 1)->number);
		json_out_set_text(
		    &one, "sentence",
		    bytes_cstr(bytes_of(m->wrong.text.p + sentence->at, sentence->len), text,
			       sizeof(text)));
		json_out_append(&failed, one);
	}
	json_out_set(&j, "failed", failed);
	json_out_set_int(&j, "rows", (int64_t)m->rows);
	json_out_set_int(&j, "saved", saved);
	return json_out_print(c, &j);
}
