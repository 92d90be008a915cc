/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c -- see pages.h.
 *
 *   two meta pages -> the newer -> free list -> main tree -> each tree that it names
 *
 * A page that makes no sense is told, and what lies below it is left out; the walk goes on. Counts
 * are compared only for trees of which nothing was left out.
 *
 * page: number u64, pad u16, flags u16, then lower u16 and upper u16 (overflow: pages u32), then
 * from byte 16 on the nodes' offsets u16. node: lo u16, hi u16, flags u16, key bytes u16, key,
 * value. In a branch lo, hi and flags are the child's number; in a leaf lo and hi are the value's
 * bytes. */
#include "storage/pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "protocol/bytes.h"
#include "protocol/errors.h"

enum {
	PAGE_HEAD = 16,
	PAGE_BYTES_MIN = 512,
	PAGE_BYTES_MAX = 32768,
	NODE_HEAD = 8,
	KEY_MAX = 511,
	META_MAGIC_AT = PAGE_HEAD,
	META_DBS_AT = PAGE_HEAD + 24,
	META_LAST_AT = PAGE_HEAD + 120,
	META_TXN_AT = PAGE_HEAD + 128,
	META_END = PAGE_HEAD + 136,
	DB_BYTES = 48,
	DB_INTEGER_KEYS = 8,
	IS_BRANCH = 1,
	IS_LEAF = 2,
	IS_OVERFLOW = 4,
	IS_META = 8,
	NODE_BIG = 1,
	NODE_TREE = 2,
};
static const uint32_t meta_magic = 0xBEEFC0DE;
static const uint64_t no_page = UINT64_MAX;

struct db { /* what a tree says of itself */
	char name[24];
	uint16_t flags, depth;
	uint64_t branches, leaves, overflows, entries, root;
};

struct frame { /* one page on the way down */
	uint8_t *page;
	uint64_t number;
	uint32_t at, count;    /* the child to take next, of how many */
	struct bytes from, to; /* keys lie in [from, to); `to` empty: no bound */
};

enum role { ROLE_FREE, ROLE_MAIN, ROLE_NAMED };

struct walk {
	int fd;
	uint32_t page_bytes;
	uint64_t file_pages, last, txn;
	uint8_t *used, *free; /* a bit per page */
	uint8_t *room;        /* pages of the frames, then one for the free list */
	uint8_t *tiled;       /* bytes of a page that a node has */
	struct frame frames[PAGES_DEPTH_MAX];
	struct db trees[PAGES_TREES_MAX];
	uint32_t tree_count;
	/* Of the tree that is walked. */
	const struct db *db;
	enum role role;
	struct db met; /* counted */
	bool torn;     /* a part was left out */
	struct pages_report *report;
	void (*progress)(void *ctx, uint64_t done, uint64_t total);
	void *ctx;
	int rc; /* the first that is no finding */
};

/* Little-endian, at any address. */
static uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t le32(const uint8_t *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

static uint64_t le64(const uint8_t *p)
{
	return le32(p) | (uint64_t)le32(p + 4) << 32;
}

static void say(struct walk *w, uint64_t page, const char *what)
{
	struct pages_report *r = w->report;

	if (r->findings < PAGES_FINDINGS_MAX) {
		struct pages_finding *f = &r->first[r->findings];

		f->page = page;
		f->what = what;
		snprintf(f->tree, sizeof f->tree, "%s", w->db == NULL ? "meta" : w->db->name);
	}
	r->findings++;
	w->torn = true;
}

/* ---- bytes of the file ---- */

static bool read_at(struct walk *w, void *p, size_t len, uint64_t offset)
{
	uint8_t *to = p;

	while (len > 0 && w->rc == 0) {
		ssize_t n = pread(w->fd, to, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			w->rc = BF_EIO;
			break;
		}
		to += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return w->rc == 0;
}

static bool bit(const uint8_t *bits, uint64_t i)
{
	return (bits[i / 8] >> i % 8 & 1) != 0;
}

static void set_bit(uint8_t *bits, uint64_t i)
{
	bits[i / 8] = (uint8_t)(bits[i / 8] | 1U << i % 8);
}

/* `count` pages from `number` on belong to the tree that is walked, and to nothing else. `from`:
 * the page that says so. */
static bool claim(struct walk *w, uint64_t number, uint64_t count, uint64_t from)
{
	if (number < 2 || number > w->last || count == 0 || count > w->last - number + 1) {
		say(w, from, "it leads to a page that the file has not");
		return false;
	}
	for (uint64_t i = number; i < number + count; i++) {
		if (bit(w->used, i) || bit(w->free, i)) {
			say(w, i,
			    bit(w->used, i) ? "it is reached twice" : "it is in use and free");
			return false;
		}
		set_bit(w->used, i);
		if (++w->report->used % PAGES_STEP == 0 && w->progress != NULL)
			w->progress(w->ctx, w->report->used, w->last + 1);
	}
	return true;
}

/* ---- nodes ---- */

struct node {
	const uint8_t *p;
	uint16_t flags;
	struct bytes key;
	uint64_t child; /* of a branch */
	uint32_t value_bytes;
	const uint8_t *value; /* of a leaf; of a big one the number of its first page */
};

static const uint8_t *node_at(const uint8_t *page, uint32_t i)
{
	return page + le16(page + PAGE_HEAD + 2 * (size_t)i);
}

static struct node take_node(const uint8_t *page, uint32_t i)
{
	const uint8_t *p = node_at(page, i);
	struct node n = { .p = p, .flags = le16(p + 4), .key = { p + NODE_HEAD, le16(p + 6) } };

	n.value_bytes = le32(p);
	n.child = n.value_bytes | (uint64_t)n.flags << 32;
	n.value = n.key.p + n.key.len;
	return n;
}

static uint32_t node_bytes(const uint8_t *page, const struct node *n)
{
	uint32_t bytes = NODE_HEAD + (uint32_t)n->key.len;

	if (le16(page + 10) == IS_LEAF)
		bytes += (n->flags & NODE_BIG) != 0 ? 8 : n->value_bytes;
	return (bytes + 1) & ~1U;
}

static uint32_t count_of(const uint8_t *page)
{
	return (le16(page + 12) - PAGE_HEAD) / 2U;
}

/* Each node lies in the upper part of the page, and together they are all of it. NULL, or what is
 * wrong. */
static const char *tiles(struct walk *w, const uint8_t *page)
{
	uint32_t upper = le16(page + 14), covered = 0;

	memset(w->tiled, 0, w->page_bytes);
	for (uint32_t i = 0; i < count_of(page); i++) {
		uint32_t at = le16(page + PAGE_HEAD + 2 * (size_t)i);

		if (at < upper || at % 2 != 0 || at > w->page_bytes - NODE_HEAD)
			return "a node lies outside of its page";
		struct node n = take_node(page, i);

		if (n.key.len > KEY_MAX ||
		    (le16(page + 10) == IS_LEAF && n.value_bytes > INT32_MAX))
			return "a key or a value is too long";
		uint32_t bytes = node_bytes(page, &n);

		if (bytes > w->page_bytes - at)
			return "a node reaches beyond its page";
		for (uint32_t b = at; b < at + bytes; b++)
			if (w->tiled[b]++ != 0)
				return "two nodes share their bytes";
		covered += bytes;
	}
	return covered == w->page_bytes - upper ? NULL : "its nodes do not fill it";
}

/* Numbers of transactions on the free list, bytes elsewhere. */
static int compare_keys(const struct walk *w, struct bytes a, struct bytes b)
{
	if (w->role != ROLE_FREE)
		return bytes_compare(a, b);
	uint64_t x = a.len == 8 ? le64(a.p) : 0, y = b.len == 8 ? le64(b.p) : 0;

	return x < y ? -1 : x > y;
}

/* The first key of a branch is not looked at by anyone. */
static const char *rises(const struct walk *w, const struct frame *f)
{
	bool branch = le16(f->page + 10) == IS_BRANCH;
	struct bytes last = f->from;
	bool any = f->from.len > 0;

	for (uint32_t i = branch ? 1 : 0; i < f->count; i++) {
		struct bytes key = take_node(f->page, i).key;
		int order = any ? compare_keys(w, last, key) : -1;

		if (w->role == ROLE_FREE ? key.len != 8 : key.len == 0)
			return "a key is none";
		/* A leaf's first key may be the very one that leads to it. */
		if (order > 0 || (order == 0 && (branch || i > 0)))
			return "its keys do not rise";
		if (f->to.len > 0 && compare_keys(w, key, f->to) >= 0)
			return "a key belongs to its neighbour";
		last = key;
		any = true;
	}
	return NULL;
}

/* ---- pages ---- */

static const char *sound(struct walk *w, const struct frame *f, bool leaf)
{
	const uint8_t *p = f->page;
	uint16_t lower = le16(p + 12), upper = le16(p + 14);

	if (le64(p) != f->number)
		return "it bears another number";
	if (le16(p + 10) != (leaf ? IS_LEAF : IS_BRANCH))
		return leaf ? "it is no leaf, where one should be"
			    : "it is no branch, where one should be";
	if (lower < PAGE_HEAD || lower % 2 != 0 || upper < lower || upper > w->page_bytes)
		return "its bounds are none";
	/* LMDB may leave a branch of the free list with one child. */
	if (count_of(p) < (leaf || w->role == ROLE_FREE ? 1U : 2U))
		return "it has too few nodes";
	return tiles(w, p);
}

/* Read the page a frame stands for. False: told, and not to be gone into. */
static bool enter(struct walk *w, uint32_t level, uint64_t number, uint64_t from)
{
	struct frame *f = &w->frames[level];
	bool leaf = level + 1U == w->db->depth;

	if (!claim(w, number, 1, from))
		return false;
	f->page = w->room + (size_t)level * w->page_bytes;
	f->number = number;
	f->at = 0;
	if (!read_at(w, f->page, w->page_bytes, number * w->page_bytes))
		return false;
	const char *wrong = sound(w, f, leaf);

	if (wrong == NULL) {
		f->count = count_of(f->page);
		wrong = rises(w, f);
	}
	if (wrong != NULL) {
		say(w, number, wrong);
		return false;
	}
	w->met.leaves += leaf;
	w->met.branches += !leaf;
	w->met.entries += leaf ? f->count : 0;
	return true;
}

/* A value that has pages of its own. Returns the first one's number, 0 when told. */
static uint64_t big_value(struct walk *w, const struct frame *f, const struct node *n)
{
	uint64_t first = le64(n->value);
	uint64_t need = (PAGE_HEAD - 1 + (uint64_t)n->value_bytes) / w->page_bytes + 1;
	uint8_t head[PAGE_HEAD];

	if (first < 2 || first > w->last) {
		say(w, f->number, "a value leads to a page that the file has not");
		return 0;
	}
	if (!read_at(w, head, sizeof head, first * w->page_bytes))
		return 0;
	if (le64(head) != first || le16(head + 10) != IS_OVERFLOW || le32(head + 12) < need) {
		say(w, first, "it is not the page of a value, where one should be");
		return 0;
	}
	if (!claim(w, first, le32(head + 12), f->number))
		return 0;
	w->met.overflows += le32(head + 12);
	return first;
}

/* ---- what leaves hold ---- */

/* A row of the free list: how many, then their numbers, falling. */
static void free_row(struct walk *w, const struct frame *f, const struct node *n, uint64_t first)
{
	uint64_t offset = first * w->page_bytes + PAGE_HEAD, before = no_page;
	const uint8_t *inside = first == 0 ? n->value : NULL;
	uint8_t *chunk = w->room + (size_t)PAGES_DEPTH_MAX * w->page_bytes;
	uint64_t left = n->value_bytes / 8, in_chunk = 0, at = 0, count = no_page;

	if (n->value_bytes % 8 != 0 || left == 0 || le64(n->key.p) > w->txn) {
		say(w, f->number, "a row of the free list is none");
		return;
	}
	for (; left > 0; left--, at++, in_chunk--) {
		if (in_chunk == 0) { /* the next part of it */
			in_chunk = left < w->page_bytes / 8 ? left : w->page_bytes / 8;
			if (inside != NULL)
				memcpy(chunk, inside + 8 * at, 8 * in_chunk);
			else if (!read_at(w, chunk, 8 * in_chunk, offset + 8 * at))
				return;
		}
		uint64_t full = w->page_bytes / 8;
		uint64_t number = le64(chunk + 8 * (at % full));

		if (at == 0) {
			count = number;
			continue;
		}
		if (at > count)
			return;
		if (number < 2 || number > w->last || number >= before || bit(w->free, number) ||
		    bit(w->used, number)) {
			say(w, f->number, "the free list names a page that cannot be free");
			return;
		}
		set_bit(w->free, number);
		w->report->free++;
		before = number;
	}
	if (count != no_page && count > n->value_bytes / 8 - 1)
		say(w, f->number, "a row of the free list is too short");
}

static struct db take_db(const uint8_t *p)
{
	return (struct db){ .flags = le16(p + 4),
			    .depth = le16(p + 6),
			    .branches = le64(p + 8),
			    .leaves = le64(p + 16),
			    .overflows = le64(p + 24),
			    .entries = le64(p + 32),
			    .root = le64(p + 40) };
}

static void tree_row(struct walk *w, const struct frame *f, const struct node *n)
{
	if (n->flags != NODE_TREE || n->value_bytes != DB_BYTES ||
	    w->tree_count == PAGES_TREES_MAX) {
		say(w, f->number, "a name leads to what is no tree");
		return;
	}
	struct db *db = &w->trees[w->tree_count++];

	*db = take_db(n->value);
	snprintf(db->name, sizeof db->name, "%.*s", (int)n->key.len, (const char *)n->key.p);
}

static void leaf_rows(struct walk *w, const struct frame *f)
{
	for (uint32_t i = 0; i < f->count && w->rc == 0; i++) {
		struct node n = take_node(f->page, i);
		uint64_t first = 0;

		if (w->role == ROLE_MAIN) {
			tree_row(w, f, &n);
			continue;
		}
		if ((n.flags & ~NODE_BIG) != 0) {
			say(w, f->number, "a row has flags that no row has");
			continue;
		}
		if (n.flags == NODE_BIG)
			first = big_value(w, f, &n);
		if (w->role == ROLE_FREE && (first != 0 || n.flags == 0))
			free_row(w, f, &n, first);
	}
}

/* ---- trees ---- */

/* Down to the next child of the frame at `level`; its keys lie between its own and the next one's.
 */
static bool descend(struct walk *w, uint32_t level)
{
	struct frame *f = &w->frames[level], *below = &w->frames[level + 1];
	struct node n = take_node(f->page, f->at);

	below->from = f->at > 0 ? n.key : f->from;
	below->to = f->at + 1 < f->count ? take_node(f->page, f->at + 1).key : f->to;
	f->at++;
	return enter(w, level + 1, n.child, f->number);
}

static void follow(struct walk *w)
{
	uint32_t level = 0;

	w->frames[0].from = w->frames[0].to = (struct bytes){ 0 };
	if (!enter(w, 0, w->db->root, 0))
		return;
	for (;;) {
		struct frame *f = &w->frames[level];

		if (w->rc != 0)
			return;
		if (level + 1U == w->db->depth) {
			leaf_rows(w, f);
			f->at = f->count;
		}
		if (f->at < f->count) {
			level += descend(w, level);
			continue;
		}
		if (level == 0)
			return;
		level--;
	}
}

static void walk_tree(struct walk *w, const struct db *db, enum role role)
{
	uint16_t flags = role == ROLE_FREE ? DB_INTEGER_KEYS : 0;

	w->db = db;
	w->role = role;
	w->met = (struct db){ .root = 0 };
	w->torn = false;
	if (db->flags != flags || db->depth > PAGES_DEPTH_MAX ||
	    (db->root == no_page) != (db->depth == 0)) {
		say(w, db->root == no_page ? 0 : db->root,
		    "what is said of its root makes no sense");
		return;
	}
	if (db->root != no_page)
		follow(w);
	if (w->rc == 0 && !w->torn &&
	    (w->met.branches != db->branches || w->met.leaves != db->leaves ||
	     w->met.overflows != db->overflows || w->met.entries != db->entries))
		say(w, db->root == no_page ? 0 : db->root,
		    "it has other numbers of pages or rows than are said of it");
}

/* ---- the begin of the file ---- */

static bool is_size(uint32_t bytes)
{
	return bytes >= PAGE_BYTES_MIN && bytes <= PAGE_BYTES_MAX && (bytes & (bytes - 1)) == 0;
}

static const char *meta_wrong(const uint8_t *p, uint64_t number, uint32_t page_bytes)
{
	if (le64(p) != number || le16(p + 10) != IS_META)
		return "it is no meta page";
	if (le32(p + META_MAGIC_AT) != meta_magic || le32(p + META_MAGIC_AT + 4) != 1)
		return "this is no file of LMDB 0.9";
	if (!is_size(le32(p + META_DBS_AT)) ||
	    (page_bytes != 0 && le32(p + META_DBS_AT) != page_bytes))
		return "its page size is none";
	return NULL;
}

/* Transaction n stands in meta page n mod 2, and the other page has n - 1: LMDB writes them in
 * turn. Before the first there is 0 in both. */
static bool in_turn(uint64_t even, uint64_t odd)
{
	if (even == 0 && odd == 0)
		return true;
	return even % 2 == 0 && odd % 2 == 1 && (even + 1 == odd || odd + 1 == even);
}

/* Both must be whole, as LMDB reads both; the newer one counts. Its bytes into *meta. */
static bool read_metas(struct walk *w, uint64_t file_bytes, uint8_t meta[META_END])
{
	uint8_t other[META_END];

	if (file_bytes < META_END) {
		say(w, 0, "the file is too short");
		return false;
	}
	if (!read_at(w, meta, META_END, 0))
		return false;
	const char *wrong = meta_wrong(meta, 0, 0);
	uint32_t page_bytes = le32(meta + META_DBS_AT);

	if (wrong == NULL && file_bytes < 2 * (uint64_t)page_bytes)
		wrong = "the file is too short";
	if (wrong != NULL) {
		say(w, 0, wrong);
		return false;
	}
	if (!read_at(w, other, META_END, page_bytes))
		return false;
	wrong = meta_wrong(other, 1, page_bytes);
	if (wrong == NULL && !in_turn(le64(meta + META_TXN_AT), le64(other + META_TXN_AT)))
		wrong = "the two meta pages do not follow each other";
	if (wrong != NULL) {
		say(w, 1, wrong);
		return false;
	}
	if (le64(other + META_TXN_AT) > le64(meta + META_TXN_AT))
		memcpy(meta, other, META_END);
	w->page_bytes = page_bytes;
	w->last = le64(meta + META_LAST_AT);
	w->txn = le64(meta + META_TXN_AT);
	w->file_pages = file_bytes / page_bytes;
	if (w->last < 1 || w->last >= w->file_pages) {
		say(w, w->last, "the file is shorter than its last page");
		return false;
	}
	return true;
}

static int take_memory(struct walk *w)
{
	size_t bits = (size_t)(w->last / 8 + 1);

	w->used = calloc(1, bits);
	w->free = calloc(1, bits);
	w->room = calloc(PAGES_DEPTH_MAX + 1, w->page_bytes);
	w->tiled = calloc(1, w->page_bytes);
	return w->used == NULL || w->free == NULL || w->room == NULL || w->tiled == NULL ? BF_ENOMEM
											 : 0;
}

static void walk_trees(struct walk *w, const uint8_t *meta)
{
	struct db free = take_db(meta + META_DBS_AT), main = take_db(meta + META_DBS_AT + DB_BYTES);

	snprintf(free.name, sizeof free.name, "free");
	snprintf(main.name, sizeof main.name, "main");
	w->report->pages = w->last + 1;
	w->report->used = 2;
	if (w->progress != NULL)
		w->progress(w->ctx, 0, w->last + 1);
	walk_tree(w, &free, ROLE_FREE);
	if (w->rc == 0)
		walk_tree(w, &main, ROLE_MAIN);
	for (uint32_t i = 0; i < w->tree_count && w->rc == 0; i++)
		walk_tree(w, &w->trees[i], ROLE_NAMED);
}

static int not_opened(void)
{
	switch (errno) {
	case ENOENT:
		return BF_EDAMAGED;
	case EACCES:
		return BF_EACCES;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
		return BF_ENOMEM; /* errno tells them apart */
	default:
		return BF_EIO;
	}
}

int pages_walk(const char *path, struct pages_report *out,
	       void (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
	struct walk *w = calloc(1, sizeof *w);
	uint8_t meta[META_END];
	struct stat st;

	*out = (struct pages_report){ 0 };
	if (w == NULL)
		return BF_ENOMEM;
	w->report = out;
	w->progress = progress;
	w->ctx = ctx;
	w->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (w->fd < 0)
		w->rc = not_opened();
	else if (fstat(w->fd, &st) != 0)
		w->rc = BF_EIO;
	else if (read_metas(w, (uint64_t)st.st_size, meta))
		w->rc = take_memory(w);
	if (w->rc == 0 && out->findings == 0)
		walk_trees(w, meta);
	int rc = w->rc;

	if (w->fd >= 0)
		close(w->fd);
	free(w->used);
	free(w->free);
	free(w->room);
	free(w->tiled);
	free(w);
	return rc;
}
