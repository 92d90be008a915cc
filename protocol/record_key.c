/* SPDX-License-Identifier: Apache-2.0 */
/* record_key.c -- numbers by which people call a thing, from text: half-width, and a household's in
 * a form that nothing else has.
 *
 * Such a number is compared byte by byte, so 150722…０００３ of a Chinese keyboard must not be
 * another household than 150722…0003. K1: only what is new is judged or folded. What was let in by
 * an older program under an odd name (王小山, １２３) goes by it as it was typed, so that it is
 * found and a file that has it can be imported once more. */
#include <string.h>

#include "errors.h"
#include "person.h"
#include "record_set.h"

static bool known(const struct set *s);
static enum fault_code household_wrong(const struct set *s, const char *number);
static bool one_word(const char *w);
static bool is_id(const struct set *s, const char *number);
static bool register_form(const struct set *s, const char *number);
static bool is_place(const struct set *s, struct bytes code);

int set_key(struct set *s, char out[SET_WORD_MAX])
{
	if (!bytes_narrow(s->text, out, SET_WORD_MAX))
		return 0; /* too long for any such field, or with a NUL: told as that */
	bool folded = !bytes_equal(s->text, bytes_str(out));
	enum fault_code wrong =
	    s->field->of == KIND_HOUSEHOLD ? household_wrong(s, out) : FAULT_NONE;

	if ((wrong != FAULT_NONE || folded) && known(s)) /* K1 */
		return 0;
	if (wrong != FAULT_NONE)
		return fault_tell_typed(s->f, wrong, s->field->name, fault_words(s->field->zh),
					s->text, s->ask->here);
	s->text = bytes_str(out);
	return 0;
}

/* Something is called exactly so already. A ref is no name of its own. */
static bool known(const struct set *s)
{
	struct ref ref;

	return s->field->of != 0 && s->ask->subject != NULL && ref_parse(s->text, &ref) != 0 &&
	       s->ask->subject(s->ask->ctx, s->field->of, s->text, &ref, s->field->name, NULL) == 0;
}

static enum fault_code household_wrong(const struct set *s, const char *number)
{
	if (!one_word(number))
		return FAULT_HOUSEHOLD_WORD;
	if (is_id(s, number))
		return FAULT_HOUSEHOLD_ID;
	if (!s->ask->any_number && !register_form(s, number))
		return FAULT_HOUSEHOLD_NUMBER;
	return FAULT_NONE;
}

/* A list of numbers is cut at blanks and commas, and a ref goes before a name. */
static bool one_word(const char *w)
{
	static const char *const marks[] = { "、", "，", "；" };
	struct ref ref;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		if (strstr(w, marks[i]) != NULL)
			return false;
	return strcspn(w, " ,;") == strlen(w) && !bytes_control(bytes_str(w)) &&
	       ref_parse(bytes_str(w), &ref) != 0;
}

/* 18 digits that are a citizen's number by date and check character. In a village 200204 of a
 * county one household in so many has a number that would pass as well: there its place tells. */
static bool is_id(const struct set *s, const char *number)
{
	struct person person;

	return strlen(number) >= PERSON_KEY_BYTES &&
	       person_parse(bytes_str(number), s->ask->today, NULL, &person, NULL) == 0 &&
	       !is_place(s, bytes_of(number, HOUSEHOLD_DIGITS_MIN));
}

/* 1507221022000382, 150722102200-0382. A village's code alone names no household. */
static bool register_form(const struct set *s, const char *number)
{
	size_t front = strspn(number, "0123456789"), back;

	if (number[front] == '\0')
		return front >= HOUSEHOLD_DIGITS_MIN && front <= HOUSEHOLD_DIGITS_MAX &&
		       !(front == HOUSEHOLD_DIGITS_MIN && is_place(s, bytes_str(number)));
	back = number[front] == '-' ? strspn(number + front + 1, "0123456789") : 0;
	return front > 0 && back > 0 && number[front + 1 + back] == '\0';
}

static bool is_place(const struct set *s, struct bytes code)
{
	uint64_t division;

	return s->ask->division != NULL &&
	       s->ask->division(s->ask->ctx, code, &division, s->field->name, NULL) == 0;
}
