#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""pinyin.py -- the table of pinyin.c, made from Unicode's Unihan_Readings.txt (Debian: unicode-data).

Usage: pinyin.py Unihan_Readings.txt[.bz2] OUT.c

A character's readings are, without tones and ü as v: the customary one (kMandarin), then those of the Standard of General Characters
(kTGHZ2013: 单 is dan, chan and shan) and of the spoken language (kHanyuPinlu). The basic block has a row for each character; of the
rest those stand in a list that the Standard has, for these are what people are named with.
"""
import bz2
import re
import sys
import unicodedata

FIRST, LAST = 0x4E00, 0x9FFF
PER_LINE = 24


def plain(syllable):
    """"lǘ" -> "lv"."""
    bare = "".join(c for c in unicodedata.normalize("NFD", syllable.lower()) if c not in "\u0300\u0301\u0304\u030c")
    bare = unicodedata.normalize("NFC", bare).replace("ü", "v").replace("ê", "e")
    return bare if re.fullmatch("[a-z]{1,6}", bare) else None


def syllables(field, value):
    if field == "kTGHZ2013":
        value = " ".join(part.split(":")[1].replace(",", " ") for part in value.split())
    if field == "kHanyuPinlu":
        value = re.sub(r"\(\d+\)", "", value)
    return [s for s in map(plain, value.split()) if s]


def readings(path):
    """code point -> its readings, and the code points of the Standard."""
    with (bz2.open(path, "rt", encoding="utf-8") if path.endswith(".bz2") else open(path, encoding="utf-8")) as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.startswith("U+")]
    found, standard = {}, set()
    for field in ("kMandarin", "kTGHZ2013", "kHanyuPinlu"):
        for code, name, value in rows:
            if name != field:
                continue
            cp = int(code[2:], 16)
            mine = found.setdefault(cp, [])
            for syllable in syllables(field, value):
                if syllable not in mine:
                    mine.append(syllable)
            if field == "kTGHZ2013":
                standard.add(cp)
    return {cp: tuple(mine) for cp, mine in found.items() if mine}, standard


def numbers(out, head, values):
    out.append(head + " = {")
    out.extend("\t" + ", ".join(map(str, values[i:i + PER_LINE])) + "," for i in range(0, len(values), PER_LINE))
    out.append("};")


def main(path, target):
    found, standard = readings(path)
    if len(found) < 20000 or len(standard) < 8000:
        sys.exit(f"{path}: has the readings of {len(found)} characters only; Unihan_Readings.txt of Unicode 11 or later is wanted")
    rest = sorted(cp for cp in standard if not FIRST <= cp <= LAST and cp in found)
    used = [found[cp] for cp in found if FIRST <= cp <= LAST or cp in standard]
    sets = [()] + sorted(set(used))
    at, pool, place = {(): 0}, [0], {}
    for each in sets[1:]:  # a set is its syllables' numbers, ended by 0
        at[each] = len(pool)
        for syllable in each:
            pool.append(place.setdefault(syllable, len(place) + 1))
        pool.append(0)
    out = ["/* Made by protocol/pinyin.py from Unicode's Unihan_Readings.txt. */", '#include "protocol/pinyin_inside.h"', ""]
    out.append("const char pinyin_syllables[][PINYIN_BYTES_MAX + 1] = {")
    names = ['""'] + [f'"{s}"' for s in place]
    out.extend("\t" + ", ".join(names[i:i + PER_LINE]) + "," for i in range(0, len(names), PER_LINE))
    out.append("};")
    numbers(out, "const uint16_t pinyin_sets[]", pool)
    numbers(out, "const uint16_t pinyin_basic[PINYIN_BASIC_LAST - PINYIN_BASIC_FIRST + 1]",
            [at[found.get(cp, ())] for cp in range(FIRST, LAST + 1)])
    out.append("const struct pinyin_rare pinyin_rare[] = {")
    out.extend(f"\t{{ {cp:#x}, {at[found[cp]]} }}," for cp in rest)
    out.append("};")
    out.append("const size_t pinyin_rare_count = sizeof pinyin_rare / sizeof *pinyin_rare;")
    with open(target, "w", encoding="ascii") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
