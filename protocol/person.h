/* SPDX-License-Identifier: Apache-2.0 */
/* person.h -- 公民身份号码 (GB 11643-1999) and 残疾人证号, their check and their masks.
 *
 * The person key is the first 18 characters: a disability number begins with the ID.
 * The address part is where the number was issued, so it is never a reason to refuse. */
#ifndef BF_PERSON_H
#define BF_PERSON_H

#include "bytes.h"
#include "fault.h"

enum { PERSON_KEY_BYTES = 18, PERSON_TEXT_MAX = 22 };

struct person {
	char text[PERSON_TEXT_MAX + 1]; /* normalised: half-width, X upper, 18, 20 or 22 characters */
	int32_t birth;                  /* day number */
	bool male;
	bool from15; /* was a 15-digit number of GB 11643-1989 */
	uint8_t disability_kind, disability_grade; /* 0 when no disability number */
};

/* Check and normalise. `today` bounds the birth date. On BF_EINVAL `f` says which rule failed: length,
 * character (its position), date, or check sum: then the one single-digit or swap
 * correction when just one gives a number with a possible date and province; else the (at most two) swaps that do, and the
 * check character. `where` goes into f. */
int person_parse(struct bytes text, int32_t today, const char *where, struct person *out,
		 struct fault *f);
/* The check character of 17 digits. */
char person_check_char(const char digits[17]);

/* Masks: ID 150***********1234 (no birthday); phone 138****1234; bank 6217 **** **** 1234; name 张*三 / 张*. These are
 * the customary ones: 个人信息保护法 article 51 asks for de-identification and prescribes no form.
 * Any input is accepted; what is too short becomes stars. `out` is a C string. Return `out`. */
char *mask_id(struct bytes text, char *out, size_t cap);
char *mask_phone(struct bytes text, char *out, size_t cap);
char *mask_bank(struct bytes text, char *out, size_t cap);
char *mask_name(struct bytes text, char *out, size_t cap);
/* A name, and shown in it what its reader has just typed himself: the characters that stand in `typed`. */
char *mask_name_but(struct bytes text, struct bytes typed, char *out, size_t cap);
/* A copy of what somebody typed, with every number in it masked that has the form of an ID (15 digits or more, X), a phone
 * (11 digits from 13 on, or with an area code) or a bank account (13 digits or more, or 12 that are no division's code); blanks
 * and hyphens within it, full-width digits and letters around it make no difference. Refs and origins stay as they are; what
 * is not UTF-8 becomes "?". Cut at a whole character, and never within a number. */
char *mask_typed(struct bytes text, char *out, size_t cap);
/* The same where a household's number is what should be typed, which looks like an account's: one that begins with the
 * province of `here` and has the digits of no ID, nor of one with a digit too few or too many, is shown as it was typed. */
char *mask_household(struct bytes text, uint64_t here, char *out, size_t cap);

#endif
