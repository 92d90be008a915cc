/* SPDX-License-Identifier: Apache-2.0 */
/* rpc.h -- msgpack-RPC for local questions: [0, id, method, params] and [1, id, error, result].
 *
 * The stream has no length prefix, so that any msgpack-RPC client can speak it: rpc_take finds the end of
 * each request with mp_scan in MP_LOOSE form. params is a map with string keys, or an array holding
 * one such map, or empty. An error is a map {name, rc, where, zh, en}; then result is nil.
 * Notifications [2, "progress", [{...}]] may precede a response on long work. */
#ifndef BF_RPC_H
#define BF_RPC_H

#include "fault.h"
#include "mp.h"

enum { RPC_BYTES_MAX = 1024 * 1024, RPC_ITEMS_MAX = 65536, RPC_DEPTH_MAX = 8, RPC_METHOD_MAX = 64 };

extern const struct mp_limits rpc_limits;

struct rpc_request {
	uint64_t id;
	struct bytes method;
	struct mp_val params; /* a map; has no pairs when none were given: check with mp_type_of */
};
/* First whole request of `in`. 0, BF_EMORE, BF_EFORMAT (fault says which rule; *used and out->id are set as far as
 * they could be read, 0 else), BF_EBOUND, BF_ENOMEM. */
int rpc_take_request(struct bytes in, struct mp_doc *doc, struct rpc_request *out, size_t *used,
		     struct fault *f);
void rpc_put_request(struct buf *out, uint64_t id, const char *method);  /* caller appends params: one map */
void rpc_put_result(struct buf *out, uint64_t id);                      /* caller appends the result value */
void rpc_put_error(struct buf *out, uint64_t id, const struct fault *f);
void rpc_put_notice(struct buf *out, const char *method);               /* caller appends params: one map; it is wrapped as [map] */

/* A fault as a value: {name, rc, where, zh, en}; and back (told.h). BF_EFORMAT when the map has no name. */
void rpc_put_fault(struct buf *out, const struct fault *f);
int rpc_take_fault(struct mp_val map, struct fault *f);

struct rpc_reply {
	bool notice;          /* then id is 0 and result holds the params map */
	uint64_t id;
	bool failed;
	struct fault fault;   /* when failed */
	struct mp_val result;
};
/* First whole response or notice of `in`. 0, BF_EMORE, BF_EFORMAT, BF_EBOUND, BF_ENOMEM. */
int rpc_take_reply(struct bytes in, struct mp_doc *doc, struct rpc_reply *out, size_t *used);

#endif
