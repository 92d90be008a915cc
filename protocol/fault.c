/* SPDX-License-Identifier: Apache-2.0 */
/* fault.c -- fills a sentence of the catalogue with its two details. */
#include "fault.h"

#include <string.h>

#include "bytes.h"
#include "errors.h"
#include "person.h"

struct row {
	const char *name;
	int rc;
	const char *zh, *en;
};

static const struct row rows[FAULT_COUNT] = {
	[FAULT_NONE] = { "none", BF_OK, "", "" },
#define FAULT(code, name, rc, zh, en) [code] = { name, rc, zh, en },
#include "fault_table.h"
#undef FAULT
};

/* Append what fits, whole characters only; false when it was cut. */
static bool append(char *out, size_t *used, struct bytes text)
{
	size_t room = FAULT_TEXT_MAX - *used;

	bytes_cstr(text, out + *used, room);
	*used += strlen(out + *used);
	return text.len < room;
}

/* "{a}", "{b}" or "{where}" at `s`: its value in *value, its length returned; else 0. */
static size_t placeholder(const char *s, const char *const values[3], const char **value)
{
	static const char *const names[3] = { "{where}", "{a}", "{b}" };

	for (int i = 0; i < 3; i++) {
		if (strncmp(s, names[i], strlen(names[i])) == 0) {
			*value = values[i] == NULL ? "" : values[i];
			return strlen(names[i]);
		}
	}
	return 0;
}

static void fill(char *out, const char *sentence, const char *const values[3])
{
	size_t used = 0;
	bool room = true;

	out[0] = '\0';
	while (room && *sentence != '\0') {
		const char *value = NULL;
		size_t plain = strcspn(sentence, "{");
		size_t n = placeholder(sentence + plain, values, &value);
		if (n == 0 && sentence[plain] == '{')
			plain++; /* a brace that is only a brace */
		room = append(out, &used, bytes_of(sentence, plain));
		sentence += plain;
		if (room && n > 0) {
			room = append(out, &used, bytes_str(value));
			sentence += n;
		}
	}
}

/* A path of this machine is no number of anybody's, and who mends must see which it is. */
static bool is_path(const char *text)
{
	return text != NULL &&
	       (text[0] == '/' || strncmp(text, "./", 2) == 0 || strncmp(text, "../", 3) == 0);
}

static void show(const char *text, char out[FAULT_TEXT_MAX])
{
	if (is_path(text))
		bytes_cstr(bytes_str(text), out, FAULT_TEXT_MAX);
	else
		mask_typed(bytes_str(text), out, FAULT_TEXT_MAX);
}

static void fill_masked(char *out, const char *sentence, const char *where, const char *a,
			const char *b, bool shown_b)
{
	char first[FAULT_TEXT_MAX], second[FAULT_TEXT_MAX];
	const char *const values[3] = { where, first, second };

	show(a, first);
	if (shown_b)
		bytes_cstr(bytes_str(b), second, sizeof(second));
	else
		show(b, second);
	fill(out, sentence, values);
}

static int tell(struct fault *f, enum fault_code code, const char *where, struct words a,
		struct words b, bool shown_b)
{
	char at[FAULT_TEXT_MAX];

	BF_REQUIRE(code >= FAULT_NONE && code < FAULT_COUNT);
	if (f != NULL) {
		show(where, at);
		f->code = code;
		f->rc = rows[code].rc;
		bytes_cstr(bytes_str(at), f->where, sizeof(f->where));
		fill_masked(f->zh, rows[code].zh, at, a.zh, b.zh, shown_b);
		fill_masked(f->en, rows[code].en, at, a.en, b.en, shown_b);
	}
	return rows[code].rc;
}

int fault_tell(struct fault *f, enum fault_code code, const char *where, struct words a,
	       struct words b)
{
	return tell(f, code, where, a, b, false);
}

int fault_tell_typed(struct fault *f, enum fault_code code, const char *where, struct words a,
		     struct bytes typed, uint64_t here)
{
	char shown[FAULT_WHERE_MAX];
	const char *b = mask_household(typed, here, shown, sizeof(shown));

	if (bytes_control(typed) || !bytes_utf8(typed))
		b = "?";
	return tell(f, code, where, a, (struct words){ b, b }, true);
}

int fault_say(struct fault *f, enum fault_code code, const char *where, const char *a,
	      const char *b)
{
	return fault_tell(f, code, where, fault_words(a), fault_words(b));
}

int fault_of(struct fault *f, int rc, const char *where)
{
	switch (rc) {
	case BF_ENOMEM:
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	case BF_EBUSY:
		return fault_say(f, FAULT_BUSY, NULL, NULL, NULL);
	case BF_ECLOSED:
		return fault_say(f, FAULT_STOPPING, NULL, NULL, NULL);
	default:
		return fault_say(f, FAULT_INTERNAL, where, bf_error_name(rc), NULL);
	}
}

int fault_say_word(struct fault *f, enum fault_code code, const char *where, const char *zh,
		   const char *en, const char *b)
{
	return fault_tell(f, code, where, (struct words){ zh, en }, fault_words(b));
}

/* `where` instead of `old` in a text that was made from `sentence`. */
static void rename_in(char *text, const char *sentence, const char *old, const char *where)
{
	const char *mark = strstr(sentence, "{where}");
	size_t at = mark == NULL ? 0 : (size_t)(mark - sentence), used = at;
	char rest[FAULT_TEXT_MAX];

	if (mark == NULL || strncmp(text, sentence, at) != 0 ||
	    strncmp(text + at, old, strlen(old)) != 0)
		return;
	memcpy(rest, text + at + strlen(old), strlen(text + at + strlen(old)) + 1);
	if (append(text, &used, bytes_str(where)))
		append(text, &used, bytes_str(rest));
}

void fault_rename(struct fault *f, const char *where)
{
	BF_REQUIRE(f->code >= FAULT_NONE && f->code < FAULT_COUNT);
	if (f->where[0] == '\0')
		return;
	rename_in(f->zh, rows[f->code].zh, f->where, where);
	rename_in(f->en, rows[f->code].en, f->where, where);
	bytes_cstr(bytes_str(where), f->where, sizeof(f->where));
}

void fault_term(struct fault *f, const char *name, const char *zh)
{
	BF_REQUIRE(f->code >= FAULT_NONE && f->code < FAULT_COUNT);
	const char *sentence = rows[f->code].zh;

	if (name[0] != '\0' && strcmp(f->where, name) == 0 && strncmp(sentence, "{where}", 7) == 0)
		rename_in(f->zh, sentence, name, zh);
}

const char *fault_typed(struct bytes text, char out[FAULT_WHERE_MAX])
{
	if (bytes_control(text) || !bytes_utf8(text))
		return "?";
	return mask_typed(text, out, FAULT_WHERE_MAX);
}

const char *fault_name(enum fault_code code)
{
	BF_REQUIRE(code >= FAULT_NONE && code < FAULT_COUNT);
	return rows[code].name;
}
