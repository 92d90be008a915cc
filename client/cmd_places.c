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
};

static int places_read(struct client *c, struct csv_in *in, const char *path, struct places *t);
static int places_row(struct client *c, const char *path, const struct csv_row *row,
		      const int columns[3], struct places *t);
static int by_code(const void *a, const void *b);
static size_t places_fit(const struct places *t, size_t from);
static int places_send(struct client *c, const struct places *t, size_t from, size_t count,
		       const char *edition);

int cmd_places(struct client *c, const struct args *a)
{
	const char *edition = args_get(a, "edition");
	struct places t = { .count = 0 };
	struct csv_in *in = NULL;

	if (edition == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_MISSING, "edition", "2023", NULL);
	if (csv_in_open(&in, a->words[0], args_get(a, "encoding"), &c->fault) != 0)
		return c->fault.code == FAULT_FILE_OPEN ? CLIENT_USAGE : CLIENT_FAILED;
	int code = places_read(c, in, a->words[0], &t);
	csv_in_close(in);
	if (code == CLIENT_DONE)
		qsort(t.rows, t.count, sizeof(t.rows[0]), by_code);
	for (size_t at = 0, count = 0; code == CLIENT_DONE && at < t.count; at += count) {
		count = places_fit(&t, at);
		code = places_send(c, &t, at, count, edition);
		client_progress(c, say(c, "导入区划", "divisions"), at + count, t.count);
	}
	client_progress_end(c);
	if (code == CLIENT_DONE && c->format == FORMAT_JSON) {
		struct json_out j = json_out_object();
		json_out_set_int(&j, "rows", (int64_t)t.count);
		code = json_out_print(c, &j);
	} else if (code == CLIENT_DONE && !c->quiet)
		(void)fprintf(c->out,
			      say(c, "已导入区划 %zu 个（%s 版）。\n",
				  "Imported %zu divisions (edition %s).\n"),
			      t.count, edition);
	free(t.rows);
	buf_fini(&t.names);
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
	char a[PLACE_NAME_MAX];
	char b[64];
	uint64_t number;

	(void)snprintf(where, sizeof(where), "%.60s:%u", path, row->line);
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

static int places_send(struct client *c, const struct places *t, size_t from, size_t count,
		       const char *edition)
{
	struct params p = { .count = 0 };
	struct mp_val answer;
	char code[DIVISION_DIGITS + 1];

	params_text(&p, "edition", edition);
	struct buf *rows = params_value(&p, "rows");
	mp_put_array(rows, (uint32_t)(2 * count));
	for (size_t i = from; i < from + count; i++) {
		mp_put_cstr(rows, division_print(t->rows[i].code, code));
		mp_put_str(rows, bytes_of(t->names.p + t->rows[i].at, t->rows[i].len));
	}
	return client_call(c, "places", &p, &answer);
}
