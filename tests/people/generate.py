#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""generate.py -- people who do not exist, as the national system would export them.

Writes a CSV with the 47 column headings of the national member export, in GB18030 (or --encoding), one row per
person, households together, head of household (户主) first. Used by the demo, the end-to-end tests and the benchmarks.
The same --seed, village and counts always give the same bytes.

Nobody in it can be a real person, and it shows:
- ID numbers have address codes 159901-159989: province 15 has no prefecture 99 and never had. The check digit is right,
  so the product treats them as any other number; the sequence digit agrees with the sex. One ID never occurs twice in
  a village; whoever makes several villages gives each its own --area (else seed and village code choose one of 89).
- the second character of every name is one of 测试样例拟演 ("test, try, sample, example, simulate, play"): 王测一, 包试梅. No
  surname is rare enough to point at a family.
- telephone numbers begin with 154, which no operator has.
What it keeps to, because the registry's own rules ask for it: exactly one 户主 per household, at most one 配偶 and of the
other sex; exactly one of 文化程度 and 在校生状况, fitting the age; residents' or employees' medical insurance but not both;
children have 无劳动力; a certified disability comes with a 20-character number, a kind and a year; who works away has a
telephone, a place and months; words only from the national code lists.
"""
import argparse
import csv
import hashlib
import io
import random
import sys
from datetime import date
from pathlib import Path

COLUMNS = (
    "省 市 县 乡 村 户编号 人口编号 姓名 性别 出生日期 证件类型 证件号码 民族 户联系电话 成员联系电话 年度 与户主关系 "
    "文化程度 在校生状况 劳动技能 务工时间（月） 健康状况 政治面貌 务工企业名称 是否享受低保 "
    "是否参加城镇职工基本养老保险 是否参加大病保险 是否参加新型农村合作医疗（城乡居民基本医疗保险） "
    "是否参加城乡居民基本养老保险 失学或辍学原因 是否会讲普通话 是否参加商业补充医疗保险 是否国外务工 产业分类 "
    "是否接受大病医疗救助 是否接受其他健康扶贫 公益性岗位类型 公益性岗位(月数) 就业渠道 残疾类别 务工所在地 "
    "户主姓名 户主证件号码 是否参加城镇职工基本医疗保险 是否特困供养人员 残疾证办证年度 识别标准"
).split()
assert len(COLUMNS) == 47

YEAR = 2026
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗包白韩敖孟鄂德郝金"
MARKED = "测试样例拟演"  # the second character of every name here, and of no column's words
GIVEN = "一二三四五六七八九十山川河湖春夏秋冬梅兰竹菊松柏云雨风雪晨光明亮平安福康宁和乐民生东南西北"
PEOPLES = ["汉族"] * 5 + ["蒙古族"] * 3 + ["达斡尔族"] * 2 + ["鄂伦春族", "鄂温克族", "满族"]
DISABILITIES = ["视力残疾", "听力残疾", "言语残疾", "肢体残疾", "智力残疾", "精神残疾", "多重残疾"]
WEIGHTS = [pow(2, 17 - i, 11) for i in range(17)]
CHECK = "10X98765432"


def check_char(digits17):
    """The check character of GB 11643-1999."""
    return CHECK[sum(int(d) * w for d, w in zip(digits17, WEIGHTS)) % 11]


def divisions(path):
    with open(path, encoding="utf-8") as f:
        return {row["code"]: row["name"] for row in csv.DictReader(f)}


def village_names(table, village):
    """省 市 县 乡 村 of a 12-digit village code; a missing level is an error, not a guess."""
    codes = [village[:k].ljust(12, "0") for k in (2, 4, 6, 9, 12)]
    missing = [c for c in codes if c not in table]
    if missing or village.endswith("000"):
        raise SystemExit(f"generate.py: no village {village} (unknown: {', '.join(missing) or 'not a village'})")
    return [table[c] for c in codes]


class Village:
    """Makes the people of one village; everything random comes from one generator."""

    def __init__(self, village, names, seed, area=None):
        self.village, self.names = village, names
        digest = hashlib.sha256(f"{seed}/{village}".encode()).digest()
        self.random = random.Random(digest)
        self.area = area or f"1599{int.from_bytes(digest[:4], 'big') % 89 + 1:02d}"
        self.serial = 0
        self.used_names, self.used_ids = set(), set()

    def yes(self, chance):
        return self.random.random() < chance

    def name(self, surname):
        for _ in range(200):
            made = surname + self.random.choice(MARKED) + self.random.choice(GIVEN)
            if made not in self.used_names:
                break
        self.used_names.add(made)
        return made

    def id_number(self, birth, male):
        """Serials run through the village, odd for men; one that is taken on this birthday is passed over."""
        while True:
            self.serial += 1
            digits = f"{self.area}{birth:%Y%m%d}{(self.serial * 2 + male) % 1000:03d}"
            if digits not in self.used_ids:
                self.used_ids.add(digits)
                return digits + check_char(digits)

    def birth(self, age):
        return date(YEAR - 1 - age, self.random.randint(1, 12), self.random.randint(1, 28))

    def phone(self):
        return f"154{self.random.randrange(10**8):08d}"

    def relations(self):
        """(relation, age, male) of one household, head first."""
        r = self.random
        age, male = r.randint(28, 78), self.yes(0.75)
        family = [("户主", age, male)]
        if self.yes(0.7):
            family.append(("配偶", max(22, age + r.randint(-6, 4)), not male))
            for _ in range(r.choice([0, 1, 1, 2, 2, 3])):
                child = age - r.randint(22, 34)
                if child >= 0:
                    boy = self.yes(0.5)
                    family.append(("之子" if boy else "之女", child, boy))
        if age < 58 and self.yes(0.25):
            mother = self.yes(0.6)
            family.append(("之母" if mother else "之父", age + r.randint(21, 30), not mother))
        return family

    def schooling(self, age):
        """(文化程度, 在校生状况): exactly one of them."""
        r = self.random
        if age < 3:
            return "", "学龄前儿童"
        if age < 6:
            return "", "学前教育"
        if age < 12:
            return "", "小学"
        if age < 15:
            return "", ["七年级", "八年级", "九年级"][age - 12]
        if age < 18:
            return "", f"{r.choice(['普通高中', '普通高中', '中职'])}{'一二三'[age - 15]}年级"
        if age < 22 and self.yes(0.6):
            return "", f"本科{'一二三四'[age - 18]}年级"
        words = ["小学", "初中", "初中", "高中", "大专", "本科及以上"] if age < 45 else ["文盲或半文盲", "小学", "小学", "初中", "高中"]
        return r.choice(words), ""

    def member(self, house, number, relation, age, male):
        r, row = self.random, dict.fromkeys(COLUMNS, "")
        birth = self.birth(age)
        own = house["surname"] if relation not in ("配偶", "之母") else r.choice(SURNAMES)
        culture, school = self.schooling(age)
        key = self.id_number(birth, male)
        disabled = age >= 6 and self.yes(0.08)
        row.update(zip(COLUMNS[:5], self.names))
        row.update({
            "户编号": house["number"], "人口编号": f"{house['number']}{number:02d}", "姓名": self.name(own),
            "性别": "男" if male else "女", "出生日期": f"{birth:%Y%m%d}", "证件类型": "居民身份证", "证件号码": key,
            "民族": house["people"], "户联系电话": house["phone"], "年度": str(YEAR), "与户主关系": relation,
            "文化程度": culture, "在校生状况": school, "健康状况": "健康",
            "政治面貌": "中共党员" if age >= 25 and self.yes(0.1) else "共青团员" if 15 <= age < 28 and self.yes(0.4) else "群众",
            "是否享受低保": house["dibao"], "是否参加大病保险": "是", "是否参加城乡居民基本养老保险": "是" if age >= 16 else "否",
            "是否参加城镇职工基本养老保险": "否", "是否会讲普通话": "否" if age >= 60 and self.yes(0.3) else "是",
            "是否参加商业补充医疗保险": "是" if self.yes(0.2) else "否", "是否国外务工": "否", "是否接受大病医疗救助": "否",
            "是否接受其他健康扶贫": "否", "是否特困供养人员": "否", "识别标准": house["standard"],
        })
        row["是否参加新型农村合作医疗（城乡居民基本医疗保险）"] = "是"
        row["是否参加城镇职工基本医疗保险"] = "否"
        self.labour(row, age, school, disabled)
        if disabled:
            self.disability(row, birth)
        return row

    def labour(self, row, age, school, disabled):
        r = self.random
        if age < 16 or school:
            row["劳动技能"] = "无劳动力"
        elif age >= 70:
            row["劳动技能"] = r.choice(["丧失劳动力", "弱劳动力或半劳动力"])
        elif age >= 60 or disabled:
            row["劳动技能"] = "弱劳动力或半劳动力"
        else:
            row["劳动技能"] = r.choice(["普通劳动力"] * 4 + ["技能劳动力"])
        if age >= 50 and self.yes(0.3):
            row["健康状况"] = r.choice(["长期慢性病", "长期慢性病", "患有大病"])
        if row["劳动技能"] in ("普通劳动力", "技能劳动力") and self.yes(0.4):
            row["务工时间（月）"] = str(r.randint(3, 11))
            row["务工所在地"] = r.choice(["乡(镇)内", "乡外县内", "县外省内", "省外"])
            row["成员联系电话"] = self.phone()

    def disability(self, row, birth):
        kind, grade = self.random.randint(1, 7), self.random.randint(1, 4)
        row["证件类型"] = "残疾人证"
        row["证件号码"] += f"{kind}{grade}"
        row["残疾类别"] = DISABILITIES[kind - 1]
        row["残疾证办证年度"] = str(max(birth.year + 6, 2012))
        ill = row["健康状况"]
        # Both orders occur in the field.
        row["健康状况"] = "残疾" if ill == "健康" else self.random.choice([f"残疾,{ill}", f"{ill},残疾"])

    def household(self, number):
        r = self.random
        house = {
            "number": f"{self.village}{number:04d}", "surname": r.choice(SURNAMES), "people": r.choice(PEOPLES),
            "phone": self.phone(), "dibao": "是" if self.yes(0.2) else "否", "standard": "国家标准" if self.yes(0.8) else "省定标准",
        }
        rows = [self.member(house, i, *one) for i, one in enumerate(self.relations(), 1)]
        for row in rows:
            row["户主姓名"], row["户主证件号码"] = rows[0]["姓名"], rows[0]["证件号码"][:18]
        return rows


def people(village, households, seed, divisions_csv, area=None, first=1):
    """The rows (dicts by heading) of `households` households of one village."""
    made = Village(village, village_names(divisions(divisions_csv), village), seed, area)
    return [row for n in range(first, first + households) for row in made.household(n)]


def write(rows, out, encoding="gb18030"):
    text = io.StringIO()
    w = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    w.writeheader()
    w.writerows(rows)
    out.write(text.getvalue().encode(encoding))


def main():
    here = Path(__file__).resolve().parents[2]
    p = argparse.ArgumentParser(description="fictitious households of one village, as the national export's CSV")
    p.add_argument("village", help="12-digit village code")
    p.add_argument("--households", type=int, default=30)
    p.add_argument("--seed", default="1")
    p.add_argument("--area", help="six digits to begin every ID number with (default: 1599xx from the seed)")
    p.add_argument("--first", type=int, default=1, help="number of the first household")
    p.add_argument("--encoding", default="gb18030")
    p.add_argument("--divisions", default=here / "data" / "divisions-15.csv")
    p.add_argument("--out", help="file; default: standard output")
    a = p.parse_args()
    rows = people(a.village, a.households, a.seed, a.divisions, a.area, a.first)
    if a.out:
        with open(a.out, "wb") as f:
            write(rows, f, a.encoding)
    else:
        write(rows, sys.stdout.buffer, a.encoding)


if __name__ == "__main__":
    main()
