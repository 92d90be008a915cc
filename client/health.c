/* SPDX-License-Identifier: Apache-2.0 */
/* health.c -- see health.h. */
#include "client/health.h"

#include "client/answer.h"
#include "client/shown.h"

/* What a warning of status may be: its own sentences, and why a station's last sync failed. */
static const struct {
	const char *name;
	enum health health;
} levels[] = {
	{ "store_damaged", HEALTH_CRITICAL },
	{ "warn_pending", HEALTH_CRITICAL },
	{ "warn_refused", HEALTH_CRITICAL },
	{ "warn_rewound", HEALTH_CRITICAL },
	{ "warn_hub_rewound", HEALTH_CRITICAL },
	{ "warn_nodes_forked", HEALTH_CRITICAL },
	{ "warn_isolated", HEALTH_CRITICAL },
	{ "fork", HEALTH_CRITICAL },
	{ "rolled_back", HEALTH_CRITICAL },
	{ "own_log", HEALTH_CRITICAL },
	{ "hub_signature", HEALTH_CRITICAL },
	{ "hub_key", HEALTH_CRITICAL },
	{ "node_refused", HEALTH_CRITICAL },
	{ "disk_full", HEALTH_CRITICAL },
	{ "stored_unnoted", HEALTH_CRITICAL },
	{ "warn_disk_full", HEALTH_CRITICAL },
	{ "not_enrolled", HEALTH_WARN },
	{ "hub_unreachable", HEALTH_WARN },
	{ "hub_busy", HEALTH_WARN },
	{ "hub_disk_full", HEALTH_WARN },
	{ "warn_hub_silent", HEALTH_WARN },
	{ "warn_hub_malformed", HEALTH_WARN },
	{ "warn_malformed_own", HEALTH_WARN },
	{ "warn_malformed", HEALTH_WARN },
	{ "warn_clock", HEALTH_WARN },
	{ "warn_hub_clock", HEALTH_WARN },
	{ "warn_hub_clock_past", HEALTH_WARN },
	{ "warn_nodes_clock", HEALTH_WARN },
	{ "warn_nodes_refused", HEALTH_WARN },
	{ "warn_nodes_silent", HEALTH_WARN },
	{ "warn_disk", HEALTH_WARN },
	{ "warn_no_places", HEALTH_WARN },
};
enum { LEVELS = sizeof(levels) / sizeof(levels[0]) };

static size_t level_at(struct bytes name)
{
	size_t i = 0;

	while (i < LEVELS && !bytes_equal(name, bytes_str(levels[i].name)))
		i++;
	return i;
}

bool health_known(struct bytes name)
{
	return level_at(name) < LEVELS;
}

enum health health_of(struct bytes name)
{
	size_t i = level_at(name);

	return i < LEVELS ? levels[i].health : HEALTH_WARN;
}

void health_list(enum health h, struct buf *out)
{
	const char *between = "";

	for (size_t i = 0; i < LEVELS; i++) {
		if (levels[i].health != h)
			continue;
		buf_put_bytes(out, bytes_str(between));
		buf_put_bytes(out, bytes_str(levels[i].name));
		between = ", ";
	}
}

const char *health_name(enum health h)
{
	static const char *const names[] = { "OK", "WARNING", "CRITICAL", "UNKNOWN" };

	return names[h];
}

enum health health_worst(struct mp_val status, struct mp_val *worst, uint32_t *count)
{
	struct mp_rd r = answer_items(status, "warnings");
	enum health all = HEALTH_WELL;
	struct mp_val fault;

	*count = 0;
	while (answer_next(&r, &fault)) {
		enum health h = health_of(answer_text(fault, "name"));

		if (h > all)
			*worst = fault;
		all = h > all ? h : all;
		(*count)++;
	}
	return all;
}

/* A monitor takes the first line: so there is one. */
static int line(struct client *c, enum health h, struct bytes text, uint32_t more)
{
	struct buf out = { 0 };
	char rest[48] = "";

	if (more > 0)
		(void)snprintf(rest, sizeof(rest), say(c, "（另有 %u 项）", " (and %u more)"),
			       (unsigned)more);
	shown_put(&out, text);
	(void)fprintf(c->out, "BANGFU %s - %.*s%s\n", health_name(h), (int)out.len,
		      out.len > 0 ? (const char *)out.p : "", rest);
	buf_fini(&out);
	int code = client_flush(c);

	return code == CLIENT_DONE ? (int)h : (int)HEALTH_UNKNOWN;
}

int health_told(struct client *c, struct mp_val status)
{
	struct mp_val worst;
	uint32_t count;
	enum health h = health_worst(status, &worst, &count);

	if (h == HEALTH_WELL)
		return line(c, h, bytes_str(say(c, "一切正常。", "Nothing is wrong.")), 0);
	return line(c, h, answer_words(c, worst), count - 1);
}

int health_unknown(struct client *c)
{
	int code = line(c, HEALTH_UNKNOWN, bytes_str(say(c, c->fault.zh, c->fault.en)), 0);

	c->fault = (struct fault){ 0 }; /* told */
	return code;
}
