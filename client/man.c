/* SPDX-License-Identifier: Apache-2.0 */
/* man.c -- see man.h. roff's own characters in texts (backslash, a leading dot) are escaped. */
#include "client/man.h"

#include "client/command.h"
#include "client/health.h"

static void man_text(const struct client *c, const char *text);
static void man_option(const struct client *c, const struct command *cmd, const struct option *o);
static void man_verb(const struct client *c, const struct command *cmd);
static void man_health(const struct client *c);

static void man_head(const struct client *c);
static void man_tail(const struct client *c);

void man_print(const struct client *c)
{
	struct command cmd;
	struct option o;

	man_head(c);
	for (size_t i = 0; command_at(i, &cmd); i++)
		man_verb(c, &cmd);
	(void)fputs(say(c, ".SH 各命令都有的选项\n", ".SH OPTIONS OF EVERY VERB\n"), c->out);
	for (size_t i = 0; command_option(NULL, i, &o); i++)
		man_option(c, NULL, &o);
	man_tail(c);
}

static void man_head(const struct client *c)
{
	(void)fprintf(
	    c->out, ".\\\" Made by: bangfu help --man --lang %s\n.TH BANGFU 1 \"\" \"bangfu %s\"\n",
	    say(c, "zh", "en"), BF_VERSION);
	(void)fputs(
	    say(c,
		".mso zh.tmac\n.ad l\n.nh\n.SH 名称\nbangfu \\- "
		"登记、合计走访、资金和帮扶，不联网也能用\n"
		".SH 写法\n.B bangfu\n.I 命令\n.RI [ 选项 ]\n.SH 说明\n"
		"bangfu 通过本机的 Unix 套接字与本机的帮扶程序\n.BR bangfud "
		"(8)\n往来。说已保存的，就在本机的磁盘上了。\n"
		".PP\n命令也可以写中文（bangfu 走访）。在终端上，没写的必填项会逐项询问。\n.SH "
		"命令\n",
		".SH NAME\nbangfu \\- record and total visits, funds and aid, offline first\n"
		".SH SYNOPSIS\n.B bangfu\n.I VERB\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n"
		"bangfu talks to the node (\n.BR bangfud (8))\nof this machine over its Unix "
		"socket. "
		"What it reports as saved is on this machine's disk.\n"
		".PP\nVerbs can be Chinese too (bangfu 走访). On a terminal what is required and "
		"was left out is asked.\n.SH VERBS\n"),
	    c->out);
}

static void man_tail(const struct client *c)
{
	(void)fputs(say(c,
			".SH 退出码\n0 成功；1 失败；2 写法不对；3 本机没有帮扶程序在运行；4 "
			"帮扶程序没有接受。\n",
			".SH EXIT STATUS\n0 done; 1 failed; 2 usage; 3 no node there; 4 the node "
			"refused.\n"),
		    c->out);
	man_health(c);
	(void)fputs(
	    say(c,
		".SH 环境变量\n.TP\n.B BANGFU_SOCKET\n帮扶程序的套接字\n"
		".TP\n.B BANGFU_DIR\n帮扶程序的目录；套接字是其中的 bangfu.sock\n"
		".PP\n都没有，也没写 \\-\\-socket、\\-\\-dir 时：先找自己的，root 在 "
		"/var/lib/bangfu，"
		"其他人在 $XDG_STATE_HOME/bangfu 或 "
		"~/.local/state/bangfu；那里没有套接字，就找本机的 /run/bangfu/bangfu.sock。\n"
		".TP\n.B BANGFU_LANG\nzh 或 en；不设则按系统的语言\n"
		".TP\n.B PAGER\n回答比屏幕长时用什么翻页；不设用 less（LESS=FRX，除非另设 "
		"LESS）；设为空或 cat 则不翻页\n"
		".TP\n.B COLUMNS\n屏幕多少列，20 到 4096；不设则问终端。写到管道或文件的从不截短\n"
		".SH 另见\n.BR bangfud (8)\n",
		".SH ENVIRONMENT\n.TP\n.B BANGFU_SOCKET\nthe node's socket\n"
		".TP\n.B BANGFU_DIR\nthe node's directory; its socket is bangfu.sock there\n"
		".PP\nWith neither, and no \\-\\-socket or \\-\\-dir: the node of your own, in "
		"/var/lib/bangfu for root, else in $XDG_STATE_HOME/bangfu or "
		"~/.local/state/bangfu; when it has no socket there, the machine's, "
		"/run/bangfu/bangfu.sock.\n"
		".TP\n.B BANGFU_LANG\nzh or en; else the locale decides\n"
		".TP\n.B PAGER\nwhat a terminal shows an answer with that is longer than it: "
		"less when unset, with LESS=FRX unless LESS is set; none when empty or cat\n"
		".TP\n.B COLUMNS\nhow wide the terminal is, 20 to 4096; else it is asked. What "
		"goes to "
		"a pipe or a file is never cut\n"
		".SH SEE ALSO\n.BR bangfud (8)\n"),
	    c->out);
}

static void man_verb(const struct client *c, const struct command *cmd)
{
	struct option o;

	(void)fprintf(c->out, ".SS \"%s %s\"\n", cmd->name, cmd->words);
	if (cmd->kind != NULL)
		(void)fputs(say(c, "登记：", "Log "), c->out);
	man_text(c, say(c, cmd->zh, cmd->en));
	(void)fputs(say(c, "。\n", ".\n"), c->out);
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
		(void)fprintf(c->out, " \"%s%s\"", o->value[0] == '[' ? "" : " ", o->value);
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

	(void)fputs(
	    say(c, "status \\-\\-check 供监控用：0 正常；3 没有回答，不知道；以及\n",
		"With status \\-\\-check, as monitors have it: 0 well; 3 unknown, for there is "
		"no answer; and\n"),
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
