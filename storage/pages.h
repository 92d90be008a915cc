/* SPDX-License-Identifier: Apache-2.0 */
/* pages.h -- data.mdb walked page by page, without LMDB: whether LMDB can be let near it.
 *
 * LMDB 0.9 trusts every number in its file: a page of junk makes it assert, or read where nothing is
 * mapped. So after an unclean end, and before a check, the file is read here as plain bytes. From
 * the newer of the two meta pages every tree is followed: each page bears its own number and one
 * flag, its nodes tile it, keys rise within it and between its neighbours', every tree is as deep
 * and has as many pages and rows as it says, nothing is reached twice, nothing that is free is
 * reached, and nothing lies outside of the file. What a row says is not asked here (check.h).
 *
 * Trusts nothing: every offset is checked before it is used, no walk is deeper than
 * PAGES_DEPTH_MAX, memory is a bit or two for each page that the file really has. The layout is that
 * of 64-bit little-endian machines, as LMDB writes it there; on others a file made there is refused
 * by LMDB too. Thread: any; nobody may write to the file meanwhile. Memory: the caller's. */
#ifndef BF_PAGES_H
#define BF_PAGES_H

#include <stdint.h>

enum {
	PAGES_DEPTH_MAX = 32,    /* LMDB's own bound */
	PAGES_TREES_MAX = 64,    /* named ones */
	PAGES_FINDINGS_MAX = 16, /* told one by one; the others are counted */
	PAGES_STEP = 1024,       /* pages between two calls of `progress`: seconds on an old disk */
};

struct pages_finding {
	uint64_t page;
	char tree[24];    /* "free", "main", or its name */
	const char *what; /* English, static */
};
struct pages_report {
	uint64_t pages, used, free; /* of the file; in trees; on the free list */
	uint64_t findings;
	struct pages_finding first[PAGES_FINDINGS_MAX];
};

/* 0 whatever is found; BF_EIO, BF_ENOMEM, BF_EACCES; BF_EDAMAGED there is no such file. `progress`
 * may be NULL; it is called at the begin and then now and again. */
int pages_walk(const char *path, struct pages_report *out,
	       void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx);

#endif
