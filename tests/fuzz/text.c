/* SPDX-License-Identifier: Apache-2.0 */
/* text.c -- the parsers of what people type, each against a slow reference of what it means.
 *
 * The first byte chooses the parser, the rest is the text. What is accepted must print to a text
 * that is accepted again with the same meaning; where a plain form was given, the meaning itself is
 * worked out here by hand. */
#include <string.h>

#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/entry.h"
#include "protocol/money.h"
#include "protocol/person.h"
#include "protocol/token.h"
#include "tests/fuzz/fuzz.h"

enum { TODAY = 20780 /* 2026-11-23 */ };

static bool digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* ---- money ---- */

/* "123" or "123.4" or "123.45": fen by pushing decimal digits; -1 for any other form, -2 for too
 * much. */
static int64_t plain_fen(struct bytes t)
{
	int64_t fen = 0;
	size_t i = 0, places = 0;

	for (; i < t.len && digit(t.p[i]) && fen <= FEN_MAX; i++)
		fen = fen * 10 + (t.p[i] - '0');
	if (fen > FEN_MAX)
		return -2;
	if (i == 0)
		return -1;
	if (i < t.len && t.p[i] == '.') {
		for (i++; i < t.len && digit(t.p[i]) && places < 2; i++, places++)
			fen = fen * 10 + (t.p[i] - '0');
		if (places == 0)
			return -1;
	}
	for (; places < 2; places++)
		fen *= 10;
	return i < t.len ? -1 : fen > FEN_MAX ? -2 : fen;
}

static void money(struct bytes t)
{
	char text[32];
	int64_t fen = -1, again = -1, plain = plain_fen(t);

	int rc = fen_parse(t, &fen);
	if (rc == 0) {
		FUZZ_REQUIRE(fen >= 0 && fen <= FEN_MAX);
		FUZZ_REQUIRE(fen_parse(bytes_str(fen_print(fen, text)), &again) == 0 &&
			     again == fen);
		FUZZ_REQUIRE(plain_fen(bytes_str(text)) == fen);
	}
	if (plain >= 0 && t.len < 30)
		FUZZ_REQUIRE(rc == 0 && fen == plain);
	if (plain == -2)
		FUZZ_REQUIRE(rc != 0);
	uint8_t *copy = fuzz_copy(t);
	struct account a;
	uint8_t out[ACCOUNT_BYTES_MAX];
	if (account_take(bytes_of(copy, t.len), &a) == 0)
		FUZZ_REQUIRE(bytes_equal(bytes_of(out, account_put(&a, out)), t));
	free(copy);
}

static void sums(struct bytes t)
{
	int64_t a = 0, b = 0, sum = 7;

	if (t.len < 16)
		return;
	memcpy(&a, t.p, 8);
	memcpy(&b, t.p + 8, 8);
	bool fits = b >= 0 ? a <= INT64_MAX - b : a >= INT64_MIN - b;
	int rc = fen_add(a, b, &sum);
	FUZZ_REQUIRE(rc == (fits ? 0 : BF_EOVERFLOW));
	FUZZ_REQUIRE(sum == (fits ? a + b : 7));
}

/* ---- days ---- */

static bool leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

/* Day number by counting years and months, from 1900-01-01. */
static int32_t count_days(int year, int month, int mday)
{
	int32_t day = DAY_MIN;

	for (int y = 1900; y < year; y++)
		day += leap(y) ? 366 : 365;
	for (int m = 1; m < month; m++)
		day += month_days(year, m);
	return day + mday - 1;
}

static int two(const uint8_t *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

static void day_meaning(struct bytes t, int rc, int32_t day)
{
	static const char form[] = "dddd-dd-dd";

	if (t.len != sizeof form - 1)
		return;
	for (size_t i = 0; i < t.len; i++)
		if (form[i] == 'd' ? !digit(t.p[i]) : t.p[i] != (uint8_t)form[i])
			return;
	int year = two(t.p) * 100 + two(t.p + 2), month = two(t.p + 5), mday = two(t.p + 8);
	bool exists = year >= 1900 && year <= 2100 && month >= 1 && month <= 12 && mday >= 1 &&
		      mday <= month_days(year, month);
	FUZZ_REQUIRE((rc == 0) == exists);
	if (exists)
		FUZZ_REQUIRE(day == count_days(year, month, mday));
}

static void days(struct bytes t)
{
	char text[16];
	int32_t day = 0, again = 0;
	uint32_t month = 0, month2 = 0;
	int y, m, d;

	int rc = day_parse(t, &day);
	day_meaning(t, rc, day);
	if (rc == 0) {
		FUZZ_REQUIRE(day >= DAY_MIN && day <= DAY_MAX);
		FUZZ_REQUIRE(day_parse(bytes_str(day_print(day, text)), &again) == 0 &&
			     again == day);
		day_split(day, &y, &m, &d);
		FUZZ_REQUIRE(count_days(y, m, d) == day &&
			     day_month(day) == (uint32_t)(y * 12 + m - 1));
	}
	if (month_parse(t, &month) == 0)
		FUZZ_REQUIRE(month_parse(bytes_str(month_print(month, text)), &month2) == 0 &&
			     month == month2);
}

/* ---- divisions ---- */

static void divisions(struct bytes t)
{
	static const uint64_t unit[] = { 0, 10000000000, 100000000, 1000000, 1000, 1 };
	char text[DIVISION_DIGITS + 1];
	uint64_t code = 0, again = 0;

	if (division_parse(t, &code) != 0)
		return;
	FUZZ_REQUIRE(division_valid(code) && code >= 110000000000 && code <= 999999999999);
	FUZZ_REQUIRE(division_parse(bytes_str(division_print(code, text)), &again) == 0 &&
		     again == code);
	int level = division_level(code);
	FUZZ_REQUIRE(level >= 1 && level <= 5 && code % unit[level] == 0);
	for (int l = 1; l <= 5; l++) {
		uint64_t area = division_at(code, l);

		FUZZ_REQUIRE(area == (l <= level ? code / unit[l] * unit[l] : 0));
		FUZZ_REQUIRE(area == 0 ||
			     (division_within(code, area) && code < division_end(area)));
	}
}

/* ---- people ---- */

static bool sums_to_one(const char *id)
{
	unsigned sum = 0;

	for (int i = 0; i < 17; i++)
		sum = (sum + (unsigned)(id[i] - '0')) * 2 % 11;
	return (sum + (id[17] == 'X' ? 10U : (unsigned)(id[17] - '0'))) % 11 == 1;
}

static void people(struct bytes t)
{
	struct person person = { 0 }, other;
	struct fault f = { 0 };
	char text[64];

	int rc = person_parse(t, TODAY, "id", &person, &f);
	(void)mask_id(t, text, sizeof text);
	(void)mask_phone(t, text, sizeof text);
	(void)mask_bank(t, text, sizeof text);
	FUZZ_REQUIRE(rc == 0 || (f.code != FAULT_NONE && f.rc == rc));
	if (rc != 0)
		return;
	size_t len = strlen(person.text);
	FUZZ_REQUIRE(len == 18 || len == 20 || len == 22);
	FUZZ_REQUIRE(sums_to_one(person.text) && person.birth <= TODAY);
	FUZZ_REQUIRE(person.male == ((person.text[16] - '0') % 2 == 1));
	FUZZ_REQUIRE(person_parse(bytes_str(person.text), TODAY, "id", &other, &f) == 0);
	FUZZ_REQUIRE(strcmp(other.text, person.text) == 0 && other.birth == person.birth);
	/* The sum finds every single wrong digit, unless it also makes an impossible date: refused
	 * anyway. */
	size_t at = t.p[0] % 17;
	person.text[at] = (char)('0' + (person.text[at] - '0' + 1 + t.p[t.len - 1] % 9) % 10);
	FUZZ_REQUIRE(person_parse(bytes_str(person.text), TODAY, "id", &other, &f) != 0);
}

static void names(struct bytes t)
{
	char text[256];

	FUZZ_REQUIRE(mask_name(t, text, sizeof text) == text);
	if (bytes_utf8(t))
		FUZZ_REQUIRE(bytes_utf8(bytes_str(text)));
}

/* ---- tokens and refs ---- */

static void tokens(struct bytes t)
{
	struct token token, again;
	struct fault f = { 0 };
	char text[TOKEN_TEXT_MAX];

	int rc = token_take(t, &token, &f);
	FUZZ_REQUIRE(rc == 0 || f.code != FAULT_NONE);
	if (rc == 0) {
		FUZZ_REQUIRE(token.host[0] != '\0' && token.port != 0);
		FUZZ_REQUIRE(token_put(&token, text) == text);
		FUZZ_REQUIRE(token_take(bytes_str(text), &again, &f) == 0);
		FUZZ_REQUIRE(strcmp(again.host, token.host) == 0 && again.port == token.port);
		FUZZ_REQUIRE(memcmp(again.secret, token.secret, sizeof token.secret) == 0);
		FUZZ_REQUIRE(key_equal(&again.hub, &token.hub));
		size_t last = strlen(text) - 8; /* a mistyped letter is noticed */
		text[last] = text[last] == 'A' ? 'B' : 'A';
		FUZZ_REQUIRE(token_take(bytes_str(text), &again, &f) != 0);
	}
}

static void refs(struct bytes t)
{
	struct ref ref, again;
	char text[REF_TEXT_MAX];

	if (ref_parse(t, &ref) != 0)
		return;
	FUZZ_REQUIRE(ref_parse(bytes_str(ref_print(ref, text)), &again) == 0 &&
		     ref_equal(ref, again));
}

/* ---- UTF-8, by its definition ---- */

static bool plain_utf8(struct bytes t)
{
	for (size_t i = 0; i < t.len;) {
		uint8_t c = t.p[i];
		size_t n = c < 0x80                ? 1
			   : c >= 0xc0 && c < 0xe0 ? 2
			   : c >= 0xe0 && c < 0xf0 ? 3
			   : c >= 0xf0 && c < 0xf8 ? 4
						   : 0;
		static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
		uint32_t v = n == 1 ? c : n == 0 ? 0 : c & (0xffU >> (n + 1));

		if (n == 0 || t.len - i < n)
			return false;
		for (size_t k = 1; k < n; k++) {
			if ((t.p[i + k] & 0xc0) != 0x80)
				return false;
			v = v << 6 | (t.p[i + k] & 0x3f);
		}
		if (v < least[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
			return false;
		i += n;
	}
	return true;
}

static void letters(struct bytes t)
{
	char text[40];

	FUZZ_REQUIRE(bytes_utf8(t) == plain_utf8(t));
	if (plain_utf8(t)) {
		struct bytes cut = bytes_str(bytes_cstr(t, text, sizeof text));

		FUZZ_REQUIRE(plain_utf8(cut) && cut.len < sizeof text);
	}
	(void)bytes_control(t);
	(void)bytes_trim(t);
	(void)bytes_narrow(t, text, sizeof text);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t len)
{
	static void (*const parsers[])(struct bytes) = {
		money, sums, days, divisions, people, names, tokens, refs, letters,
	};
	enum { PARSERS = sizeof parsers / sizeof *parsers };

	if (len < 2)
		return 0;
	uint8_t *copy = fuzz_copy(bytes_of(p + 1, len - 1));
	parsers[p[0] % PARSERS](bytes_of(copy, len - 1));
	free(copy);
	return 0;
}
