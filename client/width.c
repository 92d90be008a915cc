/* SPDX-License-Identifier: Apache-2.0 */
/* width.c -- see width.h. */
#include "client/width.h"

#include <string.h>
#include <wchar.h>

enum { WIDE_FROM = 0x1100 }; /* no character below takes two columns */

static uint32_t char_width(uint32_t cp);
static size_t char_at(struct bytes text, size_t at, uint32_t *cp);
static bool closes(uint32_t cp);
static bool opens(uint32_t cp);

uint32_t width_of(struct bytes text)
{
	uint32_t width = 0, cp;

	for (size_t at = 0; at < text.len; at += char_at(text, at, &cp), width += char_width(cp))
		;
	return width;
}

size_t width_fit(struct bytes text, uint32_t columns)
{
	uint32_t width = 0, cp;
	size_t at = 0, n;

	for (; at < text.len; at += n) {
		n = char_at(text, at, &cp);
		width += char_width(cp);
		if (width > columns)
			break;
	}
	return at;
}

/* A line may end at a blank, and between two characters of which one is wide, unless a mark would
 * be torn from what it belongs to. */
size_t width_line(struct bytes text, uint32_t columns, size_t *next)
{
	size_t end = 0, n;
	uint32_t width = 0, cp, before = ' ';

	*next = 0;
	for (size_t at = 0; at < text.len; at += n, before = cp) {
		n = char_at(text, at, &cp);
		bool wide = char_width(cp) == 2 || char_width(before) == 2;
		if (cp == ' ' && before != ' ')
			end = at;
		else if (cp != ' ' && before == ' ' && end > 0)
			*next = at;
		else if (cp != ' ' && before != ' ' && wide && !closes(cp) && !opens(before))
			*next = end = at;
		width += char_width(cp);
		if (width <= columns || at == 0)
			continue;
		if (end == 0) /* one word longer than the line */
			return *next = at;
		for (*next = *next > end ? *next : end; *next < text.len && text.p[*next] == ' ';)
			(*next)++;
		return end;
	}
	return *next = text.len;
}

bool width_cut(struct bytes text, uint32_t columns, struct buf *out)
{
	bool cut = width_of(text) > columns;
	size_t n = cut ? width_fit(text, columns > 0 ? columns - 1 : 0) : text.len;

	while (cut && n > 0 && text.p[n - 1] == ' ')
		n--;
	buf_put(out, text.p, n);
	if (cut)
		buf_put_bytes(out, BYTES_LIT("…"));
	return cut;
}

static uint32_t char_width(uint32_t cp)
{
	int width = wcwidth((wchar_t)cp);

	if (width < 0)
		return cp >= WIDE_FROM ? 2 : 1;
	return (uint32_t)width;
}

/* Bytes that are no UTF-8 are one column each, as most terminals show them. */
static size_t char_at(struct bytes text, size_t at, uint32_t *cp)
{
	size_t n = bytes_char(bytes_of(text.p + at, text.len - at), cp);

	if (n > 0)
		return n;
	*cp = '?';
	return 1;
}

static bool is_among(uint32_t cp, const char *marks)
{
	struct bytes all = bytes_str(marks);
	uint32_t mark;

	for (size_t at = 0; at < all.len;) {
		at += char_at(all, at, &mark);
		if (mark == cp)
			return true;
	}
	return false;
}

static bool closes(uint32_t cp)
{
	return is_among(cp, "，。、；：！？）》」』】〉”’…％,.;:!?)%");
}

static bool opens(uint32_t cp)
{
	return is_among(cp, "（《「『【〈“‘(￥");
}
