/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of client/args.h and the tables behind it. */
#include "cli_world.h"

#include "client/command.h"

enum { WORDS_MAX = 400 };

struct line {
	struct args args;
	struct command cmd;
	struct fault fault;
	int rc;
};

/* Take a line of words separated by single blanks. */
static void take(struct line *l, const char *text)
{
	static char copy[24576];
	static char *argv[WORDS_MAX];
	int argc = 0;

	assert_true(strlen(text) < sizeof(copy));
	strcpy(copy, text);
	for (char *word = strtok(copy, " "); word != NULL && argc < WORDS_MAX;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	l->fault = (struct fault){ .code = FAULT_NONE };
	l->rc = args_take(&l->args, &l->cmd, argc, argv, &l->fault);
}

static void assert_refused(const char *text, enum fault_code code, const char *word)
{
	struct line l;

	take(&l, text);
	assert_true(l.rc < 0);
	assert_int_equal(l.fault.code, code);
	assert_non_null(strstr(l.fault.en, word));
	assert_non_null(strstr(l.fault.zh, word));
	args_fini(&l.args);
}

static void assert_option(const char *text, const char *name, const char *value)
{
	struct line l;

	take(&l, text);
	if (l.rc != 0)
		fail_msg("%s: %s", text, l.fault.en);
	assert_non_null(args_get(&l.args, name));
	assert_string_equal(args_get(&l.args, name), value);
	args_fini(&l.args);
}

static void what_is_not_utf8_is_refused_by_the_argument_it_stands_in(void **state)
{
	(void)state;
	assert_refused("bangfu visit --seen \xcd\xf5", FAULT_TYPED_BYTES, "--seen");
	assert_refused("bangfu visit --households 1 --seen=\xcd\xf5", FAULT_TYPED_BYTES, "--seen");
	assert_refused("bangfu show \xcd\xf5", FAULT_TYPED_BYTES, "REF|NUMBER");
	/* A file has the name it has. */
	assert_option("bangfu import \xcd\xf5.csv --encoding gbk", "encoding", "gbk");
	assert_option("bangfu status --dir /tmp/\xcd\xf5", "dir", "/tmp/\xcd\xf5");
}

static void an_option_is_read_however_it_is_written(void **state)
{
	(void)state;
	assert_option("bangfu visit --purpose 1", "purpose", "1");
	assert_option("bangfu visit --purpose=1", "purpose", "1");
	assert_option("bangfu visit --走访目的=1", "purpose", "1");
	assert_option("bangfu visit --走访目的 1", "purpose", "1");
	assert_option("bangfu 走访 --purpose=a=b", "purpose", "a=b");
	assert_option("bangfu --dir d status", "dir", "d");
	assert_option("bangfu status --dir=d", "dir", "d");
	assert_option("bangfu -q status", "quiet", "");
	assert_option("bangfu fund --amount -5", "amount", "-5");
}

static void a_field_of_several_values_may_be_given_several_times(void **state)
{
	(void)state;
	assert_option("bangfu visit --households 1 --households 2 --households=3", "households",
		      "1,2,3");
	assert_refused("bangfu visit --purpose 1 --purpose 2", FAULT_OPTION_TWICE, "purpose");
}

static void a_yes_or_no_field_needs_no_word(void **state)
{
	(void)state;
	assert_option("bangfu household --safe-water", "safe-water", "1");
	assert_option("bangfu household --safe-water 否", "safe-water", "否");
	assert_option("bangfu household --safe-water=no --number 1", "safe-water", "no");
	assert_option("bangfu household --safe-water --number 1", "safe-water", "1");
}

static void an_unknown_name_is_refused_with_the_nearest_one(void **state)
{
	(void)state;
	assert_refused("bangfu visti", FAULT_VERB_NEAR, "visit");
	assert_refused("bangfu stauts", FAULT_VERB_NEAR, "status");
	assert_refused("bangfu xyzzy", FAULT_VERB_UNKNOWN, "xyzzy");
	assert_refused("bangfu fund --chanel x", FAULT_OPTION_NEAR, "channel");
	assert_refused("bangfu status --fromat json", FAULT_OPTION_NEAR, "format");
	assert_refused("bangfu status --xyzzy", FAULT_OPTION_UNKNOWN, "--xyzzy");
	assert_refused("bangfu status -x", FAULT_OPTION_UNKNOWN, "-x");
}

static void what_is_too_little_or_too_much_is_said(void **state)
{
	(void)state;
	assert_refused("bangfu show", FAULT_WORD_MISSING, "REF|NUMBER");
	assert_refused("bangfu show a b", FAULT_WORD_EXTRA, "b");
	assert_refused("bangfu status a", FAULT_WORD_EXTRA, "a");
	assert_refused("bangfu total --month", FAULT_OPTION_VALUE, "month");
	assert_refused("bangfu status --quiet=1", FAULT_OPTION_FLAG, "quiet");
}

static void two_dashes_end_the_options(void **state)
{
	struct line l;

	(void)state;
	take(&l, "bangfu show -- --kind");
	assert_int_equal(l.rc, 0);
	assert_int_equal(l.args.word_count, 1);
	assert_string_equal(l.args.words[0], "--kind");
	args_fini(&l.args);
}

static void help_is_reached_from_everywhere(void **state)
{
	static const char *const lines[] = { "bangfu", "bangfu help", "bangfu --help",
					     "bangfu visit --help", "bangfu show -h" };
	struct line l;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		take(&l, lines[i]);
		assert_int_equal(l.rc, 0);
		assert_string_equal(l.cmd.name, "help");
		args_fini(&l.args);
	}
	assert_string_equal(l.args.words[0], "show");
	take(&l, "bangfu --version");
	assert_string_equal(l.cmd.name, "version");
	args_fini(&l.args);
}

static void words_and_joined_values_stop_at_their_bounds(void **state)
{
	struct line l;
	char text[24576] = "bangfu visit";

	(void)state;
	/* 163 values of 99 and 162 commas fit into 16,384 bytes; with one more they do not. */
	for (int i = 1; i <= 164; i++) {
		strcat(text, " --households ");
		memset(text + strlen(text), '1', 99);
		if (i < 163)
			continue;
		take(&l, text);
		assert_int_equal(l.fault.code, i == 163 ? FAULT_NONE : FAULT_OPTION_LONG);
		args_fini(&l.args);
	}
	memset(text, 0, sizeof(text));
	strcpy(text, "bangfu show");
	for (int i = 0; i < ARGS_WORDS_MAX + 1; i++)
		strcat(text, " x");
	take(&l, text);
	assert_int_equal(l.fault.code, FAULT_WORD_EXTRA);
	args_fini(&l.args);
}

static void numbers_keep_their_bounds(void **state)
{
	struct line l;
	uint64_t n;

	(void)state;
	static const struct {
		const char *line;
		int rc;
		uint64_t value;
	} rows[] = {
		{ "bangfu list", 0, 7 },
		{ "bangfu list --limit 1", 0, 1 },
		{ "bangfu list --limit 10", 0, 10 },
		{ "bangfu list --limit 0", BF_EINVAL, 0 },
		{ "bangfu list --limit 11", BF_EINVAL, 0 },
		{ "bangfu list --limit 1x", BF_EINVAL, 0 },
		{ "bangfu list --limit=", BF_EINVAL, 0 },
		{ "bangfu list --limit 99999999999999999999999", BF_EINVAL, 0 },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		take(&l, rows[i].line);
		assert_int_equal(l.rc, 0);
		assert_int_equal(args_uint(&l.args, "limit", 1, 10, 7, &n, &l.fault), rows[i].rc);
		if (rows[i].rc == 0)
			assert_int_equal(n, rows[i].value);
		args_fini(&l.args);
	}
}

static void no_two_options_of_a_verb_have_one_name(void **state)
{
	struct command cmd;
	struct option a;
	struct option b;

	(void)state;
	for (size_t i = 0; command_at(i, &cmd); i++) {
		for (size_t n = 0; command_option(&cmd, n, &a); n++) {
			for (size_t m = 0; m < n && command_option(&cmd, m, &b); m++) {
				if (strcmp(a.name, b.name) == 0)
					fail_msg("%s has --%s twice", cmd.name, a.name);
			}
		}
	}
}

/* The tables are what help prints: no row may be empty in either language, and Chinese help must
 * hold Chinese. */
static void every_verb_and_option_is_explained_in_both_languages(void **state)
{
	struct command cmd;
	struct option o;

	(void)state;
	for (size_t i = 0; command_at(i, &cmd); i++) {
		if (cmd.zh[0] == '\0' || cmd.en[0] == '\0' || cmd.words == NULL || cmd.run == NULL)
			fail_msg("verb %s is not explained", cmd.name);
		if ((cmd.more_zh[0] == '\0') != (cmd.more_en[0] == '\0'))
			fail_msg("verb %s is explained in one language", cmd.name);
		for (size_t n = 0; command_option(&cmd, n, &o); n++) {
			if (o.zh == NULL || o.en == NULL || o.zh[0] == '\0' || o.en[0] == '\0')
				fail_msg("%s --%s is not explained", cmd.name, o.name);
			if ((unsigned char)o.zh[0] < 0x80 && strcmp(o.name, "bom") != 0 &&
			    strncmp(o.zh, "CSV", 3) != 0)
				fail_msg("%s --%s has no Chinese", cmd.name, o.name);
			if ((unsigned char)o.en[0] >= 0x80)
				fail_msg("%s --%s has no English", cmd.name, o.name);
		}
	}
}

static void what_may_be_personal_is_left_in_no_argument(void **state)
{
	static const char *const rows[][4] = {
		{ "find", "王小山" },
		{ "show", "王小山" },
		{ "balance", "户:王小山" },
		{ "household", "--head", "王小山" },
		{ "void", "--reason", "王小山已搬走" },
		{ "edit", "--reason=王小山已搬走" },
		{ "visit", "--seen-each=王小山=好", "--seen-each=王小山=坏" },
	};
	char words[5][64] = { "bangfu" };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *argv[5] = { words[0] };
		struct line l = { .fault = { .code = FAULT_NONE } };
		int argc = 1;

		for (; argc < 5 && rows[i][argc - 1] != NULL; argc++) {
			strcpy(words[argc], rows[i][argc - 1]);
			argv[argc] = words[argc];
		}
		l.rc = args_take(&l.args, &l.cmd, argc, argv, &l.fault);
		assert_int_equal(l.rc, 0);
		for (int at = 1; at < argc; at++)
			if (strstr(argv[at], "王小山") != NULL)
				fail_msg("%s leaves %s", rows[i][0], argv[at]);
		args_fini(&l.args);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_utf8_is_refused_by_the_argument_it_stands_in),
		cmocka_unit_test(an_option_is_read_however_it_is_written),
		cmocka_unit_test(a_field_of_several_values_may_be_given_several_times),
		cmocka_unit_test(a_yes_or_no_field_needs_no_word),
		cmocka_unit_test(an_unknown_name_is_refused_with_the_nearest_one),
		cmocka_unit_test(what_is_too_little_or_too_much_is_said),
		cmocka_unit_test(two_dashes_end_the_options),
		cmocka_unit_test(what_may_be_personal_is_left_in_no_argument),
		cmocka_unit_test(help_is_reached_from_everywhere),
		cmocka_unit_test(words_and_joined_values_stop_at_their_bounds),
		cmocka_unit_test(numbers_keep_their_bounds),
		cmocka_unit_test(no_two_options_of_a_verb_have_one_name),
		cmocka_unit_test(every_verb_and_option_is_explained_in_both_languages),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
