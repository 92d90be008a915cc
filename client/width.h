/* SPDX-License-Identifier: Apache-2.0 */
/* width.h -- how many columns of a terminal a text takes, and where a line of it may end.
 *
 * The one place that measures: a Chinese character takes two columns, a combining one none. What
 * the C library does not know (an emoji newer than it is) counts as two, since a line that is too
 * short is better than one that is too long. Nothing steers here: texts are as shown.h makes them.
 * Thread: any, after lang_widths. Memory: nothing is kept. */
#ifndef BF_WIDTH_H
#define BF_WIDTH_H

#include "protocol/bytes.h"

uint32_t width_of(struct bytes text);
/* Bytes at the front that take at most `columns`. */
size_t width_fit(struct bytes text, uint32_t columns);
/* Bytes at the front that make one line of at most `columns`, ended between words where that can be
 * and never before a closing mark; *next is where the line after it begins, past the blanks. At
 * least one character, however narrow the line. */
size_t width_line(struct bytes text, uint32_t columns, size_t *next);
/* The text, or its front and "…" when it takes more than `columns`. True when it was cut. */
bool width_cut(struct bytes text, uint32_t columns, struct buf *out);

#endif
