/* SPDX-License-Identifier: Apache-2.0 */
/* gist.c -- see gist.h. Parts stand apart by two blanks, since a part may hold one. */
#include "client/gist.h"

#include <string.h>

#include "client/answer.h"
#include "client/shown.h"

enum { NAMED_MAX = 3 }; /* of a list of refs, so that it stays a line; the sum says how many */

static void put_part(struct buf *line, const char *label, struct bytes text);
static void put_fields(const struct client *c, const struct kind *k, struct mp_val told,
		       bool change, struct buf *line);
static void put_refs(const struct client *c, const struct field *field, struct mp_val told,
		     struct bytes text, struct buf *line);
static void put_field(const struct client *c, const struct kind *k, const struct field *field,
		      struct mp_val told, bool sum, struct buf *line);
static void put_count(const struct client *c, const struct kind *k, struct bytes refs,
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

/* All that the entry says and the line has not yet; of a list of refs also how many. */
static void put_fields(const struct client *c, const struct kind *k, struct mp_val told,
		       bool change, struct buf *line)
{
	struct mp_val fields;

	if (!answer_has(told, "fields", &fields))
		return;
	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[field_shown(k, i)];
		bool named = !change && answer_text(told, "name").len > 0 &&
			     memchr(k->called, field->tag, sizeof(k->called)) != NULL;
		bool sum = !change && field->tag == k->sum;

		if (field->tag == k->day || field->tag == k->place || named)
			continue;
		if (field->type == T_REFS)
			put_refs(c, field, told, answer_text(fields, field->name), line);
		else
			put_field(c, k, field, told, sum, line);
		if (sum && field->type == T_REFS)
			put_count(c, k, answer_text(fields, field->name), line);
	}
}

/* The first NAMED_MAX of a list. */
static void put_refs(const struct client *c, const struct field *field, struct mp_val told,
		     struct bytes text, struct buf *line)
{
	struct bytes few = text;
	struct buf shown = { 0 };
	size_t commas = 0;

	for (size_t at = 0; at < text.len && few.len == text.len; at++)
		if (text.p[at] == ',' && ++commas == NAMED_MAX)
			few.len = at;
	answer_value(c, field, told, few, &shown);
	if (few.len < text.len)
		buf_put_bytes(&shown, BYTES_LIT(" …"));
	put_part(line, say(c, field->zh, field->name), buf_bytes(&shown));
	if (shown.err != 0 && line->err == 0)
		line->err = shown.err;
	buf_fini(&shown);
}

/* What is summed goes by what the sum is called. */
static void put_field(const struct client *c, const struct kind *k, const struct field *field,
		      struct mp_val told, bool sum, struct buf *line)
{
	struct buf shown = { 0 };

	answer_field(c, k, field, told, &shown);
	put_part(line, sum ? say(c, k->sum_zh, k->sum_en) : say(c, field->zh, field->name),
		 buf_bytes(&shown));
	if (shown.err != 0 && line->err == 0)
		line->err = shown.err;
	buf_fini(&shown);
}

static void put_count(const struct client *c, const struct kind *k, struct bytes refs,
		      struct buf *line)
{
	char count[24];

	(void)snprintf(count, sizeof(count), "%lld", (long long)answer_count(refs));
	put_part(line, say(c, k->sum_zh, k->sum_en), bytes_str(count));
}
