/* SPDX-License-Identifier: Apache-2.0 */
/* desk.c -- see desk.h. */
#include "daemon/desk.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/backup.h"
#include "daemon/fleet.h"
#include "daemon/moved.h"
#include "daemon/pool.h"
#include "daemon/upload.h"
#include "protocol/errors.h"
#include "protocol/method.h"

struct recent_row {
	uint16_t kind;
	uint8_t len;
	bool flying;
	char text[RECENT_TEXT_MAX];
	struct ref ref;
};

struct twice_row {
	struct hash what;
	struct ref ref; /* none: on its way */
	uint64_t at_ms; /* monotonic */
	bool used;
};

struct desk {
	struct node *node;
	atomic_bool stopping;
	bool inside[LONE_COUNT];
	/* Work on the pool: how many read the store just now. */
	uv_mutex_t mutex;
	uv_cond_t idle;
	unsigned working;
	/* The loop's: work given to the pool, and work that waits for its turn there. */
	struct task *waiting, **waiting_tail;
	unsigned given_count, waiting_count;
	struct recent_row recent[RECENT_MAX];
	uint32_t recent_next;
	struct twice_row twice[TWICE_MAX];
	uint32_t twice_next;
	struct ref voiding[VOIDING_MAX];
	uint32_t voiding_count;
	struct moved moved;
	struct upload *upload;
	struct backup *backup;
	/* Of the areas asked about lately. */
	struct area {
		uint64_t code;  /* 0: none */
		uint64_t at_ms; /* monotonic */
		struct desk_fresh fresh;
	} areas[FRESH_AREAS];
	uint32_t areas_next;
};

int desk_open(struct desk **out, struct node *node)
{
	struct desk *d = calloc(1, sizeof(*d));

	if (d == NULL)
		return BF_ENOMEM;
	d->node = node;
	d->waiting_tail = &d->waiting;
	BF_REQUIRE(uv_mutex_init(&d->mutex) == 0 && uv_cond_init(&d->idle) == 0);
	*out = d;
	return 0;
}

void desk_close(struct desk *d)
{
	moved_fini(&d->moved);
	uv_cond_destroy(&d->idle);
	uv_mutex_destroy(&d->mutex);
	free(d);
}

bool desk_stopping(const struct desk *d)
{
	return atomic_load(&d->stopping);
}

static void fail(struct call *c, enum fault_code code)
{
	struct fault f;

	fault_say(&f, code, NULL, NULL, NULL);
	call_fail(c, &f);
}

/* ---- dispatch ---- */

static const struct method_row *row_find(const char *name)
{
	for (const struct method_row *row = method_rows; row->name != NULL; row++)
		if (strcmp(row->name, name) == 0)
			return row;
	return NULL;
}

void desk_run(struct call *c, struct bytes name)
{
	const struct method *m = method_find(name);
	const struct method_row *row = m == NULL ? NULL : row_find(m->name);
	char shown[FAULT_WHERE_MAX];
	struct fault f;

	if (row == NULL) {
		fault_say(&f, FAULT_UNKNOWN_METHOD, NULL, fault_typed(name, shown), NULL);
		call_fail(c, &f);
	} else if ((m->parts & c->node->config.role) == 0) {
		fault_say(&f, m->parts == METHOD_HUB ? FAULT_HUB_ONLY : FAULT_STATION_ONLY, NULL,
			  m->name, NULL);
		call_fail(c, &f);
	} else if (method_check(m, c->params, &f) != 0) {
		call_fail(c, &f);
	} else {
		row->run(c);
	}
}

/* ---- work off the loop ---- */

struct task {
	uv_work_t req;
	struct task *next; /* of those that wait */
	struct call *call;
	struct desk *desk;
	void *own;
	bool ran;
	void (*work)(void *own);
	void (*then)(struct call *c);
};

static void on_work(uv_work_t *req)
{
	struct task *t = req->data;

	uv_mutex_lock(&t->desk->mutex);
	t->ran = !desk_stopping(t->desk);
	t->desk->working += t->ran;
	uv_mutex_unlock(&t->desk->mutex);
	if (!t->ran)
		return;
	t->work(t->own);
	uv_mutex_lock(&t->desk->mutex);
	t->desk->working--;
	uv_cond_signal(&t->desk->idle);
	uv_mutex_unlock(&t->desk->mutex);
}

static void task_put(struct desk *d, struct task *t)
{
	t->next = NULL;
	*d->waiting_tail = t;
	d->waiting_tail = &t->next;
	d->waiting_count++;
}

static struct task *task_take(struct desk *d)
{
	struct task *t = d->waiting;

	d->waiting = t->next;
	if (d->waiting == NULL)
		d->waiting_tail = &d->waiting;
	d->waiting_count--;
	return t;
}

static void on_worked(uv_work_t *req, int status);

/* Those whose asker went away wait for nothing. */
static void leave_out_gone(struct desk *d)
{
	for (unsigned left = d->waiting_count; left > 0; left--) {
		struct task *t = task_take(d);

		if (call_gone(t->call)) {
			fail(t->call, FAULT_STOPPING);
			free(t);
		} else {
			task_put(d, t);
		}
	}
}

/* The pool takes what is given to it, or there is no loop any more. */
static void task_give(struct desk *d)
{
	leave_out_gone(d);
	while (d->waiting != NULL && d->given_count < DESK_WORKING_MAX) {
		struct task *t = task_take(d);

		BF_REQUIRE(uv_queue_work(d->node->loop, &t->req, on_work, on_worked) == 0);
		d->given_count++;
	}
}

static void on_worked(uv_work_t *req, int status)
{
	struct task t = *(struct task *)req->data;

	free(req->data);
	t.desk->given_count--;
	task_give(t.desk);
	if (status == 0 && t.ran && !desk_stopping(t.desk))
		t.then(t.call);
	else
		fail(t.call, FAULT_STOPPING);
}

void desk_work(struct call *c, void (*work)(void *own), void (*then)(struct call *c))
{
	struct desk *d = c->desk;

	if (d->waiting_count == DESK_WAITING_MAX)
		leave_out_gone(d);
	bool room = d->given_count < DESK_WORKING_MAX || d->waiting_count < DESK_WAITING_MAX;
	struct fault f;

	if (room && !desk_stopping(d) && pool_ready(&f) != 0) {
		call_fail(c, &f);
		return;
	}
	struct task *t = room && !desk_stopping(d) ? calloc(1, sizeof(*t)) : NULL;

	if (t == NULL) {
		fail(c, desk_stopping(d) ? FAULT_STOPPING : room ? FAULT_NO_MEMORY : FAULT_BUSY);
		return;
	}
	*t = (struct task){ .call = c, .desk = d, .own = c->own, .work = work, .then = then };
	t->req.data = t;
	task_put(d, t);
	task_give(d);
}

void desk_stop(struct desk *d)
{
	atomic_store(&d->stopping, true);
	while (d->waiting != NULL) {
		struct task *t = task_take(d);
		struct call *c = t->call;

		free(t);
		fail(c, FAULT_STOPPING);
	}
	upload_drop(&d->upload);
	backup_drop(&d->backup);
	uv_mutex_lock(&d->mutex);
	while (d->working > 0)
		uv_cond_wait(&d->idle, &d->mutex);
	uv_mutex_unlock(&d->mutex);
}

bool desk_enter(struct desk *d, enum desk_lone which)
{
	if (d->inside[which])
		return false;
	d->inside[which] = true;
	return true;
}

void desk_leave(struct desk *d, enum desk_lone which)
{
	d->inside[which] = false;
}

bool desk_inside(const struct desk *d, enum desk_lone which)
{
	return d->inside[which];
}

/* ---- names saved lately ---- */

enum recent desk_recent(const struct desk *d, uint16_t kind, struct bytes text, struct ref *ref)
{
	for (size_t i = 0; i < RECENT_MAX; i++) {
		const struct recent_row *row = &d->recent[i];

		if (row->kind != kind || row->len != text.len ||
		    memcmp(row->text, text.p, text.len) != 0)
			continue;
		*ref = row->ref;
		return row->flying ? RECENT_FLYING : RECENT_SAVED;
	}
	return RECENT_NONE;
}

static bool saved_name(const struct recent_row *row, struct ref ref)
{
	return row->kind != 0 && !row->flying && ref_equal(row->ref, ref);
}

uint16_t desk_recent_kind(const struct desk *d, struct ref ref)
{
	for (size_t i = 0; i < RECENT_MAX; i++)
		if (saved_name(&d->recent[i], ref))
			return d->recent[i].kind;
	return 0;
}

int desk_fly(struct desk *d, uint16_t kind, struct bytes text)
{
	if (text.len > RECENT_TEXT_MAX)
		return -1;
	for (uint32_t tried = 0; tried < RECENT_MAX; tried++) {
		uint32_t slot = d->recent_next++ % RECENT_MAX;
		struct recent_row *row = &d->recent[slot];

		if (row->kind != 0 && row->flying)
			continue;
		*row =
		    (struct recent_row){ .kind = kind, .len = (uint8_t)text.len, .flying = true };
		memcpy(row->text, text.p, text.len);
		return (int)slot;
	}
	return -1;
}

void desk_unname(struct desk *d, struct ref ref)
{
	for (size_t i = 0; i < RECENT_MAX; i++)
		if (saved_name(&d->recent[i], ref))
			d->recent[i] = (struct recent_row){ 0 };
}

bool desk_renamed(const struct desk *d, uint16_t kind, struct bytes text, struct ref ref)
{
	for (size_t i = 0; i < RECENT_MAX; i++) {
		const struct recent_row *row = &d->recent[i];

		if (row->kind == kind && saved_name(row, ref))
			return !bytes_equal(text, bytes_of(row->text, row->len));
	}
	return false;
}

void desk_land(struct desk *d, int slot, struct ref ref)
{
	desk_unname(d, ref);
	d->recent[slot].flying = false;
	d->recent[slot].ref = ref;
}

void desk_fall(struct desk *d, int slot)
{
	d->recent[slot] = (struct recent_row){ 0 };
}

/* ---- entries being voided ---- */

bool desk_voiding(struct desk *d, struct ref ref)
{
	for (uint32_t i = 0; i < d->voiding_count; i++)
		if (ref_equal(d->voiding[i], ref))
			return false;
	if (d->voiding_count == VOIDING_MAX)
		return false;
	d->voiding[d->voiding_count++] = ref;
	return true;
}

void desk_voided(struct desk *d, struct ref ref)
{
	for (uint32_t i = 0; i < d->voiding_count; i++)
		if (ref_equal(d->voiding[i], ref)) {
			d->voiding[i] = d->voiding[--d->voiding_count];
			return;
		}
}

/* ---- what was told lately ---- */

enum recent desk_twice(const struct desk *d, const struct hash *what, struct ref *ref,
		       uint64_t *ago_ms)
{
	uint64_t now = mono_ms();
	enum recent found = RECENT_NONE;

	*ago_ms = TWICE_MS;
	for (size_t i = 0; i < TWICE_MAX; i++) {
		const struct twice_row *row = &d->twice[i];

		if (!row->used || memcmp(&row->what, what, sizeof(*what)) != 0)
			continue;
		if (ref_none(row->ref) && found == RECENT_NONE)
			found = RECENT_FLYING;
		if (ref_none(row->ref) || now - row->at_ms >= *ago_ms)
			continue; /* the latest of several is named */
		*ago_ms = now - row->at_ms;
		*ref = row->ref;
		found = RECENT_SAVED;
	}
	return found;
}

int desk_twice_fly(struct desk *d, const struct hash *what)
{
	for (uint32_t tried = 0; tried < TWICE_MAX; tried++) {
		uint32_t slot = d->twice_next++ % TWICE_MAX;
		struct twice_row *row = &d->twice[slot];

		if (row->used && ref_none(row->ref))
			continue;
		*row = (struct twice_row){ .what = *what, .at_ms = mono_ms(), .used = true };
		return (int)slot;
	}
	return -1;
}

void desk_twice_land(struct desk *d, int slot, struct ref ref)
{
	d->twice[slot].ref = ref;
	d->twice[slot].at_ms = mono_ms();
}

void desk_twice_fall(struct desk *d, int slot)
{
	d->twice[slot].used = false;
}

void desk_twice_forget(struct desk *d, struct ref ref)
{
	for (size_t i = 0; i < TWICE_MAX; i++)
		if (d->twice[i].used && ref_equal(d->twice[i].ref, ref))
			d->twice[i].used = false;
}

struct moved *desk_moved(struct desk *d)
{
	return &d->moved;
}

struct upload **desk_upload(struct desk *d)
{
	return &d->upload;
}

struct backup **desk_backup(struct desk *d)
{
	return &d->backup;
}

/* ---- completeness ---- */

struct counting {
	struct desk_fresh *out;
	uint64_t area;
	int64_t now_ms;
};

static void count_split(struct desk_fresh *out, uint64_t division)
{
	if (out->forked < SPLIT_NAMED_MAX)
		out->split_at[out->forked] = division;
	out->forked++;
}

/* Each is counted once: revoked, forked, or by when it was heard. */
static void count_once(struct desk_fresh *out, const struct node_row *row, int64_t now_ms)
{
	if (row->split != NODE_WHOLE) {
		count_split(out, row->division);
		return;
	}
	switch (fleet_heard(row, now_ms)) {
	case HEARD_NEVER:
		out->never++;
		return;
	case HEARD_AHEAD:
		out->clock++;
		return;
	case HEARD_SILENT:
		out->silent++;
		return;
	case HEARD_LATELY:
		out->active++;
		return;
	}
}

static int count_node(void *ctx, const struct node_row *row)
{
	struct counting *c = ctx;

	if (!fleet_serves(row, c->area))
		return 0;
	if (row->state == NODE_REVOKED) {
		c->out->revoked++;
		return 0;
	}
	c->out->nodes++;
	c->out->clocks_off += fleet_clock_off(row);
	c->out->refused += row->split == NODE_WHOLE && fleet_refused(row);
	c->out->nodes_day += fleet_fresh(row, c->now_ms);
	count_once(c->out, row, c->now_ms);
	return 0;
}

static struct area *area_slot(struct desk *d, uint64_t code)
{
	for (size_t i = 0; i < FRESH_AREAS; i++)
		if (d->areas[i].code == code)
			return &d->areas[i];
	return &d->areas[d->areas_next++ % FRESH_AREAS];
}

const struct desk_fresh *desk_fresh(struct desk *d, struct view *v, uint64_t area, uint64_t age_ms)
{
	struct area *at = area_slot(d, area);
	uint64_t now = mono_ms();
	struct counting c = { .out = &at->fresh, .area = area, .now_ms = wall_ms() };

	if (d->node->config.role != PART_HUB) {
		at->fresh = (struct desk_fresh){ .nodes = 1, .nodes_day = 1, .active = 1 };
		return &at->fresh;
	}
	if (at->code == area && now - at->at_ms < age_ms)
		return &at->fresh;
	at->fresh = (struct desk_fresh){ 0 };
	at->code = roster_walk(v, count_node, &c) == 0 ? area : 0;
	at->at_ms = now;
	return &at->fresh;
}
