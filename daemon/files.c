/* SPDX-License-Identifier: Apache-2.0 */
/* files.c -- see files.h. */
#include "daemon/files.h"

#include <stdio.h>
#include <sys/resource.h>

void files_raise(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= files.rlim_max)
		return;
	files.rlim_cur = files.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &files);
}

static rlim_t allowed(void)
{
	struct rlimit files;

	return getrlimit(RLIMIT_NOFILE, &files) == 0 ? files.rlim_cur : RLIM_INFINITY;
}

int files_check(struct fault *f)
{
	return allowed() < FILES_MIN ? files_few(f) : 0;
}

int files_few(struct fault *f)
{
	char have[24], need[24];

	(void)snprintf(have, sizeof have, "%llu", (unsigned long long)allowed());
	(void)snprintf(need, sizeof need, "%d", FILES_MIN);
	return fault_say(f, FAULT_FILES_FEW, NULL, have, need);
}
