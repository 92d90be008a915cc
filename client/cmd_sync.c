/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_sync.c -- a station's talk with its hub: enrol once, sync now. */
#include <stdlib.h>
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"
#include "client/prompt.h"
#include "protocol/token.h"

static int sync_told(struct client *c, struct mp_val s);
static void sync_words(const struct client *c, struct mp_val s);
static int sync_failed(struct client *c, struct mp_val fault);
static void sync_warned(const struct client *c, struct mp_val s);

int cmd_sync(struct client *c, const struct args *a)
{
	bool wait = !args_has(a, "no-wait");
	struct params p = { .count = 0 };
	struct mp_val s;
	struct mp_val fault;

	params_bool(&p, "wait", wait);
	if (args_has(a, "believe-clock"))
		params_bool(&p, "believe_clock", true);
	if (wait && client_watched(c))
		(void)fprintf(c->err, "%s\n", say(c, "正在同步……", "syncing ..."));
	int code = client_call(c, "sync", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (!wait) {
		if (!c->quiet)
			(void)fprintf(
			    c->out, "%s\n",
			    say(c, "已通知开始同步。用 bangfu status 查看结果。",
				"Sync was asked for. See bangfu status for how it went."));
		return CLIENT_DONE;
	}
	code = sync_told(c, s);
	if (code == CLIENT_DONE && answer_has(s, "error", &fault))
		code = sync_failed(c, fault);
	return code;
}

static int sync_told(struct client *c, struct mp_val s)
{
	struct mp_val fault;

	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	if (c->format == FORMAT_CSV) {
		struct sheet facts = { .row_count = 0 };
		sheet_facts(c, &facts);
		answer_facts(s, "", &facts);
		int code = sheet_print(c, &facts);
		sheet_fini(&facts);
		return code;
	}
	sync_warned(c, s); /* also when asked to be quiet: today may hang on it */
	if (c->quiet || answer_has(s, "error", &fault))
		return CLIENT_DONE;
	sync_words(c, s);
	return CLIENT_DONE;
}

static void sync_words(const struct client *c, struct mp_val s)
{
	long long entries = answer_int(s, "entries"), held = answer_int(s, "held");
	long long in = answer_int(s, "bytes_in"), out = answer_int(s, "bytes_out");
	long long trips = answer_int(s, "round_trips"), ms = answer_int(s, "ms");

	if (c->lang == 'z')
		(void)fprintf(c->out,
			      "同步完成：送出 %lld 条，省平台已存 %lld 条；收 %lld 字节，发 %lld "
			      "字节，往返 %lld "
			      "次，用时 %lld 毫秒。\n",
			      entries, held, in, out, trips, ms);
	else
		(void)fprintf(c->out,
			      "Synced: %lld %s sent, the hub has stored %lld; %lld %s in, %lld %s "
			      "out, %lld round %s, %lld ms.\n",
			      entries, one_or_many(entries, "entry", "entries"), held, in,
			      one_or_many(in, "byte", "bytes"), out,
			      one_or_many(out, "byte", "bytes"), trips,
			      one_or_many(trips, "trip", "trips"), ms);
}

/* The session went well, and something must be known all the same. */
static void sync_warned(const struct client *c, struct mp_val s)
{
	struct mp_val list;

	if (!answer_has(s, "warnings", &list))
		return;
	for (struct mp_rd r = mp_rd_array(list); r.err == 0 && r.left > 0;) {
		struct bytes words = answer_words(c, mp_take(&r));

		(void)fprintf(c->err, "%s%.*s\n", say(c, "请注意：", "Please note: "),
			      (int)words.len, (const char *)words.p);
	}
}

/* The session's own fault is a member of a good answer; it becomes this command's. */
static int sync_failed(struct client *c, struct mp_val fault)
{
	struct bytes zh = answer_text(fault, "zh");
	struct bytes en = answer_text(fault, "en");

	c->fault = (struct fault){ .rc = BF_ECLOSED };
	(void)bytes_cstr(zh, c->fault.zh, sizeof(c->fault.zh));
	(void)bytes_cstr(en, c->fault.en, sizeof(c->fault.en));
	return CLIENT_FAILED;
}

/* The token of a line that was copied with what stood in front of it, 登记码：. */
static const char *token_within(const char *line)
{
	const char *at = strstr(line, TOKEN_SCHEME);

	return at != NULL ? at : line;
}

int cmd_enrol(struct client *c, const struct args *a)
{
	struct params p = { .count = 0 };
	struct mp_val s;

	char *asked = NULL;

	int rc = strcmp(a->words[0], "-") == 0 ? prompt_word(c, say(c, "登记码", "token"), &asked)
					       : BF_OK;

	if (rc != 0 && c->fault.code != FAULT_NONE)
		return CLIENT_USAGE;
	if (rc != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_WORD_MISSING, "enrol", "TOKEN", NULL);
	params_text(&p, "token", token_within(asked != NULL ? asked : a->words[0]));
	free(asked);
	if (args_has(a, "name"))
		params_text(&p, "name", args_get(a, "name"));
	if (args_has(a, "move"))
		params_bool(&p, "move", true);
	int code = client_call(c, "enrol", &p, &s);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	struct bytes origin = answer_text(s, "origin");
	if (c->quiet) {
		(void)fprintf(c->out, "%.*s\n", (int)origin.len, (const char *)origin.p);
		return CLIENT_DONE;
	}
	struct bytes hub = answer_text(s, "hub_name");
	struct bytes path =
	    answer_text(s, "path"); /* three villages of a county are called alike */
	struct bytes place = path.len > 0 ? path : answer_text(s, "division_name");
	struct bytes division = answer_text(s, "division");
	bool team = bytes_equal(answer_text(s, "role"), bytes_str("team"));
	(void)fprintf(c->out,
		      say(c, "登记成功：%.*s（%.*s）的%s，省平台 %.*s，本机编号 %.*s。\n",
			  "Enrolled: %.*s (%.*s), %s, at hub %.*s; this node is %.*s.\n"),
		      (int)place.len, (const char *)place.p, (int)division.len,
		      (const char *)division.p,
		      team ? say(c, "志愿服务队", "a volunteer team")
			   : say(c, "工作站", "a village's station"),
		      (int)hub.len, (const char *)hub.p, (int)origin.len, (const char *)origin.p);
	return CLIENT_DONE;
}
