/* mask.c -- what of a personal value may be shown (declared in person.h). Anything unexpected
 * becomes stars. */
#include <stdio.h>
#include <string.h>

#include "person.h"

enum { CHARS_MAX = 64 };

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

/* Shows `front` and `back` characters, stars between, all stars when that would leave fewer than
 * one star. */
static char *mask(struct bytes text, size_t front, size_t back, size_t least, char *out, size_t cap)
{
	struct bytes chars[CHARS_MAX];
	size_t count = split(text, chars), used = 0;

	if (cap == 0)
		return out;
	for (size_t i = 0; i < count; i++) {
		bool sound = chars[i].len > 1 || chars[i].p[0] < 0x80;
		bool shown = sound && count >= least && (i < front || i >= count - back);
		struct bytes c = shown ? chars[i] : BYTES_LIT("*");
		if (used + c.len >= cap)
			break;
		memcpy(out + used, c.p, c.len);
		used += c.len;
	}
	out[used] = '\0';
	return out;
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
	struct bytes chars[CHARS_MAX];

	return mask(text, 1, split(text, chars) > 2 ? 1 : 0, 2, out, cap);
}
