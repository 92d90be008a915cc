/* SPDX-License-Identifier: Apache-2.0 */
/* method.c -- tests of protocol/method.h: the table is whole, the README says the same, wrong
 * params are named. */
#include "wire_world.h"

#include "protocol/method.h"
#include "protocol/rpc.h"

struct fx {
	struct mp_doc doc;
	struct buf b;
	struct fault fault;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fx));
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	struct fx *f = *state;

	mp_doc_fini(&f->doc);
	buf_fini(&f->b);
	free(f);
	return 0;
}

/* Params written as a map into f->b, checked against the method. */
static int check(struct fx *f, const char *method)
{
	struct mp_val params;
	const struct method *m = method_find(bytes_str(method));

	assert_non_null(m);
	assert_int_equal(mp_doc_read(&f->doc, buf_bytes(&f->b), &rpc_limits, &params), 0);
	int rc = method_check(m, params, &f->fault);
	buf_clear(&f->b);
	return rc;
}

static void every_method_is_found_by_its_name_and_no_other(void **state)
{
	size_t i = 0;

	(void)state;
	for (; method_at(i) != NULL; i++) {
		const struct method *m = method_at(i);

		assert_ptr_equal(method_find(bytes_str(m->name)), m);
		assert_true(strlen(m->name) <= RPC_METHOD_MAX);
		assert_true(m->zh[0] != '\0' && m->en[0] != '\0' && m->result[0] != '\0');
		assert_true((m->parts & METHOD_BOTH) != 0 && (m->parts & ~METHOD_BOTH) == 0);
		for (size_t j = 0; j < m->param_count; j++)
			assert_true(m->params[j].name[0] != '\0' && m->params[j].en[0] != '\0');
		for (size_t j = m->param_count; j < METHOD_PARAMS_MAX; j++)
			assert_null(m->params[j].name);
	}
	assert_int_equal(i, 29);
	assert_null(method_find(BYTES_LIT("lo")));
	assert_null(method_find(BYTES_LIT("logs")));
	assert_null(method_find(BYTES_LIT("")));
}

static void good_params_pass(void **state)
{
	struct fx *f = *state;

	mp_put_map(&f->b, 3);
	mp_put_cstr(&f->b, "check");
	mp_put_bool(&f->b, true);
	mp_put_cstr(&f->b, "fields");
	mp_put_map(&f->b, 0);
	mp_put_cstr(&f->b, "kind");
	mp_put_cstr(&f->b, "走访");
	assert_int_equal(check(f, "log"), 0);
	mp_put_nil(&f->b);
	assert_int_equal(check(f, "status"), 0);
	mp_put_array(&f->b, 0);
	assert_int_equal(check(f, "sync"), 0);
	mp_put_map(&f->b, 0);
	assert_int_equal(check(f, "verify"), 0);
}

static void an_unknown_param_is_named_with_those_that_exist(void **state)
{
	struct fx *f = *state;

	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, "waits");
	mp_put_bool(&f->b, true);
	assert_int_equal(check(f, "sync"), BF_EINVAL);
	assert_int_equal(f->fault.code, FAULT_UNKNOWN_PARAM);
	assert_string_equal(f->fault.where, "waits");
	assert_non_null(strstr(f->fault.en, "wait, believe_clock."));

	mp_put_map(&f->b, 1);
	mp_put_uint(&f->b, 1); /* a key that is no text */
	mp_put_bool(&f->b, true);
	assert_int_equal(check(f, "sync"), BF_EINVAL);

	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, "\x1b[31m");
	mp_put_bool(&f->b, true);
	assert_int_equal(check(f, "status"), BF_EINVAL);
	assert_string_equal(f->fault.where, "?");
}

static void each_missing_param_is_named(void **state)
{
	struct fx *f = *state;

	for (size_t i = 0; method_at(i) != NULL; i++) {
		const struct method *m = method_at(i);
		const char *first = NULL;

		for (size_t j = m->param_count; j-- > 0;)
			if (m->params[j].required)
				first = m->params[j].name;
		mp_put_map(&f->b, 0);
		int rc = check(f, m->name);
		assert_int_equal(rc, first == NULL ? 0 : BF_EINVAL);
		if (first != NULL) {
			assert_int_equal(f->fault.code, FAULT_MISSING_PARAM);
			assert_string_equal(f->fault.where, first);
		}
	}
}

static void put_type(struct buf *b, int type)
{
	static const struct bytes blob = { (const uint8_t *)"b", 1 };

	switch (type) {
	case PARAM_TEXT:
		mp_put_cstr(b, "t");
		break;
	case PARAM_UINT:
		mp_put_uint(b, 1);
		break;
	case PARAM_BOOL:
		mp_put_bool(b, false);
		break;
	case PARAM_MAP:
		mp_put_map(b, 0);
		break;
	case PARAM_LIST:
		mp_put_array(b, 0);
		break;
	case PARAM_LIST + 1:
		mp_put_nil(b);
		break;
	case PARAM_LIST + 2:
		mp_put_int(b, -1);
		break;
	default:
		mp_put_bin(b, blob);
	}
}

static void each_param_takes_its_own_type_and_no_other(void **state)
{
	struct fx *f = *state;

	for (size_t i = 0; method_at(i) != NULL; i++)
		for (size_t j = 0; j < method_at(i)->param_count; j++)
			for (int type = PARAM_TEXT; type <= PARAM_LIST + 3; type++) {
				const struct method_param *p = &method_at(i)->params[j];

				mp_put_map(&f->b, 1);
				mp_put_cstr(&f->b, p->name);
				put_type(&f->b, type);
				int rc = check(f, method_at(i)->name);
				bool wrong = rc != 0 && f->fault.code == FAULT_BAD_PARAM;
				assert_int_equal(wrong, type != (int)p->type);
				if (wrong)
					assert_string_equal(f->fault.where, p->name);
			}
}

/* `count` bytes, items, pairs, or the number itself. */
static void put_size(struct buf *b, enum param_type type, uint64_t count)
{
	switch (type) {
	case PARAM_TEXT:
		mp_put_str(b, (struct bytes){ NULL, 0 });
		b->len -= 1; /* of the head's right form, then the text */
		if (count < 32)
			buf_u8(b, (uint8_t)(0xa0 | count));
		else if (count < 256)
			buf_put(b, (uint8_t[]){ 0xd9, (uint8_t)count }, 2);
		else
			buf_put(b, (uint8_t[]){ 0xda, (uint8_t)(count >> 8), (uint8_t)count }, 3);
		for (uint64_t i = 0; i < count; i++)
			buf_u8(b, 'x');
		break;
	case PARAM_UINT:
		mp_put_uint(b, count);
		break;
	case PARAM_LIST:
		mp_put_array(b, (uint32_t)count);
		for (uint64_t i = 0; i < count; i++)
			mp_put_uint(b, i);
		break;
	case PARAM_MAP:
		mp_put_map(b, (uint32_t)count);
		for (uint64_t i = 0; i < count; i++) {
			mp_put_uint(b, i);
			mp_put_uint(b, i);
		}
		break;
	case PARAM_BOOL:
		mp_put_bool(b, count != 0);
	}
}

/* What `count` of the parameter is refused as; FAULT_NONE: it is not. */
static enum fault_code judged(struct fx *f, const char *method, const struct method_param *p,
			      uint64_t count)
{
	f->fault.code = FAULT_NONE;
	mp_put_map(&f->b, 1);
	mp_put_cstr(&f->b, p->name);
	put_size(&f->b, p->type, count);
	(void)check(f, method);
	if (f->fault.code == FAULT_MISSING_PARAM) /* another one */
		f->fault.code = FAULT_NONE;
	if (f->fault.code != FAULT_NONE)
		assert_string_equal(f->fault.where, p->name);
	return f->fault.code;
}

static void each_param_is_taken_at_its_bounds_and_not_past_them(void **state)
{
	struct fx *f = *state;
	int seen = 0;

	for (size_t i = 0; method_at(i) != NULL; i++)
		for (size_t j = 0; j < method_at(i)->param_count; j++) {
			const char *name = method_at(i)->name;
			const struct method_param *p = &method_at(i)->params[j];
			enum fault_code past = p->own                  ? FAULT_NONE
					       : p->type == PARAM_UINT ? FAULT_LIMIT
								       : FAULT_BAD_PARAM;

			if (p->type == PARAM_BOOL) {
				assert_true(p->max == 0 && p->unset == NULL && !p->required);
				continue;
			}
			assert_true(p->min <= p->max && p->max > 0);
			assert_true((p->unset == NULL) == p->required);
			assert_int_equal(judged(f, name, p, p->min), FAULT_NONE);
			assert_int_equal(judged(f, name, p, p->max), FAULT_NONE);
			assert_int_equal(judged(f, name, p, p->max + 1), past);
			if (p->min > 0)
				assert_int_equal(judged(f, name, p, p->min - 1), past);
			seen += !p->own;
		}
	assert_int_equal(seen, 54);
}

/* One row of README.md section 7: | `name` | params | result |, params as "name, other?: text,
 * ...". */
static void the_readme_names_every_method_and_its_params(void **state)
{
	FILE *file = fopen(GOLDEN_DIR "/../../protocol/README.md", "r");
	static char text[1 << 20];
	char key[128];

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; method_at(i) != NULL; i++) {
		const struct method *m = method_at(i);

		(void)snprintf(key, sizeof key, "\n| `%s` |", m->name);
		const char *row = strstr(text, key);
		if (row == NULL)
			fail_msg("README.md has no row for %s", m->name);
		const char *end = strchr(row + 1, '\n');
		assert_non_null(end);
		if (strcmp(m->name, "list") == 0)
			continue; /* its row says "as total" */
		const char *at = row;
		for (size_t j = 0; j < m->param_count; j++) {
			(void)snprintf(key, sizeof key, "%s%s", m->params[j].name,
				       m->params[j].required || strcmp(m->name, "show") == 0 ? ""
											     : "?");
			at = strstr(at, key);
			if (at == NULL || at > end)
				fail_msg("README.md, %s: no param %s", m->name, key);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(every_method_is_found_by_its_name_and_no_other),
		T(good_params_pass),
		T(an_unknown_param_is_named_with_those_that_exist),
		T(each_missing_param_is_named),
		T(each_param_takes_its_own_type_and_no_other),
		T(each_param_is_taken_at_its_bounds_and_not_past_them),
		T(the_readme_names_every_method_and_its_params),
#undef T
	};
	return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
