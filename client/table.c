/* table.c -- see table.h. libsmartcols' negative errno values end here. Its own escaping is off: it
 * lets bidirectional controls through, and would escape again what sheet.c has made fit to be
 * shown. */
#include "client/table.h"

#include <libsmartcols/libsmartcols.h>

static int table_columns(struct libscols_table *t, const struct sheet *s);
static int table_row(const struct client *c, struct libscols_table *t, const struct sheet *s,
		     size_t row, struct buf *text);

int table_print(struct client *c, const struct sheet *s)
{
	struct buf text = { 0 };
	struct libscols_table *t = scols_new_table();
	int rc = t == NULL ? BF_ENOMEM : BF_OK;

	if (rc != 0)
		goto done;
	if (scols_table_set_stream(t, c->out) != 0 ||
	    scols_table_set_termforce(t, SCOLS_TERMFORCE_NEVER) != 0 ||
	    scols_table_enable_noencoding(t, 1) != 0 ||
	    scols_table_set_column_separator(t, "  ") != 0)
		rc = BF_ENOMEM;
	if (rc == 0)
		rc = table_columns(t, s);
	for (size_t i = 0; rc == 0 && i < s->row_count; i++)
		rc = table_row(c, t, s, i, &text);
	if (rc == 0 && s->row_count > 0 && scols_print_table(t) != 0)
		rc = BF_ENOMEM;
done:
	buf_fini(&text);
	scols_unref_table(t);
	return rc;
}

static int table_columns(struct libscols_table *t, const struct sheet *s)
{
	for (uint32_t i = 0; i < s->column_count; i++) {
		int flags = s->columns[i].right ? SCOLS_FL_RIGHT : 0;
		if (s->columns[i].never || (!s->columns[i].shown && !s->columns[i].always))
			flags |= SCOLS_FL_HIDDEN;
		if (scols_table_new_column(t, s->columns[i].title, 0, flags) == NULL)
			return BF_ENOMEM;
	}
	return BF_OK;
}

static int table_row(const struct client *c, struct libscols_table *t, const struct sheet *s,
		     size_t row, struct buf *text)
{
	struct libscols_line *line = scols_table_new_line(t, NULL);

	if (line == NULL)
		return BF_ENOMEM;
	for (uint32_t i = 0; i < s->column_count; i++) {
		buf_clear(text);
		sheet_cell_text(c, s, sheet_cell(s, row, i), text);
		buf_u8(text, 0);
		if (text->err != 0 || scols_line_set_data(line, i, (const char *)text->p) != 0)
			return BF_ENOMEM;
	}
	return BF_OK;
}
