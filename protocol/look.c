/* SPDX-License-Identifier: Apache-2.0 */
/* look.c -- see look.h. */
#include "look.h"

#include <string.h>

#include "errors.h"
#include "person.h"
#include "pinyin.h"

enum { FOLDED_MAX = 256 }; /* of a stored text: none that is looked at is longer */

/* ---- folding ---- */

/* Bytes of a mark at the front that is as good as nothing: a blank, an apostrophe between
 * syllables, the dot in 阿·木尔. */
static size_t mark_at(const char *s)
{
	static const char *const marks[] = { " ", "'", "·", "•", "‧", "・", "’", "\xc2\xa0" };

	/* A million names are folded for one question: most characters begin like none of them. */
	if (*s != ' ' && *s != '\'' && *s != '\xc2' && *s != '\xe2' && *s != '\xe3')
		return 0;
	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (strncmp(s, marks[i], strlen(marks[i])) == 0)
			return strlen(marks[i]);
	return 0;
}

/* Half-width, lower-case, without such marks. False when it does not fit. */
static bool fold(struct bytes text, char out[FOLDED_MAX])
{
	size_t used = 0, skip;

	if (!bytes_narrow(text, out, FOLDED_MAX))
		return false;
	for (const char *s = out; *s != '\0';) {
		skip = mark_at(s);
		if (skip > 0) {
			s += skip;
			continue;
		}
		out[used++] = (char)(*s >= 'A' && *s <= 'Z' ? *s - 'A' + 'a' : *s);
		s++;
	}
	out[used] = '\0';
	return true;
}

/* What is folded already, without hyphens. */
static void strip(const char *folded, char *out)
{
	for (; *folded != '\0'; folded++)
		if (*folded != '-')
			*out++ = *folded;
	*out = '\0';
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

int look_take(struct look *l, struct bytes typed)
{
	char text[FOLDED_MAX];

	*l = (struct look){ .len = 0 };
	if (!bytes_utf8(typed) || bytes_control(typed))
		return BF_EFORMAT;
	if (!fold(typed, text) || strlen(text) > LOOK_BYTES_MAX)
		return BF_EBOUND;
	l->len = strlen(text);
	memcpy(l->text, text, l->len + 1);
	strip(text, l->number);
	for (size_t i = 0; i < l->len; i++)
		l->letters = l->letters || is_letter(text[i]);
	return l->len > 0 ? 0 : BF_EINVAL;
}

/* ---- names ---- */

/* How far of what was typed the reading takes, from `at` on: a whole syllable, its first letter, zh
 * ch sh; and what is typed last may be any beginning of it. Adds the places behind to the set of
 * places. */
static uint64_t step_reading(const struct look *l, size_t at, const char *reading)
{
	size_t same = 0, len = strlen(reading);
	bool two = len > 1 && reading[1] == 'h';
	uint64_t to = 0;

	while (same < len && at + same < l->len && l->text[at + same] == reading[same])
		same++;
	for (size_t n = 1; n <= same; n++)
		if (n == 1 || n == len || (two && n == 2) || at + n == l->len)
			to |= UINT64_C(1) << (at + n);
	return to;
}

/* `from` is the set of places in what was typed that the characters before have reached. */
static uint64_t step(const struct look *l, const struct pinyin_char *c, uint64_t from)
{
	uint64_t to = 0;

	for (size_t at = 0; at < l->len; at++) {
		if ((from >> at & 1) == 0)
			continue;
		if (l->len - at >= c->text.len && memcmp(l->text + at, c->text.p, c->text.len) == 0)
			to |= UINT64_C(1) << (at + c->text.len);
		for (uint32_t i = 0; l->letters && i < c->count; i++)
			to |= step_reading(l, at, c->readings[i]);
	}
	return to;
}

enum look_fit look_name(const struct look *l, struct bytes name)
{
	struct pinyin_char chars[PINYIN_NAME_MAX];
	const uint64_t all = UINT64_C(1) << l->len;
	char folded[FOLDED_MAX];

	if (!fold(name, folded))
		return LOOK_NONE;
	if (strcmp(folded, l->text) == 0)
		return LOOK_WHOLE;
	if (!l->letters) {
		const char *at = strstr(folded, l->text);

		return at == NULL ? LOOK_NONE : at == folded ? LOOK_EDGE : LOOK_PART;
	}
	uint32_t count = pinyin_name(bytes_str(folded), chars, PINYIN_NAME_MAX);

	for (uint32_t first = 0; first < count; first++) {
		uint64_t at = 1;

		for (uint32_t i = first; i < count && at != 0 && (at & all) == 0; i++)
			at = step(l, &chars[i], at);
		if ((at & all) != 0)
			return first == 0 ? LOOK_EDGE : LOOK_PART;
	}
	return LOOK_NONE;
}

/* ---- numbers ---- */

/* `least`: an end shorter than this is no hit; `part`: what stands within is one. */
static enum look_fit number(const struct look *l, struct bytes text, size_t least, bool part)
{
	char folded[FOLDED_MAX];

	if (!fold(text, folded))
		return LOOK_NONE;
	strip(folded, folded);
	size_t len = strlen(l->number), whole = strlen(folded);

	if (len == 0 || len > whole)
		return LOOK_NONE;
	if (strcmp(l->number, folded) == 0)
		return LOOK_WHOLE;
	if (len >= least && strcmp(folded + whole - len, l->number) == 0)
		return LOOK_EDGE;
	return part && strstr(folded, l->number) != NULL ? LOOK_PART : LOOK_NONE;
}

/* A certified person's number has the digits of the card behind: either end is the last. */
static enum look_fit id(const struct look *l, struct bytes text)
{
	enum look_fit card = number(l, text, LOOK_TAIL_MIN, false);
	enum look_fit person =
	    text.len <= PERSON_KEY_BYTES
		? LOOK_NONE
		: number(l, bytes_of(text.p, PERSON_KEY_BYTES), LOOK_TAIL_MIN, false);

	return person < card ? person : card;
}

/* ---- records ---- */

static bool calls(const struct kind *k, const struct field *field)
{
	return memchr(k->called, field->tag, sizeof k->called) != NULL;
}

bool look_kind(const struct kind *k)
{
	return k->called[0] != 0;
}

static enum look_fit look_field(const struct look *l, const struct kind *k,
				const struct field *field, struct bytes text)
{
	switch ((enum field_type)field->type) {
	case T_ID:
		return id(l, text);
	case T_PHONE:
		return number(l, text, LOOK_TAIL_MIN, false);
	case T_TEXT:
		if ((field->flags & F_KEY) != 0)
			return number(l, text, 1, true);
		return calls(k, field) ? look_name(l, text) : LOOK_NONE;
	default:
		return LOOK_NONE;
	}
}

enum look_fit look_record(const struct look *l, const struct record *r)
{
	enum look_fit best = LOOK_NONE;

	for (uint32_t i = 0; look_kind(r->kind) && i < r->kind->count; i++) {
		enum look_fit fit = (r->has >> i & 1) == 0
					? LOOK_NONE
					: look_field(l, r->kind, &r->kind->fields[i], r->v[i].s);

		best = fit < best ? fit : best;
	}
	return best;
}

const char *look_fit_name(enum look_fit fit)
{
	static const char *const names[] = { "", "whole", "edge", "part", "none" };

	return (size_t)fit < sizeof names / sizeof *names ? names[fit] : "";
}

void look_called(const struct look *l, const struct record *r, struct look_called *out)
{
	*out = (struct look_called){ .number = { NULL, 0 } };
	for (size_t i = 0; i < sizeof r->kind->called; i++) {
		const struct field *field = field_by_tag(r->kind, r->kind->called[i]);
		const struct value *v = field == NULL ? NULL : record_get(r, field->tag);

		if (v == NULL)
			continue;
		if ((field->flags & F_KEY) != 0) {
			out->number = v->s;
			continue;
		}
		if ((field->flags & F_PERSONAL) != 0)
			mask_name_but(v->s, bytes_of(l->text, l->len), out->name, sizeof out->name);
		else
			bytes_cstr(v->s, out->name, sizeof out->name);
		pinyin_initials(v->s, out->initials, sizeof out->initials);
	}
}
