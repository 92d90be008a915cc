/* SPDX-License-Identifier: Apache-2.0 */
/* listing.c -- see listing.h. */
#include "daemon/listing.h"

#include "daemon/reply.h"

void listing_init(struct listing *l, struct view *v, uint32_t limit)
{
	*l = (struct listing){ .view = v,
			       .limit = limit,
			       .values_max = REPLY_VALUES_MAX,
			       .bytes_max = REPLY_BYTES_MAX };
}

void listing_fini(struct listing *l)
{
	buf_fini(&l->rows);
}

int listing_add(void *listing, const struct list_row *row)
{
	struct listing *l = listing;
	size_t before = l->rows.len;

	if (l->count == l->limit || before > l->bytes_max) {
		l->more = true;
		return 1;
	}
	uint32_t values = reply_entry(&l->rows, l->view, row, l->now);

	if (l->count > 0 && l->values + values > l->values_max) {
		l->rows.len = before; /* the next answer begins with it */
		l->more = true;
		return 1;
	}
	l->count++;
	l->values += values;
	l->last = row->ref;
	return 0;
}

void listing_put(struct buf *b, const char *key, const struct listing *l)
{
	mp_put_cstr(b, key);
	mp_put_array(b, l->count);
	buf_put_buf(b, &l->rows);
	if (l->rows.err != 0 && b->err == 0)
		b->err = l->rows.err;
}
