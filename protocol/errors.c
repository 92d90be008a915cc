/* SPDX-License-Identifier: Apache-2.0 */
/* errors.c -- names of results, for logs and replies; and the one place of the libraries that
 * prints. */
#include "errors.h"

const char *bf_error_name(int rc)
{
	static const char *const names[] = {
		"BF_OK",       "BF_EINVAL",    "BF_EMORE",     "BF_EFORMAT", "BF_EBOUND",
		"BF_ENOMEM",   "BF_EFULL",     "BF_EIO",       "BF_ECHAIN",  "BF_ESIGN",
		"BF_EORDER",   "BF_ENOTFOUND", "BF_EEXIST",    "BF_EACCES",  "BF_EBUSY",
		"BF_EFORK",    "BF_EVERSION",  "BF_EOVERFLOW", "BF_ECLOSED", "BF_EBUG",
		"BF_EDAMAGED",
	};
	enum { COUNT = sizeof(names) / sizeof(names[0]) };

	if (rc > 0 || rc <= -COUNT)
		return "BF_?";
	return names[-rc];
}

void bf_require_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "BF_REQUIRE %s:%d %s\n", file, line, what);
	abort();
}
