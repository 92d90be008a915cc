/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_import.c -- households and members from a file, all or, with --rest, all that are right.
 *
 * The node judges the file as one whole, since a row may contradict another that stands far from
 * it. So the rows go there in parts that each fit one request, and only the last part asks for them
 * to be judged and saved (protocol/README.md section 7). Before it nothing happens, and after it
 * either all is saved or nothing, short of a full disk or a power cut, after which the same import
 * writes the rest: what is there already counts as the same.
 *
 * A line that is no row (a quote, too few columns) never gets to the node. Without --rest it keeps
 * everything out, and the node is asked all the same what it thinks of the others. A wrong row is
 * told by its line in the file, its column when the fault names a field, and the sentence. A person
 * reads each fault once, by the first row that has it, and how many more have it too; JSON and CSV
 * list the rows one by one. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/csv_in.h"
#include "client/flagged.h"
#include "client/json_out.h"

enum { PART_ROWS_MAX = 400, PART_BYTES_MAX = 800 * 1024, PART_ITEMS_MAX = 60000 };
enum { BROKEN_MAX = 1000 /* told one by one, as the node does of its own; more are counted */ };
enum { FAULTS_TOLD_MAX = 20 /* in a table; others are counted */ };

struct counts {
	int64_t added, changed, same;
};

/* A line that is no row. */
struct broken {
	uint32_t line;
	char where[FAULT_WHERE_MAX];
	char sentence[FAULT_TEXT_MAX];
};

/* Wrong rows with one fault: the same column and sentence. */
struct alike {
	size_t first; /* row of the sheet */
	uint64_t rows;
};

struct import {
	struct client *c;
	struct csv_in *in;
	bool rest, check;
	bool saved;
	struct counts households, members;
	uint64_t rows, failed, broken_count;
	struct sheet wrong;
	struct mp_val answer; /* the last part's */
	struct buf broken;    /* of struct broken */
	/* The part being filled. */
	struct buf pairs;
	uint32_t part_rows, part_items;
	uint32_t lines[PART_ROWS_MAX];
	/* The parts before it, at the node. */
	bool begun;
	int64_t session;
};

static int import_read(struct import *m);
static int import_row(struct import *m, const struct csv_row *row);
static void import_broken(struct import *m, uint32_t line, const struct fault *f);
static int import_part(struct import *m);
static int import_last(struct import *m);
static void import_params(struct import *m, struct params *p);
static void import_saving(void *ctx, struct mp_val map);
static void import_judged(struct import *m, struct mp_val answer);
static void import_count(struct counts *n, struct mp_val answer, const char *key);
static void import_failed(struct import *m, struct mp_val failed);
static void import_wrong(struct import *m, uint32_t line, const char *where, const char *sentence);
static void import_heading(struct import *m, const char *where, const char *sentence);
static int column_of(const struct import *m, const char *where);
static int import_told(struct import *m);
static void import_lines(const struct import *m);
static uint64_t import_listed(const struct import *m);
static uint32_t import_alike(const struct import *m, struct alike faults[FAULTS_TOLD_MAX]);
static bool same_fault(const struct sheet *s, size_t a, size_t b);
static void import_line(const struct import *m, size_t row);
static int import_json(const struct import *m);

int cmd_import(struct client *c, const struct args *a)
{
	struct import m = { .c = c, .rest = args_has(a, "rest"), .check = args_has(a, "check") };
	int code = CLIENT_FAILED;

	(void)sheet_column(&m.wrong, "line", say(c, "行", "line"), true, true);
	(void)sheet_column(&m.wrong, "column", say(c, "列", "column"), true, false);
	(void)sheet_column(&m.wrong, "heading", say(c, "列名", "heading"), false, false);
	(void)sheet_column(&m.wrong, "sentence", say(c, "问题", "what is wrong"), false, true);
	sheet_give(&m.wrong, 2, 1, SHEET_WRAPS, SHEET_TEXT_LEAST);
	sheet_give(&m.wrong, 3, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	int rc = csv_in_open(&m.in, a->words[0], args_get(a, "encoding"), &c->fault);
	if (rc == 0)
		code = import_read(&m);
	else if (c->fault.code == FAULT_CSV_ENCODING_NAME || c->fault.code == FAULT_FILE_OPEN)
		code = CLIENT_USAGE;
	if (code == CLIENT_DONE && m.rows == 0)
		code = client_fail(c, CLIENT_FAILED, FAULT_CSV_NO_ROWS, a->words[0], NULL, NULL);
	if (code == CLIENT_DONE)
		code = import_last(&m);
	client_progress_end(c);
	if (code == CLIENT_DONE)
		code = import_told(&m);
	csv_in_close(m.in);
	buf_fini(&m.pairs);
	buf_fini(&m.broken);
	sheet_fini(&m.wrong);
	return code;
}

static int import_read(struct import *m)
{
	struct csv_row row;
	struct fault wrong;
	int code = CLIENT_DONE;

	while (code == CLIENT_DONE) {
		int rc = csv_in_next(m->in, &row, &wrong);
		if (rc == CSV_END)
			break;
		m->rows++;
		if (rc == CSV_ROW)
			code = import_row(m, &row);
		else
			import_broken(m, row.line, &wrong);
	}
	return code;
}

/* Add a row to the part; empty cells are left out, an absent field being the same. */
static int import_row(struct import *m, const struct csv_row *row)
{
	const struct csv_row *heading = csv_in_heading(m->in);
	uint32_t filled = 0;
	size_t bytes = 16;

	for (uint32_t i = 0; i < row->count; i++) {
		filled += row->cells[i].len > 0;
		bytes += row->cells[i].len + heading->cells[i].len + 10;
	}
	if (m->part_rows == PART_ROWS_MAX || m->pairs.len + bytes > PART_BYTES_MAX ||
	    m->part_items + 2 * filled + 2 > PART_ITEMS_MAX) {
		int code = import_part(m);
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
	m->part_items += 2 * filled + 2;
	m->lines[m->part_rows++] = row->line;
	return CLIENT_DONE;
}

/* A sentence without the place that it begins with: line and column are told apart from it. */
static const char *unplaced(const char *sentence, const char *where)
{
	static const char *const colons[] = { "：", ": " };
	size_t len = strlen(where);

	for (size_t i = 0; i < 2 && len > 0 && strncmp(sentence, where, len) == 0; i++) {
		if (strncmp(sentence + len, colons[i], strlen(colons[i])) == 0)
			return sentence + len + strlen(colons[i]);
	}
	return sentence;
}

static void import_broken(struct import *m, uint32_t line, const struct fault *f)
{
	struct broken one = { .line = line };
	const char *sentence = unplaced(say(m->c, f->zh, f->en), f->where);

	if (m->broken_count++ >= BROKEN_MAX)
		return;
	(void)bytes_cstr(bytes_str(f->where), one.where, sizeof(one.where));
	(void)bytes_cstr(bytes_str(sentence), one.sentence, sizeof(one.sentence));
	buf_put(&m->broken, &one, sizeof(one));
}

/* Send the part; others follow. */
static int import_part(struct import *m)
{
	struct params p = { .count = 0 };
	struct mp_val answer;

	if (m->part_rows == 0)
		return CLIENT_DONE;
	import_params(m, &p);
	params_bool(&p, "more", true);
	int code = client_call(m->c, "import", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	m->session = answer_int(answer, "session");
	m->begun = true;
	client_progress(m->c, say(m->c, "读入", "read"), m->rows, m->rows);
	return CLIENT_DONE;
}

static void import_params(struct import *m, struct params *p)
{
	struct buf *b = params_value(p, "rows");

	mp_put_array(b, m->part_rows);
	buf_put_buf(b, &m->pairs);
	b = params_value(p, "lines");
	mp_put_array(b, m->part_rows);
	for (uint32_t i = 0; i < m->part_rows; i++)
		mp_put_uint(b, m->lines[i]);
	if (m->begun)
		params_uint(p, "session", (uint64_t)m->session);
	buf_clear(&m->pairs);
	m->part_rows = m->part_items = 0;
}

/* Send the last part: now the file is judged, and saved if it may be. */
static int import_last(struct import *m)
{
	bool check = m->check || (m->broken_count > 0 && !m->rest);
	struct params p = { .count = 0 };
	struct mp_val answer = { 0 };
	int code = CLIENT_DONE;

	if (m->part_rows > 0) { /* else no line is a row */
		import_params(m, &p);
		if (m->rest)
			params_bool(&p, "rest", true);
		if (check)
			params_bool(&p, "check", true);
		code = client_call_notices(m->c, "import", &p, import_saving, m->c, &answer);
	}
	if (code != CLIENT_DONE)
		return code;
	m->answer = answer;
	import_judged(m, answer);
	m->saved = !check && (m->rest ? m->failed < m->rows : m->failed == 0);
	return CLIENT_DONE;
}

static void import_saving(void *ctx, struct mp_val map)
{
	const struct client *c = ctx;
	struct mp_val total;

	if (!answer_has(map, "total", &total))
		return; /* a sign of life alone */
	client_progress(c, say(c, "保存", "saved"), (uint64_t)answer_int(map, "done"),
			(uint64_t)answer_int(map, "total"));
}

/* What the node found, and the broken lines among it, in the order of the file. */
static void import_judged(struct import *m, struct mp_val answer)
{
	const struct broken *broken = (const void *)m->broken.p;
	size_t count = m->broken.len / sizeof(*broken);
	struct mp_val failed;
	size_t at = 0;

	if (m->broken_count == 0 || m->rest) {
		import_count(&m->households, answer, "households");
		import_count(&m->members, answer, "members");
	}
	m->failed = m->broken_count + (uint64_t)answer_int(answer, "wrong");
	for (struct mp_rd r = answer_items(answer, "failed"); answer_next(&r, &failed);) {
		for (; at < count && broken[at].line < answer_int(failed, "line"); at++)
			import_wrong(m, broken[at].line, broken[at].where, broken[at].sentence);
		import_failed(m, failed);
	}
	for (; at < count; at++)
		import_wrong(m, broken[at].line, broken[at].where, broken[at].sentence);
}

static void import_count(struct counts *n, struct mp_val answer, const char *key)
{
	struct mp_val map;

	if (!answer_has(answer, key, &map))
		return;
	n->added = answer_int(map, "new");
	n->changed = answer_int(map, "changed");
	n->same = answer_int(map, "same");
}

static void import_failed(struct import *m, struct mp_val failed)
{
	struct mp_val fault;
	char where[FAULT_WHERE_MAX] = "";
	char sentence[FAULT_TEXT_MAX] = "?";

	if (answer_has(failed, "fault", &fault)) {
		(void)bytes_cstr(answer_text(fault, "where"), where, sizeof(where));
		(void)bytes_cstr(answer_words(m->c, fault), sentence, sizeof(sentence));
	}
	if (answer_has(failed, "fault", &fault) &&
	    bytes_equal(answer_text(fault, "name"), BYTES_LIT("import_heading")))
		import_heading(m, where, sentence);
	else
		import_wrong(m, (uint32_t)answer_int(failed, "line"), where, sentence);
}

/* A heading is wrong once, in its own line, however many rows have something below it. */
static void import_heading(struct import *m, const char *where, const char *sentence)
{
	uint32_t line = csv_in_heading(m->in)->line;
	int column = column_of(m, where);
	bool told = false;

	for (size_t i = 0; i < m->wrong.row_count && !told; i++)
		told = sheet_cell(&m->wrong, i, 0)->number == line &&
		       sheet_cell(&m->wrong, i, 1)->number == column + 1;
	if (!told)
		import_wrong(m, line, where, sentence);
}

static void import_wrong(struct import *m, uint32_t line, const char *where, const char *sentence)
{
	int column = column_of(m, where);

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

static int import_told(struct import *m)
{
	struct client *c = m->c;
	char failed[24];
	int code = CLIENT_DONE;

	if (c->format == FORMAT_JSON)
		code = import_json(m);
	else if (c->format == FORMAT_CSV)
		code = sheet_print(c, &m->wrong);
	else
		import_lines(m);
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
		    m->saved ? say(c, "已导入", "Imported")
			     : say(c, "检查结果，没有保存", "Checked, nothing saved"),
		    csv_in_encoding(m->in), (unsigned long long)m->rows,
		    (long long)m->households.added, (long long)m->households.changed,
		    (long long)m->households.same, (long long)m->members.added,
		    (long long)m->members.changed, (long long)m->members.same,
		    (unsigned long long)m->failed);
	if (c->format != FORMAT_JSON)
		flagged_tell(c, m->answer);
	if (m->failed == 0)
		return CLIENT_DONE;
	(void)snprintf(failed, sizeof(failed), "%llu", (unsigned long long)m->failed);
	return client_fail(c, CLIENT_FAILED, m->saved ? FAULT_IMPORT_PARTLY : FAULT_IMPORT_FAILED,
			   NULL, failed, NULL);
}

static void import_lines(const struct import *m)
{
	const struct client *c = m->c;
	struct alike faults[FAULTS_TOLD_MAX];
	uint32_t count = import_alike(m, faults);
	uint64_t told = 0, listed = import_listed(m);

	for (uint32_t i = 0; i < count; i++) {
		import_line(m, faults[i].first);
		if (faults[i].rows > 1)
			(void)fprintf(c->out, say(c, " … 另有 %llu 行", " … and %llu more rows"),
				      (unsigned long long)(faults[i].rows - 1));
		(void)fputc('\n', c->out);
		told += faults[i].rows;
	}
	if (m->wrong.row_count > told)
		(void)fprintf(c->out,
			      say(c, "另有 %llu 处其他问题；加 --format csv 可逐一列出。\n",
				  "%llu more faults; --format csv lists them one by one.\n"),
			      (unsigned long long)(m->wrong.row_count - told));
	if (m->failed > listed)
		(void)fprintf(c->out,
			      say(c, "另有 %llu 行不对，没有逐行列出。\n",
				  "%llu more rows are wrong and not listed one by one.\n"),
			      (unsigned long long)(m->failed - listed));
}

/* The rows of which faults are listed: those of one row stand together. */
static uint64_t import_listed(const struct import *m)
{
	uint64_t rows = 0;
	int64_t line = -1;

	for (size_t i = 0; i < m->wrong.row_count; i++) {
		rows += sheet_cell(&m->wrong, i, 0)->number != line;
		line = sheet_cell(&m->wrong, i, 0)->number;
	}
	return rows;
}

/* The first faults in the order of the file. Returns how many. */
static uint32_t import_alike(const struct import *m, struct alike faults[FAULTS_TOLD_MAX])
{
	uint32_t count = 0;

	for (size_t row = 0; row < m->wrong.row_count; row++) {
		uint32_t i = 0;
		while (i < count && !same_fault(&m->wrong, faults[i].first, row))
			i++;
		if (i == FAULTS_TOLD_MAX)
			continue;
		if (i == count)
			faults[count++] = (struct alike){ .first = row };
		faults[i].rows++;
	}
	return count;
}

static bool same_fault(const struct sheet *s, size_t a, size_t b)
{
	const struct cell *one = sheet_cell(s, a, 3), *other = sheet_cell(s, b, 3);

	return sheet_cell(s, a, 1)->number == sheet_cell(s, b, 1)->number &&
	       one->len == other->len &&
	       (one->len == 0 || memcmp(s->text.p + one->at, s->text.p + other->at, one->len) == 0);
}

/* "line 5, column 2 (姓名): what is wrong", without the line's end. */
static void import_line(const struct import *m, size_t row)
{
	const struct client *c = m->c;
	const struct cell *column = sheet_cell(&m->wrong, row, 1);
	struct buf text = { 0 };

	sheet_cell_text(c, &m->wrong, sheet_cell(&m->wrong, row, 2), &text);
	(void)fprintf(c->out, say(c, "第 %lld 行", "line %lld"),
		      (long long)sheet_cell(&m->wrong, row, 0)->number);
	if (column->type == CELL_INT)
		(void)fprintf(c->out, say(c, "，第 %lld 列（%.*s）", ", column %lld (%.*s)"),
			      (long long)column->number, (int)text.len, (const char *)text.p);
	buf_clear(&text);
	sheet_cell_text(c, &m->wrong, sheet_cell(&m->wrong, row, 3), &text);
	(void)fprintf(c->out, "%s%.*s", say(c, "：", ": "), (int)text.len, (const char *)text.p);
	buf_fini(&text);
}

static int import_json(const struct import *m)
{
	struct json_out j = json_out_object();
	struct json_out failed = json_out_array();
	const struct counts *const counts[] = { &m->households, &m->members };
	static const char *const names[] = { "households", "members" };
	char text[FAULT_TEXT_MAX];
	struct mp_val flag;

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
	struct json_out flags = json_out_array();
	for (struct mp_rd r = answer_items(m->answer, "flags"); answer_next(&r, &flag);)
		json_out_append(&flags, json_out_of(flag, NULL));
	json_out_set(&j, "flags", flags);
	json_out_set_int(&j, "wrong", (int64_t)m->failed);
	json_out_set_int(&j, "rows", (int64_t)m->rows);
	json_out_set_int(&j, "saved", m->saved);
	return json_out_print(m->c, &j);
}
