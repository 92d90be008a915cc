/* SPDX-License-Identifier: Apache-2.0 */
/* codes.c -- code lists of the registry: 户 and 人 (domain: the national export's words).
 *
 * A number is for ever; a word may be corrected, its old spelling then becomes an alias. Numbers of
 * the peoples are GB/T 3304-1991, of sex GB/T 2261.1; the others are ours. */
#include "codes.h"

#define LIST(name, title, rows)                                                                    \
	const struct code_list list_##name = { #name, title, rows,                                 \
					       sizeof(rows) / sizeof((rows)[0]) }

/* clang-format off */
static const struct code sex_rows[] = {
	{ 1, "男", "male", "男性" },
	{ 2, "女", "female", "女性" },
};
LIST(sex, "性别", sex_rows);

static const struct code document_rows[] = {
	{ 1, "居民身份证", "id-card", "身份证|居民身份证号" },
	{ 2, "残疾人证", "disability-card", "残疾证|中华人民共和国残疾人证" },
	{ 3, "户口簿", "household-book", "户口本" },
	{ 4, "护照", "passport", NULL },
	{ 5, "其他", "other", "其它" },
};
LIST(document, "证件类型", document_rows);

static const struct code people_rows[] = {
	{ 1, "汉族", "han", "汉" },
	{ 2, "蒙古族", "mongol", "蒙古" },
	{ 3, "回族", "hui", "回" },
	{ 4, "藏族", "zang", "藏" },
	{ 5, "维吾尔族", "uygur", "维吾尔" },
	{ 6, "苗族", "miao", "苗" },
	{ 7, "彝族", "yi", "彝" },
	{ 8, "壮族", "zhuang", "壮" },
	{ 9, "布依族", "buyei", "布依" },
	{ 10, "朝鲜族", "chosen", "朝鲜" },
	{ 11, "满族", "man", "满" },
	{ 12, "侗族", "dong", "侗" },
	{ 13, "瑶族", "yao", "瑶" },
	{ 14, "白族", "bai", "白" },
	{ 15, "土家族", "tujia", "土家" },
	{ 16, "哈尼族", "hani", "哈尼" },
	{ 17, "哈萨克族", "kazak", "哈萨克" },
	{ 18, "傣族", "dai", "傣" },
	{ 19, "黎族", "li", "黎" },
	{ 20, "傈僳族", "lisu", "傈僳" },
	{ 21, "佤族", "va", "佤" },
	{ 22, "畲族", "she", "畲" },
	{ 23, "高山族", "gaoshan", "高山" },
	{ 24, "拉祜族", "lahu", "拉祜" },
	{ 25, "水族", "sui", "水" },
	{ 26, "东乡族", "dongxiang", "东乡" },
	{ 27, "纳西族", "naxi", "纳西" },
	{ 28, "景颇族", "jingpo", "景颇" },
	{ 29, "柯尔克孜族", "kirgiz", "柯尔克孜" },
	{ 30, "土族", "tu", "土" },
	{ 31, "达斡尔族", "daur", "达斡尔" },
	{ 32, "仫佬族", "mulao", "仫佬" },
	{ 33, "羌族", "qiang", "羌" },
	{ 34, "布朗族", "blang", "布朗" },
	{ 35, "撒拉族", "salar", "撒拉" },
	{ 36, "毛南族", "maonan", "毛南" },
	{ 37, "仡佬族", "gelao", "仡佬" },
	{ 38, "锡伯族", "xibe", "锡伯" },
	{ 39, "阿昌族", "achang", "阿昌" },
	{ 40, "普米族", "pumi", "普米" },
	{ 41, "塔吉克族", "tajik", "塔吉克" },
	{ 42, "怒族", "nu", "怒" },
	{ 43, "乌孜别克族", "uzbek", "乌孜别克" },
	{ 44, "俄罗斯族", "russ", "俄罗斯" },
	{ 45, "鄂温克族", "ewenki", "鄂温克" },
	{ 46, "德昂族", "deang", "德昂" },
	{ 47, "保安族", "bonan", "保安" },
	{ 48, "裕固族", "yugur", "裕固" },
	{ 49, "京族", "gin", "京" },
	{ 50, "塔塔尔族", "tatar", "塔塔尔" },
	{ 51, "独龙族", "derung", "独龙" },
	{ 52, "门巴族", "monba", "门巴" },
	{ 53, "珞巴族", "lhoba", "珞巴" },
	{ 54, "鄂伦春族", "oroqen", "鄂伦春" },
	{ 55, "赫哲族", "hezhen", "赫哲" },
	{ 56, "基诺族", "jino", "基诺" },
};
LIST(people, "民族", people_rows);

static const struct code relation_rows[] = {
	{ 1, "户主", "head", "本人" },
	{ 2, "配偶", "spouse", "妻|夫|妻子|丈夫" },
	{ 3, "之子", "son", "子|儿子|长子|次子" },
	{ 4, "之女", "daughter", "女|女儿|长女|次女" },
	{ 5, "之儿媳", "daughter-in-law", "儿媳" },
	{ 6, "之女婿", "son-in-law", "女婿" },
	{ 7, "之孙子", "grandson", "孙子" },
	{ 8, "之孙女", "granddaughter", "孙女" },
	{ 9, "之外孙子", "daughters-son", "外孙子|外孙" },
	{ 10, "之外孙女", "daughters-daughter", "外孙女" },
	{ 11, "之父", "father", "父亲" },
	{ 12, "之母", "mother", "母亲" },
	{ 13, "之岳父", "wifes-father", "岳父" },
	{ 14, "之岳母", "wifes-mother", "岳母" },
	{ 15, "之公公", "husbands-father", "公公" },
	{ 16, "之婆婆", "husbands-mother", "婆婆" },
	{ 17, "之祖父", "grandfather", "祖父|爷爷" },
	{ 18, "之祖母", "grandmother", "祖母|奶奶" },
	{ 19, "之外祖父", "mothers-father", "外祖父" },
	{ 20, "之外祖母", "mothers-mother", "外祖母" },
	{ 21, "之兄弟姐妹", "sibling", "兄弟姐妹" },
	{ 22, "之曾孙子", "great-grandson", "曾孙子" },
	{ 23, "之曾孙女", "great-granddaughter", "曾孙女" },
	{ 24, "之侄儿", "nephew", "侄儿|侄子" },
	{ 25, "之侄女", "niece", "侄女" },
	{ 26, "之兄弟媳妇", "brothers-wife", "兄弟媳妇" },
	{ 27, "之叔伯", "uncle", "叔伯" },
	{ 28, "其他", "other", "其它" },
};
LIST(relation, "与户主关系", relation_rows);

static const struct code education_rows[] = {
	{ 1, "文盲或半文盲", "illiterate", "文盲|半文盲" },
	{ 2, "小学", "primary", NULL },
	{ 3, "初中", "junior-middle", NULL },
	{ 4, "高中", "senior-middle", "中专|高中或中专" },
	{ 5, "大专", "college", "专科" },
	{ 6, "本科及以上", "bachelor", "本科|大学本科|研究生" },
};
LIST(education, "文化程度", education_rows);

static const struct code student_rows[] = {
	{ 1, "学龄前儿童", "pre-school", NULL },
	{ 2, "学前教育", "kindergarten", NULL },
	{ 3, "小学", "primary", NULL },
	{ 4, "七年级", "grade-7", "初中一年级|初一" },
	{ 5, "八年级", "grade-8", "初中二年级|初二" },
	{ 6, "九年级", "grade-9", "初中三年级|初三" },
	{ 7, "普通高中一年级", "senior-1", "高中一年级" },
	{ 8, "普通高中二年级", "senior-2", "高中二年级" },
	{ 9, "普通高中三年级", "senior-3", "高中三年级" },
	{ 10, "中职一年级", "vocational-1", NULL },
	{ 11, "中职二年级", "vocational-2", NULL },
	{ 12, "中职三年级", "vocational-3", NULL },
	{ 13, "高职高专一年级", "higher-vocational-1", NULL },
	{ 14, "高职高专二年级", "higher-vocational-2", NULL },
	{ 15, "高职高专三年级", "higher-vocational-3", NULL },
	{ 16, "技师学院一年级", "technician-1", NULL },
	{ 17, "技师学院二年级", "technician-2", NULL },
	{ 18, "技师学院三年级", "technician-3", NULL },
	{ 19, "技师学院四年级", "technician-4", NULL },
	{ 20, "本科一年级", "bachelor-1", NULL },
	{ 21, "本科二年级", "bachelor-2", NULL },
	{ 22, "本科三年级", "bachelor-3", NULL },
	{ 23, "本科四年级", "bachelor-4", NULL },
	{ 24, "本科五年级", "bachelor-5", NULL },
	{ 25, "硕士研究生及以上", "postgraduate", "研究生" },
};
LIST(student, "在校生状况", student_rows);

static const struct code labour_rows[] = {
	{ 1, "普通劳动力", "ordinary", NULL },
	{ 2, "技能劳动力", "skilled", NULL },
	{ 3, "弱劳动力或半劳动力", "weak", "弱劳动力|半劳动力|弱（半）劳动力" },
	{ 4, "丧失劳动力", "lost", NULL },
	{ 5, "无劳动力", "none", NULL },
};
LIST(labour, "劳动技能", labour_rows);

static const struct code health_rows[] = {
	{ 1, "健康", "healthy", NULL },
	{ 2, "长期慢性病", "chronic", "慢性病" },
	{ 3, "患有大病", "serious", "大病" },
	{ 4, "残疾", "disabled", NULL },
};
LIST(health, "健康状况", health_rows);

static const struct code politics_rows[] = {
	{ 1, "中共党员", "party-member", "党员" },
	{ 2, "中共预备党员", "probationary", "预备党员" },
	{ 3, "共青团员", "youth-league", "团员" },
	{ 4, "群众", "none", NULL },
};
LIST(politics, "政治面貌", politics_rows);

static const struct code disability_rows[] = {
	{ 1, "视力残疾", "sight", "视力" },
	{ 2, "听力残疾", "hearing", "听力" },
	{ 3, "言语残疾", "speech", "言语" },
	{ 4, "肢体残疾", "limbs", "肢体" },
	{ 5, "智力残疾", "intellect", "智力" },
	{ 6, "精神残疾", "mental", "精神" },
	{ 7, "多重残疾", "multiple", "多重" },
};
LIST(disability, "残疾类别", disability_rows);

static const struct code work_area_rows[] = {
	{ 1, "乡(镇)内", "township", "乡镇内|乡内" },
	{ 2, "乡外县内", "county", NULL },
	{ 3, "县外省内", "province", NULL },
	{ 4, "省外", "elsewhere", NULL },
	{ 5, "其他", "other", "其它" },
};
LIST(work_area, "务工区域", work_area_rows);

static const struct code standard_rows[] = {
	{ 1, "国家标准", "national", "国家|国定|国定标准" },
	{ 2, "省定标准", "provincial", "省定|省定标准|自治区标准" },
	{ 3, "市定标准", "municipal", "市定" },
};
LIST(standard, "识别标准", standard_rows);

static const struct code household_type_rows[] = {
	{ 1, "脱贫户", "lifted", "一般脱贫户|建档立卡户" },
	{ 2, "一般农户", "ordinary", "农户" },
	{ 3, "低保脱贫户", "lifted-low-income", NULL },
	{ 4, "特困供养脱贫户", "lifted-destitute", "特困供养户" },
};
LIST(household_type, "户类型", household_type_rows);

static const struct code monitor_rows[] = {
	{ 1, "脱贫不稳定户", "unstable", "脱贫不稳定" },
	{ 2, "边缘易致贫户", "marginal", "边缘易致贫|边缘户" },
	{ 3, "突发严重困难户", "sudden", "突发严重困难" },
};
LIST(monitor, "监测对象类别", monitor_rows);

static const struct code risk_state_rows[] = {
	{ 1, "风险未消除", "open", "未消除|否" },
	{ 2, "风险已消除", "cleared", "已消除|是" },
};
LIST(risk_state, "风险状态", risk_state_rows);

static const struct code cause_rows[] = {
	{ 1, "因病", "illness", NULL },
	{ 2, "因残", "disability", NULL },
	{ 3, "因学", "schooling", NULL },
	{ 4, "因灾", "disaster", NULL },
	{ 5, "缺土地", "no-land", NULL },
	{ 6, "缺水", "no-water", NULL },
	{ 7, "缺技术", "no-skill", NULL },
	{ 8, "缺劳力", "no-labour", "缺劳动力" },
	{ 9, "缺资金", "no-capital", NULL },
	{ 10, "交通条件落后", "no-road", NULL },
	{ 11, "自身发展动力不足", "no-drive", NULL },
	{ 12, "其它", "other", "其他" },
	{ 13, "因婚", "marriage", NULL },
	{ 14, "因丧", "funeral", NULL },
};
LIST(cause, "致贫原因", cause_rows);

static const struct code risk_rows[] = {
	{ 1, "因病", "illness", NULL },
	{ 2, "因残", "disability", NULL },
	{ 3, "因学", "schooling", NULL },
	{ 4, "因灾", "disaster", NULL },
	{ 5, "因产业/务工就业不稳", "unstable-income", "因产业不稳|因务工就业不稳|产业就业不稳" },
	{ 6, "因意外事故", "accident", "意外事故" },
	{ 7, "缺劳动力", "no-labour", "缺劳力" },
	{ 8, "住房/饮水出现问题", "housing-or-water", "住房出现问题|饮水出现问题" },
	{ 9, "其他", "other", "其它" },
};
LIST(risk, "致贫/返贫风险", risk_rows);

static const struct code house_grade_rows[] = {
	{ 1, "A级", "a", "A" },
	{ 2, "B级", "b", "B" },
	{ 3, "C级", "c", "C" },
	{ 4, "D级", "d", "D" },
};
LIST(house_grade, "房屋等级", house_grade_rows);
/* clang-format on */
