/* cmd_help.c -- help, version, completion: everything said here is read from the tables of
 * command.h and schema.h. */
#include <string.h>

#include "client/command.h"
#include "client/fields.h"
#include "client/man.h"

static void help_all(const struct client *c);
static int help_verb(struct client *c, const struct command *cmd);
static void help_options(const struct client *c, const struct command *cmd);
static void help_exit_codes(const struct client *c);

int cmd_help(struct client *c, const struct args *a)
{
	struct command cmd;

	if (args_has(a, "man")) {
		man_print(c);
		return CLIENT_DONE;
	}
	if (a->word_count == 0) {
		help_all(c);
		return CLIENT_DONE;
	}
	if (!command_find(a->words[0], &cmd)) {
		const char *near = command_nearest_verb(a->words[0]);
		return near == NULL
			   ? client_fail(c, CLIENT_USAGE, FAULT_VERB_UNKNOWN, a->words[0], NULL,
					 NULL)
			   : client_fail(c, CLIENT_USAGE, FAULT_VERB_NEAR, a->words[0], near, NULL);
	}
	return help_verb(c, &cmd);
}

static void help_all(const struct client *c)
{
	struct command cmd;

	(void)fprintf(
	    c->out, "%s\n\n",
	    say(c, "用法：bangfu 命令 [选项]    驻村帮扶记录：先存在本机，联网后同步到省平台。",
		"usage: bangfu VERB [OPTIONS]    records of helping: saved here first, synced to "
		"the hub later."));
	(void)fprintf(c->out, "%s\n", say(c, "记录：", "Logging:"));
	for (size_t i = 0; command_at(i, &cmd); i++) {
		if (cmd.kind != NULL)
			(void)fprintf(c->out, "  %-11s %s%s\n", cmd.name,
				      say(c, "记一条：", "log "), say(c, cmd.zh, cmd.en));
	}
	(void)fprintf(c->out, "\n%s\n", say(c, "其他：", "The rest:"));
	for (size_t i = 0; command_at(i, &cmd); i++) {
		if (cmd.kind == NULL)
			(void)fprintf(c->out, "  %-11s %s\n", cmd.name, say(c, cmd.zh, cmd.en));
	}
	(void)fprintf(c->out, "\n%s\n", say(c, "各命令通用的选项：", "Options of every verb:"));
	help_options(c, NULL);
	help_exit_codes(c);
	(void)fprintf(c->out, "%s\n",
		      say(c, "例：bangfu help visit 查看走访的全部字段。",
			  "For example, bangfu help visit lists every field of a visit."));
}

static void help_exit_codes(const struct client *c)
{
	(void)fprintf(
	    c->out, "\n%s\n",
	    say(c, "返回值：0 完成，1 失败，2 写法不对，3 本机没有运行帮扶程序，4 帮扶程序不接受。",
		"Exit codes: 0 done, 1 failed, 2 usage, 3 no node there, 4 the node refused."));
}

static int help_verb(struct client *c, const struct command *cmd)
{
	(void)fprintf(c->out, "bangfu %s%s%s %s\n%s%s\n", cmd->name,
		      cmd->words[0] != '\0' ? " " : "", cmd->words, say(c, "[选项]", "[OPTIONS]"),
		      cmd->kind != NULL ? say(c, "记一条：", "log ") : "",
		      say(c, cmd->zh, cmd->en));
	if (cmd->more_zh[0] != '\0')
		(void)fprintf(c->out, "%s\n", say(c, cmd->more_zh, cmd->more_en));
	struct option o;
	for (size_t i = 0; command_option(cmd, i, &o); i++) {
		if (o.field == NULL && i == 0)
			(void)fprintf(c->out, "\n%s\n", say(c, "选项：", "Options:"));
	}
	help_options(c, cmd);
	if (cmd->kind == NULL)
		return CLIENT_DONE;
	(void)fprintf(c->out, "\n%s\n", say(c, "字段：", "Fields:"));
	enum format asked = c->format;
	c->format = FORMAT_TABLE;
	int code = fields_sheet(c, cmd->kind);
	c->format = asked;
	(void)fprintf(c->out, "\n%s\n",
		      say(c, "可以写代码、中文或英文的词：",
			  "A word may be its number, Chinese or English:"));
	fields_codes(c, cmd->kind);
	return code;
}

/* The options that are not fields of the verb's own kind; those have their table. */
static void help_options(const struct client *c, const struct command *cmd)
{
	char left[96];
	struct option o;

	for (size_t i = 0; command_option(cmd, i, &o); i++) {
		if (o.field != NULL && cmd != NULL && cmd->kind != NULL)
			continue;
		(void)snprintf(left, sizeof(left), "--%s%s%s", o.name, o.value != NULL ? " " : "",
			       o.value != NULL ? o.value : "");
		(void)fprintf(c->out, "  %-32s %s\n", left, say(c, o.zh, o.en));
	}
}

int cmd_version(struct client *c, const struct args *a)
{
	(void)a;
	(void)fprintf(c->out, "bangfu %s\n", BF_VERSION);
	return CLIENT_DONE;
}

int cmd_completion(struct client *c, const struct args *a)
{
	struct command cmd;
	struct option o;

	if (strcmp(a->words[0], "bash") != 0)
		return client_fail(c, CLIENT_USAGE, FAULT_OPTION_BAD, "completion", a->words[0],
				   "bash");
	(void)fputs("# bash completion of bangfu; made by: bangfu completion bash\n"
		    "_bangfu() {\n"
		    "\tlocal cur=${COMP_WORDS[COMP_CWORD]} verb= i words\n"
		    "\tfor ((i = 1; i < COMP_CWORD; i++)); do\n"
		    "\t\t[[ ${COMP_WORDS[i]} != -* ]] && { verb=${COMP_WORDS[i]}; break; }\n"
		    "\tdone\n"
		    "\tcase $verb in\n",
		    c->out);
	for (size_t i = 0; command_at(i, &cmd); i++) {
		(void)fprintf(c->out, "\t%s) words='", cmd.name);
		for (size_t n = 0; command_option(&cmd, n, &o); n++)
			(void)fprintf(c->out, "--%s ", o.name);
		(void)fputs("' ;;\n", c->out);
	}
	(void)fputs("\t*) words='", c->out);
	for (size_t i = 0; command_at(i, &cmd); i++)
		(void)fprintf(c->out, "%s ", cmd.name);
	(void)fputs("' ;;\n"
		    "\tesac\n"
		    "\tif [[ $cur != -* && -n $verb ]]; then\n"
		    "\t\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n"
		    "\telse\n"
		    "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
		    "\tfi\n"
		    "}\n"
		    "complete -F _bangfu bangfu\n",
		    c->out);
	return CLIENT_DONE;
}
