/* SPDX-License-Identifier: Apache-2.0 */
/* cmd_help.c -- help and version: everything said here is read from the tables of
 * command.h and schema.h. */
#include <string.h>

#include "client/command.h"
#include "client/fields.h"
#include "client/man.h"
#include "client/table.h"

static int help_all(struct client *c);
static int help_verb(struct client *c, const struct command *cmd);
static void help_head(const struct client *c, const struct command *cmd);
static int help_verbs(struct client *c, bool logs);
static int help_fields(struct client *c, const struct command *cmd);
static int help_options(struct client *c, const struct command *cmd, const char *title);
static void help_option(const struct client *c, struct sheet *s, const struct option *o);
static void help_exit_codes(const struct client *c);

static int help_told(struct client *c, int rc)
{
	if (rc == 0)
		return CLIENT_DONE;
	return client_fail(c, CLIENT_FAILED, FAULT_INTERNAL, "help", bf_error_name(rc), NULL);
}

int cmd_help(struct client *c, const struct args *a)
{
	struct command cmd;

	if (args_has(a, "man")) {
		man_print(c);
		return CLIENT_DONE;
	}
	if (a->word_count == 0)
		return help_told(c, help_all(c));
	if (!command_find(a->words[0], &cmd)) {
		const char *near = command_nearest_verb(a->words[0]);
		return near == NULL
			   ? client_fail(c, CLIENT_USAGE, FAULT_VERB_UNKNOWN, a->words[0], NULL,
					 NULL)
			   : client_fail(c, CLIENT_USAGE, FAULT_VERB_NEAR, a->words[0], near, NULL);
	}
	return help_told(c, help_verb(c, &cmd));
}

static int help_all(struct client *c)
{
	(void)fprintf(
	    c->out, "%s\n\n",
	    say(c, "用法：bangfu 命令 [选项]    驻村帮扶记录：先存在本机，联网后同步到省平台。",
		"usage: bangfu VERB [OPTIONS]    records of helping: saved here first, synced to "
		"the hub later."));
	(void)fprintf(c->out, "%s\n", say(c, "记录：", "Logging:"));
	int rc = help_verbs(c, true);
	(void)fprintf(c->out, "\n%s\n", say(c, "其他：", "The rest:"));
	if (rc == 0)
		rc = help_verbs(c, false);
	if (rc == 0)
		rc = help_options(c, NULL, say(c, "各命令通用的选项：", "Options of every verb:"));
	help_exit_codes(c);
	(void)fprintf(c->out, "%s\n",
		      say(c, "例：bangfu help visit 查看走访的全部字段。",
			  "For example, bangfu help visit lists every field of a visit."));
	return rc;
}

/* Two columns: what to type; what it means, over as many lines as it needs. */
static void help_columns(struct sheet *s)
{
	s->untitled = true;
	(void)sheet_column(s, "typed", "", false, true);
	(void)sheet_column(s, "meaning", "", false, true);
	sheet_give(s, 1, 0, SHEET_WRAPS, SHEET_TEXT_LEAST);
}

static int help_print(struct client *c, struct sheet *s)
{
	int rc = s->err != 0 ? s->err : table_print(c, s);

	sheet_fini(s);
	return rc;
}

static int help_verbs(struct client *c, bool logs)
{
	struct sheet s = { .row_count = 0 };
	struct command cmd;
	char text[256];

	help_columns(&s);
	for (size_t i = 0; command_at(i, &cmd); i++) {
		if ((cmd.kind != NULL) != logs)
			continue;
		sheet_row(&s);
		(void)snprintf(text, sizeof(text), "  %s", cmd.name);
		sheet_text(&s, 0, bytes_str(text));
		(void)snprintf(text, sizeof(text), "%s%s", logs ? say(c, "记一条：", "log ") : "",
			       say(c, cmd.zh, cmd.en));
		sheet_text(&s, 1, bytes_str(text));
	}
	return help_print(c, &s);
}

static void help_exit_codes(const struct client *c)
{
	(void)fprintf(
	    c->out, "\n%s\n",
	    say(c, "返回值：0 完成，1 失败，2 写法不对，3 本机没有运行帮扶程序，4 帮扶程序不接受。",
		"Exit codes: 0 done, 1 failed, 2 usage, 3 no node there, 4 the node refused."));
}

/* What is asked for most often first: the fields. The options of every verb come last. */
static int help_verb(struct client *c, const struct command *cmd)
{
	int rc = 0;

	help_head(c, cmd);
	if (cmd->kind != NULL)
		rc = help_fields(c, cmd);
	if (rc == 0)
		rc = help_options(c, cmd, say(c, "选项：", "Options:"));
	if (rc == 0 && cmd->kind != NULL) {
		(void)fprintf(c->out, "\n%s\n",
			      say(c, "可以写代码、中文或英文的词：",
				  "A word may be its number, Chinese or English:"));
		rc = fields_words(c, cmd->kind);
	}
	if (cmd->kind != NULL)
		(void)fprintf(c->out, "\n%s\n", say(c, cmd->more_zh, cmd->more_en));
	if (rc == 0)
		rc = help_options(c, NULL, say(c, "各命令通用的选项：", "Options of every verb:"));
	return rc;
}

static void help_head(const struct client *c, const struct command *cmd)
{
	(void)fprintf(c->out, "bangfu %s%s%s %s\n%s%s\n", cmd->name,
		      cmd->words[0] != '\0' ? " " : "", cmd->words, say(c, "[选项]", "[OPTIONS]"),
		      cmd->kind != NULL ? say(c, "记一条：", "log ") : "",
		      say(c, cmd->zh, cmd->en));
	if (cmd->kind == NULL && cmd->more_zh[0] != '\0')
		(void)fprintf(c->out, "%s\n", say(c, cmd->more_zh, cmd->more_en));
}

static int help_fields(struct client *c, const struct command *cmd)
{
	(void)fprintf(c->out, "\n%s\n", say(c, "字段：", "Fields:"));
	return fields_help(c, cmd->kind);
}

/* The options of a verb that no other has and that are no fields of its own kind; those have their
 * table. Of no verb: those of every verb. */
static int help_options(struct client *c, const struct command *cmd, const char *title)
{
	struct sheet s = { .row_count = 0 };
	struct option o, other;

	help_columns(&s);
	for (size_t i = 0; command_option(cmd, i, &o); i++) {
		bool field = cmd != NULL && cmd->kind != NULL && o.field != NULL;
		if (!field && (cmd == NULL || !command_option_find(NULL, o.name, &other)))
			help_option(c, &s, &o);
	}
	if (s.row_count > 0)
		(void)fprintf(c->out, "\n%s\n", title);
	return help_print(c, &s);
}

static void help_option(const struct client *c, struct sheet *s, const struct option *o)
{
	char typed[96];

	(void)snprintf(typed, sizeof(typed), "  --%s%s%s", o->name,
		       o->value != NULL && o->value[0] != '[' ? " " : "",
		       o->value != NULL ? o->value : "");
	sheet_row(s);
	sheet_text(s, 0, bytes_str(typed));
	sheet_text(s, 1, bytes_str(say(c, o->zh, o->en)));
}

int cmd_version(struct client *c, const struct args *a)
{
	(void)a;
	(void)fprintf(c->out, "bangfu %s\n", BF_VERSION);
	return CLIENT_DONE;
}
