/* SPDX-License-Identifier: Apache-2.0 */
/* hints.c -- see hints.h. */
#include "client/hints.h"

#include <stdlib.h>
#include <string.h>

/* Both in one piece of memory, which the text begins. */
static bool hint_keep(struct hint *row, struct bytes text, struct bytes note)
{
	uint8_t *own = malloc(text.len + note.len + 1);

	if (own == NULL)
		return false;
	if (text.len > 0)
		memcpy(own, text.p, text.len);
	if (note.len > 0)
		memcpy(own + text.len, note.p, note.len);
	row->text = bytes_of(own, text.len);
	row->note = bytes_of(own + text.len, note.len);
	return true;
}

void hints_put(struct hints *w, struct bytes text, struct bytes note)
{
	for (size_t i = 0; i < w->count; i++)
		if (bytes_equal(w->rows[i].text, text))
			return;
	if (w->count == HINTS_MAX || !hint_keep(&w->rows[w->count], text, note))
		w->more = true;
	else
		w->count++;
}

static bool begins(struct bytes text, struct bytes with)
{
	return text.len >= with.len && (with.len == 0 || memcmp(text.p, with.p, with.len) == 0);
}

size_t hints_alike(const struct hints *w)
{
	struct bytes first = w->count > 0 ? w->rows[0].text : bytes_of(NULL, 0);
	uint32_t cp;

	for (size_t at = 0, n = 0; at < first.len; at += n) {
		n = bytes_char(bytes_of(first.p + at, first.len - at), &cp);
		n = n > 0 ? n : 1;
		for (size_t i = 1; i < w->count; i++)
			if (!begins(w->rows[i].text, bytes_of(first.p, at + n)))
				return at;
	}
	return first.len;
}

bool hints_begin(const struct hints *w, struct bytes typed)
{
	for (size_t i = 0; i < w->count; i++)
		if (!begins(w->rows[i].text, typed))
			return false;
	return true;
}

void hints_fini(struct hints *w)
{
	for (size_t i = 0; i < w->count; i++)
		free((void *)(uintptr_t)w->rows[i].text.p);
	w->count = 0;
	w->more = false;
}
