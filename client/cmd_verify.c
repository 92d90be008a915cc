/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_verify.c -- every chain walked, every total folded anew and compared; what differs is named.
 */
#include <string.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"
#include "protocol/money.h"

static void verify_notice(void *ctx, struct mp_val map);
static void verify_told(const struct client *c, struct mp_val s);
static void verify_malformed(const struct client *c, struct mp_val s);

static const char *const fen_members[] = { "ledger_sum", NULL };

int cmd_verify(struct client *c, const struct args *a)
{
	struct mp_val s;
	char found[32];
	int code = client_call_notices(c, "verify", NULL, verify_notice, c, &s);

	(void)a;
	client_progress_end(c);
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		code = json_out_answer(c, s, fen_members);
	else if (c->format == FORMAT_CSV) {
		struct sheet facts = { .row_count = 0 };
		sheet_facts(c, &facts);
		answer_facts(s, "", &facts);
		code = sheet_print(c, &facts);
		sheet_fini(&facts);
	} else
		verify_told(c, s);
	if (code == CLIENT_DONE && answer_int(s, "findings") == 0)
		return client_lacking(c, (uint64_t)answer_int(s, "pending"));
	if (code != CLIENT_DONE)
		return code;
	(void)snprintf(found, sizeof(found), "%lld", (long long)answer_int(s, "findings"));
	return client_fail(c, CLIENT_FAILED, FAULT_VERIFY_FOUND, NULL, found, NULL);
}

static void verify_notice(void *ctx, struct mp_val map)
{
	const struct client *c = ctx;
	struct mp_val total;

	if (answer_has(map, "total", &total)) /* else it only says that it is at work */
		client_progress(c, say(c, "正在核对", "verifying"),
				(uint64_t)answer_int(map, "done"),
				(uint64_t)answer_int(map, "total"));
}

static void verify_told(const struct client *c, struct mp_val s)
{
	struct mp_rd r = answer_items(s, "first");
	struct mp_val finding;
	char money[MONEY_TEXT_MAX];

	while (answer_next(&r, &finding)) {
		struct bytes what = answer_text(finding, "what");
		struct bytes ref = answer_text(finding, "ref");
		struct bytes text = answer_text(finding, "text");
		(void)fprintf(c->out, "%.*s %.*s %.*s\n", (int)what.len, (const char *)what.p,
			      (int)ref.len, (const char *)ref.p, (int)text.len,
			      (const char *)text.p);
	}
	(void)fprintf(
	    c->out,
	    say(c,
		"核对了 %lld 本记录、%lld 条：校验链、%lld 行合计、%lld 行账目、%lld "
		"行索引；全部账户相加为 %s 元；用时 %lld 毫秒。\n",
		"Verified %lld logs, %lld entries: chains, %lld rows of totals, %lld of ledger, "
		"%lld of indexes; all accounts add up to %s yuan; %lld ms.\n"),
	    (long long)answer_int(s, "origins"), (long long)answer_int(s, "entries"),
	    (long long)answer_int(s, "tally_rows"), (long long)answer_int(s, "ledger_rows"),
	    (long long)answer_int(s, "index_rows"), fen_print(answer_int(s, "ledger_sum"), money),
	    (long long)answer_int(s, "ms"));
	if (answer_int(s, "malformed") > 0)
		verify_malformed(c, s);
	if (answer_int(s, "findings") == 0)
		(void)fprintf(c->out, "%s\n", say(c, "没有发现不符。", "Nothing differs."));
}

/* Not a finding: the store is right to hold them. But somebody's program is wrong. */
static void verify_malformed(const struct client *c, struct mp_val s)
{
	struct mp_rd r = answer_items(s, "first_malformed");
	int64_t count = answer_int(s, "malformed");
	struct mp_val ref;
	struct bytes text;

	(void)fprintf(
	    c->out,
	    say(c,
		"有 %lld 条记录内容不合格式：原样保存，不计入任何统计。写这些记录的程序有错，"
		"或者比本机的新；用 bangfu show 查看，并告诉技术人员。%s\n",
		"%lld entries are malformed: they are kept as they are, and count in no figure. "
		"The program that wrote them is wrong, or newer than the one here; see them with "
		"bangfu show, and report them. %s\n"),
	    (long long)count,
	    count > (int64_t)r.left ? say(c, "前几条是：", "The first are:")
				    : say(c, "它们是：", "They are:"));
	while (answer_next(&r, &ref))
		if (mp_get_str(ref, &text) == 0)
			(void)fprintf(c->out, "  %.*s\n", (int)text.len, (const char *)text.p);
}
