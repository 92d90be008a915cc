/* SPDX-License-Identifier: Apache-2.0 */
/* near.c -- see near.h. */
#include "near.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Edits over bytes (change, insert, drop, swap of neighbours: the slip of a quick hand), with three
 * rows. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_BYTES_MAX + 1];
	size_t len = strlen(b);

	if (len > NEAR_BYTES_MAX || strlen(a) > NEAR_BYTES_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		rows[0][j] = j;
	size_t i = 0;
	for (; a[i] != '\0'; i++) {
		const size_t *two = rows[(i + 2) % 3];
		const size_t *one = rows[i % 3];
		size_t *row = rows[(i + 1) % 3];
		row[0] = i + 1;
		for (size_t j = 1; j <= len; j++) {
			size_t least = one[j - 1] + (a[i] != b[j - 1]);
			least = one[j] + 1 < least ? one[j] + 1 : least;
			least = row[j - 1] + 1 < least ? row[j - 1] + 1 : least;
			bool swap = i > 0 && j > 1 && a[i] == b[j - 2] && a[i - 1] == b[j - 1];
			if (swap && two[j - 2] + 1 < least)
				least = two[j - 2] + 1;
			row[j] = least;
		}
	}
	return rows[i % 3][len];
}

void near_try(struct near *n, const char *word)
{
	size_t apart = distance(n->typed, word);

	/* Of equals the one that begins alike: vist is no list. */
	bool alike = apart == n->least && n->best != NULL && n->best[0] != n->typed[0] &&
		     word[0] == n->typed[0];

	if (n->best == NULL || apart < n->least || alike) {
		n->least = apart;
		n->best = word;
	}
}

const char *near_best(const struct near *n)
{
	size_t len = strlen(n->typed);
	bool begun =
	    n->least == 2 && len >= 4 && n->best != NULL && strncmp(n->best, n->typed, len) == 0;
	bool near = n->least <= (len < 6 ? 1 : len / 3) || begun;

	return n->best != NULL && near ? n->best : NULL;
}
