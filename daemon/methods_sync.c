/* SPDX-License-Identifier: Apache-2.0 */
/* methods_sync.c -- the station's side of the hub: sync now, enrol. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>

#include "daemon/fleet.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/syncer.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"
#include "storage/place.h"
#include "storage/view.h"

/* ---- sync ---- */

static void put_malformed(struct buf *b, uint64_t origin, const struct malformed *told)
{
	char count[24], ref[REF_TEXT_MAX];
	struct fault f;

	snprintf(count, sizeof count, "%llu", (unsigned long long)told->count);
	fault_say(&f, FAULT_WARN_HUB_MALFORMED, NULL, count,
		  ref_print((struct ref){ origin, told->first }, ref));
	rpc_put_fault(b, &f);
}

/* The session went well, and something must be known all the same. */
static void put_warnings(struct buf *b, struct call *c, const struct sync_result *r)
{
	struct fault doubt;
	bool doubted = clock_say_doubt(&c->node->clock, &doubt);
	bool malformed = r->malformed.count > 0;

	reply_uint(b, "malformed", r->malformed.count);
	mp_put_cstr(b, "warnings");
	mp_put_array(b, (uint32_t)doubted + malformed);
	if (doubted)
		rpc_put_fault(b, &doubt);
	if (malformed)
		put_malformed(b, c->node->origin, &r->malformed);
}

static void on_synced(void *ctx, const struct sync_result *r)
{
	struct call *c = ctx;
	struct buf *b = call_begin(c);

	mp_put_map(b, 11);
	reply_uint(b, "entries", r->entries);
	reply_uint(b, "bytes_in", r->bytes_in);
	reply_uint(b, "bytes_out", r->bytes_out);
	reply_uint(b, "app_in", r->app_in);
	reply_uint(b, "app_out", r->app_out);
	reply_uint(b, "round_trips", r->round_trips);
	reply_int(b, "ms", r->ms);
	reply_uint(b, "held", r->held);
	mp_put_cstr(b, "error");
	if (r->rc != 0)
		rpc_put_fault(b, &r->fault);
	else
		mp_put_nil(b);
	put_warnings(b, c, r);
	call_end(c);
}

void methods_sync(struct call *c)
{
	struct fault f;

	if (!c->node->has_peer) {
		fault_say(&f, FAULT_NOT_ENROLLED, NULL, NULL, NULL);
		call_fail(c, &f);
		return;
	}
	if (param_bool(c, "believe_clock"))
		clock_believe(&c->node->clock, true);
	if (param_bool(c, "wait")) {
		syncer_now(c->node->syncer, on_synced, c);
	} else {
		syncer_now(c->node->syncer, NULL, NULL);
		mp_put_map(call_begin(c), 0);
		call_end(c);
	}
}

/* ---- enrol ---- */

static void on_enrolled(void *ctx, const struct fault *f)
{
	struct call *c = ctx;
	const struct node *n = c->node;
	struct view v;
	int rc;

	if (f != NULL) {
		call_fail(c, f);
		return;
	}
	rc = view_begin(n->store, &v);
	if (rc != 0) {
		methods_fail(c, rc, NULL);
		return;
	}
	struct buf *b = call_begin(c), path = { 0 };

	mp_put_map(b, 6);
	reply_place(b, &v, n->division);
	place_path(&v, n->division, &path);
	reply_str(b, "path", buf_bytes(&path));
	if (path.err != 0 && b->err == 0)
		b->err = path.err;
	buf_fini(&path);
	view_end(&v);
	reply_cstr(b, "role", fleet_role_name(n->peer.role));
	reply_cstr(b, "hub_name", n->peer.hub_name);
	reply_origin(b, "origin", n->origin);
	call_end(c);
}

/* Asked before the hub is: what it gives out once could not be kept here. */
static bool room_to_enrol(const struct node *n, struct fault *f)
{
	uint64_t need =
	    n->config.free_mib_min > 0 ? n->config.free_mib_min << 20 : STORE_FREE_BYTES_MIN;
	char free_mib[24];
	struct statvfs st;

	if (statvfs(n->config.dir, &st) != 0 || (uint64_t)st.f_bavail * st.f_frsize >= need)
		return true;
	snprintf(free_mib, sizeof free_mib, "%llu MiB",
		 (unsigned long long)((uint64_t)st.f_bavail * st.f_frsize >> 20));
	fault_say(f, FAULT_DISK_FULL, n->config.dir, free_mib, NULL);
	return false;
}

void methods_enrol(struct call *c)
{
	struct token *token = methods_own(c, sizeof(*token));
	char name[NAME_BYTES_MAX + 1];
	struct bytes text, given;
	struct fault f = { 0 };

	if (token == NULL)
		return;
	param_text(c, "token", &text);
	if (token_take(bytes_trim(text), token, &f) != 0) {
		call_fail(c, &f);
		return;
	}
	bool chosen =
	    param_text(c, "name", &given) && bytes_trim(given).len > 0 && !bytes_control(given);
	if (!room_to_enrol(c->node, &f)) {
		call_fail(c, &f);
		return;
	}
	const struct enrol_wish wish = {
		.token = token,
		.name = chosen ? bytes_cstr(bytes_trim(given), name, sizeof(name)) : NULL,
		.who = c->author,
		.move = param_bool(c, "move")
	};

	syncer_enrol(c->node->syncer, &wish, on_enrolled, c);
}
