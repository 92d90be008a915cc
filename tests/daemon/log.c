/* log.c -- a log line is one line, whatever the values hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/log.h"

static char line[LOG_LINE_MAX + 1];

static const char *format(bool journal, enum log_level level, const struct log_field *fields)
{
	unsigned len = log_format(line, journal, level, fields);
	assert_true(len <= LOG_LINE_MAX);
	line[len] = '\0';
	assert_ptr_equal(strchr(line, '\n'), line + len - 1); /* one line feed, at the end */
	return line;
}

#define FIELDS(...)                                                                                \
	(const struct log_field[])                                                                 \
	{                                                                                          \
		__VA_ARGS__,                                                                       \
		{                                                                                  \
			.key = NULL                                                                \
		}                                                                                  \
	}

static void the_event_comes_first_and_plain_values_stand_bare(void **state)
{
	(void)state;
	assert_string_equal(
	    format(false, LOG_INFO,
		   FIELDS(ev("sync_done"), lu("entries", UINT64_MAX), li("clock_ms", -3),
			  lx("origin", 0xabc), ls("peer", "10.0.0.1:7450"))),
	    "event=sync_done level=info entries=18446744073709551615 clock_ms=-3 "
	    "origin=0000000000000abc peer=10.0.0.1:7450\n");
}

static void a_value_can_make_no_second_line_and_no_second_key(void **state)
{
	(void)state;
	assert_string_equal(
	    format(false, LOG_WARN,
		   FIELDS(ev("x"), ls("why", "a b\nevent=fake \"q\" \\ \x1b[31m"))),
	    "event=x level=warn why=\"a b\\x0aevent=fake \\\"q\\\" \\\\ \\x1b[31m\"\n");
}

static void a_bidi_control_is_escaped_like_all_that_is_not_ascii(void **state)
{
	(void)state;
	assert_string_equal(format(false, LOG_ERROR,
				   FIELDS(ev("x"), ls("why", "\xe2\x80\xae"
							     "a"))),
			    "event=x level=error why=\"\\xe2\\x80\\xaea\"\n");
}

static void an_empty_value_and_a_null_are_quotes(void **state)
{
	(void)state;
	assert_string_equal(format(false, LOG_DEBUG, FIELDS(ev("x"), ls("a", ""), ls("b", NULL))),
			    "event=x level=debug a=\"\" b=\"\"\n");
}

static void the_journal_gets_its_priority(void **state)
{
	(void)state;
	assert_string_equal(format(true, LOG_ERROR, FIELDS(ev("x"))), "<3>event=x level=error\n");
	assert_string_equal(format(true, LOG_INFO, FIELDS(ev("x"))), "<6>event=x level=info\n");
}

static void a_line_over_the_bound_is_cut_and_still_ends(void **state)
{
	static char big[3 * LOG_LINE_MAX];
	(void)state;
	memset(big, 'a', sizeof big - 1);
	assert_int_equal(
	    strlen(format(false, LOG_INFO, FIELDS(ev("x"), ls("big", big), ls("after", "z")))),
	    LOG_LINE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_event_comes_first_and_plain_values_stand_bare),
		cmocka_unit_test(a_value_can_make_no_second_line_and_no_second_key),
		cmocka_unit_test(a_bidi_control_is_escaped_like_all_that_is_not_ascii),
		cmocka_unit_test(an_empty_value_and_a_null_are_quotes),
		cmocka_unit_test(the_journal_gets_its_priority),
		cmocka_unit_test(a_line_over_the_bound_is_cut_and_still_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
