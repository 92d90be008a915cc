/* SPDX-License-Identifier: Apache-2.0 */
/* logs.h -- ready-made logs of many stations, for the bench programs: real entries of our own
 * schema, varied notes.
 *
 * Made before the clock starts. Deterministic from the node number. */
#ifndef BENCH_LOGS_H
#define BENCH_LOGS_H

#include "protocol/chain.h"
#include "protocol/calendar.h"
#include "protocol/division.h"
#include "protocol/record.h"

struct log {
	struct key_pair key;
	uint64_t origin, division;
	struct buf entries;
	size_t *at; /* count + 1 offsets into entries */
	uint32_t count;
	struct head head; /* signed, at the last entry */
};

/* The division of node n: villages of a made-up but well-formed 15…; the store does not ask the
 * table. */
uint64_t log_division(uint32_t node);
void log_make(struct log *log, uint32_t node, uint32_t count);
void log_fini(struct log *log);
/* One body of a visit, a fund movement, an aid or an activity, by `i`. */
void log_body(uint64_t division, uint64_t i, uint32_t *kind, struct buf *body);
struct bytes log_slice(const struct log *log, uint64_t first, uint64_t count); /* seqs from 1 */

#endif
