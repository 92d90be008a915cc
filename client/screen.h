/* SPDX-License-Identifier: Apache-2.0 */
/* screen.h -- a person's terminal: lines that fit its width, and a pager when they are more than
 * its height.
 *
 * A verb writes to `out`; what comes out is folded between words at `columns`, and held until it is
 * known whether all of it fits: then it is printed, else $PAGER gets it (less when nothing is set,
 * with LESS=FRX as git has it, and a prompt that names its keys). What is no terminal is never
 * measured: a pipe and a file get the bytes as they were written. A pager that is left early has
 * shown enough and is no fault. Thread: one. Memory: the caller's; what screen_open opened
 * screen_close closes. */
#ifndef BF_SCREEN_H
#define BF_SCREEN_H

#include <stdio.h>
#include <sys/types.h>

#include "protocol/bytes.h"

enum {
	SCREEN_COLUMNS_MIN = 20, /* what calls itself narrower is taken for this */
	SCREEN_COLUMNS_MAX = 4096,
	SCREEN_COLUMNS_OTHERWISE = 80, /* of a terminal that does not say */
	SCREEN_ROWS_OTHERWISE = 24,
};

struct screen {           /* zeroed: no terminal, nothing is cut, folded or paged */
	uint32_t columns; /* what lines are to fit; 0 when nothing is cut or folded */
	uint32_t rows;    /* above which the pager is asked; 0 when never */
	uint32_t across;  /* the terminal's width, when columns is 0 too */
	bool wide;        /* --wide: a long line is moved along, not folded */
	/* Below: the module's own. */
	FILE *out, *to, *pipe;
	struct buf line, held; /* without its end yet; whole, but not printed yet */
	uint32_t lines;
	pid_t pager;
};

/* Ask the terminal behind `to`, or its environment's COLUMNS, how large it is. Leaves zeros when it
 * is none. */
void screen_measure(struct screen *s, FILE *to, bool wide, bool paged);
/* Begin. Returns the stream to write to, or `to` itself when there is nothing to do or no memory
 * for it. */
FILE *screen_open(struct screen *s, FILE *to);
/* True when a sentence beside the answer should go through the screen, lest it be written over the
 * pager's. */
bool screen_covers(const struct screen *s, FILE *err);
/* Show what is left and wait until the pager is left. */
void screen_close(struct screen *s);

#endif
