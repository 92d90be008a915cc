/* SPDX-License-Identifier: Apache-2.0 */
/* pinyin.h -- how the characters of a name are read, so that it can be found by what a hand types
 * fastest: 王小山 by wxs.
 *
 * The readings are Unicode's (pinyin.py makes the table when the program is built), without tones
 * and with v for ü. A character has every reading that it may have in a name, for a name does not
 * say which it is: 查 is Zha as a surname and Cha in 查干, 乐 is Le or Yue. What Unicode lacks or
 * puts last of surnames stands in pinyin.c. Pure; the tables are static and const. */
#ifndef BF_PINYIN_H
#define BF_PINYIN_H

#include "bytes.h"

enum {
	PINYIN_BYTES_MAX = 6,
	PINYIN_READINGS_MAX = 8,
	PINYIN_NAME_MAX = 200, /* characters of the longest text that names anything */
};

struct pinyin_char {
	struct bytes text; /* the character itself, of the name */
	const char *readings[PINYIN_READINGS_MAX]; /* the likeliest first; of what is no Chinese character none */
	uint32_t count;
};

/* The first `max` characters of a name, at whose head a surname is read as one. Returns how many;
 * it ends where the bytes are no UTF-8. */
uint32_t pinyin_name(struct bytes name, struct pinyin_char *out, uint32_t max);
/* 王小山 -> "wxs": the first letter of each, Latin letters and digits as they are, nothing for
 * other marks. Cut when it does not fit. Returns `out`. */
char *pinyin_initials(struct bytes name, char *out, size_t cap);

#endif
