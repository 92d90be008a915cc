#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""office.py -- LibreOffice opens what `--format csv` wrote: texts keep their writing, money is a number.

With the byte mark and without it, separated by commas, as UTF-8: what its dialog offers.
"""
import os
import subprocess
import unittest
import xml.etree.ElementTree as xml

from world import DONE, FUNDS, World

OFFICE, TABLE, TEXT = ("{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}" % name for name in ("office", "table", "text"))
DOCUMENTS = ("=1+1", "12345678901234567890", "123456789012345", "凭证，第“2”号\"", "+86 138", "007", "00123456", "12E5", "1234567890123e12", "1e400",
             "1234567890123456.5", "1,234,567,890,123,456", "3/4", "1-2", "2026-11-24", "内财指〔2026〕1号")
GUARDED = {"=1+1", "12345678901234567890", "+86 138", "007", "00123456", "12E5", "1234567890123e12", "1e400", "1234567890123456.5", "1,234,567,890,123,456",
           "3/4", "1-2"}
KINDS = {"123456789012345": "float", "2026-11-24": "date"}  # every digit is kept


def entries():
    return [{**FUNDS[0], "ref": "0f3a000000000001-%d" % i, "fields": {**FUNDS[0]["fields"], "amount": "%d.05" % (1000 + i), "document": text}}
            for i, text in enumerate(DOCUMENTS)]


def cells(row):
    """(type, text, value) of each cell; a run of equal ones is written once."""
    out = []
    for cell in row.findall(TABLE + "table-cell"):
        text = "\n".join("".join(p.itertext()) for p in cell.findall(TEXT + "p"))
        out += [(cell.get(OFFICE + "value-type"), text, cell.get(OFFICE + "value"))] * min(int(cell.get(TABLE + "number-columns-repeated", 1)), 99)
    return out


class Office(World):
    def opened(self, name):
        subprocess.run(["soffice", "--headless", "-env:UserInstallation=file://" + os.path.join(self.dir.name, "profile"),
                        "--infilter=CSV:44,34,76,1", "--convert-to", "fods", "--outdir", self.dir.name, os.path.join(self.dir.name, name + ".csv")],
                       env=self.environment(HOME=self.dir.name, LC_ALL="C.UTF-8"), capture_output=True, timeout=120, check=True)
        sheet = xml.parse(os.path.join(self.dir.name, name + ".fods")).getroot().find(".//" + TABLE + "table")
        return [cells(row) for row in sheet.iter(TABLE + "table-row")]

    def test_a_list_opens_with_its_texts_its_money_and_all_its_digits(self):
        self.methods["list"] = lambda p: {"rows": entries(), "after": None, "count": len(DOCUMENTS), "sum": sum(100005 + 100 * i for i in range(len(DOCUMENTS)))}
        for name, options in (("marked", ["--bom"]), ("plain", [])):
            code, out, err = self.run_bangfu("list", "--kind", "fund", "--format", "csv", *options, lang="zh")
            self.assertEqual((code, err), (DONE, ""))
            self.file(name + ".csv", out)
            rows = self.opened(name)
            heads = [text for _, text, _ in rows[0]]
            at = {word: heads.index(word) for word in ("文号或凭证号", "金额（元）", "地点", "记录号")}
            found = [(row[at["文号或凭证号"]], row[at["金额（元）"]], row[at["地点"]]) for row in rows[1:1 + len(DOCUMENTS)]]
            self.assertEqual([d[1] for d, _, _ in found], ["'" + d if d in GUARDED else d for d in DOCUMENTS], name)
            self.assertEqual([d[0] for d, _, _ in found], [KINDS.get(d, "string") for d in DOCUMENTS], name)
            self.assertEqual([(m[0], round(float(m[2]) * 100)) for _, m, _ in found], [("float", 100005 + 100 * i) for i in range(len(DOCUMENTS))], name)
            self.assertEqual({p[1] for _, _, p in found}, {"宝山村"}, name)


if __name__ == "__main__":
    unittest.main(verbosity=2)
