/* SPDX-License-Identifier: Apache-2.0 */
/* shown.c -- see shown.h. */
#include "client/shown.h"

#include <stdio.h>

/* What stands for a character that steers. */
typedef void stand_in(struct buf *out, struct bytes character, uint32_t cp);

static void pass(struct buf *out, struct bytes text, stand_in *put);
static void put_hex(struct buf *out, struct bytes character, uint32_t cp);
static void put_escape(struct buf *out, struct bytes character, uint32_t cp);
static size_t plain(struct bytes text);
static size_t steers(struct bytes text, uint32_t *cp);

void shown_put(struct buf *out, struct bytes text)
{
	pass(out, text, put_hex);
}

void shown_json(struct buf *out, struct bytes json)
{
	pass(out, json, put_escape);
}

static void pass(struct buf *out, struct bytes text, stand_in *put)
{
	while (text.len > 0) {
		uint32_t cp;
		size_t n = plain(text);

		buf_put(out, text.p, n);
		text = bytes_of(text.p + n, text.len - n);
		n = text.len > 0 ? steers(text, &cp) : 0;
		if (n > 0)
			put(out, bytes_of(text.p, n), cp);
		text = bytes_of(text.p + n, text.len - n);
	}
}

static void put_hex(struct buf *out, struct bytes character, uint32_t cp)
{
	char hex[8];

	(void)cp;
	for (size_t i = 0; i < character.len; i++) {
		(void)snprintf(hex, sizeof(hex), "\\x%02x", character.p[i]);
		buf_put_bytes(out, bytes_str(hex));
	}
}

/* JSON itself has its line ends; below 0x20 nothing else is left in it. */
static void put_escape(struct buf *out, struct bytes character, uint32_t cp)
{
	char hex[8];

	if (cp >= 0x7f)
		(void)snprintf(hex, sizeof(hex), "\\u%04x", cp & 0xffff);
	buf_put_bytes(out, cp >= 0x7f ? bytes_str(hex) : character);
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
