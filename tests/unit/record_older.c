/* SPDX-License-Identifier: Apache-2.0 */
/* record_older.c -- decimals, and the whole numbers that stood in their place: what an older
 * program wrote is read as what it means, and stays byte for byte what it is. */
#include "record_fx.h"

#include <string.h>

/* The bytes of a golden file, its lines joined. */
static void golden(const char *name, struct buf *out)
{
	char path[512], line[1024];
	uint8_t part[512];

	snprintf(path, sizeof(path), "%s/%s.hex", GOLDEN_DIR, name);
	FILE *file = fopen(path, "r");
	assert_non_null(file);
	buf_clear(out);
	while (fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		assert_int_equal(hex_take(line, part, strlen(line) / 2), 0);
		buf_put(out, part, strlen(line) / 2);
	}
	fclose(file);
}

/* Entries of each kind as version 0.1.0 wrote them, all of its fields filled. */
static void what_an_older_program_wrote_is_read_and_put_again_as_it_is(void **state)
{
	static const struct {
		const char *file, *field, *text;
		uint64_t hundredths;
	} rows[] = {
		{ "older_household", "housing-area", "32810", 3281000 },
		{ "older_household", "farmland", "23580", 2358000 },
		{ "older_household", "woodland", "32210", 3221000 },
		{ "older_aid", "quantity", NULL, 0 },
	};
	struct fx *f = *state;
	struct entry e;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		golden(rows[i].file, &f->again);
		assert_int_equal(entry_take(buf_bytes(&f->again), &e), 0);
		const struct kind *k = kind_by_id(e.kind);
		const struct field *field = field_by_name(k, bytes_str(rows[i].field));
		assert_int_equal(record_take(&f->rec, k, e.body), 0);
		const struct value *v = record_get(&f->rec, field->tag);
		assert_non_null(v);
		assert_int_equal(v->u % 100, 0);
		if (rows[i].text != NULL) {
			assert_int_equal(v->u, rows[i].hundredths);
			assert_string_equal(text_of(f, rows[i].field, false, 'z'), rows[i].text);
		}
		buf_clear(&f->bytes);
		assert_int_equal(record_put(&f->rec, &f->bytes), 0);
		assert_true(bytes_equal(buf_bytes(&f->bytes), e.body));
	}
}

#define TAKE(f, raw)                                                                               \
	record_take(&(f)->rec, kind_by_id(KIND_HOUSEHOLD), bytes_of(raw, sizeof(raw) - 1))

static void an_older_tag_keeps_its_bounds_and_gives_way_to_the_new_one(void **state)
{
	struct fx *f = *state;

	assert_int_equal(TAKE(f, "\x81\x18\xce\x00\x01\x86\xa0"), 0); /* 100,000 m2 */
	assert_int_equal(record_get(&f->rec, 36)->u, 10000000);
	assert_int_equal(TAKE(f, "\x81\x18\xce\x00\x01\x86\xa1"), BF_EBOUND);
	assert_int_equal(f->rec.wrong, 36);
	assert_int_equal(TAKE(f, "\x81\x18\xa1x"), BF_EFORMAT);
	assert_int_equal(TAKE(f, "\x81\x24\xce\x00\x98\x96\x80"), 0); /* the same in hundredths */
	assert_int_equal(TAKE(f, "\x81\x24\xce\x00\x98\x96\x81"), BF_EBOUND);
	/* Both: the field's own. */
	assert_int_equal(TAKE(f, "\x82\x18\x55\x24\xcd\x21\x66"), 0);
	assert_int_equal(record_get(&f->rec, 36)->u, 8550);
	assert_int_equal(record_put(&f->rec, &f->bytes), 0);
	assert_true(bytes_equal(buf_bytes(&f->bytes), BYTES_LIT("\x82\x18\x55\x24\xcd\x21\x66")));
}

#define PUT(f, raw)                                                                                \
	do {                                                                                       \
		buf_clear(&(f)->bytes);                                                            \
		assert_int_equal(record_put(&(f)->rec, &(f)->bytes), 0);                           \
		assert_true(bytes_equal(buf_bytes(&(f)->bytes), BYTES_LIT(raw)));                  \
	} while (0)

/* A correction takes an entry of an older program: housing 85, farmland 3, and a tag of a newer
 * one. An older hub must not go on showing what was just set right. */
static void what_is_set_or_taken_out_leaves_nothing_of_the_older_tag(void **state)
{
	struct fx *f = *state;

	assert_int_equal(TAKE(f, "\x83\x18\x55\x19\x03\x64\xc3"), 0);
	assert_int_equal(set(f, "housing-area", "85.5"), 0);
	PUT(f, "\x83\x19\x03\x24\xcd\x21\x66\x64\xc3");
	assert_int_equal(TAKE(f, "\x83\x18\x55\x19\x03\x64\xc3"), 0);
	assert_int_equal(set(f, "housing-area", ""), 0);
	PUT(f, "\x82\x19\x03\x64\xc3");
	/* Both tags were there. */
	assert_int_equal(TAKE(f, "\x82\x18\x55\x24\xcd\x21\x66"), 0);
	assert_int_equal(set(f, "housing-area", ""), 0);
	PUT(f, "\x80");
}

static void a_new_entry_has_the_own_tags_alone(void **state)
{
	struct fx *f = *state;

	assert_int_equal(TAKE(f, "\x83\x18\x55\x19\x03\x64\xc3"), 0);
	record_renew(&f->rec);
	PUT(f, "\x83\x24\xcd\x21\x34\x25\xcd\x01\x2c\x64\xc3");
	record_copied(&f->rec);
	PUT(f, "\x82\x24\xcd\x21\x34\x25\xcd\x01\x2c");
}

static void decimals_are_typed_as_people_write_them(void **state)
{
	struct fx *f = *state;

	fresh(f, KIND_HOUSEHOLD);
	assert_string_equal(through(f, "housing-area", "85.5"), "85.5");
	assert_int_equal(record_get(&f->rec, 36)->u, 8550);
	assert_string_equal(through(f, "housing-area", "85"), "85");
	assert_string_equal(through(f, "housing-area", "85.0"), "85");
	assert_string_equal(through(f, "housing-area", "85.500"), "85.5");
	assert_string_equal(through(f, "housing-area", "0.05"), "0.05");
	assert_string_equal(through(f, "housing-area", "0"), "0");
	assert_string_equal(through(f, "housing-area", "85.25 平方米"), "85.25");
	assert_string_equal(through(f, "housing-area", "85㎡"), "85");
	assert_string_equal(through(f, "housing-area", "100000"), "100000");
	assert_string_equal(through(f, "farmland", "１２．３亩"), "12.3");
	assert_int_equal(record_get(&f->rec, 37)->u, 1230);
	refused(f, "housing-area", "12.3亩", FAULT_FIELD_DECIMAL); /* of another measure */
	refused(f, "housing-area", "100000.01", FAULT_FIELD_RANGE);
	refused(f, "housing-area", "99999999999999999999999", FAULT_FIELD_RANGE);
	refused(f, "housing-area", "85.505", FAULT_FIELD_FINE);
	assert_non_null(strstr(f->fault.zh, "两位小数"));
	refused(f, "housing-area", "85.", FAULT_FIELD_DECIMAL);
	refused(f, "housing-area", ".5", FAULT_FIELD_DECIMAL);
	refused(f, "housing-area", "-1", FAULT_FIELD_DECIMAL);
	refused(f, "housing-area", "8,5", FAULT_FIELD_DECIMAL);
	refused(f, "housing-area", "1e3", FAULT_FIELD_DECIMAL);
	refused(f, "housing-area", "约85", FAULT_FIELD_DECIMAL);
	fresh(f, KIND_AID);
	assert_string_equal(through(f, "quantity", "2.5"), "2.5");
	refused(f, "quantity", "2.5袋", FAULT_FIELD_DECIMAL); /* the unit has a field of its own */
	assert_string_equal(through(f, "quantity", "1000000000"), "1000000000");
	refused(f, "quantity", "1000000000.01", FAULT_FIELD_RANGE);
}

#define test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(what_an_older_program_wrote_is_read_and_put_again_as_it_is),
		test(an_older_tag_keeps_its_bounds_and_gives_way_to_the_new_one),
		test(what_is_set_or_taken_out_leaves_nothing_of_the_older_tag),
		test(a_new_entry_has_the_own_tags_alone),
		test(decimals_are_typed_as_people_write_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
