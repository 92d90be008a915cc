/* SPDX-License-Identifier: Apache-2.0 */
/* entry.h -- one immutable recorded fact: [format, seq, stamp, author, kind, subject, base, body].
 *
 * A canonical msgpack array of eight. `subject` is nil in an entry that creates (its subject is
 * itself), else bin 16 naming the creating entry; `base` nil or bin 16, the last entry of that
 * subject the editor had seen; `body` a map from field tags to values (schema.h). Unknown kinds
 * and tags are kept byte for byte. An entry with more than eight members or another format number
 * is BF_EVERSION: kept by nobody who cannot read its envelope.
 * (origin, seq) names an entry for ever (I2); the origin stands beside the bytes, not in them. */
#ifndef BF_ENTRY_H
#define BF_ENTRY_H

#include "bytes.h"
#include "mp.h"

enum {
	ENTRY_FORMAT = 1,
	ENTRY_BYTES_MAX = 16 * 1024,
	ENTRY_ITEMS_MAX = 512,
	ENTRY_DEPTH_MAX = 4,
	AUTHOR_BYTES_MAX = 64,
	REF_BYTES = 16,
};
/* seq and local numbers travel in 5-byte keys. */
#define SEQ_MAX ((UINT64_C(1) << 40) - 1)

struct ref { /* {0, 0} is none */
	uint64_t origin;
	uint64_t seq;
};

/* How many entries of a log are malformed (record.h), and the seq of the first; none: 0 and 0. */
struct malformed {
	uint64_t count, first;
};

struct entry { /* everything borrowed from `raw` */
	uint64_t seq, stamp;
	struct bytes author;
	uint32_t kind;
	struct ref subject, base;
	struct bytes body; /* the map's bytes */
	struct bytes raw;
};

extern const struct mp_limits entry_limits; /* canonical, with the bounds above */

bool ref_none(struct ref r);
bool ref_equal(struct ref a, struct ref b);
void ref_put(struct ref r, uint8_t out[REF_BYTES]);
struct ref ref_get(const uint8_t in[REF_BYTES]);
/* "0f3a9c…(16 hex)-12" text of a ref, for people: out[REF_TEXT_MAX]. Parse takes the same. */
enum { REF_TEXT_MAX = 16 + 1 + 13 + 1 };
char *ref_print(struct ref r, char out[REF_TEXT_MAX]);
int ref_parse(struct bytes text, struct ref *out);

/* Read exactly one entry. Uses no msgpack-c: the envelope is walked by hand on scanned bytes, since the hub
 * does this for every entry of a night. Returns 0, BF_EFORMAT, BF_EBOUND, BF_EVERSION. */
int entry_take(struct bytes raw, struct entry *out);
/* The same for the first of several; *used is its size. BF_EFORMAT when it ends early. */
int entry_take_first(struct bytes in, struct entry *out, size_t *used);
/* What may be an author of a new entry: no control and no bidirectional characters. Reading does
 * not ask it: an entry that is in a store stays readable, and whoever shows it takes such
 * characters out. */
bool entry_author_sound(struct bytes author);
/* Write; `raw` is ignored. BF_EBOUND (nothing written) when over ENTRY_BYTES_MAX, BF_EINVAL for an
 * author that is not sound. */
int entry_put(struct buf *out, const struct entry *e);

#endif
