/* SPDX-License-Identifier: Apache-2.0 */
/* inventory.c -- see inventory.h. */
#include "daemon/inventory.h"

#include <stdio.h>
#include <time.h>

#include "protocol/entry.h"
#include "storage/peer.h"
#include "storage/roster.h"
#include "storage/view.h"

static int any_node(void *ctx, const struct node_row *row)
{
	(void)row;
	*(bool *)ctx = true;
	return 1;
}

/* A station that was enrolled has a hub; a hub has places or stations. The settings may lie
 * elsewhere. */
static bool is_hub(struct view *v, const struct config *c)
{
	static struct peer peer;
	struct view_stats stats = { 0 };
	bool nodes = false;

	if (c->role == PART_HUB)
		return true;
	if (peer_get(v, &peer) == 0)
		return false;
	(void)roster_walk(v, any_node, &nodes);
	return nodes || (view_stats(v, &stats) == 0 && stats.places > 0);
}

static void print_newest(struct view *v)
{
	char text[32];
	struct tm tm;
	int64_t ms;

	if (view_newest(v, &ms) != 0)
		return;
	time_t s = (time_t)(ms / 1000);

	if (gmtime_r(&s, &tm) != NULL && strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		(void)printf("newest %s\n", text);
}

void inventory_print(struct store *s, const struct config *c)
{
	struct view v;

	if (view_begin(s, &v) != 0)
		return;
	(void)printf("role %s\norigin %016llx\n", is_hub(&v, c) ? "hub" : "station",
		     (unsigned long long)store_origin(s));
	print_newest(&v);
	view_end(&v);
}
