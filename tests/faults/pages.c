/* SPDX-License-Identifier: Apache-2.0 */
/* pages.c -- every page of a store damaged in turn, and every sector of its journal.
 *
 * A hub's store and a station's, of some 400 entries each. Each case: one page zeroed, filled with
 * junk, or with one bit flipped; then, in a process of its own, opened as after an unclean end,
 * checked, and asked everything. It must be refused with a sentence, or have findings, or answer as
 * if nothing had happened. Never "clean" with other answers, never a voided entry shown as live,
 * never a signal, never a hang.
 *
 *   pages [--full]    BF_SEED=n replays; what went wrong names its page and its change */
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_world.h"
#include "storage/pages.h"

enum { PAGE = 4096, SECTOR = 512, ENTRIES = 400, TAIL_SYNCS = 6, CASE_S = 60 };

enum outcome { /* of a case, as the child's exit code */
	       EQUAL = 10,
	       FOUND,   /* findings */
	       REFUSED, /* not opened, with a sentence */
	       SHORT,   /* opened without its last write: only where that is a torn tail */
	       BAD_ERROR,
	       BAD_CLEAN,
	       BAD_VOID,
	       BAD_UNREAD,
};

struct image {
	uint8_t *p;
	size_t len;
};

struct base {
	const char *name;
	struct world *w;
	struct image data, journal;
	struct hash truth;
	uint64_t length;                        /* of the order, with all that the journal holds */
	uint64_t tail_from, tail_to, last_from; /* of the journal: unapplied, and its last write */
};

struct totals {
	uint64_t cases, equal, found, refused, cut_short, bad;
};

static bool full;
static struct rng rng;
static struct totals totals;
static bool touched = true; /* the last case was opened: its files are not as they were */

/* ---- the stores ---- */

/* A household, its change, and a member of it. */
static void family(struct world *w, int i)
{
	struct buf b = { 0 };
	char text[24];

	snprintf(text, sizeof text, "户A%03d", i);
	mp_put_map(&b, 3);
	body_text(&b, 1, text);
	body_uint(&b, 2, 150722100200);
	body_uint(&b, 34, WORLD_DAY);
	struct ref home = world_save(w, KIND_HOUSEHOLD, (struct ref){ 0, 0 }, &b);

	mp_put_map(&b, 5);
	body_ref(&b, 1, home);
	body_uint(&b, 2, 150722100200);
	body_uint(&b, 3, WORLD_DAY);
	body_text(&b, 5, "某某");
	body_text(&b, 9, "11010519491231002X");
	(void)world_save(w, KIND_MEMBER, (struct ref){ 0, 0 }, &b);
	mp_put_map(&b, 3);
	body_text(&b, 1, text);
	body_uint(&b, 2, 150722100200);
	body_uint(&b, 34, WORLD_DAY + i);
	(void)world_save(w, KIND_HOUSEHOLD, home, &b);
}

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	printf("the sweep itself: %s\n", what);
	exit(1);
}

static void places(struct world *w)
{
	static const struct place rows[] = {
		{ UINT64_C(150000000000), { (const uint8_t *)"内蒙古", 9 } },
		{ UINT64_C(150700000000), { (const uint8_t *)"呼伦贝尔", 12 } },
		{ UINT64_C(150722000000), { (const uint8_t *)"莫旗", 6 } },
	};

	need(place_import(w->s, BYTES_LIT("2020"), rows, sizeof rows / sizeof *rows, NULL, &w->f) ==
		 0,
	     "places");
}

/* What the hub has signed for our log as it is. */
static void enrolled(struct world *w)
{
	struct peer p = { .port = 7788, .division = 150722100200, .role = ROLE_VILLAGE };
	uint8_t seed[SEED_BYTES] = { 5 };
	struct key_pair hub;
	struct head head;

	key_from_seed(&hub, seed);
	need(store_head(w->s, &head) == 0, "head");
	p.hub = hub.public;
	strcpy(p.host, "hub.example");
	strcpy(p.hub_name, "hub");
	p.cursor = (struct checkpoint){ .epoch = 3,
					.order_length = 9,
					.origin = head.origin,
					.seq = head.seq,
					.hash = head.hash };
	checkpoint_sign(&p.cursor, &hub);
	p.seen = p.cursor;
	need(peer_put(w->s, &p, &w->f) == 0, "peer");
}

static struct image read_image(const struct world *w, const char *name)
{
	struct image image;
	char path[128];
	struct stat st;

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	int fd = open(path, O_RDONLY);

	need(fd >= 0 && fstat(fd, &st) == 0, "image");
	image.len = (size_t)st.st_size;
	image.p = malloc(image.len);
	need(image.p != NULL && read(fd, image.p, image.len) == (ssize_t)image.len, "image");
	close(fd);
	return image;
}

static void write_image(const struct world *w, const char *name, struct image image)
{
	char path[128];

	snprintf(path, sizeof path, "%s/%s", w->dir, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	need(fd >= 0 && write(fd, image.p, image.len) == (ssize_t)image.len, "write");
	close(fd);
}

static struct applied_row applied_of(struct world *w)
{
	struct applied_row at = { 0 };
	struct view_stats stats;
	struct view v;

	need(view_begin(w->s, &v) == 0 && view_stats(&v, &stats) == 0, "stats");
	view_end(&v);
	at.generation = stats.applied_generation;
	at.offset = stats.applied_offset;
	return at;
}

/* The whole of it applied but for a tail of several syncs. */
static void make(struct base *b, const char *name, bool hub)
{
	void *state = NULL;

	*b = (struct base){ .name = name };
	need(world_setup(&state) == 0, "world");
	b->w = state;
	rng_seed(&b->w->rng, hub ? 11 : 12, 0);
	if (hub)
		places(b->w);
	while (b->w->fact_count < ENTRIES - 60) {
		if (hub)
			world_day(b->w);
		else
			world_append(b->w);
	}
	for (int i = 0; i < 20; i++)
		family(b->w, i);
	need(store_sync(b->w->s, &b->w->f) == 0, "sync");
	world_apply(b->w);
	if (!hub)
		enrolled(b->w);
	b->tail_from = b->tail_to = applied_of(b->w).offset;
	need(b->tail_from > 0, "an offset");
	for (int i = 0; i < TAIL_SYNCS; i++) {
		b->last_from = b->tail_to;
		for (int k = 0; k < 3; k++)
			(void)world_fund(b->w, 100 + i);
		need(store_sync(b->w->s, &b->w->f) == 0, "sync");
		b->tail_to = b->tail_from + journal_unapplied(b->w->s->journal);
		b->length = b->w->s->order_held.length;
	}
	world_close(b->w);
	b->data = read_image(b->w, "data.mdb");
	b->journal = read_image(b->w, "journal");
}

/* ---- everything that can be asked ---- */

struct asking {
	struct buf said;
	const struct world *w;
	bool voided_live;
};

static void say(struct asking *a, const void *p, size_t len)
{
	buf_put(&a->said, p, len);
}

static bool is_voided(const struct world *w, struct ref ref)
{
	for (size_t i = 0; i < w->fact_count; i++)
		if (ref_equal(w->facts[i].ref, ref))
			return w->facts[i].voided;
	return false;
}

static int see_row(void *ctx, const struct list_row *row)
{
	struct asking *a = ctx;

	say(a, &row->ref, sizeof row->ref);
	say(a, row->entry.raw.p, row->entry.raw.len);
	buf_u8(&a->said, row->voided);
	a->voided_live |= !row->voided && is_voided(a->w, row->ref);
	return 0;
}

static int see_total(void *ctx, const struct total_row *row)
{
	struct asking *a = ctx;

	buf_u64(&a->said, row->division);
	buf_u32(&a->said, row->month);
	buf_u32(&a->said, (uint32_t)row->dim[0] << 16 | row->dim[1]);
	buf_u64(&a->said, row->count);
	buf_u64(&a->said, (uint64_t)row->sum);
	return 0;
}

static int ask_kind(struct asking *a, struct view *v, uint16_t kind)
{
	static const uint64_t areas[] = { 0, UINT64_C(150000000000), UINT64_C(150722000000),
					  UINT64_C(150722100200) };
	int rc = 0;

	for (size_t i = 0; i < sizeof areas / sizeof *areas && rc == 0; i++) {
		struct total_query q = { .kind = kind,
					 .division = areas[i],
					 .month_to = UINT32_MAX,
					 .by = BY_MONTH | BY_DIM0 | BY_DIM1 };
		struct list_query list = { .of = q, .limit = UINT32_MAX, .voided = true };

		rc = view_total(v, &q, see_total, a);
		q.by = BY_PLACE;
		if (rc == 0)
			rc = view_total(v, &q, see_total, a);
		if (rc == 0)
			rc = view_list(v, &list, see_row, a);
		list.newest = true;
		list.limit = 50;
		if (rc == 0)
			rc = view_list(v, &list, see_row, a);
	}
	return rc;
}

static int absent_is_said(struct asking *a, int rc)
{
	buf_u8(&a->said, rc == BF_ENOTFOUND);
	return rc == BF_ENOTFOUND ? 0 : rc;
}

static int ask_fact(struct asking *a, struct view *v, const struct fact *f)
{
	struct record state = { 0 };
	struct account account;
	int64_t in = 0, out = 0;
	uint64_t count = 0;
	struct ref last = { 0, 0 };
	int rc = absent_is_said(a, view_entry(v, f->ref, see_row, a));

	if (rc == 0 && f->kind == KIND_HOUSEHOLD && ref_none(f->subject)) {
		rc = absent_is_said(a, view_subject(v, f->ref, &state, &last));
		say(a, &last, sizeof last);
		buf_u64(&a->said, state.has);
		record_fini(&state);
		if (rc == 0)
			rc = view_about(v, f->ref, UINT32_MAX, see_row, a);
	}
	for (int side = 0; side < 2 && rc == 0 && f->moved; side++) {
		if (account_take(bytes_of(f->account[side], f->account_bytes[side]), &account) != 0)
			continue;
		rc = absent_is_said(a, view_balance(v, &account, &in, &out, &count));
		buf_u64(&a->said, (uint64_t)in);
		buf_u64(&a->said, (uint64_t)out);
		buf_u64(&a->said, count);
	}
	return rc;
}

static int ask_names(struct asking *a, struct view *v)
{
	char text[24];
	int rc = 0;

	for (int i = 0; i < 50 && rc == 0; i++) {
		struct ref found = { 0, 0 };

		snprintf(text, sizeof text, i < 30 ? "户%02d" : "户A%03d", i < 30 ? i : i - 30);
		rc = absent_is_said(a, view_find(v, KIND_HOUSEHOLD, bytes_str(text), &found));
		say(a, &found, sizeof found);
	}
	return rc;
}

static int ask_log(struct asking *a, struct view *v, uint64_t origin)
{
	struct head head = { 0 };
	uint64_t count = 0;
	int rc = absent_is_said(a, view_head(v, origin, &head));

	buf_u64(&a->said, head.seq);
	say(a, head.hash.b, sizeof head.hash.b);
	if (rc == 0)
		rc = view_load(v, origin, 1, 1 << 24, 100000, &a->said, &count);
	buf_u64(&a->said, count);
	return rc;
}

static int ask_all(struct asking *a, struct view *v)
{
	const struct world *w = a->w;
	struct view_stats stats;
	int rc = view_stats(v, &stats);

	for (uint16_t kind = 0; kind <= KIND_MAX && rc == 0; kind++) {
		buf_u64(&a->said, stats.by_kind[kind]);
		if (kind_by_id(kind) != NULL)
			rc = ask_kind(a, v, kind);
	}
	buf_u64(&a->said, stats.entries);
	buf_u64(&a->said, stats.order_length);
	for (size_t i = 0; i < w->fact_count && rc == 0; i++)
		rc = ask_fact(a, v, &w->facts[i]);
	if (rc == 0)
		rc = ask_names(a, v);
	for (int i = 0; i < WORLD_NODES && rc == 0; i++)
		rc = ask_log(a, v, w->nodes[i].origin);
	if (rc == 0)
		rc = ask_log(a, v, chain_origin(&w->own.public, 0));
	return rc;
}

static int answers(const struct world *w, struct store *s, struct hash *out, bool *voided_live)
{
	struct asking a = { .w = w };
	struct view v;
	int rc = view_begin(s, &v);

	if (rc == 0)
		rc = view_done(&v, ask_all(&a, &v));
	if (rc == 0)
		rc = a.said.err;
	*out = hash_one(buf_bytes(&a.said));
	*voided_live = a.voided_live;
	buf_fini(&a.said);
	return rc;
}

/* ---- one case ---- */

static bool sentence(const struct fault *f)
{
	return (f->code == FAULT_STORE_DAMAGED || f->code == FAULT_STORE_NEWER ||
		f->code == FAULT_STORE_OLDER) &&
	       f->zh[0] != '\0' && f->en[0] != '\0';
}

static enum outcome look(const struct base *b)
{
	static struct check_report report;
	struct fault f = { .code = FAULT_NONE };
	struct store *s = NULL;
	struct hash said;
	bool voided_live;

	if (store_open(&s, &b->w->options, &f) != 0)
		return sentence(&f) ? REFUSED : BAD_ERROR;
	while (store_pending(s) > 0)
		if (store_apply(s, STORE_APPLY_MAX, &f) != 0)
			return sentence(&f) ? REFUSED : BAD_ERROR;
	int rc = check_run(s, &report, NULL, NULL);

	if (rc != 0) {
		printf("check: %s\n", bf_error_name(rc));
		return BAD_ERROR;
	}
	rc = answers(b->w, s, &said, &voided_live);
	uint64_t length = s->order_applied.length;

	store_close(s);
	if (voided_live)
		return BAD_VOID;
	if (report.findings > 0)
		return FOUND;
	if (rc != 0)
		return BAD_UNREAD;
	if (hash_equal(&said, &b->truth))
		return EQUAL;
	return length < b->length ? SHORT : BAD_CLEAN;
}

/* In a process of its own, with a limit of time. */
static enum outcome run(const struct base *b)
{
	int status;

	fflush(stdout);
	pid_t pid = fork();

	need(pid >= 0, "fork");
	if (pid == 0) {
		alarm(CASE_S);
		enum outcome o = look(b);

		fflush(stdout);
		_exit((int)o);
	}
	need(waitpid(pid, &status, 0) == pid, "wait");
	if (WIFSIGNALED(status))
		return (enum outcome)(128 + WTERMSIG(status));
	return (enum outcome)WEXITSTATUS(status);
}

static void put_back(const struct base *b)
{
	write_image(b->w, "data.mdb", b->data);
	write_image(b->w, "journal", b->journal);
	uint8_t pid[] = { '1', '\n' };

	write_image(b->w, "node.lock", (struct image){ pid, sizeof pid }); /* nobody closed it */
}

static const char *words(enum outcome o)
{
	switch (o) {
	case SHORT:
		return "opened without what was acknowledged";
	case BAD_ERROR:
		return "no sentence, or an error that is not the store's";
	case BAD_CLEAN:
		return "clean, and other answers";
	case BAD_VOID:
		return "a voided entry is shown as live";
	case BAD_UNREAD:
		return "clean, and it cannot be read";
	default:
		return "a signal, a hang or a sanitizer";
	}
}

static void judge(const struct base *b, enum outcome o, bool short_allowed, const char *what,
		  uint64_t at)
{
	touched = o != REFUSED;
	totals.cases++;
	totals.equal += o == EQUAL;
	totals.found += o == FOUND;
	totals.refused += o == REFUSED;
	totals.cut_short += o == SHORT && short_allowed;
	if (o == EQUAL || o == FOUND || o == REFUSED || (o == SHORT && short_allowed))
		return;
	totals.bad++;
	printf("BAD %s, %s at %llu: %s (%d)\n", b->name, what, (unsigned long long)at, words(o),
	       (int)o);
}

/* ---- pages ---- */

enum harm { ZEROS, JUNK, JUNK_BODY, FLIP };
static const char *const harms[] = { "zeros", "junk", "junk behind the head", "flipped bit" };

static void junk(uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)rng_below(&rng, 256);
}

static void hurt_page(const struct base *b, size_t page, enum harm harm, uint32_t bit)
{
	struct image data = { malloc(b->data.len), b->data.len };
	uint8_t *p = data.p + page * PAGE;

	need(data.p != NULL, "memory");
	memcpy(data.p, b->data.p, data.len);
	switch (harm) {
	case ZEROS:
		memset(p, 0, PAGE);
		break;
	case JUNK:
		junk(p, PAGE);
		break;
	case JUNK_BODY:
		junk(p + 16, PAGE - 16);
		break;
	case FLIP:
		p[bit / 8] = (uint8_t)(p[bit / 8] ^ 1U << bit % 8);
		break;
	}
	if (touched)
		put_back(b);
	write_image(b->w, "data.mdb", data);
	free(data.p);
	judge(b, run(b), false, harms[harm],
	      harm == FLIP ? (uint64_t)page * PAGE * 8 + bit : (uint64_t)page);
}

static void sweep_pages(const struct base *b)
{
	size_t pages = b->data.len / PAGE;

	touched = true; /* another store's directory */

	for (size_t page = 0; page < pages; page++) {
		hurt_page(b, page, ZEROS, 0);
		hurt_page(b, page, JUNK, 0);
		hurt_page(b, page, FLIP, (uint32_t)rng_below(&rng, 8 * PAGE));
		if (!full)
			continue;
		hurt_page(b, page, JUNK_BODY, 0);
		for (uint32_t bit = 0; bit < 8 * 24; bit++) /* the head and the first offsets */
			hurt_page(b, page, FLIP, bit);
		for (int i = 0; i < 100; i++)
			hurt_page(b, page, FLIP, (uint32_t)rng_below(&rng, 8 * PAGE));
	}
}

/* ---- the journal ---- */

static void hurt_journal(const struct base *b, struct image journal, bool short_allowed,
			 const char *what, uint64_t at)
{
	put_back(b);
	write_image(b->w, "journal", journal);
	judge(b, run(b), short_allowed, what, at);
}

static void sweep_journal(const struct base *b, const struct base *other)
{
	struct image j = { malloc(b->journal.len), b->journal.len };

	need(j.p != NULL, "memory");
	for (uint64_t at = b->tail_from / SECTOR * SECTOR; at < b->tail_to; at += SECTOR)
		for (int harm = 0; harm < (full ? 40 : 2); harm++) {
			uint64_t from = at < b->tail_from ? b->tail_from : at;
			uint64_t to = at + SECTOR > b->tail_to ? b->tail_to : at + SECTOR;
			uint64_t bit = from * 8 + rng_below(&rng, (to - from) * 8);

			memcpy(j.p, b->journal.p, j.len);
			if (harm == 0)
				memset(j.p + from, 0, (size_t)(to - from));
			else
				j.p[bit / 8] = (uint8_t)(j.p[bit / 8] ^ 1U << bit % 8);
			/* What touched the last write cannot be told from a torn one. */
			hurt_journal(b, j, harm == 0 ? to > b->last_from : bit / 8 >= b->last_from,
				     "journal", harm == 0 ? at : bit / 8);
		}
	memset(j.p, 0, j.len);
	hurt_journal(b, j, false, "a journal of zeros", 0);
	memcpy(j.p, b->journal.p, j.len);
	j.p[15] ^= 2; /* of generation 3 */
	hurt_journal(b, j, false, "a journal of another generation", 0);
	hurt_journal(b, other->journal, false, "another store's journal", 0);
	memcpy(j.p, b->journal.p, j.len);
	memset(j.p, 0, (size_t)b->tail_from);
	hurt_journal(b, j, false, "a journal whose applied part is zeros", 0);
	free(j.p);
}

/* ---- */

static void learn_truth(struct base *b)
{
	struct fault f = { .code = FAULT_NONE };
	struct store *s;
	bool voided_live;

	put_back(b);
	need(store_open(&s, &b->w->options, &f) == 0, f.en);
	while (store_pending(s) > 0)
		need(store_apply(s, STORE_APPLY_MAX, &f) == 0, f.en);
	need(answers(b->w, s, &b->truth, &voided_live) == 0 && !voided_live, "the truth");
	store_close(s);
	put_back(b);
	need(run(b) == EQUAL, "an undamaged store is not as it was");
}

static void done(struct base *b)
{
	void *state = b->w;

	put_back(b);
	world_open(b->w);
	free(b->data.p);
	free(b->journal.p);
	(void)world_teardown(&state);
}

int main(int argc, char **argv)
{
	static struct base hub, station;
	uint64_t seed;

	full = argc == 2 && strcmp(argv[1], "--full") == 0;
	if (argc > 1 && !full) {
		printf("usage: pages [--full]\n");
		return 2;
	}
	need(crypto_init() == 0, "crypto");
	seed = world_seed(full ? (uint64_t)getpid() : 4);
	printf("BF_SEED=%llu\n", (unsigned long long)seed);
	rng_seed(&rng, seed, 0);
	make(&hub, "hub", true);
	make(&station, "station", false);
	learn_truth(&hub);
	learn_truth(&station);
	sweep_pages(&hub);
	sweep_pages(&station);
	sweep_journal(&hub, &station);
	sweep_journal(&station, &hub);
	printf("pages %zu + %zu, cases %llu: refused %llu, findings %llu, equal %llu, torn tail "
	       "%llu, bad "
	       "%llu\n",
	       hub.data.len / PAGE, station.data.len / PAGE, (unsigned long long)totals.cases,
	       (unsigned long long)totals.refused, (unsigned long long)totals.found,
	       (unsigned long long)totals.equal, (unsigned long long)totals.cut_short,
	       (unsigned long long)totals.bad);
	done(&hub);
	done(&station);
	return totals.bad == 0 ? 0 : 1;
}
