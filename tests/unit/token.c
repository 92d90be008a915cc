/* SPDX-License-Identifier: Apache-2.0 */
/* token.c -- tests of protocol/token.h: a token survives a copy, and a slip of the pen is told. */
#include "wire_world.h"

#include "protocol/token.h"

static struct token some_token(const char *host, uint16_t port)
{
	struct token t = { .port = port };
	struct key_pair key;

	(void)snprintf(t.host, sizeof t.host, "%s", host);
	world_key(&key, 9);
	t.hub = key.public;
	for (int i = 0; i < TOKEN_SECRET_BYTES; i++)
		t.secret[i] = (uint8_t)(250 + i);
	return t;
}

static void a_token_comes_back_as_it_was_put(void **state)
{
	static const struct {
		const char *host;
		uint16_t port;
	} cases[] = { { "hub.example.cn", 7450 }, { "10.0.0.1", 1 }, { "::1", 65535 },
		      { "fe80::1%eth0", 7450 },   { "h", 80 },       { "a-b_c.D9", 7450 } };
	char text[TOKEN_TEXT_MAX];
	struct token back;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct token t = some_token(cases[i].host, cases[i].port);

		token_put(&t, text);
		assert_int_equal(token_take(bytes_str(text), &back, NULL), 0);
		assert_string_equal(back.host, t.host);
		assert_int_equal(back.port, t.port);
		assert_memory_equal(&back.hub, &t.hub, sizeof t.hub);
		assert_memory_equal(back.secret, t.secret, sizeof t.secret);
	}
}

static void a_token_has_its_golden_text(void **state)
{
	struct token t = some_token("hub.example.cn", 7450), six = some_token("::1", 7450);
	char text[TOKEN_TEXT_MAX];

	(void)state;
	world_golden("token", bytes_str(token_put(&t, text)));
	token_put(&six, text);
	assert_memory_equal(text, "bangfu://[::1]:7450/", 20);
	struct hash h = token_hash(t.secret);
	world_golden("token_hash", bytes_of(h.b, sizeof h.b));
}

static void the_longest_host_fits_and_one_more_letter_does_not(void **state)
{
	char host[TOKEN_HOST_MAX + 1], text[TOKEN_TEXT_MAX], longer[2 * TOKEN_TEXT_MAX];
	struct token t, back;

	(void)state;
	memset(host, 'h', sizeof host);
	host[TOKEN_HOST_MAX - 1] = '\0';
	t = some_token(host, 65535);
	token_put(&t, text);
	assert_true(strlen(text) < TOKEN_TEXT_MAX);
	assert_int_equal(token_take(bytes_str(text), &back, NULL), 0);
	(void)snprintf(longer, sizeof longer, "bangfu://h%s", text + strlen("bangfu://"));
	assert_int_equal(token_take(bytes_str(longer), &back, NULL), BF_EINVAL);
}

static void blanks_around_a_token_are_no_matter(void **state)
{
	struct token t = some_token("hub", 7450), back;
	char text[TOKEN_TEXT_MAX], around[TOKEN_TEXT_MAX + 16];

	(void)state;
	(void)snprintf(around, sizeof around, " \t%s\r\n", token_put(&t, text));
	assert_int_equal(token_take(bytes_str(around), &back, NULL), 0);
}

static void every_single_changed_character_is_noticed(void **state)
{
	struct token t = some_token("hub.example.cn", 7450), back;
	char text[TOKEN_TEXT_MAX];
	struct fault f;
	int typed = 0;

	(void)state;
	token_put(&t, text);
	for (size_t i = 0; text[i] != '\0'; i++)
		for (int c = 1; c < 256; c++) {
			char was = text[i];

			if (c == (unsigned char)was)
				continue;
			text[i] = (char)c;
			/* A blank at the very end is a shorter token: also noticed. */
			assert_int_equal(token_take(bytes_str(text), &back, &f), BF_EINVAL);
			typed += f.code == FAULT_TOKEN_TYPED;
			text[i] = was;
		}
	assert_true(typed > 1000);
}

static void what_is_no_token_is_refused_with_the_part_named(void **state)
{
	static const struct {
		const char *text, *part;
	} cases[] = { { "", "bangfu://" },
		      { "https://hub:7450/AAAA", "bangfu://" },
		      { "bangfu://", "host" },
		      { "bangfu:///x", "host" },
		      { "bangfu://hub/x", "port" },
		      { "bangfu://hub:0/x", "port" },
		      { "bangfu://hub:07450/x", "port" },
		      { "bangfu://hub:65536/x", "port" },
		      { "bangfu://hub:123456/x", "port" },
		      { "bangfu://hub:7450", "/" },
		      { "bangfu://hub:7450/", "characters" },
		      { "bangfu://[::1:7450/x", "host" },
		      { "bangfu://[hub]:7450/x", "host" },
		      { "bangfu://hub:7450/!!!!", "characters" } };
	struct token back;
	struct fault f;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(token_take(bytes_str(cases[i].text), &back, &f), BF_EINVAL);
		assert_int_equal(f.code, FAULT_TOKEN_FORM);
		assert_non_null(strstr(f.en, cases[i].part));
		assert_non_null(strstr(f.zh, "登记码"));
	}
}

static void spare_bits_at_the_end_are_not_a_second_spelling(void **state)
{
	struct token t = some_token("hub", 7450), back;
	char text[TOKEN_TEXT_MAX];

	(void)state;
	token_put(&t, text);
	/* 52 bytes are 69 characters and one of two bits: its other four must be zero. */
	char *last = text + strlen(text) - 1;
	const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	long value = strchr(alphabet, *last) - alphabet;
	assert_int_equal(value & 15, 0);
	*last = alphabet[value + 1];
	assert_int_equal(token_take(bytes_str(text), &back, NULL), BF_EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_token_comes_back_as_it_was_put),
		cmocka_unit_test(a_token_has_its_golden_text),
		cmocka_unit_test(the_longest_host_fits_and_one_more_letter_does_not),
		cmocka_unit_test(blanks_around_a_token_are_no_matter),
		cmocka_unit_test(every_single_changed_character_is_noticed),
		cmocka_unit_test(what_is_no_token_is_refused_with_the_part_named),
		cmocka_unit_test(spare_bits_at_the_end_are_not_a_second_spelling),
	};
	return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
