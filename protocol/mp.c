/* SPDX-License-Identifier: Apache-2.0 */
/* mp.c -- writing and reading msgpack through msgpack-c; the only file that includes it.
 *
 * Reading is always mp_scan first (mp_scan.c): msgpack-c reserves 24-48 bytes for every item that a
 * header promises, so it may only see counts that are known to be true. Its zone is kept and
 * cleared between reads, for the hub decodes every body of a night. */
#include "mp.h"

#include <msgpack.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"

enum { ZONE_CHUNK_BYTES = 4096 };

/* ---- writing ---- */

static int write_to_buf(void *ctx, const char *p, size_t len)
{
	struct buf *b = ctx;

	buf_put(b, p, len);
	return b->err == 0 ? 0 : -1;
}

static msgpack_packer packer(struct buf *b)
{
	msgpack_packer p;

	msgpack_packer_init(&p, b, write_to_buf);
	return p;
}

void mp_put_nil(struct buf *b)
{
	msgpack_packer p = packer(b);

	msgpack_pack_nil(&p);
}

void mp_put_bool(struct buf *b, bool v)
{
	msgpack_packer p = packer(b);

	if (v)
		msgpack_pack_true(&p);
	else
		msgpack_pack_false(&p);
}

void mp_put_uint(struct buf *b, uint64_t v)
{
	msgpack_packer p = packer(b);

	msgpack_pack_uint64(&p, v);
}

void mp_put_int(struct buf *b, int64_t v)
{
	msgpack_packer p = packer(b);

	msgpack_pack_int64(&p, v);
}

/* The header and then its bytes: a length over 32 bits cannot be written at all. */
static bool fits(struct buf *b, struct bytes s)
{
	if (b->err == 0 && s.len > UINT32_MAX)
		b->err = BF_EBOUND;
	return b->err == 0;
}

void mp_put_str(struct buf *b, struct bytes s)
{
	msgpack_packer p = packer(b);

	if (!fits(b, s))
		return;
	msgpack_pack_str(&p, s.len);
	buf_put_bytes(b, s);
}

void mp_put_cstr(struct buf *b, const char *s)
{
	mp_put_str(b, bytes_str(s));
}

void mp_put_bin(struct buf *b, struct bytes s)
{
	msgpack_packer p = packer(b);

	if (!fits(b, s))
		return;
	msgpack_pack_bin(&p, s.len);
	buf_put_bytes(b, s);
}

void mp_put_array(struct buf *b, uint32_t count)
{
	msgpack_packer p = packer(b);

	msgpack_pack_array(&p, count);
}

void mp_put_map(struct buf *b, uint32_t pairs)
{
	msgpack_packer p = packer(b);

	msgpack_pack_map(&p, pairs);
}

/* ---- a document ---- */

struct doc {
	msgpack_zone zone;
	msgpack_object root;
};

static struct doc *doc_own(struct mp_doc *doc)
{
	struct doc *own = doc->own;

	if (own != NULL) {
		msgpack_zone_clear(&own->zone);
		return own;
	}
	own = malloc(sizeof(*own));
	if (own == NULL)
		return NULL;
	if (!msgpack_zone_init(&own->zone, ZONE_CHUNK_BYTES)) {
		free(own);
		return NULL;
	}
	doc->own = own;
	return own;
}

static int doc_parse(struct mp_doc *doc, struct bytes in, struct mp_val *root)
{
	struct doc *own = doc_own(doc);
	size_t off = 0;

	if (own == NULL)
		return BF_ENOMEM;
	/* The one-shot call that takes our zone; msgpack_unpack_next would free and make one each
	 * time. */
	switch (msgpack_unpack((const char *)in.p, in.len, &off, &own->zone, &own->root)) {
	case MSGPACK_UNPACK_SUCCESS:
		break;
	/* A zone that cannot grow is a parse error to msgpack-c; what mp_scan has passed is none
	 * (the fuzzer compares the two), so memory is all that can be missing. To take it for a
	 * malformed body would be to leave an entry out of every figure. */
	case MSGPACK_UNPACK_PARSE_ERROR:
	case MSGPACK_UNPACK_NOMEM_ERROR:
		return BF_ENOMEM;
	default: /* mp_scan and msgpack-c disagree on where it ends: ours to mend */
		return BF_EBUG;
	}
	root->obj = &own->root;
	return 0;
}

int mp_doc_take(struct mp_doc *doc, struct bytes in, const struct mp_limits *limits,
		struct mp_val *root, size_t *used)
{
	int rc = mp_scan(in, limits, used);

	root->obj = NULL;
	return rc != 0 ? rc : doc_parse(doc, bytes_of(in.p, *used), root);
}

int mp_doc_read(struct mp_doc *doc, struct bytes in, const struct mp_limits *limits,
		struct mp_val *root)
{
	size_t used;
	int rc = mp_scan(in, limits, &used);

	root->obj = NULL;
	if (rc == BF_EMORE || (rc == 0 && used != in.len))
		return BF_EFORMAT;
	return rc != 0 ? rc : doc_parse(doc, in, root);
}

void mp_doc_fini(struct mp_doc *doc)
{
	struct doc *own = doc->own;

	if (own == NULL)
		return;
	msgpack_zone_destroy(&own->zone);
	free(own);
	doc->own = NULL;
}

/* ---- values ---- */

static const msgpack_object nil_object = { .type = MSGPACK_OBJECT_NIL };

static const msgpack_object *object_of(struct mp_val v)
{
	return v.obj == NULL ? &nil_object : v.obj;
}

enum mp_type mp_type_of(struct mp_val v)
{
	switch (object_of(v)->type) {
	case MSGPACK_OBJECT_BOOLEAN:
		return MP_BOOL;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		return MP_UINT;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		return MP_NEGINT;
	case MSGPACK_OBJECT_STR:
		return MP_STR;
	case MSGPACK_OBJECT_BIN:
		return MP_BIN;
	case MSGPACK_OBJECT_ARRAY:
		return MP_ARRAY;
	case MSGPACK_OBJECT_MAP:
		return MP_MAP;
	default: /* float and ext never pass mp_scan */
		return MP_NIL;
	}
}

uint32_t mp_count(struct mp_val v)
{
	const msgpack_object *o = object_of(v);

	if (o->type == MSGPACK_OBJECT_ARRAY)
		return o->via.array.size;
	return o->type == MSGPACK_OBJECT_MAP ? o->via.map.size : 0;
}

int mp_get_bool(struct mp_val v, bool *out)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_BOOLEAN)
		return BF_EFORMAT;
	*out = o->via.boolean;
	return 0;
}

int mp_get_uint(struct mp_val v, uint64_t *out)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
		return BF_EFORMAT;
	*out = o->via.u64;
	return 0;
}

int mp_get_int(struct mp_val v, int64_t *out)
{
	const msgpack_object *o = object_of(v);

	if (o->type == MSGPACK_OBJECT_NEGATIVE_INTEGER)
		*out = o->via.i64;
	else if (o->type == MSGPACK_OBJECT_POSITIVE_INTEGER && o->via.u64 <= INT64_MAX)
		*out = (int64_t)o->via.u64;
	else
		return BF_EFORMAT;
	return 0;
}

int mp_get_str(struct mp_val v, struct bytes *out)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_STR)
		return BF_EFORMAT;
	*out = bytes_of(o->via.str.ptr, o->via.str.size);
	return 0;
}

int mp_get_bin(struct mp_val v, struct bytes *out)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_BIN)
		return BF_EFORMAT;
	*out = bytes_of(o->via.bin.ptr, o->via.bin.size);
	return 0;
}

bool mp_find(struct mp_val map, const char *key, struct mp_val *out)
{
	const msgpack_object *o = object_of(map);
	struct bytes wanted = bytes_str(key);

	out->obj = NULL;
	if (o->type != MSGPACK_OBJECT_MAP)
		return false;
	for (uint32_t i = 0; i < o->via.map.size; i++) {
		const msgpack_object_kv *kv = &o->via.map.ptr[i];
		if (kv->key.type == MSGPACK_OBJECT_STR &&
		    bytes_equal(bytes_of(kv->key.via.str.ptr, kv->key.via.str.size), wanted)) {
			out->obj = &kv->val;
			return true;
		}
	}
	return false;
}

/* ---- cursors ---- */

struct mp_rd mp_rd_array(struct mp_val v)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_ARRAY)
		return (struct mp_rd){ .err = BF_EFORMAT };
	return (struct mp_rd){ .items = o->via.array.ptr, .left = o->via.array.size };
}

struct mp_rd mp_rd_map(struct mp_val v)
{
	const msgpack_object *o = object_of(v);

	if (o->type != MSGPACK_OBJECT_MAP)
		return (struct mp_rd){ .err = BF_EFORMAT };
	return (struct mp_rd){ .items = o->via.map.ptr, .left = o->via.map.size * 2, .map = 1 };
}

static const msgpack_object *next_object(const struct mp_rd *r)
{
	if (r->err != 0 || r->left == 0)
		return NULL;
	if (r->map == 0)
		return (const msgpack_object *)r->items + r->at;
	const msgpack_object_kv *kv = (const msgpack_object_kv *)r->items + r->at / 2;
	return r->at % 2 == 0 ? &kv->key : &kv->val;
}

struct mp_val mp_take(struct mp_rd *r)
{
	const msgpack_object *o = next_object(r);

	if (o == NULL) {
		if (r->err == 0)
			r->err = BF_EFORMAT;
		return (struct mp_val){ .obj = &nil_object };
	}
	r->at++;
	r->left--;
	return (struct mp_val){ .obj = o };
}

enum mp_type mp_peek(const struct mp_rd *r)
{
	return mp_type_of((struct mp_val){ .obj = next_object(r) });
}

static void keep_first(struct mp_rd *r, int rc)
{
	if (r->err == 0)
		r->err = rc;
}

bool mp_take_bool(struct mp_rd *r)
{
	bool v = false;

	keep_first(r, mp_get_bool(mp_take(r), &v));
	return v;
}

uint64_t mp_take_uint(struct mp_rd *r)
{
	uint64_t v = 0;

	keep_first(r, mp_get_uint(mp_take(r), &v));
	return v;
}

int64_t mp_take_int(struct mp_rd *r)
{
	int64_t v = 0;

	keep_first(r, mp_get_int(mp_take(r), &v));
	return v;
}

struct bytes mp_take_str(struct mp_rd *r)
{
	struct bytes v = { 0 };

	keep_first(r, mp_get_str(mp_take(r), &v));
	return v;
}

struct bytes mp_take_bin(struct mp_rd *r)
{
	struct bytes v = { 0 };

	keep_first(r, mp_get_bin(mp_take(r), &v));
	return v;
}

int mp_rd_end(const struct mp_rd *r)
{
	if (r->err != 0)
		return r->err;
	return r->left == 0 ? 0 : BF_EFORMAT;
}
