/* SPDX-License-Identifier: Apache-2.0 */
/* apart.c -- see apart.h. */
#include "client/apart.h"

#include <string.h>

#include "client/answer.h"
#include "protocol/money.h"

enum { WORDS_MAX = 160 };

static void figure_words(const struct client *c, const struct kind *k, const struct apart_row *row,
			 char *out, size_t cap);
static struct words value_words(const struct apart *a, uint32_t code);
static struct json_out figure_json(const struct apart *a, const struct kind *k,
				   const struct apart_row *row);
static void set_sum(struct json_out *j, const struct kind *k, int64_t sum);

void apart_init(struct apart *a, const struct kind *k, const struct args *args)
{
	memset(a, 0, sizeof(*a));
	if (k->apart != 0)
		a->field = field_by_tag(k, k->apart);
	if (a->field != NULL && args_has(args, a->field->name))
		a->field = NULL;
	if (a->field == NULL) /* none found is a figure too */
		a->row_count = 1;
}

int apart_add(struct apart *a, uint32_t code, uint64_t count, int64_t sum)
{
	uint32_t i = 0;

	if (a->field == NULL || code_by_number(a->field->list, code) == NULL)
		code = 0;
	while (i < a->row_count && a->rows[i].code < code)
		i++;
	if (i == a->row_count || a->rows[i].code != code) {
		if (a->row_count == APART_MAX)
			return BF_EBOUND;
		memmove(&a->rows[i + 1], &a->rows[i], (a->row_count - i) * sizeof(a->rows[0]));
		a->rows[i] = (struct apart_row){ .code = code };
		a->row_count++;
	}
	a->rows[i].count += count;
	return fen_add(a->rows[i].sum, sum, &a->rows[i].sum);
}

uint32_t apart_code(const struct apart *a, struct bytes text)
{
	const struct code *code = a->field == NULL ? NULL : code_by_text(a->field->list, text);

	return code == NULL ? 0 : code->code;
}

uint64_t apart_count(const struct apart *a)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < a->row_count; i++)
		count += a->rows[i].count;
	return count;
}

bool apart_equal(const struct apart *a, const struct apart *b)
{
	bool same = a->row_count == b->row_count;

	for (uint32_t i = 0; same && i < a->row_count; i++)
		same = a->rows[i].code == b->rows[i].code && a->rows[i].count == b->rows[i].count &&
		       a->rows[i].sum == b->rows[i].sum;
	return same;
}

/* ---- words ---- */

/* "12 条，金额 1200.00 元". */
static void figure_words(const struct client *c, const struct kind *k, const struct apart_row *row,
			 char *out, size_t cap)
{
	char money[MONEY_TEXT_MAX];
	int n =
	    snprintf(out, cap, say(c, "%llu 条", "%llu entries"), (unsigned long long)row->count);

	if (k->sum == 0 || n < 0 || (size_t)n >= cap)
		return;
	if (k->sum_is_fen != 0)
		(void)snprintf(out + n, cap - (size_t)n, say(c, "，%s %s %s", ", %s %s %s"),
			       say(c, k->sum_zh, k->sum_en), money_text(c, row->sum, money),
			       money_unit(c));
	else
		(void)snprintf(out + n, cap - (size_t)n, say(c, "，%s %lld", ", %s %lld"),
			       say(c, k->sum_zh, k->sum_en), (long long)row->sum);
}

static struct words value_words(const struct apart *a, uint32_t code)
{
	const struct code *known = code_by_number(a->field->list, code);

	return known == NULL ? (struct words){ "（其他）", "(other)" }
			     : (struct words){ known->zh, known->en };
}

void apart_print(const struct client *c, const struct apart *a, const struct kind *k,
		 const char *before, const char *between, const char *after)
{
	const struct apart_row none = { .code = 0 };
	char text[WORDS_MAX];

	if (a->row_count == 0) {
		figure_words(c, k, &none, text, sizeof(text));
		(void)fprintf(c->out, "%s%s%s%s\n", before, between, text, after);
	}
	for (uint32_t i = 0; i < a->row_count; i++) {
		struct words value = { "", "" };
		if (a->field != NULL)
			value = value_words(a, a->rows[i].code);
		figure_words(c, k, &a->rows[i], text, sizeof(text));
		(void)fprintf(c->out, "%s%s%s%s%s%s\n", before, say(c, value.zh, value.en),
			      a->field != NULL ? " " : "", between, text,
			      i + 1 == a->row_count ? after : "");
	}
}

void apart_words(const struct client *c, const struct apart *a, const struct kind *k, char *out,
		 size_t cap)
{
	char text[WORDS_MAX];
	size_t used = 0;

	out[0] = '\0';
	for (uint32_t i = 0; i < a->row_count && used < cap; i++) {
		struct words value = { "", "" };
		if (a->field != NULL)
			value = value_words(a, a->rows[i].code);
		figure_words(c, k, &a->rows[i], text, sizeof(text));
		int n =
		    snprintf(out + used, cap - used, "%s%s%s%s", i > 0 ? say(c, "；", "; ") : "",
			     say(c, value.zh, value.en), a->field != NULL ? " " : "", text);
		used += n < 0 ? cap : (size_t)n;
	}
}

/* ---- JSON ---- */

static void set_sum(struct json_out *j, const struct kind *k, int64_t sum)
{
	char yuan[32];

	json_out_set_int(j, "sum", sum);
	if (k->sum_is_fen != 0)
		json_out_set_text(j, "sum_yuan", fen_print(sum, yuan));
}

static struct json_out figure_json(const struct apart *a, const struct kind *k,
				   const struct apart_row *row)
{
	struct json_out j = json_out_object(), value = json_out_object();
	struct words words = value_words(a, row->code);

	json_out_set_int(&value, "code", row->code);
	json_out_set_text(&value, "zh", words.zh);
	json_out_set_text(&value, "en", words.en);
	json_out_set(&j, a->field->name, value);
	json_out_set_int(&j, "count", (int64_t)row->count);
	set_sum(&j, k, row->sum);
	return j;
}

void apart_json(const struct apart *a, const struct kind *k, struct json_out *j)
{
	json_out_drop(j, "sum");
	json_out_drop(j, "sum_yuan");
	if (a->field == NULL) {
		set_sum(j, k, a->rows[0].sum);
		return;
	}
	struct json_out sums = json_out_array();
	for (uint32_t i = 0; i < a->row_count; i++)
		json_out_append(&sums, figure_json(a, k, &a->rows[i]));
	json_out_set(j, "sums", sums);
}
