/* SPDX-License-Identifier: Apache-2.0 */
/* each.c -- see each.h. */
#include "client/each.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "protocol/errors.h"

static int each_split(struct each *e, const struct field *field, size_t at, const char *text,
		      uint32_t *count, struct fault *f);
static int each_twice(const struct each *e, const struct kind *k, struct fault *f);

int each_take(struct each *e, const struct kind *k, const char *const text[FIELDS_MAX],
	      struct fault *f)
{
	uint32_t given[FIELDS_MAX] = { 0 };
	char one[16], other[16];

	memset(e, 0, sizeof(*e));
	for (size_t i = 0; i < k->count; i++) {
		if ((k->fields[i].flags & F_EACH) == 0 || text[i] == NULL)
			continue;
		int rc = each_split(e, &k->fields[i], i, text[i], &given[i], f);
		if (rc != 0)
			return rc;
		e->count = given[i] > e->count ? given[i] : e->count;
	}
	for (size_t i = 0; i < k->count && e->count > 1; i++) {
		if (given[i] == 0 || given[i] == e->count)
			continue;
		(void)snprintf(one, sizeof(one), "%u", given[i]);
		(void)snprintf(other, sizeof(other), "%u", e->count);
		return fault_say(f, FAULT_EACH_UNEVEN, k->fields[i].name, one, other);
	}
	if (e->count <= 1)
		each_fini(e); /* as it was typed */
	return each_twice(e, k, f);
}

static int each_split(struct each *e, const struct field *field, size_t at, const char *text,
		      uint32_t *count, struct fault *f)
{
	struct bytes rest = bytes_str(text);
	char number[16];

	while (rest.len > 0) {
		struct bytes part = bytes_part(&rest, (field->flags & F_KEY) != 0);
		if (part.len == 0)
			continue;
		if (*count == EACH_MAX) {
			(void)snprintf(number, sizeof(number), "%d", EACH_MAX);
			return fault_say(f, FAULT_REFS_MANY, field->name, field->zh, number);
		}
		char *copy = malloc(part.len + 1);
		if (copy == NULL)
			return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
		e->parts[(*count)++][at] = bytes_cstr(part, copy, part.len + 1);
	}
	return 0;
}

/* Somebody named twice in one command is a slip. Two people may bear one name: then numbers tell
 * them apart. */
static int each_twice(const struct each *e, const struct kind *k, struct fault *f)
{
	bool numbered = false;
	char number[16];

	for (size_t i = 0; i < k->count; i++)
		numbered =
		    numbered || (e->parts[0][i] != NULL && (k->fields[i].flags & F_KEY) != 0);
	for (size_t i = 0; i < k->count; i++) {
		const struct field *field = &k->fields[i];
		if (e->parts[0][i] == NULL || (numbered && (field->flags & F_KEY) == 0))
			continue;
		for (uint32_t n = 1; n < e->count; n++)
			for (uint32_t before = 0; before < n; before++) {
				if (strcmp(e->parts[before][i], e->parts[n][i]) != 0)
					continue;
				(void)snprintf(number, sizeof(number), "%u", n + 1);
				return fault_say(f, FAULT_REF_TWICE, field->name, field->zh,
						 number);
			}
	}
	return 0;
}

void each_fini(struct each *e)
{
	for (uint32_t n = 0; n < EACH_MAX; n++)
		for (size_t i = 0; i < FIELDS_MAX; i++)
			free(e->parts[n][i]);
	memset(e, 0, sizeof(*e));
}
