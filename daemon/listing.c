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

bool listing_full(struct listing *l)
{
	if (l->count == l->limit || l->rows.len > l->bytes_max)
		l->more = true;
	return l->more;
}

int listing_keep(struct listing *l, size_t before, uint32_t values, struct ref ref)
{
	if (l->count > 0 && l->values + values > l->values_max) {
		l->rows.len = before; /* the next answer begins with it */
		l->more = true;
		return 1;
	}
	l->count++;
	l->values += values;
	l->last = ref;
	return 0;
}

int listing_add(void *listing, const struct list_row *row)
{
	struct listing *l = listing;
	size_t before = l->rows.len;

	if (listing_full(l))
		return 1;
	return listing_keep(l, before, reply_entry(&l->rows, l->view, row, l->now), row->ref);
}

void listing_put(struct buf *b, const char *key, const struct listing *l)
{
	mp_put_cstr(b, key);
	mp_put_array(b, l->count);
	buf_put_buf(b, &l->rows);
	if (l->rows.err != 0 && b->err == 0)
		b->err = l->rows.err;
}
