/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_total.c -- the leader's question: what a place adds up to, and with --list the entries behind
 * the figure.
 *
 * I11: the list's own count and sum must equal the total's. They are added up apart and compared;
 * when they differ the command fails, for a figure that its own list contradicts must not be
 * reported. An entry that is saved between the two questions looks the same, so after a difference
 * the total is asked once more: the list, of which much may be printed, lies between two totals and
 * equals one of them when the store was still before it or after it. */
#include <string.h>

#include "client/figures.h"
#include "client/listing.h"

enum { LIST_ALL_MAX = 1000000 };

struct total {
	struct query q;
	const char *by[QUERY_BY_MAX];
	uint32_t by_count, typed_count; /* what was asked for; what that needs to be told apart */
	struct sheet sheet;
	struct listing list;
	struct apart figures;
	uint64_t pending; /* saved entries that the figure lacks */
	char name[256];   /* of the place */
	char days[32];    /* asked about; "" all */
	char fresh[640];
	struct json_out json;
};

static void total_apart(const struct args *a, struct total *t);
static int total_ask(struct client *c, const struct args *a, struct total *t);
static void total_days(const struct client *c, struct mp_val answer, struct total *t);
static void total_json(struct mp_val answer, struct total *t);
static void total_columns(const struct client *c, struct total *t);
static void total_rows(struct client *c, struct mp_val answer, struct total *t);
static int total_figures(struct client *c, struct mp_val answer, struct total *t);
static void total_cell(const struct client *c, const struct figures *f, struct total *t,
		       uint32_t column);
static void total_fresh(const struct client *c, struct mp_val answer, struct total *t);
static int total_list(struct client *c, const struct args *a, struct total *t);
static int total_again(struct client *c, const struct args *a, struct total *t);
static int total_told(struct client *c, struct total *t, bool list);
static void total_fini(struct total *t);

static const char *const fen_members[] = { "sum", NULL };

int cmd_total(struct client *c, const struct args *a)
{
	struct total t = { .by_count = 0 };
	bool list = args_has(a, "list");
	int code = query_take(c, a, "fund", &t.q);

	if (code == CLIENT_DONE)
		code = query_by(c, &t.q, args_get(a, "by"), t.by, &t.by_count);
	if (code == CLIENT_DONE)
		total_apart(a, &t);
	if (code == CLIENT_DONE)
		code = total_ask(c, a, &t);
	if (code == CLIENT_DONE && list)
		code = total_list(c, a, &t);
	if (code == CLIENT_DONE)
		code = total_told(c, &t, list);
	if (code == CLIENT_DONE)
		code = client_lacking(c, t.pending);
	total_fini(&t);
	return code;
}

/* Sums that must not be added are asked for one by one, whatever --by says. */
static void total_apart(const struct args *a, struct total *t)
{
	bool there = false;

	t->typed_count = t->by_count;
	apart_init(&t->figures, t->q.kind, a);
	if (t->figures.field == NULL)
		return;
	for (uint32_t i = 0; i < t->by_count; i++)
		there = there || strcmp(t->by[i], t->figures.field->name) == 0;
	if (!there) /* at most the others were typed */
		t->by[t->by_count++] = t->figures.field->name;
}

static int total_ask(struct client *c, const struct args *a, struct total *t)
{
	struct params p = { .count = 0 };
	struct mp_val answer;

	query_put(&t->q, a, &p);
	if (t->by_count > 0) {
		struct buf *by = params_value(&p, "by");
		mp_put_array(by, t->by_count);
		for (uint32_t i = 0; i < t->by_count; i++)
			mp_put_cstr(by, t->by[i]);
	}
	int code = client_call(c, "total", &p, &answer);
	if (code != CLIENT_DONE)
		return code;
	if (!figures_sound(answer))
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "total", "rows", NULL);
	t->pending = (uint64_t)answer_int(answer, "pending");
	(void)bytes_cstr(answer_text(answer, "division_name"), t->name, sizeof(t->name));
	total_days(c, answer, t);
	if (c->format == FORMAT_JSON)
		total_json(answer, t);
	total_columns(c, t);
	total_rows(c, answer, t);
	total_fresh(c, answer, t);
	return total_figures(c, answer, t);
}

/* From which day to which: a day without its year was some year's. */
static void total_days(const struct client *c, struct mp_val answer, struct total *t)
{
	struct bytes from = answer_text(answer, "from"), to = answer_text(answer, "to");
	bool one = from.len > 0 && bytes_equal(from, to);

	t->days[0] = '\0';
	if (from.len + to.len > 0)
		(void)snprintf(t->days, sizeof(t->days), "%.*s%s%.*s ", (int)from.len,
			       (const char *)from.p, one ? "" : say(c, "至", ".."),
			       one ? 0 : (int)to.len, (const char *)to.p);
}

/* Rows that stand for themselves, instead of columns to be looked up. */
static void total_json(struct mp_val answer, struct total *t)
{
	const char *const *fen = t->q.kind->sum_is_fen != 0 ? fen_members : NULL;

	t->json = json_out_of(answer, fen);
	json_out_drop(&t->json, "columns");
	json_out_set(&t->json, "rows", figures_json(answer, fen));
}

/* What a row of time is called; NULL: it is none. */
static const struct words *period_words(const char *by)
{
	static const struct words periods[] = { { "月份", "month" },
						{ "周（周一）", "week" },
						{ "日期", "day" } };

	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++)
		if (strcmp(by, periods[i].en) == 0)
			return &periods[i];
	return NULL;
}

static void total_columns(const struct client *c, struct total *t)
{
	const struct kind *k = t->q.kind;

	(void)sheet_column(&t->sheet, "division", say(c, "区划代码", "division"), false, false);
	(void)sheet_column(&t->sheet, "division_name", say(c, "地区", "place"), false, false);
	sheet_give(&t->sheet, 0, 2, SHEET_FIXED, 0);
	sheet_give(&t->sheet, 1, 0, SHEET_CUT, SHEET_TEXT_LEAST);
	bool places = t->typed_count == 0;
	for (uint32_t i = 0; i < t->by_count; i++)
		places = places || strcmp(t->by[i], "place") == 0;
	/* One place is named once, below the table; a file's rows must each name it. */
	t->sheet.columns[0].never = t->sheet.columns[1].never =
	    !places && c->format == FORMAT_TABLE;
	for (uint32_t i = 0; i < t->by_count; i++) {
		const struct field *field = field_by_name(k, bytes_str(t->by[i]));
		const struct words *period = period_words(t->by[i]);
		if (period != NULL)
			(void)sheet_column(&t->sheet, period->en, say(c, period->zh, period->en),
					   false, true);
		else if (strcmp(t->by[i], "place") != 0 && field != NULL)
			(void)sheet_column(&t->sheet, field->name, say(c, field->zh, field->name),
					   false, true);
	}
	uint32_t count = sheet_column(&t->sheet, "count", say(c, "条数", "count"), true, true);
	sheet_give(&t->sheet, count, k->sum != 0 ? 1 : 0, SHEET_FIXED, 0);
	if (k->sum != 0)
		(void)sheet_column(&t->sheet, "sum", say(c, k->sum_zh, k->sum_en), true, true);
	if (k->sum_is_fen != 0)
		sheet_money(c, &t->sheet, t->sheet.column_count - 1);
}

static void total_rows(struct client *c, struct mp_val answer, struct total *t)
{
	const struct kind *k = t->q.kind;
	struct figures f = figures_of(answer);
	uint32_t count_column = t->sheet.column_count - (k->sum != 0 ? 2 : 1);

	if (f.left.left == 0 && t->typed_count == 0) { /* nothing yet is an answer too */
		sheet_row(&t->sheet);
		sheet_text(&t->sheet, 0, answer_text(answer, "division"));
		sheet_text(&t->sheet, 1, answer_text(answer, "division_name"));
		sheet_int(&t->sheet, count_column, 0);
	}
	while (figures_next(&f)) {
		bool placed = figures_has(&f, "division");
		sheet_row(&t->sheet);
		for (uint32_t column = 0; column < 2; column++) {
			const char *key = t->sheet.columns[column].key;
			sheet_text(&t->sheet, column,
				   placed ? figures_text(&f, key) : answer_text(answer, key));
		}
		for (uint32_t column = 2; column < count_column; column++)
			total_cell(c, &f, t, column);
		sheet_int(&t->sheet, count_column, figures_int(&f, "count"));
		if (k->sum != 0 && k->sum_is_fen != 0)
			sheet_fen(&t->sheet, count_column + 1, figures_int(&f, "sum"));
		else if (k->sum != 0)
			sheet_int(&t->sheet, count_column + 1, figures_int(&f, "sum"));
	}
}

/* What the whole adds up to: the node's own figure, or ours of its rows where those must be kept
 * apart. */
static int total_figures(struct client *c, struct mp_val answer, struct total *t)
{
	const struct field *apart = t->figures.field;
	struct figures f = figures_of(answer);
	int rc = 0;

	if (apart == NULL)
		rc = apart_add(&t->figures, 0, (uint64_t)answer_int(answer, "count"),
			       answer_int(answer, "sum"));
	while (rc == 0 && apart != NULL && figures_next(&f)) {
		int64_t value = figures_int(&f, apart->name);
		bool ours = value > 0 && value <= UINT16_MAX; /* others go together */
		rc = apart_add(&t->figures, ours ? (uint32_t)value : 0,
			       (uint64_t)figures_int(&f, "count"), figures_int(&f, "sum"));
	}
	if (rc != 0)
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "total", bf_error_name(rc),
				   NULL);
	return CLIENT_DONE;
}

/* A month or a day, or a code's word, or the code that the node has no word for; entries that left
 * the field empty are named so, not left blank. */
static void total_cell(const struct client *c, const struct figures *f, struct total *t,
		       uint32_t column)
{
	const char *key = t->sheet.columns[column].key;
	struct mp_val words;
	char number[24];
	int64_t code;

	if (period_words(key) != NULL) {
		sheet_text(&t->sheet, column, figures_text(f, key));
		return;
	}
	if (figures_code(f, key, &code, &words)) {
		sheet_text(&t->sheet, column, answer_words(c, words));
		return;
	}
	(void)snprintf(number, sizeof(number), "%lld", (long long)code);
	sheet_text(&t->sheet, column, bytes_str(code != 0 ? number : say(c, "（未填）", "(none)")));
}

static void total_fresh(const struct client *c, struct mp_val answer, struct total *t)
{
	char time[TIME_TEXT_MAX];
	struct mp_val fresh;

	if (!answer_has(answer, "fresh", &fresh))
		return;
	long long nodes = answer_int(fresh, "nodes");
	(void)time_text(answer_int(fresh, "as_of_ms"), time);
	long long ahead = answer_int(fresh, "nodes_clock");
	long long forked = answer_int(fresh, "nodes_forked");
	size_t room = sizeof(t->fresh), n = 0;

	n += (size_t)snprintf(t->fresh, room, say(c, "截至 %s", "As of %s"), time);
	if (nodes > 0)
		n += (size_t)snprintf(t->fresh + n, room - n,
				      say(c, "，%s：%lld 个工作站中有 %lld 个一天内同步过",
					  nodes == 1
					      ? ", %s: of %lld node %lld synced within a day"
					      : ", %s: of %lld nodes %lld synced within a day"),
				      t->name, nodes, (long long)answer_int(fresh, "nodes_day"));
	if (forked > 0)
		n += (size_t)snprintf(
		    t->fresh + n, room - n,
		    say(c, "，%lld 个的记录与省平台对不上，没有算在内",
			", %lld not counted so, since what they have contradicts the hub"),
		    forked);
	if (ahead > 0)
		n += (size_t)snprintf(
		    t->fresh + n, room - n,
		    say(c, "，%lld 个不能判断（上次同步的时间在此之后，请校对省平台时钟）",
			", of %lld it is unknown (last seen after this: check the hub's clock)"),
		    ahead);
	(void)snprintf(t->fresh + n, room - n, "%s", say(c, "。", "."));
}

static int list_many(struct client *c, uint64_t count)
{
	char all[24];
	char most[24];

	(void)snprintf(all, sizeof(all), "%llu", (unsigned long long)count);
	(void)snprintf(most, sizeof(most), "%d", LIST_ALL_MAX);
	return client_fail(c, CLIENT_FAILED, FAULT_LIST_MANY, NULL, all, most);
}

static int total_list(struct client *c, const struct args *a, struct total *t)
{
	uint64_t most = c->format == FORMAT_TABLE ? LIST_ALL_MAX : UINT64_MAX;
	char listed[240];
	char total[240];

	if (apart_count(&t->figures) > most)
		return list_many(c, apart_count(&t->figures));
	t->list.key = "entries";
	int code = listing_fetch(c, a, &t->q, most, &t->list);
	if (code == CLIENT_DONE && !apart_equal(&t->list.figures, &t->figures))
		code = total_again(c, a, t);
	if (code != CLIENT_DONE)
		return code;
	if (t->list.pending > t->pending)
		t->pending = t->list.pending;
	if (!t->list.more && apart_equal(&t->list.figures, &t->figures))
		return CLIENT_DONE;
	apart_words(c, &t->list.figures, t->q.kind, listed, sizeof(listed));
	apart_words(c, &t->figures, t->q.kind, total, sizeof(total));
	return client_fail(c, CLIENT_FAILED, FAULT_LIST_DIFFERS, NULL, listed, total);
}

/* The figure as it is now. The list stays: some of it may be printed. */
static int total_again(struct client *c, const struct args *a, struct total *t)
{
	sheet_fini(&t->sheet);
	json_out_fini(&t->json);
	apart_init(&t->figures, t->q.kind, a);
	return total_ask(c, a, t);
}

static int total_told(struct client *c, struct total *t, bool list)
{
	char before[320];

	if (c->format == FORMAT_JSON) {
		apart_json(&t->figures, t->q.kind, &t->json);
		if (!list)
			return json_out_print(c, &t->json);
		json_out_drop(&t->json, "kind"); /* stands at the head already */
		return json_out_end(c, &t->json, t->list.given == 0);
	}
	if (c->format == FORMAT_CSV && list && t->typed_count > 0 && !c->quiet)
		client_note(c, FAULT_TOTAL_GROUPS, "by", NULL, NULL);
	if (c->format == FORMAT_CSV)
		return list ? CLIENT_DONE : sheet_print(c, &t->sheet);
	int code = CLIENT_DONE;
	if (t->typed_count > 0)
		code = sheet_print(c, &t->sheet);
	if (code == CLIENT_DONE && list)
		code = sheet_print(c, &t->list.sheet);
	(void)snprintf(before, sizeof(before), "%s %s %s", t->name,
		       say(c, t->q.kind->zh, t->q.kind->name), t->days);
	apart_print(c, &t->figures, t->q.kind, before, say(c, "合计 ", "in all "), "");
	if (!c->quiet && list)
		(void)fprintf(c->out, "%s\n",
			      say(c, "明细逐条相加，与合计一致。",
				  "The entries listed add up to the total."));
	if (!c->quiet && t->fresh[0] != '\0')
		(void)fprintf(c->out, "%s\n", t->fresh);
	return code;
}

static void total_fini(struct total *t)
{
	sheet_fini(&t->sheet);
	json_out_fini(&t->json);
	listing_fini(&t->list);
}
