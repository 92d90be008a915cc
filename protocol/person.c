/* SPDX-License-Identifier: Apache-2.0 */
/* person.c -- ID numbers of GB 11643-1999 and disability cards: check, explain, suggest.
 *
 * A check sum only says that something is wrong. Since nearly every position could be changed to
 * make it right, a suggestion is worth reading only when it is the sole one, or of the kind that
 * typing makes: two neighbours swapped, or the check character itself. Only changes that leave a
 * possible birthday and a known province are offered. */
#include "person.h"

#include <stdio.h>
#include <string.h>

#include "calendar.h"
#include "errors.h"

enum { ID_DIGITS = 17, ID_CHARS = 18, SWAPS_SHOWN_MAX = 2 };

static int digit_sum(const char *digits)
{
	static const int weights[ID_DIGITS] = {
		7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2
	};
	int sum = 0;

	for (int i = 0; i < ID_DIGITS; i++)
		sum += (digits[i] - '0') * weights[i];
	return sum;
}

char person_check_char(const char digits[17])
{
	return "10X98765432"[digit_sum(digits) % 11];
}

static int number_at(const char *s, int count)
{
	int v = 0;

	for (int i = 0; i < count; i++)
		v = v * 10 + (s[i] - '0');
	return v;
}

static bool birth_of(const char *id, int32_t today, int32_t *birth)
{
	return day_of(number_at(id + 6, 4), number_at(id + 10, 2), number_at(id + 12, 2), birth) ==
		   0 &&
	       *birth <= today;
}

/* ---- suggestions ---- */

struct guess {
	int at;    /* first changed position, from 0 */
	bool swap; /* with the next one */
	char is[3], should[3];
};

struct guesses {
	int count, swaps;
	struct guess first;
	struct guess swap[SWAPS_SHOWN_MAX];
};

/* Provinces begin with 1-6, 71, 81, 82. */
static bool sound(const char *id, int32_t today)
{
	int32_t birth;

	return ((id[0] >= '1' && id[0] <= '6') || id[0] == '7' || id[0] == '8') &&
	       person_check_char(id) == id[ID_DIGITS] && birth_of(id, today, &birth);
}

static void note(struct guesses *g, const char *before, const char *after, int at, bool swap)
{
	struct guess guess = { .at = at, .swap = swap };

	memcpy(guess.is, before + at, swap ? 2 : 1);
	memcpy(guess.should, after + at, swap ? 2 : 1);
	if (g->count++ == 0)
		g->first = guess;
	if (swap && g->swaps++ < SWAPS_SHOWN_MAX)
		g->swap[g->swaps - 1] = guess;
}

static void try_swaps(struct guesses *g, const char *id, int32_t today)
{
	char s[ID_CHARS + 1];

	for (int i = 0; i + 1 < ID_CHARS; i++) {
		if (id[i] == id[i + 1] || (i + 1 == ID_DIGITS && id[ID_DIGITS] == 'X'))
			continue; /* X stays last */
		memcpy(s, id, sizeof(s));
		s[i] = id[i + 1];
		s[i + 1] = id[i];
		if (sound(s, today))
			note(g, id, s, i, true);
	}
}

static void try_digits(struct guesses *g, const char *id, int32_t today)
{
	char s[ID_CHARS + 1];

	memcpy(s, id, sizeof(s));
	for (int i = 0; i < ID_DIGITS; i++) {
		for (int digit = 0; digit <= 9; digit++) {
			s[i] = (char)('0' + digit);
			if (s[i] != id[i] && sound(s, today))
				note(g, id, s, i, false);
		}
		s[i] = id[i];
	}
	s[ID_DIGITS] = person_check_char(id);
	if (sound(s, today))
		note(g, id, s, ID_DIGITS, false);
}

static size_t print_guess(const struct guess *guess, char *out, size_t cap)
{
	int n;

	if (guess->swap)
		n = snprintf(out, cap, "%d-%d: %s→%s", guess->at + 1, guess->at + 2, guess->is,
			     guess->should);
	else
		n = snprintf(out, cap, "%d: %s→%s", guess->at + 1, guess->is, guess->should);
	return n < 0 || (size_t)n >= cap ? cap - 1 : (size_t)n;
}

static void print_guesses(const struct guesses *g, const char *id, char *out, size_t cap)
{
	struct guess last = { .at = ID_DIGITS };
	size_t used = 0;

	if (g->count == 1) {
		print_guess(&g->first, out, cap);
		return;
	}
	for (int i = 0; i < g->swaps && i < SWAPS_SHOWN_MAX; i++) {
		used += print_guess(&g->swap[i], out + used, cap - used);
		used += (size_t)snprintf(out + used, cap - used, "; ");
	}
	last.is[0] = id[ID_DIGITS];
	last.should[0] = person_check_char(id);
	print_guess(&last, out + used, cap - used);
}

static int checksum_fault(const char *id, int32_t today, const char *where, struct fault *f)
{
	struct guesses g = { 0 };
	char guess[128];

	try_swaps(&g, id, today);
	try_digits(&g, id, today);
	print_guesses(&g, id, guess, sizeof(guess));
	return fault_say(f, FAULT_ID_CHECKSUM, where, NULL, guess);
}

/* ---- parsing ---- */

static int position_fault(enum fault_code code, int from, int to, const char *where,
			  struct fault *f)
{
	char a[24];

	if (to > from)
		snprintf(a, sizeof(a), "%d-%d", from, to);
	else
		snprintf(a, sizeof(a), "%d", from);
	return fault_say(f, code, where, a, NULL);
}

/* Position (from 1) of the first of `count` characters that is no digit; 0 when all are. */
static int no_digit(const char *s, int count)
{
	for (int i = 0; i < count; i++)
		if (s[i] < '0' || s[i] > '9')
			return i + 1;
	return 0;
}

static int check_card(const char *s, size_t len, struct person *out, const char *where,
		      struct fault *f)
{
	if (len == ID_CHARS)
		return 0;
	if (s[18] < '1' || s[18] > '7')
		return position_fault(FAULT_ID_DISABILITY, 19, 19, where, f);
	if (s[19] < '1' || s[19] > '4')
		return position_fault(FAULT_ID_DISABILITY, 20, 20, where, f);
	if (len == 22 && s[20] != 'B')
		return position_fault(FAULT_ID_DISABILITY, 21, 21, where, f);
	if (len == 22 && (s[21] < '1' || s[21] > '9'))
		return position_fault(FAULT_ID_DISABILITY, 22, 22, where, f);
	out->disability_kind = (uint8_t)(s[18] - '0');
	out->disability_grade = (uint8_t)(s[19] - '0');
	return 0;
}

/* 15 digits of 1989: the century was left out, and there was no check character. */
static int widen(char *s, int32_t today, const char *where, struct fault *f)
{
	int32_t birth;
	int wrong = no_digit(s, 15);

	if (wrong != 0)
		return position_fault(FAULT_ID_CHARACTER, wrong, wrong, where, f);
	memmove(s + 8, s + 6, 9);
	s[6] = '1';
	s[7] = '9';
	if (!birth_of(s, today, &birth))
		return position_fault(FAULT_ID_DATE, 7, 12, where, f);
	s[ID_DIGITS] = person_check_char(s);
	s[ID_CHARS] = '\0';
	return 0;
}

/* Count of characters, for the sentence about a length. */
static int length_fault(struct bytes text, const char *where, struct fault *f)
{
	char a[24];
	size_t count = 0;
	uint32_t cp;

	text = bytes_trim(text);
	while (text.len > 0) {
		size_t n = bytes_char(text, &cp);
		n = n == 0 ? 1 : n;
		text.p += n;
		text.len -= n;
		count++;
	}
	snprintf(a, sizeof(a), "%zu", count);
	return fault_say(f, FAULT_ID_LENGTH, where, a, NULL);
}

/* Blanks within are how people make 18 digits readable; x is X, b is B. */
static void tidy(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++)
		if (*s != ' ')
			*to++ = *s == 'x' ? 'X' : *s == 'b' ? 'B' : *s;
	*to = '\0';
}

int person_parse(struct bytes text, int32_t today, const char *where, struct person *out,
		 struct fault *f)
{
	char s[64];
	size_t len;
	int wrong, rc;

	*out = (struct person){ 0 };
	if (!bytes_narrow(text, s, sizeof(s)))
		return length_fault(text, where, f);
	tidy(s);
	len = strlen(s);
	if (len != 15 && len != 18 && len != 20 && len != 22)
		return length_fault(bytes_str(s), where, f);
	if (len == 15) {
		rc = widen(s, today, where, f);
		if (rc != 0)
			return rc;
		out->from15 = true;
		len = ID_CHARS;
	}
	wrong = no_digit(s, ID_DIGITS);
	if (wrong == 0 && s[ID_DIGITS] != 'X' && no_digit(s + ID_DIGITS, 1) != 0)
		wrong = ID_CHARS;
	if (wrong != 0)
		return position_fault(FAULT_ID_CHARACTER, wrong, wrong, where, f);
	/* The sum before the date: one wrong digit in the date then still gets its suggestion. */
	if (person_check_char(s) != s[ID_DIGITS])
		return checksum_fault(s, today, where, f);
	if (!birth_of(s, today, &out->birth))
		return position_fault(FAULT_ID_DATE, 7, 14, where, f);
	rc = check_card(s, len, out, where, f);
	if (rc != 0)
		return rc;
	out->male = (s[16] - '0') % 2 == 1;
	memcpy(out->text, s, len + 1);
	return 0;
}
