/* SPDX-License-Identifier: Apache-2.0 */
/* schema_table.c -- prints protocol/KINDS.md from the tables; schema_table.sh compares it with the
 * file. */
#include <stdio.h>
#include <string.h>

#include "protocol/schema.h"

enum { LISTS_MAX = 64 };

struct lists {
	const struct code_list *all[LISTS_MAX];
	size_t count;
};

static void remember(struct lists *l, const struct code_list *list)
{
	for (size_t i = 0; i < l->count; i++)
		if (l->all[i] == list)
			return;
	if (l->count < LISTS_MAX)
		l->all[l->count++] = list;
}

static void print_type(const struct field *f)
{
	const struct kind *of = kind_by_id(f->of);
	long long min = f->min, max = f->max;

	switch ((enum field_type)f->type) {
	case T_TEXT:
		printf("%s, %lld..%lld bytes", (f->flags & F_KEY) != 0 ? "number" : "text", min,
		       max);
		break;
	case T_DIVISION:
		printf("division");
		break;
	case T_DAY:
		printf("day");
		break;
	case T_FEN:
		printf("fen, %lld..%lld", min, max);
		break;
	case T_COUNT:
		printf("count, %lld..%lld", min, max);
		break;
	case T_DECIMAL:
		printf("decimal%s%s, %lld..%lld hundredths",
		       field_unit(f, 'e') != NULL ? " of " : "",
		       field_unit(f, 'e') != NULL ? field_unit(f, 'e') : "", min, max);
		break;
	case T_MINUTES:
		printf("%s, %lld..%lld",
		       (f->flags & F_CLOCK) != 0 ? "minute of the day" : "minutes", min, max);
		break;
	case T_CODE:
		printf("code of `%s`", f->list->name);
		break;
	case T_CODES:
		printf("codes of `%s`", f->list->name);
		break;
	case T_BOOL:
		printf("bool");
		break;
	case T_ID:
		printf("id");
		break;
	case T_PHONE:
		printf("phone, %lld..%lld bytes", min, max);
		break;
	case T_BANK:
		printf("bank, %lld..%lld digits", min, max);
		break;
	case T_REF:
		printf("ref to %s", of == NULL ? "any entry" : of->name);
		break;
	case T_REFS:
		printf("refs to %s, %lld..%lld", of == NULL ? "any entry" : of->name, min, max);
		break;
	case T_ACCOUNT:
		printf("account");
		break;
	case T_EACH:
		printf("each: tag %lld of refs in tag %u", min, (unsigned)f->of);
		break;
	}
}

static void print_flags(unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} words[] = {
		{ F_REQUIRED, "required" },         { F_PERSONAL, "personal" },
		{ F_NOT_LATER, "not later" },       { F_DEFAULT_TODAY, "default today" },
		{ F_DEFAULT_HERE, "default here" },
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if ((flags & words[i].flag) == 0)
			continue;
		printf("%s%s", comma, words[i].word);
		comma = ", ";
	}
}

static const char *field_name(const struct kind *k, uint8_t tag)
{
	const struct field *f = field_by_tag(k, tag);

	return f == NULL ? "" : f->name;
}

static void print_reading(const struct kind *k)
{
	printf("%s.", k->versioned != 0
			  ? "Versioned: a later entry may name it as subject and change fields"
			  : "Not versioned");
	if (kind_counts(k)) {
		printf(" Counted by `%s` and month of `%s`", field_name(k, k->place),
		       field_name(k, k->day));
		for (size_t i = 0; i < DIMS_MAX && k->dims[i] != 0; i++)
			printf(", `%s`", field_name(k, k->dims[i]));
		if (k->sum != 0)
			printf("; sum of `%s` (%s, %s)", field_name(k, k->sum), k->sum_zh,
			       k->sum_en);
		if (k->apart != 0)
			printf(", never added across `%s`", field_name(k, k->apart));
		printf(".");
	}
	if (k->text_key != 0)
		printf(" Found by `%s`.", field_name(k, k->text_key));
	printf("\n\n");
}

static void print_kind(const struct kind *k, struct lists *lists)
{
	printf("## %u %s %s: %s\n\n", k->id, k->name, k->zh, k->en);
	print_reading(k);
	printf("| tag | name | term | column | type | | meaning |\n| --- | --- | --- | --- | --- | "
	       "--- | --- |\n");
	for (size_t i = 0; i < k->count; i++) {
		const struct field *f = &k->fields[i];
		if (f->list != NULL)
			remember(lists, f->list);
		printf("| %u | `%s` | %s | %s | ", f->tag, f->name, f->zh,
		       f->column == NULL ? "" : f->column);
		print_type(f);
		printf(" | ");
		print_flags(f->flags);
		printf(" | %s |\n", f->en);
	}
	printf("\n");
	for (size_t i = 0; i < k->older_count; i++) {
		const struct older *o = &k->older[i];
		printf("Tag %u, uint %lld..%lld, once stood for `%s` and is read as %u of its "
		       "hundredths each.\n",
		       o->tag, (long long)o->min, (long long)o->max, field_name(k, o->now),
		       o->times);
		if (i + 1 == k->older_count)
			printf("\n");
	}
}

static void print_list(const struct code_list *l)
{
	printf("- `%s` %s: ", l->name, l->zh);
	for (size_t i = 0; i < l->count; i++)
		printf("%s%u %s %s", i == 0 ? "" : ", ", l->codes[i].code, l->codes[i].zh,
		       l->codes[i].en);
	printf("\n");
}

int main(void)
{
	struct lists lists = { .count = 0 };
	const struct kind *k;

	printf("# Kinds, fields and code lists\n\n"
	       "Printed from the tables `kinds.c`, `codes.c` and `codes_work.c`; a test compares. "
	       "Types are those of section 2.3 "
	       "of README.md.\nTags, kind numbers and codes are for ever. *Column* is the heading "
	       "in the national export.\n\n");
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		print_kind(k, &lists);
	printf("## Code lists\n\nNumber, Chinese word, English word. Other spellings are accepted "
	       "when typed (`codes.c`).\n\n");
	for (size_t i = 0; i < lists.count; i++)
		print_list(lists.all[i]);
	return 0;
}
