/* SPDX-License-Identifier: Apache-2.0 */
/* mask.c -- what of a personal value may be shown (declared in person.h). Anything unexpected
 * becomes stars. */
#include <stdio.h>
#include <string.h>

#include "division.h"
#include "person.h"

enum { CHARS_MAX = 64, ORIGIN_CHARS = 16, SEQ_CHARS = 13 };

/* The characters of `text`, at most CHARS_MAX; what is not UTF-8 counts byte by byte. */
static size_t split(struct bytes text, struct bytes out[CHARS_MAX])
{
	size_t count = 0;
	uint32_t cp;

	for (text = bytes_trim(text); text.len > 0 && count < CHARS_MAX; count++) {
		size_t n = bytes_char(text, &cp);
		out[count] = bytes_of(text.p, n == 0 ? 1 : n);
		text.p += out[count].len;
		text.len -= out[count].len;
	}
	return count;
}

static bool holds(struct bytes text, struct bytes c)
{
	for (size_t i = 0; i + c.len <= text.len; i++)
		if (memcmp(text.p + i, c.p, c.len) == 0)
			return true;
	return false;
}

/* Shows `front` and `back` characters and those that stand in `also`, stars between, all stars when
 * that would leave fewer than one star. */
static char *mask_but(struct bytes text, size_t front, size_t back, size_t least, struct bytes also,
		      char *out, size_t cap)
{
	struct bytes chars[CHARS_MAX];
	size_t count = split(text, chars), used = 0;

	if (cap == 0)
		return out;
	for (size_t i = 0; i < count; i++) {
		bool sound = chars[i].len > 1 || chars[i].p[0] < 0x80;
		bool shown = sound && ((count >= least && (i < front || i >= count - back)) ||
				       holds(also, chars[i]));
		struct bytes c = shown ? chars[i] : BYTES_LIT("*");
		if (used + c.len >= cap)
			break;
		memcpy(out + used, c.p, c.len);
		used += c.len;
	}
	out[used] = '\0';
	return out;
}

static char *mask(struct bytes text, size_t front, size_t back, size_t least, char *out, size_t cap)
{
	return mask_but(text, front, back, least, BYTES_LIT(""), out, cap);
}

char *mask_id(struct bytes text, char *out, size_t cap)
{
	return mask(text, 3, 4, 15, out, cap);
}

char *mask_phone(struct bytes text, char *out, size_t cap)
{
	return mask(text, 3, 4, 10, out, cap);
}

/* Of fixed width, so that it does not tell how long the number is. */
char *mask_bank(struct bytes text, char *out, size_t cap)
{
	struct bytes chars[CHARS_MAX];
	char digits[9] = "";
	size_t count = 0, all = split(text, chars);

	for (size_t i = 0; i < all; i++)
		if (chars[i].len == 1 && chars[i].p[0] != ' ')
			chars[count++] = chars[i];
	if (count < 12)
		return mask(text, 0, 0, CHARS_MAX + 1, out, cap);
	for (size_t i = 0; i < 4; i++) {
		digits[i] = (char)chars[i].p[0];
		digits[4 + i] = (char)chars[count - 4 + i].p[0];
	}
	snprintf(out, cap, "%.4s **** **** %.4s", digits, digits + 4);
	return out;
}

char *mask_name(struct bytes text, char *out, size_t cap)
{
	return mask_name_but(text, BYTES_LIT(""), out, cap);
}

char *mask_name_but(struct bytes text, struct bytes typed, char *out, size_t cap)
{
	struct bytes chars[CHARS_MAX];

	return mask_but(text, 1, split(text, chars) > 2 ? 1 : 0, 2, typed, out, cap);
}

/* ---- numbers within a sentence ---- */

struct number {
	char text[CHARS_MAX + 1]; /* half-width, without separators */
	size_t count;
	size_t bytes; /* of it as it was typed */
};

/* A digit at the front, full-width or not, and how many bytes it takes; else -1. */
static int digit_at(struct bytes b, size_t *n)
{
	uint32_t cp = 0;

	*n = bytes_char(b, &cp);
	if (cp >= 0xff10 && cp <= 0xff19)
		cp -= 0xff10 - '0';
	return *n > 0 && cp >= '0' && cp <= '9' ? (int)cp : -1;
}

static struct bytes behind(struct bytes b, size_t n)
{
	return bytes_of(b.p + n, b.len - n);
}

/* Digits, single blanks or hyphens between them, and the X of an ID. */
/* A card's number is written in groups of four, a division's code in one piece. */
static bool whole_code(const struct number *n)
{
	uint64_t code;

	return n->count == DIVISION_DIGITS && n->bytes == DIVISION_DIGITS &&
	       division_parse(bytes_of(n->text, n->count), &code) == 0;
}

static struct number number_at(struct bytes text)
{
	struct number found = { .count = 0 };
	size_t n;

	while (found.count < CHARS_MAX) {
		struct bytes rest = behind(text, found.bytes);

		if (found.count > 0 && rest.len > 1 && (rest.p[0] == ' ' || rest.p[0] == '-')) {
			if (whole_code(&found))
				break; /* what follows is the place's name, or the next number */
			rest = behind(rest, 1);
		}
		int digit = digit_at(rest, &n);

		if (digit < 0 && n == 1 && (rest.p[0] | 0x20) == 'x' &&
		    found.count == PERSON_KEY_BYTES - 1)
			digit = 'X';
		if (digit < 0)
			break;
		found.text[found.count++] = (char)digit;
		found.bytes = (size_t)(rest.p - text.p) + n;
	}
	found.text[found.count] = '\0';
	return found;
}

static bool is_phone(const struct number *n)
{
	return (n->count == 11 && n->text[0] == '1' && n->text[1] >= '3') ||
	       (n->count >= 10 && n->count <= 12 && n->text[0] == '0');
}

/* May be a household's of the province whose two digits these are. */
static bool is_household(const struct number *n, const char *province)
{
	bool id = n->count >= PERSON_KEY_BYTES - 1 || n->count == 15;

	return n->count >= DIVISION_DIGITS && !id && memcmp(n->text, province, 2) == 0;
}

/* The number as it may be shown; NULL: as it is. */
static const char *number_shown(const struct number *n, char out[CHARS_MAX + 1])
{
	struct bytes text = bytes_of(n->text, n->count);
	uint64_t code;

	if (is_phone(n))
		return mask_phone(text, out, CHARS_MAX + 1);
	if (n->count == 15 || n->count == 18 || n->count == 20 || n->count == 22)
		return mask_id(text, out, CHARS_MAX + 1);
	if (n->count > DIVISION_DIGITS ||
	    (n->count == DIVISION_DIGITS && division_parse(text, &code) != 0))
		return mask_bank(text, out, CHARS_MAX + 1);
	return NULL;
}

static bool is_word(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/* Bytes of an origin or a ref at the front: 16 hex digits that are no number, or that a seq
 * follows. */
static size_t name_at(struct bytes text)
{
	size_t hex = 0, end;
	bool letter = false;

	while (hex < text.len && is_word(text.p[hex])) {
		bool low = text.p[hex] >= 'a' && text.p[hex] <= 'f';

		if (!low && (text.p[hex] < '0' || text.p[hex] > '9'))
			return 0;
		letter = letter || low;
		hex++;
	}
	if (hex != ORIGIN_CHARS)
		return 0;
	end = hex + (hex < text.len && text.p[hex] == '-');
	while (end < text.len && end <= hex + SEQ_CHARS && text.p[end] >= '0' && text.p[end] <= '9')
		end++;
	bool seq = end > hex + 1 && (end == text.len || !is_word(text.p[end]));

	return seq ? end : letter ? hex : 0;
}

/* `province`: numbers that may be a household's of it are shown; NULL: none are. */
static char *mask_numbers(struct bytes text, const char *province, char *out, size_t cap)
{
	char shown[CHARS_MAX + 1];
	size_t used = 0;
	bool begins = true; /* no letter or digit in front */

	if (cap == 0)
		return out;
	while (text.len > 0) {
		size_t name = begins ? name_at(text) : 0;
		struct number n = { .count = 0 };
		struct bytes part = bytes_of(text.p, name);
		const char *masked = NULL;
		uint32_t cp;

		if (name == 0) {
			n = number_at(text);
			if (province == NULL || !is_household(&n, province))
				masked = number_shown(&n, shown);
			part.len = n.bytes > 0 ? n.bytes : bytes_char(text, &cp);
			if (part.len == 0) { /* not UTF-8 */
				part.len = 1;
				masked = "?";
			}
		}
		struct bytes put = masked != NULL ? bytes_str(masked) : part;

		if (used + put.len >= cap)
			break;
		memcpy(out + used, put.p, put.len);
		used += put.len;
		begins = !is_word(part.p[part.len - 1]);
		text = behind(text, part.len);
	}
	out[used] = '\0';
	return out;
}

char *mask_typed(struct bytes text, char *out, size_t cap)
{
	return mask_numbers(text, NULL, out, cap);
}

char *mask_household(struct bytes text, uint64_t here, char *out, size_t cap)
{
	char province[DIVISION_DIGITS + 1];

	return mask_numbers(text, division_valid(here) ? division_print(here, province) : NULL, out,
			    cap);
}
