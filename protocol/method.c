/* SPDX-License-Identifier: Apache-2.0 */
/* method.c -- the table of method.h. To add a method, add a row here, one in README.md section 7
 * and its handler in daemon/methods*.c. */
#include "method.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"

#define COUNTED(...)                                                                               \
	{ __VA_ARGS__ },                                                                           \
	    sizeof((struct method_param[]){ __VA_ARGS__ }) / sizeof(struct method_param)

/* clang-format off */
/* A parameter that is true or false; false when it is left out. */
#define FLAG(name, en) { name, PARAM_BOOL, false, en, 0, 0, NULL, false }
#define PLACE_AND_TIME \
	{ "division", PARAM_TEXT, false, "12-digit code or name of a place", 0, 256, "this node's", false }, \
	{ "from", PARAM_TEXT, false, "first day: a day, week, month or year as people say it", 0, 32, "the first", false }, \
	{ "to", PARAM_TEXT, false, "last day, included: of a week, month or year its last", 0, 32, "the last", false }
#define WHERE \
	{ "where", PARAM_MAP, false, "{dimension field: code or word}: only what has it", 0, 16, "all", false }

static const struct method rows[] = {
	{ "methods", METHOD_BOTH, "列出全部方法", "list all methods",
	  "[{name, zh, en, params: [{name, type, required, en, min, max, default}], result}]", { { 0 } }, 0 },
	{ "schema", METHOD_BOTH, "列出记录种类、字段和代码表", "list kinds of record, fields and code lists",
	  "[{id, name, zh, en, versioned, counts, sum: {zh, en, fen}, dims: [field], apart: field or nil, fields: [{tag, "
	  "name, zh, en, column, type, required, personal, list: [{code, zh, en}]}]}]", { { 0 } }, 0 },
	{ "status", METHOD_BOTH, "本机状况：已保存、省平台已收、问题", "what is saved here, what the hub holds, what is wrong",
	  "{role, version, node, origin, division, division_name, started_ms, now_ms, saved, held, held_ms, waiting, "
	  "syncing, last_try_ms, next_try_ms, last_error: fault or nil, clock_ms, hub_malformed, hub: {name, host, port} or nil, "
	  "entries, kinds: {name: count}, malformed, flagged (at most 1000), flagged_more, pending, places, edition, disk_free, store_bytes, port (hub, else 0), nodes: "
	  "{active, revoked, silent, never, clock, forked} (hub), warnings: [fault]}", { { 0 } }, 0 },
	{ "log", METHOD_BOTH, "记一条", "record one entry",
	  "{ref, kind, subject, fields: {name: text}, day, name, division, division_name, names: {ref: text}, flags: [{name, zh, en}]}; with `check` "
	  "nothing is saved and ref is nil",
	  COUNTED({ "kind", PARAM_TEXT, true, "kind of record, English or Chinese name", 0, 64, NULL, false },
		  { "fields", PARAM_MAP, true, "{field name: text as typed, integer or boolean}", 0, 64, NULL, false },
		  { "subject", PARAM_TEXT, false, "ref of the entity that this entry changes", 0, 256, "a new entity", false },
		  FLAG("check", "only check, save nothing"),
		  FLAG("again", "save it although the very same was saved within 15 minutes"),
		  { "like", PARAM_TEXT, false, "an entry of the kind, named as in `void`: its fields but the day hold where none is given", 0, 256, "nothing is filled in", false }) },
	{ "import", METHOD_BOTH, "导入户和人的表格行", "import rows of households and members",
	  "{households: {new, changed, same}, members: {new, changed, same}, wrong, failed: [{line, fault}], flags: [{name, zh, en, count, line}]}; without `rest` "
	  "nothing is saved when a row fails; with `more` {session, rows}",
	  COUNTED({ "rows", PARAM_LIST, true, "[{heading: text}] in the order of the file", 0, 2000, NULL, true },
		  { "lines", PARAM_LIST, false, "the number of each row, for faults", 0, 2000, "counted on from `line`", true },
		  { "line", PARAM_UINT, false, "or of the first one", 1, UINT32_MAX, "1, or what comes next in the session", false },
		  { "session", PARAM_UINT, false, "these rows go on with those of the session", 0, INT64_MAX, "a file of its own", true },
		  FLAG("more", "keep the rows: others of the same file follow"),
		  FLAG("rest", "save the good rows when some fail"),
		  FLAG("check", "only check, save nothing")) },
	{ "void", METHOD_BOTH, "作废一条记录", "void an entry",
	  "{ref, subject, entry: what was voided, as log answers, replaced: what that took the place of by a correction, or nil}; with `check` nothing is saved and ref is nil",
	  COUNTED({ "ref", PARAM_TEXT, true, "the entry to void: its ref, its number in the only log that has it, or last: the asker's newest", 0, 256, NULL, false },
		  { "reason", PARAM_TEXT, false, "why, in a few words; must be given unless `check`", 1, 600, "none", true },
		  FLAG("check", "only check, save nothing")) },
	{ "correct", METHOD_BOTH, "更正一条记录：作废并重新记下，一步完成", "void an entry and record it anew, both or neither",
	  "{ref, void, subject, before: what was voided, after: what holds now, as log answers}; with `check` nothing is saved, ref and void are nil",
	  COUNTED({ "ref", PARAM_TEXT, true, "the entry, named as in `void`", 0, 256, NULL, false },
		  { "fields", PARAM_MAP, true, "what differs, as in `log`; an empty text: nothing is said of it any more", 0, 64, NULL, false },
		  { "kind", PARAM_TEXT, false, "of which kind it must be", 0, 64, "any", false },
		  { "reason", PARAM_TEXT, false, "why, in a few words", 1, 600, "更正 corrected", true },
		  FLAG("back", "begin with what stood before the correction that the entry comes from"),
		  FLAG("check", "only check, save nothing")) },
	{ "total", METHOD_BOTH, "按地区、时间、类别汇总", "totals by place, period and category",
	  "{kind, division, division_name, from, to: the days asked about, nil for open ends, dims: {field: [{code, zh, en}]}, columns: [name], rows: [[value of each column]], count, sum, fresh: {order_length, nodes, nodes_day, nodes_clock, nodes_forked, as_of_ms}, "
	  "pending: saved entries it lacks on a full disk, else not there}",
	  COUNTED({ "kind", PARAM_TEXT, true, "kind of record that counts", 0, 64, NULL, false },
		  PLACE_AND_TIME,
		  { "by", PARAM_LIST, false, "split by: month, week, day, place or a dimension field", 0, 16, "one row", false },
		  WHERE) },
	{ "list", METHOD_BOTH, "列出合计背后的记录", "the entries behind a total",
	  "{rows: [entry], after: ref or nil, count, sum, pending: as in total}; entry = {ref, kind, day, division, division_name, author, "
	  "saved_ms, voided, fields: {name: text}, names: {ref: text}, flags: [name]}, personal fields masked; a subject as it is now",
	  COUNTED({ "kind", PARAM_TEXT, true, "kind of record", 0, 64, NULL, false },
		  PLACE_AND_TIME,
		  WHERE,
		  { "about", PARAM_TEXT, false, "only what concerns this household (number) or this subject (ref), everywhere", 0, 256, "all", false },
		  { "after", PARAM_TEXT, false, "go on after this ref (from the answer before)", 0, 64, "the first", false },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 1000, "100", false },
		  FLAG("voided", "with voided entries too"),
		  FLAG("newest", "the latest day first"),
		  { "flagged", PARAM_TEXT, false, "all, or a rule: only entries that break it; count and sum are theirs", 1, 64, "every entry", true }) },
	{ "find", METHOD_BOTH, "按姓名、拼音、编号等查找户、人、志愿者、活动", "find households, people, volunteers and activities by name, pinyin or number",
	  "{rows: [{ref, kind, fit: whole, edge or part, number, name, initials, day, division, division_name, fields: {name: text}, names: {ref: text}}], "
	  "after: text or nil, pending: as in total}; the best first, each as it is now, names masked but for what was typed",
	  COUNTED({ "text", PARAM_TEXT, true, "part of a name, pinyin, part of a number, phone, last 4 of an ID", 0, 256, NULL, false },
		  { "kind", PARAM_TEXT, false, "of which kind: household, member, activity, volunteer", 0, 64, "all of them", false },
		  { "division", PARAM_TEXT, false, "12-digit code or name of the place where it is now", 0, 256, "anywhere", false },
		  { "after", PARAM_TEXT, false, "go on after this (from the answer before)", 0, 64, "the first", false },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 1000, "100", false }) },
	{ "show", METHOD_BOTH, "看一条记录或一户一人的全部", "one entry, or one household or person with its history",
	  "{entry, state: {name: text} for a versioned kind, age of a member, name, changes: {count, rows: [{ref, day, author, saved_ms, "
	  "fields: [{name, from, to}]}]}, names: {ref or code: text}, voided: {ref, author, saved_ms, reason} or nil, voids: entry as log "
	  "answers or nil, card: {members: [{ref, age, left, fields}], visits: {count, rows: [entry]}, aid: {count, sum, whole, rows: "
	  "[{total, entry}]}, funds: {in, out, balance, count, rows: [entry]}, more} of a household, about: [entry], pending: as in total}",
	  COUNTED({ "ref", PARAM_TEXT, false, "the entry, as `void` takes it; or kind and key", 0, 256, "`kind` and `key`", false },
		  { "kind", PARAM_TEXT, false, "kind of the entity named by key", 0, 64, "`ref`", false },
		  { "key", PARAM_TEXT, false, "what people call it: household number, ID number", 0, 256, "`ref`", false }) },
	{ "balance", METHOD_BOTH, "账户余额", "what an account holds",
	  "{account, in, out, balance, count, names: {ref: text}, pending: as in total}",
	  COUNTED({ "account", PARAM_TEXT, true, "the account as typed in a fund record", 0, 256, NULL, false }) },
	{ "place", METHOD_BOTH, "查行政区划", "look up a division",
	  "{code, name, level, path, children: [{code, name}]}; with `begins` {places: [{code, name, written, path}], more}",
	  COUNTED({ "text", PARAM_TEXT, true, "2 to 12 digits, or a name", 0, 256, NULL, false },
		  FLAG("begins", "every place of this node whose name or code begins so, at most 20")) },
	{ "places", METHOD_HUB, "导入行政区划表", "import the table of divisions",
	  "{rows, edition, older, foreign, added, renamed, gone, used} (edition: the one before), and with `check` changes: [{change, code, was, name, used}], more",
	  COUNTED({ "edition", PARAM_TEXT, true, "name of this edition, such as 2023", 1, 32, NULL, false },
		  { "rows", PARAM_LIST, true, "[code, name, code, name, ...]", 0, 65504, NULL, false },
		  { "from", PARAM_UINT, false, "the rows are all there are from this code on", 0, INT64_MAX, "they only add to the table", false },
		  { "until", PARAM_UINT, false, "up to, not including, this one", 0, INT64_MAX, "they only add to the table", false },
		  { "after", PARAM_UINT, false, "changes behind this code (the last of the answer before)", 0, INT64_MAX, "all", false },
		  FLAG("check", "change nothing, tell what would change"),
		  FLAG("force", "also an older edition, another province, or without codes that are in use")) },
	{ "verify", METHOD_BOTH, "核验全部日志并重算全部合计", "check every chain and refold every tally",
	  "progress {done, total}, then {origins, entries, tally_rows, ledger_rows, index_rows, ledger_sum, findings, "
	  "first: [{what, ref, text}], malformed, first_malformed: [ref], ms, pending: as in total}", { { 0 } }, 0 },
	{ "sync", METHOD_STATION, "立即同步", "sync with the hub now",
	  "{entries, bytes_in, bytes_out, app_in, app_out, round_trips, ms, held, error: fault or nil, malformed, "
	  "warnings: [fault]} of the session (wait), else {}",
	  COUNTED(FLAG("wait", "answer when the session is over"),
		  FLAG("believe_clock", "take the day from the hub's clock although it is years off ours")) },
	{ "enrol", METHOD_STATION, "用登记码登记本站", "enrol this station with a token",
	  "{division, division_name, path, role, hub_name, origin}",
	  COUNTED({ "token", PARAM_TEXT, true, "the line given out at the hub", 0, 255, NULL, true },
		  { "name", PARAM_TEXT, false, "name of this machine for the hub's list", 0, 128, "`name` of its settings", false },
		  FLAG("move", "also when hub or division become others: the whole log goes there")) },
	{ "token", METHOD_HUB, "为一个工作站发登记码", "make a one-time token for a station",
	  "{token, id, expires_ms}",
	  COUNTED({ "division", PARAM_TEXT, true, "where the station will be", 0, 256, NULL, false },
		  { "role", PARAM_TEXT, true, "village or team", 0, 16, NULL, false },
		  { "hours", PARAM_UINT, false, "how long it can be used", 1, 2160, "72", false }) },
	{ "tokens", METHOD_HUB, "列出发出的登记码", "list the tokens that were made",
	  "[{id, hash, state, role, division, division_name, made_ms, by, expires_ms, origin, name}]; state: open, expired, used, cancelled",
	  COUNTED({ "after", PARAM_TEXT, false, "go on after this hash (the last of the answer before)", 64, 64, "the first", true },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 1000, "1000", false },
		  FLAG("all", "used and cancelled ones too")) },
	{ "cancel", METHOD_HUB, "取消一个还没用过的登记码", "cancel a token that was not used",
	  "{id, division, division_name}",
	  COUNTED({ "token", PARAM_TEXT, true, "its id, or the place it is for", 1, 256, NULL, false }) },
	{ "stations", METHOD_HUB, "按名称、地点或编号找工作站", "find stations by name, place or the beginning of an origin",
	  "{count, rows: [{origin, name, role, state, division, path, last_ms, seq}]}: the active ones, or the revoked ones when there is none",
	  COUNTED({ "text", PARAM_TEXT, true, "a name, a place or 4 to 16 hex digits", 1, 256, NULL, false }) },
	{ "acts", METHOD_BOTH, "管理操作的记录", "acts of administration, the newest first",
	  "[{number, at_ms, act, who, origin, name, division, division_name, count, note}]",
	  COUNTED({ "before", PARAM_UINT, false, "go on before this number", 1, INT64_MAX, "the newest", false },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 1000, "1000", false }) },
	{ "nodes", METHOD_HUB, "列出全部工作站", "list all stations",
	  "[{origin, name, role, state, division, division_name, enrolled_ms, last_ms, clock_ms, sessions, seq, malformed, "
	  "first_malformed: [ref] when not 0}]",
	  COUNTED({ "after", PARAM_TEXT, false, "go on after this origin (the last of the answer before)", 16, 16, "the first", true },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 2000, "2000", false }) },
	{ "watch", METHOD_HUB, "按问题轻重列出工作站", "stations by trouble, worst first",
	  "{now_ms, nodes, count, after: text or nil, rows: [{origin, name, role, state, division, division_name, path, trouble: text or nil, enrolled_ms, last_ms, tried_ms, "
	  "fault: name or nil, split_ms, splits, clock_ms, sessions, seq, head, unsent, malformed, first_malformed: ref or nil, program}]}; `count` of all `nodes` fit the filters",
	  COUNTED({ "division", PARAM_TEXT, false, "only those in this place", 0, 256, "this node's", false },
		  { "before", PARAM_UINT, false, "only those not synced since then, in ms", 0, INT64_MAX, "all", false },
		  FLAG("trouble", "only those with something wrong"),
		  FLAG("never", "only those that never synced"),
		  { "after", PARAM_TEXT, false, "go on there (from the answer before)", 34, 34, "the worst", true },
		  { "limit", PARAM_UINT, false, "rows of one answer", 1, 1000, "1000", false }) },
	{ "clear", METHOD_HUB, "销去一个工作站的问题记录", "what was wrong with a station is dealt with: forget it",
	  "{origin}",
	  COUNTED({ "origin", PARAM_TEXT, true, "16 hex digits of the station's log", 16, 16, NULL, true }) },
	{ "revoke", METHOD_HUB, "停用一个工作站", "stop a station from syncing, at once",
	  "{origin}",
	  COUNTED({ "origin", PARAM_TEXT, true, "16 hex digits of the station's log", 16, 16, NULL, true }) },
	{ "backup", METHOD_BOTH, "热备份：取出数据目录此刻的文件", "a hot backup: the files of the data directory as of one moment",
	  "{session, at_ms, entries, role, origin, files: [{name, bytes}]}; with `session` {part: bin, empty behind the file's end}; with `end` {}",
	  COUNTED({ "session", PARAM_UINT, false, "of the backup that was begun", 0, INT64_MAX, "begin one", false },
		  { "file", PARAM_TEXT, false, "whose bytes", 0, 64, "none", false },
		  { "offset", PARAM_UINT, false, "from which byte on", 0, INT64_MAX, "0", false },
		  FLAG("end", "all is read; let the moment go")) },
	{ "open", METHOD_HUB, "恢复后重新让工作站进来", "let stations in again after a restore", "{host, port}", { { 0 } }, 0 },
	{ "counters", METHOD_BOTH, "运行计数", "counters of this process",
	  "{name: uint}: sessions, entries_in, bytes_in, bytes_out, commits, journal_syncs, rss_anon_kb, ... no personal "
	  "data", { { 0 } }, 0 },
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof *rows };

const struct method *method_find(struct bytes name)
{
	for (size_t i = 0; i < ROWS; i++)
		if (bytes_equal(name, bytes_str(rows[i].name)))
			return &rows[i];
	return NULL;
}

const struct method *method_at(size_t index)
{
	return index < ROWS ? &rows[index] : NULL;
}

static const struct words type_words[] = {
	[PARAM_TEXT] = { "文字", "text" }, [PARAM_UINT] = { "非负整数", "uint" },
	[PARAM_BOOL] = { "是否", "bool" }, [PARAM_MAP] = { "键值表", "map" },
	[PARAM_LIST] = { "列表", "list" },
};

const char *param_type_name(enum param_type type)
{
	return (size_t)type < sizeof type_words / sizeof *type_words ? type_words[type].en : "?";
}

/* ---- checking ---- */

static bool fits(enum param_type type, struct mp_val v)
{
	static const enum mp_type want[] = {
		[PARAM_TEXT] = MP_STR, [PARAM_UINT] = MP_UINT,  [PARAM_BOOL] = MP_BOOL,
		[PARAM_MAP] = MP_MAP,  [PARAM_LIST] = MP_ARRAY,
	};
	return mp_type_of(v) == want[type];
}

/* How much of it there is, in what its bounds count. */
static uint64_t size_of(struct mp_val v)
{
	struct bytes text = { 0 };
	uint64_t n = 0;

	switch (mp_type_of(v)) {
	case MP_UINT:
		(void)mp_get_uint(v, &n);
		return n;
	case MP_STR:
		(void)mp_get_str(v, &text);
		return text.len;
	case MP_ARRAY:
	case MP_MAP:
		return mp_count(v);
	default:
		return 0;
	}
}

static int bounded(const struct method_param *p, struct mp_val v, struct fault *f)
{
	static const struct words many = { "太多", "too many" },
				  length = { "太长或太短", "too long or too short" };
	uint64_t size = size_of(v);
	char most[24], zh[64], en[64];
	unsigned long long min = p->min, max = p->max;

	if (p->own || p->type == PARAM_BOOL || (size >= p->min && size <= p->max))
		return 0;
	(void)snprintf(most, sizeof most, "%llu", max);
	if (p->type == PARAM_UINT)
		return fault_say(f, FAULT_LIMIT, p->name, most, NULL);
	(void)snprintf(zh, sizeof zh, "%llu 到 %llu %s", min, max,
		       p->type == PARAM_TEXT ? "字节" : "项");
	(void)snprintf(en, sizeof en, "%llu to %llu %s", min, max,
		       p->type == PARAM_TEXT ? "bytes" : "items");
	return fault_tell(f, FAULT_BAD_PARAM, p->name, p->type == PARAM_TEXT ? length : many,
			  (struct words){ zh, en });
}

static int unknown(const struct method *m, const char *key, struct fault *f)
{
	char all[FAULT_TEXT_MAX] = "-";
	size_t n = 0;

	for (size_t i = 0; i < m->param_count && n < sizeof all; i++)
		n += (size_t)snprintf(all + n, sizeof all - n, "%s%s", i > 0 ? ", " : "",
				      m->params[i].name);
	return fault_say(f, FAULT_UNKNOWN_PARAM, key, m->name, all);
}

/* One given parameter: known and of its type. */
static int given(const struct method *m, struct bytes key, struct mp_val v, struct fault *f)
{
	char name[FAULT_WHERE_MAX];

	for (size_t i = 0; i < m->param_count; i++) {
		const struct method_param *p = &m->params[i];

		if (!bytes_equal(key, bytes_str(p->name)))
			continue;
		if (fits(p->type, v))
			return bounded(p, v, f);
		return fault_tell(f, FAULT_BAD_PARAM, p->name, (struct words){ "类型", "type" },
				  type_words[p->type]);
	}
	return unknown(m, fault_typed(key, name), f);
}

int method_check(const struct method *m, struct mp_val params, struct fault *f)
{
	struct mp_val v;

	if (mp_type_of(params) == MP_MAP) {
		struct mp_rd r = mp_rd_map(params);

		while (r.left > 0) {
			struct bytes key = mp_take_str(&r);

			v = mp_take(&r);
			if (r.err != 0)
				return unknown(m, "?", f);
			int rc = given(m, key, v, f);
			if (rc != 0)
				return rc;
		}
	}
	for (size_t i = 0; i < m->param_count; i++)
		if (m->params[i].required && !mp_find(params, m->params[i].name, &v))
			return fault_say(f, FAULT_MISSING_PARAM, m->params[i].name, m->name, NULL);
	return 0;
}
