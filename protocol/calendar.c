/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.c -- civil dates by arithmetic on eras of 400 years (146,097 days), and the hybrid
 * clock. */
#include "calendar.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"

enum {
	ERA_DAYS = 146097,
	EPOCH_SHIFT = 719468, /* days from 0000-03-01 to 1970-01-01 */
	DAY_MS = 86400000,
	CHINA_MS = 8 * 3600000,
	STAMP_COUNTER_BITS = 16,
};
#define STAMP_MS_MAX ((UINT64_C(1) << 48) - 1)

/* Years begin in March here, so that the leap day is the last of its year. */
static int32_t civil_to_day(int year, int month, int mday)
{
	int y = month <= 2 ? year - 1 : year;
	int era = y / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + mday - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * ERA_DAYS + day_of_era - EPOCH_SHIFT;
}

void day_split(int32_t day, int *year, int *month, int *mday)
{
	int64_t z = (int64_t)day + EPOCH_SHIFT;
	int64_t era = (z >= 0 ? z : z - ERA_DAYS + 1) / ERA_DAYS;
	int doe = (int)(z - era * ERA_DAYS);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int shifted = (5 * doy + 2) / 153;

	*mday = doy - (153 * shifted + 2) / 5 + 1;
	*month = shifted < 10 ? shifted + 3 : shifted - 9;
	*year = (int)(yoe + era * 400) + (*month <= 2);
}

int day_of(int year, int month, int mday, int32_t *day)
{
	int y, m, d;
	int32_t v;

	if (year < 1900 || year > 2100 || month < 1 || month > 12 || mday < 1 || mday > 31)
		return BF_EINVAL;
	v = civil_to_day(year, month, mday);
	day_split(v, &y, &m, &d);
	if (y != year || m != month || d != mday)
		return BF_EINVAL; /* 30 February comes back as 2 March */
	*day = v;
	return 0;
}

/* ---- text ---- */

/* `count` to `most` digits at *s into *v; moves *s on. */
static bool digits(const char **s, int least, int most, int *v)
{
	int n = 0;

	*v = 0;
	while (n < most && **s >= '0' && **s <= '9') {
		*v = *v * 10 + (**s - '0');
		(*s)++;
		n++;
	}
	return n >= least;
}

static bool word(const char **s, const char *w)
{
	size_t len = strlen(w);

	if (strncmp(*s, w, len) != 0)
		return false;
	*s += len;
	return true;
}

/* The marks after year, month and day; a set is used throughout one date. */
static const char *const marks[][3] = {
	{ "-", "-", "" },     { "/", "/", "" },     { ".", ".", "" },
	{ "年", "月", "日" }, { "年", "月", "号" },
};

static int marked_day(const char *s, const char *const mark[3], int32_t *day)
{
	int y, m, d;

	if (!digits(&s, 4, 4, &y) || !word(&s, mark[0]) || !digits(&s, 1, 2, &m) ||
	    !word(&s, mark[1]) || !digits(&s, 1, 2, &d) || !word(&s, mark[2]) || *s != '\0')
		return BF_EINVAL;
	return day_of(y, m, d, day);
}

int day_parse(struct bytes text, int32_t *day)
{
	char s[32];
	const char *p = s;
	int y, m, d;

	if (!bytes_narrow(text, s, sizeof(s)))
		return BF_EINVAL;
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (marked_day(s, marks[i], day) == 0)
			return 0;
	if (digits(&p, 4, 4, &y) && digits(&p, 2, 2, &m) && digits(&p, 2, 2, &d) && *p == '\0')
		return day_of(y, m, d, day);
	return BF_EINVAL;
}

/* "11-23" of the year that ends with `today` (the latest it may be) or of the one before. */
static int near_day(const char *s, const char *const mark[3], int32_t today, int32_t *day)
{
	int y, m, d, now_m, now_d;

	if (!digits(&s, 1, 2, &m) || !word(&s, mark[1]) || !digits(&s, 1, 2, &d) ||
	    !word(&s, mark[2]) || *s != '\0')
		return BF_EINVAL;
	day_split(today, &y, &now_m, &now_d);
	if (m > now_m || (m == now_m && d > now_d))
		y--;
	return day_of(y, m, d, day);
}

/* "3号": of this month, else of the one before; a month without such a day is no answer. */
static int near_mday(const char *s, int32_t today, int32_t *day)
{
	int y, m, d, now_d;

	if (!digits(&s, 1, 2, &d) || (strcmp(s, "号") != 0 && strcmp(s, "日") != 0))
		return BF_EINVAL;
	day_split(today, &y, &m, &now_d);
	if (d > now_d && --m == 0) {
		m = 12;
		y--;
	}
	return day_of(y, m, d, day);
}

/* "周一": within the last seven days, today among them. */
static int near_weekday(const char *s, int32_t today, int32_t *day)
{
	static const char *const weeks[] = { "周", "星期", "礼拜" };
	static const char *const days[] = { "一", "二", "三", "四", "五", "六", "日", "天" };
	int32_t now = today - day_monday(today); /* Monday is 0 */

	for (size_t w = 0; w < sizeof(weeks) / sizeof(weeks[0]); w++) {
		const char *rest = s;
		if (!word(&rest, weeks[w]))
			continue;
		for (int32_t d = 0; d < 8; d++) {
			if (strcmp(rest, days[d]) != 0)
				continue;
			*day = today - (now - (d == 7 ? 6 : d) + 7) % 7;
			return *day < DAY_MIN ? BF_EINVAL : 0;
		}
	}
	return BF_EINVAL;
}

/* `days` ahead of today, but not beyond its year: a day without its year is not taken for one of
 * the next. */
static int32_t ahead(int32_t today, int32_t days)
{
	int32_t last = month_day((day_month(today) / 12 + 1) * 12) - 1;

	last = last - today > days ? today + days : last;
	return last > DAY_MAX ? DAY_MAX : last;
}

/* The same within its month. */
static int32_t ahead_in_month(int32_t today, int32_t days)
{
	int32_t last = month_day(day_month(today) + 1) - 1;

	last = last - today > days ? today + days : last;
	return last > DAY_MAX ? DAY_MAX : last;
}

/* Who writes 11-29 on the 28th has slipped, and does not mean the day of a year ago: a day that is
 * so near ahead is that day, for whoever takes none after today to refuse. */
enum { AHEAD_DAYS = 31, AHEAD_MDAYS = 7 };

int day_typed(struct bytes text, int32_t today, int32_t *day)
{
	static const struct {
		const char *word;
		int32_t back;
	} words[] = {
		{ "今天", 0 }, { "昨天", 1 }, { "前天", 2 }, { "today", 0 }, { "yesterday", 1 }
	};
	char s[32];

	if (day_parse(text, day) == 0)
		return 0;
	if (!bytes_narrow(text, s, sizeof(s)))
		return BF_EINVAL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(s, words[i].word) != 0)
			continue;
		*day = today - words[i].back;
		return *day < DAY_MIN ? BF_EINVAL : 0;
	}
	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (near_day(s, marks[i], ahead(today, AHEAD_DAYS), day) == 0)
			return 0;
	return near_mday(s, ahead_in_month(today, AHEAD_MDAYS), day) == 0
		   ? 0
		   : near_weekday(s, today, day);
}

/* ---- periods ---- */

enum unit { UNIT_WEEK, UNIT_MONTH, UNIT_YEAR };

static int period_of(enum unit unit, int64_t at, int32_t *from, int32_t *to)
{
	int64_t per = unit == UNIT_YEAR ? 12 : 1;

	if (unit == UNIT_WEEK) {
		*from = (int32_t)at;
		*to = (int32_t)at + 6;
	} else {
		*from = month_day((uint32_t)(at * per));
		*to = month_day((uint32_t)((at + 1) * per)) - 1;
	}
	return *from >= DAY_MIN && *to <= DAY_MAX ? 0 : BF_EINVAL;
}

/* "本周", "上个月", "this-year". */
static int spoken_period(const char *s, int32_t today, int32_t *from, int32_t *to)
{
	static const struct {
		const char *word;
		enum unit unit;
	} units[] = {
		{ "周", UNIT_WEEK },  { "星期", UNIT_WEEK }, { "礼拜", UNIT_WEEK },
		{ "月", UNIT_MONTH }, { "week", UNIT_WEEK }, { "month", UNIT_MONTH },
		{ "年", UNIT_YEAR },  { "year", UNIT_YEAR },
	};
	static const struct {
		const char *word;
		int32_t back;
	} heads[] = {
		{ "本", 0 },    { "这个", 0 },  { "这", 0 },    { "今", 0 },
		{ "上个", 1 },  { "上", 1 },    { "去", 1 },    { "this-", 0 },
		{ "this ", 0 }, { "last-", 1 }, { "last ", 1 },
	};

	for (size_t h = 0; h < sizeof(heads) / sizeof(heads[0]); h++) {
		const char *rest = s;
		int32_t back = heads[h].back;
		if (!word(&rest, heads[h].word))
			continue;
		for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
			uint32_t month = day_month(today);
			if (strcmp(rest, units[u].word) != 0)
				continue;
			if (units[u].unit == UNIT_WEEK)
				return period_of(UNIT_WEEK, day_monday(today) - 7 * back, from, to);
			return units[u].unit == UNIT_YEAR
				   ? period_of(UNIT_YEAR, (int64_t)month / 12 - back, from, to)
				   : period_of(UNIT_MONTH, (int64_t)month - back, from, to);
		}
	}
	return BF_EINVAL;
}

/* "11月": the latest that has begun. */
static int near_month(const char *s, int32_t today, uint32_t *month)
{
	uint32_t now = day_month(today);
	int m;

	if (!digits(&s, 1, 2, &m) || (strcmp(s, "月") != 0 && strcmp(s, "月份") != 0) || m < 1 ||
	    m > 12)
		return BF_EINVAL;
	*month = now / 12 * 12 + (uint32_t)m - 1;
	*month -= *month > now ? 12 : 0;
	return 0;
}

/* A fact is past, a period need not be: who asks until 12-31 in September means this one, who asks
 * from 12-1 in January the one before. */
static int day_asked(const char *s, int32_t today, int32_t *day)
{
	enum { HALF_YEAR = 183, MONTH = 31 };

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (near_day(s, marks[i], ahead(today, HALF_YEAR), day) == 0)
			return 0;
	/* "30号" is of this month, ahead or not; where this month has none, of the one before. */
	return near_mday(s, ahead_in_month(today, MONTH), day);
}

int period_typed(struct bytes text, int32_t today, int32_t *from, int32_t *to)
{
	uint32_t month;
	char s[32];
	const char *p = s;
	int year;

	if (month_parse(text, &month) == 0)
		return period_of(UNIT_MONTH, month, from, to);
	if (!bytes_narrow(text, s, sizeof(s)))
		return BF_EINVAL;
	if (day_asked(s, today, from) == 0 || day_typed(text, today, from) == 0) {
		*to = *from;
		return 0;
	}
	if (near_month(s, today, &month) == 0)
		return period_of(UNIT_MONTH, month, from, to);
	if (digits(&p, 4, 4, &year) && (*p == '\0' || strcmp(p, "年") == 0))
		return period_of(UNIT_YEAR, year, from, to);
	return spoken_period(s, today, from, to);
}

char *day_print(int32_t day, char out[11])
{
	int y, m, d;

	BF_REQUIRE(day >= DAY_MIN && day <= DAY_MAX);
	day_split(day, &y, &m, &d);
	snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100,
		 (unsigned)d % 100);
	return out;
}

int day_age(int32_t birth, int32_t on)
{
	int y, m, d, on_y, on_m, on_d;

	if (on < birth)
		return 0;
	day_split(birth, &y, &m, &d);
	day_split(on, &on_y, &on_m, &on_d);
	return on_y - y - (on_m < m || (on_m == m && on_d < d));
}

uint32_t day_month(int32_t day)
{
	int y, m, d;

	day_split(day, &y, &m, &d);
	return (uint32_t)(y * 12 + m - 1);
}

int32_t month_day(uint32_t month)
{
	return civil_to_day((int)(month / 12), (int)(month % 12) + 1, 1);
}

int32_t day_monday(int32_t day)
{
	return day - ((day + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
}

int32_t day_of_ms(int64_t wall_ms)
{
	int64_t local, day;

	if (wall_ms > INT64_MAX - CHINA_MS)
		wall_ms = INT64_MAX - CHINA_MS;
	local = wall_ms + CHINA_MS;
	day = local / DAY_MS - (local % DAY_MS < 0);
	if (day < DAY_MIN)
		return DAY_MIN;
	return day > DAY_MAX ? DAY_MAX : (int32_t)day;
}

int month_parse(struct bytes text, uint32_t *month)
{
	char s[16];
	const char *p = s;
	int y, m;

	if (!bytes_narrow(text, s, sizeof(s)) || !digits(&p, 4, 4, &y))
		return BF_EINVAL;
	if (word(&p, "-") || word(&p, "/") || word(&p, ".")) {
		if (!digits(&p, 1, 2, &m))
			return BF_EINVAL;
	} else if (word(&p, "年")) {
		if (!digits(&p, 1, 2, &m) || !word(&p, "月"))
			return BF_EINVAL;
	} else if (!digits(&p, 2, 2, &m)) {
		return BF_EINVAL;
	}
	if (*p != '\0' || m < 1 || m > 12 || y < 1900 || y > 2100)
		return BF_EINVAL;
	*month = (uint32_t)(y * 12 + m - 1);
	return 0;
}

char *month_print(uint32_t month, char out[8])
{
	snprintf(out, 8, "%04u-%02u", month / 12 % 10000, month % 12 + 1);
	return out;
}

/* ---- the hybrid clock ---- */

uint64_t stamp_next(uint64_t last, int64_t wall_ms)
{
	uint64_t ms = wall_ms < 0 ? 0 : (uint64_t)wall_ms;
	uint64_t now = (ms > STAMP_MS_MAX ? STAMP_MS_MAX : ms) << STAMP_COUNTER_BITS;

	if (now > last)
		return now;
	return last == UINT64_MAX ? last : last + 1;
}

int64_t stamp_ms(uint64_t stamp)
{
	return (int64_t)(stamp >> STAMP_COUNTER_BITS);
}
