/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_nodes.c -- the hub's nodes as its operator looks at them: the worst first, and of those only
 * what was asked for.
 *
 * A table is for eyes: the worst hundred, and how to see the others. CSV and JSON are for handing
 * on: all that fit. The hub orders anew for each page, so a node that fared otherwise in between
 * may come twice: it is written once. What became worse meanwhile stands in front of what was read;
 * while some are missing the list is gone through again (NODES_PASSES_MAX). */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/answer.h"
#include "client/command.h"
#include "client/json_out.h"
#include "client/node_words.h"
#include "client/sheet.h"
#include "protocol/calendar.h"

#define HOUR_MS  (INT64_C(3600) * 1000)
#define DAY_MS   (24 * HOUR_MS)
#define CHINA_MS (8 * HOUR_MS)

enum {
	NODES_PAGE = 1000, /* as many as the hub gives at once */
	NODES_TABLE_DEFAULT = 100,
	NODES_LIMIT_MAX = 1000000,
	NODES_PASSES_MAX = 3,
	LATE_HOURS = 48, /* what --late alone means; status calls it silent */
	LATE_HOURS_MAX = 24 * 3650,
	ORIGIN_TEXT = 16,
	SPOT_TEXT_MAX = 48,
};

/* Origins that were written; open addressing, never full. */
struct origins {
	uint64_t *slots; /* 0: free */
	size_t cap, count;
};

struct nodes {
	struct sheet sheet;
	struct origins written;
	uint64_t limit, given;
	int64_t now_ms, count, nodes; /* count: of all nodes that fit */
	int64_t before_ms;            /* --late; 0: not asked for */
	bool begun;                   /* the file's head is out */
	char after[SPOT_TEXT_MAX];
};

/* In the order of a run. */
static int nodes_clear(struct client *c, const char *typed);
static int nodes_late(struct client *c, const struct args *a, struct nodes *n);
static int nodes_fetch(struct client *c, const struct args *a, struct nodes *n);
static int nodes_page(struct client *c, const struct args *a, struct nodes *n);
static int nodes_begin(struct client *c, struct nodes *n);
static int nodes_rows(struct client *c, struct mp_val answer, struct nodes *n);
static bool origins_add(struct origins *o, uint64_t origin);
static void node_columns(const struct client *c, struct sheet *s);
static void node_row(const struct client *c, struct nodes *n, struct mp_val node);
static int nodes_end(struct client *c, struct nodes *n);
static void nodes_told(struct client *c, const struct args *a, const struct nodes *n);

int cmd_nodes(struct client *c, const struct args *a)
{
	static const char *const listing[] = { "trouble", "late", "never", "place", "limit", NULL };
	struct nodes n = { .given = 0 };
	uint64_t otherwise = c->format == FORMAT_TABLE ? NODES_TABLE_DEFAULT : UINT64_MAX;

	if (args_has(a, "clear") && args_idle(a, "nodes --clear", listing, &c->fault) != 0)
		return CLIENT_USAGE;
	if (args_has(a, "clear"))
		return nodes_clear(c, args_get(a, "clear"));
	if (args_uint(a, "limit", 1, NODES_LIMIT_MAX, otherwise, &n.limit, &c->fault) != 0)
		return CLIENT_USAGE;
	int code = nodes_late(c, a, &n);

	if (code == CLIENT_DONE) {
		node_columns(c, &n.sheet);
		code = nodes_fetch(c, a, &n);
	}
	if (code == CLIENT_DONE)
		code = nodes_end(c, &n);
	if (code == CLIENT_DONE)
		nodes_told(c, a, &n);
	sheet_fini(&n.sheet);
	free(n.written.slots);
	return code;
}

/* ---- what is asked ---- */

static int64_t now_ms(void)
{
	return (int64_t)time(NULL) * 1000;
}

/* Nothing, hours, or the day since which a node should have come. */
static int nodes_late(struct client *c, const struct args *a, struct nodes *n)
{
	const char *text = args_get(a, "late");
	uint64_t hours = LATE_HOURS;
	int32_t day;

	if (text == NULL)
		return CLIENT_DONE;
	if (text[0] != '\0' && strlen(text) >= 8 && day_parse(bytes_str(text), &day) == 0) {
		n->before_ms = day * DAY_MS - CHINA_MS;
		return CLIENT_DONE;
	}
	if (text[0] != '\0' && args_uint(a, "late", 1, LATE_HOURS_MAX, 0, &hours, &c->fault) != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "late", text,
				   "48, 2026-11-20");
	n->before_ms = now_ms() - (int64_t)hours * HOUR_MS;
	return CLIENT_DONE;
}

static void nodes_put(const struct args *a, const struct nodes *n, struct params *p)
{
	const char *place = args_get(a, "place");

	if (place != NULL)
		params_text(p, "division", place);
	if (n->before_ms > 0)
		params_uint(p, "before", (uint64_t)n->before_ms);
	if (args_has(a, "trouble"))
		params_bool(p, "trouble", true);
	if (args_has(a, "never"))
		params_bool(p, "never", true);
}

/* ---- all that fit, page by page ---- */

static int nodes_fetch(struct client *c, const struct args *a, struct nodes *n)
{
	int code = CLIENT_DONE;

	for (int pass = 0; code == CLIENT_DONE && pass < NODES_PASSES_MAX; pass++) {
		n->after[0] = '\0';
		do
			code = nodes_page(c, a, n);
		while (code == CLIENT_DONE && n->after[0] != '\0' && n->given < n->limit);
		if (n->given >= n->limit || (int64_t)n->given >= n->count)
			break;
	}
	return code;
}

static int nodes_page(struct client *c, const struct args *a, struct nodes *n)
{
	uint64_t left = n->limit - n->given;
	char before[SPOT_TEXT_MAX];
	struct params p = { .count = 0 };
	struct mp_val answer;

	nodes_put(a, n, &p);
	params_uint(&p, "limit", left < NODES_PAGE && n->given == 0 ? left : NODES_PAGE);
	if (n->after[0] != '\0')
		params_text(&p, "after", n->after);
	int code = client_call(c, "watch", &p, &answer);

	if (code == CLIENT_REFUSED && args_has(a, "place"))
		fault_rename(&c->fault, "--place"); /* as it was typed */
	if (code == CLIENT_DONE)
		code = nodes_begin(c, n);
	if (code != CLIENT_DONE)
		return code;
	n->now_ms = answer_int(answer, "now_ms");
	n->count = answer_int(answer, "count");
	n->nodes = answer_int(answer, "nodes");
	memcpy(before, n->after, sizeof(before));
	(void)bytes_cstr(answer_text(answer, "after"), n->after, sizeof(n->after));
	if (before[0] != '\0' && strcmp(before, n->after) == 0) /* it would be asked for ever */
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "watch", "after", NULL);
	code = nodes_rows(c, answer, n);
	return code == CLIENT_DONE ? sheet_page(c, &n->sheet) : code;
}

/* Only when the hub has answered: what it refuses leaves nothing on the output. */
static int nodes_begin(struct client *c, struct nodes *n)
{
	if (n->begun)
		return CLIENT_DONE;
	n->begun = true;
	if (c->format == FORMAT_JSON)
		client_write(c, BYTES_LIT("["));
	return sheet_begin(c, &n->sheet);
}

static uint64_t origin_of(struct mp_val node)
{
	char text[ORIGIN_TEXT + 1];

	return strtoull(bytes_cstr(answer_text(node, "origin"), text, sizeof(text)), NULL, 16);
}

static int nodes_rows(struct client *c, struct mp_val answer, struct nodes *n)
{
	struct mp_rd r = answer_items(answer, "rows");
	struct mp_val node;
	int code = CLIENT_DONE;

	while (code == CLIENT_DONE && n->given < n->limit && answer_next(&r, &node)) {
		if (!origins_add(&n->written, origin_of(node)))
			continue;
		if (c->format == FORMAT_JSON) {
			struct json_out item = json_out_of(node, NULL);
			code = json_out_item(c, &item, n->given == 0);
		} else {
			node_row(c, n, node);
		}
		n->given++;
	}
	return code;
}

static size_t origins_slot(const struct origins *o, uint64_t origin)
{
	size_t at = (size_t)(origin * UINT64_C(0x9e3779b97f4a7c15)) & (o->cap - 1);

	while (o->slots[at] != 0 && o->slots[at] != origin)
		at = (at + 1) & (o->cap - 1);
	return at;
}

/* False when it was there. Without memory it is not remembered: better twice than not at all. */
static bool origins_add(struct origins *o, uint64_t origin)
{
	if (2 * (o->count + 1) > o->cap) {
		struct origins more = { .cap = o->cap == 0 ? 1024 : 2 * o->cap, .count = o->count };

		more.slots = calloc(more.cap, sizeof(*more.slots));
		if (more.slots == NULL)
			return true;
		for (size_t i = 0; i < o->cap; i++)
			if (o->slots[i] != 0)
				more.slots[origins_slot(&more, o->slots[i])] = o->slots[i];
		free(o->slots);
		*o = more;
	}
	size_t at = origins_slot(o, origin);

	if (o->slots[at] == origin)
		return false;
	o->slots[at] = origin;
	o->count++;
	return true;
}

/* ---- one row ---- */

enum {
	NODE_TROUBLE,
	NODE_PLACE,
	NODE_AGO,
	NODE_UNSENT,
	NODE_WHY,
	NODE_CLOCK,
	NODE_PROGRAM,
	NODE_NAME,
	NODE_LAST,
	NODE_TRIED,
	NODE_ORIGIN,
	NODE_DIVISION,
	NODE_ROLE,
	NODE_STATE,
	NODE_SESSIONS,
	NODE_SEQ,
	NODE_SPLITS,
	NODE_ENROLLED,
	NODE_MALFORMED,
	NODE_FIRST,
	NODE_COLUMNS
};

static void node_columns(const struct client *c, struct sheet *s)
{
	static const struct {
		const char *key, *zh, *en;
		bool right, always;
		uint8_t rank, gives, least;
	} columns[NODE_COLUMNS] = {
		/* clang-format off */
		[NODE_TROUBLE]   = { "trouble", "问题", "trouble", false, true, 0, SHEET_FIXED, 0 },
		[NODE_PLACE]     = { "place", "地点", "place", false, true, 0, SHEET_CUT, SHEET_NAMED_LEAST },
		[NODE_AGO]       = { "ago", "上次同步", "synced", false, true, 0, SHEET_FIXED, 0 },
		[NODE_UNSENT]    = { "unsent", "未送", "unsent", true, true, 0, SHEET_FIXED, 0 },
		[NODE_WHY]     = { "why", "原因", "why", false, true, 1, SHEET_CUT, SHEET_TEXT_LEAST },
		[NODE_CLOCK]     = { "clock_s", "时钟差（秒）", "clock off (s)", true, true, 5, SHEET_FIXED, 0 },
		[NODE_PROGRAM]   = { "program", "版本", "version", false, true, 2, SHEET_CUT, 5 },
		[NODE_NAME]      = { "name", "名称", "name", false, true, 1, SHEET_CUT, SHEET_TEXT_LEAST },
		[NODE_LAST]      = { "last", "上次同步时间", "last sync", false, true, 3, SHEET_FIXED, 0 },
		[NODE_TRIED]     = { "tried", "上次来的时间", "last seen", false, true, 5, SHEET_FIXED, 0 },
		[NODE_ORIGIN]    = { "origin", "编号", "origin", false, true, 3, SHEET_FIXED, 0 },
		[NODE_DIVISION]  = { "division", "区划代码", "division", false, true, 6, SHEET_FIXED, 0 },
		[NODE_ROLE]      = { "role", "类型", "role", false, true, 5, SHEET_FIXED, 0 },
		[NODE_STATE]     = { "state", "状态", "state", false, true, 6, SHEET_FIXED, 0 },
		[NODE_SESSIONS]  = { "sessions", "同步次数", "sessions", true, true, 6, SHEET_FIXED, 0 },
		[NODE_SEQ]       = { "seq", "已存条数", "stored", true, true, 5, SHEET_FIXED, 0 },
		[NODE_SPLITS]    = { "splits", "对不上几次", "contradicted", true, false, 5, SHEET_FIXED, 0 },
		[NODE_ENROLLED]  = { "enrolled", "登记时间", "enrolled", false, true, 7, SHEET_FIXED, 0 },
		[NODE_MALFORMED] = { "malformed", "内容不合格式", "malformed", true, false, 1, SHEET_FIXED, 0 },
		[NODE_FIRST]     = { "first_malformed", "其中第一条", "first of them", false, false, 4, SHEET_FIXED, 0 },
		/* clang-format on */
	};

	for (uint32_t i = 0; i < NODE_COLUMNS; i++) {
		(void)sheet_column(s, columns[i].key, say(c, columns[i].zh, columns[i].en),
				   columns[i].right, columns[i].always);
		sheet_give(s, i, columns[i].rank, (enum sheet_gives)columns[i].gives,
			   columns[i].least);
	}
	s->common = true;
}

/* Two columns that a table shows when there is something in them, and a file always. */
static void node_rare(const struct client *c, struct sheet *s, struct mp_val node)
{
	int64_t malformed = answer_int(node, "malformed"), splits = answer_int(node, "splits");

	if (malformed > 0 || c->format == FORMAT_CSV)
		sheet_int(s, NODE_MALFORMED, malformed);
	if (splits > 0 || c->format == FORMAT_CSV)
		sheet_int(s, NODE_SPLITS, splits);
	sheet_text(s, NODE_FIRST, answer_text(node, "first_malformed"));
}

static void node_times(const struct client *c, struct nodes *n, struct mp_val node)
{
	int64_t last = answer_int(node, "last_ms");
	char text[TIME_TEXT_MAX];

	sheet_text(
	    &n->sheet, NODE_AGO,
	    bytes_str(last != 0 ? time_ago(c, last, n->now_ms, text) : say(c, "从未", "never")));
	sheet_text(&n->sheet, NODE_LAST, bytes_str(time_text(last, text)));
	sheet_text(&n->sheet, NODE_TRIED, bytes_str(time_text(answer_int(node, "tried_ms"), text)));
	sheet_text(&n->sheet, NODE_ENROLLED,
		   bytes_str(time_text(answer_int(node, "enrolled_ms"), text)));
}

/* What the hub does not know stays empty. */
static void node_count(struct sheet *s, uint32_t column, struct mp_val node, const char *key)
{
	struct mp_val v;

	if (answer_has(node, key, &v))
		sheet_int(s, column, answer_int(node, key));
}

static void node_row(const struct client *c, struct nodes *n, struct mp_val node)
{
	struct sheet *s = &n->sheet;
	struct buf place = { 0 }, why = { 0 };

	sheet_row(s);
	node_place(c, node, &place);
	sheet_text(s, NODE_TROUBLE, bytes_str(node_trouble(c, node)));
	sheet_text(s, NODE_PLACE, buf_bytes(&place));
	node_why(c, node, &why);
	sheet_text(s, NODE_WHY, buf_bytes(&why));
	sheet_text(s, NODE_PROGRAM, answer_text(node, "program"));
	sheet_text(s, NODE_NAME, answer_text(node, "name"));
	sheet_text(s, NODE_ORIGIN, answer_text(node, "origin"));
	sheet_text(s, NODE_DIVISION, answer_text(node, "division"));
	sheet_text(s, NODE_ROLE, bytes_str(node_word(c, answer_text(node, "role"))));
	sheet_text(s, NODE_STATE, bytes_str(node_word(c, answer_text(node, "state"))));
	if (answer_int(node, "last_ms") != 0 || answer_int(node, "tried_ms") != 0)
		sheet_int(s, NODE_CLOCK, answer_int(node, "clock_ms") / 1000);
	sheet_int(s, NODE_SESSIONS, answer_int(node, "sessions"));
	node_count(s, NODE_UNSENT, node, "unsent");
	node_count(s, NODE_SEQ, node, "seq"); /* else its head cannot be read: verify says so */
	node_times(c, n, node);
	node_rare(c, s, node);
	if (place.err != 0 || why.err != 0)
		s->err = BF_ENOMEM;
	buf_fini(&place);
	buf_fini(&why);
}

/* ---- the end ---- */

static int nodes_end(struct client *c, struct nodes *n)
{
	if (c->format == FORMAT_TABLE)
		return sheet_print(c, &n->sheet);
	if (c->format == FORMAT_JSON)
		client_write(c, n->given == 0 ? BYTES_LIT("]\n") : BYTES_LIT("\n]\n"));
	return client_flush(c);
}

static bool filtered(const struct args *a)
{
	return args_has(a, "late") || args_has(a, "place") || args_has(a, "trouble") ||
	       args_has(a, "never");
}

/* How many of how many, and how to see the others. A file that a limit cut is told beside it. */
static void nodes_told(struct client *c, const struct args *a, const struct nodes *n)
{
	char given[24], all[24];

	(void)snprintf(given, sizeof(given), "%llu", (unsigned long long)n->given);
	(void)snprintf(all, sizeof(all), "%lld", (long long)n->count);
	if ((int64_t)n->given < n->count && (c->format != FORMAT_TABLE || c->quiet))
		client_note(c, FAULT_NODES_MORE, NULL, given, all);
	if (c->format != FORMAT_TABLE || c->quiet)
		return;
	if (n->nodes == 0 && !args_has(a, "place")) {
		(void)fprintf(c->out, "%s\n",
			      say(c, "还没有登记的工作站。用 bangfu token 发登记码。",
				  "No node is enrolled yet. Make a token with bangfu token."));
		return;
	}
	if (n->count == 0)
		(void)fprintf(c->out,
			      say(c, "没有符合的工作站（共 %lld 个）。\n",
				  "No node fits (of %lld in all).\n"),
			      (long long)n->nodes);
	else
		(void)fprintf(c->out,
			      filtered(a)
				  ? say(c, "列出 %s 个，符合的共 %s 个，工作站共 %lld 个。\n",
					"%s listed of %s that fit, %lld nodes in all.\n")
				  : say(c, "列出 %s 个，共 %s 个。\n", "%s listed of %s.\n"),
			      given, all, (long long)n->nodes);
	if ((int64_t)n->given < n->count)
		(void)fprintf(c->out,
			      say(c,
				  "其余的：--limit %s，或 --format csv > 文件；也可以用 --trouble、"
				  "--late、--place 挑选。\n",
				  "The others: --limit %s, or --format csv > FILE; or choose with "
				  "--trouble, --late, --place.\n"),
			      all);
}

/* ---- clear ---- */

struct found {
	char origin[ORIGIN_TEXT + 1];
	uint32_t count;
};

static bool called_so(struct mp_val node, struct bytes typed)
{
	static const char *const keys[] = { "origin", "name", "division", "division_name", "path" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (bytes_equal(answer_text(node, keys[i]), typed))
			return true;
	return false;
}

/* Among those that are in trouble, and there the one that is called so. */
static int find_trouble(struct client *c, struct bytes typed, struct found *f)
{
	char after[SPOT_TEXT_MAX] = "";

	do {
		struct params p = { .count = 0 };
		struct mp_val answer, node;

		params_bool(&p, "trouble", true);
		if (after[0] != '\0')
			params_text(&p, "after", after);
		int code = client_call(c, "watch", &p, &answer);
		if (code != CLIENT_DONE)
			return code;
		for (struct mp_rd r = answer_items(answer, "rows"); answer_next(&r, &node);) {
			if (!called_so(node, typed))
				continue;
			(void)bytes_cstr(answer_text(node, "origin"), f->origin, sizeof(f->origin));
			f->count++;
		}
		(void)bytes_cstr(answer_text(answer, "after"), after, sizeof(after));
	} while (after[0] != '\0');
	return CLIENT_DONE;
}

static bool is_origin(const char *typed)
{
	return strlen(typed) == ORIGIN_TEXT &&
	       strspn(typed, "0123456789abcdefABCDEF") == ORIGIN_TEXT;
}

static int nodes_clear(struct client *c, const char *typed)
{
	struct params p = { .count = 0 };
	struct found f = { .count = 0 };
	char count[24];
	struct mp_val s;

	typed += typed[0] == '\''; /* a spreadsheet's, before an origin of digits (csv_out.h) */
	if (is_origin(typed)) {
		(void)bytes_cstr(bytes_str(typed), f.origin, sizeof(f.origin));
	} else {
		int found = find_trouble(c, bytes_str(typed), &f);
		if (found != CLIENT_DONE)
			return found;
		(void)snprintf(count, sizeof(count), "%u", (unsigned)f.count);
		if (f.count == 0)
			return client_fail(c, CLIENT_REFUSED, FAULT_NODES_CALM, NULL, typed, NULL);
		if (f.count != 1)
			return client_fail(c, CLIENT_REFUSED, FAULT_NODES_CLEAR, NULL, typed,
					   count);
	}
	params_text(&p, "origin", f.origin);
	int code = client_call(c, "clear", &p, &s);

	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	if (!c->quiet)
		(void)fprintf(
		    c->out,
		    say(c, "已销去 %s 的问题记录；再出现时会重新报告。\n",
			"What was wrong with %s is cleared; it is told anew when it is met "
			"again.\n"),
		    f.origin);
	return CLIENT_DONE;
}
