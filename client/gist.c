/* SPDX-License-Identifier: Apache-2.0 */
/* gist.c -- see gist.h. Parts stand apart by two blanks, since a part may hold one. */
#include "client/gist.h"

#include "client/answer.h"
#include "client/shown.h"
#include "protocol/money.h"

enum { NAMED_MAX = 3 }; /* of a list of refs, so that it stays a line; the sum says how many */

static void put_part(struct buf *line, const char *label, struct bytes text);
static void put_fields(const struct client *c, const struct kind *k, struct mp_val told,
		       bool change, struct buf *line);
static void put_field(const struct client *c, const struct field *field, struct mp_val told,
		      struct bytes text, struct buf *line);
static void put_sum(const struct client *c, const struct kind *k, struct bytes text,
		    struct buf *line);

void gist_put(const struct client *c, struct mp_val told, struct buf *out)
{
	const struct kind *k = kind_by_name(answer_text(told, "kind"));
	struct bytes ref = answer_text(told, "ref"), subject = answer_text(told, "subject");
	struct bytes place = answer_text(told, "division_name");
	bool change = subject.len > 0 && !bytes_equal(ref, subject);
	struct buf line = { 0 };

	put_part(&line, "",
		 k != NULL ? bytes_str(say(c, k->zh, k->name)) : answer_text(told, "kind"));
	if (change)
		buf_put_bytes(&line, bytes_str(say(c, "（修改）", " (change)")));
	put_part(&line, "", answer_text(told, "day"));
	put_part(&line, "", place.len > 0 ? place : answer_text(told, "division"));
	put_part(&line, "", answer_text(told, "name"));
	if (k != NULL)
		put_fields(c, k, told, change, &line);
	put_part(&line, "", ref);
	shown_put(out, buf_bytes(&line));
	if (line.err != 0 && out->err == 0)
		out->err = line.err;
	buf_fini(&line);
}

static void put_part(struct buf *line, const char *label, struct bytes text)
{
	if (text.len == 0)
		return;
	if (line->len > 0)
		buf_put_bytes(line, BYTES_LIT("  "));
	buf_put_bytes(line, bytes_str(label));
	if (label[0] != '\0')
		buf_u8(line, ' ');
	buf_put_bytes(line, text);
}

/* Neither the day nor the place, which stand in front, nor the sum, which stands last. */
static bool is_other(const struct kind *k, uint8_t tag)
{
	return tag != k->day && tag != k->place && tag != k->sum;
}

static bool is_shown(const struct kind *k, uint8_t tag, bool change, bool named)
{
	bool shown = change && tag != k->day && tag != k->place;

	for (size_t n = 0; n < sizeof(k->about); n++)
		shown = shown || tag == k->about[n];
	for (size_t n = 0; n < sizeof(k->called) && !named; n++)
		shown = shown || tag == k->called[n];
	for (size_t n = 0; n < DIMS_MAX && !change; n++)
		shown = shown || tag == k->dims[n];
	return shown;
}

/* Of a change all that differs. Else whom it is about, what totals are split by, and its sum; all
 * of what says none of these. */
static void put_fields(const struct client *c, const struct kind *k, struct mp_val told,
		       bool change, struct buf *line)
{
	bool named = answer_text(told, "name").len > 0; /* with what it is called by */
	struct mp_val fields;

	if (!answer_has(told, "fields", &fields))
		return;
	bool any = false;

	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		struct bytes text = answer_text(fields, field->name);
		if (text.len == 0 || !is_shown(k, field->tag, change, named))
			continue;
		put_field(c, field, told, text, line);
		any = true;
	}
	for (size_t i = 0; i < k->count && !any && !named; i++)
		if (is_other(k, k->fields[i].tag))
			put_field(c, &k->fields[i], told, answer_text(fields, k->fields[i].name),
				  line);
	const struct field *sum = field_by_tag(k, k->sum);

	if (sum != NULL && !change)
		put_sum(c, k, answer_text(fields, sum->name), line);
}

/* The first NAMED_MAX of a list; all of anything else. */
static struct bytes first_few(const struct field *field, struct bytes text)
{
	size_t commas = 0;

	for (size_t at = 0; field->type == T_REFS && at < text.len; at++)
		if (text.p[at] == ',' && ++commas == NAMED_MAX)
			return bytes_of(text.p, at);
	return text;
}

static void put_field(const struct client *c, const struct field *field, struct mp_val told,
		      struct bytes text, struct buf *line)
{
	struct bytes few = first_few(field, text);
	struct buf shown = { 0 };

	answer_value(c, field, told, few, &shown);
	if (few.len < text.len)
		buf_put_bytes(&shown, BYTES_LIT(" …"));
	put_part(line, say(c, field->zh, field->name), buf_bytes(&shown));
	if (shown.err != 0 && line->err == 0)
		line->err = shown.err;
	buf_fini(&shown);
}

static void put_sum(const struct client *c, const struct kind *k, struct bytes text,
		    struct buf *line)
{
	const struct field *field = field_by_tag(k, k->sum);
	char money[MONEY_TEXT_MAX], sum[MONEY_TEXT_MAX + 16];
	int64_t fen;

	if (field->type == T_FEN && fen_parse(text, &fen) == 0) {
		(void)snprintf(sum, sizeof(sum), "%s %s", money_text(c, fen, money), money_unit(c));
		text = bytes_str(sum);
	} else if (field->type == T_REFS) {
		(void)snprintf(sum, sizeof(sum), "%lld", (long long)answer_count(text));
		text = bytes_str(sum);
	}
	put_part(line, say(c, k->sum_zh, k->sum_en), text);
}
