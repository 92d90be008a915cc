/* SPDX-License-Identifier: Apache-2.0 */
/* slot.c -- see slot.h. */
#include "daemon/slot.h"

enum { DAY_MS = 24 * 3600 * 1000, HOUR_MS = 3600 * 1000, CHINA_MS = 8 * HOUR_MS };

int64_t slot_wait_ms(uint64_t origin, uint32_t hour_from, uint32_t hour_to, int64_t now_ms)
{
	uint64_t window_s = (uint64_t)(hour_to - hour_from) * 3600;
	int64_t slot = (int64_t)hour_from * HOUR_MS + (int64_t)(origin % window_s) * 1000;
	int64_t in_day = (now_ms + CHINA_MS) % DAY_MS;

	if (in_day < 0) /* a clock before 1970 */
		in_day += DAY_MS;
	return slot > in_day ? slot - in_day : slot - in_day + DAY_MS;
}
