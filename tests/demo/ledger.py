# SPDX-License-Identifier: Apache-2.0
"""ledger.py -- the demo's own book of what it fed in, and the totals recomputed from it.

Nothing here asks the product anything: the rows come from the plan (feed.py) at the moment its commands are run, and the sums are
plain Python integers. A total of the product that differs by one fen, one entry or one row ends the demo.
"""
import json
from dataclasses import dataclass, field

PREFIX = {"province": 2, "prefecture": 4, "county": 6, "township": 9, "village": 12}


@dataclass
class Fact:
    kind: str
    division: str             # 12 digits: where it counts
    day: str                  # YYYY-MM-DD
    sum: int                  # fen, minutes or heads, as the kind's sum
    dims: dict = field(default_factory=dict)  # field name -> the Chinese word


class Ledger:
    def __init__(self):
        self.facts = []

    def add(self, *args, **kw):
        self.facts.append(Fact(*args, **kw))

    def within(self, kind, division):
        area = division.rstrip("0")
        # An area's own digits: "1507" for 150700000000, but never an odd cut of a code that ends in a zero.
        for size in (2, 4, 6, 9, 12):
            if len(area) <= size:
                area = division[:size]
                break
        return [f for f in self.facts if f.kind == kind and f.division.startswith(area)]

    def total(self, kind, division, by=(), movement=None):
        """{(key per `by`): [count, sum]}"""
        rows = {}
        for f in self.within(kind, division):
            if movement and f.dims.get("movement") != movement:
                continue
            key = tuple(f.day[:7] if b == "month" else f.dims.get(b, "") for b in by)
            row = rows.setdefault(key, [0, 0])
            row[0] += 1
            row[1] += f.sum
        return rows


def told(answer, by):
    """The same shape from what `bangfu total --format json` printed."""
    rows = {}
    for row in answer["rows"]:
        key = tuple(row["month"] if b == "month" else (row["dims"].get(b) or {}).get("zh", "") for b in by)
        if key in rows:
            raise ValueError(f"the product gave two rows for {key}")
        rows[key] = [row["count"], row["sum"]]
    return rows


def differences(mine, answer, by):
    """Sentences; none when all agrees."""
    wrong = []
    theirs = told(answer, by)
    for key in sorted(set(mine) | set(theirs)):
        if mine.get(key) != theirs.get(key):
            wrong.append(f"{'/'.join(key) or 'sum'}: fed in {mine.get(key)}, product says {theirs.get(key)} (count, sum)")
    if "sums" in answer:
        want, got = apart(mine, by), {s["movement"]["zh"]: [s["count"], s["sum"]] for s in answer["sums"]}
        if "sum" in answer:
            wrong.append("the product adds sums of different movements")
    else:
        want = [sum(r[0] for r in mine.values()), sum(r[1] for r in mine.values())]
        got = [answer["count"], answer["sum"]]
    if got != want:
        wrong.append(f"all: fed in {want}, product says {got}")
    return wrong


def apart(mine, by):
    """{movement: [count, sum]}: the same yuan is 下达 and later 支出, so these are never added."""
    sums = {}
    for key, (count, fen) in mine.items():
        row = sums.setdefault(key[by.index("movement")], [0, 0])
        row[0] += count
        row[1] += fen
    return sums


def parse(text):
    return json.loads(text)
