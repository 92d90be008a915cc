/* clock.c -- the only readers of clocks and of randomness. Machines and store get both as
 * arguments. */
#include "daemon/node.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

#include "protocol/calendar.h"
#include "protocol/errors.h"

int64_t wall_ms(void)
{
	struct timespec t;
	BF_REQUIRE(clock_gettime(CLOCK_REALTIME, &t) == 0);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t mono_ms(void)
{
	struct timespec t;
	BF_REQUIRE(clock_gettime(CLOCK_MONOTONIC, &t) == 0);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)(t.tv_nsec / 1000000);
}

int32_t today(void)
{
	return day_of_ms(wall_ms());
}

void random_bytes(void *p, size_t len)
{
	uint8_t *at = p;
	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		BF_REQUIRE(n > 0);
		at += n;
		len -= (size_t)n;
	}
}

/* It fits a signed integer of whoever reads it elsewhere, and is never 0. */
uint64_t random_epoch(void)
{
	uint64_t epoch;

	random_bytes(&epoch, sizeof epoch);
	return epoch >> 1 | 1;
}
