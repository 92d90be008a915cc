/* SPDX-License-Identifier: Apache-2.0 */
/* place.c -- see place.h. division: code u40 -> name; the edition stands in meta. */
#include "storage/place.h"

#include <stdio.h>
#include <string.h>

#include "protocol/errors.h"
#include "storage/inside.h"

enum { CODE_KEY_BYTES = 5, EDITION_BYTES_MAX = 32 };

static void code_key(uint8_t out[CODE_KEY_BYTES], uint64_t code)
{
	be40_put(out, code);
}

static bool has_code(struct lmdb_txn *t, uint64_t code)
{
	uint8_t key[CODE_KEY_BYTES];
	struct bytes value;

	code_key(key, code);
	return lmdb_get(t, TREE_DIVISION, bytes_of(key, sizeof key), &value) == 0;
}

/* ---- import ---- */

static int refuse(struct fault *f, enum fault_code code, size_t i, const char *a, uint64_t b)
{
	char row[24], other[DIVISION_DIGITS + 1] = "";

	snprintf(row, sizeof row, "%zu", i + 1);
	if (b != 0)
		division_print(b, other);
	return fault_say(f, code, row, a, other);
}

static int check_row(const struct place *p, size_t i, struct fault *f)
{
	char code[24];

	snprintf(code, sizeof code, "%llu", (unsigned long long)p->code);
	if (!division_valid(p->code))
		return refuse(f, FAULT_PLACE_CODE, i, code, 0);
	if (p->name.len == 0 || p->name.len > NAME_BYTES_MAX || !bytes_utf8(p->name) ||
	    bytes_control(p->name))
		return refuse(f, FAULT_PLACE_NAME, i, code, 0);
	return 0;
}

static void put_row(struct lmdb_txn *t, const struct place *p)
{
	uint8_t key[CODE_KEY_BYTES];

	code_key(key, p->code);
	lmdb_put(t, TREE_DIVISION, bytes_of(key, sizeof key), p->name);
}

/* After all rows are in: the area above each must be there too. */
static int check_parents(struct lmdb_txn *t, const struct place *rows, size_t count,
			 struct fault *f)
{
	for (size_t i = 0; i < count; i++) {
		int level = division_level(rows[i].code);
		uint64_t parent = level > 1 ? division_at(rows[i].code, level - 1) : 0;
		char code[DIVISION_DIGITS + 1];

		if (parent != 0 && !has_code(t, parent))
			return refuse(f, FAULT_PLACE_PARENT, i, division_print(rows[i].code, code),
				      parent);
	}
	return 0;
}

int place_check(struct bytes edition, const struct place *rows, size_t count, struct fault *f)
{
	if (edition.len == 0 || edition.len > EDITION_BYTES_MAX)
		return BF_EINVAL;
	for (size_t i = 0; i < count; i++) {
		int rc = check_row(&rows[i], i, f);

		if (rc != 0)
			return rc;
	}
	return 0;
}

int place_put(struct lmdb_txn *t, struct bytes edition, const struct place *rows, size_t count,
	      struct fault *f)
{
	for (size_t i = 0; i < count && t->err == 0; i++)
		put_row(t, &rows[i]);
	if (t->err == 0 && check_parents(t, rows, count, f) != 0 && t->err == 0)
		return BF_EINVAL;
	lmdb_put(t, TREE_META, META_EDITION, edition);
	return t->err;
}

static void tell(struct lmdb_txn *t, struct act *act, struct bytes edition, size_t count)
{
	if (act == NULL)
		return;
	act->what = ACT_PLACES;
	act->count = count;
	(void)bytes_cstr(edition, act->note, sizeof act->note);
	acts_put(t, act);
}

/* "gone", code u40 -> the edition that lacks it, or "" for one that is back: a row is never
 * removed. */
enum { GONE_PREFIX_BYTES = 4, GONE_KEY_BYTES = GONE_PREFIX_BYTES + CODE_KEY_BYTES };

static bool get_gone(struct lmdb_txn *t, uint64_t code, uint8_t key[GONE_KEY_BYTES])
{
	struct bytes value;

	memcpy(key, META_GONE.p, GONE_PREFIX_BYTES);
	code_key(key + GONE_PREFIX_BYTES, code);
	return lmdb_get(t, TREE_META, bytes_of(key, GONE_KEY_BYTES), &value) == 0 && value.len > 0;
}

static void mark(struct lmdb_txn *t, struct bytes edition, const struct place *rows, size_t count,
		 const uint64_t *gone, size_t gone_count)
{
	uint8_t key[GONE_KEY_BYTES];

	for (size_t i = 0; i < count && t->err == 0; i++)
		if (get_gone(t, rows[i].code, key))
			lmdb_put(t, TREE_META, bytes_of(key, sizeof key), (struct bytes){ 0 });
	for (size_t i = 0; i < gone_count && t->err == 0; i++)
		if (!get_gone(t, gone[i], key))
			lmdb_put(t, TREE_META, bytes_of(key, sizeof key), edition);
}

int place_import(struct store *s, struct bytes edition, const struct place *rows, size_t count,
		 struct act *act, struct fault *f)
{
	return place_replace(s, edition, rows, count, NULL, 0, act, f);
}

int place_replace(struct store *s, struct bytes edition, const struct place *rows, size_t count,
		  const uint64_t *gone, size_t gone_count, struct act *act, struct fault *f)
{
	struct lmdb_txn t;
	int rc = s->dead ? BF_EIO : place_check(edition, rows, count, f);

	if (rc == 0)
		rc = room_floor(s, f);
	if (rc != 0)
		return rc;
	rc = lmdb_begin(s->lmdb, true, &t);
	if (rc == 0)
		rc = place_put(&t, edition, rows, count, f);
	bool refused = rc == BF_EINVAL;

	if (rc == 0) {
		mark(&t, edition, rows, count, gone, gone_count);
		tell(&t, act, edition, count);
		rc = lmdb_commit(&t);
	}
	lmdb_abort(&t);
	return refused ? rc : store_failed(s, f, rc);
}

/* ---- reading ---- */

int place_get(struct view *v, uint64_t code, struct place *out)
{
	uint8_t key[CODE_KEY_BYTES];

	code_key(key, code);
	out->code = code;
	if (!division_valid(code))
		return BF_ENOTFOUND;
	return lmdb_get(view_txn(v), TREE_DIVISION, bytes_of(key, sizeof key), &out->name);
}

void place_path(struct view *v, uint64_t code, struct buf *out)
{
	int levels = division_level(code);

	for (int level = 1; level <= levels; level++) {
		char digits[DIVISION_DIGITS + 1];
		struct place p;

		if (level > 1)
			buf_u8(out, '/');
		if (place_get(v, division_at(code, level), &p) == 0)
			buf_put_bytes(out, p.name);
		else
			buf_put_bytes(out,
				      bytes_str(division_print(division_at(code, level), digits)));
	}
}

int place_walk(struct view *v, uint64_t area, bool above, int (*each)(void *ctx, struct place p),
	       void *ctx)
{
	int level = division_level(area), rc = 0;
	uint64_t end = level == 0 ? UINT64_MAX : division_end(area);

	if (level == 0 && area != 0)
		return BF_EINVAL;
	for (int i = 1; above && i < level && rc == 0; i++) {
		struct place p;

		if (place_get(v, division_at(area, i), &p) == 0)
			rc = each(ctx, p);
	}
	if (rc != 0)
		return rc;
	return place_each(v, area, end, each, ctx);
}

int place_each(struct view *v, uint64_t first, uint64_t until,
	       int (*each)(void *ctx, struct place p), void *ctx)
{
	uint8_t from[CODE_KEY_BYTES];
	struct lmdb_scan c;
	int rc = 0;

	code_key(from, first);
	for (lmdb_scan(&c, view_txn(v), TREE_DIVISION, bytes_of(from, sizeof from));
	     c.here && rc == 0; lmdb_scan_next(&c)) {
		struct place p = { .name = c.value };

		if (c.key.len != CODE_KEY_BYTES) {
			rc = BF_EDAMAGED;
			break;
		}
		p.code = be40_get(c.key.p);
		if (p.code >= until)
			break;
		rc = each(ctx, p);
	}
	int end_rc = lmdb_scan_end(&c);

	return rc != 0 ? rc : end_rc;
}

bool place_is_gone(struct view *v, uint64_t code)
{
	uint8_t key[GONE_KEY_BYTES];

	return get_gone(view_txn(v), code, key);
}

/* What people leave out: 红旗, 红旗村 or 红旗村委会 for 红旗村民委员会; 巴彦 or 巴彦嘎查 for
 * 巴彦嘎查委员会; 榆林 for 榆林镇, and for 榆林村 as well: then they must say which. */
/* clang-format off */
static const char *const suffixes[] = {
	"村民委员会", "民委员会", "村委会", "委会", "村委员会", "委员会", "村",
	"嘎查村民委员会", "嘎查村委员会", "嘎查委员会", "嘎查村委会", "嘎查",
	"社区居民委员会", "社区居委会", "社区村委会", "社区", "居民委员会", "居委会",
	"街道办事处", "办事处", "人民政府",
	"镇", "乡", "街道", "苏木", "区", "县", "旗", "市", "盟",
};
/* clang-format on */

static bool same_short(struct bytes full, struct bytes name)
{
	if (name.len == 0 || name.len >= full.len || memcmp(full.p, name.p, name.len) != 0)
		return false;
	struct bytes rest = bytes_of(full.p + name.len, full.len - name.len);

	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
		if (bytes_equal(rest, bytes_str(suffixes[i])))
			return true;
	return false;
}

/* How well a name fits; less is better. A beginning adds the level of what it begins. */
enum fit {
	FIT_WHOLE,
	FIT_SHORT,
	FIT_ABOVE,
	FIT_BEGINNING,
	FIT_NONE = FIT_BEGINNING + LEVEL_VILLAGE + 1
};

struct search {
	uint64_t area;
	struct bytes name;
	bool long_enough; /* to be a beginning */
	int best;
	struct place_found *out;
};

static int fit_of(const struct search *s, struct place p)
{
	bool within = division_within(p.code, s->area);

	if (bytes_equal(p.name, s->name))
		return within ? FIT_WHOLE : FIT_ABOVE;
	if (within && same_short(p.name, s->name))
		return FIT_SHORT;
	if (s->long_enough && s->name.len < p.name.len &&
	    memcmp(p.name.p, s->name.p, s->name.len) == 0)
		return FIT_BEGINNING + division_level(p.code);
	return FIT_NONE;
}

static int match(void *ctx, struct place p)
{
	struct search *s = ctx;
	int fit = fit_of(s, p);

	if (fit == FIT_NONE || fit > s->best)
		return 0;
	if (fit < s->best)
		s->out->count = 0;
	s->best = fit;
	if (s->out->count < PLACE_CODES_MAX)
		s->out->codes[s->out->count] = p.code;
	s->out->count++;
	return 0;
}

static bool has_characters(struct bytes text, int least)
{
	uint32_t cp;

	for (; least > 0 && text.len > 0; least--) {
		size_t n = bytes_char(text, &cp);

		n = n == 0 ? 1 : n;
		text = bytes_of(text.p + n, text.len - n);
	}
	return least == 0;
}

int place_find(struct view *v, uint64_t area, bool above, struct bytes name,
	       struct place_found *out)
{
	struct search s = { .area = area,
			    .name = name,
			    .long_enough = has_characters(name, PLACE_SHORT_MIN),
			    .best = FIT_NONE,
			    .out = out };

	*out = (struct place_found){ .count = 0 };
	int rc = place_walk(v, area, above, match, &s);

	if (rc != 0)
		return rc;
	return out->count == 0 ? BF_ENOTFOUND : out->count > 1 ? BF_EEXIST : 0;
}

int place_edition(struct view *v, struct bytes *edition)
{
	return lmdb_get(view_txn(v), TREE_META, META_EDITION, edition);
}
