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

struct month_bound {
	const char *key;
	uint32_t unset;
	bool last;
};

/* "2026-11", "2026", or a day that is the first (or last) of its month. */
static int param_month(const struct call *c, const struct month_bound *m, uint32_t *out,
		       struct fault *f)
{
	char shown[FAULT_WHERE_MAX];
	struct bytes text;
	int32_t day, next;
	uint64_t year;

	*out = m->unset;
	if (!param_text(c, m->key, &text) || text.len == 0)
		return 0;
	if (month_parse(text, out) == 0)
		return 0;
	if (text.len == 4 && strspn(bytes_cstr(text, shown, 5), "0123456789") == 4) {
		year = strtoul(shown, NULL, 10);
		*out = (uint32_t)year * 12 + (m->last ? 11 : 0);
		return 0;
	}
	if (day_parse(text, &day) == 0) {
		next = day + (m->last ? 1 : -1);
		*out = day_month(day);
		if (day_month(next) != *out)
			return 0;
	}
	return fault_say(f, FAULT_MONTH, m->key, fault_typed(text, shown), NULL);
}

static int take_months(const struct call *c, struct total_query *q, struct fault *f)
{
	static const struct month_bound from = { "from", 0, false },
					to = { "to", UINT32_MAX, true };
	char a[8], b[8];
	int rc = param_month(c, &from, &q->month_from, f);

	if (rc == 0)
		rc = param_month(c, &to, &q->month_to, f);
	if (rc != 0 || q->month_from <= q->month_to)
		return rc;
	return fault_say(f, FAULT_MONTH_ORDER, "from", month_print(q->month_from, a),
			 month_print(q->month_to, b));
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

static int take_by(const struct call *c, const struct kind *k, struct total_query *q,
		   struct fault *f)
{
	struct mp_val list;

	if (!param_value(c, "by", &list))
		return 0;
	for (struct mp_rd r = mp_rd_array(list); r.left > 0;) {
		struct bytes word = mp_take_str(&r);
		size_t d = r.err == 0 ? dim_find(k, word) : DIMS_MAX;

		if (bytes_equal(word, BYTES_LIT("month")))
			q->by |= BY_MONTH;
		else if (bytes_equal(word, BYTES_LIT("place")))
			q->by |= BY_PLACE;
		else if (d < DIMS_MAX)
			q->by |= d == 0 ? BY_DIM0 : BY_DIM1;
		else
			return not_dim(k, "by", "month, place", word, f);
	}
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
		rc = take_months(c, &a->q, f);
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
