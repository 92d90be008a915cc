/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_list.c -- the entries of a place and time, newest question of a cadre: "did I write that
 * down?"
 *
 * A table is for eyes: the latest day first, and no more than a screen or two unless told. CSV and
 * JSON are for handing in: all there is, by place and day. Whatever a limit cuts off is told. */
#include "client/answer.h"
#include "client/flagged.h"
#include "client/listing.h"

enum { LIST_TABLE_DEFAULT = 100, LIST_LIMIT_MAX = 1000000 };

static int list_told(struct client *c, const struct query *q, struct listing *l);
static int list_json(struct client *c, const struct query *q, const struct listing *l);

int cmd_list(struct client *c, const struct args *a)
{
	if (args_has(a, "last") && args_has(a, "limit"))
		return client_fail(c, CLIENT_USAGE, FAULT_LIMIT_TWICE, "last", "--limit", NULL);
	if (args_has(a, "flagged") && !args_has(a, "kind"))
		return flagged_list(c, a);
	struct listing l = { .key = "rows" };
	struct query q;
	uint64_t otherwise = c->format == FORMAT_TABLE ? LIST_TABLE_DEFAULT : UINT64_MAX;
	uint64_t limit, last;

	if (args_uint(a, "limit", 1, LIST_LIMIT_MAX, otherwise, &limit, &c->fault) != 0 ||
	    args_uint(a, "last", 1, LIST_LIMIT_MAX, 0, &last, &c->fault) != 0)
		return CLIENT_USAGE;
	if (last != 0)
		limit = last;
	l.newest = last != 0 || c->format == FORMAT_TABLE;
	int code = query_take(c, a, "visit", &q);
	if (code == CLIENT_DONE)
		code = listing_fetch(c, a, &q, limit, &l);
	if (code == CLIENT_DONE)
		code = list_told(c, &q, &l);
	if (code == CLIENT_DONE)
		code = client_lacking(c, l.pending);
	listing_fini(&l);
	return code;
}

static int list_told(struct client *c, const struct query *q, struct listing *l)
{
	char before[64];

	if (c->format == FORMAT_JSON)
		return list_json(c, q, l);
	int code = c->format == FORMAT_TABLE ? sheet_print(c, &l->sheet) : CLIENT_DONE;
	if (code != CLIENT_DONE)
		return code;
	if (c->format == FORMAT_TABLE && !c->quiet) {
		(void)snprintf(before, sizeof(before), "%s ", say(c, q->kind->zh, q->kind->name));
		apart_print(c, &l->figures, q->kind, before, "", "");
	}
	listing_note(c, l);
	return code;
}

static int list_json(struct client *c, const struct query *q, const struct listing *l)
{
	struct json_out j = json_out_object();

	json_out_set_int(&j, "count", (int64_t)apart_count(&l->figures));
	apart_json(&l->figures, q->kind, &j);
	json_out_set_bool(&j, "more", l->more);
	json_out_set_text(&j, "after", l->more ? l->after : NULL);
	if (l->pending > 0)
		json_out_set_int(&j, "pending", (int64_t)l->pending);
	return json_out_end(c, &j, l->given == 0);
}
