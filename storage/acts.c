/* SPDX-License-Identifier: Apache-2.0 */
/* acts.c -- see acts.h. meta: "act", number u64 -> one row. */
#include "storage/acts.h"

#include <string.h>

#include "protocol/errors.h"
#include "storage/inside.h"

enum {
	PREFIX_BYTES = 3,
	ACT_KEY_BYTES = PREFIX_BYTES + 8,
	ACT_FIXED_BYTES = 1 + 8 + 8 + 8 + 8,
	ACT_ROW_BYTES_MAX = ACT_FIXED_BYTES + 1 + AUTHOR_BYTES_MAX + 1 + ACT_NOTE_BYTES_MAX,
};

static const char *const names[ACT_COUNT] = {
	[ACT_NONE] = "?",
	[ACT_TOKEN_MADE] = "token_made",
	[ACT_TOKEN_CANCELLED] = "token_cancelled",
	[ACT_ENROLLED] = "enrolled",
	[ACT_REPOINTED] = "repointed",
	[ACT_REINSTATED] = "reinstated",
	[ACT_REVOKED] = "revoked",
	[ACT_PLACES] = "places",
	[ACT_RESTORED] = "restored",
	[ACT_OPENED] = "opened",
	[ACT_BACKUP] = "backup",
	[ACT_CLEARED] = "cleared",
};

const char *act_name(enum act_what what)
{
	return what < ACT_COUNT ? names[what] : names[ACT_NONE];
}

/* ---- rows ---- */

static void act_key(uint8_t out[ACT_KEY_BYTES], uint64_t number)
{
	memcpy(out, META_ACT.p, PREFIX_BYTES);
	be64_put(out + PREFIX_BYTES, number);
}

static bool is_act(struct bytes key)
{
	return key.len == ACT_KEY_BYTES && memcmp(key.p, META_ACT.p, PREFIX_BYTES) == 0;
}

static size_t act_row(uint8_t out[ACT_ROW_BYTES_MAX], const struct act *a)
{
	out[0] = (uint8_t)a->what;
	be64_put(out + 1, (uint64_t)a->at_ms);
	be64_put(out + 9, a->origin);
	be64_put(out + 17, a->division);
	be64_put(out + 25, a->count);
	return (size_t)(row_text(row_text(out + ACT_FIXED_BYTES, a->who), a->note) - out);
}

static int act_take(struct bytes key, struct bytes b, struct act *a)
{
	if (b.len < ACT_FIXED_BYTES)
		return BF_EDAMAGED;
	*a = (struct act){ .number = be64_get(key.p + PREFIX_BYTES),
			   .what = b.p[0] < ACT_COUNT ? (enum act_what)b.p[0] : ACT_COUNT,
			   .at_ms = (int64_t)be64_get(b.p + 1),
			   .origin = be64_get(b.p + 9),
			   .division = be64_get(b.p + 17),
			   .count = be64_get(b.p + 25) };
	b = bytes_of(b.p + ACT_FIXED_BYTES, b.len - ACT_FIXED_BYTES);
	int rc = row_text_take(&b, a->who, sizeof a->who);

	/* Behind the texts a later program may add: what it adds is passed over here. */
	return rc == 0 ? row_text_take(&b, a->note, sizeof a->note) : rc;
}

/* ---- changing ---- */

static uint64_t last_number(struct lmdb_txn *t)
{
	uint8_t most[ACT_KEY_BYTES];
	struct bytes at, value;

	act_key(most, UINT64_MAX);
	if (lmdb_floor(t, TREE_META, bytes_of(most, sizeof most), &at, &value) != 0 || !is_act(at))
		return 0;
	return be64_get(at.p + PREFIX_BYTES);
}

void acts_put(struct lmdb_txn *t, struct act *act)
{
	uint8_t key[ACT_KEY_BYTES], row[ACT_ROW_BYTES_MAX];

	if (act == NULL)
		return;
	act->number = last_number(t) + 1;
	act_key(key, act->number);
	lmdb_put(t, TREE_META, bytes_of(key, sizeof key), bytes_of(row, act_row(row, act)));
}

int acts_keep(struct store *s, struct act *act, struct fault *f)
{
	struct lmdb_txn t;
	int rc = s->dead ? BF_EIO : room_control(s, f);

	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);
	if (rc == 0) {
		acts_put(&t, act);
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	return store_failed(s, f, rc);
}

/* ---- reading ---- */

int acts_walk(struct view *v, uint64_t before, int (*each)(void *ctx, const struct act *act),
	      void *ctx)
{
	uint64_t number = last_number(view_txn(v));
	uint8_t key[ACT_KEY_BYTES];
	int rc = 0;

	if (before > 0 && before <= number)
		number = before - 1;
	for (; number > 0 && rc == 0; number--) { /* A2 */
		struct bytes value;
		struct act act;

		act_key(key, number);
		rc = lmdb_get(view_txn(v), TREE_META, bytes_of(key, sizeof key), &value);
		if (rc == 0)
			rc = act_take(bytes_of(key, sizeof key), value, &act);
		if (rc == BF_ENOTFOUND)
			rc = BF_EDAMAGED;
		if (rc == 0)
			rc = each(ctx, &act);
	}
	return rc;
}
