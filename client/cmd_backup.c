/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_backup.c -- a copy of the node's whole directory while it goes on, tested before it is called
 * one; and the same test of one that is there.
 *
 * The node hands out its files as of one moment, part by part (method `backup`); they are written
 * here, as whoever runs this: the node itself could not write to another disk. */
#include <string.h>

#include "client/answer.h"
#include "client/checked.h"
#include "client/command.h"
#include "client/keep.h"

enum { MIB = 1 << 20, NAME_MAX_BYTES = 64 };

struct copying {
	uint64_t session, entries;
	uint64_t done, total; /* bytes */
};

struct copied_file {
	char name[NAME_MAX_BYTES];
	uint64_t bytes;
};
enum { COPIED_FILES_MAX = 16 };

/* A name that leads nowhere else. */
static bool plain(struct bytes name)
{
	return name.len > 0 && name.len < NAME_MAX_BYTES && name.p[0] != '.' &&
	       memchr(name.p, '/', name.len) == NULL && memchr(name.p, '\0', name.len) == NULL;
}

static int begin(struct client *c, struct copying *k, struct copied_file *files, uint32_t *count)
{
	struct mp_val s, file;
	int code = client_call(c, "backup", NULL, &s);

	if (code != CLIENT_DONE)
		return code;
	k->session = (uint64_t)answer_int(s, "session");
	k->entries = (uint64_t)answer_int(s, "entries");
	*count = 0;
	for (struct mp_rd r = answer_items(s, "files"); answer_next(&r, &file);) {
		struct bytes name = answer_text(file, "name");

		if (!plain(name) || *count == COPIED_FILES_MAX)
			return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "backup", "files",
					   NULL);
		(void)bytes_cstr(name, files[*count].name, NAME_MAX_BYTES);
		files[*count].bytes = (uint64_t)answer_int(file, "bytes");
		k->total += files[(*count)++].bytes;
	}
	return CLIENT_DONE;
}

static int fetch_part(struct client *c, const struct copying *k, const struct copied_file *file,
		      uint64_t offset, struct bytes *part)
{
	struct params p = { .count = 0 };
	struct mp_val s, v;

	params_uint(&p, "session", k->session);
	params_text(&p, "file", file->name);
	params_uint(&p, "offset", offset);
	int code = client_call(c, "backup", &p, &s);

	if (code != CLIENT_DONE)
		return code;
	if (!answer_has(s, "part", &v) || mp_get_bin(v, part) != 0 || part->len == 0 ||
	    part->len > file->bytes - offset)
		return client_fail(c, CLIENT_FAILED, FAULT_NODE_REPLY, "backup", "part", NULL);
	return CLIENT_DONE;
}

static int copy_file(struct client *c, struct copying *k, struct keep *to,
		     const struct copied_file *file)
{
	int code = keep_file(c, to, file->name);
	struct bytes part;

	for (uint64_t at = 0; code == CLIENT_DONE && at < file->bytes;) {
		code = fetch_part(c, k, file, at, &part);
		if (code == CLIENT_DONE)
			code = keep_write(c, to, part);
		if (code != CLIENT_DONE)
			return code;
		at += part.len;
		k->done += part.len;
		client_progress(c, say(c, "正在备份，MiB", "backing up, MiB"), k->done / MIB,
				k->total / MIB);
	}
	return code == CLIENT_DONE ? keep_file_end(c, to) : code;
}

/* The node need not hold the moment while the copy is looked through. */
static int let_go(struct client *c, const struct copying *k)
{
	struct params p = { .count = 0 };
	struct mp_val s;

	params_uint(&p, "session", k->session);
	params_bool(&p, "end", true);
	return client_call(c, "backup", &p, &s);
}

static int copy(struct client *c, struct copying *k, struct keep *to)
{
	struct copied_file files[COPIED_FILES_MAX];
	uint32_t count = 0;
	int code = begin(c, k, files, &count);

	for (uint32_t i = 0; i < count && code == CLIENT_DONE; i++)
		code = copy_file(c, k, to, &files[i]);
	client_progress_end(c);
	return code == CLIENT_DONE ? let_go(c, k) : code;
}

static int checked(struct client *c, const struct copying *k, const char *dir,
		   struct checked *found)
{
	if (client_watched(c))
		(void)fprintf(c->err, "%s\n", say(c, "正在核对备份……", "verifying the backup ..."));
	int code = checked_run(c, dir, found);

	if (code == CLIENT_DONE && found->entries != k->entries)
		return client_fail(c, CLIENT_FAILED, FAULT_CHECK_FOUND, dir, NULL, NULL);
	return code;
}

static int backup(struct client *c, const char *dir)
{
	struct copying k = { 0 };
	struct checked found;
	struct keep to = { .fd = -1, .mark = -1, .sparse = true };
	int code = checked_possible(c, dir);

	if (code == CLIENT_DONE)
		code = keep_begin(c, &to, dir, false);
	if (code == CLIENT_DONE)
		code = copy(c, &k, &to);
	if (code == CLIENT_DONE)
		code = checked(c, &k, to.part, &found);
	if (code == CLIENT_DONE)
		code = keep_settle(c, &to);
	if (code != CLIENT_DONE)
		return keep_broken(c, &to, code);
	return checked_tell(c, say(c, "备份完成", "Backup made"), to.dir, &found);
}

int cmd_backup(struct client *c, const struct args *a)
{
	struct checked found;
	int code;

	if (args_has(a, "check")) {
		code = checked_run(c, a->words[0], &found);
		return code != CLIENT_DONE ? code
					   : checked_tell(c, say(c, "备份完好", "A whole backup"),
							  a->words[0], &found);
	}
	if (conn_open(&c->conn, c->socket, &c->fault) != 0)
		return CLIENT_NO_NODE;
	return backup(c, a->words[0]);
}
