/* SPDX-License-Identifier: Apache-2.0 */
/* money.c -- yuan as people write them to fen, and accounts to bytes. */
#include "money.h"

#include <stdio.h>
#include <string.h>

#include "division.h"
#include "errors.h"

enum { FRACTION_MAX = 10 };

/* What follows the number, and how many fen one of it is. */
static const struct {
	const char *word;
	int64_t fen;
} units[] = {
	{ "", 100 },       { "元", 100 },       { "圆", 100 },         { "元整", 100 },
	{ "圆整", 100 },   { "块钱", 100 },     { "块", 100 },         { "yuan", 100 },
	{ "万", 1000000 }, { "万元", 1000000 }, { "亿", 10000000000 }, { "亿元", 10000000000 },
	{ "千", 100000 },  { "千元", 100000 },  { "角", 10 },          { "分", 1 },
};

static int64_t unit_of(const char *s)
{
	while (*s == ' ')
		s++;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (strcmp(s, units[i].word) == 0)
			return units[i].fen;
	return 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits with commas between groups of three, or without any. "12,34" is refused: somebody's
 * decimal comma must not become 1234 yuan. Returns digits seen, 0 when malformed; *v saturates. */
static int whole_part(const char **s, int64_t *v)
{
	int count = 0, since = 0;
	bool commas = false;

	*v = 0;
	for (; is_digit(**s) || **s == ','; (*s)++) {
		if (**s == ',') {
			if (count == 0 || (commas ? since != 3 : since > 3))
				return 0;
			commas = true;
			since = 0;
			continue;
		}
		count++;
		since++;
		if (*v <= FEN_MAX)
			*v = *v * 10 + (**s - '0');
	}
	return commas && since != 3 ? 0 : count;
}

/* Fen of the digits after the point, each worth a tenth of the one before. False when finer than a
 * fen. */
static bool fraction(const char **s, int64_t unit, int64_t *fen)
{
	for (int n = 0; is_digit(**s); n++, (*s)++) {
		if (n == FRACTION_MAX)
			return false;
		if (**s != '0' && unit % 10 != 0)
			return false;
		unit /= 10;
		*fen += (**s - '0') * unit;
	}
	return true;
}

/* The mark of currency people put in front. */
static const char *skip_sign(const char *s)
{
	static const char *const signs[] = { "¥", "￥", "RMB", "CNY" };

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
		if (strncmp(s, signs[i], strlen(signs[i])) == 0)
			s += strlen(signs[i]);
	while (*s == ' ')
		s++;
	return s;
}

int fen_parse(struct bytes text, int64_t *fen)
{
	char buffer[64];
	int64_t whole = 0, part = 0, unit;
	const char *s, *point;

	if (!bytes_narrow(text, buffer, sizeof(buffer)))
		return BF_EINVAL;
	s = skip_sign(buffer);
	bool negative = *s == '-';
	if (*s == '-' || *s == '+')
		s++;
	if (whole_part(&s, &whole) == 0)
		return BF_EINVAL;
	point = s;
	if (*s == '.') {
		if (!is_digit(s[1]))
			return BF_EINVAL;
		for (s++; is_digit(*s); s++)
			;
	}
	unit = unit_of(s);
	if (unit == 0)
		return BF_EINVAL;
	if (*point == '.' && (point++, !fraction(&point, unit, &part)))
		return BF_EINVAL;
	if (whole > FEN_MAX / unit || whole * unit + part > FEN_MAX)
		return BF_EBOUND;
	if (negative && whole * unit + part > 0)
		return BF_EBOUND;
	*fen = whole * unit + part;
	return 0;
}

char *fen_print(int64_t fen, char out[32])
{
	/* Not -fen: INT64_MIN has no positive. */
	uint64_t v = fen < 0 ? ~(uint64_t)fen + 1 : (uint64_t)fen;

	snprintf(out, 32, "%s%llu.%02llu", fen < 0 ? "-" : "", (unsigned long long)(v / 100),
		 (unsigned long long)(v % 100));
	return out;
}

int fen_add(int64_t a, int64_t b, int64_t *sum)
{
	if ((b > 0 && a > INT64_MAX - b) || (b < 0 && a < INT64_MIN - b))
		return BF_EOVERFLOW;
	*sum = a + b;
	return 0;
}

/* ---- accounts ---- */

int account_take(struct bytes b, struct account *out)
{
	struct rd r = rd_of(b);
	bool sound = false;

	*out = (struct account){ .type = (enum account_type)rd_u8(&r) };
	switch (out->type) {
	case ACCOUNT_DIVISION:
		out->division = rd_u64(&r);
		sound = division_valid(out->division);
		break;
	case ACCOUNT_HOUSEHOLD:
		out->household.origin = rd_u64(&r);
		out->household.seq = rd_u64(&r);
		sound = out->household.origin != 0 && out->household.seq != 0 &&
			out->household.seq <= SEQ_MAX;
		break;
	case ACCOUNT_OUTSIDE:
		out->party = rd_u8(&r);
		sound = out->party != 0;
		break;
	}
	return sound && rd_end(&r) == 0 ? 0 : BF_EFORMAT;
}

size_t account_put(const struct account *a, uint8_t out[ACCOUNT_BYTES_MAX])
{
	out[0] = (uint8_t)a->type;
	switch (a->type) {
	case ACCOUNT_DIVISION:
		be64_put(out + 1, a->division);
		return 9;
	case ACCOUNT_HOUSEHOLD:
		ref_put(a->household, out + 1);
		return 1 + REF_BYTES;
	case ACCOUNT_OUTSIDE:
		out[1] = a->party;
		return 2;
	}
	BF_REQUIRE(a->type == ACCOUNT_DIVISION); /* an account of no type */
	return 0;
}
