/* SPDX-License-Identifier: Apache-2.0 */
/* division.c -- arithmetic on 12-digit division codes. */
#include "division.h"

#include <string.h>

#include "errors.h"

/* What one unit of each level counts for: 15|07|22|100|200. [0] is unused. */
static const uint64_t units[DIVISION_LEVELS + 1] = {
	0, UINT64_C(10000000000), UINT64_C(100000000), UINT64_C(1000000), UINT64_C(1000), 1,
};

enum { PROVINCE_MIN = 11, PROVINCE_MAX = 99 };

bool division_valid(uint64_t code)
{
	return code / units[1] >= PROVINCE_MIN && code / units[1] <= PROVINCE_MAX;
}

int division_level(uint64_t code)
{
	int level = DIVISION_LEVELS;

	if (!division_valid(code))
		return 0;
	while (level > LEVEL_PROVINCE && code % units[level - 1] == 0)
		level--;
	return level;
}

uint64_t division_at(uint64_t code, int level)
{
	if (level < LEVEL_PROVINCE || level > division_level(code))
		return 0;
	return code - code % units[level];
}

uint64_t division_end(uint64_t area)
{
	int level = division_level(area);

	return level == 0 ? 0 : area + units[level];
}

bool division_within(uint64_t code, uint64_t area)
{
	return division_valid(code) && code >= area && code < division_end(area);
}

char *division_print(uint64_t code, char out[DIVISION_DIGITS + 1])
{
	/* A code that is none still prints as twelve digits, for a message about it. By hand: a
	 * leader's question prints hundreds. */
	uint64_t left = code % (units[1] * 100);

	out[DIVISION_DIGITS] = '\0';
	for (int i = DIVISION_DIGITS - 1; i >= 0; i--, left /= 10)
		out[i] = (char)('0' + left % 10);
	return out;
}

int division_parse(struct bytes text, uint64_t *code)
{
	char s[DIVISION_DIGITS + 1];
	uint64_t v = 0;
	size_t len;

	if (!bytes_narrow(text, s, sizeof(s)))
		return BF_EINVAL;
	len = strlen(s);
	if (len != 2 && len != 4 && len != 6 && len != 9 && len != DIVISION_DIGITS)
		return BF_EINVAL;
	for (size_t i = 0; i < DIVISION_DIGITS; i++) {
		if (i < len && (s[i] < '0' || s[i] > '9'))
			return BF_EINVAL;
		v = v * 10 + (i < len ? (uint64_t)(s[i] - '0') : 0);
	}
	if (!division_valid(v))
		return BF_EINVAL;
	*code = v;
	return 0;
}

static const struct {
	const char *name;
	const char *zh[4];
} levels[DIVISION_LEVELS + 1] = {
	[LEVEL_PROVINCE] = { "province", { "省", "自治区" } },
	[LEVEL_PREFECTURE] = { "prefecture", { "盟市", "市", "盟" } },
	[LEVEL_COUNTY] = { "county", { "旗县", "县", "旗" } },
	[LEVEL_TOWNSHIP] = { "township", { "乡镇", "苏木", "镇", "街道" } },
	[LEVEL_VILLAGE] = { "village", { "村", "嘎查", "社区" } },
};

const char *division_level_name(int level)
{
	if (level < LEVEL_PROVINCE || level > LEVEL_VILLAGE)
		return "";
	return levels[level].name;
}

int division_level_parse(struct bytes name)
{
	for (int level = LEVEL_PROVINCE; level <= LEVEL_VILLAGE; level++) {
		if (bytes_equal(name, bytes_str(levels[level].name)))
			return level;
		for (size_t i = 0; i < 4 && levels[level].zh[i] != NULL; i++)
			if (bytes_equal(name, bytes_str(levels[level].zh[i])))
				return level;
	}
	return 0;
}
