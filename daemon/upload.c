/* SPDX-License-Identifier: Apache-2.0 */
/* upload.c -- see upload.h. */
#include "daemon/upload.h"

#include <stdlib.h>

#include "daemon/node.h"
#include "protocol/errors.h"

struct upload {
	uv_timer_t timer; /* first: freed in its close callback */
	struct upload **slot;
	struct rows *rows;
	uint64_t session;
	uint64_t heard_ms; /* monotonic: of the last request */
};

static void on_idle(uv_timer_t *timer)
{
	struct upload *u = timer->data;

	upload_drop(u->slot);
}

static void hear(struct upload *u)
{
	u->heard_ms = mono_ms();
	(void)uv_timer_start(&u->timer, on_idle, UPLOAD_IDLE_MS, 0);
}

int upload_begin(struct upload **slot, uv_loop_t *loop, uint64_t *session)
{
	struct upload *u;

	if (*slot != NULL && mono_ms() - (*slot)->heard_ms < UPLOAD_SILENT_MS)
		return BF_EBUSY;
	upload_drop(slot);
	u = calloc(1, sizeof(*u));
	if (u == NULL)
		return BF_ENOMEM;
	u->rows = rows_open();
	if (u->rows == NULL) {
		free(u);
		return BF_ENOMEM;
	}
	(void)uv_timer_init(loop, &u->timer);
	uv_unref((uv_handle_t *)&u->timer);
	u->timer.data = u;
	u->slot = slot;
	/* No number of before comes again, not even after a restart. */
	random_bytes(&u->session, sizeof(u->session));
	u->session >>= 1;
	hear(u);
	*session = u->session;
	*slot = u;
	return 0;
}

struct rows *upload_rows(struct upload *u, uint64_t session)
{
	if (u == NULL || u->session != session)
		return NULL;
	hear(u);
	return u->rows;
}

static void on_closed(uv_handle_t *h)
{
	free(h->data);
}

struct rows *upload_take(struct upload **slot)
{
	struct upload *u = *slot;
	struct rows *rows = u->rows;

	*slot = NULL;
	uv_close((uv_handle_t *)&u->timer, on_closed);
	return rows;
}

void upload_drop(struct upload **slot)
{
	if (*slot != NULL)
		rows_close(upload_take(slot));
}
