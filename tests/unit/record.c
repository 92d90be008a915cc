/* SPDX-License-Identifier: Apache-2.0 */
/* record.c -- tests of record.h: bytes to values and back, text to values and back. */
#include "record_fx.h"

/* ---- bytes ---- */

static bool same_values(const struct record *a, const struct record *b)
{
	if (a->has != b->has)
		return false;
	for (size_t i = 0; i < a->kind->count; i++) {
		int type = a->kind->fields[i].type;
		if ((a->has >> i & 1) == 0)
			continue;
		bool number = type == T_DIVISION || type == T_COUNT || type == T_DECIMAL ||
			      type == T_MINUTES || type == T_CODE || type == T_CODES ||
			      type == T_DAY || type == T_FEN;
		if (type == T_BOOL
			? a->v[i].b != b->v[i].b
			: (number ? a->v[i].u != b->v[i].u : !bytes_equal(a->v[i].s, b->v[i].s)))
			return false;
	}
	return true;
}

static void random_records_of_every_kind_come_back(void **state)
{
	struct fx *f = *state;
	const struct kind *k;
	struct rng r;

	rng_seed(&r, model_seed(51), 0);
	for (size_t n = 0; (k = kind_at(n)) != NULL; n++) {
		for (int i = 0; i < 1000; i++) {
			buf_clear(&f->arena);
			model_random(&r, &f->rec, k, (uint32_t)rng_below(&r, 1001), &f->arena);
			buf_clear(&f->bytes);
			assert_int_equal(record_put(&f->rec, &f->bytes), 0);
			if (f->bytes.len > ENTRY_BYTES_MAX)
				continue;
			assert_int_equal(record_take(&f->back, k, buf_bytes(&f->bytes)), 0);
			assert_true(same_values(&f->rec, &f->back));
			assert_int_equal(f->back.unknown, 0);
			buf_clear(&f->again);
			assert_int_equal(record_put(&f->back, &f->again), 0);
			assert_true(bytes_equal(buf_bytes(&f->again), buf_bytes(&f->bytes)));
		}
	}
}

/* A body of random canonical pairs, most tags unknown, values nested. */
static void random_body(struct rng *r, struct buf *out)
{
	uint32_t count = (uint32_t)rng_below(r, 12);
	uint64_t tag = 0;

	mp_put_map(out, count);
	for (uint32_t i = 0; i < count; i++) {
		tag += 1 + (rng_chance(r, 800) ? rng_below(r, 4)
					       : rng_u64(r) >> (8 + rng_below(r, 50)));
		mp_put_uint(out, tag);
		switch (rng_below(r, 4)) {
		case 0:
			mp_put_uint(out, rng_u64(r) >> rng_below(r, 64));
			break;
		case 1:
			mp_put_cstr(out, "户");
			break;
		case 2:
			mp_put_array(out, 2);
			mp_put_nil(out);
			mp_put_bool(out, true);
			break;
		default:
			mp_put_map(out, 1);
			mp_put_uint(out, rng_u64(r));
			mp_put_int(out, -(int64_t)rng_below(r, 100000));
			break;
		}
	}
}

static void what_is_taken_is_put_again_byte_for_byte_unknown_tags_and_all(void **state)
{
	struct fx *f = *state;
	struct rng r;
	int taken = 0, unknown = 0;

	rng_seed(&r, model_seed(52), 0);
	for (int i = 0; i < 40000; i++) {
		const struct kind *k = kind_at(rng_below(&r, 8));
		buf_clear(&f->bytes);
		random_body(&r, &f->bytes);
		if (record_take(&f->rec, k, buf_bytes(&f->bytes)) != 0)
			continue;
		taken++;
		unknown += f->rec.unknown > 0 && f->rec.has != 0;
		buf_clear(&f->again);
		assert_int_equal(record_put(&f->rec, &f->again), 0);
		assert_true(bytes_equal(buf_bytes(&f->again), buf_bytes(&f->bytes)));
	}
	assert_true(taken > 1000 && unknown > 50);
}

static void a_field_set_beside_unknown_tags_finds_its_place(void **state)
{
	struct fx *f = *state;

	/* void: tags 1 and 2 are known */
	assert_int_equal(
	    record_take(&f->rec, kind_by_id(KIND_VOID), BYTES_LIT("\x82\3\xa1x\xcc\xff\x81\1\xc0")),
	    0);
	assert_int_equal(f->rec.unknown, 2);
	record_slot(&f->rec, 2)->s = BYTES_LIT("why");
	assert_int_equal(record_put(&f->rec, &f->bytes), 0);
	assert_true(
	    bytes_equal(buf_bytes(&f->bytes), BYTES_LIT("\x83\2\xa3why\3\xa1x\xcc\xff\x81\1\xc0")));
	assert_null(record_slot(&f->rec, 3));
	assert_null(record_get(&f->rec, 3));
	assert_false(record_has(&f->rec, 1));
	assert_true(record_has(&f->rec, 2));
}

static int take(struct fx *f, uint16_t kind, const char *raw, size_t len)
{
	return record_take(&f->rec, kind_by_id(kind), bytes_of(raw, len));
}

#define TAKE(f, kind, raw) take(f, kind, raw, sizeof(raw) - 1)

static void known_fields_of_another_type_or_out_of_bounds_are_refused(void **state)
{
	struct fx *f = *state;

	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\0"), 0);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\xa1x"), BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\xc0"), BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\xce\0\1\xf4\0"), BF_EBOUND); /* 2106 */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\1\x0f"), BF_EBOUND);           /* no division */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\7\xcd\xff\xff"), 0); /* a code of a newer list */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\7\0"), BF_EBOUND);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\7\xce\0\1\0\0"), BF_EBOUND);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\x08\xa3\x1b[m"), BF_EFORMAT); /* escape codes */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\x08\xa0"), BF_EBOUND); /* empty is absent */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\x09\xff"), BF_EBOUND); /* -1 fen */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\3\xc4\0"), BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_SERVICE, "\x81\6\xcd\5\xa0"), 0); /* 1440 minutes */
	assert_int_equal(TAKE(f, KIND_SERVICE, "\x81\6\xcd\5\xa1"), BF_EBOUND);
	assert_int_equal(TAKE(f, KIND_SERVICE, "\x81\6\0"), BF_EBOUND);
	assert_int_equal(TAKE(f, KIND_MEMBER, "\x81\x15\1"), BF_EFORMAT); /* a bool is no number */
	assert_int_equal(TAKE(f, KIND_MEMBER,
			      "\x81\x09\xa3"
			      "123"),
			 BF_EBOUND);
	assert_int_equal(TAKE(f, KIND_MEMBER,
			      "\x81\x09\xb2"
			      "11010519491231002x"),
			 BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_FUND, "\x81\6\xc4\2\3\1"), 0);
	assert_int_equal(TAKE(f, KIND_FUND, "\x81\6\xc4\2\3\0"), BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_FUND, "\x91\6"), BF_EFORMAT);
	assert_int_equal(TAKE(f, KIND_FUND, "\x80\x80"), BF_EFORMAT);
	assert_int_equal(f->rec.has, 0); /* nothing half-read is left */
}

static void the_field_that_is_wrong_is_named(void **state)
{
	struct fx *f = *state;

	assert_int_equal(TAKE(f, KIND_VISIT, "\x82\1\x0f\2\xa1x"), BF_EBOUND);
	assert_int_equal(f->rec.wrong, 1); /* the first of them */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\xa1x"), BF_EFORMAT);
	assert_int_equal(f->rec.wrong, 2);
	assert_int_equal(TAKE(f, KIND_VISIT, "\x91\2"), BF_EFORMAT);
	assert_int_equal(f->rec.wrong, 0); /* no map at all */
	assert_int_equal(TAKE(f, KIND_VISIT, "\x81\2\0"), 0);
	assert_int_equal(f->rec.wrong, 0);
}

static int take_ref(struct fx *f, struct ref r)
{
	uint8_t bin[REF_BYTES];

	ref_put(r, bin);
	buf_clear(&f->bytes);
	mp_put_map(&f->bytes, 1);
	mp_put_uint(&f->bytes, 1);
	mp_put_bin(&f->bytes, bytes_of(bin, sizeof(bin)));
	return record_take(&f->rec, kind_by_id(KIND_VOID), buf_bytes(&f->bytes));
}

static void a_ref_in_a_body_ends_where_seq_does(void **state)
{
	struct fx *f = *state;

	assert_int_equal(take_ref(f, (struct ref){ 1, UINT64_C(1099511627775) }), 0);
	assert_int_equal(take_ref(f, (struct ref){ 1, UINT64_C(1099511627776) }), BF_EFORMAT);
	assert_int_equal(take_ref(f, (struct ref){ 1, 0 }), BF_EFORMAT);
	assert_int_equal(take_ref(f, (struct ref){ 0, 1 }), BF_EFORMAT);
}

static void one_household_may_not_stand_twice_in_a_visit(void **state)
{
	struct fx *f = *state;
	uint8_t bin[(FIELD_REFS_MAX + 1) * REF_BYTES];

	for (size_t i = 0; i <= FIELD_REFS_MAX; i++)
		ref_put((struct ref){ 1, i + 1 }, bin + i * REF_BYTES);
	for (size_t count = FIELD_REFS_MAX; count <= FIELD_REFS_MAX + 1; count++) {
		buf_clear(&f->bytes);
		mp_put_map(&f->bytes, 1);
		mp_put_uint(&f->bytes, 3);
		mp_put_bin(&f->bytes, bytes_of(bin, count * REF_BYTES));
		assert_int_equal(record_take(&f->rec, kind_by_id(KIND_VISIT), buf_bytes(&f->bytes)),
				 count == FIELD_REFS_MAX ? 0 : BF_EBOUND);
	}
	memcpy(bin + 16, bin, 16);
	buf_clear(&f->bytes);
	mp_put_map(&f->bytes, 1);
	mp_put_uint(&f->bytes, 3);
	mp_put_bin(&f->bytes, bytes_of(bin, 48));
	assert_int_equal(record_take(&f->rec, kind_by_id(KIND_VISIT), buf_bytes(&f->bytes)),
			 BF_EFORMAT);
}

static void one_entry_of_each_kind_is_golden(void **state)
{
	struct fx *f = *state;
	const struct kind *k;

	for (size_t n = 0; (k = kind_at(n)) != NULL; n++) {
		struct entry e = { .seq = 300 + n,
				   .stamp = UINT64_C(0x18bcfe5680010000),
				   .author = BYTES_LIT("wang"),
				   .kind = k->id };
		char name[32];
		struct rng r;
		rng_seed(&r, 7, n);
		buf_clear(&f->arena);
		model_random(&r, &f->rec, k, 1000, &f->arena);
		buf_clear(&f->bytes);
		assert_int_equal(record_put(&f->rec, &f->bytes), 0);
		e.body = buf_bytes(&f->bytes);
		if (k->versioned != 0) {
			e.subject = (struct ref){ UINT64_C(0x0f3a9c1122334455), 12 };
			e.base = (struct ref){ UINT64_C(0x0f3a9c1122334455), 15 };
		}
		buf_clear(&f->again);
		assert_int_equal(entry_put(&f->again, &e), 0);
		snprintf(name, sizeof(name), "entry_%s", k->name);
		model_golden(name, buf_bytes(&f->again));
	}
}

/* ---- text ---- */

static void text_of_every_type_is_read_back(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	assert_string_equal(through(f, "id", "１１０１０５１９４９１２３１００２ｘ"),
			    "11010519491231002X");
	assert_string_equal(through(f, "division", "150722"), "150722000000");
	assert_string_equal(through(f, "division", "宝山嘎查"), "150722100200");
	assert_string_equal(through(f, "birth", "1949年12月31日"), "1949-12-31");
	assert_string_equal(through(f, "sex", "female"), "女");
	assert_string_equal(through(f, "relation", "２"), "配偶");
	assert_string_equal(through(f, "relation", "妻子"), "配偶");
	assert_string_equal(through(f, "health", "残疾,长期慢性病"), "长期慢性病,残疾");
	assert_string_equal(through(f, "health", "长期慢性病、残疾；"), "长期慢性病,残疾");
	assert_string_equal(through(f, "low-income", "YES"), "是");
	assert_string_equal(through(f, "low-income", "０"), "否");
	assert_string_equal(through(f, "work-months", "12"), "12");
	assert_string_equal(through(f, "work-months", "7.0"), "7");
	assert_string_equal(through(f, "phone", "138 1234 1234"), "13812341234");
	assert_string_equal(through(f, "phone", "138-1234-1234"), "13812341234");
	assert_string_equal(through(f, "phone", "+86 138 1234 1234"), "13812341234");
	assert_string_equal(through(f, "phone", "0470-1234567"), "0470-1234567");
	assert_string_equal(through(f, "employer", "  一\n二\t三 "), "一 二 三");
	assert_string_equal(through(f, "household", "0f3a9c1122334455-12"), "0f3a9c1122334455-12");
	assert_string_equal(text_of(f, "sex", false, 'e'), "female");
	assert_string_equal(text_of(f, "low-income", false, 'e'), "no");
	assert_string_equal(through(f, "employer", "   "), ""); /* blank: absent again */
	assert_false(record_has(&f->rec, 20));
}

static void times_are_minutes_and_clocks(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_SERVICE);
	assert_string_equal(through(f, "minutes", "90"), "90");
	assert_string_equal(through(f, "minutes", "1:30"), "90");
	assert_string_equal(through(f, "minutes", "1：30"), "90");
	assert_string_equal(through(f, "minutes", "1.5h"), "90");
	assert_string_equal(through(f, "minutes", "2小时"), "120");
	assert_string_equal(through(f, "minutes", "0.25h"), "15");
	assert_string_equal(through(f, "minutes", "45分钟"), "45");
	assert_string_equal(through(f, "minutes", "24:00"), "1440");
	refused(f, "minutes", "24:01", FAULT_FIELD_RANGE);
	refused(f, "minutes", "0", FAULT_FIELD_RANGE);
	refused(f, "minutes", "1:60", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "1.52h", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "-5", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "1h30", FAULT_FIELD_MINUTES);
	assert_string_equal(through(f, "minutes", "1小时30分"), "90");
	assert_string_equal(through(f, "minutes", "１ 小时 5 分钟"), "65");
	assert_string_equal(through(f, "minutes", "半小时"), "30");
	assert_string_equal(through(f, "minutes", "半个小时"), "30");
	assert_string_equal(through(f, "minutes", "两小时"), "120");
	assert_string_equal(through(f, "minutes", "3个钟头"), "180");
	assert_string_equal(through(f, "minutes", "一个半小时"), "90");
	assert_string_equal(through(f, "minutes", "2小时半"), "150");
	refused(f, "minutes", "1小时60分", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "1小时30", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "半小时半", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "十小时", FAULT_FIELD_MINUTES);
	refused(f, "minutes", "半", FAULT_FIELD_MINUTES);
	fresh(f, KIND_VISIT);
	assert_string_equal(through(f, "start", "9:05"), "09:05");
	assert_string_equal(through(f, "start", "9"), "09:00");
	assert_string_equal(through(f, "seen", "1.5E+x"), "1.5E+x");
	refused(f, "seen", "1.50722E+15", FAULT_FIELD_SPREADSHEET);
	assert_string_equal(through(f, "seen", "5*3"), "5*3");
	fresh(f, KIND_HOUSEHOLD);
	refused(f, "head", "王*山", FAULT_FIELD_MASKED);
	refused(f, "head", "＊", FAULT_FIELD_MASKED);
	fresh(f, KIND_VISIT);
	assert_string_equal(through(f, "start", "930"), "09:30");
	assert_string_equal(through(f, "start", "1430"), "14:30");
	assert_string_equal(through(f, "start", "8.30"), "08:30");
	refused(f, "start", "8.5", FAULT_FIELD_CLOCK);
	assert_string_equal(through(f, "start", "14点"), "14:00");
	assert_string_equal(through(f, "start", "9点半"), "09:30");
	assert_string_equal(through(f, "start", "9点05分"), "09:05");
	assert_string_equal(through(f, "start", "下午2点"), "14:00");
	assert_string_equal(through(f, "start", "下午 2：30"), "14:30");
	assert_string_equal(through(f, "start", "下午12点半"), "12:30");
	assert_string_equal(through(f, "start", "上午9点"), "09:00");
	assert_string_equal(through(f, "start", "中午12点"), "12:00");
	assert_string_equal(through(f, "start", "晚上8点"), "20:00");
	assert_string_equal(through(f, "start", "下午14:30"), "14:30");
	refused(f, "start", "上午12点", FAULT_FIELD_CLOCK);
	refused(f, "start", "上午14点", FAULT_FIELD_CLOCK);
	refused(f, "start", "晚上12点", FAULT_FIELD_CLOCK); /* of which day? */
	refused(f, "start", "下午0点", FAULT_FIELD_CLOCK);
	refused(f, "start", "960", FAULT_FIELD_CLOCK);
	refused(f, "start", "9:5", FAULT_FIELD_CLOCK);
	refused(f, "start", "1.5h", FAULT_FIELD_CLOCK);
	refused(f, "start", "下午", FAULT_FIELD_CLOCK);
	assert_string_equal(through(f, "start", "00:00"), "00:00");
	refused(f, "start", "24:00", FAULT_FIELD_RANGE);
}

static void accounts_are_places_households_or_parties(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_FUND);
	assert_string_equal(through(f, "from", "150722"), "150722000000");
	assert_string_equal(through(f, "from", "15"),
			    "150000000000"); /* a province, not party 15 */
	assert_string_equal(through(f, "from", "中央财政"), "中央财政");
	assert_string_equal(through(f, "from", "supplier"), "供应商/项目单位");
	assert_string_equal(text_of(f, "from", false, 'e'), "supplier");
	assert_string_equal(through(f, "to", "户：0f3a9c1122334455-12"), "户:0f3a9c1122334455-12");
	assert_string_equal(text_of(f, "to", false, 'e'), "household:0f3a9c1122334455-12");
	assert_string_equal(through(f, "to", "household:0f3a9c1122334455-12"),
			    "户:0f3a9c1122334455-12");
	refused(f, "to", "户:没有", FAULT_FIELD_ACCOUNT);
	/* Too long for a division: a household's number. */
	assert_true(strncmp(through(f, "to", "1507221022000999"), "户:", strlen("户:")) == 0);
	assert_string_equal(through(f, "to", "150722102200"), "150722102200");
	refused(f, "to", "5", FAULT_FIELD_ACCOUNT);
	refused(f, "to", "somebody", FAULT_FIELD_ACCOUNT);
}

static void lists_of_households_take_any_separator_and_no_household_twice(void **state)
{
	struct fx *f = *state;
	struct buf many = { 0 };

	fresh(f, KIND_VISIT);
	assert_int_equal(set(f, "households", "1001，1002、1003; 1004 1005"), 0);
	assert_int_equal(record_get(&f->rec, 3)->s.len, 5 * REF_BYTES);
	refused(f, "households", "1001,1002,1001", FAULT_REF_TWICE);
	assert_non_null(strstr(f->fault.zh, "第 3 个"));
	refused(f, "households", "1001,没有", FAULT_FIELD_REF);
	refused(f, "households", ",", FAULT_FIELD_REF);
	for (int i = 1; i <= FIELD_REFS_MAX + 1; i++) {
		char ref[REF_TEXT_MAX + 2];
		snprintf(ref, sizeof(ref), "%016x-%d,", 7, i);
		buf_put_bytes(&many, bytes_str(ref));
		if (i < FIELD_REFS_MAX)
			continue;
		const struct field *field = field_by_tag(f->rec.kind, 3);
		int rc = record_set_text(&f->rec, field, buf_bytes(&many), &f->ask, &f->arena,
					 &f->fault);
		assert_int_equal(rc, i == FIELD_REFS_MAX ? 0 : BF_EBOUND);
	}
	assert_int_equal(f->fault.code, FAULT_REFS_MANY);
	buf_fini(&many);
}

static void mistakes_get_a_sentence_and_change_nothing(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	assert_int_equal(set(f, "sex", "男"), 0);
	refused(f, "sex", "人", FAULT_FIELD_CODE);
	assert_non_null(strstr(f->fault.zh, "男/male, 女/female"));
	assert_int_equal(record_get(&f->rec, 6)->u, 1); /* what was there stays */
	refused(f, "birth", "2026-02-30", FAULT_FIELD_DAY);
	refused(f, "work-months", "13", FAULT_FIELD_RANGE);
	refused(f, "work-months", "-1", FAULT_FIELD_NUMBER);
	refused(f, "work-months", "99999999999999999999999", FAULT_FIELD_RANGE);
	refused(f, "low-income", "maybe", FAULT_FIELD_BOOL);
	refused(f, "phone", "1381234123", FAULT_FIELD_PHONE);
	refused(f, "phone", "0470-123", FAULT_FIELD_PHONE);
	refused(f, "phone", "138-1234-12345", FAULT_FIELD_PHONE);
	refused(f, "phone", "138-1234-1234-", FAULT_FIELD_PHONE);
	refused(f, "phone", "1.3812E+10", FAULT_FIELD_SPREADSHEET);
	refused(f, "id", "110105194912310021", FAULT_ID_CHECKSUM);
	refused(f, "division", "1234567", FAULT_FIELD_DIVISION);
	refused(f, "household", "没有", FAULT_FIELD_REF);
	refused(f, "health", "健康,很好", FAULT_FIELD_CODE);
	refused(f, "employer", "a\x1b[2J", FAULT_FIELD_TEXT);
	refused(f, "employer", "\xff\xfe", FAULT_FIELD_TEXT);
	refused(f, "employer", "a\u202e", FAULT_FIELD_TEXT);
	fresh(f, KIND_HOUSEHOLD);
	refused(f, "bank-account", "1234567", FAULT_FIELD_BANK);
	assert_int_equal(set(f, "bank-account", "1234 5678"), 0);
	refused(f, "bank-account", "123456789012345678901234567890123", FAULT_FIELD_BANK);
	fresh(f, KIND_FUND);
	refused(f, "amount", "-5", FAULT_FEN_RANGE);
	refused(f, "amount", "0", FAULT_FEN_RANGE);
	refused(f, "amount", "10000000000.01", FAULT_FEN_RANGE);
	refused(f, "amount", "1.234", FAULT_FIELD_FEN);
	assert_int_equal(set(f, "amount", "0.01"), 0);
	assert_int_equal(set(f, "amount", "10000000000"), 0);
}

static void text_holds_just_its_maximum(void **state)
{
	static char text[FIELD_TEXT_MAX + 2];
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	memset(text, 'a', FIELD_TEXT_MAX);
	assert_int_equal(set(f, "seen", text), 0);
	text[FIELD_TEXT_MAX] = 'a';
	refused(f, "seen", text, FAULT_FIELD_LONG);
	assert_non_null(strstr(f->fault.zh, "最多 666 个汉字"));
	assert_non_null(strstr(f->fault.en, "2001 characters, at most 2000"));
}

static void personal_fields_are_masked_and_others_are_not(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_MEMBER);
	through(f, "name", "张小三");
	through(f, "id", "11010519491231002X");
	through(f, "birth", "1949-12-31");
	through(f, "phone", "13812341234");
	through(f, "other-document", "G12345678");
	through(f, "sex", "女");
	assert_string_equal(text_of(f, "name", true, 'z'), "张*三");
	assert_string_equal(text_of(f, "id", true, 'z'), "110***********002X");
	assert_string_equal(text_of(f, "birth", true, 'z'), "1949-**-**");
	assert_string_equal(text_of(f, "phone", true, 'z'), "138****1234");
	assert_string_equal(text_of(f, "other-document", true, 'z'), "****");
	assert_string_equal(text_of(f, "sex", true, 'z'), "女");
	assert_string_equal(text_of(f, "left", true, 'z'), ""); /* absent */
}

static void an_id_number_in_a_field_that_is_not_personal_is_masked(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_VISIT);
	through(f, "seen",
		"证11010519491231002X，又11010519491231002x 110105194912310021 1501051012210001");
	assert_string_equal(
	    text_of(f, "seen", true, 'z'),
	    "证110***********002X，又110***********002x 110105194912310021 1501051012210001");
	assert_string_equal(text_of(f, "seen", false, 'z'),
			    "证11010519491231002X，又11010519491231002x 110105194912310021 "
			    "1501051012210001");
	fresh(f, KIND_SERVICE);
	through(f, "volunteer", "11010519491231002X");
	assert_string_equal(text_of(f, "volunteer", true, 'z'), "110***********002X");
}

static void what_is_printed_is_understood(void **state)
{
	struct fx *f = *state;
	const struct kind *k;
	struct rng r;

	rng_seed(&r, model_seed(53), 0);
	for (int round = 0; round < 400; round++) {
		k = kind_at(rng_below(&r, 8));
		buf_clear(&f->arena);
		model_random(&r, &f->rec, k, 500, &f->arena);
		record_init(&f->back, k);
		struct buf arena = { 0 };
		for (size_t i = 0; i < k->count; i++) {
			const struct field *field = &k->fields[i];
			/* Chance makes phones that are none, and texts with blanks at their ends.
			 */
			bool strict = field->type == T_PHONE || field->type == T_TEXT ||
				      field->type == T_EACH; /* of those that are named */
			if ((f->rec.has >> i & 1) == 0 || strict)
				continue;
			buf_clear(&f->text);
			record_text(&f->rec, field, false, rng_chance(&r, 500) ? 'z' : 'e',
				    &f->text);
			int rc = record_set_text(&f->back, field, buf_bytes(&f->text), &f->ask,
						 &arena, &f->fault);
			if (rc != 0)
				fail_msg("%s: %.*s: %s", field->name, (int)f->text.len,
					 (const char *)f->text.p, f->fault.en);
			if (field->type >= T_REF || field->type == T_ID || field->type == T_BANK)
				assert_true(bytes_equal(f->rec.v[i].s, f->back.v[i].s));
			else if (field->type == T_BOOL)
				assert_int_equal(f->rec.v[i].b, f->back.v[i].b);
			else
				assert_true(f->rec.v[i].u == f->back.v[i].u);
		}
		buf_fini(&arena);
	}
}

static void an_arena_that_is_full_says_so_and_moves_nothing(void **state)
{
	struct fx *f = *state;
	struct bytes first;

	fresh(f, KIND_VISIT);
	assert_int_equal(set(f, "cadre", "王测一"), 0);
	first = record_get(&f->rec, 4)->s;
	f->arena.len = f->arena.cap - 2;
	refused(f, "needs", "水", FAULT_RECORD_LONG);
	assert_int_equal(set(f, "needs", "ok"), 0);
	assert_true(bytes_equal(first, BYTES_LIT("王测一")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(random_records_of_every_kind_come_back),
		T(what_is_taken_is_put_again_byte_for_byte_unknown_tags_and_all),
		T(a_field_set_beside_unknown_tags_finds_its_place),
		T(known_fields_of_another_type_or_out_of_bounds_are_refused),
		T(the_field_that_is_wrong_is_named),
		T(a_ref_in_a_body_ends_where_seq_does),
		T(one_household_may_not_stand_twice_in_a_visit),
		T(one_entry_of_each_kind_is_golden),
		T(text_of_every_type_is_read_back),
		T(times_are_minutes_and_clocks),
		T(accounts_are_places_households_or_parties),
		T(lists_of_households_take_any_separator_and_no_household_twice),
		T(mistakes_get_a_sentence_and_change_nothing),
		T(text_holds_just_its_maximum),
		T(personal_fields_are_masked_and_others_are_not),
		T(an_id_number_in_a_field_that_is_not_personal_is_masked),
		T(what_is_printed_is_understood),
		T(an_arena_that_is_full_says_so_and_moves_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
