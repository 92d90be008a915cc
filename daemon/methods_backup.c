/* SPDX-License-Identifier: Apache-2.0 */
/* methods_backup.c -- the files of the data directory as of one moment, handed out part by part.
 *
 *   begin: call_fresh (what waits is applied) -> writer: snapshot_open -> loop: backup_begin ->
 * answer part:  pool: backup_read -> answer;  end: backup_drop
 *
 * The files hold citizens' data and the node's key, so only root and our own user are given them.
 */
#include <stdlib.h>

#include "daemon/act.h"
#include "daemon/backup.h"
#include "daemon/log.h"
#include "daemon/methods.h"
#include "daemon/reply.h"
#include "protocol/errors.h"

/* ---- begin ---- */

struct beginning {
	struct job job; /* first */
	struct call *call;
	struct snapshot *n;
	struct act act;
	bool kept; /* the act */
};

/* The act first, so that the copy knows of itself. A disk without room for a row is no reason to
 * have no backup: then the log alone tells it. */
static int cut(struct job *job, struct store *s)
{
	struct beginning *g = (struct beginning *)(void *)job;
	int rc = acts_keep(s, &g->act, NULL);

	g->kept = rc == 0;
	return rc != 0 && rc != BF_EFULL ? rc : snapshot_open(&g->n, s, &job->fault);
}

static void put_begun(struct buf *b, const struct call *c, const struct backup *k, uint64_t session)
{
	mp_put_map(b, 6);
	reply_uint(b, "session", session);
	reply_int(b, "at_ms", wall_ms());
	reply_uint(b, "entries", snapshot_entries(backup_snapshot(k)));
	reply_cstr(b, "role", c->node->config.role == PART_HUB ? "hub" : "station");
	reply_origin(b, "origin", c->node->origin);
	mp_put_cstr(b, "files");
	mp_put_array(b, backup_files(k));
	for (uint32_t i = 0; i < backup_files(k); i++) {
		mp_put_map(b, 2);
		reply_cstr(b, "name", backup_name(k, i));
		reply_uint(b, "bytes", backup_bytes(k, i));
	}
}

static void fail_begin(struct call *c, int rc)
{
	struct fault f = { 0 };

	if (rc == BF_EBUSY)
		(void)fault_say(&f, FAULT_BACKUP_RUNNING, NULL, NULL, NULL);
	else if (rc == BF_EBOUND)
		(void)fault_tell(&f, FAULT_KEEP_FILE, "bangfud.conf",
				 (struct words){ "超过 65536 字节", "over 65536 bytes" },
				 (struct words){ "", "" });
	methods_fail(c, rc, &f);
}

static void on_cut(struct job *job)
{
	struct beginning *g = (struct beginning *)(void *)job;
	struct call *c = g->call;
	struct backup **slot = desk_backup(c->desk);
	uint64_t session;
	struct fault f;

	if (job->rc != 0) {
		methods_fail(c, job->rc, &job->fault);
		return;
	}
	if (g->kept)
		act_tell(&g->act);
	else
		log_warn(ev("act_not_kept"), ls("act", act_name(g->act.what)),
			 ls("user", c->author));
	if (desk_stopping(c->desk)) {
		snapshot_close(g->n);
		fault_say(&f, FAULT_STOPPING, NULL, NULL, NULL);
		call_fail(c, &f);
		return;
	}
	int rc = backup_begin(slot, c->node->loop, c->node->config.dir, g->n, &session);

	if (rc != 0) {
		fail_begin(c, rc);
		return;
	}
	log_info(ev("backup_begun"), ls("user", c->author), lu("entries", snapshot_entries(g->n)),
		 lu("bytes", snapshot_bytes(g->n, SNAPSHOT_DATA)));
	put_begun(call_begin(c), c, *slot, session);
	call_end(c);
}

static void begin(struct call *c)
{
	struct beginning *g = methods_own(c, sizeof(*g));
	struct fault f;

	if (g == NULL)
		return;
	g->call = c;
	g->act = act_by(c->author);
	g->act.what = ACT_BACKUP;
	g->job = (struct job){ .sort = JOB_DIRECT, .run = cut, .done = on_cut };
	if (writer_put(c->node->writer, &g->job) == 0)
		return;
	fault_say(&f, FAULT_BUSY, NULL, NULL, NULL);
	call_fail(c, &f);
}

/* ---- a part ---- */

struct reading {
	struct backup *backup;
	uint32_t file;
	uint64_t offset;
	size_t got;
	int rc;
	uint8_t part[BACKUP_PART_BYTES_MAX];
};

static void reading_drop(void *own)
{
	struct reading *r = own;

	if (r->backup != NULL)
		backup_release(r->backup);
	free(r);
}

static void reading_work(void *own)
{
	struct reading *r = own;

	r->rc = backup_read(r->backup, r->file, r->offset, r->part, sizeof(r->part), &r->got);
}

static void reading_answer(struct call *c)
{
	struct reading *r = c->own;

	if (r->rc != 0) {
		methods_fail(c, r->rc, NULL);
		return;
	}
	struct buf *b = call_begin(c);

	mp_put_map(b, 1);
	mp_put_cstr(b, "part");
	mp_put_bin(b, bytes_of(r->part, r->got));
	call_end(c);
}

static void read_part(struct call *c, struct backup *k)
{
	struct reading *r = malloc(sizeof(*r)); /* not half a megabyte of zeros each time */
	struct bytes name;
	struct fault f;

	if (r == NULL) {
		methods_fail(c, BF_ENOMEM, NULL);
		return;
	}
	r->backup = k;
	c->own = r;
	c->drop = reading_drop;
	backup_hold(k);
	(void)param_uint(c, "offset", &r->offset);
	(void)param_text(c, "file", &name);
	r->file = backup_find(k, name);
	if (r->file < backup_files(k)) {
		desk_work(c, reading_work, reading_answer);
		return;
	}
	(void)fault_tell(
	    &f, FAULT_BAD_PARAM, "file", (struct words){ "没有这个文件", "no such file" },
	    (struct words){ "备份开始时给出的文件名", "a name told when the backup began" });
	call_fail(c, &f);
}

/* ---- */

static void end(struct call *c)
{
	log_info(ev("backup_ended"), ls("user", c->author));
	backup_drop(desk_backup(c->desk));
	mp_put_map(call_begin(c), 0);
	call_end(c);
}

void methods_backup(struct call *c)
{
	struct backup **slot = desk_backup(c->desk), *k;
	uint64_t session;
	struct fault f;

	if (!c->owner)
		fault_say(&f, FAULT_BACKUP_DENIED, NULL, c->author, NULL);
	else if (!param_uint(c, "session", &session)) {
		if (backup_room(*slot) == 0) {
			call_fresh(c, begin);
			return;
		}
		fault_say(&f, FAULT_BACKUP_RUNNING, NULL, NULL, NULL);
	} else if ((k = backup_of(*slot, session)) == NULL)
		fault_say(&f, FAULT_BACKUP_LOST, NULL, NULL, NULL);
	else {
		if (param_bool(c, "end"))
			end(c);
		else
			read_part(c, k);
		return;
	}
	call_fail(c, &f);
}
