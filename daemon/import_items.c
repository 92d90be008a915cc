/* SPDX-License-Identifier: Apache-2.0 */
/* import_items.c -- see import_items.h. A table of open addresses over a list that only grows, or
 * loses its newest. */
#include "daemon/import_items.h"

#include <stdlib.h>

#include "protocol/errors.h"

enum { SLOTS_MIN = 1024 /* a power of two */ };

int items_init(struct items *s, size_t bytes_max)
{
	s->bytes_max = bytes_max;
	s->slot_count = SLOTS_MIN;
	s->slots = calloc(s->slot_count, sizeof(*s->slots));
	return s->slots != NULL ? 0 : BF_ENOMEM;
}

void items_fini(struct items *s)
{
	buf_fini(&s->bodies);
	buf_fini(&s->names);
	buf_fini(&s->list);
	free(s->slots);
	s->slots = NULL;
}

struct item *items_at(const struct items *s, uint32_t index)
{
	return (struct item *)(void *)s->list.p + index;
}

struct bytes items_name(const struct items *s, const struct item *item)
{
	return bytes_of(s->names.p + item->name, item->name_len);
}

struct bytes items_body(const struct items *s, const struct item *item)
{
	return bytes_of(s->bodies.p + item->body, item->body_len);
}

/* ---- found by kind and name ---- */

/* Where it is, or would be. */
static uint32_t *slot_of(const struct items *s, uint16_t kind, struct bytes name)
{
	uint64_t h = UINT64_C(1469598103934665603) ^ kind;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ name.p[i]) * UINT64_C(1099511628211);
	for (uint32_t at = (uint32_t)(h >> 16);; at++) {
		uint32_t *slot = &s->slots[at & (s->slot_count - 1)];
		const struct item *item = *slot == 0 ? NULL : items_at(s, *slot - 1);

		if (item == NULL)
			return slot;
		if (item->kind == kind && bytes_equal(items_name(s, item), name))
			return slot;
	}
}

bool items_find(const struct items *s, uint16_t kind, struct bytes name, uint32_t *index)
{
	uint32_t slot = *slot_of(s, kind, name);

	*index = slot - 1;
	return slot != 0;
}

/* Items go back in by rising index: the newest is always the last of its chain. */
static int slots_grow(struct items *s)
{
	uint32_t *wider = calloc((size_t)s->slot_count * 2, sizeof(*wider));

	if (wider == NULL)
		return BF_ENOMEM;
	free(s->slots);
	s->slots = wider;
	s->slot_count *= 2;
	for (uint32_t i = 0; i < s->count; i++) {
		const struct item *item = items_at(s, i);

		*slot_of(s, item->kind, items_name(s, item)) = i + 1;
	}
	return 0;
}

int items_add(struct items *s, const struct item *item, struct bytes name, uint32_t *index)
{
	struct item kept = *item;

	if (2 * (s->count + 1) > s->slot_count && slots_grow(s) != 0)
		return BF_ENOMEM;
	if (s->bodies.len + s->names.len + s->list.len > s->bytes_max)
		return BF_EBOUND;
	uint32_t *slot = slot_of(s, item->kind, name);

	kept.name = (uint32_t)s->names.len;
	kept.name_len = (uint32_t)name.len;
	buf_put_bytes(&s->names, name);
	buf_put(&s->list, &kept, sizeof(kept));
	if (s->names.err != 0 || s->list.err != 0)
		return s->names.err != 0 ? s->names.err : s->list.err;
	*index = s->count++;
	*slot = *index + 1;
	return 0;
}

int items_put_body(struct items *s, struct item *item, const struct record *r)
{
	size_t at = s->bodies.len;
	int rc = record_put(r, &s->bodies);

	if (rc != 0)
		return rc;
	item->body = (uint32_t)at;
	item->body_len = (uint32_t)(s->bodies.len - at);
	return 0;
}

/* ---- taken back ---- */

struct items_mark items_mark(const struct items *s)
{
	return (struct items_mark){ .bodies = s->bodies.len, .count = s->count };
}

void items_mark_one(const struct items *s, struct items_mark *m, uint32_t index)
{
	m->was_there = true;
	m->index = index;
	m->household = *items_at(s, index);
}

void items_back(struct items *s, const struct items_mark *m)
{
	while (s->count > m->count) { /* the newest first: each is the last of its chain */
		const struct item *item = items_at(s, --s->count);

		*slot_of(s, item->kind, items_name(s, item)) = 0;
		s->names.len = item->name;
		s->list.len -= sizeof(*item);
	}
	if (m->was_there)
		*items_at(s, m->index) = m->household;
	s->bodies.len = m->bodies;
}

/* ---- a household to come ---- */

struct ref items_to_come(uint32_t index)
{
	return (struct ref){ .origin = UINT64_MAX, .seq = index + 1 };
}

struct ref items_come(const struct items *s, struct ref of)
{
	return of.origin == UINT64_MAX ? items_at(s, (uint32_t)of.seq - 1)->ref : of;
}
