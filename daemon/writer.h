/* SPDX-License-Identifier: Apache-2.0 */
/* writer.h -- the one thread that changes the store, and the queue in front of it.
 *
 * Jobs run in the order they were put. Everything queued when the thread wakes shares one store_sync
 * (group commit); LMDB is applied when the queue has been empty for WRITER_IDLE_MS, when STORE_APPLY_MAX entries wait, or
 * when a JOB_APPLIED asks for it: saving never waits for an index (I10).
 * BF_EIO from the store ends the process (crash-only): the supervisor restarts it, the journal is replayed. BF_EDAMAGED from its
 * sync or apply ends it too, and a restart mends nothing (damage.h); of one job it is told to who asked.
 * Thread: writer_put from the loop; run() on the writer; done() back on the loop.
 * Memory: a job is embedded in its owner's struct and is the writer's from put until done. */
#ifndef BF_WRITER_H
#define BF_WRITER_H

#include <uv.h>

#include "storage/store.h"

enum { WRITER_QUEUE_MAX = 4096, WRITER_IDLE_MS = 10 };

enum job_sort {
	JOB_STAGE,   /* run() stages entries; done() comes after they are durable. It is called again to go on where it
		      * stopped when it said BF_EBOUND or BF_EFULL and there is room now */
	JOB_DIRECT,  /* run() commits by itself (roster, peer, place); what was staged before is synced first */
	JOB_APPLIED, /* run() may be NULL; done() comes when all that was put before is applied: for fresh reads */
};

struct job {
	enum job_sort sort;
	int (*run)(struct job *job, struct store *store);
	void (*done)(struct job *job); /* job->rc and job->fault say how it went */
	int rc;
	struct fault fault;
	uint64_t left; /* JOB_APPLIED that failed: entries saved and not applied */
	/* Below: the module's own. */
	struct job *next;
};

struct writer;
struct writer_counters {
	uint64_t jobs, syncs, applies, applied_entries;
};
/* BF_ENOMEM; BF_EBUSY when the system allows no further thread. */
int writer_start(struct writer **out, struct store *store, uv_loop_t *loop);
/* BF_EBUSY when WRITER_QUEUE_MAX wait: answer "busy", stop reading; done() is then not called. */
int writer_put(struct writer *w, struct job *job);
/* Runs what is queued, syncs, applies, joins the thread; done() of every job is called before it returns. */
void writer_stop(struct writer *w);
struct writer_counters writer_counters(const struct writer *w); /* any thread */
/* The seq up to which our own log is durable, applied or not: what a person may be told is saved. Any thread. */
uint64_t writer_saved(const struct writer *w);
/* Accepted but not applied: when 0 a view is already fresh and no JOB_APPLIED is needed. Any thread. */
uint64_t writer_pending(const struct writer *w);

#endif
