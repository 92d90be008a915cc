/* SPDX-License-Identifier: Apache-2.0 */
/* typing.h -- one line from a person at a terminal, who may mend it before it is handed in.
 *
 * The one place that knows libedit. BackSpace, arrows and line ends are right for characters of two
 * columns; Tab offers words. Where lines cannot be edited (TERM=dumb, a terminal that is not UTF-8)
 * the terminal's own line is read, as from what is no terminal. Ctrl-C is not death here but an
 * answer, so that the caller can say what became of things; when the line is handed back the
 * terminal is as it was, also when the process is told to end. Nothing that was typed is kept
 * anywhere, and no file of libedit's settings is read.
 * Thread: one, after lang_widths; one line at a time. Memory: the caller's. */
#ifndef BF_TYPING_H
#define BF_TYPING_H

#include <stdio.h>

#include "client/hints.h"

enum { TYPING_CHARS_MAX = 2048, TYPING_BYTES_MAX = 4 * TYPING_CHARS_MAX };

/* What fits what was typed up to the cursor. `words` is empty; *from says where in `typed` the word
 * begins that they stand for (0: all of it is that word). */
typedef void typing_offer(void *ctx, struct bytes typed, size_t *from, struct hints *words);

/* Show `prompt` on `err` and read a line of standard input into *out, without its end. `offer` may
 * be NULL. Returns 0, or
 * BF_EMORE   the end of input (Ctrl-D on an empty line),
 * BF_ECLOSED Ctrl-C, or a signal that ends us: typing_die says the rest,
 * BF_EBOUND  longer than TYPING_CHARS_MAX; what follows of it is thrown away,
 * BF_EFORMAT bytes that are no UTF-8, BF_ENOMEM. */
int typing_line(FILE *err, const char *prompt, typing_offer *offer, void *ctx, struct buf *out);
/* End by the signal that ended the line. */
_Noreturn void typing_die(void);

#endif
