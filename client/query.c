/* SPDX-License-Identifier: Apache-2.0 */
/* query.c -- see query.h. */
#include "client/query.h"

#include <string.h>
#include <time.h>

#include "protocol/calendar.h"

static int query_place(struct client *c, const char *word, struct query *q);
static int query_kind(struct client *c, const char *name, struct query *q);
static int query_period(struct client *c, const struct args *a, struct query *q);
static int query_one(struct client *c, const struct args *a, size_t which, struct query *q);
static int query_end(struct client *c, const struct args *a, const char *option, char *out);
static int query_filters(struct client *c, const struct args *a, const struct kind *k);
static void dim_names(const struct kind *k, const char *before, char *out, size_t cap);

int query_take(struct client *c, const struct args *a, const char *otherwise, struct query *q)
{
	memset(q, 0, sizeof(*q));
	const char *kind = args_get(a, "kind");
	int code = query_kind(c, kind != NULL ? kind : otherwise, q);
	if (code == CLIENT_DONE)
		code = query_period(c, a, q);
	if (code == CLIENT_DONE)
		code = query_filters(c, a, q->kind);
	if (code == CLIENT_DONE && a->word_count > 0)
		code = query_place(c, a->words[0], q);
	return code;
}

/* Nobody calls a place so, and everybody writes it at some time. */
static int query_place(struct client *c, const char *word, struct query *q)
{
	const struct kind *k = kind_by_name(bytes_str(word));

	q->division = word;
	return k == NULL || k->id == KIND_VOID
		   ? CLIENT_DONE
		   : client_fail(c, CLIENT_USAGE, FAULT_QUERY_KIND, NULL, word, k->name);
}

static int query_kind(struct client *c, const char *name, struct query *q)
{
	char known[256] = "";
	size_t used = 0;

	q->kind = kind_by_name(bytes_str(name));
	if (q->kind != NULL && kind_counts(q->kind))
		return CLIENT_DONE;
	for (size_t i = 0; kind_at(i) != NULL && used < sizeof(known); i++) {
		if (kind_counts(kind_at(i)))
			used += (size_t)snprintf(known + used, sizeof(known) - used, "%s%s",
						 used > 0 ? ", " : "", kind_at(i)->name);
	}
	return client_fail(c, CLIENT_USAGE, FAULT_UNKNOWN_KIND, "kind", name, known);
}

/* A period that is one option, and what it can be. The node's own day decides what 今天 is; here
 * only the form is looked at, so that a slip is told of the option that was typed. */
static const struct {
	const char *option, *like;
	int32_t days; /* at least */
} periods[] = {
	{ "day", "2026-11-23, 今天/today, 昨天, 3号, 周一", 1 },
	{ "week", "本周/this-week, 上周/last-week, 2026-11-23", 7 },
	{ "month", "2026-11, 11月, 本月/this-month, 上月", 28 },
};

enum { PERIODS = sizeof(periods) / sizeof(periods[0]) };

static int query_period(struct client *c, const struct args *a, struct query *q)
{
	const char *first = NULL, *other = NULL;
	size_t which = PERIODS;

	for (size_t i = PERIODS; i > 0; i--) {
		if (!args_has(a, periods[i - 1].option))
			continue;
		other = first != NULL ? first : other;
		first = periods[i - 1].option;
		which = i - 1;
	}
	if (which < PERIODS && other == NULL)
		other = args_has(a, "from") ? "from" : args_has(a, "to") ? "to" : NULL;
	if (other != NULL) {
		char typed[16];
		(void)snprintf(typed, sizeof(typed), "--%s", other);
		return client_fail(c, CLIENT_USAGE, FAULT_OPTIONS_APART, first, typed, NULL);
	}
	if (which < PERIODS)
		return query_one(c, a, which, q);
	int code = query_end(c, a, "from", q->from);
	return code == CLIENT_DONE ? query_end(c, a, "to", q->to) : code;
}

static int32_t today(void)
{
	return day_of_ms((int64_t)time(NULL) * 1000);
}

static int query_one(struct client *c, const struct args *a, size_t which, struct query *q)
{
	const char *option = periods[which].option, *text = args_get(a, option);
	int32_t least = periods[which].days, from, to;
	bool full = day_parse(bytes_str(text), &from) == 0; /* a day of the week that is meant */

	if (which == 1 && full) {
		(void)day_print(day_monday(from), q->from);
		(void)day_print(day_monday(from) + 6, q->to);
		return CLIENT_DONE;
	}
	if (period_typed(bytes_str(text), today(), &from, &to) != 0 || to - from + 1 < least ||
	    to - from + 1 > least + 3 || (least < 28 && to - from + 1 != least))
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, option, text,
				   periods[which].like);
	int code = query_end(c, a, option, q->from);
	memcpy(q->to, q->from, sizeof(q->to));
	return code;
}

static int query_end(struct client *c, const struct args *a, const char *option, char *out)
{
	const char *text = args_get(a, option);
	int32_t from, to;

	if (text == NULL)
		return CLIENT_DONE;
	if (strlen(text) >= QUERY_TIME_MAX ||
	    period_typed(bytes_str(text), today(), &from, &to) != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, option, text,
				   "2026-11-23, 昨天/yesterday, 本周/this-week, 2026-11, "
				   "上月/last-month, 2026");
	(void)bytes_cstr(bytes_str(text), out, QUERY_TIME_MAX);
	return CLIENT_DONE;
}

/* A filter must be a dimension of this kind: one that is silently ignored would make a wrong total.
 */
static int query_filters(struct client *c, const struct args *a, const struct kind *k)
{
	struct option o;
	char known[256];

	for (size_t i = 0; command_option(a->cmd, i, &o); i++) {
		bool dim = false;
		if (o.field == NULL || !args_has(a, o.name))
			continue;
		for (size_t d = 0; d < DIMS_MAX; d++) {
			const struct field *field = query_dim(k, d);
			dim = dim || (field != NULL && strcmp(field->name, o.name) == 0);
		}
		if (dim)
			continue;
		dim_names(k, "", known, sizeof(known));
		return client_fail(c, CLIENT_USAGE, FAULT_UNKNOWN_FIELD, o.name,
				   say(c, k->zh, k->name), known);
	}
	return CLIENT_DONE;
}

const struct field *query_dim(const struct kind *k, size_t index)
{
	if (index >= DIMS_MAX || k->dims[index] == 0)
		return NULL;
	return field_by_tag(k, k->dims[index]);
}

static void dim_names(const struct kind *k, const char *before, char *out, size_t cap)
{
	size_t used = (size_t)snprintf(out, cap, "%s", before);

	for (size_t d = 0; d < DIMS_MAX; d++) {
		const struct field *field = query_dim(k, d);
		if (field != NULL && used < cap)
			used += (size_t)snprintf(out + used, cap - used, "%s%s",
						 used > 0 ? ", " : "", field->name);
	}
}

void query_put(const struct query *q, const struct args *a, struct params *p)
{
	const struct field *field;
	uint32_t filters = 0;

	params_text(p, "kind", q->kind->name);
	if (q->division != NULL)
		params_text(p, "division", q->division);
	if (q->from[0] != '\0')
		params_text(p, "from", q->from);
	if (q->to[0] != '\0')
		params_text(p, "to", q->to);
	for (size_t d = 0; d < DIMS_MAX; d++) {
		field = query_dim(q->kind, d);
		filters += field != NULL && args_has(a, field->name);
	}
	if (filters == 0)
		return;
	struct buf *where = params_value(p, "where");
	mp_put_map(where, filters);
	for (size_t d = 0; d < DIMS_MAX; d++) {
		field = query_dim(q->kind, d);
		if (field == NULL || !args_has(a, field->name))
			continue;
		mp_put_cstr(where, field->name);
		mp_put_cstr(where, args_get(a, field->name));
	}
}

void query_entries(const struct args *a, struct params *p)
{
	const char *rule = args_get(a, "flagged");

	if (args_has(a, "about"))
		params_text(p, "about", args_get(a, "about"));
	if (args_has(a, "voided"))
		params_bool(p, "voided", true);
	if (rule != NULL)
		params_text(p, "flagged", rule[0] == '\0' ? "all" : rule);
}

int query_by(struct client *c, const struct query *q, const char *text,
	     const char *by[QUERY_BY_MAX], uint32_t *count)
{
	static const struct {
		const char *typed, *name;
	} fixed[] = { { "month", "month" }, { "月", "month" },   { "月份", "month" },
		      { "week", "week" },   { "周", "week" },    { "day", "day" },
		      { "日", "day" },      { "天", "day" },     { "日期", "day" },
		      { "place", "place" }, { "地区", "place" }, { "区划", "place" } };
	char known[256];

	*count = 0;
	while (text != NULL && *text != '\0') {
		struct bytes word = bytes_of(text, strcspn(text, ","));
		const char *name = NULL;
		text += word.len + (text[word.len] == ',');
		for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
			if (bytes_equal(word, bytes_str(fixed[i].typed)))
				name = fixed[i].name;
		}
		for (size_t d = 0; d < DIMS_MAX && name == NULL; d++) {
			const struct field *field = query_dim(q->kind, d);
			if (field != NULL && field_by_name(q->kind, word) == field)
				name = field->name;
		}
		for (uint32_t i = 0; i < *count && name != NULL; i++)
			name = strcmp(by[i], name) == 0 ? NULL : name;
		if (name == NULL || *count == QUERY_BY_MAX) {
			char typed[64];
			dim_names(q->kind, "month, week, day, place", known, sizeof(known));
			return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "by",
					   bytes_cstr(word, typed, sizeof(typed)), known);
		}
		by[(*count)++] = name;
	}
	return CLIENT_DONE;
}
