/* SPDX-License-Identifier: Apache-2.0 */
/* schema.c -- finding kinds, fields and codes in their tables, as programs and as people call them.
 */
#include "schema.h"

#include <string.h>

enum { WORD_MAX = 160 }; /* longer text is no word of ours */

const char *field_unit(const struct field *f, char lang)
{
	static const char *const zh[] = { NULL, "亩", "平方米" };
	static const char *const en[] = { NULL, "mu", "m2" };

	if (f->type != T_DECIMAL)
		return NULL;
	return lang == 'e' ? en[f->of] : zh[f->of];
}

static uint8_t place_of(const struct kind *k, size_t field)
{
	for (size_t i = 0; i < k->older_count; i++)
		if (k->older[i].now == k->fields[field].tag)
			return k->older[i].tag;
	return k->fields[field].tag;
}

size_t field_shown(const struct kind *k, size_t n)
{
	for (size_t i = 0; i < k->count; i++) {
		size_t before = 0;

		for (size_t j = 0; j < k->count; j++)
			before += place_of(k, j) < place_of(k, i);
		if (before == n)
			return i;
	}
	return n; /* two of one place: every_field_makes_sense would not have it */
}

const struct older *field_older(const struct kind *k, uint64_t tag)
{
	for (size_t i = 0; i < k->older_count; i++)
		if (k->older[i].tag == tag)
			return &k->older[i];
	return NULL;
}

bool field_names(const struct field *f)
{
	return f->type == T_REF || f->type == T_REFS || f->type == T_ACCOUNT;
}

const struct kind *field_named(const struct field *f)
{
	return field_names(f) ? kind_by_id(f->type == T_ACCOUNT ? KIND_HOUSEHOLD : f->of) : NULL;
}

bool kind_counts(const struct kind *k)
{
	return k->place != 0 && k->day != 0;
}

const struct kind *kind_by_id(uint32_t id)
{
	const struct kind *k;

	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		if (k->id == id)
			return k;
	return NULL;
}

/* ---- words ---- */

static char fold_char(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

/* As people type it, made comparable: half-width, lower-case, '_' as '-', no blanks within. */
static bool fold(struct bytes text, char out[WORD_MAX])
{
	size_t used = 0;

	if (!bytes_narrow(text, out, WORD_MAX))
		return false;
	for (const char *s = out; *s != '\0'; s++)
		if (*s != ' ')
			out[used++] = fold_char(*s);
	out[used] = '\0';
	return used > 0;
}

/* `word` is folded; `name` is one of ours and may be empty. It is folded in step and left at the
 * first difference: an import asks this of every field's names for every cell. */
static bool is_called(const char *word, struct bytes name)
{
	if (name.len == 0)
		return false;
	while (name.len > 0) {
		uint32_t cp = 0;
		/* Only characters that begin so have a half-width form. */
		size_t n = name.p[0] == 0xef || name.p[0] == 0xe3 ? bytes_char(name, &cp) : 0;
		bool wide = (cp >= 0xff01 && cp <= 0xff5e) || cp == 0x3000;
		char c = (char)name.p[0];
		if (wide)
			c = cp == 0x3000 ? ' ' : (char)(cp - 0xfee0);
		name.p += wide ? n : 1;
		name.len -= wide ? n : 1;
		if (c != ' ' && *word++ != fold_char(c))
			return false;
	}
	return *word == '\0';
}

static bool is_alias(const char *word, const char *alias)
{
	while (alias != NULL && *alias != '\0') {
		size_t len = strcspn(alias, "|");
		if (is_called(word, bytes_of(alias, len)))
			return true;
		alias += len + (alias[len] == '|');
	}
	return false;
}

const struct kind *kind_by_name(struct bytes name)
{
	char word[WORD_MAX];
	const struct kind *k;

	if (!fold(name, word))
		return NULL;
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		if (is_called(word, bytes_str(k->name)) || is_called(word, bytes_str(k->zh)))
			return k;
	return NULL;
}

/* ---- fields ---- */

const struct field *field_by_tag(const struct kind *k, uint32_t tag)
{
	/* Most kinds number their fields without gaps. */
	if (tag >= 1 && tag <= k->count && k->fields[tag - 1].tag == tag)
		return &k->fields[tag - 1];
	for (size_t i = 0; i < k->count; i++)
		if (k->fields[i].tag == tag)
			return &k->fields[i];
	return NULL;
}

const struct field *field_by_name(const struct kind *k, struct bytes name)
{
	char word[WORD_MAX];

	if (!fold(name, word))
		return NULL;
	for (size_t i = 0; i < k->count; i++) {
		const struct field *f = &k->fields[i];
		if (is_called(word, bytes_str(f->name)) || is_called(word, bytes_str(f->zh)) ||
		    is_called(word, bytes_str(f->column)))
			return f;
	}
	return NULL;
}

/* ---- codes ---- */

const struct code *code_by_number(const struct code_list *l, uint32_t code)
{
	if (code >= 1 && code <= l->count && l->codes[code - 1].code == code)
		return &l->codes[code - 1];
	for (size_t i = 0; i < l->count; i++)
		if (l->codes[i].code == code)
			return &l->codes[i];
	return NULL;
}

static const struct code *by_digits(const struct code_list *l, const char *word)
{
	uint32_t code = 0;
	size_t len = strlen(word);

	if (len > 5)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return NULL;
		code = code * 10 + (uint32_t)(word[i] - '0');
	}
	return code_by_number(l, code);
}

const struct code *code_by_text(const struct code_list *l, struct bytes text)
{
	char word[WORD_MAX];

	if (!fold(text, word))
		return NULL;
	/* A word before any alias: another code's old spelling must not win over this one's name.
	 */
	for (size_t i = 0; i < l->count; i++)
		if (is_called(word, bytes_str(l->codes[i].zh)) ||
		    is_called(word, bytes_str(l->codes[i].en)))
			return &l->codes[i];
	for (size_t i = 0; i < l->count; i++)
		if (is_alias(word, l->codes[i].alias))
			return &l->codes[i];
	return by_digits(l, word);
}
