/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- bangfud: the settings, the signals, one node, a clean end.
 *
 * Nothing needs editing at a station: the directory is $BANGFU_DIR, else /var/lib/bangfu for root,
 * else $XDG_STATE_HOME/bangfu or ~/.local/state/bangfu; bangfud.conf in it is read when it is
 * there; options win over it. Exit: 0 stopped or help; 1 could not start or --check found
 * something; 2 usage; 65 the store is damaged (damage.h); 70 the disk failed (writer.c). */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/act.h"
#include "daemon/damage.h"
#include "daemon/files.h"
#include "daemon/inventory.h"
#include "daemon/log.h"
#include "daemon/node.h"
#include "daemon/notify.h"
#include "daemon/restored.h"
#include "protocol/errors.h"
#include "storage/check.h"
#include "storage/epoch.h"
#include "storage/pages.h"
#include "storage/view.h"

enum { EXIT_USAGE = 2, OPTION_BYTES_MAX = 64 };

struct options {
	const char *config;
	bool check, restored, help, version;
	bool marked; /* no option: a mark says that the directory was restored (restored.h) */
};

/* Options without a value. What has one is a setting (config.c). */
static const struct flag_row {
	const char *name;
	size_t at; /* in struct options */
	const char *zh, *en;
} flags[] = {
	{ "check", offsetof(struct options, check), "核对全部记录后退出",
	  "verify everything and exit" },
	{ "restored", offsetof(struct options, restored), "中心：数据刚从备份恢复，告知各站后启动",
	  "hub: a backup was just restored; draw a new epoch, then run" },
	{ "help", offsetof(struct options, help), "本说明", "this text" },
	{ "version", offsetof(struct options, version), "版本", "the version" },
};
enum { FLAGS = sizeof flags / sizeof *flags };

struct daemon {
	struct node node;
	uv_signal_t term, interrupt, hangup;
	uv_timer_t alive;
	bool stopping;
};

static int read_options(int argc, char **argv, struct options *o, struct config *c,
			struct fault *f);
static int settle(int argc, char **argv, struct options *o, struct config *c, struct fault *f);
static void limits(void);
static int run(const struct config *c, struct fault *f);
static int check(const struct config *c, struct fault *f);
static int declare_restored(const struct config *c, bool marked, struct fault *f);
static int heed_mark(struct config *c, struct options *o, struct fault *f);

/* Both languages: whoever starts a daemon may be a script's author or a cadre. */
static void complain(const struct fault *f)
{
	(void)fprintf(stderr, "bangfud: %s\nbangfud: %s\n", f->zh, f->en);
}

static void print_help(void)
{
	(void)printf("用法 Usage: bangfud [--dir DIR] [--config FILE] [--KEY VALUE ...] [--check | "
		     "--restored]\n\n"
		     "  --dir DIR       数据目录 (BANGFU_DIR)\n"
		     "                  directory of this node's data\n"
		     "  --config FILE   默认 DIR/bangfud.conf\n"
		     "                  settings, key = value\n");
	for (size_t i = 0; i < FLAGS; i++)
		(void)printf("  --%-13s %s\n  %-15s %s\n", flags[i].name, flags[i].zh, "",
			     flags[i].en);
	(void)printf("\n设置 Settings (bangfud.conf, --KEY VALUE):\n");
	config_print_help();
}

int main(int argc, char **argv)
{
	struct options o = { 0 };
	struct fault f = { .code = FAULT_NONE };
	struct config *c = crypto_init() == 0 ? calloc(1, sizeof *c) : NULL;

	files_raise();
	int rc = c == NULL ? fault_of(&f, BF_ENOMEM, NULL) : settle(argc, argv, &o, c, &f);
	int exit_code = rc == 0 ? 0 : rc == BF_ENOMEM ? 1 : EXIT_USAGE;

	if (rc == 0 && o.help) {
		print_help();
	} else if (rc == 0 && o.version) {
		(void)printf("bangfud %s\n", BF_VERSION);
	} else if (rc == 0) {
		limits();
		damage_watch(c->dir);
		log_open(c->log_level);
		if (!o.check)
			rc = files_check(&f);
		if (rc == 0 && !o.check)
			rc = heed_mark(c, &o, &f);
		if (rc == 0 && (o.restored || o.marked))
			rc = declare_restored(c, o.marked, &f);
		if (rc == 0 && c->isolated)
			rc = restored_isolate(c->dir, &f);
		if (rc == 0)
			rc = o.check ? check(c, &f) : run(c, &f);
		exit_code = rc == 0 ? 0 : rc == BF_EDAMAGED ? EXIT_DAMAGED : 1;
	}
	if ((fflush(stdout) != 0 || ferror(stdout) != 0) && exit_code == 0) {
		rc = fault_say(&f, FAULT_OUTPUT, NULL, strerror(errno), NULL);
		exit_code = 1;
	}
	if (rc != 0 && f.code != FAULT_NONE)
		complain(&f);
	free(c);
	return exit_code;
}

/* ---- settings ---- */

/* The directory of whoever starts us. */
static void usual_dir(char *out, size_t size)
{
	const char *given = getenv("BANGFU_DIR"), *state = getenv("XDG_STATE_HOME"),
		   *home = getenv("HOME");

	if (given != NULL && given[0] != '\0')
		(void)snprintf(out, size, "%s", given);
	else if (geteuid() == 0)
		(void)snprintf(out, size, "/var/lib/bangfu");
	else if (state != NULL && state[0] == '/')
		(void)snprintf(out, size, "%s/bangfu", state);
	else if (home != NULL && home[0] == '/')
		(void)snprintf(out, size, "%s/.local/state/bangfu", home);
}

/* Directory, then the file in it, then the options again: later calls win. */
static int settle(int argc, char **argv, struct options *o, struct config *c, struct fault *f)
{
	char path[sizeof c->dir + 16];
	struct stat st;

	config_default(c);
	usual_dir(c->dir, sizeof c->dir);
	int rc = read_options(argc, argv, o, c, f);
	if (rc != 0 || o->help || o->version)
		return rc;
	(void)snprintf(path, sizeof path, "%s/bangfud.conf", c->dir);
	if (o->config != NULL)
		rc = config_load(c, o->config, f);
	else if (stat(path, &st) == 0)
		rc = config_load(c, path, f);
	if (rc == 0)
		rc = read_options(argc, argv, o, c, f);
	if (rc == 0)
		rc = config_check(c, f);
	if (rc == 0 && o->check && o->restored)
		rc = fault_say(f, FAULT_DAEMON_OPTION_ALONE, NULL, "--check", "--restored");
	return rc;
}

static const struct flag_row *find_flag(const char *name)
{
	for (size_t i = 0; i < FLAGS; i++)
		if (strcmp(name, flags[i].name) == 0)
			return &flags[i];
	return NULL;
}

/* Before anything is made of what follows it: nothing after a mistyped --check is its value. */
static int unknown_option(const char *key, struct fault *f)
{
	char typed[OPTION_BYTES_MAX + 2], spelt[OPTION_BYTES_MAX];
	struct near n = { .typed = spelt };
	size_t i = 0;

	for (; key[i] != '\0'; i++)
		spelt[i] = key[i] == '-' ? '_' : key[i]; /* as the table has it */
	spelt[i] = '\0';
	for (size_t k = 0; k < FLAGS; k++)
		near_try(&n, flags[k].name);
	near_try(&n, "config");
	config_near(&n);
	(void)snprintf(typed, sizeof typed, "--%s", key);
	if (near_best(&n) != NULL)
		return fault_say(f, FAULT_OPTION_NEAR, typed, near_best(&n), NULL);
	return fault_say(f, FAULT_DAEMON_OPTION, NULL, typed, NULL);
}

/* --key value or --key=value. */
static int read_options(int argc, char **argv, struct options *o, struct config *c, struct fault *f)
{
	char key[OPTION_BYTES_MAX];
	int rc = 0;

	for (int i = 1; i < argc && rc == 0; i++) {
		const char *name = argv[i];
		if (strncmp(name, "--", 2) != 0 || name[2] == '\0')
			return fault_say(f, FAULT_DAEMON_OPTION, NULL, name, NULL);
		const char *equals = strchr(name, '=');
		size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
		if (len - 2 >= sizeof key)
			return fault_say(f, FAULT_DAEMON_OPTION, NULL, name, NULL);
		memcpy(key, name + 2, len - 2);
		key[len - 2] = '\0';
		const struct flag_row *flag = find_flag(key);
		if (flag != NULL && equals != NULL)
			return fault_say(f, FAULT_OPTION_FLAG, key, NULL, NULL);
		if (flag != NULL) {
			*(bool *)((char *)o + flag->at) = true;
			continue;
		}
		if (strcmp(key, "config") != 0 && !config_known(key))
			return unknown_option(key, f);
		const char *value = equals != NULL ? equals + 1 : argv[i + 1];
		if (value == NULL)
			return fault_say(f, FAULT_DAEMON_OPTION_VALUE, NULL, name, NULL);
		i += equals == NULL;
		if (strcmp(key, "config") == 0)
			o->config = value;
		else
			rc = config_set(c, key, value, name, f);
	}
	return rc;
}

/* ---- the process ---- */

/* No core file with citizens' IDs in it; small, few malloc arenas, since an idle station shares a
 * laptop with everything else. */
static void limits(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)mallopt(M_ARENA_MAX, 2);
	(void)mallopt(M_TRIM_THRESHOLD, 256 * 1024);
	(void)mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	/* A resolver without network would hold a stopping daemon for minutes. */
	(void)setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);
	(void)umask(077);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* A handle that was never made is all zeros. */
static void close_made(uv_handle_t *handle)
{
	if (handle->loop != NULL)
		uv_close(handle, NULL);
}

static void stop(struct daemon *d)
{
	if (d->stopping)
		return;
	d->stopping = true;
	notify_stopping();
	node_stop(&d->node);
	close_made((uv_handle_t *)&d->term);
	close_made((uv_handle_t *)&d->interrupt);
	close_made((uv_handle_t *)&d->hangup);
	close_made((uv_handle_t *)&d->alive);
}

static void on_signal(uv_signal_t *handle, int number)
{
	struct daemon *d = handle->data;
	if (number == SIGHUP)
		return; /* a terminal went away; we did not come from one */
	log_info(ev("stopping"), ls("signal", number == SIGTERM ? "TERM" : "INT"));
	stop(d);
}

static void on_alive(uv_timer_t *timer)
{
	(void)timer;
	notify_alive();
}

static int say_uv(int uv, struct fault *f)
{
	if (uv == UV_EMFILE || uv == UV_ENFILE)
		return files_few(f);
	if (uv == UV_ENOMEM)
		return fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL);
	return fault_say(f, FAULT_INTERNAL, NULL, uv_strerror(uv), NULL);
}

static int start_signal(struct daemon *d, uv_loop_t *loop, uv_signal_t *handle, int number)
{
	int uv = uv_signal_init(loop, handle);

	handle->data = d;
	return uv != 0 ? uv : uv_signal_start(handle, on_signal, number);
}

/* Returns what libuv says. */
static int start_handles(struct daemon *d, uv_loop_t *loop)
{
	uint64_t every = notify_every_ms();
	int uv = uv_timer_init(loop, &d->alive);

	if (uv == 0)
		uv = start_signal(d, loop, &d->term, SIGTERM);
	if (uv == 0)
		uv = start_signal(d, loop, &d->interrupt, SIGINT);
	if (uv == 0)
		uv = start_signal(d, loop, &d->hangup, SIGHUP);
	if (uv == 0 && every != 0)
		(void)uv_timer_start(&d->alive, on_alive, every, every);
	return uv;
}

static int run(const struct config *c, struct fault *f)
{
	uv_loop_t loop;
	struct daemon *d = calloc(1, sizeof *d);

	int uv = d == NULL ? UV_ENOMEM : uv_loop_init(&loop);

	if (uv != 0) {
		free(d);
		return say_uv(uv, f);
	}
	uv = start_handles(d, &loop);
	d->node.loop = &loop; /* also when it never starts */
	int rc = uv != 0 ? say_uv(uv, f) : node_start(&d->node, c, &loop, f);
	if (rc == 0) {
		(void)malloc_trim(0); /* what starting needed and running does not */
		log_info(ev("ready"), ls("version", BF_VERSION),
			 ls("role", c->role == PART_HUB ? "hub" : "station"),
			 lx("origin", d->node.origin));
		notify_ready("serving");
	} else {
		stop(d);
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	node_fini(&d->node);
	if (rc == 0)
		log_info(ev("stopped"));
	/* A handle that is still open is a bug, and memory that somebody might write to. */
	BF_REQUIRE(uv_loop_close(&loop) == 0);
	free(d);
	return rc;
}

/* ---- --check ---- */

static int on_progress(void *ctx, uint64_t done, uint64_t total)
{
	(void)ctx;
	if (isatty(STDERR_FILENO))
		(void)fprintf(stderr, "\r%llu / %llu", (unsigned long long)done,
			      (unsigned long long)total);
	return 0;
}

static void on_walking(void *ctx, uint64_t done, uint64_t total)
{
	(void)on_progress(ctx, done, total);
}

/* What is wrong with the pages; of a sound file their number only. */
static void print_pages(const struct pages_report *p)
{
	(void)printf("pages %llu\n", (unsigned long long)p->pages);
	if (p->findings > 0)
		(void)printf("damaged_pages %llu\n", (unsigned long long)p->findings);
	for (uint64_t i = 0; i < p->findings && i < PAGES_FINDINGS_MAX; i++)
		(void)printf("- page %llu (%s): %s\n", (unsigned long long)p->first[i].page,
			     p->first[i].tree, p->first[i].what);
}

static void print_report(const struct check_report *r)
{
	char ref[REF_TEXT_MAX];

	(void)printf(
	    "origins %llu\nentries %llu\ntally_rows %llu\nledger_rows %llu\nindex_rows %llu\n"
	    "ledger_sum %lld\nfindings %llu\n",
	    (unsigned long long)r->origins, (unsigned long long)r->entries,
	    (unsigned long long)r->tally_rows, (unsigned long long)r->ledger_rows,
	    (unsigned long long)r->index_rows, (long long)r->ledger_sum,
	    (unsigned long long)r->findings);
	for (uint64_t i = 0; i < r->findings && i < CHECK_FINDINGS_MAX; i++)
		(void)printf("%s %s\n",
			     ref_none(r->first[i].ref) ? "-" : ref_print(r->first[i].ref, ref),
			     r->first[i].text);
	if (r->malformed > 0) /* no findings: the store is right to hold them */
		(void)printf("malformed %llu\n", (unsigned long long)r->malformed);
	for (uint64_t i = 0; i < r->malformed && i < CHECK_MALFORMED_MAX; i++)
		(void)printf("%s is malformed and counts nowhere\n",
			     ref_print(r->first_malformed[i], ref));
}

static void say_failed(const struct config *c, struct fault *f, const char *what, int rc)
{
	if (rc == BF_EDAMAGED)
		(void)fault_say(f, FAULT_STORE_DAMAGED, c->dir, NULL, NULL);
	else
		(void)fault_of(f, rc, what);
}

/* What is journaled is applied first: a check of half a truth would find what is not there. */
static int check_store(struct store *s, const struct config *c, struct fault *f)
{
	struct check_report *r = calloc(1, sizeof *r);
	int rc = r == NULL ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL) : 0;

	while (rc == 0 && store_pending(s) > 0)
		rc = store_apply(s, STORE_APPLY_MAX, f);
	if (rc == 0)
		rc = check_run(s, r, on_progress, NULL);
	if (rc == 0) {
		inventory_print(s, c);
		print_report(r);
		rc = r->findings == 0 && r->ledger_sum == 0 ? 0 : BF_ECHAIN;
	} else if (f->code == FAULT_NONE) {
		say_failed(c, f, "check", rc);
	}
	free(r);
	return rc;
}

/* A journal that was written to: the store refuses it in its own words, and makes nothing new. */
static bool journal_used(const char *dir)
{
	char path[sizeof((struct config *)0)->dir + 16], head[4] = "";

	(void)snprintf(path, sizeof path, "%s/journal", dir);
	FILE *file = fopen(path, "re");
	bool used = file != NULL && fread(head, sizeof head, 1, file) == 1 &&
		    memcmp(head, "\0\0\0", sizeof head) != 0;

	if (file != NULL)
		fclose(file);
	return used;
}

/* A store that is there already, by itself; without one it is `missing`, and none is made. */
static int open_there(struct store **out, const struct config *c, enum fault_code missing,
		      struct pages_report *pages, struct fault *f)
{
	uint64_t told_ms = 0;
	const struct store_options options = { .dir = c->dir,
					       .journal_bytes = c->journal_mib << 20,
					       .map_bytes = c->map_mib << 20,
					       .free_bytes_min = 1, /* nothing new is taken in */
					       .epoch = 1,
					       .walk = pages != NULL,
					       .pages = pages,
					       .walking = pages != NULL ? on_walking : node_walking,
					       .walking_ctx = &told_ms };
	char path[sizeof c->dir + 16];
	struct stat st;

	int rc = node_judge_data(c->dir, f);
	if (rc != 0)
		return rc;
	(void)snprintf(path, sizeof path, "%s/data.mdb", c->dir);
	if (stat(path, &st) != 0 && !journal_used(c->dir))
		return fault_say(f, missing, c->dir, NULL, NULL);
	rc = store_open(out, &options, f);
	return rc == BF_ENOMEM && f->code == FAULT_NONE
		   ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL)
		   : rc;
}

/* A copy without the key, or with another's, is no backup: nothing starts from it. */
static int check_key(struct store *s, const struct config *c, struct fault *f)
{
	struct key_pair key;
	int rc = store_origin(s) == 0 ? 0 : node_judge_key(c->dir, store_origin(s), &key, f);

	crypto_wipe(&key, sizeof key);
	return rc;
}

static int check(const struct config *c, struct fault *f)
{
	struct pages_report *pages = calloc(1, sizeof *pages);
	struct store *s = NULL;
	int rc = pages == NULL ? fault_say(f, FAULT_NO_MEMORY, NULL, NULL, NULL)
			       : open_there(&s, c, FAULT_NO_STORE, pages, f);

	if (pages != NULL && pages->pages > 0)
		print_pages(pages);
	if (rc == 0)
		rc = check_store(s, c, f);
	if (s != NULL && f->code == FAULT_NONE)
		rc = check_key(s, c, f) != 0 ? BF_ENOTFOUND : rc;
	store_close(s);
	free(pages);
	return rc;
}

/* ---- --restored ---- */

/* No node was ever enrolled and nothing stored: whatever was restored, it is not here. */
static bool is_new(struct store *s)
{
	struct view_stats stats;
	struct view v;

	if (view_begin(s, &v) != 0)
		return false;
	int rc = view_stats(&v, &stats);
	view_end(&v);
	return rc == 0 && stats.origins <= 1 && stats.entries == 0 && store_pending(s) == 0;
}

/* What `bangfu restore` left stands for --restored, once, and for a shut door until it is opened.
 */
static int heed_mark(struct config *c, struct options *o, struct fault *f)
{
	enum restored mark = restored_read(c->dir);

	if (mark == RESTORED_NOT)
		return 0;
	if (c->role != PART_HUB)
		return restored_clear(c->dir, f);
	o->marked = mark == RESTORED_FRESH;
	c->isolated = true;
	log_warn(ev("isolated"), ls("host", RESTORED_HOST));
	return 0;
}

/* Before anyone is served: a station that came in the old epoch would take the hub for set back. */
static int declare_restored(const struct config *c, bool marked, struct fault *f)
{
	struct store *s = NULL;

	if (c->role != PART_HUB)
		return fault_say(f, FAULT_HUB_ONLY, NULL, "--restored", NULL);
	int rc = open_there(&s, c, FAULT_RESTORED_NEW, NULL, f);
	if (rc != 0)
		return rc;
	uint64_t was = store_epoch(s);
	struct act act = act_by("");
	if (!is_new(s))
		rc = epoch_renew(s, random_epoch(), &act, f);
	else if (!marked) /* of an empty hub a backup may be put back, but nobody says so by mistake
			   */
		rc = fault_say(f, FAULT_RESTORED_NEW, c->dir, NULL, NULL);
	if (rc == 0)
		log_warn(ev("restored"), lx("was", was), lx("epoch", store_epoch(s)));
	else if (f->code == FAULT_NONE)
		say_failed(c, f, "restored", rc);
	if (rc == 0 && act.number != 0)
		act_tell(&act);
	store_close(s);
	return rc;
}
