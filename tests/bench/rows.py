#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""rows.py N OUT.tsv -- the rival half's input: the facts our entries carry, as rows.

Runs of 200 rows per node, as nightly sessions bring them; twelve columns and a note in Chinese drawn from a
word list, so that neither side compresses a constant. Deterministic.
Columns: node seq division household day channel month amount author kind purpose minutes note
"""
import random
import sys

WORDS = (
    "入户走访 核实收入 医疗报销 住房安全 饮水管护 产业分红 务工返乡 牛羊出栏 草料补贴 小额信贷 合作社 培训 "
    "教育资助 慢病签约 残疾补贴 低保复核 春耕 备耕 化肥 种子 过冬取暖 送温暖 粮油 棉被 政策宣讲 就业推荐 "
    "公益岗位 道路维修 电商销售 家庭医生 情绪稳定 子女在读 房屋漏雨 需协调民政 下月复查"
).split()


def main():
    count, path = int(sys.argv[1]), sys.argv[2]
    rng = random.Random(7)
    seqs = {}
    with open(path, "w") as out:
        done = 0
        while done < count:
            node = rng.randrange(11000)
            division = "15%02d%02d%03d%03d" % (node % 12 + 1, node // 12 % 9 + 1, 100 + node // 108 % 12, 200 + node % 40)
            for _ in range(min(200, count - done)):
                seq = seqs[node] = seqs.get(node, 0) + 1
                day = 20400 + rng.randrange(330)
                note = "，".join(rng.choices(WORDS, k=rng.randrange(6, 14)))
                out.write("%d\t%d\t%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%s\n" % (
                    node, seq, division, rng.randrange(400), day, rng.randrange(1, 11), day // 30, rng.randrange(100, 5000000),
                    node * 3 + seq % 3, seq % 5, rng.randrange(1, 9), rng.randrange(5, 300), note))
                done += 1


main()
