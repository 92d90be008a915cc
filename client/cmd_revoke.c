/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_revoke.c -- a station shut out, by what its operator calls it: the hub says who is meant, and
 * only one may be. A person is shown whom it concerns and asked; a script is not. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"
#include "client/prompt.h"

enum { ORIGIN_DIGITS = 16 };

struct target { /* whom it is about */
	char origin[ORIGIN_DIGITS + 1];
	char name[160];
};

static int find(struct client *c, const char *text, bool ask, struct target *t);
static int show_several(struct client *c, struct mp_val rows);
static void show_one(const struct client *c, struct mp_val row);
static int confirm(struct client *c);

static bool is_origin(const char *text)
{
	return strlen(text) == ORIGIN_DIGITS && strspn(text, "0123456789abcdef") == ORIGIN_DIGITS;
}

int cmd_revoke(struct client *c, const struct args *a)
{
	/* A spreadsheet's apostrophe before an origin of digits alone (csv_out.h) is none of it. */
	const char *text = a->words[0] + (a->words[0][0] == '\'');
	bool ask = prompt_possible() && !args_has(a, "yes");
	struct params p = { .count = 0 };
	struct target t = { .name = "" };
	struct mp_val s;
	int code = CLIENT_DONE;

	if (is_origin(text) && !ask)
		(void)snprintf(t.origin, sizeof(t.origin), "%s", text);
	else
		code = find(c, text, ask, &t);
	if (code != CLIENT_DONE)
		return code;
	params_text(&p, "origin", t.origin);
	code = client_call(c, "revoke", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	if (!c->quiet)
		(void)fprintf(c->out,
			      say(c, "已停用 %s%s%s。它不能再同步；已存的记录保留。\n",
				  "Revoked %s%s%s. It syncs no more; what it stored stays.\n"),
			      t.origin, t.name[0] != '\0' ? " " : "", t.name);
	return CLIENT_DONE;
}

static int find(struct client *c, const char *text, bool ask, struct target *t)
{
	struct params p = { .count = 0 };
	struct mp_val s, row;
	char count[24];

	params_text(&p, "text", text);
	int code = client_call(c, "stations", &p, &s);
	if (code == CLIENT_REFUSED && strcmp(c->fault.where, "stations") == 0)
		fault_rename(&c->fault, "revoke"); /* a station's refusal names the question */
	if (code != CLIENT_DONE)
		return code;
	struct mp_rd rows = answer_items(s, "rows");
	if (answer_int(s, "count") != 1 || !answer_next(&rows, &row)) {
		(void)snprintf(count, sizeof(count), "%lld", (long long)answer_int(s, "count"));
		code = show_several(c, s);
		return code != CLIENT_DONE ? code
					   : client_fail(c, CLIENT_FAILED, FAULT_STATION_SEVERAL,
							 NULL, text, count);
	}
	(void)bytes_cstr(answer_text(row, "origin"), t->origin, sizeof(t->origin));
	(void)bytes_cstr(answer_text(row, "name"), t->name, sizeof(t->name));
	if (!ask)
		return CLIENT_DONE;
	show_one(c, row);
	return confirm(c);
}

static const char *last_sync(const struct client *c, struct mp_val row, char out[TIME_TEXT_MAX])
{
	(void)time_text(answer_int(row, "last_ms"), out);
	return out[0] != '\0' ? out : say(c, "从未", "never");
}

static int show_several(struct client *c, struct mp_val answer)
{
	struct mp_rd rows = answer_items(answer, "rows");
	struct sheet s = { .row_count = 0 };
	char last[TIME_TEXT_MAX];
	struct mp_val row;

	if (c->format == FORMAT_JSON)
		return json_out_answer(c, answer, NULL);
	(void)sheet_column(&s, "origin", say(c, "编号", "origin"), false, true);
	(void)sheet_column(&s, "name", say(c, "名称", "name"), false, true);
	(void)sheet_column(&s, "last", say(c, "上次同步", "last sync"), false, true);
	(void)sheet_column(&s, "place", say(c, "地点", "place"), false, true);
	sheet_give(&s, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(&s, 3, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
	while (answer_next(&rows, &row)) {
		sheet_row(&s);
		sheet_text(&s, 0, answer_text(row, "origin"));
		sheet_text(&s, 1, answer_text(row, "name"));
		sheet_text(&s, 2, bytes_str(last_sync(c, row, last)));
		sheet_text(&s, 3, answer_text(row, "path"));
	}
	int code = sheet_print(c, &s);

	sheet_fini(&s);
	return code;
}

static void show_one(const struct client *c, struct mp_val row)
{
	struct bytes name = answer_text(row, "name"), path = answer_text(row, "path");
	struct bytes origin = answer_text(row, "origin");
	char last[TIME_TEXT_MAX];

	(void)fprintf(
	    c->err,
	    say(c,
		"工作站 %.*s（%.*s）\n地点：%.*s\n上次同步：%s\n"
		"停用后它不能再同步：已送来的 %lld "
		"条保留，还没送来的只在那台电脑上。\n",
		"Station %.*s (%.*s)\nPlace: %.*s\nLast sync: %s\n"
		"Once revoked it syncs no more: the %lld entries it sent stay, what it has "
		"not sent is on that computer alone.\n"),
	    (int)name.len, (const char *)name.p, (int)origin.len, (const char *)origin.p,
	    (int)path.len, (const char *)path.p, last_sync(c, row, last),
	    (long long)answer_int(row, "seq"));
}

static int confirm(struct client *c)
{
	static const char *const yes[] = { "是", "y", "Y", "yes", "YES" };
	char *typed = NULL;
	bool meant = false;

	if (prompt_line(c, say(c, "停用它吗？（是/否）", "Revoke it? (yes/no)"), &typed) == 0)
		for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
			meant = meant || strcmp(typed, yes[i]) == 0;
	free(typed);
	return meant ? CLIENT_DONE
		     : client_fail(c, CLIENT_FAILED, FAULT_NOT_CONFIRMED, NULL, NULL, NULL);
}
