/* cmd_list.c -- the entries of a place and time, newest question of a cadre: "did I write that
 * down?" */
#include "client/answer.h"
#include "client/listing.h"

enum { LIST_LIMIT_DEFAULT = 100, LIST_LIMIT_MAX = 1000000 };

static int list_told(struct client *c, const struct query *q, struct listing *l);

int cmd_list(struct client *c, const struct args *a)
{
	struct listing l = { .more = false };
	struct query q;
	uint64_t limit, last;

	if (args_uint(a, "limit", 1, LIST_LIMIT_MAX, LIST_LIMIT_DEFAULT, &limit, &c->fault) != 0 ||
	    args_uint(a, "last", 1, LIST_LIMIT_MAX, 0, &last, &c->fault) != 0)
		return CLIENT_USAGE;
	if (last != 0)
		limit = last;
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

	if (c->format == FORMAT_JSON) {
		struct json_out j = json_out_object();
		json_out_set_text(&j, "kind", q->kind->name);
		json_out_set(&j, "rows", l->json);
		l->json.own = NULL;
		json_out_set_int(&j, "count", (int64_t)apart_count(&l->figures));
		apart_json(&l->figures, q->kind, &j);
		if (l->pending > 0)
			json_out_set_int(&j, "pending", (int64_t)l->pending);
		return json_out_print(c, &j);
	}
	int code = sheet_print(c, &l->sheet);
	if (code != CLIENT_DONE || c->format != FORMAT_TABLE || c->quiet)
		return code;
	(void)snprintf(before, sizeof(before), "%s ", say(c, q->kind->zh, q->kind->name));
	apart_print(c, &l->figures, q->kind, before, "",
		    l->more ? say(c, "（还有更多：用 --limit 或 --month）",
				  " (there are more: use --limit or --month)")
			    : "");
	return code;
}
