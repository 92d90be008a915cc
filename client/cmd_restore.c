/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_restore.c -- a backup put back where a node's data belong, and the door of a restored hub.
 *
 *   verify BACKUP -> nobody uses DIR -> copy to DIR.part -> what is in DIR out of the way -> name
 * it DIR
 *
 * Until the last step DIR is as it was. The mark in it (daemon/restored.h) has the next start of a
 * hub declare the restore and keep its stations out, so neither hangs on what somebody remembers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/answer.h"
#include "client/checked.h"
#include "client/command.h"
#include "client/json_out.h"
#include "client/keep.h"

#define MARK_NAME "restored"
#define MARK_TEXT "fresh\n"

enum { MIB = 1 << 20 };

struct target {
	char dir[PATH_MAX]; /* what the name leads to */
	bool there, empty;
	struct stat st;
	int lock_fd; /* held until the end: nobody starts on what is being moved */
};

struct progress {
	struct client *c;
	uint64_t done, total;
};

/* Of the machine, or of one run: a copy that was made by other means may hold them. */
static bool left_out(const char *name)
{
	static const char *const names[] = { "lock.mdb", "node.lock", "reserve", MARK_NAME,
					     MARK_NAME ".new" };

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return name[0] == '.';
}

/* ---- where to ---- */

/* The unit's directory is a link, and what it leads to may be gone. */
static void follow(const char *name, char out[PATH_MAX])
{
	char link[PATH_MAX];
	ssize_t n;

	if (realpath(name, out) != NULL)
		return;
	(void)snprintf(out, PATH_MAX, "%s", name);
	n = readlink(name, link, sizeof(link) - 1);
	if (n <= 0)
		return;
	link[n] = '\0';
	char *slash = strrchr(out, '/');

	if (link[0] == '/' || slash == NULL)
		(void)snprintf(out, PATH_MAX, "%s", link);
	else
		(void)snprintf(slash + 1, PATH_MAX - (size_t)(slash + 1 - out), "%s", link);
}

static bool is_empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	bool empty = d != NULL;

	while (empty && (e = readdir(d)) != NULL)
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	if (d != NULL)
		closedir(d);
	return empty;
}

/* bangfud holds node.lock as long as it runs. */
static int take_lock(struct client *c, struct target *t)
{
	char path[PATH_MAX + 16];

	(void)snprintf(path, sizeof(path), "%s/node.lock", t->dir);
	t->lock_fd = open(path, O_RDWR | O_CLOEXEC);
	if (t->lock_fd < 0)
		return errno == ENOENT ? CLIENT_DONE : keep_failed(c, path);
	if (flock(t->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return client_fail(c, CLIENT_FAILED, FAULT_RESTORE_USE, t->dir, NULL, NULL);
	return CLIENT_DONE;
}

static int find_target(struct client *c, const struct args *a, const char *backup, struct target *t)
{
	char from[PATH_MAX];

	t->lock_fd = -1;
	follow(args_get(a, "to"), t->dir);
	if (realpath(backup, from) != NULL && strcmp(from, t->dir) == 0)
		return client_fail(c, CLIENT_FAILED, FAULT_RESTORE_SAME, t->dir, NULL, NULL);
	t->there = lstat(t->dir, &t->st) == 0;
	if (!t->there)
		return errno == ENOENT ? CLIENT_DONE : keep_failed(c, t->dir);
	if (!S_ISDIR(t->st.st_mode)) {
		errno = ENOTDIR;
		return keep_failed(c, t->dir);
	}
	t->empty = is_empty(t->dir);
	int code = take_lock(c, t);

	if (code == CLIENT_DONE && !t->empty && !args_has(a, "move-old"))
		return client_fail(c, CLIENT_FAILED, FAULT_RESTORE_FULL, t->dir, NULL, NULL);
	return code;
}

/* What was there, out of the way: an empty directory is nothing, the rest is kept. */
static int move_old(struct client *c, const struct target *t, char old[PATH_MAX + 32])
{
	char stamp[32];
	struct tm tm;
	time_t now = time(NULL);

	old[0] = '\0';
	if (!t->there)
		return CLIENT_DONE;
	if (t->empty)
		return rmdir(t->dir) != 0 ? keep_failed(c, t->dir) : CLIENT_DONE;
	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &tm) == 0)
		(void)snprintf(stamp, sizeof(stamp), "%lld", (long long)now);
	(void)snprintf(old, PATH_MAX + 32, "%s.old-%s", t->dir, stamp);
	return rename(t->dir, old) != 0 ? keep_failed(c, old) : CLIENT_DONE;
}

/* ---- the copy ---- */

static void on_bytes(void *ctx, size_t bytes)
{
	struct progress *p = ctx;

	p->done += bytes;
	client_progress(p->c, say(p->c, "正在恢复，MiB", "restoring, MiB"), p->done / MIB,
			p->total / MIB);
}

/* One file of the backup; without `to` it is only weighed. */
static int copy_one(struct client *c, struct keep *to, const char *backup, const char *name,
		    struct progress *p)
{
	char from[PATH_MAX + 256];
	struct stat st;

	(void)snprintf(from, sizeof(from), "%s/%s", backup, name);
	if (lstat(from, &st) != 0)
		return keep_failed(c, from);
	if (!S_ISREG(st.st_mode) || left_out(name))
		return CLIENT_DONE;
	p->total += to == NULL ? (uint64_t)st.st_size : 0;
	return to == NULL ? CLIENT_DONE : keep_copy(c, to, from, name, on_bytes, p);
}

static int copy_each(struct client *c, struct keep *to, const char *backup, struct progress *p)
{
	DIR *d = opendir(backup);
	struct dirent *e;
	int code = d == NULL ? keep_failed(c, backup) : CLIENT_DONE;

	while (code == CLIENT_DONE && (e = readdir(d)) != NULL)
		code = copy_one(c, to, backup, e->d_name, p);
	if (d != NULL)
		closedir(d);
	return code;
}

static int put_mark(struct client *c, struct keep *to)
{
	int code = keep_file(c, to, MARK_NAME);

	if (code == CLIENT_DONE)
		code = keep_write(c, to, bytes_str(MARK_TEXT));
	return code == CLIENT_DONE ? keep_file_end(c, to) : code;
}

static int copy_all(struct client *c, struct keep *to, const char *backup, const struct target *t)
{
	struct progress p = { .c = c };
	int code = copy_each(c, NULL, backup, &p);

	if (code == CLIENT_DONE)
		code = copy_each(c, to, backup, &p);
	client_progress_end(c);
	if (code == CLIENT_DONE)
		code = put_mark(c, to);
	if (code == CLIENT_DONE && t->there && geteuid() == 0)
		code = keep_owner(c, to, t->st.st_uid, t->st.st_gid);
	return code;
}

/* ---- */

static int tell(struct client *c, const struct target *t, const char *old,
		const struct checked *found)
{
	bool hub = strcmp(found->role, "hub") == 0;
	int code = checked_tell(c, say(c, "已恢复到", "Restored to"), t->dir, found);

	if (code != CLIENT_DONE || c->format != FORMAT_TABLE || c->quiet)
		return code;
	if (old[0] != '\0')
		(void)fprintf(c->out, say(c, "原来的数据在 %s。\n", "What was there is in %s.\n"),
			      old);
	(void)fprintf(c->out, "%s\n",
		      hub ? say(c,
				"现在可以启动 "
				"bangfud：它会声明恢复，并且先不让工作站进来。把备份之后停用过的工"
				"作站再停用一遍"
				"（bangfu nodes，bangfu revoke），再运行 bangfu restore --open。",
				"Start bangfud now: it declares the restore and lets no station in "
				"yet. Revoke again what was "
				"revoked since the backup (bangfu nodes, bangfu revoke), then run "
				"bangfu restore --open.")
			  : say(c,
				"现在可以启动 "
				"bangfud。若备份之后本站还记过并送出过，省平台会拒绝它（记录在省平"
				"台）：请向省平台要新的登记码。",
				"Start bangfud now. If this station recorded and sent more after "
				"the backup, the hub refuses it "
				"(and has those entries): ask there for a new token."));
	return code;
}

static int restore(struct client *c, const struct args *a, const char *backup)
{
	char old[PATH_MAX + 32] = "";
	struct checked found;
	struct keep to = { .fd = -1, .mark = -1 };
	struct target t = { .lock_fd = -1 };
	int code = checked_possible(c, backup);

	if (code == CLIENT_DONE)
		code = find_target(c, a, backup, &t);

	if (code == CLIENT_DONE)
		code = checked_run(c, backup, &found);
	if (code == CLIENT_DONE)
		code = keep_begin(c, &to, t.dir, true);
	if (code == CLIENT_DONE)
		code = copy_all(c, &to, backup, &t);
	if (code == CLIENT_DONE)
		code = move_old(c, &t, old);
	if (code == CLIENT_DONE) {
		code = keep_settle(c, &to);
		if (code != CLIENT_DONE && to.begun && old[0] != '\0')
			(void)rename(old, t.dir); /* as it was */
	}
	if (t.lock_fd >= 0)
		close(t.lock_fd);
	return code == CLIENT_DONE ? tell(c, &t, old, &found) : keep_broken(c, &to, code);
}

static int open_door(struct client *c)
{
	struct mp_val s;

	if (conn_open(&c->conn, c->socket, &c->fault) != 0)
		return CLIENT_NO_NODE;
	int code = client_call(c, "open", NULL, &s);

	if (code != CLIENT_DONE || c->quiet)
		return code;
	if (c->format == FORMAT_JSON)
		return json_out_answer(c, s, NULL);
	struct bytes host = answer_text(s, "host");

	(void)fprintf(c->out,
		      say(c, "工作站可以进来了：%.*s 端口 %lld。\n",
			  "Stations are let in: %.*s port %lld.\n"),
		      (int)host.len, (const char *)host.p, (long long)answer_int(s, "port"));
	return CLIENT_DONE;
}

int cmd_restore(struct client *c, const struct args *a)
{
	bool to = args_has(a, "to");

	if (args_has(a, "open") && a->word_count == 0 && !to)
		return open_door(c);
	if (args_has(a, "open") || a->word_count == 0 || !to)
		return client_fail(c, CLIENT_USAGE, FAULT_WORD_MISSING, "restore",
				   "BACKUP --to DIR | --open", NULL);
	return restore(c, a, a->words[0]);
}
