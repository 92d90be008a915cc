/* SPDX-License-Identifier: Apache-2.0 */
/* main.c -- one command: read the line, settle the settings, connect when the verb asks for it,
 * run, flush, tell.
 *
 * A fault is printed here and nowhere else, once, in the reader's language. Exit codes are
 * client.h's. The answer is flushed and checked before 0 is returned: a full disk behind a
 * redirection is a failure that says so. A reader that has seen enough (`| head`) is told nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/command.h"
#include "client/lang.h"

#define MACHINE_SOCKET "/run/bangfu/bangfu.sock"

static int settle(struct client *c, const struct args *a, int code);
static int settle_format(struct client *c, const struct args *a);
static int settle_socket(struct client *c, const struct args *a);
static void settle_screen(struct client *c, const struct args *a);
static int run(struct client *c, const struct args *a);
static int finish(struct client *c, int code);

int main(int argc, char **argv)
{
	struct client c = { .out = stdout, .err = stderr, .conn = { .fd = -1 } };
	struct command cmd;
	struct args a;

	(void)signal(SIGPIPE, SIG_IGN);
	lang_widths();
	c.lang = lang_environment();
	int code = args_take(&a, &cmd, argc, argv, &c.fault) == 0 ? CLIENT_DONE : CLIENT_USAGE;
	if (settle(&c, &a, code) != CLIENT_DONE)
		code = CLIENT_USAGE;
	if (code == CLIENT_DONE)
		code = run(&c, &a);
	conn_close(&c.conn);
	args_fini(&a);
	buf_fini(&c.picked);
	return finish(&c, code);
}

/* The language first, even when the line is wrong already: its fault should be read in it. */
static int settle(struct client *c, const struct args *a, int code)
{
	const char *lang = args_get(a, "lang");

	c->quiet = args_has(a, "quiet");
	c->wan = args_has(a, "wan");
	c->bom = args_has(a, "bom");
	if (lang != NULL) {
		if (lang_of(lang) == 0)
			return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "lang", lang,
					   "zh, en");
		c->lang = lang_of(lang);
	}
	if (code != CLIENT_DONE)
		return code;
	code = settle_format(c, a);
	return code != CLIENT_DONE ? code : settle_socket(c, a);
}

static int settle_format(struct client *c, const struct args *a)
{
	static const char *const names[] = { [FORMAT_TABLE] = "table",
					     [FORMAT_JSON] = "json",
					     [FORMAT_CSV] = "csv",
					     [FORMAT_OPENMETRICS] = "openmetrics" };
	const char *text = args_get(a, "format");
	bool measures = (a->cmd->flags & MEASURES) != 0;
	size_t count = sizeof(names) / sizeof(names[0]) - !measures;

	if (text == NULL)
		return CLIENT_DONE;
	for (size_t i = 0; i < count; i++) {
		if (strcmp(text, names[i]) == 0) {
			c->format = (enum format)i;
			return CLIENT_DONE;
		}
	}
	return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "format", text,
			   measures ? "table, json, csv, openmetrics" : "table, json, csv");
}

/* A variable that is set to something. */
static const char *filled(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

/* Nothing at all is there; what we may not look at is there. */
static bool absent(const char *path)
{
	struct stat st;

	return lstat(path, &st) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* The same order as the daemon's own: told, environment, root's place, the user's place; and when
 * nobody told and nothing is there, the machine's own node, where the shipped unit puts it. */
static int settle_socket(struct client *c, const struct args *a)
{
	char path[4096];
	const char *told = args_get(a, "socket");
	const char *dir = args_get(a, "dir");
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");
	int n;

	if (told == NULL && dir == NULL)
		told = filled("BANGFU_SOCKET");
	if (told == NULL && dir == NULL)
		dir = filled("BANGFU_DIR");
	if (told != NULL)
		n = snprintf(path, sizeof(path), "%s", told);
	else if (dir != NULL)
		n = snprintf(path, sizeof(path), "%s/bangfu.sock", dir);
	else if (geteuid() == 0 || (state == NULL && home == NULL))
		n = snprintf(path, sizeof(path), "/var/lib/bangfu/bangfu.sock");
	else if (state != NULL && state[0] == '/')
		n = snprintf(path, sizeof(path), "%s/bangfu/bangfu.sock", state);
	else
		n = snprintf(path, sizeof(path), "%s/.local/state/bangfu/bangfu.sock", home);
	if (told == NULL && dir == NULL && absent(path) && !absent(MACHINE_SOCKET))
		n = snprintf(path, sizeof(path), "%s", MACHINE_SOCKET);
	if (n < 0 || (size_t)n >= sizeof(c->socket))
		return client_fail(c, CLIENT_USAGE, FAULT_SOCKET_LONG, path, NULL, NULL);
	memcpy(c->socket, path, (size_t)n + 1);
	return CLIENT_DONE;
}

static int run(struct client *c, const struct args *a)
{
	int rc = (a->cmd->flags & NEEDS_NODE) == 0 ? 0 : conn_open(&c->conn, c->socket, &c->fault);

	if (rc != 0)
		return rc == BF_ENOMEM ? CLIENT_FAILED : CLIENT_NO_NODE;
	c->cmd = a->cmd;
	settle_screen(c, a);
	return a->cmd->run(c, a);
}

/* Forms for programs are left as they are, on a terminal too. */
static void settle_screen(struct client *c, const struct args *a)
{
	bool reads = (a->cmd->flags & READ) != 0;

	if (c->format != FORMAT_TABLE || args_has(a, "man"))
		return;
	screen_measure(&c->screen, c->out, args_has(a, "wide"), reads && !args_has(a, "no-pager"));
	if (c->screen.across == 0 && (a->cmd->flags & FOLDED) != 0)
		c->screen.columns = SCREEN_COLUMNS_OTHERWISE;
	if (reads)
		c->out = screen_open(&c->screen, c->out);
}

static int finish(struct client *c, int code)
{
	if (c->out != stdout) {
		screen_close(&c->screen);
		c->out = stdout;
	}
	if (code == CLIENT_DONE)
		code = client_flush(c);
	else
		(void)fflush(c->out);
	if (code != CLIENT_DONE && c->fault.zh[0] != '\0')
		(void)fprintf(c->err, "bangfu: %s\n", say(c, c->fault.zh, c->fault.en));
	return code;
}
