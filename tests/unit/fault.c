/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of fault.h and its catalogue. */
#include "model_world.h"

#include <errno.h>

static void details_stand_where_the_sentence_wants_them(void **state)
{
	struct fault f;

	(void)state;
	assert_int_equal(fault_say(&f, FAULT_UNKNOWN_FIELD, "colour", "visit", "day, division"),
			 BF_EINVAL);
	assert_string_equal(f.en, "“visit” has no field “colour”. Use one of: day, division.");
	assert_string_equal(f.where, "colour");
	assert_int_equal(f.code, FAULT_UNKNOWN_FIELD);
	assert_int_equal(f.rc, BF_EINVAL);
	assert_string_equal(fault_name(f.code), "unknown_field");
	assert_int_equal(fault_say(NULL, FAULT_UNKNOWN_FIELD, NULL, NULL, NULL), BF_EINVAL);
}

static void a_detail_that_looks_like_a_placeholder_is_not_filled_again(void **state)
{
	struct fault f;

	(void)state;
	fault_say(&f, FAULT_UNKNOWN_FIELD, "{b}", "{where}", "{a}");
	assert_string_equal(f.en, "“{where}” has no field “{b}”. Use one of: {a}.");
}

/* Which copy, of which day: digits of a path are no number of anybody's. */
static void a_path_is_shown_as_it_is(void **state)
{
	struct fault f;

	(void)state;
	fault_say(&f, FAULT_NO_STORE, "/backup/bangfu-2026-11-27-210000", NULL, NULL);
	assert_non_null(strstr(f.zh, "/backup/bangfu-2026-11-27-210000"));
	fault_say(&f, FAULT_KEY_SIZE, "./6217001234567890123", "0", NULL);
	assert_non_null(strstr(f.en, "./6217001234567890123"));
	fault_say(&f, FAULT_UNKNOWN_KIND, "kind", "6217001234567890123", NULL);
	assert_null(strstr(f.en, "6217001234567890123"));
}

static void a_long_detail_is_cut_at_a_whole_character(void **state)
{
	char words[2000] = "";
	struct fault f;

	(void)state;
	for (size_t i = 0; i + 4 < sizeof(words); i += 3)
		memcpy(words + i, "户", 4);
	for (size_t shift = 0; shift < 3; shift++) {
		fault_say(&f, FAULT_UNKNOWN_KIND, words, &"aa"[shift], words);
		assert_true(strlen(f.zh) > FAULT_TEXT_MAX - 5 && strlen(f.zh) < FAULT_TEXT_MAX);
		assert_true(bytes_utf8(bytes_str(f.zh)));
		assert_true(bytes_utf8(bytes_str(f.en)));
		assert_true(strlen(f.where) < FAULT_WHERE_MAX);
		assert_true(bytes_utf8(bytes_str(f.where)));
	}
}

static void what_the_system_says_is_chinese_in_the_chinese_sentence_only(void **state)
{
	static const int known[] = { EACCES,       EPERM,      ENOENT,        ENOSPC,
				     EROFS,        EIO,        ENOTDIR,       EISDIR,
				     EEXIST,       ENOMEM,     EMFILE,        ECONNREFUSED,
				     ECONNRESET,   EPIPE,      ETIMEDOUT,     ENETUNREACH,
				     EHOSTUNREACH, EADDRINUSE, EADDRNOTAVAIL, ELOOP,
				     ENAMETOOLONG, EDQUOT,     EINVAL,        ENOTCONN };
	struct fault f;

	(void)state;
	fault_say(&f, FAULT_FILE_OPEN, "a.csv", "Permission denied", NULL);
	assert_string_equal(f.zh, "打不开文件 a.csv（没有权限）。请检查文件名和权限。");
	assert_string_equal(
	    f.en, "Cannot open a.csv (Permission denied). Check its name and permissions.");
	fault_say(&f, FAULT_LINK_CUT, "h:1", "unknown node or service", NULL);
	assert_non_null(strstr(f.zh, "查不到这个主机名"));
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		const char *zh = fault_words(strerror(known[i])).zh;
		if ((unsigned char)zh[0] < 0x80)
			fail_msg("errno %d has no Chinese: %s", known[i], zh);
		assert_true(bytes_utf8(bytes_str(zh)));
	}
	/* What was typed is quoted as it is. */
	fault_say(&f, FAULT_UNKNOWN_KIND, "kind", "text", "visit");
	assert_non_null(strstr(f.zh, "“text”"));
	assert_string_equal(fault_words("permission denied by").zh, "permission denied by");
	assert_string_equal(fault_words(NULL).zh, "");
}

static void words_of_our_own_go_each_to_its_language(void **state)
{
	struct fault f;

	(void)state;
	fault_tell(&f, FAULT_LINK_CUT, "h:1", (struct words){ "甲", "alpha" }, fault_words(NULL));
	assert_non_null(strstr(f.zh, "（甲）"));
	assert_non_null(strstr(f.en, "(alpha)"));
}

static void the_place_is_called_as_its_reader_calls_it(void **state)
{
	char wide[FAULT_TEXT_MAX];
	struct fault f;

	(void)state;
	fault_say(&f, FAULT_REF_FORM, "ref", "ref", NULL);
	fault_rename(&f, "REF");
	assert_string_equal(f.where, "REF");
	assert_string_equal(f.en, "REF: “ref” is no ref. A ref looks like 0f3a9c12d4e5b678-12.");
	assert_string_equal(f.zh, "REF：“ref”不是记录号。记录号形如 0f3a9c12d4e5b678-12。");
	fault_say(&f, FAULT_NO_PLACES, "division", NULL, NULL);
	fault_rename(&f, "PLACE");
	assert_non_null(strstr(f.zh, "无法核对地点（PLACE）。工作站请先用 enrol 登记"));
	assert_non_null(strstr(f.en, ", so PLACE cannot be checked. At a station enrol first"));
	/* Behind a detail, which may hold anything, it stays; so does what we did not word. */
	fault_say(&f, FAULT_FIELD_ACCOUNT, "account", "account", "donors");
	fault_rename(&f, "ACCOUNT");
	assert_non_null(strstr(f.zh, "“account”（account）"));
	fault_say(&f, FAULT_REF_FORM, "ref", "x", NULL);
	strcpy(f.en, "the ref is wrong");
	fault_rename(&f, "REF");
	assert_string_equal(f.en, "the ref is wrong");
	fault_say(&f, FAULT_BUSY, NULL, NULL, NULL);
	fault_rename(&f, "REF");
	assert_string_equal(f.where, "");
	/* A sentence that is full already is cut, at a whole character. */
	memset(wide, 'x', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	fault_say(&f, FAULT_DIVISION_SEVERAL, "text", "y", wide);
	fault_rename(&f, "CODE|NAME CODE|NAME CODE|NAME");
	assert_int_equal(strlen(f.en), FAULT_TEXT_MAX - 1);
	assert_true(bytes_utf8(bytes_str(f.zh)) && strlen(f.zh) < FAULT_TEXT_MAX);
}

/* "{word}" that nobody filled; "{heading: text}" is only a brace. */
static bool has_placeholder(const char *s)
{
	for (s = strchr(s, '{'); s != NULL; s = strchr(s + 1, '{'))
		if (s[1 + strspn(s + 1, "abcdefghijklmnopqrstuvwxyz")] == '}')
			return true;
	return false;
}

/* Both languages use the same details, so that neither reader is told less. */
static void check_row(const struct fault *f)
{
	static const char *const marks[] = { "@a@", "@b@", "@w@" };

	for (size_t i = 0; i < 3; i++) {
		bool zh = strstr(f->zh, marks[i]) != NULL, en = strstr(f->en, marks[i]) != NULL;
		if (zh != en)
			fail_msg("%s: only one language has %s", fault_name(f->code), marks[i]);
	}
	if (has_placeholder(f->zh) || has_placeholder(f->en))
		fail_msg("%s: an unknown placeholder", fault_name(f->code));
}

static void every_row_is_whole_unique_and_mends(void **state)
{
	struct fault f;

	(void)state;
	for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++) {
		int rc = fault_say(&f, (enum fault_code)code, "@w@", "@a@", "@b@");
		assert_true(rc < 0 && rc >= BF_EDAMAGED);
		assert_true(strlen(f.zh) > 0 && strlen(f.en) > 0);
		/* Room for details: the bare sentence fills at most three quarters. */
		assert_true(strlen(f.zh) < FAULT_TEXT_MAX * 3 / 4);
		assert_true(strlen(f.en) < FAULT_TEXT_MAX * 3 / 4);
		assert_true(bytes_utf8(bytes_str(f.zh)) && bytes_utf8(bytes_str(f.en)));
		check_row(&f);
		for (int other = FAULT_NONE + 1; other < code; other++)
			assert_string_not_equal(fault_name((enum fault_code)code),
						fault_name((enum fault_code)other));
	}
}

static void every_result_has_its_own_name(void **state)
{
	(void)state;
	assert_string_equal(bf_error_name(0), "BF_OK");
	assert_string_equal(bf_error_name(BF_EFULL), "BF_EFULL");
	assert_string_equal(bf_error_name(BF_EDAMAGED), "BF_EDAMAGED");
	assert_string_equal(bf_error_name(BF_EDAMAGED - 1), "BF_?");
	assert_string_equal(bf_error_name(1), "BF_?");
	assert_string_equal(bf_error_name(INT32_MIN), "BF_?");
	for (int rc = BF_EDAMAGED; rc < 0; rc++)
		assert_string_not_equal(bf_error_name(rc), bf_error_name(rc + 1));
}

/* Rows `| ... | `name` | rc |` of protocol/README.md: what another program reads in a REFUSE. */
static void the_document_gives_each_refusal_its_rc(void **state)
{
	FILE *file = fopen(GOLDEN_DIR "/../../protocol/README.md", "r");
	static char text[1 << 20];
	char name[64];
	int rc, end, seen = 0;

	(void)state;
	assert_non_null(file);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	fclose(file);
	for (const char *at = text; (at = strstr(at, " | `")) != NULL; at++) {
		struct fault f = { 0 };

		end = 0;
		if (sscanf(at, " | `%63[a-z_]` | %d |%n", name, &rc, &end) != 2 || end == 0 ||
		    at[end] != '\n')
			continue;
		for (int code = FAULT_NONE + 1; code < FAULT_COUNT; code++)
			if (strcmp(fault_name((enum fault_code)code), name) == 0)
				fault_say(&f, (enum fault_code)code, NULL, NULL, NULL);
		if (f.code == FAULT_NONE || f.rc != -rc)
			fail_msg("%s: the document says rc %d, the program %d", name, rc, -f.rc);
		seen++;
	}
	assert_int_equal(seen, 29);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(details_stand_where_the_sentence_wants_them),
		cmocka_unit_test(a_detail_that_looks_like_a_placeholder_is_not_filled_again),
		cmocka_unit_test(a_path_is_shown_as_it_is),
		cmocka_unit_test(a_long_detail_is_cut_at_a_whole_character),
		cmocka_unit_test(what_the_system_says_is_chinese_in_the_chinese_sentence_only),
		cmocka_unit_test(words_of_our_own_go_each_to_its_language),
		cmocka_unit_test(the_place_is_called_as_its_reader_calls_it),
		cmocka_unit_test(every_row_is_whole_unique_and_mends),
		cmocka_unit_test(every_result_has_its_own_name),
		cmocka_unit_test(the_document_gives_each_refusal_its_rc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
