/* SPDX-License-Identifier: Apache-2.0 */
/* pool.c -- see pool.h. */
#include "daemon/pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { STACK_BYTES = 8 << 20, THREADS_MAX = 1024 }; /* what libuv asks for, at most */

static bool ready;

/* As libuv reads it. */
static unsigned threads_wanted(void)
{
	const char *text = getenv("UV_THREADPOOL_SIZE");
	long n = text != NULL ? strtol(text, NULL, 10) : POOL_THREADS;

	return n < 1 ? 1 : n > THREADS_MAX ? THREADS_MAX : (unsigned)n;
}

static void wait_for_all(void *gate)
{
	uv_sem_wait(gate);
}

static unsigned try_threads(uv_thread_t *threads, unsigned count)
{
	const uv_thread_options_t options = { .flags = UV_THREAD_HAS_STACK_SIZE,
					      .stack_size = STACK_BYTES };
	unsigned made = 0;
	uv_sem_t gate;

	if (uv_sem_init(&gate, 0) != 0)
		return 0;
	while (made < count &&
	       uv_thread_create_ex(&threads[made], &options, wait_for_all, &gate) == 0)
		made++;
	for (unsigned i = 0; i < made; i++)
		uv_sem_post(&gate);
	for (unsigned i = 0; i < made; i++)
		(void)uv_thread_join(&threads[i]);
	uv_sem_destroy(&gate);
	return made;
}

int pool_ready(struct fault *f)
{
	unsigned count = threads_wanted();
	char text[24];

	if (ready)
		return 0;
	uv_thread_t *threads = calloc(count, sizeof *threads);

	if (threads == NULL)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	ready = try_threads(threads, count) == count;
	free(threads);
	if (ready)
		return 0;
	(void)snprintf(text, sizeof text, "%u", count);
	return fault_say(f, FAULT_THREADS_FEW, NULL, text, NULL);
}
