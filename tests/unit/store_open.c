/* SPDX-License-Identifier: Apache-2.0 */
/* store_open.c -- opening: what is refused, what is made anew, and what nobody touches. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_world.h"

/* Run `check` in a child, since it changes its own process; what it returns is the result. */
static int in_child(struct world *w, int (*check)(struct world *w))
{
	int ends[2], code = -1, status = -1;

	assert_int_equal(0,
			 pipe(ends)); /* an exit code has eight bits, and there are more faults */
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		code = check(w);
		_exit(write(ends[1], &code, sizeof code) == sizeof code ? 0 : 1);
	}
	close(ends[1]);
	if (read(ends[0], &code, sizeof code) != sizeof code)
		code = -1;
	close(ends[0]);
	assert_true(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status) == 0 ? code : -1;
}

static int open_code(struct world *w)
{
	struct store *s = NULL;
	struct fault f = { 0 };

	store_open(&s, &w->options, &f);
	store_close(s);
	return (int)f.code;
}

static void a_second_process_is_refused(void **state)
{
	struct world *w = *state;

	assert_int_equal(FAULT_STORE_BUSY, in_child(w, open_code));
	assert_int_equal(FAULT_STORE_BUSY, open_code(w));
}

static int open_as_nobody(struct world *w)
{
	if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
		return 255;
	return open_code(w);
}

static void a_directory_that_cannot_be_written_is_refused(void **state)
{
	struct world *w = *state;

	world_close(w);
	world_remove(w);
	chmod(w->dir, 0555);
	assert_int_equal(FAULT_DIR_READONLY, in_child(w, open_as_nobody));
	chmod(w->dir, 0700);
	w->options.dir = "/dev/shm/bangfu no such directory";
	assert_int_equal(FAULT_DIR_MISSING, open_code(w));
	w->options.dir = w->dir;
	world_open(w);
}

static int open_with_little_disk(struct world *w)
{
	const struct rlimit little = { 200 * 1024, 200 * 1024 };

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &little);
	return open_code(w);
}

static void a_creation_without_room_leaves_nothing_and_can_be_repeated(void **state)
{
	struct world *w = *state;
	char path[128];

	world_close(w);
	world_remove(w);
	assert_int_equal(FAULT_DISK_FULL, in_child(w, open_with_little_disk));
	snprintf(path, sizeof path, "%s/data.mdb", w->dir);
	assert_int_not_equal(0, access(path, F_OK));
	world_open(w);
}

static void a_creation_cut_short_is_done_again(void **state)
{
	struct world *w = *state;
	char path[128], name[128];

	world_close(w);
	/* As after a power cut between the two renames: the journal is in place, data.mdb is not.
	 */
	snprintf(path, sizeof path, "%s/store.new", w->dir);
	mkdir(path, 0700);
	snprintf(name, sizeof name, "%s/data.mdb", w->dir);
	snprintf(path, sizeof path, "%s/store.new/data.mdb", w->dir);
	assert_int_equal(0, rename(name, path));
	world_open(w);
	assert_int_equal(0, world_entries(w));
}

/* Damage one file, expect `code`, and that no byte of any file was changed. */
static void expect_damaged(struct world *w, const char *name, off_t cut, int code)
{
	char path[128], aside[128];
	struct stat before, after;

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	snprintf(aside, sizeof aside, "%s/copy", w->dir);
	world_copy(w, name, "copy");
	if (cut < 0)
		assert_int_equal(0, unlink(path));
	else
		assert_int_equal(0, truncate(path, cut));
	bool there = stat(path, &before) == 0;

	assert_int_equal(code, open_code(w));
	if (there) {
		assert_int_equal(0, stat(path, &after));
		assert_int_equal(before.st_size, after.st_size);
	}
	assert_int_equal(0, rename(aside, path));
}

static void a_store_that_is_not_whole_is_refused_and_not_touched(void **state)
{
	struct world *w = *state;

	for (int i = 0; i < 300; i++)
		world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_close(w);
	expect_damaged(w, "journal", -1, FAULT_STORE_DAMAGED);
	expect_damaged(w, "journal", 0, FAULT_STORE_DAMAGED);
	expect_damaged(w, "journal", 4096, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", -1, FAULT_DATA_LOST); /* the journal has been used */
	expect_damaged(w, "data.mdb", 0, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", 4096, FAULT_STORE_DAMAGED);
	expect_damaged(w, "data.mdb", 3 * 4096, FAULT_STORE_DAMAGED);
	world_open(w);
	assert_int_equal(300, world_entries(w));
}

/* A flipped bit in the number of our own log: no failed disk, and nothing to be started again. */
static void an_own_log_that_is_not_known_is_damage(void **state)
{
	struct world *w = *state;
	uint8_t value[8];
	struct lmdb_txn t;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	be64_put(value, store_origin(w->s) ^ 4);
	lmdb_put(&t, TREE_META, META_OWN, bytes_of(value, sizeof value));
	assert_int_equal(0, lmdb_commit(&t));
	world_close(w);
	assert_int_equal(FAULT_STORE_DAMAGED, open_code(w));
	world_remove(w);
	world_open(w);
}

static void an_older_data_file_beside_a_newer_journal_is_refused(void **state)
{
	struct world *w = *state;
	char data[128], copy[128];

	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	world_close(w);
	world_copy(w, "data.mdb", "copy");
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	for (int i = 0; i < 6000; i++) {
		world_fund(w, 1);
		if (i % 500 == 0)
			assert_int_equal(0, store_sync(w->s, &w->f));
	}
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_close(w);
	snprintf(data, sizeof data, "%s/data.mdb", w->dir);
	snprintf(copy, sizeof copy, "%s/copy", w->dir);
	assert_int_equal(0, rename(copy, data));
	assert_int_equal(FAULT_STORE_DAMAGED, open_code(w));
	world_remove(w);
	world_open(w);
}

static void set_format(struct world *w, uint32_t number)
{
	uint8_t format[4];
	struct lmdb_txn t;

	be32_put(format, number);
	assert_int_equal(0, lmdb_begin(w->s->lmdb, true, &t));
	lmdb_put(&t, TREE_META, META_FORMAT, bytes_of(format, sizeof format));
	assert_int_equal(0, lmdb_commit(&t));
	world_close(w);
}

static void a_store_of_another_format_is_refused(void **state)
{
	struct world *w = *state;

	set_format(w, KEYS_FORMAT + 1);
	assert_int_equal(FAULT_STORE_NEWER, open_code(w));
	world_remove(w);
	world_open(w);
	set_format(w, KEYS_FORMAT - 1);
	assert_int_equal(FAULT_STORE_OLDER, open_code(w));
	world_remove(w);
	world_open(w);
}

static void a_larger_journal_may_be_asked_for_later(void **state)
{
	struct world *w = *state;
	struct stat st;
	char path[128];

	world_fund(w, 1);
	assert_int_equal(0, store_sync(w->s, &w->f));
	w->options.journal_bytes = 2 * STORE_JOURNAL_BYTES_MIN;
	world_reopen(w);
	snprintf(path, sizeof path, "%s/journal", w->dir);
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(2 * STORE_JOURNAL_BYTES_MIN, st.st_size);
	assert_int_equal(0, st.st_mode & 077);
	w->options.journal_bytes = 0;
	world_reopen(w);
	assert_int_equal(1, world_entries(w));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
		T(a_second_process_is_refused),
		T(a_directory_that_cannot_be_written_is_refused),
		T(a_creation_without_room_leaves_nothing_and_can_be_repeated),
		T(a_creation_cut_short_is_done_again),
		T(a_store_that_is_not_whole_is_refused_and_not_touched),
		T(an_own_log_that_is_not_known_is_damage),
		T(an_older_data_file_beside_a_newer_journal_is_refused),
		T(a_store_of_another_format_is_refused),
		T(a_larger_journal_may_be_asked_for_later),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
