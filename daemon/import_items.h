/* SPDX-License-Identifier: Apache-2.0 */
/* import_items.h -- what the rows of an import name: households and members, each once, found by
 * kind and name.
 *
 * An item is an entry to write, or one that is known and stays as it is. A household that is new
 * has no ref before it is written: until then its members point at its item (items_to_come). Of the
 * items that were there, a row changes none but its household's before it may still be refused; so
 * a mark remembers that one alone, and items_back undoes the row.
 *
 * Thread: any one at a time. Memory: the items own names and bodies, at most `bytes_max`; an item
 * and its name are borrowed until the next items_add. */
#ifndef BF_IMPORT_ITEMS_H
#define BF_IMPORT_ITEMS_H

#include "protocol/entry.h"
#include "protocol/record.h"

/* Offsets fit: no buf grows past BUF_BYTES_MAX. */
struct item {
	struct ref subject, base; /* none: new */
	struct ref ref;           /* of the entry, once staged */
	uint32_t body, body_len;  /* in `bodies`; 0 length: nothing to write */
	uint32_t name, name_len;  /* in `names` */
	uint32_t line;            /* the first that names it */
	uint32_t household;       /* a member's: index of its item */
	uint64_t said;            /* fields that a row has given, equal to what is known or not */
	uint16_t kind;
	uint32_t flags; /* rules that it breaks (flag.h) */
};

struct items {
	uint32_t count;
	/* Below: the module's own. */
	size_t bytes_max;
	struct buf bodies, names, list;
	uint32_t *slots; /* hash of kind and name -> index + 1; at most half are taken */
	uint32_t slot_count;
};

int items_init(struct items *s, size_t bytes_max); /* zeroed memory; BF_ENOMEM */
void items_fini(struct items *s);

struct item *items_at(const struct items *s, uint32_t index);
struct bytes items_name(const struct items *s, const struct item *item);
struct bytes items_body(const struct items *s, const struct item *item);
bool items_find(const struct items *s, uint16_t kind, struct bytes name, uint32_t *index);
/* Keep a copy of the item under a name that is new. BF_EBOUND over `bytes_max`; BF_ENOMEM. */
int items_add(struct items *s, const struct item *item, struct bytes name, uint32_t *index);
/* Encode the record as the item's body. The item need not be kept yet. */
int items_put_body(struct items *s, struct item *item, const struct record *r);

/* Where the items stood before a row. */
struct items_mark {
	size_t bodies;
	uint32_t count;
	bool was_there; /* the household: */
	uint32_t index;
	struct item household;
};
struct items_mark items_mark(const struct items *s);
/* Remember also this item, which the row may change. */
void items_mark_one(const struct items *s, struct items_mark *m, uint32_t index);
void items_back(struct items *s, const struct items_mark *m);

/* Stands for the ref of a household that has none yet; no origin is all ones. */
struct ref items_to_come(uint32_t index);
/* The ref itself, or that of the entry it stood for, once staged. */
struct ref items_come(const struct items *s, struct ref of);

#endif
