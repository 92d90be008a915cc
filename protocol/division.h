/* SPDX-License-Identifier: Apache-2.0 */
/* division.h -- 统计用区划代码: twelve digits as one number, and pure arithmetic on it.
 *
 * Levels 1-5 are province, prefecture (盟市), county (旗县), township (苏木乡镇街道), village
 * (嘎查村社区). The level is read from trailing zeros; whether a code exists is the division
 * table's business (storage/place.h). Source: 统计用区划代码和城乡划分代码编制规则,
 * 国统字〔2009〕91号. */
#ifndef BF_DIVISION_H
#define BF_DIVISION_H

#include "bytes.h"

enum { DIVISION_LEVELS = 5, DIVISION_DIGITS = 12 };
enum division_level {
	LEVEL_PROVINCE = 1,
	LEVEL_PREFECTURE,
	LEVEL_COUNTY,
	LEVEL_TOWNSHIP,
	LEVEL_VILLAGE
};

/* Parse 2, 4, 6, 9 or 12 digits; shorter forms are filled with zeros ("150722" is the banner).
 * Returns 0 or BF_EINVAL. A province part below 11 is refused. */
int division_parse(struct bytes text, uint64_t *code);
/* Twelve digits and NUL into out[13]. Returns `out`. */
char *division_print(uint64_t code, char out[DIVISION_DIGITS + 1]);
bool division_valid(uint64_t code);
/* 1..5 by trailing zeros; 0 for an invalid code. */
int division_level(uint64_t code);
/* The area at `level` in which `code` lies (itself at its own level); 0 when `level` is finer. */
uint64_t division_at(uint64_t code, int level);
/* True when `code` is `area` or lies in it. */
bool division_within(uint64_t code, uint64_t area);
/* One past the last code within `area` (half-open range). */
uint64_t division_end(uint64_t area);
/* "province" ... "village"; "" for others. Static. And the inverse: 0 when unknown. */
const char *division_level_name(int level);
int division_level_parse(struct bytes name);

#endif
