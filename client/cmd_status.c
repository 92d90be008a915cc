/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_status.c -- what is saved, what the hub has, what is wrong: in words, for someone who is no
 * engineer.
 *
 * Saved here and stored at the hub are never mixed up (design: receipts tell the truth). What is
 * wrong comes as faults made by the node, each with how to mend it. Looking never fails: the exit
 * code is 0. With --check it is what a monitor asks for (health.h), also when there is no node. */
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/health.h"
#include "client/json_out.h"
#include "client/metrics.h"
#include "protocol/flag.h"

static void status_station(const struct client *c, struct mp_val s);
static void status_next(const struct client *c, struct mp_val s);
static void status_hub(const struct client *c, struct mp_val s);
static void status_kinds(const struct client *c, struct mp_val s);
static void status_flagged(const struct client *c, struct mp_val s);
static void status_wrong(const struct client *c, struct mp_val s);

int cmd_status(struct client *c, const struct args *a)
{
	bool check = args_has(a, "check");
	struct mp_val s;

	int rc = conn_open(&c->conn, c->socket, &c->fault);
	if (rc == 0 && c->format == FORMAT_OPENMETRICS)
		return metrics_print(c);
	int code = rc == BF_ENOMEM ? CLIENT_FAILED
		   : rc != 0       ? CLIENT_NO_NODE
				   : client_call(c, "status", NULL, &s);
	if (check)
		return code == CLIENT_DONE ? health_told(c, s) : health_unknown(c);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	if (c->format == FORMAT_CSV) {
		struct sheet facts = { .row_count = 0 };
		sheet_facts(c, &facts);
		answer_facts(s, "", &facts);
		code = sheet_print(c, &facts);
		sheet_fini(&facts);
		return code;
	}
	if (bytes_equal(answer_text(s, "role"), bytes_str("hub")))
		status_hub(c, s);
	else
		status_station(c, s);
	status_kinds(c, s);
	status_flagged(c, s);
	status_wrong(c, s);
	return CLIENT_DONE;
}

static void status_station(const struct client *c, struct mp_val s)
{
	char held[TIME_TEXT_MAX];
	struct bytes place = answer_text(s, "division_name");
	struct mp_val hub;

	if (!answer_has(s, "hub", &hub)) {
		(void)fprintf(c->out, "%s\n",
			      say(c,
				  "本机还没有登记到省平台。请向管理员要一个登记码，运行 bangfu "
				  "enrol -，把登记码粘贴进去。",
				  "This station is not enrolled. Ask the operator for a token, "
				  "then run bangfu "
				  "enrol - and paste it."));
		return;
	}
	answer_print(c, place);
	(void)fprintf(c->out, "%s", say(c, "工作站：", ": "));
	(void)fprintf(c->out,
		      say(c, "本机已保存 %lld 条；省平台已存 %lld 条",
			  answer_int(s, "saved") == 1
			      ? "%lld entry saved here; the hub has stored %lld"
			      : "%lld entries saved here; the hub has stored %lld"),
		      (long long)answer_int(s, "saved"), (long long)answer_int(s, "held"));
	if (answer_int(s, "held_ms") > 0)
		(void)fprintf(c->out, say(c, "（%s）", " (%s)"),
			      time_text(answer_int(s, "held_ms"), held));
	(void)fprintf(c->out,
		      say(c, "；等待同步 %lld 条；",
			  answer_int(s, "waiting") == 1 ? "; %lld waits to be synced; "
							: "; %lld wait to be synced; "),
		      (long long)answer_int(s, "waiting"));
	status_next(c, s);
}

static void status_next(const struct client *c, struct mp_val s)
{
	char time[TIME_TEXT_MAX];
	char away[TIME_TEXT_MAX];
	int64_t next = answer_int(s, "next_try_ms");
	int64_t last = answer_int(s, "last_try_ms");
	int64_t now = answer_int(s, "now_ms");

	if (answer_bool(s, "syncing"))
		(void)fprintf(c->out, "%s\n", say(c, "正在同步。", "syncing now."));
	else if (next > 0)
		(void)fprintf(c->out, say(c, "下次同步 %s（%s）。\n", "next sync %s (%s).\n"),
			      time_text(next, time), time_ago(c, next, now, away));
	else
		(void)fprintf(c->out, "%s\n", say(c, "没有安排下次同步。", "no sync is planned."));
	if (last > 0)
		(void)fprintf(c->out,
			      say(c, "上次尝试联系省平台：%s（%s）。\n",
				  "The hub was last tried at %s (%s).\n"),
			      time_text(last, time), time_ago(c, last, now, away));
}

static void status_hub(const struct client *c, struct mp_val s)
{
	struct mp_val nodes;

	answer_print(c, answer_text(s, "division_name"));
	(void)fprintf(c->out,
		      say(c, "平台：共存 %lld 条；",
			  answer_int(s, "entries") == 1 ? " hub: %lld entry stored; "
							: " hub: %lld entries stored; "),
		      (long long)answer_int(s, "entries"));
	if (answer_int(s, "places") > 0) {
		struct bytes edition = answer_text(s, "edition");
		(void)fprintf(
		    c->out,
		    say(c, "区划 %lld 个（%.*s 版）。\n", "%lld divisions (edition %.*s).\n"),
		    (long long)answer_int(s, "places"), (int)edition.len, (const char *)edition.p);
	} else
		(void)fprintf(
		    c->out, "%s\n",
		    say(c, "还没有区划表，请运行：bangfu places 文件.csv --edition 年份",
			"no table of divisions yet; run: bangfu places FILE.csv --edition YEAR"));
	if (!answer_has(s, "nodes", &nodes))
		return;
	(void)fprintf(c->out,
		      say(c,
			  "工作站：两天内同步过的 %lld 个，两天以上没有同步的 %lld 个，从未同步的 "
			  "%lld 个；已停用 %lld 个。\n",
			  "Nodes: %lld synced within two days, %lld silent for longer, %lld never "
			  "seen; %lld revoked.\n"),
		      (long long)answer_int(nodes, "active"),
		      (long long)answer_int(nodes, "silent"), (long long)answer_int(nodes, "never"),
		      (long long)answer_int(nodes, "revoked"));
	if (answer_int(nodes, "forked") > 0)
		(void)fprintf(
		    c->out,
		    say(c, "另有 %lld 个的记录与省平台对不上，不算按时。\n",
			"Of %lld more the log contradicts the hub's; they count as late.\n"),
		    (long long)answer_int(nodes, "forked"));
	if (answer_int(nodes, "clock") > 0)
		(void)fprintf(
		    c->out,
		    say(c, "另有 %lld 个不能判断：上次同步的时间在现在之后，请校对省平台时钟。\n",
			"Of %lld more it is unknown: last seen after now; check the hub's "
			"clock.\n"),
		    (long long)answer_int(nodes, "clock"));
}

/* How many entries of each kind, those that are there. Not how many households: a change is an
 * entry too. */
static void status_kinds(const struct client *c, struct mp_val s)
{
	struct mp_val kinds;
	bool first = true;

	if (!answer_has(s, "kinds", &kinds))
		return;
	for (size_t i = 0; kind_at(i) != NULL; i++) {
		const struct kind *k = kind_at(i);
		int64_t n = answer_int(kinds, k->name);
		if (n == 0)
			continue;
		(void)fprintf(c->out, say(c, "%s%s %lld 条", "%s%s %lld"),
			      first ? say(c, "其中（每次修改也算一条）：",
					  "Of these (a change is an entry too): ")
				    : say(c, "，", ", "),
			      say(c, k->zh, k->name), (long long)n);
		first = false;
	}
	if (!first)
		(void)fprintf(c->out, "%s\n", say(c, "。", "."));
}

/* No fault of the program's, so it is not among what is wrong. */
static void status_flagged(const struct client *c, struct mp_val s)
{
	int64_t flagged = answer_int(s, "flagged");
	bool more = answer_bool(s, "flagged_more");

	if (flagged == 0 && !more)
		return;
	(void)fprintf(c->out,
		      say(c, "可能记错的记录 %lld 条%s，请看：bangfu list --flagged\n",
			  "%lld %s may be wrong; see: bangfu list --flagged\n"),
		      (long long)flagged,
		      say(c, more ? "以上" : "",
			  more ? "entries or more" : one_or_many(flagged, "entry", "entries")));
}

static void status_wrong(const struct client *c, struct mp_val s)
{
	struct mp_rd r = answer_items(s, "warnings");
	struct mp_val fault;
	struct bytes last = bytes_of(NULL, 0);
	size_t wrong = 0;

	if (answer_has(s, "last_error", &fault)) {
		last = answer_words(c, fault);
		(void)fprintf(c->out, "%s", say(c, "上次同步没有成功：", "The last sync failed: "));
		answer_print(c, last);
		(void)fputc('\n', c->out);
		wrong++;
	}
	while (answer_next(&r, &fault)) {
		struct bytes words = answer_words(c, fault);
		bool told = bytes_equal(answer_text(fault, "name"), bytes_str("not_enrolled"));
		if (told || (last.len > 0 && bytes_equal(words, last))) {
			wrong++; /* said above already */
			continue;
		}
		(void)fprintf(c->out, "%s", say(c, "请注意：", "Please note: "));
		answer_print(c, words);
		(void)fputc('\n', c->out);
		wrong++;
	}
	if (wrong == 0)
		(void)fprintf(c->out, "%s\n", say(c, "一切正常。", "Nothing is wrong."));
}
