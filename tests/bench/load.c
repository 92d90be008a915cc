/* SPDX-License-Identifier: Apache-2.0 */
/* load.c -- many stations at once against a real hub, over real TLS.
 *
 * load enrol HUB_DIR STATIONS               make STATIONS known in a hub's store (the daemon must
 * not run) load run HUB_DIR PORT STATIONS ENTRIES AT_ONCE [FIRST]   each station: a new connection,
 * ENTRIES entries, BYE; AT_ONCE sessions under way; stations FIRST.. (default 0)
 *
 * The real give machine and the daemon's own link drive each session. Logs are made before the
 * clock starts. Prints JSON: sessions, rate, entries_rate, cpu_s (this side), tcp and app bytes. */
#include <sys/stat.h>

#include "daemon/link.h"
#include "protocol/errors.h"
#include "protocol/give.h"
#include "storage/roster.h"
#include "tests/bench/logs.h"
#include "tests/bench/timing.h"

enum { RETRIES_MAX = 1000 };

struct load;
struct visit { /* one station's session */
	struct load *load;
	struct log *log;
	struct give *give;
	struct link *link;
	struct tls *tls;
	uint32_t tries;
	bool done;
};
struct load {
	uv_loop_t *loop;
	struct public_key hub;
	uint16_t port;
	struct log *logs;
	struct visit *visits;
	uint32_t stations, next, open, ok, at_once;
	uint64_t tcp_in, tcp_out, app_in, app_out, acked;
};

static void visit_start(struct visit *v);

static void die(const char *what, int rc, const struct fault *f)
{
	fprintf(stderr, "bench load: %s: %s %s\n", what, bf_error_name(rc), f != NULL ? f->en : "");
	exit(1);
}

static void visit_next(struct load *l)
{
	while (l->open < l->at_once && l->next < l->stations) {
		l->open++;
		visit_start(&l->visits[l->next++]);
	}
}

/* Answer a LOAD from the log in memory. */
static struct event loaded(const struct visit *v, const struct wished *w)
{
	struct event e = { .type = EVENT_LOADED,
			   .loaded = { .origin = w->origin, .first = w->first } };
	uint64_t n = 0, left = w->first <= v->log->count ? v->log->count - w->first + 1 : 0;

	while (n < left && n < w->limit_count &&
	       log_slice(v->log, w->first, n + 1).len <= w->limit_bytes)
		n++;
	e.loaded.count = n;
	if (n > 0)
		e.loaded.entries = log_slice(v->log, w->first, n);
	return e;
}

static void visit_step(struct visit *v, struct event e)
{
	for (;;) {
		struct wished w = { 0 };
		enum wish wish = give_step(v->give, &e, &w);

		e = (struct event){ .type = EVENT_GO };
		if (wish == WISH_SEND && link_send(v->link, w.bytes) != 0)
			return;
		if (wish == WISH_LOAD)
			e = loaded(v, &w);
		if (wish == WISH_FAIL) {
			link_close(v->link, &w.fault);
			return;
		}
		if (wish == WISH_DONE) {
			v->done = true;
			v->load->acked += give_acked(v->give);
			link_finish(v->link);
			return;
		}
		if (wish == WISH_WAIT)
			return;
	}
}

static void visit_on_open(void *ctx, struct link *l)
{
	struct visit *v = ctx;

	v->link = l;
	visit_step(v, (struct event){ .type = EVENT_GO });
}

static void visit_on_frame(void *ctx, struct link *l, struct bytes payload)
{
	(void)l;
	visit_step(ctx, (struct event){ .type = EVENT_FRAME, .payload = payload });
}

static void visit_on_drained(void *ctx, struct link *l)
{
	(void)ctx, (void)l;
}

static void visit_on_closed(void *ctx, struct link *link, const struct fault *f)
{
	struct visit *v = ctx;
	struct load *l = v->load;
	struct link_counters c = link_counters(link);

	l->tcp_in += c.tcp_in;
	l->tcp_out += c.tcp_out;
	l->app_in += c.app_in;
	l->app_out += c.app_out;
	give_close(v->give);
	tls_close(v->tls);
	l->open--;
	if (!v->done && v->tries++ < RETRIES_MAX) {
		if (v->tries == 1 && f->code != FAULT_NONE && getenv("BENCH_VERBOSE") != NULL)
			fprintf(stderr, "bench load: again: %s\n", f->en);
		l->open++;
		visit_start(v);
		return;
	}
	l->ok += v->done;
	visit_next(l);
}

static void visit_start(struct visit *v)
{
	struct link_owner owner = { .ctx = v,
				    .on_open = visit_on_open,
				    .on_frame = visit_on_frame,
				    .on_drained = visit_on_drained,
				    .on_closed = visit_on_closed };
	struct give_start start = {
		.key = &v->log->key, .hub = v->load->hub, .head = v->log->head, .now_ms = 1
	};
	struct fault f = { 0 };

	v->give = give_open(&start);
	int rc = tls_open(&v->tls, &v->log->key, &f);

	if (rc == 0)
		rc = link_connect(&v->link, v->load->loop, "127.0.0.1", v->load->port, v->tls,
				  &v->load->hub, false, &owner);
	if (rc != 0)
		die("connect", rc, &f);
}

static int enrol(const char *dir, uint32_t stations)
{
	struct store_options o = { .dir = dir };
	struct fault f = { 0 };
	struct store *s;

	int rc = store_open(&s, &o, &f);

	for (uint32_t i = 0; i < stations && rc == 0; i++) {
		uint8_t seed[SEED_BYTES] = { 'b', 'e', 'n', 'c', 'h' };
		struct hash token = { { 'b' } };
		struct key_pair key;
		struct node_row row;

		be32_put(seed + 8, i);
		be32_put(token.b + 4, i);
		key_from_seed(&key, seed);
		rc =
		    roster_token_add(s, &token, log_division(i), ROLE_VILLAGE, INT64_MAX, NULL, &f);
		if (rc == 0)
			rc = roster_enrol(s,
					  &(struct roster_asks){ &token, &key.public, 0,
								 BYTES_LIT("bench"), false, 1 },
					  &row, NULL, &f);
	}
	if (rc != 0)
		die("enrol", rc, &f);
	store_close(s);
	printf("{\"enrolled\": %u}\n", stations);
	return 0;
}

static struct public_key hub_key(const char *dir)
{
	char path[4096];
	uint8_t seed[SEED_BYTES];
	struct key_pair key;

	snprintf(path, sizeof path, "%s/node.key", dir);
	FILE *f = fopen(path, "r");

	if (f == NULL || fread(seed, 1, sizeof seed, f) != sizeof seed)
		die("node.key", BF_EIO, NULL);
	fclose(f);
	key_from_seed(&key, seed);
	return key.public;
}

static int run(struct load *l, const char *dir, uint32_t entries, uint32_t first)
{
	uv_loop_t loop;

	uv_loop_init(&loop);
	l->loop = &loop;
	l->hub = hub_key(dir);
	l->logs = calloc(l->stations, sizeof *l->logs);
	l->visits = calloc(l->stations, sizeof *l->visits);
	for (uint32_t i = 0; i < l->stations; i++) {
		log_make(&l->logs[i], first + i, entries);
		l->visits[i] = (struct visit){ .load = l, .log = &l->logs[i] };
	}
	double cpu = cpu_s(), began = now_s();

	visit_next(l);
	uv_run(&loop, UV_RUN_DEFAULT);
	double took = now_s() - began;

	printf("{\"sessions\": %u, \"rate\": %.1f, \"entries_rate\": %.1f, \"acked\": %llu, "
	       "\"cpu_s\": %.3f, \"tcp_in\": %llu, \"tcp_out\": %llu, \"app_in\": %llu, "
	       "\"app_out\": %llu, \"raw_bytes\": %llu}\n",
	       l->ok, l->ok / took, (double)l->acked / took, (unsigned long long)l->acked,
	       cpu_s() - cpu, (unsigned long long)l->tcp_in, (unsigned long long)l->tcp_out,
	       (unsigned long long)l->app_in, (unsigned long long)l->app_out,
	       (unsigned long long)l->logs[0].entries.len * l->stations);
	return l->ok == l->stations ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct load l = { 0 };

	if (crypto_init() != 0)
		return 1;
	if (argc == 4 && strcmp(argv[1], "enrol") == 0)
		return enrol(argv[2], (uint32_t)atoi(argv[3]));
	if ((argc != 7 && argc != 8) || strcmp(argv[1], "run") != 0) {
		fprintf(stderr, "usage: load enrol HUB_DIR STATIONS | load run HUB_DIR PORT "
				"STATIONS ENTRIES AT_ONCE [FIRST]\n");
		return 2;
	}
	l.port = (uint16_t)atoi(argv[3]);
	l.stations = (uint32_t)atoi(argv[4]);
	l.at_once = (uint32_t)atoi(argv[6]);
	return run(&l, argv[2], (uint32_t)atoi(argv[5]), argc == 8 ? (uint32_t)atoi(argv[7]) : 0);
}
