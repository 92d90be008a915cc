#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second implementation: reads protocol/README.md and tests/golden/, and nothing of ours in C.

Entries are taken from the document's own listing (section 8), message fields and their bounds from its tables (4.3).
What the document leaves out this program cannot know: when it fails, either the bytes or the document is wrong.
"""
import ast
import base64
import hashlib
import pathlib
import re
import unittest

import msgpack
import nacl.signing
import zstandard

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
DOCUMENT = (ROOT / "protocol" / "README.md").read_text(encoding="utf-8")
SEQ_MAX = 2**40 - 1
NODE_SEED, HUB_SEED, EPOCH = bytes([1] + 31 * [0]), bytes([2] + 31 * [0]), 5


# ---- the document ----

def listed_entries():
    """The entries of section 8, as Python values."""
    block = re.search(r"^```\n(\[1, 1, .*?)^```", DOCUMENT, flags=re.M | re.S).group(1)
    text = re.sub(r"h'([0-9a-f]*)'", lambda m: repr(bytes.fromhex(m.group(1))), block)
    text = re.sub(r"\b(nil|true|false)\b", lambda m: {"nil": "None", "true": "True", "false": "False"}[m.group(1)], text)
    return [ast.literal_eval(e) for e in re.split(r"\n(?=\[)", text.strip())]


def figure(text):
    text = text.replace(",", "").replace("SEQ_MAX", "2^40-1")
    power = re.fullmatch(r"2\^(\d+)-1", text)
    return 2 ** int(power.group(1)) - 1 if power else int(text)


def message_tables():
    """{type: (name, [(field, form, min, max, later)])} out of the tables of section 4.3."""
    tables = {}
    for number, name, body in re.findall(r"^#### (\d) ([A-Z]+)\n(.*?)(?=^#|\nGolden bytes)", DOCUMENT, flags=re.M | re.S):
        fields = []
        for field, form, meaning in re.findall(r"^\| \d+ \| `(\w+)` \| ([^|]+) \|(.*)", body, flags=re.M):
            later = meaning.strip().startswith("*later*")
            bounds = re.fullmatch(r"(uint|bin|str) ([\d,^-]+?)(?:\.\.([\d,^-]+|SEQ_MAX))?", form.strip())
            if bounds:
                low = figure(bounds.group(2))
                fields.append((field, bounds.group(1), low, figure(bounds.group(3)) if bounds.group(3) else low, later))
            else:
                fields.append((field, form.strip(), None, None, later))
        tables[int(number)] = (name, fields)
    return tables


# ---- sections 1 to 4 ----

def pack(value):
    return msgpack.packb(value, use_bin_type=True)


def items(value):
    if isinstance(value, list):
        return 1 + sum(map(items, value))
    if isinstance(value, dict):
        return 1 + sum(1 + items(v) for v in value.values())
    return 1


def depth(value):
    inner = value if isinstance(value, list) else value.values() if isinstance(value, dict) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


def keys_rise(value):
    if isinstance(value, dict):
        keys = list(value)
        return all(type(k) is int and k >= 0 for k in keys) and keys == sorted(keys) and all(map(keys_rise, value.values()))
    return all(map(keys_rise, value)) if isinstance(value, list) else True


def canonical(raw):
    """1.1: each value has exactly one encoding, which is the shortest; keys are unsigned and rise."""
    value = msgpack.unpackb(raw, raw=False, strict_map_key=False)
    assert pack(value) == raw, "not the shortest form"
    assert keys_rise(value), "keys do not rise"
    return value


def read_entry(raw):
    """2.1"""
    e = canonical(raw)
    assert len(raw) <= 16384 and items(e) <= 512 and depth(e) <= 4
    assert isinstance(e, list) and len(e) == 8 and e[0] == 1
    assert 1 <= e[1] <= SEQ_MAX and 0 <= e[2] < 2**64 and len(e[3].encode()) <= 64 and 1 <= e[4] <= 63
    for ref in e[5:7]:
        assert ref is None or len(ref) == 16 and any(ref[:8]) and 1 <= int.from_bytes(ref[8:], "big") <= SEQ_MAX
    assert e[6] is None or e[5] is not None
    assert isinstance(e[7], dict)
    return e


def read_message(frame, tables):
    """4.2, 4.3"""
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4 and 1 <= len(frame) - 4 <= 262144
    members = canonical(frame[4:])
    assert items(members) <= 64 and depth(members) <= 4
    name, fields = tables[members[0]]
    assert sum(not f[4] for f in fields) < len(members) <= 1 + len(fields), name
    assert len(members) == 1 or not fields[len(members) - 2][4] or members[-1], "a later field that says nothing is not written"
    for (field, form, low, high, _), value in zip(fields, members[1:]):
        where = f"{name} {field}"
        if form == "uint":
            assert type(value) is int and low <= value <= high, where
        elif form == "int":
            assert type(value) is int, where
        elif form in ("hash", "hash or nil"):
            assert form == "hash or nil" and value is None or len(value) == 32 and (form == "hash" or any(value)), where
        elif form == "signature":
            assert len(value) == 64, where
        else:
            assert low <= len(value if form == "bin" else value.encode()) <= high, where
            assert isinstance(value, bytes if form == "bin" else str), where
    return name, dict(zip((f[0] for f in fields), members[1:]))


def H(*parts):
    return hashlib.blake2b(b"".join(parts), digest_size=32).digest()


def u32(n):
    return n.to_bytes(4, "big")


def u64(n):
    return n.to_bytes(8, "big")


class Log:
    """3: a node's log and what is signed about it."""

    def __init__(self, seed, incarnation, entries):
        self.key = nacl.signing.SigningKey(seed)
        self.public = bytes(self.key.verify_key)
        self.origin = int.from_bytes(H(b"bangfu origin 1", self.public, u32(incarnation))[:8], "big") or 1
        self.h = [H(b"bangfu log 1", self.public, u32(incarnation))]
        for raw in entries:
            self.h.append(H(self.h[-1], raw))

    def head(self, seq):
        return self.key.sign(b"bangfu head 1" + u64(self.origin) + u64(seq) + self.h[seq]).signature


def order_of(log, first, last, before=bytes(32)):
    return H(before, u64(log.origin), u64(first), u64(last), log.h[last])


def checkpoint(log, length, order, seq):
    hub = nacl.signing.SigningKey(HUB_SEED)
    return hub.sign(b"bangfu checkpoint 1" + u64(EPOCH) + u64(length) + order + u64(log.origin) + u64(seq) + log.h[seq]).signature


def golden(name):
    return bytes.fromhex((GOLDEN / f"{name}.hex").read_text())


class TheDocumentIsEnough(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.tables = message_tables()
        cls.listed = listed_entries()
        cls.raw = [bytes.fromhex(line) for line in (GOLDEN / "session_entries.hex").read_text().split()]
        cls.log = Log(NODE_SEED, 0, cls.raw)
        cls.order = order_of(cls.log, 1, 11)

    def frame(self, name):
        return read_message(golden(f"session_{name}"), self.tables)

    def test_nine_messages_are_described(self):
        self.assertEqual(sorted(self.tables), list(range(1, 10)))
        self.assertTrue(all(fields for _, fields in self.tables.values()))

    def test_the_listed_values_are_the_golden_entries(self):
        self.assertEqual(len(self.listed), 11)
        for value, raw in zip(self.listed, self.raw, strict=True):
            self.assertEqual(pack(value).hex(), raw.hex())
            self.assertEqual(read_entry(raw), value)
        self.assertEqual([e[1] for e in self.listed], list(range(1, 12)))
        self.assertEqual({e[4] for e in self.listed}, {*range(1, 9), 63})

    def test_the_chain_of_section_3_is_as_said(self):
        log = Log(NODE_SEED, 0, [b"first", b"second"])
        order = order_of(log, 1, 2)
        self.assertEqual(golden("chain"), b"".join([log.public, u64(log.origin), log.h[0], log.h[2], log.head(2), order,
                                                    checkpoint(log, 2, order, 2)]))

    def test_hello_says_where_the_log_ends(self):
        self.assertEqual(self.frame("hello"), ("HELLO", {
            "version": 1, "origin": self.log.origin, "seq": 11, "hash": self.log.h[11], "now_ms": 1795435200000,
            "seen_epoch": 0, "seen_length": 0, "seen_order": None, "rewound": 0}))

    def test_welcome_is_signed_over_zeros_and_h_0(self):
        self.assertEqual(self.frame("welcome"), ("WELCOME", {
            "version": 1, "now_ms": 1795435201234, "window": 4, "next_s": 3600, "epoch": EPOCH, "order_length": 0,
            "order_hash": None, "seq": 0, "hash": self.log.h[0], "sig": checkpoint(self.log, 0, bytes(32), 0)}))

    def test_batch_unpacks_to_the_entries_and_its_head_verifies(self):
        name, batch = self.frame("batch")
        packed = batch.pop("packed")
        entries = b"".join(self.raw)
        self.assertEqual((name, batch), ("BATCH", {
            "origin": self.log.origin, "first": 1, "count": 11, "hash": self.log.h[11], "sig": self.log.head(11),
            "raw_bytes": len(entries)}))
        says = zstandard.get_frame_parameters(packed)
        self.assertEqual((says.content_size, says.dict_id), (len(entries), 0))
        self.assertLessEqual(len(entries), 200 * len(packed))
        one = zstandard.ZstdDecompressor().decompressobj()
        self.assertEqual(one.decompress(packed), entries)
        self.assertEqual(one.unused_data, b"")

    def test_stored_is_the_order_after_one_run(self):
        self.assertEqual(self.frame("stored"), ("STORED", {
            "ordinal": 11, "epoch": EPOCH, "order_length": 11, "order_hash": self.order, "seq": 11, "hash": self.log.h[11],
            "sig": checkpoint(self.log, 11, self.order, 11)}))

    def test_bye_counts_what_was_acknowledged(self):
        self.assertEqual(self.frame("bye"), ("BYE", {"entries": 11}))
        self.assertEqual(self.frame("bye_again"), ("BYE", {"entries": 0}))

    def test_the_next_night_a_nil_hash_is_that_of_hello(self):
        self.assertEqual(self.frame("hello_again"), ("HELLO", {
            "version": 1, "origin": self.log.origin, "seq": 11, "hash": self.log.h[11], "now_ms": 1795521600000,
            "seen_epoch": EPOCH, "seen_length": 11, "seen_order": self.order, "rewound": 0}))
        self.assertEqual(self.frame("welcome_again"), ("WELCOME", {
            "version": 1, "now_ms": 1795521601234, "window": 4, "next_s": 3600, "epoch": EPOCH, "order_length": 11,
            "order_hash": self.order, "seq": 11, "hash": None, "sig": checkpoint(self.log, 11, self.order, 11)}))

    def test_every_other_golden_message_and_entry_has_the_form_of_the_document(self):
        messages = sorted(GOLDEN.glob("message_*.hex"))
        self.assertEqual(len([m for m in messages if not m.stem.endswith("_older")]), 9)
        for path in messages:
            name, members = read_message(golden(path.stem), self.tables)
            self.assertEqual(path.stem.removesuffix("_older"), "message_" + name.lower())
            later = [f[0] for f in dict(self.tables.values())[name] if f[4]]
            self.assertEqual(all(f in members for f in later), not path.stem.endswith("_older"), path.stem)

    def test_a_busy_hub_says_why_in_a_later_field(self):
        self.assertEqual(read_message(golden("message_busy"), self.tables), ("BUSY", {"retry_s": 600, "name": "hub_disk_full"}))
        self.assertEqual(read_message(golden("message_busy_older"), self.tables), ("BUSY", {"retry_s": 600}))
        entries = sorted(GOLDEN.glob("entry_*.hex"))
        self.assertEqual(len(entries), 8)
        for path in entries:
            read_entry(golden(path.stem))

    def test_the_example_of_section_2_is_an_entry(self):
        block = re.search(r"^```\n(98 +array of 8\n.*?)^```", DOCUMENT, flags=re.M | re.S).group(1)
        raw = b"".join(bytes.fromhex(line.strip().split("    ")[0]) for line in block.splitlines())
        entry = read_entry(raw)
        self.assertEqual(entry[1:5], [3, 0x18bcfe5680010000, "wang", 8])
        self.assertEqual(entry[7], {1: bytes.fromhex("0f3a9c1122334455000000000000000c"), 2: "重复"})

    def test_the_token_of_section_4_4_checks(self):
        text = golden("token").decode()
        place, blob = re.fullmatch(r"bangfu://([^/]+)/([A-Za-z0-9_-]{70})", text).groups()
        token = base64.urlsafe_b64decode(blob + "==")
        self.assertEqual(len(token), 52)
        self.assertEqual(base64.urlsafe_b64encode(token).decode().rstrip("="), blob)
        key, secret, check = token[:32], token[32:48], token[48:]
        self.assertEqual(check, H(b"bangfu token 1", place.encode(), key, secret)[:4])
        self.assertEqual(golden("token_hash"), H(b"bangfu secret 1", secret))


if __name__ == "__main__":
    unittest.main()
