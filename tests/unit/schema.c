/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of schema.h: the tables make sense, and words find their rows. */
#include "model_world.h"

#include "protocol/schema.h"

static void check_list(const struct code_list *l)
{
	assert_true(strlen(l->name) > 0 && strlen(l->zh) > 0 && l->count > 0);
	for (size_t i = 0; i < l->count; i++) {
		const struct code *c = &l->codes[i];
		assert_true(c->code >= 1);
		assert_ptr_equal(code_by_number(l, c->code), c);
		assert_ptr_equal(code_by_text(l, bytes_str(c->zh)), c);
		assert_ptr_equal(code_by_text(l, bytes_str(c->en)), c);
		assert_int_equal(strspn(c->en, "abcdefghijklmnopqrstuvwxyz0123456789-"),
				 strlen(c->en));
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(c->code, l->codes[j].code);
			assert_string_not_equal(c->zh, l->codes[j].zh);
			assert_string_not_equal(c->en, l->codes[j].en);
		}
	}
}

/* An alias leads to its own row: not to another's word or an earlier alias. */
static void check_aliases(const struct code_list *l)
{
	for (size_t i = 0; i < l->count; i++) {
		const char *a = l->codes[i].alias;
		while (a != NULL && *a != '\0') {
			size_t len = strcspn(a, "|");
			if (code_by_text(l, bytes_of(a, len)) != &l->codes[i])
				fail_msg("list %s: alias %.*s", l->name, (int)len, a);
			a += len + (a[len] == '|');
		}
	}
}

static bool is_string(int type)
{
	return type == T_TEXT || type == T_PHONE || type == T_BANK || type == T_ID;
}

static void check_field(const struct field *f)
{
	bool coded = f->type == T_CODE || f->type == T_CODES;

	assert_true(f->tag >= 1 && f->tag <= 127);
	assert_true(strlen(f->zh) > 0 && strlen(f->en) > 0);
	assert_int_equal(strspn(f->name, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(f->name));
	assert_int_equal(coded, f->list != NULL);
	if (coded) {
		check_list(f->list);
		check_aliases(f->list);
	}
	if (f->type == T_CODES)
		assert_true(f->list->count <= 32 && f->list->codes[f->list->count - 1].code <= 32);
	if (f->type == T_REFS)
		assert_true(f->of != 0 && kind_by_id(f->of) != NULL);
	if (f->type == T_REF && f->of != 0)
		assert_non_null(kind_by_id(f->of));
	if (is_string(f->type))
		assert_true(f->min >= 1 && f->max >= f->min && f->max <= FIELD_TEXT_MAX);
	if (f->type == T_DECIMAL)
		assert_true(f->min >= 0 && f->max > f->min && f->of <= UNIT_SQUARE_METRE);
	if (f->type == T_COUNT || f->type == T_MINUTES || f->type == T_FEN)
		assert_true(f->min >= 0 && f->max > f->min && f->max <= FEN_MAX);
	if ((f->flags & F_NAME) != 0)
		assert_true((f->flags & F_PERSONAL) != 0 && f->type == T_TEXT);
	if (f->type == T_ID || f->type == T_PHONE || f->type == T_BANK)
		assert_true((f->flags & F_PERSONAL) != 0);
	if ((f->flags & (F_NOT_LATER | F_DEFAULT_TODAY)) != 0)
		assert_int_equal(f->type, T_DAY);
	if ((f->flags & F_DEFAULT_HERE) != 0)
		assert_int_equal(f->type, T_DIVISION);
	if ((f->flags & F_CLOCK) != 0)
		assert_int_equal(f->type, T_MINUTES);
}

/* What is said of each is a field of its own, and plain; those it is said of are another. */
static void check_each(const struct kind *k, const struct field *f)
{
	const struct field *refs = field_by_tag(k, f->of);
	const struct field *one = field_by_tag(k, (uint32_t)f->min);

	assert_true(refs != NULL && refs->type == T_REFS);
	assert_true(one != NULL && (one->flags & ~F_ASKED) == 0 &&
		    (one->type == T_TEXT || one->type == T_FEN));
	assert_int_equal(f->flags, 0);
}

static void every_field_makes_sense(void **state)
{
	const struct kind *k;

	(void)state;
	for (size_t n = 0; (k = kind_at(n)) != NULL; n++) {
		assert_true(k->count > 0 && k->count <= FIELDS_MAX);
		for (size_t i = 0; i < k->count; i++) {
			const struct field *f = &k->fields[i];
			check_field(f);
			if (f->type == T_EACH)
				check_each(k, f);
			assert_ptr_equal(field_by_tag(k, f->tag), f);
			assert_ptr_equal(field_by_name(k, bytes_str(f->name)), f);
			assert_ptr_equal(field_by_name(k, bytes_str(f->zh)), f);
			if (f->column != NULL)
				assert_ptr_equal(field_by_name(k, bytes_str(f->column)), f);
			if (i > 0)
				assert_true(f->tag > k->fields[i - 1].tag);
		}
		for (size_t i = 0; i < k->older_count;
		     i++) { /* no reader meets the field before it */
			const struct field *now = field_by_tag(k, k->older[i].now);
			assert_true(now != NULL && now->type == T_DECIMAL);
			assert_true(k->older[i].tag < now->tag &&
				    field_by_tag(k, k->older[i].tag) == NULL);
			assert_true(k->older[i].max * k->older[i].times <= now->max);
		}
	}
}

/* 数量 of aid got a new tag for its decimals and stays between 内容 and 单位; each field is met
 * once. */
static void fields_are_met_where_the_older_ones_stood(void **state)
{
	const struct kind *aid = kind_by_id(KIND_AID), *k;

	(void)state;
	for (size_t n = 0; (k = kind_at(n)) != NULL; n++) {
		uint64_t met = 0;

		for (size_t i = 0; i < k->count; i++)
			met |= UINT64_C(1) << field_shown(k, i);
		assert_int_equal(met, (UINT64_C(1) << k->count) - 1);
	}
	assert_string_equal(aid->fields[field_shown(aid, 5)].name, "item");
	assert_string_equal(aid->fields[field_shown(aid, 6)].name, "quantity");
	assert_string_equal(aid->fields[field_shown(aid, 7)].name, "unit");
}

static int type_of(const struct kind *k, uint8_t tag)
{
	const struct field *f = field_by_tag(k, tag);

	assert_non_null(f);
	return f->type;
}

static bool required(const struct kind *k, uint8_t tag)
{
	return (field_by_tag(k, tag)->flags & F_REQUIRED) != 0;
}

static void what_the_tally_reads_is_there_and_fits(void **state)
{
	const struct kind *k;

	(void)state;
	for (size_t n = 0; (k = kind_at(n)) != NULL; n++) {
		assert_int_equal(k->place != 0, k->day != 0);
		if (kind_counts(k)) {
			assert_int_equal(type_of(k, k->place), T_DIVISION);
			assert_int_equal(type_of(k, k->day), T_DAY);
			assert_true(required(k, k->place) && required(k, k->day));
		}
		if (k->sum != 0) {
			int type = type_of(k, k->sum);
			assert_true(type == T_FEN || type == T_COUNT || type == T_MINUTES ||
				    type == T_REFS);
			assert_int_equal(k->sum_is_fen, type == T_FEN);
			assert_true(strlen(k->sum_zh) > 0 && strlen(k->sum_en) > 0);
		}
		for (size_t i = 0; i < DIMS_MAX; i++)
			if (k->dims[i] != 0)
				assert_int_equal(type_of(k, k->dims[i]), T_CODE);
		/* Sums can be told apart only by what they are counted by. */
		assert_true(k->apart == 0 || k->apart == k->dims[0] || k->apart == k->dims[1]);
		for (size_t i = 0; i < 3; i++) {
			int type = k->about[i] == 0 ? T_REF : type_of(k, k->about[i]);
			assert_true(type == T_REF || type == T_REFS || type == T_ACCOUNT);
		}
		for (size_t i = 0; i < sizeof(k->called); i++)
			if (k->called[i] != 0)
				assert_int_equal(type_of(k, k->called[i]), T_TEXT);
		if (k->text_key != 0)
			assert_true(type_of(k, k->text_key) == T_TEXT ||
				    type_of(k, k->text_key) == T_ID);
	}
}

static void kinds_are_found_by_number_and_by_both_names(void **state)
{
	const struct kind *k;
	size_t n;

	(void)state;
	for (n = 0; (k = kind_at(n)) != NULL; n++) {
		assert_true(k->id >= 1 && k->id <= KIND_MAX);
		assert_ptr_equal(kind_by_id(k->id), k);
		assert_ptr_equal(kind_by_name(bytes_str(k->name)), k);
		assert_ptr_equal(kind_by_name(bytes_str(k->zh)), k);
	}
	assert_int_equal(n, 8);
	assert_null(kind_by_id(0));
	assert_null(kind_by_id(KIND_MAX));
	assert_null(kind_by_name(bytes_str("")));
	assert_null(kind_by_name(bytes_str("visits")));
	assert_ptr_equal(kind_by_name(bytes_str(" VISIT ")), kind_by_id(KIND_VISIT));
}

static void every_column_of_the_national_export_has_its_field(void **state)
{
	/* The 47 columns but for the four areas above the village, which the village says. */
	static const char *const columns[] = {
		"村",
		"户编号",
		"人口编号",
		"姓名",
		"性别",
		"出生日期",
		"证件类型",
		"证件号码",
		"民族",
		"户联系电话",
		"成员联系电话",
		"年度",
		"与户主关系",
		"文化程度",
		"在校生状况",
		"劳动技能",
		"务工时间（月）",
		"健康状况",
		"政治面貌",
		"务工企业名称",
		"是否享受低保",
		"是否参加城镇职工基本养老保险",
		"是否参加大病保险",
		"是否参加新型农村合作医疗（城乡居民基本医疗保险）",
		"是否参加城乡居民基本养老保险",
		"失学或辍学原因",
		"是否会讲普通话",
		"是否参加商业补充医疗保险",
		"是否国外务工",
		"产业分类",
		"是否接受大病医疗救助",
		"是否接受其他健康扶贫",
		"公益性岗位类型",
		"公益性岗位(月数)",
		"就业渠道",
		"残疾类别",
		"务工所在地",
		"户主姓名",
		"户主证件号码",
		"是否参加城镇职工基本医疗保险",
		"是否特困供养人员",
		"残疾证办证年度",
		"识别标准",
	};
	size_t count = sizeof(columns) / sizeof(columns[0]);

	(void)state;
	assert_int_equal(count, 43);
	for (size_t i = 0; i < count; i++)
		if (field_by_name(kind_by_id(KIND_MEMBER), bytes_str(columns[i])) == NULL &&
		    field_by_name(kind_by_id(KIND_HOUSEHOLD), bytes_str(columns[i])) == NULL)
			fail_msg("no field for column %s", columns[i]);
}

static void words_are_found_however_they_are_typed(void **state)
{
	const struct kind *member = kind_by_id(KIND_MEMBER);
	const struct field *months = field_by_name(member, bytes_str("公益性岗位（月数）"));
	const struct field *relation = field_by_name(member, bytes_str("relation"));

	(void)state;
	assert_non_null(months);
	assert_ptr_equal(field_by_name(member, bytes_str("WORK_MONTHS")),
			 field_by_name(member, bytes_str("work-months")));
	assert_ptr_equal(field_by_name(member, bytes_str("务工时间(月)")),
			 field_by_name(member, bytes_str("work-months")));
	assert_null(field_by_name(member, bytes_str("省")));
	assert_null(field_by_name(member, bytes_str("")));
	assert_int_equal(relation->list->count, 28);
	assert_int_equal(code_by_text(relation->list, bytes_str("Head"))->code, 1);
	assert_int_equal(code_by_text(relation->list, bytes_str("儿子"))->code, 3);
	assert_int_equal(code_by_text(relation->list, bytes_str("２８"))->code, 28);
	assert_null(code_by_text(relation->list, bytes_str("29")));
	assert_null(code_by_text(relation->list, bytes_str("000001")));
	assert_null(code_by_text(relation->list, bytes_str("邻居")));
	assert_null(code_by_number(relation->list, 0));
	assert_null(code_by_number(relation->list, UINT32_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_makes_sense),
		cmocka_unit_test(fields_are_met_where_the_older_ones_stood),
		cmocka_unit_test(what_the_tally_reads_is_there_and_fits),
		cmocka_unit_test(kinds_are_found_by_number_and_by_both_names),
		cmocka_unit_test(every_column_of_the_national_export_has_its_field),
		cmocka_unit_test(words_are_found_however_they_are_typed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
