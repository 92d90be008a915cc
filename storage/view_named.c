/* SPDX-License-Identifier: Apache-2.0 */
/* view_named.c -- entries by what people call them: the last one, number 57. See view.h. */
#include "storage/inside.h"

#include "protocol/errors.h"

/* 1 when the author wrote it and it can be voided now. */
static int is_last(struct view *v, struct spot spot, struct bytes author)
{
	struct list_row row;
	int rc = view_row(v, spot, &row);

	if (rc != 0)
		return rc;
	return bytes_equal(row.entry.author, author) && !row.voided &&
	       fold_voidable(&view_own(v)->effects);
}

int view_last(struct view *v, uint64_t origin, struct bytes author, uint64_t looks, struct ref *out)
{
	struct origin_row row;
	struct head_row head;
	int rc = origins_row(view_txn(v), origin, &row);

	if (rc == 0)
		rc = origins_head(view_txn(v), row.no, &head);
	if (rc != 0)
		return rc;
	for (uint64_t seq = head.head.seq; seq > 0; seq--) {
		if (looks-- == 0)
			return BF_EBOUND;
		rc = is_last(v, (struct spot){ row.no, seq }, author);
		if (rc < 0)
			return rc;
		if (rc == 1) {
			*out = (struct ref){ origin, seq };
			return 0;
		}
	}
	return BF_ENOTFOUND;
}

enum { ORIGIN_NIBBLES = 16 };

/* The ids that begin so: from *low up to *high. */
static int range_of(struct bytes prefix, uint64_t *low, uint64_t *high)
{
	uint64_t id = 0;

	if (prefix.len > ORIGIN_NIBBLES)
		return BF_EFORMAT;
	for (size_t i = 0; i < prefix.len; i++) {
		uint8_t c = prefix.p[i];
		bool digit = c >= '0' && c <= '9', letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'f';

		if (!digit && !letter)
			return BF_EFORMAT;
		id = id << 4 | (digit ? c - (unsigned)'0' : (c | 0x20) - (unsigned)'a' + 10);
	}
	unsigned open = 4 * (unsigned)(ORIGIN_NIBBLES - prefix.len);

	*low = open == 64 ? 0 : id << open;
	*high = open == 64 ? UINT64_MAX : *low | ((UINT64_C(1) << open) - 1);
	return 0;
}

int view_numbered(struct view *v, struct bytes prefix, uint64_t seq, struct ref *out)
{
	uint64_t low, high;
	uint8_t from[8];
	struct lmdb_scan c;
	bool found = false;
	int rc = range_of(prefix, &low, &high);

	if (rc != 0)
		return rc;
	be64_put(from, low);
	for (lmdb_scan(&c, view_txn(v), TREE_ORIGIN, bytes_of(from, sizeof from));
	     c.here && rc == 0; lmdb_scan_next(&c)) {
		uint64_t id = c.key.len == sizeof from ? be64_get(c.key.p) : 0;
		struct spot spot;

		if (id == 0)
			rc = BF_EDAMAGED;
		else if (id > high)
			break;
		else
			rc = view_spot(v, (struct ref){ id, seq }, &spot);
		if (rc == 0 && found)
			rc = BF_EEXIST;
		if (rc == 0) {
			*out = (struct ref){ id, seq };
			found = true;
		}
		if (rc == BF_ENOTFOUND)
			rc = 0;
	}
	int end_rc = lmdb_scan_end(&c);

	rc = rc != 0 ? rc : end_rc;
	return rc == 0 && !found ? BF_ENOTFOUND : rc;
}
