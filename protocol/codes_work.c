/* SPDX-License-Identifier: Apache-2.0 */
/* codes_work.c -- code lists of what is done: visits, aid, activities, money.
 *
 * A number is for ever; see codes.c. */
#include "codes.h"

#define LIST(name, title, rows)                                                                    \
	const struct code_list list_##name = { #name, title, rows,                                 \
					       sizeof(rows) / sizeof((rows)[0]) }

/* clang-format off */
static const struct code purpose_rows[] = {
	{ 1, "日常走访", "routine", "走访" },
	{ 2, "集中排查", "screening", "排查" },
	{ 3, "政策宣传", "policy", "政策宣讲" },
	{ 4, "送温暖", "warmth", "慰问" },
	{ 5, "收入核算", "income", NULL },
	{ 6, "风险核查", "risk", NULL },
	{ 7, "项目检查", "project", NULL },
	{ 8, "其他", "other", "其它" },
};
LIST(purpose, "走访目的", purpose_rows);

static const struct code movement_rows[] = {
	{ 1, "下达", "allot", "下达指标" },
	{ 2, "拨付", "transfer", "划拨" },
	{ 3, "支出", "spend", "发放|报账" },
	{ 4, "退回", "refund", "退款" },
	{ 5, "收回", "withdraw", NULL },
	{ 6, "追缴", "recover", NULL },
	{ 7, "结转", "carry", "结转结余" },
};
LIST(movement, "资金流转", movement_rows);

static const struct code level_rows[] = {
	{ 1, "中央", "central", "中央级|国家" },
	{ 2, "省级", "province", "省|自治区|自治区级|省(自治区)" },
	{ 3, "市级", "prefecture", "市|盟|盟市级|市(盟)" },
	{ 4, "县级", "county", "县|旗|旗县级|县(旗)" },
	{ 5, "乡级", "township", "乡|镇|苏木|乡镇级" },
};
LIST(level, "资金级次", level_rows);

static const struct code channel_rows[] = {
	{ 1, "财政衔接推进乡村振兴补助资金", "bridge", "衔接资金|财政衔接资金" },
	{ 2, "行业部门资金", "sector", "行业资金|部门资金" },
	{ 3, "统筹整合涉农资金", "pooled", "整合资金|涉农整合资金" },
	{ 4, "地方债券", "bonds", "地方政府债券|债券" },
	{ 5, "东西部协作", "east-west", "京蒙协作|协作资金" },
	{ 6, "定点帮扶/单位自筹", "unit", "定点帮扶|单位自筹|帮扶单位" },
	{ 7, "社会捐赠", "donation", "捐赠" },
	{ 8, "小额信贷", "credit", "小额信贷贴息|贴息" },
	{ 9, "村集体", "collective", "村集体经济|嘎查集体" },
	{ 10, "个人自筹", "own", "自筹" },
};
LIST(channel, "资金渠道", channel_rows);

static const struct code category_rows[] = {
	{ 1, "产业帮扶", "industry", "产业" },
	{ 2, "就业帮扶", "employment", "就业" },
	{ 3, "公益岗位帮扶", "public-post", "公益岗位|公益性岗位" },
	{ 4, "金融帮扶", "finance", "金融|小额信贷" },
	{ 5, "健康帮扶", "health", "健康" },
	{ 6, "义务教育保障", "education", "教育帮扶|雨露计划|教育" },
	{ 7, "住房安全保障", "housing", "危房改造|住房" },
	{ 8, "饮水安全保障", "water", "饮水" },
	{ 9, "综合保障", "security", "低保|特困|残疾补贴" },
	{ 10, "易地搬迁", "relocation", "易地搬迁后扶|易地扶贫搬迁" },
	{ 11, "社会帮扶", "society", "社会" },
	{ 12, "生产生活条件改善", "conditions", NULL },
	{ 13, "其他", "other", "其它" },
	{ 14, "送温暖", "warmth", "慰问" },
	{ 15, "以奖代补", "reward", NULL },
};
LIST(category, "帮扶措施", category_rows);

static const struct code activity_rows[] = {
	{ 1, "社区共建", "community", NULL },
	{ 2, "敬老助残", "elderly", "敬老|助残" },
	{ 3, "关爱留守儿童", "children", "留守儿童" },
	{ 4, "健康义诊", "clinic", "义诊" },
	{ 5, "支教助学", "teaching", "支教|助学" },
	{ 6, "政策宣讲", "policy", "政策宣传" },
	{ 7, "环境整治", "environment", "环境" },
	{ 8, "就业服务", "employment", "就业" },
	{ 9, "其他", "other", "其它" },
};
LIST(activity, "活动类别", activity_rows);

static const struct code party_rows[] = {
	{ 1, "中央财政", "central", "中央" },
	{ 2, "社会捐赠", "donors", "捐赠人|捐赠" },
	{ 3, "协作地区", "partner", "东西部协作地区" },
	{ 4, "金融机构", "bank", "银行|信用社" },
	{ 5, "供应商/项目单位", "supplier", "供应商|项目单位|施工单位" },
	{ 6, "个人", "self", "本人" },
	{ 7, "其他", "other", "其它" },
};
LIST(party, "体系外一方", party_rows);
/* clang-format on */
