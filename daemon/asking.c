/* SPDX-License-Identifier: Apache-2.0 */
/* asking.c -- see asking.h. */
#include "daemon/asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/resolve.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"

/* A day, a week, a month or a year; which end of it, `last` says. */
static int param_end(const struct call *c, const char *key, bool last, int32_t *out,
		     struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;
	int32_t from, to;

	if (!param_text(c, key, &text) || text.len == 0)
		return 0;
	if (period_typed(text, node_today(c->node), &from, &to) != 0)
		return fault_say(f, FAULT_PERIOD, key, fault_typed(text, shown), NULL);
	*out = last ? to : from;
	return 0;
}

/* Whole months are asked of the tally; only what fills none is a question of days. */
static int take_period(const struct call *c, struct total_query *q, struct fault *f)
{
	int32_t from = DAY_MIN, to = DAY_MAX;
	char a[11], b[11];
	int rc = param_end(c, "from", false, &from, f);

	if (rc == 0)
		rc = param_end(c, "to", true, &to, f);
	if (rc == 0 && from > to)
		rc = fault_say(f, FAULT_PERIOD_ORDER, "from", day_print(from, a), day_print(to, b));
	if (rc != 0)
		return rc;
	q->month_from = day_month(from);
	q->month_to = day_month(to);
	q->days = month_day(q->month_from) != from || month_day(q->month_to + 1) - 1 != to;
	q->day_from = from;
	q->day_to = to;
	return 0;
}

/* Words that `by` and `where` know for this kind. */
static const char *dim_names(const struct kind *k, const char *more, char *out, size_t cap)
{
	snprintf(out, cap, "%s", more);
	for (size_t d = 0; d < DIMS_MAX; d++)
		if (k->dims[d] != 0) {
			size_t at = strlen(out);

			snprintf(out + at, cap - at, "%s%s", at > 0 ? ", " : "",
				 field_by_tag(k, k->dims[d])->name);
		}
	return out;
}

/* Which dimension a word names; DIMS_MAX when none. */
static size_t dim_find(const struct kind *k, struct bytes word)
{
	const struct field *field = field_by_name(k, word);

	for (size_t d = 0; field != NULL && d < DIMS_MAX; d++)
		if (k->dims[d] == field->tag)
			return d;
	return DIMS_MAX;
}

static int not_dim(const struct kind *k, const char *where, const char *more, struct bytes word,
		   struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];

	return fault_say(f, FAULT_NOT_DIMENSION, where, fault_typed(word, shown),
			 dim_names(k, more, names, sizeof(names)));
}

/* What `by` knows beside the kind's own dimensions. */
#define BY_WORDS "month, week, day, place"

static uint32_t by_word(const struct kind *k, struct bytes word)
{
	static const struct {
		const char *word;
		uint32_t by;
	} words[] = {
		{ "month", BY_MONTH }, { "week", BY_WEEK }, { "day", BY_DAY }, { "place", BY_PLACE }
	};
	size_t d = dim_find(k, word);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (bytes_equal(word, bytes_str(words[i].word)))
			return words[i].by;
	return d == DIMS_MAX ? 0 : d == 0 ? BY_DIM0 : BY_DIM1;
}

static int take_by(const struct call *c, const struct kind *k, struct total_query *q,
		   struct fault *f)
{
	struct mp_val list;

	if (!param_value(c, "by", &list))
		return 0;
	for (struct mp_rd r = mp_rd_array(list); r.left > 0;) {
		struct bytes word = mp_take_str(&r);
		uint32_t by = r.err == 0 ? by_word(k, word) : 0;

		if (by == 0)
			return not_dim(k, "by", BY_WORDS, word, f);
		q->by |= by;
	}
	if ((q->by & BY_DAY) != 0 && (q->by & BY_WEEK) != 0)
		return fault_say(f, FAULT_DAY_OR_WEEK, "by", NULL, NULL);
	return 0;
}

static int take_code(const struct field *field, struct mp_val v, uint16_t *out, struct fault *f)
{
	char names[FAULT_TEXT_MAX], shown[FAULT_WHERE_MAX];
	const char *typed = "?";
	const struct code *code = NULL;
	struct bytes text = { 0 };
	uint64_t n;

	if (mp_get_uint(v, &n) == 0) {
		code = n <= UINT16_MAX ? code_by_number(field->list, (uint32_t)n) : NULL;
		snprintf(shown, sizeof(shown), "%llu", (unsigned long long)n);
		typed = shown;
	} else if (mp_get_str(v, &text) == 0) {
		code = code_by_text(field->list, text);
		typed = fault_typed(text, shown);
	}
	if (code != NULL) {
		*out = code->code;
		return 0;
	}
	return fault_say(f, FAULT_CODE_UNKNOWN, field->name, typed,
			 reply_code_names(field->list, names, sizeof(names)));
}

static int take_where(const struct call *c, const struct kind *k, struct total_query *q,
		      struct fault *f)
{
	struct mp_val map;
	int rc = 0;

	if (!param_value(c, "where", &map))
		return 0;
	for (struct mp_rd r = mp_rd_map(map); rc == 0 && r.left > 0;) {
		struct bytes word = mp_take_str(&r);
		struct mp_val v = mp_take(&r);
		size_t d = r.err == 0 ? dim_find(k, word) : DIMS_MAX;

		if (d == DIMS_MAX)
			return not_dim(k, "where", "", word, f);
		rc = take_code(field_by_tag(k, k->dims[d]), v, &q->dim[d], f);
	}
	return rc;
}

int asking_begin(struct call *c, struct asking *a, struct fault *f)
{
	struct bytes text;
	struct resolve r;

	*a = (struct asking){ 0 };
	int rc = param_kind(c, true, &a->kind, f);

	if (rc == 0)
		rc = take_period(c, &a->q, f);
	if (rc == 0)
		rc = take_by(c, a->kind, &a->q, f);
	if (rc == 0)
		rc = take_where(c, a->kind, &a->q, f);
	if (rc == 0)
		rc = view_begin(c->node->store, &a->view);
	if (rc != 0)
		return rc;
	a->q.kind = a->kind->id;
	a->q.division = c->node->division;
	if (param_text(c, "division", &text) && text.len > 0) {
		resolve_init(&r, c->node, &a->view, NULL, true);
		rc = resolve_division(&r, text, &a->q.division, "division", f);
	} else if (a->q.division == 0) {
		rc = fault_say(f, FAULT_NO_PLACES, "division", NULL, NULL);
	}
	if (rc != 0)
		view_end(&a->view);
	return rc;
}
