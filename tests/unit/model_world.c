/* SPDX-License-Identifier: Apache-2.0 */
/* model_world.c -- see model_world.h. */
#include "model_world.h"

#include "protocol/crypto.h"

uint64_t model_seed(uint64_t otherwise)
{
	const char *given = getenv("BF_SEED");
	uint64_t seed = given == NULL ? otherwise : strtoull(given, NULL, 0);

	print_message("BF_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

struct bytes model_text(struct rng *r, size_t least, size_t most, struct buf *arena)
{
	static const char *const chars[] = { "a", "Z",  "7",  " ",  "户", "旗",
					     "é", "嘎", "、", "𠮷", "-",  "\"" };
	size_t start = arena->len;
	size_t highest = most > 40 && !rng_chance(r, 20) ? 40 : most;
	size_t want = (size_t)rng_between(r, (int64_t)least, (int64_t)highest);

	while (arena->len - start < want) {
		const char *c = chars[rng_below(r, sizeof(chars) / sizeof(chars[0]))];
		if (strlen(c) > want - (arena->len - start))
			c = "x";
		buf_put(arena, c, strlen(c));
	}
	return bytes_of(arena->p + start, arena->len - start);
}

void model_id(struct rng *r, char out[19])
{
	int y, m, d;

	day_split((int32_t)rng_between(r, -20000, MODEL_TODAY), &y, &m, &d);
	/* One draw a statement: the order of evaluation must not change what a seed gives. */
	unsigned serial = (unsigned)rng_below(r, 1000);
	unsigned county = (unsigned)rng_between(r, 110000, 659999);
	snprintf(out, 19, "%06u%04u%02u%02u%03u0", county, (unsigned)y % 10000, (unsigned)m % 100,
		 (unsigned)d % 100, serial);
	out[17] = person_check_char(out);
}

static struct bytes put(struct buf *arena, const void *p, size_t len)
{
	size_t start = arena->len;

	buf_put(arena, p, len);
	return bytes_of(arena->p + start, len);
}

static struct ref random_ref(struct rng *r)
{
	uint64_t origin = rng_u64(r) | 1;

	return (struct ref){ .origin = origin, .seq = 1 + rng_below(r, SEQ_MAX) };
}

static struct bytes random_refs(struct rng *r, const struct field *f, struct buf *arena)
{
	uint8_t bin[FIELD_REFS_MAX * REF_BYTES];
	size_t count = f->type == T_REF ? 1 : 1 + rng_below(r, FIELD_REFS_MAX);

	for (size_t i = 0; i < count; i++)
		ref_put(random_ref(r), bin + i * REF_BYTES);
	return put(arena, bin, count * REF_BYTES);
}

static struct bytes random_account(struct rng *r, struct buf *arena)
{
	uint8_t bin[ACCOUNT_BYTES_MAX];
	struct account a = { .type = (enum account_type)rng_between(r, 1, 3) };

	a.division = (uint64_t)rng_between(r, 150000000000, 159999999999);
	a.household = random_ref(r);
	a.party = (uint8_t)rng_between(r, 1, 7);
	return put(arena, bin, account_put(&a, bin));
}

static struct bytes random_digits(struct rng *r, size_t least, size_t most, struct buf *arena)
{
	size_t start = arena->len;
	size_t want = (size_t)rng_between(r, (int64_t)least, (int64_t)most);

	for (size_t i = 0; i < want; i++)
		buf_u8(arena, (uint8_t)('0' + rng_below(r, 10)));
	return bytes_of(arena->p + start, want);
}

static void random_value(struct rng *r, const struct kind *k, const struct field *f,
			 struct value *v, struct buf *arena);

/* A few refs, each with a value of the other field. */
static struct bytes random_each(struct rng *r, const struct kind *k, const struct field *f,
				struct buf *arena)
{
	const struct field *one = field_by_tag(k, (uint32_t)f->min);
	uint32_t count = (uint32_t)rng_between(r, 1, 4);
	struct buf b = { 0 };

	mp_put_array(&b, 2 * count);
	for (uint32_t i = 0; i < count; i++) {
		uint8_t bin[REF_BYTES];
		struct value v;

		ref_put(random_ref(r), bin);
		mp_put_bin(&b, bytes_of(bin, sizeof(bin)));
		if (one->type == T_TEXT)
			v.s = model_text(r, (size_t)one->min, 24, arena);
		else
			random_value(r, k, one, &v, arena);
		if (one->type == T_TEXT)
			mp_put_str(&b, v.s);
		else
			mp_put_int(&b, v.i);
	}
	struct bytes kept = put(arena, b.p, b.len);

	buf_fini(&b);
	return kept;
}

static void random_value(struct rng *r, const struct kind *k, const struct field *f,
			 struct value *v, struct buf *arena)
{
	char id[19];

	switch ((enum field_type)f->type) {
	case T_TEXT:
		v->s = model_text(r, (size_t)f->min, (size_t)f->max, arena);
		break;
	case T_ID:
		model_id(r, id);
		v->s = put(arena, id, 18);
		break;
	case T_PHONE:
	case T_BANK:
		v->s = random_digits(r, (size_t)f->min, (size_t)f->max, arena);
		break;
	case T_DIVISION:
		v->u = (uint64_t)rng_between(r, 110000000000, 999999999999);
		break;
	case T_DAY:
		v->i = rng_between(r, DAY_MIN, DAY_MAX);
		break;
	case T_FEN:
		v->i = rng_between(r, f->min, rng_chance(r, 500) ? 100000 : f->max);
		break;
	case T_COUNT:
	case T_DECIMAL:
	case T_MINUTES:
		v->u = (uint64_t)rng_between(r, f->min, f->max);
		break;
	case T_CODE:
		v->u = f->list->codes[rng_below(r, f->list->count)].code;
		break;
	case T_CODES:
		v->u = 1 + rng_below(r, (UINT64_C(1) << f->list->count) - 1);
		break;
	case T_BOOL:
		v->b = rng_chance(r, 500);
		break;
	case T_REF:
	case T_REFS:
		v->s = random_refs(r, f, arena);
		break;
	case T_ACCOUNT:
		v->s = random_account(r, arena);
		break;
	case T_EACH:
		v->s = random_each(r, k, f, arena);
		break;
	}
}

void model_random(struct rng *r, struct record *rec, const struct kind *k, uint32_t per_mille,
		  struct buf *arena)
{
	record_init(rec, k);
	assert_int_equal(arena->len, 0);
	assert_int_equal(buf_reserve(arena, 2 * RECORD_ARENA_BYTES), 0);
	for (size_t i = 0; i < k->count; i++)
		if (rng_chance(r, per_mille))
			random_value(r, k, &k->fields[i], record_slot(rec, k->fields[i].tag),
				     arena);
}

/* ---- a resolver ---- */

static int any_division(void *ctx, struct bytes text, uint64_t *code, const char *where,
			struct fault *f)
{
	(void)ctx;
	if (bytes_equal(text, bytes_str("宝山嘎查"))) {
		*code = MODEL_HERE;
		return 0;
	}
	(void)where;
	(void)f;
	return division_parse(text, code) == 0 ? 0 : BF_ENOTFOUND;
}

static int any_subject(void *ctx, uint16_t kind, struct bytes text, struct ref *out,
		       const char *where, struct fault *f)
{
	struct hash h;

	(void)ctx;
	(void)where;
	(void)f;
	if (ref_parse(text, out) == 0)
		return 0;
	if (kind == 0 || bytes_equal(text, bytes_str("没有")) ||
	    bytes_equal(text, bytes_str("nobody")))
		return BF_ENOTFOUND;
	h = hash_one(text);
	*out = (struct ref){ .origin = be64_get(h.b) | 1, .seq = 1 + h.b[9] };
	return 0;
}

struct resolver model_resolver(void)
{
	return (struct resolver){ .today = MODEL_TODAY,
				  .here = MODEL_HERE,
				  .division = any_division,
				  .subject = any_subject };
}

/* ---- golden files ---- */

void model_golden(const char *name, struct bytes got)
{
	enum { LINE_BYTES = 32, HEX_MAX = 16384 };
	static char want[HEX_MAX], hex[HEX_MAX];
	bool write = getenv("BF_GOLDEN_WRITE") != NULL;
	char path[512];
	size_t used = 0;

	assert_true(got.len * 2 + got.len / LINE_BYTES + 2 < sizeof(hex));
	for (size_t i = 0; i < got.len; i += LINE_BYTES) {
		size_t part = got.len - i < LINE_BYTES ? got.len - i : LINE_BYTES;
		hex_put(bytes_of(got.p + i, part), hex + used);
		used += 2 * part;
		hex[used++] = '\n';
	}
	hex[used] = '\0';
	snprintf(path, sizeof(path), "%s/%s.hex", GOLDEN_DIR, name);
	FILE *file = fopen(path, write ? "w+" : "r");
	assert_non_null(file);
	if (write) {
		assert_int_equal(fwrite(hex, 1, used, file), used);
		rewind(file);
	}
	want[fread(want, 1, sizeof(want) - 1, file)] = '\0';
	fclose(file);
	assert_string_equal(hex, want);
}
