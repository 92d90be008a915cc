/* SPDX-License-Identifier: Apache-2.0 */
/* node_words.c -- see node_words.h. */
#include "client/node_words.h"

#include <string.h>

#include "client/answer.h"

enum { CLOCK_TOLD_MS = 5 * 60 * 1000 };

struct word {
	const char *name, *zh, *en;
};

/* NULL-ended. */
static const struct word *word_find(const struct word *words, struct bytes name)
{
	for (; words->name != NULL; words++)
		if (bytes_equal(name, bytes_str(words->name)))
			return words;
	return NULL;
}

const char *node_word(const struct client *c, struct bytes word)
{
	static const struct word words[] = {
		{ "village", "嘎查村", "village" }, { "team", "志愿队", "team" },
		{ "hub", "省平台", "hub" },         { "active", "在用", "active" },
		{ "revoked", "停用", "revoked" },   { NULL, NULL, NULL },
	};
	const struct word *w = word_find(words, word);

	return w == NULL ? "?" : say(c, w->zh, w->en);
}

const char *node_trouble(const struct client *c, struct mp_val node)
{
	static const struct word words[] = {
		{ "forked", "两份记录", "forked" },
		{ "rolled_back", "退回旧数据", "set back" },
		{ "refused", "同步出错", "failing" },
		{ "silent", "多日没来", "silent" },
		{ "never", "从未同步", "never" },
		{ "ahead", "时间在后", "ahead" },
		{ "malformed", "格式不对", "malformed" },
		{ "clock", "时钟不准", "clock" },
		{ NULL, NULL, NULL },
	};
	struct bytes trouble = answer_text(node, "trouble");
	const struct word *w = word_find(words, trouble);

	if (bytes_equal(answer_text(node, "state"), BYTES_LIT("revoked")))
		return say(c, "已停用", "revoked");
	if (trouble.len == 0)
		return "";
	return w == NULL ? say(c, "别的问题", "other") : say(c, w->zh, w->en);
}

static struct bytes fault_words_of(const struct client *c, struct bytes name)
{
	static const struct word words[] = {
		{ "fork", "同一编号有两份记录（数据被复制？）",
		  "two logs of one node (a copied disk?)" },
		{ "rolled_back", "数据退回了较旧的一份",
		  "its data were set back to an older copy" },
		{ "own_log", "它自己的记录损坏", "its own log is damaged" },
		{ "broken_chain", "记录的校验链断了", "its log's chain is broken" },
		{ "head_signature", "记录的签名不对", "its log's signature is wrong" },
		{ "bad_entry", "有一条记录不合规则", "one of its entries breaks the rules" },
		{ "entry_newer", "它的程序比省平台新", "its program is newer than the hub's" },
		{ "message_newer", "它的程序比省平台新", "its program is newer than the hub's" },
		{ "protocol", "程序版本不合", "the programs' versions do not fit" },
		{ "hub_signature", "它不认省平台的签名", "it rejects the hub's signature" },
		{ "wrong_origin", "编号与密钥不符", "its number does not fit its key" },
		{ "bad_message", "通信内容有误", "it sent what nobody understands" },
		{ "out_of_turn", "通信次序有误", "it spoke out of turn" },
		{ "entries_many", "记录太多", "too many entries" },
		{ "not_stored", "省平台没能存下", "the hub could not store it" },
		{ "link_cut", "线路断了", "the line was cut" },
		{ "link_closed", "线路断了", "the line was closed" },
		{ "link_slow", "线路太慢", "the line was too slow" },
		{ "link_bound", "收到的内容过长", "it sent too much at once" },
		{ "session_replaced", "又连了一次", "it came again meanwhile" },
		{ "no_memory", "内存不足", "no memory" },
		{ "foreign", "它说了一个这里不认识的原因", "a reason that is not known here" },
		{ NULL, NULL, NULL },
	};
	const struct word *w = word_find(words, name);

	return w == NULL ? name : bytes_str(say(c, w->zh, w->en));
}

/* "时钟快 3 天", "clock 3 days slow"; nothing below CLOCK_TOLD_MS, which nobody needs to mend. */
static void clock_off(const struct client *c, int64_t off_ms, struct buf *out)
{
	static const struct {
		int64_t ms;
		const char *zh, *one, *many;
	} units[] = { { 86400000, "天", "day", "days" },
		      { 3600000, "小时", "hour", "hours" },
		      { 60000, "分钟", "minute", "minutes" } };
	int64_t size = off_ms < 0 ? -off_ms : off_ms;
	char text[64];
	size_t i = 0;

	if (size < CLOCK_TOLD_MS)
		return;
	while (size < units[i].ms)
		i++;
	int64_t n = (size + units[i].ms / 2) / units[i].ms;

	if (c->lang == 'z')
		(void)snprintf(text, sizeof(text), "时钟%s %lld %s", off_ms < 0 ? "慢" : "快",
			       (long long)n, units[i].zh);
	else
		(void)snprintf(text, sizeof(text), "clock %lld %s %s", (long long)n,
			       one_or_many(n, units[i].one, units[i].many),
			       off_ms < 0 ? "slow" : "fast");
	buf_put_bytes(out, bytes_str(text));
}

void node_why(const struct client *c, struct mp_val node, struct buf *out)
{
	struct bytes fault = answer_text(node, "fault");

	if (fault.len == 0 && answer_int(node, "split_ms") != 0) /* its other copy goes on well */
		fault = bytes_equal(answer_text(node, "trouble"), BYTES_LIT("forked"))
			    ? BYTES_LIT("fork")
			    : BYTES_LIT("rolled_back");
	if (fault.len > 0)
		buf_put_bytes(out, fault_words_of(c, fault));
	else
		clock_off(c, answer_int(node, "clock_ms"), out);
}

/* The last of a path, off its end. */
static struct bytes path_last(struct bytes *path)
{
	const uint8_t *slash = path->len > 0 ? memrchr(path->p, '/', path->len) : NULL;
	size_t head = slash == NULL ? 0 : (size_t)(slash - path->p);
	struct bytes last = slash == NULL ? *path : bytes_of(slash + 1, path->len - head - 1);

	path->len = head;
	return last;
}

void node_place(const struct client *c, struct mp_val node, struct buf *out)
{
	struct bytes path = answer_text(node, "path");

	if (c->format == FORMAT_CSV || path.len == 0) {
		buf_put_bytes(out, path.len > 0 ? path : answer_text(node, "division_name"));
		return;
	}
	buf_put_bytes(out, path_last(&path));
	if (path.len == 0)
		return;
	buf_put_bytes(out, bytes_str(say(c, "（", " (")));
	for (const char *between = ""; path.len > 0; between = say(c, "，", ", ")) {
		buf_put_bytes(out, bytes_str(between));
		buf_put_bytes(out, path_last(&path));
	}
	buf_put_bytes(out, bytes_str(say(c, "）", ")")));
}
