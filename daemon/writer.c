/* SPDX-License-Identifier: Apache-2.0 */
/* writer.c -- see writer.h.
 *
 *   loop:   put -> queue            on_async: done list -> done()
 *   thread:        take all -> run each -> sync -> done list -> (idle) apply
 *
 * The thread takes the whole queue at each turn, so the slower the disk the larger the group. W1:
 * done() of a JOB_STAGE is only listed after the sync that made its entries durable. W2: done()
 * calls come in the order of the puts. W3: `journaled` is raised before a job is listed as done, so
 * a reader that saw its "saved" sees that a flush is needed too. */
#include "daemon/writer.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "daemon/damage.h"
#include "daemon/log.h"
#include "protocol/errors.h"

enum {
	WRITER_STACK_BYTES = 1 << 20,
	WRITER_FULL_RETRY_MS = 1000, /* between tries to apply while the disk is full */
	WRITER_EXIT = 70,            /* EX_SOFTWARE: the supervisor starts us again */
};

struct jobs { /* a FIFO by job->next */
	struct job *first, **tail;
};

struct writer {
	struct store *store;
	uv_thread_t thread;
	uv_mutex_t mutex;
	uv_cond_t wake;
	uv_async_t async;
	/* Under the mutex. */
	struct jobs queue, done;
	unsigned queued;
	bool stopping;
	/* The thread's own. */
	struct jobs staged;     /* run, waiting for their sync */
	uint64_t full_until_ns; /* do not try to apply before */
	/* Read from any thread. */
	atomic_uint_fast64_t staging, journaled, saved;
	atomic_uint_fast64_t jobs, syncs, applies, applied_entries;
};

static void writer_main(void *arg);
static bool take_queue(struct writer *w, struct jobs *out);
static void run_all(struct writer *w, struct jobs *queue);
static int sync_staged(struct writer *w);
static int apply_some(struct writer *w, struct fault *f);
static void finish(struct writer *w, struct jobs *list);
static void on_async(uv_async_t *async);
static void on_closed(uv_handle_t *handle);

static void jobs_init(struct jobs *l)
{
	l->first = NULL;
	l->tail = &l->first;
}

static void jobs_put(struct jobs *l, struct job *job)
{
	job->next = NULL;
	*l->tail = job;
	l->tail = &job->next;
}

static struct job *jobs_take(struct jobs *l)
{
	struct job *job = l->first;
	if (job == NULL)
		return NULL;
	l->first = job->next;
	if (l->first == NULL)
		l->tail = &l->first;
	job->next = NULL;
	return job;
}

static void jobs_move(struct jobs *to, struct jobs *from)
{
	if (from->first == NULL)
		return;
	*to->tail = from->first;
	to->tail = from->tail;
	jobs_init(from);
}

/* Where our own log durably ends. With nothing staged: what is held is the disk's. */
static void note_saved(struct writer *w)
{
	struct accepted own;

	if (store_held(w->store, store_origin(w->store), &own) == 0)
		atomic_store(&w->saved, own.head.seq);
}

int writer_start(struct writer **out, struct store *store, uv_loop_t *loop)
{
	const uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE,
					      .stack_size = WRITER_STACK_BYTES };
	struct writer *w = calloc(1, sizeof *w);
	if (w == NULL)
		return BF_ENOMEM;
	w->store = store;
	jobs_init(&w->queue);
	jobs_init(&w->done);
	jobs_init(&w->staged);
	atomic_store(&w->journaled, store_pending(store));
	note_saved(w);
	w->async.data = w;
	BF_REQUIRE(uv_mutex_init(&w->mutex) == 0 && uv_cond_init(&w->wake) == 0);
	if (uv_async_init(loop, &w->async, on_async) != 0) {
		on_closed((uv_handle_t *)&w->async); /* the loop does not know it */
		return BF_ENOMEM;
	}
	/* Waiting for a job is its owner's to show by a handle; an idle writer keeps no loop alive.
	 */
	uv_unref((uv_handle_t *)&w->async);
	if (uv_thread_create_ex(&w->thread, &options, writer_main, w) != 0) {
		uv_close((uv_handle_t *)&w->async, on_closed);
		return BF_EBUSY;
	}
	*out = w;
	return 0;
}

int writer_put(struct writer *w, struct job *job)
{
	int rc = 0;

	if (w == NULL)
		return BF_ECLOSED;
	job->rc = 0;
	job->left = 0;
	job->fault.code = FAULT_NONE;
	uv_mutex_lock(&w->mutex);
	if (w->stopping)
		rc = BF_ECLOSED;
	else if (w->queued >= WRITER_QUEUE_MAX)
		rc = BF_EBUSY;
	else {
		if (job->sort == JOB_STAGE)
			atomic_fetch_add(&w->staging, 1);
		jobs_put(&w->queue, job);
		if (w->queued++ == 0)
			uv_cond_signal(&w->wake);
	}
	uv_mutex_unlock(&w->mutex);
	return rc;
}

static void writer_main(void *arg)
{
	struct writer *w = arg;
	struct jobs queue;

	while (take_queue(w, &queue)) {
		run_all(w, &queue);
		if (store_pending(w->store) >= STORE_APPLY_MAX)
			(void)apply_some(w, NULL);
	}
	while (store_pending(w->store) > 0 && apply_some(w, NULL) == 0)
		;
}

/* Wait for jobs; apply while there are none. False when stopped and empty. */
static bool take_queue(struct writer *w, struct jobs *out)
{
	jobs_init(out);
	uv_mutex_lock(&w->mutex);
	while (w->queue.first == NULL && !w->stopping) {
		if (store_pending(w->store) == 0) {
			uv_cond_wait(&w->wake, &w->mutex);
			continue;
		}
		uint64_t idle_ns = (uint64_t)WRITER_IDLE_MS * 1000000, now = uv_hrtime();
		if (w->full_until_ns > now + idle_ns)
			idle_ns = w->full_until_ns - now;
		if (uv_cond_timedwait(&w->wake, &w->mutex, idle_ns) != UV_ETIMEDOUT)
			continue;
		uv_mutex_unlock(&w->mutex);
		(void)apply_some(w, NULL);
		uv_mutex_lock(&w->mutex);
	}
	jobs_move(out, &w->queue);
	w->queued = 0;
	bool more = out->first != NULL || !w->stopping;
	uv_mutex_unlock(&w->mutex);
	return more;
}

/* Crash-only: after a failed write or sync nothing in memory can be trusted to match the disk. The
 * journal is replayed at the next start; what was told as saved is in it. A store that cannot be
 * read is another matter: starting again would not mend it. */
static void require_disk(int rc, const char *step)
{
	if (rc != BF_EIO && rc != BF_EDAMAGED)
		return;
	log_error(ev("store_failed"), ls("step", step), ls("rc", bf_error_name(rc)));
	if (rc == BF_EDAMAGED)
		damage_end();
	_exit(WRITER_EXIT);
}

/* A full stage is synced. A disk that is nearly full counts what waits to be applied; applied, it
 * takes less. True when something gave way, so that the job may go on where it stopped; rc is then
 * 0, else why not. */
static bool give_way(struct writer *w, struct job *job)
{
	uint64_t before = store_pending(w->store);
	int rc = sync_staged(w);

	if (rc != 0) { /* what this job had staged is forgotten too: it cannot go on */
		job->rc = rc;
		return false;
	}
	if (job->rc == BF_EBOUND)
		return store_pending(w->store) != before;
	before = store_pending(w->store);
	while (store_pending(w->store) > 0 && apply_some(w, NULL) == 0)
		;
	return store_pending(w->store) < before;
}

static void run_stage(struct writer *w, struct job *job)
{
	job->rc = job->run(job, w->store);
	while ((job->rc == BF_EBOUND || job->rc == BF_EFULL) && give_way(w, job)) {
		job->fault.code = FAULT_NONE;
		job->rc = job->run(job, w->store);
	}
	if (job->rc != BF_EDAMAGED) /* of one log: told to who asked, all else goes on */
		require_disk(job->rc, "stage");
	jobs_put(&w->staged, job);
}

static void run_all(struct writer *w, struct jobs *queue)
{
	struct jobs one;
	struct job *job;

	while ((job = jobs_take(queue)) != NULL) {
		atomic_fetch_add(&w->jobs, 1);
		if (job->sort == JOB_STAGE) {
			run_stage(w, job);
			continue;
		}
		(void)sync_staged(w);
		while (job->sort == JOB_APPLIED && job->rc == 0 && store_pending(w->store) > 0)
			job->rc = apply_some(w, &job->fault);
		if (job->sort == JOB_APPLIED && job->rc != 0)
			job->left = store_pending(w->store);
		if (job->rc == 0 && job->run != NULL)
			job->rc = job->run(job, w->store);
		/* What one row of control cannot tell is told to who asked; all else goes on. */
		if (job->rc != BF_EDAMAGED)
			require_disk(job->rc, "direct");
		jobs_init(&one);
		jobs_put(&one, job);
		finish(w, &one);
	}
	(void)sync_staged(w);
}

/* One fdatasync for all that is staged. A full disk refuses the whole group: none of it is kept. */
static int sync_staged(struct writer *w)
{
	struct fault fault = { .code = FAULT_NONE };
	uint64_t count = 0;

	uint64_t before = store_pending(w->store);
	int rc = store_sync(w->store, &fault);
	require_disk(rc, "sync"); /* other failures forget the group, and say so to each */
	uint64_t after = store_pending(w->store);
	atomic_fetch_add(&w->syncs, after != before); /* a group of look-ups costs none */
	atomic_store(&w->journaled, after);           /* W3 */
	note_saved(w);
	for (struct job *job = w->staged.first; job != NULL; job = job->next) {
		count++;
		if (rc != 0 && job->rc == 0) {
			job->rc = rc;
			job->fault = fault;
		}
	}
	if (count > 0)
		finish(w, &w->staged);
	atomic_fetch_sub(&w->staging, count);
	return rc;
}

static int apply_some(struct writer *w, struct fault *f)
{
	struct fault fault = { .code = FAULT_NONE };
	uint64_t before = store_pending(w->store);

	if (before == 0)
		return 0;
	int rc = store_apply(w->store, STORE_APPLY_MAX, &fault);
	require_disk(rc, "apply");
	if (rc != 0) {
		log_warn(ev("apply_waits"), lf(&fault), lu("pending", before));
		w->full_until_ns = uv_hrtime() + (uint64_t)WRITER_FULL_RETRY_MS * 1000000;
		if (f != NULL)
			*f = fault;
		return rc;
	}
	w->full_until_ns = 0;
	uint64_t after = store_pending(w->store);
	atomic_store(&w->journaled, after);
	atomic_fetch_add(&w->applies, 1);
	atomic_fetch_add(&w->applied_entries, before - after);
	return 0;
}

static void finish(struct writer *w, struct jobs *list)
{
	uv_mutex_lock(&w->mutex);
	jobs_move(&w->done, list);
	uv_mutex_unlock(&w->mutex);
	BF_REQUIRE(uv_async_send(&w->async) == 0);
}

static void on_async(uv_async_t *async)
{
	struct writer *w = async->data;
	struct jobs done;
	struct job *job;

	jobs_init(&done);
	uv_mutex_lock(&w->mutex);
	jobs_move(&done, &w->done);
	uv_mutex_unlock(&w->mutex);
	while ((job = jobs_take(&done)) != NULL)
		if (job->done != NULL)
			job->done(job);
}

static void on_closed(uv_handle_t *handle)
{
	struct writer *w = handle->data;
	uv_mutex_destroy(&w->mutex);
	uv_cond_destroy(&w->wake);
	free(w);
}

void writer_stop(struct writer *w)
{
	if (w == NULL)
		return;
	uv_mutex_lock(&w->mutex);
	w->stopping = true;
	uv_cond_signal(&w->wake);
	uv_mutex_unlock(&w->mutex);
	BF_REQUIRE(uv_thread_join(&w->thread) == 0);
	on_async(&w->async);
	uv_close((uv_handle_t *)&w->async, on_closed);
}

struct writer_counters writer_counters(const struct writer *w)
{
	return (struct writer_counters){
		.jobs = atomic_load(&w->jobs),
		.syncs = atomic_load(&w->syncs),
		.applies = atomic_load(&w->applies),
		.applied_entries = atomic_load(&w->applied_entries),
	};
}

uint64_t writer_saved(const struct writer *w)
{
	return w == NULL ? 0 : atomic_load(&w->saved);
}

/* Staged first: a job leaves `staging` only after `journaled` counts its entries (W3). */
uint64_t writer_pending(const struct writer *w)
{
	if (w == NULL)
		return 0;
	uint64_t staging = atomic_load(&w->staging);
	return staging + atomic_load(&w->journaled);
}
