/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_token.c -- enrolment tokens at the hub: made, listed, cancelled. The token itself is shown
 * once, when it is made; after that it is called by its number. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"

enum { TOKENS_PAGE = 1000, HASH_TEXT_MAX = 80 };

static int token_make(struct client *c, const struct args *a);
static int token_list(struct client *c, const struct args *a);
static int token_cancel(struct client *c, const struct args *a);

int cmd_token(struct client *c, const struct args *a)
{
	static const char *const all[] = { "all", NULL };
	static const char *const making[] = { "division", "role", "hours", NULL };
	const char *word = a->word_count > 0 ? a->words[0] : "";
	bool list = strcmp(word, "list") == 0, cancel = strcmp(word, "cancel") == 0;

	if (!list && args_idle(a, cancel ? "token cancel" : "token", all, &c->fault) != 0)
		return CLIENT_USAGE;
	if ((list || cancel) &&
	    args_idle(a, list ? "token list" : "token cancel", making, &c->fault) != 0)
		return CLIENT_USAGE;
	if (a->word_count == 0)
		return token_make(c, a);
	if (list && a->word_count == 1)
		return token_list(c, a);
	if (cancel && a->word_count == 2)
		return token_cancel(c, a);
	return client_fail(c, CLIENT_USAGE, FAULT_WORD_MISSING, "token", "[list | cancel ID|PLACE]",
			   NULL);
}

/* ---- making ---- */

static int token_make(struct client *c, const struct args *a)
{
	const char *place = args_get(a, "division");
	const char *role = args_get(a, "role");
	struct params p = { .count = 0 };
	struct mp_val s;
	char until[TIME_TEXT_MAX];
	uint64_t hours;

	if (place == NULL)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_MISSING, "division",
				   "150722100200", NULL);
	if (args_uint(a, "hours", 1, 24 * 90, 0, &hours, &c->fault) != 0)
		return CLIENT_USAGE;
	params_text(&p, "division", place);
	params_text(&p, "role", role != NULL ? role : "village");
	if (hours > 0)
		params_uint(&p, "hours", hours);
	int code = client_call(c, "token", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	/* The token stands alone on the answer's stream, so that it can be piped; what it is goes
	 * to the person. */
	struct bytes token = answer_text(s, "token"), id = answer_text(s, "id");
	(void)fprintf(c->out, "%.*s\n", (int)token.len, (const char *)token.p);
	if (!c->quiet)
		(void)fprintf(c->err,
			      say(c,
				  "只能用一次，%s 前有效，编号 %.*s。在工作站上运行 bangfu enrol "
				  "-，再粘贴登记码。\n",
				  "Good once, until %s; it is number %.*s. On the station run "
				  "bangfu enrol - and "
				  "paste it.\n"),
			      time_text(answer_int(s, "expires_ms"), until), (int)id.len,
			      (const char *)id.p);
	return CLIENT_DONE;
}

/* ---- listing ---- */

enum { ID, STATE, DIVISION, PLACE, ROLE, MADE, BY, UNTIL, ORIGIN, NAME };

static void token_columns(const struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "id", say(c, "编号", "number"), false, true);
	(void)sheet_column(s, "state", say(c, "状态", "state"), false, true);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, true);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, true);
	(void)sheet_column(s, "role", say(c, "类型", "role"), false, true);
	(void)sheet_column(s, "made", say(c, "何时发的", "made"), false, true);
	(void)sheet_column(s, "by", say(c, "谁发的", "by"), false, true);
	(void)sheet_column(s, "until", say(c, "有效期至", "until"), false, true);
	(void)sheet_column(s, "origin", say(c, "用它的工作站", "used by"), false, false);
	(void)sheet_column(s, "name", say(c, "名称", "name"), false, false);
	sheet_give(s, DIVISION, 4, SHEET_FIXED, 0);
	sheet_give(s, PLACE, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, ROLE, 3, SHEET_FIXED, 0);
	sheet_give(s, MADE, 1, SHEET_FIXED, 0);
	sheet_give(s, BY, 1, SHEET_CUT, SHEET_TEXT_LEAST / 2);
	sheet_give(s, ORIGIN, 2, SHEET_FIXED, 0);
	sheet_give(s, NAME, 2, SHEET_CUT, SHEET_TEXT_LEAST);
	s->common = true;
}

static const char *token_word(const struct client *c, struct bytes word)
{
	static const struct {
		const char *name, *zh;
	} words[] = { { "open", "可用" },        { "expired", "已过期" }, { "used", "已用" },
		      { "cancelled", "已取消" }, { "village", "嘎查村" }, { "team", "志愿队" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_equal(word, bytes_str(words[i].name)))
			return say(c, words[i].zh, words[i].name);
	return "?";
}

static void token_row(const struct client *c, struct sheet *s, struct mp_val t)
{
	char made[TIME_TEXT_MAX], until[TIME_TEXT_MAX];

	sheet_row(s);
	sheet_text(s, ID, answer_text(t, "id"));
	sheet_text(s, STATE, bytes_str(token_word(c, answer_text(t, "state"))));
	sheet_text(s, DIVISION, answer_text(t, "division"));
	sheet_text(s, PLACE, answer_text(t, "division_name"));
	sheet_text(s, ROLE, bytes_str(token_word(c, answer_text(t, "role"))));
	sheet_text(s, MADE, bytes_str(time_text(answer_int(t, "made_ms"), made)));
	sheet_text(s, BY, answer_text(t, "by"));
	sheet_text(s, UNTIL, bytes_str(time_text(answer_int(t, "expires_ms"), until)));
	sheet_text(s, ORIGIN, answer_text(t, "origin"));
	sheet_text(s, NAME, answer_text(t, "name"));
}

/* All of them, page by page: a page that is not full is the last. */
static int tokens_fetch(struct client *c, bool all, struct sheet *s, struct json_out *json)
{
	char after[HASH_TEXT_MAX] = "";
	uint32_t count;

	do {
		struct params p = { .count = 0 };
		struct mp_val answer, token;

		if (all)
			params_bool(&p, "all", true);
		if (after[0] != '\0')
			params_text(&p, "after", after);
		int code = client_call(c, "tokens", &p, &answer);
		if (code != CLIENT_DONE)
			return code;
		struct mp_rd r = mp_rd_array(answer);
		for (count = 0; answer_next(&r, &token); count++) {
			if (c->format == FORMAT_JSON)
				json_out_append(json, json_out_of(token, NULL));
			else
				token_row(c, s, token);
			(void)bytes_cstr(answer_text(token, "hash"), after, sizeof(after));
		}
	} while (count == TOKENS_PAGE);
	return CLIENT_DONE;
}

static int token_list(struct client *c, const struct args *a)
{
	struct sheet s = { .row_count = 0 };
	struct json_out json = { 0 };
	bool all = args_has(a, "all");

	token_columns(c, &s);
	if (c->format == FORMAT_JSON)
		json = json_out_array();
	int code = tokens_fetch(c, all, &s, &json);
	if (code == CLIENT_DONE && c->format == FORMAT_JSON)
		code = json_out_print(c, &json);
	else if (code == CLIENT_DONE && s.row_count == 0 && c->format == FORMAT_TABLE)
		(void)fprintf(c->out, "%s\n",
			      all ? say(c, "没有发过登记码。", "No token was made yet.")
				  : say(c, "没有未使用的登记码。", "No token is unused."));
	else if (code == CLIENT_DONE)
		code = sheet_print(c, &s);
	json_out_fini(&json);
	sheet_fini(&s);
	return code;
}

/* ---- cancelling ---- */

static int token_cancel(struct client *c, const struct args *a)
{
	struct params p = { .count = 0 };
	struct mp_val s;

	/* A spreadsheet's apostrophe before a number of digits alone (csv_out.h) is none of it. */
	params_text(&p, "token", a->words[1] + (a->words[1][0] == '\''));
	int code = client_call(c, "cancel", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	struct bytes id = answer_text(s, "id"), place = answer_text(s, "division_name");
	if (!c->quiet)
		(void)fprintf(
		    c->out,
		    say(c, "已取消登记码 %.*s（%.*s）。\n", "Cancelled token %.*s (%.*s).\n"),
		    (int)id.len, (const char *)id.p, (int)place.len, (const char *)place.p);
	return CLIENT_DONE;
}
