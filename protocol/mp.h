/* SPDX-License-Identifier: Apache-2.0 */
/* mp.h -- the wall around msgpack: our pre-validator in front, msgpack-c behind.
 *
 * No byte from outside reaches msgpack-c before mp_scan has walked it: structure, depth,
 * counts, and (MP_CANONICAL) the one-value-one-encoding rules of protocol/README.md:
 * shortest integers and headers, map keys that are unsigned integers in rising order,
 * well-formed UTF-8, no float, no ext. MP_LOOSE (local RPC) allows longer forms and
 * string keys, still no float, no ext, no duplicate key, and the same bounds.
 * What is hashed or signed is always the bytes received, never a re-encoding.
 * Thread: any one at a time. Memory: said at each. */
#ifndef BF_MP_H
#define BF_MP_H

#include "bytes.h"

enum { MP_DEPTH_MAX = 16 };

enum mp_form { MP_CANONICAL, MP_LOOSE };

struct mp_limits {
	enum mp_form form;
	uint32_t depth_max; /* containers inside one another, at most MP_DEPTH_MAX */
	uint32_t items_max; /* values in all, keys counted */
	size_t bytes_max;   /* of the one value */
};

/* Walk one value at the front of `in`. Returns 0 and its size in *used; BF_EMORE when `in` ends
 * inside it; BF_EFORMAT when it is not of the form; BF_EBOUND when over a limit (known as early as
 * the header that breaks it). Allocates nothing. */
int mp_scan(struct bytes in, const struct mp_limits *limits, size_t *used);

/* ---- writing: canonical, through msgpack-c's packer, into a buf (sticky) ---- */
void mp_put_nil(struct buf *b);
void mp_put_bool(struct buf *b, bool v);
void mp_put_uint(struct buf *b, uint64_t v);
void mp_put_int(struct buf *b, int64_t v); /* shortest; a non-negative one as unsigned */
void mp_put_str(struct buf *b, struct bytes s);
void mp_put_cstr(struct buf *b, const char *s);
void mp_put_bin(struct buf *b, struct bytes s);
void mp_put_array(struct buf *b, uint32_t count);
void mp_put_map(struct buf *b, uint32_t pairs);

/* ---- reading: a document, and cursors over it ---- */
enum mp_type { MP_NIL, MP_BOOL, MP_UINT, MP_NEGINT, MP_STR, MP_BIN, MP_ARRAY, MP_MAP };

struct mp_doc { /* zero it before first use; may be read again and again, reusing its memory */
	void *own;
};

/* One value, borrowed from its doc and from the bytes that were read. */
struct mp_val {
	const void *obj;
};

/* Scan one value at the front of `in` as mp_scan does (same errors, *used), and parse it;
 * BF_ENOMEM. *root is good until the doc's next read or fini, and as long as `in`'s bytes are. */
int mp_doc_take(struct mp_doc *doc, struct bytes in, const struct mp_limits *limits,
		struct mp_val *root, size_t *used);
/* The same when `in` must be exactly one value: BF_EFORMAT when it ends inside it or bytes are
 * left. */
int mp_doc_read(struct mp_doc *doc, struct bytes in, const struct mp_limits *limits,
		struct mp_val *root);
void mp_doc_fini(struct mp_doc *doc);

enum mp_type mp_type_of(struct mp_val v);
uint32_t mp_count(struct mp_val v); /* items of an array, pairs of a map, else 0 */

/* Takes the items of one array, or keys and values of one map in turn (key, value, key, ...).
 * Sticky: the first item of another type, or one too many, sets err = BF_EFORMAT. */
struct mp_rd {
	const void *items;
	uint32_t left; /* items still to take; a map has two per pair */
	uint8_t map;   /* 1 when over a map */
	uint32_t at;
	int err;
};

struct mp_rd mp_rd_array(struct mp_val v);   /* err set when v is no array */
struct mp_rd mp_rd_map(struct mp_val v);     /* err set when v is no map */
struct mp_val mp_take(struct mp_rd *r);      /* any type; a nil value after an error */
enum mp_type mp_peek(const struct mp_rd *r); /* type of the next; MP_NIL when none */
bool mp_take_bool(struct mp_rd *r);
uint64_t mp_take_uint(struct mp_rd *r);
int64_t mp_take_int(struct mp_rd *r); /* BF_EFORMAT when over INT64_MAX */
struct bytes mp_take_str(struct mp_rd *r);
struct bytes mp_take_bin(struct mp_rd *r);
int mp_rd_end(const struct mp_rd *r); /* err, or BF_EFORMAT when items are left */

/* The same for one value. Return 0 or BF_EFORMAT. */
int mp_get_bool(struct mp_val v, bool *out);
int mp_get_uint(struct mp_val v, uint64_t *out);
int mp_get_int(struct mp_val v, int64_t *out);
int mp_get_str(struct mp_val v, struct bytes *out);
int mp_get_bin(struct mp_val v, struct bytes *out);
/* Find a string key in a map; false when v is no map or has no such key. */
bool mp_find(struct mp_val map, const char *key, struct mp_val *out);

/* ---- walking: item by item over bytes that mp_scan has accepted, canonical; no tree, no memory.
 * For what a hub does to every entry of a night. ---- */
struct mp_item {
	enum mp_type type;
	uint64_t n;     /* the number (two's complement when negative), bool, length or count */
	struct bytes s; /* of a str or bin; borrowed */
};
/* The item at the front of *left, which moves behind it; of an array or map only the header.
 * BF_EFORMAT when the bytes end early: they were never scanned. */
int mp_walk(struct bytes *left, struct mp_item *it);
/* Pass over all that is within `of`, whose header was just walked. */
int mp_walk_within(struct bytes *left, const struct mp_item *of);

#endif
