/* SPDX-License-Identifier: Apache-2.0 */
/* checked.c -- see checked.h. */
#include "client/checked.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "client/answer.h"
#include "client/json_out.h"

enum { SAID_BYTES_MAX = 64 * 1024, CHILD_LOST = 127 };

static const char program[] = "bangfud";

/* Beside this program, as it is installed. "" when that cannot be said. */
static void beside(char out[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", out, PATH_MAX - sizeof(program) - 1);
	char *slash;

	out[n > 0 ? n : 0] = '\0';
	slash = strrchr(out, '/');
	if (slash != NULL)
		memcpy(slash + 1, program, sizeof(program));
	else
		out[0] = '\0';
}

/* As a shell would find it. */
static bool in_path(char out[PATH_MAX])
{
	const char *path = getenv("PATH");

	while (path != NULL && *path != '\0') {
		size_t len = strcspn(path, ":");

		(void)snprintf(out, PATH_MAX, "%.*s/%s", (int)len, path, program);
		if (len > 0 && access(out, X_OK) == 0)
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static int find_program(struct client *c, const char *dir, char out[PATH_MAX])
{
	char looked[PATH_MAX + 16];

	beside(out);
	if (out[0] != '\0' && access(out, X_OK) == 0)
		return CLIENT_DONE;
	(void)snprintf(looked, sizeof(looked), "%s, PATH", out);
	return in_path(out) ? CLIENT_DONE
			    : client_fail(c, CLIENT_FAILED, FAULT_CHECK_LOOKED, dir, looked, NULL);
}

int checked_possible(struct client *c, const char *dir)
{
	char at[PATH_MAX];

	return find_program(c, dir, at);
}

static pid_t start(const char *at, const char *lang, const char *dir, int *from)
{
	int ends[2];

	if (pipe(ends) != 0)
		return -1;
	pid_t child = fork();

	if (child == 0) {
		if (dup2(ends[1], STDOUT_FILENO) >= 0) {
			close(ends[0]);
			close(ends[1]);
			(void)execl(at, program, "--dir", dir, "--lang", lang, "--check",
				    (char *)NULL);
		}
		_exit(CHILD_LOST);
	}
	close(ends[1]);
	*from = ends[0];
	if (child < 0)
		close(ends[0]);
	return child;
}

/* All it says is read, so that it can end; what is kept of it is bounded. */
static void hear(int from, struct buf *said)
{
	uint8_t chunk[4096];
	ssize_t n;

	while ((n = read(from, chunk, sizeof(chunk))) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && said->len + (size_t)n < SAID_BYTES_MAX)
			buf_put(said, chunk, (size_t)n);
	close(from);
	buf_u8(said, '\0');
}

static void take_text(const char *line, const char *key, char *out, size_t cap)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) == 0 && line[len] == ' ')
		(void)snprintf(out, cap, "%s", line + len + 1);
}

static bool take_number(const char *line, const char *key, uint64_t *out)
{
	size_t len = strlen(key);

	if (strncmp(line, key, len) != 0 || line[len] != ' ')
		return false;
	*out = strtoull(line + len + 1, NULL, 10);
	return true;
}

/* Whether it came to the end of its check. */
static bool take_lines(char *said, struct checked *out)
{
	bool whole = false;
	char *rest = said, *line;

	while ((line = strsep(&rest, "\n")) != NULL) {
		take_text(line, "role", out->role, sizeof(out->role));
		take_text(line, "origin", out->origin, sizeof(out->origin));
		take_text(line, "newest", out->newest, sizeof(out->newest));
		(void)take_number(line, "origins", &out->origins);
		(void)take_number(line, "entries", &out->entries);
		(void)take_number(line, "malformed", &out->malformed);
		whole = take_number(line, "findings", &out->findings) || whole;
	}
	return whole;
}

int checked_run(struct client *c, const char *dir, struct checked *out)
{
	struct buf said = { 0 };
	char at[PATH_MAX];
	int from, ended = 0;

	*out = (struct checked){ 0 };
	if (find_program(c, dir, at) != CLIENT_DONE)
		return CLIENT_FAILED;
	(void)fflush(c->out);
	pid_t child = start(at, say(c, "zh", "en"), dir, &from);

	if (child < 0)
		return client_fail(c, CLIENT_FAILED, FAULT_CHECK_PROGRAM, dir, strerror(errno),
				   NULL);
	hear(from, &said);
	while (waitpid(child, &ended, 0) < 0 && errno == EINTR)
		;
	client_progress_end(c);
	if (WIFEXITED(ended) && WEXITSTATUS(ended) == CHILD_LOST) {
		buf_fini(&said);
		return client_fail(c, CLIENT_FAILED, FAULT_CHECK_PROGRAM, dir, at, NULL);
	}
	char *text = said.err == 0 ? strdup((const char *)said.p) : NULL;
	bool good = text != NULL && take_lines(text, out) && out->findings == 0 &&
		    WIFEXITED(ended) && WEXITSTATUS(ended) == 0;

	if (!good && said.err == 0)
		(void)fputs((const char *)said.p, c->err);
	free(text);
	buf_fini(&said);
	return good ? CLIENT_DONE
		    : client_fail(c, CLIENT_FAILED, FAULT_CHECK_FOUND, dir, NULL, NULL);
}

/* ---- telling ---- */

/* "2026-11-27T13:14:05Z" as people here read it. */
static const char *when(const struct checked *k, char out[TIME_TEXT_MAX])
{
	struct tm tm = { 0 };

	if (strptime(k->newest, "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL)
		return "-";
	return time_text((int64_t)timegm(&tm) * 1000, out);
}

static void put(struct buf *b, const char *dir, const struct checked *k)
{
	const char *const texts[][2] = { { "dir", dir },
					 { "role", k->role },
					 { "origin", k->origin },
					 { "newest", k->newest } };
	const struct {
		const char *key;
		uint64_t n;
	} numbers[] = { { "origins", k->origins },
			{ "entries", k->entries },
			{ "malformed", k->malformed },
			{ "findings", k->findings } };

	mp_put_map(b, 8);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		mp_put_cstr(b, texts[i][0]);
		mp_put_cstr(b, texts[i][1]);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		mp_put_cstr(b, numbers[i].key);
		mp_put_uint(b, numbers[i].n);
	}
}

static int tell_machine(struct client *c, const char *dir, const struct checked *k)
{
	struct mp_doc doc = { 0 };
	struct buf b = { 0 };
	struct mp_val v;
	int code = CLIENT_FAILED;

	put(&b, dir, k);
	if (b.err != 0 || mp_doc_read(&doc, buf_bytes(&b), &rpc_limits, &v) != 0) {
		code = client_fail(c, CLIENT_FAILED, FAULT_NO_MEMORY, NULL, NULL, NULL);
	} else if (c->format == FORMAT_JSON) {
		code = json_out_answer(c, v, NULL);
	} else {
		struct sheet facts = { .row_count = 0 };

		sheet_facts(c, &facts);
		answer_facts(v, "", &facts);
		code = sheet_print(c, &facts);
		sheet_fini(&facts);
	}
	mp_doc_fini(&doc);
	buf_fini(&b);
	return code;
}

int checked_tell(struct client *c, const char *head, const char *dir, const struct checked *k)
{
	char newest[TIME_TEXT_MAX];
	bool hub = strcmp(k->role, "hub") == 0;

	if (c->format != FORMAT_TABLE)
		return tell_machine(c, dir, k);
	(void)fprintf(c->out, say(c, "%s：%s\n", "%s: %s\n"), head, dir);
	if (c->quiet)
		return CLIENT_DONE;
	(void)fprintf(
	    c->out,
	    say(c, "%s，编号 %s；%llu 本记录，共 %llu 条，最后一条记于 %s。核对没有发现不符。\n",
		"Of a %s, origin %s: %llu logs, %llu entries, the last one of %s. Nothing "
		"differs.\n"),
	    hub ? say(c, "省平台", "hub") : say(c, "工作站", "station"), k->origin,
	    (unsigned long long)k->origins, (unsigned long long)k->entries, when(k, newest));
	return CLIENT_DONE;
}
