/* SPDX-License-Identifier: Apache-2.0 */
/* methods_status.c -- what is saved here, what the hub has stored, and what is wrong, in plain
 * words; and the counters.
 *
 * A warning is a fault of the catalogue with how to mend it, so that every client can show it. */
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "daemon/fleet.h"
#include "daemon/flagging.h"
#include "daemon/listener.h"
#include "daemon/log.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "daemon/syncer.h"
#include "protocol/calendar.h"
#include "protocol/errors.h"
#include "protocol/rpc.h"
#include "storage/malformed.h"
#include "storage/place.h"

enum { DISK_WARN_TIMES = 4, SPLIT_NAME_MAX = 60, SPLIT_WORDS_MAX = 240 };
#define MINUTE_MS (INT64_C(60) * 1000)
#define DAY_MS    (24 * 60 * MINUTE_MS)

struct state {
	struct view_stats stats;
	struct syncer_state sync;
	struct desk_fresh fresh;
	uint64_t saved, held, waiting, disk_free;
	uint32_t flagged;                   /* at most FLAGGED_COUNT_MAX */
	bool flagged_more;                  /* and there may be others */
	uint64_t malformed, malformed_logs; /* of all that is applied here */
	int64_t now_ms, clock_ms;           /* clock_ms: the hub's minus ours */
	bool doubted;                       /* the hub's clock, and why */
	struct fault doubt;
	struct bytes edition;
};

struct warnings {
	struct buf rows;
	uint32_t count;
};

static void warn(struct warnings *w, enum fault_code code, const char *a, const char *b)
{
	struct fault f;

	fault_say(&f, code, NULL, a, b);
	rpc_put_fault(&w->rows, &f);
	w->count++;
}

static const char *number(uint64_t v, char out[24])
{
	snprintf(out, 24, "%llu", (unsigned long long)v);
	return out;
}

/* "快 3 天 2 小时", "3 days 2 hours fast": the two largest units. `off_ms`: ours minus the hub's.
 */
static void clock_words(int64_t off_ms, char zh[64], char en[64])
{
	static const struct {
		int64_t ms;
		const char *zh, *en;
	} units[] = { { DAY_MS, "天", "days" },
		      { 60 * MINUTE_MS, "小时", "hours" },
		      { MINUTE_MS, "分钟", "minutes" } };
	int64_t left = (off_ms < 0 ? -off_ms : off_ms) + MINUTE_MS / 2;
	size_t z = (size_t)snprintf(zh, 64, "%s", off_ms < 0 ? "慢" : "快"), e = 0;
	int said = 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(*units) && said < 2; i++) {
		long long n = left / units[i].ms;

		left %= units[i].ms;
		if (n == 0)
			continue;
		z += (size_t)snprintf(zh + z, 64 - z, " %lld %s", n, units[i].zh);
		e += (size_t)snprintf(en + e, 64 - e, "%lld %.*s ", n,
				      (int)strlen(units[i].en) - (n == 1), units[i].en);
		said++;
	}
	snprintf(en + e, 64 - e, "%s", off_ms < 0 ? "slow" : "fast");
}

static void warn_clock(struct warnings *w, int64_t hub_minus_ours_ms)
{
	char zh[64], en[64];
	struct fault f;

	if (hub_minus_ours_ms < CLOCK_OFF_MS && hub_minus_ours_ms > -CLOCK_OFF_MS)
		return;
	clock_words(-hub_minus_ours_ms, zh, en);
	fault_tell(&f, FAULT_WARN_CLOCK, NULL, (struct words){ zh, en }, fault_words(NULL));
	rpc_put_fault(&w->rows, &f);
	w->count++;
}

static void warn_station(struct warnings *w, const struct node *n, const struct state *s)
{
	int64_t since_ms = n->has_peer && n->peer.cursor_ms > 0 ? n->peer.cursor_ms : n->started_ms;
	int64_t days = (s->now_ms - since_ms) / DAY_MS;
	char a[24], b[24], day[11], ref[REF_TEXT_MAX];

	if (!n->has_peer)
		warn(w, FAULT_NOT_ENROLLED, NULL, NULL);
	if (n->has_peer && days >= FLEET_SILENT_DAYS)
		warn(w, FAULT_WARN_HUB_SILENT, number((uint64_t)days, a), number(s->waiting, b));
	if (n->has_peer && n->peer.rewound_ms != 0)
		warn(w, FAULT_WARN_HUB_REWOUND, day_print(day_of_ms(n->peer.rewound_ms), day),
		     number(n->peer.seen.order_length, b));
	if (n->has_peer && s->sync.malformed.count > 0)
		warn(w, FAULT_WARN_HUB_MALFORMED, number(s->sync.malformed.count, a),
		     ref_print((struct ref){ n->origin, s->sync.malformed.first }, ref));
	if (s->malformed > 0)
		warn(w, FAULT_WARN_MALFORMED_OWN, number(s->malformed, a), NULL);
	if (s->doubted) {
		rpc_put_fault(&w->rows, &s->doubt);
		w->count++;
	} else {
		warn_clock(w, s->clock_ms);
	}
	if (s->sync.last_try_ms > 0 && s->sync.last.rc != 0) {
		rpc_put_fault(&w->rows, &s->sync.last.fault);
		w->count++;
	}
}

/* Where they stand: a place is no person, and the operator knows whom to ring up. */
static void split_places(struct view *v, const struct desk_fresh *fresh, const char *between,
			 const char *more, char out[SPLIT_WORDS_MAX])
{
	size_t n = 0;

	out[0] = '\0';
	for (uint64_t i = 0; i < SPLIT_NAMED_MAX && i < fresh->forked; i++) {
		struct place p;
		char name[SPLIT_NAME_MAX + 1];

		if (place_get(v, fresh->split_at[i], &p) == 0)
			(void)bytes_cstr(p.name, name, sizeof name);
		else
			(void)division_print(fresh->split_at[i], name);
		n += (size_t)snprintf(out + n, SPLIT_WORDS_MAX - n, "%s%s", i > 0 ? between : "",
				      name);
	}
	if (fresh->forked > SPLIT_NAMED_MAX)
		(void)snprintf(out + n, SPLIT_WORDS_MAX - n, "%s", more);
}

static void warn_split(struct warnings *w, struct view *v, const struct desk_fresh *fresh)
{
	char a[24], zh[SPLIT_WORDS_MAX], en[SPLIT_WORDS_MAX];
	struct fault f;

	if (fresh->forked == 0)
		return;
	number(fresh->forked, a);
	split_places(v, fresh, "、", "等", zh);
	split_places(v, fresh, ", ", " and more", en);
	fault_tell(&f, FAULT_WARN_NODES_FORKED, NULL, (struct words){ a, a },
		   (struct words){ zh, en });
	rpc_put_fault(&w->rows, &f);
	w->count++;
}

static void warn_hub(struct warnings *w, struct view *v, const struct node *n,
		     const struct state *s)
{
	uint64_t rewound = listener_counters(n->listener).rewound;
	char a[24], b[24];

	if (n->config.isolated)
		warn(w, FAULT_WARN_ISOLATED, NULL, NULL);
	if (s->stats.places == 0)
		warn(w, FAULT_WARN_NO_PLACES, NULL, NULL);
	if (rewound > 0)
		warn(w, FAULT_WARN_REWOUND, number(rewound, a), NULL);
	if (s->malformed > 0)
		warn(w, FAULT_WARN_MALFORMED, number(s->malformed, a),
		     number(s->malformed_logs, b));
	warn_split(w, v, &s->fresh);
	if (s->fresh.refused > 0)
		warn(w, FAULT_WARN_NODES_REFUSED, number(s->fresh.refused, a), NULL);
	if (s->fresh.silent > 0)
		warn(w, FAULT_WARN_NODES_SILENT, number(s->fresh.silent, a),
		     number(s->fresh.never, b));
	if (s->fresh.clocks_off > 0)
		warn(w, FAULT_WARN_NODES_CLOCK, number(s->fresh.clocks_off, a),
		     number(CLOCK_OFF_MS / MINUTE_MS, b));
}

static void warn_disk(struct warnings *w, const struct node *n, const struct state *s)
{
	uint64_t floor_mib =
	    n->config.free_mib_min > 0 ? n->config.free_mib_min : STORE_FREE_BYTES_MIN >> 20;
	char a[24], b[24];

	if (s->disk_free >> 20 < floor_mib * DISK_WARN_TIMES)
		warn(w, s->disk_free >> 20 < floor_mib ? FAULT_WARN_DISK_FULL : FAULT_WARN_DISK,
		     number(s->disk_free >> 20, a), number(floor_mib, b));
}

/* A large run needs more than the floor. */
static void warn_refused(struct warnings *w, const struct node *n, const struct state *s)
{
	uint64_t full = n->listener == NULL ? 0 : listener_counters(n->listener).full;
	char a[24], b[24];

	if (full > 0)
		warn(w, FAULT_WARN_REFUSED, number(s->disk_free >> 20, a), number(full, b));
}

/* The answers that met it were refused; those that did not look whole, and sync goes on. */
static void warn_damaged(struct warnings *w, const struct node *n)
{
	struct fault f;

	if (!store_damaged(n->store))
		return;
	fault_say(&f, FAULT_STORE_DAMAGED, n->config.dir, NULL, NULL);
	rpc_put_fault(&w->rows, &f);
	w->count++;
}

static void warn_pending(struct warnings *w, const struct call *c)
{
	char a[24];

	if (c->pending > 0)
		warn(w, FAULT_WARN_PENDING, number(c->pending, a), NULL);
}

static int gather(struct call *c, struct view *v, struct state *s)
{
	const struct node *n = c->node;
	struct statvfs disk;
	int rc = view_stats(v, &s->stats);

	if (rc == 0)
		rc = malformed_all(v, &s->malformed, &s->malformed_logs);
	if (rc == 0)
		rc = flags_count(v, n->division, flagging_today(c->node), FLAGGED_COUNT_MAX,
				 &s->flagged, &s->flagged_more);

	if (place_edition(v, &s->edition) != 0)
		s->edition = (struct bytes){ 0 };
	if (n->syncer != NULL)
		s->sync = syncer_state(n->syncer);
	s->fresh = *desk_fresh(c->desk, v, n->division, 0);
	s->held = n->has_peer ? n->peer.cursor.seq : 0;
	/* What is durable, applied or not: on a full disk the view is behind. */
	s->saved = writer_saved(n->writer);
	s->waiting = n->syncer != NULL && s->saved > s->held ? s->saved - s->held : 0;
	s->now_ms = wall_ms();
	s->doubted = clock_say_doubt(&c->node->clock, &s->doubt);
	if (!clock_doubted(&c->node->clock, &s->clock_ms))
		s->clock_ms = n->has_peer ? n->peer.clock_ms : 0;
	if (statvfs(n->config.dir, &disk) == 0)
		s->disk_free = (uint64_t)disk.f_bavail * disk.f_frsize;
	return rc;
}

static void put_kinds(struct buf *b, const struct view_stats *stats)
{
	const struct kind *k;
	uint32_t count = 0;

	while (kind_at(count) != NULL)
		count++;
	mp_put_cstr(b, "kinds");
	mp_put_map(b, count);
	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		reply_uint(b, k->name, stats->by_kind[k->id]);
}

static void put_sync(struct buf *b, const struct node *n, const struct state *s)
{
	reply_uint(b, "held", s->held);
	reply_int(b, "held_ms", n->has_peer ? n->peer.cursor_ms : 0);
	reply_uint(b, "waiting", s->waiting);
	reply_bool(b, "syncing", s->sync.running);
	reply_int(b, "last_try_ms", s->sync.last_try_ms);
	reply_int(b, "next_try_ms", s->sync.next_try_ms);
	mp_put_cstr(b, "last_error");
	if (s->sync.last_try_ms > 0 && s->sync.last.rc != 0)
		rpc_put_fault(b, &s->sync.last.fault);
	else
		mp_put_nil(b);
	reply_int(b, "clock_ms", s->clock_ms);
	reply_uint(b, "hub_malformed", s->sync.malformed.count);
	mp_put_cstr(b, "hub");
	if (!n->has_peer) {
		mp_put_nil(b);
		return;
	}
	mp_put_map(b, 3);
	reply_cstr(b, "name", n->peer.hub_name);
	reply_cstr(b, "host", n->peer.host);
	reply_uint(b, "port", n->peer.port);
}

static void put_node(struct buf *b, struct view *v, const struct node *n, const struct state *s)
{
	reply_cstr(b, "role", n->config.role == PART_HUB ? "hub" : "station");
	reply_cstr(b, "version", BF_VERSION);
	reply_cstr(b, "node", n->config.name);
	reply_origin(b, "origin", n->origin);
	reply_place(b, v, n->division);
	reply_int(b, "started_ms", n->started_ms);
	reply_int(b, "now_ms", s->now_ms);
	reply_uint(b, "saved", s->saved);
}

static void put_store(struct buf *b, const struct node *n, const struct state *s)
{
	reply_uint(b, "entries", s->stats.entries);
	put_kinds(b, &s->stats);
	reply_uint(b, "malformed", s->malformed);
	reply_uint(b, "flagged", s->flagged);
	reply_bool(b, "flagged_more", s->flagged_more);
	reply_uint(b, "pending", writer_pending(n->writer));
	reply_uint(b, "places", s->stats.places);
	if (s->edition.len > 0)
		reply_str(b, "edition", s->edition);
	else
		reply_nil(b, "edition");
	reply_uint(b, "disk_free", s->disk_free);
	reply_uint(b, "store_bytes", s->stats.file_bytes);
	reply_uint(b, "port", n->listener == NULL ? 0 : listener_port(n->listener));
	mp_put_cstr(b, "nodes");
	if (n->listener == NULL) {
		mp_put_nil(b);
		return;
	}
	mp_put_map(b, 6);
	reply_uint(b, "active", s->fresh.active);
	reply_uint(b, "revoked", s->fresh.revoked);
	reply_uint(b, "silent", s->fresh.silent);
	reply_uint(b, "never", s->fresh.never);
	reply_uint(b, "clock", s->fresh.clock);
	reply_uint(b, "forked", s->fresh.forked);
}

static void status_then(struct call *c)
{
	struct warnings w = { 0 };
	struct state s = { 0 };
	struct view v;
	int rc = view_begin(c->node->store, &v);

	if (rc == 0) {
		rc = gather(c, &v, &s);
		if (rc == 0) {
			struct buf *b = call_begin(c);

			if (c->node->listener == NULL)
				warn_station(&w, c->node, &s);
			else
				warn_hub(&w, &v, c->node, &s);
			warn_damaged(&w, c->node);
			warn_disk(&w, c->node, &s);
			warn_refused(&w, c->node, &s);
			warn_pending(&w, c);
			mp_put_map(b, 9 + 10 + 12 + 1);
			put_node(b, &v, c->node, &s);
			put_sync(b, c->node, &s);
			put_store(b, c->node, &s);
			mp_put_cstr(b, "warnings");
			mp_put_array(b, w.count);
			buf_put_buf(b, &w.rows);
		}
		rc = view_done(&v, rc);
	}
	buf_fini(&w.rows);
	if (rc == 0)
		call_end(c);
	else
		methods_fail(c, rc, NULL);
}

void methods_status(struct call *c)
{
	call_fresh(c, status_then);
}

/* ---- counters ---- */

static uint64_t rss_anon_kb(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long kb = 0;
	char line[128];

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "RssAnon: %llu", &kb) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kb;
}

void methods_counters(struct call *c)
{
	const struct node *n = c->node;
	struct writer_counters w = writer_counters(n->writer);
	struct listener_counters l = { 0 };
	struct sync_result last = { 0 };

	if (n->listener != NULL)
		l = listener_counters(n->listener);
	if (n->syncer != NULL)
		last = syncer_state(n->syncer).last;
	const struct {
		const char *name;
		uint64_t value;
	} rows[] = {
		{ "sessions", l.sessions_ok },
		{ "sessions_failed", l.sessions_failed },
		{ "sessions_open", l.open },
		{ "accepted", l.accepted },
		{ "refused", l.refused },
		{ "busy", l.busy },
		{ "enrolled", l.enrolled },
		{ "rewound", l.rewound },
		{ "entries_in", l.entries },
		{ "bytes_in", n->listener != NULL ? l.bytes_in : last.bytes_in },
		{ "bytes_out", n->listener != NULL ? l.bytes_out : last.bytes_out },
		{ "jobs", w.jobs },
		{ "journal_syncs", w.syncs },
		{ "commits", w.applies },
		{ "applied_entries", w.applied_entries },
		{ "pending", writer_pending(n->writer) },
		{ "log_dropped", log_counters().dropped },
		{ "log_limited", log_counters().limited },
		{ "rss_anon_kb", rss_anon_kb() },
	};
	enum { ROWS = sizeof(rows) / sizeof(*rows) };
	struct buf *b = call_begin(c);

	mp_put_map(b, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		reply_uint(b, rows[i].name, rows[i].value);
	call_end(c);
}
