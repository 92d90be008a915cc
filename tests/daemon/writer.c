/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c -- the writer thread: what shares a sync, what waits for it, and what a full or broken
 * disk does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/log.h"
#include "daemon/writer.h"
#include "fake_store.h"
#include "protocol/errors.h"

enum {
	JOBS_MAX = WRITER_QUEUE_MAX + 8,
	PATIENCE_MS = 3000, /* each of these takes milliseconds: a job that was lost is told soon */
	HANG_S = 30,        /* and what waits inside the writer itself ends the process */
};

struct fx;
struct test_job {
	struct job job;
	struct fx *fx;
	unsigned number;
	bool put_again;
	unsigned seen_journaled, seen_applied; /* when run() was called */
};
struct fx {
	uv_loop_t loop;
	uv_timer_t beat;
	struct writer *writer;
	uv_sem_t inside, go_on; /* see run_gate */
	struct test_job jobs[JOBS_MAX];
	unsigned put, done;
	unsigned order[JOBS_MAX];           /* numbers, as done() came */
	unsigned durable_at_done[JOBS_MAX]; /* journaled + applied then */
};

static int run_stage(struct job *job, struct store *store)
{
	(void)job;
	(void)store;
	return fake_stage(1);
}

static int run_look(struct job *job, struct store *store)
{
	struct test_job *t = (struct test_job *)(void *)job;
	(void)store;
	t->seen_journaled = fake.journaled;
	t->seen_applied = fake.applied;
	return 0;
}

static int run_refuse(struct job *job, struct store *store)
{
	(void)store;
	return fault_say(&job->fault, FAULT_BAD_PARAM, "x", "y", "z");
}

static int run_slow(struct job *job, struct store *store)
{
	(void)job;
	(void)store;
	(void)usleep(100 * 1000);
	return 0;
}

/* The writer says that it is inside, and waits there until the test has put all it wants to put. */
static int run_gate(struct job *job, struct store *store)
{
	struct fx *f = ((struct test_job *)(void *)job)->fx;
	(void)store;
	uv_sem_post(&f->inside);
	uv_sem_wait(&f->go_on);
	return 0;
}

static struct test_job *put(struct fx *f, enum job_sort sort,
			    int (*run)(struct job *, struct store *));

static void on_done(struct job *job)
{
	struct test_job *t = (struct test_job *)(void *)job;
	struct fx *f = t->fx;
	f->durable_at_done[f->done] = fake.journaled + fake.applied;
	f->order[f->done++] = t->number;
	if (t->put_again)
		(void)put(f, JOB_STAGE, run_stage);
}

static struct test_job *put(struct fx *f, enum job_sort sort,
			    int (*run)(struct job *, struct store *))
{
	struct test_job *t = &f->jobs[f->put];
	*t = (struct test_job){ .job = { .sort = sort, .run = run, .done = on_done },
				.fx = f,
				.number = f->put };
	assert_int_equal(writer_put(f->writer, &t->job), 0);
	f->put++;
	return t;
}

static void on_beat(uv_timer_t *timer)
{
	(void)timer;
}

/* Once around the loop (the beat sees to it that this is soon); not for ever. */
static void wait_a_beat(struct fx *f, uint64_t since_ns, const char *what)
{
	if (uv_hrtime() - since_ns > PATIENCE_MS * UINT64_C(1000000))
		fail_msg("waited %d ms for %s: %u of %u jobs are done", PATIENCE_MS, what, f->done,
			 f->put);
	(void)uv_run(&f->loop, UV_RUN_ONCE);
}

static void wait_done(struct fx *f, unsigned count)
{
	uint64_t since = uv_hrtime();
	while (f->done < count)
		wait_a_beat(f, since, "jobs");
}

static void wait_until_zero(struct fx *f, uint64_t (*what)(const struct writer *))
{
	uint64_t since = uv_hrtime();
	while (what(f->writer) != 0)
		wait_a_beat(f, since, "nothing to be pending");
}

static void wait_inside(struct fx *f)
{
	uint64_t since = uv_hrtime();
	while (uv_sem_trywait(&f->inside) != 0)
		wait_a_beat(f, since, "the writer to come to the gate");
}

static int setup(void **state)
{
	struct fx *f = test_calloc(1, sizeof *f);
	(void)alarm(HANG_S);
	memset(&fake, 0, sizeof fake);
	fake.stage_max = 1000000;
	log_open(-1);
	assert_int_equal(uv_loop_init(&f->loop), 0);
	assert_int_equal(uv_timer_init(&f->loop, &f->beat), 0);
	assert_int_equal(uv_timer_start(&f->beat, on_beat, 1, 1), 0);
	assert_int_equal(uv_sem_init(&f->inside, 0), 0);
	assert_int_equal(uv_sem_init(&f->go_on, 0), 0);
	assert_int_equal(writer_start(&f->writer, NULL, &f->loop), 0);
	*state = f;
	return 0;
}

static void stop(struct fx *f)
{
	writer_stop(f->writer);
	f->writer = NULL;
}

static int teardown(void **state)
{
	struct fx *f = *state;
	uv_sem_post(&f->go_on); /* a test that failed may have left the writer at the gate */
	stop(f);
	(void)alarm(0);
	uv_sem_destroy(&f->inside);
	uv_sem_destroy(&f->go_on);
	uv_close((uv_handle_t *)&f->beat, NULL);
	(void)uv_run(&f->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->loop), 0);
	test_free(f);
	return 0;
}

static void jobs_that_wait_share_one_sync(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_DIRECT, run_gate);
	wait_inside(f);
	for (int i = 0; i < 100; i++)
		(void)put(f, JOB_STAGE, run_stage);
	uv_sem_post(&f->go_on);
	wait_done(f, 101);
	assert_int_equal(fake.syncs, 1);
	assert_int_equal(writer_counters(f->writer).syncs, 1);
	assert_int_equal(writer_counters(f->writer).jobs, 101);
}

static void done_comes_in_the_order_of_the_puts_whatever_the_sort(void **state)
{
	struct fx *f = *state;
	for (int i = 0; i < 60; i++)
		(void)put(f,
			  i % 7 == 3    ? JOB_DIRECT
			  : i % 11 == 5 ? JOB_APPLIED
					: JOB_STAGE,
			  i % 7 == 3   ? run_look
			  : i % 5 == 0 ? run_refuse
				       : run_stage);
	wait_done(f, 60);
	for (unsigned i = 0; i < 60; i++)
		assert_int_equal(f->order[i], i);
}

static void nothing_is_told_as_done_before_it_is_durable(void **state)
{
	struct fx *f = *state;
	fake.sync_ms = 5;
	for (unsigned i = 0; i < 50; i++) {
		(void)put(f, JOB_STAGE, run_stage);
		if (i % 10 == 0)
			wait_done(f, i);
	}
	wait_done(f, 50);
	for (unsigned i = 0; i < 50; i++)
		assert_true(f->durable_at_done[i] >= i + 1);
}

static void a_direct_job_finds_all_before_it_synced(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_DIRECT, run_slow);
	for (int i = 0; i < 3; i++)
		(void)put(f, JOB_STAGE, run_stage);
	struct test_job *t = put(f, JOB_DIRECT, run_look);
	(void)put(f, JOB_STAGE, run_stage);
	wait_done(f, 6);
	assert_int_equal(t->seen_journaled + t->seen_applied, 3);
}

static void an_applied_job_finds_all_before_it_applied(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_DIRECT, run_slow);
	for (int i = 0; i < 5; i++)
		(void)put(f, JOB_STAGE, run_stage);
	struct test_job *t = put(f, JOB_APPLIED, run_look);
	struct test_job *none = put(f, JOB_APPLIED, NULL);
	wait_done(f, 8);
	assert_int_equal(t->job.rc, 0);
	assert_int_equal(none->job.rc, 0);
	assert_int_equal(t->seen_journaled, 0);
	assert_int_equal(t->seen_applied, 5);
}

static void an_idle_writer_applies_by_itself(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_STAGE, run_stage);
	wait_done(f, 1);
	wait_until_zero(f, writer_pending);
	assert_int_equal(fake.applied, 1);
	assert_int_equal(writer_counters(f->writer).applied_entries, 1);
}

static void what_was_told_as_done_is_pending_until_it_is_applied(void **state)
{
	struct fx *f = *state;
	fake.apply_rc = BF_EFULL; /* it cannot be */
	(void)put(f, JOB_STAGE, run_stage);
	wait_done(f, 1);
	assert_int_not_equal(writer_pending(f->writer), 0);
	fake.apply_rc = 0;
	struct test_job *t = put(f, JOB_APPLIED, NULL);
	wait_done(f, 2);
	assert_int_equal(t->job.rc, 0);
	assert_int_equal(writer_pending(f->writer), 0);
}

static void the_queue_has_a_bound_and_says_busy(void **state)
{
	struct fx *f = *state;
	struct test_job over = { .job = { .sort = JOB_STAGE, .run = run_stage, .done = on_done },
				 .fx = f };
	(void)put(f, JOB_DIRECT, run_slow);
	while (f->put < 2 && f->done == 0)
		(void)usleep(1000), (void)put(f, JOB_STAGE, run_stage);
	unsigned first = f->put;
	(void)usleep(20 *
		     1000); /* the slow one is being run: the queue is empty or has the second */
	int rc = 0;
	while (rc == 0 && f->put < JOBS_MAX) {
		struct test_job *t = &f->jobs[f->put];
		*t = over;
		t->number = f->put;
		rc = writer_put(f->writer, &t->job);
		f->put += rc == 0;
	}
	assert_int_equal(rc, BF_EBUSY);
	assert_true(f->put - first >= WRITER_QUEUE_MAX - 2 && f->put - first <= WRITER_QUEUE_MAX);
	wait_done(f, f->put);
	assert_int_equal(fake.applied + fake.journaled,
			 f->put - 1); /* the one refused was not done */
}

static void a_refused_job_keeps_its_own_fault_and_spoils_no_other(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_DIRECT, run_slow);
	struct test_job *a = put(f, JOB_STAGE, run_stage), *bad = put(f, JOB_STAGE, run_refuse),
			*b = put(f, JOB_STAGE, run_stage);
	wait_done(f, 4);
	assert_int_equal(a->job.rc, 0);
	assert_int_equal(b->job.rc, 0);
	assert_int_equal(bad->job.rc, BF_EINVAL);
	assert_int_equal(bad->job.fault.code, FAULT_BAD_PARAM);
}

static void a_full_disk_refuses_the_whole_group_and_later_ones_pass(void **state)
{
	struct fx *f = *state;
	fake.sync_rc = BF_EFULL;
	(void)put(f, JOB_DIRECT, run_slow);
	struct test_job *a = put(f, JOB_STAGE, run_stage), *bad = put(f, JOB_STAGE, run_refuse),
			*b = put(f, JOB_STAGE, run_stage);
	wait_done(f, 4);
	assert_int_equal(a->job.rc, BF_EFULL);
	assert_int_equal(a->job.fault.code, FAULT_STORE_FULL);
	assert_int_equal(b->job.rc, BF_EFULL);
	assert_int_equal(bad->job.fault.code, FAULT_BAD_PARAM);
	assert_int_equal(writer_pending(f->writer), 0);
	fake.sync_rc = 0;
	struct test_job *later = put(f, JOB_STAGE, run_stage);
	wait_done(f, 5);
	assert_int_equal(later->job.rc, 0);
}

static void a_full_stage_is_synced_and_the_job_tried_again(void **state)
{
	struct fx *f = *state;
	fake.stage_max = 2;
	(void)put(f, JOB_DIRECT, run_slow);
	for (int i = 0; i < 7; i++)
		(void)put(f, JOB_STAGE, run_stage);
	wait_done(f, 8);
	for (int i = 1; i < 8; i++)
		assert_int_equal(f->jobs[i].job.rc, 0);
	assert_int_equal(fake.syncs, 4);
}

static int run_many(struct job *job, struct store *store)
{
	struct test_job *t = (struct test_job *)(void *)job;
	int rc = 0;
	(void)store;
	for (; rc == 0 && t->seen_applied < 7;
	     t->seen_applied += rc == 0) /* goes on where it stopped */
		rc = fake_stage(1);
	return rc;
}

static void a_job_larger_than_the_stage_goes_on_where_it_stopped(void **state)
{
	struct fx *f = *state;
	fake.stage_max = 2;
	struct test_job *t = put(f, JOB_STAGE, run_many);
	wait_done(f, 1);
	assert_int_equal(t->job.rc, 0);
	assert_int_equal(f->durable_at_done[0], 7);
}

static void a_job_cut_in_two_by_a_full_disk_is_not_told_as_done(void **state)
{
	struct fx *f = *state;
	fake.stage_max = 2;
	fake.sync_rc = BF_EFULL;
	struct test_job *t = put(f, JOB_STAGE, run_many);
	wait_done(f, 1);
	assert_int_equal(t->job.rc, BF_EFULL);
	assert_int_equal(fake.journaled + fake.applied, 0);
}

/* A disk that counts what waits for its index: applied, there is room again. */
static int run_if_applied(struct job *job, struct store *store)
{
	(void)store;
	if (fake.journaled > 0)
		return fault_say(&job->fault, FAULT_DISK_FULL, "x", NULL, NULL);
	return fake_stage(1);
}

static void before_a_nearly_full_disk_refuses_what_waits_is_applied(void **state)
{
	struct fx *f = *state;
	(void)put(f, JOB_DIRECT, run_slow);
	(void)put(f, JOB_STAGE, run_stage);
	struct test_job *t = put(f, JOB_STAGE, run_if_applied);
	struct test_job *u = put(f, JOB_STAGE, run_if_applied);
	wait_done(f, 4);
	assert_int_equal(t->job.rc, 0);
	assert_int_equal(t->job.fault.code, FAULT_NONE);
	assert_int_equal(u->job.rc, 0);
}

static void a_job_too_big_for_an_empty_stage_is_refused(void **state)
{
	struct fx *f = *state;
	fake.stage_max = 0;
	struct test_job *t = put(f, JOB_STAGE, run_stage);
	wait_done(f, 1);
	assert_int_equal(t->job.rc, BF_EBOUND);
}

static void while_the_disk_is_full_applying_waits_and_says_so(void **state)
{
	struct fx *f = *state;
	fake.apply_rc = BF_EFULL;
	(void)put(f, JOB_STAGE, run_stage);
	struct test_job *t = put(f, JOB_APPLIED, run_look);
	wait_done(f, 2);
	assert_int_equal(t->job.rc, BF_EFULL);
	assert_int_equal(t->job.fault.code, FAULT_STORE_FULL);
	fake.apply_rc = 0;
}

static void what_is_saved_is_told_also_while_it_cannot_be_applied(void **state)
{
	struct fx *f = *state;
	assert_int_equal(writer_saved(f->writer), 0);
	fake.apply_rc = BF_EFULL;
	put(f, JOB_STAGE, run_stage);
	put(f, JOB_STAGE, run_stage);
	struct test_job *flush = put(f, JOB_APPLIED, NULL);
	wait_done(f, 3);
	assert_int_equal(flush->job.rc, BF_EFULL);
	assert_int_equal(flush->job.left, fake.journaled);
	assert_true(flush->job.left > 0);
	assert_int_equal(writer_saved(f->writer), fake.journaled);
	fake.apply_rc = 0;
}

static void stopping_finishes_what_was_put(void **state)
{
	struct fx *f = *state;
	fake.sync_ms = 2;
	for (int i = 0; i < 200; i++)
		(void)put(f, JOB_STAGE, run_stage);
	stop(f);
	assert_int_equal(f->done, 200);
	assert_int_equal(fake.applied, 200);
}

static void after_the_stop_nothing_is_taken(void **state)
{
	struct fx *f = *state;
	struct test_job t = { .job = { .sort = JOB_STAGE, .run = run_stage, .done = on_done },
			      .fx = f };
	stop(f);
	assert_int_equal(writer_put(f->writer, &t.job), BF_ECLOSED);
	assert_int_equal(writer_pending(f->writer), 0);
}

static void done_may_put_the_next_job(void **state)
{
	struct fx *f = *state;
	put(f, JOB_STAGE, run_stage)->put_again = true;
	wait_done(f, 2);
	assert_int_equal(fake.applied + fake.journaled, 2);
}

/* Crash-only: a disk that failed is not asked again. In a child, since it is the end of the
 * process. */
static void a_failed_sync_ends_the_process(void **state)
{
	int status;
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct fx *f = NULL;
		void *child = NULL;
		(void)setup(&child);
		f = child;
		fake.sync_rc = BF_EIO;
		(void)put(f, JOB_STAGE, run_stage);
		wait_done(f, 1);
		_exit(0); /* it was told as done: wrong */
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		cmocka_unit_test(a_failed_sync_ends_the_process),
		T(jobs_that_wait_share_one_sync),
		T(done_comes_in_the_order_of_the_puts_whatever_the_sort),
		T(nothing_is_told_as_done_before_it_is_durable),
		T(a_direct_job_finds_all_before_it_synced),
		T(an_applied_job_finds_all_before_it_applied),
		T(an_idle_writer_applies_by_itself),
		T(what_was_told_as_done_is_pending_until_it_is_applied),
		T(the_queue_has_a_bound_and_says_busy),
		T(a_refused_job_keeps_its_own_fault_and_spoils_no_other),
		T(a_full_disk_refuses_the_whole_group_and_later_ones_pass),
		T(a_full_stage_is_synced_and_the_job_tried_again),
		T(a_job_larger_than_the_stage_goes_on_where_it_stopped),
		T(a_job_cut_in_two_by_a_full_disk_is_not_told_as_done),
		T(before_a_nearly_full_disk_refuses_what_waits_is_applied),
		T(a_job_too_big_for_an_empty_stage_is_refused),
		T(while_the_disk_is_full_applying_waits_and_says_so),
		T(what_is_saved_is_told_also_while_it_cannot_be_applied),
		T(stopping_finishes_what_was_put),
		T(after_the_stop_nothing_is_taken),
		T(done_may_put_the_next_job),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
