/* figures.c -- see figures.h. */
#include "client/figures.h"

#include <string.h>

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

bool figures_code(const struct figures *f, const char *column, struct mp_val *code)
{
	struct mp_val dims;
	int64_t wanted = figures_int(f, column);

	if (!answer_has(f->answer, "dims", &dims))
		return false;
	for (struct mp_rd r = answer_items(dims, column); answer_next(&r, code);)
		if (answer_int(*code, "code") == wanted)
			return true;
	return false;
}

/* ---- as JSON ---- */

static void set_cell(struct json_out *row, const struct figures *f, const char *column,
		     const char *const *fen)
{
	struct mp_val v;

	if (cell_of(f, column, &v))
		json_out_member(row, column, v, fen);
}

static struct json_out row_json(const struct figures *f, const char *const *fen)
{
	static const char *const plain[] = { "division", "division_name", "month", NULL };
	static const char *const last[] = { "count", "sum", NULL };
	struct json_out row = json_out_object(), dims = json_out_object();
	struct mp_val words, code;
	char name[64];

	for (const char *const *column = plain; *column != NULL; column++)
		set_cell(&row, f, *column, fen);
	if (answer_has(f->answer, "dims", &words))
		for (struct mp_rd r = mp_rd_map(words); r.left > 0; (void)mp_take(&r)) {
			(void)bytes_cstr(mp_take_str(&r), name, sizeof(name));
			if (figures_code(f, name, &code))
				json_out_member(&dims, name, code, NULL);
			else
				json_out_member(&dims, name, (struct mp_val){ NULL }, NULL);
		}
	json_out_set(&row, "dims", dims);
	for (const char *const *column = last; *column != NULL; column++)
		set_cell(&row, f, *column, fen);
	return row;
}

struct json_out figures_json(struct mp_val answer, const char *const *fen)
{
	struct json_out rows = json_out_array();

	for (struct figures f = figures_of(answer); figures_next(&f);)
		json_out_append(&rows, row_json(&f, fen));
	return rows;
}
