/* SPDX-License-Identifier: Apache-2.0 */
/* hex.c -- see hex.h. */
#include "hex.h"

#include <sodium.h>
#include <string.h>

#include "errors.h"

enum { BASE64_FORM = sodium_base64_VARIANT_URLSAFE_NO_PADDING };

char *hex_put(struct bytes b, char *out)
{
	return sodium_bin2hex(out, 2 * b.len + 1, b.p, b.len);
}

int hex_take(const char *s, uint8_t *out, size_t len)
{
	size_t got = 0;

	if (strnlen(s, 2 * len) < 2 * len ||
	    sodium_hex2bin(out, len, s, 2 * len, NULL, &got, NULL) != 0)
		return BF_EFORMAT;
	return got == len ? 0 : BF_EFORMAT;
}

char *base64_put(struct bytes b, char *out)
{
	return sodium_bin2base64(out, BASE64_TEXT(b.len) + 1, b.p, b.len, BASE64_FORM);
}

/* libsodium 1.0.18 takes some bytes from 0x80 on for letters of the alphabet: one value would have
 * several texts. */
static bool is_ascii(struct bytes text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] >= 0x80)
			return false;
	}
	return true;
}

int base64_take(struct bytes text, uint8_t *out, size_t len)
{
	size_t got = 0;

	if (!is_ascii(text) || text.len != BASE64_TEXT(len) ||
	    sodium_base642bin(out, len, (const char *)text.p, text.len, NULL, &got, NULL,
			      BASE64_FORM) != 0)
		return BF_EFORMAT;
	return got == len ? 0 : BF_EFORMAT;
}
