/* SPDX-License-Identifier: Apache-2.0 */
/* message.c -- one table of rows, and two loops over it.
 *
 * To add a message, add a row and its struct. To add a field, add it at the end of its row, as
 * LATER_, and to the struct: older peers ignore it, and what they send lacks it, which then means
 * 0, or no text. So that must say what a peer means who knows nothing of the field. A later field
 * that is 0 is not written, unless one behind it is not: who has no news says byte for byte what
 * older peers say, and a message keeps its one form. A field that has no such 0 comes with a new
 * PROTOCOL_VERSION. */
#include "message.h"

#include <stddef.h>
#include <string.h>

#include "errors.h"
#include "mp.h"

#define AT(member) offsetof(struct message, member)
#define UINT_(name, member, min, max)                                                              \
	{                                                                                          \
		name, FORM_UINT, AT(member), min, max, false                                       \
	}
#define LATER_(name, member, max)                                                                  \
	{                                                                                          \
		name, FORM_UINT, AT(member), 0, max, true                                          \
	}
#define INT_(name, member)                                                                         \
	{                                                                                          \
		name, FORM_INT, AT(member), 0, 0, false                                            \
	}
#define HASH_(name, member)                                                                        \
	{                                                                                          \
		name, FORM_HASH, AT(member), 0, 0, false                                           \
	}
#define HASH_0_(name, member)                                                                      \
	{                                                                                          \
		name, FORM_HASH_0, AT(member), 0, 0, false                                         \
	}
#define SIG_(name, member)                                                                         \
	{                                                                                          \
		name, FORM_SIG, AT(member), 0, 0, false                                            \
	}
#define BIN_(name, member, min, max)                                                               \
	{                                                                                          \
		name, FORM_BIN, AT(member), min, max, false                                        \
	}
#define STR_(name, member, max)                                                                    \
	{                                                                                          \
		name, FORM_STR, AT(member), 0, max, false                                          \
	}
#define LATER_STR_(name, member, max)                                                              \
	{                                                                                          \
		name, FORM_STR, AT(member), 0, max, true                                           \
	}

#define VERSION_(member) UINT_("version", member, 1, UINT32_MAX)
#define ORIGIN_(member)  UINT_("origin", member, 1, UINT64_MAX)
#define RETRY_MAX        UINT32_MAX
#define DIVISION_MAX     UINT64_C(999999999999)

enum { PACKED_BYTES_MAX = FRAME_BYTES_MAX - 1024, PLACES_BYTES_MAX = FRAME_BYTES_MAX - 1024 };

/* clang-format off */
static const struct {
	const char *name;
	struct message_field fields[MESSAGE_FIELDS_MAX];
} rows[MESSAGE_COUNT] = {
	[MESSAGE_HELLO] = { "HELLO", {
		VERSION_(hello.version),
		ORIGIN_(hello.origin),
		UINT_("seq", hello.seq, 0, SEQ_MAX),
		HASH_("hash", hello.hash),
		INT_("now_ms", hello.now_ms),
		UINT_("seen_epoch", hello.seen_epoch, 0, UINT64_MAX),
		UINT_("seen_length", hello.seen_length, 0, UINT64_MAX),
		HASH_0_("seen_order", hello.seen_order),
		UINT_("rewound", hello.rewound, 0, 1),
		LATER_STR_("program", hello.program, PROGRAM_BYTES_MAX),
	} },
	[MESSAGE_WELCOME] = { "WELCOME", {
		VERSION_(welcome.version),
		INT_("now_ms", welcome.now_ms),
		UINT_("window", welcome.window, 1, 255),
		UINT_("next_s", welcome.next_s, 0, RETRY_MAX),
		UINT_("epoch", welcome.checkpoint.epoch, 0, UINT64_MAX),
		UINT_("order_length", welcome.checkpoint.order_length, 0, UINT64_MAX),
		HASH_0_("order_hash", welcome.checkpoint.order_hash),
		UINT_("seq", welcome.checkpoint.seq, 0, SEQ_MAX),
		HASH_0_("hash", welcome.checkpoint.hash),
		SIG_("sig", welcome.checkpoint.sig),
		LATER_("malformed", welcome.malformed.count, SEQ_MAX),
		LATER_("malformed_first", welcome.malformed.first, SEQ_MAX),
	} },
	[MESSAGE_BATCH] = { "BATCH", {
		ORIGIN_(batch.origin),
		UINT_("first", batch.first, 1, SEQ_MAX),
		UINT_("count", batch.count, 1, BATCH_ENTRIES_MAX),
		HASH_("hash", batch.head.hash),
		SIG_("sig", batch.head.sig),
		UINT_("raw_bytes", batch.raw_bytes, 1, BATCH_RAW_MAX),
		BIN_("packed", batch.packed, 1, PACKED_BYTES_MAX),
	} },
	[MESSAGE_STORED] = { "STORED", {
		UINT_("ordinal", stored.ordinal, 0, UINT64_MAX),
		UINT_("epoch", stored.checkpoint.epoch, 0, UINT64_MAX),
		UINT_("order_length", stored.checkpoint.order_length, 0, UINT64_MAX),
		HASH_0_("order_hash", stored.checkpoint.order_hash),
		UINT_("seq", stored.checkpoint.seq, 0, SEQ_MAX),
		HASH_("hash", stored.checkpoint.hash),
		SIG_("sig", stored.checkpoint.sig),
		LATER_("malformed", stored.malformed.count, SEQ_MAX),
		LATER_("malformed_first", stored.malformed.first, SEQ_MAX),
	} },
	[MESSAGE_BYE] = { "BYE", {
		UINT_("entries", bye.entries, 0, SEQ_MAX),
	} },
	[MESSAGE_BUSY] = { "BUSY", {
		UINT_("retry_s", busy.retry_s, 0, RETRY_MAX),
		LATER_STR_("name", busy.name, 64),
	} },
	[MESSAGE_REFUSE] = { "REFUSE", {
		UINT_("rc", refuse.rc, 1, 255),
		STR_("name", refuse.name, 64),
		STR_("zh", refuse.zh, REASON_BYTES_MAX),
		STR_("en", refuse.en, REASON_BYTES_MAX),
	} },
	[MESSAGE_ENROL] = { "ENROL", {
		VERSION_(enrol.version),
		BIN_("secret", enrol.secret, TOKEN_SECRET_BYTES, TOKEN_SECRET_BYTES),
		UINT_("incarnation", enrol.incarnation, 0, UINT32_MAX),
		STR_("name", enrol.name, NAME_BYTES_MAX),
		INT_("now_ms", enrol.now_ms),
		LATER_("keep_name", enrol.keep_name, 1),
	} },
	[MESSAGE_ENROLLED] = { "ENROLLED", {
		ORIGIN_(enrolled.origin),
		UINT_("division", enrolled.division, 0, DIVISION_MAX),
		UINT_("role", enrolled.role, 0, 255),
		UINT_("epoch", enrolled.epoch, 0, UINT64_MAX),
		INT_("now_ms", enrolled.now_ms),
		STR_("hub_name", enrolled.hub_name, NAME_BYTES_MAX),
		STR_("edition", enrolled.edition, NAME_BYTES_MAX),
		BIN_("places", enrolled.places, 1, PLACES_BYTES_MAX),
	} },
};
/* clang-format on */

static const struct mp_limits message_limits = {
	.form = MP_CANONICAL,
	.depth_max = MESSAGE_DEPTH_MAX,
	.items_max = MESSAGE_ITEMS_MAX,
	.bytes_max = FRAME_BYTES_MAX,
};
static const struct mp_limits places_limits = {
	.form = MP_CANONICAL,
	.depth_max = 1,
	.items_max = 2 * PLACES_MAX + 1,
	.bytes_max = PLACES_BYTES_MAX,
};

const struct message_field *message_fields(enum message_type type, size_t *count)
{
	*count = 0;
	if (type < MESSAGE_HELLO || type >= MESSAGE_COUNT)
		return NULL;
	while (*count < MESSAGE_FIELDS_MAX && rows[type].fields[*count].name != NULL)
		(*count)++;
	return rows[type].fields;
}

const char *message_name(enum message_type type)
{
	return type >= MESSAGE_HELLO && type < MESSAGE_COUNT ? rows[type].name : "?";
}

static bool hash_zero(const struct hash *h)
{
	static const struct hash zero;

	return memcmp(h, &zero, sizeof zero) == 0;
}

/* ---- putting ---- */

static int bytes_check(const struct message_field *f, struct bytes s)
{
	if (s.len < f->min || s.len > f->max)
		return BF_EBOUND;
	if (f->form == FORM_STR && (!bytes_utf8(s) || bytes_control(s)))
		return BF_EFORMAT;
	return 0;
}

static int field_put(struct buf *out, const struct message_field *f, const uint8_t *at)
{
	const struct bytes *s = (const void *)at;
	uint64_t u;
	int64_t i;
	int rc;

	switch (f->form) {
	case FORM_UINT:
		memcpy(&u, at, sizeof u);
		if (u < f->min || u > f->max)
			return BF_EBOUND;
		mp_put_uint(out, u);
		return 0;
	case FORM_INT:
		memcpy(&i, at, sizeof i);
		mp_put_int(out, i);
		return 0;
	case FORM_HASH:
	case FORM_HASH_0:
		if (f->form == FORM_HASH_0 && hash_zero((const void *)at))
			mp_put_nil(out);
		else
			mp_put_bin(out, bytes_of(at, HASH_BYTES));
		return 0;
	case FORM_SIG:
		mp_put_bin(out, bytes_of(at, SIGNATURE_BYTES));
		return 0;
	case FORM_BIN:
	case FORM_STR:
		rc = bytes_check(f, *s);
		if (rc == 0)
			f->form == FORM_BIN ? mp_put_bin(out, *s) : mp_put_str(out, *s);
		return rc;
	}
	return BF_EBUG;
}

/* A later field that is 0, or an empty text. */
static bool later_zero(const struct message_field *f, const struct message *m)
{
	const uint8_t *at = (const uint8_t *)m + f->at;
	const struct bytes *s = (const void *)at;
	uint64_t v;

	if (f->form == FORM_STR)
		return f->later && s->len == 0;
	memcpy(&v, at, sizeof v);
	return f->later && v == 0;
}

int message_put(struct buf *out, const struct message *m)
{
	size_t start = out->len, count;
	const struct message_field *fields = message_fields(m->type, &count);
	int rc = 0;

	if (fields == NULL)
		return BF_EINVAL;
	while (count > 0 && later_zero(&fields[count - 1], m))
		count--;
	buf_u32(out, 0); /* the frame's length, known at the end */
	mp_put_array(out, (uint32_t)count + 1);
	mp_put_uint(out, m->type);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = field_put(out, &fields[i], (const uint8_t *)m + fields[i].at);
	if (rc == 0)
		rc = out->err;
	if (rc == 0 && out->len - start - FRAME_HEAD_BYTES > FRAME_BYTES_MAX)
		rc = BF_EBOUND;
	if (rc == 0)
		be32_put(out->p + start, (uint32_t)(out->len - start - FRAME_HEAD_BYTES));
	else
		out->len = start; /* half a frame would spoil those before it */
	return rc;
}

/* ---- taking ---- */

static void bin_take(struct mp_rd *r, uint8_t *to, size_t bytes)
{
	struct bytes s = mp_take_bin(r);

	if (r->err == 0 && s.len != bytes)
		r->err = BF_EFORMAT;
	if (r->err == 0)
		memcpy(to, s.p, bytes);
}

/* Nil stands for zeros, so zeros written out would be a second form of one message. */
static void hash_0_take(struct mp_rd *r, uint8_t *to)
{
	if (r->err == 0 && r->left > 0 && mp_peek(r) == MP_NIL) {
		(void)mp_take(r);
		return; /* the message was zeroed before */
	}
	bin_take(r, to, HASH_BYTES);
	if (r->err == 0 && hash_zero((const void *)to))
		r->err = BF_EFORMAT;
}

static int field_take(struct mp_rd *r, const struct message_field *f, uint8_t *at)
{
	uint64_t u;
	int64_t i;
	struct bytes s;
	int rc = 0;

	switch (f->form) {
	case FORM_UINT:
		u = mp_take_uint(r);
		memcpy(at, &u, sizeof u);
		if (u < f->min || u > f->max)
			rc = BF_EBOUND;
		break;
	case FORM_INT:
		i = mp_take_int(r);
		memcpy(at, &i, sizeof i);
		break;
	case FORM_HASH:
		bin_take(r, at, HASH_BYTES);
		break;
	case FORM_HASH_0:
		hash_0_take(r, at);
		break;
	case FORM_SIG:
		bin_take(r, at, SIGNATURE_BYTES);
		break;
	case FORM_BIN:
	case FORM_STR:
		s = f->form == FORM_BIN ? mp_take_bin(r) : mp_take_str(r);
		memcpy(at, &s, sizeof s);
		rc = bytes_check(f, s);
		break;
	}
	return r->err != 0 ? r->err : rc;
}

int message_take(struct bytes payload, struct mp_doc *doc, struct message *m)
{
	struct mp_val root;
	size_t count;

	memset(m, 0, sizeof *m);
	int rc = mp_doc_read(doc, payload, &message_limits, &root);
	if (rc != 0)
		return rc == BF_EMORE ? BF_EFORMAT : rc; /* a frame is whole: no more will come */
	struct mp_rd r = mp_rd_array(root);
	uint64_t type = mp_take_uint(&r);
	if (r.err != 0)
		return r.err;
	if (type < MESSAGE_HELLO || type >= MESSAGE_COUNT)
		return BF_EVERSION;
	m->type = (enum message_type)type;
	const struct message_field *fields = message_fields(m->type, &count);
	size_t i = 0;

	for (; i < count && rc == 0 && (r.left > 0 || !fields[i].later); i++)
		rc = field_take(&r, &fields[i], (uint8_t *)m + fields[i].at);
	if (rc == 0 && r.left == 0 && later_zero(&fields[i - 1], m))
		rc = BF_EFORMAT; /* written out: a second form of the message without it */
	if (rc == 0 && m->type == MESSAGE_BATCH) {
		m->batch.head.origin = m->batch.origin;
		m->batch.head.seq = m->batch.first + m->batch.count - 1;
		if (m->batch.head.seq > SEQ_MAX)
			rc = BF_EBOUND;
	}
	return rc;
}

/* ---- places ---- */

static int place_take(struct mp_rd *r, struct place_row *row)
{
	row->code = mp_take_uint(r);
	row->name = mp_take_str(r);
	if (r->err != 0)
		return r->err;
	if (row->code > DIVISION_MAX || row->name.len > NAME_BYTES_MAX)
		return BF_EBOUND;
	return bytes_control(row->name) ? BF_EFORMAT : 0;
}

/* All is checked before the first row is given out: an edition is taken whole or not at all. */
int message_places(struct bytes places, int (*each)(void *ctx, struct place_row row), void *ctx)
{
	struct mp_doc doc = { 0 };
	struct mp_val root;
	struct place_row row;

	int rc = mp_doc_read(&doc, places, &places_limits, &root);
	if (rc == BF_EMORE)
		rc = BF_EFORMAT;
	if (rc != 0)
		goto done;
	struct mp_rd check = mp_rd_array(root), r = check;
	rc = check.err;
	while (rc == 0 && check.left > 0)
		rc = place_take(&check, &row);
	while (rc == 0 && r.left > 0) {
		rc = place_take(&r, &row);
		if (rc == 0)
			rc = each(ctx, row);
	}
done:
	mp_doc_fini(&doc);
	return rc;
}
