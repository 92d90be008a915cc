/* SPDX-License-Identifier: Apache-2.0 */
/* pinyin_inside.h -- the form of the table that protocol/pinyin.py makes and pinyin.c reads. */
#ifndef BF_PINYIN_INSIDE_H
#define BF_PINYIN_INSIDE_H

#include "protocol/pinyin.h"

enum { PINYIN_BASIC_FIRST = 0x4e00, PINYIN_BASIC_LAST = 0x9fff };

/* A character beyond the basic block that people are named with. */
struct pinyin_rare {
	uint32_t cp;
	uint16_t set;
};

extern const char pinyin_syllables[][PINYIN_BYTES_MAX + 1];
/* Numbers of syllables, the customary first; a set ends with 0. What has no reading has set 0. */
extern const uint16_t pinyin_sets[];
extern const uint16_t pinyin_basic[PINYIN_BASIC_LAST - PINYIN_BASIC_FIRST + 1];
extern const struct pinyin_rare pinyin_rare[]; /* rising */
extern const size_t pinyin_rare_count;

#endif
