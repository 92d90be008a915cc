/* SPDX-License-Identifier: Apache-2.0 */
/* metrics.c -- see metrics.h. One table of rows: what a member of an answer is called outside.
 *
 * A family's name ends with its unit, a counter's sample with _total; times are seconds. */
#include "client/metrics.h"

#include <string.h>

#include "client/answer.h"
#include "client/health.h"
#include "protocol/schema.h"

enum { AT_HUB = 1, AT_STATION = 2, AT_BOTH = AT_HUB | AT_STATION };
enum scale { PLAIN, MS_TO_SECONDS, KB_TO_BYTES };

struct metric {
	const char *key; /* member of the answer */
	const char *name, *unit;
	enum scale scale;
	int at;
	const char *help;
};

/* clang-format off */
/* Of `status`: gauges. */
static const struct metric gauges[] = {
	{ "started_ms", "bangfu_start_time_seconds", "seconds", MS_TO_SECONDS, AT_BOTH, "When this node was started." },
	{ "saved", "bangfu_saved_entries", NULL, PLAIN, AT_BOTH, "Entries of this node's own log." },
	{ "entries", "bangfu_stored_entries", NULL, PLAIN, AT_BOTH, "Entries of all logs that are stored and applied." },
	{ "pending", "bangfu_pending_entries", NULL, PLAIN, AT_BOTH, "Entries that are saved and not yet applied." },
	{ "malformed", "bangfu_malformed_entries", NULL, PLAIN, AT_BOTH, "Entries that count in no figure since they are malformed." },
	{ "disk_free", "bangfu_disk_free_bytes", "bytes", PLAIN, AT_BOTH, "Space left on the disk of the data directory." },
	{ "store_bytes", "bangfu_store_bytes", "bytes", PLAIN, AT_BOTH, "Size of the store." },
	{ "places", "bangfu_divisions", NULL, PLAIN, AT_BOTH, "Rows in the table of divisions." },
	{ "held", "bangfu_held_entries", NULL, PLAIN, AT_STATION, "Entries of this node that the hub has signed for." },
	{ "waiting", "bangfu_waiting_entries", NULL, PLAIN, AT_STATION, "Entries that wait to be synced." },
	{ "held_ms", "bangfu_held_time_seconds", "seconds", MS_TO_SECONDS, AT_STATION, "When the hub signed last." },
	{ "last_try_ms", "bangfu_last_sync_time_seconds", "seconds", MS_TO_SECONDS, AT_STATION, "When the hub was tried last." },
	{ "clock_ms", "bangfu_hub_clock_offset_seconds", "seconds", MS_TO_SECONDS, AT_STATION, "The hub's clock minus this machine's." },
};
/* Of `counters`. */
static const struct metric counters[] = {
	{ "sessions", "bangfu_sessions_done", NULL, PLAIN, AT_HUB, "Sessions that ended well." },
	{ "sessions_failed", "bangfu_sessions_failed", NULL, PLAIN, AT_HUB, "Sessions that failed." },
	{ "accepted", "bangfu_connections", NULL, PLAIN, AT_HUB, "Connections that were taken." },
	{ "refused", "bangfu_connections_refused", NULL, PLAIN, AT_HUB, "Connections that were turned away." },
	{ "busy", "bangfu_sessions_put_off", NULL, PLAIN, AT_HUB, "Nodes that were told to come later." },
	{ "enrolled", "bangfu_enrolments", NULL, PLAIN, AT_HUB, "Nodes that were enrolled." },
	{ "entries_in", "bangfu_received_entries", NULL, PLAIN, AT_HUB, "Entries that came in and were new." },
	{ "bytes_in", "bangfu_received_bytes", "bytes", PLAIN, AT_HUB, "Bytes from nodes, with TLS." },
	{ "bytes_out", "bangfu_sent_bytes", "bytes", PLAIN, AT_HUB, "Bytes to nodes, with TLS." },
	{ "jobs", "bangfu_writer_jobs", NULL, PLAIN, AT_BOTH, "Jobs that the writer has done." },
	{ "journal_syncs", "bangfu_journal_syncs", NULL, PLAIN, AT_BOTH, "Times the journal was synced to the disk." },
	{ "commits", "bangfu_commits", NULL, PLAIN, AT_BOTH, "Commits of the store." },
	{ "applied_entries", "bangfu_applied_entries", NULL, PLAIN, AT_BOTH, "Entries applied since the start." },
	{ "log_dropped", "bangfu_log_lines_dropped", NULL, PLAIN, AT_BOTH, "Lines of the log that were lost." },
	{ "log_limited", "bangfu_log_lines_limited", NULL, PLAIN, AT_BOTH, "Lines of the log that were left out as too many." },
};
/* Of `counters`, and yet gauges. */
static const struct metric levels[] = {
	{ "sessions_open", "bangfu_sessions_open", NULL, PLAIN, AT_HUB, "Sessions just now." },
	{ "rewound", "bangfu_rewound_reports", NULL, PLAIN, AT_HUB, "Nodes that reported since the start that this hub was set back." },
	{ "rss_anon_kb", "bangfu_resident_anonymous_bytes", "bytes", KB_TO_BYTES, AT_BOTH, "Memory in use that is no file." },
};
/* clang-format on */

#define COUNT_OF(rows) (sizeof(rows) / sizeof((rows)[0]))

static void family(const struct client *c, const char *name, const char *type, const char *unit,
		   const char *help);
static void metric_rows(const struct client *c, const struct metric *rows, size_t count,
			const char *type, int at, struct mp_val answer);
static void metric_node(const struct client *c, struct mp_val s);
static void metric_kinds(const struct client *c, struct mp_val s);
static void metric_nodes(const struct client *c, struct mp_val s);
static void metric_health(const struct client *c, struct mp_val s);

int metrics_print(struct client *c)
{
	struct mp_val s;
	int code = client_call(c, "status", NULL, &s);

	if (code != CLIENT_DONE)
		return code;
	int at = bytes_equal(answer_text(s, "role"), BYTES_LIT("hub")) ? AT_HUB : AT_STATION;

	metric_node(c, s);
	metric_rows(c, gauges, COUNT_OF(gauges), "gauge", at, s);
	metric_kinds(c, s);
	metric_nodes(c, s);
	metric_health(c, s);
	code = client_call(c, "counters", NULL, &s);
	if (code != CLIENT_DONE)
		return code; /* without its # EOF nobody takes this for the whole */
	metric_rows(c, counters, COUNT_OF(counters), "counter", at, s);
	metric_rows(c, levels, COUNT_OF(levels), "gauge", at, s);
	(void)fputs("# EOF\n", c->out);
	return CLIENT_DONE;
}

static void family(const struct client *c, const char *name, const char *type, const char *unit,
		   const char *help)
{
	(void)fprintf(c->out, "# TYPE %s %s\n", name, type);
	if (unit != NULL)
		(void)fprintf(c->out, "# UNIT %s %s\n", name, unit);
	(void)fprintf(c->out, "# HELP %s %s\n", name, help);
}

/* Milliseconds keep their three digits; a member that the node does not have is no series. */
static void metric_value(const struct client *c, const struct metric *m, int64_t value)
{
	uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;

	if (m->scale == MS_TO_SECONDS)
		(void)fprintf(c->out, "%s%llu.%03llu\n", value < 0 ? "-" : "",
			      (unsigned long long)(size / 1000), (unsigned long long)(size % 1000));
	else
		(void)fprintf(c->out, "%lld\n",
			      (long long)(m->scale == KB_TO_BYTES ? value * 1024 : value));
}

static void metric_rows(const struct client *c, const struct metric *rows, size_t count,
			const char *type, int at, struct mp_val answer)
{
	for (size_t i = 0; i < count; i++) {
		const struct metric *m = &rows[i];
		struct mp_val v;

		if ((m->at & at) == 0 || !answer_has(answer, m->key, &v))
			continue;
		family(c, m->name, type, m->unit, m->help);
		(void)fprintf(c->out, "%s%s ", m->name,
			      strcmp(type, "counter") == 0 ? "_total" : "");
		metric_value(c, m, answer_int(answer, m->key));
	}
}

/* Backslash, quote and line end are escaped; another control character has no place in a label. */
static void label(const struct client *c, const char *before, const char *key, struct bytes value)
{
	(void)fprintf(c->out, "%s%s=\"", before, key);
	for (size_t i = 0; i < value.len; i++) {
		uint8_t b = value.p[i];

		if (b == '\\' || b == '"')
			(void)fprintf(c->out, "\\%c", b);
		else
			(void)fputc(b < 0x20 || b >= 0x7f ? '?' : b, c->out);
	}
	(void)fputc('"', c->out);
}

static void metric_node(const struct client *c, struct mp_val s)
{
	family(c, "bangfu", "info", NULL, "What runs here.");
	(void)fputs("bangfu_info", c->out);
	label(c, "{", "version", answer_text(s, "version"));
	label(c, ",", "role", answer_text(s, "role"));
	(void)fputs("} 1\n", c->out);
}

static void metric_kinds(const struct client *c, struct mp_val s)
{
	struct mp_val kinds;

	if (!answer_has(s, "kinds", &kinds))
		return;
	family(c, "bangfu_stored_entries_by_kind", "gauge", NULL, "Stored entries of each kind.");
	for (size_t i = 0; kind_at(i) != NULL; i++)
		(void)fprintf(c->out, "bangfu_stored_entries_by_kind{kind=\"%s\"} %lld\n",
			      kind_at(i)->name, (long long)answer_int(kinds, kind_at(i)->name));
}

/* Each node is in one of them. */
static void metric_nodes(const struct client *c, struct mp_val s)
{
	static const char *const states[] = { "active", "silent", "never",
					      "clock",  "forked", "revoked" };
	struct mp_val nodes;

	if (!answer_has(s, "nodes", &nodes))
		return;
	family(c, "bangfu_nodes", "gauge", NULL,
	       "Enrolled nodes, each in one state: synced within two days (active), silent for "
	       "longer, never, last seen after now (clock), with a log that contradicts the hub's "
	       "(forked), revoked.");
	for (size_t i = 0; i < COUNT_OF(states); i++)
		(void)fprintf(c->out, "bangfu_nodes{state=\"%s\"} %lld\n", states[i],
			      (long long)answer_int(nodes, states[i]));
}

static void metric_health(const struct client *c, struct mp_val s)
{
	struct mp_rd r = answer_items(s, "warnings");
	struct mp_val fault;
	uint32_t count;

	family(c, "bangfu_check", "gauge", NULL,
	       "The exit code of status --check: 0 well, 1 warn, 2 critical.");
	(void)fprintf(c->out, "bangfu_check %d\n", (int)health_worst(s, &fault, &count));
	family(c, "bangfu_warning", "gauge", NULL, "1 for each warning of status.");
	while (answer_next(&r, &fault)) {
		struct bytes name = answer_text(fault, "name");

		(void)fputs("bangfu_warning", c->out);
		label(c, "{", "name", name);
		label(c, ",", "level", bytes_str(health_name(health_of(name))));
		(void)fputs("} 1\n", c->out);
	}
}
