/* SPDX-License-Identifier: Apache-2.0 */
/* near.h -- of the words that exist the one nearest to what was mistyped, for a sentence that asks
 * "did you mean": options and verbs of the command line, options of the daemon.
 *
 * struct near n = { .typed = word }; near_try(&n, ...) for each word there is; near_best(&n).
 * Memory: words are borrowed. Pure. */
#ifndef BF_NEAR_H
#define BF_NEAR_H

#include <stddef.h>

enum { NEAR_BYTES_MAX = 64 }; /* a longer word is near to nothing */

struct near {
	const char *typed;
	/* Below: the module's own. */
	const char *best;
	size_t least;
};

void near_try(struct near *n, const char *word);
/* The nearest word of those tried, of equals the first that
 * begins with the same letter; NULL when none is near enough: beyond a
 * third of wrong letters, at least one, a guess would only mislead. */
const char *near_best(const struct near *n);

#endif
