/* SPDX-License-Identifier: Apache-2.0 */
/* ingest.c -- the hub's half alone: take machine, store, tally, indexes; no network.
 *
 * ingest DIR ENTRIES RUN: one origin's log as BATCH frames of RUN entries (made before the clock
 * starts) go through take.h and store.h with the daemon's policy: sync per window of frames, apply
 * in batches. The clock stops when all is durable and applied. Prints {"rate", "cpu_s",
 * "raw_bytes", "packed_bytes", "piece_bytes", "file_bytes"}. */
#include <sys/stat.h>
#include <zstd.h>

#include "protocol/errors.h"
#include "protocol/frame.h"
#include "protocol/take.h"
#include "storage/roster.h"
#include "tests/bench/logs.h"
#include "tests/bench/timing.h"

enum { NODE = 42 };

static void must(int rc, const struct fault *f, const char *what)
{
	if (rc != 0) {
		fprintf(stderr, "bench ingest: %s: %s %s\n", what, bf_error_name(rc),
			f ? f->en : "");
		exit(1);
	}
}

static struct store *hub(const char *dir, const struct log *log)
{
	struct store_options o = { .dir = dir, .epoch = 1, .journal_bytes = UINT64_C(64) << 20 };
	struct hash token = { { 1 } };
	struct node_row row;
	struct fault f = { 0 };
	struct store *s;

	mkdir(dir, 0700);
	must(store_open(&s, &o, &f), &f, "open");
	must(roster_token_add(s, &token, log->division, ROLE_VILLAGE, INT64_MAX, NULL, &f), &f,
	     "token");
	must(roster_enrol(
		 s,
		 &(struct roster_asks){ &token, &log->key.public, 0, BYTES_LIT("bench"), false, 1 },
		 &row, NULL, &f),
	     &f, "enrol");
	return s;
}

/* Frames of `run` entries, each with its own signed head. */
static struct buf frames(struct log *log, uint32_t run, uint64_t *packed)
{
	struct buf out = { 0 }, z = { 0 };
	struct pack *pack = pack_open();
	struct head head = { .origin = log->origin, .hash = chain_genesis(&log->key.public, 0) };

	for (uint64_t first = 1; first <= log->count; first += run) {
		uint64_t count = log->count - first + 1 < run ? log->count - first + 1 : run;
		struct bytes raw = log_slice(log, first, count);

		for (uint64_t i = 0; i < count; i++)
			head.hash = chain_next(&head.hash, log_slice(log, first + i, 1));
		head.seq = first + count - 1;
		head_sign(&head, &log->key);
		buf_clear(&z);
		must(pack_put(pack, raw, &z), NULL, "pack");
		struct message m = { .type = MESSAGE_BATCH,
				     .batch = { log->origin, first, count, head, raw.len,
						buf_bytes(&z) } };

		must(message_put(&out, &m), NULL, "frame");
		*packed += z.len;
	}
	pack_close(pack);
	buf_fini(&z);
	return out;
}

struct bench {
	struct store *store;
	struct take *take;
	struct accepted waiting[BATCH_WINDOW];
	uint32_t waits;
	struct fault f;
};

static void apply(struct bench *b, uint64_t until)
{
	while (store_pending(b->store) > until)
		must(store_apply(b->store, STORE_APPLY_MAX, &b->f), &b->f, "apply");
}

static void flush(struct bench *b)
{
	struct wished w;

	must(store_sync(b->store, &b->f), &b->f, "sync");
	for (uint32_t i = 0; i < b->waits; i++) {
		struct event e = { .type = EVENT_STORED,
				   .held = b->waiting[i].head,
				   .ordinal = b->waiting[i].ordinal };

		e.checkpoint.origin = e.held.origin;
		e.checkpoint.seq = e.held.seq;
		while (take_step(b->take, &e, &w) == WISH_SEND)
			e = (struct event){ .type = EVENT_GO };
	}
	b->waits = 0;
	if (store_pending(b->store) >= STORE_APPLY_MAX)
		apply(b, 0);
}

static void feed(struct bench *b, struct event e)
{
	for (;;) {
		struct wished w = { 0 };

		switch (take_step(b->take, &e, &w)) {
		case WISH_HELD:
			e = (struct event){ .type = EVENT_HELD };
			struct accepted a;

			must(store_held(b->store, w.origin, &a), NULL, "held");
			e.held = a.head;
			continue;
		case WISH_STORE:
			must(store_accept(b->store, &w.run, &b->waiting[b->waits], &b->f), &b->f,
			     "accept");
			b->waits++;
			break;
		case WISH_SEND:
			break;
		case WISH_WAIT:
			if (take_full(b->take))
				flush(b);
			return;
		default:
			must(BF_EBUG, &w.fault, "take");
		}
		e = (struct event){ .type = EVENT_GO };
	}
}

/* What zstd -1 makes of the whole log at once. */
static size_t one_piece(const struct log *log)
{
	size_t cap = ZSTD_compressBound(log->entries.len);
	void *out = malloc(cap);
	size_t n = out == NULL ? 0 : ZSTD_compress(out, cap, log->entries.p, log->entries.len, 1);

	free(out);
	return n;
}

int main(int argc, char **argv)
{
	struct log log;
	struct bench b = { 0 };
	struct stat st;
	uint64_t packed = 0;
	char path[4096];

	if (argc != 4 || crypto_init() != 0)
		return 2;
	uint32_t run = (uint32_t)atoi(argv[3]);

	log_make(&log, NODE, (uint32_t)atol(argv[2]));
	struct buf all = frames(&log, run, &packed);

	b.store = hub(argv[1], &log);
	struct take_start start = { log.key.public, 0, log.origin, 1, 1 };
	struct message hello = { .type = MESSAGE_HELLO,
				 .hello = { .version = PROTOCOL_VERSION,
					    .origin = log.origin,
					    .seq = log.count,
					    .hash = log.head.hash,
					    .now_ms = 1 } };
	struct buf greet = { 0 };
	struct bytes payload, in = buf_bytes(&all);
	size_t used;

	b.take = take_open(&start);
	must(message_put(&greet, &hello), NULL, "hello");
	must(frame_take(buf_bytes(&greet), &payload, &used), NULL, "hello");
	feed(&b, (struct event){ .type = EVENT_GO });
	feed(&b, (struct event){ .type = EVENT_FRAME, .payload = payload });
	double began = now_s(), cpu = cpu_s();

	while (in.len > 0) {
		must(frame_take(in, &payload, &used), NULL, "frame");
		feed(&b, (struct event){ .type = EVENT_FRAME, .payload = payload });
		in = bytes_of(in.p + used, in.len - used);
	}
	flush(&b);
	apply(&b, 0);
	double took = now_s() - began;

	cpu = cpu_s() - cpu;
	struct accepted held;

	must(store_held(b.store, log.origin, &held), NULL, "held");
	if (held.head.seq != log.count)
		must(BF_EBUG, NULL, "not all was stored");
	snprintf(path, sizeof path, "%s/data.mdb", argv[1]);
	stat(path, &st);
	printf("{\"rate\": %.1f, \"cpu_s\": %.3f, \"raw_bytes\": %zu, \"packed_bytes\": %llu, "
	       "\"piece_bytes\": %zu, \"file_bytes\": %lld}\n",
	       log.count / took, cpu, log.entries.len, (unsigned long long)packed, one_piece(&log),
	       (long long)st.st_size);
	take_close(b.take);
	store_close(b.store);
	buf_fini(&all);
	buf_fini(&greet);
	log_fini(&log);
	return 0;
}
