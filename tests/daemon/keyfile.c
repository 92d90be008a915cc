/* SPDX-License-Identifier: Apache-2.0 */
/* keyfile.c -- a node's key is made whole or not at all, and never replaced. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/keyfile.h"
#include "protocol/errors.h"

static const uint8_t seed_a[SEED_BYTES] = { 1, 2, 3 }, seed_b[SEED_BYTES] = { 9 };

struct fx {
	char dir[64], path[96], temp[96];
	struct key_pair key;
	struct fault f;
};

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof *f);
	strcpy(f->dir, "/tmp/bf-key.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->path, sizeof f->path, "%s/" KEYFILE_NAME, f->dir);
	(void)snprintf(f->temp, sizeof f->temp, "%s/" KEYFILE_NAME ".new", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fx *f = *state;
	(void)unlink(f->path);
	(void)unlink(f->temp);
	assert_int_equal(rmdir(f->dir), 0); /* nothing else was left */
	test_free(f);
	return 0;
}

static void write_file(const char *path, const void *p, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	(void)close(fd);
}

static void a_key_that_was_made_is_the_key_that_is_loaded(void **state)
{
	struct fx *f = *state;
	struct key_pair expect;
	struct stat st;
	key_from_seed(&expect, seed_a);
	assert_int_equal(keyfile_load(f->dir, &f->key, &f->f), BF_ENOTFOUND);
	assert_int_equal(keyfile_make(f->dir, seed_a, &f->f), 0);
	assert_int_equal(keyfile_load(f->dir, &f->key, &f->f), 0);
	assert_memory_equal(&f->key, &expect, sizeof expect);
	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, SEED_BYTES);
	assert_int_equal(st.st_nlink, 1);
}

static void a_key_is_never_replaced(void **state)
{
	struct fx *f = *state;
	struct key_pair expect;
	key_from_seed(&expect, seed_a);
	assert_int_equal(keyfile_make(f->dir, seed_a, &f->f), 0);
	assert_int_equal(keyfile_make(f->dir, seed_b, &f->f), BF_EEXIST);
	assert_int_equal(keyfile_load(f->dir, &f->key, &f->f), 0);
	assert_true(key_equal(&f->key.public, &expect.public));
}

static void what_a_cut_left_behind_does_not_stop_the_next_making(void **state)
{
	struct fx *f = *state;
	write_file(f->temp, "half", 4, 0600);
	assert_int_equal(keyfile_make(f->dir, seed_a, &f->f), 0);
	assert_int_equal(access(f->temp, F_OK), -1);
}

static void a_key_of_another_size_is_damaged(void **state)
{
	static const uint8_t raw[SEED_BYTES + 1];
	struct fx *f = *state;
	for (size_t len = 0; len <= SEED_BYTES + 1; len += len == 0 ? SEED_BYTES - 1 : 2) {
		write_file(f->path, raw, len, 0600);
		assert_int_equal(keyfile_load(f->dir, &f->key, &f->f), BF_EFORMAT);
		assert_int_equal(f->f.code, FAULT_KEY_SIZE);
	}
}

static void a_key_that_others_can_read_is_refused(void **state)
{
	struct fx *f = *state;
	write_file(f->path, seed_a, SEED_BYTES, 0640);
	assert_int_not_equal(keyfile_load(f->dir, &f->key, &f->f), 0);
	assert_int_equal(f->f.code, FAULT_KEY_OPEN);
	assert_non_null(strstr(f->f.en, "chmod 600"));
}

static void a_link_to_a_key_elsewhere_is_not_followed(void **state)
{
	struct fx *f = *state;
	assert_int_equal(symlink("/etc/hostname", f->path), 0);
	assert_int_not_equal(keyfile_load(f->dir, &f->key, &f->f), 0);
	assert_int_not_equal(f->f.code, FAULT_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(a_key_that_was_made_is_the_key_that_is_loaded),
		T(a_key_is_never_replaced),
		T(what_a_cut_left_behind_does_not_stop_the_next_making),
		T(a_key_of_another_size_is_damaged),
		T(a_key_that_others_can_read_is_refused),
		T(a_link_to_a_key_elsewhere_is_not_followed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
