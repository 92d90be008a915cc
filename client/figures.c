/* SPDX-License-Identifier: Apache-2.0 */
/* figures.c -- see figures.h. */
#include "client/figures.h"

#include "protocol/money.h"

struct figures figures_of(struct mp_val answer)
{
	return (struct figures){ .answer = answer, .left = answer_items(answer, "rows") };
}

bool figures_next(struct figures *f)
{
	return answer_next(&f->left, &f->row);
}

/* A handful of columns: looked through, not indexed. */
static bool cell_of(const struct figures *f, const char *column, struct mp_val *out)
{
	struct mp_rd names = answer_items(f->answer, "columns"), values = mp_rd_array(f->row);
	struct bytes wanted = bytes_str(column), name;
	struct mp_val key;

	while (answer_next(&names, &key) && answer_next(&values, out))
		if (mp_get_str(key, &name) == 0 && bytes_equal(name, wanted))
			return mp_type_of(*out) != MP_NIL;
	return false;
}

bool figures_has(const struct figures *f, const char *column)
{
	struct mp_val v;

	return cell_of(f, column, &v);
}

struct bytes figures_text(const struct figures *f, const char *column)
{
	struct bytes text = bytes_of(NULL, 0);
	struct mp_val v;

	if (cell_of(f, column, &v))
		(void)mp_get_str(v, &text);
	return text;
}

int64_t figures_int(const struct figures *f, const char *column)
{
	struct mp_val v;
	int64_t n = 0;

	if (cell_of(f, column, &v))
		(void)mp_get_int(v, &n);
	return n;
}

bool figures_code(const struct figures *f, const char *column, int64_t *code, struct mp_val *words)
{
	struct mp_val dims;

	*code = figures_int(f, column);
	if (!answer_has(f->answer, "dims", &dims))
		return false;
	for (struct mp_rd r = answer_items(dims, column); answer_next(&r, words);)
		if (answer_int(*words, "code") == *code)
			return true;
	return false;
}

/* ---- is it an answer at all ---- */

static bool columns_sound(struct mp_val answer)
{
	struct mp_rd r = answer_items(answer, "columns");
	struct mp_val name, other;
	struct bytes a, b;
	bool count = false, sum = false;

	while (answer_next(&r, &name)) {
		struct mp_rd later = r;

		if (mp_get_str(name, &a) != 0)
			return false;
		while (answer_next(&later, &other))
			if (mp_get_str(other, &b) == 0 && bytes_equal(a, b))
				return false;
		count = count || bytes_equal(a, BYTES_LIT("count"));
		sum = sum || bytes_equal(a, BYTES_LIT("sum"));
	}
	return count && sum;
}

static bool number_of(const struct figures *f, const char *column, int64_t *out)
{
	struct mp_val v;

	return cell_of(f, column, &v) && mp_get_int(v, out) == 0;
}

bool figures_sound(struct mp_val answer)
{
	struct mp_val columns, rows, v;
	int64_t counts = 0, sums = 0, count, sum;

	if (!answer_has(answer, "columns", &columns) || !answer_has(answer, "rows", &rows) ||
	    mp_type_of(rows) != MP_ARRAY || !columns_sound(answer))
		return false;
	for (struct figures f = figures_of(answer); figures_next(&f);)
		if (mp_type_of(f.row) != MP_ARRAY || mp_count(f.row) != mp_count(columns) ||
		    !number_of(&f, "count", &count) || !number_of(&f, "sum", &sum) || count < 0 ||
		    fen_add(counts, count, &counts) != 0 || fen_add(sums, sum, &sums) != 0)
			return false;
	return answer_has(answer, "count", &v) && mp_get_int(v, &count) == 0 && count == counts &&
	       answer_has(answer, "sum", &v) && mp_get_int(v, &sum) == 0 && sum == sums;
}

/* ---- as JSON ---- */

static struct json_out code_json(const struct figures *f, const char *column)
{
	struct mp_val words = { NULL };
	int64_t code;

	if (figures_code(f, column, &code, &words))
		return json_out_of(words, NULL);
	if (code == 0)
		return json_out_of((struct mp_val){ NULL }, NULL);
	struct json_out bare = json_out_object();

	json_out_set_int(&bare, "code", code);
	json_out_set_text(&bare, "zh", "");
	json_out_set_text(&bare, "en", "");
	return bare;
}

static struct json_out row_json(const struct figures *f, const char *const *fen)
{
	struct json_out row = json_out_object(), dims = json_out_object();
	struct mp_val known = { NULL }, words, name, value;
	struct mp_rd values = mp_rd_array(f->row);
	char column[64];

	(void)answer_has(f->answer, "dims", &known);
	for (struct mp_rd r = answer_items(f->answer, "columns"); answer_next(&r, &name);) {
		struct bytes text = { 0 };

		(void)mp_get_str(name, &text);
		(void)bytes_cstr(text, column, sizeof(column));
		if (!answer_next(&values, &value))
			break;
		if (answer_has(known, column, &words))
			json_out_set(&dims, column, code_json(f, column));
		else
			json_out_member(&row, column, value, fen);
	}
	json_out_set(&row, "dims", dims);
	return row;
}

struct json_out figures_json(struct mp_val answer, const char *const *fen)
{
	struct json_out rows = json_out_array();

	for (struct figures f = figures_of(answer); figures_next(&f);)
		json_out_append(&rows, row_json(&f, fen));
	return rows;
}
