/* SPDX-License-Identifier: Apache-2.0 */
/* client.c -- see client.h. */
#include "client/client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/command.h"
#include "client/prompt.h"
#include "protocol/method.h"
#include "protocol/person.h"

static void show_as_typed(struct client *c, const struct params *p);
static void show_part(struct bytes part, char sentence[FAULT_TEXT_MAX]);
static void name_as_typed(struct client *c, const char *method);

const char *say(const struct client *c, const char *zh, const char *en)
{
	return c->lang == 'z' ? zh : en;
}

int client_fail(struct client *c, enum client_exit code, enum fault_code fault, const char *where,
		const char *a, const char *b)
{
	(void)fault_say(&c->fault, fault, where, a, b);
	return code;
}

void client_write(struct client *c, struct bytes text)
{
	if (text.len == 0 || fwrite(text.p, 1, text.len, c->out) == text.len || c->out_errno != 0)
		return;
	c->out_errno = errno != 0 ? errno : EIO;
}

/* The other end of the pipe is closed. Asked of the pipe: by now the errno of the write that first
 * failed may be lost, and stdio has dropped what it held. */
static bool unread(FILE *out)
{
	struct pollfd p = { .fd = fileno(out), .events = POLLOUT };

	return p.fd >= 0 && poll(&p, 1, 0) == 1 && (p.revents & POLLERR) != 0;
}

int client_flush(struct client *c)
{
	errno = 0;
	bool bad = ferror(c->out) != 0;
	bad = fflush(c->out) != 0 || bad;
	if (!bad)
		return CLIENT_DONE;
	if (c->out_errno == 0)
		c->out_errno = errno != 0 ? errno : EIO;
	if (c->out_errno == EPIPE || unread(c->out))
		return CLIENT_FAILED;
	return client_fail(c, CLIENT_FAILED, FAULT_OUTPUT, NULL, strerror(c->out_errno), NULL);
}

void client_note(struct client *c, enum fault_code fault, const char *where, const char *a,
		 const char *b)
{
	struct fault f = { 0 };

	(void)fault_say(&f, fault, where, a, b);
	(void)fflush(c->out);
	(void)fprintf(screen_covers(&c->screen, c->err) ? c->out : c->err, "bangfu: %s\n",
		      say(c, f.zh, f.en));
}

/* The node ended between two prompts, or its disk is full: whoever answered them need not begin
 * anew. */
static bool mend_awaited(struct client *c)
{
	char *line = NULL;

	if (!c->asked || !prompt_possible())
		return false;
	(void)fprintf(c->err, "%s\n", say(c, c->fault.zh, c->fault.en));
	int rc = prompt_line(
	    c,
	    say(c, "填好的都还在，还没有保存。处理好后按回车再试（Ctrl-C 放弃）",
		"Your answers are kept, nothing is saved yet. Enter tries again (Ctrl-C gives up)"),
	    &line);

	free(line);
	return rc == BF_OK || rc == BF_EINVAL;
}

static bool is_mendable(const struct client *c, bool refused)
{
	return c->fault.code == (refused ? FAULT_DISK_FULL : FAULT_NO_NODE);
}

int client_call(struct client *c, const char *method, struct params *p, struct mp_val *result)
{
	return client_call_notices(c, method, p, NULL, NULL, result);
}

int client_call_notices(struct client *c, const char *method, struct params *p, conn_notice *each,
			void *ctx, struct mp_val *result)
{
	struct params empty = { .count = 0 };
	bool refused = false;
	int rc;

	do
		rc = conn_call(&c->conn, method, p != NULL ? p : &empty, each, ctx, result,
			       &refused, &c->fault);
	while (rc != 0 && is_mendable(c, refused) && mend_awaited(c));
	if (refused && p != NULL && isatty(fileno(c->err)) == 1)
		show_as_typed(c, p);
	if (p != NULL)
		params_fini(p);
	if (rc == 0)
		return CLIENT_DONE;
	if (refused) {
		name_as_typed(c, method);
		client_term(c);
		return CLIENT_REFUSED;
	}
	return rc == BF_ECLOSED ? CLIENT_NO_NODE : CLIENT_FAILED;
}

/* The node masks whatever could be a person's number, for it does not know who reads. Who has just
 * typed it reads it on his terminal as he typed it, or its slip stays hidden; what goes into a file
 * stays masked (I12). */
static void show_as_typed(struct client *c, const struct params *p)
{
	struct bytes left = buf_bytes(&p->pairs);
	struct mp_item item;

	while (left.len > 0 && mp_walk(&left, &item) == 0) {
		struct bytes rest = item.type == MP_STR ? item.s : (struct bytes){ 0 };

		while (rest.len > 0) {
			struct bytes part = bytes_part(&rest, true);
			show_part(part, c->fault.zh);
			show_part(part, c->fault.en);
		}
	}
}

static void show_part(struct bytes part, char sentence[FAULT_TEXT_MAX])
{
	char typed[FAULT_WHERE_MAX], masked[FAULT_WHERE_MAX], rest[FAULT_TEXT_MAX];
	size_t used = strlen(sentence);

	if (part.len == 0 || part.len >= sizeof(typed) || bytes_control(part) || !bytes_utf8(part))
		return;
	(void)bytes_cstr(part, typed, sizeof(typed));
	(void)mask_typed(part, masked, sizeof(masked));
	char *at = strcmp(masked, typed) == 0 ? NULL : strstr(sentence, masked);

	if (at == NULL || used - strlen(masked) + strlen(typed) >= FAULT_TEXT_MAX)
		return;
	memcpy(rest, at + strlen(masked), strlen(at + strlen(masked)) + 1);
	memcpy(at, typed, strlen(typed));
	memcpy(at + strlen(typed), rest, strlen(rest) + 1);
}

void client_term(struct client *c)
{
	static const struct words words[] = {
		{ "地点", "PLACE" },
		{ "地点", "CODE|NAME" },
		{ "地点", "division" },
		{ "记录号", "REF" },
		{ "记录号", "ref" },
		{ "记录号或编号", "REF|NUMBER" },
		{ "账户", "ACCOUNT" },
		{ "账户", "account" },
		{ "登记码", "TOKEN" },
		{ "起", "from" },
		{ "止", "to" },
		{ "要改的编号", "--subject" },
		{ "要改的编号", "subject" },
		{ "作废对象", "target" },
		{ "接着列的记录号", "after" },
		{ "--about", "about" },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		fault_term(&c->fault, words[i].en, words[i].zh);
}

/* "PLACE" of "TEXT [PLACE]": the word at `index`, or the last one. */
static struct bytes word_at(const char *words, size_t index)
{
	const char *next = strchr(words, ' ');

	while (index-- > 0 && next != NULL) {
		words = next + 1;
		next = strchr(words, ' ');
	}
	struct bytes word = bytes_of(words, next != NULL ? (size_t)(next - words) : strlen(words));

	return words[0] == '[' ? bytes_of(word.p + 1, word.len - 2) : word; /* may be left out */
}

/* The node names its parameters. Those that are no options of the verb came from its words, in
 * their order, and are called as help calls these: PLACE, REF. */
static void name_as_typed(struct client *c, const char *method)
{
	const struct method *m = method_find(bytes_str(method));
	const char *words = c->cmd == NULL ? "" : c->cmd->words;
	char shown[FAULT_WHERE_MAX];
	struct option option;
	size_t word = 0;

	if (m == NULL || words[0] == '\0' || command_option_find(c->cmd, c->fault.where, &option))
		return;
	for (size_t i = 0; i < m->param_count; i++) {
		if (strcmp(c->fault.where, m->params[i].name) == 0) {
			fault_rename(&c->fault,
				     bytes_cstr(word_at(words, word), shown, sizeof(shown)));
			return;
		}
		word += !command_option_find(c->cmd, m->params[i].name, &option);
	}
}

int client_lacking(struct client *c, uint64_t pending)
{
	char text[24];

	if (pending == 0)
		return CLIENT_DONE;
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)pending);
	return client_fail(c, CLIENT_FAILED, FAULT_WARN_PENDING, NULL, text, NULL);
}

bool client_watched(const struct client *c)
{
	return !c->quiet && isatty(fileno(c->err)) == 1;
}

void client_progress(const struct client *c, const char *what, uint64_t at, uint64_t of)
{
	if (!client_watched(c))
		return;
	(void)fprintf(c->err, "\r%s %llu/%llu", what, (unsigned long long)at,
		      (unsigned long long)of);
	(void)fflush(c->err);
}

void client_progress_end(const struct client *c)
{
	if (client_watched(c))
		(void)fputs("\r\033[K", c->err);
}
