/* SPDX-License-Identifier: Apache-2.0 */
/* cover.c -- see cover.h. */
#include "tests/sim/cover.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pairs that a campaign of some hundred seeds always reaches; a zero here is a mistake of the
 * simulator. */
static const char *const must_occur[] = {
	"cut @ ASKED",
	"cut @ FEED",
	"ack lost @ READY",
	"overlap @ GREET",
	"duplicate @ READY",
	"stall @ ASKED",
	"stall @ FEED",
	"stale @ FEED",
	"station dies @ ASKED",
	"station dies @ FEED",
	"hub dies @ LOOKUP",
	"hub dies @ READY",
	"station crash @ staging",
	"station crash @ synced",
	"station crash @ journal write",
	"station crash @ journal written",
	"station crash @ fdatasync",
	"station crash @ fdatasynced",
	"station crash @ commit",
	"station crash @ committed",
	"station crash @ applied",
	"station crash @ finishing",
	"station crash @ answering",
	"hub crash @ staging",
	"hub crash @ synced",
	"hub crash @ journal write",
	"hub crash @ journal written",
	"hub crash @ fdatasync",
	"hub crash @ fdatasynced",
	"hub crash @ commit",
	"hub crash @ committed",
	"hub crash @ applied",
	"hub crash @ finishing",
	"hub crash @ answering",
	"hub crash @ away",
	"hub crash @ disk lost",
	"power cut @ unsynced journal",
	"clock jump @ station",
	"clock jump @ hub",
	"disk full @ station",
	"disk full @ hub",
	"disk fills @ station",
	"disk fills @ hub",
	"journal begun again @ hub",
	"hub lost @ new epoch",
	"hub restored @ same epoch",
	"hub restored @ new epoch",
	"rewind @ noticed",
	"rewind @ reported",
	"rewind @ outgrown",
	"rewind @ over",
	"more @ FEED",
	"tamper up @ byte",
	"tamper up @ rehashed",
	"tamper up @ dropped",
	"tamper up @ shifted",
	"tamper down @ seq",
	"creation dies @ hub",
	"creation dies @ station",
};

static struct cover_row *row_of(struct cover *c, const char *name)
{
	for (size_t i = 0; i < COVER_ROWS_MAX; i++) {
		struct cover_row *r = &c->row[i];

		if (r->name[0] == '\0')
			(void)snprintf(r->name, sizeof r->name, "%s", name);
		if (strcmp(r->name, name) == 0)
			return r;
	}
	abort(); /* more pairs than rows: make COVER_ROWS_MAX larger */
}

void cover_hit(struct cover *c, const char *fault, const char *state)
{
	char name[COVER_NAME_MAX];

	(void)snprintf(name, sizeof name, "%s @ %s", fault, state);
	row_of(c, name)->count++;
}

void cover_add(struct cover *to, const struct cover *from)
{
	for (size_t i = 0; i < COVER_ROWS_MAX && from->row[i].name[0] != '\0'; i++)
		row_of(to, from->row[i].name)->count += from->row[i].count;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct cover_row *)a)->name, ((const struct cover_row *)b)->name);
}

unsigned cover_print(struct cover *c)
{
	size_t rows = 0;
	unsigned missed = 0;

	for (size_t i = 0; i < sizeof must_occur / sizeof *must_occur; i++)
		missed += row_of(c, must_occur[i])->count == 0;
	while (rows < COVER_ROWS_MAX && c->row[rows].name[0] != '\0')
		rows++;
	qsort(c->row, rows, sizeof *c->row, by_name);
	for (size_t i = 0; i < rows; i++)
		printf("%s%10" PRIu64 "  %-34s%s", i % 2 == 0 ? "" : "  ", c->row[i].count,
		       c->row[i].name, i % 2 == 1 || i + 1 == rows ? "\n" : "");
	return missed;
}
