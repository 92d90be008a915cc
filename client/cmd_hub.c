/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_hub.c -- the hub's operator looks at the nodes. */
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"

enum { NODES_PAGE = 2000 }; /* as many as the hub gives at once */

static int nodes_fetch(struct client *c, struct sheet *s, struct json_out *json);
static void node_columns(const struct client *c, struct sheet *s);
static void node_row(const struct client *c, struct sheet *s, struct mp_val node);
static const char *node_word(const struct client *c, struct bytes word);

int cmd_nodes(struct client *c, const struct args *a)
{
	struct sheet s = { .row_count = 0 };
	struct json_out json = { 0 };

	(void)a;
	node_columns(c, &s);
	if (c->format == FORMAT_JSON)
		json = json_out_array();
	int code = nodes_fetch(c, &s, &json);
	if (code == CLIENT_DONE && c->format == FORMAT_JSON)
		code = json_out_print(c, &json);
	else if (code == CLIENT_DONE)
		code = sheet_print(c, &s);
	if (code == CLIENT_DONE && s.row_count == 0 && c->format == FORMAT_TABLE && !c->quiet)
		(void)fprintf(c->out, "%s\n",
			      say(c, "还没有登记的工作站。用 bangfu token 发登记码。",
				  "No node is enrolled yet. Make a token with bangfu token."));
	json_out_fini(&json);
	sheet_fini(&s);
	return code;
}

/* All of them, page by page: a page that is not full is the last. */
static int nodes_fetch(struct client *c, struct sheet *s, struct json_out *json)
{
	char after[32] = "";
	uint32_t count;

	do {
		struct params p = { .count = 0 };
		struct mp_val answer, node;

		params_uint(&p, "limit", NODES_PAGE);
		if (after[0] != '\0')
			params_text(&p, "after", after);
		int code = client_call(c, "nodes", &p, &answer);
		if (code != CLIENT_DONE)
			return code;
		struct mp_rd r = mp_rd_array(answer);
		for (count = 0; answer_next(&r, &node); count++) {
			if (c->format == FORMAT_JSON)
				json_out_append(json, json_out_of(node, NULL));
			else
				node_row(c, s, node);
			(void)bytes_cstr(answer_text(node, "origin"), after, sizeof(after));
		}
	} while (count == NODES_PAGE);
	return CLIENT_DONE;
}

static void node_columns(const struct client *c, struct sheet *s)
{
	(void)sheet_column(s, "origin", say(c, "编号", "origin"), false, true);
	(void)sheet_column(s, "name", say(c, "名称", "name"), false, true);
	(void)sheet_column(s, "role", say(c, "类型", "role"), false, true);
	(void)sheet_column(s, "state", say(c, "状态", "state"), false, true);
	(void)sheet_column(s, "division", say(c, "区划代码", "division"), false, true);
	(void)sheet_column(s, "division_name", say(c, "地点", "place"), false, false);
	(void)sheet_column(s, "last", say(c, "上次同步", "last sync"), false, true);
	(void)sheet_column(s, "clock_s", say(c, "时钟差（秒）", "clock off (s)"), true, true);
	(void)sheet_column(s, "sessions", say(c, "同步次数", "sessions"), true, true);
	(void)sheet_column(s, "seq", say(c, "已存条数", "stored"), true, true);
	(void)sheet_column(s, "malformed", say(c, "内容不合格式", "malformed"), true, false);
	(void)sheet_column(s, "first_malformed", say(c, "其中第一条", "first of them"), false,
			   false);
	/* Who is late and by how much; what is needed to act on one is asked for with --wide. */
	sheet_give(s, 0, 4, SHEET_FIXED, 0);
	sheet_give(s, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, 2, 3, SHEET_FIXED, 0);
	sheet_give(s, 3, 1, SHEET_FIXED, 0);
	sheet_give(s, 4, 6, SHEET_FIXED, 0);
	sheet_give(s, 5, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	sheet_give(s, 7, 2, SHEET_FIXED, 0);
	sheet_give(s, 8, 5, SHEET_FIXED, 0);
	sheet_give(s, 9, 1, SHEET_FIXED, 0);
	sheet_give(s, 11, 4, SHEET_FIXED, 0);
	s->common = true;
}

/* Two columns that a table shows when there is something in them, and a file always. */
static void node_malformed(const struct client *c, struct sheet *s, struct mp_val node)
{
	struct mp_rd first = answer_items(node, "first_malformed");
	int64_t count = answer_int(node, "malformed");
	struct mp_val ref;
	struct bytes text;

	if (count > 0 || c->format == FORMAT_CSV)
		sheet_int(s, 10, count);
	if (answer_next(&first, &ref) && mp_get_str(ref, &text) == 0)
		sheet_text(s, 11, text);
}

static void node_row(const struct client *c, struct sheet *s, struct mp_val node)
{
	char last[TIME_TEXT_MAX];
	struct mp_val seq;

	sheet_row(s);
	sheet_text(s, 0, answer_text(node, "origin"));
	sheet_text(s, 1, answer_text(node, "name"));
	sheet_text(s, 2, bytes_str(node_word(c, answer_text(node, "role"))));
	sheet_text(s, 3, bytes_str(node_word(c, answer_text(node, "state"))));
	sheet_text(s, 4, answer_text(node, "division"));
	sheet_text(s, 5, answer_text(node, "division_name"));
	(void)time_text(answer_int(node, "last_ms"), last);
	sheet_text(s, 6, bytes_str(last[0] != '\0' ? last : say(c, "从未", "never")));
	sheet_int(s, 7, answer_int(node, "clock_ms") / 1000);
	sheet_int(s, 8, answer_int(node, "sessions"));
	if (answer_has(node, "seq", &seq)) /* else its head cannot be read: verify says so */
		sheet_int(s, 9, answer_int(node, "seq"));
	node_malformed(c, s, node);
}

static const char *node_word(const struct client *c, struct bytes word)
{
	static const struct {
		const char *name, *zh;
	} words[] = { { "village", "嘎查村" },
		      { "team", "志愿队" },
		      { "hub", "省平台" },
		      { "active", "在用" },
		      { "revoked", "停用" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (bytes_equal(word, bytes_str(words[i].name)))
			return say(c, words[i].zh, words[i].name);
	}
	return "?";
}
