/* SPDX-License-Identifier: Apache-2.0 */
/* kinds.c -- the table of kinds and their fields. To add a field, add a row with the next free tag.
 *
 * Rows stand in the order of their tags, which is the order on the wire. A bound here may be
 * widened later (hubs first), never narrowed: old entries must stay readable. Terms and columns are
 * those of the national registry's export where it has one. */
#include "codes.h"
#include "money.h"

/* clang-format off */
/* One row each; what a type does not need is filled in here. Bounds of text are bytes. */
#define TEXT(tag, flags, name, zh, column, max, en) { tag, T_TEXT, flags, name, zh, column, NULL, 0, 1, max, en }
/* A number by which people call something; of kind `of` it is the name by which it is found. */
#define KEY(tag, flags, name, zh, column, of, max, en) { tag, T_TEXT, F_KEY | (flags), name, zh, column, NULL, of, 1, max, en }
#define PLACE(tag, flags, name, zh, column, en) { tag, T_DIVISION, flags, name, zh, column, NULL, 0, 0, 0, en }
#define DAY(tag, flags, name, zh, column, en) { tag, T_DAY, flags, name, zh, column, NULL, 0, 0, 0, en }
#define FEN(tag, flags, name, zh, column, min, en) { tag, T_FEN, flags, name, zh, column, NULL, 0, min, FEN_MAX, en }
#define COUNT(tag, flags, name, zh, column, min, max, en) { tag, T_COUNT, flags, name, zh, column, NULL, 0, min, max, en }
/* `max` is in whole ones, of which the field has hundredths. */
#define DECIMAL(tag, flags, name, zh, column, unit, max, en) { tag, T_DECIMAL, flags, name, zh, column, NULL, unit, 0, INT64_C(100) * (max), en }
#define MINUTES(tag, flags, name, zh, column, min, max, en) { tag, T_MINUTES, flags, name, zh, column, NULL, 0, min, max, en }
#define CODE(tag, flags, name, zh, column, list, en) { tag, T_CODE, flags, name, zh, column, &list_##list, 0, 0, 0, en }
#define CODES(tag, flags, name, zh, column, list, en) { tag, T_CODES, flags, name, zh, column, &list_##list, 0, 0, 0, en }
#define BOOL(tag, flags, name, zh, column, en) { tag, T_BOOL, flags, name, zh, column, NULL, 0, 0, 0, en }
#define ID(tag, flags, name, zh, column, en) { tag, T_ID, F_PERSONAL | (flags), name, zh, column, NULL, 0, 18, 22, en }
#define PHONE(tag, name, zh, column, en) { tag, T_PHONE, F_PERSONAL, name, zh, column, NULL, 0, 7, 16, en }
#define BANK(tag, name, zh, column, en) { tag, T_BANK, F_PERSONAL, name, zh, column, NULL, 0, 8, 32, en }
#define REF(tag, flags, name, zh, column, kind, en) { tag, T_REF, flags, name, zh, column, NULL, kind, 0, 0, en }
#define REFS(tag, flags, name, zh, column, kind, en) { tag, T_REFS, flags, name, zh, column, NULL, kind, 1, FIELD_REFS_MAX, en }
#define ACCOUNT(tag, flags, name, zh, column, en) { tag, T_ACCOUNT, flags, name, zh, column, NULL, 0, 0, 0, en }
/* What the field `value` says, for each of the refs in the field `refs`: NUMBER=VALUE. */
#define EACH(tag, name, zh, refs, value, en) { tag, T_EACH, 0, name, zh, NULL, NULL, refs, value, 0, en }

/* A personal name. */
#define NAMED (F_PERSONAL | F_NAME)
/* The three that most kinds begin with. */
#define HERE(tag) PLACE(tag, F_REQUIRED | F_DEFAULT_HERE, "division", "行政区划", NULL, "where: code or name of the division")
#define TODAY(tag) DAY(tag, F_REQUIRED | F_DEFAULT_TODAY | F_NOT_LATER, "day", "日期", NULL, "the day it happened")
#define NOTE(tag) TEXT(tag, 0, "note", "备注", NULL, 600, "anything else worth keeping")

enum { YEAR_MIN = 1980, YEAR_MAX = 2100, DAY_MINUTES = 1440 };

static const struct field household_fields[] = {
	KEY(1, F_REQUIRED, "number", "户编号", "户编号", KIND_HOUSEHOLD, 32, "number of the household"),
	PLACE(2, F_REQUIRED | F_DEFAULT_HERE, "division", "行政区划", "村", "its village: code or name"),
	TEXT(3, 0, "group", "村民小组", "村民小组", 96, "group or hamlet within the village"),
	TEXT(4, NAMED | F_ASKED, "head", "户主姓名", "户主姓名", 96, "name of the head of the household"),
	ID(5, 0, "head-id", "户主证件号码", "户主证件号码", "ID of the head of the household"),
	PHONE(6, "phone", "户联系电话", "户联系电话", "telephone of the household"),
	TEXT(7, 0, "bank-name", "开户银行", "开户银行", 120, "bank of the account"),
	BANK(8, "bank-account", "银行账号", "银行账号", "bank account of the household"),
	CODE(9, 0, "standard", "识别标准", "识别标准", standard, "by which standard it was registered"),
	CODE(10, 0, "type", "户类型", "户类型", household_type, "type of household"),
	CODE(11, 0, "monitor", "监测对象类别", "监测对象类别", monitor, "class of monitoring, if monitored"),
	DAY(12, F_NOT_LATER, "identified", "首次识别时间", "首次识别时间", "day it was first registered as poor or at risk"),
	DAY(13, F_NOT_LATER, "risk-found", "风险识别时间", "风险识别时间", "day the risk was found"),
	CODE(14, 0, "risk-state", "风险是否消除", "风险是否消除", risk_state, "whether the risk is cleared"),
	DAY(15, F_NOT_LATER, "risk-cleared", "风险消除时间", "风险消除时间", "day the risk was cleared"),
	CODE(16, 0, "cause", "主要致贫原因", "致贫原因1", cause, "main cause of poverty"),
	CODES(17, 0, "other-causes", "其他致贫原因", "其他致贫原因", cause, "further causes, at most two"),
	CODES(18, 0, "risks", "致贫返贫风险", "致贫/返贫风险", risk, "risks of falling back, at most five"),
	COUNT(19, 0, "members", "人数", "人数", 0, 99, "people in the household"),
	BOOL(20, 0, "safe-water", "是否解决安全饮用水", "是否解决安全饮用水", "has safe drinking water"),
	BOOL(21, 0, "power", "是否通生活用电", "是否通生活用电", "has electricity"),
	BOOL(22, 0, "unsafe-house", "是否危房户", "危房户", "lives in an unsafe house"),
	CODE(23, 0, "house-grade", "房屋等级", "房屋等级", house_grade, "safety grade of the house, A to D"),
	COUNT(27, 0, "road-m", "与村主干路距离", "与村主干路距离", 0, 1000000, "metres to the village's main road"),
	COUNT(28, 0, "income-year", "收入年度", "收入年度", YEAR_MIN, YEAR_MAX, "year of the incomes below"),
	FEN(29, 0, "wage-income", "工资性收入", "工资性收入", 0, "the household's wages in that year"),
	FEN(30, 0, "business-income", "生产经营性收入", "生产经营性收入", 0, "from farming, herding and trade"),
	FEN(31, 0, "property-income", "财产性收入", "财产性收入", 0, "from rent, land and shares"),
	FEN(32, 0, "transfer-income", "转移性收入", "转移性收入", 0, "from subsidies, pensions and gifts"),
	FEN(33, 0, "business-cost", "生产经营性支出", "生产经营性支出", 0, "what the business cost"),
	DAY(34, F_REQUIRED | F_DEFAULT_TODAY | F_NOT_LATER, "registered", "登记日期", NULL, "day it was entered here"),
	NOTE(35),
	DECIMAL(36, 0, "housing-area", "住房面积", "住房面积", UNIT_SQUARE_METRE, 100000, "housing area in square metres, two decimals"),
	DECIMAL(37, 0, "farmland", "耕地面积", "耕地面积", UNIT_MU, 100000, "farmland in mu, two decimals"),
	DECIMAL(38, 0, "woodland", "林果面积", "林果面积", UNIT_MU, 100000, "orchard and woodland in mu, two decimals"),
};
/* Whole square metres and mu. */
static const struct older household_older[] = {
	{ 24, 36, 0, 100000, 100 }, { 25, 37, 0, 100000, 100 }, { 26, 38, 0, 100000, 100 },
};

static const struct field member_fields[] = {
	REF(1, F_REQUIRED, "household", "所在户", "户编号", KIND_HOUSEHOLD, "the household: its number"),
	PLACE(2, F_REQUIRED | F_DEFAULT_HERE, "division", "行政区划", "村", "the village: code or name"),
	DAY(3, F_REQUIRED | F_DEFAULT_TODAY | F_NOT_LATER, "registered", "登记日期", NULL, "day entered here"),
	KEY(4, 0, "number", "人口编号", "人口编号", 0, 32, "number of the person"),
	TEXT(5, F_REQUIRED | NAMED, "name", "姓名", "姓名", 96, "name"),
	CODE(6, 0, "sex", "性别", "性别", sex, "sex; read from the ID when not given"),
	DAY(7, F_PERSONAL | F_NOT_LATER, "birth", "出生日期", "出生日期", "birthday; read from the ID when not given"),
	CODE(8, 0, "document", "证件类型", "证件类型", document, "type of document"),
	ID(9, F_ASKED, "id", "证件号码", "证件号码", "ID number, or disability card number"),
	CODE(10, 0, "people", "民族", "民族", people, "ethnic group"),
	PHONE(11, "phone", "成员联系电话", "成员联系电话", "telephone"),
	COUNT(12, 0, "year", "年度", "年度", YEAR_MIN, YEAR_MAX, "year these facts are of"),
	CODE(13, F_ASKED, "relation", "与户主关系", "与户主关系", relation, "relation to the head of the household"),
	CODE(14, 0, "education", "文化程度", "文化程度", education, "schooling finished; not for pupils"),
	CODE(15, 0, "student", "在校生状况", "在校生状况", student, "class attended; only for pupils"),
	CODE(16, 0, "labour", "劳动技能", "劳动技能", labour, "ability to work"),
	COUNT(17, 0, "work-months", "务工时间", "务工时间（月）", 0, 12, "months worked away this year"),
	CODES(18, 0, "health", "健康状况", "健康状况", health, "state of health; several may be given"),
	CODE(19, 0, "politics", "政治面貌", "政治面貌", politics, "political status"),
	TEXT(20, 0, "employer", "务工企业名称", "务工企业名称", 200, "employer"),
	BOOL(21, 0, "low-income", "是否享受低保", "是否享受低保", "receives the low-income allowance"),
	BOOL(22, 0, "worker-pension", "是否参加城镇职工基本养老保险", "是否参加城镇职工基本养老保险", "in the employees' pension scheme"),
	BOOL(23, 0, "illness-insurance", "是否参加大病保险", "是否参加大病保险", "in the serious-illness insurance"),
	BOOL(24, 0, "resident-medical", "是否参加城乡居民基本医疗保险", "是否参加新型农村合作医疗（城乡居民基本医疗保险）", "in the residents' medical insurance"),
	BOOL(25, 0, "resident-pension", "是否参加城乡居民基本养老保险", "是否参加城乡居民基本养老保险", "in the residents' pension scheme"),
	TEXT(26, 0, "dropout", "失学或辍学原因", "失学或辍学原因", 120, "why out of school"),
	BOOL(27, 0, "mandarin", "是否会讲普通话", "是否会讲普通话", "speaks standard Chinese"),
	BOOL(28, 0, "commercial-medical", "是否参加商业补充医疗保险", "是否参加商业补充医疗保险", "has commercial medical insurance"),
	BOOL(29, 0, "abroad", "是否国外务工", "是否国外务工", "works abroad"),
	TEXT(30, 0, "industry", "产业分类", "产业分类", 96, "industry worked in"),
	BOOL(31, 0, "illness-aid", "是否接受大病医疗救助", "是否接受大病医疗救助", "received serious-illness aid"),
	BOOL(32, 0, "health-aid", "是否接受其他健康扶贫", "是否接受其他健康扶贫", "received other health aid"),
	TEXT(33, 0, "post", "公益性岗位类型", "公益性岗位类型", 96, "public-service post held"),
	COUNT(34, 0, "post-months", "公益性岗位月数", "公益性岗位(月数)", 0, 12, "months in that post this year"),
	TEXT(35, 0, "work-channel", "就业渠道", "就业渠道", 96, "how the work was found"),
	CODE(36, 0, "disability", "残疾类别", "残疾类别", disability, "kind of disability"),
	CODE(37, 0, "work-area", "务工区域", "务工所在地", work_area, "where the work is"),
	BOOL(38, 0, "worker-medical", "是否参加城镇职工基本医疗保险", "是否参加城镇职工基本医疗保险", "in the employees' medical insurance"),
	BOOL(39, 0, "destitute", "是否特困供养人员", "是否特困供养人员", "is supported as destitute"),
	COUNT(40, 0, "disability-year", "残疾证办证年度", "残疾证办证年度", YEAR_MIN, YEAR_MAX, "year of the disability card"),
	KEY(41, F_PERSONAL, "other-document", "其他证件号码", "其他证件号码", 0, 64, "number of a document that is no resident ID"),
	DAY(42, F_NOT_LATER, "left", "减少日期", "减少日期", "day the person left the household or died"),
	NOTE(43),
};

static const struct field visit_fields[] = {
	HERE(1),
	TODAY(2),
	REFS(3, F_REQUIRED, "households", "走访户", NULL, KIND_HOUSEHOLD, "households visited: numbers, separated by commas"),
	TEXT(4, 0, "cadre", "走访干部", NULL, 200, "who visited"),
	MINUTES(5, F_CLOCK, "start", "开始时间", NULL, 0, DAY_MINUTES - 1, "time of day it began, 9:30"),
	MINUTES(6, F_CLOCK, "end", "结束时间", NULL, 0, DAY_MINUTES - 1, "time of day it ended"),
	CODE(7, F_REQUIRED, "purpose", "走访目的", NULL, purpose, "why"),
	TEXT(8, F_ASKED, "seen", "所见", NULL, FIELD_TEXT_MAX, "what was seen and done"),
	FEN(9, 0, "cash-told", "群众自述到账", NULL, 0, "money the household says has arrived"),
	TEXT(10, 0, "needs", "需求", NULL, FIELD_TEXT_MAX, "what they need"),
	EACH(11, "seen-each", "各户所见", 3, 8, "what was seen at one of them: NUMBER=TEXT; the option once for each"),
	EACH(12, "cash-each", "各户自述到账", 3, 9, "money one of them says has arrived: NUMBER=YUAN; the option once for each"),
};

static const struct field fund_fields[] = {
	HERE(1),
	TODAY(2),
	CODE(3, F_REQUIRED, "movement", "资金流转", NULL, movement, "kind of movement"),
	CODE(4, 0, "level", "资金级次", NULL, level, "level of government the money comes from"),
	CODE(5, F_REQUIRED, "channel", "资金渠道", NULL, channel, "channel of the money"),
	ACCOUNT(6, F_REQUIRED, "from", "付方", NULL, "who gives: a division, household:NUMBER, or an outside party"),
	ACCOUNT(7, F_REQUIRED, "to", "收方", NULL, "who receives"),
	FEN(8, F_REQUIRED, "amount", "金额", NULL, 1, "amount in yuan"),
	TEXT(9, F_REQUIRED, "document", "文号或凭证号", NULL, 120, "number of the document or voucher"),
	TEXT(10, 0, "programme", "项目", NULL, 200, "programme or project"),
	NOTE(11),
};

static const struct field aid_fields[] = {
	HERE(1),
	TODAY(2),
	REF(3, F_REQUIRED, "household", "受助户", NULL, KIND_HOUSEHOLD, "the household: its number"),
	CODE(4, F_REQUIRED, "category", "帮扶措施", NULL, category, "kind of measure"),
	CODE(5, 0, "channel", "资金渠道", NULL, channel, "channel of the money"),
	TEXT(6, F_ASKED, "item", "内容", NULL, 200, "what was given or done"),
	TEXT(8, F_ASKED, "unit", "单位", NULL, 32, "of what: bags, sheep, hours"),
	FEN(9, F_ASKED, "amount", "金额", NULL, 0, "value in yuan"),
	TEXT(10, 0, "receipt", "签收凭证", NULL, 120, "receipt or signature"),
	NOTE(11),
	REF(12, 0, "member", "受助人", NULL, KIND_MEMBER, "the person, when it is for one: ID number"),
	DECIMAL(13, F_ASKED, "quantity", "数量", NULL, UNIT_NONE, 1000000000, "how many, two decimals"),
};
static const struct older aid_older[] = { { 7, 13, 0, 1000000000, 100 } };

static const struct field activity_fields[] = {
	HERE(1),
	TODAY(2),
	TEXT(3, F_REQUIRED, "name", "活动名称", NULL, 200, "name of the activity"),
	CODE(4, F_REQUIRED, "category", "活动类别", NULL, activity, "kind of activity"),
	TEXT(5, 0, "place-name", "地点", NULL, 200, "where: school, home for the aged, square"),
	TEXT(6, 0, "team", "志愿服务队", NULL, 200, "team of volunteers"),
	TEXT(7, NAMED, "leader", "负责人", NULL, 96, "who led it"),
	COUNT(8, F_ASKED, "participants", "参与人次", NULL, 0, 1000000, "people who took part"),
	MINUTES(9, F_ASKED, "minutes", "时长", NULL, 0, INT64_C(31) * DAY_MINUTES, "how long: 90, 1:30 or 1.5h"),
	NOTE(10),
};

static const struct field service_fields[] = {
	REF(1, F_REQUIRED, "activity", "所属活动", NULL, KIND_ACTIVITY, "the activity: its record"),
	HERE(2),
	TODAY(3),
	KEY(4, F_EACH | F_ASKED, "volunteer", "志愿者编号", NULL, 0, 64, "the volunteer's number, so that no ID need be shown; several with commas"),
	TEXT(5, NAMED | F_EACH | F_ASKED, "volunteer-name", "志愿者姓名", NULL, 96, "the volunteer's name; several with commas"),
	MINUTES(6, F_REQUIRED, "minutes", "服务时长", NULL, 1, DAY_MINUTES, "time served without travel: 90, 1:30 or 1.5h"),
	CODE(7, 0, "category", "活动类别", NULL, activity, "kind of service"),
	NOTE(8),
};

static const struct field void_fields[] = {
	REF(1, F_REQUIRED, "target", "作废对象", NULL, 0, "the record that does not count: its name"),
	TEXT(2, F_REQUIRED, "reason", "作废原因", NULL, 600, "why"),
};

/* A kind: its fields, then the tags that the indexes and the tally read. */
#define FIELDS(f) .fields = (f), .count = sizeof(f) / sizeof((f)[0])
#define OLDER(o) .older = (o), .older_count = sizeof(o) / sizeof((o)[0])

static const struct kind kinds[] = {
	{ KIND_HOUSEHOLD, "household", "户", "a registered household", FIELDS(household_fields), OLDER(household_older), .versioned = 1,
	  .place = 2, .day = 34, .dims = { 10, 11 }, .text_key = 1, .called = { 1, 4 } },
	{ KIND_MEMBER, "member", "人", "a member of a household", FIELDS(member_fields), .versioned = 1,
	  .place = 2, .day = 3, .dims = { 6, 16 }, .about = { 1 }, .text_key = 9, .called = { 5 } },
	{ KIND_VISIT, "visit", "走访", "a visit to households", FIELDS(visit_fields),
	  .place = 1, .day = 2, .sum = 3, .sum_zh = "户次", .sum_en = "households visited", .dims = { 7 }, .about = { 3 } },
	{ KIND_FUND, "fund", "资金", "a movement of money between two accounts", FIELDS(fund_fields),
	  .place = 1, .day = 2, .sum = 8, .sum_zh = "金额", .sum_en = "amount", .sum_is_fen = 1, .dims = { 5, 3 }, .apart = 3,
	  .about = { 6, 7 } },
	{ KIND_AID, "aid", "帮扶", "help as handed over to a household", FIELDS(aid_fields), OLDER(aid_older),
	  .place = 1, .day = 2, .sum = 9, .sum_zh = "金额", .sum_en = "amount", .sum_is_fen = 1, .dims = { 4, 5 }, .about = { 3, 12 } },
	{ KIND_ACTIVITY, "activity", "志愿活动", "an activity of volunteers", FIELDS(activity_fields),
	  .place = 1, .day = 2, .sum = 8, .sum_zh = "人次", .sum_en = "participants", .dims = { 4 }, .called = { 3 } },
	{ KIND_SERVICE, "service", "志愿服务", "one volunteer's time in an activity", FIELDS(service_fields),
	  .place = 2, .day = 3, .sum = 6, .sum_zh = "分钟", .sum_en = "minutes", .dims = { 7 }, .about = { 1 },
	  .called = { 4, 5 }, .bearer_zh = "志愿者", .bearer_en = "volunteer" },
	{ KIND_VOID, "void", "作废", "a record declared not to count", FIELDS(void_fields), .about = { 1 } },
};
/* clang-format on */

const struct kind *kind_at(size_t index)
{
	return index < sizeof(kinds) / sizeof(kinds[0]) ? &kinds[index] : NULL;
}
