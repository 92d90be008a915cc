/* SPDX-License-Identifier: Apache-2.0 */
/* clock_shift.c -- a preloaded library that gives one process a wrong wall clock, as village
 * laptops have, or a fast one.
 *
 * CLOCK_SHIFT_S seconds are added to what CLOCK_REALTIME says; monotonic time stays true unless
 * CLOCK_RATE is set: then it runs that many times as fast from the process's first look at it, so
 * that a deadline of minutes passes in seconds. Written here because time namespaces do not shift
 * the wall clock and no packaged tool is needed for three functions. */
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long shift_s(void)
{
	const char *text = getenv("CLOCK_SHIFT_S");
	return text == NULL ? 0 : strtol(text, NULL, 10);
}

/* Nanoseconds since the first look, times CLOCK_RATE, on top of that look. */
static void hurry(struct timespec *t)
{
	static _Atomic long long first_ns;
	const char *text = getenv("CLOCK_RATE");
	long long ns = t->tv_sec * 1000000000LL + t->tv_nsec, none = 0;

	if (text == NULL)
		return;
	(void)atomic_compare_exchange_strong(&first_ns, &none, ns);
	long long first = atomic_load(&first_ns);
	ns = first + (ns - first) * strtol(text, NULL, 10);
	t->tv_sec = ns / 1000000000LL;
	t->tv_nsec = ns % 1000000000LL;
}

int clock_gettime(clockid_t id, struct timespec *out)
{
	long rc = syscall(SYS_clock_gettime, id, out);
	if (rc == 0 && (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE))
		hurry(out);
	if (rc == 0 && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
		out->tv_sec += shift_s();
	return (int)rc;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	out->tv_sec = now.tv_sec;
	out->tv_usec = now.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return (time_t)-1;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}
