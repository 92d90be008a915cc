/* place.h -- the division table (区划表) of one edition: code -> name.
 *
 * Imported whole at the hub; a station gets its own chain and what lies within. Writer calls
 * commit. */
#ifndef BF_PLACE_H
#define BF_PLACE_H

#include "protocol/division.h"
#include "storage/view.h"

struct place {
	uint64_t code;
	struct bytes name; /* until the view ends, or as given */
};
/* Replace or add rows; all or none. Refuses (FAULT_PLACE_*) invalid codes, empty or overlong names,
 * a row whose parent is neither in the table nor among the rows, and a level that does not fit the
 * code. `edition` e.g. "2023". */
int place_import(struct store *s, struct bytes edition, const struct place *rows, size_t count,
		 struct fault *f);
int place_get(struct view *v, uint64_t code, struct place *out); /* BF_ENOTFOUND */
/* Names in full from the province down, joined by '/': "内蒙古自治区/呼伦贝尔市/…". What is unknown
 * shows as its code. */
void place_path(struct view *v, uint64_t code, struct buf *out);
/* The one place within `area` with this name (whole name; without its last
 * 村民委员会/社区居委会/... suffix too). BF_ENOTFOUND; BF_EEXIST when several fit. */
int place_find(struct view *v, uint64_t area, struct bytes name, uint64_t *code);
/* Places in [area, division_end(area)), areas above `area` first when `above`. */
int place_walk(struct view *v, uint64_t area, bool above, int (*each)(void *ctx, struct place p),
	       void *ctx);
int place_edition(struct view *v, struct bytes *edition); /* BF_ENOTFOUND before the first import */

#endif
