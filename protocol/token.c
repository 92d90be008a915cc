/* SPDX-License-Identifier: Apache-2.0 */
/* token.c -- the enrolment token as a line a person can copy. See token.h.
 *
 * A token is secret but short-lived and used once; its secret is compared by hash at the hub.
 */
#include "token.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "hex.h"

enum {
	CHECK_BYTES = 4,
	BLOB_BYTES = KEY_BYTES + TOKEN_SECRET_BYTES + CHECK_BYTES,
	PORT_TEXT_MAX = 5,
	PLACE_MAX = TOKEN_HOST_MAX + sizeof "[]:65535",
};

/* "host:port", with brackets around an address that has colons. */
static void place_put(const struct token *t, char out[PLACE_MAX])
{
	bool colons = strchr(t->host, ':') != NULL;

	(void)snprintf(out, PLACE_MAX, "%s%s%s:%u", colons ? "[" : "", t->host, colons ? "]" : "",
		       (unsigned)t->port);
}

static void check_of(const struct token *t, uint8_t check[CHECK_BYTES])
{
	char place[PLACE_MAX];
	uint8_t rest[PLACE_MAX + KEY_BYTES + TOKEN_SECRET_BYTES];

	place_put(t, place);
	size_t n = strlen(place);
	memcpy(rest, place, n);
	memcpy(rest + n, t->hub.b, KEY_BYTES);
	memcpy(rest + n + KEY_BYTES, t->secret, TOKEN_SECRET_BYTES);
	struct hash h = hash_two(BYTES_LIT("bangfu token 1"),
				 bytes_of(rest, n + KEY_BYTES + TOKEN_SECRET_BYTES));
	memcpy(check, h.b, CHECK_BYTES);
	crypto_wipe(rest, sizeof rest);
}

char *token_put(const struct token *t, char out[TOKEN_TEXT_MAX])
{
	char place[PLACE_MAX];
	uint8_t blob[BLOB_BYTES];

	place_put(t, place);
	memcpy(blob, t->hub.b, KEY_BYTES);
	memcpy(blob + KEY_BYTES, t->secret, TOKEN_SECRET_BYTES);
	check_of(t, blob + KEY_BYTES + TOKEN_SECRET_BYTES);
	int n = snprintf(out, TOKEN_TEXT_MAX, TOKEN_SCHEME "%s/", place);
	(void)base64_put(bytes_of(blob, sizeof blob), out + n);
	crypto_wipe(blob, sizeof blob);
	return out;
}

static bool host_char(uint8_t c, bool address)
{
	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    c == '.' || c == '-' || c == '_')
		return true;
	return address && (c == ':' || c == '%');
}

static const char *host_take(struct bytes *left, char host[TOKEN_HOST_MAX])
{
	bool address = left->len > 0 && left->p[0] == '[';
	size_t i = address ? 1 : 0, start = i;

	while (i < left->len && host_char(left->p[i], address))
		i++;
	size_t n = i - start;
	if (n == 0 || n >= TOKEN_HOST_MAX)
		return "host";
	(void)bytes_cstr(bytes_of(left->p + start, n), host, TOKEN_HOST_MAX);
	if (address && (i == left->len || left->p[i++] != ']' || strchr(host, ':') == NULL))
		return "host";
	*left = bytes_of(left->p + i, left->len - i);
	return NULL;
}

static const char *port_take(struct bytes *left, uint16_t *port)
{
	uint32_t v = 0;
	size_t i = 1;

	if (left->len == 0 || left->p[0] != ':')
		return "port";
	while (i < left->len && i <= PORT_TEXT_MAX + 1 && left->p[i] >= '0' && left->p[i] <= '9')
		v = v * 10 + (uint32_t)(left->p[i++] - '0');
	if (v == 0 || v > UINT16_MAX || left->p[1] == '0' || i > PORT_TEXT_MAX + 1)
		return "port";
	*port = (uint16_t)v;
	*left = bytes_of(left->p + i, left->len - i);
	return NULL;
}

int token_address(struct bytes text, char host[TOKEN_HOST_MAX], uint16_t *port)
{
	struct bytes left = text;
	const char *broken = host_take(&left, host);

	if (broken == NULL && left.len > 0)
		broken = port_take(&left, port);
	return broken == NULL && left.len == 0 ? 0 : BF_EFORMAT;
}

static struct bytes trim(struct bytes s)
{
	while (s.len > 0 && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
		s = bytes_of(s.p + 1, s.len - 1);
	while (s.len > 0 &&
	       (s.p[s.len - 1] == ' ' || (s.p[s.len - 1] >= '\t' && s.p[s.len - 1] <= '\r')))
		s.len--;
	return s;
}

static const char *parts_take(struct bytes text, struct token *out, uint8_t blob[BLOB_BYTES])
{
	struct bytes scheme = BYTES_LIT(TOKEN_SCHEME), left = trim(text);

	if (left.len >= TOKEN_TEXT_MAX)
		return "length";
	if (left.len < scheme.len || !bytes_equal(bytes_of(left.p, scheme.len), scheme))
		return TOKEN_SCHEME;
	left = bytes_of(left.p + scheme.len, left.len - scheme.len);
	const char *broken = host_take(&left, out->host);
	if (broken == NULL)
		broken = port_take(&left, &out->port);
	if (broken != NULL)
		return broken;
	if (left.len == 0 || left.p[0] != '/')
		return "/";
	return base64_take(bytes_of(left.p + 1, left.len - 1), blob, BLOB_BYTES) == 0
		   ? NULL
		   : "characters";
}

/* What of it is wrong, in Chinese: a word, or the very characters that are missing. */
static const char *part_zh(const char *part)
{
	static const struct words parts[] = { { "主机", "host" },
					      { "端口", "port" },
					      { "长度", "length" },
					      { "字符", "characters" } };

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		if (strcmp(part, parts[i].en) == 0)
			return parts[i].zh;
	return part;
}

int token_take(struct bytes text, struct token *out, struct fault *f)
{
	uint8_t blob[BLOB_BYTES], check[CHECK_BYTES];

	memset(out, 0, sizeof *out);
	const char *broken = parts_take(text, out, blob);
	if (broken != NULL)
		return fault_tell(f, FAULT_TOKEN_FORM, NULL,
				  (struct words){ part_zh(broken), broken },
				  (struct words){ NULL, NULL });
	memcpy(out->hub.b, blob, KEY_BYTES);
	memcpy(out->secret, blob + KEY_BYTES, TOKEN_SECRET_BYTES);
	check_of(out, check);
	bool fits = crypto_equal(check, blob + KEY_BYTES + TOKEN_SECRET_BYTES, CHECK_BYTES);
	crypto_wipe(blob, sizeof blob);
	return fits ? 0 : fault_say(f, FAULT_TOKEN_TYPED, NULL, NULL, NULL);
}

struct hash token_hash(const uint8_t secret[TOKEN_SECRET_BYTES])
{
	return hash_two(BYTES_LIT("bangfu secret 1"), bytes_of(secret, TOKEN_SECRET_BYTES));
}
