/* SPDX-License-Identifier: Apache-2.0 */
/* log.c -- a log line is one line, whatever the values hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"

static char line[LOG_LINE_MAX + 1];

/* The clock, set ahead (-Wl,--wrap). */
static uint64_t clock_ahead_ms;
int __real_clock_gettime(clockid_t which, struct timespec *t);
int __wrap_clock_gettime(clockid_t which, struct timespec *t);
int __wrap_clock_gettime(clockid_t which, struct timespec *t)
{
	int rc = __real_clock_gettime(which, t);
	t->tv_sec += (time_t)(clock_ahead_ms / 1000);
	return rc;
}

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

/* ---- a reader that stands still ---- */

enum { TERMINAL_MS = 100 };

/* What standard error was, and the end of it that the test reads. */
struct reader {
	int kept, reads;
};

static struct reader reader_put(int writes, int reads)
{
	struct reader r = { .kept = dup(STDERR_FILENO), .reads = reads };

	assert_true(r.kept >= 0);
	assert_true(dup2(writes, STDERR_FILENO) >= 0);
	(void)close(writes);
	(void)fcntl(reads, F_SETFL, O_NONBLOCK);
	log_open(LOG_INFO);
	return r;
}

static void reader_end(struct reader *r)
{
	assert_true(dup2(r->kept, STDERR_FILENO) >= 0);
	(void)close(r->kept);
	(void)close(r->reads);
	log_open(LOG_INFO);
}

/* All that is there to be read. What was written to a terminal comes a little later. */
static const char *read_all(const struct reader *r)
{
	static char text[4 << 20];
	struct pollfd p = { .fd = r->reads, .events = POLLIN };
	size_t used = 0;
	ssize_t n;

	while (used < sizeof text - 1 && poll(&p, 1, TERMINAL_MS) == 1 &&
	       (n = read(r->reads, text + used, sizeof text - 1 - used)) > 0)
		used += (size_t)n;
	text[used] = '\0';
	return text;
}

/* Nobody reads: every line returns, those that find no room are counted, and when somebody reads
 * again the next line says how many. That this test ends is what it shows first. */
static void stands_still(int writes, int reads, bool terminal)
{
	static char big[1000];
	struct reader r = reader_put(writes, reads);
	uint64_t before = log_counters().dropped;
	char said[64];

	memset(big, 'a', sizeof big - 1);
	int flags = fcntl(STDERR_FILENO, F_GETFL);
	for (int i = 0; i < 3000; i++)
		log_info(ev("x"), ls("big", big));
	uint64_t lost = log_counters().dropped - before;
	assert_true(lost > 100);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL), flags); /* it is not ours alone */
	const char *text = read_all(&r);
	/* A terminal moves on by itself now and then: some lines find room in between, and tell. */
	bool told = strstr(text, "event=log_dropped") != NULL;
	assert_true(terminal || !told);
	log_info(ev("after"));
	text = read_all(&r);
	(void)snprintf(said, sizeof said, "event=log_dropped level=warn lines=%llu",
		       (unsigned long long)lost);
	assert_true(told || strstr(text, said) != NULL);
	assert_true(strstr(text, "event=after") > strstr(text, "event=log_dropped"));
	log_info(ev("once"));
	assert_null(strstr(read_all(&r), "event=log_dropped"));
	reader_end(&r);
}

static void a_pipe_that_nobody_reads_holds_nothing_up(void **state)
{
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	stands_still(ends[1], ends[0], false);
}

static void a_journal_that_nobody_reads_holds_nothing_up(void **state)
{
	int ends[2];
	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	stands_still(ends[1], ends[0], false);
}

static void a_terminal_that_stands_still_holds_nothing_up(void **state)
{
	int reads = posix_openpt(O_RDWR | O_NOCTTY);
	(void)state;
	assert_true(reads >= 0 && grantpt(reads) == 0 && unlockpt(reads) == 0);
	int writes = open(ptsname(reads), O_RDWR | O_NOCTTY);
	assert_true(writes >= 0);
	stands_still(writes, reads, true);
}

static unsigned lines_of(const char *text, const char *event)
{
	unsigned count = 0;

	for (text = strstr(text, event); text != NULL; text = strstr(text + 1, event))
		count++;
	return count;
}

static void what_a_stranger_can_cause_is_bounded_and_counted(void **state)
{
	int ends[2];
	(void)state;
	assert_int_equal(pipe(ends), 0);
	struct reader r = reader_put(ends[1], ends[0]);
	uint64_t before = log_counters().limited;

	for (int i = 0; i < LOG_STRANGER_MAX + 7; i++)
		log_info(ev("link_refused"), ls("peer", "10.0.0.1:1"));
	for (int i = 0; i < LOG_STRANGER_MAX + 7; i++)
		log_info(ev("session_done"), li("n", i)); /* nobody's but a node's own */
	const char *text = read_all(&r);
	assert_int_equal(lines_of(text, "event=link_refused"), LOG_STRANGER_MAX);
	assert_int_equal(lines_of(text, "event=session_done"), LOG_STRANGER_MAX + 7);
	assert_int_equal(log_counters().limited - before, 7);
	clock_ahead_ms = LOG_STRANGER_MS + 1;
	log_info(ev("link_refused"), ls("peer", "10.0.0.1:1"));
	clock_ahead_ms = 0;
	text = read_all(&r);
	assert_non_null(strstr(text, "event=log_limited level=warn of=link_refused lines=7\n"));
	assert_int_equal(lines_of(text, "event=link_refused"), 1);
	reader_end(&r);
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
		cmocka_unit_test(a_pipe_that_nobody_reads_holds_nothing_up),
		cmocka_unit_test(a_journal_that_nobody_reads_holds_nothing_up),
		cmocka_unit_test(a_terminal_that_stands_still_holds_nothing_up),
		cmocka_unit_test(what_a_stranger_can_cause_is_bounded_and_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
