/* SPDX-License-Identifier: Apache-2.0 */
/* bytes_text.c -- bytes as text: UTF-8, what may not stand in a line, and what people's keyboards
 * leave.
 *
 * Every string of every entry passes here more than once at a hub, so the common characters, ASCII
 * and those of three bytes, are judged without being decoded. */
#include "bytes.h"

#include <string.h>

/* How many bytes follow lead byte `c`, and the least code point that needs so many; -1 for no lead
 * byte. */
static int utf8_tail(uint8_t c, uint32_t *cp, uint32_t *least)
{
	if (c < 0x80) {
		*cp = c;
		*least = 0;
		return 0;
	}
	if ((c & 0xe0) == 0xc0) {
		*cp = c & 0x1fU;
		*least = 0x80;
		return 1;
	}
	if ((c & 0xf0) == 0xe0) {
		*cp = c & 0x0fU;
		*least = 0x800;
		return 2;
	}
	if ((c & 0xf8) == 0xf0) {
		*cp = c & 0x07U;
		*least = 0x10000;
		return 3;
	}
	return -1;
}

size_t bytes_char(struct bytes b, uint32_t *cp)
{
	uint32_t least = 0;
	int tail;

	*cp = 0;
	if (b.len == 0)
		return 0;
	tail = utf8_tail(b.p[0], cp, &least);
	if (tail < 0 || (size_t)tail >= b.len)
		return 0;
	for (int i = 1; i <= tail; i++) {
		if ((b.p[i] & 0xc0) != 0x80)
			return 0;
		*cp = *cp << 6 | (b.p[i] & 0x3fU);
	}
	if (*cp < least || *cp > 0x10ffff || (*cp >= 0xd800 && *cp <= 0xdfff))
		return 0;
	return (size_t)tail + 1;
}

/* A whole three-byte character that can be nothing else: no overlong form, no surrogate. Chinese
 * text is made of these, and a hub looks at every byte of a night several times. */
static bool plain_three(struct bytes b)
{
	return b.len >= 3 && b.p[0] > 0xe0 && b.p[0] < 0xf0 && b.p[0] != 0xed &&
	       (b.p[1] & 0xc0) == 0x80 && (b.p[2] & 0xc0) == 0x80;
}

bool bytes_utf8(struct bytes b)
{
	uint32_t cp;

	while (b.len > 0) {
		size_t n = b.p[0] < 0x80 ? 1 : plain_three(b) ? 3 : bytes_char(b, &cp);
		if (n == 0)
			return false;
		b.p += n;
		b.len -= n;
	}
	return true;
}

/* U+200E/F, U+202A..E, U+2066..9 turn a line of text round and hide what it says. */
static bool is_bidi(uint32_t cp)
{
	return cp == 0x200e || cp == 0x200f || cp == 0x061c || (cp >= 0x202a && cp <= 0x202e) ||
	       (cp >= 0x2066 && cp <= 0x2069);
}

bool bytes_control(struct bytes b)
{
	uint32_t cp;

	while (b.len > 0) {
		size_t n;

		if (b.p[0] >= 0x20 && b.p[0] < 0x7f) {
			b.p++;
			b.len--;
			continue;
		}
		if (b.p[0] != 0xe2 &&
		    plain_three(b)) { /* the bidi controls of this length begin with e2 */
			b.p += 3;
			b.len -= 3;
			continue;
		}
		n = bytes_char(b, &cp);
		if (n ==
		    0) { /* not UTF-8: judge the byte alone, so that nothing below 0x20 passes */
			cp = b.p[0];
			n = 1;
		}
		if (cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || is_bidi(cp))
			return true;
		b.p += n;
		b.len -= n;
	}
	return false;
}

char *bytes_cstr(struct bytes b, char *out, size_t cap)
{
	size_t len = b.len;

	if (cap == 0)
		return out;
	if (len >= cap) {
		len = cap - 1;
		while (len > 0 && (b.p[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(out, b.p, len);
	out[len] = '\0';
	return out;
}

static bool is_blank(uint32_t cp)
{
	return cp == ' ' || (cp >= '\t' && cp <= '\r') || cp == 0xa0 || cp == 0x3000 ||
	       cp == 0xfeff;
}

struct bytes bytes_trim(struct bytes b)
{
	uint32_t cp;
	size_t n;

	while ((n = bytes_char(b, &cp)) > 0 && is_blank(cp)) {
		b.p += n;
		b.len -= n;
	}
	while (b.len > 0) {
		size_t start = b.len - 1;
		while (start > 0 && (b.p[start] & 0xc0) == 0x80)
			start--;
		n = bytes_char(bytes_of(b.p + start, b.len - start), &cp);
		if (n != b.len - start || !is_blank(cp))
			break;
		b.len = start;
	}
	return b;
}

struct bytes bytes_part(struct bytes *rest, bool blanks)
{
	struct bytes part = { .p = rest->p };
	uint32_t cp;

	while (rest->len > 0) {
		size_t n = bytes_char(*rest, &cp);
		n = n == 0 ? 1 : n;
		rest->p += n;
		rest->len -= n;
		if (cp == ',' || cp == 0xff0c || cp == 0x3001 || cp == ';' || cp == 0xff1b ||
		    (blanks && (cp == ' ' || cp == 0x3000)))
			break;
		part.len += n;
	}
	return bytes_trim(part);
}

bool bytes_narrow(struct bytes b, char *out, size_t cap)
{
	size_t used = 0;
	uint32_t cp;

	if (cap == 0)
		return false;
	out[0] = '\0';
	b = bytes_trim(b);
	while (b.len > 0) {
		size_t n = bytes_char(b, &cp);
		bool wide = (cp >= 0xff01 && cp <= 0xff5e) || cp == 0x3000;
		size_t take = n == 0 ? 1 : n;
		if (used + (wide ? 1 : take) >= cap || b.p[0] == '\0') {
			out[0] = '\0';
			return false;
		}
		if (wide)
			out[used++] = cp == 0x3000 ? ' ' : (char)(cp - 0xfee0);
		else {
			memcpy(out + used, b.p, take);
			used += take;
		}
		b.p += take;
		b.len -= take;
	}
	out[used] = '\0';
	return true;
}
