/* SPDX-License-Identifier: Apache-2.0 */
/* snapshot.h -- the store as it stands at one moment, read byte by byte while it goes on: what a
 * backup is made of.
 *
 * Two files come out of it, and they are a store: `data.mdb` as the last transaction left it, and a
 * journal that is the one of that data.mdb (J6) and holds what was held and not yet applied. So all
 * that anybody had been told before snapshot_open is in the copy, and nothing of after.
 *
 * N1 It is begun on the writer, between two transactions: pages, list of free pages and journal are
 * of one moment. N2 A read transaction is open until snapshot_close: no page that the copy leads to
 * is written over. The two meta pages are, so they are kept in memory from the beginning; what lies
 * on free pages may be anything, in the copy as in the store. N3 Until then no page is used again:
 * the file grows by what is written meanwhile, and gives that room back to later writes. Whoever
 * holds one bounds how long.
 *
 * Memory: beside the meta pages the unapplied part of the journal, at most as large as the journal
 * and none when all is applied. Thread: snapshot_open on the writer; reads on any, several at a
 * time; snapshot_close on any, when no read is under way, and before store_close. */
#ifndef BF_SNAPSHOT_H
#define BF_SNAPSHOT_H

#include "protocol/fault.h"
#include "storage/store.h"

enum snapshot_file { SNAPSHOT_DATA, SNAPSHOT_JOURNAL, SNAPSHOT_FILES };

struct snapshot;

/* BF_EORDER: something is staged. BF_ENOMEM, BF_EIO, BF_EDAMAGED; BF_EBUSY: no reader's slot is
 * left. */
int snapshot_open(struct snapshot **out, struct store *s, struct fault *f);
void snapshot_close(struct snapshot *n); /* NULL is fine */

const char *snapshot_name(enum snapshot_file file); /* in the directory; static */
uint64_t snapshot_bytes(const struct snapshot *n, enum snapshot_file file);
uint64_t snapshot_entries(
    const struct snapshot *n); /* in the copy, once it has applied all it holds */
/* `len` bytes of the file from `offset` on, all of them within it. BF_EBOUND: they are not. BF_EIO.
 */
int snapshot_read(const struct snapshot *n, enum snapshot_file file, uint64_t offset, uint8_t *out,
		  size_t len);

#endif
