/* SPDX-License-Identifier: Apache-2.0 */
/* fake_store.c -- see fake_store.h. */
#include "fake_store.h"

#include <unistd.h>

#include "protocol/errors.h"

struct fake_store fake;

int __wrap_store_sync(struct store *s, struct fault *f);
int __wrap_store_apply(struct store *s, uint64_t limit, struct fault *f);
uint64_t __wrap_store_pending(const struct store *s);
uint64_t __wrap_store_origin(const struct store *s);
int __wrap_store_held(struct store *s, uint64_t origin, struct accepted *out);

int fake_stage(unsigned entries)
{
	if (fake.staged + entries > fake.stage_max)
		return BF_EBOUND;
	fake.staged += entries;
	return 0;
}

int __wrap_store_sync(struct store *s, struct fault *f)
{
	(void)s;
	if (fake.staged == 0)
		return 0;
	(void)usleep(fake.sync_ms * 1000);
	fake.syncs++;
	int rc = fake.sync_rc;
	if (rc == BF_EFULL)
		(void)fault_say(f, FAULT_STORE_FULL, NULL, NULL, NULL);
	if (rc == 0)
		fake.journaled += fake.staged;
	fake.staged = 0;
	return rc;
}

int __wrap_store_apply(struct store *s, uint64_t limit, struct fault *f)
{
	unsigned n = fake.journaled < limit ? fake.journaled : (unsigned)limit;
	(void)s;
	if (fake.apply_rc != 0)
		return fault_say(f, FAULT_STORE_FULL, NULL, NULL, NULL);
	fake.applies++;
	fake.journaled -= n;
	fake.applied += n;
	return 0;
}

uint64_t __wrap_store_pending(const struct store *s)
{
	(void)s;
	return fake.journaled;
}

uint64_t __wrap_store_origin(const struct store *s)
{
	(void)s;
	return 1;
}

int __wrap_store_held(struct store *s, uint64_t origin, struct accepted *out)
{
	(void)s;
	*out =
	    (struct accepted){ .head = { .origin = origin, .seq = fake.journaled + fake.applied } };
	return 0;
}
