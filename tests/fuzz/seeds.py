#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make tests/fuzz/corpus anew: small first inputs for each target, from tests/golden and from what people type.

Run it when a golden file changes; what a fuzzer found and is worth keeping is added by hand, under a name that says why.
"""
import pathlib
import struct

import msgpack

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE.parent / "golden"


def golden(pattern):
    for path in sorted(GOLDEN.glob(pattern)):
        yield path.stem, bytes.fromhex("".join(path.read_text().split()))


def put(target, name, data):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)


def frames():
    for name, data in golden("message_*.hex"):
        put("message", name, data[4:])
        put("frame", name, b"\x00" + data)
        put("mp", name, data[4:])
    put("frame", "two", b"\x03" + b"\x00\x00\x00\x02hi" + b"\x00\x00\x00\x01!")
    put("frame", "none", b"\x01\x00\x00\x00\x00")
    put("frame", "huge", b"\x01\xff\xff\xff\xff")


def entries():
    for name, data in golden("entry_*.hex"):
        put("entry", name, data)
        put("mp", name, data)
    ref = struct.pack(">QQ", 0x0F3A9C1122334455, 7)
    body = {1: 150722102204, 2: 20780, 3: ref, 7: 1, 8: "看望"}
    put("entry", "visit", msgpack.packb([1, 3, 1795000000000 << 16, "zhang", 3, None, None, body]))
    fund = {1: 150722102204, 2: 20780, 3: 2, 5: 1, 6: b"\x01" + struct.pack(">Q", 150000000000),
            7: b"\x03\x01", 8: 123456, 9: "2026-15"}
    put("entry", "fund", msgpack.packb([1, 4, 1795000000000 << 16, "li", 4, None, None, fund]))
    put("entry", "void", msgpack.packb([1, 5, 1795000000000 << 16, "li", 8, ref, None, {1: ref, 2: "错"}]))
    put("entry", "body", b"\x03" + msgpack.packb(body))


def values():
    for i, value in enumerate([None, True, 127, 128, -33, 2**63, "é", b"\x00", [1, [2, [3]]], {1: {2: 3}}, {"a": [1]}]):
        put("mp", f"value{i}", msgpack.packb(value))


def rpcs():
    for name, data in golden("rpc_*.hex"):
        put("rpc", name, data)
    put("rpc", "total", msgpack.packb([0, 1, "total", {"kind": "visit", "by": ["month"]}]))
    put("rpc", "empty", msgpack.packb([0, 2, "status", []]))
    put("rpc", "error", msgpack.packb([1, 3, {"name": "disk_full", "rc": 6, "where": "", "zh": "满", "en": "full"}, None]))


def takes():
    night = bytes([1, 0, 2, 0, 3, 2, 0, 0, 4, 1, 0, 0, 8, 0, 8, 0])
    put("take", "night", night)
    put("take", "resumed", bytes([1, 5, 2, 4, 3, 0, 0, 0, 8, 0]))
    put("take", "spoilt_on_the_wire", bytes([1, 0, 2, 0, 5, 2, 90, 4]))
    put("take", "spoilt_before_packing", bytes([1, 0, 2, 0, 6, 2, 9, 1]))
    put("take", "other_numbers", bytes([1, 0, 2, 0, 3, 1, 0, 0, 7, 1, 0, 1]))
    put("take", "disk_full", bytes([1, 0, 2, 0, 3, 1, 0, 0, 3, 1, 0, 0, 8, 3, 8, 0]))
    put("take", "raw", bytes([0, 3, 0x92, 5, 0, 9]))


def texts():
    parsers = [
        ["1234.5", "1,234.50", "3.2万", "１２元", "10000000000.00", "-1", "0.001"],
        ["\x00" * 16, "\xff" * 8],
        ["2026-11-23", "2026年2月29日", "20240229", "1900/01/01", "2100-12-31", "2026-11"],
        ["150722102204", "15", "1507", "150722", "150722102"],
        ["11010519491231002X", "150722198001010018", "１１０１０５１９４９１２３１００２Ｘ", "110105491231002"],
        ["张三", "欧阳小明", "13812341234", "A"],
        ["bangfu://hub.example:7443/" + "A" * 70],
        ["0f3a9c1122334455-12"],
        ["é", "\ud55c", "看 a\x7f", "\u202e"],
    ]
    for parser, several in enumerate(parsers):
        for i, text in enumerate(several):
            put("text", f"{parser}_{i}", bytes([parser]) + text.encode("utf-8", "surrogatepass"))
    for _, data in golden("token.hex"):
        put("text", "6_token", b"\x06" + data)


def tables():
    rows = "户编号,户主姓名,村\nH1,\"张,三\",150722102204\nH2,李\"\"四,\n"
    put("csv", "utf8", b"\x01" + rows.encode())
    put("csv", "gb18030", b"\x02" + rows.encode("gb18030"))
    put("csv", "guess", b"\x00\xef\xbb\xbf" + rows.encode())
    put("csv", "plain", b"\x00a,b\n1,2\n3\n4,5,\n")
    put("csv", "open_quote", b"\x00a,b\n1,\"2\n3,4\n5,6\n")
    put("csv", "crlf", b"\x00a,b\r\n1,\"2\r\n3\"\r\n\r\n4,5")


for make in (frames, entries, values, rpcs, takes, texts, tables):
    make()
