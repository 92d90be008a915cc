/* SPDX-License-Identifier: Apache-2.0 */
/* man.c -- see man.h. roff's own characters in texts (backslash, a leading dot) are escaped. */
#include "client/man.h"

#include "client/command.h"
#include "client/health.h"

static void man_text(const struct client *c, const char *text);
static void man_option(const struct client *c, const struct command *cmd, const struct option *o);
static void man_verb(const struct client *c, const struct command *cmd);
static void man_health(const struct client *c);

void man_print(const struct client *c)
{
	struct command cmd;
	struct option o;

	(void)fprintf(c->out, ".\\\" Made by: bangfu help --man\n.TH BANGFU 1 \"\" \"bangfu %s\"\n",
		      BF_VERSION);
	(void)fputs(
	    ".SH NAME\nbangfu \\- record and total visits, funds and aid, offline first\n"
	    ".SH SYNOPSIS\n.B bangfu\n.I VERB\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n"
	    "bangfu talks to the node (\n.BR bangfud (8))\nof this machine over its Unix socket. "
	    "What it reports as saved is on this machine's disk.\n.SH VERBS\n",
	    c->out);
	for (size_t i = 0; command_at(i, &cmd); i++)
		man_verb(c, &cmd);
	(void)fputs(".SH OPTIONS OF EVERY VERB\n", c->out);
	for (size_t i = 0; command_option(NULL, i, &o); i++)
		man_option(c, NULL, &o);
	(void)fputs(
	    ".SH EXIT STATUS\n0 done; 1 failed; 2 usage; 3 no node there; 4 the node refused.\n",
	    c->out);
	man_health(c);
	(void)fputs(
	    ".SH ENVIRONMENT\n.TP\n.B BANGFU_SOCKET\nthe node's socket\n"
	    ".TP\n.B BANGFU_DIR\nthe node's directory; its socket is bangfu.sock there\n"
	    ".PP\nWith neither, and no \\-\\-socket or \\-\\-dir: the node of your own, in "
	    "/var/lib/bangfu for root, else in $XDG_STATE_HOME/bangfu or "
	    "~/.local/state/bangfu; when it has no socket there, the machine's, "
	    "/run/bangfu/bangfu.sock.\n"
	    ".TP\n.B BANGFU_LANG\nzh or en; else the locale decides\n"
	    ".TP\n.B PAGER\nwhat a terminal shows an answer with that is longer than it: "
	    "less when unset, with LESS=FRX unless LESS is set; none when empty or cat\n"
	    ".TP\n.B COLUMNS\nhow wide the terminal is, 20 to 4096; else it is asked. What goes to "
	    "a pipe or a file is never cut\n"
	    ".SH SEE ALSO\n.BR bangfud (8)\n",
	    c->out);
}

static void man_verb(const struct client *c, const struct command *cmd)
{
	struct option o;

	(void)fprintf(c->out, ".SS \"%s %s\"\n", cmd->name, cmd->words);
	if (cmd->kind != NULL)
		(void)fputs("Log ", c->out);
	man_text(c, say(c, cmd->zh, cmd->en));
	(void)fputs(".\n", c->out);
	man_text(c, say(c, cmd->more_zh, cmd->more_en));
	(void)fputc('\n', c->out);
	size_t global = 0;
	while (command_option(NULL, global, &o))
		global++;
	size_t all = 0;
	while (command_option(cmd, all, &o))
		all++;
	for (size_t i = 0; i + global < all && command_option(cmd, i, &o); i++)
		man_option(c, cmd, &o);
}

/* A field is required where it is logged; as a filter of list and total it never is. */
static void man_option(const struct client *c, const struct command *cmd, const struct option *o)
{
	bool logs = cmd != NULL && cmd->kind != NULL;

	(void)fprintf(c->out, ".TP\n.BI \\-\\-%s", o->name);
	if (o->value != NULL)
		(void)fprintf(c->out, " \" %s\"", o->value);
	(void)fputc('\n', c->out);
	man_text(c, say(c, o->zh, o->en));
	if (logs && o->field != NULL && (o->field->flags & F_REQUIRED) != 0 &&
	    (o->field->flags & (F_DEFAULT_TODAY | F_DEFAULT_HERE)) == 0)
		(void)fputs(say(c, "（必填）", " (required)"), c->out);
	(void)fputc('\n', c->out);
}

/* The names are those of `warnings` in status --format json. */
static void man_health(const struct client *c)
{
	static const struct {
		enum health health;
		const char *code;
	} rows[] = { { HEALTH_CRITICAL, "2" }, { HEALTH_WARN, "1" } };
	struct buf names = { 0 };

	(void)fputs("With status \\-\\-check, as monitors have it: 0 well; 3 unknown, for there is "
		    "no answer; and\n",
		    c->out);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&names);
		health_list(rows[i].health, &names);
		buf_u8(&names, '\0');
		(void)fprintf(c->out, ".TP\n.B %s %s\n", rows[i].code, health_name(rows[i].health));
		man_text(c, names.err == 0 ? (const char *)names.p : "");
		(void)fputc('\n', c->out);
	}
	buf_fini(&names);
}

static void man_text(const struct client *c, const char *text)
{
	if (text[0] == '.' || text[0] == '\'')
		(void)fputs("\\&", c->out);
	for (; *text != '\0'; text++) {
		if (*text == '\\')
			(void)fputs("\\e", c->out);
		else if (*text == '-')
			(void)fputs("\\-", c->out);
		else
			(void)fputc(*text, c->out);
	}
}
