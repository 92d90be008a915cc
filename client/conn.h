/* SPDX-License-Identifier: Apache-2.0 */
/* conn.h -- one blocking conversation with the node over its Unix socket.
 *
 * One request at a time: write it whole, read until the reply with its id, hand notices on the way
 * to the caller. A node that sends no byte for CONN_SILENT_S is given up: one at work says so every
 * few seconds (serve.h: SERVE_ALIVE_MS), however long its work is. A reply that breaks the form
 * ends the conversation: nothing is guessed. A node closes a connection over which nothing came for
 * minutes (seats.h), and somebody may think so long at a prompt: one that was closed before the next
 * request is opened anew. Thread: one. Memory: results are borrowed from the
 * connection until its next call or close. */
#ifndef BF_CONN_H
#define BF_CONN_H

#include "protocol/errors.h"
#include "protocol/rpc.h"

enum { CONN_PATH_MAX = 108, CONN_READ_BYTES = 64 * 1024, CONN_SILENT_S = 20 };
enum { CONN_FILES_MIN = 16 }; /* descriptors, to say when one is missing */

struct conn { /* zero it, then set fd to -1 */
	int fd;
	char path[CONN_PATH_MAX];
	uint64_t last_id;
	struct buf in;
	size_t used; /* of `in`: the reply that was last given out */
	struct mp_doc doc;
};

/* The pairs of a request's one map, counted as they are put. Zeroed is empty. */
struct params {
	struct buf pairs;
	uint32_t count;
};
void params_text(struct params *p, const char *key, const char *value);
void params_bytes(struct params *p, const char *key, struct bytes value);
void params_uint(struct params *p, const char *key, uint64_t value);
void params_bool(struct params *p, const char *key, bool value);
/* Put the key; the caller appends exactly one value to the returned buf. */
struct buf *params_value(struct params *p, const char *key);
void params_fini(struct params *p);

typedef void conn_notice(void *ctx, struct mp_val map);

/* BF_ECLOSED also for a node that stands still. Returns 0, or BF_ECLOSED, BF_EACCES, BF_EBOUND with
 * the fault said. */
int conn_open(struct conn *c, const char *path, struct fault *f);
void conn_close(struct conn *c);
/* The sentence for an open that met EMFILE. Returns BF_ENOMEM. */
int conn_files_few(struct fault *f);
/* Ask. *refused tells a node that answered with an error (its fault is in `f`) from a broken way to
 * it. Returns 0 or BF_E..., and then `f` says why. */
int conn_call(struct conn *c, const char *method, const struct params *p, conn_notice *each,
	      void *ctx, struct mp_val *result, bool *refused, struct fault *f);

#endif
