/* SPDX-License-Identifier: Apache-2.0 */
/* record_fx.c -- see record_fx.h. */
#include "record_fx.h"

int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof(*f));

	f->ask = model_resolver();
	*state = f;
	return 0;
}

int teardown(void **state)
{
	struct fx *f = *state;

	record_fini(&f->rec);
	record_fini(&f->back);
	buf_fini(&f->arena);
	buf_fini(&f->bytes);
	buf_fini(&f->again);
	buf_fini(&f->text);
	test_free(f);
	return 0;
}

void fresh(struct fx *f, uint16_t kind)
{
	record_init(&f->rec, kind_by_id(kind));
	buf_fini(&f->arena);
}

int set(struct fx *f, const char *name, const char *text)
{
	const struct field *field = field_by_name(f->rec.kind, bytes_str(name));

	assert_non_null(field);
	return record_set_text(&f->rec, field, bytes_str(text), &f->ask, &f->arena, &f->fault);
}

void refused(struct fx *f, const char *name, const char *text, enum fault_code code)
{
	int rc = set(f, name, text);

	assert_true(rc < 0);
	if (f->fault.code != code)
		fail_msg("%s=%s: %s", name, text, f->fault.en);
	assert_string_equal(f->fault.where, name);
}

const char *text_of(struct fx *f, const char *name, bool mask, char lang)
{
	buf_clear(&f->text);
	record_text(&f->rec, field_by_name(f->rec.kind, bytes_str(name)), mask, lang, &f->text);
	buf_u8(&f->text, 0);
	return (const char *)f->text.p;
}

const char *through(struct fx *f, const char *name, const char *text)
{
	int rc = set(f, name, text);

	if (rc != 0)
		fail_msg("%s=%s: %s", name, text, f->fault.en);
	return text_of(f, name, false, 'z');
}
