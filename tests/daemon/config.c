/* SPDX-License-Identifier: Apache-2.0 */
/* config.c -- settings: what is taken, and where and why the rest is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/config.h"
#include "protocol/errors.h"

struct fx {
	struct config c;
	struct fault f;
	char path[64];
};

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof *f);
	strcpy(f->path, "/tmp/bf-config.XXXXXX");
	int fd = mkstemp(f->path);
	assert_true(fd >= 0);
	(void)close(fd);
	config_default(&f->c);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;
	(void)unlink(f->path);
	test_free(f);
	return 0;
}

static int load(struct fx *f, const char *text)
{
	FILE *out = fopen(f->path, "w");
	assert_non_null(out);
	assert_true(fputs(text, out) >= 0);
	assert_int_equal(fclose(out), 0);
	memset(&f->f, 0, sizeof f->f);
	return config_load(&f->c, f->path, &f->f);
}

static void refused(struct fx *f, const char *text, enum fault_code code, const char *line)
{
	assert_int_not_equal(load(f, text), 0);
	assert_int_equal(f->f.code, code);
	assert_non_null(strstr(f->f.where, line));
	assert_non_null(strstr(f->f.zh, line)); /* the sentence names the place */
	assert_non_null(strstr(f->f.en, line));
}

static void a_station_needs_no_file_at_all(void **state)
{
	struct fx *f = *state;
	strcpy(f->c.dir, "/var/lib/bangfu");
	assert_int_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->c.role, PART_STATION);
	assert_string_equal(f->c.socket, "/var/lib/bangfu/bangfu.sock");
	assert_true(f->c.name[0] != '\0');
	assert_int_equal(f->c.journal_mib, 8);
	assert_int_equal(f->c.map_mib, 65536);
	assert_int_equal(f->c.household_number, HOUSEHOLD_DEFAULT);
}

static void every_key_is_read(void **state)
{
	struct fx *f = *state;
	assert_int_equal(
	    load(f, "\xef\xbb\xbf# 注释\n; also a comment\n\ndir = "
		    "/tmp/x\nsocket=/run/x.sock\nsocket_group = bangfu\nrole = hub\n"
		    "name = 内蒙古中心\ndivision = 15\nlisten_host = ::\nlisten_port = 0\n"
		    "advertise = hub.example:7450\nsync_hour_from = 0\nsync_hour_to = "
		    "24\nsync_every_s = 60\n"
		    "sessions_max = 10\njournal_mib = 4\nfree_mib_min = 1\nmap_mib = "
		    "16\nhousehold_number = any\nlang = en\nlog_level = "
		    "debug\n"),
	    0);
	assert_string_equal(f->c.name, "内蒙古中心");
	assert_string_equal(f->c.socket_group, "bangfu");
	assert_int_equal(f->c.division, 150000000000);
	assert_int_equal(f->c.listen_port, 0);
	assert_int_equal(f->c.sync_every_s, 60);
	assert_int_equal(f->c.map_mib, 16);
	assert_int_equal(f->c.household_number, HOUSEHOLD_ANY);
	assert_int_equal(f->c.lang, 'e');
	assert_int_equal(f->c.log_level, 3);
	assert_int_equal(config_check(&f->c, &f->f), 0);
}

static void an_unknown_key_is_refused_with_its_line_and_the_list(void **state)
{
	struct fx *f = *state;
	refused(f, "role = hub\n\nlisten_prot = 1\n", FAULT_CONFIG_KEY, ":3");
	assert_non_null(strstr(f->f.en, "listen_port"));
}

static void a_bad_value_is_refused_with_its_line_and_a_hint(void **state)
{
	static const char *const bad[] = {
		"role = boss\n",
		"listen_port = 65536\n",
		"listen_port = -1\n",
		"listen_port = 7450x\n",
		"listen_port =\n",
		"listen_port = 99999999999999999999\n",
		"sync_hour_from = 24\n",
		"sessions_max = 0\n",
		"sessions_max = 1e3\n",
		"lang = fr\n",
		"household_number = 12\n",
		"log_level = loud\n",
		"division = 1507\xe4\xb8\xad\n",
		"division = 150\n",
		"name = a\x01\n",
		"name = \xff\xfe\n",
		"free_mib_min = 0\n",
		"journal_mib = 5000\n",
		"map_mib = 15\n",
		"map_mib = 4194305\n",
		"advertise = hub.example:99999\n",
		"advertise = hub:abc\n",
		"advertise = hub:0\n",
		"advertise = hub:\n",
		"advertise = :7450\n",
		"advertise = hub example\n",
		"advertise = hub/x:1\n",
		"advertise = fd00::1\n",
		"advertise = [fd00::1\n",
		"advertise = [hub]:1\n",
		"advertise = hub:07450\n",
		"advertise = hub:65536\n",
	};
	struct fx *f = *state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(f, bad[i], FAULT_CONFIG_VALUE, ":1");
}

static void an_address_that_a_token_can_hold_is_taken(void **state)
{
	static const char *const good[] = { "hub.example", "hub.example:1", "10.1.2.3:65535",
					    "[fd00::1]:7450", "[fd00::1]" };
	struct fx *f = *state;
	char text[64];

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		(void)snprintf(text, sizeof text, "advertise = %s\n", good[i]);
		assert_int_equal(load(f, text), 0);
		assert_string_equal(f->c.advertise, good[i]);
	}
}

static void a_key_twice_is_refused_and_names_both_lines(void **state)
{
	struct fx *f = *state;
	refused(f, "lang = en\n# x\nlang = zh\n", FAULT_CONFIG_TWICE, ":3");
	assert_non_null(strstr(f->f.en, "line 1"));
	refused(f, "listen_port = 1\nlisten-port = 2\n", FAULT_CONFIG_TWICE, ":2");
}

static void a_line_that_is_no_setting_is_refused(void **state)
{
	struct fx *f = *state;
	refused(f, "role = hub\nnonsense\n", FAULT_CONFIG_LINE, ":2");
	refused(f, "[hub]\nrole = hub\n", FAULT_CONFIG_LINE, ":2");
}

static void a_line_at_the_bound_is_read_and_one_beyond_is_refused(void **state)
{
	struct fx *f = *state;
	char text[300];
	/* inih reads 200 bytes at a time: 198 of the line, its end, and NUL. */
	(void)snprintf(text, sizeof text, "name = ok\n#%0197d\nlang = en\n", 0);
	assert_int_equal(load(f, text), 0);
	(void)snprintf(text, sizeof text, "name = ok\n#%0198d\nlang = en\n", 0);
	refused(f, text, FAULT_CONFIG_LINE, ":2");
}

static void a_last_line_without_an_end_is_read(void **state)
{
	struct fx *f = *state;
	assert_int_equal(load(f, "lang = en"), 0);
	assert_int_equal(f->c.lang, 'e');
}

static void a_file_that_is_not_there_is_said(void **state)
{
	struct fx *f = *state;
	assert_int_not_equal(config_load(&f->c, "/nonexistent/bangfud.conf", &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_OPEN);
}

static void a_directory_is_no_file_of_settings(void **state)
{
	struct fx *f = *state;
	assert_int_not_equal(config_load(&f->c, "/tmp", &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_OPEN);
	assert_non_null(strstr(f->f.en, "directory"));
}

static void an_option_wins_over_the_file_and_is_named_when_wrong(void **state)
{
	struct fx *f = *state;
	assert_int_equal(load(f, "listen_port = 1\n"), 0);
	assert_int_equal(config_set(&f->c, "listen-port", "2", "--listen-port", &f->f), 0);
	assert_int_equal(f->c.listen_port, 2);
	assert_int_not_equal(config_set(&f->c, "listen-port", "x", "--listen-port", &f->f), 0);
	assert_non_null(strstr(f->f.en, "--listen-port"));
	assert_int_equal(f->c.listen_port, 2);
}

static void a_hub_needs_to_know_where_it_is(void **state)
{
	struct fx *f = *state;
	strcpy(f->c.dir, "/tmp");
	f->c.role = PART_HUB;
	assert_int_not_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_MISSING);
	f->c.division = 150000000000;
	assert_int_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->c.journal_mib, 64);
}

static void a_socket_path_at_the_bound_fits_and_one_beyond_is_refused(void **state)
{
	struct fx *f = *state;
	size_t room = sizeof f->c.socket - sizeof "/bangfu.sock";
	memset(f->c.dir, 'd', room);
	f->c.dir[0] = '/';
	f->c.dir[room] = '\0';
	assert_int_equal(config_check(&f->c, &f->f), 0);
	f->c.socket[0] = '\0';
	f->c.dir[room] = 'd';
	f->c.dir[room + 1] = '\0';
	assert_int_not_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_SOCKET);
}

static void a_group_needs_a_socket_outside_of_the_closed_directory(void **state)
{
	struct fx *f = *state;
	strcpy(f->c.dir, "/tmp");
	strcpy(f->c.socket_group, "bangfu");
	assert_int_not_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_MISSING);
	assert_string_equal(f->f.where, "socket");
	strcpy(f->c.socket, "/run/bangfu/bangfu.sock");
	assert_int_equal(config_check(&f->c, &f->f), 0);
}

static void a_window_that_ends_before_it_begins_is_refused(void **state)
{
	struct fx *f = *state;
	strcpy(f->c.dir, "/tmp");
	f->c.sync_hour_from = f->c.sync_hour_to = 5;
	assert_int_not_equal(config_check(&f->c, &f->f), 0);
	assert_int_equal(f->f.code, FAULT_CONFIG_VALUE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_station_needs_no_file_at_all),
		T(every_key_is_read),
		T(an_unknown_key_is_refused_with_its_line_and_the_list),
		T(a_bad_value_is_refused_with_its_line_and_a_hint),
		T(an_address_that_a_token_can_hold_is_taken),
		T(a_key_twice_is_refused_and_names_both_lines),
		T(a_line_that_is_no_setting_is_refused),
		T(a_line_at_the_bound_is_read_and_one_beyond_is_refused),
		T(a_last_line_without_an_end_is_read),
		T(a_file_that_is_not_there_is_said),
		T(a_directory_is_no_file_of_settings),
		T(an_option_wins_over_the_file_and_is_named_when_wrong),
		T(a_hub_needs_to_know_where_it_is),
		T(a_socket_path_at_the_bound_fits_and_one_beyond_is_refused),
		T(a_group_needs_a_socket_outside_of_the_closed_directory),
		T(a_window_that_ends_before_it_begins_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
