/* SPDX-License-Identifier: Apache-2.0 */
/* What the command line's C tests share: cmocka's headers in their order, and a file of given
 * bytes. */
#ifndef CLI_WORLD_H
#define CLI_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "protocol/errors.h"

struct world {
	char path[32];
};

static inline int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return -1;
	strcpy(w->path, "/tmp/bf-cli-XXXXXX");
	int fd = mkstemp(w->path);
	*state = w;
	return fd < 0 ? -1 : close(fd);
}

static inline int world_teardown(void **state)
{
	struct world *w = *state;

	(void)unlink(w->path);
	free(w);
	return 0;
}

static inline void world_write(const struct world *w, const void *bytes, size_t len)
{
	FILE *f = fopen(w->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

#endif
