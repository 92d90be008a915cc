/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c -- the rows of command.h. Texts here are help; sentences about faults are in the
 * catalogue. */
#include "client/command.h"

#include <string.h>

#include "client/shells.h"
#include "protocol/near.h"

/* clang-format off */
static const struct option none[] = { { .name = NULL } };

static const struct option options_import[] = {
	{ "encoding", "utf-8|gb18030", "文件的编码；不写则自动识别", "the file's encoding; found out when left out", NULL },
	{ "rest", NULL, "跳过不对的行，导入其余各行", "leave out wrong rows, import the others", NULL },
	{ "check", NULL, "只检查，不保存", "check only, save nothing", NULL },
	{ .name = NULL },
};
static const struct option options_void[] = {
	{ "reason", "文字 text", "作废的原因（必填）", "why it is void (required)", NULL },
	{ .name = NULL },
};
static const struct option options_total[] = {
	{ "kind", "fund|aid|visit|…", "统计哪一种记录，默认 fund（资金）", "which kind of record; fund when left out", NULL },
	{ "by", "month,place,…", "按月、下级地区、资金渠道等分行", "a row for each month, place below, channel, …", NULL },
	{ "month", "2026-11", "只统计这个月", "this month only", NULL },
	{ "from", "2026-01", "从这个月起", "from this month on", NULL },
	{ "to", "2026-12", "到这个月止", "up to this month", NULL },
	{ "list", NULL, "再列出合计背后的每条记录", "also list the entries behind the figure", NULL },
	{ .name = NULL },
};
static const struct option options_list[] = {
	{ "kind", "fund|aid|visit|…", "列出哪一种记录，默认 visit（走访）", "which kind of record; visit when left out", NULL },
	{ "month", "2026-11", "只列这个月", "this month only", NULL },
	{ "from", "2026-01", "从这个月起", "from this month on", NULL },
	{ "to", "2026-12", "到这个月止", "up to this month", NULL },
	{ "limit", "100", "最多列几条；不写时表格列最近的 100 条，csv 和 json 列出全部", "how many at most; when left out a table has the latest 100, csv and json have all", NULL },
	{ "after", "REF", "接着这一条记录往下列", "go on behind this entry", NULL },
	{ "last", "10", "只列最近的几条，日期近的在前", "only the latest so many, the latest day first", NULL },
	{ "voided", NULL, "也列出已作废的", "also those that were voided", NULL },
	{ .name = NULL },
};
static const struct option options_find[] = {
	{ "kind", "household|member|…", "只找哪一种：household 户、member 人、activity 志愿活动、volunteer 志愿者", "only these: household, member, activity or volunteer", NULL },
	{ "limit", "100", "最多列几个；不写时表格列 100 个，csv 和 json 列出全部", "how many at most; when left out a table has 100, csv and json have all", NULL },
	{ "after", "TEXT", "接着上次没有列完的往下列", "go on where a list stopped", NULL },
	{ .name = NULL },
};
static const struct option options_show[] = {
	{ "kind", "household|member", "编号属于哪一种记录", "of which kind the number is", NULL },
	{ .name = NULL },
};
static const struct option options_sync[] = {
	{ "no-wait", NULL, "只通知开始同步，不等结果", "ask for it and do not wait for the end", NULL },
	{ "believe-clock", NULL, "省平台的日期与本机差一年以上时，以省平台为准", "take today from the hub although its clock and ours are years apart", NULL },
	{ "wait", NULL, "等到同步结束（默认）", "wait for the end (the default)", NULL },
	{ .name = NULL },
};
static const struct option options_enrol[] = {
	{ "name", "文字 text", "本机的名称，省平台上看得到", "this machine's name, as the hub shows it", NULL },
	{ "move", NULL, "改到另一个省平台或另一个地方，全部记录随之发去", "to another hub or place; all entries go there", NULL },
	{ .name = NULL },
};
static const struct option options_token[] = {
	{ "division", "150722100200", "给哪个地方用：区划代码或名称（必填）", "for which place: code or name (required)", NULL },
	{ "role", "village|team", "嘎查村工作站或志愿服务队，默认 village", "a village's station or a volunteer team; village when left out", NULL },
	{ "hours", "72", "多少小时内有效", "for how many hours it is good", NULL },
	{ .name = NULL },
};
static const struct option options_places[] = {
	{ "edition", "2023", "区划代码的版本年份（必填）", "the edition of the codes (required)", NULL },
	{ "encoding", "utf-8|gb18030", "文件的编码；不写则自动识别", "the file's encoding; found out when left out", NULL },
	{ .name = NULL },
};
static const struct option options_backup[] = {
	{ "check", NULL, "不做备份，只核对 DIR 里已有的一份", "make none; verify the one that is in DIR", NULL },
	{ .name = NULL },
};
static const struct option options_restore[] = {
	{ "to", "DIR", "恢复到哪个数据目录，如 /var/lib/bangfu（与备份目录同写）", "the data directory, such as /var/lib/bangfu; goes with BACKUP", NULL },
	{ "move-old", NULL, "数据目录里已有数据时改名留存，不删去", "rename and keep what is in the data directory", NULL },
	{ "open", NULL, "（省平台）恢复后核对完了，让工作站重新进来", "(hub) after a restore, when all is revoked again: let stations in", NULL },
	{ .name = NULL },
};
static const struct option options_help[] = {
	{ "man", NULL, "以手册页格式输出", "print as a manual page", NULL },
	{ .name = NULL },
};
static const struct option options_log[] = {
	{ "check", NULL, "只检查，不保存", "check only, save nothing", NULL },
	{ "again", NULL, "确实又有一次：与刚记的完全相同也保存", "it did happen once more: save it although it equals one just saved", NULL },
	{ .name = NULL },
};
static const struct option options_log_versioned[] = {
	{ "check", NULL, "只检查，不保存", "check only, save nothing", NULL },
	{ "subject", "REF|编号 number", "修改已有的这一条，而不是新建", "change this one instead of making a new one", NULL },
	{ .name = NULL },
};
static const struct option options_global[] = {
	{ "socket", "PATH", "帮扶程序的套接字", "the node's socket", NULL },
	{ "dir", "DIR", "帮扶程序的数据目录", "the node's directory", NULL },
	{ "format", "table|json|csv", "输出格式", "form of the output", NULL },
	{ "lang", "zh|en", "语言", "language", NULL },
	{ "wan", NULL, "金额以万元显示", "show money in units of 10,000 yuan", NULL },
	{ "bom", NULL, "CSV 开头加 UTF-8 标记，便于表格软件打开", "begin CSV with a UTF-8 mark, for spreadsheets", NULL },
	{ "wide", NULL, "表格不省略列和文字", "leave no column out of a table and cut no text", NULL },
	{ "no-pager", NULL, "长的结果不分页显示", "show a long answer without $PAGER", NULL },
	{ "quiet", NULL, "只输出结果本身", "print the answer alone", NULL },
	{ "help", NULL, "显示帮助", "show help", NULL },
	{ "version", NULL, "显示版本", "show the version", NULL },
	{ .name = NULL },
};

static const struct command fixed[] = {
	{ "status", cmd_status, NEEDS_NODE | READ, 0, 0, "", "本机保存了什么、省平台存了什么、有什么问题",
	  "what is saved here, what the hub has stored, and what is wrong",
	  "用平常话说明：本机已保存多少条，省平台已存多少条，还有多少条等待同步，上次和下次同步的时间；有问题时说明怎么办。",
	  "In plain words: how many entries are saved here, how many the hub has stored, how many wait, when the last sync was and "
	  "when the next one is; and what to do when something is wrong.", none, NULL },
	{ "import", cmd_import, NEEDS_NODE, 1, 1, "FILE.csv", "从 CSV 导入户和人（全国系统导出的列名）",
	  "import households and members from a CSV with the national export's headings",
	  "整个文件作为一体检查，全部正确才保存；有错时说明行、列和原因（同样的问题只说一次，--format csv 逐行列出），什么也不保存。加 --rest 则跳过错的行，跳过的行不留下任何内容。"
	  "一个人只能在一户：文件里同一个证件号码出现在两户，或与已登记的户不同，都不导入这一行；确实迁户的，用 bangfu member --subject 证件号码 "
	  "--household 新户编号 记下。同一文件再导一遍不会重复。一次最多 200000 行。",
	  "The file is checked as one whole and saved only when every row is right; else each fault is named once with line, column and how many rows "
	  "have it (--format csv lists row by row), and nothing is saved. With --rest wrong rows are left out and leave nothing behind. A person belongs to one household: a row with an "
	  "ID number that stands in another household, in the file or here, is wrong; who has moved is recorded with bangfu member --subject ID "
	  "--household NEW-NUMBER. Importing the same file again changes nothing. At most 200,000 rows at once.", options_import, NULL },
	{ "void", cmd_void, NEEDS_NODE, 1, 1, "REF", "作废一条记录（保留原文，注明原因）", "make an entry void (it is kept, with the reason)",
	  "记错了不能涂改：先作废，再重新记一条。作废的记录不再计入合计，仍可用 list --voided 查看。",
	  "A mistake is not overwritten: make the entry void, then log it again. A void entry no longer counts; list --voided still shows it.",
	  options_void, NULL },
	{ "list", cmd_list, NEEDS_NODE | TAKES_DIMS | READ, 0, 1, "[PLACE]", "列出记录", "list entries",
	  "地点可写区划代码或名称，不写则为本机所管的地方。表格里日期近的在前，最多 100 条；--format csv 和 json 列出全部，按地点、日期排列。没有列全时一定说明。",
	  "PLACE is a code or a name; this node's own area when left out. A table begins with the latest day and has at most 100 entries; "
	  "--format csv and json have all, by place and day. What is not all says so.", options_list, NULL },
	{ "find", cmd_find, NEEDS_NODE | SECRET_WORDS | READ, 1, 2, "TEXT [PLACE]", "查找户、人、志愿者、志愿活动", "find households, people, volunteers and activities",
	  "TEXT 可写姓名或其中几个字（王小山、小山）、拼音或首字母（wxs、wangxs、王xs）、编号或其中一段、电话，或电话、证件号码的后四位。按现在的姓名和地方找，"
	  "最像的在前。姓名只显示一部分，写出来找的字照样显示；首字母一列可以用来分辨和下次查找。写成 - 则在终端上询问，不会出现在命令行里。"
	  "记录时凡是要填户、人、活动的地方，也可以这样写：bangfu visit --households 王小山。",
	  "TEXT is a name or part of it, its pinyin or initials (wxs, wangxs), a number or part of one, a phone, or the last four of a phone or an ID number. "
	  "What people are called now and where they are now decides; the best fits come first. Names are masked but for what was typed; their initials tell one "
	  "from another. With - it is asked for and is never among the arguments. Wherever a household, a person or an activity is to be named, TEXT will do: "
	  "bangfu visit --households 王小山.", options_find, NULL },
	{ "show", cmd_show, NEEDS_NODE | SECRET_WORDS | READ, 1, 1, "REF|NUMBER", "查看一条记录，或按户编号、证件号码查看户和人",
	  "show one entry, or a household or member by its number",
	  "户和人显示现在的情况和与之有关的记录。姓名、证件号码等只显示一部分。证件号码请写成 -，程序会询问，不会出现在命令行里。",
	  "A household or member is shown as it is now, with what concerns it. Names and numbers are masked. Write - for an ID number: "
	  "it is asked for and is never among the arguments.", options_show, NULL },
	{ "total", cmd_total, NEEDS_NODE | TAKES_DIMS | READ, 0, 1, "[PLACE]", "统计合计：按地区、月份、渠道等", "totals by place, month, channel and more",
	  "地点可写区划代码（2、4、6、9、12 位）或名称（写开头几个字也行），不写则为本机所管的地方。资金按下达、支出等各自合计，互不相加。加 --list 列出合计背后的记录，并与合计核对。",
	  "PLACE is a code of 2, 4, 6, 9 or 12 digits, or a name or its beginning; this node's own area when left out. Funds have a figure "
	  "for each movement, which are never added. With --list the entries behind the figures follow and are compared with them.", options_total, NULL },
	{ "balance", cmd_balance, NEEDS_NODE | READ, 1, 1, "ACCOUNT", "一个资金账户的收、支、余额", "what an account took in, paid out and holds",
	  "账户可写区划代码（该级财政）、户:户编号，或体系外一方的名称。", "ACCOUNT is a division's code, household:NUMBER, or an outside party.", none, NULL },
	{ "place", cmd_place, NEEDS_NODE | READ, 1, 1, "CODE|NAME", "查区划：代码、名称、上级和下级", "look up a division: code, name, above and below",
	  "", "", none, NULL },
	{ "verify", cmd_verify, NEEDS_NODE | READ, 0, 0, "", "核对全部记录和合计", "verify every chain and refold every total",
	  "逐条核对每本记录的校验链，重新计算所有合计和账目并与保存的比较。有不符时返回 1。",
	  "Walks every log's hash chain, folds all totals and ledgers anew and compares. Exit code 1 when something differs.", none, NULL },
	{ "sync", cmd_sync, NEEDS_NODE, 0, 0, "", "现在与省平台同步", "sync with the hub now", "断网也没关系：记录已保存在本机，联网后会自动再试。",
	  "Without network nothing is lost: what is saved stays here and is tried again by itself.", options_sync, NULL },
	{ "enrol", cmd_enrol, NEEDS_NODE | SECRET_WORDS, 1, 1, "TOKEN", "用一次性登记码把本机登记到省平台", "enrol this station at the hub with a one-time token",
	  "登记码写成 - 则在终端上询问（不是终端时读标准输入的一行），不会出现在命令行里。已经登记过的，登记码若是另一个省平台或另一个地方的，不会登记，除非加 --move。",
	  "With - for TOKEN it is asked for on a terminal (else one line of standard input is read) and is never among the arguments. "
	  "An enrolled station refuses a token of another hub or another place unless --move is given.", options_enrol, NULL },
	{ "token", cmd_token, NEEDS_NODE, 0, 0, "", "（省平台）发一个一次性登记码", "(hub) make a one-time enrolment token", "", "", options_token, NULL },
	{ "nodes", cmd_nodes, NEEDS_NODE | READ, 0, 0, "", "（省平台）列出已登记的工作站", "(hub) list the enrolled nodes", "", "", none, NULL },
	{ "revoke", cmd_revoke, NEEDS_NODE, 1, 1, "ORIGIN", "（省平台）停用一个工作站", "(hub) revoke a node",
	  "立即生效：该工作站不能再同步，它已存的记录保留。", "It takes effect at once: the node syncs no more; what it stored stays.", none, NULL },
	{ "places", cmd_places, NEEDS_NODE, 1, 1, "FILE.csv", "（省平台）导入区划代码表", "(hub) import the table of divisions",
	  "文件的列：code,name,level；级别必须与代码相符。", "Columns of the file: code,name,level; the level must fit the code.", options_places, NULL },
	{ "backup", cmd_backup, 0, 1, 1, "DIR", "备份本机的全部数据，不用停机", "back up all of this node while it runs",
	  "备份的是同一时刻的全部数据：开始前已告知“已保存”的都在里面。写完并核对无误后才叫 DIR，在此之前叫 DIR.part；DIR 不能已经存在。只有 root 和运行 bangfud 的用户可以备份。"
	  "备份里有居民信息和本机密钥，请像本机一样妥善保管，放在另一块盘上。加 --check 则核对已有的备份：是谁的、到什么时候、有多少条、有没有不符。",
	  "What is copied is of one moment: all that was told as saved before it began is in it. It is called DIR when it is written and verified, and DIR.part until "
	  "then; DIR must not exist. Only root and the user that runs bangfud may do it. A backup holds citizens' data and this node's key: keep it as the node itself "
	  "is kept, on another disk. With --check one that was made is verified: whose it is, up to when, how many entries, and whether anything differs.", options_backup, NULL },
	{ "restore", cmd_restore, 0, 0, 1, "[BACKUP]", "把备份放回数据目录", "put a backup back into a data directory",
	  "先核对备份，再整个抄到数据目录；bangfud 必须先停掉。省平台恢复后第一次启动会自动声明恢复（不必加 --restored），并且只听 127.0.0.1：先把备份之后停用过的工作站再停用一遍，"
	  "再用 bangfu restore --open 让工作站进来。备份之后工作站送来的记录会由各站自动补送；省平台自己记的不会。",
	  "BACKUP is verified and then copied as a whole to the data directory, whose bangfud must be stopped. A hub that is started on it declares the restore by itself (--restored "
	  "is not needed) and listens on 127.0.0.1 alone: revoke again what was revoked since the backup, then let stations in with bangfu restore --open. What stations "
	  "sent after the backup they send again by themselves; what the hub recorded itself is lost.", options_restore, NULL },
	{ "schema", cmd_schema, READ, 0, 1, "[KIND]", "各种记录的全部字段和代码", "every kind's fields and code lists", "", "", none, NULL },
	{ "methods", cmd_methods, NEEDS_NODE | READ, 0, 0, "", "本机接口的全部方法", "the methods of the local interface", "", "", none, NULL },
	{ "counters", cmd_counters, NEEDS_NODE | READ, 0, 0, "", "运行计数", "the running counters", "", "", none, NULL },
	{ "completion", cmd_completion, SECRET_WORDS, 1, 4, SHELLS, "输出命令补全脚本", "print a completion script",
	  "用安装包装的已经有了。否则：bash 在 ~/.bashrc 里写 source <(bangfu completion bash)；zsh 在 ~/.zshrc 里写 source <(bangfu completion zsh)；"
	  "fish：bangfu completion fish > ~/.config/fish/completions/bangfu.fish。",
	  "A package has it installed. Else: bash, in ~/.bashrc: source <(bangfu completion bash); zsh, in ~/.zshrc: source <(bangfu completion zsh); "
	  "fish: bangfu completion fish > ~/.config/fish/completions/bangfu.fish.", none, NULL },
	{ "help", cmd_help, READ | FOLDED, 0, 1, "[VERB]", "显示帮助", "show help", "", "", options_help, NULL },
	{ "version", cmd_version, 0, 0, 0, "", "显示版本", "show the version", "", "", none, NULL },
};
/* clang-format on */

enum { FIXED_COUNT = sizeof(fixed) / sizeof(fixed[0]) };

static bool dim_at(size_t index, struct option *out);
static void option_of_field(const struct field *field, struct option *out);
static const char *placeholder(const struct field *field);

bool command_at(size_t index, struct command *out)
{
	if (index < FIXED_COUNT) {
		*out = fixed[index];
		return true;
	}
	index -= FIXED_COUNT;
	for (size_t i = 0;; i++) {
		const struct kind *k = kind_at(i);
		if (k == NULL)
			return false;
		if (k->id == KIND_VOID || index-- > 0)
			continue;
		*out = (struct command){
			.name = k->name,
			.run = cmd_log,
			.flags = NEEDS_NODE,
			.words = "",
			.zh = k->zh,
			.en = k->en,
			.more_zh =
			    "缺少必填项而在终端上时会逐项询问，每答一项当场核对，不对就再问这一项。"
			    "姓名、证件号码、电话、账号等个人信息"
			    "请写成 "
			    "-，程序会询问（不是终端时每项读标准输入的一行），不会出现在命令行里。",
			.more_en = "On a terminal what is required and missing is asked for, and "
				   "each answer is checked at once. Write "
				   "- for a name, an ID, a phone or an account number: it is "
				   "asked for (or a line of standard input each, when that is no "
				   "terminal) and is never among the arguments.",
			.options = k->versioned ? options_log_versioned : options_log,
			.kind = k,
		};
		return true;
	}
}

bool command_find(const char *name, struct command *out)
{
	for (size_t i = 0; command_at(i, out); i++) {
		if (strcmp(out->name, name) == 0)
			return true;
		if (out->kind != NULL && strcmp(out->kind->zh, name) == 0)
			return true;
	}
	memset(out, 0, sizeof(*out));
	return false;
}

bool command_option(const struct command *cmd, size_t index, struct option *out)
{
	if (cmd != NULL) {
		for (const struct option *o = cmd->options; o != NULL && o->name != NULL; o++) {
			*out = *o;
			if (index-- == 0)
				return true;
		}
		if (cmd->kind != NULL && index < cmd->kind->count) {
			option_of_field(&cmd->kind->fields[index], out);
			return true;
		}
		index -= cmd->kind != NULL ? cmd->kind->count : 0;
		for (size_t i = 0; (cmd->flags & TAKES_DIMS) != 0 && dim_at(i, out); i++) {
			if (index-- == 0)
				return true;
		}
	}
	if (index >= sizeof(options_global) / sizeof(options_global[0]) - 1)
		return false;
	*out = options_global[index];
	return true;
}

/* The dimension fields of all kinds, each name once. */
static bool dim_at(size_t index, struct option *out)
{
	const char *seen[KIND_MAX * DIMS_MAX];
	size_t count = 0;

	for (size_t i = 0; kind_at(i) != NULL; i++) {
		const struct kind *k = kind_at(i);
		for (size_t d = 0; d < DIMS_MAX; d++) {
			const struct field *field = field_by_tag(k, k->dims[d]);
			bool again = k->dims[d] == 0 || field == NULL;
			for (size_t s = 0; !again && s < count; s++)
				again = strcmp(seen[s], field->name) == 0;
			if (again || count == KIND_MAX * DIMS_MAX)
				continue;
			if (count == index) {
				option_of_field(field, out);
				return true;
			}
			seen[count++] = field->name;
		}
	}
	return false;
}

static void option_of_field(const struct field *field, struct option *out)
{
	*out = (struct option){
		.name = field->name,
		.value = placeholder(field),
		.zh = field->zh,
		.en = field->en,
		.field = field,
	};
}

static const char *placeholder(const struct field *field)
{
	switch ((enum field_type)field->type) {
	case T_DIVISION:
		return "区划 place";
	case T_DAY:
		return "2026-11-23";
	case T_FEN:
		return "元 yuan";
	case T_COUNT:
		return "数 number";
	case T_MINUTES:
		return (field->flags & F_CLOCK) != 0 ? "9:30|下午2点" : "90|1:30|1.5h";
	case T_CODE:
	case T_CODES:
		return "词 word";
	case T_BOOL:
		return "是|否";
	case T_ID:
	case T_PHONE:
	case T_BANK:
		return "号码 number";
	case T_REF:
	case T_REFS:
		return "编号 number";
	case T_ACCOUNT:
		return "账户 account";
	case T_TEXT:
		break;
	}
	return "文字 text";
}

bool command_option_find(const struct command *cmd, const char *name, struct option *out)
{
	for (size_t i = 0; command_option(cmd, i, out); i++) {
		if (strcmp(out->name, name) == 0)
			return true;
	}
	if (cmd == NULL || cmd->kind == NULL)
		return false;
	const struct field *field = field_by_name(cmd->kind, bytes_str(name));
	if (field == NULL)
		return false;
	option_of_field(field, out);
	return true;
}

const char *command_nearest_verb(const char *typed)
{
	struct near n = { .typed = typed };
	struct command cmd;

	for (size_t i = 0; command_at(i, &cmd); i++)
		near_try(&n, cmd.name);
	return near_best(&n);
}

const char *command_nearest_option(const struct command *cmd, const char *typed)
{
	struct near n = { .typed = typed };
	struct option o;

	for (size_t i = 0; command_option(cmd, i, &o); i++)
		near_try(&n, o.name);
	return near_best(&n);
}
