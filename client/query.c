/* SPDX-License-Identifier: Apache-2.0 */
/* query.c -- see query.h. */
#include "client/query.h"

#include <string.h>

#include "protocol/calendar.h"

static int query_place(struct client *c, const char *word, struct query *q);
static int query_kind(struct client *c, const char *name, struct query *q);
static int query_months(struct client *c, const struct args *a, struct query *q);
static int query_time(struct client *c, const char *option, const char *text, char out[11]);
static int query_filters(struct client *c, const struct args *a, const struct kind *k);
static void dim_names(const struct kind *k, const char *before, char *out, size_t cap);

int query_take(struct client *c, const struct args *a, const char *otherwise, struct query *q)
{
	memset(q, 0, sizeof(*q));
	const char *kind = args_get(a, "kind");
	int code = query_kind(c, kind != NULL ? kind : otherwise, q);
	if (code == CLIENT_DONE)
		code = query_months(c, a, q);
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

static int query_months(struct client *c, const struct args *a, struct query *q)
{
	const char *month = args_get(a, "month");
	const char *from = args_get(a, "from");
	const char *to = args_get(a, "to");

	if (month != NULL && (from != NULL || to != NULL))
		return client_fail(c, CLIENT_USAGE, FAULT_OPTIONS_APART, "month",
				   from != NULL ? "--from" : "--to", NULL);
	int code =
	    query_time(c, month != NULL ? "month" : "from", month != NULL ? month : from, q->from);
	if (code == CLIENT_DONE)
		code = query_time(c, month != NULL ? "month" : "to", month != NULL ? month : to,
				  q->to);
	return code;
}

static int query_time(struct client *c, const char *option, const char *text, char out[11])
{
	uint32_t month;
	int32_t day;

	if (text == NULL)
		return CLIENT_DONE;
	if (month_parse(bytes_str(text), &month) == 0)
		(void)month_print(month, out);
	else if (strcmp(option, "month") != 0 && day_parse(bytes_str(text), &day) == 0)
		(void)day_print(day, out);
	else
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, option, text,
				   strcmp(option, "month") == 0 ? "2026-11"
								: "2026-11, 2026-11-23");
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

void query_flagged(const struct args *a, struct params *p)
{
	const char *rule = args_get(a, "flagged");

	if (rule != NULL)
		params_text(p, "flagged", rule[0] == '\0' ? "all" : rule);
}

int query_by(struct client *c, const struct query *q, const char *text,
	     const char *by[QUERY_BY_MAX], uint32_t *count)
{
	static const struct {
		const char *typed, *name;
	} fixed[] = { { "month", "month" }, { "月", "month" },   { "月份", "month" },
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
			dim_names(q->kind, "month, place", known, sizeof(known));
			return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "by",
					   bytes_cstr(word, typed, sizeof(typed)), known);
		}
		by[(*count)++] = name;
	}
	return CLIENT_DONE;
}
