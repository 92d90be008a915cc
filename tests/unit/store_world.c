/* SPDX-License-Identifier: Apache-2.0 */
/* store_world.c -- see store_world.h. */
#include "store_world.h"

#include <sys/stat.h>
#include <unistd.h>

enum { ENTRY_ROOM = 4096 };

static const uint64_t places[WORLD_PLACES] = {
	150722100200,
	150722100201,
	150722100202,
	150722101200,
	150722101201,
	150723100200,
	150723100201,
	150105101200,
	150103007001,
	150103007000 /* a team at the street office */,
	150722000000 /* at the banner */,
	210102001001,
};

uint64_t world_seed(uint64_t otherwise)
{
	const char *text = getenv("BF_SEED");
	uint64_t seed = text == NULL ? otherwise : strtoull(text, NULL, 0);

	print_message("BF_SEED=%llu\n", (unsigned long long)seed);
	return seed;
}

/* ---- life ---- */

static void path_of(const struct world *w, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", w->dir, name);
}

void world_remove(struct world *w)
{
	static const char *const names[] = { "data.mdb",
					     "lock.mdb",
					     "journal",
					     "node.lock",
					     "copy",
					     "store.new/data.mdb",
					     "store.new/lock.mdb",
					     "store.new/journal",
					     "store.new" };
	char path[128];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		path_of(w, names[i], path);
		remove(path);
	}
}

static void seed_of(uint8_t seed[SEED_BYTES], uint8_t what)
{
	memset(seed, what, SEED_BYTES);
}

static void enrol(struct world *w, int i)
{
	struct node *n = &w->nodes[i];
	struct hash token = { { (uint8_t)(i + 1) } };
	struct node_row row;

	assert_int_equal(
	    0, roster_token_add(w->s, &token, places[i], ROLE_VILLAGE, 1000, NULL, &w->f));
	assert_int_equal(0, roster_enrol(w->s,
					 &(struct roster_asks){ &token, &n->key.public, 0,
								BYTES_LIT("laptop"), false, 1 },
					 &row, NULL, &w->f));
	assert_true(row.origin == n->origin);
}

void world_open(struct world *w)
{
	int rc = store_open(&w->s, &w->options, &w->f);

	if (rc != 0)
		print_message("%s: %s\n", bf_error_name(rc), w->f.en);
	assert_int_equal(0, rc);
}

void world_close(struct world *w)
{
	store_close(w->s);
	w->s = NULL;
}

void world_reopen(struct world *w)
{
	world_close(w);
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
}

int world_setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	uint8_t seed[SEED_BYTES];

	strcpy(w->dir,
	       access("/dev/shm", W_OK) == 0 ? "/dev/shm/bfstoreXXXXXX" : "/tmp/bfstoreXXXXXX");
	assert_non_null(mkdtemp(w->dir));
	w->options = (struct store_options){ .dir = w->dir,
					     .epoch = 7,
					     .map_bytes = UINT64_C(1) << 30,
					     .journal_bytes = STORE_JOURNAL_BYTES_MIN };
	seed_of(seed, 99);
	key_from_seed(&w->own, seed);
	rng_seed(&w->rng, 1, 0);
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *n = &w->nodes[i];

		seed_of(seed, (uint8_t)(i + 1));
		key_from_seed(&n->key, seed);
		n->origin = chain_origin(&n->key.public, 0);
		n->head =
		    (struct head){ .origin = n->origin, .hash = chain_genesis(&n->key.public, 0) };
	}
	world_open(w);
	assert_int_equal(0, store_own(w->s, &w->own, 0, &w->f));
	for (int i = 0; i < WORLD_NODES; i++)
		enrol(w, i);
	*state = w;
	return 0;
}

int world_teardown(void **state)
{
	struct world *w = *state;

	world_close(w);
	world_remove(w);
	rmdir(w->dir);
	for (int i = 0; i < WORLD_NODES; i++)
		buf_fini(&w->nodes[i].entries);
	free(w->facts);
	free(w);
	return 0;
}

void world_apply(struct world *w)
{
	while (store_pending(w->s) > 0)
		assert_int_equal(0, store_apply(w->s, STORE_APPLY_MAX, &w->f));
}

void world_look(struct world *w, struct view *v)
{
	assert_int_equal(0, store_sync(w->s, &w->f));
	world_apply(w);
	assert_int_equal(0, view_begin(w->s, v));
}

/* ---- bodies ---- */

void body_uint(struct buf *b, uint64_t tag, uint64_t v)
{
	mp_put_uint(b, tag);
	mp_put_uint(b, v);
}

void body_text(struct buf *b, uint64_t tag, const char *text)
{
	mp_put_uint(b, tag);
	mp_put_cstr(b, text);
}

void body_ref(struct buf *b, uint64_t tag, struct ref ref)
{
	uint8_t bin[REF_BYTES];

	ref_put(ref, bin);
	mp_put_uint(b, tag);
	mp_put_bin(b, bytes_of(bin, sizeof bin));
}

void body_of_void(struct buf *b, struct ref target)
{
	mp_put_map(b, 2);
	body_ref(b, 1, target);
	body_text(b, 2, "重复录入");
}

/* Somebody's household: a real one of the world, or one that is unknown here. */
static struct ref some_household(struct world *w)
{
	for (int i = 0; i < 8 && w->fact_count > 0; i++) {
		struct fact *f = &w->facts[rng_below(&w->rng, w->fact_count)];

		if (f->kind == KIND_HOUSEHOLD && ref_none(f->subject))
			return f->ref;
	}
	return (struct ref){ 77, 1 + rng_below(&w->rng, 3) };
}

static void put_account(struct world *w, struct fact *fact, int side, struct buf *b)
{
	struct account a = { .type = (enum account_type)rng_between(&w->rng, 1, 3) };

	a.division = places[rng_below(&w->rng, WORLD_PLACES)];
	a.household = some_household(w);
	a.party = (uint8_t)rng_between(&w->rng, 1, 3);
	fact->account_bytes[side] = account_put(&a, fact->account[side]);
	mp_put_bin(b, bytes_of(fact->account[side], fact->account_bytes[side]));
	if (a.type == ACCOUNT_HOUSEHOLD)
		fact->about[fact->about_count++] = a.household;
}

static void body_visit(struct world *w, struct fact *fact, struct buf *b)
{
	uint32_t want = (uint32_t)rng_between(&w->rng, 1, 4);
	uint8_t bin[4 * REF_BYTES];

	for (uint32_t i = 0; i < want; i++) {
		struct ref r = some_household(w);
		bool twice = false;

		for (uint32_t j = 0; j < fact->about_count; j++)
			twice |= ref_equal(r, fact->about[j]);
		if (!twice)
			fact->about[fact->about_count++] = r;
	}
	for (uint32_t i = 0; i < fact->about_count; i++)
		ref_put(fact->about[i], bin + (size_t)i * REF_BYTES);
	fact->dim[0] = (uint16_t)rng_between(&w->rng, 1, 5);
	fact->sum = fact->about_count;
	mp_put_map(b, 4);
	body_uint(b, 1, fact->division);
	body_uint(b, 2, (uint64_t)fact->day);
	mp_put_uint(b, 3);
	mp_put_bin(b, bytes_of(bin, fact->about_count * (size_t)REF_BYTES));
	body_uint(b, 7, fact->dim[0]);
}

static void body_fund(struct world *w, struct fact *fact, struct buf *b)
{
	fact->dim[1] = (uint16_t)rng_between(&w->rng, 1, 4);
	fact->dim[0] = (uint16_t)rng_between(&w->rng, 1, 3);
	fact->sum = rng_between(&w->rng, 1, 1000000);
	fact->moved = true;
	mp_put_map(b, 8);
	body_uint(b, 1, fact->division);
	body_uint(b, 2, (uint64_t)fact->day);
	body_uint(b, 3, fact->dim[1]);
	body_uint(b, 5, fact->dim[0]);
	mp_put_uint(b, 6);
	put_account(w, fact, 0, b);
	mp_put_uint(b, 7);
	put_account(w, fact, 1, b);
	body_uint(b, 8, (uint64_t)fact->sum);
	body_text(b, 9, "凭证1");
}

static void body_aid(struct world *w, struct fact *fact, struct buf *b)
{
	bool channel = rng_chance(&w->rng, 500), amount = rng_chance(&w->rng, 800);

	fact->about[fact->about_count++] = some_household(w);
	fact->dim[0] = (uint16_t)rng_between(&w->rng, 1, 5);
	fact->dim[1] = channel ? (uint16_t)rng_between(&w->rng, 1, 3) : 0;
	fact->sum = amount ? rng_between(&w->rng, 0, 50000) : 0;
	mp_put_map(b, 4u + channel + amount);
	body_uint(b, 1, fact->division);
	body_uint(b, 2, (uint64_t)fact->day);
	body_ref(b, 3, fact->about[0]);
	body_uint(b, 4, fact->dim[0]);
	if (channel)
		body_uint(b, 5, fact->dim[1]);
	if (amount)
		body_uint(b, 9, (uint64_t)fact->sum);
}

static void body_activity(struct world *w, struct fact *fact, struct buf *b)
{
	fact->dim[0] = (uint16_t)rng_between(&w->rng, 1, 5);
	fact->sum = rng_between(&w->rng, 0, 200);
	mp_put_map(b, 5);
	body_uint(b, 1, fact->division);
	body_uint(b, 2, (uint64_t)fact->day);
	body_text(b, 3, "敬老院慰问");
	body_uint(b, 4, fact->dim[0]);
	body_uint(b, 8, (uint64_t)fact->sum);
}

/* A new household, or a version of an earlier one. */
static void body_household(struct world *w, struct fact *fact, struct buf *b)
{
	struct ref known = some_household(w);
	char number[24];

	if (known.origin != 77 && rng_chance(&w->rng, 400)) {
		fact->subject = known;
		fact->counted = false;
		fact->about[fact->about_count++] = known;
	}
	fact->dim[0] = (uint16_t)rng_between(&w->rng, 1, 3);
	snprintf(number, sizeof number, "户%02d", (int)rng_below(&w->rng, 30));
	mp_put_map(b, 4);
	body_text(b, 1, number);
	body_uint(b, 2, fact->division);
	body_uint(b, 10, fact->dim[0]);
	body_uint(b, 34, (uint64_t)fact->day);
}

static bool counts_as_target(const struct fact *f, uint64_t origin)
{
	return f->ref.origin == origin && f->kind != KIND_VOID && f->kind <= KIND_MAX &&
	       kind_by_id(f->kind) != NULL && !f->voided;
}

/* Mostly of an entry that can be voided; sometimes of what cannot. */
static void body_void(struct world *w, uint64_t origin, struct fact *fact, struct buf *b)
{
	fact->target = (struct ref){ origin, 1 + rng_below(&w->rng, 40) };
	for (int i = 0; i < 4 && w->fact_count > 0; i++) {
		struct fact *f = &w->facts[rng_below(&w->rng, w->fact_count)];

		if (f->ref.origin == origin)
			fact->target = f->ref;
	}
	fact->about[fact->about_count++] = fact->target;
	fact->counted = false;
	fact->day = 0;
	body_of_void(b, fact->target);
	for (size_t i = 0; i < w->fact_count; i++)
		if (ref_equal(w->facts[i].ref, fact->target) &&
		    counts_as_target(&w->facts[i], origin))
			w->facts[i].voided = true;
}

void world_body(struct world *w, uint64_t origin, struct fact *fact, struct buf *b)
{
	fact->division = places[rng_below(&w->rng, WORLD_PLACES)];
	fact->day = WORLD_DAY + (int32_t)rng_below(&w->rng, 400);
	fact->counted = true;
	switch (rng_below(&w->rng, 10)) {
	case 0:
	case 1:
		fact->kind = KIND_VISIT;
		body_visit(w, fact, b);
		return;
	case 2:
	case 3:
		fact->kind = KIND_FUND;
		body_fund(w, fact, b);
		return;
	case 4:
		fact->kind = KIND_AID;
		body_aid(w, fact, b);
		return;
	case 5:
		fact->kind = KIND_ACTIVITY;
		body_activity(w, fact, b);
		return;
	case 6:
	case 7:
		fact->kind = KIND_HOUSEHOLD;
		body_household(w, fact, b);
		return;
	case 8:
		fact->kind = KIND_VOID;
		body_void(w, origin, fact, b);
		return;
	default: /* a kind of a newer program */
		fact->kind = 40 + (uint32_t)rng_below(&w->rng, 24);
		fact->counted = false;
		mp_put_map(b, 1);
		body_uint(b, 1, 5);
	}
}

static struct fact *new_fact(struct world *w)
{
	if (w->fact_count == w->fact_cap) {
		w->fact_cap = w->fact_cap == 0 ? 256 : 2 * w->fact_cap;
		w->facts = realloc(w->facts, w->fact_cap * sizeof *w->facts);
		assert_non_null(w->facts);
	}
	struct fact *fact = &w->facts[w->fact_count];

	*fact = (struct fact){ 0 };
	return fact;
}

/* ---- own entries ---- */

static struct ref append(struct world *w, const struct fact *fact, struct bytes body)
{
	struct draft d = { .wall_ms = INT64_C(1780000000000),
			   .author = BYTES_LIT("cadre"),
			   .kind = fact->kind,
			   .subject = fact->subject,
			   .body = body };
	struct ref ref = { 0, 0 };
	int rc = store_append(w->s, &d, &ref, &w->f);

	if (rc != 0)
		print_message("append: %s %s\n", bf_error_name(rc), w->f.en);
	assert_int_equal(0, rc);
	return ref;
}

struct ref world_fund(struct world *w, int64_t fen)
{
	struct fact fact = { .kind = KIND_FUND, .division = places[0], .day = WORLD_DAY };
	struct account from = { .type = ACCOUNT_DIVISION, .division = UINT64_C(150000000000) };
	struct account to = { .type = ACCOUNT_DIVISION, .division = places[0] };
	uint8_t bin[ACCOUNT_BYTES_MAX];
	struct buf b = { 0 };

	mp_put_map(&b, 8);
	body_uint(&b, 1, fact.division);
	body_uint(&b, 2, (uint64_t)fact.day);
	body_uint(&b, 3, 1);
	body_uint(&b, 5, 1);
	mp_put_uint(&b, 6);
	mp_put_bin(&b, bytes_of(bin, account_put(&from, bin)));
	mp_put_uint(&b, 7);
	mp_put_bin(&b, bytes_of(bin, account_put(&to, bin)));
	body_uint(&b, 8, (uint64_t)fen);
	body_text(&b, 9, "文号");
	struct ref ref = append(w, &fact, buf_bytes(&b));

	buf_fini(&b);
	return ref;
}

struct ref world_save(struct world *w, uint32_t kind, struct ref subject, struct buf *body)
{
	struct fact fact = { .kind = kind, .subject = subject };

	assert_int_equal(0, body->err);
	struct ref ref = append(w, &fact, buf_bytes(body));

	buf_fini(body);
	*body = (struct buf){ 0 };
	return ref;
}

struct ref world_undo(struct world *w, struct ref target)
{
	struct buf b = { 0 };

	body_of_void(&b, target);
	return world_save(w, KIND_VOID, (struct ref){ 0, 0 }, &b);
}

void world_append(struct world *w)
{
	struct fact *fact = new_fact(w);
	struct buf body = { 0 };

	world_body(w, store_origin(w->s), fact, &body);
	fact->ref = append(w, fact, buf_bytes(&body));
	w->fact_count++;
	buf_fini(&body);
}

/* ---- other nodes ---- */

static void extend(struct node *n, uint32_t kind, struct ref subject, struct bytes body)
{
	struct entry e = { .seq = n->head.seq + 1,
			   .author = BYTES_LIT("node"),
			   .kind = kind,
			   .subject = subject,
			   .body = body };

	e.stamp = stamp_next(0, INT64_C(1780000000000) + (int64_t)e.seq);
	n->at[e.seq - 1] = n->entries.len;
	assert_int_equal(0, entry_put(&n->entries, &e));
	n->at[e.seq] = n->entries.len;
	n->head.hash = chain_next(&n->head.hash, bytes_of(n->entries.p + n->at[e.seq - 1],
							  n->at[e.seq] - n->at[e.seq - 1]));
	n->head.seq = e.seq;
}

static void grow_one(struct world *w, struct node *n)
{
	struct fact *fact = new_fact(w);
	struct buf body = { 0 };

	world_body(w, n->origin, fact, &body);
	fact->ref = (struct ref){ n->origin, n->head.seq + 1 };
	w->fact_count++;
	extend(n, fact->kind, fact->subject, buf_bytes(&body));
	buf_fini(&body);
}

void world_say(struct world *w, int i, uint32_t kind, struct bytes body)
{
	extend(&w->nodes[i], kind, (struct ref){ 0 }, body);
}

void world_grow(struct world *w, int i, uint64_t count)
{
	for (uint64_t k = 0; k < count; k++)
		grow_one(w, &w->nodes[i]);
}

struct run world_run(struct world *w, int i, uint64_t first, uint64_t last)
{
	struct node *n = &w->nodes[i];
	struct run run = { .origin = n->origin, .first = first, .count = last - first + 1 };

	run.entries = bytes_of(n->entries.p + n->at[first - 1], n->at[last] - n->at[first - 1]);
	run.head = (struct head){ .origin = n->origin,
				  .seq = last,
				  .hash = chain_genesis(&n->key.public, 0) };
	for (uint64_t seq = 1; seq <= last; seq++)
		run.head.hash = chain_next(&run.head.hash, bytes_of(n->entries.p + n->at[seq - 1],
								    n->at[seq] - n->at[seq - 1]));
	head_sign(&run.head, &n->key);
	return run;
}

void world_send(struct world *w, int i, uint64_t count)
{
	struct accepted a;
	uint64_t first = w->nodes[i].head.seq + 1;

	world_grow(w, i, count);
	struct run run = world_run(w, i, first, first + count - 1);
	int rc = store_accept(w->s, &run, &a, &w->f);

	if (rc != 0)
		print_message("accept: %s %s\n", bf_error_name(rc), w->f.en);
	assert_int_equal(0, rc);
	assert_int_equal(a.fresh, count);
	w->nodes[i].sent = a.head.seq;
}

void world_day(struct world *w)
{
	for (int i = 0; i < WORLD_NODES; i++) {
		world_append(w);
		world_send(w, i, (uint64_t)rng_between(&w->rng, 1, 9));
		if (rng_chance(&w->rng, 500))
			assert_int_equal(0, store_sync(w->s, &w->f));
		if (rng_chance(&w->rng, 300))
			assert_int_equal(
			    0, store_apply(w->s, (uint64_t)rng_between(&w->rng, 1, 30), &w->f));
	}
	assert_int_equal(0, store_sync(w->s, &w->f));
}

/* ---- whole states ---- */

struct hash world_digest(struct world *w)
{
	struct hash h = { { 0 } };
	struct lmdb_txn t;
	struct lmdb_scan c;

	assert_int_equal(0, lmdb_begin(w->s->lmdb, false, &t));
	for (int tree = 0; tree < TREE_COUNT; tree++) {
		for (lmdb_scan(&c, &t, (enum tree)tree, (struct bytes){ 0 }); c.here;
		     lmdb_scan_next(&c)) {
			if (tree == TREE_META && bytes_equal(c.key, META_APPLIED))
				continue;
			struct hash row = hash_two(c.key, c.value);

			h = hash_two(bytes_of(h.b, sizeof h.b), bytes_of(row.b, sizeof row.b));
		}
		assert_int_equal(0, lmdb_scan_end(&c));
	}
	lmdb_abort(&t);
	return h;
}

void world_copy(struct world *w, const char *name, const char *as)
{
	char from[128], to[128], block[65536];
	size_t n;

	path_of(w, name, from);
	path_of(w, as, to);
	FILE *in = fopen(from, "rb"), *out = fopen(to, "wb");

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(block, 1, sizeof block, in)) > 0)
		assert_int_equal(n, fwrite(block, 1, n, out));
	fclose(in);
	fclose(out);
}

uint64_t world_held(struct world *w, uint64_t origin)
{
	struct accepted a;

	assert_int_equal(0, store_held(w->s, origin, &a));
	return a.head.seq;
}

uint64_t world_entries(struct world *w)
{
	struct view v;
	struct view_stats stats;

	assert_int_equal(0, view_begin(w->s, &v));
	assert_int_equal(0, view_stats(&v, &stats));
	view_end(&v);
	return stats.entries;
}
