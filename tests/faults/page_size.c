/* SPDX-License-Identifier: Apache-2.0 */
/* page_size.c -- a machine whose pages have BF_PAGE bytes, as far as LMDB can tell: it asks
 * sysconf, and gets ours.
 *
 * Linked into bangfud_pages. Real machines of 16 and 64 KiB (Kunpeng, Phytium, LoongArch) are rare
 * in CI. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

long sysconf(int name)
{
	static long (*real)(int);
	const char *page = getenv("BF_PAGE");

	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "sysconf");
	return name == _SC_PAGESIZE && page != NULL ? atol(page) : real(name);
}
