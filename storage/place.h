/* SPDX-License-Identifier: Apache-2.0 */
/* place.h -- the division table (区划表) of one edition: code -> name.
 *
 * Imported whole at the hub; a station gets its own chain and what lies within. Writer calls
 * commit. */
#ifndef BF_PLACE_H
#define BF_PLACE_H

#include "protocol/division.h"
#include "storage/acts.h"
#include "storage/view.h"

struct place {
	uint64_t code;
	struct bytes name; /* until the view ends, or as given */
};
/* Replace or add rows; all or none. Refuses (FAULT_PLACE_*) invalid codes, empty or overlong names,
 * a row whose parent is neither in the table nor among the rows, and a level that does not fit the
 * code. `edition` e.g. "2023". */
int place_import(struct store *s, struct bytes edition, const struct place *rows, size_t count,
		 struct act *act, struct fault *f);
/* The same, of an edition that lacks the codes `gone`: their rows stay, marked. */
int place_replace(struct store *s, struct bytes edition, const struct place *rows, size_t count,
		  const uint64_t *gone, size_t gone_count, struct act *act, struct fault *f);
/* A later edition lacks it. */
bool place_is_gone(struct view *v, uint64_t code);
/* Rows with codes from `from` up to, not including, `until`, until `each` returns non-zero. */
int place_each(struct view *v, uint64_t from, uint64_t until,
	       int (*each)(void *ctx, struct place p), void *ctx);
int place_get(struct view *v, uint64_t code, struct place *out); /* BF_ENOTFOUND */
/* Names in full from the province down, joined by '/': "内蒙古自治区/呼伦贝尔市/…". What is unknown
 * shows as its code. */
void place_path(struct view *v, uint64_t code, struct buf *out);
enum { PLACE_CODES_MAX = 5, PLACE_SHORT_MIN = 2 };
struct place_found {
	uint64_t codes[PLACE_CODES_MAX]; /* the first of those that fit, rising */
	uint32_t count;                  /* of all that fit */
};
/* The one place that people call so within `area`, and with `above` also among the areas that it lies in. The
 * best sort of fit decides alone: the whole name within; within without its last 村民委员会/社区居委会/... ; the
 * whole name above; a beginning of PLACE_SHORT_MIN characters or more, at the highest level at which it is the
 * beginning of any (呼伦贝尔 is the league, whatever farms are called so). BF_ENOTFOUND; BF_EEXIST when several
 * fit, all in *out. */
int place_find(struct view *v, uint64_t area, bool above, struct bytes name,
	       struct place_found *out);
/* Places in [area, division_end(area)), areas above `area` first when `above`. */
int place_walk(struct view *v, uint64_t area, bool above, int (*each)(void *ctx, struct place p),
	       void *ctx);
int place_edition(struct view *v, struct bytes *edition); /* BF_ENOTFOUND before the first import */

#endif
