/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c -- the rows of command.h. Texts here are help; sentences about faults are in the
 * catalogue. */
#include "client/command.h"

#include <string.h>

#include "client/shells.h"
#include "protocol/near.h"

/* clang-format off */
static const struct option none[] = { { .name = NULL } };

static const struct option options_status[] = {
	{ "check", NULL, "只输出一行，供监控程序用；返回 0 正常、1 注意、2 严重、3 不知道", "one line for a monitor, and the exit code: 0 well, 1 warn, 2 critical, 3 unknown", NULL },
	{ .name = NULL },
};
static const struct option options_import[] = {
	{ "encoding", "utf-8|gb18030", "文件的编码；不写则自动识别", "the file's encoding; found out when left out", NULL },
	{ "rest", NULL, "跳过不对的行，导入其余各行", "leave out wrong rows, import the others", NULL },
	{ "check", NULL, "只检查，不保存", "check only, save nothing", NULL },
	{ .name = NULL },
};
static const struct option options_void[] = {
	{ "reason", "文字 text", "作废的原因；在终端上不写则询问", "why it is void; asked for on a terminal", NULL },
	{ .name = NULL },
};
static const struct option options_undo[] = {
	{ "reason", "文字 text", "作废的原因，默认：录错", "why it is void; entered by mistake when left out", NULL },
	{ "yes", NULL, "不询问，直接撤销（不在终端上时必须写）", "do not ask; needed where there is no terminal", NULL },
	{ .name = NULL },
};
static const struct option options_edit[] = {
	{ "reason", "文字 text", "更正的原因", "why it is corrected", NULL },
	{ "check", NULL, "只检查，不保存", "check only, save nothing", NULL },
	{ .name = NULL },
};
/* Which days: the same for whatever is asked. */
#define PERIODS \
	{ "day", "2026-11-27", "只看这一天：今天、昨天、3号、2026-11-27", "this day only: today, yesterday, 2026-11-27", NULL }, \
	{ "week", "2026-11-27", "只看这一周：本周、上周，或其中一天的日期", "this week only: this-week, last-week, or the date of a day in it", NULL }, \
	{ "month", "2026-11", "只看这个月：2026-11、本月、上月", "this month only: 2026-11, this-month, last-month", NULL }, \
	{ "from", "2026-11-01", "从这一天（或这一周、月、年）起", "from this day, week, month or year on", NULL }, \
	{ "to", "2026-11-30", "到这一天（或这一周、月、年）止", "up to and with this day, week, month or year", NULL },
static const struct option options_total[] = {
	{ "kind", "fund|aid|visit|…", "统计哪一种记录，默认 fund（资金）", "which kind of record; fund when left out", NULL },
	{ "by", "month,place,…", "按月（month）、周（week）、天（day）、下级地区（place）、资金渠道等分行", "a row for each month, week, day, place below, channel, …", NULL },
	PERIODS
	{ "list", NULL, "再列出合计背后的每条记录", "also list the entries behind the figure", NULL },
	{ .name = NULL },
};
static const struct option options_list[] = {
	{ "kind", "fund|aid|visit|…", "列出哪一种记录，默认 visit（走访）", "which kind of record; visit when left out", NULL },
	PERIODS
	{ "about", "户编号 number", "只列与这一户有关的（户编号，或记录号）", "only what concerns this household (its number, or a ref)", NULL },
	{ "limit", "100", "最多列几条；不写时表格列最近的 100 条，csv 和 json 列出全部", "how many at most; when left out a table has the latest 100, csv and json have all", NULL },
	{ "each", "household", "一条记录写了几个户的，每户一行（表格和 csv）；金额等重复，合计时只算“第几个”为 1 的行", "a row for each household that an entry names (table and csv); amounts repeat: add up only the rows whose part is 1", NULL },
	{ "after", "REF", "接着这一条记录往下列", "go on behind this entry", NULL },
	{ "last", "10", "只列最近的几条，日期近的在前", "only the latest so many, the latest day first", NULL },
	{ "voided", NULL, "也列出已作废的", "also those that were voided", NULL },
	{ "flagged", "[=RULE]", "只列出可能记错的，不写 --kind 则列各种记录；可写明哪一种提示，如 --flagged=over-balance", "only what may be wrong, of every kind when --kind is left out; or one warning, as in --flagged=over-balance", NULL },
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
	{ "changes", NULL, "改动全部列出（最近 50 次）", "all changes, the latest 50", NULL },
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
	{ "all", NULL, "列出时连用过的和取消的也列出", "with list: used and cancelled ones too", NULL },
	{ .name = NULL },
};
static const struct option options_revoke[] = {
	{ "yes", NULL, "不再询问", "do not ask", NULL },
	{ .name = NULL },
};
static const struct option options_acts[] = {
	{ "last", "10", "只列最近的几条", "only the latest so many", NULL },
	{ .name = NULL },
};
static const struct option options_nodes[] = {
	{ "trouble", NULL, "只列有问题的", "only those with something wrong", NULL },
	{ "late", "[=48|2026-11-20]", "只列这么多小时内（不写为 48）或这一天以来没有同步过的", "only those not synced for so many hours (48), or since that day", NULL },
	{ "never", NULL, "只列登记后从未同步的", "only those that never synced since enrolment", NULL },
	{ "place", "150722|名称 name", "只列这个地方的", "only those in this place", NULL },
	{ "limit", "100", "最多列几个；不写时表格列最前的 100 个，csv 和 json 列出全部", "how many at most; when left out a table has the first 100, csv and json have all", NULL },
	{ "clear", "ORIGIN|名称 name", "这个工作站的问题已经处理，销去", "what was wrong with this one is dealt with: forget it", NULL },
	{ .name = NULL },
};
static const struct option options_places[] = {
	{ "edition", "2023", "区划代码的版本年份（必填）", "the edition of the codes (required)", NULL },
	{ "diff", NULL, "不导入，只列出新增、改名和没有了的代码", "import nothing; list the codes that are added, renamed or gone", NULL },
	{ "force", NULL, "版本较旧、有外省代码或少了在用的代码也导入", "also an older edition, codes of another province, or without codes that are in use", NULL },
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
	{ "like", "REF", "照这一条再记一条：没有写的各项与它相同，日期除外", "one more like this entry: what is not given is as there, but for the day", NULL },
	{ "again-as", "REF", "更正这一条：作废它并按所写的重记，一步完成（同 edit）", "correct this entry: void it and record it anew in one step (as edit does)", NULL },
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
	{ "format", "table|json|csv", "输出格式（status 还有 openmetrics）", "form of the output (status has openmetrics too)", NULL },
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
	{ "status", cmd_status, READ | MEASURES, 0, 0, "", "本机保存了什么、省平台存了什么、有什么问题",
	  "what is saved here, what the hub has stored, and what is wrong",
	  "用平常话说明：本机已保存多少条，省平台已存多少条，还有多少条等待同步，上次和下次同步的时间；有问题时说明怎么办。--check 供监控程序用：只一行，返回码 0 正常，1 注意，2 严重，3 程序没有回答；--format openmetrics 是给 Prometheus 一类系统的数字，不含个人信息。",
	  "In plain words: how many entries are saved here, how many the hub has stored, how many wait, when the last sync was and "
	  "when the next one is; and what to do when something is wrong. --check is for a monitor: one line, exit code 0 well, 1 warn, 2 critical, 3 no answer. "
	  "--format openmetrics gives the figures to Prometheus and its like; nothing personal is among them.", options_status, NULL },
	{ "import", cmd_import, NEEDS_NODE, 1, 1, "FILE.csv", "从 CSV 导入户和人（全国系统导出的列名）",
	  "import households and members from a CSV with the national export's headings",
	  "整个文件作为一体检查，全部正确才保存；有错时说明行、列和原因（同样的问题只说一次，--format csv 逐行列出），什么也不保存。加 --rest 则跳过错的行，跳过的行不留下任何内容。"
	  "一个人只能在一户：文件里同一个证件号码出现在两户，或与已登记的户不同，都不导入这一行；确实迁户的，用 bangfu member --subject 证件号码 "
	  "--household 新户编号 记下。同一文件再导一遍不会重复。一次最多 200000 行。",
	  "The file is checked as one whole and saved only when every row is right; else each fault is named once with line, column and how many rows "
	  "have it (--format csv lists row by row), and nothing is saved. With --rest wrong rows are left out and leave nothing behind. A person belongs to one household: a row with an "
	  "ID number that stands in another household, in the file or here, is wrong; who has moved is recorded with bangfu member --subject ID "
	  "--household NEW-NUMBER. Importing the same file again changes nothing. At most 200,000 rows at once.", options_import, NULL },
	{ "void", cmd_void, NEEDS_NODE, 0, 1, "[REF]", "作废一条记录（保留原文，注明原因）", "make an entry void (it is kept, with the reason)",
	  "作废的记录不再计入合计，仍可用 list --voided 查看。REF 是记录号；也可只写末尾的数字，如 57（本机只有一本记录时），或写 last、上一条：您自己在本机记的最后一条。"
	  "在终端上没有写的会询问，作废前先显示是哪一条。记错了要改的用 bangfu edit，一步完成。",
	  "A void entry no longer counts; list --voided still shows it. REF is the entry's ref, or the number at its end, like 57, where one log has it, or last: your "
	  "own latest entry of this node. On a terminal what is missing is asked for, and the entry is shown before. To correct one use bangfu edit: one step.",
	  options_void, NULL },
	{ "undo", cmd_undo, NEEDS_NODE, 0, 0, "", "撤销：作废您自己在本机记的最后一条", "make your own latest entry of this node void",
	  "先显示是哪一条，答“是”才作废；再 undo 一次就是再前一条。别人用同一台电脑记的不会动。撤销的若是一次修改或更正，则恢复到之前的内容（更正再 undo 一次又回到更正后；不要这一条了用 void）。",
	  "The entry is shown and made void after a yes; undo once more goes on to the one before. What others recorded on this machine is left alone. Undoing a change "
	  "or a correction brings back what was there before it (undo of a correction twice is the corrected one again; to be rid of it use void).", options_undo, NULL },
	{ "edit", cmd_edit, NEEDS_NODE | TAKES_FIELDS, 0, 1, "[REF]", "更正一条走访、帮扶、服务、资金或活动", "correct a visit, aid, service, fund or activity",
	  "作废原来的一条并重新记下，一步完成，停电也不会只做一半；前后两条都会显示，改了的标有 *。写了选项就只改那几项；一项也不写则在终端上逐项询问，回车不改。"
	  "REF 的写法见 bangfu help void，各项见 bangfu help visit 等。户和人不用 edit：bangfu household --subject 编号。",
	  "The entry is made void and recorded anew in one step, which no power cut can halve; both are shown, what differs is marked with *. Only what is given changes; "
	  "with no option each field is asked for on a terminal, and Enter keeps what stands. For REF see bangfu help void, for the fields bangfu help visit and so on. "
	  "Households and members are changed with bangfu household --subject NUMBER.", options_edit, NULL },
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
	  "记录可写记录号、末尾的数字（如 57）或 last、上一条。户显示为一张卡：现在的情况、家庭成员和年龄、最近的走访和帮扶、资金、谁改了什么；人显示现在的情况和与之有关的记录。姓名、证件号码等只显示一部分。证件号码请写成 -，程序会询问，不会出现在命令行里。",
	  "An entry is shown by its ref, the number at its end, like 57, or last. A household is a card: what it is now, its members and their ages, the last visits and aid, money, who changed what. "
	  "A member is shown as it is now, with what concerns it. Names and numbers are masked. Write - for an ID number: "
	  "it is asked for and is never among the arguments.", options_show, NULL },
	{ "total", cmd_total, NEEDS_NODE | TAKES_DIMS | READ, 0, 1, "[PLACE]", "统计合计：按地区、月份、渠道等", "totals by place, month, channel and more",
	  "地点可写区划代码（2、4、6、9、12 位）或名称（写开头两个字以上也行），不写则为本机所管的地方。资金按下达、支出等各自合计，互不相加。加 --list 列出合计背后的记录，并与合计核对。",
	  "PLACE is a code of 2, 4, 6, 9 or 12 digits, or a name or its beginning; this node's own area when left out. Funds have a figure "
	  "for each movement, which are never added. With --list the entries behind the figures follow and are compared with them.", options_total, NULL },
	{ "balance", cmd_balance, NEEDS_NODE | SECRET_WORDS | READ, 1, 1, "ACCOUNT", "一个资金账户的收、支、余额", "what an account took in, paid out and holds",
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
	{ "token", cmd_token, NEEDS_NODE, 0, 2, "[list|cancel ID|PLACE]", "（省平台）发、列出、取消一次性登记码", "(hub) make, list or cancel one-time enrolment tokens",
	  "不写词则发一个新的，要写 --division。已登记的工作站也可以再发一个同一地点的：它用 bangfu enrol - 登记后改用其中的新地址，名称不变，不必先停用。"
	  "list 列出还没用过的：编号、地点、谁什么时候发的、到什么时候为止（加 --all 连用过的、取消的一起列）；登记码本身不再显示。cancel 按编号或地点取消一个还没用过的。",
	  "Without a word a new one is made, for --division. A station that is enrolled may be given another one of its place: with bangfu enrol - it takes the new address in it and keeps its "
	  "name, and need not be revoked first. list shows those that were not used: number, place, by whom and when they were made, until when they are good (with --all used and cancelled ones too), "
	  "never the token itself. cancel makes one that was not used good for nothing, by its number or place.", options_token, NULL },
	{ "nodes", cmd_nodes, NEEDS_NODE | READ, 0, 0, "", "（省平台）列出工作站，问题最重的在前", "(hub) list the enrolled nodes, the worst first",
	  "次序：两份记录（同一份数据在两台电脑上用）、退回旧数据、同步出错（要人处理的）、两天以上没同步、从未同步、上次同步的时间在现在之后、内容不合格式、时钟不准；然后是好的，最后是已停用的。“未送”是它上次来时有而省平台"
	  "还没有的条数；不知道的空着。两份记录和退回旧数据不会自己消失（那一份可能照常同步），处理完后用 --clear 销去；再出现会重新报告。",
	  "In this order: forked (one set of data used on two machines), set back to an older copy, failing (by what somebody must mend), silent for over two days, never synced, last seen after now, "
	  "malformed entries, clock off; then those that are well, and revoked ones last. Unsent is what a node had when it was heard last and is not stored here; what is unknown stays empty. Forked and set back "
	  "do not end by themselves (the other copy may go on syncing): when it is dealt with, --clear it; it is told anew when it is met again.", options_nodes, NULL },
	{ "revoke", cmd_revoke, NEEDS_NODE, 1, 1, "NAME|PLACE|ORIGIN", "（省平台）停用一个工作站", "(hub) revoke a node",
	  "写名称、地点或编号（开头几位也行）；指的不止一个时全部列出，一个也不停用。在终端上先显示是哪一个，再问一次。立即生效：该工作站不能再同步，它已存的记录保留。",
	  "By its name, its place or its number (or how that begins); when several are meant they are listed and none is revoked. On a terminal the node is shown first, and asked about. "
	  "It takes effect at once: the node syncs no more; what it stored stays.", options_revoke, NULL },
	{ "acts", cmd_acts, NEEDS_NODE | READ, 0, 0, "", "管理操作：谁在什么时候做了什么", "acts of administration: who did what, and when",
	  "发登记码、取消、登记、改地址、停用、重新启用、导入区划表、恢复、备份，最近的在前。人是登录名；空着的是工作站自己或启动时。",
	  "Tokens made and cancelled, enrolments, new addresses, revocations, reinstatements, tables of divisions, restores and backups, the latest first. Who is a login; empty is the station "
	  "itself, or a start.", options_acts, NULL },
	{ "places", cmd_places, NEEDS_NODE, 1, 1, "FILE.csv", "（省平台）导入区划代码表", "(hub) import the table of divisions",
	  "文件的列：code,name,level；级别必须与代码相符。新的版本要整张导入：文件里没有的代码算作没有了，旧记录仍留在原来的代码下，代码和名称也还查得到。版本与现有的相同则只是补充或更正。先用 --diff 看一遍。",
	  "Columns of the file: code,name,level; the level must fit the code. A new edition is imported whole: a code that is not in the file is gone, but old records stay under it and it "
	  "can still be looked up. A file of the present edition only adds to it or mends it. Look with --diff first.", options_places, NULL },
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
static const struct field *field_at(size_t index);
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
			    "缺少必填项而在终端上时会逐项询问（标“询问”的项也一起问），每答一项当场"
			    "核对，"
			    "不对就再问这一项；必填项都写在命令行里了就直接保存，不再询问。"
			    "姓名、证件号码、电话、账号等个人信息"
			    "请写成 "
			    "-，程序会询问（不是终端时每项读标准输入的一行），不会出现在命令行里。",
			.more_en = "On a terminal what is required and missing is asked for, with "
				   "the fields marked so; when all that is required is given, the "
				   "entry is saved at once and nothing is asked. In the first case "
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

/* What fixed verbs are called in Chinese; the others are called as their kinds are. */
static const struct {
	const char *zh, *name;
} called[] = { { "作废", "void" }, { "撤销", "undo" }, { "更正", "edit" } };

bool command_find(const char *name, struct command *out)
{
	for (size_t i = 0; i < sizeof(called) / sizeof(called[0]); i++)
		if (strcmp(called[i].zh, name) == 0)
			name = called[i].name;
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
		for (size_t i = 0; (cmd->flags & TAKES_FIELDS) != 0 && field_at(i) != NULL; i++) {
			option_of_field(field_at(i), out);
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

/* Corrected by a void and a new entry, and not by a change. */
static bool made_anew(const struct kind *k)
{
	return kind_counts(k) && k->versioned == 0;
}

/* The first kind that is made anew and has a field so called. */
static const struct field *first_field(const char *name)
{
	const struct kind *k;

	for (size_t i = 0; (k = kind_at(i)) != NULL; i++) {
		const struct field *field = made_anew(k) ? field_by_name(k, bytes_str(name)) : NULL;

		if (field != NULL)
			return field;
	}
	return NULL;
}

/* The fields of all kinds that are made anew, each name once; NULL past the end. */
static const struct field *field_at(size_t index)
{
	const struct kind *k;

	for (size_t i = 0; (k = kind_at(i)) != NULL; i++)
		for (size_t n = 0; made_anew(k) && n < k->count; n++)
			if (first_field(k->fields[n].name) == &k->fields[n] && index-- == 0)
				return &k->fields[n];
	return NULL;
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
	case T_DECIMAL:
		return "85.5";
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
	case T_EACH:
		return "编号=内容 NUMBER=…";
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
	if (cmd == NULL)
		return false;
	const struct field *field = cmd->kind != NULL ? field_by_name(cmd->kind, bytes_str(name))
				    : (cmd->flags & TAKES_FIELDS) != 0 ? first_field(name)
								       : NULL;
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
