/* shown.c -- see shown.h. */
#include "client/shown.h"

#include <stdio.h>

static size_t plain(struct bytes text);
static size_t steers(struct bytes text, uint32_t *cp);

void shown_put(struct buf *out, struct bytes text)
{
	char hex[8];

	while (text.len > 0) {
		uint32_t cp;
		size_t n = plain(text);

		buf_put(out, text.p, n);
		text = bytes_of(text.p + n, text.len - n);
		n = text.len > 0 ? steers(text, &cp) : 0;
		for (size_t i = 0; i < n; i++) {
			(void)snprintf(hex, sizeof(hex), "\\x%02x", text.p[i]);
			buf_put_bytes(out, bytes_str(hex));
		}
		text = bytes_of(text.p + n, text.len - n);
	}
}

void shown_json(struct buf *out, struct bytes json)
{
	char hex[8];

	while (json.len > 0) {
		uint32_t cp;
		size_t n = plain(json);

		buf_put(out, json.p, n);
		json = bytes_of(json.p + n, json.len - n);
		n = json.len > 0 ? steers(json, &cp) : 0;
		if (n > 0 && cp >= 0x7f)
			(void)snprintf(hex, sizeof(hex), "\\u%04x", cp & 0xffff);
		buf_put_bytes(out, n > 0 && cp >= 0x7f ? bytes_str(hex) : bytes_of(json.p, n));
		json = bytes_of(json.p + n, json.len - n);
	}
}

/* How many bytes at the front steer nothing. */
static size_t plain(struct bytes text)
{
	size_t at = 0;

	while (at < text.len) {
		struct bytes rest = bytes_of(text.p + at, text.len - at);
		uint32_t cp;

		if (steers(rest, &cp) > 0)
			break;
		at += bytes_char(rest, &cp);
	}
	return at;
}

/* The size of the character at the front when it steers, else 0. */
static size_t steers(struct bytes text, uint32_t *cp)
{
	size_t n = bytes_char(text, cp);

	if (n == 0) {
		*cp = text.p[0];
		return 1;
	}
	bool bad = bytes_control(bytes_of(text.p, n)) || *cp == 0x2028 || *cp == 0x2029;
	return bad ? n : 0;
}
