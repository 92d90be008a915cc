/* SPDX-License-Identifier: Apache-2.0 */
/* rpc.c -- msgpack-RPC: find the end of a value, then read it. See rpc.h and README.md section 6.
 */
#include "rpc.h"

#include <string.h>

#include "errors.h"
#include "told.h"

const struct mp_limits rpc_limits = {
	.form = MP_LOOSE,
	.depth_max = RPC_DEPTH_MAX,
	.items_max = RPC_ITEMS_MAX,
	.bytes_max = RPC_BYTES_MAX,
};

enum rpc_type { RPC_REQUEST = 0, RPC_RESPONSE = 1, RPC_NOTICE = 2 };

/* A map may stand alone or as the only item of an array; nil and [] are no params. */
static int params_of(struct mp_val v, struct mp_val *out)
{
	*out = v;
	switch (mp_type_of(v)) {
	case MP_NIL:
	case MP_MAP:
		return 0;
	case MP_ARRAY:
		if (mp_count(v) == 0)
			return 0;
		if (mp_count(v) == 1) {
			struct mp_rd r = mp_rd_array(v);

			*out = mp_take(&r);
			return mp_type_of(*out) == MP_MAP ? 0 : BF_EFORMAT;
		}
		return BF_EFORMAT;
	default:
		return BF_EFORMAT;
	}
}

/* ---- requests ---- */

static const char *request_fill(struct mp_val root, struct rpc_request *out)
{
	struct mp_rd r = mp_rd_array(root);

	if (mp_type_of(root) != MP_ARRAY || mp_count(root) != 4)
		return "not an array of four";
	uint64_t type = mp_take_uint(&r);
	if (r.err != 0 || type != RPC_REQUEST)
		return "type is not 0";
	out->id = mp_take_uint(&r);
	if (r.err != 0) {
		out->id = 0;
		return "id is not an unsigned integer";
	}
	out->method = mp_take_str(&r);
	if (r.err != 0 || out->method.len == 0 || out->method.len > RPC_METHOD_MAX)
		return "method is not a string of 1 to 64 bytes";
	if (params_of(mp_take(&r), &out->params) != 0)
		return "params is neither a map nor an array holding one";
	return NULL;
}

int rpc_take_request(struct bytes in, struct mp_doc *doc, struct rpc_request *out, size_t *used,
		     struct fault *f)
{
	struct mp_val root;

	memset(out, 0, sizeof *out);
	int rc = mp_doc_take(doc, in, &rpc_limits, &root, used);
	if (rc == BF_EMORE)
		return rc;
	if (rc == BF_ENOMEM)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	if (rc != 0) {
		(void)fault_say(f, FAULT_RPC_FORM, NULL,
				rc == BF_EBOUND ? "over 1 MiB, 65536 items or 8 levels"
						: "no msgpack without floats, exts and double keys",
				NULL);
		if (f != NULL)
			f->rc = rc;
		return rc;
	}
	const char *broken = request_fill(root, out);
	return broken == NULL ? 0 : fault_say(f, FAULT_RPC_FORM, NULL, broken, NULL);
}

void rpc_put_request(struct buf *out, uint64_t id, const char *method)
{
	mp_put_array(out, 4);
	mp_put_uint(out, RPC_REQUEST);
	mp_put_uint(out, id);
	mp_put_cstr(out, method);
}

/* ---- replies ---- */

void rpc_put_result(struct buf *out, uint64_t id)
{
	mp_put_array(out, 4);
	mp_put_uint(out, RPC_RESPONSE);
	mp_put_uint(out, id);
	mp_put_nil(out);
}

void rpc_put_fault(struct buf *out, const struct fault *f)
{
	mp_put_map(out, 5);
	mp_put_cstr(out, "name");
	mp_put_cstr(out, fault_name(f->code));
	mp_put_cstr(out, "rc");
	mp_put_int(out, f->rc);
	mp_put_cstr(out, "where");
	mp_put_cstr(out, f->where);
	mp_put_cstr(out, "zh");
	mp_put_cstr(out, f->zh);
	mp_put_cstr(out, "en");
	mp_put_cstr(out, f->en);
}

void rpc_put_error(struct buf *out, uint64_t id, const struct fault *f)
{
	mp_put_array(out, 4);
	mp_put_uint(out, RPC_RESPONSE);
	mp_put_uint(out, id);
	rpc_put_fault(out, f);
	mp_put_nil(out);
}

void rpc_put_notice(struct buf *out, const char *method)
{
	mp_put_array(out, 3);
	mp_put_uint(out, RPC_NOTICE);
	mp_put_cstr(out, method);
	mp_put_array(out, 1);
}

static struct bytes text_of(struct mp_val map, const char *key)
{
	struct bytes s = { 0 };
	struct mp_val v;

	if (mp_find(map, key, &v))
		(void)mp_get_str(v, &s);
	return s;
}

int rpc_take_fault(struct mp_val map, struct fault *f)
{
	struct told t = { .name = text_of(map, "name"),
			  .where = text_of(map, "where"),
			  .zh = text_of(map, "zh"),
			  .en = text_of(map, "en") };
	struct mp_val v;
	int64_t rc = 0;

	if (mp_type_of(map) != MP_MAP || t.name.len == 0)
		return BF_EFORMAT;
	if (mp_find(map, "rc", &v) && mp_get_int(v, &rc) == 0 && rc < 0)
		t.rc = (uint64_t) - (rc + 1) + 1;
	told_fault(&t, f);
	return 0;
}

static int response_fill(struct mp_rd *r, struct rpc_reply *out)
{
	out->id = mp_take_uint(r);
	struct mp_val error = mp_take(r);
	out->result = mp_take(r);
	if (r->err != 0)
		return r->err;
	out->failed = mp_type_of(error) != MP_NIL;
	return out->failed ? rpc_take_fault(error, &out->fault) : 0;
}

static int notice_fill(struct mp_rd *r, struct rpc_reply *out)
{
	out->notice = true;
	(void)mp_take_str(r);
	struct mp_val params = mp_take(r);
	return r->err != 0 ? r->err : params_of(params, &out->result);
}

int rpc_take_reply(struct bytes in, struct mp_doc *doc, struct rpc_reply *out, size_t *used)
{
	struct mp_val root;

	memset(out, 0, sizeof *out);
	int rc = mp_doc_take(doc, in, &rpc_limits, &root, used);
	if (rc != 0)
		return rc;
	struct mp_rd r = mp_rd_array(root);
	uint64_t type = mp_take_uint(&r);
	if (r.err != 0)
		return r.err;
	if (type == RPC_RESPONSE && mp_count(root) == 4)
		return response_fill(&r, out);
	if (type == RPC_NOTICE && mp_count(root) == 3)
		return notice_fill(&r, out);
	return BF_EFORMAT;
}
