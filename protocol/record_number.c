/* SPDX-License-Identifier: Apache-2.0 */
/* record_number.c -- fields that are numbers, from text: counts, times, days, money, yes and no. */
#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "errors.h"
#include "record_set.h"

/* Digits alone, saturating; false when there is anything else. */
static bool whole(const char *w, size_t len, uint64_t *v)
{
	*v = 0;
	for (size_t i = 0; i < len; i++) {
		if (w[i] < '0' || w[i] > '9')
			return false;
		*v = *v > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10 : *v * 10 + (uint64_t)(w[i] - '0');
	}
	return len > 0;
}

static char *range(const struct set *s, char out[64])
{
	if ((s->field->flags & F_CLOCK) != 0) {
		snprintf(out, 64, "%02lld:%02lld–%02lld:%02lld", (long long)s->field->min / 60,
			 (long long)s->field->min % 60, (long long)s->field->max / 60,
			 (long long)s->field->max % 60);
		return out;
	}
	snprintf(out, 64, "%lld..%lld", (long long)s->field->min, (long long)s->field->max);
	return out;
}

static int within(struct set *s, uint64_t v)
{
	char b[64];

	if (v < (uint64_t)s->field->min || v > (uint64_t)s->field->max)
		return set_say(s, FAULT_FIELD_RANGE, range(s, b));
	return 0;
}

int set_count(struct set *s, struct value *v)
{
	char w[SET_WORD_MAX], b[64];
	size_t len;

	if (!set_squeeze(s->text, w))
		return set_say(s, FAULT_FIELD_NUMBER, range(s, b));
	len = strlen(w);
	if (len > 2 && strcmp(w + len - 2, ".0") == 0)
		len -= 2; /* what spreadsheets make of whole numbers */
	if (!whole(w, len, &v->u))
		return set_say(s, FAULT_FIELD_NUMBER, range(s, b));
	return within(s, v->u);
}

/* "85", "85.5", "12.30亩": what follows the digits is the field's own unit, or nothing. */
static bool unit_fits(const struct field *f, const char *w)
{
	static const char *const mu[] = { "亩", "mu", NULL };
	static const char *const square[] = { "平方米", "平米", "平方", "㎡", "m2", "m²", NULL };
	static const char *const none[] = { NULL };
	static const char *const *const words[] = {
		[UNIT_NONE] = none, [UNIT_MU] = mu, [UNIT_SQUARE_METRE] = square
	};

	if (*w == '\0')
		return true;
	for (const char *const *word = words[f->of]; *word != NULL; word++)
		if (strcmp(w, *word) == 0)
			return true;
	return false;
}

static int decimal_range(struct set *s, enum fault_code code)
{
	char b[64];

	(void)snprintf(b, sizeof(b), "%lld..%lld", (long long)s->field->min / 100,
		       (long long)s->field->max / 100);
	return set_say(s, code, b);
}

int set_decimal(struct set *s, struct value *v)
{
	char w[SET_WORD_MAX];
	uint64_t hundredths = 0;

	if (!set_squeeze(s->text, w))
		return decimal_range(s, FAULT_FIELD_DECIMAL);
	size_t digits = strspn(w, "0123456789"), after = 0;
	const char *rest = w + digits;

	if (!whole(w, digits, &v->u))
		return decimal_range(s, FAULT_FIELD_DECIMAL);
	if (*rest == '.') {
		after = strspn(++rest, "0123456789");
		if (after == 0)
			return decimal_range(s, FAULT_FIELD_DECIMAL);
		for (size_t i = 0; i < after || i < 2; i++)
			if (i < 2)
				hundredths =
				    hundredths * 10 + (i < after ? (uint64_t)(rest[i] - '0') : 0);
			else if (rest[i] != '0')
				return set_say(s, FAULT_FIELD_FINE, NULL);
	}
	if (!unit_fits(s->field, rest + after))
		return decimal_range(s, FAULT_FIELD_DECIMAL);
	if (v->u > (uint64_t)s->field->max / 100)
		return decimal_range(s, FAULT_FIELD_RANGE);
	v->u = v->u * 100 + hundredths;
	return v->u < (uint64_t)s->field->min || v->u > (uint64_t)s->field->max
		   ? decimal_range(s, FAULT_FIELD_RANGE)
		   : 0;
}

static bool is_one_of(const char *w, const char *const words[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(w, words[i]) == 0)
			return true;
	return false;
}

/* "90", "90分钟", "1:30", "1.5h", "1.5小时". */
static bool minutes_of(const char *w, uint64_t *v)
{
	static const char *const minute[] = { "", "m", "min", "分", "分钟" };
	static const char *const hour[] = { "h", "小时", "时" };
	size_t digits = strspn(w, "0123456789"), after;
	uint64_t n, part;

	if (digits > 6 || !whole(w, digits, &n))
		return false;
	if (w[digits] == ':') {
		after = strspn(w + digits + 1, "0123456789");
		*v = n * 60;
		if (after != 2 || w[digits + 3] != '\0' || !whole(w + digits + 1, 2, &part))
			return false;
		*v += part;
		return part < 60;
	}
	if (is_one_of(w + digits, minute, sizeof(minute) / sizeof(minute[0]))) {
		*v = n;
		return true;
	}
	*v = n * 60;
	if (w[digits] == '.' && w[digits + 1] >= '0' && w[digits + 1] <= '9') {
		*v += (uint64_t)(w[digits + 1] - '0') * 6; /* tenths of an hour */
		digits += 2;
		if (w[digits] == '5') { /* quarters: .25 and .75 of an hour are whole minutes */
			*v += 3;
			digits++;
		}
	}
	return is_one_of(w + digits, hour, sizeof(hour) / sizeof(hour[0]));
}

/* 一 to 九, and 两, at *w; moves *w on. */
static bool numeral(const char **w, uint64_t *n)
{
	static const char *const words[] = { "一", "两", "二", "三", "四",
					     "五", "六", "七", "八", "九" };
	static const uint64_t values[] = { 1, 2, 2, 3, 4, 5, 6, 7, 8, 9 };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strncmp(*w, words[i], strlen(words[i])) != 0)
			continue;
		*w += strlen(words[i]);
		*n = values[i];
		return true;
	}
	return false;
}

static bool skip(const char **w, const char *word)
{
	bool there = strncmp(*w, word, strlen(word)) == 0;

	*w += there ? strlen(word) : 0;
	return there;
}

/* As people say it: "1小时30分", "半小时", "两小时", "一个半小时". */
static bool spoken_minutes(const char *w, uint64_t *v)
{
	size_t digits = strspn(w, "0123456789");
	uint64_t n = 0, part;
	bool half = digits == 0 && skip(&w, "半");

	if (!half && !(digits > 0 && digits <= 3 && whole(w, digits, &n)) && !numeral(&w, &n))
		return false;
	w += half ? 0 : digits;
	(void)skip(&w, "个");
	half = half || skip(&w, "半");
	if (!skip(&w, "小时") && !skip(&w, "钟头") && (half || !skip(&w, "h")))
		return false;
	half = half || skip(&w, "半");
	*v = n * 60 + (half ? 30 : 0);
	digits = strspn(w, "0123456789");
	if (*w == '\0' || half || digits > 2 || !whole(w, digits, &part) || part > 59)
		return *w == '\0';
	*v += part;
	w += digits;
	return strcmp(w, "分") == 0 || strcmp(w, "分钟") == 0; /* of a bare 1h30 nobody knows */
}

/* A time of day: "9:30", "930", "9", "9点", "9点半", "9点30分". */
static bool clock_of(const char *w, uint64_t *v)
{
	static const char *const on_the_hour[] = { "", "点", "时", "点整", "h" };
	static const char *const hour[] = { ":", "点", "时", "." };
	size_t digits = strspn(w, "0123456789");
	uint64_t n, part;

	if (digits == 0 || digits > 4 || !whole(w, digits, &n))
		return false;
	if (digits > 2 && w[digits] == '\0') {
		*v = n / 100 * 60 + n % 100;
		return n % 100 < 60;
	}
	*v = n * 60;
	if (digits > 2)
		return false;
	if (is_one_of(w + digits, on_the_hour, sizeof(on_the_hour) / sizeof(on_the_hour[0])))
		return true;
	for (size_t i = 0; i < sizeof(hour) / sizeof(hour[0]); i++) {
		const char *rest = w + digits + strlen(hour[i]);

		if (strncmp(w + digits, hour[i], strlen(hour[i])) != 0)
			continue;
		if (strcmp(rest, "半") == 0) {
			*v += 30;
			return true;
		}
		if (strspn(rest, "0123456789") != 2 || !whole(rest, 2, &part) ||
		    (rest[2] != '\0' && strcmp(rest + 2, "分") != 0))
			return false;
		*v += part;
		return part < 60;
	}
	return false;
}

/* "下午2点", "上午9:30". 晚上12点 may be either end of the day, and is refused. */
static bool spoken_clock(const char *w, uint64_t *v)
{
	enum { NOON = 12 * 60, HOUR = 60 };
	static const char *const morning[] = { "上午", "早上", "凌晨" };
	static const char *const later[] = { "下午", "晚上", "傍晚" };
	bool am = false, pm = false, afternoon = strncmp(w, later[0], strlen(later[0])) == 0;

	for (size_t i = 0; i < 3 && !am && !pm; i++) {
		am = skip(&w, morning[i]);
		pm = !am && skip(&w, later[i]);
	}
	bool noon = !am && !pm && skip(&w, "中午");

	if ((!am && !pm && !noon) || !clock_of(w, v))
		return false;
	if (am)
		return *v < NOON;
	if (noon)
		return *v >= 11 * HOUR && *v < 14 * HOUR;
	if (*v >= HOUR && *v < NOON)
		*v += NOON;
	return *v >= NOON + HOUR || (afternoon && *v >= NOON);
}

int set_minutes(struct set *s, struct value *v)
{
	bool clock = (s->field->flags & F_CLOCK) != 0;
	enum fault_code wrong = clock ? FAULT_FIELD_CLOCK : FAULT_FIELD_MINUTES;
	char w[SET_WORD_MAX];

	/* "：" of Chinese input is made ":" by set_squeeze. */
	if (!set_squeeze(s->text, w) || !(clock ? clock_of(w, &v->u) || spoken_clock(w, &v->u)
						: minutes_of(w, &v->u) || spoken_minutes(w, &v->u)))
		return set_say(s, wrong, NULL);
	return within(s, v->u);
}

int set_day(struct set *s, struct value *v)
{
	/* A birthday without its year is none. */
	bool typed = s->ask->typing && (s->field->flags & F_PERSONAL) == 0;
	int32_t day;

	if ((typed ? day_typed(s->text, s->ask->today, &day) : day_parse(s->text, &day)) != 0)
		return set_say(s, typed ? FAULT_DAY_WORD : FAULT_FIELD_DAY, NULL);
	v->i = day;
	return 0;
}

int set_fen(struct set *s, struct value *v)
{
	char least[32], most[32], b[80];
	int rc = fen_parse(s->text, &v->i);

	if (rc == BF_EINVAL)
		return set_say(s, FAULT_FIELD_FEN, NULL);
	if (rc == 0 && v->i >= s->field->min && v->i <= s->field->max)
		return 0;
	snprintf(b, sizeof(b), "%s..%s", fen_print(s->field->min, least),
		 fen_print(s->field->max, most));
	return set_say(s, FAULT_FEN_RANGE, b);
}

int set_bool(struct set *s, struct value *v)
{
	static const char *const yes[] = { "是",   "有", "对",  "yes", "y",
					   "true", "1",  "Yes", "YES", "√" };
	static const char *const no[] = { "否",    "无", "没有", "不是", "no", "n",
					  "false", "0",  "No",   "NO",   "×" };
	char w[SET_WORD_MAX];

	if (!set_squeeze(s->text, w))
		return set_say(s, FAULT_FIELD_BOOL, NULL);
	v->b = is_one_of(w, yes, sizeof(yes) / sizeof(yes[0]));
	if (!v->b && !is_one_of(w, no, sizeof(no) / sizeof(no[0])))
		return set_say(s, FAULT_FIELD_BOOL, NULL);
	return 0;
}
