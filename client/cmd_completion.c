/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_completion.c -- what a shell's Tab offers.
 *
 * The scripts know nothing of our verbs: they find the verb, the option and what was typed, and ask
 * `bangfu completion words -- VERB OPTION TYPED`, which answers from the tables, and from the node
 * for households and places: a line for each word, its meaning behind a tab, or ":files". So a
 * script is never older than the program. Where the node is not there or does not answer at once
 * there are no words and no sentence. */
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "client/command.h"
#include "client/complete.h"
#include "client/shells.h"
#include "client/shown.h"

enum { ANSWERS_WITHIN_S = 2 };

static void words_told(struct client *c, const char *verb, const char *option, struct bytes typed);
static void put_verbs(const struct client *c, struct hints *w);
static void put_kinds(const struct client *c, struct hints *w);
static void put_options(const struct client *c, const struct command *cmd, struct hints *w);
static void put_value(struct client *c, const struct command *cmd, const struct option *o,
		      struct bytes typed, size_t *from, struct hints *w);
static bool put_word(struct client *c, const struct command *cmd, struct bytes typed,
		     struct hints *w);
static void print(struct client *c, struct bytes front, struct bytes begin, bool all,
		  const struct hints *w);

int cmd_completion(struct client *c, const struct args *a)
{
	const char *script = shells_script(a->words[0]);

	if (script != NULL && a->word_count == 1)
		client_write(c, bytes_str(script));
	else if (strcmp(a->words[0], "words") == 0 && a->word_count == 4)
		words_told(c, a->words[1], a->words[2], bytes_str(a->words[3]));
	else
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "completion", a->words[0],
				   "bash, zsh, fish");
	return CLIENT_DONE;
}

/* Only for what needs it, and not for long: somebody waits with a key pressed. */
static void meet_node(struct client *c)
{
	const struct timeval soon = { .tv_sec = ANSWERS_WITHIN_S };
	struct fault f;

	if (c->conn.fd < 0 && conn_open(&c->conn, c->socket, &f) == 0)
		(void)setsockopt(c->conn.fd, SOL_SOCKET, SO_RCVTIMEO, &soon, sizeof(soon));
}

static bool dash(struct bytes text)
{
	return text.len > 0 && text.p[0] == '-';
}

/* "--kind=vi": the option is part of what was typed. */
static struct bytes option_within(struct bytes typed, char name[64])
{
	const uint8_t *equals = typed.len > 2 ? memchr(typed.p, '=', typed.len) : NULL;

	if (!dash(typed) || equals == NULL || (size_t)(equals - typed.p) >= 64)
		return bytes_of(typed.p, 0);
	(void)bytes_cstr(bytes_of(typed.p, (size_t)(equals - typed.p)), name, 64);
	return bytes_of(typed.p, (size_t)(equals + 1 - typed.p));
}

static void words_told(struct client *c, const char *verb, const char *option, struct bytes typed)
{
	struct hints w = { .count = 0 };
	struct command cmd;
	struct option o;
	char name[64];
	struct bytes front = option_within(typed, name);
	size_t from = 0;
	bool all = false; /* the words fit, whatever they begin with */

	if (front.len > 0)
		option = name;
	struct bytes value = bytes_of(typed.p + front.len, typed.len - front.len);
	bool known = command_find(verb, &cmd);
	bool valued = strncmp(option, "--", 2) == 0 &&
		      command_option_find(known ? &cmd : NULL, option + 2, &o) && o.value != NULL;

	if (valued) {
		put_value(c, &cmd, &o, value, &from, &w);
		all = o.field != NULL || strcmp(o.name, "division") == 0 ||
		      strcmp(o.name, "subject") == 0;
	} else if (dash(value) || (known && cmd.words_max == 0))
		put_options(c, known ? &cmd : NULL, &w);
	else if (!known)
		put_verbs(c, &w);
	else
		all = put_word(c, &cmd, value, &w);
	struct buf head = { 0 };

	buf_put_bytes(&head, front);
	buf_put(&head, value.p, from);
	print(c, buf_bytes(&head), bytes_of(value.p + from, value.len - from), all, &w);
	buf_fini(&head);
	hints_fini(&w);
}

/* ---- from the tables ---- */

static void put_verbs(const struct client *c, struct hints *w)
{
	struct command cmd;

	for (size_t i = 0; command_at(i, &cmd); i++)
		hints_put(w, bytes_str(cmd.name), bytes_str(say(c, cmd.zh, cmd.en)));
}

static void put_kinds(const struct client *c, struct hints *w)
{
	for (size_t i = 0; kind_at(i) != NULL; i++)
		if (kind_at(i)->id != KIND_VOID)
			hints_put(w, bytes_str(kind_at(i)->name),
				  bytes_str(say(c, kind_at(i)->zh, kind_at(i)->en)));
}

static void put_options(const struct client *c, const struct command *cmd, struct hints *w)
{
	struct option o;
	char name[64];

	for (size_t i = 0; command_option(cmd, i, &o); i++) {
		(void)snprintf(name, sizeof(name), "--%s", o.name);
		hints_put(w, bytes_str(name), bytes_str(say(c, o.zh, o.en)));
	}
}

/* "table|json|csv" */
static void put_choices(const char *value, struct hints *w)
{
	while (*value != '\0') {
		size_t len = strcspn(value, "|");
		hints_put(w, bytes_of(value, len), bytes_of(NULL, 0));
		value += len + (value[len] == '|');
	}
}

static void put_value(struct client *c, const struct command *cmd, const struct option *o,
		      struct bytes typed, size_t *from, struct hints *w)
{
	if (o->field != NULL) {
		meet_node(c);
		complete_field(c, o->field, typed, from, w);
	} else if (strcmp(o->name, "division") == 0) {
		meet_node(c);
		complete_place(c, typed, w);
	} else if (strcmp(o->name, "subject") == 0 && cmd->kind != NULL) {
		meet_node(c);
		complete_named(c, cmd->kind->name, typed, w);
	} else if (strcmp(o->name, "kind") == 0)
		put_kinds(c, w);
	else if (strcmp(o->value, "PATH") == 0 || strcmp(o->value, "DIR") == 0)
		hints_put(w, BYTES_LIT(":files"), bytes_of(NULL, 0));
	else if (strchr(o->value, '|') != NULL && strchr(o->value, ' ') == NULL)
		put_choices(o->value, w);
}

/* A verb's own word, by what help calls it. True when the words are the node's choice of what
 * fits. */
static bool put_word(struct client *c, const struct command *cmd, struct bytes typed,
		     struct hints *w)
{
	static const char *const files[] = { "FILE", "DIR", "[BACKUP]" };
	const struct kind *fund = kind_by_id(KIND_FUND);
	const char *called = cmd->words;
	size_t from = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (strncmp(called, files[i], strlen(files[i])) == 0)
			hints_put(w, BYTES_LIT(":files"), bytes_of(NULL, 0));
	if (strcmp(called, "[KIND]") == 0)
		put_kinds(c, w);
	else if (strcmp(called, "[VERB]") == 0)
		put_verbs(c, w);
	else if (strcmp(called, SHELLS) == 0)
		put_choices(SHELLS, w);
	if (w->count > 0)
		return false;
	meet_node(c);
	if (strcmp(called, "[PLACE]") == 0 || strcmp(called, "CODE|NAME") == 0)
		complete_place(c, typed, w);
	else if (strcmp(called, "REF|NUMBER") == 0)
		complete_named(c, kind_by_id(KIND_HOUSEHOLD)->name, typed, w);
	else if (strcmp(called, "ACCOUNT") == 0)
		complete_field(c, field_by_tag(fund, fund->about[0]), typed, &from, w);
	return true;
}

/* ---- the answer ---- */

static bool begins(struct bytes text, struct bytes with)
{
	return text.len >= with.len && bytes_equal(bytes_of(text.p, with.len), with);
}

static void print(struct client *c, struct bytes front, struct bytes begin, bool all,
		  const struct hints *w)
{
	struct buf line = { 0 };

	for (size_t i = 0; i < w->count; i++) {
		const struct hint *row = &w->rows[i];
		bool files = bytes_equal(row->text, BYTES_LIT(":files"));
		if (!all && !files && !begins(row->text, begin))
			continue;
		if (!files)
			buf_put_bytes(&line, front);
		shown_put(&line, row->text);
		buf_u8(&line, '\t');
		shown_put(&line, row->note);
		buf_u8(&line, '\n');
	}
	client_write(c, buf_bytes(&line));
	buf_fini(&line);
}
