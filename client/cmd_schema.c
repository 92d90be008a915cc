/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_schema.c -- references made from tables: fields and codes, the node's methods and counters.
 */
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/fields.h"
#include "client/json_out.h"

int cmd_schema(struct client *c, const struct args *a)
{
	const struct kind *only = NULL;

	if (a->word_count > 0) {
		only = kind_by_name(bytes_str(a->words[0]));
		if (only == NULL)
			return client_fail(c, CLIENT_USAGE, FAULT_UNKNOWN_KIND, "kind", a->words[0],
					   "bangfu schema");
	}
	if (c->format == FORMAT_JSON)
		return fields_json(c, only);
	if (c->format == FORMAT_CSV)
		return fields_sheet(c, only);
	for (size_t i = 0; kind_at(i) != NULL; i++) {
		const struct kind *k = kind_at(i);
		if (only != NULL && k != only)
			continue;
		(void)fprintf(c->out, "%s %s — %s\n", k->name, k->zh, k->en);
		int code = fields_sheet(c, k);
		if (code != CLIENT_DONE)
			return code;
		fields_codes(c, k);
		(void)fputc('\n', c->out);
	}
	return CLIENT_DONE;
}

int cmd_methods(struct client *c, const struct args *a)
{
	struct sheet s = { .row_count = 0 };
	struct mp_val answer;
	struct mp_val method;
	struct mp_val param;
	int code = client_call(c, "methods", NULL, &answer);

	(void)a;
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	(void)sheet_column(&s, "name", say(c, "方法", "method"), false, true);
	(void)sheet_column(&s, "params", say(c, "参数", "params"), false, true);
	(void)sheet_column(&s, "text", say(c, "说明", "meaning"), false, true);
	sheet_give(&s, 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	sheet_give(&s, 2, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	struct mp_rd r = mp_rd_array(answer);
	while (answer_next(&r, &method)) {
		struct buf params = { 0 };
		struct mp_rd each = answer_items(method, "params");
		while (answer_next(&each, &param)) {
			buf_put_bytes(&params, bytes_str(params.len > 0 ? ", " : ""));
			buf_put_bytes(&params, answer_text(param, "name"));
			buf_put_bytes(&params,
				      bytes_str(answer_bool(param, "required") ? "" : "?"));
		}
		sheet_row(&s);
		sheet_text(&s, 0, answer_text(method, "name"));
		sheet_text(&s, 1, buf_bytes(&params));
		sheet_text(&s, 2, answer_words(c, method));
		buf_fini(&params);
	}
	code = sheet_print(c, &s);
	sheet_fini(&s);
	return code;
}

int cmd_counters(struct client *c, const struct args *a)
{
	struct sheet s = { .row_count = 0 };
	struct mp_val answer;
	int code = client_call(c, "counters", NULL, &answer);

	(void)a;
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	sheet_facts(c, &s);
	answer_facts(answer, "", &s);
	code = sheet_print(c, &s);
	sheet_fini(&s);
	return code;
}
