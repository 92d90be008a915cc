/* SPDX-License-Identifier: Apache-2.0 */
/* epoch.c -- see epoch.h. One number in meta. */
#include "storage/epoch.h"

#include "protocol/errors.h"
#include "storage/inside.h"

int epoch_renew(struct store *s, uint64_t epoch, struct act *act, struct fault *f)
{
	uint8_t value[8];
	struct lmdb_txn t;

	if (s->dead)
		return BF_EIO;
	if (epoch == 0 || epoch == s->epoch)
		return BF_EINVAL;
	int rc = room_control(s, f);

	if (rc != 0)
		return rc;
	be64_put(value, epoch);
	rc = lmdb_begin(s->lmdb, true, &t);

	if (rc == 0) {
		lmdb_put(&t, TREE_META, META_EPOCH, bytes_of(value, sizeof value));
		if (act != NULL)
			act->what = ACT_RESTORED;
		acts_put(&t, act);
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	if (rc == 0)
		s->epoch = epoch;
	return store_failed(s, f, rc);
}
