/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of client/each.h: what was typed for several people. */
#include "cli_world.h"

#include <string.h>

#include "client/each.h"

struct typed {
	const char *volunteer, *name;
	struct each each;
	struct fault fault;
	int rc;
};

static size_t at(const char *name)
{
	const struct kind *k = kind_by_id(KIND_SERVICE);

	return (size_t)(field_by_name(k, bytes_str(name)) - k->fields);
}

static void take(struct typed *t, const char *volunteer, const char *name)
{
	const char *text[FIELDS_MAX] = { NULL };

	text[at("volunteer")] = volunteer;
	text[at("volunteer-name")] = name;
	text[at("note")] = "一,二"; /* a text is a text */
	t->rc = each_take(&t->each, kind_by_id(KIND_SERVICE), text, &t->fault);
}

static void lists_go_side_by_side_whatever_parts_them(void **state)
{
	struct typed t;

	(void)state;
	take(&t, "001,002、003；004 005", NULL);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.each.count, 5);
	assert_string_equal(t.each.parts[4][at("volunteer")], "005");
	assert_null(t.each.parts[0][at("note")]);
	each_fini(&t.each);
	take(&t, "001,002", "Li Si，王五");
	assert_int_equal(t.each.count, 2);
	assert_string_equal(t.each.parts[0][at("volunteer-name")], "Li Si");
	assert_string_equal(t.each.parts[1][at("volunteer-name")], "王五");
	each_fini(&t.each);
	take(&t, "001", "王五");
	assert_int_equal(t.each.count, 0); /* goes as it was typed */
	take(&t, "001,002", "王五，王五"); /* two people may bear one name */
	assert_int_equal(t.rc, 0);
	each_fini(&t.each);
}

static void lists_that_do_not_go_together_are_refused(void **state)
{
	static const struct {
		const char *volunteer, *name;
		enum fault_code code;
		const char *where;
	} rows[] = {
		{ "001,002", "王五", FAULT_EACH_UNEVEN, "volunteer-name" },
		{ "001", "王五,赵六", FAULT_EACH_UNEVEN, "volunteer" },
		{ "001,002,001", NULL, FAULT_REF_TWICE, "volunteer" },
		{ NULL, "王五、王五", FAULT_REF_TWICE, "volunteer-name" },
	};
	struct typed t;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		take(&t, rows[i].volunteer, rows[i].name);
		assert_true(t.rc < 0);
		assert_int_equal(t.fault.code, rows[i].code);
		assert_string_equal(t.fault.where, rows[i].where);
		each_fini(&t.each);
	}
}

static void one_command_makes_64_records_at_most(void **state)
{
	char text[65 * 4 + 1] = "";
	struct typed t;

	(void)state;
	for (int n = 100; n < 164; n++)
		(void)snprintf(text + strlen(text), 5, "%d,", n);
	take(&t, text, NULL);
	assert_int_equal(t.rc, 0);
	assert_int_equal(t.each.count, 64);
	each_fini(&t.each);
	strcat(text, "200");
	take(&t, text, NULL);
	assert_int_equal(t.fault.code, FAULT_REFS_MANY);
	assert_non_null(strstr(t.fault.zh, "64"));
	each_fini(&t.each);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_go_side_by_side_whatever_parts_them),
		cmocka_unit_test(lists_that_do_not_go_together_are_refused),
		cmocka_unit_test(one_command_makes_64_records_at_most),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
