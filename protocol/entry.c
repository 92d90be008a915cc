/* SPDX-License-Identifier: Apache-2.0 */
/* entry.c -- the envelope of an entry, walked by hand.
 *
 * entry_take runs for every entry that reaches a hub, so after mp_scan has proved the form it reads
 * the eight members in place: no tree, no allocation. The cursor below relies on that proof for
 * structure and canonical form, and judges only types and ranges. */
#include "entry.h"

#include <stdio.h>
#include <string.h>

#include "errors.h"
#include "hex.h"
#include "schema.h"

enum { MEMBERS = 8 };

const struct mp_limits entry_limits = {
	.form = MP_CANONICAL,
	.depth_max = ENTRY_DEPTH_MAX,
	.items_max = ENTRY_ITEMS_MAX,
	.bytes_max = ENTRY_BYTES_MAX,
};

/* ---- refs ---- */

bool ref_none(struct ref r)
{
	return r.origin == 0 && r.seq == 0;
}

bool ref_equal(struct ref a, struct ref b)
{
	return a.origin == b.origin && a.seq == b.seq;
}

void ref_put(struct ref r, uint8_t out[REF_BYTES])
{
	be64_put(out, r.origin);
	be64_put(out + 8, r.seq);
}

struct ref ref_get(const uint8_t in[REF_BYTES])
{
	return (struct ref){ .origin = be64_get(in), .seq = be64_get(in + 8) };
}

char *ref_print(struct ref r, char out[REF_TEXT_MAX])
{
	snprintf(out, REF_TEXT_MAX, "%016llx-%llu", (unsigned long long)r.origin,
		 (unsigned long long)(r.seq > SEQ_MAX ? SEQ_MAX : r.seq));
	return out;
}

int ref_parse(struct bytes text, struct ref *out)
{
	char s[REF_TEXT_MAX + 8];
	uint8_t origin[8];
	uint64_t seq = 0;
	size_t len;

	if (!bytes_narrow(text, s, sizeof(s)))
		return BF_EINVAL;
	len = strlen(s);
	if (len < 18 || len >= REF_TEXT_MAX || s[16] != '-' || hex_take(s, origin, 8) != 0)
		return BF_EINVAL;
	for (size_t i = 17; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return BF_EINVAL;
		seq = seq * 10 + (uint64_t)(s[i] - '0');
	}
	if (s[17] == '0' || seq > SEQ_MAX || be64_get(origin) == 0)
		return BF_EINVAL;
	*out = (struct ref){ .origin = be64_get(origin), .seq = seq };
	return 0;
}

/* ---- reading ---- */

/* Over scanned canonical bytes: it cannot run out in the middle of a value, and never reads past
 * `end`. */
struct walk {
	const uint8_t *p;
	const uint8_t *end;
	int err;
};

static uint64_t walk_uint(struct walk *w)
{
	uint8_t c = w->p < w->end ? *w->p : 0xc0;
	uint64_t v = 0;

	if (c < 0x80) {
		w->p++;
		return c;
	}
	if (c < 0xcc || c > 0xcf) {
		w->err = BF_EFORMAT;
		return 0;
	}
	w->p++;
	for (int n = 1 << (c - 0xcc); n > 0; n--)
		v = v << 8 | *w->p++;
	return v;
}

static struct bytes walk_author(struct walk *w)
{
	uint8_t c = w->p < w->end ? *w->p : 0xc0;
	struct bytes s = { 0 };

	if (c >= 0xa0 && c < 0xc0) {
		s = bytes_of(w->p + 1, c & 31U);
	} else if (c == 0xd9) {
		s = bytes_of(w->p + 2, w->p[1]);
	} else { /* str 16 and 32 hold more than 255 bytes */
		w->err = c == 0xda || c == 0xdb ? BF_EBOUND : BF_EFORMAT;
		return s;
	}
	w->p = s.p + s.len;
	if (s.len > AUTHOR_BYTES_MAX)
		w->err = BF_EBOUND;
	return s;
}

static struct ref walk_ref(struct walk *w)
{
	struct ref r = { 0 };

	if (w->p < w->end && *w->p == 0xc0) {
		w->p++;
		return r;
	}
	if (w->end - w->p < 2 + REF_BYTES || w->p[0] != 0xc4 || w->p[1] != REF_BYTES) {
		w->err = BF_EFORMAT;
		return r;
	}
	r = ref_get(w->p + 2);
	w->p += 2 + REF_BYTES;
	if (r.origin == 0 || r.seq == 0 || r.seq > SEQ_MAX)
		w->err = BF_EFORMAT;
	return r;
}

static bool is_map(uint8_t c)
{
	return (c & 0xf0) == 0x80 || c == 0xde || c == 0xdf;
}

static int judge(const struct entry *e)
{
	if (e->seq == 0 || e->kind == 0)
		return BF_EFORMAT;
	if (e->seq > SEQ_MAX || e->kind > KIND_MAX)
		return BF_EBOUND;
	if (ref_none(e->subject) && !ref_none(e->base))
		return BF_EFORMAT; /* a base is a version of the subject */
	return 0;
}

/* The members of scanned `raw`. */
static int walk_entry(struct bytes raw, struct entry *out)
{
	struct walk w = { .p = raw.p, .end = raw.p + raw.len };
	uint64_t format, kind;
	uint8_t c = *w.p++;

	if (c == 0x90 || !((c & 0xf0) == 0x90 || c == 0xdc || c == 0xdd))
		return BF_EFORMAT;
	if (c >= 0xdc)
		w.p += c == 0xdc ? 2 : 4;
	format = walk_uint(&w);
	if (w.err != 0)
		return w.err;
	if (format != ENTRY_FORMAT || c > (0x90 | MEMBERS))
		return BF_EVERSION;
	if (c != (0x90 | MEMBERS))
		return BF_EFORMAT;
	out->seq = walk_uint(&w);
	out->stamp = walk_uint(&w);
	if (w.err != 0)
		return w.err;
	out->author = walk_author(&w);
	if (w.err != 0)
		return w.err;
	kind = walk_uint(&w);
	out->kind = kind > UINT32_MAX ? UINT32_MAX : (uint32_t)kind;
	if (w.err != 0)
		return w.err;
	out->subject = walk_ref(&w);
	if (w.err != 0)
		return w.err;
	out->base = walk_ref(&w);
	if (w.err != 0)
		return w.err;
	if (w.p >= w.end || !is_map(*w.p))
		return BF_EFORMAT;
	out->body = bytes_of(w.p, (size_t)(w.end - w.p));
	out->raw = raw;
	return judge(out);
}

int entry_take_first(struct bytes in, struct entry *out, size_t *used)
{
	int rc = mp_scan(in, &entry_limits, used);

	if (rc == BF_EMORE)
		return BF_EFORMAT;
	if (rc != 0)
		return rc;
	return walk_entry(bytes_of(in.p, *used), out);
}

int entry_take(struct bytes raw, struct entry *out)
{
	size_t used = 0;
	int rc = entry_take_first(raw, out, &used);

	if (rc != 0)
		return rc;
	return used == raw.len ? 0 : BF_EFORMAT;
}

/* ---- writing ---- */

static void put_ref(struct buf *out, struct ref r)
{
	uint8_t b[REF_BYTES];

	if (ref_none(r)) {
		mp_put_nil(out);
		return;
	}
	ref_put(r, b);
	mp_put_bin(out, bytes_of(b, sizeof(b)));
}

bool entry_author_sound(struct bytes author)
{
	return !bytes_control(author);
}

int entry_put(struct buf *out, const struct entry *e)
{
	size_t before = out->len, used = 0;
	int rc;

	if (!entry_author_sound(e->author))
		return BF_EINVAL;
	mp_put_array(out, MEMBERS);
	mp_put_uint(out, ENTRY_FORMAT);
	mp_put_uint(out, e->seq);
	mp_put_uint(out, e->stamp);
	mp_put_str(out, e->author);
	mp_put_uint(out, e->kind);
	put_ref(out, e->subject);
	put_ref(out, e->base);
	buf_put_bytes(out, e->body);
	if (out->err != 0)
		return out->err;
	/* What we write every node must be able to read: the same door, from inside. */
	struct entry back;
	rc = entry_take_first(bytes_of(out->p + before, out->len - before), &back, &used);
	if (rc == 0 && used != out->len - before)
		rc = BF_EFORMAT;
	if (rc != 0)
		out->len = before;
	return rc;
}
