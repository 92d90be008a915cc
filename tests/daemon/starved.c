/* SPDX-License-Identifier: Apache-2.0 */
/* starved.c -- a node in this process whose allocations and threads fail one at a time: each
 * question is answered in words, and the next one as ever.
 *
 * The linker puts __wrap_* in front of what the daemon's own objects call. Only the loop's thread
 * is starved: what the writer lacks is its own test. Libraries allocate for themselves and are let
 * be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <ftw.h>
#include <lmdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon/log.h"
#include "daemon/node.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"

enum { PATIENCE_MS = 20000, ALLOCATIONS_MAX = 40 };

/* ---- what fails ---- */

static long left = -1; /* allocations that still succeed; negative: all do */
static long threads_left = -1;
static bool no_async;
static pthread_t starving;

void *__real_calloc(size_t n, size_t size);
void *__real_malloc(size_t size);
void *__real_realloc(void *p, size_t size);
int __real_uv_thread_create_ex(uv_thread_t *t, const uv_thread_options_t *o, uv_thread_cb entry,
			       void *arg);
int __real_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_realloc(void *p, size_t size);
int __wrap_uv_thread_create_ex(uv_thread_t *t, const uv_thread_options_t *o, uv_thread_cb entry,
			       void *arg);
int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb);

static bool fails(void)
{
	return left >= 0 && pthread_equal(pthread_self(), starving) && left-- == 0;
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return fails() ? NULL : __real_realloc(p, size);
}

int __wrap_uv_thread_create_ex(uv_thread_t *t, const uv_thread_options_t *o, uv_thread_cb entry,
			       void *arg)
{
	if (threads_left >= 0 && threads_left-- == 0)
		return UV_EAGAIN;
	return __real_uv_thread_create_ex(t, o, entry, arg);
}

int __wrap_uv_async_init(uv_loop_t *loop, uv_async_t *async, uv_async_cb cb)
{
	return no_async ? UV_ENOMEM : __real_uv_async_init(loop, async, cb);
}

static bool no_map;
int __real_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);

/* As LMDB does where the map does not fit into the address space. */
int __wrap_mdb_env_open(MDB_env *env, const char *path, unsigned flags, mdb_mode_t mode)
{
	return no_map ? ENOMEM : __real_mdb_env_open(env, path, flags, mode);
}

void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	return no_map ? MAP_FAILED : __real_mmap(at, bytes, prot, flags, fd, offset);
}

/* ---- the world ---- */

struct fx {
	char dir[64];
	struct config config;
	uv_loop_t loop;
	struct node node;
	bool runs;
	struct fault fault; /* of the start, or of the last answer; FAULT_NONE: it was a result */
	struct mp_doc doc;
	struct buf in;
};

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof *f);

	log_open(-1);
	starving = pthread_self();
	strcpy(f->dir, "/tmp/bf-starved.XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	config_default(&f->config);
	strcpy(f->config.dir, f->dir);
	assert_int_equal(config_check(&f->config, &f->fault), 0);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	*state = f;
	return 0;
}

static int start(struct fx *f)
{
	int rc = node_start(&f->node, &f->config, &f->loop, &f->fault);

	f->runs = true;
	return rc;
}

static void stop(struct fx *f)
{
	if (!f->runs)
		return;
	f->runs = false;
	node_stop(&f->node);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	node_fini(&f->node);
}

static int remove_one(const char *path, const struct stat *st, int sort, struct FTW *at)
{
	(void)st;
	(void)sort;
	(void)at;
	return remove(path);
}

static int teardown(void **state)
{
	struct fx *f = *state;

	left = threads_left = -1;
	no_async = no_map = false;
	stop(f);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	mp_doc_fini(&f->doc);
	buf_fini(&f->in);
	(void)nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	test_free(f);
	return 0;
}

/* ---- asking, from this very thread ---- */

static int dial(struct fx *f)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(at.sun_path, f->config.socket);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof at), 0);
	return fd;
}

/* True when an answer is whole; its fault is then in f. */
static bool answered(struct fx *f)
{
	struct rpc_reply reply;
	size_t used;

	while (rpc_take_reply(buf_bytes(&f->in), &f->doc, &reply, &used) == 0) {
		buf_drop(&f->in, used);
		if (reply.notice)
			continue;
		f->fault = reply.failed ? reply.fault : (struct fault){ 0 };
		return true;
	}
	return false;
}

/* One question on a connection of its own, with the nth allocation after its arrival failing (-1:
 * none). False: the connection was closed without an answer. */
static bool ask(struct fx *f, struct bytes request, long nth)
{
	char chunk[8192];
	int fd = dial(f);
	uint64_t due = mono_ms() + PATIENCE_MS;
	bool whole = false, closed = false;

	for (int i = 0; i < 3; i++)
		(void)uv_run(&f->loop, UV_RUN_NOWAIT); /* let in */
	assert_int_equal(send(fd, request.p, request.len, MSG_NOSIGNAL), request.len);
	buf_clear(&f->in);
	left = nth;
	while (!whole && !closed && mono_ms() < due) {
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
		ssize_t n = recv(fd, chunk, sizeof chunk, MSG_DONTWAIT);
		long kept = left;

		left = -1;
		closed = n == 0;
		if (n > 0)
			buf_put(&f->in, chunk, (size_t)n);
		else if (n < 0)
			usleep(200);
		whole = answered(f);
		left = kept;
	}
	left = -1;
	close(fd);
	if (!whole && !closed)
		fail_msg("no answer without allocation %ld", nth);
	return whole;
}

struct question {
	const char *method;
	const char *pairs[6]; /* key, value, ... NULL; a value "{}" is an empty map, "[]" a list,
				 "!" true */
};

static void put_question(struct buf *b, const struct question *q)
{
	uint32_t count = 0;

	while (count < 6 && q->pairs[count] != NULL)
		count++;
	rpc_put_request(b, 1, q->method);
	mp_put_map(b, count / 2);
	for (uint32_t i = 0; i < count; i++) {
		const char *text = q->pairs[i];

		if (strcmp(text, "{}") == 0)
			mp_put_map(b, 0);
		else if (strcmp(text, "[]") == 0)
			mp_put_array(b, 0);
		else if (strcmp(text, "!") == 0)
			mp_put_bool(b, true);
		else
			mp_put_cstr(b, text);
	}
}

static enum fault_code asked(struct fx *f, const char *method)
{
	const struct question q = { method, { NULL } };
	struct buf b = { 0 };

	put_question(&b, &q);
	assert_true(ask(f, buf_bytes(&b), -1));
	buf_fini(&b);
	return f->fault.code;
}

/* ---- the tests ---- */

static void who_came_when_there_was_no_memory_is_let_in_when_there_is(void **state)
{
	struct fx *f = *state;

	assert_int_equal(start(f), 0);
	int fd = dial(f);

	left = 0; /* nothing for a new client */
	for (int i = 0; i < 3; i++)
		(void)uv_run(&f->loop, UV_RUN_NOWAIT);
	assert_int_equal(left, -1);
	close(fd);
	assert_int_equal(asked(f, "counters"), FAULT_NONE);
}

static const struct question questions[] = {
	{ "verify", { NULL } },
	{ "list", { "kind", "fund", "division", "150000000000" } },
	{ "total", { "kind", "fund", "division", "150000000000" } },
	{ "log", { "kind", "fund", "fields", "{}" } },
	{ "void", { "ref", "0000000000000001-1", "reason", "x" } },
	{ "import", { "rows", "[]" } },
	{ "show", { "ref", "0000000000000001-1" } },
	{ "balance", { "account", "household:1" } },
	{ "place", { "text", "x" } },
	{ "places", { "edition", "1", "rows", "[]" } },
	{ "sync", { "wait", "!" } },
	{ "enrol", { "token", "x" } },
	{ "token", { "division", "150722102200", "role", "village" } },
	{ "nodes", { NULL } },
	{ "watch", { NULL } },
	{ "clear", { "origin", "0000000000000001" } },
	{ "revoke", { "origin", "0000000000000001" } },
	{ "status", { NULL } },
	{ "counters", { NULL } },
	{ "methods", { NULL } },
	{ "schema", { NULL } },
};

static void every_question(struct fx *f)
{
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++) {
		struct buf b = { 0 };
		unsigned starved = 0;

		put_question(&b, &questions[i]);
		(void)ask(f, buf_bytes(&b), -1);
		enum fault_code usual = f->fault.code;

		for (long n = 0; n < ALLOCATIONS_MAX; n++) {
			if (getenv("BF_VERBOSE") != NULL)
				print_message("%s, allocation %ld\n", questions[i].method, n);
			bool told = ask(f, buf_bytes(&b), n);

			if (told && f->fault.code != usual && f->fault.code != FAULT_NO_MEMORY)
				fail_msg("%s without allocation %ld: %s", questions[i].method, n,
					 f->fault.en);
			starved += !told || f->fault.code == FAULT_NO_MEMORY;
			assert_true(ask(f, buf_bytes(&b), -1)); /* nothing is held for ever */
			assert_int_equal(f->fault.code, usual);
		}
		assert_true(starved > 0);
		buf_fini(&b);
	}
}

static void a_station_without_memory_answers_each_question_in_words(void **state)
{
	struct fx *f = *state;

	assert_int_equal(start(f), 0);
	every_question(f);
}

static void a_hub_without_memory_answers_each_question_in_words(void **state)
{
	struct fx *f = *state;

	f->config.role = PART_HUB;
	f->config.division = 150000000000;
	f->config.listen_port = 0;
	strcpy(f->config.listen_host, "127.0.0.1");
	assert_int_equal(start(f), 0);
	every_question(f);
}

static void no_thread_for_the_pool_is_said_and_is_no_abort(void **state)
{
	struct fx *f = *state;

	assert_int_equal(start(f), 0);
	for (long n = 0; n < 4; n++) { /* none, or some of the four */
		threads_left = n;
		assert_int_equal(asked(f, "verify"), FAULT_THREADS_FEW);
		threads_left = -1;
	}
	assert_int_equal(asked(f, "verify"), FAULT_NONE);
	threads_left = 0; /* it is there now, and stays */
	assert_int_equal(asked(f, "verify"), FAULT_NONE);
}

static void no_thread_for_the_writer_is_said_at_the_start(void **state)
{
	struct fx *f = *state;

	threads_left = 0;
	assert_int_equal(start(f), BF_EBUSY);
	assert_int_equal(f->fault.code, FAULT_THREADS_FEW);
	threads_left = -1;
	stop(f);
	assert_int_equal(start(f), 0);
	assert_int_equal(asked(f, "counters"), FAULT_NONE);
}

static void no_way_to_wake_the_loop_is_said_at_the_start_and_later(void **state)
{
	struct fx *f = *state;

	no_async = true;
	assert_int_equal(start(f), BF_ENOMEM);
	assert_int_equal(f->fault.code, FAULT_NO_MEMORY);
	stop(f);
	no_async = false;
	assert_int_equal(start(f), 0);
	no_async = true;
	assert_int_equal(asked(f, "verify"), FAULT_NO_MEMORY);
	no_async = false;
	assert_int_equal(asked(f, "verify"), FAULT_NONE);
}

static void a_map_that_does_not_fit_is_said_with_its_size(void **state)
{
	struct fx *f = *state;

	f->config.map_mib = 12345;
	no_map = true;
	assert_int_equal(start(f), BF_EBOUND);
	assert_int_equal(f->fault.code, FAULT_MAP_LARGE);
	assert_non_null(strstr(f->fault.zh, "12345 MiB"));
	assert_non_null(strstr(f->fault.en, "12345 MiB"));
	assert_non_null(strstr(f->fault.en, "map_mib"));
	stop(f);
	no_map = false;
	assert_int_equal(start(f), 0);
	stop(f);
	no_map = true; /* of a store that is there already */
	assert_int_equal(start(f), BF_EBOUND);
	assert_int_equal(f->fault.code, FAULT_MAP_LARGE);
}

/* The first that succeeds ends it: so each before was one of the start's own. */
static void a_start_without_memory_says_so_and_the_next_one_starts(void **state)
{
	struct fx *f = *state;
	int rc = -1;
	long n = 0;

	for (; rc != 0; n++) {
		left = n;
		rc = start(f);
		bool failed = left == -1;

		left = -1;
		if (rc != 0) {
			assert_true(failed);
			if (f->fault.code != FAULT_NO_MEMORY)
				fail_msg("a start without allocation %ld: %s", n, f->fault.en);
			stop(f);
		}
		assert_true(n < 2000);
	}
	print_message("%ld allocations\n", n);
	assert_true(n > 10);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(no_thread_for_the_pool_is_said_and_is_no_abort), /* before any work makes it */
		T(no_thread_for_the_writer_is_said_at_the_start),
		T(no_way_to_wake_the_loop_is_said_at_the_start_and_later),
		T(a_map_that_does_not_fit_is_said_with_its_size),
		T(a_start_without_memory_says_so_and_the_next_one_starts),
		T(who_came_when_there_was_no_memory_is_let_in_when_there_is),
		T(a_station_without_memory_answers_each_question_in_words),
		T(a_hub_without_memory_answers_each_question_in_words),
	};
#undef T
	return crypto_init() != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
