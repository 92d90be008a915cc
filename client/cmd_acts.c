/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_acts.c -- who did what to this node's administration, and when: the latest first. */
#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"

enum { ACTS_PAGE = 1000 };
enum { NUMBER, AT, WHO, ACT, NAME, PLACE, COUNT, NOTE, ORIGIN, DIVISION };

static int acts_fetch(struct client *c, uint64_t last, struct sheet *s, struct json_out *json);
static void act_columns(const struct client *c, struct sheet *s);
static void act_row(const struct client *c, struct sheet *s, struct mp_val act);
static const char *act_word(const struct client *c, struct bytes word);

int cmd_acts(struct client *c, const struct args *a)
{
	struct sheet s = { .row_count = 0 };
	struct json_out json = { 0 };
	uint64_t last;

	if (args_uint(a, "last", 1, UINT32_MAX, UINT64_MAX, &last, &c->fault) != 0)
		return CLIENT_USAGE;
	act_columns(c, &s);
	if (c->format == FORMAT_JSON)
		json = json_out_array();
	int code = acts_fetch(c, last, &s, &json);
	if (code == CLIENT_DONE && c->format == FORMAT_JSON)
		code = json_out_print(c, &json);
	else if (code == CLIENT_DONE && s.row_count == 0 && c->format == FORMAT_TABLE)
		(void)fprintf(
		    c->out, "%s\n",
		    say(c, "还没有管理操作。", "Nothing was done to its administration yet."));
	else if (code == CLIENT_DONE)
		code = sheet_print(c, &s);
	json_out_fini(&json);
	sheet_fini(&s);
	return code;
}

/* Page by page: a page that is not full is the last. */
static int acts_fetch(struct client *c, uint64_t last, struct sheet *s, struct json_out *json)
{
	uint64_t before = 0, wanted, count;

	do {
		struct params p = { .count = 0 };
		struct mp_val answer, act;

		wanted = last < ACTS_PAGE ? last : ACTS_PAGE;
		params_uint(&p, "limit", wanted);
		if (before > 0)
			params_uint(&p, "before", before);
		int code = client_call(c, "acts", &p, &answer);
		if (code != CLIENT_DONE)
			return code;
		struct mp_rd r = mp_rd_array(answer);
		for (count = 0; answer_next(&r, &act); count++) {
			if (c->format == FORMAT_JSON)
				json_out_append(json, json_out_of(act, NULL));
			else
				act_row(c, s, act);
			before = (uint64_t)answer_int(act, "number");
		}
		last -= count;
	} while (count == wanted && last > 0 && before > 1);
	return CLIENT_DONE;
}

static void act_columns(const struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "number", say(c, "序号", "no."), true, true);
	(void)sheet_column(s, "at", say(c, "时间", "when"), false, true);
	(void)sheet_column(s, "who", say(c, "谁", "who"), false, true);
	(void)sheet_column(s, "act", say(c, "做了什么", "act"), false, true);
	(void)sheet_column(s, "name", say(c, "工作站", "station"), false, false);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, false);
	(void)sheet_column(s, "count", say(c, "个数", "count"), true, false);
	(void)sheet_column(s, "note", say(c, "登记码编号、版本或地址", "token, edition or address"),
			   false, true);
	(void)sheet_column(s, "origin", say(c, "工作站编号", "origin"), false, false);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, false);
	sheet_give(s, NUMBER, 5, SHEET_FIXED, 0);
	sheet_give(s, WHO, 0, SHEET_CUT, SHEET_TEXT_LEAST / 2);
	sheet_give(s, NAME, 1, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, PLACE, 1, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, COUNT, 3, SHEET_FIXED, 0);
	sheet_give(s, NOTE, 2, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, ORIGIN, 4, SHEET_FIXED, 0);
	sheet_give(s, DIVISION, 6, SHEET_FIXED, 0);
}

static void act_row(const struct client *c, struct sheet *s, struct mp_val act)
{
	char at[TIME_TEXT_MAX];

	sheet_row(s);
	sheet_int(s, NUMBER, answer_int(act, "number"));
	sheet_text(s, AT, bytes_str(time_text(answer_int(act, "at_ms"), at)));
	sheet_text(s, WHO, answer_text(act, "who"));
	sheet_text(s, ACT, bytes_str(act_word(c, answer_text(act, "act"))));
	sheet_text(s, NAME, answer_text(act, "name"));
	sheet_text(s, PLACE, answer_text(act, "division_name"));
	if (answer_int(act, "count") > 0)
		sheet_int(s, COUNT, answer_int(act, "count"));
	sheet_text(s, NOTE, answer_text(act, "note"));
	sheet_text(s, ORIGIN, answer_text(act, "origin"));
	sheet_text(s, DIVISION, answer_text(act, "division"));
}

static const char *act_word(const struct client *c, struct bytes word)
{
	static const struct {
		const char *name, *zh, *en;
	} words[] = { { "token_made", "发登记码", "made a token" },
		      { "token_cancelled", "取消登记码", "cancelled a token" },
		      { "enrolled", "登记", "enrolled" },
		      { "repointed", "改用新地址", "took a new address" },
		      { "reinstated", "重新启用", "reinstated" },
		      { "revoked", "停用", "revoked" },
		      { "places", "导入区划表", "imported places" },
		      { "restored", "声明恢复", "declared restored" },
		      { "opened", "恢复后让工作站进来", "let stations in" },
		      { "backup", "备份", "backed up" },
		      { "cleared", "问题已处理", "cleared" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_equal(word, bytes_str(words[i].name)))
			return say(c, words[i].zh, words[i].en);
	return "?";
}
