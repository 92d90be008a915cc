/* SPDX-License-Identifier: Apache-2.0 */
/* record_set.c -- a field from text, as a cadre types it or a CSV of the national system gives it.
 *
 * Forgiving in form (full-width digits, blanks, 是/yes/1, a code by word, alias or number), strict
 * in meaning. A setter per type; each either fills the value or says a fault that names the field
 * and how to mend it. */
#include <stdio.h>
#include <string.h>

#include "codes.h"
#include "division.h"
#include "errors.h"
#include "person.h"
#include "record_set.h"

enum { WORDS_MAX = 400 };

int set_say(struct set *s, enum fault_code code, const char *detail)
{
	return fault_say(s->f, code, s->field->name, s->field->zh, detail);
}

int set_keep(struct set *s, struct bytes b, struct bytes *kept)
{
	struct buf *arena = s->arena;

	if (arena->len == 0 && buf_reserve(arena, RECORD_ARENA_BYTES) != 0)
		return fault_of(s->f, arena->err, s->field->name);
	if (b.len > arena->cap - arena->len)
		return fault_say(s->f, FAULT_RECORD_LONG, s->field->name, "16000", NULL);
	*kept = bytes_of(arena->p + arena->len, b.len);
	buf_put_bytes(arena, b);
	return 0;
}

/* ---- strings ---- */

/* "1.50722E+15": a long number after a spreadsheet has had it. Its last digits are gone, and two
 * households would become one. */
static bool spreadsheet_number(struct bytes text)
{
	size_t at = 0;

	while (at < text.len && ((text.p[at] >= '0' && text.p[at] <= '9') || text.p[at] == '.'))
		at++;
	if (at == 0 || at + 2 >= text.len || (text.p[at] | 0x20) != 'e' || text.p[at + 1] != '+')
		return false;
	for (at += 2; at < text.len; at++)
		if (text.p[at] < '0' || text.p[at] > '9')
			return false;
	return true;
}

/* What a list showed of a person, given back: it would take the place of the name. */
static bool masked_text(struct bytes text)
{
	static const char wide[] = "＊";

	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '*' || (text.len - i >= sizeof(wide) - 1 &&
					 memcmp(text.p + i, wide, sizeof(wide) - 1) == 0))
			return true;
	return false;
}

/* More than one part, as a list is typed; numbers are parted by blanks too. */
static bool several(struct bytes text, bool blanks)
{
	struct bytes whole = text;

	return bytes_part(&text, blanks).len < whole.len;
}

/* People count characters; the bound is of bytes, of which a Chinese one has three. */
static int say_long(struct set *s)
{
	struct bytes rest = s->text;
	size_t count = 0;
	uint32_t cp;
	char zh[96], en[96];

	for (size_t n; rest.len > 0; count++) {
		n = bytes_char(rest, &cp);
		n = n == 0 ? 1 : n;
		rest = bytes_of(rest.p + n, rest.len - n);
	}
	(void)snprintf(zh, sizeof(zh), "写了 %zu 个字，最多 %lld 个汉字（数字和字母最多 %lld 个）",
		       count, (long long)s->field->max / 3, (long long)s->field->max);
	(void)snprintf(en, sizeof(en), "%zu characters, at most %lld letters or %lld Chinese ones",
		       count, (long long)s->field->max, (long long)s->field->max / 3);
	return fault_tell(s->f, FAULT_FIELD_LONG, s->field->name, fault_words(s->field->zh),
			  (struct words){ zh, en });
}

static int set_text(struct set *s, struct value *v)
{
	char key[SET_WORD_MAX];
	int rc;

	if (spreadsheet_number(s->text))
		return set_say(s, FAULT_FIELD_SPREADSHEET, NULL);
	rc = (s->field->flags & F_KEY) != 0 ? set_key(s, key) : 0;
	if (rc != 0)
		return rc;
	if ((s->field->flags & F_PERSONAL) != 0 && masked_text(s->text))
		return set_say(s, FAULT_FIELD_MASKED, NULL);
	if (s->text.len > (size_t)s->field->max)
		return say_long(s);
	if ((s->field->flags & F_EACH) != 0 && several(s->text, (s->field->flags & F_KEY) != 0))
		return set_say(s, FAULT_FIELD_ONE, NULL);
	rc = set_keep(s, s->text, &v->s);
	if (rc != 0)
		return rc;
	/* Lines of a note become one: a record is one line of a table. */
	for (size_t i = s->arena->len - v->s.len; i < s->arena->len; i++)
		if (s->arena->p[i] == '\n' || s->arena->p[i] == '\r' || s->arena->p[i] == '\t')
			s->arena->p[i] = ' ';
	if (!bytes_utf8(v->s) || bytes_control(v->s))
		return set_say(s, FAULT_FIELD_TEXT, NULL);
	return 0;
}

static int set_id(struct set *s, struct value *v)
{
	struct person person;

	if (spreadsheet_number(s->text))
		return set_say(s, FAULT_FIELD_SPREADSHEET, NULL);
	int rc = person_parse(s->text, s->ask->today, s->field->name, &person, s->f);

	return rc != 0 ? rc : set_keep(s, bytes_str(person.text), &v->s);
}

bool set_squeeze(struct bytes text, char out[SET_WORD_MAX])
{
	size_t used = 0;

	if (!bytes_narrow(text, out, SET_WORD_MAX))
		return false;
	for (const char *p = out; *p != '\0'; p++)
		if (*p != ' ')
			out[used++] = *p;
	out[used] = '\0';
	return true;
}

/* 11 digits, in groups of any sort; a country's +86 in front goes. False when it is none. */
static bool mobile_of(const char *w, char out[12])
{
	size_t used = 0;

	if (strncmp(w, "+86", 3) == 0)
		w += 3;
	for (; *w != '\0'; w++) {
		bool digit = *w >= '0' && *w <= '9';
		if ((!digit && (*w != '-' || used == 0 || w[1] == '\0')) || (digit && used == 11))
			return false;
		if (digit)
			out[used++] = *w;
	}
	out[used] = '\0';
	return used == 11 && out[0] == '1';
}

static int set_phone(struct set *s, struct value *v)
{
	char w[SET_WORD_MAX], mobile_digits[12];
	size_t digits, dash;

	if (spreadsheet_number(s->text))
		return set_say(s, FAULT_FIELD_SPREADSHEET, NULL);
	if (!set_squeeze(s->text, w))
		return set_say(s, FAULT_FIELD_PHONE, NULL);
	digits = strspn(w, "0123456789");
	bool mobile = mobile_of(w, mobile_digits);
	bool landline = w[0] == '0' && (digits == 3 || digits == 4) && w[digits] == '-';
	if (landline) {
		dash = digits + 1;
		digits = strspn(w + dash, "0123456789");
		landline = (digits == 7 || digits == 8) && w[dash + digits] == '\0';
	}
	if (!mobile && !landline)
		return set_say(s, FAULT_FIELD_PHONE, NULL);
	return set_keep(s, bytes_str(mobile ? mobile_digits : w), &v->s);
}

static int set_bank(struct set *s, struct value *v)
{
	char w[SET_WORD_MAX];
	size_t len;

	if (spreadsheet_number(s->text))
		return set_say(s, FAULT_FIELD_SPREADSHEET, NULL);
	if (!set_squeeze(s->text, w))
		return set_say(s, FAULT_FIELD_BANK, NULL);
	len = strlen(w);
	if (len < (size_t)s->field->min || len > (size_t)s->field->max ||
	    strspn(w, "0123456789") != len)
		return set_say(s, FAULT_FIELD_BANK, NULL);
	return set_keep(s, bytes_str(w), &v->s);
}

/* ---- codes ---- */

static const char *code_words(const struct code_list *list, char words[WORDS_MAX])
{
	size_t used = 0;

	words[0] = '\0';
	for (size_t i = 0; i < list->count; i++) {
		int n = snprintf(words + used, WORDS_MAX - used, "%s%s/%s", i > 0 ? ", " : "",
				 list->codes[i].zh, list->codes[i].en);
		if (n < 0 || (size_t)n + sizeof("…") > WORDS_MAX - used) {
			snprintf(words + used, sizeof("…"), "…");
			break;
		}
		used += (size_t)n;
	}
	return words;
}

static int code_fault(struct set *s, enum fault_code code, const struct code_list *list)
{
	char words[WORDS_MAX];

	return set_say(s, code, code_words(list, words));
}

static int set_code(struct set *s, struct value *v)
{
	const struct code *c = code_by_text(s->field->list, s->text);

	if (c == NULL)
		return code_fault(s, FAULT_FIELD_CODE, s->field->list);
	v->u = c->code;
	return 0;
}

static int set_codes(struct set *s, struct value *v)
{
	struct bytes rest = s->text;

	v->u = 0;
	while (rest.len > 0) {
		struct bytes part = bytes_part(&rest, false);
		const struct code *c;
		if (part.len == 0)
			continue;
		c = code_by_text(s->field->list, part);
		if (c == NULL || c->code > 32)
			return code_fault(s, FAULT_FIELD_CODE, s->field->list);
		v->u |= UINT64_C(1) << (c->code - 1);
	}
	return v->u == 0 ? code_fault(s, FAULT_FIELD_CODE, s->field->list) : 0;
}

/* ---- what must be asked ---- */

/* The resolver's own fault when it said one, else ours. */
static int refused(struct set *s, int rc, enum fault_code code, const char *detail)
{
	if (s->f != NULL && s->f->code != FAULT_NONE)
		return rc;
	return set_say(s, code, detail);
}

static int ask_division(struct set *s, struct bytes text, uint64_t *code)
{
	if (s->ask->division == NULL)
		return BF_ENOTFOUND;
	return s->ask->division(s->ask->ctx, text, code, s->field->name, s->f);
}

int set_subject(struct set *s, uint16_t kind, struct bytes text, struct ref *ref)
{
	if (s->ask->subject == NULL) /* any entry (kind 0) has no other name than its ref */
		return kind == 0 ? ref_parse(text, ref) : BF_ENOTFOUND;
	return s->ask->subject(s->ask->ctx, kind, text, ref, s->field->name, s->f);
}

static int set_division(struct set *s, struct value *v)
{
	int rc = ask_division(s, s->text, &v->u);

	return rc == 0 ? 0 : refused(s, rc, FAULT_FIELD_DIVISION, NULL);
}

#define REF_EXAMPLE "0123456789abcdef-12"

static int set_ref(struct set *s, struct value *v)
{
	uint8_t bin[REF_BYTES];
	struct ref ref;
	int rc = set_subject(s, s->field->of, s->text, &ref);

	if (rc != 0)
		return refused(s, rc, FAULT_FIELD_REF, REF_EXAMPLE);
	ref_put(ref, bin);
	return set_keep(s, bytes_of(bin, sizeof(bin)), &v->s);
}

static bool is_there(const uint8_t *bins, size_t count, const uint8_t *bin)
{
	for (size_t i = 0; i < count; i++)
		if (memcmp(bins + i * REF_BYTES, bin, REF_BYTES) == 0)
			return true;
	return false;
}

static int set_refs(struct set *s, struct value *v)
{
	uint8_t bins[FIELD_REFS_MAX * REF_BYTES];
	struct bytes rest = s->text;
	size_t count = 0;
	char number[16];

	while (rest.len > 0) {
		struct bytes part = bytes_part(&rest, true);
		struct ref ref;
		int rc;
		if (part.len == 0)
			continue;
		if (count == FIELD_REFS_MAX) {
			snprintf(number, sizeof(number), "%d", FIELD_REFS_MAX);
			return set_say(s, FAULT_REFS_MANY, number);
		}
		rc = set_subject(s, s->field->of, part, &ref);
		if (rc != 0)
			return refused(s, rc, FAULT_FIELD_REF, REF_EXAMPLE);
		ref_put(ref, bins + count * REF_BYTES);
		if (is_there(bins, count, bins + count * REF_BYTES)) {
			snprintf(number, sizeof(number), "%zu", count + 1);
			return set_say(s, FAULT_REF_TWICE, number);
		}
		count++;
	}
	if (count == 0)
		return set_say(s, FAULT_FIELD_REF, REF_EXAMPLE);
	return set_keep(s, bytes_of(bins, count * REF_BYTES), &v->s);
}

/* What follows "户:" or "household:" in `w`, or a number too long for a division; else NULL. */
static const char *household_name(const char *w)
{
	static const char *const heads[] = { "户:", "household:", "Household:" };

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		if (strncmp(w, heads[i], strlen(heads[i])) == 0)
			return w + strlen(heads[i]);
	return strspn(w, "0123456789") == strlen(w) && strlen(w) > DIVISION_DIGITS ? w : NULL;
}

static int set_account(struct set *s, struct value *v)
{
	struct account a = { .type = ACCOUNT_DIVISION };
	uint8_t bin[ACCOUNT_BYTES_MAX];
	char w[SET_WORD_MAX], shown[FAULT_WHERE_MAX], words[WORDS_MAX];
	const struct code *party;
	const char *name;
	int rc;

	if (!set_squeeze(s->text, w))
		return code_fault(s, FAULT_FIELD_ACCOUNT, &list_party);
	name = household_name(w);
	/* Not by number: "15" is a province. */
	party = w[0] >= '0' && w[0] <= '9' ? NULL : code_by_text(&list_party, bytes_str(w));
	if (name != NULL) {
		a.type = ACCOUNT_HOUSEHOLD;
		rc = set_subject(s, KIND_HOUSEHOLD, bytes_str(name), &a.household);
	} else if (party != NULL) {
		a.type = ACCOUNT_OUTSIDE;
		a.party = (uint8_t)party->code;
		rc = 0;
	} else {
		rc = ask_division(s, s->text, &a.division);
	}
	if (rc != 0 && s->f != NULL && s->f->code == FAULT_DIVISION_NAME)
		return fault_say(s->f, FAULT_ACCOUNT_NAME, s->field->name,
				 fault_typed(s->text, shown), code_words(&list_party, words));
	if (rc != 0 && (s->f == NULL || s->f->code == FAULT_NONE))
		return code_fault(s, FAULT_FIELD_ACCOUNT, &list_party);
	if (rc != 0)
		return rc;
	return set_keep(s, bytes_of(bin, account_put(&a, bin)), &v->s);
}

/* ---- the door ---- */

static int (*const setters[])(struct set *s, struct value *v) = {
	[T_TEXT] = set_text,       [T_DIVISION] = set_division,
	[T_DAY] = set_day,         [T_FEN] = set_fen,
	[T_COUNT] = set_count,     [T_MINUTES] = set_minutes,
	[T_DECIMAL] = set_decimal, [T_CODE] = set_code,
	[T_CODES] = set_codes,     [T_BOOL] = set_bool,
	[T_ID] = set_id,           [T_PHONE] = set_phone,
	[T_BANK] = set_bank,       [T_REF] = set_ref,
	[T_REFS] = set_refs,       [T_ACCOUNT] = set_account,
	[T_EACH] = set_each,
};

int set_value(struct set *s, struct value *v)
{
	return setters[s->field->type](s, v);
}

int record_set_text(struct record *r, const struct field *field, struct bytes text,
		    const struct resolver *ask, struct buf *arena, struct fault *f)
{
	struct set s = { .record = r,
			 .field = field,
			 .text = bytes_trim(text),
			 .ask = ask,
			 .arena = arena,
			 .f = f };
	size_t i = (size_t)(field - r->kind->fields);
	struct value v = { .u = 0 };
	int rc;

	BF_REQUIRE(i < r->kind->count);
	if (s.text.len == 0) {
		record_drop(r, field->tag);
		return 0;
	}
	if (f != NULL)
		f->code = FAULT_NONE;
	rc = set_value(&s, &v);
	if (rc != 0 && f != NULL)
		fault_term(f, field->name, field->zh);
	if (rc != 0)
		return rc;
	*record_slot(r, field->tag) = v;
	r->anew |= UINT64_C(1) << i;
	if (field->type == T_EACH && v.s.len == 0)
		record_drop(r, field->tag); /* the last one was taken out */
	return 0;
}
