/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_places.c -- the hub's table of divisions from a CSV of code, name, level.
 *
 * The level is not sent: it follows from the code. It is compared, since a row whose level does not
 * fit its code was put together wrongly. Rows go up in order of code, so that each parent is there
 * before its children. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/csv_in.h"
#include "client/json_out.h"
#include "protocol/division.h"

/* A province goes up in one request, all or none, when it fits the bounds of one; else in as few as
 * can be. */
enum { CHUNK_ROWS_MAX = RPC_ITEMS_MAX / 2 - 16, CHUNK_BYTES_MAX = RPC_BYTES_MAX - 4096 };
enum { ROW_BYTES = DIVISION_DIGITS + 8, PLACE_NAME_MAX = 200 };

struct place_row {
	uint64_t code;
	size_t at, len; /* of `names` */
};

struct places {
	struct place_row *rows;
	size_t count, cap;
	struct buf names;
	const char *edition;
	bool diff, force;
	/* What the hub says that it changes. */
	char before[64]; /* its present edition; "": none */
	bool older;
	int64_t foreign, added, renamed, gone, used;
	struct sheet changes;
	struct json_out json; /* the same */
};

static int places_read(struct client *c, struct csv_in *in, const char *path, struct places *t);
static int places_row(struct client *c, const char *path, const struct csv_row *row,
		      const int columns[3], struct places *t);
static int by_code(const void *a, const void *b);
static size_t places_fit(const struct places *t, size_t from);
static int places_weigh(struct client *c, struct places *t, bool list);
static int places_allowed(struct client *c, const struct places *t);
static int places_import(struct client *c, struct places *t);
static int places_told(struct client *c, struct places *t);

int cmd_places(struct client *c, const struct args *a)
{
	struct places t = { .edition = args_get(a, "edition"),
			    .diff = args_has(a, "diff"),
			    .force = args_has(a, "force") };
	struct csv_in *in = NULL;

	if (t.edition == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_MISSING, "edition", "2023", NULL);
	if (csv_in_open(&in, a->words[0], args_get(a, "encoding"), &c->fault) != 0)
		return c->fault.code == FAULT_FILE_OPEN ? CLIENT_USAGE : CLIENT_FAILED;
	int code = places_read(c, in, a->words[0], &t);
	csv_in_close(in);
	if (code == CLIENT_DONE && t.count > 0) {
		qsort(t.rows, t.count, sizeof(t.rows[0]), by_code);
		code = places_weigh(c, &t, t.diff);
		if (code == CLIENT_DONE && !t.diff)
			code = places_allowed(c, &t);
		if (code == CLIENT_DONE && !t.diff)
			code = places_import(c, &t);
	}
	client_progress_end(c);
	if (code == CLIENT_DONE)
		code = places_told(c, &t);
	free(t.rows);
	buf_fini(&t.names);
	sheet_fini(&t.changes);
	json_out_fini(&t.json);
	return code;
}

static int places_read(struct client *c, struct csv_in *in, const char *path, struct places *t)
{
	static const char *const headings[3] = { "code", "name", "level" };
	int columns[3];
	struct csv_row row;

	for (size_t i = 0; i < 3; i++) {
		columns[i] = csv_in_column(in, headings[i]);
		if (columns[i] < 0)
			return client_fail(c, CLIENT_FAILED, FAULT_CSV_NO_COLUMN, path, headings[i],
					   NULL);
	}
	for (;;) {
		int rc = csv_in_next(in, &row, &c->fault);
		if (rc == CSV_END)
			return CLIENT_DONE;
		if (rc != CSV_ROW)
			return CLIENT_FAILED;
		int code = places_row(c, path, &row, columns, t);
		if (code != CLIENT_DONE)
			return code;
	}
}

static int places_row(struct client *c, const char *path, const struct csv_row *row,
		      const int columns[3], struct places *t)
{
	struct bytes code = row->cells[columns[0]];
	struct bytes name = row->cells[columns[1]];
	struct bytes level = row->cells[columns[2]];
	char where[FAULT_WHERE_MAX];
	char file[61]; /* of a long path the beginning, in whole characters */
	char a[PLACE_NAME_MAX];
	char b[64];
	uint64_t number;

	(void)snprintf(where, sizeof(where), "%s:%u",
		       bytes_cstr(bytes_str(path), file, sizeof(file)), row->line);
	if (code.len != DIVISION_DIGITS || division_parse(code, &number) != 0)
		return client_fail(c, CLIENT_FAILED, FAULT_CSV_CODE, where,
				   bytes_cstr(code, a, sizeof(a)), NULL);
	if (division_level_parse(level) != division_level(number))
		return client_fail(c, CLIENT_FAILED, FAULT_CSV_LEVEL, where,
				   bytes_cstr(code, a, sizeof(a)), bytes_cstr(level, b, sizeof(b)));
	if (t->count == t->cap) {
		size_t cap = t->cap == 0 ? 1024 : t->cap * 2;
		struct place_row *rows = realloc(t->rows, cap * sizeof(*rows));
		if (rows == NULL)
			return client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
		t->rows = rows;
		t->cap = cap;
	}
	t->rows[t->count++] =
	    (struct place_row){ .code = number, .at = t->names.len, .len = name.len };
	buf_put_bytes(&t->names, name);
	return t->names.err == 0 ? CLIENT_DONE
				 : client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
}

static int by_code(const void *a, const void *b)
{
	const struct place_row *x = a;
	const struct place_row *y = b;

	return (x->code > y->code) - (x->code < y->code);
}

/* How many rows from `from` on fit one request. */
static size_t places_fit(const struct places *t, size_t from)
{
	size_t bytes = 0;
	size_t count = 0;

	while (from + count < t->count && count < CHUNK_ROWS_MAX) {
		bytes += ROW_BYTES + t->rows[from + count].len;
		if (bytes > CHUNK_BYTES_MAX && count > 0)
			break;
		count++;
	}
	return count;
}

/* ---- asking ---- */

/* One request of the rows from `from` on. A new edition is whole: what it says stands for all codes
 * up to the next request's, of the first one from its province on and of the last one to its end.
 */
static void places_put(const struct places *t, size_t from, size_t count, bool whole,
		       struct params *p)
{
	char code[DIVISION_DIGITS + 1];
	const struct place_row *row = &t->rows[from];

	params_text(p, "edition", t->edition);
	struct buf *rows = params_value(p, "rows");
	mp_put_array(rows, (uint32_t)(2 * count));
	for (size_t i = from; i < from + count; i++) {
		mp_put_cstr(rows, division_print(t->rows[i].code, code));
		mp_put_str(rows, bytes_of(t->names.p + t->rows[i].at, t->rows[i].len));
	}
	if (!whole)
		return;
	params_uint(p, "from", from == 0 ? division_at(row->code, 1) : row->code);
	params_uint(p, "until",
		    from + count < t->count ? row[count].code
					    : division_end(division_at(row[count - 1].code, 1)));
}

static const char *change_word(const struct client *c, struct bytes word)
{
	return bytes_equal(word, bytes_str("added"))     ? say(c, "新增", "added")
	       : bytes_equal(word, bytes_str("renamed")) ? say(c, "改名", "renamed")
							 : say(c, "没有了", "gone");
}

static void change_columns(const struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "change", say(c, "变化", "change"), false, true);
	(void)sheet_column(s, "code", say(c, "代码", "code"), false, true);
	(void)sheet_column(s, "was", say(c, "原名称", "name before"), false, true);
	(void)sheet_column(s, "name", say(c, "新名称", "name"), false, true);
	(void)sheet_column(s, "used", say(c, "在用", "in use"), false, false);
	sheet_give(s, 2, 1, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, 3, 1, SHEET_CUT, SHEET_TEXT_LEAST);
}

static uint64_t take_change(const struct client *c, struct places *t, struct mp_val x)
{
	struct bytes code = answer_text(x, "code");
	uint64_t number = 0;

	(void)division_parse(code, &number);
	if (c->format == FORMAT_JSON) {
		json_out_append(&t->json, json_out_of(x, NULL));
		return number;
	}
	sheet_row(&t->changes);
	sheet_text(&t->changes, 0, bytes_str(change_word(c, answer_text(x, "change"))));
	sheet_text(&t->changes, 1, code);
	sheet_text(&t->changes, 2, answer_text(x, "was"));
	sheet_text(&t->changes, 3, answer_text(x, "name"));
	if (answer_bool(x, "used"))
		sheet_text(&t->changes, 4, bytes_str(say(c, "是", "yes")));
	return number;
}

static void take_counts(struct places *t, struct mp_val s)
{
	(void)bytes_cstr(answer_text(s, "edition"), t->before, sizeof(t->before));
	t->older = answer_bool(s, "older");
	t->foreign += answer_int(s, "foreign");
	t->added += answer_int(s, "added");
	t->renamed += answer_int(s, "renamed");
	t->gone += answer_int(s, "gone");
	t->used += answer_int(s, "used");
}

/* One request's changes; they may take several answers. */
static int weigh_some(struct client *c, struct places *t, size_t from, size_t count, bool list)
{
	uint64_t after = 0;
	bool more = true;

	for (bool first = true; more; first = false) {
		struct params p = { .count = 0 };
		struct mp_val s, x;

		places_put(t, from, count, true, &p);
		params_bool(&p, "check", true);
		if (after > 0)
			params_uint(&p, "after", after);
		int code = client_call(c, "places", &p, &s);
		if (code != CLIENT_DONE)
			return code;
		if (first)
			take_counts(t, s);
		/* Of the first table there is nothing to compare with, unless it is asked for. */
		list = list || t->before[0] != '\0';
		for (struct mp_rd r = answer_items(s, "changes"); list && answer_next(&r, &x);)
			after = take_change(c, t, x);
		more = list && answer_bool(s, "more");
	}
	return CLIENT_DONE;
}

/* What all of it changes, before any of it is put. */
static int places_weigh(struct client *c, struct places *t, bool list)
{
	int code = CLIENT_DONE;

	change_columns(c, &t->changes);
	if (c->format == FORMAT_JSON)
		t->json = json_out_array();
	for (size_t at = 0, count; code == CLIENT_DONE && at < t->count; at += count) {
		count = places_fit(t, at);
		code = weigh_some(c, t, at, count, list);
		client_progress(c, say(c, "比较区划", "comparing"), at + count, t->count);
	}
	return code;
}

/* The hub refuses as well; here it is said before the first of several requests is kept. */
static int places_allowed(struct client *c, const struct places *t)
{
	char count[24];
	int64_t n = t->foreign > 0 ? t->foreign : t->used;

	if (t->force || t->older || n == 0 || places_fit(t, 0) == t->count)
		return CLIENT_DONE; /* one request: the hub's own words name the first */
	(void)snprintf(count, sizeof(count), "%lld", (long long)n);
	return client_fail(c, CLIENT_REFUSED,
			   t->foreign > 0 ? FAULT_PLACES_FOREIGN : FAULT_PLACES_USED, NULL, count,
			   "…");
}

static int places_import(struct client *c, struct places *t)
{
	bool whole = strcmp(t->before, t->edition) != 0;
	int code = CLIENT_DONE;

	for (size_t at = 0, count; code == CLIENT_DONE && at < t->count; at += count) {
		struct params p = { .count = 0 };
		struct mp_val s;

		count = places_fit(t, at);
		places_put(t, at, count, whole, &p);
		if (t->force)
			params_bool(&p, "force", true);
		code = client_call(c, "places", &p, &s);
		client_progress(c, say(c, "导入区划", "divisions"), at + count, t->count);
	}
	return code;
}

/* ---- telling ---- */

static int told_json(struct client *c, struct places *t)
{
	struct json_out j = json_out_object();

	json_out_set_int(&j, "rows", (int64_t)t->count);
	json_out_set_bool(&j, "imported", !t->diff);
	json_out_set_text(&j, "edition_before", t->before[0] != '\0' ? t->before : NULL);
	json_out_set_bool(&j, "older", t->older);
	json_out_set_int(&j, "foreign", t->foreign);
	json_out_set_int(&j, "added", t->added);
	json_out_set_int(&j, "renamed", t->renamed);
	json_out_set_int(&j, "gone", t->gone);
	json_out_set_int(&j, "used", t->used);
	json_out_set(&j, "changes", t->json);
	t->json = (struct json_out){ 0 };
	return json_out_print(c, &j);
}

/* In words. A file of changes has none around it, so they go to the person. */
static void told_counts(const struct client *c, const struct places *t)
{
	FILE *to = c->format == FORMAT_CSV && t->changes.row_count > 0 ? c->err : c->out;

	(void)fprintf(to,
		      t->diff
			  ? say(c, "文件里有区划 %zu 个（%s 版），没有导入。\n",
				"The file has %zu divisions (edition %s); nothing was imported.\n")
			  : say(c, "已导入区划 %zu 个（%s 版）。\n",
				"Imported %zu divisions (edition %s).\n"),
		      t->count, t->edition);
	if (t->before[0] == '\0')
		return;
	(void)fprintf(
	    to,
	    say(c, "与现有的 %s 版比：新增 %lld，改名 %lld，没有了 %lld（其中在用 %lld）。\n",
		"Against edition %s: %lld added, %lld renamed, %lld gone (%lld of them in "
		"use).\n"),
	    t->before, (long long)t->added, (long long)t->renamed, (long long)t->gone,
	    (long long)t->used);
	if (t->gone > 0 && !t->diff)
		(void)fprintf(to, "%s\n",
			      say(c, "没有了的代码保留着，旧记录仍在原来的代码下。",
				  "Codes that are gone are kept: old records stay under them."));
	if (t->diff && (t->older || t->foreign > 0 || t->used > 0))
		(void)fprintf(
		    to,
		    say(c, "导入它要加 --force%s%s%s。\n",
			"To import it --force is needed%s%s%s.\n"),
		    t->older ? say(c, "，版本较旧", ", an older edition") : "",
		    t->foreign > 0 ? say(c, "，有外省的代码", ", codes of another province") : "",
		    t->used > 0 ? say(c, "，少了在用的代码", ", codes in use are gone") : "");
}

static int places_told(struct client *c, struct places *t)
{
	if (c->format == FORMAT_JSON)
		return told_json(c, t);
	if (!c->quiet)
		told_counts(c, t);
	return t->changes.row_count > 0 || (t->diff && c->format == FORMAT_CSV)
		   ? sheet_print(c, &t->changes)
		   : CLIENT_DONE;
}
