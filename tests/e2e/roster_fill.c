/* SPDX-License-Identifier: Apache-2.0 */
/* roster_fill DIR < PLACES -- a province's roster in a stopped hub's store: a node for each line,
 * which is a division's code. As programs wrote the rows before they knew how a node fared
 * (storage/README.md section 3): every seventh never came, the others some minutes apart. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/inside.h"
#include "storage/roster.h"

enum { FIXED = 84, NEVER_EACH = 7 };

static void put_node(struct lmdb_txn *t, uint64_t n, uint64_t division, int64_t now_ms)
{
	uint8_t row[FIXED + 32] = { 0 }, id[8], seed[SEED_BYTES] = { 0 };
	struct origin_row origin;
	struct key_pair key;
	char name[32];

	be64_put(seed, n + 1);
	key_from_seed(&key, seed);
	uint64_t at = chain_origin(&key.public, 0);
	int len = snprintf(name, sizeof name, "made-%" PRIu64, n);

	memcpy(row, key.public.b, KEY_BYTES);
	be64_put(row + 32, division);
	be32_put(row + 44, ROLE_VILLAGE);
	be32_put(row + 48, NODE_ACTIVE);
	be64_put(row + 52, (uint64_t)(now_ms - INT64_C(90) * 86400000));
	be64_put(row + 60, n % NEVER_EACH == 0 ? 0 : (uint64_t)(now_ms - (int64_t)n * 60000));
	be64_put(row + 76, n);
	memcpy(row + FIXED, name, (size_t)len);
	be64_put(id, at);
	if (origins_add(t, at, &key.public, 0, &origin) != 0)
		exit(1);
	lmdb_put(t, TREE_NODE, bytes_of(id, sizeof id), bytes_of(row, FIXED + (size_t)len));
	lmdb_put(t, TREE_NODE_KEY, bytes_of(key.public.b, KEY_BYTES), bytes_of(id, sizeof id));
}

int main(int argc, char **argv)
{
	struct store_options options = { .dir = argc > 1 ? argv[1] : "" };
	struct store *s = NULL;
	struct fault f = { 0 };
	struct lmdb_txn t;
	uint64_t division, n = 0;

	if (store_open(&s, &options, &f) != 0 || lmdb_begin(s->lmdb, true, &t) != 0) {
		(void)fprintf(stderr, "%s\n", f.en);
		return 1;
	}
	while (scanf("%" SCNu64, &division) == 1)
		put_node(&t, n++, division, (int64_t)time(NULL) * 1000);
	int rc = lmdb_commit(&t);

	lmdb_abort(&t);
	store_close(s);
	return rc == 0 ? 0 : 1;
}
