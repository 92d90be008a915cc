/* SPDX-License-Identifier: Apache-2.0 */
/* import_plan.c -- see import_plan.h. A row is read (import_row.h) and judged (import_judge.h);
 * what it names is kept (import_items.h) until it is written. */
#include "daemon/import_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/import_judge.h"
#include "daemon/reply.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"

struct plan {
	struct node *node;
	struct items items;
	struct judge judge;
	struct column columns[ROWS_HEADINGS_MAX];
	struct row_faults faults; /* of one row */
	struct buf failed;
	uint32_t listed;
	uint64_t failed_count;
	struct plan_counts households, members;
	struct plan_flag flags[FLAG_COUNT];
	struct record writing; /* of one item */
	struct buf body;
	uint32_t done;          /* items passed by plan_save and durable */
	uint64_t saved, writes; /* entries durable, entries in all */
};

static int refuse(struct plan *p, const struct row *row, const struct fault *f);
static int tell(struct plan *p, uint32_t line, const struct fault *f);
static int stage(struct plan *p, struct item *item, struct store *store, struct draft *d,
		 uint32_t *staged, struct fault *f);
static int body_of(struct plan *p, const struct item *item);

struct plan *plan_open(struct node *node)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->node = node;
	if (items_init(&p->items, PLAN_BYTES_MAX) == 0)
		return p;
	free(p);
	return NULL;
}

void plan_close(struct plan *p)
{
	if (p == NULL)
		return;
	judge_fini(&p->judge);
	items_fini(&p->items);
	record_fini(&p->writing);
	buf_fini(&p->body);
	buf_fini(&p->failed);
	free(p);
}

/* ---- judging ---- */

int plan_begin(struct plan *p, const struct rows *from)
{
	int rc = judge_begin(&p->judge, p->node, &p->items);

	if (rc != 0)
		return rc;
	for (uint32_t i = 0; i < rows_headings(from); i++)
		p->columns[i] = row_column(rows_heading(from, i));
	return 0;
}

int plan_row(struct plan *p, const struct rows_row *from)
{
	struct fault f = { 0 };
	struct row row;
	int rc = row_read(&row, from, p->columns, &p->judge.ask, &f);

	if (rc == 0)
		rc = judge_row(&p->judge, &row, &f);
	return rc == 0 || f.code == FAULT_NONE ? rc : refuse(p, &row, &f);
}

/* All that is wrong with the row is told in one pass. What stands above ROW_FAULTS_MAX is counted.
 */
static int refuse(struct plan *p, const struct row *row, const struct fault *f)
{
	struct row_faults *faults = &p->faults;
	struct fault rest;
	char more[16];
	int rc = 0;

	p->failed_count++;
	if (p->listed >= PLAN_FAILED_MAX || p->failed.len > REPLY_BYTES_MAX)
		return 0;
	faults->count = faults->more = 0;
	row_tell(row, f, faults);
	judge_tell(&p->judge, row, faults);
	for (uint32_t i = 0; rc == 0 && i < faults->count; i++)
		rc = tell(p, row->from->line, &faults->all[i].fault);
	if (rc != 0 || faults->more == 0)
		return rc;
	(void)snprintf(more, sizeof(more), "%u", faults->more);
	(void)fault_say(&rest, FAULT_IMPORT_MORE, NULL, more, NULL);
	return tell(p, row->from->line, &rest);
}

static int tell(struct plan *p, uint32_t line, const struct fault *f)
{
	p->listed++;
	mp_put_map(&p->failed, 2);
	reply_uint(&p->failed, "line", line);
	mp_put_cstr(&p->failed, "fault");
	rpc_put_fault(&p->failed, f);
	return p->failed.err;
}

/* ---- warnings ---- */

struct headed { /* a household of the file, by the ID of its head */
	struct hash id;
	uint32_t index;
};

static int by_id(const void *a, const void *b)
{
	const struct headed *x = a, *y = b;
	int order = memcmp(x->id.b, y->id.b, sizeof x->id.b);

	return order != 0 ? order : x->index < y->index ? -1 : x->index > y->index;
}

static void head_add(struct plan *p, uint32_t index, struct buf *heads)
{
	const struct item *item = items_at(&p->items, index);
	struct headed one = { .index = index };
	struct record *r = &p->writing;

	if (item->kind != KIND_HOUSEHOLD || item->body_len == 0)
		return;
	record_fini(r);
	record_init(r, kind_by_id(KIND_HOUSEHOLD));
	if (record_take(r, r->kind, items_body(&p->items, item)) != 0)
		return;
	struct bytes id = flag_head_key(r);

	if (id.len == 0)
		return;
	one.id = hash_one(id);
	buf_put(heads, &one, sizeof one);
}

/* The store does not know yet that one person heads two households of the file: the later ones are
 * flagged, as when they are applied. */
static int flag_heads(struct plan *p)
{
	struct buf heads = { 0 };
	int rc;

	for (uint32_t i = 0; i < p->items.count; i++)
		head_add(p, i, &heads);
	const struct headed *list = (const void *)heads.p;
	size_t count = heads.len / sizeof *list;

	if (count > 1)
		qsort(heads.p, count, sizeof *list, by_id);
	for (size_t i = 1; i < count; i++)
		if (hash_equal(&list[i].id, &list[i - 1].id))
			items_at(&p->items, list[i].index)->flags |= FLAG_BIT(FLAG_HEAD_TWICE);
	rc = heads.err;
	buf_fini(&heads);
	return rc;
}

static void count_flags(struct plan *p, const struct item *item)
{
	for (int i = 0; i < FLAG_COUNT; i++) {
		struct plan_flag *n = &p->flags[i];

		if ((item->flags & FLAG_BIT(i)) == 0)
			continue;
		n->line = n->count == 0 || item->line < n->line ? item->line : n->line;
		n->count++;
	}
}

const struct plan_flag *plan_flags(const struct plan *p)
{
	return p->flags;
}

int plan_end(struct plan *p)
{
	if (!judge_end(&p->judge))
		return 0;
	int rc = flag_heads(p);

	for (uint32_t i = 0; i < p->items.count; i++) {
		const struct item *item = items_at(&p->items, i);
		struct plan_counts *n = item->kind == KIND_HOUSEHOLD ? &p->households : &p->members;

		p->writes += item->body_len > 0;
		if (item->body_len > 0)
			count_flags(p, item);
		if (item->body_len == 0)
			n->same++;
		else if (ref_none(item->subject))
			n->fresh++;
		else
			n->changed++;
	}
	return rc;
}

/* ---- counts ---- */

const struct plan_counts *plan_counts(const struct plan *p, uint16_t kind)
{
	return kind == KIND_HOUSEHOLD ? &p->households : &p->members;
}

uint64_t plan_failed(const struct plan *p, struct bytes *items, uint32_t *listed)
{
	*items = buf_bytes(&p->failed);
	*listed = p->listed;
	return p->failed_count;
}

uint64_t plan_saved(const struct plan *p)
{
	return p->saved;
}

uint64_t plan_to_save(const struct plan *p)
{
	return p->writes;
}

/* ---- writing ---- */

int plan_save(struct plan *p, struct store *store, const char *author, int64_t wall_ms,
	      struct fault *f)
{
	struct draft d = { .wall_ms = wall_ms, .author = bytes_str(author) };
	uint32_t at = p->done, staged = 0;
	struct fault unsynced = { 0 };
	int rc = 0;

	while (rc == 0 && at < p->items.count && staged < PLAN_SAVE_MAX) {
		rc = stage(p, items_at(&p->items, at), store, &d, &staged, f);
		at += rc == 0;
	}
	if (rc == BF_EBOUND && staged > 0)
		rc = 0; /* the stage is full: what is in it is this time's part */
	int sync_rc = store_sync(store, &unsynced);

	if (sync_rc != 0) { /* all that was staged is forgotten */
		*f = unsynced;
		return sync_rc;
	}
	p->done = at;
	p->saved += staged;
	return rc;
}

/* Stage the item, unless there is nothing to write of it. */
static int stage(struct plan *p, struct item *item, struct store *store, struct draft *d,
		 uint32_t *staged, struct fault *f)
{
	int rc = 0;

	if (item->body_len == 0)
		return 0;
	rc = body_of(p, item);
	d->kind = item->kind;
	d->subject = item->subject;
	d->base = item->base;
	d->body = buf_bytes(&p->body);
	if (rc == 0)
		rc = store_append(store, d, &item->ref, f);
	*staged += rc == 0;
	return rc;
}

/* The body as it is written: a household to come has come, since it stands before its members. */
static int body_of(struct plan *p, const struct item *item)
{
	const struct kind *k = kind_by_id(item->kind);
	uint8_t link[REF_BYTES];

	buf_renew(&p->body);
	record_fini(&p->writing);
	record_init(&p->writing, k);
	int rc = record_take(&p->writing, k, items_body(&p->items, item));

	if (rc != 0)
		return rc;
	const struct value *of = item->kind != KIND_MEMBER ? NULL : judge_household(&p->writing);

	if (of != NULL) {
		ref_put(items_come(&p->items, ref_get(of->s.p)), link);
		judge_set_household(&p->writing, link);
	}
	rc = record_put(&p->writing, &p->body);
	return rc == 0 ? p->body.err : rc;
}
