/* SPDX-License-Identifier: Apache-2.0 */
/* calendar.h -- days and months as numbers; no clock is read here.
 *
 * A day is days since 1970-01-01 (negative before), proleptic Gregorian; a month is
 * year*12 + (month-1). Local civil days as the cadre wrote them: no time zones. */
#ifndef BF_CALENDAR_H
#define BF_CALENDAR_H

#include "bytes.h"

enum { DAY_MIN = -25567 /* 1900-01-01 */, DAY_MAX = 47846 /* 2100-12-31 */ };

/* "2026-11-23", "2026/11/23", "2026年11月23日" or "20261123". Returns 0 or BF_EINVAL. */
int day_parse(struct bytes text, int32_t *day);
/* As people say it: the above, or 今天 昨天 前天 today yesterday, or a day without its year ("11-23", "11/23", "11月23日"), which is
 * this year's, or last year's when that would lie more than 31 days after `today`; a day of the month ("3号") or of the week ("周一", "星期日"),
 * which is the latest that does not lie after it (3号: or within the next 7 days of this month). Returns 0 or BF_EINVAL. */
int day_typed(struct bytes text, int32_t today, int32_t *day);
/* A period as people say it, from its first to its last day: a day as above (one without its year may
 * lie ahead: in this year and less than half a year, 30号 in this month), a week (本周 上周 this-week last-week), a month
 * ("2026-11", 11月, 本月 上月 this-month last-month) or a year ("2026", 今年 去年 this-year last-year). Returns 0 or BF_EINVAL. */
int period_typed(struct bytes text, int32_t today, int32_t *from, int32_t *to);
char *day_print(int32_t day, char out[11]); /* YYYY-MM-DD */
int day_of(int year, int month, int mday, int32_t *day); /* BF_EINVAL for an impossible date */
void day_split(int32_t day, int *year, int *month, int *mday);
/* Full years between, 0 before `birth`: a 29 February is 1 March in other years. */
int day_age(int32_t birth, int32_t on);
uint32_t day_month(int32_t day);
int32_t month_day(uint32_t month); /* its first day */
int32_t day_monday(int32_t day);   /* of its week */
/* The civil day at `ms` since the epoch in China (UTC+8). */
int32_t day_of_ms(int64_t wall_ms);
/* "2026-11" or "202611". */
int month_parse(struct bytes text, uint32_t *month);
char *month_print(uint32_t month, char out[8]);

/* Hybrid logical clock: 48 bits of wall milliseconds, 16 of counter. It never goes back on one node,
 * whatever the wall clock does; order is never decided by it (I8). */
uint64_t stamp_next(uint64_t last, int64_t wall_ms);
int64_t stamp_ms(uint64_t stamp);

#endif
